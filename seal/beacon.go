package seal

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Beacon makes an encrypted attribute searchable for equality: beside the attribute its item gets aws_dbe_b_NAME, a keyed
// hash of the value cut to a few bits. See [AdviseBits] for how many.
type Beacon struct {
	Name string
	// Attribute is the encrypted attribute; Name if empty.
	Attribute string
	// Bits, 1 to 63, is how much of the hash is kept. Fewer bits make more values look alike to whoever reads the table,
	// and more items come back in vain.
	Bits int
	// Set hashes each member of a set, so that contains finds it.
	Set bool
	// Shared is the name of another beacon of the same length whose hashes this one's equal, so that the two attributes can be
	// compared.
	Shared string
}

// BeaconKeys is where the key of beacons comes from; [BranchKeyTable] is one.
type BeaconKeys interface {
	BeaconKey(ctx context.Context, id string) ([]byte, error)
}

var _ BeaconKeys = (*BranchKeyTable)(nil)

// FixedBeaconKey is one beacon key held in memory.
type FixedBeaconKey []byte

// BeaconKey gives the key, whatever the id.
func (k FixedBeaconKey) BeaconKey(context.Context, string) ([]byte, error) {
	return slices.Clone(k), nil
}

// SearchConfig is the configuration of [Search].
type SearchConfig struct {
	Beacons []Beacon
	Keys    BeaconKeys
	ID      string        // of the branch key whose beacon key is used
	Period  time.Duration // for how long the key is used without asking for it again
	Clock   func() time.Time
}

// Search makes the beacons of one table.
type Search struct {
	beacons []Beacon // with Attribute filled in
	keys    BeaconKeys
	id      string
	cache   *branchCache
}

// Names of the attributes that search adds.
const (
	beaconPrefix = reservedPrefix + "b_"
	versionTag   = reservedPrefix + "v_1" // holds one space; says which version of the configuration wrote the beacons
)

// NewSearch checks a configuration.
func NewSearch(c SearchConfig) (*Search, error) {
	switch {
	case len(c.Beacons) == 0:
		return nil, configf("search needs a beacon")
	case c.Keys == nil || c.Clock == nil || c.Period <= 0:
		return nil, configf("search needs beacon keys, a clock and a period longer than zero")
	}
	s := &Search{beacons: slices.Clone(c.Beacons), keys: c.Keys, id: c.ID, cache: newBranchCache(c.Period, 1, c.Clock)}
	for i := range s.beacons {
		b := &s.beacons[i]
		if b.Attribute == "" {
			b.Attribute = b.Name
		}
		if b.Name == "" || b.Bits < 1 || b.Bits > 63 {
			return nil, configf("beacon %q has %d bits; it needs a name and 1 to 63 bits", b.Name, b.Bits)
		}
		for _, other := range s.beacons[:i] {
			if other.Name == b.Name || other.Attribute == b.Attribute {
				return nil, configf("beacons %q and %q have the same name or attribute", other.Name, b.Name)
			}
		}
	}
	for _, b := range s.beacons {
		if b.Shared != "" && !slices.ContainsFunc(s.beacons, func(o Beacon) bool {
			return o.Name == b.Shared && o.Name != b.Name && o.Shared == "" && o.Bits == b.Bits
		}) {
			return nil, configf("beacon %q shares with %q, which is no other beacon of %d bits with hashes of its own", b.Name, b.Shared, b.Bits)
		}
	}
	return s, nil
}

// check holds the beacons against the table they are for.
func (s *Search) check(t *Table) error {
	if t.Plaintext != ForbidPlaintext {
		return configf("search finds sealed items only, so a table with a plaintext override cannot have it")
	}
	for _, b := range s.beacons {
		if t.Actions[b.Attribute] != EncryptAndSign {
			return configf("beacon %q is for attribute %q, which is %s; only encrypted attributes need one", b.Name, b.Attribute, t.Actions[b.Attribute])
		}
		if _, taken := t.Actions[b.Name]; taken && b.Name != b.Attribute {
			return configf("beacon %q has the name of another attribute", b.Name)
		}
	}
	return nil
}

// For gives the beacon of an attribute.
func (s *Search) For(attribute string) (Beacon, bool) {
	i := slices.IndexFunc(s.beacons, func(b Beacon) bool { return b.Attribute == attribute })
	if i < 0 {
		return Beacon{}, false
	}
	return s.beacons[i], true
}

// AttributeName is the name of the attribute that holds the beacon.
func (b Beacon) AttributeName() string { return beaconPrefix + b.Name }

