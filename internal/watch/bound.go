package watch

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// What a state keeps by key is bounded for each detection, so that one that an attacker floods takes nothing from the others.
// Past its bound a detection keeps the keys whose hashes are the smallest. Which those are follows from the set of keys alone,
// and a key that is among the smallest of all was among them in every part and at every time, so that nothing of it is missing:
// parts may be merged in any order. What is left out is counted, and told.

// kind is something that is bounded.
type kind int

const (
	causes kind = iota
	windows
	learnedLists
	values
	rates
	raised
	acts
	begun
	kinds
)

var kindNames = [kinds]string{"causes", "windows", "lists of what it learned", "values that it learned", "rates", "findings of windows that are over", "acts", "beginnings of accounts"}

// bounds are how many a detection has of each.
type bounds [kinds]int

var usualBounds = bounds{causes: 20_000, windows: 100_000, learnedLists: 20_000, values: 100_000, rates: 100_000, raised: 5_000, acts: 2_000, begun: 20_000}

// Over is what is known of a detection that reached a bound: keys of larger hashes than Cut are not kept; Gone are those
// that were not.
type Over struct {
	Cut  uint64    `json:"cut"`
	Gone *Distinct `json:"gone,omitempty"`
}

// overs are by kind and detection.
type overs [kinds]map[string]*Over

func (s *State) over(k kind, detection string) *Over {
	o := s.Over[k][detection]
	if o == nil {
		if s.Over[k] == nil {
			s.Over[k] = map[string]*Over{}
		}
		o = &Over{Cut: math.MaxUint64}
		s.Over[k][detection] = o
	}
	return o
}

// lose takes down that a key is not kept. A value that is not kept is known at least.
func (s *State) lose(k kind, detection string, hash uint64) {
	o := s.over(k, detection)
	if o.Gone == nil {
		o.Gone = &Distinct{}
	}
	o.Gone.Add(hash)
	if k == values {
		s.know(detection, hash)
	}
}

func (s *State) know(detection string, hash uint64) {
	if s.Known[detection] == nil {
		s.Known[detection] = newKnown()
	}
	s.Known[detection].add(hash)
}

// admits reports whether there may be a place for a new key.
func (s *State) admits(k kind, detection string, hash uint64) bool {
	if o := s.Over[k][detection]; o != nil && hash > o.Cut {
		s.lose(k, detection, hash)
		return false
	}
	return true
}

// came says that a key was added. Every so often those that are too many go.
func (s *State) came(k kind, detection string) {
	counted := s.n[k] != nil
	n := s.counts(k)
	if counted { // else it is among those that were counted now
		n[detection]++
	}
	if b := s.bounds[k]; n[detection] > b+b/4 {
		s.trim(k, detection)
	}
}

// counts are how many of a kind each detection has.
func (s *State) counts(k kind) map[string]int {
	if s.n[k] == nil {
		s.n[k] = map[string]int{}
		s.each(k, func(detection string, _ uint64) bool {
			s.n[k][detection]++
			return false
		})
	}
	return s.n[k]
}

// each goes through all of a kind, and drops those that drop says.
func (s *State) each(k kind, drop func(detection string, hash uint64) bool) {
	switch k {
	case causes:
		maps.DeleteFunc(s.Groups, func(key string, x *Group) bool { return drop(x.Detection, Hash(key)) })
	case windows:
		maps.DeleteFunc(s.Windows, func(at uint64, x *Series) bool { return drop(x.Detection, at) })
	case learnedLists:
		maps.DeleteFunc(s.Learned, func(key string, x *Learned) bool {
			gone := drop(x.Detection, Hash(key))
			if gone {
				s.n[values] = nil
			}
			return gone
		})
	case values:
		for key, x := range s.Learned {
			maps.DeleteFunc(x.Values, func(v string, _ *Value) bool { return drop(x.Detection, valueHash(key, v)) })
		}
	case rates:
		maps.DeleteFunc(s.Rates, func(at uint64, x *Sums) bool { return drop(x.Detection, at) })
	case raised:
		maps.DeleteFunc(s.Raised, func(id string, x *Finding) bool { return drop(x.Detection, Hash(id)) })
	case acts:
		maps.DeleteFunc(s.Acts, func(key string, x *Act) bool { return drop(x.Detection, Hash(key)) })
	case begun:
		maps.DeleteFunc(s.Since, func(key string, _ int64) bool { return drop(beginner(key), Hash(key)) })
	case kinds:
	}
}

