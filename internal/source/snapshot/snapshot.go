// Package snapshot saves an estate as JSON and reads it back: every declaration with every value, its position and its
// state, so that a check on the copy says what a check on the original said.
//
// A snapshot is as confidential as the configuration it was made from; values declared secret (NoEcho, sensitive) are
// left out and read back as unknown.
package snapshot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/baileydb/bailey/internal/estate"
)

// Format marks a file as a snapshot; a reader refuses another version.
const Format = "bailey-estate-1"

type file struct {
	Format       string        `json:"format"`
	Declarations []declaration `json:"declarations"`
	Problems     []problem     `json:"problems,omitempty"`
}

type declaration struct {
	World       estate.World      `json:"world"`
	Type        string            `json:"type"`
	Address     string            `json:"address"`
	Written     string            `json:"written,omitempty"`
	Unit        string            `json:"unit"`
	Origin      estate.Origin     `json:"origin"`
	EndLine     int               `json:"end_line,omitempty"`
	Body        value             `json:"body"`
	Conditional string            `json:"conditional,omitempty"`
	Suppressed  map[string]string `json:"suppressed,omitempty"`
}

type problem struct {
	Origin  estate.Origin `json:"origin"`
	Message string        `json:"message"`
	Fatal   bool          `json:"fatal,omitempty"`
}

// value is a Value in the fewest keys; k is the kind's letter.
type value struct {
	Kind        string  `json:"k"`
	Text        string  `json:"t,omitempty"`
	Why         string  `json:"why,omitempty"`
	Import      string  `json:"import,omitempty"`
	Partial     bool    `json:"partial,omitempty"`
	MayBeAbsent bool    `json:"may_be_absent,omitempty"`
	Param       string  `json:"param,omitempty"`
	NoEcho      bool    `json:"no_echo,omitempty"`
	RefID       string  `json:"ref,omitempty"`
	RefAttr     string  `json:"ref_attr,omitempty"`
	File        string  `json:"f,omitempty"`
	Line        int     `json:"l,omitempty"`
	Column      int     `json:"c,omitempty"`
	Items       []value `json:"i,omitempty"`
	Fields      []field `json:"m,omitempty"`
}

type field struct {
	Name  string `json:"n"`
	Value value  `json:"v"`
}

var letters = map[estate.ValueKind]string{
	estate.KindNull: "null", estate.KindBool: "bool", estate.KindNumber: "number", estate.KindString: "string",
	estate.KindList: "list", estate.KindMap: "map", estate.KindReference: "ref", estate.KindUnknown: "unknown",
}

var kinds = func() map[string]estate.ValueKind {
	out := map[string]estate.ValueKind{}
	for k, l := range letters {
		out[l] = k
	}
	return out
}()

// Write saves an estate.
func Write(w io.Writer, e *estate.Estate) error {
	f := file{Format: Format, Declarations: make([]declaration, 0, len(e.Declarations))}
	for _, d := range e.Declarations {
		f.Declarations = append(f.Declarations, declaration{
			World: d.World, Type: d.Type, Address: d.Address, Written: d.Written, Unit: d.Unit, Origin: d.Origin, EndLine: d.EndLine,
			Body: pack(d.Body), Conditional: d.Conditional, Suppressed: d.Suppressed,
		})
	}
	for _, p := range e.Problems {
		f.Problems = append(f.Problems, problem(p))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(f)
}

// Is reports whether data looks like a snapshot.
func Is(data []byte) bool {
	head := data[:min(len(data), 256)]
	return bytes.Contains(head, []byte(`"`+Format+`"`))
}

// MaxBytes is the largest snapshot Read takes.
const MaxBytes = 1 << 30

// Read reads a snapshot back. name is its path, for messages.
func Read(name string, data []byte) (estate.Reading, error) {
	if len(data) > MaxBytes {
		return estate.Reading{}, fmt.Errorf("%s: is %d bytes long; a snapshot has at most %d", name, len(data), MaxBytes)
	}
	var f file
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		line := 1 + bytes.Count(data[:min(int(dec.InputOffset()), len(data))], []byte("\n"))
		return estate.Reading{}, fmt.Errorf("%s:%d: not a snapshot Bailey wrote: %w", name, line, err)
	}
	if f.Format != Format {
		return estate.Reading{}, fmt.Errorf("%s:1: snapshot format %q; this Bailey reads %s: save the estate again", name, f.Format, Format)
	}
	var out estate.Reading
	for _, d := range f.Declarations {
		body, err := unpack(d.Body, 0)
		if err == nil && body.Kind != estate.KindMap {
			err = fmt.Errorf("its body is not a map")
		}
		if err != nil {
			return estate.Reading{}, fmt.Errorf("%s: %s: %w", name, d.Address, err)
		}
		out.Declarations = append(out.Declarations, estate.Declaration{
			World: d.World, Type: d.Type, Address: d.Address, Written: d.Written, Unit: d.Unit, Origin: d.Origin, EndLine: d.EndLine,
			Body: body, Conditional: d.Conditional, Suppressed: d.Suppressed,
		})
	}
	for _, p := range f.Problems {
		out.Problems = append(out.Problems, estate.Problem(p))
	}
	return out, nil
}

func pack(v estate.Value) value {
	out := value{
		Kind: letters[v.Kind], Text: v.Text, Why: v.Why, Import: v.Import, Partial: v.Partial, MayBeAbsent: v.MayBeAbsent,
		Param: v.Param, NoEcho: v.NoEcho, File: v.Origin.File, Line: v.Origin.Line, Column: v.Origin.Column,
	}
	if v.Ref != nil {
		out.RefID, out.RefAttr = v.Ref.ID, v.Ref.Attr
	}
	if v.Kind == estate.KindBool {
		out.Text = fmt.Sprint(v.Bool)
	}
	if v.NoEcho && v.Kind != estate.KindUnknown {
		out.Kind, out.Text, out.Partial = letters[estate.KindUnknown], "", false
		out.Why = "it is declared secret and is not in the snapshot; check the original"
		return out
	}
	for _, i := range v.Items {
		out.Items = append(out.Items, pack(i))
	}
	for _, f := range v.Fields {
		out.Fields = append(out.Fields, field{f.Name, pack(f.Value)})
	}
	return out
}

const maxDepth = 200

func unpack(v value, depth int) (estate.Value, error) {
	kind, ok := kinds[v.Kind]
	if !ok {
		return estate.Value{}, fmt.Errorf("a value of kind %q", v.Kind)
	}
	if depth > maxDepth {
		return estate.Value{}, fmt.Errorf("values nested more than %d deep", maxDepth)
	}
	out := estate.Value{
		Kind: kind, Text: v.Text, Why: v.Why, Import: v.Import, Partial: v.Partial, MayBeAbsent: v.MayBeAbsent,
		Param: v.Param, NoEcho: v.NoEcho, Origin: estate.Origin{File: v.File, Line: v.Line, Column: v.Column},
	}
	if v.RefID != "" {
		out.Ref = &estate.Ref{ID: v.RefID, Attr: v.RefAttr}
	}
	if kind == estate.KindBool {
		out.Bool, out.Text = v.Text == "true", ""
	}
	for _, i := range v.Items {
		item, err := unpack(i, depth+1)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, item)
	}
	for _, f := range v.Fields {
		fv, err := unpack(f.Value, depth+1)
		if err != nil {
			return out, err
		}
		out.Fields = append(out.Fields, estate.Field{Name: f.Name, Value: fv})
	}
	return out, nil
}
