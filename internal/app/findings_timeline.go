package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// timelineFlags are the flags of bailey findings timeline.
type timelineFlags struct {
	around, since, flowFormat, color string
	window                           time.Duration
	replay                           []string
	asJSON                           bool
}

func newTimeline(w *World, f *findingsFlags) *cobra.Command {
	var t timelineFlags
	cmd := &cobra.Command{
		Use:   "timeline [NAME]",
		Short: "Show what happened by or on a principal, a database or an address, in order",
		Long: `Timeline shows what was found of a name, in order: a principal (mallory, or its ARN), a database, a table, an address. With
--replay it reads the logs as well, and shows every event by or on the name in the window before the first and after the last
finding, so that one sees what led to it and what came of it. Without a name, --around takes the principal of the finding.

A name is meant as a whole: orders is in arn:aws:rds:eu-west-1:111122223333:db:orders, and not in orders-archive.`,
		Example: `  bailey findings timeline mallory
  bailey findings timeline orders --since 7d
  bailey findings timeline 198.51.100.7 --replay logs/ --window 15m
  bailey findings timeline --around 3f2a --replay logs/`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.run(cmd.Context(), w, f, strings.Join(args, ""))
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&t.around, "around", "", "only what happened around this finding: its ID, or the beginning of it")
	fl.StringVar(&t.since, "since", "", "only from then on: a day such as 2026-11-23, or how long ago, such as 7d")
	fl.StringArrayVar(&t.replay, "replay", nil, "file or folder with logs, or s3://BUCKET/PREFIX, to read the events from; - is standard input")
	fl.DurationVar(&t.window, "window", time.Hour, "how long before and after the findings events are shown")
	fl.StringVar(&t.flowFormat, "flow-format", "", "format of flow logs, as for bailey watch")
	fl.StringVar(&t.color, "color", "auto", "auto, always or never")
	fl.BoolVar(&t.asJSON, "json", false, "print as JSON")
	return cmd
}

// foundBody is what a timeline needs of a stored finding, of watch's or of the guard's.
type foundBody struct {
	Title     string           `json:"title"`
	Severity  finding.Severity `json:"severity"`
	Detection string           `json:"detection"`
	Safeguard string           `json:"safeguard"`
	Resource  string           `json:"resource"`
	Principal string           `json:"principal"`
	Address   string           `json:"address"`
	Message   string           `json:"message"`
	First     time.Time        `json:"first"`
	Last      time.Time        `json:"last"`
	Evidence  json.RawMessage  `json:"evidence"`
	Events    []string         `json:"events"`
}

func (t *timelineFlags) run(ctx context.Context, w *World, f *findingsFlags, name string) error {
	if name == "" && t.around == "" {
		return badUse("", "name a principal, a database or an address, or a finding with --around")
	}
	since, err := t.start(w.Now())
	if err != nil {
		return err
	}
	var kept []store.Kept
	err = f.with(ctx, func(s *store.Store) (err error) {
		kept, err = s.Findings(ctx, true)
		return err
	})
	if err != nil && (len(t.replay) == 0 || t.around != "") {
		return err
	}
	l := &report.Timeline{Name: name, From: since, Logs: len(t.replay) > 0, Moments: []report.Moment{}}
	evidence, err := t.found(l, kept)
	if err != nil {
		return err
	}
	var problems []watch.Problem
	if l.Logs {
		if problems, err = t.events(ctx, w, l, evidence); err != nil {
			return err
		}
	}
	l.Sort()
	for _, p := range problems {
		fmt.Fprintf(w.Stderr, "bailey: %s:%d: %s\n", p.File, p.At, p.Message)
	}
	if t.asJSON {
		err = report.WriteTimelineJSON(w.Stdout, l)
	} else {
		err = report.WriteTimeline(w.Stdout, l, report.Options{Width: w.Width, Color: t.color == "always" || t.color == "auto" && w.StdoutTerminal && w.Env("NO_COLOR") == ""})
	}
	if err == nil && len(problems) > 0 {
		err = &exitError{code: exitBad}
	}
	return err
}

