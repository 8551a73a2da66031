package estate

import "strings"

// DBInstance is one RDS instance, or one member of an Aurora or Multi-AZ cluster.
type DBInstance struct {
	Resource `kind:"db_instance" var:"db" store:"rds" cfn:"AWS::RDS::DBInstance" tf:"aws_db_instance,aws_rds_cluster_instance" aws:"rds:DBInstance" arn:"rds:{region}:{account}:db:{name}"`

	Identifier    Fact[string] `name:"true" cfn:"DBInstanceIdentifier" tf:"identifier" aws:"DBInstanceIdentifier"`
	Engine        Fact[string] `cfn:"Engine" tf:"engine" aws:"Engine"`
	EngineVersion Fact[string] `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	// LifecycleSupport says what happens at the end of standard support: paid Extended Support, or an upgrade.
	LifecycleSupport Fact[string] `cfn:"EngineLifecycleSupport" tf:"engine_lifecycle_support" aws:"EngineLifecycleSupport" default:"open-source-rds-extended-support"`
	InstanceClass    Fact[string] `cfn:"DBInstanceClass" tf:"instance_class" aws:"DBInstanceClass"`
	LicenseModel     Fact[string] `cfn:"LicenseModel" tf:"license_model" aws:"LicenseModel"`
	DatabaseName     Fact[string] `cfn:"DBName" tf:"db_name|name" aws:"DBName"`

	StorageEncrypted    Fact[bool]   `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	KMSKey              Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	StorageType         Fact[string] `cfn:"StorageType" tf:"storage_type" aws:"StorageType"`
	AllocatedStorage    Fact[int64]  `cfn:"AllocatedStorage" tf:"allocated_storage" aws:"AllocatedStorage"`
	MaxAllocatedStorage Fact[int64]  `cfn:"MaxAllocatedStorage" tf:"max_allocated_storage" aws:"MaxAllocatedStorage"`
	// TDECredential is the key store of an Oracle or SQL Server instance that encrypts its own files.
	TDECredential Fact[string] `cfn:"TdeCredentialArn" aws:"TdeCredentialArn"`

	// BackupRetentionDays is how far automated backups reach back; 0 switches them off. CloudFormation and the API give a
	// new instance one day, Terraform none.
	BackupRetentionDays    Fact[int64]  `cfn:"BackupRetentionPeriod" tf:"backup_retention_period" aws:"BackupRetentionPeriod" cfndefault:"1" tfdefault:"0"`
	BackupWindow           Fact[string] `cfn:"PreferredBackupWindow" tf:"backup_window|preferred_backup_window" aws:"PreferredBackupWindow"`
	BackupTarget           Fact[string] `cfn:"BackupTarget" tf:"backup_target" aws:"BackupTarget" default:"region"`
	DeleteAutomatedBackups Fact[bool]   `cfn:"DeleteAutomatedBackups" tf:"delete_automated_backups" default:"true"`
	// BackupCopyRegion is the region that automated backups are copied to as well.
	BackupCopyRegion   Fact[string] `cfn:"AutomaticBackupReplicationRegion"`
	BackupCopyKMSKey   Link[KMSKey] `cfn:"AutomaticBackupReplicationKmsKeyId"`
	CopyTagsToSnapshot Fact[bool]   `cfn:"CopyTagsToSnapshot" tf:"copy_tags_to_snapshot" aws:"CopyTagsToSnapshot" default:"false"`
	DeletionProtection Fact[bool]   `cfn:"DeletionProtection" tf:"aws_db_instance=deletion_protection" aws:"DeletionProtection" default:"false"`
	SkipFinalSnapshot  Fact[bool]   `tf:"aws_db_instance=skip_final_snapshot" tfdefault:"false"`
	FinalSnapshot      Fact[string] `tf:"aws_db_instance=final_snapshot_identifier"`

	MultiAZ       Fact[bool]   `cfn:"MultiAZ" tf:"aws_db_instance=multi_az" aws:"MultiAZ" default:"false"`
	Zone          Fact[string] `cfn:"AvailabilityZone" tf:"availability_zone" aws:"AvailabilityZone"`
	PromotionTier Fact[int64]  `cfn:"PromotionTier" tf:"promotion_tier" aws:"PromotionTier"`

	// PubliclyAccessible gives the instance an address that is reachable from the internet. Where nothing is written,
	// CloudFormation leaves the choice to RDS, which goes by whether the network has an internet gateway; the default here
	// is the tools' meaning.
	PubliclyAccessible    Fact[bool]                  `cfn:"PubliclyAccessible" tf:"publicly_accessible" aws:"PubliclyAccessible" default:"false"`
	Port                  Fact[int64]                 `cfn:"Port" tf:"port" aws:"Endpoint.Port"`
	NetworkType           Fact[string]                `cfn:"NetworkType" tf:"network_type" aws:"NetworkType" default:"IPV4"`
	SecurityGroups        Fact[[]Link[SecurityGroup]] `cfn:"VPCSecurityGroups" tf:"vpc_security_group_ids" aws:"VpcSecurityGroups.*.VpcSecurityGroupId"`
	ClassicSecurityGroups Fact[Strings]               `cfn:"DBSecurityGroups" tf:"security_group_names" aws:"DBSecurityGroups.*.DBSecurityGroupName"`
	SubnetGroup           Link[DBSubnetGroup]         `cfn:"DBSubnetGroupName" tf:"db_subnet_group_name" aws:"DBSubnetGroup.DBSubnetGroupName"`

	MasterUsername Fact[string] `cfn:"MasterUsername" tf:"username" aws:"MasterUsername"`
	MasterPassword Fact[string] `secret:"true" cfn:"MasterUserPassword" tf:"password"`
	// ManagedPassword lets RDS make the password, keep it in Secrets Manager and rotate it.
	ManagedPassword   Fact[bool]   `cfn:"ManageMasterUserPassword" tf:"manage_master_user_password" default:"false"`
	SecretKMSKey      Link[KMSKey] `cfn:"MasterUserSecret.KmsKeyId" tf:"master_user_secret_kms_key_id" aws:"MasterUserSecret.KmsKeyId"`
	IAMAuthentication Fact[bool]   `cfn:"EnableIAMDatabaseAuthentication" tf:"iam_database_authentication_enabled" aws:"IAMDatabaseAuthenticationEnabled" default:"false"`
	Domain            Fact[string] `cfn:"Domain|DomainFqdn" tf:"domain|domain_fqdn"`
	// CACertificate is the authority that signs the server's certificate; the region's default one where none is named.
	CACertificate Fact[string] `cfn:"CACertificateIdentifier" tf:"ca_cert_identifier" aws:"CACertificateIdentifier"`

	LogExports Fact[Strings] `cfn:"EnableCloudwatchLogsExports" tf:"enabled_cloudwatch_logs_exports" aws:"EnabledCloudwatchLogsExports"`
	// MonitoringInterval is the seconds between measurements by Enhanced Monitoring; 0 switches it off.
	MonitoringInterval        Fact[int64]  `cfn:"MonitoringInterval" tf:"monitoring_interval" aws:"MonitoringInterval" default:"0"`
	MonitoringRole            Fact[string] `cfn:"MonitoringRoleArn" tf:"monitoring_role_arn" aws:"MonitoringRoleArn"`
	PerformanceInsights       Fact[bool]   `cfn:"EnablePerformanceInsights" tf:"performance_insights_enabled" aws:"PerformanceInsightsEnabled" default:"false"`
	PerformanceInsightsKMSKey Link[KMSKey] `cfn:"PerformanceInsightsKMSKeyId" tf:"performance_insights_kms_key_id" aws:"PerformanceInsightsKMSKeyId"`
	PerformanceInsightsDays   Fact[int64]  `cfn:"PerformanceInsightsRetentionPeriod" tf:"performance_insights_retention_period" aws:"PerformanceInsightsRetentionPeriod"`
	AutoMinorUpgrade          Fact[bool]   `cfn:"AutoMinorVersionUpgrade" tf:"auto_minor_version_upgrade" aws:"AutoMinorVersionUpgrade" default:"true"`
	MaintenanceWindow         Fact[string] `cfn:"PreferredMaintenanceWindow" tf:"maintenance_window|preferred_maintenance_window" aws:"PreferredMaintenanceWindow"`

	ParameterGroup Link[DBParameterGroup] `cfn:"DBParameterGroupName" tf:"parameter_group_name|aws_rds_cluster_instance=db_parameter_group_name" aws:"DBParameterGroups.DBParameterGroupName"`
	OptionGroup    Link[DBOptionGroup]    `cfn:"OptionGroupName" tf:"aws_db_instance=option_group_name" aws:"OptionGroupMemberships.OptionGroupName"`
	Cluster        Link[DBCluster]        `cfn:"DBClusterIdentifier" tf:"aws_rds_cluster_instance=cluster_identifier" aws:"DBClusterIdentifier"`

	// ReplicaOf and ReplicaOfCluster are what a read replica follows.
	ReplicaOf        Link[DBInstance] `cfn:"SourceDBInstanceIdentifier" tf:"aws_db_instance=replicate_source_db" aws:"ReadReplicaSourceDBInstanceIdentifier"`
	ReplicaOfCluster Link[DBCluster]  `cfn:"SourceDBClusterIdentifier" aws:"ReadReplicaSourceDBClusterIdentifier"`
	// Snapshot and RestoredFrom are what a new instance gets its data from.
	Snapshot     Link[DBSnapshot] `cfn:"DBSnapshotIdentifier|DBClusterSnapshotIdentifier" tf:"aws_db_instance=snapshot_identifier"`
	RestoredFrom Link[DBInstance] `cfn:"SourceDbiResourceId|SourceDBInstanceAutomatedBackupsArn" tf:"aws_db_instance=restore_to_point_in_time.source_db_instance_identifier|aws_db_instance=restore_to_point_in_time.source_dbi_resource_id|aws_db_instance=restore_to_point_in_time.source_db_instance_automated_backups_arn"`
}

