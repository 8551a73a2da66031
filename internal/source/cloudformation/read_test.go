package cloudformation

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
)

const preamble = `
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod, qa]}
  Free: {Type: String}
  Name: {Type: String, Default: orders}
  Flag: {Type: String, Default: yes}
  Count: {Type: Number, Default: 007}
  List: {Type: CommaDelimitedList, Default: 'a,b , c'}
  Empty: {Type: CommaDelimitedList, Default: ''}
  NoList: {Type: List<AWS::EC2::Subnet::Id>}
  Secret: {Type: String, NoEcho: 'true', Default: hunter2}
  Ssm: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /path}
Mappings:
  M: {eu: {a: 1, l: [x, y]}, us: {a: 2}}
Conditions:
  T: !Equals [!Ref Name, orders]
  F: !Equals [1, '2']
  U: !Equals [!Ref Env, prod]
  NotU: !Not [!Condition U]
  Impossible: !Equals [!Ref Env, test]
  AndFalse: !And [!Condition U, !Condition F]
  OrTrue: !Or [!Condition U, !Condition T]
  AndU: !And [!Condition U, !Condition T]
  OrU: !Or [!Condition F, !Condition U]
  Region: !Equals [!Ref AWS::Region, eu-west-1]
  Self: !Equals [!Ref Free, !Ref Free]
Resources:
  Gone: {Type: AWS::SNS::Topic, Condition: F}
  Key: {Type: AWS::KMS::Key}
  Table: {Type: AWS::DynamoDB::Table}
  X:
    Type: Custom::X
    Properties:
      V: `

