package sigma

import "strings"

// pattern is a text with wildcards.
type pattern []char

// char is a character, or one of the wildcards * and ?.
type char struct {
	r    rune
	wild bool
}

// parsePattern reads a value as Sigma writes it: a backslash before *, ? or a backslash takes its meaning away, any other
// one stands for itself.
func parsePattern(text string) pattern {
	var p pattern
	in := []rune(text)
	for i := 0; i < len(in); i++ {
		switch c := in[i]; {
		case c == '\\' && i+1 < len(in) && strings.ContainsRune(`*?\`, in[i+1]):
			i++
			p = append(p, char{r: in[i]})
		default:
			p = append(p, char{r: c, wild: c == '*' || c == '?'})
		}
	}
	return p
}

// quote is a text as a pattern that means it.
func quote(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(text)
}

// String is the pattern with every backslash written twice.
func (p pattern) String() string {
	var b strings.Builder
	for _, c := range p {
		if !c.wild && strings.ContainsRune(`*?\`, c.r) {
			b.WriteByte('\\')
		}
		b.WriteRune(c.r)
	}
	return b.String()
}

// around is the pattern with anything before or after it.
func (p pattern) around(before, after bool) pattern {
	star := char{r: '*', wild: true}
	out := pattern{}
	if before && (len(p) == 0 || p[0] != star) {
		out = append(out, star)
	}
	out = append(out, p...)
	if after && (len(out) == 0 || out[len(out)-1] != star) {
		out = append(out, star)
	}
	return out
}

// literal is the text that a pattern without wildcards means.
func (p pattern) literal() (string, bool) {
	var b strings.Builder
	for _, c := range p {
		if c.wild {
			return "", false
		}
		b.WriteRune(c.r)
	}
	return b.String(), true
}

// word is a text that whatever the pattern matches holds, or empty.
func (p pattern) word() string {
	var b strings.Builder
	for _, c := range p {
		if c.wild {
			b.WriteByte(' ') // ends a word
			continue
		}
		b.WriteRune(c.r)
	}
	return word(b.String())
}
