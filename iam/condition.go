package iam

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is one key of one operator in a Condition element.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type condition struct {
	operator string // as written
	key      string // as written
	lower    string
	test     test
	negated  bool
	ifExists bool
	set      setOperator
	null     bool
	values   []operand
	at       Position
}

type setOperator uint8

const (
	noSet setOperator = iota
	forAll
	forAny
)

// operand is one value that a policy compares with, read once.
type operand struct {
	pattern pattern
	arn     [6]pattern
	isARN   bool
	number  float64
	instant time.Time
	prefix  netip.Prefix
	bytes   []byte
	valid   bool // the value is of the operator's type
}

// test compares one value of the context with one of the policy.
type test struct {
	name  string
	read  func(o *operand, text string, variables bool) string
	match func(o *operand, value string, c *Context) (tri, string)
}

// operators are the tests by lower-case name, without Not and IfExists.
var operators = map[string]struct {
	test
	negated bool
}{
	"stringequals":              {test: stringEquals},
	"stringnotequals":           {test: stringEquals, negated: true},
	"stringequalsignorecase":    {test: stringEqualsIgnoreCase},
	"stringnotequalsignorecase": {test: stringEqualsIgnoreCase, negated: true},
	"stringlike":                {test: stringLike},
	"stringnotlike":             {test: stringLike, negated: true},
	"numericequals":             {test: numeric(func(a, b float64) bool { return a == b })},
	"numericnotequals":          {test: numeric(func(a, b float64) bool { return a == b }), negated: true},
	"numericlessthan":           {test: numeric(func(a, b float64) bool { return a < b })},
	"numericlessthanequals":     {test: numeric(func(a, b float64) bool { return a <= b })},
	"numericgreaterthan":        {test: numeric(func(a, b float64) bool { return a > b })},
	"numericgreaterthanequals":  {test: numeric(func(a, b float64) bool { return a >= b })},
	"dateequals":                {test: date(func(a, b time.Time) bool { return a.Equal(b) })},
	"datenotequals":             {test: date(func(a, b time.Time) bool { return a.Equal(b) }), negated: true},
	"datelessthan":              {test: date(func(a, b time.Time) bool { return a.Before(b) })},
	"datelessthanequals":        {test: date(func(a, b time.Time) bool { return !a.After(b) })},
	"dategreaterthan":           {test: date(func(a, b time.Time) bool { return a.After(b) })},
	"dategreaterthanequals":     {test: date(func(a, b time.Time) bool { return !a.Before(b) })},
	"bool":                      {test: boolean},
	"binaryequals":              {test: binary},
	"ipaddress":                 {test: address},
	"notipaddress":              {test: address, negated: true},
	"arnequals":                 {test: arnLike},
	"arnlike":                   {test: arnLike},
	"arnnotequals":              {test: arnLike, negated: true},
	"arnnotlike":                {test: arnLike, negated: true},
}

// operatorNames are the names as AWS writes them.
var operatorNames = []string{
	"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
	"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
	"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
	"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
}

// readOperator finds what an operator's name means.
func readOperator(name string) (condition, string) {
	c := condition{operator: name}
	rest := strings.ToLower(name)
	if r, ok := strings.CutPrefix(rest, "forallvalues:"); ok {
		c.set, rest = forAll, r
	} else if r, ok := strings.CutPrefix(rest, "foranyvalue:"); ok {
		c.set, rest = forAny, r
	}
	if rest == "null" {
		c.null = true
		if c.set != noSet {
			return c, "Null asks whether a key is there and takes no ForAllValues or ForAnyValue"
		}
		return c, ""
	}
	rest, c.ifExists = strings.CutSuffix(rest, "ifexists")
	if rest == "null" {
		return c, "Null already asks whether the key is there: it takes no IfExists"
	}
	o, ok := operators[rest]
	if !ok {
		return c, fmt.Sprintf("%q is no condition operator; the nearest is %s", name, nearest(name, operatorNames))
	}
	c.test, c.negated = o.test, o.negated
	return c, ""
}

