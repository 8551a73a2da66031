package estate

import "strings"

// DBCluster is an Aurora or Multi-AZ DB cluster. It holds storage, backups and deletion protection for its instances.
type DBCluster struct {
	Resource `kind:"db_cluster" var:"db" store:"rds" cfn:"AWS::RDS::DBCluster" tf:"aws_rds_cluster" aws:"rds:DBCluster" arn:"rds:{region}:{account}:cluster:{name}"`

	Identifier       Fact[string] `name:"true" cfn:"DBClusterIdentifier" tf:"cluster_identifier" aws:"DBClusterIdentifier"`
	Engine           Fact[string] `cfn:"Engine" tf:"engine" aws:"Engine" tfdefault:"aurora"`
	EngineVersion    Fact[string] `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	EngineMode       Fact[string] `cfn:"EngineMode" tf:"engine_mode" aws:"EngineMode" default:"provisioned"`
	LifecycleSupport Fact[string] `cfn:"EngineLifecycleSupport" tf:"engine_lifecycle_support" aws:"EngineLifecycleSupport" default:"open-source-rds-extended-support"`
	// InstanceClass is given for a Multi-AZ DB cluster only, whose three instances are not declared by themselves.
	InstanceClass Fact[string] `cfn:"DBClusterInstanceClass" tf:"db_cluster_instance_class" aws:"DBClusterInstanceClass"`
	DatabaseName  Fact[string] `cfn:"DatabaseName" tf:"database_name" aws:"DatabaseName"`

	StorageEncrypted Fact[bool]   `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	KMSKey           Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	StorageType      Fact[string] `cfn:"StorageType" tf:"storage_type" aws:"StorageType"`

	BackupRetentionDays    Fact[int64]  `cfn:"BackupRetentionPeriod" tf:"backup_retention_period" aws:"BackupRetentionPeriod" default:"1"`
	BackupWindow           Fact[string] `cfn:"PreferredBackupWindow" tf:"preferred_backup_window" aws:"PreferredBackupWindow"`
	DeleteAutomatedBackups Fact[bool]   `cfn:"DeleteAutomatedBackups" tf:"delete_automated_backups" default:"true"`
	// BacktrackSeconds is how far an Aurora MySQL cluster can be wound back in place; 0 switches it off.
	BacktrackSeconds   Fact[int64]  `cfn:"BacktrackWindow" tf:"backtrack_window" aws:"BacktrackWindow" default:"0"`
	CopyTagsToSnapshot Fact[bool]   `cfn:"CopyTagsToSnapshot" tf:"copy_tags_to_snapshot" aws:"CopyTagsToSnapshot" default:"false"`
	DeletionProtection Fact[bool]   `cfn:"DeletionProtection" tf:"deletion_protection" aws:"DeletionProtection" default:"false"`
	SkipFinalSnapshot  Fact[bool]   `tf:"skip_final_snapshot" tfdefault:"false"`
	FinalSnapshot      Fact[string] `tf:"final_snapshot_identifier"`

	Zones              Fact[Strings]               `cfn:"AvailabilityZones" tf:"availability_zones" aws:"AvailabilityZones"`
	PubliclyAccessible Fact[bool]                  `cfn:"PubliclyAccessible" aws:"PubliclyAccessible" default:"false"`
	Port               Fact[int64]                 `cfn:"Port" tf:"port" aws:"Port"`
	NetworkType        Fact[string]                `cfn:"NetworkType" tf:"network_type" aws:"NetworkType" default:"IPV4"`
	SecurityGroups     Fact[[]Link[SecurityGroup]] `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids" aws:"VpcSecurityGroups.*.VpcSecurityGroupId"`
	SubnetGroup        Link[DBSubnetGroup]         `cfn:"DBSubnetGroupName" tf:"db_subnet_group_name" aws:"DBSubnetGroup"`
	// DataAPI lets SQL in over HTTPS, with IAM instead of the network in front of it.
	DataAPI Fact[bool] `cfn:"EnableHttpEndpoint" tf:"enable_http_endpoint" aws:"HttpEndpointEnabled" default:"false"`

	MasterUsername    Fact[string] `cfn:"MasterUsername" tf:"master_username" aws:"MasterUsername"`
	MasterPassword    Fact[string] `secret:"true" cfn:"MasterUserPassword" tf:"master_password"`
	ManagedPassword   Fact[bool]   `cfn:"ManageMasterUserPassword" tf:"manage_master_user_password" default:"false"`
	SecretKMSKey      Link[KMSKey] `cfn:"MasterUserSecret.KmsKeyId" tf:"master_user_secret_kms_key_id" aws:"MasterUserSecret.KmsKeyId"`
	IAMAuthentication Fact[bool]   `cfn:"EnableIAMDatabaseAuthentication" tf:"iam_database_authentication_enabled" aws:"IAMDatabaseAuthenticationEnabled" default:"false"`
	Domain            Fact[string] `cfn:"Domain" tf:"domain"`
	CACertificate     Fact[string] `tf:"ca_certificate_identifier" aws:"CertificateDetails.CAIdentifier"`

	LogExports                Fact[Strings] `cfn:"EnableCloudwatchLogsExports" tf:"enabled_cloudwatch_logs_exports" aws:"EnabledCloudwatchLogsExports"`
	MonitoringInterval        Fact[int64]   `cfn:"MonitoringInterval" tf:"monitoring_interval" aws:"MonitoringInterval" default:"0"`
	MonitoringRole            Fact[string]  `cfn:"MonitoringRoleArn" tf:"monitoring_role_arn" aws:"MonitoringRoleArn"`
	PerformanceInsights       Fact[bool]    `cfn:"PerformanceInsightsEnabled" tf:"performance_insights_enabled" aws:"PerformanceInsightsEnabled" default:"false"`
	PerformanceInsightsKMSKey Link[KMSKey]  `cfn:"PerformanceInsightsKmsKeyId" tf:"performance_insights_kms_key_id" aws:"PerformanceInsightsKMSKeyId"`
	// AutoMinorUpgrade is a Multi-AZ DB cluster's; Aurora has it on the instances.
	AutoMinorUpgrade  Fact[bool]   `cfn:"AutoMinorVersionUpgrade" aws:"AutoMinorVersionUpgrade" default:"true"`
	MaintenanceWindow Fact[string] `cfn:"PreferredMaintenanceWindow" tf:"preferred_maintenance_window" aws:"PreferredMaintenanceWindow"`

	ParameterGroup Link[DBClusterParameterGroup] `cfn:"DBClusterParameterGroupName" tf:"db_cluster_parameter_group_name" aws:"DBClusterParameterGroup"`
	GlobalCluster  Link[DBGlobalCluster]         `cfn:"GlobalClusterIdentifier" tf:"global_cluster_identifier"`

	// ReplicaOf is the cluster or instance in another region that this one follows.
	ReplicaOf Link[DBCluster] `cfn:"ReplicationSourceIdentifier" tf:"replication_source_identifier" aws:"ReplicationSourceIdentifier"`
	// Snapshot and RestoredFrom are what a new cluster gets its data from.
	Snapshot     Link[DBClusterSnapshot] `cfn:"SnapshotIdentifier" tf:"snapshot_identifier"`
	RestoredFrom Link[DBCluster]         `cfn:"SourceDBClusterIdentifier|SourceDbClusterResourceId" tf:"restore_to_point_in_time.source_cluster_identifier|restore_to_point_in_time.source_cluster_resource_id"`
}

