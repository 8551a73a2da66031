package cloudformation

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/baileydb/bailey/internal/estate"
)

// Options say what a template cannot say itself. The zero value reads one template by itself.
type Options struct {
	// Parameters are the values given to the template's parameters by name. Pseudo parameters such as AWS::Region may
	// be given too. Names that the template does not declare are ignored, so that one set can serve a folder.
	Parameters map[string]string
	// ReadFile reads the template of a nested stack; the path is slash separated and relative to what the parent's
	// path is relative to. It may lead upward by .., which ReadFile may refuse; it is never absolute. Nil means that
	// nested stacks are not read.
	ReadFile func(path string) ([]byte, error)
	// MaxBytes limits the size of one file; zero means 16 MiB.
	MaxBytes int64
}

// Limits on nesting and on what one Read makes, whatever the templates say.
const (
	maxStackDepth = 16
	maxStacks     = 500
	maxValues     = 1 << 20
	maxProblems   = 1000
)

// Read reads the template in data, which was found at path, and the local templates nested in it. Declarations of a
// nested stack have the unit "path/LogicalID" and origins in their own file.
//
// What could not be read is told by the reading's problems; there is no other error.
func Read(path string, data []byte, opts Options) estate.Reading {
	s := &session{
		opts: opts, files: map[string]*template{}, indexes: map[*node]map[string]int{}, seen: map[estate.Problem]bool{}, values: maxValues,
	}
	if s.opts.MaxBytes <= 0 {
		s.opts.MaxBytes = defaultMaxBytes
	}
	u := newUnit(s, path, s.parse(path, data))
	u.parameters(nil)
	s.read(u)
	return s.reading
}

// session is the state of one Read.
type session struct {
	opts    Options
	reading estate.Reading
	seen    map[estate.Problem]bool
	files   map[string]*template
	indexes map[*node]map[string]int // of large maps, made when first asked
	stacks  int
	values  int // how many more values may be made
	depth   int // of evaluation
}

func (s *session) problem(p estate.Problem) {
	if s.seen[p] || len(s.seen) > maxProblems {
		return
	}
	s.seen[p] = true
	if len(s.seen) > maxProblems {
		p = estate.Problem{Origin: p.Origin, Message: fmt.Sprintf("there are more than %d problems; the others are left out", maxProblems), Fatal: true}
	}
	s.reading.Problems = append(s.reading.Problems, p)
}

// spend counts values, or stretches of text, that are about to be made.
func (s *session) spend(n int) bool {
	s.values -= n
	return s.values >= 0
}

// template is one parsed file.
type template struct {
	file string
	root node
	ok   bool
	json bool
	// content holds, for each line of a YAML file, the last line up to it that is neither empty nor a comment.
	content []int
}

// parse turns a file into nodes. Everything wrong with it becomes a problem.
func (s *session) parse(file string, data []byte) *template {
	if t, ok := s.files[file]; ok {
		return t
	}
	t := &template{file: file}
	s.files[file] = t
	b := &builder{file: file}
	t.parse(data, s.opts.MaxBytes, b)
	for _, p := range b.problems {
		s.problem(p)
	}
	return t
}

func (t *template) parse(data []byte, limit int64, b *builder) {
	data, ok := t.decode(data, limit, b)
	if !ok {
		return
	}
	if t.root, ok = t.nodes(data, b); !ok {
		return
	}
	switch {
	case t.root.kind != nodeMap:
		b.problem(t.root.at, true, "this is not a CloudFormation template: it is no map of sections; begin it with Resources")
	case !looksLikeTemplate(&t.root):
		b.problem(t.root.at, true, "this is not a CloudFormation template: it has no Resources; add the section or leave the file out")
	default:
		t.ok = true
	}
}

// decode checks size and encoding.
func (t *template) decode(data []byte, limit int64, b *builder) ([]byte, bool) {
	if int64(len(data)) > limit {
		b.problem(position{1, 1}, true, "the file has %d bytes, more than the limit of %d; split it", len(data), limit)
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		b.problem(invalidUTF8(data), true, "the file is not UTF-8 text from here on; save it as UTF-8")
		return nil, false
	}
	return data, true
}

// nodes parses the text. What begins like JSON is JSON; in a file not named so it may be YAML's flow style as well.
func (t *template) nodes(data []byte, b *builder) (node, bool) {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	var failed *jsonError
	if len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		n, err := readJSON(string(data), b)
		if err == nil {
			t.json = true
			return n, true
		}
		failed = err
		b.problems, b.nodes, b.full = b.problems[:0], 0, false
		if strings.EqualFold(path.Ext(b.file), ".json") {
			b.problem(failed.at, true, "this is not well-formed JSON: %s", failed.cause)
			return n, false
		}
	}
	n, err := readYAML(data, b)
	switch {
	case err == nil:
		t.content = contentLines(data)
		return n, true
	case failed != nil:
		b.problem(failed.at, true, "this is not well-formed JSON: %s", failed.cause)
	default:
		b.problem(err.at, true, "this is not well-formed YAML: %s; check the indentation, quotes and colons around this line", err.cause)
	}
	return n, false
}

func contentLines(data []byte) []int {
	out := make([]int, 1, bytes.Count(data, []byte("\n"))+2)
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		last := len(out)
		if len(line) == 0 || line[0] == '#' || string(line) == "---" || string(line) == "..." {
			last = out[len(out)-1]
		}
		out = append(out, last)
	}
	return out
}

func invalidUTF8(data []byte) position {
	p := position{1, 1}
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size <= 1 {
			break
		}
		p.column++
		if r == '\n' {
			p.line++
			p.column = 1
		}
		data = data[size:]
	}
	return p
}

// sections are the top-level keys of a template, true for those that nothing else has.
var sections = map[string]bool{
	"AWSTemplateFormatVersion": true, "Resources": true, "Transform": false, "Parameters": false, "Mappings": false,
	"Conditions": false, "Outputs": false, "Metadata": false, "Description": false, "Rules": false, "Globals": false,
	"Hooks": false,
}

// looksLikeTemplate accepts any map that says it is a template, has Resources, or is empty.
func looksLikeTemplate(root *node) bool {
	return len(root.fields) == 0 || slices.ContainsFunc(root.fields, func(f field) bool { return sections[f.name] })
}

// read evaluates a unit and the stacks nested in it.
func (s *session) read(u *unit) {
	if !u.t.ok {
		return
	}
	for _, r := range u.resources {
		u.declare(r)
	}
	u.reportCycles()
	u.export()
	for _, r := range u.resources {
		if child := u.child(r); child != nil {
			s.read(child)
		}
	}
}
