package rules

import (
	"encoding/json"
	"net/netip"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// publicAddress reports whether a text is an address of the internet.
func publicAddress(v ref.Val) ref.Val {
	s, _ := v.Value().(string)
	a, err := netip.ParseAddr(s)
	if err != nil {
		return types.False
	}
	a = a.Unmap()
	shared := netip.MustParsePrefix("100.64.0.0/10").Contains(a)
	return types.Bool(a.IsGlobalUnicast() && !a.IsPrivate() && !shared)
}

// publicPolicy reports whether a policy, as a document or as its text, allows anybody: a principal of * that no condition
// narrows to an organization, an account, a network or a source. What is no policy allows nobody.
func publicPolicy(v ref.Val) ref.Val {
	doc := v.Value()
	if text, ok := doc.(string); ok {
		if json.Unmarshal([]byte(text), &doc) != nil {
			return types.False
		}
	}
	m, _ := doc.(map[string]any)
	for _, s := range listOf(member(m, "Statement")) {
		statement, _ := s.(map[string]any)
		if effect, _ := member(statement, "Effect").(string); effect != "Allow" || !anybody(member(statement, "Principal")) {
			continue
		}
		conditions, _ := member(statement, "Condition").(map[string]any)
		if !narrowed(conditions) {
			return types.True
		}
	}
	return types.False
}

func listOf(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

func anybody(principal any) bool {
	switch p := principal.(type) {
	case string:
		return p == "*"
	case map[string]any:
		for _, x := range listOf(member(p, "AWS")) {
			if x == "*" {
				return true
			}
		}
	}
	return false
}

// narrowing are the condition keys that say who or from where, so that an allowance to everybody is none.
var narrowing = []string{
	"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourcearn",
	"aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:userid", "kms:calleraccount", "kms:viaservice", "aws:vpcsourceip",
}

func narrowed(conditions map[string]any) bool {
	for operator, keys := range conditions {
		if strings.Contains(strings.ToLower(operator), "not") || strings.HasSuffix(operator, "IfExists") {
			continue
		}
		m, _ := keys.(map[string]any)
		for key, values := range m {
			for _, k := range narrowing {
				if strings.EqualFold(key, k) && !everything(values) {
					return true
				}
			}
		}
	}
	return false
}

func everything(values any) bool {
	for _, v := range listOf(values) {
		if v == "*" || v == "0.0.0.0/0" || v == "::/0" {
			return true
		}
	}
	return false
}
