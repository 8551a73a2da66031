package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFolderThatIsClosedIsAProblem(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("nothing is closed to the root user")
	}
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o000); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "t.yaml"), []byte("Resources:\n  Db: {Type: \"AWS::RDS::DBInstance\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := (&reader{}).read([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	var problems, resources int
	for _, r := range in.readings {
		resources += len(r.Declarations)
		for _, p := range r.Problems {
			if p.Fatal && p.Origin.File == filepath.ToSlash(closed) && p.Message == "permission denied" {
				problems++
			}
		}
	}
	if problems != 1 || resources != 1 || len(in.skipped) != 0 {
		t.Errorf("%d problems about the closed folder, %d resources, left out: %v", problems, resources, in.skipped)
	}
}
