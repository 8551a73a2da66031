package estate

import "strings"

// CacheReplicationGroup is a Redis or Valkey cache with its replicas.
type CacheReplicationGroup struct {
	Resource `kind:"cache_replication_group" var:"cache" store:"elasticache" cfn:"AWS::ElastiCache::ReplicationGroup" tf:"aws_elasticache_replication_group" aws:"elasticache:ReplicationGroup" arn:"elasticache:{region}:{account}:replicationgroup:{name}"`

	Identifier     Fact[string]                 `name:"true" cfn:"ReplicationGroupId" tf:"replication_group_id" aws:"ReplicationGroupId"`
	Engine         Fact[string]                 `cfn:"Engine" tf:"engine" aws:"Engine" default:"redis"`
	EngineVersion  Fact[string]                 `cfn:"EngineVersion" tf:"engine_version"`
	NodeType       Fact[string]                 `cfn:"CacheNodeType" tf:"node_type" aws:"CacheNodeType"`
	AtRest         Fact[bool]                   `as:"storage_encrypted" cfn:"AtRestEncryptionEnabled" tf:"at_rest_encryption_enabled" aws:"AtRestEncryptionEnabled" default:"false"`
	InTransit      Fact[bool]                   `cfn:"TransitEncryptionEnabled" tf:"transit_encryption_enabled" aws:"TransitEncryptionEnabled" default:"false"`
	TransitMode    Fact[string]                 `cfn:"TransitEncryptionMode" tf:"transit_encryption_mode" aws:"TransitEncryptionMode"`
	KMSKey         Link[KMSKey]                 `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	AuthToken      Fact[string]                 `secret:"true" cfn:"AuthToken" tf:"auth_token"`
	UserGroups     Fact[[]Link[CacheUserGroup]] `cfn:"UserGroupIds" tf:"user_group_ids" aws:"UserGroupIds"`
	Failover       Fact[bool]                   `cfn:"AutomaticFailoverEnabled" tf:"automatic_failover_enabled" cfndefault:"true" tfdefault:"false"`
	MultiAZ        Fact[bool]                   `cfn:"MultiAZEnabled" tf:"multi_az_enabled" default:"false"`
	SnapshotDays   Fact[int64]                  `cfn:"SnapshotRetentionLimit" tf:"snapshot_retention_limit" aws:"SnapshotRetentionLimit" default:"0"`
	MinorUpgrade   Fact[bool]                   `cfn:"AutoMinorVersionUpgrade" tf:"auto_minor_version_upgrade" aws:"AutoMinorVersionUpgrade" default:"true"`
	Port           Fact[int64]                  `cfn:"Port" tf:"port" default:"6379"`
	SubnetGroup    Link[CacheSubnetGroup]       `cfn:"CacheSubnetGroupName" tf:"subnet_group_name"`
	ParameterGroup Fact[string]                 `cfn:"CacheParameterGroupName" tf:"parameter_group_name"`
	SecurityGroups Fact[[]Link[SecurityGroup]]  `cfn:"SecurityGroupIds" tf:"security_group_ids"`
	LogTypes       Fact[Strings]                `cfn:"LogDeliveryConfigurations.*.LogType" tf:"log_delivery_configuration.*.log_type"`
	FinalSnapshot  Fact[string]                 `tf:"final_snapshot_identifier"`
}

// CustomerKey reports whether the cache names a key the customer manages.
func (c *CacheReplicationGroup) CustomerKey() Fact[bool] { return customerKey(&c.KMSKey) }

// CacheCluster is a single cache: Memcached, one Redis node, or a member of a replication group.
type CacheCluster struct {
	Resource `kind:"cache_cluster" var:"cache" store:"elasticache" cfn:"AWS::ElastiCache::CacheCluster" tf:"aws_elasticache_cluster" aws:"elasticache:CacheCluster" arn:"elasticache:{region}:{account}:cluster:{name}"`

	Identifier       Fact[string]                `name:"true" cfn:"ClusterName" tf:"cluster_id" aws:"CacheClusterId"`
	Engine           Fact[string]                `cfn:"Engine" tf:"engine" aws:"Engine"`
	EngineVersion    Fact[string]                `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	NodeType         Fact[string]                `cfn:"CacheNodeType" tf:"node_type" aws:"CacheNodeType"`
	ReplicationGroup Link[CacheReplicationGroup] `tf:"replication_group_id" aws:"ReplicationGroupId"`
	InTransit        Fact[bool]                  `cfn:"TransitEncryptionEnabled" tf:"transit_encryption_enabled" aws:"TransitEncryptionEnabled" default:"false"`
	SnapshotDays     Fact[int64]                 `cfn:"SnapshotRetentionLimit" tf:"snapshot_retention_limit" aws:"SnapshotRetentionLimit" default:"0"`
	MinorUpgrade     Fact[bool]                  `cfn:"AutoMinorVersionUpgrade" tf:"auto_minor_version_upgrade" aws:"AutoMinorVersionUpgrade" default:"true"`
	AZMode           Fact[string]                `as:"az_mode" cfn:"AZMode" tf:"az_mode" default:"single-az"`
	Nodes            Fact[int64]                 `cfn:"NumCacheNodes" tf:"num_cache_nodes" aws:"NumCacheNodes" default:"1"`
	Port             Fact[int64]                 `cfn:"Port" tf:"port" default:"0"`
	SubnetGroup      Link[CacheSubnetGroup]      `cfn:"CacheSubnetGroupName" tf:"subnet_group_name" aws:"CacheSubnetGroupName"`
	SecurityGroups   Fact[[]Link[SecurityGroup]] `cfn:"VpcSecurityGroupIds" tf:"security_group_ids"`
}

