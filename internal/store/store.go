package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver
)

// Store is an open store.
type Store struct{ db *sql.DB }

// version is that of the tables; a file of a later one is refused.
const version = 1

const tables = `
CREATE TABLE IF NOT EXISTS columns (
	store TEXT NOT NULL, tbl TEXT NOT NULL, path TEXT NOT NULL,
	verdict TEXT NOT NULL, type TEXT NOT NULL, title TEXT NOT NULL, level TEXT NOT NULL,
	n INTEGER NOT NULL, k INTEGER NOT NULL, chance REAL NOT NULL, confidence REAL NOT NULL, evidence TEXT NOT NULL, shape TEXT NOT NULL,
	values_seen INTEGER NOT NULL, first_at TEXT NOT NULL, at TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (store, tbl, path)
);
CREATE TABLE IF NOT EXISTS drift (
	store TEXT NOT NULL, tbl TEXT NOT NULL, path TEXT NOT NULL, at TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS overrides (
	store TEXT NOT NULL, tbl TEXT NOT NULL, path TEXT NOT NULL,
	level TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL,
	PRIMARY KEY (store, tbl, path)
);
CREATE TABLE IF NOT EXISTS reviews (store TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL);
`

// Open opens a store, and makes it where there is none.
func Open(ctx context.Context, path string) (*Store, error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	dsn := (&url.URL{Scheme: "file", Opaque: path, RawQuery: "_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=foreign_keys(1)"}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &Store{db}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no store of bailey: %w", path, err), db.Close())
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	var found int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return err
	}
	if found > version {
		return fmt.Errorf("it was written by a later bailey (form %d, this one knows %d); update bailey", found, version)
	}
	if _, err := s.db.ExecContext(ctx, tables); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
	return err
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }
