package classify

import (
	"bytes"
	"unsafe"
)

// maxBytes is how much of one value is looked at.
const maxBytes = 16 << 10

// maxWhole is the longest value that can be of a type as a whole; longer ones are texts.
const maxWhole = 4 << 10

// Column gathers evidence on one column, value by value. It never keeps a value.
type Column struct {
	set     *Set
	meta    Meta
	context context

	values, nulls, blanks int
	distinct              int // distinct values looked at
	texts                 int // of these, values of six words and more
	seen                  distinct

	names  []naming
	active []bool // by form: 2*i for Value and 2*i+1 for Named of detector i
	lists  []int  // detectors with a closed list that the names speak of
	forms  []tally
	inside []tally // by detector
}

// tally counts for one form.
type tally struct {
	fit, k int    // distinct values that have the pattern, and that pass
	rows   int    // rows of values that passed and for which this form was the first
	shape  string // of the first value that passed
}

// NewColumn starts a column.
func (s *Set) NewColumn(meta Meta) *Column {
	n := len(s.detectors)
	c := &Column{
		set: s, meta: meta, context: contextOf(meta),
		names: make([]naming, n), active: make([]bool, 2*n), forms: make([]tally, 2*n), inside: make([]tally, n),
	}
	for i, d := range s.detectors {
		c.names[i] = c.context.says(d)
		named := c.names[i].strength > silent
		known := len(d.keywords) == 0 || c.mentions(d.keywords)
		c.active[2*i] = d.Value.set() && !c.names[i].excluded && known
		c.active[2*i+1] = d.Named.set() && named && !d.Property
		if len(d.values) > 0 && named {
			c.lists = append(c.lists, i)
		}
	}
	return c
}

// mentions says whether one of the keywords stands in the column's names.
func (c *Column) mentions(keywords []term) bool {
	for _, t := range keywords {
		for _, name := range []phrase{c.context.column, c.context.path, c.context.table, c.context.comment} {
			if t.in(name) {
				return true
			}
		}
	}
	return false
}

// AddNull counts a row without a value.
func (c *Column) AddNull() {
	c.values++
	c.nulls++
}

// AddString is Add for a string, without copying it.
func (c *Column) AddString(value string) {
	c.Add(unsafe.Slice(unsafe.StringData(value), len(value))) //nolint:gosec // Add does not write to it
}

// Add looks at one value. It does not keep or change the slice.
func (c *Column) Add(value []byte) {
	c.values++
	v := trim(value)
	if len(v) <= 4 && isBlank(v) {
		c.blanks++
		return
	}
	if len(v) > maxBytes {
		v = v[:maxBytes]
	}
	h := hash(v)
	slot, seen := c.seen.at(h)
	if seen {
		if note := c.seen.notes[slot]; note > 0 {
			c.forms[note-1].rows++
		}
		return
	}
	c.distinct++
	c.seen.put(slot, h, c.look(v))
}

func trim(v []byte) []byte {
	for len(v) > 0 && kindOf[v[0]]&isSpace != 0 {
		v = v[1:]
	}
	for len(v) > 0 && kindOf[v[len(v)-1]]&isSpace != 0 {
		v = v[:len(v)-1]
	}
	return v
}

// isBlank: what people and programs write for no value.
func isBlank(v []byte) bool {
	switch string(v) {
	case "", "-", "--", "_", "?", ".", "NA", "N/A", "n/a", "na", "nan", "NaN", "NULL", "null", "None", "none", "nil", `\N`, "#N/A":
		return true
	}
	return false
}

// look runs the gate and the checks on a value that is new, and returns the first form that passed plus one, or zero.
func (c *Column) look(v []byte) uint16 {
	// Integers that went through a floating point column end in ".0".
	if n := len(v); n > 2 && v[n-1] == '0' && v[n-2] == '.' && digitByte(v[n-3]) && bytes.IndexByte(v, '.') == n-2 {
		v = v[:n-2]
	}
	kinds, spaces := uint16(0), 0
	for _, b := range v {
		k := kindOf[b]
		kinds |= k
		if k == isSpace {
			spaces++
		}
	}
	if spaces >= 5 {
		c.texts++
	}
	note, certain := uint16(0), false
	if len(v) <= maxWhole {
		for _, form := range c.set.whole.whole(v) {
			if !c.active[form] {
				continue
			}
			d := c.set.detectors[form/2]
			f := &d.Value
			if form&1 == 1 {
				f = &d.Named
			}
			t := &c.forms[form]
			t.fit++
			if f.check != nil && !f.check(v) || d.Entropy > 0 && entropy(v) < d.Entropy {
				continue
			}
			c.pass(t, v)
			certain = certain || f.Rate < 0.2
			if note == 0 || c.names[form/2].strength > c.names[(note-1)/2].strength {
				note = form + 1
			}
		}
	}
	for _, i := range c.lists {
		t := &c.forms[2*i+1]
		t.fit++
		if c.set.detectors[i].values.has(v) {
			c.pass(t, v)
			if note == 0 {
				note = uint16(2*i + 2) //nolint:gosec // there are a few hundred detectors
			}
		}
	}
	if note > 0 {
		c.forms[note-1].rows++
	}
	const separators = isSpace | isColon | isAt | isDot | isOther
	if !certain && len(v) > 8 && kinds&separators != 0 && (kinds&(isDigit|isAt|isColon) != 0 || len(v) >= 64) && kinds&(isUpper|isLower|isSpace) != 0 {
		c.search(v)
	}
	return note
}

func (c *Column) pass(t *tally, v []byte) {
	t.k++
	if t.shape == "" {
		t.shape = mask(v)
	}
}

// search looks for parts of a text. A text counts once per type.
func (c *Column) search(v []byte) {
	var tried, done [8]uint64 // one bit per detector whose pattern, and whose check, this text has passed
	c.set.inside.scan(v, func(i uint16, at span) bool {
		d := c.set.detectors[i]
		part := v[at.from:at.to]
		t := &c.inside[i]
		word, bit := min(int(i/64), len(done)-1), uint64(1)<<(i%64)
		if tried[word]&bit == 0 {
			tried[word] |= bit
			t.fit++
		}
		if d.Inside.check != nil && !d.Inside.check(part) || d.Entropy > 0 && entropy(part) < d.Entropy {
			return false
		}
		if done[word]&bit == 0 {
			done[word] |= bit
			c.pass(t, part)
		}
		return true
	})
}