// PartOf is the replication group the cluster is a member of.
func (c *CacheCluster) PartOf() (whole AnyResource, part bool) {
	return c.ReplicationGroup.To, c.ReplicationGroup.State == Known
}

// Persistent reports whether the cache can make snapshots: Redis and Valkey can, but not on the smallest old nodes.
func (c *CacheCluster) Persistent() Fact[bool] {
	if c.Engine.State == Unknown {
		return UnknownLike[bool](c.Engine.Meta)
	}
	if c.Engine.Value == "memcached" {
		return KnownFact(false, c.Engine.Origin)
	}
	return KnownFact(!strings.HasPrefix(c.NodeType.Value, "cache.t1."), c.Engine.Origin)
}

// ServerlessCache is a cache without nodes; it is always encrypted, at rest and in transit.
type ServerlessCache struct {
	Resource `kind:"serverless_cache" var:"cache" store:"elasticache" cfn:"AWS::ElastiCache::ServerlessCache" tf:"aws_elasticache_serverless_cache" arn:"elasticache:{region}:{account}:serverlesscache:{name}"`

	Identifier     Fact[string]                `name:"true" cfn:"ServerlessCacheName" tf:"name"`
	Engine         Fact[string]                `cfn:"Engine" tf:"engine"`
	KMSKey         Link[KMSKey]                `cfn:"KmsKeyId" tf:"kms_key_id"`
	SnapshotDays   Fact[int64]                 `cfn:"SnapshotRetentionLimit" tf:"snapshot_retention_limit" default:"0"`
	UserGroup      Link[CacheUserGroup]        `cfn:"UserGroupId" tf:"user_group_id"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroupIds" tf:"security_group_ids"`
	Subnets        Fact[[]Link[Subnet]]        `cfn:"SubnetIds" tf:"subnet_ids"`
}

// CacheSubnetGroup says in which subnets caches stand.
type CacheSubnetGroup struct {
	Resource `kind:"cache_subnet_group" var:"group" cfn:"AWS::ElastiCache::SubnetGroup" tf:"aws_elasticache_subnet_group"`

	Name    Fact[string]         `name:"true" cfn:"CacheSubnetGroupName" tf:"name"`
	Subnets Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids"`
}

// CacheUserGroup says who may use a cache.
type CacheUserGroup struct {
	Resource `kind:"cache_user_group" var:"group" cfn:"AWS::ElastiCache::UserGroup" tf:"aws_elasticache_user_group"`

	Identifier Fact[string]            `name:"true" cfn:"UserGroupId" tf:"user_group_id"`
	Users      Fact[[]Link[CacheUser]] `cfn:"UserIds" tf:"user_ids"`
}

// CacheUser is a user of caches.
type CacheUser struct {
	Resource `kind:"cache_user" var:"user" cfn:"AWS::ElastiCache::User" tf:"aws_elasticache_user"`

	Identifier Fact[string]  `name:"true" cfn:"UserId" tf:"user_id"`
	Name       Fact[string]  `cfn:"UserName" tf:"user_name"`
	Access     Fact[string]  `cfn:"AccessString" tf:"access_string"`
	NoPassword Fact[bool]    `cfn:"NoPasswordRequired" tf:"no_password_required" default:"false"`
	Passwords  Fact[Strings] `secret:"true" cfn:"Passwords" tf:"passwords"`
}

// CacheSecurityGroup is a security group of the time before VPCs.
type CacheSecurityGroup struct {
	Resource `kind:"cache_security_group" var:"group" cfn:"AWS::ElastiCache::SecurityGroup" tf:"aws_elasticache_security_group"`

	Description Fact[string] `cfn:"Description" tf:"description"`
}
