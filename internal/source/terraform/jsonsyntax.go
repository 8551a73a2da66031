package terraform

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/baileydb/bailey/internal/estate"
)

// syntax turns Terraform's JSON into the blocks that the same configuration has in HCL.
type syntax struct {
	file     string
	literal  bool // texts are not templates, as in variable files
	problems []estate.Problem
}

// labelled are the blocks with labels, and how many.
var labelled = map[string]int{"resource": 2, "data": 2, "ephemeral": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "dynamic": 1, "check": 1}

// parseJSON reads Terraform's JSON syntax.
func parseJSON(name string, data []byte) ([]*block, []estate.Problem) {
	r := newJSONReader(name, data)
	root, err := r.whole()
	if err != nil {
		return nil, []estate.Problem{r.problem(err)}
	}
	s := &syntax{file: name}
	var out []*block
	for _, part := range append(root.items(), root) { // an array of objects means all of them
		for _, m := range part.members() {
			out = append(out, s.blocks(m.name, nil, m.node, labelled[m.name])...)
		}
	}
	if root.members() == nil && root.items() == nil {
		s.problems = append(s.problems, estate.Problem{Origin: root.at(name), Message: "Terraform's JSON is an object; see its JSON configuration syntax", Fatal: true})
	}
	return out, s.problems
}

// blocks unfolds {"resource": {"aws_x": {"y": {…}}}} into blocks.
func (s *syntax) blocks(typ string, have []string, n node, labels int) []*block {
	var out []*block
	for _, item := range n.items() {
		out = append(out, s.blocks(typ, have, item, labels)...)
	}
	members, ok := n.value.([]member)
	if !ok {
		return out
	}
	if labels == 0 {
		return append(out, s.block(typ, have, n, members))
	}
	for _, m := range members {
		if m.name != "//" {
			out = append(out, s.blocks(typ, append(slices.Clone(have), m.name), m.node, labels-1)...)
		}
	}
	return out
}

func (s *syntax) block(typ string, labels []string, n node, members []member) *block {
	b := &block{typ: typ, labels: labels, at: n.at(s.file)}
	for _, m := range members {
		switch {
		case m.name == "//": // a comment
		case m.name == "dynamic" || m.name == "content" && typ == "dynamic" || m.name == "lifecycle" || nestedBlock(typ, m):
			b.blocks = append(b.blocks, s.blocks(m.name, nil, m.node, labelled[m.name])...)
		default:
			b.attrs = append(b.attrs, attribute{m.name, s.expr(m.node), m.at(s.file)})
		}
	}
	return b
}

// mapArguments are the arguments of AWS resources that are maps; JSON writes nested blocks the same way.
var mapArguments = []string{
	"tags", "tags_all", "volume_tags", "variables", "stage_variables", "parameters", "request_parameters", "response_parameters",
	"request_templates", "response_templates", "request_models", "response_models", "default_arguments", "metadata", "triggers",
	"keepers", "connection_properties", "query_parameters", "labels", "options", "log_options", "environment_variables", "override",
}

// nestedBlock guesses whether an object or an array of objects is a nested block: without the provider's schema only
// names tell.
func nestedBlock(typ string, m member) bool {
	switch typ {
	case "resource", "data", "provider", "content":
	case "variable", "output", "module", "locals", "dynamic", "terraform":
		return false
	}
	if slices.Contains(mapArguments, m.name) {
		return false
	}
	items := m.node.items()
	if items == nil {
		items = []node{m.node}
	}
	for _, item := range items {
		members, ok := item.value.([]member)
		if !ok {
			return false
		}
		for _, inner := range members {
			if inner.name != "//" && strings.Trim(inner.name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
				return false
			}
		}
	}
	return len(items) > 0
}

// expr is the HCL expression that a JSON value means; strings are templates.
func (s *syntax) expr(n node) hclsyntax.Expression {
	at := s.rangeOf(n.line, n.column)
	switch v := n.value.(type) {
	case bool:
		return &hclsyntax.LiteralValueExpr{Val: cty.BoolVal(v), SrcRange: at}
	case json.Number:
		if num, err := cty.ParseNumberVal(v.String()); err == nil {
			return &hclsyntax.LiteralValueExpr{Val: num, SrcRange: at}
		}
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(v.String()), SrcRange: at}
	case string:
		return s.template(v, at)
	case []node:
		out := &hclsyntax.TupleConsExpr{SrcRange: at, OpenRange: at}
		for _, item := range v {
			out.Exprs = append(out.Exprs, s.expr(item))
		}
		return out
	case []member:
		out := &hclsyntax.ObjectConsExpr{SrcRange: at, OpenRange: at}
		for _, m := range v {
			key := s.template(m.name, s.rangeOf(m.line, m.column))
			out.Items = append(out.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: s.expr(m.node)})
		}
		return out
	default:
		return &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: at}
	}
}

func (s *syntax) rangeOf(line, column int) hcl.Range {
	p := hcl.Pos{Line: line, Column: column}
	return hcl.Range{Filename: s.file, Start: p, End: p}
}

func (s *syntax) template(text string, at hcl.Range) hclsyntax.Expression {
	plain := &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: at}
	if s.literal || !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		return plain
	}
	start := at.Start
	start.Column++ // after the quote
	var out hclsyntax.Expression = plain
	p, bad := guarded(s.file, func() {
		e, diags := hclsyntax.ParseTemplate([]byte(text), s.file, start)
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				s.problems = append(s.problems, problemOf(s.file, d))
				return
			}
		}
		out = e
	})
	if bad {
		s.problems = append(s.problems, p)
	}
	return out
}

// variableFile reads the members of a .tfvars.json.
func variableFile(name string, data []byte) ([]attribute, []estate.Problem) {
	r := newJSONReader(name, data)
	root, err := r.whole()
	if err != nil {
		return nil, []estate.Problem{r.problem(err)}
	}
	s := &syntax{file: name, literal: true}
	var out []attribute
	for _, m := range root.members() {
		out = append(out, attribute{m.name, s.expr(m.node), m.at(name)})
	}
	return out, nil
}
