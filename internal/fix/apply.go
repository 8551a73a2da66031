package fix

import (
	"slices"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/rules"
)

// Apply returns the readings with a safeguard's fix applied to the resource of that ID. What it was given stays as it
// is. A resource that is not there, or a manual fix, changes nothing.
func Apply(readings []estate.Reading, set *rules.Set, g *rules.Safeguard, id string) ([]estate.Reading, error) {
	r, ok := estate.Build(readings...).Resource(id)
	if !ok || g.Fix.Manual != "" {
		return readings, nil
	}
	changes, err := plan(set, g, r)
	if err != nil {
		return nil, err
	}
	out := make([]estate.Reading, len(readings))
	for i, reading := range readings {
		out[i] = reading
		out[i].Declarations = slices.Clone(reading.Declarations)
	}
	for _, ch := range changes {
		applyOne(out, ch)
	}
	return out, nil
}

func applyOne(readings []estate.Reading, ch change) {
	id := ch.decl.ID()
	for i := range readings {
		ds := readings[i].Declarations
		at := slices.IndexFunc(ds, func(d estate.Declaration) bool { return d.ID() == id })
		switch {
		case at < 0:
			continue
		case ch.create: // it is there already
		case ch.whole:
			readings[i].Declarations = slices.Delete(ds, at, at+1)
		case ch.remove != nil:
			ds[at].Body = without(ds[at].Body, ch.path, ch.remove)
		default:
			ds[at].Body = put(ds[at].Body, ch, ds[at].World)
		}
		return
	}
	if ch.create && len(readings) > 0 {
		readings[0].Declarations = append(readings[0].Declarations, *ch.decl)
	}
}

// put returns a body with the change written into it, copying only the way down.
func put(body estate.Value, ch change, w estate.World) estate.Value {
	if len(ch.path) == 0 {
		return ch.value
	}
	if ch.value.Kind == estate.KindNull {
		if body = leaveOut(body, ch.path); body.Kind == estate.KindNull {
			return estate.Map(nil, ch.decl.Origin)
		}
		return body
	}
	return putAt(body, ch.path, ch, w)
}

// leaveOut returns v without what is written at path, nor what holds nothing then.
func leaveOut(v estate.Value, path []string) estate.Value {
	switch {
	case v.Kind == estate.KindList && path[0] == each:
		v.Items = slices.Clone(v.Items)
		for i := range v.Items {
			v.Items[i] = leaveOut(v.Items[i], path[1:])
		}
		return v
	case v.Kind == estate.KindList && len(v.Items) > 0: // a nested block
		v.Items = slices.Clone(v.Items)
		v.Items[0] = leaveOut(v.Items[0], path)
		if len(v.Items) == 1 && v.Items[0].Kind == estate.KindNull {
			return estate.Null(v.Origin)
		}
		return v
	case v.Kind != estate.KindMap:
		return v
	}
	i := slices.IndexFunc(v.Fields, func(f estate.Field) bool { return f.Name == path[0] })
	if i < 0 {
		return v
	}
	v.Fields = slices.Clone(v.Fields)
	if len(path) > 1 {
		v.Fields[i].Value = leaveOut(v.Fields[i].Value, path[1:])
	}
	if len(path) == 1 || v.Fields[i].Value.Kind == estate.KindNull {
		v.Fields = slices.Delete(v.Fields, i, i+1)
	}
	if len(v.Fields) == 0 {
		return estate.Null(v.Origin)
	}
	return v
}

