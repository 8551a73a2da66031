package seal

import (
	"crypto/ecdsa"
	"maps"
	"slices"
	"strings"
)

// Sealer seals and opens the items of one table. It is safe for concurrent use.
type Sealer struct {
	table  Table
	prefix string // of canonical paths
	second bool   // header version 2 is written

	// A key and a footer with a signature that is in order but of nothing: what items that are refused before their own
	// can be read are verified with, in vain.
	decoyKey  *ecdsa.PublicKey
	decoyFoot []byte
}

// New checks a configuration. The table is copied.
func New(t Table) (*Sealer, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	t.Actions = maps.Clone(t.Actions)
	t.Unsigned = slices.Clone(t.Unsigned)
	decoy, _, err := signingKey()
	if err != nil {
		return nil, err
	}
	signature, err := sign(decoy, freshKey())
	if err != nil {
		return nil, err
	}
	s := &Sealer{table: t, prefix: pathPrefix(t.Name), second: t.included(), decoyKey: &decoy.PublicKey}
	s.decoyFoot = append(make([]byte, tagLen), signature...)
	return s, nil
}

// Table gives back the configuration, as a copy.
func (s *Sealer) Table() Table {
	t := s.table
	t.Actions = maps.Clone(t.Actions)
	t.Unsigned = slices.Clone(t.Unsigned)
	return t
}

// Action is what happens to an attribute: what the configuration says, or DoNothing for one that is not signed. It is
// false for an attribute nobody decided about.
func (s *Sealer) Action(name string) (Action, bool) {
	a, ok := s.table.Actions[name]
	if !ok && !strings.HasPrefix(name, reservedPrefix) && !s.table.signed(name) {
		return DoNothing, true
	}
	return a, ok
}

// Plaintext is the table's override for migrations.
func (s *Sealer) Plaintext() Plaintext { return s.table.Plaintext }

// Search is the table's search, nil if it has none.
func (s *Sealer) Search() *Search { return s.table.Search }

// Keys are the names of the table's key attributes.
func (s *Sealer) Keys() []string {
	if s.table.SortKey == "" {
		return []string{s.table.PartitionKey}
	}
	return []string{s.table.PartitionKey, s.table.SortKey}
}

// Sealed reports whether an item looks like a sealed one: it has a header or a footer. Whether it opens is another
// matter.
func Sealed(item Item) bool {
	_, head := item[headerName]
	_, foot := item[footerName]
	return head || foot
}
