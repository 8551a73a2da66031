// Package cloudtrail reads CloudTrail's records: files as they are delivered, event history, single records, and records one
// a line. Of a record that no detection looks at, nothing but its members' names is read.
package cloudtrail

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lazy"
)

// Reader hands records to a part of a run. It is for one goroutine.
type Reader struct {
	// Cut is set where a list of records, or the object around it, does not end.
	Cut  bool
	part *watch.Part
	file string
	e    event
	met  watch.Earliest
}

// NewReader makes a reader of a file.
func NewReader(file string, part *watch.Part) *Reader { return &Reader{part: part, file: file} }

// Read hands the records in the JSON value that begins at i to the part, and returns the index after the value. ok is false
// where the value is no record and holds none.
func (r *Reader) Read(s string, i int) (n int64, end int, ok bool) {
	if i >= len(s) {
		return 0, i, false
	}
	switch s[i] {
	case '[':
		return r.list(s, i)
	case '{':
	default:
		return 0, lazy.End(s, i), false
	}
	// A file as it is delivered is one object with a list: its records are read where they stand.
	if at := lazy.Space(s, i+1); strings.HasPrefix(s[at:], `"Records"`) {
		if at = lazy.Space(s, at+9); at < len(s) && s[at] == ':' {
			if at = lazy.Space(s, at+1); at < len(s) && s[at] == '[' {
				n, at, _ = r.list(s, at)
				if at = lazy.Space(s, at); at < len(s) && s[at] == '}' {
					return n, at + 1, true
				}
				if end = lazy.End(s, i); !lazy.Balanced(s[i:end]) {
					r.Cut = true
				}
				return n, end, true
			}
		}
	}
	whole := false
	r.e.members, end, whole = lazy.Members(r.e.members[:0], s, i)
	r.e.raw, r.e.file = s[i:end], r.file
	if !whole {
		return 0, lazy.End(s, i), false
	}
	source, name, address, records, inner, account, at := "", "", "", "", "", "", ""
	for _, m := range r.e.members {
		switch len(m.Name) {
		case len("eventSource"):
			if strings.EqualFold(m.Name, "eventSource") { // tables that others keep records in write the names in lower case
				source = lazy.Text(m.Value)
			}
		case len("eventName"):
			if strings.EqualFold(m.Name, "eventName") {
				name = lazy.Text(m.Value)
			} else if strings.EqualFold(m.Name, "eventTime") {
				at = lazy.Text(m.Value)
			}
		case len("recipientAccountId"):
			if strings.EqualFold(m.Name, "recipientAccountId") {
				account = lazy.Text(m.Value)
			}
		case len("Records"):
			if m.Name == "Records" {
				records = m.Value
			}
		case len("Events"):
			if m.Name == "Events" {
				records = m.Value
			}
		case len("CloudTrailEvent"): // and sourceIPAddress, which is as long
			if m.Name == "CloudTrailEvent" {
				inner = lazy.Text(m.Value)
			} else if strings.EqualFold(m.Name, "sourceIPAddress") {
				address = lazy.Text(m.Value)
			}
		}
	}
	switch {
	case records != "" && records[0] == '[':
		n, _, _ = r.list(records, 0)
		return n, end, true
	case inner != "": // as aws cloudtrail lookup-events gives it
		n, _, ok = r.Read(strings.TrimSpace(inner), 0)
		return n, end, ok
	case name == "" && source == "":
		return 0, end, false
	}
	if account != "" && r.met.Before(account, at) {
		r.part.Met("cloudtrail", account, r.e.At())
	}
	if c := r.part.Wants(source, name, address, &r.e); len(c) > 0 {
		r.e.source, r.e.name = source, name
		r.e.look()
		r.part.Try(c, &r.e)
	}
	return 1, end, true
}

func (r *Reader) list(s string, i int) (n int64, end int, ok bool) {
	i = lazy.Space(s, i+1)
	for i < len(s) && s[i] != ']' {
		m, e, yes := r.Read(s, i)
		if n, ok = n+m, ok || yes; e <= i {
			return n, len(s), ok
		}
		i = lazy.Space(s, e)
		if i < len(s) && s[i] == ',' {
			i = lazy.Space(s, i+1)
		}
	}
	r.Cut = r.Cut || i >= len(s)
	return n, min(i+1, len(s)), ok
}

// event is a record; one is used for all of a file.
type event struct {
	raw, file, source, name string
	members, inner          []lazy.Member
	seen                    rules.Seen
	identity                identity
	code, address           string
}

type identity struct{ kind, principal, arn, account, key, user, invoker, issuer string }

