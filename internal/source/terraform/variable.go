package terraform

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/baileydb/bailey/internal/estate"
)

// given is what a variable is given: an expression in its giver's scope, or a text from the command line.
type given struct {
	sc     scope
	attr   attribute
	text   string
	isText bool
}

// variableType is a variable's declared type.
type variableType struct {
	typ      cty.Type
	defaults *typeexpr.Defaults
}

// giveVariables gives the root its variables: terraform.tfvars, *.auto.tfvars, then the files and values of the options.
func (s *session) giveVariables(root *module, opts Options) {
	found := []string{"terraform.tfvars", "terraform.tfvars.json"}
	if entries, err := s.fs.ReadDir(s.root); err == nil {
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".auto.tfvars") || strings.HasSuffix(e.Name(), ".auto.tfvars.json") {
				found = append(found, e.Name())
			}
		}
	}
	for _, name := range found {
		name = path.Join(s.root, name)
		if data, err := s.fs.ReadFile(name); err == nil {
			s.giveFile(root, name, data)
		}
	}
	for _, name := range opts.VarFiles {
		name = clean(name)
		data, err := s.fs.ReadFile(name)
		if err != nil {
			s.problem(estate.Problem{Origin: estate.Origin{File: name}, Message: "cannot be read: " + cause(err), Fatal: true})
			continue
		}
		s.giveFile(root, name, data)
	}
	for _, name := range sortedKeys(opts.Variables) {
		root.given[name] = given{text: opts.Variables[name], isText: true}
	}
}

func (s *session) giveFile(root *module, name string, data []byte) {
	if p, bad := unreadable(name, data, maxFile); bad {
		s.problem(p)
		return
	}
	var attrs []attribute
	var problems []estate.Problem
	if strings.HasSuffix(name, ".json") {
		attrs, problems = variableFile(name, data)
	} else {
		var body *hclsyntax.Body
		if body, problems = parseBody(name, data); body != nil {
			attrs = fromSyntax(body, bytes.Split(data, []byte("\n"))).attrs
		}
	}
	for _, p := range problems {
		s.problem(p)
	}
	for _, a := range attrs {
		root.given[a.name] = given{sc: scope{m: root, closed: true}, attr: a}
	}
}

// typeOf is a variable's declared type; older configurations, and those in JSON, quote it.
func (m *module) typeOf(name string) *variableType {
	if t, ok := m.types[name]; ok {
		return t
	}
	out := &variableType{typ: cty.DynamicPseudoType}
	m.types[name] = out
	a, ok := m.variables[name].attr("type")
	if !ok {
		return out
	}
	var expr hcl.Expression = a.expr
	if text := literalText(a.expr); text != "" {
		parsed, ok := parseExpr(text)
		if !ok {
			return out
		}
		expr = parsed
	}
	if word := hcl.ExprAsKeyword(expr); word == "list" || word == "map" || word == "set" {
		return out // of anything, as older configurations write
	}
	typ, defaults, diags := typeexpr.TypeConstraintWithDefaults(expr)
	if diags.HasErrors() {
		m.s.problem(estate.Problem{Origin: a.at, Message: fmt.Sprintf("the type of variable %s is not understood: %s", name, lowerFirst(diags[0].Detail))})
		return out
	}
	out.typ, out.defaults = typ, defaults
	return out
}

func parseExpr(text string) (e hclsyntax.Expression, ok bool) {
	if _, bad := unreadable("", []byte(text), maxText); bad {
		return nil, false
	}
	_, bad := guarded("", func() {
		var diags hcl.Diagnostics
		e, diags = hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
		ok = !diags.HasErrors()
	})
	return e, ok && !bad
}

// variable is a variable's value, with the structure it was written in.
func (m *module) variable(name string, at estate.Origin) estate.Value {
	b, ok := m.variables[name]
	if !ok {
		m.s.wrong(at, "variable %s is not declared in this module; add a variable block", name)
		return estate.UnknownBecause("declare variable "+name+": nothing does", at)
	}
	return m.named("var."+name, at, func() estate.Value {
		v := m.input(name, b, at)
		// What a caller writes is written in the configuration; only the root's variables come from outside.
		if len(m.names) == 0 && v.Param == "" {
			v.Param = name
		}
		if a, ok := b.attr("sensitive"); ok && isTrue(m.scope().convert(a.expr)) {
			v.NoEcho = true
		}
		return v
	})
}

// input is what a variable was given, else its default, as its type.
func (m *module) input(name string, b *block, at estate.Origin) estate.Value {
	t := m.typeOf(name)
	def, hasDefault := b.attr("default")
	g, isGiven := m.given[name]
	if isGiven {
		v := g.resolve(t.typ, at)
		nullable, says := b.attr("nullable")
		if v.Kind != estate.KindNull || !hasDefault || !says || isTrue(m.scope().convert(nullable.expr)) {
			return m.conform(v, t.typ, t.defaults, "variable "+name)
		}
	}
	if !hasDefault {
		if len(m.names) > 0 {
			return m.s.wrong(at, "%s is not given variable %s; add it to the module block", strings.TrimSuffix(m.prefix, "."), name)
		}
		return estate.UnknownBecause(fmt.Sprintf("give variable %s a value (--parameter %s=… or a .tfvars file)", name, name), at)
	}
	return m.conform(m.scope().convert(def.expr), t.typ, t.defaults, "variable "+name)
}

