// Package live follows logs while they are written: lines of a stream or of a file that grows, files that come into a folder
// or below an S3 prefix, objects that a queue tells of, and messages on NATS subjects.
//
// A source publishes what it has read in batches and goes on, or says that it has read something, only once a batch is safe;
// so what it reads a second time after a crash it publishes under the same key, and it counts once.
package live

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/flowlog"
	"github.com/baileydb/bailey/internal/watch/jetstream"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// Sink takes what sources read.
type Sink struct {
	// Publish makes a batch safe.
	Publish func(context.Context, jetstream.Batch) error
	// Has reports whether a batch of a key was read in an earlier run.
	Has func(key string) bool
	// Cursor and Move are how far a source was in an earlier run, and is now; the text is the source's own.
	Cursor func(ctx context.Context, source string) (string, error)
	Move   func(ctx context.Context, source, cursor string) error
	// Problem is told what cannot be read.
	Problem func(watch.Problem)
	Options feed.Options
}

// Source is somewhere that logs come from. Follow ends with the context, or when there will be nothing more.
type Source interface {
	Follow(ctx context.Context, to *Sink) error
}

const (
	// maxLines is how large a batch of lines is, in bytes, and maxWait how long it waits for more.
	maxLines = 256 << 10
	maxWait  = time.Second
	// maxLine is how long a line may be.
	maxLine = 16 << 20
	// Poll is how often folders and prefixes are looked at.
	Poll = 2 * time.Second
)

// Lines are those of a stream, such as standard input, to its end. Started tells one stream of the same name from another.
type Lines struct {
	Name, Started string
	In            io.Reader
}

// Follow implements [Source].
func (l *Lines) Follow(ctx context.Context, to *Sink) error {
	lines := make(chan []byte, 64)
	var broken error
	go func() {
		defer close(lines)
		r := bufio.NewReaderSize(l.In, 1<<20)
		for {
			line, err := line(r)
			if len(line) > 0 {
				select {
				case lines <- line:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					broken = err
				}
				return
			}
		}
	}()
	p := packer{name: l.Name, to: to, key: func(n int) string { return fmt.Sprintf("lines %s %s %d", l.Name, l.Started, n) }}
	due := time.NewTicker(maxWait)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-due.C:
			if err := p.flush(ctx); err != nil {
				return err
			}
		case line, more := <-lines:
			if !more {
				if broken != nil {
					to.Problem(watch.Problem{File: l.Name, Message: "the stream ends early: " + broken.Error()})
				}
				return p.flush(ctx)
			}
			if err := p.add(ctx, line); err != nil {
				return err
			}
		}
	}
}

// line is the next one with its end. One that is too long is an error.
func line(r *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := r.ReadSlice('\n')
		out = append(out, part...)
		if len(out) > maxLine {
			return nil, errors.New("a line is longer than 16 MiB")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return out, err
		}
	}
}

// packer makes batches of lines. Where the first line names the fields of flow logs, each batch begins with it.
type packer struct {
	name   string
	to     *Sink
	key    func(n int) string
	header []byte
	begun  bool
	body   []byte
	n      int
}

func (p *packer) add(ctx context.Context, line []byte) error {
	if !p.begun {
		p.begun = true
		if flowlog.Header(strings.TrimSpace(string(line))) {
			p.header = bytes.Clone(line)
			return nil
		}
	}
	p.body = append(p.body, line...)
	if len(p.body) < maxLines {
		return nil
	}
	return p.flush(ctx)
}

func (p *packer) flush(ctx context.Context) error {
	if len(p.body) == 0 {
		return nil
	}
	b := jetstream.Batch{Key: p.key(p.n), Name: p.name, Body: append(bytes.Clone(p.header), p.body...), Options: p.to.Options}
	if err := p.to.Publish(ctx, b); err != nil {
		return err
	}
	p.n++
	p.body = p.body[:0]
	return nil
}

// publish publishes an input that is whole, unless it was read before.
func (to *Sink) publish(ctx context.Context, in replay.Input) error {
	if to.Has(in.Key()) {
		return nil
	}
	b, err := jetstream.File(in, to.Options)
	if err != nil {
		to.Problem(watch.Problem{File: in.Name, Message: err.Error()})
		return nil
	}
	return to.Publish(ctx, b)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
