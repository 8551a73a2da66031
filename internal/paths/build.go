package paths

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/reach"
)

// builder fills a network from an estate.
type builder struct {
	estate    *estate.Estate
	net       *reach.Network
	groups    map[string]*reach.Group // by ID, before they are in the network
	order     []string                // of groups
	vpcs      map[string]bool         // that are in the estate
	seen      map[string]bool         // declarations that stand in the network already
	databases []Database
}

// why is what would settle a fact that is not known.
func why(m *estate.Meta) reach.Unknown {
	switch {
	case m.Why != "":
		return reach.Unknown(m.Why)
	case m.Param != "":
		return reach.Unknown("give a value for " + m.Param)
	case m.Text != "":
		return reach.Unknown("say what " + m.Text + " is")
	}
	return "say what stands at " + reach.Unknown(m.Origin.String())
}

// id is what an engine knows a linked resource by: the resource's own ID, or what is written where it is not in the
// estate. Two links with the same text, such as a parameter's name, mean the same.
func id(f *estate.Fact[string], to estate.AnyResource) string {
	if to != nil {
		return to.Base().ID()
	}
	if f.State == estate.Absent {
		return ""
	}
	if f.State == estate.Known && f.Ref == nil {
		return f.Value
	}
	if f.Param != "" {
		return "the parameter " + f.Param
	}
	return cmp.Or(f.Text, f.Value)
}

func link[T any](l *estate.Link[T]) string { return id(&l.Fact, l.To) }

// links are the IDs of a list, and what would settle whether there are more.
func links[T any](f *estate.Fact[[]estate.Link[T]]) (ids []string, unknown reach.Unknown) {
	if f.State == estate.Unknown {
		if text := id(&estate.Fact[string]{Meta: f.Meta}, nil); f.Param != "" && text != "" {
			return []string{text}, ""
		}
		return nil, why(&f.Meta)
	}
	for i := range f.Value {
		l := &f.Value[i]
		text := link(l)
		switch {
		case text != "":
			ids = append(ids, text)
		case l.State == estate.Unknown:
			unknown = why(&l.Meta)
		}
	}
	return ids, unknown
}

// prefix reads a CIDR, following a reference to the range of a VPC or subnet.
func (b *builder) prefix(f *estate.Fact[string]) (p netip.Prefix, unknown reach.Unknown) {
	if f.Ref != nil {
		r, _ := b.estate.Resource(f.Ref.ID)
		six := strings.Contains(strings.ToLower(f.Ref.Attr), "ipv6")
		switch r := r.(type) {
		case *estate.VPC:
			return plainPrefix(pick(six, &r.IPv6CIDR, &r.CIDR))
		case *estate.Subnet:
			return plainPrefix(pick(six, &r.IPv6CIDR, &r.CIDR))
		}
		return p, "say what addresses " + reach.Unknown(cmp.Or(f.Text, f.Value)) + " has"
	}
	return plainPrefix(f)
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

func plainPrefix(f *estate.Fact[string]) (p netip.Prefix, unknown reach.Unknown) {
	if f.State != estate.Known || f.Ref != nil {
		if f.State == estate.Absent {
			return p, "say what addresses are meant"
		}
		return p, why(&f.Meta)
	}
	text := strings.TrimSpace(f.Value)
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), ""
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, reach.Unknown("write a CIDR instead of " + f.Value)
	}
	return p, ""
}

// given reports whether a CIDR is written; Terraform's lists of objects spell one that is not as "".
func given(f *estate.Fact[string]) bool {
	return f.State == estate.Unknown || f.State == estate.Known && f.Value != ""
}

// ranges are the prefixes of the facts that are given.
func (b *builder) ranges(facts ...*estate.Fact[string]) (out []netip.Prefix, unknown reach.Unknown) {
	for _, f := range facts {
		if !given(f) {
			continue
		}
		p, gap := b.prefix(f)
		if gap != "" {
			unknown = gap
			continue
		}
		out = append(out, p)
	}
	return out, unknown
}

