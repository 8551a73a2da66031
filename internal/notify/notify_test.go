package notify

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/baileydb/bailey/internal/parts"
	"github.com/baileydb/bailey/internal/policy"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func example(i int, severity string) Finding {
	return Finding{
		ID: fmt.Sprint("id-", i), Type: "Stealth:IAMUser/CloudTrailLoggingDisabled", Title: "CloudTrail was stopped", Severity: severity, Resource: "main", Principal: "arn:aws:iam::111122223333:user/mallory",
		Address: "198.51.100.7", Account: "111122223333", Region: "eu-west-1", Count: 1, First: start, Last: start, Evidence: []string{"cloudtrail:StopLogging from 198.51.100.7"},
		Why: "What nobody records nobody sees.", Respond: "Switch it on again.", More: "bailey findings show id", Event: json.RawMessage(`{"source":"aws.guardduty","detail":{"severity":8}}`),
	}
}

// kept is a sink that keeps messages, and fails where it is told to.
type kept struct {
	messages []*Message
	fail     error
}

func (k *kept) Send(_ context.Context, m *Message) error {
	if k.fail == nil {
		k.messages = append(k.messages, m)
	}
	return k.fail
}

func world(env map[string]string) World {
	return World{
		Env: func(k string) string { return env[k] }, Stdout: io.Discard, Now: func() time.Time { return start }, Sleep: func(context.Context, time.Duration) error { return nil },
		AWS: func(_ context.Context, region, _ string) (aws.Config, error) {
			return aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}, nil
		},
	}
}

