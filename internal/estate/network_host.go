package estate

// VPCEndpoint is a private way from a VPC to an AWS service: a route (gateway) or an interface.
type VPCEndpoint struct {
	Resource `kind:"vpc_endpoint" cfn:"AWS::EC2::VPCEndpoint" tf:"aws_vpc_endpoint" aws:"ec2:VpcEndpoint"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"VpcEndpointId"`
	VPC        Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	// Service is the service's name, such as com.amazonaws.eu-central-1.dynamodb.
	Service Fact[string] `cfn:"ServiceName" tf:"service_name" aws:"ServiceName"`
	// EndpointType is Gateway, Interface or another; Gateway serves DynamoDB and S3.
	EndpointType   Fact[string]                `cfn:"VpcEndpointType" tf:"vpc_endpoint_type" aws:"VpcEndpointType" default:"Gateway"`
	RouteTables    Fact[[]Link[RouteTable]]    `cfn:"RouteTableIds" tf:"route_table_ids" aws:"RouteTableIds"`
	Subnets        Fact[[]Link[Subnet]]        `cfn:"SubnetIds" tf:"subnet_ids" aws:"SubnetIds"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroupIds" tf:"security_group_ids" aws:"Groups.*.GroupId"`
	// Policy says who may do what through the endpoint; without one everybody may do everything.
	Policy     Fact[Document] `cfn:"PolicyDocument" tf:"policy" aws:"PolicyDocument"`
	PrivateDNS Fact[bool]     `as:"private_dns" cfn:"PrivateDnsEnabled" tf:"private_dns_enabled" aws:"PrivateDnsEnabled" default:"false"`
}

// VPCEndpointPolicy is an endpoint's policy that Terraform writes on its own.
type VPCEndpointPolicy struct {
	Resource `kind:"vpc_endpoint_policy" plural:"vpc_endpoint_policies" tf:"aws_vpc_endpoint_policy"`

	Endpoint Link[VPCEndpoint] `tf:"vpc_endpoint_id"`
	Policy   Fact[Document]    `tf:"policy"`
}

// VPCEndpointRouteTable is an endpoint's entry in a route table that Terraform writes on its own.
type VPCEndpointRouteTable struct {
	Resource `kind:"vpc_endpoint_route_table" tf:"aws_vpc_endpoint_route_table_association"`

	Endpoint Link[VPCEndpoint] `tf:"vpc_endpoint_id"`
	Table    Link[RouteTable]  `tf:"route_table_id"`
}

// VPCEndpointSubnet puts an interface endpoint into a subnet.
type VPCEndpointSubnet struct {
	Resource `kind:"vpc_endpoint_subnet" tf:"aws_vpc_endpoint_subnet_association"`

	Endpoint Link[VPCEndpoint] `tf:"vpc_endpoint_id"`
	Subnet   Link[Subnet]      `tf:"subnet_id"`
}

// VPCEndpointSecurityGroup puts a security group around an interface endpoint.
type VPCEndpointSecurityGroup struct {
	Resource `kind:"vpc_endpoint_security_group" tf:"aws_vpc_endpoint_security_group_association"`

	Endpoint Link[VPCEndpoint]   `tf:"vpc_endpoint_id"`
	Group    Link[SecurityGroup] `tf:"security_group_id"`
}

// FlowLog records the connections of a VPC, a subnet, an interface or a transit gateway.
type FlowLog struct {
	Resource `kind:"flow_log" cfn:"AWS::EC2::FlowLog" tf:"aws_flow_log" aws:"ec2:FlowLog"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"FlowLogId"`
	// Target is what is recorded; VPC is the same where that is a VPC.
	Target       Link[Resource] `cfn:"ResourceId" tf:"vpc_id|subnet_id|eni_id|transit_gateway_id|transit_gateway_attachment_id" aws:"ResourceId"`
	VPC          Link[VPC]      `cfn:"AWS::EC2::FlowLog[ResourceType=VPC]=ResourceId" tf:"vpc_id"`
	ResourceType Fact[string]   `cfn:"ResourceType"`
	// TrafficType is ALL, ACCEPT or REJECT.
	TrafficType     Fact[string]   `cfn:"TrafficType" tf:"traffic_type" aws:"TrafficType" default:"ALL"`
	DestinationType Fact[string]   `cfn:"LogDestinationType" tf:"log_destination_type" aws:"LogDestinationType" default:"cloud-watch-logs"`
	Destination     Link[Resource] `cfn:"LogDestination" tf:"log_destination" aws:"LogDestination"`
	LogGroup        Fact[string]   `cfn:"LogGroupName" tf:"log_group_name" aws:"LogGroupName"`
	Format          Fact[string]   `cfn:"LogFormat" tf:"log_format" aws:"LogFormat"`
	// AggregationInterval is in seconds: 60 or 600.
	AggregationInterval Fact[int64] `cfn:"MaxAggregationInterval" tf:"max_aggregation_interval" aws:"MaxAggregationInterval" default:"600"`
}

