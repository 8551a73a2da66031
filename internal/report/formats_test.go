package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/finding"
)

// long is a report whose texts are longer than any format takes.
func long() *finding.Report {
	r := example()
	f := &r.Findings[0]
	f.Title, f.Message = strings.Repeat("título ", 200), strings.Repeat("wörd ", 5000)
	f.Resource = strings.Repeat("A", 3000)
	f.Fix.Summary = strings.Repeat("do this ", 1000)
	f.Frameworks = map[string][]string{}
	for i := range 80 {
		f.Frameworks["cis-aws"] = append(f.Frameworks["cis-aws"], strings.Repeat("1.", i))
		f.Stores = append(f.Stores, strings.Repeat("s", i))
		f.Settle = append(f.Settle, strings.Repeat("x ", 2000))
		f.Evidence = append(f.Evidence, finding.Evidence{
			Fact: strings.Repeat("fact", i), Value: strings.Repeat("v", 5000), State: "known",
		})
	}
	return r
}

func TestASFFLimits(t *testing.T) {
	var all []asffFinding
	if err := json.Unmarshal([]byte(write(t, "asff", long(), Options{All: true})), &all); err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for name, x := range map[string]struct {
			text  string
			limit int
		}{
			"Id": {f.ID, 512}, "Title": {f.Title, 256}, "Description": {f.Description, 1024}, "GeneratorId": {f.GeneratorID, 512},
			"Recommendation": {f.Remediation.Recommendation.Text, 512}, "Url": {f.Remediation.Recommendation.URL, 2048},
		} {
			if n := utf8.RuneCountInString(x.text); n == 0 || n > x.limit {
				t.Errorf("%s has %d characters, the limit is %d", name, n, x.limit)
			}
		}
		if n := len(f.Resources); n < 1 || n > 32 {
			t.Errorf("%d resources", n)
		}
		if len(f.ProductFields) > 50 || len(f.Compliance.RelatedRequirements) > 32 || len(f.Compliance.StatusReasons) > 20 {
			t.Errorf("%d fields, %d requirements, %d reasons",
				len(f.ProductFields), len(f.Compliance.RelatedRequirements), len(f.Compliance.StatusReasons))
		}
		for k, v := range f.ProductFields {
			if utf8.RuneCountInString(k) > 128 || utf8.RuneCountInString(v) > 2048 {
				t.Errorf("field %.20s is too long", k)
			}
		}
		if len(f.AwsAccountID) != 12 || f.ProductArn != "arn:aws:securityhub:us-east-1:000000000000:product/000000000000/default" {
			t.Errorf("account %s, product %s", f.AwsAccountID, f.ProductArn)
		}
	}
}

