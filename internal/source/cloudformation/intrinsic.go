package cloudformation

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// unnamed is the placeholder of a part that has no name to show.
const unnamed = "${unknown}"

// concat joins parts to one string. A single part keeps what it is, so that a Sub or Join of one reference stays a
// reference.
func (u *unit) concat(at position, parts []estate.Value) estate.Value {
	origin := at.in(u.t.file)
	if len(parts) == 1 {
		if v := parts[0]; v.Kind != estate.KindList && v.Kind != estate.KindMap && v.Kind != estate.KindNull {
			if v.Kind == estate.KindBool || v.Kind == estate.KindNumber {
				v.Text, _ = v.Scalar()
				v.Kind, v.Bool = estate.KindString, false
			}
			return v
		}
	}
	size, partial := 0, false
	for i := range parts {
		text, known := shown(parts[i])
		size += len(text)
		partial = partial || !known
	}
	if !u.s.spend(1 + size/64) {
		return u.tooMuch(at)
	}
	var b strings.Builder
	b.Grow(size)
	for i := range parts {
		text, _ := shown(parts[i])
		b.WriteString(text)
	}
	if !partial {
		return estate.String(b.String(), origin)
	}
	return describe(estate.PartialString(b.String(), "", origin), parts)
}

// describe notes on a partial string what would settle it and, where it names exactly one resource, which.
func describe(v estate.Value, parts []estate.Value) estate.Value {
	var whys []string
	refs := 0
	for i := range parts {
		_, known := shown(parts[i])
		if known {
			continue
		}
		if why := whyUnknown(parts[i]); why != "" && len(whys) < 3 && !slices.Contains(whys, why) {
			whys = append(whys, why)
		}
		if parts[i].Ref != nil && (v.Ref == nil || *parts[i].Ref != *v.Ref) {
			refs++
			v.Ref = parts[i].Ref
		}
	}
	if refs != 1 {
		v.Ref = nil
	}
	if v.Why = strings.Join(whys, " and "); v.Why == "" {
		v.Why = "correct the parts of this text that are no text"
	}
	return v
}

// shown is the text of a part of a string: its value, or a placeholder.
func shown(v estate.Value) (text string, known bool) {
	switch v.Kind {
	case estate.KindReference:
		return v.Text, false
	case estate.KindString:
		return v.Text, !v.Partial
	case estate.KindUnknown:
		switch {
		case v.Param != "":
			return "${" + v.Param + "}", false
		case v.Import != "":
			return "${" + v.Import + "}", false
		}
		return unnamed, false
	default:
		return v.Scalar()
	}
}

// sub evaluates Fn::Sub: a text, or a list of a text and a map of variables.
func (u *unit) sub(at position, arg *node, sc *scope) estate.Value {
	text, vars := arg, (*node)(nil)
	if arg.kind == nodeList {
		if len(arg.items) != 2 || arg.items[1].kind != nodeMap {
			return u.broken(arg.at, "Fn::Sub takes a text, or a list of a text and a map of variables; correct it")
		}
		text, vars = &arg.items[0], &arg.items[1]
	}
	s, ok := text.scalar()
	if !ok {
		v := u.eval(text, sc)
		if s, ok = v.Scalar(); !ok {
			if why := whyUnknown(v); why != "" {
				return estate.UnknownBecause(why, at.in(u.t.file))
			}
			return u.broken(arg.at, "Fn::Sub takes a text, or a list of a text and a map of variables; correct it")
		}
	}
	s, _ = sc.replace(s)
	if !strings.Contains(s, "${") {
		return estate.String(s, at.in(u.t.file))
	}
	return u.concat(at, u.subParts(at, s, vars, sc))
}

// subParts cuts the text of a Sub into literals and the values of its placeholders.
func (u *unit) subParts(at position, s string, vars *node, sc *scope) []estate.Value {
	origin := at.in(u.t.file)
	parts := make([]estate.Value, 0, 2*strings.Count(s, "${")+1)
	literal := func(text string) {
		if text != "" {
			parts = append(parts, estate.String(text, origin))
		}
	}
	for {
		before, rest, found := strings.Cut(s, "${")
		if !found {
			literal(s)
			return parts
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			literal(s)
			return parts
		}
		literal(before)
		s = after
		if escaped, ok := strings.CutPrefix(name, "!"); ok {
			literal("${" + escaped + "}")
			continue
		}
		v := u.placeholder(at, strings.TrimSpace(name), vars, sc)
		if v.Kind == estate.KindUnknown && v.Param == "" && v.Import == "" {
			// The author's own name for it says more than any other placeholder.
			v = estate.Value{Kind: estate.KindString, Partial: true, Text: "${" + name + "}", Why: v.Why, Origin: origin}
			if before == "" && s == "" && len(parts) == 0 {
				v.Kind, v.Partial, v.Text = estate.KindUnknown, false, ""
			}
		}
		parts = append(parts, v)
	}
}

