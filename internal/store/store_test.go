package store_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/parts"
	"github.com/baileydb/bailey/internal/store"
)

var (
	monday  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tuesday = monday.Add(24 * time.Hour)
)

func open(t *testing.T, name string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// both runs a test on an SQLite file and on PostgreSQL.
func both(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "deep", "bailey.db"))) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, parts.Postgres(t))) })
}

func result(path string, v classify.Verdict, title, level string) classify.Result {
	return classify.Result{
		Meta:  classify.Meta{Path: path},
		Match: classify.Match{Verdict: v, Type: strings.ToLower(title), Title: title, Level: level, N: 10, K: 9, Chance: 1e-9, Confidence: 0.9, Evidence: []string{"9 of 10 pass"}, Shape: "9999-99**"},
	}
}

func record(t *testing.T, s *store.Store, at time.Time, results ...classify.Result) []store.Drift {
	t.Helper()
	drift, err := s.Record(context.Background(), "postgres://db/shop", "public.orders", 100, results, at)
	if err != nil {
		t.Fatal(err)
	}
	return drift
}

func TestRescan(t *testing.T) { both(t, rescan) }

func rescan(t *testing.T, s *store.Store) {
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

func TestReviews(t *testing.T) { both(t, reviews) }

func reviews(t *testing.T, s *store.Store) {
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
	path := filepath.Join(t.TempDir(), "bailey.db")
	s := open(t, path)
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

// TestResume tries that a scan that was stopped is gone on with, and that one that came to its end is not.
func TestResume(t *testing.T) { both(t, resume) }

func resume(t *testing.T, s *store.Store) {
	const name = "postgres://db/shop"
	begin := func(resume bool, at time.Time, want map[string]int) {
		t.Helper()
		done, err := s.BeginScan(t.Context(), name, resume, at)
		if err != nil || !maps.Equal(done, want) {
			t.Errorf("a scan that begins %v, resuming %v, finds %v done and not %v: %v", at, resume, done, want, err)
		}
	}
	begin(true, monday, nil)
	record(t, s, monday, result("card", classify.Is, "PAN", "secret"))
	if began, yes, err := s.Unfinished(t.Context(), name); err != nil || !yes || !began.Equal(monday) {
		t.Errorf("%v %v %v", began, yes, err)
	}
	begin(true, tuesday, map[string]int{"public.orders": 100})
	begin(false, tuesday, nil)
	record(t, s, tuesday, result("card", classify.Is, "PAN", "secret"))
	if err := s.EndScan(t.Context(), name, []string{"public.customers"}, tuesday); err != nil {
		t.Fatal(err)
	}
	if _, yes, err := s.Unfinished(t.Context(), name); err != nil || yes {
		t.Errorf("a scan that ended is unfinished: %v", err)
	}
	begin(true, tuesday, nil)
	entries, err := s.Entries(t.Context())
	if err != nil || len(entries) != 1 || !entries[0].Gone {
		t.Errorf("the columns of a table that is gone: %+v %v", entries, err)
	}
}

// TestAlso tries that what else a column holds lasts, and that drift tells of it.
func TestAlso(t *testing.T) { both(t, also) }

func also(t *testing.T, s *store.Store) {
	r := result("note", classify.Contains, "E-mail address", "confidential")
	record(t, s, monday, r)
	r.Also = []classify.Match{{Verdict: classify.Contains, Type: "pan", Title: "Payment card number", Level: "secret"}}
	drift := record(t, s, tuesday, r)
	if len(drift) != 1 || drift[0].After != "contains E-mail address, and contains Payment card number" {
		t.Errorf("%+v", drift)
	}
	entries, err := s.Entries(t.Context())
	if err != nil || len(entries) != 1 || len(entries[0].Also) != 1 || entries[0].Result().Also[0].Title != "Payment card number" {
		t.Errorf("%+v %v", entries, err)
	}
}

// TestSharedStore tries that two processes make the tables at once, that the address tells no password, and that the
// server has to prove who it is.
func TestSharedStore(t *testing.T) {
	address := parts.Postgres(t)
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			s, err := store.Open(context.Background(), address)
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{strings.Replace(address, "secret-word", "other-word", 1), strings.Replace(address, "sslmode=disable", "", 1)} {
		_, err := store.Open(t.Context(), bad)
		if err == nil || strings.Contains(err.Error(), "other-word") || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: %v", store.Plain(bad), err)
		}
	}
}
