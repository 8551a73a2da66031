package expression

import (
	"bytes"
	"math/big"
	"slices"
	"strings"

	"github.com/baileydb/bailey/seal"
)

// Holds evaluates a condition on an item as DynamoDB does: what is not there is equal to nothing and in no order with
// anything, and values of different types are never equal nor ordered. A placeholder without value is not there.
func Holds(c Condition, item seal.Item, values map[string]seal.Value) bool {
	e := evaluation{item, values}
	return e.holds(c)
}

type evaluation struct {
	item   seal.Item
	values map[string]seal.Value
}

func (e evaluation) holds(c Condition) bool {
	switch c := c.(type) {
	case And:
		return e.holds(c.A) && e.holds(c.B)
	case Or:
		return e.holds(c.A) || e.holds(c.B)
	case Not:
		return !e.holds(c.C)
	case Compare:
		a, b := e.value(c.A), e.value(c.B)
		if c.Op == "=" || c.Op == "<>" {
			return (a != nil && b != nil && same(a, b)) == (c.Op == "=")
		}
		n, ok := order(a, b)
		return ok && map[string]bool{"<": n < 0, "<=": n <= 0, ">": n > 0, ">=": n >= 0}[c.Op]
	case Between:
		low, ok := order(e.value(c.Low), e.value(c.X))
		high, also := order(e.value(c.X), e.value(c.High))
		return ok && also && low <= 0 && high <= 0
	case In:
		x := e.value(c.X)
		return x != nil && slices.ContainsFunc(c.List, func(o Operand) bool {
			v := e.value(o)
			return v != nil && same(x, v)
		})
	case Call:
		return e.call(c)
	default:
		return false
	}
}

func (e evaluation) call(c Call) bool {
	x := e.value(c.Args[0])
	switch c.Name {
	case "attribute_exists":
		return x != nil
	case "attribute_not_exists":
		return x == nil
	}
	y := e.value(c.Args[1])
	if x == nil || y == nil {
		return false
	}
	switch c.Name {
	case "attribute_type":
		want, ok := y.(seal.String)
		return ok && typeName(x) == string(want)
	case "begins_with":
		switch x := x.(type) {
		case seal.String:
			y, ok := y.(seal.String)
			return ok && strings.HasPrefix(string(x), string(y))
		case seal.Binary:
			y, ok := y.(seal.Binary)
			return ok && bytes.HasPrefix(x, y)
		}
	case "contains":
		return contains(x, y)
	}
	return false
}

func contains(x, y seal.Value) bool {
	switch x := x.(type) {
	case seal.String:
		y, ok := y.(seal.String)
		return ok && strings.Contains(string(x), string(y))
	case seal.Binary:
		y, ok := y.(seal.Binary)
		return ok && bytes.Contains(x, y)
	case seal.StringSet:
		y, ok := y.(seal.String)
		return ok && slices.Contains(x, string(y))
	case seal.NumberSet:
		return slices.ContainsFunc(x, func(n string) bool { return same(seal.Number(n), y) })
	case seal.BinarySet:
		return slices.ContainsFunc(x, func(b []byte) bool { return same(seal.Binary(b), y) })
	case seal.List:
		return slices.ContainsFunc(x, func(v seal.Value) bool { return same(v, y) })
	default:
		return false
	}
}

// value is an operand's value, nil if there is none.
func (e evaluation) value(o Operand) seal.Value {
	switch o := o.(type) {
	case Placeholder:
		return e.values[string(o)]
	case Path:
		return Resolve(e.item, o)
	case Size:
		return size(Resolve(e.item, o.Path))
	default:
		return nil
	}
}

// Resolve follows a path, and gives nil where it leads nowhere.
func Resolve(item seal.Item, p Path) seal.Value {
	v := item[p.Top]
	for _, s := range p.Steps {
		switch in := v.(type) {
		case seal.Map:
			v = in[s.Name]
			if s.Name == "" {
				return nil
			}
		case seal.List:
			if s.Name != "" || s.Index >= len(in) {
				return nil
			}
			v = in[s.Index]
		default:
			return nil
		}
	}
	return v
}

func size(v seal.Value) seal.Value {
	n := int64(0)
	switch v := v.(type) {
	case seal.String:
		n = int64(len(v))
	case seal.Binary:
		n = int64(len(v))
	case seal.StringSet:
		n = int64(len(v))
	case seal.NumberSet:
		n = int64(len(v))
	case seal.BinarySet:
		n = int64(len(v))
	case seal.Map:
		n = int64(len(v))
	case seal.List:
		n = int64(len(v))
	default:
		return nil
	}
	return seal.Number(big.NewInt(n).String())
}

func same(a, b seal.Value) bool { return seal.Equal(seal.Item{"x": a}, seal.Item{"x": b}) }

// order compares two strings, numbers or binaries.
func order(a, b seal.Value) (int, bool) {
	switch a := a.(type) {
	case seal.String:
		b, ok := b.(seal.String)
		return strings.Compare(string(a), string(b)), ok
	case seal.Binary:
		b, ok := b.(seal.Binary)
		return bytes.Compare(a, b), ok
	case seal.Number:
		b, ok := b.(seal.Number)
		if !ok || !same(a, a) || !same(b, b) { // not of DynamoDB's form, whose exponents are small
			return 0, false
		}
		x, okA := new(big.Rat).SetString(string(a))
		y, okB := new(big.Rat).SetString(string(b))
		if !okA || !okB {
			return 0, false
		}
		return x.Cmp(y), true
	default:
		return 0, false
	}
}

func typeName(v seal.Value) string {
	switch v.(type) {
	case seal.String:
		return "S"
	case seal.Number:
		return "N"
	case seal.Binary:
		return "B"
	case seal.Bool:
		return "BOOL"
	case seal.Null:
		return "NULL"
	case seal.StringSet:
		return "SS"
	case seal.NumberSet:
		return "NS"
	case seal.BinarySet:
		return "BS"
	case seal.Map:
		return "M"
	default:
		return "L"
	}
}
