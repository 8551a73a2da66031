package cloudformation

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadParameterFile(t *testing.T) {
	want := map[string]string{"A": "1", "B": "x,y", "C": "012"}
	for _, c := range []struct{ name, path, in string }{
		{"command line", "p.json", `[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x,y"},
			{"ParameterKey": "C", "ParameterValue": "012"}, {"ParameterKey": "D", "UsePreviousValue": true}]`},
		{"texts", "p.json", `["A=1", "B=x,y", "C=012"]`},
		{"pipeline", "p.json", `{"Parameters": {"A": 1, "B": ["x", "y"], "C": "012", "D": {"Fn::GetArtifactAtt": ["a", "b"]}}, "Tags": {"E": "f"}}`},
		{"flat", "p.json", `{"A": 1, "B": "x,y", "C": "012"}`},
		{"YAML", "p.yaml", "A: 1\nB: [x, y]\nC: 012\n"},
		{"YAML list", "p.yml", "- {ParameterKey: A, ParameterValue: 1}\n- {ParameterKey: B, ParameterValue: 'x,y'}\n- {ParameterKey: C, ParameterValue: 012}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadParameterFile(c.path, []byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("parameters (-want +got):\n%s", d)
			}
		})
	}
}

func TestBrokenParameterFiles(t *testing.T) {
	for _, c := range []struct{ path, in, want string }{
		{"p.json", `["A"]`, "p.json:1:2: an entry must read Key=Value; correct it"},
		{"p.json", `[{"ParameterValue": "1"}]`, "p.json:1:2: an entry needs a ParameterKey; add it"},
		{"p.json", `[{"ParameterKey": "A"}]`, "p.json:1:2: parameter A has no ParameterValue; add it"},
		{"p.json", `{"A": {"B": 1}}`, "p.json:1:7: the value of parameter A must be text; correct it"},
		{"p.json", `"A"`, "p.json:1:1: a parameter file is a list of ParameterKey and ParameterValue, or a map; correct it"},
		{"p.json", `{`, "p.json:1:2: this is not well-formed JSON: a key in double quotes is expected here"},
		{"p.yaml", "A: 1\nA: 2\n", "p.yaml:2:1: A is already written at line 1; delete one of the two"},
	} {
		_, err := ReadParameterFile(c.path, []byte(c.in))
		if err == nil {
			t.Errorf("%s: no error", c.in)
			continue
		}
		if d := cmp.Diff(c.want, err.Error()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.in, d)
		}
	}
}
