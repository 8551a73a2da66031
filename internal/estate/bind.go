package estate

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// binder fills structs of facts from the configuration of one declaration.
type binder struct {
	world World
	typ   string
	at    Origin // where the declaration starts: the origin of what is absent
}

// bindStruct fills every field of the struct that dst points to from body.
func (b *binder) bindStruct(s *Struct, dst reflect.Value, body Value) {
	for _, a := range s.Attributes {
		if a.field == nil {
			continue
		}
		b.bindFact(a, dst.FieldByIndex(a.field).Addr().Interface().(slotted), b.find(a, body))
	}
}

// find looks the fact up at each of its places; the first that is written wins.
func (b *binder) find(a *Attribute, body Value) found {
	for _, p := range a.paths[b.world] {
		if p.onlyType != "" && p.onlyType != b.typ {
			continue
		}
		if p.when != nil {
			holds, unsettled := p.when.holds(body)
			if unsettled != nil {
				why := UnknownBecause(unsettled.Why, unsettled.Origin)
				why.MayBeAbsent = true
				return found{value: why, ok: true}
			}
			if !holds {
				continue
			}
		}
		if v, ok := lookup(body, p.path); ok {
			return found{value: v, pairs: p.pairs, ok: true}
		}
	}
	return found{}
}

type found struct {
	value Value
	pairs [2]string
	ok    bool
}

// lookup follows names down from v. Where a list of blocks stands in the way its first element is meant (Terraform
// writes a single nested block as a list of one); the name * takes every element. What lies below an unknown is unknown.
func lookup(v Value, path []string) (Value, bool) {
	for i, name := range path {
		if name == "." || name == "" {
			continue
		}
		if v.Kind == KindList {
			if name == "*" {
				return gather(v, path[i+1:])
			}
			if len(v.Items) == 0 {
				return Value{}, false
			}
			v = v.Items[0]
		}
		v = parsedJSON(v)
		switch v.Kind {
		case KindUnknown:
			return v, true
		case KindReference:
			return UnknownBecause("it is known when "+v.Text+" is", v.Origin), true
		case KindMap:
			next, ok := v.Get(name)
			if !ok {
				return Value{}, false
			}
			v = next
		default:
			return Value{}, false
		}
	}
	return v, v.Kind != KindNull
}

// gather collects the value at path in every element of a list.
func gather(list Value, path []string) (Value, bool) {
	out := Value{Kind: KindList, Origin: list.Origin}
	for _, item := range list.Items {
		v, ok := lookup(item, path)
		switch {
		case !ok:
		case v.Kind == KindList:
			out.Items = append(out.Items, v.Items...)
		default:
			out.Items = append(out.Items, v)
		}
	}
	return out, len(out.Items) > 0
}

func (b *binder) bindFact(a *Attribute, dst slotted, f found) {
	m := dst.About()
	v := f.value
	if !f.ok || v.Kind == KindNull || emptyMeansNone(a, v) {
		m.State, m.Origin = Absent, b.at
		if d := a.absent[b.world]; d != "" {
			m.Why = "default"
			setDefault(dst.slot(), d)
		}
		return
	}
	m.State, m.Origin, m.Ref, m.Why = Known, v.Origin, v.Ref, v.Why
	m.MayBeAbsent, m.Param, m.NoEcho = v.MayBeAbsent, v.Param, v.NoEcho
	if v.Kind == KindString || v.Kind == KindReference || v.Kind == KindUnknown {
		m.Text = v.Text
	}
	if v.Kind == KindUnknown {
		m.State = Unknown
		return
	}
	if !b.put(a, dst.slot(), v, f.pairs) {
		m.State = Unknown
		if m.Why == "" {
			m.Why = b.misfit(a, v)
		}
	}
}

// emptyMeansNone reports whether an empty text stands where a resource or a block is meant, such as a policy: whoever
// writes it there means none.
func emptyMeansNone(a *Attribute, v Value) bool {
	return (a.Shape == ShapeLink || a.Shape == ShapeStruct) && v.Kind == KindString && !v.Partial && strings.TrimSpace(v.Text) == ""
}

func (b *binder) misfit(a *Attribute, v Value) string {
	if v.Kind == KindReference {
		return "it is known once " + v.Text + " exists"
	}
	return fmt.Sprintf("%s is not written as expected here", strings.ReplaceAll(a.Name, "_", " "))
}

// put writes v to the slot; false means that v does not decide it.
func (b *binder) put(a *Attribute, slot any, v Value, pairs [2]string) bool {
	var ok bool
	switch slot := slot.(type) {
	case *bool:
		*slot, ok = v.AsBool()
	case *int64:
		*slot, ok = v.AsInt()
	case *string:
		if v.Kind == KindReference {
			*slot = v.Text
			return true
		}
		if v.Kind == KindList && len(v.Items) == 1 { // a set of one where one is meant
			v = v.Items[0]
		}
		*slot, ok = v.Scalar()
	case *Strings:
		*slot, ok = b.strings(v)
	case *Pairs:
		*slot, ok = b.pairs(v, pairs)
	default:
		return b.putStructs(a, slot, v)
	}
	return ok
}

