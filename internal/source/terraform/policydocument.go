package terraform

import (
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// document is what data.aws_iam_policy_document renders as its json: the IAM policy as a map, with the positions of the
// block's arguments.
func (inst *instance) document() estate.Value {
	at := inst.r.block.at
	body := estate.Map(nil, at)
	inst.sc.fill(&body, inst.r.block, true)
	statements := estate.List(nil, at)
	for _, from := range []string{"source_json", "source_policy_documents"} {
		takeIn(&statements, body, from, false)
	}
	blocks, _ := body.Get("statement")
	for _, b := range blocks.Items {
		if b.Kind == estate.KindMap {
			b = renderStatement(b)
		}
		put(&statements, b, true)
	}
	for _, from := range []string{"override_json", "override_policy_documents"} {
		takeIn(&statements, body, from, true)
	}
	fields := []estate.Field{{Name: "Version", Value: estate.String("2012-10-17", at)}}
	if v, ok := body.Get("version"); ok && v.Kind != estate.KindNull {
		fields[0].Value = v
	}
	if id, ok := body.Get("policy_id"); ok && id.Kind != estate.KindNull {
		fields = append(fields, estate.Field{Name: "Id", Value: id})
	}
	return estate.Map(append(fields, estate.Field{Name: "Statement", Value: statements}), at)
}

// put adds a statement. One with the Sid of another replaces it, where the document says so.
func put(statements *estate.Value, b estate.Value, replace bool) {
	sid, _ := b.Get("Sid")
	if text, ok := sid.Scalar(); ok && text != "" && replace {
		for i := range statements.Items {
			other, _ := statements.Items[i].Get("Sid")
			if same, ok := other.Scalar(); ok && same == text {
				statements.Items[i] = b
				return
			}
		}
	}
	statements.Items = append(statements.Items, b)
}

// takeIn adds the statements of other documents.
func takeIn(statements *estate.Value, body estate.Value, from string, replace bool) {
	docs, ok := body.Get(from)
	if !ok {
		return
	}
	items := docs.Items
	if docs.Kind != estate.KindList {
		items = []estate.Value{docs}
	}
	for _, d := range items {
		if d.Kind == estate.KindNull || d.Kind == estate.KindString && strings.TrimSpace(d.Text) == "" {
			continue
		}
		if d.Kind == estate.KindString {
			d, _ = parsedText(d)
		}
		inner, ok := d.Get("Statement")
		switch {
		case !ok && d.Kind == estate.KindMap: // a document without statements
		case !ok:
			why := "read the policy document it takes in"
			if more := whyOf(d); more != "" {
				why += ": " + more
			}
			put(statements, estate.UnknownBecause(why, d.Origin), false)
		case inner.Kind == estate.KindList:
			for _, item := range inner.Items {
				put(statements, item, replace)
			}
		default:
			put(statements, inner, replace)
		}
	}
}

var statementNames = map[string]string{
	"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
}

func renderStatement(b estate.Value) estate.Value {
	out := estate.Map(nil, b.Origin)
	if v, ok := b.Get("effect"); !ok || v.Kind == estate.KindNull {
		out.Fields = append(out.Fields, estate.Field{Name: "Effect", Value: estate.String("Allow", b.Origin)})
	}
	for _, f := range b.Fields {
		if f.Value.Kind == estate.KindNull {
			continue
		}
		switch f.Name {
		case "principals":
			setField(&out, "Principal", renderPrincipals(f.Value))
		case "not_principals":
			setField(&out, "NotPrincipal", renderPrincipals(f.Value))
		case "condition":
			setField(&out, "Condition", renderConditions(f.Value))
		default:
			if name, ok := statementNames[f.Name]; ok {
				setField(&out, name, policyVariables(f.Value))
			}
		}
	}
	return out
}

// policyVariables turns &{aws:username}, by which Terraform writes a policy variable, into IAM's ${aws:username}.
func policyVariables(v estate.Value) estate.Value {
	if v.Kind == estate.KindString {
		v.Text = strings.ReplaceAll(v.Text, "&{", "${")
	}
	v.Items = slices.Clone(v.Items)
	for i := range v.Items {
		v.Items[i] = policyVariables(v.Items[i])
	}
	return v
}

func renderPrincipals(blocks estate.Value) estate.Value {
	out := estate.Map(nil, blocks.Origin)
	for _, b := range blocks.Items {
		typ, _ := b.Get("type")
		ids, _ := b.Get("identifiers")
		name, ok := typ.Scalar()
		if !ok {
			return because(b.Origin, b)
		}
		if name == "*" {
			return estate.String("*", ids.Origin)
		}
		addTo(&out, name, ids)
	}
	return out
}

// addTo adds elements to the list under a name.
func addTo(m *estate.Value, name string, list estate.Value) {
	if i := indexOf(m.Fields, name); i >= 0 && list.Kind == estate.KindList && m.Fields[i].Value.Kind == estate.KindList {
		joined := m.Fields[i].Value
		joined.Items = append(slices.Clip(joined.Items), list.Items...)
		setField(m, name, joined)
		return
	}
	setField(m, name, list)
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
			return because(b.Origin, b)
		}
		keys := estate.Map(nil, b.Origin)
		if i := indexOf(out.Fields, op); i >= 0 {
			keys = out.Fields[i].Value
		}
		addTo(&keys, key, policyVariables(values))
		setField(&out, op, keys)
	}
	return out
}
