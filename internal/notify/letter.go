package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/baileydb/bailey/internal/policy"
)

// letter is a message to a webhook that could not be delivered: a line of JSON in the file of dead letters.
type letter struct {
	ID     string          `json:"id"`
	At     time.Time       `json:"at"`
	Reason string          `json:"reason"`
	Body   json.RawMessage `json:"body"`
}

// BuriedError says that a message could not be delivered, and waits in a file until it is sent again.
type BuriedError struct {
	Path string
	Err  error
}

func (b *BuriedError) Error() string {
	return fmt.Sprintf("%s; the message is kept in %s", b.Err, b.Path)
}

// Unwrap is why it could not be delivered.
func (b *BuriedError) Unwrap() error { return b.Err }

func bury(path string, l letter) error {
	line, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return add(path, append(line, '\n'))
}

// add adds to the end of a file, which nobody else may read.
func add(path string, text []byte) (err error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Sync()
}

// Resent is what became of dead letters.
type Resent struct{ Sent, Left int }

// Resend sends the dead letters of a webhook again, each under the identifier it had, by which a receiver knows one that it got
// already. What cannot be delivered stays; the error says why.
//
// While it goes on, the letters are in a file beside theirs, so that others can be buried: one that is killed loses nothing,
// and the next sends all of them again.
func Resend(ctx context.Context, cfg *policy.Webhook, w World) (r Resent, err error) {
	h, err := newWebhook(cfg, w)
	if err != nil {
		return r, err
	}
	busy := cfg.DeadLetter + ".sending"
	if _, err := os.Stat(busy); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(cfg.DeadLetter, busy); errors.Is(err, fs.ErrNotExist) {
			return r, nil
		} else if err != nil {
			return r, err
		}
	}
	text, err := os.ReadFile(busy)
	if err != nil {
		return r, err
	}
	var left []byte
	var why error
	down := false
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var l letter
		err := json.Unmarshal(line, &l)
		switch {
		case err != nil || l.ID == "":
			err = fmt.Errorf("%s: a line is no dead letter", cfg.DeadLetter)
		case down: // it would not get there either
			err = why
		default:
			err = h.deliver(ctx, l.ID, l.Body)
			var final *refusal
			down = err != nil && !errors.As(err, &final)
		}
		if err == nil {
			r.Sent++
			continue
		}
		r.Left++
		why = err
		left = append(bytes.TrimRight(append(left, line...), "\n"), '\n')
	}
	if len(left) > 0 {
		if err := add(cfg.DeadLetter, left); err != nil {
			return r, err // everything is in the other file still
		}
	}
	return r, errors.Join(why, os.Remove(busy))
}
