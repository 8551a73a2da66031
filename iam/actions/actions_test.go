package actions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/baileydb/bailey/iam/actions"
)

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		ask, want string
		level     actions.Level
	}{
		{"rds:DeleteDBInstance", "rds:DeleteDBInstance", actions.Write},
		{"RDS:deletedbinstance", "rds:DeleteDBInstance", actions.Write},
		{"dynamodb:GetItem", "dynamodb:GetItem", actions.Read},
		{"dynamodb:ListTables", "dynamodb:ListTables", actions.List},
		{"kms:PutKeyPolicy", "kms:PutKeyPolicy", actions.PermissionsManagement},
		{"rds:AddTagsToResource", "rds:AddTagsToResource", actions.Tagging},
		{"rds:Delete*", "", 0},
		{"rds", "", 0},
		{"rds:", "", 0},
		{"", "", 0},
		{"chime:CreateUser", "", 0}, // not carried
	} {
		a, ok := actions.Lookup(c.ask)
		if ok != (c.want != "") || (ok && (a.String() != c.want || a.Level != c.level)) {
			t.Errorf("Lookup(%q) is %v, level %v, %v; want %q, %v", c.ask, a, a.Level, ok, c.want, c.level)
		}
	}
}

func TestWhatAnActionSays(t *testing.T) {
	a, _ := actions.Lookup("rds:CreateDBInstance")
	if !slices.Contains(a.ConditionKeys, "rds:PubliclyAccessible") {
		t.Errorf("rds:CreateDBInstance takes %v", a.ConditionKeys)
	}
	uses := map[string]bool{}
	for _, u := range a.Resources {
		uses[u.Type] = u.Required
	}
	if required, ok := uses["db"]; !ok || !required {
		t.Errorf("rds:CreateDBInstance acts on %v", a.Resources)
	}
	if required, ok := uses["cluster"]; !ok || required {
		t.Errorf("rds:CreateDBInstance acts on %v", a.Resources)
	}
	if keys := a.ConditionKeysFor("db"); !slices.Contains(keys, "rds:DatabaseClass") || !slices.Contains(keys, "rds:PubliclyAccessible") {
		t.Errorf("on a DB instance it takes %v", keys)
	}
	r, ok := actions.ResourceType("rds", "db")
	if want := "arn:${Partition}:rds:${Region}:${Account}:db:${DbInstanceName}"; !ok || r.ARN != want {
		t.Errorf("ResourceType is %+v, %v", r, ok)
	}
	if r, ok := actions.ResourceType("lambda", "function alias"); !ok || !strings.HasPrefix(r.ARN, "arn:${Partition}:lambda:") {
		t.Errorf("a type with a space in its name is %+v, %v", r, ok)
	}
	if _, ok := actions.ResourceType("rds", "nothing"); ok {
		t.Error("a resource type that is not there was found")
	}
	if title := actions.Title("RDS"); title != "Amazon RDS" {
		t.Errorf("rds is called %q", title)
	}
	if !strings.HasSuffix(actions.Origin(), ", MIT") {
		t.Errorf("the origin is %q", actions.Origin())
	}
	if !actions.Carried("dynamodb") || actions.Carried("chime") || !actions.Known("chime") || actions.Known("dynamo") {
		t.Error("a service is taken for what it is not")
	}
}

// Every line of the data is read, and what it refers to is there.
func TestData(t *testing.T) {
	n := 0
	for _, service := range actions.Services() {
		for _, a := range actions.OfService(service) {
			n++
			if a.Name == "" || a.Level.String() == "unknown" {
				t.Errorf("%v has level %d", a, a.Level)
			}
			if again, ok := actions.Lookup(a.String()); !ok || again.Name != a.Name {
				t.Errorf("%v is not found by its own name", a)
			}
			for _, u := range a.Resources {
				if _, ok := actions.ResourceType(service, u.Type); !ok {
					t.Errorf("%v acts on %q, which is no resource type", a, u.Type)
				}
			}
			for _, k := range a.ConditionKeysFor("") {
				if _, ok := actions.KeyType(k); !ok {
					t.Errorf("%v takes %s, which has no type", a, k)
				}
			}
		}
		for _, r := range actions.ResourceTypes(service) {
			if !strings.HasPrefix(r.ARN, "arn:") {
				t.Errorf("%s %s: %s", service, r.Name, r.ARN)
			}
			for _, k := range r.ConditionKeys {
				if _, ok := actions.KeyType(k); !ok {
					t.Errorf("%s %s takes %s, which has no type", service, r.Name, k)
				}
			}
		}
	}
	if all := len(actions.Match("*")); all != n || n < 9000 {
		t.Errorf("%d actions, and * matches %d", n, all)
	}
	t.Logf("%d services, %d actions", len(actions.Services()), n)
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern string
		want    []string
	}{
		{"rds:DeleteDBInstance", []string{"rds:DeleteDBInstance"}},
		{"RDS:DELETEDBINSTANCE*", []string{"rds:DeleteDBInstance", "rds:DeleteDBInstanceAutomatedBackup"}},
		{"rds:?eleteDBInstance", []string{"rds:DeleteDBInstance"}},
		{"rds:D*DBInst*e", []string{"rds:DeleteDBInstance"}},
		{"*:DeleteTable", []string{"athena:", "cassandra:", "dynamodb:DeleteTable", "glue:DeleteTable", "timestream:DeleteTable"}},
		{"rds-d?:connect", []string{"rds-db:connect"}},
		{"rds-db:c*", []string{"rds-db:connect"}},
		{"rds", nil},
		{"rds*", nil},
		{"", nil},
		{":", nil},
		{"nothing:*", nil},
	} {
		var got []string
		for _, a := range actions.Match(c.pattern) {
			got = append(got, a.String())
		}
		want := slices.DeleteFunc(slices.Clone(c.want), func(s string) bool { return strings.HasSuffix(s, ":") })
		if !slices.Equal(got, want) {
			t.Errorf("Match(%q) is %v, want %v", c.pattern, got, want)
		}
	}
	if got, all := actions.Match("rds:*"), actions.OfService("rds"); len(got) != len(all) || len(all) == 0 {
		t.Errorf("rds:* matches %d of %d", len(got), len(all))
	}
}

