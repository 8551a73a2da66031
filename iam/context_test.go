package iam

import (
	"slices"
	"testing"
)

// TestLayers holds contexts whose values lie in layers to what they say when all of them are in one map.
func TestLayers(t *testing.T) {
	layered := Context{
		values: map[string][]string{"a": {"question"}, "b": {"question"}, "c": {"question"}},
		under:  map[string][]string{"a": {"principal"}, "d": {"principal"}},
		over:   map[string][]string{"b": {"session"}, "e": nil},
	}.Open().withoutTags()
	keys := []string{"a", "b", "c", "d", "e", "f", "aws:principaltag/team"}
	same := func(what string, c, want Context) {
		t.Helper()
		for _, k := range keys {
			v, known := c.get(k)
			w, wantKnown := want.get(k)
			if known != wantKnown || !slices.Equal(v, w) {
				t.Errorf("%s: %s is %v, %t; want %v, %t", what, k, v, known, w, wantKnown)
			}
		}
	}
	flat := layered.flat(0)
	want := Context{values: map[string][]string{"a": {"question"}, "b": {"session"}, "c": {"question"}, "d": {"principal"}, "e": nil}, open: true, absent: principalTags}
	same("as it is", layered, want)
	same("flat", flat, want)
	for _, k := range keys {
		same("with "+k, layered.With(k, "x"), flat.With(k, "x"))
		same("without "+k, layered.Forget(k), flat.Forget(k))
		same("absent "+k, layered.Absent(k), flat.Absent(k))
		same("unknown "+k, layered.Unknown(k), flat.Unknown(k))
		own := layered.With(k, "x")
		if v, known := own.get(k); !known || !slices.Equal(v, []string{"x"}) {
			t.Errorf("%s with a value of its own is %v, %t", k, v, known)
		}
	}
	same("after all that", layered, want)
}