func answered(f *estate.Fact[bool]) reach.Answered {
	if f.State == estate.Unknown {
		return reach.Answered{Unknown: why(&f.Meta)}
	}
	return reach.Answered{Yes: f.Value}
}

func conditional(r *estate.Resource) reach.Unknown { return reach.Unknown(r.Declaration().Conditional) }

func (b *builder) vpcList() {
	for _, v := range estate.All[estate.VPC](b.estate) {
		x := reach.VPC{Element: element(&v.Resource)}
		x.CIDRs, x.CIDRsUnknown = b.ranges(&v.CIDR, &v.IPv6CIDR)
		if def := v.Default(); def.State == estate.Unknown || def.Value {
			x.RoutesUnknown = "read the main route table of the account's default VPC too"
			x.CIDRsUnknown = cmp.Or(x.CIDRsUnknown, pick(len(x.CIDRs) == 0, reach.Unknown("read the default VPC's range too"), ""))
		}
		for _, c := range estate.All[estate.VPCCIDRBlock](b.estate) {
			if link(&c.VPC) == x.ID {
				more, gap := b.ranges(&c.CIDR, &c.IPv6CIDR)
				x.CIDRs = append(x.CIDRs, more...)
				if gap != "" && given(&c.CIDR) { // IPv6 ranges are given by AWS
					x.CIDRsUnknown = gap
				}
			}
		}
		b.vpcs[x.ID] = true
		b.net.VPCs = append(b.net.VPCs, x)
	}
	for _, s := range estate.All[estate.Subnet](b.estate) {
		x := reach.Subnet{Element: element(&s.Resource), VPC: link(&s.VPC)}
		var gap reach.Unknown
		x.CIDRs, gap = b.ranges(&s.CIDR)
		if len(x.CIDRs) == 0 {
			x.CIDRsUnknown = cmp.Or(gap, "say what addresses "+reach.Unknown(x.Name)+" has")
		}
		if six, gap := b.ranges(&s.IPv6CIDR); gap == "" {
			x.CIDRs = append(x.CIDRs, six...)
		}
		b.net.Subnets = append(b.net.Subnets, x)
	}
	for _, p := range estate.All[estate.PrefixList](b.estate) {
		x := reach.PrefixList{Element: element(&p.Resource)}
		if p.Entries.State == estate.Unknown {
			x.Unknown = why(&p.Entries.Meta)
		}
		add := func(f *estate.Fact[string]) {
			more, gap := b.ranges(f)
			x.CIDRs, x.Unknown = append(x.CIDRs, more...), cmp.Or(x.Unknown, gap)
		}
		for i := range p.Entries.Value {
			add(&p.Entries.Value[i].CIDR)
		}
		for _, r := range estate.All[estate.PrefixListEntryResource](b.estate) {
			if link(&r.List) == x.ID {
				add(&r.CIDR)
			}
		}
		b.net.PrefixLists = append(b.net.PrefixLists, x)
	}
}

