package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// ASFFBatch is how many findings BatchImportFindings takes in one call. The asff format writes one array of all findings,
// which the sender cuts.
const ASFFBatch = 100

// The limits of ASFF, in characters and entries
// (https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html and
// asff-top-level-attributes.html).
const (
	asffID           = 512
	asffTitle        = 256
	asffDescription  = 1024
	asffText         = 512
	asffRequirements = 32
	asffRequirement  = 64
	asffFieldKey     = 128
	asffFieldValue   = 2048
	asffFields       = 50
	asffResources    = 32
	asffReasons      = 20
)

type (
	asffFinding struct {
		SchemaVersion string
		ID            string `json:"Id"`
		ProductArn    string
		ProductName   string
		CompanyName   string
		GeneratorID   string `json:"GeneratorId"`
		AwsAccountID  string `json:"AwsAccountId"`
		Region        string
		Types         []string
		CreatedAt     string
		UpdatedAt     string
		Severity      asffSeverity
		Title         string
		Description   string
		Remediation   *asffRemediation  `json:",omitempty"`
		ProductFields map[string]string `json:",omitempty"`
		Resources     []asffResource
		Compliance    asffCompliance
		Workflow      asffWorkflow
		RecordState   string
		Note          *asffNote `json:",omitempty"`
	}
	asffSeverity struct {
		Label    string
		Original string `json:",omitempty"`
	}
	asffRemediation struct {
		Recommendation asffRecommendation
	}
	asffRecommendation struct {
		Text string
		URL  string `json:"Url"`
	}
	asffResource struct {
		Type      string
		ID        string `json:"Id"`
		Partition string
		Region    string
		Details   *asffDetails `json:",omitempty"`
	}
	asffDetails struct {
		Other map[string]string
	}
	asffCompliance struct {
		Status              string
		SecurityControlID   string       `json:"SecurityControlId,omitempty"`
		RelatedRequirements []string     `json:",omitempty"`
		StatusReasons       []asffReason `json:",omitempty"`
	}
	asffReason struct {
		ReasonCode  string
		Description string
	}
	asffWorkflow struct{ Status string }
	asffNote     struct {
		Text, UpdatedBy, UpdatedAt string
	}
)

// writeASFF writes an array of findings in the AWS Security Finding Format.
func writeASFF(w io.Writer, r *finding.Report, opts Options) error {
	opts.AccountID = cmp.Or(opts.AccountID, "000000000000")
	opts.Region = cmp.Or(opts.Region, "us-east-1")
	out := []asffFinding{}
	for i := range r.Findings {
		if f := &r.Findings[i]; listed(f, opts) {
			out = append(out, asffOf(r, f, opts))
		}
	}
	return encode(w, out)
}

func asffOf(r *finding.Report, f *finding.Finding, opts Options) asffFinding {
	partition := partitionOf(opts.Region)
	out := asffFinding{
		SchemaVersion: "2018-10-08",
		ID:            cut(opts.Region+"/"+opts.AccountID+"/bailey/"+f.ID, asffID),
		ProductArn: fmt.Sprintf("arn:%s:securityhub:%s:%s:product/%[3]s/default",
			partition, opts.Region, opts.AccountID),
		ProductName: "Bailey", CompanyName: "Bailey", GeneratorID: cut("bailey/"+f.Safeguard, asffID),
		AwsAccountID: opts.AccountID, Region: opts.Region,
		Types:     []string{"Software and Configuration Checks/AWS Security Best Practices"},
		CreatedAt: r.Time, UpdatedAt: r.Time,
		Severity: asffSeverityOf(f), Title: cut(cmp.Or(f.Title, f.Safeguard), asffTitle),
		Description:   cut(cmp.Or(f.Message, f.Title, f.Safeguard), asffDescription),
		ProductFields: asffFieldsOf(f, opts), Resources: asffResourcesOf(f, partition, opts.Region),
		Compliance: asffComplianceOf(f), Workflow: asffWorkflow{"NEW"}, RecordState: "ACTIVE",
	}
	if f.Fix.Summary != "" {
		out.Remediation = &asffRemediation{asffRecommendation{cut(fixText(f), asffText), helpURI(f.Safeguard)}}
	}
	switch stateOf(f) {
	case waived:
		out.Workflow.Status = "SUPPRESSED"
		out.Note = &asffNote{cut(waiverWords(f.Waiver), asffText), "bailey", r.Time}
	case baseline:
		out.Workflow.Status = "NOTIFIED"
		out.Note = &asffNote{"In the baseline: known before.", "bailey", r.Time}
	case notDemanded:
		out.Workflow.Status = "SUPPRESSED"
		out.Note = &asffNote{cut("Not demanded of data at level "+f.Level+".", asffText), "bailey", r.Time}
	case passed:
		out.Workflow.Status = "RESOLVED"
	case failed, unknown:
	}
	return out
}

