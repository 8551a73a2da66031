package cloudtrail

import (
	"bytes"
	"iter"
)

// The functions here find their way through JSON without taking it apart, which is what makes a trail quick to read: of most
// records only two members are looked at.

// skipSpace returns the index of the next character that is no space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipText returns the index after a text that begins at i.
func skipText(b []byte, i int) int {
	for i++; i < len(b); {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		end := i + n
		back := 0 // a quote after an odd number of backslashes belongs to the text
		for end-1-back >= i && b[end-1-back] == '\\' {
			back++
		}
		i = end + 1
		if back%2 == 0 {
			return i
		}
	}
	return len(b)
}

// skip returns the index after the value that begins at i.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		return skipText(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				i = skipText(b, i)
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
		return len(b)
	}
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] != ' ' && b[i] != '\n' && b[i] != '\r' && b[i] != '\t' {
		i++
	}
	return i
}

// members are an object's keys, without quotes, and values.
func members(b []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		i := skipSpace(b, 1)
		for i < len(b) && b[i] == '"' {
			end := skipText(b, i)
			if end-1 <= i {
				return
			}
			key := b[i+1 : end-1]
			i = skipSpace(b, end)
			if i >= len(b) || b[i] != ':' {
				return
			}
			i = skipSpace(b, i+1)
			end = skip(b, i)
			if i >= end || !yield(key, b[i:end]) {
				return
			}
			i = skipSpace(b, end)
			if i < len(b) && b[i] == ',' {
				i = skipSpace(b, i+1)
			}
		}
	}
}

// elements are a list's values.
func elements(b []byte) iter.Seq[[]byte] {
	return func(yield func(v []byte) bool) {
		i := skipSpace(b, 1)
		for i < len(b) && b[i] != ']' {
			end := skip(b, i)
			if end <= i || !yield(b[i:end]) {
				return
			}
			i = skipSpace(b, end)
			if i < len(b) && b[i] == ',' {
				i = skipSpace(b, i+1)
			}
		}
	}
}

// Space is the index of the next character that is no space.
func Space(b []byte, i int) int { return skipSpace(b, i) }

// End is the index after the JSON value that begins at i; where the value is cut off, the length.
func End(b []byte, i int) int { return skip(b, i) }

// Elements are a list's values.
func Elements(b []byte) iter.Seq[[]byte] { return elements(b) }

// Whole are the objects that are whole in a list, or in an object's list of records, that is cut off.
func Whole(b []byte) [][]byte {
	start := 0
	if len(b) > 0 && b[0] == '{' {
		for start < len(b) && b[start] != '[' {
			if b[start] == '"' {
				start = skipText(b, start)
				continue
			}
			start++
		}
	}
	var out [][]byte
	if start >= len(b) || b[start] != '[' {
		return nil
	}
	for v := range elements(b[start:]) {
		if v[0] == '{' && v[len(v)-1] == '}' && skip(v, 0) == len(v) && balanced(v) {
			out = append(out, v)
		}
	}
	return out
}

// balanced reports whether an object ends where it should, and not where the input does.
func balanced(v []byte) bool {
	depth := 0
	for i := 0; i < len(v); {
		switch v[i] {
		case '"':
			i = skipText(v, i)
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
