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

// itemKeys are derived from an item's data key and message id. They serve one item on one goroutine.
type itemKeys struct {
	commit          []byte
	root            cipher.Block // AES-256 under the field root key
	counter, stream [48]byte     // of gcm; here, so that they are not allocated for each field
}

func deriveItemKeys(dataKey, messageID []byte) (*itemKeys, error) {
	commit, root, err := derive(dataKey, "AWS_DBE_COMMIT_KEY", "AWS_DBE_DERIVE_KEY", messageID)
	if err != nil {
		return nil, err
	}
	defer clear(root)
	block, err := aes.NewCipher(root)
	if err != nil {
		return nil, err
	}
	return &itemKeys{commit: commit, root: block}, nil
}

// derive gives two keys by HKDF-SHA-512 without salt, whose infos are a label and a suffix. A key is shorter than the
// hash, so each is the beginning of the first block of HKDF's output: the MAC, under the extracted secret, of the info
// and the block's number.
func derive(key []byte, first, second string, suffix []byte) (a, b []byte, err error) {
	secret, err := hkdf.Extract(sha512.New, key, nil)
	if err != nil {
		return nil, nil, err
	}
	defer clear(secret)
	mac := hmac.New(sha512.New, secret)
	info := make([]byte, 0, 64)
	out := make([]byte, 0, 2*sha512.Size)
	for _, label := range []string{first, second} {
		info = append(append(append(info[:0], label...), suffix...), 1)
		mac.Reset()
		mac.Write(info)
		out = mac.Sum(out)
	}
	return out[:keyLen:keyLen], out[sha512.Size : sha512.Size+keyLen], nil
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
	for n := range 3 {
		c := k.counter[16*n : 16*n+16]
		copy(c, "AwsDbeField\x2c")
		binary.BigEndian.PutUint32(c[12:], uint32(3*i+n)) //nolint:gosec // the legend bounds i to 65535
		k.root.Encrypt(k.stream[16*n:16*n+16], c)
	}
	copy(nonce[:], k.stream[32:44])
	defer clear(k.stream[:])
	return newGCM(k.stream[:32])
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
	wrap, tag, err := derive(intermediate, "AWS_MPL_INTERMEDIATE_KEYWRAP_ENC", "AWS_MPL_INTERMEDIATE_KEYWRAP_MAC", nil)
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
