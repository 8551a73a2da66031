package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/baileydb/bailey/internal/parts"
)

// process is a bailey that is at work.
type process struct {
	cmd  *exec.Cmd
	said bytes.Buffer
	out  bytes.Buffer
}

func start(t *testing.T, program, dir string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), program, args...)}
	p.cmd.Dir, p.cmd.Stderr, p.cmd.Stdout = dir, &p.said, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()         // it was killed
}

// interrupt ends it as Ctrl-C does.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, p.said.String())
	}
}

// kept are the findings of a store, without what depends on when they were kept.
func kept(t *testing.T, program, dir string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "findings", "--json")
	cmd.Dir = dir
	text, err := cmd.Output()
	if err != nil {
		return nil // no finding was kept yet
	}
	var list []struct {
		Finding json.RawMessage `json:"finding"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var out []string
	for _, l := range list {
		out = append(out, string(l.Finding))
	}
	slices.Sort(out)
	return out
}

// lines are the records of a folder of logs, one a line, in the order of their time.
func lines(t *testing.T, program, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatal("no logs", err)
	}
	var out []string
	for _, f := range files {
		text, err := exec.CommandContext(t.Context(), "gzip", "-dc", f).Output()
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Records []json.RawMessage }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		for _, r := range file.Records {
			out = append(out, string(r))
		}
	}
	return out
}

// TestFollowKilled follows a file that grows and is rotated, and a folder into which files come, and is killed again and
// again. What it has kept in the end is what a replay of the same logs keeps.
func TestFollowKilled(t *testing.T) {
	program, logs := bailey(t), logFolder(t, 60, 400)
	all := lines(t, program, logs)
	replayed, dir := t.TempDir(), t.TempDir()
	if p := start(t, program, replayed, "watch", "--replay", logs, "--save", "--format", "json"); p.cmd.Wait() != nil {
		t.Fatal(p.said.String())
	}
	want := kept(t, program, replayed)
	if len(want) < 10 {
		t.Fatalf("%d findings", len(want))
	}
	for _, d := range []string{"in", "wait"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	grows := filepath.Join(dir, "grows.log")
	add := func(text string) {
		f, err := os.OpenFile(grows, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"watch", "--follow", "grows.log", "--follow", "in", "--save", "--every", "100ms", "--format", "json"}
	p := start(t, program, dir, args...)
	n := len(all) / 10
	for i := range 10 {
		chunk := all[i*n : (i+1)*n]
		if i%2 == 0 {
			text := strings.Join(chunk, "\n") + "\n"
			add(text[:len(text)/2]) // in the middle of a line
			time.Sleep(300 * time.Millisecond)
			add(text[len(text)/2:])
		} else {
			name := fmt.Sprintf("%d.json", i)
			if err := os.WriteFile(filepath.Join(dir, "wait", name), []byte(`{"Records":[`+strings.Join(chunk, ",")+`]}`), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, "wait", name), filepath.Join(dir, "in", name)); err != nil {
				t.Fatal(err)
			}
		}
		switch {
		case i == 4:
			time.Sleep(1500 * time.Millisecond) // for the lines to be read
			if err := os.Rename(grows, grows+".1"); err != nil {
				t.Fatal(err)
			}
		case i%3 == 1:
			time.Sleep(time.Duration(200+i*100) * time.Millisecond)
			p.kill()
			p = start(t, program, dir, args...)
		}
	}
	deadline := time.Now().Add(time.Minute)
	for !slices.Equal(kept(t, program, dir), want) && time.Now().Before(deadline) {
		time.Sleep(200 * time.Millisecond)
	}
	p.interrupt(t)
	if got := kept(t, program, dir); !slices.Equal(got, want) {
		t.Fatalf("%d findings are kept, %d by a replay\n%s\n%s", len(got), len(want), p.said.String(), cmp.Diff(want, got))
	}
}

// TestWatchCluster replays through three NATS servers with processes that only work, kills a server, a worker and the process
// that collects, begins again, and writes, byte for byte, what one process alone writes. Where the machine has read
// everything before it could be killed there is more to read the next time.
func TestWatchCluster(t *testing.T) {
	for files := 1000; !cluster(t, files); files *= 3 {
		if files > 10_000 {
			t.Fatalf("%d files were read before the process could be killed", files)
		}
	}
}

// cluster is TestWatchCluster for so many files; false says that the process ended before it was killed.
func cluster(t *testing.T, files int) bool {
	t.Helper()
	program, logs := bailey(t), logFolder(t, files, 100)
	dir := t.TempDir()
	run := func(args ...string) *process {
		return start(t, program, dir, append([]string{"watch", "--replay", logs, "--format", "json"}, args...)...)
	}
	if p := run("-o", "alone.json"); p.cmd.Wait() != nil {
		t.Fatal(p.said.String())
	}
	cluster := parts.NATS(t, 3)
	servers := strings.Join(cluster.Addresses, ",")
	p := run("-o", "shared.json", "--nats", servers, "--workers", "1", "--checkpoint", "200ms")
	one := start(t, program, dir, "watch", "--work", "--nats", servers, "--workers", "1")
	begun(t, servers, p, one)
	cluster.Kill(t, 2)
	one.kill()
	two := start(t, program, dir, "watch", "--work", "--nats", servers, "--workers", "1")
	if p.kill(); p.cmd.ProcessState.ExitCode() != -1 {
		t.Logf("of %d files, it ended with %d before it was killed", files, p.cmd.ProcessState.ExitCode())
		two.kill()
		return false
	}
	p = run("-o", "shared.json", "--nats", servers, "--workers", "1")
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("%v\n%s", err, p.said.String())
		}
	case <-time.After(3 * time.Minute):
		t.Fatalf("it does not end\n%s", p.said.String())
	}
	two.interrupt(t)
	var texts []string
	for _, name := range []string{"alone.json", "shared.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] || strings.Count(texts[0], `"detection"`) < 20 {
		t.Errorf("alone %d findings, shared %d", strings.Count(texts[0], `"detection"`), strings.Count(texts[1], `"detection"`))
	}
	if !strings.Contains(p.said.String(), "going on after") {
		t.Errorf("nothing was done before the kill\n%s", p.said.String())
	}
	return true
}

// begun waits until a watch has a checkpoint of something that was read.
func begun(t *testing.T, servers string, at ...*process) {
	t.Helper()
	conn, err := nats.Connect(servers)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if keys, err := js.KeyValue(t.Context(), "bailey-state"); err == nil {
			var at struct{ Parts int }
			if e, err := keys.Get(t.Context(), "checkpoint"); err == nil && json.Unmarshal(e.Value(), &at) == nil && at.Parts > 0 {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, p := range at {
		p.kill()
		t.Log(p.said.String())
	}
	t.Fatal("there is no checkpoint")
}

// TestFollowQueue follows an SQS queue that S3 tells of new objects, and an S3 prefix, on moto.
func TestFollowQueue(t *testing.T) {
	program, logs := bailey(t), logFolder(t, 120, 60)
	endpoint := parts.Moto(t)
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"} {
		t.Setenv(k, v)
	}
	ctx := t.Context()
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	objects, queues := s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }), sqs.NewFromConfig(c)
	if _, err := objects.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("trail"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}}); err != nil {
		t.Fatal(err)
	}
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("logs")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := objects.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{Bucket: aws.String("trail"), NotificationConfiguration: &types.NotificationConfiguration{
		QueueConfigurations: []types.QueueConfiguration{{Events: []types.Event{"s3:ObjectCreated:*"}, QueueArn: aws.String("arn:aws:sqs:eu-west-1:123456789012:logs")}},
	}}); err != nil {
		t.Fatal(err)
	}
	byQueue, byPrefix, replayed, remote := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	follow := start(t, program, byQueue, "watch", "--follow", aws.ToString(queue.QueueUrl), "--save", "--every", "200ms")
	files, _ := filepath.Glob(filepath.Join(logs, "*.gz"))
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("trail"), Key: aws.String("AWSLogs/a b+c/" + filepath.Base(f)), Body: bytes.NewReader(body)}); err != nil {
			t.Fatal(err)
		}
	}
	for dir, source := range map[string]string{replayed: logs, remote: "s3://trail/AWSLogs/"} {
		if p := start(t, program, dir, "watch", "--replay", source, "--save"); p.cmd.Wait() != nil {
			t.Fatal(p.said.String())
		}
	}
	want := kept(t, program, replayed)
	if len(want) < 5 || !slices.Equal(kept(t, program, remote), want) {
		t.Errorf("%d findings in files, %d in objects", len(want), len(kept(t, program, remote)))
	}
	prefix := start(t, program, byPrefix, "watch", "--follow", "s3://trail/AWSLogs/", "--save", "--every", "200ms")
	deadline := time.Now().Add(time.Minute)
	for dir, p := range map[string]*process{byQueue: follow, byPrefix: prefix} {
		for !slices.Equal(kept(t, program, dir), want) && time.Now().Before(deadline) {
			time.Sleep(200 * time.Millisecond)
		}
		p.interrupt(t)
		if got := kept(t, program, dir); !slices.Equal(got, want) {
			t.Errorf("%d findings, %d in files\n%s\n%s", len(got), len(want), p.said.String(), cmp.Diff(want, got))
		}
	}
	left, err := queues.GetQueueAttributes(context.WithoutCancel(ctx), &sqs.GetQueueAttributesInput{QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
		if left.Attributes[a] != "0" {
			t.Errorf("%s: %s", a, left.Attributes[a])
		}
	}
}
