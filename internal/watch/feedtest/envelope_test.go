package feedtest_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/feedtest"
)

func snapped(t *testing.T, file []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := snappy.NewBufferedWriter(&b)
	if _, err := w.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, files ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		m, err := w.Create("log")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPacked reads what Firehose and CloudWatch Logs pack, and says of what is not read how it is packed.
func TestPacked(t *testing.T) {
	g := feedtest.Engine(t, "cloudtrail", "e.text('eventID')")
	a, b := feedtest.Lines(trail[:2]), feedtest.Lines(trail[2:])
	data := base64.StdEncoding.EncodeToString(feedtest.Packed(group("trail")(trail)))
	for name, c := range map[string]struct {
		file    []byte
		want    string
		problem string
	}{
		"members of gzip":                 {append(feedtest.Packed(a), feedtest.Packed(b)...), "1 2 3 4", ""},
		"members, the last one cut off":   {append(feedtest.Packed(a), feedtest.Packed(b)[:20]...), "1 2", "ends early"},
		"members, then something else":    {append(feedtest.Packed(append(a, b...)), "rubbish that is no gzip"...), "1 2 3 4", "ends early"},
		"Snappy in frames":                {snapped(t, append(a, b...)), "1 2 3 4", ""},
		"Snappy, cut off":                 {snapped(t, append(a, b...))[:40], "", "ends early"},
		"ZIP":                             {zipped(t, a, feedtest.Packed(b)), "1 2 3 4", ""},
		"ZIP, cut off":                    {zipped(t, a)[:60], "", "file0 begins as ZIP and is none, or is cut off"},
		"a subscription's, to a function": {[]byte(`{"awslogs":{"data":"` + data + `"}}`), "1 2 3 4", ""},
		"packed without end":              {feedtest.Packed(feedtest.Packed(feedtest.Packed(feedtest.Packed(a)))), "", "file0 is packed more than 3 times"},
		"zstd":                            {[]byte("\x28\xb5\x2f\xfd rest"), "", "file0 is written as zstd, which is not read; unpack it, or pack it as gzip"},
		"UTF-16":                          {[]byte("\xff\xfe{\x00"), "", "UTF-16"},
		"something binary":                {[]byte("\x01\x00\x00\x02 rest"), "", "file0 is binary, and of no log that is known"},
		"a table without records":         {[]byte("eventName,eventTime,eventSource\na,b,c\n"), "", "select eventJson"},
		"Lake without records":            {[]byte(`{"QueryResultRows":[[{"eventName":"x"}]]}`), "", "select it"},
		"a mark of an export":             {[]byte("Permission Check Successful"), "", ""},
		"Lake's signature":                {[]byte(`{"version":"1.0","region":"eu-west-1","files":[{"fileHashValue":"x"}],"hashAlgorithm":"SHA-256","hashSignature":"y"}`), "", ""},
		"an envelope cut off":             {group("trail")(trail)[:len(group("trail")(trail))-400], "1 2", "is cut off"},
	} {
		got, problems := feedtest.Read(t, g, none, c.file)
		if strings.Join(got, " ") != c.want || (len(problems) > 0) != (c.problem != "") || !strings.Contains(strings.Join(problems, "\n"), c.problem) {
			t.Errorf("%s: %q %q", name, got, problems)
		}
	}
}

// endless is the same text again and again, up to a size.
type endless struct {
	text string
	left int
}

func (e *endless) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n+len(e.text) <= len(b) && e.left > 0 {
		n += copy(b[n:], e.text)
		e.left -= len(e.text)
	}
	return n, nil
}

// TestBounded reads much more than fits into what it may take up: a line without end, and an entry without end.
func TestBounded(t *testing.T) {
	for name, c := range map[string]struct {
		log, begin, more string
		told             bool
	}{
		"a line without end":       {"flowlog", "2 111122223333 ", strings.Repeat("x", 1<<10), true},
		"an entry without end":     {"sqlaudit", "2026-11-23 12:00:00 UTC:10.0.0.7(50000):ann@shop:[123]:LOG:  statement: select 1\n", "\tand more\n", false},
		"flows of all the world":   {"flowlog", "", "2 111122223333 eni-1 198.51.100.7 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 ACCEPT OK\n", false},
		"lines that are of no log": {"flowlog", "", "hello\n", true},
	} {
		run := feedtest.Engine(t, c.log, "'x'").NewRun()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		part := run.Part()
		if err := feed.Read("f", io.MultiReader(strings.NewReader(c.begin), &endless{c.more, 80 << 20}), part, none); err != nil {
			t.Errorf("%s: %s", name, err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 24<<20 {
			t.Errorf("%s: %d MiB are kept", name, grown>>20)
		}
		if told := len(run.Problems()); (told > 0) != c.told || told > 6 {
			t.Errorf("%s: %v", name, run.Problems())
		}
		runtime.KeepAlive(part)
	}
}

// TestNetworkActivity meets detections of a call by the service's record alone, not by the endpoint's as well; what an
// endpoint refused has no other record.
func TestNetworkActivity(t *testing.T) {
	g, err := watch.NewEngine(named(t, "DeleteDBInstance"))
	if err != nil {
		t.Fatal(err)
	}
	record := func(id, more string) string {
		return `{"eventID":"` + id + `","eventTime":"2026-11-23T12:00:00Z","eventSource":"rds.amazonaws.com","eventName":"DeleteDBInstance"` + more + `}`
	}
	got, problems := feedtest.Read(t, g, none, feedtest.Lines([]string{
		record("call", ""), record("passed", `,"eventType":"AwsVpceEvent","eventCategory":"NetworkActivity"`), record("refused", `,"eventType":"AwsVpceEvent","errorCode":"VpceAccessDenied"`),
		`{"eventID":"i","eventTime":"2026-11-23T12:00:00Z","eventType":"AwsCloudTrailInsight","insightDetails":{"eventSource":"rds.amazonaws.com","eventName":"DeleteDBInstance"}}`,
	}))
	if strings.Join(got, " ") != "call refused" || len(problems) != 0 {
		t.Errorf("%q %q", got, problems)
	}
}

func named(t *testing.T, event string) []*rules.Detection {
	t.Helper()
	return []*rules.Detection{{ID: "test/named", Title: "named", Type: "Test", Log: "cloudtrail", Severity: map[string]string{"any": "low"}, Events: rules.Texts{event}, When: "true", Resource: "e.text('eventID')"}}
}

func seeds(f *testing.F) {
	for _, cases := range []map[string]feedtest.Case{trailCases(), flowCases(), otherCases(), sqlCases()} {
		for _, c := range cases {
			f.Add(c.Write(c.Items))
		}
	}
	f.Add(written(f, []ocsf{{Time: 1}}))
	f.Add(written(f, []flow{{Start: pointer(int64(1)), Srcaddr: pointer("a"), Dstaddr: pointer("b")}}))
}

// FuzzForms reads anything that is near to a form of a log.
func FuzzForms(f *testing.F) {
	seeds(f)
	var engines []*watch.Engine
	for _, log := range []string{"cloudtrail", "flowlog", "dns", "sqlaudit", "waf", "guard"} {
		engines = append(engines, feedtest.Engine(f, log, "'x'"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, g := range engines {
			_, _ = feedtest.Read(t, g, none, data) // a problem is an answer; a panic is none
		}
	})
}
