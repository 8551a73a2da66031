package terraform

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/baileydb/bailey/internal/estate"
)

// maxPlan bounds a plan's JSON, which tools write, in bytes.
const maxPlan = 128 << 20

// IsPlan reports whether data looks like the JSON of a plan, as terraform show -json prints it.
func IsPlan(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, byteOrderMark), " \t\r\n")
	return bytes.HasPrefix(data, []byte("{")) && bytes.Contains(data, []byte(`"format_version"`)) &&
		(bytes.Contains(data, []byte(`"planned_values"`)) || bytes.Contains(data, []byte(`"resource_changes"`)))
}

// plan is a plan's JSON while it is read.
type plan struct {
	s        *session
	file     string
	root     *planModule
	changes  map[string]node // by address
	values   map[string]node // by address: the planned values, where known
	seen     map[string]bool
	byPrefix map[string][]string // addresses of instances by address without the last key
	vars     node
}

// ReadPlan reads a plan. Positions are those in the JSON file.
func ReadPlan(name string, data []byte, opts Options) estate.Reading {
	s := newSession(name, opts)
	fatal := func(line, column int, message string) estate.Reading {
		return estate.Reading{Problems: []estate.Problem{{Origin: estate.Origin{File: name, Line: line, Column: column}, Message: message, Fatal: true}}}
	}
	if len(data) > maxPlan {
		return fatal(1, 1, tooLong(int64(len(data)), maxPlan).Error()+"; plan less at once, with -target")
	}
	if at := invalidUTF8(data); at >= 0 {
		line := 1 + bytes.Count(data[:at], []byte("\n"))
		return fatal(line, at-bytes.LastIndexByte(data[:at], '\n'), "is not UTF-8 here; write it with terraform show -json again")
	}
	r := newJSONReader(name, data)
	root, err := r.whole()
	if err != nil {
		return estate.Reading{Problems: []estate.Problem{r.problem(err)}}
	}
	p := &plan{s: s, file: name, changes: map[string]node{}, values: map[string]node{}, seen: map[string]bool{}, byPrefix: map[string][]string{}}
	p.read(root)
	return estate.Reading{Declarations: s.decls, Problems: s.problems}
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

func (p *plan) read(root node) {
	if failed, _ := root.path("errored").value.(bool); failed {
		p.s.problem(estate.Problem{Origin: root.path("errored").at(p.file), Message: "the plan ended in an error; what it holds is not all there is: plan again"})
	}
	p.vars = root.path("variables")
	p.root = configured(root.path("configuration", "root_module"), "", nil, 0)
	changes := root.path("resource_changes")
	for _, c := range changes.items() {
		p.changes[c.text("address")] = c
	}
	planned, ok := root.path("planned_values").get("root_module")
	if ok {
		p.each(planned, 0, func(r node) { p.note(r.text("address"), r.path("values")) })
		p.each(planned, 0, func(r node) { p.declare(r, r.path("values")) })
	} else {
		for _, c := range changes.items() {
			p.note(c.text("address"), c.path("change", "after"))
		}
		for _, c := range changes.items() {
			p.declare(c, c.path("change", "after"))
		}
	}
	p.each(root.path("prior_state", "values", "root_module"), 0, func(r node) {
		if r.text("mode") == "data" {
			p.declare(r, r.path("values"))
		}
	})
}

// each visits the resources of a module and of those below it.
func (p *plan) each(m node, depth int, visit func(r node)) {
	if depth > maxLevels {
		return
	}
	for _, r := range m.path("resources").items() {
		visit(r)
	}
	for _, c := range m.path("child_modules").items() {
		p.each(c, depth+1, visit)
	}
}

func (p *plan) note(address string, values node) {
	if _, again := p.values[address]; !again && values.value != nil {
		p.values[address] = values
		p.byPrefix[withoutLastKey(address)] = append(p.byPrefix[withoutLastKey(address)], address)
	}
}

func (p *plan) declare(r, values node) {
	typ, address := r.text("type"), r.text("address")
	if typ == "" || address == "" {
		p.s.problem(estate.Problem{
			Origin: r.at(p.file), Fatal: true,
			Message: "a planned resource has no type and address; save the plan anew with terraform show -json",
		})
		return
	}
	if values.members() == nil || p.seen[address] {
		return // deleted, or declared already
	}
	p.seen[address] = true
	if r.text("mode") == "data" {
		typ = "data." + typ
	}
	change := p.changes[address].path("change")
	secret, ok := r.get("sensitive_values")
	if !ok {
		secret = change.path("after_sensitive")
	}
	m, prefix := p.moduleOf(address)
	config, configured := m.resource(withoutKeys(address[len(prefix):]))
	l := layer{values: values, unknown: change.path("after_unknown"), secret: secret}
	if exprs, ok := config.get("expressions"); configured && ok {
		l.exprs, l.configured = exprs, true
	}
	body := p.merge(l)
	ref := referrer{module: m, prefix: prefix, key: lastKey(address), self: address}
	p.refer(&body, l.exprs, ref)
	if all, ok := body.Get("tags_all"); ok && all.Kind == estate.KindMap && len(all.Fields) > 0 {
		setField(&body, "tags", all) // with the provider's default tags
	}
	if _, alias, ok := strings.Cut(config.text("provider_config_key"), "aws."); ok && !strings.Contains(alias, ":") {
		setField(&body, "@provider", estate.String(alias, config.path("provider_config_key").at(p.file)))
	}
	p.s.decls = append(p.s.decls, estate.Declaration{
		World: estate.Terraform, Type: typ, Address: address, Unit: p.s.root, Origin: r.at(p.file), Body: body,
	})
}

// layer is a part of a resource as the sections of a plan see it.
type layer struct {
	values, unknown, secret, exprs node
	configured                     bool // exprs is what the configuration says
}

// field is what the sections say of one name.
func (l layer) field(name string) layer {
	out := layer{}
	out.values, _ = l.values.get(name)
	out.unknown, _ = l.unknown.get(name)
	out.secret, _ = l.secret.get(name)
	if b, ok := l.secret.value.(bool); ok && b {
		out.secret = l.secret
	}
	out.exprs, out.configured = l.exprs.get(name)
	return out
}

func (l layer) item(i int) layer {
	pick := func(n node) node {
		if list := n.items(); i < len(list) {
			return list[i]
		}
		if _, ok := n.value.(bool); ok {
			return n
		}
		return node{}
	}
	out := layer{values: pick(l.values), unknown: pick(l.unknown), secret: pick(l.secret)}
	if list := l.exprs.items(); i < len(list) {
		out.exprs, out.configured = list[i], true
	}
	return out
}

const afterApply = "it is known after the plan is applied"

// merge makes the planned values, with what is known after the apply as unknown and secrets marked.
func (p *plan) merge(l layer) estate.Value {
	at := l.values.at(p.file)
	if isTrueNode(l.unknown) {
		if at.Line == 0 {
			at = l.unknown.at(p.file)
		}
		return estate.UnknownBecause(afterApply, at)
	}
	var out estate.Value
	switch x := l.values.value.(type) {
	case []node:
		out = estate.List(make([]estate.Value, len(x)), at)
		for i := range x {
			out.Items[i] = p.merge(l.item(i))
		}
	case []member:
		var fields mapping
		for _, m := range x {
			fields.set(m.name, p.merge(l.field(m.name)))
		}
		out = fields.value(at)
		p.addUnknown(&out, l)
	case json.Number:
		out = estate.Number(x.String(), at)
	case string:
		out = estate.String(x, at)
	case bool:
		out = estate.Bool(x, at)
	default:
		out = estate.Null(at)
	}
	out.NoEcho = isTrueNode(l.secret)
	return out
}

func isTrueNode(n node) bool {
	b, ok := n.value.(bool)
	return b && ok
}

// addUnknown adds what planned values leave out because it is not known yet. What the configuration does not say is the
// provider's to compute: it is absent, as it is in the files.
func (p *plan) addUnknown(out *estate.Value, l layer) {
	for _, m := range l.unknown.members() {
		_, there := l.values.get(m.name)
		inner := l.field(m.name)
		if there || isEmpty(m.node) || l.configured && !inner.configured {
			continue
		}
		inner.values = emptyLike(m.node)
		v := p.merge(inner)
		v.Origin = m.at(p.file)
		out.Fields = append(out.Fields, estate.Field{Name: m.name, Value: v})
	}
}

// isEmpty reports whether a part of after_unknown marks nothing.
func isEmpty(n node) bool {
	for _, item := range n.items() {
		if !isEmpty(item) {
			return false
		}
	}
	for _, m := range n.members() {
		if !isEmpty(m.node) {
			return false
		}
	}
	return !isTrueNode(n)
}

// emptyLike is a value of the shape that after_unknown marks parts of.
func emptyLike(n node) node {
	out := node{line: n.line, column: n.column}
	switch x := n.value.(type) {
	case []node:
		items := make([]node, len(x))
		for i := range x {
			items[i] = emptyLike(x[i])
		}
		out.value = items
	case []member:
		out.value = []member{}
	}
	return out
}