// Member implements [rules.Object].
func (e *event) Member(name string) rules.Value { return lazy.Value(e.get(name)) }

// Each implements [rules.Object].
func (e *event) Each(f func(string, rules.Value) bool) {
	for _, m := range e.members {
		if !f(m.Name, lazy.Value(m.Value)) {
			return
		}
	}
}

func (e *event) get(name string) string {
	for _, m := range e.members {
		if m.Name == name {
			return m.Value
		}
	}
	for _, m := range e.members {
		if len(m.Name) == len(name) && strings.EqualFold(m.Name, name) {
			return m.Value
		}
	}
	return ""
}

// Raw implements [watch.Raw].
func (e *event) Raw(name string) string {
	if name == "" {
		return e.raw
	}
	return e.get(name)
}

func (e *event) text(name string) string { return lazy.Text(e.get(name)) }

// look reads what every detection may ask: who it was, and whether it was done.
func (e *event) look() {
	e.identity = identity{}
	e.inner, _, _ = lazy.Members(e.inner[:0], e.get("userIdentity"), 0)
	for _, m := range e.inner {
		switch strings.ToLower(m.Name) {
		case "type":
			e.identity.kind = lazy.Text(m.Value)
		case "principalid":
			e.identity.principal = lazy.Text(m.Value)
		case "arn":
			e.identity.arn = lazy.Text(m.Value)
		case "accountid":
			e.identity.account = lazy.Text(m.Value)
		case "accesskeyid":
			e.identity.key = lazy.Text(m.Value)
		case "username":
			e.identity.user = lazy.Text(m.Value)
		case "invokedby":
			e.identity.invoker = lazy.Text(m.Value)
		case "sessioncontext":
			e.identity.issuer = lazy.Path(m.Value, "sessionIssuer", "arn")
		}
	}
	if e.code = e.text("errorCode"); e.code == "" {
		e.code = e.text("errorMessage")
	}
	e.address = e.text("sourceIPAddress")
	who := e.identity.issuer
	for _, other := range []string{e.identity.arn, e.identity.user, e.identity.principal, e.identity.invoker} {
		if who == "" {
			who = other
		}
	}
	account := e.text("recipientAccountId")
	if account == "" {
		account = e.identity.account
	}
	e.seen = rules.Seen{Event: e, OK: e.succeeded(), Who: who, Account: account, From: e.address, Automated: e.automated(who)}
}

// succeeded reports whether a call did what it was for. Logins to the console say so in their answer.
func (e *event) succeeded() bool {
	if e.code != "" {
		return false
	}
	answer := e.get("responseElements")
	if !strings.Contains(answer, `"Fail`) {
		return true
	}
	members, _, _ := lazy.Members(nil, answer, 0)
	for _, m := range members {
		if v := lazy.Text(m.Value); v == "Failure" || v == "Failed" {
			return false
		}
	}
	return true
}

// automated reports whether an AWS service called for itself, not for somebody through it.
func (e *event) automated(who string) bool {
	service := func(s string) bool { return strings.HasSuffix(s, ".amazonaws.com") }
	id := &e.identity
	return id.kind == "AWSService" || e.text("eventType") == "AwsServiceEvent" || strings.Contains(id.issuer, "/aws-service-role/") || strings.Contains(who, ":assumed-role/AWSServiceRole") ||
		service(e.address) && service(id.invoker) && e.address == id.invoker && id.kind != "IAMUser"
}

// Seen implements [watch.Event].
func (e *event) Seen() *rules.Seen { return &e.seen }

// At implements [watch.Event].
func (e *event) At() int64 {
	t := instant(e.text("eventTime"))
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Hash implements [watch.Event].
func (e *event) Hash() uint64 {
	if id := e.get("eventID"); len(id) > 2 {
		return watch.Hash("cloudtrail", id)
	}
	return watch.Hash("cloudtrail", e.raw)
}

// Facts implements [watch.Event].
func (e *event) Facts() watch.Facts {
	c := strings.Clone
	f := watch.Facts{
		Log: "cloudtrail", ID: c(e.text("eventID")), Source: c(e.source), Name: c(e.name), Account: c(e.seen.Account), Region: c(e.text("awsRegion")), Address: c(e.address),
		Principal: c(e.seen.Who), Kind: c(e.identity.kind), User: c(e.identity.user), AccessKey: c(e.identity.key), Error: c(e.code), File: e.file,
	}
	if f.ID == "" {
		sum := sha256.Sum256([]byte(e.raw))
		f.ID = hex.EncodeToString(sum[:16])
	}
	return f
}

// instant reads the times that records carry, and those that other tools make of them.
func instant(s string) time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05", "Jan 2, 2006, 3:04:05 PM"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
