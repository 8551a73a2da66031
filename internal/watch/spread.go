package watch

import (
	"maps"
	"math"
	"slices"

	"github.com/baileydb/bailey/internal/rules"
)

// A rate's baseline is the median of what was summed in the periods before, and the spread around it. It is taken from marks:
// a number's exponent and the first six bits behind it, so that what is usual is at most 1.6% less than it was, which errs on
// the side of a finding; whole numbers to 128 are exact. Days that are over are kept as how many periods had which mark.
//
// A t-digest would be smaller still, but what it says depends on the order in which it is filled; counts by mark are added, in
// whatever order. And a mark is cut off from the number's bits, where a logarithm is not the same to the last bit on every
// machine: one of two workers would take the mark beside it.

// mark is the one of a sum.
func mark(f float64) int32 {
	if !(f > 0) {
		return 0
	}
	return int32(math.Float64bits(f) >> 46) // 18 bits are left
}

// amountOf is the least sum of a mark.
func amountOf(m int32) float64 {
	return math.Float64frombits(uint64(m) << 46) //nolint:gosec // marks are not negative
}

// marks are how many periods had which.
type marks map[int32]int64

// weighed is an amount, and how many periods had it.
type weighed struct {
	of float64
	n  int64
}

// median is the middle of amounts in order, of n in all.
func median(list []weighed, n int64) float64 {
	left := n / 2
	for _, w := range list {
		if left < w.n {
			return w.of
		}
		left -= w.n
	}
	return 0
}

// spread is the median, and the median distance from it, scaled so that for a normal distribution it is the standard deviation.
func (m marks) spread() (usual, spread float64) {
	var list []weighed
	n := int64(0)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, weighed{amountOf(k), m[k]})
		n += m[k]
	}
	usual = median(list, n)
	for i := range list {
		list[i].of = math.Abs(list[i].of - usual)
	}
	slices.SortFunc(list, func(a, b weighed) int {
		switch {
		case a.of < b.of:
			return -1
		case a.of > b.of:
			return 1
		}
		return 0
	})
	return usual, 1.4826 * median(list, n)
}

// baseline is what is usual over the periods from a to b, those without events being 0.
func (x *Sums) baseline(per, a, b int64) (usual, spread float64) {
	m := marks{}
	some := int64(0)
	for d, of := range x.Days {
		if d < a*per/day || d >= b*per/day {
			continue
		}
		for k, n := range of {
			m[k] += n
			some += n
		}
	}
	for p, v := range x.Periods {
		if p >= a && p < b {
			m[mark(v.Of)]++
			some++
		}
	}
	if b <= a {
		return 0, 0
	}
	m[0] += max(0, b-a-some)
	return m.spread()
}

// expectation is what is usual in a period, with its spread, and how much more than that is not; at says of which periods it is.
type expectation struct {
	usual, spread, bound float64
	at                   string
}

// sames are the times before that a rate looks at by themselves: the same hour of the last days, and of the same day of the
// last weeks. What runs every night, or every Sunday, is usual then, though it is not at other times. Fewer than least of them
// say nothing.
var sames = []struct {
	step, times, least int64
	at                 string
}{{day, 7, 3, " at this hour"}, {7 * day, 4, 2, " at this hour of this day of the week"}}

// expected is what is usual in a period: by all periods from one on, by those of the same hour, and by those of the same hour
// and day of the week, whichever allows most. Jobs do not begin to the minute, so the periods beside count as the same hour.
// Periods that are shorter than an hour are not kept one by one, and are held against all alone.
func (x *Sums) expected(r *rules.Rate, from, p int64) expectation {
	per := r.Period().Milliseconds()
	of := func(usual, spread float64, at string) expectation {
		return expectation{usual: usual, spread: spread, bound: usual + r.Times()*max(spread, usual/10), at: at}
	}
	usual, spread := x.baseline(per, from, p)
	most := of(usual, spread, "")
	for _, same := range sames {
		if day/per > maxPeriods || same.step%per != 0 || same.step/per < 4 {
			continue
		}
		m := marks{}
		n := int64(0)
		for ; n < same.times; n++ {
			at := p - (n+1)*same.step/per
			if at-1 < from {
				break
			}
			sum := 0.0
			for q := at - 1; q <= at+1; q++ {
				if v := x.Periods[q]; v != nil {
					sum = max(sum, v.Of)
				}
			}
			m[mark(sum)]++
		}
		if n < same.least {
			continue
		}
		usual, spread := m.spread()
		at := same.at
		if per >= day {
			at = " on this day of the week"
		}
		if e := of(usual, spread, at); e.bound > most.bound {
			most = e
		}
	}
	return most
}
