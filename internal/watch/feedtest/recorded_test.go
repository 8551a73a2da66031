package feedtest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/watch/feedtest"
)

// recorded reads a log that a real server wrote: PostgreSQL 15.18 with RDS's prefix, MariaDB 10.11.19 with its audit plugin.
// Both were made to log all there is while somebody came in, was refused, and read and wrote values that begin with Secret.
func recorded(t *testing.T, name string) (lines []string, text string) {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(file), "Secret") && !strings.Contains(name, "error") {
		t.Errorf("%s has no value in it", name)
	}
	g := feedtest.Engine(t, "sqlaudit", sqlOf)
	lines, problems := feedtest.Read(t, g, none, file)
	if len(problems) != 0 {
		t.Errorf("%s: %q", name, problems)
	}
	return lines, strings.Join(lines, "\n")
}

// TestRecorded reads the same from each of the logs that a server wrote of the same minute, and no value from any.
func TestRecorded(t *testing.T) {
	_, want := recorded(t, "postgresql.log")
	for _, name := range []string{"postgresql.csv", "postgresql.json"} {
		if _, got := recorded(t, name); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	for _, part := range []string{
		"postgresql failed_connect nobody 127.0.0.1 postgres", "postgresql failed_connect pw 127.0.0.1 nodb", "postgresql failed_connect pw 127.0.0.1 postgres", "postgresql connect admin local postgres",
		"postgresql query admin local postgres create role pw login password ?; create table t (n text)", "postgresql query pw 127.0.0.1 postgres select ?, ? from t",
		"postgresql query admin 127.0.0.1 postgres insert into t values (?), (E?), (?); select * from nothing where a=?",
	} {
		if !strings.Contains(want, part) {
			t.Errorf("%q is not read:\n%s", part, want)
		}
	}
	for name, n := range map[string]int{"mariadb-audit.log": 31, "mariadb-general.log": 15, "mariadb-slow.log": 8, "mariadb-error.log": 1} {
		lines, text := recorded(t, name)
		if len(lines) != n {
			t.Errorf("%s: %d events\n%s", name, len(lines), text)
		}
		if name == "mariadb-error.log" || name == "mariadb-audit.log" || name == "mariadb-general.log" {
			if !strings.Contains(text, "mysql failed_connect ann localhost") {
				t.Errorf("%s: the refused login is not read", name)
			}
		}
		if name != "mariadb-error.log" && (!strings.Contains(text, "shop insert into t values (?), (?), (?)") || !strings.Contains(text, "shop select ?, ? from t")) {
			t.Errorf("%s: statements are not read:\n%s", name, text)
		}
		want += text
	}
	for _, value := range []string{"Secret", "ret4", "4711", "remark"} {
		if strings.Contains(want, value) {
			t.Errorf("%s came through", value)
		}
	}
}

// TestBanner reads what a server writes into a log that nothing was written into yet.
func TestBanner(t *testing.T) {
	for _, text := range []string{
		"/rdsdbbin/mysql/bin/mysqld, Version: 8.0.35 (Source distribution). started with:\nTcp port: 3306  Unix socket: /tmp/mysql.sock\nTime                 Id Command    Argument\n",
		"mariadbd, Version: 10.11.19-MariaDB-log (Source distribution). started with:\nTcp port: 3306  Unix socket: /tmp/mysql.sock\nTime\t\t    Id Command\tArgument\n",
	} {
		if lines, problems := feedtest.Read(t, feedtest.Engine(t, "sqlaudit", sqlOf), none, []byte(text)); len(lines)+len(problems) != 0 {
			t.Errorf("%q %q", lines, problems)
		}
	}
}
