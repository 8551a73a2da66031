package reach_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"github.com/baileydb/bailey/reach"
)

// FuzzNetwork builds a network from random bytes and asks everything of it: no panic, and a walk never contradicts the
// complete answer on whether anything is open at all.
func FuzzNetwork(f *testing.F) {
	f.Add([]byte("a seed of no meaning, long enough to fill some elements with references"))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 255, 254, 253, 0, 0, 0, 0, 1, 1, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := randomNetwork(raw)
		e, err := reach.New(n)
		if err != nil {
			t.Skip()
		}
		for _, d := range n.Databases {
			a, err := e.Sources(reach.Target{ID: d.ID})
			if err != nil {
				t.Fatal(err)
			}
			for i := range a.Sources {
				s := &a.Sources[i]
				if s.Verdict == reach.Closed {
					t.Fatalf("%s is listed and closed", s.ID)
				}
				s.Paths()
			}
			for _, from := range []reach.From{"internet", "g0", "i0", "10.0.0.1", "v0", "192.168.0.0/16", "o0"} {
				if _, err := e.Explain(from, reach.Target{ID: d.ID, Port: 5432}); err != nil && from == "internet" {
					t.Fatal(err)
				}
			}
		}
	})
}

// randomNetwork takes its choices from bytes, zeros when they run out.
func randomNetwork(raw []byte) *reach.Network {
	next := func(n int) int {
		if len(raw) == 0 {
			return 0
		}
		v := int(raw[0])
		raw = raw[1:]
		return v % n
	}
	id := func(kind string) string { return kind + fmt.Sprint(next(4)) }
	cidr := func() netip.Prefix {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], uint32(10<<24|next(4)<<16|next(4)<<8))
		if next(9) == 8 {
			return netip.PrefixFrom(netip.IPv6Unspecified(), next(2)*8)
		}
		return netip.PrefixFrom(netip.AddrFrom4(a), next(5)*8)
	}
	unknown := func() reach.Unknown { return reach.Unknown([]string{"", "", "", "say more"}[next(4)]) }
	answered := func() reach.Answered { return reach.Answered{Yes: next(2) == 1, Unknown: unknown()} }
	rules := func() (out []reach.Rule) {
		for range next(3) {
			out = append(out, reach.Rule{
				Ports: reach.Ports{From: uint16(next(2) * 5432), To: uint16(next(2) * 6000)}, CIDRs: []netip.Prefix{cidr()},
				Groups: []string{id("g")}, PrefixLists: []string{id("p")}[:next(2)], Unknown: unknown(), PortsUnknown: unknown(),
			})
		}
		return out
	}
	aclRules := func() (out []reach.ACLRule) {
		for range next(4) {
			out = append(out, reach.ACLRule{Number: next(9), Allow: next(3) > 0, Ports: reach.Ports{From: uint16(next(2) * 1000), To: uint16(next(3) * 30000)}, CIDR: cidr(), Unknown: unknown()})
		}
		return out
	}
	standing := func(kind string, i int) reach.Host {
		return reach.Host{
			Element: el(kind + fmt.Sprint(i)), VPC: id("v"), Subnets: []string{id("s"), id("s")}[:next(3)], SubnetsUnknown: unknown(),
			Groups: []string{id("g"), id("g")}[:next(3)], GroupsUnknown: unknown(), Public: answered(), IPv6: answered(),
		}
	}
	target := func() string { return id([]string{"n", "x", "t", "i", "e", "?"}[next(6)]) }
	n := &reach.Network{}
	for i := range 1 + next(3) {
		k := fmt.Sprint(i)
		n.VPCs = append(n.VPCs, reach.VPC{Element: el("v" + k), CIDRs: []netip.Prefix{cidr()}, CIDRsUnknown: unknown(), RoutesUnknown: unknown()})
		n.Subnets = append(n.Subnets, reach.Subnet{Element: el("s" + k), VPC: id("v"), CIDRs: []netip.Prefix{cidr()}, CIDRsUnknown: unknown(), ACLUnknown: unknown()})
		n.Gateways = append(n.Gateways, reach.Gateway{Element: el("n" + k), Kind: reach.GatewayKind(next(4)), VPC: id("v"), VPCUnknown: unknown()})
		n.Peerings = append(n.Peerings, reach.Peering{Element: el("x" + k), VPCs: [2]string{id("v"), id("v")}, Inactive: answered(), CrossRegion: answered()})
		n.Sites = append(n.Sites, reach.Site{Element: el("o" + k), CIDRs: []netip.Prefix{cidr()}, Gateway: id("n"), CIDRsUnknown: unknown()})
		n.PrefixLists = append(n.PrefixLists, reach.PrefixList{Element: el("p" + k), CIDRs: []netip.Prefix{cidr()}, Unknown: unknown()})
		n.Endpoints = append(n.Endpoints, reach.Endpoint{Element: el("e" + k), VPC: id("v")})
		n.RouteTables = append(n.RouteTables, reach.RouteTable{
			Element: el("r" + k), VPC: id("v"), Main: next(2) == 1, Subnets: []string{id("s")}, Gateways: []string{id("n")}[:next(2)],
			Routes:        []reach.Route{{CIDR: cidr(), Target: target(), Blackhole: next(5) == 4}, {PrefixList: id("p"), Target: target()}}[:next(3)],
			RoutesUnknown: unknown(), Propagated: []string{id("n")}[:next(2)],
		})
		n.TransitGateways = append(n.TransitGateways, reach.TransitGateway{
			Element: el("t" + k), AttachmentsUnknown: unknown(), GroupReferences: answered(),
			Attachments: []reach.Attachment{{Element: el("a0"), VPC: id("v"), Table: id("q")}, {Element: el("a1"), Peer: id("t"), Table: id("q")}, {Element: el("a2"), Site: id("o"), Table: id("q"), TableUnknown: unknown()}}[:next(4)],
			Tables:      []reach.TransitTable{{Element: el("q0"), Propagated: []string{id("a"), id("a")}, Routes: []reach.TransitRoute{{CIDR: cidr(), Attachment: id("a")}}, RoutesUnknown: unknown()}, {Element: el("q1"), Routes: []reach.TransitRoute{{CIDR: cidr(), Attachment: id("a"), Blackhole: next(3) == 2}}}},
		})
		n.ACLs = append(n.ACLs, reach.ACL{Element: el("c" + k), VPC: id("v"), Default: next(2) == 1, Subnets: []string{id("s")}, In: aclRules(), Out: aclRules(), RulesUnknown: unknown()})
		n.Groups = append(n.Groups, reach.Group{Element: el("g" + k), VPC: id("v"), Default: next(2) == 1, In: rules(), Out: rules(), InUnknown: unknown(), OutUnknown: unknown()})
		n.Interfaces = append(n.Interfaces, reach.Interface{Host: standing("i", i)})
		n.Databases = append(n.Databases, reach.Database{Host: standing("d", i), Port: uint16(next(2) * 5432), PortUnknown: unknown()})
		n.LoadBalancers = append(n.LoadBalancers, reach.LoadBalancer{Host: standing("l", i), Listeners: []reach.Listener{{Port: 80, TargetGroups: []string{id("b")}}}, PreservesClient: answered()})
		n.TargetGroups = append(n.TargetGroups, reach.TargetGroup{Element: el("b" + k), Port: 5432, Targets: []reach.Backend{{ID: id("d")}}, Unknown: unknown()})
	}
	return n
}
