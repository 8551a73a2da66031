package reach

import (
	"fmt"
)

// builder fills an engine. It keeps the first error.
type builder struct {
	*Engine
	err error
}

func (b *builder) name(kind Kind, id string, what any) {
	if id == "" {
		return
	}
	if other, taken := b.names[id]; taken && !standIn(other) && b.err == nil {
		b.err = fmt.Errorf("reach: %s %q: %w", kind, id, ErrDuplicate)
	}
	b.names[id] = what
}

// standIn reports whether an element was made because another one names it as a VPC, a subnet or a security group. What declares
// that ID may turn out to be of another kind, such as a load balancer whose group is meant.
func standIn(what any) bool {
	switch x := what.(type) {
	case *vpc:
		return x.missing
	case *subnet:
		return x.missing
	case *group:
		return x.missing != ""
	}
	return false
}

// find is the element of that ID, with its type.
func find[T any](e *Engine, id string) (T, bool) {
	v, ok := e.names[id].(T)
	return v, ok
}

// vpc is the VPC of that ID; one that is only named is made, and nothing is known of it.
func (b *builder) vpc(id string) *vpc {
	if v, ok := find[*vpc](b.Engine, id); ok {
		return v
	}
	v := &vpc{Element: Element{ID: id}, missing: true}
	why := Unknown("read what declares the VPC " + id + " too")
	if id == "" {
		v.Name, why = "a VPC that is not known", "say which VPC it is"
	} else if _, taken := b.names[id]; !taken {
		b.names[id] = v
	}
	v.cidrsWhy, v.routesWhy, v.aclsWhy = why, why, why
	b.vpcs = append(b.vpcs, v)
	return v
}

func (b *builder) vpcsAndSubnets(n *Network) {
	for i := range n.VPCs {
		x := &n.VPCs[i]
		v := &vpc{Element: x.Element, cidrs: SetOf(x.CIDRs...), cidrsWhy: x.CIDRsUnknown, routesWhy: x.RoutesUnknown, aclsWhy: x.ACLsUnknown}
		if v.cidrs.Empty() && v.cidrsWhy == "" {
			v.cidrsWhy = "say what addresses " + Unknown(v.label()) + " has"
		}
		b.name(KindVPC, x.ID, v)
		b.vpcs = append(b.vpcs, v)
	}
	for i := range n.Subnets {
		x := &n.Subnets[i]
		v := b.vpc(x.VPC)
		s := &subnet{Element: x.Element, vpc: v, addrs: SetOf(x.CIDRs...), why: x.CIDRsUnknown, tableWhy: x.TableUnknown, aclWhy: x.ACLUnknown}
		if s.addrs.Empty() && s.why == "" {
			s.why = "say what addresses " + Unknown(s.label()) + " has"
		}
		if s.why != "" {
			s.addrs = v.space()
		}
		if s.why == "" && v.cidrsWhy == "" {
			v.cidrs = v.cidrs.Union(s.addrs) // a range of the VPC that was left out
		}
		b.name(KindSubnet, x.ID, s)
		b.subnets = append(b.subnets, s)
		v.subnets = append(v.subnets, s)
	}
}

// space is where the VPC's addresses lie: its ranges, or anywhere.
func (v *vpc) space() Set {
	if v.cidrsWhy != "" {
		return all
	}
	return v.cidrs
}

// anywhere stands for the subnets of a VPC that are not known.
func (b *builder) anywhere(v *vpc, why Unknown) *subnet {
	if v.somewhere == nil {
		name := "a subnet of " + v.label() + " that is not known"
		if v.ID == "" {
			name = "a subnet that is not known"
		}
		v.somewhere = &subnet{
			Element: Element{ID: v.ID + "/?", Name: name}, vpc: v, addrs: v.space(),
			why: why, tableWhy: why, aclWhy: why,
		}
		if !v.missing && v.aclsWhy == "" && !b.hasACL(v) {
			v.somewhere.aclWhy = "" // all of its subnets are under the one that AWS makes
		}
		b.subnets = append(b.subnets, v.somewhere)
	}
	return v.somewhere
}

func (b *builder) hasACL(v *vpc) bool {
	for _, a := range b.acls {
		if a.VPC == v.ID || a.VPC == "" || v.acl != nil {
			return true
		}
	}
	return false
}

