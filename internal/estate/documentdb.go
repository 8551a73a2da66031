package estate

// DocumentDBCluster is an Amazon DocumentDB cluster on instances. It holds the data; its instances only compute.
type DocumentDBCluster struct {
	Resource `kind:"documentdb_cluster" var:"cluster" store:"documentdb" cfn:"AWS::DocDB::DBCluster" tf:"aws_docdb_cluster" aws:"docdb:DBCluster" arn:"rds:{region}:{account}:cluster:{name}"`

	Identifier       Fact[string] `name:"true" cfn:"DBClusterIdentifier" tf:"cluster_identifier" aws:"DBClusterIdentifier"`
	EngineVersion    Fact[string] `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	StorageEncrypted Fact[bool]   `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	KMSKey           Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	StorageType      Fact[string] `cfn:"StorageType" tf:"storage_type" aws:"StorageType" default:"standard"`

	BackupRetentionDays Fact[int64]   `cfn:"BackupRetentionPeriod" tf:"backup_retention_period" aws:"BackupRetentionPeriod" default:"1"`
	BackupWindow        Fact[string]  `cfn:"PreferredBackupWindow" tf:"preferred_backup_window" aws:"PreferredBackupWindow"`
	DeletionProtection  Fact[bool]    `cfn:"DeletionProtection" tf:"deletion_protection" aws:"DeletionProtection" default:"false"`
	SkipFinalSnapshot   Fact[bool]    `tf:"skip_final_snapshot" tfdefault:"false"`
	CopyTagsToSnapshot  Fact[bool]    `cfn:"CopyTagsToSnapshot" default:"false"`
	LogExports          Fact[Strings] `cfn:"EnableCloudwatchLogsExports" tf:"enabled_cloudwatch_logs_exports" aws:"EnabledCloudwatchLogsExports"`
	MaintenanceWindow   Fact[string]  `cfn:"PreferredMaintenanceWindow" tf:"preferred_maintenance_window" aws:"PreferredMaintenanceWindow"`

	MasterUsername Fact[string] `cfn:"MasterUsername" tf:"master_username" aws:"MasterUsername"`
	MasterPassword Fact[string] `secret:"true" cfn:"MasterUserPassword" tf:"master_password"`
	// ManagedPassword lets DocumentDB make the password, keep it in Secrets Manager and rotate it.
	ManagedPassword Fact[bool]   `cfn:"ManageMasterUserPassword" tf:"manage_master_user_password" default:"false"`
	SecretKMSKey    Link[KMSKey] `cfn:"MasterUserSecretKmsKeyId"`

	Port           Fact[int64]                           `cfn:"Port" tf:"port" aws:"Port" default:"27017"`
	Zones          Fact[Strings]                         `cfn:"AvailabilityZones" tf:"availability_zones" aws:"AvailabilityZones"`
	SecurityGroups Fact[[]Link[SecurityGroup]]           `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids" aws:"VpcSecurityGroups.*.VpcSecurityGroupId"`
	SubnetGroup    Link[DocumentDBSubnetGroup]           `cfn:"DBSubnetGroupName" tf:"db_subnet_group_name" aws:"DBSubnetGroup"`
	ParameterGroup Link[DocumentDBClusterParameterGroup] `cfn:"DBClusterParameterGroupName" tf:"db_cluster_parameter_group_name" aws:"DBClusterParameterGroup"`
	GlobalCluster  Link[DocumentDBGlobalCluster]         `cfn:"GlobalClusterIdentifier" tf:"global_cluster_identifier"`
	// Snapshot and SourceCluster are what the cluster is restored from, with their encryption unless it states its own.
	Snapshot      Link[DocumentDBClusterSnapshot] `cfn:"SnapshotIdentifier" tf:"snapshot_identifier"`
	SourceCluster Link[DocumentDBCluster]         `cfn:"SourceDBClusterIdentifier" tf:"restore_to_point_in_time.source_cluster_identifier"`
}

