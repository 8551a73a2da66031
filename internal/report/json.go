package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/baileydb/bailey/internal/finding"
)

// writeJSON writes the report itself, as finding.schema.json describes it. It encodes one entry at a time, so that a
// report of a million findings needs no more memory than they do.
func writeJSON(w io.Writer, r *finding.Report, opts Options) error {
	j := &jsonWriter{w: bufio.NewWriterSize(w, 1<<16)}
	levels := r.Levels
	if levels == nil {
		levels = []string{}
	}
	j.raw("{")
	j.member("version", r.Version)
	j.member("time", r.Time)
	j.member("levels", levels)
	j.list("stores", len(r.Stores), false, func(i int) any { return &r.Stores[i] })
	j.list("findings", len(r.Findings), false, func(i int) any {
		if f := &r.Findings[i]; opts.All || f.Verdict != finding.Pass && !f.NotDemanded {
			return f
		}
		return nil
	})
	j.list("problems", len(r.Problems), true, func(i int) any { return &r.Problems[i] })
	j.list("skipped", len(r.Skipped), true, func(i int) any { return &r.Skipped[i] })
	j.member("summary", r.Summary)
	j.raw("\n}\n")
	if j.err == nil {
		j.err = j.w.Flush()
	}
	return j.err
}

// jsonWriter writes the members of one object as encode would.
type jsonWriter struct {
	w       *bufio.Writer
	members int
	buf     bytes.Buffer
	err     error
}

func (j *jsonWriter) raw(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

func (j *jsonWriter) name(name string) {
	if j.members > 0 {
		j.raw(",")
	}
	j.members++
	j.raw("\n  \"" + name + "\": ")
}

// value writes one value, indented as it stands.
func (j *jsonWriter) value(v any, prefix string) {
	if j.err != nil {
		return
	}
	j.buf.Reset()
	enc := json.NewEncoder(&j.buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	if j.err = enc.Encode(v); j.err == nil {
		_, j.err = j.w.Write(bytes.TrimRight(j.buf.Bytes(), "\n"))
	}
}

func (j *jsonWriter) member(name string, v any) {
	j.name(name)
	j.value(v, "  ")
}

// list writes a list of what item returns for 0 to n-1, leaving out nil; an empty one is left out altogether on demand.
func (j *jsonWriter) list(name string, n int, omitEmpty bool, item func(i int) any) {
	if n == 0 && omitEmpty {
		return
	}
	j.name(name)
	open := "["
	for i := range n {
		v := item(i)
		if v == nil {
			continue
		}
		j.raw(open + "\n    ")
		j.value(v, "    ")
		open = ","
	}
	if open == "[" {
		j.raw("[]")
		return
	}
	j.raw("\n  ]")
}

// encode writes indented JSON with a newline at the end. It keeps < and & as they are: this JSON goes to files and
// programs, never into a page.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
