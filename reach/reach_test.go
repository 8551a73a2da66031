package reach_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/baileydb/bailey/reach"
)

func el(id string) reach.Element { return reach.Element{ID: id, Origin: id + ".tf:1"} }

func tcp(port uint16, from ...string) reach.Rule {
	r := reach.Rule{Ports: reach.Ports{From: port, To: port}, Origin: fmt.Sprintf("rule %d from %v", port, from)}
	for _, f := range from {
		switch {
		case strings.HasPrefix(f, "pl-"):
			r.PrefixLists = append(r.PrefixLists, f)
		case strings.Contains(f, "/"):
			r.CIDRs = append(r.CIDRs, netip.MustParsePrefix(f))
		default:
			r.Groups = append(r.Groups, f)
		}
	}
	return r
}

var allOut = []reach.Rule{{CIDRs: prefixes("0.0.0.0/0", "::/0")}}

func group(id, vpc string, in ...reach.Rule) reach.Group {
	return reach.Group{Element: el(id), VPC: vpc, In: in, Out: allOut}
}

func subnet(id, vpc string, cidrs ...string) reach.Subnet {
	return reach.Subnet{Element: el(id), VPC: vpc, CIDRs: prefixes(cidrs...)}
}

func host(id string, groups string, subnets ...string) reach.Host {
	h := reach.Host{Element: el(id), Subnets: subnets}
	if groups != "" {
		h.Groups = strings.Split(groups, ",")
	}
	return h
}

func route(cidr, target string) reach.Route {
	return reach.Route{CIDR: netip.MustParsePrefix(cidr), Target: target, Origin: cidr + "->" + target}
}

func table(id, vpc string, subnets string, routes ...reach.Route) reach.RouteTable {
	t := reach.RouteTable{Element: el(id), VPC: vpc, Routes: routes}
	if subnets == "main" {
		t.Main = true
	} else if subnets != "" {
		t.Subnets = strings.Split(subnets, ",")
	}
	return t
}

func aclRule(n int, action string, from, to uint16, cidr string) reach.ACLRule {
	return reach.ACLRule{Number: n, Allow: action == "allow", Ports: reach.Ports{From: from, To: to}, CIDR: netip.MustParsePrefix(cidr)}
}

var yes = reach.Answered{Yes: true}

// tiers is a network as it should be: a load balancer in public subnets, an application behind it, the database behind
// that, each admitting only the one before.
func tiers() *reach.Network {
	return &reach.Network{
		VPCs: []reach.VPC{{Element: el("vpc"), CIDRs: prefixes("10.0.0.0/16", "2001:db8:1::/56")}},
		Subnets: []reach.Subnet{
			subnet("public", "vpc", "10.0.0.0/24", "2001:db8:1::/64"), subnet("app", "vpc", "10.0.1.0/24", "2001:db8:1:1::/64"),
			subnet("data-a", "vpc", "10.0.2.0/24", "2001:db8:1:2::/64"), subnet("data-b", "vpc", "10.0.3.0/24"),
		},
		Gateways: []reach.Gateway{
			{Element: el("igw"), Kind: reach.InternetGateway, VPC: "vpc"}, {Element: el("nat"), Kind: reach.NATGateway, VPC: "vpc"},
			{Element: el("eigw"), Kind: reach.EgressOnlyGateway, VPC: "vpc"},
		},
		RouteTables: []reach.RouteTable{
			table("rt-public", "vpc", "public", route("0.0.0.0/0", "igw"), route("::/0", "igw")),
			table("rt-app", "vpc", "app", route("0.0.0.0/0", "nat"), route("::/0", "eigw")),
			table("rt-data", "vpc", "data-a,data-b"),
		},
		Groups: []reach.Group{
			group("sg-lb", "vpc", tcp(443, "0.0.0.0/0")), group("sg-app", "vpc", tcp(80, "sg-lb")), group("sg-db", "vpc", tcp(5432, "sg-app")),
			group("sg-other", "vpc"),
		},
		LoadBalancers: []reach.LoadBalancer{{
			Host:      reach.Host{Element: el("lb"), Subnets: []string{"public"}, Groups: []string{"sg-lb"}, Public: yes},
			Listeners: []reach.Listener{{Port: 443, TargetGroups: []string{"tg"}}},
		}},
		TargetGroups: []reach.TargetGroup{{Element: el("tg"), Port: 80, Targets: []reach.Backend{{ID: "i-app"}}}},
		Interfaces:   []reach.Interface{{Host: host("i-app", "sg-app", "app")}, {Host: host("i-other", "sg-other", "app")}},
		Databases:    []reach.Database{{Host: host("orders", "sg-db", "data-a", "data-b"), Port: 5432}},
	}
}

// change helpers, so that a case reads as what differs.
func groupOf(n *reach.Network, id string) *reach.Group {
	return &n.Groups[slices.IndexFunc(n.Groups, func(g reach.Group) bool { return g.ID == id })]
}

func tableOf(n *reach.Network, id string) *reach.RouteTable {
	return &n.RouteTables[slices.IndexFunc(n.RouteTables, func(g reach.RouteTable) bool { return g.ID == id })]
}

func admit(n *reach.Network, from ...string) { groupOf(n, "sg-db").In = []reach.Rule{tcp(5432, from...)} }

