package notify

import (
	"bytes"
	"cmp"
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
	"net/netip"
	"net/url"
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

func newWebhook(cfg *policy.Webhook, w World) (*hook, error) {
	h := &hook{url: cfg.URL, deadLetter: cfg.DeadLetter, w: w}
	if cfg.URLEnv != "" {
		var err error
		if h.url, err = secretAddress(cfg.URLEnv, w); err != nil {
			return nil, err
		}
	}
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
		Timeout: patience, Transport: &http.Transport{TLSClientConfig: config, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true},
		// A redirect would carry the findings to somebody that nobody named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// secretAddress is an address that a variable holds, since whoever knows it can write there. No error says it.
func secretAddress(env string, w World) (string, error) {
	address := w.Env(env)
	if address == "" {
		return "", fmt.Errorf("the variable %s, which url_env names, is empty", env)
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return "", fmt.Errorf("the variable %s, which url_env names, holds no https:// address", env)
	}
	return address, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Send implements [Sink]. What cannot be delivered goes to the dead letters where there are any, which is a [BuriedError].
func (h *hook) Send(ctx context.Context, m *Message) error {
	data := map[string]any{"subject": m.Subject, "total": m.Total, "types": m.Types, "findings": m.Findings}
	body, err := json.Marshal(map[string]any{"type": "findings", "timestamp": h.w.Now().UTC().Format(time.RFC3339), "data": data})
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
	if e := bury(h.deadLetter, letter{ID: id, At: h.w.Now().UTC(), Reason: err.Error(), Body: body}); e != nil {
		return errors.Join(err, e)
	}
	return &BuriedError{Path: h.deadLetter, Err: err}
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
		if errors.As(err, &final) || attempt >= cmp.Or(h.w.Attempts, attempts) || ctx.Err() != nil {
			if attempt == 1 {
				return err
			}
			return fmt.Errorf("after %d attempts: %w", attempt, err)
		}
		if after > maxWait {
			return fmt.Errorf("%w, and asks to wait for %s", err, after)
		}
		pause := max(after, wait/2+time.Duration(mathrand.Int64N(int64(wait/2)+1))) //nolint:gosec // spreads attempts, and is no secret
		if err := h.w.Sleep(ctx, pause); err != nil {
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
	return answer(h.client, req, h.w.Now())
}

// Sign is the signature of a message, as Standard Webhooks have it.
func Sign(secret []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write([]byte(id + "." + stamp + ".")) // it never fails
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func answer(c *http.Client, req *http.Request, now time.Time) (after time.Duration, err error) {
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
		return retryAfter(resp.Header.Get("Retry-After"), now), fmt.Errorf("answered %s", resp.Status)
	}
	return 0, &refusal{resp.Status}
}

// retryAfter is how long a server asks to wait: seconds or a time, https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// plain is an error without the address that was called, which may be a secret.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