func (b *builder) gatewaysAndRoutes(n *Network) {
	for i := range n.PrefixLists {
		p := &prefixList{n.PrefixLists[i], SetOf(n.PrefixLists[i].CIDRs...)}
		b.name("prefix list", p.ID, p)
		b.lists[p.ID] = p
	}
	for i := range n.Gateways {
		g := &gateway{Gateway: n.Gateways[i]}
		b.name(KindGateway, g.ID, g)
		b.gateways = append(b.gateways, g)
	}
	for i := range n.Peerings {
		p := &n.Peerings[i]
		b.name(KindPeering, p.ID, p)
		b.peerings = append(b.peerings, p)
		for _, id := range p.VPCs {
			b.vpc(id)
		}
	}
	for i := range n.Endpoints {
		x := &n.Endpoints[i]
		b.name(KindEndpoint, x.ID, x)
		b.ends = append(b.ends, x)
	}
	for i := range n.Sites {
		x := &n.Sites[i]
		s := &site{Element: x.Element, addrs: SetOf(x.CIDRs...), why: x.CIDRsUnknown}
		if s.addrs.Empty() && s.why == "" {
			s.why = "say what addresses " + Unknown(s.label()) + " has"
		}
		if s.why != "" {
			s.addrs = all
		}
		if g, ok := find[*gateway](b.Engine, x.Gateway); ok {
			s.gateway = g
			g.sites = append(g.sites, s)
		}
		b.name(KindSite, x.ID, s)
		b.sites = append(b.sites, s)
	}
	for i := range n.TransitGateways {
		b.transit(&n.TransitGateways[i])
	}
	for i := range n.RouteTables {
		x := &n.RouteTables[i]
		t := &table{RouteTable: x, vpc: b.vpc(x.VPC)}
		b.name(KindRouteTable, x.ID, t)
		b.tables = append(b.tables, t)
		if x.Main && t.vpc.main == nil {
			t.vpc.main = t
		}
	}
	b.sitesOfGateways()
}

// sitesOfGateways gives a VPN gateway of which no site is known one that has the addresses routed to it.
func (b *builder) sitesOfGateways() {
	for _, g := range b.gateways {
		if g.Kind != VPNGateway || len(g.sites) > 0 {
			continue
		}
		s := &site{Element: Element{ID: g.ID + "/site", Name: "the networks behind " + g.label(), Origin: g.Origin}, gateway: g}
		for _, t := range b.tables {
			for i := range t.Routes {
				if r := &t.Routes[i]; r.Target == g.ID && !r.Blackhole {
					s.addrs = s.addrs.Union(SetOf(r.CIDR)).Union(b.listSet(r.PrefixList))
				}
			}
			for _, id := range t.Propagated {
				if id == g.ID {
					s.why = "say what networks are behind " + Unknown(g.label())
				}
			}
		}
		if s.addrs.Empty() || s.why != "" {
			s.why, s.addrs = "say what networks are behind "+Unknown(g.label()), all
		}
		g.sites = append(g.sites, s)
		b.name(KindSite, s.ID, s)
		b.sites = append(b.sites, s)
	}
}

func (b *builder) listSet(id string) Set {
	if p := b.lists[id]; p != nil {
		return p.set
	}
	return Set{}
}

func (b *builder) filters(n *Network) {
	for i := range n.ACLs {
		a := &acl{ACL: &n.ACLs[i]}
		a.sortRules()
		b.name(KindACL, a.ID, a)
		b.acls = append(b.acls, a)
		if v := b.vpc(a.VPC); a.Default && v.acl == nil {
			v.acl = a
		}
	}
	for i := range n.Groups {
		g := &group{Group: &n.Groups[i], index: len(b.groups)}
		b.name(KindGroup, g.ID, g)
		b.groups = append(b.groups, g)
		v := b.vpc(g.VPC)
		g.vpcs = append(g.vpcs, v)
		for _, id := range g.VPCs {
			g.vpcs = append(g.vpcs, b.vpc(id))
		}
		if g.Default && v.group == nil {
			v.group = g
		}
	}
	for i := range n.Groups { // groups that are only named
		for _, list := range [][]Rule{n.Groups[i].In, n.Groups[i].Out} {
			for j := range list {
				for _, id := range list[j].Groups {
					b.group(id, b.groups[i].vpcs[0])
				}
			}
		}
	}
}

// group is the group of that ID; one that is only named is made, and nothing is known of it but that it works where it
// is named.
func (b *builder) group(id string, v *vpc) *group {
	if g, ok := find[*group](b.Engine, id); ok {
		return g
	}
	why := Unknown("read what declares the security group " + id + " too")
	g := &group{Group: &Group{Element: Element{ID: id}, InUnknown: why, OutUnknown: why}, index: len(b.groups), vpcs: []*vpc{v}, missing: why}
	if _, taken := b.names[id]; !taken && id != "" {
		b.names[id] = g
	}
	b.groups = append(b.groups, g)
	return g
}

// assign puts subnets under their tables and ACLs.
func (b *builder) assign(n *Network) {
	for _, t := range b.tables {
		for _, id := range t.Subnets {
			if s, ok := find[*subnet](b.Engine, id); ok && s.table == nil {
				s.table, s.tableWhy = t, ""
			}
		}
		for _, id := range t.Gateways {
			if g, ok := find[*gateway](b.Engine, id); ok {
				g.edge = t
			}
		}
	}
	for _, a := range b.acls {
		for _, id := range a.Subnets {
			if s, ok := find[*subnet](b.Engine, id); ok && s.acl == nil {
				s.acl, s.aclWhy = a, ""
			}
		}
	}
	for _, s := range b.subnets {
		if s.table == nil && s.tableWhy == "" {
			s.table = s.vpc.main
			if s.table == nil {
				s.tableWhy = s.vpc.routesWhy
			}
		}
		if s.acl == nil && s.aclWhy == "" {
			s.acl = s.vpc.acl
			if s.acl == nil {
				s.aclWhy = s.vpc.aclsWhy
			}
		}
	}
	for i := range n.TargetGroups {
		g := &n.TargetGroups[i]
		if _, taken := b.backends[g.ID]; taken && b.err == nil {
			b.err = fmt.Errorf("reach: target group %q: %w", g.ID, ErrDuplicate)
		}
		b.backends[g.ID] = g
	}
}

