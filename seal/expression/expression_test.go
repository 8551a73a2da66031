package expression

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baileydb/bailey/seal"
)

var (
	testNames  = map[string]string{"#s": "size", "#d": "a.b", "#n-1": "n"}
	testValues = map[string]seal.Value{
		":one": seal.Number("1"), ":uno": seal.Number("1.0"), ":two": seal.Number("2"), ":a": seal.String("a"), ":ab": seal.String("ab"), ":b": seal.Binary("b"),
		":S": seal.String("S"), ":M": seal.String("M"), ":list": seal.List{seal.Number("1")}, ":true": seal.Bool(true),
	}
	testItem = seal.Item{
		"n": seal.Number("1.50"), "s": seal.String("abc"), "b": seal.Binary("abc"), "size": seal.Number("7"), "a.b": seal.String("dotted"), "t": seal.Bool(true),
		"ss": seal.StringSet{"a", "x"}, "ns": seal.NumberSet{"1", "3"}, "bs": seal.BinarySet{[]byte("b")}, "l": seal.List{seal.String("a"), seal.Map{"k": seal.Number("2")}},
		"m": seal.Map{"x": seal.Map{"y": seal.Number("1")}},
	}
)

func TestHolds(t *testing.T) {
	for text, want := range map[string]bool{
		"n > :one": true, "n < :two": true, "n = :one": false, "n <> :one": true, "n between :one and :two": true, "n BETWEEN :two AND :one": false,
		"n in (:one, :two)": false, "m.x.y IN (:two, :uno)": true, "m.x.y = :uno": true, "m.x.z = :one": false, "m.x.z <> :one": true, "s >= :a": true,
		"s > :one": false, "s <= :one": false, "NOT s > :one": true, "n = :one OR s = :a OR t = :true": true, "n = :one AND t = :true OR t = :true": true,
		"n = :one AND (t = :true OR t = :true)": false, "NOT n = :one AND t = :true": true, "size(s) > :two": true, "size(m) = :one": true, "size(n) = :one": false,
		"#s > :two": true, "#d = :a": false, "#d > :a": true, "attribute_exists(s)": true, "attribute_exists(m.x.y)": true, "attribute_exists(l[2])": false,
		"attribute_not_exists(nope)": true, "attribute_type(s, :S)": true, "attribute_type(m, :S)": false, "attribute_type(m, :M)": true,
		"begins_with(s, :ab)": true, "begins_with(b, :b)": false, "begins_with(n, :a)": false, "contains(s, :ab)": true, "contains(ss, :a)": true, "contains(ss, :ab)": false,
		"contains(ns, :uno)": true, "contains(bs, :b)": true, "contains(l, :a)": true, "contains(b, :b)": true, "contains(:ab, s)": false, "l[1].k = :two": true, "l[0] = :a": true,
		"n = :missing": false, "#n-1 > :one": true, "begins_with ( s , :a )": true, "s.x = :a": false, "l.x = :a": false,
	} {
		c, err := ParseCondition(text, testNames)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := Holds(c, testItem, testValues); got != want {
			t.Errorf("%s is %t", text, got)
		}
		again, err := ParseCondition(c.String(), testNames)
		if err != nil || again.String() != c.String() {
			t.Errorf("%s is written as %s and then %v, %v", text, c, again, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"": "at the end", "a": "a comparison is expected", "a =": "attribute's name", "a = :x b": "the end is expected", "a == :x": "attribute's name", "(a = :x": ") is expected",
		"#x = :a": "ExpressionAttributeNames", "a = :": "no name", "a ! :x": "belongs to no expression", "nope(a)": "no function", "begins_with(a)": "takes 2 operands",
		"attribute_exists(:a)": "takes an attribute", "a BETWEEN :x OR :y": "AND is expected", "a IN :x": "( is expected", "a[x] = :b": "an index", "AND = :a": "attribute's name",
		"a = 1": "attribute's name", "size(:a) = :b": "attribute's name", strings.Repeat("(", 400) + "a = :b": "nested too deep", strings.Repeat("NOT ", 400) + "a = :b": "nested too deep",
		"a = :b" + strings.Repeat(" ", 4096): "4096",
	} {
		if c, err := ParseCondition(text, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q gives %v, %v; want %q", text, c, err, says)
		}
	}
}

func TestUpdate(t *testing.T) {
	for text, want := range map[string]string{
		"SET a = :x, b.c = b.c + :one REMOVE d[1], e":                              "a b.c d[1] e | b.c",
		"set #d = if_not_exists(f, list_append(g, :x)) - h add i :one delete j :x": "#d i j | f g h",
	} {
		u, err := ParseUpdate(text, testNames)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var words []string
		for _, p := range u.Writes {
			words = append(words, p.Text)
		}
		words = append(words, "|")
		for _, p := range u.Reads {
			words = append(words, p.Text)
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "a = :x", "SET a", "SET a = :x SET b = :x", "SET a = nope(b, c)", "ADD a b", "REMOVE", "SET a = :x,", "SET a = if_not_exists(b)", "SET #x = :y"} {
		if u, err := ParseUpdate(text, nil); err == nil {
			t.Errorf("%q gives %v", text, u)
		}
	}
}

func TestPaths(t *testing.T) {
	paths, err := ParsePaths("a, #d.c[0], #s", testNames)
	if err != nil || len(paths) != 3 || paths[1].Top != "a.b" || paths[1].Steps[0].Name != "c" || paths[2].Top != "size" {
		t.Errorf("%v, %v", paths, err)
	}
	for _, text := range []string{"", "a,", "a b", ":a"} {
		if _, err := ParsePaths(text, nil); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// TestOthersQueries reads the queries that AWS's library is tried with.
func TestOthersQueries(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "conformance", "seal", "data.json"))
	if err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	var data struct {
		Queries []struct{ Key, Filter string }
	}
	if err := json.Unmarshal(b, &data); err != nil || len(data.Queries) == 0 {
		t.Fatal(err)
	}
	for _, q := range data.Queries {
		if _, err := ParseCondition(q.Key+q.Filter, nil); err != nil {
			t.Errorf("%v: %v", q, err)
		}
	}
	t.Logf("%d queries", len(data.Queries))
}

func FuzzCondition(f *testing.F) {
	f.Add("NOT (#d = :one AND size(l[0].x) BETWEEN :one AND :two) OR contains(ss, :a) or m.x.y in (:one)")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCondition(s, testNames)
		if err != nil {
			return
		}
		Holds(c, testItem, testValues)
		text := c.String()
		again, err := ParseCondition(text, testNames)
		if len(text) > 4096 {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "too deep") || err == nil && again.String() != text {
			t.Fatalf("%q is written as %q and then %v, %v", s, text, again, err)
		}
	})
}

func FuzzUpdate(f *testing.F) {
	f.Add("SET a = if_not_exists(f, list_append(g, :x)) - h ADD i :one DELETE j :x REMOVE k[1].l")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseUpdate(s, testNames)
		if err != nil {
			return
		}
		if len(u.Writes) == 0 {
			t.Fatalf("%q writes nothing", s)
		}
		if changed, err := u.Apply(testItem, testValues); err == nil && changed == nil {
			t.Fatalf("%q leaves nothing", s)
		}
	})
}

func FuzzPaths(f *testing.F) {
	f.Add("a, #d.c[0], #s")
	f.Fuzz(func(t *testing.T, s string) {
		paths, err := ParsePaths(s, testNames)
		if err == nil && len(paths) == 0 {
			t.Fatalf("%q has no paths", s)
		}
		for _, p := range paths {
			Resolve(testItem, p)
		}
	})
}
