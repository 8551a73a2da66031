package watch

import (
	"fmt"
	"slices"
	"time"

	"github.com/baileydb/bailey/internal/rules"
)

// window looks for windows that are full, or sequences that are whole, in the buckets up to one that were not told before.
func (g *Engine) window(into raise, x *Series, d *rules.Detection, end int64) {
	if d.Sequence != nil {
		g.sequence(into, x, d, end)
		return
	}
	if d.Count == nil {
		return
	}
	all := x.spots()
	if len(all) < d.Count.Over {
		return
	}
	within := d.Count.Period().Milliseconds()
	fill(all, d.Count.Over, within)
	x.leaveUsual(all, d.Count.Usual)
	for i := 0; i < len(all); {
		next := i + 1
		if all[i].in && all[i].bucket >= x.Until && all[i].bucket < end {
			for next < len(all) && all[next].in && all[next].bucket < end && all[next].T <= all[next-1].T+within {
				next++
			}
			tell(into, g, d, x.Key, all[i:next])
		}
		i = next
	}
}

// spots are the events of a series, in order.
func (x *Series) spots() (all []spot) {
	for _, b := range x.Buckets {
		for _, e := range b.Early {
			all = append(all, spot{entry: e, bucket: b.N})
		}
		if n := len(b.Early); n > 0 {
			all[len(all)-1].more = b.total() - n
		}
	}
	return all
}

// usualFor is how many days before an event are looked at for what is usual.
const usualFor = 60

// leaveUsual takes out the events of days before which the window was full on as many others.
func (x *Series) leaveUsual(all []spot, usual int) {
	if usual == 0 {
		return
	}
	var days Days
	days.merge(x.Full)
	for i := range all {
		if all[i].in {
			days.set(all[i].T / day)
		}
	}
	for i := range all {
		if e := &all[i]; e.in {
			e.in = days.between(e.T/day-usualFor, e.T/day) < usual
		}
	}
}

// fill takes down on which days a window was full, in the buckets up to one, which may be forgotten then.
func (x *Series) fill(d *rules.Detection, end int64) {
	if d.Count == nil || d.Count.Usual == 0 {
		return
	}
	all := x.spots()
	fill(all, d.Count.Over, d.Count.Period().Milliseconds())
	for _, e := range all {
		if e.in && e.bucket < end {
			x.Full.set(e.T / day)
		}
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

// tell raises one stretch of full windows.
func tell(into raise, g *Engine, d *rules.Detection, key string, list []spot) {
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
