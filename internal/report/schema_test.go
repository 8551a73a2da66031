package report

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/baileydb/bailey/internal/finding"
)

// validate checks a document against a JSON Schema.
func validate(t *testing.T, schema []byte, document string) {
	t.Helper()
	s, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", s); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(doc); err != nil {
		t.Error(err)
	}
}

// reports are what each format's schema is checked with.
func reports() map[string]*finding.Report {
	return map[string]*finding.Report{
		"example": example(), "many": many(30), "empty": {Version: "dev", Time: "2026-11-23T12:00:00Z"},
	}
}

func TestJSONSchema(t *testing.T) {
	for name, r := range reports() {
		for _, all := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s all=%v", name, all), func(t *testing.T) {
				validate(t, finding.Schema, write(t, "json", r, Options{All: all}))
			})
		}
	}
}

// cached returns a file of .cache/schemas at the top of the checkout, got once with get. Standards bodies' schemas are not
// ours to copy, so they come from packages that ship them; without a way to get them the test is skipped, but not in CI.
func cached(t *testing.T, name string, get func(dir string) ([]byte, error)) []byte {
	t.Helper()
	file := filepath.Join("..", "..", ".cache", "schemas", name)
	if b, err := os.ReadFile(file); err == nil {
		return b
	}
	b, err := get(t.TempDir())
	if err == nil {
		if err = os.MkdirAll(filepath.Dir(file), 0o750); err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s: %v", name, err)
		}
		t.Skipf("%s is not to be had: %v", name, err)
	}
	return b
}

// sarifSchema is the OASIS schema of SARIF 2.1.0 as github.com/owenrumney/go-sarif carries it.
func sarifSchema(dir string) ([]byte, error) {
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/owenrumney/go-sarif/v3@v3.3.1")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GO111MODULE=on")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go mod download: %w: %s", err, out)
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(m.Dir, "pkg", "report", "v210", "sarif", "schema.go"))
	if err != nil {
		return nil, err
	}
	parts := strings.Split(string(b), "`")
	if len(parts) != 3 {
		return nil, fmt.Errorf("the schema is not one raw string: %d parts", len(parts))
	}
	return []byte(parts[1]), nil
}

func TestSARIFSchema(t *testing.T) {
	schema := cached(t, "sarif-2.1.0.json", sarifSchema)
	for name, r := range reports() {
		for _, all := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s all=%v", name, all), func(t *testing.T) {
				validate(t, schema, write(t, "sarif", r, Options{All: all, Source: source}))
			})
		}
	}
}

// ocsfSchema is the OCSF metaschema as the Python package ocsf-json-schema ships it.
func ocsfSchema(dir string) ([]byte, error) {
	cmd := exec.Command("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", dir, "ocsf-json-schema==1.2.0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pip download: %w: %s", err, out)
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return nil, fmt.Errorf("wheels %v: %w", wheels, err)
	}
	z, err := zip.OpenReader(wheels[0])
	if err != nil {
		return nil, err
	}
	defer z.Close() //nolint:errcheck // read only
	f, err := z.Open("ocsf_json_schema/ocsf/" + ocsfVersion + ".json")
	if err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}

// ocsfModel is OCSF's own form of its schema.
type ocsfModel struct {
	Version string
	Classes map[string]ocsfObject
	Objects map[string]ocsfObject
}

type ocsfObject struct {
	Attributes map[string]struct {
		Type        string
		ObjectType  string `json:"object_type"`
		Requirement string
		IsArray     bool `json:"is_array"`
		Profile     *string
		Enum        map[string]struct{ Caption string }
		Sibling     string
	}
}

// TestOCSFSchema checks every attribute: that it exists, has its type and an allowed value, and that none is missing.
func TestOCSFSchema(t *testing.T) {
	var m ocsfModel
	if err := json.Unmarshal(cached(t, "ocsf-"+ocsfVersion+".json", ocsfSchema), &m); err != nil {
		t.Fatal(err)
	}
	if m.Version != ocsfVersion {
		t.Fatalf("the schema is of version %s", m.Version)
	}
	for name, r := range reports() {
		for _, region := range []string{"", "eu-central-1"} {
			var all []map[string]any
			if err := json.Unmarshal([]byte(write(t, "ocsf", r, Options{All: true, Region: region})), &all); err != nil {
				t.Fatal(err)
			}
			for i, f := range all {
				m.check(t, fmt.Sprintf("%s[%d]", name, i), m.Classes["compliance_finding"], f)
			}
		}
	}
}

func (m *ocsfModel) check(t *testing.T, at string, o ocsfObject, v map[string]any) {
	t.Helper()
	for name, a := range o.Attributes {
		if _, ok := v[name]; !ok && a.Requirement == "required" && a.Profile == nil {
			t.Errorf("%s.%s is required", at, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		a, ok := o.Attributes[name]
		path := at + "." + name
		if !ok {
			t.Errorf("%s is not in OCSF", path)
			continue
		}
		values := []any{v[name]}
		if list, isList := v[name].([]any); isList && a.Type != "json_t" {
			values = list
		} else if a.IsArray {
			t.Errorf("%s is not a list", path)
		}
		for _, x := range values {
			switch x := x.(type) {
			case map[string]any:
				if sub, ok := m.Objects[a.ObjectType]; ok && a.ObjectType != "object" {
					m.check(t, path, sub, x)
				}
			case float64:
				if !slices.Contains([]string{"integer_t", "long_t", "timestamp_t"}, a.Type) {
					t.Errorf("%s is a number, but %s", path, a.Type)
				}
				e, ok := a.Enum[fmt.Sprint(x)]
				if len(a.Enum) > 0 && (!ok || a.Sibling != "" && x != 99 && v[a.Sibling] != nil && v[a.Sibling] != e.Caption) {
					t.Errorf("%s is %v, and %s is %v", path, x, a.Sibling, v[a.Sibling])
				}
			case string:
				if !strings.HasSuffix(a.Type, "string_t") && !slices.Contains([]string{"url_t", "json_t"}, a.Type) {
					t.Errorf("%s is a string, but %s", path, a.Type)
				}
			}
		}
	}
}
