package main

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/classify"
)

// datahubTypes says which of our types answers for one of the labels'.
var datahubTypes = map[string][]string{
	"Age": {"age"}, "Gender": {"gender"}, "Full_Name": {"person_name"}, "Street_Address": {"street_address"},
	"Email_Address": {"email"}, "Phone_Number": {"phone"}, "Credit_Debit_Card_Number": {"payment_card"}, "IBAN": {"iban"},
	"US_Social_Security_Number": {"us_ssn"}, "IP_Address_v4": {"ip_address"}, "IP_Address_v6": {"ip_address"},
	"Vehicle_Identification_Number": {"vin"}, "Swift_Code": {"bic"}, "US_Driving_License_Number": {"us_driver_license"},
}

// labelled is one column of the labelled tables.
type labelled struct {
	file, name string
	label      string // empty: meant to be ordinary
	cells      []string
}

// readDatahub reads the tables and their labels. A label whose table is not there is left out.
func readDatahub(dir string) ([]labelled, error) {
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		return nil, err
	}
	var labels map[string]map[string]string
	if err := json.Unmarshal(text, &labels); err != nil {
		return nil, fmt.Errorf("%s/expected.json: %w", dir, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, fmt.Errorf("%s holds no tables", dir))
	}
	var out []labelled
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		r := csv.NewReader(f)
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		rows, err := r.ReadAll()
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		for at, head := range rows[0] {
			c := labelled{file: name, name: head, label: labels[name][head]}
			for _, row := range rows[1:] {
				if at < len(row) {
					c.cells = append(c.cells, row[at])
				}
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// decide classifies all columns; hidden gives them no names, blank no values.
func decideLabelled(set *classify.Set, columns []labelled, hidden, blank bool) []classify.Result {
	cols := make([]*classify.Column, len(columns))
	for i, l := range columns {
		meta := classify.Meta{Table: l.file, Path: l.name}
		if hidden {
			meta.Path = fmt.Sprintf("c%d", i)
		}
		cols[i] = set.NewColumn(meta)
		for _, cell := range l.cells {
			if !blank {
				cols[i].AddString(cell)
			}
		}
	}
	return classify.Decide(cols)
}

// counts are of a two-way decision.
type counts struct{ tp, fp, fn, tn int }

func (c *counts) add(said, is bool) {
	switch {
	case said && is:
		c.tp++
	case said:
		c.fp++
	case is:
		c.fn++
	default:
		c.tn++
	}
}

func (c counts) String() string {
	return fmt.Sprintf("precision %s recall %s (tp %d fp %d fn %d)", interval(c.tp, c.tp+c.fp), interval(c.tp, c.tp+c.fn), c.tp, c.fp, c.fn)
}

func (c counts) precision() float64 { return ratio(c.tp, c.tp+c.fp) }
func (c counts) recall() float64    { return ratio(c.tp, c.tp+c.fn) }

// interval prints a share with Wilson's interval at 95 %.
func interval(k, n int) string {
	if n == 0 {
		return "-"
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return fmt.Sprintf("%.2f [%.2f, %.2f]", p, max(0, middle-half), min(1, middle+half))
}

// sure says whether a verdict is more than a guess from the name.
func sure(v classify.Verdict) bool { return v == classify.Is || v == classify.Contains }

// typesOf are the types that a result is sure of; with possible ones when asked.
func typesOf(r classify.Result, possible bool) []string {
	var out []string
	for _, m := range append([]classify.Match{r.Match}, r.Also...) {
		if sure(m.Verdict) || possible && m.Verdict == classify.Possible {
			out = append(out, m.Type)
		}
	}
	return out
}

// labels.tsv: file, column, what it holds in our types or "ordinary", why. Only columns whose label we hold to be wrong.
//
//go:embed labels.tsv
var labelsTSV string

type correction struct{ truth, why string }

func corrections() map[[2]string]correction {
	out := map[[2]string]correction{}
	for line := range strings.Lines(labelsTSV) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) == 4 && !strings.HasPrefix(line, "#") {
			out[[2]string{cells[0], cells[1]}] = correction{cells[2], cells[3]}
		}
	}
	return out
}

// columnsReport is the score of the labelled tables.
type columnsReport struct {
	score                *score
	labelled, corrected  counts // any type of ours
	known, knownPossible counts // the types that the labels know
	correctedPossible    counts
	hidden, namesOnly    counts // the types that the labels know
	perType              map[string]*counts
	wrong                []string // columns whose label we hold to be wrong
}

func classifyColumns(dir string) (*columnsReport, error) {
	columns, err := readDatahub(dir)
	if err != nil {
		return nil, err
	}
	set, err := classify.Load()
	if err != nil {
		return nil, err
	}
	rep := &columnsReport{score: newScore("classify-datahub"), perType: map[string]*counts{}}
	fixes := corrections()
	known := map[string]bool{}
	for _, ours := range datahubTypes {
		for _, t := range ours {
			known[t] = true
		}
	}
	isKnown := func(t string) bool { return known[t] }
	for i, r := range decideLabelled(set, columns, false, false) {
		l := columns[i]
		types, all := typesOf(r, false), typesOf(r, true)
		is := l.label != ""
		truth := is
		fix, fixed := fixes[[2]string{l.file, l.name}]
		if fixed {
			truth = fix.truth != "ordinary"
			rep.wrong = append(rep.wrong, fmt.Sprintf("%s/%s: labelled %s, is %s: %s", l.file, l.name, orOrdinary(l.label), fix.truth, fix.why))
		}
		rep.labelled.add(len(types) > 0, is)
		rep.corrected.add(len(types) > 0, truth)
		rep.correctedPossible.add(len(all) > 0, truth)
		rep.known.add(slices.ContainsFunc(types, isKnown), is)
		rep.knownPossible.add(slices.ContainsFunc(all, isKnown), is)
		for label, ours := range datahubTypes {
			c := rep.perType[label]
			if c == nil {
				c = &counts{}
				rep.perType[label] = c
			}
			c.add(slices.ContainsFunc(types, func(t string) bool { return slices.Contains(ours, t) }), slices.Equal(datahubTypes[l.label], ours))
		}
		what := ""
		if said := len(types) > 0; said != is {
			what = fmt.Sprintf("labelled %s, said %s", orOrdinary(l.label), describe(r))
		}
		rep.score.judge(l.file, l.name, what)
	}
	for i, r := range decideLabelled(set, columns, true, false) {
		rep.hidden.add(slices.ContainsFunc(typesOf(r, false), isKnown), columns[i].label != "")
	}
	for i, r := range decideLabelled(set, columns, false, true) {
		rep.namesOnly.add(slices.ContainsFunc(typesOf(r, true), isKnown), columns[i].label != "")
	}
	return rep, nil
}

func orOrdinary(label string) string {
	if label == "" {
		return "ordinary"
	}
	return label
}

func describe(r classify.Result) string {
	if r.Verdict == classify.None {
		return "none"
	}
	return fmt.Sprintf("%s %s (n=%d fit=%d k=%d, confidence %.2f)", r.Verdict, r.Type, r.N, r.Fit, r.K, r.Confidence)
}

func (r *columnsReport) print(w io.Writer) {
	r.score.print(w)
	line := func(name string, c counts) {
		fmt.Fprintf(w, "  any sensitive, %s: %s\n", name, c)
	}
	line("as labelled", r.labelled)
	line("as labelled, only the types that the labels know", r.known)
	line("the same with verdicts by name only", r.knownPossible)
	line("with the wrong labels set right", r.corrected)
	line("the same with verdicts by name only", r.correctedPossible)
	line("names hidden, types that the labels know", r.hidden)
	line("names only, types that the labels know", r.namesOnly)
	met := func(c counts) string { return metOrMissed(c.precision() > 0.80 && c.recall() > 0.90) }
	fmt.Fprintf(w, "  target precision > 0.80 and recall > 0.90: as labelled %s, types that the labels know %s, labels set right %s; pdscan has 0.42 and 0.42, patterns over names 0.21 and 0.48\n",
		met(r.labelled), met(r.known), met(r.corrected))
	for _, t := range sortedKeys(r.perType) {
		if c := *r.perType[t]; c.tp+c.fp+c.fn > 0 {
			fmt.Fprintf(w, "  type %s: %s\n", t, c)
		}
	}
	for _, s := range r.wrong {
		fmt.Fprintf(w, "  wrong label %s\n", s)
	}
}
