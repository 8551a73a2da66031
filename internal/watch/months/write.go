package months

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Log is a file of one log.
type Log struct {
	Name string
	Body []byte
}

// logs are a day's, while they are written.
type logs struct {
	trail, flow, dns, sql, waf, guard bytes.Buffer
	before                            string // the hash that the guard's record ends with
}

const flowHeader = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id instance-id tcp-flags flow-direction\n"

func (l *logs) begin(a *Account) {
	l.trail.WriteString(`{"Records":[`)
	if a.direction {
		l.flow.WriteString(flowHeader)
	}
}

func (l *logs) end() (out []Log) {
	l.trail.WriteString("]}\n")
	for _, x := range []struct {
		name string
		b    *bytes.Buffer
	}{{"cloudtrail", &l.trail}, {"flowlog", &l.flow}, {"dns", &l.dns}, {"sqlaudit", &l.sql}, {"waf", &l.waf}, {"guard", &l.guard}} {
		if x.b.Len() > 0 && x.b.String() != flowHeader {
			out = append(out, Log{x.name, x.b.Bytes()})
		}
	}
	return out
}

// note keeps an attack's line, by which its findings are known.
func (d *day) note(log, id, line string) {
	d.events++
	if d.attack != nil {
		d.attack.add(log, id, line)
	}
}

// actor is who calls.
type actor struct {
	kind    string // IAMUser, AssumedRole, AWSService, Root
	name    string
	session string
	address string
	agent   string
	key     string
	invoker string
	event   string // of CloudTrail's event types; empty for AwsApiCall
}

func (a actor) from(address string) actor { a.address = address; return a }

// with are the members of a JSON object: names and values in turn; a value of type raw is JSON already.
func with(pairs ...any) string {
	b := []byte{'{'}
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, pairs[i].(string))
		b = append(b, ':')
		switch v := pairs[i+1].(type) {
		case raw:
			b = append(b, v...)
		case string:
			b = strconv.AppendQuote(b, v)
		case bool:
			b = strconv.AppendBool(b, v)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		}
	}
	return string(append(b, '}'))
}

type raw string

// identity is the userIdentity of a record.
func (d *day) identity(a actor) string {
	switch a.kind {
	case "AWSService":
		return with("type", "AWSService", "invokedBy", a.invoker)
	case "Unknown": // somebody of single sign-on's own directory
		return with("type", "Unknown", "principalId", a.name+"-0a1b2c3d", "accountId", d.ID, "userName", a.name)
	case "Root":
		return with("type", "Root", "principalId", d.ID, "arn", "arn:aws:iam::"+d.ID+":root", "accountId", d.ID)
	case "IAMUser":
		return with("type", "IAMUser", "principalId", "AIDA"+strings.ToUpper(a.name), "arn", "arn:aws:iam::"+d.ID+":user/"+a.name, "accountId", d.ID, "accessKeyId", a.key, "userName", a.name)
	}
	role := "arn:aws:iam::" + d.ID + ":role/" + a.name
	if strings.HasPrefix(a.name, "AWSServiceRole") {
		role = "arn:aws:iam::" + d.ID + ":role/aws-service-role/" + a.invoker + "/" + a.name
	}
	pairs := []any{
		"type", "AssumedRole", "principalId", "AROA" + strings.ToUpper(a.name) + ":" + a.session, "arn", "arn:aws:sts::" + d.ID + ":assumed-role/" + a.name + "/" + a.session, "accountId", d.ID,
		"accessKeyId", "ASIA" + strings.ToUpper(a.name), "sessionContext", raw(with("sessionIssuer", raw(with("type", "Role", "arn", role, "accountId", d.ID, "userName", a.name)), "attributes", raw(with("mfaAuthenticated", "true")))),
	}
	if a.invoker != "" {
		pairs = append(pairs, "invokedBy", a.invoker)
	}
	return with(pairs...)
}

// call is one of CloudTrail's records. answer is the responseElements, empty for none; code the error, empty where it succeeded.
func (d *day) call(at time.Time, a actor, source, name, params, answer, code string) {
	if params == "" {
		params = "null"
	}
	if answer == "" {
		answer = "null"
	}
	d.serial++
	id := fmt.Sprintf("%08x-%s", d.serial, d.ID)
	read := strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Describe") || name == "Query" || name == "Scan"
	kind := a.event
	if kind == "" {
		kind = "AwsApiCall"
	}
	pairs := []any{
		"eventVersion", "1.11", "userIdentity", raw(d.identity(a)), "eventTime", at.UTC().Format(time.RFC3339), "eventSource", source + ".amazonaws.com", "eventName", name, "awsRegion", d.Region,
		"sourceIPAddress", a.address, "userAgent", a.agent, "requestParameters", raw(params), "responseElements", raw(answer), "readOnly", read, "eventID", id, "eventType", kind, "managementEvent", true, "recipientAccountId", d.ID,
	}
	if code != "" {
		pairs = append(pairs, "errorCode", code, "errorMessage", "User is not authorized to perform this action")
	}
	line := with(pairs...)
	d.record(id, line)
}

