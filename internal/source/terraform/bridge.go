package terraform

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/baileydb/bailey/internal/estate"
)

// mark travels with a value through the standard functions: the value that an unknown one stands for, and whether a
// known one is secret.
type mark struct {
	stands *estate.Value
	secret bool
}

// toCty is a value for computing; what is not known stands for itself.
func toCty(v estate.Value) cty.Value {
	var out cty.Value
	switch {
	case v.Kind == estate.KindNull:
		return cty.NullVal(cty.DynamicPseudoType)
	case v.Kind == estate.KindUnknown, v.Kind == estate.KindReference, v.Partial, open(v) != "":
		return cty.DynamicVal.Mark(mark{stands: &v, secret: v.NoEcho})
	case v.Kind == estate.KindBool:
		out = cty.BoolVal(v.Bool)
	case v.Kind == estate.KindString:
		out = cty.StringVal(v.Text)
	case v.Kind == estate.KindNumber:
		n, err := cty.ParseNumberVal(v.Text)
		if err != nil {
			n = cty.StringVal(v.Text)
		}
		out = n
	case v.Kind == estate.KindList:
		items := make([]cty.Value, len(v.Items))
		for i := range v.Items {
			items[i] = toCty(v.Items[i])
		}
		out = cty.TupleVal(items)
	default:
		fields := make(map[string]cty.Value, len(v.Fields))
		for _, f := range v.Fields {
			fields[f.Name] = toCty(f.Value)
		}
		out = cty.ObjectVal(fields)
	}
	if v.NoEcho {
		return out.Mark(mark{secret: true})
	}
	return out
}

// fromCty turns a computed value into the estate's, all of it at one position. Functions gather the marks of what they
// are given on their result, so unknown parts look for theirs there.
func fromCty(v cty.Value, at estate.Origin) estate.Value { return fromMarked(v, nil, at) }

// fromMarked is fromCty within a value with these marks.
func fromMarked(v cty.Value, outer []mark, at estate.Origin) estate.Value {
	v, marks := v.Unmark()
	own := outer
	if len(marks) > 0 {
		own = sorted(marks)
	}
	switch {
	case !v.IsKnown() && len(marks) == 0 && len(outer) > 0: // one of those in the whole, but which is not told
		out := because(at, stands(own)...)
		out.NoEcho = out.NoEcho || secret(own)
		return out
	case !v.IsKnown():
		return standing(v, own, at)
	}
	if v.IsNull() {
		return estate.Null(at)
	}
	var out estate.Value
	switch t := v.Type(); {
	case t == cty.String:
		out = estate.String(v.AsString(), at)
	case t == cty.Bool:
		out = estate.Bool(v.True(), at)
	case t == cty.Number:
		out = number(v, at)
	case t.IsListType() || t.IsSetType() || t.IsTupleType():
		out = estate.List(make([]estate.Value, 0, v.LengthInt()), at)
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			out.Items = append(out.Items, fromMarked(e, own, at))
		}
	case t.IsMapType() || t.IsObjectType():
		out = estate.Map(nil, at)
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			k, _ = k.Unmark()
			out.Fields = append(out.Fields, estate.Field{Name: k.AsString(), Value: fromMarked(e, own, at)})
		}
	default:
		return estate.UnknownBecause(fmt.Sprintf("a value of type %s cannot be read here", t.FriendlyName()), at)
	}
	out.NoEcho = secret(own)
	return out
}

func secret(marks []mark) bool {
	return slices.ContainsFunc(marks, func(m mark) bool { return m.secret })
}

func stands(marks []mark) []estate.Value {
	var out []estate.Value
	for _, m := range marks {
		if m.stands != nil {
			out = append(out, *m.stands)
		}
	}
	return out
}

// number writes a number out, unless that would fill the memory.
func number(v cty.Value, at estate.Origin) estate.Value {
	n := v.AsBigFloat()
	if n.IsInf() || n.MantExp(nil) > 4096 || n.MantExp(nil) < -4096 {
		return estate.UnknownBecause("write a number of a size that is used", at)
	}
	return estate.Number(n.Text('f', -1), at)
}

func sorted(marks cty.ValueMarks) []mark {
	var out []mark
	for m := range marks {
		x, ok := m.(mark)
		if !ok {
			continue
		}
		if x.stands == nil || !slices.ContainsFunc(out, func(y mark) bool {
			return y.stands != nil && (same(*x.stands, *y.stands) || x.stands.Kind == estate.KindUnknown && y.stands.Kind == estate.KindUnknown && x.stands.Why == y.stands.Why)
		}) {
			out = append(out, x)
		}
	}
	sort.Slice(out, func(i, j int) bool { return shownMark(out[i]) < shownMark(out[j]) })
	return out
}

func shownMark(m mark) string {
	if m.stands == nil {
		return fmt.Sprint(m.secret)
	}
	return m.stands.Text + whyOf(*m.stands) + m.stands.Origin.String()
}

// standing is what an unknown result means: what it stands for where it was only passed on, else that it depends on it.
// Functions that make something new say that their result is not null.
func standing(v cty.Value, marks []mark, at estate.Origin) estate.Value {
	from := stands(marks)
	if len(from) == 1 && (v.Type() == cty.DynamicPseudoType || !v.Range().DefinitelyNotNull()) {
		return placed(from[0], at)
	}
	out := because(at, from...)
	out.NoEcho = out.NoEcho || secret(marks)
	if len(from) == 1 && v.Type() == cty.String && from[0].Kind != estate.KindUnknown {
		return made(from[0], v.Range().StringPrefix(), at)
	}
	return out
}

// made is a text of which no more is known than what it is made from.
func made(from estate.Value, prefix string, at estate.Origin) estate.Value {
	shown := from.Text
	if !strings.HasPrefix(shown, prefix) {
		shown = prefix + shown
	}
	out := estate.PartialString(shown, whyOf(from), at)
	out.Ref, out.NoEcho = from.Ref, from.NoEcho
	return out
}

// operate computes an operator.
func (sc scope) operate(op *hclsyntax.Operation, at estate.Origin, args ...estate.Value) estate.Value {
	params := op.Impl.Params()
	in := make([]cty.Value, len(args))
	for i, v := range args {
		if v.Kind == estate.KindList || v.Kind == estate.KindMap {
			if !sc.m.s.spend(size(v, maxValue)) {
				return estate.UnknownBecause(tooMuch, at)
			}
		} else if !known(v) {
			return because(at, args...)
		}
		if v.Kind == estate.KindNull && params[i].Type != cty.DynamicPseudoType {
			return sc.m.s.wrong(at, "null is computed with; give it a value")
		}
		x, err := convert.Convert(toCty(v), params[i].Type)
		if err != nil {
			return sc.m.s.wrong(at, "this cannot be computed: %s", err)
		}
		in[i] = x
	}
	if n, ok := args[len(args)-1].AsInt(); ok && n == 0 && (op == hclsyntax.OpDivide || op == hclsyntax.OpModulo) {
		return sc.m.s.wrong(at, "this cannot be computed: division by zero")
	}
	out, err := called(func() (cty.Value, error) { return op.Impl.Call(in) })
	if err != nil {
		return sc.m.s.wrong(at, "this cannot be computed: %s", err)
	}
	return fromCty(out, at)
}

// called guards against the standard functions, which are known to panic on some values.
func called(f func() (cty.Value, error)) (v cty.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it is beyond the standard functions (%v)", r)
		}
	}()
	return f()
}