// evaluate decides the condition; where it may be either, key names the context key it hangs on.
func (c *condition) evaluate(ctx *Context) (result tri, key string) {
	values, known := ctx.get(c.lower)
	if !known {
		return c.unknown(ctx)
	}
	if c.null {
		result := no
		for i := range c.values {
			if want := strings.EqualFold(c.values[i].pattern.fixed, "true"); want == (len(values) == 0) {
				result = yes
			}
		}
		return result, ""
	}
	if len(values) == 0 {
		// ForAllValues holds of no values; IfExists asks only where there are some; a negated operator holds of a key that
		// is not there.
		return triOf(c.set == forAll || c.ifExists || c.set == noSet && c.negated), ""
	}
	switch c.set {
	case noSet:
		if len(values) > 1 {
			// Without ForAllValues or ForAnyValue there is no saying which of the values is meant.
			return no, ""
		}
		return c.one(values[0], ctx)
	case forAll:
		result = yes
		for _, v := range values {
			if v == "" {
				continue // an empty text is no value for ForAllValues
			}
			r, k := c.one(v, ctx)
			if r < result {
				result, key = r, k
			}
		}
	case forAny:
		for _, v := range values {
			r, k := c.one(v, ctx)
			if r > result {
				result, key = r, k
			}
		}
	}
	if result != maybe {
		key = ""
	}
	return result, key
}

// one tests a single value: it fits one of the policy's, or for a negated operator none.
func (c *condition) one(value string, ctx *Context) (result tri, key string) {
	for i := range c.values {
		r, k := c.test.match(&c.values[i], value, ctx)
		if r > result {
			result, key = r, k
		}
		if result == yes {
			break
		}
	}
	if c.negated {
		result = result.not()
	}
	if result != maybe {
		key = ""
	}
	return result, key
}

