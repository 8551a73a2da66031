package watch

import (
	"fmt"
	"slices"

	"github.com/baileydb/bailey/internal/rules"
)

// maxDays is how many days of a value are kept: more than are needed to know that it is not rare.
const maxDays = 64

// days adds a day.
func (v *Value) days(d int64) {
	i, found := slices.BinarySearch(v.Days, d)
	if !found {
		v.Days = slices.Insert(v.Days, i, d)
	}
	if len(v.Days) > maxDays {
		v.Days = v.Days[:maxDays]
	}
}

// rare reports whether there are at most so many days before one.
func (v *Value) rare(d int64, days int) bool {
	before, _ := slices.BinarySearch(v.Days, d)
	return before <= days
}

// crowd is what is counted on a day; nil on a day on which the value is no longer rare. Days that come later may be before it,
// not fewer.
func (v *Value) crowd(d int64, days int) *Crowd {
	if !v.rare(d, days) {
		return nil
	}
	c := v.On[d]
	if c == nil {
		if v.On == nil {
			v.On = map[int64]*Crowd{}
		}
		c = &Crowd{Seen: &Distinct{}}
		v.On[d] = c
	}
	return c
}

// trim drops what was counted on days on which the value turns out not to be rare.
func (v *Value) trim(days int) {
	if len(v.Days) <= days+1 {
		return
	}
	for d := range v.On {
		if !v.rare(d, days) {
			delete(v.On, d)
		}
	}
}

// whole reports whether what was counted is there.
func (v *Value) whole() bool {
	for _, c := range v.On {
		if c == nil || c.Seen == nil {
			return false
		}
	}
	return true
}

func (c *Crowd) add(at int64, hash uint64) {
	if c != nil {
		c.Last = max(c.Last, at)
		c.Seen.Add(hash)
	}
}

func (c *Crowd) merge(o *Crowd) {
	if c != nil {
		c.Last = max(c.Last, o.Last)
		c.Seen.Merge(o.Seen)
	}
}

// own is 1 where the value itself was seen before an event.
func (v *Value) own(k *Kept) int {
	if v.First < k.T {
		return 1
	}
	return 0
}

// strange are the events of a value on the days on which it is rare, after what is learned since a time; others says of the last
// of them what else was seen.
func (v *Value) strange(d *rules.Detection, since int64, others func(*Kept) string) cause {
	c := cause{}
	learned := func(t int64) bool { return t-since >= d.Rare.Period().Milliseconds() }
	for _, k := range v.Kept {
		if !learned(k.T) || !v.rare(k.T/day, d.Rare.Days) {
			continue
		}
		c.events = append(c.events, k)
		how := "no day before, and this is the first that is watched"
		if span := k.T/day - since/day; span > 0 {
			before, _ := slices.BinarySearch(v.Days, k.T/day)
			how = fmt.Sprintf("%d of %s, where more than %d is usual", before, days(span*day), d.Rare.Days)
		}
		c.note = fmt.Sprintf("%q was seen on %s; %s", k.Value, how, others(k))
	}
	n := len(c.events)
	if n == 0 {
		return c
	}
	c.count, c.last = n, c.events[n-1].T
	if len(v.Kept) < maxKept {
		return c
	}
	// There are more than are kept: they are counted by day, the one on which learning ends as a whole.
	count, exact := 0, true
	for _, x := range v.On {
		if learned(x.Last) {
			count += x.Seen.Count()
			exact = exact && x.Seen.Exact()
			c.last = max(c.last, x.Last)
		}
	}
	c.count = max(n, count)
	if !exact {
		c.note += "; about " + amount(float64(c.count)) + " events, counted to within 2%"
	}
	return c
}
