package watch

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/baileydb/bailey/internal/rules"
)

// learned looks, among values of a list, for those that are new or were seen on few days.
func (g *Engine) learned(into raise, s *State, key string, among map[string]*Value) {
	l := s.Learned[key]
	d := g.byID[l.Detection]
	known := s.Known[l.Detection]
	own := ""
	switch {
	case d.First != nil:
		own = d.First.By
	case d.Rare != nil:
		own = d.Rare.By
	}
	var fresh []string
	for text, v := range among {
		if len(v.Kept) > 0 && !known.has(valueHash(key, text)) {
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
	more := func(n int) string {
		out := fmt.Sprintf("%d others were seen before", n)
		if n == 1 {
			out = "1 other was seen before"
		}
		if known != nil { // of the detection, in all its lists
			out += ", and more that are not counted any more"
		}
		return out
	}
	for _, text := range fresh {
		v := l.Values[text]
		since := l.Since
		if own == "" || own == "account" {
			since = s.since(d, v.Kept[0].Facts.Account, since)
		} // else the list learns by itself: what is first of one that was never there is not strange yet
		switch {
		case d.First != nil:
			if k := v.Kept[0]; k.T == v.First && k.T-since >= d.First.Period().Milliseconds() {
				into(g, d, cause{by: g.where(k), events: v.Kept[:1], count: 1, last: k.T, note: fmt.Sprintf("first %q in %s; %s", text, days(k.T-since), more(others(k)))})
			}
		case d.Rare != nil:
			if c := v.strange(d, since, func(k *Kept) string { return more(others(k) - v.own(k)) }); len(c.events) > 0 {
				c.by = g.where(c.events[0])
				into(g, d, c)
			}
		}
	}
}

// rate looks, among the periods that are wanted, for those in which there was more than the ones before make usual.
func (g *Engine) rate(into raise, x *Sums, d *rules.Detection, since int64, wanted func(period int64) bool) {
	per := d.Rate.Period().Milliseconds()
	began := since / per
	for _, p := range slices.Sorted(maps.Keys(x.Periods)) {
		v := x.Periods[p]
		if v.Of <= d.Rate.Over || v.Kept == nil || (p-began)*per < d.Rate.Learning().Milliseconds() || !wanted(p) {
			continue
		}
		// A baseline begins with a whole day.
		from := max(began, (p*per/day-rateDays)*day/per)
		want := x.expected(d.Rate, from, p)
		if v.Of <= want.bound {
			continue
		}
		into(g, d, cause{by: x.Key, events: []*Kept{v.Kept}, count: v.Count, last: v.Kept.T, note: fmt.Sprintf(
			"%s in %s, where %s is usual%s, give or take %s, and at most %s; learned from %s",
			amount(v.Of), d.Rate.Per, amount(want.usual), want.at, amount(want.spread), amount(max(want.bound, d.Rate.Over)), lasting((p-from)*per))})
	}
}

// lasting is a time in days or, where it is short, in hours.
func lasting(ms int64) string {
	if ms >= 2*day {
		return days(ms)
	}
	return strconv.FormatInt(ms*24/day, 10) + " hours"
}

func days(ms int64) string {
	n := ms / day
	if n == 1 {
		return "1 day"
	}
	return strconv.FormatInt(n, 10) + " days"
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
