package lazy

import "strings"

// Shapes remembers in which order objects have had their members. Objects of one kind mostly have the same names in the same
// order: such a name is compared with the one that is expected and need not be read, and where the members that a reader
// asks for stand is known for all of these objects. What it remembers changes how long reading takes, never what is read.
// It is for one goroutine.
type Shapes struct {
	known []string
	root  shape
	count int
}

// The bounds of what is remembered; objects beyond them are read name by name.
const (
	maxShapes = 4096
	maxNext   = 8
)

// shape is the names of an object up to one of them.
type shape struct {
	name   string
	quoted string // as it is written
	// first and last are the ends of quoted as words, where these are all of it.
	first, last uint64
	words       bool
	next        []*shape
	// at are the places of the known members among those of an object that ends here, -1 where it has none.
	at []int
}

// NewShapes makes one for objects of which the known members are asked for.
func NewShapes(known ...string) *Shapes { return &Shapes{known: known} }

// Fields are the members of an object, as they were read.
type Fields struct {
	Members []Member
	at, own []int
}

// At is the value of a known member by its number, as it is written: the first whose name is just the same, or the first
// whose name differs in case alone; empty where there is none.
func (f *Fields) At(known int) string {
	if p := f.at[known]; p >= 0 {
		return f.Members[p].Value
	}
	return ""
}

// Name is what a known member is called where it is, which may be in another case; empty where there is none.
func (f *Fields) Name(known int) string {
	if p := f.at[known]; p >= 0 {
		return f.Members[p].Name
	}
	return ""
}

// Read reads the members of the object that begins at i, and returns the index after it. whole is false where the object is
// malformed or cut off.
func (x *Shapes) Read(f *Fields, s string, i int) (end int, whole bool) {
	f.Members = f.Members[:0]
	n := &x.root
	i = Space(s, i+1)
	for i < len(s) && s[i] == '"' {
		var name string
		e := 0
		before := n
		if n = n.expected(s[i:]); n != nil {
			name, e = n.name, i+len(n.quoted)
		} else {
			e = text(s, i)
			if e-1 <= i || s[e-1] != '"' {
				return x.cut(f, len(s))
			}
			if n = x.add(before, s[i:e]); n != nil {
				name = n.name
			} else {
				name = s[i+1 : e-1]
			}
		}
		if i = Space(s, e); i >= len(s) || s[i] != ':' {
			return x.cut(f, i)
		}
		if i = Space(s, i+1); i < len(s) && s[i] == '"' {
			e = text(s, i)
		} else {
			e = End(s, i)
		}
		if e <= i {
			return x.cut(f, i)
		}
		f.Members = append(f.Members, Member{name, s[i:e]})
		if i = Space(s, e); i < len(s) && s[i] == ',' {
			i = Space(s, i+1)
		}
	}
	if i >= len(s) || s[i] != '}' {
		return x.cut(f, i)
	}
	if n == nil {
		f.own = x.places(f.own[:0], f.Members)
		f.at = f.own
		return i + 1, true
	}
	if n.at == nil {
		n.at = x.places(nil, f.Members)
	}
	f.at = n.at
	return i + 1, true
}

// cut is an object that is not whole; what was read of it can be asked for.
func (x *Shapes) cut(f *Fields, i int) (int, bool) {
	f.own = x.places(f.own[:0], f.Members)
	f.at = f.own
	return i, false
}

// expected is the shape that a text goes on with, or nil.
func (n *shape) expected(s string) *shape {
	if n == nil {
		return nil
	}
	for _, c := range n.next {
		n := len(c.quoted)
		if len(s) < n {
			continue
		}
		if c.words && Word(s, 0) == c.first && Word(s, n-8) == c.last || !c.words && s[:n] == c.quoted {
			return c
		}
	}
	return nil
}

// add remembers that a name follows others; nil where that is too much.
func (x *Shapes) add(n *shape, quoted string) *shape {
	if n == nil || x.count >= maxShapes || len(n.next) >= maxNext {
		return nil
	}
	x.count++
	quoted = strings.Clone(quoted)
	c := &shape{name: quoted[1 : len(quoted)-1], quoted: quoted}
	if l := len(quoted); l >= 8 && l <= 16 {
		c.first, c.last, c.words = Word(quoted, 0), Word(quoted, l-8), true
	}
	n.next = append(n.next, c)
	return c
}

// places finds the known members.
func (x *Shapes) places(out []int, members []Member) []int {
	for _, k := range x.known {
		at := -1
		for i := range members {
			if members[i].Name == k {
				at = i
				break
			}
			if at < 0 && len(members[i].Name) == len(k) && strings.EqualFold(members[i].Name, k) {
				at = i
			}
		}
		out = append(out, at)
	}
	return out
}
