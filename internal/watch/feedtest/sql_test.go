package feedtest_test

import (
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/feedtest"
)

var none feed.Options

const sqlOf = "e.engine + ' ' + e.action + ' ' + e.user + ' ' + e.address + ' ' + e.database + ' ' + e.statement"

// forms are entries of every form that databases write, with what is read of each.
var forms = map[string][][2]string{
	"MariaDB's audit": {
		{`20261123 12:00:00,db1,ann,10.0.0.7,12,0,CONNECT,shop,,0`, "mysql connect ann 10.0.0.7 shop "},
		{`20261123 12:00:01,db1,ann,10.0.0.7,12,0,FAILED_CONNECT,,,1045`, "mysql failed_connect ann 10.0.0.7  "},
		{`20261123 12:00:02,db1,ann,10.0.0.7:50000,12,34,QUERY,shop,'select name, \'x\' from users where id = 5, 6',0`, "mysql query ann 10.0.0.7 shop select name, ? from users where id = ?, ?"},
		{`20261123 12:00:03,db1,ann,10.0.0.7,12,35,QUERY,shop,'select "secret" from t',1146`, "mysql query ann 10.0.0.7 shop select ? from t"},
		{`20261123 12:00:04,db1,ann,10.0.0.7,12,35,READ,shop,users,`, "mysql read ann 10.0.0.7 shop "},
	},
	"Aurora MySQL's audit": {
		{`1763899200123456,c731-instance-1,admin,52.94.133.136,35,698024,WRITE,testdb,test2,0`, "mysql write admin 52.94.133.136 testdb "},
		{`1763899200123457,c731-instance-1,admin,52.94.133.136,35,698025,QUERY,testdb,'insert into t values (\'a,b\', 1)',0`, "mysql query admin 52.94.133.136 testdb insert into t values (?, ?)"},
	},
	"MySQL's general log": {
		{"2026-11-23T12:00:00.123456Z\t    8 Query\tselect *\nfrom users\nwhere n = 'x'", "mysql query    select * from users where n = ?"},
		{"2026-11-23T12:00:01.123456Z\t    9 Execute\tdelete from t where id = 7", "mysql query    delete from t where id = ?"},
		{"2026-11-23T12:00:02.123456Z\t   10 Connect\tAccess denied for user 'bob'@'10.0.0.8' (using password: YES)", "mysql failed_connect bob 10.0.0.8  "},
	},
	"MariaDB's general log": {
		{"261123 12:00:00\t     8 Query\tselect 1", "mysql query    select ?"},
		{"261123  9:00:01\t     9 Query\tselect 2, x", "mysql query    select ?, x"},
	},
	"MySQL's error log": {
		{"2026-11-23T12:00:00.123456Z 8 [Note] [MY-010926] [Server] Access denied for user 'ann'@'10.0.0.7' (using password: YES)", "mysql failed_connect ann 10.0.0.7  "},
		{"2026-11-23 12:00:00 8 [Warning] Access denied for user 'bob'@'10.0.0.8' to database 'shop'", "mysql failed_connect bob 10.0.0.8 shop "},
	},
	"MySQL's slow log": {
		{"# Time: 2026-11-23T12:00:00.123456Z\n# User@Host: ann[ann] @  [10.0.0.7]  Id:     8\n# Query_time: 12.000000  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 0\nuse shop;\nSET timestamp=1763899200;\nselect sleep(12),\n  'x';", "mysql query ann 10.0.0.7 shop select sleep(?), ?;"},
		{"# User@Host: bob[bob] @ localhost []\n# Thread_id: 8  Schema: orders  QC_hit: No\n# Query_time: 1.0 Lock_time: 0\nSET timestamp=1763899201;\ndelete from t;", "mysql query bob localhost orders delete from t;"},
	},
	"PostgreSQL's log": {
		{`2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:FATAL:  password authentication failed for user "ann"`, "postgresql failed_connect ann 10.0.0.7 shop "},
		{`2026-11-23 12:00:01 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  connection authorized: user=ann database=shop SSL enabled`, "postgresql connect ann 10.0.0.7 shop "},
		{"2026-11-23 12:00:02 UTC:2001:db8::7(50000):ann@shop:[123]:LOG:  statement: select *\n\tfrom t\n\twhere n = 'it''s' and p = 'C:\\' and q = 'secret'", "postgresql query ann 2001:db8::7 shop select * from t where n = ? and p = ? and q = ?"},
		{`2026-11-23 12:00:03.123 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  duration: 0.123 ms  execute <unnamed>: select $1, $tag$secret$tag$`, "postgresql query ann 10.0.0.7 shop select $1, ?"},
		{`2026-11-23 12:00:04 UTC:10.0.0.7(50000):ann@shop:[123]:STATEMENT:  select * from nothing`, "postgresql query ann 10.0.0.7 shop select * from nothing"},
		{`2026-11-23 12:00:05 UTC:[local]:rdsadmin@postgres:[123]:LOG:  disconnection: session time: 0:00:00.1 user=rdsadmin database=postgres host=[local]`, "postgresql disconnect rdsadmin local postgres "},
		{`2026-11-23 12:00:06.123 UTC:10.0.0.7(50000):ann@shop:[123]:5:28P01:2026-11-23 12:00:06 UTC:3/2:0:6923.7b:psql:FATAL:  password authentication failed for user "ann"`, "postgresql failed_connect ann 10.0.0.7 shop "},
	},
	"pgaudit": {
		{"2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,\"select \"\"a\"\", 1\n\tfrom orders\",<not logged>", `postgresql query ann 10.0.0.7 shop select "a", ? from orders`},
		{`2026-11-23 12:00:01 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  AUDIT: OBJECT,2,1,WRITE,UPDATE,TABLE,public.cards,update cards set n = '4111',"4111"`, "postgresql query ann 10.0.0.7 shop update cards set n = ?"},
	},
	"PostgreSQL's csvlog": {
		{`2026-11-23 12:00:00.123 UTC,"ann","shop",123,"10.0.0.7:50000",6923.7b,1,"authentication",2026-11-23 12:00:00 UTC,3/2,0,FATAL,28P01,"password authentication failed for user ""ann""",,,,,,,,,"","client backend",,0`, "postgresql failed_connect ann 10.0.0.7 shop "},
		{"2026-11-23 12:00:01.123 UTC,\"ann\",\"shop\",123,\"10.0.0.7:50000\",6923.7b,2,\"idle\",2026-11-23 12:00:00 UTC,3/2,0,LOG,00000,\"statement: select *\nfrom t where n = 'x'\",,,,,,,,,\"psql\",\"client backend\",,0", "postgresql query ann 10.0.0.7 shop select * from t where n = ?"},
		{`2026-11-23 12:00:02.123 UTC,"ann","shop",123,"[local]",6923.7b,3,"SELECT",2026-11-23 12:00:00 UTC,3/2,0,ERROR,42P01,"relation ""nothing"" does not exist",,,,,,"select 'y' from nothing",17,,"psql","client backend",,0`, "postgresql query ann local shop select ? from nothing"},
	},
}

