package reach

import (
	"cmp"
	"net/netip"
	"slices"
)

type table struct {
	*RouteTable
	vpc  *vpc
	ways []way
	gap  Unknown // there may be routes that are not known
	done bool
}

// way is one route with the addresses that it takes, those with longer prefixes taken out.
type way struct {
	set    Set
	target string
	dead   bool
	text   string // the destination
	origin any
}

// local marks the routes between the addresses of a VPC.
const local = "local"

// candidate is a route before longer prefixes are taken out of it.
type candidate struct {
	prefix netip.Prefix
	rank   int // of equal prefixes the lowest wins
	way    way
}

// longest takes from each candidate what a longer prefix has taken.
func longest(list []candidate) []way {
	slices.SortStableFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.prefix.Bits(), a.prefix.Bits()), cmp.Compare(a.rank, b.rank))
	})
	var out []way
	var taken Set
	for _, c := range list {
		set := SetOf(c.prefix)
		if c.way.set = set.Subtract(taken); c.way.set.Empty() {
			continue
		}
		taken = taken.Union(set)
		out = append(out, c.way)
	}
	return out
}

// routes is the table as it works: what takes which addresses.
func (e *Engine) routes(t *table) []way {
	if t.done {
		return t.ways
	}
	t.done, t.gap = true, t.RoutesUnknown
	var list []candidate
	for _, p := range t.vpc.cidrs.Prefixes() {
		list = append(list, candidate{p, 0, way{target: local, text: p.String(), origin: t.vpc.Origin}})
	}
	for i := range t.Routes {
		r := &t.Routes[i]
		if r.Unknown != "" {
			t.gap = r.Unknown
			continue
		}
		prefixes := []netip.Prefix{r.CIDR}
		if r.PrefixList != "" {
			p := e.lists[r.PrefixList]
			if p == nil || p.Unknown != "" {
				if _, service := find[*Endpoint](e, r.Target); service {
					continue // a gateway endpoint's: the addresses of an AWS service
				}
				t.gap = Unknown("say what addresses the prefix list " + r.PrefixList + " has")
				if p == nil {
					continue
				}
			}
			prefixes = p.set.Prefixes()
		}
		for _, p := range prefixes {
			w := way{target: r.Target, dead: r.Blackhole, text: prefixText(p), origin: r.Origin}
			switch {
			case !p.IsValid():
				t.gap = "say what addresses every route is for"
			case t.vpc.cidrs.Covers(SetOf(p)) && !e.appliance(r.Target):
				// A local route cannot be overridden but by what takes the traffic to a machine.
			default:
				list = append(list, candidate{p.Masked(), 1, w})
			}
		}
	}
	for _, id := range t.Propagated {
		g, ok := find[*gateway](e, id)
		if !ok {
			t.gap = Unknown("read what declares " + id + " too")
			continue
		}
		for _, s := range g.sites {
			if s.why != "" {
				t.gap = s.why
				continue
			}
			for _, p := range s.addrs.Prefixes() {
				if !t.vpc.cidrs.Covers(SetOf(p)) {
					list = append(list, candidate{p, 2, way{target: id, text: prefixText(p) + " (propagated)", origin: t.Origin}})
				}
			}
		}
	}
	t.ways = longest(list)
	return t.ways
}

// appliance reports whether a route's target is something that traffic can be sent through inside a VPC.
func (e *Engine) appliance(id string) bool {
	switch x := e.names[id].(type) {
	case *gateway:
		return x.Kind == NATGateway
	case *Peering, *transit:
		return false
	}
	return true
}

// dest is where a route should lead.
type dest struct {
	vpc      *vpc
	site     *site
	internet bool
	beyond   bool // anywhere outside: to addresses of which no place is known
}

func destOf(p *place) dest {
	return dest{vpc: p.vpc, site: p.site, internet: p.kind == KindInternet, beyond: p.kind == KindAddresses}
}

// led is where routes lead: which of the addresses asked about get where they should, and how.
type led struct {
	pair
	refs    Verdict // whether references to groups hold on the way; Open unless something stands against it
	refsWhy string
	notes   []note
	via     []hopVia
}

