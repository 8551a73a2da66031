package watch_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
)

// kinds are one detection of each kind.
var kinds = map[string]string{
	"plain":    `when: "e.action == 'drop'"`,
	"count":    `{when: "e.action == 'failed'", count: {over: 4, within: 10m, by: e.user}}`,
	"distinct": `{when: "true", count: {over: 4, within: 2h, by: address, distinct: e.user}}`,
	"first":    `{when: "e.action == 'connect'", first_seen: {of: "e.user + ' ' + e.address", learn: 12h}}`,
	"rare":     `{when: "true", rare: {of: e.action, days: 1, learn: 24h}}`,
	"rate":     `{when: "true", rate: {of: "1", by: e.user, per: 1h, learn: 12h, over: 6}}`,
	"sequence": `{when: "true", sequence: {within: 30m, by: e.user, steps: [{when: "e.action == 'failed'", over: 3}, {when: "e.action == 'connect'"}]}}`,
}

func detections(t testing.TB) []*rules.Detection {
	t.Helper()
	files := fstest.MapFS{}
	for name, how := range kinds {
		how = strings.TrimSuffix(strings.TrimPrefix(how, "{"), "}")
		files["test/"+name+".yaml"] = &fstest.MapFile{Data: []byte(fmt.Sprintf("{id: test/%s, title: %s, why: w, type: 'Test:%s', log: sqlaudit, severity: {any: low}, resource: e.table, respond: r, %s}", name, name, name, how))}
	}
	list, err := rules.LoadDetections(files, "")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func event(id string, at time.Time, user, address, action, table string) *watch.Record {
	m := rules.Map{"user": user, "address": address, "action": action, "table": table}
	return &watch.Record{
		Time: at, Rest: watch.Facts{Log: "sqlaudit", ID: id, Name: action, Account: "111122223333", Address: address, Principal: user},
		See: rules.Seen{Event: m, OK: action != "failed", Who: user, Account: "111122223333", From: address},
	}
}

// events are two made-up days.
func events() []*watch.Record {
	r := rand.New(rand.NewPCG(3, 4))
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var out []*watch.Record
	for i := range 600 {
		at := start.Add(time.Duration(r.IntN(48*3600)) * time.Second)
		out = append(out, event(fmt.Sprint("e", i), at, fmt.Sprint("u", r.IntN(6)), fmt.Sprint("10.0.0.", r.IntN(4)), []string{"connect", "failed", "failed", "query", "query"}[r.IntN(5)], fmt.Sprint("t", r.IntN(3))))
	}
	late := start.Add(40 * time.Hour)
	for i := range 12 {
		out = append(out, event(fmt.Sprint("attack", i), late.Add(time.Duration(i)*20*time.Second), "mallory", "198.51.100.7", []string{"failed", "failed", "failed", "failed", "failed", "connect", "drop"}[min(i, 6)], "t0"))
	}
	return out
}

func engine(t testing.TB) *watch.Engine {
	t.Helper()
	g, err := watch.NewEngine(detections(t))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func findings(t *testing.T, g *watch.Engine, s *watch.State, but string) string {
	t.Helper()
	found := slices.DeleteFunc(g.Evaluate(s), func(f watch.Finding) bool { return f.Detection == but })
	b, err := json.MarshalIndent(found, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// counted takes the figures out of findings.
var counted = regexp.MustCompile(`"count": \d+`)

// TestMerge makes states of parts of the same events, in any order, keeps some of the states as text in between, and merges
// them in any order: what is found is the same, byte for byte. Where some events come twice, in the same part or in another,
// the same is found with the same events named, but for two things that a state is too small for: a rate sums what comes
// twice twice, and a window that is full counts it twice.
func TestMerge(t *testing.T) {
	g, all := engine(t), events()
	state := func(list []*watch.Record) *watch.State {
		run, s := g.NewRun(), watch.NewState()
		p := run.Part()
		for _, e := range list {
			p.Count(1)
			p.Event("sqlaudit", 0, e)
		}
		run.Merge(p, s)
		for _, x := range run.Problems() {
			t.Errorf("%+v", x)
		}
		return s
	}
	want := findings(t, g, state(all), "")
	doubled := findings(t, g, state(all), "test/rate")
	for _, d := range detections(t) {
		if !strings.Contains(want, d.ID+`"`) {
			t.Errorf("%s finds nothing, so that the test says nothing of it", d.ID)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 40 {
		twice := round % 2
		parts := make([][]*watch.Record, 1+r.IntN(7))
		for _, i := range r.Perm(len(all)) {
			for range 1 + twice*r.IntN(2) {
				n := r.IntN(len(parts))
				parts[n] = append(parts[n], all[i])
			}
		}
		merged := watch.NewState()
		for _, i := range r.Perm(len(parts)) {
			s := state(parts[i])
			if r.IntN(2) == 0 {
				text, err := s.Text()
				if err != nil {
					t.Fatal(err)
				}
				if s, err = watch.ParseState(text); err != nil {
					t.Fatal(err)
				}
			}
			merged.Merge(s, g)
		}
		got, want := findings(t, g, merged, ""), want
		if twice > 0 {
			got, want = counted.ReplaceAllString(findings(t, g, merged, "test/rate"), "n"), counted.ReplaceAllString(doubled, "n")
		}
		if got != want {
			t.Fatalf("round %d: %d parts find something else:\n%s\nwant\n%s", round, len(parts), got, want)
		}
	}
}

// TestInputs takes an input once, by its name or its bytes.
func TestInputs(t *testing.T) {
	g := engine(t)
	one := func() *watch.State {
		run, s := g.NewRun(), watch.NewState()
		p := run.Part()
		p.Count(1)
		p.Event("sqlaudit", 0, event("x", time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "ann", "10.0.0.1", "drop", "t"))
		run.Merge(p, s)
		return s
	}
	s := watch.NewState()
	for i, c := range []struct {
		key, sum string
		fresh    bool
	}{{"file a 1", "sum 1", true}, {"file a 1", "", false}, {"file b 1", "sum 1", false}, {"", "sum 2", true}, {"", "", true}} {
		if fresh := s.Take(one(), g, c.key, c.sum); fresh != c.fresh {
			t.Errorf("%d: %q %q is fresh: %v", i, c.key, c.sum, fresh)
		}
	}
	if s.Events != 3 || !s.Has("file b 1", "") {
		t.Errorf("%d events", s.Events)
	}
	if found := g.Evaluate(s); len(found) == 0 || found[0].Detection != "test/plain" || found[0].Count != 1 {
		t.Errorf("%+v", found)
	}
}

// TestProblems gives a detection an event without what it asks for: a problem with the event's name, and no finding.
func TestProblems(t *testing.T) {
	run := engine(t).NewRun()
	e := event("x", time.Time{}, "ann", "10.0.0.1", "drop", "t")
	e.Rest.File = "some.log"
	delete(e.See.Event.(rules.Map), "table")
	run.Part().Event("sqlaudit", 0, e)
	run.Part().Event("none", 0, e)
	for _, p := range run.Problems() {
		if p.File != "some.log" || !strings.Contains(p.Message, "event x") {
			t.Errorf("%+v", p)
		}
	}
	if e.At() != 0 || e.Hash() == 0 {
		t.Errorf("%d %d", e.At(), e.Hash())
	}
	if _, err := watch.ParseState([]byte("{")); err == nil {
		t.Error("half a state is one")
	}
}

// TestFingerprint differs where a detection does.
func TestFingerprint(t *testing.T) {
	text := func(change func(*rules.Detection)) string {
		d := detections(t)[:1]
		d[0].ID = "test/x"
		d[0].When = "true"
		change(d[0])
		g, err := watch.NewEngine(d)
		if err != nil {
			t.Fatal(err)
		}
		s, err := g.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if text(func(*rules.Detection) {}) == text(func(d *rules.Detection) { d.When = "false" }) {
		t.Error("another condition has the same fingerprint")
	}
	if _, err := watch.NewEngine([]*rules.Detection{{ID: "test/x", Log: "sqlaudit", When: "e.a ==", Severity: map[string]string{"any": "low"}}}); err == nil {
		t.Error("half a condition is one")
	}
}

// FuzzParseState reads anything that may lie where a state was.
func FuzzParseState(f *testing.F) {
	g := engine(f)
	run := g.NewRun()
	for _, e := range events() {
		run.Part().Event("sqlaudit", 0, e)
	}
	s := watch.NewState()
	run.Gather(s)
	text, err := s.Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"groups": {"a": null}, "windows": {"1": null}, "learned": {"a": {"values": {"x": null}}}, "raised": {"x": null}, "raised_by": {"x": null}, "rates": {"1": {"periods": {"1": null}}}}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = watch.ParseState(text) // an answer or an error
	})
}
