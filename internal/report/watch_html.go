package report

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/watch"
)

// watchPage is what the page of a watch is filled with. All its texts are printable.
type watchPage struct {
	Policy                                        template.HTML
	Style                                         template.CSS
	Script                                        template.JS
	Version, Headline, Beside, Events, Span, Unit string
	Tiles                                         []tile
	Width                                         int
	Buckets                                       []bucket
	Who, What                                     []option
	Findings                                      []watchFinding
}

type option struct{ Value, Label string }

type watchFinding struct {
	ID, Severity, Word, Title, Times, Resource, Level, Short, Who, What, Bucket string
	Why, Respond, Type, Detection, EventCount                                   string
	Rows                                                                        []watchRow
	Evidence, Events                                                            []string
}

// watchRow is a name with a value.
type watchRow struct{ Name, Value string }

// WriteWatchHTML writes one page that needs nothing else: a timeline, and each finding with its evidence. No request leaves it,
// and its content security policy allows only the style and the script that are in it, by their hash. The same findings give
// the same page.
func WriteWatchHTML(w io.Writer, events int64, found []watch.Finding, version string) error {
	t, err := template.New("watch.tmpl").ParseFS(assets, "html/watch.tmpl")
	if err != nil {
		return err
	}
	var style []byte
	for _, name := range []string{"html/report.css", "html/watch.css"} {
		text, err := assets.ReadFile(name)
		if err != nil {
			return err
		}
		style = append(style, text...)
	}
	script, err := assets.ReadFile("html/watch.js")
	if err != nil {
		return err
	}
	p := watchPageOf(events, found)
	p.Version = printable(version)
	p.Policy = policy(style, script)
	p.Style, p.Script = template.CSS(style), template.JS(script) //nolint:gosec // embedded
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

func watchPageOf(events int64, found []watch.Finding) *watchPage {
	p := &watchPage{Events: plural(int(events), "event", "events") + " read"}
	if len(found) == 0 {
		p.Headline = "Nothing strange in " + plural(int(events), "event", "events") + "."
		return p
	}
	var counts finding.Counts
	who, what := map[string]int{}, map[string]int{}
	line := newTimeline(found)
	p.Unit, p.Buckets, p.Width, p.Span = line.unit, line.buckets(found), timelineWidth, line.span()
	for i := range found {
		f := &found[i]
		counts.Add(f.Severity.Label)
		who[f.Principal]++
		what[f.Detection]++
		p.Findings = append(p.Findings, watchFindingOf(f, line))
	}
	delete(who, "")
	p.Who, p.What = mostFirst(who), mostFirst(what)
	p.Headline = fmt.Sprintf("%s: %d high, %d medium, %d low", plural(len(found), "finding", "findings"), counts.High, counts.Medium, counts.Low)
	worst := &found[0]
	p.Beside = "The worst: " + printable(worst.Title) + ", " + printable(worst.Resource) + "."
	p.Tiles = []tile{
		{N: counts.High, Word: "high", Class: "high", Mark: "▲"},
		{N: counts.Medium, Word: "medium", Class: "medium", Mark: "◆"},
		{N: counts.Low, Word: "low", Class: "low", Mark: "●"},
		{N: len(who), Word: "principals"},
		{N: len(what), Word: "detections"},
	}
	return p
}

// maxOptions is how many names a filter offers; the search finds all.
const maxOptions = 60

func mostFirst(counts map[string]int) []option {
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	var out []option
	for _, name := range names[:min(len(names), maxOptions)] {
		out = append(out, option{printable(name), fmt.Sprintf("%s (%d)", shorten(printable(name), 60), counts[name])})
	}
	return out
}

func watchFindingOf(f *watch.Finding, line *timeline) watchFinding {
	out := watchFinding{
		ID: printable(f.ID), Severity: string(f.Severity.Label), Word: string(f.Severity.Label), Title: printable(f.Title), Resource: printable(f.Resource), Level: printable(f.Level),
		Who: printable(f.Principal), What: printable(f.Detection), Detection: printable(f.Detection), Type: printable(f.Type), Why: printable(f.Why), Respond: printable(f.Respond),
		Bucket: line.id(f.First),
	}
	if f.Count > 1 {
		out.Times = fmt.Sprintf("%d times", f.Count)
	}
	when := ""
	if !f.First.IsZero() {
		when = f.First.UTC().Format(time.DateTime)
		out.Short = f.First.UTC().Format("Jan 2 15:04")
		if f.Last.After(f.First) {
			when += " to " + f.Last.UTC().Format(time.DateTime)
		}
		when += " UTC"
	}
	for _, row := range []watchRow{{"what", f.Resource}, {"who", f.Principal}, {"from", f.Address}, {"when", when}, {"account", strings.TrimSpace(f.Account + " " + f.Region)}} {
		if row.Value != "" {
			out.Rows = append(out.Rows, watchRow{row.Name, printable(row.Value)})
		}
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, printable(e))
	}
	for _, e := range f.Events {
		out.Events = append(out.Events, printable(e))
	}
	if out.EventCount = plural(f.Count, "event", "events"); len(f.Events) < f.Count {
		out.EventCount += fmt.Sprintf(", the first %d of them", len(f.Events))
	}
	return out
}

