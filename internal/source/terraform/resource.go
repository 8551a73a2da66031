package terraform

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// resource is a resource or data block and, once expanded, its instances.
type resource struct {
	block     *block
	typ, name string
	expanded  bool
	mode      mode
	instances []*instance
	whole     *estate.Value // the list or map of references to them
	why       string        // mode undecided: what would settle how many there are
}

// instance is one resource that will exist.
type instance struct {
	m       *module
	r       *resource
	key     estate.Value // null where there is only one
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

func (r *resource) isData() bool { return r.block.typ == "data" }

func (r *resource) address() string {
	if r.isData() {
		return "data." + r.typ + "." + r.name
	}
	return r.typ + "." + r.name
}

// expand makes a resource's instances.
func (m *module) expand(r *resource) {
	if r.expanded {
		return
	}
	r.expanded = true // a count that asks for the resource itself finds none
	keys, elements, md, why := m.multiply(r.block)
	r.mode, r.why = md, why
	for i, key := range keys {
		inst := &instance{
			m: m, r: r, key: key, address: m.prefix + r.address() + indexText(key), sc: m.instanceScope(md, key, elements[i]),
		}
		r.instances = append(r.instances, inst)
		m.s.instances[inst.address] = inst
	}
}

const perInstance = "it differs by instance, and how many there are is not known"

// instanceScope is the scope of one instance: count.index, or each.key and each.value.
func (m *module) instanceScope(md mode, key, element estate.Value) scope {
	sc := m.scope()
	switch md {
	case counted:
		return sc.with("count", object("index", key))
	case keyed:
		return sc.with("each", object("key", key, "value", element))
	case undecided:
		it := estate.UnknownBecause(perInstance, key.Origin)
		return sc.with("count", object("index", it)).with("each", object("key", it, "value", it))
	default:
		return sc
	}
}

// object makes a map of names and values in turns.
func object(name string, v estate.Value, more ...any) estate.Value {
	out := estate.Map([]estate.Field{{Name: name, Value: v}}, v.Origin)
	for i := 0; i+1 < len(more); i += 2 {
		out.Fields = append(out.Fields, estate.Field{Name: more[i].(string), Value: more[i+1].(estate.Value)})
	}
	return out
}

// multiply reads count and for_each: the instances' keys and elements, or why their number is not known; then there is
// one, without key, that stands for them all.
func (m *module) multiply(b *block) (keys, elements []estate.Value, md mode, why string) {
	none := []estate.Value{estate.Null(b.at)}
	if a, ok := b.attr("count"); ok {
		n, why := m.count(a)
		if why != "" {
			return none, none, undecided, why
		}
		for i := range n {
			keys = append(keys, estate.Number(fmt.Sprint(i), a.at))
		}
		return keys, keys, counted, ""
	}
	a, ok := b.attr("for_each")
	if !ok {
		return none, none, single, ""
	}
	v := m.scope().convert(a.expr)
	if why := open(v); why != "" {
		return none, none, undecided, why
	}
	if v.Kind != estate.KindList && v.Kind != estate.KindMap {
		if v.Kind != estate.KindUnknown && v.Kind != estate.KindReference {
			m.s.wrong(a.at, "for_each is neither a map nor a set; correct it")
			return none, none, undecided, "make for_each a map or a set"
		}
		return none, none, undecided, whyOf(v)
	}
	fields, why := m.eachOf(v)
	if why != "" {
		return none, none, undecided, why
	}
	if len(fields) > maxInstances {
		m.s.problem(estate.Problem{Origin: a.at, Message: fmt.Sprintf("for_each has %d elements; Bailey looks at the first %d", len(fields), maxInstances)})
		fields = fields[:maxInstances]
	}
	for _, f := range fields {
		keys = append(keys, estate.String(f.Name, a.at))
		elements = append(elements, f.Value)
	}
	return keys, elements, keyed, ""
}

// eachOf are the entries of a for_each in the order of their keys.
func (m *module) eachOf(v estate.Value) ([]estate.Field, string) {
	fields := slices.Clone(v.Fields)
	for _, item := range v.Items {
		text, known := item.Scalar()
		if !known {
			return nil, whyOf(item)
		}
		fields = append(fields, estate.Field{Name: text, Value: item})
	}
	sort.SliceStable(fields, func(i, j int) bool { return fields[i].Name < fields[j].Name })
	return slices.CompactFunc(fields, func(a, b estate.Field) bool { return a.Name == b.Name }), ""
}

func (m *module) count(a attribute) (int64, string) {
	v := m.scope().convert(a.expr)
	n, ok := v.AsInt()
	switch {
	case ok && n > maxInstances:
		m.s.problem(estate.Problem{Origin: a.at, Message: fmt.Sprintf("count is %d; Bailey looks at the first %d", n, maxInstances)})
		return maxInstances, ""
	case ok:
		return max(n, 0), ""
	}
	if b, isBool := v.AsBool(); isBool && v.Kind == estate.KindBool { // older configurations wrote count = var.enabled
		if b {
			return 1, ""
		}
		return 0, ""
	}
	if v.Kind == estate.KindUnknown || v.Kind == estate.KindReference || v.Partial {
		return 0, whyOf(v)
	}
	m.s.wrong(a.at, "count is not a number; correct it")
	return 0, "make count a number"
}

// declare hands a resource's instances to the reading.
func (m *module) declare(r *resource) {
	m.expand(r)
	typ := r.typ
	if r.isData() {
		typ = "data." + typ
	}
	why := r.why
	if why == "" {
		why = m.why
	}
	for _, inst := range r.instances {
		m.s.decls = append(m.s.decls, estate.Declaration{
			World: estate.Terraform, Type: typ, Address: inst.address, Unit: m.s.root, Origin: r.block.at, EndLine: r.block.end,
			Body: inst.body(), Conditional: why, Suppressed: r.block.notes,
		})
	}
}

// ownName reports whether an attribute is one by which others mean the resource itself: its id, its ARN, its name.
func ownName(typ, attr string) bool {
	switch attr {
	case "id", "arn", "name", "identifier", "bucket", "key_id", "self_link":
		return true
	}
	for _, suffix := range []string{"_name", "_identifier", "_id", "_arn"} {
		if stem, ok := strings.CutSuffix(attr, suffix); ok && strings.HasSuffix("_"+typ, "_"+stem) {
			return true
		}
	}
	return false
}

// reference is an attribute of the instance that is known once it exists.
func (inst *instance) reference(attr string, at estate.Origin) estate.Value {
	display := "${" + inst.address
	if attr != "" {
		display += "." + attr
	}
	return estate.Reference(estate.Ref{ID: inst.m.s.root + "#" + inst.address, Attr: attr}, display+"}", at)
}

// attr is an attribute of the instance: what the configuration says of it, or a reference.
func (inst *instance) attr(name string, at estate.Origin) estate.Value {
	if inst.r.isData() {
		return inst.dataAttr(name, at)
	}
	ref := inst.reference(name, at)
	v, ok := inst.configured(name, at)
	switch {
	case !ok || v.Kind == estate.KindNull:
		return ref
	case ownName(inst.r.typ, name) && v.Kind != estate.KindReference:
		return ref
	default:
		return v
	}
}

func (inst *instance) dataAttr(name string, at estate.Origin) estate.Value {
	if inst.r.typ == "aws_iam_policy_document" && (name == "json" || name == "minified_json") {
		return inst.m.named("the document "+inst.address, at, func() estate.Value { return inst.document() })
	}
	if v, ok := inst.configured(name, at); ok && v.Kind != estate.KindNull {
		return v
	}
	why := fmt.Sprintf("data.%s.%s is read when the plan is made; check the plan's JSON instead", inst.r.typ, inst.r.name)
	return estate.UnknownBecause(why, at)
}

// configured is an argument, or the nested blocks of a name, as the configuration has them.
func (inst *instance) configured(name string, at estate.Origin) (estate.Value, bool) {
	b := inst.r.block
	if a, ok := b.attr(name); ok && !meta[name] {
		return inst.m.named(inst.address+"."+name, at, func() estate.Value { return inst.sc.convert(a.expr) }), true
	}
	if !slices.ContainsFunc(b.blocks, func(x *block) bool { return nestedName(x) == name }) || beside[name] {
		return estate.Value{}, false
	}
	return inst.m.named(inst.address+"."+name, at, func() estate.Value {
		body := estate.Map(nil, b.at)
		for _, sub := range b.blocks {
			if nestedName(sub) == name {
				inst.sc.nest(&body, sub)
			}
		}
		v, _ := body.Get(name)
		return v
	}), true
}
