package watch

import (
	"maps"
	"math"
	"slices"
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
	return int32(math.Float64bits(f) >> 46)
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
