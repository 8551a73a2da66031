package app

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/watch"
)

// shared is a buffer that several write to.
type shared struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// TestToldWhenDue tells what was gathered although nothing new is found; a process that only stands by tells nothing.
func TestToldWhenDue(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, other shared
	w := &World{Stdout: &out, Stderr: io.Discard, Now: time.Now, Env: func(string) string { return "" }}
	standby := &World{Stdout: &other, Stderr: io.Discard, Now: time.Now, Env: w.Env}
	pol := &policy.Policy{Store: "bailey.db", Notify: policy.Notify{
		Every: 2 * time.Second, Destinations: []policy.Destination{{Name: "out", Stdout: true}},
		Routes: []policy.Route{{Name: "all", Severity: []string{"high"}, To: []string{"out"}}},
	}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	open := func(w *World) *notices {
		n, err := openNotices(ctx, w, pol)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.store.Close() })
		wg.Go(func() { n.whenDue(ctx, w) })
		return n
	}
	n := open(w)
	for _, title := range []string{"The first", "The second"} {
		f := watch.Finding{ID: title, Title: title, Severity: finding.SeverityOf(finding.High), Count: 1}
		if err := n.take(ctx, []watch.Finding{f}, false); err != nil {
			t.Fatal(err)
		}
	}
	open(standby)
	if text := out.String(); !strings.Contains(text, "The first") || strings.Contains(text, "The second") {
		t.Fatalf("at once: %s", text)
	}
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(out.String(), "The second") && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(1200 * time.Millisecond) // the other one had time to tell
	stop()
	wg.Wait()
	if strings.Count(out.String(), "[HIGH] The second") != 1 || other.String() != "" {
		t.Errorf("when it is due: %s, and the one that stands by: %s", out.String(), other.String())
	}
}
