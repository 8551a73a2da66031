package estate

// LogGroup is a CloudWatch log group.
type LogGroup struct {
	Resource `kind:"log_group" cfn:"AWS::Logs::LogGroup" tf:"aws_cloudwatch_log_group" aws:"logs:LogGroup"`

	Name   Fact[string] `name:"true" cfn:"LogGroupName" tf:"name" aws:"logGroupName"`
	KMSKey Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id" aws:"kmsKeyId"`
	// Retention is in days; 0 keeps events for ever.
	Retention Fact[int64] `cfn:"RetentionInDays" tf:"retention_in_days" aws:"retentionInDays" default:"0"`
}

// MetricFilter turns log events into a metric.
type MetricFilter struct {
	Resource `kind:"metric_filter" cfn:"AWS::Logs::MetricFilter" tf:"aws_cloudwatch_log_metric_filter"`

	LogGroup Link[LogGroup] `cfn:"LogGroupName" tf:"log_group_name"`
	Pattern  Fact[string]   `cfn:"FilterPattern" tf:"pattern"`
	Metrics  Fact[Strings]  `cfn:"MetricTransformations.*.MetricName" tf:"metric_transformation.*.name"`
}

// Alarm is a CloudWatch alarm.
type Alarm struct {
	Resource `kind:"alarm" cfn:"AWS::CloudWatch::Alarm" tf:"aws_cloudwatch_metric_alarm"`

	Name    Fact[string]  `name:"true" cfn:"AlarmName" tf:"alarm_name"`
	Metric  Fact[string]  `cfn:"MetricName" tf:"metric_name"`
	Actions Fact[Strings] `cfn:"AlarmActions" tf:"alarm_actions"`
	Enabled Fact[bool]    `cfn:"ActionsEnabled" tf:"actions_enabled" default:"true"`
}

// EventRule is an EventBridge rule.
type EventRule struct {
	Resource `kind:"event_rule" cfn:"AWS::Events::Rule" tf:"aws_cloudwatch_event_rule"`

	Name    Fact[string]  `name:"true" cfn:"Name" tf:"name"`
	State   Fact[string]  `cfn:"State" tf:"state" default:"ENABLED"`
	Targets Fact[Strings] `cfn:"Targets.*.Arn"`
}

// EventTarget is where an EventBridge rule sends to, written apart from it (Terraform).
type EventTarget struct {
	Resource `kind:"event_target" tf:"aws_cloudwatch_event_target"`

	Rule Link[EventRule] `tf:"rule"`
	ARN  Fact[string]    `as:"arn" tf:"arn"`
}

// ResolverLog logs the DNS queries of VPCs.
type ResolverLog struct {
	Resource `kind:"resolver_log" cfn:"AWS::Route53Resolver::ResolverQueryLoggingConfig" tf:"aws_route53_resolver_query_log_config"`

	Name        Fact[string] `name:"true" cfn:"Name" tf:"name"`
	Destination Fact[string] `cfn:"DestinationArn" tf:"destination_arn"`
}

// ResolverLogAssociation puts a VPC's queries into a log.
type ResolverLogAssociation struct {
	Resource `kind:"resolver_log_association" cfn:"AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation" tf:"aws_route53_resolver_query_log_config_association"`

	Log Link[ResolverLog] `cfn:"ResolverQueryLogConfigId" tf:"resolver_query_log_config_id"`
	VPC Fact[string]      `cfn:"ResourceId" tf:"resource_id"`
}
