package terraform

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// nestedLocals are locals of which each is made of ten of the one before.
func nestedLocals(first, rest string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  a0 = %s\n", first)
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "  a%d = %s\n", i, strings.ReplaceAll(rest, "@", fmt.Sprintf("local.a%d", i-1)))
	}
	b.WriteString("}\nresource \"aws_x\" \"y\" { a = local.a39 }\nresource \"aws_x\" \"plain\" { a = 1 }\n")
	return b.String()
}

// TestBounded reads what is meant to make a reader hang, crash or fill the memory. Each ends soon, says what is wrong,
// and does not take the resource beside it along.
func TestBounded(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	value := func(expr string) map[string]string {
		return map[string]string{"main.tf": "resource \"aws_x\" \"y\" {\n  a = " + expr + "\n}\nresource \"aws_x\" \"plain\" { a = 1 }\n"}
	}
	for name, files := range map[string]map[string]string{
		"lists of lists":      {"main.tf": nestedLocals("[1]", "["+many("@,", 10)+"]")},
		"texts of texts":      {"main.tf": nestedLocals(`"xxxxxxxxxx"`, `"`+many("${@}", 10)+`"`)},
		"numbers of numbers":  {"main.tf": nestedLocals("10", "@ * @")},
		"joins of joins":      {"main.tf": nestedLocals(`"xxxxxxxxxx"`, `join(@, ["a","b","c","d","e","f","g","h","i"])`)},
		"replaces":            {"main.tf": nestedLocals(`"aaaaaaaaaa"`, `replace(@, "a", @)`)},
		"products":            value("setproduct(range(1000), range(1000), range(1000))"),
		"loops in loops":      value("[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]"),
		"loops of texts":      value("[for a in range(1000) : [for b in range(1000) : join(\"\", range(1000))]]"),
		"wide format":         value(`format("%999999999d", 1)`),
		"wide indent":         value(`indent(999999999, "a\nb")`),
		"long number":         value("1e999999999"),
		"power":               value("pow(10, 999999999)"),
		"many instances":      {"main.tf": "resource \"aws_x\" \"y\" {\n  count = 999999999\n  a = count.index\n}\nresource \"aws_x\" \"plain\" { a = 1 }\n"},
		"brackets":            {"bad.tf": "a = " + many("[", 100_000), "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"template brackets":   {"bad.tf": "a = " + many(`"${`, 100_000), "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"template ifs":        {"bad.tf": "a = \"" + many("%{if true}", 30_000) + "\"", "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"negations":           {"bad.tf": "locals { a = " + many("!", 190_000) + "true }\nresource \"aws_x\" \"y\" { a = local.a }", "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"more negations":      {"bad.tf": "locals { a = " + many("! ", 1_000_000) + "true }", "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"sums":                {"bad.tf": "locals { a = 1" + many("+1", 95_000) + " }\nresource \"aws_x\" \"y\" { a = local.a }", "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"conditions":          {"bad.tf": "locals { a = " + many("1?1:", 45_000) + "1 }\nresource \"aws_x\" \"y\" { a = local.a }", "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"indexes":             {"bad.tf": "locals { a = a" + many("[0]", 60_000) + " }\nresource \"aws_x\" \"y\" { a = local.a }", "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"splats":              {"bad.tf": "locals { a = a" + many("[*]", 60_000) + " }\nresource \"aws_x\" \"y\" { a = local.a }", "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"deep JSON":           {"bad.tf.json": many(`{"a":`, 100_000), "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"JSON template":       {"bad.tf.json": `{"locals": {"a": "` + many("${!", 60_000) + `"}}`, "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"JSON negations":      {"bad.tf.json": `{"locals": {"a": "${` + many("!", 900_000) + `true}"}}`, "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"decoded JSON":        value(`jsondecode("` + many("[", 9000) + many("]", 9000) + `")`),
		"decoded YAML":        value(`yamldecode("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n")`),
		"huge file":           {"bad.tf": "# " + many("x", maxFile), "main.tf": `resource "aws_x" "plain" { a = 1 }`},
		"module of itself":    {"main.tf": "module \"a\" {\n source = \"./a\"\n}\nresource \"aws_x\" \"plain\" { a = 1 }\n", "a/main.tf": "module \"b\" { source = \"../b\" }\nmodule \"c\" { source = \"../b\" }", "b/main.tf": "module \"a\" { source = \"../a\" }\nmodule \"d\" { source = \"../a\" }"},
		"modules by modules":  moduleTower(),
		"module by count":     {"main.tf": "module \"a\" {\n count = 900\n source = \"./a\"\n}\nresource \"aws_x\" \"plain\" { a = 1 }\n", "a/main.tf": "module \"b\" {\n count = 900\n source = \"../b\"\n}\n", "b/main.tf": `resource "aws_y" "z" {}`},
		"template of itself":  {"main.tf": "locals { a = templatefile(\"t.tpl\", {}) }\nresource \"aws_x\" \"y\" { a = local.a }\nresource \"aws_x\" \"plain\" { a = 1 }\n", "t.tpl": "${templatefile(\"t.tpl\", {})}"},
		"resources in turns":  {"main.tf": "resource \"aws_x\" \"a\" { port = aws_x.b.port }\nresource \"aws_x\" \"b\" { port = aws_x.a.port }\nresource \"aws_x\" \"plain\" { a = 1 }\n"},
		"counts in turns":     {"main.tf": "resource \"aws_x\" \"a\" { count = length(aws_x.b) }\nresource \"aws_x\" \"b\" { count = length(aws_x.a) }\nresource \"aws_x\" \"plain\" { a = 1 }\n"},
		"variable of itself":  {"main.tf": "variable \"v\" { default = 1 }\nresource \"aws_x\" \"y\" { a = var.v }\nresource \"aws_x\" \"plain\" { a = 1 }\n", "terraform.tfvars": "v = var.v"},
		"documents in turns":  {"main.tf": "data \"aws_iam_policy_document\" \"a\" { source_policy_documents = [data.aws_iam_policy_document.b.json] }\ndata \"aws_iam_policy_document\" \"b\" { source_policy_documents = [data.aws_iam_policy_document.a.json] }\nresource \"aws_x\" \"y\" { a = data.aws_iam_policy_document.a.json }\nresource \"aws_x\" \"plain\" { a = 1 }\n"},
		"outputs in turns":    {"main.tf": "module \"a\" {\n source = \"./a\"\n v = module.a.o\n}\nresource \"aws_x\" \"y\" { a = module.a.o }\nresource \"aws_x\" \"plain\" { a = 1 }\n", "a/main.tf": "variable \"v\" {}\noutput \"o\" { value = var.v }"},
		"many shared values":  {"main.tf": "locals { a = [for i in range(1000) : i] }\nresource \"aws_x\" \"y\" {\n count = 1000\n" + manyArguments(300) + "}\nresource \"aws_x\" \"plain\" { a = 1 }\n"},
		"many missing things": {"main.tf": "resource \"aws_x\" \"plain\" { a = 1 }\nresource \"aws_x\" \"y\" {\n" + missing(5000) + "}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			r := read(t, files, Options{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 2*time.Minute || grown > 4096 {
				t.Errorf("took %s and %d MiB", took, grown)
			}
			checkBounded(t, r.Problems)
			for i := range r.Declarations {
				if r.Declarations[i].Address == "aws_x.plain" {
					return
				}
			}
			t.Errorf("the plain resource is lost: %v", r.Problems)
		})
	}
}

func checkBounded[P interface{ Error() string }](t *testing.T, problems []P) {
	t.Helper()
	if len(problems) > maxProblems {
		t.Errorf("%d problems", len(problems))
	}
	for _, p := range problems {
		if len(p.Error()) > 2000 {
			t.Errorf("a problem of %d bytes: %.200s", len(p.Error()), p.Error())
		}
	}
}

func manyArguments(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  a%d = local.a\n", i)
	}
	return b.String()
}

func missing(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  a%d = local.b%d\n", i, i)
	}
	return b.String()
}

func moduleTower() map[string]string {
	files := map[string]string{"main.tf": "module \"a\" { source = \"./m0\" }\nmodule \"b\" { source = \"./m0\" }\nresource \"aws_x\" \"plain\" { a = 1 }\n"}
	for i := range 40 {
		files[fmt.Sprintf("m%d/main.tf", i)] = fmt.Sprintf("module \"a\" { source = \"../m%d\" }\nmodule \"b\" { source = \"../m%d\" }\nresource \"aws_y\" \"z\" {}\n", i+1, i+1)
	}
	return files
}

// TestFilesStayWithin reads files through links: what lies outside the folder does not come in.
func TestFilesStayWithin(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"secret.txt": "hunter2", "root/in.txt": "inside", "root/main.tf": `
resource "aws_x" "y" {
  a = file("in.txt")
  b = file("link.txt")
  c = file("../secret.txt")
  d = file("` + dir + `/secret.txt")
  e = file("folder/secret.txt")
  f = fileexists("../secret.txt")
  g = file("${path.module}/in.txt")
}`} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"root/link.txt": "../secret.txt", "root/folder": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skipf("skipped: no links here: %v", err)
		}
	}
	r := ReadFolder(filepath.ToSlash(filepath.Join(dir, "root")), Options{})
	if text := dump(r); strings.Contains(text, "hunter2") || strings.Count(text, `"inside"`) != 2 {
		t.Error(text)
	}
	if f, _ := r.Declarations[0].Body.Get("f"); f.Bool {
		t.Error("fileexists tells of a file outside")
	}
}