// objects are entries that are JSON.
var objects = map[string][][2]string{
	"PostgreSQL's jsonlog": {
		{`{"timestamp":"2026-11-23 12:00:00.123 UTC","user":"ann","dbname":"shop","pid":123,"remote_host":"10.0.0.7","remote_port":50000,"session_id":"6923.7b","line_num":1,"ps":"authentication","error_severity":"FATAL","state_code":"28P01","message":"password authentication failed for user \"ann\"","backend_type":"client backend","query_id":0}`, "postgresql failed_connect ann 10.0.0.7 shop "},
		{`{"timestamp":"2026-11-23 12:00:01.123 UTC","user":"ann","dbname":"shop","pid":123,"remote_host":"10.0.0.7","error_severity":"LOG","message":"AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,select 'x',<none>","backend_type":"client backend"}`, "postgresql query ann 10.0.0.7 shop select ?"},
	},
	"activity stream": {
		{stream(`{"startTime":"2026-11-23 12:00:00.940668+00","logTime":"2026-11-23 12:00:00.990579+00","statementId":1,"command":"CONNECT","databaseName":"shop","dbUserName":"ann","remoteHost":"10.0.0.7","remotePort":"49804","commandText":null,"paramList":[],"exitCode":null,"class":"MISC","serverType":"PostgreSQL","serverHost":"172.31.3.192","type":"record","errorMessage":null}`), "postgresql connect ann 10.0.0.7 shop "},
		{stream(`{"type":"heartbeat"},{"logTime":"2026-11-23 12:00:01.990579+00","statementId":2,"command":"SELECT","objectName":"public.t","databaseName":"shop","dbUserName":"ann","remoteHost":"10.0.0.7","commandText":"select 'x' from t where n = $1","paramList":["secret"],"exitCode":null,"class":"READ","serverType":"PostgreSQL","type":"record"}`), "postgresql query ann 10.0.0.7 shop select ? from t where n = $1"},
		{stream(`{"logTime":"2026-11-23 12:00:02.267214+00","type":"record","dbUserName":"bob","databaseName":"shop","remoteHost":"10.0.0.8","command":"CONNECT","commandText":"","paramList":null,"objectType":"TABLE","objectName":"","statementId":0,"exitCode":"1045","serverHost":"master","serverType":"MySQL","errorMessage":"","class":"MAIN"}`), "mysql failed_connect bob 10.0.0.8 shop "},
		{stream(`{"class":"Standard","command":"LOGON","commandText":null,"databaseName":"ORCL","dbUserName":"TEST","errorMessage":null,"exitCode":0,"logTime":"2026-11-23 12:00:03.233787","paramList":[],"remoteHost":"10.0.0.9","serverHost":"10.0.0.1","serverType":"oracle","serviceName":"oracle-ee","engineNativeAuditFields":{"ROLE":null}}`), "oracle connect TEST 10.0.0.9 ORCL "},
		{stream(`{"class":"LOGIN","command":"LOGIN FAILED","commandText":"Login failed for user 'test'. Reason: Password did not match.","databaseName":"","dbUserName":"test","exitCode":0,"logTime":"2026-11-23 12:00:04.7113072+00","objectType":"LOGIN","remoteHost":"10.0.0.10","serverType":"SQLSERVER","type":"record"}`), "sqlserver failed_connect test 10.0.0.10  "},
	},
}