// TestValues evaluates one property of a template with the parameters, conditions and resources above.
func TestValues(t *testing.T) {
	const (
		env      = "unknown: give parameter Env a value (--parameter Env=…)"
		free     = "unknown: give parameter Free a value (--parameter Free=…)"
		keyArn   = "reference ${Key.Arn} -> t.yaml#AWS::KMS::Key.Key|Arn"
		noRegion = "give AWS::Region a value (--parameter AWS::Region=…)"
	)
	for _, c := range []struct{ in, want string }{
		// Scalars stay as they are written.
		{"2012-10-17", `"2012-10-17"`},
		{"012345678901", `"012345678901"`},
		{"123456789012", "123456789012"},
		{"1e3", `"1e3"`},
		{"0x1F", `"0x1F"`},
		{"1_000", `"1_000"`},
		{"-1.50", "-1.50"},
		{"12:30:45", `"12:30:45"`},
		{"Yes", "true"},
		{"OFF", "false"},
		{"'yes'", `"yes"`},
		{"y", `"y"`},
		{"!!str 1", `"1"`},
		{"!!int '1'", "1"},
		{"~", "null"},
		{"|\n        a\n        b\n", `"a\nb\n"`},

		{"!Ref Name", `"orders" [parameter Name]`},
		{"!Ref Flag", `"true" [parameter Flag]`},
		{"!Ref Count", "007 [parameter Count]"},
		{"!Ref List", `["a" [parameter List], "b" [parameter List], "c" [parameter List]]`},
		{"!Ref Empty", "[]"},
		{"!Ref Secret", `"hunter2" [parameter Secret] [no echo]`},
		{"!Ref Env", env + " [parameter Env]"},
		{"!Ref Ssm", "unknown: it is read from the SSM parameter /path at deployment [parameter Ssm]"},
		{"!Ref Key", "reference ${Key} -> t.yaml#AWS::KMS::Key.Key|"},
		{"!Ref Gone", "unknown: refer to something that exists: Gone does not, because its condition F is false"},
		{"!Ref AWS::Region", `partly "${AWS::Region}" because ` + noRegion},
		{"[!Ref AWS::NoValue, a]", `["a"]`},
		{"{a: !Ref AWS::NoValue, b: 1}", "{b: 1}"},

		{"!GetAtt Key.Arn", keyArn},
		{"!GetAtt [Key, Arn]", keyArn},
		{"{Fn::GetAtt: [Table, StreamArn]}", "reference ${Table.StreamArn} -> t.yaml#AWS::DynamoDB::Table.Table|StreamArn"},
		{"!GetAtt Key.Endpoint.Port", "reference ${Key.Endpoint.Port} -> t.yaml#AWS::KMS::Key.Key|Endpoint.Port"},

		{"!Sub '${Key.Arn}'", keyArn},
		{"!Sub '${Name}'", `"orders" [parameter Name]`},
		{"!Sub 'x-${Name}-${!Name}-${ Count }'", `"x-orders-${Name}-007"`},
		{"!Sub '${Env}-db'", `partly "${Env}-db" because give parameter Env a value (--parameter Env=…)`},
		{"!Sub '${Key.Arn}/${Key.Arn}'", `partly "${Key.Arn}/${Key.Arn}" because it is known once ${Key.Arn} exists -> t.yaml#AWS::KMS::Key.Key|Arn`},
		{"!Sub '${Key}/${Table}'", `partly "${Key}/${Table}" because it is known once ${Key} exists and it is known once ${Table} exists`},
		{"!Sub ['${A}-${B}', {A: !Ref Name, B: !Sub '${Count}'}]", `"orders-007"`},
		{"!Sub '{{resolve:secretsmanager:${Key}:SecretString:p}}'", `partly "{{resolve:secretsmanager:${Key}:SecretString:p}}" because it is known once ${Key} exists -> t.yaml#AWS::KMS::Key.Key|`},
		{"!Sub plain", `"plain"`},
		{"!Sub |\n        line ${Name}\n        other\n", `"line orders\nother\n"`},
		{"!Sub 'open ${Name'", `"open ${Name"`},

		{"!Join ['-', [a, !Ref Name, 1]]", `"a-orders-1"`},
		{"!Join ['', [!GetAtt Key.Arn]]", keyArn},
		{"!Join ['', [!GetAtt Key.Arn, '/*']]", `partly "${Key.Arn}/*" because it is known once ${Key.Arn} exists -> t.yaml#AWS::KMS::Key.Key|Arn`},
		{"!Join [',', !Ref List]", `"a,b,c"`},
		{"!Join [',', !Ref NoList]", "unknown: give parameter NoList a value (--parameter NoList=…)"},
		{"!Join [':', [arn, !Ref 'AWS::Partition']]", `partly "arn:${AWS::Partition}" because give AWS::Partition a value (--parameter AWS::Partition=…)`},

		{"!Select [1, !Ref List]", `"b" [parameter List]`},
		{"!Select ['0', [!GetAtt Key.Arn, b]]", keyArn},
		{"!Select [0, !GetAZs '']", "unknown: it is the region's list of availability zones, known at deployment"},
		{"!Select [1, !Split ['/', 'a/b']]", `"b"`},
		{"!Split [',', !Ref Free]", free},
		{"!FindInMap [M, eu, a]", "1"},
		{"!FindInMap [M, eu, l]", `["x", "y"]`},
		{"!FindInMap [M, !Ref Env, a]", env},
		{"!FindInMap [M, asia, a, {DefaultValue: 9}]", "9"},
		{"!Base64 abc", `"YWJj"`},
		{"!Length [a, b]", "2"},
		{"!Length {Ref: List}", "3"},
		{"{Fn::ToJsonString: {b: [1, true], a: !Ref Name}}", `"{\"b\":[1,true],\"a\":\"orders\"}"`},
		{"{Fn::ToJsonString: {k: !GetAtt Key.Arn}}", `partly "{\"k\":\"${Key.Arn}\"}" because it is known once ${Key.Arn} exists -> t.yaml#AWS::KMS::Key.Key|Arn`},
		{"!ImportValue shared-key", "unknown: check the stack that exports shared-key together with this one [import shared-key]"},
		{"!ImportValue {'Fn::Sub': '${Env}-key'}", env},
		{"{Fn::Transform: {Name: AWS::Include}}", "unknown: check the processed template: a macro makes this value"},
		{"{Fn::Transform: {Name: AWS::Include}, a: 1}", "{a: 1} and more: check the processed template: Fn::Transform adds to this map"},

		{"!Cidr [10.0.0.0/16, 3, 8]", `["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]`},
		{"!Cidr [10.0.7.9/20, 2, 4]", `["10.0.0.0/28", "10.0.0.16/28"]`},
		{"!Cidr ['2001:db8::/56', 2, 64]", `["2001:db8::/64", "2001:db8:0:1::/64"]`},
		{"!Select [255, !Cidr [10.0.0.0/8, 256, 12]]", `"10.15.240.0/20"`},

		{"!If [T, a, b]", `"a"`},
		{"!If [F, a, !Ref Name]", `"orders" [parameter Name]`},
		{"!If [U, a, b]", env},
		{"!If [NotU, a, b]", env},
		{"!If [U, a, a]", `"a"`},
		{"!If [U, true, 'true']", "true"},
		{"!If [U, orders, !Ref Name]", `"orders"`},
		{"!If [U, a, !Ref AWS::NoValue]", env + " [may be absent]"},
		{"{k: !If [F, a, !Ref AWS::NoValue]}", "{}"},
		{"!If [U, {a: 1, b: 2}, {a: 1, c: 3}]", "{a: 1, b: " + env + " [may be absent], c: " + env + " [may be absent]}"},
		{"!If [Impossible, a, b]", `"b"`},
		{"!If [AndFalse, a, b]", `"b"`},
		{"!If [OrTrue, a, b]", `"a"`},
		{"!If [AndU, a, b]", env},
		{"!If [OrU, a, b]", env},
		{"!If [Self, a, b]", `"a"`},
		{"!If [Region, a, b]", "unknown: " + noRegion},

		{"&a {x: 1, y: *b}", "{x: 1, y: unknown: write the value out instead of *b}"},
		{"[&a {x: 1}, *a, {<<: *a, y: 2}, {<<: [*a, {z: 1}], x: 3}]", "[{x: 1}, {x: 1}, {y: 2, x: 1}, {x: 3, z: 1}]"},
		{"{Condition: {StringEquals: {a: b}}}", "{Condition: {StringEquals: {a: b}}}"},
	} {
		t.Run(c.in, func(t *testing.T) {
			in := strings.Replace(c.in, "*b}", "*a}", 1)
			want := strings.Replace(c.want, "*b", "*a", 1)
			r := Read("t.yaml", []byte(preamble+in+"\n"), Options{})
			for _, p := range r.Problems {
				if !strings.Contains(p.Message, "alias") {
					t.Errorf("problem: %v", p)
				}
			}
			d := r.Declarations[len(r.Declarations)-1]
			v, _ := d.Body.Get("V")
			want = strings.ReplaceAll(want, "{a: b}", `{a: "b"}`)
			if diff := cmp.Diff(want, flat(v)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			if v.Kind != estate.KindNull && v.Origin.Line < strings.Count(preamble, "\n")+1 {
				t.Errorf("origin %s is not where the value is written", v.Origin)
			}
		})
	}
}

func TestGivenParameters(t *testing.T) {
	r := Read("t.yaml", []byte(preamble+"[!Ref Env, !Ref AWS::Region, !If [U, a, b], !Ref NoList, !Ref Ssm]\n"), Options{
		Parameters: map[string]string{"Env": "prod", "AWS::Region": "eu-west-1", "NoList": "s-1,s-2", "Ssm": "/x", "Other": "y"},
	})
	if len(r.Problems) > 0 {
		t.Errorf("problems: %v", r.Problems)
	}
	v, _ := r.Declarations[len(r.Declarations)-1].Body.Get("V")
	want := `["prod" [parameter Env], "eu-west-1" [parameter AWS::Region], "a", ` +
		`["s-1" [parameter NoList], "s-2" [parameter NoList]], ` +
		`unknown: it is read from the SSM parameter /x at deployment [parameter Ssm]]`
	if d := cmp.Diff(want, flat(v)); d != "" {
		t.Errorf("value (-want +got):\n%s", d)
	}
}

// TestUnreadable holds the whole files that cannot be read: one fatal problem, with position, cause and remedy.
func TestUnreadable(t *testing.T) {
	for _, c := range []struct{ name, path, in, want string }{
		{"empty", "t.yaml", "", "t.yaml:1:1: this is not well-formed YAML: the file is empty; check the indentation, quotes and colons around this line"},
		{"encoding", "t.yaml", "Resources:\n  é\xff: 1", "t.yaml:2:4: the file is not UTF-8 text from here on; save it as UTF-8"},
		{"size", "t.yaml", "Resources: {}" + strings.Repeat(" ", 90), "t.yaml:1:1: the file has 103 bytes, more than the limit of 100; split it"},
		{"JSON", "t.json", "{\n\t\"Resources\": {},\n}", "t.json:3:1: this is not well-formed JSON: a key in double quotes is expected here"},
		{"JSON string", "t.json", `{"Resources": "`, "t.json:1:15: this is not well-formed JSON: the string is not closed"},
		{"JSON number", "t.json", `{"Resources": 012}`, "t.json:1:15: this is not well-formed JSON: this is not a number as JSON writes it; quote it when it is a name or an account"},
		{"YAML", "t.yaml", "Resources:\n  A: [1,\n  B: x: y\n", "t.yaml:3:3: this is not well-formed YAML: did not find expected ',' or ']'; check the indentation, quotes and colons around this line"},
		{"YAML indentation", "t.yaml", "Resources:\n  A:\n    Type: x\n    B: 1\n\n   C: 2\n", "t.yaml:6:4: this is not well-formed YAML: did not find expected key; check the indentation, quotes and colons around this line"},
		{"YAML tab", "t.yaml", "Resources:\n\tA: 1\n", "t.yaml:2:2: this is not well-formed YAML: found character that cannot start any token; check the indentation, quotes and colons around this line"},
		{"a list", "t.yaml", "- a", "t.yaml:1:1: this is not a CloudFormation template: it is no map of sections; begin it with Resources"},
		{"something else", "t.yaml", "services: {}", "t.yaml:1:1: this is not a CloudFormation template: it has no Resources; add the section or leave the file out"},
		{"a list of resources", "t.yaml", "Resources: [a]", "t.yaml:1:12: Resources must be a map; write each entry under its name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Read(c.path, []byte(c.in), Options{MaxBytes: 100})
			if len(r.Problems) != 1 || !r.Problems[0].Fatal || len(r.Declarations) > 0 {
				t.Fatalf("read %d declarations with problems %v, want one fatal problem", len(r.Declarations), r.Problems)
			}
			if d := cmp.Diff(c.want, r.Problems[0].Error()); d != "" {
				t.Errorf("problem (-want +got):\n%s", d)
			}
		})
	}
}

