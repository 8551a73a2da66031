package watch

import (
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/baileydb/bailey/internal/rules"
)

// index are the detections of a log other than CloudTrail. What they demand is taken apart into terms: those that several
// demand are evaluated once an event, and those that look at the log's key alone, such as the port that a flow goes to,
// once for all events of a key.
type index struct {
	log   *rules.Log
	all   []demand
	terms []rules.Term
	place map[string]int // of a term, by its text
	any   *plan          // for keys that are none
	keys  []atomic.Pointer[plan]
	mu    sync.Mutex
	plans map[string]*plan // by what terms of the key say
}

// demand is a detection with its terms, by their places.
type demand struct {
	at    int // among the engine's
	d     *rules.Detection
	terms []int
}

// maxKey is one more than the largest key of a log.
const maxKey = 1 << 16

func newIndex(log string) *index {
	x := &index{log: rules.LogNamed(log), place: map[string]int{}, plans: map[string]*plan{}}
	if x.log.Key != "" {
		x.keys = make([]atomic.Pointer[plan], maxKey)
	}
	return x
}

func (x *index) add(at int, d *rules.Detection) {
	c := demand{at: at, d: d}
	for _, t := range d.Terms() {
		p, ok := x.place[t.Text]
		if !ok {
			p = len(x.terms)
			x.place[t.Text] = p
			x.terms = append(x.terms, t)
		}
		c.terms = append(c.terms, p)
	}
	x.all = append(x.all, c)
}

// of is the plan for events of a key.
func (x *index) of(key int64) *plan {
	if key < 0 || key >= int64(len(x.keys)) {
		return x.any
	}
	if p := x.keys[key].Load(); p != nil {
		return p
	}
	p := x.make(key)
	x.keys[key].Store(p)
	return p
}

// make makes the plan of a key, or finds that of another for which the terms of the key say the same.
func (x *index) make(key int64) *plan {
	c := rules.NewColumns(x.log)
	c.Text[x.log.Index(x.log.Key)] = strconv.FormatInt(key, 10)
	s := &rules.Seen{Event: &c}
	said := make([]byte, len(x.terms))
	for i := range x.terms {
		said[i] = '?'
		if !x.terms[i].Key {
			continue
		}
		if ok, known := x.terms[i].Holds(s); known && ok {
			said[i] = '1'
		} else if known {
			said[i] = '0'
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	p := x.plans[string(said)]
	if p == nil {
		p = x.plan(said)
		x.plans[string(said)] = p
	}
	return p
}

// plan is what has to be evaluated of an event: of the detections that may match, the terms that are not known yet.
type plan struct {
	index *index
	steps []step
}

type step struct {
	at     int
	d      *rules.Detection
	listed bool
	terms  []int
	// bits are those of the terms that have one, of the first 64.
	bits uint64
}

// plan makes one. said are what is known of the terms, '1' and '0'; nothing where it is nil.
func (x *index) plan(said []byte) *plan {
	p := &plan{index: x}
	for _, c := range x.all {
		s, never := step{at: c.at, d: c.d, listed: len(c.d.From)+len(c.d.To) > 0}, false
		for _, t := range c.terms {
			switch {
			case said != nil && said[t] == '0':
				never = true
			case said != nil && said[t] == '1':
			default:
				s.terms = append(s.terms, t)
				s.bits |= bit(t)
			}
		}
		if !never {
			p.steps = append(p.steps, s)
		}
	}
	return p
}

// bit is the mark of a term; those beyond the first 64 have none, and are evaluated whenever they come up.
func bit(term int) uint64 { return 1 << term }

// meet calls f for the detections that match an event, in their order: those that are sure to, and those that have to be asked
// themselves.
func (p *plan) meet(s *rules.Seen, f func(at int, sure bool)) {
	var done, held uint64
	for i := range p.steps {
		c := &p.steps[i]
		if c.bits&done&^held != 0 || c.listed && !c.d.Met(s) {
			continue
		}
		match, sure := true, true
		for _, t := range c.terms {
			b := bit(t)
			if held&b != 0 {
				continue
			}
			ok, known := p.index.terms[t].Holds(s)
			if known {
				done |= b
			}
			switch {
			case known && ok:
				held |= b
			case known:
				match = false
			default:
				sure = false // unless another term does not hold, it is an error, which the detection tells
			}
			if !match {
				break
			}
		}
		if match {
			f(c.at, sure)
		}
	}
}
