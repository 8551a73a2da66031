package reach

import (
	"fmt"
	"strings"
)

// step is one hop, before it is known which addresses get as far.
type step struct {
	kind HopKind
	el   Element
	back bool
	pass pair // of the source's addresses
	// say names the rule that has to do with the addresses.
	say func(about Set, v Verdict) (text string, origin any, why Unknown)
}

// leg is the part of a way that does not depend on who opens the connection and to whom: between a place and a subnet,
// at one port, in one family of addresses.
type leg struct {
	there, back []step
	dst         Set     // where the target's address lies
	pass        pair    // of all steps
	refs        Verdict // whether references to groups hold on the way
	refsWhy     string
	free        bool // every address of the place gets through
}

type legKey struct {
	subnet *subnet
	host   *host // where its address is known
	port   uint16
	family int
}

// leg is nil where the target has no address in the family.
func (e *Engine) leg(p *place, d *host, t *subnet, port uint16, family int) *leg {
	f := families[family]
	key := legKey{subnet: t, port: port, family: family}
	dst := t.addrs.Intersect(f)
	if own := d.addrs.Intersect(f); !own.Empty() {
		dst, key.host = own, d
	}
	if dst.Empty() || !p.addrs.Overlaps(f) {
		return nil
	}
	if l, ok := p.legs[key]; ok {
		return l
	}
	l := e.makeLeg(p, t, dst, port, f)
	p.legs[key] = l
	return l
}

func (e *Engine) makeLeg(p *place, t *subnet, dst Set, port uint16, f Set) *leg {
	l := &leg{refs: Open, dst: dst}
	base := p.addrs.Intersect(f)
	if p.subnet == t && t.aclWhy == "" {
		// Inside a subnet no ACL looks and no route is asked.
		l.there = []step{{kind: HopRoute, el: t.Element, pass: passes, say: says("both are in "+t.label(), t.Origin, "")}}
		l.pass, l.free = passes, true
		return l
	}
	back := e.lead(t, base, destOf(p))
	switch {
	case p.subnet != nil:
		e.fromSubnet(l, p.subnet, t, port, p.subnet == t)
	case p.site != nil:
		e.fromSite(l, p.site, t)
	case p.kind == KindInternet:
		e.fromInternet(l, t, back)
	}
	l.there = append(l.there, aclStep(t, false, false, filter(t.acl, t.aclWhy, false, port), port))
	e.answer(l, p, t, back)
	l.pass = passes
	for _, steps := range [][]step{l.there, l.back} {
		for i := range steps {
			l.pass = l.pass.and(steps[i].pass)
		}
	}
	l.free = l.pass.yes.Covers(base)
	return l
}

// says is a step's explanation that does not depend on the addresses.
func says(text string, origin any, why Unknown) func(Set, Verdict) (string, any, Unknown) {
	return func(Set, Verdict) (string, any, Unknown) { return text, origin, why }
}

// gate is a step that lets all addresses of the source through or none.
func gate(v Verdict) pair {
	switch v {
	case Open:
		return passes
	case Maybe:
		return open3
	case Closed:
	}
	return stops
}

func aclStep(s *subnet, out, back bool, pass pair, port uint16) step {
	kind, el := HopACLIn, Element{ID: s.ID, Name: "the ACL of " + s.label(), Origin: s.Origin}
	if out {
		kind = HopACLOut
	}
	st := step{kind: kind, back: back, pass: pass}
	switch {
	case s.acl != nil:
		a := s.acl
		st.el = a.Element
		st.say = func(about Set, v Verdict) (string, any, Unknown) { return a.decides(out, port, about, v) }
	case s.aclWhy != "":
		st.el, st.say = el, says("rules that are not known", s.Origin, s.aclWhy)
	default:
		el.Name = "the default ACL of " + s.vpc.label()
		st.el, st.say = el, says("as AWS makes it, it allows everything", s.Origin, "")
	}
	return st
}

func routeStep(s *subnet, back bool, pass pair, l *led) step {
	el := Element{ID: s.ID, Name: "the routes of " + s.label(), Origin: s.Origin}
	if s.table != nil {
		el = s.table.Element
	}
	return step{kind: HopRoute, el: el, back: back, pass: pass, say: l.say}
}

// say picks the route that has to do with the addresses.
func (l *led) say(about Set, v Verdict) (string, any, Unknown) {
	for _, strict := range []bool{true, false} {
		for i := range l.notes {
			n := &l.notes[i]
			if n.set.Overlaps(about) && (!strict || n.v == v) {
				text := n.text
				if strings.HasSuffix(text, " ") {
					text += fewOf(n.set.Intersect(about))
				}
				return text, n.origin, n.why
			}
		}
	}
	return "no route", nil, ""
}

// fewOf names the addresses where that takes few words.
func fewOf(s Set) string {
	const most = 4
	if len(s.Prefixes()) > most {
		return "these addresses"
	}
	return s.String()
}

// sayOf explains a route by the target's addresses: those of the source do not matter to it.
func (l *led) sayOf(dst Set) func(Set, Verdict) (string, any, Unknown) {
	return func(_ Set, v Verdict) (string, any, Unknown) { return l.say(dst, v) }
}