// ClusterMember reports whether the instance belongs to a cluster, which then holds storage, backups and deletion
// protection for it. Aurora engines run in clusters only, whether or not the cluster is named.
func (d *DBInstance) ClusterMember() Fact[bool] {
	if d.decl.Type == "aws_rds_cluster_instance" {
		return KnownFact(true, d.decl.Origin)
	}
	if named := names(&d.Cluster.Fact); named.State == Unknown || named.Value {
		return named
	}
	return KnownFact(runsInCluster(d.Engine.text()), d.Engine.Origin)
}

// runsInCluster reports whether an engine has no instances on their own. Neptune's and DocumentDB's have kinds of their own.
func runsInCluster(engine string) bool { return strings.HasPrefix(strings.ToLower(engine), "aurora") }

// PartOf is the cluster the instance is a member of, nil for an instance on its own or when the cluster is elsewhere.
func (d *DBInstance) PartOf() (whole AnyResource, part bool) {
	m := d.ClusterMember()
	return d.Cluster.To, m.State == Known && m.Value
}

// Replica reports whether the instance is a read replica: it takes its data, and with it the encryption, from a source.
func (d *DBInstance) Replica() Fact[bool] {
	return anyTrue(d.decl.Origin, []Fact[bool]{names(&d.ReplicaOf.Fact), names(&d.ReplicaOfCluster.Fact)})
}

