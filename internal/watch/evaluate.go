package watch

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
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

// Evaluate says what is found in a state, the worst first. It is a function of the state, and changes nothing in it but that it
// takes away what is beyond a bound.
func (g *Engine) Evaluate(s *State) []Finding {
	s.even()
	found := map[string]*Finding{}
	for id, f := range s.Raised {
		c := *f
		c.Events, c.Evidence = slices.Clone(f.Events), slices.Clone(f.Evidence)
		found[id] = &c
	}
	into := func(g *Engine, d *rules.Detection, c cause) { g.add(found, s, d, c) }
	for _, key := range slices.Sorted(maps.Keys(s.Groups)) {
		if x := s.Groups[key]; g.byID[x.Detection] != nil {
			c := cause{events: x.Kept, count: x.Seen.Count(), last: x.Last}
			if !x.Seen.Exact() {
				c.note = "about " + amount(float64(c.count)) + " events, counted to within 2%"
			}
			into(g, g.byID[x.Detection], c)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(s.Windows)) {
		if x := s.Windows[at]; x.Fresh && g.byID[x.Detection] != nil {
			g.window(into, x, g.byID[x.Detection], math.MaxInt64)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Learned)) {
		if l := s.Learned[key]; g.byID[l.Detection] != nil {
			g.learned(into, s, key, l.Values)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(s.Rates)) {
		if x := s.Rates[at]; x.Fresh && g.byID[x.Detection] != nil {
			g.rate(into, x, g.byID[x.Detection], s.Since[x.Detection+" "+x.Account], func(int64) bool { return true })
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

// raise keeps what was found in what is forgotten.
func (s *State) raise(g *Engine, d *rules.Detection, c cause) {
	before := len(s.Raised)
	g.add(s.Raised, s, d, c)
	if len(s.Raised) > before {
		s.came(raised, d.ID)
	}
}

// window looks for windows that are full, or sequences that are whole, in the buckets up to one that were not told before.
func (g *Engine) window(into raise, x *Series, d *rules.Detection, end int64) {
	if d.Sequence != nil {
		g.sequence(into, x, d, end)
		return
	}
	if d.Count == nil {
		return
	}
	var all []spot
	for _, b := range x.Buckets {
		for _, e := range b.Early {
			all = append(all, spot{entry: e, bucket: b.N})
		}
		if n := len(b.Early); n > 0 {
			all[len(all)-1].more = b.total() - n
		}
	}
	if len(all) < d.Count.Over {
		return
	}
	within := d.Count.Period().Milliseconds()
	fill(all, d.Count.Over, within)
	for i := 0; i < len(all); {
		next := i + 1
		if all[i].in && all[i].bucket >= x.Until && all[i].bucket < end {
			for next < len(all) && all[next].in && all[next].bucket < end && all[next].T <= all[next-1].T+within {
				next++
			}
			told(into, g, d, x.Key, all[i:next])
		}
		i = next
	}
}

// spot is an event of a window: whether a full window has it, and how many events came after it that are counted only.
type spot struct {
	entry
	bucket int64
	more   int
	in     bool
	most   int // different ones in the window that ends here
}

// fill finds the events that are in a full window.
func fill(all []spot, over int, within int64) {
	values := map[uint64]int{}
	from, marked := 0, 0
	for i := range all {
		e := all[i].entry
		values[e.H]++
		for all[from].T < e.T-within {
			if values[all[from].H]--; values[all[from].H] == 0 {
				delete(values, all[from].H)
			}
			from++
		}
		all[i].most = len(values)
		if len(values) >= over {
			for j := max(from, marked); j <= i; j++ {
				all[j].in = true
			}
			marked = i + 1
		}
	}
}

// told raises one stretch of full windows.
func told(into raise, g *Engine, d *rules.Detection, key string, list []spot) {
	c := cause{by: key}
	most, more := 0, 0
	for _, e := range list {
		most, more = max(most, e.most), more+e.more
		c.count += 1 + e.more
		c.last = e.T
		if e.Kept != nil {
			c.events = append(c.events, e.Kept)
		}
	}
	what := "events"
	if d.Count.Distinct != "" {
		what = "different values"
	}
	c.note = fmt.Sprintf("%d %s within %s, where %d are too many", most, what, d.Count.Within, d.Count.Over)
	if more > 0 {
		c.note = "more than " + c.note
	}
	if len(c.events) > 0 {
		into(g, d, c)
	}
}

// sequence looks for a last step, and before it the ones that must have been, each as late as it can be.
func (g *Engine) sequence(into raise, x *Series, d *rules.Detection, until int64) {
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
	used := map[*Kept]bool{}
	for _, end := range steps[len(steps)-1] {
		if n := end.T / within * maxSteps; n < x.Until || n >= until {
			continue
		}
		var fresh []*Kept
		chain := g.before(steps, d.Sequence.Steps, end, within)
		for _, k := range chain {
			if !used[k] {
				used[k] = true
				fresh = keep(fresh, k, maxKept)
			}
		}
		if len(fresh) > 0 {
			took := time.Duration(end.T-chain[len(chain)-1].T) * time.Millisecond
			into(g, d, cause{by: x.Key, events: fresh, count: len(fresh), last: end.T, note: fmt.Sprintf("%d steps one after the other, in %s; %s are allowed", len(steps), took, d.Sequence.Within)})
		}
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

// where is what findings of single events are told apart by.
func (g *Engine) where(k *Kept) string {
	resource := k.Resource
	if resource == "" {
		resource = k.Facts.Account
	}
	return k.Facts.Principal + "\x00" + resource
}

// add puts a cause into the finding of its identifier.
func (g *Engine) add(found map[string]*Finding, s *State, d *rules.Detection, c cause) {
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
	for i, k := range c.events {
		if len(f.Events) < maxKept && !slices.Contains(f.Events, k.Facts.ID) {
			f.Events = append(f.Events, k.Facts.ID)
		}
		f.evidence(said(&k.Facts))
		if i == 0 { // a person wants to know first how strange it is
			f.evidence(c.note)
			f.evidence(s.usual(d, k))
		}
	}
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
