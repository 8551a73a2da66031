package watch

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// every has a detection of each form, so that an event meets several.
var every = []string{
	"when: e.v == 'a'", "count: {over: 3, within: 1h}", "count: {over: 4, within: 10m, distinct: string(e.n), by: address}", "count: {over: 2, within: 1h, by: e.on, distinct: who}",
	"count: {over: 2, within: 1h, by: account, usual: 1}", "count: {over: 2, within: 10m, by: e.v, usual: 2, distinct: who}", "rare: {of: who, days: 0}", "rare: {of: e.on, days: 2, by: e.v}", "rare: {of: e.v, days: 1}",
	"first_seen: {of: e.v + string(e.n), learn: 1d}", "first_seen: {of: string(e.n), learn: 1d, by: e.on}", "rare: {of: e.v + string(e.n), learn: 1d, days: 1}",
	"rate: {of: e.n, by: who, per: 10m, learn: 1d, over: 50}", "rate: {of: double(e.n) / 3.0, by: e.on, per: 1h, learn: 1d, over: 50}",
	"sequence: {within: 1h, steps: [{when: e.v == 'a'}, {when: e.v == 'b', over: 2}]}",
}

// crowd are random events: of the same time, of the same value, delivered twice.
func crowd(r *rand.Rand, n, keys int) (out []happening) {
	for i := range n {
		h := happening{
			id: fmt.Sprint(i), who: fmt.Sprint("p", r.IntN(keys)), from: fmt.Sprint("x", r.IntN(keys)), on: fmt.Sprint("t", r.IntN(keys)), v: string(rune('a' + r.IntN(4))), n: r.IntN(keys),
			after:   time.Duration(r.IntN(4*24*60)) * time.Minute,
			account: fmt.Sprint(1 + r.IntN(3)), met: true,
		}
		out = append(out, h)
		if r.IntN(10) == 0 {
			out = append(out, h)
		}
	}
	return out
}

// TestOrder cuts the same events into parts in many ways, and merges them in many orders, some of them by way of a text: the
// state and the findings are the same byte for byte, where nothing is beyond a bound and where nearly everything is.
func TestOrder(t *testing.T) {
	for name, b := range map[string]bounds{"within the bounds": usualBounds, "beyond them": {causes: 20, windows: 30, learnedLists: 12, values: 40, rates: 20, raised: 10, acts: 3, begun: 2}} {
		t.Run(name, func(t *testing.T) {
			g := watched(t, every...)
			g.bounds = b
			all := crowd(rand.New(rand.NewPCG(1, 2)), 1500, 60)
			// Events of the same id at the same time are delivered again; rates know files that are, not events.
			want, found := "", ""
			for round := range 7 {
				r := rand.New(rand.NewPCG(3, uint64(round)))
				state, found2 := shuffled(t, g, r, slices.Clone(all), round)
				if round == 0 {
					want, found = state, found2
					continue
				}
				if state != want {
					t.Fatalf("round %d: the state is another:\n%s", round, difference(want, state))
				}
				if found2 != found {
					t.Fatalf("round %d: the findings are others:\n%s", round, difference(found, found2))
				}
			}
		})
	}
}

func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, i-300):min(len(s), i+100)] }
	return around(a) + "\n--- and\n" + around(b)
}

// shuffled reads events in one of many ways.
func shuffled(t *testing.T, g *Engine, r *rand.Rand, all []happening, round int) (state, found string) {
	t.Helper()
	if round > 0 {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	run := g.NewRun()
	var states []*State
	for len(all) > 0 {
		n := min(len(all), 1+r.IntN(len(all)))
		p := read(t, run, all[:n]...)
		s := newState(g.bounds)
		run.Merge(p, s)
		if r.IntN(4) == 0 {
			s = again(t, s)
		}
		states = append(states, s)
		all = all[n:]
	}
	for len(states) > 1 { // any two, so that merging is associative as well
		i, j := r.IntN(len(states)), r.IntN(len(states))
		if i == j {
			continue
		}
		states[i].Merge(states[j], g)
		states = slices.Delete(states, j, j+1)
	}
	s := states[0]
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(g.Evaluate(s))
	if err != nil {
		t.Fatal(err)
	}
	left, err := json.Marshal(s.Left())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), string(out) + string(left)
}

