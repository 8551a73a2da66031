package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/finding"
)

var update = flag.Bool("update", false, "write the golden files anew")

// write renders a report or fails the test.
func write(t *testing.T, format string, r *finding.Report, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, r, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); go test -update writes it anew:\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			opts := Options{Source: source, AccountID: "111122223333", Region: "eu-central-1"}
			golden(t, "example."+format, write(t, format, example(), opts))
			opts.All = true
			golden(t, "all."+format, write(t, format, example(), opts))
			golden(t, "empty."+format, write(t, format, &finding.Report{Version: "0.1.0", Time: "2026-11-23T12:00:00Z"}, Options{}))
		})
	}
}

// TestSameBytes writes each format twice from a report that it must leave as it was.
func TestSameBytes(t *testing.T) {
	for _, format := range Formats() {
		r := example()
		first := write(t, format, r, Options{Source: source, All: true})
		if diff := cmp.Diff(example(), r); diff != "" {
			t.Errorf("%s changed the report:\n%s", format, diff)
		}
		if write(t, format, r, Options{Source: source, All: true}) != first {
			t.Errorf("%s wrote other bytes the second time", format)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := Write(&bytes.Buffer{}, "pdf", example(), Options{})
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "json") {
		t.Errorf("got %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriterError(t *testing.T) {
	for _, format := range Formats() {
		if err := Write(brokenWriter{}, format, example(), Options{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: got %v", format, err)
		}
	}
}

// TestNoSecret looks for the passwords of the example's sources in all that is written.
func TestNoSecret(t *testing.T) {
	for _, format := range Formats() {
		got := write(t, format, example(), Options{Source: source, All: true, Width: 400})
		for _, secret := range []string{"correct-horse", "hunter2"} {
			if strings.Contains(got, secret) {
				t.Errorf("%s shows the password %s", format, secret)
			}
		}
	}
}

func TestHeadline(t *testing.T) {
	store := func(high, unknown int) finding.Store {
		return finding.Store{Failed: finding.Counts{High: high}, Unknown: unknown}
	}
	for _, tc := range []struct {
		name string
		r    finding.Report
		want string
		good bool
	}{
		{"nothing", finding.Report{Summary: finding.Summary{Files: 2}}, "No databases found in 2 files.", false},
		{"one good", finding.Report{Stores: []finding.Store{store(0, 0)}}, "The database has every safeguard that its data requires.", true},
		{
			"some bad",
			finding.Report{
				Stores:  []finding.Store{store(1, 0), store(0, 0)},
				Summary: finding.Summary{Failed: finding.Counts{High: 1}, Unknown: 1},
			},
			"1 of 2 databases lacks safeguards that its data requires: 1 high. 1 check could not be decided.", false,
		},
		{
			"unknown only",
			finding.Report{Stores: []finding.Store{store(0, 2)}, Summary: finding.Summary{Unknown: 2}},
			"Nothing known is missing, but 2 checks could not be decided on 1 database.", false,
		},
		{
			"fatal",
			finding.Report{Stores: []finding.Store{store(0, 0)}, Problems: []finding.Problem{{Fatal: true}}},
			"The database has every safeguard that its data requires. Not everything could be read.", false,
		},
	} {
		answer, beside, good := headline(&tc.r)
		got := strings.Join(append([]string{answer}, beside...), " ")
		if got != tc.want || good != tc.good {
			t.Errorf("%s: got %q, %v", tc.name, got, good)
		}
	}
}

func TestJSONKeepsTheReport(t *testing.T) {
	var got finding.Report
	if err := json.Unmarshal([]byte(write(t, "json", example(), Options{All: true})), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), &got); diff != "" {
		t.Errorf("the report changed on its way through JSON:\n%s", diff)
	}
}
