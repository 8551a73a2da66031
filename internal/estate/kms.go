package estate

// KMSKey is a customer managed key, or a replica of one.
type KMSKey struct {
	Resource `kind:"kms_key" var:"key" cfn:"AWS::KMS::Key,AWS::KMS::ReplicaKey" tf:"aws_kms_key,aws_kms_replica_key,aws_kms_external_key" aws:"kms:Key" arn:"kms:{region}:{account}:key/{name}"`

	ID             Fact[string] `name:"true" as:"key_id" aws:"KeyId"`
	Enabled        Fact[bool]   `cfn:"Enabled" tf:"is_enabled|enabled" aws:"Enabled" default:"true"`
	Rotation       Fact[bool]   `cfn:"EnableKeyRotation" tf:"enable_key_rotation" aws:"KeyRotationEnabled" default:"false"`
	RotationPeriod Fact[int64]  `cfn:"RotationPeriodInDays" tf:"rotation_period_in_days" aws:"RotationPeriodInDays" default:"365"`
	Spec           Fact[string] `cfn:"KeySpec" tf:"customer_master_key_spec" aws:"KeySpec" default:"SYMMETRIC_DEFAULT"`
	Usage          Fact[string] `cfn:"KeyUsage" tf:"key_usage" aws:"KeyUsage" default:"ENCRYPT_DECRYPT"`
	Origin         Fact[string] `cfn:"Origin" tf:"" aws:"Origin" default:"AWS_KMS"`
	MultiRegion    Fact[bool]   `cfn:"MultiRegion" tf:"multi_region" aws:"MultiRegion" default:"false"`
	// PendingWindow is how many days the key can be got back after its deletion was asked for.
	PendingWindow Fact[int64]    `cfn:"PendingWindowInDays" tf:"deletion_window_in_days" aws:"PendingDeletionWindowInDays" default:"30"`
	BypassLockout Fact[bool]     `cfn:"BypassPolicyLockoutSafetyCheck" tf:"bypass_policy_lockout_safety_check" default:"false"`
	Policy        Fact[Document] `cfn:"KeyPolicy" tf:"policy" aws:"Policy"`
}

// KMSKeyPolicy is a key policy written apart from its key (Terraform).
type KMSKeyPolicy struct {
	Resource `kind:"kms_key_policy" var:"key" plural:"kms_key_policies" tf:"aws_kms_key_policy"`

	Key    Link[KMSKey]   `as:"of" tf:"key_id"`
	Policy Fact[Document] `tf:"policy"`
}

// KMSAlias is another name of a key.
type KMSAlias struct {
	Resource `kind:"kms_alias" var:"alias" plural:"kms_aliases" cfn:"AWS::KMS::Alias" tf:"aws_kms_alias" aws:"kms:Alias"`

	Name Fact[string] `name:"true" cfn:"AliasName" tf:"name" aws:"AliasName"`
	Key  Link[KMSKey] `cfn:"TargetKeyId" tf:"target_key_id" aws:"TargetKeyId"`
}

// KMSGrant lets a principal use a key without the key policy saying so.
type KMSGrant struct {
	Resource `kind:"kms_grant" var:"grant" tf:"aws_kms_grant"`

	Key        Link[KMSKey]  `tf:"key_id"`
	Grantee    Fact[string]  `tf:"grantee_principal"`
	Operations Fact[Strings] `tf:"operations"`
}
