package estate

import "strings"

// DBInstance is one RDS instance, or one member of an Aurora or Multi-AZ cluster.
type DBInstance struct {
	Resource `kind:"db_instance" var:"db" store:"rds" cfn:"AWS::RDS::DBInstance" tf:"aws_db_instance,aws_rds_cluster_instance" aws:"rds:DBInstance"`

	Identifier         Fact[string]                `name:"true" cfn:"DBInstanceIdentifier" tf:"identifier" aws:"DBInstanceIdentifier"`
	Engine             Fact[string]                `cfn:"Engine" tf:"engine" aws:"Engine"`
	EngineVersion      Fact[string]                `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	StorageEncrypted   Fact[bool]                  `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	KMSKey             Link[KMSKey]                `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	PubliclyAccessible Fact[bool]                  `cfn:"PubliclyAccessible" tf:"publicly_accessible" aws:"PubliclyAccessible" default:"false"`
	SecurityGroups     Fact[[]Link[SecurityGroup]] `cfn:"VPCSecurityGroups" tf:"vpc_security_group_ids" aws:"VpcSecurityGroups.*.VpcSecurityGroupId"`
	SubnetGroup        Link[DBSubnetGroup]         `cfn:"DBSubnetGroupName" tf:"db_subnet_group_name" aws:"DBSubnetGroup.DBSubnetGroupName"`
	ParameterGroup     Link[DBParameterGroup]      `cfn:"DBParameterGroupName" tf:"parameter_group_name|aws_rds_cluster_instance=db_parameter_group_name" aws:"DBParameterGroups.DBParameterGroupName"`
	OptionGroup        Link[DBOptionGroup]         `cfn:"OptionGroupName" tf:"option_group_name" aws:"OptionGroupMemberships.OptionGroupName"`
	Cluster            Link[DBCluster]             `cfn:"DBClusterIdentifier" tf:"cluster_identifier" aws:"DBClusterIdentifier"`
	ReplicaOf          Link[DBInstance]            `cfn:"SourceDBInstanceIdentifier" tf:"replicate_source_db" aws:"ReadReplicaSourceDBInstanceIdentifier"`
}

// EngineFamily is the engine without edition: mysql, mariadb, postgres, oracle, sqlserver, db2, aurora-mysql,
// aurora-postgresql. A member of a cluster has its cluster's.
func (d *DBInstance) EngineFamily() Fact[string] {
	if c := d.Cluster.Target(); c != nil && d.Engine.State == Absent {
		return c.EngineFamily()
	}
	return engineFamily(&d.Engine)
}

// ClusterMember reports whether the instance belongs to a cluster, which then holds storage, backups and deletion
// protection for it. Aurora engines run in clusters only.
func (d *DBInstance) ClusterMember() Fact[bool] {
	if d.decl.Type == "aws_rds_cluster_instance" || d.Cluster.State == Known {
		return KnownFact(true, d.Cluster.Origin)
	}
	if d.Engine.State == Unknown {
		return UnknownLike[bool](d.Engine.Meta)
	}
	return KnownFact(strings.HasPrefix(d.Engine.Value, "aurora"), d.Engine.Origin)
}

// PartOf is the cluster the instance is a member of, nil for an instance on its own or when the cluster is elsewhere.
func (d *DBInstance) PartOf() (whole AnyResource, part bool) {
	m := d.ClusterMember()
	return d.Cluster.To, m.State == Known && m.Value
}

// Parameter is the value of an engine parameter that holds for the instance: from its parameter group, else from its
// cluster's, else the engine's default for the version.
func (d *DBInstance) Parameter(name string) Fact[string] {
	return effectiveParameter(name, d.EngineFamily(), d.EngineVersion, &d.ParameterGroup.Fact, groupParameters(d.ParameterGroup.To))
}

// DBCluster is an Aurora or Multi-AZ DB cluster.
type DBCluster struct {
	Resource `kind:"db_cluster" var:"db" store:"rds" cfn:"AWS::RDS::DBCluster" tf:"aws_rds_cluster" aws:"rds:DBCluster"`

	Identifier       Fact[string]                  `name:"true" cfn:"DBClusterIdentifier" tf:"cluster_identifier" aws:"DBClusterIdentifier"`
	Engine           Fact[string]                  `cfn:"Engine" tf:"engine" aws:"Engine" tfdefault:"aurora"`
	EngineVersion    Fact[string]                  `cfn:"EngineVersion" tf:"engine_version" aws:"EngineVersion"`
	StorageEncrypted Fact[bool]                    `cfn:"StorageEncrypted" tf:"storage_encrypted" aws:"StorageEncrypted" default:"false"`
	KMSKey           Link[KMSKey]                  `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	ParameterGroup   Link[DBClusterParameterGroup] `cfn:"DBClusterParameterGroupName" tf:"db_cluster_parameter_group_name" aws:"DBClusterParameterGroup"`
}

