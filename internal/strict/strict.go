// Package strict reads YAML into structs and refuses what it does not know: an unknown key is an error with line,
// column and the nearest known key, never silently ignored. It does no I/O; bounded by what the YAML library bounds,
// plus a limit on size and on aliases.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the largest file Decode takes. The files it is for are written by people.
const MaxBytes = 4 << 20

// Error is one thing wrong in a file. Line and Column start at 1; zero when not known.
type Error struct {
	File         string
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.File + ": " + e.Message
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Decode reads one YAML document into the struct that into points to. All errors found are joined. An empty document
// leaves into as it is. The returned node is the document's root for callers that need positions; it is nil when empty.
func Decode(file string, data []byte, into any) (*yaml.Node, error) {
	if err := readable(file, data); err != nil {
		return nil, err
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, fromYAML(file, err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, &Error{File: file, Line: max(second.Line, 1), Message: "holds a second document; keep one per file"}
	}
	root := doc.Content[0]
	c := checker{file: file}
	c.check(root, reflect.TypeOf(into), 0)
	if len(c.errs) > 0 {
		return root, errors.Join(c.errs...)
	}
	if err := root.Decode(into); err != nil {
		return root, fromYAML(file, err)
	}
	return root, nil
}

// Documents reads every document of a file that is in somebody else's form: only what no form allows is refused, such as a
// key that is given twice or an alias. The roots of the documents before a broken one are returned with the error. Empty
// documents are left out.
func Documents(file string, data []byte) ([]*yaml.Node, error) {
	if err := readable(file, data); err != nil {
		return nil, err
	}
	var roots []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return roots, nil
		}
		if err != nil {
			return roots, fromYAML(file, err)
		}
		root := doc.Content[0]
		if root.Tag == "!!null" {
			continue
		}
		c := checker{file: file}
		c.walk(root, 0)
		if len(c.errs) > 0 {
			return roots, errors.Join(c.errs...)
		}
		roots = append(roots, root)
	}
}

// readable refuses what is too long or no text.
func readable(file string, data []byte) error {
	if len(data) > MaxBytes {
		return &Error{File: file, Message: fmt.Sprintf("is %d bytes long; such a file has at most %d", len(data), MaxBytes)}
	}
	if i := invalidUTF8(data); i >= 0 {
		line := 1 + bytes.Count(data[:i], []byte("\n"))
		return &Error{File: file, Line: line, Column: i - bytes.LastIndexByte(data[:i], '\n'), Message: "is not UTF-8 here; save it as UTF-8"}
	}
	return nil
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// fromYAML turns the library's errors, which hold their line as text, into ours.
func fromYAML(file string, err error) error {
	messages := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var types *yaml.TypeError
	if errors.As(err, &types) {
		messages = types.Errors
	}
	errs := make([]error, len(messages))
	for i, m := range messages {
		e := &Error{File: file, Message: m}
		if at := yamlLine.FindStringSubmatchIndex(m); at != nil {
			e.Line, _ = strconv.Atoi(m[at[2]:at[3]])
			e.Message = m[:at[0]] + m[at[1]:]
		}
		errs[i] = e
	}
	return errors.Join(errs...)
}

type checker struct {
	file string
	errs []error
}

const maxDepth = 64

func (c *checker) fail(n *yaml.Node, format string, args ...any) {
	c.errs = append(c.errs, &Error{File: c.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)})
}

// check compares the keys of a node with the fields of the type it is decoded into.
func (c *checker) check(n *yaml.Node, t reflect.Type, depth int) {
	if depth > maxDepth {
		c.fail(n, "is nested more than %d deep", maxDepth)
		return
	}
	if n.Kind == yaml.AliasNode {
		c.fail(n, "is an alias; write the value out")
		return
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.Unmarshaler]()) {
		return
	}
	switch {
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		c.checkStruct(n, t, depth)
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			c.check(item, t.Elem(), depth+1)
		}
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		c.checkKeys(n)
		for i := 1; i < len(n.Content); i += 2 {
			c.check(n.Content[i], t.Elem(), depth+1)
		}
	case t.Kind() == reflect.Struct && n.Tag != "!!null":
		c.fail(n, "want a map with %s", strings.Join(keysOf(t), ", "))
	}
}

// walk checks what holds for every node, whatever it is decoded into.
func (c *checker) walk(n *yaml.Node, depth int) {
	switch {
	case depth > maxDepth:
		c.fail(n, "is nested more than %d deep", maxDepth)
		return
	case n.Kind == yaml.AliasNode:
		c.fail(n, "is an alias; write the value out")
		return
	case n.Kind == yaml.MappingNode:
		c.checkKeys(n)
	}
	for _, item := range n.Content {
		c.walk(item, depth+1)
	}
}

func (c *checker) checkKeys(n *yaml.Node) {
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		if key := n.Content[i]; seen[key.Value] {
			c.fail(key, "%q is given twice", key.Value)
		} else {
			seen[key.Value] = true
		}
	}
}

func (c *checker) checkStruct(n *yaml.Node, t reflect.Type, depth int) {
	c.checkKeys(n)
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		if name := keyOf(t.Field(i)); name != "" {
			fields[name] = t.Field(i).Type
		}
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if ft, ok := fields[key.Value]; ok {
			c.check(n.Content[i+1], ft, depth+1)
			continue
		}
		c.fail(key, "unknown key %q%s", key.Value, Suggest(key.Value, keysOf(t)))
	}
}

func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" || !f.IsExported() {
		return ""
	}
	if name == "" {
		name = strings.ToLower(f.Name)
	}
	return name
}

func keysOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if k := keyOf(t.Field(i)); k != "" {
			out = append(out, k)
		}
	}
	return out
}

// Suggest completes an error about an unknown word: "; did you mean X?" when one of the known words is near, else the
// list of them.
func Suggest(word string, known []string) string {
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	if len(known) > 12 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(known))
	return "; known are " + strings.Join(sorted, ", ")
}

// editDistance is Levenshtein's, with two neighbours swapped counting as one.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
