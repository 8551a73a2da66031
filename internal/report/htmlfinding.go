package report

import (
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// pageFinding is one finding as the page shows it. All text in it is printable.
type pageFinding struct {
	ID, Mark, Word, Class       string
	State, Severity, Level      string
	Topic, DBs                  string
	Title, Safeguard, Resource  string
	Place, Message, Why, Waiver string
	Stores, Settle              []string
	Frame                       []pageLine
	Evidence                    []pageEvidence
	Fix                         pageFix
	Frameworks                  []string
	SameAs                      []string
	Help                        template.URL
}

type pageLine struct {
	Number              int
	Before, Marked, End string // the marked line is split at its column
	Here                bool
}

type pageEvidence struct{ Fact, Value, Note, Place string }

type pageFix struct {
	Summary, Snippet, Effect, Cost string
	Steps                          []string
}

func (b *pageBuilder) finding(f *finding.Finding) pageFinding {
	mark, word, class := standingOf(f)
	st := stateOf(f)
	out := pageFinding{
		ID: f.ID, Mark: mark, Word: word, Class: class, State: strings.ReplaceAll(string(st), " ", "-"),
		Severity: string(f.Severity.Label), Level: f.Level, Topic: topicOf(f), DBs: strings.Join(b.dbs[f], " "),
		Title: printable(f.Title), Safeguard: printable(f.Safeguard), Resource: printable(f.Resource),
		Place: printable(place(f.File, f.Line, f.Column)), Message: printable(f.Message), Why: printable(f.Why),
		Help: template.URL(helpURI(f.Safeguard)), //nolint:gosec // https, and the path is escaped
	}
	if st == waived || st == baseline {
		out.State = "accepted"
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, pageEvidenceOf(f, e))
	}
	if st == passed {
		return out
	}
	if f.Waiver != nil {
		out.Waiver = printable(waiverWords(f.Waiver))
	} else if f.Baseline {
		out.Waiver = "in the baseline: known before, and not counted"
	}
	for _, s := range f.Stores {
		out.Stores = append(out.Stores, printable(s))
	}
	for _, s := range f.Settle {
		out.Settle = append(out.Settle, printable(s))
	}
	if fr, ok := b.frames.at(f.File, f.Line, f.Column); ok {
		out.Frame = pageFrame(fr)
	}
	out.Fix = pageFixOf(&f.Fix)
	out.Frameworks, out.SameAs = identifiers(f.Frameworks, frameworkName), identifiers(f.SameAs, func(s string) string { return s })
	return out
}

// maxFrameColumns is how much of a line of code the page shows.
const maxFrameColumns = 240

func pageFrame(fr frame) []pageLine {
	var out []pageLine
	for _, l := range fr.lines {
		if !l.marked {
			text, _ := clip(l.text, 0, maxFrameColumns)
			out = append(out, pageLine{Number: l.number, Before: text})
			continue
		}
		text, column := clip(l.text, fr.column, maxFrameColumns)
		line := pageLine{Number: l.number, Before: text, Here: true}
		if runes := []rune(text); column > 0 && column <= len(runes) {
			line.Before = string(runes[:column-1])
			rest := string(runes[column-1:])
			end := strings.IndexAny(rest, " ,{}[]()")
			if end <= 0 {
				end = len(rest)
			}
			line.Marked, line.End = rest[:end], rest[end:]
		}
		out = append(out, line)
	}
	return out
}

func pageEvidenceOf(f *finding.Finding, e finding.Evidence) pageEvidence {
	out := pageEvidence{Fact: printable(e.Fact), Value: printable(e.Value), Note: printable(e.Note)}
	switch {
	case e.State == "unknown":
		out.Value = "not known"
	case e.State == "absent" && e.Value == "":
		out.Value = "not set"
	case e.State == "absent":
		out.Value = "not set, so " + out.Value + " holds"
	}
	if e.File != "" && (e.File != f.File || e.Line != f.Line) {
		out.Place = printable(place(e.File, e.Line, e.Column))
	}
	return out
}

func pageFixOf(x *finding.Fix) pageFix {
	out := pageFix{Summary: printable(x.Summary), Effect: effectWords(x.Effect)}
	if x.MonthlyCost != nil {
		out.Cost = costWords(*x.MonthlyCost)
	}
	for _, s := range x.Steps {
		out.Steps = append(out.Steps, printable(s))
	}
	if x.Snippet != "" {
		var lines []string
		for l := range strings.SplitSeq(strings.TrimRight(x.Snippet, "\n"), "\n") {
			s, _ := expand(l, 0)
			lines = append(lines, s)
		}
		out.Snippet = strings.Join(lines, "\n")
	}
	return out
}

func identifiers(byName map[string][]string, name func(string) string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(byName)) {
		for _, id := range byName[key] {
			out = append(out, printable(name(key)+" "+id))
		}
	}
	return out
}