// timeline is the time of findings in buckets of one length.
type timeline struct {
	unit        string
	size        time.Duration
	first, last time.Time
}

const (
	timelineWidth  = 1040
	timelineHeight = 136
	maxBuckets     = 180
	tickWidth      = 90 // units of the drawing that a label needs
)

// newTimeline takes hours where they fit, then days, weeks and so on.
func newTimeline(found []watch.Finding) *timeline {
	t := &timeline{}
	for i := range found {
		at := found[i].First
		if at.IsZero() {
			continue
		}
		if t.first.IsZero() || at.Before(t.first) {
			t.first = at
		}
		if at.After(t.last) {
			t.last = at
		}
	}
	const day = 24 * time.Hour
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"minute", time.Minute}, {"hour", time.Hour}, {"six hours", 6 * time.Hour}, {"day", day}, {"week", 7 * day}, {"four weeks", 28 * day}, {"year", 365 * day}, {"century", 36500 * day}} {
		t.unit, t.size = u.name, u.size
		if u.size >= time.Hour && t.n() <= maxBuckets || u.size < time.Hour && t.last.Sub(t.first) < 30*time.Minute {
			break
		}
	}
	return t
}

func (t *timeline) start() time.Time { return t.first.UTC().Truncate(t.size) }

func (t *timeline) n() int { return int(t.last.Sub(t.start())/t.size) + 1 }

// id names the bucket of a time.
func (t *timeline) id(at time.Time) string {
	if at.IsZero() {
		return "none"
	}
	return fmt.Sprint("b", int(at.Sub(t.start())/t.size))
}

func (t *timeline) span() string {
	if t.first.IsZero() {
		return ""
	}
	from, to := t.first.UTC(), t.last.UTC()
	if from.Format(time.DateOnly) == to.Format(time.DateOnly) {
		return from.Format("2006-01-02 15:04") + " to " + to.Format("15:04") + " UTC"
	}
	return from.Format("2006-01-02 15:04") + " to " + to.Format("2006-01-02 15:04") + " UTC"
}

// bucket is a part of the timeline as it is drawn.
type bucket struct {
	ID, Label, Tick string
	N               int
	X, W            int
	Bars            []bar
}

// bar is how many findings of one severity a bucket has, as a rectangle.
type bar struct {
	Class      string
	X, Y, W, H int
}

func (t *timeline) buckets(found []watch.Finding) []bucket {
	if t.first.IsZero() {
		return nil
	}
	n := t.n()
	counts := make([]finding.Counts, n)
	most := 1
	for i := range found {
		if at := found[i].First; !at.IsZero() {
			c := &counts[int(at.Sub(t.start())/t.size)]
			c.Add(found[i].Severity.Label)
			most = max(most, c.High+c.Medium+c.Low)
		}
	}
	// A few findings are thin bars, not towers.
	scale := float64(timelineHeight) / float64(max(most, 4))
	out := make([]bucket, n)
	form := "Jan 2 15:04"
	if t.size >= 24*time.Hour {
		form = "Jan 2 2006"
	}
	labelled := -tickWidth
	for i := range out {
		c, at := counts[i], t.start().Add(time.Duration(i)*t.size)
		x, next := i*timelineWidth/n, (i+1)*timelineWidth/n
		b := bucket{ID: fmt.Sprint("b", i), X: x, W: max(next-x, 1), N: c.High + c.Medium + c.Low}
		b.Label = fmt.Sprintf("%s: %d high, %d medium, %d low", at.Format("2006-01-02 15:04"), c.High, c.Medium, c.Low)
		if x-labelled >= tickWidth && x+tickWidth <= timelineWidth+tickWidth/4 {
			b.Tick, labelled = at.Format(form), x
		}
		y := 140.0
		for _, part := range []struct {
			class string
			n     int
		}{{"high", c.High}, {"medium", c.Medium}, {"low", c.Low}} {
			if part.n > 0 {
				h := max(float64(part.n)*scale, 3)
				y -= h
				b.Bars = append(b.Bars, bar{part.class, x + min(1, b.W/4), int(y), max(min(b.W-2, 48), 2), int(h)})
			}
		}
		out[i] = b
	}
	return out
}
