package estate

// KeyspacesKeyspace groups tables of Amazon Keyspaces and says in which regions they stand.
type KeyspacesKeyspace struct {
	Resource `kind:"keyspaces_keyspace" var:"keyspace" cfn:"AWS::Cassandra::Keyspace" tf:"aws_keyspaces_keyspace"`

	Name        Fact[string]  `name:"true" cfn:"KeyspaceName" tf:"name"`
	Replication Fact[string]  `cfn:"ReplicationSpecification.ReplicationStrategy" tf:"replication_specification.replication_strategy" default:"SINGLE_REGION"`
	Regions     Fact[Strings] `cfn:"ReplicationSpecification.RegionList" tf:"replication_specification.region_list"`
}

// KeyspacesTable is a table of Amazon Keyspaces (for Apache Cassandra).
type KeyspacesTable struct {
	Resource `kind:"keyspaces_table" var:"table" store:"keyspaces" cfn:"AWS::Cassandra::Table" tf:"aws_keyspaces_table" arn:"cassandra:{region}:{account}:/keyspace/*/table/{name}"`

	Name     Fact[string]            `name:"true" cfn:"TableName" tf:"table_name"`
	Keyspace Link[KeyspacesKeyspace] `cfn:"KeyspaceName" tf:"keyspace_name"`
	// EncryptionType is AWS_OWNED_KMS_KEY or CUSTOMER_MANAGED_KMS_KEY; only with the latter is a key used.
	EncryptionType Fact[string] `cfn:"EncryptionSpecification.EncryptionType" tf:"encryption_specification.type" default:"AWS_OWNED_KMS_KEY"`
	KMSKey         Link[KMSKey] `cfn:"EncryptionSpecification.KmsKeyIdentifier" tf:"encryption_specification.kms_key_identifier"`
	// PointInTimeRecovery is a switch in CloudFormation; Terraform spells it ENABLED, see RecoveryStatus.
	PointInTimeRecovery Fact[bool]   `cfn:"PointInTimeRecoveryEnabled"`
	RecoveryStatus      Fact[string] `tf:"point_in_time_recovery.status" tfdefault:"DISABLED"`
	BillingMode         Fact[string] `cfn:"BillingMode.Mode" tf:"capacity_specification.throughput_mode" cfndefault:"ON_DEMAND" tfdefault:"PAY_PER_REQUEST"`
	TimeToLive          Fact[int64]  `cfn:"DefaultTimeToLive" tf:"default_time_to_live"`
}

// CustomerKey reports whether the table is encrypted with a key the customer manages.
func (t *KeyspacesTable) CustomerKey() Fact[bool] {
	return bothTrue(isText(t.EncryptionType, "CUSTOMER_MANAGED_KMS_KEY"), customerKey(&t.KMSKey))
}
