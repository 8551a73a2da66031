// Package report writes a [finding.Report] for those who read it: a person at a terminal (text), in a browser (html) or
// in a pull request (markdown), and the programs that take findings in (json, sarif, junit, asff, ocsf). There is one
// file per format.
//
// It decides nothing: verdicts, severities and counts are the report's own. It does no I/O but the writer and the Source
// function it is given, reads no clock and no environment, and the same report gives the same bytes. Everything in a
// report may come from a hostile template, so each format escapes what it prints, and no text reaches a terminal, an
// XML parser, a browser or a mention parser as anything but text. A code frame hides the literal value of what looks
// like a password, because reports travel further than templates do.
//
// The counts of a report are about all of its findings; [Options.All] decides only whether those that pass, or that the
// level does not demand, are listed. JUnit always lists what passes: a test report without passed tests reads as one
// that ran nothing.
package report

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// ErrFormat is returned by [Write] for a format that [Formats] does not list.
var ErrFormat = errors.New("unknown report format")

// Options say how to write a report. The zero value writes all formats.
type Options struct {
	// Width is the number of terminal columns text wraps at; 0 means 100, and less than 40 means 40.
	Width int
	// Color puts ANSI colors into text. What they say, words and symbols say as well.
	Color bool
	// Source returns the content of a file by the name findings have for it, for code frames. Nil, or an error: no frame.
	Source func(file string) ([]byte, error)
	// All lists what passes and what the level does not demand, not only what is open, accepted or in the baseline.
	All bool
	// AccountID and Region are the AWS account and region that asff and ocsf findings are filed under. A template does
	// not say where it will be deployed, so without them asff says 000000000000 and us-east-1, which Security Hub
	// refuses to import, and ocsf leaves them out.
	AccountID, Region string
}

// format is one way to write a report.
type format struct {
	name  string
	write func(w io.Writer, r *finding.Report, opts Options) error
}

func formats() []format {
	return []format{
		{"text", writeText},
		{"json", writeJSON},
		{"sarif", writeSARIF},
		{"junit", writeJUnit},
		{"markdown", writeMarkdown},
		{"html", writeHTML},
		{"asff", writeASFF},
		{"ocsf", writeOCSF},
	}
}

// Formats lists the names that [Write] takes, text first.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// Write writes the report to w in the format with that name. The error wraps [ErrFormat], or is the writer's. The
// report is not changed.
func Write(w io.Writer, name string, r *finding.Report, opts Options) error {
	all := formats()
	i := slices.IndexFunc(all, func(f format) bool { return f.name == name })
	if i < 0 {
		return fmt.Errorf("%w %q: want %s", ErrFormat, name, strings.Join(Formats(), ", "))
	}
	if err := all[i].write(w, r, opts); err != nil {
		return fmt.Errorf("write %s report: %w", name, err)
	}
	return nil
}

// listed reports whether a finding appears in a report that does not ask for all of them.
func listed(f *finding.Finding, opts Options) bool {
	return opts.All || (f.Verdict != finding.Pass && !f.NotDemanded)
}

// place is file:line:column, as far as it is known.
func place(file string, line, column int) string {
	switch {
	case line <= 0:
		return file
	case column <= 0:
		return fmt.Sprintf("%s:%d", file, line)
	default:
		return fmt.Sprintf("%s:%d:%d", file, line, column)
	}
}

// helpURI is the reference page of a safeguard.
func helpURI(safeguard string) string {
	return "https://github.com/baileydb/bailey/blob/main/docs/reference/safeguards/" + escapePath(safeguard) + ".md"
}

// escapePath percent-encodes a path so that it stands for itself in a URI reference.
func escapePath(p string) string {
	return strings.ReplaceAll((&url.URL{Path: p}).EscapedPath(), ":", "%3A")
}

// count writes a number and its noun: 1 database, 2 databases.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// bySeverity writes counts in words, worst first, without the zeros: 2 high, 1 low.
func bySeverity(c finding.Counts) string {
	var parts []string
	for _, p := range []struct {
		n int
		l finding.Label
	}{{c.High, finding.High}, {c.Medium, finding.Medium}, {c.Low, finding.Low}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.l))
		}
	}
	return strings.Join(parts, ", ")
}

// headline is the answer of a report in one sentence, what must be said beside it, and whether all is well.
func headline(r *finding.Report) (answer string, beside []string, good bool) {
	failing, undecided := 0, 0
	for i := range r.Stores {
		switch {
		case r.Stores[i].Failed.Total() > 0:
			failing++
		case r.Stores[i].Unknown > 0:
			undecided++
		}
	}
	s, n := &r.Summary, len(r.Stores)
	switch {
	case n == 0 && s.Failed.Total() == 0 && s.Unknown == 0:
		answer = fmt.Sprintf("No databases found in %s.", count(s.Files, "file", "files"))
	case s.Failed.Total() > 0 && failing == 0:
		answer = fmt.Sprintf("What surrounds the databases lacks %s: %s.",
			count(s.Failed.Total(), "safeguard", "safeguards"), bySeverity(s.Failed))
	case s.Failed.Total() > 0:
		answer = fmt.Sprintf("%s %s safeguards that %s data requires: %s.",
			ofDatabases(failing, n), lack(failing), its(failing), bySeverity(s.Failed))
	case s.Unknown > 0:
		answer = fmt.Sprintf("Nothing known is missing, but %s could not be decided on %s.",
			count(s.Unknown, "check", "checks"), count(max(undecided, 1), "database", "databases"))
	case n == 1:
		answer, good = "The database has every safeguard that its data requires.", true
	default:
		answer, good = fmt.Sprintf("All %d databases have every safeguard that their data requires.", n), true
	}
	if s.Failed.Total() > 0 && s.Unknown > 0 {
		beside = append(beside, count(s.Unknown, "check", "checks")+" could not be decided.")
	}
	if slices.ContainsFunc(r.Problems, func(p finding.Problem) bool { return p.Fatal }) {
		beside, good = append(beside, "Not everything could be read."), false
	}
	return answer, beside, good
}

func ofDatabases(some, all int) string {
	switch {
	case all == 1:
		return "The database"
	case some == all:
		return fmt.Sprintf("All %d databases", all)
	default:
		return fmt.Sprintf("%d of %d databases", some, all)
	}
}

func lack(n int) string {
	if n == 1 {
		return "lacks"
	}
	return "lack"
}

func its(n int) string {
	if n == 1 {
		return "its"
	}
	return "their"
}

// effectWords spells out what applying a fix does to a running database; empty for no effect.
func effectWords(effect string) string {
	switch effect {
	case "reboot":
		return "needs a reboot: a short interruption"
	case "replacement":
		return "replaces the resource: AWS makes a new one, and data and endpoint do not move by themselves"
	case "rebuild":
		return "needs a rebuild: restore from a snapshot into a new resource, then move the endpoint"
	default:
		return ""
	}
}
