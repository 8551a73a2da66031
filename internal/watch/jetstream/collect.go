package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/baileydb/bailey/internal/watch"
)

// Collector merges what the workers have read.
type Collector struct {
	Engine *watch.Engine
	// Every is how often the state is looked at and checkpointed, while there is something new.
	Every time.Duration
	// Done says that everything is in the state that was to be collected; nil is never.
	Done func(*watch.State) bool
	// Replay says that what is read once Done said so is for the next replay, and counts anew.
	Replay bool
	// Look is told the state before each checkpoint, and what could not be read since it was called last. It may change the
	// state.
	Look func(s *watch.State, problems []watch.Problem, done bool) error
	// Standby is told that another process collects.
	Standby func()
	// Merged is told how many batches are in the state.
	Merged func(n int)
}

// errLost says that another process collects now.
var errLost = errors.New("another process collects")

// Collect merges parts until Look says that it is done, or the context ends. Of several that call it one collects; another
// takes over when that one ends or dies.
func (q *Queue) Collect(ctx context.Context, c *Collector) error {
	for told := false; ; told = true {
		var revision uint64
		err := q.patient(ctx, "becoming the collector", func(ctx context.Context) (err error) {
			if revision, err = q.leases.Create(ctx, "collector", []byte(q.self)); taken(err) {
				return errLost
			}
			return err
		})
		if err == nil {
			err = q.collect(ctx, c, revision)
		}
		if !errors.Is(err, errLost) {
			return err
		}
		if !told && c.Standby != nil {
			c.Standby()
		}
		if c.Done != nil {
			if s, err := q.Load(ctx); err != nil || c.Done(s) {
				return err
			}
		}
		sleep(ctx, lease/10)
	}
}

// Busy waits until nobody collects; it gives up and reports true where one goes on to.
func (q *Queue) Busy(ctx context.Context) (bool, error) {
	for range int(lease/rest) + 20 {
		busy := false
		err := q.patient(ctx, "asking who collects", func(ctx context.Context) error {
			e, err := q.leases.Get(ctx, "collector")
			if errors.Is(err, jetstream.ErrKeyNotFound) {
				return nil
			}
			busy = err == nil && string(e.Value()) != q.self
			return err
		})
		if err != nil || !busy {
			return false, err
		}
		sleep(ctx, rest)
	}
	return true, ctx.Err()
}

// Cursor is what was kept for a source of logs, empty where there is nothing. Move keeps it.
func (q *Queue) Cursor(ctx context.Context, source string) (text string, err error) {
	err = q.patient(ctx, "reading a cursor", func(ctx context.Context) error {
		e, err := q.keys.Get(ctx, cursor(source))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			text = string(e.Value())
		}
		return err
	})
	return text, err
}

// Move keeps how far a source of logs was read.
func (q *Queue) Move(ctx context.Context, source, text string) error {
	return q.patient(ctx, "keeping a cursor", func(ctx context.Context) error {
		_, err := q.keys.PutString(ctx, cursor(source), text)
		return err
	})
}

// cursor is a source as a key is written.
func cursor(source string) string { return fmt.Sprintf("cursor.%016x", watch.Hash(source)) }

// Load is the state of the last checkpoint.
func (q *Queue) Load(ctx context.Context) (*watch.State, error) {
	s, _, _, err := q.load(ctx)
	return s, err
}

func (q *Queue) load(ctx context.Context) (s *watch.State, at checkpoint, revision uint64, err error) {
	err = q.patient(ctx, "reading the checkpoint", func(ctx context.Context) error {
		e, err := q.keys.Get(ctx, "checkpoint")
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			s, at, revision = watch.NewState(), checkpoint{}, 0
			return nil
		}
		if err != nil {
			return err
		}
		revision = e.Revision()
		if err := json.Unmarshal(e.Value(), &at); err != nil {
			return err
		}
		text, err := q.objects.GetBytes(ctx, at.Object)
		if errors.Is(err, jetstream.ErrObjectNotFound) {
			return errors.New("the state was replaced meanwhile") // by the next checkpoint, which says where the next one is
		}
		if err != nil {
			return err
		}
		s, err = watch.ParseState(text)
		return err
	})
	q.epoch = at.Epoch
	return s, at, revision, err
}

// collect is one turn as the collector. Writing the checkpoint fails when another has written it, so that one that was taken
// for dead does no harm.
func (q *Queue) collect(ctx context.Context, c *Collector, held uint64) error {
	state, at, revision, err := q.load(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go q.hold(ctx, held, stop)
	defer func() {
		if errors.Is(context.Cause(ctx), errLost) {
			return
		}
		free, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer stop()
		_ = q.leases.Delete(free, "collector") // it ends by itself otherwise
	}()
	due := time.NewTicker(c.Every)
	defer due.Stop()
	t := turn{q: q, c: c, state: state, at: at, revision: revision, due: due.C, fresh: true}
	for {
		done, err := t.round(ctx)
		if err = cause(ctx, err); done || errors.Is(err, errLost) {
			return err
		}
		if err != nil {
			return errors.Join(err, t.leave(context.WithoutCancel(ctx)))
		}
	}
}

// leave keeps what was merged when a collector is stopped.
func (t *turn) leave(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, lease)
	defer stop()
	if !t.fresh {
		return nil
	}
	if err := t.c.Look(t.state, t.problems, false); err != nil {
		return err
	}
	return t.save(ctx)
}

