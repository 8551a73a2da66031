package paths_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/paths"
	"github.com/baileydb/bailey/internal/source/cloudformation"
	"github.com/baileydb/bailey/internal/source/terraform"
	"github.com/baileydb/bailey/reach"
)

func cfn(t *testing.T, body string) *paths.Paths {
	t.Helper()
	return of(t, cloudformation.Read("template.yaml", []byte("Resources:\n"+body), cloudformation.Options{}))
}

func tf(t *testing.T, body string) *paths.Paths {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return of(t, terraform.ReadFolder(dir, terraform.Options{}))
}

func of(t *testing.T, r estate.Reading) *paths.Paths {
	t.Helper()
	for _, p := range r.Problems {
		t.Errorf("the example cannot be read: %s", p)
	}
	p, err := paths.Of(estate.Build(r))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// told is an answer in a line: "open: app; unknown: -; closed: internet, …".
func told(t *testing.T, p *paths.Paths, database string) string {
	t.Helper()
	list := p.Find(database)
	if len(list) != 1 {
		t.Fatalf("%d databases are named %s", len(list), database)
	}
	a, err := p.Answer(list[0].Resource)
	if err != nil {
		t.Fatal(err)
	}
	var open, maybe []string
	for _, s := range a.Open() {
		open = append(open, s.Label())
	}
	for _, s := range a.Maybe() {
		maybe = append(maybe, s.Label())
		if len(s.Settle) == 0 {
			t.Errorf("nothing would settle %s", s.ID)
		}
	}
	return "open: " + strings.Join(open, ", ") + "; unknown: " + strings.Join(maybe, ", ")
}

const network = `
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  PublicA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  DataA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.8.0/24}}
  DataB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.9.0/24}}
  PublicTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PublicRoute: {Type: AWS::EC2::Route, Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}}
  PublicIn: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PublicA, RouteTableId: !Ref PublicTable}}
  Data: {Type: AWS::RDS::DBSubnetGroup, Properties: {DBSubnetGroupDescription: data, SubnetIds: [!Ref DataA, !Ref DataB]}}
  App: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: app, VpcId: !Ref Vpc}}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {VpcConfig: {SubnetIds: [!Ref DataA], SecurityGroupIds: [!Ref App]}}
`

func TestCloudFormation(t *testing.T) {
	orders := func(more string) string {
		return "  Orders: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, VPCSecurityGroups: [!Ref Db], " + more + "}}\n"
	}
	db := func(rule string) string {
		return "  Db: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: db, VpcId: !Ref Vpc, SecurityGroupIngress: [" + rule + "]}}\n"
	}
	const byGroup = "{IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref App}"
	const byWorld = "{IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 0.0.0.0/0}"
	for _, c := range []struct{ name, body, want string }{
		{"by group", db(byGroup) + orders("DBSubnetGroupName: !Ref Data, PubliclyAccessible: false"), "open: App; unknown: "},
		{"open group in private subnets", db(byWorld) + orders("DBSubnetGroupName: !Ref Data, PubliclyAccessible: true"), "open: PublicA, DataA, DataB, App; unknown: "},
		{
			"public", db(byWorld) + orders("DBSubnetGroupName: !Ref Front, PubliclyAccessible: true") +
				"  Front: {Type: AWS::RDS::DBSubnetGroup, Properties: {DBSubnetGroupDescription: x, SubnetIds: [!Ref PublicA]}}\n",
			"open: internet, PublicA, DataA, DataB, App; unknown: ",
		},
		{
			"public, where RDS decides", db(byWorld) + orders("DBSubnetGroupName: !Ref Front") +
				"  Front: {Type: AWS::RDS::DBSubnetGroup, Properties: {DBSubnetGroupDescription: x, SubnetIds: [!Ref PublicA]}}\n",
			"open: PublicA, DataA, DataB, App; unknown: internet",
		},
		{
			"rule by itself", db("") + orders("DBSubnetGroupName: !Ref Data") +
				"  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Db, IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref App}}\n",
			"open: App; unknown: ",
		},
		{"no group: the VPC's default one", orders("DBSubnetGroupName: !Ref Data")[:0] +
			"  Orders: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, DBSubnetGroupName: !Ref Data}}\n", "open: the default group of Vpc; unknown: "},
		{"range of the VPC", db("{IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: !GetAtt Vpc.CidrBlock}") + orders("DBSubnetGroupName: !Ref Data"), "open: PublicA, DataA, DataB, App; unknown: "},
		{"another port", db("{IpProtocol: tcp, FromPort: 3306, ToPort: 3306, SourceSecurityGroupId: !Ref App}") + orders("DBSubnetGroupName: !Ref Data"), "open: ; unknown: "},
		{"UDP", db("{IpProtocol: udp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref App}") + orders("DBSubnetGroupName: !Ref Data"), "open: ; unknown: "},
		{"every protocol", db("{IpProtocol: '-1', SourceSecurityGroupId: !Ref App}") + orders("DBSubnetGroupName: !Ref Data"), "open: App; unknown: "},
		{"ACL", db(byGroup) + orders("DBSubnetGroupName: !Ref Data") + `
  Acl: {Type: AWS::EC2::NetworkAcl, Properties: {VpcId: !Ref Vpc}}
  AclA: {Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: {SubnetId: !Ref DataA, NetworkAclId: !Ref Acl}}
  AclB: {Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: {SubnetId: !Ref DataB, NetworkAclId: !Ref Acl}}
  AclIn: {Type: AWS::EC2::NetworkAclEntry, Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: deny, CidrBlock: 10.0.0.0/16, PortRange: {From: 5432, To: 5432}}}
`, "open: App; unknown: "}, // the function may stand in the database's own subnet
		{"subnet group elsewhere", db(byGroup) + orders("DBSubnetGroupName: theirs"), "open: App; unknown: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(t, cfn(t, network+c.body), "Orders"); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	p := of(t, cloudformation.Read("t.yaml", []byte(`
Parameters:
  Vpc: {Type: AWS::EC2::VPC::Id}
  Subnets: {Type: List<AWS::EC2::Subnet::Id>}
  Bastion: {Type: AWS::EC2::SecurityGroup::Id}
Resources:
  Data: {Type: AWS::RDS::DBSubnetGroup, Properties: {DBSubnetGroupDescription: data, SubnetIds: !Ref Subnets}}
  App: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: app, VpcId: !Ref Vpc}}
  Db:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: db
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 3306, ToPort: 3306, SourceSecurityGroupId: !Ref App}
        - {IpProtocol: tcp, FromPort: 3306, ToPort: 3306, SourceSecurityGroupId: !Ref Bastion}
  Orders: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, DBSubnetGroupName: !Ref Data, VPCSecurityGroups: [!Ref Db], PubliclyAccessible: false}}
