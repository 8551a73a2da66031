package expression

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parser reads tokens; names resolves #placeholders.
type parser struct {
	tokens []token
	names  map[string]string
	depth  int
}

func newParser(s string, names map[string]string) (*parser, error) {
	tokens, err := scan(s)
	return &parser{tokens: tokens, names: names}, err
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) sign(s string) bool {
	if t := p.peek(); t.kind == sign && t.text == s {
		p.next()
		return true
	}
	return false
}

func (p *parser) keyword(s string) bool {
	if p.peek().is(s) {
		p.next()
		return true
	}
	return false
}

func (p *parser) fail(want string) error {
	t := p.peek()
	if t.kind == end {
		return fmt.Errorf("at the end: %s is expected", want)
	}
	return fmt.Errorf("at %d: %s is expected, not %q", t.at, want, t.text)
}

func (p *parser) expect(s string) error {
	if !p.sign(s) {
		return p.fail(s)
	}
	return nil
}

func (p *parser) finish() error {
	if p.peek().kind != end {
		return p.fail("the end")
	}
	return nil
}

// ParseCondition reads a condition. Names are the request's ExpressionAttributeNames.
func ParseCondition(s string, names map[string]string) (Condition, error) {
	p, err := newParser(s, names)
	if err != nil {
		return nil, err
	}
	c, err := p.or()
	if err != nil {
		return nil, err
	}
	return c, p.finish()
}

// ParsePaths reads a projection.
func ParsePaths(s string, names map[string]string) ([]Path, error) {
	p, err := newParser(s, names)
	if err != nil {
		return nil, err
	}
	var paths []Path
	for {
		path, err := p.path()
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
		if !p.sign(",") {
			return paths, p.finish()
		}
	}
}

func (p *parser) or() (Condition, error) {
	if p.depth++; p.depth > 300 { // DynamoDB takes 300 operators
		return nil, fmt.Errorf("at %d: the expression is nested too deep", p.peek().at)
	}
	defer func() { p.depth-- }()
	c, err := p.and()
	for err == nil && p.keyword("OR") {
		var d Condition
		d, err = p.and()
		c = Or{c, d}
	}
	return c, err
}

func (p *parser) and() (Condition, error) {
	c, err := p.not()
	for err == nil && p.keyword("AND") {
		var d Condition
		d, err = p.not()
		c = And{c, d}
	}
	return c, err
}

func (p *parser) not() (Condition, error) {
	if p.keyword("NOT") {
		if p.depth++; p.depth > 300 {
			return nil, fmt.Errorf("at %d: the expression is nested too deep", p.peek().at)
		}
		defer func() { p.depth-- }()
		c, err := p.not()
		return Not{c}, err
	}
	if p.sign("(") {
		c, err := p.or()
		if err != nil {
			return nil, err
		}
		return c, p.expect(")")
	}
	return p.primary()
}

// calls are the functions that are conditions, with the number of their operands.
var calls = map[string]int{"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2}

func (p *parser) primary() (Condition, error) {
	if t := p.peek(); t.kind == word && len(p.tokens) > 1 && p.tokens[1].text == "(" && t.text != "size" {
		return p.call()
	}
	x, err := p.operand()
	if err != nil {
		return nil, err
	}
	switch t := p.peek(); {
	case p.keyword("BETWEEN"):
		low, err := p.operand()
		if err != nil {
			return nil, err
		}
		if !p.keyword("AND") {
			return nil, p.fail("AND")
		}
		high, err := p.operand()
		return Between{x, low, high}, err
	case p.keyword("IN"):
		if err := p.expect("("); err != nil {
			return nil, err
		}
		list, err := p.operands()
		return In{x, list}, err
	case t.kind == sign && slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, t.text):
		p.next()
		y, err := p.operand()
		return Compare{t.text, x, y}, err
	default:
		return nil, p.fail("a comparison")
	}
}

func (p *parser) call() (Condition, error) {
	t := p.next()
	n, ok := calls[t.text] // functions are written in lower case
	if !ok {
		return nil, fmt.Errorf("at %d: there is no function %s", t.at, t.text)
	}
	p.next()
	args, err := p.operands()
	if err != nil {
		return nil, err
	}
	if len(args) != n {
		return nil, fmt.Errorf("at %d: %s takes %d operands, not %d", t.at, t.text, n, len(args))
	}
	if _, isPath := args[0].(Path); !isPath && strings.HasPrefix(t.text, "attribute_") {
		return nil, fmt.Errorf("at %d: %s takes an attribute", t.at, t.text)
	}
	return Call{t.text, args}, nil
}

// operands reads a list up to its closing parenthesis.
func (p *parser) operands() ([]Operand, error) {
	var list []Operand
	for {
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		list = append(list, o)
		if !p.sign(",") {
			return list, p.expect(")")
		}
	}
}

func (p *parser) operand() (Operand, error) {
	t := p.peek()
	if t.kind == value {
		p.next()
		return Placeholder(t.text), nil
	}
	if t.kind == word && t.text == "size" && len(p.tokens) > 1 && p.tokens[1].text == "(" {
		p.next()
		p.next()
		path, err := p.path()
		if err != nil {
			return nil, err
		}
		return Size{path}, p.expect(")")
	}
	return p.path()
}

var keywords = []string{"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}

func (p *parser) path() (Path, error) {
	first, text, err := p.name()
	path := Path{Text: text, Top: first}
	for err == nil {
		switch {
		case p.sign("."):
			var step string
			step, text, err = p.name()
			path.Text += "." + text
			path.Steps = append(path.Steps, Step{Name: step})
		case p.sign("["):
			t := p.next()
			n, bad := strconv.Atoi(t.text)
			if t.kind != number || bad != nil {
				return Path{}, fmt.Errorf("at %d: an index is expected, not %q", t.at, t.text)
			}
			path.Text += "[" + t.text + "]"
			path.Steps = append(path.Steps, Step{Index: n})
			err = p.expect("]")
		default:
			return path, nil
		}
	}
	return Path{}, err
}

// name reads one step's name and how it is written.
func (p *parser) name() (resolved, text string, err error) {
	t := p.peek()
	switch {
	case t.kind == name:
		resolved, ok := p.names[t.text]
		if !ok || resolved == "" {
			return "", "", fmt.Errorf("at %d: %s is not among the request's ExpressionAttributeNames", t.at, t.text)
		}
		p.next()
		return resolved, t.text, nil
	case t.kind == word && !slices.ContainsFunc(keywords, t.is):
		p.next()
		return t.text, t.text, nil
	default:
		return "", "", p.fail("an attribute's name")
	}
}
