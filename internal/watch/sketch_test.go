package watch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestBroken refuses texts of states that are none.
func TestBroken(t *testing.T) {
	state := NewState()
	state.know("d0", 7)
	state.Groups["k"] = &Group{Detection: "d0", Seen: &Distinct{}}
	text, err := state.Text()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseState(text); err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]string{
		"cut off": string(text[:len(text)/2]), "a filter of another size": strings.Replace(string(text), `"m":16777216`, `"m":64`, 1), "another number of bits": strings.Replace(string(text), `"k":8`, `"k":1`, 1),
		"no filter": `{"known": {"d0": {}}}`, "nothing known": `{"known": {"d0": null}}`, "a count that is none": `{"groups": {"k": {"seen": "AQIM"}}}`, "a count that is cut off": `{"groups": {"k": {"seen": "AAAA"}}}`,
	} {
		if broken == string(text) {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := ParseState([]byte(broken)); err == nil || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDistinct counts to a hundred thousand, in two halves that share a part, and back from its text.
func TestDistinct(t *testing.T) {
	for _, n := range []int{0, 1, 511, 512, 513, 700, 5_000, 100_000} {
		one, a, b := &Distinct{}, &Distinct{}, &Distinct{}
		for i := range n {
			h := Hash(fmt.Sprint(i))
			one.Add(h)
			if i < n*2/3 {
				a.Add(h)
			}
			if i >= n/3 {
				b.Add(h)
			}
		}
		b.Merge(a)
		a.Merge(b)
		texts := map[string]bool{}
		for _, d := range []*Distinct{one, a, b} {
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			texts[string(text)] = true
			var again Distinct
			if err := json.Unmarshal(text, &again); err != nil || again.Count() != one.Count() {
				t.Errorf("of %d: %d, %v", n, again.Count(), err)
			}
		}
		if len(texts) != 1 {
			t.Errorf("of %d: what is merged differs", n)
		}
		if off := float64(one.Count()-n) / float64(max(n, 1)); off < -0.05 || off > 0.05 || n <= maxExact && one.Count() != n || one.Exact() != (n <= maxExact) {
			t.Errorf("%d counted as %d", n, one.Count())
		}
	}
}

// TestKnown has every value that was added, and few others.
func TestKnown(t *testing.T) {
	k := newKnown()
	for i := range 1_000_000 {
		k.add(Hash("known", fmt.Sprint(i)))
	}
	for i := range 1000 {
		if !k.has(Hash("known", fmt.Sprint(i*997))) {
			t.Fatal("one that is known is new")
		}
	}
	wrong := 0
	for i := range 100_000 {
		if k.has(Hash("new", fmt.Sprint(i))) {
			wrong++
		}
	}
	if wrong > 100 || k.mistaken() > 0.001 {
		t.Errorf("%d of 100000 new ones are taken for known; %v was thought", wrong, k.mistaken())
	}
}

// TestSpread holds medians against those of the numbers themselves.
func TestSpread(t *testing.T) {
	x := &Sums{Periods: map[int64]*Sum{}}
	var list []float64
	for i := range int64(999) {
		n := float64(i*i*i%100_003) * 1000
		x.Periods[i] = &Sum{Of: n}
		list = append(list, n)
	}
	slices.Sort(list)
	usual, spread := x.baseline(1000, 0, 999)
	if usual > list[499] || usual < list[499]*0.984 {
		t.Errorf("the median is %v, not %v", usual, list[499])
	}
	if spread < 1e7 {
		t.Errorf("the spread is %v", spread)
	}
	for _, n := range []float64{0, 1, 2, 3, 64, 127, 128} {
		if amountOf(mark(n)) != n {
			t.Errorf("%v becomes %v", n, amountOf(mark(n)))
		}
	}
}

// TestDays keeps the days of a year and a half, whatever order they come in.
func TestDays(t *testing.T) {
	var up, down, both Days
	list := []int64{20_000, 20_001, 20_063, 20_064, 20_100, 20_500, 20_511, 20_512}
	for _, d := range list {
		up.set(d)
	}
	for _, d := range slices.Backward(list) {
		down.set(d)
	}
	both.set(1)
	both.merge(up)
	both.merge(down)
	if gocmp.Diff(up, down) != "" || gocmp.Diff(up, both) != "" {
		t.Errorf("%v, %v, %v", up, down, both)
	}
	if n, last := up.before(20_512); n < 5 || last != 20_511 {
		t.Errorf("%d days before, the last %d", n, last)
	}
}
