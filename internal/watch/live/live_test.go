package live_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/jetstream"
	"github.com/baileydb/bailey/internal/watch/live"
)

// kept is a sink that remembers, as the real one does across runs.
type kept struct {
	mu       sync.Mutex
	batches  []jetstream.Batch
	cursors  map[string]string
	problems []watch.Problem
	fail     error // of the next batch
	killed   error // after the next batch is safe
}

func (k *kept) sink() *live.Sink {
	return &live.Sink{
		Publish: func(_ context.Context, b jetstream.Batch) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			if err := k.fail; err != nil {
				k.fail = nil
				return err
			}
			if !slices.ContainsFunc(k.batches, func(o jetstream.Batch) bool { return o.Key == b.Key }) {
				k.batches = append(k.batches, jetstream.Batch{Key: b.Key, Name: b.Name, Body: slices.Clone(b.Body)})
			}
			err := k.killed
			k.killed = nil
			return err
		},
		Has: func(key string) bool {
			k.mu.Lock()
			defer k.mu.Unlock()
			return key != "" && slices.ContainsFunc(k.batches, func(o jetstream.Batch) bool { return o.Key == key })
		},
		Cursor: func(_ context.Context, source string) (string, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			return k.cursors[source], nil
		},
		Move: func(_ context.Context, source, cursor string) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			if k.cursors == nil {
				k.cursors = map[string]string{}
			}
			k.cursors[source] = cursor
			return nil
		},
		Problem: func(p watch.Problem) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.problems = append(k.problems, p)
		},
	}
}

func (k *kept) bodies() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out strings.Builder
	for _, b := range k.batches {
		out.Write(b.Body)
	}
	return out.String()
}

func (k *kept) moved() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.cursors) > 0
}

func (k *kept) told() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.problems)
}

// follow runs a source until something holds.
func follow(t *testing.T, s live.Source, k *kept, until func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Follow(ctx, k.sink()) }()
	deadline := time.After(20 * time.Second)
	for !until() {
		select {
		case err := <-ended:
			stop()
			t.Fatalf("it ended: %v", err)
		case <-deadline:
			stop()
			t.Fatalf("it does not come: %q %v", k.bodies(), k.problems)
		case <-time.After(time.Millisecond):
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func write(t *testing.T, path, text string, flags int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flags, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func is(k *kept, want string) func() bool { return func() bool { return k.bodies() == want } }

// TestTail follows a file while it grows, is renamed and replaced, and is cut, in several runs; no line is lost, and none comes
// twice. A line that is not whole waits.
func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flow.log")
	k, s := &kept{}, &live.Tail{Path: path, Poll: time.Millisecond}
	follow(t, s, k, func() bool { return k.told() == 1 }) // it is not there yet
	write(t, path, "one\ntwo\nthr", os.O_APPEND)
	follow(t, s, k, is(k, "one\ntwo\n"))
	write(t, path, "ee\n", os.O_APPEND)
	follow(t, s, k, is(k, "one\ntwo\nthree\n"))
	step := 0
	follow(t, s, k, func() bool { // renamed while it is followed: its last line is read, then the new one's
		switch {
		case step == 0:
			write(t, path, "seen\n", os.O_APPEND)
			step++
		case step == 1 && strings.HasSuffix(k.bodies(), "seen\n"): // it is open
			write(t, path, "four\n", os.O_APPEND)
			if err := os.Rename(path, path+".1"); err != nil {
				t.Error(err)
			}
			write(t, path, "five is longer\n", os.O_APPEND)
			step++
		}
		return strings.HasSuffix(k.bodies(), "five is longer\n")
	})
	write(t, path, "six\n", os.O_TRUNC)
	follow(t, s, k, func() bool { return strings.HasSuffix(k.bodies(), "six\n") })
	if got := k.bodies(); got != "one\ntwo\nthree\nseen\nfour\nfive is longer\nsix\n" {
		t.Errorf("%q", got)
	}
}

// TestTailHeader puts the line that names the fields before every batch of a flow log, also after a pause.
func TestTailHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flow.log")
	k, s := &kept{}, &live.Tail{Path: path, Poll: time.Millisecond}
	write(t, path, "version srcaddr dstaddr\n2 a b\n", os.O_APPEND)
	follow(t, s, k, is(k, "version srcaddr dstaddr\n2 a b\n"))
	write(t, path, "2 c d\n", os.O_APPEND)
	follow(t, s, k, is(k, "version srcaddr dstaddr\n2 a b\nversion srcaddr dstaddr\n2 c d\n"))
	if k.batches[0].Name != path || k.batches[0].Key == k.batches[1].Key {
		t.Errorf("%+v", k.batches)
	}
}

// TestTailCrash reads again what was not safe, under the same key.
func TestTailCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write(t, path, "one\n", os.O_APPEND)
	k, s := &kept{fail: errors.New("full")}, &live.Tail{Path: path, Poll: time.Millisecond}
	if err := s.Follow(t.Context(), k.sink()); err == nil || err.Error() != "full" || len(k.batches) != 0 {
		t.Fatalf("%v %v", err, k.batches)
	}
	// It is killed before it can say how far it was, and the file has grown when it begins again.
	k.killed = errors.New("killed")
	if err := s.Follow(t.Context(), k.sink()); err == nil || err.Error() != "killed" || k.bodies() != "one\n" {
		t.Fatalf("%v %q", err, k.bodies())
	}
	write(t, path, "two\n", os.O_APPEND)
	follow(t, s, k, func() bool { return strings.HasSuffix(k.bodies(), "two\n") })
	if k.bodies() != "one\ntwo\n" || len(k.batches) != 2 {
		t.Errorf("%d batches: %q", len(k.batches), k.bodies())
	}
	k.cursors = nil // as if nothing had been kept
	follow(t, s, k, k.moved)
	k.cursors = map[string]string{"file " + path: "{"}
	if err := s.Follow(t.Context(), k.sink()); err == nil || !strings.Contains(err.Error(), path+": how far it was read cannot be told") {
		t.Errorf("%v", err)
	}
}

