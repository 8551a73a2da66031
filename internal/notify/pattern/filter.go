package pattern

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

var filters = []string{"prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists"}

// reserved are names that EventBridge keeps for filters, those to come included.
var reserved = append([]string{
	"exactly", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before",
	"date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}, filters...)

// value compiles a member of a list: a value, or an object with one filter.
func value(x any, path []string) (matcher, error) {
	m, ok := x.(object)
	if !ok {
		if _, list := x.([]any); list {
			return matcher{}, wrong(path, "a list in a list matches nothing")
		}
		return matcher{match: exact(x)}, nil
	}
	if len(m) != 1 {
		return matcher{}, wrong(path, "it holds %d filters; write each as an object of its own", len(m))
	}
	if m[0].name == "exists" {
		b, ok := m[0].value.(bool)
		if !ok {
			return matcher{}, wrong(path, "exists is true or false")
		}
		return matcher{match: func(any) bool { return b }, absent: !b}, nil
	}
	f, err := filter(m[0].name, m[0].value, path)
	return matcher{match: f}, err
}

// exact compares texts by case, addresses by what they mean, and numbers by how they are written or by what they mean.
func exact(want any) func(any) bool {
	switch want := want.(type) {
	case string:
		if a, ok := address(want); ok {
			return texts(func(v string) bool {
				b, ok := address(v)
				return ok && a == b
			})
		}
	case json.Number:
		if n, ok := number(want); ok {
			return func(v any) bool {
				x, ok := number(v)
				return v == want || ok && x == n
			}
		}
	}
	return func(v any) bool { return v == want }
}

func filter(name string, arg any, path []string) (func(any) bool, error) {
	switch name {
	case "prefix", "suffix":
		return ends(name, arg, path)
	case "numeric":
		return numeric(arg, path)
	case "anything-but":
		return anythingBut(arg, path)
	case "exactly", "equals-ignore-case", "wildcard", "cidr":
	default:
		return nil, wrong(path, "%q is no filter; there are %s", name, strings.Join(filters, ", "))
	}
	s, ok := arg.(string)
	if !ok {
		return nil, wrong(path, "%s takes a text", name)
	}
	switch name {
	case "equals-ignore-case":
		f := fold(s)
		return texts(func(v string) bool {
			rest, ok := f.begins(v)
			return ok && rest == ""
		}), nil
	case "wildcard":
		return wildcard(s, path)
	case "cidr":
		return network(s, path)
	}
	return func(v any) bool { return v == s }, nil
}

func texts(f func(string) bool) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && f(s)
	}
}

func ends(name string, arg any, path []string) (func(any) bool, error) {
	if m, ok := arg.(object); ok && len(m) == 1 && m[0].name == "equals-ignore-case" {
		s, ok := m[0].value.(string)
		if !ok {
			return nil, wrong(path, "equals-ignore-case takes a text")
		}
		f := fold(s)
		if name == "prefix" {
			return texts(func(v string) bool { _, ok := f.begins(v); return ok }), nil
		}
		return texts(f.ends), nil
	}
	s, ok := arg.(string)
	if !ok {
		return nil, wrong(path, `%s takes a text, or {"equals-ignore-case": TEXT}`, name)
	}
	if name == "prefix" {
		return texts(func(v string) bool { return strings.HasPrefix(v, s) }), nil
	}
	return texts(func(v string) bool { return strings.HasSuffix(v, s) }), nil
}

// folded is a text of which each character may stand in upper or in lower case, which need not be of one length.
type folded [][2]string

func fold(s string) folded {
	lower, upper := cases.Lower(language.Und), cases.Upper(language.Und)
	var out folded
	for _, r := range s {
		c := string(r)
		if r > 0xffff { // event-ruler looks at halves of such characters, which have no case
			out = append(out, [2]string{c, c})
			continue
		}
		out = append(out, [2]string{lower.String(c), upper.String(c)})
	}
	return out
}

