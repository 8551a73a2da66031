package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
)

const keyLen = 32 // every symmetric key of the format

// itemKeys are derived from an item's data key and message id.
type itemKeys struct {
	commit []byte
	root   cipher.Block // AES-256 under the field root key
}

func deriveItemKeys(dataKey, messageID []byte) (*itemKeys, error) {
	secret, err := hkdf.Extract(sha512.New, dataKey, nil)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	commit, err := hkdf.Expand(sha512.New, secret, "AWS_DBE_COMMIT_KEY"+string(messageID), keyLen)
	if err != nil {
		return nil, err
	}
	root, err := hkdf.Expand(sha512.New, secret, "AWS_DBE_DERIVE_KEY"+string(messageID), keyLen)
	if err != nil {
		return nil, err
	}
	defer clear(root)
	block, err := aes.NewCipher(root)
	if err != nil {
		return nil, err
	}
	return &itemKeys{commit, block}, nil
}

// commitment ties a header to the data key: without it one wrapped key could be made to open to two items.
func (k *itemKeys) commitment(partial []byte) []byte {
	mac := hmac.New(sha512.New, k.commit)
	mac.Write(partial)
	return mac.Sum(nil)[:commitmentLen]
}

// gcm is the cipher of the i-th encrypted attribute, and its nonce. Both are 44 bytes of the AES-256-CTR stream under
// the root key whose counter starts with the attribute's place; three blocks apart, so that no two overlap.
func (k *itemKeys) gcm(i int, nonce *[12]byte) (cipher.AEAD, error) {
	var counter, stream [48]byte
	for n := range 3 {
		c := counter[16*n : 16*n+16]
		copy(c, "AwsDbeField\x2c")
		binary.BigEndian.PutUint32(c[12:], uint32(3*i+n)) //nolint:gosec // the legend bounds i to 65535
		k.root.Encrypt(stream[16*n:16*n+16], c)
	}
	copy(nonce[:], stream[32:44])
	defer clear(stream[:])
	return newGCM(stream[:32])
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// wrapKeys are derived from the intermediate key that a keyring wraps: one key wraps the data key, the other makes the
// recipient's tag in the footer.
type wrapKeys struct{ wrap, tag []byte }

func deriveWrapKeys(intermediate []byte) (wrapKeys, error) {
	secret, err := hkdf.Extract(sha512.New, intermediate, nil)
	if err != nil {
		return wrapKeys{}, err
	}
	defer clear(secret)
	wrap, err := hkdf.Expand(sha512.New, secret, "AWS_MPL_INTERMEDIATE_KEYWRAP_ENC", keyLen)
	if err != nil {
		return wrapKeys{}, err
	}
	tag, err := hkdf.Expand(sha512.New, secret, "AWS_MPL_INTERMEDIATE_KEYWRAP_MAC", keyLen)
	return wrapKeys{wrap, tag}, err
}

// wrappedLen is a data key with its GCM tag, in front of the keyring's own wrapping of the intermediate key.
const wrappedLen = keyLen + 16

// wrapDataKey wraps the data key. The nonce is zero: the key is random and used for this one message.
func (k wrapKeys) wrapDataKey(dst, dataKey []byte, c Context) ([]byte, error) {
	aead, err := newGCM(k.wrap)
	if err != nil {
		return nil, err
	}
	return aead.Seal(dst, make([]byte, 12), dataKey, c.Bytes()), nil
}

func (k wrapKeys) unwrapDataKey(wrapped []byte, c Context) ([]byte, error) {
	aead, err := newGCM(k.wrap)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, make([]byte, 12), wrapped, c.Bytes())
}
