// Package pattern matches events with the event patterns of Amazon EventBridge: exact values, prefix, suffix,
// equals-ignore-case, wildcard, anything-but, numeric, cidr, exists and $or.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
//
// A pattern is compiled once and may be used by many goroutines. The package does no I/O.
package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Pattern is a compiled pattern.
type Pattern struct{ root *object }

// object is what is asked of the members of an object: all of fields, and one of each of the alternatives.
type object struct {
	fields []field
	or     [][]*object
}

type field struct {
	name   string
	values []matcher // one of them has to match
	below  *object   // or the member is an object itself
}

// matcher matches one value of an event; absent is asked of a member that is not there.
type matcher struct {
	match  func(v any) bool
	absent bool
}

// maxDepth bounds how deep patterns and events nest.
const maxDepth = 64

// Parse compiles a pattern. The error names the member that is wrong.
func Parse(text []byte) (*Pattern, error) {
	v, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("the pattern is no JSON: %w", err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the pattern is no JSON object")
	}
	o, err := compile(m, "", 0)
	if err != nil {
		return nil, err
	}
	return &Pattern{o}, nil
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("something follows it")
	}
	return v, nil
}

// Match reports whether an event, as JSON, fits the pattern. What is no JSON object fits none.
func (p *Pattern) Match(event []byte) bool {
	v, err := decode(event)
	if err != nil {
		return false
	}
	m, ok := v.(map[string]any)
	return ok && p.root.match(m, 0)
}

func wrong(path, format string, args ...any) error {
	if path == "" {
		path = "the pattern"
	}
	return fmt.Errorf("%s: "+format, append([]any{strings.TrimPrefix(path, ".")}, args...)...)
}

func compile(m map[string]any, path string, depth int) (*object, error) {
	if depth > maxDepth {
		return nil, wrong(path, "it nests deeper than %d", maxDepth)
	}
	if len(m) == 0 {
		return nil, wrong(path, "it is empty; name at least one member")
	}
	o := &object{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		at := path + "." + name
		switch v := m[name].(type) {
		case map[string]any:
			below, err := compile(v, at, depth+1)
			if err != nil {
				return nil, err
			}
			o.fields = append(o.fields, field{name: name, below: below})
		case []any:
			if name == "$or" && alternatives(v) {
				list, err := either(v, at, depth)
				if err != nil {
					return nil, err
				}
				o.or = append(o.or, list)
				continue
			}
			f := field{name: name}
			for i, x := range v {
				one, err := value(x, fmt.Sprintf("%s[%d]", at, i))
				if err != nil {
					return nil, err
				}
				f.values = append(f.values, one)
			}
			if len(f.values) == 0 {
				return nil, wrong(at, "the list is empty; nothing would match")
			}
			o.fields = append(o.fields, f)
		default:
			return nil, wrong(at, "a value stands in a list: write [%s]", show(v))
		}
	}
	return o, nil
}

// alternatives reports whether $or is the operator, and not a member of that name: it is a list of two or more objects that
// are no filters.
func alternatives(list []any) bool {
	for _, x := range list {
		m, ok := x.(map[string]any)
		if !ok {
			return false
		}
		for k := range m {
			if slices.Contains(filters, k) {
				return false
			}
		}
	}
	return len(list) >= 2
}

func either(list []any, path string, depth int) ([]*object, error) {
	var out []*object
	for i, x := range list {
		m, _ := x.(map[string]any) // alternatives has looked
		o, err := compile(m, fmt.Sprintf("%s[%d]", path, i), depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "…"
	}
	return string(b)
}

var filters = []string{"prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists"}

// value compiles a member of a list: a value, or an object with one filter.
func value(x any, path string) (matcher, error) {
	m, ok := x.(map[string]any)
	if !ok {
		if _, list := x.([]any); list {
			return matcher{}, wrong(path, "a list in a list matches nothing")
		}
		return matcher{match: exact(x)}, nil
	}
	if len(m) != 1 {
		return matcher{}, wrong(path, "it holds %d filters; write each as an object of its own", len(m))
	}
	for name, arg := range m {
		if name == "exists" {
			b, ok := arg.(bool)
			if !ok {
				return matcher{}, wrong(path, "exists is true or false")
			}
			return matcher{match: func(any) bool { return b }, absent: !b}, nil
		}
		f, err := filter(name, arg, path)
		return matcher{match: f}, err
	}
	return matcher{}, nil
}

// exact compares as EventBridge does: numbers by how they are written, texts by case.
func exact(want any) func(any) bool { return func(v any) bool { return v == want } }

func filter(name string, arg any, path string) (func(any) bool, error) {
	switch name {
	case "prefix", "suffix":
		return ends(name, arg, path)
	case "equals-ignore-case":
		s, ok := arg.(string)
		if !ok {
			return nil, wrong(path, "equals-ignore-case takes a text")
		}
		return texts(func(v string) bool { return strings.EqualFold(v, s) }), nil
	case "wildcard":
		return wildcard(arg, path)
	case "numeric":
		return numeric(arg, path)
	case "cidr":
		s, _ := arg.(string)
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, wrong(path, "cidr takes a network such as 10.0.0.0/24")
		}
		return texts(func(v string) bool {
			a, err := netip.ParseAddr(v)
			return err == nil && p.Masked().Contains(a.Unmap())
		}), nil
	case "anything-but":
		return anythingBut(arg, path)
	}
	return nil, wrong(path, "%q is no filter; there are %s", name, strings.Join(filters, ", "))
}

func texts(f func(string) bool) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && f(s)
	}
}

