package rules

import (
	"strconv"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/parser"
)

// Term is one of the conditions that a detection demands all of. Detections of one log have many in common: that a flow was
// allowed, that it comes from outside.
type Term struct {
	// Text is the same for the same condition.
	Text string
	// Key says that the term looks at the log's key and nothing else.
	Key  bool
	test test
}

// Holds reports whether the condition is met; known is false where that has to be asked of the detection as a whole.
func (t *Term) Holds(s *Seen) (ok, known bool) {
	if t.test == nil {
		return false, false
	}
	q := t.test(s, nil)
	return q == yes, q != neither
}

// Terms are what the detection demands of an event, in its order, beside what the lists say of it. It matches where all of them
// hold, and not where one does not.
func (d *Detection) Terms() []Term { return d.terms }

// Met is whether the lists that an event's ends are on are those that the detection asks for.
func (d *Detection) Met(s *Seen) bool {
	return (len(d.From) == 0 || listed(d.From, s.FromLists())) && (len(d.To) == 0 || listed(d.To, s.ToLists()))
}

// split takes a checked condition apart.
func (d *Detection) split(a *ast.AST) []Term {
	var out []Term
	t := &translator{log: d.log}
	for _, e := range conjuncts(nil, a.Expr()) {
		text, err := parser.Unparse(e, a.SourceInfo())
		if err != nil { // a macro, which has no text
			text = d.ID + " " + strconv.Itoa(len(out))
		}
		out = append(out, Term{Text: text, Key: onKey(e, d.log), test: t.test(e)})
	}
	if t.unknown {
		return []Term{{Text: d.ID}}
	}
	return out
}

// conjuncts appends the conditions that && joins.
func conjuncts(out []ast.Expr, e ast.Expr) []ast.Expr {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalAnd {
		for _, a := range e.AsCall().Args() {
			out = conjuncts(out, a)
		}
		return out
	}
	return append(out, e)
}

// onKey reports whether an expression looks at the log's key and at nothing else of an event.
func onKey(e ast.Expr, log *Log) bool {
	if log == nil || log.Key == "" {
		return false
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return true
	case ast.SelectKind:
		o := e.AsSelect().Operand()
		return !e.AsSelect().IsTestOnly() && e.AsSelect().FieldName() == log.Key && o.Kind() == ast.IdentKind && o.AsIdent() == "e"
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			if !onKey(x, log) {
				return false
			}
		}
		return true
	case ast.CallKind:
		c := e.AsCall()
		if c.IsMemberFunction() && !onKey(c.Target(), log) {
			return false
		}
		for _, x := range c.Args() {
			if !onKey(x, log) {
				return false
			}
		}
		return true
	case ast.UnspecifiedExprKind, ast.ComprehensionKind, ast.IdentKind, ast.MapKind, ast.StructKind:
	}
	return false
}
