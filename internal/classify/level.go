package classify

import "slices"

// DefaultLevels is the order of levels, from least to most sensitive, unless the policy says otherwise.
var DefaultLevels = []string{"public", "confidential", "protected", "secret"}

// Highest returns the most sensitive level among the results, those in Also included; order runs from least to most
// sensitive. It is empty when no result has a level. A level that order does not know counts as the most sensitive.
func Highest(order []string, results ...Result) string {
	best, at := "", -1
	see := func(level string) {
		if level == "" {
			return
		}
		i := slices.Index(order, level)
		if i < 0 {
			i = len(order)
		}
		if i > at {
			best, at = level, i
		}
	}
	for _, r := range results {
		see(r.Level)
		for _, m := range r.Also {
			see(m.Level)
		}
	}
	return best
}
