package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/policy"
)

// hook posts findings as JSON, signed as Standard Webhooks say: https://www.standardwebhooks.com
type hook struct {
	url        string
	secret     []byte
	deadLetter string
	client     *http.Client
	w          World
}

const (
	attempts  = 5
	firstWait = time.Second
	maxWait   = time.Minute
)

func newWebhook(cfg *policy.Webhook, w World) (Sink, error) {
	h := &hook{url: cfg.URL, deadLetter: cfg.DeadLetter, w: w}
	if cfg.SecretEnv != "" {
		text := strings.TrimPrefix(w.Env(cfg.SecretEnv), "whsec_")
		if text == "" {
			return nil, fmt.Errorf("the variable %s, which secret_env names, is empty", cfg.SecretEnv)
		}
		var err error
		if h.secret, err = base64.StdEncoding.DecodeString(text); err != nil || len(h.secret) < 16 {
			return nil, fmt.Errorf("the variable %s holds no secret: at least 16 bytes in base64, after whsec_ or alone", cfg.SecretEnv)
		}
	}
	pool, err := roots(cfg.CA)
	if err != nil {
		return nil, err
	}
	h.client = client(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})
	return h, nil
}

func client(config *tls.Config) *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: config, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true},
		// A redirect would carry the findings to somebody that nobody named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send implements [Sink]. What cannot be delivered goes to the dead letters where there are any, and is an error otherwise.
func (h *hook) Send(ctx context.Context, m *Message) error {
	body, err := json.Marshal(map[string]any{"type": "findings", "timestamp": h.w.Now().UTC().Format(time.RFC3339), "data": map[string]any{"subject": m.Subject, "total": m.Total, "findings": m.Findings}})
	if err != nil {
		return err
	}
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // it never fails
	id := "msg_" + hex.EncodeToString(raw[:])
	err = h.deliver(ctx, id, body)
	if err == nil || h.deadLetter == "" || ctx.Err() != nil {
		return err
	}
	line, e := json.Marshal(map[string]any{"id": id, "at": h.w.Now().UTC().Format(time.RFC3339), "reason": err.Error(), "body": json.RawMessage(body)})
	if e != nil {
		return e
	}
	f, e := os.OpenFile(h.deadLetter, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if e != nil {
		return errors.Join(err, e)
	}
	_, e = f.Write(append(line, '\n'))
	if e = errors.Join(e, f.Close()); e != nil {
		return errors.Join(err, e)
	}
	return nil
}

// deliver posts until it is taken, or cannot be.
func (h *hook) deliver(ctx context.Context, id string, body []byte) error {
	wait := firstWait
	for attempt := 1; ; attempt++ {
		after, err := h.once(ctx, id, body)
		if err == nil {
			return nil
		}
		var final *refusal
		if errors.As(err, &final) || attempt == attempts || ctx.Err() != nil {
			return fmt.Errorf("after %d attempts: %w", attempt, err)
		}
		pause := max(after, wait/2+time.Duration(mathrand.Int64N(int64(wait/2)+1))) //nolint:gosec // spreads attempts, and is no secret
		if err := h.w.Sleep(ctx, min(pause, 5*maxWait)); err != nil {
			return err
		}
		wait = min(2*wait, maxWait)
	}
}

// refusal is an answer that another attempt would not change.
type refusal struct{ status string }

func (r *refusal) Error() string { return "answered " + r.status }

func (h *hook) once(ctx context.Context, id string, body []byte) (after time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return 0, plain(err)
	}
	stamp := strconv.FormatInt(h.w.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "bailey")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", stamp)
	if h.secret != nil {
		req.Header.Set("webhook-signature", Sign(h.secret, id, stamp, body))
	}
	return answer(h.client, req)
}

