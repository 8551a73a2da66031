package cloudformation

import (
	"encoding/json"
	"fmt"
	"strings"
)

// jsonReader reads strict JSON. It exists beside encoding/json because that tells no positions of keys, accepts
// repeated ones silently, and is several times slower by tokens; a fuzz test holds both to the same language.
type jsonReader struct {
	*builder
	text string
	off  int

	// The position of text[mark], from which later ones are counted.
	mark int
	pos  position
}

// jsonError is where and why a text is not JSON.
type jsonError struct {
	at    position
	cause string
}

func (e *jsonError) Error() string { return e.cause }

func readJSON(text string, b *builder) (node, *jsonError) {
	r := &jsonReader{builder: b, text: text, pos: position{1, 1}}
	n, err := r.value(0)
	if err != nil {
		return n, err
	}
	if r.space(); r.off < len(r.text) {
		return n, r.fail("something follows the end of the JSON value")
	}
	return n, nil
}

// here returns the position of the next byte. Offsets only grow, so counting goes on where it stopped.
func (r *jsonReader) here() position {
	for _, c := range []byte(r.text[r.mark:r.off]) {
		switch {
		case c == '\n':
			r.pos.line++
			r.pos.column = 1
		case c&0xC0 != 0x80: // not in the middle of a character
			r.pos.column++
		}
	}
	r.mark = r.off
	return r.pos
}

func (r *jsonReader) fail(format string, args ...any) *jsonError {
	return &jsonError{at: r.here(), cause: fmt.Sprintf(format, args...)}
}

func (r *jsonReader) space() {
	for r.off < len(r.text) {
		switch r.text[r.off] {
		case ' ', '\t', '\r', '\n':
			r.off++
		default:
			return
		}
	}
}

// next skips space and returns the byte that follows, zero at the end.
func (r *jsonReader) next() byte {
	r.space()
	if r.off < len(r.text) {
		return r.text[r.off]
	}
	return 0
}

func (r *jsonReader) value(depth int) (node, *jsonError) {
	c := r.next()
	at := r.here()
	if depth > maxDepth {
		if err := r.skip(); err != nil {
			return node{}, err
		}
		return r.tooDeep(at), nil
	}
	n := node{at: at}
	var err *jsonError
	switch {
	case c == '{':
		err = r.object(&n, depth)
	case c == '[':
		err = r.array(&n, depth)
	case c == '"':
		n.kind = nodeString
		n.text, err = r.string()
	case c == '-' || c >= '0' && c <= '9':
		n.kind = nodeNumber
		n.text, err = r.number()
	case r.word("true"):
		n.kind, n.text = nodeBool, "true"
	case r.word("false"):
		n.kind, n.text = nodeBool, "false"
	case r.word("null"):
	case c == 0 && r.off >= len(r.text):
		err = r.fail("the file ends where a value is expected")
	default:
		err = r.fail("a value is expected here")
	}
	return n, err
}

func (r *jsonReader) word(w string) bool {
	if strings.HasPrefix(r.text[r.off:], w) {
		r.off += len(w)
		return true
	}
	return false
}

func (r *jsonReader) object(n *node, depth int) *jsonError {
	n.kind = nodeMap
	r.off++ // {
	if r.next() == '}' {
		r.off++
		n.end = r.here().line
		return nil
	}
	for {
		if r.next() != '"' {
			return r.fail("a key in double quotes is expected here")
		}
		f := field{at: r.here()}
		var err *jsonError
		if f.name, err = r.string(); err != nil {
			return err
		}
		if r.next() != ':' {
			return r.fail("a colon is expected after the key %q", f.name)
		}
		r.off++
		if f.value, err = r.value(depth + 1); err != nil {
			return err
		}
		if r.take(1, f.at) {
			n.fields = append(n.fields, f)
		}
		switch r.next() {
		case ',':
			r.off++
		case '}':
			r.off++
			n.end = r.here().line
			r.seal(n, depth)
			return nil
		default:
			return r.fail("a comma or } is expected after the value of %q", f.name)
		}
	}
}

func (r *jsonReader) array(n *node, depth int) *jsonError {
	n.kind = nodeList
	r.off++ // [
	if r.next() == ']' {
		r.off++
		return nil
	}
	for {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		if r.take(1, item.at) {
			n.items = append(n.items, item)
		}
		switch r.next() {
		case ',':
			r.off++
		case ']':
			r.off++
			return nil
		default:
			return r.fail("a comma or ] is expected in the list")
		}
	}
}

// string reads a quoted string. Without escapes it is a part of the text itself, not a copy.
func (r *jsonReader) string() (string, *jsonError) {
	start := r.off
	escaped := false
	for i := start + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			raw := r.text[start : i+1]
			if !escaped {
				r.off = i + 1
				return raw[1 : len(raw)-1], nil
			}
			var s string
			if err := json.Unmarshal([]byte(raw), &s); err != nil {
				return "", r.fail("the string has an escape that JSON does not know")
			}
			r.off = i + 1
			return s, nil
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			r.off = i
			return "", r.fail("the string holds a line break or control character; write it as an escape such as \\n")
		}
	}
	return "", r.fail("the string is not closed")
}

// number reads a number and keeps it as it is written.
func (r *jsonReader) number() (string, *jsonError) {
	start := r.off
	i := start
	digits := func() bool {
		from := i
		for i < len(r.text) && r.text[i] >= '0' && r.text[i] <= '9' {
			i++
		}
		return i > from
	}
	is := func(set string) bool { return i < len(r.text) && strings.IndexByte(set, r.text[i]) >= 0 }
	if is("-") {
		i++
	}
	whole := i
	ok := digits() && (r.text[whole] != '0' || i == whole+1)
	if ok && is(".") {
		i++
		ok = digits()
	}
	if ok && is("eE") {
		i++
		if is("+-") {
			i++
		}
		ok = digits()
	}
	if !ok {
		return "", r.fail("this is not a number as JSON writes it; quote it when it is a name or an account")
	}
	r.off = i
	return r.text[start:i], nil
}

// skip passes over one value without keeping it, checking its brackets and strings only.
func (r *jsonReader) skip() *jsonError {
	depth := 0
	for {
		switch c := r.next(); {
		case c == 0 && r.off >= len(r.text):
			return r.fail("the file ends inside a value")
		case c == '"':
			if _, err := r.string(); err != nil {
				return err
			}
		case c == '{' || c == '[':
			depth++
			r.off++
			continue
		case c == '}' || c == ']':
			depth--
			r.off++
		case c == ',' || c == ':':
			if depth == 0 {
				return r.fail("a value is expected here")
			}
			r.off++
			continue
		default:
			r.off++
			for r.off < len(r.text) && strings.IndexByte(" \t\r\n,:]}\"{[", r.text[r.off]) < 0 {
				r.off++
			}
		}
		if depth <= 0 {
			return nil
		}
	}
}
