// Package feedtest is what every decoder of a log has to do, whatever the log and its form: read all events, count one that
// comes twice once, whatever the order; read what came of a file that is cut off, and tell the cut where it can be known;
// pass over fields that nobody knows; and never panic. Tests of decoders run it; it is not part of the program.
package feedtest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
)

// Case is a log in one form.
type Case struct {
	Log string
	// Of is what of an event is compared, in CEL; it differs between the items.
	Of string
	// Items are events as the form has them, and Want what Of is of each.
	Items, Want []string
	// Write puts items into a file.
	Write func(items []string) []byte
	// Odd is a file with the same events and more than is known of them; nil where the form has no room for it.
	Odd     []byte
	Options feed.Options
}

// Engine is one with a single detection, which is met by every event of a log.
func Engine(t testing.TB, log, of string) *watch.Engine {
	t.Helper()
	d := &rules.Detection{ID: "test/all", Title: "all", Type: "Test", Log: log, Severity: map[string]string{"any": "low"}, When: "true", Resource: of}
	g, err := watch.NewEngine([]*rules.Detection{d})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Read reads files, and returns what of is of each event, sorted, and what could not be read.
func Read(t testing.TB, g *watch.Engine, opts feed.Options, files ...[]byte) (texts, problems []string) {
	t.Helper()
	run := g.NewRun()
	for i, f := range files {
		if err := feed.Read(fmt.Sprint("file", i), bytes.NewReader(f), run.Part(), opts); err != nil {
			problems = append(problems, err.Error())
		}
	}
	for _, f := range run.Findings(watch.NewState()) {
		for range f.Count {
			texts = append(texts, f.Resource)
		}
	}
	for _, p := range run.Problems() {
		problems = append(problems, fmt.Sprintf("%s:%d: %s", p.File, p.At, p.Message))
	}
	slices.Sort(texts)
	return texts, problems
}

// Packed is a file in gzip.
func Packed(file []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(file) // a buffer takes all
	_ = z.Close()
	return b.Bytes()
}

// Run tries a case.
func Run(t *testing.T, c Case) {
	t.Helper()
	if len(c.Items) < 2 || len(c.Items) != len(c.Want) {
		t.Fatalf("%d items, %d texts that they give", len(c.Items), len(c.Want))
	}
	g := Engine(t, c.Log, c.Of)
	want := slices.Sorted(slices.Values(c.Want))
	whole := c.Write(c.Items)
	same := func(name string, files ...[]byte) {
		t.Helper()
		got, problems := Read(t, g, c.Options, files...)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
		if len(problems) > 0 {
			t.Errorf("%s: %q", name, problems)
		}
	}
	same("a file", whole)
	same("packed", Packed(whole))
	same("packed twice", Packed(Packed(whole)))
	same("delivered twice", whole, whole)
	back := slices.Clone(c.Items)
	slices.Reverse(back)
	same("the other way round", c.Write(back))
	var each [][]byte
	for _, item := range back {
		each = append(each, c.Write([]string{item}))
	}
	same("a file each", each...)
	same("twice in a file", c.Write(slices.Concat(c.Items, back)))
	if c.Odd != nil {
		same("with more than is known", c.Odd)
	}
	cuts(t, g, &c, whole)
}

// cuts reads a file that ends anywhere.
func cuts(t *testing.T, g *watch.Engine, c *Case, whole []byte) {
	t.Helper()
	step := 1
	if len(whole) > 1500 {
		step = 7
	}
	for i := 0; i < len(whole); i += step {
		got, _ := Read(t, g, c.Options, whole[:i])
		if len(got) > len(c.Want) {
			t.Fatalf("cut at byte %d of %d there are more events: %q", i, len(whole), got)
		}
	}
	packed := Packed(whole)
	for i := 3; i < len(packed); i += step {
		got, problems := Read(t, g, c.Options, packed[:i])
		if len(problems) == 0 {
			t.Fatalf("packed and cut at byte %d of %d, nothing is told; read was %q", i, len(packed), got)
		}
	}
}

// Lines puts items into a file, one a line.
func Lines(items []string) []byte { return []byte(strings.Join(items, "\n") + "\n") }
