package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/store"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestTOTP holds codes against the table of RFC 6238, appendix B, whose codes have eight digits.
func TestTOTP(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := totp(secret, at/30); got != want[2:] {
			t.Errorf("at %d: %s, not %s", at, got, want[2:])
		}
	}
}

func TestPasswords(t *testing.T) {
	hashed := hashPassword("correct horse battery")
	if !strings.HasPrefix(hashed, "$argon2id$v=19$m=65536,t=2,p=1$") || strings.Contains(hashed, "horse") {
		t.Error(hashed)
	}
	if !rightPassword("correct horse battery", hashed) || rightPassword("correct horse batterz", hashed) || rightPassword("", hashed) || rightPassword("x", "") || rightPassword("x", "$argon2id$v=19$m=999999999,t=1,p=1$AAAA$AAAA") {
		t.Error("passwords are told apart wrongly")
	}
	if one, two := hashPassword("same"), hashPassword("same"); one == two {
		t.Error("two hashes have one salt")
	}
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func people(t *testing.T) (*Identities, *clock) {
	t.Helper()
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "bailey.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c := &clock{noon}
	return &Identities{Store: s, Key: NewKey(), Now: c.now, Account: "111122223333"}, c
}

const long = "a long password"

func enroll(t *testing.T, i *Identities, id *store.Identity, factor bool) Enrolled {
	t.Helper()
	out, err := i.Enroll(t.Context(), id, long, factor)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLogins tries what a login demands: the password, a code that counts once, recovery codes that count once, patience after
// wrong ones, and a finding after five.
func TestLogins(t *testing.T) {
	i, c := people(t)
	ctx := t.Context()
	e := enroll(t, i, &store.Identity{Kind: store.User, Name: "ann"}, true)
	code := func() string {
		text, err := Code(e.Secret, c.at)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	try := func(name, password, code string) error {
		_, err := i.LogIn(ctx, name, password, code, "192.0.2.1:5")
		return err
	}
	creds, err := i.LogIn(ctx, "ann", long, code(), "192.0.2.1:5")
	if err != nil || !creds.MFA || !creds.Expiration.Equal(noon.Add(12*time.Hour)) {
		t.Fatal(creds, err)
	}
	s, err := i.Session(ctx, creds.AccessKeyID, creds.SessionToken)
	if err != nil || s.Secret != creds.SecretAccessKey || s.Principal.ARN != "arn:aws:iam::111122223333:user/ann" {
		t.Errorf("%+v %v", s, err)
	}
	if err := try("ann", long, code()); !errors.Is(err, ErrDenied) {
		t.Errorf("a code counted twice: %v", err)
	}
	for _, bad := range [][3]string{{"ann", "another password", code()}, {"nobody", long, ""}, {"ann'; DROP", long, ""}} {
		if err := try(bad[0], bad[1], bad[2]); !errors.Is(err, ErrDenied) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	// Two were wrong in a row: the third has to wait.
	var wait *WaitError
	if err := try("ann", long, code()); !errors.As(err, &wait) {
		t.Errorf("no patience is asked for: %v", err)
	}
	for n := range 3 {
		c.at = c.at.Add(time.Minute)
		if err := try("ann", long, "000000"); !errors.Is(err, ErrDenied) {
			t.Errorf("attempt %d: %v", n, err)
		}
	}
	found, err := i.Store.Findings(ctx, false)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if h, err := found[0].Head(); err != nil || h.Resource != "ann" || h.Severity.Label != "medium" || h.Safeguard != "guard/failed-logins" {
		t.Errorf("%+v %v", found, err)
	}
	c.at = c.at.Add(10 * time.Minute)
	if err := try("ann", long, e.Recovery[0]); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if err := try("ann", long, e.Recovery[0]); !errors.Is(err, ErrDenied) {
		t.Errorf("a recovery code counted twice: %v", err)
	}
	if _, err := i.Enroll(ctx, &store.Identity{Kind: store.User, Name: "bob"}, "short", false); err == nil {
		t.Error("a short password is taken")
	}
	// Nothing of it lies in the store in the clear.
	id, err := i.Store.Identity(ctx, store.User, "ann")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(id)
	if err != nil || bytes.Contains(text, []byte(long)) || bytes.Contains(text, []byte(e.Secret)) || bytes.Contains(text, []byte(e.Recovery[1])) {
		t.Errorf("%s %v", text, err)
	}
}

func TestSessions(t *testing.T) {
	i, c := people(t)
	ctx := t.Context()
	enroll(t, i, &store.Identity{Kind: store.User, Name: "ann"}, false)
	creds, err := i.LogIn(ctx, "ann", long, "", "192.0.2.1:5")
	if err != nil || creds.MFA {
		t.Fatal(creds, err)
	}
	for _, bad := range [][2]string{{creds.AccessKeyID, "x"}, {creds.AccessKeyID, ""}, {"AKIDEXAMPLE", creds.SessionToken}, {creds.AccessKeyID + "A", creds.SessionToken}} {
		if _, err := i.Session(ctx, bad[0], bad[1]); !errors.Is(err, ErrDenied) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	other := &Identities{Store: i.Store, Key: NewKey(), Now: i.Now, Account: i.Account}
	if _, err := other.Session(ctx, creds.AccessKeyID, creds.SessionToken); !errors.Is(err, ErrDenied) {
		t.Errorf("another guard takes it: %v", err)
	}
	if n, err := i.Store.EndSessions(ctx, "ann", c.at); err != nil || n != 1 {
		t.Error(n, err)
	}
	c.at = c.at.Add(2 * time.Second)
	if _, err := i.Session(ctx, creds.AccessKeyID, creds.SessionToken); !errors.Is(err, ErrExpired) {
		t.Errorf("an ended session: %v", err)
	}
}

// TestGrantsEnd gives a policy for an hour: it holds for that time and no longer.
func TestGrantsEnd(t *testing.T) {
	i, c := people(t)
	until := noon.Add(time.Hour)
	allow := json.RawMessage(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}}`)
	enroll(t, i, &store.Identity{Kind: store.User, Name: "ann", Policies: map[string]store.Grant{"read": {Policy: allow, Until: &until}}}, false)
	creds, err := i.LogIn(t.Context(), "ann", long, "", "192.0.2.1:5")
	if err != nil {
		t.Fatal(err)
	}
	s, err := i.Session(t.Context(), creds.AccessKeyID, creds.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	rules := &Rules{Destroyers: []string{"db-admin"}}
	q := &Request{Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", Levels: []string{"public"}}
	for after, want := range map[time.Duration]bool{0: true, 59 * time.Minute: true, time.Hour: false, 2 * time.Hour: false} {
		if a := rules.Decide(s, q, "192.0.2.1:5", noon.Add(after)); a.Allowed != want || !want && a.Reason == "" {
			t.Errorf("after %s: %+v", after, a)
		}
	}
	if a := rules.Decide(s, &Request{Action: "dynamodb:DeleteTable", Resource: q.Resource, Destructive: true}, "", c.at); a.Allowed || !strings.Contains(a.Reason, "db-admin") {
		t.Errorf("%+v", a)
	}
	if a := rules.Decide(s, &Request{Action: "dynamodb:PutItem", Resource: q.Resource}, "", c.at); a.Allowed || !strings.Contains(a.Reason, "no policy allows it") {
		t.Errorf("%+v", a)
	}
}

func TestLimits(t *testing.T) {
	l := &Limits{Principal: Limit{Requests: 2, Concurrent: 3, Bytes: 100}}
	take := func(name string, bytes int, at time.Duration) (func(), error) {
		return l.Take(ByPrincipal, name, bytes, noon.Add(at))
	}
	for n := range 2 {
		release, err := take("ann", 1, 0)
		if err != nil {
			t.Fatalf("request %d: %v", n, err)
		}
		release()
	}
	var much *LimitError
	if _, err := take("ann", 1, 0); !errors.As(err, &much) || much.Wait != 500*time.Millisecond {
		t.Errorf("the third at once: %v", err)
	}
	if _, err := take("bob", 1, 0); err != nil {
		t.Errorf("another: %v", err)
	}
	if _, err := take("ann", 500, 500*time.Millisecond); err != nil {
		t.Errorf("half a second later: %v", err)
	}
	if _, err := take("ann", 1, 1500*time.Millisecond); !errors.As(err, &much) || !strings.Contains(much.What, "bytes") {
		t.Errorf("after 500 bytes of 100 a second: %v", err)
	}
	l.Set(Limit{}, Limit{Concurrent: 1}, Limit{})
	release, err := take("cal", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := take("cal", 0, 0); err == nil {
		t.Error("two at once")
	}
	release()
	if _, err := take("cal", 0, 0); err != nil {
		t.Errorf("one after the other: %v", err)
	}
}

// TestFloodOfAddresses tries that many strangers do not fill the memory.
func TestFloodOfAddresses(t *testing.T) {
	l := &Limits{Address: Limit{Requests: 1}}
	refused := 0
	for n := range maxBuckets + 10 {
		if _, err := l.Take(ByAddress, string(rune(n))+"x", 0, noon); err != nil {
			refused++
		}
	}
	if len(l.buckets) > maxBuckets || refused == 0 {
		t.Errorf("%d are remembered, %d refused", len(l.buckets), refused)
	}
	if release, err := l.Take(ByAddress, "later", 0, noon.Add(time.Minute)); err == nil {
		release()
	} else {
		// All are busy still, as none was released; a quiet minute frees those that were.
		t.Logf("while all are under way: %v", err)
	}
}

func records(t *testing.T, folder string, key Key, c *clock, n int) *Audit {
	t.Helper()
	a, err := OpenAudit(folder, key, c.now)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := a.Write(Record{Who: "ann", Action: "dynamodb:GetItem", Verdict: Allowed, Attributes: []string{"id"}}); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// TestAuditGoesOn closes, tears and opens the audit: the chain goes on, and what was half written is set aside and told.
func TestAuditGoesOn(t *testing.T) {
	folder, key, c := filepath.Join(t.TempDir(), "audit"), NewKey(), &clock{noon}
	a := records(t, folder, key, c, 5)
	var seq int64
	var hash string
	a.Noted = func(s int64, h string) error { seq, hash = s, h; return nil }
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "audit-000001.jsonl")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":7,"time":"20`); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	a = records(t, folder, key, c, 3)
	c.at = c.at.Add(time.Minute)
	if err := a.Tick(); err != nil {
		t.Fatal(err)
	}
	if err := a.Write(Record{Who: "bob", Verdict: Denied}); err != nil {
		t.Fatal(err)
	}
	// Not closed: the last record has no signature yet.
	v, err := VerifyAudit(folder, key, seq, hash)
	if err != nil || v.Records != 10 || v.Unsigned != 1 {
		t.Errorf("%+v %v", v, err)
	}
	if text, err := os.ReadFile(path + ".torn"); err != nil || len(text) == 0 {
		t.Errorf("what was half written is gone: %v", err)
	}
	if _, err := VerifyAudit(folder, NewKey(), 0, ""); err == nil || !strings.Contains(err.Error(), "not this guard's") {
		t.Errorf("under another key: %v", err)
	}
	if _, err := VerifyAudit(folder, key, 100, "x"); err == nil || !strings.Contains(err.Error(), "missing from the end") {
		t.Errorf("a store that knows of more: %v", err)
	}
}

// TestEveryByteOfTheAudit changes each byte of an audit in turn: every change is found.
func TestEveryByteOfTheAudit(t *testing.T) {
	folder, key, c := filepath.Join(t.TempDir(), "audit"), NewKey(), &clock{noon}
	if err := records(t, folder, key, c, 4).Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "audit-000001.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := VerifyAudit(folder, key, 0, "")
	if err != nil || v.Seq != 5 {
		t.Fatal(v, err)
	}
	for i := range len(whole) - 1 { // the last is the end of the file's last line
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		var tampered *TamperError
		if _, err := VerifyAudit(folder, key, v.Seq, v.Hash); !errors.As(err, &tampered) {
			t.Fatalf("byte %d, %q, can be changed: %v", i, whole[i], err)
		}
	}
}

// TestUnwritable closes the file under the audit: nothing more is taken for written.
func TestUnwritable(t *testing.T) {
	a := records(t, filepath.Join(t.TempDir(), "audit"), NewKey(), &clock{noon}, 1)
	_ = a.file.Close()
	for range 2 {
		if err := a.Write(Record{Who: "ann"}); err == nil {
			t.Error("a record that was not written counts as written")
		}
	}
}

func FuzzAudit(f *testing.F) {
	f.Add([]byte(`{"seq":1,"time":"2026-11-23T12:00:00Z","mfa":false,"prev":"","hash":""}` + "\n"))
	f.Add([]byte("{}\n\n["))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := readRecords("f", bytes.NewReader(data), func(_ string, _ int, r *Record, _ []byte) error {
			_, err := r.hashed()
			return err
		})
		var tampered *TamperError
		if err != nil && !errors.As(err, &tampered) {
			t.Errorf("%v", err)
		}
	})
}
