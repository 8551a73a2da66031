package estate

import (
	"strconv"
	"testing"
)

var at = Origin{"t.tf", 3, 1}

// tfDecl declares a Terraform resource whose body is given as pairs of a name and a value.
func tfDecl(typ, name string, body ...Field) Declaration {
	return Declaration{World: Terraform, Type: typ, Address: typ + "." + name, Unit: ".", Origin: at, Body: Map(body, at)}
}

func ref(d *Declaration, attr string) Value {
	return Reference(Ref{ID: d.ID(), Attr: attr}, "${"+d.Address+"."+attr+"}", at)
}

func text(s string) Value { return String(s, at) }

func one(v ...Value) Value { return List(v, at) }

// told is a derived fact in a word.
func told(f Fact[bool]) string {
	if f.State == Unknown {
		return "unknown"
	}
	return strconv.FormatBool(f.Value)
}

func TestPortRuleCovers(t *testing.T) {
	unknown := UnknownBecause("give it", at)
	for _, c := range []struct {
		name           string
		world          World
		protocol       Value
		from, to       Value
		port, want     string
		allPorts, span string
	}{
		{"one port", CloudFormation, text("tcp"), Number("3306", at), Number("3306", at), "3306", "true", "false", "false"},
		{"text for numbers", CloudFormation, text("6"), text("3306"), text("3306"), "3306", "true", "false", "false"},
		{"another", CloudFormation, text("tcp"), Number("443", at), Number("443", at), "3306", "false", "false", "false"},
		{"in a range", Terraform, text("TCP"), Number("3000", at), Number("4000", at), "3306", "true", "false", "true"},
		{"any of several", Terraform, text("tcp"), Number("1434", at), Number("1434", at), "1433, 1434", "true", "false", "false"},
		{"an inverted range", CloudFormation, text("tcp"), Number("23", at), Number("21", at), "22", "false", "false", "true"},
		{"every protocol ignores ports", CloudFormation, text("-1"), Number("22", at), Number("22", at), "3306", "true", "true", "false"},
		{"every protocol", Terraform, text("all"), Number("0", at), Number("0", at), "3306", "true", "true", "false"},
		{"every protocol with a range", Terraform, text("-1"), Number("20", at), Number("200", at), "3306", "false", "false", "true"},
		{"ports -1", Terraform, text("tcp"), Number("-1", at), Number("-1", at), "3306", "true", "true", "false"},
		{"ports 0", Terraform, text("tcp"), Number("0", at), Number("0", at), "3306", "true", "true", "false"},
		{"no ports", CloudFormation, text("tcp"), Null(at), Null(at), "3306", "true", "true", "false"},
		{"ICMP", CloudFormation, text("icmp"), Number("-1", at), Number("-1", at), "3306", "false", "false", "false"},
		{"UDP is not TCP", CloudFormation, text("17"), Number("11211", at), Number("11211", at), "11211", "false", "false", "false"},
		{"UDP", CloudFormation, text("udp"), Number("11211", at), Number("11211", at), "11211, udp/11211", "true", "false", "false"},
		{"no protocol", CloudFormation, Null(at), Number("0", at), Number("65535", at), "22", "false", "false", "true"},
		{"unknown port", CloudFormation, text("tcp"), unknown, unknown, "22", "unknown", "unknown", "unknown"},
		{"below an unknown end", CloudFormation, text("tcp"), Number("1000", at), unknown, "22", "false", "unknown", "unknown"},
		{"unknown protocol", CloudFormation, unknown, Number("443", at), Number("443", at), "22", "unknown", "unknown", "false"},
		{"unknown protocol in Terraform", Terraform, unknown, Number("443", at), Number("443", at), "22", "false", "unknown", "false"},
	} {
		names := []string{"IpProtocol", "FromPort", "ToPort", "AWS::EC2::SecurityGroupIngress"}
		if c.world == Terraform {
			names = []string{"ip_protocol", "from_port", "to_port", "aws_vpc_security_group_ingress_rule"}
		}
		d := Declaration{World: c.world, Type: names[3], Address: names[3] + ".r", Unit: "u", Origin: at, Body: Map([]Field{
			{names[0], c.protocol}, {names[1], c.from}, {names[2], c.to},
		}, at)}
		r := &All[SecurityGroupRule](Build(Reading{Declarations: []Declaration{d}}))[0].Ingress.Value[0]
		if got := told(r.Covers(c.port)); got != c.want {
			t.Errorf("%s: covers %s is %s, want %s", c.name, c.port, got, c.want)
		}
		if got := told(r.AllPorts()); got != c.allPorts {
			t.Errorf("%s: all ports is %s, want %s", c.name, got, c.allPorts)
		}
		if got := told(r.PortRange()); got != c.span {
			t.Errorf("%s: port range is %s, want %s", c.name, got, c.span)
		}
	}
}

