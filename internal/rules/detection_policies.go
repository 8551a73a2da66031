package rules

import (
	"encoding/json"
	"regexp"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// What a policy that a call wrote means is asked of its statements: a text that is looked for in all of it would find in a
// Deny what is looked for in an Allow.

// allowing yields the statements of a policy, a document or its text, that allow something. What is no policy has none.
func allowing(doc any) []map[string]any {
	if text, ok := doc.(string); ok {
		if json.Unmarshal([]byte(text), &doc) != nil {
			return nil
		}
	}
	m, _ := doc.(map[string]any)
	var out []map[string]any
	for _, s := range listOf(member(m, "Statement")) {
		statement, _ := s.(map[string]any)
		if effect, _ := member(statement, "Effect").(string); effect == "Allow" {
			out = append(out, statement)
		}
	}
	return out
}

// wholePolicy reports whether a policy allows every action on every resource, whatever its conditions.
func wholePolicy(doc any) bool {
	for _, s := range allowing(doc) {
		if (every(member(s, "Action"), "*", "*:*") || member(s, "Action") == nil && member(s, "NotAction") != nil) && every(member(s, "Resource"), "*") {
			return true
		}
	}
	return false
}

// every reports whether one of a statement's values is one of those that stand for all.
func every(values any, all ...string) bool {
	for _, v := range listOf(values) {
		for _, a := range all {
			if v == a {
				return true
			}
		}
	}
	return false
}

// account is the one that a principal of a policy is in: an ARN, or twelve digits.
var account = regexp.MustCompile(`^(?:arn:aws[a-z-]*:(?:iam|sts)::)?([0-9]{12})(?::|$)`)

// strangersPolicy reports whether a policy allows principals of an account other than the own one, and names it. An own account that
// is not known makes nobody a stranger.
func strangersPolicy(doc any, own string) bool {
	if own == "" {
		return false
	}
	for _, s := range allowing(doc) {
		principal, _ := member(s, "Principal").(map[string]any)
		for _, p := range listOf(member(principal, "AWS")) {
			text, _ := p.(string)
			if m := account.FindStringSubmatch(strings.TrimSpace(text)); m != nil && m[1] != own {
				return true
			}
		}
	}
	return false
}

func allowsEverything(v ref.Val) ref.Val { return types.Bool(wholePolicy(v.Value())) }

func allowsStrangers(v, own ref.Val) ref.Val {
	s, _ := own.Value().(string)
	return types.Bool(strangersPolicy(v.Value(), s))
}
