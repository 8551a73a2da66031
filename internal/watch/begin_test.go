package watch

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

// TestEarliest asks of random times only those that may be the earliest, and misses none that is, in whatever form times are
// written. What it was given is overwritten afterwards, as readers do with what they have read.
func TestEarliest(t *testing.T) {
	forms := map[string]func(time.Time, *rand.Rand) string{
		"as CloudTrail": func(at time.Time, _ *rand.Rand) string { return at.Format(time.RFC3339) },
		"in many zones": func(at time.Time, r *rand.Rand) string {
			return at.In(time.FixedZone("", 3600*(r.IntN(20)-10))).Format(time.RFC3339)
		},
		"with months by name": func(at time.Time, _ *rand.Rand) string { return at.Format("Jan 2, 2006, 3:04:05 PM") },
		"in seconds":          func(at time.Time, _ *rand.Rand) string { return fmt.Sprint(at.Unix()) },
		"in fractions":        func(at time.Time, _ *rand.Rand) string { return at.Format(time.RFC3339Nano) },
	}
	for name, form := range forms {
		r := rand.New(rand.NewPCG(7, 8))
		var x Earliest
		want, got := map[string]int64{}, map[string]int64{}
		asked := 0
		for range 3000 {
			at := start.Add(time.Duration(r.IntN(1e6)) * time.Second)
			account := fmt.Sprint(r.IntN(3))
			if n, ok := want[account]; !ok || at.Unix() < n {
				want[account] = at.Unix()
			}
			a, b := []byte(account), []byte(form(at, r))
			if x.Before(unsafe.String(&a[0], len(a)), unsafe.String(&b[0], len(b))) {
				asked++
				if n, ok := got[account]; !ok || at.Unix() < n {
					got[account] = at.Unix()
				}
			}
			copy(a, "x")
			copy(b, "00000000000000000000000000000000000")
		}
		if fmt.Sprint(want) != fmt.Sprint(got) {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
		if name == "as CloudTrail" && asked > 60 || asked == 0 {
			t.Errorf("%s: %d of 3000 were asked", name, asked)
		}
	}
}

// TestEarliestOfMany says of accounts past its bound that any of their events may be the earliest.
func TestEarliestOfMany(t *testing.T) {
	var x Earliest
	for i := range maxAccounts + 5 {
		for n := range 2 {
			if got, want := x.Before(fmt.Sprint(i), "2026-09-01T00:00:00Z"), n == 0 || i >= maxAccounts; got != want {
				t.Fatalf("account %d, event %d: %v", i, n, got)
			}
		}
	}
}

// TestFull merges states that have forgotten windows of different days, in every order and by way of their texts: it is
// remembered on which days they were full, until that is long ago.
func TestFull(t *testing.T) {
	g := watched(t, "count: {over: 2, within: 10m, by: who, usual: 3}")
	part := func(from, to int) *State {
		s, run := NewState(), g.NewRun()
		for d := from; d < to; d++ {
			read(t, run, times(2, happening{id: fmt.Sprint("e", d, "-"), who: "ann", after: time.Duration(d) * whole}, time.Minute)...)
		}
		run.Gather(s)
		s.Settle(g)
		return again(t, s)
	}
	want := ""
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}} {
		s := NewState()
		for _, i := range order {
			s.Merge(part(10*i, 10*i+10), g)
		}
		text, err := again(t, s).Text()
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(text)
			// 30 nights, of which the last days are in buckets still.
			for _, x := range s.Windows {
				if n := x.Full.between(0, 1<<40); n < 20 || n > 30 {
					t.Errorf("%d days are known", n)
				}
			}
		}
		if string(text) != want {
			t.Fatalf("in the order %v the state is another:\n%s", order, difference(want, string(text)))
		}
	}
	s := part(0, 10)
	for n, c := range []struct {
		after time.Duration
		who   string
		found int
	}{{12 * whole, "ann", 0}, {12 * whole, "bob", 1}, {100 * whole, "ann", 1}} {
		run := g.NewRun()
		read(t, run, times(2, happening{id: fmt.Sprint("later", n, "-"), who: c.who, after: c.after}, time.Minute)...)
		if found := run.Findings(s); len(found) != c.found {
			t.Errorf("%v after, of %s: %d findings", c.after, c.who, len(found))
		}
		s = again(t, s)
	}
}
