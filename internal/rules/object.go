package rules

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/baileydb/bailey/internal/estate"
)

// evaluation collects the unknown facts that one evaluation met; the identifiers of CEL's unknown values index it.
type evaluation struct {
	unknowns []Unsettled
}

// Unsettled is a fact that would settle an unknown verdict.
type Unsettled struct {
	Fact   string // as the check names it: db.storage_encrypted
	Why    string // completes "to settle it, …"
	Origin estate.Origin
}

func (e *evaluation) unknown(path string, m *estate.Meta) *types.Unknown {
	why := m.Why
	if why == "" {
		why = "the value is not known before deployment"
	}
	e.unknowns = append(e.unknowns, Unsettled{Fact: path, Why: why, Origin: m.Origin})
	return types.NewUnknown(int64(len(e.unknowns)), types.NewAttributeTrail(path))
}

// object is a resource, or a struct of facts within one, as CEL sees it.
type object struct {
	eval *evaluation
	s    *estate.Struct
	ptr  any // pointer to the struct
	path string
}

var (
	_ ref.Val = (*object)(nil)
	_ ref.Val = (*list)(nil)
	_ ref.Val = (*pairs)(nil)
)

func typeName(s *estate.Struct) string { return "bailey." + s.Name }

// ConvertToNative implements ref.Val.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a %s does not convert to %s", o.s.Name, t)
}

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("a %s does not convert to %s", o.s.Name, t.TypeName())
}

// Equal implements ref.Val: the same resource.
func (o *object) Equal(other ref.Val) ref.Val {
	x, ok := other.(*object)
	return types.Bool(ok && x.ptr == o.ptr)
}

// Type implements ref.Val.
func (o *object) Type() ref.Type { return types.NewObjectType(typeName(o.s)) }

// Value implements ref.Val.
func (o *object) Value() any { return o }

// aspect is which side of a fact an expression asks for; see the macros.
type aspect string

const (
	aspectValue aspect = ""
	aspectGiven aspect = "given"
	aspectText  aspect = "text"
	aspectParam aspect = "from_parameter"
	aspectSafe  aspect = "no_echo"
)

// get reads a fact as a CEL value; an unknown one becomes CEL's unknown.
func (o *object) get(a *estate.Attribute, arg string, as aspect) ref.Val {
	path := o.path + "." + a.Name
	if a.Takes {
		path += "(" + strconv.Quote(arg) + ")"
	}
	r := estate.Read(a, o.ptr, arg)
	m := r.About()
	switch as {
	case aspectGiven:
		given, ok := m.Given()
		if !ok {
			return o.eval.unknown(path, m)
		}
		return types.Bool(given)
	case aspectText:
		return o.text(path, r)
	case aspectParam:
		return types.Bool(m.Param != "")
	case aspectSafe:
		return types.Bool(m.NoEcho)
	case aspectValue:
	}
	if m.State == estate.Unknown {
		return o.eval.unknown(path, m)
	}
	return o.value(a, r, path)
}

// text is what is written, as far as it can be read; a list gives the text of each element.
func (o *object) text(path string, r estate.Reader) ref.Val {
	m := r.About()
	_, isText := r.Any().(string)
	switch {
	case m.State == estate.Unknown && (m.Text == "" || !isText):
		return o.eval.unknown(path, m)
	case m.State == estate.Unknown:
		return types.String(m.Text)
	}
	if list, ok := r.Any().(estate.Strings); ok {
		out := make([]ref.Val, len(list))
		for i := range list {
			f := &list[i]
			switch {
			case f.State == estate.Known:
				out[i] = types.String(f.Value)
			case says(f.Text):
				out[i] = types.String(f.Text)
			default:
				out[i] = o.eval.unknown(path+"["+strconv.Itoa(i)+"]", &f.Meta)
			}
		}
		return newList(out)
	}
	s, _ := r.Any().(string)
	return types.String(s)
}

// unread are the parts of a text that are not known.
var unread = regexp.MustCompile(`\$\{[^}]*\}`)

// says reports whether a text that is partly known says anything: beside what is not known it holds more than wildcards,
// so that the whole is none.
func says(text string) bool { return strings.Trim(unread.ReplaceAllString(text, ""), "*") != "" }

func (o *object) value(a *estate.Attribute, r estate.Reader, path string) ref.Val {
	switch v := r.Any().(type) {
	case bool:
		return types.Bool(v)
	case int64:
		return types.Int(v)
	case string:
		if l, ok := r.(estate.Linked); ok {
			return o.linked(l, path)
		}
		return types.String(v)
	case estate.Strings:
		out := make([]ref.Val, len(v))
		for i := range v {
			out[i] = o.string(&v[i], path+"["+strconv.Itoa(i)+"]")
		}
		return newList(out)
	case estate.Pairs:
		return &pairs{o.eval, v, path}
	default:
		return o.nested(a, r, reflect.ValueOf(v), path)
	}
}

