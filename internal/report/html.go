package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
)

//go:embed html
var assets embed.FS

// page is what the template of the HTML report shows.
type page struct {
	Policy    template.HTML
	Style     template.CSS
	Script    template.JS
	Version   string
	Time      string
	Headline  string
	Beside    string
	Good      bool
	Checked   string
	Saved     string
	Tiles     []tile
	Levels    []string
	Topics    []topic
	Rows      []row
	Sections  []section
	Settlings []pageSettling
	Problems  []pageProblem
	Skipped   []finding.Skip
}

// tile is one number with what it counts.
type tile struct {
	N           int
	Word        string
	Class, Mark string
}

// row is one database in the matrix.
type row struct {
	Name, Level, What, Section string
	Cells                      []cell
}

// cell is the worst that is known of one database on one topic.
type cell struct {
	Topic   string
	Section string
	Href    template.URL
	Class   string
	Mark    string
	Word    string
	N       int
	Label   string
}

// section is one database, or what surrounds them, with findings.
type section struct {
	ID       string
	Name     string
	Level    string
	What     string
	From     string
	Place    string
	Counts   string
	Findings []pageFinding // open, then accepted
	Shared   []pageLink
	Rest     []pageFinding // passed and not demanded
}

// pageLink points to a finding that is told in another section.
type pageLink struct{ ID, Mark, Class, Title, Resource string }

type pageSettling struct {
	Count  string
	Settle []string
	Links  []pageLink
}

type pageProblem struct {
	Place, Message string
	Fatal          bool
}

