package grant

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/iam"
)

const (
	table    = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
	instance = "arn:aws:rds:eu-west-1:111122223333:db:orders"
	ann      = "arn:aws:iam::111122223333:user/ann"
)

var (
	monday = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	week   = monday.Add(7 * 24 * time.Hour)
)

func specs() map[string]*Spec {
	return map[string]*Spec{
		"read":               {Purpose: Read, Resource: table, Keys: []string{"id"}},
		"read and scan":      {Purpose: Read, Resource: table, Scan: true, MFA: true},
		"read attributes":    {Purpose: Read, Resource: table, Keys: []string{"id", "at"}, Attributes: []string{"name", "city"}, Until: week},
		"write":              {Purpose: Write, Resource: table, Keys: []string{"id"}, From: monday, Until: week},
		"write attributes":   {Purpose: Write, Resource: table, Keys: []string{"id"}, Attributes: []string{"note"}, MFA: true},
		"both":               {Purpose: ReadWrite, Resource: table, Keys: []string{"id"}, Attributes: []string{"note"}, LeadingKey: "tenant-7"},
		"under a key":        {Purpose: Read, Resource: table, Key: "arn:aws:kms:eu-west-1:111122223333:key/1234", Until: week},
		"login":              {Purpose: Read, Resource: instance, DBUser: "report", ResourceID: "db-ABC", Until: week},
		"login, anywhere":    {Purpose: ReadWrite, Resource: instance, DBUser: "app"},
		"admin":              {Purpose: Admin, Resource: instance, Role: "db-admin", Members: []string{ann}, Until: week},
		"admin of a table":   {Purpose: Admin, Resource: table, Role: "db-admin", Members: []string{ann, "arn:aws:iam::444455556666:role/oncall"}},
		"admin of a cluster": {Purpose: Admin, Resource: "arn:aws:rds:eu-west-1:111122223333:cluster:orders", Role: "db-admin", Members: []string{ann}},
		"observed": {Purpose: Observed, Until: week, Observed: map[string][]string{
			table: {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:DeleteTable"}, "*": {"rds:DescribeDBInstances"},
		}},
		"observed, dangerous": {Purpose: Observed, Dangerous: true, Observed: map[string][]string{table: {"dynamodb:GetItem", "dynamodb:DeleteTable"}}},
	}
}

func TestMake(t *testing.T) {
	for name, s := range specs() {
		t.Run(name, func(t *testing.T) {
			g, err := Make(s)
			if err != nil {
				t.Fatal(err)
			}
			if g.Proof.Good < 1 || g.Proof.Denied() < 1000 {
				t.Errorf("proved with %d good and %d bad requests", g.Proof.Good, g.Proof.Denied())
			}
			for _, text := range [][]byte{g.JSON(), g.Text(), g.Terraform(ann)} {
				if len(text) == 0 {
					t.Error("a form of it is empty")
				}
			}
			if _, err := g.CloudFormation(ann); err != nil {
				t.Error(err)
			}
		})
	}
}

// A proof is worth something if a policy that is wrong fails it: each way of loosening or tightening one must be seen.
func TestProofSeesWhatIsWrong(t *testing.T) {
	spoil := map[string]func(g *Grant, s *Statement) bool{
		"a condition dropped": func(_ *Grant, s *Statement) bool {
			dropped := false
			for op := range s.Condition {
				delete(s.Condition, op)
				dropped = true
				break
			}
			return dropped
		},
		"everything allowed": func(_ *Grant, s *Statement) bool { s.Action = append(s.Action, "*"); return true },
		"another resource": func(_ *Grant, s *Statement) bool {
			s.Resource[0] = s.Resource[0] + "*"
			return !strings.HasSuffix(s.Resource[0], "**")
		},
		"nothing allowed": func(g *Grant, _ *Statement) bool { g.Policy.Statement[0].Effect = "Deny"; return true },
		"an action denied": func(g *Grant, s *Statement) bool {
			g.Policy.Statement = append(g.Policy.Statement, Statement{Effect: "Deny", Action: s.Action[:1], Resource: []string{"*"}})
			return true
		},
		"no MFA for the role": func(g *Grant, _ *Statement) bool {
			if g.Trust == nil {
				return false
			}
			delete(g.Trust.Statement[0].Condition, "Bool")
			delete(g.Trust.Statement[0].Condition, "NumericLessThan")
			return true
		},
		"the role for everybody": func(g *Grant, _ *Statement) bool {
			if g.Trust == nil {
				return false
			}
			g.Trust.Statement[0].Principal = map[string]any{"AWS": "*"}
			return true
		},
	}
	tried := 0
	for name, s := range specs() {
		for how, change := range spoil {
			g, err := Make(s)
			if err != nil {
				t.Fatal(err)
			}
			if !change(g, &g.Policy.Statement[0]) {
				continue
			}
			// ForAllValues without Null, and Null without ForAllValues, are both wrong; a Select that is not demanded is, too.
			if _, err := prove(g); err == nil {
				t.Errorf("%s, %s: the proof holds all the same:\n%s", name, how, g.JSON())
			}
			tried++
		}
	}
	if tried < 60 {
		t.Errorf("only %d ways of being wrong were tried", tried)
	}
}

func TestObservedLeavesOutWhatIsDangerous(t *testing.T) {
	g, err := Make(specs()["observed"])
	if err != nil {
		t.Fatal(err)
	}
	if len(g.LeftOut) != 1 || !strings.Contains(g.LeftOut[0], "dynamodb:DeleteTable on "+table+", which can destroy") {
		t.Errorf("left out: %q", g.LeftOut)
	}
	if strings.Contains(string(g.JSON()), "DeleteTable") {
		t.Error("it is granted all the same")
	}
	g, err = Make(specs()["observed, dangerous"])
	if err != nil {
		t.Fatal(err)
	}
	p, err := iam.Parse(g.JSON())
	if err != nil {
		t.Fatal(err)
	}
	r := iam.Request{Principal: iam.MustPrincipal(ann), Action: "dynamodb:DeleteTable", Resource: table, Account: "111122223333", Context: iam.NewContext()}
	if d := iam.Decide(r, iam.Policies{Identity: []*iam.Policy{p}}); d.Verdict == iam.Allowed {
		t.Error("what destroys is allowed without a second factor")
	}
}

func TestBadSpecs(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{Purpose: Read, Resource: "orders"}, "is no ARN"},
		{Spec{Purpose: Read, Resource: table, From: week, Until: monday}, "ends before it begins"},
		{Spec{Purpose: Read, Resource: instance}, "--db-user"},
		{Spec{Purpose: Read, Resource: instance, DBUser: "x", Attributes: []string{"a"}}, "granted in SQL"},
		{Spec{Purpose: Admin, Resource: instance}, "--member"},
		{Spec{Purpose: Admin, Resource: instance, Role: "a", Members: []string{ann, ann, ann, ann, ann, ann}}, "five at most"},
		{Spec{Purpose: Admin, Resource: instance, Role: "a", Members: []string{"*"}}, "is no ARN of a user or a role"},
		{Spec{Purpose: Read, Resource: "arn:aws:s3:::bucket"}, "tables of DynamoDB and databases of RDS"},
		{Spec{Purpose: Observed}, "nothing was observed"},
	} {
		if _, err := Make(&c.spec); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.spec, err, c.want)
		}
	}
}

func TestTerraformKeepsVariables(t *testing.T) {
	g, err := Make(&Spec{Purpose: Read, Resource: table, LeadingKey: "${aws:username}"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(g.Terraform("")), "$${aws:username}") {
		t.Error("Terraform would take the variable for its own")
	}
	var d Document
	if err := json.Unmarshal(g.JSON(), &d); err != nil || d.Statement[0].Condition["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"] == nil {
		t.Errorf("%v: %s", err, g.JSON())
	}
}
