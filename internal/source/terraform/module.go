package terraform

import (
	"fmt"
	"slices"
	"sort"

	"github.com/baileydb/bailey/internal/estate"
)

// module is one instance of a module: the root, or one made by a module block.
type module struct {
	s       *session
	prefix  string // "", "module.data." or "module.data[0]."
	dir     string
	names   []string // of the module blocks on the way here
	folders []string // of the modules on the way here, this one included
	why     string   // what would settle whether it exists, or how often

	variables map[string]*block
	locals    map[string]attribute
	outputs   map[string]*block
	calls     map[string]*call
	resources map[string]*resource // "aws_x.y", "data.aws_x.y"
	order     []string             // of resources
	callOrder []string
	tags      map[string]tagSource // default tags by provider alias, "" for the default one

	given map[string]given
	types map[string]*variableType
	busy  map[string]bool
	cache map[string]*cached
}

// tagSource is a provider's default tags: the expression and the module whose provider block it is in.
type tagSource struct {
	m    *module
	expr attribute
}

// cached is a named value, once resolved, and what was wrong with it.
type cached struct {
	value estate.Value
	wrong *estate.Problem
}

func newModule(s *session, dir string, blocks []*block) *module {
	m := &module{
		s: s, dir: dir, folders: []string{dir},
		variables: map[string]*block{}, locals: map[string]attribute{}, outputs: map[string]*block{},
		calls: map[string]*call{}, resources: map[string]*resource{}, tags: map[string]tagSource{},
		given: map[string]given{}, types: map[string]*variableType{}, busy: map[string]bool{}, cache: map[string]*cached{},
	}
	for _, b := range blocks {
		m.add(b)
	}
	return m
}

func (m *module) scope() scope { return scope{m: m} }

func (m *module) add(b *block) {
	label := func(i int) string {
		if i < len(b.labels) {
			return b.labels[i]
		}
		return ""
	}
	switch b.typ {
	case "variable":
		m.variables[label(0)] = b
	case "output":
		m.outputs[label(0)] = b
	case "locals":
		for _, a := range b.attrs {
			m.locals[a.name] = a
		}
	case "module":
		if _, again := m.calls[label(0)]; !again && label(0) != "" {
			m.calls[label(0)] = &call{block: b, name: label(0)}
			m.callOrder = append(m.callOrder, label(0))
		}
	case "provider":
		m.addProvider(b, label(0))
	case "resource", "data":
		if label(0) == "" || label(1) == "" {
			m.s.problem(estate.Problem{Origin: b.at, Message: fmt.Sprintf("a %s block has two labels, a type and a name; add what is missing", b.typ), Fatal: true})
			return
		}
		m.addResource(&resource{block: b, typ: label(0), name: label(1)})
	}
}

func (m *module) addResource(r *resource) {
	key := r.address()
	if other, ok := m.resources[key]; ok {
		m.s.problem(estate.Problem{Origin: r.block.at, Message: fmt.Sprintf("%s is declared twice, first at %s; rename one", key, other.block.at)})
		return
	}
	m.resources[key] = r
	m.order = append(m.order, key)
}

// addProvider remembers the default tags that an AWS provider puts on its resources.
func (m *module) addProvider(b *block, name string) {
	if name != "aws" {
		return
	}
	for _, sub := range b.blocks {
		if sub.typ == "default_tags" {
			if a, ok := sub.attr("tags"); ok {
				m.tags[aliasOf(b)] = tagSource{m, a}
			}
		}
	}
}

// circular is the reason of a value that needs itself.
const circular = "break the circle that it is part of"

// named resolves what has a name once: a local, a variable, an output, an argument that others ask for.
func (m *module) named(key string, at estate.Origin, resolve func() estate.Value) estate.Value {
	if c, ok := m.cache[key]; ok {
		if c.wrong != nil {
			m.s.fail(*c.wrong)
		}
		return c.value
	}
	if m.busy[key] {
		m.s.wrong(at, "%s%s depends on itself; break the circle", m.prefix, key)
		return estate.UnknownBecause(circular, at)
	}
	m.busy[key] = true
	before := m.s.failed
	v := resolve()
	delete(m.busy, key)
	c := &cached{value: v}
	if size(v, maxValue) >= maxValue {
		c.value = m.s.wrong(at, "%s%s is too large to follow; split it", m.prefix, key)
	}
	if m.s.failed > before {
		last := m.s.last
		c.wrong = &last
	}
	m.cache[key] = c
	return c.value
}

// size counts a value's parts and the length of its texts, up to a limit.
func size(v estate.Value, limit int) int {
	n := 0
	v.Walk(func(v estate.Value) bool {
		n += 1 + len(v.Text)/1024
		return n < limit
	})
	return n
}

// local is a local's value.
func (m *module) local(name string, at estate.Origin) estate.Value {
	a, ok := m.locals[name]
	if !ok {
		m.s.wrong(at, "local %s is not declared in this module; add it to locals", name)
		return estate.UnknownBecause("declare local "+name+": nothing does", at)
	}
	return m.named("local "+name, at, func() estate.Value { return m.scope().convert(a.expr) })
}

// output is an output's value.
func (m *module) output(name string, at estate.Origin) estate.Value {
	b, ok := m.outputs[name]
	if !ok {
		return m.s.wrong(at, "%soutput.%s is not declared; add it to the module in %s", m.prefix, name, m.dir)
	}
	a, ok := b.attr("value")
	if !ok {
		return m.s.wrong(b.at, "output %s has no value; add one", name)
	}
	v := m.named("output "+name, at, func() estate.Value { return m.scope().convert(a.expr) })
	if secret, ok := b.attr("sensitive"); ok && isTrue(m.scope().convert(secret.expr)) {
		v.NoEcho = true
	}
	return v
}

func isTrue(v estate.Value) bool {
	b, ok := v.AsBool()
	return b && ok
}

// walk declares everything in the module and below it.
func (m *module) walk() {
	for _, key := range m.order {
		m.declare(m.resources[key])
	}
	sort.Strings(m.callOrder)
	for _, name := range slices.Compact(m.callOrder) {
		c := m.calls[name]
		m.load(c)
		for _, child := range c.instances {
			child.walk()
		}
	}
}
