package feed_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
)

// recorded are the records of real attacks, over and over, each with an identifier of its own; nothing where they are not there.
// Their members stand as CloudTrail delivers them, and more of them are found than in any month.
func recorded(b *testing.B) []byte {
	b.Helper()
	files, err := filepath.Glob("../../../../shared/conformance/watch/stratus/*.json")
	if err != nil || len(files) == 0 {
		b.Skip("no recorded attacks at ../shared/conformance/watch/stratus")
	}
	var all bytes.Buffer
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			b.Fatalf("%s: %v", f, err)
		}
		for _, one := range list {
			if err := json.Compact(&all, one); err != nil {
				b.Fatalf("%s: %v", f, err)
			}
			all.WriteString(",")
		}
	}
	identifier := regexp.MustCompile(`"eventID":"[^"]{4}`)
	out := []byte(`{"Records":[`)
	for i := range 8 {
		out = append(out, identifier.ReplaceAll(all.Bytes(), fmt.Appendf(nil, `"eventID":"%04d`, i))...)
	}
	return append(out[:len(out)-1], "]}"...)
}

// BenchmarkRecorded reads records of real attacks with all detections on.
func BenchmarkRecorded(b *testing.B) {
	data := recorded(b)
	g := engine(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		run := g.NewRun()
		if err := feed.Read("f", bytes.NewReader(data), run.Part(), feed.Options{}); err != nil {
			b.Fatal(err)
		}
		if len(run.Findings(watch.NewState())) < 30 {
			b.Fatal("the attacks are not found")
		}
	}
}

// BenchmarkRecordedDecoder is the same bytes through the standard library's decoder alone.
func BenchmarkRecordedDecoder(b *testing.B) {
	data := recorded(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}
