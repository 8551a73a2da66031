package app

import (
	"context"
	"os"
	"strings"

	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/seal"
)

func isDynamoDB(address string) bool { return strings.HasPrefix(address, "dynamodb://") }

// topOf is the attribute of a path in a document: "address.street" and "lines[].note" are of address and lines.
func topOf(path string) string {
	if i := strings.IndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return path
}

// sealer makes the sealer of a table: what is of the level seal_from or above is encrypted, everything else signed, unless
// the table's own actions say otherwise.
func (h *house) sealer(ctx context.Context, pol *policy.Policy, t *policy.SealedTable, levels map[string]string) (*seal.Sealer, error) {
	out := seal.Table{
		Name: t.LogicalName, PartitionKey: t.PartitionKey, SortKey: t.SortKey, Actions: map[string]seal.Action{}, Unsigned: t.Unsigned, UnsignedPrefix: t.Prefix,
	}
	if out.Name == "" {
		out.Name = t.Name
	}
	from := t.SealFrom
	if from == "" {
		from = pol.LevelNames()[len(pol.Levels)-1]
	}
	names := map[string]bool{t.PartitionKey: true}
	if t.SortKey != "" {
		names[t.SortKey] = true
	}
	for name := range levels {
		names[name] = true
	}
	for name := range t.Attributes {
		names[name] = true
	}
	highest := false
	for name := range names {
		action := seal.SignOnly
		if pol.Rank(levels[name]) >= pol.Rank(from) && name != t.PartitionKey && name != t.SortKey {
			action = seal.EncryptAndSign
		}
		if a := t.Attributes[name].Action; a != "" {
			var err error
			if action, err = seal.ParseAction(a); err != nil {
				return nil, err
			}
		}
		out.Actions[name] = action
		highest = highest || action == seal.EncryptAndSign && pol.Rank(levels[name]) == len(pol.Levels)-1
	}
	var err error
	if out.Suite, err = seal.ParseSuite(t.Suite); err != nil {
		return nil, err
	}
	if out.Plaintext, err = seal.ParsePlaintext(t.Plaintext); err != nil {
		return nil, err
	}
	if out.Keyring, err = h.keyring(ctx, &t.Keys, highest); err != nil {
		return nil, err
	}
	if out.Search, err = h.search(ctx, t); err != nil {
		return nil, err
	}
	return seal.New(out)
}

// keyring is that of a table. A key in a file does not seal the highest level, unless the file says that it may.
func (h *house) keyring(ctx context.Context, k *policy.TableKeys, highest bool) (seal.Keyring, error) {
	if k.File == "" {
		f := keyFlags{kms: k.KMS, branchTable: k.BranchTable, branchKey: k.BranchKey, named: k.Name}
		return f.keyring(ctx, h.world)
	}
	key, err := readKey(k.File)
	if err != nil {
		return nil, err
	}
	return key.Keyring(highest)
}

func readKey(path string) (*seal.KeyFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return seal.ParseKeyFile(text)
}

// search makes the beacons of a table.
func (h *house) search(ctx context.Context, t *policy.SealedTable) (*seal.Search, error) {
	if len(t.Beacons) == 0 {
		return nil, nil //nolint:nilnil // a table without beacons
	}
	c := seal.SearchConfig{Period: branchPeriod, Clock: h.world.Now, ID: t.Keys.BranchKey}
	for _, b := range t.Beacons {
		c.Beacons = append(c.Beacons, seal.Beacon{Name: b.Attribute, Bits: b.Bits, Set: b.Set})
	}
	if t.BeaconKey != "" {
		key, err := readKey(t.BeaconKey)
		if err != nil {
			return nil, err
		}
		c.Keys = seal.FixedBeaconKey(key.Key)
		return seal.NewSearch(c)
	}
	f := keyFlags{kms: t.Keys.KMS, branchTable: t.Keys.BranchTable, branchKey: t.Keys.BranchKey, named: t.Keys.Name}
	table, err := f.branches(ctx, h.world)
	if err != nil {
		return nil, err
	}
	c.Keys = table
	return seal.NewSearch(c)
}
