package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/rules"
)

// watched is an engine of detections: each text is what is special of one, and its identifier is "d" and its place.
func watched(t testing.TB, forms ...string) *Engine {
	t.Helper()
	var list []*rules.Detection
	for i, form := range forms {
		id := fmt.Sprint("d", i)
		d, err := rules.ParseDetection(id+".yaml", id, []byte("id: "+id+"\ntitle: T\nwhy: W\ntype: Ours:T\nlog: sqlaudit\nseverity: {any: low}\nrespond: R\nresource: e.on\n"+form))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	g, err := NewEngine(list)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// start is when the events of the tests begin, at midnight.
var start = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// happening is an event of the tests.
type happening struct {
	id, who, from, on, v string
	after                time.Duration // since start
	n                    int
	account              string // 1 where it is empty
	met                  bool   // as a feed meets a log's events, whatever detections say of them
}

func (h happening) record() *Record {
	account := cmp.Or(h.account, "1")
	return &Record{
		Rest: Facts{Log: "sqlaudit", ID: h.id, Name: h.id, Account: account, Principal: h.who, Address: h.from}, Time: start.Add(h.after),
		See: rules.Seen{Event: rules.Map{"v": h.v, "n": int64(h.n), "on": h.on}, OK: true, Who: h.who, Account: account, From: h.from},
	}
}

// read gives happenings to a part.
func read(t testing.TB, r *Run, list ...happening) *Part {
	t.Helper()
	p := r.Part()
	for _, h := range list {
		e := h.record()
		if h.met {
			p.Met("sqlaudit", e.Rest.Account, e.At())
		}
		p.Event("sqlaudit", 0, e)
	}
	for _, x := range r.Problems() {
		t.Fatal(x)
	}
	return p
}

// times are so many events of one kind, a step apart.
func times(n int, first happening, step time.Duration) (out []happening) {
	for i := range n {
		h := first
		h.id = fmt.Sprint(first.id, i)
		h.after += time.Duration(i) * step
		out = append(out, h)
	}
	return out
}

// ids are those of events.
func ids(list []happening) string {
	var out []string
	for _, h := range list {
		out = append(out, h.id)
	}
	return strings.Join(out, " ")
}

// tale is what the tests say of a finding: its count, the events it names, and the evidence that is not an event.
type tale struct {
	Count  int
	Events string
	Notes  []string
}

func tales(found []Finding) (out []tale) {
	for _, f := range found {
		x := tale{Count: f.Count, Events: strings.Join(f.Events, " ")}
		for _, e := range f.Evidence {
			if !slices.Contains(f.Events, e) {
				x.Notes = append(x.Notes, e)
			}
		}
		out = append(out, x)
	}
	return out
}

const (
	hour  = time.Hour
	whole = 24 * time.Hour
)

// TestForms holds what each form raises at, and what it says.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		name, form string
		events     []happening
		want       []tale
	}{
		{"single events of one cause are one finding", "when: ok", []happening{
			{id: "a", who: "ann", on: "t"}, {id: "b", who: "ann", on: "t", after: hour}, {id: "c", who: "bob", on: "t", after: 2 * hour},
		}, []tale{{2, "a b", nil}, {1, "c", nil}}},
		{"an event that is delivered again counts once", "when: ok", []happening{
			{id: "a", who: "ann"}, {id: "a", who: "ann"}, {id: "b", who: "ann", after: hour}, {id: "a", who: "ann"},
		}, []tale{{2, "a b", nil}}},
		{"a window that is not full", "count: {over: 3, within: 10m}", times(2, happening{id: "a", who: "ann"}, time.Minute), nil},
		{"a full window", "count: {over: 3, within: 10m}", times(3, happening{id: "a", who: "ann"}, 5*time.Minute), []tale{{3, "a0 a1 a2", []string{"3 events within 10m, where 3 are too many"}}}},
		{"too slow to fill a window", "count: {over: 3, within: 10m}", times(9, happening{id: "a", who: "ann"}, 6*time.Minute), nil},
		{"a window over the border of two buckets", "count: {over: 3, within: 10m}", times(3, happening{id: "a", who: "ann", after: 8 * time.Minute}, 2*time.Minute), []tale{{3, "a0 a1 a2", []string{"3 events within 10m, where 3 are too many"}}}},
		{"the same event does not fill a window", "count: {over: 3, within: 10m}", slices.Repeat([]happening{{id: "a", who: "ann"}}, 5), nil},
		{"events of several principals do not fill the window of one", "count: {over: 3, within: 10m}", []happening{{id: "a", who: "ann"}, {id: "b", who: "bob"}, {id: "c", who: "cy"}}, nil},
		{"they fill the window of their address", "count: {over: 3, within: 10m, by: address}", []happening{
			{id: "a", who: "ann", from: "x"}, {id: "b", who: "bob", from: "x", after: 1e9}, {id: "c", who: "cy", from: "x", after: 2e9}, {id: "d", who: "cy", from: "y", after: 3e9},
		}, []tale{{3, "a b c", []string{"3 events within 10m, where 3 are too many"}}}},
		{"and of what they were done to", "count: {over: 2, within: 10m, by: resource}", []happening{{id: "a", who: "ann", on: "t"}, {id: "b", who: "bob", on: "t", after: 1e9}}, []tale{{2, "a b", []string{"2 events within 10m, where 2 are too many"}}}},
		{"and of an expression", "count: {over: 2, within: 10m, by: e.v}", []happening{{id: "a", who: "ann", v: "k"}, {id: "b", who: "bob", v: "k", after: 1e9}}, []tale{{2, "a b", []string{"2 events within 10m, where 2 are too many"}}}},
		{"different values", "count: {over: 3, within: 10m, distinct: e.v}", []happening{
			{id: "a", who: "ann", v: "1"}, {id: "b", who: "ann", v: "1", after: time.Minute}, {id: "c", who: "ann", v: "2", after: 2 * time.Minute}, {id: "d", who: "ann", v: "3", after: 3 * time.Minute},
		}, []tale{{3, "a c d", []string{"3 different values within 10m, where 3 are too many"}}}},
		{"the same value again and again", "count: {over: 2, within: 10m, distinct: e.v}", times(9, happening{id: "a", who: "ann", v: "1"}, time.Second), nil},
		{
			"two stretches of one key", "count: {over: 2, within: 10m}", append(times(2, happening{id: "a", who: "ann"}, time.Minute), times(3, happening{id: "b", who: "ann", after: 5 * hour}, time.Minute)...),
			[]tale{{5, "a0 a1 b0 b1", []string{"2 events within 10m, where 2 are too many", "more than 2 events within 10m, where 2 are too many"}}},
		},
		{"a sequence", "sequence: {within: 1h, steps: [{when: e.v == '1'}, {when: e.v == '2'}]}", []happening{
			{id: "a", who: "ann", v: "1"}, {id: "b", who: "ann", v: "2", after: 10 * time.Minute},
		}, []tale{{2, "a b", []string{"2 steps one after the other, in 10m0s; 1h are allowed"}}}},
		{"a sequence in the wrong order", "sequence: {within: 1h, steps: [{when: e.v == '1'}, {when: e.v == '2'}]}", []happening{{id: "a", who: "ann", v: "2"}, {id: "b", who: "ann", v: "1", after: time.Minute}}, nil},
		{"a sequence that is too slow", "sequence: {within: 1h, steps: [{when: e.v == '1'}, {when: e.v == '2'}]}", []happening{{id: "a", who: "ann", v: "1"}, {id: "b", who: "ann", v: "2", after: 61 * time.Minute}}, nil},
		{"a sequence of two principals", "sequence: {within: 1h, steps: [{when: e.v == '1'}, {when: e.v == '2'}]}", []happening{{id: "a", who: "ann", v: "1"}, {id: "b", who: "bob", v: "2", after: time.Minute}}, nil},
		{
			"a step that needs several", "sequence: {within: 1h, steps: [{when: e.v == '1', over: 3}, {when: e.v == '2'}]}", append(times(3, happening{id: "a", who: "ann", v: "1"}, time.Minute), happening{id: "b", who: "ann", v: "2", after: 5 * time.Minute}),
			[]tale{{4, "a0 a1 a2 b", []string{"2 steps one after the other, in 5m0s; 1h are allowed"}}},
		},
		{"first seen while it learns", "first_seen: {of: e.v, learn: 14d}", []happening{{id: "a", who: "ann", v: "1"}, {id: "b", who: "ann", v: "2", after: 13 * whole}}, nil},
		{
			"first seen after it has learned", "first_seen: {of: e.v, learn: 14d}",
			[]happening{{id: "a", who: "ann", v: "1"}, {id: "b", who: "ann", v: "2", after: 14 * whole}, {id: "c", who: "ann", v: "2", after: 15 * whole}},
			[]tale{{1, "b", []string{`first "2" in 14 days; 1 other was seen before`}}},
		},
		{"each list learns by itself", "first_seen: {of: e.v, learn: 14d, by: who}", []happening{
			{id: "a", who: "ann", v: "1"}, {id: "b", who: "bob", v: "9", after: 14 * whole}, {id: "c", who: "ann", v: "9", after: 20 * whole},
		}, []tale{{1, "c", []string{`first "9" in 20 days; 1 other was seen before`}}}},
		{"rare", "rare: {of: e.v, learn: 14d, days: 1}", []happening{
			{id: "a", who: "ann", v: "1"}, {id: "b", who: "ann", v: "1", after: 20 * whole}, {id: "c", who: "ann", v: "1", after: 21 * whole},
		}, []tale{{1, "b", []string{`"1" was seen on 1 of 20 days, where more than 1 is usual; 0 others were seen before`}}}},
		{
			"first seen of somebody who was never there, in a log that was read for long", "first_seen: {of: e.v, learn: 14d}\nwhen: e.v == '1'",
			[]happening{{id: "0", who: "bob", v: "9", met: true}, {id: "a", who: "ann", v: "1", after: 20 * whole, met: true}},
			[]tale{{1, "a", []string{`first "1" in 20 days; 0 others were seen before`}}},
		},
		{
			"in a log of another account it learns still", "first_seen: {of: e.v, learn: 14d}\nwhen: e.v == '1'",
			[]happening{{id: "0", who: "bob", v: "9", met: true, account: "2"}, {id: "a", who: "ann", v: "1", after: 20 * whole, met: true}},
			nil,
		},
		{
			"rare from the first day on", "rare: {of: who, days: 0}",
			[]happening{{id: "a", who: "ann"}, {id: "b", who: "ann", after: 2 * hour}, {id: "c", who: "ann", after: whole}, {id: "d", who: "bob", after: 3 * whole}},
			[]tale{{2, "a b", []string{`"ann" was seen on no day before, and this is the first that is watched; 0 others were seen before`}}, {1, "d", []string{`"bob" was seen on 0 of 3 days, where more than 0 is usual; 1 other was seen before`}}},
		},
		{
			"rare, and more than can be named", "rare: {of: who, days: 1, by: e.on}", slices.Concat(times(250, happening{id: "a", who: "ann", on: "t"}, time.Second), times(300, happening{id: "b", who: "ann", on: "t", after: 2 * whole}, time.Second), times(9, happening{id: "c", who: "ann", on: "t", after: 3 * whole}, time.Second)),
			[]tale{{550, ids(times(100, happening{id: "a"}, 0)), []string{`"ann" was seen on no day before, and this is the first that is watched; 0 others were seen before`}}},
		},
		{
			"a window that is usual", "count: {over: 2, within: 10m, by: who, usual: 2}",
			slices.Concat(times(2, happening{id: "a", who: "ann"}, time.Minute), times(2, happening{id: "b", who: "ann", after: whole}, time.Minute), times(2, happening{id: "c", who: "ann", after: 2 * whole}, time.Minute), times(2, happening{id: "d", who: "bob", after: 2 * whole}, time.Minute)),
			[]tale{{4, "a0 a1 b0 b1", []string{"2 events within 10m, where 2 are too many"}}, {2, "d0 d1", []string{"2 events within 10m, where 2 are too many"}}},
		},
		{
			"a window that was usual long ago", "count: {over: 2, within: 10m, by: who, usual: 1}",
			slices.Concat(times(2, happening{id: "a", who: "ann"}, time.Minute), times(2, happening{id: "b", who: "ann", after: 60 * whole}, time.Minute), times(2, happening{id: "c", who: "ann", after: 121 * whole}, time.Minute)),
			[]tale{{4, "a0 a1 c0 c1", []string{"2 events within 10m, where 2 are too many"}}},
		},
		{
			"a rate of every night, and once at noon", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}",
			append(times(10, happening{id: "a", who: "ann", n: 1000, after: 2 * hour}, whole), happening{id: "b", who: "ann", n: 1000, after: 9*whole + 12*hour}),
			[]tale{{1, "b", []string{"1000 in 1h, where 0 is usual, give or take 0, and at most 100; learned from 9 days"}}},
		},
		{
			"more than every night", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}",
			append(times(9, happening{id: "a", who: "ann", n: 1000, after: 2 * hour}, whole), happening{id: "b", who: "ann", n: 2000, after: 9*whole + 2*hour}),
			[]tale{{1, "b", []string{"2000 in 1h, where 1000 is usual at this hour, give or take 0, and at most 1600; learned from 9 days"}}},
		},
		{
			"more than every Sunday", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}",
			append(times(3, happening{id: "a", who: "ann", n: 1000, after: whole + 2*hour}, 7*whole), happening{id: "b", who: "ann", n: 2000, after: 22*whole + 2*hour}),
			[]tale{{3, "a1 a2 b", []string{
				"1000 in 1h, where 0 is usual, give or take 0, and at most 100; learned from 7 days", "1000 in 1h, where 0 is usual, give or take 0, and at most 100; learned from 14 days",
				"2000 in 1h, where 1000 is usual at this hour of this day of the week, give or take 0, and at most 1600; learned from 21 days",
			}}},
		},
		{"a rate while it learns", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}", []happening{{id: "a", who: "ann", n: 1}, {id: "b", who: "ann", n: 1000, after: 6 * whole}}, nil},
		{"a rate below its bound", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}", []happening{{id: "a", who: "ann", n: 1}, {id: "b", who: "ann", n: 100, after: 8 * whole}}, nil},
		{
			"a rate beyond what is usual", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}", append(times(8*24, happening{id: "a", who: "ann", n: 100}, hour), happening{id: "b", who: "ann", n: 161, after: 8 * 24 * hour}),
			[]tale{{1, "b", []string{"161 in 1h, where 100 is usual, give or take 0, and at most 160; learned from 8 days"}}},
		},
		{"a rate as usual", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}", append(times(8*24, happening{id: "a", who: "ann", n: 100}, hour), happening{id: "b", who: "ann", n: 160, after: 8 * 24 * hour}), nil},
		{
			"a rate of what was never there", "rate: {of: e.n, by: who, per: 1h, learn: 7d, over: 100}",
			[]happening{{id: "a", who: "ann", n: 1}, {id: "b", who: "bob", n: 101, after: 8 * whole}},
			[]tale{{1, "b", []string{"101 in 1h, where 0 is usual, give or take 0, and at most 100; learned from 8 days"}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := watched(t, c.form)
			run := g.NewRun()
			read(t, run, c.events...)
			if diff := gocmp.Diff(c.want, tales(run.Findings(NewState()))); diff != "" {
				t.Errorf("in order (-want +got):\n%s", diff)
			}
			// Late and out of order, each in a part of its own: the same.
			run = g.NewRun()
			for _, h := range slices.Backward(c.events) {
				read(t, run, h)
			}
			if diff := gocmp.Diff(c.want, tales(run.Findings(NewState()))); diff != "" {
				t.Errorf("backwards, in parts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUsual holds what a finding says of how usual it is.
func TestUsual(t *testing.T) {
	g := watched(t, "when: e.v == 'x'", "when: e.v == 'other'\ncount: {over: 1000, within: 1h}")
	began := happening{id: "0", who: "eve", v: "other"}
	for _, c := range []struct {
		name   string
		events []happening
		want   string
	}{
		{"by nobody before", []happening{{id: "a", who: "ann", v: "x", after: 41 * whole}}, "first this by anybody in 41 days"},
		{
			"by others",
			[]happening{{id: "b", who: "bob", v: "x", after: whole}, {id: "c", who: "cy", v: "x", after: 2 * whole}, {id: "a", who: "ann", v: "x", after: 41 * whole}, {id: "d", who: "dan", v: "x", after: 42 * whole}},
			"first this by this principal in 41 days; 2 others did it before",
		},
		{
			"by the same",
			[]happening{{id: "b", who: "ann", v: "x", after: whole}, {id: "b2", who: "ann", v: "x", after: whole + hour}, {id: "c", who: "ann", v: "x", after: 29 * whole}, {id: "a", who: "ann", v: "x", on: "t", after: 41 * whole}},
			"this by this principal on 2 of the 41 days before, the last time 12 days ago; 0 others did it",
		},
		{"on the first day", []happening{{id: "a", who: "ann", v: "x", after: 23 * hour}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := g.NewRun()
			for _, h := range append([]happening{began}, c.events...) {
				read(t, run, h)
			}
			for _, f := range run.Findings(NewState()) {
				if f.Events[0] == "a" {
					if diff := gocmp.Diff(strings.Trim("a|"+c.want, "|"), strings.Join(f.Evidence, "|")); diff != "" {
						t.Error(diff)
					}
					return
				}
			}
			t.Error("nothing was found")
		})
	}
}

// TestUsualOfMany says so where more did it than are kept.
func TestUsualOfMany(t *testing.T) {
	g := watched(t, "when: ok")
	run := g.NewRun()
	for i := range 2 * maxWho {
		read(t, run, happening{id: fmt.Sprint(i), who: fmt.Sprint("p", i)})
	}
	read(t, run, happening{id: "a", who: "ann", after: 9 * whole})
	for _, f := range run.Findings(NewState()) {
		if f.Principal == "ann" && !strings.Contains(strings.Join(f.Evidence, " "), "more than 255 others") {
			t.Errorf("%q", f.Evidence)
		}
	}
}

// TestSettle goes on after a run: what was told is not told again, what was learned is known, and a window that had begun fills.
func TestSettle(t *testing.T) {
	g := watched(t, "when: e.v == 'a'", "count: {over: 3, within: 1h}\nwhen: e.v == 'b'", "first_seen: {of: who, learn: 1d}\nwhen: e.v == 'c'")
	state := NewState()
	next := func(want string, list ...happening) {
		t.Helper()
		run := g.NewRun()
		read(t, run, list...)
		var got []string
		for _, f := range run.Findings(state) {
			got = append(got, fmt.Sprint(f.Detection, " ", f.Count))
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%q, not %q", s, want)
		}
		text, err := state.Text()
		if err != nil {
			t.Fatal(err)
		}
		if state, err = ParseState(text); err != nil {
			t.Fatal(err)
		}
	}
	next("d0 1", happening{id: "1", who: "ann", v: "a"}, happening{id: "2", who: "ann", v: "b"}, happening{id: "3", who: "ann", v: "c"})
	next("d0 1", happening{id: "4", who: "ann", v: "a", after: time.Minute}, happening{id: "5", who: "ann", v: "b", after: time.Minute})
	next("d1 3", happening{id: "6", who: "ann", v: "b", after: 2 * time.Minute})
	next("d2 1", happening{id: "7", who: "bob", v: "c", after: 2 * whole}, happening{id: "8", who: "ann", v: "c", after: 2 * whole})
	next("", happening{id: "9", who: "bob", v: "c", after: 3 * whole})
}

// TestForget looks again and again, as a watch that goes on does: in the end it has found what a replay finds at once, and kept
// little of it.
func TestForget(t *testing.T) {
	forms := []string{
		"count: {over: 3, within: 10m}\nwhen: e.v == 'a'", "count: {over: 5, within: 10m, distinct: string(e.n)}\nwhen: e.v == 'a'",
		"count: {over: 3, within: 10m, usual: 2}\nwhen: e.v == 'a'", "count: {over: 3, within: 10m, by: account, usual: 3}\nwhen: e.v == 'a'", "rare: {of: e.v + string(e.n), days: 0}\nwhen: e.v == 'b'",
		"rate: {of: e.n, by: who, per: 5m, learn: 2d, over: 10}\nwhen: e.v == 'b'", "rate: {of: e.n, by: who, per: 1h, learn: 2d, over: 10}\nwhen: e.v == 'b'",
		"sequence: {within: 1h, steps: [{when: e.v == 'a'}, {when: e.v == 'c'}]}", "first_seen: {of: e.v + string(e.n), learn: 2d}\nwhen: e.v == 'b'", "when: e.v == 'c'",
	}
	var all []happening
	for i := range 6000 { // of three months
		h := happening{id: fmt.Sprint(i), who: fmt.Sprint("p", i%3), v: []string{"a", "b", "b", "b"}[i%4], n: i * i % 7, after: time.Duration(i) * 22 * time.Minute}
		if i%400 < 8 {
			h.after, h.n = time.Duration(i-i%400)*22*time.Minute+time.Duration(i%400)*time.Second, 5+i%400
		}
		if i%401 == 0 {
			h.v = "c"
		}
		all = append(all, h)
	}
	g := watched(t, forms...)
	run := g.NewRun()
	read(t, run, all...)
	replayed := NewState()
	run.Gather(replayed)
	want := g.Evaluate(replayed)
	state := NewState()
	run = g.NewRun()
	for chunk := range slices.Chunk(all, 50) {
		read(t, run, chunk...)
		run.Gather(state)
		state.Forget(g)
	}
	if diff := gocmp.Diff(tales(want), tales(g.Evaluate(state))); diff != "" {
		t.Errorf("looked at often, what is found is another (-once +often):\n%s", diff)
	}
	if len(want) < 10 {
		t.Fatalf("%d findings", len(want))
	}
	buckets, periods := 0, 0
	for _, x := range state.Windows {
		buckets += len(x.Buckets)
	}
	for _, x := range state.Rates {
		periods += len(x.Periods)
	}
	if buckets > 1500 || periods > 3*(30*24+5*24*12) {
		t.Errorf("%d buckets, %d periods are kept", buckets, periods)
	}
}

// TestAge drops what nothing was added to for a month.
func TestAge(t *testing.T) {
	g := watched(t, "when: ok", "count: {over: 1, within: 1h}")
	state := NewState()
	run := g.NewRun()
	read(t, run, happening{id: "a", who: "ann"}, happening{id: "b", who: "bob", after: 20 * whole})
	run.Gather(state)
	state.Age(g)
	if n := len(g.Evaluate(state)); n != 4 {
		t.Errorf("%d findings before it is old", n)
	}
	read(t, run, happening{id: "c", who: "cy", after: 31 * whole})
	run.Gather(state)
	state.Age(g)
	got := map[string]bool{}
	for _, f := range g.Evaluate(state) {
		got[f.Principal] = true
	}
	if got["ann"] || !got["bob"] || !got["cy"] {
		t.Errorf("%v", got)
	}
}
