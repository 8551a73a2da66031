package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/store"
)

var (
	monday  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tuesday = monday.Add(24 * time.Hour)
)

func open(t *testing.T) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "deep", "bailey.db")
	s, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

func result(path string, v classify.Verdict, title, level string) classify.Result {
	return classify.Result{
		Meta:  classify.Meta{Path: path},
		Match: classify.Match{Verdict: v, Type: strings.ToLower(title), Title: title, Level: level, N: 10, K: 9, Chance: 1e-9, Confidence: 0.9, Evidence: []string{"9 of 10 pass"}, Shape: "9999-99**"},
	}
}

func record(t *testing.T, s *store.Store, at time.Time, results ...classify.Result) []store.Drift {
	t.Helper()
	drift, err := s.Record(context.Background(), "postgres://db/shop", "public.orders", results, at)
	if err != nil {
		t.Fatal(err)
	}
	return drift
}

func TestRescan(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	if d := record(t, s, monday, result("id", classify.None, "", ""), result("note", classify.None, "", ""), result("old", classify.Is, "Email", "confidential")); len(d) != 0 {
		t.Errorf("the first scan drifts: %v", d)
	}
	if err := s.Decide(ctx, "postgres://db/shop", "public.orders", "note", store.Override{Level: "public", Reason: "test data", Author: "ann", At: monday}); err != nil {
		t.Fatal(err)
	}
	drift := record(t, s, tuesday, result("id", classify.None, "", ""), result("note", classify.Contains, "PAN (payment card)", "secret"))
	if len(drift) != 1 || drift[0].Path != "note" || drift[0].Before != "ordinary" || drift[0].After != "contains PAN (payment card)" {
		t.Errorf("drift: %+v", drift)
	}
	entries, err := s.Entries(ctx)
	if err != nil || len(entries) != 3 {
		t.Fatal(entries, err)
	}
	note, old := entries[1], entries[2]
	if note.Override == nil || note.Override.Author != "ann" || note.Holds() != "public" || !note.Disagrees() || note.Level != "secret" {
		t.Errorf("the decision of a person did not last: %+v", note)
	}
	if !note.FirstAt.Equal(monday) || !note.At.Equal(tuesday) || note.Evidence[0] != "9 of 10 pass" {
		t.Errorf("%+v", note)
	}
	if !old.Gone || entries[0].Gone {
		t.Errorf("what is gone: %+v", entries)
	}
	if all, err := s.Drifts(ctx); err != nil || len(all) != 1 || !all[0].At.Equal(tuesday) {
		t.Errorf("%v %v", all, err)
	}
}

func TestReviews(t *testing.T) {
	s, _ := open(t)
	record(t, s, monday, result("card", classify.Is, "PAN", "secret"), result("mail", classify.Is, "Email", "confidential"))
	every := map[string]time.Duration{"secret": 90 * 24 * time.Hour}
	ask := func(now time.Time) store.Summary {
		t.Helper()
		list, err := s.Summaries(t.Context(), classify.DefaultLevels, every, now)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	if x := ask(monday.Add(89 * 24 * time.Hour)); x.Overdue != 0 || x.Level != "secret" || x.Sensitive != 2 {
		t.Errorf("%+v", x)
	}
	record(t, s, monday.Add(95*24*time.Hour), result("card", classify.Is, "PAN", "secret"))
	if x := ask(monday.Add(100 * 24 * time.Hour)); x.Overdue != 10*24*time.Hour {
		t.Errorf("a rescan is no review: %+v", x)
	}
	if err := s.Review(t.Context(), "postgres://db/shop", "ann", monday.Add(99*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if x := ask(monday.Add(100 * 24 * time.Hour)); x.Overdue != 0 {
		t.Errorf("after a review: %+v", x)
	}
}

func TestBadStores(t *testing.T) {
	s, path := open(t)
	err := s.Decide(t.Context(), "postgres://db/shop", "public.orders", "note", store.Override{Level: "public", Reason: "x", Author: "y", At: monday})
	if !errors.Is(err, store.ErrUnknown) {
		t.Errorf("a column that no scan found: %v", err)
	}
	_ = s.Close()
	broken := filepath.Join(filepath.Dir(path), "broken.db")
	if err := os.WriteFile(broken, []byte("this is no database, and long enough to be read as one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(context.Background(), broken); err == nil || !strings.Contains(err.Error(), "is no store of bailey") {
		t.Errorf("no database: %v", err)
	}
	again, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}
