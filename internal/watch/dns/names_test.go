package dns

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
)

// TestKnownNames describes names that were described before, and names in their place.
func TestKnownNames(t *testing.T) {
	g, err := watch.NewEngine(nil)
	if err != nil {
		t.Fatal(err)
	}
	reader := NewReader("f", g.NewRun().Part())
	r := rand.New(rand.NewPCG(1, 9))
	again := 0
	for range 50_000 {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteString([]string{"a", "B", "example.", "com.", ".", "x7", "0123456789abcdef0123456789abcdef0123456789abcdef", "é", "\xff"}[r.IntN(9)])
		}
		got, want := rules.NewColumns(rules.LogNamed("dns")), rules.NewColumns(rules.LogNamed("dns"))
		got.Text[name], want.Text[name] = b.String(), b.String()
		describe(want.Text)
		if _, before := reader.describe(got.Text); before {
			again++
		}
		if !slices.Equal(got.Text, want.Text) {
			t.Fatalf("%q is %q, not %q", b.String(), got.Text, want.Text)
		}
	}
	if again < 1000 || again > 49_000 {
		t.Errorf("%d of 50000 names were known", again)
	}
}
