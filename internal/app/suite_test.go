package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/check"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/fix"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/source/cloudformation"
	"github.com/baileydb/bailey/internal/source/snapshot"
	"github.com/baileydb/bailey/internal/source/terraform"
)

// suiteDay is the day the examples are checked on, so that end-of-support dates do not break them later.
var suiteDay = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// TestSafeguards runs the suite over every safeguard file: bad fails, good passes, unknown is unknown, the fix makes bad
// good and changes nothing the second time, and no two are the same.
func TestSafeguards(t *testing.T) {
	set, err := rules.Load(rules.Embedded(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Compile(); err != nil {
		t.Fatal(err)
	}
	if len(set.Safeguards) < 130 {
		t.Errorf("%d safeguards, want at least 130", len(set.Safeguards))
	}
	manual := 0
	for _, g := range set.Safeguards {
		t.Run(g.ID, func(t *testing.T) {
			s := suite{t, set, g}
			s.prose()
			s.examples()
			s.fixes()
		})
		if g.Fix.Manual != "" {
			manual++
		}
	}
	t.Logf("%d safeguards, %d of them with a fix that a person must make", len(set.Safeguards), manual)
}

func TestNoTwoSafeguardsAreTheSame(t *testing.T) {
	set, err := rules.Load(rules.Embedded(), "")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, g := range set.Safeguards {
		for what, key := range map[string]string{
			"title": strings.ToLower(g.Title),
			"check": strings.Join(g.Kind, ",") + "\x00" + oneLine(g.Applies) + "\x00" + oneLine(g.Check),
		} {
			if other, ok := seen[what+key]; ok {
				t.Errorf("%s and %s have the same %s", g.ID, other, what)
			}
			seen[what+key] = g.ID
		}
	}
}

type suite struct {
	t   *testing.T
	set *rules.Set
	g   *rules.Safeguard
}

func (s *suite) prose() {
	g := s.g
	if len(strings.Fields(g.Why)) < 6 {
		s.t.Error("why is too short to explain anything")
	}
	if strings.HasSuffix(g.Title, ".") {
		s.t.Error("the title ends in a full stop")
	}
	if _, ok := g.Demanded("secret"); !ok {
		s.t.Error("no level demands more than secret; demand it there")
	}
	if len(g.Evidence) == 0 {
		s.t.Error("no evidence")
	}
	if len(g.Source) == 0 {
		s.t.Error("no source says where AWS documents it")
	}
}

// readExample reads an example in whichever language it is.
func readExample(t *testing.T, text string) estate.Reading {
	t.Helper()
	var r estate.Reading
	if isTerraform(text) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r = terraform.ReadFolder(dir, terraform.Options{})
	} else if snapshot.Is([]byte(text)) {
		var err error
		if r, err = snapshot.Read("estate.json", []byte(text)); err != nil {
			t.Fatal(err)
		}
	} else {
		r = cloudformation.Read("template.yaml", []byte(text), cloudformation.Options{})
	}
	for _, p := range r.Problems {
		t.Errorf("the example has a problem: %s", p.Error())
	}
	return r
}

func (s *suite) policy() *policy.Policy {
	if s.g.Examples.Policy == "" {
		return policy.Default()
	}
	p, err := policy.Parse("bailey.yaml", []byte(s.g.Examples.Policy))
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// verdicts checks one reading with this safeguard alone.
func (s *suite) verdicts(readings ...estate.Reading) map[string]finding.Verdict {
	s.t.Helper()
	one := rules.NewSet()
	one.Add(s.g)
	res, err := check.Check(check.Input{Estate: estate.Build(readings...), Policy: s.policy(), Rules: one, Now: suiteDay, Level: "secret"})
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]finding.Verdict{}
	for i := range res.Verdicts {
		if v := &res.Verdicts[i]; v.Rule == s.g {
			out[v.Resource.Base().ID()] = v.Verdict
			for _, settle := range v.Settle {
				if strings.HasPrefix(settle, "mend the safeguard") {
					s.t.Errorf("%s: %s", v.Finding.Resource, settle)
				}
			}
		}
	}
	return out
}

func (s *suite) examples() {
	for _, e := range []struct {
		name  string
		texts rules.Texts
		want  finding.Verdict
	}{{"good", s.g.Examples.Good, finding.Pass}, {"bad", s.g.Examples.Bad, finding.Fail}, {"unknown", s.g.Examples.Unknown, finding.Unknown}} {
		if len(e.texts) == 0 {
			s.t.Errorf("no %s example", e.name)
		}
		for i, text := range e.texts {
			got := s.verdicts(readExample(s.t, text))
			if problem := exampleProblem(e.name, e.want, got); problem != "" {
				s.t.Errorf("%s example %d: %s: %v", e.name, i+1, problem, got)
			}
		}
	}
}

func exampleProblem(name string, want finding.Verdict, got map[string]finding.Verdict) string {
	n := 0
	for id, v := range got {
		if v == want {
			n++
			continue
		}
		if name != "unknown" || v == finding.Fail {
			return fmt.Sprintf("%s is %s", id, v)
		}
	}
	if n == 0 {
		return "nothing is " + string(want)
	}
	return ""
}

// fixes applies the fix to every failure of every bad example.
func (s *suite) fixes() {
	if s.g.Fix.Manual != "" {
		return
	}
	for i, text := range s.g.Examples.Bad {
		before := []estate.Reading{readExample(s.t, text)}
		for id, v := range s.verdicts(before...) {
			if v != finding.Fail {
				continue
			}
			after, err := fix.Apply(before, s.set, s.g, id)
			if err != nil {
				s.t.Errorf("bad example %d: %v", i+1, err)
				continue
			}
			if v, still := s.verdicts(after...)[id]; still && v != finding.Pass {
				s.t.Errorf("bad example %d: after the fix %s is %s", i+1, id, v)
			}
			again, err := fix.Apply(after, s.set, s.g, id)
			if err != nil {
				s.t.Errorf("bad example %d: second fix: %v", i+1, err)
			}
			if diff := cmp.Diff(after, again); diff != "" {
				s.t.Errorf("bad example %d: the fix is not idempotent:\n%s", i+1, diff)
			}
			s.described(before, id)
		}
	}
}

// described demands that the fix can be told in words.
func (s *suite) described(readings []estate.Reading, id string) {
	r, _ := estate.Build(readings...).Resource(id)
	if d := fix.Describe(s.set, s.g, r); d.Summary == "" || d.Summary == "Change it so that the check holds." {
		s.t.Errorf("the fix of %s cannot be told: give say", id)
	}
}
