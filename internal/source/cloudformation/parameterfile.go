package cloudformation

import (
	"errors"
	"strings"
)

// ReadParameterFile reads the values of parameters from a JSON or YAML file in any form that AWS tools write: the
// command line's list of ParameterKey and ParameterValue, its list of "Key=Value", CodePipeline's map under Parameters,
// and a flat map. Entries that keep a previous value or ask for an artifact have none and are left out; a list becomes
// the comma separated text that CloudFormation takes. The error is an [estate.Problem], or several joined.
func ReadParameterFile(path string, data []byte) (map[string]string, error) {
	t := &template{file: path}
	b := &builder{file: path}
	t.parseParameters(data, b)
	p := parameterFile{builder: b, values: map[string]string{}}
	if len(b.problems) == 0 {
		p.read(&t.root)
	}
	if len(b.problems) == 0 {
		return p.values, nil
	}
	errs := make([]error, len(b.problems))
	for i, problem := range b.problems {
		errs[i] = problem
	}
	return nil, errors.Join(errs...)
}

func (t *template) parseParameters(data []byte, b *builder) {
	if text, ok := t.decode(data, defaultMaxBytes, b); ok {
		t.root, _ = t.nodes(text, b)
	}
}

type parameterFile struct {
	*builder
	values map[string]string
}

func (p *parameterFile) read(root *node) {
	switch root.kind {
	case nodeList:
		for i := range root.items {
			p.item(&root.items[i])
		}
	case nodeMap:
		n := root
		if inner := root.get("Parameters"); inner != nil && (inner.kind == nodeMap || inner.kind == nodeList) {
			n = inner
		}
		if n.kind == nodeList {
			p.read(n)
			return
		}
		for i := range n.fields {
			p.set(n.fields[i].name, &n.fields[i].value)
		}
	default:
		p.problem(root.at, true, "a parameter file is a list of ParameterKey and ParameterValue, or a map; correct it")
	}
}

func (p *parameterFile) item(n *node) {
	if text, ok := n.scalar(); ok {
		key, value, found := strings.Cut(text, "=")
		if !found {
			p.problem(n.at, true, "an entry must read Key=Value; correct it")
			return
		}
		p.values[key] = value
		return
	}
	key, ok := n.get("ParameterKey").scalar()
	if !ok {
		p.problem(n.at, true, "an entry needs a ParameterKey; add it")
		return
	}
	value := n.get("ParameterValue")
	if previous, _ := n.get("UsePreviousValue").scalar(); value.isNull() && previous == "true" {
		return
	}
	if value == nil {
		p.problem(n.at, true, "parameter %s has no ParameterValue; add it", key)
		return
	}
	p.set(key, value)
}

func (p *parameterFile) set(key string, n *node) {
	switch n.kind {
	case nodeMap: // such as CodePipeline's Fn::GetArtifactAtt
		if n.active {
			return
		}
	case nodeNull:
		p.values[key] = ""
		return
	case nodeList:
		parts := make([]string, len(n.items))
		for i := range n.items {
			parts[i], _ = n.items[i].scalar()
		}
		p.values[key] = strings.Join(parts, ",")
		return
	default:
		if text, ok := n.scalar(); ok {
			p.values[key] = text
			return
		}
	}
	p.problem(n.at, true, "the value of parameter %s must be text; correct it", key)
}