func TestASFFStates(t *testing.T) {
	var all []asffFinding
	if err := json.Unmarshal([]byte(write(t, "asff", example(), Options{All: true, Region: "cn-north-1"})), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range all {
		got[strings.TrimPrefix(f.GeneratorID, "bailey/")] = f.Compliance.Status + " " + f.Workflow.Status + " " +
			f.Severity.Label + " " + f.Resources[0].Type + " " + f.Resources[0].Partition
	}
	want := map[string]string{
		"rds/storage-encrypted":           "FAILED NEW HIGH AwsRdsDbInstance aws-cn",
		"rds/multi-az":                    "NOT_AVAILABLE NEW MEDIUM AwsRdsDbInstance aws-cn",
		"rds/backup-retention":            "FAILED NOTIFIED MEDIUM AwsRdsDbInstance aws-cn",
		"rds/deletion-protection":         "FAILED SUPPRESSED LOW AwsRdsDbInstance aws-cn",
		"rds/tls-required":                "PASSED RESOLVED INFORMATIONAL AwsRdsDbInstance aws-cn",
		"rds/iam-authentication":          "FAILED NEW LOW AwsRdsDbCluster aws-cn",
		"network/no-open-ingress":         "FAILED NEW HIGH AwsEc2SecurityGroup aws-cn",
		"dynamodb/point-in-time-recovery": "FAILED NEW MEDIUM AwsDynamoDbTable aws-cn",
		"dynamodb/customer-key":           "NOT_AVAILABLE SUPPRESSED INFORMATIONAL AwsDynamoDbTable aws-cn",
		"dynamodb/encrypted":              "PASSED RESOLVED INFORMATIONAL AwsDynamoDbTable aws-cn",
		"account/trail-logs-data-events":  "NOT_AVAILABLE NEW MEDIUM AwsCloudTrailTrail aws-cn",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSARIFStates(t *testing.T) {
	var doc sarifLog
	if err := json.Unmarshal([]byte(write(t, "sarif", example(), Options{All: true})), &doc); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, res := range doc.Runs[0].Results {
		s := res.Kind + " " + res.Level + " " + res.BaselineState
		for _, x := range res.Suppressions {
			s += " " + x.Kind + " " + x.Status
		}
		got[res.RuleID] = s
		if doc.Runs[0].Tool.Driver.Rules[res.RuleIndex].ID != res.RuleID {
			t.Errorf("%s has the wrong rule index", res.RuleID)
		}
		if p := res.Locations[0].PhysicalLocation; strings.ContainsAny(p.ArtifactLocation.URI, " <>\"{}:") {
			t.Errorf("URI %q is not escaped", p.ArtifactLocation.URI)
		}
	}
	want := map[string]string{
		"rds/storage-encrypted":           "fail error new",
		"rds/multi-az":                    "open none new",
		"rds/backup-retention":            "fail warning unchanged",
		"rds/deletion-protection":         "fail note new external accepted",
		"rds/tls-required":                "pass none new",
		"rds/iam-authentication":          "fail note new",
		"network/no-open-ingress":         "fail error new",
		"dynamodb/point-in-time-recovery": "fail warning new",
		"dynamodb/customer-key":           "notApplicable none new",
		"dynamodb/encrypted":              "pass none new",
		"account/trail-logs-data-events":  "open none new",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJUnitIsXML(t *testing.T) {
	r := example()
	r.Findings[0].Message = "bytes that XML cannot hold: \x00 \x0b \uffff \xff"
	got := write(t, "junit", r, Options{All: true})
	d := xml.NewDecoder(strings.NewReader(got))
	cases := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "testcase" {
			cases++
		}
	}
	if want := len(r.Findings) + len(r.Problems); cases != want {
		t.Errorf("%d test cases, want %d", cases, want)
	}
}

// TestMarkdownFits holds a comment to what GitHub takes, however much there is to say.
func TestMarkdownFits(t *testing.T) {
	for _, n := range []int{0, 1, 20, 300} {
		got := write(t, "markdown", many(n), Options{Source: source, All: true})
		if len(got) > maxComment {
			t.Errorf("%d databases take %d bytes", n, len(got))
		}
		if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
			t.Errorf("%d databases: a details element is left open", n)
		}
	}
	if got := write(t, "markdown", long(), Options{Source: source}); len(got) > maxComment {
		t.Errorf("long texts take %d bytes", len(got))
	}
}

// TestMarkdownMeansNothing looks for what of the hostile text could act outside of code.
func TestMarkdownMeansNothing(t *testing.T) {
	got := write(t, "markdown", example(), Options{Source: source, All: true})
	fences := regexp.MustCompile("(?s)\n(````*)text\n.*?\n````*\n\n")
	spans := regexp.MustCompile("``[^\n]+?``")
	cells := regexp.MustCompile("(?m)^\\| `[^`\n]+` \\|")
	got = cells.ReplaceAllString(spans.ReplaceAllString(fences.ReplaceAllString(got, "\n"), ""), "")
	for _, bad := range []string{"<script", "<img", "@everyone", "\x1b", "\u202e"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q stands in the comment", bad)
		}
	}
	if regexp.MustCompile(`[^\\]\]\(javascript`).MatchString(got) {
		t.Error("a link stands in the comment")
	}
}

// TestTextIsSafeAndFits holds lines of prose to the width, and a terminal to printable characters.
func TestTextIsSafeAndFits(t *testing.T) {
	for _, width := range []int{40, 80, 132} {
		for name, r := range map[string]*finding.Report{"example": example(), "long": long(), "many": many(40)} {
			inSnippet := false
			for line := range strings.Lines(write(t, "text", r, Options{Source: source, Width: width, All: true})) {
				line = strings.TrimSuffix(line, "\n")
				for _, c := range line {
					if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
						t.Fatalf("%s: %q has %U", name, line, c)
					}
				}
				// Snippets and commands are never wrapped: they are for copying.
				inSnippet = strings.HasPrefix(line, "      ") || strings.HasPrefix(line, "  next: ")
				if n := columns(line); n > width && !inSnippet {
					t.Errorf("%s at %d: %d columns: %s", name, width, n, line)
				}
			}
		}
	}
}

func TestTextColor(t *testing.T) {
	plain := write(t, "text", example(), Options{Source: source, Width: 90})
	colored := write(t, "text", example(), Options{Source: source, Width: 90, Color: true})
	if got := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(colored, ""); got != plain {
		t.Errorf("colors change the text:\n%s", cmp.Diff(plain, got))
	}
	if plain == colored {
		t.Error("there are no colors")
	}
}

// TestTextStaysShort holds the text of many alike databases to what a person reads.
func TestTextStaysShort(t *testing.T) {
	got := write(t, "text", many(500), Options{Source: source})
	if n := strings.Count(got, "\n"); n > 400 {
		t.Errorf("500 databases that lack the same take %d lines", n)
	}
	for _, want := range []string{"db-000", "db-499", "499 databases lack the same as db-000", "> 14 │"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestHideSecrets(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"MasterUserPassword: hunter2", "MasterUserPassword: ••••••"},
		{`  "MasterUserPassword": "hun\"ter2", "Engine": "mysql"`, `  "MasterUserPassword": "••••••", "Engine": "mysql"`},
		{`password = "hunter2"`, `password = "••••••"`},
		{"password = var.db_password", "password = var.db_password"},
		{"MasterUserPassword: !Ref Password", "MasterUserPassword: !Ref Password"},
		{"MasterUserPassword: '{{resolve:secretsmanager:x}}'", "MasterUserPassword: '{{resolve:secretsmanager:x}}'"},
		{"ManageMasterUserPassword: true", "ManageMasterUserPassword: true"},
		{"DbPassword:\n  Type: String\n  Default: hunter2\nOther:\n  Default: x", "DbPassword:\n  Type: String\n  Default: ••••••\nOther:\n  Default: x"},
		{"variable \"db_password\" {\n  default = \"hunter2\"\n}\ndefault = \"x\"", "variable \"db_password\" {\n  default = \"••••••\"\n}\ndefault = \"x\""},
		{"SecretString: |\n  hunter2\nName: x", "SecretString: |\n  ••••••\nName: x"},
	} {
		got := strings.Join(hideSecrets(strings.Split(tc.in, "\n")), "\n")
		if got != tc.want {
			t.Errorf("%q: got %q", tc.in, got)
		}
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "表": 2, "événements-表": 13, "✗": 1} {
		if got := columns(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
}

// FuzzText writes any text in every format: nothing panics, and no control character reaches a terminal.
func FuzzText(f *testing.F) {
	f.Add(hostile, "a.yaml", "x: 1\n\ty: 2", 2, 3)
	f.Add("\xff\xfe", "", "", 0, -1)
	f.Fuzz(func(t *testing.T, s, file, content string, line, column int) {
		r := example()
		x := &r.Findings[0]
		x.Title, x.Message, x.Resource, x.File, x.Line, x.Column = s, s, s, file, line, column
		x.Fix.Snippet = s
		opts := Options{All: true, Source: func(string) ([]byte, error) { return []byte(content), nil }}
		for _, format := range Formats() {
			got := write(t, format, r, opts)
			if format != "text" {
				continue
			}
			for _, c := range got {
				if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)) {
					t.Fatalf("%U reaches the terminal", c)
				}
			}
		}
	})
}
