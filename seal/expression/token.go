package expression

import (
	"fmt"
	"strings"
)

type tokenKind int

const (
	end tokenKind = iota
	word
	name  // #name
	value // :value
	number
	sign // one of ( ) [ ] , . + - = <> < <= > >=
)

type token struct {
	kind tokenKind
	text string
	at   int // byte position
}

// is reports whether the token is a keyword; those are the same in any case.
func (t token) is(keyword string) bool { return t.kind == word && strings.EqualFold(t.text, keyword) }

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// scan takes a text apart. DynamoDB's limit is 4 KB, so that positions and recursion stay small.
func scan(s string) ([]token, error) {
	if len(s) > 4096 {
		return nil, fmt.Errorf("the expression has %d bytes; DynamoDB takes 4096", len(s))
	}
	var tokens []token
	for i := 0; i < len(s); {
		c, from := s[i], i
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '#' || c == ':' || wordByte(c):
			i++
			for i < len(s) && (wordByte(s[i]) || (c == '#' || c == ':') && s[i] == '-') {
				i++
			}
			kind := word
			switch {
			case c == '#':
				kind = name
			case c == ':':
				kind = value
			case c >= '0' && c <= '9':
				kind = number
			}
			if kind != word && kind != number && i == from+1 {
				return nil, fmt.Errorf("at %d: %q is followed by no name", from, c)
			}
			tokens = append(tokens, token{kind, s[from:i], from})
		case strings.IndexByte("()[],.+-=", c) >= 0:
			i++
			tokens = append(tokens, token{sign, s[from:i], from})
		case c == '<' || c == '>':
			i++
			if i < len(s) && (s[i] == '=' || c == '<' && s[i] == '>') {
				i++
			}
			tokens = append(tokens, token{sign, s[from:i], from})
		default:
			return nil, fmt.Errorf("at %d: %q belongs to no expression", from, c)
		}
	}
	return append(tokens, token{kind: end, at: len(s)}), nil
}