// resolve reads a text as it is for a string and as an expression for other types, as Terraform does.
func (g given) resolve(typ cty.Type, at estate.Origin) estate.Value {
	if !g.isText {
		return g.sc.convert(g.attr.expr)
	}
	if typ == cty.DynamicPseudoType || typ.IsPrimitiveType() {
		return estate.String(g.text, at)
	}
	expr, ok := parseExpr(g.text)
	if !ok {
		return estate.String(g.text, at)
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		return estate.String(g.text, at)
	}
	return fromCty(v, at)
}

// conform converts a value to a type, part by part so that positions and what is unknown survive.
func (m *module) conform(v estate.Value, typ cty.Type, d *typeexpr.Defaults, what string) estate.Value {
	if !m.s.spend(1) {
		return estate.UnknownBecause(tooMuch, v.Origin)
	}
	if typ == cty.DynamicPseudoType || v.Kind == estate.KindNull || v.Kind == estate.KindUnknown || v.Kind == estate.KindReference {
		return v
	}
	switch {
	case typ.IsPrimitiveType():
		if out, ok := primitive(v, typ); ok {
			return out
		}
	case typ.IsObjectType():
		if v.Kind == estate.KindMap {
			return m.conformObject(v, typ, d, what)
		}
	case typ.IsMapType():
		if v.Kind == estate.KindMap {
			out := v
			out.Fields = slices.Clone(v.Fields)
			for i := range out.Fields {
				out.Fields[i].Value = m.conform(out.Fields[i].Value, typ.ElementType(), child(d, ""), what)
			}
			return out
		}
	case v.Kind == estate.KindList:
		return m.conformList(v, typ, d, what)
	}
	return m.s.wrong(v.Origin, "%s needs a %s; correct what it is given", what, typ.FriendlyNameForConstraint())
}

func child(d *typeexpr.Defaults, name string) *typeexpr.Defaults {
	if d == nil {
		return nil
	}
	return d.Children[name]
}

func (m *module) conformList(v estate.Value, typ cty.Type, d *typeexpr.Defaults, what string) estate.Value {
	out := v
	out.Items = slices.Clone(v.Items)
	for i := range out.Items {
		elem, name := cty.DynamicPseudoType, ""
		switch {
		case typ.IsTupleType() && i < typ.Length():
			elem, name = typ.TupleElementType(i), fmt.Sprint(i)
		case typ.IsCollectionType():
			elem = typ.ElementType()
		}
		out.Items[i] = m.conform(out.Items[i], elem, child(d, name), what)
	}
	if typ.IsSetType() {
		return asSet(out)
	}
	return out
}

func (m *module) conformObject(v estate.Value, typ cty.Type, d *typeexpr.Defaults, what string) estate.Value {
	types := typ.AttributeTypes()
	out := v
	out.Fields = nil
	for _, f := range v.Fields {
		if t, ok := types[f.Name]; ok {
			f.Value = m.conform(f.Value, t, child(d, f.Name), what)
			out.Fields = append(out.Fields, f)
		} // others are dropped, as Terraform does
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		i := indexOf(out.Fields, name)
		if i >= 0 && out.Fields[i].Value.Kind != estate.KindNull {
			continue
		}
		value := estate.Null(v.Origin)
		switch def, ok := defaultOf(d, name); {
		case ok:
			value = m.conform(fromCty(def, v.Origin), types[name], child(d, name), what)
		case i >= 0:
			continue
		case v.Why != "":
			value, _ = v.Get(name)
		case !typ.AttributeOptional(name):
			value = m.s.wrong(v.Origin, "%s needs an attribute %s; add it to what it is given", what, name)
		}
		setField(&out, name, value)
	}
	return out
}

func defaultOf(d *typeexpr.Defaults, name string) (cty.Value, bool) {
	if d == nil {
		return cty.NilVal, false
	}
	v, ok := d.DefaultValues[name]
	return v, ok
}

// primitive turns a scalar into another kind where it spells one.
func primitive(v estate.Value, typ cty.Type) (estate.Value, bool) {
	text, known := v.Scalar()
	if !known {
		return v, v.Kind == estate.KindString && typ == cty.String
	}
	out := v
	switch typ {
	case cty.String:
		out.Kind, out.Text = estate.KindString, text
	case cty.Bool:
		b, ok := v.AsBool()
		out.Kind, out.Bool, out.Text = estate.KindBool, b, ""
		return out, ok
	case cty.Number:
		n, err := cty.ParseNumberVal(text)
		if err != nil || v.Kind == estate.KindBool {
			return v, false
		}
		number := fromCty(n, v.Origin)
		out.Kind, out.Text = number.Kind, number.Text
	}
	return out, true
}
