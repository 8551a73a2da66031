package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Hop is one element on a way, and what it does with the connection, or with the answer to it.
type Hop struct {
	Kind HopKind
	Element
	Back    bool // the answer passes it
	Verdict Verdict
	// Text names the rule that decides, in words; Origin is the rule's, where it has one.
	Text   string
	Origin any
	Settle Unknown // of a verdict that is not known
}

// Label is what people call the hop's element.
func (h *Hop) Label() string { return h.label() }

// String is the hop in one line.
func (h *Hop) String() string {
	way := "->"
	if h.Back {
		way = "<-"
	}
	s := fmt.Sprintf("%s %s %s: %s (%s)", way, h.Kind, h.label(), h.Text, h.Verdict)
	if h.Settle != "" {
		s += "; to settle it, " + string(h.Settle)
	}
	return s
}

// Path is one way from a source to one subnet of the target.
type Path struct {
	From, To Ref
	// Into is the target's subnet at the end of the way, and IPv6 the family of addresses.
	Into    Ref
	IPv6    bool
	Verdict Verdict
	// Addresses are those of the source that surely get through.
	Addresses Set
	Hops      []Hop
	// Stop is the index of the first hop that stops the connection, -1 where none does.
	Stop int
}

// Explanation says how a connection from one end to another fares.
type Explanation struct {
	From, To Ref
	Port     uint16
	Verdict  Verdict
	Paths    []Path // open ones first
	Settle   []Unknown
}

// From is one end of a question: the ID or name of an element, an address, a prefix, or the word internet.
type From string

// Explain walks the ways from one end to another hop by hop. An address that belongs to several places is tried from
// each.
func (e *Engine) Explain(from From, to Target) (*Explanation, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, err := e.target(to)
	if err != nil {
		return nil, err
	}
	x := &Explanation{To: Ref{d.kind, d.Element}, Port: cmp.Or(to.Port, d.port)}
	if x.Port == 0 {
		return nil, fmt.Errorf("reach: %s: its port is not known; say one", d.label())
	}
	ref, sources, err := e.sourcesOf(string(from))
	if err != nil {
		return nil, err
	}
	x.From = ref
	for _, src := range sources {
		for _, t := range d.subnets {
			for family := range families {
				w := e.flow(src, d, t, x.Port, family)
				if w == nil {
					continue
				}
				p := e.path(w, t)
				x.Verdict = better(x.Verdict, p.Verdict)
				if p.Verdict == Maybe {
					x.Settle = append(x.Settle, e.unknowns(w)...)
				}
				x.Paths = append(x.Paths, p)
			}
		}
	}
	if set, ok := parseSet(strings.TrimSpace(string(from))); ok {
		e.whoElse(x, d, set)
	}
	if x.Verdict != Maybe {
		x.Settle = nil
	}
	slices.Sort(x.Settle)
	x.Settle = slices.Compact(x.Settle)
	slices.SortStableFunc(x.Paths, func(a, b Path) int { return cmp.Compare(order(a.Verdict), order(b.Verdict)) })
	return x, nil
}

// whoElse looks at interfaces whose address is not known and may be one of the set: their groups decide differently
// than the bare address does.
func (e *Engine) whoElse(x *Explanation, d *host, set Set) {
	single := len(set.Ranges()) == 1 && set.Ranges()[0].From == set.Ranges()[0].To
	doubt := false
	for _, h := range e.hosts {
		if h == d || h.kind != KindInterface || !h.addrs.Empty() {
			continue
		}
		for _, s := range h.subnets {
			if !s.addrs.Overlaps(set) || s.why != "" {
				continue
			}
			v := Closed
			var ways []Path
			src := e.fromHost(h, s)
			if !set.Covers(s.addrs) { // if it is one of these
				src = source{place: e.inPlace[s], host: h, addrs: set.Intersect(s.addrs), exact: true}
			}
			for _, t := range d.subnets {
				for family := range families {
					w := e.flow(src, d, t, x.Port, family)
					if w == nil {
						continue
					}
					v = better(v, w.verdict())
					ways = append(ways, e.path(w, t))
					if w.verdict() == Maybe {
						x.Settle = append(x.Settle, e.unknowns(w)...)
					}
				}
			}
			switch {
			case set.Covers(s.addrs): // it is one of them, whichever
				x.Verdict = better(x.Verdict, v)
				x.Paths = append(x.Paths, ways...)
			case v == Closed && (x.Verdict == Closed || !single):
			case v != Open || x.Verdict != Open:
				doubt = true
				x.Settle = append(x.Settle, "say whether "+Unknown(set.String())+" holds the address of "+Unknown(h.label()))
				x.Paths = append(x.Paths, ways...)
			}
		}
	}
	if doubt {
		x.Verdict = Maybe
	}
}

// sourcesOf are those that a text means.
func (e *Engine) sourcesOf(text string) (Ref, []source, error) {
	text = strings.TrimSpace(text)
	if set, ok := parseSet(text); ok {
		ref := Ref{KindAddresses, Element{ID: text}}
		return ref, e.from(set), nil
	}
	if strings.EqualFold(text, "internet") {
		return Ref{KindInternet, e.internet.Element}, []source{fromPlace(e.internet)}, nil
	}
	switch x := e.named(text).(type) {
	case *host:
		var out []source
		for _, s := range x.subnets {
			out = append(out, e.fromHost(x, s))
		}
		return Ref{x.kind, x.Element}, out, nil
	case *group:
		return Ref{KindGroup, x.Element}, e.fromGroup(x), nil
	case *subnet:
		return Ref{KindSubnet, x.Element}, []source{fromPlace(e.inPlace[x])}, nil
	case *vpc:
		var out []source
		for _, p := range e.places {
			if p.vpc == x {
				out = append(out, fromPlace(p))
			}
		}
		return Ref{KindVPC, x.Element}, out, nil
	case *site:
		for _, p := range e.places {
			if p.site == x {
				return Ref{KindSite, x.Element}, []source{fromPlace(p)}, nil
			}
		}
	}
	return Ref{}, nil, fmt.Errorf("reach: source %q: %w", text, ErrNotFound)
}