// again reads a state from its text.
func again(t testing.TB, s *State) *State {
	t.Helper()
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	b := s.bounds
	if s, err = ParseState(text); err != nil {
		t.Fatal(err)
	}
	s.bounds = b
	return s
}

// TestWorkers reads the same events with one goroutine and with eight.
func TestWorkers(t *testing.T) {
	g := watched(t, every...)
	g.bounds = bounds{causes: 20, windows: 30, learnedLists: 12, values: 40, rates: 20, raised: 10, acts: 3, begun: 2}
	all := crowd(rand.New(rand.NewPCG(5, 6)), 3000, 50)
	with := func(workers int) string {
		run := g.NewRun()
		work := make(chan []happening)
		var wg sync.WaitGroup
		for range workers {
			p := run.Part()
			wg.Go(func() {
				for list := range work {
					for _, h := range list {
						e := h.record()
						p.Met("sqlaudit", e.Rest.Account, e.At())
						p.Event("sqlaudit", 0, e)
					}
				}
			})
		}
		for chunk := range slices.Chunk(all, 37) {
			work <- chunk
		}
		close(work)
		wg.Wait()
		out, err := json.Marshal(run.Findings(newState(g.bounds)))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	one := with(1)
	if len(one) < 1000 {
		t.Fatal("nothing was found")
	}
	for range 3 {
		if with(8) != one {
			t.Fatal("with eight the findings are others")
		}
	}
}

// TestLeft tells what a bound leaves out, of the detection that reached it alone, and a flood takes nothing from others.
func TestLeft(t *testing.T) {
	g := watched(t, "when: e.v == 'flood'", "when: e.v == 'one'", "first_seen: {of: who, learn: 1d}\nwhen: e.v == 'flood'")
	g.bounds[causes], g.bounds[values] = 50, 50
	state := newState(g.bounds)
	run := g.NewRun()
	read(t, run, happening{id: "a", who: "ann", v: "one"})
	for i := range 400 {
		read(t, run, happening{id: fmt.Sprint(i), who: fmt.Sprint("p", i), v: "flood", after: 2 * whole})
	}
	run.Gather(state)
	n := map[string]int{}
	for _, f := range g.Evaluate(state) {
		n[f.Detection]++
	}
	if n["d0"] != 50 || n["d1"] != 1 {
		t.Errorf("%v", n)
	}
	left := state.Left()
	if left["d0"] != "there was too much to remember all of; left out were 350 causes" || left["d2"] != "there was too much to remember all of; left out were 350 values that it learned" || len(left) != 2 {
		t.Errorf("%q", left)
	}
	state.Settle(g)
	if len(state.Left()) != 0 {
		t.Errorf("what was told is told again: %q", state.Left())
	}
}

// TestLearnsPastBound goes on after as many values as a detection may keep: those that were seen are known, one that is new is
// told.
func TestLearnsPastBound(t *testing.T) {
	g := watched(t, "first_seen: {of: who, learn: 1d}")
	g.bounds[values] = 100
	state := newState(g.bounds)
	for d := range 7 {
		run := g.NewRun()
		for i := range 20 {
			read(t, run, happening{id: fmt.Sprint(d, " ", i), who: fmt.Sprint("p", d*20+i), after: time.Duration(d) * whole})
		}
		run.Gather(state)
		state.Settle(g)
		if n := len(state.Learned["d0 1"].Values); n > 110 {
			t.Fatalf("%d values are kept", n)
		}
	}
	run := g.NewRun()
	read(t, run, happening{id: "old", who: "p5", after: 41 * whole}, happening{id: "new", who: "q", after: 41 * whole})
	found := run.Findings(state)
	if len(found) != 1 || found[0].Principal != "q" {
		t.Errorf("%+v", found)
	}
}

// flood feeds so many pairs of events, each with keys that were never there, merged and forgotten as a replay does. They are so
// far apart that within the two days in which nothing is forgotten there are more keys than a bound allows.
func flood(t testing.TB, g *Engine, state *State, to int, apart time.Duration) {
	t.Helper()
	const each = 5000
	for i := 0; i < to; i += each {
		run := g.NewRun()
		p := run.Part()
		for j := i; j < min(to, i+each); j++ {
			who := fmt.Sprint("p", j)
			h := happening{id: fmt.Sprint(j), who: who, from: fmt.Sprint("x", j), on: fmt.Sprint("t", j), v: "a", n: j, after: time.Duration(j) * apart}
			p.Met("sqlaudit", fmt.Sprint(j), h.record().At())
			p.Event("sqlaudit", 0, h.record())
			h.id, h.who, h.on, h.v, h.n = h.id+"+", "the same", "t", "b", j
			p.Event("sqlaudit", 0, h.record())
		}
		run.Merge(p, state)
		if state.Heavy() {
			state.Forget(g)
		}
	}
	state.Forget(g)
}

// floods are what flood runs into: causes, windows, values and rates without end, and one of each that is full.
var floods = []string{
	"when: e.v == 'a'", "when: e.v == 'b'", "count: {over: 3, within: 1h}", "count: {over: 100, within: 1h, distinct: string(e.n), by: account}", "count: {over: 1, within: 1h, usual: 2}", "rare: {of: who, days: 0}", "first_seen: {of: who, learn: 1d}",
	"rate: {of: e.n, by: who, per: 10m, learn: 1d, over: 50}", "sequence: {within: 1h, by: address, steps: [{when: e.v == 'a'}, {when: e.v == 'b'}]}",
}

// footprint is the heap that a state takes, and its text.
func footprint(t testing.TB, s *State) (heap, text uint64) {
	t.Helper()
	var with, without runtime.MemStats
	out, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	text = uint64(len(out))
	out = nil //nolint:ineffassign,wastedassign // so that it is no part of what is measured
	runtime.GC()
	runtime.GC() // what is pooled outlives one
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(s)
	*s = State{}
	runtime.GC()
	runtime.ReadMemStats(&without)
	return with.HeapAlloc - without.HeapAlloc, text
}

// TestFlat feeds ten times as many events with ever new keys: what is kept takes as much room as before.
func TestFlat(t *testing.T) {
	g := watched(t, floods...)
	for k, b := range usualBounds {
		g.bounds[k] = b / 400
	}
	few, many := newState(g.bounds), newState(g.bounds)
	flood(t, g, few, 6_500, 450*time.Second) // 33 days: a rate's baseline is as long as it gets
	flood(t, g, many, 65_000, 450*time.Second)
	heapFew, textFew := footprint(t, few)
	heapMany, textMany := footprint(t, many)
	t.Logf("heap %d and %d KiB, text %d and %d KiB", heapFew>>10, heapMany>>10, textFew>>10, textMany>>10)
	if heapMany > heapFew*11/10 || textMany > textFew*11/10 {
		t.Errorf("after ten times as many events the heap is %.2f times as large, the text %.2f times", float64(heapMany)/float64(heapFew), float64(textMany)/float64(textFew))
	}
}

// BenchmarkMemory is TestFlat with a hundredth of the usual bounds, so that they are reached soon: the heap after 56,000 events
// and after 560,000.
func BenchmarkMemory(b *testing.B) {
	g := watched(b, floods...)
	for k, n := range usualBounds {
		g.bounds[k] = n / 100
	}
	for b.Loop() {
		few, many := newState(g.bounds), newState(g.bounds)
		flood(b, g, few, 28_000, 105*time.Second)
		heapFew, _ := footprint(b, few)
		flood(b, g, many, 280_000, 105*time.Second)
		heapMany, text := footprint(b, many)
		b.ReportMetric(float64(heapFew)/(1<<20), "MiB-few")
		b.ReportMetric(float64(heapMany)/(1<<20), "MiB-many")
		b.ReportMetric(float64(text)/(1<<20), "MiB-text")
	}
}
