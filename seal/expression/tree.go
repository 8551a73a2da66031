package expression

import (
	"fmt"
	"strings"
)

// Condition is a condition, key-condition or filter expression: [And], [Or], [Not], [Compare], [Between], [In] or
// [Call].
type Condition interface {
	fmt.Stringer
	condition()
}

// Operand is what conditions compare: [Path], [Placeholder] or [Size].
type Operand interface {
	fmt.Stringer
	operand()
}

// And holds if both do.
type And struct{ A, B Condition }

// Or holds if one does.
type Or struct{ A, B Condition }

// Not holds if the other does not.
type Not struct{ C Condition }

// Compare is A op B with one of = <> < <= > >=.
type Compare struct {
	Op   string
	A, B Operand
}

// Between is X BETWEEN Low AND High.
type Between struct{ X, Low, High Operand }

// In is X IN (List).
type In struct {
	X    Operand
	List []Operand
}

// Call is one of attribute_exists, attribute_not_exists, attribute_type, begins_with and contains.
type Call struct {
	Name string
	Args []Operand
}

// Path leads to an attribute or into one. Steps are names, with placeholders resolved, or indexes as [n].
type Path struct {
	Text  string // as written
	Top   string // the attribute's name
	Steps []Step
}

// Step is one step into a map, or into a list if Name is empty.
type Step struct {
	Name  string
	Index int
}

// Placeholder is a value given beside the expression, as :name.
type Placeholder string

// Size is size(path).
type Size struct{ Path Path }

func (And) condition()     {}
func (Or) condition()      {}
func (Not) condition()     {}
func (Compare) condition() {}
func (Between) condition() {}
func (In) condition()      {}
func (Call) condition()    {}

func (Path) operand()        {}
func (Placeholder) operand() {}
func (Size) operand()        {}

func (c And) String() string     { return "(" + c.A.String() + " AND " + c.B.String() + ")" }
func (c Or) String() string      { return "(" + c.A.String() + " OR " + c.B.String() + ")" }
func (c Not) String() string     { return "(NOT " + c.C.String() + ")" }
func (c Compare) String() string { return c.A.String() + " " + c.Op + " " + c.B.String() }
func (c Between) String() string {
	return c.X.String() + " BETWEEN " + c.Low.String() + " AND " + c.High.String()
}
func (c In) String() string          { return c.X.String() + " IN (" + join(c.List) + ")" }
func (c Call) String() string        { return c.Name + "(" + join(c.Args) + ")" }
func (p Path) String() string        { return p.Text }
func (p Placeholder) String() string { return string(p) }
func (s Size) String() string        { return "size(" + s.Path.Text + ")" }

func join(list []Operand) string {
	texts := make([]string, len(list))
	for i, o := range list {
		texts[i] = o.String()
	}
	return strings.Join(texts, ", ")
}

// Operands calls f for every operand in c with the condition it stands in.
func Operands(c Condition, f func(in Condition, o Operand)) {
	switch c := c.(type) {
	case And:
		Operands(c.A, f)
		Operands(c.B, f)
	case Or:
		Operands(c.A, f)
		Operands(c.B, f)
	case Not:
		Operands(c.C, f)
	case Compare:
		f(c, c.A)
		f(c, c.B)
	case Between:
		f(c, c.X)
		f(c, c.Low)
		f(c, c.High)
	case In:
		f(c, c.X)
		for _, o := range c.List {
			f(c, o)
		}
	case Call:
		for _, o := range c.Args {
			f(c, o)
		}
	}
}

// PathOf is the path an operand reads, if it reads one.
func PathOf(o Operand) (Path, bool) {
	switch o := o.(type) {
	case Path:
		return o, true
	case Size:
		return o.Path, true
	default:
		return Path{}, false
	}
}
