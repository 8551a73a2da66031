package terraform

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/baileydb/bailey/internal/estate"
)

// scope is where an expression stands: in a module, within an instance of a resource and perhaps within loops.
type scope struct {
	m      *module
	vals   *frame
	closed bool // nothing but the frames is to be seen: a template file, a variable file
}

// frame is a name of a loop, or each, count or a template's variable; inner frames hide outer ones.
type frame struct {
	name   string
	symbol *hclsyntax.AnonSymbolExpr // the element of a splat, which has no name
	value  estate.Value
	outer  *frame
}

func (sc scope) with(name string, v estate.Value) scope {
	sc.vals = &frame{name: name, value: v, outer: sc.vals}
	return sc
}

func (sc scope) lookup(name string) (estate.Value, bool) {
	for f := sc.vals; f != nil; f = f.outer {
		if f.symbol == nil && f.name == name {
			return f.value, true
		}
	}
	return estate.Value{}, false
}

func (sc scope) symbol(e *hclsyntax.AnonSymbolExpr, at estate.Origin) estate.Value {
	for f := sc.vals; f != nil; f = f.outer {
		if f.symbol == e {
			return f.value
		}
	}
	return sc.m.s.wrong(at, "a splat stands where nothing is splatted; correct it")
}

func attrAt(t hcl.Traversal, i int) string {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}

func indexAt(t hcl.Traversal, i int) (estate.Value, bool) {
	if i < len(t) {
		if x, ok := t[i].(hcl.TraverseIndex); ok {
			return fromCty(x.Key, originOf(x.SrcRange)), true
		}
	}
	return estate.Value{}, false
}

// traversal follows a reference.
func (sc scope) traversal(t hcl.Traversal, at estate.Origin) estate.Value {
	root, name := t.RootName(), attrAt(t, 1)
	if v, ok := sc.lookup(root); ok {
		return sc.steps(v, t[1:], at)
	}
	if sc.closed {
		return sc.m.s.wrong(at, "%s is not known here; give it as a variable of the template or write a plain value", root)
	}
	switch root {
	case "var":
		return sc.steps(sc.m.variable(name, at), t[min(2, len(t)):], at)
	case "local":
		return sc.steps(sc.m.local(name, at), t[min(2, len(t)):], at)
	case "module":
		v, n := sc.m.moduleValue(t, at)
		return sc.steps(v, t[n:], at)
	case "data":
		return sc.steps(sc.m.resourceValue("data."+name+"."+attrAt(t, 2), at), t[min(3, len(t)):], at)
	case "path", "terraform":
		return sc.surroundings(root, name, at)
	case "each", "count":
		return sc.m.s.wrong(at, "%s stands outside of what has a %s; move it", root, map[string]string{"each": "for_each", "count": "count"}[root])
	case "self", "ephemeral":
		return estate.UnknownBecause("it is known while the configuration is applied", at)
	}
	if len(t) < 2 {
		return sc.word(root, at)
	}
	v := sc.m.resourceValue(root+"."+name, at)
	if _, ok := sc.m.resources[root+"."+name]; !ok {
		v.Text = "${" + traversalText(t) + "}" // what it would be is known as far as its name goes
		return v
	}
	return sc.steps(v, t[2:], at)
}

// word reads True and FALSE, which Terraform refuses, for what they can only mean, and says so.
func (sc scope) word(root string, at estate.Origin) estate.Value {
	text := strings.ToLower(root)
	if text != "true" && text != "false" {
		return sc.m.s.wrong(at, "%s is not a value Terraform knows; put it in quotes if it is text", root)
	}
	sc.m.s.wrong(at, "%s is not a value Terraform knows; write %s", root, text)
	return estate.Bool(text == "true", at)
}

// surroundings are where Terraform runs: in the root folder, so that files are named from there.
func (sc scope) surroundings(root, name string, at estate.Origin) estate.Value {
	switch root + "." + name {
	case "path.module":
		return estate.String(relative(sc.m.s.root, sc.m.dir), at)
	case "path.root", "path.cwd":
		return estate.String(".", at)
	case "terraform.workspace", "terraform.env":
		return estate.String("default", at)
	}
	return sc.m.s.wrong(at, "%s.%s is not a value Terraform knows; correct the name", root, name)
}

// relative names dir from root; both are clean.
func relative(root, dir string) string {
	if root == dir {
		return "."
	}
	if below, ok := strings.CutPrefix(dir, strings.TrimSuffix(root, "/")+"/"); ok {
		return below
	}
	if root == "." {
		return dir
	}
	from, to := strings.Split(root, "/"), strings.Split(dir, "/")
	for len(from) > 0 && len(to) > 0 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}

// resourceValue is a whole resource: a reference, or the list or map of its instances' references.
func (m *module) resourceValue(key string, at estate.Origin) estate.Value {
	r, ok := m.resources[key]
	if !ok {
		m.s.wrong(at, "%s is not declared in this module; correct the name or add it", key)
		return estate.UnknownBecause("declare "+key+": nothing does", at)
	}
	m.expand(r)
	if r.whole != nil {
		return placed(*r.whole, at)
	}
	out := estate.Value{}
	switch {
	case r.mode == counted:
		out = estate.List(nil, at)
		for _, inst := range r.instances {
			out.Items = append(out.Items, inst.reference("", at))
		}
	case r.mode == keyed:
		out = estate.Map(nil, at)
		for _, inst := range r.instances {
			out.Fields = append(out.Fields, estate.Field{Name: keyText(inst.key), Value: inst.reference("", at)})
		}
	case len(r.instances) == 0:
		return m.s.wrong(at, "%s depends on itself; break the circle", key)
	default:
		out = r.instances[0].reference("", at)
	}
	if len(r.instances) > 0 { // else it may only be on the way to have some
		r.whole = &out
	}
	return out
}

