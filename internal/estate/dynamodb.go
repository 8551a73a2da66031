package estate

import "strings"

// DynamoDBTable is a DynamoDB table in one region, with the replicas that Terraform writes in it.
type DynamoDBTable struct {
	Resource `kind:"dynamodb_table" var:"table" store:"dynamodb" cfn:"AWS::DynamoDB::Table,AWS::Serverless::SimpleTable" tf:"aws_dynamodb_table" aws:"dynamodb:Table" arn:"dynamodb:{region}:{account}:table/{name}"`

	Name Fact[string] `name:"true" cfn:"TableName" tf:"name" aws:"TableName"`
	// BillingMode is PROVISIONED or PAY_PER_REQUEST. For what holds see OnDemand.
	BillingMode   Fact[string] `cfn:"AWS::DynamoDB::Table=BillingMode" tf:"billing_mode" aws:"BillingModeSummary.BillingMode" default:"PROVISIONED"`
	ReadCapacity  Fact[int64]  `cfn:"ProvisionedThroughput.ReadCapacityUnits" tf:"read_capacity" aws:"ProvisionedThroughput.ReadCapacityUnits"`
	WriteCapacity Fact[int64]  `cfn:"ProvisionedThroughput.WriteCapacityUnits" tf:"write_capacity" aws:"ProvisionedThroughput.WriteCapacityUnits"`
	// MaxReadUnits and MaxWriteUnits bound what an on-demand table may use per second.
	MaxReadUnits  Fact[int64]  `cfn:"AWS::DynamoDB::Table=OnDemandThroughput.MaxReadRequestUnits" tf:"on_demand_throughput.max_read_request_units" aws:"OnDemandThroughput.MaxReadRequestUnits"`
	MaxWriteUnits Fact[int64]  `cfn:"AWS::DynamoDB::Table=OnDemandThroughput.MaxWriteRequestUnits" tf:"on_demand_throughput.max_write_request_units" aws:"OnDemandThroughput.MaxWriteRequestUnits"`
	TableClass    Fact[string] `cfn:"AWS::DynamoDB::Table=TableClass" tf:"table_class" aws:"TableClassSummary.TableClass" default:"STANDARD"`

	// KMSEncryption is false for a table under the key that AWS owns: every table is encrypted, but only a key in KMS
	// can be audited and withdrawn.
	KMSEncryption Fact[bool]   `cfn:"SSESpecification.SSEEnabled" tf:"server_side_encryption.enabled" default:"false"`
	SSEType       Fact[string] `as:"sse_type" cfn:"SSESpecification.SSEType" aws:"SSEDescription.SSEType"`
	KMSKey        Link[KMSKey] `cfn:"SSESpecification.KMSMasterKeyId" tf:"server_side_encryption.kms_key_arn" aws:"SSEDescription.KMSMasterKeyArn"`

	PointInTimeRecovery Fact[bool] `cfn:"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled" tf:"point_in_time_recovery.enabled" default:"false"`
	// RecoveryPeriodDays is how far back point-in-time recovery reaches.
	RecoveryPeriodDays Fact[int64] `cfn:"PointInTimeRecoverySpecification.RecoveryPeriodInDays" tf:"point_in_time_recovery.recovery_period_in_days" default:"35"`
	DeletionProtection Fact[bool]  `cfn:"AWS::DynamoDB::Table=DeletionProtectionEnabled" tf:"deletion_protection_enabled" aws:"DeletionProtectionEnabled" default:"false"`

	// StreamEnabled is Terraform's switch; in CloudFormation a stream view type alone turns the stream on.
	StreamEnabled  Fact[bool]   `tf:"stream_enabled" aws:"StreamSpecification.StreamEnabled"`
	StreamViewType Fact[string] `cfn:"AWS::DynamoDB::Table=StreamSpecification.StreamViewType" tf:"stream_view_type" aws:"StreamSpecification.StreamViewType"`
	// KinesisStream is where changes are copied to, with the data in them.
	KinesisStream Fact[string] `cfn:"AWS::DynamoDB::Table=KinesisStreamSpecification.StreamArn"`
	// ContributorInsights publishes which keys are used most: the keys themselves, in CloudWatch.
	ContributorInsights Fact[bool]   `cfn:"AWS::DynamoDB::Table=ContributorInsightsSpecification.Enabled" default:"false"`
	TTLEnabled          Fact[bool]   `cfn:"AWS::DynamoDB::Table=TimeToLiveSpecification.Enabled" tf:"ttl.enabled" default:"false"`
	TTLAttribute        Fact[string] `cfn:"AWS::DynamoDB::Table=TimeToLiveSpecification.AttributeName" tf:"ttl.attribute_name"`
	// ImportBucket is the S3 bucket the table was filled from when it was made.
	ImportBucket Link[Bucket] `cfn:"AWS::DynamoDB::Table=ImportSourceSpecification.S3BucketSource.S3Bucket" tf:"import_table.s3_bucket_source.bucket"`
	// RestoredFrom is the table whose backup this one was made of.
	RestoredFrom Fact[string] `tf:"restore_source_name|restore_source_table_arn" aws:"RestoreSummary.SourceTableArn"`
	// Policy and StreamPolicy are resource policies written in the table; Terraform's are a DynamoDBResourcePolicy.
	Policy       Fact[Document]        `cfn:"AWS::DynamoDB::Table=ResourcePolicy.PolicyDocument"`
	StreamPolicy Fact[Document]        `cfn:"AWS::DynamoDB::Table=StreamSpecification.ResourcePolicy.PolicyDocument"`
	HashKey      Fact[string]          `cfn:"AWS::Serverless::SimpleTable=PrimaryKey.Name|KeySchema.AttributeName" tf:"hash_key"`
	RangeKey     Fact[string]          `tf:"range_key"`
	Indexes      Fact[[]DynamoDBIndex] `cfn:"AWS::DynamoDB::Table=GlobalSecondaryIndexes" tf:"global_secondary_index" aws:"GlobalSecondaryIndexes"`
	Replicas     Fact[[]TableReplica]  `tf:"replica" aws:"Replicas"`
}

