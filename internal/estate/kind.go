package estate

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Shape says what a fact holds.
type Shape uint8

// The shapes.
const (
	ShapeBool Shape = iota
	ShapeInt
	ShapeString
	ShapeStrings
	ShapePairs
	ShapeStruct  // one nested struct of facts
	ShapeStructs // a list of them
	ShapeLink
	ShapeLinks
)

// Attribute is one fact of a struct: a field, or a method that derives it.
type Attribute struct {
	Name   string // snake_case, as rules write it
	Shape  Shape
	Struct *Struct // ShapeStruct, ShapeStructs
	Target reflect.Type
	Secret bool
	IsName bool // names the resource: literals elsewhere that equal it mean this resource
	Takes  bool // a method that takes a name, such as parameter("rds.force_ssl")

	field  []int // index of the field, nil for a method
	method int
	paths  map[World][]tagPath
	absent map[World]string // default as text; "" means the zero value
}

// Struct is a struct of facts.
type Struct struct {
	Name       string
	Type       reflect.Type
	Attributes []*Attribute
	byName     map[string]*Attribute
}

// Attribute returns the fact of that name.
func (s *Struct) Attribute(name string) (*Attribute, bool) {
	a, ok := s.byName[name]
	return a, ok
}

// Kind is one kind of resource.
type Kind struct {
	*Struct
	Name   string
	Var    string // the variable a safeguard's check sees the resource as
	Plural string // the list of all of them, in rules: estate.db_instances
	// Store is the family of database when the kind holds data, such as rds or dynamodb; empty otherwise.
	Store string
	// ARN is the form of the resource's ARN after the partition, with {region}, {account}, {path} and {name}; empty where
	// none is needed.
	ARN string
	// Scope is account for what protects a whole account, such as a trail; empty otherwise.
	Scope string
	Types map[World][]string
}

// tagPath is one place a fact is written at.
type tagPath struct {
	onlyType string // the declaration's type, when the place is for one type only
	when     *condition
	path     []string // names from the body down
	pairs    [2]string
}

// condition limits a place to declarations in which a property has a value, such as a rule's type that says its
// direction.
type condition struct {
	name, value string
	not         bool
}

// holds compares without regard to case, as AWS does for such words; a property that is not written has no value.
// unsettled is set when the property is not known.
func (c *condition) holds(body Value) (holds bool, unsettled *Value) {
	v, ok := body.Get(c.name)
	if !ok || v.Kind == KindNull {
		return c.not, nil
	}
	text, known := v.Scalar()
	if !known {
		return false, &v
	}
	return strings.EqualFold(text, c.value) != c.not, nil
}

// Schema is every kind, by name and by type.
type Schema struct {
	Kinds  []*Kind
	byName map[string]*Kind
	byType map[World]map[string]*Kind
}

// Kind returns the kind of that name.
func (s *Schema) Kind(name string) (*Kind, bool) {
	k, ok := s.byName[name]
	return k, ok
}

// KindOf returns the kind that a type of a world binds to.
func (s *Schema) KindOf(w World, typ string) (*Kind, bool) {
	k, ok := s.byType[w][typ]
	return k, ok
}

// KindByType returns the kind whose struct is t (a pointer to it).
func (s *Schema) kindOfStruct(t reflect.Type) *Kind {
	for _, k := range s.Kinds {
		if k.Type == t {
			return k
		}
	}
	return nil
}

// Kinds reads the structs' tags, once.
var Kinds = sync.OnceValue(func() *Schema {
	s := &Schema{byName: map[string]*Kind{}, byType: map[World]map[string]*Kind{CloudFormation: {}, Terraform: {}, Live: {}}}
	structs := map[reflect.Type]*Struct{}
	for _, sample := range samples() {
		t := reflect.TypeOf(sample).Elem()
		k := kindFromTags(t, structs)
		if s.byName[k.Name] != nil {
			panic("estate: two kinds are named " + k.Name)
		}
		s.byName[k.Name] = k
		s.Kinds = append(s.Kinds, k)
		for w, types := range k.Types {
			for _, typ := range types {
				if other := s.byType[w][typ]; other != nil {
					panic(fmt.Sprintf("estate: %s is both %s and %s", typ, other.Name, k.Name))
				}
				s.byType[w][typ] = k
			}
		}
	}
	return s
})

