package estate

import (
	"slices"
	"strings"
)

// What follows is the logic of three values, for derived facts: what is unknown makes the result unknown only where it
// decides it, as in the rules.

// bothTrue is a and b, where a known false decides whatever the other is.
func bothTrue(a, b Fact[bool]) Fact[bool] {
	switch {
	case a.State != Unknown && !a.Value:
		return a
	case b.State != Unknown && !b.Value:
		return b
	case a.State == Unknown:
		return a
	default:
		return b
	}
}

// allTrue is the conjunction of facts: false where one is known to be, else unknown where one is.
func allTrue(facts ...Fact[bool]) Fact[bool] {
	out := facts[0]
	for _, f := range facts[1:] {
		out = bothTrue(out, f)
	}
	return out
}

// anyTrue is the disjunction of facts: true where one is known to be, else unknown where one is.
func anyTrue(at Origin, facts []Fact[bool]) Fact[bool] {
	out := KnownFact(false, at)
	for _, f := range facts {
		if f.State != Unknown && f.Value {
			return f
		}
		if f.State == Unknown && out.State != Unknown {
			out = f
		}
	}
	return out
}

// not is the opposite of a fact.
func not(f Fact[bool]) Fact[bool] {
	f.Value = !f.Value
	return f
}

// isText reports whether a text is the one that is wanted.
func isText(f Fact[string], want string) Fact[bool] {
	if f.State == Unknown {
		return UnknownLike[bool](f.Meta)
	}
	return KnownFact(f.Value == want, f.Origin)
}

// isLower reports whether a text is one of some, whatever its case; condition keys and operators have none.
func isLower(f Fact[string], want ...string) Fact[bool] {
	if f.State == Unknown {
		return UnknownLike[bool](f.Meta)
	}
	return KnownFact(slices.Contains(want, strings.ToLower(f.Value)), f.Origin)
}

// oneOf reports whether one of some texts is in a list.
func oneOf(list *Fact[Strings], want ...string) Fact[bool] {
	if list.State == Unknown {
		return UnknownLike[bool](list.Meta)
	}
	facts := make([]Fact[bool], len(list.Value))
	for i := range list.Value {
		facts[i] = isLower(list.Value[i], want...)
	}
	return anyTrue(list.Origin, facts)
}