// Encrypted reports whether the cluster's storage is encrypted: as written, or as what it is restored from.
func (c *DocumentDBCluster) Encrypted() Fact[bool] {
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

// restoredEncryption is the encryption of a cluster that states none and is restored from something not in the estate.
func restoredEncryption(own *Fact[bool], key *Link[KMSKey], sources ...*Fact[string]) Fact[bool] {
	for _, source := range sources {
		given, known := source.Given()
		if !given && known || source.State == Known && source.Value == "" {
			continue
		}
		if keyed, _ := key.Given(); keyed {
			return KnownFact(true, key.Origin)
		}
		return UnknownFact[bool]("state the encryption here too: it is restored with the encryption of its source", source.Origin)
	}
	return *own
}

// CustomerKey reports whether the cluster names a key the customer manages.
func (c *DocumentDBCluster) CustomerKey() Fact[bool] { return customerKey(&c.KMSKey) }

// PasswordWritten reports whether the master password stands in the template; see passwordWritten.
func (c *DocumentDBCluster) PasswordWritten() Fact[bool] { return passwordWritten(&c.MasterPassword) }

// MultiAZ reports whether an instance in another zone takes over when one is lost.
func (c *DocumentDBCluster) MultiAZ() Fact[bool] {
	var members []clusterMember
	for _, i := range All[DocumentDBInstance](c.estate) {
		members = append(members, clusterMember{i.decl, i.Cluster.To, &i.Cluster.Fact, &i.Zone})
	}
	return spansZones(c.self, members)
}

// Parameter is the value of a cluster parameter that holds: from the parameter group, else the engine's default.
func (c *DocumentDBCluster) Parameter(name string) Fact[string] {
	var group *Fact[Pairs]
	if g := c.ParameterGroup.Target(); g != nil {
		group = &g.Parameters
	}
	return effectiveParameter(name, KnownFact("docdb", c.decl.Origin), c.EngineVersion, &c.ParameterGroup.Fact, group)
}

// DocumentDBInstance is one instance of a cluster.
type DocumentDBInstance struct {
	Resource `kind:"documentdb_instance" var:"instance" cfn:"AWS::DocDB::DBInstance" tf:"aws_docdb_cluster_instance" aws:"docdb:DBInstance" arn:"rds:{region}:{account}:db:{name}"`

	Identifier          Fact[string]            `name:"true" cfn:"DBInstanceIdentifier" tf:"identifier" aws:"DBInstanceIdentifier"`
	Cluster             Link[DocumentDBCluster] `cfn:"DBClusterIdentifier" tf:"cluster_identifier" aws:"DBClusterIdentifier"`
	Class               Fact[string]            `as:"instance_class" cfn:"DBInstanceClass" tf:"instance_class" aws:"DBInstanceClass"`
	Zone                Fact[string]            `cfn:"AvailabilityZone" tf:"availability_zone" aws:"AvailabilityZone"`
	CACertificate       Fact[string]            `cfn:"CACertificateIdentifier" tf:"ca_cert_identifier" aws:"CACertificateIdentifier"`
	PerformanceInsights Fact[bool]              `cfn:"EnablePerformanceInsights" tf:"enable_performance_insights" default:"false"`
	InsightsKMSKey      Link[KMSKey]            `tf:"performance_insights_kms_key_id"`
	PromotionTier       Fact[int64]             `tf:"promotion_tier" aws:"PromotionTier"`
}

// DocumentDBClusterParameterGroup holds the engine parameters of clusters, such as tls and audit_logs.
type DocumentDBClusterParameterGroup struct {
	Resource `kind:"documentdb_cluster_parameter_group" var:"group" cfn:"AWS::DocDB::DBClusterParameterGroup" tf:"aws_docdb_cluster_parameter_group" aws:"docdb:DBClusterParameterGroup"`

	Name       Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"DBClusterParameterGroupName"`
	Family     Fact[string] `cfn:"Family" tf:"family" aws:"DBParameterGroupFamily"`
	Parameters Fact[Pairs]  `cfn:"Parameters" tf:"parameter,pairs=name/value" aws:"Parameters,pairs=ParameterName/ParameterValue"`
}

// DocumentDBSubnetGroup says in which subnets a cluster's instances stand.
type DocumentDBSubnetGroup struct {
	Resource `kind:"documentdb_subnet_group" var:"group" cfn:"AWS::DocDB::DBSubnetGroup" tf:"aws_docdb_subnet_group" aws:"docdb:DBSubnetGroup"`

	Name    Fact[string]         `name:"true" cfn:"DBSubnetGroupName" tf:"name" aws:"DBSubnetGroupName"`
	Subnets Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids" aws:"Subnets.*.SubnetIdentifier"`
}

// DocumentDBGlobalCluster joins clusters in several regions: one is written to, the others follow.
type DocumentDBGlobalCluster struct {
	Resource `kind:"documentdb_global_cluster" var:"cluster" cfn:"AWS::DocDB::GlobalCluster" tf:"aws_docdb_global_cluster" aws:"docdb:GlobalCluster"`

	Identifier         Fact[string]            `name:"true" cfn:"GlobalClusterIdentifier" tf:"global_cluster_identifier" aws:"GlobalClusterIdentifier"`
	StorageEncrypted   Fact[bool]              `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	DeletionProtection Fact[bool]              `cfn:"DeletionProtection" tf:"deletion_protection" aws:"DeletionProtection" default:"false"`
	SourceCluster      Link[DocumentDBCluster] `cfn:"SourceDBClusterIdentifier" tf:"source_db_cluster_identifier"`
}

// Encrypted reports whether the clusters joined are encrypted: as written, or as the cluster it is made of.
func (g *DocumentDBGlobalCluster) Encrypted() Fact[bool] {
	if c := g.SourceCluster.Target(); c != nil && g.StorageEncrypted.State == Absent {
		return c.Encrypted()
	}
	return g.StorageEncrypted
}

// DocumentDBClusterSnapshot is a snapshot taken by hand. It has the encryption of its cluster.
type DocumentDBClusterSnapshot struct {
	Resource `kind:"documentdb_cluster_snapshot" var:"snapshot" tf:"aws_docdb_cluster_snapshot" aws:"docdb:DBClusterSnapshot" arn:"rds:{region}:{account}:cluster-snapshot:{name}"`

	Identifier       Fact[string]            `name:"true" tf:"db_cluster_snapshot_identifier" aws:"DBClusterSnapshotIdentifier"`
	Cluster          Link[DocumentDBCluster] `tf:"db_cluster_identifier" aws:"DBClusterIdentifier"`
	StorageEncrypted Fact[bool]              `tf:"storage_encrypted" aws:"StorageEncrypted"`
	KMSKey           Link[KMSKey]            `tf:"kms_key_id" aws:"KmsKeyId"`
}

// Encrypted reports whether the snapshot is encrypted.
func (s *DocumentDBClusterSnapshot) Encrypted() Fact[bool] {
	if c := s.Cluster.Target(); c != nil && s.StorageEncrypted.State == Absent {
		return c.StorageEncrypted
	}
	return snapshotEncryption(&s.StorageEncrypted, &s.Cluster.Fact)
}

// snapshotEncryption is the encryption of a snapshot whose cluster is not in the estate.
func snapshotEncryption(own *Fact[bool], cluster *Fact[string]) Fact[bool] {
	if own.State != Absent || cluster.State == Absent {
		return *own
	}
	return UnknownFact[bool]("read the files that declare its cluster too: a snapshot is encrypted as its cluster is", cluster.Origin)
}

// DocumentDBElasticCluster is a DocumentDB cluster of shards, without instances to manage. It is always encrypted.
type DocumentDBElasticCluster struct {
	Resource `kind:"documentdb_elastic_cluster" var:"cluster" store:"documentdb" cfn:"AWS::DocDBElastic::Cluster" tf:"aws_docdbelastic_cluster" arn:"docdb-elastic:{region}:{account}:cluster/{name}"`

	Identifier          Fact[string] `name:"true" cfn:"ClusterName" tf:"name"`
	KMSKey              Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id"`
	BackupRetentionDays Fact[int64]  `cfn:"BackupRetentionPeriod" tf:"backup_retention_period" default:"1"`
	// AuthType is PLAIN_TEXT, or SECRET_ARN where MasterPassword names a secret.
	AuthType       Fact[string]                `cfn:"AuthType" tf:"auth_type"`
	MasterUsername Fact[string]                `cfn:"AdminUserName" tf:"admin_user_name"`
	MasterPassword Fact[string]                `secret:"true" cfn:"AdminUserPassword" tf:"admin_user_password"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids"`
	Subnets        Fact[[]Link[Subnet]]        `cfn:"SubnetIds" tf:"subnet_ids"`
}

// CustomerKey reports whether the cluster names a key the customer manages.
func (c *DocumentDBElasticCluster) CustomerKey() Fact[bool] { return customerKey(&c.KMSKey) }

// PasswordWritten reports whether the master password stands in the template; the name of a secret is none.
func (c *DocumentDBElasticCluster) PasswordWritten() Fact[bool] {
	return bothTrue(not(isText(c.AuthType, "SECRET_ARN")), passwordWritten(&c.MasterPassword))
}

// DocumentDBEventSubscription sends events of clusters and instances to an SNS topic.
type DocumentDBEventSubscription struct {
	Resource `kind:"documentdb_event_subscription" var:"subscription" cfn:"AWS::DocDB::EventSubscription" tf:"aws_docdb_event_subscription"`

	Name       Fact[string]  `name:"true" cfn:"SubscriptionName" tf:"name"`
	Topic      Link[Topic]   `cfn:"SnsTopicArn" tf:"sns_topic_arn|sns_topic"`
	Enabled    Fact[bool]    `cfn:"Enabled" tf:"enabled" default:"true"`
	SourceType Fact[string]  `cfn:"SourceType" tf:"source_type"`
	Sources    Fact[Strings] `cfn:"SourceIds" tf:"source_ids"`
	Categories Fact[Strings] `cfn:"EventCategories" tf:"event_categories"`
}
