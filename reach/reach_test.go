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
			{Element: el("igw"), Kind: reach.InternetGateway, VPC: "vpc"},
			{Element: el("nat"), Kind: reach.NATGateway, VPC: "vpc"},
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

func admit(n *reach.Network, from ...string) {
	groupOf(n, "sg-db").In = []reach.Rule{tcp(5432, from...)}
}

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
	named := tiers()
	named.Groups[0].In = append(named.Groups[0].In, reach.Rule{Groups: []string{"front"}})
	named.LoadBalancers = append(named.LoadBalancers, reach.LoadBalancer{Host: reach.Host{Element: reach.Element{ID: "front"}, Groups: []string{"front"}}})
	if _, err := reach.New(named); err != nil {
		t.Errorf("a rule that names a load balancer where it means its group: %v", err)
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

// An address may be that of a machine of which it is not known, and whose group gets in although the address does not.
func TestAddressThatMayBeSomebodys(t *testing.T) {
	n := &reach.Network{
		VPCs:    []reach.VPC{{Element: el("vpc"), CIDRs: prefixes("10.0.0.0/16")}},
		Subnets: []reach.Subnet{subnet("apps", "vpc", "10.0.1.0/24"), subnet("data", "vpc", "10.0.2.0/24")},
		Groups:  []reach.Group{group("sg-app", "vpc"), group("sg-db", "vpc", tcp(5432, "sg-app"))},
		Interfaces: []reach.Interface{
			{Host: host("web", "sg-app", "apps")},
		},
		Databases: []reach.Database{{Host: host("orders", "sg-db", "data"), Port: 5432}},
	}
	for from, want := range map[string]reach.Verdict{
		"10.0.1.7":    reach.Maybe,  // web's, perhaps
		"10.0.1.0/25": reach.Maybe,  // web's may be the other half
		"10.0.1.0/24": reach.Open,   // wherever web stands in it
		"10.0.2.7":    reach.Closed, // nobody's who carries the group
	} {
		e, err := reach.New(n)
		if err != nil {
			t.Fatal(err)
		}
		x, err := e.Explain(reach.From(from), reach.Target{ID: "orders"})
		if err != nil {
			t.Fatal(err)
		}
		if x.Verdict != want || (want == reach.Maybe) != (len(x.Settle) > 0) {
			t.Errorf("%s is %s, to settle it %q; want %s", from, x.Verdict, x.Settle, want)
		}
	}
}
