package paths

import (
	"cmp"
	"slices"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/reach"
)

func (b *builder) acls() {
	index := map[string]int{}
	for _, a := range estate.All[estate.NetworkACL](b.estate) {
		x := reach.ACL{Element: element(&a.Resource), VPC: cmp.Or(link(&a.VPC), link(&a.DefaultOf))}
		x.Default = a.Declaration().Type == "aws_default_network_acl"
		x.Subnets, _ = links(&a.Subnets)
		b.addEntries(&x, &a.Ingress, nil, "")
		b.addEntries(&x, &a.Egress, ptr(true), "")
		b.addEntries(&x, &a.Entries, nil, "")
		index[x.ID] = len(b.net.ACLs)
		b.net.ACLs = append(b.net.ACLs, x)
	}
	acl := func(id string) *reach.ACL {
		i, ok := index[id]
		if !ok {
			i = len(b.net.ACLs)
			index[id] = i
			b.net.ACLs = append(b.net.ACLs, reach.ACL{Element: reach.Element{ID: id}, RulesUnknown: "read what declares the network ACL " + reach.Unknown(id) + " too"})
		}
		return &b.net.ACLs[i]
	}
	for _, e := range estate.All[estate.NetworkACLEntry](b.estate) {
		a := acl(link(&e.ACL))
		b.addEntries(a, &e.Ingress, ptr(false), conditional(&e.Resource))
		b.addEntries(a, &e.Egress, ptr(true), conditional(&e.Resource))
	}
	for _, s := range estate.All[estate.NetworkACLAssociation](b.estate) {
		subnet := link(&s.Subnet)
		i := slices.IndexFunc(b.net.Subnets, func(x reach.Subnet) bool { return x.ID == subnet })
		switch {
		case i < 0 && s.Subnet.State == estate.Unknown:
			for j := range b.net.Subnets {
				b.net.Subnets[j].ACLUnknown = cmp.Or(b.net.Subnets[j].ACLUnknown, why(&s.Subnet.Meta))
			}
		case i < 0:
		case conditional(&s.Resource) != "":
			b.net.Subnets[i].ACLUnknown = conditional(&s.Resource)
		default:
			a := acl(link(&s.ACL))
			a.Subnets = append(a.Subnets, subnet)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// addEntries adds entries of one direction, or of the one that each says.
func (b *builder) addEntries(a *reach.ACL, entries *estate.Fact[[]estate.ACLEntry], out *bool, cond reach.Unknown) {
	if entries.State == estate.Unknown {
		a.RulesUnknown = why(&entries.Meta)
		return
	}
	for i := range entries.Value {
		e := &entries.Value[i]
		from, to, ok, unknown := e.TCPPorts()
		if !ok {
			continue
		}
		outbound := out != nil && *out || out == nil && e.Outbound.Value
		for _, cidr := range []*estate.Fact[string]{&e.CIDR, &e.IPv6CIDR} {
			if !given(cidr) {
				continue
			}
			r := reach.ACLRule{Number: int(e.Number.Value), Ports: portsOf(from, to), Unknown: cond, Origin: e.At}
			allow := answered(ptr(e.Allows()))
			r.Allow = allow.Yes
			var gap reach.Unknown
			r.CIDR, gap = b.prefix(cidr)
			r.Unknown = cmp.Or(r.Unknown, allow.Unknown, gap)
			if unknown != nil {
				r.Unknown = cmp.Or(r.Unknown, why(unknown))
			}
			if e.Number.State != estate.Known {
				a.RulesUnknown = pick(e.Number.State == estate.Unknown, why(&e.Number.Meta), "say which number the rule at "+reach.Unknown(e.At.String())+" has")
			}
			if outbound {
				a.Out = append(a.Out, r)
			} else {
				a.In = append(a.In, r)
			}
		}
	}
}

func portsOf(from, to int64) reach.Ports {
	if from <= 0 && to >= 65535 {
		return reach.Ports{}
	}
	return reach.Ports{From: clamp(from), To: clamp(to)}
}

func clamp(port int64) uint16 {
	return uint16(min(max(port, 0), 65535))
}

// group is the group of that ID, made where it is only named.
func (b *builder) group(id string) *reach.Group {
	g := b.groups[id]
	if g == nil {
		unknown := "read what declares the security group " + reach.Unknown(id) + " too"
		g = &reach.Group{Element: reach.Element{ID: id}, InUnknown: unknown, OutUnknown: unknown}
		b.groups[id] = g
		b.order = append(b.order, id)
	}
	return g
}

const defaultSuffix = "/default group"

// groupID is the ID of a linked group; the default group of a VPC is named by the VPC.
func groupID(l *estate.Link[estate.SecurityGroup]) string {
	switch to := l.To.(type) {
	case *estate.VPC:
		return to.ID() + defaultSuffix
	case *estate.SecurityGroup:
		return declaredID(to)
	}
	return link(l)
}

// declaredID is the ID of a group that is in the estate.
func declaredID(g *estate.SecurityGroup) string {
	if def := g.Default(); def.State == estate.Known && def.Value && link(&g.VPC) != "" {
		return link(&g.VPC) + defaultSuffix
	}
	return g.ID()
}

func groupIDs(f *estate.Fact[[]estate.Link[estate.SecurityGroup]]) (ids []string, unknown reach.Unknown) {
	ids, unknown = links(f)
	if len(ids) != len(f.Value) {
		return ids, unknown
	}
	for i := range f.Value {
		ids[i] = groupID(&f.Value[i])
	}
	return ids, unknown
}

func (b *builder) groupList() {
	for _, g := range estate.All[estate.SecurityGroup](b.estate) {
		x := &reach.Group{Element: element(&g.Resource), VPC: link(&g.VPC)}
		x.ID = declaredID(g)
		x.Default = x.ID != g.ID()
		b.groups[x.ID], b.order = x, append(b.order, x.ID)
		b.addRules(x, false, &g.Ingress, "")
		b.addRules(x, true, &g.Egress, "")
		switch def := g.DefaultEgress(); {
		case def.State == estate.Unknown:
			x.OutUnknown = cmp.Or(x.OutUnknown, why(&def.Meta))
		case def.Value:
			x.Out = append(x.Out, everything(g.Declaration().Origin))
		}
	}
	for _, r := range estate.All[estate.SecurityGroupRule](b.estate) {
		if r.Group.State == estate.Absent {
			continue
		}
		x := b.group(groupID(&r.Group))
		b.addRules(x, false, &r.Ingress, conditional(&r.Resource))
		b.addRules(x, true, &r.Egress, conditional(&r.Resource))
	}
	for _, a := range estate.All[estate.SecurityGroupVPCAssociation](b.estate) {
		x := b.group(groupID(&a.Group))
		x.VPCs = append(x.VPCs, link(&a.VPC))
	}
}

// defaultGroups adds those that AWS makes with a VPC and that nobody wrote, and puts all groups into the network.
func (b *builder) defaultGroups() {
	for i := range b.net.VPCs {
		v := &b.net.VPCs[i]
		id := v.ID + defaultSuffix
		g := b.groups[id]
		if g == nil || g.InUnknown != "" {
			made := &reach.Group{
				Element: reach.Element{ID: id, Name: "the default group of " + v.Name, Origin: v.Origin}, VPC: v.ID, Default: true,
				In: []reach.Rule{{Groups: []string{id}, Origin: v.Origin}}, Out: []reach.Rule{everything(Origin(v.Origin))},
			}
			if g != nil {
				made.In, made.Out = append(made.In, g.In...), append(made.Out, g.Out...)
			} else {
				b.order = append(b.order, id)
			}
			b.groups[id] = made
		}
	}
	for _, id := range b.order {
		b.net.Groups = append(b.net.Groups, *b.groups[id])
	}
}

func everything(at estate.Origin) reach.Rule {
	out, _ := (&builder{}).ranges(ptr(estate.KnownFact("0.0.0.0/0", at)), ptr(estate.KnownFact("::/0", at)))
	return reach.Rule{CIDRs: out, Origin: at}
}

func (b *builder) addRules(g *reach.Group, out bool, rules *estate.Fact[[]estate.PortRule], cond reach.Unknown) {
	if rules.State == estate.Unknown {
		if out {
			g.OutUnknown = why(&rules.Meta)
		} else {
			g.InUnknown = why(&rules.Meta)
		}
		return
	}
	for i := range rules.Value {
		from, to, ok, unknown := rules.Value[i].TCPPorts()
		if !ok {
			continue
		}
		r := b.rule(g.ID, &rules.Value[i])
		r.Ports, r.PortsUnknown = portsOf(from, to), cond
		if unknown != nil {
			r.PortsUnknown = cmp.Or(cond, why(unknown))
		}
		if out {
			g.Out = append(g.Out, r)
		} else {
			g.In = append(g.In, r)
		}
	}
}

// rule is whom a rule names.
func (b *builder) rule(group string, p *estate.PortRule) reach.Rule {
	r := reach.Rule{Origin: p.At}
	for _, list := range []*estate.Fact[estate.Strings]{&p.IPv4, &p.IPv6} {
		if list.State == estate.Unknown {
			r.Unknown = why(&list.Meta)
		}
		for i := range list.Value {
			if !given(&list.Value[i]) {
				continue
			}
			prefix, gap := b.prefix(&list.Value[i])
			if gap != "" {
				r.Unknown = gap
				continue
			}
			r.CIDRs = append(r.CIDRs, prefix)
		}
	}
	groups, gap := groupIDs(&p.Groups)
	r.Groups = append(r.Groups, groups...)
	r.Unknown = cmp.Or(r.Unknown, gap)
	r.PrefixLists, gap = links(&p.PrefixLists)
	r.Unknown = cmp.Or(r.Unknown, gap)
	switch self := answered(&p.Self); {
	case self.Unknown != "":
		r.Unknown = cmp.Or(r.Unknown, self.Unknown)
	case self.Yes:
		r.Groups = append(r.Groups, group)
	}
	if len(r.CIDRs)+len(r.Groups)+len(r.PrefixLists) == 0 && r.Unknown == "" {
		r.Unknown = "say whom the rule at " + reach.Unknown(p.At.String()) + " is for"
	}
	return r
}
