package reach

import "fmt"

// HopKind says what a hop is.
type HopKind string

// The kinds of hops, in the order a connection meets them.
const (
	HopAddress  HopKind = "address"            // that the target has one which can be reached this way
	HopForward  HopKind = "listener"           // that a load balancer forwards to the target
	HopGroupOut HopKind = "security group out" // of the source
	HopACLOut   HopKind = "network ACL out"    // of the source's subnet; on the way back, of the target's
	HopRoute    HopKind = "route"
	HopGateway  HopKind = "gateway"
	HopACLIn    HopKind = "network ACL in" // of the target's subnet; on the way back, of the source's
	HopGroupIn  HopKind = "security group in"
)

// source is who opens a connection: any address of a place, or a host in it.
type source struct {
	place *place
	host  *host // nil for addresses
	addrs Set
	exact bool // any of addrs will do; otherwise it is one of them, it is not known which
}

func fromPlace(p *place) source { return source{place: p, addrs: p.addrs, exact: p.why == ""} }

// fromHost is a host as it stands in one of its subnets.
func (e *Engine) fromHost(h *host, s *subnet) source {
	if !h.addrs.Empty() {
		return source{place: e.inPlace[s], host: h, addrs: h.addrs, exact: true}
	}
	return source{place: e.inPlace[s], host: h, addrs: s.addrs}
}

// flow is one way a connection may take, from a source to one of the target's subnets, in one family of addresses.
type flow struct {
	engine *Engine
	src    source
	d      *host
	leg    *leg
	port   uint16
	family int
	base   Set
	pass   pair
	made   []step
}

// flow is nil where one of the ends has no address in the family.
func (e *Engine) flow(src source, d *host, t *subnet, port uint16, family int) *flow {
	base := src.addrs.Intersect(families[family])
	if base.Empty() {
		return nil
	}
	if family == 1 && src.host != nil && src.host.addrs.Empty() && src.host.ipv6 == (Answered{}) {
		return nil
	}
	l := e.leg(src.place, d, t, port, family)
	if l == nil {
		return nil
	}
	pass := addressPass(src.place, d, family).and(l.pass)
	if src.host != nil && src.host.kind == KindLoadBalancer {
		pass = pass.and(e.forwards(src.host, d, port).pass)
	}
	if src.host != nil {
		pass = pass.and(e.groupOutPass(src.host, d, l, port))
	}
	in, _ := e.groupInPass(src, d, l, port)
	return &flow{engine: e, src: src, d: d, leg: l, port: port, family: family, base: base, pass: pass.and(in)}
}

// steps are those of the way, in order. They are made once somebody asks for more than the verdict.
func (w *flow) steps() []step {
	if w.made != nil {
		return w.made
	}
	e, l := w.engine, w.leg
	out := make([]step, 0, 4+len(l.there)+len(l.back))
	out = append(out, hasAddress(w.src.place, w.d, w.family))
	if h := w.src.host; h != nil {
		if h.kind == KindLoadBalancer {
			out = append(out, e.forwards(h, w.d, w.port))
		}
		out = append(out, e.groupOut(h, w.d, l, w.port))
	}
	out = append(append(append(out, l.there...), e.groupIn(w.src, w.d, l, w.port)), l.back...)
	w.made = out
	return out
}

// addressPass is what hasAddress lets through.
func addressPass(p *place, d *host, family int) pair {
	out := passes
	if family == 1 {
		out = d.ipv6.pass()
	}
	if asksPublic(p, d, family) {
		out = out.and(d.public.pass())
	}
	return out
}

func asksPublic(p *place, d *host, family int) bool {
	return p.kind == KindInternet && (family == 0 || d.kind == KindDatabase)
}

// pass lets everything through, nothing, or nobody knows what.
func (a Answered) pass() pair {
	switch {
	case a.Unknown != "":
		return open3
	case a.Yes:
		return passes
	}
	return stops
}

// hasAddress is the step that asks whether the target has an address that can be reached from the place.
func hasAddress(p *place, d *host, family int) step {
	st := step{kind: HopAddress, el: d.Element, pass: passes, say: says("it has a private address", d.Origin, "")}
	ask := func(a Answered, yes, no string) {
		before := st.pass
		st.pass = before.and(a.pass())
		switch {
		case a.Unknown != "":
			st.say = says("whether "+yes+" is not known", d.Origin, a.Unknown)
		case !a.Yes:
			st.say = says(no, d.Origin, "")
		case before.yes.Empty():
		default:
			st.say = says(yes, d.Origin, "")
		}
	}
	if family == 1 {
		ask(d.ipv6, "it has an IPv6 address", "it has no IPv6 address")
	}
	if asksPublic(p, d, family) && !st.pass.may.Empty() {
		ask(d.public, "it has a public address", "it has no public address")
	}
	return st
}

