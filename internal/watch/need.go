package watch

import (
	"slices"
	"strings"
)

// need is that a member of an event has one of some texts in it.
type need struct {
	member int
	texts  []string
	fold   bool // whatever their case
	rare   []int
}

// newNeed makes one; rare are the places of the characters that each text is looked for by.
func newNeed(member int, texts []string, fold bool) need {
	n := need{member: member, texts: texts, fold: fold}
	for _, t := range texts {
		n.rare = append(n.rare, rarest(t, fold))
	}
	return n
}

// common are the characters that records have many of, the most frequent first.
const common = `"eaistnrocl:dmu,p1-0g./23Ab5f4IEvyh_kS678{}TN9wCDRP`

// rarest is the place of the character of a text that records have fewest of; -1 where the text has none, or one that is not
// ASCII, whose cases are more than two.
func rarest(text string, fold bool) int {
	rank := func(c byte) int {
		if i := strings.IndexByte(common, c); i >= 0 {
			return i
		}
		return len(common)
	}
	at, best := -1, -1
	for i := range len(text) {
		c := text[i]
		r := rank(c)
		if c >= 0x80 {
			return -1
		}
		if fold {
			r = min(rank(lower(c)), rank(upper(c)))
		}
		if r > best {
			at, best = i, r
		}
	}
	return at
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// in reports whether a value has one of the texts in it.
func (n *need) in(v string) bool {
	for i, x := range n.texts {
		switch at := n.rare[i]; {
		case at >= 0 && n.fold:
			if folded(v, x, at) {
				return true
			}
		case at >= 0:
			if exact(v, x, at) {
				return true
			}
		case n.plainly(v, x):
			return true
		}
	}
	return false
}

// plainly looks for a text at every place.
func (n *need) plainly(v, x string) bool {
	if !n.fold {
		return strings.Contains(v, x)
	}
	for i := 0; i+len(x) <= len(v); i++ {
		if strings.EqualFold(v[i:i+len(x)], x) {
			return true
		}
	}
	return false
}

// exact looks for a text where its character at a place is.
func exact(v, x string, at int) bool {
	for i := at; i < len(v); i++ {
		j := strings.IndexByte(v[i:], x[at])
		if j < 0 {
			return false
		}
		if i += j; strings.HasPrefix(v[i-at:], x) {
			return true
		}
	}
	return false
}

// folded is exact whatever the case.
func folded(v, x string, at int) bool {
	lo, up := lower(x[at]), upper(x[at])
	if lo == up {
		for i := at; i < len(v); i++ {
			j := strings.IndexByte(v[i:], lo)
			if j < 0 {
				return false
			}
			if i += j; same(v, x, i-at) {
				return true
			}
		}
		return false
	}
	next := func(from int, c byte) int {
		if from >= len(v) {
			return len(v)
		}
		if j := strings.IndexByte(v[from:], c); j >= 0 {
			return from + j
		}
		return len(v)
	}
	for i, k := next(at, lo), next(at, up); i < len(v) || k < len(v); {
		if i < k {
			if same(v, x, i-at) {
				return true
			}
			i = next(i+1, lo)
			continue
		}
		if same(v, x, k-at) {
			return true
		}
		k = next(k+1, up)
	}
	return false
}

func same(v, x string, i int) bool {
	return i+len(x) <= len(v) && strings.EqualFold(v[i:i+len(x)], x)
}

// equal reports whether two needs look for the same.
func (n *need) equal(o *need) bool {
	return n.member == o.member && n.fold == o.fold && slices.Equal(n.texts, o.texts)
}
