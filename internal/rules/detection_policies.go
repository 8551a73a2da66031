package rules

import (
	"encoding/json"
	"regexp"
	"slices"
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
	return slices.ContainsFunc(listOf(values), func(v any) bool {
		text, _ := v.(string)
		return slices.Contains(all, text)
	})
}

// account is the one that a principal of a policy is in: an ARN, or twelve digits.
var account = regexp.MustCompile(`^(?:arn:aws[a-z-]*:(?:iam|sts)::)?([0-9]{12})(?::|$)`)

// loadBalancers are AWS's own accounts from which load balancers write their logs into a team's bucket, a Region each.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
var loadBalancers = []string{
	"127311923021", "033677994240", "027434742980", "797873946194", "098369216593", "754344448648", "589379963580", "718504428378", "383597477331",
	"600734575887", "114774131450", "783225319266", "582318560864", "985666609251", "054676820928", "156460612806", "652711504416", "635631232127",
	"009996457667", "897822967062", "076674570225", "507241528517", "048591011584", "190560391635", "638102146993", "037604701340",
}

// strangersPolicy reports whether a policy allows principals of an account that is neither the own one nor one of AWS's for
// load balancers. An own account that is not known makes nobody a stranger.
func strangersPolicy(doc any, own string) bool {
	if own == "" {
		return false
	}
	for _, s := range allowing(doc) {
		principal, _ := member(s, "Principal").(map[string]any)
		for _, p := range listOf(member(principal, "AWS")) {
			text, _ := p.(string)
			if m := account.FindStringSubmatch(strings.TrimSpace(text)); m != nil && m[1] != own && !slices.Contains(loadBalancers, m[1]) {
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
