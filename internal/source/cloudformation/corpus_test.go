package cloudformation

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

type corpusFile struct {
	path string
	data []byte
}

// corpus collects the templates below a folder beside the project.
func corpus(tb testing.TB, folder string) []corpusFile {
	tb.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(root)
		if up == root {
			tb.Fatal("found no go.mod above the test")
		}
		root = up
	}
	dir := filepath.Join(root, "..", "shared", filepath.FromSlash(folder))
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("../shared/%s is not beside the project", folder)
	}
	var files []corpusFile
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && Sniff(path, data) {
			files = append(files, corpusFile{path, data})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(files) == 0 {
		tb.Fatalf("found no templates below %s", dir)
	}
	return files
}

// TestCorpus reads templates that others wrote and CloudFormation takes: none of their resources may be lost.
func TestCorpus(t *testing.T) {
	for _, folder := range []string{"samples/cloudformation", "conformance/posture/checkov/cloudformation"} {
		t.Run(filepath.Base(filepath.Dir(folder)), func(t *testing.T) {
			files, declared := corpus(t, folder), 0
			for _, f := range files {
				r := Read(f.path, f.data, Options{ReadFile: os.ReadFile})
				declared += len(r.Declarations)
				for _, p := range r.Problems {
					if p.Fatal {
						t.Error(p)
					}
				}
			}
			t.Logf("read %d templates with %d resources", len(files), declared)
		})
	}
}

func BenchmarkRead(b *testing.B) {
	files := corpus(b, "samples/cloudformation")
	size := int64(0)
	for _, f := range files {
		size += int64(len(f.data))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			Read(f.path, f.data, Options{})
		}
	}
}
