// Package cloudtrail reads CloudTrail's records: files as they are delivered, event history, single records, and records one
// a line; management, data, network activity and Insights events. Of a record that no detection looks at, nothing but its
// members' names is read.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html
package cloudtrail

import (
	"cmp"
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
	Cut bool
	// Short is set where the object that was to be read does not end; nothing of it was handed over.
	Short              bool
	part               *watch.Part
	file               string
	shapes, identities *lazy.Shapes
	e                  event
	met                watch.Earliest
}

// The members of a record that are asked for by their place; those that detections need follow.
const (
	source = iota
	name
	address
	records
	events
	inner
	who
	code
	message
	account
	answer
	kind
	happened
	identifier
	region
	members
)

var known = [members]string{
	source: "eventSource", name: "eventName", address: "sourceIPAddress", records: "Records", events: "Events", inner: "CloudTrailEvent", who: "userIdentity", code: "errorCode",
	message: "errorMessage", account: "recipientAccountId", answer: "responseElements", kind: "eventType", happened: "eventTime", identifier: "eventID", region: "awsRegion",
}

// The members of userIdentity.
const (
	identityKind = iota
	identityPrincipal
	identityARN
	identityAccount
	identityKey
	identityUser
	identityInvoker
	identitySession
)

// NewReader makes a reader of a file.
func NewReader(file string, part *watch.Part) *Reader {
	r := &Reader{part: part, file: file}
	r.shapes = lazy.NewShapes(append(known[:], part.Needs()...)...)
	r.identities = lazy.NewShapes("type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy", "sessionContext")
	r.e.needs = part.Needs()
	return r
}

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
	e := &r.e
	end, whole := r.shapes.Read(&e.fields, s, i)
	if !whole {
		end = lazy.End(s, i)
		r.Short = end >= len(s) && !lazy.Balanced(s[i:end])
		return 0, end, false
	}
	e.raw, e.file, e.timed = s[i:end], r.file, false
	if list := e.list(); list != "" {
		n, _, _ = r.list(list, 0)
		return n, end, true
	}
	if text := e.text(inner); text != "" && e.exact(inner) { // as aws cloudtrail lookup-events gives it
		n, _, ok = r.Read(strings.TrimSpace(text), 0)
		r.Cut, r.Short = false, false // of the text, not of what it is in
		return n, end, ok
	}
	// Tables that others keep records in write the names in lower case, which is as good.
	if e.source, e.name = e.text(source), e.text(name); e.name == "" && e.source == "" {
		if e.source, e.name, ok = e.insight(); !ok {
			return 0, end, false
		}
	}
	if a := e.text(account); a != "" && r.met.Before(a, e.text(happened)) {
		r.part.Met("cloudtrail", a, e.At())
	}
	if c := r.part.Wants(e.source, e.name, e.text(address), e); len(c) > 0 {
		e.look(r.identities)
		if e.passed() {
			c = r.part.Wants(e.source, "", e.text(address), e)
		}
		r.part.Try(c, e)
	}
	return 1, end, true
}

func (r *Reader) list(s string, i int) (n int64, end int, ok bool) {
	i = lazy.Space(s, i+1)
	for i < len(s) && s[i] != ']' {
		m, e, yes := r.Read(s, i)
		if n, ok = n+m, ok || yes; e <= i {
			r.Short = false
			return n, len(s), ok
		}
		i = lazy.Space(s, e)
		if i < len(s) && s[i] == ',' {
			i = lazy.Space(s, i+1)
		}
	}
	r.Cut, r.Short = r.Cut || i >= len(s), false
	return n, min(i+1, len(s)), ok
}

// event is a record; one is used for all of a file.
type event struct {
	raw, file, source, name string
	fields, whose           lazy.Fields
	needs                   []string
	seen                    rules.Seen
	identity                identity
	code, address           string
	time                    int64
	timed                   bool
}

type identity struct{ kind, principal, arn, account, key, user, invoker, issuer string }

// Member implements [rules.Object].
func (e *event) Member(name string) rules.Value { return lazy.Value(e.get(name)) }

// Find implements [rules.Finder].
func (e *event) Find(path []string) rules.Value {
	if len(path) == 0 {
		return rules.Members(e)
	}
	return lazy.Find(e.get(path[0]), path[1:])
}

