package cloudformation

import (
	"github.com/baileydb/bailey/internal/estate"
)

// declare evaluates a resource and adds it to the reading, unless its condition is false.
func (u *unit) declare(r *resource) {
	t, why := u.exists(r)
	if t == no {
		return
	}
	u.current = r
	defer func() { u.current = nil }()
	d := estate.Declaration{
		World: estate.CloudFormation, Type: r.typ, Address: r.typ + "." + r.id, Unit: u.name,
		Origin: r.at.in(u.t.file), EndLine: r.end, Conditional: u.conditional,
	}
	if t == undecided {
		d.Conditional = why
	}
	d.Body = u.body(r)
	d.Suppressed = suppressed(r.node.get("Metadata"))
	u.dependsOn(r)
	u.s.reading.Declarations = append(u.s.reading.Declarations, d)
	if stage, ok := stageOf(r, d); ok {
		u.s.reading.Declarations = append(u.s.reading.Declarations, stage)
	}
}

// body evaluates the properties, with the policies on deletion beside them.
func (u *unit) body(r *resource) estate.Value {
	body := estate.Map(nil, r.at.in(u.t.file))
	if p := r.node.get("Properties"); !p.isNull() {
		switch v := u.eval(p, r.scope); v.Kind {
		case estate.KindMap:
			body = v
		case estate.KindUnknown:
			body.Why = v.Why
			body.Origin = v.Origin
		case estate.KindNull:
		default:
			body.Why = u.broken(p.at, "the Properties of %s must be a map; correct it", r.id).Why
		}
	}
	if f := r.node.field("Fn::Transform"); f != nil {
		body.Why = "check the processed template: Fn::Transform adds to this resource"
		u.problem(f.at, false, "what Fn::Transform adds to %s is not read; include it in the template to have it checked", r.id)
	}
	if u.transform.sam {
		body = u.withGlobals(r, body)
	}
	for _, name := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		if n := r.node.get(name); !n.isNull() {
			if v := u.eval(n, r.scope); !isNoValue(v) {
				body.Fields = append(body.Fields, estate.Field{Name: "@" + name, Value: v})
			}
		}
	}
	return body
}

// dependsOn notes the resources that DependsOn names.
func (u *unit) dependsOn(r *resource) {
	n := r.node.get("DependsOn")
	if n.isNull() {
		return
	}
	names := []node{*n}
	if n.kind == nodeList {
		names = n.items
	}
	for i := range names {
		name, ok := names[i].scalar()
		if !ok {
			continue // a macro or loop may make it
		}
		name, why := r.scope.replace(name)
		if other, ok := u.byID[name]; ok {
			r.uses = append(r.uses, other)
		} else if why == "" {
			u.undeclared(names[i].at, name)
		}
	}
}

// suppressed reads which checks the author asked to leave out, in the words of the tools that have some.
func suppressed(metadata *node) map[string]string {
	var out map[string]string
	add := func(n *node, idKey, reasonKey string) {
		if n == nil {
			return
		}
		for i := range n.items {
			id, ok := n.items[i].scalar()
			reason := ""
			if !ok {
				id, ok = n.items[i].get(idKey).scalar()
				reason, _ = n.items[i].get(reasonKey).scalar()
			}
			if fields := n.items[i].fields; !ok && len(fields) == 1 { // RULE: reason
				id, ok = fields[0].name, true
				reason, _ = fields[0].value.scalar()
			}
			if !ok || id == "" {
				continue
			}
			if out == nil {
				out = map[string]string{}
			}
			out[id] = reason
		}
	}
	if metadata == nil {
		return nil
	}
	add(metadata.get("checkov").get("skip"), "id", "comment")
	add(metadata.get("guard").get("SuppressedRules"), "id", "reason")
	add(metadata.get("cfn_nag").get("rules_to_suppress"), "id", "reason")
	add(metadata.get("bailey").get("skip"), "id", "reason")
	return out
}

// reportCycles tells of resources that need each other. CloudFormation cannot deploy those, but reading them can go on.
func (u *unit) reportCycles() {
	const (
		unseen = iota
		open
		closed
	)
	type step struct {
		r    *resource
		next int
	}
	for _, start := range u.resources {
		if start.mark != unseen {
			continue
		}
		start.mark = open
		path := []step{{r: start}}
		for len(path) > 0 {
			top := &path[len(path)-1]
			if top.next == len(top.r.uses) {
				top.r.mark = closed
				path = path[:len(path)-1]
				continue
			}
			used := top.r.uses[top.next]
			top.next++
			switch used.mark {
			case unseen:
				used.mark = open
				path = append(path, step{r: used})
			case open:
				u.cycle(top.r, used)
			}
		}
	}
}

func (u *unit) cycle(from, to *resource) {
	if u.transform.any {
		return // macros move parts of resources about
	}
	if from == to {
		u.problem(from.at, false, "resource %s refers to itself; CloudFormation cannot deploy it: remove the reference", from.id)
		return
	}
	u.problem(from.at, false, "resources %s and %s depend on each other in a circle; CloudFormation cannot deploy them: remove one reference", from.id, to.id)
}

// export evaluates the outputs that have an Export.
func (u *unit) export() {
	u.entries("Outputs", func(f *field, _ string, sc *scope, open string) {
		n := f.value.get("Export").get("Name")
		if n.isNull() || open != "" || u.absent(&output{node: &f.value, scope: sc}) {
			return
		}
		name, ok := u.eval(n, sc).Scalar()
		value := f.value.get("Value")
		if !ok || value == nil {
			return
		}
		if u.s.reading.Exports == nil {
			u.s.reading.Exports = map[string]estate.Value{}
		}
		u.s.reading.Exports[name] = u.eval(value, sc)
	})
}

// absent reports whether an output's condition is known to be false.
func (u *unit) absent(o *output) bool {
	c, ok := o.node.get("Condition").scalar()
	if !ok {
		return false
	}
	c, _ = o.scope.replace(c)
	t, _ := u.named(c, o.node.at)
	return t == no
}
