package estate

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// State is what is known of a fact.
type State uint8

// The states. The zero value is Absent: nobody wrote anything, so the default holds.
const (
	Absent State = iota
	Known
	Unknown
)

func (s State) String() string {
	switch s {
	case Known:
		return "known"
	case Unknown:
		return "unknown"
	default:
		return "absent"
	}
}

// Meta is what a fact says beside its value.
type Meta struct {
	State  State
	Origin Origin
	// Ref is set when the value names another resource of the estate.
	Ref *Ref
	// Why says, for an unknown, what would settle it, completing "to settle it, …"; for an absent value, where the
	// default comes from.
	Why string
	// MayBeAbsent is set for an unknown of which even the presence is not known.
	MayBeAbsent bool
	// Param names the parameter or variable the value was taken from directly; NoEcho says it is declared secret.
	Param  string
	NoEcho bool
	// Text is the value as far as it could be read, with ${…} for the parts that could not.
	Text string
}

// Given reports whether something is written for the fact, even if its value is not known. ok is false when that
// cannot be told.
func (m *Meta) Given() (given, ok bool) {
	switch m.State {
	case Known:
		return true, true
	case Unknown:
		return true, !m.MayBeAbsent
	default:
		return false, true
	}
}

// Fact is one value of a resource. Where State is Absent, Value is the default that holds (the zero value where there
// is none); where it is Unknown, Value means nothing.
type Fact[T any] struct {
	Meta
	Value T
}

// KnownFact makes a fact that is known, for derived facts.
func KnownFact[T any](v T, at Origin) Fact[T] {
	return Fact[T]{Meta: Meta{State: Known, Origin: at}, Value: v}
}

// UnknownFact makes a fact that is unknown; why completes "to settle it, …".
func UnknownFact[T any](why string, at Origin) Fact[T] {
	return Fact[T]{Meta: Meta{State: Unknown, Why: why, Origin: at}}
}

// UnknownLike makes an unknown fact of another type that is unknown for the same reason.
func UnknownLike[T any](m Meta) Fact[T] {
	m.State = Unknown
	return Fact[T]{Meta: m}
}

// Strings is a list of which single elements may be unknown.
type Strings []Fact[string]

// Pair is one entry of a Pairs.
type Pair struct {
	Name  string
	Value Fact[string]
}

// Pairs is a map from names to text, in the author's order: tags, parameters, options.
type Pairs []Pair

// Get returns the entry with that name. Names are compared as AWS does for parameters: exactly.
func (p Pairs) Get(name string) (Fact[string], bool) {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value, true
		}
	}
	return Fact[string]{}, false
}

// Reader is any fact, seen without its type: a *Fact or *Link.
type Reader interface {
	// About returns what is known of the fact.
	About() *Meta
	// Any returns the value: bool, int64, string, Strings, Pairs, a struct of facts or a slice of such structs or links.
	Any() any
}

// About implements Reader.
func (f *Fact[T]) About() *Meta { return &f.Meta }

// Any implements Reader.
func (f *Fact[T]) Any() any { return f.Value }

func (f *Fact[T]) slot() any { return &f.Value }

// slotted gives the binder the address to write a value to.
type slotted interface {
	Reader
	slot() any
}

// Show renders a fact's value for a person. Secrets and long values are cut; it never fails.
func Show(r Reader, secret bool) string {
	m := r.About()
	if m.State == Unknown {
		return m.Text
	}
	if secret {
		if m.State == Absent {
			return ""
		}
		return "(set)"
	}
	if m.Ref != nil && m.Text != "" {
		return m.Text
	}
	if m.State == Absent && isEmpty(r.Any()) {
		return ""
	}
	return show(r.Any())
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case Strings:
		return len(v) == 0
	case Pairs:
		return len(v) == 0
	default:
		return false
	}
}

func show(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return v
	case Strings:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = orText(&v[i].Meta, v[i].Value)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Pairs:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = v[i].Name + "=" + orText(&v[i].Value.Meta, v[i].Value.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return showList(reflect.ValueOf(v))
	}
}

// showList names what a list of links names, and counts what has no name.
func showList(v reflect.Value) string {
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		return ""
	}
	var names []string
	for i := range v.Len() {
		if t, ok := v.Index(i).Interface().(fmt.Stringer); ok {
			names = append(names, t.String())
			continue
		}
		e, ok := v.Index(i).Addr().Interface().(Linked)
		if !ok {
			if v.Len() == 1 {
				return "1 entry"
			}
			return strconv.Itoa(v.Len()) + " entries"
		}
		text, _ := e.Any().(string)
		names = append(names, orText(e.About(), text))
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func orText(m *Meta, value string) string {
	switch {
	case m.State == Known:
		return value
	case m.Text != "":
		return m.Text
	default:
		return "unknown"
	}
}