// CustomerKey reports whether the table is encrypted with a key the customer manages. A key that is named while KMS
// encryption is off is not used.
func (t *DynamoDBTable) CustomerKey() Fact[bool] {
	return bothTrue(t.KMSEncryption, customerKey(&t.KMSKey))
}

// KeyNames are the names of the attributes of the table's key that are known.
func (t *DynamoDBTable) KeyNames() []string {
	var out []string
	for _, f := range []Fact[string]{t.HashKey, t.RangeKey} {
		if f.State == Known {
			out = append(out, f.Value)
		}
	}
	return out
}

// OnDemand reports whether the table is billed by request, and so has no capacity that could run out. SAM makes a
// simple table on demand unless throughput is given.
func (t *DynamoDBTable) OnDemand() Fact[bool] {
	if t.decl.Type == "AWS::Serverless::SimpleTable" {
		given, known := t.ReadCapacity.Given()
		if !known {
			return UnknownLike[bool](t.ReadCapacity.Meta)
		}
		return KnownFact(!given, t.ReadCapacity.Origin)
	}
	return onDemand(&t.BillingMode)
}

func onDemand(mode *Fact[string]) Fact[bool] {
	if mode.State == Unknown {
		return UnknownLike[bool](mode.Meta)
	}
	return KnownFact(strings.EqualFold(mode.Value, "PAY_PER_REQUEST"), mode.Origin)
}

// DynamoDBIndex is a global secondary index.
type DynamoDBIndex struct {
	Name          Fact[string] `cfn:"IndexName" tf:"name" aws:"IndexName"`
	HashKey       Fact[string] `cfn:"KeySchema.AttributeName" tf:"hash_key"`
	ReadCapacity  Fact[int64]  `cfn:"ProvisionedThroughput.ReadCapacityUnits" tf:"read_capacity" aws:"ProvisionedThroughput.ReadCapacityUnits"`
	WriteCapacity Fact[int64]  `cfn:"ProvisionedThroughput.WriteCapacityUnits" tf:"write_capacity" aws:"ProvisionedThroughput.WriteCapacityUnits"`
}