// begins reports whether v begins with the text, and what follows.
func (f folded) begins(v string) (rest string, ok bool) {
	for _, c := range f {
		if rest, ok = strings.CutPrefix(v, c[0]); !ok {
			if rest, ok = strings.CutPrefix(v, c[1]); !ok {
				return "", false
			}
		}
		v = rest
	}
	return v, true
}

func (f folded) ends(v string) bool {
	for _, c := range slices.Backward(f) {
		rest, ok := strings.CutSuffix(v, c[0])
		if !ok {
			if rest, ok = strings.CutSuffix(v, c[1]); !ok {
				return false
			}
		}
		v = rest
	}
	return true
}

// wildcard compiles a text in which * stands for any characters; \* and \\ stand for themselves.
func wildcard(s string, path []string) (func(any) bool, error) {
	var parts []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '\\':
			return nil, wrong(path, `a \ stands before * or \ only; that at character %d does not`, i+1)
		case s[i] == '*' && i+1 < len(s) && s[i+1] == '*':
			return nil, wrong(path, "two * in a row, at character %d, are one too many", i+1)
		case s[i] == '*':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	parts = append(parts, b.String())
	return texts(func(v string) bool { return fits(parts, v) }), nil
}

// fits matches the parts between the stars, the first at the beginning and the last at the end. The first place that fits
// leaves the most for those that follow, so that nothing is tried twice.
func fits(parts []string, v string) bool {
	if len(parts) == 1 {
		return v == parts[0]
	}
	if !strings.HasPrefix(v, parts[0]) {
		return false
	}
	v = v[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(v, p)
		if i < 0 {
			return false
		}
		v = v[i+len(p):]
	}
	return strings.HasSuffix(v, parts[len(parts)-1])
}

// anythingBut compiles what a value must not be: texts, or numbers, or a filter of one or several texts. What is of another
// kind fits.
func anythingBut(arg any, path []string) (func(any) bool, error) {
	var not []func(any) bool
	switch x := arg.(type) {
	case object:
		if len(x) != 1 || !slices.Contains([]string{"prefix", "suffix", "equals-ignore-case", "wildcard"}, x[0].name) {
			return nil, wrong(path, "anything-but takes values, or one of prefix, suffix, equals-ignore-case and wildcard")
		}
		list, ok := x[0].value.([]any)
		if !ok {
			list = []any{x[0].value}
		}
		for _, v := range list {
			s, ok := v.(string)
			if !ok || s == "" && strings.HasSuffix(x[0].name, "fix") {
				return nil, wrong(path, "anything-but %s takes texts that are not empty, not %s", x[0].name, show(v))
			}
			f, err := filter(x[0].name, s, path)
			if err != nil {
				return nil, err
			}
			not = append(not, f)
		}
	case []any:
		numbers := 0
		for _, v := range x {
			f, isNumber, err := unequal(v, path)
			if err != nil {
				return nil, err
			}
			if isNumber {
				numbers++
			}
			not = append(not, f)
		}
		if numbers > 0 && numbers < len(x) {
			return nil, wrong(path, "anything-but takes texts or numbers, not both")
		}
	default:
		f, _, err := unequal(x, path)
		if err != nil {
			return nil, err
		}
		not = append(not, f)
	}
	if len(not) == 0 {
		return nil, wrong(path, "anything-but of nothing is everything; use exists")
	}
	return func(v any) bool { return !slices.ContainsFunc(not, func(f func(any) bool) bool { return f(v) }) }, nil
}

// unequal compiles a value that must not be: a text as it is written, a number by what it means.
func unequal(v any, path []string) (is func(any) bool, isNumber bool, err error) {
	switch v := v.(type) {
	case string:
		return func(x any) bool { return x == v }, false, nil
	case json.Number:
		n, ok := number(v)
		if !ok {
			return nil, true, wrong(path, "%s has more digits than can be compared", v)
		}
		return func(x any) bool { y, ok := number(x); return ok && y == n }, true, nil
	}
	return nil, false, wrong(path, "anything-but takes texts and numbers, not %s", show(v))
}
