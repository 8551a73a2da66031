package rules

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// truth is what a condition gives: false, true, or an error.
type truth uint8

const (
	no truth = iota
	yes
	neither
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (q truth) value() Value {
	if q == neither {
		return failed("no such overload")
	}
	return Bool(q == yes)
}

// test is an expression that gives a truth. Conditions are most of what detections are, and a truth is a byte where a value
// is many.
type test func(s *Seen, locals []Value) truth

// test translates a condition. What has no quick form of its own is evaluated as a value.
func (t *translator) test(e ast.Expr) test {
	if e.Kind() == ast.CallKind {
		c := e.AsCall()
		switch c.FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr:
			return t.both(c)
		case operators.LogicalNot:
			of := t.test(c.Args()[0])
			return func(s *Seen, locals []Value) truth {
				if q := of(s, locals); q != neither {
					return q ^ 1
				}
				return neither
			}
		}
		if q := t.onColumn(c); q != nil {
			return q
		}
		if q := t.onList(c); q != nil {
			return q
		}
	}
	if e.Kind() == ast.IdentKind && !slices.Contains(t.locals, e.AsIdent()) {
		switch e.AsIdent() {
		case "ok":
			return func(s *Seen, _ []Value) truth { return truthOf(s.OK) }
		case "automated":
			return func(s *Seen, _ []Value) truth { return truthOf(s.Automated) }
		}
	}
	of := t.expr(e)
	return func(s *Seen, locals []Value) truth {
		v := of(s, locals)
		if v.Kind != KindBool {
			return neither
		}
		return truthOf(v.N == 1)
	}
}

// both is && or ||. As in CEL, an error beside what decides is none.
func (t *translator) both(c ast.CallExpr) test {
	a, b := t.test(c.Args()[0]), t.test(c.Args()[1])
	decides := truthOf(c.FunctionName() == operators.LogicalOr)
	return func(s *Seen, locals []Value) truth {
		x := a(s, locals)
		if x == decides {
			return x
		}
		y := b(s, locals)
		if y == decides || x != neither {
			return y
		}
		return neither
	}
}

// field is the place of a column that an expression is, or -1.
func (t *translator) field(e ast.Expr) int {
	if t.log == nil || e.Kind() != ast.SelectKind || slices.Contains(t.locals, "e") {
		return -1
	}
	sel := e.AsSelect()
	if o := sel.Operand(); sel.IsTestOnly() || o.Kind() != ast.IdentKind || o.AsIdent() != "e" {
		return -1
	}
	return t.log.Index(sel.FieldName())
}

// onColumn is a comparison of a log's field with something fixed, or nil.
func (t *translator) onColumn(c ast.CallExpr) test {
	args := slices.Clone(c.Args())
	if c.IsMemberFunction() {
		args = append([]ast.Expr{c.Target()}, args...)
	}
	if len(args) == 0 {
		return nil
	}
	i := t.field(args[0])
	if i < 0 {
		return nil
	}
	var quick func(text string) bool
	switch {
	case len(args) == 1 && c.FunctionName() == "public_address" && !t.log.Fields[i].Number:
		slow := t.general(c)
		return func(s *Seen, locals []Value) truth {
			if c, ok := s.Event.(*Columns); ok {
				return truthOf(c.public(i))
			}
			return truthOf(slow(s, locals).N == 1)
		}
	case len(args) == 2 && c.FunctionName() == operators.In && args[1].Kind() == ast.ListKind:
		quick = inList(args[1].AsList(), t.log.Fields[i].Number)
	case len(args) == 2:
		if v, ok := literal2(args[1]); ok {
			quick = compare(c.FunctionName(), v, t.log.Fields[i].Number)
		}
	}
	if quick == nil {
		return nil
	}
	e := ast.NewExprFactory().NewCall(0, c.FunctionName(), args...)
	slow := t.general(e.AsCall())
	return func(s *Seen, locals []Value) truth {
		if c, ok := s.Event.(*Columns); ok {
			return truthOf(quick(c.Text[i]))
		}
		v := slow(s, locals)
		if v.Kind != KindBool {
			return neither
		}
		return truthOf(v.N == 1)
	}
}

// onList is 'name' in from_lists, or in to_lists; nil for anything else.
func (t *translator) onList(c ast.CallExpr) test {
	args := c.Args()
	if c.FunctionName() != operators.In || args[1].Kind() != ast.IdentKind {
		return nil
	}
	name, ok := literal2(args[0])
	if !ok || name.Kind != KindText {
		return nil
	}
	switch args[1].AsIdent() {
	case "from_lists":
		return func(s *Seen, _ []Value) truth { return truthOf(slices.Contains(s.FromLists(), name.S)) }
	case "to_lists":
		return func(s *Seen, _ []Value) truth { return truthOf(slices.Contains(s.ToLists(), name.S)) }
	}
	return nil
}

func inList(list ast.ListExpr, number bool) func(string) bool {
	words, numbers := map[string]bool{}, map[int64]bool{}
	var low [1024]bool // ports, most of them
	for _, x := range list.Elements() {
		v, ok := literal2(x)
		switch {
		case ok && v.Kind == KindText && !number:
			words[v.S] = true
		case ok && v.Kind == KindInt && number:
			if numbers[v.N] = true; v.N >= 0 && v.N < int64(len(low)) {
				low[v.N] = true
			}
		default:
			return nil
		}
	}
	if number {
		return func(s string) bool {
			n := wholeNumber(s)
			return n >= 0 && n < int64(len(low)) && low[n] || n >= int64(len(low)) && numbers[n]
		}
	}
	return func(s string) bool { return words[s] }
}

// compare is a comparison of a field's text with a literal, or nil where it is not of the part that is known.
func compare(name string, v Value, number bool) func(string) bool {
	if number && v.Kind == KindInt {
		switch n := v.N; name {
		case operators.Equals:
			return func(s string) bool { return wholeNumber(s) == n }
		case operators.NotEquals:
			return func(s string) bool { return wholeNumber(s) != n }
		case operators.Less:
			return func(s string) bool { return wholeNumber(s) < n }
		case operators.LessEquals:
			return func(s string) bool { return wholeNumber(s) <= n }
		case operators.Greater:
			return func(s string) bool { return wholeNumber(s) > n }
		case operators.GreaterEquals:
			return func(s string) bool { return wholeNumber(s) >= n }
		}
	}
	if !number && v.Kind == KindText {
		switch x := v.S; name {
		case operators.Equals:
			return func(s string) bool { return s == x }
		case operators.NotEquals:
			return func(s string) bool { return s != x }
		case "startsWith":
			return func(s string) bool { return strings.HasPrefix(s, x) }
		case "endsWith":
			return func(s string) bool { return strings.HasSuffix(s, x) }
		case "contains":
			return func(s string) bool { return strings.Contains(s, x) }
		}
	}
	return nil
}