// published makes the database public, in public subnets, open to all.
func published(n *reach.Network) {
	n.Databases[0].Subnets, n.Databases[0].Public = []string{"public"}, yes
	admit(n, "0.0.0.0/0", "::/0")
}

// peered adds a second VPC with an instance, peered with the first, with routes both ways.
func peered(n *reach.Network) {
	n.VPCs = append(n.VPCs, reach.VPC{Element: el("vpc2"), CIDRs: prefixes("10.1.0.0/16")})
	n.Subnets = append(n.Subnets, subnet("far", "vpc2", "10.1.0.0/24"))
	n.Groups = append(n.Groups, group("sg-far", "vpc2"))
	n.Interfaces = append(n.Interfaces, reach.Interface{Host: host("i-far", "sg-far", "far")})
	n.Peerings = append(n.Peerings, reach.Peering{Element: el("pcx"), VPCs: [2]string{"vpc", "vpc2"}})
	n.RouteTables = append(n.RouteTables, table("rt-far", "vpc2", "far", route("10.0.0.0/16", "pcx")))
	t := tableOf(n, "rt-data")
	t.Routes = append(t.Routes, route("10.1.0.0/16", "pcx"))
}

// transit joins both VPCs of peered by a transit gateway instead.
func transit(n *reach.Network) {
	peered(n)
	n.Peerings = nil
	tableOf(n, "rt-far").Routes[0].Target, tableOf(n, "rt-data").Routes[0].Target = "tgw", "tgw"
	n.TransitGateways = []reach.TransitGateway{{
		Element: el("tgw"),
		Attachments: []reach.Attachment{
			{Element: el("att"), VPC: "vpc", Table: "tgw-rtb"}, {Element: el("att2"), VPC: "vpc2", Table: "tgw-rtb"},
		},
		Tables: []reach.TransitTable{{Element: el("tgw-rtb"), Propagated: []string{"att", "att2"}}},
	}}
}

// office adds a network behind a VPN gateway, with a static route to it.
func office(n *reach.Network) {
	n.Gateways = append(n.Gateways, reach.Gateway{Element: el("vgw"), Kind: reach.VPNGateway, VPC: "vpc"})
	n.Sites = append(n.Sites, reach.Site{Element: el("office"), CIDRs: prefixes("192.168.0.0/16"), Gateway: "vgw"})
	t := tableOf(n, "rt-data")
	t.Routes = append(t.Routes, route("192.168.0.0/16", "vgw"))
	admit(n, "192.168.0.0/16")
}

func acls(n *reach.Network, in, out []reach.ACLRule, subnets ...string) {
	n.ACLs = append(n.ACLs, reach.ACL{Element: el("acl-" + subnets[0]), VPC: "vpc", Subnets: subnets, In: in, Out: out})
}

var (
	aclAll = []reach.ACLRule{aclRule(100, "allow", 0, 0, "0.0.0.0/0")}
	aclDB  = []reach.ACLRule{aclRule(100, "allow", 5432, 5432, "10.0.0.0/16")}
	aclEph = []reach.ACLRule{aclRule(100, "allow", 1024, 65535, "0.0.0.0/0")}
)

