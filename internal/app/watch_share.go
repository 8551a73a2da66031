package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/jetstream"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// sharing are the flags of a watch that goes through JetStream.
type sharing struct {
	nats, creds, ca, name, folder string
	work                          bool
	every                         time.Duration
}

// queue is a connection and the watch on it.
type queue struct {
	*jetstream.Queue
	conn  *nats.Conn
	close func()
}

// open joins the cluster of --nats, or starts the server within.
func (f *watchFlags) open(ctx context.Context, w *World, g *watch.Engine) (*queue, error) {
	say := func(err error) { fmt.Fprintf(w.Stderr, "bailey: %s\n", plain(err)) }
	q := &queue{}
	if f.share.nats == "" {
		e, err := jetstream.Embed(f.share.folder)
		if err != nil {
			return nil, badUse("Is another bailey watch --follow at work with this folder? --state names another one.", "%s", plain(err))
		}
		q.conn, q.close = e.Conn, e.Close
	} else {
		conn, err := jetstream.Connect(f.share.nats, f.share.creds, f.share.ca, say)
		if err != nil {
			return nil, badUse("", "%s: %s", f.share.nats, plain(err))
		}
		q.conn, q.close = conn, conn.Close
	}
	fingerprint, err := g.Fingerprint()
	if err != nil {
		q.close()
		return nil, err
	}
	q.Queue, err = jetstream.Open(ctx, q.conn, jetstream.Options{Name: f.share.name, Fingerprint: fingerprint, Trouble: say})
	switch {
	case errors.Is(err, jetstream.ErrOther):
		err = badUse("Use the same version of bailey with the same --rules and --sigma everywhere, or another --name.", "the watch %s on %s is of other detections", f.share.name, f.share.nats)
	case err != nil && ctx.Err() == nil:
		err = badUse("", "%s", plain(err))
	}
	if err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

func (f *watchFlags) workersOrAll() int {
	if f.workers > 0 {
		return f.workers
	}
	return runtime.GOMAXPROCS(0)
}

// works reads batches beside what else the process does, and ends it where it cannot.
func (f *watchFlags) works(ctx context.Context, q *queue, g *watch.Engine, wg *sync.WaitGroup, fail context.CancelCauseFunc) {
	wg.Go(func() {
		if err := q.Work(ctx, &replay.Replay{Engine: g}, f.workersOrAll()); err != nil && ctx.Err() == nil {
			fail(err)
		}
	})
}

// work reads batches that others publish, until it is interrupted.
func (f *watchFlags) work(ctx context.Context, w *World, g *watch.Engine) error {
	if f.share.nats == "" {
		return badUse("", "--work joins a watch on the NATS servers of --nats")
	}
	q, err := f.open(ctx, w, g)
	if err != nil {
		return err
	}
	defer q.close()
	fmt.Fprintf(w.Stderr, "working for the watch %s on %s, with %d workers\n", f.share.name, f.share.nats, f.workersOrAll())
	held(w)
	if err := q.Work(ctx, &replay.Replay{Engine: g}, f.workersOrAll()); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// held says that the process ends by itself when it is interrupted.
func held(w *World) {
	if w.Held != nil {
		w.Held.Store(true)
	}
}

// shared replays through a cluster: whatever is published is read by its workers, this process among them.
func (f *watchFlags) shared(ctx context.Context, w *World, g *watch.Engine) (found []watch.Finding, events int64, problems []watch.Problem, err error) {
	inputs, problems, err := f.inputs(ctx, w)
	if err != nil {
		return nil, 0, nil, err
	}
	q, err := f.open(ctx, w, g)
	if err != nil {
		return nil, 0, nil, err
	}
	defer q.close()
	busy, err := q.Busy(ctx)
	if err != nil {
		return nil, 0, nil, err
	}
	if busy {
		return nil, 0, nil, badUse("bailey watch --work helps it; another --name is a watch of its own.", "another bailey collects in the watch %s on %s", f.share.name, f.share.nats)
	}
	before, err := q.Load(ctx)
	if err != nil {
		return nil, 0, nil, err
	}
	if before.Events > 0 {
		fmt.Fprintf(w.Stderr, "going on after %d events, as %s says\n", before.Events, f.share.nats)
	}
	ctx, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop(nil)
	f.works(ctx, q, g, &wg, stop)
	var mu sync.Mutex
	var unread []watch.Problem
	left := map[string]bool{}
	for i := range inputs {
		if inputs[i].Size < 0 {
			inputs[i].Size = 0 // standard input is read once
		}
		left[inputs[i].Key()] = true
	}
	wg.Go(func() {
		for _, in := range inputs {
			if before.Has(in.Key(), "") {
				continue
			}
			b, err := jetstream.File(in, feed.Options{FlowFormat: f.flowFormat})
			if err != nil {
				mu.Lock()
				unread = append(unread, watch.Problem{File: in.Name, Message: plain(err)})
				delete(left, in.Key())
				mu.Unlock()
				continue
			}
			if err := q.Publish(ctx, b); err != nil {
				stop(err)
				return
			}
		}
	})
	bar := newBar(w, "reading")
	err = q.Collect(ctx, &jetstream.Collector{
		Engine: g, Every: f.checkpoint, Replay: true,
		Merged: func(n int) { bar.step(min(n/2, len(inputs)), len(inputs)) },
		Done: func(s *watch.State) bool {
			mu.Lock()
			defer mu.Unlock()
			maps.DeleteFunc(left, func(key string, _ bool) bool { return s.Has(key, "") })
			return len(left) == 0
		},
		Look: func(s *watch.State, more []watch.Problem, done bool) error {
			problems = append(problems, more...)
			if done {
				found, events = g.Evaluate(s), s.Events
				problems = append(problems, full(s)...)
				s.Settle(g)
			}
			return nil
		},
	})
	bar.done()
	if err != nil {
		if c := context.Cause(ctx); c != nil && !errors.Is(c, context.Canceled) {
			err = badUse("", "%s", plain(c))
		} else if errors.Is(err, context.Canceled) {
			err = &exitError{code: exitInterrupted, message: "stopped; the same command goes on from there"}
		}
		return nil, 0, nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	return found, events, append(problems, unread...), nil
}

// full says what there was too much of.
func full(s *watch.State) (problems []watch.Problem) {
	left := s.Left()
	for _, id := range slices.Sorted(maps.Keys(left)) {
		problems = append(problems, watch.Problem{File: id, Message: left[id]})
	}
	return problems
}
