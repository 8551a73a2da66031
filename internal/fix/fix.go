// Package fix turns a safeguard's fix into a change of the configuration a resource was declared with, in that
// configuration's own names: for people to read, and to apply to declarations.
//
// It writes no file and no account. Its invariant: applying a fix twice is applying it once.
package fix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/rules"
)

// change is an edit of one declaration.
type change struct {
	target estate.AnyResource // nil for a created one
	decl   *estate.Declaration
	path   []string
	pair   string // the entry of a map written at path; empty for the value itself
	pairs  [2]string
	value  estate.Value
	remove []bool // instead of a value: which elements of the list at path go
	whole  bool   // the declaration itself goes
	create bool
}

// plan works out what a fix changes, on a resource of a built estate. It changes nothing.
func plan(set *rules.Set, g *rules.Safeguard, r estate.AnyResource) ([]change, error) {
	p := planner{set: set, g: g, r: r, base: r.Base(), made: map[string]*estate.Declaration{}, left: map[string]bool{}}
	for _, c := range g.Fix.Create {
		if err := p.create(c); err != nil {
			return nil, err
		}
	}
	for _, key := range sortedKeys(g.Fix.Set) {
		if err := p.set1(r, key, g.Fix.Set[key]); err != nil {
			return nil, err
		}
	}
	for _, rm := range g.Fix.Remove {
		if err := p.remove(rm); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

type planner struct {
	set  *rules.Set
	g    *rules.Safeguard
	r    estate.AnyResource
	base *estate.Resource
	made map[string]*estate.Declaration
	// left are the resources that create leaves out because its when does not hold here.
	left map[string]bool
	out  []change
}

func (p *planner) fail(format string, args ...any) error {
	return fmt.Errorf("%s: fix: %s", p.g.File(), fmt.Sprintf(format, args...))
}

func (p *planner) create(c rules.Create) error {
	if c.When != "" {
		if ok, err := p.set.Holds(p.g, c.When, p.r); err != nil || !ok {
			p.left[c.Name] = true
			return err
		}
	}
	k, ok := estate.Kinds().Kind(c.Kind)
	if !ok {
		return p.fail("kind %q does not exist", c.Kind)
	}
	w := p.base.Declaration().World
	typ := c.Type[string(w)]
	if typ == "" && len(k.Types[w]) > 0 {
		typ = k.Types[w][0]
	}
	if typ == "" {
		return p.fail("a %s cannot be written in %s", c.Kind, w)
	}
	d := p.declare(typ, c.Name)
	p.made[c.Name] = d
	p.out = append(p.out, change{decl: d, create: true})
	for _, key := range sortedKeys(c.Set) {
		a, rest, err := p.attribute(k.Struct, key)
		if err != nil {
			return err
		}
		ch, err := p.write(d, a, rest, c.Set[key])
		if err != nil {
			return err
		}
		p.out = append(p.out, ch)
	}
	return nil
}

// declare makes the head of a new declaration, named after the resource it is for.
func (p *planner) declare(typ, name string) *estate.Declaration {
	self := p.base.Declaration()
	own := self.Address[strings.LastIndexByte(self.Address, '.')+1:]
	d := &estate.Declaration{
		World: self.World, Type: typ, Unit: self.Unit, Origin: self.Origin, Body: estate.Map(nil, self.Origin),
	}
	if self.World == estate.CloudFormation {
		d.Address = typ + "." + own + name
		return d
	}
	own, _, _ = strings.Cut(own, "[")
	prefix := strings.TrimSuffix(self.Address, self.Address[strings.LastIndex(self.Address, self.Type):])
	d.Address = prefix + typ + "." + own + "_" + snake(name)
	return d
}

// attribute finds the fact a key starts with, and what of the key follows.
func (p *planner) attribute(s *estate.Struct, key string) (*estate.Attribute, string, error) {
	end := strings.IndexAny(key, ".[")
	name, rest := key, ""
	if end >= 0 {
		name, rest = key[:end], key[end:]
	}
	a, ok := s.Attribute(name)
	if !ok {
		return nil, "", p.fail("%q is not a fact of %s", name, s.Name)
	}
	return a, rest, nil
}

// set1 plans one entry of set, following links to the resource that holds the fact. An entry that names a resource
// which create leaves out is left out with it.
func (p *planner) set1(r estate.AnyResource, key string, value any) error {
	if name, ok := named(value); ok && p.left[name] && p.made[name] == nil {
		return nil
	}
	a, rest, err := p.attribute(r.Base().Kind().Struct, key)
	if err != nil {
		return err
	}
	if a.Shape == estate.ShapeLink && strings.HasPrefix(rest, ".") {
		to := estate.Read(a, r, "").(estate.Linked).Linked()
		if to == nil {
			return nil // created above when it was missing; its facts stand there
		}
		return p.set1(to, rest[1:], value)
	}
	d := r.Base().Declaration()
	if _, ok := a.Place(d.World, d.Type, d.Body); !ok {
		return nil // one language may need a fact that the other has no name for; the suite sees whether the rest will do
	}
	ch, err := p.write(d, a, rest, value)
	if err != nil {
		return err
	}
	ch.target = r
	p.out = append(p.out, ch)
	return nil
}

func (p *planner) write(d *estate.Declaration, a *estate.Attribute, rest string, value any) (change, error) {
	var path []string
	for {
		one := a.Shape == estate.ShapeStruct && strings.HasPrefix(rest, ".")
		all := a.Shape == estate.ShapeStructs && strings.HasPrefix(rest, each+".")
		if !one && !all {
			break
		}
		at, ok := a.Place(d.World, d.Type, d.Body)
		if !ok {
			return change{}, p.fail("%s cannot be written to a %s", a.Name, d.Type)
		}
		path = append(path, at.Path...)
		if all {
			path = append(path, each)
			rest = rest[len(each):]
		}
		var err error
		if a, rest, err = p.attribute(a.Struct, rest[1:]); err != nil {
			return change{}, err
		}
	}
	at, ok := a.Place(d.World, d.Type, d.Body)
	if !ok {
		return change{}, p.fail("%s cannot be written to a %s", a.Name, d.Type)
	}
	ch := change{decl: d, path: clean(append(path, at.Path...)), pairs: at.Pairs}
	if a.Shape == estate.ShapePairs && strings.HasPrefix(rest, "[") {
		ch.pair = strings.TrimSuffix(rest[1:], "]")
	} else if rest != "" {
		return change{}, p.fail("%q cannot be written: %s holds no %s", p.g.ID, a.Name, rest)
	}
	v, err := p.value(d, a, value, ch.pair != "")
	ch.value = v
	return ch, err
}

// each is the step of a path that stands for every element of a list.
const each = "[]"

// clean leaves out the steps that lead nowhere (the body itself) or to every element.
func clean(path []string) []string {
	return slices.DeleteFunc(slices.Clone(path), func(s string) bool { return s == "" || s == "." || s == "*" })
}

// value turns what the fix says into a value of the declaration's world.
func (p *planner) value(d *estate.Declaration, a *estate.Attribute, x any, entry bool) (estate.Value, error) {
	at := d.Origin
	switch x := x.(type) {
	case nil: // what is written goes, and the default holds
		return estate.Null(at), nil
	case bool:
		return estate.Bool(x, at), nil
	case int, int64, uint64, float64:
		return estate.Number(fmt.Sprint(x), at), nil
	case string:
		return p.text(x, at)
	case []any:
		out := estate.List(nil, at)
		for _, item := range x {
			v, err := p.value(d, a, item, entry)
			if err != nil {
				return v, err
			}
			out.Items = append(out.Items, v)
		}
		return out, nil
	case map[string]any:
		return p.mapping(d, a, x)
	default:
		return estate.Value{}, p.fail("%v cannot be written to %s", x, a.Name)
	}
}

// text resolves ${self} and ${Name}, and $(fact) to what that fact of the resource is.
func (p *planner) text(x string, at estate.Origin) (estate.Value, error) {
	if fact, ok := strings.CutPrefix(x, "$("); ok && strings.HasSuffix(x, ")") {
		return p.fact(strings.TrimSuffix(fact, ")"), at)
	}
	name, ok := named(x)
	if !ok {
		return estate.String(x, at), nil
	}
	_, attr, _ := strings.Cut(strings.TrimSuffix(x, "}"), ".")
	to := p.made[name]
	if name == "self" {
		to = p.base.Declaration()
	}
	if to == nil {
		return estate.Value{}, p.fail("${%s} names nothing that the fix creates; ${self} is the resource", name)
	}
	attr = spelled(attr, to.World)
	return estate.Reference(estate.Ref{ID: to.ID(), Attr: attr}, display(to, attr), at), nil
}

// fact is the value of a fact of the resource that the fix is for. One that is not known becomes a placeholder, which a
// person replaces.
func (p *planner) fact(name string, at estate.Origin) (estate.Value, error) {
	a, rest, err := p.attribute(p.base.Kind().Struct, name)
	if err != nil || rest != "" {
		return estate.Value{}, p.fail("$(%s) names no fact of the resource", name)
	}
	r := estate.Read(a, p.r, "")
	text, ok := r.Any().(string)
	list, isList := r.Any().(estate.Strings)
	switch {
	case isList && r.About().State != estate.Unknown:
		out := estate.List(nil, at)
		for i := range list {
			out.Items = append(out.Items, estate.String(list[i].Value, at))
		}
		return out, nil
	case ok && text != "" && r.About().State != estate.Unknown:
		return estate.String(text, at), nil
	}
	return estate.String("<"+strings.ReplaceAll(name, "_", " ")+">", at), nil
}

// named is the name in ${name} or ${name.attribute}.
func named(value any) (name string, ok bool) {
	text, _ := value.(string)
	name, ok = strings.CutPrefix(text, "${")
	if !ok || !strings.HasSuffix(name, "}") {
		return "", false
	}
	name, _, _ = strings.Cut(strings.TrimSuffix(name, "}"), ".")
	return name, true
}

// spelled is an attribute's name as a world writes it: ${Key.arn} is Key.Arn in CloudFormation, where id is what Ref
// gives.
func spelled(attr string, w estate.World) string {
	switch {
	case w != estate.CloudFormation || attr == "":
		return attr
	case attr == "id":
		return ""
	default:
		return strings.ToUpper(attr[:1]) + attr[1:]
	}
}

func display(to *estate.Declaration, attr string) string {
	name := to.Address
	if to.World == estate.CloudFormation {
		name = name[strings.LastIndexByte(name, '.')+1:]
	}
	if attr != "" {
		name += "." + attr
	}
	return "${" + name + "}"
}

func (p *planner) mapping(d *estate.Declaration, a *estate.Attribute, x map[string]any) (estate.Value, error) {
	out := estate.Map(nil, d.Origin)
	for _, key := range sortedKeys(x) {
		if a.Struct == nil { // a map of text
			v, err := p.value(d, a, x[key], true)
			if err != nil {
				return v, err
			}
			out.Fields = append(out.Fields, estate.Field{Name: key, Value: v})
			continue
		}
		sub, rest, err := p.attribute(a.Struct, key)
		if err != nil {
			return out, err
		}
		ch, err := p.write(d, sub, rest, x[key])
		if err != nil {
			return out, err
		}
		out = put(out, ch, d.World)
	}
	return out, nil
}

func (p *planner) remove(rm rules.Remove) error {
	a, rest, err := p.attribute(p.base.Kind().Struct, rm.From)
	if err != nil {
		return err
	}
	if rest != "" {
		return p.fail("remove takes a list of the resource itself, not %q", rm.From)
	}
	goes, err := p.set.Elements(p.g, rm.Where, p.r, a)
	if err != nil || !slices.Contains(goes, true) {
		return err
	}
	d := p.base.Declaration()
	at, ok := a.Place(d.World, d.Type, d.Body)
	if !ok {
		return p.fail("%s cannot be written to a %s", a.Name, d.Type)
	}
	path := clean(at.Path)
	p.out = append(p.out, change{target: p.r, decl: d, path: path, remove: goes, whole: len(path) == 0})
	return nil
}

func snake(name string) string {
	var b strings.Builder
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
