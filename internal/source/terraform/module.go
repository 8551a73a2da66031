package terraform

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/baileydb/bailey/internal/estate"
)

// session is one reading of one root folder.
type session struct {
	opts     Options
	root     string
	problems []estate.Problem
	told     map[estate.Problem]bool
	decls    []estate.Declaration
	depth    int
	funcs    map[string]function.Function
	manifest map[string]string // module address to folder, from .terraform/modules
}

const maxProblems = 1000

func (s *session) problem(p estate.Problem) {
	if !s.told[p] && len(s.problems) < maxProblems {
		s.told[p] = true
		s.problems = append(s.problems, p)
	}
}

// module is one instance of a module: the root, or one made by a module block.
type module struct {
	s      *session
	prefix string // "", "module.data." or "module.data[0]."
	dir    string
	level  int

	variables map[string]*block
	locals    map[string]attribute
	outputs   map[string]*block
	calls     map[string]*call
	resources map[string]*resource // "aws_x.y", "data.aws_x.y"
	order     []string
	callOrder []string
	tags      map[string]tagSource // default tags by provider alias, "" for the default one

	given map[string]given
	busy  map[string]bool
	cache map[string]cty.Value
}

type tagSource struct {
	m    *module // whose provider block it is
	expr attribute
}

// given is what a caller gives a variable: an expression in the caller's scope, or a value.
type given struct {
	sc    scope
	expr  attribute
	value cty.Value
	text  bool // a string from the command line, read as the variable's type
}

// call is a module block and, once expanded, its instances.
type call struct {
	block     *block
	expanded  bool
	mode      mode
	instances []*moduleInstance
	why       string // nothing could be read of it
}

type moduleInstance struct {
	key cty.Value
	m   *module
}

// resource is a resource or data block and, once expanded, its instances.
type resource struct {
	block     *block
	typ, name string
	expanded  bool
	mode      mode
	instances []*instance
	why       string // mode undecided: what would settle how many there are
}

type instance struct {
	key     cty.Value
	address string
	sc      scope
}

// mode is how a block is multiplied.
type mode uint8

const (
	single mode = iota
	counted
	keyed
	undecided
)

func newModule(s *session, dir, prefix string, level int, blocks []*block) *module {
	m := &module{
		s: s, dir: dir, prefix: prefix, level: level,
		variables: map[string]*block{}, locals: map[string]attribute{}, outputs: map[string]*block{},
		calls: map[string]*call{}, resources: map[string]*resource{}, tags: map[string]tagSource{},
		given: map[string]given{}, busy: map[string]bool{}, cache: map[string]cty.Value{},
	}
	for _, b := range blocks {
		m.add(b)
	}
	return m
}

func (m *module) add(b *block) {
	label := func(i int) string {
		if i < len(b.labels) {
			return b.labels[i]
		}
		return ""
	}
	switch b.typ {
	case "variable":
		m.variables[label(0)] = b
	case "output":
		m.outputs[label(0)] = b
	case "locals":
		for _, a := range b.attrs {
			m.locals[a.name] = a
		}
	case "module":
		m.calls[label(0)] = &call{block: b}
		m.callOrder = append(m.callOrder, label(0))
	case "provider":
		m.addProvider(b, label(0))
	case "resource", "data":
		if len(b.labels) != 2 {
			return // the parser has told what is wrong with it
		}
		key := label(0) + "." + label(1)
		if b.typ == "data" {
			key = "data." + key
		}
		if other, ok := m.resources[key]; ok {
			m.s.problem(estate.Problem{Origin: b.at, Message: fmt.Sprintf("%s is declared twice, first at %s; rename one", key, other.block.at)})
			return
		}
		m.resources[key] = &resource{block: b, typ: label(0), name: label(1)}
		m.order = append(m.order, key)
	}
}

// addProvider remembers the default tags that an AWS provider puts on its resources.
func (m *module) addProvider(b *block, name string) {
	if name != "aws" {
		return
	}
	alias := ""
	if a, ok := b.attr("alias"); ok {
		alias, _ = scope{m: m}.convert(a.expr).Scalar()
	}
	for _, sub := range b.blocks {
		if sub.typ == "default_tags" {
			if a, ok := sub.attr("tags"); ok {
				m.tags[alias] = tagSource{m, a}
			}
		}
	}
}

