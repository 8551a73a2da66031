package rules

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/strict"
)

// Safeguard is one requirement, as its file states it.
type Safeguard struct {
	ID    string `yaml:"id"`    // the file's path below its folder without .yaml: rds/storage-encrypted
	Title string `yaml:"title"` // what holds when the check passes
	Why   string `yaml:"why"`
	// Kind names the kinds of resource it looks at; several only where they share a variable, or all are stores.
	Kind Texts `yaml:"kind"`
	// Severity of a failure, by built-in level; a level left out does not demand it.
	Severity map[string]string `yaml:"severity"`
	// Applies, where given, must be true for the safeguard to concern a resource.
	Applies string `yaml:"applies"`
	Check   string `yaml:"check"`
	// Evidence names the facts shown with the verdict; the first that is written gives the line.
	Evidence []string `yaml:"evidence"`
	Fix      Fix      `yaml:"fix"`
	// Frameworks maps a framework's name to the requirements this meets.
	Frameworks map[string]Texts `yaml:"frameworks"`
	// SameAs maps another tool's name to its identifiers for the same requirement.
	SameAs map[string]Texts `yaml:"same_as"`
	// Notes says where tools disagree on the meaning, and why this one was taken.
	Notes    string   `yaml:"notes"`
	Source   Texts    `yaml:"source"` // where AWS documents the behaviour
	Examples Examples `yaml:"examples"`

	file    string
	lines   map[string]int // where each top-level key stands
	text    string
	builtin bool
}

// Fix is how a failure is mended.
type Fix struct {
	// Say is one sentence for a person; without it the sentence is made from the rest.
	Say string `yaml:"say"`
	// Set writes facts. A key is a fact of the resource, or a path through links and maps:
	// parameter_group.parameters[rds.force_ssl]. A value ${self} names the resource, ${Name} one made by create.
	// $(fact) is the value of another fact.
	Set map[string]any `yaml:"set"`
	// Create adds resources, where the fact lives in one that is missing.
	Create []Create `yaml:"create"`
	// Remove takes elements out of a list of facts: every one for which the CEL predicate over "it" is true.
	Remove []Remove `yaml:"remove"`
	// Effect is what it does to the running resource: none, reboot, replacement or rebuild.
	Effect      string   `yaml:"effect"`
	Steps       []string `yaml:"steps"`
	MonthlyCost *float64 `yaml:"monthly_cost"` // US dollars
	// Manual says why no machine should write this change; Set, Create and Remove are then empty.
	Manual string `yaml:"manual"`
}

// Create is a resource a fix adds.
type Create struct {
	Kind string `yaml:"kind"`
	Name string `yaml:"name"`
	// Type is per world (cfn, tf), where the kind's first type is not the one meant.
	Type map[string]string `yaml:"type"`
	Set  map[string]any    `yaml:"set"`
	// When limits it to those resources for which this CEL expression is true.
	When string `yaml:"when"`
}

// Remove is what a fix takes away.
type Remove struct {
	From  string `yaml:"from"`
	Where string `yaml:"where"`
}

// Examples are CloudFormation templates or Terraform configurations with known verdicts.
type Examples struct {
	Good    Texts `yaml:"good"`
	Bad     Texts `yaml:"bad"`
	Unknown Texts `yaml:"unknown"`
	// Policy is the bailey.yaml that the examples are checked under; empty for the default.
	Policy string `yaml:"policy"`
}

// Texts is one text, or a list of them.
type Texts []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *Texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = Texts{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*t = list
	return nil
}

// Demanded returns the severity that a failure has at a built-in level, and whether the level demands it at all.
func (s *Safeguard) Demanded(builtin string) (finding.Label, bool) {
	l, ok := s.Severity[builtin]
	return finding.Label(l), ok
}

// Group is the folder: rds, dynamodb, network.
func (s *Safeguard) Group() string {
	group, _, _ := strings.Cut(s.ID, "/")
	return group
}

// File is where the safeguard was read from.
func (s *Safeguard) File() string { return s.file }

// Line is where a top-level key stands in the file, 1 when it does not.
func (s *Safeguard) Line(key string) int { return max(1, s.lines[key]) }

// Text is the file itself.
func (s *Safeguard) Text() string { return s.text }

// Frameworks and tools whose identifiers a file may carry.
var (
	knownFrameworks = []string{"cis-aws", "aws-fsbp", "nist-800-53", "pci-dss", "hipaa"}
	knownTools      = []string{"checkov", "trivy", "prowler", "securityhub", "cfn-guard", "kics", "cdk-nag", "cfn-nag", "steampipe", "cfn-lint", "cfn-nag"}
	knownEffects    = []string{"none", "reboot", "replacement", "rebuild"}
)