func (o *object) string(f *estate.Fact[string], path string) ref.Val {
	if f.State == estate.Unknown {
		return o.eval.unknown(path, &f.Meta)
	}
	return types.String(f.Value)
}

// linked is the resource a link names: null when nothing is named, unknown when it is not in the estate.
func (o *object) linked(l estate.Linked, path string) ref.Val {
	m := l.About()
	if r := l.Linked(); r != nil {
		base := r.Base()
		return &object{o.eval, base.Kind().Struct, base.Self(), path}
	}
	if m.State == estate.Absent {
		return types.NullValue
	}
	elsewhere := *m
	elsewhere.Why = fmt.Sprintf("read the files that declare %v too", l.Any())
	return o.eval.unknown(path, &elsewhere)
}

func (o *object) nested(a *estate.Attribute, r estate.Reader, v reflect.Value, path string) ref.Val {
	if a.Shape == estate.ShapeStruct {
		// The reader holds the struct itself, so that pointers into it stay the same.
		return &object{o.eval, a.Struct, addressOf(r), path}
	}
	out := make([]ref.Val, v.Len())
	for i := range out {
		at := path + "[" + strconv.Itoa(i) + "]"
		e := v.Index(i).Addr().Interface()
		if l, ok := e.(estate.Linked); ok {
			if l.About().State == estate.Unknown {
				out[i] = o.eval.unknown(at, l.About())
			} else {
				out[i] = o.linked(l, at)
			}
			continue
		}
		out[i] = &object{o.eval, a.Struct, e, at}
	}
	return newList(out)
}

func addressOf(r estate.Reader) any {
	return reflect.ValueOf(r).Elem().FieldByName("Value").Addr().Interface()
}

// list is a list of which single elements may be unknown. It differs from CEL's own where membership is asked: an
// element that is not known may be the one.
type list struct {
	traits.Lister
	items []ref.Val
}

func newList(items []ref.Val) *list {
	return &list{types.NewRefValList(types.DefaultTypeAdapter, items), items}
}

// Contains implements traits.Container.
func (l *list) Contains(v ref.Val) ref.Val {
	var unknown *types.Unknown
	for _, item := range l.items {
		if u, ok := item.(*types.Unknown); ok {
			unknown = types.MergeUnknowns(u, unknown)
			continue
		}
		if types.Equal(item, v) == types.True {
			return types.True
		}
	}
	if unknown != nil {
		return unknown
	}
	return types.False
}

// pairs is a map of text of which single values may be unknown.
type pairs struct {
	eval *evaluation
	p    estate.Pairs
	path string
}

var _ traits.Mapper = (*pairs)(nil)

// ConvertToNative implements ref.Val.
func (p *pairs) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a map of facts does not convert to %s", t)
}

// ConvertToType implements ref.Val.
func (p *pairs) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("a map of facts does not convert to %s", t.TypeName())
}

// Equal implements ref.Val.
func (p *pairs) Equal(ref.Val) ref.Val {
	return types.NewErr("maps of facts are not compared as a whole")
}

// Type implements ref.Val.
func (p *pairs) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (p *pairs) Value() any { return p }

// Size implements traits.Sizer.
func (p *pairs) Size() ref.Val { return types.Int(len(p.p)) }

// Contains implements traits.Container.
func (p *pairs) Contains(key ref.Val) ref.Val {
	_, ok := p.Find(key)
	return types.Bool(ok)
}

// Get implements traits.Indexer.
func (p *pairs) Get(key ref.Val) ref.Val {
	if v, ok := p.Find(key); ok {
		return v
	}
	return types.NewErr("no such key: %v", key)
}

// Find implements traits.Mapper.
func (p *pairs) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	f, ok := p.p.Get(string(name))
	if !ok {
		return nil, false
	}
	if f.State == estate.Unknown {
		return p.eval.unknown(p.path+"["+strconv.Quote(string(name))+"]", &f.Meta), true
	}
	return types.String(f.Value), true
}

// Iterator implements traits.Iterable: over the names.
func (p *pairs) Iterator() traits.Iterator {
	names := make([]string, len(p.p))
	for i := range p.p {
		names[i] = p.p[i].Name
	}
	return types.NewStringList(types.DefaultTypeAdapter, names).Iterator()
}
