package terraform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
)

// shown writes a value on one line with everything that decides verdicts.
func shown(v estate.Value) string {
	var s string
	switch v.Kind {
	case estate.KindList:
		parts := make([]string, len(v.Items))
		for i := range v.Items {
			parts[i] = shown(v.Items[i])
		}
		s = "[" + strings.Join(parts, ", ") + "]"
	case estate.KindMap:
		parts := make([]string, len(v.Fields))
		for i := range v.Fields {
			parts[i] = v.Fields[i].Name + ": " + shown(v.Fields[i].Value)
		}
		if v.Why != "" {
			parts = append(parts, "... "+v.Why)
		}
		s = "{" + strings.Join(parts, ", ") + "}"
	default:
		s = leaf(v)
	}
	if v.MayBeAbsent && v.Kind != estate.KindUnknown {
		s = "maybe " + s
	}
	if v.Param != "" {
		s += " <" + v.Param + ">"
	}
	if v.NoEcho {
		s += " (secret)"
	}
	return s
}

// world is what the expressions below can name.
const world = `
variable "open" {}
variable "pw" {
  sensitive = true
  default   = "hunter2"
}
variable "on" { default = true }
variable "none" { default = null }
variable "one" {
  type    = object({ a = string, b = optional(number, 7), c = optional(list(string)) })
  default = { a = 1, drop = 2 }
}
variable "set" {
  type    = set(string)
  default = ["b", "a", "b"]
}
locals {
  list   = ["x", aws_kms_key.k.arn]
  map    = { arn = aws_kms_key.k.arn, port = 5432 }
  policy = jsonencode({ Resource = "${aws_s3_bucket.b.arn}/*", Effect = "Allow" })
  many   = { p = { port = 1 }, q = { port = 2 } }
  tried  = try(aws_kms_key.no[0].arn, aws_kms_key.k.arn)
}
resource "aws_kms_key" "k" { enable_key_rotation = true }
resource "aws_kms_key" "n" { count = 2 }
resource "aws_kms_key" "e" { for_each = toset(["eu", "us"]) }
resource "aws_kms_key" "maybe" { count = var.open ? 1 : 0 }
resource "aws_kms_key" "no" { count = 0 }
resource "aws_s3_bucket" "b" { bucket = "data" }
resource "aws_db_instance" "d" {
  identifier = "main"
  port       = 3306
  db_name    = "orders"
  kms_key_id = aws_kms_key.k.arn
  engine     = var.open
  restore { at = "noon" }
}
data "aws_ami" "a" { owners = ["me"] }
`

func evaluate(t *testing.T, expr string) (estate.Value, []estate.Problem) {
	t.Helper()
	r := read(t, map[string]string{
		"main.tf": world + "resource \"aws_x\" \"y\" {\n  a = " + expr + "\n}",
		"f.txt":   "text", "t.tpl": "hello ${name}%{ for k in keys } ${k}%{ endfor }", "sub/x.json": "{}", "sub/deep/y.json": "{}",
	}, Options{})
	for i := range r.Declarations {
		if r.Declarations[i].Type == "aws_x" {
			v, _ := r.Declarations[i].Body.Get("a")
			return v, r.Problems
		}
	}
	t.Fatalf("%s: nothing was declared: %v", expr, r.Problems)
	return estate.Value{}, nil
}

const openWhy = "give variable open a value (--parameter open=… or a .tfvars file)"

func TestReferences(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`aws_kms_key.k.arn`, `-> aws_kms_key.k arn`},
		{`"${aws_kms_key.k.arn}"`, `-> aws_kms_key.k arn`},
		{`aws_kms_key.k[0].arn`, `-> aws_kms_key.k arn`},
		{`aws_kms_key.n[1].arn`, `-> aws_kms_key.n[1] arn`},
		{`aws_kms_key.n.1.arn`, `-> aws_kms_key.n[1] arn`},
		{`aws_kms_key.n[1 - 1].arn`, `-> aws_kms_key.n[0] arn`},
		{`aws_kms_key.n[*].arn`, `[-> aws_kms_key.n[0] arn, -> aws_kms_key.n[1] arn]`},
		{`aws_kms_key.n.*.arn[1]`, `-> aws_kms_key.n[1] arn`},
		{`element(aws_kms_key.n.*.arn, 3)`, `-> aws_kms_key.n[1] arn`},
		{`aws_kms_key.e["eu"].arn`, `-> aws_kms_key.e["eu"] arn`},
		{`values(aws_kms_key.e)[*].arn`, `[-> aws_kms_key.e["eu"] arn, -> aws_kms_key.e["us"] arn]`},
		{`[for r, k in aws_kms_key.e : k.arn if r != "eu"]`, `[-> aws_kms_key.e["us"] arn]`},
		{`{ for r, k in aws_kms_key.e : r => k.arn }`, `{eu: -> aws_kms_key.e["eu"] arn, us: -> aws_kms_key.e["us"] arn}`},
		{`aws_kms_key.maybe[0].arn`, `-> aws_kms_key.maybe arn`},
		{`join("", aws_kms_key.maybe.*.arn)`, `maybe -> aws_kms_key.maybe arn`},
		{`one(aws_kms_key.maybe[*].arn)`, `maybe -> aws_kms_key.maybe arn`},
		{`one(aws_kms_key.k[*].arn)`, `-> aws_kms_key.k arn`},
		{`one(aws_kms_key.no[*].arn)`, `null`},
		{`join("", aws_kms_key.no.*.arn)`, `""`},
		{`try(aws_kms_key.no[0].arn, aws_kms_key.k.arn, "")`, `-> aws_kms_key.k arn`},
		{`try(aws_kms_key.no[0].arn, null)`, `null`},
		{`[local.tried, local.tried]`, `[-> aws_kms_key.k arn, -> aws_kms_key.k arn]`},
		{`try(local.tried, "")`, `-> aws_kms_key.k arn`},
		{`coalesce(null, "", aws_kms_key.k.arn, "x")`, `-> aws_kms_key.k arn`},
		{`coalesce(var.none, aws_kms_key.k.arn)`, `-> aws_kms_key.k arn`},
		{`coalescelist([], [aws_kms_key.k.arn])`, `[-> aws_kms_key.k arn]`},
		{`lookup(local.map, "arn", "")`, `-> aws_kms_key.k arn`},
		{`local.map.arn`, `-> aws_kms_key.k arn`},
		{`local.map["arn"]`, `-> aws_kms_key.k arn`},
		{`local.list[1]`, `-> aws_kms_key.k arn`},
		{`concat(local.list, ["z"])`, `["x", -> aws_kms_key.k arn, "z"]`},
		{`flatten([local.list, [["z"]]])`, `["x", -> aws_kms_key.k arn, "z"]`},
		{`compact(["", aws_kms_key.k.arn, null])`, `[-> aws_kms_key.k arn]`},
		{`distinct([aws_kms_key.k.arn, aws_kms_key.k.arn])`, `[-> aws_kms_key.k arn]`},
		{`toset([aws_kms_key.k.arn])`, `[-> aws_kms_key.k arn]`},
		{`tolist([aws_kms_key.k.arn])[0]`, `-> aws_kms_key.k arn`},
		{`reverse(local.list)`, `[-> aws_kms_key.k arn, "x"]`},
		{`slice(local.list, 1, 2)`, `[-> aws_kms_key.k arn]`},
		{`zipmap(["a"], [aws_kms_key.k.arn])`, `{a: -> aws_kms_key.k arn}`},
		{`merge(local.map, { port = 1 })`, `{arn: -> aws_kms_key.k arn, port: 1}`},
		{`var.on ? aws_kms_key.k.arn : null`, `-> aws_kms_key.k arn`},
		{`aws_kms_key.k.arn != null ? 1 : 2`, `1`},
		{`aws_kms_key.k.arn == "" ? 1 : 2`, `2`},
		{`aws_kms_key.k.arn == aws_kms_key.k.arn`, `true`},
		{`aws_kms_key.k.arn == "x" ? 1 : 2`, `? it is known once ${aws_kms_key.k.arn} is`},
		{`length(aws_kms_key.n)`, `2`},
		{`length({})`, `0`},
		{`length({ a = 1, b = aws_kms_key.k.arn })`, `2`},
		{`length(local.many)`, `2`},
		{`length("text")`, `4`},
		{`length(local.list) > 0 ? local.list[1] : ""`, `-> aws_kms_key.k arn`},
		// What the configuration says of another resource is known, but its names stay links.
		{`aws_db_instance.d.port`, `3306`},
		{`aws_db_instance.d.identifier`, `-> aws_db_instance.d identifier`},
		{`aws_db_instance.d.db_name`, `"orders"`},
		{`aws_db_instance.d.kms_key_id`, `-> aws_kms_key.k arn`},
		{`aws_db_instance.d.engine`, `? ` + openWhy + ` <open>`},
		{`aws_db_instance.d.endpoint`, `-> aws_db_instance.d endpoint`},
		{`aws_db_instance.d.restore[0].at`, `"noon"`},
		{`aws_db_instance.d.master_user_secret[0].secret_arn`, `-> aws_db_instance.d master_user_secret[0].secret_arn`},
		{`aws_s3_bucket.b.bucket`, `-> aws_s3_bucket.b bucket`},
		{`aws_kms_key.k.enable_key_rotation`, `true`},
		// Text around a reference.
		{`"${aws_s3_bucket.b.arn}/*"`, `~"${aws_s3_bucket.b.arn}/*"`},
		{`format("%s/*", aws_s3_bucket.b.arn)`, `~"${aws_s3_bucket.b.arn}/*"`},
		{`formatlist("%s/%s", [aws_s3_bucket.b.arn, "x"], "*")`, `[~"${aws_s3_bucket.b.arn}/*", "x/*"]`},
		{`join("/", [aws_s3_bucket.b.arn, "*"])`, `~"${aws_s3_bucket.b.arn}/*"`},
		{`[for b in [aws_s3_bucket.b] : "${b.arn}/*"]`, `[~"${aws_s3_bucket.b.arn}/*"]`},
		{`upper(aws_s3_bucket.b.arn)`, `~"${aws_s3_bucket.b.arn}"`},
		{`split(":", aws_s3_bucket.b.arn)[4]`, `? it is known once ${aws_s3_bucket.b.arn} is`},
		{`"%{ if var.on }${aws_kms_key.k.id}%{ else }none%{ endif }!"`, `~"${aws_kms_key.k.id}!"`},
		{`"%{ for k in local.list }${k};%{ endfor }"`, `~"x;${aws_kms_key.k.arn};"`},
		{`templatefile("t.tpl", { name = aws_kms_key.k.id, keys = ["a", "b"] })`, `~"hello ${aws_kms_key.k.id} a b"`},
		// JSON.
		{`jsonencode({ Statement = [{ Resource = aws_kms_key.k.arn }] })`, `{Statement: [{Resource: -> aws_kms_key.k arn}]}`},
		{`local.policy`, `{Resource: ~"${aws_s3_bucket.b.arn}/*", Effect: "Allow"}`},
		{`jsondecode(local.policy).Effect`, `"Allow"`},
		{`"[${local.policy}]"`, `~"[{\"Resource\":\"${aws_s3_bucket.b.arn}/*\",\"Effect\":\"Allow\"}]"`},
		{`"{\"a\": ${jsonencode(aws_kms_key.e["eu"].arn)}, \"b\": \"${aws_kms_key.e["eu"].arn}\", \"c\": ${aws_kms_key.k.id}}"`, `~"{\"a\": \"${aws_kms_key.e['eu'].arn}\", \"b\": \"${aws_kms_key.e['eu'].arn}\", \"c\": \"${aws_kms_key.k.id}\"}"`},
		{`jsonencode("x")`, `"\"x\""`},
		// Data sources.
		{`data.aws_ami.a.id`, `? data.aws_ami.a is read when the plan is made; check the plan's JSON instead`},
		{`data.aws_ami.a.owners[0]`, `"me"`},
		{`"arn:${data.aws_ami.a.id}"`, `~"arn:${data.aws_ami.a.id}"`},
	} {
		v, problems := evaluate(t, c.expr)
		if diff := cmp.Diff(c.want, shown(v)); diff != "" || len(problems) > 0 {
			t.Errorf("%s: %v\n%s", c.expr, problems, diff)
		}
	}
}

