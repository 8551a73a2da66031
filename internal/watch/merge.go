package watch

import (
	"maps"
	"slices"

	"github.com/baileydb/bailey/internal/rules"
)

// Has reports whether an input is in the state: by its name or the hash of its bytes, of which either may be empty.
func (s *State) Has(key, sum string) bool {
	return key != "" && s.Done[Hash(key)] || sum != "" && s.Done[Hash(sum)]
}

// Did takes down that an input is in the state.
func (s *State) Did(key, sum string) {
	for _, k := range []string{key, sum} {
		if k != "" {
			s.Done[Hash(k)] = true
		}
	}
}

// Take merges what was read of an input, unless that is in the state already.
func (s *State) Take(o *State, g *Engine, key, sum string) bool {
	fresh := !s.Has(key, sum)
	if fresh {
		s.Merge(o, g)
	}
	s.Did(key, sum)
	return fresh
}

// Merge adds what another state knows. Merging is commutative, so that parts may come in any order.
func (s *State) Merge(o *State, g *Engine) {
	s.Last = max(s.Last, o.Last)
	s.Events += o.Events
	maps.Copy(s.Done, o.Done)
	for k, t := range o.Since {
		if u, ok := s.Since[k]; !ok || t < u {
			s.Since[k] = t
		}
	}
	for k, n := range o.Full {
		s.Full[k] += n
	}
	for key, x := range o.Groups {
		switch y := s.Groups[key]; {
		case y != nil:
			y.merge(x)
		case len(s.Groups) >= maxGroups:
			s.Full[x.Detection] += int64(x.Count)
		default:
			s.Groups[key] = x
		}
	}
	for at, x := range o.Windows {
		if d := g.byID[x.Detection]; d != nil {
			s.mergeSeries(at, x, d)
		}
	}
	for key, x := range o.Learned {
		s.mergeLearned(key, x)
	}
	for at, x := range o.Rates {
		s.mergeSums(at, x)
	}
}

// needs is what a bucket of a detection keeps.
func needs(d *rules.Detection, bucket int64) (need, limit int, late bool) {
	limit = named(d)
	if d.Sequence != nil {
		return d.Sequence.Steps[min(int(bucket%maxSteps), len(d.Sequence.Steps)-1)].Needed(), maxKept, true
	}
	if d.Count == nil {
		return 1, limit, false
	}
	return d.Count.Over, limit, false
}

func (s *State) mergeSeries(at uint64, x *Series, d *rules.Detection) {
	y := s.Windows[at]
	if y == nil {
		if len(s.Windows) >= maxSeries {
			s.Full[d.ID]++
			return
		}
		x.Fresh = true
		s.Windows[at] = x
		return
	}
	y.Fresh = true
	for _, n := range x.Full {
		y.full(n)
	}
	for _, b := range x.Buckets {
		need, limit, late := needs(d, b.N)
		y.bucket(b.N).merge(b, need, limit, late)
	}
}

func (s *State) mergeLearned(key string, x *Learned) {
	y := s.Learned[key]
	if y == nil {
		s.Learned[key] = x
		return
	}
	y.Since = min(y.Since, x.Since)
	y.Over += x.Over
	for value, v := range x.Values {
		z := y.Values[value]
		if z == nil {
			if len(y.Values) >= maxValues {
				y.Over++
				s.Full[x.Detection]++
				continue
			}
			y.Values[value] = v
			continue
		}
		z.First = min(z.First, v.First)
		for _, k := range v.Kept {
			limit := 1
			if len(v.Days) > 0 {
				limit = maxKept
			}
			z.Kept = keep(z.Kept, k, limit)
		}
		for _, d := range v.Days {
			z.days(d)
		}
	}
}

// days adds a day; no more are kept than are needed to know that a value is not rare.
func (v *Value) days(d int64) {
	i, found := slices.BinarySearch(v.Days, d)
	if !found {
		v.Days = slices.Insert(v.Days, i, d)
	}
	if len(v.Days) > 64 {
		v.Days = v.Days[:64]
	}
}