func (m *module) scope() scope { return scope{m: m} }

// guard runs f unless it is running already: a value that needs itself is a cycle.
func (m *module) guard(key string, at estate.Origin, f func()) bool {
	if m.busy[key] {
		m.s.problem(estate.Problem{Origin: at, Message: fmt.Sprintf("%s%s depends on itself; break the circle", m.prefix, key)})
		return false
	}
	m.busy[key] = true
	defer delete(m.busy, key)
	f()
	return true
}

var circular = mark{why: "break the circle that it is part of"}

// variable is a variable's value for computing.
func (m *module) variable(name string) cty.Value {
	key := "var." + name
	if v, ok := m.cache[key]; ok {
		return v
	}
	b, ok := m.variables[name]
	if !ok {
		return unknown(mark{why: fmt.Sprintf("declare variable %s: nothing does", name)})
	}
	v := unknown(circular)
	m.guard(key, b.at, func() { v = m.typed(name, b) })
	m.cache[key] = v
	return v
}

// typed is what a variable was given, or its default, converted to its type.
func (m *module) typed(name string, b *block) cty.Value {
	secret := m.secret(b)
	missing := mark{why: fmt.Sprintf("give variable %s a value (--parameter %s=… or a .tfvars file)", name, name), param: name, secret: secret}
	typ, defaults := cty.DynamicPseudoType, (*typeexpr.Defaults)(nil)
	if a, ok := b.attr("type"); ok {
		if t, d, diags := typeexpr.TypeConstraintWithDefaults(a.expr); !diags.HasErrors() {
			typ, defaults = t, d
		}
	}
	var v cty.Value
	switch g, ok := m.given[name]; {
	case ok && g.text:
		v = fromText(g.value.AsString(), typ)
	case ok && g.expr.expr != nil:
		v = g.sc.eval(g.expr.expr)
	case ok:
		v = g.value
	default:
		a, ok := b.attr("default")
		if !ok {
			return unknown(missing)
		}
		v = scope{m: m}.eval(a.expr)
	}
	if defaults != nil && v.IsKnown() && !v.IsNull() && !v.IsMarked() {
		v = defaults.Apply(v)
	}
	if converted, err := convert.Convert(v, typ.WithoutOptionalAttributesDeep()); err == nil {
		v = converted
	}
	if secret {
		v = v.Mark(mark{param: name, secret: true})
	}
	return v
}

func (m *module) secret(b *block) bool {
	a, ok := b.attr("sensitive")
	if !ok {
		return false
	}
	yes, _ := scope{m: m}.convert(a.expr).AsBool()
	return yes
}

// fromText reads a value given on the command line: text as it is for a string, an expression for other types.
func fromText(text string, typ cty.Type) cty.Value {
	if typ == cty.String || typ == cty.DynamicPseudoType {
		return cty.StringVal(text)
	}
	if v, err := convert.Convert(cty.StringVal(text), typ); err == nil {
		return v
	}
	expr, ok := parseExpr(text)
	if !ok {
		return cty.StringVal(text)
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		return cty.StringVal(text)
	}
	return v
}

// variableValue is a variable's value as the estate sees it, with the structure it was written in.
func (m *module) variableValue(name string, at estate.Origin) estate.Value {
	b, ok := m.variables[name]
	if !ok {
		m.s.problem(estate.Problem{Origin: at, Message: fmt.Sprintf("variable %s is not declared in this module; add a variable block", name)})
		return estate.UnknownBecause(fmt.Sprintf("declare variable %s: nothing does", name), at)
	}
	var v estate.Value
	g, isGiven := m.given[name]
	def, hasDefault := b.attr("default")
	written := false
	if t, ok := b.attr("type"); !ok || !strings.Contains(typeText(t), "optional(") {
		switch {
		case isGiven && g.expr.expr != nil:
			written = m.guard("var."+name, at, func() { v = g.sc.convert(g.expr.expr) })
		case !isGiven && hasDefault:
			written = m.guard("var."+name, at, func() { v = m.scope().convert(def.expr) })
		}
	}
	if !written {
		v = fromCty(m.variable(name), at)
	}
	// What a caller passes on as a literal is written in the configuration; only the root's variables come from outside.
	if m.level == 0 && v.Param == "" {
		v.Param = name
	}
	v.NoEcho = v.NoEcho || m.secret(b)
	return v
}

