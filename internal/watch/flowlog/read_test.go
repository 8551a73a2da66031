package flowlog_test

import (
	"bytes"
	"runtime"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feedtest"
	"github.com/baileydb/bailey/internal/watch/flowlog"
)

// TestHeader tells lines that name fields from lines that have such a name in them.
func TestHeader(t *testing.T) {
	for line, want := range map[string]bool{
		"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status": true,
		"${srcaddr} ${dstaddr} ${dstport}": true, "pkt-srcaddr pkt-dstaddr bytes": true, "srcaddr never-seen": true, "": false, "hello": false,
		`{"srcaddr":"10.0.0.1","query_name":"a."}`: false, "select srcaddr from flows": false, "2 111122223333 eni-1 srcaddr": false, "a log of srcaddr and others": false,
	} {
		if got := flowlog.Header(line); got != want {
			t.Errorf("%q names fields: %v", line, got)
		}
	}
	for line, want := range map[string]bool{"2 111122223333 eni-1": true, "2 unknown eni-1": true, "10 - eni": true, "2026-11-23T12:00:00Z 0 [System]": false, "2 ann eni": false, "": false, "2": false} {
		if got := flowlog.Plain(line); got != want {
			t.Errorf("%q is a line of version 2: %v", line, got)
		}
	}
}

// FuzzLine reads anything as a header, a line, and another.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"2 111122223333 eni-1 198.51.100.7 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 ACCEPT OK", "version srcaddr dstaddr never-seen", "- - - -", "srcaddr", "\t \r", " "} {
		f.Add(s, s)
	}
	g := feedtest.Engine(f, "flowlog", "e.srcaddr + string(e.dstport)")
	f.Fuzz(func(t *testing.T, first, second string) {
		run := g.NewRun()
		for _, format := range []string{"", first} {
			r := flowlog.NewReader("f", format, run.Part())
			for _, line := range []string{first, second, second} {
				if r.Line(line) && line == "" {
					t.Error("nothing is a line")
				}
				_ = flowlog.Plain(line)
			}
		}
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}

// FuzzRead reads anything as a record in JSON.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"srcAddr":"a","dstAddr":"b","dstPort":1}`, `{"src_endpoint":{"ip":"a","port":-1},"time":1700000000000}`, `{"interface-id":"e","log-status":"NODATA"}`, `{"srcaddr":`, `{"srcaddr":{"a":[`} {
		f.Add(s)
	}
	g := feedtest.Engine(f, "flowlog", "e.srcaddr + string(e.dstport)")
	f.Fuzz(func(t *testing.T, s string) {
		run := g.NewRun()
		if end, _ := flowlog.NewReader("f", "", run.Part()).Read(s, 0); end < 0 || end > len(s) {
			t.Errorf("it ends at %d of %d", end, len(s))
		}
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}

// row has some columns of flow logs.
type row struct {
	Srcaddr string  `parquet:"srcaddr"`
	Dstaddr string  `parquet:"dstaddr,dict"`
	Dstport int32   `parquet:"dstport,optional"`
	More    []int64 `parquet:"more,list"`
}

// small is a Parquet file of two rows.
func small(t testing.TB, c parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row](&b, c)
	if _, err := w.Write([]row{{"a", "b", 1, []int64{1, 2}}, {"c", "b", 2, nil}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestParquetBroken changes every byte of a file: nothing panics, and a file of a kilobyte that says it needs gigabytes does
// not get them.
func TestParquetBroken(t *testing.T) {
	whole := small(t, parquet.Compression(&parquet.Uncompressed))
	g := feedtest.Engine(t, "flowlog", "e.srcaddr")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tried := uint64(0)
	for i := range whole {
		for _, v := range []byte{0, 1, 0x7f, 0x80, 0xff, whole[i] ^ 0x40} {
			changed := bytes.Clone(whole)
			changed[i] = v
			run := g.NewRun()
			_ = flowlog.NewReader("f", "", run.Part()).Parquet(changed) // an error, or what was not changed
			tried++
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / tried; each > 1<<20 {
		t.Errorf("%d KiB are taken up for a file of %d bytes", each>>10, len(whole))
	}
}

// BenchmarkParquet reads flow logs in Parquet that no detection looks at.
func BenchmarkParquet(b *testing.B) {
	const rows = 100_000
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file, parquet.Compression(&parquet.Gzip))
	for i := range rows {
		if _, err := w.Write([]row{{Srcaddr: "10.0.0." + strconv.Itoa(i%250), Dstaddr: "10.0.1.1", Dstport: int32(i % 9)}}); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	g := feedtest.Engine(b, "dns", "'x'")
	for b.Loop() {
		if err := flowlog.NewReader("f", "", g.NewRun().Part()).Parquet(file.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// FuzzParquet reads anything as a Parquet file.
func FuzzParquet(f *testing.F) {
	for _, c := range []parquet.WriterOption{parquet.Compression(&parquet.Uncompressed), parquet.Compression(&parquet.Snappy), parquet.Compression(&parquet.Gzip), parquet.DataPageVersion(1)} {
		f.Add(small(f, c))
	}
	g := feedtest.Engine(f, "flowlog", "e.srcaddr + string(e.dstport)")
	f.Fuzz(func(_ *testing.T, data []byte) {
		run := g.NewRun()
		_ = flowlog.NewReader("f", "", run.Part()).Parquet(data) // an error is an answer; a panic is none
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}
