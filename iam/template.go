package iam

import (
	"strings"
)

// template is a text that may hold policy variables, such as ${aws:username} or ${aws:PrincipalTag/team, 'none'}.
// Documents of version 2012-10-17 know them; in older ones they are plain text.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
type template struct {
	parts []part
	// fixed is the text where no part is a variable.
	fixed    string
	variable bool
}

// part is literal text, or a variable with perhaps a default. Literals of ${*}, ${?} and ${$} are marked quoted: they are
// never wildcards.
type part struct {
	text       string
	key        string // as written
	lower      string
	fallback   string
	defaulted  bool
	quoted     bool
	isVariable bool
}

func readTemplate(text string, variables bool) (template, string) {
	if !variables || !strings.Contains(text, "${") {
		return template{parts: []part{{text: text}}, fixed: text}, ""
	}
	var t template
	rest := text
	for {
		before, after, ok := strings.Cut(rest, "${")
		if before != "" {
			t.parts = append(t.parts, part{text: before})
		}
		if !ok {
			break
		}
		body, next, ok := strings.Cut(after, "}")
		if !ok {
			return t, "the variable " + quoteShort("${"+after) + " has no closing brace"
		}
		p, problem := readVariable(body)
		if problem != "" {
			return t, problem
		}
		t.variable = t.variable || p.isVariable
		t.parts = append(t.parts, p)
		rest = next
	}
	if !t.variable {
		var b strings.Builder
		for _, p := range t.parts {
			b.WriteString(p.text)
		}
		t.fixed = b.String()
	}
	return t, ""
}

func readVariable(body string) (part, string) {
	switch body {
	case "*", "?", "$":
		return part{text: body, quoted: true}, ""
	}
	key, fallback, defaulted := strings.Cut(body, ",")
	key = strings.TrimSpace(key)
	p := part{key: key, lower: strings.ToLower(key), isVariable: true}
	if key == "" {
		return p, "${" + body + "} names no condition key"
	}
	if defaulted {
		fallback = strings.TrimSpace(fallback)
		if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
			return p, "the default in ${" + body + "} must stand in single quotes: ${" + key + ", 'default'}"
		}
		p.fallback, p.defaulted = fallback[1:len(fallback)-1], true
	}
	return p, ""
}

func quoteShort(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return "\"" + s + "\""
}

// ops returns the parts as a pattern, with variables as context has them. A value from the context is plain text,
// whatever characters it has.
func (t *template) ops(c *Context) (ops []op, state tri, key string) {
	for i := range t.parts {
		p := &t.parts[i]
		switch {
		case p.isVariable:
			v, state := p.value(c)
			if state != yes {
				return nil, state, p.key
			}
			ops = append(ops, op{literal: v})
		case p.quoted:
			ops = append(ops, op{literal: p.text})
		default:
			ops = append(ops, opsOf(p.text)...)
		}
	}
	return ops, yes, ""
}

// value returns a variable's value: yes with it, no where it has none, maybe where nobody can tell.
func (p *part) value(c *Context) (string, tri) {
	values, known := c.get(p.lower)
	switch {
	case !known:
		return "", maybe
	case len(values) == 1:
		return values[0], yes
	case len(values) == 0 && p.defaulted:
		return p.fallback, yes
	}
	return "", no // absent, or several: a variable stands for one value
}

// expand returns the text with its variables replaced.
func (t *template) expand(c *Context) (text string, state tri, key string) {
	if !t.variable {
		return t.fixed, yes, ""
	}
	var b strings.Builder
	for i := range t.parts {
		p := &t.parts[i]
		if !p.isVariable {
			b.WriteString(p.text)
			continue
		}
		v, state := p.value(c)
		if state != yes {
			return "", state, p.key
		}
		b.WriteString(v)
	}
	return b.String(), yes, ""
}

// pattern is a template to be matched with wildcards.
type pattern struct {
	template
	glob     glob // where no part is a variable
	segments bool
}

func readPattern(text string, variables, segments bool) (pattern, string) {
	t, problem := readTemplate(text, variables)
	p := pattern{template: t, segments: segments}
	if problem == "" && !t.variable {
		ops, _, _ := t.ops(nil)
		p.glob = compileGlob(ops, segments)
	}
	return p, problem
}

// match reports whether the pattern fits a text; maybe and the key where a variable's value is not known. resolved is
// false where a variable has no value at all.
func (p *pattern) match(s string, c *Context) (m tri, key string, resolved bool) {
	if !p.variable {
		return triOf(p.glob.match(s)), "", true
	}
	ops, state, key := p.ops(c)
	if state != yes {
		if state == maybe && !p.couldMatch(s) {
			return no, "", true
		}
		return state, key, state == maybe
	}
	g := compileGlob(ops, p.segments)
	return triOf(g.match(s)), "", true
}

// couldMatch reports whether some value of the variables makes the pattern fit: they then stand for any text.
func (p *pattern) couldMatch(s string) bool {
	var ops []op
	for i := range p.parts {
		if q := &p.parts[i]; q.isVariable {
			ops = append(ops, op{wild: '*'})
		} else if q.quoted {
			ops = append(ops, op{literal: q.text})
		} else {
			ops = append(ops, opsOf(q.text)...)
		}
	}
	g := compileGlob(ops, false)
	return g.match(s)
}

// tri is a verdict with a third state.
type tri uint8

const (
	no tri = iota
	maybe
	yes
)

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}

func (t tri) not() tri { return yes - t }
