package jetstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/baileydb/bailey/internal/parts"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/jetstream"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// batches are files of calls that overlap: every event is in two of them.
func batches(files int) []jetstream.Batch {
	record := func(k int) string {
		name, source, request := "GetSecretValue", "secretsmanager.amazonaws.com", fmt.Sprintf(`{"secretId":"s%d"}`, k)
		switch {
		case k%11 == 0:
			name, source, request = "StopLogging", "cloudtrail.amazonaws.com", `{"name":"main"}`
		case k%7 == 0:
			name, source, request = "ModifyDBInstance", "rds.amazonaws.com", `{"dBInstanceIdentifier":"shop","deletionProtection":false}`
		}
		at := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(k) * 7 * time.Second).Format(time.RFC3339)
		return fmt.Sprintf(`{"eventVersion":"1.09","eventID":"id-%06d","eventTime":%q,"eventSource":%q,"eventName":%q,"recipientAccountId":"111122223333","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0.%d","requestParameters":%s,"userIdentity":{"type":"IAMUser","userName":"u%d","arn":"arn:aws:iam::111122223333:user/u%d","accountId":"111122223333"}}`,
			k, at, source, name, k%5, request, k%3, k%3)
	}
	var out []jetstream.Batch
	for n := range files {
		var records []string
		for k := n * 50; k < n*50+100; k++ {
			records = append(records, record(k))
		}
		body := `{"Records":[` + strings.Join(records, ",") + `]}`
		if n%10 == 3 { // some are too large for a message
			body += strings.Repeat(" ", 700<<10)
		}
		out = append(out, jetstream.Batch{Key: fmt.Sprint("file ", n), Name: fmt.Sprintf("%d.json", n), Body: []byte(body)})
	}
	return out
}

