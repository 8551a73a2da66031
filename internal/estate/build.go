package estate

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
)

// Estate is everything that was read, bound to kinds and linked.
type Estate struct {
	// Resources are those whose kind Bailey knows, in the order they were declared.
	Resources []AnyResource
	// Declarations are all of them, known kind or not.
	Declarations []Declaration
	Problems     []Problem

	byID     map[string]AnyResource
	byDecl   map[string]*Declaration
	byKind   map[string][]AnyResource
	byName   map[nameKey]AnyResource
	users    map[string][]string // who refers to it, by ID
	named    map[AnyResource][]AnyResource
	answerer Answerer
}

type nameKey struct{ kind, name string }

// Build binds and links what the sources read. It does not change the readings.
func Build(readings ...Reading) *Estate {
	e := &Estate{
		byID: map[string]AnyResource{}, byDecl: map[string]*Declaration{}, byKind: map[string][]AnyResource{}, byName: map[nameKey]AnyResource{},
		users: map[string][]string{}, named: map[AnyResource][]AnyResource{},
	}
	exports := map[string]Value{}
	for _, r := range readings {
		e.Problems = append(e.Problems, r.Problems...)
		maps.Copy(exports, r.Exports)
	}
	schema := Kinds()
	for _, r := range readings {
		for _, d := range r.Declarations {
			if hasImport(d.Body) {
				d.Body = withImports(d.Body, exports, 0)
			}
			e.Declarations = append(e.Declarations, d)
		}
	}
	for i := range e.Declarations {
		d := &e.Declarations[i]
		e.byDecl[d.ID()] = d
		e.noteReferences(d)
		if k, ok := schema.KindOf(d.World, d.Type); ok {
			e.add(k, d)
		}
	}
	for _, r := range e.Resources {
		e.link(r.Base())
	}
	for _, r := range e.Resources {
		for _, to := range Links(r) {
			e.named[to] = append(e.named[to], r)
		}
	}
	return e
}

func (e *Estate) add(k *Kind, d *Declaration) {
	v := reflect.New(k.Type)
	r := v.Interface().(AnyResource)
	base := r.Base()
	base.decl, base.kind, base.estate, base.self = d, k, e, r
	b := binder{world: d.World, typ: d.Type, at: d.Origin}
	b.bindStruct(k.Struct, v.Elem(), d.Body)
	e.Resources = append(e.Resources, r)
	e.byID[d.ID()] = r
	e.byKind[k.Name] = append(e.byKind[k.Name], r)
	for _, a := range k.Attributes {
		name := nameFact(base, a)
		if name == nil {
			continue
		}
		if s, ok := name.Any().(string); ok && name.About().State == Known && s != "" {
			key := nameKey{k.Name, s}
			if _, taken := e.byName[key]; !taken {
				e.byName[key] = r
			}
		}
	}
}

// noteReferences records who names whom, whatever the kinds.
func (e *Estate) noteReferences(d *Declaration) {
	from := d.ID()
	d.Body.Walk(func(v Value) bool {
		if v.Ref != nil && v.Ref.ID != from && !slices.Contains(e.users[v.Ref.ID], from) {
			e.users[v.Ref.ID] = append(e.users[v.Ref.ID], from)
		}
		return true
	})
}

// link resolves every Link of a resource, nested ones too.
func (e *Estate) link(r *Resource) {
	eachLink(r.kind.Struct, reflect.ValueOf(r.self).Elem(), e.resolve)
}

// eachLink visits the links among the fields of a struct, nested ones too.
func eachLink(s *Struct, v reflect.Value, visit func(l linker, target reflect.Type)) {
	for _, a := range s.Attributes {
		if a.field == nil {
			continue
		}
		field := v.FieldByIndex(a.field)
		switch a.Shape {
		case ShapeLink:
			visit(field.Addr().Interface().(linker), a.Target)
		case ShapeLinks:
			list := field.FieldByName("Value")
			for i := range list.Len() {
				visit(list.Index(i).Addr().Interface().(linker), a.Target)
			}
		case ShapeStruct:
			eachLink(a.Struct, field.FieldByName("Value"), visit)
		case ShapeStructs:
			list := field.FieldByName("Value")
			for i := range list.Len() {
				eachLink(a.Struct, list.Index(i), visit)
			}
		default:
		}
	}
}

