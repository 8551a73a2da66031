package seal

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// KMS is what keyrings ask of AWS KMS. Package sealaws makes one of an AWS SDK client.
type KMS interface {
	// GenerateDataKey makes a key of 32 bytes and wraps it under the KMS key, bound to the context.
	GenerateDataKey(ctx context.Context, keyID string, c map[string]string) (KMSDataKey, error)
	// Decrypt unwraps. The error is ErrRefused if KMS says that the ciphertext is not one of this key and context.
	Decrypt(ctx context.Context, keyID string, ciphertext []byte, c map[string]string) (KMSDataKey, error)
}

// KMSDataKey is KMS's answer.
type KMSDataKey struct {
	KeyARN     string // of the KMS key that was used
	Plaintext  []byte
	Ciphertext []byte // empty from Decrypt
}

const kmsProvider = "aws-kms"

// KMSKey is a keyring over one AWS KMS key. It asks KMS once for every item sealed or opened; see [Hierarchy] for many
// items.
type KMSKey struct {
	client KMS
	arn    keyARN
	multi  bool
}

var _ Keyring = (*KMSKey)(nil)

// NewKMS makes a keyring of a KMS key, given by its ARN. If the key is a multi-Region key and multiRegion is true, it
// also opens what replicas in other regions sealed; the client is that of the ARN's region.
func NewKMS(client KMS, arn string, multiRegion bool) (*KMSKey, error) {
	if client == nil {
		return nil, configf("a KMS keyring needs a client")
	}
	key, ok := parseKeyARN(arn)
	if !ok {
		return nil, configf("%q is no ARN of a KMS key; give arn:aws:kms:REGION:ACCOUNT:key/ID, since an alias can be pointed at another key", arn)
	}
	return &KMSKey{client, key, multiRegion && key.multiRegion()}, nil
}

// Wrap has KMS make and wrap a key.
func (k *KMSKey) Wrap(ctx context.Context, c Context) ([]WrappedKey, error) {
	key, err := k.client.GenerateDataKey(ctx, k.arn.String(), c.Map())
	if err != nil {
		return nil, fmt.Errorf("AWS KMS GenerateDataKey with %s: %w", k.arn, err)
	}
	if _, ok := parseKeyARN(key.KeyARN); !ok || len(key.Plaintext) != keyLen || len(key.Ciphertext) == 0 {
		clear(key.Plaintext)
		return nil, fmt.Errorf("AWS KMS GenerateDataKey with %s: the answer holds no key of %d bytes", k.arn, keyLen)
	}
	return []WrappedKey{{EncryptedKey{kmsProvider, []byte(key.KeyARN), key.Ciphertext}, key.Plaintext}}, nil
}

// Unwrap has KMS unwrap the keys that carry this keyring's ARN.
func (k *KMSKey) Unwrap(ctx context.Context, keys []EncryptedKey, c Context) (int, []byte, error) {
	return unwrapKMS(ctx, keys, c, func(stored keyARN) (KMS, keyARN, error) {
		if stored == k.arn || k.multi && stored.multiRegion() && stored.in(k.arn.region) == k.arn {
			return k.client, k.arn, nil
		}
		return nil, keyARN{}, ErrNoKey
	})
}

// unwrapKMS asks KMS for one key after the other. choose says which client to ask for which key, or ErrNoKey.
func unwrapKMS(ctx context.Context, keys []EncryptedKey, c Context, choose func(stored keyARN) (KMS, keyARN, error)) (int, []byte, error) {
	failed := ErrNoKey
	var unasked []error
	for i, e := range keys {
		stored, ok := parseKeyARN(string(e.Info))
		if e.Provider != kmsProvider || !ok {
			continue
		}
		client, arn, err := choose(stored)
		if err == nil {
			var key []byte
			if key, err = decryptKMS(ctx, client, arn, e.Ciphertext, c); err == nil {
				return i, key, nil
			}
		}
		switch {
		case errors.Is(err, ErrNoKey):
		case errors.Is(err, ErrRefused):
			failed = ErrRefused
		default:
			unasked = append(unasked, err)
		}
	}
	if len(unasked) > 0 {
		return 0, nil, errors.Join(unasked...)
	}
	return 0, nil, failed
}

func decryptKMS(ctx context.Context, client KMS, arn keyARN, ciphertext []byte, c Context) ([]byte, error) {
	key, err := client.Decrypt(ctx, arn.String(), ciphertext, c.Map())
	if err != nil {
		return nil, fmt.Errorf("AWS KMS Decrypt with %s: %w", arn, err)
	}
	if key.KeyARN != arn.String() || len(key.Plaintext) != keyLen {
		clear(key.Plaintext)
		return nil, fmt.Errorf("AWS KMS Decrypt with %s: the answer is of another key or length", arn)
	}
	return key.Plaintext, nil
}

// KMSDiscovery is the configuration of a keyring that opens what any key of some accounts sealed.
type KMSDiscovery struct {
	// Client gives the client for a region.
	Client func(region string) (KMS, error)
	// Partition is aws, aws-cn or aws-us-gov, and Accounts are the accounts whose keys are trusted. Without them anyone
	// who can write the table could have items opened that they sealed under a key of their own.
	Partition string
	Accounts  []string
	// Region, if given, is where multi-Region keys are asked for, whichever replica sealed; of other keys only those in
	// this region are asked.
	Region string
}

type discovery struct{ KMSDiscovery }

// NewKMSDiscovery makes a keyring that opens and does not seal.
func NewKMSDiscovery(d KMSDiscovery) (Keyring, error) {
	switch {
	case d.Client == nil:
		return nil, configf("a KMS discovery keyring needs clients")
	case d.Partition == "" || len(d.Accounts) == 0:
		return nil, configf("a KMS discovery keyring needs a partition, usually aws, and the accounts whose keys it trusts")
	}
	d.Accounts = slices.Clone(d.Accounts)
	return discovery{d}, nil
}

func (d discovery) Wrap(context.Context, Context) ([]WrappedKey, error) {
	return nil, configf("a KMS discovery keyring opens and does not seal; name the key to seal with")
}

func (d discovery) Unwrap(ctx context.Context, keys []EncryptedKey, c Context) (int, []byte, error) {
	return unwrapKMS(ctx, keys, c, func(stored keyARN) (KMS, keyARN, error) {
		if stored.partition != d.Partition || !slices.Contains(d.Accounts, stored.account) {
			return nil, keyARN{}, ErrNoKey
		}
		if d.Region != "" {
			if stored.multiRegion() {
				stored = stored.in(d.Region)
			}
			if stored.region != d.Region {
				return nil, keyARN{}, ErrNoKey
			}
		}
		client, err := d.Client(stored.region)
		return client, stored, err
	})
}
