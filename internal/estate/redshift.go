package estate

// RedshiftCluster is a Redshift cluster.
type RedshiftCluster struct {
	Resource `kind:"redshift_cluster" var:"cluster" store:"redshift" cfn:"AWS::Redshift::Cluster" tf:"aws_redshift_cluster" aws:"redshift:Cluster" arn:"redshift:{region}:{account}:cluster:{name}"`

	Identifier         Fact[string]                 `name:"true" cfn:"ClusterIdentifier" tf:"cluster_identifier" aws:"ClusterIdentifier"`
	DatabaseName       Fact[string]                 `cfn:"DBName" tf:"database_name" aws:"DBName" default:"dev"`
	MasterUsername     Fact[string]                 `cfn:"MasterUsername" tf:"master_username" aws:"MasterUsername"`
	MasterPassword     Fact[string]                 `secret:"true" cfn:"MasterUserPassword" tf:"master_password"`
	ManagedPassword    Fact[bool]                   `cfn:"ManageMasterPassword" tf:"manage_master_password" default:"false"`
	Encrypted          Fact[bool]                   `as:"storage_encrypted" cfn:"Encrypted" tf:"encrypted" aws:"Encrypted" default:"false"`
	KMSKey             Link[KMSKey]                 `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	PubliclyAccessible Fact[bool]                   `cfn:"PubliclyAccessible" tf:"publicly_accessible" aws:"PubliclyAccessible" cfndefault:"false" tfdefault:"true"`
	LogBucket          Fact[string]                 `cfn:"LoggingProperties.BucketName" tf:"logging.bucket_name"`
	LogDestination     Fact[string]                 `cfn:"LoggingProperties.LogDestinationType" tf:"logging.log_destination_type"`
	LoggingEnabled     Fact[bool]                   `tf:"logging.enable" default:"false"`
	SnapshotDays       Fact[int64]                  `cfn:"AutomatedSnapshotRetentionPeriod" tf:"automated_snapshot_retention_period" aws:"AutomatedSnapshotRetentionPeriod" default:"1"`
	VersionUpgrade     Fact[bool]                   `cfn:"AllowVersionUpgrade" tf:"allow_version_upgrade" aws:"AllowVersionUpgrade" default:"true"`
	MaintenanceWindow  Fact[string]                 `cfn:"PreferredMaintenanceWindow" tf:"preferred_maintenance_window" aws:"PreferredMaintenanceWindow"`
	EnhancedRouting    Fact[bool]                   `cfn:"EnhancedVpcRouting" tf:"enhanced_vpc_routing" aws:"EnhancedVpcRouting" default:"false"`
	MultiAZ            Fact[bool]                   `cfn:"MultiAZ" tf:"multi_az" default:"false"`
	Port               Fact[int64]                  `cfn:"Port" tf:"port" default:"5439"`
	SubnetGroup        Link[RedshiftSubnetGroup]    `cfn:"ClusterSubnetGroupName" tf:"cluster_subnet_group_name" aws:"ClusterSubnetGroupName"`
	ParameterGroup     Link[RedshiftParameterGroup] `cfn:"ClusterParameterGroupName" tf:"cluster_parameter_group_name"`
	SecurityGroups     Fact[[]Link[SecurityGroup]]  `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids" aws:"VpcSecurityGroups.*.VpcSecurityGroupId"`
	SkipFinalSnapshot  Fact[bool]                   `tf:"skip_final_snapshot" tfdefault:"false"`
	Snapshot           Fact[string]                 `cfn:"SnapshotIdentifier" tf:"snapshot_identifier"`
}

// CustomerKey reports whether the cluster names a key the customer manages.
func (c *RedshiftCluster) CustomerKey() Fact[bool] { return customerKey(&c.KMSKey) }

// PasswordWritten reports whether the master password stands in the template; see passwordWritten.
func (c *RedshiftCluster) PasswordWritten() Fact[bool] { return passwordWritten(&c.MasterPassword) }

// AuditLogged reports whether logins and statements are logged, by the cluster itself or a separate resource.
func (c *RedshiftCluster) AuditLogged() Fact[bool] {
	for _, f := range []*Fact[string]{&c.LogBucket, &c.LogDestination} {
		if given, ok := f.Given(); !ok {
			return UnknownLike[bool](f.Meta)
		} else if given {
			if c.LoggingEnabled.State != Absent {
				return c.LoggingEnabled
			}
			return KnownFact(true, f.Origin)
		}
	}
	if c.LoggingEnabled.State != Absent {
		return c.LoggingEnabled
	}
	for _, l := range All[RedshiftLogging](c.estate) {
		if l.Cluster.To == AnyResource(c) {
			return KnownFact(true, l.decl.Origin)
		}
	}
	return KnownFact(false, c.decl.Origin)
}

