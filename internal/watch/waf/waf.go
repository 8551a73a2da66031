// Package waf reads the logs of AWS WAF, a request each. Of a request's query no value is kept.
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html
package waf

import (
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lazy"
)

// Read reads the object that is all of s; ok is false where it is no request that WAF logged.
func Read(file, s string, part *watch.Part) (ok bool) {
	acl, request := lazy.Path(s, "webaclId"), lazy.Get(s, "httpRequest")
	if acl == "" || request == "" {
		return false
	}
	var labels []any
	for l := range lazy.Elements(orList(lazy.Get(s, "labels"))) {
		labels = append(labels, lazy.Path(l, "name"))
	}
	host := ""
	for h := range lazy.Elements(orList(lazy.Get(request, "headers"))) {
		if strings.EqualFold(lazy.Path(h, "name"), "host") {
			host = lazy.Path(h, "value")
		}
	}
	rule := lazy.Path(s, "terminatingRuleId")
	id := lazy.Path(request, "requestId")
	if id == "" {
		id = strconv.FormatUint(watch.Hash("waf", s), 36)
	}
	m := rules.Map{
		"address": lazy.Path(request, "clientIp"), "country": lazy.Path(request, "country"), "uri": lazy.Path(request, "uri"), "method": lazy.Path(request, "httpMethod"),
		"action": lazy.Path(s, "action"), "rule": rule, "matched": matched(s, rule), "labels": labels, "host": host, "acl": acl,
	}
	// A request has an address and no principal: what a thousand addresses try at one web ACL is one finding, not a thousand.
	address, _ := m["address"].(string)
	e := &watch.Record{Rest: watch.Facts{Log: "waf", ID: strings.Clone(id), Name: strings.Clone(lazy.Path(s, "action") + " " + lazy.Path(request, "httpMethod") + " " + host + lazy.Path(request, "uri") + " by rule " + rule), Address: strings.Clone(address), File: file}}
	if parts := strings.Split(acl, ":"); len(parts) > 5 { // arn:aws:wafv2:REGION:ACCOUNT:...
		e.Rest.Region, e.Rest.Account = strings.Clone(parts[3]), strings.Clone(parts[4])
	}
	at := lazy.Value(lazy.Get(s, "timestamp")).String()
	if ms, err := strconv.ParseInt(at, 10, 64); err == nil {
		e.Time = time.UnixMilli(ms).UTC()
	} else if t, err := time.Parse(time.RFC3339, at); err == nil { // as other tools write it
		e.Time = t.UTC()
	}
	e.See = rules.Seen{Event: m, OK: lazy.Path(s, "action") == "ALLOW", Who: e.Rest.Address, Account: e.Rest.Account, From: e.Rest.Address}
	part.Met("waf", e.Rest.Account, e.At())
	part.Event("waf", 0, e)
	return true
}

// matched are the rules that the request met, those that only count included: in a group as GROUP/RULE, others by their
// name. A group is listed whether or not one of its rules met the request, so its name alone says nothing.
func matched(s, terminating string) []any {
	var out []any
	ended := false // by a rule in a group, so that the terminating rule is the group
	add := func(group, rule string) {
		if rule != "" {
			out = append(out, group+rule)
		}
	}
	for g := range lazy.Elements(orList(lazy.Get(s, "ruleGroupList"))) {
		group := lazy.Path(g, "ruleGroupId") + "/"
		if rule := lazy.Path(g, "terminatingRule", "ruleId"); rule != "" {
			ended = true
			add(group, rule)
		}
		for _, list := range []string{"nonTerminatingMatchingRules", "excludedRules"} {
			for r := range lazy.Elements(orList(lazy.Get(g, list))) {
				add(group, lazy.Path(r, "ruleId"))
			}
		}
	}
	for r := range lazy.Elements(orList(lazy.Get(s, "nonTerminatingMatchingRules"))) {
		add("", lazy.Path(r, "ruleId"))
	}
	if !ended && terminating != "Default_Action" {
		add("", terminating)
	}
	return out
}

func orList(s string) string {
	if s == "" || s[0] != '[' {
		return "[]"
	}
	return s
}
