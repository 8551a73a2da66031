package estate

// QLDBLedger is a ledger of Amazon QLDB. AWS ended the service in July 2025; templates that declare one are still read.
type QLDBLedger struct {
	Resource `kind:"qldb_ledger" var:"ledger" store:"qldb" cfn:"AWS::QLDB::Ledger" tf:"aws_qldb_ledger" aws:"qldb:Ledger" arn:"qldb:{region}:{account}:ledger/{name}"`

	Name               Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"Name"`
	DeletionProtection Fact[bool]   `cfn:"DeletionProtection" tf:"deletion_protection" aws:"DeletionProtection" default:"true"`
	// PermissionsMode is STANDARD, where IAM decides by command and table, or ALLOW_ALL, where whoever may send
	// commands may send any.
	PermissionsMode Fact[string] `cfn:"PermissionsMode" tf:"permissions_mode" aws:"PermissionsMode"`
	// KMSKey may say AWS_OWNED_KMS_KEY.
	KMSKey Link[KMSKey] `cfn:"KmsKey" tf:"kms_key" aws:"EncryptionDescription.KmsKeyArn"`
}

// QLDBStream copies a ledger's journal, with the data in it, to a Kinesis stream.
type QLDBStream struct {
	Resource `kind:"qldb_stream" var:"stream" cfn:"AWS::QLDB::Stream" tf:"aws_qldb_stream"`

	Ledger  Link[QLDBLedger] `cfn:"LedgerName" tf:"ledger_name"`
	Kinesis Fact[string]     `cfn:"KinesisConfiguration.StreamArn" tf:"kinesis_configuration.stream_arn"`
	Role    Link[IAMRole]    `cfn:"RoleArn" tf:"role_arn"`
}
