package terraform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/baileydb/bailey/internal/estate"
)

// attribute and block are the parts of a file, from HCL or JSON alike.
type attribute struct {
	name string
	expr hclsyntax.Expression
	at   estate.Origin
}

type block struct {
	typ    string
	labels []string
	attrs  []attribute
	blocks []*block
	at     estate.Origin
	end    int
	notes  map[string]string // suppressions from comments
}

func (b *block) attr(name string) (attribute, bool) {
	for _, a := range b.attrs {
		if a.name == name {
			return a, true
		}
	}
	return attribute{}, false
}

func originOf(r hcl.Range) estate.Origin {
	return estate.Origin{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// maxFile bounds one file. Configuration is written by people.
const maxFile = 16 << 20

// maxNesting bounds brackets within brackets, before the parser recurses into them.
const maxNesting = 250

// parseFile reads one file. What of a broken file the parser could save is returned beside the problems.
func parseFile(name string, data []byte) ([]*block, []estate.Problem) {
	if p, bad := unreadable(name, data); bad {
		return nil, []estate.Problem{p}
	}
	if strings.HasSuffix(name, ".json") {
		return parseJSON(name, data)
	}
	return parseHCL(name, data)
}

func unreadable(name string, data []byte) (estate.Problem, bool) {
	fatal := func(line, col int, format string, args ...any) (estate.Problem, bool) {
		return estate.Problem{Origin: estate.Origin{File: name, Line: line, Column: col}, Message: fmt.Sprintf(format, args...), Fatal: true}, true
	}
	if len(data) > maxFile {
		return fatal(0, 0, "is %d MiB long; Bailey reads files up to %d MiB", len(data)>>20, maxFile>>20)
	}
	line, column, depth := 1, 1, 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return fatal(line, column, "is not UTF-8 here; save the file as UTF-8")
		case r == '\n':
			line, column = line+1, 0
		case r == '{' || r == '[' || r == '(':
			if depth++; depth > maxNesting {
				return fatal(line, column, "is nested more than %d deep; split it", maxNesting)
			}
		case r == '}' || r == ']' || r == ')':
			depth = max(0, depth-1)
		}
		i += n
		column++
	}
	return estate.Problem{}, false
}

func parseHCL(name string, data []byte) (blocks []*block, problems []estate.Problem) {
	defer func() {
		// The parser is known to panic on some malformed input; that must not take the other files along.
		if r := recover(); r != nil {
			problems = append(problems, estate.Problem{
				Origin: estate.Origin{File: name, Line: 1}, Message: fmt.Sprintf("cannot be parsed: %v", r), Fatal: true,
			})
		}
	}()
	f, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			problems = append(problems, problemOf(name, d))
		}
	}
	if f == nil {
		return nil, problems
	}
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return nil, problems
	}
	lines := bytes.Split(data, []byte("\n"))
	return fromSyntax(body, lines).blocks, problems
}

func problemOf(name string, d *hcl.Diagnostic) estate.Problem {
	p := estate.Problem{Origin: estate.Origin{File: name}, Fatal: true}
	if d.Subject != nil {
		p.Origin = originOf(*d.Subject)
	}
	p.Message = strings.TrimSuffix(lowerFirst(d.Summary), ".")
	// Of several near names the library suggests one by chance, so its suggestions are left out.
	if detail, _, _ := strings.Cut(d.Detail, " Did you mean"); detail != "" {
		p.Message += ": " + detail
	}
	return p
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// fromSyntax turns a parsed body into a block without type.
func fromSyntax(body *hclsyntax.Body, lines [][]byte) *block {
	out := &block{at: originOf(body.SrcRange), end: body.EndRange.End.Line}
	for _, a := range body.Attributes {
		out.attrs = append(out.attrs, attribute{a.Name, a.Expr, originOf(a.SrcRange)})
	}
	sort.Slice(out.attrs, func(i, j int) bool { return before(out.attrs[i].at, out.attrs[j].at) })
	for _, b := range body.Blocks {
		nb := fromSyntax(b.Body, lines)
		nb.typ, nb.labels, nb.at = b.Type, b.Labels, originOf(b.TypeRange)
		if b.Type == "resource" || b.Type == "data" {
			nb.notes = suppressions(lines, nb.at.Line, nb.end)
		}
		out.blocks = append(out.blocks, nb)
	}
	return out
}

func before(a, b estate.Origin) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
}

