package paths_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/paths"
	"github.com/baileydb/bailey/reach"
)

// drawn is tiers in lines: the columns with their nodes, then the arrows.
func drawn(t *testing.T, p *paths.Paths) string {
	t.Helper()
	tiers, err := p.Tiers(p.Databases()[0])
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	var columns, lines []string
	for _, c := range tiers.Columns {
		var nodes []string
		for i := range c.Nodes {
			n := &c.Nodes[i]
			names[n.ID] = n.Name
			nodes = append(nodes, n.Name)
		}
		columns = append(columns, c.Name+": "+strings.Join(nodes, ", "))
	}
	lines = append(lines, strings.Join(columns, " | "))
	for _, a := range tiers.Arrows {
		var ports []string
		for _, r := range a.Ports {
			ports = append(ports, fmt.Sprintf("%d-%d", r.From, r.To))
			if r.From == r.To {
				ports[len(ports)-1] = fmt.Sprint(r.From)
			}
		}
		mark := "->"
		if a.Verdict == reach.Maybe {
			mark = "?>"
		}
		lines = append(lines, names[a.From]+" "+mark+" "+names[a.To]+" "+strings.Join(ports, ","))
	}
	for i := range tiers.Crosses {
		lines = append(lines, names[tiers.Crosses[i].From]+" x "+tiers.Crosses[i].Hop.Text)
	}
	if tiers.Cut {
		lines = append(lines, "cut")
	}
	return strings.Join(lines, "\n")
}

// house is a VPC with a public and a private subnet, a database and groups whose rules the cases write.
func house(db, app, web, more string) string {
	group := func(name, rule string) string {
		return fmt.Sprintf("  %s: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !Ref Vpc, SecurityGroupIngress: [%s]}}\n", name, rule)
	}
	return network + group("Db", db) + group("Middle", app) + group("Outer", web) + `
  Orders: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, DBSubnetGroupName: !Ref Data, VPCSecurityGroups: [!Ref Db], PubliclyAccessible: false}}
  First: {Type: AWS::EC2::Instance, Properties: {SubnetId: !Ref DataA, SecurityGroupIds: [!Ref Middle]}}
  Second:
    Type: AWS::EC2::Instance
    Properties: {NetworkInterfaces: [{DeviceIndex: '0', SubnetId: !Ref PublicA, GroupSet: [!Ref Outer], AssociatePublicIpAddress: true}]}
` + more
}

func by(port, group string) string {
	return fmt.Sprintf("{IpProtocol: tcp, FromPort: %s, ToPort: %s, SourceSecurityGroupId: !Ref %s}", port, port, group)
}

func from(port, cidr string) string {
	return fmt.Sprintf("{IpProtocol: tcp, FromPort: %s, ToPort: %s, CidrIp: %s}", port, port, cidr)
}

func TestTiers(t *testing.T) {
	const balancer = `
  Front: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !Ref Vpc, SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]}}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Scheme: internet-facing, Subnets: [!Ref PublicA], SecurityGroups: [!Ref Front]}}
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 8080, VpcId: !Ref Vpc, Targets: [{Id: !Ref Second}]}}
  Listener: {Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {LoadBalancerArn: !Ref Balancer, Port: 443, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]}}
`
	const proxy = `
  Proxied: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !Ref Vpc, SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 3306, ToPort: 3306, SourceSecurityGroupId: !Ref Middle}]}}
  Proxy: {Type: AWS::RDS::DBProxy, Properties: {DBProxyName: p, EngineFamily: MYSQL, RoleArn: x, VpcSubnetIds: [!Ref DataA], VpcSecurityGroupIds: [!Ref Proxied]}}
`
	for _, c := range []struct{ name, body, want string }{
		{
			"three tiers", house(by("3306", "Middle"), by("80", "Outer"), from("443", "0.0.0.0/0"), ""),
			`internet: internet | web: Outer | app: Middle | database: Orders
Middle -> Orders 3306
Outer -> Middle 80
internet -> Outer 443
internet x it has no public address
Outer x no rule of Db admits it on port 3306`,
		},
		{
			"behind a load balancer", house(by("3306", "Middle"), by("80", "Outer"), by("8080", "Front"), balancer),
			`internet: internet | edge: Balancer | web: Outer | app: Middle | database: Orders
Middle -> Orders 3306
Outer -> Middle 80
Balancer -> Outer 8080
internet -> Balancer 443
internet x it has no public address
Outer x no rule of Db admits it on port 3306`,
		},
		{
			// Who reaches the app and the database stands before the app all the same.
			"web reaches the database", house(by("3306", "Middle")+", "+by("3306", "Outer"), by("80", "Outer"), from("443", "0.0.0.0/0"), ""),
			`internet: internet | web: Outer | app: Middle | database: Orders
Middle -> Orders 3306
Outer -> Orders 3306
Outer -> Middle 80
internet -> Outer 443
internet x it has no public address`,
		},
		{
			// Each can open connections to the other, so that neither stands before the other.
			"groups that name each other", house(by("3306", "Middle")+", "+by("3306", "Outer"), by("80", "Outer"), "", `
  Back: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Outer, IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: !Ref Middle}}
`),
			`internet: internet | app: Middle, Outer | database: Orders
Middle -> Orders 3306
Outer -> Orders 3306
Outer -> Middle 80
Middle -> Outer 80
internet x it has no public address`,
		},
		{
			"through a proxy", house(by("3306", "Proxied"), by("80", "Outer"), "", proxy),
			`internet: internet | web: Outer | app: Middle | proxy: Proxied | database: Orders
Proxied -> Orders 3306
Middle -> Proxied 3306
Outer -> Middle 80
internet x it has no public address
Middle x no rule of Db admits it on port 3306
Outer x no rule of Db admits it on port 3306`,
		},
		{
			"by address", house(from("3306", "10.0.8.0/24"), from("80", "10.0.0.0/24"), "", ""),
			// The function stands in the same subnet as the app.
			`internet: internet | web: Outer, any address in the subnet | app: App, Middle, any address in the subnet | database: Orders
App -> Orders 3306
Middle -> Orders 3306
any address in the subnet -> Orders 3306
Outer -> Middle 80
any address in the subnet -> Middle 80
internet x it has no public address
Outer x no rule of Db admits it on port 3306`,
		},
		{"nobody", house("", "", "", ""), "internet: internet | database: Orders\ninternet x it has no public address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := drawn(t, cfn(t, c.body))
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestTiersAreBounded(t *testing.T) {
	var b strings.Builder
	var rules []string
	for i := range 90 {
		name := fmt.Sprintf("G%d", i)
		rules = append(rules, by("3306", name))
		fmt.Fprintf(&b, "  %s: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !Ref Vpc}}\n", name)
	}
	if got := drawn(t, cfn(t, house(strings.Join(rules, ", "), "", "", b.String()))); !strings.HasSuffix(got, "\ncut") || strings.Count(got, "->") > 45 {
		t.Errorf("90 groups are drawn, or it is not said that they are not: %s", got)
	}
}
