// Package feed reads files of any log that watch knows: it tells by the content which it is, gzipped or not.
package feed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/cloudtrail"
	"github.com/baileydb/bailey/internal/watch/dns"
	"github.com/baileydb/bailey/internal/watch/flowlog"
)

// maxValue bounds one JSON value, such as a file of CloudTrail's, and maxAll what is unpacked of one file.
const (
	maxValue = 512 << 20
	maxLine  = 16 << 20
)

// Read reads a file into a run. What cannot be read is a problem of the run; the rest goes on.
func Read(file string, in io.Reader, run *watch.Run) error {
	b := bufio.NewReaderSize(in, 1<<20)
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return fmt.Errorf("%s begins as gzip and is none: %w", file, err)
		}
		b = bufio.NewReaderSize(z, 1<<20)
	}
	head, err := b.Peek(1 << 10)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return fmt.Errorf("%s: %w", file, err)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(head) == 0:
		return nil
	case head[0] == '{' || head[0] == '[':
		return values(file, b, run)
	}
	return lines(file, b, run)
}

// values reads JSON values, one after the other or one a line.
func values(file string, b *bufio.Reader, run *watch.Run) error {
	data, err := io.ReadAll(io.LimitReader(b, maxValue+1))
	if err != nil {
		// A file that ends early, as an upload that broke off: what came is read.
		run.Problem(watch.Problem{File: file, At: int64(len(data)), Message: "the file ends early: " + err.Error()})
	}
	if len(data) > maxValue {
		return fmt.Errorf("%s is larger than %d MiB unpacked; cut it", file, maxValue>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var n int64
	for at := 0; ; {
		at = cloudtrail.Space(data, at)
		if at >= len(data) {
			break
		}
		end := cloudtrail.End(data, at)
		if end <= at || data[at] != '{' && data[at] != '[' || data[end-1] != '}' && data[end-1] != ']' {
			run.Problem(watch.Problem{File: file, At: int64(at), Message: "what follows is no JSON, or is cut off; it is left out to the end of the line"})
			// Of a list that is cut off, the records that are whole count.
			n += whole(file, data[at:], run)
			next := bytes.IndexByte(data[at:], '\n')
			if next < 0 || end >= len(data) {
				break
			}
			at += next + 1
			continue
		}
		m, known := one(file, data[at:end], run)
		if n += m; !known {
			run.Problem(watch.Problem{File: file, At: int64(at), Message: "a JSON value is of no log that is known"})
		}
		at = end
	}
	run.Count(n)
	return nil
}

// whole reads the records of a value that is cut off, as far as they are whole.
func whole(file string, data []byte, run *watch.Run) int64 {
	var n int64
	for _, raw := range cloudtrail.Whole(data) {
		m, _ := one(file, raw, run)
		n += m
	}
	return n
}

// one reads a value: CloudTrail's in any form, a DNS query, a flow, or a list of these.
func one(file string, raw []byte, run *watch.Run) (int64, bool) {
	if n, ok := cloudtrail.Read(file, raw, run, run.Record); ok {
		return n, true
	}
	if raw[0] == '[' {
		var n int64
		any := len(bytes.TrimSpace(raw)) == 2
		for x := range cloudtrail.Elements(raw) {
			m, ok := one(file, x, run)
			n, any = n+m, any || ok
		}
		return n, any
	}
	if e, ok := dns.Record(file, raw); ok {
		run.Record(e, raw)
		return 1, true
	}
	if e, ok := flowlog.Record(file, raw); ok {
		run.Record(e, raw)
		return 1, true
	}
	return 0, false
}

// lines reads text: flow logs, with or without a line that names the fields.
func lines(file string, b *bufio.Reader, run *watch.Run) error {
	s := bufio.NewScanner(b)
	s.Buffer(make([]byte, 64<<10), maxLine)
	var fields []string
	var n, at int64
	bad := 0
	for s.Scan() {
		at++
		line := s.Text()
		if line == "" {
			continue
		}
		if h := flowlog.Header(line); h != nil {
			fields = h
			continue
		}
		e, ok := flowlog.Line(file, line, fields)
		if !ok {
			if bad++; bad <= 5 {
				run.Problem(watch.Problem{File: file, At: at, Message: "the line is of no log that is known"})
			}
			continue
		}
		n++
		run.Record(e, nil)
	}
	run.Count(n)
	if err := s.Err(); err != nil {
		run.Problem(watch.Problem{File: file, At: at + 1, Message: "the file ends early: " + err.Error()})
	}
	return nil
}
