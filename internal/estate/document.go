package estate

import "slices"

// Document is a policy document, in whichever form its language writes it: a map, JSON text, or Terraform's document
// blocks.
type Document struct {
	Version    Fact[string]      `doc:"Version"`
	Statements Fact[[]Statement] `doc:"Statement"`
}

// Statement is one statement of a policy document.
type Statement struct {
	At            Origin            `fact:"-"`
	Sid           Fact[string]      `doc:"Sid"`
	Effect        Fact[string]      `doc:"Effect"`
	Actions       Fact[Strings]     `doc:"Action"`
	NotActions    Fact[Strings]     `doc:"NotAction"`
	Resources     Fact[Strings]     `doc:"Resource"`
	NotResources  Fact[Strings]     `doc:"NotResource"`
	Principals    Fact[[]Principal] `doc:"Principal"`
	NotPrincipals Fact[[]Principal] `doc:"NotPrincipal"`
	Conditions    Fact[[]Condition] `doc:"Condition"`
}

func (s *Statement) place(o Origin) { s.At = o }

// shape makes the effect of a statement that has none unknown: AWS refuses it, and what was meant may well be Allow.
func (*Statement) shape(v Value) Value {
	items := v.Items
	if v.Kind == KindMap {
		items = []Value{v}
	} else if v.Kind != KindList {
		return v
	}
	out := List(make([]Value, 0, len(items)), v.Origin)
	for _, item := range items {
		if _, ok := item.Get("Effect"); item.Kind == KindMap && item.Why == "" && !ok {
			item.Fields = append(slices.Clone(item.Fields), Field{"Effect", UnknownBecause("give the statement an Effect, Allow or Deny", item.Origin)})
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// Principal is one principal of a statement: AWS with an ARN or account, Service with a name, and so on. Everyone is
// type * and value *, or AWS and *.
type Principal struct {
	Kind  Fact[string] `as:"kind" doc:"Kind"`
	Value Fact[string] `doc:"Value"`
}

// shape turns "*" and {"AWS": […], "Service": …} into a list.
func (*Principal) shape(v Value) Value {
	switch v.Kind {
	case KindString:
		return List([]Value{principal(v.Text, v)}, v.Origin)
	case KindList: // not what AWS takes, but plain enough
		out := List(nil, v.Origin)
		for _, item := range v.Items {
			out.Items = append(out.Items, principal("AWS", item))
		}
		return out
	case KindMap:
		out := List(nil, v.Origin)
		for _, f := range v.Fields {
			items := f.Value.Items
			if f.Value.Kind != KindList {
				items = []Value{f.Value}
			}
			for _, item := range items {
				out.Items = append(out.Items, principal(f.Name, item))
			}
		}
		return out
	default:
		return v
	}
}

func principal(kind string, v Value) Value {
	return Map([]Field{{"Kind", String(kind, v.Origin)}, {"Value", v}}, v.Origin)
}

// Condition is one comparison of a statement's condition: all of them must hold, and one of the values each.
type Condition struct {
	Operator Fact[string]  `doc:"Operator"`
	Key      Fact[string]  `doc:"Key"`
	Values   Fact[Strings] `doc:"Values"`
}

// shape turns {operator: {key: values}} into a list.
func (*Condition) shape(v Value) Value {
	if v.Kind != KindMap {
		return v
	}
	out := List(nil, v.Origin)
	for _, op := range v.Fields {
		if op.Value.Kind != KindMap {
			out.Items = append(out.Items, UnknownBecause("its condition cannot be read", op.Value.Origin))
			continue
		}
		for _, key := range op.Value.Fields {
			out.Items = append(out.Items, Map([]Field{
				{"Operator", String(op.Name, op.Value.Origin)}, {"Key", String(key.Name, key.Value.Origin)}, {"Values", key.Value},
			}, key.Value.Origin))
		}
	}
	return out
}

// shaper is implemented by nested structs that are written as something else than a list of maps.
type shaper interface{ shape(Value) Value }
