package seal

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// BranchKey is a key of 32 bytes under which many items' keys are wrapped. AWS KMS protects it where it is stored.
type BranchKey struct {
	ID      string
	Version string // a UUID in its usual form, lower case
	Key     []byte
}

// BranchKeys is a store of branch keys. [BranchKeyTable] keeps them in DynamoDB.
type BranchKeys interface {
	// Active is the version of a branch key that wraps new keys.
	Active(ctx context.Context, id string) (BranchKey, error)
	// Version is the version that wrapped an old one.
	Version(ctx context.Context, id, version string) (BranchKey, error)
}

// HierarchyConfig is the configuration of a [Hierarchy].
type HierarchyConfig struct {
	Store BranchKeys
	// ID is the branch key for all items; or IDFor chooses one by the encryption context, for example by the tenant that
	// [Context.Attributes] shows. One of the two is given.
	ID    string
	IDFor func(Context) (string, error)
	// Period is how long a branch key is used without asking the store, and so AWS KMS, again.
	Period time.Duration
	// Entries is how many branch keys are kept; 0 means 1000.
	Entries int
	// Clock tells the time; time.Now in a program.
	Clock func() time.Time
}

// Hierarchy is the keyring for busy tables: it wraps every item's key under a branch key which it keeps in memory for a
// period, so that AWS KMS is asked once for each branch key version and period, not once for each item.
type Hierarchy struct {
	store BranchKeys
	idFor func(Context) (string, error)
	cache *branchCache
}

var _ Keyring = (*Hierarchy)(nil)

const hierarchyProvider = "aws-kms-hierarchy"

// Parts of the hierarchy's ciphertext: salt, nonce, version, wrapped key, tag.
const (
	saltLen         = 16
	uuidLen         = 16
	hierarchyPrefix = saltLen + rawNonceLen + uuidLen
)

// NewHierarchy makes a hierarchical keyring.
func NewHierarchy(c HierarchyConfig) (*Hierarchy, error) {
	switch {
	case c.Store == nil:
		return nil, configf("a hierarchical keyring needs a store of branch keys")
	case (c.ID == "") == (c.IDFor == nil):
		return nil, configf("a hierarchical keyring needs either ID or IDFor")
	case c.Period <= 0:
		return nil, configf("a hierarchical keyring needs a period longer than zero")
	case c.Entries < 0:
		return nil, configf("a hierarchical keyring cannot keep %d branch keys", c.Entries)
	case c.Clock == nil:
		return nil, configf("a hierarchical keyring needs a clock")
	}
	if c.Entries == 0 {
		c.Entries = 1000
	}
	if c.IDFor == nil {
		id := c.ID
		c.IDFor = func(Context) (string, error) { return id, nil }
	}
	return &Hierarchy{c.Store, c.IDFor, newBranchCache(c.Period, c.Entries, c.Clock)}, nil
}

// Wrap wraps a fresh key under the active branch key.
func (h *Hierarchy) Wrap(ctx context.Context, c Context) ([]WrappedKey, error) {
	id, err := h.idFor(c)
	if err != nil {
		return nil, fmt.Errorf("choose a branch key: %w", err)
	}
	branch, err := h.cache.get(ctx, branchName{id: id}, func(ctx context.Context) (BranchKey, error) { return h.store.Active(ctx, id) })
	if err != nil {
		return nil, fmt.Errorf("branch key %s: %w", id, err)
	}
	version, err := parseUUID(branch.Version)
	if err != nil {
		return nil, fmt.Errorf("branch key %s: %w", id, err)
	}
	out := make([]byte, hierarchyPrefix, hierarchyPrefix+keyLen+16)
	rand.Read(out[:saltLen+rawNonceLen])
	copy(out[saltLen+rawNonceLen:], version[:])
	wrap := deriveBranch(branch.Key, out[:saltLen])
	defer clear(wrap)
	aead, err := newGCM(wrap)
	if err != nil {
		return nil, err
	}
	key := freshKey()
	out = aead.Seal(out, out[saltLen:saltLen+rawNonceLen], key, hierarchyAAD(id, version, c))
	return []WrappedKey{{EncryptedKey{hierarchyProvider, []byte(id), out}, key}}, nil
}

// Unwrap finds the keys wrapped under this branch key, in whatever version.
func (h *Hierarchy) Unwrap(ctx context.Context, keys []EncryptedKey, c Context) (int, []byte, error) {
	id, err := h.idFor(c)
	if err != nil {
		return 0, nil, fmt.Errorf("choose a branch key: %w", err)
	}
	failed := ErrNoKey
	var unasked []error
	for i, e := range keys {
		if e.Provider != hierarchyProvider || string(e.Info) != id {
			continue
		}
		key, err := h.unwrap(ctx, id, e.Ciphertext, c)
		switch {
		case err == nil:
			return i, key, nil
		case errors.Is(err, ErrRefused):
			failed = ErrRefused
		default:
			unasked = append(unasked, err)
		}
	}
	if len(unasked) > 0 {
		return 0, nil, errors.Join(unasked...)
	}
	return 0, nil, failed
}

func (h *Hierarchy) unwrap(ctx context.Context, id string, ciphertext []byte, c Context) ([]byte, error) {
	if len(ciphertext) != hierarchyPrefix+keyLen+16 {
		return nil, ErrRefused
	}
	version := [uuidLen]byte(ciphertext[saltLen+rawNonceLen:])
	name := formatUUID(version)
	branch, err := h.cache.get(ctx, branchName{id, name}, func(ctx context.Context) (BranchKey, error) { return h.store.Version(ctx, id, name) })
	if errors.Is(err, ErrNoBranchKey) {
		return nil, ErrRefused // nobody wrapped under this version
	}
	if err != nil {
		return nil, fmt.Errorf("branch key %s version %s: %w", id, name, err)
	}
	wrap := deriveBranch(branch.Key, ciphertext[:saltLen])
	defer clear(wrap)
	aead, err := newGCM(wrap)
	if err != nil {
		return nil, err
	}
	key, err := aead.Open(nil, ciphertext[saltLen:saltLen+rawNonceLen], ciphertext[hierarchyPrefix:], hierarchyAAD(id, version, c))
	if err != nil {
		return nil, ErrRefused
	}
	return key, nil
}

// deriveBranch is one block of the counter-mode KDF of NIST SP 800-108 with HMAC-SHA-256: counter, label, zero, context
// (here the salt) and the length of the output in bits.
func deriveBranch(key, salt []byte) []byte {
	mac := hmac.New(sha256.New, key)
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 1)
	mac.Write(b[:])
	mac.Write([]byte(hierarchyProvider + "\x00"))
	mac.Write(salt)
	binary.BigEndian.PutUint32(b[:], 8*keyLen)
	mac.Write(b[:])
	return mac.Sum(nil)
}

func hierarchyAAD(id string, version [uuidLen]byte, c Context) []byte {
	aad := make([]byte, 0, len(hierarchyProvider)+len(id)+uuidLen+len(c.Bytes()))
	aad = append(aad, hierarchyProvider...)
	aad = append(aad, id...)
	aad = append(aad, version[:]...)
	return append(aad, c.Bytes()...)
}

func parseUUID(s string) (id [uuidLen]byte, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, fmt.Errorf("%q is not a UUID", s)
	}
	if n, err := hex.Decode(id[:], []byte(strings.ReplaceAll(s, "-", ""))); err != nil || n != uuidLen {
		return id, fmt.Errorf("%q is not a UUID", s)
	}
	return id, nil
}

func formatUUID(id [uuidLen]byte) string {
	h := hex.EncodeToString(id[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
