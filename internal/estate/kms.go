package estate

// KMSKey is a customer managed key.
type KMSKey struct {
	Resource `kind:"kms_key" var:"key" cfn:"AWS::KMS::Key" tf:"aws_kms_key" aws:"kms:Key"`

	Rotation Fact[bool] `cfn:"EnableKeyRotation" tf:"enable_key_rotation" aws:"KeyRotationEnabled" default:"false"`
}
