// Package dns reads the query logs of Route 53 Resolver, and DNS activity as OCSF has it.
package dns

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
)

// Record reads a JSON object; it reports false where it is no query.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
func Record(file string, raw []byte) (*watch.Event, bool) {
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return nil, false
	}
	text := func(path string) string {
		var v any = m
		for part := range strings.SplitSeq(path, ".") {
			o, _ := v.(map[string]any)
			v = o[part]
		}
		s, _ := v.(string)
		return s
	}
	either := func(a, b string) string {
		if s := text(a); s != "" {
			return s
		}
		return text(b)
	}
	name := strings.ToLower(strings.TrimSuffix(either("query_name", "query.hostname"), "."))
	if name == "" {
		return nil, false
	}
	sum := sha256.Sum256(raw)
	e := &watch.Event{
		Log: "dns", ID: hex.EncodeToString(sum[:16]), Account: either("account_id", "cloud.account.uid"), Region: either("region", "cloud.region"),
		Address: either("srcaddr", "src_endpoint.ip"), Principal: either("srcids.instance", "src_endpoint.instance_uid"), File: file, Name: "query for " + name,
	}
	if e.Principal == "" {
		e.Principal = e.Address
	}
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05"} {
		if t, err := time.Parse(form, text("query_timestamp")); err == nil {
			e.Time = t.UTC()
		}
	}
	labels := strings.Split(name, ".")
	longest := 0
	for _, l := range labels {
		longest = max(longest, len(l))
	}
	parent := name
	if len(labels) > 2 {
		parent = strings.Join(labels[len(labels)-2:], ".")
	}
	e.Seen = rules.Seen{OK: text("rcode") != "NXDOMAIN", Who: e.Principal, Event: map[string]any{
		"name": name, "parent": parent, "type": either("query_type", "query.type"), "rcode": text("rcode"), "longest_label": int64(longest), "length": int64(len(name)), "labels": int64(len(labels)),
		"address": e.Address,
	}}
	return e, true
}
