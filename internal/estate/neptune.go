package estate

// NeptuneCluster is an Amazon Neptune cluster. It holds the data; its instances only compute.
type NeptuneCluster struct {
	Resource `kind:"neptune_cluster" var:"cluster" store:"neptune" cfn:"AWS::Neptune::DBCluster" tf:"aws_neptune_cluster" aws:"neptune:DBCluster" arn:"rds:{region}:{account}:cluster:{name}"`

	Identifier       Fact[string] `name:"true" cfn:"DBClusterIdentifier" tf:"cluster_identifier" aws:"DBClusterIdentifier"`
	EngineVersion    Fact[string] `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	StorageEncrypted Fact[bool]   `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	KMSKey           Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_arn" aws:"KmsKeyId"`
	StorageType      Fact[string] `tf:"storage_type" aws:"StorageType"`

	// IAMAuthentication has every request signed by an IAM principal; without it whoever reaches the port is in.
	IAMAuthentication   Fact[bool]            `cfn:"IamAuthEnabled" tf:"iam_database_authentication_enabled" aws:"IAMDatabaseAuthenticationEnabled" default:"false"`
	Roles               Fact[[]Link[IAMRole]] `cfn:"AssociatedRoles.*.RoleArn" tf:"iam_roles" aws:"AssociatedRoles.*.RoleArn"`
	BackupRetentionDays Fact[int64]           `cfn:"BackupRetentionPeriod" tf:"backup_retention_period" aws:"BackupRetentionPeriod" default:"1"`
	BackupWindow        Fact[string]          `cfn:"PreferredBackupWindow" tf:"preferred_backup_window" aws:"PreferredBackupWindow"`
	DeletionProtection  Fact[bool]            `cfn:"DeletionProtection" tf:"deletion_protection" aws:"DeletionProtection" default:"false"`
	SkipFinalSnapshot   Fact[bool]            `tf:"skip_final_snapshot" tfdefault:"false"`
	CopyTagsToSnapshot  Fact[bool]            `cfn:"CopyTagsToSnapshot" tf:"copy_tags_to_snapshot" aws:"CopyTagsToSnapshot" default:"false"`
	LogExports          Fact[Strings]         `cfn:"EnableCloudwatchLogsExports" tf:"enable_cloudwatch_logs_exports" aws:"EnabledCloudwatchLogsExports"`
	MaintenanceWindow   Fact[string]          `cfn:"PreferredMaintenanceWindow" tf:"preferred_maintenance_window" aws:"PreferredMaintenanceWindow"`

	Port           Fact[int64]                        `cfn:"DBPort" tf:"port" aws:"Port" default:"8182"`
	Zones          Fact[Strings]                      `cfn:"AvailabilityZones" tf:"availability_zones" aws:"AvailabilityZones"`
	SecurityGroups Fact[[]Link[SecurityGroup]]        `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids" aws:"VpcSecurityGroups.*.VpcSecurityGroupId"`
	SubnetGroup    Link[NeptuneSubnetGroup]           `cfn:"DBSubnetGroupName" tf:"neptune_subnet_group_name" aws:"DBSubnetGroup"`
	ParameterGroup Link[NeptuneClusterParameterGroup] `cfn:"DBClusterParameterGroupName" tf:"neptune_cluster_parameter_group_name" aws:"DBClusterParameterGroup"`
	GlobalCluster  Link[NeptuneGlobalCluster]         `cfn:"GlobalClusterIdentifier" tf:"global_cluster_identifier"`
	// Snapshot and SourceCluster are what the cluster is restored from, with their encryption unless it states its own.
	Snapshot      Link[NeptuneClusterSnapshot] `cfn:"SnapshotIdentifier" tf:"snapshot_identifier"`
	SourceCluster Link[NeptuneCluster]         `cfn:"SourceDBClusterIdentifier" tf:"replication_source_identifier" aws:"ReplicationSourceIdentifier"`
}

// Encrypted reports whether the cluster's storage is encrypted: as written, or as what it is restored from.
func (c *NeptuneCluster) Encrypted() Fact[bool] {
	switch {
	case c.StorageEncrypted.State != Absent:
		return c.StorageEncrypted
	case c.SourceCluster.Target() != nil:
		return c.SourceCluster.Target().StorageEncrypted
	case c.Snapshot.Target() != nil:
		return c.Snapshot.Target().Encrypted()
	}
	return restoredEncryption(&c.StorageEncrypted, &c.KMSKey, &c.SourceCluster.Fact, &c.Snapshot.Fact)
}

// CustomerKey reports whether the cluster names a key the customer manages.
func (c *NeptuneCluster) CustomerKey() Fact[bool] { return customerKey(&c.KMSKey) }

