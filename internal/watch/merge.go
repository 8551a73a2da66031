package watch

import (
	"maps"

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

// Merge adds what another state knows, and takes it over. Merging is commutative, so that parts may come in any order.
func (s *State) Merge(o *State, g *Engine) {
	s.Last = max(s.Last, o.Last)
	s.Events += o.Events
	maps.Copy(s.Done, o.Done)
	s.mergeOver(o)
	for key, t := range o.Since {
		s.beginAt(key, t)
	}
	for key, x := range o.Groups {
		if y := s.Groups[key]; y != nil {
			y.merge(x)
		} else if s.admits(causes, x.Detection, Hash(key)) {
			s.Groups[key] = x
			s.came(causes, x.Detection)
		}
	}
	for at, x := range o.Windows {
		if d := g.byID[x.Detection]; d != nil {
			s.mergeSeries(at, x, d)
		}
	}
	for key, x := range o.Learned {
		s.mergeLearned(key, x, g.byID[x.Detection])
	}
	for at, x := range o.Rates {
		s.mergeSums(at, x)
	}
	for key, x := range o.Acts {
		if y := s.Acts[key]; y != nil {
			y.merge(x)
		} else if s.admits(acts, x.Detection, Hash(key)) {
			s.Acts[key] = x
			s.came(acts, x.Detection)
		}
	}
	s.trimOver(o)
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
	s.merged += len(x.Buckets)
	y := s.Windows[at]
	if y == nil {
		if s.admits(windows, d.ID, at) {
			x.Fresh = true
			s.Windows[at] = x
			s.came(windows, d.ID)
		}
		return
	}
	y.Fresh = true
	y.Until = max(y.Until, x.Until)
	y.Full.merge(x.Full)
	for _, b := range x.Buckets {
		need, limit, late := needs(d, b.N)
		y.bucket(b.N).merge(b, need, limit, late)
	}
}

func (s *State) mergeLearned(key string, x *Learned, d *rules.Detection) {
	y := s.Learned[key]
	if y == nil {
		if o := s.Over[values][x.Detection]; !o.lists(key) {
			for value := range x.Values {
				s.lose(values, x.Detection, valueHash(key, value))
			}
			return
		}
		y = &Learned{Detection: x.Detection, Since: x.Since, Values: map[string]*Value{}}
		s.Learned[key] = y
	}
	y.Since = min(y.Since, x.Since)
	s.merged += len(x.Values)
	for value, v := range x.Values {
		z := y.Values[value]
		if z == nil {
			if s.admits(values, x.Detection, valueHash(key, value)) {
				y.Values[value] = v
				s.came(values, x.Detection)
			}
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
		if d != nil && d.Rare != nil {
			for on, c := range v.On {
				z.crowd(on, d.Rare.Days).merge(c)
			}
			z.trim(d.Rare.Days)
		}
	}
}

func (s *State) mergeSums(at uint64, x *Sums) {
	s.merged += len(x.Periods)
	y := s.Rates[at]
	if y == nil {
		if s.admits(rates, x.Detection, at) {
			x.Fresh = true
			s.Rates[at] = x
			s.came(rates, x.Detection)
		}
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
	for d, m := range x.Days {
		y.add(d, m)
	}
}

// add adds periods of a day that is over.
func (x *Sums) add(d int64, m marks) {
	if x.Days == nil {
		x.Days = map[int64]marks{}
	}
	if x.Days[d] == nil {
		x.Days[d] = marks{}
	}
	for k, n := range m {
		x.Days[d][k] += n
	}
}
