package reach

import (
	"cmp"
	"slices"
)

// survey is the making of one answer.
type survey struct {
	*Engine
	d      *host
	port   uint16
	answer *Answer
	admits *admitted

	reach    map[*subnet]reached // from each subnet
	verdict  map[*host]Verdict
	inside   map[*subnet][]*host // those that get in, or may
	closed   map[refusalKey]int
	classes  map[classKey]Hop
	noRule   Hop // made once
	noRuleAt int // its place among the refusals, from 1
}

// reached is what gets from a subnet to the target, in all families and to all of its subnets.
type reached struct {
	byAddress, byGroup pair
	first              *leg // to the first subnet, by IPv4
}

type refusalKey struct {
	kind HopKind
	id   string
	back bool
	text string
}

type classKey struct {
	subnet *subnet
	groups *group // where there is one
	many   *host
}

func (s *survey) run() {
	s.fromSubnets()
	s.hostsIn()
	for _, p := range s.places {
		s.place(p)
	}
	s.elsewhere()
	for _, g := range s.groups {
		s.group(g)
	}
	for _, h := range s.hosts {
		switch {
		case h == s.d:
		case h.kind == KindLoadBalancer:
			s.balancer(h)
		case s.verdict[h] == Closed:
			s.refuse(Ref{h.kind, h.Element}, s.whyNot(h))
		}
	}
	for _, x := range s.ends {
		hop := Hop{Kind: HopForward, Element: x.Element, Text: "an endpoint takes connections to a service and opens none", Origin: x.Origin}
		s.refuse(Ref{KindEndpoint, x.Element}, hop)
	}
	slices.SortStableFunc(s.answer.Sources, func(a, b Source) int { return cmp.Compare(order(a.Verdict), order(b.Verdict)) })
}

// fromSubnets computes once for each subnet what gets from there to the target.
func (s *survey) fromSubnets() {
	s.reach = make(map[*subnet]reached, len(s.subnets))
	for from, p := range s.inPlace {
		var r reached
		for family := range families {
			has := addressPass(p, s.d, family)
			if has.may.Empty() {
				continue
			}
			for _, t := range s.d.subnets {
				l := s.leg(p, s.d, t, s.port, family)
				if family == 0 && t == s.d.subnets[0] {
					r.first = l
				}
				if l == nil || l.pass.may.Empty() {
					continue
				}
				pass := has.and(l.pass).in(families[family])
				r.byGroup = r.byGroup.or(pass.and(gate(l.refs)))
				r.byAddress = r.byAddress.or(pass.and(s.admits.addrs))
			}
		}
		s.reach[from] = r
	}
}

// hostsIn finds the verdict for every interface and database.
func (s *survey) hostsIn() {
	s.verdict, s.inside = map[*host]Verdict{}, map[*subnet][]*host{}
	for _, h := range s.hosts {
		if h == s.d || h.kind == KindLoadBalancer {
			continue
		}
		ref := s.admits.ref(h.groups)
		best := Closed
		for _, from := range h.subnets {
			r := s.reach[from]
			base := h.addrs
			if base.Empty() {
				base = from.addrs
			}
			if (ref == Closed || !r.byGroup.may.Overlaps(base)) && !r.byAddress.may.Overlaps(base) {
				continue
			}
			if v := s.best(s.fromHost(h, from)); v != Closed {
				best = better(best, v)
				s.inside[from] = append(s.inside[from], h)
			}
		}
		s.verdict[h] = best
	}
}

// best is the verdict for a source over all subnets of the target and families.
func (s *survey) best(src source) Verdict {
	v := Closed
	s.each(src, func(w *flow, _ viaFlow) { v = better(v, w.verdict()) })
	return v
}

// each visits the ways from a source.
func (s *survey) each(src source, visit func(*flow, viaFlow)) {
	if src.place == nil {
		return
	}
	for _, t := range s.d.subnets {
		for family := range families {
			if w := s.flow(src, s.d, t, s.port, family); w != nil {
				visit(w, viaFlow{src, s.d, t, s.port, family})
			}
		}
	}
}

