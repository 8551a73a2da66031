package sigma

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/strict"
)

// modifiers are those of one field: what changes its values, in order, and how they are compared.
type modifiers struct {
	path            string
	changes         []string
	op              string // empty for equality
	edge            string // where a reference to a field is looked for
	flags           string
	all, cased, neq bool
}

var known = []string{
	"all", "base64", "base64offset", "cased", "cidr", "contains", "endswith", "exists", "fieldref", "gt", "gte", "i", "lt", "lte", "m", "neq", "re", "s", "startswith",
	"utf16", "utf16be", "utf16le", "wide", "windash",
}

func (s *selections) modifiers(key *yaml.Node, text string) (*modifiers, error) {
	m := &modifiers{}
	if text == "" {
		return m, nil
	}
	for mod := range strings.SplitSeq(text, "|") {
		switch mod {
		case "all":
			m.all = true
		case "cased":
			m.cased = true
		case "neq":
			m.neq = true
		case "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16", "windash":
			m.changes = append(m.changes, mod)
		case "i", "m", "s":
			if m.op != "re" {
				return nil, s.fail(key, "the modifier %s stands after re", mod)
			}
			m.flags += mod
		case "contains", "startswith", "endswith", "re", "cidr", "exists", "gt", "gte", "lt", "lte", "fieldref":
			edge := slices.Contains([]string{"contains", "startswith", "endswith"}, mod)
			switch {
			case m.op == "" || m.op == "contains" && mod == "re":
				m.op = mod
			case m.op == "re" && mod == "contains": // it is looked for anywhere already
			case m.op == "fieldref" && edge:
				m.edge = mod
			case mod == "fieldref" && slices.Contains([]string{"contains", "startswith", "endswith"}, m.op):
				m.op, m.edge = mod, m.op
			default:
				return nil, skip("%s: the modifiers %s and %s do not go together in Bailey", key.Value, m.op, mod)
			}
		case "minute", "hour", "day", "week", "month", "year", "expand":
			return nil, skip("%s: Bailey does not have the modifier %s", key.Value, mod)
		default:
			return nil, skip("%s: the modifier %q is not one Bailey knows%s", key.Value, mod, strict.Suggest(mod, known))
		}
	}
	if len(m.changes) > 0 && !slices.Contains([]string{"", "contains", "startswith", "endswith"}, m.op) {
		return nil, skip("%s: the modifiers %s and %s do not go together in Bailey", key.Value, m.changes[0], m.op)
	}
	return m, nil
}

// test compares a field with its values: any of them, or all.
func (s *selections) test(m *modifiers, values []value) (expr, error) {
	var each []expr // one a value
	for _, v := range values {
		var x expr
		var err error
		switch {
		case v.null && m.op == "" && len(m.changes) == 0:
			x = s.missing(m)
		case v.null:
			return nil, s.fail(v.node, "null goes with no modifier")
		case m.op == "re":
			x, err = s.regular(m, v)
		case m.op == "cidr":
			x, err = s.cidr(m, v)
		case m.op == "exists":
			x, err = s.exists(m, v)
		case m.op == "fieldref":
			x, err = s.reference(m, v)
		case slices.Contains([]string{"gt", "gte", "lt", "lte"}, m.op):
			x, err = s.compare(m, v)
		default:
			x, err = s.text(m, v)
		}
		if err != nil {
			return nil, err
		}
		each = append(each, x)
	}
	if m.all {
		return and(each), nil
	}
	return or(merge(each)), nil
}

// merge writes tests of one field against patterns as one.
func merge(list []expr) []expr {
	var out []expr
	at := -1
	for _, x := range list {
		l, ok := x.(*leaf)
		switch {
		case !ok || l.patterns == nil:
			out = append(out, x)
		case at < 0:
			at = len(out)
			out = append(out, l)
		default:
			first, _ := out[at].(*leaf)
			out[at] = &leaf{field: l.field, cased: l.cased, patterns: slices.Concat(first.patterns, l.patterns)}
		}
	}
	if at >= 0 {
		l, _ := out[at].(*leaf)
		out[at] = likes(l.field, l.patterns, l.cased)
	}
	return out
}

