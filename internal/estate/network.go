package estate

import "strings"

// VPC is one virtual network.
type VPC struct {
	Resource `kind:"vpc" cfn:"AWS::EC2::VPC" tf:"aws_vpc,aws_default_vpc" aws:"ec2:Vpc"`

	AssignedID   Fact[string] `as:"id" name:"true" aws:"VpcId"`
	CIDR         Fact[string] `as:"cidr" cfn:"CidrBlock" tf:"cidr_block" aws:"CidrBlock"`
	IPv6CIDR     Fact[string] `as:"ipv6_cidr" tf:"ipv6_cidr_block" aws:"Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"`
	DNSSupport   Fact[bool]   `as:"dns_support" cfn:"EnableDnsSupport" tf:"enable_dns_support" default:"true"`
	DNSHostnames Fact[bool]   `as:"dns_hostnames" cfn:"EnableDnsHostnames" tf:"enable_dns_hostnames" default:"false"`
	// DefaultVPC is true of the one that AWS made with the account, as the API says it; see Default.
	DefaultVPC Fact[bool]   `aws:"IsDefault" default:"false"`
	Tenancy    Fact[string] `cfn:"InstanceTenancy" tf:"instance_tenancy" aws:"InstanceTenancy" default:"default"`
}

// Default reports whether the VPC is the one that AWS made with the account and region.
func (v *VPC) Default() Fact[bool] {
	switch {
	case v.decl.Type != "aws_default_vpc":
		return v.DefaultVPC
	case v.decl.Conditional != "":
		return UnknownFact[bool](v.decl.Conditional, v.decl.Origin)
	default:
		return KnownFact(true, v.decl.Origin)
	}
}

