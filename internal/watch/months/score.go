package months

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/lists"
)

// Lists are what is known of addresses and names in these months, beside what comes with Bailey.
func Lists() *lists.Set {
	return lists.NewSet(append(lists.Builtin(),
		&lists.List{Name: "tor", Entries: TorExits}, &lists.List{Name: "c2", Entries: append(slices.Clone(C2Names), C2Addresses...)},
		&lists.List{Name: "malicious", Entries: MaliciousFrom}))
}

// Share is how many of how many.
type Share struct{ Of, All int }

// Ratio is 1 of nothing: nothing was missed.
func (s Share) Ratio() float64 {
	if s.All == 0 {
		return 1
	}
	return float64(s.Of) / float64(s.All)
}

func (s Share) String() string { return fmt.Sprintf("%d of %d (%.1f%%)", s.Of, s.All, 100*s.Ratio()) }

// Tally is what came of some months.
type Tally struct {
	Accounts, Events int64
	// Days are the days of accounts after learning; Over are those with more than one false finding, Most how many there were at
	// most on one.
	Days, Over, Most int
	// False are findings after learning that are none of an attack, in all and by detection and account; Learning those of the
	// days of learning, on LearnDays. Loud are the false ones of medium and high severity.
	False, Learning, LearnDays, Loud int
	FalseBy                          map[string]int
	FalseIn                          map[string]Share // of an account's character: findings, days
	TrueBy                           map[string]int
	// Attacks counts those of which at least one act was named, Acts all acts; by name of the story, by detection.
	Attacks, Acts   Share
	AttackBy, ActBy map[string]Share
	// Missed are the acts that nothing named.
	Missed []Miss
	// Samples are some of the false findings in words.
	Samples []string
}

// Miss is an act that nothing named.
type Miss struct {
	Attack, Account string
	Act             Act
	// Whole says that no act of the attack was named.
	Whole bool
}

// Add adds another's.
func (t *Tally) Add(o *Tally) {
	t.Accounts, t.Events = t.Accounts+o.Accounts, t.Events+o.Events
	t.Days, t.Over, t.Most = t.Days+o.Days, t.Over+o.Over, max(t.Most, o.Most)
	t.False, t.Learning, t.LearnDays, t.Loud = t.False+o.False, t.Learning+o.Learning, t.LearnDays+o.LearnDays, t.Loud+o.Loud
	t.Attacks, t.Acts = t.Attacks.add(o.Attacks), t.Acts.add(o.Acts)
	for _, m := range []struct{ to, from map[string]int }{{t.FalseBy, o.FalseBy}, {t.TrueBy, o.TrueBy}} {
		for k, n := range m.from {
			m.to[k] += n
		}
	}
	for _, m := range []struct{ to, from map[string]Share }{{t.FalseIn, o.FalseIn}, {t.AttackBy, o.AttackBy}, {t.ActBy, o.ActBy}} {
		for k, s := range m.from {
			m.to[k] = m.to[k].add(s)
		}
	}
	t.Missed, t.Samples = append(t.Missed, o.Missed...), append(t.Samples, o.Samples...)
}

func (s Share) add(o Share) Share { return Share{s.Of + o.Of, s.All + o.All} }

// NewTally is an empty one.
func NewTally() *Tally {
	return &Tally{FalseBy: map[string]int{}, FalseIn: map[string]Share{}, TrueBy: map[string]int{}, AttackBy: map[string]Share{}, ActBy: map[string]Share{}}
}

// FalseADay is the mean of false findings per account and day after learning.
func (t *Tally) FalseADay() float64 { return float64(t.False) / float64(max(1, t.Days)) }

// Precision is the share of findings after learning that are of attacks.
func (t *Tally) Precision() Share {
	n := 0
	for _, k := range t.TrueBy {
		n += k
	}
	return Share{n, n + t.False}
}

// every is a detection that is met by every event of a log, for the identifiers that watch gives to lines.
const every = `id: every/%s
title: every
why: every
type: every
log: %s
severity: {any: low}
when: "true"
resource: "'line'"
respond: every
`

// naming makes an engine that finds every line of logs whose lines have no identifier of their own.
func naming() (*watch.Engine, error) {
	var list []*rules.Detection
	for _, log := range []string{"flowlog", "dns", "sqlaudit"} {
		d, err := rules.ParseDetection("every.yaml", "every/"+log, fmt.Appendf(nil, every, log, log))
		if err != nil {
			return nil, fmt.Errorf("the detection of every line of %s: %w", log, err)
		}
		list = append(list, d)
	}
	return watch.NewEngine(list)
}

// judge is one account's scoring.
type judge struct {
	account *Account
	engine  *watch.Engine
	names   *watch.Engine
	state   *watch.State
	learn   int
	of      map[string]*Attack // by an event's identifier
	told    map[string]time.Time
	found   map[*Attack]map[string]bool
	tally   *Tally
}

