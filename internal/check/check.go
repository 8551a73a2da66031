// Package check holds the safeguards against an estate: which level each store has, what that level demands, what of it
// holds, fails or cannot be told.
//
// It reads nothing and changes nothing. Its invariant: an unknown fact never makes a pass, nor a failure.
package check

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/baileydb/bailey/internal/answers"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/parallel"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
)

// Input is what Check looks at.
type Input struct {
	Estate *estate.Estate
	Policy *policy.Policy
	Rules  *rules.Set
	Now    time.Time
	// Level, where given, is the level of every resource, whatever policy and tags say.
	Level string
	// Catalog are the levels of stores by name, by what they were found to hold: after policy and tags, before the default.
	Catalog map[string]string
	// Brief leaves the evidence out of what passes, which most reports do not show.
	Brief bool
	// Progress, where given, is called with how many of all resources are done.
	Progress func(done, all int)
}

// Verdict is a finding with what it was made from.
type Verdict struct {
	finding.Finding
	Rule     *rules.Safeguard
	Resource estate.AnyResource
}

// Result is what Check found, in the order of the estate's resources.
type Result struct {
	Stores   []finding.Store
	Verdicts []Verdict
}

// Check evaluates every safeguard on every resource of its kinds. The error joins the safeguards that could not be
// compiled; the result holds the others.
func Check(in Input) (*Result, error) {
	c := checker{in: in, levels: newLevels(in.Estate, in.Policy, in.Level, in.Catalog), broken: map[string]error{}, said: map[*rules.Safeguard]*said{}}
	answers.For(in.Estate, in.Now)
	all := in.Estate.Resources
	verdicts := make([][]Verdict, len(all))
	parallel.Each(len(all), func(i int) { verdicts[i] = c.resource(all[i]) }, in.Progress)
	c.out.Verdicts = slices.Concat(verdicts...)
	c.stores()
	var errs []error
	for _, id := range sortedKeys(c.broken) {
		errs = append(errs, c.broken[id])
	}
	return &c.out, errors.Join(errs...)
}

type checker struct {
	in     Input
	levels *levels
	out    Result
	mu     sync.Mutex
	broken map[string]error
	said   map[*rules.Safeguard]*said
}

// said is what every finding of a safeguard says alike.
type said struct {
	why                string
	frameworks, sameAs map[string][]string
}

func (c *checker) shared(g *rules.Safeguard) *said {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.said[g]
	if !ok {
		s = &said{why: strings.TrimSpace(g.Why), frameworks: texts(g.Frameworks), sameAs: texts(g.SameAs)}
		c.said[g] = s
	}
	return s
}

func (c *checker) resource(r estate.AnyResource) []Verdict {
	base := r.Base()
	guards := c.in.Rules.For(base.Kind().Name)
	if len(guards) == 0 {
		return nil
	}
	lv := c.levels.Of(r)
	level, _ := c.in.Policy.Level(lv.Level)
	ctx := rules.Context{
		Level: lv.Level, LevelFrom: lv.From, ClassificationTags: c.in.Policy.ClassificationTags,
		RPO: level.Objectives.RPO, RTO: level.Objectives.RTO, Reach: c.in.Policy.Ranges(level), Now: c.in.Now,
	}
	builtin := c.in.Policy.BuiltinFor(lv.Level)
	type decided struct {
		guard *rules.Safeguard
		rules.Result
	}
	found := make([]decided, 0, 64) // a verdict is large, so that it is made where it is known how many there are
	for _, g := range guards {
		res, err := c.in.Rules.Check(g, r, ctx)
		if err != nil {
			c.mu.Lock()
			c.broken[g.ID] = err
			c.mu.Unlock()
			continue
		}
		if res.Outcome != rules.NotApplicable {
			found = append(found, decided{g, res})
		}
	}
	out := make([]Verdict, len(found))
	for i, f := range found {
		out[i] = c.verdict(f.guard, r, lv, builtin, f.Result)
	}
	return out
}

