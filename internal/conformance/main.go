package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

func main() {
	dir := "../shared/conformance"
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if _, err := os.Stat(dir); err != nil {
		fmt.Printf("conformance: %s is not here, so nothing was scored\n", dir)
		return
	}
	scores, err := posture(filepath.Join(dir, "posture"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	compared, err := simulated()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	opened, err := sealed(filepath.Join(dir, "seal"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	logs, err := watched(filepath.Join(dir, "watch"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	scores = append(append(scores, compared, opened), logs...)
	w := bufio.NewWriter(os.Stdout)
	for _, s := range scores {
		s.print(w)
	}
	columns, err := classifyColumns(filepath.Join(dir, "classify", "datahub"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	columns.print(w)
	texts, err := classifyTexts(filepath.Join(dir, "classify", "presidio-synth-v2.json"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	texts.print(w)
	if err := w.Flush(); err != nil || compared.unexplained() > 0 {
		os.Exit(1)
	}
}

// score counts one suite.
type score struct {
	suite                               string
	cases, agreed, disagreed, uncovered int
	disagreements                       []disagreement
	missing                             map[string]int // identifiers no safeguard carries, with their cases
	notes                               []string       // further figures
}

type disagreement struct{ check, name, what string }

func newScore(suite string) *score { return &score{suite: suite, missing: map[string]int{}} }

func (s *score) uncover(check string) {
	s.cases++
	s.uncovered++
	s.missing[check]++
}

// judge records a case; what says how it differs, empty when it does not.
func (s *score) judge(check, name, what string) {
	s.cases++
	if what == "" {
		s.agreed++
		return
	}
	s.disagreed++
	s.disagreements = append(s.disagreements, disagreement{check, name, what})
}

// agreement is the share of the covered cases that agree, coverage the share of the cases that are covered.
func (s *score) agreement() float64 { return ratio(s.agreed, s.agreed+s.disagreed) }
func (s *score) coverage() float64  { return ratio(s.cases-s.uncovered, s.cases) }

// undecided counts the disagreements in which Bailey says that it cannot tell, and nothing else.
func (s *score) undecided() int {
	n := 0
	for _, d := range s.disagreements {
		if !strings.Contains(d.what, "is pass") && !strings.Contains(d.what, "is fail") && !strings.Contains(d.what, "not judged") && strings.Contains(d.what, "is unknown") {
			n++
		}
	}
	return n
}

// unexplained counts the disagreements that nothing explains.
func (s *score) unexplained() int {
	n := 0
	for _, d := range s.disagreements {
		if d.check == "unexplained" {
			n++
		}
	}
	return n
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// targets are what the project asks of itself; see metOrMissed for what is said of them.
var targets = map[string]struct{ agreement, coverage float64 }{
	"checkov": {0.97, 0.85}, "guard": {0.95, 0.85}, "trivy-checks": {0.95, 0.85},
	"watch-stratus": {33.0 / 35, 1}, "watch-panther-true": {0.95, 1}, "watch-panther-false": {0.98, 1}, "watch-months": {0.95, 1},
}

func metOrMissed(ok bool) string {
	if ok {
		return "met"
	}
	return "missed"
}

func (s *score) print(w io.Writer) {
	fmt.Fprintf(w, "conformance %s cases=%d agreed=%d disagreed=%d uncovered=%d\n", s.suite, s.cases, s.agreed, s.disagreed, s.uncovered)
	if t, ok := targets[s.suite]; ok {
		fmt.Fprintf(w, "  agreement %.1f%% of what is covered (%.1f%% of what can be decided), target %.0f%% (%s); coverage %.1f%%, target %.0f%% (%s)\n",
			100*s.agreement(), 100*ratio(s.agreed, s.agreed+s.disagreed-s.undecided()), 100*t.agreement, metOrMissed(s.agreement() >= t.agreement),
			100*s.coverage(), 100*t.coverage, metOrMissed(s.coverage() >= t.coverage))
	}
	for _, n := range s.notes {
		fmt.Fprintf(w, "  %s\n", n)
	}
	for _, d := range s.disagreements {
		fmt.Fprintf(w, "  disagreed %s %s: %s; %s\n", d.check, d.name, d.what, reason(s.suite, d.check, d.name))
	}
	for _, id := range sortedKeys(s.missing) {
		fmt.Fprintf(w, "  uncovered %s: %d cases; %s\n", id, s.missing[id], reason(s.suite, id, "*"))
	}
}

// reasons.tsv: suite, check, pattern of the case's name, why.
//
//go:embed reasons.tsv
var reasonsTSV string

func reason(suite, check, name string) string {
	if fix, ok := corrections()[[2]string{check, name}]; ok && suite == "classify-datahub" {
		return "the label is wrong: " + fix.why
	}
	for line := range strings.Lines(reasonsTSV) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) != 4 || strings.HasPrefix(line, "#") {
			continue
		}
		if fits(cells[0], suite) && fits(cells[1], check) && (fits(cells[2], name) || cells[2] == name) {
			return cells[3]
		}
	}
	return "no reason is written"
}

func fits(pattern, s string) bool {
	hide := strings.NewReplacer("/", "\x01", "[", "\x02", "]", "\x03")
	ok, err := path.Match(hide.Replace(pattern), hide.Replace(s))
	return ok && err == nil
}
