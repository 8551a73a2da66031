package cloudformation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlReader turns the nodes of the YAML library into ours, one for one; aliases share what they name.
type yamlReader struct {
	*builder
	anchors map[*yaml.Node]*anchored
}

type anchored struct {
	node node
	size int
	done bool
}

type yamlError struct {
	at    position
	cause string
}

func (e *yamlError) Error() string { return e.cause }

func readYAML(data []byte, b *builder) (n node, failed *yamlError) {
	defer func() {
		if p := recover(); p != nil { // the library panics on some malformed documents
			failed = &yamlError{position{1, 1}, fmt.Sprintf("the YAML cannot be parsed (%v)", p)}
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return n, &yamlError{position{1, 1}, "the file is empty"}
		}
		return n, locateYAML(err, data)
	}
	if len(doc.Content) == 0 {
		return n, &yamlError{position{1, 1}, "the file is empty"}
	}
	r := &yamlReader{builder: b}
	n = r.read(doc.Content[0], 0)
	switch err := d.Decode(&second); {
	case err == nil && len(second.Content) > 0 && second.Content[0].Tag != "!!null":
		b.problem(at(second.Content[0]), false, "a second YAML document begins here and is not read; keep one template in a file")
	case err != nil && !errors.Is(err, io.EOF):
		return n, locateYAML(err, data)
	}
	return n, nil
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// parserProblems are those errors of the library whose line is one too low, and that of the block around the error.
var parserProblems = []string{
	"did not find expected key", "did not find expected '-' indicator", "did not find expected ',' or ']'",
	"did not find expected ',' or '}'", "did not find expected node content", "did not find expected <document start>",
	"found undefined tag handle",
}

// locateYAML takes the line out of an error of the library. It knows no column: the line's first character stands for
// it.
func locateYAML(err error, data []byte) *yamlError {
	e := &yamlError{at: position{1, 1}, cause: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatchIndex(e.cause); m != nil {
		if line, err := strconv.Atoi(e.cause[m[2]:m[3]]); err == nil {
			e.at.line = max(1, line)
		}
		e.cause = e.cause[:m[0]] + e.cause[m[1]:]
		if slices.Contains(parserProblems, e.cause) {
			e.at.line++
		}
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	if slices.Contains(parserProblems, e.cause) {
		e.at.line = firstBroken(err, data, lines, e.at.line)
	}
	e.at.line = min(e.at.line, len(lines))
	line := lines[e.at.line-1]
	e.at.column = len(line) - len(bytes.TrimLeft(line, " \t")) + 1
	return e
}

// firstBroken finds the line that makes the library fail as it did: the shortest beginning of the file that fails so.
// Large files keep the line of the block.
func firstBroken(err error, data []byte, lines [][]byte, block int) int {
	const large = 1 << 20
	if len(data) > large || block > len(lines) {
		return block
	}
	ends := make([]int, len(lines))
	sum := 0
	for i := range lines {
		sum += len(lines[i])
		ends[i] = sum
	}
	first := block - 1
	n := sort.Search(len(lines)-first, func(i int) bool {
		var doc yaml.Node
		again := yaml.Unmarshal(data[:ends[first+i]], &doc)
		return again != nil && again.Error() == err.Error()
	})
	if first+n >= len(lines) {
		return block
	}
	return first + n + 1
}

func at(n *yaml.Node) position {
	return position{n.Line, n.Column}
}

func (r *yamlReader) read(y *yaml.Node, depth int) node {
	if y.Kind == yaml.AliasNode {
		return r.alias(y, depth)
	}
	if y.Anchor == "" {
		return r.tagged(y, depth)
	}
	if r.anchors == nil {
		r.anchors = map[*yaml.Node]*anchored{}
	}
	a := &anchored{}
	r.anchors[y] = a
	before := r.nodes
	a.node = r.tagged(y, depth)
	a.size, a.done = r.nodes-before, true
	return a.node
}

func (r *yamlReader) alias(y *yaml.Node, depth int) node {
	a := r.anchors[y.Alias]
	if a == nil || !a.done {
		r.problem(at(y), false, "the alias *%s stands inside the value it names; write the value out", y.Value)
		return node{kind: nodeInvalid, text: "write the value out instead of *" + y.Value, at: at(y)}
	}
	// What an alias names counts again: evaluation walks it again.
	if !r.take(a.size+1, at(y)) {
		return node{kind: nodeInvalid, text: "split the template", at: at(y)}
	}
	if depth > maxDepth {
		return r.tooDeep(at(y))
	}
	return a.node
}

// tagged reads a node and wraps it into the function that a short tag stands for.
func (r *yamlReader) tagged(y *yaml.Node, depth int) node {
	tag := y.Tag
	if y.Style&yaml.TaggedStyle == 0 || strings.HasPrefix(tag, "!!") || len(tag) < 2 || tag[0] != '!' {
		return r.plain(y, depth)
	}
	name := tag[1:]
	if name != "Ref" && name != "Condition" {
		name = functionName(name)
	}
	arg := r.plain(y, depth+1)
	if arg.kind != nodeList && arg.kind != nodeMap && arg.kind != nodeInvalid && y.Kind == yaml.ScalarNode {
		// A tagged scalar is text whatever it looks like, except where it is empty.
		arg.kind, arg.text = nodeString, y.Value
	}
	return node{
		kind: nodeMap, active: true, at: arg.at,
		fields: []field{{name: name, at: arg.at, value: arg}},
	}
}

// functionName is the long form of a short tag; the usual ones are spelled out so that none of them allocates.
func functionName(tag string) string {
	switch tag {
	case "Sub":
		return "Fn::Sub"
	case "GetAtt":
		return "Fn::GetAtt"
	case "If":
		return "Fn::If"
	case "Join":
		return "Fn::Join"
	case "Equals":
		return "Fn::Equals"
	case "Select":
		return "Fn::Select"
	case "FindInMap":
		return "Fn::FindInMap"
	default:
		return "Fn::" + tag
	}
}

func (r *yamlReader) plain(y *yaml.Node, depth int) node {
	n := node{at: at(y)}
	if depth > maxDepth {
		return r.tooDeep(n.at)
	}
	switch y.Kind {
	case yaml.ScalarNode:
		n.kind, n.text = scalarOf(y)
	case yaml.SequenceNode:
		n.kind = nodeList
		if !r.take(len(y.Content), n.at) {
			break
		}
		n.items = make([]node, len(y.Content))
		for i, item := range y.Content {
			n.items[i] = r.read(item, depth+1)
		}
	case yaml.MappingNode:
		n.kind = nodeMap
		r.mapping(&n, y, depth)
	default:
		n.kind, n.text = nodeInvalid, "write a value here"
	}
	return n
}

func (r *yamlReader) mapping(n *node, y *yaml.Node, depth int) {
	if !r.take(len(y.Content)/2, n.at) {
		return
	}
	n.fields = make([]field, 0, len(y.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Kind == yaml.AliasNode && key.Alias != nil {
			key = key.Alias
		}
		switch {
		case key.Tag == "!!merge":
			merges = append(merges, value)
			continue
		case key.Kind != yaml.ScalarNode:
			r.problem(at(key), false, "the key of a map must be text, not a list or a map; write it as text")
			continue
		}
		n.fields = append(n.fields, field{name: key.Value, at: at(y.Content[i]), value: r.read(value, depth+1)})
	}
	r.seal(n, depth)
	for _, m := range merges {
		r.merge(n, m, depth)
	}
}

// merge adds what a merge key names, where the map itself does not say otherwise.
func (r *yamlReader) merge(n *node, y *yaml.Node, depth int) {
	from := r.read(y, depth+1)
	sources := []node{from}
	if from.kind == nodeList {
		sources = from.items
	}
	for i := range sources {
		if sources[i].kind != nodeMap {
			r.problem(sources[i].at, false, "a merge key << takes a map or a list of maps; write the entries out")
			continue
		}
		if !r.take(len(sources[i].fields), n.at) {
			return
		}
		have := make(map[string]bool, len(n.fields))
		for j := range n.fields {
			have[n.fields[j].name] = true
		}
		for _, f := range sources[i].fields {
			if !have[f.name] {
				n.fields = append(n.fields, f)
				n.active = n.active || mayBeFunction(f.name)
			}
		}
	}
}

// scalarOf resolves a scalar as CloudFormation's YAML 1.1 does, except that numbers and dates stay as they are written:
// 012345678901 is an account and 2012-10-17 a policy version.
func scalarOf(y *yaml.Node) (nodeKind, string) {
	text := y.Value
	if y.Style&yaml.TaggedStyle != 0 {
		switch y.Tag {
		case "!!bool", "!!int", "!!float", "!!null":
		default:
			return nodeString, text
		}
	} else if y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return nodeString, text
	}
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nodeNull, ""
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON":
		return nodeBool, "true"
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
		return nodeBool, "false"
	}
	if isDecimal(text) {
		return nodeNumber, text
	}
	return nodeString, text
}

// isDecimal reports whether text is a decimal number without leading zeros or exponent.
func isDecimal(text string) bool {
	s := strings.TrimPrefix(text, "-")
	whole, part, dotted := strings.Cut(s, ".")
	if whole == "" || len(whole) > 1 && whole[0] == '0' || dotted && part == "" {
		return false
	}
	for _, c := range []byte(whole + part) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