func router(t *testing.T, cfg policy.Notify, sinks map[string]Sink, state *State, now *time.Time) *Router {
	t.Helper()
	r, err := NewRouter(cfg, sinks, state, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func everything(to ...string) policy.Notify {
	return policy.Notify{Every: 5 * time.Minute, Digest: 24 * time.Hour, Routes: []policy.Route{
		{Name: "worse", Severity: []string{"medium", "high"}, To: to}, {Name: "low", Severity: []string{"low"}, To: to, Gather: 24 * time.Hour},
	}}
}

// TestStorm sends a thousand findings one after the other: the first at once, all others as one message. A restart in the middle
// changes nothing.
func TestStorm(t *testing.T) {
	now, sink, state := start, &kept{}, NewState()
	for i := range 1000 {
		if i == 500 { // what is kept of a state is all of it
			text, err := json.Marshal(state)
			if err != nil {
				t.Fatal(err)
			}
			state = NewState()
			if err := json.Unmarshal(text, state); err != nil {
				t.Fatal(err)
			}
		}
		r := router(t, everything("x"), map[string]Sink{"x": sink}, state, &now)
		now = now.Add(100 * time.Millisecond)
		if err := r.Take(t.Context(), []Finding{example(i, "high")}); err != nil {
			t.Fatal(err)
		}
	}
	if len(sink.messages) != 1 || sink.messages[0].Total != 1 {
		t.Fatalf("%d messages during the storm", len(sink.messages))
	}
	r := router(t, everything("x"), map[string]Sink{"x": sink}, state, &now)
	due, ok := r.Due()
	if want := start.Add(100*time.Millisecond + 5*time.Minute); !ok || !due.Equal(want) {
		t.Errorf("the next message is due at %s, want %s", due, want)
	}
	now = due
	if err := r.Flush(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if len(sink.messages) != 2 || sink.messages[1].Total != 999 || len(sink.messages[1].Findings) != maxGathered || !strings.Contains(sink.messages[1].Text, "949 more") {
		t.Fatalf("after the storm: %d messages, %s", len(sink.messages), sink.messages[1].Subject)
	}
	t.Logf("a storm of 1,000 findings: %q, then %q", sink.messages[0].Subject, sink.messages[1].Subject)
}

// TestRoutes tells what fits, once, and again when it is worse.
func TestRoutes(t *testing.T) {
	now, sink, state := start, &kept{}, NewState()
	cfg := everything("x")
	cfg.Routes[0].Pattern = []byte(`{"detail": {"severity": [{"numeric": [">=", 7]}]}}`)
	r := router(t, cfg, map[string]Sink{"x": sink}, state, &now)
	take := func(f Finding) int {
		t.Helper()
		now = now.Add(10 * time.Minute)
		if err := r.Take(t.Context(), []Finding{f}); err != nil {
			t.Fatal(err)
		}
		return len(sink.messages)
	}
	f := example(1, "medium")
	other := example(2, "high")
	other.Event = json.RawMessage(`{"detail":{"severity":2}}`)
	often := f
	often.Count = 10
	worse := often
	worse.Severity = "high"
	for i, c := range []struct {
		f    Finding
		want int
	}{{f, 1}, {f, 1}, {other, 1}, {often, 2}, {worse, 3}, {example(3, "low"), 3}} {
		if got := take(c.f); got != c.want {
			t.Errorf("step %d: %d messages, want %d", i, got, c.want)
		}
	}
	now = now.Add(23 * time.Hour)
	if err := r.Flush(t.Context(), false); err != nil || len(sink.messages) != 3 {
		t.Errorf("the digest came early: %v", err)
	}
	now = now.Add(time.Hour)
	if err := r.Flush(t.Context(), false); err != nil || len(sink.messages) != 4 {
		t.Errorf("no digest after a day: %v", err)
	}
	// What cannot be delivered waits.
	sink.fail = errors.New("is down")
	now = now.Add(time.Hour)
	if err := r.Take(t.Context(), []Finding{example(9, "high")}); err == nil || !strings.Contains(err.Error(), "x: is down") {
		t.Errorf("a failed delivery says %v", err)
	}
	sink.fail = nil
	if err := r.Flush(t.Context(), false); err != nil || len(sink.messages) != 4 {
		t.Errorf("what failed was tried again at once: %v", err)
	}
	if now, _ = r.Due(); now != state.Gathered["worse > x"].Tried.Add(firstRetry) {
		t.Errorf("what failed is due at %s", now)
	}
	if err := r.Flush(t.Context(), false); err != nil || len(sink.messages) != 5 {
		t.Errorf("what failed was not tried again: %v", err)
	}
}

// TestChangedPolicy tells what was gathered for a route that is no more, and says what it cannot tell.
func TestChangedPolicy(t *testing.T) {
	now, sink, state := start, &kept{}, NewState()
	before := everything("x", "gone")
	r := router(t, before, map[string]Sink{"x": sink, "gone": sink}, state, &now)
	if err := r.Take(t.Context(), []Finding{example(1, "low")}); err != nil || len(sink.messages) != 0 {
		t.Fatalf("%d messages, %v", len(sink.messages), err)
	}
	after := everything("x")
	after.Routes[1].Name = "another name"
	r = router(t, after, map[string]Sink{"x": sink}, state, &now)
	err := r.Flush(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "gone: it is no destination any more") || len(sink.messages) != 1 || sink.messages[0].Findings[0].ID != "id-1" {
		t.Errorf("%d messages, %v", len(sink.messages), err)
	}
	if err := r.Flush(t.Context(), false); err != nil || len(sink.messages) != 1 || len(state.Gathered) != 0 {
		t.Errorf("it was told again: %d messages, %v", len(sink.messages), err)
	}
}

// TestMail sends through a real mail server with STARTTLS, and reads what arrived.
func TestMail(t *testing.T) {
	server := parts.Mail(t, "starttls")
	cfg := policy.Notify{Destinations: []policy.Destination{{Name: "m", Email: &policy.Email{Server: server.Address, From: "bailey@example.com", To: []string{"ann@example.com", "bob@example.com"}, TLS: "starttls", CA: server.CA}}}}
	sinks, err := Sinks(cfg, world(nil))
	if err != nil {
		t.Fatal(err)
	}
	f := example(1, "high")
	f.Title = "Stopped\r\nBcc: eve@example.com\r\n\r\n<script>alert(1)</script>"
	if err := sinks["m"].Send(t.Context(), Compose([]Finding{f}, map[string]int{f.Type: 1})); err != nil {
		t.Fatal(err)
	}
	got := server.Messages(t)
	if len(got) != 1 {
		t.Fatalf("%d messages arrived", len(got))
	}
	msg, err := mail.ReadMessage(strings.NewReader(got[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "[HIGH] Stopped Bcc: eve@example.com") || msg.Header.Get("Bcc") != "" || msg.Header.Get("X-To") != "ann@example.com, bob@example.com" {
		t.Errorf("subject %q, bcc %q, to %q: %v", subject, msg.Header.Get("Bcc"), msg.Header.Get("X-To"), err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(msg.Body, params["boundary"])
	var bodies []string
	for p, err := r.NextRawPart(); err == nil; p, err = r.NextRawPart() {
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(text))
	}
	if len(bodies) != 2 || !strings.Contains(bodies[0], "What to do now: Switch it on again.") || !strings.Contains(bodies[1], "&lt;script&gt;") || strings.Contains(bodies[1], "<script>") {
		t.Errorf("the bodies are %q", bodies)
	}
	t.Logf("arrived:\n%s", got[0][:min(len(got[0]), 2500)])

	// A certificate that nobody vouches for is refused.
	cfg.Destinations[0].Email.CA = ""
	if sinks, err = Sinks(cfg, world(nil)); err != nil {
		t.Fatal(err)
	}
	if err := sinks["m"].Send(t.Context(), Compose([]Finding{f}, nil)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a strange certificate: %v", err)
	}
}

// TestMailImplicit speaks TLS from the beginning where the policy says so, and says what to do where it does not.
func TestMailImplicit(t *testing.T) {
	server := parts.Mail(t, "implicit")
	message := Compose([]Finding{example(1, "high")}, nil)
	for mode, want := range map[string]string{"implicit": "", "starttls": "write tls: implicit"} {
		d := policy.Destination{Name: "m", Email: &policy.Email{Server: server.Address, From: "Bailey <bailey@example.com>", To: []string{"ann@example.com"}, TLS: mode, CA: server.CA}}
		sinks, err := Sinks(policy.Notify{Destinations: []policy.Destination{d}}, world(nil))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
		err = sinks["m"].Send(ctx, message)
		stop()
		if mode == "implicit" && err != nil || mode != "implicit" && (err == nil || !strings.Contains(Remedy(&d, err), want)) {
			t.Errorf("%s: %v", mode, err)
		}
	}
	if got := server.Messages(t); len(got) != 1 || !strings.Contains(got[0], "Subject: [HIGH] CloudTrail was stopped") {
		t.Errorf("%d messages arrived", len(got))
	}
}

// TestSNS publishes to a topic of moto's, and reads the message from a queue that is subscribed to it.
func TestSNS(t *testing.T) {
	endpoint := parts.Moto(t)
	w := world(nil)
	cfg, err := w.AWS(t.Context(), "eu-west-1", "")
	if err != nil {
		t.Fatal(err)
	}
	topics := sns.NewFromConfig(cfg, func(o *sns.Options) { o.BaseEndpoint = aws.String(endpoint) })
	queues := sqs.NewFromConfig(cfg, func(o *sqs.Options) { o.BaseEndpoint = aws.String(endpoint) })
	made, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("findings")})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("people")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := topics.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: made.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:eu-west-1:123456789012:people")}); err != nil {
		t.Fatal(err)
	}
	sinks, err := Sinks(policy.Notify{Destinations: []policy.Destination{{Name: "t", SNS: &policy.SNS{Topic: aws.ToString(made.TopicArn), Endpoint: endpoint}}}}, w)
	if err != nil {
		t.Fatal(err)
	}
	f := example(1, "high")
	f.Title += strings.Repeat(" ü", 80)
	if err := sinks["t"].Send(t.Context(), Compose([]Finding{f}, map[string]int{f.Type: 1})); err != nil {
		t.Fatal(err)
	}
	got, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, WaitTimeSeconds: 5})
	if err != nil || len(got.Messages) != 1 {
		t.Fatalf("%v %v", got, err)
	}
	var m struct {
		Subject, Message  string
		MessageAttributes map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(aws.ToString(got.Messages[0].Body)), &m); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(m.Subject, "[HIGH] CloudTrail was stopped ? ?") || len(m.Subject) > 100 || !strings.Contains(m.Message, "StopLogging") || m.MessageAttributes["severity"].Value != "high" {
		t.Errorf("%+v", m)
	}
	t.Logf("arrived: %s\n%s", m.Subject, m.Message)
}

// TestRemedies says what to do about what goes wrong most.
func TestRemedies(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		w.WriteHeader(status)
	}))
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		d    policy.Destination
		want string
	}{
		{policy.Destination{Webhook: &policy.Webhook{URL: server.URL + "/200"}}, "ca: FILE"},
		{policy.Destination{Webhook: &policy.Webhook{URL: strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/200", CA: ca}}, "for another name"},
		{policy.Destination{Webhook: &policy.Webhook{URL: server.URL + "/404", CA: ca}}, "The webhook is gone; make a new one, and change its address."},
		{policy.Destination{Webhook: &policy.Webhook{URL: server.URL + "/302", CA: ca}}, "not followed"},
		{policy.Destination{Webhook: &policy.Webhook{URL: "https://127.0.0.1:1"}}, "Nobody listens there"},
		{policy.Destination{Email: &policy.Email{Server: server.Listener.Addr().String(), From: "a@example.com", To: []string{"b@example.com"}, TLS: "implicit"}}, "ca: FILE"},
		{policy.Destination{File: &policy.FileSink{Path: "nowhere/at/all"}}, "The folder has to be there"},
	} {
		c.d.Name = "d"
		sinks, err := Sinks(policy.Notify{Destinations: []policy.Destination{c.d}}, world(nil))
		if err != nil {
			t.Fatal(err)
		}
		err = sinks["d"].Send(t.Context(), Compose([]Finding{example(1, "high")}, nil))
		if err == nil || !strings.Contains(Remedy(&c.d, err), c.want) {
			t.Errorf("%v: %q, want %q", err, Remedy(&c.d, err), c.want)
		}
	}
}

// TestWrongDestinations says what is missing.
func TestWrongDestinations(t *testing.T) {
	for want, d := range map[string]policy.Destination{
		"the variable U, which url_env names, is empty":  {Name: "a", Slack: &policy.Chat{URLEnv: "U"}},
		"the variable PLAIN, which url_env names, holds": {Name: "a", Teams: &policy.Chat{URLEnv: "PLAIN"}},
		"the variable LOCAL, which url_env names, holds": {Name: "a", Webhook: &policy.Webhook{URLEnv: "LOCAL"}},
		"the variable P, which password_env names":       {Name: "a", Email: &policy.Email{Server: "m:25", Username: "u", PasswordEnv: "P"}},
		"the variable W, which secret_env names":         {Name: "a", Webhook: &policy.Webhook{URL: "https://x", SecretEnv: "W"}},
		"a: open none.pem":                               {Name: "a", Webhook: &policy.Webhook{URL: "https://x", CA: "none.pem"}},
	} {
		if _, err := Sinks(policy.Notify{Destinations: []policy.Destination{d}}, world(map[string]string{"PLAIN": "http://hooks.example.com/token", "LOCAL": "ftp://127.0.0.1/token"})); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "token") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// FuzzCompose writes messages of anything: no header breaks, no mark of HTML comes through.
func FuzzCompose(f *testing.F) {
	f.Add("a title", "a\r\nBcc: x", "<b>bold</b>\u202e")
	f.Fuzz(func(t *testing.T, title, resource, evidence string) {
		x := example(1, "high")
		x.Title, x.Resource, x.Evidence = title, resource, []string{evidence}
		x.Why, x.Respond, x.More, x.Principal = resource, evidence, title, evidence
		m := Compose([]Finding{x}, map[string]int{title: 1, resource: 3})
		if strings.ContainsAny(m.Subject, "\r\n\x00") {
			t.Errorf("the subject %q has more than a line", m.Subject)
		}
		if strings.ContainsAny(m.Text, "\r\x1b\x00") || strings.Contains(m.HTML, "<b>bold") {
			t.Errorf("control characters or marks came through: %q", m.Text)
		}
		for _, form := range []any{slack(m), teams(m)} {
			if _, err := json.Marshal(form); err != nil {
				t.Error(err)
			}
		}
	})
}
