package app

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/baileydb/bailey/internal/notify/pattern"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/internal/watch"
)

// archivedFinding is one that a suppression of the policy archives as it is found.
type archivedFinding struct {
	watch.Finding
	reason string
}

// suppressed takes the findings out that fit a suppression which has not ended.
func suppressed(pol *policy.Policy, found []watch.Finding, now time.Time) (open []watch.Finding, archived []archivedFinding, err error) {
	var patterns []*pattern.Pattern
	for i, s := range pol.Watch.Suppress {
		p, err := pattern.Parse(s.Pattern)
		if err != nil {
			return nil, nil, badUse("", "%s: watch.suppress[%d]: %s", pol.File, i, err)
		}
		patterns = append(patterns, p)
	}
	open = []watch.Finding{}
	for i := range found {
		event, err := json.Marshal(found[i].EventBridge())
		if err != nil {
			return nil, nil, err
		}
		fits := slices.IndexFunc(patterns, func(p *pattern.Pattern) bool { return p.Match(event) })
		if fits < 0 || !now.Before(pol.Watch.Suppress[fits].Until.AddDate(0, 0, 1)) {
			open = append(open, found[i])
			continue
		}
		archived = append(archived, archivedFinding{found[i], pol.Watch.Suppress[fits].Reason})
	}
	return open, archived, nil
}

// saveArchived keeps findings as archived ones.
func saveArchived(ctx context.Context, name string, archived []archivedFinding) error {
	if len(archived) == 0 {
		return nil
	}
	var list []watch.Finding
	for i := range archived {
		list = append(list, archived[i].Finding)
	}
	if err := saveFindings(ctx, name, list); err != nil {
		return err
	}
	s, err := store.Open(ctx, name)
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	defer s.Close() //nolint:errcheck // every write was committed
	for i := range archived {
		if err := s.ArchiveFinding(ctx, archived[i].ID, archived[i].reason); err != nil {
			return err
		}
	}
	return nil
}

// saveFindings keeps findings; the same one from the same logs is there once.
func saveFindings(ctx context.Context, name string, found []watch.Finding) error {
	s, err := store.Open(ctx, name)
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	defer s.Close() //nolint:errcheck // every write was committed
	for i := range found {
		if err := s.SetFinding(ctx, found[i].ID, &found[i], found[i].Count, found[i].Last); err != nil {
			return badUse("", "%s: %s", store.Plain(name), plain(err))
		}
	}
	return nil
}
