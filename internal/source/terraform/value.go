package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/baileydb/bailey/internal/estate"
)

// convert turns an expression into a value, following how it is written so that parts keep their positions and
// references survive; whatever computes is left to eval.
func (sc scope) convert(expr hclsyntax.Expression) estate.Value {
	s := sc.m.s
	if s.depth++; s.depth > maxDepth {
		s.depth--
		return estate.UnknownBecause("untangle the configuration: it refers to itself too deeply", originOf(expr.Range()))
	}
	defer func() { s.depth-- }()
	at := originOf(expr.StartRange())
	switch e := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		return fromCty(e.Val, at)
	case *hclsyntax.ParenthesesExpr:
		return sc.convert(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return placed(sc.convert(e.Wrapped), at)
	case *hclsyntax.TemplateExpr:
		return sc.template(e, at)
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
		if v, ok := sc.word(e.Traversal, at); ok {
			return v
		}
		if v, ok := sc.traversal(e.Traversal, at); ok {
			return placed(v, at)
		}
	case *hclsyntax.FunctionCallExpr:
		if v, ok := sc.call(e, at); ok {
			return placed(v, at)
		}
	}
	return sc.computed(expr, at)
}

// word reads True and FALSE, which Terraform refuses, for what they can only mean, and says so.
func (sc scope) word(t hcl.Traversal, at estate.Origin) (estate.Value, bool) {
	text := strings.ToLower(t.RootName())
	if len(t) != 1 || text != "true" && text != "false" {
		return estate.Value{}, false
	}
	sc.m.s.problem(estate.Problem{Origin: at, Message: t.RootName() + " is not a value Terraform knows; write " + text})
	return estate.Bool(text == "true", at), true
}

// computed leaves an expression to HCL's evaluation.
func (sc scope) computed(expr hclsyntax.Expression, at estate.Origin) estate.Value {
	v := fromCty(sc.eval(expr), at)
	if v.Kind != estate.KindReference {
		return v
	}
	// An unknown that came from one reference is that reference only where the expression selects and does not change.
	switch e := expr.(type) {
	case *hclsyntax.IndexExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.SplatExpr, *hclsyntax.ScopeTraversalExpr:
		return v
	case *hclsyntax.FunctionCallExpr:
		if selecting[e.Name] {
			return v
		}
	}
	out := estate.PartialString(v.Text, "it is known once "+v.Text+" is", at)
	out.Ref = v.Ref
	return out
}

// selecting are the functions that pass on one of their arguments.
var selecting = map[string]bool{
	"try": true, "coalesce": true, "one": true, "element": true, "lookup": true, "join": true, "tostring": true,
	"coalescelist": true, "tolist": true, "toset": true, "concat": true, "flatten": true, "compact": true,
	"sensitive": true, "nonsensitive": true, "first": true, "distinct": true, "sort": true,
}

// placed moves a value to where it is used; its parts stay where they are written.
func placed(v estate.Value, at estate.Origin) estate.Value {
	v.Origin = at
	return v
}

func (sc scope) object(e *hclsyntax.ObjectConsExpr, at estate.Origin) estate.Value {
	out := estate.Map(make([]estate.Field, 0, len(e.Items)), at)
	for _, item := range e.Items {
		key, _ := sc.eval(item.KeyExpr).Unmark()
		if !key.IsKnown() || key.IsNull() || key.Type() != cty.String && key.Type() != cty.Number && key.Type() != cty.Bool {
			continue // an entry whose name is not known cannot be asked for by name
		}
		name, _ := fromCty(key, at).Scalar()
		v := sc.convert(item.ValueExpr)
		if i := indexOf(out.Fields, name); i >= 0 {
			out.Fields[i].Value = v
			continue
		}
		out.Fields = append(out.Fields, estate.Field{Name: name, Value: v})
	}
	return out
}

func indexOf(fields []estate.Field, name string) int {
	for i := range fields {
		if fields[i].Name == name {
			return i
		}
	}
	return -1
}