// record puts a record into CloudTrail's file.
func (d *day) record(id, line string) {
	if d.logs.trail.Len() > len(`{"Records":[`) {
		d.logs.trail.WriteByte(',')
	}
	d.logs.trail.WriteString(line)
	d.note("cloudtrail", id, line)
}

// login is a sign-in to the console by a user of the account.
func (d *day) login(at time.Time, user, address string, ok, mfa bool) {
	a := actor{kind: "IAMUser", name: user, address: address, agent: browser, event: "AwsConsoleSignIn"}
	answer := with("ConsoleLogin", map[bool]string{true: "Success", false: "Failure"}[ok])
	d.serial++
	id := fmt.Sprintf("%08x-%s", d.serial, d.ID)
	pairs := []any{
		"eventVersion", "1.08", "userIdentity", raw(d.identity(a)), "eventTime", at.UTC().Format(time.RFC3339), "eventSource", "signin.amazonaws.com", "eventName", "ConsoleLogin", "awsRegion", d.Region, "sourceIPAddress", address,
		"userAgent", browser, "requestParameters", raw("null"), "responseElements", raw(answer), "additionalEventData", raw(with("MFAUsed", map[bool]string{true: "Yes", false: "No"}[mfa], "MobileVersion", "No")),
		"eventID", id, "readOnly", false, "eventType", "AwsConsoleSignIn", "managementEvent", true, "recipientAccountId", d.ID,
	}
	if !ok {
		pairs = append(pairs, "errorMessage", "Failed authentication")
	}
	d.record(id, with(pairs...))
}

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Safari/537.36"

// flow is one line of a flow log: what went one way in some seconds.
type flow struct {
	eni              string
	instance         string
	src, dst         string
	sport, dport     int
	proto            int // 0 is TCP
	packets, bytes   int
	refused, ingress bool
}

func (d *day) flow(at time.Time, f flow) {
	if f.proto == 0 {
		f.proto = 6
	}
	action, way, version := "ACCEPT", "egress", byte('2')
	if f.refused {
		action = "REJECT"
	}
	if f.ingress {
		way = "ingress"
	}
	if d.direction {
		version = '5'
	}
	b := make([]byte, 0, 200)
	text := func(s string) { b = append(append(b, ' '), s...) }
	number := func(n int64) { b = strconv.AppendInt(append(b, ' '), n, 10) }
	b = append(b, version)
	text(d.ID)
	text(f.eni)
	text(f.src)
	text(f.dst)
	for _, n := range []int{f.sport, f.dport, f.proto, f.packets, f.bytes} {
		number(int64(n))
	}
	number(at.Unix())
	number(at.Unix() + 1 + int64(f.packets%59))
	text(action)
	text("OK")
	if d.direction {
		text("vpc-0a1b2c3d")
		text(f.instance)
		text("3")
		text(way)
	}
	line := string(b)
	d.logs.flow.WriteString(line)
	d.logs.flow.WriteByte('\n')
	d.note("flowlog", "", line)
}

// talk is a connection from one of our machines: what it asked and what came back.
func (d *day) talk(at time.Time, from host, to string, port, up, down int) {
	sport := 32768 + d.r.IntN(28232)
	if from == d.nat { // which takes any port
		sport = 1024 + d.r.IntN(64512)
	}
	d.flow(at, flow{eni: from.eni, instance: from.instance, src: from.address, dst: to, sport: sport, dport: port, packets: 4 + up/1200, bytes: 300 + up})
	d.flow(at, flow{eni: from.eni, instance: from.instance, src: to, dst: from.address, sport: port, dport: sport, packets: 4 + down/1200, bytes: 300 + down, ingress: true})
}

// visit is a connection to one of our machines.
func (d *day) visit(at time.Time, from string, to host, port, up, down int) {
	sport := 1024 + d.r.IntN(64512) // whoever translates addresses takes any port
	d.flow(at, flow{eni: to.eni, instance: to.instance, src: from, dst: to.address, sport: sport, dport: port, packets: 4 + up/1200, bytes: 300 + up, ingress: true})
	d.flow(at, flow{eni: to.eni, instance: to.instance, src: to.address, dst: from, sport: port, dport: sport, packets: 4 + down/1200, bytes: 300 + down})
}

