package rules

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// The conditions of detections are CEL, and CEL's own evaluator knows all of it. But it takes a microsecond and a map per
// event, where a flow log has a line every half. What detections are made of in practice is a small part of CEL: this package
// evaluates that part directly on the event as it was read. What it does not know is left to CEL's evaluator; a test
// holds the two against each other.

// node is an expression on an event. locals are the variables of the macros around it.
type node func(s *Seen, locals []Value) Value

// native translates a checked expression, or returns nil where it is not of the part that is known; the test is
// there where it gives a truth.
func native(a *ast.AST, log *Log) (node, test) {
	t := &translator{log: log}
	if a.GetType(a.Expr().ID()).IsExactType(types.BoolType) {
		if q := t.test(a.Expr()); !t.unknown {
			return func(s *Seen, locals []Value) Value { return q(s, locals).value() }, q
		}
		return nil, nil
	}
	n := t.expr(a.Expr())
	if t.unknown {
		return nil, nil
	}
	return n, nil
}

type translator struct {
	log     *Log
	locals  []string
	unknown bool
}

func (t *translator) fail() node {
	t.unknown = true
	return nil
}

func constant(v Value) node { return func(*Seen, []Value) Value { return v } }

func failed(how string) Value { return Value{Kind: kindError, S: how} }

func (t *translator) expr(e ast.Expr) node {
	switch e.Kind() {
	case ast.LiteralKind:
		v, ok := literal(e)
		if !ok {
			return t.fail()
		}
		return constant(v)
	case ast.IdentKind:
		return t.ident(e.AsIdent())
	case ast.SelectKind:
		return t.selection(e)
	case ast.ListKind:
		return t.list(e)
	case ast.CallKind:
		return t.call(e.AsCall())
	case ast.ComprehensionKind:
		return t.macro(e.AsComprehension())
	case ast.UnspecifiedExprKind, ast.MapKind, ast.StructKind:
	}
	return t.fail()
}

func literal(e ast.Expr) (Value, bool) {
	switch x := e.AsLiteral().(type) {
	case types.Bool:
		return Bool(bool(x)), true
	case types.Int:
		return Int(int64(x)), true
	case types.Double:
		return Float(float64(x)), true
	case types.String:
		return Text(string(x)), true
	case types.Null:
		return Value{}, true
	}
	return Value{}, false
}

func (t *translator) ident(name string) node {
	if i := slices.Index(t.locals, name); i >= 0 {
		i = len(t.locals) - 1 - slices.Index(reversed(t.locals), name)
		return func(_ *Seen, locals []Value) Value { return locals[i] }
	}
	switch name {
	case "ok":
		return func(s *Seen, _ []Value) Value { return Bool(s.OK) }
	case "who":
		return func(s *Seen, _ []Value) Value { return Text(s.Who) }
	case "automated":
		return func(s *Seen, _ []Value) Value { return Bool(s.Automated) }
	case "e":
		return func(s *Seen, _ []Value) Value { return Members(s.Event) }
	case "from_lists":
		return func(s *Seen, _ []Value) Value { return textList(s.FromLists()) }
	case "to_lists":
		return func(s *Seen, _ []Value) Value { return textList(s.ToLists()) }
	}
	if of, ok := placeNames[name]; ok {
		return func(s *Seen, _ []Value) Value { return Text(of(s)) }
	}
	return t.fail()
}

