package terraform

import (
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// planModule is a module of a plan's configuration: where its expressions lead.
type planModule struct {
	parent    *planModule
	name      string
	call      node // the module call in the parent
	node      node
	resources map[string]node
	children  map[string]*planModule
}

func configured(n node, name string, parent *planModule, depth int) *planModule {
	m := &planModule{parent: parent, name: name, node: n, resources: map[string]node{}, children: map[string]*planModule{}}
	for _, r := range n.path("resources").items() {
		m.resources[r.text("address")] = r
	}
	if depth > maxLevels {
		return m
	}
	for _, c := range n.path("module_calls").members() {
		inner := configured(c.node.path("module"), c.name, m, depth+1)
		inner.call = c.node
		m.children[c.name] = inner
	}
	return m
}

func (m *planModule) resource(address string) (node, bool) {
	r, ok := m.resources[address]
	return r, ok
}

// moduleOf is the module of an address, and the part of the address that names its instance.
func (p *plan) moduleOf(address string) (*planModule, string) {
	m, prefix := p.root, ""
	parts := addressParts(address)
	for len(parts) > 2 && parts[0] == "module" {
		prefix += "module." + parts[1] + "."
		name, _, _ := strings.Cut(parts[1], "[")
		if m = m.children[name]; m == nil {
			m = &planModule{}
		}
		parts = parts[2:]
	}
	return m, prefix
}

// addressParts splits an address or a reference at the dots that are not within keys.
func addressParts(address string) []string {
	var out []string
	start, depth, quoted := 0, 0, false
	for i := range len(address) {
		switch c := address[i]; {
		case c == '"' && (i == 0 || address[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '.' && depth <= 0:
			out = append(out, address[start:i])
			start = i + 1
		}
	}
	return append(out, address[start:])
}

func withoutKeys(address string) string {
	parts := addressParts(address)
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], "[")
	}
	return strings.Join(parts, ".")
}

// lastKey is the key that an address ends in, with its brackets.
func lastKey(address string) string {
	parts := addressParts(address)
	if _, key, ok := strings.Cut(parts[len(parts)-1], "["); ok {
		return "[" + key
	}
	return ""
}

func withoutLastKey(address string) string { return strings.TrimSuffix(address, lastKey(address)) }

// referrer is the resource whose expressions are followed.
type referrer struct {
	module *planModule
	prefix string // of its module's instance
	key    string
	self   string
}

// refer turns arguments that come from other resources into references.
func (p *plan) refer(v *estate.Value, exprs node, from referrer) {
	for i := range v.Fields {
		e, ok := exprs.get(v.Fields[i].Name)
		if !ok {
			continue
		}
		f := &v.Fields[i].Value
		if refs, ok := e.get("references"); ok {
			p.point(f, v.Fields[i].Name, refs, from)
			continue
		}
		blocks := e.items()
		for j := range f.Items {
			if j < len(blocks) && f.Items[j].Kind == estate.KindMap {
				p.refer(&f.Items[j], blocks[j], from)
			}
		}
		if f.Kind == estate.KindMap {
			p.refer(f, e, from)
		}
	}
}

// target is what an expression names.
type target struct{ address, attr string }

// point makes references of a value, or of a list's elements, where the expression names resources. A plan does not say
// what the expression does with them: a text such as a policy is made from them and stays unknown.
func (p *plan) point(f *estate.Value, name string, refs node, from referrer) {
	targets, params := p.targets(refs, from, 0)
	if len(params) == 1 && len(targets) == 0 {
		p.fromVariable(f, params[0])
	}
	if len(targets) == 0 || written(name) {
		return
	}
	switch f.Kind {
	case estate.KindUnknown:
		if len(targets) == 1 {
			*f = p.reference(targets[0], f.Origin)
			return
		}
		list := estate.List(nil, f.Origin)
		for _, t := range targets {
			list.Items = append(list.Items, p.reference(t, f.Origin))
		}
		*f = list
	case estate.KindString:
		if i := slices.IndexFunc(targets, func(t target) bool { return p.holds(t, f.Text) }); i >= 0 {
			*f = p.reference(targets[i], f.Origin)
		}
	case estate.KindList:
		p.pointItems(f, targets)
	default:
	}
}

func (p *plan) pointItems(f *estate.Value, targets []target) {
	left := slices.Clone(targets)
	open := 0
	for i := range f.Items {
		item := &f.Items[i]
		if item.Kind == estate.KindUnknown {
			open++
		}
		if item.Kind != estate.KindString {
			continue
		}
		if j := slices.IndexFunc(left, func(t target) bool { return p.holds(t, item.Text) }); j >= 0 {
			*item = p.reference(left[j], item.Origin)
			left = slices.Delete(left, j, j+1)
		}
	}
	if open != len(left) {
		return // which is which cannot be told
	}
	for i := range f.Items {
		if item := &f.Items[i]; item.Kind == estate.KindUnknown {
			*item = p.reference(left[0], item.Origin)
			left = left[1:]
		}
	}
}

