package classify

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOwnDetectors: a user's file works as ours do.
func TestOwnDetectors(t *testing.T) {
	dir := write(t, `
category: ours
detectors:
  - name: badge
    title: Staff badge
    level: protected
    names: [badge]
    value: {pattern: 'BDG-[0-9]{6}', rate: 0.0001}
    inside: {pattern: value, rate: 0.000001}
`)
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := one(s, Meta{Path: "c1"}, "BDG-123456", "BDG-234567", "BDG-345678")
	if got.Verdict != Is || got.Type != "badge" || got.Category != "ours" || got.Level != "protected" {
		t.Error(summary(got))
	}
}

// TestBadFiles: every mistake has its file, line and remedy.
func TestBadFiles(t *testing.T) {
	head := "category: ours\ndetectors:\n  - name: badge\n    title: T\n    level: secret\n"
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", head + "    patern: x\n", "own.yaml:6:5: unknown key \"patern\""},
		{"unknown level", strings.Replace(head, "secret", "secrt", 1) + "    value: {pattern: x}\n", "own.yaml:3: detector \"badge\": level \"secrt\" is not one of the policy's; did you mean \"secret\"?"},
		{"unknown check", head + "    value: {pattern: x, check: luhm}\n", "did you mean \"luhn\"?"},
		{"no expression", head + "    value: {pattern: '(x'}\n", "value.pattern is no regular expression"},
		{"assertion", head + "    value: {pattern: '^x$'}\n", "a pattern always covers the whole value"},
		{"beyond ASCII", head + "    value: {pattern: '[é]+'}\n", "use ASCII classes"},
		{"too long", head + "    value: {pattern: '([a-z]{1,90}-){1,10}([0-9]{1,90}-){1,10}'}\n", "at most 2000"},
		{"no pattern", head, "gives no pattern"},
		{"no names", head + "    named: {pattern: x}\n", "gives no names"},
		{"taken", strings.Replace(head, "badge", "email", 1) + "    value: {pattern: x}\n", "the name is taken by detectors/contact.yaml:"},
		{"sibling", head + "    value: {pattern: x}\n    siblings: [payment_crd]\n", "did you mean \"payment_card\"?"},
		{"rate", head + "    value: {pattern: x, rate: 2}\n", "between 0 and 1"},
		{"nothing", "category: x\n", "holds no detectors"},
		{"name", strings.Replace(head, "badge", "Staff Badge", 1) + "    value: {pattern: x}\n", "lower case letters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(write(t, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no *.yaml file") {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestLevels: a policy's own levels take the place of the default ones, and the highest of several is found.
func TestLevels(t *testing.T) {
	s, err := LoadWithLevels([]string{"open", "closed"})
	if err != nil {
		t.Fatal(err)
	}
	if got := one(s, Meta{Path: "email"}, "jane@example.com"); got.Level != "open" {
		t.Errorf("email is %q", got.Level)
	}
	if got := one(s, Meta{Path: "pan"}, "4111111111111111"); got.Level != "closed" {
		t.Errorf("a card is %q", got.Level)
	}
	at := func(level string) Result { return Result{Match: Match{Level: level}} }
	if got := Highest(DefaultLevels, at("protected"), at(""), at("public")); got != "protected" {
		t.Errorf("highest is %q", got)
	}
	if got := Highest(DefaultLevels, at("protected"), at("unheard-of")); got != "unheard-of" {
		t.Errorf("an unknown level counts as %q", got)
	}
	if got := Highest(DefaultLevels); got != "" {
		t.Errorf("highest of nothing is %q", got)
	}
}

func TestTokens(t *testing.T) {
	for name, want := range map[string]phrase{
		"customerSSN": {"customer", "ssn"}, "SSNNumber": {"ssn", "number"}, "E_MAIL": {"e", "mail"}, "cc-number2": {"cc", "number"},
		"Date of Birth": {"date", "of", "birth"}, "prénom": {"prenom"}, "userIDs": {"user", "ids"}, "ADD1": {"add"}, "Hausnummer": {"hausnummer"},
	} {
		if d := cmp.Diff(want, tokens(name)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestBinomialTail compares with sums done term by term.
func TestBinomialTail(t *testing.T) {
	for _, c := range []struct {
		k, n int
		p    float64
	}{{0, 10, 0.5}, {1, 1, 0.1}, {3, 10, 0.2}, {10, 10, 0.9}, {7, 30, 0.4}, {30, 60, 0.5}} {
		want, ways := 0.0, 1.0
		for i := 0; i <= c.n; i++ {
			if i > 0 {
				ways *= float64(c.n-i+1) / float64(i)
			}
			if i >= c.k {
				want += ways * math.Pow(c.p, float64(i)) * math.Pow(1-c.p, float64(c.n-i))
			}
		}
		if got := binomialTail(c.k, c.n, c.p); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d of %d at %g: %g, want %g", c.k, c.n, c.p, got, want)
		}
	}
	if got := binomialTail(100000, 100000, 0.1); got != 0 {
		t.Errorf("a certain thing has the chance %g", got)
	}
	if got := binomialTail(1, 1<<20, 0.5); math.Abs(got-1) > 1e-6 {
		t.Errorf("one of a million: %g", got)
	}
}

// TestNoAllocationPerValue: a value costs no memory once the automaton has met its like.
func TestNoAllocationPerValue(t *testing.T) {
	s := load(t)
	metas, rows := ordinaryRows(3000)
	for i, m := range metas[:21] {
		c := s.NewColumn(m)
		for _, row := range rows {
			c.Add(row[i])
		}
		again := s.NewColumn(m)
		again.seen = distinct{hashes: make([]uint64, maxSlots), notes: make([]uint16, maxSlots)}
		for f := range again.forms {
			again.forms[f].shape = "-"
		}
		for f := range again.inside {
			again.inside[f].shape = "-"
		}
		at := 0
		if n := testing.AllocsPerRun(1000, func() { again.Add(rows[at][i]); at++ }); n != 0 {
			t.Errorf("%s: %g allocations per value", m.Path, n)
		}
	}
}
