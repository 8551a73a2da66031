package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// text writes a report for a terminal.
type text struct {
	*bufio.Writer      // keeps the first error for Flush
	blank         bool // the last line was empty
	r             *finding.Report
	opts          Options
	width         int
	frames        *frames
	// told counts the findings told in full by safeguard; fixes remembers on which resource a fix was told.
	told  map[string]int
	fixes map[string]string
	// full is how many findings of one safeguard are told in full.
	full int
	// last is the last finding that was told in full.
	last *finding.Finding
}

func writeText(w io.Writer, r *finding.Report, opts Options) error {
	t := &text{
		Writer: bufio.NewWriter(w), r: r, opts: opts, width: 100, frames: newFrames(opts.Source),
		told: map[string]int{}, fixes: map[string]string{}, full: 3,
	}
	if opts.Width > 0 {
		t.width = max(opts.Width, 40)
	}
	if r.Summary.Failed.Total() > 30 {
		t.full = 1
	}
	answer, beside, good := headline(r)
	color := bold
	if good {
		color = green
	}
	t.para(0, part{}, answer, color)
	for _, s := range beside {
		t.para(0, part{}, s, "")
	}
	g := group(r)
	t.databases(g)
	t.around(g)
	t.undecided(g)
	t.accepted(g)
	t.passes(g)
	t.unread()
	t.summary(g)
	return t.Flush()
}

// The colors of text, as ANSI codes.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	cyan   = "36"
	green  = "1;32"
)

func (t *text) paint(code, s string) string {
	if !t.opts.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// line writes one line; of several empty ones in a row, only the first.
func (t *text) line(s string) {
	if s == "" && t.blank {
		return
	}
	t.blank = s == ""
	_, _ = t.WriteString(strings.TrimRight(s, " ") + "\n") // Flush returns the error
}

// para writes wrapped text behind an indented lead; the lines after the first are indented to the text.
func (t *text) para(indent int, lead part, s string, color string) {
	used := indent
	if lead.s != "" {
		used += columns(lead.s) + 1
	}
	for i, l := range wrap(s, t.width-used) {
		if i == 0 && lead.s != "" {
			t.line(strings.Repeat(" ", indent) + t.paint(lead.color, lead.s) + " " + t.paint(color, l))
			continue
		}
		t.line(strings.Repeat(" ", used) + t.paint(color, l))
	}
}

// part is a piece of a line with its color.
type part struct{ s, color string }

// heading writes a title with a rule up to the width.
func (t *text) heading(title, aside string) {
	title = shorten(printable(title), t.width-10)
	head := "── " + t.paint(bold, title) + " "
	used := 4 + columns(title)
	if aside = printable(aside); aside != "" && used+columns(aside)+4 < t.width {
		head += "── " + t.paint(bold, aside) + " "
		used += 4 + columns(aside)
	}
	t.line("")
	t.line(head + t.paint(dim, strings.Repeat("─", max(t.width-used, 0))))
}

func (t *text) databases(g grouped) {
	alike := map[string][]database{}
	for _, d := range g.databases {
		alike[d.lacks()] = append(alike[d.lacks()], d)
	}
	for _, d := range g.databases {
		same := alike[d.lacks()]
		switch {
		case d.lacks() == "":
		case len(same) < minAlike || t.opts.All:
			t.database(d)
		case same[0].Store == d.Store:
			t.database(d)
			t.alike(same[0].Store, same[1:])
		}
	}
	t.clean(g)
}

// minAlike is the number of databases with the same failures from which on only the first is told in full.
const minAlike = 4

// lacks is the same for two databases of one level that fail the same safeguards; empty when it fails none.
func (d *database) lacks() string {
	var ids []string
	for _, f := range in(d.own, failed) {
		ids = append(ids, f.Safeguard)
	}
	for _, f := range in(d.shared, failed) {
		ids = append(ids, f.ID)
	}
	if len(ids) == 0 {
		return ""
	}
	return d.Level + "\x00" + strings.Join(ids, "\x00")
}

func (t *text) database(d database) {
	own, shared := in(d.own, failed), in(d.shared, failed)
	t.heading(d.Name, d.Level)
	t.storeLines(d.Store)
	for _, f := range own {
		t.finding(f, f.Resource == d.Resource)
	}
	if len(shared) > 0 {
		t.line("")
		t.para(2, part{}, "shared with other databases, told under Around the databases:", dim)
		for _, f := range shared {
			t.brief(f, "")
		}
	}
}

// alike lists databases that lack what one told before lacks.
func (t *text) alike(first *finding.Store, others []database) {
	t.heading(count(len(others), "database lacks", "databases lack")+" the same as "+first.Name, first.Level)
	var names []string
	for _, d := range others {
		names = append(names, fmt.Sprintf("%s (%s)", d.Name, place(d.File, d.Line, 0)))
	}
	t.para(2, part{"✗", red}, strings.Join(names, ", "), "")
}

func (t *text) storeLines(s *finding.Store) {
	what := strings.ReplaceAll(s.Kind, "_", " ")
	if s.Engine != "" {
		what = s.Engine + " " + what
	}
	t.para(2, part{}, fmt.Sprintf("%s at %s, level %s from %s", what, place(s.File, s.Line, 0), s.Level, s.LevelFrom), dim)
	var parts []string
	if s.Failed.Total() > 0 {
		parts = append(parts, bySeverity(s.Failed)+" failed")
	}
	if s.Unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d unknown", s.Unknown))
	}
	parts = append(parts, fmt.Sprintf("%d passed", s.Passed))
	t.para(2, part{}, strings.Join(parts, " · "), "")
}

