package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPosture holds what has been reached: a change that lets a suite fall behind it fails.
func TestPosture(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "posture")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	scores, err := posture(dir)
	if err != nil {
		t.Fatal(err)
	}
	floor := map[string]float64{"checkov": 0.93, "checkov-counts": 0.94, "guard": 0.99, "trivy-checks": 0.99}
	for _, s := range scores {
		t.Logf("%s: %d cases, %.1f%% agree, %.1f%% covered", s.suite, s.cases, 100*s.agreement(), 100*s.coverage())
		if s.agreement() < floor[s.suite] || s.coverage() < 0.85 {
			t.Errorf("%s fell behind: agreement %.3f, coverage %.3f", s.suite, s.agreement(), s.coverage())
		}
		for _, d := range s.disagreements {
			if reason(s.suite, d.check, d.name) == "no reason is written" {
				t.Errorf("%s %s %s: %s, and no reason is written", s.suite, d.check, d.name, d.what)
			}
		}
		for id := range s.missing {
			if reason(s.suite, id, "*") == "no reason is written" {
				t.Errorf("%s %s is not covered, and no reason is written", s.suite, id)
			}
		}
	}
}

func TestReasonsAreOfTheirForm(t *testing.T) {
	for i, line := range strings.Split(strings.TrimSpace(reasonsTSV), "\n") {
		if !strings.HasPrefix(line, "#") && len(strings.Split(line, "\t")) != 4 {
			t.Errorf("reasons.tsv:%d: want four cells", i+1)
		}
	}
}

// TestSealed demands every vector: an item of another implementation that cannot be read is lost to its owner.
func TestSealed(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "conformance", "seal")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/conformance is not beside the project")
	}
	s, err := sealed(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.cases == 0 || s.agreed != s.cases {
		t.Errorf("%d of %d vectors agree: %v", s.agreed, s.cases, s.disagreements)
	}
}