func (e *Engine) fromSubnet(l *leg, s, t *subnet, port uint16, maybeSame bool) {
	v := filter(s.acl, s.aclWhy, true, port).at(l.dst)
	out := aclStep(s, true, false, gate(v), port)
	say := out.say
	out.say = func(_ Set, v Verdict) (string, any, Unknown) { return say(l.dst, v) }
	l.there = append(l.there, out)
	way := e.lead(s, l.dst, dest{vpc: t.vpc})
	if maybeSame {
		way = &led{refs: Open}
		way.add(l.dst, Open, "the local route of "+t.vpc.label(), t.vpc.Origin, "")
	}
	l.refs, l.refsWhy = way.refs, way.refsWhy
	st := routeStep(s, false, gate(way.at(l.dst)), way)
	st.say = way.sayOf(l.dst)
	l.there = append(l.there, st)
	e.addGateways(l, way, false)
}

// addGateways adds those that the routes lead through, so that a reader sees them; the routes have decided already.
func (e *Engine) addGateways(l *leg, way *led, back bool) {
	seen := map[string]bool{}
	for _, g := range way.via {
		if seen[g.el.ID] {
			continue
		}
		seen[g.el.ID] = true
		l.there = append(l.there, step{kind: HopGateway, el: g.el, back: back, pass: passes, say: says("through the "+string(g.kind), g.el.Origin, "")})
	}
}

func (e *Engine) fromSite(l *leg, s *site, t *subnet) {
	if s.gateway != nil {
		v := s.gateway.attached(t.vpc)
		text := "it is attached to " + t.vpc.label()
		if v == Closed {
			text = "it is not attached to " + t.vpc.label()
		}
		l.there = append(l.there, step{kind: HopGateway, el: s.gateway.Element, pass: gate(v), say: says(text, s.gateway.Origin, s.gateway.VPCUnknown)})
		return
	}
	way := &led{refs: Open}
	for _, j := range s.via {
		e.through(way, j.gateway, j.at, "from "+j.at.label(), j.at.Origin, l.dst, dest{vpc: t.vpc}, 0)
	}
	el := s.Element
	if len(s.via) == 0 {
		way.add(l.dst, Closed, "nothing joins "+s.label()+" and "+t.vpc.label(), s.Origin, "")
	} else {
		el = s.via[0].gateway.Element
	}
	l.there = append(l.there, step{kind: HopGateway, el: el, pass: gate(way.at(l.dst)), say: way.sayOf(l.dst)})
}

func (e *Engine) fromInternet(l *leg, t *subnet, back *led) {
	v := Closed
	var by *gateway
	for _, g := range e.leading(InternetGateway) {
		if a := g.attached(t.vpc); better(v, a) != v {
			v, by = better(v, a), g
		}
	}
	el, text, why := t.vpc.Element, "no internet gateway is attached to "+t.vpc.label(), Unknown("")
	switch {
	case by != nil:
		el, text, why = by.Element, "it is attached to "+t.vpc.label(), by.VPCUnknown
	case !back.may.Empty(): // a route leads to what may be one
		v = Maybe
		text = "whether an internet gateway is attached is not known"
		_, _, why = back.say(back.may, Maybe)
	}
	l.there = append(l.there, step{kind: HopGateway, el: el, pass: gate(v), say: says(text, el.Origin, why)})
	if by == nil || by.edge == nil {
		return
	}
	for _, w := range e.routes(by.edge) {
		if w.target != local && w.set.Overlaps(l.dst) {
			name := e.nameOf(w.target)
			l.there = append(l.there, step{
				kind: HopRoute, el: by.edge.Element, pass: open3,
				say: says(w.text+" to "+name, w.origin, "say what "+Unknown(name)+" forwards"),
			})
			return
		}
	}
}

// leading are the gateways of a kind.
func (e *Engine) leading(kind GatewayKind) []*gateway {
	var out []*gateway
	for _, g := range e.gateways {
		if g.Kind == kind {
			out = append(out, g)
		}
	}
	return out
}

// answer adds the steps of the way back. ACLs do not remember, so that the answer is looked at again; it goes to a
// port that the client chose, and one that both ACLs let through is enough.
func (e *Engine) answer(l *leg, p *place, t *subnet, back *led) {
	s := p.subnet
	var sacl *acl
	if s != nil {
		sacl = s.acl
	}
	var out, joint pair
	leave, enter := uint16(ephemeralFrom), uint16(ephemeralFrom)
	var enters Verdict
	for _, port := range spans(t.acl, sacl) {
		o := filter(t.acl, t.aclWhy, true, port)
		if out.may.Empty() && !o.may.Empty() || out.yes.Empty() && !o.yes.Empty() {
			leave = port
		}
		out = out.or(o)
		if s == nil {
			continue
		}
		v := filter(sacl, s.aclWhy, false, port).at(l.dst)
		if better(enters, v) != enters {
			enters, enter = better(enters, v), port
		}
		joint = joint.or(o.and(gate(v)))
	}
	l.back = append(l.back, aclStep(t, true, true, out, leave), routeStep(t, true, back.pair, back))
	if s == nil {
		return
	}
	st := aclStep(s, false, true, joint, enter)
	say := st.say
	st.say = func(_ Set, v Verdict) (string, any, Unknown) {
		if v == Closed && enters != Closed {
			return fmt.Sprintf("no port from %d to %d is let through by it and by the other ACL", ephemeralFrom, ephemeralTo), s.Origin, ""
		}
		return say(l.dst, v)
	}
	l.back = append(l.back, st)
}
