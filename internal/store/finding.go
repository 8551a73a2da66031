package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kept is a finding as the store has it.
type Kept struct {
	ID string `json:"id"`
	// At is when it was last seen, Times how often.
	At    time.Time `json:"at"`
	Times int       `json:"times"`
	// Archived is why it needs nobody's attention any more, empty where it does.
	Archived string `json:"archived,omitempty"`
	// Body is the finding itself, in the form of whoever found it.
	Body json.RawMessage `json:"finding"`
}

// Head is what every finding says of itself.
type Head struct {
	Title    string `json:"title"`
	Resource string `json:"resource"`
	Severity struct {
		Label string  `json:"label"`
		Score float64 `json:"score"`
	} `json:"severity"`
	Detection string `json:"detection"`
	Safeguard string `json:"safeguard"`
	Principal string `json:"principal"`
}

// Head reads it.
func (k *Kept) Head() (h Head, err error) { return h, json.Unmarshal(k.Body, &h) }

// ErrNoFinding is returned where there is no such finding.
var ErrNoFinding = errors.New("there is no such finding")

// AddFinding keeps a finding by its ID, seen so many times; one that is there already is counted further. An archived one
// stays archived.
func (s *Store) AddFinding(ctx context.Context, id string, body any, times int, at time.Time) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, "INSERT INTO findings VALUES (?, ?, ?, ?, '') ON CONFLICT (id) DO UPDATE SET at = excluded.at, times = findings.times + excluded.times, body = excluded.body", id, stamp(at), times, string(text))
	return err
}

// SetFinding keeps a finding by its ID in the place of what was there, for those that count by themselves.
func (s *Store) SetFinding(ctx context.Context, id string, body any, times int, at time.Time) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, "INSERT INTO findings VALUES (?, ?, ?, ?, '') ON CONFLICT (id) DO UPDATE SET at = excluded.at, times = excluded.times, body = excluded.body", id, stamp(at), times, string(text))
	return err
}

// Findings returns what was kept, the latest first; archived ones where they are wanted.
func (s *Store) Findings(ctx context.Context, archived bool) ([]Kept, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, at, times, body, archived FROM findings ORDER BY at DESC, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []Kept
	for rows.Next() {
		var k Kept
		var at, body string
		if err := rows.Scan(&k.ID, &at, &k.Times, &body, &k.Archived); err != nil {
			return nil, err
		}
		k.At, k.Body = instant(at), json.RawMessage(body)
		if archived || k.Archived == "" {
			out = append(out, k)
		}
	}
	return out, rows.Err()
}

// Finding is the one with this ID, or the only one whose ID begins with it.
func (s *Store) Finding(ctx context.Context, id string) (*Kept, error) {
	list, err := s.Findings(ctx, true)
	if err != nil {
		return nil, err
	}
	var found *Kept
	for i := range list {
		switch {
		case list[i].ID == id:
			return &list[i], nil
		case id == "" || !strings.HasPrefix(list[i].ID, id):
		case found != nil:
			return nil, fmt.Errorf("several findings begin with %s; write more of it", id)
		default:
			found = &list[i]
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s: %w", id, ErrNoFinding)
	}
	return found, nil
}

// ArchiveFinding says why a finding, by its ID or the beginning of it, needs nobody's attention any more; without a reason it
// does again.
func (s *Store) ArchiveFinding(ctx context.Context, id, reason string) error {
	k, err := s.Finding(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, "UPDATE findings SET archived = ? WHERE id = ?", reason, k.ID)
	return err
}