// place adds what gets in by address from a place, or why none does.
func (s *survey) place(p *place) {
	if p.subnet != nil {
		if r := s.reach[p.subnet]; r.first != nil && r.first.free && !r.byAddress.may.Overlaps(p.addrs) {
			s.refuse(Ref{p.kind, p.Element}, s.groupStop())
			return
		}
	}
	out := Source{Ref: Ref{p.kind, p.Element}, engine: s.Engine}
	var got pair
	var stop *flow
	s.each(fromPlace(p), func(w *flow, via viaFlow) {
		v := w.verdict()
		if v == Closed {
			stop = further(stop, w)
			return
		}
		out.Verdict = better(out.Verdict, v)
		got = got.or(w.pass.in(w.base))
		out.ways = append(out.ways, via)
		if v == Maybe {
			out.settle(s.Engine, w)
		}
	})
	if out.Verdict == Closed {
		if stop != nil {
			s.refuse(out.Ref, s.hop(stop, stop.stop()))
		}
		return
	}
	if out.Verdict == Open {
		out.Settle = nil
	}
	out.Addresses, out.MaybeAddresses = got.yes, got.may.Subtract(got.yes)
	if !fromPlace(p).exact && out.Verdict == Maybe { // which of them it has is not known
		out.Addresses, out.MaybeAddresses = Set{}, got.may
	}
	if p.kind == KindInternet {
		out.Addresses = shorter(out.Addresses, s.admits.addrs.yes, s.d.ownRanges())
		out.MaybeAddresses = shorter(out.MaybeAddresses, s.admits.addrs.may, s.d.ownRanges())
	}
	if p.subnet != nil {
		for _, h := range s.inside[p.subnet] {
			if s.admits.ref(h.groups) != Closed {
				continue // listed with its group
			}
			out.member(h, s.verdict[h])
		}
	}
	s.answer.Sources = append(s.answer.Sources, out)
}

// shorter leaves in ranges that are admitted although nothing comes from there, where that takes fewer prefixes: those
// that the internet carries nothing from, and those of the target's own VPC.
func shorter(s, rules, own Set) Set {
	if s.Empty() {
		return s
	}
	best := s
	for _, more := range []Set{reserved, own, reserved.Union(own)} {
		if with := s.Union(more.Intersect(rules)); len(with.Prefixes()) < len(best.Prefixes()) {
			best = with
		}
	}
	return best
}

// ownRanges are those of the VPCs that a host stands in.
func (h *host) ownRanges() Set {
	var out Set
	for _, s := range h.subnets {
		out = out.Union(s.vpc.cidrs)
	}
	return out
}

func (out *Source) member(h *host, v Verdict) {
	ref := Ref{h.kind, h.Element}
	switch v {
	case Open:
		out.Members = append(out.Members, ref)
	case Maybe:
		out.MaybeMembers = append(out.MaybeMembers, ref)
	case Closed:
	}
}

// settle notes what is not known on a way.
func (out *Source) settle(e *Engine, w *flow) {
	for _, why := range e.unknowns(w) {
		if !slices.Contains(out.Settle, why) {
			out.Settle = append(out.Settle, why)
		}
	}
}

// further is the way that got further before it was stopped.
func further(a, b *flow) *flow {
	if a == nil || b.stop() > a.stop() {
		return b
	}
	return a
}

// group adds a security group, or why its members do not get in.
func (s *survey) group(g *group) {
	out := Source{Ref: Ref{KindGroup, g.Element}, engine: s.Engine}
	ref := s.admits.ref([]*group{g})
	for _, m := range g.members {
		v := s.verdict[m]
		if v == Closed {
			continue
		}
		if ref == Closed && s.admits.ref(m.groups) != Closed {
			continue // listed with the group that gets it in
		}
		out.member(m, v)
		if ref == Closed {
			for _, from := range m.subnets {
				s.addWays(&out, s.fromHost(m, from), 1)
			}
		}
	}
	if ref == Closed {
		if out.Verdict == Closed {
			s.refuse(out.Ref, s.groupStop())
			return
		}
		out.ByAddress = true
		s.finish(&out)
		return
	}
	var stop *flow
	for _, src := range s.fromGroup(g) { // members stand in subnets, each of which is a place
		if !s.reach[src.place.subnet].byGroup.may.Overlaps(src.addrs) && !s.reach[src.place.subnet].byAddress.may.Overlaps(src.addrs) {
			if stop == nil {
				stop = s.firstStop(src)
			}
			continue
		}
		if w := s.addWays(&out, src, 4); w != nil {
			stop = further(stop, w)
		}
	}
	if g.missing != "" && out.Verdict != Closed {
		out.Verdict = Maybe
		out.Settle = append(out.Settle, g.missing)
	}
	switch {
	case out.Verdict != Closed:
		s.finish(&out)
	case stop != nil:
		s.refuse(out.Ref, s.hop(stop, stop.stop()))
	default:
		out.Verdict = Maybe
		out.Settle = []Unknown{"read what declares the subnets that the members of " + Unknown(g.label()) + " stand in too"}
		s.finish(&out)
	}
}

func (s *survey) finish(out *Source) {
	if out.Verdict == Open {
		out.Settle = nil
	}
	s.answer.Sources = append(s.answer.Sources, *out)
}

// addWays adds the ways that are not closed, at most so many, and returns one that is.
func (s *survey) addWays(out *Source, src source, most int) (stop *flow) {
	s.each(src, func(w *flow, via viaFlow) {
		v := w.verdict()
		if v == Closed {
			stop = further(stop, w)
			return
		}
		if v == Maybe && out.Verdict != Open {
			out.settle(s.Engine, w)
		}
		upgrade := better(out.Verdict, v) != out.Verdict
		out.Verdict = better(out.Verdict, v)
		if len(out.ways) < most || upgrade {
			out.ways = append(out.ways, via)
		}
	})
	return stop
}

