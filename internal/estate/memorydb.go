package estate

// MemoryDBCluster is a MemoryDB cluster.
type MemoryDBCluster struct {
	Resource `kind:"memorydb_cluster" var:"cluster" store:"memorydb" cfn:"AWS::MemoryDB::Cluster" tf:"aws_memorydb_cluster" aws:"memorydb:Cluster" arn:"memorydb:{region}:{account}:cluster/{name}"`

	Identifier     Fact[string]                `name:"true" cfn:"ClusterName" tf:"name" aws:"Name"`
	Engine         Fact[string]                `cfn:"Engine" tf:"engine" default:"redis"`
	EngineVersion  Fact[string]                `cfn:"EngineVersion" tf:"engine_version"`
	KMSKey         Link[KMSKey]                `cfn:"KmsKeyId" tf:"kms_key_arn" aws:"KmsKeyId"`
	InTransit      Fact[bool]                  `as:"tls" cfn:"TLSEnabled" tf:"tls_enabled" aws:"TLSEnabled" default:"true"`
	MinorUpgrade   Fact[bool]                  `cfn:"AutoMinorVersionUpgrade" tf:"auto_minor_version_upgrade" default:"true"`
	SnapshotDays   Fact[int64]                 `cfn:"SnapshotRetentionLimit" tf:"snapshot_retention_limit" default:"0"`
	FinalSnapshot  Fact[string]                `cfn:"FinalSnapshotName" tf:"final_snapshot_name"`
	ACL            Fact[string]                `as:"acl" cfn:"ACLName" tf:"acl_name"`
	Replicas       Fact[int64]                 `cfn:"NumReplicasPerShard" tf:"num_replicas_per_shard" default:"1"`
	Port           Fact[int64]                 `cfn:"Port" tf:"port" default:"6379"`
	SubnetGroup    Fact[string]                `cfn:"SubnetGroupName" tf:"subnet_group_name"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroupIds" tf:"security_group_ids"`
}

// CustomerKey reports whether the cluster names a key the customer manages.
func (c *MemoryDBCluster) CustomerKey() Fact[bool] { return customerKey(&c.KMSKey) }

// MemoryDBSnapshot is a snapshot of a MemoryDB cluster (Terraform).
type MemoryDBSnapshot struct {
	Resource `kind:"memorydb_snapshot" var:"snapshot" tf:"aws_memorydb_snapshot"`

	Name    Fact[string]          `name:"true" tf:"name"`
	Cluster Link[MemoryDBCluster] `tf:"cluster_name"`
	KMSKey  Link[KMSKey]          `tf:"kms_key_arn"`
}

// CustomerKey reports whether the snapshot names a key the customer manages.
func (s *MemoryDBSnapshot) CustomerKey() Fact[bool] { return customerKey(&s.KMSKey) }

// MemoryDBUser is a user of MemoryDB.
type MemoryDBUser struct {
	Resource `kind:"memorydb_user" var:"user" cfn:"AWS::MemoryDB::User" tf:"aws_memorydb_user"`

	Name   Fact[string] `name:"true" cfn:"UserName" tf:"user_name"`
	Access Fact[string] `cfn:"AccessString" tf:"access_string"`
	Auth   Fact[string] `cfn:"AuthenticationMode.Type" tf:"authentication_mode.type"`
}
