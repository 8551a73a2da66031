package cloudformation

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// ref evaluates Ref.
func (u *unit) ref(at position, arg *node, sc *scope) estate.Value {
	name, broken := u.nameIn(arg, sc, "Ref")
	if broken != nil {
		return *broken
	}
	return u.refTo(at, name, sc)
}

// nameIn evaluates the argument of a function that takes a name; broken is the function's value where it has none.
func (u *unit) nameIn(arg *node, sc *scope, function string) (name string, broken *estate.Value) {
	if text, ok := arg.scalar(); ok {
		name, why := sc.replace(text)
		if why != "" && strings.Contains(name, "{") {
			v := estate.UnknownBecause(why, arg.at.in(u.t.file))
			return "", &v
		}
		return name, nil
	}
	if arg.kind == nodeMap {
		v := u.eval(arg, sc)
		if text, ok := v.Scalar(); ok {
			return text, nil
		}
		if why := whyUnknown(v); why != "" {
			v = estate.UnknownBecause(why, v.Origin)
			return "", &v
		}
	}
	v := u.broken(arg.at, "%s takes a name; correct it", function)
	return "", &v
}

// refTo is the value of ${name}: a loop's identifier, a parameter, a pseudo parameter or a resource.
func (u *unit) refTo(at position, name string, sc *scope) estate.Value {
	origin := at.in(u.t.file)
	if s := sc.lookup(name); s != nil {
		if s.why != "" {
			return estate.PartialString("${"+name+"}", s.why, origin)
		}
		return estate.String(s.text, origin)
	}
	if p, ok := u.params[name]; ok {
		v := p.value
		v.Origin = origin
		return v
	}
	if strings.HasPrefix(name, "AWS::") {
		return u.pseudoParameter(name, at)
	}
	v := u.resource(at, name, "")
	if u.byID[name] == nil && !u.transform.any && !strings.Contains(name, ".") {
		v.Param = name // most likely a parameter left out; in any case the value is not written here
	}
	return v
}

// resource is a reference to a declared resource; attr is empty for Ref.
func (u *unit) resource(at position, id, attr string) estate.Value {
	origin := at.in(u.t.file)
	r, ok := u.byID[id]
	if !ok {
		v := u.undeclared(at, id)
		v.Text = "${" + strings.TrimSuffix(id+"."+attr, ".") + "}" // what it would be is known as far as its name goes
		return v
	}
	if t, why := u.exists(r); t == no {
		return estate.UnknownBecause(fmt.Sprintf("refer to something that exists: %s does not, because %s", id, why), origin)
	}
	if u.current != nil && u.undecided == 0 {
		u.current.uses = append(u.current.uses, r)
	}
	if output, ok := strings.CutPrefix(attr, "Outputs."); ok {
		if child := u.child(r); child != nil {
			return child.output(at, output, u)
		}
	}
	ref := r.origin
	ref.Attr = attr
	if attr == "" {
		return estate.Reference(ref, "${"+id+"}", origin)
	}
	return estate.Reference(ref, "${"+id+"."+attr+"}", origin)
}

func (u *unit) undeclared(at position, id string) estate.Value {
	module, _, _ := strings.Cut(id, ".")
	if r, ok := u.byID[module]; u.transform.any || ok && strings.HasSuffix(r.typ, "::MODULE") {
		return estate.UnknownBecause(fmt.Sprintf("check the processed template: %s is made by a macro or module", id), at.in(u.t.file))
	}
	return u.broken(at, "%s is neither a parameter nor a resource of this template; declare it or correct the name", id)
}