// Restored reports whether a new instance gets its data from a snapshot or an earlier point in time.
func (d *DBInstance) Restored() Fact[bool] {
	return anyTrue(d.decl.Origin, []Fact[bool]{names(&d.Snapshot.Fact), names(&d.RestoredFrom.Fact)})
}

// Encrypted reports whether the storage is encrypted: as what the instance takes its data from, or as written.
func (d *DBInstance) Encrypted() Fact[bool] {
	switch {
	case d.Cluster.Target() != nil:
		return d.Cluster.Target().Encrypted()
	case d.ReplicaOf.Target() != nil && d.ReplicaOf.Target() != d && !d.inherits(d.ReplicaOf.Target()):
		return d.ReplicaOf.Target().Encrypted() // whatever is written: AWS makes no replica that differs
	case d.ReplicaOfCluster.Target() != nil:
		return d.ReplicaOfCluster.Target().Encrypted()
	case d.StorageEncrypted.State != Absent:
		return d.StorageEncrypted
	case d.Snapshot.Target() != nil:
		return d.Snapshot.Target().Encrypted()
	}
	return restoredEncryption(&d.StorageEncrypted, &d.KMSKey,
		&d.ReplicaOf.Fact, &d.ReplicaOfCluster.Fact, &d.Snapshot.Fact, &d.RestoredFrom.Fact)
}

// inherits reports whether source follows d, however far: a mistake in the template that must not hang us.
func (d *DBInstance) inherits(source *DBInstance) bool {
	for n := 0; source != nil && n < maxReplicas; n++ {
		if source == d {
			return true
		}
		source = source.ReplicaOf.Target()
	}
	return source != nil
}

