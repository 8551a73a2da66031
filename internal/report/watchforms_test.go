package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/watch"
)

// TestWatchForms writes a finding for Security Hub and as OCSF: what each demands is there, and within its bounds.
func TestWatchForms(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	found := []watch.Finding{{
		ID: "0123", Detection: "logging/trail-stopped", Type: "Exfiltration:RDS/TransferDataToCloudAccount", Title: strings.Repeat("long ", 100), Severity: finding.SeverityOf(finding.High), Count: 3,
		Events: []string{"a", "b"}, Evidence: []string{strings.Repeat("x", 3000)}, Resource: "main", Principal: "mallory", Address: "198.51.100.7", First: at, Last: at, Why: "why", Respond: "now",
	}}
	for name, list := range map[string][]watch.Finding{"all": found, "none": {}, "least": {{ID: "1", Detection: "d", Title: "t", Severity: finding.SeverityOf(finding.Low), Count: 1, First: at, Last: at}}} {
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { validate(t, watch.Schema, string(text)) })
	}
	var text bytes.Buffer
	if err := WriteWatchASFF(&text, found); err != nil {
		t.Fatal(err)
	}
	var asff []map[string]any
	if err := json.Unmarshal(text.Bytes(), &asff); err != nil || len(asff) != 1 {
		t.Fatal(err)
	}
	for _, name := range []string{"SchemaVersion", "Id", "ProductArn", "GeneratorId", "AwsAccountId", "Types", "CreatedAt", "UpdatedAt", "Severity", "Title", "Description", "Resources"} {
		if asff[0][name] == nil {
			t.Errorf("ASFF demands %s", name)
		}
	}
	title, _ := asff[0]["Title"].(string)
	description, _ := asff[0]["Description"].(string)
	if len([]rune(title)) > asffTitle || len([]rune(description)) > asffDescription || !strings.Contains(text.String(), `"TTPs/Exfiltration/Exfiltration:RDS-TransferDataToCloudAccount"`) || !strings.Contains(text.String(), `"000000000000"`) {
		t.Errorf("%s", text.String())
	}
	text.Reset()
	if err := WriteWatchOCSF(&text, found, "1"); err != nil {
		t.Fatal(err)
	}
	var ocsf []map[string]any
	if err := json.Unmarshal(text.Bytes(), &ocsf); err != nil || len(ocsf) != 1 {
		t.Fatal(err)
	}
	for _, name := range []string{"activity_id", "category_uid", "class_uid", "type_uid", "time", "severity_id", "metadata", "finding_info", "cloud", "evidences"} {
		if ocsf[0][name] == nil {
			t.Errorf("OCSF demands %s", name)
		}
	}
	if ocsf[0]["severity_id"] != 4.0 || ocsf[0]["time"] != float64(at.UnixMilli()) {
		t.Errorf("%s", text.String())
	}
}
