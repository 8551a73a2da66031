package paths

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/reach"
)

// attr is a fact of a resource by its name, of whatever kind the resource is.
func attr[T any](r estate.AnyResource, name string) (f T, ok bool) {
	a, found := r.Base().Kind().Attribute(name)
	if !found || a.Takes {
		return f, false
	}
	f, ok = estate.Read(a, r.Base().Self(), "").(T)
	return f, ok
}

type (
	groupFact  = *estate.Fact[[]estate.Link[estate.SecurityGroup]]
	subnetFact = *estate.Fact[[]estate.Link[estate.Subnet]]
)

// standing lists what stands in subnets: databases first, then what else carries security groups, known kind or not.
func (b *builder) standing() {
	for _, r := range b.estate.Resources {
		if r.Base().Kind().Store != "" {
			b.database(r)
		}
	}
	inInstances := map[string]bool{}
	for _, i := range estate.All[estate.EC2Instance](b.estate) {
		b.instance(i, inInstances)
	}
	for _, r := range b.estate.Resources {
		switch r := r.(type) {
		case *estate.NetworkInterface:
			if !inInstances[r.ID()] {
				b.networkInterface(r)
			}
		case *estate.ClientVPN, *estate.DBProxy, *estate.DBProxyEndpoint, *estate.DMSInstance:
			b.plain(r)
		}
	}
	b.others()
}

// database adds a database, unless it is a member of a cluster that is listed, or reached by an API alone.
func (b *builder) database(r estate.AnyResource) {
	groups, ok := attr[groupFact](r, "security_groups")
	if !ok {
		return
	}
	whole, part := estate.AnyResource(nil), false
	if p, ok := r.(estate.Part); ok {
		whole, part = p.PartOf()
	}
	b.seen[r.Base().ID()] = true
	if part && whole != nil {
		return
	}
	x := reach.Database{Host: reach.Host{Element: element(r.Base())}}
	if f, ok := attr[*estate.Fact[string]](r, "identifier"); ok && f.State == estate.Known && f.Ref == nil && f.Value != "" {
		x.Name = f.Value
	}
	x.Groups, x.GroupsUnknown = groupIDs(groups)
	x.Subnets, x.SubnetsUnknown = b.subnetsOf(r)
	x.Port, x.PortUnknown = port(r)
	x.Public = b.public(r, x.Subnets)
	if f, ok := attr[*estate.Fact[string]](r, "network_type"); ok {
		x.IPv6.Yes = strings.EqualFold(f.Value, "dual")
		if f.State == estate.Unknown {
			x.IPv6.Unknown = why(&f.Meta)
		}
	}
	b.net.Databases = append(b.net.Databases, x)
	b.databases = append(b.databases, Database{Resource: r, ID: x.ID, Name: x.Name})
}

// subnetsOf is where a resource stands by its subnets, or by its subnet group.
func (b *builder) subnetsOf(r estate.AnyResource) (ids []string, unknown reach.Unknown) {
	if f, ok := attr[subnetFact](r, "subnets"); ok {
		return links(f)
	}
	a, ok := r.Base().Kind().Attribute("subnet_group")
	if !ok {
		return nil, ""
	}
	l, ok := estate.Read(a, r.Base().Self(), "").(estate.Linked)
	if !ok {
		return nil, ""
	}
	if to := l.Linked(); to != nil {
		if f, ok := attr[subnetFact](to, "subnets"); ok {
			return links(f)
		}
	}
	switch m := l.About(); m.State {
	case estate.Absent:
		return nil, "say in which subnets " + reach.Unknown(r.Base().Address()) + " stands: it names no subnet group"
	case estate.Unknown:
		return nil, why(m)
	default:
		text, _ := l.Any().(string)
		return nil, "read what declares the subnet group " + reach.Unknown(text) + " too"
	}
}

// enginePorts are where engines listen when nothing is written; see the creation calls of the RDS API reference.
var enginePorts = map[string]uint16{
	"mysql": 3306, "mariadb": 3306, "aurora-mysql": 3306, "aurora": 3306, "postgres": 5432, "aurora-postgresql": 5432,
	"oracle": 1521, "sqlserver": 1433, "db2": 50000, "redis": 6379, "valkey": 6379, "memcached": 11211,
}

// storePorts are those of families of which the engine does not decide.
var storePorts = map[string]uint16{"documentdb": 27017, "neptune": 8182, "redshift": 5439, "elasticache": 6379, "memorydb": 6379, "dax": 8111, "timestream": 8086}

