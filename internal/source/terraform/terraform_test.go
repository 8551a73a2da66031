package terraform

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
)

// dump writes a reading as text, a line for each leaf.
func dump(r estate.Reading) string {
	var b strings.Builder
	for _, d := range r.Declarations {
		fmt.Fprintf(&b, "%s\n", d.Address)
		if d.Conditional != "" {
			fmt.Fprintf(&b, "  ? %s\n", d.Conditional)
		}
		for _, id := range sortedKeys(d.Suppressed) {
			fmt.Fprintf(&b, "  skip %s: %s\n", id, d.Suppressed[id])
		}
		dumpValue(&b, "  ", d.Body)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "! %s\n", p.Error())
	}
	return b.String()
}

func dumpValue(b *strings.Builder, prefix string, v estate.Value) {
	switch v.Kind {
	case estate.KindMap:
		for _, f := range v.Fields {
			dumpValue(b, prefix+f.Name+" ", f.Value)
		}
	case estate.KindList:
		if len(v.Items) == 0 {
			fmt.Fprintf(b, "%s[]\n", prefix)
		}
		for i, item := range v.Items {
			dumpValue(b, fmt.Sprintf("%s%d ", prefix, i), item)
		}
	default:
		fmt.Fprintf(b, "%s%s\n", prefix, leaf(v))
	}
}

func leaf(v estate.Value) string {
	switch v.Kind {
	case estate.KindNull:
		return "null"
	case estate.KindReference:
		return "-> " + strings.SplitN(v.Ref.ID, "#", 2)[1] + " " + v.Ref.Attr
	case estate.KindUnknown:
		maybe := ""
		if v.MayBeAbsent {
			maybe = "maybe "
		}
		return maybe + "? " + v.Why
	case estate.KindString:
		if v.Partial {
			return fmt.Sprintf("~%q", v.Text)
		}
		return fmt.Sprintf("%q", v.Text)
	default:
		s, _ := v.Scalar()
		return s
	}
}

