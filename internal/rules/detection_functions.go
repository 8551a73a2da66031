package rules

import (
	"encoding/json"
	"net/netip"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// PublicAddress reports whether a text is an address of the internet.
func PublicAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	a = a.Unmap()
	if a.Is4() {
		b := a.As4()
		if b[0] == 100 && b[1]&0xc0 == 64 { // shared address space, RFC 6598
			return false
		}
	}
	return a.IsGlobalUnicast() && !a.IsPrivate()
}

func publicAddress(v ref.Val) ref.Val {
	s, _ := v.Value().(string)
	return types.Bool(PublicAddress(s))
}

// NetworkOf is the network that an address is in, as far as addresses that change are still near each other: 16 bits of a
// public address of version 4, as providers give them out, 24 bits of a private one, which is a usual subnet, and 48 bits of
// version 6, the most that RFC 6177 has a site get. A text that is no address is itself.
func NetworkOf(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return s
	}
	a = a.Unmap()
	bits := 48
	if a.Is4() {
		bits = 24
		if PublicAddress(s) {
			bits = 16
		}
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return s
	}
	return p.String()
}

func networkOf(v ref.Val) ref.Val {
	s, _ := v.Value().(string)
	return types.String(NetworkOf(s))
}

// openPolicy reports whether a policy, as a document or as its text, allows anybody: a principal of * that no condition
// narrows to an organization, an account, a network or a source. What is no policy allows nobody.
func openPolicy(doc any) bool {
	if text, ok := doc.(string); ok {
		if json.Unmarshal([]byte(text), &doc) != nil {
			return false
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
			return true
		}
	}
	return false
}

func publicPolicy(v ref.Val) ref.Val { return types.Bool(openPolicy(v.Value())) }

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
