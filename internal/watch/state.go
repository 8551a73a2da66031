package watch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// State is what is known of the events so far: the causes of findings, windows, what was learned. States are made side by
// side, of parts of the input, and merged; in whatever order that happens, the merged state is the same, and so are the
// findings, which are a function of it alone. That is what makes them the same with one worker and eight.
//
// It is bounded: a window keeps no more events than it needs to be sure, a learned list no more than maxValues values.
type State struct {
	Groups  map[string]*Group   `json:"groups,omitempty"`
	Windows map[uint64]*Series  `json:"windows,omitempty"`
	Learned map[string]*Learned `json:"learned,omitempty"`
	Rates   map[uint64]*Sums    `json:"rates,omitempty"`
	// Since is when a rate's detection was first met in an account, and when a log of the account was read first, which is when
	// learning began.
	Since map[string]int64 `json:"since,omitempty"`
	// Raised is what windows found that are over, by the finding's identifier.
	Raised map[string]*Finding `json:"raised,omitempty"`
	// RaisedBy are their first events, in a text only.
	RaisedBy map[string]*Kept `json:"raised_by,omitempty"`
	Last     int64            `json:"last"`           // time of the newest event
	Full     map[string]int64 `json:"full,omitempty"` // detections that reached a bound, and how often
	// Done are the inputs that are in the state, by hashes of what they are called and of their bytes; Events is how many events
	// were in them.
	Done map[uint64]bool `json:"done,omitempty"`
	// Told is how often a watch that goes on has counted each finding when it was told last.
	Told   map[string]int `json:"told,omitempty"`
	Events int64          `json:"events"`
}

// The bounds of a state.
const (
	maxValues = 100_000 // of one learned list
	maxSeries = 500_000 // windows of all detections
	maxGroups = 200_000
	maxKept   = 100 // events of a finding that are named
	maxQuick  = 4   // the same for logs that have a line for every packet's flow
)

// NewState is an empty one.
func NewState() *State {
	return &State{Groups: map[string]*Group{}, Windows: map[uint64]*Series{}, Learned: map[string]*Learned{}, Rates: map[uint64]*Sums{}, Since: map[string]int64{}, Raised: map[string]*Finding{}, Full: map[string]int64{}, Done: map[uint64]bool{}, Told: map[string]int{}}
}

// ParseState reads what [State.Text] wrote.
func ParseState(text []byte) (*State, error) {
	s := NewState()
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("what was learned cannot be read: %w", err)
	}
	for id, k := range s.RaisedBy {
		if f := s.Raised[id]; f != nil {
			f.Event = k
		}
	}
	s.RaisedBy = nil
	return s, nil
}

// Text is the state as it is kept.
func (s *State) Text() ([]byte, error) {
	c := *s
	c.RaisedBy = map[string]*Kept{}
	for id, f := range s.Raised {
		c.RaisedBy[id] = f.Event
	}
	return json.Marshal(&c)
}

// Kept is an event that a finding may name.
type Kept struct {
	T        int64  `json:"t"`
	Facts    Facts  `json:"facts"`
	Resource string `json:"resource,omitempty"`
	Value    string `json:"value,omitempty"` // what a window counts, or is first
}

func (k *Kept) compare(o *Kept) int {
	return cmp.Or(cmp.Compare(k.T, o.T), cmp.Compare(k.Facts.ID, o.Facts.ID), cmp.Compare(k.Value, o.Value))
}

// Group is a cause: a detection, a principal and a resource.
type Group struct {
	Detection string  `json:"detection"`
	Count     int     `json:"count"`
	Last      int64   `json:"last"`
	Kept      []*Kept `json:"kept"` // the earliest, in order
	// Seen are the events of the last days by their hash, and their day, so that one that is delivered again counts once,
	// whichever part or machine has read it.
	Seen map[uint64]int32 `json:"seen,omitempty"`
}

// add counts an event, the first time that it is seen.
func (g *Group) add(k *Kept, hash uint64) {
	if _, ok := g.Seen[hash]; ok {
		return
	}
	if g.Seen == nil {
		g.Seen = map[uint64]int32{}
	}
	g.Seen[hash] = int32(k.T / day) //nolint:gosec // days since 1970
	g.Count++
	g.Last = max(g.Last, k.T)
	g.Kept = keep(g.Kept, k, maxKept)
}

// merge adds another part's.
func (g *Group) merge(o *Group) {
	g.Count += o.Count
	if g.Seen == nil {
		g.Seen = map[uint64]int32{}
	}
	for h, d := range o.Seen {
		if _, ok := g.Seen[h]; ok {
			g.Count--
		}
		g.Seen[h] = d
	}
	g.Last = max(g.Last, o.Last)
	for _, k := range o.Kept {
		g.Kept = keep(g.Kept, k, maxKept)
	}
}

// keep inserts an event among the earliest max.
func keep(list []*Kept, k *Kept, max int) []*Kept {
	if len(list) == max && k.compare(list[max-1]) >= 0 {
		return list
	}
	i, found := slices.BinarySearchFunc(list, k, func(a, b *Kept) int { return a.compare(b) })
	if found {
		return list
	}
	list = slices.Insert(list, i, k)
	if len(list) > max {
		list = list[:max]
	}
	return list
}

// Series are the events of one key of a window or a sequence, in buckets as long as the window. A sequence has buckets for
// each of its steps: the bucket's number is the period's times maxSteps and the step's.
type Series struct {
	Detection string    `json:"detection"`
	Key       string    `json:"key"`
	Account   string    `json:"account"`
	Buckets   []*Bucket `json:"buckets"` // by number
	Fresh     bool      `json:"fresh,omitempty"`
	// Full are the days, since 1970, on which a window was full whose buckets are forgotten, where the detection asks for what
	// is usual.
	Full []int64 `json:"full,omitempty"`
}

