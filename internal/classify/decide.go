package classify

import (
	"cmp"
	"fmt"
	"slices"
)

// How improbable by chance the passing values have to be, by what the names say. Without a name every column meets every
// detector, so the bound leaves room for thousands of columns.
const (
	chanceUnnamed  = 1e-7
	chanceHinted   = 1e-3
	chanceContains = 0.03
)

// looseRate is the pass rate from which on values alone prove nothing however many pass: numbers that people hand out
// in sequence are not random.
const looseRate = 0.3

// Shares of a column's distinct values that have to pass where a detector's form gives none.
const (
	shareUnnamed = 0.7
	shareNamed   = 0.5
)

// maxAlso is how many further types a result lists.
const maxAlso = 8

// Decide gives one verdict per column, in the order given. Columns of the same Store and Table are evidence for each
// other.
func Decide(columns []*Column) []Result {
	found := make([][]candidate, len(columns))
	tables := map[[2]string][]int{}
	for i, c := range columns {
		found[i] = c.candidates()
		key := [2]string{c.meta.Store, c.meta.Table}
		tables[key] = append(tables[key], i)
	}
	for _, table := range tables {
		for _, i := range table {
			columns[i].weighSiblings(i, table, columns, found)
		}
	}
	out := make([]Result, len(columns))
	for i, c := range columns {
		out[i] = c.result(found[i])
	}
	return out
}

// candidate is a match with what is needed to compare it.
type candidate struct {
	Match
	detector *Detector
	index    int
	strength strength
	rate     float64
	waits    bool // a sibling would make it Is
}

func rank(v Verdict) int {
	return slices.Index([]Verdict{None, Possible, Contains, Is}, v)
}

// candidates judges every detector by this column alone.
func (c *Column) candidates() []candidate {
	var out []candidate
	for i, d := range c.set.detectors {
		if c.names[i].excluded && c.inside[i].k == 0 || d.Property {
			continue
		}
		if m, ok := c.judge(i); ok {
			out = append(out, m)
		}
	}
	return out
}

// judge weighs one detector.
func (c *Column) judge(i int) (candidate, bool) {
	d, name := c.set.detectors[i], c.names[i]
	m := candidate{detector: d, index: i, strength: name.strength, Match: Match{
		Verdict: None, Type: d.Name, Title: d.Title, Category: d.category, Level: d.Level, N: c.distinct, Chance: 1,
	}}
	if name.strength > silent {
		m.Evidence = append(m.Evidence, name.evidence)
	}
	best := m
	for odd := range 2 {
		form := &d.Value
		if odd == 1 {
			form = &d.Named
		}
		if t := &c.forms[2*i+odd]; t.fit > 0 {
			if one := c.weigh(m, form, t, odd == 1); better(one, best) {
				best = one
			}
		}
	}
	if rank(best.Verdict) < rank(Contains) {
		if one := c.weighInside(m); better(one, best) {
			best = one
		}
	}
	if best.Verdict == None && name.strength == strong && c.distinct == 0 {
		best.Verdict, best.Confidence = Possible, 0.3
		best.Evidence = append(best.Evidence, "there is no value to look at")
	}
	return best, best.Verdict != None || best.waits
}

func better(a, b candidate) bool {
	return cmp.Or(cmp.Compare(rank(a.Verdict), rank(b.Verdict)), cmp.Compare(a.Confidence, b.Confidence)) > 0 || a.waits && b.Verdict == None
}

// share is the part that k of the column's values are, by distinct values or by rows, whichever is more: a column with
// a few hundred typing errors in a hundred thousand rows is still of its type.
func (c *Column) share(t *tally) float64 {
	full := c.values - c.nulls - c.blanks
	return max(float64(t.k)/float64(max(1, c.distinct)), float64(t.rows)/float64(max(1, full)))
}

