package principals

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/internal/estate"
)

// unknownKey is the start of condition keys that stand for what the input leaves open.
const unknownKey = "unknown:"

// Settles says what would settle a key that a decision hangs on, for a person: a condition key of AWS as it is, and for
// what the input leaves open its description.
func Settles(key string) string {
	if rest, ok := strings.CutPrefix(key, unknownKey); ok {
		return rest
	}
	return key
}

// IsOpen reports whether a key that a decision hangs on stands for something that the input leaves open, rather than for a
// condition of the request.
func IsOpen(key string) bool { return strings.HasPrefix(key, unknownKey) }

// converter turns an estate's documents into policies.
type converter struct {
	estate *estate.Estate
	home   estate.Home
	names  map[string]estate.AnyResource // by unit and logical name or address
}

func newConverter(e *estate.Estate, home estate.Home) *converter {
	c := &converter{estate: e, home: home, names: map[string]estate.AnyResource{}}
	for _, r := range e.Resources {
		d := r.Base().Declaration()
		c.names[d.Unit+"#"+d.Address] = r
		if d.World == estate.CloudFormation {
			c.names[d.Unit+"#"+d.Address[strings.LastIndexByte(d.Address, '.')+1:]] = r
		}
	}
	return c
}

// policy converts a document. origins tells for each statement where it stands. A document that is not known may say
// anything.
func (c *converter) policy(name string, d *estate.Fact[estate.Document], unit string) (p *iam.Policy, origins []estate.Origin) {
	if d.State == estate.Absent {
		return nil, nil
	}
	if d.State == estate.Unknown || d.Value.Statements.State == estate.Unknown {
		return anything(name), []estate.Origin{d.Origin, d.Origin}
	}
	doc := map[string]any{"Version": "2012-10-17"}
	var statements []map[string]any
	old := d.Value.Version.State == estate.Known && d.Value.Version.Value == "2008-10-17" || d.Value.Version.State == estate.Absent
	s := statementConverter{converter: c, unit: unit, old: old}
	for i := range d.Value.Statements.Value {
		st := &d.Value.Statements.Value[i]
		for _, m := range s.statement(st) {
			statements = append(statements, m)
			origins = append(origins, st.At)
		}
	}
	doc["Statement"] = statements
	data, err := json.Marshal(doc)
	if err == nil {
		if p, err = iam.Parse(data); err == nil {
			p.Name = name
			return p, origins
		}
	}
	return anything(name + " (which cannot be read: " + err.Error() + ")"), []estate.Origin{d.Origin, d.Origin}
}

