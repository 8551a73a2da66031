package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// BeginScan notes that a scan of a store begins. With resume, where the last one did not come to its end, it returns the
// tables which that one had done, with the number of their rows that were read; otherwise there are none.
func (s *Store) BeginScan(ctx context.Context, store string, resume bool, at time.Time) (done map[string]int, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	var ended string
	err = tx.QueryRowContext(ctx, "SELECT ended FROM scans WHERE store = ?", store).Scan(&ended)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err == nil && ended == "" && resume {
		return doneIn(ctx, tx, store)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM scanned WHERE store = ?", store); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO scans VALUES (?, ?, '') ON CONFLICT (store) DO UPDATE SET began = excluded.began, ended = ''", store, stamp(at)); err != nil {
		return nil, err
	}
	return nil, tx.Commit()
}

func doneIn(ctx context.Context, tx transaction, store string) (map[string]int, error) {
	rows, err := tx.QueryContext(ctx, "SELECT tbl, rows_read FROM scanned WHERE store = ?", store)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	done := map[string]int{}
	for rows.Next() {
		var table string
		var n int
		if err := rows.Scan(&table, &n); err != nil {
			return nil, err
		}
		done[table] = n
	}
	return done, rows.Err()
}

// EndScan notes that a scan came to its end. tables are all that the store has; the columns of others are gone. It is nil
// where only some were looked for.
func (s *Store) EndScan(ctx context.Context, store string, tables []string, at time.Time) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	if tables != nil {
		gone, err := missing(ctx, tx, store, tables)
		if err != nil {
			return err
		}
		for _, t := range gone {
			if _, err := tx.ExecContext(ctx, "UPDATE columns SET gone = 1 WHERE store = ? AND tbl = ?", store, t); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM scanned WHERE store = ?", store); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE scans SET ended = ? WHERE store = ?", stamp(at), store); err != nil {
		return err
	}
	return tx.Commit()
}

// missing are the tables of a store in the catalog that are not among those it has.
func missing(ctx context.Context, tx transaction, store string, tables []string) ([]string, error) {
	has := map[string]bool{}
	for _, t := range tables {
		has[t] = true
	}
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT tbl FROM columns WHERE store = ?", store)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		if !has[t] {
			out = append(out, t)
		}
	}
	return out, rows.Err()
}

// Unfinished returns when a store's last scan began, where it did not come to its end.
func (s *Store) Unfinished(ctx context.Context, store string) (began time.Time, yes bool, err error) {
	var b, ended string
	err = s.db.QueryRowContext(ctx, "SELECT began, ended FROM scans WHERE store = ?", store).Scan(&b, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return instant(b), ended == "", err
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