func port(r estate.AnyResource) (uint16, reach.Unknown) {
	if f, ok := attr[*estate.Fact[int64]](r, "port"); ok {
		switch {
		case f.State == estate.Unknown:
			return 0, why(&f.Meta)
		case f.Value > 0:
			return clamp(f.Value), ""
		}
	}
	for _, which := range []string{"engine_family", "engine"} {
		f, ok := attr[*estate.Fact[string]](r, which)
		switch {
		case !ok:
		case f.State == estate.Unknown:
			return 0, why(&f.Meta)
		default:
			if f.Value == "aurora-postgresql" && r.Base().Declaration().World == estate.CloudFormation && r.Base().Kind().Name == "db_cluster" {
				return 3306, "" // as the documentation of AWS::RDS::DBCluster has it
			}
			if p := enginePorts[strings.ToLower(f.Value)]; p != 0 {
				return p, ""
			}
		}
	}
	if p := storePorts[r.Base().Kind().Store]; p != 0 {
		return p, ""
	}
	return 0, "say on which port " + reach.Unknown(r.Base().Address()) + " listens"
}

// public says whether a database gets a public address. A cluster has those of its instances; of an RDS instance that
// CloudFormation makes and that does not say, RDS decides by whether the VPC has an internet gateway.
func (b *builder) public(r estate.AnyResource, subnets []string) reach.Answered {
	var members []reach.Answered
	for _, i := range estate.All[estate.DBInstance](b.estate) {
		if i.Cluster.To == r {
			members = append(members, answered(&i.PubliclyAccessible))
		}
	}
	f, ok := attr[*estate.Fact[bool]](r, "publicly_accessible")
	if d, rds := r.(*estate.DBInstance); rds && f.State == estate.Absent && d.Declaration().World == estate.CloudFormation {
		if b.gatewayBefore(subnets) {
			return reach.Answered{Unknown: "write PubliclyAccessible for " + reach.Unknown(name(d.Declaration())) + ": where it is missing, RDS goes by whether the VPC has an internet gateway"}
		}
	}
	if ok {
		members = append(members, answered(f))
	}
	out := reach.Answered{}
	for _, m := range members {
		switch {
		case m.Unknown == "" && m.Yes:
			return m
		case m.Unknown != "":
			out = m
		}
	}
	return out
}

// gatewayBefore reports whether an internet gateway may be attached to the VPC of the subnets.
func (b *builder) gatewayBefore(subnets []string) bool {
	for _, s := range b.net.Subnets {
		if !slices.Contains(subnets, s.ID) {
			continue
		}
		if !b.vpcs[s.VPC] {
			return true
		}
		for _, g := range b.net.Gateways {
			if g.Kind == reach.InternetGateway && (g.VPC == s.VPC || g.VPCUnknown != "") {
				return true
			}
		}
		return false
	}
	return true
}

func (b *builder) addInterface(x reach.Interface) {
	b.seen[x.ID] = true
	b.net.Interfaces = append(b.net.Interfaces, x)
}

func (b *builder) instance(i *estate.EC2Instance, taken map[string]bool) {
	x := reach.Interface{Host: reach.Host{Element: element(&i.Resource)}, What: "instance"}
	x.Groups, x.GroupsUnknown = groupIDs(&i.SecurityGroups)
	if t := i.Template.Target(); t != nil && i.SecurityGroups.State == estate.Absent {
		x.Groups, x.GroupsUnknown = groupIDs(&t.SecurityGroups)
	}
	if s := link(&i.Subnet); s != "" {
		x.Subnets = []string{s}
	}
	x.Addresses = addresses(&i.PrivateIP)
	public := i.PublicIP.State == estate.Known && i.PublicIP.Value != ""
	for j := range i.NetworkInterfaces.Value {
		if n := i.NetworkInterfaces.Value[j].Target(); n != nil {
			public = b.merge(&x, n) || public
			taken[n.ID()], b.seen[n.ID()] = true, true
		}
	}
	for _, a := range estate.All[estate.NetworkInterfaceAttachment](b.estate) {
		if n := a.NetworkInterface.Target(); n != nil && link(&a.Instance) == x.ID {
			public = b.merge(&x, n) || public
			taken[n.ID()], b.seen[n.ID()] = true, true
		}
	}
	s := i.Subnet.Target()
	switch {
	case public || b.elastic(x.ID):
		x.Public.Yes = true
	case i.AssociatePublicIP.State != estate.Absent:
		x.Public = answered(&i.AssociatePublicIP)
	case s != nil:
		x.Public = answered(&s.AutoAssignPublicIP)
	case len(x.Subnets) == 0 || i.Declaration().World != estate.Live:
		x.Public.Unknown = "read what declares the subnet of " + reach.Unknown(x.Name) + " too"
	}
	if s != nil {
		x.IPv6 = answered(&s.AutoAssignIPv6)
	}
	b.addInterface(x)
}

// merge adds a network interface to the instance that it is on, and reports whether it has a public address.
func (b *builder) merge(x *reach.Interface, n *estate.NetworkInterface) (public bool) {
	groups, gap := groupIDs(&n.SecurityGroups)
	for _, g := range groups {
		if !slices.Contains(x.Groups, g) {
			x.Groups = append(x.Groups, g)
		}
	}
	x.GroupsUnknown = cmp.Or(x.GroupsUnknown, gap)
	if s := link(&n.Subnet); s != "" && !slices.Contains(x.Subnets, s) {
		x.Subnets = append(x.Subnets, s)
	}
	return n.PublicIP.State == estate.Known && n.PublicIP.Value != "" || b.elastic(n.ID())
}