`), cloudformation.Options{}))
	// Nothing of the network is in the input, so that nothing is open, and what no rule names is closed all the same.
	if got, want := told(t, p, "Orders"), "open: ; unknown: App, the parameter Bastion"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

const main = `
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "app" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_subnet" "data" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.2.0/24"
}
resource "aws_db_subnet_group" "data" { subnet_ids = [aws_subnet.data.id] }
resource "aws_security_group" "app" {
  vpc_id = aws_vpc.main.id
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group" "db" { vpc_id = aws_vpc.main.id }
resource "aws_instance" "app" {
  subnet_id              = aws_subnet.app.id
  vpc_security_group_ids = [aws_security_group.app.id]
}
resource "aws_db_instance" "orders" {
  identifier             = "orders-prod"
  engine                 = "mysql"
  db_subnet_group_name   = aws_db_subnet_group.data.name
  vpc_security_group_ids = [aws_security_group.db.id]
}
`

func TestTerraform(t *testing.T) {
	const rule = `
resource "aws_vpc_security_group_ingress_rule" "app" {
  security_group_id            = aws_security_group.db.id
  referenced_security_group_id = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
}
`
	for _, c := range []struct{ name, body, want string }{
		{"nothing admitted", "", "open: ; unknown: "},
		{"by group", rule, "open: app; unknown: "},
		{"VPN by static route", rule + `
resource "aws_vpn_gateway" "office" { vpc_id = aws_vpc.main.id }
resource "aws_customer_gateway" "office" { ip_address = "203.0.113.1" }
resource "aws_vpn_connection" "office" {
  vpn_gateway_id      = aws_vpn_gateway.office.id
  customer_gateway_id = aws_customer_gateway.office.id
  static_routes_only  = true
}
resource "aws_vpn_connection_route" "office" {
  vpn_connection_id      = aws_vpn_connection.office.id
  destination_cidr_block = "192.168.0.0/16"
}
resource "aws_route_table" "data" {
  vpc_id           = aws_vpc.main.id
  propagating_vgws = [aws_vpn_gateway.office.id]
}
resource "aws_route_table_association" "data" {
  subnet_id      = aws_subnet.data.id
  route_table_id = aws_route_table.data.id
}
resource "aws_vpc_security_group_ingress_rule" "office" {
  security_group_id = aws_security_group.db.id
  cidr_ipv4         = "192.168.0.0/16"
  ip_protocol       = "tcp"
  from_port         = 3306
  to_port           = 3306
}
`, "open: the network behind office, app; unknown: "},
		{"peered VPC that is not here", rule + `
resource "aws_vpc_peering_connection" "tools" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = "vpc-0123"
}
resource "aws_route_table" "data" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block                = "10.9.0.0/16"
    vpc_peering_connection_id = aws_vpc_peering_connection.tools.id
  }
}
resource "aws_route_table_association" "data" {
  subnet_id      = aws_subnet.data.id
  route_table_id = aws_route_table.data.id
}
resource "aws_security_group_rule" "tools" {
  type              = "ingress"
  security_group_id = aws_security_group.db.id
  cidr_blocks       = ["10.9.0.0/16"]
  protocol          = "tcp"
  from_port         = 3306
  to_port           = 3306
}
`, "open: app; unknown: vpc-0123"},
		{"network load balancer to the database", rule + `