func (s *State) mergeSums(at uint64, x *Sums) {
	y := s.Rates[at]
	if y == nil {
		if len(s.Rates) >= maxSeries {
			s.Full[x.Detection]++
			return
		}
		x.Fresh = true
		s.Rates[at] = x
		return
	}
	y.Fresh = true
	for p, v := range x.Periods {
		z := y.Periods[p]
		if z == nil {
			y.Periods[p] = v
			continue
		}
		z.Of += v.Of
		z.Count += v.Count
		if z.Kept == nil || v.Kept != nil && v.Kept.compare(z.Kept) < 0 {
			z.Kept = v.Kept
		}
	}
}

// late is how long after its time an event is still put where it belongs.
const late = 24 * 60 * 60 * 1000

// rateDays is how long a rate's periods are remembered.
const rateDays = 28

// Settle ends a run: what was found was said, and only what was learned and windows that may still fill are kept.
func (s *State) Settle(g *Engine) {
	s.Forget(g)
	clear(s.Groups)
	clear(s.Raised)
	clear(s.Full)
	clear(s.Done)
	clear(s.Told)
	s.Events = 0
	for _, x := range s.Windows {
		x.Fresh = false
	}
	for _, l := range s.Learned {
		for _, v := range l.Values {
			v.Kept = nil
		}
	}
	for _, x := range s.Rates {
		x.Fresh = false
		for _, v := range x.Periods {
			v.Kept = nil
		}
	}
}

// Forget drops what no event can add to any more, which is what keeps a state small. What windows found stays.
func (s *State) Forget(g *Engine) {
	for at, x := range s.Windows {
		d := g.byID[x.Detection]
		if d == nil {
			delete(s.Windows, at)
			continue
		}
		x.Full = slices.DeleteFunc(x.Full, func(n int64) bool { return n < (s.Last-usualFor*day)/day })
		end := (s.Last-2*late)/windowOf(d)*maxSteps - maxSteps
		if len(x.Buckets) > 0 && x.Buckets[0].N < end {
			if x.Fresh {
				g.window(s.raise, x, d)
			}
			x.forget(d, end)
		}
		if len(x.Buckets) == 0 && len(x.Full) == 0 {
			delete(s.Windows, at)
		}
	}
	oldest := int32((s.Last - 2*late) / day) //nolint:gosec // days since 1970
	for _, x := range s.Groups {
		maps.DeleteFunc(x.Seen, func(_ uint64, d int32) bool { return d < oldest })
	}
	for at, x := range s.Rates {
		d := g.byID[x.Detection]
		if d == nil || d.Rate == nil {
			delete(s.Rates, at)
			continue
		}
		end := (s.Last - rateDays*day - late) / d.Rate.Period().Milliseconds()
		maps.DeleteFunc(x.Periods, func(p int64, _ *Sum) bool { return p < end })
		if len(x.Periods) == 0 {
			delete(s.Rates, at)
		}
	}
}

// usualFor is for how many days it is remembered that a window was full.
const usualFor = 60

// full takes down that a window was full on a day.
func (x *Series) full(n int64) {
	if i, found := slices.BinarySearch(x.Full, n); !found {
		x.Full = slices.Insert(x.Full, i, n)
	}
}

// forget drops the buckets before a number.
func (x *Series) forget(d *rules.Detection, end int64) {
	if d.Count != nil && d.Count.Usual > 0 {
		all, in, _ := filled(x, d)
		for _, n := range fullDays(x, all, in) {
			x.full(n)
		}
	}
	x.Buckets = slices.DeleteFunc(x.Buckets, func(b *Bucket) bool { return b.N < end })
}

// Age drops, from the state of a watch that goes on, causes that nothing was added to for a month: should they come again,
// they are told again.
func (s *State) Age() {
	old := s.Last - 30*day
	maps.DeleteFunc(s.Groups, func(_ string, x *Group) bool { return x.Last < old })
	maps.DeleteFunc(s.Raised, func(_ string, f *Finding) bool { return f.Last.UnixMilli() < old })
}

// windowOf is the length of a detection's buckets, in milliseconds.
func windowOf(d *rules.Detection) int64 {
	switch {
	case d.Sequence != nil:
		return d.Sequence.Period().Milliseconds()
	case d.Count != nil:
		return d.Count.Period().Milliseconds()
	}
	return 1
}
