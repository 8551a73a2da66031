package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/baileydb/bailey/internal/finding"
)

// OCSF 1.3.0 Compliance Finding (https://schema.ocsf.io/1.3.0/classes/compliance_finding); the attributes used mean the
// same in later versions.
const (
	ocsfVersion  = "1.3.0"
	ocsfCategory = 2
	ocsfClass    = 2003
)

type (
	ocsfFinding struct {
		ActivityID   int              `json:"activity_id"`
		ActivityName string           `json:"activity_name"`
		CategoryUID  int              `json:"category_uid"`
		CategoryName string           `json:"category_name"`
		ClassUID     int              `json:"class_uid"`
		ClassName    string           `json:"class_name"`
		TypeUID      int              `json:"type_uid"`
		TypeName     string           `json:"type_name"`
		Time         int64            `json:"time"`
		SeverityID   int              `json:"severity_id"`
		Severity     string           `json:"severity"`
		StatusID     int              `json:"status_id"`
		Status       string           `json:"status"`
		StatusDetail string           `json:"status_detail,omitempty"`
		Message      string           `json:"message"`
		Metadata     ocsfMetadata     `json:"metadata"`
		FindingInfo  ocsfInfo         `json:"finding_info"`
		Compliance   ocsfCompliance   `json:"compliance"`
		Resources    []ocsfResource   `json:"resources"`
		Remediation  *ocsfRemediation `json:"remediation,omitempty"`
		Unmapped     map[string]any   `json:"unmapped,omitempty"`
	}
	ocsfMetadata struct {
		Version string      `json:"version"`
		Product ocsfProduct `json:"product"`
	}
	ocsfProduct struct {
		Name       string `json:"name"`
		VendorName string `json:"vendor_name"`
		Version    string `json:"version,omitempty"`
		URL        string `json:"url_string"`
	}
	ocsfInfo struct {
		UID         string       `json:"uid"`
		Title       string       `json:"title"`
		Desc        string       `json:"desc,omitempty"`
		Types       []string     `json:"types"`
		Analytic    ocsfAnalytic `json:"analytic"`
		CreatedTime int64        `json:"created_time"`
		SrcURL      string       `json:"src_url"`
	}
	ocsfAnalytic struct {
		TypeID int    `json:"type_id"`
		Type   string `json:"type"`
		UID    string `json:"uid"`
		Name   string `json:"name"`
	}
	ocsfCompliance struct {
		Control      string   `json:"control"`
		Requirements []string `json:"requirements"`
		Standards    []string `json:"standards"`
		StatusID     int      `json:"status_id"`
		Status       string   `json:"status"`
		StatusDetail string   `json:"status_detail,omitempty"`
	}
	ocsfResource struct {
		UID            string              `json:"uid"`
		Name           string              `json:"name,omitempty"`
		Type           string              `json:"type,omitempty"`
		CloudPartition string              `json:"cloud_partition,omitempty"`
		Region         string              `json:"region,omitempty"`
		Classification *ocsfClassification `json:"data_classification,omitempty"`
		Data           map[string]any      `json:"data,omitempty"`
	}
	ocsfClassification struct {
		ConfidentialityID int    `json:"confidentiality_id"`
		Confidentiality   string `json:"confidentiality"`
	}
	ocsfRemediation struct {
		Desc       string   `json:"desc"`
		References []string `json:"references"`
	}
)

// writeOCSF writes a JSON array of Compliance Findings.
func writeOCSF(w io.Writer, r *finding.Report, opts Options) error {
	at, err := time.Parse(time.RFC3339, r.Time)
	if err != nil {
		return fmt.Errorf("the report's time: %w", err)
	}
	out := []ocsfFinding{}
	stores := map[string]*finding.Store{}
	for i := range r.Stores {
		stores[r.Stores[i].Resource] = &r.Stores[i]
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; listed(f, opts) {
			one := ocsfOf(r, f, at.UnixMilli())
			one.Resources = ocsfResourcesOf(f, stores, opts)
			out = append(out, one)
		}
	}
	return encode(w, out)
}

