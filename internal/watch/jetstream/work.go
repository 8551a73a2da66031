package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// Batch is something to be read: a file, or some lines of a stream.
type Batch struct {
	// Key is the same however often it is published; Name is what it is called in problems.
	Key, Name string
	Body      []byte
	Options   feed.Options
}

// maxBatch is how large a batch is, in bytes as it is delivered; CloudTrail's and flow logs' files are much smaller.
const maxBatch = 256 << 20

// File is an input as a batch.
func File(in replay.Input, opts feed.Options) (Batch, error) {
	f, err := in.Open()
	if err != nil {
		return Batch{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(f, maxBatch+1))
	if err == nil && len(body) > maxBatch {
		err = errors.New("it is larger than 256 MiB; cut it")
	}
	return Batch{Key: in.Key(), Name: in.Name, Body: body, Options: opts}, err
}

// Publish gives a batch to the workers. Where too many wait, it waits.
func (q *Queue) Publish(ctx context.Context, b Batch) error {
	h := nats.Header{}
	h.Set("Bailey-Key", b.Key)
	h.Set("Bailey-Name", b.Name)
	h.Set("Bailey-Epoch", strconv.Itoa(q.epoch))
	if b.Options.FlowFormat != "" {
		h.Set("Bailey-Flow-Format", b.Options.FlowFormat)
	}
	return q.put(ctx, q.opts.Name+".input", h.Get("Bailey-Epoch")+" "+b.Key, h, b.Body)
}

// Work reads batches until the context ends, as many at once as there are workers.
func (q *Queue) Work(ctx context.Context, r *replay.Replay, workers int) error {
	var consumer jetstream.Consumer
	if err := q.patient(ctx, "joining the workers", func(ctx context.Context) (err error) {
		consumer, err = q.input.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: "workers", AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: -1, MaxAckPending: waiting})
		return err
	}); err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for i := range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				m, err := consumer.Next(jetstream.FetchMaxWait(time.Second))
				if err != nil {
					if !errors.Is(err, nats.ErrTimeout) && !errors.Is(err, jetstream.ErrNoMessages) {
						q.opts.Trouble(err)
						sleep(ctx, 200*time.Millisecond)
					}
					continue
				}
				if err := q.one(ctx, r, m); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
		return err
	}
	return ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// one reads a batch and publishes its part, before it says that it is done.
func (q *Queue) one(ctx context.Context, r *replay.Replay, m jetstream.Msg) error {
	busy, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for busy.Err() == nil {
			sleep(busy, ackWait/3)
			_ = m.InProgress() // if it does not arrive, another worker reads the batch too, which changes nothing
		}
	}()
	body, object, err := q.content(ctx, m.Headers(), m.Data())
	switch {
	case errors.Is(err, errGone): // it was read, and the worker ended before it could say so
		return q.acknowledge(ctx, m, object)
	case errors.Is(err, errAbsent):
		q.opts.Trouble(fmt.Errorf("%s: %w; it is tried again", m.Headers().Get("Bailey-Name"), err))
		_ = m.NakWithDelay(ackWait) // it comes back by itself otherwise
		return ctx.Err()
	case err != nil:
		return err
	}
	h := m.Headers()
	state, sum, problems := r.Digest(replay.Bytes(h.Get("Bailey-Name"), body), feed.Options{FlowFormat: h.Get("Bailey-Flow-Format")})
	text, err := state.Text()
	if err != nil {
		return err
	}
	epoch, err := strconv.Atoi(h.Get("Bailey-Epoch"))
	if err != nil {
		return fmt.Errorf("a batch that bailey watch did not publish: %w", err)
	}
	p, err := json.Marshal(part{Epoch: epoch, Key: h.Get("Bailey-Key"), Sum: sum, State: text, Problems: problems})
	if err != nil {
		return err
	}
	if err := q.put(ctx, q.opts.Name+".parts", h.Get("Bailey-Epoch")+" "+h.Get("Bailey-Key"), nats.Header{}, p); err != nil {
		return err
	}
	if object != "" {
		if err := q.forget(ctx, object); err != nil {
			return err
		}
	}
	return q.acknowledge(ctx, m, object)
}

// acknowledge says that a batch is read.
func (q *Queue) acknowledge(ctx context.Context, m jetstream.Msg, object string) error {
	once, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	err := m.DoubleAck(once)
	if err == nil && object != "" {
		err = q.bury(once, object)
	}
	if err != nil {
		q.opts.Trouble(err) // it is delivered again, and its part passed over
	}
	return ctx.Err()
}
