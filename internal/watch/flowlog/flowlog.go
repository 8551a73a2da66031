// Package flowlog reads VPC flow logs: text with the fields of its first line or of version 2, and JSON records as other
// tools keep them, OCSF's among them.
package flowlog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
)

// defaults are the fields of version 2, which lines have that no header explains.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
var defaults = strings.Fields("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status")

// Header returns the fields of a first line that names them, or nil.
func Header(line string) []string {
	fields := strings.Fields(line)
	for _, f := range fields {
		if f == "srcaddr" || f == "interface-id" || f == "log-status" {
			return fields
		}
	}
	return nil
}

// Line reads a line of text. fields are nil for those of version 2.
func Line(file, line string, fields []string) (*watch.Event, bool) {
	if fields == nil {
		fields = defaults
	}
	values := strings.Fields(line)
	if len(values) != len(fields) {
		return nil, false
	}
	m := make(map[string]any, len(fields))
	for i, f := range fields {
		if values[i] != "-" {
			m[strings.ReplaceAll(f, "-", "_")] = values[i]
		}
	}
	return event(file, m, line), true
}

// Record reads a JSON object; it reports false where it is no record of a flow.
func Record(file string, raw []byte) (*watch.Event, bool) {
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return nil, false
	}
	out := map[string]any{}
	take := func(name string, paths ...string) {
		for _, p := range paths {
			var v any = m
			for part := range strings.SplitSeq(p, ".") {
				o, _ := v.(map[string]any)
				v = o[part]
			}
			if s := text(v); s != "" {
				out[name] = s
				return
			}
		}
	}
	take("srcaddr", "srcAddr", "srcaddr", "src_endpoint.ip")
	take("dstaddr", "dstAddr", "dstaddr", "dst_endpoint.ip")
	take("srcport", "srcPort", "srcport", "src_endpoint.port")
	take("dstport", "dstPort", "dstport", "dst_endpoint.port")
	take("log_status", "log_status", "log-status", "logStatus", "status", "status_code")
	take("flow_direction", "flowDirection", "flow_direction", "connection_info.direction")
	take("action", "action", "disposition")
	take("bytes", "bytes", "traffic.bytes")
	take("protocol", "protocol", "connection_info.protocol_num")
	take("start", "start", "start_time", "time")
	take("account_id", "account_id", "accountId", "account-id", "cloud.account.uid")
	take("vpc_id", "vpcId", "vpc_id", "vpc-id")
	take("interface_id", "interfaceId", "interface_id", "interface-id")
	kind, _ := m["p_log_type"].(string)
	// A record of lost data has neither address.
	said := out["log_status"] != nil && (strings.Contains(kind, "Flow") || strings.Contains(kind, "NetworkActivity") || out["interface_id"] != nil)
	if out["srcaddr"] == nil && out["dstaddr"] == nil && !said {
		return nil, false
	}
	return event(file, out, string(raw)), true
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		if v == "null" || v == "-" {
			return ""
		}
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func event(file string, m map[string]any, line string) *watch.Event {
	get := func(k string) string { s, _ := m[k].(string); return s }
	sum := sha256.Sum256([]byte(line))
	e := &watch.Event{
		Log: "flowlog", ID: hex.EncodeToString(sum[:16]), Account: get("account_id"), Region: get("region"), Address: get("srcaddr"), Principal: get("srcaddr"), File: file,
		Name: get("srcaddr") + " to " + get("dstaddr") + ":" + get("dstport"),
	}
	if n, err := strconv.ParseFloat(get("start"), 64); err == nil {
		if n > 1e11 {
			n /= 1000
		}
		e.Time = time.Unix(int64(n), 0).UTC()
	}
	// Ports and bytes are numbers to detections; 0 stands for none.
	for _, k := range []string{"srcport", "dstport", "bytes", "protocol"} {
		n, err := strconv.ParseInt(get(k), 10, 64)
		if err != nil {
			n = 0
		}
		m[k] = n
	}
	for _, k := range []string{"srcaddr", "dstaddr", "action", "log_status", "flow_direction", "interface_id"} {
		m[k] = get(k)
	}
	e.Seen = rules.Seen{Event: m, OK: get("action") != "REJECT", Who: e.Principal}
	return e
}
