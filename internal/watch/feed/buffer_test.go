package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lists"
)

// TestBuffersAreOverwritten overwrites what was read from as soon as it was read. Nothing of what is kept may change by that.
func TestBuffersAreOverwritten(t *testing.T) {
	list, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
	if err != nil {
		t.Fatal(err)
	}
	g, err := watch.NewEngine(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		var on []*lists.List
		for entry, name := range d.Examples.Lists {
			on = append(on, &lists.List{Name: name, Entries: []string{entry}})
		}
		g.Use(lists.NewSet(on))
		input := example(t, d)
		var want string
		for _, overwrite := range []bool{false, true} {
			run, state := g.NewRun(), watch.NewState()
			if err := Read("example", bytes.NewReader(input), run.Part(), Options{}); err != nil {
				t.Fatal(err)
			}
			if overwrite {
				spoil()
			}
			run.Gather(state)
			text, err := state.Text()
			if err != nil {
				t.Fatal(err)
			}
			found, err := json.Marshal(g.Evaluate(state))
			if err != nil {
				t.Fatal(err)
			}
			switch got := string(text) + string(found); {
			case !overwrite:
				want = got
			case got != want:
				t.Errorf("%s: a text that is kept is not its own:\n%s\n%s", d.ID, want, got)
			}
			if !strings.Contains(want, `"detection"`) {
				t.Errorf("%s: nothing is kept of its example: %s", d.ID, want)
			}
		}
	}
}

// TestBlocks reads JSON in blocks of any size, in which values end wherever they do: it is as if all were read at once.
func TestBlocks(t *testing.T) {
	list, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
	if err != nil {
		t.Fatal(err)
	}
	g, err := watch.NewEngine(list)
	if err != nil {
		t.Fatal(err)
	}
	event := func(id int, name string) string {
		return fmt.Sprintf(`{"eventID": "%d", "eventTime": "2026-11-23T12:00:00Z", "eventSource": "cloudtrail.amazonaws.com", "eventName": %q, "requestParameters": {"name": "ma\\"in{"}}`, id, name)
	}
	scan := `{"eventSource": "dynamodb.amazonaws.com", "eventName": "Scan", "eventTime": "2026-11-23T12:00:00Z", "requestParameters": {"tableName": "orders"}}`
	query := `{"query_name":"a.minexmr.com.","query_timestamp":"2026-11-23T12:00:00Z","answers":[{"Rdata":"10.0.0.1"}]}`
	flow := `{"srcAddr":"198.51.100.7","dstAddr":"10.0.0.1","dstPort":3306,"action":"ACCEPT","interface_id":"eni-1"}`
	inner, err := json.Marshal(event(7, "StopLogging")[:90])
	if err != nil {
		t.Fatal(err)
	}
	pieces := []string{
		event(1, "StopLogging"), event(2, "GetTrail"), query, flow, scan, "[" + event(3, "DeleteTrail") + "," + event(4, "x") + "]", `{"Records": [` + event(5, "StopLogging") + `]}`, `{"CloudTrailEvent": ` + string(inner) + `}`,
		`{"Events": [{"CloudTrailEvent": "{}"}]}`, "nonsense", `{"a" 1}`, `{"b": 1}`, "[]", `[` + query + `,` + flow + `]`, strings.ReplaceAll(event(6, "DeleteTrail"), ", ", ",\n  "), `{"Records": [` + scan + `, 3, {"x": ]}`,
	}
	read := func(text string, block int) string {
		run, state := g.NewRun(), watch.NewState()
		if err := newReader("f", run.Part(), Options{}).values(strings.NewReader(text), block); err != nil {
			t.Fatal(err)
		}
		run.Gather(state)
		kept, err := state.Text()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %v", kept, run.Problems())
	}
	r := rand.New(rand.NewPCG(1, 3))
	for range 40 {
		var b strings.Builder
		for range 1 + r.IntN(8) {
			b.WriteString(pieces[r.IntN(len(pieces))] + []string{"\n", "\n", "\n", " ", ""}[r.IntN(5)])
		}
		text := b.String()
		if r.IntN(4) == 0 {
			text = text[:r.IntN(len(text))]
		}
		want := read(text, 1<<20)
		for block := 1; block < 2*len(text); block += 1 + r.IntN(40) {
			if got := read(text, block); got != want {
				t.Fatalf("%q in blocks of %d:\n%s\nand at once\n%s", text, block, got, want)
			}
		}
	}
}

// example are the events that raise a detection, as a file.
func example(t *testing.T, d *rules.Detection) []byte {
	t.Helper()
	var out bytes.Buffer
	for range max(1, d.Examples.Times) {
		for i, e := range d.Examples.Raises {
			if e["line"] != nil {
				fmt.Fprintln(&out, e["line"])
				continue
			}
			if _, ok := e["eventName"]; ok && e["eventTime"] == nil {
				e["eventID"], e["eventTime"] = fmt.Sprint("example ", i), fmt.Sprintf("2026-11-23T12:00:%02dZ", i%60)
			}
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&out, string(text))
		}
	}
	return out.Bytes()
}

// spoil overwrites the buffers that are to be used again.
func spoil() {
	buf := buffers.Get().(*[]byte)
	b := (*buf)[:cap(*buf)]
	for i := range b {
		b[i] = '#'
	}
	buffers.Put(buf)
	room := blocks.Get().(*[block]byte)
	for i := range room {
		room[i] = '#'
	}
	blocks.Put(room)
}
