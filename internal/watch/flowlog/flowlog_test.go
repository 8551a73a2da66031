package flowlog

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/watch"
)

// formats are those that lines are read in; the last has a field twice, and one that is not known.
var formats = []string{
	"", "${srcaddr} ${dstaddr} ${dstport}", "version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport", "srcaddr", "srcaddr strange srcaddr dstport",
}

func newReader(t testing.TB, format string) *Reader {
	t.Helper()
	g, err := watch.NewEngine(nil)
	if err != nil {
		t.Fatal(err)
	}
	return NewReader("f", format, g.NewRun().Part())
}

// line is a line as it is delivered, or nearly.
func line(r *rand.Rand) string {
	words := []string{"2", "111122223333", "eni-0a1b2c3d", "198.51.100.7", "10.0.0.1", "50000", "3306", "6", "-", "1700000000", "ACCEPT", "OK", "é", "2001:db8:1234:1a00:3304:8879:34cf:4071", "--"}
	spaces := []string{" ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", "  ", "\t", "\r", "\x00", "\x80", "\xa0", "!", "\x1f"}
	var b strings.Builder
	for i := range []int{14, 14, 14, 3, 11, 1, 4, 13, 15, 0}[r.IntN(10)] {
		if i > 0 {
			b.WriteString(spaces[r.IntN(len(spaces)-r.IntN(2)*8)])
		}
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String() + []string{"", "", "", "\r", " ", "\r\r"}[r.IntN(6)]
}

// TestQuick splits lines both ways.
func TestQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for _, format := range formats {
		quick, slow := newReader(t, format), newReader(t, format)
		done := 0
		for range 40_000 {
			l := line(r)
			n, ok := quick.quick(l)
			if !ok {
				continue
			}
			done++
			if m := slow.slow(l); n != m || !slices.Equal(quick.e.columns.Text, slow.e.columns.Text) {
				t.Fatalf("%q is %d fields %q, not %d %q", l, n, quick.e.columns.Text, m, slow.e.columns.Text)
			}
		}
		if twice := strings.Count(format, "srcaddr") > 1; twice == (done > 500) {
			t.Errorf("%q: %d lines were split quickly", format, done)
		}
	}
}

// FuzzQuick reads lines of any bytes, one after the other, as a reader does that splits all of them slowly.
func FuzzQuick(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range formats {
		f.Add(line(r)+"\n"+line(r)+"\n"+line(r), uint8(i))
	}
	f.Add("dstport srcaddr\n3306 198.51.100.7\n-\n2 -", uint8(0))
	f.Fuzz(func(t *testing.T, text string, format uint8) {
		quick, slow := newReader(t, formats[int(format)%len(formats)]), newReader(t, formats[int(format)%len(formats)])
		for l := range strings.SplitSeq(text, "\n") {
			slow.once = false
			if a, b := quick.Line(l), slow.Line(l); a != b {
				t.Fatalf("%q: %v, not %v", l, a, b)
			}
			if !slices.Equal(quick.fields, slow.fields) || quick.part.Events() != slow.part.Events() {
				t.Fatalf("%q: %v, not %v", l, quick.fields, slow.fields)
			}
			if quick.clean && !slices.Equal(quick.e.columns.Text, slow.e.columns.Text) && quick.e.raw == l {
				t.Fatalf("%q is %q, not %q", l, quick.e.columns.Text, slow.e.columns.Text)
			}
		}
	})
}
