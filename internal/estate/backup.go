package estate

// BackupVault is where AWS Backup keeps recovery points.
type BackupVault struct {
	Resource `kind:"backup_vault" var:"vault" cfn:"AWS::Backup::BackupVault,AWS::Backup::LogicallyAirGappedBackupVault" tf:"aws_backup_vault,aws_backup_logically_air_gapped_vault" aws:"backup:BackupVault" arn:"backup:{region}:{account}:backup-vault:{name}"`

	Name    Fact[string]   `name:"true" cfn:"BackupVaultName" tf:"name" aws:"BackupVaultName"`
	KMSKey  Link[KMSKey]   `cfn:"EncryptionKeyArn" tf:"kms_key_arn" aws:"EncryptionKeyArn"`
	Policy  Fact[Document] `cfn:"AccessPolicy"`
	MinDays Fact[int64]    `cfn:"LockConfiguration.MinRetentionDays|MinRetentionDays" tf:"min_retention_days" default:"0"`
	Destroy Fact[bool]     `as:"force_destroy" tf:"force_destroy" default:"false"`
}

// Locked reports whether recovery points cannot be deleted before their time: by a lock in the vault or beside it.
func (v *BackupVault) Locked() Fact[bool] {
	if v.decl.Type == "AWS::Backup::LogicallyAirGappedBackupVault" || v.decl.Type == "aws_backup_logically_air_gapped_vault" {
		return KnownFact(true, v.decl.Origin)
	}
	if given, ok := v.MinDays.Given(); !ok || given && v.MinDays.State == Unknown {
		return UnknownLike[bool](v.MinDays.Meta)
	} else if given && v.MinDays.Value > 0 {
		return KnownFact(true, v.MinDays.Origin)
	}
	for _, l := range All[BackupVaultLock](v.estate) {
		if l.Vault.To == AnyResource(v) {
			return KnownFact(true, l.decl.Origin)
		}
	}
	return KnownFact(false, v.decl.Origin)
}

// BackupVaultLock keeps recovery points from being deleted (Terraform).
type BackupVaultLock struct {
	Resource `kind:"backup_vault_lock" var:"lock" tf:"aws_backup_vault_lock_configuration"`

	Vault   Link[BackupVault] `tf:"backup_vault_name"`
	MinDays Fact[int64]       `tf:"min_retention_days" default:"0"`
	MaxDays Fact[int64]       `tf:"max_retention_days" default:"0"`
	Grace   Fact[int64]       `tf:"changeable_for_days" default:"0"`
}

// BackupVaultPolicy is the access policy of a vault (Terraform).
type BackupVaultPolicy struct {
	Resource `kind:"backup_vault_policy" var:"vault" plural:"backup_vault_policies" tf:"aws_backup_vault_policy"`

	Vault  Link[BackupVault] `as:"of" tf:"backup_vault_name"`
	Policy Fact[Document]    `tf:"policy"`
}

// BackupPlan says when AWS Backup makes recovery points and how long it keeps them.
type BackupPlan struct {
	Resource `kind:"backup_plan" var:"plan" cfn:"AWS::Backup::BackupPlan" tf:"aws_backup_plan" aws:"backup:BackupPlan"`

	Name  Fact[string]       `name:"true" cfn:"BackupPlan.BackupPlanName" tf:"name" aws:"BackupPlanName"`
	Rules Fact[[]BackupRule] `cfn:"BackupPlan.BackupPlanRule" tf:"rule" aws:"Rules"`
}

// BackupRule is one schedule of a plan.
type BackupRule struct {
	Name       Fact[string]      `cfn:"RuleName" tf:"rule_name" aws:"RuleName"`
	Vault      Link[BackupVault] `cfn:"TargetBackupVault" tf:"target_vault_name" aws:"TargetBackupVaultName"`
	Schedule   Fact[string]      `cfn:"ScheduleExpression" tf:"schedule" aws:"ScheduleExpression"`
	Continuous Fact[bool]        `cfn:"EnableContinuousBackup" tf:"enable_continuous_backup" aws:"EnableContinuousBackup" default:"false"`
	// DeleteAfter is in days; 0 keeps recovery points for ever.
	DeleteAfter Fact[int64]   `cfn:"Lifecycle.DeleteAfterDays" tf:"lifecycle.delete_after" aws:"Lifecycle.DeleteAfterDays" default:"0"`
	CopyTo      Fact[Strings] `cfn:"CopyActions.*.DestinationBackupVaultArn" tf:"copy_action.*.destination_vault_arn"`
}

// BackupSelection says what a plan protects.
type BackupSelection struct {
	Resource `kind:"backup_selection" var:"selection" cfn:"AWS::Backup::BackupSelection" tf:"aws_backup_selection" aws:"backup:BackupSelection"`

	Plan         Link[BackupPlan]       `cfn:"BackupPlanId" tf:"plan_id" aws:"BackupPlanId"`
	Resources    Fact[[]Link[Resource]] `cfn:"BackupSelection.Resources" tf:"resources" aws:"Resources"`
	NotResources Fact[[]Link[Resource]] `cfn:"BackupSelection.NotResources" tf:"not_resources" aws:"NotResources"`
	ByTags       Fact[[]SelectionTag]   `as:"by_tags" cfn:"BackupSelection.ListOfTags" tf:"selection_tag" aws:"ListOfTags"`
	// A resource is taken in only where all the conditions hold as well.
	Equals    Fact[[]SelectionTag] `as:"by_conditions" cfn:"BackupSelection.Conditions.StringEquals" tf:"condition.string_equals"`
	Like      Fact[[]SelectionTag] `cfn:"BackupSelection.Conditions.StringLike" tf:"condition.string_like"`
	NotEquals Fact[[]SelectionTag] `cfn:"BackupSelection.Conditions.StringNotEquals" tf:"condition.string_not_equals"`
	NotLike   Fact[[]SelectionTag] `cfn:"BackupSelection.Conditions.StringNotLike" tf:"condition.string_not_like"`
}

// SelectionTag selects resources by a tag.
type SelectionTag struct {
	Key   Fact[string] `cfn:"ConditionKey" tf:"key" aws:"ConditionKey"`
	Value Fact[string] `cfn:"ConditionValue" tf:"value" aws:"ConditionValue"`
	Test  Fact[string] `cfn:"ConditionType" tf:"type" aws:"ConditionType" default:"STRINGEQUALS"`
}

// BackupReportPlan reports on backups.
type BackupReportPlan struct {
	Resource `kind:"backup_report_plan" var:"report" cfn:"AWS::Backup::ReportPlan" tf:"aws_backup_report_plan"`

	Name Fact[string] `name:"true" cfn:"ReportPlanName" tf:"name"`
}
