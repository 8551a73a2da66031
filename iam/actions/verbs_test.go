package actions

import (
	"slices"
	"strings"
	"testing"
)

func TestVerbs(t *testing.T) {
	total := 0
	for _, v := range Verbs() {
		list, ok := OfVerb(v.Name)
		if !ok || len(list) < 10 || v.Meaning == "" {
			t.Errorf("%s has %d actions", v.Name, len(list))
		}
		seen := map[string]bool{}
		for _, a := range list {
			total++
			known, ok := Lookup(a.Action)
			switch {
			case !ok:
				t.Errorf("%s: AWS has no action %s", v.Name, a.Action)
			case known.String() != a.Action:
				t.Errorf("%s: AWS writes %s as %s", v.Name, a.Action, known)
			case a.Why == "" || seen[a.Action]:
				t.Errorf("%s: %s is there twice or without a reason", v.Name, a.Action)
			case !slices.Contains(VerbsOf(strings.ToUpper(a.Action)), v.Name):
				t.Errorf("%s is not told of as one that does %s", a.Action, v.Name)
			}
			seen[a.Action] = true
		}
	}
	if want := strings.Count(verbData, "\n") - 2 - len(Verbs()); total != want {
		t.Errorf("%d actions in verbs, and %d in the table: a verb is written wrongly", total, want)
	}
	if _, ok := OfVerb("paint"); ok {
		t.Error("to paint is no verb")
	}
}

// Of the services that only hold data, an action that AWS counts as more than reading and that none of the verbs names is
// either harmless or forgotten. Those that were found harmless are few, and told here by how they begin.
func TestVerbsForgetNoDeletion(t *testing.T) {
	harmless := []string{
		"DeleteDBParameterGroup", "DeleteDBClusterParameterGroup", "DeleteDBSubnetGroup", "DeleteDBSecurityGroup", "DeleteDBProxy", "DeleteDBProxyEndpoint",
		"DeleteDBClusterEndpoint", "DeleteIntegration", "DeleteCustomDBEngineVersion", "DeleteParameterGroup", "DeleteSubnetGroup",
	}
	for _, service := range []string{"rds", "dynamodb", "dax", "memorydb", "docdb-elastic"} {
		for _, a := range OfService(service) {
			if strings.HasPrefix(a.Name, "Delete") && len(VerbsOf(a.String())) == 0 && !slices.Contains(harmless, a.Name) && !slices.Contains([]string{"DeleteAcl", "DeleteUser"}, a.Name) {
				t.Errorf("what does %s do to a database?", a)
			}
		}
	}
}

func TestEscalations(t *testing.T) {
	targets := []string{"passed-role", "running-role", "other-user", "other-role", "self", "own-group", "attached-policy", "any-group"}
	names := map[string]bool{}
	for _, e := range Escalations() {
		if names[e.Name] || e.Does == "" || !slices.Contains(targets, e.Target) || !slices.Contains([]string{"rhino", "pathfinding"}, e.List) {
			t.Errorf("%+v is not well formed", e)
		}
		names[e.Name] = true
		for _, n := range e.Needs {
			if a, ok := Lookup(n); !ok || a.String() != n {
				t.Errorf("%s: AWS has no action %s", e.Name, n)
			}
		}
		if passes := e.Needs[0] == "iam:PassRole"; passes != (e.Target == "passed-role") {
			t.Errorf("%s passes a role and does not say so, or says so and does not", e.Name)
		}
		if (e.Service != "") != strings.HasSuffix(e.Target, "ed-role") && e.Target != "running-role" {
			t.Errorf("%s: which service has to trust the role?", e.Name)
		}
	}
	if len(names) != strings.Count(escalationData, "\n")-3 {
		t.Errorf("%d of %d lines were read", len(names), strings.Count(escalationData, "\n")-3)
	}
}