// ClusterMember is false: a cluster is the whole. It is here so that one safeguard can look at instances and clusters.
func (c *DBCluster) ClusterMember() Fact[bool] { return KnownFact(false, c.decl.Origin) }

// Replica reports whether the cluster follows another one.
func (c *DBCluster) Replica() Fact[bool] { return names(&c.ReplicaOf.Fact) }

// Restored reports whether a new cluster gets its data from a snapshot or another cluster.
func (c *DBCluster) Restored() Fact[bool] {
	return anyTrue(c.decl.Origin, []Fact[bool]{names(&c.Snapshot.Fact), names(&c.RestoredFrom.Fact)})
}

// Aurora reports whether it is an Aurora cluster, not a Multi-AZ DB cluster of MySQL or PostgreSQL.
func (c *DBCluster) Aurora() Fact[bool] {
	family := c.EngineFamily()
	if family.State == Unknown {
		return UnknownLike[bool](family.Meta)
	}
	return KnownFact(strings.HasPrefix(family.Value, "aurora"), family.Origin)
}

// Serverless reports whether it is Aurora Serverless v1, which has no instances of its own.
func (c *DBCluster) Serverless() Fact[bool] {
	if c.EngineMode.State == Unknown {
		return UnknownLike[bool](c.EngineMode.Meta)
	}
	return KnownFact(c.EngineMode.Value == "serverless", c.EngineMode.Origin)
}

// Encrypted reports whether the storage is encrypted: as written, or as what the cluster takes its data from. Aurora
// Serverless v1 is always encrypted.
func (c *DBCluster) Encrypted() Fact[bool] {
	switch {
	case c.EngineMode.State == Known && c.EngineMode.Value == "serverless":
		return KnownFact(true, c.EngineMode.Origin)
	case c.StorageEncrypted.State != Absent:
		return c.StorageEncrypted
	case c.RestoredFrom.Target() != nil:
		return c.RestoredFrom.Target().StorageEncrypted
	case c.Snapshot.Target() != nil:
		return c.Snapshot.Target().Encrypted()
	case c.GlobalCluster.Target() != nil:
		return c.GlobalCluster.Target().StorageEncrypted
	}
	return restoredEncryption(&c.StorageEncrypted, &c.KMSKey, &c.RestoredFrom.Fact, &c.Snapshot.Fact)
}

