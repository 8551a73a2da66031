package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/watch"
)

// manyFound are more findings than a screen shows.
const manyFound = 8

// WriteWatch writes what watch found for people: the worst first.
func WriteWatch(w io.Writer, events int64, found []watch.Finding, opts Options) error {
	t := textFor(w, opts)
	counts := finding.Counts{}
	for i := range found {
		counts.Add(found[i].Severity.Label)
	}
	if len(found) == 0 {
		t.line(t.paint(green, fmt.Sprintf("Nothing strange in %s.", plural(int(events), "event", "events"))))
		return t.Flush()
	}
	answer := fmt.Sprintf("%s in %s: %d high, %d medium, %d low.", plural(len(found), "finding", "findings"), plural(int(events), "event", "events"), counts.High, counts.Medium, counts.Low)
	t.line(t.paint(bold, answer))
	t.found(found)
	t.line("")
	if len(found) > manyFound { // the answer has left the screen
		t.line(t.paint(bold, answer) + " The worst stand first.")
	}
	t.line("  next: " + t.paint(bold, "bailey detections explain "+found[0].Detection))
	t.line("        " + t.paint(bold, "bailey watch … --format html -o watch.html"))
	return t.Flush()
}

// WriteFound writes findings of a watch that goes on.
func WriteFound(w io.Writer, found []watch.Finding, opts Options) error {
	t := textFor(w, opts)
	t.found(found)
	return t.Flush()
}

func textFor(w io.Writer, opts Options) *text {
	t := &text{Writer: bufio.NewWriter(w), opts: opts, width: 100}
	if opts.Width > 0 {
		t.width = max(opts.Width, 40)
	}
	return t
}

func (t *text) found(found []watch.Finding) {
	for i := range found {
		f := &found[i]
		t.line("")
		color := map[finding.Label]string{finding.High: red, finding.Medium: yellow}[f.Severity.Label]
		head := strings.ToUpper(string(f.Severity.Label)) + "  " + f.Title
		if f.Count > 1 {
			head += fmt.Sprintf(" (%d times)", f.Count)
		}
		t.line(t.paint(color, head))
		about := f.Detection + ", " + f.Resource
		if f.Level != "" {
			about += " (" + f.Level + ")"
		}
		if !f.First.IsZero() {
			about += ", " + f.First.Format(time.RFC3339)
		}
		t.para(2, part{}, about, dim)
		for _, e := range f.Evidence {
			t.para(4, part{s: "●"}, e, "")
		}
		t.para(2, part{s: "do:"}, f.Respond, "")
	}
}