func kindFromTags(t reflect.Type, structs map[reflect.Type]*Struct) *Kind {
	f, ok := t.FieldByName("Resource")
	if !ok || !f.Anonymous {
		panic("estate: " + t.Name() + " does not embed Resource")
	}
	k := &Kind{
		Struct: structOf(t, structs),
		Name:   f.Tag.Get("kind"), Var: f.Tag.Get("var"), Plural: f.Tag.Get("plural"),
		Store: f.Tag.Get("store"), ARN: f.Tag.Get("arn"), Scope: f.Tag.Get("scope"),
		Types: map[World][]string{},
	}
	if k.Name == "" {
		panic("estate: " + t.Name() + " has no kind tag")
	}
	if k.Var == "" {
		k.Var = k.Name
	}
	if k.Plural == "" {
		k.Plural = k.Name + "s"
	}
	for _, w := range []World{CloudFormation, Terraform, Live} {
		if types := f.Tag.Get(string(w)); types != "" {
			k.Types[w] = strings.Split(types, ",")
		}
	}
	return k
}

func structOf(t reflect.Type, seen map[reflect.Type]*Struct) *Struct {
	if s, ok := seen[t]; ok {
		return s
	}
	s := &Struct{Name: t.Name(), Type: t, byName: map[string]*Attribute{}}
	seen[t] = s
	add := func(a *Attribute) {
		if s.byName[a.Name] != nil {
			panic("estate: " + t.Name() + " has two facts " + a.Name)
		}
		s.byName[a.Name] = a
		s.Attributes = append(s.Attributes, a)
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() || f.Tag.Get("fact") == "-" {
			continue
		}
		a := attributeOf(f.Name, f.Type, f.Tag, seen)
		a.field = f.Index
		add(a)
	}
	addMethods(reflect.PointerTo(t), seen, add)
	return s
}

// addMethods adds the derived facts: methods that take nothing, or one name, and return a Fact or a Link.
func addMethods(t reflect.Type, seen map[reflect.Type]*Struct, add func(*Attribute)) {
	for i := range t.NumMethod() {
		m := t.Method(i)
		if m.Type.NumOut() != 1 || m.Type.NumIn() > 2 {
			continue
		}
		out := m.Type.Out(0)
		if out.Kind() != reflect.Struct || !reflect.PointerTo(out).Implements(reflect.TypeFor[Reader]()) {
			continue
		}
		if m.Type.NumIn() == 2 && m.Type.In(1).Kind() != reflect.String {
			continue
		}
		a := attributeOf(m.Name, out, "", seen)
		a.method, a.Takes = i, m.Type.NumIn() == 2
		add(a)
	}
}

func attributeOf(name string, t reflect.Type, tag reflect.StructTag, seen map[reflect.Type]*Struct) *Attribute {
	a := &Attribute{
		Name: snake(name), Secret: tag.Get("secret") != "", IsName: tag.Get("name") != "",
		paths: map[World][]tagPath{}, absent: map[World]string{},
	}
	if n := tag.Get("as"); n != "" {
		a.Name = n
	}
	a.Shape, a.Struct, a.Target = shapeOf(t, seen)
	for _, w := range []World{CloudFormation, Terraform, Live} {
		a.paths[w] = parsePaths(tag.Get(string(w)))
		a.absent[w] = tag.Get("default")
		if d, ok := tag.Lookup(string(w) + "default"); ok {
			a.absent[w] = d
		}
	}
	if doc := tag.Get("doc"); doc != "" { // the same names in every world: policy documents
		for _, w := range []World{CloudFormation, Terraform, Live} {
			a.paths[w] = parsePaths(doc)
		}
	}
	return a
}

func shapeOf(t reflect.Type, seen map[reflect.Type]*Struct) (Shape, *Struct, reflect.Type) {
	ptr := reflect.New(t).Interface()
	if l, ok := ptr.(linker); ok {
		return ShapeLink, nil, reflect.TypeOf(l.zeroTarget()).Elem()
	}
	s, ok := ptr.(slotted)
	if !ok {
		panic("estate: " + t.String() + " is not a fact")
	}
	switch slot := s.slot().(type) {
	case *bool:
		return ShapeBool, nil, nil
	case *int64:
		return ShapeInt, nil, nil
	case *string:
		return ShapeString, nil, nil
	case *Strings:
		return ShapeStrings, nil, nil
	case *Pairs:
		return ShapePairs, nil, nil
	default:
		e := reflect.TypeOf(slot).Elem()
		if e.Kind() == reflect.Struct {
			return ShapeStruct, structOf(e, seen), nil
		}
		if e.Kind() == reflect.Slice {
			if l, ok := reflect.New(e.Elem()).Interface().(linker); ok {
				return ShapeLinks, nil, reflect.TypeOf(l.zeroTarget()).Elem()
			}
			return ShapeStructs, structOf(e.Elem(), seen), nil
		}
		panic("estate: no shape for " + e.String())
	}
}

