package classify

// Verdict says how sure a column is of a type.
type Verdict string

// The verdicts, from least to most.
const (
	None     Verdict = "none"     // ordinary, as far as anyone can tell
	Possible Verdict = "possible" // the name says so and no value can confirm it
	Contains Verdict = "contains" // text with some values of the type inside
	Is       Verdict = "is"       // the column's values are of the type
)

// Meta is what is known of a column before its first value. All but Path may be empty.
type Meta struct {
	Store   string // the database or account: "postgres://host/shop"
	Table   string // the table, or the file
	Path    string // the column, or the attribute's path with dots: "address.street", "lines[].note"
	Type    string // the SQL or document type, as the store writes it: "varchar(20)", "S"
	Comment string // the column's comment in the store's own dictionary
	// References is the target of the foreign key on this column: "customers.email", empty when there is none.
	References string
}

// Match is one type that a column may hold, with the evidence for it.
type Match struct {
	Verdict  Verdict `json:"verdict"`
	Type     string  `json:"type"`  // the detector's name
	Title    string  `json:"title"` // the same for people
	Category string  `json:"category"`
	Level    string  `json:"level"`
	// N is the number of distinct values looked at, K how many of them passed, Fit how many had the pattern at all.
	N   int `json:"n"`
	Fit int `json:"fit"`
	K   int `json:"k"`
	// Chance is the probability that K or more of the values that fit would pass if they were random; 1 when no value
	// says anything.
	Chance float64 `json:"chance"`
	// Confidence runs from 0 to 1 and orders matches; it is not a probability that was measured.
	Confidence float64 `json:"confidence"`
	// Evidence is one sentence per reason, without any value in it.
	Evidence []string `json:"evidence"`
	// Shape is a masked example: digits as 9, letters as a or A, most of the rest as *.
	Shape string `json:"shape,omitempty"`
}

// Result is the verdict on one column. The embedded Match is the strongest one; with Verdict None its Type is empty.
type Result struct {
	Meta Meta `json:"-"`
	Match
	// Also holds further types found in the same column, strongest first.
	Also []Match `json:"also,omitempty"`
	// Values and Nulls count what was added; Distinct is Values without repetitions, exact up to maxDistinct.
	Values   int `json:"values"`
	Nulls    int `json:"nulls"`
	Distinct int `json:"distinct"`
	// FreeText says that the values are sentences, in which anything may be written tomorrow.
	FreeText bool `json:"free_text"`
}