func reversed(list []string) []string {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

func textList(list []string) Value {
	var out []Value
	for _, x := range list {
		out = append(out, Text(x))
	}
	return List(out)
}

// selection is a.b, or has(a.b).
func (t *translator) selection(e ast.Expr) node {
	sel := e.AsSelect()
	name, test := sel.FieldName(), sel.IsTestOnly()
	if o := sel.Operand(); t.log != nil && o.Kind() == ast.IdentKind && o.AsIdent() == "e" && !slices.Contains(t.locals, "e") {
		if i := t.log.Index(name); i >= 0 {
			if test {
				return constant(Bool(true))
			}
			return t.column(i, name)
		}
	}
	of := t.expr(sel.Operand())
	return func(s *Seen, locals []Value) Value {
		v := of(s, locals)
		if v.Kind != KindObject {
			if v.Kind == kindError {
				return v
			}
			return failed("no such overload")
		}
		// CEL takes a name as it is written, null included.
		var found Value
		there := false
		v.Object().Each(func(k string, x Value) bool {
			there = k == name
			found = x
			return !there
		})
		switch {
		case test:
			return Bool(there)
		case !there:
			return failed("no such key: " + name)
		}
		return found
	}
}

// column is a field of a log whose fields are known; what is made by hand, in tests, may be another object.
func (t *translator) column(i int, name string) node {
	return func(s *Seen, _ []Value) Value {
		if c, ok := s.Event.(*Columns); ok {
			return c.Value(i)
		}
		if v := s.Event.Member(name); v.Kind != KindNone {
			return v
		}
		return failed("no such key: " + name)
	}
}

func (t *translator) list(e ast.Expr) node {
	var nodes []node
	fixed := true
	for _, x := range e.AsList().Elements() {
		fixed = fixed && x.Kind() == ast.LiteralKind
		nodes = append(nodes, t.expr(x))
	}
	if len(e.AsList().OptionalIndices()) > 0 {
		return t.fail()
	}
	if t.unknown {
		return nil
	}
	build := func(s *Seen, locals []Value) Value {
		list := make([]Value, len(nodes))
		for i, n := range nodes {
			if list[i] = n(s, locals); list[i].Kind == kindError {
				return list[i]
			}
		}
		return List(list)
	}
	if fixed {
		return constant(build(nil, nil))
	}
	return build
}

// macro is exists() or all() over a list, as CEL writes them out.
func (t *translator) macro(c ast.ComprehensionExpr) node {
	init, ok := literal2(c.AccuInit())
	if !ok || init.Kind != KindBool || c.LoopStep().Kind() != ast.CallKind || c.HasIterVar2() || c.Result().Kind() != ast.IdentKind {
		return t.fail()
	}
	step := c.LoopStep().AsCall()
	want := operators.LogicalOr
	if init.N == 1 {
		want = operators.LogicalAnd
	}
	if step.FunctionName() != want || len(step.Args()) != 2 || step.Args()[0].Kind() != ast.IdentKind || step.Args()[0].AsIdent() != c.AccuVar() {
		return t.fail()
	}
	over := t.expr(c.IterRange())
	t.locals = append(t.locals, c.IterVar())
	each := t.expr(step.Args()[1])
	t.locals = t.locals[:len(t.locals)-1]
	if t.unknown {
		return nil
	}
	stop := Bool(init.N == 0)
	return func(s *Seen, locals []Value) Value {
		list := over(s, locals)
		if list.Kind != KindList {
			if list.Kind == kindError {
				return list
			}
			return failed("no such overload")
		}
		inner := append(slices.Clip(locals), Value{})
		out := init
		for _, x := range list.List() {
			inner[len(inner)-1] = x
			v := each(s, inner)
			if v.Kind == KindBool && v.N == stop.N {
				return stop
			}
			if v.Kind != KindBool {
				out = failed("no such overload")
			}
		}
		return out
	}
}

func literal2(e ast.Expr) (Value, bool) {
	if e.Kind() != ast.LiteralKind {
		return Value{}, false
	}
	return literal(e)
}

func (t *translator) call(c ast.CallExpr) node {
	name := c.FunctionName()
	if name == operators.LogicalAnd || name == operators.LogicalOr {
		q := t.both(c)
		return func(s *Seen, locals []Value) Value { return q(s, locals).value() }
	}
	return t.general(c)
}

// general is a call that gives any value.
func (t *translator) general(c ast.CallExpr) node {
	name := c.FunctionName()
	args := slices.Clone(c.Args())
	if c.IsMemberFunction() {
		args = append([]ast.Expr{c.Target()}, args...)
	}
	switch name {
	case "at", "text", "each":
		return t.path(name, args)
	case operators.In:
		if n := t.inFixed(args); n != nil {
			return n
		}
	case "matches":
		return t.matches(args)
	case "like", "like_cased", "in_cidr", "given", "texts", "numbers":
		if n := t.fieldCall(name, args); n != nil {
			return n
		}
		return t.fail()
	}
	nodes := make([]node, len(args))
	for i, a := range args {
		nodes[i] = t.expr(a)
	}
	if t.unknown {
		return nil
	}
	if f, ok := logic[name]; ok {
		return f(nodes)
	}
	if len(nodes) == 1 {
		if f, ok := unary[name]; ok {
			return func(s *Seen, locals []Value) Value {
				v := nodes[0](s, locals)
				if v.Kind == kindError {
					return v
				}
				return f(v)
			}
		}
	}
	if len(nodes) == 2 {
		if f, ok := binary[name]; ok {
			return func(s *Seen, locals []Value) Value {
				a := nodes[0](s, locals)
				if a.Kind == kindError {
					return a
				}
				b := nodes[1](s, locals)
				if b.Kind == kindError {
					return b
				}
				return f(a, b)
			}
		}
	}
	return t.fail()
}

// path is e.at(...), e.text(...) or e.each(...) with a fixed path.
func (t *translator) path(name string, args []ast.Expr) node {
	if len(args) != 2 || args[0].Kind() != ast.IdentKind || args[0].AsIdent() != "e" || slices.Contains(t.locals, "e") {
		return t.fail()
	}
	v, ok := literal2(args[1])
	if !ok || v.Kind != KindText {
		return t.fail()
	}
	path := strings.Split(v.S, ".")
	switch name {
	case "at":
		return func(s *Seen, _ []Value) Value { return Lookup(s.Event, path) }
	case "text":
		return func(s *Seen, _ []Value) Value { return Text(Lookup(s.Event, path).String()) }
	}
	return func(s *Seen, _ []Value) Value {
		return List(Members(s.Event).gather(path, nil))
	}
}

// inFixed is a value in a list of literals of one kind.
func (t *translator) inFixed(args []ast.Expr) node {
	if args[1].Kind() != ast.ListKind {
		return nil
	}
	words, numbers := map[string]bool{}, map[int64]bool{}
	for _, x := range args[1].AsList().Elements() {
		v, ok := literal2(x)
		switch {
		case ok && v.Kind == KindText:
			words[v.S] = true
		case ok && v.Kind == KindInt:
			numbers[v.N] = true
		default:
			return nil
		}
	}
	of := t.expr(args[0])
	return func(s *Seen, locals []Value) Value {
		switch v := of(s, locals); v.Kind {
		case kindError:
			return v
		case KindText:
			return Bool(words[v.S])
		case KindInt:
			return Bool(numbers[v.N])
		case KindFloat:
			return Bool(float64(int64(v.Float())) == v.Float() && numbers[int64(v.Float())])
		case KindNone, KindBool, KindList, KindObject:
		}
		return Bool(false)
	}
}

func (t *translator) matches(args []ast.Expr) node {
	v, ok := literal2(args[1])
	if !ok || v.Kind != KindText {
		return t.fail()
	}
	re, err := newPattern(v.S)
	if err != nil {
		return t.fail()
	}
	of := t.expr(args[0])
	return func(s *Seen, locals []Value) Value {
		switch v := of(s, locals); v.Kind {
		case kindError:
			return v
		case KindText:
			return Bool(re.match(v.S))
		case KindNone, KindBool, KindInt, KindFloat, KindList, KindObject:
		}
		return failed("no such overload")
	}
}

// logic are the operators that do not evaluate all they have; and and or are tests.
var logic = map[string]func(n []node) node{
	operators.Conditional: func(n []node) node {
		return func(s *Seen, locals []Value) Value {
			switch v := n[0](s, locals); {
			case v.Kind != KindBool:
				return failed("no such overload")
			case v.N == 1:
				return n[1](s, locals)
			}
			return n[2](s, locals)
		}
	},
}