// Sign is the signature of a message, as Standard Webhooks have it.
func Sign(secret []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write([]byte(id + "." + stamp + ".")) // it never fails
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func answer(c *http.Client, req *http.Request) (after time.Duration, err error) {
	resp, err := c.Do(req)
	if err != nil {
		return 0, plain(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	switch {
	case resp.StatusCode < 300:
		return 0, nil
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode >= 500:
		if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
			after = time.Duration(n) * time.Second
		}
		return after, fmt.Errorf("answered %s", resp.Status)
	}
	return 0, &refusal{resp.Status}
}

// plain is an error without the address that was called, which may be a secret.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// chat posts to a channel of Slack or Teams.
type chat struct {
	url    string
	form   func(*Message) any
	client *http.Client
	w      World
}

func newChat(env string, form func(*Message) any, w World) (Sink, error) {
	address := w.Env(env)
	u, err := url.Parse(address)
	if address == "" || err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "127.0.0.1" {
		return nil, fmt.Errorf("the variable %s, which url_env names, holds no https:// address", env)
	}
	return &chat{url: address, form: form, client: client(&tls.Config{MinVersion: tls.VersionTLS12}), w: w}, nil
}

// Send implements [Sink].
func (c *chat) Send(ctx context.Context, m *Message) error {
	body, err := json.Marshal(c.form(m))
	if err != nil {
		return err
	}
	h := &hook{url: c.url, client: c.client, w: c.w}
	return h.deliver(ctx, "", body)
}

// slackText escapes what Slack takes for marks. https://docs.slack.dev/messaging/formatting-message-text
func slackText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(line(s))
}

const maxShown = 10 // findings in a chat message, whose blocks are bounded

func slack(m *Message) any {
	cut := func(s string) string {
		if len(s) > 2900 {
			s = strings.ToValidUTF8(s[:2900], "") + "…"
		}
		return s
	}
	blocks := []any{map[string]any{"type": "header", "text": map[string]any{"type": "plain_text", "text": short(m.Subject, 150)}}}
	for i := range m.Findings[:min(len(m.Findings), maxShown)] {
		f := &m.Findings[i]
		text := "*" + strings.ToUpper(f.Severity) + "* " + slackText(f.Title)
		for _, r := range rows(f) {
			text += "\n" + r[0] + ": " + slackText(r[1])
		}
		for _, e := range f.Evidence {
			text += "\n• " + slackText(e)
		}
		text += "\n*Why* " + slackText(f.Why) + "\n*Now* " + slackText(f.Respond) + "\n`" + strings.ReplaceAll(slackText(f.More), "`", "'") + "`"
		blocks = append(blocks, map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": cut(text)}})
	}
	if rest := m.Total - min(len(m.Findings), maxShown); rest > 0 {
		blocks = append(blocks, map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": fmt.Sprintf("%d more: `bailey findings`", rest)}})
	}
	return map[string]any{"text": slackText(m.Subject), "blocks": blocks}
}

func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// teams is an Adaptive Card, as a workflow of Teams takes it.
// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
func teams(m *Message) any {
	block := func(text string, more ...any) map[string]any {
		b := map[string]any{"type": "TextBlock", "wrap": true, "text": text}
		for i := 0; i+1 < len(more); i += 2 {
			name, _ := more[i].(string)
			b[name] = more[i+1]
		}
		return b
	}
	body := []any{block(marked(m.Subject), "size", "Large", "weight", "Bolder")}
	for i := range m.Findings[:min(len(m.Findings), maxShown)] {
		f := &m.Findings[i]
		var facts []any
		for _, r := range rows(f) {
			facts = append(facts, map[string]any{"title": r[0], "value": marked(r[1])})
		}
		color := map[string]string{"high": "Attention", "medium": "Warning"}[f.Severity]
		if color == "" {
			color = "Default"
		}
		body = append(body, block(strings.ToUpper(f.Severity)+" "+marked(f.Title), "weight", "Bolder", "color", color), map[string]any{"type": "FactSet", "facts": facts})
		for _, e := range f.Evidence {
			body = append(body, block("- "+marked(e)))
		}
		body = append(body, block("Why: "+marked(f.Why)), block("Now: "+marked(f.Respond)), block(marked(f.More), "fontType", "Monospace"))
	}
	if rest := m.Total - min(len(m.Findings), maxShown); rest > 0 {
		body = append(body, block(fmt.Sprintf("%d more: bailey findings", rest)))
	}
	card := map[string]any{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
	return map[string]any{"type": "message", "attachments": []any{map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card}}}
}

// marked escapes what cards take for marks of Markdown.
func marked(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "`", "'").Replace(line(s))
}