// gateways are listed with what they are attached to.
func (b *builder) gateways() {
	attached := func(id string, own *estate.Link[estate.VPC], of func(*estate.GatewayAttachment) string) (vpc string, gap reach.Unknown) {
		if own != nil && own.State != estate.Absent {
			return link(own), ""
		}
		for _, a := range estate.All[estate.GatewayAttachment](b.estate) {
			if of(a) == id {
				return link(&a.VPC), conditional(&a.Resource)
			}
		}
		return "", ""
	}
	add := func(r *estate.Resource, kind reach.GatewayKind, own *estate.Link[estate.VPC], of func(*estate.GatewayAttachment) string) {
		g := reach.Gateway{Element: element(r), Kind: kind}
		g.VPC, g.VPCUnknown = attached(g.ID, own, of)
		b.net.Gateways = append(b.net.Gateways, g)
	}
	none := func(*estate.GatewayAttachment) string { return "" }
	for _, g := range estate.All[estate.InternetGateway](b.estate) {
		add(&g.Resource, reach.InternetGateway, &g.VPC, func(a *estate.GatewayAttachment) string { return link(&a.InternetGateway) })
	}
	for _, g := range estate.All[estate.CarrierGateway](b.estate) {
		add(&g.Resource, reach.InternetGateway, &g.VPC, none)
	}
	for _, g := range estate.All[estate.EgressOnlyInternetGateway](b.estate) {
		add(&g.Resource, reach.EgressOnlyGateway, &g.VPC, none)
	}
	for _, g := range estate.All[estate.VPNGateway](b.estate) {
		add(&g.Resource, reach.VPNGateway, &g.VPC, func(a *estate.GatewayAttachment) string { return link(&a.VPNGateway) })
	}
	for _, g := range estate.All[estate.NATGateway](b.estate) {
		vpc := link(&g.VPC)
		if s := g.Subnet.Target(); vpc == "" && s != nil {
			vpc = link(&s.VPC)
		}
		b.net.Gateways = append(b.net.Gateways, reach.Gateway{Element: element(&g.Resource), Kind: reach.NATGateway, VPC: vpc})
		// A gateway without a subnet is attached all the same: a route to it leads out.
		if last := &b.net.Gateways[len(b.net.Gateways)-1]; vpc == "" {
			last.VPCUnknown = "say in which subnet " + reach.Unknown(last.Name) + " stands"
		}
	}
	for _, p := range estate.All[estate.VPCPeering](b.estate) {
		if p.Declaration().Type == "aws_vpc_peering_connection_accepter" && p.VPC.State == estate.Absent {
			continue // the other side of one that is listed
		}
		x := reach.Peering{Element: element(&p.Resource), VPCs: [2]string{link(&p.VPC), link(&p.PeerVPC)}}
		switch {
		case conditional(&p.Resource) != "":
			x.Inactive.Unknown = conditional(&p.Resource)
		case p.PeerRegion.State == estate.Unknown:
			x.CrossRegion.Unknown = why(&p.PeerRegion.Meta)
		default:
			x.CrossRegion.Yes = p.PeerRegion.State == estate.Known && p.PeerRegion.Value != ""
		}
		b.net.Peerings = append(b.net.Peerings, x)
	}
	for _, v := range estate.All[estate.VPCEndpoint](b.estate) {
		b.net.Endpoints = append(b.net.Endpoints, reach.Endpoint{Element: element(&v.Resource), VPC: link(&v.VPC)})
	}
}

// routes are the tables with what is written in them and beside them.
func (b *builder) routes() {
	main := map[string]string{} // table -> VPC
	for _, m := range estate.All[estate.MainRouteTableAssociation](b.estate) {
		main[link(&m.Table)] = link(&m.VPC)
	}
	index := map[string]int{}
	for _, t := range estate.All[estate.RouteTable](b.estate) {
		x := reach.RouteTable{Element: element(&t.Resource), VPC: link(&t.VPC)}
		x.VPC = cmp.Or(x.VPC, link(&t.MainOf), main[x.ID])
		x.Main = main[x.ID] != "" || t.Declaration().Type == "aws_default_route_table"
		b.addRoutes(&x, &t.Routes, "")
		x.Propagated, _ = links(&t.PropagatingGateways)
		index[x.ID] = len(b.net.RouteTables)
		b.net.RouteTables = append(b.net.RouteTables, x)
	}
	table := func(id string, vpc string) *reach.RouteTable {
		i, ok := index[id]
		if !ok { // one that is only named: what is known of it is what is written beside it
			i = len(b.net.RouteTables)
			index[id] = i
			b.net.RouteTables = append(b.net.RouteTables, reach.RouteTable{
				Element: reach.Element{ID: id}, VPC: vpc, RoutesUnknown: "read what declares the route table " + reach.Unknown(id) + " too",
			})
		}
		return &b.net.RouteTables[i]
	}
	for _, a := range estate.All[estate.RouteTableAssociation](b.estate) {
		b.associate(a, table)
	}
	for _, r := range estate.All[estate.RouteResource](b.estate) {
		if to := link(&r.Table); to != "" {
			if _, ok := index[to]; ok || r.Table.State == estate.Known {
				b.addRoutes(table(to, ""), &r.Routes, conditional(&r.Resource))
				continue
			}
		}
		for i := range b.net.RouteTables { // it may be any of them
			b.net.RouteTables[i].RoutesUnknown = cmp.Or(b.net.RouteTables[i].RoutesUnknown, why(&r.Table.Meta))
		}
	}
	for _, p := range estate.All[estate.VPNRoutePropagation](b.estate) {
		ids, _ := links(&p.Tables)
		for _, id := range ids {
			t := table(id, "")
			t.Propagated = append(t.Propagated, link(&p.Gateway))
		}
	}
}