// TestReadable holds odd files that are templates nonetheless.
func TestReadable(t *testing.T) {
	for _, c := range []struct {
		name, path, in string
		declarations   int
	}{
		{"empty resources", "t.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n", 0},
		{"JSON in a YAML file", "t.yaml", "{\"Resources\":\t{\"A\": {\"Type\": \"AWS::SNS::Topic\"}}}", 1},
		{"flow style", "t.template", "{Resources: {A: {Type: 'AWS::SNS::Topic'}}}", 1},
		{"JSON with a trailing comma", "t.template", `{"Resources": {"A": {"Type": "AWS::SNS::Topic"},},}`, 1},
		{"byte order mark", "t.yml", "\ufeffResources:\n  A:\n    Type: AWS::SNS::Topic\n", 1},
		{"null properties", "t.yml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n", 1},
		{"Windows line ends", "t.yml", "Resources:\r\n  A:\r\n    Type: AWS::SNS::Topic\r\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Read(c.path, []byte(c.in), Options{})
			if len(r.Problems) > 0 || len(r.Declarations) != c.declarations {
				t.Errorf("read %d declarations with problems %v, want %d and none", len(r.Declarations), r.Problems, c.declarations)
			}
		})
	}
}

// TestSameFromJSON reads one template in both languages.
func TestSameFromJSON(t *testing.T) {
	y := Read("t", []byte("Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      K: !If [C, !Sub 'a-${B}', 1.5]\n      L: [!GetAtt B.Arn, yes, null]\n"+
		"  B: {Type: AWS::KMS::Key}\nConditions: {C: !Equals [1, 1]}\n"), Options{})
	j := Read("t", []byte(`{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {
		"K": {"Fn::If": ["C", {"Fn::Sub": "a-${B}"}, 1.5]}, "L": [{"Fn::GetAtt": ["B", "Arn"]}, true, null]}},
		"B": {"Type": "AWS::KMS::Key"}}, "Conditions": {"C": {"Fn::Equals": [1, 1]}}}`), Options{})
	for i := range y.Declarations {
		if d := cmp.Diff(flat(y.Declarations[i].Body), flat(j.Declarations[i].Body)); d != "" {
			t.Errorf("YAML and JSON differ (-yaml +json):\n%s", d)
		}
	}
}

