package sqlaudit

import "strings"

// maxStatement is how much of a statement is looked at.
const maxStatement = 4000

// dialect is what differs in how engines write texts, names and comments. Taking one for the other would end a text where it
// does not end, and show what is in it.
type dialect struct {
	backslash bool // a backslash in a text takes the next character for what it is
	double    bool // double quotes hold texts, not names
	hash      bool // # begins a comment
	dollar    bool // $tag$ … $tag$ is a text
	nested    bool // comments hold comments
	letter    byte // before a text's quote, says that it is written otherwise: e for backslashes, q for quotes of one's choice
}

var dialects = map[string]dialect{
	"mysql": {backslash: true, double: true, hash: true}, "postgresql": {dollar: true, nested: true, letter: 'e'}, "oracle": {letter: 'q'}, "sqlserver": {double: true, nested: true},
}

// other is taken for engines that are not known: the more is a text, the less is shown.
var other = dialect{double: true, dollar: true}

// masker writes a statement without its values.
type masker struct {
	dialect
	s   string
	out strings.Builder
	end byte // the last character that was written
}

// masked is a statement of an engine without values: texts and numbers become question marks, comments and runs of spaces
// one space. Names stay. A text that does not end goes as a whole.
func masked(engine, s string) string {
	if s == "" {
		return ""
	}
	if len(s) > maxStatement {
		s = strings.ToValidUTF8(s[:maxStatement], "")
	}
	d, ok := dialects[engine]
	if !ok {
		d = other
	}
	m := masker{dialect: d, s: s}
	m.out.Grow(len(s))
	for i := 0; i < len(s); {
		i = m.next(i)
	}
	return strings.TrimRight(m.out.String(), " ")
}

func (m *masker) write(c byte) {
	if c == ' ' && (m.end == ' ' || m.end == 0) {
		return
	}
	m.out.WriteByte(c)
	m.end = c
}

// next writes what begins at i, and returns the index after it.
func (m *masker) next(i int) int {
	s, c := m.s, m.s[i]
	rest := s[i:]
	switch {
	case c == '\'' || c == '"' && m.double:
		return m.text(i)
	case c == '"' || c == '`' || c == '[' && m.letter == 0 && !m.backslash:
		return m.name(i)
	case m.dollar && c == '$':
		if end := dollarText(s, i); end > 0 {
			m.write('?')
			return end
		}
	case c == '-' && strings.HasPrefix(rest, "--") && (!m.backslash || len(rest) == 2 || rest[2] <= ' '), c == '#' && m.hash:
		m.write(' ')
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return i + n
		}
		return len(s)
	case strings.HasPrefix(rest, "/*") && !m.carriedOut(rest):
		m.write(' ')
		return m.comment(i)
	case c >= '0' && c <= '9' && (i == 0 || !wordly(s[i-1])):
		m.write('?')
		for i < len(s) && (wordly(s[i]) || s[i] == '.') {
			i++
		}
		return i
	case c == '\n' || c == '\r' || c == '\t' || c == ' ':
		c = ' '
	}
	m.write(c)
	return i + 1
}

// text passes over one in quotes, in which a quote is doubled.
func (m *masker) text(i int) int {
	s, quote := m.s, m.s[i]
	m.write('?')
	escapes := m.backslash
	if m.letter != 0 && i > 0 && s[i-1]|0x20 == m.letter && (i == 1 || !wordly(s[i-2])) {
		if m.letter == 'q' {
			return ownQuotes(s, i)
		}
		escapes = true
	}
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\' && escapes:
			i++
		case s[i] == quote:
			if i+1 < len(s) && s[i+1] == quote {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

// ownQuotes passes over Oracle's q'[…]'.
func ownQuotes(s string, i int) int {
	if i+1 >= len(s) {
		return len(s)
	}
	end := s[i+1]
	if at := strings.IndexByte("[{(<", end); at >= 0 {
		end = "]})>"[at]
	}
	if n := strings.Index(s[i+2:], string([]byte{end, '\''})); n >= 0 {
		return i + 2 + n + 2
	}
	return len(s)
}

// name writes one in quotes, without the quotes of texts that are in it: none is to be taken for the beginning of a text. What
// does not end is no name.
func (m *masker) name(i int) int {
	s, quote := m.s, m.s[i]
	if quote == '[' {
		quote = ']'
	}
	end := i + 1
	for end < len(s) && s[end] != quote {
		end++
	}
	if end >= len(s) {
		m.write('?')
		return len(s)
	}
	m.write(s[i])
	for _, c := range []byte(s[i+1 : end]) {
		if c != '\'' {
			m.write(c)
		}
	}
	m.write(quote)
	return end + 1 // where the quote is doubled another name begins, which reads the same
}

// carriedOut reports whether a comment is one that MySQL carries out.
func (m *masker) carriedOut(s string) bool {
	return m.backslash && (strings.HasPrefix(s, "/*!") || strings.HasPrefix(s, "/*M!"))
}

// comment passes over one.
func (m *masker) comment(i int) int {
	s, depth := m.s, 0
	for i < len(s) {
		switch {
		case strings.HasPrefix(s[i:], "*/"):
			if depth--; depth == 0 {
				return i + 2
			}
			i += 2
		case strings.HasPrefix(s[i:], "/*") && (depth == 0 || m.nested):
			depth++
			i += 2
		default:
			i++
		}
	}
	return len(s)
}

// dollarText is the index after $tag$ … $tag$, or 0 where none begins at i, as with $1.
func dollarText(s string, i int) int {
	if i > 0 && wordly(s[i-1]) {
		return 0
	}
	end := i + 1
	for end < len(s) && s[end] != '$' && wordly(s[end]) {
		end++
	}
	if end >= len(s) || s[end] != '$' || end > i+1 && s[i+1] >= '0' && s[i+1] <= '9' {
		return 0
	}
	tag := s[i : end+1]
	if n := strings.Index(s[end+1:], tag); n >= 0 {
		return end + 1 + n + len(tag)
	}
	return len(s)
}

func wordly(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '$' || c >= 0x80
}
