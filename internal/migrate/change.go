package migrate

import (
	"context"
	"errors"

	"github.com/baileydb/bailey/seal"
)

// Change is a keyring for the change of a key: it seals under the new one alone, and opens what either sealed.
func Change(before, after seal.Keyring) seal.Keyring { return change{before, after} }

type change struct{ before, after seal.Keyring }

// Wrap implements [seal.Keyring].
func (c change) Wrap(ctx context.Context, about seal.Context) ([]seal.WrappedKey, error) {
	return c.after.Wrap(ctx, about)
}

// Unwrap implements [seal.Keyring].
func (c change) Unwrap(ctx context.Context, keys []seal.EncryptedKey, about seal.Context) (int, []byte, error) {
	i, key, err := c.after.Unwrap(ctx, keys, about)
	if err == nil {
		return i, key, nil
	}
	j, key, old := c.before.Unwrap(ctx, keys, about)
	if old == nil {
		return j, key, nil
	}
	if !errors.Is(old, seal.ErrRefused) {
		return j, nil, old // the old key could not be asked
	}
	return i, nil, err
}
