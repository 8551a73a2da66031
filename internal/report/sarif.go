package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// writeSARIF writes SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), with the properties
// and tags that GitHub code scanning reads. What is unknown is a result of kind open, which has no level.
func writeSARIF(w io.Writer, r *finding.Report, opts Options) error {
	driver := sarifDriver{
		Name: "bailey", Version: r.Version, InformationURI: "https://github.com/baileydb/bailey", Rules: []sarifRule{},
	}
	if semver.MatchString(r.Version) {
		driver.SemanticVersion = strings.TrimPrefix(r.Version, "v")
	}
	var fs []*finding.Finding
	byRule := map[string][]*finding.Finding{}
	hasBaseline := false
	for i := range r.Findings {
		f := &r.Findings[i]
		hasBaseline = hasBaseline || f.Baseline
		if listed(f, opts) {
			fs = append(fs, f)
			byRule[f.Safeguard] = append(byRule[f.Safeguard], f)
		}
	}
	index := map[string]int{}
	for i, id := range slices.Sorted(maps.Keys(byRule)) {
		index[id] = i
		driver.Rules = append(driver.Rules, sarifRuleOf(byRule[id]))
	}
	run := sarifRun{
		Tool: sarifTool{driver}, Invocations: []sarifInvocation{sarifInvocationOf(r)}, ColumnKind: "unicodeCodePoints",
		Results: make([]sarifResult, 0, len(fs)),
	}
	frames := newFrames(opts.Source)
	for _, f := range fs {
		res := sarifResultOf(f, index[f.Safeguard], frames)
		if hasBaseline {
			res.BaselineState = "new"
			if f.Baseline {
				res.BaselineState = "unchanged"
			}
		}
		run.Results = append(run.Results, res)
	}
	return encode(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	})
}

var semver = regexp.MustCompile(`^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$`)

// maxTags is how many tags GitHub takes for one rule.
const maxTags = 20

// sarifRuleOf makes the rule of a safeguard from its findings, the severest of which says how severe the rule is.
func sarifRuleOf(fs []*finding.Finding) sarifRule {
	f := slices.MaxFunc(fs, func(a, b *finding.Finding) int { return cmp.Compare(a.Severity.Score, b.Severity.Score) })
	tags := []string{"security", "database"}
	for _, name := range slices.Sorted(maps.Keys(f.Frameworks)) {
		for _, id := range f.Frameworks[name] {
			tags = append(tags, name+"/"+id)
		}
	}
	tags = tags[:min(len(tags), maxTags)]
	return sarifRule{
		ID: f.Safeguard, ShortDescription: sarifText{Text: f.Title}, FullDescription: sarifText{Text: cmp.Or(f.Why, f.Title)},
		Help: sarifText{Text: fixText(f), Markdown: fixMarkdown(f)}, HelpURI: helpURI(f.Safeguard),
		DefaultConfiguration: sarifConfiguration{Level: sarifLevel(f.Severity.Label)},
		Properties: map[string]any{
			"tags": tags, "precision": "high", "security-severity": fmt.Sprintf("%.1f", f.Severity.Score),
		},
	}
}

func sarifLevel(l finding.Label) string {
	switch l {
	case finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	case finding.Low:
		return "note"
	case finding.None:
	}
	return "none"
}

func sarifResultOf(f *finding.Finding, rule int, frames *frames) sarifResult {
	res := sarifResult{
		RuleID: f.Safeguard, RuleIndex: rule, Kind: "fail", Level: sarifLevel(f.Severity.Label),
		Message:             sarifText{Text: noLinks(cmp.Or(f.Message, f.Title))},
		PartialFingerprints: map[string]string{"baileyFinding/v1": f.ID, "primaryLocationLineHash": f.ID},
		Properties:          map[string]any{"level": f.Level},
	}
	// SARIF 3.27.10: a result whose kind is not fail has level none.
	switch {
	case f.NotDemanded:
		res.Kind, res.Level = "notApplicable", "none"
	case f.Verdict == finding.Unknown:
		res.Kind, res.Level = "open", "none"
	case f.Verdict == finding.Pass:
		res.Kind, res.Level = "pass", "none"
	}
	if f.Severity.Label != finding.None {
		res.Properties["severity"] = f.Severity
	}
	if len(f.Stores) > 0 {
		res.Properties["stores"] = f.Stores
	}
	if len(f.Settle) > 0 {
		res.Properties["settle"] = f.Settle
	}
	if len(f.Evidence) > 0 {
		res.Properties["evidence"] = f.Evidence
	}
	logical := sarifLogical{FullyQualifiedName: f.Resource, Kind: "resource"}
	main := sarifLocationOf(f.File, f.Line, f.Column)
	main.LogicalLocations = []sarifLogical{logical}
	if fr, ok := frames.at(f.File, f.Line, 0); ok && main.PhysicalLocation != nil {
		for _, l := range fr.lines {
			if l.marked {
				main.PhysicalLocation.Region.Snippet = &sarifText{Text: strings.TrimSpace(l.text)}
			}
		}
	}
	res.Locations = []sarifLocation{main}
	res.RelatedLocations = sarifRelated(f)
	if f.Waiver != nil {
		res.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: waiverWords(f.Waiver)}}
		if strings.HasPrefix(f.Waiver.From, f.File+":") { // the template's own comment
			res.Suppressions[0].Kind = "inSource"
		}
	}
	return res
}

// noLinks takes the meaning from [text](target), which SARIF 3.11.6 makes a link in a message.
func noLinks(s string) string { return strings.ReplaceAll(s, "](", "] (") }

func sarifRelated(f *finding.Finding) []sarifLocation {
	var out []sarifLocation
	for _, e := range f.Evidence {
		if e.File == "" || e.Line == 0 || (e.File == f.File && e.Line == f.Line) {
			continue
		}
		l := sarifLocationOf(e.File, e.Line, e.Column)
		l.ID, l.Message = len(out)+1, &sarifText{Text: noLinks(evidenceWords(e))}
		out = append(out, l)
	}
	return out
}

func sarifLocationOf(file string, line, column int) sarifLocation {
	if file == "" {
		return sarifLocation{}
	}
	at := sarifArtifact{URI: escapePath(path.Clean(file)), URIBaseID: "%SRCROOT%"}
	if path.IsAbs(file) {
		at = sarifArtifact{URI: "file://" + escapePath(path.Clean(file))}
	}
	p := &sarifPhysical{ArtifactLocation: at}
	if line > 0 {
		p.Region = &sarifRegion{StartLine: line, StartColumn: column}
	}
	return sarifLocation{PhysicalLocation: p}
}

// sarifInvocationOf tells what could not be read, and what was left out.
func sarifInvocationOf(r *finding.Report) sarifInvocation {
	inv := sarifInvocation{ExecutionSuccessful: true, EndTimeUTC: r.Time}
	for _, p := range r.Problems {
		n := sarifNotification{Level: "warning", Message: sarifText{Text: noLinks(p.Message)}}
		if p.Fatal {
			n.Level, inv.ExecutionSuccessful = "error", false
		}
		if p.File != "" {
			n.Locations = []sarifLocation{sarifLocationOf(p.File, p.Line, p.Column)}
		}
		inv.Notifications = append(inv.Notifications, n)
	}
	for _, s := range r.Skipped {
		inv.Notifications = append(inv.Notifications, sarifNotification{
			Level: "note", Message: sarifText{Text: "left out: " + s.Reason},
			Locations: []sarifLocation{sarifLocationOf(s.Path, 0, 0)},
		})
	}
	return inv
}