// TestLimits reads templates made to exhaust their reader. Each must end soon, with a fatal problem or unknown values.
func TestLimits(t *testing.T) {
	laughs := "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 30; i++ {
		laughs += fmt.Sprintf("      a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	loop := "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      "
	items := "[" + strings.Repeat("a,", 300) + "b]"
	for i := range 6 {
		loop += fmt.Sprintf("{Fn::ForEach::L%d: [I%d, %s, ", i, i, items)
	}
	loop += "{'${I0}': 1}" + strings.Repeat("]}", 6)
	grow := "'x'"
	for range 60 {
		grow = "{'Fn::Sub': ['${A}${A}', {A: " + grow + "}]}"
	}
	conditions := "Conditions:\n"
	for i := range 3000 {
		conditions += fmt.Sprintf("  C%d: !Not [!Condition C%d]\n", i, i+1)
	}
	for _, c := range []struct{ name, in string }{
		{"aliases", laughs},
		{"deep YAML", "Resources: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)},
		{"deep JSON", `{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": ` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000) + "}}}"},
		{"loops", loop},
		{"growing text", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      V: " + grow},
		{"long chain of conditions", conditions + "Resources:\n  A: {Type: AWS::SNS::Topic, Condition: C0}\n"},
		{"alias in itself", "Resources: &a\n  A: {Type: AWS::SNS::Topic, Properties: {X: *a}}\n"},
		{"merge in itself", "Resources: &a\n  A: {Type: AWS::SNS::Topic, Properties: {<<: *a}}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := Read("t.yaml", []byte(c.in), Options{}); len(r.Problems) == 0 {
				t.Error("no problem told")
			}
		})
	}
}

