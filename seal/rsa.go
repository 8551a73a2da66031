package seal

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // one of the format's paddings; OAEP does not rest on collision resistance
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"hash"
)

// Padding is a way to wrap a key with RSA. All readers and writers of a key must agree on it.
type Padding int

const (
	// OAEPSHA256 is OAEP with SHA-256, also for the mask; the default.
	OAEPSHA256 Padding = iota
	// OAEPSHA384 is OAEP with SHA-384.
	OAEPSHA384
	// OAEPSHA512 is OAEP with SHA-512.
	OAEPSHA512
	// OAEPSHA1 is OAEP with SHA-1, for items written so.
	OAEPSHA1
	// PKCS1 is PKCS #1 v1.5, for items written so. Its unwrapping can be used as an oracle by whoever may have items
	// opened and measure it; prefer OAEP.
	PKCS1
)

// RSA is a keyring over an RSA key: the public half seals, the private half opens.
//
// RSA does not bind the wrapped key to the encryption context. The item's own key is still bound, by the wrapping under
// the intermediate key.
type RSA struct {
	namespace, name string
	public          *rsa.PublicKey
	private         *rsa.PrivateKey
	padding         Padding
}

var _ Keyring = (*RSA)(nil)

// NewRSA makes a keyring of a key pair's halves, of which one may be nil: then the keyring only opens or only seals.
func NewRSA(namespace, name string, public *rsa.PublicKey, private *rsa.PrivateKey, padding Padding) (*RSA, error) {
	if err := checkRawName(namespace, name); err != nil {
		return nil, err
	}
	if public == nil && private == nil {
		return nil, configf("an RSA keyring needs a public or a private key")
	}
	if padding < OAEPSHA256 || padding > PKCS1 {
		return nil, configf("RSA padding %d is not known", int(padding))
	}
	for _, key := range []*rsa.PublicKey{public, half(private)} {
		if key != nil && key.N.BitLen() < 2048 {
			return nil, configf("an RSA key of %d bits is too short to protect anything; use at least 2048", key.N.BitLen())
		}
	}
	return &RSA{namespace, name, public, private, padding}, nil
}

func half(private *rsa.PrivateKey) *rsa.PublicKey {
	if private == nil {
		return nil
	}
	return &private.PublicKey
}

// ParseRSAPublic reads a PEM block PUBLIC KEY (SubjectPublicKeyInfo).
func ParseRSAPublic(text []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, configf("an RSA public key is expected as a PEM block")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, configf("the PEM block %s cannot be read as a public key", block.Type)
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key, nil
	}
	return nil, configf("the PEM block holds a public key that is not RSA")
}

// ParseRSAPrivate reads a PEM block PRIVATE KEY (PKCS #8).
func ParseRSAPrivate(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, configf("an RSA private key is expected as a PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, configf("the PEM block %s cannot be read as a private key in PKCS #8", block.Type)
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, configf("the PEM block holds a private key that is not RSA")
}

// Wrap wraps a fresh key with the public half.
func (k *RSA) Wrap(_ context.Context, _ Context) ([]WrappedKey, error) {
	if k.public == nil {
		return nil, configf("RSA key %s %s has no public half, so it opens but does not seal", k.namespace, k.name)
	}
	key := freshKey()
	var wrapped []byte
	var err error
	if k.padding == PKCS1 {
		wrapped, err = rsa.EncryptPKCS1v15(rand.Reader, k.public, key) //nolint:staticcheck // the format has it, and its reader below makes no oracle
	} else {
		wrapped, err = rsa.EncryptOAEP(k.padding.hash(), rand.Reader, k.public, key, nil)
	}
	if err != nil {
		return nil, err
	}
	return []WrappedKey{{EncryptedKey{k.namespace, []byte(k.name), wrapped}, key}}, nil
}

// Unwrap finds the key that carries this keyring's namespace and name.
func (k *RSA) Unwrap(_ context.Context, keys []EncryptedKey, _ Context) (int, []byte, error) {
	err := ErrNoKey
	for i, e := range keys {
		if k.private == nil || e.Provider != k.namespace || string(e.Info) != k.name {
			continue
		}
		var key []byte
		var failed error
		if k.padding == PKCS1 {
			// With wrong padding the random key stays, and the item's own verification refuses it.
			key = freshKey()
			failed = rsa.DecryptPKCS1v15SessionKey(nil, k.private, e.Ciphertext, key) //nolint:staticcheck // see Wrap
		} else {
			key, failed = rsa.DecryptOAEP(k.padding.hash(), nil, k.private, e.Ciphertext, nil)
		}
		if failed == nil && len(key) == keyLen {
			return i, key, nil
		}
		err = ErrRefused
	}
	return 0, nil, err
}

func (p Padding) hash() hash.Hash {
	switch p {
	case OAEPSHA384:
		return sha512.New384()
	case OAEPSHA512:
		return sha512.New()
	case OAEPSHA1:
		return sha1.New() //nolint:gosec // see the import
	default:
		return sha256.New()
	}
}
