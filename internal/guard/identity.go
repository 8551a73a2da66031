package guard

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/store"
)

// Identities knows who there is, and makes sessions.
type Identities struct {
	Store *store.Store
	Key   Key
	Now   func() time.Time
	// Account is the AWS account that ARNs name.
	Account string
	// Login is how long a login lasts, Assume the longest for a role; zero is 12 hours and 1 hour.
	Login, Assume time.Duration

	mu       sync.Mutex
	sessions map[string]remembered
}

type remembered struct {
	session *Session
	at      time.Time
}

// remember is how long a session is believed without asking the store: an ended one is refused after that at the latest.
const remember = time.Second

// Session is one authenticated principal, with what is attached to it.
type Session struct {
	store.Session
	// Principal is who makes requests, as policies name it.
	Principal iam.Principal
	// Secret signs requests.
	Secret string
	// policies are those of the principal, each until its time.
	policies []timed
}

type timed struct {
	policy *iam.Policy
	until  time.Time
}

// Errors of logins. What was wrong is not told to whoever tries.
var (
	ErrDenied  = errors.New("the name, the password or the code is wrong")
	ErrExpired = errors.New("the session has ended")
	ErrRole    = errors.New("the role cannot be assumed")
)

// WaitError asks for patience after codes that were wrong.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string {
	return fmt.Sprintf("too many wrong attempts; try again in %s", e.For.Round(time.Second))
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@+=-]{0,63}$`)

// Enrolled is what a new person or program is told, once.
type Enrolled struct {
	Secret   string   `json:"totp_secret,omitempty"`
	URL      string   `json:"totp_url,omitempty"`
	Recovery []string `json:"recovery_codes,omitempty"`
}

// Enroll adds a person or program, with a second factor where it is wanted.
func (i *Identities) Enroll(ctx context.Context, id *store.Identity, password string, factor bool) (Enrolled, error) {
	var out Enrolled
	if !nameForm.MatchString(id.Name) {
		return out, fmt.Errorf("%q is no name; it has 1 to 64 letters, digits and _.@+=-", id.Name)
	}
	if id.Kind == store.User || id.Kind == store.Service {
		if len(password) < minPassword {
			return out, fmt.Errorf("the password is shorter than %d characters", minPassword)
		}
		id.Password = hashPassword(password)
	}
	if factor {
		secret := newTOTP()
		sealed, err := i.Key.seal(secret, id.Kind+" "+id.Name)
		if err != nil {
			return out, err
		}
		id.TOTP = sealed
		out.Secret, out.URL = totpText(secret), totpURL(id.Name, secret)
		out.Recovery, id.Recovery = newRecovery(8)
	}
	if err := check(id); err != nil {
		return out, err
	}
	id.Created = i.Now().UTC().Truncate(time.Second)
	for _, g := range id.Groups {
		if _, err := i.Store.Identity(ctx, store.Group, g); err != nil {
			return out, err
		}
	}
	return out, i.Store.SetIdentity(ctx, id, true)
}

// Give adds policies to an identity, in the place of those of the same names.
func (i *Identities) Give(ctx context.Context, id *store.Identity, given map[string]store.Grant) error {
	if id.Policies == nil {
		id.Policies = map[string]store.Grant{}
	}
	maps.Copy(id.Policies, given)
	if err := check(id); err != nil {
		return err
	}
	return i.Store.SetIdentity(ctx, id, false)
}

// check holds an identity's policies against what IAM takes.
func check(id *store.Identity) error {
	for name, g := range id.Policies {
		p, err := iam.Parse(g.Policy)
		if err != nil {
			return fmt.Errorf("policy %s: %w", name, err)
		}
		if problem, bad := p.Misplaced(iam.IdentityPolicy); bad {
			return fmt.Errorf("policy %s: %s", name, problem.Message)
		}
	}
	if id.Kind != store.Role {
		return nil
	}
	p, err := iam.Parse(id.Trust)
	if err != nil {
		return fmt.Errorf("trust policy: %w", err)
	}
	if problem, bad := p.Misplaced(iam.TrustPolicy); bad {
		return fmt.Errorf("trust policy: %s", problem.Message)
	}
	return nil
}

// Credentials are what a client signs requests with.
type Credentials struct {
	AccessKeyID     string    `json:"AccessKeyId"`
	SecretAccessKey string    `json:"SecretAccessKey"`
	SessionToken    string    `json:"SessionToken"`
	Expiration      time.Time `json:"Expiration"`
	MFA             bool      `json:"Mfa"`
}

// LogIn makes a session of a name, a password and, where the name has a second factor, a one-time or recovery code.
func (i *Identities) LogIn(ctx context.Context, name, password, code, address string) (*Credentials, error) {
	id, err := i.person(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNoIdentity) {
		return nil, err
	}
	now := i.Now()
	tries, err := i.patience(ctx, name, now)
	if err != nil {
		return nil, err
	}
	known := id != nil && !id.Disabled
	hashed := ""
	if id != nil {
		hashed = id.Password
	}
	// The password is tried whatever the name, so that time does not tell which names there are.
	if !rightPassword(password, hashed) || !known {
		return nil, i.failed(ctx, name, tries, now, address)
	}
	var mfa time.Time
	if len(id.TOTP) > 0 {
		if err := i.factor(ctx, id, code, tries, now, address); err != nil {
			return nil, err
		}
		mfa = now
	} else if _, err := i.Store.SetAttempts(ctx, name, store.Attempts{Last: now, Counter: tries.Counter}, false); err != nil {
		return nil, err
	}
	return i.begin(ctx, store.Session{Name: name, MFA: mfa, Address: address}, now, or(i.Login, 12*time.Hour))
}

func or(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

// person is a user or a service of a name.
func (i *Identities) person(ctx context.Context, name string) (*store.Identity, error) {
	id, err := i.Store.Identity(ctx, store.User, name)
	if errors.Is(err, store.ErrNoIdentity) {
		id, err = i.Store.Identity(ctx, store.Service, name)
	}
	if err != nil {
		return nil, err
	}
	return id, nil
}

// patience refuses an attempt that comes too soon after those that failed: after the second one second, then twice as long
// each time, five minutes at the most.
func (i *Identities) patience(ctx context.Context, name string, now time.Time) (store.Attempts, error) {
	tries, err := i.Store.Attempts(ctx, name)
	if err != nil || tries.Failures < 2 {
		return tries, err
	}
	wait := min(time.Second<<min(tries.Failures-2, 20), 5*time.Minute)
	if left := tries.Last.Add(wait).Sub(now); left > 0 {
		return tries, &WaitError{left}
	}
	return tries, nil
}

// alarm is how many failures in a row are a finding.
const alarm = 5

// failed counts a wrong attempt.
func (i *Identities) failed(ctx context.Context, name string, tries store.Attempts, now time.Time, address string) error {
	if !nameForm.MatchString(name) {
		return ErrDenied // it is nobody's, and not worth a row
	}
	tries.Failures++
	tries.Last = now
	if _, err := i.Store.SetAttempts(ctx, name, tries, false); err != nil {
		return err
	}
	if tries.Failures%alarm != 0 {
		return ErrDenied
	}
	f := &finding.Finding{
		ID: finding.NewID("guard", "guard/failed-logins", name, address), Source: "guard", Safeguard: "guard/failed-logins", Title: "Logins fail again and again",
		Resource: name, Kind: "identity", Verdict: finding.Fail, Severity: finding.SeverityOf(finding.Medium),
		Message: fmt.Sprintf("%d logins or codes in a row were wrong for %s, the last from %s.", tries.Failures, name, address),
		Why:     "Somebody may be guessing a password or a code, or a program may have an old one.",
		Fix:     finding.Fix{Summary: "Ask whose attempts they were; end the sessions with bailey sessions end " + name + " and set a new password."},
	}
	if err := i.Store.AddFinding(ctx, f.ID, f, 1, now); err != nil {
		return err
	}
	return ErrDenied
}

// factor tries a one-time code, which counts once, or a recovery code, which is then used up.
func (i *Identities) factor(ctx context.Context, id *store.Identity, code string, tries store.Attempts, now time.Time, address string) error {
	secret, err := i.Key.open(id.TOTP, id.Kind+" "+id.Name)
	if err != nil {
		return err
	}
	code = strings.TrimSpace(code)
	if counter, ok := rightCode(secret, code, now, tries.Counter); ok {
		kept, err := i.Store.SetAttempts(ctx, id.Name, store.Attempts{Last: now, Counter: counter}, true)
		if err != nil {
			return err
		}
		if !kept { // the same code at the same time
			return i.failed(ctx, id.Name, tries, now, address)
		}
		return nil
	}
	if len(code) > totpDigits {
		for n, hashed := range id.Recovery {
			if rightPassword(strings.ToLower(code), hashed) {
				id.Recovery = slices.Delete(id.Recovery, n, n+1)
				if err := i.Store.SetIdentity(ctx, id, false); err != nil {
					return err
				}
				_, err := i.Store.SetAttempts(ctx, id.Name, store.Attempts{Last: now, Counter: tries.Counter}, false)
				return err
			}
		}
	}
	return i.failed(ctx, id.Name, tries, now, address)
}

// idPrefix begins the IDs of sessions, which are their access keys.
const idPrefix = "BAILEY"

func (i *Identities) begin(ctx context.Context, x store.Session, now time.Time, lasts time.Duration) (*Credentials, error) {
	raw := make([]byte, 15)
	_, _ = rand.Read(raw) // it does not fail
	x.ID = idPrefix + base32.StdEncoding.EncodeToString(raw)
	x.Began, x.Expires = now, now.Add(lasts)
	if err := i.Store.AddSession(ctx, &x); err != nil {
		return nil, err
	}
	return &Credentials{x.ID, i.Key.secret(x.ID), i.Key.token(x.ID), x.Expires.UTC().Truncate(time.Second), !x.MFA.IsZero()}, nil
}

// AssumeRole makes a session in a role, for a time and a reason. The code is asked for anew, and the role's trust policy decides.
func (i *Identities) AssumeRole(ctx context.Context, s *Session, role, code, reason string, lasts time.Duration, address string) (*Credentials, error) {
	now := i.Now()
	longest := or(i.Assume, time.Hour)
	switch {
	case s.Role != "":
		return nil, fmt.Errorf("%w from within another; log in first", ErrRole)
	case strings.TrimSpace(reason) == "":
		return nil, fmt.Errorf("%w without a reason", ErrRole)
	case lasts <= 0 || lasts > longest:
		return nil, fmt.Errorf("%w for %s; it is for a time up to %s", ErrRole, lasts, longest)
	}
	id, err := i.person(ctx, s.Name)
	if err != nil {
		return nil, err
	}
	if len(id.TOTP) == 0 {
		return nil, fmt.Errorf("%w without a second factor; %s has none", ErrRole, s.Name)
	}
	tries, err := i.patience(ctx, s.Name, now)
	if err != nil {
		return nil, err
	}
	if err := i.factor(ctx, id, code, tries, now, address); err != nil {
		return nil, err
	}
	target, err := i.Store.Identity(ctx, store.Role, role)
	if err != nil {
		if errors.Is(err, store.ErrNoIdentity) {
			return nil, ErrRole // which roles there are is not told
		}
		return nil, err
	}
	trust, err := iam.Parse(target.Trust)
	if err != nil {
		return nil, err
	}
	// Within the account the trust policy may name the person; where it names the account, the person's own policies decide.
	answer := iam.Decide(iam.Request{
		Principal: s.Principal, Action: "sts:AssumeRole", Resource: i.roleARN(role), Account: i.Account,
		Context: iam.NewContext().With("aws:MultiFactorAuthPresent", "true").With("aws:MultiFactorAuthAge", "0").With("aws:CurrentTime", now.UTC().Format(time.RFC3339)).
			With("aws:username", s.Name).With("aws:SourceIp", host(address)),
	}, iam.Policies{Identity: s.valid(now), Resource: trust})
	if target.Disabled || answer.Verdict != iam.Allowed {
		return nil, ErrRole
	}
	return i.begin(ctx, store.Session{Name: s.Name, Role: role, MFA: now, Reason: reason, Address: address}, now, min(lasts, s.Expires.Sub(now)))
}

func (i *Identities) userARN(name string) string {
	return "arn:aws:iam::" + i.Account + ":user/" + name
}

func (i *Identities) roleARN(name string) string {
	return "arn:aws:iam::" + i.Account + ":role/" + name
}

// Session returns the session of an access key and its token, which prove that this guard made them; a request's signature
// proves the rest.
func (i *Identities) Session(ctx context.Context, accessKey, token string) (*Session, error) {
	if !strings.HasPrefix(accessKey, idPrefix) || !hmac.Equal([]byte(token), []byte(i.Key.token(accessKey))) {
		return nil, ErrDenied
	}
	now := i.Now()
	i.mu.Lock()
	r, ok := i.sessions[accessKey]
	i.mu.Unlock()
	if !ok || now.Sub(r.at) > remember || now.Before(r.at) {
		s, err := i.load(ctx, accessKey)
		if err != nil {
			return nil, err
		}
		r = remembered{s, now}
		i.mu.Lock()
		if i.sessions == nil || len(i.sessions) > 10_000 { // forgetting costs a question to the store
			i.sessions = map[string]remembered{}
		}
		i.sessions[accessKey] = r
		i.mu.Unlock()
	}
	if !now.Before(r.session.Expires) {
		return nil, ErrExpired
	}
	return r.session, nil
}

func (i *Identities) load(ctx context.Context, id string) (*Session, error) {
	x, err := i.Store.Session(ctx, id)
	if errors.Is(err, store.ErrNoSession) {
		return nil, ErrExpired
	}
	if err != nil {
		return nil, err
	}
	who, err := i.person(ctx, x.Name)
	if err != nil {
		return nil, err
	}
	if !x.Ended.IsZero() || who.Disabled {
		return nil, ErrExpired
	}
	s := &Session{Session: *x, Secret: i.Key.secret(id)}
	arn, holders := i.userARN(x.Name), []*store.Identity{who}
	if x.Role != "" {
		role, err := i.Store.Identity(ctx, store.Role, x.Role)
		if err != nil {
			return nil, err
		}
		if role.Disabled {
			return nil, ErrExpired
		}
		arn, holders = "arn:aws:sts::"+i.Account+":assumed-role/"+x.Role+"/"+x.Name, []*store.Identity{role}
	} else {
		for _, name := range who.Groups {
			group, err := i.Store.Identity(ctx, store.Group, name)
			if err != nil {
				return nil, err
			}
			holders = append(holders, group)
		}
	}
	if s.Principal, err = iam.ParsePrincipal(arn); err != nil {
		return nil, err
	}
	for _, h := range holders {
		if err := s.attach(h); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Session) attach(h *store.Identity) error {
	for name, g := range h.Policies {
		p, err := iam.Parse(g.Policy)
		if err != nil {
			return fmt.Errorf("%s %s: policy %s: %w", h.Kind, h.Name, name, err)
		}
		p.Name = h.Kind + " " + h.Name + ": " + name
		t := timed{policy: p}
		if g.Until != nil {
			t.until = *g.Until
		}
		s.policies = append(s.policies, t)
	}
	return nil
}

// valid are the policies that hold at a time.
func (s *Session) valid(now time.Time) []*iam.Policy {
	var out []*iam.Policy
	for _, t := range s.policies {
		if t.until.IsZero() || now.Before(t.until) {
			out = append(out, t.policy)
		}
	}
	return out
}

// Who is the session's principal in words: "ann", or "ann as db-admin".
func (s *Session) Who() string {
	if s.Role == "" {
		return s.Name
	}
	return s.Name + " as " + s.Role
}

var _ json.Marshaler = (*Session)(nil)

// MarshalJSON leaves the secret out.
func (s *Session) MarshalJSON() ([]byte, error) { return json.Marshal(s.Session) }
