package estate

// VPCPeering joins two VPCs, maybe of two accounts, so that each can route to the other.
type VPCPeering struct {
	Resource `kind:"vpc_peering" cfn:"AWS::EC2::VPCPeeringConnection" tf:"aws_vpc_peering_connection,aws_vpc_peering_connection_accepter" aws:"ec2:VpcPeeringConnection"`

	AssignedID Fact[string] `as:"id" name:"true" tf:"aws_vpc_peering_connection_accepter=vpc_peering_connection_id" aws:"VpcPeeringConnectionId"`
	VPC        Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"RequesterVpcInfo.VpcId"`
	PeerVPC    Link[VPC]    `cfn:"PeerVpcId" tf:"peer_vpc_id" aws:"AccepterVpcInfo.VpcId"`
	PeerOwner  Fact[string] `cfn:"PeerOwnerId" tf:"peer_owner_id" aws:"AccepterVpcInfo.OwnerId"`
	PeerRegion Fact[string] `cfn:"PeerRegion" tf:"peer_region" aws:"AccepterVpcInfo.Region"`
	AutoAccept Fact[bool]   `tf:"auto_accept" default:"false"`
}

// TransitGateway is a router between VPCs, VPN connections and Direct Connect.
type TransitGateway struct {
	Resource `kind:"transit_gateway" cfn:"AWS::EC2::TransitGateway" tf:"aws_ec2_transit_gateway" aws:"ec2:TransitGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"TransitGatewayId"`
	// AutoAccept takes attachments of other accounts without asking: enable or disable.
	AutoAccept Fact[string] `cfn:"AutoAcceptSharedAttachments" tf:"auto_accept_shared_attachments" aws:"Options.AutoAcceptSharedAttachments" default:"disable"`
	// DefaultAssociation and DefaultPropagation put every attachment under one table, so that all can reach all.
	DefaultAssociation Fact[string] `cfn:"DefaultRouteTableAssociation" tf:"default_route_table_association" aws:"Options.DefaultRouteTableAssociation" default:"enable"`
	DefaultPropagation Fact[string] `cfn:"DefaultRouteTablePropagation" tf:"default_route_table_propagation" aws:"Options.DefaultRouteTablePropagation" default:"enable"`
	// GroupReferences lets security groups name groups across the gateway: enable or disable.
	GroupReferences Fact[string]  `cfn:"SecurityGroupReferencingSupport" tf:"security_group_referencing_support" aws:"Options.SecurityGroupReferencingSupport" default:"disable"`
	CIDRs           Fact[Strings] `as:"cidrs" cfn:"TransitGatewayCidrBlocks" tf:"transit_gateway_cidr_blocks" aws:"Options.TransitGatewayCidrBlocks"`
}

// TransitGatewayAttachment joins a VPC to a transit gateway.
type TransitGatewayAttachment struct {
	Resource `kind:"transit_gateway_attachment" cfn:"AWS::EC2::TransitGatewayAttachment,AWS::EC2::TransitGatewayVpcAttachment" tf:"aws_ec2_transit_gateway_vpc_attachment,aws_ec2_transit_gateway_vpc_attachment_accepter" aws:"ec2:TransitGatewayVpcAttachment"`

	AssignedID         Fact[string]         `as:"id" name:"true" aws:"TransitGatewayAttachmentId"`
	Gateway            Link[TransitGateway] `cfn:"TransitGatewayId" tf:"transit_gateway_id" aws:"TransitGatewayId"`
	VPC                Link[VPC]            `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	Subnets            Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids" aws:"SubnetIds"`
	DefaultAssociation Fact[bool]           `tf:"transit_gateway_default_route_table_association" default:"true"`
	DefaultPropagation Fact[bool]           `tf:"transit_gateway_default_route_table_propagation" default:"true"`
}

// TransitGatewayPeering joins two transit gateways, of two regions or accounts.
type TransitGatewayPeering struct {
	Resource `kind:"transit_gateway_peering" cfn:"AWS::EC2::TransitGatewayPeeringAttachment" tf:"aws_ec2_transit_gateway_peering_attachment" aws:"ec2:TransitGatewayPeeringAttachment"`

	AssignedID  Fact[string]         `as:"id" name:"true" aws:"TransitGatewayAttachmentId"`
	Gateway     Link[TransitGateway] `cfn:"TransitGatewayId" tf:"transit_gateway_id" aws:"RequesterTgwInfo.TransitGatewayId"`
	PeerGateway Link[TransitGateway] `cfn:"PeerTransitGatewayId" tf:"peer_transit_gateway_id" aws:"AccepterTgwInfo.TransitGatewayId"`
	PeerAccount Fact[string]         `cfn:"PeerAccountId" tf:"peer_account_id" aws:"AccepterTgwInfo.OwnerId"`
	PeerRegion  Fact[string]         `cfn:"PeerRegion" tf:"peer_region" aws:"AccepterTgwInfo.Region"`
}

