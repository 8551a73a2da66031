package terraform

import (
	"sort"
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/baileydb/bailey/internal/estate"
)

// element is what a loop goes over.
type element struct{ key, value estate.Value }

// elements are those of a collection, and why there may be more.
func (sc scope) elements(expr hclsyntax.Expression) (out []element, why string) {
	v := sc.convert(expr)
	switch v.Kind {
	case estate.KindList:
		set := sc.isSet(expr, 0)
		for i, item := range v.Items {
			if maybeMore(item) {
				return out, whyOf(item)
			}
			e := element{estate.Number(strconv.Itoa(i), item.Origin), inherit(item, v)}
			if set {
				e.key = e.value
			}
			out = append(out, e)
		}
		return out, ""
	case estate.KindMap:
		for _, f := range v.Fields {
			out = append(out, element{estate.String(f.Name, f.Value.Origin), inherit(f.Value, v)})
		}
		sort.SliceStable(out, func(i, j int) bool { return out[i].key.Text < out[j].key.Text })
		return out, v.Why
	case estate.KindUnknown, estate.KindReference:
		return nil, whyOf(v)
	case estate.KindNull:
		sc.m.s.wrong(v.Origin, "a loop goes over null; give it a list or a map")
	default:
		sc.m.s.wrong(v.Origin, "a loop goes over what is neither list nor map; correct it")
	}
	return nil, mend + "it goes over what is neither list nor map"
}

// isSet reports whether an expression makes a set, whose elements are their own keys. Values do not tell.
func (sc scope) isSet(expr hclsyntax.Expression, depth int) bool {
	if depth > maxLevels {
		return false
	}
	switch e := expr.(type) {
	case *hclsyntax.FunctionCallExpr:
		switch e.Name {
		case "toset", "setunion", "setintersection", "setsubtract", "fileset":
			return true
		}
	case *hclsyntax.ParenthesesExpr:
		return sc.isSet(e.Expression, depth+1)
	case *hclsyntax.ConditionalExpr:
		return sc.isSet(e.TrueResult, depth+1)
	case *hclsyntax.ScopeTraversalExpr:
		name := attrAt(e.Traversal, 1)
		if a, ok := sc.m.locals[name]; ok && e.Traversal.RootName() == "local" && len(e.Traversal) == 2 {
			return sc.isSet(a.expr, depth+1)
		}
		if _, ok := sc.m.variables[name]; ok && e.Traversal.RootName() == "var" && len(e.Traversal) == 2 {
			return sc.m.typeOf(name).typ.IsSetType()
		}
	}
	return false
}

// loop is a for expression.
func (sc scope) loop(e *hclsyntax.ForExpr, at estate.Origin) estate.Value {
	elements, why := sc.elements(e.CollExpr)
	if len(elements) == 0 && why != "" {
		return estate.UnknownBecause(why, at)
	}
	var list []estate.Value
	var fields mapping
	for _, x := range elements {
		inner := sc.with(e.ValVar, x.value)
		if e.KeyVar != "" {
			inner = inner.with(e.KeyVar, x.key)
		}
		cond := inner.condition(e.CondExpr)
		switch {
		case cond.Kind == estate.KindUnknown && e.KeyExpr == nil:
			cond.MayBeAbsent = true
			list = append(list, cond)
		case cond.Kind == estate.KindUnknown:
			why = cond.Why
		case !cond.Bool:
		case e.KeyExpr == nil:
			list = append(list, inner.convert(e.ValExpr))
		default:
			if open := inner.entry(e, &fields, at); open != "" {
				why = open
			}
		}
	}
	if e.KeyExpr != nil {
		out := fields.value(at)
		out.Why = why
		return out
	}
	if why != "" {
		more := estate.UnknownBecause(why, at)
		more.MayBeAbsent = true
		list = append(list, more)
	}
	return estate.List(list, at)
}

// entry adds one entry of a for expression that makes a map, or says why its name is not known.
func (sc scope) entry(e *hclsyntax.ForExpr, fields *mapping, at estate.Origin) string {
	key, value := sc.convert(e.KeyExpr), sc.convert(e.ValExpr)
	name, ok := key.Scalar()
	if !ok {
		return whyOf(key)
	}
	if e.Group {
		group, there := fields.get(name)
		if !there {
			group = estate.List(nil, at)
		}
		group.Items = append(group.Items, value)
		value = group
	}
	fields.set(name, value)
	return ""
}

// condition is a bool, or unknown.
func (sc scope) condition(expr hclsyntax.Expression) estate.Value {
	if expr == nil {
		return estate.Bool(true, estate.Origin{})
	}
	v := sc.convert(expr)
	if b, ok := v.AsBool(); ok {
		return estate.Bool(b, v.Origin)
	}
	if v.Kind == estate.KindUnknown || v.Kind == estate.KindReference || v.Partial {
		return because(v.Origin, v)
	}
	return sc.m.s.wrong(v.Origin, "the condition of a for is neither true nor false; correct it")
}

// splat asks the same of each element. Of a single value it makes a list of one, of null an empty list.
func (sc scope) splat(e *hclsyntax.SplatExpr, at estate.Origin) estate.Value {
	source := sc.convert(e.Source)
	each := func(item estate.Value) estate.Value {
		inner := sc
		inner.vals = &frame{symbol: e.Item, value: item, outer: sc.vals}
		return inner.convert(e.Each)
	}
	switch source.Kind {
	case estate.KindNull:
		return estate.List(nil, at)
	case estate.KindUnknown:
		return placed(source, at)
	case estate.KindReference:
		inst, whole := sc.m.s.instanceOf(source)
		if !whole {
			return placed(each(source), at) // a list that is known once the resource is
		}
		item := each(source)
		item.MayBeAbsent = item.MayBeAbsent || inst.r.mode == undecided
		return estate.List([]estate.Value{item}, at)
	case estate.KindList:
		out := estate.List(make([]estate.Value, len(source.Items)), at)
		for i, item := range source.Items {
			if out.Items[i] = item; !maybeMore(item) || item.Kind == estate.KindReference {
				out.Items[i] = each(inherit(item, source))
			}
		}
		return out
	default:
		return estate.List([]estate.Value{each(source)}, at)
	}
}
