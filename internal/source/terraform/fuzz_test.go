package terraform

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
)

// checkReading holds what every reading promises.
func checkReading(t *testing.T, r estate.Reading) {
	t.Helper()
	seen := map[string]bool{}
	for i := range r.Declarations {
		d := &r.Declarations[i]
		if d.Type == "" || seen[d.Address] || d.Origin.Line < 1 || d.EndLine != 0 && d.EndLine < d.Origin.Line {
			t.Errorf("declaration without type or place, or a second one: %s %s %s", d.Type, d.Address, d.Origin)
		}
		seen[d.Address] = true
		d.Body.Walk(func(v estate.Value) bool {
			if v.Kind == estate.KindUnknown && v.Why == "" || v.Partial && v.Why == "" || v.Kind == estate.KindReference && v.Ref == nil {
				t.Errorf("%s: a value is not known and does not say why: %+v", d.Address, v)
			}
			return !t.Failed()
		})
	}
	for _, p := range r.Problems {
		if p.Message == "" || p.Origin.File == "" || p.Fatal && p.Origin.Line < 1 && !strings.Contains(p.Message, "cannot be read") {
			t.Errorf("problem without position or message: %+v", p)
		}
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add("resource \"aws_x\" \"y\" {\n a = [for k, v in var.m : \"${k}-${v}\"]\n dynamic \"b\" {\n for_each = toset([\"x\"])\n content { c = b.value }\n }\n}", "main.tf")
	f.Add("locals { a = local.a }\nvariable \"v\" { type = object({ x = optional(string, \"d\") }) }\nmodule \"m\" { source = \"./m\" }", "m/main.tf")
	f.Add(`{"resource": {"a": {"b": {"c": "${d}", "dynamic": {"e": {"for_each": [1], "content": {"f": "${e.value}"}}}}}}}`, "main.tf.json")
	f.Add(`{"v": [1, {"a": "${b}"}]}`, "terraform.tfvars.json")
	f.Add("v = { a = 1 }", "terraform.tfvars")
	f.Add("hello ${name}%{ for k in keys } ${k}%{ endfor }", "t.tpl")
	for _, file := range seeds(f, "*.tf") {
		f.Add(file, "main.tf")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		files := func() fstest.MapFS {
			m := fstest.MapFS{
				"root/other.tf":  {Data: []byte(world + "module \"m\" {\n source = \"./m\"\n}\nresource \"aws_x\" \"z\" {\n  a = templatefile(\"t.tpl\", local.map)\n  b = module.m.x\n}\n")},
				"root/m/main.tf": {Data: []byte("variable \"v\" { default = 1 }\noutput \"x\" { value = var.v }\n")},
			}
			switch filepath.Base(name) {
			case "main.tf", "main.tf.json", "terraform.tfvars", "terraform.tfvars.json", "t.tpl", "override.tf":
				m["root/"+filepath.Base(name)] = &fstest.MapFile{Data: []byte(text)}
			}
			if strings.HasPrefix(name, "m/") {
				m["root/m/main.tf"] = &fstest.MapFile{Data: []byte(text)}
			}
			return m
		}
		once := ReadFolder("root", Options{FS: files()})
		checkReading(t, once)
		if d := cmp.Diff(dump(once), dump(ReadFolder("root", Options{FS: files()}))); d != "" {
			t.Errorf("two readings differ:\n%s", d)
		}
	})
}

func FuzzPlan(f *testing.F) {
	f.Add([]byte(planText))
	f.Add([]byte(`{"format_version": "1", "resource_changes": [{"address": "a.b", "type": "a", "change": {"after": {"c": [1]}, "after_unknown": {"c": [true]}}}]}`))
	for _, file := range seeds(f, "*.json") {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		once := ReadPlan("p.json", data, Options{})
		checkReading(t, once)
		if d := cmp.Diff(dump(once), dump(ReadPlan("p.json", data, Options{}))); d != "" {
			t.Errorf("two readings differ:\n%s", d)
		}
		if first, again := IsPlan(data), IsPlan(data); first != again {
			t.Error("sniffing twice differs")
		}
	})
}