func (s *survey) firstStop(src source) (stop *flow) {
	s.each(src, func(w *flow, _ viaFlow) {
		if w.stop() >= 0 {
			stop = further(stop, w)
		}
	})
	return stop
}

// groupStop is why nobody gets in for carrying a group, of one that no rule names.
func (s *survey) groupStop() Hop {
	if s.noRule.Text == "" {
		el := s.d.Element
		if len(s.d.groups) > 0 {
			el = s.d.groups[0].Element
		}
		_, text, _, _ := s.ruleFor(s.d, false, s.port, Set{}, nil, Closed)
		s.noRule = Hop{Kind: HopGroupIn, Element: el, Origin: el.Origin, Text: text}
	}
	return s.noRule
}

// whyNot is what stops an interface that does not get in. Interfaces in one subnet and group share the reason.
func (s *survey) whyNot(h *host) Hop {
	if l := s.reach[h.subnets[0]].first; l != nil && l.free && (l.refs == Open || s.admits.ref(h.groups) == Closed) {
		// Everything on the way lets it through, so that it is the groups at one end or the other.
		out := s.around(h, true, s.port)
		if out.addrs.at(l.dst) != Closed || limited(out.ref(s.d.groups), l.refs) != Closed {
			return s.groupStop()
		}
	}
	key := classKey{subnet: h.subnets[0]}
	switch {
	case !h.addrs.Empty() && s.reach[h.subnets[0]].byAddress.may.Overlaps(h.subnets[0].addrs), len(h.groups) != 1:
		key.many = h
	default:
		key.groups = h.groups[0]
	}
	if hop, ok := s.classes[key]; ok {
		return hop
	}
	var hop Hop
	if w := s.firstStop(s.fromHost(h, h.subnets[0])); w != nil {
		hop = s.hop(w, w.stop())
	} else {
		hop = Hop{Kind: HopRoute, Element: h.Element, Text: "no way leads from it to the target", Origin: h.Origin}
	}
	s.classes[key] = hop
	return hop
}

// balancer adds a load balancer that forwards to the target, or why it cannot connect.
func (s *survey) balancer(h *host) {
	out := Source{Ref: Ref{KindLoadBalancer, h.Element}, engine: s.Engine}
	if f := s.forwards(h, s.d, s.port); f.pass.may.Empty() {
		text, origin, _ := f.say(all, Closed)
		s.refuse(out.Ref, Hop{Kind: f.kind, Element: f.el, Text: text, Origin: origin})
		return
	}
	var stop *flow
	for _, from := range h.subnets {
		if w := s.addWays(&out, s.fromHost(h, from), 4); w != nil {
			stop = further(stop, w)
		}
	}
	switch {
	case out.Verdict != Closed:
		s.finish(&out)
	case stop != nil:
		s.refuse(out.Ref, s.hop(stop, stop.stop()))
	}
}

// elsewhere looks at addresses that the target's groups admit and that belong to no place that is known.
func (s *survey) elsewhere() {
	rest := s.admits.addrs.may.Intersect(reserved)
	if rest.Empty() || s.admits.addrs.may.Covers(all4) || s.admits.addrs.may.Covers(all6) {
		return // nothing that the author had in mind
	}
	for _, p := range s.places {
		if p.kind != KindInternet && p.why == "" {
			rest = rest.Subtract(p.addrs)
		}
	}
	for _, t := range s.d.subnets {
		rest = rest.Subtract(t.vpc.cidrs)
	}
	if rest.Empty() {
		return
	}
	p := &place{Element: Element{ID: rest.String(), Name: rest.String()}, kind: KindAddresses, addrs: rest, legs: map[legKey]*leg{}}
	s.place(p)
}

func (s *survey) refuse(ref Ref, hop Hop) {
	if s.noRule.Text != "" && hop.Text == s.noRule.Text && hop.Kind == HopGroupIn && s.noRuleAt > 0 { // by far the most
		r := &s.answer.Refusals[s.noRuleAt-1]
		r.Sources = append(r.Sources, ref)
		return
	}
	key := refusalKey{hop.Kind, hop.ID, hop.Back, hop.Text}
	i, ok := s.closed[key]
	if !ok {
		i = len(s.answer.Refusals)
		s.closed[key] = i
		s.answer.Refusals = append(s.answer.Refusals, Refusal{Hop: hop})
		if s.noRule.Text != "" && hop.Text == s.noRule.Text && hop.Kind == HopGroupIn {
			s.noRuleAt = i + 1
			s.answer.Refusals[i].Sources = make([]Ref, 0, len(s.groups)+len(s.hosts))
		}
	}
	r := &s.answer.Refusals[i]
	r.Sources = append(r.Sources, ref)
}
