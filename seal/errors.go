package seal

import (
	"errors"
	"fmt"
)

var (
	// ErrRefused is what every item that does not open has in common: it was changed or moved since it was sealed, or was
	// sealed under other keys or another configuration. Which of them is not said where it depends on a secret.
	ErrRefused = errors.New("the sealed item is refused")

	// ErrPlaintext is the refusal of an item that was never sealed, where the table does not allow reading such.
	ErrPlaintext = errors.New("the item is not sealed")

	// ErrInput is the refusal to seal an item that does not fit its table's configuration.
	ErrInput = errors.New("the item cannot be sealed")

	// ErrConfig is the refusal of a configuration that cannot protect anything or contradicts itself.
	ErrConfig = errors.New("the seal configuration is wrong")

	// ErrNoKey says that none of the item's data keys was wrapped by this keyring. It is an ErrRefused.
	ErrNoKey = fmt.Errorf("%w: none of its data keys is wrapped by this keyring", ErrRefused)

	// ErrNoBranchKey says that a store has no such branch key or version of it.
	ErrNoBranchKey = errors.New("there is no such branch key")

	errUnverified = fmt.Errorf("%w: it was changed or moved since it was sealed, or sealed under other keys", ErrRefused)
)

// attributeError is an error about one attribute, named but without its value.
func attributeError(base error, name string, err error) error {
	return fmt.Errorf("%w: attribute %q %w", base, name, err)
}

func inputf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInput}, args...)...)
}

func configf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...)
}

// malformed is a refusal for a reason that anyone who sees the sealed item can see too.
func malformed(what string) error { return fmt.Errorf("%w: %s", ErrRefused, what) }
