// Package feed reads files of any log that watch knows: it tells by the content which it is, gzipped or not.
package feed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unsafe"

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
	b := reading(in)
	defer readers.Put(b)
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := unpacking(b)
		if err != nil {
			return fmt.Errorf("%s begins as gzip and is none: %w", file, err)
		}
		defer unpackers.Put(z)
		b = reading(z)
		defer readers.Put(b)
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
		return values(file, b, part, opts, block)
	}
	return lines(file, b, part, opts)
}

// Files are many and mostly small: what it takes to read one is used again for the next.
var (
	readers   = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 64<<10) }}
	unpackers = sync.Pool{New: func() any { return new(gzip.Reader) }}
	buffers   = sync.Pool{New: func() any { return new([]byte) }}
	blocks    = sync.Pool{New: func() any { return new([block]byte) }}
)

func reading(in io.Reader) *bufio.Reader {
	b := readers.Get().(*bufio.Reader)
	b.Reset(in)
	return b
}

func unpacking(in io.Reader) (*gzip.Reader, error) {
	z := unpackers.Get().(*gzip.Reader)
	if err := z.Reset(in); err != nil {
		unpackers.Put(z)
		return nil, err
	}
	return z, nil
}

// maxKeptBuffer is how large a buffer may be that is used again; larger files are rare.
const maxKeptBuffer = 64 << 20

// release gives a buffer back, as it is after reading.
func release(buf *[]byte, b []byte) {
	if cap(b) <= maxKeptBuffer {
		*buf = b[:0]
	}
	buffers.Put(buf)
}

// view is bytes as a text, which is not copied: it is good until the bytes are overwritten. That is after all that was read
// of them has been handed over, for what is kept of an event is copied, as [watch.Event] says.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // see above; the bytes are a buffer of ours

// reader reads JSON values of any log.
type reader struct {
	file  string
	part  *watch.Part
	trail *cloudtrail.Reader
	dns   *dns.Reader
	flow  *flowlog.Reader
	// queries says that the value before was a DNS query.
	queries bool
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

// one reads the value at i: CloudTrail's in any form, a DNS query, a flow, or a list of these.
func (r *reader) one(s string, i int) (n int64, end int, known bool) {
	if r.queries && s[i] == '{' { // what was a query is followed by one
		if end, r.queries = r.dns.Read(s, i); r.queries {
			return 1, end, true
		}
	}
	if n, end, known = r.trail.Read(s, i); known || r.trail.Short {
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
	if waf.Read(r.file, s[i:end], r.part) || guardlog.Read(r.file, s[i:end], r.part) {
		return 1, end, true
	}
	if _, ok := r.flow.Read(s, i); ok {
		return 1, end, true
	}
	return 0, end, false
}

// lines reads text: flow logs, with or without a line that names the fields, and the logs of databases.
func lines(file string, b *bufio.Reader, part *watch.Part, opts Options) error {
	r := flowlog.NewReader(file, opts.FlowFormat, part)
	var at int64
	bad, statements := 0, false
	line := func(text string) {
		at++
		if text == "" || text == "\r" || !statements && r.Line(text) {
			return
		}
		if sqlaudit.Line(file, text, part) {
			statements = true // a file of one log has no lines of another
			return
		}
		// Statements go over several lines; what follows the first is not looked at.
		if statements {
			return
		}
		if bad++; bad <= 5 {
			part.Problem(watch.Problem{File: file, At: at, Message: "the line is of no log that is known"})
		}
	}
	room := blocks.Get().(*[block]byte)
	defer blocks.Put(room)
	buf := room[:0]
	for {
		if len(buf) == cap(buf) {
			if cap(buf) >= maxLine {
				part.Problem(watch.Problem{File: file, At: at + 1, Message: "the line is longer than 16 MiB; the file is left here"})
				return nil
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := b.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		end := bytes.LastIndexByte(buf, '\n') + 1
		if err != nil {
			end = len(buf)
		}
		for text := view(buf[:end]); text != ""; {
			one, rest, _ := strings.Cut(text, "\n")
			line(one)
			text = rest
		}
		buf = append(buf[:0], buf[end:]...)
		switch {
		case errors.Is(err, io.EOF):
			if bad > 5 {
				part.Problem(watch.Problem{File: file, At: at, Message: fmt.Sprintf("%d lines more are of no log that is known", bad-5)})
			}
			return nil
		case err != nil:
			part.Problem(watch.Problem{File: file, At: at, Message: "the file ends early: " + err.Error()})
			return nil
		}
	}
}
