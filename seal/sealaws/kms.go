package sealaws

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/baileydb/bailey/seal"
)

// KMSClient is what is used of *kms.Client.
type KMSClient interface {
	GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error)
	GenerateDataKeyWithoutPlaintext(context.Context, *kms.GenerateDataKeyWithoutPlaintextInput, ...func(*kms.Options)) (*kms.GenerateDataKeyWithoutPlaintextOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
	ReEncrypt(context.Context, *kms.ReEncryptInput, ...func(*kms.Options)) (*kms.ReEncryptOutput, error)
}

var _ KMSClient = (*kms.Client)(nil)

// KMS makes a client fit for seal's keyrings and branch-key store. Grant tokens are sent with every request.
func KMS(client KMSClient, grantTokens ...string) seal.BranchKMS {
	return kmsAdapter{client, grantTokens}
}

type kmsAdapter struct {
	client KMSClient
	tokens []string
}

const keyBytes = 32

func (k kmsAdapter) GenerateDataKey(ctx context.Context, keyID string, c map[string]string) (seal.KMSDataKey, error) {
	out, err := k.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &keyID, EncryptionContext: c, NumberOfBytes: aws.Int32(keyBytes), GrantTokens: k.tokens})
	if err != nil {
		return seal.KMSDataKey{}, kmsError(err)
	}
	return seal.KMSDataKey{KeyARN: aws.ToString(out.KeyId), Plaintext: out.Plaintext, Ciphertext: out.CiphertextBlob}, nil
}

func (k kmsAdapter) GenerateDataKeyWithoutPlaintext(ctx context.Context, keyID string, c map[string]string) (seal.KMSDataKey, error) {
	out, err := k.client.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &keyID, EncryptionContext: c, NumberOfBytes: aws.Int32(keyBytes), GrantTokens: k.tokens})
	if err != nil {
		return seal.KMSDataKey{}, kmsError(err)
	}
	return seal.KMSDataKey{KeyARN: aws.ToString(out.KeyId), Ciphertext: out.CiphertextBlob}, nil
}

func (k kmsAdapter) Decrypt(ctx context.Context, keyID string, ciphertext []byte, c map[string]string) (seal.KMSDataKey, error) {
	out, err := k.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &keyID, CiphertextBlob: ciphertext, EncryptionContext: c, GrantTokens: k.tokens})
	if err != nil {
		return seal.KMSDataKey{}, kmsError(err)
	}
	return seal.KMSDataKey{KeyARN: aws.ToString(out.KeyId), Plaintext: out.Plaintext}, nil
}

func (k kmsAdapter) ReEncrypt(ctx context.Context, keyID string, ciphertext []byte, from, to map[string]string) (seal.KMSDataKey, error) {
	out, err := k.client.ReEncrypt(ctx, &kms.ReEncryptInput{
		SourceKeyId: &keyID, DestinationKeyId: &keyID, CiphertextBlob: ciphertext, SourceEncryptionContext: from, DestinationEncryptionContext: to, GrantTokens: k.tokens,
	})
	if err != nil {
		return seal.KMSDataKey{}, kmsError(err)
	}
	return seal.KMSDataKey{KeyARN: aws.ToString(out.KeyId), Ciphertext: out.CiphertextBlob}, nil
}

// kmsError tells KMS's verdict on a ciphertext from not having got one.
func kmsError(err error) error {
	var invalid *types.InvalidCiphertextException
	var incorrect *types.IncorrectKeyException
	if errors.As(err, &invalid) || errors.As(err, &incorrect) {
		return fmt.Errorf("%w: %w", seal.ErrRefused, err)
	}
	return err
}
