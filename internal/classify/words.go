package classify

import (
	"slices"
	"strings"
	"unicode"
)

// phrase is a name's words in order.
type phrase []string

// term is a phrase to look for, and the same written as one word.
type term struct{ written, joined string }

func newTerm(p phrase) term { return term{strings.Join(p, " "), strings.Join(p, "")} }

// letters that other languages add to the alphabet, as names are written without them.
var plain = strings.NewReplacer("ä", "a", "á", "a", "à", "a", "â", "a", "ã", "a", "å", "a", "ç", "c", "é", "e", "è", "e", "ê", "e",
	"ë", "e", "í", "i", "î", "i", "ï", "i", "ì", "i", "ñ", "n", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ò", "o", "ø", "o", "ú", "u",
	"ü", "u", "ù", "u", "û", "u", "ß", "ss", "ł", "l", "ś", "s", "ż", "z", "ź", "z", "ę", "e", "ą", "a", "ć", "c", "ń", "n", "æ", "ae")

// tokens splits a name written in snake case, kebab case, camel case or with spaces into lower case words without accents;
// digits at a word's end are dropped.
func tokens(name string) phrase {
	var out phrase
	var word []rune
	flush := func() {
		if len(word) == 0 {
			return
		}
		w := plain.Replace(strings.ToLower(string(word)))
		if trimmed := strings.TrimRight(w, "0123456789"); len(trimmed) > 1 {
			w = trimmed
		}
		out = append(out, w)
		word = word[:0]
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && len(word) > 0:
			after := unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])
			// The last capital of a run starts the next word: SSNNumber. Plurals such as IDs do not.
			before := unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) &&
				(runes[i+1] != 's' || i+2 < len(runes) && unicode.IsLower(runes[i+2]))
			if after || before {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return out
}

// in says whether the term's words stand in the name, one after the other or written as one word, or as its plural.
func (t term) in(name phrase) bool {
	for i := range name {
		if last, ok := strings.CutSuffix(name[i], "s"); ok && last == t.joined {
			return true
		}
		rest := t.joined
		for _, word := range name[i:] {
			var ok bool
			if rest, ok = strings.CutPrefix(rest, word); !ok {
				break
			}
			if rest == "" {
				return true
			}
		}
	}
	return false
}

func anyIn(terms []term, name phrase) (string, bool) {
	for _, t := range terms {
		if t.in(name) {
			return t.written, true
		}
	}
	return "", false
}

// strength says how clearly names point to a type.
type strength int

const (
	silent strength = iota
	hint            // it may be
	strong          // the name says so
)

// naming is what the names around a column say of one detector.
type naming struct {
	strength strength
	evidence string
	excluded bool
}

// context holds the names around a column as words.
type context struct {
	column  phrase // the last part of the path
	path    phrase // the parts before it
	table   phrase
	comment phrase
	target  phrase // the column that a foreign key points to
	typ     string // the first word of the column's type, in lower case
}

func contextOf(m Meta) context {
	parts := strings.FieldsFunc(m.Path, func(r rune) bool { return r == '[' || r == ']' })
	path := strings.Join(parts, "")
	last := path
	before := ""
	// A dot separates attributes, unless what follows it is not a name: "E.Mail" is one.
	if i := strings.LastIndexByte(path, '.'); i >= 0 && i+1 < len(path) {
		before, last = path[:i], path[i+1:]
	}
	c := context{column: tokens(last), path: tokens(before), table: tokens(m.Table), comment: tokens(m.Comment)}
	c.typ = strings.ToLower(strings.TrimSpace(m.Type))
	if i := strings.IndexFunc(c.typ, func(r rune) bool { return r == '(' || unicode.IsSpace(r) }); i > 0 {
		c.typ = c.typ[:i]
	}
	if i := strings.LastIndexByte(m.References, '.'); i >= 0 {
		c.target = tokens(m.References[i+1:])
	}
	if len(c.path) > 0 && len(c.path) < 4 {
		// "address.street" says both.
		c.path = append(c.path, c.column...)
	}
	return c
}

// says weighs the names for one detector, the column's own before all others.
func (c *context) says(d *Detector) naming {
	if c.typ == "bool" || c.typ == "boolean" || c.typ == "bit" {
		return naming{excluded: true, evidence: c.typ}
	}
	if slices.Contains(d.Types, c.typ) {
		return naming{strength: strong, evidence: "the type is " + c.typ}
	}
	if word, ok := anyIn(d.except, c.column); ok {
		return naming{excluded: true, evidence: word}
	}
	if word, ok := anyIn(d.names, c.column); ok {
		return naming{strength: strong, evidence: "the name says " + word}
	}
	if word, ok := anyIn(d.names, c.target); ok {
		return naming{strength: strong, evidence: "it refers to a column whose name says " + word}
	}
	if len(c.path) > 0 {
		if _, out := anyIn(d.except, c.path); !out {
			if word, ok := anyIn(d.names, c.path); ok {
				return naming{strength: hint, evidence: "the path says " + word}
			}
		}
	}
	if word, ok := anyIn(d.hints, c.column); ok {
		if of, ok := anyIn(d.tables, c.table); ok {
			return naming{strength: strong, evidence: "the name hints at it with " + word + ", in a table of " + of}
		}
		return naming{strength: hint, evidence: "the name hints at it with " + word}
	}
	if word, ok := anyIn(d.names, c.comment); ok {
		return naming{strength: hint, evidence: "the comment says " + word}
	}
	return naming{}
}
