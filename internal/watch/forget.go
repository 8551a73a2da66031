package watch

import (
	"maps"
	"slices"
	"time"

	"github.com/baileydb/bailey/internal/rules"
)

// late is how long after its time an event is still put where it belongs.
const late = 24 * 60 * 60 * 1000

// rateDays is how long a rate's periods are remembered.
const rateDays = 28

// maxMerged is how much a state takes up before what is over should be forgotten: buckets, periods and values. Until then files
// may come in any order; from then on those of the same day and log have to be near each other.
const maxMerged = 300_000

// Heavy reports whether it is time to forget: what came since the last time is as much as what was left then, so that a large
// state is not gone through again and again.
func (s *State) Heavy() bool { return s.merged > max(maxMerged, s.left) }

// Settle ends a run: what was found was said, and only what was learned and windows that may still fill are kept.
func (s *State) Settle(g *Engine) {
	s.Forget(g)
	clear(s.Groups)
	clear(s.Raised)
	clear(s.Done)
	clear(s.Told)
	s.Events = 0
	for _, x := range s.Windows {
		x.Fresh = false
	}
	for _, l := range s.Learned {
		for _, v := range l.Values {
			v.Kept, v.On = nil, nil
		}
	}
	for _, x := range s.Rates {
		x.Fresh = false
		for _, v := range x.Periods {
			v.Kept = nil
		}
	}
	s.reopen(true)
}

// Forget drops what no event can add to any more, which is what keeps a state small. What was found in it stays. Each
// detection has its own time, so that a log of last year may be read after one of today.
func (s *State) Forget(g *Engine) {
	s.even()
	were, rated := len(s.Windows), len(s.Rates)
	s.forgetWindows(g)
	s.forgetRates(g)
	s.forgetValues(g)
	s.reopen(false)
	s.Windows, s.Rates = tight(s.Windows, were), tight(s.Rates, rated)
	s.merged, s.left = 0, s.size()
}

// tight is a map that has lost half of what it held, in a smaller one: Go's maps do not shrink.
func tight[K comparable, V any](m map[K]V, were int) map[K]V {
	if len(m) > were/2 {
		return m
	}
	out := make(map[K]V, len(m))
	maps.Copy(out, m)
	return out
}

// size is how many buckets, periods and values there are.
func (s *State) size() (n int) {
	for _, x := range s.Windows {
		n += len(x.Buckets)
	}
	for _, x := range s.Rates {
		n += len(x.Periods) + len(x.Days)
	}
	for _, l := range s.Learned {
		n += len(l.Values)
	}
	return n
}