// likes is a test of a field against patterns; the empty field is the whole event.
func likes(field string, patterns []pattern, cased bool) *leaf {
	l := &leaf{field: field, patterns: patterns, cased: cased}
	quoted := make([]string, len(patterns))
	for i, p := range patterns {
		quoted[i] = strconv.Quote(p.String())
		if text, ok := p.literal(); ok && text != "" && len(l.equals) == i {
			l.equals = append(l.equals, text)
		}
		if w := p.word(); w != "" && len(l.words) == i {
			l.words = append(l.words, w)
		}
	}
	if len(l.equals) < len(patterns) {
		l.equals = nil
	}
	if len(l.words) < len(patterns) {
		l.words = nil
	}
	function := "like"
	if cased {
		function = "like_cased"
	}
	l.text = fmt.Sprintf("e.%s(%s, [%s])", function, strconv.Quote(field), strings.Join(quoted, ", "))
	return l
}

// missing is the test for null. Logs other than CloudTrail write an empty text where there is nothing.
func (s *selections) missing(m *modifiers) expr {
	if s.rule.log != cloudtrail {
		return &leaf{text: fmt.Sprintf("e.text(%s) == ''", strconv.Quote(m.path))}
	}
	return &leaf{text: fmt.Sprintf("!e.given(%s)", strconv.Quote(m.path))}
}

func (s *selections) exists(m *modifiers, v value) (expr, error) {
	there, err := strconv.ParseBool(strings.ToLower(v.text))
	if err != nil {
		return nil, s.fail(v.node, "exists is true or false, not %q", v.text)
	}
	var x expr = &leaf{text: fmt.Sprintf("e.present(%s)", strconv.Quote(m.path))}
	if s.rule.log != cloudtrail {
		x = not{s.missing(m)}
	}
	if !there {
		x = not{x}
	}
	return x, nil
}

// regular is a regular expression in RE2's form, looked for anywhere.
func (s *selections) regular(m *modifiers, v value) (expr, error) {
	text := v.text
	if m.flags != "" {
		text = "(?" + m.flags + ")" + text
	}
	if _, err := regexp.Compile(text); err != nil {
		return nil, skip("%s: the regular expression is none of RE2's: %s", m.path, err)
	}
	l := &leaf{text: fmt.Sprintf("e.texts(%s).exists(x, x.matches(%s))", strconv.Quote(m.path), strconv.Quote(text))}
	if parsed, err := syntax.Parse(text, syntax.Perl); err == nil {
		if w := regularWord(parsed); w != "" {
			l.words = []string{w}
		}
	}
	return l, nil
}