// RedshiftLogging is the audit log of a cluster, written apart from it (Terraform).
type RedshiftLogging struct {
	Resource `kind:"redshift_logging" tf:"aws_redshift_logging"`

	Cluster Link[RedshiftCluster] `tf:"cluster_identifier"`
	Bucket  Fact[string]          `tf:"bucket_name"`
}

// RedshiftParameterGroup holds the parameters of clusters.
type RedshiftParameterGroup struct {
	Resource `kind:"redshift_parameter_group" var:"group" cfn:"AWS::Redshift::ClusterParameterGroup" tf:"aws_redshift_parameter_group"`

	Name       Fact[string] `name:"true" cfn:"ParameterGroupName" tf:"name"`
	Family     Fact[string] `cfn:"ParameterGroupFamily" tf:"family"`
	Parameters Fact[Pairs]  `cfn:"Parameters,pairs=ParameterName/ParameterValue" tf:"parameter,pairs=name/value"`
}

// RedshiftSubnetGroup says in which subnets clusters stand.
type RedshiftSubnetGroup struct {
	Resource `kind:"redshift_subnet_group" var:"group" cfn:"AWS::Redshift::ClusterSubnetGroup" tf:"aws_redshift_subnet_group"`

	Name    Fact[string]         `name:"true" tf:"name"`
	Subnets Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids"`
}

// RedshiftSecurityGroup is a security group of the time before VPCs.
type RedshiftSecurityGroup struct {
	Resource `kind:"redshift_security_group" var:"group" cfn:"AWS::Redshift::ClusterSecurityGroup" tf:"aws_redshift_security_group"`

	Description Fact[string] `cfn:"Description" tf:"description"`
}

// RedshiftCopyGrant lets Redshift encrypt the snapshots it copies to another region.
type RedshiftCopyGrant struct {
	Resource `kind:"redshift_copy_grant" var:"grant" tf:"aws_redshift_snapshot_copy_grant"`

	Name   Fact[string] `name:"true" tf:"snapshot_copy_grant_name"`
	KMSKey Link[KMSKey] `tf:"kms_key_id"`
}

// CustomerKey reports whether the grant names a key the customer manages.
func (g *RedshiftCopyGrant) CustomerKey() Fact[bool] { return customerKey(&g.KMSKey) }

// RedshiftNamespace holds the databases of Redshift Serverless.
type RedshiftNamespace struct {
	Resource `kind:"redshift_namespace" var:"ns" store:"redshift" cfn:"AWS::RedshiftServerless::Namespace" tf:"aws_redshiftserverless_namespace"`

	Identifier      Fact[string]  `name:"true" cfn:"NamespaceName" tf:"namespace_name"`
	KMSKey          Link[KMSKey]  `cfn:"KmsKeyId" tf:"kms_key_id"`
	LogExports      Fact[Strings] `cfn:"LogExports" tf:"log_exports"`
	AdminPassword   Fact[string]  `secret:"true" cfn:"AdminUserPassword" tf:"admin_user_password"`
	ManagedPassword Fact[bool]    `cfn:"ManageAdminPassword" tf:"manage_admin_password" default:"false"`
}

// CustomerKey reports whether the namespace names a key the customer manages.
func (n *RedshiftNamespace) CustomerKey() Fact[bool] { return customerKey(&n.KMSKey) }

// RedshiftWorkgroup computes for a namespace.
type RedshiftWorkgroup struct {
	Resource `kind:"redshift_workgroup" var:"workgroup" cfn:"AWS::RedshiftServerless::Workgroup" tf:"aws_redshiftserverless_workgroup"`

	Name               Fact[string]                `name:"true" cfn:"WorkgroupName" tf:"workgroup_name"`
	Namespace          Link[RedshiftNamespace]     `cfn:"NamespaceName" tf:"namespace_name"`
	PubliclyAccessible Fact[bool]                  `cfn:"PubliclyAccessible" tf:"publicly_accessible" default:"false"`
	EnhancedRouting    Fact[bool]                  `cfn:"EnhancedVpcRouting" tf:"enhanced_vpc_routing" default:"false"`
	SecurityGroups     Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroupIds" tf:"security_group_ids"`
	Subnets            Fact[[]Link[Subnet]]        `cfn:"SubnetIds" tf:"subnet_ids"`
}
