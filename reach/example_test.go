package reach_test

import (
	"fmt"
	"net/netip"

	"github.com/baileydb/bailey/reach"
)

// shop is a small network: an application that a database admits by its security group, and an office behind a VPN that
// it admits by address, to which no route leads back.
func shop() *reach.Network {
	tcp := func(port uint16) reach.Ports { return reach.Ports{From: port, To: port} }
	anywhere := []reach.Rule{{CIDRs: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}}
	office := netip.MustParsePrefix("192.168.0.0/24")
	return &reach.Network{
		VPCs: []reach.VPC{{Element: reach.Element{ID: "vpc-1"}, CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")}}},
		Subnets: []reach.Subnet{
			{Element: reach.Element{ID: "subnet-app"}, VPC: "vpc-1", CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.1.0/24")}},
			{Element: reach.Element{ID: "subnet-data"}, VPC: "vpc-1", CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.2.0/24")}},
		},
		Groups: []reach.Group{
			{Element: reach.Element{ID: "sg-app", Origin: "network.tf:12"}, VPC: "vpc-1", Out: anywhere},
			{Element: reach.Element{ID: "sg-db"}, VPC: "vpc-1", In: []reach.Rule{
				{Ports: tcp(5432), Groups: []string{"sg-app"}, Origin: "network.tf:31"},
				{Ports: tcp(5432), CIDRs: []netip.Prefix{office}, Origin: "network.tf:38"},
			}},
		},
		Gateways:   []reach.Gateway{{Element: reach.Element{ID: "vgw-1"}, Kind: reach.VPNGateway, VPC: "vpc-1"}},
		Sites:      []reach.Site{{Element: reach.Element{ID: "office"}, CIDRs: []netip.Prefix{office}, Gateway: "vgw-1"}},
		Interfaces: []reach.Interface{{Host: reach.Host{Element: reach.Element{ID: "i-app"}, Subnets: []string{"subnet-app"}, Groups: []string{"sg-app"}}}},
		Databases: []reach.Database{{
			Host: reach.Host{Element: reach.Element{ID: "orders"}, Subnets: []string{"subnet-data"}, Groups: []string{"sg-db"}}, Port: 5432,
		}},
	}
}

func ExampleEngine_Sources() {
	e, err := reach.New(shop())
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := e.Sources(reach.Target{ID: "orders"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range a.Open() {
		fmt.Println("open:", s.Kind, s.ID, "by", s.Members[0].ID)
	}
	for _, r := range a.Refusals {
		for _, s := range r.Sources {
			fmt.Printf("closed: %s: %s\n", s.ID, r.Hop.Text)
		}
	}
	// Output:
	// open: security group sg-app by i-app
	// closed: internet: it has no public address
	// closed: subnet-app: no rule of sg-db admits it on port 5432
	// closed: subnet-data: no rule of sg-db admits it on port 5432
	// closed: sg-db: no rule of sg-db admits it on port 5432
	// closed: office: the main route table of vpc-1, as AWS makes it, has the local route only
}

func ExampleEngine_Explain() {
	e, err := reach.New(shop())
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := e.Explain("192.168.0.7", reach.Target{ID: "orders"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.From.ID, "to", x.To.ID, "is", x.Verdict)
	for _, h := range x.Paths[0].Hops {
		fmt.Println(h.String())
	}
	// Output:
	// 192.168.0.7 to orders is closed
	// -> address orders: it has a private address (open)
	// -> gateway vgw-1: it is attached to vpc-1 (open)
	// -> network ACL in the default ACL of vpc-1: as AWS makes it, it allows everything (open)
	// -> security group in sg-db: tcp 5432 from 192.168.0.0/24 (open)
	// <- network ACL out the default ACL of vpc-1: as AWS makes it, it allows everything (open)
	// <- route the routes of subnet-data: the main route table of vpc-1, as AWS makes it, has the local route only (closed)
}

func ExampleSetOf() {
	office := reach.SetOf(netip.MustParsePrefix("10.0.0.0/25"), netip.MustParsePrefix("10.0.0.128/25"))
	fmt.Println(office)
	fmt.Println(office.Subtract(reach.SetOf(netip.MustParsePrefix("10.0.0.64/26"))))
	// Output:
	// 10.0.0.0/24
	// 10.0.0.0/26, 10.0.0.128/25
}
