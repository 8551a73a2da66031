package sigma

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/strict"
)

// parser reads a condition. or binds least, then and, then not.
type parser struct {
	s     *selections
	node  *yaml.Node
	words []string
	depth int
}

var conditionWord = regexp.MustCompile(`^(?:[()|]|[^\s()|]+)`)

// maxNested bounds brackets and not within each other.
const maxNested = 32

func (s *selections) condition(n *yaml.Node) (expr, error) {
	p := &parser{s: s, node: n}
	for rest := strings.TrimSpace(n.Value); rest != ""; {
		w := conditionWord.FindString(rest)
		p.words = append(p.words, w)
		rest = strings.TrimSpace(rest[len(w):])
	}
	if slices.Contains(p.words, "|") {
		return nil, skip("its condition counts after a |, a form that Sigma has given up for correlations")
	}
	x, err := p.or()
	if err == nil && len(p.words) > 0 {
		return nil, p.fail("the condition has %q where and, or or its end was expected", p.words[0])
	}
	return x, err
}

func (p *parser) fail(format string, args ...any) error { return p.s.fail(p.node, format, args...) }

// next takes a word where it is the given one.
func (p *parser) next(word string) bool {
	if len(p.words) == 0 || !strings.EqualFold(p.words[0], word) {
		return false
	}
	p.words = p.words[1:]
	return true
}

func (p *parser) or() (expr, error) {
	x, err := p.and()
	list := or{x}
	for err == nil && p.next("or") {
		x, err = p.and()
		list = append(list, x)
	}
	return list, err
}

func (p *parser) and() (expr, error) {
	x, err := p.not()
	list := and{x}
	for err == nil && p.next("and") {
		x, err = p.not()
		list = append(list, x)
	}
	return list, err
}

func (p *parser) not() (expr, error) {
	if p.depth++; p.depth > maxNested {
		return nil, p.fail("the condition is nested more than %d deep", maxNested)
	}
	defer func() { p.depth-- }()
	switch {
	case p.next("not"):
		x, err := p.not()
		return not{x}, err
	case p.next("("):
		x, err := p.or()
		if err == nil && !p.next(")") {
			return nil, p.fail("the condition lacks a )")
		}
		return x, err
	case len(p.words) == 0:
		return nil, p.fail("the condition ends where a selection was expected")
	}
	word := p.words[0]
	p.words = p.words[1:]
	if len(p.words) > 0 && strings.EqualFold(p.words[0], "of") {
		return p.of(word)
	}
	x, ok := p.s.named[word]
	if !ok {
		return nil, p.fail("the condition names %q, which is no selection%s", word, strict.Suggest(word, p.s.order))
	}
	return x, nil
}

// of is 1 of or all of some selections.
func (p *parser) of(quantity string) (expr, error) {
	p.words = p.words[1:]
	if len(p.words) == 0 {
		return nil, p.fail("the condition ends after of")
	}
	which := p.words[0]
	p.words = p.words[1:]
	var list []expr
	for _, name := range p.s.order {
		if fits(which, name) {
			list = append(list, p.s.named[name])
		}
	}
	if len(list) == 0 {
		return nil, p.fail("no selection is %q", which)
	}
	switch strings.ToLower(quantity) {
	case "1", "any":
		return or(list), nil
	case "all":
		return and(list), nil
	}
	return nil, skip("Bailey knows 1 of and all of, not %q of", quantity)
}

// fits reports whether a selection is one of a pattern's. Names that begin with _ are only those of patterns that do.
func fits(pattern, name string) bool {
	if strings.HasPrefix(name, "_") && !strings.HasPrefix(pattern, "_") {
		return false
	}
	if strings.EqualFold(pattern, "them") {
		return true
	}
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