// CustomerKey reports whether the cluster names a key the customer manages.
func (c *DBCluster) CustomerKey() Fact[bool] { return customerKey(&c.KMSKey) }

// PerformanceInsightsCustomerKey reports whether Performance Insights names a key the customer manages.
func (c *DBCluster) PerformanceInsightsCustomerKey() Fact[bool] {
	return customerKey(&c.PerformanceInsightsKMSKey)
}

// PasswordWritten reports whether the master password stands in the template; see passwordWritten.
func (c *DBCluster) PasswordWritten() Fact[bool] { return passwordWritten(&c.MasterPassword) }

// UsernameWritten reports whether the master user's name stands in the template.
func (c *DBCluster) UsernameWritten() Fact[bool] { return passwordWritten(&c.MasterUsername) }

// DefaultUsername reports whether the master user has a name that every attacker tries first.
func (c *DBCluster) DefaultUsername() Fact[bool] { return defaultUsername(&c.MasterUsername) }

// DefaultPort reports whether the cluster listens where the engine does when nothing is written.
func (c *DBCluster) DefaultPort() Fact[bool] { return onDefaultPort(&c.Port, c.EngineFamily()) }

// HasParameterGroup reports whether the cluster has a parameter group of its own, one that can be changed.
func (c *DBCluster) HasParameterGroup() Fact[bool] { return ownGroup(&c.ParameterGroup.Fact) }

// MultiAZ reports whether an instance in another zone takes over when one is lost. A Multi-AZ DB cluster has three, and
// Serverless v1 starts anew in another zone.
func (c *DBCluster) MultiAZ() Fact[bool] {
	if c.InstanceClass.State != Absent || c.EngineMode.State == Known && c.EngineMode.Value == "serverless" {
		return KnownFact(true, c.decl.Origin)
	}
	var members []clusterMember
	for _, i := range All[DBInstance](c.estate) {
		members = append(members, clusterMember{i.decl, i.Cluster.To, &i.Cluster.Fact, &i.Zone})
	}
	return spansZones(c.self, members)
}

// DBGlobalCluster joins Aurora clusters in several regions: one is written to, the others follow.
type DBGlobalCluster struct {
	Resource `kind:"db_global_cluster" var:"db" cfn:"AWS::RDS::GlobalCluster" tf:"aws_rds_global_cluster" aws:"rds:GlobalCluster" arn:"rds::{account}:global-cluster:{name}"`

	Identifier         Fact[string]    `name:"true" cfn:"GlobalClusterIdentifier" tf:"global_cluster_identifier" aws:"GlobalClusterIdentifier"`
	Engine             Fact[string]    `cfn:"Engine" tf:"engine" aws:"Engine"`
	EngineVersion      Fact[string]    `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	LifecycleSupport   Fact[string]    `cfn:"EngineLifecycleSupport" tf:"engine_lifecycle_support" default:"open-source-rds-extended-support"`
	StorageEncrypted   Fact[bool]      `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	DeletionProtection Fact[bool]      `cfn:"DeletionProtection" tf:"deletion_protection" aws:"DeletionProtection" default:"false"`
	SourceCluster      Link[DBCluster] `cfn:"SourceDBClusterIdentifier" tf:"source_db_cluster_identifier"`
}

// Encrypted reports whether the clusters joined are encrypted: as written, or as the cluster it is made of.
func (g *DBGlobalCluster) Encrypted() Fact[bool] {
	if c := g.SourceCluster.Target(); c != nil && g.StorageEncrypted.State == Absent {
		return c.StorageEncrypted
	}
	return restoredEncryption(&g.StorageEncrypted, &Link[KMSKey]{}, &g.SourceCluster.Fact)
}

// DBShardGroup is the shards of an Aurora PostgreSQL Limitless Database.
type DBShardGroup struct {
	Resource `kind:"db_shard_group" cfn:"AWS::RDS::DBShardGroup" tf:"aws_rds_shard_group" aws:"rds:DBShardGroup"`

	Identifier         Fact[string]    `name:"true" cfn:"DBShardGroupIdentifier" tf:"db_shard_group_identifier" aws:"DBShardGroupIdentifier"`
	Cluster            Link[DBCluster] `cfn:"DBClusterIdentifier" tf:"db_cluster_identifier" aws:"DBClusterIdentifier"`
	PubliclyAccessible Fact[bool]      `cfn:"PubliclyAccessible" tf:"publicly_accessible" aws:"PubliclyAccessible" default:"false"`
	// ComputeRedundancy is how many standbys each shard has: 0, 1 or 2.
	ComputeRedundancy Fact[int64] `cfn:"ComputeRedundancy" tf:"compute_redundancy" aws:"ComputeRedundancy" default:"0"`
}
