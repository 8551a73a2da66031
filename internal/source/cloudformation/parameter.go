package cloudformation

import (
	"fmt"
	"maps"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

type parameter struct {
	name    string
	list    bool
	allowed []node
	value   estate.Value // Param and NoEcho are set
}

// parameters settles every parameter. given are the values a parent stack passes; nil at the top, where the options
// have them.
func (u *unit) parameters(given map[string]estate.Value) {
	if !u.t.ok {
		return
	}
	if u.parent == nil {
		u.pseudo = u.s.opts.Parameters
	}
	section := u.t.root.field("Parameters")
	u.params = map[string]*parameter{}
	if section != nil && !section.value.isNull() && section.value.kind != nodeMap {
		u.problem(section.value.at, false, "Parameters must be a map; write each parameter under its name")
		section = nil
	}
	if section != nil {
		for i := range section.value.fields {
			f := &section.value.fields[i]
			u.params[f.name] = u.parameter(f, given)
		}
	}
	u.index()
}

func (u *unit) parameter(f *field, given map[string]estate.Value) *parameter {
	p := &parameter{name: f.name}
	typ, _ := f.value.get("Type").scalar()
	echo, _ := f.value.get("NoEcho").scalar()
	noEcho := strings.EqualFold(echo, "true")
	p.list = isListType(typ)
	if n := f.value.get("AllowedValues"); n != nil {
		p.allowed = n.items
	}
	if v, ok := given[f.name]; ok {
		// The value's own parameter stays: a literal in the parent is a literal.
		p.value = u.typed(p, typ, v, f.at)
		p.value.NoEcho = p.value.NoEcho || noEcho
		return p
	}
	p.value = u.topParameter(p, typ, f)
	p.value.Param, p.value.NoEcho = f.name, noEcho
	for i := range p.value.Items {
		p.value.Items[i].Param, p.value.Items[i].NoEcho = f.name, noEcho
	}
	return p
}

func (u *unit) topParameter(p *parameter, typ string, f *field) estate.Value {
	origin := f.at.in(u.t.file)
	if u.parent == nil {
		if text, ok := u.s.opts.Parameters[f.name]; ok {
			return u.typed(p, typ, estate.String(text, origin), f.at)
		}
	}
	def := f.value.get("Default")
	if !def.isNull() {
		text, ok := def.scalar()
		if !ok {
			return u.broken(def.at, "the Default of parameter %s must be text, a number or a boolean; correct it", f.name)
		}
		return u.typed(p, typ, estate.String(text, def.at.in(u.t.file)), def.at)
	}
	if strings.HasPrefix(typ, "AWS::SSM::Parameter::Value<") {
		return estate.UnknownBecause(fmt.Sprintf("it is read from the SSM parameter that %s names", f.name), origin)
	}
	return estate.UnknownBecause(u.giveParameter(f.name), origin)
}

func (u *unit) giveParameter(name string) string {
	if u.parent != nil {
		return fmt.Sprintf("pass parameter %s from the parent stack", name)
	}
	return fmt.Sprintf("give parameter %s a value (--parameter %s=…)", name, name)
}

// typed reads a parameter's text as its type says.
func (u *unit) typed(p *parameter, typ string, v estate.Value, at position) estate.Value {
	text, known := v.Scalar()
	if strings.HasPrefix(typ, "AWS::SSM::Parameter::Value<") {
		// The value given names the SSM parameter.
		why := fmt.Sprintf("it is read from the SSM parameter %s at deployment", text)
		if !known {
			why = fmt.Sprintf("it is read from the SSM parameter that %s names", p.name)
		}
		return estate.UnknownBecause(why, v.Origin)
	}
	if !known {
		if v.Kind == estate.KindString && p.list { // a text of which parts are unknown may hold any number of items
			return estate.UnknownBecause(v.Why, v.Origin)
		}
		return v
	}
	if len(p.allowed) > 0 && !allows(p.allowed, text) {
		u.problem(at, false, "parameter %s does not allow the value given or defaulted; choose one of its AllowedValues", p.name)
	}
	out := v
	switch {
	case p.list:
		out.Kind, out.Text, out.Items = estate.KindList, "", nil
		if strings.TrimSpace(text) == "" || !u.s.spend(1+strings.Count(text, ",")) {
			break
		}
		for item := range strings.SplitSeq(text, ",") {
			one := estate.String(strings.TrimSpace(item), v.Origin)
			one.Param, one.NoEcho = v.Param, v.NoEcho
			out.Items = append(out.Items, one)
		}
	case typ == "Number":
		text = strings.TrimSpace(text)
		if !isNumber(text) {
			return u.broken(at, "parameter %s is a Number, but its value is not one; correct it", p.name)
		}
		out.Kind, out.Text = estate.KindNumber, text
	default:
		out.Kind, out.Text = estate.KindString, text
	}
	return out
}

func isListType(typ string) bool {
	typ = strings.TrimPrefix(typ, "AWS::SSM::Parameter::Value<")
	return strings.HasPrefix(typ, "CommaDelimitedList") || strings.HasPrefix(typ, "List<")
}

func allows(allowed []node, text string) bool {
	for i := range allowed {
		if a, ok := allowed[i].scalar(); ok && a == text {
			return true
		}
	}
	return false
}

// isNumber accepts what a Number parameter does: digits with sign, point and exponent, leading zeros too.
func isNumber(text string) bool {
	digits := false
	for i, c := range []byte(text) {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c == '.' || c == '-' && i == 0 || c == '+' && i == 0:
		case (c == 'e' || c == 'E' || c == '-' || c == '+') && digits:
		default:
			return false
		}
	}
	return digits
}

// pseudoParameter is the value of a Ref to AWS::Region and its like: text that is known at deployment.
func (u *unit) pseudoParameter(name string, at position) estate.Value {
	origin := at.in(u.t.file)
	if text, ok := u.pseudo[name]; ok {
		v := estate.String(text, origin)
		v.Param = name
		return v
	}
	switch name {
	case "AWS::NoValue":
		return noValue(origin)
	case "AWS::NotificationARNs":
		return estate.UnknownBecause("it is known at deployment", origin)
	case "AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::StackName", "AWS::StackId", "AWS::URLSuffix":
		return estate.PartialString("${"+name+"}", fmt.Sprintf("give %s a value (--parameter %s=…)", name, name), origin)
	default:
		return u.broken(at, "there is no pseudo parameter %s; correct the name", name)
	}
}

// childPseudo are the pseudo parameters a nested stack shares with its parent.
func (u *unit) childPseudo() map[string]string {
	out := maps.Clone(u.pseudo)
	delete(out, "AWS::StackName")
	delete(out, "AWS::StackId")
	return out
}