// writeHTML writes one page that needs nothing else: no request leaves it, and its content security policy allows only
// the style and the script that are in it, by their hash.
func writeHTML(w io.Writer, r *finding.Report, opts Options) error {
	t, err := template.New("report.tmpl").ParseFS(assets, "html/report.tmpl")
	if err != nil {
		return err
	}
	style, err := assets.ReadFile("html/report.css")
	if err != nil {
		return err
	}
	script, err := assets.ReadFile("html/report.js")
	if err != nil {
		return err
	}
	p := pageOf(r, opts)
	p.Policy = policy(style, script)
	p.Style, p.Script = template.CSS(style), template.JS(script) //nolint:gosec // embedded files
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// policy is the content security policy as a meta element.
func policy(style, script []byte) template.HTML {
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return template.HTML(fmt.Sprintf( //nolint:gosec // hashes only
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'">`,
		hash(style), hash(script)))
}

func pageOf(r *finding.Report, opts Options) *page {
	s := &r.Summary
	b := pageBuilder{r: r, frames: newFrames(opts.Source), dbs: map[*finding.Finding][]string{}, topics: usedTopics(r)}
	p := &page{Topics: b.topics, Version: r.Version, Time: r.Time, Levels: r.Levels, Saved: savedWords(r)}
	if at, err := time.Parse(time.RFC3339, r.Time); err == nil {
		p.Time = at.UTC().Format("2 January 2006, 15:04 UTC")
	}
	answer, beside, good := headline(r)
	p.Headline, p.Beside, p.Good = answer, strings.Join(beside, " "), good
	p.Checked = fmt.Sprintf("%s, %s, %s", count(s.Files, "file", "files"), count(s.Resources, "resource", "resources"),
		count(s.Stores, "database", "databases"))
	p.Tiles = []tile{
		{s.Failed.High, "high", "high", "✕"},
		{s.Failed.Medium, "medium", "medium", "✕"},
		{s.Failed.Low, "low", "low", "✕"},
		{s.Unknown, "unknown", "unknown", "?"},
		{s.Passed, "passed", "passed", "✓"},
		{s.Waived + s.Baseline, "accepted", "accepted", "~"},
		{s.NotDemanded, "not demanded", "idle", "–"},
	}
	b.fill(p, group(r))
	for _, x := range r.Problems {
		p.Problems = append(p.Problems, pageProblem{printable(place(x.File, x.Line, x.Column)), printable(x.Message), x.Fatal})
	}
	for _, x := range r.Skipped {
		p.Skipped = append(p.Skipped, finding.Skip{Path: printable(x.Path), Reason: printable(x.Reason)})
	}
	return p
}

// pageBuilder makes rows and sections of a grouped report.
type pageBuilder struct {
	r      *finding.Report
	frames *frames
	dbs    map[*finding.Finding][]string // the sections a finding is about
	topics []topic
}

const aroundID = "around"

func (b *pageBuilder) fill(p *page, g grouped) {
	for i, d := range g.databases {
		id := fmt.Sprintf("db%d", i+1)
		for _, f := range d.own {
			b.dbs[f] = []string{id}
		}
		for _, f := range d.shared {
			b.dbs[f] = append(b.dbs[f], id)
		}
	}
	var alone, unknowns []*finding.Finding
	for _, f := range g.around {
		if b.dbs[f] == nil {
			b.dbs[f] = []string{aroundID}
			alone = append(alone, f)
		}
	}
	for i, d := range g.databases {
		id := fmt.Sprintf("db%d", i+1)
		s := section{
			ID: id, Name: printable(d.Name), Level: printable(d.Level), What: printable(what(d.Store)),
			From: printable(d.LevelFrom), Place: printable(place(d.File, d.Line, 0)),
			Counts: countsWords(d.Store),
		}
		b.findings(&s, d.own)
		for _, f := range in(d.shared, failed, unknown, waived, baseline) {
			s.Shared = append(s.Shared, linkTo(f))
		}
		p.Sections = append(p.Sections, s)
		p.Rows = append(p.Rows, row{s.Name, s.Level, s.What, id, b.cells(id, append(d.own[:len(d.own):len(d.own)], d.shared...))})
		unknowns = append(unknowns, in(d.own, unknown)...)
	}
	unknowns = append(unknowns, in(g.around, unknown)...)
	if len(g.around) > 0 {
		s := section{ID: aroundID, Name: "Around the databases", What: "Networks, keys, principals and logs that several databases share, or that stand for none."}
		b.findings(&s, g.around)
		p.Sections = append(p.Sections, s)
	}
	if len(alone) > 0 {
		p.Rows = append(p.Rows, row{"Around the databases", "", "account and network", aroundID, b.cells(aroundID, alone)})
	}
	for _, s := range settlings(unknowns) {
		one := pageSettling{Count: count(len(s.findings), "check", "checks")}
		for _, words := range s.settle {
			one.Settle = append(one.Settle, printable(words))
		}
		for _, f := range s.findings {
			one.Links = append(one.Links, linkTo(f))
		}
		p.Settlings = append(p.Settlings, one)
	}
}

func (b *pageBuilder) findings(s *section, fs []*finding.Finding) {
	for _, f := range in(fs, failed, unknown, waived, baseline) {
		s.Findings = append(s.Findings, b.finding(f))
	}
	for _, f := range in(fs, passed, notDemanded) {
		s.Rest = append(s.Rest, b.finding(f))
	}
}

// cells is one cell for each topic: how the worst finding stands, and how many stand like it.
func (b *pageBuilder) cells(section string, fs []*finding.Finding) []cell {
	sortFindings(fs)
	out := make([]cell, len(b.topics))
	for i, t := range b.topics {
		c := cell{Topic: t.Key, Section: section, Class: "none", Mark: "·", Label: t.Name + ": nothing checked"}
		for _, f := range fs {
			if topicOf(f) != t.Key {
				continue
			}
			mark, word, class := standingOf(f)
			if c.N == 0 {
				c.Mark, c.Word, c.Class = mark, word, class
				c.Href = template.URL("#f-" + f.ID) //nolint:gosec // hexadecimal digits
			}
			if word == c.Word {
				c.N++
			}
		}
		if c.N > 0 {
			c.Label = fmt.Sprintf("%s: %d %s", t.Name, c.N, c.Word)
		}
		out[i] = c
	}
	return out
}

// standingOf is a finding's symbol, word and style class on the page.
func standingOf(f *finding.Finding) (mark, word, class string) {
	switch stateOf(f) {
	case unknown:
		return "?", "unknown", "unknown"
	case waived:
		return "~", "waived", "accepted"
	case baseline:
		return "=", "baseline", "accepted"
	case passed:
		return "✓", "passed", "passed"
	case notDemanded:
		return "–", "not demanded", "idle"
	case failed:
	}
	label := string(cmp.Or(f.Severity.Label, finding.Low))
	return "✕", label, label
}

func linkTo(f *finding.Finding) pageLink {
	mark, word, class := standingOf(f)
	return pageLink{f.ID, mark + " " + word, class, printable(f.Title), printable(f.Resource)}
}

func what(s *finding.Store) string {
	kind := strings.ReplaceAll(s.Kind, "_", " ")
	if s.Engine != "" {
		return s.Engine + " " + kind
	}
	return kind
}

func countsWords(s *finding.Store) string {
	var parts []string
	if s.Failed.Total() > 0 {
		parts = append(parts, bySeverity(s.Failed)+" failed")
	}
	if s.Unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d unknown", s.Unknown))
	}
	return strings.Join(append(parts, fmt.Sprintf("%d passed", s.Passed)), " · ")
}
