package live

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/nats-io/nats.go"
	natsjetstream "github.com/nats-io/nats.go/jetstream"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/jetstream"
)

// Subject are the messages on a NATS subject, each of which has some lines or values of a log. Where a stream keeps them,
// they are acknowledged once they are safe, and a run goes on where the one before was; where none does, what is sent while
// nobody listens is lost, as always with NATS.
type Subject struct {
	Conn *nats.Conn
	Name string
	// Started tells the messages of one run from those of another where no stream keeps them.
	Started string
}

// Follow implements [Source].
func (s *Subject) Follow(ctx context.Context, to *Sink) error {
	js, err := natsjetstream.New(s.Conn)
	if err != nil {
		return err
	}
	once, stop := context.WithTimeout(ctx, 10*time.Second)
	name, err := js.StreamNameBySubject(once, s.Name)
	stop()
	switch {
	case err == nil:
		return s.stream(ctx, to, js, name)
	case errors.Is(err, natsjetstream.ErrStreamNotFound), errors.Is(err, nats.ErrNoResponders):
		return s.listen(ctx, to)
	}
	return fmt.Errorf("subject %s: %w", s.Name, err)
}

// unnamed is what the name of a consumer cannot have.
var unnamed = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// stream reads what a stream keeps.
func (s *Subject) stream(ctx context.Context, to *Sink, js natsjetstream.JetStream, name string) error {
	once, stop := context.WithTimeout(ctx, 10*time.Second)
	c, err := js.CreateOrUpdateConsumer(once, name, natsjetstream.ConsumerConfig{
		Durable: "bailey-" + unnamed.ReplaceAllString(s.Name, "-"), FilterSubject: s.Name, AckPolicy: natsjetstream.AckExplicitPolicy, AckWait: time.Minute,
	})
	stop()
	if err != nil {
		return fmt.Errorf("subject %s: %w", s.Name, err)
	}
	told := false
	for ctx.Err() == nil {
		m, err := c.Next(natsjetstream.FetchMaxWait(time.Second))
		if errors.Is(err, nats.ErrTimeout) || errors.Is(err, natsjetstream.ErrNoMessages) {
			continue
		}
		if err != nil {
			if !told {
				to.Problem(watch.Problem{File: "nats:" + s.Name, Message: err.Error() + "; it is tried again"})
			}
			told = true
			if err := sleep(ctx, maxWait); err != nil {
				return err
			}
			continue
		}
		told = false
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		b := jetstream.Batch{Key: fmt.Sprintf("nats %s %d", meta.Stream, meta.Sequence.Stream), Name: "nats:" + m.Subject(), Body: m.Data(), Options: to.Options}
		if !to.Has(b.Key) {
			if err := to.Publish(ctx, b); err != nil {
				return err
			}
		}
		if err := m.Ack(); err != nil {
			to.Problem(watch.Problem{File: "nats:" + s.Name, Message: err.Error()}) // it comes again, and counts once
		}
	}
	return ctx.Err()
}

// listen takes what is sent while it listens.
func (s *Subject) listen(ctx context.Context, to *Sink) error {
	messages := make(chan *nats.Msg, 4096)
	sub, err := s.Conn.ChanSubscribe(s.Name, messages)
	if err != nil {
		return fmt.Errorf("subject %s: %w", s.Name, err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // the connection may be closed
	lost := 0
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m := <-messages:
			b := jetstream.Batch{Key: fmt.Sprintf("nats %s %s %d", s.Name, s.Started, n), Name: "nats:" + m.Subject, Body: m.Data, Options: to.Options}
			if err := to.Publish(ctx, b); err != nil {
				return err
			}
			if d, err := sub.Dropped(); err == nil && d > lost {
				to.Problem(watch.Problem{File: "nats:" + s.Name, Message: fmt.Sprintf("%d messages came faster than they could be kept, and are lost; a stream would keep them", d-lost)})
				lost = d
			}
		}
	}
}
