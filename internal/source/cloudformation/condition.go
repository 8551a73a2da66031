package cloudformation

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// truth is a condition's value.
type truth uint8

const (
	undecided truth = iota
	yes
	no
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// condition is an entry of the Conditions section, evaluated when first asked for.
type condition struct {
	node  *node
	scope *scope
	busy  bool
	done  bool
	truth truth
	why   string
}

// named evaluates a condition by its name; why says what would decide it.
func (u *unit) named(name string, at position) (result truth, why string) {
	c, ok := u.conditions[name]
	switch {
	case !ok:
		v := u.broken(at, "condition %s is not declared; add it to Conditions or correct the name", name)
		return undecided, v.Why
	case c.done:
		return c.truth, c.why
	case c.busy:
		v := u.broken(c.node.at, "condition %s depends on itself; break the circle", name)
		return undecided, v.Why
	}
	c.busy = true
	c.truth, c.why = u.decide(c.node, c.scope)
	c.busy, c.done = false, true
	return c.truth, c.why
}

// decide evaluates a condition's expression.
func (u *unit) decide(n *node, sc *scope) (result truth, why string) {
	if !u.enter() {
		return undecided, u.tooMuch(n.at).Why
	}
	defer u.leave()
	if n.kind == nodeBool {
		return truthOf(n.text == "true"), ""
	}
	if n.kind != nodeMap || len(n.fields) != 1 {
		return undecided, u.broken(n.at, "a condition is one of Fn::And, Fn::Or, Fn::Not, Fn::Equals, Condition; correct it").Why
	}
	arg := &n.fields[0].value
	switch name := n.fields[0].name; name {
	case "Condition":
		target, ok := arg.scalar()
		if !ok {
			return undecided, u.broken(arg.at, "Condition takes the name of a condition; correct it").Why
		}
		target, _ = sc.replace(target)
		return u.named(target, arg.at)
	case "Fn::Equals":
		return u.equals(arg, sc)
	case "Fn::Not":
		if arg.kind != nodeList || len(arg.items) != 1 {
			return undecided, u.broken(arg.at, "Fn::Not takes a list of one condition; correct it").Why
		}
		t, why := u.decide(&arg.items[0], sc)
		switch t {
		case yes:
			return no, ""
		case no:
			return yes, ""
		default:
			return undecided, why
		}
	case "Fn::And":
		return u.combine(name, arg, sc, no)
	case "Fn::Or":
		return u.combine(name, arg, sc, yes)
	default:
		return undecided, u.broken(n.at, "%s is not a condition function; use Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition", name).Why
	}
}

// combine evaluates And (whose settling value is no) and Or (yes): one settling operand decides, whatever the others.
func (u *unit) combine(name string, arg *node, sc *scope, settling truth) (result truth, why string) {
	if arg.kind != nodeList || len(arg.items) == 0 {
		return undecided, u.broken(arg.at, "%s takes a list of conditions; correct it", name).Why
	}
	open := false
	for i := range arg.items {
		t, w := u.decide(&arg.items[i], sc)
		if t == settling {
			return settling, ""
		}
		if t == undecided && !open {
			open, why = true, w
		}
	}
	if open {
		return undecided, why
	}
	if settling == yes {
		return no, ""
	}
	return yes, ""
}

func (u *unit) equals(arg *node, sc *scope) (result truth, why string) {
	if arg.kind != nodeList || len(arg.items) != 2 {
		return undecided, u.broken(arg.at, "Fn::Equals takes a list of two values; correct it").Why
	}
	a, b := u.eval(&arg.items[0], sc), u.eval(&arg.items[1], sc)
	x, knownX := a.Scalar()
	y, knownY := b.Scalar()
	switch {
	case knownX && knownY:
		return truthOf(x == y), ""
	case a.Kind == estate.KindUnknown && a.Param != "" && a.Param == b.Param && len(a.Items)+len(b.Items) == 0 && b.Kind == a.Kind:
		return yes, ""
	case knownX && u.excludes(b, x), knownY && u.excludes(a, y):
		return no, ""
	case settled(a) && settled(b):
		return truthOf(same(a, b)), ""
	}
	for _, v := range []estate.Value{a, b} {
		if w := whyUnknown(v); w != "" {
			return undecided, w
		}
	}
	return undecided, fmt.Sprintf("compare values that are known before deployment at line %d", arg.at.line)
}

// excludes reports whether v is a parameter without value that may not take text.
func (u *unit) excludes(v estate.Value, text string) bool {
	if v.Kind != estate.KindUnknown || v.Param == "" {
		return false
	}
	p, ok := u.params[v.Param]
	return ok && p.value.Kind == estate.KindUnknown && len(p.allowed) > 0 && !p.list && !allows(p.allowed, text)
}

// doIf picks the branch of Fn::If. Where the condition is undecided both are merged: what they agree on is known.
func (u *unit) doIf(arg *node, sc *scope) estate.Value {
	if arg.kind != nodeList || len(arg.items) != 3 {
		return u.broken(arg.at, "Fn::If takes a condition's name and two values; correct it")
	}
	var t truth
	var why string
	if name, ok := arg.items[0].scalar(); ok {
		name, _ = sc.replace(name)
		t, why = u.named(name, arg.items[0].at)
	} else {
		t, why = u.decide(&arg.items[0], sc)
	}
	switch t {
	case yes:
		return u.eval(&arg.items[1], sc)
	case no:
		return u.eval(&arg.items[2], sc)
	default:
		u.undecided++
		a, b := u.eval(&arg.items[1], sc), u.eval(&arg.items[2], sc)
		u.undecided--
		return either(a, b, why, arg.at.in(u.t.file))
	}
}

// either is the value that is a or b.
func either(a, b estate.Value, why string, at estate.Origin) estate.Value {
	switch {
	case isNoValue(a) && isNoValue(b):
		return a
	case isNoValue(a), isNoValue(b):
		v := estate.UnknownBecause(why, at)
		v.MayBeAbsent = true
		return v
	case same(a, b):
		if a.Param != "" && b.Param == "" { // the literal counts: it is written in the template
			return b
		}
		return a
	case a.Kind == estate.KindMap && b.Kind == estate.KindMap && a.Why == "" && b.Why == "":
		return eitherMap(a, b, why)
	default:
		return estate.UnknownBecause(why, at)
	}
}

func eitherMap(a, b estate.Value, why string) estate.Value {
	out := estate.Map(make([]estate.Field, 0, max(len(a.Fields), len(b.Fields))), a.Origin)
	inA, inB := finder(a), finder(b)
	for _, f := range a.Fields {
		other, ok := inB(f.Name)
		if !ok {
			other = noValue(f.Value.Origin)
		}
		out.Fields = append(out.Fields, estate.Field{Name: f.Name, Value: either(f.Value, other, why, f.Value.Origin)})
	}
	for _, f := range b.Fields {
		if _, ok := inA(f.Name); !ok {
			v := either(noValue(f.Value.Origin), f.Value, why, f.Value.Origin)
			out.Fields = append(out.Fields, estate.Field{Name: f.Name, Value: v})
		}
	}
	return out
}

// same reports whether two values are known and equal wherever they were written.
func same(a, b estate.Value) bool {
	if a.Kind != b.Kind {
		x, okX := a.Scalar()
		y, okY := b.Scalar()
		return okX && okY && x == y
	}
	switch a.Kind {
	case estate.KindNull:
		return true
	case estate.KindUnknown:
		return false
	case estate.KindReference:
		return *a.Ref == *b.Ref
	case estate.KindList, estate.KindMap:
		return sameParts(a, b)
	default:
		return a.Bool == b.Bool && a.Text == b.Text && a.Partial == b.Partial &&
			(!a.Partial || !strings.Contains(a.Text, unnamed))
	}
}

func sameParts(a, b estate.Value) bool {
	if len(a.Items) != len(b.Items) || len(a.Fields) != len(b.Fields) || a.Why != b.Why {
		return false
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	inB := finder(b)
	for i := range a.Fields {
		other, ok := inB(a.Fields[i].Name)
		if !ok || !same(a.Fields[i].Value, other) {
			return false
		}
	}
	return true
}

// finder is Value.Get, by an index where the map is large.
func finder(v estate.Value) func(string) (estate.Value, bool) {
	const small = 24
	if len(v.Fields) <= small {
		return v.Get
	}
	index := make(map[string]int, len(v.Fields))
	for i := range v.Fields {
		index[v.Fields[i].Name] = i
	}
	return func(name string) (estate.Value, bool) {
		i, ok := index[name]
		if !ok {
			return estate.Value{}, false
		}
		return v.Fields[i].Value, true
	}
}
