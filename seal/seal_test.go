package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func testAES(t testing.TB, name string) *AES {
	t.Helper()
	k, err := NewAES("test", name, bytes.Repeat([]byte(name[:1]), 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// testTable encrypts everything but the keys, one signed and one unsigned attribute.
func testTable(t testing.TB) Table {
	return Table{
		Name: "orders", PartitionKey: "customer", SortKey: "order",
		Actions: map[string]Action{
			"customer": SignOnly, "order": SignOnly, "status": SignOnly, ":hits": DoNothing,
			"card": EncryptAndSign, "total": EncryptAndSign, "blob": EncryptAndSign, "paid": EncryptAndSign, "note": EncryptAndSign,
			"tags": EncryptAndSign, "sums": EncryptAndSign, "keys": EncryptAndSign, "address": EncryptAndSign, "lines": EncryptAndSign,
		},
		UnsignedPrefix: ":", Suite: HMACSuite, Keyring: testAES(t, "a"),
	}
}

func testItem() Item {
	return Item{
		"customer": String("c-1"), "order": Number("17"), "status": String("open"), ":hits": Number("3"),
		"card": String("4111 1111 1111 1111"), "total": Number("+012.50e1"), "blob": Binary{0, 1, 2}, "paid": Bool(true), "note": Null{},
		"tags": StringSet{"b", "a", "\U00010002", "\uFE4C"}, "sums": NumberSet{"2.0", "1"}, "keys": BinarySet{{2}, {1}},
		"address": Map{"city": String("Köln"), "zip": Map{}}, "lines": List{Number("1"), List{}, Bool(false)},
	}
}

func newSealer(t testing.TB, table Table) *Sealer {
	t.Helper()
	s, err := New(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// variants are the ways to seal: both suites, both header versions, and several recipients.
func variants(t testing.TB) map[string]Table {
	signed := testTable(t)
	signed.Suite = SignedSuite
	included := testTable(t)
	included.Actions = maps.Clone(included.Actions)
	for _, name := range []string{"customer", "order", "status", "paid", "note", "tags"} {
		included.Actions[name] = SignAndInclude
	}
	signedIncluded := included
	signedIncluded.Suite = SignedSuite
	several := testTable(t)
	keyring, err := Multi(testAES(t, "b"), testAES(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	several.Keyring = keyring
	branch := testTable(t)
	branch.Keyring, err = NewHierarchy(HierarchyConfig{
		Store: FixedBranchKey{BranchKey{ID: "tenant", Version: "e9ce18a3-edb5-4272-9f86-1cacb7997ff6", Key: bytes.Repeat([]byte{7}, 32)}},
		ID:    "tenant", Period: time.Hour, Clock: func() time.Time { return time.Time{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Table{"hmac": testTable(t), "signed": signed, "included": included, "signed-included": signedIncluded, "several": several, "hierarchy": branch}
}

func TestRoundTrip(t *testing.T) {
	for name, table := range variants(t) {
		t.Run(name, func(t *testing.T) {
			s := newSealer(t, table)
			item := testItem()
			sealed, err := s.Seal(t.Context(), item)
			if err != nil {
				t.Fatal(err)
			}
			if !Equal(item, testItem()) {
				t.Error("Seal changed its argument")
			}
			for attribute, action := range table.Actions {
				_, binary := sealed[attribute].(Binary)
				if action == EncryptAndSign && !binary {
					t.Errorf("%s is %T in the sealed item", attribute, sealed[attribute])
				}
				if action != EncryptAndSign && !Equal(Item{"x": sealed[attribute]}, Item{"x": item[attribute]}) {
					t.Errorf("%s was changed", attribute)
				}
			}
			if b, _ := json.Marshal(sealed); bytes.Contains(b, []byte("4111")) {
				t.Error("the sealed item holds the card's number")
			}
			o, err := s.OpenDetailed(t.Context(), sealed)
			if err != nil {
				t.Fatal(err)
			}
			if !Equal(o.Item, item) {
				t.Errorf("opened %v, sealed %v", o.Item, item)
			}
			if got := o.Item["total"]; got != Number("125") {
				t.Errorf("total is %v, want it as DynamoDB writes it", got)
			}
			want := maps.Clone(table.Actions)
			delete(want, ":hits")
			if !maps.Equal(o.Actions, want) || o.Suite != table.Suite {
				t.Errorf("header says %v %v", o.Actions, o.Suite)
			}
			attributes, err := o.Context.Attributes()
			if err != nil || !Equal(Item{"order": attributes["order"]}, Item{"order": item["order"]}) {
				t.Errorf("the context gives %v, %v", attributes, err)
			}
		})
	}
}

// randomValue makes a value of any type, nested to a depth.
func randomValue(r *rand.Rand, depth int) Value {
	n := 10
	if depth == 0 {
		n = 8
	}
	text := func() string {
		runes := []rune("aZ0 é\u07FF\uD7FF\uE000\uFFFD\U00010000\U0010FFFF\x00\"\\")
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteRune(runes[r.IntN(len(runes))])
		}
		return b.String()
	}
	number := func() string { return fmt.Sprintf("%d.%03de%d", r.IntN(2000)-1000, r.IntN(1000), r.IntN(80)-40) }
	switch r.IntN(n) {
	case 0:
		return String(text())
	case 1:
		return Number(number())
	case 2:
		return Binary(text())
	case 3:
		return Bool(r.IntN(2) == 0)
	case 4:
		return Null{}
	case 5:
		s := map[string]bool{}
		for range r.IntN(5) {
			s[text()] = true
		}
		return StringSet(slices.Collect(maps.Keys(s)))
	case 6:
		s := map[string]bool{}
		for range r.IntN(5) {
			n, _ := normalize(number())
			s[n] = true
		}
		return NumberSet(slices.Collect(maps.Keys(s)))
	case 7:
		s := map[string]bool{}
		for range r.IntN(5) {
			s[text()] = true
		}
		var b BinarySet
		for m := range s {
			b = append(b, []byte(m))
		}
		return b
	case 8:
		m := Map{}
		for range r.IntN(4) {
			m["k"+text()] = randomValue(r, depth-1)
		}
		return m
	default:
		l := List{}
		for range r.IntN(4) {
			l = append(l, randomValue(r, depth-1))
		}
		return l
	}
}

func TestAnyItemRoundTrips(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	actions := []Action{EncryptAndSign, SignOnly, DoNothing}
	for range 300 {
		table := Table{Name: "t", PartitionKey: "pk", Suite: HMACSuite, Keyring: testAES(t, "a"), Actions: map[string]Action{"pk": SignOnly}}
		item := Item{"pk": String(fmt.Sprint(r.IntN(9)))}
		for i := range r.IntN(20) {
			name := fmt.Sprintf("%c%d", 'a'+rune(r.IntN(26)), i)
			item[name] = randomValue(r, 3)
			table.Actions[name] = actions[r.IntN(3)]
			if table.Actions[name] == DoNothing {
				table.Unsigned = append(table.Unsigned, name)
			}
		}
		s := newSealer(t, table)
		sealed, err := s.Seal(t.Context(), item)
		if err != nil {
			t.Fatal(err)
		}
		// The way over JSON is how items travel to DynamoDB.
		b, err := json.Marshal(sealed)
		if err != nil {
			t.Fatal(err)
		}
		var back Item
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		plain, err := s.Open(t.Context(), back)
		if err != nil {
			t.Fatal(err)
		}
		if !Equal(plain, item) {
			t.Fatalf("sealed %v\nopened %v", item, plain)
		}
	}
}

// TestGolden opens items that an earlier version of this package wrote.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/sealed/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden items")
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var sealed Item
		if err := json.Unmarshal(b, &sealed); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		plain, err := newSealer(t, variants(t)[name]).Open(t.Context(), sealed)
		if err != nil || !Equal(plain, testItem()) {
			t.Errorf("%s: %v, %v", f, plain, err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(Item)
		says   string
	}{
		{"no partition key", func(i Item) { delete(i, "customer") }, `key attribute "customer" is missing`},
		{"no sort key", func(i Item) { delete(i, "order") }, `key attribute "order" is missing`},
		{"unknown attribute", func(i Item) { i["new"] = Null{} }, `"new" has no action`},
		{"sealed already", func(i Item) { i[headerName] = Binary{1} }, "belong to the format"},
		{"bad number", func(i Item) { i["total"] = Number("1x") }, `"total" is not a number`},
		{"long number", func(i Item) { i["total"] = Number(strings.Repeat("12", 20)) }, "38 significant digits"},
		{"bad text", func(i Item) { i["card"] = String("\xff") }, `"card" is not valid UTF-8`},
		{"twice in a set", func(i Item) { i["sums"] = NumberSet{"1", "1.0"} }, `"sums" is a set that holds a member twice`},
		{"empty key", func(i Item) { i["address"] = Map{"": Null{}} }, "empty key"},
		{"no value", func(i Item) { i["card"] = nil }, "no value"},
		{"no value inside", func(i Item) { i["lines"] = List{nil} }, "no value"},
		{"too deep", func(i Item) {
			l := List{}
			for range maxDepth {
				l = List{l}
			}
			i["lines"] = l
		}, "nested deeper"},
	} {
		item := testItem()
		c.change(item)
		_, err := newSealer(t, testTable(t)).Seal(t.Context(), item)
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.what, err, c.says)
		}
	}
}

func TestMissingContextAttribute(t *testing.T) {
	item := testItem()
	delete(item, "status")
	if _, err := newSealer(t, variants(t)["included"]).Seal(t.Context(), item); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), `"status"`) {
		t.Error(err)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct {
		change func(*Table)
		says   string
	}{
		{func(t *Table) { t.Name = "" }, "Name"},
		{func(t *Table) { t.PartitionKey = "" }, "PartitionKey"},
		{func(t *Table) { t.SortKey = "customer" }, "both"},
		{func(t *Table) { t.Keyring = nil }, "Keyring"},
		{func(t *Table) { t.Suite = 7 }, "Suite"},
		{func(t *Table) { t.Plaintext = 9 }, "Plaintext"},
		{func(t *Table) { t.Actions["customer"] = EncryptAndSign }, `key attribute "customer" must be SIGN_ONLY`},
		{func(t *Table) { t.Actions["status"] = SignAndInclude }, "must be SIGN_AND_INCLUDE"},
		{func(t *Table) { delete(t.Actions, "order") }, `key attribute "order"`},
		{func(t *Table) { t.Actions["status"] = DoNothing }, "neither in Unsigned"},
		{func(t *Table) { t.Actions[":hits"] = SignOnly }, "would not verify"},
		{func(t *Table) { t.Actions["card"] = 0 }, "no action"},
		{func(t *Table) { t.Actions["aws_dbe_x"] = SignOnly }, "belong to the format"},
		{func(t *Table) { t.Unsigned = []string{headerName} }, "Unsigned"},
		{func(t *Table) { t.UnsignedPrefix = "aws_" }, "UnsignedPrefix"},
	} {
		table := testTable(t)
		table.Actions = maps.Clone(table.Actions)
		c.change(&table)
		if _, err := New(table); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

func TestPlaintextOverrides(t *testing.T) {
	item := testItem()
	sealed, err := newSealer(t, testTable(t)).Seal(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		override     Plaintext
		seals, reads bool
	}{{ForbidPlaintext, true, false}, {AllowPlaintextRead, true, true}, {ForcePlaintextWrite, false, true}} {
		table := testTable(t)
		table.Plaintext = c.override
		s := newSealer(t, table)
		out, err := s.Seal(t.Context(), item)
		if err != nil || Sealed(out) != c.seals {
			t.Errorf("%v: sealed %t, %v", c.override, Sealed(out), err)
		}
		plain, err := s.Open(t.Context(), item)
		if c.reads && (err != nil || !Equal(plain, item)) || !c.reads && !errors.Is(err, ErrPlaintext) {
			t.Errorf("%v: plain item gives %v, %v", c.override, plain, err)
		}
		if plain, err = s.Open(t.Context(), sealed); err != nil || !Equal(plain, item) {
			t.Errorf("%v: sealed item gives %v", c.override, err)
		}
		for _, cut := range []string{headerName, footerName} {
			half := maps.Clone(sealed)
			delete(half, cut)
			if _, err := s.Open(t.Context(), half); !errors.Is(err, ErrRefused) {
				t.Errorf("%v: without %s: %v", c.override, cut, err)
			}
		}
	}
}

// TestActionsMayChange opens an item under a configuration whose encrypted and signed attributes were exchanged since.
func TestActionsMayChange(t *testing.T) {
	sealed, err := newSealer(t, testTable(t)).Seal(t.Context(), testItem())
	if err != nil {
		t.Fatal(err)
	}
	table := testTable(t)
	table.Actions = map[string]Action{"customer": SignOnly, "order": SignOnly, "card": SignOnly, "status": EncryptAndSign}
	table.Suite = SignedSuite
	plain, err := newSealer(t, table).Open(t.Context(), sealed)
	if err != nil || !Equal(plain, testItem()) {
		t.Errorf("%v, %v", plain, err)
	}
}

func TestSignatureLength(t *testing.T) {
	key, public, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	back, err := verificationKey(public)
	if err != nil || !back.Equal(&key.PublicKey) {
		t.Fatalf("the public key does not survive its text: %v", err)
	}
	for i := range 400 {
		hash := recipientTag([]byte{byte(i), byte(i >> 8)}, nil)
		sig, err := sign(key, hash)
		if err != nil || len(sig) != signatureLen || !verifies(back, hash, sig) {
			t.Fatalf("signature %d has %d bytes, %v", i, len(sig), err)
		}
	}
}