func TestPortRuleSources(t *testing.T) {
	vpc := tfDecl("aws_vpc", "main", Field{"cidr_block", text("10.0.0.0/16")})
	for _, c := range []struct {
		name                                 string
		source                               []Field
		open, wide, ranges, byAddress, words string
	}{
		{
			"everyone",
			[]Field{{"cidr_blocks", one(text("10.0.0.0/8"), text("0.0.0.0/0"))}},
			"true", "false", "true", "true", "tcp 3306 from 10.0.0.0/8, 0.0.0.0/0",
		},
		{
			"everyone by IPv6",
			[]Field{{"ipv6_cidr_blocks", one(text("0:0:0:0:0:0:0:0/0"))}},
			"true", "false", "true", "true", "tcp 3306 from 0:0:0:0:0:0:0:0/0",
		},
		{"one address", []Field{{"cidr_blocks", one(text("192.0.2.7/32"))}}, "false", "false", "false", "true", "tcp 3306 from 192.0.2.7/32"},
		{"a public half", []Field{{"cidr_blocks", one(text("128.0.0.0/1"))}}, "false", "true", "true", "true", "tcp 3306 from 128.0.0.0/1"},
		{"a group", []Field{{"source_security_group_id", text("sg-1")}}, "false", "false", "false", "false", "tcp 3306 from sg-1"},
		{"itself", []Field{{"self", Bool(true, at)}}, "false", "false", "false", "false", "tcp 3306 from its own group"},
		{
			"itself and everyone",
			[]Field{{"self", Bool(true, at)}, {"cidr_blocks", one(text("0.0.0.0/0"))}},
			"true", "false", "true", "true", "tcp 3306 from 0.0.0.0/0, its own group",
		},
		{"nobody named", []Field{{"cidr_blocks", one()}}, "true", "false", "false", "false", "tcp 3306 from anyone: no source is named"},
		{"a prefix list", []Field{{"prefix_list_ids", one(text("pl-1"))}}, "false", "false", "false", "false", "tcp 3306 from pl-1"},
		{"unknown", []Field{{"cidr_blocks", UnknownBecause("give it", at)}}, "unknown", "unknown", "unknown", "unknown", "tcp 3306 from unknown"},
		{
			"one unknown address",
			[]Field{{"cidr_blocks", one(PartialString("${var.ip}/32", "give it", at))}},
			"false", "false", "false", "true", "tcp 3306 from ${var.ip}/32",
		},
		{
			"an unknown range",
			[]Field{{"cidr_blocks", one(PartialString("${var.net}/16", "give it", at))}},
			"false", "unknown", "true", "true", "tcp 3306 from ${var.net}/16",
		},
		{"the VPC", []Field{{"cidr_blocks", one(ref(&vpc, "cidr_block"))}}, "false", "false", "true", "true", "tcp 3306 from ${aws_vpc.main.cidr_block}"},
		{"no CIDR", []Field{{"cidr_blocks", one(text("office"))}}, "unknown", "unknown", "unknown", "unknown", "tcp 3306 from office"},
	} {
		d := tfDecl("aws_security_group_rule", "r", append([]Field{
			{"type", text("ingress")}, {"protocol", text("tcp")}, {"from_port", Number("3306", at)}, {"to_port", Number("3306", at)},
		}, c.source...)...)
		g := All[SecurityGroupRule](Build(Reading{Declarations: []Declaration{vpc, d}}))[0]
		r := &g.Ingress.Value[0]
		got := []string{told(r.OpenToWorld()), told(r.WidePublic()), told(r.Ranges()), told(r.ByAddress()), g.Inbound().Value[0].Value}
		for i, want := range []string{c.open, c.wide, c.ranges, c.byAddress, c.words} {
			if got[i] != want {
				t.Errorf("%s: question %d is %s, want %s", c.name, i, got[i], want)
			}
		}
	}
}

func TestADirectionDecidesWhereARuleStands(t *testing.T) {
	rule := func(typ Value) *SecurityGroupRule {
		d := tfDecl("aws_security_group_rule", "r", Field{"type", typ}, Field{"protocol", text("tcp")})
		return All[SecurityGroupRule](Build(Reading{Declarations: []Declaration{d}}))[0]
	}
	if r := rule(text("ingress")); len(r.Ingress.Value) != 1 || len(r.Egress.Value) != 0 || r.Egress.State != Absent {
		t.Errorf("ingress: %+v", r)
	}
	if r := rule(text("egress")); len(r.Ingress.Value) != 0 || len(r.Egress.Value) != 1 {
		t.Errorf("egress: %+v", r)
	}
	if r := rule(UnknownBecause("give it", at)); r.Ingress.State != Unknown || r.Egress.State != Unknown {
		t.Errorf("unknown: %+v", r)
	}
	entry := decl("AWS::EC2::NetworkAclEntry", "E", Field{"Egress", text("true")}, Field{"RuleAction", text("allow")})
	out := All[NetworkACLEntry](Build(Reading{Declarations: []Declaration{entry}}))[0]
	if len(out.Egress.Value) != 1 || len(out.Ingress.Value) != 0 {
		t.Errorf("entry: %+v", out)
	}
	a, _ := out.Kind().Attribute("egress")
	if got := a.Written(CloudFormation); got != "(itself) of AWS::EC2::NetworkAclEntry with Egress = true" {
		t.Errorf("written: %s", got)
	}
}

