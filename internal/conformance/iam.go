package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/iamtest"
)

// Cases and seed of the comparison with another evaluator.
const (
	iamCases = 12000
	iamSeed  = 1
)

// simulated compares decisions with @cloud-copilot/iam-simulate on generated requests, which scripts/peers/iam-simulate
// runs. A disagreement is told by what makes it; one that nothing explains is told whole.
func simulated() (*score, error) {
	s := newScore("iam-simulate")
	cases := iamtest.Cases(iamSeed, iamCases)
	theirs, err := peerDecisions(cases)
	if err != nil {
		return nil, err
	}
	var open []int
	for i, line := range cases {
		ours, err := ourDecision(line)
		if err != nil {
			return nil, fmt.Errorf("case %d: %w", i, err)
		}
		if ours == theirs[i] {
			s.judge("", "", "")
		} else {
			open = append(open, i)
		}
	}
	byReason, open, err := explained(cases, open)
	if err != nil {
		return nil, err
	}
	for _, why := range sortedKeys(byReason) {
		s.cases += byReason[why]
		s.disagreed += byReason[why]
		s.disagreements = append(s.disagreements, disagreement{why, fmt.Sprintf("%d cases", byReason[why]), "decided otherwise"})
	}
	for _, i := range open {
		ours, _ := ourDecision(cases[i]) // it was read above
		s.judge("unexplained", fmt.Sprintf("case %d", i), fmt.Sprintf("%s, and the peer says %s: %s", ours, theirs[i], cases[i]))
	}
	return s, nil
}

func ourDecision(line []byte) (string, error) {
	c, err := iam.ParseCase(line)
	if err != nil {
		return "", err
	}
	return iam.Decide(c.Request, c.Policies).Verdict.String(), nil
}

func peerDecisions(cases [][]byte) ([]string, error) {
	dir, err := exec.CommandContext(context.Background(), "scripts/peers/iam-simulate/install").Output()
	if err != nil {
		return nil, fmt.Errorf("installing the peer iam-simulate: %w", err)
	}
	peer := exec.CommandContext(context.Background(), "node", "decide.mjs")
	peer.Dir = filepath.Clean(strings.TrimSpace(string(dir)))
	peer.Stdin = bytes.NewReader(append(bytes.Join(cases, []byte("\n")), '\n'))
	out, err := peer.Output()
	if err != nil {
		return nil, fmt.Errorf("running the peer iam-simulate: %w", err)
	}
	var decisions []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		decisions = append(decisions, lines.Text())
	}
	if len(decisions) != len(cases) {
		return nil, fmt.Errorf("the peer answered %d of %d cases", len(decisions), len(cases))
	}
	return decisions, nil
}

// differences are what evaluators hold differently, by the part of a case that shows it. Each takes that part out of a
// case; where both agree without it, that part is the reason. reasons.tsv says who is right.
var differences = []struct {
	name string
	// without returns the case without the part, or false where it has none.
	without func(c map[string]any) bool
}{
	{"root", func(c map[string]any) bool {
		r := c["request"].(map[string]any)
		if !strings.HasSuffix(r["principal"].(string), ":root") {
			return false
		}
		c["identityPolicies"] = []any{allowAll()}
		return true
	}},
	{"root-assumes", func(c map[string]any) bool {
		r := c["request"].(map[string]any)
		if !strings.HasSuffix(r["principal"].(string), ":root") || r["action"] != "sts:AssumeRole" {
			return false
		}
		r["principal"] = strings.Replace(r["principal"].(string), ":root", ":user/somebody", 1)
		return true
	}},
	{"endpoint-principal", func(c map[string]any) bool {
		return eachStatement(c["endpointPolicies"], func(s map[string]any) {
			delete(s, "NotPrincipal")
			s["Principal"] = "*"
		})
	}},
	{"not-principal", func(c map[string]any) bool {
		return eachStatement(c, func(s map[string]any) {
			if s["NotPrincipal"] != nil {
				delete(s, "NotPrincipal")
				s["Principal"] = map[string]any{"AWS": "arn:aws:iam::999999999999:user/nobody"}
			}
		})
	}},
	{"not-ip-other-family", func(c map[string]any) bool {
		ctx := c["request"].(map[string]any)["context"].(map[string]any)
		text, _ := ctx["aws:SourceIp"].(string)
		if !strings.Contains(text, ":") {
			return false
		}
		ctx["aws:SourceIp"] = "198.51.100.1"
		return true
	}},
	{"session-everyone", func(c map[string]any) bool {
		if c["sessionPolicy"] == nil {
			return false
		}
		delete(c, "sessionPolicy")
		return true
	}},
	{"unresolved-variable", func(c map[string]any) bool {
		ctx := c["request"].(map[string]any)["context"].(map[string]any)
		for _, k := range []string{"aws:ResourceTag/team", "aws:PrincipalTag/team"} {
			if ctx[k] == nil {
				ctx[k] = "unlike"
			}
		}
		return true
	}},
}

func allowAll() map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}}}
}

// eachStatement calls f for every statement below a value.
func eachStatement(v any, f func(map[string]any)) (found bool) {
	switch v := v.(type) {
	case map[string]any:
		if v["Effect"] != nil {
			f(v)
			return true
		}
		for _, x := range v {
			found = eachStatement(x, f) || found
		}
	case []any:
		for _, x := range v {
			found = eachStatement(x, f) || found
		}
	}
	return found
}

// explained sorts disagreements by the difference that makes them: the first whose part, taken out, brings both together,
// or the first two. What remains is not explained.
func explained(cases [][]byte, open []int) (byReason map[string]int, rest []int, err error) {
	byReason = map[string]int{}
	var pairs [][]int
	for i := range differences {
		pairs = append(pairs, []int{i})
	}
	for i := range differences {
		for j := i + 1; j < len(differences); j++ {
			pairs = append(pairs, []int{i, j})
		}
	}
	type variant struct {
		of   int
		name string
		line []byte
	}
	var variants []variant
	var lines [][]byte
	for _, of := range open {
		for _, parts := range pairs {
			if line, name := without(cases[of], parts); line != nil {
				variants = append(variants, variant{of, name, line})
				lines = append(lines, line)
			}
		}
	}
	theirs, err := peerDecisions(lines)
	if err != nil {
		return nil, nil, err
	}
	reasons := map[int]string{}
	for i, v := range variants {
		if reasons[v.of] != "" {
			continue
		}
		if ours, err := ourDecision(v.line); err == nil && ours == theirs[i] {
			reasons[v.of] = v.name
		}
	}
	for _, of := range open {
		if why := reasons[of]; why != "" {
			byReason[why]++
		} else {
			rest = append(rest, of)
		}
	}
	return byReason, rest, nil
}

// without takes parts out of a case; nil where it has none of one.
func without(line []byte, parts []int) (changed []byte, name string) {
	var c map[string]any
	if err := json.Unmarshal(line, &c); err != nil {
		return nil, ""
	}
	var names []string
	for _, p := range parts {
		if !differences[p].without(c) {
			return nil, ""
		}
		names = append(names, differences[p].name)
	}
	changed, err := json.Marshal(c)
	if err != nil {
		return nil, ""
	}
	return changed, strings.Join(names, "+")
}