func stream(events string) string {
	return `{"type":"DatabaseActivityMonitoringRecords","version":"1.1","databaseActivityEvents":{"type":"DatabaseActivityMonitoringRecord","clusterId":"cluster-1","instanceId":"db-1","databaseActivityEventList":[` + events + `]}}`
}

func sqlCases() map[string]feedtest.Case {
	out := map[string]feedtest.Case{}
	add := func(name string, pairs [][2]string, write func([]string) []byte) {
		c := feedtest.Case{Log: "sqlaudit", Of: sqlOf, Write: write}
		for _, p := range pairs {
			c.Items, c.Want = append(c.Items, p[0]), append(c.Want, p[1])
		}
		out["sqlaudit "+name] = c
	}
	for name, pairs := range forms {
		add(name, pairs, feedtest.Lines)
		add(name+", subscription", pairs, group("/aws/rds/instance/orders/log"))
		add(name+", export", pairs, export)
		add(name+", downloaded", pairs, func(items []string) []byte {
			return []byte(`{"LogFileData": ` + text(string(feedtest.Lines(items))) + `, "Marker": "1", "AdditionalDataPending": false}`)
		})
		add(name+", with Windows' ends", pairs, func(items []string) []byte {
			return []byte(strings.ReplaceAll(string(feedtest.Lines(items)), "\n", "\r\n"))
		})
	}
	for name, pairs := range objects {
		add(name, pairs, feedtest.Lines)
		add(name+", subscription", pairs, group("/aws/rds/instance/orders/log"))
	}
	odd := out["sqlaudit activity stream"]
	odd.Odd = []byte(strings.ReplaceAll(string(odd.Write(odd.Items)), `"databaseName"`, `"neverSeen":[{}],"databaseName"`))
	out["sqlaudit activity stream"] = odd
	return out
}

