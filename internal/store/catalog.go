package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/classify"
)

// Entry is what the catalog knows of one column.
type Entry struct {
	Store string `json:"store"`
	Table string `json:"table"`
	Path  string `json:"column"`
	// Verdict, Type, Title and Level are what the last scan said, Level empty where the data is ordinary.
	Verdict    classify.Verdict `json:"verdict"`
	Type       string           `json:"type,omitempty"`
	Title      string           `json:"title,omitempty"`
	Level      string           `json:"level,omitempty"`
	N          int              `json:"n"`
	K          int              `json:"k"`
	Chance     float64          `json:"chance"`
	Confidence float64          `json:"confidence"`
	Evidence   []string         `json:"evidence"`
	Shape      string           `json:"shape,omitempty"`
	// Also are further types in the same column.
	Also    []classify.Match `json:"also,omitempty"`
	Values  int              `json:"values"`
	FirstAt time.Time        `json:"first_at"`
	At      time.Time        `json:"at"`
	// Gone is set of a column that the last scan of its table did not find.
	Gone     bool      `json:"gone,omitempty"`
	Override *Override `json:"override,omitempty"`
}

// Result is what the last scan said, as the scan said it.
func (e *Entry) Result() classify.Result {
	return classify.Result{
		Meta: classify.Meta{Store: e.Store, Table: e.Table, Path: e.Path}, Values: e.Values, Also: e.Also,
		Match: classify.Match{
			Verdict: e.Verdict, Type: e.Type, Title: e.Title, Level: e.Level, N: e.N, K: e.K, Chance: e.Chance, Confidence: e.Confidence, Evidence: e.Evidence, Shape: e.Shape,
		},
	}
}

// Override is what a person decided about a column. A scan never changes it.
type Override struct {
	Level  string    `json:"level"`
	Reason string    `json:"reason"`
	Author string    `json:"author"`
	At     time.Time `json:"at"`
}

// Holds is the level that counts: a person's before the scan's.
func (e *Entry) Holds() string {
	if e.Override != nil {
		return e.Override.Level
	}
	return e.Level
}

// Disagrees reports whether the scan says otherwise than the person did.
func (e *Entry) Disagrees() bool { return e.Override != nil && e.Override.Level != e.Level }

// Drift is how a column changed from one scan to the next.
type Drift struct {
	Store  string    `json:"store"`
	Table  string    `json:"table"`
	Path   string    `json:"column"`
	At     time.Time `json:"at"`
	Before string    `json:"before"`
	After  string    `json:"after"`
}

// says is a verdict in words: "contains PAN (payment card)".
func says(v classify.Verdict, title string, also []classify.Match) string {
	if v == classify.None || title == "" {
		return "ordinary"
	}
	text := string(v) + " " + title
	for i := range also {
		// What is only possible comes and goes with the sample.
		if also[i].Verdict != classify.Possible {
			text += ", and " + string(also[i].Verdict) + " " + also[i].Title
		}
	}
	return text
}

