package iam

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		free, arn     bool // as a string pattern, as a Resource element
	}{
		{"*", "anything:at/all", true, true},
		{"abc", "abc", true, true},
		{"abc", "abcd", false, false},
		{"a?c", "abc", true, true},
		{"a?c", "ac", false, false},
		{"a?c", "aéc", true, true},
		{"a?c", "a:c", true, false},
		{"", "", true, true},
		{"a*b*c", "a1b2b3c", true, true},
		{"a*b*c", "a1b2b3", false, false},
		{"*ab", "aab", true, true},
		{"**", "x", true, true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y", true, true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b", false, false},
		{"arn:aws:rds:*:1:db:x", "arn:aws:rds:eu:1:db:x", true, true},
		{"arn:aws:rds:eu*1:1:db:x", "arn:aws:rds:eu-west-1:1:db:x", true, true},
		{"arn:aws:rds:eu*1:db:x", "arn:aws:rds:eu-west-1:1:db:x", true, false}, // a * within a segment stays there
		{"arn:aws:rds:*:db:x", "arn:aws:rds:eu-west-1:1:db:x", true, true},     // one at its end need not
		{"arn:aws:logs:*:*:log-group:a*z:*", "arn:aws:logs:eu:1:log-group:abz:log-stream:q", true, true},
	} {
		for _, arn := range []bool{false, true} {
			want := c.free
			if arn {
				want = c.arn
			}
			g := compileGlob(opsOf(c.pattern), arn)
			if got := g.match(c.text); got != want {
				t.Errorf("%q matches %q (as a resource: %v): %v", c.pattern, c.text, arn, got)
			}
		}
	}
}

// slow is the definition of a match: try everything.
func slow(ops []op, s string) bool {
	if len(ops) == 0 {
		return s == ""
	}
	o := ops[0]
	switch o.wild {
	case 0:
		return strings.HasPrefix(s, o.literal) && slow(ops[1:], s[len(o.literal):])
	case '?':
		return s != "" && (o.crosses || s[0] != ':') && slow(ops[1:], s[runeLen(s, 0):])
	}
	for {
		if slow(ops[1:], s) {
			return true
		}
		if s == "" || !o.crosses && s[0] == ':' {
			return false
		}
		s = s[runeLen(s, 0):]
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b:*c?", "axb:yc1", true)
	f.Add("*:a*a*a*a", "b:aaaaaaaaaaab", true)
	f.Fuzz(func(t *testing.T, pattern, s string, segments bool) {
		if len(pattern) > 24 || len(s) > 24 {
			return // the oracle is exponential
		}
		g := compileGlob(opsOf(pattern), segments)
		ops := joinLiterals(opsOf(pattern))
		for i := range ops {
			ops[i].crosses = !segments || ops[i].wild == '*' && (i+1 == len(ops) || strings.HasPrefix(ops[i+1].literal, ":"))
		}
		if got, want := g.match(s), slow(ops, s); got != want {
			t.Errorf("%q on %q: %v, want %v", pattern, s, got, want)
		}
	})
}
