package watch

import (
	"encoding/json"
	"fmt"
	"maps"
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
	mu         sync.RWMutex
	names      map[string][]int // byName, for names as they are written
	triggers   []trigger        // of cloudtrail detections without names, that need a text
	always     []int            // those of them that need none
	needs      [][]need         // of each detection
	members    []string         // that needs look at
	sources    [][]string
	// Level is the level of a store by its name, empty where it is not known.
	Level func(name string) string
	// Tap, where there is one, is told the events that detections match, in the place of the state. It is called by all who read.
	Tap    func(Event)
	lists  Lists
	on     func(text string) []string // the names of lists that a text is on, nil without lists
	places rules.Places               // nil without lists of networks
	blind  []bool                     // detections that ask for places which no list knows
	// listed are the cloudtrail detections that look at where a call comes from alone, where there is a list for them.
	listed []int
	log    map[string]*index // of other logs, without those that need a list that is not there
	bounds bounds
}

// Lists are addresses and names that are known for something.
type Lists interface {
	// Names are the lists that an address or a name is on; Has says whether there is one of a name.
	Names(text string) []string
	Has(name string) bool
}

// Places are lists that also say whose networks are, and in which country; Places reports which of the two they know.
type Places interface {
	rules.Places
	Places() (asn, country bool)
}

// alone reports whether a detection is met by where a call comes from, and nothing else.
func alone(d *rules.Detection) bool {
	return len(d.From) > 0 && len(d.Events) == 0 && len(d.Needs) == 0
}

// Use takes lists.
func (g *Engine) Use(l Lists) {
	g.lists, g.on = l, nil
	if l != nil {
		g.on = l.Names
	}
	g.listed, g.log = nil, map[string]*index{}
	g.places = nil
	var asn, country bool
	if p, ok := l.(Places); ok {
		g.places = p
		asn, country = p.Places()
	}
	g.blind = make([]bool, len(g.detections))
	for i, d := range g.detections {
		wantsASN, wantsCountry := d.Asks()
		if g.blind[i] = wantsASN && !asn || wantsCountry && !country; g.blind[i] {
			continue
		}
		if l == nil && len(d.From)+len(d.To) > 0 || l != nil && (len(d.From) > 0 && !slices.ContainsFunc(d.From, l.Has) || len(d.To) > 0 && !slices.ContainsFunc(d.To, l.Has)) {
			continue
		}
		switch {
		case d.Log != "cloudtrail":
			if g.log[d.Log] == nil {
				g.log[d.Log] = newIndex(d.Log)
			}
			g.log[d.Log].add(i, d)
		case alone(d):
			g.listed = append(g.listed, i)
		}
	}
	for _, x := range g.log {
		x.any = x.plan(nil)
	}
}

// Fingerprint is the same for the same detections: states that were made with others cannot be merged.
func (g *Engine) Fingerprint() (string, error) {
	var all []string
	for _, d := range g.detections {
		text, err := json.Marshal(d)
		if err != nil {
			return "", fmt.Errorf("%s: %w", d.ID, err)
		}
		all = append(all, string(text))
	}
	return fmt.Sprintf("%d detections, %016x", len(all), Hash(all...)), nil
}

// NewEngine makes an engine, after compiling the detections.
func NewEngine(detections []*rules.Detection) (*Engine, error) {
	g := &Engine{
		detections: detections, byID: map[string]*rules.Detection{}, byName: map[string][]int{}, names: map[string][]int{}, needs: make([][]need, len(detections)), sources: make([][]string, len(detections)),
		Level: func(string) string { return "" }, bounds: usualBounds,
	}
	for i, d := range detections {
		if err := d.Compile(); err != nil {
			return nil, err
		}
		g.byID[d.ID] = d
		for _, s := range d.Source {
			g.sources[i] = append(g.sources[i], s+".amazonaws.com")
		}
		for _, member := range slices.Sorted(maps.Keys(d.Needs)) {
			at := slices.Index(g.members, member)
			if at < 0 {
				at = len(g.members)
				g.members = append(g.members, member)
			}
			g.needs[i] = append(g.needs[i], newNeed(at, d.Needs[member], d.AnyCase))
		}
		switch {
		case d.Log != "cloudtrail" || alone(d):
		case len(d.Events) == 0:
			g.trigger(i)
		default:
			for _, n := range d.Events {
				n = strings.ToLower(trim(n)) // as an event's name is looked up
				if !slices.Contains(g.byName[n], i) {
					g.byName[n] = append(g.byName[n], i)
				}
			}
		}
	}
	g.Use(nil)
	return g, nil
}

