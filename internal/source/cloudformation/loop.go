package cloudformation

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

const loopPrefix = "Fn::ForEach::"

// scope holds the identifiers of the loops around a node, innermost first. Nil is no loop.
type scope struct {
	outer *scope
	name  string
	text  string
	why   string // what would settle the identifier, when it is not known
}

func (sc *scope) lookup(name string) *scope {
	for ; sc != nil; sc = sc.outer {
		if sc.name == name {
			return sc
		}
	}
	return nil
}

// replace puts the identifiers' values for ${Name} and, without what is not a letter or digit, for &{Name}. why is set
// when one of them is not known; its placeholder then stays.
func (sc *scope) replace(text string) (replaced, why string) {
	for ; sc != nil; sc = sc.outer {
		if !strings.Contains(text, "{"+sc.name+"}") {
			continue
		}
		if sc.why != "" {
			why = sc.why
			continue
		}
		text = strings.ReplaceAll(text, "${"+sc.name+"}", sc.text)
		text = strings.ReplaceAll(text, "&{"+sc.name+"}", alphanumeric(sc.text))
	}
	return text, why
}

func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}

// unroll visits the entries of a map, each loop's body once for every item of its collection. Where the collection is
// not known the body is visited once, with the identifier unknown and open saying what would settle it.
func (u *unit) unroll(n *node, sc *scope, open string, visit func(f *field, name string, sc *scope, open string)) {
	if !u.enter() {
		u.tooMuch(n.at)
		return
	}
	defer u.leave()
	for i := range n.fields {
		f := &n.fields[i]
		if u.s.values < 0 {
			return
		}
		if !strings.HasPrefix(f.name, loopPrefix) {
			name, _ := sc.replace(f.name)
			visit(f, name, sc, open)
			continue
		}
		if f.value.kind != nodeList || len(f.value.items) != 3 || f.value.items[2].kind != nodeMap {
			u.problem(f.at, true, "%s takes an identifier, a collection and a map to repeat; correct it", f.name)
			continue
		}
		identifier, ok := f.value.items[0].scalar()
		if !ok || identifier == "" {
			u.problem(f.value.items[0].at, true, "the identifier of %s must be text; correct it", f.name)
			continue
		}
		u.repeat(f, identifier, sc, open, visit)
	}
}

func (u *unit) repeat(f *field, identifier string, sc *scope, open string, visit func(f *field, name string, sc *scope, open string)) {
	collection := u.eval(&f.value.items[1], sc)
	body := &f.value.items[2]
	once := func(item estate.Value) {
		if !u.s.spend(1) {
			u.tooMuch(f.at)
			return
		}
		inner := &scope{outer: sc, name: identifier}
		var ok bool
		if inner.text, ok = item.Scalar(); !ok {
			inner.why = whyUnknown(item)
			if inner.why == "" {
				inner.why = fmt.Sprintf("give %s items that are known before deployment", f.name)
			}
		}
		u.unroll(body, inner, open, visit)
	}
	if collection.Kind == estate.KindList {
		for _, item := range collection.Items {
			once(item)
		}
		return
	}
	if open == "" {
		if open = whyUnknown(collection); open == "" {
			open = fmt.Sprintf("give %s a list to run over", f.name)
		}
	}
	u.problem(f.at, false, "%s runs over a list that is not known, so its body is read once; %s", f.name, open)
	once(estate.UnknownBecause(open, f.at.in(u.t.file)))
}