// TransitGatewayRouteTable says where a transit gateway sends what comes from the attachments under it.
type TransitGatewayRouteTable struct {
	Resource `kind:"transit_gateway_route_table" cfn:"AWS::EC2::TransitGatewayRouteTable" tf:"aws_ec2_transit_gateway_route_table" aws:"ec2:TransitGatewayRouteTable"`

	AssignedID Fact[string]         `as:"id" name:"true" aws:"TransitGatewayRouteTableId"`
	Gateway    Link[TransitGateway] `cfn:"TransitGatewayId" tf:"transit_gateway_id" aws:"TransitGatewayId"`
}

// TransitGatewayRoute is one route of such a table.
type TransitGatewayRoute struct {
	Resource `kind:"transit_gateway_route" cfn:"AWS::EC2::TransitGatewayRoute" tf:"aws_ec2_transit_gateway_route"`

	Table      Link[TransitGatewayRouteTable] `cfn:"TransitGatewayRouteTableId" tf:"transit_gateway_route_table_id"`
	Attachment Link[Resource]                 `cfn:"TransitGatewayAttachmentId" tf:"transit_gateway_attachment_id"`
	CIDR       Fact[string]                   `as:"cidr" cfn:"DestinationCidrBlock" tf:"destination_cidr_block"`
	Blackhole  Fact[bool]                     `cfn:"Blackhole" tf:"blackhole" default:"false"`
}

// TransitGatewayAssociation puts an attachment under a table: its traffic is routed by it.
type TransitGatewayAssociation struct {
	Resource `kind:"transit_gateway_association" cfn:"AWS::EC2::TransitGatewayRouteTableAssociation" tf:"aws_ec2_transit_gateway_route_table_association"`

	Table      Link[TransitGatewayRouteTable] `cfn:"TransitGatewayRouteTableId" tf:"transit_gateway_route_table_id"`
	Attachment Link[Resource]                 `cfn:"TransitGatewayAttachmentId" tf:"transit_gateway_attachment_id"`
}

// TransitGatewayPropagation writes the routes to an attachment into a table.
type TransitGatewayPropagation struct {
	Resource `kind:"transit_gateway_propagation" cfn:"AWS::EC2::TransitGatewayRouteTablePropagation" tf:"aws_ec2_transit_gateway_route_table_propagation"`

	Table      Link[TransitGatewayRouteTable] `cfn:"TransitGatewayRouteTableId" tf:"transit_gateway_route_table_id"`
	Attachment Link[Resource]                 `cfn:"TransitGatewayAttachmentId" tf:"transit_gateway_attachment_id"`
}

// VPNGateway is the AWS end of a VPC's VPN connections and Direct Connect.
type VPNGateway struct {
	Resource `kind:"vpn_gateway" cfn:"AWS::EC2::VPNGateway" tf:"aws_vpn_gateway" aws:"ec2:VpnGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"VpnGatewayId"`
	VPC        Link[VPC]    `tf:"vpc_id" aws:"VpcAttachments.VpcId"`
}

// VPNRoutePropagation lets a VPN gateway write its routes into route tables.
type VPNRoutePropagation struct {
	Resource `kind:"vpn_route_propagation" cfn:"AWS::EC2::VPNGatewayRoutePropagation" tf:"aws_vpn_gateway_route_propagation"`

	Gateway Link[VPNGateway]         `cfn:"VpnGatewayId" tf:"vpn_gateway_id"`
	Tables  Fact[[]Link[RouteTable]] `cfn:"RouteTableIds" tf:"route_table_id"`
}

// CustomerGateway is the far end of a VPN connection.
type CustomerGateway struct {
	Resource `kind:"customer_gateway" cfn:"AWS::EC2::CustomerGateway" tf:"aws_customer_gateway" aws:"ec2:CustomerGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"CustomerGatewayId"`
	Address    Fact[string] `cfn:"IpAddress" tf:"ip_address" aws:"IpAddress"`
}

// VPNConnection is a site-to-site VPN.
type VPNConnection struct {
	Resource `kind:"vpn_connection" cfn:"AWS::EC2::VPNConnection" tf:"aws_vpn_connection" aws:"ec2:VpnConnection"`

	AssignedID      Fact[string]          `as:"id" name:"true" aws:"VpnConnectionId"`
	VPNGateway      Link[VPNGateway]      `cfn:"VpnGatewayId" tf:"vpn_gateway_id" aws:"VpnGatewayId"`
	TransitGateway  Link[TransitGateway]  `cfn:"TransitGatewayId" tf:"transit_gateway_id" aws:"TransitGatewayId"`
	CustomerGateway Link[CustomerGateway] `cfn:"CustomerGatewayId" tf:"customer_gateway_id" aws:"CustomerGatewayId"`
	StaticRoutes    Fact[bool]            `cfn:"StaticRoutesOnly" tf:"static_routes_only" aws:"Options.StaticRoutesOnly" default:"false"`
	// LocalCIDR and RemoteCIDR are what the tunnel carries on the customer's and on the AWS side.
	LocalCIDR  Fact[string] `as:"local_cidr" cfn:"LocalIpv4NetworkCidr" tf:"local_ipv4_network_cidr" aws:"Options.LocalIpv4NetworkCidr" default:"0.0.0.0/0"`
	RemoteCIDR Fact[string] `as:"remote_cidr" cfn:"RemoteIpv4NetworkCidr" tf:"remote_ipv4_network_cidr" aws:"Options.RemoteIpv4NetworkCidr" default:"0.0.0.0/0"`
}

