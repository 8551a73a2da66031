package lazy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/rules"
)

// plainText is text, a byte at a time.
func plainText(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(s)
}

// decoded are an object's members as encoding/json finds them, in their order; ok is false where the input does not begin
// with an object. rest is what follows it.
func decoded(t testing.TB, s string) (members []Member, rest string, ok bool) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	var whole json.RawMessage
	if d.Decode(&whole) != nil || whole[0] != '{' {
		return nil, "", false
	}
	rest = s[d.InputOffset():]
	d = json.NewDecoder(bytes.NewReader(whole))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		text, _ := name.(string)
		members = append(members, Member{text, string(v)})
	}
	return members, rest, true
}

// generator makes JSON that is hard to find one's way through.
type generator struct{ r *rand.Rand }

var spaces = []string{"", "", "", "", " ", "\n", "\t", "\r\n  "}

func (g generator) space() string { return spaces[g.r.IntN(len(spaces))] }

func (g generator) text() string {
	pieces := []string{`\"`, `\\`, `\\\"`, `\u0022`, `\u005c`, `\n`, "{", "}", "[", "]", ",", ":", "é", "eventName", " ", "a", "0123456789abcdef", "\x7f", "ÿ"}
	var b strings.Builder
	for range g.r.IntN(6) {
		b.WriteString(pieces[g.r.IntN(len(pieces))])
	}
	return `"` + b.String() + `"`
}

var names = []string{`"eventName"`, `"eventname"`, `"EVENTNAME"`, `"eventSource"`, `"userIdentity"`, `"a"`, `""`, `"Records"`, `"\u0065ventName"`}

func (g generator) object(depth int) string {
	var b strings.Builder
	b.WriteString("{" + g.space())
	for i := range g.r.IntN(6) {
		if i > 0 {
			b.WriteString("," + g.space())
		}
		name := names[g.r.IntN(len(names))]
		if g.r.IntN(4) == 0 {
			name = g.text()
		}
		b.WriteString(name + g.space() + ":" + g.space() + g.value(depth-1) + g.space())
	}
	return b.String() + "}"
}

func (g generator) value(depth int) string {
	switch n := g.r.IntN(9); {
	case n < 3:
		return g.text()
	case n == 3:
		return []string{"0", "-1.5e3", "1000000", "3.25"}[g.r.IntN(4)]
	case n == 4:
		return []string{"true", "false", "null"}[g.r.IntN(3)]
	case depth <= 0:
		return `""`
	case n < 7:
		return g.object(depth)
	}
	var b strings.Builder
	b.WriteString("[" + g.space())
	for i := range g.r.IntN(4) {
		if i > 0 {
			b.WriteString("," + g.space())
		}
		b.WriteString(g.value(depth-1) + g.space())
	}
	return b.String() + "]"
}

// mutated is a text that was cut, or in which bytes were changed, doubled or taken out.
func (g generator) mutated(s string) string {
	for range g.r.IntN(3) {
		if s == "" {
			return s
		}
		i := g.r.IntN(len(s))
		switch g.r.IntN(4) {
		case 0:
			s = s[:i]
		case 1:
			s = s[:i] + string(`"\{}[],: a`[g.r.IntN(10)]) + s[i+1:]
		case 2:
			s = s[:i] + s[i+1:]
		case 3:
			s = s[:i] + s[g.r.IntN(i+1):]
		}
	}
	return s
}

var known = []string{"eventName", "eventSource", "userIdentity", "Records"}