func (b *builder) associate(a *estate.RouteTableAssociation, table func(id, vpc string) *reach.RouteTable) {
	subnet := link(&a.Subnet)
	known := false
	for i := range b.net.Subnets {
		s := &b.net.Subnets[i]
		switch {
		case s.ID != subnet:
			continue
		case conditional(&a.Resource) != "":
			s.TableUnknown = conditional(&a.Resource)
		default:
			t := table(link(&a.Table), s.VPC)
			t.Subnets = append(t.Subnets, s.ID)
		}
		known = true
	}
	if gateway := link(&a.Gateway); gateway != "" {
		t := table(link(&a.Table), "")
		t.Gateways = append(t.Gateways, gateway)
		return
	}
	if !known && a.Subnet.State == estate.Unknown && subnet != "" && a.Subnet.Param == "" {
		for i := range b.net.Subnets { // it may be any of them; what has a table of its own keeps it
			b.net.Subnets[i].TableUnknown = cmp.Or(b.net.Subnets[i].TableUnknown, why(&a.Subnet.Meta))
		}
	}
}

func (b *builder) addRoutes(t *reach.RouteTable, routes *estate.Fact[[]estate.Route], cond reach.Unknown) {
	if routes.State == estate.Unknown {
		t.RoutesUnknown = why(&routes.Meta)
		return
	}
	for i := range routes.Value {
		r := &routes.Value[i]
		target, gap := routeTarget(r)
		if target == "local" {
			continue
		}
		gap = cmp.Or(cond, gap)
		for _, cidr := range []*estate.Fact[string]{&r.CIDR, &r.IPv6CIDR} {
			if !given(cidr) {
				continue
			}
			x := reach.Route{Target: target, Origin: r.At}
			x.CIDR, x.Unknown = b.prefix(cidr)
			x.Unknown = cmp.Or(x.Unknown, gap)
			t.Routes = append(t.Routes, x)
		}
		if given(&r.PrefixList.Fact) {
			t.Routes = append(t.Routes, reach.Route{PrefixList: link(&r.PrefixList), Target: target, Origin: r.At, Unknown: gap})
		}
	}
}

// routeTarget is the one target that is given.
func routeTarget(r *estate.Route) (target string, unknown reach.Unknown) {
	for _, l := range []struct {
		f  *estate.Fact[string]
		to estate.AnyResource
	}{
		{&r.Gateway.Fact, r.Gateway.To},
		{&r.CarrierGateway.Fact, r.CarrierGateway.To},
		{&r.EgressOnly.Fact, r.EgressOnly.To},
		{&r.NATGateway.Fact, r.NATGateway.To},
		{&r.TransitGateway.Fact, r.TransitGateway.To},
		{&r.Peering.Fact, r.Peering.To},
		{&r.Endpoint.Fact, r.Endpoint.To},
		{&r.NetworkInterface.Fact, r.NetworkInterface.To},
		{&r.Instance.Fact, r.Instance.To},
		{&r.LocalGateway, nil},
		{&r.CoreNetwork, nil},
	} {
		if given(l.f) {
			if text := id(l.f, l.to); text != "" {
				return text, ""
			}
			return "", why(&l.f.Meta)
		}
	}
	return "", "say where the route at " + reach.Unknown(r.At.String()) + " leads"
}