// ParseSafeguard reads one file. id is what its path says it is. Expressions are not compiled here; see [Set].
func ParseSafeguard(file, id string, data []byte) (*Safeguard, error) {
	s := &Safeguard{file: file, text: string(data), lines: map[string]int{}}
	root, err := strict.Decode(file, data, s)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, &strict.Error{File: file, Line: 1, Message: "is empty; a safeguard has an id, a title, a kind and a check"}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		s.lines[root.Content[i].Value] = root.Content[i+1].Line
	}
	v := validator{s: s}
	v.validate(id)
	return s, errors.Join(v.errs...)
}

type validator struct {
	s    *Safeguard
	errs []error
}

func (v *validator) fail(key, format string, args ...any) {
	v.errs = append(v.errs, &strict.Error{File: v.s.file, Line: v.s.Line(key), Message: fmt.Sprintf(format, args...)})
}

func (v *validator) validate(id string) {
	s := v.s
	if s.ID != id {
		v.fail("id", "id %q does not match the file's path; write %s", s.ID, id)
	}
	for key, text := range map[string]string{"title": s.Title, "why": s.Why, "check": s.Check} {
		if strings.TrimSpace(text) == "" {
			v.fail(key, "%s is missing", key)
		}
	}
	v.kinds()
	if len(s.Severity) == 0 {
		v.fail("severity", "severity is missing: say at which levels it is demanded, such as {secret: high}")
	}
	for level, label := range s.Severity {
		if !slices.Contains(policy.Builtin(), level) {
			v.fail("severity", "level %q is not built in%s", level, strict.Suggest(level, policy.Builtin()))
		}
		if _, err := finding.ParseLabel(label); err != nil || label != strings.ToLower(label) {
			v.fail("severity", "severity %q: want low, medium or high", label)
		}
	}
	v.names("frameworks", sortedKeys(s.Frameworks), knownFrameworks)
	v.names("same_as", sortedKeys(s.SameAs), knownTools)
	v.fix()
}

func (v *validator) names(key string, got, known []string) {
	for _, name := range got {
		if !slices.Contains(known, name) {
			v.fail(key, "%s: %q is not one Bailey knows%s", key, name, strict.Suggest(name, known))
		}
	}
}

func (v *validator) kinds() {
	s, variable, stores := v.s, "", true
	if len(s.Kind) == 0 {
		v.fail("kind", "kind is missing")
	}
	for _, name := range s.Kind {
		k, ok := estate.Kinds().Kind(name)
		if !ok {
			var known []string
			for _, k := range estate.Kinds().Kinds {
				known = append(known, k.Name)
			}
			v.fail("kind", "kind %q does not exist%s", name, strict.Suggest(name, known))
			continue
		}
		stores = stores && k.Store != ""
		if variable != "" && k.Var != variable && !stores { // all of them stores: the check calls each store
			v.fail("kind", "kinds %s do not share a variable; write one file for each", strings.Join(s.Kind, " and "))
		}
		variable = k.Var
		for _, e := range s.Evidence {
			name, _, _ := strings.Cut(e, "(")
			if _, ok := k.Attribute(name); !ok {
				v.fail("evidence", "evidence %q is not a fact of a %s%s", e, k.Name, strict.Suggest(name, attributeNames(k)))
			}
		}
	}
}

func (v *validator) fix() {
	f := v.s.Fix
	if f.Effect != "" && !slices.Contains(knownEffects, f.Effect) {
		v.fail("fix", "effect %q: want one of %s", f.Effect, strings.Join(knownEffects, ", "))
	}
	changes := len(f.Set) + len(f.Create) + len(f.Remove)
	switch {
	case f.Manual != "" && changes > 0:
		v.fail("fix", "a manual fix writes nothing: leave out set, create and remove, or manual")
	case f.Manual == "" && changes == 0:
		v.fail("fix", "fix is missing: give set, create or remove, or say under manual why a person must do it")
	case f.Manual != "" && f.Say == "":
		v.fail("fix", "a manual fix says what to do, under say")
	}
}

func attributeNames(k *estate.Kind) []string {
	out := make([]string, len(k.Attributes))
	for i, a := range k.Attributes {
		out[i] = a.Name
	}
	return out
}

// idOf is the identifier that a file's path below its folder gives.
func idOf(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }
