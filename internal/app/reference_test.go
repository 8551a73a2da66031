package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReferencePagesAreCurrent(t *testing.T) {
	pages, err := referencePages()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join("..", "..", "docs", "reference")
	stale := 0
	for _, name := range sorted(pages) {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil || string(got) != pages[name] {
			stale++
			if stale <= 3 {
				t.Errorf("docs/reference/%s is not current: run make docs\n%s", name, cmp.Diff(pages[name], string(got)))
			}
		}
	}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if _, ok := pages[filepath.ToSlash(rel)]; !ok {
			t.Errorf("docs/reference/%s is made from nothing: run make docs", rel)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if stale > 3 {
		t.Errorf("%d pages are not current", stale)
	}
}

// TestReadmeShowsTheRealOutput holds the picture in the README to what the command prints.
func TestReadmeShowsTheRealOutput(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```text\n")
	shown, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatal("the README shows no output")
	}
	t.Chdir(filepath.Join("..", ".."))
	var out, errs strings.Builder
	w := World{Stdout: &out, Stderr: &errs, Env: func(string) string { return "" }, Now: func() time.Time { return suiteDay }}
	Main(w, []string{"check", "examples/shop", "--fail-on", "never"})
	for part := range strings.SplitSeq(shown, "\n…\n") {
		if !strings.Contains(out.String(), strings.Trim(part, "\n")) {
			t.Errorf("the README shows what the command does not print:\n%s\n\n%s", part, errs.String())
		}
	}
}
