package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// hostile is text that must come out of every format as nothing but text.
const hostile = `</script></style></textarea><script>window.hacked=1</script><img src=x onerror=window.hacked=1>` +
	"\"'`|*_[x](javascript:alert(1)) @everyone #1 &amp; ]]> \x1b[31m\x07\u202eetis\u2066 {{7*7}} ${x}"

// files are the sources of the example, for code frames.
var files = map[string]string{
	"stacks/orders.yaml": strings.Join([]string{
		"AWSTemplateFormatVersion: '2010-09-09'",
		"Parameters:",
		"  MultiAZ:",
		"    Type: String",
		"  DbPassword:",
		"    Type: String",
		"    Default: correct-horse-battery",
		"Resources:",
		"  OrdersDB:",
		"    Type: AWS::RDS::DBInstance",
		"    Properties:",
		"      Engine: postgres",
		"      MasterUserPassword: correct-horse-battery",
		"      StorageEncrypted: false",
		"      BackupRetentionPeriod: 1",
		"      MultiAZ: !Ref MultiAZ",
		"      PubliclyAccessible: true",
		"",
		"  SharedSG:",
		"    Type: AWS::EC2::SecurityGroup",
		"    Properties:",
		"      SecurityGroupIngress:",
		"        - {CidrIp: 0.0.0.0/0, FromPort: 5432, ToPort: 5432, IpProtocol: tcp}",
	}, "\n"),
	"infra/données 表.tf": strings.Join([]string{
		`resource "aws_dynamodb_table" "événements" {`,
		"\tname = \"événements-表\"",
		"\thash_key = \"id\"",
		"\tpoint_in_time_recovery { enabled = false } # 備份 off",
		"}",
	}, "\n"),
	"generated.json": `{"Resources":{` + strings.Repeat(`"Pad":{"Type":"AWS::SNS::Topic"},`, 30) +
		`"Legacy":{"Type":"AWS::RDS::DBInstance","Properties":{"MasterUserPassword":"hunter2hunter2","StorageEncrypted":false}}}}`,
}

func source(file string) ([]byte, error) {
	text, ok := files[file]
	if !ok {
		return nil, errors.New("no such file")
	}
	return []byte(text), nil
}

var frameworks = map[string][]string{
	"aws-fsbp": {"RDS.3"}, "nist-800-53": {"SC-28", "SC-13"}, "pci-dss": {"3.5"},
}

func dollars(v float64) *float64 { return &v }

// example is a report with everything a report can have in it.
func example() *finding.Report {
	r := &finding.Report{
		Version: "0.1.0", Time: "2026-11-23T12:00:00Z",
		Levels: []string{"public", "confidential", "protected", "secret"},
		Stores: []finding.Store{
			{
				Resource: "AWS::DynamoDB::Table.Audit", Name: "audit-log", Kind: "dynamodb_table", Level: "confidential",
				LevelFrom: "default_level", File: "stacks/audit.yaml", Line: 4,
			},
			{
				Resource: "AWS::RDS::DBInstance.OrdersDB", Name: "orders-db", Kind: "db_instance", Engine: "postgres",
				Level: "secret", LevelFrom: "policy match orders*", File: "stacks/orders.yaml", Line: 9,
			},
			{
				Resource: `aws_dynamodb_table.événements["eu"]`, Name: "événements-表", Kind: "dynamodb_table",
				Level: "protected", LevelFrom: "tag DataClassification", File: "infra/données 表.tf", Line: 1,
			},
			{
				Resource: "AWS::RDS::DBInstance.Legacy", Name: "legacy-" + strings.Repeat("very-long-", 8) + "name",
				Kind: "db_instance", Engine: "mysql", Level: "protected", LevelFrom: "policy match legacy*",
				File: "generated.json", Line: 1,
			},
			{
				Resource: "Hostile" + hostile, Name: hostile, Kind: "db_cluster", Engine: "aurora-mysql", Level: "public",
				LevelFrom: "tag " + hostile, File: "evil" + hostile + ".yaml", Line: 3,
			},
		},
		Findings: slices.Concat(orders(), others()),
		Problems: []finding.Problem{
			{File: "stacks/broken.yaml", Line: 7, Column: 3, Message: "did not find expected key", Fatal: true},
			{File: "stacks/nested.yaml", Line: 12, Message: "the nested stack's TemplateURL is not a file here"},
			{File: "evil" + hostile + ".yaml", Message: hostile},
		},
		Skipped: []finding.Skip{
			{Path: "docs/openapi.yaml", Reason: "no Resources: not a CloudFormation template"},
			{Path: "vendor", Reason: "a folder of other people's modules"},
		},
	}
	tally(r, 6, 14)
	return r
}