// The expectations are worked out by hand from what AWS documents; each case changes one thing in the network above.
var cases = []struct {
	name   string
	change []func(*reach.Network)
	from   string
	want   reach.Verdict
	stop   reach.HopKind // of the first hop that refuses, or that is not known
	text   string        // part of what that hop, or the settlement, says
}{
	{"app by group", nil, "sg-app", reach.Open, "", ""},
	{"app's instance", nil, "i-app", reach.Open, "", ""},
	{"another group", nil, "sg-other", reach.Closed, reach.HopGroupIn, "no rule of sg-db admits it on port 5432"},
	{"another instance in the same subnet", nil, "i-other", reach.Closed, reach.HopGroupIn, "no rule"},
	{"the internet, private database", nil, "internet", reach.Closed, reach.HopAddress, "no public address"},
	{"the load balancer goes to the app only", nil, "lb", reach.Closed, reach.HopForward, "no listener of lb forwards to orders"},
	{"two steps away", nil, "sg-lb", reach.Closed, "", ""},
	{"open group, private database", with(func(n *reach.Network) { admit(n, "0.0.0.0/0") }), "internet", reach.Closed, reach.HopAddress, "no public address"},
	{"open group admits inside", with(func(n *reach.Network) { admit(n, "0.0.0.0/0") }), "i-other", reach.Open, "", ""},
	{"public database in private subnets", with(func(n *reach.Network) { admit(n, "0.0.0.0/0"); n.Databases[0].Public = yes }), "internet", reach.Closed, reach.HopRoute, "no route for"},
	{"published", with(published), "internet", reach.Open, "", ""},
	{"published, by one address", with(published), "198.51.100.7", reach.Open, "", ""},
	{"published, no gateway", with(published, func(n *reach.Network) { n.Gateways = n.Gateways[1:]; tableOf(n, "rt-public").Routes = nil }), "internet", reach.Closed, reach.HopGateway, "no internet gateway is attached"},
	{"published, gateway of another VPC", with(published, func(n *reach.Network) { n.Gateways[0].VPC = "vpc9" }), "internet", reach.Closed, reach.HopGateway, "no internet gateway"},
	{"published behind NAT only", with(published, func(n *reach.Network) { n.Databases[0].Subnets = []string{"app"} }), "internet", reach.Closed, reach.HopRoute, "NAT gateway lets connections out, and none in"},
	{"published, blackhole", with(published, func(n *reach.Network) { tableOf(n, "rt-public").Routes[0].Blackhole = true }), "internet", reach.Closed, reach.HopRoute, "blackhole"},
	{"published, route to a part of the internet", with(published, func(n *reach.Network) { tableOf(n, "rt-public").Routes[0].CIDR = netip.MustParsePrefix("203.0.113.0/24") }), "198.51.100.7", reach.Closed, reach.HopRoute, "no route for 198.51.100.7"},
	{"published, longer prefix goes to NAT", with(published, func(n *reach.Network) {
		tableOf(n, "rt-public").Routes = append(tableOf(n, "rt-public").Routes, route("198.51.100.0/24", "nat"))
	}), "198.51.100.7", reach.Closed, reach.HopRoute, "198.51.100.0/24 to nat"},
	{"published, not known whether public", with(published, func(n *reach.Network) {
		n.Databases[0].Public = reach.Answered{Unknown: "give a value for Public"}
	}), "internet", reach.Maybe, reach.HopAddress, "give a value for Public"},
	{"IPv6 through the internet gateway", with(published, func(n *reach.Network) { n.Databases[0].IPv6 = yes }), "2001:db8:ffff::1", reach.Open, "", ""},
	{"IPv6 with an IPv4 database", with(published), "2001:db8:ffff::1", reach.Closed, reach.HopAddress, "no IPv6 address"},
	{"IPv6 egress-only", with(published, func(n *reach.Network) {
		n.Databases[0].IPv6, n.Databases[0].Subnets = yes, []string{"app"}
	}), "2001:db8:ffff::1", reach.Closed, reach.HopRoute, "egress-only gateway lets connections out, and none in"},
	{"IPv4 rule does not admit IPv6", with(published, func(n *reach.Network) { n.Databases[0].IPv6 = yes; admit(n, "0.0.0.0/0") }), "2001:db8:ffff::1", reach.Closed, reach.HopGroupIn, "no rule"},

	{"no rules at all", with(func(n *reach.Network) { groupOf(n, "sg-db").In = nil }), "sg-app", reach.Closed, reach.HopGroupIn, "no rule at all"},
	{"groups are a union", with(func(n *reach.Network) {
		n.Groups = append(n.Groups, group("sg-more", "vpc", tcp(5432, "sg-other")))
		n.Databases[0].Groups = append(n.Databases[0].Groups, "sg-more")
	}), "sg-other", reach.Open, "", ""},
	{"another port", with(func(n *reach.Network) { groupOf(n, "sg-db").In = []reach.Rule{tcp(3306, "sg-app")} }), "sg-app", reach.Closed, reach.HopGroupIn, "on port 5432"},
	{"a range of ports", with(func(n *reach.Network) {
		r := tcp(0, "sg-app")
		r.Ports = reach.Ports{From: 5000, To: 6000}
		groupOf(n, "sg-db").In = []reach.Rule{r}
	}), "sg-app", reach.Open, "", ""},
	{"every port", with(func(n *reach.Network) { groupOf(n, "sg-db").In = []reach.Rule{tcp(0, "sg-app")} }), "sg-app", reach.Open, "", ""},
	{"no way out of the group", with(func(n *reach.Network) { groupOf(n, "sg-app").Out = nil }), "i-app", reach.Closed, reach.HopGroupOut, "no rule at all"},
	{"out to the database's group", with(func(n *reach.Network) { groupOf(n, "sg-app").Out = []reach.Rule{tcp(5432, "sg-db")} }), "i-app", reach.Open, "", ""},
	{"out to https only", with(func(n *reach.Network) { groupOf(n, "sg-app").Out = []reach.Rule{tcp(443, "0.0.0.0/0")} }), "i-app", reach.Closed, reach.HopGroupOut, "lets it out on port 5432"},
	{"the database needs no way out", with(func(n *reach.Network) { groupOf(n, "sg-db").Out = nil }), "sg-app", reach.Open, "", ""},
	{"default group of the VPC admits itself", with(func(n *reach.Network) {
		g := group("default", "vpc", tcp(0, "default"))
		g.Default = true
		n.Groups = append(n.Groups, g)
		n.Databases[0].Groups = nil
		n.Interfaces[1].Groups = nil
	}), "i-other", reach.Open, "", ""},
	{"default group keeps others out", with(func(n *reach.Network) {
		g := group("default", "vpc", tcp(0, "default"))
		g.Default = true
		n.Groups = append(n.Groups, g)
		n.Databases[0].Groups = nil
	}), "i-app", reach.Closed, reach.HopGroupIn, "no rule of default"},
	{"no group named, default not known", with(func(n *reach.Network) { n.Databases[0].Groups = nil }), "i-app", reach.Maybe, reach.HopGroupIn, "default group is not known"},
	{"groups that name each other", with(func(n *reach.Network) {
		groupOf(n, "sg-app").In = []reach.Rule{tcp(5432, "sg-db")}
	}), "sg-app", reach.Open, "", ""},
	{"prefix list", with(func(n *reach.Network) {
		n.PrefixLists = []reach.PrefixList{{Element: el("pl-1"), CIDRs: prefixes("10.0.1.0/24")}}
		admit(n, "pl-1")
	}), "i-other", reach.Open, "", ""},
	{"prefix list of others", with(func(n *reach.Network) {
		n.PrefixLists = []reach.PrefixList{{Element: el("pl-1"), CIDRs: prefixes("10.0.9.0/24")}}
		admit(n, "pl-1")
	}), "i-other", reach.Closed, reach.HopGroupIn, "no rule"},
	{"prefix list that is not known", with(func(n *reach.Network) { admit(n, "pl-9") }), "i-other", reach.Maybe, reach.HopGroupIn, "prefix list pl-9"},
	{"half of the subnet, address not known", with(func(n *reach.Network) { admit(n, "10.0.1.0/25") }), "i-other", reach.Maybe, reach.HopGroupIn, "which of 10.0.1.0/24 it is"},
	{"half of the subnet, address in it", with(func(n *reach.Network) {
		admit(n, "10.0.1.0/25")
		n.Interfaces[1].Addresses = []netip.Addr{netip.MustParseAddr("10.0.1.5")}
	}), "i-other", reach.Open, "", ""},
	{"half of the subnet, address in the other", with(func(n *reach.Network) {
		admit(n, "10.0.1.0/25")
		n.Interfaces[1].Addresses = []netip.Addr{netip.MustParseAddr("10.0.1.200")}
	}), "i-other", reach.Closed, reach.HopGroupIn, "no rule"},
	{"half of the subnet as addresses", with(func(n *reach.Network) { admit(n, "10.0.1.0/25") }), "10.0.1.0/24", reach.Open, "", ""},
	{"a group that is only named", with(func(n *reach.Network) { admit(n, "sg-elsewhere") }), "sg-elsewhere", reach.Maybe, "", "sg-elsewhere"},

	{"ACL allows both ways", with(func(n *reach.Network) { acls(n, aclDB, aclEph, "data-a", "data-b") }), "sg-app", reach.Open, "", ""},
	{"ACL has no rule", with(func(n *reach.Network) { acls(n, nil, aclAll, "data-a", "data-b") }), "sg-app", reach.Closed, reach.HopACLIn, "no rule allows it"},
	{"ACL denies first", with(func(n *reach.Network) {
		acls(n, []reach.ACLRule{aclRule(100, "allow", 0, 0, "0.0.0.0/0"), aclRule(90, "deny", 5432, 5432, "10.0.1.0/24")}, aclAll, "data-a", "data-b")
	}), "sg-app", reach.Closed, reach.HopACLIn, "rule 90 denies tcp 5432"},
	{"ACL denies too late", with(func(n *reach.Network) {
		acls(n, []reach.ACLRule{aclRule(100, "allow", 0, 0, "0.0.0.0/0"), aclRule(110, "deny", 5432, 5432, "10.0.1.0/24")}, aclAll, "data-a", "data-b")
	}), "sg-app", reach.Open, "", ""},
	{"ACL denies another port", with(func(n *reach.Network) {
		acls(n, []reach.ACLRule{aclRule(90, "deny", 22, 22, "0.0.0.0/0"), aclRule(100, "allow", 0, 0, "0.0.0.0/0")}, aclAll, "data-a", "data-b")
	}), "sg-app", reach.Open, "", ""},
	{"answers blocked", with(func(n *reach.Network) {
		acls(n, aclDB, []reach.ACLRule{aclRule(100, "allow", 5432, 5432, "10.0.0.0/16")}, "data-a", "data-b")
	}), "sg-app", reach.Open, "", ""}, // 5432 is an ephemeral port too: a client may choose it
	{"answers to low ports only", with(func(n *reach.Network) {
		acls(n, aclDB, []reach.ACLRule{aclRule(100, "allow", 443, 443, "10.0.0.0/16")}, "data-a", "data-b")
	}), "sg-app", reach.Closed, reach.HopACLOut, "no rule allows it"},
	{"answers to Linux' ports", with(func(n *reach.Network) {
		acls(n, aclDB, []reach.ACLRule{aclRule(100, "allow", 32768, 60999, "10.0.0.0/16")}, "data-a", "data-b")
	}), "sg-app", reach.Open, "", ""},
	{"the app's ACL keeps it in", with(func(n *reach.Network) { acls(n, aclAll, []reach.ACLRule{aclRule(100, "allow", 443, 443, "0.0.0.0/0")}, "app") }), "sg-app", reach.Closed, reach.HopACLOut, "no rule allows it"},
	{"the app's ACL blocks answers", with(func(n *reach.Network) { acls(n, []reach.ACLRule{aclRule(100, "allow", 80, 80, "0.0.0.0/0")}, aclAll, "app") }), "sg-app", reach.Closed, reach.HopACLIn, "no rule allows it"},
	{"no port that both ACLs allow", with(func(n *reach.Network) {
		acls(n, aclAll, []reach.ACLRule{aclRule(100, "allow", 1024, 2000, "0.0.0.0/0")}, "data-a", "data-b")
		acls(n, []reach.ACLRule{aclRule(100, "allow", 3000, 4000, "0.0.0.0/0")}, aclAll, "app")
	}), "sg-app", reach.Closed, reach.HopACLIn, "no port from 1024 to 65535"},
	{"ACLs do not look inside a subnet", with(func(n *reach.Network) {
		acls(n, nil, nil, "data-a", "data-b")
		n.Interfaces[0].Subnets = []string{"data-a"}
	}), "i-app", reach.Open, "", ""},
	{"one subnet's ACL closes, the other does not", with(func(n *reach.Network) { acls(n, nil, nil, "data-a") }), "sg-app", reach.Open, "", ""},
	{"ACL rules not known", with(func(n *reach.Network) {
		acls(n, nil, nil, "data-a", "data-b")
		n.ACLs[0].RulesUnknown = "read the other file"
	}), "sg-app", reach.Maybe, reach.HopACLIn, "read the other file"},
	{"ACL rule not known after one that allows", with(func(n *reach.Network) {
		acls(n, []reach.ACLRule{aclRule(100, "allow", 5432, 5432, "10.0.1.0/24"), {Number: 200, Unknown: "give a value for Port"}}, aclAll, "data-a", "data-b")
	}), "sg-app", reach.Open, "", ""},
	{"ACL rule not known before one that allows", with(func(n *reach.Network) {
		acls(n, []reach.ACLRule{aclRule(100, "allow", 5432, 5432, "10.0.1.0/24"), {Number: 50, Unknown: "give a value for Port"}}, aclAll, "data-a", "data-b")
	}), "sg-app", reach.Maybe, reach.HopACLIn, "give a value for Port"},
	{"default ACL in the input", with(func(n *reach.Network) {
		n.ACLs = []reach.ACL{{Element: el("acl"), VPC: "vpc", Default: true}}
	}), "sg-app", reach.Closed, reach.HopACLOut, "no rule allows it"},
	{"IPv4 ACL stops IPv6", with(published, func(n *reach.Network) {
		n.Databases[0].IPv6 = yes
		acls(n, aclAll, aclAll, "public")
	}), "2001:db8:ffff::1", reach.Closed, reach.HopACLIn, "no rule allows it"},

	{"peered, by address", with(peered, func(n *reach.Network) { admit(n, "10.1.0.0/16") }), "i-far", reach.Open, "", ""},
	{"peered, by group", with(peered, func(n *reach.Network) { admit(n, "sg-far") }), "sg-far", reach.Open, "", ""},
	{"peered, other region, by group", with(peered, func(n *reach.Network) { admit(n, "sg-far"); n.Peerings[0].CrossRegion = yes }), "i-far", reach.Closed, reach.HopGroupIn, "another region"},
	{"peered, other region, by address", with(peered, func(n *reach.Network) { admit(n, "10.1.0.0/16"); n.Peerings[0].CrossRegion = yes }), "i-far", reach.Open, "", ""},
	{"peered, not accepted", with(peered, func(n *reach.Network) { admit(n, "10.1.0.0/16"); n.Peerings[0].Inactive = yes }), "i-far", reach.Closed, reach.HopRoute, "not active"},
	{"peered, no route there", with(peered, func(n *reach.Network) { admit(n, "10.1.0.0/16"); tableOf(n, "rt-far").Routes = nil }), "i-far", reach.Closed, reach.HopRoute, "no route for 10.0."},
	{"peered, no route back", with(peered, func(n *reach.Network) { admit(n, "10.1.0.0/16"); tableOf(n, "rt-data").Routes = nil }), "i-far", reach.Closed, reach.HopRoute, "no route for 10.1.0.0/24"},
	{"peered, no peering but group named", with(peered, func(n *reach.Network) {
		admit(n, "sg-far")
		n.Peerings, tableOf(n, "rt-far").Routes, tableOf(n, "rt-data").Routes = nil, nil, nil
	}), "sg-far", reach.Closed, reach.HopRoute, "no route"},
	{"peering leads one VPC further", with(peered, func(n *reach.Network) {
		n.VPCs = append(n.VPCs, reach.VPC{Element: el("vpc3"), CIDRs: prefixes("10.2.0.0/16")})
		n.Subnets = append(n.Subnets, subnet("third", "vpc3", "10.2.0.0/24"))
		n.Interfaces = append(n.Interfaces, reach.Interface{Host: reach.Host{Element: el("i-third"), Subnets: []string{"third"}, Groups: []string{"sg-far"}}})
		n.Peerings = append(n.Peerings, reach.Peering{Element: el("pcx2"), VPCs: [2]string{"vpc2", "vpc3"}})
		n.RouteTables = append(n.RouteTables, table("rt-third", "vpc3", "third", route("10.0.0.0/16", "pcx2")))
		tableOf(n, "rt-data").Routes = append(tableOf(n, "rt-data").Routes, route("10.2.0.0/16", "pcx"))
		admit(n, "10.0.0.0/8")
	}), "10.2.0.5", reach.Closed, reach.HopRoute, "leads to vpc2 and no further"},
	{"peered VPC whose range overlaps", with(peered, func(n *reach.Network) {
		n.VPCs[1].CIDRs = prefixes("10.0.0.0/16")
		n.Subnets[4].CIDRs = prefixes("10.0.7.0/24")
		tableOf(n, "rt-data").Routes[0].CIDR = netip.MustParsePrefix("10.0.7.0/24")
		admit(n, "10.0.0.0/8")
	}), "i-far", reach.Closed, reach.HopRoute, "keeps"},
	{"peered VPC of which only the ID is known", with(func(n *reach.Network) {
		n.Peerings = []reach.Peering{{Element: el("pcx"), VPCs: [2]string{"vpc", "vpc-other"}}}
		tableOf(n, "rt-data").Routes = []reach.Route{route("10.9.0.0/16", "pcx")}
		admit(n, "10.9.0.0/16")
	}), "vpc-other", reach.Maybe, "", "vpc-other"},
	{"gateway of a peered VPC is no way in", with(peered, func(n *reach.Network) {
		tableOf(n, "rt-data").Routes = append(tableOf(n, "rt-data").Routes, route("0.0.0.0/0", "pcx"))
		n.Databases[0].Public = yes
		admit(n, "0.0.0.0/0")
	}), "internet", reach.Closed, reach.HopRoute, "no further"},

	{"transit gateway", with(transit, func(n *reach.Network) { admit(n, "10.1.0.0/16") }), "i-far", reach.Open, "", ""},
	{"transit gateway, group named", with(transit, func(n *reach.Network) { admit(n, "sg-far") }), "i-far", reach.Closed, reach.HopGroupIn, "does not carry references"},
	{"transit gateway that carries references", with(transit, func(n *reach.Network) { admit(n, "sg-far"); n.TransitGateways[0].GroupReferences = yes }), "i-far", reach.Open, "", ""},
	{"transit gateway, not propagated", with(transit, func(n *reach.Network) {
		admit(n, "10.1.0.0/16")
		n.TransitGateways[0].Tables[0].Propagated = []string{"att2"}
	}), "i-far", reach.Closed, reach.HopRoute, "tgw-rtb has no route"},
	{"transit gateway, answers not routed", with(transit, func(n *reach.Network) {
		admit(n, "10.1.0.0/16")
		n.TransitGateways[0].Tables[0].Propagated = []string{"att"}
	}), "i-far", reach.Closed, reach.HopRoute, "tgw-rtb has no route for 10.1.0.0/24"},
	{"transit gateway, under no table", with(transit, func(n *reach.Network) { admit(n, "10.1.0.0/16"); n.TransitGateways[0].Attachments[1].Table = "" }), "i-far", reach.Closed, reach.HopRoute, "under no route table"},
	{"transit gateway, blackhole is longer", with(transit, func(n *reach.Network) {
		admit(n, "10.1.0.0/16")
		n.TransitGateways[0].Tables[0].Routes = []reach.TransitRoute{{CIDR: netip.MustParsePrefix("10.0.2.0/23"), Blackhole: true}}
	}), "i-far", reach.Closed, reach.HopRoute, "blackhole"},
	{"transit gateway, static default elsewhere", with(transit, func(n *reach.Network) {
		admit(n, "10.1.0.0/16")
		n.TransitGateways[0].Tables[0].Routes = []reach.TransitRoute{{CIDR: netip.MustParsePrefix("0.0.0.0/0"), Attachment: "att2"}}
	}), "i-far", reach.Open, "", ""},
	{"transit gateway that is only named", with(transit, func(n *reach.Network) { admit(n, "10.1.0.0/16"); n.TransitGateways = nil }), "i-far", reach.Maybe, reach.HopRoute, "read what declares tgw too"},
	{"two transit gateways", with(transit, func(n *reach.Network) {
		admit(n, "10.1.0.0/16")
		to := func(cidr, att string) []reach.TransitRoute {
			return []reach.TransitRoute{{CIDR: netip.MustParsePrefix(cidr), Attachment: att}}
		}
		n.TransitGateways[0].Attachments[1] = reach.Attachment{Element: el("join"), Peer: "tgw2", Table: "tgw-rtb"}
		n.TransitGateways[0].Tables[0] = reach.TransitTable{Element: el("tgw-rtb"), Propagated: []string{"att"}, Routes: to("10.1.0.0/16", "join")}
		n.TransitGateways = append(n.TransitGateways, reach.TransitGateway{
			Element:     el("tgw2"),
			Attachments: []reach.Attachment{{Element: el("att2"), VPC: "vpc2", Table: "rtb2"}, {Element: el("join2"), Peer: "tgw", Table: "rtb2"}},
			Tables:      []reach.TransitTable{{Element: el("rtb2"), Propagated: []string{"att2"}, Routes: to("10.0.0.0/16", "join2")}},
		})
		tableOf(n, "rt-far").Routes[0].Target = "tgw2"
	}), "i-far", reach.Open, "", ""},

	{"office by static route", with(office), "office", reach.Open, "", ""},
	{"office by address", with(office), "192.168.4.4", reach.Open, "", ""},
	{"office, propagated", with(office, func(n *reach.Network) {
		tableOf(n, "rt-data").Routes, tableOf(n, "rt-data").Propagated = nil, []string{"vgw"}
	}), "office", reach.Open, "", ""},
	{"office, not routed", with(office, func(n *reach.Network) { tableOf(n, "rt-data").Routes = nil }), "office", reach.Closed, reach.HopRoute, "no route for 192.168.0.0/16"},
	{"office, not admitted", with(office, func(n *reach.Network) { admit(n, "sg-app") }), "office", reach.Closed, reach.HopGroupIn, "no rule"},
	{"office behind another VPC", with(office, func(n *reach.Network) { n.Gateways[3].VPC = "vpc2" }), "office", reach.Closed, reach.HopGateway, "not attached to vpc"},
	{"office, addresses not known", with(office, func(n *reach.Network) {
		n.Sites[0].CIDRs, n.Sites[0].CIDRsUnknown = nil, "say what the office has"
	}), "office", reach.Maybe, reach.HopGroupIn, "which of"},
	{"office behind a peered VPC", with(peered, office, func(n *reach.Network) {
		n.Gateways[3].VPC = "vpc2"
		tableOf(n, "rt-data").Routes[1].Target = "pcx"
	}), "office", reach.Closed, reach.HopGateway, "not attached to vpc"},
	{"office over the transit gateway", with(transit, func(n *reach.Network) {
		n.Sites = []reach.Site{{Element: el("office"), CIDRs: prefixes("192.168.0.0/16")}}
		tgw := &n.TransitGateways[0]
		tgw.Attachments = append(tgw.Attachments, reach.Attachment{Element: el("vpn"), Site: "office", Table: "tgw-rtb"})
		tgw.Tables[0].Propagated = append(tgw.Tables[0].Propagated, "vpn")
		tableOf(n, "rt-data").Routes = append(tableOf(n, "rt-data").Routes, route("192.168.0.0/16", "tgw"))
		admit(n, "192.168.0.0/16")
	}), "office", reach.Open, "", ""},
	{"a network that nothing describes", with(func(n *reach.Network) { admit(n, "172.16.0.0/12") }), "172.16.1.1", reach.Closed, reach.HopRoute, "no route for 172.16.1.1"},

	{"main table holds for who has none", with(published, func(n *reach.Network) {
		n.RouteTables = []reach.RouteTable{table("rt-main", "vpc", "main", route("0.0.0.0/0", "igw"))}
	}), "internet", reach.Open, "", ""},
	{"no table in the input, as AWS makes it", with(published, func(n *reach.Network) { n.RouteTables = nil }), "internet", reach.Closed, reach.HopRoute, "local route only"},
	{"no table in the input, may be another", with(published, func(n *reach.Network) {
		n.RouteTables, n.VPCs[0].RoutesUnknown = nil, "read the rest"
	}), "internet", reach.Maybe, reach.HopRoute, "read the rest"},
	{"routes not known", with(published, func(n *reach.Network) { tableOf(n, "rt-public").RoutesUnknown = "read the routes" }), "internet", reach.Maybe, reach.HopRoute, "read the routes"},
	{"gateway of which only the ID is known", with(published, func(n *reach.Network) {
		n.Gateways = nil
		tableOf(n, "rt-public").Routes = []reach.Route{route("0.0.0.0/0", "igw-9")}
	}), "internet", reach.Maybe, reach.HopGateway, "igw-9"},
	{"through an appliance", with(func(n *reach.Network) {
		tableOf(n, "rt-app").Routes = append(tableOf(n, "rt-app").Routes, route("10.0.2.0/23", "i-other"))
	}), "i-app", reach.Maybe, reach.HopRoute, "say what i-other forwards"},
	{"what comes in goes through an appliance", with(published, func(n *reach.Network) {
		edge := table("rt-edge", "vpc", "", route("10.0.0.0/24", "i-other"))
		edge.Gateways = []string{"igw"}
		n.RouteTables = append(n.RouteTables, edge)
	}), "internet", reach.Maybe, reach.HopRoute, "say what i-other forwards"},
	{"a subnet that is only named", with(func(n *reach.Network) { n.Databases[0].Subnets = []string{"subnet-9"} }), "i-app", reach.Maybe, "", "subnet-9"},
	{"one known subnet is enough", with(func(n *reach.Network) { n.Databases[0].Subnets = []string{"subnet-9", "data-a"} }), "i-app", reach.Open, "", ""},
	{"load balancer in front of the database", with(func(n *reach.Network) {
		n.TargetGroups[0].Port, n.TargetGroups[0].Targets = 5432, []reach.Backend{{ID: "orders"}}
		admit(n, "sg-lb")
	}), "lb", reach.Open, "", ""},
	{"load balancer by address of its subnet", with(func(n *reach.Network) {
		n.TargetGroups[0].Port, n.TargetGroups[0].Targets = 5432, []reach.Backend{{ID: "orders"}}
		n.LoadBalancers[0].Groups = nil
		admit(n, "10.0.0.0/24")
	}), "lb", reach.Open, "", ""},
	{"load balancer that is not admitted", with(func(n *reach.Network) {
		n.TargetGroups[0].Port, n.TargetGroups[0].Targets = 5432, []reach.Backend{{ID: "orders"}}
	}), "lb", reach.Closed, reach.HopGroupIn, "no rule"},
	{"load balancer to another port", with(func(n *reach.Network) {
		n.TargetGroups[0].Targets = []reach.Backend{{ID: "orders"}}
		admit(n, "sg-lb")
	}), "lb", reach.Closed, reach.HopForward, "no listener"},
	{"load balancer whose targets are not known", with(func(n *reach.Network) {
		n.TargetGroups[0].Unknown = "read what registers targets"
		admit(n, "sg-lb")
	}), "lb", reach.Maybe, reach.HopForward, "registers targets"},
	{"load balancer that keeps the client's address", with(func(n *reach.Network) {
		n.TargetGroups[0].Port, n.TargetGroups[0].Targets = 5432, []reach.Backend{{ID: "orders"}}
		n.LoadBalancers[0].Groups, n.LoadBalancers[0].PreservesClient = nil, yes
		admit(n, "203.0.113.0/24")
	}), "lb", reach.Open, "", ""},
}

