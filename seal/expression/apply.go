package expression

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/baileydb/bailey/seal"
)

// Apply does to a plain item what DynamoDB would do to it, and gives the changed item; the given one stays as it is. All
// reads see the item as it was. The errors are those for which DynamoDB would refuse the update.
func (u Update) Apply(item seal.Item, values map[string]seal.Value) (seal.Item, error) {
	e := evaluation{item, values}
	out := maps.Clone(item)
	if out == nil {
		out = seal.Item{}
	}
	if err := u.overlaps(); err != nil {
		return nil, err
	}
	var removals []Path
	for _, a := range u.actions {
		if a.verb == "REMOVE" {
			removals = append(removals, a.target)
			continue
		}
		v, err := e.change(a)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", a.verb, a.target, err)
		}
		if err := set(out, a.target, v); err != nil {
			return nil, fmt.Errorf("%s %s: %w", a.verb, a.target, err)
		}
	}
	// Elements are removed from the end of their lists, since indexes mean the lists as they were.
	slices.SortFunc(removals, func(a, b Path) int { return slices.CompareFunc(b.Steps, a.Steps, compareSteps) })
	for _, p := range removals {
		if err := set(out, p, nil); err != nil {
			return nil, fmt.Errorf("REMOVE %s: %w", p, err)
		}
	}
	return out, nil
}

func compareSteps(a, b Step) int {
	if a.Index != b.Index {
		return a.Index - b.Index
	}
	return strings.Compare(a.Name, b.Name)
}

// overlaps refuses two changes of one place, or of a place and its inside.
func (u Update) overlaps() error {
	for i, a := range u.Writes {
		for _, b := range u.Writes[:i] {
			n := min(len(a.Steps), len(b.Steps))
			if a.Top == b.Top && slices.Equal(a.Steps[:n], b.Steps[:n]) {
				return fmt.Errorf("%s and %s overlap", b, a)
			}
		}
	}
	return nil
}

// change is the new value of an action's target; nil removes it.
func (e evaluation) change(a action) (seal.Value, error) {
	v, err := e.term(a.term)
	if err != nil || a.verb == "SET" {
		return v, err
	}
	if len(a.target.Steps) > 0 {
		return nil, errors.New("works on attributes, not inside of them")
	}
	old := e.item[a.target.Top]
	switch v := v.(type) {
	case seal.Number:
		if a.verb == "ADD" {
			if old == nil {
				return v, nil
			}
			return sum(old, v, false)
		}
	case seal.StringSet:
		was, ok := old.(seal.StringSet)
		if ok || old == nil {
			return members(seal.StringSet(merge(was, v, a.verb == "ADD", func(a, b string) bool { return a == b }))), nil
		}
	case seal.NumberSet:
		was, ok := old.(seal.NumberSet)
		if ok || old == nil {
			return members(seal.NumberSet(merge(was, v, a.verb == "ADD", func(a, b string) bool { return same(seal.Number(a), seal.Number(b)) }))), nil
		}
	case seal.BinarySet:
		was, ok := old.(seal.BinarySet)
		if ok || old == nil {
			return members(seal.BinarySet(merge(was, v, a.verb == "ADD", func(a, b []byte) bool { return string(a) == string(b) }))), nil
		}
	}
	return nil, errors.New("the attribute and the value are not of types that go together")
}

// merge adds members to a set or takes them out.
func merge[M any](was, change []M, add bool, same func(a, b M) bool) []M {
	in := func(set []M, m M) bool { return slices.ContainsFunc(set, func(o M) bool { return same(o, m) }) }
	var out []M
	for _, m := range was {
		if add || !in(change, m) {
			out = append(out, m)
		}
	}
	for _, m := range change {
		if add && !in(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// members is nil for an empty set, which DynamoDB does not keep.
func members(v seal.Value) seal.Value {
	if size(v) == seal.Number("0") {
		return nil
	}
	return v
}

func (e evaluation) term(o Operand) (seal.Value, error) {
	switch o := o.(type) {
	case sumOf:
		a, err := e.term(o.a)
		if err != nil {
			return nil, err
		}
		b, err := e.term(o.b)
		if err != nil {
			return nil, err
		}
		return sum(a, b, o.minus)
	case ifNotExists:
		if v := Resolve(e.item, o.path); v != nil {
			return v, nil
		}
		return e.term(o.other)
	case listAppend:
		a, err := e.term(o.a)
		if err != nil {
			return nil, err
		}
		b, err := e.term(o.b)
		if err != nil {
			return nil, err
		}
		x, ok := a.(seal.List)
		y, also := b.(seal.List)
		if !ok || !also {
			return nil, errors.New("list_append takes two lists")
		}
		return slices.Concat(x, y), nil
	default:
		if v := e.value(o); v != nil {
			return v, nil
		}
		return nil, fmt.Errorf("%s has no value", o)
	}
}

// sum adds or subtracts exactly.
func sum(a, b seal.Value, minus bool) (seal.Value, error) {
	x, ok := a.(seal.Number)
	y, also := b.(seal.Number)
	if !ok || !also || !same(x, x) || !same(y, y) { // not numbers, or not such as DynamoDB keeps
		return nil, errors.New("sums are of numbers")
	}
	p, okP := new(big.Rat).SetString(string(x))
	q, okQ := new(big.Rat).SetString(string(y))
	if !okP || !okQ {
		return nil, errors.New("sums are of numbers")
	}
	if minus {
		q.Neg(q)
	}
	text := p.Add(p, q).FloatString(130) // DynamoDB's numbers have at most 130 decimals
	return seal.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), ".")), nil
}

// set puts a value where a path leads, copying what lies on the way; nil removes what is there.
func set(item seal.Item, p Path, v seal.Value) error {
	if len(p.Steps) == 0 {
		if v == nil {
			delete(item, p.Top)
		} else {
			item[p.Top] = v
		}
		return nil
	}
	changed, err := setIn(item[p.Top], p.Steps, v)
	if err == nil {
		item[p.Top] = changed
	}
	return err
}

var errNoPlace = errors.New("the path leads to no place in the item")

func setIn(in seal.Value, steps []Step, v seal.Value) (seal.Value, error) {
	s, rest := steps[0], steps[1:]
	switch in := in.(type) {
	case seal.Map:
		if s.Name == "" {
			return nil, errNoPlace
		}
		m := maps.Clone(in)
		switch {
		case len(rest) > 0:
			inner, err := setIn(in[s.Name], rest, v)
			if err != nil {
				return nil, err
			}
			m[s.Name] = inner
		case v == nil:
			delete(m, s.Name)
		default:
			m[s.Name] = v
		}
		return m, nil
	case seal.List:
		if s.Name != "" {
			return nil, errNoPlace
		}
		l := slices.Clone(in)
		switch {
		case s.Index >= len(l) && (len(rest) > 0 || v == nil):
			if v == nil && len(rest) == 0 {
				return l, nil // nothing to remove
			}
			return nil, errNoPlace
		case len(rest) > 0:
			inner, err := setIn(in[s.Index], rest, v)
			if err != nil {
				return nil, err
			}
			l[s.Index] = inner
		case s.Index >= len(l):
			l = append(l, v)
		case v == nil:
			l = slices.Delete(l, s.Index, s.Index+1)
		default:
			l[s.Index] = v
		}
		return l, nil
	default:
		return nil, errNoPlace
	}
}
