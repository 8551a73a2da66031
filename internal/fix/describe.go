package fix

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/rules"
)

// Describe says what to do about a failure, with the change in the language of the resource's declaration. Where the
// change cannot be written the snippet is empty and the words must do.
func Describe(set *rules.Set, g *rules.Safeguard, r estate.AnyResource) finding.Fix {
	out := finding.Fix{
		Summary: strings.TrimSpace(g.Fix.Say), Effect: g.Fix.Effect, Steps: g.Fix.Steps, MonthlyCost: g.Fix.MonthlyCost,
	}
	var changes []change
	if g.Fix.Manual == "" {
		// An error here is the safeguard's, told when its file is loaded or tested; the words still help.
		changes, _ = plan(set, g, r)
	}
	out.Snippet = snippet(changes, r.Base().Declaration())
	if out.Summary == "" {
		out.Summary = summary(changes, r)
	}
	return out
}

// summary is one sentence made of the changes.
func summary(changes []change, r estate.AnyResource) string {
	var parts []string
	for _, c := range changes {
		switch {
		case c.create:
			parts = append(parts, "add a "+c.decl.Type)
		case c.whole:
			parts = append(parts, "remove "+c.decl.Address)
		case c.remove != nil:
			parts = append(parts, fmt.Sprintf("remove %d of %s", count(c.remove), strings.Join(c.path, ".")))
		case c.target != nil:
			what := strings.ReplaceAll(strings.Join(c.path, "."), "."+each, each)
			if c.pair != "" {
				what += " " + c.pair
			}
			where := ""
			if c.target != r {
				where = " of " + c.decl.Address
			}
			if c.value.Kind == estate.KindNull {
				if c.written() {
					parts = append(parts, "remove "+what+where)
				}
				continue
			}
			parts = append(parts, fmt.Sprintf("set %s%s to %s", what, where, inline(c.value)))
		}
	}
	if len(parts) == 0 {
		return "Change it so that the check holds."
	}
	s := strings.Join(parts, "; ")
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// written reports whether there is anything at the change's place.
func (c *change) written() bool {
	v := c.decl.Body
	for _, name := range c.path {
		if v.Kind == estate.KindList && len(v.Items) > 0 {
			v = v.Items[0]
		}
		if name == each {
			continue
		}
		next, ok := v.Get(name)
		if !ok {
			return false
		}
		v = next
	}
	return true
}

func count(goes []bool) int {
	n := 0
	for _, g := range goes {
		if g {
			n++
		}
	}
	return n
}

func inline(v estate.Value) string {
	switch v.Kind {
	case estate.KindList:
		parts := make([]string, len(v.Items))
		for i, x := range v.Items {
			parts[i] = inline(x)
		}
		return strings.Join(parts, ", ")
	case estate.KindMap:
		parts := make([]string, len(v.Fields))
		for i, f := range v.Fields {
			parts[i] = f.Name + " " + inline(f.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case estate.KindReference:
		return v.Text
	default:
		s, _ := v.Scalar()
		return s
	}
}

// snippet shows the properties that are written, per declaration, as its language spells them.
func snippet(changes []change, self *estate.Declaration) string {
	bodies := map[string]estate.Value{}
	var order []*estate.Declaration
	for _, c := range changes {
		if c.remove != nil || c.value.Kind == estate.KindNull && !c.create {
			continue
		}
		id := c.decl.ID()
		if _, ok := bodies[id]; !ok {
			bodies[id] = estate.Map(nil, estate.Origin{})
			order = append(order, c.decl)
		}
		if !c.create {
			bodies[id] = put(bodies[id], c, c.decl.World)
		}
	}
	var b strings.Builder
	for _, d := range order {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		write := writeYAML
		if d.World == estate.Terraform {
			write = writeHCL
		}
		if d.ID() == self.ID() {
			write(&b, bodies[d.ID()], 0)
			continue
		}
		writeResource(&b, d, bodies[d.ID()])
	}
	return strings.TrimRight(b.String(), "\n")
}

func writeResource(b *strings.Builder, d *estate.Declaration, body estate.Value) {
	name := d.Address[strings.LastIndexByte(d.Address, '.')+1:]
	if d.World == estate.Terraform {
		fmt.Fprintf(b, "resource %q %q {\n", d.Type, name)
		writeHCL(b, body, 1)
		b.WriteString("}\n")
		return
	}
	fmt.Fprintf(b, "%s:\n  Type: %s\n", name, d.Type)
	if len(body.Fields) > 0 {
		b.WriteString("  Properties:\n")
		writeYAML(b, body, 2)
	}
}

func writeYAML(b *strings.Builder, v estate.Value, depth int) {
	pad := strings.Repeat("  ", depth)
	for _, f := range v.Fields {
		name := strings.TrimPrefix(f.Name, "@")
		switch f.Value.Kind {
		case estate.KindMap:
			b.WriteString(pad + name + ":\n")
			writeYAML(b, f.Value, depth+1)
		case estate.KindList:
			b.WriteString(pad + name + ":\n")
			for _, item := range f.Value.Items {
				writeYAMLItem(b, item, depth+1)
			}
		default:
			b.WriteString(pad + name + ": " + yamlScalar(f.Value) + "\n")
		}
	}
}

func writeYAMLItem(b *strings.Builder, item estate.Value, depth int) {
	pad := strings.Repeat("  ", depth)
	if item.Kind != estate.KindMap {
		b.WriteString(pad + "- " + yamlScalar(item) + "\n")
		return
	}
	var inner strings.Builder
	writeYAML(&inner, item, depth+1)
	text := inner.String()
	if len(text) > len(pad)+2 {
		b.WriteString(pad + "- " + text[len(pad)+2:])
	}
}

func yamlScalar(v estate.Value) string {
	if v.Kind == estate.KindReference {
		name := strings.TrimSuffix(strings.TrimPrefix(v.Text, "${"), "}")
		if strings.Contains(name, ".") {
			return "!GetAtt " + name
		}
		return "!Ref " + name
	}
	s, _ := v.Scalar()
	if v.Kind == estate.KindString && (s == "" || strings.ContainsAny(s, ":#{}[],&*?|<>=!%@`'\"") || looksTyped(s)) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}

// looksTyped reports whether YAML would read the text as something else than text.
func looksTyped(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "~":
		return true
	}
	return s[0] >= '0' && s[0] <= '9' || s[0] == '-' || s[0] == ' '
}

func writeHCL(b *strings.Builder, v estate.Value, depth int) {
	pad := strings.Repeat("  ", depth)
	width := 0
	for _, f := range v.Fields {
		if !block(f.Value) {
			width = max(width, len(f.Name))
		}
	}
	for _, f := range v.Fields {
		if f.Name == "@prevent_destroy" {
			fmt.Fprintf(b, "%slifecycle {\n%s  prevent_destroy = %s\n%s}\n", pad, pad, hclScalar(f.Value), pad)
			continue
		}
		if !block(f.Value) {
			fmt.Fprintf(b, "%s%-*s = %s\n", pad, width, f.Name, hclScalar(f.Value))
			continue
		}
		for _, item := range f.Value.Items {
			fmt.Fprintf(b, "%s%s {\n", pad, f.Name)
			writeHCL(b, item, depth+1)
			fmt.Fprintf(b, "%s}\n", pad)
		}
	}
}

// block reports whether a value is written as nested blocks: a list of maps.
func block(v estate.Value) bool {
	return v.Kind == estate.KindList && len(v.Items) > 0 && v.Items[0].Kind == estate.KindMap
}

func hclScalar(v estate.Value) string {
	switch v.Kind {
	case estate.KindReference:
		name := strings.TrimSuffix(strings.TrimPrefix(v.Text, "${"), "}")
		return name
	case estate.KindList:
		parts := make([]string, len(v.Items))
		for i, x := range v.Items {
			parts[i] = hclScalar(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case estate.KindMap:
		parts := make([]string, len(v.Fields))
		for i, f := range v.Fields {
			parts[i] = fmt.Sprintf("%q = %s", f.Name, hclScalar(f.Value))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case estate.KindString:
		return fmt.Sprintf("%q", v.Text)
	default:
		s, _ := v.Scalar()
		return s
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
