package seal

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// TestTampering changes sealed items in every way there is, and none may open.
func TestTampering(t *testing.T) {
	for name, table := range variants(t) {
		t.Run(name, func(t *testing.T) {
			s := newSealer(t, table)
			sealed, err := s.Seal(t.Context(), testItem())
			if err != nil {
				t.Fatal(err)
			}
			other := testItem()
			other["order"] = Number("18")
			sealedOther, err := s.Seal(t.Context(), other)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			refuse := func(what string, item Item) {
				t.Helper()
				n++
				_, err := s.Open(t.Context(), item)
				if !errors.Is(err, ErrRefused) {
					t.Errorf("%s: %v", what, err)
				} else if strings.Contains(err.Error(), "4111") || strings.Contains(err.Error(), "Köln") {
					t.Errorf("%s: the error shows plain text: %v", what, err)
				}
			}
			change := func(attribute string, v Value) Item {
				item := maps.Clone(sealed)
				item[attribute] = v
				return item
			}
			flips(sealed, func(what, attribute string, v Value) {
				if attribute != ":hits" && (name != "several" || attribute != footerName) {
					refuse(what, change(attribute, v))
				}
			})
			cuts(sealed, func(what, attribute string, v Value) { refuse(what, change(attribute, v)) })
			for attribute, v := range sealed {
				if attribute == ":hits" {
					continue
				}
				less := maps.Clone(sealed)
				delete(less, attribute)
				refuse("without "+attribute, less)
				renamed := maps.Clone(less)
				renamed[attribute+"x"] = v
				refuse("renamed "+attribute, renamed)
				refuse("null "+attribute, change(attribute, List{v}))
				if !Equal(Item{"x": v}, Item{"x": sealedOther[attribute]}) {
					refuse("from another item "+attribute, change(attribute, sealedOther[attribute]))
				}
			}
			refuse("one more", change("x", String("")))
			swapped := maps.Clone(sealed)
			swapped["card"], swapped["blob"] = sealed["blob"], sealed["card"]
			refuse("two attributes exchanged", swapped)
			refuse("another's key", change("order", Number("18")))
			refuse("another's head", change(headerName, sealedOther[headerName]))
			both := change(headerName, sealedOther[headerName])
			both[footerName] = sealedOther[footerName]
			refuse("another's head and foot", both)
			refuse("signed text", change("status", String("shipped")))
			if n < 1000 {
				t.Errorf("only %d changes were tried", n)
			}
			if plain, err := s.Open(t.Context(), change("aws_dbe_b_x", String(""))); err != nil || !Equal(plain, testItem()) {
				t.Errorf("beacons are not part of the item: %v, %v", plain, err)
			}
			if _, err := s.Open(t.Context(), change(":hits", Number("4"))); err != nil {
				t.Errorf("an unsigned attribute may change: %v", err)
			}
		})
	}
}

// flips gives each binary attribute with each of its bytes changed.
func flips(item Item, try func(what, attribute string, v Value)) {
	for attribute, v := range item {
		b, ok := v.(Binary)
		if !ok {
			continue
		}
		for i := range b {
			for _, bit := range []byte{1, 0x80} {
				flipped := append(Binary{}, b...)
				flipped[i] ^= bit
				try(fmt.Sprintf("%s[%d] of %d ^ %#x", attribute, i, len(b), bit), attribute, flipped)
			}
		}
	}
}

// cuts gives header and footer cut at each length, and longer by one.
func cuts(item Item, try func(what, attribute string, v Value)) {
	for _, attribute := range []string{headerName, footerName} {
		b, _ := item[attribute].(Binary)
		for i := range b {
			try(fmt.Sprintf("%s cut to %d", attribute, i), attribute, b[:i])
		}
		try(attribute+" longer", attribute, append(append(Binary{}, b...), 0))
	}
}

// TestOwnTagCounts changes the footer of an item for two recipients: each verifies its own tag.
func TestOwnTagCounts(t *testing.T) {
	sealed, err := newSealer(t, variants(t)["several"]).Seal(t.Context(), testItem())
	if err != nil {
		t.Fatal(err)
	}
	foot, _ := sealed[footerName].(Binary)
	for mine, name := range []string{"b", "a"} {
		table := testTable(t)
		table.Keyring = testAES(t, name)
		s := newSealer(t, table)
		for i := range foot {
			changed := append(Binary{}, foot...)
			changed[i]++
			item := maps.Clone(sealed)
			item[footerName] = changed
			if _, err := s.Open(t.Context(), item); (err != nil) != (i/tagLen == mine) {
				t.Errorf("%s: footer byte %d: %v", name, i, err)
			}
		}
	}
}

func TestOtherTable(t *testing.T) {
	for name, table := range variants(t) {
		sealed, err := newSealer(t, table).Seal(t.Context(), testItem())
		if err != nil {
			t.Fatal(err)
		}
		for what, change := range map[string]func(*Table){
			"name":           func(t *Table) { t.Name = "order" },
			"keys exchanged": func(t *Table) { t.PartitionKey, t.SortKey = t.SortKey, t.PartitionKey },
			"no sort key":    func(t *Table) { t.SortKey = "" },
			"unsigned": func(t *Table) {
				t.UnsignedPrefix = ""
				t.Actions = maps.Clone(t.Actions)
				t.Actions[":hits"] = SignOnly
			},
		} {
			other := table
			change(&other)
			if other.included() {
				other.Actions = maps.Clone(other.Actions)
				if what == "unsigned" {
					other.Actions[":hits"] = SignOnly
				}
			}
			if _, err := newSealer(t, other).Open(t.Context(), sealed); !errors.Is(err, ErrRefused) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

func TestOtherKeys(t *testing.T) {
	sealed, err := newSealer(t, testTable(t)).Seal(t.Context(), testItem())
	if err != nil {
		t.Fatal(err)
	}
	table := testTable(t)
	table.Keyring = testAES(t, "other")
	if _, err := newSealer(t, table).Open(t.Context(), sealed); !errors.Is(err, ErrNoKey) || !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	same, err := NewAES("test", "a", []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	table.Keyring = same
	if _, err := newSealer(t, table).Open(t.Context(), sealed); !errors.Is(err, ErrRefused) || errors.Is(err, ErrNoKey) {
		t.Error(err)
	}
}