// maxReplicas bounds how long a chain of replicas is followed; RDS allows three.
const maxReplicas = 8

// CustomerKey reports whether the instance names a key the customer manages; a member of a cluster has its cluster's.
func (d *DBInstance) CustomerKey() Fact[bool] {
	if c := d.Cluster.Target(); c != nil {
		return c.CustomerKey()
	}
	return customerKey(&d.KMSKey)
}

// PerformanceInsightsCustomerKey reports whether Performance Insights names a key the customer manages.
func (d *DBInstance) PerformanceInsightsCustomerKey() Fact[bool] {
	return customerKey(&d.PerformanceInsightsKMSKey)
}

// BackupCopyCustomerKey reports whether the copies in the other region name a key the customer manages.
func (d *DBInstance) BackupCopyCustomerKey() Fact[bool] { return customerKey(&d.BackupCopyKMSKey) }

// PasswordWritten reports whether the master password stands in the template; see passwordWritten.
func (d *DBInstance) PasswordWritten() Fact[bool] { return passwordWritten(&d.MasterPassword) }

// UsernameWritten reports whether the master user's name stands in the template.
func (d *DBInstance) UsernameWritten() Fact[bool] { return passwordWritten(&d.MasterUsername) }

// DefaultUsername reports whether the master user has a name that every attacker tries first.
func (d *DBInstance) DefaultUsername() Fact[bool] { return defaultUsername(&d.MasterUsername) }

// DefaultPort reports whether the instance listens where the engine does when nothing is written.
func (d *DBInstance) DefaultPort() Fact[bool] { return onDefaultPort(&d.Port, d.EngineFamily()) }

// HasParameterGroup reports whether the instance has a parameter group of its own, one that can be changed.
func (d *DBInstance) HasParameterGroup() Fact[bool] { return ownGroup(&d.ParameterGroup.Fact) }

// Option reports whether the option group in force has the option of that name, such as TDE.
func (d *DBInstance) Option(name string) Fact[bool] {
	g := d.OptionGroup.Target()
	switch {
	case g != nil:
		return g.Option(name)
	case d.OptionGroup.State == Known && !strings.HasPrefix(d.OptionGroup.Value, "default:") && d.OptionGroup.Value != "":
		return UnknownFact[bool]("read the option group "+d.OptionGroup.Value+" too: it is not in these files", d.OptionGroup.Origin)
	case d.OptionGroup.State == Unknown:
		return UnknownLike[bool](d.OptionGroup.Meta)
	}
	return KnownFact(false, d.OptionGroup.Origin) // the default option groups are empty
}

// OptionSetting is the value of a setting of an option, written OPTION/SETTING; empty where it is not set.
func (d *DBInstance) OptionSetting(path string) Fact[string] {
	if g := d.OptionGroup.Target(); g != nil {
		return g.OptionSetting(path)
	}
	option, _, _ := strings.Cut(path, "/")
	if has := d.Option(option); has.State == Unknown {
		return UnknownLike[string](has.Meta)
	}
	return Fact[string]{Meta: Meta{Origin: d.OptionGroup.Origin}}
}

// names reports whether a fact names something. An empty text names nothing; one that is not known was written to name
// something.
func names(f *Fact[string]) Fact[bool] {
	given, known := f.Given()
	if !known {
		return UnknownLike[bool](f.Meta)
	}
	return KnownFact(given && (f.State == Unknown || f.Value != ""), f.Origin)
}

// text is what is written, as far as it can be read.
func (f *Fact[T]) text() string {
	if s, ok := any(f.Value).(string); ok && f.State != Unknown {
		return s
	}
	return f.Text
}

func ownGroup(f *Fact[string]) Fact[bool] {
	named := names(f)
	if named.State == Known && named.Value && f.State == Known && f.Ref == nil {
		named.Value = !strings.HasPrefix(f.Value, "default.")
	}
	return named
}

// defaultUsername compares with the names the console and the documentation suggest for the engines.
func defaultUsername(f *Fact[string]) Fact[bool] {
	if f.State == Unknown || f.Ref != nil {
		return UnknownLike[bool](f.Meta)
	}
	switch strings.ToLower(f.Value) {
	case "admin", "administrator", "postgres", "root", "sa", "sys", "system", "master", "awsuser", "rdsadmin", "dbadmin", "db2inst1":
		return KnownFact(true, f.Origin)
	}
	return KnownFact(false, f.Origin)
}
