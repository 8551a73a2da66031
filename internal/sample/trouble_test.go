package sample_test

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/baileydb/bailey/internal/sample"
)

// stalling is a relay in front of a server that, from a time on, lets nothing through any more.
type stalling struct {
	address string
	stalled atomic.Bool
}

func newStalling(t *testing.T, to string) *stalling {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stalling{address: l.Addr().String()}
	t.Cleanup(func() { _ = l.Close() })
	pass := func(from, to net.Conn) {
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			for s.stalled.Load() && t.Context().Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			if n > 0 {
				if _, err := to.Write(buf[:n]); err != nil {
					return
				}
			}
			if err != nil {
				_ = to.Close()
				return
			}
		}
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			var d net.Dialer
			server, err := d.DialContext(t.Context(), "tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go pass(client, server)
			go pass(server, client)
		}
	}()
	return s
}

// TestStalledServers reads from servers that stop answering, before the login and in a scan: it ends in time and says so,
// and goes on when they answer again.
func TestStalledServers(t *testing.T) {
	pg, conn := postgres(t)
	my, db := mariadb(t)
	for _, q := range []string{"CREATE TABLE one (a varchar(20))", "INSERT INTO one VALUES ('x')"} {
		if _, err := conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	l := sample.Limits{Rows: 100, Time: 500 * time.Millisecond}
	for _, address := range []string{pg, my} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		relay := newStalling(t, u.Host)
		u.Host = relay.address
		src, err := sample.Open(t.Context(), u.String(), l)
		if err != nil {
			t.Fatal(err)
		}
		list, err := src.Tables(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		relay.stalled.Store(true)
		start := time.Now()
		for what, err := range map[string]error{
			"a scan":    src.Read(t.Context(), &list[0], l, sample.NewCollector(set(t), "x", &list[0])),
			"a listing": func() error { _, err := src.Tables(t.Context()); return err }(),
			"a login":   func() error { _, err := sample.Open(t.Context(), u.String(), l); return err }(),
		} {
			if err == nil || strings.Contains(err.Error(), "secret-word") {
				t.Errorf("%s at %s: %v", what, u.Scheme, err)
			}
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: waited for %s", u.Scheme, d)
		}
		relay.stalled.Store(false)
		into := sample.NewCollector(set(t), "x", &list[0])
		if err := src.Read(t.Context(), &list[0], l, into); err != nil || into.Rows != 1 {
			t.Errorf("%s answers again: %d rows, %v", u.Scheme, into.Rows, err)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestNothingStaysOpen tries that no transaction is left open after a scan, one that ended early included, and no session
// after the end.
func TestNothingStaysOpen(t *testing.T) {
	pg, conn := postgres(t)
	my, db := mariadb(t)
	if _, err := conn.Exec(t.Context(), "CREATE TABLE wide AS SELECT i, repeat('x', 5000) AS w FROM generate_series(1, 20000) i"); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"CREATE TABLE wide (i int, w text)", "INSERT INTO wide SELECT seq, repeat('x', 5000) FROM seq_1_to_20000"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	u, err := url.Parse(my)
	if err != nil {
		t.Fatal(err)
	}
	root, err := sql.Open("mysql", "root@tcp("+u.Host+")/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	ask := map[string]func(open bool) (n int){
		pg: func(open bool) (n int) {
			q := "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bailey'"
			if open {
				q += " AND (state LIKE '%transaction%' OR xact_start IS NOT NULL)"
			}
			if err := conn.QueryRow(t.Context(), q).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		},
		my: func(open bool) (n int) {
			q := "SELECT count(*) FROM information_schema.processlist WHERE id <> connection_id()"
			if open {
				q = "SELECT count(*) FROM information_schema.innodb_trx"
			}
			if err := root.QueryRowContext(t.Context(), q).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		},
	}
	for address, count := range ask {
		before := count(false)
		l := sample.Limits{Bytes: 1 << 20, Time: 20 * time.Second}
		src, err := sample.Open(t.Context(), address, l)
		if err != nil {
			t.Fatal(err)
		}
		list, err := src.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		into := sample.NewCollector(set(t), "x", &list[0])
		if err := src.Read(t.Context(), &list[0], l, into); err != nil || into.Bytes > 2<<20 {
			t.Errorf("%s: %d bytes, %v", src.Name(), into.Bytes, err)
		}
		settled(t, src.Name()+" has a transaction open", func() bool { return count(true) == 0 })
		again := sample.NewCollector(set(t), "x", &list[0])
		if err := src.Read(t.Context(), &list[0], sample.Limits{Rows: 10, Time: l.Time}, again); err != nil || again.Rows != 10 {
			t.Errorf("%s: the next scan: %d rows, %v", src.Name(), again.Rows, err)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
		settled(t, src.Name()+" has a session open", func() bool { return count(false) == before })
	}
}

// settled waits until a server has done what it was told.
func settled(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 100 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error(what)
}

// TestInvalidText reads bytes that are no UTF-8 from every kind of store that can hold them.
func TestInvalidText(t *testing.T) {
	pg, conn := postgres(t)
	my, db := mariadb(t)
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE raw ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	raw := strings.Replace(pg, "/postgres?", "/raw?client_encoding=SQL_ASCII&", 1)
	other, err := pgx.Connect(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"CREATE TABLE odd (a text, email text)", `INSERT INTO odd SELECT E'\xff\xfe' || i, 'p' || i || '@example.com' FROM generate_series(1, 50) i`} {
		if _, err := other.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	_ = other.Close(t.Context())
	for _, q := range []string{"CREATE TABLE odd (a varbinary(20), email varchar(50))", "INSERT INTO odd SELECT concat(unhex('fffe'), seq), concat('p', seq, '@example.com') FROM seq_1_to_50"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	var csv, lines strings.Builder
	csv.WriteString("a,email\n")
	for i := range 50 {
		fmt.Fprintf(&csv, "\xff\xfe%d,p%d@example.com\n", i, i)
		fmt.Fprintf(&lines, "{\"a\": \"\xff\xfe%d\", \"email\": \"p%d@example.com\"}\n", i, i)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "odd.csv"), csv.String())
	write(t, filepath.Join(dir, "odd.jsonl"), lines.String())
	for address, table := range map[string]string{strings.Replace(pg, "/postgres?", "/raw?", 1): "odd", my: "odd", filepath.Join(dir, "odd.csv"): "odd.csv", filepath.Join(dir, "odd.jsonl"): "odd.jsonl"} {
		results, into, err := scan(t, address, table, sample.Defaults)
		if err != nil || into.Rows != 50 || len(results) != 2 {
			t.Errorf("%s: %d rows, %v", sample.Plain(address), into.Rows, err)
			continue
		}
		for _, r := range results {
			if (r.Meta.Path == "email") != (r.Type != "") {
				t.Errorf("%s: %s is %s %s", sample.Plain(address), r.Meta.Path, r.Verdict, r.Type)
			}
			for _, e := range append(r.Evidence, r.Shape) {
				if !utf8.ValidString(e) {
					t.Errorf("%s: %q is no text", sample.Plain(address), e)
				}
			}
		}
	}
}

// TestHugeValues reads files with a value of four gigabytes: what stands before it counts, the rest is told, and memory
// stays bounded.
func TestHugeValues(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"huge.csv":   "email,blob\n" + strings.Repeat("p@example.com,x\n", 20) + "q@example.com,",
		"quote.csv":  "email,blob\n" + strings.Repeat("p@example.com,x\n", 20) + "q@example.com,\"",
		"huge.jsonl": strings.Repeat(`{"email": "p@example.com"}`+"\n", 20) + `{"blob": "`,
		"huge.json":  "[" + strings.Repeat(`{"email": "p@example.com"},`+"\n", 20) + `{"blob": "`,
	} {
		path := filepath.Join(dir, name)
		write(t, path, text)
		if err := os.Truncate(path, 4<<30); err != nil { // a hole: it takes no room on the disk
			t.Fatal(err)
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, into, err := scan(t, path, name, sample.Limits{Rows: 1000})
		runtime.ReadMemStats(&after)
		told := ""
		if err != nil {
			told = err.Error()
		}
		if told += strings.Join(into.Problems, " "); into.Rows != 20 || told == "" {
			t.Errorf("%s: %d rows, %q", name, into.Rows, told)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<30 {
			t.Errorf("%s: %d MiB were allocated in all", name, grown>>20)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBrokenLines leaves out lines that are no JSON, tells them and reads the others; a list is read item by item.
func TestBrokenLines(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"lines.jsonl": "{\"a\": 1}\n{\"a\": \n{\"a\": 2}\nnonsense\n{\"a\": 3}\n",
		"list.json":   "\n [{\"a\": 1}, {\"a\": 2},\n{\"a\": 3}]",
		"pretty.json": "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n{\"a\": 3}",
	} {
		path := filepath.Join(dir, name)
		write(t, path, text)
		_, into, err := scan(t, path, name, sample.Defaults)
		if name == "lines.jsonl" {
			if err != nil || into.Rows < 2 || len(into.Problems) == 0 || strings.Contains(strings.Join(into.Problems, " "), "nonsense") {
				t.Errorf("%s: %d rows, %v, %v", name, into.Rows, into.Problems, err)
			}
			continue
		}
		if err != nil || into.Rows != 3 || len(into.Problems) > 0 {
			t.Errorf("%s: %d rows, %v, %v", name, into.Rows, into.Problems, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