// weigh judges whole values by one form.
func (c *Column) weigh(m candidate, form *Form, t *tally, named bool) candidate {
	d := m.detector
	m.Fit, m.K, m.Shape, m.rate = t.fit, t.k, t.shape, max(form.Rate, 1e-6)
	trials := t.fit
	if form.check == nil {
		trials = c.distinct // the pattern is all there is, and all values could have had it
	}
	m.Chance = binomialTail(t.k, trials, m.rate)
	share := c.share(t)
	need := form.Share
	if need == 0 {
		need = shareUnnamed
		if m.strength > silent {
			need = shareNamed
		}
	}
	if named && m.strength == strong && d.ClearShare > 0 {
		need = d.ClearShare
	}
	if share < need {
		return c.weighPartly(m, form, t, need, named)
	}
	agree := fmt.Sprintf("%d of %d distinct values pass", t.k, c.distinct)
	switch m.strength {
	case strong:
		m.Verdict, m.Confidence = Is, 0.9+0.09*min(1, share)
		if m.Chance > chanceHinted {
			m.Confidence = 0.75
		}
	case hint:
		if m.Chance > chanceHinted || m.rate > looseRate {
			return m
		}
		m.Verdict, m.Confidence = Is, 0.8+0.1*min(1, share)
	default:
		if m.Chance > chanceUnnamed || m.rate > looseRate && len(d.names) > 0 && share < 0.95 {
			return m
		}
		m.Verdict, m.Confidence = Is, 0.7+0.15*min(1, share)
	}
	if d.NameOnly && named {
		if m.strength != strong {
			m.Verdict = None
			return m
		}
		m.Verdict, m.Confidence = Possible, 0.5
		agree += ", as values of many other kinds would"
	}
	m.Evidence = append(slices.Clone(m.Evidence), agree)
	return m
}

// weighPartly judges values of which too few pass. Where the name is clear and the values have the form of numbers with
// a checksum, they are taken for made up, masked or test numbers of that type.
func (c *Column) weighPartly(m candidate, form *Form, t *tally, need float64, named bool) candidate {
	d := m.detector
	fit := float64(t.fit) / float64(max(1, c.distinct))
	switch {
	case m.strength == strong && !d.NameOnly && d.Random.Shape != "" && form.check != nil && fit >= 0.8:
		m.Verdict, m.Confidence = Is, 0.6
		m.Evidence = append(slices.Clone(m.Evidence), fmt.Sprintf(
			"%d of %d distinct values have the form, but only %d pass the check: made up, masked or test numbers", t.fit, c.distinct, t.k))
	case m.strength == strong && !d.NameOnly && form.check != nil && (m.Chance < chanceHinted || c.share(t) > need/2):
		m.Verdict, m.Confidence = Possible, 0.4
		m.Evidence = append(slices.Clone(m.Evidence), fmt.Sprintf("only %d of %d distinct values pass", t.k, c.distinct))
	case named && m.strength == hint && len(d.Siblings) > 0 && m.Chance < chanceHinted && c.share(t) > need/2:
		m.waits, m.Confidence = true, 0.8
		m.Evidence = append(slices.Clone(m.Evidence), fmt.Sprintf("%d of %d distinct values pass", t.k, c.distinct))
	case !named && d.Inside.set() && t.k > 0 && form.Rate < looseRate && m.Chance < chanceHinted &&
		binomialTail(t.k, c.distinct, m.rate) < chanceHinted && d.mostlyPass(t):
		m.Verdict, m.Confidence = Contains, 0.7
		m.Evidence = append(slices.Clone(m.Evidence), fmt.Sprintf("%d of %d distinct values pass, the others are something else", t.k, c.distinct))
	}
	return m
}

// weighInside judges parts of texts.
func (c *Column) weighInside(m candidate) candidate {
	d, t := m.detector, &c.inside[m.index]
	if t.k == 0 {
		return m
	}
	form := &d.Inside
	m.Fit, m.K, m.Shape, m.rate = t.fit, t.k, t.shape, max(form.Rate, 1e-12)
	m.Chance = binomialTail(t.k, c.distinct, m.rate)
	if form.check != nil && d.Random.Shape != "" {
		// What counts is not how many texts there are but how many numbers of that form, and that more of them pass than
		// the check lets through.
		m.Chance = binomialTail(t.k, t.fit, d.Value.Rate)
	}
	if m.Chance > chanceContains || !d.mostlyPass(t) || float64(t.k) < form.Share*float64(c.distinct) {
		return m
	}
	m.Verdict, m.Confidence = Contains, 0.8
	if float64(t.k) >= 0.8*float64(c.distinct) && m.strength == strong {
		m.Verdict, m.Confidence = Is, 0.8
	}
	m.Evidence = append(slices.Clone(m.Evidence), fmt.Sprintf("%d of %d distinct values contain one", t.k, c.distinct))
	return m
}

