package cloudformation

import (
	"fmt"
	"path"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// child is the unit of a stack resource whose template is a local file; nil for any other resource.
func (u *unit) child(r *resource) *unit {
	if r.childDone {
		return r.child
	}
	var key string
	switch r.typ {
	case "AWS::CloudFormation::Stack":
		key = "TemplateURL"
	case "AWS::Serverless::Application":
		key = "Location"
	default:
		r.childDone = true
		return nil
	}
	r.childDone = true // what its parameters ask of the stack itself is not there yet
	if t, _ := u.exists(r); t == no {
		return nil
	}
	properties := r.node.get("Properties")
	location := properties.get(key)
	if location == nil {
		return nil
	}
	at, current := location.at, u.current
	u.current = r
	defer func() { u.current = current }()
	text, ok := u.eval(location, r.scope).Scalar()
	if !ok || !isLocal(text) {
		return nil
	}
	t := u.open(at, r, path.Join(path.Dir(u.t.file), text))
	if t == nil {
		return nil
	}
	child := newUnit(u.s, u.name+"/"+r.id, t)
	child.parent, child.level, child.pseudo, child.conditional = u, u.level+1, u.childPseudo(), u.conditional
	if child.conditional == "" {
		_, child.conditional = u.exists(r)
	}
	child.parameters(u.passed(r, properties.get("Parameters"), t))
	r.child = child
	return child
}

// isLocal accepts relative paths only: a template must not make its reader open any file there is.
func isLocal(location string) bool {
	return location != "" && !strings.Contains(location, "://") && !strings.Contains(location, "{{") &&
		!path.IsAbs(location) && !strings.Contains(location, "\\") && !strings.HasPrefix(location, "arn:")
}

// open reads and parses the template of a nested stack.
func (u *unit) open(at position, r *resource, file string) *template {
	for p := u; p != nil; p = p.parent {
		if p.t.file == file {
			u.problem(at, false, "stack %s nests %s in itself; break the circle", r.id, file)
			return nil
		}
	}
	if u.level >= maxStackDepth || u.s.stacks >= maxStacks {
		u.problem(at, true, "stack %s is not read: more than %d stacks, or %d levels of them, are nested here; check it by itself", r.id, maxStacks, maxStackDepth)
		return nil
	}
	if t, ok := u.s.files[file]; ok {
		return t
	}
	if u.s.opts.ReadFile == nil {
		return nil
	}
	data, err := u.s.opts.ReadFile(file)
	if err != nil {
		u.problem(at, true, "the template of stack %s cannot be read: %v; put it there or give its URL", r.id, err)
		u.s.files[file] = &template{file: file}
	}
	t := u.s.parse(file, data)
	return t
}

// passed evaluates the parameters a stack resource gives its child.
func (u *unit) passed(r *resource, n *node, t *template) map[string]estate.Value {
	given := map[string]estate.Value{}
	if n == nil || n.kind != nodeMap {
		return given
	}
	declared := t.root.get("Parameters")
	u.unroll(n, r.scope, "", func(f *field, name string, sc *scope, open string) {
		if open != "" {
			return
		}
		value := &f.value
		if typ, _ := declared.get(name).get("Type").scalar(); isListType(typ) {
			value = joined(value)
		}
		if v := u.eval(value, sc); !isNoValue(v) {
			given[name] = v
		}
	})
	return given
}

// joined is the list in a Join by commas, which is how templates pass lists: taken as the list it was, its items stay
// what they are.
func joined(n *node) *node {
	arg := n.get("Fn::Join")
	if arg == nil || arg.kind != nodeList || len(arg.items) != 2 {
		return n
	}
	if by, _ := arg.items[0].scalar(); strings.TrimSpace(by) != "," {
		return n
	}
	return &arg.items[1]
}

// output is the value of a child's output as its parent, the unit asking, sees it.
func (u *unit) output(at position, name string, asking *unit) estate.Value {
	origin := at.in(asking.t.file)
	if !u.t.ok {
		return estate.UnknownBecause(fmt.Sprintf("correct %s, which could not be read", u.t.file), origin)
	}
	o, ok := u.outputs[name]
	switch {
	case !ok && u.transform.any:
		return estate.UnknownBecause(fmt.Sprintf("check the processed template of %s", u.t.file), origin)
	case !ok:
		return asking.broken(at, "%s has no output %s; add it or correct the name", u.t.file, name)
	case o.busy:
		return asking.broken(at, "output %s of %s depends on itself; break the circle", name, u.t.file)
	case !o.done:
		o.busy = true
		o.value = u.outputValue(o, name)
		o.busy, o.done = false, true
	}
	v := o.value
	v.Origin = origin
	return v
}

func (u *unit) outputValue(o *output, name string) estate.Value {
	if u.absent(o) {
		return estate.UnknownBecause(fmt.Sprintf("ask for an output that exists: the condition of %s in %s is false", name, u.t.file), estate.Origin{})
	}
	n := o.node.get("Value")
	if n == nil {
		return u.broken(o.node.at, "output %s has no Value; add it", name)
	}
	return u.eval(n, o.scope)
}

// Covers names the files that a reading took in as nested stacks, so that a walk over a folder need not read them a
// second time without their parameters.
func Covers(r estate.Reading) map[string]bool {
	out := map[string]bool{}
	for i := range r.Declarations {
		if d := &r.Declarations[i]; d.Origin.File != d.Unit {
			out[d.Origin.File] = true
		}
	}
	return out
}
