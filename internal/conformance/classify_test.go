package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestClassifyColumns holds what has been reached on the labelled tables.
func TestClassifyColumns(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "classify", "datahub")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	r, err := classifyColumns(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		what              string
		got               counts
		precision, recall float64
	}{
		{"as labelled", r.labelled, 0.70, 0.97},
		{"types that the labels know", r.known, 0.82, 0.97},
		{"labels set right, possible ones too", r.correctedPossible, 0.92, 0.97},
		{"names hidden", r.hidden, 0.90, 0.50},
		{"names only", r.namesOnly, 0.75, 0.85},
	} {
		t.Logf("%s: %s", want.what, want.got)
		if want.got.precision() < want.precision || want.got.recall() < want.recall {
			t.Errorf("%s fell behind: %s, want at least %.2f and %.2f", want.what, want.got, want.precision, want.recall)
		}
	}
	for _, d := range r.score.disagreements {
		if reason(r.score.suite, d.check, d.name) == "no reason is written" {
			t.Errorf("%s %s: %s, and no reason is written", d.check, d.name, d.what)
		}
	}
}

// TestClassifyTexts holds what has been reached on the labelled texts.
func TestClassifyTexts(t *testing.T) {
	file := filepath.Join("..", "..", "..", "shared", "conformance", "classify", "presidio-synth-v2.json")
	if _, err := os.Stat(file); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	r, err := classifyTexts(file)
	if err != nil {
		t.Fatal(err)
	}
	floor := map[string]float64{"CREDIT_CARD": 0.9, "EMAIL_ADDRESS": 0.98, "IBAN_CODE": 0.95, "IP_ADDRESS": 0.9, "PHONE_NUMBER": 0.85, "STREET_ADDRESS": 0.6, "US_SSN": 0.95}
	for label, c := range r.perType {
		t.Logf("%s: %s", label, c)
		if c.recall() < floor[label] || c.precision() < 0.98 {
			t.Errorf("%s fell behind: %s", label, c)
		}
	}
}
