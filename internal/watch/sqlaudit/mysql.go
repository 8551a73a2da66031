package sqlaudit

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// auditActions are the operations of the audit plugin and of Aurora. Others are of no interest.
var auditActions = map[string]string{
	"CONNECT": "connect", "FAILED_CONNECT": "failed_connect", "DISCONNECT": "disconnect", "QUERY": "query", "READ": "read", "WRITE": "write", "CREATE": "ddl", "ALTER": "ddl", "RENAME": "ddl",
	"DROP": "ddl", "QUERY_DDL": "query", "QUERY_DML": "query", "QUERY_DCL": "query", "QUERY_DML_NO_SELECT": "query",
}

// auditHead reports whether a line has the plugin's fields as far as the operation.
func auditHead(line string) bool {
	for range 6 {
		i := strings.IndexByte(line, ',')
		if i < 0 {
			return false
		}
		line = line[i+1:]
	}
	operation, _, more := strings.Cut(line, ",")
	return more && operation != "" && strings.Trim(operation, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

// auditLine reads timestamp,server,user,host,connection,query,operation,database,object,code; the object is in single quotes
// where it is a statement, and may have commas in it.
func auditLine(line string) (r record, ok bool) {
	var field [8]string
	rest := line
	for i := range field {
		var more bool
		if field[i], rest, more = strings.Cut(rest, ","); !more {
			return r, false
		}
	}
	if r.at, ok = auditTime(field[0]); !ok {
		return r, false
	}
	object := rest
	if i := strings.LastIndexByte(rest, ','); i >= 0 {
		if n, err := strconv.ParseInt(strings.TrimSpace(rest[i+1:]), 10, 64); err == nil {
			object, r.code = rest[:i], n
		}
	}
	r.engine, r.server, r.user, r.address, r.database, r.action = "mysql", field[1], field[2], host(field[3]), field[7], auditActions[field[6]]
	if r.action == "query" {
		r.statement = unescaped.Replace(strings.TrimSuffix(strings.TrimPrefix(object, "'"), "'"))
	} else {
		r.object = object
	}
	if r.action == "connect" && r.code != 0 {
		r.action = "failed_connect"
	}
	return r, true
}

// host is an address without the port that MariaDB 12 writes after it.
func host(s string) string {
	if _, err := netip.ParseAddr(s); err == nil {
		return s
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().String()
	}
	return s
}

// unescaped undoes how the plugin writes a statement.
var unescaped = strings.NewReplacer(`\'`, "'", `\\`, `\`, `\n`, " ", `\r`, " ", `\t`, " ")

// auditTime is 20261123 12:00:00, or microseconds since 1970.
func auditTime(s string) (time.Time, bool) {
	if t, err := time.Parse("20060102 15:04:05", s); err == nil {
		return t, true
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e15 {
		return time.UnixMicro(n).UTC(), true
	}
	return time.Time{}, false
}

// mysqlTime reads the times of the server's own logs.
func mysqlTime(s string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02  3:04:05", "060102 15:04:05", "060102  3:04:05"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// session is one of a general log.
type session struct {
	user, address, database string
	// connect is the beginning of the session as it is told once it is known whether it was let in.
	connect string
	at      time.Time
}

// maxSessions bounds how many sessions are known at once.
const maxSessions = 100_000

// commands are those that a general log names; the list tells its lines from others.
// https://dev.mysql.com/doc/refman/8.4/en/query-log.html
var commands = map[string]bool{
	"Connect": true, "Query": true, "Quit": true, "Init DB": true, "Prepare": true, "Execute": true, "Close stmt": true, "Reset stmt": true, "Long Data": true, "Field List": true, "Change user": true,
	"Statistics": true, "Ping": true, "Refresh": true, "Shutdown": true, "Processlist": true, "Kill": true, "Debug": true, "Sleep": true, "Binlog Dump": true, "Binlog Dump GTID": true,
	"Register Slave": true, "Register Replica": true, "Set option": true, "Fetch": true, "Daemon": true, "Create DB": true, "Drop DB": true, "Table Dump": true, "Connect Out": true, "Delayed insert": true,
	"Time": true, "Error": true, "Reset Connection": true, "clone": true, "Bulk_execute": true, "Change User": true,
}

// generalLine takes 2026-11-23T12:00:00.123456Z<tab>    8 Query<tab>select 1 apart. MariaDB writes 261123 12:00:00<tab>, and
// <tab><tab> where the time is that of the line before.
func generalLine(line string) (stamp, id, rest string, ok bool) {
	stamp, rest, ok = strings.Cut(line, "\t")
	if !ok || len(stamp) > 40 || strings.Contains(stamp, ",") {
		return "", "", "", false
	}
	rest = strings.TrimLeft(rest, "\t ")
	id, rest, ok = strings.Cut(rest, " ")
	if !ok || id == "" || strings.Trim(id, "0123456789") != "" {
		return "", "", "", false
	}
	name, _, _ := strings.Cut(rest, "\t")
	if !commands[strings.TrimSpace(name)] {
		return "", "", "", false
	}
	if stamp != "" {
		_, ok = mysqlTime(stamp)
	}
	return stamp, id, rest, ok
}

// generalEntry takes an entry of a general log. A login that is refused has two: the first is told with the second.
func (r *Reader) generalEntry(text string) {
	r.part.Count(1)
	stamp, id, rest, ok := generalLine(text)
	if !ok {
		return
	}
	if stamp != "" {
		r.last, _ = mysqlTime(stamp)
	}
	name, argument, _ := strings.Cut(rest, "\t")
	name = strings.TrimSpace(name)
	s := r.sessions[id]
	e := record{engine: "mysql", at: r.last}
	if name == "Connect" {
		if user, from, denied := accessDenied(argument); denied {
			e.user, e.address, e.action, e.code = user, from, "failed_connect", 1045
			if s != nil {
				e.database = s.database
			}
			delete(r.sessions, id)
			r.hand(&e, text)
			return
		}
		r.connected(s, id)
		r.begin(id, argument, text)
		return
	}
	r.connected(s, id)
	if s != nil {
		e.user, e.address, e.database = s.user, s.address, s.database
	}
	switch name {
	case "Query", "Execute":
		e.action, e.statement = "query", argument
	case "Quit":
		e.action = "disconnect"
		delete(r.sessions, id)
	case "Init DB":
		if s != nil {
			s.database = strings.Clone(strings.TrimSpace(argument))
		}
	}
	r.hand(&e, text)
}

// begin remembers whose session it is: ann@10.0.0.7 on shop using TCP/IP, or in MariaDB ann@10.0.0.7 as anonymous on shop.
func (r *Reader) begin(id, argument, text string) {
	who, rest, _ := strings.Cut(strings.TrimSpace(argument), " ")
	s := &session{connect: strings.Clone(text), at: r.last}
	s.user, s.address, _ = strings.Cut(strings.Clone(who), "@")
	if _, on, ok := strings.Cut(" "+rest, " on "); ok {
		s.database, _, _ = strings.Cut(strings.Clone(on), " ")
		if s.database == "using" {
			s.database = ""
		}
	}
	if r.sessions == nil || len(r.sessions) >= maxSessions {
		r.sessions = map[string]*session{}
	}
	r.sessions[strings.Clone(id)] = s
}

// connected tells of a session that was let in.
func (r *Reader) connected(s *session, id string) {
	if s == nil || s.connect == "" {
		return
	}
	e := record{engine: "mysql", at: s.at, user: s.user, address: s.address, database: s.database, action: "connect"}
	r.hand(&e, id+" "+s.connect)
	s.connect = ""
}

// accessDenied reads Access denied for user 'ann'@'10.0.0.7' (using password: YES).
func accessDenied(s string) (user, from string, ok bool) {
	_, s, ok = strings.Cut(s, "Access denied for user '")
	if !ok {
		return "", "", false
	}
	user, s, ok = strings.Cut(s, "'@'")
	from, _, _ = strings.Cut(s, "'")
	return user, from, ok
}

// errorHead takes 2026-11-23T12:00:00.123456Z 8 [Note] [MY-010926] [Server] … apart; MariaDB writes 2026-11-23 12:00:00 8 [Warning] ….
func errorHead(line string) (at time.Time, rest string, ok bool) {
	i := strings.IndexByte(line, '[')
	if i < 0 || i > 60 {
		return at, "", false
	}
	head := strings.Fields(line[:i])
	if len(head) < 2 || strings.Trim(head[len(head)-1], "0123456789") != "" {
		return at, "", false
	}
	at, ok = mysqlTime(strings.TrimSpace(strings.TrimSuffix(strings.TrimRight(line[:i], " "), head[len(head)-1])))
	return at, line[i:], ok
}

// errorLine finds refused logins in an error log, which MySQL writes there with log_error_verbosity 3 and MariaDB with
// log_warnings 2.
func errorLine(line string) (r record, ok bool) {
	at, rest, ok := errorHead(line)
	if !ok {
		return r, false
	}
	r.engine, r.at = "mysql", at
	if user, from, denied := accessDenied(rest); denied {
		r.user, r.address, r.action, r.code = user, from, "failed_connect", 1045
		if _, db, to := strings.Cut(rest, " to database '"); to {
			r.database, _, _ = strings.Cut(db, "'")
			r.code = 1044
		}
	} else if _, from, blocked := strings.Cut(rest, "Host '"); blocked && (strings.Contains(from, "is blocked because of") || strings.Contains(from, "is not allowed to connect")) {
		r.address, _, _ = strings.Cut(from, "'")
		r.action, r.code = "failed_connect", 1130
	}
	return r, true
}

// slowEntry reads an entry of the slow log: some lines that begin with #, then the statement, before which the server puts
// the database and the time.
func slowEntry(text string) (r record, ok bool) {
	r.engine = "mysql"
	var statement strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") && statement.Len() == 0 {
			ok = r.slowHead(line) || ok
			continue
		}
		if statement.Len() == 0 {
			if db, is := strings.CutPrefix(line, "use "); is && strings.HasSuffix(db, ";") {
				r.database = strings.Trim(db, "`; ")
				continue
			}
			if n, is := strings.CutPrefix(line, "SET timestamp="); is {
				if seconds, err := strconv.ParseInt(strings.TrimRight(n, "; "), 10, 64); err == nil {
					if r.at.IsZero() {
						r.at = time.Unix(seconds, 0).UTC()
					}
					continue
				}
			}
		}
		statement.WriteString(line)
		statement.WriteByte('\n')
	}
	if r.statement = strings.TrimSpace(statement.String()); r.statement != "" && r.user+r.address != "" {
		r.action = "query"
	}
	return r, ok
}

// slowHead reads a line of the head: # Time: 2026-11-23T12:00:00.123456Z, # User@Host: ann[ann] @  [10.0.0.7]  Id:     8, or
// MariaDB's # Thread_id: 8  Schema: shop  QC_hit: No.
func (r *record) slowHead(line string) bool {
	if at, ok := strings.CutPrefix(line, "# Time: "); ok {
		r.at, ok = mysqlTime(strings.TrimSpace(at))
		return ok
	}
	if who, ok := strings.CutPrefix(line, "# User@Host: "); ok {
		user, from, _ := strings.Cut(who, " @ ")
		r.user, _, _ = strings.Cut(user, "[")
		name, address, _ := strings.Cut(from, "[")
		if r.address, _, _ = strings.Cut(address, "]"); r.address == "" {
			r.address = strings.TrimSpace(name)
		}
		return true
	}
	if _, schema, ok := strings.Cut(line, "Schema: "); ok {
		r.database, _, _ = strings.Cut(schema, " ")
	}
	return true
}
