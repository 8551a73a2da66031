package terraform

import (
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/baileydb/bailey/internal/estate"
)

// call is a module block and, once loaded, its instances.
type call struct {
	block     *block
	name      string
	loaded    bool
	mode      mode
	keys      []estate.Value
	instances []*module
	why       string // nothing could be read of it, or mode undecided
}

// sourceDir is the folder of a module call, and why there is none.
func (m *module) sourceDir(c *call) (dir, why string) {
	src := ""
	if a, ok := c.block.attr("source"); ok {
		src = literalText(a.expr)
	}
	if src == "" {
		return "", "write the source of module " + c.name + " as plain text: which folder it is cannot be told"
	}
	if src == "." || src == ".." || strings.HasPrefix(src, "./") || strings.HasPrefix(src, "../") {
		return path.Join(m.dir, src), ""
	}
	if d, ok := m.s.manifest[strings.Join(append(slices.Clone(m.names), c.name), ".")]; ok {
		return path.Join(m.s.root, d), ""
	}
	return "", "run terraform init: module " + c.name + " comes from " + src + ", which is not on disk"
}

// blocks reads the folder of a module call, and says why that cannot be done.
func (m *module) blocks(c *call) (dir string, blocks []*block, why string) {
	dir, why = m.sourceDir(c)
	switch {
	case why != "":
		return "", nil, why
	case slices.Contains(m.folders, dir):
		return "", nil, "untangle the modules: module " + c.name + " calls a folder that it is called from"
	case len(m.folders) > maxLevels || m.s.modules >= maxModules:
		return "", nil, "split the configuration: it has more modules, or deeper ones, than Bailey follows"
	}
	blocks, err := m.s.readDir(dir)
	if err != nil {
		return "", nil, "put module " + c.name + " where its source says: " + dir + " cannot be read: " + err.Error()
	}
	if len(blocks) == 0 {
		return "", nil, "put module " + c.name + " where its source says: there is no Terraform in " + dir
	}
	return dir, blocks, ""
}

// load reads a module call's folder and makes its instances.
func (m *module) load(c *call) {
	if c.loaded {
		return
	}
	c.loaded = true
	dir, blocks, why := m.blocks(c)
	if why != "" {
		c.why = why
		m.s.problem(estate.Problem{Origin: c.block.at, Message: why})
		return
	}
	keys, elements, md, why := m.multiply(c.block)
	c.mode, c.keys, c.why = md, keys, why
	for i, key := range keys {
		if m.s.modules++; m.s.modules > maxModules {
			return
		}
		child := newModule(m.s, dir, blocks)
		child.prefix = m.prefix + "module." + c.name + indexText(key) + "."
		child.names = append(slices.Clone(m.names), c.name)
		child.folders = append(slices.Clone(m.folders), dir)
		if child.why = m.why; why != "" {
			child.why = why
		}
		m.passProviders(c.block, child)
		sc := m.instanceScope(md, key, elements[i])
		for _, a := range c.block.attrs {
			if !moduleMeta[a.name] {
				child.given[a.name] = given{sc: sc, attr: a}
			}
		}
		c.instances = append(c.instances, child)
	}
}

var moduleMeta = map[string]bool{"source": true, "version": true, "count": true, "for_each": true, "depends_on": true, "providers": true}

// passProviders gives a child the default tags of the providers it uses: the default one, unless the call says which.
func (m *module) passProviders(b *block, child *module) {
	pass := map[string]string{"": ""}
	if a, ok := b.attr("providers"); ok {
		if pairs, diags := hcl.ExprMap(a.expr); !diags.HasErrors() {
			for _, p := range pairs {
				if to, ok := providerAlias(p.Key); ok {
					pass[to], _ = providerAlias(p.Value)
				}
			}
		}
	}
	for to, from := range pass {
		_, own := child.tags[to]
		if t, ok := m.tags[from]; ok && !own {
			child.tags[to] = t
		}
	}
}

// providerAlias reads aws and aws.west; ok is false for other providers.
func providerAlias(expr hcl.Expression) (alias string, ok bool) {
	t, diags := hcl.AbsTraversalForExpr(expr)
	if diags.HasErrors() || t.RootName() != "aws" {
		return "", false
	}
	return attrAt(t, 1), true
}

// moduleValue is module.NAME and what follows of it: ok tells how many steps were taken. Outputs are resolved one by
// one where the reference names one, so that modules may use each other's outputs in turns.
func (m *module) moduleValue(t hcl.Traversal, at estate.Origin) (v estate.Value, steps int) {
	name := attrAt(t, 1)
	c, ok := m.calls[name]
	if !ok {
		m.s.wrong(at, "module %s is not declared; correct the name or add it", name)
		return estate.UnknownBecause("declare module "+name+": nothing does", at), len(t)
	}
	m.load(c)
	switch {
	case c.why != "" && c.mode == undecided && len(c.instances) == 1:
		return c.undecided(t, at)
	case c.why != "":
		return estate.UnknownBecause(c.why, at), len(t)
	case c.mode == single && len(c.instances) == 1:
		return c.instances[0].selected(t, 2, at)
	}
	if key, ok := indexAt(t, 2); ok {
		for i, child := range c.instances {
			if same(c.keys[i], key) || keyText(c.keys[i]) == keyText(key) {
				return child.selected(t, 3, at)
			}
		}
		return m.s.wrong(at, "module.%s%s does not exist; correct the key", name, indexText(key)), len(t)
	}
	return c.all(at), 2
}

// undecided is an output of a module of which it is not known how many there are: what the only one read would give, if
// it is there.
func (c *call) undecided(t hcl.Traversal, at estate.Origin) (estate.Value, int) {
	from := 2
	if _, ok := indexAt(t, 2); ok {
		from = 3
	}
	v, steps := c.instances[0].selected(t, from, at)
	if v.Kind != estate.KindReference {
		return estate.UnknownBecause(c.why, at), len(t)
	}
	v.MayBeAbsent = true
	return v, steps
}

// selected is the output named at step i, or all of them.
func (m *module) selected(t hcl.Traversal, i int, at estate.Origin) (estate.Value, int) {
	if name := attrAt(t, i); name != "" {
		return m.output(name, at), i + 1
	}
	out := estate.Map(nil, at)
	for _, name := range sortedKeys(m.outputs) {
		out.Fields = append(out.Fields, estate.Field{Name: name, Value: m.output(name, at)})
	}
	return out, i
}

// all is the list or map of a module's instances.
func (c *call) all(at estate.Origin) estate.Value {
	if c.mode == keyed {
		out := estate.Map(nil, at)
		for i, child := range c.instances {
			v, _ := child.selected(nil, 0, at)
			out.Fields = append(out.Fields, estate.Field{Name: keyText(c.keys[i]), Value: v})
		}
		return out
	}
	out := estate.List(nil, at)
	for _, child := range c.instances {
		v, _ := child.selected(nil, 0, at)
		out.Items = append(out.Items, v)
	}
	return out
}