func TestNestedStacksEnd(t *testing.T) {
	files := map[string]string{
		"a.yaml": "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}\n",
		"b.yaml": "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}\n",
	}
	for i := range 30 { // two to the thirtieth stacks
		files[fmt.Sprintf("c%d.yaml", i)] = strings.ReplaceAll(files["a.yaml"], "b.yaml", fmt.Sprintf("c%d.yaml", i+1))
	}
	opts := Options{ReadFile: func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("no such file")
	}}
	if r := Read("a.yaml", []byte(files["a.yaml"]), opts); len(r.Declarations) != 4 || len(r.Problems) != 1 {
		t.Errorf("a circle: read %d declarations and %d problems, want 4 and 1", len(r.Declarations), len(r.Problems))
	}
	r := Read("c0.yaml", []byte(files["c0.yaml"]), opts)
	if n := len(r.Declarations); n > 2*maxStacks {
		t.Errorf("a tree: read %d declarations", n)
	}
	if len(r.Problems) == 0 || !r.Problems[0].Fatal {
		t.Error("a tree: the stacks that were not read are not told")
	}
	if c := Covers(r); !c["c1.yaml"] || c["c0.yaml"] {
		t.Errorf("covers %v", c)
	}
}

func TestOnlyRelativePathsAreOpened(t *testing.T) {
	for _, location := range []string{"/etc/passwd", "https://x/y", "s3://x/y", `C:\x`, "file:///etc/passwd", "{{resolve:ssm:x}}"} {
		in := fmt.Sprintf("Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: '%s'}}\n", location)
		r := Read("t.yaml", []byte(in), Options{ReadFile: func(path string) ([]byte, error) {
			t.Errorf("%s was opened", path)
			return nil, errors.New("no")
		}})
		if len(r.Problems) > 0 {
			t.Errorf("%s: %v", location, r.Problems)
		}
	}
}
