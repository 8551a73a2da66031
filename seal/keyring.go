package seal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// Keyring makes keys that only its holders can get back. The keys it handles are intermediate: each of them wraps one
// item's data key for one recipient.
type Keyring interface {
	// Wrap makes a fresh random key of 32 bytes for each recipient and wraps it, bound to the encryption context.
	Wrap(ctx context.Context, c Context) ([]WrappedKey, error)

	// Unwrap gets one of the keys back and says which. The ciphertexts are those that Wrap gave. The error is ErrNoKey if
	// none was wrapped by this keyring, and ErrRefused if one was but does not unwrap in this context; anything else says
	// that the keyring could not be asked.
	Unwrap(ctx context.Context, keys []EncryptedKey, c Context) (i int, key []byte, err error)
}

// WrappedKey is a fresh key in the clear and its wrapping. Whoever receives it zeroes Key after use.
type WrappedKey struct {
	EncryptedKey
	Key []byte
}

// Multi wraps for every one of its keyrings, and unwraps by the first that can. The first is the generator in the
// words of the specification; since every recipient gets an own intermediate key here, the order only matters for
// opening.
func Multi(keyrings ...Keyring) (Keyring, error) {
	if len(keyrings) == 0 {
		return nil, configf("a multi-keyring needs at least one keyring")
	}
	for i, k := range keyrings {
		if k == nil {
			return nil, configf("keyring %d of a multi-keyring is missing", i+1)
		}
	}
	return multi(keyrings), nil
}

type multi []Keyring

func (m multi) Wrap(ctx context.Context, c Context) ([]WrappedKey, error) {
	var all []WrappedKey
	for i, k := range m {
		keys, err := k.Wrap(ctx, c)
		if err != nil {
			for _, w := range all {
				clear(w.Key)
			}
			return nil, fmt.Errorf("keyring %d of %d: %w", i+1, len(m), err)
		}
		all = append(all, keys...)
	}
	return all, nil
}

// Unwrap asks one keyring after the other. If none can, a keyring that could not be asked outweighs one that refused:
// the item may be in order then.
func (m multi) Unwrap(ctx context.Context, keys []EncryptedKey, c Context) (int, []byte, error) {
	refused := ErrNoKey
	var unasked []error
	for i, k := range m {
		n, key, err := k.Unwrap(ctx, keys, c)
		switch {
		case err == nil:
			return n, key, nil
		case !errors.Is(err, ErrRefused):
			unasked = append(unasked, fmt.Errorf("keyring %d of %d: %w", i+1, len(m), err))
		case !errors.Is(err, ErrNoKey):
			refused = ErrRefused
		}
	}
	if len(unasked) > 0 {
		return 0, nil, errors.Join(unasked...)
	}
	return 0, nil, refused
}

// freshKey is a random key.
func freshKey() []byte {
	key := make([]byte, keyLen)
	rand.Read(key)
	return key
}
