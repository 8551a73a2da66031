package classify

import (
	"sync"
	"testing"
)

// TestStatesStayFew: what ordinary rows and all examples make the automata build is far from their bound.
func TestStatesStayFew(t *testing.T) {
	s := load(t)
	metas, rows := ordinaryRows(3000)
	for i, m := range metas[:21] {
		c := s.NewColumn(m)
		for _, row := range rows {
			c.Add(row[i])
		}
	}
	ordinary := len(s.whole.states) + len(s.inside.states)
	for _, d := range s.detectors {
		c := s.NewColumn(Meta{Path: "c1"})
		for _, v := range d.Valid {
			c.AddString(v)
			c.AddString("see " + v + " there")
		}
	}
	t.Logf("ordinary rows make %d states; with all examples there are %d over whole values and %d within texts", ordinary, len(s.whole.states), len(s.inside.states))
	if ordinary == 0 || ordinary > maxStates/4 || len(s.whole.states) > maxStates/2 || len(s.inside.states) > maxStates/2 {
		t.Error("too near to the bound")
	}
}

// TestOneSetForMany: goroutines that share a set, and build its automata together, come to the verdicts of one alone.
func TestOneSetForMany(t *testing.T) {
	metas, rows := ordinaryRows(500)
	metas, rows = metas[:21], rows[:500]
	run := func(s *Set, i int) string {
		c := s.NewColumn(metas[i])
		for _, row := range rows {
			c.Add(row[i])
		}
		return summary(Decide([]*Column{c})[0])
	}
	alone, shared := load(t), load(t)
	var wg sync.WaitGroup
	got := make([]string, 4*len(metas))
	for i := range got {
		wg.Go(func() { got[i] = run(shared, i%len(metas)) })
	}
	wg.Wait()
	for i := range got {
		if want := run(alone, i%len(metas)); got[i] != want {
			t.Errorf("%s: %s alone, %s among others", metas[i%len(metas)].Path, want, got[i])
		}
	}
}

// TestSecretsInTexts: every credential is found inside a text as well as alone.
func TestSecretsInTexts(t *testing.T) {
	s := load(t)
	kinds := 0
	for i, d := range s.detectors {
		if d.category != "secret" || !d.Inside.set() || len(d.Keywords) > 0 || !d.Value.set() {
			continue
		}
		kinds++
		if !s.passes(i, d.Valid[0]) {
			continue // TestExamples says so
		}
		got := one(s, Meta{Path: "note"}, "deploy went fine today for all of us", "use "+d.Valid[0]+" for now", "and thanks for all the help")
		found := got.Type == d.Name && got.Verdict == Contains
		for _, m := range got.Also {
			found = found || m.Type == d.Name && m.Verdict == Contains
		}
		if !found {
			t.Errorf("%s: %s", d.Name, summary(got))
		}
	}
	if kinds < 60 {
		t.Errorf("only %d kinds of credentials", kinds)
	}
}