// TestFolder reads a file once it is whole, and once alone.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	k, s := &kept{}, &live.Folder{Path: dir, Poll: 5 * time.Millisecond}
	write(t, filepath.Join(dir, "111122223333_CloudTrail_eu-west-1_20261123T1205Z_x.json"), "b\n", 0)
	write(t, filepath.Join(dir, "999122223333_CloudTrail_eu-west-1_20261123T1200Z_x.json"), "a\n", 0)
	write(t, filepath.Join(dir, ".hidden"), "c\n", 0)
	follow(t, s, k, is(k, "a\nb\n"))
	write(t, filepath.Join(dir, "z.json"), "d\n", 0)
	follow(t, s, k, is(k, "a\nb\nd\n"))
	if err := (&live.Folder{Path: filepath.Join(dir, "none")}).Follow(t.Context(), k.sink()); err == nil {
		t.Error("a folder that is not there is followed")
	}
}

// TestLines cuts a stream into batches that each begin with the line that names the fields, and loses no line, not the last
// one without an end either.
func TestLines(t *testing.T) {
	const n = 40_000
	header := "version srcaddr dstaddr\n"
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "2 10.0.0.1 10.0.%d.%d\n", i/250, i%250)
	}
	k := &kept{}
	l := &live.Lines{Name: "standard input", Started: "now", In: strings.NewReader(header + text.String() + "2 last line")}
	if err := l.Follow(t.Context(), k.sink()); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, b := range k.batches {
		body, found := strings.CutPrefix(string(b.Body), header)
		if !found || len(b.Body) > 300<<10 {
			t.Errorf("%s has %d bytes, and begins with %q", b.Key, len(b.Body), string(b.Body[:20]))
		}
		got += body
	}
	if got != text.String()+"2 last line" || len(k.batches) < 3 {
		t.Errorf("%d batches of %d bytes", len(k.batches), len(got))
	}
}

// TestLinesOfRecords publishes a first line that is a record at once: it names no fields, whatever its members are called.
func TestLinesOfRecords(t *testing.T) {
	const query = `{"query_name":"a.example.","srcaddr":"10.0.0.1"}` + "\n"
	k := &kept{}
	if err := (&live.Lines{Name: "in", In: strings.NewReader(query)}).Follow(t.Context(), k.sink()); err != nil || k.bodies() != query {
		t.Errorf("%q %v", k.bodies(), err)
	}
	path := filepath.Join(t.TempDir(), "dns.log")
	write(t, path, query, 0)
	k = &kept{}
	follow(t, &live.Tail{Path: path, Poll: time.Millisecond}, k, is(k, query))
}

// broken is a stream that ends with an error.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the pipe broke")
	}
	return n, err
}

func TestLinesThatEndEarly(t *testing.T) {
	for name, in := range map[string]io.Reader{"the pipe broke": broken{strings.NewReader("one\n")}, "a line is longer than 16 MiB": strings.NewReader("one\n" + strings.Repeat("x", 17<<20))} {
		k := &kept{}
		if err := (&live.Lines{Name: "in", In: in}).Follow(t.Context(), k.sink()); err != nil {
			t.Fatal(err)
		}
		if k.bodies() != "one\n" || len(k.problems) != 1 || !strings.Contains(k.problems[0].Message, name) || k.problems[0].File != "in" {
			t.Errorf("%s: %q %v", name, k.bodies(), k.problems)
		}
	}
}