// same holds what is read quickly against what is read a byte and a name at a time, and JSON that is valid against
// encoding/json. shapes are those of the objects before.
func same(t testing.TB, shapes *Shapes, s string) {
	t.Helper()
	for i := range len(s) {
		if s[i] != '"' {
			continue
		}
		if got, want := text(s, i), plainText(s, i); got != want {
			t.Fatalf("the text at %d of %q ends at %d, not at %d", i, s, got, want)
		}
	}
	if s == "" || s[0] != '{' {
		return
	}
	want, end, whole := Members(nil, s, 0)
	var f Fields
	gotEnd, gotWhole := shapes.Read(&f, s, 0)
	if gotEnd != end || gotWhole != whole || !slices.Equal(f.Members, want) {
		t.Fatalf("%q: read to %d %v as %q, not to %d %v as %q", s, gotEnd, gotWhole, f.Members, end, whole, want)
	}
	for i, k := range known {
		first := Member{}
		for _, m := range want {
			if m.Name == k {
				first = m
				break
			}
			if first.Value == "" && strings.EqualFold(m.Name, k) {
				first = m
			}
		}
		if f.At(i) != first.Value || whole && Get(s, k) != first.Value {
			t.Fatalf("%q: %s is %q and %q, not %q", s, k, f.At(i), Get(s, k), first.Value)
		}
	}
	std, rest, ok := decoded(t, s)
	if !ok || !utf8.ValidString(s) { // encoding/json puts another character in the place of what is none
		return
	}
	if !whole || s[end:] != rest || End(s, 0) != end || !Balanced(s[:end]) {
		t.Fatalf("%q ends at %d and %d, whole %v, with %q left", s, end, End(s, 0), whole, rest)
	}
	for i, m := range f.Members {
		if i >= len(std) || Text(`"`+m.Name+`"`) != std[i].Name || m.Value != std[i].Value {
			t.Fatalf("%q: member %d is %q, not as in %q", s, i, m, std)
		}
		var v any
		if err := json.Unmarshal([]byte(m.Value), &v); err != nil {
			t.Fatal(err)
		}
		// Of the same name twice, encoding/json keeps the last and a list the first; texts and numbers are just the same.
		if _, deep := v.(map[string]any); !deep && !strings.Contains(m.Value, "{") {
			if diff := cmp.Diff(v, Value(m.Value).Any()); diff != "" {
				t.Fatalf("%q: %s", m.Value, diff)
			}
		}
	}
}

// TestSame reads generated JSON, whole and broken.
func TestSame(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(3, 4))}
	shapes := NewShapes(known...)
	for range 20_000 {
		s := g.object(4)
		if _, _, ok := decoded(t, s); !ok {
			t.Fatalf("%q is no JSON; the generator is wrong", s)
		}
		same(t, shapes, s)
		same(t, shapes, g.mutated(s))
	}
	if shapes.count > maxShapes {
		t.Errorf("%d shapes are remembered", shapes.count)
	}
}

// TestShapesAreBounded reads more orders of names than are remembered; what comes then is read as before.
func TestShapesAreBounded(t *testing.T) {
	shapes := NewShapes(known...)
	for i := range 3 * maxShapes {
		same(t, shapes, fmt.Sprintf(`{"a%d": 1, "b%d": {"c": [2]}, "c%d": 3, "d%d": 4, "e%d": 5, "eventName": "x%d"}`, i%9, i/9%9, i/81%9, i/729%9, i%5, i))
	}
	if shapes.count != maxShapes {
		t.Errorf("%d shapes are remembered", shapes.count)
	}
}

// plain is an [Object] whose values are found one after the other.
type plain struct{ o Object }

func (p plain) Member(name string) rules.Value               { return p.o.Member(name) }
func (p plain) Each(f func(name string, v rules.Value) bool) { p.o.Each(f) }

// TestFind finds values by their path, at once and member by member.
func TestFind(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(5, 6))}
	steps := []string{"eventName", "eventSource", "Records", "userIdentity", "a", "", "0", "1", "2", "x"}
	found := 0
	for range 50_000 {
		o := Object(g.object(5))
		path := []string{steps[g.r.IntN(6)]}
		for range g.r.IntN(4) {
			path = append(path, steps[g.r.IntN(len(steps))])
		}
		want := rules.Lookup(plain{o}, path).Any()
		if diff := cmp.Diff(want, rules.Lookup(o, path).Any()); diff != "" {
			t.Fatalf("%q in %s: %s", path, o, diff)
		}
		if want != nil && len(path) > 1 {
			found++
		}
	}
	if found < 100 {
		t.Errorf("only %d paths led anywhere", found)
	}
}

func FuzzSame(f *testing.F) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for range 20 {
		f.Add(g.object(4), g.mutated(g.object(3)))
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		shapes := NewShapes(known...)
		for _, s := range []string{a, b, a} { // the last when the shapes are known
			same(t, shapes, s)
		}
	})
}