// MultiAZ reports whether an instance in another zone takes over when one is lost.
func (c *NeptuneCluster) MultiAZ() Fact[bool] {
	var members []clusterMember
	for _, i := range All[NeptuneInstance](c.estate) {
		members = append(members, clusterMember{i.decl, i.Cluster.To, &i.Cluster.Fact, &i.Zone})
	}
	return spansZones(c.self, members)
}

// Parameter is the value of a cluster parameter that holds: from the parameter group, else the engine's default.
func (c *NeptuneCluster) Parameter(name string) Fact[string] {
	var group *Fact[Pairs]
	if g := c.ParameterGroup.Target(); g != nil {
		group = &g.Parameters
	}
	return effectiveParameter(name, KnownFact("neptune", c.decl.Origin), c.EngineVersion, &c.ParameterGroup.Fact, group)
}

// NeptuneInstance is one instance of a cluster.
type NeptuneInstance struct {
	Resource `kind:"neptune_instance" var:"instance" cfn:"AWS::Neptune::DBInstance" tf:"aws_neptune_cluster_instance" aws:"neptune:DBInstance" arn:"rds:{region}:{account}:db:{name}"`

	Identifier         Fact[string]                `name:"true" cfn:"DBInstanceIdentifier" tf:"identifier" aws:"DBInstanceIdentifier"`
	Cluster            Link[NeptuneCluster]        `cfn:"DBClusterIdentifier" tf:"cluster_identifier" aws:"DBClusterIdentifier"`
	Class              Fact[string]                `as:"instance_class" cfn:"DBInstanceClass" tf:"instance_class" aws:"DBInstanceClass"`
	Zone               Fact[string]                `cfn:"AvailabilityZone" tf:"availability_zone" aws:"AvailabilityZone"`
	PubliclyAccessible Fact[bool]                  `cfn:"PubliclyAccessible" tf:"publicly_accessible" aws:"PubliclyAccessible" default:"false"`
	AutoMinorUpgrade   Fact[bool]                  `cfn:"AutoMinorVersionUpgrade" tf:"auto_minor_version_upgrade" aws:"AutoMinorVersionUpgrade" tfdefault:"true"`
	SubnetGroup        Link[NeptuneSubnetGroup]    `cfn:"DBSubnetGroupName" tf:"neptune_subnet_group_name" aws:"DBSubnetGroup.DBSubnetGroupName"`
	ParameterGroup     Link[NeptuneParameterGroup] `cfn:"DBParameterGroupName" tf:"neptune_parameter_group_name" aws:"DBParameterGroups.DBParameterGroupName"`
	PromotionTier      Fact[int64]                 `tf:"promotion_tier" aws:"PromotionTier"`
}

// NeptuneClusterParameterGroup holds the engine parameters of clusters, such as neptune_enable_audit_log.
type NeptuneClusterParameterGroup struct {
	Resource `kind:"neptune_cluster_parameter_group" var:"group" cfn:"AWS::Neptune::DBClusterParameterGroup" tf:"aws_neptune_cluster_parameter_group" aws:"neptune:DBClusterParameterGroup"`

	Name       Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"DBClusterParameterGroupName"`
	Family     Fact[string] `cfn:"Family" tf:"family" aws:"DBParameterGroupFamily"`
	Parameters Fact[Pairs]  `cfn:"Parameters" tf:"parameter,pairs=name/value" aws:"Parameters,pairs=ParameterName/ParameterValue"`
}

// NeptuneParameterGroup holds the engine parameters of instances.
type NeptuneParameterGroup struct {
	Resource `kind:"neptune_parameter_group" var:"group" cfn:"AWS::Neptune::DBParameterGroup" tf:"aws_neptune_parameter_group" aws:"neptune:DBParameterGroup"`

	Name       Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"DBParameterGroupName"`
	Family     Fact[string] `cfn:"Family" tf:"family" aws:"DBParameterGroupFamily"`
	Parameters Fact[Pairs]  `cfn:"Parameters" tf:"parameter,pairs=name/value" aws:"Parameters,pairs=ParameterName/ParameterValue"`
}

// NeptuneSubnetGroup says in which subnets a cluster's instances stand.
type NeptuneSubnetGroup struct {
	Resource `kind:"neptune_subnet_group" var:"group" cfn:"AWS::Neptune::DBSubnetGroup" tf:"aws_neptune_subnet_group" aws:"neptune:DBSubnetGroup"`

	Name    Fact[string]         `name:"true" cfn:"DBSubnetGroupName" tf:"name" aws:"DBSubnetGroupName"`
	Subnets Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids" aws:"Subnets.*.SubnetIdentifier"`
}

