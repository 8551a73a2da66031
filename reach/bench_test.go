package reach_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/baileydb/bailey/reach"
)

// large is a network of a big company: VPCs of 40 subnets each joined by a transit gateway, 5,000 groups, each admitting
// two others or a range, 2,000 instances and the databases.
func large(databases int) *reach.Network {
	r := rand.New(rand.NewPCG(1, 2))
	n := &reach.Network{TransitGateways: []reach.TransitGateway{{Element: el("tgw"), Tables: []reach.TransitTable{{Element: el("rtb")}}}}}
	tgw := &n.TransitGateways[0]
	const vpcs, subnets, groups, instances = 5, 40, 5000, 2000
	for v := range vpcs {
		vpc := fmt.Sprintf("vpc-%d", v)
		n.VPCs = append(n.VPCs, reach.VPC{Element: el(vpc), CIDRs: prefixes(fmt.Sprintf("10.%d.0.0/16", v))})
		n.Gateways = append(n.Gateways, reach.Gateway{Element: el("igw-" + vpc), VPC: vpc})
		n.RouteTables = append(n.RouteTables, table("rt-"+vpc, vpc, "main", route("10.0.0.0/8", "tgw"), route("0.0.0.0/0", "igw-"+vpc)))
		tgw.Attachments = append(tgw.Attachments, reach.Attachment{Element: el("att-" + vpc), VPC: vpc, Table: "rtb"})
		tgw.Tables[0].Propagated = append(tgw.Tables[0].Propagated, "att-"+vpc)
		for s := range subnets {
			n.Subnets = append(n.Subnets, subnet(fmt.Sprintf("%s-%d", vpc, s), vpc, fmt.Sprintf("10.%d.%d.0/24", v, s)))
		}
	}
	g := func(v int) string { return fmt.Sprintf("sg-%d", v+vpcs*r.IntN(groups/vpcs)) }
	for i := range groups {
		v := i % vpcs
		rule := tcp(5432, g(v), g(v))
		if i%7 == 0 {
			rule = tcp(5432, fmt.Sprintf("10.%d.%d.0/22", v, 4*r.IntN(10)))
		}
		n.Groups = append(n.Groups, group(fmt.Sprintf("sg-%d", i), fmt.Sprintf("vpc-%d", v), rule))
	}
	for i := range instances {
		v := i % vpcs
		h := host(fmt.Sprintf("i-%d", i), g(v)+","+g(v), fmt.Sprintf("vpc-%d-%d", v, r.IntN(subnets)))
		if h.Groups[0] == h.Groups[1] {
			h.Groups = h.Groups[:1]
		}
		n.Interfaces = append(n.Interfaces, reach.Interface{Host: h})
	}
	for i := range databases {
		v := i % vpcs
		h := host(fmt.Sprintf("db-%d", i), g(v), fmt.Sprintf("vpc-%d-%d", v, r.IntN(4)), fmt.Sprintf("vpc-%d-%d", v, 4+r.IntN(4)))
		n.Databases = append(n.Databases, reach.Database{Host: h, Port: 5432})
	}
	return n
}

// BenchmarkSources answers for all of 200 databases among 5,000 groups and 2,000 instances; the promise is a second.
func BenchmarkSources(b *testing.B) {
	n := large(200)
	for b.Loop() {
		e, err := reach.New(n)
		if err != nil {
			b.Fatal(err)
		}
		for i := range n.Databases {
			if _, err := e.Sources(reach.Target{ID: n.Databases[i].ID}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
