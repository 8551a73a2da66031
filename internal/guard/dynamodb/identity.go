package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/baileydb/bailey/internal/guard"
)

// Credentials are asked for at the same endpoint, as operations of their own: X-Amz-Target is Bailey.Login, which is not
// signed, Bailey.AssumeRole or Bailey.EndSession, which are.
type (
	loginRequest struct {
		Name     string
		Password string
		Code     string
	}
	assumeRequest struct {
		Role    string
		Code    string
		Reason  string
		Seconds int64
	}
)

// logIn makes a session of a password and a code.
func (x *exchange) logIn(ctx context.Context) ([]byte, *failure) {
	x.record.Action = "bailey:Login"
	var q loginRequest
	if err := json.Unmarshal(x.body, &q); err != nil {
		return nil, fail("SerializationException", "the request is no JSON with Name, Password and Code")
	}
	if len(q.Name) <= 64 {
		x.record.Who = q.Name
	}
	c, err := x.h.Identities.LogIn(ctx, q.Name, q.Password, q.Code, x.r.RemoteAddr)
	return x.credentials(c, err)
}

// identity does what a session may do about itself.
func (x *exchange) identity(ctx context.Context, name string) ([]byte, *failure) {
	x.record.Action = "bailey:" + name
	if name == "EndSession" {
		if _, err := x.h.Identities.Store.EndSessions(ctx, x.session.ID, x.start); err != nil {
			return x.credentials(nil, err)
		}
		x.record.Verdict = guard.Allowed
		return []byte("{}"), x.write()
	}
	var q assumeRequest
	if err := json.Unmarshal(x.body, &q); err != nil {
		return nil, x.refuse(fail("SerializationException", "the request is no JSON with Role, Code, Reason and Seconds"))
	}
	if len(q.Role) <= 64 {
		x.record.Resource = "arn:aws:iam::" + x.h.Account + ":role/" + q.Role
	}
	x.record.Reason = q.Reason[:min(len(q.Reason), 500)]
	c, err := x.h.Identities.AssumeRole(ctx, x.session, q.Role, q.Code, q.Reason, time.Duration(q.Seconds)*time.Second, x.r.RemoteAddr)
	return x.credentials(c, err)
}

func (x *exchange) credentials(c *guard.Credentials, err error) ([]byte, *failure) {
	var wait *guard.WaitError
	switch {
	case err == nil:
		x.record.Verdict, x.record.Session, x.record.MFA = guard.Allowed, c.AccessKeyID, c.MFA
		if f := x.write(); f != nil {
			return nil, f
		}
		out, err := json.Marshal(c) //nolint:gosec // they are what was asked for
		if err != nil {
			return nil, failureOf(err)
		}
		return out, nil
	case errors.As(err, &wait):
		return nil, x.refuse(fail("ThrottlingException", err.Error()))
	case errors.Is(err, guard.ErrDenied), errors.Is(err, guard.ErrRole):
		return nil, x.refuse(denied(err.Error()))
	}
	x.h.Log(x.record.Action + ": " + err.Error())
	return nil, x.refuse(failureOf(err))
}