func cause(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errLost) {
		return errLost
	}
	return err
}

// hold says again and again that the collector is alive.
func (q *Queue) hold(ctx context.Context, revision uint64, stop context.CancelCauseFunc) {
	for {
		sleep(ctx, lease/4)
		if ctx.Err() != nil {
			return
		}
		once, end := context.WithTimeout(ctx, lease/4)
		n, err := q.leases.Update(once, "collector", []byte(q.self), revision)
		end()
		switch {
		case err == nil:
			revision = n
		case taken(err): // somebody else has it, or had it
			stop(errLost)
			return
		default:
			q.opts.Trouble(fmt.Errorf("staying the collector: %w", err))
			once, end := context.WithTimeout(ctx, lease/4)
			if e, err := q.leases.Get(once, "collector"); err == nil && string(e.Value()) == q.self {
				revision = e.Revision()
			}
			end()
		}
	}
}

// turn is the state while one process collects.
type turn struct {
	q        *Queue
	c        *Collector
	state    *watch.State
	at       checkpoint
	revision uint64
	due      <-chan time.Time
	objects  []string // of parts that were merged since the last checkpoint
	problems []watch.Problem
	fresh    bool // there is something that Look has not seen
}

// rest is how long the collector waits where there is no part.
const rest = 50 * time.Millisecond

// round merges the parts that are there, in their order in the stream: what is deleted is deleted up to a checkpoint. A place
// may be empty where a leader was lost.
func (t *turn) round(ctx context.Context) (done bool, err error) {
	for range 256 {
		var m *jetstream.RawStreamMsg
		err := t.q.patient(ctx, "reading parts", func(ctx context.Context) (err error) {
			m, err = t.q.parts.GetMsg(ctx, t.at.Parts+1, jetstream.WithGetMsgSubject(t.q.opts.Name+".parts"))
			return err
		})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			sleep(ctx, rest)
			break
		}
		if err == nil {
			err = t.merge(ctx, m)
		}
		if err != nil {
			return false, err
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	done = t.c.Done != nil && t.c.Done(t.state)
	select {
	case <-t.due:
		if !t.fresh && !done {
			return false, nil
		}
	default:
		if !done {
			return false, nil
		}
	}
	if err := t.c.Look(t.state, t.problems, done); err != nil {
		return false, err
	}
	t.problems, t.fresh = nil, false
	if done && t.c.Replay {
		t.at.Epoch++
	}
	return done, t.save(ctx)
}

// merge takes a part up, once.
func (t *turn) merge(ctx context.Context, m *jetstream.RawStreamMsg) error {
	body, object, err := t.q.content(ctx, m.Header, m.Data)
	if errors.Is(err, errGone) || errors.Is(err, errAbsent) {
		// Only what is in a checkpoint is deleted: there is a newer one than that with which this turn began.
		t.q.opts.Trouble(fmt.Errorf("a part: %w; the state is loaded again", err))
		return errLost
	}
	if err != nil {
		return err
	}
	var p part
	if err := json.Unmarshal(body, &p); err != nil {
		return fmt.Errorf("a part cannot be read: %w", err)
	}
	s, err := watch.ParseState(p.State)
	if err != nil {
		return err
	}
	if object != "" {
		t.objects = append(t.objects, object)
	}
	t.at.Parts, t.fresh = m.Sequence, true
	if p.Epoch == t.at.Epoch && t.state.Take(s, t.c.Engine, p.Key, p.Sum) {
		t.problems = append(t.problems, p.Problems...)
	}
	if t.c.Merged != nil {
		t.c.Merged(len(t.state.Done))
	}
	return nil
}

// save writes the checkpoint, and lets go of what is in it.
func (t *turn) save(ctx context.Context) error {
	text, err := t.state.Text()
	if err != nil {
		return err
	}
	q, old := t.q, t.at.Object
	if t.at.Object, err = q.keep(ctx, "state", text); err != nil {
		return err
	}
	value, err := json.Marshal(t.at)
	if err != nil {
		return err
	}
	if err := q.patient(ctx, "writing the checkpoint", func(ctx context.Context) (err error) {
		n, err := q.keys.Update(ctx, "checkpoint", value, t.revision)
		if taken(err) {
			// It may be this very one, whose answer was lost.
			if e, err := q.keys.Get(ctx, "checkpoint"); err == nil && string(e.Value()) == string(value) {
				n = e.Revision()
			} else if err == nil {
				return errLost
			}
		}
		if n > 0 {
			t.revision, err = n, nil
		}
		return err
	}); err != nil {
		if errors.Is(err, errLost) {
			_ = q.objects.Delete(ctx, t.at.Object) // nobody asks for it
		}
		return err
	}
	for _, o := range append(t.objects, old) {
		if o == "" {
			continue
		}
		if err := q.drop(ctx, o); err != nil {
			return err
		}
	}
	t.objects = nil
	return q.patient(ctx, "purging parts", func(ctx context.Context) error { return q.parts.Purge(ctx, jetstream.WithPurgeSequence(t.at.Parts+1)) })
}
