// Package sqlaudit reads what databases write of logins and statements. Of a statement no value is kept: texts and numbers in
// it become question marks, comments go, and bind values are not even looked at.
//
// It knows the forms by what their lines begin with:
//
//	MariaDB's audit plugin, Aurora MySQL's advanced auditing   20261123 12:00:00,db1,ann,…   1763899200123456,db1,ann,…
//	MySQL's and MariaDB's general, slow and error logs          2026-11-23T12:00:00.123456Z<tab>8 Query<tab>…   # Time: …
//	PostgreSQL's log with RDS's prefix, pgaudit's lines in it   2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  …
//	PostgreSQL's csvlog and jsonlog                             2026-11-23 12:00:00.123 UTC,"ann","shop",123,…
//	database activity streams, once they are decrypted          {"type": "DatabaseActivityMonitoringRecords", …}
//
// Statements may go over several lines: an entry ends where the next begins, or with [Reader.Close]. A log whose times are
// neither in UTC nor with an offset is not read, because it cannot be said when something happened.
//
// https://mariadb.com/docs/server/reference/plugins/mariadb-audit-plugin/mariadb-audit-plugin-log-format
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.MySQL.LogFileSize.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html
// https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/DBActivityStreams.AuditLog.html
package sqlaudit

import (
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
)

// record is an entry, whatever wrote it.
type record struct {
	engine, server, user, address, database, object string
	action                                          string // connect, failed_connect, disconnect, query, read, write, ddl; empty for the rest
	command                                         string // where the log says it apart from the statement
	statement                                       string
	code                                            int64
	at                                              time.Time
}

// Reader hands entries to a part of a run. It is for one goroutine and one log: lines of two logs do not mix.
type Reader struct {
	// Account and Server are what is said around the lines, as by CloudWatch's log group; empty where nothing is.
	Account, Server string

	part *watch.Part
	file string
	open entry
	// sessions are those of a general log, which says only at a session's beginning whose it is.
	sessions map[string]*session
	last     time.Time // of a general log, whose lines may leave out the time of the line before
}

// entry is what was read of one so far.
type entry struct {
	form form
	text strings.Builder
	rest bool // there is a line after the head
}

// maxEntry bounds an entry; what is longer is not kept of a statement anyhow.
const maxEntry = 64 << 10

// NewReader makes a reader of a file.
func NewReader(file string, part *watch.Part) *Reader { return &Reader{part: part, file: file} }

// form is one that entries have.
type form int

const (
	none form = iota
	banner
	audit
	general
	slow
	serverError
	stderr
	csv
)

// Line takes a line without its end; ok is false where it neither begins an entry of these logs nor goes on with one. What
// says nothing of a login or a statement, such as a checkpoint, is ok and nothing more.
func (r *Reader) Line(line string) (ok bool) {
	line = strings.TrimSuffix(line, "\r")
	f := r.begins(line)
	if f == none {
		if r.open.form == none {
			return false
		}
		r.goOn(line)
		return true
	}
	if f == slow && r.open.form == slow && !r.open.rest { // "# User@Host:" after "# Time:"
		r.goOn(line)
		return true
	}
	r.Close()
	r.open.form = f
	r.open.text.WriteString(line[:min(len(line), maxEntry)])
	return true
}

// goOn adds a line to the entry.
func (r *Reader) goOn(line string) {
	o := &r.open
	o.rest = o.rest || !strings.HasPrefix(line, "#")
	if o.text.Len()+len(line) < maxEntry {
		o.text.WriteByte('\n')
		o.text.WriteString(line)
	}
}

// Close ends the entry that is open.
func (r *Reader) Close() {
	f, text := r.open.form, r.open.text.String()
	r.open = entry{}
	var e record
	ok := false
	switch f {
	case none, banner:
		return
	case audit:
		e, ok = auditLine(text)
	case general:
		r.generalEntry(text)
		return
	case slow:
		e, ok = slowEntry(text)
	case serverError:
		e, ok = errorLine(text)
	case stderr:
		e, ok = postgresText(text)
	case csv:
		e, ok = postgresCSV(text)
	}
	r.part.Count(1)
	if !ok {
		r.part.Problem(watch.Problem{File: r.file, Message: "an entry of the database's log is cut off: " + cut(text, 20)}) // its time; what follows may be a value
		return
	}
	r.hand(&e, text)
}

