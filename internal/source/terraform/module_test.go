package terraform

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestModules(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		opts  Options
		want  string
	}{
		{
			"modules that terraform init has fetched, and their own",
			map[string]string{
				".terraform/modules/modules.json":   `{"Modules": [{"Key": "", "Dir": "."}, {"Key": "vpc", "Dir": ".terraform/modules/vpc/sub"}, {"Key": "vpc.inner", "Dir": ".terraform/modules/inner"}]}`,
				".terraform/modules/vpc/sub/m.tf":   `module "inner" { source = "registry/inner/aws" }` + "\n" + `output "id" { value = module.inner.id }`,
				".terraform/modules/inner/m.tf":     `resource "aws_vpc" "v" {}` + "\n" + `output "id" { value = aws_vpc.v.id }`,
				"main.tf":                           `module "vpc" { source = "registry/vpc/aws" }` + "\n" + `resource "aws_subnet" "s" { vpc_id = module.vpc.id }`,
				".terraform/modules/inner/other.md": "",
			},
			Options{},
			`aws_subnet.s
  vpc_id -> module.vpc.module.inner.aws_vpc.v id
module.vpc.module.inner.aws_vpc.v
`,
		},
		{
			"a module for each, and one that may not be there",
			map[string]string{
				"main.tf": `
variable "open" {}
module "e" {
  source   = "./m"
  for_each = toset(["b", "a"])
  name     = each.value
}
module "c" {
  source = "./m"
  count  = 2
  name   = "n${count.index}"
}
module "maybe" {
  source = "./m"
  count  = var.open ? 1 : 0
  name   = "x"
}
module "none" {
  source = "./m"
  count  = 0
  name   = "x"
}
resource "aws_x" "y" {
  a = module.e["a"].arn
  b = module.c[*].arn
  c = { for k, m in module.e : k => m.arn }
  d = module.maybe[0].arn
  e = one(module.none[*].arn)
  f = module.c[1].whole.arn
  g = module.c[5].arn
}`,
				"m/main.tf": "variable \"name\" {}\nresource \"aws_kms_key\" \"k\" { description = var.name }\noutput \"arn\" { value = aws_kms_key.k.arn }\noutput \"whole\" { value = aws_kms_key.k }",
			},
			Options{},
			`aws_x.y
  a -> module.e["a"].aws_kms_key.k arn
  b 0 -> module.c[0].aws_kms_key.k arn
  b 1 -> module.c[1].aws_kms_key.k arn
  c a -> module.e["a"].aws_kms_key.k arn
  c b -> module.e["b"].aws_kms_key.k arn
  d -> module.maybe.aws_kms_key.k arn
  e null
  f -> module.c[1].aws_kms_key.k arn
  g ? mend the expression: module.c[5] does not exist
module.c[0].aws_kms_key.k
  description "n0"
module.c[1].aws_kms_key.k
  description "n1"
module.e["a"].aws_kms_key.k
  description "a"
module.e["b"].aws_kms_key.k
  description "b"
module.maybe.aws_kms_key.k
  ? give variable open a value (--parameter open=… or a .tfvars file)
  description "x"
! root/main.tf:30:7: module.c[5] does not exist; correct the key
`,
		},
		{
			"what a module is given and takes for nothing given",
			map[string]string{
				"main.tf": `
module "m" {
  source   = "./m"
  nothing  = null
  whole    = aws_s3_bucket.b
  settings = { size = "20", extra = true }
  pw       = var.pw
  written  = "hunter2"
}
variable "pw" {
  sensitive = true
  default   = "x"
}
resource "aws_s3_bucket" "b" { bucket = "data" }`,
				"m/main.tf": `
variable "nothing" {
  default  = "default"
  nullable = false
}
variable "whole" {}
variable "settings" { type = object({ size = number, zones = optional(list(string), ["a"]), more = optional(object({ x = optional(bool, true) }), {}) }) }
variable "pw" {}
variable "written" {}
variable "forgotten" {}
resource "aws_x" "y" {
  a = var.nothing
  b = var.whole.arn
  c = var.settings
  d = var.forgotten
}`,
			},
			Options{},
			`aws_s3_bucket.b
  bucket "data"
module.m.aws_x.y
  a "default"
  b -> aws_s3_bucket.b arn
  c size 20
  c more x true
  c zones 0 "a"
  d ? mend the expression: module.m is not given variable forgotten
! root/m/main.tf:15:7: module.m is not given variable forgotten; add it to the module block
`,
		},
		{
			"the provider's tags in modules",
			map[string]string{
				"main.tf": `
provider "aws" {
  default_tags {
    tags = { p = "default" }
  }
}
provider "aws" {
  alias = "west"
  default_tags {
    tags = { p = "west" }
  }
}
module "a" { source = "./m" }
module "b" {
  source    = "./m"
  providers = { aws = aws.west, aws.far = aws.west }
}`,
				"m/main.tf": `resource "aws_x" "y" {}` + "\nresource \"aws_x\" \"far\" { provider = aws.far }\n" + `resource "random_id" "r" {}`,
			},
			Options{},
			`module.a.aws_x.y
  tags p "default"
module.a.aws_x.far
  @provider "far"
module.a.random_id.r
module.b.aws_x.y
  tags p "west"
module.b.aws_x.far
  @provider "far"
  tags p "west"
module.b.random_id.r
`,
		},
		{
			"variable files in the order of Terraform",
			map[string]string{
				"main.tf":                "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" {}\nvariable \"d\" { type = map(string) }\nvariable \"e\" { type = \"string\" }\nresource \"aws_x\" \"y\" {\n  a = var.a\n  b = var.b\n  c = var.c\n  d = var.d\n  e = var.e\n}",
				"terraform.tfvars":       "a = \"1\"\nb = \"1\"\nc = \"1\"\ne = true",
				"terraform.tfvars.json":  `{"b": "${2}", "d": {"x": 1}}`,
				"z.auto.tfvars":          `c = "3"`,
				"extra.tfvars":           "c = \"4\"\nunused = 1",
				"ignored.tfvars":         `a = "5"`,
				"broken.auto.tfvars":     `a = `,
				"m.auto.tfvars.json":     `{`,
				"not-terraform.tf.extra": `{{{`,
			},
			Options{VarFiles: []string{"root/extra.tfvars", "root/gone.tfvars"}},
			`aws_x.y
  a ? mend the expression: it is not complete
  b "${2}"
  c "4"
  d x "1"
  e "true"
! root/broken.auto.tfvars:1:5: missing expression: Expected the start of an expression, but found the end of the file.
! root/m.auto.tfvars.json:1:2: the JSON ends too early; is the file complete?
! root/gone.tfvars: cannot be read: file does not exist
`,
		},
		{
			"overrides",
			map[string]string{
				"a.tf":           "locals {\n  a = 1\n  b = 1\n}\nlocals { c = 1 }\nresource \"aws_x\" \"y\" {\n  a = local.a\n  c = local.c\n  rule { n = 1 }\n  dynamic \"other\" {\n    for_each = [1]\n    content { n = other.value }\n  }\n  lifecycle {\n    prevent_destroy = true\n  }\n}",
				"override.tf":    "locals { c = 2 }\nresource \"aws_x\" \"y\" {\n  a = 5\n  other { n = 9 }\n  lifecycle {\n    ignore_changes = [a]\n  }\n}",
				"z_override.tf":  "resource \"aws_x\" \"y\" { a = 6 }\nresource \"aws_x\" \"new\" { a = local.b }",
				"b.auto.tfvars":  "",
				"c_override.txt": "{{{",
			},
			Options{},
			`aws_x.y
  a 6
  c 2
  rule 0 n 1
  @prevent_destroy true
  other 0 n 9
aws_x.new
  a 1
`,
		},
		{
			"line ends, byte order marks and comments of other systems",
			map[string]string{"main.tf": "\xef\xbb\xbf// checkov:skip=CKV_1:why not\r\n# tfsec:ignore:aws-a tfsec:ignore:aws-b:exp:2030-01-01\r\nresource \"aws_x\" \"y\" {\r\n  # bailey:skip=RDS/Storage-Encrypted: later\r\n  a = 1 # trivy:ignore:AVD-AWS-0001 for now\r\n}\r\n"},
			Options{},
			`aws_x.y
  skip AWS-0001: for now
  skip AWS-A: 
  skip AWS-B: exp:2030-01-01
  skip CKV_1: why not
  skip rds/storage-encrypted: later
  a 1
`,
		},
		{
			"nested dynamic blocks and blocks of what is not known",
			map[string]string{"main.tf": `
variable "open" {}
resource "aws_wafv2_web_acl" "w" {
  dynamic "rule" {
    for_each = { a = [1, 2], b = [] }
    content {
      name = rule.key
      dynamic "part" {
        for_each = rule.value
        iterator = p
        content { n = "${rule.key}${p.value}" }
      }
    }
  }
  dynamic "set" {
    for_each = toset(["x"])
    content { k = set.key }
  }
  dynamic "more" {
    for_each = concat([1], var.open)
    content { n = more.value }
  }
  dynamic "none" {
    for_each = []
    content { n = 1 }
  }
  dynamic "open" {
    for_each = [var.open]
    content { n = open.value }
  }
}`},
			Options{},
			`aws_wafv2_web_acl.w
  rule 0 name "a"
  rule 0 part 0 n "a1"
  rule 0 part 1 n "a2"
  rule 1 name "b"
  set 0 k "x"
  more 0 n 1
  more 1 maybe ? give variable open a value (--parameter open=… or a .tfvars file)
  open 0 n ? give variable open a value (--parameter open=… or a .tfvars file)
`,
		},
		{
			"policy documents that take in others",
			map[string]string{"main.tf": `
data "aws_iam_policy_document" "base" {
  count = 1
  statement {
    sid     = "A"
    actions = ["a:*"]
  }
  statement {
    sid     = "B"
    actions = ["b:*"]
  }
}
data "aws_iam_policy_document" "all" {
  source_policy_documents   = [data.aws_iam_policy_document.base[0].json, jsonencode({ Statement = { Sid = "J" } }), "{\"Statement\": [{\"Sid\": \"T\"}]}"]
  override_policy_documents = [jsonencode({ Statement = [{ Sid = "A", Effect = "Deny" }] })]
  statement {
    sid         = "B"
    effect      = "Deny"
    not_actions = ["c:*"]
    not_principals {
      type        = "Service"
      identifiers = ["rds.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = ["a"]
    }
    principals {
      type        = "AWS"
      identifiers = ["b"]
    }
    condition {
      test     = "Bool"
      variable = "k"
      values   = ["1"]
    }
    condition {
      test     = "Bool"
      variable = "l"
      values   = ["2"]
    }
  }
}
data "aws_iam_policy_document" "empty" {}
resource "aws_x" "y" {
  a = data.aws_iam_policy_document.all.json
  b = join("", data.aws_iam_policy_document.base.*.json)
  c = data.aws_iam_policy_document.empty.minified_json
}`},
			Options{},
			`data.aws_iam_policy_document.base[0]
  statement 0 sid "A"
  statement 0 actions 0 "a:*"
  statement 1 sid "B"
  statement 1 actions 0 "b:*"
data.aws_iam_policy_document.all
  source_policy_documents 0 Version "2012-10-17"
  source_policy_documents 0 Statement 0 Effect "Allow"
  source_policy_documents 0 Statement 0 Sid "A"
  source_policy_documents 0 Statement 0 Action 0 "a:*"
  source_policy_documents 0 Statement 1 Effect "Allow"
  source_policy_documents 0 Statement 1 Sid "B"
  source_policy_documents 0 Statement 1 Action 0 "b:*"
  source_policy_documents 1 Statement Sid "J"
  source_policy_documents 2 "{\"Statement\": [{\"Sid\": \"T\"}]}"
  override_policy_documents 0 Statement 0 Sid "A"
  override_policy_documents 0 Statement 0 Effect "Deny"
  statement 0 sid "B"
  statement 0 effect "Deny"
  statement 0 not_actions 0 "c:*"
  statement 0 not_principals 0 type "Service"
  statement 0 not_principals 0 identifiers 0 "rds.amazonaws.com"
  statement 0 principals 0 type "AWS"
  statement 0 principals 0 identifiers 0 "a"
  statement 0 principals 1 type "AWS"
  statement 0 principals 1 identifiers 0 "b"
  statement 0 condition 0 test "Bool"
  statement 0 condition 0 variable "k"
  statement 0 condition 0 values 0 "1"
  statement 0 condition 1 test "Bool"
  statement 0 condition 1 variable "l"
  statement 0 condition 1 values 0 "2"
data.aws_iam_policy_document.empty
aws_x.y
  a Version "2012-10-17"
  a Statement 0 Sid "A"
  a Statement 0 Effect "Deny"
  a Statement 1 Sid "B"
  a Statement 1 Effect "Deny"
  a Statement 1 NotAction 0 "c:*"
  a Statement 1 NotPrincipal Service 0 "rds.amazonaws.com"
  a Statement 1 Principal AWS 0 "a"
  a Statement 1 Principal AWS 1 "b"
  a Statement 1 Condition Bool k 0 "1"
  a Statement 1 Condition Bool l 0 "2"
  a Statement 2 Sid "J"
  a Statement 3 Sid "T"
  b Version "2012-10-17"
  b Statement 0 Effect "Allow"
  b Statement 0 Sid "A"
  b Statement 0 Action 0 "a:*"
  b Statement 1 Effect "Allow"
  b Statement 1 Sid "B"
  b Statement 1 Action 0 "b:*"
  c Version "2012-10-17"
  c Statement []
`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := read(t, c.files, c.opts)
			checkReading(t, r)
			if diff := cmp.Diff(c.want, dump(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRootsOfAll(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"app/main.tf": `module "m" { source = "../mods/a" }`, "mods/a/main.tf": `module "b" { source = "../b" }`, "mods/b/main.tf": "",
		"x/main.tf": `module "y" { source = "../y" }`, "y/main.tf": `module "x" { source = "../x" }`,
		"app/.terraform/modules/z/main.tf": "", "json/main.tf.json": `{"module": {"k": {"source": "../called"}}}`, "called/c.tf": "",
		"comment/main.tf": "# source = \"../app\"\n", "self/main.tf": `module "s" { source = "./" }`,
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	all := []string{"app", "app/.terraform/modules/z", "called", "comment", "json", "mods/a", "mods/b", "self", "x", "y"}
	if diff := cmp.Diff([]string{"app", "comment", "json", "self", "x"}, roots(all, files)); diff != "" {
		t.Error(diff)
	}
}