// clean lists the databases with no failure in a few lines.
func (t *text) clean(g grouped) {
	var met, undecided []string
	for _, d := range g.databases {
		if d.lacks() != "" {
			continue
		}
		entry := fmt.Sprintf("%s (%s)", d.Name, d.Level)
		if d.Unknown > 0 {
			undecided = append(undecided, entry)
			continue
		}
		met = append(met, entry)
	}
	if len(met)+len(undecided) == 0 {
		return
	}
	t.heading("Databases with nothing known to be missing", "")
	if len(met) > 0 {
		t.para(2, part{"✓", green}, strings.Join(met, ", "), "")
	}
	if len(undecided) > 0 {
		t.para(2, part{"?", cyan}, strings.Join(undecided, ", ")+": some checks could not be decided, see below", "")
	}
}

func (t *text) around(g grouped) {
	fs := in(g.around, failed)
	if len(fs) == 0 {
		return
	}
	t.heading("Around the databases", "")
	for _, f := range fs {
		t.finding(f, false)
	}
}

// undecided groups the unknowns by what would settle them.
func (t *text) undecided(g grouped) {
	var all []*finding.Finding
	for _, d := range g.databases {
		all = append(all, in(d.own, unknown)...)
	}
	all = append(all, in(g.around, unknown)...)
	if len(all) == 0 {
		return
	}
	t.heading("Could not be decided: "+count(len(all), "check", "checks"), "")
	for i, s := range settlings(all) {
		if i > 0 {
			t.line("")
		}
		for j, settle := range s.settle {
			if j == maxSettle && !t.opts.All {
				t.para(2, part{}, fmt.Sprintf("… and %d more (--all lists them)", len(s.settle)-j), dim)
				break
			}
			lead := part{"to settle:", bold}
			if j > 0 {
				lead = part{"and:", bold}
			}
			t.para(2, lead, settle, "")
		}
		t.collapsed(s.findings)
	}
}

// collapsed lists findings with one entry for each safeguard.
func (t *text) collapsed(fs []*finding.Finding) {
	bySafeguard := map[string][]*finding.Finding{}
	var order []string
	for _, f := range fs {
		if bySafeguard[f.Safeguard] == nil {
			order = append(order, f.Safeguard)
		}
		bySafeguard[f.Safeguard] = append(bySafeguard[f.Safeguard], f)
	}
	for _, id := range order {
		same := bySafeguard[id]
		sortFindings(same)
		if len(same) == 1 {
			t.brief(same[0], "")
			continue
		}
		var names []string
		for _, f := range same {
			names = append(names, f.Resource)
		}
		symbol, word, color := mark(same[0])
		limit := 6
		if t.opts.All {
			limit = len(names)
		}
		t.para(2, part{fmt.Sprintf("%s %-6s", symbol, word), color},
			fmt.Sprintf("%s on %d resources: %s", id, len(same), enumerate(names, limit)), "")
	}
}

// accepted lists what somebody accepted, and what the baseline holds.
func (t *text) accepted(g grouped) {
	var all []*finding.Finding
	for _, d := range g.databases {
		all = append(all, in(d.own, waived, baseline)...)
	}
	all = append(all, in(g.around, waived, baseline)...)
	if len(all) == 0 {
		return
	}
	t.heading("Accepted: not counted against you", "")
	t.list(all, maxListed, func(f *finding.Finding) {
		t.brief(f, "")
		switch {
		case f.Waiver == nil:
			t.para(11, part{}, "in the baseline", dim)
		case f.Waiver.From == "":
			t.para(11, part{}, fmt.Sprintf("until %s: %s", f.Waiver.Until, f.Waiver.Reason), dim)
		default:
			t.para(11, part{}, fmt.Sprintf("until %s: %s (%s)", f.Waiver.Until, f.Waiver.Reason, f.Waiver.From), dim)
		}
	})
}

