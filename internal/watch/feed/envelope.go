package feed

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/watch/lazy"
)

// maxDeep is how many envelopes are around a record: a message in a subscription's object in an event.
const maxDeep = 4

// envelope opens the object that is all of s; ok is false where it is none. n is how many events were in it.
func (r *reader) envelope(s string) (n int64, ok bool) {
	if r.deep >= maxDeep {
		return 0, false
	}
	sure := r.sure
	r.deep, r.sure = r.deep+1, true // what is in it is whole where it is
	defer func() { r.deep, r.sure, r.trail.Short = r.deep-1, sure, false }()
	var room [16]lazy.Member
	list, _, whole := lazy.Members(room[:0], s, 0)
	if n, ok = r.opened(list); ok && !whole {
		r.trail.Cut = true // what came is read, and the cut is told where the value began
	}
	return n, ok
}

// members are an object's, by name.
type members []lazy.Member

func (list members) get(name string) string {
	for _, m := range list {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

// opened reads what is in the envelope that has the members.
func (r *reader) opened(list members) (n int64, ok bool) {
	get := list.get
	switch {
	case get("messageType") != "" && get("logGroup") != "":
		return r.subscription(lazy.Text(get("messageType")), lazy.Text(get("owner")), lazy.Text(get("logGroup")), lazy.Text(get("logStream")), get("logEvents")), true
	case begins(get("events"), '['):
		return r.printed(get("events"))
	case begins(get("results"), '[') && get("statistics") != "":
		return r.insights(get("results")), true
	case begins(get("QueryResultRows"), '['):
		return r.lake(get("QueryResultRows")), true
	case get("detail-type") != "" && begins(get("detail"), '{'):
		n, _, ok = r.one(get("detail"), 0)
		return n, ok
	case get("LogFileData") != "": // aws rds download-db-log-file-portion
		return r.text("", "", "", lazy.Text(get("LogFileData"))), true
	case begins(get("awslogs"), '{'): // what a subscription hands to a function
		return r.encoded(lazy.Path(get("awslogs"), "data")), true
	case get("digestS3Object") != "" && get("logFiles") != "", get("hashSignature") != "" && begins(get("files"), '['):
		return 0, true // CloudTrail's digests, and those of Lake's results: bailey watch verify is for them
	case len(list) == 1 && list[0].Name == "message": // flow logs through Firehose
		return r.text("", "", "", lazy.Text(list[0].Value)), true
	}
	return 0, false
}

func begins(s string, c byte) bool { return s != "" && s[0] == c }

// subscription reads what CloudWatch Logs sends to subscriptions, to Firehose among them.
func (r *reader) subscription(kind, owner, group, stream, events string) (n int64) {
	if kind == "CONTROL_MESSAGE" || !begins(events, '[') { // it asks whether somebody is there
		return 0
	}
	for e := range lazy.Elements(events) {
		if lazy.Balanced(e) { // the last one may be cut off
			n += r.text(owner, group, stream, lazy.Path(e, "message"))
		}
	}
	return n
}

// printed reads what aws logs get-log-events and filter-log-events print.
func (r *reader) printed(events string) (n int64, ok bool) {
	known := false
	for e := range lazy.Elements(events) {
		if lazy.Get(e, "message") == "" || lazy.Get(e, "timestamp") == "" {
			return n, known
		}
		known = true
		n += r.text("", "", lazy.Path(e, "logStreamName"), lazy.Path(e, "message"))
	}
	return n, known || lazy.Space(events, 1) == len(events)-1
}

// insights reads what aws logs get-query-results prints: a list of fields for each event.
func (r *reader) insights(rows string) (n int64) {
	missing := false
	for row := range lazy.Elements(rows) {
		message, found := "", false
		if begins(row, '[') {
			for f := range lazy.Elements(row) {
				if lazy.Path(f, "field") == "@message" {
					message, found = lazy.Path(f, "value"), true
				}
			}
		}
		missing = missing || !found
		n += r.text("", "", "", message)
	}
	if missing {
		r.problem(0, "a result of CloudWatch Logs Insights has no field @message: query it")
	}
	return n
}

// lake reads what aws cloudtrail get-query-results prints: a list of objects with a member each for each event.
func (r *reader) lake(rows string) (n int64) {
	missing := false
	for row := range lazy.Elements(rows) {
		record := ""
		if begins(row, '[') {
			for cell := range lazy.Elements(row) {
				if text := lazy.Path(cell, "eventJson"); text != "" {
					record = text
				}
			}
		}
		if record == "" {
			missing = true
			continue
		}
		n += r.text("", "", "", record)
	}
	if missing {
		r.problem(0, "a result of CloudTrail Lake has no column eventJson: select it; the other columns are no records")
	}
	return n
}

// encoded reads what is gzipped and written in base64.
func (r *reader) encoded(data string) (n int64) {
	body, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		r.problem(0, "awslogs.data is not written in base64")
		return 0
	}
	before := r.part.Events()
	inner := newReader(r.file, r.part, r.opts)
	inner.deep = r.deep
	if err := inner.unpack(bytes.NewReader(body), maxLayers-1); err != nil {
		r.problem(0, err.Error())
	}
	n = r.part.Events() - before
	r.part.Count(-n) // who opened the envelope counts them
	return n
}

// text reads a message, which is a record or some lines, of a log stream. The lines count themselves.
func (r *reader) text(owner, group, stream, message string) (n int64) {
	if i := lazy.Space(message, 0); i < len(message) && message[i] == '{' {
		n, whole := r.record(message[i:])
		if whole {
			return n
		}
		r.problem(0, fmt.Sprintf("a message%s is a JSON value of no log that is known, or is cut off", of(group, stream)))
		return n
	}
	key := group + "\x00" + stream
	t := r.streams[key]
	if t == nil {
		where := of(group, stream)
		t = r.newTexts(func(at int64, text string) { r.problem(0, fmt.Sprintf("line %d%s: %s", at, where, text)) })
		t.sql.Account, t.sql.Server = strings.Clone(owner), strings.Clone(database(group))
		if r.streams == nil {
			r.streams = map[string]*texts{}
		}
		r.streams[key] = t
	}
	for line := range strings.Lines(message) {
		t.line(strings.TrimRight(line, "\n"))
	}
	return 0
}

// record reads the value that is a message or a line; whole is false where it is of no log, or cut off.
func (r *reader) record(s string) (n int64, whole bool) {
	before := r.trail.Cut
	r.trail.Cut = false
	n, end, ok := r.one(s, 0)
	whole = ok && !r.trail.Cut && s[end-1] == '}' && lazy.Balanced(s[:end])
	r.trail.Cut = before
	return n, whole
}

func of(group, stream string) string {
	switch {
	case group != "":
		return " of " + group + " " + stream
	case stream != "":
		return " of " + stream
	}
	return ""
}

// database is the instance or cluster that a log group is of: /aws/rds/instance/orders/postgresql.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
func database(group string) string {
	parts := strings.Split(group, "/")
	if len(parts) == 6 && parts[1] == "aws" && parts[2] == "rds" && (parts[3] == "instance" || parts[3] == "cluster") {
		return parts[4]
	}
	return ""
}

// table reports whether a text is CSV that has records in a column, or records taken apart into columns.
func table(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	place, apart := columnOf(line)
	return place >= 0 || apart
}

// columnOf is the column with the record: eventJson of CloudTrail Lake, @message of CloudWatch Logs Insights. apart says that
// there are CloudTrail's members as columns.
func columnOf(line []byte) (place int, apart bool) {
	names := bytes.Split(bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))), []byte(","))
	seen := 0
	place = -1
	for i, n := range names {
		switch strings.ToLower(strings.ReplaceAll(string(bytes.Trim(n, `" `)), " ", "")) {
		case "eventjson", "@message":
			place = i
		case "eventname", "eventtime", "eventsource", "eventid":
			seen++
		}
	}
	return place, seen >= 3
}

// table reads CSV with a record in a column.
func (r *reader) table(b *bufio.Reader) error {
	defer r.close()
	limit := &io.LimitedReader{R: b, N: maxValue}
	c := csv.NewReader(limit)
	c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = -1, true, true
	names, err := c.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", r.file, err)
	}
	place, _ := columnOf([]byte(strings.Join(names, ",")))
	if place < 0 {
		return fmt.Errorf("%s has CloudTrail's events taken apart into columns, which are no records: select eventJson in CloudTrail Lake, download the event history as JSON", r.file)
	}
	for {
		row, err := c.Read()
		line := 0
		if err == nil {
			line, _ = c.FieldPos(0)
		}
		switch {
		case errors.Is(err, io.EOF) && limit.N > 0:
			return nil
		case limit.N <= 0:
			return fmt.Errorf("%s is larger than %d MiB unpacked; cut it", r.file, maxValue>>20)
		case err != nil:
			r.problem(int64(line), "the file ends early: "+err.Error())
			return nil
		case place >= len(row):
			r.problem(int64(line), "the row is cut off")
			continue
		}
		r.part.Count(r.text("", "", "", row[place]))
	}
}
