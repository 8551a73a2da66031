package iam_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/baileydb/bailey/iam"
)

// TestUnknownIsSound makes each key of each case unknown, one at a time: the verdict with the key's value, and the one
// without it, must lie between the best and the worst that the decision then says, and where the two differ the decision
// must name the key.
func TestUnknownIsSound(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no cases: %v", err)
	}
	tried := 0
	for _, file := range files {
		for c := range cases(t, file) {
			read, err := iam.ParseCase(c.Case)
			if err != nil {
				continue
			}
			for _, key := range keysOf(&read) {
				tried++
				given := iam.Decide(read.Request, read.Policies)
				without := read.Request
				without.Context = without.Context.Absent(key)
				absent := iam.Decide(without, read.Policies)
				open := read.Request
				open.Context = open.Context.Forget(key).Unknown(key)
				d := iam.Decide(open, read.Policies)
				for _, v := range []iam.Verdict{given.Verdict, absent.Verdict} {
					if v < d.Best || v > d.Verdict {
						t.Errorf("%s: with %s unknown %s to %s, but it can be %s", c.Name, key, d.Best, d.Verdict, v)
					}
				}
				if given.Verdict != absent.Verdict && !slices.ContainsFunc(d.DependsOn, func(k string) bool { return strings.EqualFold(k, key) }) {
					t.Errorf("%s: %s decides, but the decision depends on %v", c.Name, key, d.DependsOn)
				}
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d keys were tried", tried)
	}
}

// keysOf are the condition keys of a case's statements.
func keysOf(c *iam.Case) []string {
	var keys []string
	add := func(p *iam.Policy) {
		if p != nil {
			for _, s := range p.Statements {
				keys = append(keys, s.ConditionKeys...)
			}
		}
	}
	p := &c.Policies
	add(p.Resource)
	add(p.Session)
	for _, list := range [][]*iam.Policy{p.Identity, p.Boundaries, p.Endpoint} {
		for _, q := range list {
			add(q)
		}
	}
	for _, levels := range [][]iam.Level{p.ServiceControl, p.ResourceControl} {
		for _, l := range levels {
			for _, q := range l.Policies {
				add(q)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
