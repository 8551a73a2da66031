package expression

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/baileydb/bailey/seal"
)

// ErrSealed is the refusal of an expression that DynamoDB cannot evaluate on sealed items, or that would break them.
var ErrSealed = errors.New("the request cannot be made on a sealed table")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrSealed}, args...)...)
}

func encrypted(s *seal.Sealer, name string) bool {
	a, _ := s.Action(name)
	return a == seal.EncryptAndSign
}

// CheckCondition refuses a condition of a write that looks at encrypted values: DynamoDB would compare ciphertext, and a
// beacon's answer could not be decided again. Whether an attribute exists may be asked.
func CheckCondition(s *seal.Sealer, text string, names map[string]string) error {
	if text == "" {
		return nil
	}
	c, err := ParseCondition(text, names)
	if err != nil {
		return refuse("its condition cannot be read: %w", err)
	}
	Operands(c, func(in Condition, o Operand) {
		if p, ok := PathOf(o); ok && err == nil && encrypted(s, p.Top) && !asksExistence(in, p) {
			err = refuse("its condition looks at the value of %q, which is encrypted; read the item and compare then, with a condition on an attribute that is only signed", p.Top)
		}
	})
	return err
}

func asksExistence(in Condition, p Path) bool {
	c, ok := in.(Call)
	return ok && len(p.Steps) == 0 && (c.Name == "attribute_exists" || c.Name == "attribute_not_exists")
}

// CheckUpdate refuses an update that writes a signed attribute, which would break the item's signature, or that reads an
// encrypted one.
func CheckUpdate(s *seal.Sealer, text string, names map[string]string) error {
	u, err := ParseUpdate(text, names)
	if err != nil {
		return refuse("its update cannot be read: %w", err)
	}
	for _, p := range u.Writes {
		if a, ok := s.Action(p.Top); !ok || a != seal.DoNothing {
			return refuse("it changes %q, which is part of the item's signature; the item would never open again. Read the item, change it and put it whole, on the condition that aws_dbe_foot is what was read", p.Top)
		}
	}
	for _, p := range u.Reads {
		if encrypted(s, p.Top) {
			return refuse("it copies %q, which is encrypted", p.Top)
		}
	}
	return nil
}

// Projection is the part of an item that was asked for.
type Projection map[string]bool

// ParseProjection reads a projection. An item can only be verified whole, so it is read whole and projected afterwards;
// that works for attributes, and paths into them are refused. The empty text asks for everything.
func ParseProjection(text string, names map[string]string) (Projection, error) {
	if text == "" {
		return nil, nil
	}
	paths, err := ParsePaths(text, names)
	if err != nil {
		return nil, refuse("its projection cannot be read: %w", err)
	}
	p := Projection{}
	for _, path := range paths {
		if len(path.Steps) > 0 {
			return nil, refuse("its projection asks for the part %s of an attribute; ask for %q", path, path.Top)
		}
		p[path.Top] = true
	}
	return p, nil
}

// Of is what the projection leaves of an item.
func (p Projection) Of(item seal.Item) seal.Item {
	if p == nil || item == nil {
		return item
	}
	out := seal.Item{}
	for name := range p {
		if v, ok := item[name]; ok {
			out[name] = v
		}
	}
	return out
}

// Search is what a query or a scan asks for.
type Search struct {
	KeyCondition, Filter, Projection string
	Names                            map[string]string
	Values                           map[string]seal.Value
}

// Sealed turns a search into one on sealed items: comparisons of encrypted attributes become comparisons of their beacons,
// and the projection is left out. Of the items that come back, opened, those belong to the answer for which answer gives
// true; it also projects them. Exact is false if beacons are involved, so that items may come back in vain.
func (q Search) Sealed(ctx context.Context, s *seal.Sealer) (sealed Search, answer func(seal.Item) (seal.Item, bool), exact bool, err error) {
	projection, err := ParseProjection(q.Projection, q.Names)
	if err != nil {
		return Search{}, nil, false, err
	}
	r := rewriter{ctx: ctx, sealer: s, names: maps.Clone(q.Names), values: maps.Clone(q.Values), exact: true}
	if r.names == nil {
		r.names = map[string]string{}
	}
	if r.values == nil {
		r.values = map[string]seal.Value{}
	}
	var asked []Condition
	for _, text := range []*string{&q.KeyCondition, &q.Filter} {
		if *text == "" {
			continue
		}
		c, err := ParseCondition(*text, q.Names)
		if err != nil {
			return Search{}, nil, false, refuse("its condition or filter cannot be read: %w", err)
		}
		asked = append(asked, c)
		before := r.replaced
		if c, err = r.condition(c, true); err != nil {
			return Search{}, nil, false, err
		}
		if r.replaced != before {
			*text = c.String()
		}
	}
	values := q.Values
	q.Projection, q.Names, q.Values = "", r.names, r.values
	q.dropUnused()
	answer = func(item seal.Item) (seal.Item, bool) {
		for _, c := range asked {
			if !r.exact && !Holds(c, item, values) {
				return nil, false
			}
		}
		return projection.Of(item), true
	}
	return q, answer, r.exact, nil
}