// placeholder is the value of ${name} in a Sub.
func (u *unit) placeholder(at position, name string, vars *node, sc *scope) estate.Value {
	if n := u.entry(vars, name); n != nil {
		v := u.eval(n, sc)
		if isNoValue(v) || v.Kind == estate.KindNull || v.Kind == estate.KindList || v.Kind == estate.KindMap {
			return u.broken(n.at, "the variable %s of Fn::Sub must be text; correct it", name)
		}
		return v
	}
	if s := sc.lookup(name); s == nil && u.params[name] == nil {
		if name == "AWS::NoValue" {
			return u.broken(at, "Fn::Sub cannot hold AWS::NoValue; remove it")
		}
		if strings.HasPrefix(name, "AWS::") {
			return u.pseudoParameter(name, at)
		}
		if id, attr, ok := strings.Cut(name, "."); ok {
			return u.attribute(at, id, attr)
		}
		if !isName(name) {
			return u.broken(at, "Fn::Sub cannot hold ${%s}: only names, dots and colons; write ${!%s} for the text itself", name, name)
		}
	}
	v := u.refTo(at, name, sc)
	if v.Kind == estate.KindList {
		return u.broken(at, "%s is a list, which Fn::Sub cannot take; use Fn::Join", name)
	}
	return v
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != ':' && c != '.' {
			return false
		}
	}
	return s != ""
}

// join evaluates Fn::Join.
func (u *unit) join(at position, arg *node, sc *scope) estate.Value {
	if arg.kind != nodeList || len(arg.items) != 2 {
		return u.broken(arg.at, "Fn::Join takes a delimiter and a list; correct it")
	}
	delimiter, broken := u.nameIn(&arg.items[0], sc, "Fn::Join")
	if broken != nil && arg.items[0].isNull() {
		delimiter, broken = "", nil
	}
	if broken != nil {
		return *broken
	}
	list := u.eval(&arg.items[1], sc)
	if list.Kind != estate.KindList {
		if why := whyUnknown(list); why != "" {
			v := estate.UnknownBecause(why, at.in(u.t.file))
			return v
		}
		return u.broken(arg.items[1].at, "Fn::Join takes a delimiter and a list; write the values as a list")
	}
	parts := make([]estate.Value, 0, 2*len(list.Items))
	for i, item := range list.Items {
		if item.MayBeAbsent {
			return estate.UnknownBecause(item.Why, at.in(u.t.file))
		}
		if item.Kind == estate.KindMap {
			return u.broken(arg.items[1].at, "Fn::Join takes texts; a map cannot be joined")
		}
		if item.Kind == estate.KindList {
			// A function that made a list where a text is meant: CloudFormation takes the list's own items.
			for j, inner := range item.Items {
				if (i > 0 || j > 0) && delimiter != "" {
					parts = append(parts, estate.String(delimiter, inner.Origin))
				}
				parts = append(parts, inner)
			}
			continue
		}
		if i > 0 && delimiter != "" {
			parts = append(parts, estate.String(delimiter, item.Origin))
		}
		parts = append(parts, item)
	}
	return u.concat(at, parts)
}

// choose evaluates Fn::Select.
func (u *unit) choose(at position, arg *node, sc *scope) estate.Value {
	if arg.kind != nodeList || len(arg.items) != 2 {
		return u.broken(arg.at, "Fn::Select takes an index and a list; correct it")
	}
	index := u.eval(&arg.items[0], sc)
	list := u.eval(&arg.items[1], sc)
	for _, v := range []estate.Value{index, list} {
		if v.Kind == estate.KindUnknown || v.Kind == estate.KindReference || v.Partial {
			return estate.UnknownBecause(whyUnknown(v), at.in(u.t.file))
		}
	}
	i, ok := index.AsInt()
	if !ok || list.Kind != estate.KindList {
		return u.broken(arg.at, "Fn::Select takes an index and a list; correct it")
	}
	if i < 0 || i >= int64(len(list.Items)) {
		return u.broken(arg.at, "Fn::Select asks for item %d of a list of %d; items count from 0", i, len(list.Items))
	}
	for _, item := range list.Items[:i+1] {
		if item.MayBeAbsent {
			return estate.UnknownBecause(item.Why, at.in(u.t.file))
		}
	}
	return list.Items[i]
}