// suppressions reads the comments by which scanners are told to leave a check out, within a block or right above it.
func suppressions(lines [][]byte, from, to int) map[string]string {
	var out map[string]string
	for from > 1 && isComment(lines[from-2]) {
		from--
	}
	for i := from; i <= min(to, len(lines)); i++ {
		_, comment, ok := bytes.Cut(lines[i-1], []byte("#"))
		if !ok {
			if _, comment, ok = bytes.Cut(lines[i-1], []byte("//")); !ok {
				continue
			}
		}
		id, reason, ok := suppression(strings.TrimSpace(string(comment)))
		if !ok {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[id] = reason
	}
	return out
}

func isComment(line []byte) bool {
	line = bytes.TrimSpace(line)
	return bytes.HasPrefix(line, []byte("#")) || bytes.HasPrefix(line, []byte("//"))
}

func suppression(comment string) (id, reason string, ok bool) {
	for _, prefix := range []string{"checkov:skip=", "bailey:skip=", "trivy:ignore:", "tfsec:ignore:", "kics-scan ignore-line"} {
		rest, found := strings.CutPrefix(comment, prefix)
		if !found {
			continue
		}
		id, reason, _ = strings.Cut(rest, ":")
		id, extra, _ := strings.Cut(strings.TrimSpace(id), " ")
		if reason == "" {
			reason = extra
		}
		id = strings.TrimPrefix(strings.ToUpper(id), "AVD-")
		if prefix == "bailey:skip=" {
			id = strings.ToLower(id)
		}
		return id, strings.TrimSpace(reason), id != ""
	}
	return "", "", false
}

// node is a JSON value with its position; it becomes the HCL expression that means the same.
type node struct {
	at    hcl.Range
	value any // nil, bool, json.Number, string, []node, []member
}

type member struct {
	name string
	at   hcl.Range
	node node
}

// jsonReader reads JSON with positions out of the standard library's tokens.
type jsonReader struct {
	name string
	data []byte
	dec  *json.Decoder
	// line and start advance with the offsets asked for, which only grow.
	line, start, offset int
}

func (r *jsonReader) pos() hcl.Range {
	at := int(r.dec.InputOffset())
	for at < len(r.data) && strings.ContainsRune(" \t\r\n,:", rune(r.data[at])) {
		at++
	}
	for ; r.offset < at; r.offset++ {
		if r.data[r.offset] == '\n' {
			r.line, r.start = r.line+1, r.offset+1
		}
	}
	p := hcl.Pos{Line: r.line, Column: at - r.start + 1, Byte: at}
	return hcl.Range{Filename: r.name, Start: p, End: p}
}

func newJSONReader(name string, data []byte) *jsonReader {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &jsonReader{name: name, data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.dec.UseNumber()
	return r
}

func (r *jsonReader) whole() (node, error) {
	n, err := r.read(0)
	if err != nil {
		return n, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return n, errors.New("more text follows the JSON value; remove it")
	}
	return n, nil
}

func (r *jsonReader) read(depth int) (node, error) {
	n := node{at: r.pos()}
	if depth > maxNesting {
		return n, fmt.Errorf("is nested more than %d deep", maxNesting)
	}
	tok, err := r.dec.Token()
	if err != nil {
		return n, err
	}
	delim, ok := tok.(json.Delim)
	switch {
	case !ok:
		n.value = tok
	case delim == '[':
		items := []node{}
		for r.dec.More() {
			item, err := r.read(depth + 1)
			if err != nil {
				return n, err
			}
			items = append(items, item)
		}
		n.value = items
	default:
		members := []member{}
		for r.dec.More() {
			m := member{at: r.pos()}
			key, err := r.dec.Token()
			if err != nil {
				return n, err
			}
			m.name, _ = key.(string)
			if m.node, err = r.read(depth + 1); err != nil {
				return n, err
			}
			members = append(members, m)
		}
		n.value = members
	}
	if ok {
		_, err = r.dec.Token()
	}
	return n, err
}

func (r *jsonReader) problem(err error) estate.Problem {
	at := originOf(r.pos())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		seen := r.data[:min(int(syntax.Offset), len(r.data))]
		at.Line = 1 + bytes.Count(seen, []byte("\n"))
		at.Column = len(seen) - bytes.LastIndexByte(seen, '\n') - 1
	}
	msg := err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		msg = "the JSON ends too early; is the file complete?"
	}
	return estate.Problem{Origin: at, Message: msg, Fatal: true}
}

