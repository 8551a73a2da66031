// Package lazy finds its way through JSON without taking it apart, which is what makes a trail quick to read: of most records
// a few members are looked at, of the others nothing. It takes what it is given for JSON and is no judge of it: what is cut
// off or malformed gives fewer members, never a panic.
package lazy

import (
	"encoding/json"
	"iter"
	"math/bits"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/internal/rules"
)

// Space is the index of the next character that is no space.
func Space(s string, i int) int {
	for i < len(s) && s[i] <= ' ' && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// The bytes of a word, each the lowest, the highest bit, a quote, a backslash.
const (
	lows    = 0x0101010101010101
	highs   = 0x8080808080808080
	quotes  = '"' * lows
	escapes = '\\' * lows
)

// Word are the eight bytes at i, the first the lowest; a text that ends before is none.
func Word(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// text returns the index after a text that begins at i; the length where it does not end. It looks at eight bytes at once.
func text(s string, i int) int {
	i++
	for i+8 <= len(s) {
		w := Word(s, i)
		q, e := w^quotes, w^escapes
		// A byte that is 0 borrows from the ones above it: the lowest that is marked is right, and no other is looked at.
		m := ((q-lows)&^q | (e-lows)&^e) & highs
		if m == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(m) / 8; s[i] == '"' {
			return i + 1
		}
		i += 2 // what follows a backslash belongs to the text
	}
	for i < len(s) {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
	return len(s)
}

// End is the index after the value that begins at i; where the value is cut off, the length.
func End(s string, i int) int {
	if i >= len(s) {
		return i
	}
	switch s[i] {
	case '"':
		return text(s, i)
	case '{', '[':
		depth := 0
		for i < len(s) {
			switch s[i] {
			case '"':
				i = text(s, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(s)
	}
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' && s[i] != ' ' && s[i] != '\n' && s[i] != '\r' && s[i] != '\t' {
		i++
	}
	return i
}

// Member is one of an object: its name without quotes, and its value as it is written.
type Member struct{ Name, Value string }

// Members appends the members of the object that begins at i, and returns the index after it. whole is false where the
// object is malformed or cut off.
func Members(out []Member, s string, i int) (members []Member, end int, whole bool) {
	i = Space(s, i+1)
	for i < len(s) && s[i] == '"' {
		e := text(s, i)
		if e-1 <= i || s[e-1] != '"' {
			return out, len(s), false
		}
		name := s[i+1 : e-1]
		i = Space(s, e)
		if i >= len(s) || s[i] != ':' {
			return out, i, false
		}
		i = Space(s, i+1)
		e = End(s, i)
		if e <= i {
			return out, i, false
		}
		out = append(out, Member{name, s[i:e]})
		i = Space(s, e)
		if i < len(s) && s[i] == ',' {
			i = Space(s, i+1)
		}
	}
	if i < len(s) && s[i] == '}' {
		return out, i + 1, true
	}
	return out, i, false
}

// Elements are the values of a list, as they are written.
func Elements(s string) iter.Seq[string] {
	return func(yield func(v string) bool) {
		i := Space(s, 1)
		for i < len(s) && s[i] != ']' {
			end := End(s, i)
			if end <= i || !yield(s[i:end]) {
				return
			}
			i = Space(s, end)
			if i < len(s) && s[i] == ',' {
				i = Space(s, i+1)
			}
		}
	}
}

// Whole are the objects that are whole in a list, or in an object's list of records, that is cut off.
func Whole(s string) []string {
	start := 0
	if s != "" && s[0] == '{' {
		for start < len(s) && s[start] != '[' {
			if s[start] == '"' {
				start = text(s, start)
				continue
			}
			start++
		}
	}
	var out []string
	if start >= len(s) || s[start] != '[' {
		return nil
	}
	for v := range Elements(s[start:]) {
		if v[0] == '{' && v[len(v)-1] == '}' && Balanced(v) {
			out = append(out, v)
		}
	}
	return out
}

// Balanced reports whether an object ends where it should, and not where the input does.
func Balanced(s string) bool {
	depth := 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			i = text(s, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
	}
	return depth == 0
}

// Text is a JSON text without its quotes and escapes; empty for anything else.
func Text(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if inner := raw[1 : len(raw)-1]; strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if json.Unmarshal([]byte(raw), &s) != nil {
		return ""
	}
	return s
}

// Value is a JSON value as detections have it. Objects stay as they are written.
func Value(raw string) rules.Value {
	if raw == "" {
		return rules.Value{}
	}
	switch raw[0] {
	case '"':
		return rules.Text(Text(raw))
	case '{':
		return rules.Members(Object(raw))
	case '[':
		var list []rules.Value
		for e := range Elements(raw) {
			list = append(list, Value(e))
		}
		return rules.List(list)
	case 't', 'f':
		return rules.Bool(raw == "true")
	case 'n':
		return rules.Value{}
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return rules.Value{}
	}
	return rules.Float(f)
}

// Object is a JSON object as it is written.
type Object string

// Member implements [rules.Object].
func (o Object) Member(name string) rules.Value { return Value(Get(string(o), name)) }

// Find implements [rules.Finder].
func (o Object) Find(path []string) rules.Value { return Find(string(o), path) }

// Each implements [rules.Object].
func (o Object) Each(f func(string, rules.Value) bool) {
	members, _, _ := Members(nil, string(o), 0)
	for _, m := range members {
		if !f(m.Name, Value(m.Value)) {
			return
		}
	}
}

// Get is a member's value as it is written, by its name, whatever its case where there is no exact one; empty where there is
// none.
func Get(s, name string) string {
	if s == "" || s[0] != '{' {
		return ""
	}
	other := ""
	i := Space(s, 1)
	for i < len(s) && s[i] == '"' {
		e := text(s, i)
		if e-1 <= i {
			return other
		}
		key := s[i+1 : e-1]
		if i = Space(s, e); i >= len(s) || s[i] != ':' {
			return other
		}
		i = Space(s, i+1)
		e = End(s, i)
		switch {
		case e <= i:
			return other
		case key == name:
			return s[i:e]
		case len(key) == len(name) && other == "" && strings.EqualFold(key, name):
			other = s[i:e]
		}
		i = Space(s, e)
		if i < len(s) && s[i] == ',' {
			i = Space(s, i+1)
		}
	}
	return other
}

// Find is a value by its path below a value, as [rules.Lookup] finds it.
func Find(raw string, path []string) rules.Value {
	for len(path) > 0 && raw != "" && raw[0] == '{' {
		raw, path = Get(raw, path[0]), path[1:]
	}
	return Value(raw).Find(path)
}

// Path is a text by its path, empty where there is none.
func Path(s string, path ...string) string {
	for _, p := range path {
		s = Get(s, p)
	}
	return Text(s)
}
