package rules

import (
	"slices"
	"strconv"
)

// Log is one that detections read. Fields are those that its events always have, in the order of [Columns]; none for logs
// whose events are as they are written.
type Log struct {
	Name   string
	Means  string
	Fields []Field
	// Key is the field by which its detections are indexed, a number below 65536.
	Key   string
	index map[string]int
}

// Field is one of a log's: a number, or a text.
type Field struct {
	Name   string
	Number bool
}

func fieldList(texts string, numbers ...string) []Field {
	var out []Field
	start := 0
	for i := 0; i <= len(texts); i++ {
		if i == len(texts) || texts[i] == ' ' {
			if i > start {
				out = append(out, Field{Name: texts[start:i]})
			}
			start = i + 1
		}
	}
	for i := range out {
		out[i].Number = slices.Contains(numbers, out[i].Name)
	}
	return out
}

var logs = indexed([]Log{
	{Name: "cloudtrail", Means: "CloudTrail: management and data events, insights"},
	// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
	{Name: "flowlog", Means: "VPC flow logs", Key: "dstport", Fields: fieldList(
		"version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action log_status vpc_id subnet_id instance_id tcp_flags type "+
			"pkt_srcaddr pkt_dstaddr region az_id sublocation_type sublocation_id pkt_src_aws_service pkt_dst_aws_service flow_direction traffic_path ecs_cluster_arn "+
			"ecs_cluster_name ecs_container_instance_arn ecs_container_instance_id ecs_container_id ecs_second_container_id ecs_service_name ecs_task_definition_arn ecs_task_arn "+
			"ecs_task_id reject_reason resource_id encryption_status", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "tcp_flags", "traffic_path")},
	{Name: "dns", Means: "query logs of Route 53 Resolver", Fields: fieldList(
		"name parent type rcode address answer instance vpc_id longest_label length labels entropy digits hidden firewall", "longest_label", "length", "labels", "entropy", "digits", "hidden")},
	{Name: "sqlaudit", Means: "logins and statements: audit logs of MySQL, MariaDB and Aurora, PostgreSQL's log, pgaudit, activity streams"},
	{Name: "waf", Means: "AWS WAF logs"},
	{Name: "guard", Means: "the record of Bailey's own guard"},
})

func indexed(list []Log) []Log {
	for i := range list {
		list[i].index = map[string]int{}
		for j, f := range list[i].Fields {
			list[i].index[f.Name] = j
		}
	}
	return list
}

// Logs are the names of the logs that detections read.
func Logs() []string {
	out := make([]string, len(logs))
	for i := range logs {
		out[i] = logs[i].Name
	}
	return out
}

// LogNamed is a log by its name, or nil.
func LogNamed(name string) *Log {
	for i := range logs {
		if logs[i].Name == name {
			return &logs[i]
		}
	}
	return nil
}

// Index is the place of a field, or -1.
func (l *Log) Index(name string) int {
	if i, ok := l.index[name]; ok {
		return i
	}
	return -1
}

// Columns is an event of a log with fields: a text each, as it was written, empty where there was none.
type Columns struct {
	Log  *Log
	Text []string
	memo []uint8 // of a field, whether it is a public address: 1 no, 2 yes
}

// NewColumns makes an event of a log without anything in it.
func NewColumns(log *Log) Columns {
	return Columns{Log: log, Text: make([]string, len(log.Fields)), memo: make([]uint8, len(log.Fields))}
}

// Clear makes the event ready for another line.
func (c *Columns) Clear() {
	clear(c.Text)
	clear(c.memo)
}

// Forget forgets what is remembered of the fields, for when they are overwritten.
func (c *Columns) Forget() { clear(c.memo) }

// public reports whether a field is a public address; conditions ask that of the same field again and again.
func (c *Columns) public(i int) bool {
	if c.memo == nil {
		return PublicAddress(c.Text[i])
	}
	if c.memo[i] == 0 {
		c.memo[i] = 1
		if PublicAddress(c.Text[i]) {
			c.memo[i] = 2
		}
	}
	return c.memo[i] == 2
}

// Value is the value of a field. A number that is none is 0.
func (c *Columns) Value(i int) Value {
	if c.Log.Fields[i].Number {
		return Int(wholeNumber(c.Text[i]))
	}
	return Value{Kind: KindText, S: c.Text[i]}
}

// wholeNumber reads a whole number; numbers of logs are short.
func wholeNumber(s string) int64 {
	var n int64
	if len(s) > 18 {
		n, _ = strconv.ParseInt(s, 10, 64) // what is no number is 0
		return n
	}
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return 0
		}
		n = n*10 + int64(d)
	}
	return n
}

// Member implements [Object].
func (c *Columns) Member(name string) Value {
	if i := c.Log.Index(name); i >= 0 {
		return c.Value(i)
	}
	return Value{}
}

// Each implements [Object].
func (c *Columns) Each(f func(string, Value) bool) {
	for i := range c.Log.Fields {
		if !f(c.Log.Fields[i].Name, c.Value(i)) {
			return
		}
	}
}
