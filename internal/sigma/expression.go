package sigma

import (
	"strings"
)

// expr is what a rule looks for, before it is text.
type expr interface{ cel(b *strings.Builder) }

// and and or hold at least one operand.
type (
	and []expr
	or  []expr
	not struct{ of expr }
)

// leaf is one test of a field. equals are the texts that the field equals one of, where that is the test; words are texts
// of which an event that passes holds at least one, whatever its case.
type leaf struct {
	text   string
	field  string
	equals []string
	words  []string
	// patterns are those of a test that others of the same field can be put together with.
	patterns []pattern
	cased    bool
}

// maxText bounds the text of an expression; the compiler takes 100,000 characters.
const maxText = 90_000

func join(b *strings.Builder, list []expr, by string) {
	if len(list) == 1 {
		list[0].cel(b)
		return
	}
	b.WriteByte('(')
	for i, x := range list {
		if b.Len() > maxText {
			return
		}
		if i > 0 {
			b.WriteString(by)
		}
		x.cel(b)
	}
	b.WriteByte(')')
}

func (x and) cel(b *strings.Builder) { join(b, x, " && ") }
func (x or) cel(b *strings.Builder)  { join(b, x, " || ") }

func (x not) cel(b *strings.Builder) {
	b.WriteString("!(")
	x.of.cel(b)
	b.WriteByte(')')
}

func (x *leaf) cel(b *strings.Builder) { b.WriteString(x.text) }

func render(x expr) (string, error) {
	var b strings.Builder
	x.cel(&b)
	if b.Len() > maxText {
		return "", skip("it is longer than %d characters when it is written out", maxText)
	}
	return b.String(), nil
}

// demanded returns texts of which every event that passes meets one, or none where there are no such texts: the fewest that
// one part of an and demands, all that the parts of an or do. What is denied demands nothing.
func demanded(x expr, of func(*leaf) []string) []string {
	switch x := x.(type) {
	case *leaf:
		return of(x)
	case and:
		var best []string
		for _, part := range x {
			if list := demanded(part, of); len(list) > 0 && (best == nil || len(list) < len(best)) {
				best = list
			}
		}
		return best
	case or:
		var all []string
		seen := map[string]bool{}
		for _, part := range x {
			list := demanded(part, of)
			if len(list) == 0 {
				return nil
			}
			for _, s := range list {
				if !seen[s] {
					seen[s] = true
					all = append(all, s)
				}
			}
		}
		return all
	}
	return nil
}

func equalTo(field string) func(*leaf) []string {
	return func(l *leaf) []string {
		if !strings.EqualFold(l.field, field) {
			return nil
		}
		return l.equals
	}
}

func indexEvents(x expr) []string { return demanded(x, equalTo("eventName")) }

// indexSources are the names of services, which AWS writes in small letters.
func indexSources(x expr) []string {
	var out []string
	for _, s := range demanded(x, equalTo("eventSource")) {
		short, ok := strings.CutSuffix(strings.ToLower(s), ".amazonaws.com")
		if !ok {
			return nil
		}
		out = append(out, short)
	}
	return out
}

// maxWords bounds the texts that every record is searched for.
const maxWords = 32

// indexTexts are texts that a record holds; the name of the service is none where the index has it already.
func indexTexts(x expr, source bool) []string {
	list := demanded(x, func(l *leaf) []string {
		if source && strings.EqualFold(l.field, "eventSource") {
			return nil
		}
		return l.words
	})
	if len(list) > maxWords {
		return nil
	}
	return list
}

// word is the longest part of a text that is written the same in every JSON and that says something, or empty.
func word(literal string) string {
	best := ""
	parts := strings.FieldsFunc(literal, func(r rune) bool { return !isWord(r) && r != '.' && r != '-' })
	for _, p := range parts {
		if len(p) > len(best) && strings.ContainsFunc(p, func(r rune) bool { return r >= 'A' }) {
			best = p
		}
	}
	if len(best) < 3 || strings.EqualFold(best, "true") || strings.EqualFold(best, "false") {
		return ""
	}
	return best
}
