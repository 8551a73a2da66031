package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestBeaconAnswers holds answers that the tests of AWS's library state for the beacon key 1 2 3 4 5.
func TestBeaconAnswers(t *testing.T) {
	for _, c := range []struct {
		name  string
		value Value
		bits  int
		want  string
	}{
		{"std2", Number("1.23"), 24, "ac6f5d"},
		{"std2", Number("000001.23000000"), 24, "ac6f5d"},
		{"Name", String("MyName"), 32, "7d9bfa40"},
		{"Title", String("MyTitle"), 32, "e4feb833"},
		{"std4", String("abc"), 24, "0e9064"},
		{"std6", Number("666"), 26, "2d99222"},
		{"Name", String(""), 32, "e0e88994"},
	} {
		b := Beacon{Name: c.name, Bits: c.bits}
		key, err := beaconKey([]byte{1, 2, 3, 4, 5}, b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.hash(key, c.value); err != nil || got != c.want {
			t.Errorf("%s of %v: %s, %v; want %s", c.name, c.value, got, err, c.want)
		}
	}
}

func testSearch(beacons ...Beacon) *Search {
	return must(NewSearch(SearchConfig{Beacons: beacons, Keys: FixedBeaconKey(bytes.Repeat([]byte{3}, 32)), ID: "b", Period: time.Hour, Clock: func() time.Time { return time.Time{} }}))
}

func TestSearch(t *testing.T) {
	table := testTable(t)
	table.Search = testSearch(Beacon{Name: "card", Bits: 20}, Beacon{Name: "byTag", Attribute: "tags", Bits: 8, Set: true}, Beacon{Name: "note", Bits: 20, Shared: "card"})
	s := newSealer(t, table)
	item := testItem()
	item["note"] = item["card"]
	sealed, err := s.Seal(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	card, _ := table.Search.For("card")
	want, err := table.Search.Value(t.Context(), card, item["card"])
	if err != nil || sealed["aws_dbe_b_card"] != want || len(want.(String)) != 5 {
		t.Errorf("the beacon is %v, want %v, %v", sealed["aws_dbe_b_card"], want, err)
	}
	if sealed["aws_dbe_b_note"] != want {
		t.Errorf("shared beacons differ: %v, %v", sealed["aws_dbe_b_note"], want)
	}
	tags, _ := table.Search.For("tags")
	set, _ := sealed["aws_dbe_b_byTag"].(StringSet)
	for _, tag := range item["tags"].(StringSet) {
		member, err := table.Search.Member(t.Context(), tags, String(tag))
		if err != nil || !contains(set, member) {
			t.Errorf("%q is not found in %v, %v", tag, set, err)
		}
	}
	if sealed["aws_dbe_v_1"] != String(" ") {
		t.Error("the version's tag is missing")
	}
	plain, err := s.Open(t.Context(), sealed)
	if err != nil || !Equal(plain, item) {
		t.Errorf("%v, %v", plain, err)
	}
	item["tags"] = String("no set")
	if _, err := s.Seal(t.Context(), item); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	delete(item, "tags")
	if sealed, err = s.Seal(t.Context(), item); err != nil || sealed["aws_dbe_b_byTag"] != nil {
		t.Error(sealed, err)
	}
}

func contains(set StringSet, v Value) bool {
	for _, m := range set {
		if String(m) == v {
			return true
		}
	}
	return false
}

func TestSearchRefuses(t *testing.T) {
	for what, beacons := range map[string][]Beacon{
		"needs a beacon": nil, "0 bits": {{Name: "x"}}, "64 bits": {{Name: "x", Bits: 64}}, "needs a name": {{Bits: 5}},
		"same name": {{Name: "x", Bits: 5}, {Name: "x", Attribute: "y", Bits: 5}}, "or attribute": {{Name: "x", Bits: 5}, {Name: "y", Attribute: "x", Bits: 5}},
		"shares with": {{Name: "x", Bits: 5, Shared: "y"}, {Name: "y", Bits: 6}},
	} {
		if _, err := NewSearch(SearchConfig{Beacons: beacons, Keys: FixedBeaconKey{}, Period: 1, Clock: time.Now}); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, change := range map[string]func(*Table){
		"SIGN_ONLY":          func(t *Table) { t.Search = testSearch(Beacon{Name: "status", Bits: 5}) },
		"no action":          func(t *Table) { t.Search = testSearch(Beacon{Name: "nope", Bits: 5}) },
		"another attribute":  func(t *Table) { t.Search = testSearch(Beacon{Name: "status", Attribute: "card", Bits: 5}) },
		"plaintext override": func(t *Table) { t.Search = testSearch(Beacon{Name: "card", Bits: 5}); t.Plaintext = AllowPlaintextRead },
	} {

		table := testTable(t)
		change(&table)
		if _, err := New(table); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAdviseBits(t *testing.T) {
	for distinct, want := range map[uint64][2]int{0: {0, 0}, 2: {0, 0}, 7: {0, 0}, 100: {4, 5}, 100_000: {9, 15}, 1 << 40: {20, 39}, 1<<64 - 1: {32, 62}} {
		if a, b := AdviseBits(distinct); a != want[0] || b != want[1] {
			t.Errorf("%d values: %d to %d bits, want %v", distinct, a, b, want)
		}
	}
}