// TestSessions follows a general log's sessions: who it is is said at the beginning alone, and a login that is refused has two
// lines.
func TestSessions(t *testing.T) {
	log := "/rdsdbbin/mysql/bin/mysqld, Version: 8.0.35 (Source distribution). started with:\nTcp port: 3306  Unix socket: /tmp/mysql.sock\nTime                 Id Command    Argument\n" +
		"2026-11-23T12:00:00.000001Z\t    8 Connect\tann@10.0.0.7 on shop using TCP/IP\n" +
		"2026-11-23T12:00:00.000002Z\t    9 Connect\tbob@10.0.0.8 on orders using SSL/TLS\n" +
		"2026-11-23T12:00:00.000003Z\t    9 Connect\tAccess denied for user 'bob'@'10.0.0.8' (using password: YES)\n" +
		"2026-11-23T12:00:00.000004Z\t    8 Init DB\tcards\n2026-11-23T12:00:00.000005Z\t    8 Query\tselect 1\n2026-11-23T12:00:00.000006Z\t    8 Quit\t\n"
	got, problems := feedtest.Read(t, feedtest.Engine(t, "sqlaudit", sqlOf), none, []byte(log))
	want := "mysql connect ann 10.0.0.7 shop \nmysql disconnect ann 10.0.0.7 cards \nmysql failed_connect bob 10.0.0.8 orders \nmysql query ann 10.0.0.7 cards select ?"
	if strings.Join(got, "\n") != want || len(problems) != 0 {
		t.Errorf("%s\n%q", strings.Join(got, "\n"), problems)
	}
}

// TestWhatIsNoEntry passes over what a database's log has besides logins and statements, and tells of what is no log.
func TestWhatIsNoEntry(t *testing.T) {
	g := feedtest.Engine(t, "sqlaudit", sqlOf)
	for name, c := range map[string]struct {
		text     string
		problems int
	}{
		"a checkpoint of fourteen words":    {"2026-11-23 12:00:00 UTC::@:[99]:LOG:  checkpoint complete: wrote 3 buffers (0.0%); 0 WAL file(s) added, 0 removed\n", 0},
		"MySQL's start":                     {"2026-11-23T12:00:00.000000Z 0 [System] [MY-010116] [Server] /rdsdbbin/mysql/bin/mysqld (mysqld 8.0.35) starting as process 621\n", 0},
		"the end of another file's entry":   {"\tand n = 1\n2026-11-23 12:00:00 UTC::@:[99]:LOG:  checkpoint starting: time\n", 0},
		"a heartbeat":                       {stream(`{"type":"heartbeat"}`), 0},
		"bind values":                       {"2026-11-23 12:00:00 UTC:10.0.0.7(5):ann@shop:[9]:DETAIL:  parameters: $1 = 'secret'\n", 0},
		"times in a zone that is not known": {"2026-11-23 12:00:00 CET:10.0.0.7(50000):ann@shop:[123]:LOG:  statement: select 1\n", 1},
		"an encrypted stream":               {`{"type":"DatabaseActivityMonitoringRecords","version":"1.1","databaseActivityEvents":"AYAD","key":"k"}`, 1},
		"a message of another program":      {`{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"app","logStream":"s","logEvents":[{"id":"1","timestamp":1,"message":"hello"},{"id":"2","timestamp":1,"message":"{\"a\": 1}"}]}`, 2},
	} {
		got, problems := feedtest.Read(t, g, none, []byte(c.text))
		if len(got) != 0 || len(problems) != c.problems {
			t.Errorf("%s: %q %q", name, got, problems)
		}
	}
}

// TestServer takes the database and the account from the log group.
func TestServer(t *testing.T) {
	file := group("/aws/rds/cluster/orders/postgresql")([]string{`2026-11-23 12:00:01 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  connection authorized: user=ann`})
	got, problems := feedtest.Read(t, feedtest.Engine(t, "sqlaudit", "e.server"), none, file)
	if len(problems) != 0 || len(got) != 1 || got[0] != "orders" {
		t.Errorf("%q %q", got, problems)
	}
}
