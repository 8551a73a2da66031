package sigma

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// selections are the search identifiers of one rule.
type selections struct {
	rule  *rule
	named map[string]expr
	order []string
	size  int // of the texts so far
}

func (s *selections) fail(n *yaml.Node, format string, args ...any) error {
	return fail(s.rule.head, n, format, args...)
}

// read reads the selections and the condition.
func (s *selections) read(n *yaml.Node) (expr, error) {
	var condition *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		switch key {
		case "condition":
			condition = value
			continue
		case "timeframe":
			return nil, skip("it counts with timeframe, a form that Sigma has given up for correlations")
		}
		x, err := s.selection(value)
		if err != nil {
			return nil, err
		}
		s.named[key] = x
		s.order = append(s.order, key)
	}
	if condition == nil {
		return nil, s.fail(n, "condition is missing")
	}
	list := []*yaml.Node{condition}
	if condition.Kind == yaml.SequenceNode {
		list = condition.Content
	}
	var any or
	for _, c := range list {
		if c.Kind != yaml.ScalarNode {
			return nil, s.fail(c, "a condition is a text")
		}
		x, err := s.condition(c)
		if err != nil {
			return nil, err
		}
		any = append(any, x)
	}
	if len(any) == 0 {
		return nil, s.fail(condition, "condition is empty")
	}
	return any, nil
}

// selection is a map of which all holds, or a list of which any does: of maps, or of keywords.
func (s *selections) selection(n *yaml.Node) (expr, error) {
	switch n.Kind {
	case yaml.MappingNode:
		var all and
		for i := 0; i+1 < len(n.Content); i += 2 {
			x, err := s.field(n.Content[i], n.Content[i+1])
			if err != nil {
				return nil, err
			}
			all = append(all, x)
		}
		if len(all) == 0 {
			return nil, s.fail(n, "a selection is empty")
		}
		return all, nil
	case yaml.SequenceNode:
		var any or
		for _, item := range n.Content {
			x, err := s.selection(item)
			if err != nil {
				return nil, err
			}
			any = append(any, x)
		}
		if len(any) == 0 {
			return nil, s.fail(n, "a selection is empty")
		}
		return any, nil
	default:
	}
	if n.Tag == "!!null" {
		return nil, s.fail(n, "a selection is empty")
	}
	v, err := s.value(n)
	if err != nil {
		return nil, err
	}
	return s.keyword(v, false)
}

// keyword looks for a text in the whole event.
func (s *selections) keyword(v value, cased bool) (expr, error) {
	if s.rule.log != cloudtrail {
		return nil, skip("it looks for keywords, for which Bailey keeps no line of %s logs", s.rule.log.name)
	}
	return likes("", []pattern{parsePattern(v.text).around(true, true)}, cased), nil
}

// value is one value of a field.
type value struct {
	text string
	null bool
	node *yaml.Node
}

func (s *selections) value(n *yaml.Node) (value, error) {
	v := value{text: n.Value, node: n}
	if n.Kind != yaml.ScalarNode {
		return v, s.fail(n, "a value is a text, a number, true, false or null")
	}
	switch n.Tag {
	case "!!null":
		v.null = true
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			v.text = strconv.FormatBool(b)
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			v.text = strconv.FormatInt(i, 10)
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil {
			v.text = strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	return v, nil
}

func (s *selections) values(n *yaml.Node) ([]value, error) {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	if len(list) == 0 {
		return nil, s.fail(n, "the list of values is empty")
	}
	var out []value
	for _, x := range list {
		v, err := s.value(x)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// field is one test: a field with modifiers, and its values.
func (s *selections) field(key, n *yaml.Node) (expr, error) {
	values, err := s.values(n)
	if err != nil {
		return nil, err
	}
	name, mods, _ := strings.Cut(key.Value, "|")
	m, err := s.modifiers(key, mods)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return s.keywords(key, m, values)
	}
	if m.path, err = s.rule.log.field(name); err != nil {
		return nil, err
	}
	if m.path == "name" && s.rule.log == dns && m.op != "re" { // Bailey keeps names without their last dot
		for i, v := range values {
			if m.op == "" || m.op == "endswith" {
				values[i].text = strings.TrimSuffix(v.text, ".")
			}
		}
	}
	x, err := s.test(m, values)
	if err == nil && m.neq {
		x = not{x}
	}
	return x, err
}

func (s *selections) keywords(key *yaml.Node, m *modifiers, values []value) (expr, error) {
	if m.op != "" && m.op != "contains" || len(m.changes) > 0 || m.neq {
		return nil, s.fail(key, "keywords have no modifiers but all and cased")
	}
	var list []expr
	for _, v := range values {
		x, err := s.keyword(v, m.cased)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	if m.all {
		return and(list), nil
	}
	return or(list), nil
}
