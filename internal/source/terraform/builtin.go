package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/baileydb/bailey/internal/estate"
)

// call evaluates a function. Those that keep what they are given, or choose among it, work on values as they are, so
// that positions and what is not known survive; the others compute.
func (sc scope) call(e *hclsyntax.FunctionCallExpr, at estate.Origin) estate.Value {
	switch e.Name {
	case "try":
		return sc.try(e, at)
	case "can":
		ok := len(e.Args) == 1
		var v estate.Value
		ok = ok && sc.m.s.quietly(func() { v = sc.convert(e.Args[0]) })
		if ok && v.Kind == estate.KindUnknown {
			return because(at, v)
		}
		return estate.Bool(ok, at)
	case "templatefile":
		return sc.templateFile(e, at)
	}
	args := make([]estate.Value, 0, len(e.Args))
	for _, a := range e.Args {
		args = append(args, sc.convert(a))
	}
	if n := len(args) - 1; n >= 0 && e.ExpandFinal {
		last := args[n]
		switch {
		case last.Kind == estate.KindUnknown || last.Kind == estate.KindReference || open(last) != "":
			return because(at, args...)
		case last.Kind != estate.KindList:
			return sc.m.s.wrong(at, "only a list can be spread over arguments with ...; correct it")
		}
		args = append(args[:n:n], last.Items...)
	}
	for _, v := range args {
		n := len(v.Items) + len(v.Fields)
		if e.Name == "toset" || e.Name == "setunion" || e.Name == "join" || strings.HasPrefix(e.Name, "format") {
			n = size(v, maxValue)
		}
		if !sc.m.s.spend(n) {
			return estate.UnknownBecause(tooMuch, at)
		}
	}
	if v, ok := sc.structural(e.Name, args, at); ok {
		return placed(v, at)
	}
	return sc.compute(e.Name, args, at)
}

// try passes over what is wrong.
func (sc scope) try(e *hclsyntax.FunctionCallExpr, at estate.Origin) estate.Value {
	for _, a := range e.Args {
		var v estate.Value
		if sc.m.s.quietly(func() { v = sc.convert(a) }) {
			return placed(v, at)
		}
	}
	return sc.m.s.wrong(at, "none of what is tried can be evaluated; correct one of them or end in a plain value")
}

// structural handles the functions that keep the structure of what they are given.
func (sc scope) structural(name string, args []estate.Value, at estate.Origin) (estate.Value, bool) {
	if len(args) == 1 {
		if v, ok := sc.converted(name, args[0], at); ok {
			return v, true
		}
	}
	switch name {
	case "merge":
		if slices.ContainsFunc(args, func(v estate.Value) bool { return v.Kind == estate.KindList || isScalar(v) }) {
			return estate.Value{}, false
		}
		return mergeMaps(args, at), true
	case "concat", "setunion":
		return joinLists(args, name == "setunion", at)
	case "coalesce":
		return coalesced(args, at)
	case "coalescelist":
		for _, v := range args {
			if len(v.Items)+len(v.Fields) > 0 || v.Kind == estate.KindReference || v.Kind == estate.KindUnknown {
				return v, open(v) == "" || len(v.Items) == 1
			}
		}
	case "lookup":
		return sc.lookedUp(args, at)
	case "element":
		if len(args) == 2 && args[0].Kind == estate.KindList && len(args[0].Items) > 0 && open(args[0]) == "" {
			if i, ok := args[1].AsInt(); ok {
				n := int64(len(args[0].Items))
				return args[0].Items[((i%n)+n)%n], true
			}
		}
		if len(args) == 2 && len(args[0].Items) == 1 {
			return args[0].Items[0], true // whichever is asked for
		}
	case "slice":
		return sliced(args, at)
	case "zipmap":
		return zipped(args, at)
	case "join":
		return sc.joinTexts(args, at)
	case "format":
		return formatted(sc, args, at)
	case "formatlist":
		return formattedList(sc, args, at)
	}
	return estate.Value{}, false
}

func isScalar(v estate.Value) bool {
	return v.Kind == estate.KindBool || v.Kind == estate.KindNumber || v.Kind == estate.KindString
}

