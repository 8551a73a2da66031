package vectors

import (
	"os"
	"path/filepath"
	"testing"
)

// TestConformance tries every vector file there is. A single one that disagrees is an item of another implementation
// that could not be read, or one that should have been refused.
func TestConformance(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "seal")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	keys, err := ReadKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "decrypt_*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vector files in %s: %v", dir, err)
	}
	n := 0
	for _, f := range files {
		cases, err := Read(f, keys)
		if err != nil {
			t.Error(err)
		}
		for _, c := range cases {
			n++
			if r := c.Try(t.Context()); !r.Agrees {
				t.Errorf("%s %s (%s): opened %t, %v", filepath.Base(f), c.ID, c.Description, r.Opened, r.Err)
			}
		}
	}
	t.Logf("%d vectors", n)
}
