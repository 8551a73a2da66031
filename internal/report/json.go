package report

import (
	"encoding/json"
	"io"

	"github.com/baileydb/bailey/internal/finding"
)

// writeJSON writes the report itself, as finding.schema.json describes it.
func writeJSON(w io.Writer, r *finding.Report, opts Options) error {
	out := *r
	out.Findings = make([]finding.Finding, 0, len(r.Findings))
	for i := range r.Findings {
		if opts.All || r.Findings[i].Verdict != finding.Pass {
			out.Findings = append(out.Findings, r.Findings[i])
		}
	}
	if out.Levels == nil {
		out.Levels = []string{}
	}
	if out.Stores == nil {
		out.Stores = []finding.Store{}
	}
	return encode(w, out)
}

// encode writes indented JSON with a newline at the end. It keeps < and & as they are: this JSON goes to files and
// programs, never into a page.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
