package rules

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// pattern is a regular expression, and texts of which whatever it matches has one: most events have none of them, and looking
// for a text takes a tenth of the time. Where there are none, nothing is known of what it matches.
type pattern struct {
	re    *regexp.Regexp
	texts []string
}

// maxTexts is how many texts are looked for before the expression itself is faster.
const maxTexts = 4

func newPattern(s string) (*pattern, error) {
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re}
	if tree, err := syntax.Parse(s, syntax.Perl); err == nil { // as Compile reads it
		if p.texts = demanded(tree); len(p.texts) > maxTexts {
			p.texts = nil
		}
	}
	return p, nil
}

func (p *pattern) match(s string) bool {
	if len(p.texts) > 0 && !slices.ContainsFunc(p.texts, func(t string) bool { return strings.Contains(s, t) }) {
		return false
	}
	return p.re.MatchString(s)
}

// demanded are texts of which whatever an expression matches has one, as long as can be; nil where that is not known.
func demanded(re *syntax.Regexp) []string {
	switch {
	case re.Op == syntax.OpLiteral:
		// What is not UTF-8 matches as the replacement character, which it is not.
		if re.Flags&syntax.FoldCase == 0 && !slices.Contains(re.Rune, utf8.RuneError) {
			return []string{string(re.Rune)}
		}
	case re.Op == syntax.OpCapture, re.Op == syntax.OpPlus, re.Op == syntax.OpRepeat && re.Min > 0:
		return demanded(re.Sub[0])
	case re.Op == syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if texts := demanded(sub); shortestOf(texts) > shortestOf(best) {
				best = texts
			}
		}
		return best
	case re.Op == syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			texts := demanded(sub)
			if len(texts) == 0 {
				return nil
			}
			all = append(all, texts...)
		}
		return all
	}
	return nil
}

func shortestOf(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	return len(slices.MinFunc(texts, func(a, b string) int { return len(a) - len(b) }))
}