// DynamoDBGlobalTable is a table declared once with a replica in each region. Encryption is switched on for all of
// them; keys, recovery and deletion protection are each replica's own. Terraform's resource is the version of 2017,
// which joins tables declared elsewhere and holds no settings of theirs.
type DynamoDBGlobalTable struct {
	Resource `kind:"dynamodb_global_table" var:"table" store:"dynamodb" cfn:"AWS::DynamoDB::GlobalTable" tf:"aws_dynamodb_global_table" arn:"dynamodb:{region}:{account}:table/{name}"`

	Name        Fact[string] `name:"true" cfn:"TableName" tf:"name"`
	BillingMode Fact[string] `cfn:"BillingMode" cfndefault:"PROVISIONED"`
	// KMSEncryption is false for replicas under the key that AWS owns.
	KMSEncryption Fact[bool]   `cfn:"SSESpecification.SSEEnabled" default:"false"`
	SSEType       Fact[string] `as:"sse_type" cfn:"SSESpecification.SSEType"`
	// WriteSettings hold for all replicas: their writes scale together.
	WriteSettings  Fact[CapacitySettings] `cfn:"WriteProvisionedThroughputSettings"`
	StreamViewType Fact[string]           `cfn:"StreamSpecification.StreamViewType"`
	TTLEnabled     Fact[bool]             `cfn:"TimeToLiveSpecification.Enabled" default:"false"`
	Consistency    Fact[string]           `cfn:"MultiRegionConsistency" default:"EVENTUAL"`
	Replicas       Fact[[]TableReplica]   `cfn:"Replicas" tf:"replica"`
}

// CapacitySettings are the capacity of a global table's reads or writes: fixed units, or the bounds it scales between.
type CapacitySettings struct {
	Units       Fact[int64] `cfn:"ReadCapacityUnits"`
	MinCapacity Fact[int64] `cfn:"WriteCapacityAutoScalingSettings.MinCapacity|ReadCapacityAutoScalingSettings.MinCapacity"`
	MaxCapacity Fact[int64] `cfn:"WriteCapacityAutoScalingSettings.MaxCapacity|ReadCapacityAutoScalingSettings.MaxCapacity"`
}

// OnDemand reports whether the table is billed by request, and so has no capacity that could run out.
func (t *DynamoDBGlobalTable) OnDemand() Fact[bool] { return onDemand(&t.BillingMode) }

// TableReplica is the copy of a table in one region, written inside the table. One declared on its own is a
// DynamoDBTableReplica.
type TableReplica struct {
	At                  Origin                 `json:"-" fact:"-"`
	Region              Fact[string]           `cfn:"Region" tf:"region_name" aws:"RegionName"`
	KMSKey              Link[KMSKey]           `cfn:"SSESpecification.KMSMasterKeyId" tf:"kms_key_arn" aws:"KMSMasterKeyId"`
	PointInTimeRecovery Fact[bool]             `cfn:"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled" tf:"point_in_time_recovery" default:"false"`
	RecoveryPeriodDays  Fact[int64]            `cfn:"PointInTimeRecoverySpecification.RecoveryPeriodInDays" default:"35"`
	DeletionProtection  Fact[bool]             `cfn:"DeletionProtectionEnabled" tf:"deletion_protection_enabled" default:"false"`
	ReadSettings        Fact[CapacitySettings] `cfn:"ReadProvisionedThroughputSettings"`
	TableClass          Fact[string]           `cfn:"TableClass" default:"STANDARD"`
	KinesisStream       Fact[string]           `cfn:"KinesisStreamSpecification.StreamArn"`
	Policy              Fact[Document]         `cfn:"ResourcePolicy.PolicyDocument"`
	StreamPolicy        Fact[Document]         `cfn:"ReplicaStreamSpecification.ResourcePolicy.PolicyDocument"`
	PropagateTags       Fact[bool]             `tf:"propagate_tags" default:"false"`
	Tags                Fact[Pairs]            `cfn:"Tags,pairs=Key/Value"`
}

func (r *TableReplica) place(o Origin) { r.At = o }

// CustomerKey reports whether the replica names a key that the customer manages.
func (r *TableReplica) CustomerKey() Fact[bool] { return customerKey(&r.KMSKey) }

// DynamoDBTableReplica is the copy of a table in another region, declared on its own.
type DynamoDBTableReplica struct {
	Resource `kind:"dynamodb_table_replica" var:"table" store:"dynamodb" tf:"aws_dynamodb_table_replica" arn:"dynamodb:{region}:{account}:table/{name}"`

	// Original is the table that is replicated.
	Original            Link[DynamoDBTable] `tf:"global_table_arn"`
	KMSKey              Link[KMSKey]        `tf:"kms_key_arn"`
	PointInTimeRecovery Fact[bool]          `tf:"point_in_time_recovery" default:"false"`
	DeletionProtection  Fact[bool]          `tf:"deletion_protection_enabled" default:"false"`
	TableClass          Fact[string]        `tf:"table_class_override"`
}

