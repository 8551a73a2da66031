package terraform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// IsPlan reports whether data looks like the JSON of a plan, as terraform show -json prints it.
func IsPlan(data []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 4096)], []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(head, []byte("{")) && bytes.Contains(head, []byte(`"format_version"`)) &&
		(bytes.Contains(data, []byte(`"planned_values"`)) || bytes.Contains(data, []byte(`"resource_changes"`)))
}

// maxPlan bounds a plan's JSON, which tools write.
const maxPlan = 256 << 20

// ReadPlan reads a plan. Positions are those in the JSON file.
func ReadPlan(name string, data []byte, opts Options) estate.Reading {
	s := newSession(name, opts)
	if len(data) > maxPlan {
		s.problem(estate.Problem{Origin: estate.Origin{File: name}, Message: fmt.Sprintf("is %d MiB long; Bailey reads plans up to %d MiB", len(data)>>20, maxPlan>>20), Fatal: true})
		return estate.Reading{Problems: s.problems}
	}
	r := newJSONReader(name, data)
	root, err := r.whole()
	if err != nil {
		return estate.Reading{Problems: []estate.Problem{r.problem(err)}}
	}
	p := plan{s: s, configured: map[string]node{}, changes: map[string]node{}}
	if c, ok := root.get("configuration"); ok {
		if m, ok := c.get("root_module"); ok {
			p.configure("", m, 0)
		}
	}
	changes, _ := root.get("resource_changes")
	for _, c := range changes.items() {
		p.changes[c.text("address")] = c
	}
	if v, ok := root.get("planned_values"); ok {
		if m, ok := v.get("root_module"); ok {
			p.module(m, 0)
		}
	} else {
		p.fromChanges(changes)
	}
	return estate.Reading{Declarations: s.decls, Problems: s.problems}
}

type plan struct {
	s *session
	// configured holds each resource's expressions by its address without instance keys.
	configured map[string]node
	changes    map[string]node
}

func (n node) get(name string) (node, bool) {
	members, _ := n.value.([]member)
	for _, m := range members {
		if m.name == name {
			return m.node, true
		}
	}
	return node{}, false
}

func (n node) items() []node {
	list, _ := n.value.([]node)
	return list
}

func (n node) text(name string) string {
	v, _ := n.get(name)
	s, _ := v.value.(string)
	return s
}

// configure collects the expressions of a module's resources.
func (p *plan) configure(prefix string, m node, depth int) {
	if depth > maxModules {
		return
	}
	resources, _ := m.get("resources")
	for _, r := range resources.items() {
		if e, ok := r.get("expressions"); ok {
			p.configured[prefix+r.text("address")] = e
		}
	}
	calls, _ := m.get("module_calls")
	members, _ := calls.value.([]member)
	for _, c := range members {
		if inner, ok := c.node.get("module"); ok {
			p.configure(prefix+"module."+c.name+".", inner, depth+1)
		}
	}
}

func (p *plan) module(m node, depth int) {
	if depth > maxModules {
		return
	}
	resources, _ := m.get("resources")
	for _, r := range resources.items() {
		values, ok := r.get("values")
		if !ok {
			continue
		}
		p.declare(r, values)
	}
	children, _ := m.get("child_modules")
	for _, c := range children.items() {
		p.module(c, depth+1)
	}
}

func (p *plan) fromChanges(changes node) {
	for _, c := range changes.items() {
		change, _ := c.get("change")
		after, ok := change.get("after")
		if ok && after.value != nil {
			p.declare(c, after)
		}
	}
}

func (p *plan) declare(r, values node) {
	typ, addr := r.text("type"), r.text("address")
	if r.text("mode") == "data" {
		typ = "data." + typ
	}
	var unknownValues, sensitive node
	if c, ok := p.changes[addr]; ok {
		change, _ := c.get("change")
		unknownValues, _ = change.get("after_unknown")
		sensitive, _ = change.get("after_sensitive")
	}
	if v, ok := r.get("sensitive_values"); ok {
		sensitive = v
	}
	body := p.merge(values, unknownValues, sensitive)
	p.references(&body, addr)
	p.s.decls = append(p.s.decls, estate.Declaration{
		World: estate.Terraform, Type: typ, Address: addr, Unit: p.s.root, Origin: originOf(r.at), Body: body,
	})
}

// merge makes the planned values, with what is known after the apply as unknown and secrets marked.
func (p *plan) merge(v, unknownAt, secretAt node) estate.Value {
	at := originOf(v.at)
	if b, ok := unknownAt.value.(bool); ok && b {
		if !at.Known() {
			at = originOf(unknownAt.at)
		}
		return estate.UnknownBecause("it is known after the plan is applied", at)
	}
	secret := false
	if b, ok := secretAt.value.(bool); ok {
		secret = b
	}
	var out estate.Value
	switch x := v.value.(type) {
	case []node:
		out = estate.List(make([]estate.Value, len(x)), at)
		for i, item := range x {
			out.Items[i] = p.merge(item, unknownAt.at2(i), secretAt.at2(i))
		}
	case []member:
		out = estate.Map(nil, at)
		for _, m := range x {
			u, _ := unknownAt.get(m.name)
			sec, _ := secretAt.get(m.name)
			out.Fields = append(out.Fields, estate.Field{Name: m.name, Value: p.merge(m.node, u, sec)})
		}
		members, _ := unknownAt.value.([]member)
		for _, m := range members { // planned values leave out what is not known yet
			if _, there := v.get(m.name); there || isFalse(m.node) {
				continue
			}
			out.Fields = append(out.Fields, estate.Field{Name: m.name, Value: p.merge(node{at: m.at}, m.node, node{})})
		}
	default:
		out = fromNode(v, &at)
	}
	out.NoEcho = secret
	return out
}