func TestUnknown(t *testing.T) {
	q := "? " + openWhy
	for _, c := range []struct{ expr, want string }{
		{`var.open`, q + " <open>"},
		{`var.open.x[0]`, q + " <open>"},
		{`[1, var.open]`, `[1, ` + q + ` <open>]`},
		{`{ a = var.open, b = 1 }`, `{a: ` + q + ` <open>, b: 1}`},
		{`{ (var.open) = 1, b = 2 }`, `{b: 2, ... ` + openWhy + `}`},
		{`merge({ a = 1 }, var.open, { b = 2 })`, `{a: ` + q + `, b: 2, ... ` + openWhy + `}`},
		{`merge({ a = 1 }, var.open, { b = 2 }).b`, `2`},
		{`merge({ a = 1 }, var.open, { b = 2 }).c`, "maybe " + q},
		{`concat(["a"], var.open)`, `["a", maybe ` + q + ` <open>]`},
		{`concat(["a"], var.open)[0]`, `"a"`},
		{`concat(["a"], var.open)[1]`, q},
		{`length(concat(["a"], var.open))`, q},
		{`length([var.open])`, `1`},
		{`length({ a = var.open })`, `1`},
		{`length(merge({ a = 1 }, var.open))`, q},
		{`length(var.open)`, q},
		{`length("a${var.open}")`, q},
		{`var.open ? 1 : 1`, `1`},
		{`var.open ? "a" : null`, "maybe " + q},
		{`var.open ? "a" : "b"`, q},
		{`var.open ? aws_kms_key.no[0].arn : "b"`, q},
		{`var.open && false`, `false`},
		{`var.open || true`, `true`},
		{`false && var.nowhere`, `false`},
		{`var.open == null`, q},
		{`var.open + 1`, q},
		{`!var.open`, q},
		{`"a-${var.open}-b"`, `~"a-${var.open}-b"`},
		{`format("%s-%s", "a", var.open)`, `~"a-${…}"`},
		{`format("%d", var.open)`, q},
		{`upper(var.open)`, q},
		{`jsonencode(var.open)`, q},
		{`timestamp()`, `? it is computed when the configuration is applied`},
		{`"${timestamp()}x"`, `~"${…}x"`},
		{`provider::aws::arn_parse("x").region`, `? the function provider::aws::arn_parse belongs to a provider`},
		{`[for x in var.open : x]`, q},
		{`{ for k, v in { a = 1, b = var.open } : k => v if v != null }`, `{a: 1, ... ` + openWhy + `}`},
		{`can(var.open.x)`, q},
		{`try(var.open.x, 1)`, q + " <open>"},
		{`cidrsubnets(var.open, 2, 2)[0]`, q},
		{`element(var.open, 0)`, q},
		{`slice(var.open, 0, 1)[0]`, q},
		{`values(var.open)[0]`, q},
		{`reverse(var.open)[0]`, q},
		{`flatten([var.open])[0]`, q},
		{`lookup(var.open, "a")`, q},
		{`split(",", var.open)[0]`, q},
		{`jsondecode(var.open).a`, q},
		{`concat(var.open, [])[0]`, q},
		{`one(var.open)`, q + " <open>"},
		{`[for x in var.open : x][0]`, q},
		{`keys(var.open)[0]`, q},
		{`toset(var.open)`, q},
		{`coalesce(var.open, "x")`, q},
		{`lookup({ a = 1 }, var.open, 2)`, q},
		{`[1, 2][var.open]`, q},
		{`coalesce(var.open, "x")`, q},
		{`cidrsubnet(var.open, 8, 1)`, q},
		{`contains([var.open], "x")`, q},
		{`reverse([var.open, 1])`, `[1, ` + q + ` <open>]`},
		{`sort(["b", var.open])`, `[` + q + `, ` + q + `]`},
		{`chunklist([var.open, 1], 1)`, `[[` + q + ` <open>], [1]]`},
		// Where a value comes from, and that it is secret.
		{`var.on`, `true <on>`},
		{`"${var.on}"`, `true <on>`},
		{`var.pw`, `"hunter2" <pw> (secret)`},
		{`"x${var.pw}"`, `"xhunter2" (secret)`},
		{`upper(var.pw)`, `"HUNTER2" (secret)`},
		{`sensitive("x")`, `"x" (secret)`},
		{`nonsensitive(var.pw)`, `"hunter2" <pw>`},
		{`[var.pw]`, `["hunter2" <pw> (secret)]`},
		{`var.one`, `{a: "1", b: 7, c: null} <one>`},
		{`var.one.b`, `7 <one>`},
		{`var.set`, `["a", "b"] <set>`},
		{`[for k, v in var.set : k]`, `["a" <set>, "b" <set>]`},
		{`path.module`, `"."`},
		{`terraform.workspace`, `"default"`},
	} {
		v, problems := evaluate(t, c.expr)
		if diff := cmp.Diff(c.want, shown(v)); diff != "" || len(problems) > 0 {
			t.Errorf("%s: %v\n%s", c.expr, problems, diff)
		}
	}
}

