package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/flowlog"
	"github.com/baileydb/bailey/internal/watch/lazy"
	"github.com/baileydb/bailey/internal/watch/sqlaudit"
)

// kind is what the lines of a text are.
type kind int

const (
	unknown kind = iota
	flows
	statements
)

// texts reads lines: of flow logs, with or without a line that names the fields, of databases, and JSON records between
// times that CloudWatch Logs has put before them. A text of one log has no lines of another.
type texts struct {
	r    *reader
	flow *flowlog.Reader
	sql  *sqlaudit.Reader
	kind kind
	// bare takes off what CloudWatch Logs writes before a line; nil where it writes nothing, or nothing is known yet.
	bare func(string) (string, bool)
	at   int64 // the line
	// bad are the lines that are of no log: how many, where the first of them are, and who is told.
	bad   int
	first []int64
	tell  func(at int64, message string)
}

func (r *reader) newTexts(tell func(int64, string)) *texts {
	return &texts{r: r, flow: r.flow, sql: sqlaudit.NewReader(r.file, r.part), tell: tell}
}

// maxBefore is how many lines of an entry that another file began are passed over.
const maxBefore = 1000

// written is what CloudWatch Logs writes into an export's folder to see whether it may.
const written = "Permission Check Successful"

// line takes the next line.
func (t *texts) line(text string) {
	t.at++
	if t.kind == flows && t.bare == nil && t.flow.Line(text) {
		return
	}
	if strings.TrimSpace(text) == "" {
		if t.kind == statements {
			t.sql.Line(text) // it may be in a statement
		}
		return
	}
	if t.bare != nil {
		if inner, ok := t.bare(text); ok {
			text = inner
		}
		if t.known(text) {
			return
		}
	} else {
		if t.known(text) {
			return
		}
		for _, bare := range []func(string) (string, bool){exported, tailed} {
			if inner, ok := bare(text); ok && t.kind == unknown && t.known(inner) {
				t.bare = bare
				return
			}
		}
	}
	if t.at == 1 && strings.TrimSpace(text) == written {
		return
	}
	if t.bad++; t.bad <= 5 {
		t.first = append(t.first, t.at)
	}
}

// known reads a line of any log.
func (t *texts) known(text string) bool {
	switch t.kind {
	case statements:
		return t.sql.Line(text)
	case flows:
		return t.flow.Line(text)
	case unknown:
	}
	if i := lazy.Space(text, 0); i < len(text) && text[i] == '{' {
		n, whole := t.r.record(text[i:])
		t.r.part.Count(n)
		return whole
	}
	if t.sql.Line(text) {
		t.kind = statements
		// What is before belongs to an entry whose beginning is in another file: logs are cut by their size, not by entry.
		if t.bad <= maxBefore {
			t.bad, t.first = 0, nil
		}
		return true
	}
	if (t.r.opts.FlowFormat != "" || flowlog.Header(text) || flowlog.Plain(text)) && t.flow.Line(text) {
		t.kind = flows
		return true
	}
	return false
}

// close ends the text, and tells what was of no log.
func (t *texts) close() {
	t.sql.Close()
	for _, at := range t.first {
		t.tell(at, "the line is of no log that is known")
	}
	if t.bad > 5 {
		t.tell(t.at, fmt.Sprintf("%d lines more are of no log that is known", t.bad-5))
	}
	t.bad, t.first = 0, nil
}

// exported takes off the time that an export to S3 and aws logs tail --format short put before a line:
// 2026-11-23T12:00:00.123Z message.
func exported(line string) (rest string, ok bool) {
	stamp, rest, ok := strings.Cut(line, " ")
	if !ok || len(stamp) < 19 || len(stamp) > 35 || stamp[4] != '-' || stamp[10] != 'T' || stamp[13] != ':' || strings.Trim(stamp, "0123456789-:.TZ+") != "" {
		return "", false
	}
	return rest, true
}

// tailed takes off what aws logs tail puts before a line: 2026-11-23T12:00:00.123000+00:00 stream message.
func tailed(line string) (rest string, ok bool) {
	if rest, ok = exported(line); ok {
		_, rest, ok = strings.Cut(rest, " ")
	}
	return rest, ok
}

// lines reads text to its end.
func (r *reader) lines(b *bufio.Reader) error {
	t := r.newTexts(func(at int64, message string) { r.problem(at, message) })
	defer r.close()
	defer t.close()
	room := blocks.Get().(*[block]byte)
	defer blocks.Put(room)
	buf := room[:0]
	for {
		if len(buf) == cap(buf) {
			if cap(buf) >= maxLine {
				r.problem(t.at+1, "the line is longer than 16 MiB; the file is left here")
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
			t.line(one)
			text = rest
		}
		buf = append(buf[:0], buf[end:]...)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			r.problem(t.at, "the file ends early: "+err.Error())
			return nil
		}
	}
}

// problem tells what could not be read.
func (r *reader) problem(at int64, message string) {
	r.part.Problem(watch.Problem{File: r.file, At: at, Message: message})
}

// close ends what is open.
func (r *reader) close() {
	for _, t := range r.streams {
		t.close()
	}
	r.streams = nil
}