// isFalse reports whether a part of after_unknown marks nothing.
func isFalse(n node) bool {
	switch x := n.value.(type) {
	case bool:
		return !x
	case []node:
		return len(x) == 0
	case []member:
		return len(x) == 0
	default:
		return true
	}
}

func (n node) at2(i int) node {
	if list := n.items(); i < len(list) {
		return list[i]
	}
	if _, ok := n.value.(bool); ok {
		return n
	}
	return node{}
}

// fromNode turns JSON into a value; at overrides its position.
func fromNode(n node, at *estate.Origin) estate.Value {
	o := originOf(n.at)
	if at != nil {
		o = *at
	}
	switch x := n.value.(type) {
	case bool:
		return estate.Bool(x, o)
	case json.Number:
		return estate.Number(x.String(), o)
	case string:
		return estate.String(x, o)
	case []node:
		out := estate.List(make([]estate.Value, len(x)), o)
		for i, item := range x {
			out.Items[i] = fromNode(item, at)
		}
		return out
	case []member:
		out := estate.Map(nil, o)
		for _, m := range x {
			out.Fields = append(out.Fields, estate.Field{Name: m.name, Value: fromNode(m.node, at)})
		}
		return out
	default:
		return estate.Null(o)
	}
}

// references turns unknown arguments whose expression is one reference into that reference.
func (p *plan) references(body *estate.Value, addr string) {
	exprs, ok := p.configured[withoutKeys(addr)]
	if !ok {
		return
	}
	prefix := addr[:len(addr)-len(lastParts(addr))]
	p.refer(body, exprs, prefix)
}

func (p *plan) refer(v *estate.Value, exprs node, prefix string) {
	for i := range v.Fields {
		e, ok := exprs.get(v.Fields[i].Name)
		if !ok {
			continue
		}
		f := &v.Fields[i].Value
		if list := e.items(); len(list) > 0 && f.Kind == estate.KindList { // nested blocks
			for j := range f.Items {
				if j < len(list) {
					p.refer(&f.Items[j], list[j], prefix)
				}
			}
			continue
		}
		if refs, ok := e.get("references"); ok {
			p.point(f, refs, prefix)
		}
	}
}

// point makes references of an unknown value, or of the unknown elements of a list, when the expression names resources.
func (p *plan) point(f *estate.Value, refs node, prefix string) {
	var targets []string
	for _, r := range refs.items() {
		s, _ := r.value.(string)
		if resource, attr := splitReference(s); resource != "" && attr != "" && p.known(prefix+resource) {
			targets = append(targets, s)
		}
	}
	switch {
	case len(targets) == 0:
	case f.Kind == estate.KindUnknown && len(targets) == 1:
		*f = p.reference(targets[0], prefix, f.Origin)
	case f.Kind == estate.KindUnknown || f.Kind == estate.KindList && hasUnknown(*f) && len(f.Items) == len(targets):
		list := estate.List(nil, f.Origin)
		for _, t := range targets {
			list.Items = append(list.Items, p.reference(t, prefix, f.Origin))
		}
		*f = list
	}
}

func (p *plan) reference(text, prefix string, at estate.Origin) estate.Value {
	resource, attr := splitReference(text)
	return estate.Reference(estate.Ref{ID: p.s.root + "#" + prefix + resource, Attr: attr}, "${"+text+"}", at)
}

func (p *plan) known(addr string) bool {
	_, changed := p.changes[addr]
	return changed || p.configured[addr].value != nil
}

// splitReference parts aws_x.y.attr; what is no managed resource gives nothing.
func splitReference(s string) (resource, attr string) {
	parts := strings.SplitN(s, ".", 3)
	if len(parts) < 3 || !strings.Contains(parts[0], "_") {
		return "", ""
	}
	return parts[0] + "." + parts[1], parts[2]
}

// withoutKeys takes instance keys out of an address.
func withoutKeys(addr string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := range len(addr) {
		switch c := addr[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// lastParts is the type and name that an address ends in, with its key.
func lastParts(addr string) string {
	rest := addr
	for strings.HasPrefix(rest, "module.") {
		after := strings.TrimPrefix(rest, "module.")
		end, quoted, depth := -1, false, 0
		for i := range len(after) {
			c := after[i]
			switch {
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '[':
				depth++
			case c == ']':
				depth--
			case c == '.' && depth == 0:
				end = i
			}
			if end >= 0 {
				break
			}
		}
		if end < 0 {
			return rest
		}
		rest = after[end+1:]
	}
	return rest
}
