package estate

// Trail records API calls.
type Trail struct {
	Resource `kind:"trail" scope:"account" cfn:"AWS::CloudTrail::Trail" tf:"aws_cloudtrail" aws:"cloudtrail:Trail" arn:"cloudtrail:{region}:{account}:trail/{name}"`

	Name           Fact[string]          `name:"true" cfn:"TrailName" tf:"name" aws:"Name"`
	Logging        Fact[bool]            `cfn:"IsLogging" tf:"enable_logging" aws:"IsLogging" tfdefault:"true" cfndefault:"false"`
	MultiRegion    Fact[bool]            `cfn:"IsMultiRegionTrail" tf:"is_multi_region_trail" aws:"IsMultiRegionTrail" default:"false"`
	Validation     Fact[bool]            `cfn:"EnableLogFileValidation" tf:"enable_log_file_validation" aws:"LogFileValidationEnabled" default:"false"`
	GlobalEvents   Fact[bool]            `cfn:"IncludeGlobalServiceEvents" tf:"include_global_service_events" aws:"IncludeGlobalServiceEvents" tfdefault:"true" cfndefault:"false"`
	Organization   Fact[bool]            `cfn:"IsOrganizationTrail" tf:"is_organization_trail" aws:"IsOrganizationTrail" default:"false"`
	KMSKey         Link[KMSKey]          `cfn:"KMSKeyId|KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	LogGroup       Link[LogGroup]        `cfn:"CloudWatchLogsLogGroupArn" tf:"cloud_watch_logs_group_arn" aws:"CloudWatchLogsLogGroupArn"`
	Topic          Link[Topic]           `cfn:"SnsTopicName" tf:"sns_topic_name" aws:"SnsTopicName"`
	Bucket         Link[Bucket]          `cfn:"S3BucketName" tf:"s3_bucket_name" aws:"S3BucketName"`
	Selectors      Fact[[]EventSelector] `cfn:"EventSelectors" tf:"event_selector"`
	InsightTypes   Fact[Strings]         `cfn:"InsightSelectors.*.InsightType" tf:"insight_selector.*.insight_type"`
	AdvancedFields Fact[Strings]         `cfn:"AdvancedEventSelectors.*.FieldSelectors.*.Equals" tf:"advanced_event_selector.*.field_selector.*.equals"`
}

// EventSelector says which events a trail records beside the management events.
type EventSelector struct {
	ReadWrite  Fact[string]  `cfn:"ReadWriteType" tf:"read_write_type" default:"All"`
	Management Fact[bool]    `cfn:"IncludeManagementEvents" tf:"include_management_events" default:"true"`
	DataTypes  Fact[Strings] `cfn:"DataResources.*.Type" tf:"data_resource.*.type"`
}

// EventDataStore is CloudTrail Lake's store of events.
type EventDataStore struct {
	Resource `kind:"event_data_store" var:"store" scope:"account" cfn:"AWS::CloudTrail::EventDataStore" tf:"aws_cloudtrail_event_data_store" aws:"cloudtrail:EventDataStore"`

	Name        Fact[string] `name:"true" cfn:"Name" tf:"name"`
	KMSKey      Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id"`
	MultiRegion Fact[bool]   `cfn:"MultiRegionEnabled" tf:"multi_region_enabled" default:"true"`
	Protected   Fact[bool]   `cfn:"TerminationProtectionEnabled" tf:"termination_protection_enabled" default:"true"`
	Retention   Fact[int64]  `cfn:"RetentionPeriod" tf:"retention_period" default:"2555"`
}
