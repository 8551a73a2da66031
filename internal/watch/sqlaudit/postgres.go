package sqlaudit

import (
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/watch/lazy"
)

// postgresTime reads 2026-11-23 12:00:00 UTC, with milliseconds or not; rest begins with what is after the zone, and has at
// least two characters.
func postgresTime(line string) (at time.Time, rest string, ok bool) {
	if len(line) < 26 || line[4] != '-' || line[10] != ' ' || line[13] != ':' {
		return at, "", false
	}
	i := 19
	if line[i] == '.' {
		for i++; i < len(line) && line[i] >= '0' && line[i] <= '9'; i++ {
		}
	}
	if i >= len(line) || line[i] != ' ' {
		return at, "", false
	}
	end := i + 1
	for end < len(line) && line[end] != ':' && line[end] != ',' {
		end++
	}
	if end+2 > len(line) || end-i > 8 {
		return at, "", false
	}
	stamp, form := line[:i], "2006-01-02 15:04:05"
	zone := line[i+1 : end]
	switch {
	case zone == "UTC" || zone == "GMT":
	case len(zone) == 3 && (zone[0] == '+' || zone[0] == '-'):
		stamp, form = stamp+zone, form+"-07"
	case len(zone) == 5 && (zone[0] == '+' || zone[0] == '-'):
		stamp, form = stamp+zone, form+"-0700"
	default:
		return at, "", false
	}
	at, err := time.Parse(form, stamp)
	return at.UTC(), line[end:], err == nil
}

// process finds :[123]: in RDS's prefix.
func process(s string) (before, after string, ok bool) {
	for at := 0; ; {
		i := strings.Index(s[at:], ":[")
		if i < 0 {
			return "", "", false
		}
		i += at
		end := i + 2
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		if end > i+2 && strings.HasPrefix(s[end:], "]:") {
			return s[:i], s[end+2:], true
		}
		at = i + 2
	}
}

// severities are those that a message of PostgreSQL has.
var severities = []string{"LOG", "FATAL", "ERROR", "STATEMENT", "DETAIL", "HINT", "CONTEXT", "WARNING", "NOTICE", "INFO", "PANIC", "QUERY", "LOCATION", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5"}

// severity finds it, and the message after it. It follows the prefix at once, or after the session's number, the error's code
// and others, where log_line_prefix has them after %p.
func severity(s string) (name, message string, ok bool) {
	for i := 0; i < min(len(s), 400); {
		for _, name := range severities {
			if rest, found := strings.CutPrefix(s[i:], name); found && strings.HasPrefix(rest, ":  ") {
				return name, strings.TrimSpace(rest[3:]), true
			}
		}
		next := strings.IndexByte(s[i:], ':')
		if next < 0 {
			return "", "", false
		}
		i += next + 1
	}
	return "", "", false
}

// postgresHead reports whether what is after the time is the rest of RDS's prefix and a message.
func postgresHead(rest string) bool {
	if rest[0] != ':' {
		return false
	}
	_, after, ok := process(rest)
	if !ok {
		return false
	}
	_, _, ok = severity(after)
	return ok
}

// postgresText reads RDS's prefix, %t:%r:%u@%d:[%p]:, and what follows it.
func postgresText(text string) (r record, ok bool) {
	at, rest, ok := postgresTime(text)
	if !ok {
		return r, false
	}
	head, rest, ok := process(rest)
	if !ok {
		return r, false
	}
	name, message, ok := severity(rest)
	if !ok {
		return r, false
	}
	r.engine, r.at = "postgresql", at
	head = strings.TrimPrefix(head, ":")
	who := strings.TrimPrefix(head, ":") // the server itself has no address
	if remote, after, has := strings.Cut(head, "):"); has {
		r.address, _, _ = strings.Cut(remote, "(")
		who = after
	} else if after, local := strings.CutPrefix(head, "[local]:"); local {
		r.address, who = "local", after
	}
	r.user, r.database, _ = strings.Cut(who, "@")
	r.user, r.database = known(r.user), known(r.database)
	r.message(name, message, "", "")
	return r, true
}

// known is a name, or nothing where the server did not know it yet.
func known(s string) string {
	if s == "[unknown]" {
		return ""
	}
	return s
}

// refused are the parts of a message by which a login was refused.
var refused = []string{
	"authentication failed", "no pg_hba.conf entry", "pg_hba.conf rejects connection", "is not permitted to log in", "permission denied for database", "requires a valid client certificate",
	"password authentication", "client authentication",
}

// message says what happened, by its severity, what it says, the error's code and the statement that it is about, the last
// two of which only some forms have.
func (r *record) message(severity, message, state, statement string) {
	switch severity {
	case "FATAL":
		missing := strings.Contains(message, "does not exist") && (strings.HasPrefix(message, `role "`) || strings.HasPrefix(message, `database "`))
		for _, part := range refused {
			missing = missing || strings.Contains(message, part)
		}
		if missing || state == "28000" || state == "28P01" {
			r.action, r.code = "failed_connect", 1
		}
	case "ERROR":
		if statement != "" {
			r.action, r.statement, r.code = "query", statement, 1
		}
	case "STATEMENT": // what an error before it is about
		r.action, r.statement, r.code = "query", message, 1
	case "LOG":
		if strings.HasPrefix(message, "duration: ") { // duration: 0.1 ms  statement: …
			if i := strings.Index(message, " ms  "); i >= 0 {
				message = message[i+5:]
			}
		}
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
			r.pgaudit(message[len("AUDIT: "):])
		}
	}
}

// pgaudit reads SESSION,1,1,READ,SELECT,TABLE,public.orders,"select ...",<not logged>. The bind values in the last field are
// not looked at.
func (r *record) pgaudit(s string) {
	fields := columns(s)
	if len(fields) < 8 {
		return
	}
	r.action, r.command, r.object, r.statement = "query", strings.ToUpper(fields[4]), fields[6], fields[7]
	if r.statement == "<previously logged>" || r.statement == "<not logged>" {
		r.statement = ""
	}
}

// postgresCSV reads a line of csvlog; the places of its columns never change, new ones come at the end.
func postgresCSV(text string) (r record, ok bool) {
	at, _, ok := postgresTime(text)
	f := columns(text)
	if !ok || len(f) < 20 {
		return r, false
	}
	r.engine, r.at, r.user, r.database, r.address = "postgresql", at, known(f[1]), known(f[2]), strings.Trim(f[4], "[]")
	if i := strings.LastIndexByte(f[4], ':'); i > 0 {
		r.address = strings.Trim(f[4][:i], "[]")
	}
	r.message(f[11], f[13], f[12], f[19])
	return r, true
}

// postgresJSON reads a line of jsonlog.
func postgresJSON(s string) (r record, ok bool) {
	severity, message := lazy.Path(s, "error_severity"), lazy.Path(s, "message")
	stamp := lazy.Path(s, "timestamp")
	if severity == "" || stamp == "" || lazy.Get(s, "pid") == "" {
		return r, false
	}
	if r.at, _, ok = postgresTime(stamp + ":::"); !ok {
		return r, false
	}
	r.engine, r.user, r.database, r.address = "postgresql", known(lazy.Path(s, "user")), known(lazy.Path(s, "dbname")), strings.Trim(lazy.Path(s, "remote_host"), "[]")
	r.message(severity, message, lazy.Path(s, "state_code"), lazy.Path(s, "statement"))
	return r, true
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
