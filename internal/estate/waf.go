package estate

import "strings"

// WebACL is a web ACL of AWS WAF: the rules that requests to a load balancer, an API or a distribution must pass.
type WebACL struct {
	Resource `kind:"web_acl" var:"web_acl" cfn:"AWS::WAFv2::WebACL" tf:"aws_wafv2_web_acl" aws:"wafv2:WebACL"`

	ARN        Fact[string] `as:"arn" name:"true" aws:"ARN"`
	AssignedID Fact[string] `as:"id" name:"true" aws:"Id"`
	Name       Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"Name"`
	// WebScope is REGIONAL or CLOUDFRONT.
	WebScope      Fact[string]        `as:"scope" cfn:"Scope" tf:"scope"`
	DefaultAction Fact[WAFAction]     `cfn:"DefaultAction" tf:"default_action" aws:"DefaultAction"`
	Rules         Fact[[]WAFRule]     `cfn:"Rules" tf:"rule" aws:"Rules"`
	RulesJSON     Fact[string]        `as:"rules_json" tf:"rule_json"`
	Visibility    Fact[WAFVisibility] `cfn:"VisibilityConfig" tf:"visibility_config" aws:"VisibilityConfig"`
}

// WAFRuleGroup is a set of rules that web ACLs can name.
type WAFRuleGroup struct {
	Resource `kind:"waf_rule_group" var:"web_acl" cfn:"AWS::WAFv2::RuleGroup" tf:"aws_wafv2_rule_group" aws:"wafv2:RuleGroup"`

	ARN        Fact[string]        `as:"arn" name:"true" aws:"ARN"`
	Name       Fact[string]        `name:"true" cfn:"Name" tf:"name" aws:"Name"`
	WebScope   Fact[string]        `as:"scope" cfn:"Scope" tf:"scope"`
	Capacity   Fact[int64]         `cfn:"Capacity" tf:"capacity" aws:"Capacity"`
	Rules      Fact[[]WAFRule]     `cfn:"Rules" tf:"rule" aws:"Rules"`
	Visibility Fact[WAFVisibility] `cfn:"VisibilityConfig" tf:"visibility_config" aws:"VisibilityConfig"`
}

// WAFRule is one rule: what it matches, and what is done then.
type WAFRule struct {
	At             Origin              `json:"-" fact:"-"`
	Name           Fact[string]        `cfn:"Name" tf:"name" aws:"Name"`
	Priority       Fact[int64]         `cfn:"Priority" tf:"priority" aws:"Priority"`
	Action         Fact[WAFAction]     `cfn:"Action" tf:"action" aws:"Action"`
	OverrideAction Fact[WAFOverride]   `cfn:"OverrideAction" tf:"override_action" aws:"OverrideAction"`
	Statement      Fact[WAFStatement]  `cfn:"Statement" tf:"statement" aws:"Statement"`
	Visibility     Fact[WAFVisibility] `cfn:"VisibilityConfig" tf:"visibility_config" aws:"VisibilityConfig"`
}

func (r *WAFRule) place(o Origin) { r.At = o }

// WAFAction is what is done with a request. One of its facts is written; each may hold further settings.
type WAFAction struct {
	Allow     Fact[Pairs] `cfn:"Allow" tf:"allow" aws:"Allow"`
	Block     Fact[Pairs] `cfn:"Block" tf:"block" aws:"Block"`
	Count     Fact[Pairs] `cfn:"Count" tf:"count" aws:"Count"`
	Captcha   Fact[Pairs] `cfn:"Captcha" tf:"captcha" aws:"Captcha"`
	Challenge Fact[Pairs] `cfn:"Challenge" tf:"challenge" aws:"Challenge"`
}

// WAFOverride says whether the actions of a rule group's rules hold (none) or only count.
type WAFOverride struct {
	None  Fact[Pairs] `cfn:"None" tf:"none" aws:"None"`
	Count Fact[Pairs] `cfn:"Count" tf:"count" aws:"Count"`
}

// WAFVisibility says what WAF records of a rule's requests.
type WAFVisibility struct {
	Metrics         Fact[bool]   `cfn:"CloudWatchMetricsEnabled" tf:"cloudwatch_metrics_enabled" aws:"CloudWatchMetricsEnabled" default:"false"`
	MetricName      Fact[string] `cfn:"MetricName" tf:"metric_name" aws:"MetricName"`
	SampledRequests Fact[bool]   `cfn:"SampledRequestsEnabled" tf:"sampled_requests_enabled" aws:"SampledRequestsEnabled" default:"false"`
}

// WAFStatement is what a rule matches. One of its facts is written; And, Or and Not hold further statements.
type WAFStatement struct {
	Managed      Fact[WAFManagedGroup]   `cfn:"ManagedRuleGroupStatement" tf:"managed_rule_group_statement" aws:"ManagedRuleGroupStatement"`
	RuleGroup    Fact[WAFGroupReference] `cfn:"RuleGroupReferenceStatement" tf:"rule_group_reference_statement" aws:"RuleGroupReferenceStatement"`
	RateBased    Fact[WAFRate]           `cfn:"RateBasedStatement" tf:"rate_based_statement" aws:"RateBasedStatement"`
	IPSet        Link[WAFIPSet]          `as:"ip_set" cfn:"IPSetReferenceStatement.Arn" tf:"ip_set_reference_statement.arn" aws:"IPSetReferenceStatement.ARN"`
	Countries    Fact[Strings]           `cfn:"GeoMatchStatement.CountryCodes" tf:"geo_match_statement.country_codes" aws:"GeoMatchStatement.CountryCodes"`
	SQLInjection Fact[Pairs]             `cfn:"SqliMatchStatement" tf:"sqli_match_statement" aws:"SqliMatchStatement"`
	XSS          Fact[Pairs]             `as:"xss" cfn:"XssMatchStatement" tf:"xss_match_statement" aws:"XssMatchStatement"`
	And          Fact[[]WAFStatement]    `cfn:"AndStatement.Statements" tf:"and_statement.statement" aws:"AndStatement.Statements"`
	Or           Fact[[]WAFStatement]    `cfn:"OrStatement.Statements" tf:"or_statement.statement" aws:"OrStatement.Statements"`
	Not          Fact[[]WAFStatement]    `cfn:"NotStatement.Statement" tf:"not_statement.statement" aws:"NotStatement.Statement"`
}

// WAFManagedGroup is a rule group that AWS or another vendor keeps.
type WAFManagedGroup struct {
	Name    Fact[string] `cfn:"Name" tf:"name" aws:"Name"`
	Vendor  Fact[string] `cfn:"VendorName" tf:"vendor_name" aws:"VendorName"`
	Version Fact[string] `cfn:"Version" tf:"version" aws:"Version"`
	// Excluded rules only count.
	Excluded  Fact[Strings]           `cfn:"ExcludedRules.*.Name" tf:"excluded_rule.*.name" aws:"ExcludedRules.*.Name"`
	Overrides Fact[[]WAFRuleOverride] `cfn:"RuleActionOverrides" tf:"rule_action_override" aws:"RuleActionOverrides"`
}

// WAFRuleOverride puts another action in the place of a group's rule's own.
type WAFRuleOverride struct {
	Name   Fact[string]    `cfn:"Name" tf:"name" aws:"Name"`
	Action Fact[WAFAction] `cfn:"ActionToUse" tf:"action_to_use" aws:"ActionToUse"`
}

// WAFGroupReference applies a rule group of one's own.
type WAFGroupReference struct {
	Group    Link[WAFRuleGroup] `cfn:"Arn" tf:"arn" aws:"ARN"`
	Excluded Fact[Strings]      `cfn:"ExcludedRules.*.Name" tf:"excluded_rule.*.name" aws:"ExcludedRules.*.Name"`
}

// WAFRate limits how many requests one source may make.
type WAFRate struct {
	// Limit is in requests per Window, of seconds.
	Limit  Fact[int64]  `cfn:"Limit" tf:"limit" aws:"Limit"`
	Window Fact[int64]  `cfn:"EvaluationWindowSec" tf:"evaluation_window_sec" aws:"EvaluationWindowSec" default:"300"`
	By     Fact[string] `cfn:"AggregateKeyType" tf:"aggregate_key_type" aws:"AggregateKeyType" default:"IP"`
}

// written is the name of the one setting that is there, "" when none is.
func written(names []string, facts ...*Fact[Pairs]) Fact[string] {
	for i, f := range facts {
		given, ok := f.Given()
		if !ok {
			return UnknownLike[string](f.Meta)
		}
		if given {
			return KnownFact(names[i], f.Origin)
		}
	}
	return Fact[string]{}
}

// Name is allow, block, count, captcha or challenge; "" where none is written.
func (a *WAFAction) Name() Fact[string] {
	return written([]string{"allow", "block", "count", "captcha", "challenge"}, &a.Allow, &a.Block, &a.Count, &a.Captcha, &a.Challenge)
}

// Name is none or count; "" where neither is written.
func (o *WAFOverride) Name() Fact[string] {
	return written([]string{"none", "count"}, &o.None, &o.Count)
}

// Written reports whether the rule says what it matches: an empty block is no rule.
func (r *WAFRule) Written() Fact[bool] {
	given, ok := r.Statement.Given()
	if !ok {
		return UnknownLike[bool](r.Statement.Meta)
	}
	return KnownFact(given, r.At)
}

// HasAction reports whether the rule says what is done with what it matches. A rule group brings its rules' own actions.
func (r *WAFRule) HasAction() Fact[bool] {
	for _, m := range []*Meta{&r.OverrideAction.Meta, &r.Statement.Value.Managed.Meta, &r.Statement.Value.RuleGroup.Meta} {
		if given, _ := m.Given(); given {
			return KnownFact(true, m.Origin)
		}
	}
	for _, m := range []*Meta{&r.Action.Meta, &r.Statement.Meta} {
		if m.State == Unknown {
			return UnknownLike[bool](*m)
		}
	}
	name := r.Action.Value.Name()
	if name.State == Unknown {
		return UnknownLike[bool](name.Meta)
	}
	return KnownFact(name.Value != "", r.At)
}

// Metrics reports whether CloudWatch counts the rule's requests.
func (r *WAFRule) Metrics() Fact[bool] {
	if r.Visibility.State == Unknown {
		return UnknownLike[bool](r.Visibility.Meta)
	}
	return r.Visibility.Value.Metrics
}

// Enforces reports whether the rule applies AWS's managed group of that name, and does not just count what it finds.
// After a slash the beginning of a rule's name can stand, of which none may be excluded or overridden to count or allow:
// "AWSManagedRulesKnownBadInputsRuleSet/Log4JRCE".
func (r *WAFRule) Enforces(what string) Fact[bool] {
	group, rule, _ := strings.Cut(what, "/")
	m := &r.Statement.Value.Managed
	no := KnownFact(false, r.At)
	for _, meta := range []*Meta{&r.Statement.Meta, &m.Meta, &m.Value.Name.Meta} {
		if meta.State == Unknown {
			return UnknownLike[bool](*meta)
		}
	}
	if m.Value.Name.Value != group || m.Value.Vendor.State == Known && !strings.EqualFold(m.Value.Vendor.Value, "AWS") {
		return no
	}
	if r.OverrideAction.State == Unknown {
		return UnknownLike[bool](r.OverrideAction.Meta)
	}
	if name := r.OverrideAction.Value.Name(); name.State == Unknown || name.Value == "count" {
		name.State = max(name.State, Known)
		return Fact[bool]{Meta: name.Meta}
	}
	return m.Value.keeps(rule, m.Origin)
}

// BlocksSQLInjection reports whether the rule turns away requests that carry SQL: by AWS's managed group for it, or by a
// statement of its own with the action block, captcha or challenge.
func (r *WAFRule) BlocksSQLInjection() Fact[bool] {
	if f := r.Enforces("AWSManagedRulesSQLiRuleSet/"); f.State == Unknown || f.Value {
		return f
	}
	if !r.Statement.Value.looksForSQL() {
		return KnownFact(false, r.At)
	}
	name := r.Action.Value.Name()
	if name.State == Unknown {
		return UnknownLike[bool](name.Meta)
	}
	return KnownFact(name.Value == "block" || name.Value == "captcha" || name.Value == "challenge", r.At)
}

func (s *WAFStatement) looksForSQL() bool {
	if given, _ := s.SQLInjection.Given(); given {
		return true
	}
	for _, list := range []*Fact[[]WAFStatement]{&s.And, &s.Or} {
		for i := range list.Value {
			if list.Value[i].looksForSQL() {
				return true
			}
		}
	}
	return false
}

// keeps reports whether none of the group's rules whose name begins so is turned off.
func (m *WAFManagedGroup) keeps(rule string, at Origin) Fact[bool] {
	for _, meta := range []*Meta{&m.Excluded.Meta, &m.Overrides.Meta} {
		if meta.State == Unknown {
			return UnknownLike[bool](*meta)
		}
	}
	var unknown *Meta
	for i := range m.Excluded.Value {
		switch e := &m.Excluded.Value[i]; {
		case e.State == Unknown:
			unknown = &e.Meta
		case rule != "" && strings.HasPrefix(e.Value, rule):
			return KnownFact(false, e.Origin)
		}
	}
	for i := range m.Overrides.Value {
		o := &m.Overrides.Value[i]
		if o.Name.State == Unknown {
			unknown = &o.Name.Meta
		}
		if rule == "" || !strings.HasPrefix(o.Name.Value, rule) {
			continue
		}
		switch name := o.Action.Value.Name(); {
		case o.Action.State == Unknown:
			unknown = &o.Action.Meta
		case name.State == Unknown:
			unknown = &name.Meta
		case name.Value == "count" || name.Value == "allow":
			return KnownFact(false, o.Name.Origin)
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(true, at)
}

// HasRules reports whether any rule is written.
func (w *WebACL) HasRules() Fact[bool] {
	if given, _ := w.RulesJSON.Given(); given {
		return KnownFact(true, w.RulesJSON.Origin)
	}
	return anyRule(&w.Rules, (*WAFRule).Written)
}

// anyRule reports whether a question has yes for an answer for any rule.
func anyRule[R any](rules *Fact[[]R], ask func(*R) Fact[bool]) Fact[bool] {
	if rules.State == Unknown {
		return UnknownLike[bool](rules.Meta)
	}
	out := KnownFact(false, rules.Origin)
	for i := range rules.Value {
		switch f := ask(&rules.Value[i]); {
		case f.State == Unknown:
			out = f
		case f.Value:
			return f
		}
	}
	return out
}

// Logged reports whether the requests that the web ACL sees are recorded.
func (w *WebACL) Logged() Fact[bool] {
	var unknown *Meta
	for _, l := range All[WAFLogging](w.estate) {
		switch {
		case l.WebACL.To == w.self:
			return KnownFact(true, l.decl.Origin)
		case l.WebACL.State == Unknown:
			unknown = &l.WebACL.Meta
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, w.decl.Origin)
}

// WAFIPSet is a set of addresses that rules can name.
type WAFIPSet struct {
	Resource `kind:"waf_ip_set" cfn:"AWS::WAFv2::IPSet" tf:"aws_wafv2_ip_set" aws:"wafv2:IPSet"`

	ARN       Fact[string]  `as:"arn" name:"true" aws:"ARN"`
	Name      Fact[string]  `name:"true" cfn:"Name" tf:"name" aws:"Name"`
	Addresses Fact[Strings] `cfn:"Addresses" tf:"addresses" aws:"Addresses"`
	Version   Fact[string]  `cfn:"IPAddressVersion" tf:"ip_address_version" aws:"IPAddressVersion"`
}

// WAFLogging says where a web ACL's requests are recorded.
type WAFLogging struct {
	Resource `kind:"waf_logging" cfn:"AWS::WAFv2::LoggingConfiguration" tf:"aws_wafv2_web_acl_logging_configuration" aws:"wafv2:LoggingConfiguration"`

	WebACL         Link[WebACL]           `as:"web_acl" cfn:"ResourceArn" tf:"resource_arn" aws:"ResourceArn"`
	Destinations   Fact[[]Link[Resource]] `cfn:"LogDestinationConfigs" tf:"log_destination_configs" aws:"LogDestinationConfigs"`
	RedactedFields Fact[[]WAFRedacted]    `cfn:"RedactedFields" tf:"redacted_fields" aws:"RedactedFields"`
}

// WAFRedacted is a part of a request that the log leaves out.
type WAFRedacted struct {
	Header      Fact[string] `cfn:"SingleHeader.Name" tf:"single_header.name" aws:"SingleHeader.Name"`
	Method      Fact[Pairs]  `cfn:"Method" tf:"method" aws:"Method"`
	QueryString Fact[Pairs]  `cfn:"QueryString" tf:"query_string" aws:"QueryString"`
	URIPath     Fact[Pairs]  `as:"uri_path" cfn:"UriPath" tf:"uri_path" aws:"UriPath"`
}

// WAFAssociation puts a load balancer, an API stage or another resource behind a web ACL.
type WAFAssociation struct {
	Resource `kind:"waf_association" cfn:"AWS::WAFv2::WebACLAssociation,AWS::WAFRegional::WebACLAssociation" tf:"aws_wafv2_web_acl_association,aws_wafregional_web_acl_association"`

	Target Link[Resource] `cfn:"ResourceArn" tf:"resource_arn"`
	WebACL Link[Resource] `as:"web_acl" cfn:"WebACLArn|WebACLId" tf:"web_acl_arn|web_acl_id"`
}

// behindWebACL looks for the association of a resource. matches, where given, knows it by the association's text.
func behindWebACL(r *Resource, matches func(*WAFAssociation) (yes, maybe bool)) Fact[bool] {
	var unknown *Meta
	for _, a := range All[WAFAssociation](r.estate) {
		yes, maybe := a.Target.To == r.self, false
		if !yes && matches != nil {
			yes, maybe = matches(a)
		}
		switch {
		case yes && a.decl.Conditional != "":
			unknown = &Meta{Why: a.decl.Conditional, Origin: a.decl.Origin}
		case yes:
			return KnownFact(true, a.decl.Origin)
		case maybe, a.Target.To == nil && a.Target.State == Unknown && a.Target.Text == "":
			unknown = &a.Target.Meta
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, r.decl.Origin)
}
