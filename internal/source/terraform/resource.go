package terraform

import (
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/baileydb/bailey/internal/estate"
)

// maxInstances bounds count and for_each.
const maxInstances = 1000

// expand makes a resource's instances.
func (m *module) expand(r *resource) {
	if r.expanded {
		return
	}
	r.expanded = true
	keys, md, why := m.multiply(r.block)
	r.mode, r.why = md, why
	if md == undecided {
		keys = []cty.Value{cty.NilVal}
	}
	for _, key := range keys {
		addr := m.prefix + address(r)
		if key != cty.NilVal {
			addr += indexText(key)
		}
		r.instances = append(r.instances, &instance{key: key, address: addr, sc: m.instanceScope(md, key, r.block)})
	}
}

// instanceScope is the scope of one instance: count.index, or each.key and each.value.
func (m *module) instanceScope(md mode, key cty.Value, b *block) scope {
	sc := m.scope()
	switch md {
	case counted:
		return sc.with("count", cty.ObjectVal(map[string]cty.Value{"index": key}))
	case keyed:
		value := unknown(mark{why: "it differs by instance"})
		if a, ok := b.attr("for_each"); ok {
			value = elementOf(sc.eval(a.expr), key)
		}
		return sc.with("each", cty.ObjectVal(map[string]cty.Value{"key": key, "value": value}))
	case undecided:
		it := unknown(mark{why: "it differs by instance, and how many there are is not known"})
		sc = sc.with("count", cty.ObjectVal(map[string]cty.Value{"index": it}))
		return sc.with("each", cty.ObjectVal(map[string]cty.Value{"key": it, "value": it}))
	default:
		return sc
	}
}

func elementOf(all, key cty.Value) cty.Value {
	all, marks := all.Unmark()
	for it := all.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if all.Type().IsSetType() || all.Type().IsListType() || all.Type().IsTupleType() {
			k = v
		}
		k, _ = k.Unmark()
		if k.IsKnown() && !k.IsNull() && k.Type() == cty.String && k.AsString() == key.AsString() {
			return v.WithMarks(marks)
		}
	}
	return unknown(mark{why: "it differs by instance"})
}

// multiply reads count and for_each: the instances' keys, or why their number is not known.
func (m *module) multiply(b *block) ([]cty.Value, mode, string) {
	if a, ok := b.attr("count"); ok {
		return m.counted(a)
	}
	if a, ok := b.attr("for_each"); ok {
		return m.keyed(a)
	}
	return []cty.Value{cty.NilVal}, single, ""
}

func (m *module) counted(a attribute) ([]cty.Value, mode, string) {
	v, marks := m.scope().eval(a.expr).Unmark()
	if !v.IsKnown() {
		return nil, undecided, whyOf(marks)
	}
	num, err := convert.Convert(v, cty.Number)
	if err != nil || num.IsNull() {
		m.s.problem(estate.Problem{Origin: a.at, Message: "count is not a number; correct it"})
		return nil, undecided, "mend count: it is not a number"
	}
	n, _ := num.AsBigFloat().Int64()
	if n > maxInstances {
		m.s.problem(estate.Problem{Origin: a.at, Message: fmt.Sprintf("count is %d; Bailey looks at the first %d", n, maxInstances)})
		n = maxInstances
	}
	keys := make([]cty.Value, max(n, 0))
	for i := range keys {
		keys[i] = cty.NumberIntVal(int64(i))
	}
	return keys, counted, ""
}

func (m *module) keyed(a attribute) ([]cty.Value, mode, string) {
	v, marks := m.scope().eval(a.expr).Unmark()
	if !v.IsKnown() {
		return nil, undecided, whyOf(marks)
	}
	if v.IsNull() || !v.CanIterateElements() {
		m.s.problem(estate.Problem{Origin: a.at, Message: "for_each is neither a map nor a set; correct it"})
		return nil, undecided, "mend for_each: it is neither a map nor a set"
	}
	var names []string
	byValue := v.Type().IsSetType() || v.Type().IsListType() || v.Type().IsTupleType()
	for it := v.ElementIterator(); it.Next() && len(names) < maxInstances; {
		k, e := it.Element()
		if byValue {
			k = e
		}
		k, km := k.Unmark()
		if !k.IsKnown() {
			return nil, undecided, whyOf(km)
		}
		if k.IsNull() || k.Type() != cty.String {
			return nil, undecided, "mend for_each: its keys are not text"
		}
		names = append(names, k.AsString())
	}
	sort.Strings(names)
	keys := make([]cty.Value, len(names))
	for i, n := range names {
		keys[i] = cty.StringVal(n)
	}
	return keys, keyed, ""
}

func whyOf(marks cty.ValueMarks) string {
	refs, whys, _, _ := reasons(marks)
	for _, r := range refs {
		whys = append(whys, "it is known once "+r.display+" is")
	}
	if len(whys) == 0 {
		return "it is computed when the configuration is applied"
	}
	return strings.Join(whys, "; ")
}