// anything is a policy nobody knows: it may allow, and it may deny.
func anything(name string) *iam.Policy {
	key := unknownKey + "what " + name + " says"
	doc := map[string]any{"Version": "2012-10-17", "Statement": []map[string]any{
		{"Sid": "unknown", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": map[string]any{"Bool": map[string]any{key: "true"}}},
		{"Sid": "unknown2", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": map[string]any{"Bool": map[string]any{key: "true"}}},
	}}
	data, _ := json.Marshal(doc) //nolint:errchkjson // maps of texts always marshal
	p, err := iam.Parse(data)
	if err != nil {
		panic(err)
	}
	p.Name = name
	return p
}

// statementConverter converts the statements of one document.
type statementConverter struct {
	*converter
	unit string
	old  bool
}

// statement converts one statement. Where its effect is not known, it is both.
func (c *statementConverter) statement(st *estate.Statement) []map[string]any {
	m := map[string]any{}
	if st.Sid.State == estate.Known {
		m["Sid"] = st.Sid.Value
	}
	open := ""
	actions := func(f *estate.Fact[estate.Strings], element string) {
		if f.State == estate.Absent {
			return
		}
		var out []string
		for _, a := range f.Value {
			text, known := c.text(&a)
			if f.State == estate.Unknown || !known || !strings.Contains(text, ":") && text != "*" {
				open, text = why(&a.Meta, "the actions of a statement"), "*"
			}
			out = append(out, text)
		}
		if f.State == estate.Unknown {
			open, out = why(&f.Meta, "the actions of a statement"), []string{"*"}
		}
		m[element] = out
	}
	actions(&st.Actions, "Action")
	actions(&st.NotActions, "NotAction")
	c.resources(&st.Resources, "Resource", m, &open)
	c.resources(&st.NotResources, "NotResource", m, &open)
	c.principals(&st.Principals, "Principal", m, &open)
	c.principals(&st.NotPrincipals, "NotPrincipal", m, &open)
	conditions := c.conditions(&st.Conditions, &open)
	if open != "" {
		put(conditions, "Bool", unknownKey+open, "true")
	}
	if len(conditions) > 0 {
		m["Condition"] = conditions
	}
	if m["Action"] == nil && m["NotAction"] == nil {
		return nil
	}
	if st.Effect.State == estate.Known && (st.Effect.Value == "Allow" || st.Effect.Value == "Deny") || st.Effect.State == estate.Absent && st.Effect.Value != "" {
		m["Effect"] = st.Effect.Value
		return []map[string]any{m}
	}
	if st.Effect.State == estate.Absent {
		m["Effect"] = "Allow" // Terraform's document blocks
		return []map[string]any{m}
	}
	allow, deny := map[string]any{"Effect": "Allow"}, map[string]any{"Effect": "Deny"}
	put(conditions, "Bool", unknownKey+"the effect of a statement", "true")
	for k, v := range m {
		if k != "Sid" {
			allow[k], deny[k] = v, v
		}
	}
	allow["Condition"], deny["Condition"] = conditions, conditions
	return []map[string]any{allow, deny}
}

func put(conditions map[string]map[string]any, operator, key string, values any) {
	if conditions[operator] == nil {
		conditions[operator] = map[string]any{}
	}
	conditions[operator][key] = values
}

func (c *statementConverter) resources(f *estate.Fact[estate.Strings], element string, m map[string]any, open *string) {
	switch f.State {
	case estate.Absent:
		return
	case estate.Unknown:
		*open = why(&f.Meta, "the resources of a statement")
		m["Resource"] = "*"
		return
	case estate.Known:
	}
	out := []string{}
	for i := range f.Value {
		text, _ := c.text(&f.Value[i])
		if text != "*" && !strings.HasPrefix(text, "arn:") && !strings.HasPrefix(text, "${") && !strings.HasPrefix(text, "*") {
			continue // a name where an ARN belongs fits nothing
		}
		out = append(out, text)
	}
	if len(out) > 0 {
		m[element] = out
	} else {
		m["Resource"] = "arn:aws:none:::nothing"
	}
}

func (c *statementConverter) principals(f *estate.Fact[[]estate.Principal], element string, m map[string]any, open *string) {
	switch f.State {
	case estate.Absent:
		return
	case estate.Unknown:
		*open = why(&f.Meta, "the principals of a statement")
		m["Principal"] = "*"
		return
	case estate.Known:
	}
	out := map[string][]string{}
	for i := range f.Value {
		p := &f.Value[i]
		kind, value := p.Kind.Value, p.Value
		text, known := c.text(&value)
		switch {
		case p.Kind.State != estate.Known:
			*open = "of which kind a principal of a statement is"
			out["AWS"] = append(out["AWS"], "*")
		case kind == "*":
			out["AWS"] = append(out["AWS"], "*")
		case kind == "AWS" && (!known || strings.Contains(text, "${")):
			*open = why(&value.Meta, "who a principal of a statement is")
			out["AWS"] = append(out["AWS"], "*")
		default:
			out[kind] = append(out[kind], text)
		}
	}
	for _, v := range out["AWS"] {
		if v == "*" {
			out["AWS"] = []string{"*"}
			break
		}
	}
	if len(out) == 0 {
		*open = "the principals of a statement"
		m["Principal"] = "*"
		return
	}
	m[element] = out
}

func (c *statementConverter) conditions(f *estate.Fact[[]estate.Condition], open *string) map[string]map[string]any {
	out := map[string]map[string]any{}
	if f.State == estate.Unknown {
		*open = why(&f.Meta, "the condition of a statement")
		return out
	}
	for i := range f.Value {
		cond := &f.Value[i]
		if cond.Operator.State != estate.Known || cond.Key.State != estate.Known || cond.Values.State != estate.Known {
			*open = why(&cond.Values.Meta, "the condition of a statement")
			continue
		}
		values := make([]string, 0, len(cond.Values.Value))
		for j := range cond.Values.Value {
			text, _ := c.text(&cond.Values.Value[j])
			values = append(values, text)
		}
		put(out, cond.Operator.Value, cond.Key.Value, values)
	}
	return out
}

var hole = regexp.MustCompile(`\$\{([^{}]*)\}`)

// text returns a fact's text with names of other resources filled in. What remains unknown becomes a policy variable.
func (c *statementConverter) text(f *estate.Fact[string]) (text string, known bool) {
	switch {
	case f.State == estate.Known && f.Ref == nil:
		if c.old {
			return strings.ReplaceAll(f.Value, "${", "${$}{"), true
		}
		return f.Value, true
	case f.State == estate.Absent:
		return f.Value, true
	}
	if f.Ref != nil && hole.FindString(f.Text) == f.Text {
		if r, ok := c.estate.Resource(f.Ref.ID); ok {
			return c.attribute(r, f.Ref.Attr, f.Text), true
		}
	}
	source := f.Text
	if source == "" {
		return "${" + unknownKey + why(&f.Meta, "a value") + "}", false
	}
	known = true
	return hole.ReplaceAllStringFunc(source, func(h string) string {
		return c.fill(h, &known)
	}), known
}

// fill resolves one ${…}.
func (c *statementConverter) fill(h string, known *bool) string {
	name := h[2 : len(h)-1]
	switch {
	case name == "AWS::Partition" || strings.HasPrefix(name, "data.aws_partition.") && strings.HasSuffix(name, ".partition"):
		return "aws"
	case name == "AWS::AccountId" || strings.HasPrefix(name, "data.aws_caller_identity.") && strings.HasSuffix(name, ".account_id"):
		return c.home.Account
	case name == "AWS::Region" || strings.HasPrefix(name, "data.aws_region."):
		return c.home.Region
	case name == "AWS::URLSuffix" || strings.HasSuffix(name, ".dns_suffix"):
		return "amazonaws.com"
	case strings.Contains(name, ":") && !strings.Contains(name, "::"):
		return h // a policy variable
	}
	if r, ok := c.names[c.unit+"#"+name]; ok {
		return c.attribute(r, "", h)
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		if r, ok := c.names[c.unit+"#"+name[:i]]; ok {
			return c.attribute(r, name[i+1:], h)
		}
	}
	*known = false
	return "${" + unknownKey + plainName(name) + "}"
}

// attribute is what a reference to a resource gives: its ARN or its name.
func (c *statementConverter) attribute(r estate.AnyResource, attr, display string) string {
	arn := estate.ARN(r, c.home)
	switch attr {
	case "Arn", "arn", "TableArn", "DBInstanceArn", "DBClusterArn", "RoleArn":
		if arn != "" {
			return arn
		}
	case "", "id", "name", "table_name", "identifier", "cluster_identifier":
		switch r.(type) {
		case *estate.Secret, *estate.IAMPolicy:
			return arn // their Ref and id are the ARN
		}
		return estate.ShortName(r)
	}
	return "${" + unknownKey + plainName(strings.Trim(display, "${}")) + "}"
}

// plainName is a name without the characters that mean something in a policy variable.
func plainName(s string) string { return unmarked.Replace(s) }

var unmarked = strings.NewReplacer(",", " ", "'", "", "{", "", "}", "", "\"", "")

func why(m *estate.Meta, what string) string {
	switch {
	case m.Param != "":
		return "parameter " + plainName(m.Param)
	case m.Text != "":
		return plainName(fmt.Sprintf("%s (%s)", what, m.Text))
	}
	return what
}