func orders() []finding.Finding {
	const file, db = "stacks/orders.yaml", "AWS::RDS::DBInstance.OrdersDB"
	return []finding.Finding{
		{
			Safeguard: "rds/storage-encrypted", Title: "Database storage is encrypted at rest", Resource: db,
			Kind: "db_instance", Verdict: finding.Fail, Severity: finding.SeverityOf(finding.High), Level: "secret",
			File: file, Line: 14, Column: 7, Message: "Storage is not encrypted: StorageEncrypted is false.",
			Evidence: []finding.Evidence{
				{Fact: "storage_encrypted", Value: "false", State: "known", File: file, Line: 14, Column: 7},
				{
					Fact: "kms_key", Value: "aws/rds", State: "absent",
					Note: "the account's default key holds for encrypted storage that names none",
				},
			},
			Why: "Storage, automated backups, snapshots and read replicas of an unencrypted instance are readable by whoever gets the disk.",
			Fix: finding.Fix{
				Summary: "Set StorageEncrypted to true and name a key of your own.",
				Snippet: "StorageEncrypted: true\nKmsKeyId: !GetAtt OrdersKey.Arn\n", Effect: "replacement",
				Steps:       []string{"Take a snapshot.", "Copy the snapshot with a key.", "Restore from the copy.", "Move the endpoint."},
				MonthlyCost: dollars(1),
			},
			Frameworks: frameworks, SameAs: map[string][]string{"checkov": {"CKV_AWS_16"}, "trivy": {"AWS-0080"}},
		},
		{
			Safeguard: "rds/multi-az", Title: "Database has a standby in another availability zone", Resource: db,
			Kind: "db_instance", Verdict: finding.Unknown, Severity: finding.SeverityOf(finding.Medium), Level: "secret",
			File: file, Line: 16, Column: 16, Message: "MultiAZ depends on parameter MultiAZ, which has no value.",
			Settle:   []string{"give parameter MultiAZ a value"},
			Evidence: []finding.Evidence{{Fact: "multi_az", State: "unknown", Note: "parameter MultiAZ", File: file, Line: 16, Column: 16}},
			Why:      "A zone that fails takes a single instance with it.",
			Fix:      finding.Fix{Summary: "Set MultiAZ to true.", Snippet: "MultiAZ: true\n", Effect: "none", MonthlyCost: dollars(210)},
		},
		{
			Safeguard: "rds/backup-retention", Title: "Backups are kept long enough", Resource: db, Kind: "db_instance",
			Verdict: finding.Fail, Severity: finding.SeverityOf(finding.Medium), Level: "secret", File: file, Line: 15, Column: 30,
			Message:  "Backups are kept for 1 day; secret data needs 35.",
			Evidence: []finding.Evidence{{Fact: "backup_retention_days", Value: "1", State: "known", File: file, Line: 15, Column: 30}},
			Why:      "Damage is often noticed weeks later.",
			Fix:      finding.Fix{Summary: "Set BackupRetentionPeriod to 35.", Snippet: "BackupRetentionPeriod: 35\n", Effect: "none"},
			Baseline: true,
		},
		{
			Safeguard: "rds/deletion-protection", Title: "Deletion needs two steps", Resource: db, Kind: "db_instance",
			Verdict: finding.Fail, Severity: finding.SeverityOf(finding.Low), Level: "secret", File: file, Line: 9, Column: 3,
			Message:  "DeletionProtection is not set.",
			Evidence: []finding.Evidence{{Fact: "deletion_protection", Value: "false", State: "absent", Note: "the default"}},
			Fix:      finding.Fix{Summary: "Set DeletionProtection to true.", Effect: "none"},
			Waiver:   &finding.Waiver{Reason: "rebuilt from code every night", Until: "2027-06-30", From: "bailey.yaml:14"},
		},
		{
			Safeguard: "rds/tls-required", Title: "Connections must use TLS", Resource: db, Kind: "db_instance",
			Verdict: finding.Pass, Severity: finding.SeverityOf(finding.High), Level: "secret", File: file, Line: 9, Column: 3,
			Message:  "PostgreSQL 16 on RDS forces TLS by default.",
			Evidence: []finding.Evidence{{Fact: "force_tls", Value: "1", State: "absent", Note: "the default of PostgreSQL 15 and later"}},
			Fix:      finding.Fix{Summary: "Set rds.force_ssl to 1."},
		},
	}
}

