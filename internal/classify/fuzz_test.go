package classify

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

func seedValues(f *testing.F) *Set {
	s := load(f)
	for _, d := range s.detectors {
		for _, v := range append(slices.Clone(d.Valid), d.Invalid...) {
			f.Add([]byte(v))
		}
	}
	f.Add([]byte("\xff\xfe\x00@.:1"))
	return s
}

// FuzzChecks: no check panics or changes what it looks at, whatever it is given.
func FuzzChecks(f *testing.F) {
	seedValues(f)
	f.Fuzz(func(t *testing.T, v []byte) {
		before := bytes.Clone(v)
		for name, check := range checks {
			if len(v) > 0 {
				check(v)
			}
			if !bytes.Equal(v, before) {
				t.Fatalf("%s changed its value", name)
			}
		}
	})
}

// FuzzGate: the automaton over all patterns agrees with one regular expression each.
func FuzzGate(f *testing.F) {
	s := seedValues(f)
	type form struct {
		answer uint16
		re     *regexp.Regexp
	}
	var forms []form
	for i, d := range s.detectors {
		for odd, fm := range []*Form{&d.Value, &d.Named} {
			if fm.set() {
				forms = append(forms, form{uint16(2*i + odd), regexp.MustCompile(`\A(?:` + fm.Pattern + `)\z`)})
			}
		}
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		for _, b := range v {
			if b >= 0x80 {
				return // there the gate counts bytes and the expressions characters
			}
		}
		got := s.whole.whole(v)
		for _, fm := range forms {
			if want := fm.re.Match(v); want != slices.Contains(got, fm.answer) {
				t.Fatalf("%s (%d): the expression says %v", s.detectors[fm.answer/2].Name, fm.answer%2, want)
			}
		}
	})
}

// FuzzColumn: any values in any column give a verdict whose numbers fit together.
func FuzzColumn(f *testing.F) {
	s := load(f)
	f.Add("email", "jane@example.com", "x")
	f.Add("a.b[].SSN", "536-90-4399", "\xff")
	f.Fuzz(func(t *testing.T, path, a, b string) {
		c := s.NewColumn(Meta{Path: path, Comment: a, References: b})
		for range 3 {
			c.AddString(a)
			c.AddString(b)
			c.AddString(a + " " + b)
		}
		c.AddNull()
		r := Decide([]*Column{c})[0]
		for _, m := range append([]Match{r.Match}, r.Also...) {
			if m.K > m.N && m.Verdict != None || m.Chance < 0 || m.Chance > 1 || m.Confidence < 0 || m.Confidence > 1 {
				t.Fatalf("%+v", m)
			}
		}
		if r.Values != 10 || r.Distinct > 3 {
			t.Fatalf("%d values, %d distinct", r.Values, r.Distinct)
		}
	})
}

// FuzzLoad: a file of detectors is loaded or refused, and never panics.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("category: x\ndetectors:\n  - {name: a, title: A, level: secret, value: {pattern: 'x[0-9]{3}'}}\n"))
	f.Add([]byte("detectors: [{name: a, value: {pattern: '((('}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &Set{levels: DefaultLevels, byName: map[string]int{}}
		if err := s.add("x.yaml", data, false); err != nil {
			return
		}
		if err := s.compile(); err != nil {
			t.Fatalf("add took what compile refuses: %v", err)
		}
	})
}

// FuzzTokens: splitting a name ends and yields no empty word.
func FuzzTokens(f *testing.F) {
	for _, n := range []string{"customerSSN", "E_MAIL", "cc-number2", "Straße", "SSNs", "\xff"} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, w := range tokens(name) {
			if w == "" {
				t.Fatalf("%q", tokens(name))
			}
		}
	})
}

func write(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