func with(changes ...func(*reach.Network)) []func(*reach.Network) { return changes }

func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.name] {
			t.Errorf("two cases are named %q", c.name)
		}
		seen[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			n := tiers()
			for _, f := range c.change {
				f(n)
			}
			e, err := reach.New(n)
			if err != nil {
				t.Fatal(err)
			}
			x, err := e.Explain(reach.From(c.from), reach.Target{ID: "orders"})
			if err != nil {
				t.Fatal(err)
			}
			if x.Verdict != c.want {
				t.Errorf("%s is %s, want %s", c.from, x.Verdict, c.want)
			}
			if got, ok := stopOf(x, c.stop, c.text); !ok {
				t.Errorf("stopped by %s, want %s saying %q", got, c.stop, c.text)
			}
			sourcesAgree(t, e, c.from, c.want)
			if t.Failed() {
				for _, p := range x.Paths {
					t.Logf("%s into %s (stop %d)", p.Verdict, p.Into.ID, p.Stop)
					for i := range p.Hops {
						t.Log("  ", p.Hops[i].String())
					}
				}
			}
		})
	}
}

// stopOf looks for a path whose first hop that refuses, or is not known, is of the kind and says the text.
func stopOf(x *reach.Explanation, kind reach.HopKind, text string) (got string, ok bool) {
	if x.Verdict == reach.Open || kind == "" && text == "" {
		return "", true
	}
	if kind == "" {
		return fmt.Sprint(x.Settle), strings.Contains(fmt.Sprint(x.Settle), text)
	}
	for _, p := range x.Paths {
		for i := range p.Hops {
			h := &p.Hops[i]
			if h.Verdict == reach.Open || x.Verdict == reach.Closed && h.Verdict == reach.Maybe {
				continue
			}
			got += h.String() + "; "
			if h.Kind == kind && strings.Contains(h.Text+string(h.Settle), text) {
				return got, true
			}
			break
		}
	}
	return got, false
}

