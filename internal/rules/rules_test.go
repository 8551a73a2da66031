package rules

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
)

var here = estate.Origin{File: "t.yaml", Line: 3, Column: 5}

func instance(fields ...estate.Field) *estate.Estate {
	return estate.Build(estate.Reading{Declarations: []estate.Declaration{{
		World: estate.CloudFormation, Type: "AWS::RDS::DBInstance", Address: "AWS::RDS::DBInstance.Main", Unit: "t.yaml",
		Origin: here, Body: estate.Map(fields, here),
	}}})
}

func TestEmbeddedSafeguardsLoad(t *testing.T) {
	set, err := Load(Embedded(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Compile(); err != nil {
		t.Fatal(err)
	}
	if len(set.Safeguards) == 0 {
		t.Fatal("no safeguards")
	}
}

// evaluate runs one check over one resource and returns the outcome with what would settle it.
func evaluate(t *testing.T, check string, e *estate.Estate) (Outcome, []string) {
	t.Helper()
	g := &Safeguard{ID: "test/x", Kind: Texts{"db_instance"}, Check: check}
	set, _ := Load(fstest.MapFS{}, "")
	set.Add(g)
	res, err := set.Check(g, e.Resources[0], Context{})
	if err != nil {
		t.Fatalf("%s: %v", check, err)
	}
	var settle []string
	for _, s := range res.Settle {
		settle = append(settle, s.Fact+": "+s.Why)
	}
	return res.Outcome, settle
}

func TestUnknownDecidesOnlyWhereItMust(t *testing.T) {
	e := instance(
		estate.Field{Name: "StorageEncrypted", Value: estate.UnknownBecause("give parameter Enc a value", here)},
		estate.Field{Name: "Engine", Value: estate.String("postgres", here)},
		estate.Field{Name: "KmsKeyId", Value: estate.UnknownBecause("give parameter Key a value", here)},
	)
	enc := "db.storage_encrypted: give parameter Enc a value"
	for _, c := range []struct {
		check  string
		want   Outcome
		settle []string
	}{
		{"db.storage_encrypted", Undecided, []string{enc}},
		{"db.storage_encrypted && false", Fails, nil},
		{"db.storage_encrypted || true", Holds, nil},
		{"db.storage_encrypted || db.publicly_accessible", Undecided, []string{enc}},
		{"db.storage_encrypted == true ? true : true", Undecided, []string{enc}},
		{"given(db.kms_key)", Holds, nil},
		{"given(db.option_group)", Fails, nil},
		{"db.kms_key != null", Undecided, []string{"db.kms_key: give parameter Key a value"}},
		{"db.option_group == null", Holds, nil},
		{`db.engine in ["mysql", "postgres"]`, Holds, nil},
		{`text(db.engine) == "postgres"`, Holds, nil},
		{`db.parameter("rds.force_ssl") == "1"`, Undecided, []string{`db.parameter("rds.force_ssl"): give the engine version: the default of rds.force_ssl depends on it`}},
		{`estate.kms_keys.exists(k, k.rotation)`, Fails, nil},
		{`estate.db_instances.all(d, d == db)`, Holds, nil},
		{`world("0.0.0.0/0") && !world("10.0.0.0/8") && private_cidr("10.1.2.3") && cidr_size("10.0.0.0/8") == 8`, Holds, nil},
		{`version_at_least("15.10", "15.4")`, Holds, nil},
	} {
		got, settle := evaluate(t, c.check, e)
		if got != c.want || cmp.Diff(c.settle, settle) != "" {
			t.Errorf("%s: got %v %v, want %v %v", c.check, got, settle, c.want, c.settle)
		}
	}
}

func TestAListWithAnUnknownElementMayHoldAnything(t *testing.T) {
	g := estate.List([]estate.Value{
		estate.String("sg-1", here), estate.UnknownBecause("give parameter SG a value", here),
	}, here)
	e := instance(estate.Field{Name: "VPCSecurityGroups", Value: g})
	if got, _ := evaluate(t, `size(db.security_groups) == 2`, e); got != Holds {
		t.Errorf("size: %v", got)
	}
	if got, settle := evaluate(t, `db.security_groups.exists(s, size(s.ingress) == 0)`, e); got != Undecided || len(settle) != 2 {
		t.Errorf("exists: %v %v", got, settle)
	}
}

func TestBrokenFilesAreRefusedAndTheRestRuns(t *testing.T) {
	good := "id: a/good\ntitle: t\nwhy: w\nkind: db_instance\nseverity: {secret: high}\ncheck: db.storage_encrypted\nfix: {set: {storage_encrypted: true}}\n"
	set, err := Load(fstest.MapFS{
		"a/good.yaml":    {Data: []byte(good)},
		"a/key.yaml":     {Data: []byte(strings.Replace(good, "title", "titel", 1))},
		"a/kind.yaml":    {Data: []byte(strings.ReplaceAll(good, "db_instance", "db_instancy"))},
		"a/check.yaml":   {Data: []byte(strings.ReplaceAll(strings.Replace(good, "a/good", "a/check", 1), "check: db.storage_encrypted", "check: db.storage_encripted"))},
		"a/nothing.yaml": {Data: nil},
	}, "own/")
	if err == nil {
		t.Fatal("no error")
	}
	compileErr := set.Compile()
	if len(set.Safeguards) != 1 || set.Safeguards[0].ID != "a/good" {
		t.Errorf("got %d safeguards, want the good one", len(set.Safeguards))
	}
	all := err.Error() + "\n" + compileErr.Error()
	for _, want := range []string{
		`own/a/key.yaml:2:1: unknown key "titel"; did you mean "title"?`,
		`own/a/kind.yaml:4: kind "db_instancy" does not exist; did you mean "db_instance"?`,
		`own/a/check.yaml:6: check: at 1:3: undefined field 'storage_encripted'; did you mean "storage_encrypted"?`,
		`own/a/nothing.yaml:1: is empty`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("missing %s\nin %s", want, all)
		}
	}
}

func FuzzParseSafeguard(f *testing.F) {
	f.Add("id: a/b\ntitle: t\nwhy: w\nkind: db_instance\nseverity: {secret: high}\ncheck: db.storage_encrypted\nfix: {set: {storage_encrypted: true}}\n")
	f.Add("kind: [db_instance, kms_key]\ncheck: 'estate.kms_keys.all(k, given(k.policy) || text(k.spec) == \"x\")'")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := Load(fstest.MapFS{"a/b.yaml": {Data: []byte(text)}}, "own/")
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
		if err := set.Compile(); err != nil {
			return
		}
		e := instance()
		for _, g := range set.Safeguards {
			if len(set.For("db_instance")) > 0 {
				if _, err := set.Check(g, e.Resources[0], Context{}); err != nil {
					t.Errorf("compiled, but not evaluated: %v", err)
				}
			}
		}
	})
}