func TestWrong(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`var.nowhere`, `variable nowhere is not declared in this module; add a variable block`},
		{`local.nowhere`, `local nowhere is not declared in this module; add it to locals`},
		{`module.nowhere.x`, `module nowhere is not declared; correct the name or add it`},
		{`aws_x.nowhere.id`, `aws_x.nowhere is not declared in this module; correct the name or add it`},
		{`data.aws_x.nowhere.id`, `data.aws_x.nowhere is not declared in this module; correct the name or add it`},
		{`local.map.nothing`, `there is no attribute nothing here; correct the name or add it`},
		{`local.map["nothing"]`, `there is no element nothing here; correct the key or add it`},
		{`local.list[7]`, `there is no element 7 in a list of 2; correct the index or add it`},
		{`aws_kms_key.no[0].arn`, `there is no element 0 in a list of 0; correct the index or add it`},
		{`var.none.x`, `attribute x is asked of null; give it a value or ask with try`},
		{`local.map.port.x`, `attribute x is asked of what has none; correct the reference`},
		{`nofunction(1)`, `function nofunction is not one that Bailey knows; its result is unknown`},
		{`1 + "x"`, `this cannot be computed: a number is required`},
		{`1 / 0`, `this cannot be computed: division by zero`},
		{`null + 1`, `null is computed with; give it a value`},
		{`"a${null}"`, `null is put into a text; give it a value`},
		{`"x" ? 1 : 2`, `the condition is neither true nor false; correct it`},
		{`each.key`, `each stands outside of what has a for_each; move it`},
		{`count.index`, `count stands outside of what has a count; move it`},
		{`word`, `word is not a value Terraform knows; put it in quotes if it is text`},
		{`path.nowhere`, `path.nowhere is not a value Terraform knows; correct the name`},
		{`[for x in 5 : x]`, `a loop goes over what is neither list nor map; correct it`},
		{`try(local.none, 1 + "x")`, `none of what is tried can be evaluated; correct one of them or end in a plain value`},
		{`upper(1, 2)`, `upper: wrong number of arguments (1 required; 2 given)`},
		{`file("/etc/hostname")`, `file: /etc/hostname cannot be read: it lies outside the configuration's folders`},
		{`file("../../../../etc/hostname")`, `file: ../../../../etc/hostname cannot be read: it lies outside the configuration's folders`},
		{`file("nowhere.txt")`, `file: nowhere.txt cannot be read: file does not exist`},
		{`regex("[", "x")`, "regex: invalid regexp pattern: missing closing ] in ["},
		{`cidrsubnet("10.0.0.0/16", 20, 1)`, `cidrsubnet: 10.0.0.0/16 has no network 1 of 20 more bits`},
		{`jsondecode("{")`, "jsondecode: the text is not JSON, or is nested too deeply; correct it"},
	} {
		v, problems := evaluate(t, c.expr)
		if len(problems) == 0 || problems[0].Message != c.want || problems[0].Fatal || problems[0].Origin.Line == 0 || v.Kind != estate.KindUnknown {
			t.Errorf("%s = %s: %v\nwant %s", c.expr, shown(v), problems, c.want)
		}
	}
}

