package notify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/policy"
)

// TestWebhook retries what may succeed, waits as it is asked to, signs, and buries what cannot be delivered.
func TestWebhook(t *testing.T) {
	var answers []int
	var bodies []string
	bad := 0
	secret := []byte("0123456789abcdef0123456789abcdef")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("webhook-signature") != Sign(secret, r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body) {
			bad++
		}
		bodies = append(bodies, r.Header.Get("webhook-id"))
		status := answers[0]
		answers = answers[1:]
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "7")
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	dead := filepath.Join(t.TempDir(), "dead.jsonl")
	var waits []time.Duration
	w := world(map[string]string{"HOOK": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="})
	w.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	sinks, err := Sinks(policy.Notify{Destinations: []policy.Destination{{Name: "h", Webhook: &policy.Webhook{URL: server.URL, SecretEnv: "HOOK", DeadLetter: dead}}}}, w)
	if err != nil {
		t.Fatal(err)
	}
	send := func(list ...int) error {
		t.Helper()
		answers, bodies, waits = list, nil, nil
		return sinks["h"].Send(t.Context(), Compose([]Finding{example(1, "high")}, nil))
	}
	if err := send(503, 429, 200); err != nil || len(bodies) != 3 || bodies[0] != bodies[2] || len(waits) != 2 || waits[1] != 7*time.Second {
		t.Errorf("%v %v %v", bodies, waits, err)
	}
	var buried *BuriedError
	if err := send(400); !errors.As(err, &buried) || !strings.Contains(err.Error(), "answered 400") || len(bodies) != 1 {
		t.Errorf("what is refused: %v", err)
	}
	first := bodies[0]
	if err := send(500, 500, 500, 500, 500); !errors.As(err, &buried) || !strings.Contains(err.Error(), "after 5 attempts") || waits[3] < 4*time.Second || waits[3] > 8*time.Second {
		t.Errorf("what fails: %v, after %v", err, waits)
	}
	second := bodies[0]
	text, err := os.ReadFile(dead)
	if err != nil || strings.Count(string(text), "\n") != 2 || bad != 0 {
		t.Errorf("dead letters %s %v, %d wrong signatures", text, err, bad)
	}

	// They are sent again under the identifiers that they had; what is refused again stays, what is no letter too.
	cfg := &policy.Webhook{URL: server.URL, SecretEnv: "HOOK", DeadLetter: dead}
	if err := os.WriteFile(dead, append(text, `{"id": "msg_cut`...), 0o600); err != nil {
		t.Fatal(err)
	}
	answers, bodies = []int{400, 200}, nil
	if r, err := Resend(t.Context(), cfg, w); r != (Resent{Sent: 1, Left: 2}) || err == nil || len(bodies) != 2 || bodies[0] != first || bodies[1] != second || bad != 0 {
		t.Errorf("%+v %v %v", r, bodies, err)
	}
	text, err = os.ReadFile(dead)
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), first) || !strings.Contains(string(text), "msg_cut") {
		t.Errorf("left are %s %v", text, err)
	}
	// One that was killed while it sent has left the file beside; the next sends that.
	if err := os.Rename(dead, dead+".sending"); err != nil {
		t.Fatal(err)
	}
	answers, bodies = []int{200}, nil
	if r, err := Resend(t.Context(), cfg, w); r != (Resent{Sent: 1, Left: 1}) || err == nil || !strings.Contains(err.Error(), "no dead letter") {
		t.Errorf("%+v %v", r, err)
	}
	if err := os.Remove(dead); err != nil {
		t.Fatal(err)
	}
	if r, err := Resend(t.Context(), cfg, w); r != (Resent{}) || err != nil {
		t.Errorf("nothing waits: %+v %v", r, err)
	}
}

// TestRetryAfter reads how long a server asks to wait, as a number or as a time. One that asks for longer than is waited is
// asked again with the next message.
func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "99999999999999999999": 0, start.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second, start.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(text, start); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	h := &hook{url: server.URL, client: server.Client(), w: world(nil)}
	if err := h.deliver(t.Context(), "x", nil); err == nil || !strings.Contains(err.Error(), "asks to wait for 1h") || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestChats posts the forms of Slack and Teams; what is in a finding cannot become a mark or a link.
func TestChats(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, string(body))
	}))
	defer server.Close()
	sinks, err := Sinks(policy.Notify{Destinations: []policy.Destination{{Name: "s", Slack: &policy.Chat{URLEnv: "U"}}, {Name: "t", Teams: &policy.Chat{URLEnv: "U"}}}}, world(map[string]string{"U": server.URL + "/secret"}))
	if err != nil {
		t.Fatal(err)
	}
	f := example(1, "high")
	f.Title = "<!channel> [x](http://evil.example) *now*"
	for _, s := range []string{"s", "t"} {
		if err := sinks[s].Send(t.Context(), Compose([]Finding{f}, map[string]int{f.Type: 1})); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || !json.Valid([]byte(got[0])) || !strings.Contains(got[0], `\u0026lt;!channel\u0026gt;`) || strings.Contains(got[0], `"text":"*HIGH* \u003c`) || !strings.Contains(got[1], "AdaptiveCard") || !strings.Contains(got[1], `\\[x\\]`) {
		t.Errorf("%s", got)
	}
	// The address of a channel is a secret, and is in no error.
	server.Close()
	if err := sinks["s"].Send(t.Context(), Compose([]Finding{f}, nil)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

// TestLongMessages keeps to what Slack and Teams take, and what to do now is always in it.
func TestLongMessages(t *testing.T) {
	var found []Finding
	for i := range 20 {
		f := example(i, "high")
		f.Title, f.Why, f.Respond = strings.Repeat("🙂 & <", 2000), strings.Repeat("why ", 500), "Switch it on again."
		f.Evidence = slices.Repeat([]string{strings.Repeat("& evidence ", 400)}, 60)
		found = append(found, f)
	}
	worst := example(1, "high")
	worst.Why, worst.Respond, worst.More = strings.Repeat("&", 5000), strings.Repeat("<", 5000), strings.Repeat("`&", 3000)
	if text, err := json.Marshal(slack(Compose([]Finding{worst}, nil))); err != nil || len(text) > 20_000 {
		t.Errorf("%d bytes of what is escaped, %v", len(text), err)
	}
	m := Compose(found, map[string]int{"t": 20})
	var s struct {
		Blocks []struct{ Text struct{ Text string } }
	}
	text, err := json.Marshal(slack(m))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil || len(s.Blocks) != 12 {
		t.Fatalf("%d blocks, %v", len(s.Blocks), err)
	}
	for i, b := range s.Blocks {
		if n := len([]rune(b.Text.Text)); n > 3000 || i == 0 && n > 150 || i > 0 && i < 11 && !strings.Contains(b.Text.Text, "*Now* Switch it on again.") {
			t.Errorf("block %d has %d characters: %s", i, n, b.Text.Text)
		}
	}
	if text, err = json.Marshal(teams(m)); err != nil || len(text) > 28*1024 || !strings.Contains(string(text), "Switch it on again.") || !strings.Contains(string(text), "more: bailey findings") {
		t.Errorf("a card of %d bytes, %v", len(text), err)
	}
}
