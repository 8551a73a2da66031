package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The kinds of identities.
const (
	User    = "user"    // a person
	Service = "service" // a program
	Group   = "group"
	Role    = "role"
)

// Identity is a person, a program, a group of them, or a role that they take on for a time.
type Identity struct {
	Kind    string    `json:"-"`
	Name    string    `json:"-"`
	Created time.Time `json:"created"`
	// Disabled identities can neither log in nor go on with their sessions.
	Disabled bool `json:"disabled,omitempty"`
	// Password is an argon2id hash in PHC's form, Recovery are hashes of codes that were not used. TOTP is the secret of
	// the second factor, encrypted under the server's key.
	Password string   `json:"password,omitempty"`
	Recovery []string `json:"recovery,omitempty"`
	TOTP     []byte   `json:"totp,omitempty"`
	// Groups are those a person or program is in.
	Groups []string `json:"groups,omitempty"`
	// Policies are IAM policies by name; a role's trust says who may take it on.
	Policies map[string]Grant `json:"policies,omitempty"`
	Trust    json.RawMessage  `json:"trust,omitempty"`
}

// Grant is an IAM policy, until a time where it has one.
type Grant struct {
	Policy json.RawMessage `json:"policy"`
	Until  *time.Time      `json:"until,omitempty"`
}

// Session is one login, or a role that was taken on.
type Session struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Role    string    `json:"role,omitempty"`
	MFA     time.Time `json:"mfa"` // when the second factor was proved; zero without
	Began   time.Time `json:"began"`
	Expires time.Time `json:"expires"`
	Ended   time.Time `json:"ended"` // before its time; zero otherwise
	Reason  string    `json:"reason,omitempty"`
	Address string    `json:"address"` // from where
}

// Attempts is how often a name's login has failed in a row.
type Attempts struct {
	Failures int
	Last     time.Time
	// Counter is the time step of the last one-time code that was accepted; none before it, nor it, is accepted again.
	Counter int64
}

// ErrNoIdentity is returned where there is no such identity, ErrNoSession where there is no such session.
var (
	ErrNoIdentity = errors.New("there is no such name")
	ErrNoSession  = errors.New("there is no such session")
)

// Identity returns one by kind and name.
func (s *Store) Identity(ctx context.Context, kind, name string) (*Identity, error) {
	var body string
	err := s.db.QueryRowContext(ctx, "SELECT body FROM identities WHERE kind = ? AND name = ?", kind, name).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%s %q: %w", kind, name, ErrNoIdentity)
	}
	if err != nil {
		return nil, err
	}
	id := &Identity{Kind: kind, Name: name}
	return id, json.Unmarshal([]byte(body), id)
}

// Identities returns all of a kind, or of all kinds where it is empty, by kind and name.
func (s *Store) Identities(ctx context.Context, kind string) ([]Identity, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT kind, name, body FROM identities WHERE kind = ? OR ? = '' ORDER BY kind, name", kind, kind)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []Identity
	for rows.Next() {
		var id Identity
		var body string
		if err := rows.Scan(&id.Kind, &id.Name, &body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// SetIdentity keeps one. With anew there must be none of its kind and name yet.
func (s *Store) SetIdentity(ctx context.Context, id *Identity, anew bool) error {
	body, err := json.Marshal(id) //nolint:gosec // the password is a hash
	if err != nil {
		return err
	}
	q := "INSERT INTO identities VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body"
	if anew {
		q = "INSERT INTO identities VALUES (?, ?, ?) ON CONFLICT (kind, name) DO NOTHING"
	}
	r, err := s.db.ExecContext(ctx, q, id.Kind, id.Name, string(body))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("there is a %s %q already", id.Kind, id.Name)
	}
	return nil
}

// RemoveIdentity takes one away, and ends the sessions of its name.
func (s *Store) RemoveIdentity(ctx context.Context, kind, name string, at time.Time) error {
	r, err := s.db.ExecContext(ctx, "DELETE FROM identities WHERE kind = ? AND name = ?", kind, name)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("%s %q: %w", kind, name, ErrNoIdentity)
	}
	column := "name"
	if kind == Role {
		column = "role"
	}
	_, err = s.db.ExecContext(ctx, "UPDATE sessions SET ended = ? WHERE "+column+" = ? AND ended = ''", stamp(at), name)
	return err
}

// Attempts returns a name's failed logins, none where it never tried.
func (s *Store) Attempts(ctx context.Context, name string) (Attempts, error) {
	var a Attempts
	var last string
	err := s.db.QueryRowContext(ctx, "SELECT failures, last, counter FROM attempts WHERE name = ?", name).Scan(&a.Failures, &last, &a.Counter)
	if errors.Is(err, sql.ErrNoRows) {
		return a, nil
	}
	a.Last = instant(last)
	return a, err
}

// SetAttempts keeps them. It reports false, and keeps nothing, where a one-time code of the same time step or a later one
// was accepted meanwhile.
func (s *Store) SetAttempts(ctx context.Context, name string, a Attempts, newCode bool) (bool, error) {
	q := "INSERT INTO attempts VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, last = excluded.last, counter = excluded.counter"
	if newCode {
		q += " WHERE attempts.counter < excluded.counter"
	}
	r, err := s.db.ExecContext(ctx, q, name, a.Failures, stamp(a.Last), a.Counter)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// AddSession keeps a new session.
func (s *Store) AddSession(ctx context.Context, x *Session) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", x.ID, x.Name, x.Role, zeroOr(x.MFA), stamp(x.Began), stamp(x.Expires), zeroOr(x.Ended), x.Reason, x.Address)
	return err
}

func zeroOr(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

const sessionColumns = "id, name, role, mfa, began, expires, ended, reason, address"

func scanSession(scan func(...any) error) (*Session, error) {
	var x Session
	var mfa, began, expires, ended string
	if err := scan(&x.ID, &x.Name, &x.Role, &mfa, &began, &expires, &ended, &x.Reason, &x.Address); err != nil {
		return nil, err
	}
	x.MFA, x.Began, x.Expires, x.Ended = instant(mfa), instant(began), instant(expires), instant(ended)
	return &x, nil
}

// Session returns one by its ID.
func (s *Store) Session(ctx context.Context, id string) (*Session, error) {
	x, err := scanSession(s.db.QueryRowContext(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE id = ?", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoSession
	}
	return x, err
}

// Sessions returns those that last at a time, the latest first.
func (s *Store) Sessions(ctx context.Context, now time.Time) ([]Session, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE ended = '' AND expires > ? ORDER BY began DESC, id", stamp(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []Session
	for rows.Next() {
		x, err := scanSession(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, *x)
	}
	return out, rows.Err()
}

// EndSessions ends the sessions of an ID or a name, and returns how many there were.
func (s *Store) EndSessions(ctx context.Context, idOrName string, at time.Time) (int64, error) {
	r, err := s.db.ExecContext(ctx, "UPDATE sessions SET ended = ? WHERE (id = ? OR name = ?) AND ended = '' AND expires > ?", stamp(at), idOrName, idOrName, stamp(at))
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// SetHead notes where the audit of a name stands, so that records that are cut off its end are missed.
func (s *Store) SetHead(ctx context.Context, name string, seq int64, hash string) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO audit_heads VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE audit_heads.seq <= excluded.seq", name, seq, hash)
	return err
}

// Head returns where the audit of a name stood when it was last noted; 0 where it never was.
func (s *Store) Head(ctx context.Context, name string) (seq int64, hash string, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT seq, hash FROM audit_heads WHERE name = ?", name).Scan(&seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return seq, hash, err
}