func ends(name string, arg any, path string) (func(any) bool, error) {
	fold := false
	if m, ok := arg.(map[string]any); ok && len(m) == 1 {
		arg, fold = m["equals-ignore-case"], true
	}
	s, ok := arg.(string)
	if !ok {
		return nil, wrong(path, `%s takes a text, or {"equals-ignore-case": TEXT}`, name)
	}
	return texts(func(v string) bool {
		part := v
		switch {
		case len(v) < len(s):
			return false
		case name == "prefix":
			part = v[:len(s)]
		default:
			part = v[len(v)-len(s):]
		}
		return part == s || fold && strings.EqualFold(part, s)
	}), nil
}

// wildcard compiles a text in which * stands for any characters; \* and \\ stand for themselves.
func wildcard(arg any, path string) (func(any) bool, error) {
	s, ok := arg.(string)
	if !ok {
		return nil, wrong(path, "wildcard takes a text")
	}
	var parts []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '\\':
			return nil, wrong(path, `a \ stands before * or \ only`)
		case s[i] == '*' && i+1 < len(s) && s[i+1] == '*':
			return nil, wrong(path, "two * in a row are one too many")
		case s[i] == '*':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	parts = append(parts, b.String())
	return texts(func(v string) bool { return fits(parts, v) }), nil
}

// fits matches the parts between the stars, the first at the beginning and the last at the end.
func fits(parts []string, v string) bool {
	if len(parts) == 1 {
		return v == parts[0]
	}
	if !strings.HasPrefix(v, parts[0]) {
		return false
	}
	v = v[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(v, p)
		if i < 0 {
			return false
		}
		v = v[i+len(p):]
	}
	return strings.HasSuffix(v, parts[len(parts)-1])
}

// numeric compiles ["=", 5], ["<", 10] or [">", 0, "<=", 5].
func numeric(arg any, path string) (func(any) bool, error) {
	list, ok := arg.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, wrong(path, `numeric takes a comparison such as ["<", 10] or a range such as [">", 0, "<=", 5]`)
	}
	type bound struct {
		op string
		n  float64
	}
	var bounds []bound
	for i := 0; i < len(list); i += 2 {
		op, _ := list[i].(string)
		n, ok := number(list[i+1])
		if !slices.Contains([]string{"=", "<", "<=", ">", ">="}, op) || !ok {
			return nil, wrong(path, "numeric: %s %s is no comparison with a number", show(list[i]), show(list[i+1]))
		}
		bounds = append(bounds, bound{op, n})
	}
	if len(bounds) == 2 && (!strings.HasPrefix(bounds[0].op, ">") || !strings.HasPrefix(bounds[1].op, "<") || bounds[0].n >= bounds[1].n) {
		return nil, wrong(path, "numeric: a range goes from below to above: [\">\", 0, \"<=\", 5]")
	}
	return func(v any) bool {
		x, ok := number(v)
		if !ok {
			return false
		}
		for _, b := range bounds {
			if !map[string]bool{"=": x == b.n, "<": x < b.n, "<=": x <= b.n, ">": x > b.n, ">=": x >= b.n}[b.op] {
				return false
			}
		}
		return true
	}, nil
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// anythingBut compiles what a value must not be: values, or a filter of one or several texts.
func anythingBut(arg any, path string) (func(any) bool, error) {
	var not []func(any) bool
	add := func(name string, args any) error {
		list, ok := args.([]any)
		if !ok {
			list = []any{args}
		}
		for _, x := range list {
			f, err := filter(name, x, path)
			if err != nil {
				return err
			}
			not = append(not, f)
		}
		return nil
	}
	switch x := arg.(type) {
	case map[string]any:
		for name, args := range x {
			if len(x) != 1 || !slices.Contains([]string{"prefix", "suffix", "equals-ignore-case", "wildcard"}, name) {
				return nil, wrong(path, "anything-but takes values, or one of prefix, suffix, equals-ignore-case and wildcard")
			}
			if err := add(name, args); err != nil {
				return nil, err
			}
		}
	case []any:
		for _, v := range x {
			switch v.(type) {
			case string, json.Number:
				not = append(not, exact(v))
			default:
				return nil, wrong(path, "anything-but takes texts and numbers")
			}
		}
	case string, json.Number, bool, nil:
		not = append(not, exact(x))
	}
	if len(not) == 0 {
		return nil, wrong(path, "anything-but of nothing is everything; use exists")
	}
	return func(v any) bool {
		for _, f := range not {
			if f(v) {
				return false
			}
		}
		return true
	}, nil
}

// match holds the members of an object against a pattern.
func (o *object) match(m map[string]any, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for i := range o.fields {
		if !o.fields[i].match(m, depth) {
			return false
		}
	}
	for _, list := range o.or {
		if !slices.ContainsFunc(list, func(x *object) bool { return x.match(m, depth+1) }) {
			return false
		}
	}
	return true
}

func (f *field) match(m map[string]any, depth int) bool {
	v, there := m[f.name]
	if f.below != nil {
		return nested(f.below, v, depth)
	}
	leaves := leavesOf(v, nil)
	if !there || len(leaves) == 0 {
		// A member that is not there, an object, or a list of nothing: there is no value.
		return slices.ContainsFunc(f.values, func(x matcher) bool { return x.absent })
	}
	for _, leaf := range leaves {
		for i := range f.values {
			if f.values[i].match(leaf) {
				return true
			}
		}
	}
	return false
}

// nested matches an object below; of a list, all that is asked has to hold for one and the same of its objects. What only
// asks for members not to be there is met by what is not there itself.
func nested(o *object, v any, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		return o.match(v, depth+1)
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return nested(o, x, depth+1) })
	}
	return o.match(nil, depth+1)
}

// leavesOf are the values of a member that are no objects, those in lists included.
func leavesOf(v any, out []any) []any {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = leavesOf(x, out)
		}
	case map[string]any:
	default:
		out = append(out, v)
	}
	return out
}
