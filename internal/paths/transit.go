package paths

import (
	"cmp"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/reach"
)

const defaultTable = "/default route table"

// transit lists the transit gateways with what is attached to them, those that are only named too.
func (b *builder) transit() {
	index := map[string]int{}
	gateway := func(id string) *reach.TransitGateway {
		i, ok := index[id]
		if !ok {
			i = len(b.net.TransitGateways)
			index[id] = i
			b.net.TransitGateways = append(b.net.TransitGateways, reach.TransitGateway{
				Element: reach.Element{ID: id}, AttachmentsUnknown: "read what declares the transit gateway " + reach.Unknown(id) + " too",
			})
		}
		return &b.net.TransitGateways[i]
	}
	for _, t := range estate.All[estate.TransitGateway](b.estate) {
		x := gateway(t.ID())
		x.Element, x.AttachmentsUnknown = element(&t.Resource), ""
		if t.GroupReferences.State == estate.Unknown {
			x.GroupReferences.Unknown = why(&t.GroupReferences.Meta)
		}
		x.GroupReferences.Yes = enabled(&t.GroupReferences)
		x.Tables = append(x.Tables, reach.TransitTable{Element: reach.Element{ID: x.ID + defaultTable, Name: "the default route table of " + x.Name, Origin: x.Origin}})
	}
	for _, t := range estate.All[estate.TransitGatewayRouteTable](b.estate) {
		x := gateway(link(&t.Gateway))
		x.Tables = append(x.Tables, reach.TransitTable{Element: element(&t.Resource)})
	}
	for _, a := range estate.All[estate.TransitGatewayAttachment](b.estate) {
		if strings.HasSuffix(a.Declaration().Type, "_accepter") {
			continue
		}
		b.attach(gateway(link(&a.Gateway)), reach.Attachment{Element: element(&a.Resource), VPC: link(&a.VPC)}, link(&a.Gateway),
			a.DefaultAssociation.State != estate.Known || a.DefaultAssociation.Value, a.DefaultPropagation.State != estate.Known || a.DefaultPropagation.Value)
	}
	for _, c := range estate.All[estate.VPNConnection](b.estate) {
		if c.TransitGateway.State != estate.Absent {
			b.attach(gateway(link(&c.TransitGateway)), reach.Attachment{Element: element(&c.Resource), Site: c.ID() + siteSuffix}, link(&c.TransitGateway), true, true)
		}
	}
	for _, p := range estate.All[estate.TransitGatewayPeering](b.estate) {
		near, far := link(&p.Gateway), link(&p.PeerGateway)
		b.attach(gateway(near), reach.Attachment{Element: element(&p.Resource), Peer: far}, near, true, false)
		b.attach(gateway(far), reach.Attachment{Element: element(&p.Resource), Peer: near}, far, true, false)
	}
	b.transitTables()
}

func enabled(f *estate.Fact[string]) bool { return strings.EqualFold(f.Value, "enable") }

// attach puts an attachment under the gateway's default table, as AWS does where nothing else is said.
func (b *builder) attach(t *reach.TransitGateway, a reach.Attachment, gateway string, associate, propagate bool) {
	r, _ := b.estate.Resource(gateway)
	tgw, ok := r.(*estate.TransitGateway)
	switch {
	case !ok:
		a.TableUnknown = t.AttachmentsUnknown
	case associate && enabled(&tgw.DefaultAssociation):
		a.Table = t.ID + defaultTable
	}
	if ok && propagate && enabled(&tgw.DefaultPropagation) {
		t.Tables[0].Propagated = append(t.Tables[0].Propagated, a.ID)
	}
	t.Attachments = append(t.Attachments, a)
}

// transitTables fills the tables with what is written beside them.
func (b *builder) transitTables() {
	tableID := func(l *estate.Link[estate.TransitGatewayRouteTable]) string {
		if t, ok := l.To.(*estate.TransitGateway); ok {
			return t.ID() + defaultTable
		}
		return link(l)
	}
	each := func(id string, do func(*reach.TransitGateway, *reach.TransitTable)) {
		for i := range b.net.TransitGateways {
			t := &b.net.TransitGateways[i]
			for j := range t.Tables {
				if t.Tables[j].ID == id {
					do(t, &t.Tables[j])
				}
			}
		}
	}
	for _, r := range estate.All[estate.TransitGatewayRoute](b.estate) {
		each(tableID(&r.Table), func(_ *reach.TransitGateway, t *reach.TransitTable) {
			p, gap := b.prefix(&r.CIDR)
			if gap = cmp.Or(gap, conditional(&r.Resource)); gap != "" {
				t.RoutesUnknown = gap
				return
			}
			t.Routes = append(t.Routes, reach.TransitRoute{CIDR: p, Attachment: link(&r.Attachment), Blackhole: r.Blackhole.Value, Origin: r.Declaration().Origin})
		})
	}
	for _, p := range estate.All[estate.TransitGatewayPropagation](b.estate) {
		each(tableID(&p.Table), func(_ *reach.TransitGateway, t *reach.TransitTable) {
			t.Propagated = append(t.Propagated, link(&p.Attachment))
		})
	}
	for _, a := range estate.All[estate.TransitGatewayAssociation](b.estate) {
		table, attachment := tableID(&a.Table), link(&a.Attachment)
		for i := range b.net.TransitGateways {
			t := &b.net.TransitGateways[i]
			for j := range t.Attachments {
				if t.Attachments[j].ID == attachment {
					t.Attachments[j].Table, t.Attachments[j].TableUnknown = table, conditional(&a.Resource)
				}
			}
		}
	}
}

const siteSuffix = "/far end"

// vpn lists the networks behind VPN connections of which the addresses are written. Of other gateways the engine takes
// those that are routed to them.
func (b *builder) vpn() {
	for _, c := range estate.All[estate.VPNConnection](b.estate) {
		s := reach.Site{Element: element(&c.Resource)}
		s.ID, s.Name = s.ID+siteSuffix, "the network behind "+s.Name
		for _, r := range estate.All[estate.VPNConnectionRoute](b.estate) {
			if link(&r.Connection) == c.ID() {
				more, gap := b.ranges(&r.CIDR)
				s.CIDRs, s.CIDRsUnknown = append(s.CIDRs, more...), cmp.Or(s.CIDRsUnknown, gap)
			}
		}
		if c.LocalCIDR.State == estate.Known && c.LocalCIDR.Value != "0.0.0.0/0" {
			more, _ := b.ranges(&c.LocalCIDR)
			s.CIDRs = append(s.CIDRs, more...)
		}
		if c.TransitGateway.State == estate.Absent {
			if len(s.CIDRs) == 0 {
				continue
			}
			s.Gateway = link(&c.VPNGateway)
		} else if len(s.CIDRs) == 0 {
			s.CIDRsUnknown = "say what addresses are behind " + reach.Unknown(name(c.Declaration()))
		}
		b.net.Sites = append(b.net.Sites, s)
	}
}