// converted handles the functions of one argument.
func (sc scope) converted(name string, v estate.Value, at estate.Origin) (estate.Value, bool) {
	list := v.Kind == estate.KindList
	switch name {
	case "jsonencode":
		return encoded(v, at), v.Kind != estate.KindUnknown
	case "jsondecode":
		if v.Kind == estate.KindMap || list {
			return v, true
		}
		if v.Kind == estate.KindString {
			return sc.decoded(v, at), true
		}
	case "sensitive":
		v.NoEcho = true
		return v, true
	case "nonsensitive":
		v.NoEcho = false
		return v, true
	case "tostring", "tonumber", "tobool":
		return v, v.Kind == estate.KindUnknown || v.Kind == estate.KindReference || v.Partial
	case "tolist", "tomap":
		return v, list || v.Kind == estate.KindMap || v.Kind == estate.KindUnknown || v.Kind == estate.KindReference
	case "toset", "distinct":
		if name == "toset" && list {
			return asSet(v), true
		}
		return distinct(v), list
	case "flatten":
		return flat(v), list
	case "compact":
		out := v
		out.Items = slices.DeleteFunc(slices.Clone(v.Items), func(x estate.Value) bool {
			return x.Kind == estate.KindNull || x.Kind == estate.KindString && x.Text == ""
		})
		return out, list
	case "reverse":
		out := v
		out.Items = slices.Clone(v.Items)
		slices.Reverse(out.Items)
		return out, list && open(v) == ""
	case "one":
		return sc.one(v, at)
	case "keys", "values":
		return entries(v, name == "keys", at)
	}
	return estate.Value{}, false
}

// decoded reads JSON out of a text.
func (sc scope) decoded(v estate.Value, at estate.Origin) estate.Value {
	out, ok := parsedText(v)
	switch {
	case ok:
		out.NoEcho = v.NoEcho
		return out
	case v.Partial:
		return because(at, v)
	}
	return sc.m.s.wrong(at, "jsondecode: the text is not JSON, or is nested too deeply; correct it")
}

// one is the only element of a list, or null.
func (sc scope) one(v estate.Value, at estate.Origin) (estate.Value, bool) {
	switch {
	case v.Kind == estate.KindUnknown || v.Kind == estate.KindReference:
		return v, true
	case v.Kind != estate.KindList || len(v.Items) > 1:
		return estate.Value{}, false
	case len(v.Items) == 0:
		return estate.Null(at), true
	}
	return v.Items[0], true
}

// encoded keeps the structure of what becomes JSON; a scalar becomes the text it is in JSON.
func encoded(v estate.Value, at estate.Origin) estate.Value {
	if v.Kind == estate.KindMap || v.Kind == estate.KindList {
		return v
	}
	var t text
	t.encode(v)
	return t.value(at)
}

func asSet(v estate.Value) estate.Value {
	out := distinct(v)
	if known(out) {
		slices.SortStableFunc(out.Items, func(a, b estate.Value) int { return strings.Compare(keyText(a), keyText(b)) })
	}
	return out
}

