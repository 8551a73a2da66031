package cloudformation

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// unit is one template with its parameters: the top one, or a nested stack.
type unit struct {
	s    *session
	t    *template
	name string // estate's unit
	// parent is the unit whose stack resource this one is; conditional says on what the whole unit depends.
	parent      *unit
	level       int
	conditional string

	params     map[string]*parameter
	pseudo     map[string]string
	conditions map[string]*condition
	resources  []*resource
	byID       map[string]*resource
	outputs    map[string]*output
	transform  transform
	current    *resource // whose configuration is being evaluated
	undecided  int       // how many undecided conditions surround what is being evaluated
}

type resource struct {
	id     string
	at     position
	node   *node
	scope  *scope
	typ    string
	origin estate.Ref // how others name it
	// conditional is set where a loop could not be unrolled.
	conditional string
	end         int // last line

	decided   bool
	exists    truth
	why       string
	uses      []*resource
	childDone bool
	child     *unit
	mark      uint8 // of the search for cycles
}

type output struct {
	node  *node
	scope *scope
	busy  bool
	done  bool
	value estate.Value
}

// transform is what a template's Transform section names.
type transform struct {
	any bool // resources may be generated that are not written
	sam bool
}

func newUnit(s *session, name string, t *template) *unit {
	u := &unit{s: s, t: t, name: name}
	s.stacks++
	if !t.ok {
		return u
	}
	u.readTransform(t.root.get("Transform"))
	return u
}

// index reads the sections that others refer to. It needs the parameters, because loops may run over them.
func (u *unit) index() {
	root := &u.t.root
	u.conditions = map[string]*condition{}
	u.entries("Conditions", func(f *field, name string, sc *scope, _ string) {
		u.conditions[name] = &condition{node: &f.value, scope: sc}
	})
	u.outputs = map[string]*output{}
	u.entries("Outputs", func(f *field, name string, sc *scope, _ string) {
		u.outputs[name] = &output{node: &f.value, scope: sc}
	})
	u.byID = map[string]*resource{}
	if root.get("Resources") == nil {
		u.problem(root.at, false, "the template has no Resources; add the section")
	}
	u.entries("Resources", u.addResource)
	u.findEnds()
}

// entries visits each entry of a section, loops unrolled.
func (u *unit) entries(section string, visit func(f *field, name string, sc *scope, open string)) {
	f := u.t.root.field(section)
	if f == nil || f.value.isNull() {
		return
	}
	if f.value.kind != nodeMap {
		u.problem(f.value.at, section == "Resources", "%s must be a map; write each entry under its name", section)
		return
	}
	u.unroll(&f.value, nil, "", func(f *field, name string, sc *scope, open string) {
		if name == "Fn::Transform" {
			u.problem(f.at, false, "what Fn::Transform adds to %s is not read; include it in the template to have it checked", section)
			return
		}
		visit(f, name, sc, open)
	})
}

func (u *unit) addResource(f *field, name string, sc *scope, open string) {
	if f.value.kind != nodeMap {
		u.problem(f.value.at, true, "resource %s must be a map with a Type; correct it", name)
		return
	}
	t := f.value.get("Type")
	typ, ok := t.scalar()
	switch {
	case t.isNull() || ok && typ == "":
		u.problem(f.at, true, "resource %s has no Type; add one such as AWS::RDS::DBInstance", name)
		return
	case !ok:
		u.problem(t.at, true, "the Type of resource %s is not text; where a tool fills it in, check what the tool makes", name)
		return
	}
	if other, ok := u.byID[name]; ok {
		if other.node != &f.value {
			u.problem(f.at, true, "resource %s is already declared at line %d; rename one of the two", name, other.at.line)
		}
		return
	}
	if !u.s.spend(1) {
		return
	}
	r := &resource{id: name, at: f.at, node: &f.value, scope: sc, typ: typ, conditional: open, end: f.value.end}
	r.origin = estate.Ref{ID: u.name + "#" + typ + "." + name}
	u.resources = append(u.resources, r)
	u.byID[name] = r
	if strings.HasSuffix(typ, "::MODULE") {
		u.problem(f.at, false, "%s is a module: what it declares is not read; check the module's own template", typ)
	}
}

// findEnds sets the last line of each resource of a YAML file, which its parser does not tell: the last line before
// the next entry or section that is neither empty nor a comment.
func (u *unit) findEnds() {
	section := u.t.root.field("Resources")
	if u.t.json || section == nil {
		return
	}
	next := len(u.t.content)
	for i := range u.t.root.fields {
		if l := u.t.root.fields[i].at.line; l > section.at.line && l < next {
			next = l
		}
	}
	ends := make(map[*node]int, len(section.value.fields))
	u.endsOf(section.value.fields, next, ends)
	for _, r := range u.resources {
		r.end = ends[r.node]
	}
}

// endsOf finds the last lines of fields, before line next, and of the bodies of loops among them.
func (u *unit) endsOf(fields []field, next int, ends map[*node]int) {
	for i := range fields {
		f, until := &fields[i], next
		if i+1 < len(fields) && fields[i+1].at.line > f.at.line {
			until = fields[i+1].at.line
		}
		ends[&f.value] = u.lastLine(f.at.line, until)
		if strings.HasPrefix(f.name, loopPrefix) && len(f.value.items) == 3 {
			u.endsOf(f.value.items[2].fields, ends[&f.value]+1, ends)
		}
	}
}

func (u *unit) lastLine(first, next int) int {
	return max(first, u.t.content[min(next, len(u.t.content))-1])
}

func (u *unit) readTransform(n *node) {
	if n.isNull() {
		return
	}
	items := []node{*n}
	if n.kind == nodeList {
		items = n.items
	}
	for i := range items {
		name, ok := items[i].scalar()
		if !ok {
			name, _ = items[i].get("Name").scalar()
		}
		switch {
		case name == "AWS::LanguageExtensions":
		case strings.HasPrefix(name, "AWS::SecretsManager-"), name == "AWS::CodeDeployBlueGreen":
			u.transform.any = true // adds resources and leaves those written as they are
		case strings.HasPrefix(name, "AWS::Serverless-"):
			u.transform.sam, u.transform.any = true, true
		default:
			u.transform.any = true
			u.problem(items[i].at, false, "the macro %s is not run: what it changes is not seen; check the processed template to include it", name)
		}
	}
}

func (u *unit) problem(at position, fatal bool, format string, args ...any) {
	u.s.problem(estate.Problem{Origin: at.in(u.t.file), Message: fmt.Sprintf(format, args...), Fatal: fatal})
}

// broken reports what is wrong with a function and stands for its value.
func (u *unit) broken(at position, format string, args ...any) estate.Value {
	message := fmt.Sprintf(format, args...)
	u.s.problem(estate.Problem{Origin: at.in(u.t.file), Message: message})
	return estate.UnknownBecause(fmt.Sprintf("correct line %d: %s", at.line, message), at.in(u.t.file))
}
