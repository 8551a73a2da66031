package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/watch"
)

// WriteWatchASFF writes what watch found in the AWS Security Finding Format, an array of all. account and region stand where
// an event names none. https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
func WriteWatchASFF(w io.Writer, found []watch.Finding) error {
	out := []map[string]any{}
	for i := range found {
		out = append(out, watchASFF(&found[i]))
	}
	return encode(w, out)
}

// watchTypes are ASFF's namespaces of the purposes that GuardDuty's types begin with.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html
var watchTypes = map[string]string{ //nolint:gosec // names of purposes, no secret
	"Exfiltration": "TTPs/Exfiltration", "Impact": "TTPs/Impact", "Discovery": "TTPs/Discovery", "Recon": "TTPs/Discovery", "Persistence": "TTPs/Persistence",
	"PrivilegeEscalation": "TTPs/Privilege Escalation", "CredentialAccess": "TTPs/Credential Access", "InitialAccess": "TTPs/Initial Access", "DefenseEvasion": "TTPs/Defense Evasion",
	"DefenseImpairment": "TTPs/Defense Evasion", "Stealth": "TTPs/Defense Evasion", "LateralMovement": "TTPs/Lateral Movement", "Execution": "TTPs/Execution",
	"Backdoor": "TTPs/Command and Control", "Trojan": "TTPs/Command and Control", "CryptoCurrency": "TTPs/Impact",
}

func watchASFF(f *watch.Finding) map[string]any {
	account, region := cmp.Or(f.Account, "000000000000"), cmp.Or(f.Region, "us-east-1")
	partition := partitionOf(region)
	purpose, _, _ := strings.Cut(f.Type, ":")
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	fields := map[string]string{"bailey/detection": f.Detection, "bailey/count": fmt.Sprint(f.Count)}
	for name, v := range map[string]string{"bailey/principal": f.Principal, "bailey/address": f.Address, "bailey/level": f.Level, "bailey/events": strings.Join(f.Events, " "), "bailey/evidence": strings.Join(f.Evidence, "; ")} {
		if v != "" {
			fields[name] = cut(v, asffFieldValue)
		}
	}
	return map[string]any{
		"SchemaVersion": "2018-10-08", "Id": cut(region+"/"+account+"/bailey/"+f.ID, asffID), "ProductArn": fmt.Sprintf("arn:%s:securityhub:%s:%s:product/%[3]s/default", partition, region, account),
		"ProductName": "Bailey", "CompanyName": "Bailey", "GeneratorId": cut("bailey/"+f.Detection, asffID), "AwsAccountId": account, "Region": region,
		"Types":     []string{cmp.Or(watchTypes[purpose], "Unusual Behaviors") + "/" + strings.ReplaceAll(f.Type, "/", "-")},
		"CreatedAt": stamp(f.First), "UpdatedAt": stamp(f.Last), "FirstObservedAt": stamp(f.First), "LastObservedAt": stamp(f.Last),
		"Severity": map[string]any{"Label": strings.ToUpper(string(f.Severity.Label)), "Original": fmt.Sprint(f.Severity.Score)},
		"Title":    cut(f.Title, asffTitle), "Description": cut(f.Title+": "+strings.Join(f.Evidence, "; ")+". "+f.Why, asffDescription),
		"Remediation":   map[string]any{"Recommendation": map[string]any{"Text": cut(f.Respond, asffText)}},
		"ProductFields": fields,
		"Resources":     []map[string]any{{"Type": "Other", "Id": cut(cmp.Or(f.Resource, account), asffText), "Partition": partition, "Region": region}},
		"Workflow":      map[string]any{"Status": "NEW"}, "RecordState": "ACTIVE",
	}
}

// WriteWatchOCSF writes what watch found as OCSF 1.3.0 Detection Findings, an array of all.
// https://schema.ocsf.io/1.3.0/classes/detection_finding
func WriteWatchOCSF(w io.Writer, found []watch.Finding, version string) error {
	out := []map[string]any{}
	severities := map[finding.Label]int{finding.Low: 2, finding.Medium: 3, finding.High: 4}
	for i := range found {
		f := &found[i]
		names := map[int]string{2: "Low", 3: "Medium", 4: "High"}
		severity := severities[f.Severity.Label]
		observables := []map[string]any{}
		if f.Address != "" {
			observables = append(observables, map[string]any{"name": "src_endpoint.ip", "type": "IP Address", "type_id": 2, "value": f.Address})
		}
		if f.Principal != "" {
			observables = append(observables, map[string]any{"name": "actor.user.name", "type": "User Name", "type_id": 4, "value": f.Principal})
		}
		out = append(out, map[string]any{
			"activity_id": 1, "activity_name": "Create", "category_uid": 2, "category_name": "Findings", "class_uid": 2004, "class_name": "Detection Finding", "type_uid": 200401,
			"type_name": "Detection Finding: Create", "time": f.Last.UnixMilli(), "severity_id": severity, "severity": names[severity], "status_id": 1, "status": "New", "message": f.Title, "count": f.Count,
			"metadata": map[string]any{"version": ocsfVersion, "product": map[string]any{"name": "Bailey", "vendor_name": "Bailey", "version": version}, "profiles": []string{"cloud"}},
			"cloud":    map[string]any{"provider": "AWS", "region": f.Region, "account": map[string]any{"uid": f.Account, "type": "AWS Account", "type_id": 10}},
			"finding_info": map[string]any{
				"uid": f.ID, "title": f.Title, "desc": f.Why, "types": []string{f.Type}, "first_seen_time": f.First.UnixMilli(), "last_seen_time": f.Last.UnixMilli(), "created_time": f.First.UnixMilli(),
				"analytic": map[string]any{"type_id": 1, "type": "Rule", "uid": f.Detection, "name": f.Title},
			},
			"evidences": []map[string]any{{"data": map[string]any{"said": f.Evidence, "events": f.Events}}}, "observables": observables,
			"resources": []map[string]any{{"uid": f.Resource, "type": "Other"}}, "remediation": map[string]any{"desc": f.Respond},
		})
	}
	return encode(w, out)
}