// EngineFamily is the engine without edition; see DBInstance.
func (c *DBCluster) EngineFamily() Fact[string] { return engineFamily(&c.Engine) }

// Parameter is the value of an engine parameter that holds for the cluster.
func (c *DBCluster) Parameter(name string) Fact[string] {
	return effectiveParameter(name, c.EngineFamily(), c.EngineVersion, &c.ParameterGroup.Fact, groupParameters(c.ParameterGroup.To))
}

func engineFamily(engine *Fact[string]) Fact[string] {
	if engine.State == Unknown {
		return *engine
	}
	family := strings.ToLower(engine.Value)
	switch {
	case family == "aurora":
		family = "aurora-mysql"
	case strings.HasPrefix(family, "oracle"), strings.HasPrefix(family, "custom-oracle"):
		family = "oracle"
	case strings.HasPrefix(family, "sqlserver"), strings.HasPrefix(family, "custom-sqlserver"):
		family = "sqlserver"
	case strings.HasPrefix(family, "db2"):
		family = "db2"
	}
	f := *engine
	f.Value = family
	return f
}

// DBParameterGroup holds the engine parameters of instances.
type DBParameterGroup struct {
	Resource `kind:"db_parameter_group" var:"group" cfn:"AWS::RDS::DBParameterGroup" tf:"aws_db_parameter_group" aws:"rds:DBParameterGroup"`

	Name       Fact[string] `name:"true" cfn:"DBParameterGroupName" tf:"name" aws:"DBParameterGroupName"`
	Family     Fact[string] `cfn:"Family" tf:"family" aws:"DBParameterGroupFamily"`
	Parameters Fact[Pairs]  `cfn:"Parameters" tf:"parameter,pairs=name/value" aws:"Parameters,pairs=ParameterName/ParameterValue"`
}

// DBClusterParameterGroup holds the engine parameters of clusters.
type DBClusterParameterGroup struct {
	Resource `kind:"db_cluster_parameter_group" var:"group" cfn:"AWS::RDS::DBClusterParameterGroup" tf:"aws_rds_cluster_parameter_group" aws:"rds:DBClusterParameterGroup"`

	Name       Fact[string] `name:"true" cfn:"DBClusterParameterGroupName" tf:"name" aws:"DBClusterParameterGroupName"`
	Family     Fact[string] `cfn:"Family" tf:"family" aws:"DBParameterGroupFamily"`
	Parameters Fact[Pairs]  `cfn:"Parameters" tf:"parameter,pairs=name/value" aws:"Parameters,pairs=ParameterName/ParameterValue"`
}

// DBOptionGroup holds the engine options of instances, such as TDE.
type DBOptionGroup struct {
	Resource `kind:"db_option_group" var:"group" cfn:"AWS::RDS::OptionGroup" tf:"aws_db_option_group" aws:"rds:OptionGroup"`

	Name    Fact[string]     `name:"true" cfn:"OptionGroupName" tf:"name" aws:"OptionGroupName"`
	Engine  Fact[string]     `cfn:"EngineName" tf:"engine_name" aws:"EngineName"`
	Options Fact[[]DBOption] `cfn:"OptionConfigurations" tf:"option" aws:"Options"`
}

// DBOption is one option of an option group.
type DBOption struct {
	Name Fact[string] `cfn:"OptionName" tf:"option_name" aws:"OptionName"`
}

// DBSubnetGroup says in which subnets instances stand.
type DBSubnetGroup struct {
	Resource `kind:"db_subnet_group" var:"group" cfn:"AWS::RDS::DBSubnetGroup" tf:"aws_db_subnet_group" aws:"rds:DBSubnetGroup"`

	Name    Fact[string]         `name:"true" cfn:"DBSubnetGroupName" tf:"name" aws:"DBSubnetGroupName"`
	Subnets Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids" aws:"Subnets.*.SubnetIdentifier"`
}

func groupParameters(group AnyResource) *Fact[Pairs] {
	switch g := group.(type) {
	case *DBParameterGroup:
		return &g.Parameters
	case *DBClusterParameterGroup:
		return &g.Parameters
	default:
		return nil
	}
}