func (b *binder) putStructs(a *Attribute, slot any, v Value) bool {
	dst := reflect.ValueOf(slot).Elem()
	v = parsedJSON(v)
	if a.Shape == ShapeStruct {
		if v.Kind == KindList && len(v.Items) == 1 {
			v = v.Items[0]
		}
		if v.Kind != KindMap {
			return false
		}
		b.bindStruct(a.Struct, dst, v)
		return true
	}
	if shaped, ok := reflect.New(dst.Type().Elem()).Interface().(shaper); ok {
		v = shaped.shape(v)
	}
	items := v.Items
	if v.Kind != KindList { // one where a list is meant
		items = []Value{v}
	}
	dst.Set(reflect.MakeSlice(dst.Type(), 0, len(items)))
	for _, item := range items {
		if item.Kind == KindNull {
			continue
		}
		e := reflect.New(dst.Type().Elem())
		if a.Shape == ShapeLinks {
			one := *a
			one.Shape = ShapeLink
			b.bindFact(&one, e.Interface().(slotted), found{value: item, ok: true})
		} else {
			if item.Kind != KindMap && item.Kind != KindUnknown && item.Kind != KindReference {
				return false
			}
			if p, ok := e.Interface().(placed); ok {
				p.place(item.Origin)
			}
			if n, ok := e.Interface().(native); ok {
				n.declaredIn(b.world)
			}
			b.bindStruct(a.Struct, e.Elem(), item)
		}
		dst.Set(reflect.Append(dst, e.Elem()))
	}
	return true
}

// placed is implemented by nested structs that keep where they stand.
type placed interface{ place(Origin) }

// native is implemented by nested structs of which the same words mean different things in different worlds.
type native interface{ declaredIn(World) }

func (b *binder) strings(v Value) (Strings, bool) {
	if v.Kind == KindMap {
		return nil, false
	}
	items := v.Items
	if v.Kind != KindList {
		items = []Value{v}
	}
	out := make(Strings, 0, len(items))
	for _, item := range items {
		if item.Kind != KindNull {
			out = append(out, textFact(item))
		}
	}
	return out, true
}

// pairs reads a map, or a list of maps with a name and a value each.
func (b *binder) pairs(v Value, names [2]string) (Pairs, bool) {
	v = parsedJSON(v)
	if v.Kind == KindMap && names[0] != "" {
		if _, ok := v.Get(names[0]); ok {
			v = List([]Value{v}, v.Origin)
		}
	}
	switch v.Kind {
	case KindMap:
		out := make(Pairs, 0, len(v.Fields))
		for _, f := range v.Fields {
			if f.Value.Kind != KindNull {
				out = append(out, Pair{Name: f.Name, Value: textFact(f.Value)})
			}
		}
		return out, true
	case KindList:
		out := make(Pairs, 0, len(v.Items))
		for _, item := range v.Items {
			key, ok := item.Get(names[0])
			name, known := key.Scalar()
			if !ok || !known {
				return nil, false // an entry whose name is not known could be any
			}
			value, _ := item.Get(names[1])
			out = append(out, Pair{Name: name, Value: textFact(value)})
		}
		return out, true
	default:
		return nil, false
	}
}

// textFact makes a string fact of one scalar.
func textFact(v Value) Fact[string] {
	f := Fact[string]{Meta: Meta{
		State: Known, Origin: v.Origin, Ref: v.Ref, Why: v.Why, MayBeAbsent: v.MayBeAbsent,
		Param: v.Param, NoEcho: v.NoEcho, Text: v.Text,
	}}
	if v.Kind == KindReference {
		f.Value = v.Text
		return f
	}
	var ok bool
	if f.Value, ok = v.Scalar(); !ok {
		f.State = Unknown
		if f.Why == "" {
			f.Why = "the value is known at deployment"
		}
	}
	return f
}

// parsedJSON turns a string that holds a JSON object or list, as policies are often written, into the tree it spells.
// Its parts take the string's position. Anything else is returned as it is.
func parsedJSON(v Value) Value {
	if v.Kind != KindString {
		return v
	}
	text := strings.TrimSpace(v.Text)
	if text == "" || (text[0] != '{' && text[0] != '[') {
		return v
	}
	parsed, ok := decodeJSON(text)
	if !ok {
		if parsed, ok = decodeJSON(trailingComma.ReplaceAllString(text, "$1")); !ok {
			return v
		}
	}
	return fromJSON(parsed, v)
}

// trailingComma is what people leave in JSON written by hand: what it means is plain, even where AWS will refuse it.
var trailingComma = regexp.MustCompile(`,(\s*[}\]])`)

func decodeJSON(text string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var parsed any
	err := d.Decode(&parsed)
	return parsed, err == nil
}

func fromJSON(x any, at Value) Value {
	switch x := x.(type) {
	case nil:
		return Null(at.Origin)
	case bool:
		return Bool(x, at.Origin)
	case json.Number:
		return Number(x.String(), at.Origin)
	case string:
		if at.Partial && strings.Contains(x, "${") {
			return PartialString(x, at.Why, at.Origin)
		}
		return String(x, at.Origin)
	case []any:
		out := Value{Kind: KindList, Origin: at.Origin, Items: make([]Value, len(x))}
		for i := range x {
			out.Items[i] = fromJSON(x[i], at)
		}
		return out
	case map[string]any:
		out := Value{Kind: KindMap, Origin: at.Origin}
		for _, name := range sortedKeys(x) {
			out.Fields = append(out.Fields, Field{name, fromJSON(x[name], at)})
		}
		return out
	default:
		return UnknownBecause("it could not be read as JSON", at.Origin)
	}
}

// setDefault writes the default a tag spells.
func setDefault(slot any, text string) {
	switch slot := slot.(type) {
	case *bool:
		*slot = text == "true"
	case *int64:
		*slot, _ = Number(text, Origin{}).AsInt()
	case *string:
		*slot = text
	case *Strings:
		for item := range strings.SplitSeq(text, ",") {
			*slot = append(*slot, KnownFact(item, Origin{}))
		}
	default:
		panic("estate: a default for a fact that takes none")
	}
}
