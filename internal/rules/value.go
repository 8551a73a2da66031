package rules

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Kind is what a [Value] is.
type Kind uint8

// The kinds of values.
const (
	KindNone   Kind = iota // null, or not there
	KindBool               // N is 1 or 0
	KindInt                // N
	KindFloat              // [Value.Float]
	KindText               // S
	KindList               // [Value.List]
	KindObject             // [Value.Object]
	kindError              // an expression failed; S says how
)

// Value is a value of an event. It is small because so many are passed around.
type Value struct {
	Kind Kind
	N    int64 // of a number with a fraction, its bits
	S    string
	x    any // a list or an object
}

// Float is the number, of a value with a fraction.
func (v Value) Float() float64 { return math.Float64frombits(uint64(v.N)) } //nolint:gosec // the bits, not the number

// List are the values of a list.
func (v Value) List() []Value {
	l, _ := v.x.([]Value)
	return l
}

// Object is the object that the value is.
func (v Value) Object() Object {
	o, _ := v.x.(Object)
	return o
}

// List makes a value of several.
func List(l []Value) Value { return Value{Kind: KindList, x: l} }

// Members makes a value of an object.
func Members(o Object) Value { return Value{Kind: KindObject, x: o} }

// Object is an event, or a part of one that has members.
type Object interface {
	// Member is a value by its name, whatever its case where there is no exact one; of kind none where there is none.
	Member(name string) Value
	// Each calls f for every member, in an order that is always the same, until it returns false.
	Each(f func(name string, v Value) bool)
}

// Text makes a value of a text.
func Text(s string) Value { return Value{Kind: KindText, S: s} }

// Int makes a value of a number.
func Int(n int64) Value { return Value{Kind: KindInt, N: n} }

// Bool makes a value of a truth.
func Bool(b bool) Value {
	if b {
		return Value{Kind: KindBool, N: 1}
	}
	return Value{Kind: KindBool}
}

// Float makes a value of a number with a fraction.
func Float(f float64) Value { return Value{Kind: KindFloat, N: int64(math.Float64bits(f))} } //nolint:gosec // the bits, not the number

// String is a text, number or truth in words; anything else is empty.
func (v Value) String() string {
	switch v.Kind {
	case KindText:
		return v.S
	case KindInt:
		return strconv.FormatInt(v.N, 10)
	case KindFloat:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case KindBool:
		return strconv.FormatBool(v.N == 1)
	case KindNone, KindList, KindObject, kindError:
	}
	return ""
}

// Any is the value as encoding/json has it; numbers that no JSON held are int64.
func (v Value) Any() any {
	switch v.Kind {
	case KindBool:
		return v.N == 1
	case KindInt:
		return v.N
	case KindFloat:
		return v.Float()
	case KindText:
		return v.S
	case KindList:
		out := []any{}
		for _, x := range v.List() {
			out = append(out, x.Any())
		}
		return out
	case KindObject:
		out := map[string]any{}
		v.Object().Each(func(name string, m Value) bool {
			out[name] = m.Any()
			return true
		})
		return out
	case KindNone, kindError:
	}
	return nil
}

// FromAny is a value of what encoding/json gives.
func FromAny(x any) Value {
	switch x := x.(type) {
	case nil:
		return Value{}
	case bool:
		return Bool(x)
	case string:
		return Text(x)
	case int:
		return Int(int64(x))
	case int64:
		return Int(x)
	case float64:
		return Float(x)
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return Int(n)
		}
		f, _ := x.Float64() // what is no number is 0, and JSON has none such
		return Float(f)
	case []any:
		out := make([]Value, len(x))
		for i := range x {
			out[i] = FromAny(x[i])
		}
		return List(out)
	case map[string]any:
		return Members(Map(x))
	}
	return Value{}
}

// Map is an [Object] of what encoding/json gives.
type Map map[string]any

// Member implements [Object].
func (m Map) Member(name string) Value {
	if x, ok := m[name]; ok {
		return FromAny(x)
	}
	if k, ok := folded(m, name); ok {
		return FromAny(m[k])
	}
	return Value{}
}

// folded is the first of the names that differ from one in case alone.
func folded(m map[string]any, name string) (first string, ok bool) {
	for k := range m {
		if strings.EqualFold(k, name) && (!ok || k < first) {
			first, ok = k, true
		}
	}
	return first, ok
}

// Each implements [Object].
func (m Map) Each(f func(string, Value) bool) {
	for _, k := range sortedKeys(m) {
		if !f(k, FromAny(m[k])) {
			return
		}
	}
}

// Finder is an [Object] that finds what [Lookup] does by itself, without making values of what is on the way.
type Finder interface {
	Find(path []string) Value
}

// Lookup is a value by its path, through objects by name, whatever its case where there is no exact one, and lists by number.
func Lookup(o Object, path []string) Value {
	if f, ok := o.(Finder); ok {
		return f.Find(path)
	}
	return Members(o).Find(path)
}

// Find is the value itself, or one below it by its path; see [Lookup].
func (v Value) Find(path []string) Value {
	for _, part := range path {
		if v = v.member(part); v.Kind == KindNone {
			return v
		}
	}
	return v
}

func (v Value) member(name string) Value {
	switch v.Kind {
	case KindObject:
		return v.Object().Member(name)
	case KindList:
		if len(name) == 1 && name[0] >= '0' && name[0] <= '9' && int(name[0]-'0') < len(v.List()) {
			return v.List()[name[0]-'0']
		}
	case KindNone, KindBool, KindInt, KindFloat, KindText, kindError:
	}
	return Value{}
}

// gather appends all values of a path in which * stands for every member.
func (v Value) gather(path []string, found []Value) []Value {
	if len(path) == 0 {
		if v.Kind != KindNone {
			found = append(found, v)
		}
		return found
	}
	if path[0] != "*" {
		if x := v.member(path[0]); x.Kind != KindNone {
			return x.gather(path[1:], found)
		}
		return found
	}
	switch v.Kind {
	case KindList:
		for _, x := range v.List() {
			found = x.gather(path[1:], found)
		}
	case KindObject:
		v.Object().Each(func(_ string, x Value) bool {
			found = x.gather(path[1:], found)
			return true
		})
	case KindNone, KindBool, KindInt, KindFloat, KindText, kindError:
	}
	return found
}