func TestMoreFunctions(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`alltrue([true, true])`, `true`},
		{`anytrue([false])`, `false`},
		{`basename("a/b")`, `"b"`},
		{`dirname("a/b")`, `"a"`},
		{`base64decode(base64encode("x"))`, `"x"`},
		{`base64sha256("")`, `"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="`},
		{`can(1 + "x")`, `false`},
		{`can("x")`, `true`},
		{`chunklist([1, 2, 3], 2)`, `[[1, 2], [3]]`},
		{`cidrhost("10.0.0.0/24", -1)`, `"10.0.0.255"`},
		{`cidrsubnet("fd00::/48", 16, 1)`, `"fd00:0:0:1::/64"`},
		{`cidrsubnets("10.0.0.0/16", 8, 4)`, `["10.0.0.0/24", "10.0.16.0/20"]`},
		{`csvdecode("a,b\n1,2")`, `[{a: "1", b: "2"}]`},
		{`fileexists("f.txt")`, `true`},
		{`fileexists("/etc/hostname")`, `false`},
		{`file("f.txt")`, `"text"`},
		{`file("./f.txt")`, `"text"`},
		{`file("${path.root}/f.txt")`, `"text"`},
		{`filebase64("f.txt")`, `"dGV4dA=="`},
		{`fileset("sub", "*.json")`, `["x.json"]`},
		{`fileset("sub", "**/*.json")`, `["deep/y.json", "x.json"]`},
		{`fileset("..", "*")`, "? mend the expression: fileset: .. lies outside the configuration's folders"},
		{`filemd5("f.txt")`, `"1cb251ec0d568de6a929b520c4aed8d1"`},
		{`format("%03d|%s", 7, true)`, `"007|true"`},
		{`formatlist("%s!", ["a", "b"])`, `["a!", "b!"]`},
		{`index(["a", "b"], "b")`, `1`},
		{`keys({ b = 1, a = 2 })`, `["a", "b"]`},
		{`lower("A")`, `"a"`},
		{`max(1, 3, 2)`, `3`},
		{`max([1, 3]...)`, `3`},
		{`matchkeys(["a", "b"], [1, 2], [2])`, `["b"]`},
		{`md5("")`, `"d41d8cd98f00b204e9800998ecf8427e"`},
		{`merge({ a = 1 }, null)`, `{a: 1}`},
		{`merge([{ a = 1 }, { b = 2 }]...)`, `{a: 1, b: 2}`},
		{`one([])`, `null`},
		{`parseint("ff", 16)`, `255`},
		{`range(3)`, `[0, 1, 2]`},
		{`regex("b+", "abbc")`, `"bb"`},
		{`regexall("b", "abbc")`, `["b", "b"]`},
		{`replace("a-b", "-", "_")`, `"a_b"`},
		{`replace("a1b2", "/[0-9]/", "")`, `"ab"`},
		{`setproduct(["a"], ["b", "c"])`, `[["a", "b"], ["a", "c"]]`},
		{`setsubtract(["a", "b"], ["b"])`, `["a"]`},
		{`setunion(["b"], ["a"])`, `["a", "b"]`},
		{`sort(["b", "a"])`, `["a", "b"]`},
		{`split(",", "a,b")`, `["a", "b"]`},
		{`substr("hello", 1, 3)`, `"ell"`},
		{`title("ab cd")`, `"Ab Cd"`},
		{`tobool("true")`, `true`},
		{`tonumber("5")`, `5`},
		{`tostring(5)`, `"5"`},
		{`toset(["b", "a", "b"])`, `["a", "b"]`},
		{`transpose({ a = ["x", "y"], b = ["x"] })`, `{x: ["a", "b"], y: ["a"]}`},
		{`trimprefix("abc", "a")`, `"bc"`},
		{`trimspace(" a ")`, `"a"`},
		{`urlencode("a b")`, `"a+b"`},
		{`yamldecode("a: [1, two, null]").a`, `[1, "two", null]`},
		{`yamldecode(yamlencode({ a = [1, true, "1"] }))`, `{a: [1, true, "1"]}`},
		{`abspath("x")`, `"x"`},
		{`strcontains("abc", "b")`, `true`},
		{`endswith("abc", "c")`, `true`},
		{`coalesce("", "b")`, `"b"`},
		{`5 % 3`, `2`},
		{`-(1 + 2) * 2`, `-6`},
		{`1 < 2 && !(2 >= 3)`, `true`},
		{`"1" == 1`, `false`},
		{`null == null`, `true`},
		{`{ a = 1 } == { a = 1 }`, `true`},
		{`[for i, x in ["a", "b"] : "${i}${x}"]`, `["0a", "1b"]`},
		{`{ for x in ["a", "b", "a"] : x => 1... }`, `{a: [1, 1], b: [1]}`},
		{`[{ a = 1 }, { a = 2 }][*].a`, `[1, 2]`},
		{`null[*]`, `[]`},
		{`"x"[*]`, `["x"]`},
		{`[[1], [2]][*][0]`, `[1, 2]`},
		{`{ "a b" = 1, (upper("c")) = 2, d : 3 }`, `{a b: 1, C: 2, d: 3}`},
		{`<<-EOT
      a
        b
    EOT`, `"a\n  b\n"`},
		{`1e3`, `1000`},
		{`0.1 + 0.2`, `0.3`},
		{`{ for k, v in local.many : k => v.port }`, `{p: 1, q: 2}`},
	} {
		v, problems := evaluate(t, c.expr)
		if shown(v) != c.want {
			t.Errorf("%s = %s, want %s (%v)", c.expr, shown(v), c.want, problems)
		}
	}
}
