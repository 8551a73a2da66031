package estate

// Detector is GuardDuty in one region.
type Detector struct {
	Resource `kind:"detector" scope:"account" cfn:"AWS::GuardDuty::Detector" tf:"aws_guardduty_detector" aws:"guardduty:Detector"`

	Enabled   Fact[bool]              `cfn:"Enable" tf:"enable" tfdefault:"true" cfndefault:"false"`
	Frequency Fact[string]            `cfn:"FindingPublishingFrequency" tf:"finding_publishing_frequency" default:"SIX_HOURS"`
	Features  Fact[[]DetectorFeature] `cfn:"Features"`
	S3Logs    Fact[bool]              `as:"s3_logs" cfn:"DataSources.S3Logs.Enable" tf:"datasources.s3_logs.enable" default:"false"`
}

// DetectorFeature is one of a detector's protections.
type DetectorFeature struct {
	Name   Fact[string] `cfn:"Name"`
	Status Fact[string] `cfn:"Status"`
}

// Feature reports whether a protection, such as RDS_LOGIN_EVENTS, is switched on in the detector or beside it.
func (d *Detector) Feature(name string) Fact[bool] {
	if d.Features.State == Unknown {
		return UnknownLike[bool](d.Features.Meta)
	}
	for i := range d.Features.Value {
		f := &d.Features.Value[i]
		if f.Name.State == Unknown || f.Name.Value == name && f.Status.State == Unknown {
			return UnknownFact[bool]("it is known once the detector's features are", f.Status.Origin)
		}
		if f.Name.Value == name {
			return KnownFact(f.Status.Value == "ENABLED", f.Status.Origin)
		}
	}
	for _, f := range All[DetectorFeatureResource](d.estate) {
		if f.Detector.To != AnyResource(d) || f.Name.Value != name {
			continue
		}
		if f.Status.State == Unknown {
			return UnknownLike[bool](f.Status.Meta)
		}
		return KnownFact(f.Status.Value == "ENABLED", f.Status.Origin)
	}
	return KnownFact(false, d.decl.Origin)
}

// DetectorFeatureResource is a protection written apart from its detector (Terraform).
type DetectorFeatureResource struct {
	Resource `kind:"detector_feature" tf:"aws_guardduty_detector_feature"`

	Detector Link[Detector] `tf:"detector_id"`
	Name     Fact[string]   `tf:"name"`
	Status   Fact[string]   `tf:"status"`
}

// GuardDutyOrganization switches GuardDuty on for new accounts of an organization.
type GuardDutyOrganization struct {
	Resource `kind:"guardduty_organization" var:"organization" tf:"aws_guardduty_organization_configuration"`

	Detector Link[Detector] `tf:"detector_id"`
	Members  Fact[string]   `tf:"auto_enable_organization_members" default:"NONE"`
	Auto     Fact[bool]     `tf:"auto_enable" default:"false"`
}

// MacieSession is Macie in one region.
type MacieSession struct {
	Resource `kind:"macie_session" var:"macie" scope:"account" cfn:"AWS::Macie::Session" tf:"aws_macie2_account"`

	Status Fact[string] `cfn:"Status" tf:"status" default:"ENABLED"`
}

// ConfigRecorder is AWS Config in one region.
type ConfigRecorder struct {
	Resource `kind:"config_recorder" var:"recorder" scope:"account" cfn:"AWS::Config::ConfigurationRecorder" tf:"aws_config_configuration_recorder"`

	Name         Fact[string] `name:"true" cfn:"Name" tf:"name"`
	AllSupported Fact[bool]   `cfn:"RecordingGroup.AllSupported" tf:"recording_group.all_supported" cfndefault:"true" tfdefault:"true"`
	Global       Fact[bool]   `cfn:"RecordingGroup.IncludeGlobalResourceTypes" tf:"recording_group.include_global_resource_types" default:"false"`
}