func TestSubnetIsPublicByItsRoutes(t *testing.T) {
	vpc := tfDecl("aws_vpc", "main")
	gateway := tfDecl("aws_internet_gateway", "main", Field{"vpc_id", ref(&vpc, "id")})
	subnet := tfDecl("aws_subnet", "s", Field{"vpc_id", ref(&vpc, "id")})
	lone := tfDecl("aws_subnet", "lone", Field{"vpc_id", text("vpc-1")})
	table := tfDecl("aws_route_table", "t", Field{"vpc_id", ref(&vpc, "id")})
	route := func(target ...Field) Declaration {
		return tfDecl("aws_route", "r", append([]Field{{"route_table_id", ref(&table, "id")}, {"destination_cidr_block", text("0.0.0.0/0")}}, target...)...)
	}
	association := tfDecl("aws_route_table_association", "a", Field{"subnet_id", ref(&subnet, "id")}, Field{"route_table_id", ref(&table, "id")})
	main := tfDecl("aws_main_route_table_association", "m", Field{"vpc_id", ref(&vpc, "id")}, Field{"route_table_id", ref(&table, "id")})
	toInternet := route(Field{"gateway_id", ref(&gateway, "id")})
	for _, c := range []struct {
		name, want string
		also       []Declaration
	}{
		{"no table", "false", nil},
		{"a table without routes", "false", []Declaration{table, association}},
		{"to the internet", "true", []Declaration{table, association, toInternet}},
		{"by the main table", "true", []Declaration{table, main, toInternet}},
		{"a table of others", "false", []Declaration{table, toInternet}},
		{"through NAT", "false", []Declaration{table, association, route(Field{"nat_gateway_id", text("nat-1")})}},
		{"to a VPN gateway", "false", []Declaration{table, association, route(Field{"gateway_id", text("vgw-1")})}},
		{"to a gateway elsewhere", "unknown", []Declaration{table, association, route(Field{"gateway_id", UnknownBecause("give it", at)})}},
	} {
		e := Build(Reading{Declarations: append([]Declaration{vpc, gateway, subnet}, c.also...)})
		if got := told(All[Subnet](e)[0].Public()); got != c.want {
			t.Errorf("%s: public is %s, want %s", c.name, got, c.want)
		}
	}
	if got := told(All[Subnet](Build(Reading{Declarations: []Declaration{lone}}))[0].Public()); got != "unknown" {
		t.Errorf("a subnet of another file's VPC: public is %s", got)
	}
}

func TestGroupIsUsed(t *testing.T) {
	group := tfDecl("aws_security_group", "g", Field{"name", text("app")})
	other := tfDecl("aws_security_group", "o", Field{"ingress", one(Map([]Field{{"security_groups", one(ref(&group, "id"))}}, at))})
	user := tfDecl("aws_lambda_function", "f", Field{"vpc_config", one(Map([]Field{{"security_group_ids", one(ref(&group, "id"))}}, at))})
	maybe := user
	maybe.Conditional = "give it"
	for _, c := range []struct {
		want string
		also []Declaration
	}{{"false", nil}, {"false", []Declaration{other}}, {"true", []Declaration{other, user}}, {"unknown", []Declaration{maybe}}} {
		e := Build(Reading{Declarations: append([]Declaration{group}, c.also...)})
		if got := told(All[SecurityGroup](e)[0].Used()); got != c.want {
			t.Errorf("%d others: used is %s, want %s", len(c.also), got, c.want)
		}
	}
}

func TestSecretsInScripts(t *testing.T) {
	for script, want := range map[string]string{
		"export DATABASE_PASSWORD=password1234":                        "true",
		"export DATABASE_PASSWORD=\\\"SomeSortOfPassword\\\"":          "true",
		`{"db_password": "hunter2hunter2"}`:                            "true",
		"aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE":     "true",
		"ZXhwb3J0IERBVEFCQVNFX1BBU1NXT1JEPSJTb21lU29ydE9mUGFzc3dvcmQi": "true",
		"-----BEGIN RSA PRIVATE KEY-----":                              "true",
		"export SSM_PATH=/database/password":                           "false",
		"DB_PASSWORD=$(aws secretsmanager get-secret-value --id x)":    "false",
		"DB_PASSWORD=/run/secrets/db":                                  "false",
		"DB_SECRET_ARN=arn:aws:secretsmanager:eu-central-1:1:secret:x": "false",
		"export GREETING=hello":                                        "false",
		"":                                                             "false",
	} {
		f := KnownFact(script, at)
		if got := told(secretInScript(&f)); got != want {
			t.Errorf("%q: %s, want %s", script, got, want)
		}
	}
	part := Fact[string]{Meta: Meta{State: Unknown, Text: "DB_PASSWORD=${Password}"}}
	if got := told(secretInScript(&part)); got != "unknown" {
		t.Errorf("a parameter as password: %s", got)
	}
	part.Text = "echo ${Name}"
	if got := told(secretInScript(&part)); got != "false" {
		t.Errorf("a parameter elsewhere: %s", got)
	}
}