// resolve finds what a link names: by reference, else by a name or an ARN that ends in one.
func (e *Estate) resolve(l linker, target reflect.Type) {
	m := l.About()
	if m.Ref != nil {
		if r, ok := e.byID[m.Ref.ID]; ok {
			l.linkTo(r)
		}
		return
	}
	text, ok := l.Any().(string)
	if m.State != Known || !ok || text == "" {
		return
	}
	k := Kinds().kindOfStruct(target)
	if k == nil {
		return
	}
	for _, name := range []string{text, afterLast(text, ':'), afterLast(text, '/')} {
		if r, ok := e.byName[nameKey{k.Name, name}]; ok {
			l.linkTo(r)
			return
		}
	}
}

// Resource returns the resource with that ID.
func (e *Estate) Resource(id string) (AnyResource, bool) {
	r, ok := e.byID[id]
	return r, ok
}

// Declared returns the declaration with that ID, of known kind or not.
func (e *Estate) Declared(id string) (*Declaration, bool) {
	d, ok := e.byDecl[id]
	return d, ok
}

// OfKind returns all resources of a kind.
func (e *Estate) OfKind(kind string) []AnyResource { return e.byKind[kind] }

// Users returns the IDs of the declarations, of whatever type, whose configuration names the one with that ID.
func (e *Estate) Users(id string) []string { return e.users[id] }

// Named returns the resources of known kinds that name r in one of their facts.
func (e *Estate) Named(r AnyResource) []AnyResource { return e.named[r] }

// All returns the resources of one kind with their type.
func All[T any](e *Estate) []*T {
	k := Kinds().kindOfStruct(reflect.TypeFor[T]())
	if k == nil {
		return nil
	}
	out := make([]*T, 0, len(e.byKind[k.Name]))
	for _, r := range e.byKind[k.Name] {
		out = append(out, any(r).(*T))
	}
	return out
}

// Read returns a fact of a resource, or of a nested struct, by its attribute. v points to the struct; arg is for
// methods that take a name.
func Read(a *Attribute, v any, arg string) Reader {
	rv := reflect.ValueOf(v)
	if a.field != nil {
		return rv.Elem().FieldByIndex(a.field).Addr().Interface().(Reader)
	}
	var in []reflect.Value
	if a.Takes {
		in = []reflect.Value{reflect.ValueOf(arg)}
	}
	out := rv.Method(a.method).Call(in)[0]
	ptr := reflect.New(out.Type())
	ptr.Elem().Set(out)
	return ptr.Interface().(Reader)
}

const importDepth = 64

// withImports replaces what another unit exports, copying only the way down to it.
func withImports(v Value, exports map[string]Value, depth int) Value {
	if depth > importDepth {
		return v
	}
	if v.Import != "" {
		if x, ok := exports[v.Import]; ok {
			x.Origin = v.Origin
			return x
		}
		return v
	}
	for i := range v.Items {
		if hasImport(v.Items[i]) {
			v.Items = slices.Clone(v.Items)
			v.Items[i] = withImports(v.Items[i], exports, depth+1)
		}
	}
	for i := range v.Fields {
		if hasImport(v.Fields[i].Value) {
			v.Fields = slices.Clone(v.Fields)
			v.Fields[i].Value = withImports(v.Fields[i].Value, exports, depth+1)
		}
	}
	return v
}

func hasImport(v Value) bool {
	found := false
	v.Walk(func(v Value) bool {
		found = found || v.Import != ""
		return !found
	})
	return found
}

func afterLast(s string, sep byte) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == sep {
			return s[i+1:]
		}
	}
	return s
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
