package sqlaudit

import (
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lazy"
)

// JSON reads the object that is all of s: a line of jsonlog, or what a database activity stream gave; ok is false where it is
// neither. n is how many entries it has. A stream's heartbeats are ok and nothing more.
func (r *Reader) JSON(s string) (n int64, ok bool) {
	if e, ok := postgresJSON(s); ok {
		r.hand(&e, s)
		return 1, true
	}
	kind := lazy.Path(s, "type")
	if kind == "DatabaseActivityMonitoringRecords" {
		s = lazy.Get(s, "databaseActivityEvents")
		if s != "" && s[0] == '"' {
			r.part.Problem(watch.Problem{File: r.file, Message: "the records of an activity stream are encrypted with the stream's key: decrypt them before they are read"})
			return 0, true
		}
		kind = "DatabaseActivityMonitoringRecord"
	}
	if kind == "DatabaseActivityMonitoringRecord" {
		list, instance := lazy.Get(s, "databaseActivityEventList"), lazy.Path(s, "instanceId")
		if instance == "" {
			instance = lazy.Path(s, "clusterId")
		}
		if list == "" || list[0] != '[' {
			return 0, false
		}
		for e := range lazy.Elements(list) {
			if r.activity(e, instance) {
				n++
			}
		}
		return n, true
	}
	if (kind == "record" || kind == "heartbeat") && lazy.Get(s, "databaseActivityEventList") == "" && (lazy.Get(s, "serverType") != "" || kind == "heartbeat" && lazy.Get(s, "clusterId") != "") {
		if r.activity(s, "") {
			n++
		}
		return n, true
	}
	return 0, false
}

// activity takes an event of a stream. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/DBActivityStreams.AuditLog.databaseActivityEventList.html
// and https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/DBActivityStreams.AuditLog.html (Oracle, SQL Server); paramList,
// which has the bind values, is not looked at.
func (r *Reader) activity(s, instance string) bool {
	if s == "" || s[0] != '{' || lazy.Path(s, "type") == "heartbeat" || lazy.Get(s, "serverType") == "" && lazy.Get(s, "command") == "" {
		return false
	}
	e := record{
		engine: strings.ToLower(lazy.Path(s, "serverType")), server: instance, user: lazy.Path(s, "dbUserName"), address: lazy.Path(s, "remoteHost"), database: lazy.Path(s, "databaseName"),
		object: lazy.Path(s, "objectName"), command: strings.ToUpper(lazy.Path(s, "command")),
	}
	if e.server == "" {
		e.server = lazy.Path(s, "serverHost")
	}
	var known bool
	for _, name := range []string{"logTime", "startTime", "endTime"} {
		if e.at, known = streamTime(lazy.Path(s, name)); known {
			break
		}
	}
	if !known {
		r.part.Problem(watch.Problem{File: r.file, Message: "an event of an activity stream has no time that can be read"})
		return true
	}
	exit := strings.Trim(lazy.Get(s, "exitCode"), `"`)
	if n, err := strconv.ParseInt(exit, 10, 64); err == nil {
		e.code = n
	}
	if e.code == 0 && lazy.Path(s, "errorMessage") != "" {
		e.code = 1
	}
	e.did(lazy.Path(s, "commandText"))
	r.hand(&e, s)
	return true
}

// did says what an event of a stream is, by its command.
func (e *record) did(statement string) {
	switch e.command {
	case "CONNECT", "LOGON", "LOGIN", "LOGIN SUCCEEDED", "LOGIN FAILED", "FAILED_CONNECT":
		e.action = "connect"
		if e.code != 0 || strings.Contains(e.command, "FAILED") {
			e.action, e.code = "failed_connect", max(e.code, 1)
		}
		return
	case "DISCONNECT", "LOGOFF", "LOGOUT":
		e.action = "disconnect"
		return
	}
	e.action = "query"
	if e.engine == "mysql" {
		if a := auditActions[e.command]; a != "" {
			e.action = a
		}
	}
	e.statement = statement
	if e.action != "query" {
		e.statement = ""
	}
}

// streamTime reads 2019-10-30 00:39:49.990579+00; Oracle's have no zone, and are in UTC.
func streamTime(s string) (time.Time, bool) {
	for _, form := range []string{"2006-01-02 15:04:05-07", "2006-01-02 15:04:05", time.RFC3339, "2006-01-02 15:04:05-07:00"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
