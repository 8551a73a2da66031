package sqlaudit

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for line, want := range map[string]string{
		`20261123 12:00:00,db1,ann,10.0.0.7,12,0,CONNECT,shop,,0`:                                                                                                    "mysql connect ann 10.0.0.7 shop  0",
		`20261123 12:00:00,db1,ann,10.0.0.7,12,0,FAILED_CONNECT,,,1045`:                                                                                              "mysql failed_connect ann 10.0.0.7   1045",
		`20261123 12:00:00,db1,ann,10.0.0.7,12,34,QUERY,shop,'select name, \'x\' from users where id = 5, 6',0`:                                                      `mysql query ann 10.0.0.7 shop select name, ? from users where id = ?, ? 0`,
		`1700000000123456,db1,ann,10.0.0.7,12,34,QUERY,shop,'DROP TABLE orders',1146`:                                                                                "mysql query ann 10.0.0.7 shop DROP TABLE orders 1146",
		`2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:FATAL:  password authentication failed for user "ann"`:                                               "postgresql failed_connect ann 10.0.0.7 shop  1",
		`2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  connection authorized: user=ann database=shop`:                                                 "postgresql connect ann 10.0.0.7 shop  0",
		`2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  statement: select * from t where n = 'it''s' and x2 = 4.5`:                                     "postgresql query ann 10.0.0.7 shop select * from t where n = ? and x2 = ? 0",
		`2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,"select ""a"", 1 from orders",<not logged>`: `postgresql query ann 10.0.0.7 shop select "a", ? from orders 0`,
		`2026-11-23 12:00:00 UTC::@:[99]:LOG:  checkpoint starting: time`:                                                                                            "postgresql      0",
	} {
		r, ok := maria(line)
		if !ok {
			r, ok = postgres(line)
		}
		got := strings.Join([]string{r.engine, r.action, r.user, r.address, r.database, masked(r.statement)}, " ")
		code := " 0"
		for _, c := range []int64{1, 1045, 1146} {
			if r.code == c {
				code = map[int64]string{1: " 1", 1045: " 1045", 1146: " 1146"}[c]
			}
		}
		if got += code; !ok || got != want {
			t.Errorf("%s\n got %q\nwant %q", line, got, want)
		}
		if ok && r.action != "" && r.at.Year() != 2026 && r.at.Year() != 2023 {
			t.Errorf("%s is of %s", line, r.at)
		}
	}
	for _, line := range []string{"", "2 111122223333 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT OK", "a,b,c,d,e,f,g,h,i,j", "2026-11-23 12:00:00", "2026-11-23 12:00:00 UTC:x"} {
		if _, ok := maria(line); ok {
			t.Errorf("%q is a line of MariaDB", line)
		}
		if r, ok := postgres(line); ok {
			t.Errorf("%q is a line of PostgreSQL: %+v", line, r)
		}
	}
}

// FuzzLine reads anything; what is in quotes does not come through.
func FuzzLine(f *testing.F) {
	f.Add(`20261123 12:00:00,db1,ann,10.0.0.7,12,34,QUERY,shop,'select 1',0`)
	f.Add(`2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,"select ""a""",<not logged>`)
	f.Fuzz(func(t *testing.T, line string) {
		r, ok := maria(line)
		if !ok {
			r, _ = postgres(line)
		}
		if m := masked(r.statement); strings.Contains(m, "'") {
			t.Errorf("a text is left in %q", m)
		}
	})
}