func (s *State) forgetWindows(g *Engine) {
	newest := map[string]int64{}
	for _, x := range s.Windows {
		if n := len(x.Buckets); n > 0 {
			newest[x.Detection] = max(newest[x.Detection], x.Buckets[n-1].N/maxSteps)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(s.Windows)) {
		x := s.Windows[at]
		d := g.byID[x.Detection]
		if d == nil {
			delete(s.Windows, at)
			continue
		}
		period := windowOf(d)
		// A bucket that is over is told, and kept for one more period, into which its windows may reach.
		end := (newest[x.Detection] - (2*late+period-1)/period) * maxSteps
		if len(x.Buckets) > 0 && x.Buckets[0].N < end {
			if x.Fresh {
				g.window(s.raise, x, d, end)
			}
			x.fill(d, end)
			x.Until = max(x.Until, end)
			x.Buckets = slices.DeleteFunc(x.Buckets, func(b *Bucket) bool { return b.N < end-maxSteps })
		}
		if len(x.Buckets) == 0 && !x.Full.since(newest[x.Detection]*period/day-usualFor) {
			delete(s.Windows, at)
		}
	}
}

// maxPeriods is how many periods of a day are kept one by one once it is over.
const maxPeriods = 24

func (s *State) forgetRates(g *Engine) {
	newest := map[string]int64{}
	for _, x := range s.Rates {
		for p := range x.Periods {
			newest[x.Detection] = max(newest[x.Detection], p)
		}
		if d := g.byID[x.Detection]; d != nil && d.Rate != nil {
			for p := range x.Days {
				newest[x.Detection] = max(newest[x.Detection], p*day/d.Rate.Period().Milliseconds())
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(s.Rates)) {
		x := s.Rates[at]
		d := g.byID[x.Detection]
		if d == nil || d.Rate == nil {
			delete(s.Rates, at)
			continue
		}
		per := d.Rate.Period().Milliseconds()
		over := (newest[x.Detection]*per - 2*late) / day // the first day that is not over
		old := over - rateDays
		isOver := func(p int64) bool { return p*per/day < over }
		if x.Fresh {
			g.rate(s.raise, x, d, s.since(d, x.Account, s.Since[x.Detection+" "+x.Account]), isOver)
		}
		were := len(x.Periods)
		for p, v := range x.Periods {
			on := p * per / day
			if !isOver(p) {
				continue
			}
			v.Kept = nil // it was told
			switch {
			case on < old:
				delete(x.Periods, p)
			case day/per > maxPeriods:
				x.add(on, marks{mark(v.Of): 1})
				delete(x.Periods, p)
			}
		}
		maps.DeleteFunc(x.Days, func(on int64, _ marks) bool { return on < old })
		x.Periods = tight(x.Periods, were)
		if len(x.Periods)+len(x.Days) == 0 {
			delete(s.Rates, at)
		}
	}
}

// forgetValues makes values known that were seen long enough ago, where a detection has learned half as many as it may.
func (s *State) forgetValues(g *Engine) {
	n := s.counts(values)
	newest := map[string]int64{}
	for _, l := range s.Learned {
		for _, v := range l.Values {
			newest[l.Detection] = max(newest[l.Detection], v.last())
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Learned)) {
		l := s.Learned[key]
		d := g.byID[l.Detection]
		if d == nil {
			delete(s.Learned, key)
			continue
		}
		if n[l.Detection] <= s.bounds[values]/2 && s.Known[l.Detection] == nil {
			continue
		}
		over := func(text string, v *Value) bool {
			switch {
			case v.last() >= newest[l.Detection]-2*late:
				return false
			case s.Known[l.Detection].has(valueHash(key, text)):
				return true
			}
			return n[l.Detection] > s.bounds[values]/2 && (d.Rare == nil || len(v.Days) > d.Rare.Days)
		}
		gone := map[string]*Value{}
		for text, v := range l.Values {
			if over(text, v) {
				gone[text] = v
			}
		}
		g.learned(s.raise, s, key, gone)
		were := len(l.Values)
		for text := range gone {
			delete(l.Values, text)
			s.know(l.Detection, valueHash(key, text))
		}
		l.Values = tight(l.Values, were)
	}
	s.n[values], s.n[learnedLists] = nil, nil // lists come without being counted
	for id, n := range s.counts(learnedLists) {
		if n > s.bounds[learnedLists] {
			s.trim(learnedLists, id)
		}
	}
}

// last is when a value was seen last, as far as that is known.
func (v *Value) last() int64 {
	if n := len(v.Days); n > 0 {
		return v.Days[n-1] * day
	}
	return v.First
}

// Age drops, from the state of a watch that goes on, causes that nothing was added to for a month: should they come again,
// they are told again.
func (s *State) Age(g *Engine) {
	old := s.Last - 30*day
	maps.DeleteFunc(s.Groups, func(_ string, x *Group) bool { return x.Last < old })
	maps.DeleteFunc(s.Raised, func(_ string, f *Finding) bool { return f.Last.UnixMilli() < old })
	maps.DeleteFunc(s.Windows, func(_ uint64, x *Series) bool {
		d := g.byID[x.Detection]
		return d == nil || !x.Full.since(old/day-usualFor) && (len(x.Buckets) == 0 || (x.Buckets[len(x.Buckets)-1].N/maxSteps+1)*windowOf(d) < old)
	})
	s.reopen(false)
}

// windowOf is the length of a detection's buckets, in milliseconds.
func windowOf(d *rules.Detection) int64 {
	period := time.Duration(0)
	switch {
	case d.Sequence != nil:
		period = d.Sequence.Period()
	case d.Count != nil:
		period = d.Count.Period()
	}
	return max(1, period.Milliseconds())
}
