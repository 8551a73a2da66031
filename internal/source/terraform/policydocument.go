package terraform

import (
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// policyDocument is what data.aws_iam_policy_document.NAME.json renders: the IAM policy as a map, with the positions of
// the block's arguments.
func (m *module) policyDocument(name string, at estate.Origin) (estate.Value, bool) {
	r, ok := m.resources["data.aws_iam_policy_document."+name]
	if !ok {
		return estate.Value{}, false
	}
	m.expand(r)
	if r.mode != single || len(r.instances) != 1 {
		return estate.UnknownBecause("it is one of several data.aws_iam_policy_document."+name, at), true
	}
	out := estate.UnknownBecause(circular.why, at)
	m.guard("document "+name, at, func() {
		body := estate.Map(nil, r.block.at)
		m.fill(&body, r.block, r.instances[0].sc, true)
		out = renderDocument(body, at)
	})
	return out, true
}

func renderDocument(body estate.Value, at estate.Origin) estate.Value {
	statements := estate.List(nil, at)
	for _, from := range []string{"source_policy_documents", "source_json"} {
		appendDocuments(&statements, body, from)
	}
	if blocks, ok := body.Get("statement"); ok {
		for _, b := range blocks.Items {
			if b.Kind == estate.KindMap {
				b = renderStatement(b)
			}
			statements.Items = append(statements.Items, b)
		}
	}
	for _, from := range []string{"override_policy_documents", "override_json"} {
		appendDocuments(&statements, body, from)
	}
	version := estate.String("2012-10-17", at)
	if v, ok := body.Get("version"); ok {
		version = v
	}
	return estate.Map([]estate.Field{{Name: "Version", Value: version}, {Name: "Statement", Value: statements}}, at)
}

// appendDocuments adds the statements of other documents.
func appendDocuments(statements *estate.Value, body estate.Value, from string) {
	docs, ok := body.Get(from)
	if !ok || docs.Kind == estate.KindNull {
		return
	}
	items := docs.Items
	if docs.Kind != estate.KindList {
		items = []estate.Value{docs}
	}
	for _, d := range items {
		if d.Kind == estate.KindString && !d.Partial {
			if n, err := newJSONReader("", []byte(d.Text)).whole(); err == nil {
				d = fromNode(n, &d.Origin)
			}
		}
		inner, ok := d.Get("Statement")
		switch {
		case !ok && d.Kind == estate.KindMap: // a document without statements
		case !ok:
			statements.Items = append(statements.Items, estate.UnknownBecause("read the policy document it takes in: "+why(d), d.Origin))
		case inner.Kind == estate.KindList:
			statements.Items = append(statements.Items, inner.Items...)
		default:
			statements.Items = append(statements.Items, inner)
		}
	}
}

func why(v estate.Value) string {
	if v.Why != "" {
		return v.Why
	}
	return "it is not known"
}

var statementNames = map[string]string{
	"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
}

func renderStatement(b estate.Value) estate.Value {
	out := estate.Map(nil, b.Origin)
	if _, ok := b.Get("effect"); !ok {
		out.Fields = append(out.Fields, estate.Field{Name: "Effect", Value: estate.String("Allow", b.Origin)})
	}
	for _, f := range b.Fields {
		switch f.Name {
		case "principals":
			out.Fields = append(out.Fields, estate.Field{Name: "Principal", Value: renderPrincipals(f.Value)})
		case "not_principals":
			out.Fields = append(out.Fields, estate.Field{Name: "NotPrincipal", Value: renderPrincipals(f.Value)})
		case "condition":
			out.Fields = append(out.Fields, estate.Field{Name: "Condition", Value: renderConditions(f.Value)})
		default:
			if name, ok := statementNames[f.Name]; ok && f.Value.Kind != estate.KindNull {
				out.Fields = append(out.Fields, estate.Field{Name: name, Value: variables(f.Value)})
			}
		}
	}
	return out
}

// variables turns &{aws:username}, by which Terraform writes a policy variable, into IAM's ${aws:username}.
func variables(v estate.Value) estate.Value {
	v.Text = strings.ReplaceAll(v.Text, "&{", "${")
	if len(v.Items) > 0 {
		v.Items = append([]estate.Value{}, v.Items...)
		for i := range v.Items {
			v.Items[i] = variables(v.Items[i])
		}
	}
	return v
}

func renderPrincipals(blocks estate.Value) estate.Value {
	out := estate.Map(nil, blocks.Origin)
	for _, b := range blocks.Items {
		typ, _ := b.Get("type")
		ids, _ := b.Get("identifiers")
		name, known := typ.Scalar()
		if !known {
			return estate.UnknownBecause(why(b), b.Origin)
		}
		if name == "*" {
			return estate.String("*", ids.Origin)
		}
		if i := indexOf(out.Fields, name); i >= 0 {
			out.Fields[i].Value.Items = append(out.Fields[i].Value.Items, ids.Items...)
			continue
		}
		out.Fields = append(out.Fields, estate.Field{Name: name, Value: ids})
	}
	return out
}

func renderConditions(blocks estate.Value) estate.Value {
	out := estate.Map(nil, blocks.Origin)
	for _, b := range blocks.Items {
		test, _ := b.Get("test")
		variable, _ := b.Get("variable")
		values, _ := b.Get("values")
		op, ok1 := test.Scalar()
		key, ok2 := variable.Scalar()
		if !ok1 || !ok2 {
			return estate.UnknownBecause(why(b), b.Origin)
		}
		i := indexOf(out.Fields, op)
		if i < 0 {
			i = len(out.Fields)
			out.Fields = append(out.Fields, estate.Field{Name: op, Value: estate.Map(nil, b.Origin)})
		}
		out.Fields[i].Value.Fields = append(out.Fields[i].Value.Fields, estate.Field{Name: key, Value: variables(values)})
	}
	return out
}