func others() []finding.Finding {
	return []finding.Finding{
		{
			Safeguard: "network/no-open-ingress", Title: "The database port is not open to the internet",
			Resource: "AWS::EC2::SecurityGroup.SharedSG", Kind: "security_group", Verdict: finding.Fail,
			Severity: finding.SeverityOf(finding.High), Level: "secret",
			Stores: []string{"AWS::RDS::DBInstance.OrdersDB", "AWS::RDS::DBInstance.Legacy"},
			File:   "stacks/orders.yaml", Line: 23, Column: 11, Message: "Port 5432 is open to 0.0.0.0/0, and orders-db is publicly accessible.",
			Evidence: []finding.Evidence{
				{Fact: "ingress", Value: "tcp 5432 from 0.0.0.0/0", State: "known", File: "stacks/orders.yaml", Line: 23, Column: 11},
				{Fact: "publicly_accessible", Value: "true", State: "known", File: "stacks/orders.yaml", Line: 17, Column: 7},
			},
			Fix:        finding.Fix{Summary: "Let only the application's security group in.", Snippet: "- {SourceSecurityGroupId: !GetAtt AppSG.GroupId, FromPort: 5432, ToPort: 5432, IpProtocol: tcp}\n", Effect: "none"},
			Frameworks: map[string][]string{"nist-800-53": {"SC-7"}},
		},
		{
			Safeguard: "rds/storage-encrypted", Title: "Database storage is encrypted at rest",
			Resource: "AWS::RDS::DBInstance.Legacy", Kind: "db_instance", Verdict: finding.Fail,
			Severity: finding.SeverityOf(finding.High), Level: "protected", File: "generated.json", Line: 1,
			Column: strings.Index(files["generated.json"], `"StorageEncrypted"`) + 1, Message: "Storage is not encrypted.",
			Evidence: []finding.Evidence{{Fact: "description", Value: strings.Repeat("long value ", 60), State: "known"}},
			Fix: finding.Fix{
				Summary: "Set StorageEncrypted to true and name a key of your own.",
				Snippet: "StorageEncrypted: true\nKmsKeyId: !GetAtt OrdersKey.Arn\n", Effect: "replacement",
			},
			Frameworks: frameworks,
		},
		{
			Safeguard: "dynamodb/point-in-time-recovery", Title: "A table can be restored to any second",
			Resource: `aws_dynamodb_table.événements["eu"]`, Kind: "dynamodb_table", Verdict: finding.Fail,
			Severity: finding.SeverityOf(finding.Medium), Level: "protected", File: "infra/données 表.tf", Line: 4, Column: 27,
			Message:    "Point-in-time recovery is off.",
			Evidence:   []finding.Evidence{{Fact: "pitr", Value: "false", State: "known", File: "infra/données 表.tf", Line: 4, Column: 27}},
			Fix:        finding.Fix{Summary: "Turn it on.", Snippet: "point_in_time_recovery {\n  enabled = true\n}\n", Effect: "none", MonthlyCost: dollars(0.2)},
			Frameworks: map[string][]string{"aws-fsbp": {"DynamoDB.2"}},
		},
		{
			Safeguard: "dynamodb/customer-key", Title: "A table is encrypted with a key of one's own",
			Resource: "AWS::DynamoDB::Table.Audit", Kind: "dynamodb_table", Verdict: finding.Fail, Level: "confidential",
			File: "stacks/audit.yaml", Line: 4, Message: "The table uses a key that AWS owns.",
			Fix: finding.Fix{Summary: "Name a KMS key.", Effect: "none", MonthlyCost: dollars(12)}, NotDemanded: true,
		},
		{
			Safeguard: "dynamodb/encrypted", Title: "A table is encrypted", Resource: "AWS::DynamoDB::Table.Audit",
			Kind: "dynamodb_table", Verdict: finding.Pass, Severity: finding.SeverityOf(finding.Low), Level: "confidential",
			File: "stacks/audit.yaml", Line: 4, Message: "DynamoDB always encrypts.", Fix: finding.Fix{Summary: "Nothing to do."},
		},
		evil(),
		{
			Safeguard: "account/trail-logs-data-events", Title: "A trail records reads of secret data",
			Resource: "AWS::CloudTrail::Trail.Main", Kind: "trail", Verdict: finding.Unknown,
			Severity: finding.SeverityOf(finding.Medium), Level: "secret", File: "stacks/orders.yaml", Line: 2,
			Message: "The trail is not in these files.", Settle: []string{"scan the account that owns the trail", "give parameter MultiAZ a value"},
			Fix: finding.Fix{Summary: "Add data events for the tables."},
		},
	}
}

