package app

import (
	"context"
	"os"

	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/store"
)

// defaultStore is the file in which everything is kept that has to be remembered, beside bailey.yaml.
const defaultStore = "bailey.db"

const storeUsage = "where it is kept: a file, or postgres://user@host/database (default: store in bailey.yaml, else " + defaultStore + ")"

// storeName is the store that is used: the one a flag names, the policy's, or the default.
func storeName(flag string, pol *policy.Policy) string {
	switch {
	case flag != "":
		return flag
	case pol.Store != "":
		return pol.Store
	}
	return defaultStore
}

// existingStore opens a store that has to be there.
func existingStore(ctx context.Context, name string) (*store.Store, error) {
	if _, err := os.Stat(name); err != nil && !store.IsAddress(name) {
		return nil, badUse("Make one with bailey classify.", "%s: there is no catalog", name)
	}
	s, err := store.Open(ctx, name)
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	return s, nil
}
