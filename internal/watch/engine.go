package watch

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/baileydb/bailey/internal/rules"
)

// Engine holds the detections, by what they look at.
type Engine struct {
	detections []*rules.Detection
	byName     map[string][]int // cloudtrail event name in lower case, with a * for those that end so
	loose      []int            // cloudtrail detections without names, that need a text
	byLog      map[string][]int // those of other logs
	needs      map[int][][]byte
	sources    map[int][]string
	// Level is the level of a store by its name, empty where it is not known.
	Level func(name string) string
}

// NewEngine makes an engine, after compiling the detections.
func NewEngine(detections []*rules.Detection) (*Engine, error) {
	g := &Engine{
		detections: detections, byName: map[string][]int{}, byLog: map[string][]int{}, needs: map[int][][]byte{}, sources: map[int][]string{},
		Level: func(string) string { return "" },
	}
	for i, d := range detections {
		if err := d.Compile(); err != nil {
			return nil, err
		}
		for _, s := range d.Source {
			g.sources[i] = append(g.sources[i], s+".amazonaws.com")
		}
		for _, n := range d.Needs {
			g.needs[i] = append(g.needs[i], []byte(n))
		}
		switch {
		case d.Log != "cloudtrail":
			g.byLog[d.Log] = append(g.byLog[d.Log], i)
		case len(d.Events) == 0:
			g.loose = append(g.loose, i)
		default:
			for _, n := range d.Events {
				n = strings.ToLower(trim(n)) // as an event's name is looked up
				if !slices.Contains(g.byName[n], i) {
					g.byName[n] = append(g.byName[n], i)
				}
			}
		}
	}
	return g, nil
}

// trim takes the version off names such as Lambda's UpdateFunctionCode20150331v2.
func trim(name string) string {
	short := strings.TrimRight(strings.TrimSuffix(name, "v2"), "0123456789_")
	if len(name)-len(short) >= 8 {
		return short
	}
	return name
}

// candidates are the detections that may match an event, in order.
func (g *Engine) candidates(log, source, name string, record []byte) []int {
	if log != "cloudtrail" {
		return g.byLog[log]
	}
	var out []int
	add := func(list []int) {
		for _, i := range list {
			if s := g.sources[i]; len(s) > 0 && !slices.Contains(s, source) {
				continue
			}
			if n := g.needs[i]; len(n) > 0 && !slices.ContainsFunc(n, func(x []byte) bool { return g.holds(i, record, x) }) {
				continue
			}
			out = append(out, i)
		}
	}
	add(g.byName[strings.ToLower(trim(name))])
	add(g.loose)
	slices.Sort(out)
	return slices.Compact(out)
}

// holds reports whether a record holds a text that a detection needs.
func (g *Engine) holds(detection int, record, text []byte) bool {
	if !g.detections[detection].AnyCase {
		return bytes.Contains(record, text)
	}
	lower, upper := bytes.ToLower(text[:1]), bytes.ToUpper(text[:1])
	for i := 0; i+len(text) <= len(record); i++ {
		if (record[i] == lower[0] || record[i] == upper[0]) && bytes.EqualFold(record[i:i+len(text)], text) {
			return true
		}
	}
	return false
}

// hit is an event that a detection matched, before windows.
type hit struct {
	detection                 int
	event                     *Event
	resource, distinct, first string
	group                     string
	grouped                   bool
}

// Run is one reading of some input. It takes events from several goroutines.
type Run struct {
	engine   *Engine
	mu       sync.Mutex
	seen     map[string]bool
	hits     []hit
	problems []Problem
	events   int64
}

// NewRun begins.
func (g *Engine) NewRun() *Run { return &Run{engine: g, seen: map[string]bool{}} }

// Wants implements [Sink].
func (r *Run) Wants(log, source, name string, record []byte) bool {
	return len(r.engine.candidates(log, source, name, record)) > 0
}

// Count counts events that were read, those that nobody wanted included.
func (r *Run) Count(n int64) {
	r.mu.Lock()
	r.events += n
	r.mu.Unlock()
}

// Events is how many were read.
func (r *Run) Events() int64 { return r.events }

// Problems are what could not be read.
func (r *Run) Problems() []Problem { return r.problems }

// Problem implements [Sink].
func (r *Run) Problem(p Problem) {
	r.mu.Lock()
	r.problems = append(r.problems, p)
	r.mu.Unlock()
}

// Event implements [Sink]: an event counts once, however often it is delivered.
func (r *Run) Event(e *Event) { r.Record(e, nil) }

// Record is Event with the event as it was written, so that detections which need a text of it are left out early.
func (r *Run) Record(e *Event, record []byte) {
	var found []hit
	for _, i := range r.engine.candidates(e.Log, e.Source, e.Name, record) {
		d := r.engine.detections[i]
		ok, err := d.Matches(&e.Seen)
		if err != nil {
			r.Problem(Problem{File: e.File, Message: "event " + e.ID + ": " + err.Error()})
			continue
		}
		if ok {
			h := hit{detection: i, event: e}
			h.resource, h.distinct, h.first = d.Texts(&e.Seen)
			h.group, h.grouped = d.Group(&e.Seen)
			found = append(found, h)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(found) == 0 || r.seen[e.Log+" "+e.ID] {
		return
	}
	r.seen[e.Log+" "+e.ID] = true
	r.hits = append(r.hits, found...)
}

// Findings puts the hits in order, counts them in their windows and against what was seen before, and groups what has one
// cause: a detection, a principal and a resource. known is what was seen before, which it adds to.
func (r *Run) Findings(known *Memory) []Finding {
	slices.SortFunc(r.hits, func(a, b hit) int {
		return cmp.Or(a.event.Time.Compare(b.event.Time), strings.Compare(a.event.ID, b.event.ID), cmp.Compare(a.detection, b.detection))
	})
	groups := map[string]*Finding{}
	windows := map[string][]hit{}
	for _, h := range r.hits {
		d := r.engine.detections[h.detection]
		raised := []hit{h}
		note := ""
		if d.Count != nil {
			raised, note = window(windows, d, h)
		}
		if d.First != nil && len(raised) > 0 {
			if !known.first(d, h) {
				continue
			}
			note = "never seen before: " + h.first
		}
		for _, x := range raised {
			r.group(groups, d, x, note)
		}
	}
	out := make([]Finding, 0, len(groups))
	for _, k := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, *groups[k])
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(-cmp.Compare(a.Severity.Score, b.Severity.Score), a.First.Compare(b.First), strings.Compare(a.ID, b.ID))
	})
	return out
}

// window adds a hit to its window, and returns the hits that raise: once there are enough, all of the window.
func window(windows map[string][]hit, d *rules.Detection, h hit) (raised []hit, note string) {
	key := d.ID + "\x00" + h.event.Account + "\x00" + h.event.Principal
	switch {
	case h.grouped:
		key = d.ID + "\x00" + h.group
	case d.Count.By == "address":
		key = d.ID + "\x00" + h.event.Address
	}
	from := h.event.Time.Add(-d.Count.Period())
	list := append(windows[key], h)
	list = slices.DeleteFunc(list, func(x hit) bool { return x.event.Time.Before(from) })
	windows[key] = list
	n := len(list)
	if d.Count.Distinct != "" {
		values := map[string]bool{}
		for _, x := range list {
			values[x.distinct] = true
		}
		n = len(values)
	}
	if n < d.Count.Over {
		return nil, ""
	}
	windows[key] = nil
	return list, itoa(n) + " within " + d.Count.Within
}
