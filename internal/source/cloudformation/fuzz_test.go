package cloudformation

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seeds are the templates below testdata.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("found no seeds: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Base(file), data)
	}
	f.Add("t.yaml", []byte(preamble+"!If [U, !Sub '${Key.Arn}-${Name}', !Select [0, !Cidr [10.0.0.0/8, 2, 8]]]"))
}

func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		opts := Options{MaxBytes: 1 << 16, ReadFile: func(path string) ([]byte, error) {
			if path == "data.json" { // a child with text of its own
				return []byte(`{"Resources": {}, "Outputs": {"A": {"Value": "1"}}}`), nil
			}
			if filepath.Ext(path) == ".yaml" { // a stack that nests itself under changing names
				return data, nil
			}
			return nil, errors.New("no such file")
		}}
		once := Read(name, data, opts)
		for _, p := range once.Problems {
			if p.Message == "" || p.Origin.Line < 1 || p.Origin.Column < 1 {
				t.Errorf("problem without position or message: %+v", p)
			}
		}
		for i := range once.Declarations {
			if d := &once.Declarations[i]; d.Type == "" || d.Origin.Line < 1 || d.EndLine != 0 && d.EndLine < d.Origin.Line {
				t.Errorf("declaration without type or place: %+v", d.Origin)
			}
		}
		if d := cmp.Diff(dump(once), dump(Read(name, data, opts))); d != "" {
			t.Errorf("reading twice differs:\n%s", d)
		}
	})
}

func FuzzSniff(f *testing.F) {
	seeds(f)
	for _, c := range sniffCases {
		f.Add(c.path, []byte(c.in))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if first, again := Sniff(name, data), Sniff(name, data); first != again {
			t.Error("sniffing twice differs")
		}
	})
}

// FuzzJSON holds the reader of JSON to the language of the standard library.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a": [1, -0.5e+3, "é\n\ud83d\ude00", true, false, null, {}]}`, "[", "01", "-", `"\x"`, "\t1 ", "[1,]", "{\"a\":1,}", "1 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := &builder{file: "t.json"}
		_, err := readJSON(text, b)
		for _, p := range b.problems {
			if p.Message != "" {
				return // deeper or larger than we read
			}
		}
		if valid := json.Valid([]byte(text)); valid != (err == nil) {
			t.Errorf("valid is %v, our error %v", valid, err)
		}
	})
}