func ocsfOf(r *finding.Report, f *finding.Finding, ms int64) ocsfFinding {
	out := ocsfFinding{
		ActivityID: 1, ActivityName: "Create", CategoryUID: ocsfCategory, CategoryName: "Findings",
		ClassUID: ocsfClass, ClassName: "Compliance Finding", TypeUID: ocsfClass*100 + 1,
		TypeName: "Compliance Finding: Create", Time: ms, Message: cmp.Or(f.Message, f.Title),
		Metadata: ocsfMetadata{ocsfVersion, ocsfProduct{"Bailey", "Bailey", r.Version, "https://github.com/baileydb/bailey"}},
		FindingInfo: ocsfInfo{
			UID: f.ID, Title: f.Title, Desc: f.Why, Types: []string{f.Source}, CreatedTime: ms, SrcURL: helpURI(f.Safeguard),
			Analytic: ocsfAnalytic{1, "Rule", f.Safeguard, f.Title},
		},
		Compliance: ocsfComplianceOf(f),
		Unmapped:   map[string]any{"level": f.Level, "location": place(f.File, f.Line, f.Column)},
	}
	out.SeverityID, out.Severity = ocsfSeverity(f)
	out.StatusID, out.Status, out.StatusDetail = ocsfStatus(f)
	if f.Fix.Summary != "" {
		out.Remediation = &ocsfRemediation{fixText(f), []string{helpURI(f.Safeguard)}}
	}
	if len(f.Evidence) > 0 {
		out.Unmapped["evidence"] = f.Evidence
	}
	if len(f.Settle) > 0 {
		out.Unmapped["settle"] = f.Settle
	}
	return out
}

// ocsfSeverity maps a severity; what passes or is not demanded is informational.
func ocsfSeverity(f *finding.Finding) (int, string) {
	if f.Verdict == finding.Pass || f.NotDemanded {
		return 1, "Informational"
	}
	switch f.Severity.Label {
	case finding.High:
		return 4, "High"
	case finding.Medium:
		return 3, "Medium"
	case finding.Low:
		return 2, "Low"
	case finding.None:
	}
	return 0, "Unknown"
}

// ocsfStatus is what became of the finding: new, suppressed or resolved.
func ocsfStatus(f *finding.Finding) (id int, name, detail string) {
	switch stateOf(f) {
	case waived:
		return 3, "Suppressed", waiverWords(f.Waiver)
	case baseline:
		return 3, "Suppressed", "in the baseline"
	case notDemanded:
		return 3, "Suppressed", "not demanded of data at level " + f.Level
	case passed:
		return 4, "Resolved", ""
	case failed, unknown:
	}
	return 1, "New", ""
}

func ocsfComplianceOf(f *finding.Finding) ocsfCompliance {
	c := ocsfCompliance{Control: f.Safeguard, Requirements: []string{}, Standards: []string{}, StatusID: 3, Status: "Fail"}
	for _, name := range slices.Sorted(maps.Keys(f.Frameworks)) {
		c.Standards = append(c.Standards, frameworkName(name))
		for _, id := range f.Frameworks[name] {
			c.Requirements = append(c.Requirements, frameworkName(name)+" "+id)
		}
	}
	switch {
	case f.NotDemanded:
		c.StatusID, c.Status = 99, "Other"
		c.StatusDetail = "not demanded of data at level " + f.Level
	case f.Verdict == finding.Unknown:
		c.StatusID, c.Status, c.StatusDetail = 0, "Unknown", f.Message
	case f.Verdict == finding.Pass:
		c.StatusID, c.Status = 1, "Pass"
	}
	return c
}

func ocsfResourcesOf(f *finding.Finding, stores map[string]*finding.Store, opts Options) []ocsfResource {
	one := func(uid, kind string) ocsfResource {
		out := ocsfResource{UID: uid, Type: kind, Region: opts.Region}
		if opts.Region != "" {
			out.CloudPartition = partitionOf(opts.Region)
		}
		if s := stores[uid]; s != nil {
			out.Name, out.Type = s.Name, s.Kind
			// 99 is Other: the levels' names and their order are the policy file's own.
			out.Classification = &ocsfClassification{99, s.Level}
		}
		return out
	}
	out := []ocsfResource{one(f.Resource, f.Kind)}
	out[0].Data = map[string]any{"file": f.File, "line": f.Line}
	if opts.AccountID != "" {
		out[0].Data["account"] = opts.AccountID
	}
	for _, s := range f.Stores {
		out = append(out, one(s, ""))
	}
	return out
}
