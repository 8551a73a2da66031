// Package classify says what kind of data a column holds, and how sensitive it is, from the column's values and names.
//
// The way of a value:
//
//	set, err := classify.Load(dirs...)     // the embedded detectors, and the user's own
//	col := set.NewColumn(classify.Meta{Store: "shop", Table: "orders", Path: "note", Type: "text"})
//	col.AddString(v)                       // or Add([]byte), or AddNull(), once per row
//	results := classify.Decide(cols)       // one per column, in the same order; columns of a table see each other
//	level := classify.Highest(set.Levels(), results...)
//
// A detector is one kind of data: its level, the words that name it, the pattern of its values, the check that an exact
// value passes, and how often a random value of that pattern passes too. Detectors are data, in detectors/*.yaml; a user
// adds files of the same form.
//
// The gate is one automaton over all patterns. It reads a value once and says which detectors could match; checks run
// only on those. A column keeps the hashes of its distinct values and counts, never a value: what it remembers of an
// example is a masked shape such as 9999-99**.
//
// Decide compares the count of values that pass with what chance would give, and weighs what the names say. Its verdict
// is: the column is that type; it contains some among other text; it is possibly that, by name only; or none.
//
// The package does no I/O but reading the folders given to Load, knows no databases, and is not safe for use of one
// Column by several goroutines at once. One Set serves any number of goroutines.
package classify