// Value is what the beacon's attribute holds for a value: a string of hexadecimal digits, or a set of such for a beacon
// with Set. To find an item by a member of a set, use [Search.Member].
func (s *Search) Value(ctx context.Context, b Beacon, v Value) (Value, error) {
	key, err := s.key(ctx, b)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return b.value(key, v)
}

// Member is what the beacon's attribute holds, alone or as a member, for a value that is no set.
func (s *Search) Member(ctx context.Context, b Beacon, v Value) (Value, error) {
	b.Set = false
	return s.Value(ctx, b, v)
}

// key derives the beacon's own key.
func (s *Search) key(ctx context.Context, b Beacon) ([]byte, error) {
	root, err := s.cache.get(ctx, branchName{id: s.id}, func(ctx context.Context) (BranchKey, error) {
		k, err := s.keys.BeaconKey(ctx, s.id)
		return BranchKey{ID: s.id, Key: k}, err
	})
	if err != nil {
		return nil, fmt.Errorf("beacon key %s: %w", s.id, err)
	}
	return beaconKey(root.Key, b)
}

func beaconKey(root []byte, b Beacon) ([]byte, error) {
	name := b.Name
	if b.Shared != "" {
		name = b.Shared
	}
	return hkdf.Key(sha512.New, root, nil, "AWS_DBE_SCAN_BEACON"+name, 64)
}

func (b Beacon) value(key []byte, v Value) (Value, error) {
	if !b.Set {
		text, err := b.hash(key, v)
		return String(text), err
	}
	var members []Value
	switch v := v.(type) {
	case StringSet:
		for _, m := range v {
			members = append(members, String(m))
		}
	case NumberSet:
		for _, m := range v {
			members = append(members, Number(m))
		}
	case BinarySet:
		for _, m := range v {
			members = append(members, Binary(m))
		}
	default:
		return nil, inputf("attribute %q is no set, as its beacon demands", b.Attribute)
	}
	hashes := StringSet{}
	for _, m := range members {
		text, err := b.hash(key, m)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, text)
	}
	slices.Sort(hashes)
	return slices.Compact(hashes), nil
}

// hash is the rightmost bits of the first eight bytes of HMAC-SHA-384 over the serialized value.
func (b Beacon) hash(key []byte, v Value) (string, error) {
	if v == nil {
		return "", attributeError(ErrInput, b.Attribute, errNoValue)
	}
	data, err := appendValue(nil, v, 1)
	if err != nil {
		return "", attributeError(ErrInput, b.Attribute, err)
	}
	mac := hmac.New(sha512.New384, key)
	mac.Write(data)
	clear(data)
	n := binary.BigEndian.Uint64(mac.Sum(nil)) & (1<<b.Bits - 1)
	return fmt.Sprintf("%0*x", (b.Bits+3)/4, n), nil
}

// addTo puts the beacons of a plain item into its sealed form.
func (s *Search) addTo(ctx context.Context, sealed, plain Item) error {
	for _, b := range s.beacons {
		v, ok := plain[b.Attribute]
		if !ok {
			continue
		}
		beacon, err := s.Value(ctx, b, v)
		if err != nil {
			return err
		}
		if set, ok := beacon.(StringSet); ok && len(set) == 0 {
			continue // DynamoDB keeps no empty sets
		}
		sealed[b.AttributeName()] = beacon
	}
	sealed[versionTag] = String(" ")
	return nil
}

// AdviseBits gives the shortest and the longest sensible length of a beacon for an attribute with so many distinct, evenly
// spread values: at most so long that two values share a hash on average, since a hash that belongs to one value tells
// which items have the same value; at least so long that a search does not read the square root of all.
//
// A beacon reveals how often its hash occurs. An attribute with few values, or with values that are far from equally
// frequent, tells what it hides whatever the length; such an attribute should have no beacon. The advice is then 0, 0.
func AdviseBits(distinct uint64) (shortest, longest int) {
	for longest = 0; longest < 63 && uint64(1)<<(longest+1) <= distinct/2; longest++ {
	}
	for shortest = 0; shortest < min(longest, 32) && uint64(1)<<(2*shortest) < distinct; shortest++ {
	}
	if longest < 2 {
		return 0, 0
	}
	return shortest, longest
}

// String lists the beacons' attributes.
func (s *Search) String() string {
	names := make([]string, len(s.beacons))
	for i, b := range s.beacons {
		names[i] = fmt.Sprintf("%s of %s in %d bits", b.AttributeName(), b.Attribute, b.Bits)
	}
	return strings.Join(names, ", ")
}