func putAt(v estate.Value, path []string, ch change, w estate.World) estate.Value {
	if len(path) == 0 {
		if ch.pair != "" {
			return putPair(v, ch)
		}
		return putValue(ch, w)
	}
	if path[0] == each {
		if v.Kind != estate.KindList { // one element written without its list, or none yet
			v = estate.List([]estate.Value{v}, ch.decl.Origin)
		}
		v.Items = slices.Clone(v.Items)
		for i := range v.Items {
			v.Items[i] = putAt(v.Items[i], path[1:], ch, w)
		}
		return v
	}
	if v.Kind == estate.KindList && len(v.Items) > 0 { // a nested block
		v.Items = slices.Clone(v.Items)
		v.Items[0] = putAt(v.Items[0], path, ch, w)
		return v
	}
	if v.Kind != estate.KindMap {
		v = estate.Map(nil, ch.decl.Origin)
	}
	v.Fields = slices.Clone(v.Fields)
	i := slices.IndexFunc(v.Fields, func(f estate.Field) bool { return f.Name == path[0] })
	if i < 0 {
		i = len(v.Fields)
		v.Fields = append(v.Fields, estate.Field{Name: path[0]})
	}
	child := v.Fields[i].Value
	if w == estate.Terraform && len(path) > 1 && child.Kind != estate.KindList && child.Kind != estate.KindMap {
		child = estate.List([]estate.Value{estate.Map(nil, ch.decl.Origin)}, ch.decl.Origin)
	}
	v.Fields[i].Value = putAt(child, path[1:], ch, w)
	return v
}

// putValue is the value as the world writes it: a nested struct is a list of one block in Terraform.
func putValue(ch change, w estate.World) estate.Value {
	v := ch.value
	switch {
	case ch.pairs[0] != "" && v.Kind == estate.KindMap:
		list := estate.List(nil, v.Origin)
		for _, f := range v.Fields {
			list.Items = append(list.Items, entry(ch, f.Name, f.Value))
		}
		return list
	case w == estate.Terraform && v.Kind == estate.KindMap:
		return estate.List([]estate.Value{v}, v.Origin)
	default:
		return v
	}
}

func entry(ch change, name string, v estate.Value) estate.Value {
	return estate.Map([]estate.Field{
		{Name: ch.pairs[0], Value: estate.String(name, v.Origin)},
		{Name: ch.pairs[1], Value: v},
	}, v.Origin)
}

// putPair writes one entry of a map, in whichever form the map has.
func putPair(v estate.Value, ch change) estate.Value {
	if ch.pairs[0] == "" {
		if v.Kind != estate.KindMap {
			v = estate.Map(nil, ch.decl.Origin)
		}
		v.Fields = slices.Clone(v.Fields)
		if i := slices.IndexFunc(v.Fields, func(f estate.Field) bool { return f.Name == ch.pair }); i >= 0 {
			v.Fields[i].Value = ch.value
			return v
		}
		v.Fields = append(v.Fields, estate.Field{Name: ch.pair, Value: ch.value})
		return v
	}
	if v.Kind == estate.KindMap { // a single entry written without its list
		v = estate.List([]estate.Value{v}, v.Origin)
	}
	if v.Kind != estate.KindList {
		v = estate.List(nil, ch.decl.Origin)
	}
	v.Items = slices.Clone(v.Items)
	for i, item := range v.Items {
		key, _ := item.Get(ch.pairs[0])
		if name, _ := key.Scalar(); name == ch.pair {
			v.Items[i] = putAt(item, ch.pairs[1:], change{decl: ch.decl, value: ch.value}, estate.CloudFormation)
			return v
		}
	}
	v.Items = append(v.Items, entry(ch, ch.pair, ch.value))
	return v
}

// without takes elements out of the list at a path. Elements that are null are not counted, as they are no facts.
func without(v estate.Value, path []string, goes []bool) estate.Value {
	if len(path) > 0 {
		if v.Kind == estate.KindList && len(v.Items) > 0 {
			v.Items = slices.Clone(v.Items)
			v.Items[0] = without(v.Items[0], path, goes)
			return v
		}
		v.Fields = slices.Clone(v.Fields)
		for i := range v.Fields {
			if v.Fields[i].Name == path[0] {
				v.Fields[i].Value = without(v.Fields[i].Value, path[1:], goes)
			}
		}
		return v
	}
	if v.Kind != estate.KindList {
		if goes[0] {
			return estate.Null(v.Origin)
		}
		return v
	}
	var kept []estate.Value
	n := 0
	for _, item := range v.Items {
		if item.Kind != estate.KindNull {
			n++
			if n <= len(goes) && goes[n-1] {
				continue
			}
		}
		kept = append(kept, item)
	}
	v.Items = kept
	return v
}