// start is what --since means.
func (t *timelineFlags) start(now time.Time) (time.Time, error) {
	if t.since == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.DateOnly, t.since); err == nil {
		return at, nil
	}
	d, err := policy.ParseDuration(t.since)
	if err != nil || d <= 0 {
		return time.Time{}, badUse("Write a day as 2026-11-23, or how long ago as 7d or 12h.", "--since %s is neither", t.since)
	}
	return now.Add(-d).UTC().Truncate(time.Second), nil
}

// whole matches a name that stands by itself.
func whole(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[^a-z0-9_-])` + regexp.QuoteMeta(name) + `($|[^a-z0-9_-])`)
}

// found puts the findings that name it into the timeline and bounds it around them. evidence are the events of each.
func (t *timelineFlags) found(l *report.Timeline, kept []store.Kept) (evidence map[string][]string, err error) {
	bodies := make([]foundBody, len(kept))
	for i := range kept {
		if err := json.Unmarshal(kept[i].Body, &bodies[i]); err != nil {
			return nil, fmt.Errorf("the finding %s: %w", kept[i].ID, err)
		}
		b := &bodies[i]
		b.First, b.Last = cmp.Or(b.First, kept[i].At), cmp.Or(b.Last, kept[i].At)
		if t.around != "" && strings.HasPrefix(kept[i].ID, t.around) {
			if l.Around != "" {
				return nil, badUse("", "several findings begin with %s; write more of it", t.around)
			}
			l.Around = kept[i].ID
			l.Name = cmp.Or(l.Name, b.Principal, b.Address, b.Resource)
			l.From, l.To = b.First.Add(-t.window), b.Last.Add(t.window)
		}
	}
	if t.around != "" && l.Around == "" {
		return nil, badUse("bailey findings --all lists them.", "%s: %s", t.around, store.ErrNoFinding)
	}
	is := whole(l.Name)
	evidence = map[string][]string{}
	var first, last time.Time
	for i, b := range bodies {
		named := slices.ContainsFunc([]string{b.Principal, b.Resource, b.Address, b.Message, string(b.Evidence)}, is.MatchString)
		if !named && kept[i].ID != l.Around || b.Last.Before(l.From) || !l.To.IsZero() && b.First.After(l.To) {
			continue
		}
		for _, id := range b.Events {
			evidence[id] = append(evidence[id], kept[i].ID)
		}
		if first.IsZero() || b.First.Before(first) {
			first = b.First
		}
		if b.Last.After(last) {
			last = b.Last
		}
		l.Moments = append(l.Moments, momentOf(&kept[i], &b))
	}
	if l.Around == "" && !first.IsZero() {
		if from := first.Add(-t.window); from.After(l.From) {
			l.From = from
		}
		l.To = last.Add(t.window)
	}
	return evidence, nil
}

func momentOf(k *store.Kept, b *foundBody) report.Moment {
	m := report.Moment{At: b.First, ID: k.ID, Text: b.Title, Finding: &report.TimelineFinding{
		Severity: b.Severity.Label, Detection: cmp.Or(b.Detection, b.Safeguard), Resource: b.Resource, Count: k.Times, Last: b.Last, Archived: k.Archived,
	}}
	// The guard's evidence has another form; what it says is in the message.
	if json.Unmarshal(b.Evidence, &m.Finding.Evidence) != nil || len(m.Finding.Evidence) == 0 {
		m.Finding.Evidence = nil
		if b.Message != "" {
			m.Finding.Evidence = []string{b.Message}
		}
	}
	return m
}

// maxMoments is how many events a timeline shows, the earliest.
const maxMoments = 5000

// gathered are the events of a timeline while logs are read, by several goroutines.
type gathered struct {
	mu       sync.Mutex
	is       *regexp.Regexp
	from, to time.Time
	evidence map[string][]string
	list     []report.Moment
	seen     map[uint64]bool
	omitted  int
}

// events reads the logs for what was done by or on the name.
func (t *timelineFlags) events(ctx context.Context, w *World, l *report.Timeline, evidence map[string][]string) ([]watch.Problem, error) {
	engine, err := timelineEngine(l.Name)
	if err != nil {
		return nil, err
	}
	g := &gathered{is: whole(l.Name), from: l.From, to: l.To, evidence: evidence, seen: map[uint64]bool{}}
	engine.Tap = g.take
	inputs, problems, err := (&watchFlags{replay: t.replay}).inputs(ctx, w)
	if err != nil {
		return nil, err
	}
	bar := newBar(w, "reading")
	r := &replay.Replay{Engine: engine, State: watch.NewState(), Workers: (&watchFlags{}).workersOrAll(), Options: feed.Options{FlowFormat: t.flowFormat}, Now: w.Now, Progress: bar.step}
	more, err := r.Read(ctx, inputs)
	bar.done()
	if err != nil {
		return nil, err
	}
	g.cut()
	l.Moments, l.Omitted = append(l.Moments, g.list...), g.omitted
	return append(problems, more...), nil
}

// timelineEngine looks for a name in every log. Where lines have columns, those that name machines are compared; of CloudTrail
// only records with the name in them are looked into.
func timelineEngine(name string) (*watch.Engine, error) {
	var list []*rules.Detection
	columns := map[string][]string{
		"flowlog": {"srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "interface_id", "instance_id", "vpc_id", "resource_id"},
		"dns":     {"name", "parent", "address", "answer", "instance", "vpc_id"},
	}
	for _, log := range rules.Logs() {
		d := &rules.Detection{ID: "timeline/" + log, Title: "Timeline", Why: "It was asked for.", Type: "Bailey:Timeline", Log: log, Severity: map[string]string{"any": "low"}, When: "true", Respond: "Nothing."}
		var same []string
		for _, c := range columns[log] {
			same = append(same, fmt.Sprintf("e.%s == %q", c, strings.ToLower(name)))
		}
		if len(same) > 0 {
			d.When = strings.Join(same, " || ")
		}
		if log == "cloudtrail" {
			d.Needs, d.AnyCase = map[string]rules.Texts{"": {name}}, true
		}
		if err := d.Made("the timeline", 1); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return watch.NewEngine(list)
}

// take looks at an event.
func (g *gathered) take(e watch.Event) {
	at := e.At()
	when := time.UnixMilli(at).UTC()
	if at == 0 || when.Before(g.from) || !g.to.IsZero() && when.After(g.to) {
		return
	}
	body := rules.Members(e.Seen().Event).Any()
	facts := e.Facts()
	if facts.Log != "flowlog" && facts.Log != "dns" && !names(body, g.is) {
		return
	}
	m := report.Moment{At: when, ID: facts.ID, Text: facts.Said() + byWhom(&facts) + onWhat(body), Findings: g.evidence[facts.ID], Log: facts.Log}
	g.mu.Lock()
	defer g.mu.Unlock()
	if hash := e.Hash(); !g.seen[hash] {
		g.seen[hash] = true
		if g.list = append(g.list, m); len(g.list) > 2*maxMoments {
			g.cut()
		}
	}
}

// cut leaves the earliest events.
func (g *gathered) cut() {
	l := report.Timeline{Moments: g.list}
	l.Sort()
	if n := len(l.Moments); n > maxMoments {
		g.omitted += n - maxMoments
		g.list = slices.Clone(l.Moments[:maxMoments])
	}
}

// names reports whether one of the texts in an event has the name.
func names(v any, is *regexp.Regexp) bool {
	switch v := v.(type) {
	case string:
		return is.MatchString(v)
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return names(x, is) })
	case map[string]any:
		for _, x := range v {
			if names(x, is) {
				return true
			}
		}
	}
	return false
}

// byWhom is who and from where, for logs whose events do not say so themselves.
func byWhom(e *watch.Facts) (text string) {
	if e.Log == "cloudtrail" || e.Log == "flowlog" {
		return ""
	}
	if e.Principal != "" && e.Principal != e.Address {
		text = " by " + e.Principal
	}
	if e.Address != "" {
		text += " from " + e.Address
	}
	return text
}

// onWhat are the names among the parameters of a call. Nothing else of it is shown: what is no name may be a value.
func onWhat(body any) string {
	m, _ := body.(map[string]any)
	parameters, _ := m["requestParameters"].(map[string]any)
	var out []string
	for _, k := range slices.Sorted(maps.Keys(parameters)) {
		text, ok := parameters[k].(string)
		low := strings.ToLower(k)
		if ok && len(out) < 3 && slices.ContainsFunc([]string{"name", "identifier", "arn", "id"}, func(end string) bool { return strings.HasSuffix(low, end) }) {
			out = append(out, text)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " on " + strings.Join(out, ", ")
}