// maxSteps bounds how many steps a sequence has.
const maxSteps = 8

// Bucket keeps the earliest events, as many as are needed to be sure that a window is full, and for sequences the latest as
// well. Events of the same hash are one, at its earliest time. Total counts all.
type Bucket struct {
	N     int64   `json:"n"`
	Early []entry `json:"early"`
	Late  []entry `json:"late,omitempty"`
	Total int     `json:"total"`
	seen  map[uint64]bool
}

type entry struct {
	T    int64  `json:"t"`
	H    uint64 `json:"h"`
	Kept *Kept  `json:"kept,omitempty"`
}

// bucket is the one of a number, made where there is none.
func (x *Series) bucket(n int64) *Bucket {
	for i := len(x.Buckets) - 1; i >= 0; i-- {
		switch b := x.Buckets[i]; {
		case b.N == n:
			return b
		case b.N < n:
			b = &Bucket{N: n}
			x.Buckets = slices.Insert(x.Buckets, i+1, b)
			return b
		}
	}
	b := &Bucket{N: n}
	x.Buckets = slices.Insert(x.Buckets, 0, b)
	return b
}

// keeper gives an event as it is kept.
type keeper interface{ keep() *Kept }

func (e entry) keep() *Kept { return e.Kept }

func (e entry) compare(o entry) int { return cmp.Or(cmp.Compare(e.T, o.T), cmp.Compare(e.H, o.H)) }

// add puts an event into the bucket. need is how many are kept, named how many of them with their facts, which from gives;
// late says that the latest are kept too.
func (b *Bucket) add(e entry, need, named int, from keeper, late bool) {
	if n := len(b.Early); n >= need && e.T > b.Early[n-1].T {
		b.Total++
		if late {
			b.addLate(e, need, from)
		}
		return
	}
	if at := b.find(e); at >= 0 {
		if e.T >= b.Early[at].T {
			return
		}
		b.remove(at) // the same value, earlier
		b.Total--
	}
	b.Total++
	i, _ := slices.BinarySearchFunc(b.Early, e, entry.compare)
	if e.Kept == nil && i < named {
		e.Kept = from.keep()
	}
	b.Early = slices.Insert(b.Early, i, e)
	if b.seen != nil {
		b.seen[e.H] = true
	}
	if len(b.Early) > need {
		last := b.Early[need]
		if late {
			b.addLate(last, need, from)
		}
		b.remove(need)
	}
	if len(b.Early) > named && !late {
		b.Early[named].Kept = nil
	}
}

func (b *Bucket) remove(at int) {
	if b.seen != nil {
		delete(b.seen, b.Early[at].H)
	}
	b.Early = slices.Delete(b.Early, at, at+1)
}

// find is where an event of the same hash is, or -1.
func (b *Bucket) find(e entry) int {
	if len(b.Early) > 32 {
		if b.seen == nil {
			b.seen = map[uint64]bool{}
			for _, x := range b.Early {
				b.seen[x.H] = true
			}
		}
		if !b.seen[e.H] {
			return -1
		}
	}
	return slices.IndexFunc(b.Early, func(x entry) bool { return x.H == e.H })
}

// addLate keeps the latest events.
func (b *Bucket) addLate(e entry, need int, from keeper) {
	if n := len(b.Late); n >= need && e.compare(b.Late[0]) < 0 || slices.ContainsFunc(b.Late, func(x entry) bool { return x.H == e.H }) {
		return
	}
	if e.Kept == nil {
		e.Kept = from.keep()
	}
	i, _ := slices.BinarySearchFunc(b.Late, e, entry.compare)
	b.Late = slices.Insert(b.Late, i, e)
	if len(b.Late) > need {
		b.Late = slices.Delete(b.Late, 0, 1)
	}
}

// merge adds another part's bucket.
func (b *Bucket) merge(o *Bucket, need, named int, late bool) {
	total := b.Total + o.Total
	both := 0
	for _, e := range slices.Concat(o.Early, o.Late) {
		if b.find(e) >= 0 {
			both++
		}
		b.add(e, need, named, e, late)
	}
	b.Total = max(len(b.Early), total-both)
}

// Learned is what was seen of one detection and grouping, such as an account.
type Learned struct {
	Detection string            `json:"detection"`
	Since     int64             `json:"since"`
	Values    map[string]*Value `json:"values"`
	// Kinds estimates how many values there were once they are too many to be kept.
	Over int64 `json:"over,omitempty"`
}

// Value is one that was seen: the first time, and, for what is rare, on which days.
type Value struct {
	First int64   `json:"first"`
	Days  []int64 `json:"days,omitempty"`
	Kept  []*Kept `json:"kept,omitempty"` // the first of this run
}

// Sums are a rate's, by period.
type Sums struct {
	Detection string         `json:"detection"`
	Key       string         `json:"key"`
	Account   string         `json:"account"`
	Periods   map[int64]*Sum `json:"periods"`
	Fresh     bool           `json:"fresh,omitempty"`
}

// Sum is one period's.
type Sum struct {
	Of    float64 `json:"of"`
	Count int     `json:"count"`
	Kept  *Kept   `json:"kept,omitempty"` // the first of this run
}

// Hash is of several texts together; it is never 0.
func Hash(parts ...string) uint64 {
	var d xxhash.Digest
	d.Reset()
	for _, p := range parts {
		_, _ = d.WriteString(p) // it never fails
		_, _ = d.WriteString("\x00")
	}
	return d.Sum64() | 1
}
