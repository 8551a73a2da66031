package classify

import (
	"testing"
)

func load(t testing.TB) *Set {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// covers says whether a pattern covers all of v, by the gate that the set uses.
func (s *Set) fits(v string) map[uint16]bool {
	out := map[uint16]bool{}
	for _, form := range s.whole.whole([]byte(v)) {
		out[form] = true
	}
	return out
}

// passes says whether one of the detector's forms takes the whole value.
func (s *Set) passes(i int, v string) bool {
	d := s.detectors[i]
	if d.values.has([]byte(v)) {
		return true
	}
	fits := s.fits(v)
	for odd, f := range []*Form{&d.Value, &d.Named} {
		if fits[uint16(2*i+odd)] && (f.check == nil || f.check([]byte(v))) && entropy([]byte(v)) >= d.Entropy {
			return true
		}
	}
	return false
}

// TestExamples tries every detector on the valid and invalid values that its file gives.
func TestExamples(t *testing.T) {
	s := load(t)
	for i, d := range s.detectors {
		t.Run(d.Name, func(t *testing.T) {
			if len(d.Valid) == 0 || len(d.Invalid) == 0 {
				t.Error("has no valid or no invalid example")
			}
			if d.Source == "" || d.Row == "" {
				t.Error("has no source or no row")
			}
			for _, v := range d.Valid {
				if !s.passes(i, v) {
					t.Errorf("%q is valid and does not pass", v)
				}
			}
			for _, v := range d.Invalid {
				if s.passes(i, v) {
					t.Errorf("%q is invalid and passes", v)
				}
			}
		})
	}
}
