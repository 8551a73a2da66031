package cloudformation

import (
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// withGlobals adds what SAM's Globals section says for a resource's type: maps merge, lists follow the global ones, and
// the resource's own values win.
func (u *unit) withGlobals(r *resource, body estate.Value) estate.Value {
	kind, ok := strings.CutPrefix(r.typ, "AWS::Serverless::")
	if !ok {
		return body
	}
	globals := u.t.root.get("Globals").get(kind)
	if globals == nil || globals.kind != nodeMap {
		return body
	}
	if v := u.eval(globals, nil); v.Kind == estate.KindMap {
		return underlay(body, v)
	}
	return body
}

func underlay(own, global estate.Value) estate.Value {
	switch {
	case own.Kind == estate.KindMap && global.Kind == estate.KindMap:
		own.Fields = slices.Clone(own.Fields)
		at := make(map[string]int, len(own.Fields))
		for i := range own.Fields {
			at[own.Fields[i].Name] = i
		}
		for _, g := range global.Fields {
			if i, ok := at[g.Name]; ok {
				own.Fields[i].Value = underlay(own.Fields[i].Value, g.Value)
			} else {
				own.Fields = append(own.Fields, g)
			}
		}
	case own.Kind == estate.KindList && global.Kind == estate.KindList:
		own.Items = slices.Concat(global.Items, own.Items)
	}
	return own
}
