package estate

// DAXCluster is a cache in front of DynamoDB tables. It holds their items in memory and on disk.
type DAXCluster struct {
	Resource `kind:"dax_cluster" var:"cluster" store:"dax" cfn:"AWS::DAX::Cluster" tf:"aws_dax_cluster" aws:"dax:Cluster" arn:"dax:{region}:{account}:cache/{name}"`

	Name              Fact[string] `name:"true" cfn:"ClusterName" tf:"cluster_name" aws:"ClusterName"`
	NodeType          Fact[string] `cfn:"NodeType" tf:"node_type" aws:"NodeType"`
	Encrypted         Fact[bool]   `cfn:"SSESpecification.SSEEnabled" tf:"server_side_encryption.enabled" default:"false"`
	EndpointEncrypted Fact[string] `as:"endpoint_encryption" cfn:"ClusterEndpointEncryptionType" tf:"cluster_endpoint_encryption_type" aws:"ClusterEndpointEncryptionType" default:"NONE"`
	// ReplicationFactor is the number of nodes, the primary included.
	ReplicationFactor Fact[int64]   `cfn:"ReplicationFactor" tf:"replication_factor" aws:"TotalNodes"`
	Zones             Fact[Strings] `cfn:"AvailabilityZones" tf:"availability_zones" aws:"Nodes.*.AvailabilityZone"`
	// Role is what the cluster reads and writes tables as.
	Role              Link[IAMRole]               `cfn:"IAMRoleARN" tf:"iam_role_arn" aws:"IamRoleArn"`
	SecurityGroups    Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroupIds" tf:"security_group_ids" aws:"SecurityGroups.*.SecurityGroupIdentifier"`
	SubnetGroup       Link[DAXSubnetGroup]        `cfn:"SubnetGroupName" tf:"subnet_group_name" aws:"SubnetGroup"`
	ParameterGroup    Link[DAXParameterGroup]     `cfn:"ParameterGroupName" tf:"parameter_group_name" aws:"ParameterGroup.ParameterGroupName"`
	Topic             Link[Topic]                 `as:"notification_topic" cfn:"NotificationTopicARN" tf:"notification_topic_arn" aws:"NotificationConfiguration.TopicArn"`
	MaintenanceWindow Fact[string]                `cfn:"PreferredMaintenanceWindow" tf:"maintenance_window" aws:"PreferredMaintenanceWindow"`
}

// DAXSubnetGroup says in which subnets a DAX cluster stands.
type DAXSubnetGroup struct {
	Resource `kind:"dax_subnet_group" var:"group" cfn:"AWS::DAX::SubnetGroup" tf:"aws_dax_subnet_group" aws:"dax:SubnetGroup"`

	Name    Fact[string]         `name:"true" cfn:"SubnetGroupName" tf:"name" aws:"SubnetGroupName"`
	Subnets Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids" aws:"Subnets.*.SubnetIdentifier"`
}

// DAXParameterGroup holds the settings of DAX clusters: how long items and query results are kept.
type DAXParameterGroup struct {
	Resource `kind:"dax_parameter_group" var:"group" cfn:"AWS::DAX::ParameterGroup" tf:"aws_dax_parameter_group" aws:"dax:ParameterGroup"`

	Name       Fact[string] `name:"true" cfn:"ParameterGroupName" tf:"name" aws:"ParameterGroupName"`
	Parameters Fact[Pairs]  `cfn:"ParameterNameValues" tf:"parameters,pairs=name/value"`
}
