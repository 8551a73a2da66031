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
	loose      []int            // cloudtrail detections without names, that need a text
	needs      [][]need         // of each detection
	members    []string         // that needs look at
	sources    map[int][]string
	// Level is the level of a store by its name, empty where it is not known.
	Level func(name string) string
	lists Lists
	// listed are the cloudtrail detections that look at where a call comes from alone, where there is a list for them.
	listed []int
	log    map[string]*index // of other logs, without those that need a list that is not there
}

// Lists are addresses and names that are known for something.
type Lists interface {
	// Names are the lists that an address or a name is on; Has says whether there is one of a name.
	Names(text string) []string
	Has(name string) bool
}

// index are the detections of a log: those that may match any event, and all that may match where its key has a value.
type index struct {
	any []int
	at  map[int64][]int
	low [1 << 16]*[]int
}

func (x *index) add(i int, values []int64) {
	if values == nil {
		x.any = append(x.any, i)
		for n := range x.at {
			x.at[n] = append(x.at[n], i)
		}
		return
	}
	for _, n := range slices.Compact(slices.Sorted(slices.Values(values))) {
		if n < 0 || n >= int64(len(x.low)) {
			continue // no event has such a key
		}
		if _, ok := x.at[n]; !ok {
			x.at[n] = slices.Clone(x.any)
		}
		x.at[n] = append(x.at[n], i)
	}
}

func (x *index) done() {
	for n, list := range x.at {
		x.low[n] = &list
	}
}

func (x *index) of(key int64) []int {
	if key >= 0 && key < int64(len(x.low)) && x.low[key] != nil {
		return *x.low[key]
	}
	return x.any
}

// alone reports whether a detection is met by where a call comes from, and nothing else.
func alone(d *rules.Detection) bool {
	return len(d.From) > 0 && len(d.Events) == 0 && len(d.Needs) == 0
}

