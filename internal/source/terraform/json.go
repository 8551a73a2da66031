package terraform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// node is a JSON value with its position.
type node struct {
	line, column int
	value        any // nil, bool, json.Number, string, []node, []member
}

type member struct {
	name         string
	line, column int
	node         node
}

func (n node) at(file string) estate.Origin {
	return estate.Origin{File: file, Line: n.line, Column: n.column}
}

func (m member) at(file string) estate.Origin {
	return estate.Origin{File: file, Line: m.line, Column: m.column}
}

func (n node) get(name string) (node, bool) {
	members, _ := n.value.([]member)
	for _, m := range members {
		if m.name == name {
			return m.node, true
		}
	}
	return node{}, false
}

func (n node) items() []node {
	list, _ := n.value.([]node)
	return list
}

func (n node) members() []member {
	list, _ := n.value.([]member)
	return list
}

func (n node) text(name string) string {
	v, _ := n.get(name)
	s, _ := v.value.(string)
	return s
}

// path follows names down.
func (n node) path(names ...string) node {
	for _, name := range names {
		n, _ = n.get(name)
	}
	return n
}

// jsonReader reads JSON with positions out of the standard library's tokens.
type jsonReader struct {
	name string
	data []byte
	dec  *json.Decoder
	// line, start and offset advance with the positions asked for, which only grow.
	line, start, offset int
}

func newJSONReader(name string, data []byte) *jsonReader {
	data = bytes.TrimPrefix(data, byteOrderMark)
	r := &jsonReader{name: name, data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.dec.UseNumber()
	return r
}

func (r *jsonReader) pos() (line, column int) {
	at := int(r.dec.InputOffset())
	for at < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	for ; r.offset < at; r.offset++ {
		if r.data[r.offset] == '\n' {
			r.line, r.start = r.line+1, r.offset+1
		}
	}
	return r.line, at - r.start + 1
}

func (r *jsonReader) whole() (node, error) {
	n, err := r.read(0)
	if err != nil {
		return n, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return n, errors.New("more text follows the JSON value; remove it")
	}
	return n, nil
}

func (r *jsonReader) read(depth int) (node, error) {
	var n node
	n.line, n.column = r.pos()
	if depth > maxNesting {
		return n, fmt.Errorf("is nested more than %d deep; split it", maxNesting)
	}
	tok, err := r.dec.Token()
	if err != nil {
		return n, err
	}
	switch delim, _ := tok.(json.Delim); delim {
	case '[':
		items := []node{}
		for r.dec.More() {
			item, err := r.read(depth + 1)
			if err != nil {
				return n, err
			}
			items = append(items, item)
		}
		n.value = items
		_, err = r.dec.Token()
	case '{':
		members := []member{}
		for r.dec.More() {
			m, err := r.member(depth)
			if err != nil {
				return n, err
			}
			members = append(members, m)
		}
		n.value = members
		_, err = r.dec.Token()
	default:
		n.value = tok
	}
	return n, err
}

func (r *jsonReader) member(depth int) (member, error) {
	var m member
	m.line, m.column = r.pos()
	key, err := r.dec.Token()
	if err != nil {
		return m, err
	}
	m.name, _ = key.(string)
	m.node, err = r.read(depth + 1)
	return m, err
}

func (r *jsonReader) problem(err error) estate.Problem {
	line, column := r.pos()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		seen := r.data[:max(0, min(int(syntax.Offset)-1, len(r.data)))]
		line = 1 + bytes.Count(seen, []byte("\n"))
		column = len(seen) - bytes.LastIndexByte(seen, '\n')
	}
	msg := "is not JSON: " + err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		msg = "the JSON ends too early; is the file complete?"
	}
	return estate.Problem{Origin: estate.Origin{File: r.name, Line: line, Column: column}, Message: msg, Fatal: true}
}

// parsedText reads JSON out of a text; its parts take the text's position.
func parsedText(v estate.Value) (estate.Value, bool) {
	text := strings.TrimSpace(v.Text)
	if text == "" || len(text) > maxText {
		return v, false
	}
	n, err := newJSONReader("", []byte(text)).whole()
	if err != nil {
		return v, false
	}
	return fromNode(n, v), true
}

// fromNode turns JSON into a value at the position of the text it was in. In a text of which parts are not known those
// with a placeholder are not either.
func fromNode(n node, text estate.Value) estate.Value {
	at := text.Origin
	switch x := n.value.(type) {
	case bool:
		return estate.Bool(x, at)
	case json.Number:
		return estate.Number(x.String(), at)
	case string:
		if text.Partial && strings.Contains(x, "${") {
			out := estate.PartialString(x, text.Why, at)
			out.Ref = text.Ref
			return out
		}
		return estate.String(x, at)
	case []node:
		out := estate.List(make([]estate.Value, len(x)), at)
		for i, item := range x {
			out.Items[i] = fromNode(item, text)
		}
		return out
	case []member:
		var out mapping
		for _, m := range x {
			out.set(m.name, fromNode(m.node, text))
		}
		return out.value(at)
	default:
		return estate.Null(at)
	}
}