// trim leaves what a detection may keep of a kind.
func (s *State) trim(k kind, detection string) {
	var hashes []uint64
	s.each(k, func(d string, hash uint64) bool {
		if d == detection {
			hashes = append(hashes, hash)
		}
		return false
	})
	b := s.bounds[k]
	if len(hashes) <= b && s.Over[k][detection] == nil {
		s.counts(k)[detection] = len(hashes)
		return // nothing is over
	}
	o := s.over(k, detection)
	if len(hashes) > b {
		slices.Sort(hashes)
		o.Cut = min(o.Cut, hashes[b-1])
	}
	left := 0
	s.each(k, func(d string, hash uint64) bool {
		switch {
		case d != detection:
			return false
		case hash > o.Cut:
			s.lose(k, d, hash)
			return true
		}
		left++
		return false
	})
	s.counts(k)[detection] = left
	if k == values {
		maps.DeleteFunc(s.Learned, func(key string, x *Learned) bool { return x.Detection == detection && !o.lists(key) })
	}
}

// valueHash puts the values of a list beside each other: where there are too many values, whole lists go, and at most one is
// cut in two.
func valueHash(list, value string) uint64 { return Hash(list)&^listMask | Hash(value)&listMask }

const listMask = 1<<40 - 1

// lists reports whether a list may have values: if it has none now, when it began is kept still.
func (o *Over) lists(list string) bool { return o == nil || Hash(list)&^listMask <= o.Cut }

// even leaves what the bounds allow, so that states of the same events are the same.
func (s *State) even() {
	for _, a := range s.Acts {
		a.trim()
	}
	for k := range kinds {
		n := s.counts(k)
		for _, d := range slices.Sorted(maps.Keys(n)) {
			if n[d] > s.bounds[k] && k != learnedLists { // which go as their values do, or are forgotten
				s.trim(k, d)
			}
		}
	}
}

// mergeOver takes another part's bounds before what it has is merged; trimOver leaves what both allow.
func (s *State) mergeOver(o *State) {
	for k := range kinds {
		for d, x := range o.Over[k] {
			y := s.over(k, d)
			y.Cut = min(y.Cut, x.Cut)
			if x.Gone != nil {
				if y.Gone == nil {
					y.Gone = &Distinct{}
				}
				y.Gone.Merge(x.Gone)
			}
		}
	}
	for d, x := range o.Known {
		if s.Known[d] == nil {
			s.Known[d] = newKnown()
		}
		if err := s.Known[d].merge(x); err != nil {
			panic(err) // reading has checked that they are of one form
		}
	}
}

func (s *State) trimOver(o *State) {
	for k := range kinds {
		for d, x := range o.Over[k] {
			if x.Cut < math.MaxUint64 {
				s.trim(k, d)
			}
		}
	}
}

// reopen lets new keys in where there is place again. told says that what was left out was told.
func (s *State) reopen(told bool) {
	for k := range kinds {
		s.n[k] = nil
		n := s.counts(k)
		for d, o := range s.Over[k] {
			if n[d] < s.bounds[k] {
				o.Cut = math.MaxUint64
			}
			if told {
				o.Gone = nil
			}
			if o.Cut == math.MaxUint64 && o.Gone == nil {
				delete(s.Over[k], d)
			}
		}
	}
}

// Left says, by detection, what there was too much of: nothing is left out in silence.
func (s *State) Left() map[string]string {
	parts := map[string][]string{}
	for k := range kinds {
		for d, o := range s.Over[k] {
			if n := o.Gone.Count(); n > 0 && k != acts && d != "" { // what findings say of how usual they are says so itself
				about := ""
				if !o.Gone.Exact() {
					about = "about "
				}
				parts[d] = append(parts[d], fmt.Sprintf("%s%d %s", about, n, kindNames[k]))
			}
		}
	}
	out := map[string]string{}
	for d, list := range parts {
		out[d] = "there was too much to remember all of; left out were " + strings.Join(list, ", ")
	}
	for d, k := range s.Known {
		if share := k.mistaken(); share > 0.01 {
			text := fmt.Sprintf("it has learned about %d values; of a hundred new ones about %.0f are taken for known ones and not told", k.All.Count(), 100*share)
			if out[d] != "" {
				text = out[d] + "; " + text
			}
			out[d] = text
		}
	}
	return out
}
