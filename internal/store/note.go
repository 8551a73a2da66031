package store

import (
	"context"
	"database/sql"
	"errors"
)

// Note is a text that a command keeps for its next run, empty where there is none.
func (s *Store) Note(ctx context.Context, name string) (text string, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT body FROM notes WHERE name = ?", name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

// SetNote keeps a text in the place of the one that was there.
func (s *Store) SetNote(ctx context.Context, name, text string) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body", name, text)
	return err
}