// begins tells which form of entry a line begins.
func (r *Reader) begins(line string) form {
	if len(line) < 6 {
		return none
	}
	switch c := line[0]; {
	case c >= '0' && c <= '9':
		return dated(line)
	case c == '#':
		if strings.HasPrefix(line, "# Time: ") || strings.HasPrefix(line, "# User@Host: ") {
			return slow
		}
	case c == '\t' && r.open.form == general:
		if _, _, _, ok := generalLine(line); ok {
			return general
		}
	case c == '/' || c == 'T' || c == 'm':
		if strings.Contains(line, "mysqld, Version: ") || strings.Contains(line, "mariadbd, Version: ") || strings.HasPrefix(line, "Tcp port: ") ||
			strings.HasPrefix(line, "Time") && strings.Contains(line, "Id Command") {
			return banner
		}
	}
	return none
}

// dated tells the forms that begin with a time.
func dated(line string) form {
	digits := 0
	for digits < len(line) && line[digits] >= '0' && line[digits] <= '9' {
		digits++
	}
	switch {
	case digits >= 16 && digits < len(line) && line[digits] == ',', digits == 8 && len(line) > 17 && line[8] == ' ' && line[17] == ',':
		if auditHead(line) {
			return audit
		}
	case digits == 6 && len(line) > 16 && line[6] == ' ':
		if _, _, _, ok := generalLine(line); ok {
			return general
		}
	case digits == 4 && len(line) > 20 && line[4] == '-' && line[7] == '-':
		return datedLong(line)
	}
	return none
}

// datedLong tells the forms that begin as 2026-11-23.
func datedLong(line string) form {
	if line[10] == 'T' {
		if _, _, _, ok := generalLine(line); ok {
			return general
		}
		if _, _, ok := errorHead(line); ok {
			return serverError
		}
		return none
	}
	if _, rest, ok := postgresTime(line); ok {
		switch {
		case rest[0] == ',':
			return csv
		case postgresHead(rest):
			return stderr
		}
		return none
	}
	if _, _, ok := errorHead(line); ok {
		return serverError
	}
	return none
}

// hand makes an event of a record.
func (r *Reader) hand(e *record, raw string) {
	if e.action == "" {
		return
	}
	if r.Server != "" {
		e.server = r.Server
	}
	statement := masked(e.engine, e.statement)
	if statement != "" || e.command == "" {
		e.command = command(statement)
	}
	name := e.action
	if statement != "" {
		name = cut(statement, 200)
	}
	c := strings.Clone
	out := &watch.Record{Time: e.at, Rest: watch.Facts{
		Log: "sqlaudit", ID: strconv.FormatUint(watch.Hash("sqlaudit", raw), 36), Name: name + " on " + e.database, Account: c(r.Account), Address: c(e.address), Principal: c(e.user), File: r.file,
	}}
	m := rules.Map{
		"engine": e.engine, "server": e.server, "user": e.user, "address": e.address, "database": e.database, "object": e.object, "action": e.action, "command": e.command,
		"statement": statement, "code": e.code,
	}
	out.See = rules.Seen{Event: m, OK: e.code == 0 && e.action != "failed_connect", Who: out.Rest.Principal, Account: out.Rest.Account, From: out.Rest.Address}
	r.part.Met("sqlaudit", out.Rest.Account, out.At())
	r.part.Event("sqlaudit", 0, out)
}

func cut(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

func command(statement string) string {
	word, _, _ := strings.Cut(strings.TrimLeft(statement, " (\t"), " ")
	return strings.ToUpper(strings.TrimRight(word, ";("))
}