// FlowLogged reports whether a flow log records the VPC's connections, refused ones included.
func (v *VPC) FlowLogged() Fact[bool] {
	var unknown *Meta
	for _, f := range All[FlowLog](v.estate) {
		switch {
		case f.VPC.State == Unknown:
			unknown = &f.VPC.Meta
		case f.VPC.To != v.self || strings.EqualFold(f.TrafficType.Value, "ACCEPT"):
		case f.TrafficType.State == Unknown:
			unknown = &f.TrafficType.Meta
		default:
			return KnownFact(true, f.decl.Origin)
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, v.decl.Origin)
}

// DefaultGroupClosed reports whether the security group that AWS made with the VPC, and that takes in whatever names no
// group, lets nothing in or out. As made it lets its members talk to each other, and out to everywhere.
func (v *VPC) DefaultGroupClosed() Fact[bool] {
	var unknown *Meta
	for _, g := range All[SecurityGroup](v.estate) {
		if g.decl.Type != "aws_default_security_group" {
			continue
		}
		switch {
		case g.VPC.State == Unknown:
			unknown = &g.VPC.Meta
		case g.VPC.To != v.self:
		case g.Ingress.State == Unknown:
			unknown = &g.Ingress.Meta
		case g.Egress.State == Unknown:
			unknown = &g.Egress.Meta
		default:
			closed := len(g.Ingress.Value)+len(g.Egress.Value) == 0 && !v.defaultGroupHasRules(g)
			return KnownFact(closed, g.decl.Origin)
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, v.decl.Origin)
}

// defaultGroupHasRules looks for rules written on their own.
func (v *VPC) defaultGroupHasRules(g *SecurityGroup) bool {
	for _, r := range All[SecurityGroupRule](v.estate) {
		if r.Group.To == g.self || r.Group.To == v.self && isDefaultGroup(r.Group.Ref) {
			return true
		}
	}
	return false
}

// HasSubnets reports whether any subnet of the VPC is declared.
func (v *VPC) HasSubnets() Fact[bool] {
	return KnownFact(len(v.subnets()) > 0, v.decl.Origin)
}

// HasPrivateSubnet reports whether the VPC has a subnet to which no route leads from the internet.
func (v *VPC) HasPrivateSubnet() Fact[bool] {
	var unknown *Meta
	for _, s := range v.subnets() {
		switch public := s.Public(); {
		case public.State == Unknown:
			unknown = &public.Meta
		case !public.Value:
			return KnownFact(true, s.decl.Origin)
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, v.decl.Origin)
}

func (v *VPC) subnets() []*Subnet {
	var out []*Subnet
	for _, s := range All[Subnet](v.estate) {
		if s.VPC.To == v.self {
			out = append(out, s)
		}
	}
	return out
}

// VPCCIDRBlock gives a VPC a further range of addresses.
type VPCCIDRBlock struct {
	Resource `kind:"vpc_cidr_block" cfn:"AWS::EC2::VPCCidrBlock" tf:"aws_vpc_ipv4_cidr_block_association,aws_vpc_ipv6_cidr_block_association"`

	VPC      Link[VPC]    `cfn:"VpcId" tf:"vpc_id"`
	CIDR     Fact[string] `as:"cidr" cfn:"CidrBlock" tf:"cidr_block"`
	IPv6CIDR Fact[string] `as:"ipv6_cidr" cfn:"Ipv6CidrBlock" tf:"ipv6_cidr_block"`
}

// Subnet is one subnet of a VPC.
type Subnet struct {
	Resource `kind:"subnet" cfn:"AWS::EC2::Subnet" tf:"aws_subnet,aws_default_subnet" aws:"ec2:Subnet"`

	AssignedID         Fact[string] `as:"id" name:"true" aws:"SubnetId"`
	VPC                Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	CIDR               Fact[string] `as:"cidr" cfn:"CidrBlock" tf:"cidr_block" aws:"CidrBlock"`
	IPv6CIDR           Fact[string] `as:"ipv6_cidr" cfn:"Ipv6CidrBlock" tf:"ipv6_cidr_block" aws:"Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"`
	AvailabilityZone   Fact[string] `cfn:"AvailabilityZone" tf:"availability_zone" aws:"AvailabilityZone"`
	AvailabilityZoneID Fact[string] `cfn:"AvailabilityZoneId" tf:"availability_zone_id" aws:"AvailabilityZoneId"`
	// AutoAssignPublicIP gives every interface created in the subnet a public IPv4 address. The
	// subnets of a default VPC, which Terraform's aws_default_subnet adopts, do unless told otherwise.
	AutoAssignPublicIP Fact[bool] `cfn:"MapPublicIpOnLaunch" tf:"map_public_ip_on_launch" aws:"MapPublicIpOnLaunch" default:"false"`
	// AutoAssignIPv6 gives every interface an IPv6 address; those are public by nature.
	AutoAssignIPv6 Fact[bool] `as:"auto_assign_ipv6" cfn:"AssignIpv6AddressOnCreation" tf:"assign_ipv6_address_on_creation" aws:"AssignIpv6AddressOnCreation" default:"false"`
}

// InternetGateway lets a VPC's public addresses reach the internet and be reached.
type InternetGateway struct {
	Resource `kind:"internet_gateway" cfn:"AWS::EC2::InternetGateway" tf:"aws_internet_gateway" aws:"ec2:InternetGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"InternetGatewayId"`
	// VPC is the network it is attached to, where the gateway itself says so; see [GatewayAttachment].
	VPC Link[VPC] `tf:"vpc_id" aws:"Attachments.VpcId"`
}

// GatewayAttachment attaches an internet or VPN gateway to a VPC.
type GatewayAttachment struct {
	Resource `kind:"gateway_attachment" cfn:"AWS::EC2::VPCGatewayAttachment" tf:"aws_internet_gateway_attachment,aws_vpn_gateway_attachment"`

	VPC             Link[VPC]             `cfn:"VpcId" tf:"vpc_id"`
	InternetGateway Link[InternetGateway] `cfn:"InternetGatewayId" tf:"internet_gateway_id"`
	VPNGateway      Link[VPNGateway]      `cfn:"VpnGatewayId" tf:"vpn_gateway_id"`
}

// EgressOnlyInternetGateway lets IPv6 addresses out, and nothing in.
type EgressOnlyInternetGateway struct {
	Resource `kind:"egress_only_internet_gateway" cfn:"AWS::EC2::EgressOnlyInternetGateway" tf:"aws_egress_only_internet_gateway" aws:"ec2:EgressOnlyInternetGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"EgressOnlyInternetGatewayId"`
	VPC        Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"Attachments.VpcId"`
}

// CarrierGateway joins a Wavelength zone's subnets to the carrier's network, and through it to the internet.
type CarrierGateway struct {
	Resource `kind:"carrier_gateway" cfn:"AWS::EC2::CarrierGateway" tf:"aws_ec2_carrier_gateway" aws:"ec2:CarrierGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"CarrierGatewayId"`
	VPC        Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
}

// NATGateway lets private addresses out, and nothing in.
type NATGateway struct {
	Resource `kind:"nat_gateway" cfn:"AWS::EC2::NatGateway" tf:"aws_nat_gateway" aws:"ec2:NatGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"NatGatewayId"`
	Subnet     Link[Subnet] `cfn:"SubnetId" tf:"subnet_id" aws:"SubnetId"`
	VPC        Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	// Connectivity is public or private; a private one reaches other networks, not the internet.
	Connectivity Fact[string]    `cfn:"ConnectivityType" tf:"connectivity_type" aws:"ConnectivityType" default:"public"`
	ElasticIP    Link[ElasticIP] `cfn:"AllocationId" tf:"allocation_id" aws:"NatGatewayAddresses.AllocationId"`
}

// PrefixList is a named set of CIDRs that rules and routes can name.
type PrefixList struct {
	Resource `kind:"prefix_list" cfn:"AWS::EC2::PrefixList" tf:"aws_ec2_managed_prefix_list" aws:"ec2:ManagedPrefixList"`

	AssignedID    Fact[string]            `as:"id" name:"true" aws:"PrefixListId"`
	Name          Fact[string]            `cfn:"PrefixListName" tf:"name" aws:"PrefixListName"`
	AddressFamily Fact[string]            `cfn:"AddressFamily" tf:"address_family" aws:"AddressFamily"`
	Entries       Fact[[]PrefixListEntry] `cfn:"Entries" tf:"entry" aws:"Entries"`
}

// PrefixListEntry is one CIDR of a prefix list.
type PrefixListEntry struct {
	CIDR        Fact[string] `as:"cidr" cfn:"Cidr" tf:"cidr" aws:"Cidr"`
	Description Fact[string] `cfn:"Description" tf:"description" aws:"Description"`
}

// PrefixListEntryResource is an entry that Terraform writes on its own.
type PrefixListEntryResource struct {
	Resource `kind:"prefix_list_entry" plural:"prefix_list_entries" tf:"aws_ec2_managed_prefix_list_entry"`

	List        Link[PrefixList] `tf:"prefix_list_id"`
	CIDR        Fact[string]     `as:"cidr" tf:"cidr"`
	Description Fact[string]     `tf:"description"`
}
