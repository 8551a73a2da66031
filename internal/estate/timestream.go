package estate

// TimestreamDatabase is a Timestream database. Its tables are encrypted with its key.
type TimestreamDatabase struct {
	Resource `kind:"timestream_database" var:"db" store:"timestream" cfn:"AWS::Timestream::Database" tf:"aws_timestreamwrite_database" aws:"timestream:Database"`

	Name Fact[string] `name:"true" cfn:"DatabaseName" tf:"database_name" aws:"DatabaseName"`
	// KMSKey when absent is a key that AWS manages in the account, alias/aws/timestream.
	KMSKey Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
}

// CustomerKey reports whether the database is encrypted with a key the customer manages.
func (d *TimestreamDatabase) CustomerKey() Fact[bool] { return customerKey(&d.KMSKey) }

// TimestreamTable is a table of a Timestream database.
type TimestreamTable struct {
	Resource `kind:"timestream_table" var:"table" cfn:"AWS::Timestream::Table" tf:"aws_timestreamwrite_table" aws:"timestream:Table"`

	Name                  Fact[string]             `name:"true" cfn:"TableName" tf:"table_name" aws:"TableName"`
	Database              Link[TimestreamDatabase] `cfn:"DatabaseName" tf:"database_name" aws:"DatabaseName"`
	MemoryRetentionHours  Fact[int64]              `cfn:"RetentionProperties.MemoryStoreRetentionPeriodInHours" tf:"retention_properties.memory_store_retention_period_in_hours" aws:"RetentionProperties.MemoryStoreRetentionPeriodInHours"`
	MagneticRetentionDays Fact[int64]              `cfn:"RetentionProperties.MagneticStoreRetentionPeriodInDays" tf:"retention_properties.magnetic_store_retention_period_in_days" aws:"RetentionProperties.MagneticStoreRetentionPeriodInDays"`
	// RejectedBucket receives records that could not be written, with the data in them.
	RejectedBucket     Link[Bucket] `cfn:"MagneticStoreWriteProperties.MagneticStoreRejectedDataLocation.S3Configuration.BucketName" tf:"magnetic_store_write_properties.magnetic_store_rejected_data_location.s3_configuration.bucket_name"`
	RejectedEncryption Fact[string] `cfn:"MagneticStoreWriteProperties.MagneticStoreRejectedDataLocation.S3Configuration.EncryptionOption" tf:"magnetic_store_write_properties.magnetic_store_rejected_data_location.s3_configuration.encryption_option"`
}

// TimestreamInfluxDB is a managed InfluxDB server.
type TimestreamInfluxDB struct {
	Resource `kind:"timestream_influxdb" var:"db" store:"timestream" cfn:"AWS::Timestream::InfluxDBInstance" tf:"aws_timestreaminfluxdb_db_instance"`

	Name               Fact[string]                `name:"true" cfn:"Name" tf:"name"`
	PubliclyAccessible Fact[bool]                  `cfn:"PubliclyAccessible" tf:"publicly_accessible" default:"false"`
	Deployment         Fact[string]                `cfn:"DeploymentType" tf:"deployment_type" default:"SINGLE_AZ"`
	Username           Fact[string]                `cfn:"Username" tf:"username"`
	Password           Fact[string]                `secret:"true" cfn:"Password" tf:"password"`
	Port               Fact[int64]                 `cfn:"Port" tf:"port" default:"8086"`
	SecurityGroups     Fact[[]Link[SecurityGroup]] `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids"`
	Subnets            Fact[[]Link[Subnet]]        `cfn:"VpcSubnetIds" tf:"vpc_subnet_ids"`
	LogBucket          Link[Bucket]                `cfn:"LogDeliveryConfiguration.S3Configuration.BucketName" tf:"log_delivery_configuration.s3_configuration.bucket_name"`
}