func read(t *testing.T, files map[string]string, opts Options) estate.Reading {
	t.Helper()
	m := fstest.MapFS{}
	for name, text := range files {
		m["root/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	opts.FS = m
	return ReadFolder("root", opts)
}

func TestReadFolder(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		opts  Options
		want  string
	}{
		{
			"literals, locals, variables and what is missing",
			map[string]string{"main.tf": `
variable "enc" { default = true }
variable "key" {}
variable "pw" {
  type      = string
  sensitive = true
}
locals { size = 10 + var.extra }
variable "extra" {
  type    = number
  default = 5
}
resource "aws_db_instance" "main" {
  storage_encrypted = var.enc
  allocated_storage = local.size
  kms_key_id        = var.key
  password          = var.pw
  engine            = upper("mysql")
  tags              = merge({ a = "b" }, { c = var.key })
}`},
			Options{},
			`aws_db_instance.main
  storage_encrypted true
  allocated_storage 15
  kms_key_id ? give variable key a value (--parameter key=… or a .tfvars file)
  password ? give variable pw a value (--parameter pw=… or a .tfvars file)
  engine "MYSQL"
  tags a "b"
  tags c ? give variable key a value (--parameter key=… or a .tfvars file)
`,
		},
		{
			"values given on the command line and in files",
			map[string]string{
				"main.tf":          "variable \"n\" { type = number }\nvariable \"l\" { type = list(string) }\nvariable \"a\" {}\nresource \"aws_x\" \"y\" {\n n = var.n\n l = var.l\n a = var.a\n}",
				"terraform.tfvars": `a = "file"`,
				"z.auto.tfvars":    `a = "auto"`,
			},
			Options{Variables: map[string]string{"n": "3", "l": `["p", "q"]`}},
			`aws_x.y
  n 3
  l 0 "p"
  l 1 "q"
  a "auto"
`,
		},
		{
			"references",
			map[string]string{"main.tf": `
resource "aws_kms_key" "k" {
  enable_key_rotation = true
}
resource "aws_db_parameter_group" "g" { name = "strict" }
resource "aws_security_group" "s" { count = 2 }
resource "aws_db_instance" "main" {
  kms_key_id             = aws_kms_key.k.arn
  parameter_group_name   = aws_db_parameter_group.g.name
  storage_encrypted      = aws_kms_key.k.enable_key_rotation
  vpc_security_group_ids = [aws_security_group.s[1].id, "sg-1"]
  all                    = aws_security_group.s[*].id
  wrapped                = "${aws_kms_key.k.arn}"
  first                  = try(aws_kms_key.k.arn, "")
  text                   = "${aws_kms_key.k.arn}/*"
  made                   = lower(aws_kms_key.k.arn)
}`},
			Options{},
			`aws_kms_key.k
  enable_key_rotation true
aws_db_parameter_group.g
  name "strict"
aws_security_group.s[0]
aws_security_group.s[1]
aws_db_instance.main
  kms_key_id -> aws_kms_key.k arn
  parameter_group_name -> aws_db_parameter_group.g name
  storage_encrypted true
  vpc_security_group_ids 0 -> aws_security_group.s[1] id
  vpc_security_group_ids 1 "sg-1"
  all 0 -> aws_security_group.s[0] id
  all 1 -> aws_security_group.s[1] id
  wrapped -> aws_kms_key.k arn
  first -> aws_kms_key.k arn
  text ~"${aws_kms_key.k.arn}/*"
  made ~"${aws_kms_key.k.arn}"
`,
		},
		{
			"for_each, dynamic blocks and what cannot be counted",
			map[string]string{"main.tf": `
variable "unknown" {}
resource "aws_x" "each" {
  for_each = { b = 2, a = 1 }
  v        = each.value
  k        = each.key
}
resource "aws_x" "none" { count = 0 }
resource "aws_x" "some" {
  count = var.unknown ? 1 : 0
  i     = count.index
}
resource "aws_sg" "d" {
  dynamic "ingress" {
    for_each = [80, 443]
    content { from_port = ingress.value }
  }
  dynamic "egress" {
    for_each = var.unknown
    iterator = it
    content { from_port = it.value }
  }
  plain { x = 1 }
}`},
			Options{},
			`aws_x.each["a"]
  v 1
  k "a"
aws_x.each["b"]
  v 2
  k "b"
aws_x.some
  ? give variable unknown a value (--parameter unknown=… or a .tfvars file)
  i ? it differs by instance, and how many there are is not known
aws_sg.d
  ingress 0 from_port 80
  ingress 1 from_port 443
  egress 0 maybe ? give variable unknown a value (--parameter unknown=… or a .tfvars file)
  plain 0 x 1
`,
		},
		{
			"booleans in another case",
			map[string]string{"main.tf": "resource \"aws_x\" \"y\" {\n  a = True\n}"},
			Options{},
			`aws_x.y
  a true
! root/main.tf:2:7: True is not a value Terraform knows; write true
`,
		},
		{
			"undecided conditions",
			map[string]string{"main.tf": `
variable "u" {}
resource "aws_x" "y" {
  a = var.u ? "same" : "same"
  b = var.u ? "x" : null
  c = var.u ? true : false
}`},
			Options{},
			`aws_x.y
  a "same"
  b maybe ? give variable u a value (--parameter u=… or a .tfvars file)
  c ? give variable u a value (--parameter u=… or a .tfvars file)
`,
		},
		{
			"modules",
			map[string]string{
				"main.tf":     "module \"db\" {\n source = \"./db\"\n key = aws_kms_key.k.arn\n enc = true\n}\nresource \"aws_kms_key\" \"k\" {}\nresource \"aws_x\" \"y\" { group = module.db.group_id }\nmodule \"far\" { source = \"registry/x/y\" }\nresource \"aws_x\" \"z\" { far = module.far.id }",
				"db/main.tf":  "variable \"key\" {}\nvariable \"enc\" {}\nresource \"aws_db_instance\" \"main\" {\n kms_key_id = var.key\n storage_encrypted = var.enc\n}\nresource \"aws_db_subnet_group\" \"g\" {}",
				"db/outs.tf":  "output \"group_id\" { value = aws_db_subnet_group.g.id }",
				"db/ignore.x": "{{{",
			},
			Options{},
			`aws_kms_key.k
aws_x.y
  group -> module.db.aws_db_subnet_group.g id
aws_x.z
  far ? run terraform init: module far comes from registry/x/y, which is not on disk
module.db.aws_db_instance.main
  kms_key_id -> aws_kms_key.k arn
  storage_encrypted true
module.db.aws_db_subnet_group.g
! root/main.tf:8:1: run terraform init: module far comes from registry/x/y, which is not on disk
`,
		},
		{
			"policy documents and JSON",
			map[string]string{"main.tf": `
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}
resource "aws_kms_key" "a" { policy = data.aws_iam_policy_document.d.json }
resource "aws_kms_key" "b" { policy = jsonencode({ Statement = [{ Resource = aws_kms_key.a.arn }] }) }
data "aws_ami" "x" {}
resource "aws_x" "y" { ami = data.aws_ami.x.id }`},
			Options{},
			`data.aws_iam_policy_document.d
  statement 0 actions 0 "kms:*"
  statement 0 resources 0 "*"
  statement 0 principals 0 type "AWS"
  statement 0 principals 0 identifiers 0 "*"
  statement 0 condition 0 test "Bool"
  statement 0 condition 0 variable "aws:SecureTransport"
  statement 0 condition 0 values 0 "true"
aws_kms_key.a
  policy Version "2012-10-17"
  policy Statement 0 Effect "Allow"
  policy Statement 0 Action 0 "kms:*"
  policy Statement 0 Resource 0 "*"
  policy Statement 0 Principal AWS 0 "*"
  policy Statement 0 Condition Bool aws:SecureTransport 0 "true"
aws_kms_key.b
  policy Statement 0 Resource -> aws_kms_key.a arn
data.aws_ami.x
aws_x.y
  ami ? data.aws_ami.x is read when the plan is made; check the plan's JSON instead
`,
		},
		{
			"default tags, lifecycle, suppressions, overrides and Terraform's JSON",
			map[string]string{
				"main.tf": `
provider "aws" {
  default_tags { tags = { team = "shop", DataClassification = "public" } }
}
# checkov:skip=CKV_AWS_16:known
resource "aws_db_instance" "main" {
  #trivy:ignore:AVD-AWS-0080
  engine = "mysql"
  tags   = { DataClassification = "secret" }
  lifecycle { prevent_destroy = true }
}`,
				"override.tf":  `resource "aws_db_instance" "main" { engine = "postgres" }`,
				"more.tf.json": `{"resource": {"aws_dynamodb_table": {"t": {"name": "${upper(\"x\")}", "server_side_encryption": {"enabled": true}}}}}`,
			},
			Options{},
			`aws_db_instance.main
  skip AWS-0080: 
  skip CKV_AWS_16: known
  engine "postgres"
  tags DataClassification "secret"
  tags team "shop"
  @prevent_destroy true
aws_dynamodb_table.t
  name "X"
  server_side_encryption 0 enabled true
  tags team "shop"
  tags DataClassification "public"
`,
		},
		{
			"circles and what nothing declares",
			map[string]string{"main.tf": `
locals {
  a = local.b
  b = local.a
}
resource "aws_x" "y" {
  a = local.a
  b = aws_nowhere.z.id
  c = nofunction(1)
  d = var.none
}`},
			Options{},
			`aws_x.y
  a ? break the circle that it is part of
  b ? declare aws_nowhere.z: nothing does
  c ? the function nofunction is not known
  d ? declare variable none: nothing does
! root/main.tf:4:7: local a depends on itself; break the circle
! root/main.tf:8:7: aws_nowhere.z is not declared in this module; correct the name or add it
! root/main.tf:9:7: function nofunction is not one that Bailey knows; its result is unknown
! root/main.tf:10:7: variable none is not declared in this module; add a variable block
`,
		},
		{
			"a broken file does not take the others along",
			map[string]string{"bad.tf": "resource \"aws_x\" {", "good.tf": `resource "aws_x" "y" { a = 1 }`, "bytes.tf": "a = \"\xff\""},
			Options{},
			`aws_x.y
  a 1
! root/bad.tf:1:18: unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.
! root/bytes.tf:1:6: is not UTF-8 here; save the file as UTF-8
! root/bad.tf:1:1: a resource block has two labels, a type and a name; add what is missing
`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, dump(read(t, c.files, c.opts))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPositions(t *testing.T) {
	r := read(t, map[string]string{"main.tf": "resource \"aws_db_instance\" \"m\" {\n  engine = \"mysql\"\n\n  storage_encrypted = false\n}\n"}, Options{})
	d := r.Declarations[0]
	enc, _ := d.Body.Get("storage_encrypted")
	if d.Origin.String() != "root/main.tf:1:1" || enc.Origin.String() != "root/main.tf:4:3" || d.EndLine != 5 {
		t.Errorf("resource at %s to %d, argument at %s", d.Origin, d.EndLine, enc.Origin)
	}
}

const planText = `{
 "format_version": "1.2",
 "planned_values": {"root_module": {
  "resources": [
   {"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "values": {"enable_key_rotation": true}},
   {"address": "aws_db_instance.m[0]", "mode": "managed", "type": "aws_db_instance", "name": "m",
    "values": {"engine": "mysql", "password": "hunter2", "tags": null}, "sensitive_values": {"password": true}}
  ],
  "child_modules": [{"address": "module.a", "resources": [
   {"address": "module.a.aws_dynamodb_table.t", "mode": "managed", "type": "aws_dynamodb_table", "name": "t", "values": {"server_side_encryption": [{"enabled": true}]}}]}]
 }},
 "resource_changes": [
  {"address": "aws_kms_key.k", "change": {"after": {}, "after_unknown": {"arn": true}}},
  {"address": "aws_db_instance.m[0]", "change": {"after": {}, "after_unknown": {"kms_key_id": true, "arn": true}}}
 ],
 "configuration": {"root_module": {"resources": [
  {"address": "aws_db_instance.m", "expressions": {"kms_key_id": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}}]}}
}`

func TestReadPlan(t *testing.T) {
	if !IsPlan([]byte(planText)) {
		t.Error("not recognized as a plan")
	}
	r := ReadPlan("plan.json", []byte(planText), Options{})
	want := `aws_kms_key.k
  enable_key_rotation true
  arn ? it is known after the plan is applied
aws_db_instance.m[0]
  engine "mysql"
  password "hunter2"
  tags null
  kms_key_id -> aws_kms_key.k arn
module.a.aws_dynamodb_table.t
  server_side_encryption 0 enabled true
`
	if diff := cmp.Diff(want, dump(r)); diff != "" {
		t.Error(diff)
	}
	d := r.Declarations[1]
	pw, _ := d.Body.Get("password")
	if !pw.NoEcho {
		t.Error("the password is not marked secret")
	}
	if engine, _ := d.Body.Get("engine"); engine.Origin.String() != "plan.json:7:26" || d.Origin.Line != 6 {
		t.Errorf("engine at %s, resource at %s", engine.Origin, d.Origin)
	}
	broken := ReadPlan("plan.json", []byte(planText[:200]), Options{})
	if len(broken.Problems) != 1 || !broken.Problems[0].Fatal {
		t.Errorf("a truncated plan: %v", broken.Problems)
	}
}

func TestRoots(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"app/main.tf": `module "db" { source = "../modules/db" }`, "modules/db/main.tf": "", "other/main.tf": "",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folders := []string{dir + "/app", dir + "/modules/db", dir + "/other"}
	if diff := cmp.Diff([]string{dir + "/app", dir + "/other"}, Roots(folders, os.ReadFile)); diff != "" {
		t.Error(diff)
	}
}

func TestFunctions(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`cidrsubnet("10.0.0.0/16", 8, 2)`, `"10.0.2.0/24"`},
		{`cidrhost("10.0.0.0/16", 5)`, `"10.0.0.5"`},
		{`cidrnetmask("10.0.0.0/20")`, `"255.255.240.0"`},
		{`join(",", cidrsubnets("10.0.0.0/16", 4, 8))`, `"10.0.0.0/20,10.0.16.0/24"`},
		{`one([1])`, `1`},
		{`alltrue([true, false])`, `false`},
		{`sum([1, 2])`, `3`},
		{`startswith("abc", "ab")`, `true`},
		{`timestamp()`, `? it is computed when the configuration is applied`},
		{`file("${path.module}/f.txt")`, `"text"`},
		{`templatefile("root/t.tpl", { name = "x" })`, `"hello x"`},
		{`jsondecode("{\"a\": 1}").a`, `1`},
		{`try(local.none.x, "fallback")`, `"fallback"`},
		{`sha256("")`, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{`[for x in [1, 2] : x * 2][1]`, `4`},
	} {
		r := read(t, map[string]string{"main.tf": "resource \"aws_x\" \"y\" {\n  a = " + c.expr + "\n}", "f.txt": "text", "t.tpl": "hello ${name}"}, Options{})
		got, _ := r.Declarations[0].Body.Get("a")
		if leaf(got) != c.want {
			t.Errorf("%s = %s, want %s (%v)", c.expr, leaf(got), c.want, r.Problems)
		}
	}
}
