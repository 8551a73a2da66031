package watch

import (
	"strings"

	"github.com/baileydb/bailey/internal/rules"
)

// begin takes down that there was something at a time, of a log or a detection, in an account.
func (s *State) begin(of, account string, at int64) {
	var room [128]byte
	key := append(append(append(room[:0], of...), ' '), account...)
	if t, ok := s.Since[string(key)]; !ok || at < t {
		s.beginAt(string(key), at)
	}
}

// beginAt is begin by the key of [State.Since].
func (s *State) beginAt(key string, at int64) {
	t, ok := s.Since[key]
	switch {
	case ok && t <= at:
	case ok:
		s.Since[key] = at
	case s.admits(begun, beginner(key), Hash(key)):
		s.Since[key] = at
		s.came(begun, beginner(key))
	}
}

// beginner is the log or the detection of a key.
func beginner(key string) string {
	of, _, _ := strings.Cut(key, " ")
	return of
}

// since is when a detection began to learn in an account: when the account's log was read first, or the detection met first.
func (s *State) since(d *rules.Detection, account string, met int64) int64 {
	if t, ok := s.Since[d.Log+" "+account]; ok {
		return min(t, met)
	}
	return met
}

// Earliest spares a feed reading the time of every event, for [Part.Met]. It is for one goroutine, and keeps none of the texts
// that it is given.
type Earliest struct {
	last *earliest
	all  map[string]*earliest // by account
}

// earliest is the last text of a time that was the earliest of an account.
type earliest struct {
	account, at []byte
	plain       bool
}

// maxAccounts is how many accounts are told apart; more of them are slower, not wrong.
const maxAccounts = 1000

// Before reports whether an event may be earlier than those before it, by the text of its time.
func (x *Earliest) Before(account, at string) bool {
	e := x.last
	if e == nil || string(e.account) != account {
		if e = x.all[account]; e == nil {
			if len(x.all) >= maxAccounts {
				return true
			}
			if x.all == nil {
				x.all = map[string]*earliest{}
			}
			e = &earliest{account: []byte(account)}
			x.all[string(e.account)] = e
		}
		x.last = e
	}
	simple := plain(at)
	if simple && e.plain && len(e.at) == len(at) && string(e.at) <= at {
		return false
	}
	e.at, e.plain = append(e.at[:0], at...), simple
	return true
}

// plain reports whether texts of times, of those that are as long, are in the order of the times: such as seconds, and RFC 3339
// without a zone.
func plain(at string) bool {
	if at == "" || at[0] < '0' || at[0] > '9' {
		return false
	}
	zone := len(at) - len("+00:00")
	return zone < 0 || at[zone] != '+' && at[zone] != '-'
}