// declare hands a resource's instances to the reading.
func (m *module) declare(r *resource) {
	m.expand(r)
	for _, inst := range r.instances {
		typ := r.typ
		if r.block.typ == "data" {
			typ = "data." + r.typ
		}
		m.s.decls = append(m.s.decls, estate.Declaration{
			World: estate.Terraform, Type: typ, Address: inst.address, Unit: m.s.root, Origin: r.block.at, EndLine: r.block.end,
			Body: m.body(r, inst), Conditional: r.why, Suppressed: r.block.notes,
		})
	}
}

// meta are the arguments that are Terraform's own, not the resource's.
var meta = map[string]bool{"count": true, "for_each": true, "depends_on": true, "provider": true}

func (m *module) body(r *resource, inst *instance) estate.Value {
	body := estate.Map(nil, r.block.at)
	m.fill(&body, r.block, inst.sc, true)
	if !strings.HasPrefix(r.typ, "aws_") || r.block.typ == "data" {
		return body
	}
	alias := ""
	if a, ok := r.block.attr("provider"); ok {
		if t := a.expr.Variables(); len(t) == 1 {
			alias = attrAt(t[0], 1)
			body.Fields = append(body.Fields, estate.Field{Name: "@provider", Value: estate.String(alias, a.at)})
		}
	}
	if t, ok := m.tags[alias]; ok {
		m.mergeTags(&body, t)
	}
	return body
}

// mergeTags puts the provider's default tags under a resource's own.
func (m *module) mergeTags(body *estate.Value, t tagSource) {
	defaults := t.m.scope().convert(t.expr.expr)
	i := indexOf(body.Fields, "tags")
	if i < 0 {
		body.Fields = append(body.Fields, estate.Field{Name: "tags", Value: defaults})
		return
	}
	own := body.Fields[i].Value
	if own.Kind != estate.KindMap || defaults.Kind != estate.KindMap {
		return
	}
	merged := estate.Map(append([]estate.Field{}, own.Fields...), own.Origin)
	for _, f := range defaults.Fields {
		if indexOf(merged.Fields, f.Name) < 0 {
			merged.Fields = append(merged.Fields, f)
		}
	}
	body.Fields[i].Value = merged
}

// fill converts a block's arguments and nested blocks; those of one name become a list.
func (m *module) fill(body *estate.Value, b *block, sc scope, top bool) {
	for _, a := range b.attrs {
		if top && meta[a.name] {
			continue
		}
		v := sc.convert(a.expr)
		v.Origin = a.at
		body.Fields = append(body.Fields, estate.Field{Name: a.name, Value: v})
	}
	for _, sub := range b.blocks {
		switch {
		case top && sub.typ == "lifecycle":
			if a, ok := sub.attr("prevent_destroy"); ok {
				body.Fields = append(body.Fields, estate.Field{Name: "@prevent_destroy", Value: placed(sc.convert(a.expr), a.at)})
			}
		case top && (sub.typ == "provisioner" || sub.typ == "connection"):
		case sub.typ == "dynamic" && len(sub.labels) == 1:
			m.dynamic(body, sub, sc)
		default:
			nested := estate.Map(nil, sub.at)
			m.fill(&nested, sub, sc, false)
			appendBlock(body, sub.typ, nested)
		}
	}
}

func appendBlock(body *estate.Value, name string, v estate.Value) {
	if i := indexOf(body.Fields, name); i >= 0 && body.Fields[i].Value.Kind == estate.KindList {
		body.Fields[i].Value.Items = append(body.Fields[i].Value.Items, v)
		return
	}
	body.Fields = append(body.Fields, estate.Field{Name: name, Value: estate.List([]estate.Value{v}, v.Origin)})
}

// dynamic multiplies a nested block.
func (m *module) dynamic(body *estate.Value, b *block, sc scope) {
	each, ok := b.attr("for_each")
	if !ok {
		return
	}
	iterator := b.labels[0]
	if a, ok := b.attr("iterator"); ok {
		if name := hcl.ExprAsKeyword(a.expr); name != "" {
			iterator = name
		}
	}
	var content *block
	for _, sub := range b.blocks {
		if sub.typ == "content" {
			content = sub
		}
	}
	if content == nil {
		return
	}
	v, marks := sc.eval(each.expr).Unmark()
	if !v.IsKnown() {
		x := estate.UnknownBecause(whyOf(marks), b.at)
		x.MayBeAbsent = true
		appendBlock(body, b.labels[0], x)
		return
	}
	if v.IsNull() || !v.CanIterateElements() {
		return
	}
	n := 0
	for it := v.ElementIterator(); it.Next() && n < maxInstances; n++ {
		key, value := it.Element()
		if v.Type().IsSetType() {
			key = value
		}
		inner := sc.with(iterator, cty.ObjectVal(map[string]cty.Value{"key": key, "value": value.WithMarks(marks)}))
		nested := estate.Map(nil, content.at)
		m.fill(&nested, content, inner, false)
		appendBlock(body, b.labels[0], nested)
	}
}
