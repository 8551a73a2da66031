package seal

import (
	"context"
	"fmt"
)

// FixedBranchKey is a store of one branch key, held in memory: for tests, and for reading items whose branch key was
// handed over by other means.
type FixedBranchKey struct{ Key BranchKey }

var _ BranchKeys = FixedBranchKey{}

// Active gives the key.
func (f FixedBranchKey) Active(_ context.Context, id string) (BranchKey, error) {
	if id != f.Key.ID {
		return BranchKey{}, fmt.Errorf("there is only branch key %s: %w", f.Key.ID, ErrNoBranchKey)
	}
	return f.Key, nil
}

// Version gives the key if its version is asked for.
func (f FixedBranchKey) Version(_ context.Context, id, version string) (BranchKey, error) {
	if id != f.Key.ID || version != f.Key.Version {
		return BranchKey{}, fmt.Errorf("there is only branch key %s version %s: %w", f.Key.ID, f.Key.Version, ErrNoBranchKey)
	}
	return f.Key, nil
}
