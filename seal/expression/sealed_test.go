package expression

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/seal"
)

func testSealer(t *testing.T) *seal.Sealer {
	t.Helper()
	keyring, err := seal.NewAES("test", "k", make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	search, err := seal.NewSearch(seal.SearchConfig{
		Beacons: []seal.Beacon{{Name: "card", Bits: 2}, {Name: "byTag", Attribute: "tags", Bits: 16, Set: true}, {Name: "old", Bits: 2, Shared: "card"}},
		Keys:    seal.FixedBeaconKey(bytes.Repeat([]byte{3}, 32)), Period: time.Hour, Clock: func() time.Time { return time.Time{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.New(seal.Table{
		Name: "t", PartitionKey: "pk", Suite: seal.HMACSuite, Keyring: keyring, Search: search, UnsignedPrefix: ":",
		Actions: map[string]seal.Action{"pk": seal.SignOnly, "status": seal.SignOnly, "card": seal.EncryptAndSign, "old": seal.EncryptAndSign, "tags": seal.EncryptAndSign, "note": seal.EncryptAndSign},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSearchFindsAll seals items, lets a search run over the sealed ones as DynamoDB would, and compares with the same
// search over the plain ones: the answer must be the same, although the beacons of two bits find more.
func TestSearchFindsAll(t *testing.T) {
	s := testSealer(t)
	var plain, sealed []seal.Item
	for i := range 40 {
		text := string(rune('a' + i%10))
		item := seal.Item{"pk": seal.String(text), "status": seal.String(string(rune('a' + i%3))), "card": seal.String(text), "old": seal.String(string(rune('a' + i%4))), "tags": seal.StringSet{text, "x"}, "note": seal.String("n")}
		out, err := s.Seal(t.Context(), item)
		if err != nil {
			t.Fatal(err)
		}
		plain, sealed = append(plain, item), append(sealed, out)
	}
	values := map[string]seal.Value{":a": seal.String("a"), ":b": seal.String("b"), ":x": seal.String("x"), ":none": seal.String("none")}
	names := map[string]string{"#c": "card", "#unused": "x"}
	vain := 0
	for _, filter := range []string{
		"card = :a", ":a = card", "#c = :a AND #c = :a", "card = :a OR status = :b", "card IN (:a, :b, :none)", "contains(tags, :x)", "contains(tags, :b)", "card = old",
		"card = :a AND NOT status = :b", "card = :none", "attribute_exists(card)", "attribute_not_exists(note)", "status = :a", "NOT (status = :a OR pk = :b)", "card = :a AND pk = :a",
	} {
		q := Search{Filter: filter, Projection: "pk, #c", Names: maps.Clone(names), Values: maps.Clone(values)}
		out, answer, exact, err := q.Sealed(t.Context(), s)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if out.Projection != "" || len(out.Names) > strings.Count(out.Filter, "#") || len(out.Values) > strings.Count(out.Filter, ":") {
			t.Errorf("%s becomes %+v", filter, out)
		}
		c, err := ParseCondition(out.Filter, out.Names)
		if err != nil {
			t.Fatalf("%s becomes %s: %v", filter, out.Filter, err)
		}
		asked, err := ParseCondition(filter, names)
		if err != nil {
			t.Fatal(err)
		}
		for i := range plain {
			found := Holds(c, sealed[i], out.Values)
			opened, err := s.Open(t.Context(), sealed[i])
			if err != nil {
				t.Fatal(err)
			}
			got, kept := answer(opened)
			want := Holds(asked, plain[i], values)
			if (found && kept) != want {
				t.Errorf("%s: item %d found %t, kept %t, want %t", filter, i, found, kept, want)
			}
			if found && !kept {
				vain++
				if exact {
					t.Errorf("%s says it is exact", filter)
				}
			}
			if kept && (len(got) != 2 || got["card"] == nil) {
				t.Errorf("%s: projected to %v", filter, got)
			}
		}
	}
	if vain == 0 {
		t.Error("beacons of two bits found nothing in vain; the second decision was not tried")
	}
}

func TestSearchIsRefused(t *testing.T) {
	s := testSealer(t)
	values := map[string]seal.Value{":a": seal.String("a"), ":b": seal.String("b")}
	for filter, says := range map[string]string{
		"card <> :a": "by <>", "card < :a": "by <", "card BETWEEN :a AND :b": "range", "begins_with(card, :a)": "begins_with", "contains(card, :a)": "contains", "NOT card = :a": "is not",
		"note = :a": "no beacon", "size(card) = :a": "compares", "card.x = :a": "compares", "card = status": "say nothing", "card = note": "say nothing", "card = :missing": "ExpressionAttributeValues",
		"attribute_exists(note.x)": "no beacon", "card": "cannot be read", "attribute_type(card, :a)": "attribute_type",
	} {
		if _, _, _, err := (Search{Filter: filter, Values: values}).Sealed(t.Context(), s); !errors.Is(err, ErrSealed) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", filter, err, says)
		}
	}
	if _, _, _, err := (Search{Projection: "card.x"}).Sealed(t.Context(), s); !errors.Is(err, ErrSealed) {
		t.Error(err)
	}
}

func TestWrites(t *testing.T) {
	s := testSealer(t)
	names := map[string]string{"#c": "card"}
	for text, ok := range map[string]bool{
		"": true, "attribute_not_exists(pk)": true, "attribute_exists(#c)": true, "status = :a": true, "#c = :a": false, "status = :a AND size(card) > :b": false, "attribute_exists(card.x)": false, "(": false,
		"attribute_type(card, :a)": false,
	} {
		if err := CheckCondition(s, text, names); (err == nil) != ok || err != nil && !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", text, err)
		}
	}
	names["#hits"], names["#foot"] = ":hits", "aws_dbe_foot"
	for text, ok := range map[string]bool{
		"ADD #hits :one": true, "SET #hits = status": true, "SET #hits = card": false, "SET status = :a": false, "SET card = :a": false, "REMOVE note": false, "SET new = :a": false,
		"SET #foot = :a": false, "": false, "SET #hits = if_not_exists(#hits, :zero) + :one": true,
	} {
		if err := CheckUpdate(s, text, names); (err == nil) != ok || err != nil && !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
