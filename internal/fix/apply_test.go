package fix

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/source/cloudformation"
	"github.com/baileydb/bailey/internal/source/terraform"
)

// applied returns the fixed template's values, as path=value lines.
func applied(t *testing.T, kind, fix string, r estate.Reading) []string {
	t.Helper()
	text := "id: a/b\ntitle: t\nwhy: w\nkind: " + kind + "\nseverity: {secret: low}\ncheck: 'false'\nfix:\n" + fix
	set, err := rules.Load(fstest.MapFS{"a/b.yaml": {Data: []byte(text)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // applying twice is applying once
		e := estate.Build(r)
		for _, x := range e.OfKind(kind) {
			out, err := Apply([]estate.Reading{r}, set, set.Safeguards[0], x.Base().ID())
			if err != nil {
				t.Fatal(err)
			}
			r = out[0]
		}
	}
	var lines []string
	for i := range r.Declarations {
		d := &r.Declarations[i]
		lines = append(lines, spell(d.Address[strings.LastIndexByte(d.Address, '.')+1:], d.Body)...)
	}
	return lines
}

func spell(path string, v estate.Value) (out []string) {
	switch v.Kind {
	case estate.KindMap:
		for _, f := range v.Fields {
			out = append(out, spell(path+"."+f.Name, f.Value)...)
		}
	case estate.KindList:
		for _, item := range v.Items {
			out = append(out, spell(path+"[]", item)...)
		}
	case estate.KindReference:
		out = []string{path + "=" + v.Text}
	default:
		s, _ := v.Scalar()
		out = []string{path + "=" + s}
	}
	return out
}

func template(text string) estate.Reading {
	return cloudformation.Read("t.yaml", []byte(text), cloudformation.Options{})
}

func configuration(text string) estate.Reading {
	return terraform.ReadFolder("x", terraform.Options{FS: fstest.MapFS{"x/main.tf": {Data: []byte(text)}}})
}

func TestFixesWriteInEachLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		kind, fix string
		in        estate.Reading
		want      []string
	}{
		"every element of a list": {
			"dynamodb_global_table", `  set: {"replicas[].deletion_protection": true}`,
			template("Resources: {T: {Type: AWS::DynamoDB::GlobalTable, Properties: {Replicas: [{Region: a}, {Region: b}]}}}"),
			[]string{
				"T.Replicas[].Region=a", "T.Replicas[].DeletionProtectionEnabled=true",
				"T.Replicas[].Region=b", "T.Replicas[].DeletionProtectionEnabled=true",
			},
		},
		"every block": {
			"dynamodb_table", `  set: {"replicas[].point_in_time_recovery": true}`,
			configuration("resource \"aws_dynamodb_table\" \"t\" {\n replica {\n region_name = \"a\"\n }\n replica {\n region_name = \"b\"\n }\n}"),
			[]string{
				"t.replica[].region_name=a", "t.replica[].point_in_time_recovery=true",
				"t.replica[].region_name=b", "t.replica[].point_in_time_recovery=true",
			},
		},
		"null takes away, with what is empty then": {
			"dynamodb_table", "  set: {billing_mode: PAY_PER_REQUEST, read_capacity: null, write_capacity: null}",
			template("Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}}}"),
			[]string{"T.BillingMode=PAY_PER_REQUEST"},
		},
		"an attribute of what is made, as CloudFormation spells it": {
			"timestream_database", `  {create: [{kind: kms_key, name: Key, set: {rotation: true}}], set: {kms_key: "${Key.arn}"}}`,
			template("Resources: {T: {Type: AWS::Timestream::Database}}"),
			[]string{"T.KmsKeyId=${TKey.Arn}", "TKey.EnableKeyRotation=true"},
		},
		"and as Terraform does": {
			"timestream_database", `  {create: [{kind: kms_key, name: Key, set: {rotation: true}}], set: {kms_key: "${Key.arn}"}}`,
			configuration("resource \"aws_timestreamwrite_database\" \"t\" {\n}"),
			[]string{"t.kms_key_id=${aws_kms_key.t_key.arn}", "t_key.enable_key_rotation=true"},
		},
		"what is not made is not named": {
			"timestream_database", `  {create: [{kind: kms_key, name: Key, when: "false"}], set: {kms_key: "${Key.arn}"}}`,
			template("Resources: {T: {Type: AWS::Timestream::Database, Properties: {KmsKeyId: k}}}"),
			[]string{"T.KmsKeyId=k"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, applied(t, c.kind, c.fix+"\n", c.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
