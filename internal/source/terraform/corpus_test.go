package terraform

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shared is the folder with what others wrote, beside the project.
func shared(tb testing.TB, sub string) string {
	tb.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(root) == root {
			tb.Fatal("found no go.mod above the test")
		}
		root = filepath.Dir(root)
	}
	dir := filepath.Join(root, "..", "shared", filepath.FromSlash(sub))
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("../shared/%s is not beside the project", sub)
	}
	return dir
}

// folders are those below dir that hold Terraform.
func folders(tb testing.TB, dir string) []string {
	tb.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isConfig(path) {
			if at := filepath.Dir(path); len(out) == 0 || out[len(out)-1] != at {
				out = append(out, at)
			}
		}
		return err
	})
	if err != nil || len(out) == 0 {
		tb.Fatalf("found no Terraform below %s: %v", dir, err)
	}
	return out
}

// TestCorpus reads configurations that others wrote: none of their resources may be lost, and what is told of their
// references must be so.
func TestCorpus(t *testing.T) {
	for _, sub := range []string{"conformance/posture/checkov", "samples/terraform"} {
		t.Run(filepath.Base(sub), func(t *testing.T) {
			dirs, resources := folders(t, shared(t, sub)), 0
			for _, dir := range dirs {
				r := ReadFolder(dir, Options{})
				resources += len(r.Declarations)
				if len(r.Declarations) == 0 {
					t.Errorf("%s: nothing declared", dir)
				}
				source := sourceOf(t, dir)
				for _, p := range r.Problems {
					if p.Fatal || p.Origin.Line == 0 || !deserved(p.Message, source) {
						t.Error(p)
					}
				}
			}
			t.Logf("read %d folders with %d resources", len(dirs), resources)
		})
	}
}

func sourceOf(t *testing.T, dir string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*.tf"))
	var b strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

var undeclared = regexp.MustCompile(`^(?:(variable|local) )?([\w.-]+) is not declared`)

// deserved reports whether a folder's text bears out a problem.
func deserved(message, source string) bool {
	m := undeclared.FindStringSubmatch(message)
	if m == nil {
		return strings.Contains(message, "is declared twice") || strings.Contains(message, "not a value Terraform knows") ||
			strings.Contains(message, "stands outside of what has a count")
	}
	parts := strings.Split(strings.TrimPrefix(m[2], "data."), ".")
	pattern := `locals\s*\{[^{}]*\b` + regexp.QuoteMeta(parts[0]) + `\s*=`
	switch {
	case m[1] == "variable":
		pattern = `variable\s+"?` + regexp.QuoteMeta(parts[0]) + `"?\s*\{`
	case len(parts) == 2:
		pattern = `(resource|data)\s+"?` + regexp.QuoteMeta(parts[0]) + `"?\s+"?` + regexp.QuoteMeta(parts[1]) + `"?\s*\{`
	}
	return !regexp.MustCompile(pattern).MatchString(source)
}

func BenchmarkReadFolder(b *testing.B) {
	dir := filepath.Join(shared(b, "samples/terraform"), "terragoat")
	b.ReportAllocs()
	for b.Loop() {
		ReadFolder(dir, Options{})
	}
}

func BenchmarkCorpus(b *testing.B) {
	dirs := folders(b, shared(b, "conformance/posture/checkov"))
	b.ReportAllocs()
	for b.Loop() {
		for _, dir := range dirs {
			ReadFolder(dir, Options{})
		}
	}
}