// parsePaths reads a tag such as "A.B|aws_x=c|Tags,pairs=Key/Value".
func parsePaths(tag string) []tagPath {
	if tag == "" {
		return nil
	}
	var out []tagPath
	for alt := range strings.SplitSeq(tag, "|") {
		var p tagPath
		alt, opts, _ := strings.Cut(alt, ",")
		if pair, ok := strings.CutPrefix(opts, "pairs="); ok {
			p.pairs[0], p.pairs[1], _ = strings.Cut(pair, "/")
		}
		if typ, rest, ok := strings.Cut(alt, "]="); ok { // type[name=value]=path or type[name!=value]=path
			var cond string
			p.onlyType, cond, _ = strings.Cut(typ, "[")
			name, value, _ := strings.Cut(cond, "=")
			p.when = &condition{name: strings.TrimSuffix(name, "!"), value: value, not: strings.HasSuffix(name, "!")}
			alt = rest
		} else if typ, rest, ok := strings.Cut(alt, "="); ok {
			p.onlyType, alt = typ, rest
		}
		p.path = strings.Split(alt, ".")
		out = append(out, p)
	}
	return out
}

// snake turns a Go name into the form rules write: KMSKey is kms_key, StorageEncrypted storage_encrypted.
func snake(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c < 'A' || c > 'Z' {
			b.WriteByte(c)
			continue
		}
		startsWord := i > 0 && (name[i-1] < 'A' || name[i-1] > 'Z')
		endsAcronym := i > 0 && i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
		if startsWord || endsAcronym {
			b.WriteByte('_')
		}
		b.WriteByte(c - 'A' + 'a')
	}
	return b.String()
}

// Place is where a fact is written in a declaration's body.
type Place struct {
	Path []string
	// Pairs names the keys of an entry where a map is written as a list of entries.
	Pairs [2]string
}

// Place returns where a fact is written for one type of a world: the first of its places, preferring one that body
// already uses. ok is false for derived facts and where the world has no name for it.
func (a *Attribute) Place(w World, typ string, body Value) (p Place, ok bool) {
	for _, t := range a.paths[w] {
		if t.onlyType != "" && t.onlyType != typ {
			continue
		}
		if t.when != nil {
			if holds, _ := t.when.holds(body); !holds {
				continue
			}
		}
		if _, used := lookup(body, t.path); used {
			return Place{t.path, t.pairs}, true
		}
		if !ok {
			p, ok = Place{t.path, t.pairs}, true
		}
	}
	return p, ok
}

// Describe says what the fact holds, in words.
func (a *Attribute) Describe() string {
	switch a.Shape {
	case ShapeBool:
		return "true or false"
	case ShapeInt:
		return "number"
	case ShapeString:
		return "text"
	case ShapeStrings:
		return "list of text"
	case ShapePairs:
		return "map of text"
	case ShapeStruct:
		return a.Struct.Name
	case ShapeStructs:
		return "list of " + a.Struct.Name
	case ShapeLink:
		return "the " + a.Target.Name() + " it names"
	default:
		return "the " + a.Target.Name() + "s it names"
	}
}

// Written says under which names the fact is written in a world; "derived" for a derived one, "" where there is none.
func (a *Attribute) Written(w World) string {
	if a.field == nil {
		return "derived"
	}
	var out []string
	for _, p := range a.paths[w] {
		name := strings.Join(p.path, ".")
		if strings.Trim(name, ".") == "" {
			name = "(itself)"
		}
		if p.onlyType != "" {
			name += " of " + p.onlyType
		}
		if p.when != nil {
			op := " = "
			if p.when.not {
				op = " other than "
			}
			name += " with " + p.when.name + op + p.when.value
		}
		out = append(out, name)
	}
	return strings.Join(out, " or ")
}