func (c *checker) verdict(g *rules.Safeguard, r estate.AnyResource, lv Levelled, builtin string, res rules.Result) Verdict {
	base := r.Base()
	var evidence []finding.Evidence
	if !c.in.Brief || res.Outcome != rules.Holds {
		evidence = evidenceOf(g, r)
	}
	at := position(base, evidence)
	shared := c.shared(g)
	label, demanded := g.Demanded(builtin)
	f := finding.Finding{
		ID:     finding.NewID("check", g.ID, base.Declaration().Unit, base.Address()),
		Source: "check", Safeguard: g.ID, Title: g.Title, Resource: base.Address(), Kind: base.Kind().Name,
		Severity: finding.SeverityOf(label), Level: lv.Level, NotDemanded: !demanded,
		File: at.File, Line: at.Line, Column: at.Column,
		Evidence: evidence, Why: shared.why, Frameworks: shared.frameworks, SameAs: shared.sameAs,
	}
	for _, s := range lv.Stores {
		f.Stores = append(f.Stores, s.Base().Address())
	}
	switch res.Outcome {
	case rules.Holds:
		f.Verdict = finding.Pass
	case rules.Fails:
		f.Verdict = finding.Fail
	default:
		f.Verdict = finding.Unknown
	}
	for _, s := range res.Settle {
		if text := settleText(s); !slices.Contains(f.Settle, text) {
			f.Settle = append(f.Settle, text)
		}
	}
	f.Message = message(&f, base)
	if f.Verdict != finding.Pass {
		f.Waiver = c.waiver(g, base, r)
	}
	return Verdict{Finding: f, Rule: g, Resource: r}
}

// waiver finds who accepted a failure: the policy, or a comment where the resource is declared.
func (c *checker) waiver(g *rules.Safeguard, base *estate.Resource, r estate.AnyResource) *finding.Waiver {
	if w, ok := c.in.Policy.Waived(g.ID, c.in.Now, estate.Names(r)...); ok {
		return &finding.Waiver{
			Reason: w.Reason, Until: w.Until.Format(time.DateOnly),
			From: fmt.Sprintf("%s:%d", c.in.Policy.File, w.Line),
		}
	}
	suppressed := base.Declaration().Suppressed
	ids := []string{g.ID}
	for _, tool := range sortedKeys(g.SameAs) {
		ids = append(ids, g.SameAs[tool]...)
	}
	for _, id := range ids {
		if reason, ok := suppressed[id]; ok {
			if reason == "" {
				reason = "no reason given"
			}
			return &finding.Waiver{Reason: reason, From: fmt.Sprintf("%s names %s", base.Declaration().Origin, id)}
		}
	}
	return nil
}

// stores lists the stores with what their findings, and those around them, add up to.
func (c *checker) stores() {
	index := map[estate.AnyResource]int{}
	for _, r := range c.in.Estate.Resources {
		if !estate.IsStore(r) {
			continue
		}
		base, lv := r.Base(), c.levels.Of(r)
		at := base.Declaration().Origin
		index[r] = len(c.out.Stores)
		c.out.Stores = append(c.out.Stores, finding.Store{
			Resource: base.Address(), Name: estate.Names(r)[0], Kind: base.Kind().Name, Engine: engineOf(r),
			Level: lv.Level, LevelFrom: lv.Words, File: at.File, Line: at.Line,
		})
	}
	for i := range c.out.Verdicts {
		v := &c.out.Verdicts[i]
		for _, owner := range append(c.levels.Of(v.Resource).Stores, v.Resource) {
			if at, ok := index[owner]; ok {
				count(&c.out.Stores[at], &v.Finding)
			}
		}
	}
}

func count(s *finding.Store, f *finding.Finding) {
	switch {
	case f.Verdict == finding.Pass:
		s.Passed++
	case !f.Open():
	case f.Verdict == finding.Unknown:
		s.Unknown++
	default:
		s.Failed.Add(f.Severity.Label)
	}
}

func engineOf(r estate.AnyResource) string {
	if a, ok := r.Base().Kind().Attribute("engine"); ok {
		if s, ok := estate.Read(a, r, "").Any().(string); ok {
			return s
		}
	}
	return ""
}

// Summarize counts everything in a report whose stores and findings are filled in.
func Summarize(rep *finding.Report, files, resources int) {
	s := finding.Summary{Files: files, Resources: resources, Stores: len(rep.Stores)}
	for i := range rep.Findings {
		f := &rep.Findings[i]
		switch {
		case f.Verdict == finding.Pass:
			s.Passed++
		case f.NotDemanded:
			if f.Verdict == finding.Fail {
				s.NotDemanded++
			}
		case f.Waiver != nil:
			s.Waived++
		case f.Baseline:
			s.Baseline++
		case f.Verdict == finding.Unknown:
			s.Unknown++
		default:
			s.Failed.Add(f.Severity.Label)
		}
	}
	rep.Summary = s
}

func texts(m map[string]rules.Texts) map[string][]string {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string][]string, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
