// Package finding holds what Bailey tells people: one schema for check, guard, watch and drill alike.
//
// The JSON form is stable and documented by finding.schema.json beside this file; a field is added, never renamed. The
// package is pure data: it does no I/O and reads no clock, and it never carries a secret or a sampled value.
package finding

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
)

// Schema is the JSON Schema of a [Report], with a finding under $defs.
//
//go:embed finding.schema.json
var Schema []byte

// Verdict is what a check says of one resource.
type Verdict string

// The verdicts. Unknown is neither: the value that decides could not be read.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// Label is a severity in words.
type Label string

// The severities, and None for what a level does not demand.
const (
	None   Label = ""
	Low    Label = "low"
	Medium Label = "medium"
	High   Label = "high"
)

// Severity is a label with its score on GuardDuty's scale: low 1 to 3.9, medium 4 to 6.9, high 7 to 8.9
// (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html).
type Severity struct {
	Label Label   `json:"label"`
	Score float64 `json:"score"`
}

// SeverityOf returns the label with the middle score GuardDuty gives it.
func SeverityOf(label Label) Severity {
	switch label {
	case High:
		return Severity{High, 8}
	case Medium:
		return Severity{Medium, 5}
	case Low:
		return Severity{Low, 2}
	default:
		return Severity{}
	}
}

// ParseLabel reads a severity label.
func ParseLabel(s string) (Label, error) {
	switch l := Label(strings.ToLower(s)); l {
	case Low, Medium, High:
		return l, nil
	default:
		return None, fmt.Errorf("severity %q: want low, medium or high", s)
	}
}

// Rank orders labels: none 0, low 1, medium 2, high 3.
func (l Label) Rank() int {
	switch l {
	case Low:
		return 1
	case Medium:
		return 2
	case High:
		return 3
	default:
		return 0
	}
}

// Evidence is one fact that a verdict rests on.
type Evidence struct {
	Fact string `json:"fact"`
	// Value is the fact as text; empty when unknown. Secrets are never put here: the fact says "(set)".
	Value string `json:"value,omitempty"`
	// State is known, absent (the default in Value holds) or unknown.
	State string `json:"state"`
	// Note says where a default comes from, or what would settle an unknown.
	Note   string `json:"note,omitempty"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// Fix is what to do about a finding.
type Fix struct {
	// Summary is one sentence.
	Summary string `json:"summary"`
	// Snippet shows the change in the language the resource was written in; empty where the summary must do.
	Snippet string `json:"snippet,omitempty"`
	// Effect is what applying it does to the running resource: none, reboot, replacement or rebuild.
	Effect string `json:"effect,omitempty"`
	// Steps are the live steps where the effect is more than none.
	Steps []string `json:"steps,omitempty"`
	// MonthlyCost is US dollars, where it is known; nil otherwise.
	MonthlyCost *float64 `json:"monthly_cost,omitempty"`
}

// Waiver says that somebody accepted the failure for a time.
type Waiver struct {
	Reason string `json:"reason"`
	Until  string `json:"until"`          // YYYY-MM-DD, the last day on which it holds
	From   string `json:"from,omitempty"` // where it stands: the policy file, or the template's own comment
}

// Finding is one thing a person should know.
type Finding struct {
	ID          string              `json:"id"` // stable for the same safeguard, resource and file; 32 hexadecimal digits
	Source      string              `json:"source"`
	Safeguard   string              `json:"safeguard"`
	Title       string              `json:"title"`
	Resource    string              `json:"resource"` // address as its author wrote it
	Kind        string              `json:"kind"`
	Verdict     Verdict             `json:"verdict"`
	Severity    Severity            `json:"severity"`
	Level       string              `json:"level"`
	Stores      []string            `json:"stores,omitempty"` // addresses of the stores this resource protects, when it is not one itself
	File        string              `json:"file"`
	Line        int                 `json:"line"`
	Column      int                 `json:"column,omitempty"`
	Message     string              `json:"message"`
	Settle      []string            `json:"settle,omitempty"` // verdict unknown: what would settle it
	Evidence    []Evidence          `json:"evidence,omitempty"`
	Why         string              `json:"why,omitempty"`
	Fix         Fix                 `json:"fix"`
	Frameworks  map[string][]string `json:"frameworks,omitempty"`
	SameAs      map[string][]string `json:"same_as,omitempty"`
	Waiver      *Waiver             `json:"waiver,omitempty"`   // accepted: reported, never counted against --fail-on
	Baseline    bool                `json:"baseline,omitempty"` // already in the baseline: likewise
	NotDemanded bool                `json:"not_demanded,omitempty"`
}

// Open reports whether the finding counts: a failure or an unknown that nobody accepted and no baseline holds.
func (f *Finding) Open() bool {
	return f.Verdict != Pass && f.Waiver == nil && !f.Baseline && !f.NotDemanded
}

// NewID derives a finding's identifier. It leaves the line out, so that editing above a resource keeps its identity.
func NewID(source, rule, unit, resource string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{source, rule, unit, resource}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Store is one database in the report: what check found out about it.
type Store struct {
	Resource  string `json:"resource"`
	Name      string `json:"name"` // the identifier in AWS where given, else the logical name
	Kind      string `json:"kind"`
	Engine    string `json:"engine,omitempty"`
	Level     string `json:"level"`
	LevelFrom string `json:"level_from"` // in words: "policy match orders*", "tag DataClassification", "default_level"
	File      string `json:"file"`
	Line      int    `json:"line"`
	// Counts over the findings whose resource is this store or that protect it.
	Failed  Counts `json:"failed"`
	Unknown int    `json:"unknown"`
	Passed  int    `json:"passed"`
}

// Counts counts findings by severity.
type Counts struct {
	High   int `json:"high"`
	Medium int `json:"medium"`
	Low    int `json:"low"`
}

// Add counts one finding.
func (c *Counts) Add(l Label) {
	switch l {
	case High:
		c.High++
	case Medium:
		c.Medium++
	case Low:
		c.Low++
	case None:
	}
}

// Total is the sum.
func (c Counts) Total() int { return c.High + c.Medium + c.Low }

// Worst returns the highest label counted.
func (c Counts) Worst() Label {
	switch {
	case c.High > 0:
		return High
	case c.Medium > 0:
		return Medium
	case c.Low > 0:
		return Low
	default:
		return None
	}
}

// Problem is something that could not be read.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Fatal   bool   `json:"fatal"`
}

// Skip is a path that was left out, and why.
type Skip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Summary is the count of everything.
type Summary struct {
	Files     int    `json:"files"`
	Resources int    `json:"resources"`
	Stores    int    `json:"stores"`
	Failed    Counts `json:"failed"`
	Unknown   int    `json:"unknown"`
	Passed    int    `json:"passed"`
	Waived    int    `json:"waived"`
	Baseline  int    `json:"baseline"`
	// NotDemanded counts the checks that fail but that the level does not demand: money saved.
	NotDemanded int `json:"not_demanded"`
}

// Report is one run of check.
type Report struct {
	Version  string    `json:"version"` // of Bailey
	Time     string    `json:"time"`    // RFC 3339, UTC
	Levels   []string  `json:"levels"`  // from least to most sensitive
	Stores   []Store   `json:"stores"`
	Findings []Finding `json:"findings"`
	Problems []Problem `json:"problems,omitempty"`
	Skipped  []Skip    `json:"skipped,omitempty"`
	Summary  Summary   `json:"summary"`
}
