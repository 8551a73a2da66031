package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		File      string      `xml:"file,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr,omitempty"`
		Line      int           `xml:"line,attr,omitempty"`
		Failure   *junitOutcome `xml:"failure"`
		Error     *junitOutcome `xml:"error"`
		Skipped   *junitOutcome `xml:"skipped"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes one test suite per database, one per file for what surrounds them, and one for what could not be
// read. What is unknown, accepted or not demanded is a skipped test that says why; what passes is always there.
func writeJUnit(w io.Writer, r *finding.Report, opts Options) error {
	g := group(r)
	out := junitSuites{Name: "bailey"}
	for _, d := range g.databases {
		s := junitSuite{Name: fmt.Sprintf("%s (%s)", d.Name, d.Level), File: d.File, Timestamp: r.Time}
		for _, f := range d.own {
			s.add(junitCaseOf(f, d.Name), f.NotDemanded && !opts.All)
		}
		out.add(s)
	}
	byFile := map[string]int{}
	var files []junitSuite
	for _, f := range g.around {
		i, ok := byFile[f.File]
		if !ok {
			i = len(files)
			byFile[f.File] = i
			files = append(files, junitSuite{Name: "around the databases: " + f.File, File: f.File, Timestamp: r.Time})
		}
		files[i].add(junitCaseOf(f, f.File), f.NotDemanded && !opts.All)
	}
	for _, s := range files {
		out.add(s)
	}
	problems := junitSuite{Name: "reading", Timestamp: r.Time}
	for _, p := range r.Problems {
		c := junitCase{Name: "read " + place(p.File, p.Line, p.Column), ClassName: "reading", File: p.File, Line: p.Line}
		o := &junitOutcome{Message: oneLine(p.Message), Type: "unreadable"}
		if p.Fatal {
			c.Error = o
		} else {
			o.Type = ""
			c.Skipped = o
		}
		problems.add(c, false)
	}
	out.add(problems)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase, leaveOut bool) {
	if leaveOut {
		return
	}
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func (s *junitSuites) add(one junitSuite) {
	if one.Tests == 0 {
		return
	}
	s.Tests += one.Tests
	s.Failures += one.Failures
	s.Errors += one.Errors
	s.Skipped += one.Skipped
	s.Suites = append(s.Suites, one)
}

func junitCaseOf(f *finding.Finding, class string) junitCase {
	c := junitCase{
		Name: f.Safeguard + ": " + f.Title + " (" + f.Resource + ")", ClassName: class, File: f.File, Line: f.Line,
	}
	text := detailText(f)
	switch stateOf(f) {
	case failed:
		c.Failure = &junitOutcome{Message: oneLine(f.Message), Type: string(f.Severity.Label), Text: text}
	case unknown:
		c.Skipped = &junitOutcome{Message: oneLine("unknown: " + f.Message), Text: text}
	case waived:
		c.Skipped = &junitOutcome{Message: oneLine(waiverWords(f.Waiver)), Text: text}
	case baseline:
		c.Skipped = &junitOutcome{Message: oneLine("in the baseline: " + f.Message), Text: text}
	case notDemanded:
		c.Skipped = &junitOutcome{Message: oneLine("not demanded at level " + f.Level + ": " + f.Message)}
	case passed:
	}
	return c
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
