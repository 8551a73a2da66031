package terraform

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/baileydb/bailey/internal/estate"
)

// mark travels with an unknown value through HCL's evaluation and says why it is unknown: a reference to a resource, or
// something that is not given.
type mark struct {
	ref     estate.Ref // ID empty: not a reference
	display string
	why     string
	param   string
	secret  bool
}

// unknown is a value that is not known, and why.
func unknown(m mark) cty.Value { return cty.UnknownVal(cty.DynamicPseudoType).Mark(m) }

// scope is where an expression stands: in a module, within an instance of a resource and perhaps a dynamic block.
type scope struct {
	m    *module
	vars map[string]cty.Value // each, count, self and the iterators of dynamic blocks
}

func (sc scope) with(name string, v cty.Value) scope {
	out := scope{m: sc.m, vars: map[string]cty.Value{name: v}}
	for k, x := range sc.vars {
		if k != name {
			out.vars[k] = x
		}
	}
	return out
}

// eval computes an expression. It never fails: what cannot be computed is unknown, and a problem says why.
func (sc scope) eval(expr hcl.Expression) (v cty.Value) {
	s := sc.m.s
	if s.depth++; s.depth > maxDepth {
		s.depth--
		return unknown(mark{why: "untangle the configuration: it refers to itself too deeply"})
	}
	defer func() {
		s.depth--
		if r := recover(); r != nil { // the standard functions are known to panic on some marked values
			v = unknown(mark{why: "the expression could not be evaluated"})
		}
	}()
	ctx := &hcl.EvalContext{Variables: sc.variables(expr), Functions: sc.m.functions()}
	v, diags := expr.Value(ctx)
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		p := problemOf(expr.Range().Filename, d)
		p.Fatal = false
		s.problem(p)
		return unknown(mark{why: mend + lowerFirst(d.Summary)})
	}
	return v
}

const maxDepth = 200

// mend starts the reason of a value whose expression is wrong.
const mend = "mend the expression: "

// variables builds just what an expression names.
func (sc scope) variables(expr hcl.Expression) map[string]cty.Value {
	out := map[string]cty.Value{}
	nested := map[string]map[string]cty.Value{} // data.TYPE and resource types: by name
	wanted := wantedNames(expr)
	for _, t := range expr.Variables() {
		root := t.RootName()
		if v, ok := sc.vars[root]; ok {
			out[root] = v
			continue
		}
		name := attrAt(t, 1)
		switch root {
		case "var", "local", "module":
			if name != "" {
				put(nested, root, name, func() cty.Value { return sc.member(root, name, wanted) })
			}
		case "path":
			out[root] = cty.ObjectVal(map[string]cty.Value{
				"module": cty.StringVal(sc.m.dir), "root": cty.StringVal(sc.m.s.root), "cwd": cty.StringVal("."),
			})
		case "terraform":
			out[root] = cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal("default"), "env": cty.StringVal("default")})
		case "data":
			if second := attrAt(t, 2); second != "" {
				put(nested, "data."+name, second, func() cty.Value { return sc.m.value("data."+name+"."+second, wanted, t) })
			}
		case "each", "count", "self":
			out[root] = unknown(mark{why: "it differs by instance"})
		default:
			if name != "" {
				put(nested, root, name, func() cty.Value { return sc.m.value(root+"."+name, wanted, t) })
			}
		}
	}
	data := map[string]cty.Value{}
	for root, names := range nested {
		if typ, ok := strings.CutPrefix(root, "data."); ok {
			data[typ] = cty.ObjectVal(names)
			continue
		}
		out[root] = cty.ObjectVal(names)
	}
	if len(data) > 0 {
		out["data"] = cty.ObjectVal(data)
	}
	return out
}

func put(nested map[string]map[string]cty.Value, root, name string, v func() cty.Value) {
	if nested[root] == nil {
		nested[root] = map[string]cty.Value{}
	}
	if _, ok := nested[root][name]; !ok {
		nested[root][name] = v()
	}
}

func (sc scope) member(root, name string, wanted []string) cty.Value {
	switch root {
	case "var":
		return sc.m.variable(name)
	case "local":
		return sc.m.local(name)
	default:
		return sc.m.moduleValue(name, wanted)
	}
}

func attrAt(t hcl.Traversal, i int) string {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}

// wantedNames are all attribute names in an expression: what a resource's value must offer.
func wantedNames(expr hcl.Expression) []string {
	seen := map[string]bool{}
	collect := func(t hcl.Traversal) {
		for _, step := range t {
			switch step := step.(type) {
			case hcl.TraverseAttr:
				seen[step.Name] = true
			case hcl.TraverseIndex:
				if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
					seen[step.Key.AsString()] = true
				}
			}
		}
	}
	if n, ok := expr.(hclsyntax.Node); ok {
		_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
			switch n := n.(type) {
			case *hclsyntax.ScopeTraversalExpr:
				collect(n.Traversal)
			case *hclsyntax.RelativeTraversalExpr:
				collect(n.Traversal)
			}
			return nil
		})
	}
	out := make([]string, 0, len(seen))
	for name := range seen {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// reasons takes the marks off a value and sorts them into references and words.
func reasons(marks cty.ValueMarks) (refs []mark, whys []string, param string, secret bool) {
	for m := range marks {
		x, ok := m.(mark)
		if !ok {
			continue
		}
		switch {
		case x.ref.ID != "":
			refs = append(refs, x)
		case x.why != "" && !slices.Contains(whys, x.why):
			whys = append(whys, x.why)
		}
		if x.param != "" {
			param = x.param
		}
		secret = secret || x.secret
	}
	sort.Slice(refs, func(i, j int) bool { return refs[i].display < refs[j].display })
	sort.Strings(whys)
	return refs, whys, param, secret
}

// fromCty turns a computed value into the estate's, all of it at one position.
func fromCty(v cty.Value, at estate.Origin) estate.Value {
	v, marks := v.Unmark()
	refs, whys, param, secret := reasons(marks)
	if !v.IsKnown() {
		return unknownValue(refs, whys, param, secret, at)
	}
	if v.IsNull() {
		return estate.Null(at)
	}
	out := estate.Value{}
	switch t := v.Type(); {
	case t == cty.String:
		out = estate.String(v.AsString(), at)
	case t == cty.Bool:
		out = estate.Bool(v.True(), at)
	case t == cty.Number:
		out = estate.Number(v.AsBigFloat().Text('f', -1), at)
	case t.IsListType() || t.IsSetType() || t.IsTupleType():
		out = estate.List(make([]estate.Value, 0, v.LengthInt()), at)
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			out.Items = append(out.Items, fromCty(e, at))
		}
	case t.IsMapType() || t.IsObjectType():
		out = estate.Map(nil, at)
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			k, _ = k.Unmark()
			out.Fields = append(out.Fields, estate.Field{Name: k.AsString(), Value: fromCty(e, at)})
		}
	default:
		return estate.UnknownBecause(fmt.Sprintf("a value of type %s cannot be read here", t.FriendlyName()), at)
	}
	out.Param, out.NoEcho = param, secret
	return out
}

func unknownValue(refs []mark, whys []string, param string, secret bool, at estate.Origin) estate.Value {
	if len(refs) == 1 && len(whys) == 0 {
		return estate.Reference(refs[0].ref, refs[0].display, at)
	}
	for _, r := range refs {
		whys = append(whys, "it is known once "+r.display+" is")
	}
	if len(whys) == 0 {
		whys = []string{"it is computed when the configuration is applied"}
	}
	out := estate.UnknownBecause(strings.Join(whys, "; "), at)
	out.Param, out.NoEcho = param, secret
	return out
}
