package cloudformation

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// noValue stands for AWS::NoValue until the list or map around it drops it.
func noValue(at estate.Origin) estate.Value {
	return estate.Value{Kind: estate.KindNull, MayBeAbsent: true, Origin: at}
}

func isNoValue(v estate.Value) bool { return v.Kind == estate.KindNull && v.MayBeAbsent }

// enter and leave bound how deep evaluation goes.
func (u *unit) enter() bool {
	if u.s.depth >= 4*maxDepth {
		return false
	}
	u.s.depth++
	return true
}

func (u *unit) leave() { u.s.depth-- }

func (u *unit) tooMuch(at position) estate.Value {
	if u.s.values < 0 {
		u.s.problem(estate.Problem{
			Origin:  estate.Origin{File: u.t.file, Line: 1, Column: 1},
			Message: fmt.Sprintf("evaluating the template makes more than %d values; split it or shorten its loops", maxValues),
			Fatal:   true,
		})
		return estate.UnknownBecause("split the template", at.in(u.t.file))
	}
	return u.broken(at, "values and functions are nested too deep here; flatten them")
}

// eval is the value of a node. The result may be noValue.
func (u *unit) eval(n *node, sc *scope) estate.Value {
	origin := n.at.in(u.t.file)
	if !u.s.spend(1) || !u.enter() {
		return u.tooMuch(n.at)
	}
	defer u.leave()
	switch n.kind {
	case nodeBool:
		return estate.Bool(n.text == "true", origin)
	case nodeNumber:
		return estate.Number(n.text, origin)
	case nodeString:
		return u.text(n, sc)
	case nodeList:
		return u.list(n, sc)
	case nodeMap:
		if n.active {
			return u.active(n, sc)
		}
		return u.plainMap(n, sc)
	case nodeInvalid:
		return estate.UnknownBecause(n.text, origin)
	default:
		return estate.Null(origin)
	}
}

func (u *unit) text(n *node, sc *scope) estate.Value {
	if sc == nil {
		return estate.String(n.text, n.at.in(u.t.file))
	}
	text, why := sc.replace(n.text)
	if why != "" {
		return estate.PartialString(text, why, n.at.in(u.t.file))
	}
	return estate.String(text, n.at.in(u.t.file))
}

func (u *unit) list(n *node, sc *scope) estate.Value {
	out := estate.List(make([]estate.Value, 0, len(n.items)), n.at.in(u.t.file))
	for i := range n.items {
		if v := u.eval(&n.items[i], sc); !isNoValue(v) {
			out.Items = append(out.Items, v)
		}
	}
	return out
}

func (u *unit) plainMap(n *node, sc *scope) estate.Value {
	out := estate.Map(make([]estate.Field, 0, len(n.fields)), n.at.in(u.t.file))
	for i := range n.fields {
		f := &n.fields[i]
		v := u.eval(&f.value, sc)
		if isNoValue(v) {
			continue
		}
		name := f.name
		if sc != nil {
			name, _ = sc.replace(name)
		}
		out.Fields = append(out.Fields, estate.Field{Name: name, Value: v})
	}
	return out
}

// active evaluates a map that is a function, holds loops, or includes what a macro returns.
func (u *unit) active(n *node, sc *scope) estate.Value {
	if len(n.fields) == 1 {
		f := &n.fields[0]
		if f.name == "Ref" || strings.HasPrefix(f.name, "Fn::") && !strings.HasPrefix(f.name, loopPrefix) {
			return u.function(n.at, f, sc)
		}
	}
	out := estate.Map(make([]estate.Field, 0, len(n.fields)), n.at.in(u.t.file))
	u.unroll(n, sc, "", func(f *field, name string, sc *scope, open string) {
		if open != "" { // a map with Why set may hold more than is known
			out.Why = open
			return
		}
		if strings.HasPrefix(name, "Fn::") {
			if name == "Fn::Transform" {
				out.Why = "check the processed template: Fn::Transform adds to this map"
			} else {
				out.Why = u.broken(f.at, "%s must be the only key of its map; move the others out", name).Why
			}
			return
		}
		if v := u.eval(&f.value, sc); !isNoValue(v) {
			out.Fields = append(out.Fields, estate.Field{Name: name, Value: v})
		}
	})
	return out
}

// function evaluates one intrinsic function; at is where the map that calls it begins.
func (u *unit) function(at position, f *field, sc *scope) estate.Value {
	arg := &f.value
	var v estate.Value
	switch f.name {
	case "Ref":
		v = u.ref(at, arg, sc)
	case "Fn::GetAtt":
		v = u.getAtt(at, arg, sc)
	case "Fn::Sub":
		v = u.sub(at, arg, sc)
	case "Fn::If":
		return u.doIf(arg, sc) // the branch keeps its own position
	case "Fn::Join":
		v = u.join(at, arg, sc)
	case "Fn::FindInMap":
		v = u.findInMap(at, arg, sc)
	case "Fn::Select":
		v = u.choose(at, arg, sc)
	case "Fn::Split":
		v = u.split(at, arg, sc)
	case "Fn::ImportValue":
		v = u.importValue(at, arg, sc)
	case "Fn::Base64":
		v = u.base64(at, arg, sc)
	case "Fn::Cidr":
		v = u.cidr(at, arg, sc)
	case "Fn::GetAZs":
		v = estate.UnknownBecause("it is the region's list of availability zones, known at deployment", at.in(u.t.file))
	case "Fn::Transform":
		v = estate.UnknownBecause("check the processed template: a macro makes this value", at.in(u.t.file))
	case "Fn::ToJsonString":
		v = u.toJSON(at, arg, sc)
	case "Fn::Length":
		v = u.length(at, arg, sc)
	case "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		v = u.truthValue(at, f, sc)
	default:
		v = u.broken(at, "%s is not a CloudFormation function; correct the name", f.name)
	}
	v.Origin = at.in(u.t.file)
	return v
}

// truthValue is a condition function used as a value, which CloudFormation allows in few places.
func (u *unit) truthValue(at position, f *field, sc *scope) estate.Value {
	n := node{kind: nodeMap, fields: []field{*f}, at: at}
	switch t, why := u.decide(&n, sc); t {
	case yes, no:
		return estate.Bool(t == yes, at.in(u.t.file))
	default:
		return estate.UnknownBecause(why, at.in(u.t.file))
	}
}

// settled reports whether a value and all its parts are known before deployment.
func settled(v estate.Value) bool {
	known := true
	v.Walk(func(v estate.Value) bool {
		switch v.Kind {
		case estate.KindUnknown, estate.KindReference:
			known = false
		case estate.KindString:
			known = known && !v.Partial
		case estate.KindMap:
			known = known && v.Why == ""
		default:
		}
		return known
	})
	return known
}

// whyUnknown says what would settle a value, empty when it is known.
func whyUnknown(v estate.Value) string {
	why := ""
	v.Walk(func(v estate.Value) bool {
		switch {
		case why != "":
		case v.Kind == estate.KindReference:
			why = "it is known once " + v.Text + " exists"
		case v.Kind == estate.KindUnknown && v.Why == "":
			why = "it is known at deployment"
		case v.Why != "":
			why = v.Why
		}
		return why == ""
	})
	return why
}