// instanceOf is the resource that a reference to a whole one means.
func (s *session) instanceOf(v estate.Value) (*instance, bool) {
	if v.Kind != estate.KindReference || v.Ref.Attr != "" {
		return nil, false
	}
	inst, ok := s.instances[strings.TrimPrefix(v.Ref.ID, s.root+"#")]
	return inst, ok
}

// steps follows the rest of a reference into a value.
func (sc scope) steps(v estate.Value, rest hcl.Traversal, at estate.Origin) estate.Value {
	for _, step := range rest {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			v = sc.attr(v, step.Name, at)
		case hcl.TraverseIndex:
			v = sc.index(v, fromCty(step.Key, at), at)
		default:
			return sc.m.s.wrong(at, "this kind of reference is not understood; write it with a for expression")
		}
	}
	v.Origin = at
	return v
}

// attr takes an attribute of a value.
func (sc scope) attr(v estate.Value, name string, at estate.Origin) estate.Value {
	sc.m.s.spend(len(v.Fields) / 32)
	switch v.Kind {
	case estate.KindMap:
		if next, ok := v.Get(name); ok {
			return inherit(next, v)
		}
		return sc.m.s.wrong(at, "there is no attribute %s here; correct the name or add it", name)
	case estate.KindUnknown:
		return v
	case estate.KindReference:
		if inst, ok := sc.m.s.instanceOf(v); ok {
			next := inst.attr(name, at)
			next.MayBeAbsent = next.MayBeAbsent || v.MayBeAbsent
			return next
		}
		return sc.deeper(v, strings.TrimPrefix(v.Ref.Attr+"."+name, "."))
	case estate.KindNull:
		return sc.m.s.wrong(at, "attribute %s is asked of null; give it a value or ask with try", name)
	default:
		return sc.m.s.wrong(at, "attribute %s is asked of what has none; correct the reference", name)
	}
}

// inherit passes on where a part of a variable's value came from.
func inherit(part, whole estate.Value) estate.Value {
	if part.Param == "" {
		part.Param = whole.Param
	}
	part.NoEcho = part.NoEcho || whole.NoEcho
	return part
}

// deeper is a reference to a part of what v refers to.
func (sc scope) deeper(v estate.Value, attr string) estate.Value {
	address := strings.TrimPrefix(v.Ref.ID, sc.m.s.root+"#")
	out := estate.Reference(estate.Ref{ID: v.Ref.ID, Attr: attr}, "${"+address+"."+attr+"}", v.Origin)
	out.MayBeAbsent = v.MayBeAbsent
	return out
}

// index takes an element of a value.
func (sc scope) index(v, key estate.Value, at estate.Origin) estate.Value {
	if v.Kind == estate.KindUnknown {
		return v
	}
	if v.Kind == estate.KindReference {
		if _, ok := sc.m.s.instanceOf(v); ok {
			return v // [0] of what has no count, or whose count is not known
		}
		return sc.deeper(v, v.Ref.Attr+indexText(key))
	}
	if _, known := key.Scalar(); !known {
		if key.Kind == estate.KindUnknown || key.Kind == estate.KindReference || key.Partial {
			return estate.UnknownBecause(whyOf(key), at)
		}
		return sc.m.s.wrong(at, "the index is neither a number nor a text; correct it")
	}
	sc.m.s.spend((len(v.Fields) + len(v.Items)) / 32)
	switch v.Kind {
	case estate.KindList:
		return sc.item(v, key, at)
	case estate.KindMap:
		if next, ok := v.Get(keyText(key)); ok {
			return inherit(next, v)
		}
		return sc.m.s.wrong(at, "there is no element %s here; correct the key or add it", keyText(key))
	default:
		return sc.m.s.wrong(at, "an element is asked of what has none; correct the reference")
	}
}

func (sc scope) item(v, key estate.Value, at estate.Origin) estate.Value {
	i, ok := key.AsInt()
	if !ok || i < 0 {
		return sc.m.s.wrong(at, "the index %s is not a number of an element; correct it", keyText(key))
	}
	n := slices.IndexFunc(v.Items, maybeMore)
	switch {
	case n >= 0 && i > int64(n), n >= 0 && i == int64(n) && v.Items[n].Kind != estate.KindReference:
		return estate.UnknownBecause(whyOf(v.Items[n]), at)
	case i >= int64(len(v.Items)):
		return sc.m.s.wrong(at, "there is no element %d in a list of %d; correct the index or add it", i, len(v.Items))
	}
	return inherit(v.Items[i], v)
}

// maybeMore reports whether an element of a list stands for any number of them.
func maybeMore(item estate.Value) bool {
	return item.MayBeAbsent && (item.Kind == estate.KindUnknown || item.Kind == estate.KindReference)
}

// open says why it is not known how many parts a value has, empty where it is.
func open(v estate.Value) string {
	if v.Kind == estate.KindMap {
		return v.Why
	}
	if i := slices.IndexFunc(v.Items, maybeMore); i >= 0 {
		return whyOf(v.Items[i])
	}
	return ""
}

// indexText writes an instance's key as Terraform's addresses do; null is none.
func indexText(key estate.Value) string {
	switch key.Kind {
	case estate.KindNull:
		return ""
	case estate.KindString:
		return "[" + strconv.Quote(key.Text) + "]"
	default:
		return "[" + keyText(key) + "]"
	}
}

func keyText(key estate.Value) string {
	text, _ := key.Scalar()
	return text
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
			b.WriteString(indexText(fromCty(step.Key, estate.Origin{})))
		}
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
