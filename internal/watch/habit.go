package watch

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/rules"
)

// Act is something that a detection sees done in an account, and who did it when. It is what findings say of how usual it was.
type Act struct {
	Detection string            `json:"detection"`
	Who       map[string]*Habit `json:"who"`
	// Cut is as [Over]'s: where more than maxWho did it, they are those with the smallest hashes.
	Cut uint64 `json:"cut,omitempty"`
}

// Habit is when a principal did something.
type Habit struct {
	First int64 `json:"first"`
	Days  Days  `json:"days"`
}

// maxWho is how many principals of an act are kept.
const maxWho = 256

// Days are the days of the last year and a half, at least, on which something happened: a bit each, in words of 64 days.
type Days struct {
	From  int64    `json:"from"` // of the first word
	Words []uint64 `json:"words"`
}

const maxDayWords = 8

// set adds a day, counted from 1970. What is left follows from the days alone: the words up to the newest, from the first that
// has one.
func (x *Days) set(d int64) {
	w := d >> 6
	if len(x.Words) == 0 {
		x.From, x.Words = w, []uint64{0}
	}
	newest := x.From + int64(len(x.Words)) - 1
	switch {
	case w <= newest-maxDayWords:
		return
	case w >= newest+maxDayWords:
		x.From, x.Words = w, []uint64{0}
	}
	for ; w < x.From; x.From-- {
		x.Words = slices.Insert(x.Words, 0, 0)
	}
	for w >= x.From+int64(len(x.Words)) {
		x.Words = append(x.Words, 0)
	}
	x.Words[w-x.From] |= 1 << (d & 63)
	for len(x.Words) > maxDayWords || x.Words[0] == 0 {
		x.Words, x.From = x.Words[1:], x.From+1
	}
}

// merge adds another part's days.
func (x *Days) merge(o Days) {
	for i, w := range o.Words {
		for ; w != 0; w &= w - 1 {
			x.set((o.From+int64(i))<<6 + int64(bits.TrailingZeros64(w)))
		}
	}
}

// since is whether the newest day is at one or after it.
func (x *Days) since(d int64) bool {
	n := len(x.Words)
	return n > 0 && (x.From+int64(n)-1)<<6+int64(bits.Len64(x.Words[n-1]))-1 >= d
}

// between is how many days there are from one to before another.
func (x *Days) between(from, to int64) int {
	a, _ := x.before(to)
	b, _ := x.before(min(from, to))
	return a - b
}

// before is how many days there are before one, and the last of them.
func (x *Days) before(d int64) (n int, last int64) {
	for i, w := range x.Words {
		for ; w != 0; w &= w - 1 {
			if at := (x.From+int64(i))<<6 + int64(bits.TrailingZeros64(w)); at < d {
				n, last = n+1, at
			}
		}
	}
	return n, last
}

// actKey tells acts apart: those of a detection that meets several calls are several.
func actKey(d *rules.Detection, account, name string) string {
	return d.ID + "\x00" + account + "\x00" + name
}

// habitual reports whether it is said of a detection's findings how usual they are: those of one principal's doing, of logs
// that name it.
func habitual(d *rules.Detection) bool {
	single := d.First == nil && d.Rare == nil && d.Rate == nil && d.Sequence == nil
	return single && !d.Lines() && (d.Count == nil || d.Count.By == "" || d.Count.By == "principal")
}

// did takes down that a principal did something.
func (s *State) did(h *hit) {
	if !habitual(h.detection) || h.seen.Who == "" || h.at == 0 {
		return
	}
	s.begin("", h.seen.Account, h.at)
	name := ""
	if h.detection.Log == "cloudtrail" {
		name = h.seen.Event.Member("eventName").String()
	}
	key := actKey(h.detection, h.seen.Account, name)
	a := s.Acts[key]
	if a == nil {
		if !s.admits(acts, h.detection.ID, Hash(key)) {
			return
		}
		a = &Act{Detection: h.detection.ID, Who: map[string]*Habit{}}
		s.Acts[key] = a
		s.came(acts, h.detection.ID)
	}
	a.add(h.seen.Who, h.at, h.at/day)
}

func (a *Act) add(who string, first, d int64) {
	x := a.Who[who]
	if x == nil {
		if a.Cut > 0 && Hash(who) > a.Cut {
			return
		}
		x = &Habit{First: first}
		a.Who[strings.Clone(who)] = x
		if len(a.Who) > maxWho+maxWho/4 {
			a.trim()
		}
	}
	x.First = min(x.First, first)
	x.Days.set(d)
}

// trim leaves maxWho principals.
func (a *Act) trim() {
	if len(a.Who) > maxWho {
		var hashes []uint64
		for who := range a.Who {
			hashes = append(hashes, Hash(who))
		}
		slices.Sort(hashes)
		a.Cut = hashes[maxWho-1]
	}
	if a.Cut == 0 {
		return
	}
	for who := range a.Who {
		if Hash(who) > a.Cut {
			delete(a.Who, who)
		}
	}
}

func (a *Act) merge(o *Act) {
	if o.Cut > 0 {
		a.Cut = min(cut(a.Cut), o.Cut)
	}
	for who, x := range o.Who {
		y := a.Who[who]
		if y == nil {
			a.Who[who] = x
			continue
		}
		y.First = min(y.First, x.First)
		y.Days.merge(x.Days)
	}
	a.trim()
}

func cut(c uint64) uint64 {
	if c == 0 {
		return math.MaxUint64
	}
	return c
}

// usual says how usual an event is: how often its principal did the same before, and how many others. It looks at days before
// the event's own only, so that it says the same whenever it is asked.
func (s *State) usual(d *rules.Detection, k *Kept) string {
	e := &k.Facts
	name, what := "", "this"
	if e.Log == "cloudtrail" {
		name, what = e.Name, e.Name
	}
	a := s.Acts[actKey(d, e.Account, name)]
	since := s.since(d, e.Account, s.Since[" "+e.Account])
	span := (k.T - since) / day
	if !habitual(d) || a == nil || e.Principal == "" || span < 1 {
		return ""
	}
	others := 0
	for who, x := range a.Who {
		if who != e.Principal && x.First < k.T {
			others++
		}
	}
	number := fmt.Sprint(others)
	switch {
	case a.Cut > 0:
		number = fmt.Sprintf("more than %d others", maxWho-1)
	case others == 1:
		number = "1 other"
	default:
		number += " others"
	}
	mine := a.Who[e.Principal]
	if mine == nil {
		return fmt.Sprintf("%s was done by %s in %s", what, number, days(k.T-since))
	}
	n, last := mine.Days.before(k.T / day)
	switch {
	case n > 0:
		return fmt.Sprintf("%s by this principal on %d of the %s before, the last time %s ago; %s did it", what, n, days(span*day), days(k.T-last*day), number)
	case others == 0 && a.Cut == 0:
		return fmt.Sprintf("first %s by anybody in %s", what, days(span*day))
	}
	return fmt.Sprintf("first %s by this principal in %s; %s did it before", what, days(span*day), number)
}