// Each implements [rules.Object].
func (e *event) Each(f func(string, rules.Value) bool) {
	for _, m := range e.fields.Members {
		if !f(m.Name, lazy.Value(m.Value)) {
			return
		}
	}
}

func (e *event) get(name string) string {
	for i := range e.fields.Members {
		if m := &e.fields.Members[i]; m.Name == name {
			return m.Value
		}
	}
	for i := range e.fields.Members {
		if m := &e.fields.Members[i]; len(m.Name) == len(name) && strings.EqualFold(m.Name, name) {
			return m.Value
		}
	}
	return ""
}

// Raw implements [watch.Raw].
func (e *event) Raw(i int) string {
	if e.needs[i] == "" {
		return e.raw
	}
	return e.fields.At(members + i)
}

func (e *event) text(i int) string { return lazy.Text(e.fields.At(i)) }

// exact reports whether a member is called as it should be, in its case too.
func (e *event) exact(i int) bool { return e.fields.Name(i) == known[i] }

// list is the list of records that the object has, empty where it has none.
func (e *event) list() string {
	for _, i := range [...]int{records, events} {
		if v := e.fields.At(i); v != "" && v[0] == '[' && e.exact(i) {
			return v
		}
	}
	return ""
}

// look reads what every detection may ask: who it was, and whether it was done.
func (e *event) look(shapes *lazy.Shapes) {
	e.identity = identity{}
	if v := e.fields.At(who); v != "" && v[0] == '{' {
		f := &e.whose
		shapes.Read(f, v, 0)
		e.identity = identity{
			kind: lazy.Text(f.At(identityKind)), principal: lazy.Text(f.At(identityPrincipal)), arn: lazy.Text(f.At(identityARN)), account: lazy.Text(f.At(identityAccount)),
			key: lazy.Text(f.At(identityKey)), user: lazy.Text(f.At(identityUser)), invoker: lazy.Text(f.At(identityInvoker)),
		}
		if session := f.At(identitySession); session != "" {
			e.identity.issuer = lazy.Path(session, "sessionIssuer", "arn")
		}
	}
	if e.code = e.text(code); e.code == "" {
		e.code = e.text(message)
	}
	e.address = e.text(address)
	id := &e.identity
	principal := cmp.Or(id.issuer, id.arn, id.user, id.principal, id.invoker)
	e.seen = rules.Seen{Event: e, OK: e.succeeded(), Who: principal, Account: cmp.Or(e.text(account), id.account), From: e.address, Automated: e.automated(principal)}
}

// succeeded reports whether a call did what it was for. Logins to the console say so in their answer.
func (e *event) succeeded() bool {
	if e.code != "" {
		return false
	}
	said := e.fields.At(answer)
	if !strings.Contains(said, `"Fail`) {
		return true
	}
	members, _, _ := lazy.Members(nil, said, 0)
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
	return id.kind == "AWSService" || e.text(kind) == "AwsServiceEvent" || strings.Contains(id.issuer, "/aws-service-role/") || strings.Contains(who, ":assumed-role/AWSServiceRole") ||
		service(e.address) && service(id.invoker) && e.address == id.invoker && id.kind != "IAMUser"
}

// Seen implements [watch.Event].
func (e *event) Seen() *rules.Seen { return &e.seen }

// At implements [watch.Event].
func (e *event) At() int64 {
	if !e.timed { // every detection that the record meets asks
		e.time, e.timed = 0, true
		if t := instant(e.text(happened)); !t.IsZero() {
			e.time = t.UnixMilli()
		}
	}
	return e.time
}

// Hash implements [watch.Event].
func (e *event) Hash() uint64 {
	if id := e.fields.At(identifier); len(id) > 2 {
		return watch.Hash("cloudtrail", id)
	}
	return watch.Hash("cloudtrail", e.raw)
}

// Facts implements [watch.Event].
func (e *event) Facts() watch.Facts {
	f := watch.Facts{
		Log: "cloudtrail", ID: e.text(identifier), Source: e.source, Name: e.name, Account: e.seen.Account, Region: e.text(region), Address: e.address,
		Principal: e.seen.Who, Kind: e.identity.kind, User: e.identity.user, AccessKey: e.identity.key, Error: e.code, File: e.file,
	}
	if f.ID == "" {
		sum := sha256.Sum256([]byte(e.raw))
		f.ID = hex.EncodeToString(sum[:16])
	}
	return f.Own()
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
