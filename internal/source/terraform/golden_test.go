package terraform

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
)

var update = flag.Bool("update", false, "write what the folders below testdata give as what is wanted")

// placedDump writes a reading as text with the position of each value.
func placedDump(r estate.Reading) string {
	var b strings.Builder
	for i := range r.Declarations {
		d := &r.Declarations[i]
		fmt.Fprintf(&b, "%s  %s  %s-%d\n", d.ID(), d.Type, d.Origin, d.EndLine)
		if d.Conditional != "" {
			fmt.Fprintf(&b, "  conditional: %s\n", d.Conditional)
		}
		for _, id := range sortedKeys(d.Suppressed) {
			fmt.Fprintf(&b, "  suppressed: %s %q\n", id, d.Suppressed[id])
		}
		placedParts(&b, d.Body, "  ")
	}
	for _, p := range r.Problems {
		kind := "problem"
		if p.Fatal {
			kind = "fatal"
		}
		fmt.Fprintf(&b, "%s %s\n", kind, p.Error())
	}
	return b.String()
}

func placedParts(b *strings.Builder, v estate.Value, indent string) {
	part := func(name string, v estate.Value) {
		at := strings.TrimPrefix(v.Origin.String(), filepath.Dir(v.Origin.File)+"/")
		if len(v.Items) == 0 && len(v.Fields) == 0 {
			fmt.Fprintf(b, "%s%s: %s  @%s\n", indent, name, shown(v), at)
			return
		}
		fmt.Fprintf(b, "%s%s:  @%s\n", indent, name, at)
		placedParts(b, v, indent+"  ")
	}
	for _, f := range v.Fields {
		part(f.Name, f.Value)
	}
	for i, item := range v.Items {
		part(fmt.Sprint(i), item)
	}
	if v.Why != "" {
		fmt.Fprintf(b, "%sand more: %s\n", indent, v.Why)
	}
}

// seeds are the files below testdata.
func seeds(tb testing.TB, pattern string) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*", pattern))
	if err != nil || len(files) == 0 {
		tb.Fatalf("found no seeds: %v", err)
	}
	var out []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

// TestGolden reads each folder below testdata, or the plan.json in it, and compares the reading with want.txt.
func TestGolden(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "*", "want.txt"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("found no folders below testdata: %v", err)
	}
	for _, want := range dirs {
		dir := filepath.ToSlash(filepath.Dir(want))
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var r estate.Reading
			if data, err := os.ReadFile(filepath.Join(dir, "plan.json")); err == nil {
				if !IsPlan(data) {
					t.Error("IsPlan does not take it for a plan")
				}
				r = ReadPlan(dir+"/plan.json", data, Options{})
			} else {
				r = ReadFolder(dir, Options{Variables: map[string]string{"given": "outside"}})
			}
			checkReading(t, r)
			got := placedDump(r)
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
				t.Errorf("reading of %s (-want +got):\n%s", dir, d)
			}
		})
	}
}
