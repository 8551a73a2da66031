package terraform

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/baileydb/bailey/internal/estate"
)

// text joins the parts of a string. Those that are not known stand in it as ${…}; in a text that is JSON they stand in
// quotes, so that it stays JSON.
type text struct {
	b               strings.Builder
	begun, json     bool
	quoted, escaped bool
	whys            []string
	refs            []*estate.Ref
	secret          bool
}

func (t *text) write(s string) {
	if !t.begun {
		if trimmed := strings.TrimLeft(s, " \t\r\n"); trimmed != "" {
			t.begun, t.json = true, trimmed[0] == '{' || trimmed[0] == '['
		}
	}
	if t.json {
		for i := range len(s) {
			switch {
			case t.escaped:
				t.escaped = false
			case s[i] == '\\' && t.quoted:
				t.escaped = true
			case s[i] == '"':
				t.quoted = !t.quoted
			}
		}
	}
	t.b.WriteString(s)
}

// hole stands for what is not known; shown is how the author would recognize it.
func (t *text) hole(shown string, v estate.Value) {
	t.begun = true
	if t.json {
		shown = strings.ReplaceAll(strings.ReplaceAll(shown, `"`, "'"), `\`, "")
		if !t.quoted {
			shown = `"` + shown + `"`
		}
	}
	t.b.WriteString(shown)
	t.because(v)
}

func (t *text) because(v estate.Value) {
	if why := whyOf(v); why != "" && !slices.Contains(t.whys, why) {
		t.whys = append(t.whys, why)
	}
	if v.Ref != nil && !slices.ContainsFunc(t.refs, func(r *estate.Ref) bool { return *r == *v.Ref }) {
		t.refs = append(t.refs, v.Ref)
	}
}

// add writes a value as a template does. It reports what cannot be written.
func (t *text) add(v estate.Value, shown string) bool {
	t.secret = t.secret || v.NoEcho
	if s, ok := v.Scalar(); ok {
		t.write(s)
		return true
	}
	switch v.Kind {
	case estate.KindReference:
		t.hole(v.Text, v)
	case estate.KindUnknown:
		t.hole("${"+shown+"}", v)
	case estate.KindString: // partly known
		if t.json && t.quoted { // a key in a placeholder would end the text it stands in
			v.Text = strings.ReplaceAll(v.Text, `"`, "'")
		}
		t.write(v.Text)
		t.because(v)
	case estate.KindList, estate.KindMap: // it came from jsonencode
		t.encode(v)
	default:
		return false
	}
	return true
}

// encode writes a value as JSON.
func (t *text) encode(v estate.Value) {
	if !t.begun {
		t.begun, t.json = true, true
	}
	switch v.Kind {
	case estate.KindList:
		t.write("[")
		for i, item := range v.Items {
			if i > 0 {
				t.write(",")
			}
			t.encode(item)
		}
		t.write("]")
	case estate.KindMap:
		t.write("{")
		for i, f := range v.Fields {
			if i > 0 {
				t.write(",")
			}
			t.write(quote(f.Name) + ":")
			t.encode(f.Value)
		}
		t.write("}")
		t.because(estate.Value{Why: v.Why})
	case estate.KindNull:
		t.write("null")
	case estate.KindString:
		if v.Partial {
			t.because(v)
		}
		t.write(quote(v.Text))
	case estate.KindReference, estate.KindUnknown:
		t.write(`"`)
		t.add(v, "…")
		t.write(`"`)
	default:
		s, _ := v.Scalar()
		t.write(s)
	}
	t.secret = t.secret || v.NoEcho
}

// quote writes a JSON string.
func quote(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		return `"` + s + `"`
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ':
			b.WriteString(`\u00` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (t *text) value(at estate.Origin) estate.Value {
	out := estate.String(t.b.String(), at)
	if len(t.whys) > 0 {
		out = estate.PartialString(out.Text, strings.Join(t.whys, "; "), at)
	}
	if len(t.refs) == 1 {
		out.Ref = t.refs[0]
	}
	out.NoEcho = t.secret
	return out
}

// template joins the parts of a template.
func (sc scope) template(parts []hclsyntax.Expression, at estate.Origin) estate.Value {
	var t text
	for _, part := range parts {
		v := sc.convert(part)
		if len(v.Items)+len(v.Fields) > 0 && !sc.m.s.spend(size(v, maxValue)) {
			return estate.UnknownBecause(tooMuch, at)
		}
		if !t.add(v, nameOf(part)) {
			return sc.m.s.wrong(v.Origin, "null is put into a text; give it a value")
		}
		if t.b.Len() > maxText {
			return estate.UnknownBecause("shorten the text: Bailey reads texts up to 1 MiB", at)
		}
	}
	return t.value(at)
}

// joined is a loop in a template.
func (sc scope) joined(e *hclsyntax.TemplateJoinExpr, at estate.Origin) estate.Value {
	list := sc.convert(e.Tuple)
	if list.Kind != estate.KindList || open(list) != "" {
		return because(at, list)
	}
	var t text
	for _, item := range list.Items {
		if !t.add(item, "…") {
			return sc.m.s.wrong(at, "null is put into a text; give it a value")
		}
	}
	return t.value(at)
}

// nameOf is how the author would recognize an unknown part.
func nameOf(expr hclsyntax.Expression) string {
	switch e := expr.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return traversalText(e.Traversal)
	case *hclsyntax.RelativeTraversalExpr:
		return nameOf(e.Source) + traversalText(e.Traversal)
	case *hclsyntax.FunctionCallExpr:
		if len(e.Args) == 1 {
			return e.Name + "(" + nameOf(e.Args[0]) + ")"
		}
	}
	return "…"
}