// limited is a reference to a group as it holds on a way.
func limited(v, refs Verdict) Verdict {
	switch {
	case v == Closed || refs == Closed:
		return Closed
	case v == Maybe || refs == Maybe:
		return Maybe
	}
	return Open
}

func (e *Engine) groupOutPass(h, d *host, l *leg, port uint16) pair {
	a := e.around(h, true, port)
	return gate(better(a.addrs.at(l.dst), limited(a.ref(d.groups), l.refs)))
}

func (e *Engine) groupOut(h, d *host, l *leg, port uint16) step {
	st := step{kind: HopGroupOut, el: h.Element, pass: e.groupOutPass(h, d, l, port)}
	if len(h.groups) > 0 {
		st.el = h.groups[0].Element
	}
	st.say = func(_ Set, v Verdict) (string, any, Unknown) {
		_, text, origin, why := e.ruleFor(h, true, port, l.dst, d.groups, v)
		return text, origin, why
	}
	return st
}

// groupInPass also tells whether what the groups say of the source's groups does not hold on the way.
func (e *Engine) groupInPass(src source, d *host, l *leg, port uint16) (pass pair, stale bool) {
	a := e.around(d, false, port)
	pass = a.addrs
	if src.host == nil {
		return pass, false
	}
	ref := a.ref(src.host.groups)
	v := limited(ref, l.refs)
	pass = pass.or(gate(v))
	if lb := src.host.balancer; lb != nil {
		pass = pass.or(clientsThrough(lb, a))
	}
	return pass, v != ref
}

func (e *Engine) groupIn(src source, d *host, l *leg, port uint16) step {
	pass, stale := e.groupInPass(src, d, l, port)
	st := step{kind: HopGroupIn, el: d.Element, pass: pass}
	if len(d.groups) > 0 {
		st.el = d.groups[0].Element
	}
	var others []*group
	if src.host != nil && l.refs != Closed {
		others = src.host.groups
	}
	st.say = func(about Set, v Verdict) (string, any, Unknown) {
		_, text, origin, why := e.ruleFor(d, false, port, about, others, v)
		if v != Open && stale {
			text += "; " + l.refsWhy
		}
		return text, origin, why
	}
	return st
}

// clientsThrough is what a load balancer that keeps the client's address gets past groups that admit clients.
func clientsThrough(lb *LoadBalancer, a *admitted) pair {
	if lb.PreservesClient.Unknown == "" && !lb.PreservesClient.Yes {
		return stops
	}
	clients := reserved
	if lb.Public.Yes || lb.Public.Unknown != "" {
		clients = all
	}
	v := a.addrs.some(clients)
	if v == Open && (lb.PreservesClient.Unknown != "" || lb.Public.Unknown != "") {
		v = Maybe
	}
	return gate(v)
}

// forwards is the step that asks whether a load balancer sends connections to the target's port.
func (e *Engine) forwards(h, d *host, port uint16) step {
	lb := h.balancer
	st := step{kind: HopForward, el: h.Element, pass: stops, say: says("no listener of "+h.label()+" forwards to "+d.label(), h.Origin, "")}
	gap := lb.ListenersUnknown
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		for _, id := range l.TargetGroups {
			g := e.backends[id]
			if g == nil {
				gap = "read what declares the target group " + Unknown(id) + " too"
				continue
			}
			if g.Unknown != "" {
				gap = g.Unknown
			}
			for _, t := range g.Targets {
				to := t.Port
				if to == 0 {
					to = g.Port
				}
				switch {
				case to != port && to != 0:
				case t.ID == d.ID && d.ID != "", t.Address.IsValid() && d.addrs.Contains(t.Address):
					st.pass, st.say = passes, says(fmt.Sprintf("its listener %d forwards to %s", l.Port, g.label()), l.Origin, "")
					return st
				case t.Address.IsValid() && d.addrs.Empty() && d.standsAt(t):
					gap = Unknown("say whether " + t.Address.String() + " is an address of " + d.label())
				}
			}
		}
	}
	if gap != "" {
		st.pass, st.say = open3, says("where it forwards to is not known", h.Origin, gap)
	}
	return st
}

func (h *host) standsAt(t Backend) bool {
	for _, s := range h.subnets {
		if s.addrs.Contains(t.Address) {
			return true
		}
	}
	return false
}

func (w *flow) verdict() Verdict {
	if w.src.exact {
		return w.pass.some(w.base)
	}
	return w.pass.at(w.base)
}

// stop is the index of the first step that stops it, -1 where none does: then all steps together do not.
func (w *flow) stop() int {
	cur, steps := w.base, w.steps()
	for i := range steps {
		if cur = cur.Intersect(steps[i].pass.may); cur.Empty() {
			return i
		}
	}
	return -1
}