// regularWord is a text that every match holds, or empty.
func regularWord(x *syntax.Regexp) string {
	switch x.Op {
	case syntax.OpLiteral:
		return word(string(x.Rune))
	case syntax.OpCapture, syntax.OpPlus:
		return regularWord(x.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range x.Sub {
			if w := regularWord(sub); len(w) > len(best) {
				best = w
			}
		}
		return best
	default:
		return ""
	}
}

func (s *selections) cidr(m *modifiers, v value) (expr, error) {
	network, err := netip.ParsePrefix(v.text)
	if err != nil {
		return nil, s.fail(v.node, "%q is no network: write it as 10.0.0.0/8", v.text)
	}
	return &leaf{text: fmt.Sprintf("e.in_cidr(%s, [%q])", strconv.Quote(m.path), network.Masked())}, nil
}

func (s *selections) compare(m *modifiers, v value) (expr, error) {
	n, err := strconv.ParseFloat(v.text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, s.fail(v.node, "%s goes with a number, not %q", m.op, v.text)
	}
	sign := map[string]string{"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[m.op]
	return &leaf{text: fmt.Sprintf("e.numbers(%s).exists(x, x %s %s)", strconv.Quote(m.path), sign, strconv.FormatFloat(n, 'e', -1, 64))}, nil
}

// reference compares a field with another one of the event.
func (s *selections) reference(m *modifiers, v value) (expr, error) {
	other, err := s.rule.log.field(v.text)
	if err != nil {
		return nil, err
	}
	a, b := "x.lowerAscii()", "y.lowerAscii()"
	if m.cased {
		a, b = "x", "y"
	}
	form := map[string]string{"": "%s == %s", "contains": "%s.contains(%s)", "startswith": "%s.startsWith(%s)", "endswith": "%s.endsWith(%s)"}[m.edge]
	return &leaf{text: fmt.Sprintf("e.texts(%s).exists(x, e.texts(%s).exists(y, %s))", strconv.Quote(m.path), strconv.Quote(other), fmt.Sprintf(form, a, b))}, nil
}

// text compares with a text, after the changes that modifiers make of it.
func (s *selections) text(m *modifiers, v value) (expr, error) {
	patterns := []pattern{parsePattern(v.text)}
	if len(m.changes) > 0 {
		var err error
		if patterns, err = change(m.changes, patterns[0]); err != nil {
			return nil, err
		}
	}
	for i, p := range patterns {
		if s.size += len(p); s.size > maxText {
			return nil, skip("it is longer than %d characters when it is written out", maxText)
		}
		patterns[i] = p.around(m.op == "contains" || m.op == "endswith", m.op == "contains" || m.op == "startswith")
	}
	return likes(m.path, patterns, m.cased), nil
}

// change makes of a text what modifiers say, in their order.
func change(mods []string, p pattern) ([]pattern, error) {
	if mods[0] == "windash" && len(mods) == 1 {
		return windash(p)
	}
	text, plain := p.literal()
	if !plain {
		return nil, skip("%q: a text with * or ? cannot be encoded", p.String())
	}
	list := []string{text}
	for _, mod := range mods {
		var next []string
		for _, t := range list {
			switch mod {
			case "base64":
				next = append(next, base64.StdEncoding.EncodeToString([]byte(t)))
			case "base64offset":
				next = append(next, offsets(t)...)
			case "windash":
				dashed, err := windash(parsePattern(quote(t)))
				if err != nil {
					return nil, err
				}
				for _, d := range dashed {
					lit, _ := d.literal()
					next = append(next, lit)
				}
			default:
				next = append(next, utf16Of(mod, t))
			}
		}
		list = next
	}
	var out []pattern
	for _, t := range list {
		if !utf8.ValidString(t) {
			return nil, skip("%q: in UTF-16 it is no text that a log can hold; base64 is missing", text)
		}
		out = append(out, parsePattern(quote(t)))
	}
	return out, nil
}

// offsets are the parts of a text that are the same in Base64 whatever stands before and after it, for the three places
// that it can begin at.
func offsets(text string) []string {
	var out []string
	for i, from := range []int{0, 2, 3} {
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", i) + text))
		to := len(enc) - []int{0, 3, 2}[(len(text)+i)%3]
		if from < to {
			out = append(out, enc[from:to])
		}
	}
	return out
}

func utf16Of(mod, text string) string {
	var b []byte
	if mod == "utf16" {
		b = []byte{0xff, 0xfe}
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if mod == "utf16be" {
			b = append(b, byte(u>>8), byte(u&0xff))
		} else {
			b = append(b, byte(u&0xff), byte(u>>8))
		}
	}
	return string(b)
}

var dashes = []rune("-/\u2013\u2014\u2015")

// maxDashes bounds the forms of a text: each dash that begins an option has five.
const maxDashes = 4

// windash are the forms of a text with every dash there is before an option.
func windash(p pattern) ([]pattern, error) {
	out := []pattern{p}
	n := 0
	for i, c := range p {
		begins := i == 0 || p[i-1].wild || !isWord(p[i-1].r)
		if c.wild || !slices.Contains(dashes, c.r) || !begins || i+1 == len(p) || p[i+1].wild || !isWord(p[i+1].r) {
			continue
		}
		if n++; n > maxDashes || len(p)*len(out) > maxText {
			return nil, skip("%q: windash goes with at most %d dashes in Bailey", p.String(), maxDashes)
		}
		var next []pattern
		for _, q := range out {
			for _, d := range dashes {
				form := slices.Clone(q)
				form[i].r = d
				next = append(next, form)
			}
		}
		out = next
	}
	return out, nil
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
