package waf

import (
	"reflect"
	"testing"

	"github.com/baileydb/bailey/internal/watch/lazy"
)

// TestMatched tells the rules that a request met from groups that were merely asked.
func TestMatched(t *testing.T) {
	for text, want := range map[string][]any{
		`{"terminatingRuleId": "Default_Action"}`: nil,
		`{"terminatingRuleId": "Default_Action", "ruleGroupList": [{"ruleGroupId": "AWS#A", "terminatingRule": null}]}`: nil,
		`{"terminatingRuleId": "block-sql"}`: {"block-sql"},
		`{"terminatingRuleId": "AWS-A", "ruleGroupList": [{"ruleGroupId": "AWS#A", "terminatingRule": {"ruleId": "x", "action": "BLOCK"}, "nonTerminatingMatchingRules": [{"ruleId": "y"}]}]}`:               {"AWS#A/x", "AWS#A/y"},
		`{"terminatingRuleId": "mine", "nonTerminatingMatchingRules": [{"ruleId": "c"}], "ruleGroupList": [{"ruleGroupId": "g", "excludedRules": [{"ruleId": "e", "exclusionType": "EXCLUDED_AS_COUNT"}]}]}`: {"g/e", "c", "mine"},
		`{"terminatingRuleId": "mine", "ruleGroupList": "none"}`: {"mine"},
	} {
		terminating := lazy.Path(text, "terminatingRuleId")
		if got := matched(text, terminating); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