func (sc scope) conditional(e *hclsyntax.ConditionalExpr, at estate.Origin) estate.Value {
	cond := sc.eval(e.Condition)
	cond, marks := cond.Unmark()
	if cond.IsKnown() && !cond.IsNull() {
		if b, err := toBool(cond); err == nil {
			if b {
				return sc.convert(e.TrueResult)
			}
			return sc.convert(e.FalseResult)
		}
	}
	a, b := sc.convert(e.TrueResult), sc.convert(e.FalseResult)
	if same(a, b) {
		return placed(a, at)
	}
	refs, whys, _, _ := reasons(marks)
	v := unknownValue(refs, whys, "", false, at)
	if v.Kind == estate.KindReference {
		v = estate.UnknownBecause("it is known once "+v.Text+" is", at)
	}
	v.MayBeAbsent = a.Kind == estate.KindNull || b.Kind == estate.KindNull || a.MayBeAbsent || b.MayBeAbsent
	return v
}

// same reports whether two values are known and equal, wherever they stand.
func same(a, b estate.Value) bool {
	if a.Kind != b.Kind || a.Kind == estate.KindUnknown || a.Partial || b.Partial || a.Text != b.Text || a.Bool != b.Bool ||
		len(a.Items) != len(b.Items) || len(a.Fields) != len(b.Fields) {
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
	for i := range a.Fields {
		if a.Fields[i].Name != b.Fields[i].Name || !same(a.Fields[i].Value, b.Fields[i].Value) {
			return false
		}
	}
	return true
}

// template joins the parts of a string; those that are not known stand in it as ${…}.
func (sc scope) template(e *hclsyntax.TemplateExpr, at estate.Origin) estate.Value {
	var b strings.Builder
	var whys []string
	var refs []*estate.Ref
	secret := false
	for _, part := range e.Parts {
		v := sc.convert(part)
		secret = secret || v.NoEcho
		text, ok := v.Scalar()
		switch {
		case ok:
			b.WriteString(text)
		case v.Kind == estate.KindNull:
		case v.Kind == estate.KindReference:
			b.WriteString(v.Text)
			refs = append(refs, v.Ref)
			whys = append(whys, "it is known once "+v.Text+" is")
		case v.Kind == estate.KindString:
			b.WriteString(v.Text)
			whys = append(whys, v.Why)
		case v.Kind == estate.KindUnknown:
			b.WriteString("${" + nameOf(part) + "}")
			whys = append(whys, v.Why)
		default:
			return sc.computed(e, at)
		}
	}
	if len(whys) == 0 {
		out := estate.String(b.String(), at)
		out.NoEcho = secret
		return out
	}
	out := estate.PartialString(b.String(), whys[0], at)
	out.NoEcho = secret
	if len(refs) == 1 {
		out.Ref = refs[0]
	}
	return out
}

// nameOf is how the author would recognize an unknown part.
func nameOf(expr hclsyntax.Expression) string {
	if t, ok := expr.(*hclsyntax.ScopeTraversalExpr); ok {
		return traversalText(t.Traversal)
	}
	return "…"
}

func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			b.WriteString(indexText(step.Key))
		}
	}
	return b.String()
}

// indexText writes an instance's key as Terraform's addresses do.
func indexText(key cty.Value) string {
	v := fromCty(key, estate.Origin{})
	text, _ := v.Scalar()
	if v.Kind == estate.KindString {
		return `["` + text + `"]`
	}
	return "[" + text + "]"
}

// traversal follows a reference as it is written. ok is false where it must be computed.
func (sc scope) traversal(t hcl.Traversal, at estate.Origin) (estate.Value, bool) {
	name := attrAt(t, 1)
	switch root := t.RootName(); root {
	case "var":
		return walk(sc.m.variableValue(name, at), t, 2)
	case "local":
		return walk(sc.m.localValue(name, at), t, 2)
	case "module":
		return sc.m.outputValue(name, t, at)
	case "data":
		if name == "aws_iam_policy_document" && attrAt(t, 3) == "json" {
			return sc.m.policyDocument(attrAt(t, 2), at)
		}
		return estate.Value{}, false
	case "path", "terraform", "each", "count", "self":
		return estate.Value{}, false
	default:
		if _, ok := sc.vars[root]; ok || name == "" {
			return estate.Value{}, false
		}
		return sc.m.attributeValue(root+"."+name, t, at)
	}
}