func typeText(a attribute) string {
	var b strings.Builder
	for _, t := range a.expr.Variables() {
		b.WriteString(t.RootName())
	}
	if call, ok := a.expr.(interface{ Range() hcl.Range }); ok && strings.Contains(fmt.Sprintf("%T", call), "FunctionCall") {
		b.WriteString("optional(") // a constructed type may hold optional attributes; the computed value has their defaults
	}
	return b.String()
}

// local and localValue are a local's value, for computing and as written.
func (m *module) local(name string) cty.Value {
	key := "local." + name
	if v, ok := m.cache[key]; ok {
		return v
	}
	a, ok := m.locals[name]
	if !ok {
		return unknown(mark{why: fmt.Sprintf("declare local %s: nothing does", name)})
	}
	v := unknown(circular)
	m.guard(key, a.at, func() { v = m.scope().eval(a.expr) })
	m.cache[key] = v
	return v
}

func (m *module) localValue(name string, at estate.Origin) estate.Value {
	a, ok := m.locals[name]
	if !ok {
		m.s.problem(estate.Problem{Origin: at, Message: fmt.Sprintf("local %s is not declared in this module; add it to locals", name)})
		return estate.UnknownBecause(fmt.Sprintf("declare local %s: nothing does", name), at)
	}
	v := estate.UnknownBecause(circular.why, at)
	m.guard("local "+name, at, func() { v = m.scope().convert(a.expr) })
	return v
}

// configured returns an argument of the block.
func (r *resource) configured(name string) (attribute, bool) {
	return r.block.attr(name)
}

// identifying are the attributes by which others mean a resource: they stay references even where they are configured.
func identifying(name string) bool {
	switch name {
	case "id", "arn", "name", "identifier", "bucket", "function_name", "key_id", "key_arn", "user", "group", "role":
		return true
	}
	return strings.HasSuffix(name, "_identifier") || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_arn") || strings.HasSuffix(name, "_name")
}

// value is what an expression sees of a resource, with the attributes it names.
func (m *module) value(key string, wanted []string, t hcl.Traversal) cty.Value {
	r, ok := m.resources[key]
	if !ok {
		at := originOf(t.SourceRange())
		m.s.problem(estate.Problem{Origin: at, Message: fmt.Sprintf("%s is not declared in this module; correct the name or add it", key)})
		return unknown(mark{why: fmt.Sprintf("declare %s: nothing does", key)})
	}
	m.expand(r)
	switch r.mode {
	case undecided:
		return unknown(m.refMark(r, m.prefix+address(r), ""))
	case single:
		if len(r.instances) == 0 {
			return unknown(circular)
		}
		return m.object(r, r.instances[0], wanted)
	case counted:
		vals := make([]cty.Value, len(r.instances))
		for i, inst := range r.instances {
			vals[i] = m.object(r, inst, wanted)
		}
		return cty.TupleVal(vals)
	default:
		vals := map[string]cty.Value{}
		for _, inst := range r.instances {
			vals[inst.key.AsString()] = m.object(r, inst, wanted)
		}
		return cty.ObjectVal(vals)
	}
}

func address(r *resource) string {
	if r.block.typ == "data" {
		return "data." + r.typ + "." + r.name
	}
	return r.typ + "." + r.name
}

// refMark is the mark of an attribute that is known only once the resource exists.
func (m *module) refMark(r *resource, addr, attr string) mark {
	if r.block.typ == "data" && r.typ != "aws_iam_policy_document" {
		return mark{why: fmt.Sprintf("data.%s.%s is read when the plan is made; check the plan's JSON instead", r.typ, r.name)}
	}
	display := "${" + addr + "}"
	if attr != "" {
		display = "${" + addr + "." + attr + "}"
	}
	return mark{ref: estate.Ref{ID: m.s.root + "#" + addr, Attr: attr}, display: display}
}