// Record keeps the verdicts of a scan of one table, of which rowsRead rows were read, and returns what changed since the last.
func (s *Store) Record(ctx context.Context, store, table string, rowsRead int, results []classify.Result, at time.Time) (drift []Drift, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	now := stamp(at)
	if _, err := tx.ExecContext(ctx, "INSERT INTO scanned VALUES (?, ?, ?) ON CONFLICT (store, tbl) DO UPDATE SET rows_read = excluded.rows_read", store, table, rowsRead); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE columns SET gone = 1 WHERE store = ? AND tbl = ?", store, table); err != nil {
		return nil, err
	}
	for i := range results {
		r := &results[i]
		evidence, err := json.Marshal(r.Evidence)
		if err != nil {
			return nil, err
		}
		also, err := json.Marshal(r.Also)
		if err != nil {
			return nil, err
		}
		first := now
		var verdict, title, others string
		err = tx.QueryRowContext(ctx, "SELECT verdict, title, also, first_at FROM columns WHERE store = ? AND tbl = ? AND path = ?", store, table, r.Meta.Path).Scan(&verdict, &title, &others, &first)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, err
		default:
			var had []classify.Match
			if err := json.Unmarshal([]byte(others), &had); err != nil {
				return nil, err
			}
			if before, after := says(classify.Verdict(verdict), title, had), says(r.Verdict, r.Title, r.Also); before != after {
				drift = append(drift, Drift{store, table, r.Meta.Path, at, before, after})
				if _, err := tx.ExecContext(ctx, "INSERT INTO drift VALUES (?, ?, ?, ?, ?, ?)", store, table, r.Meta.Path, now, before, after); err != nil {
					return nil, err
				}
			}
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
			ON CONFLICT (store, tbl, path) DO UPDATE SET verdict = excluded.verdict, type = excluded.type, title = excluded.title, level = excluded.level,
				n = excluded.n, k = excluded.k, chance = excluded.chance, confidence = excluded.confidence, evidence = excluded.evidence, shape = excluded.shape, also = excluded.also,
				values_seen = excluded.values_seen, at = excluded.at, gone = 0`,
			store, table, r.Meta.Path, string(r.Verdict), r.Type, r.Title, r.Level, r.N, r.K, r.Chance, r.Confidence, string(evidence), r.Shape, string(also), r.Values, first, now)
		if err != nil {
			return nil, err
		}
	}
	return drift, tx.Commit()
}

// Entries returns the catalog, by store, table and column.
func (s *Store) Entries(ctx context.Context) ([]Entry, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT c.store, c.tbl, c.path, c.verdict, c.type, c.title, c.level, c.n, c.k, c.chance, c.confidence, c.evidence, c.shape, c.also, c.values_seen, c.first_at, c.at, c.gone,
		       coalesce(o.level, ''), coalesce(o.reason, ''), coalesce(o.author, ''), coalesce(o.at, '')
		FROM columns c LEFT JOIN overrides o USING (store, tbl, path)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []Entry
	for rows.Next() {
		var e Entry
		var verdict, evidence, also, first, at, level, reason, author, decided string
		var gone int
		if err := rows.Scan(&e.Store, &e.Table, &e.Path, &verdict, &e.Type, &e.Title, &e.Level, &e.N, &e.K, &e.Chance, &e.Confidence, &evidence, &e.Shape, &also, &e.Values, &first, &at, &gone, &level, &reason, &author, &decided); err != nil {
			return nil, err
		}
		e.Verdict, e.Gone = classify.Verdict(verdict), gone != 0
		if err := json.Unmarshal([]byte(evidence), &e.Evidence); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(also), &e.Also); err != nil {
			return nil, err
		}
		e.FirstAt, e.At = instant(first), instant(at)
		if author != "" {
			e.Override = &Override{level, reason, author, instant(decided)}
		}
		out = append(out, e)
	}
	// The two databases order texts each in its own way.
	slices.SortFunc(out, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Store, b.Store), strings.Compare(a.Table, b.Table), strings.Compare(a.Path, b.Path))
	})
	return out, rows.Err()
}

func instant(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text) // it was written by Record
	return t
}

// ErrUnknown is returned for a column that no scan found.
var ErrUnknown = errors.New("is not in the catalog")

// Decide keeps what a person decided about a column.
func (s *Store) Decide(ctx context.Context, store, table, path string, o Override) error {
	var n int
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM columns WHERE store = ? AND tbl = ? AND path = ?", store, table, path).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s.%s of %s %w", table, path, store, ErrUnknown)
	}
	_, err := s.db.ExecContext(ctx, `
		INSERT INTO overrides VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (store, tbl, path) DO UPDATE SET level = excluded.level, reason = excluded.reason, author = excluded.author, at = excluded.at`, store, table, path, o.Level, o.Reason, o.Author, stamp(o.At))
	return err
}

// Review keeps that a person looked at a store's classification.
func (s *Store) Review(ctx context.Context, store, author string, at time.Time) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO reviews VALUES (?, ?, ?) ON CONFLICT (store) DO UPDATE SET at = excluded.at, author = excluded.author", store, stamp(at), author)
	return err
}

// Drifts returns what changed between scans, the latest first.
func (s *Store) Drifts(ctx context.Context) ([]Drift, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT store, tbl, path, at, before, after FROM drift")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []Drift
	for rows.Next() {
		var d Drift
		var at string
		if err := rows.Scan(&d.Store, &d.Table, &d.Path, &at, &d.Before, &d.After); err != nil {
			return nil, err
		}
		d.At = instant(at)
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b Drift) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Store, b.Store), strings.Compare(a.Table, b.Table), strings.Compare(a.Path, b.Path))
	})
	return out, rows.Err()
}

// Summary is a store's classification as a whole.
type Summary struct {
	Store     string    `json:"store"`
	Level     string    `json:"level"` // the highest of its columns', empty where all are ordinary
	Columns   int       `json:"columns"`
	Sensitive int       `json:"sensitive"`
	At        time.Time `json:"at"`       // the last scan
	Reviewed  time.Time `json:"reviewed"` // when a person last looked; the first scan where nobody did
	// Overdue is for how long its review has been due by its level; zero where it is not.
	Overdue time.Duration `json:"-"`
}

// Summaries adds up the catalog by store. levels are the policy's, from least to most sensitive; every is how often each
// has to be looked at again.
func (s *Store) Summaries(ctx context.Context, levels []string, every map[string]time.Duration, now time.Time) ([]Summary, error) {
	entries, err := s.Entries(ctx)
	if err != nil {
		return nil, err
	}
	var out []Summary
	for i := range entries {
		e := &entries[i]
		if e.Gone {
			continue
		}
		if len(out) == 0 || out[len(out)-1].Store != e.Store {
			out = append(out, Summary{Store: e.Store, Reviewed: e.FirstAt})
		}
		t := &out[len(out)-1]
		t.Columns++
		if level := e.Holds(); level != "" {
			t.Sensitive++
			if t.Level == "" || slices.Index(levels, level) > slices.Index(levels, t.Level) {
				t.Level = level
			}
		}
		if e.At.After(t.At) {
			t.At = e.At
		}
		if e.FirstAt.Before(t.Reviewed) {
			t.Reviewed = e.FirstAt
		}
	}
	for i := range out {
		t := &out[i]
		var at string
		err := s.db.QueryRowContext(ctx, "SELECT at FROM reviews WHERE store = ?", t.Store).Scan(&at)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		if err == nil {
			t.Reviewed = instant(at)
		}
		if due := every[t.Level]; due > 0 && now.Sub(t.Reviewed) > due {
			t.Overdue = now.Sub(t.Reviewed) - due
		}
	}
	return out, nil
}