// Use takes lists.
func (g *Engine) Use(l Lists) {
	g.lists = l
	g.listed, g.log = nil, map[string]*index{}
	for i, d := range g.detections {
		if l == nil && len(d.From)+len(d.To) > 0 || l != nil && (len(d.From) > 0 && !slices.ContainsFunc(d.From, l.Has) || len(d.To) > 0 && !slices.ContainsFunc(d.To, l.Has)) {
			continue
		}
		switch {
		case d.Log != "cloudtrail":
			if g.log[d.Log] == nil {
				g.log[d.Log] = &index{at: map[int64][]int{}}
			}
			g.log[d.Log].add(i, d.Numbers())
		case alone(d):
			g.listed = append(g.listed, i)
		}
	}
	for _, x := range g.log {
		x.done()
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
		detections: detections, byID: map[string]*rules.Detection{}, byName: map[string][]int{}, names: map[string][]int{}, needs: make([][]need, len(detections)), sources: map[int][]string{},
		Level: func(string) string { return "" },
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
			g.needs[i] = append(g.needs[i], need{at, d.Needs[member], d.AnyCase})
		}
		switch {
		case d.Log != "cloudtrail" || alone(d):
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
	g.Use(nil)
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

// need is that a member of an event has one of some texts in it.
type need struct {
	member int
	texts  []string
	fold   bool // whatever their case
}

// in reports whether a value has one of the texts in it.
func (n *need) in(v string) bool {
	return slices.ContainsFunc(n.texts, func(x string) bool {
		if !n.fold {
			return strings.Contains(v, x)
		}
		for i := 0; i+len(x) <= len(v); i++ {
			if strings.EqualFold(v[i:i+len(x)], x) {
				return true
			}
		}
		return false
	})
}

// Raw is a record of CloudTrail's, as it is written.
type Raw interface {
	// Raw is a member's value as it is written; without a name, the record.
	Raw(member string) string
}

// named are the detections of a name; names come again and again.
func (g *Engine) named(name string) []int {
	g.mu.RLock()
	list, ok := g.names[name]
	g.mu.RUnlock()
	if ok {
		return list
	}
	list = g.byName[strings.ToLower(trim(name))]
	g.mu.Lock()
	if len(g.names) < 10_000 {
		g.names[strings.Clone(name)] = list
	}
	g.mu.Unlock()
	return list
}

// trail appends the detections that may match a record of CloudTrail's, in order. values are its members that needs look at.
func (g *Engine) trail(out []int, source, name, address string, record Raw, values []string) []int {
	for i, m := range g.members {
		values[i] = record.Raw(m)
	}
	for _, i := range g.named(name) {
		if g.may(i, source, values) {
			out = append(out, i)
		}
	}
	n := len(out)
	for _, i := range g.loose {
		if g.may(i, source, values) {
			out = append(out, i)
		}
	}
	if len(g.listed) > 0 && len(g.lists.Names(address)) > 0 {
		for _, i := range g.listed {
			if g.may(i, source, values) {
				out = append(out, i)
			}
		}
	}
	if n > 0 && len(out) > n {
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

func (g *Engine) may(i int, source string, values []string) bool {
	if s := g.sources[i]; len(s) > 0 && !slices.Contains(s, source) {
		return false
	}
	for j := range g.needs[i] {
		n := &g.needs[i][j]
		if v := values[n.member]; v == "" || !n.in(v) {
			return false
		}
	}
	return true
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
	p := &Part{run: r, state: NewState(), values: make([]string, len(r.engine.members))}
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
	hit        hit
	events     int64
}

// Count counts events that were read, those that nobody wanted included.
func (p *Part) Count(n int64) { p.events += n }

// Events is how many the part has read.
func (p *Part) Events() int64 { return p.events }

// Problem says that something could not be read.
func (p *Part) Problem(x Problem) { p.run.Problem(x) }

// Met says that a log of an account has an event at a time, in milliseconds since 1970, whether any detection looks at it or
// not: what is new is new against all that was watched, not against the first event like it.
func (p *Part) Met(log, account string, at int64) {
	if at <= 0 {
		return
	}
	key := watched(log, account)
	if t, ok := p.state.Since[key]; !ok || at < t {
		p.state.Since[key] = at
	}
}

// watched is a log of an account among what a state knows the beginning of; detections have a name in its place.
func watched(log, account string) string { return log + " " + account }

// Earliest spares a feed reading the time of every event, for [Part.Met]. It is for one goroutine.
type Earliest struct{ account, at string }

// Before reports whether an event may be earlier than those before it, by the text of its time.
func (x *Earliest) Before(account, at string) bool {
	if account == x.account && len(at) == len(x.at) && at >= x.at {
		return false
	}
	x.account, x.at = account, at
	return true
}

// Wants gives the detections that may look at a record of CloudTrail's, for [Part.Try]; where there are none the feed need
// not read it. They are valid until the next call.
func (p *Part) Wants(source, name, address string, record Raw) []int {
	p.candidates = p.run.engine.trail(p.candidates[:0], source, name, address, record, p.values)
	return p.candidates
}

// Event takes an event of a log other than CloudTrail. key is the value of the log's key, 0 where it has none.
func (p *Part) Event(log string, key int64, e Event) {
	if x := p.run.engine.log[log]; x != nil {
		p.Try(x.of(key), e)
	}
}

// Try takes an event that some detections may look at. An event counts once, however often it is delivered.
func (p *Part) Try(candidates []int, e Event) {
	s := e.Seen()
	if l := p.run.engine.lists; l != nil {
		s.Lists = l.Names
	}
	for _, i := range candidates {
		d := p.run.engine.detections[i]
		ok, err := d.Is(s)
		if err != nil {
			f := e.Facts()
			p.Problem(Problem{File: f.File, Message: "event " + f.ID + ": " + err.Error()})
			continue
		}
		if !ok {
			continue
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
