package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Position is a place in a document: line and column, both from 1, the column in characters.
type Position struct{ Line, Column int }

func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// A SyntaxError says where a document cannot be read as a policy, and why.
type SyntaxError struct {
	Position
	Cause string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Cause)
}

// value is one JSON value with the place it stands at. Members of an object keep their order.
type value struct {
	at      int  // offset
	kind    byte // '{', '[', '"', '0', 't' for a boolean, 'n' for null
	text    string
	members []member
	items   []*value
}

type member struct {
	name string
	at   int
	value
}

// maxDepth bounds how deep a document may nest; a policy needs seven.
const maxDepth = 32

type jsonReader struct {
	data []byte
	dec  *json.Decoder
}

func readJSON(data []byte) (*value, error) {
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, r.fail(r.start(), "something follows the end of the document")
	}
	return v, nil
}

// start returns the offset of the next token, past what stands between tokens.
func (r *jsonReader) start() int {
	at := int(r.dec.InputOffset())
	for at < len(r.data) {
		switch r.data[at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			at++
			continue
		}
		break
	}
	return at
}

func (r *jsonReader) fail(at int, format string, args ...any) error {
	return &SyntaxError{positionOf(r.data, at), fmt.Sprintf(format, args...)}
}

func (r *jsonReader) token(at int) (json.Token, error) {
	tok, err := r.dec.Token()
	if err == nil {
		return tok, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, r.fail(len(r.data), "the document ends too early")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = max(0, int(syntax.Offset)-1)
	}
	return nil, r.fail(at, "not JSON: %s", err)
}

func (r *jsonReader) value(depth int) (*value, error) {
	at := r.start()
	tok, err := r.token(at)
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, r.fail(at, "the document nests deeper than %d levels", maxDepth)
	}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '[' {
			return r.list(at, depth)
		}
		return r.object(at, depth)
	case string:
		return &value{at: at, kind: '"', text: tok}, nil
	case json.Number:
		return &value{at: at, kind: '0', text: tok.String()}, nil
	case bool:
		return &value{at: at, kind: 't', text: fmt.Sprint(tok)}, nil
	}
	return &value{at: at, kind: 'n'}, nil
}

func (r *jsonReader) list(at, depth int) (*value, error) {
	v := &value{at: at, kind: '['}
	for r.dec.More() {
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
	}
	_, err := r.token(at)
	return v, err
}

func (r *jsonReader) object(at, depth int) (*value, error) {
	v := &value{at: at, kind: '{'}
	seen := map[string]bool{}
	for r.dec.More() {
		nameAt := r.start()
		tok, err := r.token(nameAt)
		if err != nil {
			return nil, err
		}
		name, _ := tok.(string)
		if seen[name] {
			return nil, r.fail(nameAt, "%q is written twice", name)
		}
		seen[name] = true
		item, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.members = append(v.members, member{name, nameAt, *item})
	}
	_, err := r.token(at)
	return v, err
}

// positionOf turns an offset into line and column.
func positionOf(data []byte, at int) Position {
	before := data[:min(at, len(data))]
	line := bytes.Count(before, []byte{'\n'})
	return Position{line + 1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1}
}

// what names a value's kind for a message.
func (v *value) what() string {
	switch v.kind {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return fmt.Sprintf("the text %q", v.text)
	case '0':
		return "the number " + v.text
	case 't':
		return v.text
	}
	return "null"
}
