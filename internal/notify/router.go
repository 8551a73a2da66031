package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/notify/pattern"
	"github.com/baileydb/bailey/internal/policy"
)

// Finding is what a message tells of.
type Finding struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Severity string `json:"severity"` // low, medium or high
	// Resource, Principal and Address are what it was done to, by whom and from where.
	Resource  string    `json:"resource,omitempty"`
	Principal string    `json:"principal,omitempty"`
	Address   string    `json:"address,omitempty"`
	Account   string    `json:"account,omitempty"`
	Region    string    `json:"region,omitempty"`
	Level     string    `json:"level,omitempty"`
	Count     int       `json:"count"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Evidence  []string  `json:"evidence,omitempty"`
	Why       string    `json:"why,omitempty"`
	Respond   string    `json:"respond,omitempty"`
	More      string    `json:"more,omitempty"` // the command that shows more
	// Event is the finding as EventBridge carries it, which patterns are held against.
	Event json.RawMessage `json:"event,omitempty"`
}

var ranks = map[string]int{"low": 1, "medium": 2, "high": 3}

// Sink brings a message to one destination.
type Sink interface {
	Send(ctx context.Context, m *Message) error
}

// State is what was told, and what is to be told.
type State struct {
	Told     map[string]Told      `json:"told"`
	Gathered map[string]*Gathered `json:"gathered"`
}

// Told is a finding as it was told to a destination.
type Told struct {
	Severity string    `json:"severity"`
	Count    int       `json:"count"`
	At       time.Time `json:"at"`
}

// Gathered are the findings that wait for the next message of a route to a destination. The worst are kept, the others counted.
type Gathered struct {
	Findings []Finding      `json:"findings,omitempty"`
	Types    map[string]int `json:"types,omitempty"`
	Since    time.Time      `json:"since"` // when the first of them came
	Sent     time.Time      `json:"sent"`  // when there was the last message
	// Failed is how often the message could not be delivered, Tried when it was tried last.
	Failed int       `json:"failed,omitempty"`
	Tried  time.Time `json:"tried,omitzero"`
}

// NewState is an empty one.
func NewState() *State { return &State{Told: map[string]Told{}, Gathered: map[string]*Gathered{}} }

const (
	maxGathered = 50                  // findings that a message tells one by one
	forgetAfter = 90 * 24 * time.Hour // when a finding that was told is told anew
	tenfold     = 10
	// A destination that failed is tried again after the first of these, and each time after twice as long, up to the second.
	firstRetry, lastRetry = 30 * time.Second, 15 * time.Minute
)

// Router leads findings to destinations. It is for one goroutine.
type Router struct {
	cfg    policy.Notify
	routes []*pattern.Pattern
	sinks  map[string]Sink
	state  *State
	now    func() time.Time
}

// NewRouter makes a router. An error names the route whose pattern is none.
func NewRouter(cfg policy.Notify, sinks map[string]Sink, state *State, now func() time.Time) (*Router, error) {
	r := &Router{cfg: cfg, sinks: sinks, state: state, now: now}
	for i, x := range cfg.Routes {
		if len(x.Pattern) == 0 {
			r.routes = append(r.routes, nil)
			continue
		}
		p, err := pattern.Parse(x.Pattern)
		if err != nil {
			return nil, fmt.Errorf("notify.routes[%d] %s: %w", i, x.Name, err)
		}
		r.routes = append(r.routes, p)
	}
	return r, nil
}

// between stands in the keys of [State.Gathered] between a route's name and a destination's.
const between = " > "

func key(route policy.Route, destination string) string { return route.Name + between + destination }

// Take takes findings, and sends what is due. An error is of a delivery; what could not be delivered stays gathered, and is
// tried again with the next.
func (r *Router) Take(ctx context.Context, found []Finding) error {
	now := r.now()
	for i, route := range r.cfg.Routes {
		for j := range found {
			f := &found[j]
			if !slices.Contains(route.Severity, f.Severity) || r.routes[i] != nil && !r.routes[i].Match(f.Event) {
				continue
			}
			for _, to := range route.To {
				r.gather(key(route, to), to, f, now)
			}
		}
	}
	return r.Flush(ctx, false)
}

func (r *Router) gather(k, to string, f *Finding, now time.Time) {
	id := to + " " + f.ID
	if told, ok := r.state.Told[id]; ok && now.Sub(told.At) < forgetAfter && ranks[f.Severity] <= ranks[told.Severity] && f.Count < tenfold*told.Count {
		return
	}
	g := r.state.Gathered[k]
	if g == nil {
		g = &Gathered{}
		r.state.Gathered[k] = g
	}
	r.state.Told[id] = Told{Severity: f.Severity, Count: f.Count, At: now}
	if len(g.Types) == 0 {
		g.Since, g.Types = now, map[string]int{}
	}
	if i := slices.IndexFunc(g.Findings, func(x Finding) bool { return x.ID == f.ID }); i >= 0 {
		g.Findings[i] = *f
		return
	}
	g.Types[f.Type]++
	i, _ := slices.BinarySearchFunc(g.Findings, *f, func(a, b Finding) int {
		return cmp.Or(-cmp.Compare(ranks[a.Severity], ranks[b.Severity]), a.First.Compare(b.First), cmp.Compare(a.ID, b.ID))
	})
	if g.Findings = slices.Insert(g.Findings, i, *f); len(g.Findings) > maxGathered {
		g.Findings = g.Findings[:maxGathered]
	}
}

// due is when the findings of a route that are gathered are to be sent.
func (r *Router) due(route policy.Route, g *Gathered) time.Time {
	if g.Failed > 0 {
		return g.Tried.Add(min(firstRetry<<min(g.Failed-1, 10), lastRetry))
	}
	if route.Gather > 0 {
		return g.Since.Add(route.Gather)
	}
	if g.Sent.IsZero() {
		return g.Since
	}
	if next := g.Sent.Add(r.cfg.Every); next.After(g.Since) {
		return next
	}
	return g.Since
}

// Due is when there is something to send; false where nothing waits.
func (r *Router) Due() (time.Time, bool) {
	var at time.Time
	for _, route := range r.cfg.Routes {
		for _, to := range route.To {
			if g := r.state.Gathered[key(route, to)]; g != nil && len(g.Types) > 0 {
				if d := r.due(route, g); at.IsZero() || d.Before(at) {
					at = d
				}
			}
		}
	}
	return at, !at.IsZero()
}

// Flush sends what is due; all that waits, where everything is set. An error tells of each delivery that failed; a failed one
// stays gathered and is tried again later, but for what a destination buried itself.
func (r *Router) Flush(ctx context.Context, everything bool) error {
	now := r.now()
	var errs []error
	known := map[string]bool{}
	for _, route := range r.cfg.Routes {
		for _, to := range route.To {
			k := key(route, to)
			known[k] = true
			g := r.state.Gathered[k]
			if g == nil || len(g.Types) == 0 || !everything && now.Before(r.due(route, g)) {
				continue
			}
			errs = append(errs, r.send(ctx, to, g, now))
		}
	}
	errs = append(errs, r.leftover(ctx, known, now))
	maps.DeleteFunc(r.state.Told, func(_ string, t Told) bool { return now.Sub(t.At) > forgetAfter })
	return errors.Join(errs...)
}

// leftover sends what was gathered for routes that the policy had before it was changed. What waits for a destination that is
// gone is dropped, and told of.
func (r *Router) leftover(ctx context.Context, known map[string]bool, now time.Time) error {
	var errs []error
	for _, k := range slices.Sorted(maps.Keys(r.state.Gathered)) {
		g := r.state.Gathered[k]
		_, to, _ := strings.Cut(k, between)
		switch _, there := r.sinks[to]; {
		case known[k]:
			continue
		case len(g.Types) > 0 && there:
			if now.Before(r.due(policy.Route{}, g)) {
				continue
			}
			if err := r.send(ctx, to, g, now); g.Failed > 0 {
				errs = append(errs, err)
				continue
			}
		case len(g.Types) > 0:
			errs = append(errs, fmt.Errorf("%s: it is no destination any more; findings of %d types that waited for it were not told", to, len(g.Types)))
		}
		delete(r.state.Gathered, k)
	}
	return errors.Join(errs...)
}

// send sends what is gathered. A message that its destination buried is done with, and still an error.
func (r *Router) send(ctx context.Context, to string, g *Gathered, now time.Time) error {
	err := error(nil)
	if sink, ok := r.sinks[to]; ok {
		err = sink.Send(ctx, Compose(g.Findings, g.Types))
	} else {
		err = errors.New("there is no such destination")
	}
	var buried *BuriedError
	if err != nil && !errors.As(err, &buried) {
		g.Failed++
		g.Tried = now
		return fmt.Errorf("%s: %w", to, err)
	}
	*g = Gathered{Sent: now}
	if err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	return nil
}