// ElasticIP is a public IPv4 address that stays.
type ElasticIP struct {
	Resource `kind:"elastic_ip" cfn:"AWS::EC2::EIP" tf:"aws_eip" aws:"ec2:Address"`

	AssignedID       Fact[string]           `as:"id" name:"true" aws:"AllocationId"`
	Instance         Link[EC2Instance]      `cfn:"InstanceId" tf:"instance" aws:"InstanceId"`
	NetworkInterface Link[NetworkInterface] `tf:"network_interface" aws:"NetworkInterfaceId"`
}

// ElasticIPAssociation gives an instance or an interface an elastic IP.
type ElasticIPAssociation struct {
	Resource `kind:"elastic_ip_association" cfn:"AWS::EC2::EIPAssociation" tf:"aws_eip_association"`

	ElasticIP        Link[ElasticIP]        `cfn:"AllocationId|EIP" tf:"allocation_id|public_ip"`
	Instance         Link[EC2Instance]      `cfn:"InstanceId" tf:"instance_id"`
	NetworkInterface Link[NetworkInterface] `cfn:"NetworkInterfaceId" tf:"network_interface_id"`
}

// NetworkInterface is a virtual network card.
type NetworkInterface struct {
	Resource `kind:"network_interface" cfn:"AWS::EC2::NetworkInterface" tf:"aws_network_interface" aws:"ec2:NetworkInterface"`

	AssignedID      Fact[string]                `as:"id" name:"true" aws:"NetworkInterfaceId"`
	Subnet          Link[Subnet]                `cfn:"SubnetId" tf:"subnet_id" aws:"SubnetId"`
	SecurityGroups  Fact[[]Link[SecurityGroup]] `cfn:"GroupSet" tf:"security_groups" aws:"Groups.*.GroupId"`
	PrivateIPs      Fact[Strings]               `as:"private_ips" cfn:"PrivateIpAddress|PrivateIpAddresses.*.PrivateIpAddress" tf:"private_ips|private_ip" aws:"PrivateIpAddresses.*.PrivateIpAddress"`
	PublicIP        Fact[string]                `as:"public_ip" aws:"Association.PublicIp"`
	SourceDestCheck Fact[bool]                  `cfn:"SourceDestCheck" tf:"source_dest_check" aws:"SourceDestCheck" default:"true"`
	// Description and Requester tell what an interface made by AWS belongs to, such as RDSNetworkInterface.
	Description Fact[string] `cfn:"Description" tf:"description" aws:"Description"`
	Requester   Fact[string] `aws:"RequesterId"`
}

// NetworkInterfaceAttachment puts an interface on an instance.
type NetworkInterfaceAttachment struct {
	Resource `kind:"network_interface_attachment" cfn:"AWS::EC2::NetworkInterfaceAttachment" tf:"aws_network_interface_attachment"`

	Instance         Link[EC2Instance]      `cfn:"InstanceId" tf:"instance_id"`
	NetworkInterface Link[NetworkInterface] `cfn:"NetworkInterfaceId" tf:"network_interface_id"`
}

// NetworkInterfaceGroup puts a security group around an interface.
type NetworkInterfaceGroup struct {
	Resource `kind:"network_interface_group" tf:"aws_network_interface_sg_attachment"`

	NetworkInterface Link[NetworkInterface] `tf:"network_interface_id"`
	Group            Link[SecurityGroup]    `tf:"security_group_id"`
}
