package cloudformation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// dump writes a reading as text: each value with its position, and everything that decides verdicts.
func dump(r estate.Reading) string {
	var b strings.Builder
	for i := range r.Declarations {
		d := &r.Declarations[i]
		fmt.Fprintf(&b, "%s  %s-%d\n", d.ID(), d.Origin, d.EndLine)
		if d.Conditional != "" {
			fmt.Fprintf(&b, "  conditional: %s\n", d.Conditional)
		}
		for _, id := range slices.Sorted(maps.Keys(d.Suppressed)) {
			fmt.Fprintf(&b, "  suppressed: %s %q\n", id, d.Suppressed[id])
		}
		dumpParts(&b, d.Body, "  ")
		if d.Body.Why != "" {
			fmt.Fprintf(&b, "  and more: %s\n", d.Body.Why)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Exports)) {
		fmt.Fprintf(&b, "export %s: %s\n", name, line(r.Exports[name]))
	}
	for _, p := range r.Problems {
		kind := "problem"
		if p.Fatal {
			kind = "fatal"
		}
		fmt.Fprintf(&b, "%s %s\n", kind, p.Error())
	}
	return b.String()
}

func dumpParts(b *strings.Builder, v estate.Value, indent string) {
	part := func(name string, v estate.Value) {
		nested := len(v.Items) > 0 || len(v.Fields) > 0
		fmt.Fprintf(b, "%s%s: %s  @%d:%d\n", indent, name, line(v), v.Origin.Line, v.Origin.Column)
		if nested {
			dumpParts(b, v, indent+"  ")
		}
	}
	for _, f := range v.Fields {
		part(f.Name, f.Value)
	}
	for i, item := range v.Items {
		part(fmt.Sprint(i), item)
	}
}

// line writes a value without its parts' positions, or only its kind where it has parts.
func line(v estate.Value) string {
	var s string
	switch v.Kind {
	case estate.KindNull:
		s = "null"
	case estate.KindBool:
		s = fmt.Sprint(v.Bool)
	case estate.KindNumber:
		s = v.Text
	case estate.KindString:
		s = fmt.Sprintf("%q", v.Text)
		if v.Partial {
			s = "partly " + s + " because " + v.Why
		}
	case estate.KindList:
		s = fmt.Sprintf("list of %d", len(v.Items))
	case estate.KindMap:
		s = fmt.Sprintf("map of %d", len(v.Fields))
		if v.Why != "" {
			s += " and more: " + v.Why
		}
	case estate.KindReference:
		s = "reference " + v.Text
	case estate.KindUnknown:
		s = "unknown: " + v.Why
	}
	if v.Ref != nil {
		s += fmt.Sprintf(" -> %s|%s", v.Ref.ID, v.Ref.Attr)
	}
	if v.MayBeAbsent {
		s += " [may be absent]"
	}
	if v.Import != "" {
		s += " [import " + v.Import + "]"
	}
	if v.Param != "" {
		s += " [parameter " + v.Param + "]"
	}
	if v.NoEcho {
		s += " [no echo]"
	}
	return s
}

// flat writes a value on one line with its parts but without positions.
func flat(v estate.Value) string {
	switch v.Kind {
	case estate.KindList:
		parts := make([]string, len(v.Items))
		for i := range v.Items {
			parts[i] = flat(v.Items[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case estate.KindMap:
		parts := make([]string, len(v.Fields))
		for i := range v.Fields {
			parts[i] = v.Fields[i].Name + ": " + flat(v.Fields[i].Value)
		}
		s := "{" + strings.Join(parts, ", ") + "}"
		if v.Why != "" {
			s += " and more: " + v.Why
		}
		return s
	default:
		return line(v)
	}
}
