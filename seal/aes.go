package seal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"strings"
)

// AES is a keyring over a key of 16, 24 or 32 bytes that you hold yourself.
type AES struct {
	namespace, name string
	aead            cipher.AEAD
}

var _ Keyring = (*AES)(nil)

// NewAES makes a keyring of a key. Namespace and name are written into every item, so that the key is found again; they
// are no secret. The namespace aws-kms is taken.
func NewAES(namespace, name string, key []byte) (*AES, error) {
	if err := checkRawName(namespace, name); err != nil {
		return nil, err
	}
	aead, err := newGCM(key)
	if err != nil {
		return nil, configf("an AES key has 16, 24 or 32 bytes, this one has %d", len(key))
	}
	return &AES{namespace, name, aead}, nil
}

func checkRawName(namespace, name string) error {
	switch {
	case namespace == "" || name == "":
		return configf("a raw key needs a namespace and a name")
	case strings.HasPrefix(namespace, "aws-kms"):
		return configf("the namespace %s belongs to AWS KMS", namespace)
	}
	return nil
}

// Sizes of the raw AES keyring's wrapping: nonce in bytes, tag in bits as it is written.
const (
	rawNonceLen = 12
	rawTagBits  = 128
)

// Wrap wraps a fresh key.
func (k *AES) Wrap(_ context.Context, c Context) ([]WrappedKey, error) {
	key := freshKey()
	info := make([]byte, 0, len(k.name)+8+rawNonceLen)
	info = append(info, k.name...)
	info = binary.BigEndian.AppendUint32(info, rawTagBits)
	info = binary.BigEndian.AppendUint32(info, rawNonceLen)
	info = info[:len(info)+rawNonceLen]
	nonce := info[len(info)-rawNonceLen:]
	rand.Read(nonce)
	wrapped := k.aead.Seal(make([]byte, 0, keyLen+16), nonce, key, c.Bytes())
	return []WrappedKey{{EncryptedKey{k.namespace, info, wrapped}, key}}, nil
}

// Unwrap finds the key that carries this keyring's namespace and name.
func (k *AES) Unwrap(_ context.Context, keys []EncryptedKey, c Context) (int, []byte, error) {
	err := ErrNoKey
	for i, e := range keys {
		rest, mine := strings.CutPrefix(string(e.Info), k.name)
		if e.Provider != k.namespace || !mine || len(rest) != 8+rawNonceLen ||
			binary.BigEndian.Uint32([]byte(rest)) != rawTagBits || binary.BigEndian.Uint32([]byte(rest)[4:]) != rawNonceLen {
			continue
		}
		key, failed := k.aead.Open(nil, []byte(rest)[8:], e.Ciphertext, c.Bytes())
		if failed == nil && len(key) == keyLen {
			return i, key, nil
		}
		err = ErrRefused
	}
	return 0, nil, err
}
