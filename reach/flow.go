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
	src   source
	base  Set
	steps []step
	pass  pair
}

// flow is nil where one of the ends has no address in the family.
func (e *Engine) flow(src source, d *host, t *subnet, port uint16, family int) *flow {
	f := families[family]
	base := src.addrs.Intersect(f)
	if base.Empty() {
		return nil
	}
	if family == 1 && src.host != nil && src.host.addrs.Empty() && src.host.ipv6 == (Answered{}) {
		return nil
	}
	address := e.hasAddress(src.place, d, family)
	l := e.leg(src.place, d, t, port, family)
	if l == nil {
		return nil
	}
	w := &flow{src: src, base: base, pass: address.pass.and(l.pass)}
	w.steps = append(w.steps, address)
	if src.host != nil && src.host.kind == KindLoadBalancer {
		st := e.forwards(src.host, d, port)
		w.steps, w.pass = append(w.steps, st), w.pass.and(st.pass)
	}
	if src.host != nil {
		st := e.groupOut(src.host, d, l, port)
		w.steps, w.pass = append(w.steps, st), w.pass.and(st.pass)
	}
	in := e.groupIn(src, d, l, port)
	w.pass = w.pass.and(in.pass)
	w.steps = append(append(append(w.steps, l.there...), in), l.back...)
	return w
}

// hasAddress is the step that asks whether the target has an address that can be reached from the place.
func (e *Engine) hasAddress(p *place, d *host, family int) step {
	st := step{kind: HopAddress, el: d.Element, pass: passes, say: says("it has a private address", d.Origin, "")}
	ask := func(a Answered, yes, no string) {
		switch {
		case a.Unknown != "":
			st.pass, st.say = st.pass.and(open3), says("whether "+yes+" is not known", d.Origin, a.Unknown)
		case !a.Yes:
			st.pass, st.say = stops, says(no, d.Origin, "")
		case st.pass.yes.Empty():
		default:
			st.say = says(yes, d.Origin, "")
		}
	}
	if family == 1 {
		ask(d.ipv6, "it has an IPv6 address", "it has no IPv6 address")
	}
	if p.kind == KindInternet && (family == 0 || d.kind == KindDatabase) && !st.pass.may.Empty() {
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

func (e *Engine) groupOut(h, d *host, l *leg, port uint16) step {
	a := e.around(h, true, port)
	v := better(a.addrs.at(l.dst), limited(a.ref(d.groups), l.refs))
	st := step{kind: HopGroupOut, el: h.Element, pass: gate(v)}
	if len(h.groups) > 0 {
		st.el = h.groups[0].Element
	}
	st.say = func(_ Set, v Verdict) (string, any, Unknown) {
		_, text, origin, why := e.ruleFor(h, true, port, l.dst, d.groups, v)
		return text, origin, why
	}
	return st
}

func (e *Engine) groupIn(src source, d *host, l *leg, port uint16) step {
	a := e.around(d, false, port)
	st := step{kind: HopGroupIn, el: d.Element, pass: a.addrs}
	if len(d.groups) > 0 {
		st.el = d.groups[0].Element
	}
	var others []*group
	stale := ""
	if src.host != nil {
		others = src.host.groups
		ref := a.ref(others)
		if v := limited(ref, l.refs); v != ref {
			stale = "; " + l.refsWhy
			ref = v
		}
		st.pass = st.pass.or(gate(ref))
		if lb := src.host.balancer; lb != nil {
			st.pass = st.pass.or(clientsThrough(lb, a))
		}
	}
	if l.refs == Closed {
		others = nil
	}
	st.say = func(about Set, v Verdict) (string, any, Unknown) {
		_, text, origin, why := e.ruleFor(d, false, port, about, others, v)
		if v != Open {
			text += stale
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
	cur := w.base
	for i := range w.steps {
		if cur = cur.Intersect(w.steps[i].pass.may); cur.Empty() {
			return i
		}
	}
	return -1
}