// getAtt evaluates Fn::GetAtt, written "Name.Attribute" or as a list of the parts.
func (u *unit) getAtt(at position, arg *node, sc *scope) estate.Value {
	if arg.kind == nodeList {
		if len(arg.items) < 2 {
			return u.broken(arg.at, "Fn::GetAtt takes a resource and an attribute; add the attribute")
		}
		parts := make([]string, 0, len(arg.items))
		for i := range arg.items {
			part, broken := u.nameIn(&arg.items[i], sc, "Fn::GetAtt")
			if broken != nil {
				return *broken
			}
			parts = append(parts, part)
		}
		return u.attribute(at, parts[0], strings.Join(parts[1:], "."))
	}
	text, broken := u.nameIn(arg, sc, "Fn::GetAtt")
	if broken != nil {
		return *broken
	}
	id, attr, ok := strings.Cut(text, ".")
	if !ok || attr == "" {
		return u.broken(arg.at, "Fn::GetAtt takes a resource and an attribute; write %s.Attribute", id)
	}
	return u.attribute(at, id, attr)
}

func (u *unit) attribute(at position, id, attr string) estate.Value {
	if _, ok := u.params[id]; ok {
		return u.broken(at, "%s is a parameter and has no attributes; use Ref", id)
	}
	return u.resource(at, id, attr)
}

// exists decides whether a resource is there at all.
func (u *unit) exists(r *resource) (result truth, why string) {
	if r.decided {
		return r.exists, r.why
	}
	r.exists, r.why = yes, ""
	if c := r.node.get("Condition"); !c.isNull() {
		name, ok := c.scalar()
		if !ok {
			r.exists, r.why = undecided, u.broken(c.at, "Condition takes the name of a condition; correct it").Why
		} else {
			name, _ = r.scope.replace(name)
			r.exists, r.why = u.named(name, c.at)
			if r.exists == no {
				r.why = fmt.Sprintf("its condition %s is false", name)
			}
		}
	}
	if r.exists == yes && r.conditional != "" {
		r.exists, r.why = undecided, r.conditional
	}
	r.decided = true
	return r.exists, r.why
}

// findInMap evaluates Fn::FindInMap.
func (u *unit) findInMap(at position, arg *node, sc *scope) estate.Value {
	if arg.kind != nodeList || len(arg.items) < 3 || len(arg.items) > 4 {
		return u.broken(arg.at, "Fn::FindInMap takes a map's name, a top-level and a second-level key; correct it")
	}
	var byDefault *node
	if len(arg.items) == 4 {
		byDefault = arg.items[3].get("DefaultValue")
	}
	keys := [3]string{}
	for i := range keys {
		key, broken := u.nameIn(&arg.items[i], sc, "Fn::FindInMap")
		if broken != nil {
			return *broken
		}
		keys[i] = key
	}
	n := u.t.root.get("Mappings")
	for _, key := range keys {
		if n != nil && n.get("Fn::Transform") != nil {
			return estate.UnknownBecause("check the processed template: a macro makes this mapping", at.in(u.t.file))
		}
		if n = u.entry(n, key); n == nil {
			break
		}
	}
	switch {
	case n != nil:
		return u.eval(n, sc)
	case byDefault != nil:
		return u.eval(byDefault, sc)
	default:
		return u.broken(at, "Mappings holds no %s; add it or a DefaultValue", strings.Join(keys[:], "."))
	}
}

// entry is node.get with an index for large maps.
func (u *unit) entry(n *node, key string) *node {
	const small = 24
	if n == nil || len(n.fields) <= small {
		return n.get(key)
	}
	index, ok := u.s.indexes[n]
	if !ok {
		index = make(map[string]int, len(n.fields))
		for i := range n.fields {
			index[n.fields[i].name] = i
		}
		u.s.indexes[n] = index
	}
	if i, ok := index[key]; ok {
		return &n.fields[i].value
	}
	return nil
}

// importValue evaluates Fn::ImportValue. The estate fills it in when another unit exports the name.
func (u *unit) importValue(at position, arg *node, sc *scope) estate.Value {
	v := u.eval(arg, sc)
	name, ok := v.Scalar()
	if !ok {
		why := whyUnknown(v)
		if why == "" {
			return u.broken(arg.at, "Fn::ImportValue takes the name of an export; correct it")
		}
		return estate.UnknownBecause(why, at.in(u.t.file))
	}
	out := estate.UnknownBecause(fmt.Sprintf("check the stack that exports %s together with this one", name), at.in(u.t.file))
	out.Import = name
	return out
}
