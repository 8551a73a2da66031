// Package flowlog reads VPC flow logs: text with the fields of its first line or of version 2, Parquet by the names of its
// columns, and JSON records as other tools keep them, OCSF's among them. Which fields there are is never told by the version.
//
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
package flowlog

import (
	"math/bits"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lazy"
)

var log = rules.LogNamed("flowlog")

// The places of the fields that every line is asked for.
var (
	account   = log.Index("account_id")
	from      = log.Index("interface_id")
	source    = log.Index("srcaddr")
	target    = log.Index("dstaddr")
	port      = log.Index("dstport")
	start     = log.Index("start")
	action    = log.Index("action")
	status    = log.Index("log_status")
	region    = log.Index("region")
	network   = log.Index("vpc_id")
	direction = log.Index("flow_direction")
)

// defaults are the fields of version 2, which lines have that no header explains.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
var defaults = places(strings.Fields("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"))

// places are where a line's fields belong, by their names; -1 for a field that is not known.
func places(names []string) []int {
	out := make([]int, len(names))
	for i, n := range names {
		out[i] = log.Index(strings.ReplaceAll(strings.Trim(n, "${}"), "-", "_"))
	}
	return out
}

// Reader hands lines to a part of a run. It is for one goroutine.
type Reader struct {
	part   *watch.Part
	fields []int
	once   bool              // no field is there twice
	clean  bool              // what is no field of the lines is empty
	values map[string]string // of Parquet's columns
	e      event
	met    watch.Earliest
}

// NewReader makes a reader of a file. format is the format that the flow log was made with, such as
// "${srcaddr} ${dstaddr}"; where it is empty the first line says, or the fields are those of version 2.
func NewReader(file, format string, part *watch.Part) *Reader {
	r := &Reader{part: part}
	r.use(defaults)
	if format != "" {
		r.use(places(strings.Fields(format)))
	}
	r.e = event{columns: rules.NewColumns(log), file: file, few: map[string]string{}}
	return r
}

// event is a line; one is used for all of a file.
type event struct {
	columns   rules.Columns
	seen      rules.Seen
	raw, file string
	few       map[string]string
}

// Line reads a line of text; ok is false where it is none of a flow log.
func (r *Reader) Line(line string) (ok bool) {
	number := line != "" && line[0] >= '0' && line[0] <= '9'
	n, quick := r.quick(line)
	if !quick {
		n = r.slow(line)
	}
	// A line that names the fields has no number in it; others begin with one, or have an address.
	if n > 0 && !number && Header(line) {
		r.use(places(strings.Fields(line)))
		return true
	}
	if n == 0 || n != len(r.fields) {
		return false
	}
	r.part.Count(1)
	r.e.raw = line
	r.hand()
	return true
}

// use takes fields for the lines that follow.
func (r *Reader) use(fields []int) {
	r.fields, r.clean = fields, false
	seen := map[int]bool{-1: true}
	r.once = len(fields) > 0
	for _, at := range fields {
		r.once = r.once && (at < 0 || !seen[at])
		seen[at] = true
	}
}

// slow puts a line's fields where they belong, and says how many there are.
func (r *Reader) slow(line string) int {
	r.e.columns.Clear()
	r.clean = false
	text := r.e.columns.Text
	n, i := 0, 0
	for i < len(line) {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++
		}
		begin := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' && line[i] != '\r' {
			i++
		}
		if i == begin {
			break
		}
		if n < len(r.fields) {
			if at := r.fields[n]; at >= 0 && (i-begin > 1 || line[begin] != '-') {
				text[at] = line[begin:i]
			}
		}
		n++
	}
	return n
}

// quick is slow for lines with just one space between fields, as they are delivered, eight bytes at a time; ok is false for
// others. As each line fills the same fields, what the line before left in the others need not be cleared.
func (r *Reader) quick(line string) (n int, ok bool) {
	const lows, highs = 0x0101010101010101, 0x8080808080808080
	if !r.once {
		return 0, false
	}
	if !r.clean {
		r.e.columns.Clear()
		r.clean = true
	}
	r.e.columns.Forget()
	line = strings.TrimSuffix(line, "\r")
	text, fields := r.e.columns.Text, r.fields
	begin := 0
	for i := 0; i < len(line); i += 8 {
		w := uint64(highs) // which is no space
		if i+8 <= len(line) {
			w = lazy.Word(line, i)
		} else {
			for j := len(line) - 1; j >= i; j-- {
				w = w<<8 | uint64(line[j])
			}
		}
		// The highest bit of each byte that is a space or below it; the lower ones never carry into the next byte.
		m := ^((w&^highs + (0x7f-' ')*lows) | w) & highs
		for ; m != 0; m &= m - 1 {
			end := i + bits.TrailingZeros64(m)/8
			if end == begin || line[end] != ' ' || n+1 >= len(fields) {
				return n, false
			}
			put(text, fields[n], line[begin:end])
			n, begin = n+1, end+1
		}
	}
	if begin >= len(line) || n+1 != len(fields) {
		return n, false
	}
	put(text, fields[n], line[begin:])
	return n + 1, true
}

