package sample_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/baileydb/bailey/internal/parts"
)

// The benchmarks of whole processes on PostgreSQL: BAILEY_BIN is the binary, BAILEY_PDSCAN the peer's, BAILEY_CSV a file of
// BAILEY_ROWS rows that the table is filled with. internal/bench sets them.

func benchPostgres(b *testing.B, statements ...string) (address string, conn *pgx.Conn) {
	b.Helper()
	if os.Getenv("BAILEY_BIN") == "" {
		b.Skip("run by internal/bench, which names the binaries")
	}
	address = parts.Postgres(b)
	conn, err := pgx.Connect(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	for _, q := range statements {
		if _, err := conn.Exec(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	return address, conn
}

func runProcess(b *testing.B, name string, args ...string) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s", name, err, out.String())
	}
	return time.Since(start)
}

// BenchmarkFullScan classifies every row of a table of 30 columns, beside pdscan where it is given.
func BenchmarkFullScan(b *testing.B) {
	address, conn := benchPostgres(b)
	file, err := os.Open(os.Getenv("BAILEY_CSV"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	var header string
	if _, err := fmt.Fscanln(file, &header); err != nil {
		b.Fatal(err)
	}
	columns := ""
	for i, name := range bytes.Split([]byte(header), []byte(",")) {
		if i > 0 {
			columns += ", "
		}
		columns += pgx.Identifier{string(name)}.Sanitize() + " text"
	}
	if _, err := file.Seek(int64(len(header))+1, 0); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), "CREATE TABLE people ("+columns+")"); err != nil {
		b.Fatal(err)
	}
	tag, err := conn.PgConn().CopyFrom(b.Context(), file, "COPY people FROM STDIN (FORMAT csv)")
	if err != nil {
		b.Fatal(err)
	}
	rows := float64(tag.RowsAffected())
	for b.Loop() {
		d := runProcess(b, os.Getenv("BAILEY_BIN"), "classify", address, "--rows", "all", "--catalog", "none", "--format", "json", "-o", os.DevNull)
		b.ReportMetric(rows/d.Seconds(), "rows/s")
		if peer := os.Getenv("BAILEY_PDSCAN"); peer != "" {
			b.ReportMetric(rows/runProcess(b, peer, address, "--sample-size", fmt.Sprint(int(rows))).Seconds(), "peer-rows/s")
		}
	}
}

// BenchmarkHugeTable classifies a sample of a table of a hundred million rows.
func BenchmarkHugeTable(b *testing.B) {
	address, _ := benchPostgres(b,
		"CREATE UNLOGGED TABLE huge AS SELECT i AS id, 'p' || i || '@example.com' AS email, (i::bigint * 7919) % 100003 AS amount FROM generate_series(1, 100000000) i",
		"ANALYZE huge")
	for b.Loop() {
		runProcess(b, os.Getenv("BAILEY_BIN"), "classify", address, "--catalog", "none", "--format", "json", "-o", os.DevNull)
	}
}