func (b *builder) standing(n *Network) {
	for i := range n.Databases {
		x := &n.Databases[i]
		h := b.host(KindDatabase, &x.Host)
		h.port, h.portWhy = x.Port, x.PortUnknown

	}
	for i := range n.Interfaces {
		x := &n.Interfaces[i]
		b.host(KindInterface, &x.Host).what = x.What
	}
	for i := range n.LoadBalancers {
		x := &n.LoadBalancers[i]
		h := b.host(KindLoadBalancer, &x.Host)
		h.balancer = x
		if len(x.Listeners) > 0 {
			h.port = x.Listeners[0].Port
		}
	}
}

func (b *builder) host(kind Kind, x *Host) *host {
	h := &host{Element: x.Element, kind: kind, groupsWhy: x.GroupsUnknown, public: x.Public, ipv6: x.IPv6, addrs: SetOfAddresses(x.Addresses...), around: map[aclKey]*admitted{}}
	b.name(kind, x.ID, h)
	home := b.vpc(b.home(x))
	for _, id := range x.Subnets {
		s, ok := find[*subnet](b.Engine, id)
		if !ok {
			why := Unknown("read what declares the subnet " + id + " too")
			v := home
			s = &subnet{Element: Element{ID: id}, vpc: v, addrs: v.space(), why: why, tableWhy: why, aclWhy: why, missing: true}
			if _, taken := b.names[id]; !taken {
				b.names[id] = s
			}
			b.subnets = append(b.subnets, s)
		}
		h.subnets = append(h.subnets, s)
	}
	if why := x.SubnetsUnknown; why != "" || len(h.subnets) == 0 {
		if why == "" {
			why = "say in which subnet " + Unknown(h.label()) + " stands"
		}
		h.subnets = append(h.subnets, b.anywhere(home, why))
	}
	v := h.subnets[0].vpc
	for _, id := range x.Groups {
		h.groups = append(h.groups, b.group(id, v))
	}
	switch {
	case len(h.groups) > 0 || h.groupsWhy != "":
	case kind == KindLoadBalancer:
		h.unfiltered = true
	case v.group != nil:
		h.groups = []*group{v.group}
	default:
		h.groupsWhy = "say which security groups " + Unknown(h.label()) + " has: none is named, and the default group is not known"
	}
	for _, g := range h.groups {
		g.members = append(g.members, h)
	}
	for _, s := range h.subnets {
		s.hosts = append(s.hosts, h)
	}
	b.hosts = append(b.hosts, h)
	return h
}

// home is the VPC a host stands in, as it says or as its subnets or groups do.
func (b *builder) home(x *Host) string {
	if x.VPC != "" {
		return x.VPC
	}
	for _, id := range x.Subnets {
		if s, ok := find[*subnet](b.Engine, id); ok && s.vpc.ID != "" {
			return s.vpc.ID
		}
	}
	for _, id := range x.Groups {
		if g, ok := find[*group](b.Engine, id); ok && g.VPC != "" {
			return g.VPC
		}
	}
	return ""
}

// makePlaces lists where connections may come from.
func (b *builder) makePlaces() {
	add := func(p *place) *place {
		p.legs = map[legKey]*leg{}
		b.places = append(b.places, p)
		return p
	}
	b.internet = add(&place{Element: Element{ID: "internet"}, kind: KindInternet, addrs: public})
	for _, s := range b.subnets {
		b.inPlace[s] = add(&place{Element: s.Element, kind: KindSubnet, addrs: s.addrs, why: s.why, subnet: s, vpc: s.vpc})
	}
	for _, v := range b.vpcs {
		if len(v.subnets) > 0 || v.somewhere != nil || v.ID == "" {
			continue
		}
		// Nothing is known of what stands in it, so that all of it is one place.
		why := Unknown("read what declares the subnets of " + v.label() + " too")
		s := &subnet{Element: v.Element, vpc: v, addrs: v.space(), tableWhy: why, aclWhy: why, why: v.cidrsWhy}
		if v.main != nil {
			s.table, s.tableWhy = v.main, ""
		}
		v.somewhere = s
		b.inPlace[s] = add(&place{Element: v.Element, kind: KindVPC, addrs: s.addrs, why: s.why, subnet: s, vpc: v})
	}
	for _, s := range b.sites {
		add(&place{Element: s.Element, kind: KindSite, addrs: s.addrs, why: s.why, site: s})
	}
}

// families are the two kinds of address.
var families = [2]Set{all4, all6}