// put puts a field where it belongs; a field that has no value is written as a dash.
func put(text []string, at int, v string) {
	switch {
	case at < 0:
	case v == "-":
		text[at] = ""
	default:
		text[at] = v
	}
}

func (r *Reader) hand() {
	e := &r.e
	text := e.columns.Text
	s := &e.seen
	s.Event, s.OK, s.Who, s.Account, s.From, s.To = &e.columns, text[action] != "REJECT", text[source], text[account], text[source], text[target]
	s.Forget()
	if r.met.Before(text[account], text[start]) {
		r.part.Met("flowlog", text[account], e.At())
	}
	r.part.Event("flowlog", e.columns.Value(port).N, e)
}

// members are the names that JSON records have for fields, OCSF's by path.
var members = []struct {
	at    int
	paths [][]string
}{
	{source, paths("srcAddr", "srcaddr", "src_endpoint.ip")},
	{target, paths("dstAddr", "dstaddr", "dst_endpoint.ip")},
	{log.Index("srcport"), paths("srcPort", "srcport", "src_endpoint.port")},
	{port, paths("dstPort", "dstport", "dst_endpoint.port")},
	{status, paths("log_status", "log-status", "logStatus", "status", "status_code")},
	{direction, paths("flowDirection", "flow_direction", "flow-direction", "connection_info.direction")},
	{action, paths("action", "disposition")},
	{log.Index("bytes"), paths("bytes", "traffic.bytes")},
	{log.Index("packets"), paths("packets", "traffic.packets")},
	{log.Index("protocol"), paths("protocol", "connection_info.protocol_num")},
	{start, paths("start", "start_time", "time")},
	{log.Index("end"), paths("end", "end_time")},
	{account, paths("account_id", "accountId", "account-id", "cloud.account.uid")},
	{region, paths("region", "cloud.region")},
	{network, paths("vpcId", "vpc_id", "vpc-id")},
	{from, paths("interfaceId", "interface_id", "interface-id")},
	{log.Index("instance_id"), paths("instanceId", "instance_id", "instance-id", "src_endpoint.instance_uid")},
	{log.Index("tcp_flags"), paths("tcp_flags", "tcp-flags", "tcpFlags")},
}

func paths(list ...string) [][]string {
	var out [][]string
	for _, p := range list {
		out = append(out, strings.Split(p, "."))
	}
	return out
}

// Read reads the JSON object at i; ok is false where it is no record of a flow.
func (r *Reader) Read(s string, i int) (end int, ok bool) {
	end = lazy.End(s, i)
	raw := s[i:end]
	r.e.columns.Clear()
	r.clean = false
	text := r.e.columns.Text
	for _, m := range members {
		for _, p := range m.paths {
			v := raw
			for _, part := range p {
				v = lazy.Get(v, part)
			}
			if t := lazy.Value(v).String(); t != "" && t != "null" && t != "-" {
				text[m.at] = t
				break
			}
		}
	}
	seconds(text)
	kind := lazy.Path(raw, "p_log_type")
	// A record of lost data has neither address.
	said := text[status] != "" && (strings.Contains(kind, "Flow") || strings.Contains(kind, "NetworkActivity") || text[from] != "")
	if text[source] == "" && text[target] == "" && !said {
		return end, false
	}
	r.e.raw = raw
	r.hand()
	return end, true
}

// Seen implements [watch.Event].
func (e *event) Seen() *rules.Seen { return &e.seen }

// At implements [watch.Event].
func (e *event) At() int64 { return 1000 * e.columns.Value(start).N }

// Hash implements [watch.Event].
func (e *event) Hash() uint64 { return xxhash.Sum64String(e.raw) | 1 }

// Facts implements [watch.Event]. There may be many of these: texts that come again are shared.
func (e *event) Facts() watch.Facts {
	text := e.columns.Text
	name := text[source] + " to " + text[target] + ":" + text[port]
	who := name[:len(text[source])]
	return watch.Facts{
		Log: "flowlog", ID: strconv.FormatUint(e.Hash(), 36), Account: e.shared(text[account]), Region: e.shared(text[region]), Address: who, Principal: who,
		Port: e.columns.Value(port).N, Name: name, File: e.file,
	}
}

// shared is a text that outlives the line; accounts and regions are few.
func (e *event) shared(s string) string {
	if s == "" {
		return ""
	}
	if known, ok := e.few[s]; ok {
		return known
	}
	s = strings.Clone(s)
	if len(e.few) < 1000 {
		e.few[s] = s
	}
	return s
}