// NeptuneGlobalCluster joins clusters in several regions: one is written to, the others follow.
type NeptuneGlobalCluster struct {
	Resource `kind:"neptune_global_cluster" var:"cluster" cfn:"AWS::Neptune::GlobalCluster" tf:"aws_neptune_global_cluster" aws:"neptune:GlobalCluster"`

	Identifier         Fact[string]         `name:"true" cfn:"GlobalClusterIdentifier" tf:"global_cluster_identifier" aws:"GlobalClusterIdentifier"`
	StorageEncrypted   Fact[bool]           `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	DeletionProtection Fact[bool]           `cfn:"DeletionProtection" tf:"deletion_protection" aws:"DeletionProtection" default:"false"`
	SourceCluster      Link[NeptuneCluster] `cfn:"SourceDBClusterIdentifier" tf:"source_db_cluster_identifier"`
}

// Encrypted reports whether the clusters joined are encrypted: as written, or as the cluster it is made of.
func (g *NeptuneGlobalCluster) Encrypted() Fact[bool] {
	if c := g.SourceCluster.Target(); c != nil && g.StorageEncrypted.State == Absent {
		return c.Encrypted()
	}
	return g.StorageEncrypted
}

// NeptuneClusterSnapshot is a snapshot taken by hand. It has the encryption of its cluster; what Terraform configurations
// write here in its place is taken at its word.
type NeptuneClusterSnapshot struct {
	Resource `kind:"neptune_cluster_snapshot" var:"snapshot" tf:"aws_neptune_cluster_snapshot" aws:"neptune:DBClusterSnapshot" arn:"rds:{region}:{account}:cluster-snapshot:{name}"`

	Identifier       Fact[string]         `name:"true" tf:"db_cluster_snapshot_identifier" aws:"DBClusterSnapshotIdentifier"`
	Cluster          Link[NeptuneCluster] `tf:"db_cluster_identifier" aws:"DBClusterIdentifier"`
	StorageEncrypted Fact[bool]           `tf:"storage_encrypted" aws:"StorageEncrypted"`
	KMSKey           Link[KMSKey]         `tf:"kms_key_id" aws:"KmsKeyId"`
}

// Encrypted reports whether the snapshot is encrypted.
func (s *NeptuneClusterSnapshot) Encrypted() Fact[bool] {
	if c := s.Cluster.Target(); c != nil && s.StorageEncrypted.State == Absent {
		return c.StorageEncrypted
	}
	return snapshotEncryption(&s.StorageEncrypted, &s.Cluster.Fact)
}

// CustomerKey reports whether the snapshot, or the cluster it is of, names a key the customer manages.
func (s *NeptuneClusterSnapshot) CustomerKey() Fact[bool] {
	if given, known := s.KMSKey.Given(); given || !known {
		return customerKey(&s.KMSKey)
	}
	if c := s.Cluster.Target(); c != nil {
		return c.CustomerKey()
	}
	own := customerKey(&s.KMSKey)
	own.State = Absent
	return snapshotEncryption(&own, &s.Cluster.Fact)
}

// NeptuneEventSubscription sends events of clusters and instances to an SNS topic.
type NeptuneEventSubscription struct {
	Resource `kind:"neptune_event_subscription" var:"subscription" cfn:"AWS::Neptune::EventSubscription" tf:"aws_neptune_event_subscription"`

	Name       Fact[string]  `name:"true" cfn:"SubscriptionName" tf:"name"`
	Topic      Link[Topic]   `cfn:"SnsTopicArn" tf:"sns_topic_arn"`
	Enabled    Fact[bool]    `cfn:"Enabled" tf:"enabled" default:"true"`
	SourceType Fact[string]  `cfn:"SourceType" tf:"source_type"`
	Sources    Fact[Strings] `cfn:"SourceIds" tf:"source_ids"`
	Categories Fact[Strings] `cfn:"EventCategories" tf:"event_categories"`
}

// NeptuneGraph is a graph of Neptune Analytics, in memory. It is always encrypted.
type NeptuneGraph struct {
	Resource `kind:"neptune_graph" var:"graph" store:"neptune" cfn:"AWS::NeptuneGraph::Graph" tf:"aws_neptunegraph_graph" arn:"neptune-graph:{region}:{account}:graph/{name}"`

	Identifier         Fact[string] `name:"true" cfn:"GraphName" tf:"graph_name"`
	KMSKey             Link[KMSKey] `cfn:"KmsKeyIdentifier" tf:"kms_key_identifier"`
	DeletionProtection Fact[bool]   `cfn:"DeletionProtection" tf:"deletion_protection" tfdefault:"true"`
	PubliclyAccessible Fact[bool]   `cfn:"PublicConnectivity" tf:"public_connectivity" tfdefault:"false"`
	Replicas           Fact[int64]  `cfn:"ReplicaCount" tf:"replica_count" tfdefault:"1"`
}
