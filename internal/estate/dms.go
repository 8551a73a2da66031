package estate

// DMSInstance is a machine that copies databases.
type DMSInstance struct {
	Resource `kind:"dms_instance" var:"dms" cfn:"AWS::DMS::ReplicationInstance" tf:"aws_dms_replication_instance" aws:"dms:ReplicationInstance"`

	Identifier         Fact[string]                `name:"true" cfn:"ReplicationInstanceIdentifier" tf:"replication_instance_id" aws:"ReplicationInstanceIdentifier"`
	PubliclyAccessible Fact[bool]                  `cfn:"PubliclyAccessible" tf:"publicly_accessible" aws:"PubliclyAccessible" cfndefault:"true" tfdefault:"false"`
	KMSKey             Link[KMSKey]                `cfn:"KmsKeyId" tf:"kms_key_arn" aws:"KmsKeyId"`
	MinorUpgrade       Fact[bool]                  `cfn:"AutoMinorVersionUpgrade" tf:"auto_minor_version_upgrade" aws:"AutoMinorVersionUpgrade" cfndefault:"true" tfdefault:"false"`
	MultiAZ            Fact[bool]                  `cfn:"MultiAZ" tf:"multi_az" aws:"MultiAZ" default:"false"`
	SecurityGroups     Fact[[]Link[SecurityGroup]] `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids"`
	SubnetGroup        Link[DMSSubnetGroup]        `cfn:"ReplicationSubnetGroupIdentifier" tf:"replication_subnet_group_id" aws:"ReplicationSubnetGroup.ReplicationSubnetGroupIdentifier"`
}

// DMSSubnetGroup says in which subnets replication instances stand.
type DMSSubnetGroup struct {
	Resource `kind:"dms_subnet_group" var:"group" cfn:"AWS::DMS::ReplicationSubnetGroup" tf:"aws_dms_replication_subnet_group"`

	Identifier Fact[string]         `name:"true" cfn:"ReplicationSubnetGroupIdentifier" tf:"replication_subnet_group_id"`
	Subnets    Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids"`
}

// CustomerKey reports whether the instance names a key the customer manages.
func (d *DMSInstance) CustomerKey() Fact[bool] { return customerKey(&d.KMSKey) }

// DMSEndpoint is a database that data is copied from or to.
type DMSEndpoint struct {
	Resource `kind:"dms_endpoint" var:"endpoint" cfn:"AWS::DMS::Endpoint" tf:"aws_dms_endpoint" aws:"dms:Endpoint"`

	Identifier    Fact[string] `name:"true" cfn:"EndpointIdentifier" tf:"endpoint_id" aws:"EndpointIdentifier"`
	Engine        Fact[string] `cfn:"EngineName" tf:"engine_name" aws:"EngineName"`
	Side          Fact[string] `cfn:"EndpointType" tf:"endpoint_type" aws:"EndpointType"`
	SSLMode       Fact[string] `as:"ssl_mode" cfn:"SslMode" tf:"ssl_mode" aws:"SslMode" default:"none"`
	KMSKey        Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_arn" aws:"KmsKeyId"`
	S3KMSKey      Link[KMSKey] `as:"s3_kms_key" cfn:"S3Settings.ServerSideEncryptionKmsKeyId" tf:"s3_settings.server_side_encryption_kms_key_id|s3_settings.kms_key_arn"`
	Password      Fact[string] `secret:"true" cfn:"Password" tf:"password"`
	MongoPassword Fact[string] `secret:"true" cfn:"MongoDbSettings.Password"`
	MongoAuth     Fact[string] `cfn:"MongoDbSettings.AuthType" tf:"mongodb_settings.auth_type" cfndefault:"no" tfdefault:"password"`
	NeptuneIAM    Fact[bool]   `cfn:"NeptuneSettings.IamAuthEnabled" tf:"neptune_settings.iam_auth_enabled" default:"false"`
	RedisSSL      Fact[string] `as:"redis_ssl" cfn:"RedisSettings.SslSecurityProtocol" tf:"redis_settings.ssl_security_protocol" default:"ssl-encryption"`
}

// CustomerKey reports whether the endpoint names a key the customer manages; an endpoint in S3 names it for the objects.
func (e *DMSEndpoint) CustomerKey() Fact[bool] {
	if key := customerKey(&e.KMSKey); key.State == Unknown || key.Value || e.Engine.Value != "s3" {
		return key
	}
	return customerKey(&e.S3KMSKey)
}

// PasswordWritten reports whether the password stands in the template; see passwordWritten.
func (e *DMSEndpoint) PasswordWritten() Fact[bool] { return passwordWritten(&e.Password) }

// MongoPasswordWritten reports whether MongoDB's password stands in the template.
func (e *DMSEndpoint) MongoPasswordWritten() Fact[bool] { return passwordWritten(&e.MongoPassword) }

// DMSTask copies from one endpoint to another.
type DMSTask struct {
	Resource `kind:"dms_task" var:"task" cfn:"AWS::DMS::ReplicationTask" tf:"aws_dms_replication_task" aws:"dms:ReplicationTask"`

	Identifier Fact[string]            `name:"true" cfn:"ReplicationTaskIdentifier" tf:"replication_task_id"`
	Logging    Fact[[]DMSTaskSettings] `as:"settings" cfn:"ReplicationTaskSettings" tf:"replication_task_settings"`
}

// DMSTaskSettings is the JSON text of a task's settings, as far as logging goes.
type DMSTaskSettings struct {
	LoggingEnabled Fact[bool]          `doc:"Logging.EnableLogging" default:"false"`
	Components     Fact[[]DMSLogLevel] `doc:"Logging.LogComponents"`
}

// DMSLogLevel is how much one part of a task logs.
type DMSLogLevel struct {
	Component Fact[string] `doc:"Id"`
	Severity  Fact[string] `doc:"Severity"`
}
