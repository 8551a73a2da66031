// Package feed reads files of any log that watch knows. By the content, not the name, it tells which log it is and what is
// around it:
//
//	packed in   gzip, also of several members and in gzip again; ZIP; Snappy in frames, as Firehose writes it
//	written as  JSON values one after the other, a list of them, one a line; lines of text; Parquet; CSV with a record in a column
//	wrapped in  what CloudWatch Logs sends to subscriptions, exports and prints; EventBridge's events; CloudTrail Lake's results
//
// A name is no help, because tools that copy logs give them others. What is of no log that is known is a problem with its
// place, and the rest goes on; nothing is passed over quietly but what is known to hold no event, as CloudTrail's digests.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html
// https://docs.aws.amazon.com/firehose/latest/dev/create-transform.html
package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/cloudtrail"
	"github.com/baileydb/bailey/internal/watch/dns"
	"github.com/baileydb/bailey/internal/watch/flowlog"
	"github.com/baileydb/bailey/internal/watch/guardlog"
	"github.com/baileydb/bailey/internal/watch/lazy"
	"github.com/baileydb/bailey/internal/watch/sqlaudit"
	"github.com/baileydb/bailey/internal/watch/waf"
)

const (
	maxValue = 512 << 20 // of JSON in one file, unpacked
	maxLine  = 16 << 20
	block    = 1 << 20 // of text that is read at once
)

// Options say what a file does not.
type Options struct {
	// FlowFormat is the format that flow logs were made with, where their first line does not name the fields.
	FlowFormat string
}

// Read reads a file into a part of a run. What cannot be read is a problem of the run; the rest goes on.
func Read(file string, in io.Reader, part *watch.Part, opts Options) error {
	return newReader(file, part, opts).unpack(in, 0)
}

// content reads what is packed no more.
func (r *reader) content(b *bufio.Reader) error {
	head, err := b.Peek(1 << 10)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return fmt.Errorf("%s cannot be read, or ends early: %w", r.file, err)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(head) == 0:
		return nil
	case head[0] == '{' || head[0] == '[':
		return r.values(b, block)
	case bytes.HasPrefix(head, []byte(parquetMagic)):
		return r.parquet(b)
	case bytes.IndexByte(head, 0) >= 0:
		return fmt.Errorf("%s is binary, and of no log that is known; Firehose's Hadoop-compatible Snappy is not read: choose GZIP there", r.file)
	case table(head):
		return r.table(b)
	}
	return r.lines(b)
}

// reader reads what one file holds.
type reader struct {
	file  string
	part  *watch.Part
	opts  Options
	trail *cloudtrail.Reader
	dns   *dns.Reader
	flow  *flowlog.Reader
	sql   *sqlaudit.Reader
	// queries says that the value before was a DNS query.
	queries bool
	// sure says that the value does not go on beyond what was read so far.
	sure bool
	// deep is how many envelopes are around the value.
	deep int
	// streams are the texts that came in envelopes, by the stream they are of.
	streams map[string]*texts
}

func newReader(file string, part *watch.Part, opts Options) *reader {
	return &reader{
		file: file, part: part, opts: opts, sure: true, trail: cloudtrail.NewReader(file, part), dns: dns.NewReader(file, part), flow: flowlog.NewReader(file, opts.FlowFormat, part),
		sql: sqlaudit.NewReader(file, part),
	}
}

// whole reads the records of a value that is cut off, as far as they are whole.
func (r *reader) whole(s string) int64 {
	var n int64
	for _, raw := range lazy.Whole(s) {
		m, _, _ := r.one(raw, 0)
		n += m
	}
	return n
}

// one reads the value at i: CloudTrail's in any form, a DNS query, an envelope with others in it, a flow, or a list of these.
func (r *reader) one(s string, i int) (n int64, end int, known bool) {
	if r.queries && s[i] == '{' { // what was a query is followed by one
		if end, r.queries = r.dns.Read(s, i); r.queries {
			return 1, end, true
		}
	}
	if n, end, known = r.trail.Read(s, i); known || r.trail.Short && !r.sure {
		return n, end, known
	}
	if s[i] == '[' {
		known = lazy.Space(s, i+1) == end-1
		for x := range lazy.Elements(s[i:end]) {
			if x[0] != '{' && x[0] != '[' {
				continue
			}
			m, _, ok := r.one(x, 0)
			n, known = n+m, known || ok
		}
		return n, end, known
	}
	if _, r.queries = r.dns.Read(s, i); r.queries {
		return 1, end, true
	}
	if n, ok := r.envelope(s[i:end]); ok {
		return n, end, true
	}
	if waf.Read(r.file, s[i:end], r.part) || guardlog.Read(r.file, s[i:end], r.part) {
		return 1, end, true
	}
	if n, ok := r.sql.JSON(s[i:end]); ok {
		return n, end, true
	}
	if _, ok := r.flow.Read(s, i); ok {
		return 1, end, true
	}
	return 0, end, false
}
