// Package guardlog reads the record that Bailey's own guard keeps of requests. Whether the record is whole is for bailey audit
// verify to say; here it is what happened.
package guardlog

import (
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lazy"
)

// Read reads the object that is all of s; ok is false where it is no record of the guard.
func Read(file, s string, part *watch.Part) (ok bool) {
	hash, prev, at := lazy.Path(s, "hash"), lazy.Get(s, "prev"), lazy.Path(s, "time")
	if hash == "" || prev == "" || at == "" {
		return false
	}
	if lazy.Get(s, "verdict") == "" {
		return true // a signature of what is before
	}
	o := lazy.Object(s)
	text := func(name string) string { return strings.Clone(lazy.Path(s, name)) }
	list := func(name string) []any {
		v, _ := o.Member(name).Any().([]any)
		return v
	}
	e := &watch.Record{Rest: watch.Facts{
		Log: "guard", ID: strings.Clone(hash), Name: text("action") + " of " + text("resource") + " was " + text("verdict"), Principal: text("who"), Address: text("from"), File: file,
	}}
	if t, err := time.Parse(time.RFC3339Nano, at); err == nil {
		e.Time = t.UTC()
	}
	m := rules.Map{
		"who": e.Rest.Principal, "role": text("role"), "mfa": lazy.Get(s, "mfa") == "true", "address": e.Rest.Address, "action": text("action"), "resource": text("resource"),
		"verdict": text("verdict"), "reason": text("reason"), "listener": text("listener"), "levels": list("levels"), "attributes": list("attributes"),
	}
	e.See = rules.Seen{Event: m, OK: m["verdict"] == "allowed", Who: e.Rest.Principal, From: e.Rest.Address}
	part.Met("guard", "", e.At())
	part.Event("guard", 0, e)
	return true
}
