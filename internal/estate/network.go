package estate

// Subnet is one subnet of a VPC.
type Subnet struct {
	Resource `kind:"subnet" cfn:"AWS::EC2::Subnet" tf:"aws_subnet" aws:"ec2:Subnet"`

	AutoAssignPublicIP Fact[bool] `cfn:"MapPublicIpOnLaunch" tf:"map_public_ip_on_launch" aws:"MapPublicIpOnLaunch" default:"false"`
}

// SecurityGroup is a firewall around network interfaces, with the rules written in it.
type SecurityGroup struct {
	Resource `kind:"security_group" var:"sg" cfn:"AWS::EC2::SecurityGroup" tf:"aws_security_group" aws:"ec2:SecurityGroup"`

	Name    Fact[string]     `name:"true" cfn:"GroupName" tf:"name" aws:"GroupName"`
	Ingress Fact[[]PortRule] `cfn:"SecurityGroupIngress" tf:"ingress" aws:"IpPermissions"`
	Egress  Fact[[]PortRule] `cfn:"SecurityGroupEgress" tf:"egress" aws:"IpPermissionsEgress"`
}

// SecurityGroupRule is a rule written on its own and attached to a group. It has the same facts as a group, holding
// one rule.
type SecurityGroupRule struct {
	Resource `kind:"security_group_rule" var:"sg" cfn:"AWS::EC2::SecurityGroupIngress,AWS::EC2::SecurityGroupEgress" tf:"aws_security_group_rule,aws_vpc_security_group_ingress_rule,aws_vpc_security_group_egress_rule"`

	Group   Link[SecurityGroup] `cfn:"GroupId" tf:"security_group_id"`
	Ingress Fact[[]PortRule]    `cfn:"AWS::EC2::SecurityGroupIngress=." tf:"aws_vpc_security_group_ingress_rule=."`
	Egress  Fact[[]PortRule]    `cfn:"AWS::EC2::SecurityGroupEgress=." tf:"aws_vpc_security_group_egress_rule=."`
}

// PortRule admits one range of ports from, or to, some addresses or groups.
type PortRule struct {
	At          Origin        `json:"-" fact:"-"`
	Protocol    Fact[string]  `cfn:"IpProtocol" tf:"protocol|ip_protocol" aws:"IpProtocol"`
	FromPort    Fact[int64]   `cfn:"FromPort" tf:"from_port" aws:"FromPort"`
	ToPort      Fact[int64]   `cfn:"ToPort" tf:"to_port" aws:"ToPort"`
	IPv4        Fact[Strings] `as:"ipv4" cfn:"CidrIp" tf:"cidr_blocks|cidr_ipv4" aws:"IpRanges.*.CidrIp"`
	IPv6        Fact[Strings] `as:"ipv6" cfn:"CidrIpv6" tf:"ipv6_cidr_blocks|cidr_ipv6" aws:"Ipv6Ranges.*.CidrIpv6"`
	Description Fact[string]  `cfn:"Description" tf:"description" aws:"IpRanges.Description"`
}

func (r *PortRule) place(o Origin) { r.At = o }