// partitionOf is the partition of a region, as it stands in ARNs.
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// asffSeverityOf maps a severity; what passes or is not demanded is informational, as Security Hub's own controls are.
func asffSeverityOf(f *finding.Finding) asffSeverity {
	s := asffSeverity{Label: "INFORMATIONAL", Original: strconv.FormatFloat(f.Severity.Score, 'f', -1, 64)}
	if f.Verdict != finding.Pass && !f.NotDemanded && f.Severity.Label != finding.None {
		s.Label = strings.ToUpper(string(f.Severity.Label))
	}
	return s
}

func asffComplianceOf(f *finding.Finding) asffCompliance {
	c := asffCompliance{Status: "FAILED"}
	switch {
	case f.NotDemanded, f.Verdict == finding.Unknown:
		c.Status = "NOT_AVAILABLE"
	case f.Verdict == finding.Pass:
		c.Status = "PASSED"
	}
	for _, name := range slices.Sorted(maps.Keys(f.Frameworks)) {
		for _, id := range f.Frameworks[name] {
			if len(c.RelatedRequirements) < asffRequirements {
				c.RelatedRequirements = append(c.RelatedRequirements, cut(frameworkName(name)+" "+id, asffRequirement))
			}
		}
	}
	for _, s := range f.Settle[:min(len(f.Settle), asffReasons)] {
		c.StatusReasons = append(c.StatusReasons, asffReason{"UNKNOWN_VALUE", cut("To settle it: "+s, asffFieldValue)})
	}
	return c
}

// frameworkName writes a framework's key as people know it.
func frameworkName(key string) string {
	switch key {
	case "aws-fsbp":
		return "AWS FSBP"
	case "cis-aws":
		return "CIS AWS"
	case "nist-800-53":
		return "NIST.800-53.r5"
	case "pci-dss":
		return "PCI DSS"
	case "hipaa":
		return "HIPAA"
	case "soc-2":
		return "SOC 2"
	case "iso-27001":
		return "ISO 27001"
	default:
		return key
	}
}

func asffFieldsOf(f *finding.Finding, opts Options) map[string]string {
	out := map[string]string{}
	add := func(key, value string) {
		if key = cut(key, asffFieldKey); value != "" && len(out) < asffFields {
			out[key] = cut(value, asffFieldValue)
		}
	}
	add("bailey/safeguard", f.Safeguard)
	add("bailey/level", f.Level)
	add("bailey/verdict", string(f.Verdict))
	add("bailey/location", place(f.File, f.Line, f.Column))
	add("bailey/stores", strings.Join(f.Stores, ", "))
	if opts.AccountID == "000000000000" {
		add("bailey/account", "not given: this finding cannot be imported as it is")
	}
	for _, e := range f.Evidence {
		add("bailey/evidence/"+e.Fact, evidenceWords(e))
	}
	return out
}

func asffResourcesOf(f *finding.Finding, partition, region string) []asffResource {
	out := []asffResource{{
		Type: asffType(f.Kind), ID: cut(f.Resource, asffID), Partition: partition, Region: region,
		Details: &asffDetails{map[string]string{"kind": f.Kind, "location": cut(place(f.File, f.Line, f.Column), asffDescription)}},
	}}
	for _, s := range f.Stores[:min(len(f.Stores), asffResources-1)] {
		out = append(out, asffResource{Type: "Other", ID: cut(s, asffID), Partition: partition, Region: region})
	}
	return out
}

// asffType is Security Hub's type for a kind of resource; Other where it has none.
func asffType(kind string) string {
	t, ok := map[string]string{
		"db_instance":           "AwsRdsDbInstance",
		"db_cluster":            "AwsRdsDbCluster",
		"db_snapshot":           "AwsRdsDbSnapshot",
		"db_cluster_snapshot":   "AwsRdsDbClusterSnapshot",
		"db_event_subscription": "AwsRdsEventSubscription",
		"event_subscription":    "AwsRdsEventSubscription",
		"dynamodb_table":        "AwsDynamoDbTable",
		"table":                 "AwsDynamoDbTable",
		"kms_key":               "AwsKmsKey",
		"security_group":        "AwsEc2SecurityGroup",
		"subnet":                "AwsEc2Subnet",
		"vpc":                   "AwsEc2Vpc",
		"network_acl":           "AwsEc2NetworkAcl",
		"route_table":           "AwsEc2RouteTable",
		"load_balancer":         "AwsElbv2LoadBalancer",
		"web_acl":               "AwsWafv2WebAcl",
		"trail":                 "AwsCloudTrailTrail",
		"bucket":                "AwsS3Bucket",
		"s3_bucket":             "AwsS3Bucket",
		"topic":                 "AwsSnsTopic",
		"sns_topic":             "AwsSnsTopic",
		"secret":                "AwsSecretsManagerSecret",
		"iam_role":              "AwsIamRole",
		"role":                  "AwsIamRole",
		"iam_user":              "AwsIamUser",
		"iam_group":             "AwsIamGroup",
		"iam_policy":            "AwsIamPolicy",
		"policy":                "AwsIamPolicy",
		"backup_plan":           "AwsBackupBackupPlan",
		"backup_vault":          "AwsBackupBackupVault",
	}[kind]
	if !ok {
		return "Other"
	}
	return t
}