// dropUnused forgets placeholders that no expression uses any more, which DynamoDB would refuse.
func (q *Search) dropUnused() {
	used := map[string]bool{}
	for _, text := range []string{q.KeyCondition, q.Filter} {
		tokens, err := scan(text)
		if err != nil {
			continue // the rewritten text is longer than DynamoDB takes; it will say so
		}
		for _, t := range tokens {
			used[t.text] = true
		}
	}
	maps.DeleteFunc(q.Names, func(k, _ string) bool { return !used[k] })
	maps.DeleteFunc(q.Values, func(k string, _ seal.Value) bool { return !used[k] })
}

// rewriter puts beacons in the place of encrypted attributes.
type rewriter struct {
	ctx      context.Context
	sealer   *seal.Sealer
	names    map[string]string
	values   map[string]seal.Value
	exact    bool
	replaced int
}

// condition rewrites c. Positive is false under an odd number of NOT, where a beacon would hide items: two values with
// the same beacon are not equal although their beacons are.
func (r *rewriter) condition(c Condition, positive bool) (Condition, error) {
	var err error
	switch c := c.(type) {
	case And:
		if c.A, err = r.condition(c.A, positive); err == nil {
			c.B, err = r.condition(c.B, positive)
		}
		return c, err
	case Or:
		if c.A, err = r.condition(c.A, positive); err == nil {
			c.B, err = r.condition(c.B, positive)
		}
		return c, err
	case Not:
		c.C, err = r.condition(c.C, !positive)
		return c, err
	}
	name := ""
	Operands(c, func(in Condition, o Operand) {
		if p, ok := PathOf(o); ok && name == "" && encrypted(r.sealer, p.Top) && !asksExistence(in, p) {
			name = p.Top
		}
	})
	if name == "" {
		return c, nil
	}
	search := r.sealer.Search()
	if search == nil {
		return nil, refuse("it compares %q, which is encrypted; give the attribute a beacon, or compare after reading", name)
	}
	b, ok := search.For(name)
	if !ok {
		return nil, refuse("it compares %q, which is encrypted and has no beacon", name)
	}
	if !positive {
		return nil, refuse("it asks what %q is not; a beacon can only tell what it may be", name)
	}
	r.exact = false
	r.replaced++
	return r.leaf(c, name, b)
}

// leaf rewrites a comparison of the encrypted attribute name.
func (r *rewriter) leaf(c Condition, name string, b seal.Beacon) (Condition, error) {
	switch c := c.(type) {
	case Compare:
		if c.Op != "=" {
			return nil, refuse("it compares %q by %s; a beacon can only tell what it is equal to", name, c.Op)
		}
		a, err := r.side(c.A, name, b)
		if err != nil {
			return nil, err
		}
		d, err := r.side(c.B, name, b)
		return Compare{"=", a, d}, err
	case In:
		x, err := r.side(c.X, name, b)
		if err != nil {
			return nil, err
		}
		list := make([]Operand, len(c.List))
		for i, o := range c.List {
			if list[i], err = r.side(o, name, b); err != nil {
				return nil, err
			}
		}
		return In{x, list}, nil
	case Call:
		if c.Name == "contains" && b.Set {
			x, err := r.side(c.Args[0], name, b)
			if err != nil {
				return nil, err
			}
			y, err := r.side(c.Args[1], name, seal.Beacon{Name: b.Name, Attribute: b.Attribute, Bits: b.Bits, Shared: b.Shared})
			return Call{c.Name, []Operand{x, y}}, err
		}
		return nil, refuse("it asks %s of %q; a beacon can only tell what it is equal to", c.Name, name)
	default:
		return nil, refuse("it asks for a range of %q; a beacon can only tell what it is equal to", name)
	}
}

// side is one side of a comparison: the attribute, another that shares its beacon, or a value.
func (r *rewriter) side(o Operand, name string, b seal.Beacon) (Operand, error) {
	switch o := o.(type) {
	case Placeholder:
		v, ok := r.values[string(o)]
		if !ok {
			return nil, refuse("%s is not among the request's ExpressionAttributeValues", o)
		}
		hash, err := r.sealer.Search().Value(r.ctx, b, v)
		if err != nil {
			return nil, err
		}
		key := unique(":bailey", r.values)
		r.values[key] = hash
		return Placeholder(key), nil
	case Path:
		other, ok := r.sealer.Search().For(o.Top)
		if len(o.Steps) == 0 && ok && other.Set == b.Set && (o.Top == name || key(other) == key(b)) {
			text := unique("#bailey", r.names)
			r.names[text] = other.AttributeName()
			return Path{Text: text, Top: other.AttributeName()}, nil
		}
		return nil, refuse("it compares %q with %s, whose beacons say nothing about each other", name, o)
	default:
		return nil, refuse("it compares %q with %s", name, o)
	}
}

// key is the name whose key makes a beacon's hashes.
func key(b seal.Beacon) string {
	if b.Shared != "" {
		return b.Shared
	}
	return b.Name
}

// unique is a placeholder that is not taken.
func unique[V any](prefix string, taken map[string]V) string {
	for i := len(taken); ; i++ {
		name := fmt.Sprintf("%s%d", prefix, i)
		if _, ok := taken[name]; !ok {
			return name
		}
	}
}
