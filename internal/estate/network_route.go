package estate

import "strings"

// RouteTable says where a subnet's traffic goes, with the routes written in it.
type RouteTable struct {
	Resource `kind:"route_table" var:"table" cfn:"AWS::EC2::RouteTable" tf:"aws_route_table,aws_default_route_table" aws:"ec2:RouteTable"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"RouteTableId"`
	VPC        Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	// MainOf is the VPC whose main table this is, as Terraform's aws_default_route_table names it.
	MainOf Link[VPC]     `tf:"default_route_table_id"`
	Routes Fact[[]Route] `tf:"route" aws:"Routes"`
	// PropagatingGateways write the routes to the networks behind them into the table; see [VPNRoutePropagation].
	PropagatingGateways Fact[[]Link[VPNGateway]] `tf:"propagating_vgws" aws:"PropagatingVgws.*.GatewayId"`
}

// RouteResource is a route written on its own. It has the same facts as a table, holding one route.
type RouteResource struct {
	Resource `kind:"route" var:"table" cfn:"AWS::EC2::Route" tf:"aws_route"`

	Table  Link[RouteTable] `cfn:"RouteTableId" tf:"route_table_id"`
	Routes Fact[[]Route]    `cfn:"." tf:"."`
}

// Route sends the traffic for some addresses to a target.
type Route struct {
	At Origin `json:"-" fact:"-"`

	CIDR       Fact[string]     `as:"cidr" cfn:"DestinationCidrBlock" tf:"cidr_block|destination_cidr_block" aws:"DestinationCidrBlock"`
	IPv6CIDR   Fact[string]     `as:"ipv6_cidr" cfn:"DestinationIpv6CidrBlock" tf:"ipv6_cidr_block|destination_ipv6_cidr_block" aws:"DestinationIpv6CidrBlock"`
	PrefixList Link[PrefixList] `cfn:"DestinationPrefixListId" tf:"destination_prefix_list_id" aws:"DestinationPrefixListId"`

	// Gateway is an internet, VPN or carrier gateway, a gateway load balancer's endpoint or "local".
	Gateway          Link[Resource]                  `cfn:"GatewayId" tf:"gateway_id" aws:"GatewayId"`
	CarrierGateway   Link[CarrierGateway]            `cfn:"CarrierGatewayId" tf:"carrier_gateway_id" aws:"CarrierGatewayId"`
	EgressOnly       Link[EgressOnlyInternetGateway] `cfn:"EgressOnlyInternetGatewayId" tf:"egress_only_gateway_id" aws:"EgressOnlyInternetGatewayId"`
	NATGateway       Link[NATGateway]                `cfn:"NatGatewayId" tf:"nat_gateway_id" aws:"NatGatewayId"`
	TransitGateway   Link[TransitGateway]            `cfn:"TransitGatewayId" tf:"transit_gateway_id" aws:"TransitGatewayId"`
	Peering          Link[VPCPeering]                `cfn:"VpcPeeringConnectionId" tf:"vpc_peering_connection_id" aws:"VpcPeeringConnectionId"`
	Endpoint         Link[VPCEndpoint]               `cfn:"VpcEndpointId" tf:"vpc_endpoint_id"`
	NetworkInterface Link[NetworkInterface]          `cfn:"NetworkInterfaceId" tf:"network_interface_id" aws:"NetworkInterfaceId"`
	Instance         Link[EC2Instance]               `cfn:"InstanceId" tf:"instance_id" aws:"InstanceId"`
	LocalGateway     Fact[string]                    `cfn:"LocalGatewayId" tf:"local_gateway_id" aws:"LocalGatewayId"`
	CoreNetwork      Fact[string]                    `cfn:"CoreNetworkArn" tf:"core_network_arn" aws:"CoreNetworkArn"`
}

func (r *Route) place(o Origin) { r.At = o }

// ToWorld reports whether the route is for every address of IPv4 or of IPv6.
func (r *Route) ToWorld() Fact[bool] {
	rule := PortRule{At: r.At, IPv4: oneCIDR(&r.CIDR), IPv6: oneCIDR(&r.IPv6CIDR)}
	return rule.anyCIDR(everyone)
}

// ToInternet reports whether the route leads to an internet or carrier gateway, through which addresses outside can
// reach back in. A NAT or egress-only gateway lets nothing in.
func (r *Route) ToInternet() Fact[bool] {
	if f := named(&r.CarrierGateway.Fact); f.State == Unknown || f.Value {
		return f
	}
	switch r.Gateway.To.(type) {
	case *InternetGateway, *CarrierGateway:
		return KnownFact(true, r.Gateway.Origin)
	case nil:
	default:
		return KnownFact(false, r.Gateway.Origin)
	}
	switch {
	case r.Gateway.State == Unknown:
		return UnknownLike[bool](r.Gateway.Meta)
	case r.Gateway.Value == "":
		return KnownFact(false, r.At)
	}
	id, _, _ := strings.Cut(r.Gateway.Value, "-")
	switch id {
	case "igw", "cagw":
		return KnownFact(true, r.Gateway.Origin)
	case "local", "vgw", "vpce":
		return KnownFact(false, r.Gateway.Origin)
	}
	return UnknownFact[bool]("read the files that declare "+r.Gateway.Value+" too", r.Gateway.Origin)
}

// ByGateway reports whether the route names a gateway that is not known to be something else than one to the internet.
func (r *Route) ByGateway() Fact[bool] {
	if f := r.ToInternet(); f.State == Known {
		return f
	}
	return named(&r.Gateway.Fact)
}

