package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/baileydb/bailey/internal/estate"
)

// convert turns an expression into a value, following how it is written so that parts keep their positions and
// references survive. It never fails: what cannot be evaluated is unknown, and a problem says why.
func (sc scope) convert(expr hclsyntax.Expression) estate.Value {
	s := sc.m.s
	at := originOf(expr.StartRange())
	if !s.spend(1) {
		return estate.UnknownBecause(tooMuch, at)
	}
	if s.depth >= maxDepth {
		return s.wrong(at, "expressions lie more than %d deep in each other here; name parts of them", maxDepth)
	}
	s.depth++
	defer func() { s.depth-- }()
	v := sc.follow(expr, at)
	if len(v.Text) > maxText {
		return estate.UnknownBecause("shorten the text: Bailey reads texts up to 1 MiB", at)
	}
	return v
}

func (sc scope) follow(expr hclsyntax.Expression, at estate.Origin) estate.Value {
	switch e := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		if !e.Val.IsKnown() { // what the parser puts in place of what is missing
			return estate.UnknownBecause(mend+"it is not complete", at)
		}
		return fromCty(e.Val, at)
	case *hclsyntax.ParenthesesExpr:
		return sc.convert(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return placed(sc.convert(e.Wrapped), at)
	case *hclsyntax.TemplateExpr:
		return sc.template(e.Parts, at)
	case *hclsyntax.TemplateJoinExpr:
		return sc.joined(e, at)
	case *hclsyntax.TupleConsExpr:
		out := estate.List(make([]estate.Value, len(e.Exprs)), at)
		for i, x := range e.Exprs {
			out.Items[i] = sc.convert(x)
		}
		return out
	case *hclsyntax.ObjectConsExpr:
		return sc.object(e, at)
	case *hclsyntax.ConditionalExpr:
		return sc.conditional(e, at)
	case *hclsyntax.ScopeTraversalExpr:
		return placed(sc.traversal(e.Traversal, at), at)
	case *hclsyntax.RelativeTraversalExpr:
		return placed(sc.steps(sc.convert(e.Source), e.Traversal, at), at)
	case *hclsyntax.IndexExpr:
		return placed(sc.index(sc.convert(e.Collection), sc.convert(e.Key), at), at)
	case *hclsyntax.SplatExpr:
		return sc.splat(e, at)
	case *hclsyntax.AnonSymbolExpr:
		return sc.symbol(e, at)
	case *hclsyntax.ForExpr:
		return sc.loop(e, at)
	case *hclsyntax.FunctionCallExpr:
		return sc.call(e, at)
	case *hclsyntax.BinaryOpExpr:
		return sc.binary(e, at)
	case *hclsyntax.UnaryOpExpr:
		return sc.operate(e.Op, at, sc.convert(e.Val))
	case *hclsyntax.ExprSyntaxError:
		return estate.UnknownBecause(mend+"it is not complete", at) // the parser has told
	default:
		return sc.m.s.wrong(at, "this kind of expression is not understood; write it otherwise")
	}
}

// placed moves a value to where it is used; its parts stay where they are written.
func placed(v estate.Value, at estate.Origin) estate.Value {
	v.Origin = at
	return v
}

// whyOf says what would settle a value that is not wholly known.
func whyOf(v estate.Value) string {
	why := ""
	v.Walk(func(v estate.Value) bool {
		switch {
		case why != "":
		case v.Kind == estate.KindReference:
			why = "it is known once " + v.Text + " is"
		case v.Why != "":
			why = v.Why
		case v.Kind == estate.KindUnknown:
			why = "it is computed when the configuration is applied"
		}
		return why == ""
	})
	return why
}

// because is what depends on values of which not all are known.
func because(at estate.Origin, from ...estate.Value) estate.Value {
	var whys []string
	secret := false
	for _, v := range from {
		secret = secret || v.NoEcho
		if why := whyOf(v); why != "" && !slices.Contains(whys, why) {
			whys = append(whys, why)
		}
	}
	out := estate.UnknownBecause(strings.Join(whys, "; "), at)
	if len(whys) == 0 {
		out.Why = "it is computed when the configuration is applied"
	}
	out.NoEcho = secret
	return out
}

// known reports whether nothing of a value is open.
func known(v estate.Value) bool {
	found := false
	v.Walk(func(v estate.Value) bool {
		found = found || v.Kind == estate.KindUnknown || v.Kind == estate.KindReference || v.Partial || v.Why != ""
		return !found
	})
	return !found
}

