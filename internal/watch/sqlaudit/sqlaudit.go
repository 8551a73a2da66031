// Package sqlaudit reads what databases write of logins and statements: the audit plugin of MariaDB, Aurora MySQL's advanced
// auditing, and PostgreSQL's log with RDS's prefix, pgaudit's lines among it. Of a statement no value is kept: texts and numbers
// in it become question marks.
//
// https://mariadb.com/docs/server/reference/plugins/mariadb-audit-plugin/mariadb-audit-plugin-log-format
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html
package sqlaudit

import (
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
)

// record is a line, whatever wrote it.
type record struct {
	engine, server, user, address, database, object string
	action                                          string // connect, failed_connect, disconnect, query, read, write, ddl
	statement                                       string
	code                                            int64
	at                                              time.Time
}

// Line reads a line; ok is false where it is none of these logs. A line that says nothing of a login or a statement, such as a
// checkpoint, is ok and nothing more.
func Line(file, line string, part *watch.Part) (ok bool) {
	r, known := maria(line)
	if !known {
		if r, known = postgres(line); !known {
			return false
		}
	}
	part.Count(1)
	if r.action == "" {
		return true
	}
	statement := masked(r.statement)
	name := r.action
	if statement != "" {
		name = cut(statement, 200)
	}
	e := &watch.Record{Time: r.at, Rest: watch.Facts{
		Log: "sqlaudit", ID: strconv.FormatUint(watch.Hash("sqlaudit", line), 36), Name: name + " on " + r.database, Address: strings.Clone(r.address), Principal: strings.Clone(r.user), File: file,
	}}
	m := rules.Map{
		"engine": r.engine, "server": r.server, "user": r.user, "address": r.address, "database": r.database, "object": r.object, "action": r.action, "command": command(statement),
		"statement": statement, "code": r.code,
	}
	e.See = rules.Seen{Event: m, OK: r.code == 0 && r.action != "failed_connect", Who: e.Rest.Principal, From: e.Rest.Address}
	part.Met("sqlaudit", "", e.At())
	part.Event("sqlaudit", 0, e)
	return true
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

var mariaActions = map[string]string{
	"CONNECT": "connect", "FAILED_CONNECT": "failed_connect", "DISCONNECT": "disconnect", "QUERY": "query", "READ": "read", "WRITE": "write", "CREATE": "ddl", "ALTER": "ddl", "RENAME": "ddl",
	"DROP": "ddl", "QUERY_DDL": "query", "QUERY_DML": "query", "QUERY_DCL": "query", "QUERY_DML_NO_SELECT": "query", "TABLE": "",
}

// maria reads timestamp,server,user,host,connection,query,operation,database,object,code; the object is in single quotes where it
// is a statement, and may have commas in it.
func maria(line string) (r record, ok bool) {
	var field [8]string
	rest := strings.TrimRight(line, "\r")
	for i := range field {
		var more bool
		if field[i], rest, more = strings.Cut(rest, ","); !more {
			return r, false
		}
	}
	action, known := mariaActions[field[6]]
	if !known {
		return r, false
	}
	if r.at, ok = mariaTime(field[0]); !ok {
		return r, false
	}
	object := rest
	if i := strings.LastIndexByte(rest, ','); i >= 0 {
		object = rest[:i]
		n, err := strconv.ParseInt(strings.TrimSpace(rest[i+1:]), 10, 64)
		if err == nil {
			r.code = n
		}
	}
	r.engine, r.server, r.user, r.address, r.database, r.action = "mysql", field[1], field[2], field[3], field[7], action
	if action == "query" {
		r.statement = unescaped.Replace(strings.TrimSuffix(strings.TrimPrefix(object, "'"), "'"))
	} else {
		r.object = object
	}
	if action == "connect" && r.code != 0 {
		r.action = "failed_connect"
	}
	return r, true
}

// unescaped undoes how the plugin writes a statement.
var unescaped = strings.NewReplacer(`\'`, "'", `\\`, `\`, `\n`, " ", `\r`, " ", `\t`, " ")

// mariaTime is 20261123 12:00:00, or microseconds since 1970.
func mariaTime(s string) (time.Time, bool) {
	if t, err := time.Parse("20060102 15:04:05", s); err == nil {
		return t, true
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e15 {
		return time.UnixMicro(n).UTC(), true
	}
	return time.Time{}, false
}

// postgres reads RDS's prefix, %t:%r:%u@%d:[%p]:, and what follows it.
func postgres(line string) (r record, ok bool) {
	if len(line) < 24 || line[4] != '-' || line[10] != ' ' || line[13] != ':' {
		return r, false
	}
	stamp, rest, _ := strings.Cut(line[19:], ":")
	at, err := time.Parse("2006-01-02 15:04:05", line[:19])
	if err != nil {
		return r, false
	}
	zone := strings.TrimSpace(stamp)
	if zone != "UTC" && zone != "GMT" {
		return r, false
	}
	remote, rest, ok1 := strings.Cut(rest, "):")
	if ok1 {
		r.address, _, _ = strings.Cut(remote, "(")
	} else { // the server itself
		_, rest, ok1 = strings.Cut(line[19+len(stamp)+1:], ":")
		if !ok1 {
			return r, false
		}
	}
	who, rest, ok1 := strings.Cut(rest, ":[")
	_, rest, ok2 := strings.Cut(rest, "]:")
	if !ok1 || !ok2 {
		return r, false
	}
	r.user, r.database, _ = strings.Cut(who, "@")
	r.engine, r.at = "postgresql", at
	severity, message, found := strings.Cut(rest, ":")
	if !found {
		return r, false
	}
	message = strings.TrimSpace(message)
	switch severity {
	case "FATAL":
		if strings.Contains(message, "authentication failed") || strings.Contains(message, "no pg_hba.conf entry") || strings.Contains(message, "role \"") && strings.Contains(message, "does not exist") {
			r.action, r.code = "failed_connect", 1
		}
	case "LOG":
		switch {
		case strings.HasPrefix(message, "connection authorized:"):
			r.action = "connect"
		case strings.HasPrefix(message, "disconnection:"):
			r.action = "disconnect"
		case strings.HasPrefix(message, "statement:"):
			r.action, r.statement = "query", strings.TrimSpace(message[len("statement:"):])
		case strings.HasPrefix(message, "execute "):
			_, s, _ := strings.Cut(message, ":")
			r.action, r.statement = "query", strings.TrimSpace(s)
		case strings.HasPrefix(message, "AUDIT: "):
			pgaudit(&r, message[len("AUDIT: "):])
		}
	}
	return r, true
}

// pgaudit reads SESSION,1,1,READ,SELECT,TABLE,public.orders,"select ...",<not logged>.
func pgaudit(r *record, s string) {
	fields := columns(s)
	if len(fields) < 8 {
		return
	}
	r.action, r.object, r.statement = "query", fields[6], fields[7]
}

// columns are the values of a line of CSV, whose quotes double inside of quotes.
func columns(s string) []string {
	var out []string
	for {
		if !strings.HasPrefix(s, `"`) {
			value, rest, more := strings.Cut(s, ",")
			if out = append(out, value); !more {
				return out
			}
			s = rest
			continue
		}
		var b strings.Builder
		i := 1
		for ; i < len(s); i++ {
			if s[i] == '"' {
				if i+1 >= len(s) || s[i+1] != '"' {
					break
				}
				i++
			}
			b.WriteByte(s[i])
		}
		out = append(out, b.String())
		_, rest, more := strings.Cut(s[min(i, len(s)):], ",")
		if !more {
			return out
		}
		s = rest
	}
}

const maxStatement = 4000

// masked is a statement without values: what is in single quotes, in dollar quotes, and numbers. Comments and names stay.
func masked(s string) string {
	if len(s) > maxStatement {
		s = strings.ToValidUTF8(s[:maxStatement], "")
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\'':
			b.WriteString("?")
			i = quoted(s, i)
		case c == '$' && i+1 < len(s) && s[i+1] == '$':
			b.WriteString("?")
			end := strings.Index(s[i+2:], "$$")
			if end < 0 {
				return b.String()
			}
			i += 2 + end + 2
		case c >= '0' && c <= '9' && (i == 0 || !wordly(s[i-1])):
			b.WriteString("?")
			for i < len(s) && (wordly(s[i]) || s[i] == '.') {
				i++
			}
		case c == '\n' || c == '\r' || c == '\t':
			b.WriteByte(' ')
			i++
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// quoted is the index after a text in single quotes, in which a quote is doubled or has a backslash before it. The log may have
// escaped the quotes themselves.
func quoted(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\'':
			if i+1 < len(s) && s[i+1] == '\'' {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

func wordly(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '$' || c >= 0x80
}