// query is one line of Resolver's log.
func (d *day) query(at time.Time, from host, name, kind, rcode, answer string) {
	answers := "[]"
	if rcode == "NOERROR" {
		answers = "[" + with("Rdata", answer, "Type", kind, "Class", "IN") + "]"
	}
	line := with("version", "1.100000", "account_id", d.ID, "region", d.Region, "vpc_id", "vpc-0a1b2c3d", "query_timestamp", at.UTC().Format(time.RFC3339), "query_name", name+".", "query_type", kind, "query_class", "IN",
		"rcode", rcode, "answers", raw(answers), "srcaddr", from.address, "srcport", fmt.Sprint(1024+d.r.IntN(64512)), "transport", "UDP", "srcids", raw(with("instance", from.instance)))
	d.logs.dns.WriteString(line)
	d.logs.dns.WriteByte('\n')
	d.note("dns", "", line)
}

// sql is one line of a database's log: a login, a failed one, or a statement.
func (d *day) sql(at time.Time, server host, user, address, operation, statement string) {
	line := ""
	pid := 1000 + d.r.IntN(30000)
	switch {
	case d.postgres:
		rest := map[string]string{
			"CONNECT":        "LOG:  connection authorized: user=" + user + " database=shop SSL enabled",
			"FAILED_CONNECT": "FATAL:  password authentication failed for user \"" + user + "\"",
			"QUERY":          "LOG:  statement: " + statement,
		}[operation]
		line = fmt.Sprintf("%s UTC:%s(%d):%s@shop:[%d]:%s", at.UTC().Format("2006-01-02 15:04:05"), address, 32768+d.r.IntN(28000), user, pid, rest)
	case operation == "QUERY":
		line = fmt.Sprintf("%s,%s,%s,%s,%d,%d,QUERY,shop,'%s',0", at.UTC().Format("20060102 15:04:05"), server.name, user, address, pid, d.r.IntN(1_000_000), strings.ReplaceAll(statement, "'", `\'`))
	default:
		line = fmt.Sprintf("%s,%s,%s,%s,%d,0,%s,shop,,%d", at.UTC().Format("20060102 15:04:05"), server.name, user, address, pid, operation, map[bool]int{true: 1045}[operation == "FAILED_CONNECT"])
	}
	d.logs.sql.WriteString(line)
	d.logs.sql.WriteByte('\n')
	d.note("sqlaudit", "", line)
}

// request is one line of AWS WAF's log.
func (d *day) request(at time.Time, from, uri, action, rule string, labels ...string) {
	d.serial++
	id := fmt.Sprintf("1-%08x-%s", d.serial, d.ID)
	named := make([]string, len(labels))
	for i, l := range labels {
		named[i] = with("name", l)
	}
	line := with("timestamp", raw(strconv.FormatInt(at.UnixMilli(), 10)), "formatVersion", raw("1"), "webaclId", "arn:aws:wafv2:"+d.Region+":"+d.ID+":regional/webacl/shop/0a1b2c3d", "terminatingRuleId", rule, "terminatingRuleType", "MANAGED_RULE_GROUP",
		"action", action, "httpSourceName", "ALB", "labels", raw("["+strings.Join(named, ",")+"]"), "httpRequest", raw(with("clientIp", from, "country", "NL", "headers", raw("["+with("name", "host", "value", "www.example.com")+"]"), "uri", uri, "args", "", "httpVersion", "HTTP/2.0", "httpMethod", "GET", "requestId", id)))
	d.logs.waf.WriteString(line)
	d.logs.waf.WriteByte('\n')
	d.note("waf", id, line)
}

// guarded is one line of the guard's record. Its chain is not looked at here.
func (d *day) guarded(at time.Time, who, from, action, resource, verdict string) {
	d.serial++
	id := fmt.Sprintf("%064x", d.serial)
	line := with("seq", d.serial, "time", at.UTC().Format(time.RFC3339Nano), "listener", "dynamodb", "who", who, "role", "app", "mfa", false, "from", from, "action", action, "resource", resource, "verdict", verdict, "prev", d.logs.before, "hash", id)
	d.logs.before = id
	d.logs.guard.WriteString(line)
	d.logs.guard.WriteByte('\n')
	d.note("guard", id, line)
}
