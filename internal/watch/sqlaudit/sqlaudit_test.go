package sqlaudit

import (
	"strings"
	"testing"
)

// TestMasked leaves values out by the rules of each engine. What is between ‹ and › in a statement is a value, or part of one,
// that must not be seen.
func TestMasked(t *testing.T) {
	for _, c := range [][3]string{
		{"mysql", `select * from t where a = '‹it\'s› and› ' and b = 1.5e3`, "select * from t where a = ? and b = ?"},
		{"mysql", `select "‹a\"b›", 'c', 0xFF00, -17, x2 from t3`, "select ?, ?, ?, -?, x2 from t3"},
		{"mysql", "select `it's` from t where b = '‹x›'", "select `its` from t where b = ?"},
		{"mysql", "select 1 -- ‹it's a remark›\nfrom t # ‹another 'one›\nwhere x = '‹y›'", "select ? from t where x = ?"},
		{"mysql", "select 5--1", "select ?--?"},
		{"mysql", "SELECT /*!40001 SQL_NO_CACHE */ * FROM `t`", "SELECT /*!? SQL_NO_CACHE */ * FROM `t`"},
		{"mysql", "select a/*‹ secret 'x ›*/from t where b = '‹z›'", "select a from t where b = ?"},
		{"postgresql", `insert into t values ('‹C:\›', '‹secret›')`, "insert into t values (?, ?)"},
		{"postgresql", `select E'‹it\'s›', e'‹a''b›', "it's", $1 from t`, `select E?, e?, "its", $1 from t`},
		{"postgresql", "do $$‹ secret ›$$; do $tag$‹ a $$ b 'c ›$tag$; select '‹x›'", "do ?; do ?; select ?"},
		{"postgresql", "select /* ‹a /* b 'c */ d› */ '‹x›'", "select ?"},
		{"postgresql", "select a[1] from t where b = U&'‹x›' and c = B'‹01›'", "select a[?] from t where b = U&? and c = B?"},
		{"oracle", "select q'[‹it's ]here›]', nq'{‹x›}', 'y' from t", "select q?, nq?, ? from t"},
		{"sqlserver", "select [it's], N'‹x›' from [a b] where c = '‹y\\›' and d = '‹z›'", "select [its], N? from [a b] where c = ? and d = ?"},
		{"another", `select "‹x›", '‹y›', $$‹z›$$`, "select ?, ?, ?"},
		{"mysql", "select '‹not closed", "select ?"},
		{"postgresql", `select "‹not closed, 'secret'`, "select ?"},
		{"postgresql", "select $a$‹not closed, 'secret'", "select ?"},
		{"mysql", "  select\n\t1 ,\r\n  2  ", "select ? , ?"},
		{"mysql", strings.Repeat("x", 5000), strings.Repeat("x", 4000)},
	} {
		statement := strings.NewReplacer("‹", "", "›", "").Replace(c[1])
		if got := masked(c[0], statement); got != c[2] {
			t.Errorf("%s: %s\n got %q\nwant %q", c[0], statement, got, c[2])
		}
	}
}

// FuzzMasked reads anything as a statement of every engine; no digit that is a number and no quote of a text comes through,
// and what was masked stays as it is.
func FuzzMasked(f *testing.F) {
	for _, s := range []string{"select 'a' \"b\" `c` [d] $$e$$ $f$g$f$ q'[h]' e'i\\'' 1 -- j\n# k\n/* l */ /*!5 m */", "'", "\"", "$$", "/*", "--", "q'", "e'\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, engine := range []string{"mysql", "postgresql", "oracle", "sqlserver", "another"} {
			m := masked(engine, s)
			if strings.Contains(m, "'") || len(m) > maxStatement+8 {
				t.Errorf("%s: %q of %q", engine, m, s)
			}
			for i := range len(m) {
				if m[i] >= '0' && m[i] <= '9' && i > 0 && (m[i-1] == ' ' || m[i-1] == '=' || m[i-1] == '(') && !strings.ContainsAny(m, "\"`[") {
					t.Errorf("%s: a number is left in %q of %q", engine, m, s)
				}
			}
		}
	})
}

// FuzzForms reads anything as an entry of every form.
func FuzzForms(f *testing.F) {
	for _, s := range []string{
		`20261123 12:00:00,db1,ann,10.0.0.7,12,34,QUERY,shop,'select 1',0`, "2026-11-23T12:00:00.1Z\t 8 Query\tselect 1", "# Time: 261123 12:00:00\n# User@Host: a[a] @ b []\nuse x;\nSET timestamp=1;\nselect 1",
		`2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,"select ""a""",<not logged>`,
		`2026-11-23 12:00:00.1 UTC,"a","b",1,"c:1",d,1,"e",f,g,0,LOG,00000,"statement: select 1",,,,,,,,,"h"`, "2026-11-23 12:00:00 8 [Warning] Access denied for user 'a'@'b'", `{"timestamp":"2026-11-23 12:00:00.1 UTC","pid":1,"error_severity":"LOG","message":"x"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range []func(string) (record, bool){auditLine, slowEntry, errorLine, postgresText, postgresCSV, postgresJSON} {
			if r, ok := read(s); ok && r.action != "" && r.engine == "" {
				t.Errorf("%+v", r)
			}
		}
		if f := dated(s + strings.Repeat(" ", 30)); f < none || f > csv {
			t.Error(f)
		}
	})
}
