package report

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// fixText is what to do, as plain text.
func fixText(f *finding.Finding) string {
	x := &f.Fix
	parts := []string{x.Summary}
	if words := effectWords(x.Effect); words != "" {
		parts = append(parts, "Applying it "+words+".")
	}
	for i, s := range x.Steps {
		parts = append(parts, fmt.Sprintf("%d. %s", i+1, s))
	}
	if x.Snippet != "" {
		parts = append(parts, strings.TrimRight(x.Snippet, "\n"))
	}
	return strings.Join(parts, "\n")
}

// waiverWords says until when and why a failure is accepted.
func waiverWords(w *finding.Waiver) string {
	words := fmt.Sprintf("accepted until %s: %s", w.Until, w.Reason)
	if w.From != "" {
		words += " (" + w.From + ")"
	}
	return words
}

// detailText is all there is to say about a finding, as plain text for programs that show one field.
func detailText(f *finding.Finding) string {
	parts := []string{f.Message}
	for _, s := range f.Settle {
		parts = append(parts, "to settle: "+s)
	}
	for _, e := range f.Evidence {
		parts = append(parts, "evidence: "+evidenceWords(e))
	}
	parts = append(parts, "resource: "+f.Resource, "at: "+place(f.File, f.Line, f.Column))
	if len(f.Stores) > 0 {
		parts = append(parts, "protects: "+strings.Join(f.Stores, ", "))
	}
	if f.Level != "" {
		parts = append(parts, "level: "+f.Level)
	}
	if x := fixText(f); x != "" {
		parts = append(parts, "fix: "+x)
	}
	parts = append(parts, "more: "+helpURI(f.Safeguard))
	return strings.Join(parts, "\n")
}

// cut shortens text to at most limit characters, an ellipsis at the end.
func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n++; n == limit {
			if rest := s[i:]; len([]rune(rest)) > 1 {
				return s[:i] + "…"
			}
			return s
		}
	}
	return s
}