func distinct(v estate.Value) estate.Value {
	out := v
	out.Items = nil
	seen := map[string]bool{}
	for _, item := range v.Items {
		if text, ok := item.Scalar(); ok {
			if seen[text] {
				continue
			}
			seen[text] = true
		} else if item.Kind == estate.KindReference {
			if key := item.Ref.ID + "\x00" + item.Ref.Attr; seen[key] {
				continue
			} else {
				seen[key] = true
			}
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// flat takes lists out of a list. What could be a list as well is an element that stands for any number of them.
func flat(v estate.Value) estate.Value {
	out := v
	out.Items = nil
	for _, item := range v.Items {
		switch item.Kind {
		case estate.KindList:
			out.Items = append(out.Items, flat(inherit(item, v)).Items...)
			continue
		case estate.KindUnknown:
			item.MayBeAbsent = true
		default:
		}
		out.Items = append(out.Items, item)
	}
	return out
}

func joinLists(args []estate.Value, set bool, at estate.Origin) (estate.Value, bool) {
	out := estate.List(nil, at)
	for _, v := range args {
		switch v.Kind {
		case estate.KindList:
			for _, item := range v.Items {
				out.Items = append(out.Items, inherit(item, v))
			}
		case estate.KindUnknown, estate.KindReference:
			v.MayBeAbsent = true
			out.Items = append(out.Items, v)
		default:
			return out, false
		}
	}
	if set {
		out = asSet(out)
	}
	return out, true
}

// coalesced is the first of its arguments that is neither null nor empty.
func coalesced(args []estate.Value, at estate.Origin) (estate.Value, bool) {
	for i, v := range args {
		switch {
		case v.MayBeAbsent:
			rest, ok := coalesced(args[i+1:], at)
			if ok && same(v, rest) {
				return rest, true
			}
			return because(at, args[i:]...), true
		case v.Kind == estate.KindUnknown:
			return because(at, v), true
		case v.Kind == estate.KindNull, v.Kind == estate.KindString && v.Text == "":
		default:
			return v, true
		}
	}
	return estate.Value{}, false
}

func (sc scope) lookedUp(args []estate.Value, at estate.Origin) (estate.Value, bool) {
	if len(args) < 2 {
		return estate.Value{}, false
	}
	key, ok := args[1].Scalar()
	switch {
	case args[0].Kind == estate.KindUnknown || args[0].Kind == estate.KindReference || !ok:
		return because(at, args[:2]...), true
	case args[0].Kind != estate.KindMap:
		return estate.Value{}, false
	}
	if v, ok := args[0].Get(key); ok {
		v.MayBeAbsent = false // there is the default
		return inherit(v, args[0]), true
	}
	if len(args) > 2 {
		return args[2], true
	}
	return sc.m.s.wrong(at, "there is no element %s here; correct the key or give a default", key), true
}

func sliced(args []estate.Value, at estate.Origin) (estate.Value, bool) {
	if len(args) != 3 || args[0].Kind != estate.KindList {
		return estate.Value{}, false
	}
	from, ok1 := args[1].AsInt()
	to, ok2 := args[2].AsInt()
	if !ok1 || !ok2 || from < 0 || from > to || to > int64(len(args[0].Items)) || open(args[0]) != "" {
		return estate.Value{}, false
	}
	return estate.List(args[0].Items[from:to], at), true
}

func zipped(args []estate.Value, at estate.Origin) (estate.Value, bool) {
	if len(args) != 2 || args[0].Kind != estate.KindList || args[1].Kind != estate.KindList || len(args[0].Items) != len(args[1].Items) {
		return estate.Value{}, false
	}
	var out mapping
	for i, key := range args[0].Items {
		name, ok := key.Scalar()
		if !ok || maybeMore(args[1].Items[i]) {
			return estate.Value{}, false
		}
		out.set(name, args[1].Items[i])
	}
	return out.value(at), true
}

func entries(v estate.Value, keys bool, at estate.Origin) (estate.Value, bool) {
	if v.Kind != estate.KindMap || v.Why != "" {
		return estate.Value{}, false
	}
	fields := slices.Clone(v.Fields)
	slices.SortFunc(fields, func(a, b estate.Field) int { return strings.Compare(a.Name, b.Name) })
	out := estate.List(nil, at)
	for _, f := range fields {
		item := inherit(f.Value, v)
		if keys {
			item = estate.String(f.Name, at)
		}
		out.Items = append(out.Items, item)
	}
	return out, true
}

// passing are the functions whose unknown result may be one of their arguments as it is.
var passing = map[string]bool{"coalescelist": true, "coalesce": true, "lookup": true, "element": true, "one": true}

// compute calls a standard function.
func (sc scope) compute(name string, args []estate.Value, at estate.Origin) estate.Value {
	fn, ok := sc.m.s.functions[name]
	if !ok {
		if strings.HasPrefix(name, "provider::") {
			return estate.UnknownBecause("the function "+name+" belongs to a provider", at)
		}
		sc.m.s.wrong(at, "function %s is not one that Bailey knows; its result is unknown", name)
		return estate.UnknownBecause("the function "+name+" is not known", at)
	}
	if why := excess(name, args); why != "" {
		return estate.UnknownBecause(why, at)
	}
	work := 1 // turning values into the library's costs more than following them
	for _, v := range args {
		work += 8 * size(v, maxValue)
	}
	if !sc.m.s.spend(work) {
		return estate.UnknownBecause(tooMuch, at)
	}
	in, err := arguments(fn, args)
	if err != nil {
		return sc.m.s.wrong(at, "%s: %s", name, err)
	}
	out, err := called(func() (cty.Value, error) { return fn.Call(in) })
	if err != nil {
		return sc.m.s.wrong(at, "%s: %s", name, plainError(err))
	}
	if !out.IsKnown() && !out.IsMarked() {
		return because(at, args...) // some functions forget what they were given
	}
	v := fromCty(out, at)
	sc.m.s.spend(size(v, maxValue))
	if passing[name] {
		return v
	}
	if v.Kind == estate.KindReference {
		if out.Type().IsPrimitiveType() || out.Type() == cty.DynamicPseudoType {
			return made(v, "", at)
		}
		return estate.UnknownBecause(whyOf(v), at) // a list of what nobody knows yet
	}
	v.Param = ""
	return v
}

func plainError(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(text, ".")
}

// arguments converts values to what a function takes.
func arguments(fn function.Function, args []estate.Value) ([]cty.Value, error) {
	in := make([]cty.Value, len(args))
	params, more := fn.Params(), fn.VarParam()
	for i, v := range args {
		typ := cty.DynamicPseudoType
		switch {
		case i < len(params):
			typ = params[i].Type
		case more != nil:
			typ = more.Type
		}
		x, err := called(func() (cty.Value, error) { return convert.Convert(toCty(v), typ) })
		if err != nil {
			return nil, err
		}
		in[i] = x
	}
	return in, nil
}
