package guard

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/iam"
)

// Request is what a session wants to do, as a listener understood it.
type Request struct {
	Action   string // dynamodb:GetItem
	Resource string // an ARN
	// Keys are the condition keys of the service: dynamodb:LeadingKeys and the like. The listener adds aws:SecureTransport, the guard the other global ones and
	// bailey:Level.
	Keys map[string][]string
	// Levels are those of what the request touches, each once; empty is for requests that touch no data.
	Levels []string
	// Destructive requests need a role of those that may destroy, and a second factor.
	Destructive bool
}

// Answer is what the guard says to a request.
type Answer struct {
	Allowed bool
	// Reason is in the words of whoever asked.
	Reason string
	// Refused are the levels of the request at which it is denied, where it is allowed at others.
	Refused []string
}

// Rules are what holds beside the policies.
type Rules struct {
	// Destroyers are the roles in which destructive requests are allowed, with a second factor proved at most MFAAge ago.
	Destroyers []string
	MFAAge     time.Duration
}

// Decide answers a request. Nothing is allowed that no policy allows.
func (r *Rules) Decide(s *Session, q *Request, from string, now time.Time) Answer {
	c := iam.NewContext().With("aws:CurrentTime", now.UTC().Format(time.RFC3339)).With("aws:EpochTime", strconv.FormatInt(now.Unix(), 10)).
		With("aws:username", s.Name).With("aws:userid", s.ID).
		With("aws:MultiFactorAuthPresent", strconv.FormatBool(!s.MFA.IsZero())).With("aws:TokenIssueTime", s.Began.UTC().Format(time.RFC3339)).
		With("aws:PrincipalArn", s.Principal.ARN).With("aws:PrincipalAccount", s.Principal.Account)
	if ip := host(from); ip != "" {
		c = c.With("aws:SourceIp", ip)
	}
	if !s.MFA.IsZero() {
		c = c.With("aws:MultiFactorAuthAge", strconv.Itoa(int(now.Sub(s.MFA).Seconds())))
	}
	if s.Role != "" {
		c = c.With("bailey:Role", s.Role)
	}
	for k, v := range q.Keys {
		c = c.With(k, v...)
	}
	if q.Destructive {
		if why := r.destroys(s, now); why != "" {
			return Answer{Reason: why}
		}
	}
	policies := iam.Policies{Identity: s.valid(now)}
	levels := q.Levels
	if len(levels) == 0 {
		levels = []string{""}
	}
	var out Answer
	for _, level := range levels {
		in := c
		if level != "" {
			in = c.With("bailey:Level", level)
		}
		d := iam.Decide(iam.Request{Principal: s.Principal, Action: q.Action, Resource: q.Resource, Context: in}, policies)
		if d.Verdict == iam.Allowed {
			out.Allowed = true
		} else {
			out.Refused = append(out.Refused, level)
			out.Reason = reason(s, q, level, &d)
		}
	}
	if out.Allowed {
		out.Reason = ""
	}
	return out
}

// destroys says why a destructive request is refused; it is empty where it is not.
func (r *Rules) destroys(s *Session, now time.Time) string {
	switch {
	case !slices.Contains(r.Destroyers, s.Role):
		return "this is for the role " + strings.Join(r.Destroyers, " or ") + ": bailey assume " + strings.Join(r.Destroyers[:min(1, len(r.Destroyers))], "") + " --reason …"
	case s.MFA.IsZero():
		return "this needs a second factor"
	case r.MFAAge > 0 && now.Sub(s.MFA) > r.MFAAge:
		return "the second factor was proved more than " + r.MFAAge.String() + " ago; assume the role again"
	}
	return ""
}

func reason(s *Session, q *Request, level string, d *iam.Decision) string {
	text := s.Who() + " is not allowed " + q.Action + " on " + q.Resource
	if level != "" {
		text += " at level " + level
	}
	for _, m := range d.Denying {
		if m.Statement != nil && m.Statement.Sid != "" {
			return text + ": statement " + m.Statement.Sid + " denies it"
		}
	}
	if len(d.Denying) > 0 {
		return text + ": a policy denies it"
	}
	return text + ": no policy allows it"
}

// host is the address of "address:port", without zone.
func host(from string) string {
	h, _, err := net.SplitHostPort(from)
	if err != nil {
		h = from
	}
	a, err := netip.ParseAddr(h)
	if err != nil {
		return ""
	}
	return a.Unmap().WithZone("").String()
}