// mostlyPass guards against numbers that are not random: all that begin with the same digits pass a check together more
// often than random ones do, up to the rate of the bare sum, one in ten. A value or two of the type among many such
// numbers cannot be told from them.
func (d *Detector) mostlyPass(t *tally) bool {
	return d.Random.Shape == "" || 2*t.k >= t.fit || binomialTail(t.k, t.fit, 0.12) < chanceUnnamed
}

// weighSiblings uses what the other columns of the table are.
func (c *Column) weighSiblings(self int, table []int, columns []*Column, found [][]candidate) {
	for at := range found[self] {
		m := &found[self][at]
		d := m.detector
		sibling, ok := siblingOf(d, self, table, found)
		switch {
		case ok && (m.waits && m.Verdict == None || d.NameOnly && m.Verdict == Possible):
			m.Verdict, m.Confidence = Is, max(m.Confidence, 0.8)
			m.Evidence = append(m.Evidence, "the table has a column of the type "+sibling+" too")
		case !ok && d.NeedsSibling && m.Verdict == Is:
			m.Verdict, m.Confidence = Possible, 0.5
			m.Evidence = append(m.Evidence, "nothing in the table says that it is about people")
		}
		if len(d.Pair) == 2 && m.Verdict == Is && c.forms[2*m.index].k == 0 {
			half, other := c.half(d), false
			for _, i := range table {
				h := columns[i].half(d)
				other = other || i != self && h >= 0 && h != half
			}
			switch {
			case half < 0:
			case other:
				m.Evidence = append(m.Evidence, "the table holds the other half of the pair")
			default:
				m.Verdict, m.Confidence = Possible, 0.4
				m.Evidence = append(m.Evidence, "the other half of the pair is not in the table")
			}
		}
	}
	found[self] = slices.DeleteFunc(found[self], func(m candidate) bool { return m.Verdict == None })
}

func siblingOf(d *Detector, self int, table []int, found [][]candidate) (string, bool) {
	for _, i := range table {
		if i == self {
			continue
		}
		for _, m := range found[i] {
			if rank(m.Verdict) >= rank(Contains) && slices.Contains(d.Siblings, m.Type) {
				return m.Title, true
			}
		}
	}
	return "", false
}

// half says which half of a pair the column's name is, or -1.
func (c *Column) half(d *Detector) int {
	for i := range d.pair {
		if _, ok := anyIn(d.pair[i], c.context.column); ok {
			return i
		}
	}
	return -1
}

// result orders the matches and keeps those that say something of their own.
func (c *Column) result(found []candidate) Result {
	r := Result{
		Meta: c.meta, Match: Match{Verdict: None, N: c.distinct, Chance: 1},
		Values: c.values, Nulls: c.nulls + c.blanks, Distinct: c.distinct,
		FreeText: c.distinct > 0 && 2*c.texts >= c.distinct && 2*c.distinct >= c.values-c.nulls-c.blanks,
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(
			-cmp.Compare(rank(a.Verdict), rank(b.Verdict)), -cmp.Compare(a.strength, b.strength),
			-cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.rate, b.rate), cmp.Compare(a.Type, b.Type),
		)
	})
	for i, m := range found {
		switch {
		case i == 0:
			r.Match = m.Match
		case len(r.Also) == maxAlso:
		case m.Verdict == Contains && r.Verdict != Is,
			m.Verdict == Contains && found[0].detector.Inside.set() && r.FreeText,
			m.Verdict == Is && m.strength == strong,
			m.Verdict == Is && found[0].strength == silent:
			r.Also = append(r.Also, m.Match)
		}
	}
	// What else is inside may be more sensitive than what the column mostly is.
	if highest := Highest(c.set.levels, r); highest != r.Level {
		i := slices.IndexFunc(r.Also, func(m Match) bool { return m.Level == highest })
		r.Level = highest
		r.Evidence = append(slices.Clip(r.Evidence), fmt.Sprintf("%s as it %s %s too", highest, r.Also[i].Verdict, r.Also[i].Title))
	}
	return r
}
