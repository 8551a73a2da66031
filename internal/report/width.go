package report

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// printable makes a string safe for a terminal: line breaks and tabs become spaces; other control characters, and those
// that reorder text, become visible.
func printable(s string) string {
	clean := true
	for _, r := range s {
		if r < ' ' || (r >= 0x7f && !unicode.IsPrint(r)) || r == unicode.ReplacementChar {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || r == '\t' || r == '\r' {
			b.WriteByte(' ')
			continue
		}
		b.WriteString(printableRune(r))
	}
	return b.String()
}

func printableRune(r rune) string {
	switch {
	case r < ' ':
		return string(0x2400 + r) // the pictures of the control characters
	case r == 0x7f:
		return "␡"
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
		return fmt.Sprintf("<U+%04X>", r)
	default:
		return string(r)
	}
}

// columns is the number of terminal columns a string takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// wrap breaks text at spaces into lines of at most limit columns; a word that is longer is broken where it must be.
func wrap(text string, limit int) []string {
	limit = max(limit, 10)
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, line.String())
		line.Reset()
		used = 0
	}
	for word := range strings.FieldsSeq(printable(text)) {
		n := columns(word)
		if used > 0 && used+1+n > limit {
			flush()
		}
		for n > limit {
			head := prefix(word, limit)
			lines = append(lines, head)
			word = word[len(head):]
			n = columns(word)
		}
		if used > 0 {
			line.WriteByte(' ')
			used++
		}
		line.WriteString(word)
		used += n
	}
	if used > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}

// prefix is the longest start of a string that fits into limit columns, and at least one character.
func prefix(s string, limit int) string {
	n := 0
	for i, r := range s {
		n += runeColumns(r)
		if n > limit && i > 0 {
			return s[:i]
		}
	}
	return s
}

// shorten cuts text to at most limit columns, an ellipsis at the end.
func shorten(s string, limit int) string {
	if columns(s) <= limit {
		return s
	}
	return prefix(s, limit-1) + "…"
}
