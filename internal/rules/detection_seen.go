package rules

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Seen is an event as detections see it. It is looked at by one goroutine at a time.
type Seen struct {
	Event     Object
	OK        bool
	Who       string
	Automated bool
	Account   string
	// From and To are where it came from and went, as addresses or names; Lists gives the lists that such a one is on.
	From, To string
	Lists    func(text string) []string
	// Places say whose network an address is in and where; nil where no list says.
	Places Places

	whole          map[string]any
	from, to       []string
	asked, askedTo bool

	grouping, group string // what it was grouped by last, and how
}

// Forget forgets what is remembered of the event, for when another takes its place.
func (s *Seen) Forget() {
	s.whole, s.from, s.to, s.asked, s.askedTo, s.grouping, s.group = nil, nil, nil, false, false, "", ""
}

// Know says which lists [Seen.To] is on, which need not be asked then.
func (s *Seen) Know(to []string) { s.to, s.askedTo = to, true }

// FromLists are the lists that [Seen.From] is on.
func (s *Seen) FromLists() []string {
	if !s.asked && s.Lists != nil {
		s.from, s.asked = s.Lists(s.From), true
	}
	return s.from
}

// ToLists are the lists that [Seen.To] is on.
func (s *Seen) ToLists() []string {
	if !s.askedTo && s.Lists != nil {
		s.to, s.askedTo = s.Lists(s.To), true
	}
	return s.to
}

func (s *Seen) activation() map[string]any {
	if s.whole == nil {
		s.whole, _ = Members(s.Event).Any().(map[string]any)
	}
	out := map[string]any{"e": s.whole, "ok": s.OK, "who": s.Who, "automated": s.Automated, "from_lists": orEmpty(s.FromLists()), "to_lists": orEmpty(s.ToLists())}
	for name, of := range placeNames {
		out[name] = func() ref.Val { return types.String(of(s)) } // looked up where it is asked for
	}
	return out
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Places say whose network an address of the internet is in, as AS64500, and in which country, in two letters; each is empty
// where it is not known.
type Places interface {
	ASN(address string) string
	Country(address string) string
}

// placeNames are the variables of places.
var placeNames = map[string]func(*Seen) string{
	"from_asn":     func(s *Seen) string { return s.place(s.From, Places.ASN) },
	"from_country": func(s *Seen) string { return s.place(s.From, Places.Country) },
	"to_asn":       func(s *Seen) string { return s.place(s.To, Places.ASN) },
	"to_country":   func(s *Seen) string { return s.place(s.To, Places.Country) },
}

func (s *Seen) place(address string, of func(Places, string) string) string {
	if s.Places == nil {
		return ""
	}
	return of(s.Places, address)
}

// asks notes what an expression asks of places.
func (d *Detection) asks(x *expression) {
	if x == nil || x.checked == nil {
		return
	}
	ast.PostOrderVisit(x.checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind {
			return
		}
		switch e.AsIdent() {
		case "from_asn", "to_asn":
			d.asn = true
		case "from_country", "to_country":
			d.country = true
		}
	}))
}

// Asks reports whether the detection, once it is compiled, asks whose network an address is in, and in which country: without a
// list that says so it finds nothing.
func (d *Detection) Asks() (asn, country bool) { return d.asn, d.country }