// walk follows the rest of a reference into a value.
func walk(v estate.Value, t hcl.Traversal, from int) (estate.Value, bool) {
	for _, step := range t[min(from, len(t)):] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			next, ok := v.Get(step.Name)
			if v.Kind != estate.KindMap || !ok {
				return v, false
			}
			v = next
		case hcl.TraverseIndex:
			next, ok := index(v, step.Key)
			if !ok {
				return v, false
			}
			v = next
		default:
			return v, false
		}
	}
	return v, true
}

func index(v estate.Value, key cty.Value) (estate.Value, bool) {
	k := fromCty(key, estate.Origin{})
	if v.Kind == estate.KindList {
		if i, ok := k.AsInt(); ok && i >= 0 && int(i) < len(v.Items) {
			return v.Items[i], true
		}
		return v, false
	}
	if text, ok := k.Scalar(); ok && v.Kind == estate.KindMap {
		return v.Get(text)
	}
	return v, false
}

// call handles the functions that keep the structure of what they are given.
func (sc scope) call(e *hclsyntax.FunctionCallExpr, at estate.Origin) (estate.Value, bool) {
	if e.ExpandFinal || len(e.Args) == 0 {
		return estate.Value{}, false
	}
	switch e.Name {
	case "jsonencode", "sensitive", "nonsensitive", "tomap", "tolist", "toset", "tostring":
		if len(e.Args) != 1 {
			return estate.Value{}, false
		}
		v := sc.convert(e.Args[0])
		v.NoEcho = v.NoEcho || e.Name == "sensitive"
		return v, e.Name != "jsonencode" || v.Kind == estate.KindMap || v.Kind == estate.KindList
	case "try":
		for _, a := range e.Args {
			if v := sc.convert(a); v.Kind != estate.KindUnknown || !failed(v) {
				return v, true
			}
		}
		return estate.Value{}, false
	case "concat":
		out := estate.List(nil, at)
		for _, a := range e.Args {
			v := sc.convert(a)
			if v.Kind != estate.KindList {
				return estate.Value{}, false
			}
			out.Items = append(out.Items, v.Items...)
		}
		return out, true
	case "compact", "flatten", "distinct":
		v := sc.convert(e.Args[0])
		return flat(v), v.Kind == estate.KindList && hasUnknown(v)
	case "merge":
		out := estate.Map(nil, at)
		for _, a := range e.Args {
			v := sc.convert(a)
			if v.Kind == estate.KindNull {
				continue
			}
			if v.Kind != estate.KindMap {
				return estate.Value{}, false
			}
			for _, f := range v.Fields {
				if i := indexOf(out.Fields, f.Name); i >= 0 {
					out.Fields[i] = f
				} else {
					out.Fields = append(out.Fields, f)
				}
			}
		}
		return out, true
	}
	return estate.Value{}, false
}

// failed reports whether a value is unknown because its expression is wrong, which is what try passes over.
func failed(v estate.Value) bool {
	return strings.HasPrefix(v.Why, mend) || strings.HasPrefix(v.Why, "declare ") || strings.HasSuffix(v.Why, "does not exist")
}

func flat(v estate.Value) estate.Value {
	out := estate.List(nil, v.Origin)
	for _, item := range v.Items {
		if item.Kind == estate.KindList {
			out.Items = append(out.Items, flat(item).Items...)
			continue
		}
		out.Items = append(out.Items, item)
	}
	return out
}

func hasUnknown(v estate.Value) bool {
	found := false
	v.Walk(func(v estate.Value) bool {
		found = found || v.Kind == estate.KindUnknown || v.Kind == estate.KindReference || v.Partial
		return !found
	})
	return found
}