resource "aws_lb" "front" {
  load_balancer_type = "network"
  internal           = true
  subnets            = [aws_subnet.app.id]
}
resource "aws_lb_target_group" "db" {
  port        = 3306
  protocol    = "TCP"
  target_type = "ip"
}
resource "aws_lb_target_group_attachment" "db" {
  target_group_arn = aws_lb_target_group.db.arn
  target_id        = aws_db_instance.orders.address
}
resource "aws_lb_listener" "db" {
  load_balancer_arn = aws_lb.front.arn
  port              = 3306
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.db.arn
  }
}
resource "aws_security_group_rule" "front" {
  type              = "ingress"
  security_group_id = aws_security_group.db.id
  cidr_blocks       = [aws_subnet.app.cidr_block]
  protocol          = "tcp"
  from_port         = 3306
  to_port           = 3306
}
`, "open: app, app, front; unknown: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(t, tf(t, main+c.body), "orders-prod"); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOriginsPointToFiles(t *testing.T) {
	p := cfn(t, network+`
  Db:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: db
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref App}
  Orders: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres, VPCSecurityGroups: [!Ref Db], DBSubnetGroupName: !Ref Data}}
`)
	a, err := p.Answer(p.Databases()[0].Resource)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range a.Open()[0].Paths() {
		for i := range path.Hops {
			h := &path.Hops[i]
			if h.Kind == reach.HopGroupIn {
				if got := paths.Origin(h.Origin).String(); !strings.HasPrefix(got, "template.yaml:24:") {
					t.Errorf("the rule stands at %s", got)
				}
			}
			if h.Origin == nil {
				t.Errorf("%s has no origin", h.String())
			}
		}
	}
}

func TestByAPI(t *testing.T) {
	p := tf(t, `
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_vpc_endpoint" "open" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.eu-central-1.dynamodb"
}
resource "aws_vpc_endpoint" "own" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.eu-central-1.dynamodb"
  policy       = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_vpc_endpoint" "beside" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.eu-central-1.dynamodb"
}
resource "aws_vpc_endpoint_policy" "beside" {
  vpc_endpoint_id = aws_vpc_endpoint.beside.id
  policy          = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_vpc_endpoint" "other" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.eu-central-1.s3"
}
resource "aws_dynamodb_table" "carts" { name = "carts" }
resource "aws_redshiftserverless_namespace" "facts" { namespace_name = "facts" }
resource "aws_db_instance" "orders" { engine = "mysql" }
`)
	var got []string
	for _, s := range p.ByAPI() {
		line := s.Resource.Base().Address()
		for _, e := range s.Endpoints {
			line += " " + e.Resource.Address() + "=" + e.Policy.String()
		}
		if s.Unread != "" {
			line += " unread"
		}
		got = append(got, line)
	}
	want := "aws_dynamodb_table.carts aws_vpc_endpoint.open=absent aws_vpc_endpoint.own=known aws_vpc_endpoint.beside=known\naws_redshiftserverless_namespace.facts unread"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestEnds(t *testing.T) {
	p := tf(t, main+`
resource "aws_vpn_gateway" "office" { vpc_id = aws_vpc.main.id }
resource "aws_lb" "front" {
  load_balancer_type = "network"
  subnets            = [aws_subnet.app.id]
}
resource "aws_lb_listener" "db" {
  load_balancer_arn = aws_lb.front.arn
  port              = 3306
}
`)
	named := map[string][]string{}
	for _, e := range p.Ends() {
		for _, n := range e.Names {
			named[n] = append(named[n], string(e.Kind))
		}
	}
	for name, want := range map[string]string{
		"orders-prod": "database", "aws_db_instance.orders": "database", "aws_security_group.app": "security group", "aws_subnet.app": "subnet",
		"aws_instance.app": "interface", "front": "load balancer", "the networks behind office": "on-premises network",
	} {
		got := named[name]
		if len(got) == 0 || got[0] != want {
			t.Errorf("%s names %q, want %s", name, got, want)
		}
	}
	for _, e := range p.Ends() {
		if e.Kind != reach.KindLoadBalancer {
			continue
		}
		if ports, sure := p.Listens(e.ID); len(ports) != 1 || ports[0] != 3306 || !sure {
			t.Errorf("the load balancer listens on %v, surely %v", ports, sure)
		}
	}
	// Every end can be asked about.
	for _, e := range p.Ends() {
		if _, err := p.Engine.Explain(reach.From(e.ID), reach.Target{ID: p.Databases()[0].ID}); err != nil {
			t.Errorf("from %s: %v", e.ID, err)
		}
	}
}