// parseJSON reads Terraform's JSON syntax.
func parseJSON(name string, data []byte) ([]*block, []estate.Problem) {
	r := newJSONReader(name, data)
	root, err := r.whole()
	if err != nil {
		return nil, []estate.Problem{r.problem(err)}
	}
	members, ok := root.value.([]member)
	if !ok {
		return nil, []estate.Problem{{Origin: originOf(root.at), Message: "Terraform's JSON is an object", Fatal: true}}
	}
	labels := map[string]int{"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1}
	var out []*block
	for _, m := range members {
		out = append(out, jsonBlocks(m.name, nil, m.node, labels[m.name])...)
	}
	return out, nil
}

// jsonBlocks unfolds {"resource": {"aws_x": {"y": {…}}}} into blocks.
func jsonBlocks(typ string, have []string, n node, labels int) []*block {
	if list, ok := n.value.([]node); ok {
		var out []*block
		for _, item := range list {
			out = append(out, jsonBlocks(typ, have, item, labels)...)
		}
		return out
	}
	members, ok := n.value.([]member)
	if !ok {
		return nil
	}
	if labels > 0 {
		var out []*block
		for _, m := range members {
			out = append(out, jsonBlocks(typ, append(append([]string{}, have...), m.name), m.node, labels-1)...)
		}
		return out
	}
	b := &block{typ: typ, labels: have, at: originOf(n.at)}
	for _, m := range members {
		if m.name == "dynamic" || m.name == "lifecycle" {
			b.blocks = append(b.blocks, jsonBlocks(m.name, nil, m.node, map[string]int{"dynamic": 1}[m.name])...)
			continue
		}
		b.attrs = append(b.attrs, attribute{m.name, jsonExpr(m.node), originOf(m.at)})
	}
	if typ == "dynamic" {
		for i, a := range b.attrs {
			if a.name == "content" {
				for _, m := range members {
					if m.name == "content" {
						b.blocks = append(b.blocks, jsonBlocks("content", nil, m.node, 0)...)
					}
				}
				b.attrs = append(b.attrs[:i], b.attrs[i+1:]...)
				break
			}
		}
	}
	return []*block{b}
}

// jsonExpr is the HCL expression that a JSON value means; strings are templates.
func jsonExpr(n node) hclsyntax.Expression {
	switch v := n.value.(type) {
	case nil:
		return &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: n.at}
	case bool:
		return &hclsyntax.LiteralValueExpr{Val: cty.BoolVal(v), SrcRange: n.at}
	case json.Number:
		if num, err := cty.ParseNumberVal(v.String()); err == nil {
			return &hclsyntax.LiteralValueExpr{Val: num, SrcRange: n.at}
		}
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(v.String()), SrcRange: n.at}
	case string:
		if strings.Contains(v, "${") || strings.Contains(v, "%{") {
			if e, diags := hclsyntax.ParseTemplate([]byte(v), n.at.Filename, n.at.Start); !diags.HasErrors() {
				return e
			}
		}
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(v), SrcRange: n.at}
	case []node:
		out := &hclsyntax.TupleConsExpr{SrcRange: n.at, OpenRange: n.at}
		for _, item := range v {
			out.Exprs = append(out.Exprs, jsonExpr(item))
		}
		return out
	case []member:
		out := &hclsyntax.ObjectConsExpr{SrcRange: n.at, OpenRange: n.at}
		for _, m := range v {
			key := &hclsyntax.LiteralValueExpr{Val: cty.StringVal(m.name), SrcRange: m.at}
			out.Items = append(out.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: jsonExpr(m.node)})
		}
		return out
	default:
		return &hclsyntax.LiteralValueExpr{Val: cty.NullVal(cty.DynamicPseudoType), SrcRange: n.at}
	}
}

// isOverride reports whether a file's blocks change those of the other files instead of adding to them.
func isOverride(name string) bool {
	base := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".json"), ".tf")
	return base == "override" || strings.HasSuffix(base, "_override")
}