func (m *module) object(r *resource, inst *instance, wanted []string) cty.Value {
	out := map[string]cty.Value{}
	for _, name := range wanted {
		out[name] = m.attributeCty(r, inst, name)
	}
	return cty.ObjectVal(out)
}

func (m *module) attributeCty(r *resource, inst *instance, name string) cty.Value {
	ref := unknown(m.refMark(r, inst.address, name))
	a, ok := r.configured(name)
	if !ok || identifying(name) || r.block.typ == "data" {
		return ref
	}
	v := ref
	m.guard(inst.address+"."+name, a.at, func() { v = inst.sc.eval(a.expr) })
	return v
}

// attributeValue follows aws_x.y.attr, aws_x.y[0].attr and aws_x.y["k"].attr as written.
func (m *module) attributeValue(key string, t hcl.Traversal, at estate.Origin) (estate.Value, bool) {
	r, ok := m.resources[key]
	if !ok {
		m.s.problem(estate.Problem{Origin: at, Message: fmt.Sprintf("%s is not declared in this module; correct the name or add it", key)})
		v := estate.UnknownBecause(fmt.Sprintf("declare %s: nothing does", key), at)
		v.Text = "${" + traversalText(t) + "}" // what it would be is known as far as its name goes
		return v, true
	}
	m.expand(r)
	step, inst := 2, (*instance)(nil)
	switch r.mode {
	case single:
		if len(r.instances) == 1 {
			inst = r.instances[0]
		}
	case counted, keyed:
		if len(t) <= 2 {
			return estate.Value{}, false
		}
		i, isIndex := t[2].(hcl.TraverseIndex)
		if !isIndex {
			return estate.Value{}, false
		}
		step = 3
		for _, x := range r.instances {
			if eq := x.key.Equals(i.Key); eq.IsKnown() && eq.True() {
				inst = x
			}
		}
		if inst == nil {
			return estate.UnknownBecause(fmt.Sprintf("%s%s does not exist", key, indexText(i.Key)), at), true
		}
	case undecided:
	}
	if inst == nil {
		return estate.Value{}, false
	}
	name := attrAt(t, step)
	a, ok := r.configured(name)
	if ok && !identifying(name) && r.block.typ != "data" {
		v := estate.UnknownBecause(circular.why, at)
		m.guard(inst.address+" "+name, at, func() { v = inst.sc.convert(a.expr) })
		return walk(v, t, step+1)
	}
	attr := strings.TrimPrefix(traversalText(t[min(step, len(t)):]), ".")
	mk := m.refMark(r, inst.address, attr)
	if mk.ref.ID == "" {
		return estate.UnknownBecause(mk.why, at), true
	}
	return estate.Reference(mk.ref, mk.display, at), true
}

// moduleValue is what an expression sees of a module call.
func (m *module) moduleValue(name string, wanted []string) cty.Value {
	c, ok := m.calls[name]
	if !ok {
		return unknown(mark{why: fmt.Sprintf("declare module %s: nothing does", name)})
	}
	m.load(name, c)
	if c.why != "" || c.mode == undecided {
		return unknown(mark{why: c.why})
	}
	object := func(mi *moduleInstance) cty.Value {
		out := map[string]cty.Value{}
		for _, w := range wanted {
			out[w] = mi.m.output(w)
		}
		return cty.ObjectVal(out)
	}
	switch c.mode {
	case single:
		return object(c.instances[0])
	case counted:
		vals := make([]cty.Value, len(c.instances))
		for i, mi := range c.instances {
			vals[i] = object(mi)
		}
		return cty.TupleVal(vals)
	default:
		vals := map[string]cty.Value{}
		for _, mi := range c.instances {
			vals[mi.key.AsString()] = object(mi)
		}
		return cty.ObjectVal(vals)
	}
}

func (m *module) output(name string) cty.Value {
	b, ok := m.outputs[name]
	if !ok {
		return unknown(mark{why: fmt.Sprintf("%soutput %s is not declared", m.prefix, name)})
	}
	a, ok := b.attr("value")
	if !ok {
		return unknown(mark{why: "the output has no value"})
	}
	v := unknown(circular)
	m.guard("output."+name, b.at, func() { v = m.scope().eval(a.expr) })
	return v
}

