package estate

import "strings"

// ClassicWebACL is a web ACL of AWS WAF Classic, global (for CloudFront) or regional.
type ClassicWebACL struct {
	Resource `kind:"classic_web_acl" var:"web_acl" cfn:"AWS::WAF::WebACL,AWS::WAFRegional::WebACL" tf:"aws_waf_web_acl,aws_wafregional_web_acl" aws:"waf:WebACL,waf-regional:WebACL"`

	ARN        Fact[string] `as:"arn" name:"true" aws:"WebACLArn"`
	AssignedID Fact[string] `as:"id" name:"true" aws:"WebACLId"`
	Name       Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"Name"`
	// DefaultAction is ALLOW, BLOCK or COUNT.
	DefaultAction  Fact[string]        `cfn:"DefaultAction.Type" tf:"default_action.type" aws:"DefaultAction.Type"`
	Rules          Fact[[]ClassicRule] `cfn:"Rules" tf:"aws_waf_web_acl=rules|aws_wafregional_web_acl=rule" aws:"Rules"`
	LogDestination Fact[string]        `tf:"logging_configuration.log_destination"`
}

// ClassicRuleGroup is a set of rules of AWS WAF Classic.
type ClassicRuleGroup struct {
	Resource `kind:"classic_rule_group" var:"web_acl" tf:"aws_waf_rule_group,aws_wafregional_rule_group" aws:"waf:RuleGroup,waf-regional:RuleGroup"`

	Name  Fact[string]        `name:"true" tf:"name" aws:"Name"`
	Rules Fact[[]ClassicRule] `tf:"activated_rule" aws:"Rules"`
}

// ClassicRule is a rule as a classic web ACL names it.
type ClassicRule struct {
	At       Origin       `json:"-" fact:"-"`
	Rule     Fact[string] `cfn:"RuleId" tf:"rule_id" aws:"RuleId"`
	RuleType Fact[string] `as:"type" tf:"type" aws:"Type" default:"REGULAR"`
	Priority Fact[int64]  `cfn:"Priority" tf:"priority" aws:"Priority"`
	Action   Fact[string] `cfn:"Action.Type" tf:"action.type" aws:"Action.Type"`
	Override Fact[string] `tf:"override_action.type" aws:"OverrideAction.Type"`
}

func (r *ClassicRule) place(o Origin) { r.At = o }

// Written reports whether a rule is named: an empty block is no rule.
func (r *ClassicRule) Written() Fact[bool] {
	given, ok := r.Rule.Given()
	if !ok {
		return UnknownLike[bool](r.Rule.Meta)
	}
	return KnownFact(given, r.At)
}

// HasAction reports whether it says what is done with what the rule matches.
func (r *ClassicRule) HasAction() Fact[bool] {
	for _, f := range []*Fact[string]{&r.Action, &r.Override} {
		if given, ok := f.Given(); given && ok {
			return KnownFact(true, f.Origin)
		}
		if f.State == Unknown {
			return UnknownLike[bool](f.Meta)
		}
	}
	return KnownFact(false, r.At)
}

// HasRules reports whether any rule is written.
func (w *ClassicWebACL) HasRules() Fact[bool] { return anyRule(&w.Rules, (*ClassicRule).Written) }

// Logged reports whether the requests that the web ACL sees are recorded.
func (w *ClassicWebACL) Logged() Fact[bool] {
	given, ok := w.LogDestination.Given()
	if !ok {
		return UnknownLike[bool](w.LogDestination.Meta)
	}
	return KnownFact(given, w.LogDestination.Origin)
}

// Allows reports whether a request that no rule matches is let through.
func (w *ClassicWebACL) Allows() Fact[bool] {
	if w.DefaultAction.State == Unknown {
		return UnknownLike[bool](w.DefaultAction.Meta)
	}
	return KnownFact(strings.EqualFold(w.DefaultAction.Value, "ALLOW"), w.DefaultAction.Origin)
}