// split evaluates Fn::Split.
func (u *unit) split(at position, arg *node, sc *scope) estate.Value {
	if arg.kind != nodeList || len(arg.items) != 2 {
		return u.broken(arg.at, "Fn::Split takes a delimiter and a text; correct it")
	}
	delimiter, broken := u.nameIn(&arg.items[0], sc, "Fn::Split")
	if broken != nil {
		return *broken
	}
	v := u.eval(&arg.items[1], sc)
	text, ok := v.Scalar()
	if !ok {
		if why := whyUnknown(v); why != "" {
			return estate.UnknownBecause(why, at.in(u.t.file))
		}
		return u.broken(arg.items[1].at, "Fn::Split takes a delimiter and a text; correct it")
	}
	if delimiter == "" {
		return u.broken(arg.items[0].at, "the delimiter of Fn::Split is empty; give one")
	}
	if !u.s.spend(1 + strings.Count(text, delimiter)) {
		return u.tooMuch(at)
	}
	var items []estate.Value
	for part := range strings.SplitSeq(text, delimiter) {
		item := estate.String(part, at.in(u.t.file))
		item.Param, item.NoEcho = v.Param, v.NoEcho
		items = append(items, item)
	}
	return estate.List(items, at.in(u.t.file))
}

func (u *unit) base64(at position, arg *node, sc *scope) estate.Value {
	v := u.eval(arg, sc)
	text, ok := v.Scalar()
	if !ok {
		if v.Kind == estate.KindString {
			return v // encoded only at deployment; until then what is known of it can be read
		}
		if why := whyUnknown(v); why != "" {
			return estate.UnknownBecause(why, at.in(u.t.file))
		}
		return u.broken(arg.at, "Fn::Base64 takes a text; correct it")
	}
	if !u.s.spend(1 + len(text)/64) {
		return u.tooMuch(at)
	}
	return estate.String(base64.StdEncoding.EncodeToString([]byte(text)), at.in(u.t.file))
}

// length evaluates Fn::Length.
func (u *unit) length(at position, arg *node, sc *scope) estate.Value {
	v := u.eval(arg, sc)
	if v.Kind != estate.KindList {
		if why := whyUnknown(v); why != "" {
			return estate.UnknownBecause(why, at.in(u.t.file))
		}
		return u.broken(arg.at, "Fn::Length takes a list; correct it")
	}
	for _, item := range v.Items {
		if item.MayBeAbsent {
			return estate.UnknownBecause(item.Why, at.in(u.t.file))
		}
	}
	return estate.Number(strconv.Itoa(len(v.Items)), at.in(u.t.file))
}

// toJSON evaluates Fn::ToJsonString, keeping the author's order of keys.
func (u *unit) toJSON(at position, arg *node, sc *scope) estate.Value {
	v := u.eval(arg, sc)
	if v.Kind == estate.KindUnknown || v.Kind == estate.KindMap && v.Why != "" {
		return estate.UnknownBecause(v.Why, at.in(u.t.file))
	}
	var b strings.Builder
	var open []estate.Value
	writeJSON(&b, v, &open)
	if !u.s.spend(1 + b.Len()/64) {
		return u.tooMuch(at)
	}
	if len(open) == 0 {
		return estate.String(b.String(), at.in(u.t.file))
	}
	return describe(estate.PartialString(b.String(), "", at.in(u.t.file)), open)
}

func writeJSON(b *strings.Builder, v estate.Value, open *[]estate.Value) {
	switch v.Kind {
	case estate.KindNull:
		b.WriteString("null")
	case estate.KindBool, estate.KindNumber:
		text, _ := v.Scalar()
		b.WriteString(text)
	case estate.KindList:
		b.WriteByte('[')
		for i := range v.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, v.Items[i], open)
		}
		b.WriteByte(']')
	case estate.KindMap:
		b.WriteByte('{')
		for i := range v.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSONText(b, v.Fields[i].Name)
			b.WriteByte(':')
			writeJSON(b, v.Fields[i].Value, open)
		}
		b.WriteByte('}')
	default:
		text, known := shown(v)
		if !known {
			*open = append(*open, v)
		}
		writeJSONText(b, text)
	}
}

func writeJSONText(b *strings.Builder, s string) {
	var quoted strings.Builder
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if e.Encode(s) == nil {
		b.WriteString(strings.TrimSuffix(quoted.String(), "\n"))
	}
}
