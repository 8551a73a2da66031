// Package cloudtrail reads CloudTrail's records: files as they are delivered, event history, single records, and records one
// a line.
package cloudtrail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
)

// Read hands the records in a JSON value to the sink. It reports false where the value is no record and holds none. What no
// detection looks at is not taken apart.
func Read(file string, value []byte, sink watch.Sink, record func(e *watch.Event, raw []byte)) (n int64, ok bool) {
	switch {
	case len(value) > 0 && value[0] == '[':
		for raw := range elements(value) {
			m, yes := Read(file, raw, sink, record)
			n, ok = n+m, ok || yes
		}
		return n, ok
	case len(value) == 0 || value[0] != '{':
		return 0, false
	}
	var source, name string
	var records, inner []byte
	for key, v := range members(value) {
		switch { // tables that others keep records in write the names in lower case
		case bytes.EqualFold(key, []byte("eventSource")):
			source = plain(v)
		case bytes.EqualFold(key, []byte("eventName")):
			name = plain(v)
		case string(key) == "Records", string(key) == "Events":
			records = v
		case string(key) == "CloudTrailEvent":
			inner = []byte(plain(v))
		}
	}
	switch {
	case records != nil && records[0] == '[':
		for raw := range elements(records) {
			m, _ := Read(file, raw, sink, record)
			n += m
		}
		return n, true
	case inner != nil: // as aws cloudtrail lookup-events gives it
		return Read(file, bytes.TrimSpace(inner), sink, record)
	case name == "" && source == "":
		return 0, false
	}
	if !sink.Wants("cloudtrail", source, name, value) {
		return 1, true
	}
	e, err := parse(value)
	if err != nil {
		sink.Problem(watch.Problem{File: file, Message: "a record of " + name + " cannot be read: " + err.Error()})
		return 1, true
	}
	e.File = file
	record(e, value)
	return 1, true
}

// plain is a JSON text without its quotes and escapes.
func plain(v []byte) string {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

func parse(raw []byte) (*watch.Event, error) {
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	text := func(path ...string) string {
		var v any = m
		for _, p := range path {
			v = rules.Member(v, p)
		}
		s, _ := v.(string)
		return s
	}
	e := &watch.Event{
		Log: "cloudtrail", ID: text("eventID"), Source: text("eventSource"), Name: text("eventName"), Account: text("recipientAccountId"), Region: text("awsRegion"),
		Address: text("sourceIPAddress"), Agent: text("userAgent"), Kind: text("userIdentity", "type"), User: text("userIdentity", "userName"), AccessKey: text("userIdentity", "accessKeyId"),
		Error: text("errorCode"), Principal: text("userIdentity", "sessionContext", "sessionIssuer", "arn"),
	}
	for _, other := range []string{text("userIdentity", "arn"), text("userIdentity", "userName"), text("userIdentity", "principalId"), text("userIdentity", "invokedBy")} {
		if e.Principal == "" {
			e.Principal = other
		}
	}
	if e.Account == "" {
		e.Account = text("userIdentity", "accountId")
	}
	if e.Error == "" {
		e.Error = text("errorMessage")
	}
	if e.ID == "" {
		sum := sha256.Sum256(raw)
		e.ID = hex.EncodeToString(sum[:16])
	}
	e.Time = instant(text("eventTime"))
	e.Seen = rules.Seen{Event: m, OK: succeeded(m, e), Who: e.Principal}
	e.Seen.Automated = automated(e, text("userIdentity", "invokedBy"), text("userIdentity", "sessionContext", "sessionIssuer", "arn"))
	return e, nil
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

// succeeded reports whether a call did what it was for. Logins to the console say so in their answer.
func succeeded(m map[string]any, e *watch.Event) bool {
	if e.Error != "" {
		return false
	}
	answer, _ := rules.Member(m, "responseElements").(map[string]any)
	for _, v := range answer {
		if v == "Failure" || v == "Failed" {
			return false
		}
	}
	return true
}

// automated reports whether an AWS service called for itself, not for somebody through it.
func automated(e *watch.Event, invokedBy, issuer string) bool {
	service := func(s string) bool { return strings.HasSuffix(s, ".amazonaws.com") }
	kind, _ := rules.Member(e.Seen.Event, "eventType").(string)
	return e.Kind == "AWSService" || kind == "AwsServiceEvent" || strings.Contains(issuer, "/aws-service-role/") || strings.Contains(e.Principal, ":assumed-role/AWSServiceRole") ||
		service(e.Address) && service(invokedBy) && e.Address == invokedBy && e.Kind != "IAMUser"
}