// Score plays an account's days, each read as a watch that runs once a day reads them, and adds what came of it. Findings
// that are told again without anything new count once.
func Score(engine *watch.Engine, a *Account, days, learn int, into *Tally) error {
	names, err := naming()
	if err != nil {
		return err
	}
	j := &judge{account: a, engine: engine, names: names, state: watch.NewState(), learn: learn, of: map[string]*Attack{}, told: map[string]time.Time{}, found: map[*Attack]map[string]bool{}, tally: into}
	for n := range days {
		if err := j.day(n); err != nil {
			return fmt.Errorf("%s, day %d: %w", a.Name, n, err)
		}
	}
	into.Accounts++
	into.Events += a.events
	j.acts()
	return nil
}

func (j *judge) day(n int) error {
	logs := j.account.Day(n)
	for _, x := range j.account.plan[n] {
		if err := j.identify(x); err != nil {
			return err
		}
	}
	run := j.engine.NewRun()
	for _, l := range logs {
		if err := feed.Read(l.Name, bytes.NewReader(l.Body), run.Part(), feed.Options{}); err != nil {
			return err
		}
	}
	if p := run.Problems(); len(p) > 0 {
		return fmt.Errorf("%s: %s", p[0].File, p[0].Message)
	}
	wrong := 0
	found := run.Findings(j.state)
	for i := range found {
		f := &found[i]
		if last, ok := j.told[f.ID]; ok && !f.Last.After(last) {
			continue
		}
		j.told[f.ID] = f.Last
		if x := j.attack(f); x != nil {
			if j.found[x] == nil {
				j.found[x] = map[string]bool{}
			}
			if !j.found[x][f.Detection] { // what one attack raises many times is right once, and what is wrong counts each time
				j.found[x][f.Detection] = true
				j.tally.TrueBy[f.Detection]++
			}
			continue
		}
		wrong++
		if n >= j.learn {
			j.wrong(f)
		}
	}
	j.count(n, wrong)
	return nil
}

func (j *judge) wrong(f *watch.Finding) {
	t := j.tally
	t.False++
	if f.Severity.Score >= 4 {
		t.Loud++
	}
	t.FalseBy[f.Detection]++
	if t.FalseBy[f.Detection] <= 3 {
		t.Samples = append(t.Samples, fmt.Sprintf("%s in %s by %s on %s: %s", f.Detection, j.account.Name, f.Principal, f.Resource, strings.Join(f.Evidence[:min(2, len(f.Evidence))], "; ")))
	}
}

func (j *judge) count(n, wrong int) {
	t := j.tally
	if n < j.learn {
		t.Learning += wrong
		t.LearnDays++
		return
	}
	t.Days++
	if wrong > 1 {
		t.Over++
	}
	t.Most = max(t.Most, wrong)
	s := t.FalseIn[j.account.Name]
	t.FalseIn[j.account.Name] = Share{s.Of + wrong, s.All + 1}
}

// identify learns the identifiers that watch has for an attack's lines.
func (j *judge) identify(x *Attack) error {
	for some := range slices.Chunk(x.lines, 100) { // as many as a finding names
		run := j.names.NewRun()
		bodies := map[string]string{}
		if j.account.direction {
			bodies["flowlog"] = flowHeader
		}
		for _, l := range some {
			bodies[l.log] += l.text + "\n"
		}
		for log, text := range bodies {
			if err := feed.Read(log, strings.NewReader(text), run.Part(), feed.Options{}); err != nil {
				return err
			}
		}
		for _, f := range run.Findings(watch.NewState()) {
			for _, id := range f.Events {
				x.ids[id] = true
			}
		}
	}
	x.lines = nil
	for id := range x.ids {
		j.of[id] = x
	}
	return nil
}

// attack is the one that a finding is of, nil where it is of none: it names one of its events, or is about what it attacks, while
// that lasts, where a sum tells and not a single event.
func (j *judge) attack(f *watch.Finding) *Attack {
	for _, id := range f.Events {
		if x := j.of[id]; x != nil {
			return x
		}
	}
	for _, x := range j.account.Attacks {
		if x.begins.IsZero() || f.Last.Before(x.begins.Add(-time.Hour)) || f.First.After(x.until) {
			continue
		}
		for key := range x.about {
			if f.Resource == key || strings.HasPrefix(f.Resource, key+":") {
				return x
			}
		}
	}
	return nil
}

// acts counts which acts were named.
func (j *judge) acts() {
	t := j.tally
	for _, x := range j.account.Attacks {
		named := 0
		var missed []Miss
		for _, act := range x.Acts {
			hit := 0
			if slices.ContainsFunc(act.By, func(d string) bool { return j.found[x][d] }) {
				hit = 1
			} else {
				missed = append(missed, Miss{Attack: x.Name, Account: j.account.Name, Act: act})
			}
			named += hit
			s := t.ActBy[act.By[0]]
			t.ActBy[act.By[0]] = Share{s.Of + hit, s.All + 1}
		}
		for _, m := range missed {
			m.Whole = named == 0
			t.Missed = append(t.Missed, m)
		}
		t.Acts = Share{t.Acts.Of + named, t.Acts.All + len(x.Acts)}
		s := t.AttackBy[x.Name]
		t.AttackBy[x.Name] = Share{s.Of + min(1, named), s.All + 1}
		t.Attacks = Share{t.Attacks.Of + min(1, named), t.Attacks.All + 1}
	}
}
