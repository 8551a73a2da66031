package watch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// State is what is known of the events so far: the causes of findings, windows, what was learned. States are made side by
// side, of parts of the input, and merged; in whatever order that happens, the merged state is the same, and so are the
// findings, which are a function of it alone. That is what makes them the same with one worker and eight.
//
// It is bounded, however many events there are: a window keeps no more events than it needs to be sure, what is only counted
// becomes a sketch ([Distinct]), values past a bound are known by a filter ([Known]), what was usual is counts of marks
// (spread.go), and of each detection there are no more causes, windows and so on than bound.go says. What a bound leaves out is
// a function of the events, not of their order, and [State.Left] tells it. What grows is one hash for each input that was read,
// and nothing else.
type State struct {
	Groups  map[string]*Group   `json:"groups,omitempty"`
	Windows map[uint64]*Series  `json:"windows,omitempty"`
	Learned map[string]*Learned `json:"learned,omitempty"`
	// Known are values that were learned and are too many to be kept, by detection.
	Known map[string]*Known `json:"known,omitempty"`
	Rates map[uint64]*Sums  `json:"rates,omitempty"`
	// Acts are who did what when, for how usual a finding is.
	Acts map[string]*Act `json:"acts,omitempty"`
	// Since is when a log of an account was read first, and a rate's detection met first, which is when learning began; and by a
	// blank and the account alone, when anything was met.
	Since map[string]int64 `json:"since,omitempty"`
	// Raised is what windows found that are over, by the finding's identifier.
	Raised map[string]*Finding `json:"raised,omitempty"`
	// RaisedBy are their first events, in a text only.
	RaisedBy map[string]*Kept `json:"raised_by,omitempty"`
	Last     int64            `json:"last"` // time of the newest event
	// Over are the bounds that were reached.
	Over overs `json:"over,omitzero"`
	// Done are the inputs that are in the state, by hashes of what they are called and of their bytes; Events is how many events
	// were in them.
	Done map[uint64]bool `json:"done,omitempty"`
	// Told is how often a watch that goes on has counted each finding when it was told last.
	Told   map[string]int `json:"told,omitempty"`
	Events int64          `json:"events"`

	bounds bounds
	n      [kinds]map[string]int // of each kind, by detection; nil where it has to be counted
	merged int                   // buckets, periods and values that came since what is over was forgotten
	left   int                   // and how many there were then
}

// How many events of a finding are named.
const (
	maxKept  = 100
	maxQuick = 4 // of logs that have a line for every packet's flow
)

// NewState is an empty one.
func NewState() *State { return newState(usualBounds) }

func newState(b bounds) *State {
	return &State{
		Groups: map[string]*Group{}, Windows: map[uint64]*Series{}, Learned: map[string]*Learned{}, Known: map[string]*Known{}, Rates: map[uint64]*Sums{}, Acts: map[string]*Act{},
		Since: map[string]int64{}, Raised: map[string]*Finding{}, Done: map[uint64]bool{}, Told: map[string]int{}, bounds: b,
	}
}

// ParseState reads what [State.Text] wrote.
func ParseState(text []byte) (*State, error) {
	s := NewState()
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("what was learned cannot be read: %w", err)
	}
	for key, l := range s.Learned {
		if l == nil || slices.ContainsFunc(slices.Collect(maps.Values(l.Values)), func(v *Value) bool { return v == nil || !v.whole() }) {
			return nil, fmt.Errorf("what was learned cannot be read: what %s has learned has another form", key)
		}
	}
	for d, k := range s.Known {
		if k == nil || !k.whole() {
			return nil, fmt.Errorf("what was learned cannot be read: what %s knows has another form", d)
		}
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
	s.even()
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
	Last      int64   `json:"last"`
	Kept      []*Kept `json:"kept"` // the earliest, in order
	// Seen are the events by their hashes, so that one that is delivered again counts once, whichever part or machine has read it
	// and however late it comes.
	Seen *Distinct `json:"seen"`
}

// add counts an event.
func (g *Group) add(k *Kept, hash uint64) {
	g.Seen.Add(hash)
	g.Last = max(g.Last, k.T)
	g.Kept = keep(g.Kept, k, maxKept)
}