// Run is one reading of some input, by one goroutine or several: each takes a [Part] of its own.
type Run struct {
	engine   *Engine
	mu       sync.Mutex
	parts    []*Part
	problems []Problem
}

// NewRun begins.
func (g *Engine) NewRun() *Run {
	return &Run{engine: g}
}

// Part begins a part of the run, for one goroutine.
func (r *Run) Part() *Part {
	p := &Part{run: r, state: newState(r.engine.bounds), values: make([]string, len(r.engine.members)), names: map[string][]int{}}
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

// Part takes the events of one goroutine.
type Part struct {
	run        *Run
	state      *State
	candidates []int
	values     []string
	names      map[string][]int // of the engine's, those that came up
	hit        hit
	told       told
	events     int64
}

// Count counts events that were read, those that nobody wanted included.
func (p *Part) Count(n int64) { p.events += n }

// Events is how many the part has read.
func (p *Part) Events() int64 { return p.events }

// Problem says that something could not be read.
func (p *Part) Problem(x Problem) { p.run.Problem(x) }

// Needs are the members of CloudTrail's records that [Raw] is asked for, by their names; the empty one is the whole record.
func (p *Part) Needs() []string { return p.run.engine.members }

// Met says that a log of an account has an event at a time, in milliseconds since 1970, whether any detection looks at it or
// not: what is new is new against all that was watched, not against the first event like it.
func (p *Part) Met(log, account string, at int64) {
	if at > 0 {
		p.state.begin(log, account, at)
	}
}

// Wants gives the detections that may look at a record of CloudTrail's, for [Part.Try]; where there are none the feed need
// not read it. They are valid until the next call.
func (p *Part) Wants(source, name, address string, record Raw) []int {
	p.candidates = p.trail(p.candidates[:0], source, name, address, record)
	return p.candidates
}

// Event takes an event of a log other than CloudTrail. key is the value of the log's key, 0 where it has none.
func (p *Part) Event(log string, key int64, e Event) {
	x := p.run.engine.log[log]
	if x == nil {
		return
	}
	s := e.Seen()
	s.Lists, s.Places = p.run.engine.on, p.run.engine.places
	p.told.forget()
	x.of(key).meet(s, func(i int, sure bool) { p.try(i, e, s, sure) })
}

// Try takes an event that some detections may look at. An event counts once, however often it is delivered.
func (p *Part) Try(candidates []int, e Event) {
	s := e.Seen()
	s.Lists, s.Places = p.run.engine.on, p.run.engine.places
	p.told.forget()
	for _, i := range candidates {
		p.try(i, e, s, false)
	}
}

// try takes an event that a detection is sure to match, or may look at.
func (p *Part) try(i int, e Event, s *rules.Seen, sure bool) {
	if p.run.engine.blind[i] {
		return
	}
	d := p.run.engine.detections[i]
	if !sure {
		ok, err := d.Is(s)
		if err != nil {
			f := e.Facts()
			p.Problem(Problem{File: f.File, Message: "event " + f.ID + ": " + err.Error()})
			return
		}
		if !ok {
			return
		}
	}
	if tap := p.run.engine.Tap; tap != nil {
		tap(e)
		return
	}
	p.hit = hit{detection: d, event: e, seen: s, at: e.At(), told: &p.told}
	if err := p.state.take(&p.hit); err != nil {
		f := e.Facts()
		p.Problem(Problem{File: f.File, Message: "event " + f.ID + ": " + err.Error()})
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
		p.state, p.events = newState(r.engine.bounds), 0
	}
}
