package watch

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/rules"
)

// raise takes what a form of a detection found.
type raise func(g *Engine, d *rules.Detection, c cause)

// cause is something found: its events in order, how many there were in all, and what is to be said of them together. by
// tells it from others of the same detection and account.
type cause struct {
	by     string
	events []*Kept
	count  int
	last   int64
	note   string
}

// Evaluate says what is found in a state, the worst first. It is a function of the state, and changes nothing in it that is
// not sorted anyway.
func (g *Engine) Evaluate(s *State) []Finding {
	found := map[string]*Finding{}
	for id, f := range s.Raised {
		c := *f
		c.Events, c.Evidence = slices.Clone(f.Events), slices.Clone(f.Evidence)
		found[id] = &c
	}
	into := func(g *Engine, d *rules.Detection, c cause) { g.add(found, d, c) }
	for _, key := range slices.Sorted(maps.Keys(s.Groups)) {
		if x := s.Groups[key]; g.byID[x.Detection] != nil {
			into(g, g.byID[x.Detection], cause{events: x.Kept, count: x.Count, last: x.Last})
		}
	}
	for _, at := range slices.Sorted(maps.Keys(s.Windows)) {
		if x := s.Windows[at]; x.Fresh && g.byID[x.Detection] != nil {
			g.window(into, x, g.byID[x.Detection])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Learned)) {
		if l := s.Learned[key]; g.byID[l.Detection] != nil {
			g.learned(into, s, l, g.byID[l.Detection])
		}
	}
	for _, at := range slices.Sorted(maps.Keys(s.Rates)) {
		if x := s.Rates[at]; x.Fresh && g.byID[x.Detection] != nil {
			d := g.byID[x.Detection]
			g.rate(into, x, d, s.since(d, x.Account, s.Since[x.Detection+" "+x.Account]))
		}
	}
	out := make([]Finding, 0, len(found))
	for _, k := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[k])
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(-cmp.Compare(a.Severity.Score, b.Severity.Score), a.First.Compare(b.First), strings.Compare(a.ID, b.ID))
	})
	return out
}

// raise keeps what a window found that is forgotten.
func (s *State) raise(g *Engine, d *rules.Detection, c cause) { g.add(s.Raised, d, c) }

// window looks for windows that are full, or sequences that are whole.
func (g *Engine) window(into raise, x *Series, d *rules.Detection) {
	if d.Sequence != nil {
		g.sequence(into, x, d)
		return
	}
	if d.Count == nil {
		return
	}
	all, in, most := filled(x, d)
	if most < d.Count.Over {
		return
	}
	known := fullDays(x, all, in)
	usual := func(t int64) bool {
		before, _ := slices.BinarySearch(known, t/day)
		return d.Count.Usual > 0 && before >= d.Count.Usual
	}
	more := 0
	for _, b := range x.Buckets {
		if n := len(b.Early); n >= d.Count.Over && !usual(b.Early[n-1].T) {
			more += b.Total - n
		}
	}
	c := cause{by: x.Key, count: more, note: strconv.Itoa(most) + " within " + d.Count.Within}
	if more > 0 {
		c.note = "more than " + c.note
	}
	for i, e := range all {
		if in[i] && !usual(e.T) {
			c.count++
			c.last = e.T
			if e.Kept != nil {
				c.events = append(c.events, e.Kept)
			}
		}
	}
	if len(c.events) > 0 {
		into(g, d, c)
	}
}

// filled are the events of a series, which of them are in windows that are full, and the most that were in one.
func filled(x *Series, d *rules.Detection) (all []entry, in []bool, most int) {
	for _, b := range x.Buckets {
		all = append(all, b.Early...)
	}
	within := d.Count.Period().Milliseconds()
	in = make([]bool, len(all))
	values := map[uint64]int{}
	from, marked := 0, 0
	for i, e := range all {
		values[e.H]++
		for all[from].T < e.T-within {
			if values[all[from].H]--; values[all[from].H] == 0 {
				delete(values, all[from].H)
			}
			from++
		}
		most = max(most, len(values))
		if len(values) >= d.Count.Over {
			for j := max(from, marked); j <= i; j++ {
				in[j] = true
			}
			marked = i + 1
		}
	}
	return all, in, most
}