// ByPeering reports whether the route leads to a peered VPC.
func (r *Route) ByPeering() Fact[bool] { return named(&r.Peering.Fact) }

// named reports whether a target is given. Terraform's lists of objects spell one that is not as "".
func named(target *Fact[string]) Fact[bool] {
	given, ok := target.Given()
	if !ok {
		return UnknownLike[bool](target.Meta)
	}
	return KnownFact(given && (target.State != Known || target.Value != ""), target.Origin)
}

// RouteTableAssociation puts a subnet, or a gateway, under a route table.
type RouteTableAssociation struct {
	Resource `kind:"route_table_association" cfn:"AWS::EC2::SubnetRouteTableAssociation,AWS::EC2::GatewayRouteTableAssociation" tf:"aws_route_table_association"`

	Subnet  Link[Subnet]     `cfn:"SubnetId" tf:"subnet_id"`
	Gateway Link[Resource]   `cfn:"GatewayId" tf:"gateway_id"`
	Table   Link[RouteTable] `cfn:"RouteTableId" tf:"route_table_id"`
}

// MainRouteTableAssociation makes a table the one that holds for subnets without an association.
type MainRouteTableAssociation struct {
	Resource `kind:"main_route_table_association" tf:"aws_main_route_table_association"`

	VPC   Link[VPC]        `tf:"vpc_id"`
	Table Link[RouteTable] `tf:"route_table_id"`
}

// table is the route table in force for the subnet: the associated one, else the VPC's main table, nil where that is
// the one AWS made with the VPC.
func (s *Subnet) table() (table *RouteTable, unknown *Meta) {
	for _, a := range All[RouteTableAssociation](s.estate) {
		if a.Subnet.To == s.self {
			if t := a.Table.Target(); t != nil {
				return t, nil
			}
			elsewhere := a.Table.Meta
			elsewhere.Why = "read the files that declare the route table of " + s.Address() + " too"
			return nil, &elsewhere
		}
		if a.Subnet.State == Unknown {
			unknown = &a.Subnet.Meta // it may be this subnet's
		}
	}
	if unknown != nil {
		return nil, unknown
	}
	vpc := s.VPC.Target()
	if vpc == nil {
		return nil, &Meta{Why: "read the files that declare the VPC and the route table of " + s.Address() + " too", Origin: s.VPC.Origin}
	}
	for _, m := range All[MainRouteTableAssociation](s.estate) {
		if m.VPC.To == vpc.self {
			return m.Table.Target(), nil
		}
	}
	for _, t := range All[RouteTable](s.estate) {
		if t.MainOf.To == vpc.self {
			return t, nil
		}
	}
	return nil, nil
}

// Public reports whether a route leads from the subnet to an internet gateway, so that a public address in it can be
// reached from outside. Without a table of its own a subnet has its VPC's main table, which as AWS makes it has none.
func (s *Subnet) Public() Fact[bool] {
	table, unknown := s.table()
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	if table == nil {
		return KnownFact(false, s.decl.Origin)
	}
	routes, unknown := table.all()
	for _, r := range routes {
		f := r.ToInternet()
		if f.State == Unknown {
			unknown = &f.Meta
		} else if f.Value {
			return f
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, table.decl.Origin)
}

// all returns the routes written in the table and those attached to it; unknown is set when there may be more.
func (t *RouteTable) all() (routes []*Route, unknown *Meta) {
	if t.Routes.State == Unknown {
		unknown = &t.Routes.Meta
	}
	for i := range t.Routes.Value {
		routes = append(routes, &t.Routes.Value[i])
	}
	for _, r := range All[RouteResource](t.estate) {
		switch {
		case r.Table.To == t.self:
			for i := range r.Routes.Value {
				routes = append(routes, &r.Routes.Value[i])
			}
		case r.Table.State == Unknown:
			unknown = &r.Table.Meta
		}
	}
	return routes, unknown
}

// RouteTexts lists the routes, for people: "0.0.0.0/0 to igw-1".
func (t *RouteTable) RouteTexts() Fact[Strings] { return routeTexts(&t.Routes) }

// RouteTexts lists the route, for people.
func (r *RouteResource) RouteTexts() Fact[Strings] { return routeTexts(&r.Routes) }

func routeTexts(routes *Fact[[]Route]) Fact[Strings] {
	if routes.State == Unknown {
		return UnknownLike[Strings](routes.Meta)
	}
	out := KnownFact(Strings{}, routes.Origin)
	for i := range routes.Value {
		r := &routes.Value[i]
		out.Value = append(out.Value, KnownFact(r.text(), r.At))
	}
	if len(routes.Value) > 0 {
		out.Origin = routes.Value[0].At
	}
	return out
}

func (r *Route) text() string {
	to := "addresses"
	for _, f := range []*Fact[string]{&r.CIDR, &r.IPv6CIDR, &r.PrefixList.Fact} {
		if f.State == Unknown || f.Value != "" {
			to = orText(&f.Meta, f.Value)
			break
		}
	}
	for _, f := range []*Fact[string]{
		&r.Gateway.Fact, &r.CarrierGateway.Fact, &r.EgressOnly.Fact, &r.NATGateway.Fact, &r.TransitGateway.Fact,
		&r.Peering.Fact, &r.Endpoint.Fact, &r.NetworkInterface.Fact, &r.Instance.Fact, &r.LocalGateway, &r.CoreNetwork,
	} {
		if f.State == Unknown || f.Value != "" {
			return to + " to " + orText(&f.Meta, f.Value)
		}
	}
	return to + " to nothing"
}