// note is what happens to some of the addresses, for people. A text that ends in a space goes on with which.
type note struct {
	set    Set
	v      Verdict
	text   string
	origin any
	why    Unknown
}

// hopVia is a gateway on the way.
type hopVia struct {
	el   Element
	kind Kind
}

func (l *led) add(s Set, v Verdict, text string, origin any, why Unknown) {
	switch v {
	case Open:
		l.yes, l.may = l.yes.Union(s), l.may.Union(s)
	case Maybe:
		l.may = l.may.Union(s)
	case Closed:
	}
	l.notes = append(l.notes, note{s, v, text, origin, why})
}

// lead says which of the addresses dst the table sends where they should go. A subnet without a table has its
// VPC's local routes.
func (e *Engine) lead(s *subnet, dst Set, to dest) *led {
	l := &led{refs: Open}
	if to.vpc != nil && to.vpc != s.vpc && (to.vpc.ID == "" || s.vpc.ID == "") {
		l.add(dst, Maybe, "one of the VPCs is not known", s.Origin, "say which VPC the subnets are in")
		return l
	}
	t := s.table
	if t == nil {
		e.leadWithoutTable(l, s, dst, to)
		return l
	}
	left := dst
	if to.vpc == s.vpc && s.vpc.cidrsWhy != "" {
		left = e.stayLocal(l, s, dst)
	}
	for _, w := range e.routes(t) {
		set := w.set.Intersect(left)
		if set.Empty() {
			continue
		}
		left = left.Subtract(set)
		before := len(l.notes)
		e.follow(l, s.vpc, &w, set, to)
		if t.gap != "" && w.target != local {
			e.doubt(l, before, t.gap)
		}
	}
	if left.Empty() {
		return l
	}
	switch {
	case to.vpc == s.vpc && s.vpc.cidrsWhy != "":
		e.stayLocal(l, s, left)
	case t.gap != "":
		l.add(left, Maybe, "routes that are not known", t.Origin, t.gap)
	default:
		l.add(left, Closed, "no route for ", t.Origin, "")
	}
	return l
}

// stayLocal is for addresses of the subnet's own VPC whose ranges are not known: there is always a local route.
func (e *Engine) stayLocal(l *led, s *subnet, dst Set) Set {
	why := Unknown("")
	v := Open
	if s.vpc.ID == "" {
		v, why = Maybe, "say which VPC "+Unknown(s.label())+" is in"
	}
	l.add(dst, v, "the local route of "+s.vpc.label(), s.vpc.Origin, why)
	return Set{}
}

func (e *Engine) leadWithoutTable(l *led, s *subnet, dst Set, to dest) {
	if to.vpc == s.vpc {
		e.stayLocal(l, s, dst)
		return
	}
	inside := dst.Intersect(s.vpc.cidrs)
	if !inside.Empty() {
		l.add(inside, Closed, "the local route keeps "+inside.String()+" in "+s.vpc.label(), s.vpc.Origin, "")
	}
	if out := dst.Subtract(s.vpc.cidrs); !out.Empty() {
		if s.tableWhy != "" {
			l.add(out, Maybe, "routes that are not known", s.Origin, s.tableWhy)
		} else {
			l.add(out, Closed, "the main route table of "+s.vpc.label()+", as AWS makes it, has the local route only", s.Origin, "")
		}
	}
}

// doubt makes what was just found uncertain: a route that is not known may take some of it elsewhere.
func (e *Engine) doubt(l *led, from int, why Unknown) {
	l.yes, l.may = Set{}, Set{}
	for i := range l.notes {
		n := &l.notes[i]
		if i >= from {
			n.v, n.why = Maybe, why
		}
		switch n.v {
		case Open:
			l.yes, l.may = l.yes.Union(n.set), l.may.Union(n.set)
		case Maybe:
			l.may = l.may.Union(n.set)
		case Closed:
		}
	}
}

