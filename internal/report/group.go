package report

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// database is one store with the findings that are about it.
type database struct {
	*finding.Store
	// own are the findings on the store itself, or on something that protects this store alone.
	own []*finding.Finding
	// shared are the findings on what protects this store among others. They are told in full only once, around the
	// databases.
	shared []*finding.Finding
}

// grouped is a report by database, worst first.
type grouped struct {
	databases []database
	// around are the findings that belong to no database, or to several.
	around []*finding.Finding
}

// group sorts a report's findings under its databases.
func group(r *finding.Report) grouped {
	g := grouped{databases: make([]database, len(r.Stores))}
	byResource := map[string][]int{}
	for i := range r.Stores {
		g.databases[i].Store = &r.Stores[i]
		byResource[r.Stores[i].Resource] = append(byResource[r.Stores[i].Resource], i)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		of := owners(r, byResource, f)
		switch len(of) {
		case 0:
			g.around = append(g.around, f)
		case 1:
			g.databases[of[0]].own = append(g.databases[of[0]].own, f)
		default:
			g.around = append(g.around, f)
			for _, d := range of {
				g.databases[d].shared = append(g.databases[d].shared, f)
			}
		}
	}
	rank := map[string]int{}
	for i, l := range r.Levels {
		rank[l] = i + 1
	}
	for i := range g.databases {
		sortFindings(g.databases[i].own)
		sortFindings(g.databases[i].shared)
	}
	sortFindings(g.around)
	slices.SortStableFunc(g.databases, func(a, b database) int {
		return cmp.Or(
			cmp.Compare(b.Failed.High, a.Failed.High),
			cmp.Compare(b.Failed.Medium, a.Failed.Medium),
			cmp.Compare(b.Failed.Low, a.Failed.Low),
			cmp.Compare(b.Unknown, a.Unknown),
			cmp.Compare(rank[b.Level], rank[a.Level]),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.File, b.File),
		)
	})
	return g
}

// owners returns the indexes of the stores a finding is about. Two templates may use the same address; then the one in
// the finding's file counts, next the one in its folder.
func owners(r *finding.Report, byResource map[string][]int, f *finding.Finding) []int {
	if at := nearest(r, byResource[f.Resource], f.File); len(at) > 0 {
		return at[:1]
	}
	var all []int
	for _, s := range f.Stores {
		for _, i := range nearest(r, byResource[s], f.File) {
			if !slices.Contains(all, i) {
				all = append(all, i)
			}
		}
	}
	return all
}

func nearest(r *finding.Report, candidates []int, file string) []int {
	if len(candidates) < 2 {
		return candidates
	}
	for _, near := range []func(string) bool{
		func(s string) bool { return s == file },
		func(s string) bool { return path.Dir(s) == path.Dir(file) },
	} {
		var at []int
		for _, i := range candidates {
			if near(r.Stores[i].File) {
				at = append(at, i)
			}
		}
		if len(at) > 0 {
			return at
		}
	}
	return candidates
}

// sortFindings puts the worst first: failures, then unknowns, then what is accepted, then what passes.
func sortFindings(fs []*finding.Finding) {
	slices.SortStableFunc(fs, func(a, b *finding.Finding) int {
		return cmp.Or(
			cmp.Compare(standing(a), standing(b)),
			cmp.Compare(b.Severity.Score, a.Severity.Score),
			cmp.Compare(a.Safeguard, b.Safeguard),
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Resource, b.Resource),
		)
	})
}

// state is what became of a finding, in one word.
type state string

// The states, from what needs attention most to what needs none.
const (
	failed      state = "failed"
	unknown     state = "unknown"
	waived      state = "waived"
	baseline    state = "baseline"
	passed      state = "passed"
	notDemanded state = "not demanded"
)

func stateOf(f *finding.Finding) state {
	switch {
	case f.NotDemanded:
		return notDemanded
	case f.Verdict == finding.Pass:
		return passed
	case f.Waiver != nil:
		return waived
	case f.Baseline:
		return baseline
	case f.Verdict == finding.Unknown:
		return unknown
	default:
		return failed
	}
}

func standing(f *finding.Finding) int {
	return slices.Index([]state{failed, unknown, waived, baseline, passed, notDemanded}, stateOf(f))
}

// in returns the findings that are in one of the states.
func in(fs []*finding.Finding, states ...state) []*finding.Finding {
	var out []*finding.Finding
	for _, f := range fs {
		if slices.Contains(states, stateOf(f)) {
			out = append(out, f)
		}
	}
	return out
}

// settling is a set of unknown findings that the same things would settle.
type settling struct {
	settle   []string
	findings []*finding.Finding
}

// settlings groups unknown findings by what would settle them, the set that settles most first.
func settlings(fs []*finding.Finding) []settling {
	var out []settling
	at := map[string]int{}
	for _, f := range fs {
		settle := f.Settle
		if len(settle) == 0 {
			settle = []string{f.Message}
		}
		key := strings.Join(settle, "\x00")
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, settling{settle: settle})
		}
		out[i].findings = append(out[i].findings, f)
	}
	slices.SortStableFunc(out, func(a, b settling) int { return cmp.Compare(len(b.findings), len(a.findings)) })
	return out
}
