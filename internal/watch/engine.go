package watch

import (
	"slices"
	"strings"
	"sync"

	"github.com/baileydb/bailey/internal/rules"
)

// Engine holds the detections, by what they look at.
type Engine struct {
	detections []*rules.Detection
	byID       map[string]*rules.Detection
	byName     map[string][]int // cloudtrail event name in lower case
	loose      []int            // cloudtrail detections without names, that need a text
	byLog      map[string][]int // those of other logs
	needs      map[int][]string
	sources    map[int][]string
	// Level is the level of a store by its name, empty where it is not known.
	Level func(name string) string
	// Lists are the lists that an address or a name is on.
	Lists func(text string) []string
}

// NewEngine makes an engine, after compiling the detections.
func NewEngine(detections []*rules.Detection) (*Engine, error) {
	g := &Engine{
		detections: detections, byID: map[string]*rules.Detection{}, byName: map[string][]int{}, byLog: map[string][]int{}, needs: map[int][]string{}, sources: map[int][]string{},
		Level: func(string) string { return "" }, Lists: func(string) []string { return nil },
	}
	for i, d := range detections {
		if err := d.Compile(); err != nil {
			return nil, err
		}
		g.byID[d.ID] = d
		for _, s := range d.Source {
			g.sources[i] = append(g.sources[i], s+".amazonaws.com")
		}
		g.needs[i] = d.Needs
		switch {
		case d.Log != "cloudtrail":
			g.byLog[d.Log] = append(g.byLog[d.Log], i)
		case len(d.Events) == 0:
			g.loose = append(g.loose, i)
		default:
			for _, n := range d.Events {
				g.byName[strings.ToLower(n)] = append(g.byName[strings.ToLower(n)], i)
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

// trail appends the detections that may match a record of CloudTrail's, in order.
func (g *Engine) trail(out []int, source, name, record string) []int {
	named := g.byName[name]
	if named == nil {
		named = g.byName[strings.ToLower(trim(name))]
	}
	for _, i := range named {
		if g.may(i, source, record) {
			out = append(out, i)
		}
	}
	n := len(out)
	for _, i := range g.loose {
		if g.may(i, source, record) {
			out = append(out, i)
		}
	}
	if n > 0 && len(out) > n {
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

func (g *Engine) may(i int, source, record string) bool {
	if s := g.sources[i]; len(s) > 0 && !slices.Contains(s, source) {
		return false
	}
	n := g.needs[i]
	return len(n) == 0 || slices.ContainsFunc(n, func(x string) bool { return strings.Contains(record, x) })
}

// Run is one reading of some input, by one goroutine or several: each takes a [Part] of its own.
type Run struct {
	engine   *Engine
	mu       sync.Mutex
	parts    []*Part
	problems []Problem
	seen     [64]struct {
		sync.Mutex
		ids map[uint64]bool
	}
}

// NewRun begins.
func (g *Engine) NewRun() *Run {
	r := &Run{engine: g}
	for i := range r.seen {
		r.seen[i].ids = map[uint64]bool{}
	}
	return r
}

// Resume takes it that the events of a state were seen.
func (r *Run) Resume(s *State) {
	for h := range s.Seen {
		r.seen[h%64].ids[h] = true
	}
}

// Part begins a part of the run, for one goroutine.
func (r *Run) Part() *Part {
	p := &Part{run: r, state: NewState()}
	r.mu.Lock()
	r.parts = append(r.parts, p)
	r.mu.Unlock()
	return p
}

// Merge puts what a part has taken into a state, and ends the part. Only one goroutine at a time merges into a state.
func (r *Run) Merge(p *Part, into *State) {
	r.Drop(p)
	p.state.Events = p.events
	into.Merge(p.state, r.engine)
}

// Drop ends a part whose events do not count, as those of a file that was read before.
func (r *Run) Drop(p *Part) {
	r.mu.Lock()
	r.parts = slices.DeleteFunc(r.parts, func(x *Part) bool { return x == p })
	r.mu.Unlock()
}

// Problems are what could not be read.
func (r *Run) Problems() []Problem { return r.problems }

// Problem says that something could not be read.
func (r *Run) Problem(p Problem) {
	r.mu.Lock()
	r.problems = append(r.problems, p)
	r.mu.Unlock()
}

// once reports whether an event's identifier is seen for the first time.
func (r *Run) once(h uint64) bool {
	s := &r.seen[h%64]
	s.Lock()
	defer s.Unlock()
	if s.ids[h] {
		return false
	}
	s.ids[h] = true
	return true
}

// Part takes the events of one goroutine.
type Part struct {
	run        *Run
	state      *State
	candidates []int
	hit        hit
	events     int64
}

// Count counts events that were read, those that nobody wanted included.
func (p *Part) Count(n int64) { p.events += n }

// Events is how many the part has read.
func (p *Part) Events() int64 { return p.events }

// Problem says that something could not be read.
func (p *Part) Problem(x Problem) { p.run.Problem(x) }

// Wants gives the detections that may look at a record of CloudTrail's, for [Part.Try]; where there are none the feed need
// not read it. They are valid until the next call.
func (p *Part) Wants(source, name, record string) []int {
	p.candidates = p.run.engine.trail(p.candidates[:0], source, name, record)
	return p.candidates
}

// Event takes an event of a log other than CloudTrail.
func (p *Part) Event(log string, e Event) { p.Try(p.run.engine.byLog[log], e) }

// Try takes an event that some detections may look at. An event counts once, however often it is delivered.
func (p *Part) Try(candidates []int, e Event) {
	s := e.Seen()
	s.Lists = p.run.engine.Lists
	known, fresh := false, true
	for _, i := range candidates {
		d := p.run.engine.detections[i]
		ok, err := d.Matches(s)
		if err != nil {
			f := e.Facts()
			p.Problem(Problem{File: f.File, Message: "event " + f.ID + ": " + err.Error()})
			continue
		}
		if !ok {
			continue
		}
		// Windows of logs that have a line for every flow need no look at what was seen: the same line is the same entry.
		if quick := s.Hash != 0; !known && (!quick || d.Count == nil && d.Sequence == nil && d.Rate == nil) {
			f := e.Facts()
			h := hash(f.Log, f.ID)
			if known, fresh = true, p.run.once(h); fresh {
				p.state.Seen[h] = int32(e.At() / day) //nolint:gosec // days since 1970
			}
		}
		if !fresh {
			return
		}
		p.hit = hit{detection: d, event: e, seen: s, at: e.At()}
		if err := p.state.take(&p.hit); err != nil {
			f := e.Facts()
			p.Problem(Problem{File: f.File, Message: "event " + f.ID + ": " + err.Error()})
		}
	}
}

// Findings puts the parts together with what is known already, and says what was found in them. known takes up what was
// learned.
func (r *Run) Findings(known *State) []Finding {
	r.Gather(known)
	out := r.engine.Evaluate(known)
	known.Settle(r.engine)
	return out
}

// Gather merges what the parts have taken into a state; the parts go on empty.
func (r *Run) Gather(into *State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.parts {
		p.state.Events = p.events
		into.Merge(p.state, r.engine)
		p.state, p.events = NewState(), 0
	}
}
