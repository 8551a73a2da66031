package estate

import (
	"cmp"
	"reflect"
)

// AnyResource is a resource of any kind.
type AnyResource interface {
	// Base returns what every resource has.
	Base() *Resource
}

// Resource is what every resource has. The tags on the place where a kind embeds it name the kind; see [Kinds].
type Resource struct {
	Tags Fact[Pairs] `cfn:"Tags,pairs=Key/Value" tf:"tags" aws:"TagList,pairs=Key/Value|Tags,pairs=Key/Value"`

	// DeletionPolicy and UpdateReplacePolicy say what CloudFormation does with the resource when it goes from the
	// template, and with the old one when a change replaces it. PreventDestroy makes Terraform refuse either.
	DeletionPolicy      Fact[string] `cfn:"@DeletionPolicy"`
	UpdateReplacePolicy Fact[string] `cfn:"@UpdateReplacePolicy"`
	PreventDestroy      Fact[bool]   `tf:"@prevent_destroy" default:"false"`

	decl   *Declaration
	kind   *Kind
	self   AnyResource
	estate *Estate
}

// Base implements AnyResource.
func (r *Resource) Base() *Resource { return r }

// Declaration returns where and how the resource was declared.
func (r *Resource) Declaration() *Declaration { return r.decl }

// Kind returns the resource's kind.
func (r *Resource) Kind() *Kind { return r.kind }

// Self returns the resource with its own type.
func (r *Resource) Self() AnyResource { return r.self }

// Estate returns the estate the resource stands in.
func (r *Resource) Estate() *Estate { return r.estate }

// Address returns the resource as its author would name it.
func (r *Resource) Address() string { return cmp.Or(r.decl.Written, r.decl.Address) }

// ID names the resource in the whole estate.
func (r *Resource) ID() string { return r.decl.ID() }

// Type is the type's name in the world the resource was declared in, for checks that differ by it.
func (r *Resource) Type() Fact[string] { return KnownFact(r.decl.Type, r.decl.Origin) }

// World is cfn, tf or aws, for checks that differ by it.
func (r *Resource) World() Fact[string] { return KnownFact(string(r.decl.World), r.decl.Origin) }

// HoldsData reports whether the resource is a store, not a member of one.
func (r *Resource) HoldsData() Fact[bool] { return KnownFact(IsStore(r.self), r.decl.Origin) }

// Part is implemented by kinds that hold data only as members of another resource, such as an instance of a cluster.
type Part interface {
	// PartOf reports whether the resource is a member, and of what; whole is nil when that is not in the estate.
	PartOf() (whole AnyResource, part bool)
}

// IsStore reports whether a resource holds data of its own.
func IsStore(r AnyResource) bool {
	if r.Base().Kind().Store == "" {
		return false
	}
	if p, ok := r.(Part); ok {
		_, part := p.PartOf()
		return !part
	}
	return true
}

// Links returns the resources that a resource's facts name, nested facts included, in the order of its facts.
func Links(r AnyResource) []AnyResource {
	var out []AnyResource
	base := r.Base()
	eachLink(base.kind.Struct, reflect.ValueOf(base.self).Elem(), func(l linker, _ reflect.Type) {
		if to := l.Linked(); to != nil && to != r {
			out = append(out, to)
		}
	})
	return out
}

// Names returns the names a person may mean a resource by: those AWS knows it by, its logical name, its address.
func Names(r AnyResource) []string {
	base := r.Base()
	var out []string
	for _, a := range base.kind.Attributes {
		if f := nameFact(base, a); f != nil && f.About().State == Known {
			if s, ok := f.Any().(string); ok && s != "" {
				out = append(out, s)
			}
		}
	}
	return append(out, afterLast(base.Address(), '.'), base.Address())
}

func nameFact(base *Resource, a *Attribute) Reader {
	if !a.IsName || a.field == nil {
		return nil
	}
	return Read(a, base.self, "")
}

// Link is a fact that names another resource. As a string it is what was written: a name, an ARN, or the display form
// of a reference. To is the resource, nil where none is named or where it is not part of the estate.
type Link[T any] struct {
	Fact[string]
	To AnyResource
}

// Target returns the resource with its type, or nil.
func (l *Link[T]) Target() *T {
	t, _ := any(l.To).(*T)
	return t
}

// linker is a Link seen without its type.
type linker interface {
	slotted
	linkTo(AnyResource)
	// Linked returns the resource, nil where there is none in the estate.
	Linked() AnyResource
	zeroTarget() any
}

func (l *Link[T]) linkTo(r AnyResource) { l.To = r }

// Linked implements Linked.
func (l *Link[T]) Linked() AnyResource { return l.To }

func (l *Link[T]) zeroTarget() any { return (*T)(nil) }

// Linked is implemented by every Link.
type Linked interface {
	Reader
	Linked() AnyResource
}