// CustomerKey reports whether the replica names a key that the customer manages.
func (r *DynamoDBTableReplica) CustomerKey() Fact[bool] { return customerKey(&r.KMSKey) }

// DynamoDBKinesisDestination copies a table's changes, with the data in them, to a Kinesis stream. CloudFormation writes
// it in the table.
type DynamoDBKinesisDestination struct {
	Resource `kind:"dynamodb_kinesis_destination" var:"destination" tf:"aws_dynamodb_kinesis_streaming_destination"`

	Table  Link[DynamoDBTable] `tf:"table_name"`
	Stream Fact[string]        `tf:"stream_arn"`
}

// DynamoDBTableExport writes the whole of a table to an S3 bucket.
type DynamoDBTableExport struct {
	Resource `kind:"dynamodb_table_export" var:"export" tf:"aws_dynamodb_table_export"`

	Table       Link[DynamoDBTable] `tf:"table_arn"`
	Bucket      Link[Bucket]        `tf:"s3_bucket"`
	BucketOwner Fact[string]        `tf:"s3_bucket_owner"`
	SSE         Fact[string]        `as:"sse_algorithm" tf:"s3_sse_algorithm"`
	KMSKey      Link[KMSKey]        `tf:"s3_sse_kms_key_id"`
}

// DynamoDBContributorInsights publishes the most used keys of a table, or of one of its indexes, to CloudWatch.
type DynamoDBContributorInsights struct {
	Resource `kind:"dynamodb_contributor_insights" var:"insights" plural:"dynamodb_contributor_insights" tf:"aws_dynamodb_contributor_insights"`

	Table Link[DynamoDBTable] `tf:"table_name"`
	Index Fact[string]        `tf:"index_name"`
	Mode  Fact[string]        `tf:"mode"`
}

// WithoutRecovery are the regions of replicas that have no point-in-time recovery.
func (t *DynamoDBTable) WithoutRecovery() Fact[Strings] {
	return regionsWithout(&t.Replicas, hasRecovery)
}

// WithoutDeletionProtection are the regions of replicas that have no deletion protection.
func (t *DynamoDBTable) WithoutDeletionProtection() Fact[Strings] {
	return regionsWithout(&t.Replicas, isProtected)
}

// WithoutCustomerKey are the regions of replicas that name no key of the customer's.
func (t *DynamoDBTable) WithoutCustomerKey() Fact[Strings] {
	return regionsWithout(&t.Replicas, (*TableReplica).CustomerKey)
}

// WithoutRecovery are the regions of replicas that have no point-in-time recovery.
func (t *DynamoDBGlobalTable) WithoutRecovery() Fact[Strings] {
	return regionsWithout(&t.Replicas, hasRecovery)
}

// WithoutDeletionProtection are the regions of replicas that have no deletion protection.
func (t *DynamoDBGlobalTable) WithoutDeletionProtection() Fact[Strings] {
	return regionsWithout(&t.Replicas, isProtected)
}

// WithoutCustomerKey are the regions of replicas that name no key of the customer's.
func (t *DynamoDBGlobalTable) WithoutCustomerKey() Fact[Strings] {
	return regionsWithout(&t.Replicas, (*TableReplica).CustomerKey)
}

func hasRecovery(r *TableReplica) Fact[bool] { return r.PointInTimeRecovery }
func isProtected(r *TableReplica) Fact[bool] { return r.DeletionProtection }

// regionsWithout lists the regions of the replicas that are known to lack something; its place is the first of them.
func regionsWithout(replicas *Fact[[]TableReplica], has func(*TableReplica) Fact[bool]) Fact[Strings] {
	if replicas.State == Unknown {
		return UnknownLike[Strings](replicas.Meta)
	}
	out := KnownFact(Strings{}, replicas.Origin)
	for i := range replicas.Value {
		r := &replicas.Value[i]
		if f := has(r); f.State == Unknown || f.Value {
			continue
		}
		if len(out.Value) == 0 {
			out.Origin = r.At
		}
		out.Value = append(out.Value, r.Region)
	}
	return out
}