// written are arguments that hold texts made from other resources.
func written(name string) bool {
	if strings.HasSuffix(name, "_arn") || strings.HasSuffix(name, "_id") {
		return false
	}
	for _, part := range []string{"policy", "policies", "user_data", "definition", "document", "content", "template", "body", "json", "values", "description", "tags"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

func (p *plan) reference(t target, at estate.Origin) estate.Value {
	shown := "${" + t.address
	if t.attr != "" {
		shown += "." + t.attr
	}
	return estate.Reference(estate.Ref{ID: p.s.root + "#" + t.address, Attr: t.attr}, shown+"}", at)
}

// holds reports whether a known text is an attribute of the target by which others name it.
func (p *plan) holds(t target, text string) bool {
	parts := addressParts(t.address)
	typ := strings.TrimPrefix(parts[len(parts)-2], "aws_")
	if text == "" || t.attr == "" || !ownName(typ, t.attr) {
		return false
	}
	return p.values[t.address].text(t.attr) == text
}

// fromVariable notes that a value came from a variable of the root as it is.
func (p *plan) fromVariable(f *estate.Value, name string) {
	given := p.vars.path(name, "value")
	if secret := p.root.node.path("variables", name, "sensitive"); isTrueNode(secret) {
		f.NoEcho = true
	}
	if text, ok := f.Scalar(); ok {
		v := p.merge(layer{values: given})
		if other, ok := v.Scalar(); ok && other == text {
			f.Param = name
		}
	}
}

// targets are the resources that an expression names, through the inputs and outputs of modules, and the variables of
// the root.
func (p *plan) targets(refs node, from referrer, depth int) (out []target, params []string) {
	if depth > maxLevels || !p.s.spend(1) {
		return nil, nil
	}
	for _, r := range refs.items() {
		text, _ := r.value.(string)
		parts := addressParts(text)
		if len(parts) < 2 {
			continue
		}
		var more []target
		var names []string
		switch parts[0] {
		case "data", "local", "each", "count", "path", "terraform", "self":
		case "var":
			more, names = p.input(parts[1], from, depth)
		case "module":
			more, names = p.output(parts, from, depth)
		default:
			if t, ok := p.resource(parts, from); ok {
				more = []target{t}
			}
		}
		for _, t := range more {
			out = addTarget(out, t)
		}
		for _, name := range names {
			if !slices.Contains(params, name) {
				params = append(params, name)
			}
		}
	}
	return out, params
}

// addTarget leaves out a resource that is named with an attribute as well: a plan lists both.
func addTarget(list []target, t target) []target {
	for i := range list {
		if list[i].address == t.address && (t.attr == "" || list[i].attr == "" || strings.HasPrefix(list[i].attr, t.attr)) {
			if list[i].attr == "" {
				list[i] = t
			}
			return list
		}
	}
	return append(list, t)
}

// input follows a variable of a module to what its caller gives it.
func (p *plan) input(name string, from referrer, depth int) ([]target, []string) {
	name, _, _ = strings.Cut(name, "[")
	if from.module.parent == nil {
		return nil, []string{name}
	}
	parts := addressParts(strings.TrimSuffix(from.prefix, "."))
	if len(parts) < 2 {
		return nil, nil
	}
	prefix := strings.Join(parts[:len(parts)-2], ".")
	if prefix != "" {
		prefix += "."
	}
	caller := referrer{module: from.module.parent, prefix: prefix, key: lastKey(parts[len(parts)-1]), self: from.self}
	return p.targets(from.module.call.path("expressions", name, "references"), caller, depth+1)
}

// output follows module.name.output into the module.
func (p *plan) output(parts []string, from referrer, depth int) ([]target, []string) {
	name, key, keyed := strings.Cut(parts[1], "[")
	child, ok := from.module.children[name]
	if !ok || len(parts) < 3 {
		return nil, nil
	}
	prefix := from.prefix + "module." + name
	if keyed {
		prefix += "[" + key
	} else if isTrueNode(node{value: child.call.path("for_each_expression").value != nil || child.call.path("count_expression").value != nil}) {
		prefix += from.key
	}
	output, _, _ := strings.Cut(parts[2], "[")
	inner := referrer{module: child, prefix: prefix + ".", self: from.self}
	return p.targets(child.node.path("outputs", output, "expression", "references"), inner, depth+1)
}

// resource finds the instance that a reference means: the one it names, the one with the referrer's own key, or the
// only one there is.
func (p *plan) resource(parts []string, from referrer) (target, bool) {
	address := from.prefix + parts[0] + "." + parts[1]
	attr := strings.Join(parts[2:], ".")
	if address == from.self {
		return target{}, false
	}
	instances := p.byPrefix[address]
	switch {
	case p.values[address].value != nil:
		return target{address, attr}, true
	case from.key != "" && slices.Contains(instances, address+from.key):
		return target{address + from.key, attr}, true
	case len(instances) == 1:
		return target{instances[0], attr}, true
	case lastKey(address) == "" && len(instances) == 0:
		_, declared := from.module.resource(parts[0] + "." + parts[1])
		return target{address, attr}, declared && p.changes[address].value != nil
	}
	return target{}, false
}
