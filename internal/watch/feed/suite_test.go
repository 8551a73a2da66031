package feed_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/lists"
)

// loaded are the detections, compiled once for all tests.
var loaded = sync.OnceValues(func() ([]*rules.Detection, error) { return rules.LoadDetections(rules.EmbeddedDetections(), "") })

func detections(t testing.TB) []*rules.Detection {
	t.Helper()
	list, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func engine(t testing.TB) *watch.Engine {
	t.Helper()
	g, err := watch.NewEngine(detections(t))
	if err != nil {
		t.Fatal(err)
	}
	g.Use(lists.NewSet(lists.Builtin()))
	return g
}

func find(t testing.TB, g *watch.Engine, inputs ...[]byte) ([]watch.Finding, *watch.Run) {
	t.Helper()
	run := g.NewRun()
	for i, in := range inputs {
		if err := feed.Read(fmt.Sprint(i), bytes.NewReader(in), run.Part(), feed.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return run.Findings(watch.NewState()), run
}

// filled gives an example the identifier and the time that every event has.
func filled(events []map[string]any, times int) []byte {
	var out []map[string]any
	for n := range max(1, times) {
		for i, e := range events {
			e = maps.Clone(e)
			if _, ok := e["eventName"]; ok {
				if _, ok := e["eventID"]; !ok {
					e["eventID"] = fmt.Sprint("example-", n, "-", i)
				}
				if _, ok := e["eventTime"]; !ok {
					e["eventTime"] = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Add(time.Duration(n*len(events)+i) * 100 * time.Millisecond).Format(time.RFC3339)
				}
			}
			out = append(out, e)
		}
	}
	if len(out) > 0 && out[0]["line"] != nil { // of a log that is text
		lines := ""
		for _, e := range out {
			lines += fmt.Sprintln(e["line"])
		}
		return []byte(lines)
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // examples were read from YAML
	}
	return text
}

// known makes lists of what an example says is on them.
func known(t *testing.T, on, networks map[string]string) *lists.Set {
	t.Helper()
	var all []*lists.List
	for _, entry := range slices.Sorted(maps.Keys(on)) {
		all = append(all, &lists.List{Name: on[entry], Entries: []string{entry}})
	}
	if len(networks) > 0 {
		rows := ""
		for _, n := range slices.Sorted(maps.Keys(networks)) {
			rows += n + "," + strings.ReplaceAll(networks[n], " ", ",") + "\n"
		}
		ranges, _, err := lists.ReadNetworks(strings.NewReader(rows))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &lists.List{Name: "asn", Ranges: ranges})
	}
	return lists.NewSet(all)
}

// TestDetections runs every detection over its examples: what raises raises it, what is quiet does not, and nothing fails.
func TestDetections(t *testing.T) {
	for _, d := range detections(t) {
		t.Run(d.ID, func(t *testing.T) {
			g := engine(t)
			g.Use(known(t, d.Examples.Lists, d.Examples.Networks))
			if len(d.Examples.Raises) == 0 || len(d.Examples.Quiet) == 0 {
				t.Fatal("it has no example that raises, or none that is quiet")
			}
			is := func(f watch.Finding) bool { return f.Detection == d.ID }
			// raised reads what is learned from, settles, and then reads the events.
			raised := func(events []map[string]any, times int) bool {
				state := watch.NewState()
				for _, list := range [][]map[string]any{d.Examples.Before, events} {
					if len(list) == 0 {
						continue
					}
					n := 1
					if len(events) > 0 && &list[0] == &events[0] {
						n = times
					}
					run := g.NewRun()
					if err := feed.Read("example", bytes.NewReader(filled(list, n)), run.Part(), feed.Options{}); err != nil {
						t.Fatal(err)
					}
					for _, p := range run.Problems() {
						t.Errorf("%s", p.Message)
					}
					found := run.Findings(state)
					if &list[0] == &events[0] {
						return slices.ContainsFunc(found, is)
					}
					if slices.ContainsFunc(found, is) {
						t.Error("what it learns from raises it")
					}
				}
				return false
			}
			if !raised(d.Examples.Raises, d.Examples.Times) {
				t.Error("its example raises nothing of it")
			}
			for i, e := range d.Examples.Quiet {
				if raised([]map[string]any{e}, 1) {
					t.Errorf("quiet example %d raises it", i)
				}
			}
			if raised(d.Examples.Quiet, 1) {
				t.Error("the quiet examples together raise it")
			}
		})
	}
}

// TestNoTwoDetectionsAreTheSame compares what they look for.
func TestNoTwoDetectionsAreTheSame(t *testing.T) {
	seen := map[string]string{}
	for _, d := range detections(t) {
		key := fmt.Sprint(d.Log, d.Source, d.Events, d.Needs, d.When, d.From, d.To, d.Count, d.First, d.Rare, d.Rate, d.Sequence)
		if other, ok := seen[key]; ok {
			t.Errorf("%s looks for what %s does", d.ID, other)
		}
		seen[key] = d.ID
	}
}

// month is a made-up month of a team's calls: programs that read and write, people who look, some who change things. The
// attacks among them are told apart by their principal.
func month(days int) (events []map[string]any) {
	r := rand.New(rand.NewPCG(7, 8))
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	add := func(at time.Time, source, name, who string, params map[string]any) {
		events = append(events, map[string]any{
			"eventID": fmt.Sprintf("m%07d", len(events)), "eventTime": at.Format(time.RFC3339), "eventSource": source + ".amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
			"recipientAccountId": "111122223333", "sourceIPAddress": "10.0.0." + fmt.Sprint(r.IntN(250)), "userAgent": "aws-sdk-go-v2", "requestParameters": params,
			"userIdentity": map[string]any{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/" + who + "/s", "accountId": "111122223333", "sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::111122223333:role/" + who}}},
		})
	}
	for day := range days {
		for range 300 {
			at := start.Add(time.Duration(day)*24*time.Hour + time.Duration(r.IntN(86400))*time.Second)
			switch r.IntN(12) {
			case 0, 1, 2, 3:
				add(at, "dynamodb", "GetItem", "app", map[string]any{"tableName": "orders"})
			case 4, 5:
				add(at, "dynamodb", "PutItem", "app", map[string]any{"tableName": "orders"})
			case 6:
				add(at, "dynamodb", "Scan", "reports", map[string]any{"tableName": "orders"})
			case 7:
				add(at, "secretsmanager", "GetSecretValue", "app", map[string]any{"secretId": "orders"})
			case 8:
				add(at, "rds", "DescribeDBInstances", "ops", nil)
			case 9:
				add(at, "kms", "Decrypt", "app", nil)
			case 10:
				add(at, "sts", "AssumeRole", "app", map[string]any{"roleArn": "arn:aws:iam::111122223333:role/reports"})
			default:
				add(at, "ec2", "DescribeInstances", "ops", nil)
			}
		}
	}
	return events
}

// plant puts attacks into a month.
func plant(events []map[string]any) (all []map[string]any, attacks map[string]string) {
	at := time.Date(2026, 10, 28, 3, 0, 0, 0, time.UTC)
	attacks = map[string]string{}
	for i, a := range []struct {
		detection, source, name string
		params                  map[string]any
	}{
		{"logging/trail-stopped", "cloudtrail", "StopLogging", map[string]any{"name": "main"}},
		{"database/snapshot-shared", "rds", "ModifyDBSnapshotAttribute", map[string]any{"dBSnapshotIdentifier": "s", "attributeName": "restore", "valuesToAdd": []any{"999999999999"}}},
		{"database/deletion-protection-off", "rds", "ModifyDBInstance", map[string]any{"dBInstanceIdentifier": "orders", "deletionProtection": false}},
		{"database/final-snapshot-skipped", "rds", "DeleteDBInstance", map[string]any{"dBInstanceIdentifier": "orders", "skipFinalSnapshot": true}},
		{"database/recovery-off", "dynamodb", "UpdateContinuousBackups", map[string]any{"tableName": "orders", "pointInTimeRecoverySpecification": map[string]any{"pointInTimeRecoveryEnabled": false}}},
		{"database/table-scanned", "dynamodb", "Scan", map[string]any{"tableName": "orders"}},
		{"database/key-disabled", "kms", "ScheduleKeyDeletion", map[string]any{"keyId": "k"}},
		{"network/opened-to-world", "ec2", "AuthorizeSecurityGroupIngress", map[string]any{"groupId": "sg-1", "ipPermissions": map[string]any{"items": []any{map[string]any{"ipRanges": map[string]any{"items": []any{map[string]any{"cidrIp": "0.0.0.0/0"}}}}}}}},
	} {
		id := fmt.Sprint("attack-", i)
		attacks[id] = a.detection
		events = append(events, map[string]any{
			"eventID": id, "eventTime": at.Add(time.Duration(i) * time.Minute).Format(time.RFC3339), "eventSource": a.source + ".amazonaws.com", "eventName": a.name, "awsRegion": "eu-west-1",
			"recipientAccountId": "111122223333", "sourceIPAddress": "198.51.100.7", "requestParameters": a.params,
			"userIdentity": map[string]any{"type": "IAMUser", "userName": "mallory", "arn": "arn:aws:iam::111122223333:user/mallory", "accountId": "111122223333"},
		})
	}
	return events, attacks
}

func records(events []map[string]any) []byte {
	text, err := json.Marshal(map[string]any{"Records": events})
	if err != nil {
		panic(err) // they are maps and texts
	}
	return text
}

// TestMonth plants attacks in a generated month: each is found, and what is not of them is at most one finding a day.
func TestMonth(t *testing.T) {
	events, attacks := plant(month(30))
	found, _ := find(t, engine(t), records(events))
	caught := map[string]bool{}
	wrong := 0
	for _, f := range found {
		if !strings.Contains(f.Principal, "mallory") {
			wrong++
			t.Logf("of the ordinary month: %s, %d times", f.Detection, f.Count)
		}
		for _, e := range f.Events {
			if attacks[e] == f.Detection {
				caught[e] = true
			}
		}
	}
	if len(caught) != len(attacks) {
		t.Errorf("%d of %d attacks were found", len(caught), len(attacks))
	}
	if wrong > 30 {
		t.Errorf("%d findings of an ordinary month", wrong)
	}
	t.Logf("generated month of %d events: %d of %d attacks found, %d findings that are none", len(events), len(caught), len(attacks), wrong)
}

// TestSameFindings reads the same events in one file and in many, in another order, twice, packed, and by eight at once: the
// findings are the same byte for byte.
func TestSameFindings(t *testing.T) {
	events, _ := plant(month(10))
	g := engine(t)
	text := func(found []watch.Finding) string {
		b, err := json.Marshal(found)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	one, _ := find(t, g, records(events))
	want := text(one)
	if len(one) < 5 {
		t.Fatalf("%d findings", len(one))
	}
	shuffled := slices.Clone(events)
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	var parts [][]byte
	for chunk := range slices.Chunk(shuffled, 97) {
		parts = append(parts, records(chunk))
	}
	parts = append(parts, parts[0], parts[3]) // delivered twice
	if many, _ := find(t, g, parts...); text(many) != want {
		t.Error("cut, shuffled and doubled, the findings are others")
	}
	run := g.NewRun()
	var wg sync.WaitGroup
	work := make(chan []byte)
	for range 8 {
		part := run.Part()
		wg.Go(func() {
			for p := range work {
				var packed bytes.Buffer
				z := gzip.NewWriter(&packed)
				_, _ = z.Write(p)
				_ = z.Close()
				if err := feed.Read("part", &packed, part, feed.Options{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, p := range parts {
		work <- p
	}
	close(work)
	wg.Wait()
	if text(run.Findings(watch.NewState())) != want {
		t.Error("read by eight at once, the findings are others")
	}
}

// TestForms reads one event in every form that it comes in.
func TestForms(t *testing.T) {
	event := `{"eventID": "1", "eventTime": "2026-11-23T12:00:00Z", "eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "requestParameters": {"name": "main"}}`
	quoted, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(event, "StopLogging", "GetTrail", 1)
	for name, text := range map[string]string{
		"as delivered":  `{"Records": [` + other + `,` + event + `]}`,
		"event history": `{"Events": [{"EventId": "1", "CloudTrailEvent": ` + string(quoted) + `}]}`,
		"single":        event, "a list": "[" + event + "]", "a line each": strings.ReplaceAll(other, "\n", "") + "\n" + event + "\n",
		"lower case":     strings.NewReplacer("eventID", "eventid", "eventTime", "eventtime", "eventSource", "eventsource", "eventName", "eventname", "requestParameters", "requestparameters").Replace(event),
		"cut off":        `{"Records": [` + event + `,{"eventID": "2", "eventName": "Stop`,
		"with a mark":    "\xef\xbb\xbf" + event,
		"broken between": event + "\nnonsense\n" + other,
	} {
		found, run := find(t, engine(t), []byte(text))
		if len(found) != 1 || found[0].Detection != "logging/trail-stopped" || found[0].Resource != "main" {
			t.Errorf("%s: %+v", name, found)
		}
		broken := name == "cut off" || name == "broken between"
		if broken != (len(run.Problems()) > 0) {
			t.Errorf("%s: problems %v", name, run.Problems())
		}
	}
}

// TestFlowLines reads flow logs by their header, and those of version 2 without.
func TestFlowLines(t *testing.T) {
	for name, text := range map[string]string{
		"version 2":      "2 111122223333 eni-1 198.51.100.7 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 ACCEPT OK\n",
		"with a header":  "version srcaddr dstaddr srcport dstport action flow-direction log-status\n5 198.51.100.7 10.0.0.1 50000 3306 ACCEPT ingress OK\n",
		"another order":  "dstport log-status srcaddr dstaddr\n3306 OK 198.51.100.7 10.0.0.1\n",
		"with no data":   "2 111122223333 eni-1 - - - - - - - 1700000000 1700000060 - NODATA\n2 111122223333 eni-1 198.51.100.7 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 ACCEPT OK\n",
		"with a refusal": "2 111122223333 eni-1 198.51.100.7 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 ACCEPT OK\n2 111122223333 eni-1 198.51.100.8 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 REJECT OK\n",
	} {
		found, run := find(t, engine(t), []byte(text))
		if len(found) != 1 || found[0].Detection != "flow/administration-from-internet" || found[0].Resource != "10.0.0.1:3306" || len(run.Problems()) != 0 {
			t.Errorf("%s: %+v %v", name, found, run.Problems())
		}
	}
	if _, run := find(t, engine(t), []byte("this is no log\nat all\n")); len(run.Problems()) != 2 {
		t.Errorf("%v", run.Problems())
	}
}

// TestMemory learns for two weeks, and raises at what is new after it.
func TestMemory(t *testing.T) {
	g := engine(t)
	memory := watch.NewState()
	scan := func(day int, who string) int {
		run := g.NewRun()
		text := fmt.Sprintf(`{"eventID": "%d%s", "eventTime": %q, "eventSource": "dynamodb.amazonaws.com", "eventName": "Scan", "requestParameters": {"tableName": "orders"}, "recipientAccountId": "1", "userIdentity": {"arn": %q}}`,
			day, who, time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC).Format(time.RFC3339), who)
		if err := feed.Read("x", strings.NewReader(text), run.Part(), feed.Options{}); err != nil {
			t.Fatal(err)
		}
		return len(run.Findings(memory))
	}
	for _, c := range []struct {
		day  int
		who  string
		want int
	}{{1, "reports", 0}, {3, "ops", 0}, {20, "reports", 0}, {21, "mallory", 1}, {22, "mallory", 0}} {
		if got := scan(c.day, c.who); got != c.want {
			t.Errorf("day %d, %s: %d findings", c.day, c.who, got)
		}
		text, err := memory.Text()
		if err != nil {
			t.Fatal(err)
		}
		if memory, err = watch.ParseState(text); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`{"Records": [{"eventID": "1", "eventSource": "rds.amazonaws.com", "eventName": "DeleteDBInstance"}]}`))
	f.Add([]byte("version srcaddr dstaddr\n2 a b\n"))
	f.Add([]byte(`{"query_name": "a.b.", "answers": 1}{"srcAddr": 1, "dstPort": "x"}`))
	f.Add([]byte(`{"Records": [{"a": "\`))
	g, err := watch.NewEngine(func() []*rules.Detection {
		list, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
		if err != nil {
			f.Fatal(err)
		}
		return list
	}())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		run := g.NewRun()
		_ = feed.Read("f", bytes.NewReader(data), run.Part(), feed.Options{}) // an error is an answer; a panic is none
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}

// BenchmarkCloudTrail reads a day of records with all detections on; MB/s is the figure.
func BenchmarkCloudTrail(b *testing.B) {
	data := records(month(20))
	g := engine(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		run := g.NewRun()
		if err := feed.Read("f", bytes.NewReader(data), run.Part(), feed.Options{}); err != nil {
			b.Fatal(err)
		}
		run.Findings(watch.NewState())
	}
}

// BenchmarkDecoder is the same bytes through the standard library's decoder alone.
func BenchmarkDecoder(b *testing.B) {
	data := records(month(20))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}

// flows are lines of version 2 as a team's network has them: 1,000 clients that ask a web tier, the web tier that asks a
// database, and the answers of both, each a line.
func flows(n int) string {
	r := rand.New(rand.NewPCG(5, 6))
	var t strings.Builder
	for i := range n {
		from, to, a, b := fmt.Sprintf("198.51.%d.%d", r.IntN(4), r.IntN(250)), fmt.Sprintf("10.0.0.%d", r.IntN(8)), 32768+r.IntN(20000), 443
		if r.IntN(2) == 0 {
			from, to, b = to, "10.0.1.1", 3306
		}
		if r.IntN(2) == 0 {
			from, to, a, b = to, from, b, a
		}
		fmt.Fprintf(&t, "2 111122223333 eni-0a1b2c3d4e5f%05d %s %s %d %d 6 %d %d %d %d ACCEPT OK\n", r.IntN(9), from, to, a, b, r.IntN(90), r.IntN(90000), 1700000000+i/100, 1700000060+i/100)
	}
	return t.String()
}

// BenchmarkFlow reads flow logs with all detections on.
func BenchmarkFlow(b *testing.B) {
	const lines = 200_000
	text := flows(lines)
	g := engine(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		run := g.NewRun()
		if err := feed.Read("f", strings.NewReader(text), run.Part(), feed.Options{}); err != nil {
			b.Fatal(err)
		}
		run.Findings(watch.NewState())
	}
	b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkFlowSplit is what a plain split of the same lines into their fields costs.
func BenchmarkFlowSplit(b *testing.B) {
	const lines = 200_000
	text := flows(lines)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for line := range strings.Lines(text) {
			if len(strings.Fields(line)) != 14 {
				b.Fatal(line)
			}
		}
	}
	b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// queries are those of a team's machines, as Resolver logs them.
func queries(n int) string {
	r := rand.New(rand.NewPCG(9, 9))
	names := []string{"dynamodb.eu-west-1.amazonaws.com.", "orders.cluster-c0ffee.eu-west-1.rds.amazonaws.com.", "api.example.com.", "www.example.org.", "s3.eu-west-1.amazonaws.com.", "packages.example.net."}
	var t strings.Builder
	for i := range n {
		fmt.Fprintf(&t, `{"version":"1.100000","account_id":"111122223333","region":"eu-west-1","vpc_id":"vpc-0a1b2c3d","query_timestamp":"%s","query_name":"%s","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"10.0.1.%d","Type":"A","Class":"IN"}],"srcaddr":"10.0.0.%d","srcport":"%d","transport":"UDP","srcids":{"instance":"i-0a1b2c3d4e5f%05d"}}`+"\n",
			time.Unix(1700000000+int64(i/100), 0).UTC().Format(time.RFC3339), names[r.IntN(len(names))], r.IntN(250), r.IntN(250), 32768+r.IntN(20000), r.IntN(250))
	}
	return t.String()
}

// BenchmarkDNS reads query logs with all detections on.
func BenchmarkDNS(b *testing.B) {
	const lines = 100_000
	text := queries(lines)
	g := engine(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		run := g.NewRun()
		if err := feed.Read("f", strings.NewReader(text), run.Part(), feed.Options{}); err != nil {
			b.Fatal(err)
		}
		run.Findings(watch.NewState())
	}
	b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// BenchmarkDNSDecoder is the same lines through the standard library's decoder alone.
func BenchmarkDNSDecoder(b *testing.B) {
	const lines = 20_000
	text := queries(lines)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for line := range strings.Lines(text) {
			var v map[string]any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
