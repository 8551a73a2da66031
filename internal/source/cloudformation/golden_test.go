package cloudformation

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the templates below testdata give as what is wanted")

// TestGolden reads each folder below testdata: template.yaml, template.json or template.template, with parameters.json
// where it needs some, and compares the reading with want.txt.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join("testdata", "*", "template.*"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("found no templates below testdata: %v", err)
	}
	for _, file := range cases {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !Sniff(file, data) {
				t.Errorf("Sniff does not take %s for a template", file)
			}
			opts := Options{ReadFile: func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }}
			parameters := filepath.Join(dir, "parameters.json")
			if text, err := os.ReadFile(parameters); err == nil {
				if Sniff(parameters, text) {
					t.Errorf("Sniff takes %s for a template", parameters)
				}
				if opts.Parameters, err = ReadParameterFile(parameters, text); err != nil {
					t.Fatal(err)
				}
			}
			got := dump(Read(filepath.Base(file), data, opts))
			want := filepath.Join(dir, "want.txt")
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(text), got); d != "" {
				t.Errorf("reading of %s (-want +got):\n%s", file, d)
			}
		})
	}
}
