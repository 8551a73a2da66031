package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
)

// Timeline is what happened by or on a name, in order: findings, and events where logs were read.
type Timeline struct {
	Name string `json:"name"`
	// From and To bound it; a zero time is no bound.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Around is the finding that it was asked around.
	Around  string   `json:"around,omitempty"`
	Moments []Moment `json:"moments"`
	Omitted int      `json:"omitted,omitempty"` // later events that are too many
	Logs    bool     `json:"logs"`              // whether logs were read
}

// Moment is one line of it: a finding, at the time of its first event, or an event.
type Moment struct {
	At   time.Time `json:"at"`
	ID   string    `json:"id"`
	Text string    `json:"text"`
	// Finding is there for findings; Findings are those that an event is evidence of.
	Finding  *TimelineFinding `json:"finding,omitempty"`
	Findings []string         `json:"findings,omitempty"`
	Log      string           `json:"log,omitempty"`
}

// TimelineFinding is what a timeline says of a finding.
type TimelineFinding struct {
	Severity  finding.Label `json:"severity"`
	Detection string        `json:"detection,omitempty"`
	Resource  string        `json:"resource,omitempty"`
	Count     int           `json:"count"`
	Last      time.Time     `json:"last"`
	Evidence  []string      `json:"evidence,omitempty"`
	Archived  string        `json:"archived,omitempty"`
}

// Sort puts the moments in order: at one time findings before their events, and those by identifier.
func (l *Timeline) Sort() {
	rank := func(m Moment) int {
		if m.Finding != nil {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(l.Moments, func(a, b Moment) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// WriteTimelineJSON writes it for machines.
func WriteTimelineJSON(w io.Writer, l *Timeline) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(l)
}

// gap is how long nothing has to happen to be said.
const gap = time.Hour

// WriteTimeline writes it for people: by day, with what was found standing out and with the times when nothing was.
func WriteTimeline(w io.Writer, l *Timeline, opts Options) error {
	t := &text{Writer: bufio.NewWriter(w), opts: opts, width: 100}
	if opts.Width > 0 {
		t.width = max(opts.Width, 40)
	}
	findings, events := 0, 0
	for _, m := range l.Moments {
		if m.Finding != nil {
			findings++
		} else {
			events++
		}
	}
	head := printable(l.Name) + ": " + plural(findings, "finding", "findings")
	if l.Logs {
		head += " and " + plural(events, "event", "events")
	}
	if !l.From.IsZero() {
		head += " from " + clock(l.From)
	}
	if !l.To.IsZero() {
		head += " to " + clock(l.To)
	}
	t.line(t.paint(bold, head+"."))
	day, last := "", time.Time{}
	for i := 0; i < len(l.Moments); {
		m := &l.Moments[i]
		same := alikeFrom(l.Moments[i:])
		if quiet := m.At.Sub(last); !last.IsZero() && quiet >= gap {
			t.line("            " + t.paint(dim, "… "+spell(quiet)+" nothing"))
		}
		if d := m.At.Format("Monday 2 January 2006"); d != day {
			day = d
			t.heading(d, "")
		}
		if m.Finding != nil {
			t.momentFound(l, m)
		} else {
			t.moment(m, same, l.Moments[i+same-1].At)
		}
		last = l.Moments[i+same-1].At
		i += same
	}
	if l.Omitted > 0 {
		t.line("")
		t.line(fmt.Sprintf("  %d later events are left out; a shorter --window or --around shows them.", l.Omitted))
	}
	t.line("")
	t.line("  next: " + t.paint(bold, l.next(findings)))
	return t.Flush()
}

// next is the command that shows more.
func (l *Timeline) next(findings int) string {
	worst := ""
	rank := -1
	for _, m := range l.Moments {
		if m.Finding != nil && m.Finding.Severity.Rank() > rank {
			worst, rank = short(m.ID), m.Finding.Severity.Rank()
		}
	}
	switch {
	case findings == 0:
		return "bailey watch --replay LOGS --save"
	case !l.Logs:
		return "bailey findings timeline " + shellWord(l.Name) + " --replay LOGS"
	case l.Around != "":
		return "bailey findings show " + short(l.Around)
	}
	return "bailey findings timeline " + shellWord(l.Name) + " --around " + worst + " --replay LOGS"
}

func short(id string) string { return id[:min(8, len(id))] }

// shellWord is a text as a shell takes it for one word.
func shellWord(s string) string {
	if strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-_./:@=+", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// alikeFrom is how many events that say the same follow each other, not an hour apart; 1 for a finding.
func alikeFrom(list []Moment) int {
	n := 1
	for n < len(list) && list[0].Finding == nil && list[n].Finding == nil && list[n].Text == list[0].Text && list[n].At.Sub(list[n-1].At) < gap &&
		slices.Equal(list[n].Findings, list[0].Findings) && list[n].At.YearDay() == list[0].At.YearDay() {
		n++
	}
	return n
}

// momentFound is the line of a finding, with its evidence.
func (t *text) momentFound(l *Timeline, m *Moment) {
	f := m.Finding
	color := map[finding.Label]string{finding.High: red, finding.Medium: yellow}[f.Severity]
	head := strings.ToUpper(string(f.Severity)) + " " + m.Text
	if f.Count > 1 {
		head += fmt.Sprintf(" (%d times)", f.Count)
	}
	mark := "▶"
	if l.Around == m.ID {
		mark = "▶▶"
	}
	t.para(2, part{s: m.At.Format(time.TimeOnly) + " " + mark, color: color}, printable(head), color)
	about := short(m.ID) + ", " + f.Resource
	if f.Detection != "" {
		about += ", " + f.Detection
	}
	if f.Last.Sub(m.At) >= time.Second {
		about += ", until " + clock(f.Last)
	}
	if f.Archived != "" {
		about += ", archived: " + f.Archived
	}
	t.para(13, part{}, printable(about), dim)
	for _, e := range f.Evidence {
		t.para(13, part{s: "●"}, printable(e), "")
	}
}

// moment is the line of an event, or of several alike.
func (t *text) moment(m *Moment, n int, until time.Time) {
	line := m.Text
	if n > 1 {
		line += fmt.Sprintf(", %d times until %s", n, until.Format(time.TimeOnly))
	}
	mark, color := " ", ""
	if len(m.Findings) > 0 {
		mark, color = "!", bold
		var ids []string
		for _, id := range m.Findings {
			ids = append(ids, short(id))
		}
		line += " (in " + strings.Join(ids, ", ") + ")"
	}
	t.para(2, part{s: m.At.Format(time.TimeOnly) + " " + mark}, printable(line), color)
}

func clock(at time.Time) string { return at.UTC().Format("2 Jan 2006 15:04:05") }

// spell is a time as a person says it: 3 h, 2 days.
func spell(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}