// merge adds another part's.
func (g *Group) merge(o *Group) {
	g.Seen.Merge(o.Seen)
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
	// Until is the number of the first bucket of which nothing is in [State.Raised] yet.
	Until int64 `json:"until,omitempty"`
	Fresh bool  `json:"fresh,omitempty"`
	// Full are the days on which a window was full, of those whose buckets are forgotten, where the detection asks for what is
	// usual.
	Full Days `json:"full,omitzero"`
}

// maxSteps bounds how many steps a sequence has.
const maxSteps = 8

// Bucket keeps the earliest events, as many as are needed to be sure that a window is full, and for sequences the latest as
// well. Events of the same hash are one, at its earliest time. All counts them where Early has not all of them.
type Bucket struct {
	N     int64     `json:"n"`
	Early []entry   `json:"early"`
	Late  []entry   `json:"late,omitempty"`
	All   *Distinct `json:"all,omitempty"`
	seen  map[uint64]bool
}

// total is how many different events there were.
func (b *Bucket) total() int {
	if b.All == nil {
		return len(b.Early)
	}
	return max(len(b.Early), b.All.Count())
}

// count counts an event that Early has no place for.
func (b *Bucket) count(h uint64) {
	if b.All == nil {
		if b.find(entry{H: h}) >= 0 {
			return
		}
		b.all()
	}
	b.All.Add(h)
}

// all begins to count.
func (b *Bucket) all() {
	if b.All == nil {
		b.All = &Distinct{}
		for _, e := range b.Early {
			b.All.Add(e.H)
		}
	}
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
		if late {
			b.addLate(e, need, from)
		} else {
			b.count(e.H)
		}
		return
	}
	if at := b.find(e); at >= 0 {
		switch old := &b.Early[at]; {
		case e.T > old.T:
			return
		case e.T == old.T:
			b.same(old, e, at < named || late, from)
			return
		}
		b.remove(at) // the same value, earlier
	}
	if b.All != nil {
		b.All.Add(e.H)
	}
	i, _ := slices.BinarySearchFunc(b.Early, e, entry.compare)
	if e.Kept == nil && (i < named || late) {
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
		} else {
			b.all()
		}
		b.remove(need)
	}
	if len(b.Early) > named && !late {
		b.Early[named].Kept = nil
	}
}

// same is another event of the same value at the same time: which of the two is named may not depend on which came first.
func (b *Bucket) same(old *entry, e entry, named bool, from keeper) {
	if !named || old.Kept == nil {
		return
	}
	k := e.Kept
	if k == nil {
		k = from.keep()
	}
	if k != nil && k.compare(old.Kept) < 0 {
		old.Kept = k
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
	for _, e := range slices.Concat(o.Early, o.Late) {
		b.add(e, need, named, e, late)
	}
	if o.All != nil {
		b.all()
		b.All.Merge(o.All)
	}
}

// Learned is what was seen of one detection and grouping, such as an account.
type Learned struct {
	Detection string            `json:"detection"`
	Since     int64             `json:"since"`
	Values    map[string]*Value `json:"values"`
}

// Value is one that was seen: the first time, and, for what is rare, on which days.
type Value struct {
	First int64   `json:"first"`
	Days  []int64 `json:"days,omitempty"`
	Kept  []*Kept `json:"kept,omitempty"` // the first of this run
	// On are the events of this run on the days on which the value is rare, for those that are more than Kept.
	On map[int64]*Crowd `json:"on,omitempty"`
}

// Crowd is how many events there were, and the last of them.
type Crowd struct {
	Last int64     `json:"last"`
	Seen *Distinct `json:"seen"`
}

// Sums are a rate's, by period.
type Sums struct {
	Detection string         `json:"detection"`
	Key       string         `json:"key"`
	Account   string         `json:"account"`
	Periods   map[int64]*Sum `json:"periods"`
	// Days are those that are over, in marks.
	Days  map[int64]marks `json:"days,omitempty"`
	Fresh bool            `json:"fresh,omitempty"`
	met   int64           // the earliest that this part knows of
}

// Sum is one period's.
type Sum struct {
	Of    float64 `json:"of"`
	Count int     `json:"count"`
	Kept  *Kept   `json:"kept,omitempty"` // the first of this run
}

// Hash is of several texts together; it is never 0.
func Hash(parts ...string) uint64 {
	var room [256]byte
	all := room[:0]
	for _, p := range parts {
		all = append(append(all, p...), 0)
	}
	return xxhash.Sum64(all) | 1
}
