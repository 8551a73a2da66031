package iam

import "strings"

// glob is a pattern of IAM: * stands for any run of characters and ? for one. Which characters they may stand for
// differs: in a Resource element a wildcard stays within its segment of the ARN, but for a * that ends the segment
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html).
type glob struct {
	kind globKind
	text string // exact: all; prefix: all but the final *
	ops  []op
}

type globKind uint8

const (
	globAny globKind = iota
	globExact
	globPrefix
	globGeneral
)

// op is a run of literal text, or a wildcard.
type op struct {
	literal string
	wild    byte // '*', '?' or 0
	crosses bool // the wildcard may stand for a colon
}

// compileGlob reads a pattern. With segments, wildcards keep to the segments between colons.
func compileGlob(ops []op, segments bool) glob {
	ops = joinLiterals(ops)
	for i := range ops {
		o := &ops[i]
		if o.wild == 0 {
			continue
		}
		o.crosses = !segments
		if segments && o.wild == '*' && (i+1 == len(ops) || ops[i+1].wild == 0 && strings.HasPrefix(ops[i+1].literal, ":")) {
			o.crosses = true
		}
	}
	switch {
	case len(ops) == 0:
		return glob{kind: globExact}
	case len(ops) == 1 && ops[0].wild == '*' && ops[0].crosses:
		return glob{kind: globAny}
	case len(ops) == 1 && ops[0].wild == 0:
		return glob{kind: globExact, text: ops[0].literal}
	case len(ops) == 2 && ops[0].wild == 0 && ops[1].wild == '*' && ops[1].crosses:
		return glob{kind: globPrefix, text: ops[0].literal}
	}
	return glob{kind: globGeneral, ops: ops}
}

// joinLiterals makes one run of neighbouring literals, and one * of several.
func joinLiterals(ops []op) []op {
	var out []op
	for _, o := range ops {
		if n := len(out); n > 0 && o.wild == 0 && out[n-1].wild == 0 {
			out[n-1].literal += o.literal
			continue
		} else if n > 0 && o.wild == '*' && out[n-1].wild == '*' {
			continue
		}
		if o.wild == 0 && o.literal == "" {
			continue
		}
		out = append(out, o)
	}
	return out
}

// opsOf splits a text at its wildcards.
func opsOf(text string) []op {
	var ops []op
	for text != "" {
		i := strings.IndexAny(text, "*?")
		if i < 0 {
			return append(ops, op{literal: text})
		}
		if i > 0 {
			ops = append(ops, op{literal: text[:i]})
		}
		ops = append(ops, op{wild: text[i]})
		text = text[i+1:]
	}
	return ops
}

func (g *glob) match(s string) bool {
	switch g.kind {
	case globAny:
		return true
	case globExact:
		return s == g.text
	case globPrefix:
		return strings.HasPrefix(s, g.text)
	default:
		return matchOps(g.ops, s)
	}
}

// matchOps lets each * take as little as it can and, where the rest then fails, one character more. A * reaches all that
// one before it in its segment reaches, so only the last has to be tried again, and below it the last that may cross
// colons: two levels, whatever the pattern.
func matchOps(ops []op, s string) bool {
	type retry struct{ op, at int }
	var stack [2]retry
	tries := stack[:0]
	i, at := 0, 0
	for {
		ok := true
		switch {
		case i == len(ops):
			if at == len(s) {
				return true
			}
			ok = false
		case ops[i].wild == 0:
			if ok = strings.HasPrefix(s[at:], ops[i].literal); ok {
				at += len(ops[i].literal)
				i++
			}
		case ops[i].wild == '?':
			if ok = at < len(s) && (ops[i].crosses || s[at] != ':'); ok {
				at += runeLen(s, at)
				i++
			}
		default:
			if ops[i].crosses {
				tries = tries[:0]
			} else if n := len(tries); n > 0 && !ops[tries[n-1].op].crosses {
				tries = tries[:n-1]
			}
			tries = append(tries, retry{i, at})
			i++
		}
		for !ok {
			if len(tries) == 0 {
				return false
			}
			t := &tries[len(tries)-1]
			if t.at < len(s) && (ops[t.op].crosses || s[t.at] != ':') {
				t.at += runeLen(s, t.at)
				i, at, ok = t.op+1, t.at, true
				continue
			}
			tries = tries[:len(tries)-1]
		}
	}
}

// runeLen returns the length of the character at s[at]: ? stands for a character, not for a byte.
func runeLen(s string, at int) int {
	n := 1
	for at+n < len(s) && s[at+n]&0xC0 == 0x80 {
		n++
	}
	return n
}
