package guard

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Key is the server's secret, from which the secrets of sessions and the key that signs the audit are derived: they are
// never stored.
type Key struct{ root []byte }

// NewKey makes a random key.
func NewKey() Key {
	root := make([]byte, 32)
	_, _ = rand.Read(root) // it does not fail
	return Key{root}
}

type keyFile struct {
	Version int    `json:"bailey_guard_key"`
	Key     []byte `json:"key"`
}

// ParseKey reads what [Key.Text] wrote.
func ParseKey(text []byte) (Key, error) {
	var f keyFile
	if err := json.Unmarshal(text, &f); err != nil || f.Version != 1 || len(f.Key) != 32 {
		return Key{}, errors.New("it is no key of a guard")
	}
	return Key{f.Key}, nil
}

// Text is the content of the key's file, which only the guard may read.
func (k Key) Text() ([]byte, error) { return json.Marshal(keyFile{1, k.root}) }

// String keeps the key out of logs.
func (Key) String() string { return "guard key (set)" }

// GoString keeps the key out of logs.
func (Key) GoString() string { return "guard key (set)" }

// derive makes a key for one purpose.
func (k Key) derive(purpose string, n int) []byte {
	out, err := hkdf.Key(sha256.New, k.root, nil, "bailey guard: "+purpose, n)
	if err != nil {
		panic(err) // it fails for lengths that are not asked for here
	}
	return out
}

// secret is the signing secret of a session, known to the client and derived here again.
func (k Key) secret(id string) string {
	mac := hmac.New(sha256.New, k.derive("secrets of sessions", 32))
	mac.Write([]byte(id))
	return base64.RawStdEncoding.EncodeToString(mac.Sum(nil))[:40]
}

// token proves that this guard made a session, before the store is asked.
func (k Key) token(id string) string {
	mac := hmac.New(sha256.New, k.derive("tokens of sessions", 32))
	mac.Write([]byte(id))
	return id + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (k Key) signing() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(k.derive("signature of the audit", ed25519.SeedSize))
}

// seal encrypts a secret that has to be known again, such as that of a second factor.
func (k Key) seal(plain []byte, about string) ([]byte, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // it does not fail
	return gcm.Seal(nonce, nonce, plain, []byte(about)), nil
}

func (k Key) open(sealed []byte, about string) ([]byte, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, errors.New("a stored secret is damaged")
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], []byte(about))
	if err != nil {
		return nil, fmt.Errorf("a stored secret does not open under this guard's key: %w", err)
	}
	return plain, nil
}

func (k Key) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.derive("second factors", 32))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
