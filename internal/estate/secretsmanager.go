package estate

// Secret is a secret in Secrets Manager.
type Secret struct {
	Resource `kind:"secret" cfn:"AWS::SecretsManager::Secret" tf:"aws_secretsmanager_secret" aws:"secretsmanager:Secret" arn:"secretsmanager:{region}:{account}:secret:{name}-AbCdEf"`

	Name           Fact[string]   `name:"true" cfn:"Name" tf:"name" aws:"Name"`
	KMSKey         Link[KMSKey]   `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	RecoveryWindow Fact[int64]    `tf:"recovery_window_in_days" default:"30"`
	Policy         Fact[Document] `tf:"policy"`
	// Value is the secret written into the template; it must not be.
	Value     Fact[string] `secret:"true" cfn:"SecretString"`
	Generated Fact[int64]  `cfn:"GenerateSecretString.PasswordLength" default:"32"`
}

// Rotated reports whether a rotation schedule in the estate turns the secret over.
func (s *Secret) Rotated() Fact[bool] {
	undecided := false
	for _, r := range All[SecretRotation](s.estate) {
		if r.Secret.To == AnyResource(s) {
			return KnownFact(true, r.decl.Origin)
		}
		undecided = undecided || r.Secret.State == Unknown
	}
	if undecided {
		return UnknownFact[bool]("it is known once the rotation schedules name their secrets", s.decl.Origin)
	}
	return KnownFact(false, s.decl.Origin)
}

// SecretRotation turns a secret over on a schedule.
type SecretRotation struct {
	Resource `kind:"secret_rotation" var:"rotation" cfn:"AWS::SecretsManager::RotationSchedule" tf:"aws_secretsmanager_secret_rotation"`

	Secret     Link[Secret] `cfn:"SecretId" tf:"secret_id"`
	Days       Fact[int64]  `cfn:"RotationRules.AutomaticallyAfterDays" tf:"rotation_rules.automatically_after_days"`
	Expression Fact[string] `cfn:"RotationRules.ScheduleExpression" tf:"rotation_rules.schedule_expression"`
	Lambda     Fact[string] `cfn:"RotationLambdaARN" tf:"rotation_lambda_arn"`
	Hosted     Fact[string] `cfn:"HostedRotationLambda.RotationType"`
}

// SecretPolicy is the resource policy of a secret.
type SecretPolicy struct {
	Resource `kind:"secret_policy" var:"secret" plural:"secret_policies" cfn:"AWS::SecretsManager::ResourcePolicy" tf:"aws_secretsmanager_secret_policy"`

	Secret      Link[Secret]   `as:"of" cfn:"SecretId" tf:"secret_arn"`
	Policy      Fact[Document] `cfn:"ResourcePolicy" tf:"policy"`
	BlockPublic Fact[bool]     `cfn:"BlockPublicPolicy" tf:"block_public_policy" default:"false"`
}

// SecretVersion is a value of a secret written in Terraform.
type SecretVersion struct {
	Resource `kind:"secret_version" tf:"aws_secretsmanager_secret_version"`

	Secret Link[Secret] `tf:"secret_id"`
	Value  Fact[string] `secret:"true" tf:"secret_string"`
}

// CustomerKey reports whether a key is named that the customer manages.
func (s *Secret) CustomerKey() Fact[bool] { return customerKey(&s.KMSKey) }