// unknown decides where the key's value cannot be told: mostly it hangs on it.
func (c *condition) unknown(*Context) (tri, string) {
	if c.null {
		var both [2]bool
		for i := range c.values {
			both[b2i(strings.EqualFold(c.values[i].pattern.fixed, "true"))] = true
		}
		if both[0] && both[1] {
			return yes, ""
		}
	}
	return maybe, c.key
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

var stringEquals = test{
	name: "string",
	read: readText,
	match: func(o *operand, value string, c *Context) (tri, string) {
		text, state, key := o.pattern.expand(c)
		if state != yes {
			return state, key
		}
		return triOf(text == value), ""
	},
}

var stringEqualsIgnoreCase = test{
	name: "string",
	read: readText,
	match: func(o *operand, value string, c *Context) (tri, string) {
		text, state, key := o.pattern.expand(c)
		if state != yes {
			return state, key
		}
		return triOf(strings.EqualFold(text, value)), ""
	},
}

var stringLike = test{
	name: "string",
	read: readText,
	match: func(o *operand, value string, c *Context) (tri, string) {
		m, key, _ := o.pattern.match(value, c)
		return m, key
	},
}

func readText(o *operand, text string, variables bool) (problem string) {
	o.pattern, problem = readPattern(text, variables, false)
	o.valid = problem == ""
	return problem
}

// arnLike compares the six parts of an ARN one by one; ArnEquals and ArnLike are the same.
var arnLike = test{
	name: "ARN",
	read: func(o *operand, text string, variables bool) string {
		var problem string
		if o.pattern, problem = readPattern(text, variables, false); problem != "" {
			return problem
		}
		parts := splitOutsideVariables(text, 6)
		if o.isARN = len(parts) == 6; !o.isARN {
			// A variable may stand for a whole ARN, or for several of its parts: then the text is compared as one.
			if o.valid = o.pattern.variable; !o.valid {
				return fmt.Sprintf("%q is no ARN: it needs six parts between colons", text)
			}
			return ""
		}
		o.valid = true
		for i, p := range parts {
			if o.arn[i], problem = readPattern(p, variables, false); problem != "" {
				return problem
			}
		}
		return ""
	},
	match: func(o *operand, value string, c *Context) (tri, string) {
		if !o.valid || strings.Count(value, ":") < 5 {
			return no, ""
		}
		if !o.isARN {
			m, key, _ := o.pattern.match(value, c)
			return m, key
		}
		result, key := yes, ""
		for i := range o.arn {
			part := value
			if i < 5 {
				part, value, _ = strings.Cut(value, ":")
			}
			r, k, _ := o.arn[i].match(part, c)
			if r < result {
				result, key = r, k
			}
			if result == no {
				return no, ""
			}
		}
		return result, key
	},
}

// splitOutsideVariables splits at the first n-1 colons that stand in no ${…}.
func splitOutsideVariables(text string, n int) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(text) && len(parts) < n-1; i++ {
		switch {
		case text[i] == '$' && i+1 < len(text) && text[i+1] == '{':
			depth++
		case text[i] == '}' && depth > 0:
			depth--
		case text[i] == ':' && depth == 0:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

func numeric(holds func(a, b float64) bool) test {
	return test{
		name: "number",
		read: func(o *operand, text string, _ bool) string {
			o.pattern.fixed = text
			var err error
			if o.number, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
				return fmt.Sprintf("%q is no number", text)
			}
			o.valid = true
			return ""
		},
		match: func(o *operand, value string, _ *Context) (tri, string) {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return triOf(o.valid && err == nil && holds(v, o.number)), ""
		},
	}
}

func date(holds func(a, b time.Time) bool) test {
	return test{
		name: "date",
		read: func(o *operand, text string, _ bool) string {
			o.pattern.fixed = text
			if o.instant, o.valid = ParseTime(text); !o.valid {
				return fmt.Sprintf("%q is no date: write 2026-12-24T12:00:00Z, or seconds since 1970", text)
			}
			return ""
		},
		match: func(o *operand, value string, _ *Context) (tri, string) {
			v, ok := ParseTime(value)
			return triOf(ok && o.valid && holds(v, o.instant)), ""
		},
	}
}

// timeLayouts are the forms of ISO 8601 that AWS takes, by W3C's note: https://www.w3.org/TR/NOTE-datetime.
var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006",
	"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04",
}

// ParseTime reads a time as conditions write it: a date of ISO 8601, or seconds since 1970.
func ParseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 4 && !strings.ContainsAny(s[1:], "-:T") {
		if f, err := strconv.ParseFloat(s, 64); err == nil && f > -1e11 && f < 1e15 {
			if f > 1e11 { // milliseconds
				f /= 1000
			}
			whole := int64(f)
			return time.Unix(whole, int64((f-float64(whole))*1e9)).UTC(), true
		}
		return time.Time{}, false
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

var boolean = test{
	name: "boolean",
	read: func(o *operand, text string, _ bool) string {
		o.pattern.fixed = text
		if o.valid = strings.EqualFold(text, "true") || strings.EqualFold(text, "false"); !o.valid {
			return fmt.Sprintf("%q is neither true nor false", text)
		}
		return ""
	},
	match: func(o *operand, value string, _ *Context) (tri, string) {
		return triOf(o.valid && strings.EqualFold(o.pattern.fixed, value)), ""
	},
}

var binary = test{
	name: "base64",
	read: func(o *operand, text string, _ bool) string {
		o.pattern.fixed = text
		var err error
		if o.bytes, err = base64.StdEncoding.DecodeString(text); err != nil {
			return fmt.Sprintf("%s is not base64", quoteShort(text))
		}
		o.valid = true
		return ""
	},
	match: func(o *operand, value string, _ *Context) (tri, string) {
		v, err := base64.StdEncoding.DecodeString(value)
		return triOf(o.valid && err == nil && slices.Equal(v, o.bytes)), ""
	},
}

var address = test{
	name: "IP address",
	read: func(o *operand, text string, _ bool) string {
		o.pattern.fixed = text
		if p, err := netip.ParsePrefix(text); err == nil {
			o.prefix, o.valid = p.Masked(), true
			return ""
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Sprintf("%q is no IP address and no range such as 203.0.113.0/24", text)
		}
		o.prefix, o.valid = netip.PrefixFrom(a, a.BitLen()), true
		return ""
	},
	match: func(o *operand, value string, _ *Context) (tri, string) {
		if !o.valid {
			return no, ""
		}
		if p, err := netip.ParsePrefix(value); err == nil {
			return triOf(o.prefix.Bits() <= p.Bits() && o.prefix.Contains(p.Addr())), ""
		}
		a, err := netip.ParseAddr(value)
		return triOf(err == nil && o.prefix.Contains(a.WithZone("").Unmap())), ""
	},
}

// nearest returns the candidate that takes the fewest changes to become.
func nearest(s string, candidates []string) string {
	best, least := "", 1<<30
	for _, c := range candidates {
		if d := distance(strings.ToLower(s), strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance counts insertions, deletions and replacements between two texts.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := min(row[j+1]+1, row[j]+1, last+b2i(a[i] != b[j]))
			last, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