// VPNConnectionRoute is a static route to the far end of a VPN connection.
type VPNConnectionRoute struct {
	Resource `kind:"vpn_connection_route" cfn:"AWS::EC2::VPNConnectionRoute" tf:"aws_vpn_connection_route"`

	Connection Link[VPNConnection] `cfn:"VpnConnectionId" tf:"vpn_connection_id"`
	CIDR       Fact[string]        `as:"cidr" cfn:"DestinationCidrBlock" tf:"destination_cidr_block"`
}

// ClientVPN lets people's machines into a VPC.
type ClientVPN struct {
	Resource `kind:"client_vpn" cfn:"AWS::EC2::ClientVpnEndpoint" tf:"aws_ec2_client_vpn_endpoint" aws:"ec2:ClientVpnEndpoint"`

	AssignedID     Fact[string]                `as:"id" name:"true" aws:"ClientVpnEndpointId"`
	VPC            Link[VPC]                   `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	ClientCIDR     Fact[string]                `as:"client_cidr" cfn:"ClientCidrBlock" tf:"client_cidr_block" aws:"ClientCidrBlock"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroupIds" tf:"security_group_ids" aws:"SecurityGroupIds"`
	SplitTunnel    Fact[bool]                  `cfn:"SplitTunnel" tf:"split_tunnel" aws:"SplitTunnel" default:"false"`
	Authentication Fact[Strings]               `cfn:"AuthenticationOptions.*.Type" tf:"authentication_options.*.type" aws:"AuthenticationOptions.*.Type"`
	ConnectionLog  Fact[bool]                  `cfn:"ConnectionLogOptions.Enabled" tf:"connection_log_options.enabled" aws:"ConnectionLogOptions.Enabled" default:"false"`
}

// ClientVPNAssociation puts a client VPN into a subnet.
type ClientVPNAssociation struct {
	Resource `kind:"client_vpn_association" cfn:"AWS::EC2::ClientVpnTargetNetworkAssociation" tf:"aws_ec2_client_vpn_network_association"`

	Endpoint Link[ClientVPN] `cfn:"ClientVpnEndpointId" tf:"client_vpn_endpoint_id"`
	Subnet   Link[Subnet]    `cfn:"SubnetId" tf:"subnet_id"`
}

// ClientVPNAuthorization says which networks which of its users may reach.
type ClientVPNAuthorization struct {
	Resource `kind:"client_vpn_authorization" cfn:"AWS::EC2::ClientVpnAuthorizationRule" tf:"aws_ec2_client_vpn_authorization_rule"`

	Endpoint  Link[ClientVPN] `cfn:"ClientVpnEndpointId" tf:"client_vpn_endpoint_id"`
	CIDR      Fact[string]    `as:"cidr" cfn:"TargetNetworkCidr" tf:"target_network_cidr"`
	Group     Fact[string]    `cfn:"AccessGroupId" tf:"access_group_id"`
	AllGroups Fact[bool]      `cfn:"AuthorizeAllGroups" tf:"authorize_all_groups" default:"false"`
}

// DirectConnectGateway joins leased lines to VPCs.
type DirectConnectGateway struct {
	Resource `kind:"direct_connect_gateway" cfn:"AWS::DirectConnect::DirectConnectGateway" tf:"aws_dx_gateway" aws:"directconnect:DirectConnectGateway"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"directConnectGatewayId"`
	Name       Fact[string] `name:"true" cfn:"DirectConnectGatewayName" tf:"name" aws:"directConnectGatewayName"`
}

// DirectConnectAssociation joins a Direct Connect gateway to a VPN gateway or a transit gateway.
type DirectConnectAssociation struct {
	Resource `kind:"direct_connect_association" cfn:"AWS::DirectConnect::DirectConnectGatewayAssociation" tf:"aws_dx_gateway_association"`

	Gateway         Link[DirectConnectGateway] `cfn:"DirectConnectGatewayId" tf:"dx_gateway_id"`
	Associated      Link[Resource]             `cfn:"AssociatedGatewayId" tf:"associated_gateway_id"`
	AllowedPrefixes Fact[Strings]              `cfn:"AllowedPrefixesToDirectConnectGateway" tf:"allowed_prefixes"`
}

// CoreNetworkAttachment joins a VPC to a Cloud WAN core network.
type CoreNetworkAttachment struct {
	Resource `kind:"core_network_attachment" cfn:"AWS::NetworkManager::VpcAttachment" tf:"aws_networkmanager_vpc_attachment"`

	CoreNetwork Fact[string]         `cfn:"CoreNetworkId" tf:"core_network_id"`
	VPC         Link[VPC]            `cfn:"VpcArn" tf:"vpc_arn"`
	Subnets     Fact[[]Link[Subnet]] `cfn:"SubnetArns" tf:"subnet_arns"`
}
