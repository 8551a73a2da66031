package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/months"
)

// tuned is a seed whose months were looked at while detections were changed, as were those of the seeds 2, 3, 11 to 14 and 101
// to 103; unseen are seeds that nothing was changed for.
var (
	tuned  = []uint64{1}
	unseen = []uint64{201, 202, 203}
)

// The days of a month, and how many of them are left to learn.
const monthDays, monthLearn = 35, 14

// generated scores watch on months that are made up: attacks that are planted in ordinary life are found, and ordinary life
// raises next to nothing. A case of the first score is an attack, of the second a day of an account.
func generated(list []*rules.Detection, engine *watch.Engine) ([]*score, error) {
	engine.Use(months.Lists())
	all, other := months.NewTally(), months.NewTally()
	attacks, quiet := newScore("watch-months"), newScore("watch-months-quiet")
	attacks.notes = append(attacks.notes, fmt.Sprintf("generated months, made up by a program and no recording: %d days of each account, the first %d without attacks; detections were changed with an eye on other seeds than the unseen", monthDays, monthLearn))
	for _, seed := range slices.Concat(tuned, unseen) {
		one := months.NewTally()
		for _, a := range months.Generate(seed, monthDays, monthLearn) {
			if err := months.Score(engine, a, monthDays, monthLearn, one); err != nil {
				return nil, fmt.Errorf("months of seed %d: %w", seed, err)
			}
		}
		what := "tuned on"
		if slices.Contains(unseen, seed) {
			what = "unseen"
			other.Add(one)
		}
		attacks.notes = append(attacks.notes, figures(fmt.Sprintf("seed %d (%s)", seed, what), one))
		for _, m := range one.Missed {
			if m.Whole {
				attacks.disagreements = append(attacks.disagreements, disagreement{m.Act.By[0], fmt.Sprintf("%s, seed %d", m.Attack, seed), "not found in " + m.Account})
			}
		}
		all.Add(one)
	}
	attacks.notes = append(attacks.notes, figures("unseen seeds together", other), figures("all together", all))
	attacks.cases, attacks.agreed, attacks.disagreed = all.Attacks.All, all.Attacks.Of, all.Attacks.All-all.Attacks.Of
	attacks.notes = append(attacks.notes, byType(list, all)...)
	quiet.cases, quiet.agreed, quiet.disagreed = all.Days, all.Days-all.Over, all.Over
	quiet.notes = quietly(all)
	return []*score{attacks, quiet}, nil
}

func figures(name string, t *months.Tally) string {
	return fmt.Sprintf("%s: %d events of %d accounts; recall of attacks %s, of their acts %s; precision of findings %s; %.2f false findings per account and day after learning, %.2f of them medium or high",
		name, t.Events, t.Accounts, t.Attacks, t.Acts, t.Precision(), t.FalseADay(), float64(t.Loud)/float64(max(1, t.Days)))
}

// quietly says of whom and how many the false findings are.
func quietly(t *months.Tally) []string {
	out := []string{fmt.Sprintf("%.2f false findings per account and day after learning, target 1.00 (%s); %d of %d days have more than one, at most %d; while learning %.2f",
		t.FalseADay(), metOrMissed(t.FalseADay() <= 1), t.Over, t.Days, t.Most, float64(t.Learning)/float64(max(1, t.LearnDays)))}
	for _, name := range slices.Sorted(maps.Keys(t.FalseIn)) {
		s := t.FalseIn[name]
		out = append(out, fmt.Sprintf("in accounts like a %s: %.2f a day", name, s.Ratio()))
	}
	return out
}

// byType are recall and precision of the types of findings, and recall of the kinds of attacks.
func byType(list []*rules.Detection, t *months.Tally) []string {
	type row struct{ acts, findings months.Share }
	types := map[string]*row{}
	for _, d := range list {
		acts, right, wrong := t.ActBy[d.ID], t.TrueBy[d.ID], t.FalseBy[d.ID]
		if acts.All+right+wrong == 0 {
			continue
		}
		r := types[d.Type]
		if r == nil {
			r = &row{}
			types[d.Type] = r
		}
		r.acts = months.Share{Of: r.acts.Of + acts.Of, All: r.acts.All + acts.All}
		r.findings = months.Share{Of: r.findings.Of + right, All: r.findings.All + right + wrong}
	}
	share := func(s months.Share) string {
		if s.All == 0 {
			return "of none"
		}
		return s.String()
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(types)) {
		out = append(out, fmt.Sprintf("type %s: recall %s, precision %s", name, share(types[name].acts), share(types[name].findings)))
	}
	for _, name := range slices.Sorted(maps.Keys(t.AttackBy)) {
		out = append(out, fmt.Sprintf("attack %s: recall %s", name, t.AttackBy[name]))
	}
	return out
}