func engine(t *testing.T) *watch.Engine {
	t.Helper()
	list, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
	if err != nil {
		t.Fatal(err)
	}
	g, err := watch.NewEngine(list)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// alone is what is found without any of this.
func alone(t *testing.T, g *watch.Engine, s *watch.State, all []jetstream.Batch) string {
	t.Helper()
	r := &replay.Replay{Engine: g}
	for _, b := range all {
		o, sum, problems := r.Digest(replay.Bytes(b.Name, b.Body), b.Options)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		s.Take(o, g, b.Key, sum)
	}
	found := text(t, g.Evaluate(s))
	s.Settle(g)
	return found
}

func text(t *testing.T, found []watch.Finding) string {
	t.Helper()
	if len(found) < 5 {
		t.Fatalf("%d findings", len(found))
	}
	out, err := json.MarshalIndent(found, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// member is a process that shares a watch.
func member(t *testing.T, conn *nats.Conn) *jetstream.Queue {
	t.Helper()
	q, err := jetstream.Open(t.Context(), conn, jetstream.Options{Name: "test", Fingerprint: "same", Trouble: func(err error) { t.Log(err) }})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// works has a member work until the function is called.
func works(t *testing.T, q *jetstream.Queue, g *watch.Engine) (leave func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := q.Work(ctx, &replay.Replay{Engine: g}, 2); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return func() { stop(); wg.Wait() }
}

// collects collects until everything is there, or the context ends.
func collects(ctx context.Context, t *testing.T, q *jetstream.Queue, g *watch.Engine, all []jetstream.Batch) (found string, err error) {
	t.Helper()
	err = q.Collect(ctx, &jetstream.Collector{
		Engine: g, Every: 300 * time.Millisecond, Replay: true,
		Done: func(s *watch.State) bool {
			for _, b := range all {
				if !s.Has(b.Key, "") {
					return false
				}
			}
			return true
		},
		Look: func(s *watch.State, problems []watch.Problem, done bool) error {
			if len(problems) > 0 {
				return fmt.Errorf("problems: %v", problems)
			}
			if done {
				found = text(t, g.Evaluate(s))
				s.Settle(g)
			}
			return nil
		},
	})
	return found, err
}

// TestEmbedded replays twice through a server within the process, which is stopped between the two, and finds what is found
// without it, the second time with what was learned the first time.
func TestEmbedded(t *testing.T) {
	g, all, folder := engine(t), batches(40), t.TempDir()
	memory := watch.NewState()
	for range 2 {
		want := alone(t, g, memory, all)
		e, err := jetstream.Embed(folder)
		if err != nil {
			t.Fatal(err)
		}
		q := member(t, e.Conn)
		leave := works(t, q, g)
		for _, b := range append(all, all[:10]...) { // some twice
			if err := q.Publish(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		got, err := collects(ctx, t, q, g, all)
		stop()
		leave()
		e.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("%s", cmp.Diff(want, got))
		}
	}
}

// TestCluster replays through three servers: one is killed midway, a worker leaves, another comes, and the collector is
// stopped and another takes over from its checkpoint. What is found is, byte for byte, what is found without all this.
func TestCluster(t *testing.T) {
	g, all := engine(t), batches(120)
	want := alone(t, g, watch.NewState(), all)
	cluster := parts.NATS(t, 3)
	connect := func() *nats.Conn {
		c, err := jetstream.Connect(strings.Join(cluster.Addresses, ","), "", "", func(err error) { t.Log(err) })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	publisher, one, two := member(t, connect()), member(t, connect()), member(t, connect())
	leave := works(t, one, g)
	first, stopFirst := context.WithCancel(t.Context())
	defer stopFirst()
	var wg sync.WaitGroup
	var firstErr error
	wg.Go(func() { _, firstErr = collects(first, t, one, g, all) })
	for i, b := range all {
		if err := publisher.Publish(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		switch i {
		case 40:
			cluster.Kill(t, 1)
		case 60:
			leave()
			defer works(t, two, g)()
		case 80:
			stopFirst()
			wg.Wait()
			if !errors.Is(firstErr, context.Canceled) {
				t.Fatalf("the first collector: %v", firstErr)
			}
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	got, err := collects(ctx, t, two, g, all)
	if err != nil {
		told(t, connect(), all, two)
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("%s", cmp.Diff(want, got))
	}
}

// told says where everything is when a watch did not end.
func told(t *testing.T, conn *nats.Conn, all []jetstream.Batch, q *jetstream.Queue) {
	t.Helper()
	js, err := natsjs.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"test-input", "test-parts", "OBJ_test", "KV_test-state", "KV_test-lease"} {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		s, err := js.Stream(ctx, name)
		if err != nil {
			t.Logf("%s: %v", name, err)
		} else {
			i := s.CachedInfo()
			text, _ := json.Marshal(i.State)
			c, _ := json.Marshal(i.Cluster)
			t.Logf("%s: %s %s", name, text, c)
			if name == "test-input" {
				if c, err := s.Consumer(ctx, "workers"); err != nil {
					t.Logf("workers: %v", err)
				} else {
					text, _ := json.Marshal(c.CachedInfo())
					t.Logf("workers: %s", text)
				}
			}
		}
		stop()
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	s, err := q.Load(ctx)
	if err != nil {
		t.Log(err)
		return
	}
	for _, b := range all {
		if !s.Has(b.Key, "") {
			t.Logf("%s is not in the state", b.Key)
		}
	}
}

// TestAbsent keeps a batch whose content is not in the store yet, or no longer: nobody has read it.
func TestAbsent(t *testing.T) {
	e, err := jetstream.Embed(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	member(t, e.Conn)
	js, err := natsjs.New(e.Conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"OBJ_test", "KV_test-state", "KV_test-lease"} {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if s.CachedInfo().Config.AllowDirect {
			t.Errorf("%s is read from servers that lag behind", name)
		}
	}
	header := nats.Header{"Bailey-Key": {"a"}, "Bailey-Name": {"a.json"}, "Bailey-Epoch": {"0"}, "Bailey-Object": {"nothing"}}
	if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: "test.input", Header: header}); err != nil {
		t.Fatal(err)
	}
	gaveUp := make(chan struct{}, 100)
	worker, err := jetstream.Open(t.Context(), e.Conn, jetstream.Options{Name: "test", Fingerprint: "same", Trouble: func(err error) {
		t.Log(err)
		if strings.HasPrefix(err.Error(), "a.json: ") {
			gaveUp <- struct{}{}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	leave := works(t, worker, engine(t))
	select {
	case <-gaveUp:
	case <-time.After(time.Minute):
		t.Error("nothing is said of it")
	}
	leave()
	s, err := js.Stream(t.Context(), "test-input")
	if err != nil {
		t.Fatal(err)
	}
	if n := s.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d batches wait", n)
	}
}

// TestGap collects what is behind an empty place in the stream, which the loss of a leader can leave.
func TestGap(t *testing.T) {
	e, err := jetstream.Embed(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	g, all := engine(t), batches(12)
	q := member(t, e.Conn)
	js, err := natsjs.New(e.Conn)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), "test-parts")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 { // each of these is a place that will be empty
		if _, err := js.Publish(t.Context(), "test.parts", []byte("x"), natsjs.WithMsgID(fmt.Sprint("x", n))); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteMsg(t.Context(), uint64(2*n+1)); err != nil {
			t.Fatal(err)
		}
		// One batch, read by one worker, is the next place.
		if err := q.Publish(t.Context(), all[n]); err != nil {
			t.Fatal(err)
		}
		leave := works(t, q, g)
		for i, err := s.Info(t.Context()); err != nil || i.State.LastSeq < uint64(2*n+2); i, err = s.Info(t.Context()) {
			time.Sleep(20 * time.Millisecond)
		}
		leave()
	}
	for _, b := range all[3:] {
		if err := q.Publish(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	defer works(t, q, g)()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	got, err := collects(ctx, t, q, g, all)
	if err != nil {
		t.Fatal(err)
	}
	if want := alone(t, g, watch.NewState(), all); got != want {
		t.Fatalf("%s", cmp.Diff(want, got))
	}
}

// TestOther refuses those who have other detections while something is on its way.
func TestOther(t *testing.T) {
	e, err := jetstream.Embed(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	q := member(t, e.Conn)
	if err := q.Publish(t.Context(), batches(1)[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := jetstream.Open(t.Context(), e.Conn, jetstream.Options{Name: "test", Fingerprint: "other"}); !errors.Is(err, jetstream.ErrOther) {
		t.Errorf("opened: %v", err)
	}
	if err := q.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := jetstream.Open(t.Context(), e.Conn, jetstream.Options{Name: "test", Fingerprint: "other"}); err != nil {
		t.Error(err)
	}
}
