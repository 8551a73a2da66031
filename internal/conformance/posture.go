package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/check"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/source/cloudformation"
	"github.com/baileydb/bailey/internal/source/terraform"
)

// judge checks inputs with the safeguards of one identifier.
type judge struct {
	all *rules.Set
	// sets are the safeguards by tool and identifier, so that each is compiled once.
	sets map[[2]string]*rules.Set
}

// with returns the safeguards that carry another tool's identifier, none when it is not covered.
func (j *judge) with(tool, id string) (*rules.Set, error) {
	key := [2]string{tool, id}
	if set, ok := j.sets[key]; ok {
		return set, nil
	}
	if j.all == nil {
		all, err := rules.Load(rules.Embedded(), "")
		if err != nil {
			return nil, err
		}
		j.all, j.sets = all, map[[2]string]*rules.Set{}
	}
	set := rules.NewSet()
	for _, g := range j.all.Safeguards {
		if slices.Contains(g.SameAs[tool], id) {
			set.Add(g)
		}
	}
	j.sets[key] = set
	return set, nil
}

// verdicts checks readings and groups what is open or passes by address.
func (j *judge) verdicts(set *rules.Set, readings ...estate.Reading) (map[string][]finding.Verdict, error) {
	res, err := check.Check(check.Input{
		Estate: estate.Build(readings...), Policy: policy.Default(), Rules: set, Level: "secret",
		Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		return nil, err
	}
	out := map[string][]finding.Verdict{}
	for i := range res.Verdicts {
		if v := &res.Verdicts[i]; v.Waiver == nil {
			out[v.Finding.Resource] = append(out[v.Finding.Resource], v.Verdict)
		}
	}
	return out, nil
}

func posture(dir string) ([]*score, error) {
	j := &judge{}
	var out []*score
	for _, suite := range []func(string) ([]*score, error){j.checkov, j.guard, j.trivy} {
		s, err := suite(dir)
		if err != nil {
			return nil, err
		}
		out = append(out, s...)
	}
	return out, nil
}

type checkovCase struct {
	Suite, Framework, Check, Dir string
	Passing, Failing             []string
	Passed, Failed               *int
}

func (j *judge) checkov(dir string) ([]*score, error) {
	data, err := os.ReadFile(filepath.Join(dir, "checkov", "cases.json"))
	if err != nil {
		return nil, err
	}
	var cases []checkovCase
	if err := json.Unmarshal(data, &cases); err != nil {
		return nil, fmt.Errorf("cases.json: %w", err)
	}
	named, counted := newScore("checkov"), newScore("checkov-counts")
	for _, c := range cases {
		s := named
		if c.Passing == nil && c.Failing == nil {
			s = counted
		}
		set, err := j.with("checkov", c.Check)
		if err != nil {
			return nil, err
		}
		if len(set.Safeguards) == 0 {
			s.uncover(c.Check)
			continue
		}
		got, err := j.folder(set, filepath.Join(dir, c.Dir), c.Framework)
		if err != nil {
			return nil, err
		}
		s.judge(c.Check, c.Dir, c.differs(got))
	}
	return []*score{named, counted}, nil
}

// folder reads a case's folder: each template or plan on its own, and the Terraform root. The verdicts are by file, since templates
// may use the same names.
func (j *judge) folder(set *rules.Set, dir, framework string) ([]map[string][]finding.Verdict, error) {
	var out []map[string][]finding.Verdict
	if framework == "terraform" {
		got, err := j.verdicts(set, terraform.ReadFolder(dir, terraform.Options{}))
		if err != nil {
			return nil, err
		}
		out = append(out, got)
	}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		var reading estate.Reading
		switch {
		case framework == "cloudformation":
			reading = cloudformation.Read(p, data, cloudformation.Options{})
		case terraform.IsPlan(data):
			reading = terraform.ReadPlan(p, data, terraform.Options{})
		default:
			return nil
		}
		got, err := j.verdicts(set, reading)
		out = append(out, got)
		return err
	})
	return out, err
}

func (c *checkovCase) differs(files []map[string][]finding.Verdict) string {
	got := map[string][]finding.Verdict{}
	for _, f := range files {
		for k, v := range f {
			got[k] = append(got[k], v...)
		}
	}
	var bad []string
	for _, r := range c.Passing {
		if v := verdict(got[r]); v != finding.Pass && v != "" {
			bad = append(bad, fmt.Sprintf("%s should pass, is %s", r, v))
		}
	}
	for _, r := range c.Failing {
		if v := verdict(got[r]); v != finding.Fail {
			bad = append(bad, fmt.Sprintf("%s should fail, is %s", r, orNothing(v)))
		}
	}
	if c.Passing == nil && c.Failing == nil {
		bad = c.countsDiffer(files)
	}
	return strings.Join(bad, ", ")
}