// elastic reports whether an instance or interface has an elastic IP.
func (b *builder) elastic(id string) bool {
	for _, e := range estate.All[estate.ElasticIP](b.estate) {
		if link(&e.Instance) == id || link(&e.NetworkInterface) == id {
			return true
		}
	}
	for _, e := range estate.All[estate.ElasticIPAssociation](b.estate) {
		if link(&e.Instance) == id || link(&e.NetworkInterface) == id {
			return true
		}
	}
	return false
}

func addresses(facts ...*estate.Fact[string]) (out []netip.Addr) {
	for _, f := range facts {
		if a, err := netip.ParseAddr(f.Value); err == nil && f.State == estate.Known {
			out = append(out, a)
		}
	}
	return out
}

func (b *builder) networkInterface(n *estate.NetworkInterface) {
	x := reach.Interface{Host: reach.Host{Element: element(&n.Resource)}, What: "network interface"}
	x.Public.Yes = b.merge(&x, n)
	for i := range n.PrivateIPs.Value {
		x.Addresses = append(x.Addresses, addresses(&n.PrivateIPs.Value[i])...)
	}
	for _, g := range estate.All[estate.NetworkInterfaceGroup](b.estate) {
		if link(&g.NetworkInterface) == x.ID {
			x.Groups = append(x.Groups, groupID(&g.Group))
		}
	}
	b.addInterface(x)
}

// plain adds what has security groups and subnets and no public address.
func (b *builder) plain(r estate.AnyResource) {
	x := reach.Interface{Host: reach.Host{Element: element(r.Base())}, What: strings.ReplaceAll(r.Base().Kind().Name, "_", " ")}
	if f, ok := attr[groupFact](r, "security_groups"); ok {
		x.Groups, x.GroupsUnknown = groupIDs(f)
	}
	x.Subnets, x.SubnetsUnknown = b.subnetsOf(r)
	if v, ok := r.(*estate.ClientVPN); ok {
		x.VPC = link(&v.VPC)
		for _, a := range estate.All[estate.ClientVPNAssociation](b.estate) {
			if link(&a.Endpoint) == x.ID {
				x.Subnets = append(x.Subnets, link(&a.Subnet))
			}
		}
	}
	b.addInterface(x)
}

// leftOut are kinds that name security groups and put no interface behind them, or one that is listed elsewhere.
var leftOut = []string{
	"security_group", "security_group_rule", "security_group_vpc_association", "network_interface_group", "load_balancer",
	"classic_load_balancer", "vpc_endpoint", "vpc_endpoint_security_group", "db_proxy_endpoint",
}

// others lists declarations of any type that carry a security group: functions, containers, launch templates.
func (b *builder) others() {
	for i := range b.estate.Declarations {
		d := &b.estate.Declarations[i]
		if b.seen[d.ID()] {
			continue
		}
		if k, ok := estate.Kinds().KindOf(d.World, d.Type); ok && (slices.Contains(leftOut, k.Name) || k.Store != "") {
			continue
		}
		groups, subnets := b.namedIn(d)
		if len(groups) == 0 {
			continue
		}
		if len(subnets) == 0 { // a launch template's are those of what is made from it
			for _, user := range b.estate.Users(d.ID()) {
				if u, ok := b.estate.Declared(user); ok {
					_, more := b.namedIn(u)
					subnets = append(subnets, more...)
				}
			}
		}
		x := reach.Interface{Host: reach.Host{Element: reach.Element{ID: d.ID(), Name: name(d), Origin: d.Origin}, Groups: groups, Subnets: subnets}, What: what(d)}
		x.Public.Unknown = "say whether " + reach.Unknown(x.Name) + " has public addresses"
		b.addInterface(x)
	}
}

// namedIn are the security groups and subnets that a declaration refers to.
func (b *builder) namedIn(d *estate.Declaration) (groups, subnets []string) {
	d.Body.Walk(func(v estate.Value) bool {
		if v.Ref == nil {
			return true
		}
		r, _ := b.estate.Resource(v.Ref.ID)
		switch r := r.(type) {
		case *estate.SecurityGroup:
			if id := declaredID(r); !slices.Contains(groups, id) {
				groups = append(groups, id)
			}
		case *estate.Subnet:
			if !slices.Contains(subnets, r.ID()) {
				subnets = append(subnets, r.ID())
			}
		}
		return true
	})
	return groups, subnets
}

// what is a declaration's type in words: AWS::Lambda::Function is a Lambda function, aws_ecs_service an ecs service.
func what(d *estate.Declaration) string {
	if parts := strings.Split(d.Type, "::"); len(parts) == 3 {
		return parts[1] + " " + strings.ToLower(parts[2])
	}
	return strings.ReplaceAll(strings.TrimPrefix(d.Type, "aws_"), "_", " ")
}
