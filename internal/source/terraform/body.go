package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/baileydb/bailey/internal/estate"
)

// meta are the arguments, and beside the blocks, that are Terraform's own and not the resource's.
var (
	meta   = map[string]bool{"count": true, "for_each": true, "depends_on": true, "provider": true}
	beside = map[string]bool{"lifecycle": true, "provisioner": true, "connection": true}
)

// body is the instance's configuration, with what Terraform adds to it.
func (inst *instance) body() estate.Value {
	b := inst.r.block
	body := estate.Map(nil, b.at)
	inst.sc.fill(&body, b, true)
	if inst.r.isData() {
		return body
	}
	alias := ""
	if a, ok := b.attr("provider"); ok {
		if alias, _ = providerAlias(a.expr); alias == "" { // quoted, as older configurations write it
			_, alias, _ = strings.Cut(literalText(a.expr), ".")
		}
		if alias != "" {
			body.Fields = append(body.Fields, estate.Field{Name: "@provider", Value: estate.String(alias, a.at)})
		}
	}
	if t, ok := inst.m.tags[alias]; ok && strings.HasPrefix(inst.r.typ, "aws_") {
		mergeTags(&body, t.m.scope().convert(t.expr.expr))
	}
	return body
}

// mergeTags puts the provider's default tags under a resource's own.
func mergeTags(body *estate.Value, defaults estate.Value) {
	i := indexOf(body.Fields, "tags")
	if i < 0 || body.Fields[i].Value.Kind == estate.KindNull {
		setField(body, "tags", defaults)
		return
	}
	own := body.Fields[i].Value
	if own.Kind != estate.KindMap {
		return
	}
	if defaults.Kind != estate.KindMap && defaults.Kind != estate.KindNull || defaults.Why != "" {
		own.Why = whyOf(defaults)
	}
	for _, f := range defaults.Fields {
		if indexOf(own.Fields, f.Name) < 0 {
			setField(&own, f.Name, f.Value)
		}
	}
	body.Fields[i].Value = own
}

// mergeMaps joins maps, later entries winning. One that is not known may have any entry: earlier entries it could
// replace are unknown, and so is which others there are.
func mergeMaps(from []estate.Value, at estate.Origin) estate.Value {
	var out mapping
	open, secret := "", false
	for _, v := range from {
		why := ""
		switch v.Kind {
		case estate.KindNull:
			continue
		case estate.KindMap:
			why = v.Why
		default:
			why = whyOf(v)
		}
		if why != "" {
			for i := range out.fields {
				out.fields[i].Value = estate.UnknownBecause(why, out.fields[i].Value.Origin)
			}
			open = why
		}
		for _, f := range v.Fields {
			out.set(f.Name, f.Value)
		}
		secret = secret || v.NoEcho
	}
	v := out.value(at)
	v.Why, v.NoEcho = open, secret
	return v
}

// setField replaces or appends an entry. It does not write into what others share.
func setField(v *estate.Value, name string, x estate.Value) {
	if i := indexOf(v.Fields, name); i >= 0 {
		v.Fields = slices.Clone(v.Fields)
		v.Fields[i].Value = x
		return
	}
	v.Fields = append(slices.Clip(v.Fields), estate.Field{Name: name, Value: x})
}

// mapping builds a map of which names come up again, however many there are.
type mapping struct {
	fields []estate.Field
	at     map[string]int
}

func (m *mapping) set(name string, v estate.Value) {
	if m.at == nil {
		m.at = map[string]int{}
	}
	if i, ok := m.at[name]; ok {
		m.fields[i].Value = v
		return
	}
	m.at[name] = len(m.fields)
	m.fields = append(m.fields, estate.Field{Name: name, Value: v})
}

func (m *mapping) get(name string) (estate.Value, bool) {
	i, ok := m.at[name]
	if !ok {
		return estate.Value{}, false
	}
	return m.fields[i].Value, true
}

func (m *mapping) value(at estate.Origin) estate.Value { return estate.Map(m.fields, at) }

func indexOf(fields []estate.Field, name string) int {
	for i := range fields {
		if fields[i].Name == name {
			return i
		}
	}
	return -1
}

// fill converts a block's arguments and nested blocks in the order they are written; blocks of one name become a list.
func (sc scope) fill(body *estate.Value, b *block, top bool) {
	blocks := b.blocks
	for _, a := range b.attrs {
		if top && meta[a.name] {
			continue
		}
		for len(blocks) > 0 && blocks[0].at.File == a.at.File && before(blocks[0].at, a.at) {
			sc.nestAt(body, blocks[0], top)
			blocks = blocks[1:]
		}
		v := sc.convert(a.expr)
		v.Origin = a.at
		if !sc.m.s.spend(size(v, maxValue)) { // values share their parts, but whoever reads them does not know
			v = estate.UnknownBecause(tooMuch, a.at)
		}
		body.Fields = append(body.Fields, estate.Field{Name: a.name, Value: v})
	}
	for _, sub := range blocks {
		sc.nestAt(body, sub, top)
	}
}

func (sc scope) nestAt(body *estate.Value, b *block, top bool) {
	if !top || !beside[b.typ] {
		sc.nest(body, b)
		return
	}
	if a, ok := b.attr("prevent_destroy"); ok && b.typ == "lifecycle" {
		v := sc.convert(a.expr)
		v.Origin = a.at
		body.Fields = append(body.Fields, estate.Field{Name: "@prevent_destroy", Value: v})
	}
}

// nest adds a nested block, or those that a dynamic block makes.
func (sc scope) nest(body *estate.Value, b *block) {
	if b.typ == "dynamic" && len(b.labels) == 1 {
		sc.dynamic(body, b)
		return
	}
	v := estate.Map(nil, b.at)
	sc.fill(&v, b, false)
	appendBlock(body, b.typ, v)
}

// appendBlock adds to the list of blocks of a name; one without value makes the list and adds nothing.
func appendBlock(body *estate.Value, name string, v ...estate.Value) {
	if i := indexOf(body.Fields, name); i >= 0 {
		if list := &body.Fields[i].Value; list.Kind == estate.KindList {
			list.Items = append(list.Items, v...)
			return
		}
	}
	if len(v) > 0 {
		body.Fields = append(body.Fields, estate.Field{Name: name, Value: estate.List(v, v[0].Origin)})
	}
}

// dynamic multiplies a nested block.
func (sc scope) dynamic(body *estate.Value, b *block) {
	name, iterator := b.labels[0], b.labels[0]
	each, ok := b.attr("for_each")
	i := slices.IndexFunc(b.blocks, func(sub *block) bool { return sub.typ == "content" })
	if !ok || i < 0 {
		appendBlock(body, name, sc.m.s.wrong(b.at, "the dynamic block %s lacks for_each or content; add it", name))
		return
	}
	content := b.blocks[i]
	if a, ok := b.attr("iterator"); ok {
		if iterator = hcl.ExprAsKeyword(a.expr); iterator == "" {
			iterator = literalText(a.expr)
		}
	}
	elements, why := sc.elements(each.expr)
	for i, e := range elements {
		if i >= maxInstances {
			why = "make fewer of this block"
			break
		}
		v := estate.Map(nil, content.at)
		sc.with(iterator, object("key", e.key, "value", e.value)).fill(&v, content, false)
		appendBlock(body, name, v)
	}
	if why != "" { // whether there is one, or one more, is not known
		v := estate.UnknownBecause(why, b.at)
		v.MayBeAbsent = true
		appendBlock(body, name, v)
	}
}
