package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	_ "modernc.org/sqlite"             // the driver of SQLite
)

// Store is an open store: a SQLite file, or tables in a PostgreSQL database that several share.
type Store struct{ db database }

// version is that of the tables; a store of a later one is refused.
const version = 1

// tables are written in what SQLite and PostgreSQL both read.
var tables = []string{
	`CREATE TABLE IF NOT EXISTS bailey_form (version INTEGER NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS columns (
	store TEXT NOT NULL, tbl TEXT NOT NULL, path TEXT NOT NULL,
	verdict TEXT NOT NULL, type TEXT NOT NULL, title TEXT NOT NULL, level TEXT NOT NULL,
	n BIGINT NOT NULL, k BIGINT NOT NULL, chance DOUBLE PRECISION NOT NULL, confidence DOUBLE PRECISION NOT NULL, evidence TEXT NOT NULL, shape TEXT NOT NULL, also TEXT NOT NULL,
	values_seen BIGINT NOT NULL, first_at TEXT NOT NULL, at TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (store, tbl, path)
)`,
	`CREATE TABLE IF NOT EXISTS drift (
	store TEXT NOT NULL, tbl TEXT NOT NULL, path TEXT NOT NULL, at TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL
)`,
	`CREATE TABLE IF NOT EXISTS overrides (
	store TEXT NOT NULL, tbl TEXT NOT NULL, path TEXT NOT NULL,
	level TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL,
	PRIMARY KEY (store, tbl, path)
)`,
	`CREATE TABLE IF NOT EXISTS reviews (store TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS scans (store TEXT NOT NULL PRIMARY KEY, began TEXT NOT NULL, ended TEXT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS identities (kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name))`,
	`CREATE TABLE IF NOT EXISTS attempts (name TEXT NOT NULL PRIMARY KEY, failures BIGINT NOT NULL, last TEXT NOT NULL, counter BIGINT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS sessions (
	id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, mfa TEXT NOT NULL, began TEXT NOT NULL, expires TEXT NOT NULL,
	ended TEXT NOT NULL, reason TEXT NOT NULL, address TEXT NOT NULL
)`,
	`CREATE TABLE IF NOT EXISTS findings (id TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL, times BIGINT NOT NULL, body TEXT NOT NULL, archived TEXT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS audit_heads (name TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS scanned (store TEXT NOT NULL, tbl TEXT NOT NULL, rows_read BIGINT NOT NULL, PRIMARY KEY (store, tbl))`,
	`CREATE TABLE IF NOT EXISTS notes (name TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL)`,
}

// IsAddress reports whether a store's name is the address of a PostgreSQL database and not a file.
func IsAddress(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// Plain is a store's name without credentials.
func Plain(name string) string {
	if !IsAddress(name) {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "the PostgreSQL store"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

// Open opens a store, and makes it where there is none: a file's path, or postgres://user@host/database for tables in the
// schema bailey of a PostgreSQL database, over verified TLS unless ?sslmode= says otherwise.
func Open(ctx context.Context, name string) (*Store, error) {
	open := openFile
	if IsAddress(name) {
		open = openPostgres
	}
	db, err := open(name)
	if err != nil {
		return nil, err
	}
	s := &Store{db}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no store of bailey: %w", Plain(name), withoutPassword(err, name)), db.Close())
	}
	return s, nil
}

func openFile(path string) (database, error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return database{}, err
		}
	}
	dsn := (&url.URL{Scheme: "file", Opaque: path, RawQuery: "_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=foreign_keys(1)&_txlock=immediate"}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return database{}, err
	}
	db.SetMaxOpenConns(1)
	return database{DB: db}, nil
}

func openPostgres(address string) (database, error) {
	u, err := url.Parse(address)
	if err != nil {
		return database{}, errors.New("the address of the store cannot be read: write postgres://user@host:5432/database, with special characters as %40")
	}
	q := u.Query()
	if q.Get("sslmode") == "" {
		q.Set("sslmode", "verify-full") // who wants less has to say so
	}
	if q.Get("connect_timeout") == "" {
		q.Set("connect_timeout", "10")
	}
	q.Set("search_path", "bailey")
	q.Set("application_name", "bailey")
	u.RawQuery = q.Encode()
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		return database{}, withoutPassword(err, address)
	}
	db.SetMaxOpenConns(4)
	return database{DB: db, postgres: true}, nil
}

// withoutPassword takes an address's password out of an error.
func withoutPassword(err error, address string) error {
	u, perr := url.Parse(address)
	if err == nil || perr != nil || u.User == nil {
		return err
	}
	p, _ := u.User.Password()
	if p == "" || !strings.Contains(err.Error(), p) && !strings.Contains(err.Error(), url.QueryEscape(p)) {
		return err
	}
	return errors.New(strings.ReplaceAll(strings.ReplaceAll(err.Error(), url.QueryEscape(p), "…"), p, "…"))
}

// prepare makes the tables. Of several processes that do so at once, one does and the others wait.
func (s *Store) prepare(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	if s.db.postgres {
		// The number is Bailey's own; it names the lock and nothing else.
		for _, q := range []string{"SELECT pg_advisory_xact_lock(7203981)", "CREATE SCHEMA IF NOT EXISTS bailey"} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
	}
	for _, t := range tables {
		if _, err := tx.ExecContext(ctx, t); err != nil {
			return err
		}
	}
	var found int
	err = tx.QueryRowContext(ctx, "SELECT version FROM bailey_form").Scan(&found)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if _, err := tx.ExecContext(ctx, "INSERT INTO bailey_form VALUES (?)", version); err != nil {
			return err
		}
	case err != nil:
		return err
	case found > version:
		return fmt.Errorf("it was written by a later bailey (form %d, this one knows %d); update bailey", found, version)
	}
	return tx.Commit()
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

// database is either of the two; statements are written with ? for values, as SQLite has them.
type database struct {
	*sql.DB
	postgres bool
}

// transaction is one of a database.
type transaction struct {
	*sql.Tx
	postgres bool
}

func (d database) BeginTx(ctx context.Context, opts *sql.TxOptions) (transaction, error) {
	tx, err := d.DB.BeginTx(ctx, opts)
	return transaction{tx, d.postgres}, err
}

func (d database) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	return d.DB.ExecContext(ctx, statement(d.postgres, q), args...)
}

func (d database) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return d.DB.QueryContext(ctx, statement(d.postgres, q), args...)
}

func (d database) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	return d.DB.QueryRowContext(ctx, statement(d.postgres, q), args...)
}

func (t transaction) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	return t.Tx.ExecContext(ctx, statement(t.postgres, q), args...)
}

func (t transaction) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return t.Tx.QueryContext(ctx, statement(t.postgres, q), args...)
}

func (t transaction) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	return t.Tx.QueryRowContext(ctx, statement(t.postgres, q), args...)
}

// statement numbers the values for PostgreSQL: ? becomes $1, $2 and so on. No statement here holds a ? in a text.
func statement(postgres bool, q string) string {
	if !postgres {
		return q
	}
	var b strings.Builder
	n := 0
	for i := range len(q) {
		if q[i] != '?' {
			b.WriteByte(q[i])
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}
