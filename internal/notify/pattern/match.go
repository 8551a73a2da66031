package pattern

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// Match reports whether an event, as JSON, fits the pattern. What is no JSON object fits none.
func (p *Pattern) Match(event []byte) bool {
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	var e map[string]any
	if err := d.Decode(&e); err != nil || e == nil {
		return false
	}
	if _, err := d.Token(); err != io.EOF {
		return false
	}
	undot(e)
	s := search{event: e, missing: make([]int8, p.absent)}
	for _, n := range p.alternatives {
		if s.below(n, e) {
			return true
		}
	}
	return false
}

// undot writes "a.b": 1 as "a": {"b": 1}: EventBridge joins names by dots.
func undot(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			undot(x)
		}
	case map[string]any:
		for name, x := range v {
			undot(x)
			steps := strings.Split(name, ".")
			if len(steps) == 1 {
				continue
			}
			delete(v, name)
			for _, step := range slices.Backward(steps[1:]) {
				x = map[string]any{step: x}
			}
			v[steps[0]] = joined(v[steps[0]], x)
		}
	}
}

// joined is what stands at a place that an event names twice.
func joined(a, b any) any {
	x, isObject := a.(map[string]any)
	y, also := b.(map[string]any)
	switch {
	case a == nil:
		return b
	case !isObject || !also:
		return []any{a, b}
	}
	for name, v := range y {
		x[name] = joined(x[name], v)
	}
	return x
}

// search is one event while it is matched. missing keeps, by the number of a node, whether its place has no value in all of
// the event: 1 says so, -1 that it has one, 0 that nobody looked.
type search struct {
	event   map[string]any
	missing []int8
}

// below holds what a node asks of the places below it against the members of one object. Places that are not there are nil.
func (s *search) below(n *node, m map[string]any) bool {
	for _, x := range n.below {
		v, there := m[x.step]
		if x.values != nil && !s.one(x, v, there) || len(x.below) > 0 && !s.inside(x, v) {
			return false
		}
	}
	return true
}

// inside matches an object; of a list, everything has to hold for one and the same of its objects. What only asks for values
// to be missing is met by what is not there itself.
func (s *search) inside(n *node, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return s.below(n, v)
	case []any:
		for _, x := range v {
			switch x.(type) {
			case map[string]any, []any:
				if s.inside(n, x) {
					return true
				}
			}
		}
	}
	return s.below(n, nil)
}

// one matches one of the values of a node.
func (s *search) one(n *node, v any, there bool) bool {
	if n.absent >= 0 && s.nowhere(n) {
		return true
	}
	return there && leaf(v, func(x any) bool {
		for i := range n.values {
			if n.values[i].match(x) {
				return true
			}
		}
		return false
	})
}

// nowhere reports that a node's place has no value, in no object of any list.
func (s *search) nowhere(n *node) bool {
	if s.missing[n.absent] == 0 {
		s.missing[n.absent] = 1
		if somewhere(s.event, n.steps) {
			s.missing[n.absent] = -1
		}
	}
	return s.missing[n.absent] > 0
}

func somewhere(v any, steps []string) bool {
	if len(steps) == 0 {
		return leaf(v, func(any) bool { return true })
	}
	switch v := v.(type) {
	case map[string]any:
		x, there := v[steps[0]]
		return there && somewhere(x, steps[1:])
	case []any:
		for _, x := range v {
			if somewhere(x, steps) {
				return true
			}
		}
	}
	return false
}

// leaf reports whether a value that is no object, or one of those in a list, fits.
func leaf(v any, fits func(any) bool) bool {
	switch v := v.(type) {
	case map[string]any:
		return false
	case []any:
		for _, x := range v {
			if leaf(x, fits) {
				return true
			}
		}
		return false
	}
	return fits(v)
}