// sourcesAgree checks that the complete answer says of the source what the walk said.
func sourcesAgree(t *testing.T, e *reach.Engine, from string, want reach.Verdict) {
	t.Helper()
	a, err := e.Sources(reach.Target{ID: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	got, found := reach.Closed, false
	note := func(v reach.Verdict) {
		found = true
		if v == reach.Open || got == reach.Closed {
			got = v
		}
	}
	addr, err := netip.ParseAddr(from)
	for _, s := range a.Sources {
		if len(s.Paths()) == 0 && len(s.Members)+len(s.MaybeMembers) == 0 && len(s.Settle) == 0 {
			t.Errorf("%s is %s by no path", s.ID, s.Verdict)
		}
		switch {
		case s.ID == from:
			note(s.Verdict)
		case err == nil && s.Addresses.Contains(addr):
			note(reach.Open)
		case err == nil && s.MaybeAddresses.Contains(addr):
			note(reach.Maybe)
		}
		for _, m := range s.Members {
			if m.ID == from {
				note(reach.Open)
			}
		}
		for _, m := range s.MaybeMembers {
			if m.ID == from {
				note(reach.Maybe)
			}
		}
	}
	for _, r := range a.Refusals {
		if r.Hop.Text == "" {
			t.Errorf("a refusal by %s says nothing", r.Hop.ID)
		}
		for _, s := range r.Sources {
			if s.ID == from {
				found = true
				if got != reach.Closed {
					t.Errorf("%s is %s and refused", from, got)
				}
			}
		}
	}
	if err == nil {
		found = true
	}
	if _, _, isPrefix := strings.Cut(from, "/"); isPrefix {
		return
	}
	if !found {
		t.Errorf("%s is in no list", from)
	}
	if got != want {
		t.Errorf("among the sources %s is %s, want %s", from, got, want)
	}
}

func TestErrors(t *testing.T) {
	n := tiers()
	n.Groups = append(n.Groups, group("sg-db", "vpc"))
	if _, err := reach.New(n); !errors.Is(err, reach.ErrDuplicate) {
		t.Errorf("two groups with one ID: %v", err)
	}
	e, err := reach.New(tiers())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Sources(reach.Target{ID: "none"}); !errors.Is(err, reach.ErrNotFound) {
		t.Errorf("no such database: %v", err)
	}
	if _, err := e.Explain("nobody", reach.Target{ID: "orders"}); !errors.Is(err, reach.ErrNotFound) {
		t.Errorf("no such source: %v", err)
	}
	if _, err := e.Explain("sg-app", reach.Target{ID: "i-app"}); err == nil {
		t.Error("an instance's port is not known, and nobody says")
	}
}
