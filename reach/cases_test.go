package reach_test

import (
	"net/netip"

	"github.com/baileydb/bailey/reach"
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
	{"published, route to a part of the internet", with(published, func(n *reach.Network) {
		tableOf(n, "rt-public").Routes[0].CIDR = netip.MustParsePrefix("203.0.113.0/24")
	}), "198.51.100.7", reach.Closed, reach.HopRoute, "no route for 198.51.100.7"},
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
	{"the app's ACL keeps it in", with(func(n *reach.Network) {
		acls(n, aclAll, []reach.ACLRule{aclRule(100, "allow", 443, 443, "0.0.0.0/0")}, "app")
	}), "sg-app", reach.Closed, reach.HopACLOut, "no rule allows it"},
	{"the app's ACL blocks answers", with(func(n *reach.Network) {
		acls(n, []reach.ACLRule{aclRule(100, "allow", 80, 80, "0.0.0.0/0")}, aclAll, "app")
	}), "sg-app", reach.Closed, reach.HopACLIn, "no rule allows it"},
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
