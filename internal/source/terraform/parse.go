package terraform

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

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

func before(a, b estate.Origin) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
}

// literalText is the text of an expression that names nothing, such as a module's source.
func literalText(expr hclsyntax.Expression) string {
	if len(expr.Variables()) > 0 {
		return ""
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		return ""
	}
	text, _ := fromCty(v, estate.Origin{}).Scalar()
	return text
}

// parseFile reads one file. What of a broken file the parser could save is returned beside the problems.
func parseFile(name string, data []byte) ([]*block, []estate.Problem) {
	if p, bad := unreadable(name, data, maxFile); bad {
		return nil, []estate.Problem{p}
	}
	if strings.HasSuffix(name, ".json") {
		return parseJSON(name, data)
	}
	return parseHCL(name, data)
}

// unreadable finds what must not reach a parser: too much, no text, or so deeply nested that its recursion would end
// the program.
func unreadable(name string, data []byte, limit int64) (estate.Problem, bool) {
	fatal := func(line, col int, format string, args ...any) (estate.Problem, bool) {
		return estate.Problem{Origin: estate.Origin{File: name, Line: line, Column: col}, Message: fmt.Sprintf(format, args...), Fatal: true}, true
	}
	if int64(len(data)) > limit {
		return fatal(1, 1, "%s; split the file", tooLong(int64(len(data)), limit))
	}
	line, start, depth := 1, 0, 0
	for i := 0; i < len(data); {
		r, n := rune(data[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(data[i:])
		}
		switch {
		case r == utf8.RuneError && n == 1:
			return fatal(line, i-start+1, "is not UTF-8 here; save the file as UTF-8")
		case r == '\n':
			line, start = line+1, i+1
		case r == '{' || r == '[' || r == '(':
			depth++
		case r == '}' || r == ']' || r == ')':
			depth = max(0, depth-1)
		}
		if depth > maxNesting && nested(name, data) {
			return fatal(line, i-start+1, "is nested more than %d deep; split it", maxNesting)
		}
		if depth > maxNesting {
			depth = -len(data) // the brackets stand in comments and texts
		}
		i += n
	}
	if chained(name, data) {
		return fatal(1, 1, "holds more than %d operators; split the file", maxOperators)
	}
	return estate.Problem{}, false
}

// nested asks the scanner, which knows comments and texts from brackets.
func nested(name string, data []byte) bool {
	if strings.HasSuffix(name, ".json") {
		return true // a text with that many brackets is a template of them
	}
	tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			if depth++; depth > maxNesting {
				return true
			}
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth = max(0, depth-1)
		default:
		}
	}
	return false
}

// maxOperators bounds a chain of operators, over each of which the parser recurses: a -a + -a … of a few megabytes
// would need more stack than there is. Files up to safeLength cannot hold that many.
const (
	maxOperators = 200_000
	safeLength   = maxOperators
)

func chained(name string, data []byte) bool {
	if len(data) <= safeLength || strings.HasSuffix(name, ".json") && !bytes.Contains(data, []byte("${")) {
		return false
	}
	tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
	if strings.HasSuffix(name, ".json") {
		tokens, _ = hclsyntax.LexTemplate(data, name, hcl.InitialPos)
	}
	n := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash,
			hclsyntax.TokenPercent, hclsyntax.TokenQuestion, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp,
			hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan,
			hclsyntax.TokenGreaterThanEq:
			n++
		case hclsyntax.TokenTemplateControl:
			n += 10 // the parser copies what is open at each
		default:
		}
	}
	return n > maxOperators
}

// guarded parses with the library, which is known to panic on some malformed input; that must not take the other files
// along.
func guarded(name string, parse func()) (problem estate.Problem, bad bool) {
	defer func() {
		if r := recover(); r != nil {
			bad = true
			problem = estate.Problem{
				Origin:  estate.Origin{File: name, Line: 1, Column: 1},
				Message: fmt.Sprintf("cannot be parsed (%v); look for an unfinished block or text", r), Fatal: true,
			}
		}
	}()
	parse()
	return estate.Problem{}, false
}

// parseBody parses HCL. The body is nil where nothing could be saved.
func parseBody(name string, data []byte) (*hclsyntax.Body, []estate.Problem) {
	data = bytes.TrimPrefix(data, byteOrderMark)
	var body *hclsyntax.Body
	var problems []estate.Problem
	p, bad := guarded(name, func() {
		f, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				problems = append(problems, problemOf(name, d))
			}
		}
		if f != nil {
			body, _ = f.Body.(*hclsyntax.Body)
		}
	})
	if bad {
		problems = append(problems, p)
	}
	return body, problems
}

var byteOrderMark = []byte("\xef\xbb\xbf")

func parseHCL(name string, data []byte) ([]*block, []estate.Problem) {
	body, problems := parseBody(name, data)
	if body == nil {
		return nil, problems
	}
	lines := bytes.Split(bytes.TrimPrefix(data, byteOrderMark), []byte("\n"))
	return fromSyntax(body, lines).blocks, problems
}

func problemOf(name string, d *hcl.Diagnostic) estate.Problem {
	p := estate.Problem{Origin: estate.Origin{File: name, Line: 1, Column: 1}, Fatal: true}
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