func (c *checkovCase) countsDiffer(files []map[string][]finding.Verdict) []string {
	pass, fail := 0, 0
	for _, got := range files {
		for _, vs := range got {
			switch verdict(vs) {
			case finding.Fail:
				fail++
			case finding.Pass:
				pass++
			case finding.Unknown: // counts as neither
			}
		}
	}
	if c.Passed != nil && pass != *c.Passed || c.Failed != nil && fail != *c.Failed {
		return []string{fmt.Sprintf("%d should pass and %d fail, but %d and %d do", value(c.Passed), value(c.Failed), pass, fail)}
	}
	return nil
}

func value(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

func orNothing(v finding.Verdict) string {
	if v == "" {
		return "not judged"
	}
	return string(v)
}

// verdict joins the verdicts of several safeguards: one failure fails, then one unknown is unknown.
func verdict(vs []finding.Verdict) finding.Verdict {
	var out finding.Verdict
	for _, v := range vs {
		switch {
		case v == finding.Fail:
			return v
		case v == finding.Unknown || out == "":
			out = v
		}
	}
	return out
}

// all joins the verdicts of every resource.
func all(got map[string][]finding.Verdict) finding.Verdict {
	var vs []finding.Verdict
	for _, v := range got {
		vs = append(vs, v...)
	}
	return verdict(vs)
}

type guardCase struct {
	Name         string
	Input        yaml.Node
	Expectations struct{ Rules map[string]string }
}

func (j *judge) guard(dir string) ([]*score, error) {
	s := newScore("guard")
	files, err := filepath.Glob(filepath.Join(dir, "guard", "*", "*.yml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no Guard cases below %s", dir)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var cases []guardCase
		if err := yaml.Unmarshal(data, &cases); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for i := range cases {
			if err := j.guardCase(s, &cases[i]); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", file, cases[i].Name, err)
			}
		}
	}
	return []*score{s}, nil
}

func (j *judge) guardCase(s *score, c *guardCase) error {
	text, err := yaml.Marshal(&c.Input)
	if err != nil {
		return err
	}
	for _, rule := range sortedKeys(c.Expectations.Rules) {
		want := c.Expectations.Rules[rule]
		set, err := j.with("cfn-guard", rule)
		if err != nil {
			return err
		}
		if len(set.Safeguards) == 0 {
			s.uncover(rule)
			continue
		}
		got, err := j.verdicts(set, cloudformation.Read("template.yaml", text, cloudformation.Options{}))
		if err != nil {
			return err
		}
		v, what := all(got), ""
		switch {
		case want == "FAIL" && v != finding.Fail, want != "FAIL" && v != finding.Pass && v != "":
			what = fmt.Sprintf("should be %s, is %s", want, orNothing(v))
		}
		s.judge(rule, c.Name, what)
	}
	return nil
}

//go:embed trivy.tsv
var trivyTSV string

type trivyCase struct{ Good, Bad []string }

func (j *judge) trivy(dir string) ([]*score, error) {
	s := newScore("trivy-checks")
	ids := trivyIDs()
	root := filepath.Join(dir, "trivy-checks")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no Trivy checks below %s", root)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), ".yaml")
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var langs map[string]trivyCase
		if err := yaml.Unmarshal(data, &langs); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := j.trivyCheck(s, name, ids[name], langs); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return []*score{s}, nil
}

// trivyIDs are the identifiers by file; one that is not listed counts as uncovered.
func trivyIDs() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(trivyTSV) {
		if name, id, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && !strings.HasPrefix(line, "#") {
			out[name] = id
		}
	}
	return out
}

func (j *judge) trivyCheck(s *score, name, id string, langs map[string]trivyCase) error {
	set, err := j.with("trivy", id)
	if err != nil {
		return err
	}
	for _, lang := range sortedKeys(langs) {
		for i, text := range langs[lang].Good {
			if err := j.trivyOne(s, set, id, fmt.Sprintf("%s %s good %d", name, lang, i+1), lang, text, ""); err != nil {
				return err
			}
		}
		for i, text := range langs[lang].Bad {
			if err := j.trivyOne(s, set, id, fmt.Sprintf("%s %s bad %d", name, lang, i+1), lang, text, finding.Fail); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *judge) trivyOne(s *score, set *rules.Set, id, name, lang, text string, want finding.Verdict) error {
	if len(set.Safeguards) == 0 {
		s.uncover(id)
		return nil
	}
	reading := cloudformation.Read("template.yaml", []byte(text), cloudformation.Options{})
	if lang == "terraform" {
		var err error
		if reading, err = snippet(text); err != nil {
			return err
		}
	}
	got, err := j.verdicts(set, reading)
	if err != nil {
		return err
	}
	v, what := all(got), ""
	if want == finding.Fail && v != finding.Fail || want == "" && v != finding.Pass && v != "" {
		what = fmt.Sprintf("should %s, is %s", map[bool]string{true: "fail", false: "not fail"}[want == finding.Fail], orNothing(v))
	}
	s.judge(id, name, what)
	return nil
}

// snippet reads one Terraform file's text as a root of its own.
func snippet(text string) (estate.Reading, error) {
	dir, err := os.MkdirTemp("", "bailey-conformance-")
	if err != nil {
		return estate.Reading{}, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
		return estate.Reading{}, err
	}
	return terraform.ReadFolder(dir, terraform.Options{}), nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
