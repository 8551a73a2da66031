package check

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
)

var today = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func at(line int) estate.Origin { return estate.Origin{File: "t.yaml", Line: line, Column: 3} }

func decl(typ, name string, line int, fields ...estate.Field) estate.Declaration {
	return estate.Declaration{
		World: estate.CloudFormation, Type: typ, Address: typ + "." + name, Unit: "t.yaml", Origin: at(line),
		Body: estate.Map(fields, at(line)),
	}
}

func field(name string, v estate.Value) estate.Field { return estate.Field{Name: name, Value: v} }

func tag(key, value string) estate.Field {
	return field("Tags", estate.List([]estate.Value{estate.Map([]estate.Field{
		field("Key", estate.String(key, at(9))), field("Value", estate.String(value, at(9))),
	}, at(9))}, at(9)))
}

// encrypted is a safeguard that public data does not demand.
const encrypted = `
id: t/encrypted
title: Storage is encrypted
why: The disk may be stolen and read by others.
kind: db_instance
severity: {confidential: medium, secret: high}
applies: "!db.cluster_member"
check: db.storage_encrypted
evidence: [storage_encrypted, kms_key]
fix: {set: {storage_encrypted: true}}
same_as: {checkov: CKV_AWS_16}
`

const described = `
id: t/rotated
title: Keys rotate
why: A key that never changes protects less and less.
kind: kms_key
severity: {confidential: low, secret: high}
check: key.rotation
evidence: [rotation]
fix: {set: {rotation: true}}
`

