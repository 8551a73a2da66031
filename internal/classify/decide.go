package classify

// Decide gives one verdict per column, in the order given. Columns of the same Store and Table are evidence for each
// other.
func Decide(columns []*Column) []Result {
	out := make([]Result, len(columns))
	for i, c := range columns {
		out[i] = Result{Meta: c.meta, Match: Match{Verdict: None, Chance: 1}, Values: c.values, Nulls: c.nulls}
	}
	return out
}
