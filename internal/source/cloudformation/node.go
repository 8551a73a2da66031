package cloudformation

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

type nodeKind uint8

const (
	nodeNull nodeKind = iota
	nodeBool
	nodeNumber
	nodeString
	nodeList
	nodeMap
	nodeInvalid // text says what to correct; a problem was recorded
)

// node is one value of a template as written, the same for YAML and JSON. Short tags such as !Sub have become their
// long form. Nodes are copied shallowly where YAML aliases share them.
type node struct {
	kind   nodeKind
	active bool // a map with a key that is, or may be, a function
	text   string
	items  []node
	fields []field
	at     position
	end    int // last line, zero when not known
}

type field struct {
	name  string
	at    position
	value node
}

// position counts lines and columns from 1, columns in characters.
type position struct{ line, column int }

func (p position) in(file string) estate.Origin {
	return estate.Origin{File: file, Line: p.line, Column: p.column}
}

// get returns the value of a key, nil when the node has none such.
func (n *node) get(name string) *node {
	if f := n.field(name); f != nil {
		return &f.value
	}
	return nil
}

func (n *node) field(name string) *field {
	if n == nil {
		return nil
	}
	for i := range n.fields {
		if n.fields[i].name == name {
			return &n.fields[i]
		}
	}
	return nil
}

// scalar returns the text of a bool, number or string.
func (n *node) scalar() (string, bool) {
	if n == nil {
		return "", false
	}
	switch n.kind {
	case nodeBool, nodeNumber, nodeString:
		return n.text, true
	default:
		return "", false
	}
}

func (n *node) isNull() bool { return n == nil || n.kind == nodeNull }

// mayBeFunction reports whether a map with that key may be more than data.
func mayBeFunction(key string) bool { return key == "Ref" || strings.HasPrefix(key, "Fn::") }

// Limits of one Read. CloudFormation itself takes templates of 1 MB with 500 resources.
const (
	defaultMaxBytes = 16 << 20
	maxDepth        = 200
	maxNodes        = 1 << 20
)

// builder makes the nodes of one file and collects what is wrong with it.
type builder struct {
	file     string
	problems []estate.Problem
	nodes    int
	full     bool
}

func (b *builder) problem(at position, fatal bool, format string, args ...any) {
	if len(b.problems) > maxProblems { // the session tells that there are more
		return
	}
	b.problems = append(b.problems, estate.Problem{Origin: at.in(b.file), Message: fmt.Sprintf(format, args...), Fatal: fatal})
}

// take counts n more nodes and reports whether they are within the limit.
func (b *builder) take(n int, at position) bool {
	b.nodes += n
	if b.nodes <= maxNodes {
		return true
	}
	if !b.full {
		b.full = true
		b.problem(at, true, "the template holds more than %d values, counting what aliases repeat; split it into nested stacks", maxNodes)
	}
	return false
}

func (b *builder) tooDeep(at position) node {
	b.problem(at, false, "values are nested more than %d deep here; flatten them", maxDepth)
	return node{kind: nodeInvalid, text: "write the value less deeply nested", at: at}
}

// seal drops repeated keys from a map and notes whether it may be a function. depth is that of the map: 0 for the
// template, 1 for a section.
func (b *builder) seal(n *node, depth int) {
	var seen map[string]int
	if len(n.fields) > 12 {
		seen = make(map[string]int, len(n.fields))
	}
	kept := n.fields[:0]
	for i := range n.fields {
		f := &n.fields[i]
		n.active = n.active || mayBeFunction(f.name)
		first := -1
		if seen != nil {
			if j, ok := seen[f.name]; ok {
				first = j
			} else {
				seen[f.name] = len(kept)
			}
		} else {
			for j := range kept {
				if kept[j].name == f.name {
					first = j
					break
				}
			}
		}
		if first < 0 {
			kept = append(kept, *f)
			continue
		}
		b.duplicate(&kept[first], f, depth)
	}
	n.fields = kept
}

// duplicate reports a key written twice. CloudFormation rejects such a template; here a section or an entry of one
// keeps its first meaning, and any other value is not known.
func (b *builder) duplicate(first, again *field, depth int) {
	b.problem(again.at, depth <= 1, "%s is already written at line %d; delete one of the two", again.name, first.at.line)
	if depth > 1 {
		first.value = node{kind: nodeInvalid, text: fmt.Sprintf("write %s once only", first.name), at: first.value.at}
	}
}