func set(t *testing.T, files ...string) *rules.Set {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range files {
		id, _, _ := strings.Cut(strings.TrimPrefix(f, "\nid: "), "\n")
		fsys[id+".yaml"] = &fstest.MapFile{Data: []byte(f)}
	}
	s, err := rules.Load(fsys, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, p *policy.Policy, s *rules.Set, ds ...estate.Declaration) *Result {
	t.Helper()
	res, err := Check(Input{Estate: estate.Build(estate.Reading{Declarations: ds}), Policy: p, Rules: s, Now: today})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestVerdictsAndWhereTheyPoint(t *testing.T) {
	unknown := estate.UnknownBecause("give parameter Enc a value", at(22))
	res := run(t, policy.Default(), set(t, encrypted),
		decl("AWS::RDS::DBInstance", "Absent", 10),
		decl("AWS::RDS::DBInstance", "Good", 14, field("StorageEncrypted", estate.Bool(true, at(16)))),
		decl("AWS::RDS::DBInstance", "Bad", 17, field("StorageEncrypted", estate.Bool(false, at(19)))),
		decl("AWS::RDS::DBInstance", "Unknown", 20, field("StorageEncrypted", unknown)),
		decl("AWS::RDS::DBInstance", "Member", 24, field("Engine", estate.String("aurora-mysql", at(25)))),
	)
	var got []string
	for _, v := range res.Verdicts {
		got = append(got, v.Finding.Resource+" "+string(v.Verdict)+" "+estate.Origin{File: v.File, Line: v.Line}.String()+" "+v.Message)
	}
	want := []string{
		"AWS::RDS::DBInstance.Absent fail t.yaml:10 Required: Storage is encrypted. Found: storage encrypted is not set, so the default false holds; kms key is not set.",
		"AWS::RDS::DBInstance.Good pass t.yaml:16 Storage is encrypted.",
		"AWS::RDS::DBInstance.Bad fail t.yaml:19 Required: Storage is encrypted. Found: storage encrypted is false; kms key is not set.",
		"AWS::RDS::DBInstance.Unknown unknown t.yaml:22 Cannot be told: Storage is encrypted. Found: storage encrypted is not known; kms key is not set.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"give parameter Enc a value (db.storage_encrypted, t.yaml:22:3)"}, res.Verdicts[3].Settle); diff != "" {
		t.Error(diff)
	}
	if len(res.Stores) != 4 {
		t.Errorf("%d stores: a member of a cluster is none", len(res.Stores))
	}
}

func TestLevelComesFromPolicyThenTagThenDefault(t *testing.T) {
	p, err := policy.Parse("p", []byte(`{data: [{match: "orders*", level: secret}], default_level: protected}`))
	if err != nil {
		t.Fatal(err)
	}
	res := run(t, p, set(t, encrypted),
		decl("AWS::RDS::DBInstance", "Orders", 1, tag("DataClassification", "public")),
		decl("AWS::RDS::DBInstance", "Tagged", 2, tag("DataClassification", "Public")),
		decl("AWS::RDS::DBInstance", "Odd", 3, tag("DataClassification", "purple")),
		decl("AWS::RDS::DBInstance", "Plain", 4),
	)
	var got []string
	for _, s := range res.Stores {
		got = append(got, s.Level+": "+s.LevelFrom)
	}
	want := []string{
		`secret: policy match "orders*"`,
		"public: tag DataClassification=Public",
		"protected: default level: tag DataClassification=purple names none of public, confidential, protected, secret",
		"protected: default level: neither policy nor tags name one",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v := res.Verdicts[1]; !v.NotDemanded || v.Verdict != finding.Fail || v.Open() {
		t.Errorf("public data demands no encryption here: %+v", v.Finding)
	}
	if v := res.Verdicts[0]; v.Severity.Label != finding.High || !v.Open() {
		t.Errorf("secret data does: %+v", v.Finding)
	}
}

func TestWhatProtectsAStoreTakesItsLevel(t *testing.T) {
	p, err := policy.Parse("p", []byte(`{data: [{match: orders, level: secret}, {match: shop, level: public}]}`))
	if err != nil {
		t.Fatal(err)
	}
	key, lone := decl("AWS::KMS::Key", "Key", 1), decl("AWS::KMS::Key", "Lone", 2)
	ref := field("KmsKeyId", estate.Reference(estate.Ref{ID: key.ID(), Attr: "Arn"}, "${Key.Arn}", at(5)))
	res := run(t, p, set(t, described), key, lone,
		decl("AWS::RDS::DBInstance", "Shop", 4, ref), decl("AWS::RDS::DBInstance", "Orders", 5, ref))
	if v := res.Verdicts[0]; v.Level != "secret" || v.Severity.Label != finding.High || len(v.Stores) != 2 {
		t.Errorf("the key protects both: %+v", v.Finding)
	}
	if v := res.Verdicts[1]; v.Level != "confidential" || len(v.Stores) != 0 {
		t.Errorf("the other key protects none: %+v", v.Finding)
	}
	if res.Stores[1].Failed.High != 1 {
		t.Errorf("the key's failure counts for the store: %+v", res.Stores[1])
	}
}

func TestWaivers(t *testing.T) {
	p, err := policy.Parse("p", []byte("accept:\n  - {safeguard: t/encrypted, match: dev, reason: rebuilt, until: 2026-06-01}\n  - {safeguard: t/*, match: old, reason: gone, until: 2026-05-31}"))
	if err != nil {
		t.Fatal(err)
	}
	skipped := decl("AWS::RDS::DBInstance", "Skipped", 3)
	skipped.Suppressed = map[string]string{"CKV_AWS_16": "known"}
	res := run(t, p, set(t, encrypted), decl("AWS::RDS::DBInstance", "Dev", 1), decl("AWS::RDS::DBInstance", "Old", 2), skipped)
	want := []*finding.Waiver{
		{Reason: "rebuilt", Until: "2026-06-01", From: "p:2"},
		nil,
		{Reason: "known", From: "t.yaml:3:3 names CKV_AWS_16"},
	}
	for i, w := range want {
		if diff := cmp.Diff(w, res.Verdicts[i].Waiver); diff != "" {
			t.Errorf("%s: %s", res.Verdicts[i].Finding.Resource, diff)
		}
	}
}

func TestIdentitySurvivesEditsAbove(t *testing.T) {
	s := set(t, encrypted)
	a := run(t, policy.Default(), s, decl("AWS::RDS::DBInstance", "Main", 1)).Verdicts[0].ID
	b := run(t, policy.Default(), s, decl("AWS::RDS::DBInstance", "Main", 400)).Verdicts[0].ID
	if a != b {
		t.Error("the finding has another identity on another line")
	}
}

func TestCatalogDecidesWherePolicyAndTagsAreSilent(t *testing.T) {
	res, err := Check(Input{
		Estate: estate.Build(estate.Reading{Declarations: []estate.Declaration{
			decl("AWS::RDS::DBInstance", "Orders", 1, tag("DataClassification", "public")),
			decl("AWS::RDS::DBInstance", "Shop", 2),
			decl("AWS::RDS::DBInstance", "Plain", 3),
		}}),
		Policy: policy.Default(), Rules: set(t, encrypted), Catalog: map[string]string{"Orders": "secret", "Shop": "secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range res.Stores {
		got = append(got, s.Level+": "+s.LevelFrom)
	}
	want := []string{"public: tag DataClassification=public", "secret: the catalog: what was found in it", "confidential: default level: neither policy nor tags name one"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
