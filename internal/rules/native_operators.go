package rules

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/operators"
)

var unary = map[string]func(Value) Value{
	operators.LogicalNot: func(v Value) Value {
		if v.Kind != KindBool {
			return failed("no such overload")
		}
		return Bool(v.N == 0)
	},
	"size": func(v Value) Value {
		switch v.Kind {
		case KindText:
			return Int(int64(len([]rune(v.S))))
		case KindList:
			return Int(int64(len(v.List())))
		case KindNone, KindBool, KindInt, KindFloat, KindObject, kindError:
		}
		return failed("no such overload")
	},
	"string": func(v Value) Value {
		switch v.Kind {
		case KindText:
			return v
		case KindInt, KindBool:
			return Text(v.String())
		case KindFloat:
			return Text(strconv.FormatFloat(v.Float(), 'g', -1, 64))
		case KindNone, KindList, KindObject, kindError:
		}
		return failed("no such overload")
	},
	"double": func(v Value) Value {
		switch v.Kind {
		case KindFloat:
			return v
		case KindInt:
			return Float(float64(v.N))
		case KindText:
			f, err := strconv.ParseFloat(v.S, 64)
			if err != nil {
				return failed("conversion error")
			}
			return Float(f)
		case KindNone, KindBool, KindList, KindObject, kindError:
		}
		return failed("no such overload")
	},
	"lowerAscii": func(v Value) Value {
		if v.Kind != KindText {
			return failed("no such overload")
		}
		return Text(lowerASCII(v.S))
	},
	"public_address": func(v Value) Value { return Bool(v.Kind == KindText && PublicAddress(v.S)) },
	"network_of": func(v Value) Value {
		if v.Kind != KindText {
			return failed("no such overload")
		}
		return Text(NetworkOf(v.S))
	},
	"public_policy":     func(v Value) Value { return Bool(openPolicy(v.Any())) },
	"allows_everything": func(v Value) Value { return Bool(wholePolicy(v.Any())) },
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

var binary = map[string]func(a, b Value) Value{
	operators.Equals:        func(a, b Value) Value { return Bool(equal(a, b)) },
	operators.NotEquals:     func(a, b Value) Value { return Bool(!equal(a, b)) },
	operators.Less:          func(a, b Value) Value { return compared(a, b, func(c int) bool { return c < 0 }) },
	operators.LessEquals:    func(a, b Value) Value { return compared(a, b, func(c int) bool { return c <= 0 }) },
	operators.Greater:       func(a, b Value) Value { return compared(a, b, func(c int) bool { return c > 0 }) },
	operators.GreaterEquals: func(a, b Value) Value { return compared(a, b, func(c int) bool { return c >= 0 }) },
	operators.Add: func(a, b Value) Value {
		switch {
		case a.Kind == KindText && b.Kind == KindText:
			return Text(a.S + b.S)
		case a.Kind == KindList && b.Kind == KindList:
			return List(slices.Concat(a.List(), b.List()))
		case a.Kind == KindFloat && b.Kind == KindFloat:
			return Float(a.Float() + b.Float())
		}
		return failed("no such overload") // numbers that may overflow are not of the part that is known
	},
	operators.In: func(a, b Value) Value {
		if b.Kind != KindList {
			return failed("no such overload")
		}
		return Bool(slices.ContainsFunc(b.List(), func(x Value) bool { return equal(a, x) }))
	},
	"startsWith":       onTexts(strings.HasPrefix),
	"endsWith":         onTexts(strings.HasSuffix),
	"contains":         onTexts(strings.Contains),
	"allows_strangers": func(a, b Value) Value { return Bool(strangersPolicy(a.Any(), b.S)) },
}

func onTexts(f func(s, part string) bool) func(a, b Value) Value {
	return func(a, b Value) Value {
		if a.Kind != KindText || b.Kind != KindText {
			return failed("no such overload")
		}
		return Bool(f(a.S, b.S))
	}
}

func number(v Value) (float64, bool) {
	switch v.Kind {
	case KindInt:
		return float64(v.N), true
	case KindFloat:
		return v.Float(), true
	case KindNone, KindBool, KindText, KindList, KindObject, kindError:
	}
	return 0, false
}

// equal is CEL's: of different kinds nothing is equal, but numbers by what they are worth.
func equal(a, b Value) bool {
	if a.Kind == KindInt && b.Kind == KindInt {
		return a.N == b.N
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case KindNone:
		return true
	case KindBool:
		return a.N == b.N
	case KindText:
		return a.S == b.S
	case KindList:
		return slices.EqualFunc(a.List(), b.List(), equal)
	case KindObject:
		x, err1 := json.Marshal(a.Any())
		y, err2 := json.Marshal(b.Any())
		return err1 == nil && err2 == nil && string(x) == string(y)
	case KindInt, KindFloat, kindError:
	}
	return false
}

func compared(a, b Value, ok func(int) bool) Value {
	if a.Kind == KindText && b.Kind == KindText {
		return Bool(ok(strings.Compare(a.S, b.S)))
	}
	x, isX := number(a)
	y, isY := number(b)
	if !isX || !isY {
		return failed("no such overload")
	}
	switch {
	case x < y:
		return Bool(ok(-1))
	case x > y:
		return Bool(ok(1))
	case x == y:
		return Bool(ok(0))
	}
	return Bool(false) // not a number
}