func (sc scope) object(e *hclsyntax.ObjectConsExpr, at estate.Origin) estate.Value {
	var out mapping
	why := ""
	for _, item := range e.Items {
		key := sc.objectKey(item.KeyExpr)
		v := sc.convert(item.ValueExpr)
		name, ok := key.Scalar()
		switch {
		case ok:
			out.set(name, v)
		case key.Kind == estate.KindNull || key.Kind == estate.KindList || key.Kind == estate.KindMap:
			sc.m.s.wrong(key.Origin, "the name of an entry is not text; correct it")
		default:
			why = whyOf(key) // some entry has a name that is not known
		}
	}
	v := out.value(at)
	v.Why = why
	return v
}

// objectKey reads the name of an entry: a bare word means itself.
func (sc scope) objectKey(expr hclsyntax.Expression) estate.Value {
	if key, ok := expr.(*hclsyntax.ObjectConsKeyExpr); ok {
		if word := hcl.ExprAsKeyword(key.Wrapped); word != "" && !key.ForceNonLiteral {
			return estate.String(word, originOf(key.StartRange()))
		}
		return sc.convert(key.Wrapped)
	}
	return sc.convert(expr)
}

func (sc scope) conditional(e *hclsyntax.ConditionalExpr, at estate.Origin) estate.Value {
	cond := sc.convert(e.Condition)
	if b, ok := cond.AsBool(); ok {
		if b {
			return sc.convert(e.TrueResult)
		}
		return sc.convert(e.FalseResult)
	}
	if cond.Kind != estate.KindUnknown && cond.Kind != estate.KindReference && !cond.Partial {
		return sc.m.s.wrong(at, "the condition is neither true nor false; correct it")
	}
	// Which of the two is meant is not known, so one of them may well be wrong.
	var a, b estate.Value
	sc.m.s.quietly(func() { a, b = sc.convert(e.TrueResult), sc.convert(e.FalseResult) })
	if sc.m.s.spend(size(a, maxValue)) && same(a, b) {
		return placed(a, at)
	}
	v := because(at, cond)
	v.NoEcho = v.NoEcho || a.NoEcho || b.NoEcho
	v.MayBeAbsent = a.Kind == estate.KindNull || b.Kind == estate.KindNull || a.MayBeAbsent || b.MayBeAbsent
	return v
}

// same reports whether two values are known and equal, wherever they stand.
func same(a, b estate.Value) bool {
	if a.Kind != b.Kind || a.Kind == estate.KindUnknown || a.Partial || b.Partial || a.Text != b.Text || a.Bool != b.Bool ||
		a.Why != b.Why || len(a.Items) != len(b.Items) || len(a.Fields) != len(b.Fields) {
		return false
	}
	if a.Ref != nil && (b.Ref == nil || *a.Ref != *b.Ref) {
		return false
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for _, f := range a.Fields {
		i := indexOf(b.Fields, f.Name)
		if i < 0 || !same(f.Value, b.Fields[i].Value) {
			return false
		}
	}
	return true
}

// binary computes an operator. Some of its results are known although an operand is not.
func (sc scope) binary(e *hclsyntax.BinaryOpExpr, at estate.Origin) estate.Value {
	a := sc.convert(e.LHS)
	switch e.Op {
	case hclsyntax.OpLogicalAnd, hclsyntax.OpLogicalOr:
		decides := e.Op == hclsyntax.OpLogicalOr
		if x, ok := a.AsBool(); ok && x == decides {
			return estate.Bool(decides, at)
		}
		var b estate.Value
		if known(a) {
			b = sc.convert(e.RHS)
		} else { // the left side may be there to keep the right one from being asked
			sc.m.s.quietly(func() { b = sc.convert(e.RHS) })
		}
		if y, ok := b.AsBool(); ok && y == decides {
			return estate.Bool(decides, at)
		}
		return sc.operate(e.Op, at, a, b)
	case hclsyntax.OpEqual, hclsyntax.OpNotEqual:
		b := sc.convert(e.RHS)
		if equal, ok := equals(a, b); ok {
			return estate.Bool(equal == (e.Op == hclsyntax.OpEqual), at)
		}
		return sc.operate(e.Op, at, a, b)
	default:
		return sc.operate(e.Op, at, a, sc.convert(e.RHS))
	}
}

// equals compares where a value that is not known can be compared: what is to be made is neither null nor empty, and
// equals itself.
func equals(a, b estate.Value) (equal, ok bool) {
	if a.Kind != estate.KindReference && !a.Partial {
		a, b = b, a
	}
	switch {
	case a.Kind != estate.KindReference && !a.Partial:
		return a.Kind == b.Kind, a.Kind == estate.KindNull && b.Kind != estate.KindUnknown || b.Kind == estate.KindNull && a.Kind != estate.KindUnknown
	case a.MayBeAbsent || b.MayBeAbsent:
		return false, false
	case b.Kind == estate.KindNull, b.Kind == estate.KindString && !b.Partial && b.Text == "":
		return false, true
	}
	return true, a.Kind == estate.KindReference && b.Kind == estate.KindReference && *a.Ref == *b.Ref
}