func TestKeyType(t *testing.T) {
	for key, want := range map[string]actions.Type{
		"aws:SourceIp":                                actions.IPAddress,
		"AWS:sourceip":                                actions.IPAddress,
		"aws:SourceVpcArn":                            actions.ARN,
		"aws:ResourceTag/team":                        actions.String,
		"aws:PrincipalTag/a b":                        actions.String,
		"aws:TagKeys":                                 actions.ArrayOfString,
		"aws:MultiFactorAuthPresent":                  actions.Bool,
		"aws:CurrentTime":                             actions.Date,
		"aws:CalledVia":                               actions.ArrayOfString,
		"kms:EncryptionContext:tenant":                actions.String,
		"kms:EncryptionContextKeys":                   actions.ArrayOfString,
		"kms:ViaService":                              actions.String,
		"s3:ExistingObjectTag/x":                      actions.String,
		"rds:cluster-tag/env":                         actions.String,
		"rds:StorageSize":                             actions.Numeric,
		"dynamodb:LeadingKeys":                        actions.ArrayOfString,
		"secretsmanager:ResourceTag/env":              actions.String,
		"secretsmanager:BlockPublicPolicy":            actions.Bool,
		"iam:PassedToService":                         actions.String,
		"iam:PolicyARN":                               actions.ARN,
		"sts:ExternalId":                              actions.String,
		"token.actions.githubusercontent.com:aud":     actions.String,
		"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": actions.String,
		"rds:sub":                                     "",
		"aws:ResourceTag/":                            "",
		"aws:Nothing":                                 "",
		"rds:NoSuchKey":                               "",
		"":                                            "",
	} {
		got, ok := actions.KeyType(key)
		if got != want || ok != (want != "") {
			t.Errorf("KeyType(%q) is %q, %v; want %q", key, got, ok, want)
		}
	}
	if !actions.ArrayOfString.Many() || actions.ArrayOfARN.One() != actions.ARN || actions.String.Many() {
		t.Error("one and many are confused")
	}
	for _, k := range actions.GlobalKeys() {
		if _, ok := actions.KeyType(k); !ok {
			t.Errorf("%s has no type", k)
		}
	}
	if n := len(actions.GlobalKeys()); n < 50 {
		t.Errorf("%d global keys", n)
	}
}

func TestSuggest(t *testing.T) {
	for ask, want := range map[string]string{
		"rds:DeleteDBInstance":         "rds:DeleteDBInstance",
		"rds:deletedbinstance":         "rds:DeleteDBInstance",
		"rds:DeleteDbInstnace":         "rds:DeleteDBInstance",
		"rds:DeleteDBInstances":        "rds:DeleteDBInstance",
		"dynamdb:GetItem":              "dynamodb:GetItem",
		"rds:GetItem":                  "dynamodb:GetItem",
		"kms:Decript":                  "kms:Decrypt",
		"iam:PasRole":                  "iam:PassRole",
		"secretmanager:GetSecretValue": "secretsmanager:GetSecretValue",
		"rds:SomethingEntirelyElse":    "",
		"rds":                          "",
		"nothing:Nothing":              "",
		"rds:":                         "",
	} {
		if got := actions.Suggest(ask); got != want {
			t.Errorf("Suggest(%q) is %q, want %q", ask, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"*", "rds:*", "rds:Delete?B*", "*:*Key*", "s3:**?", "iam:Pass\x00Role", "::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if len(pattern) > 100 {
			return
		}
		for _, a := range actions.Match(pattern) {
			if _, ok := actions.Lookup(a.String()); !ok {
				t.Fatalf("%q matches %v, which is not there", pattern, a)
			}
		}
		_, _ = actions.KeyType(pattern)
		if s := actions.Suggest(pattern); s != "" {
			if _, ok := actions.Lookup(s); !ok {
				t.Fatalf("for %q, %q is suggested, which is not there", pattern, s)
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		actions.Match("*:Delete*")
	}
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		actions.Lookup("rds:DeleteDBInstance")
	}
}
