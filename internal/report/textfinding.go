package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// mark is a finding's standing: a symbol, a word, and a color that says the same again.
func mark(f *finding.Finding) (symbol, word, color string) {
	word = strings.ToUpper(string(f.Severity.Label))
	switch stateOf(f) {
	case passed:
		return "✓", "pass", green
	case notDemanded:
		return "–", "not demanded", dim
	case unknown:
		return "?", word, cyan
	case waived:
		return "~", word, dim
	case baseline:
		return "=", word, dim
	case failed:
	}
	switch f.Severity.Label {
	case finding.High:
		return "✗", word, red
	case finding.Medium:
		return "✗", word, yellow
	case finding.Low, finding.None:
	}
	return "✗", word, blue
}

// brief writes a finding without its details.
func (t *text) brief(f *finding.Finding, aside string) {
	symbol, word, color := mark(f)
	where := f.Safeguard + " · " + f.Resource + " · " + place(f.File, f.Line, f.Column)
	if aside != "" {
		where += " " + aside
	}
	t.para(2, part{fmt.Sprintf("%s %-6s", symbol, word), color}, where, "")
}

// finding writes a finding in full, or briefly where the same safeguard was told in full often enough.
func (t *text) finding(f *finding.Finding, own bool) {
	if t.told[f.Safeguard]++; t.told[f.Safeguard] > t.full {
		t.brief(f, "(as above)")
		return
	}
	symbol, word, color := mark(f)
	t.line("")
	t.para(2, part{fmt.Sprintf("%s %-6s", symbol, word), color}, f.Title, bold)
	if sameCause(t.last, f) {
		t.para(4, part{}, f.Safeguard+" · for the same reason, at the same place", dim)
		t.para(4, part{"fix     ", green}, f.Fix.Summary, "")
		return
	}
	t.last = f
	t.para(4, part{}, f.Safeguard+" · "+f.Resource+" · "+place(f.File, f.Line, f.Column), dim)
	if !own && len(f.Stores) > 0 {
		t.para(4, part{}, "protects "+enumerate(f.Stores, 6), dim)
	}
	if fr, ok := t.frames.at(f.File, f.Line, f.Column); ok {
		t.frame(fr)
	}
	if f.Message != "" {
		t.para(4, part{}, f.Message, "")
	}
	t.evidence(f)
	t.fix(f)
}

// sameCause reports whether two findings are about the same fact at the same place, so that one telling will do: an open
// port fails the safeguard of its database and that of all ports alike.
func sameCause(a, b *finding.Finding) bool {
	if a == nil || len(a.Evidence) == 0 || len(b.Evidence) == 0 || b.Fix.Summary == "" {
		return false
	}
	x, y := a.Evidence[0], b.Evidence[0]
	return a.Verdict == b.Verdict && a.Resource == b.Resource && a.File == b.File && a.Line == b.Line &&
		x.Fact == y.Fact && x.Value == y.Value && x.State == y.State && x.Value != ""
}

func (t *text) frame(fr frame) {
	digits := len(strconv.Itoa(fr.lines[len(fr.lines)-1].number))
	limit := max(t.width-digits-10, 20)
	t.line("")
	for _, l := range fr.lines {
		column := 0
		if l.marked {
			column = fr.column
		}
		shown, at := clip(l.text, column, limit)
		if !l.marked {
			t.line(t.paint(dim, fmt.Sprintf("      %*d │ ", digits, l.number)) + t.paint(dim, shown))
			continue
		}
		t.line("    " + t.paint(red, ">") + fmt.Sprintf(" %*d │ ", digits, l.number) + shown)
		if at > 0 {
			before := string([]rune(shown + " ")[:min(at-1, len([]rune(shown)))])
			t.line(t.paint(dim, "      "+strings.Repeat(" ", digits)+" │ ") +
				strings.Repeat(" ", columns(before)) + t.paint(red, "^"))
		}
	}
	t.line("")
}

// evidence writes the facts behind a verdict that say more than the frame and the message do.
func (t *text) evidence(f *finding.Finding) {
	lead := part{"evidence", dim}
	for _, e := range f.Evidence {
		words := evidenceWords(e)
		if e.File != "" && (e.File != f.File || e.Line != f.Line) {
			words += " (" + place(e.File, e.Line, e.Column) + ")"
		} else if strings.Contains(f.Message, e.Value) && e.Value != "" && e.Note == "" {
			continue
		}
		t.para(4, lead, words, "")
		lead.s = "        "
	}
}

func evidenceWords(e finding.Evidence) string {
	var words string
	switch {
	case e.State == "unknown":
		words = e.Fact + " is not known"
	case e.State == "absent" && e.Value == "":
		words = e.Fact + " is not set"
	case e.State == "absent":
		words = e.Fact + " is not set, so " + shorten(e.Value, maxValue) + " holds"
	default:
		words = e.Fact + " = " + shorten(e.Value, maxValue)
	}
	if e.Note != "" {
		words += ": " + e.Note
	}
	return words
}

// maxValue is how much of a fact's value is shown, in columns.
const maxValue = 200

func (t *text) fix(f *finding.Finding) {
	x := &f.Fix
	if x.Summary == "" && x.Snippet == "" {
		return
	}
	key := f.Safeguard + "\x00" + x.Summary + "\x00" + x.Snippet + "\x00" + x.Effect
	if on, ok := t.fixes[key]; ok {
		t.para(4, part{"fix     ", green}, "as for "+on+" above", "")
		return
	}
	t.fixes[key] = f.Resource
	t.para(4, part{"fix     ", green}, x.Summary, "")
	if words := effectWords(x.Effect); words != "" {
		t.para(4, part{"effect  ", yellow}, words, "")
	}
	if x.MonthlyCost != nil {
		t.para(4, part{"cost    ", dim}, costWords(*x.MonthlyCost), "")
	}
	if x.Snippet != "" {
		t.line("")
		lines := strings.Split(strings.TrimRight(x.Snippet, "\n"), "\n")
		for _, l := range lines {
			s, _ := expand(l, 0)
			t.line("      " + t.paint(green, s))
		}
		t.line("")
	}
	for i, s := range x.Steps {
		t.para(6, part{fmt.Sprintf("%d.", i+1), dim}, s, "")
	}
}

func costWords(usd float64) string {
	if usd == 0 {
		return "nothing"
	}
	if usd < 1 {
		return fmt.Sprintf("about $%.2f a month", usd)
	}
	return fmt.Sprintf("about $%.0f a month", usd)
}

// enumerate joins names, and counts those after the first few.
func enumerate(names []string, limit int) string {
	if len(names) > limit {
		rest := len(names) - limit
		names = append(slices.Clone(names[:limit]), fmt.Sprintf("%d more", rest))
	}
	return strings.Join(names, ", ")
}