// evil is a finding on a template whose author wishes its readers ill.
func evil() finding.Finding {
	return finding.Finding{
		Safeguard: "rds/iam-authentication", Title: hostile, Resource: "Hostile" + hostile, Kind: "db_cluster",
		Verdict: finding.Fail, Severity: finding.SeverityOf(finding.Low), Level: "public", File: "evil" + hostile + ".yaml", Line: 3,
		Message: hostile, Why: hostile,
		Evidence:   []finding.Evidence{{Fact: "tags", Value: hostile, State: "known", Note: hostile}},
		Fix:        finding.Fix{Summary: hostile, Snippet: hostile + "\n```\n" + hostile, Effect: "reboot", Steps: []string{hostile}},
		Frameworks: map[string][]string{hostile: {hostile}},
	}
}

// tally fills in identifiers and counts as check does.
func tally(r *finding.Report, files, resources int) {
	s := &r.Summary
	s.Files, s.Resources, s.Stores = files, resources, len(r.Stores)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Source = "check"
		f.ID = finding.NewID(f.Source, f.Safeguard, f.File, f.Resource)
		switch stateOf(f) {
		case failed:
			s.Failed.Add(f.Severity.Label)
		case unknown:
			s.Unknown++
		case waived:
			s.Waived++
		case baseline:
			s.Baseline++
		case passed:
			s.Passed++
		case notDemanded:
			s.NotDemanded++
		}
	}
	g := group(r)
	for _, d := range g.databases {
		for _, f := range append(d.own, d.shared...) {
			switch stateOf(f) {
			case failed:
				d.Failed.Add(f.Severity.Label)
			case unknown:
				d.Unknown++
			case passed:
				d.Passed++
			case waived, baseline, notDemanded:
			}
		}
	}
}

// many is a report of n databases that all lack the same safeguards.
func many(n int) *finding.Report {
	r := &finding.Report{Version: "0.1.0", Time: "2026-11-23T12:00:00Z", Levels: []string{"public", "secret"}}
	for i := range n {
		res := fmt.Sprintf("AWS::RDS::DBInstance.Db%03d", i)
		r.Stores = append(r.Stores, finding.Store{
			Resource: res, Name: fmt.Sprintf("db-%03d", i), Kind: "db_instance", Engine: "postgres", Level: "secret",
			LevelFrom: "policy match db-*", File: "stacks/orders.yaml", Line: 9,
		})
		for _, f := range orders()[:5] {
			f.Resource, f.Waiver, f.Baseline = res, nil, false
			r.Findings = append(r.Findings, f)
		}
	}
	tally(r, 1, n)
	return r
}
