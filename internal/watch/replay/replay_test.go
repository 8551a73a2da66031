package replay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/feedtest"
	"github.com/baileydb/bailey/internal/watch/replay"
)

type flow struct {
	Srcaddr string `parquet:"srcaddr"`
	Dstaddr string `parquet:"dstaddr"`
	Start   int64  `parquet:"start"`
}

func columnar(t *testing.T, from ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[flow](&b)
	for i, f := range from {
		if _, err := w.Write([]flow{{f, "10.0.0.1", 1700000000 + int64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func replayed(t *testing.T, g *watch.Engine, s *watch.State, workers int, inputs ...replay.Input) (sources string, problems []watch.Problem) {
	t.Helper()
	r := &replay.Replay{Engine: g, State: s, Workers: workers, Now: func() time.Time { return time.Unix(0, 0) }}
	problems, err := r.Read(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range g.Evaluate(s) {
		out = append(out, fmt.Sprint(f.Resource, "*", f.Count))
	}
	slices.Sort(out)
	return strings.Join(out, " "), problems
}

// TestParquet reads flow logs in Parquet from folders with Hive-compatible prefixes, and as batches, with text beside them; a
// file that comes again under another name counts once.
func TestParquet(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, body []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hive := "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=11/day=23/hour=12/"
	first := columnar(t, "198.51.100.7", "198.51.100.8", "198.51.100.7")
	put(hive+"111122223333_vpcflowlogs_eu-west-1_fl-1_20261123T1205Z_b.log.parquet", first)
	put("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/11/23/111122223333_vpcflowlogs_eu-west-1_fl-1_20261123T1200Z_a.log", []byte("srcaddr dstaddr start\n198.51.100.9 10.0.0.1 1700000000\n"))
	put("copies/"+"again.parquet", first)
	put("copies/broken.parquet", first[:len(first)/2])
	put(".hidden/x.parquet", columnar(t, "198.51.100.10"))
	files, err := replay.Walk(dir, func(p watch.Problem) { t.Errorf("%+v", p) })
	if err != nil || len(files) != 4 || !strings.HasSuffix(files[len(files)-1].Name, "_b.log.parquet") || !strings.HasSuffix(files[len(files)-2].Name, "_a.log") {
		t.Fatalf("%v %v", files, err)
	}
	g := feedtest.Engine(t, "flowlog", "e.srcaddr")
	const want = "198.51.100.7*2 198.51.100.8*1 198.51.100.9*1"
	for _, workers := range []int{1, 8} {
		s := watch.NewState()
		got, problems := replayed(t, g, s, workers, files...)
		if got != want || len(problems) != 1 || !strings.HasSuffix(problems[0].File, "broken.parquet") || !strings.Contains(problems[0].Message, "cut off") {
			t.Errorf("%d workers: %s %v", workers, got, problems)
		}
		if got, _ := replayed(t, g, s, workers, files...); got != want {
			t.Errorf("%d workers, once more: %s", workers, got)
		}
	}
	s, sum, problems := (&replay.Replay{Engine: g}).Digest(replay.Bytes("batch", first), feed.Options{})
	if found := g.Evaluate(s); len(found) != 2 || sum == "" || len(problems) != 0 || s.Events != 3 {
		t.Errorf("%v %q %v", found, sum, problems)
	}
}

// TestStopped goes on where it was when the context ended, and finds the same.
func TestStopped(t *testing.T) {
	g := feedtest.Engine(t, "flowlog", "e.srcaddr")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var inputs []replay.Input
	for i := range 20 {
		in := replay.Bytes(fmt.Sprint("f", i), []byte(fmt.Sprintf("srcaddr dstaddr start\n198.51.100.%d 10.0.0.1 %d\n", i%3, 1700000000+i)))
		open := in.Open
		in.Open = func() (io.ReadCloser, error) {
			if i == 7 {
				stop()
			}
			return open()
		}
		inputs = append(inputs, in)
	}
	var saved []byte
	r := &replay.Replay{Engine: g, State: watch.NewState(), Workers: 1, Now: func() time.Time { return time.Unix(0, 0) }, Every: time.Hour, Save: func(s *watch.State) (err error) {
		saved, err = s.Text()
		return err
	}}
	if _, err := r.Read(ctx, inputs); !errors.Is(err, context.Canceled) || len(saved) == 0 {
		t.Fatalf("%v", err)
	}
	s, err := watch.ParseState(saved)
	if err != nil || s.Events != 8 {
		t.Fatalf("%d events %v", s.Events, err)
	}
	got, problems := replayed(t, g, s, 4, inputs...)
	whole, _ := replayed(t, g, watch.NewState(), 1, inputs...)
	if got != whole || len(problems) != 0 {
		t.Errorf("%s, in one go %s %v", got, whole, problems)
	}
}
