package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
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