// follow goes one step along a route out of a VPC.
func (e *Engine) follow(l *led, v *vpc, w *way, set Set, to dest) {
	text := w.text + " to " + e.nameOf(w.target)
	if w.target == local {
		if to.vpc == v {
			l.add(set, Open, "the local route of "+v.label(), w.origin, "")
		} else {
			l.add(set, Closed, "the local route keeps "+set.String()+" in "+v.label()+", whose range overlaps", w.origin, "")
		}
		return
	}
	if w.dead {
		l.add(set, Closed, text+", a blackhole", w.origin, "")
		return
	}
	switch x := e.names[w.target].(type) {
	case *gateway:
		e.followGateway(l, v, x, text, w, set, to)
	case *Peering:
		e.followPeering(l, v, x, text, w, set, to)
	case *transit:
		l.via = append(l.via, hopVia{x.Element, KindTransitGateway})
		e.followTransit(l, v, x, text, w, set, to)
	case *host, *Endpoint:
		l.add(set, Maybe, text, w.origin, "say what "+Unknown(e.nameOf(w.target))+" forwards")
	default:
		l.add(set, Maybe, text, w.origin, "read what declares "+Unknown(w.target)+" too")
	}
}

func (e *Engine) followGateway(l *led, v *vpc, g *gateway, text string, w *way, set Set, to dest) {
	att := g.attached(v)
	switch {
	case att == Closed:
		l.add(set, Closed, text+", which is not attached to "+v.label(), w.origin, "")
	case g.Kind == InternetGateway && to.internet:
		l.via = append(l.via, hopVia{g.Element, KindGateway})
		l.add(set, att, text, w.origin, g.VPCUnknown)
	case g.Kind == VPNGateway && to.site != nil && to.site.gateway == g:
		l.via = append(l.via, hopVia{g.Element, KindGateway})
		l.add(set.Intersect(to.site.addrs), att, text, w.origin, g.VPCUnknown)
		if rest := set.Subtract(to.site.addrs); !rest.Empty() {
			l.add(rest, Closed, text+", behind which "+rest.String()+" is not", w.origin, "")
		}
	case g.Kind == VPNGateway && to.beyond:
		l.via = append(l.via, hopVia{g.Element, KindGateway})
		l.add(set, Maybe, text, w.origin, "say what networks are behind "+Unknown(g.label()))
	case g.Kind == NATGateway || g.Kind == EgressOnlyGateway:
		l.add(set, Closed, text+": a "+g.Kind.String()+" lets connections out, and none in", w.origin, "")
	default:
		l.add(set, Closed, text+", which leads elsewhere", w.origin, "")
	}
}

func (g *gateway) attached(v *vpc) Verdict {
	switch {
	case g.VPCUnknown != "":
		return Maybe
	case g.VPC == v.ID && g.VPC != "":
		return Open
	}
	return Closed
}

func (e *Engine) followPeering(l *led, v *vpc, p *Peering, text string, w *way, set Set, to dest) {
	l.via = append(l.via, hopVia{p.Element, KindPeering})
	other := ""
	switch v.ID {
	case p.VPCs[0]:
		other = p.VPCs[1]
	case p.VPCs[1]:
		other = p.VPCs[0]
	}
	switch {
	case p.Inactive.Unknown == "" && p.Inactive.Yes:
		l.add(set, Closed, text+", which is not active", w.origin, "")
	case other == "":
		l.add(set, Closed, text+", which "+v.label()+" has no part in", w.origin, "")
	case to.vpc == nil || to.vpc.ID != other:
		l.add(set, Closed, text+", which leads to "+e.vpcName(other)+" and no further", w.origin, "")
	case p.Inactive.Unknown != "":
		l.add(set, Maybe, text, w.origin, p.Inactive.Unknown)
	default:
		inside := set.Intersect(to.vpc.space())
		l.add(inside, Open, text, w.origin, "")
		if rest := set.Subtract(inside); !rest.Empty() {
			l.add(rest, Closed, text+", where "+rest.String()+" is not", w.origin, "")
		}
	}
	switch {
	case p.CrossRegion.Unknown != "":
		l.refer(Maybe, "over a peering to another region groups cannot be named")
	case p.CrossRegion.Yes:
		l.refer(Closed, "over a peering to another region groups cannot be named")
	}
}

// refer notes whether references to groups hold on this part of the way.
func (l *led) refer(v Verdict, why string) {
	if v == Closed || l.refs == Open {
		l.refs, l.refsWhy = v, why
	}
}

func (e *Engine) vpcName(id string) string {
	if v, ok := find[*vpc](e, id); ok {
		return v.label()
	}
	return id
}
