// Package pattern matches events with the event patterns of Amazon EventBridge: exact values, prefix, suffix,
// equals-ignore-case, wildcard, anything-but, numeric, cidr, exists and $or.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
//
// It answers as event-ruler does, the library that EventBridge itself matches with (https://github.com/aws/event-ruler), and
// refuses what that refuses; testdata holds what it said. Where it is looser than the documentation, it is followed: the
// number 300 in a pattern fits 300.0, and an address fits however it is written. In three things this package is stricter:
// a network of IPv4 holds no address of IPv6 and the other way round, a path that is asked for twice is refused, and so is
// an $or that is a member's name.
//
// A pattern is compiled once and may be used by many goroutines. Matching takes time in proportion to the event and the
// pattern, whatever is in them. The package does no I/O.
package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pattern is a compiled pattern: the event has to fit one of the alternatives.
type Pattern struct {
	alternatives []*node
	absent       int // how many conditions ask for what is not there
}

// node is what is asked of one place in an event, and of the places below it.
type node struct {
	step   string
	values []matcher // one of them has to match; nil asks nothing
	below  []*node   // every one has to match
	// steps lead here from the event itself; absent numbers the nodes that a missing value satisfies, and is -1 elsewhere.
	steps  []string
	absent int
}

// matcher matches one value of an event; absent is asked of a place without a value.
type matcher struct {
	match  func(v any) bool
	absent bool
}

const (
	// maxDepth bounds how deep patterns nest.
	maxDepth = 64
	// maxAlternatives is how many combinations of $or EventBridge takes.
	maxAlternatives = 1000
)

// Parse compiles a pattern. The error names the member that is wrong.
func Parse(text []byte) (*Pattern, error) {
	v, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("the pattern is no JSON: %w", err)
	}
	m, ok := v.(object)
	if !ok {
		return nil, errors.New("the pattern is no JSON object")
	}
	rules, err := compile(m, nil, []rule{{}}, false)
	if err != nil {
		return nil, err
	}
	p := &Pattern{}
	for _, r := range rules {
		p.alternatives = append(p.alternatives, p.tree(r))
	}
	return p, nil
}

// object is a JSON object of a pattern, with its members in order: a later one of the same name must not hide an earlier one.
type object []member

type member struct {
	name  string
	value any
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err == nil && d.More() {
		err = errors.New("something follows it")
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(text[:d.InputOffset()], []byte("\n")), err)
	}
	return v, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > 2*maxDepth {
		return nil, fmt.Errorf("it nests deeper than %d", 2*maxDepth)
	}
	switch t {
	case json.Delim('{'):
		out := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			s, _ := name.(string) // the decoder gives nothing else here
			out = append(out, member{s, v})
		}
		_, err = d.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for d.More() {
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err = d.Token()
		return out, err
	}
	return t, nil
}

// rule is one combination of the alternatives: conditions by the path of the place they are asked of.
type rule map[string]condition

type condition struct {
	steps  []string
	values []matcher
}

func wrong(path []string, format string, args ...any) error {
	at := strings.Join(path, ".")
	if at == "" {
		at = "the pattern"
	}
	return fmt.Errorf("%s: %w", at, fmt.Errorf(format, args...))
}

// compile adds what an object asks for to every rule. inside says that it stands in an $or, where the names of filters are
// no names of members.
func compile(m object, path []string, rules []rule, inside bool) ([]rule, error) {
	if len(path) > maxDepth {
		return nil, wrong(path, "it nests deeper than %d", maxDepth)
	}
	if len(m) == 0 {
		return nil, wrong(path, "it is empty; name at least one member")
	}
	for _, x := range m {
		at := append(slices.Clip(path), x.name)
		var err error
		if x.name == "$or" {
			if rules, err = either(x.value, at, path, rules); err != nil {
				return nil, err
			}
			continue
		}
		if inside && slices.Contains(reserved, x.name) {
			return nil, wrong(at, "inside $or no member can have the name of a filter")
		}
		switch v := x.value.(type) {
		case object:
			rules, err = compile(v, at, rules, inside)
		case []any:
			err = require(rules, v, at)
		default:
			err = wrong(at, "a value stands in a list: write [%s]", show(v))
		}
		if err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// require asks for one of the values of a list.
func require(rules []rule, list []any, path []string) error {
	if len(list) == 0 {
		return wrong(path, "the list is empty; nothing would match")
	}
	// EventBridge joins names by dots: "a.b" is b below a.
	name := strings.Join(path, ".")
	c := condition{steps: strings.Split(name, ".")}
	for i, x := range list {
		one, err := value(x, append(slices.Clip(path[:len(path)-1]), fmt.Sprintf("%s[%d]", path[len(path)-1], i)))
		if err != nil {
			return err
		}
		c.values = append(c.values, one)
	}
	for _, r := range rules {
		if _, twice := r[name]; twice {
			return wrong(path, "it is asked for twice; write all values in one list")
		}
		r[name] = c
	}
	return nil
}

// either makes of every rule one for each of the alternatives.
func either(v any, at, path []string, rules []rule) ([]rule, error) {
	list, ok := v.([]any)
	if !ok || len(list) < 2 {
		return nil, wrong(at, "$or takes a list of two or more objects")
	}
	var out []rule
	for i, x := range list {
		m, ok := x.(object)
		if !ok {
			return nil, wrong(at, "$or takes objects; the %s one is %s", nth(i+1), show(x))
		}
		var copies []rule
		for _, r := range rules {
			copies = append(copies, maps.Clone(r))
		}
		more, err := compile(m, path, copies, true)
		if err != nil {
			return nil, err
		}
		if out = append(out, more...); len(out) > maxAlternatives {
			return nil, wrong(at, "there are more than %d combinations of alternatives", maxAlternatives)
		}
	}
	return out, nil
}

func nth(n int) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return fmt.Sprintf("%dth", n)
}

func show(v any) string {
	b, err := json.Marshal(plain(v))
	if err != nil {
		return "…"
	}
	return string(b)
}

// plain is a value as the encoder takes it.
func plain(v any) any {
	switch v := v.(type) {
	case object:
		m := map[string]any{}
		for _, x := range v {
			m[x.name] = plain(x.value)
		}
		return m
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, plain(x))
		}
		return out
	}
	return v
}

// tree orders the conditions of a rule by the places they are asked of.
func (p *Pattern) tree(r rule) *node {
	root := &node{absent: -1}
	for _, name := range slices.Sorted(maps.Keys(r)) {
		c := r[name]
		n := root
		for _, step := range c.steps {
			i := slices.IndexFunc(n.below, func(x *node) bool { return x.step == step })
			if i < 0 {
				i = len(n.below)
				n.below = append(n.below, &node{step: step, absent: -1})
			}
			n = n.below[i]
		}
		n.steps, n.values = c.steps, c.values
		if slices.ContainsFunc(c.values, func(m matcher) bool { return m.absent }) {
			n.absent = p.absent
			p.absent++
		}
	}
	return root
}