// outputValue follows module.name.output as written.
func (m *module) outputValue(name string, t hcl.Traversal, at estate.Origin) (estate.Value, bool) {
	c, ok := m.calls[name]
	if !ok {
		m.s.problem(estate.Problem{Origin: at, Message: fmt.Sprintf("module %s is not declared; correct the name or add it", name)})
		return estate.UnknownBecause(fmt.Sprintf("declare module %s: nothing does", name), at), true
	}
	m.load(name, c)
	if c.why != "" {
		return estate.UnknownBecause(c.why, at), true
	}
	if c.mode != single || len(c.instances) != 1 {
		return estate.Value{}, false
	}
	child := c.instances[0].m
	b, ok := child.outputs[attrAt(t, 2)]
	if !ok {
		return estate.Value{}, false
	}
	a, ok := b.attr("value")
	if !ok {
		return estate.Value{}, false
	}
	v := estate.UnknownBecause(circular.why, at)
	m.guard("module."+name+" "+attrAt(t, 2), at, func() { v = child.scope().convert(a.expr) })
	return walk(v, t, 3)
}

// sourceDir is the folder of a module call, and why there is none.
func (m *module) sourceDir(name string, b *block) (dir, why string) {
	full := strings.TrimSuffix(strings.ReplaceAll(m.prefix, "module.", ""), ".")
	if i := strings.IndexByte(full, '['); i >= 0 {
		full = full[:i]
	}
	key := strings.TrimPrefix(full+"."+name, ".")
	a, _ := b.attr("source")
	src := ""
	if a.expr != nil {
		src, _ = m.scope().convert(a.expr).Scalar()
	}
	if strings.HasPrefix(src, "./") || strings.HasPrefix(src, "../") {
		return path.Join(m.dir, src), ""
	}
	if d, ok := m.s.manifest[key]; ok {
		return path.Join(m.s.root, d), ""
	}
	return "", fmt.Sprintf("run terraform init: module %s comes from %s, which is not on disk", name, src)
}

// load reads a module call's folder and makes its instances.
func (m *module) load(name string, c *call) {
	if c.expanded {
		return
	}
	c.expanded = true
	dir, why := m.sourceDir(name, c.block)
	if why != "" {
		c.why = why
		m.s.problem(estate.Problem{Origin: c.block.at, Message: why})
		return
	}
	if m.level >= maxModules {
		c.why = "untangle the modules: they are nested too deeply, or call themselves"
		m.s.problem(estate.Problem{Origin: c.block.at, Message: c.why})
		return
	}
	blocks := m.s.readDir(dir)
	if len(blocks) == 0 {
		c.why = fmt.Sprintf("module %s: there is no Terraform in %s", name, dir)
		m.s.problem(estate.Problem{Origin: c.block.at, Message: c.why})
		return
	}
	keys, md, why := m.multiply(c.block)
	c.mode = md
	if md == undecided {
		keys = []cty.Value{cty.NilVal}
		c.why = why
	}
	for _, key := range keys {
		prefix := m.prefix + "module." + name + "."
		if key != cty.NilVal {
			prefix = m.prefix + "module." + name + indexText(key) + "."
		}
		child := newModule(m.s, dir, prefix, m.level+1, blocks)
		for alias, t := range m.tags {
			if _, own := child.tags[alias]; !own {
				child.tags[alias] = t
			}
		}
		sc := m.instanceScope(md, key, c.block)
		for _, a := range c.block.attrs {
			child.given[a.name] = given{sc: sc, expr: a}
		}
		c.instances = append(c.instances, &moduleInstance{key: key, m: child})
	}
}

const maxModules = 24

func (m *module) walkAll() {
	for _, key := range m.order {
		m.declare(m.resources[key])
	}
	sort.Strings(m.callOrder)
	for _, name := range m.callOrder {
		c := m.calls[name]
		m.load(name, c)
		for _, mi := range c.instances {
			mi.m.walkAll()
		}
	}
}
