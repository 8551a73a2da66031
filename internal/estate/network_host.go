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
	PrivateDNS     Fact[bool]                  `as:"private_dns" cfn:"PrivateDnsEnabled" tf:"private_dns_enabled" aws:"PrivateDnsEnabled" default:"false"`
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

// EC2Instance is one virtual machine: a bastion, an application's server, or a database that a team runs itself.
type EC2Instance struct {
	Resource `kind:"ec2_instance" var:"instance" cfn:"AWS::EC2::Instance" tf:"aws_instance" aws:"ec2:Instance"`

	AssignedID        Fact[string]                   `as:"id" name:"true" aws:"InstanceId"`
	Subnet            Link[Subnet]                   `cfn:"SubnetId|NetworkInterfaces.SubnetId" tf:"subnet_id" aws:"SubnetId"`
	SecurityGroups    Fact[[]Link[SecurityGroup]]    `cfn:"SecurityGroupIds|NetworkInterfaces.GroupSet|SecurityGroups" tf:"vpc_security_group_ids|security_groups" aws:"SecurityGroups.*.GroupId"`
	NetworkInterfaces Fact[[]Link[NetworkInterface]] `cfn:"NetworkInterfaces.*.NetworkInterfaceId" tf:"network_interface.*.network_interface_id|primary_network_interface.network_interface_id" aws:"NetworkInterfaces.*.NetworkInterfaceId"`
	// AssociatePublicIP asks for a public address, whatever the subnet's setting.
	AssociatePublicIP Fact[bool]           `cfn:"NetworkInterfaces.AssociatePublicIpAddress" tf:"associate_public_ip_address"`
	PublicIP          Fact[string]         `as:"public_ip" aws:"PublicIpAddress"`
	PrivateIP         Fact[string]         `as:"private_ip" cfn:"PrivateIpAddress" tf:"private_ip" aws:"PrivateIpAddress"`
	Profile           Fact[string]         `cfn:"IamInstanceProfile" tf:"iam_instance_profile" aws:"IamInstanceProfile.Arn"`
	Template          Link[LaunchTemplate] `cfn:"LaunchTemplate.LaunchTemplateId|LaunchTemplate.LaunchTemplateName" tf:"launch_template.id|launch_template.name"`
	// MetadataTokens is required where the metadata service takes signed session tokens only (IMDSv2).
	MetadataTokens   Fact[string]        `cfn:"MetadataOptions.HttpTokens" tf:"metadata_options.http_tokens" aws:"MetadataOptions.HttpTokens"`
	MetadataEndpoint Fact[string]        `cfn:"MetadataOptions.HttpEndpoint" tf:"metadata_options.http_endpoint" aws:"MetadataOptions.HttpEndpoint" default:"enabled"`
	UserData         Fact[string]        `cfn:"UserData" tf:"user_data|user_data_base64" secret:"true"`
	Volumes          Fact[[]BlockDevice] `cfn:"BlockDeviceMappings" tf:"ebs_block_device"`
	RootVolume       Fact[BlockDevice]   `tf:"root_block_device"`
}

// BlockDevice is a disk that is made with an instance.
type BlockDevice struct {
	Device    Fact[string] `cfn:"DeviceName" tf:"device_name" aws:"DeviceName"`
	Encrypted Fact[bool]   `cfn:"Ebs.Encrypted" tf:"encrypted|ebs.encrypted" default:"false"`
	KMSKey    Link[KMSKey] `cfn:"Ebs.KmsKeyId" tf:"kms_key_id|ebs.kms_key_id"`
}

// LaunchTemplate is what an auto scaling group, or an instance, is made from.
type LaunchTemplate struct {
	Resource `kind:"launch_template" var:"instance" cfn:"AWS::EC2::LaunchTemplate" tf:"aws_launch_template" aws:"ec2:LaunchTemplate"`

	AssignedID        Fact[string]                `as:"id" name:"true" aws:"LaunchTemplateId"`
	Name              Fact[string]                `name:"true" cfn:"LaunchTemplateName" tf:"name" aws:"LaunchTemplateName"`
	Subnet            Link[Subnet]                `cfn:"LaunchTemplateData.NetworkInterfaces.SubnetId" tf:"network_interfaces.subnet_id"`
	SecurityGroups    Fact[[]Link[SecurityGroup]] `cfn:"LaunchTemplateData.SecurityGroupIds|LaunchTemplateData.NetworkInterfaces.Groups" tf:"vpc_security_group_ids|network_interfaces.security_groups"`
	AssociatePublicIP Fact[bool]                  `cfn:"LaunchTemplateData.NetworkInterfaces.AssociatePublicIpAddress" tf:"network_interfaces.associate_public_ip_address"`
	MetadataTokens    Fact[string]                `cfn:"LaunchTemplateData.MetadataOptions.HttpTokens" tf:"metadata_options.http_tokens"`
	MetadataEndpoint  Fact[string]                `cfn:"LaunchTemplateData.MetadataOptions.HttpEndpoint" tf:"metadata_options.http_endpoint" default:"enabled"`
	UserData          Fact[string]                `cfn:"LaunchTemplateData.UserData" tf:"user_data" secret:"true"`
}

// LaunchConfiguration is the older form of a launch template.
type LaunchConfiguration struct {
	Resource `kind:"launch_configuration" var:"instance" cfn:"AWS::AutoScaling::LaunchConfiguration" tf:"aws_launch_configuration" aws:"autoscaling:LaunchConfiguration"`

	Name              Fact[string]                `name:"true" cfn:"LaunchConfigurationName" tf:"name" aws:"LaunchConfigurationName"`
	SecurityGroups    Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroups" tf:"security_groups" aws:"SecurityGroups"`
	AssociatePublicIP Fact[bool]                  `cfn:"AssociatePublicIpAddress" tf:"associate_public_ip_address" aws:"AssociatePublicIpAddress"`
	MetadataTokens    Fact[string]                `cfn:"MetadataOptions.HttpTokens" tf:"metadata_options.http_tokens" aws:"MetadataOptions.HttpTokens"`
	MetadataEndpoint  Fact[string]                `cfn:"MetadataOptions.HttpEndpoint" tf:"metadata_options.http_endpoint" aws:"MetadataOptions.HttpEndpoint" default:"enabled"`
	UserData          Fact[string]                `cfn:"UserData" tf:"user_data|user_data_base64" secret:"true"`
}