// fullDays are the days, since 1970, on which a window was full, those that are remembered among them.
func fullDays(x *Series, all []entry, in []bool) []int64 {
	days := slices.Clone(x.Full)
	for i, e := range all {
		if in[i] {
			days = append(days, e.T/day)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// sequence looks for a last step, and before it the ones that must have been, each as late as it can be.
func (g *Engine) sequence(into raise, x *Series, d *rules.Detection) {
	steps := make([][]entry, len(d.Sequence.Steps))
	for _, b := range x.Buckets {
		step := int(b.N % maxSteps)
		if step >= len(steps) {
			continue
		}
		steps[step] = append(steps[step], b.Early...)
		for _, e := range b.Late {
			if !slices.ContainsFunc(steps[step], func(o entry) bool { return o.H == e.H }) {
				steps[step] = append(steps[step], e)
			}
		}
	}
	for i := range steps {
		slices.SortFunc(steps[i], entry.compare)
	}
	within := d.Sequence.Period().Milliseconds()
	var used []*Kept
	last := steps[len(steps)-1]
	for end := range last {
		chain := g.before(steps, d.Sequence.Steps, last[end], within)
		for _, k := range chain {
			used = keep(used, k, maxKept)
		}
	}
	if len(used) > 0 {
		into(g, d, cause{by: x.Key, events: used, count: len(used), last: used[len(used)-1].T, note: strconv.Itoa(len(steps)) + " steps within " + d.Sequence.Within})
	}
}

// before are the events of all steps that end at one, or nil where a step is missing.
func (g *Engine) before(steps [][]entry, want []rules.Step, end entry, within int64) []*Kept {
	var chain []*Kept
	at := end
	for i := len(steps) - 1; i >= 0; i-- {
		need := want[i].Needed()
		for j := len(steps[i]) - 1; j >= 0 && need > 0; j-- {
			e := steps[i][j]
			if e.compare(at) > 0 || i < len(steps)-1 && e.H == at.H || e.T < end.T-within {
				continue
			}
			chain = append(chain, e.Kept)
			at = e
			need--
		}
		if need > 0 {
			return nil
		}
	}
	return chain
}

func days(ms int64) string {
	n := ms / day
	if n == 1 {
		return "1 day"
	}
	return strconv.FormatInt(n, 10) + " days"
}

// since is when a detection began to learn in an account: when the account's log was read first, or the detection met first.
func (s *State) since(d *rules.Detection, account string, met int64) int64 {
	if t, ok := s.Since[watched(d.Log, account)]; ok {
		return min(t, met)
	}
	return met
}

// learned looks for values that are new, or were seen on few days.
func (g *Engine) learned(into raise, s *State, l *Learned, d *rules.Detection) {
	var fresh []string
	for text, v := range l.Values {
		if len(v.Kept) > 0 {
			fresh = append(fresh, text)
		}
	}
	slices.Sort(fresh)
	firsts := sync.OnceValue(func() []int64 {
		var out []int64
		for _, v := range l.Values {
			out = append(out, v.First)
		}
		slices.Sort(out)
		return out
	})
	// What was seen afterwards is not counted, so that a finding says the same whenever it is told.
	others := func(k *Kept) int {
		n, _ := slices.BinarySearch(firsts(), k.T)
		return n
	}
	for _, text := range fresh {
		v := l.Values[text]
		since := s.since(d, v.Kept[0].Facts.Account, l.Since)
		switch {
		case d.First != nil:
			if k := v.Kept[0]; k.T == v.First && k.T-since >= d.First.Period().Milliseconds() {
				into(g, d, cause{by: g.where(k), events: v.Kept[:1], count: 1, last: k.T, note: fmt.Sprintf("first %q in %s; %d others were seen before", text, days(k.T-since), others(k))})
			}
		case d.Rare != nil:
			c := cause{}
			for _, k := range v.Kept {
				before, _ := slices.BinarySearch(v.Days, k.T/day)
				if k.T-since >= d.Rare.Period().Milliseconds() && before <= d.Rare.Days {
					c.events = append(c.events, k)
					c.note = fmt.Sprintf("%q was seen on %d of %s; %d others were", text, before, days(k.T-since), max(0, others(k)-min(1, before)))
				}
			}
			if n := len(c.events); n > 0 {
				c.by, c.count, c.last = g.where(c.events[0]), n, c.events[n-1].T
				into(g, d, c)
			}
		}
	}
}

// rate looks for periods in which there was more than the ones before make usual.
func (g *Engine) rate(into raise, x *Sums, d *rules.Detection, since int64) {
	per := d.Rate.Period().Milliseconds()
	began := since / per
	periods := slices.Sorted(maps.Keys(x.Periods))
	c := cause{by: x.Key}
	for _, p := range periods {
		v := x.Periods[p]
		if v.Of <= d.Rate.Over || v.Kept == nil || (p-began)*per < d.Rate.Learning().Milliseconds() {
			continue
		}
		usual, bound := expected(d, x.Periods, began, p)
		if v.Of > bound {
			c.events = append(c.events, v.Kept)
			c.count += v.Count
			c.last = v.Kept.T
			c.note = fmt.Sprintf("%s in %s, where %s is usual, and at most %s", amount(v.Of), d.Rate.Per, amount(usual), amount(bound))
		}
	}
	if len(c.events) > 0 {
		into(g, d, c)
	}
}

// sameHour are the days, and sameDay the weeks, of which a rate looks at the same hour: what runs every night, or every
// Sunday, is usual then, though it is not at other times.
const (
	sameHour = 7
	sameDay  = 4
)

// expected is what is usual in a period, and how much more than that is not: by all periods of the last weeks, by the same hour
// of the last days, and by the same hour and day of the last weeks, whichever allows most. Jobs do not begin to the minute,
// so the periods beside count as the same hour.
func expected(d *rules.Detection, periods map[int64]*Sum, began, p int64) (usual, bound float64) {
	per := d.Rate.Period().Milliseconds()
	over := func(usual, spread float64) float64 { return usual + d.Rate.Times()*max(spread, usual/10) }
	usual, spread := baseline(periods, max(began, p-rateDays*day/per), p)
	bound = over(usual, spread)
	for _, same := range []struct{ step, times, least int64 }{{day, sameHour, 3}, {7 * day, sameDay, 2}} {
		if same.step%per != 0 || same.step/per < 4 {
			continue
		}
		around := map[int64]*Sum{}
		n := int64(0)
		for n < same.times {
			at := p - (n+1)*same.step/per
			if at-1 < began {
				break
			}
			most := &Sum{}
			for q := at - 1; q <= at+1; q++ {
				if v := periods[q]; v != nil && v.Of > most.Of {
					most = v
				}
			}
			around[n] = most
			n++
		}
		if n < same.least {
			continue
		}
		if u, s := baseline(around, 0, n); over(u, s) > bound {
			usual, bound = u, over(u, s)
		}
	}
	return usual, bound
}

// baseline is the median of the periods from a to b, those without events being 0, and the spread around it: the median
// distance, scaled so that for a normal distribution it is the standard deviation.
func baseline(periods map[int64]*Sum, a, b int64) (median, spread float64) {
	values := make([]float64, 0, b-a)
	for p := a; p < b; p++ {
		n := 0.0
		if v := periods[p]; v != nil {
			n = v.Of
		}
		values = append(values, n)
	}
	if len(values) == 0 {
		return 0, 0
	}
	slices.Sort(values)
	median = values[len(values)/2]
	for i := range values {
		values[i] = math.Abs(values[i] - median)
	}
	slices.Sort(values)
	return median, 1.4826 * values[len(values)/2]
}

// amount is a number that a person can read.
func amount(f float64) string {
	for _, u := range []struct {
		at   float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if f >= u.at {
			if u.name == "k" {
				return strconv.FormatFloat(f/1e3, 'f', 0, 64) + "k"
			}
			return strconv.FormatFloat(f/u.at, 'f', 1, 64) + u.name
		}
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

// where is what findings of single events are told apart by.
func (g *Engine) where(k *Kept) string {
	resource := k.Resource
	if resource == "" {
		resource = k.Facts.Account
	}
	return k.Facts.Principal + "\x00" + resource
}

// add puts a cause into the finding of its identifier.
func (g *Engine) add(found map[string]*Finding, d *rules.Detection, c cause) {
	first := c.events[0]
	if c.by == "" {
		c.by = g.where(first)
	}
	e := first.Facts
	id := finding.NewID("watch", d.ID, e.Account+" "+e.Region, c.by)
	f, ok := found[id]
	if !ok {
		resource := resourceOf(c.events, e.Account)
		level := g.Level(first.Resource)
		f = &Finding{
			ID: id, Detection: d.ID, Type: d.Type, Title: d.Title, Severity: finding.SeverityOf(d.Label(level)), Resource: resource, Principal: e.Principal,
			Account: e.Account, Region: e.Region, Address: e.Address, Level: level, First: when(first.T), Last: when(first.T), Why: strings.TrimSpace(d.Why),
			Respond: strings.TrimSpace(d.Respond), Event: first,
		}
		found[id] = f
	}
	f.Count += c.count
	if t := when(c.last); t.After(f.Last) {
		f.Last = t
	}
	for _, k := range c.events {
		if len(f.Events) < maxKept && !slices.Contains(f.Events, k.Facts.ID) {
			f.Events = append(f.Events, k.Facts.ID)
		}
		f.evidence(said(&k.Facts))
	}
	f.evidence(c.note)
}

const maxEvidence = 10

func (f *Finding) evidence(text string) {
	if text != "" && len(f.Evidence) < maxEvidence && !slices.Contains(f.Evidence, text) {
		f.Evidence = append(f.Evidence, text)
	}
}

// resourceOf is what events were done to: the resource, or the first and how many others.
func resourceOf(events []*Kept, account string) string {
	names := map[string]bool{}
	for _, k := range events {
		if k.Resource != "" {
			names[k.Resource] = true
		}
	}
	first := events[0].Resource
	switch n := len(names); {
	case n == 0:
		return account
	case first == "":
		return slices.Sorted(maps.Keys(names))[0]
	case n == 1:
		return first
	default:
		return fmt.Sprintf("%s and %d others", first, n-1)
	}
}

func when(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