// passes lists what holds and what is not demanded, when all is asked for.
func (t *text) passes(g grouped) {
	if !t.opts.All {
		return
	}
	show := func(title, level string, fs []*finding.Finding) {
		if fs = in(fs, passed, notDemanded); len(fs) == 0 {
			return
		}
		t.heading(title, level)
		for _, f := range fs {
			t.brief(f, "")
		}
	}
	for _, d := range g.databases {
		show("Passed or not demanded: "+d.Name, d.Level, d.own)
	}
	show("Passed or not demanded: around the databases", "", g.around)
}

// maxListed is how many entries of a list without detail are shown before the rest is counted.
const maxListed = 20

func (t *text) list(fs []*finding.Finding, limit int, show func(*finding.Finding)) {
	for i, f := range fs {
		if i == limit && !t.opts.All {
			t.para(4, part{}, fmt.Sprintf("… and %d more (--format json lists all)", len(fs)-limit), dim)
			return
		}
		show(f)
	}
}

func (t *text) unread() {
	if n := len(t.r.Problems); n > 0 {
		t.heading("Could not be read: "+count(n, "problem", "problems"), "")
		for i, p := range t.r.Problems {
			if i == maxListed && !t.opts.All {
				t.para(4, part{}, fmt.Sprintf("… and %d more", n-i), dim)
				break
			}
			lead, left := part{"!", yellow}, " (a value is missing because of it)"
			if p.Fatal {
				lead, left = part{"✗", red}, " (what stands there was not checked)"
			}
			t.para(2, lead, place(p.File, p.Line, p.Column)+": "+p.Message+left, "")
		}
	}
	if n := len(t.r.Skipped); n > 0 {
		t.heading("Left out: "+count(n, "path", "paths"), "")
		for i, s := range t.r.Skipped {
			if i == maxListed/2 && !t.opts.All {
				t.para(4, part{}, fmt.Sprintf("… and %d more", n-i), dim)
				break
			}
			t.para(2, part{"-", dim}, s.Path+": "+s.Reason, "")
		}
	}
}

func (t *text) summary(g grouped) {
	s := &t.r.Summary
	t.heading("Summary", "")
	t.para(2, part{}, fmt.Sprintf("%s, %s, %s checked", count(s.Files, "file", "files"),
		count(s.Resources, "resource", "resources"), count(s.Stores, "database", "databases")), "")
	parts := []string{fmt.Sprintf("%d failed", s.Failed.Total())}
	if s.Failed.Total() > 0 {
		parts[0] += " (" + bySeverity(s.Failed) + ")"
	}
	parts = append(parts, fmt.Sprintf("%d unknown", s.Unknown), fmt.Sprintf("%d passed", s.Passed))
	if s.Waived > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", s.Waived))
	}
	if s.Baseline > 0 {
		parts = append(parts, fmt.Sprintf("%d in the baseline", s.Baseline))
	}
	if n := len(t.r.Problems); n > 0 {
		parts = append(parts, count(n, "problem", "problems"))
	}
	if n := len(t.r.Skipped); n > 0 {
		parts = append(parts, fmt.Sprintf("%d left out", n))
	}
	t.para(2, part{}, strings.Join(parts, " · "), "")
	if words := savedWords(t.r); words != "" {
		t.para(2, part{}, words, "")
	}
	t.next(g)
}

// next names the commands to go on with.
func (t *text) next(g grouped) {
	first := ""
	for _, d := range g.databases {
		if open := append(in(d.own, failed), in(d.own, unknown)...); first == "" && len(open) > 0 {
			first = open[0].Safeguard
		}
	}
	if open := append(in(g.around, failed), in(g.around, unknown)...); first == "" && len(open) > 0 {
		first = open[0].Safeguard
	}
	if first == "" {
		return
	}
	t.line("")
	t.line("  next: " + t.paint(bold, printable("bailey explain "+first)))
	t.line("        " + t.paint(bold, "bailey check --format html > bailey.html"))
}

// savedWords says what levels save: the checks that fail, but that no level asks for.
func savedWords(r *finding.Report) string {
	n := r.Summary.NotDemanded
	if n == 0 {
		return ""
	}
	cost := 0.0
	for i := range r.Findings {
		if f := &r.Findings[i]; f.NotDemanded && f.Fix.MonthlyCost != nil {
			cost += *f.Fix.MonthlyCost
		}
	}
	words := fmt.Sprintf("%s not in place, but the data's level does not demand it", count(n, "safeguard is", "safeguards are"))
	if n > 1 {
		words = strings.TrimSuffix(words, "it") + "them"
	}
	if cost >= 1 {
		return words + fmt.Sprintf(": about $%.0f a month saved.", cost)
	}
	return words + ": money and work saved."
}
