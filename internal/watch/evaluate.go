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
			d := g.byID[x.Detection]
			g.rate(into, x, d, s.since(d, x.Account, s.Since[x.Detection+" "+x.Account]), func(int64) bool { return true })
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
