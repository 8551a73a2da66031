package cloudformation

import "testing"

var sniffCases = []struct {
	name, path, in string
	want           bool
}{
	{"version", "t.yaml", "AWSTemplateFormatVersion: 2010-09-09\n", true},
	{"resources", "t.yml", "# c\n---\nResources:\n  A:\n    Type: AWS::SNS::Topic\n", true},
	{"indented", "t.yml", "  Resources:\n    A: {Type: 'AWS::SNS::Topic'}\n", true},
	{"macro beside resources", "t.yml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\nFn::Transform: {}\n", true},
	{"third-party type", "t.template", "Resources:\n  A:\n    Type: MongoDB::Atlas::Cluster\nExtra: 1\n", true},
	{"minified", "t.json", `{"Resources":{"A":{"Type":"AWS::SNS::Topic"}},"X":{"Resources":1}}`, true},
	{"JSON in template", "t.template", "\ufeff\n{\t\"Description\": \"a \\\"Resources\\\"\", \"Resources\" : {} }", true},
	{"standard input", "-", "Resources: {}", true},
	{"UTF-16", "t.yaml", "\xff\xfeR\x00e\x00s\x00o\x00u\x00r\x00c\x00e\x00s\x00:\x00 \x00{\x00}\x00", true},
	{"UTF-16 of another kind", "m.yaml", "\xfe\xff\x00a\x00:\x00 \x001", false},
	{"other extension", "t.tf", "Resources: {}", false},
	{"manifest", "m.yaml", "apiVersion: v1\nkind: List\nitems:\n  - Resources: {}\n", false},
	{"second document", "m.yaml", "apiVersion: v1\n---\nResources:\n  A: {Type: AWS::SNS::Topic}\n", false},
	{"compose", "docker-compose.yaml", "services:\n  a:\n    image: b\n", false},
	{"package.json", "package.json", `{"name": "x", "dependencies": {"Resources": "1"}}`, false},
	{"serverless framework", "serverless.yml", "service: x\nresources:\n  Resources:\n    A:\n      Type: AWS::SNS::Topic\n", false},
	{"parameters", "p.json", `{"Parameters": {"A": "b"}}`, false},
	{"parameter list", "p.json", `[{"ParameterKey": "Resources", "ParameterValue": "1"}]`, false},
	{"API answer", "r.json", `{"Resources": [{"ResourceType": "AWS::SNS::Topic"}], "Count": 1}`, false},
	{"change set", "c.json", `{"TemplateBody": {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}}`, false},
	{"empty", "t.yaml", "", false},
}

func TestSniff(t *testing.T) {
	for _, c := range sniffCases {
		t.Run(c.name, func(t *testing.T) {
			if got := Sniff(c.path, []byte(c.in)); got != c.want {
				t.Errorf("Sniff is %v", got)
			}
		})
	}
}
