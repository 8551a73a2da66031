package watch

import (
	"math"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
)

// hit is an event that a detection matched.
type hit struct {
	detection *rules.Detection
	event     Event
	seen      *rules.Seen
	at        int64
	value     string
	made      *Kept
	told      *told
}

// told are the facts of an event, and what the last detection says that it was done to: they are asked for once for all the
// detections that say the same.
type told struct {
	facts           Facts
	known           bool
	about, resource string
}

// forget is for when another event comes.
func (t *told) forget() { t.known, t.about = false, "" }

func (t *told) on(d *rules.Detection, s *rules.Seen) string {
	if t.about != d.Resource || t.about == "" {
		t.about, t.resource = d.Resource, strings.Clone(d.On(s))
	}
	return t.resource
}

func (t *told) of(e Event) Facts {
	if !t.known {
		t.facts, t.known = e.Facts(), true
	}
	return t.facts
}

// keep implements keeper.
func (h *hit) keep() *Kept {
	if h.made == nil {
		// What is kept outlives what was read, which is overwritten by what is read next.
		h.made = &Kept{T: h.at, Facts: h.told.of(h.event), Resource: h.told.on(h.detection, h.seen), Value: strings.Clone(h.value)}
	}
	return h.made
}

// by is the key that a form groups by.
func (h *hit) by(word string) string {
	switch word {
	case "account":
		return h.seen.Account
	case "principal", "":
		return h.seen.Who
	case "address":
		return h.seen.From
	case "resource":
		return h.detection.On(h.seen)
	}
	return h.detection.By(h.seen)
}

// take puts a hit into the state.
func (s *State) take(h *hit) error {
	s.Last = max(s.Last, h.at)
	d := h.detection
	s.did(h)
	switch {
	case d.Count != nil:
		e := entry{T: h.at}
		if d.Count.Distinct != "" {
			h.value = d.Of(h.seen).String()
			e.H = Hash(h.value)
		} else {
			e.H = h.event.Hash()
		}
		s.series(h, d.Count.By, d.Count.Period(), 0, func(b *Bucket) { b.add(e, d.Count.Over, named(d), h, false) })
	case d.Sequence != nil:
		return s.step(h)
	case d.First != nil:
		s.learn(h, d.First.By, d.Of(h.seen).String(), false)
	case d.Rare != nil:
		s.learn(h, d.Rare.By, d.Of(h.seen).String(), true)
	case d.Rate != nil:
		s.sum(h)
	default:
		s.group(d.ID, h.keep(), h.event.Hash())
	}
	return nil
}

// named is how many events of a finding are named.
func named(d *rules.Detection) int {
	if d.Lines() {
		return maxQuick
	}
	return maxKept
}

func (s *State) series(h *hit, by string, period time.Duration, step int64, add func(*Bucket)) {
	key := h.by(by)
	at := Hash(h.detection.ID, h.seen.Account, key)
	x := s.Windows[at]
	if x == nil {
		if !s.admits(windows, h.detection.ID, at) {
			return
		}
		x = &Series{Detection: h.detection.ID, Key: strings.Clone(key), Account: strings.Clone(h.seen.Account)}
		s.Windows[at] = x
		s.came(windows, h.detection.ID)
	}
	x.Fresh = true
	n := h.at/period.Milliseconds()*maxSteps + step
	add(x.bucket(n))
}

func (s *State) step(h *hit) error {
	q := h.detection.Sequence
	for i := 0; i < len(q.Steps); i++ {
		step, err := h.detection.Step(h.seen, i)
		if err != nil || step < 0 {
			return err
		}
		i = step
		e := entry{T: h.at, H: h.event.Hash()}
		s.series(h, q.By, q.Period(), int64(step), func(b *Bucket) { b.add(e, q.Steps[step].Needed(), maxKept, h, true) })
	}
	return nil
}

const day = 24 * 60 * 60 * 1000

func (s *State) learn(h *hit, by, value string, days bool) {
	if by == "" {
		by = "account"
	}
	var room [256]byte
	key := append(append(append(room[:0], h.detection.ID...), ' '), h.by(by)...)
	l := s.Learned[string(key)]
	if l == nil {
		if o := s.Over[values][h.detection.ID]; !o.lists(string(key)) {
			s.lose(values, h.detection.ID, valueHash(string(key), value))
			return
		}
		l = &Learned{Detection: h.detection.ID, Since: h.at, Values: map[string]*Value{}}
		s.Learned[string(key)] = l
	}
	l.Since = min(l.Since, h.at)
	v := l.Values[value]
	if v == nil {
		if !s.admits(values, h.detection.ID, valueHash(string(key), value)) {
			return
		}
		value = strings.Clone(value)
		v = &Value{First: h.at}
		l.Values[value] = v
		defer s.came(values, h.detection.ID)
	}
	v.First = min(v.First, h.at)
	h.value = value
	if !days {
		if len(v.Kept) == 0 || h.at <= v.Kept[0].T {
			v.Kept = keep(v.Kept, h.keep(), 1)
		}
		return
	}
	v.Kept = keep(v.Kept, h.keep(), maxKept)
	v.days(h.at / day)
	v.crowd(h.at/day, h.detection.Rare.Days).add(h.at, h.event.Hash())
	v.trim(h.detection.Rare.Days)
}

func (s *State) sum(h *hit) {
	r := h.detection.Rate
	of := h.detection.Of(h.seen)
	n := of.Float()
	if of.Kind == rules.KindInt {
		n = float64(of.N)
	}
	// Sums of thousandths, about, are the same in whatever order they are added.
	n = math.Round(n*1024) / 1024
	key := h.by(r.By)
	at := Hash(h.detection.ID, h.seen.Account, key)
	x := s.Rates[at]
	if x == nil || h.at < x.met { // an event that is not the earliest of its key is not that of its account
		s.begin(h.detection.ID, h.seen.Account, h.at)
	}
	if x == nil {
		if !s.admits(rates, h.detection.ID, at) {
			return
		}
		x = &Sums{Detection: h.detection.ID, Key: strings.Clone(key), Account: strings.Clone(h.seen.Account), Periods: map[int64]*Sum{}}
		s.Rates[at] = x
		s.came(rates, h.detection.ID)
		x.met = h.at
	}
	x.met = min(x.met, h.at)
	x.Fresh = true
	p := h.at / r.Period().Milliseconds()
	y := x.Periods[p]
	if y == nil {
		y = &Sum{}
		x.Periods[p] = y
	}
	y.Of += n
	y.Count++
	if y.Kept == nil || h.at < y.Kept.T || h.at == y.Kept.T && h.keep().compare(y.Kept) < 0 {
		y.Kept = h.keep()
	}
}

// group adds an event to the cause of it.
func (s *State) group(detection string, k *Kept, hash uint64) {
	resource := k.Resource
	if resource == "" {
		resource = k.Facts.Account
	}
	key := detection + "\x00" + k.Facts.Account + "\x00" + k.Facts.Region + "\x00" + k.Facts.Principal + "\x00" + resource
	g := s.Groups[key]
	if g == nil {
		if !s.admits(causes, detection, Hash(key)) {
			return
		}
		g = &Group{Detection: detection, Seen: &Distinct{}}
		s.Groups[key] = g
		s.came(causes, detection)
	}
	g.add(k, hash)
}