// named is the element of that ID, or else the first of that name.
func (e *Engine) named(text string) any {
	if x, ok := e.names[text]; ok {
		return x
	}
	for _, h := range e.hosts {
		if h.Name == text {
			return h
		}
	}
	for _, g := range e.groups {
		if g.Name == text {
			return g
		}
	}
	for _, s := range e.subnets {
		if s.Name == text {
			return s
		}
	}
	for _, s := range e.sites {
		if s.Name == text {
			return s
		}
	}
	for _, v := range e.vpcs {
		if v.Name == text {
			return v
		}
	}
	return nil
}

func parseSet(text string) (Set, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return SetOfAddresses(a), true
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return SetOf(p), true
	}
	return Set{}, false
}

// from finds the places that addresses may be in.
func (e *Engine) from(set Set) []source {
	var out []source
	rest := set
	for _, h := range e.hosts {
		if !h.addrs.Overlaps(set) || h.kind == KindLoadBalancer {
			continue
		}
		for _, s := range h.subnets {
			out = append(out, source{place: e.inPlace[s], host: h, addrs: h.addrs.Intersect(set), exact: true})
		}
		rest = rest.Subtract(h.addrs)
	}
	for _, p := range e.places {
		if in := p.addrs.Intersect(rest); !in.Empty() && (p.why == "" || p.kind != KindInternet && len(out) == 0 && !in.Overlaps(public)) {
			out = append(out, source{place: p, addrs: in, exact: p.why == ""})
			if p.why == "" {
				set = set.Subtract(in)
			}
		}
	}
	if left := set.Intersect(rest); len(out) == 0 && !left.Empty() {
		p := &place{Element: Element{ID: left.String()}, kind: KindAddresses, addrs: left, legs: map[legKey]*leg{}}
		out = append(out, fromPlace(p))
	}
	return out
}

// fromGroup is a group's members where they are known, and otherwise wherever it may be used.
func (e *Engine) fromGroup(g *group) []source {
	var out []source
	for _, m := range g.members {
		for _, s := range m.subnets {
			out = append(out, e.fromHost(m, s))
		}
	}
	if len(out) > 0 {
		return out
	}
	h := &host{Element: g.Element, kind: KindGroup, groups: []*group{g}, around: map[aclKey]*admitted{}}
	for _, v := range g.vpcs {
		subnets := v.subnets
		if v.somewhere != nil {
			subnets = append(slices.Clip(subnets), v.somewhere)
		}
		for _, s := range subnets {
			out = append(out, source{place: e.inPlace[s], host: h, addrs: s.addrs, exact: s.why == ""})
		}
	}
	return out
}

// path is a flow hop by hop. What comes after a hop that stops it is told as if it had not.
func (e *Engine) path(w *flow, into *subnet) Path {
	from := Ref{w.src.place.kind, w.src.place.Element}
	if h := w.src.host; h != nil {
		from = Ref{h.kind, h.Element}
	}
	p := Path{From: from, Into: Ref{KindSubnet, into.Element}, Verdict: w.verdict(), Stop: w.stop()}
	p.To = Ref{KindDatabase, w.steps()[0].el}
	p.IPv6 = !w.base.Overlaps(all4)
	if w.src.exact {
		p.Addresses = w.pass.yes.Intersect(w.base)
		if w.src.place.kind == KindInternet {
			p.Addresses = shorter(p.Addresses, e.admittedBy(w), into.vpc.cidrs)
		}
	}
	cur := w.base
	for i := range w.steps() {
		hop, next := e.hopAt(w, i, cur)
		p.Hops = append(p.Hops, hop)
		if !next.Empty() {
			cur = next
		}
	}
	return p
}

func (e *Engine) admittedBy(w *flow) Set {
	for i := range w.steps() {
		if w.steps()[i].kind == HopGroupIn {
			return w.steps()[i].pass.yes
		}
	}
	return Set{}
}

// hopAt tells what a step does with the addresses that got as far.
func (e *Engine) hopAt(w *flow, i int, cur Set) (Hop, Set) {
	st := &w.steps()[i]
	v := st.pass.at(cur)
	if w.src.exact {
		v = st.pass.some(cur)
	}
	text, origin, why := st.say(cur, v)
	if v == Maybe && why == "" {
		why = "say which of " + Unknown(cur.String()) + " it is"
	}
	if v != Maybe {
		why = ""
	}
	h := Hop{Kind: st.kind, Element: st.el, Back: st.back, Verdict: v, Text: text, Origin: origin, Settle: why}
	return h, cur.Intersect(st.pass.may)
}

// hop is one step of a flow as its addresses get there.
func (e *Engine) hop(w *flow, at int) Hop {
	cur := w.base
	for i := range at {
		cur = cur.Intersect(w.steps()[i].pass.may)
	}
	h, _ := e.hopAt(w, max(at, 0), cur)
	return h
}

// unknowns are what would settle a flow that is not known.
func (e *Engine) unknowns(w *flow) []Unknown {
	var out []Unknown
	cur := w.base
	for i := range w.steps() {
		h, next := e.hopAt(w, i, cur)
		if h.Settle != "" && !slices.Contains(out, h.Settle) {
			out = append(out, h.Settle)
		}
		cur = next
	}
	return out
}
