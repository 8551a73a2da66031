package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// maxComment is how much one comment on GitHub holds, in characters; what goes beyond is counted instead of told.
const maxComment = 65536

// writeMarkdown writes GitHub-flavored Markdown for the comment on a pull request: the answer, a table of the
// databases, and each finding to unfold.
func writeMarkdown(w io.Writer, r *finding.Report, opts Options) error {
	var b bytes.Buffer
	g := group(r)
	answer, beside, good := headline(r)
	icon := "🔴"
	if good {
		icon = "🟢"
	} else if r.Summary.Failed.Total() == 0 {
		icon = "🟡"
	}
	fmt.Fprintf(&b, "### %s Bailey: %s\n\n", icon, proseMD(answer))
	if len(beside) > 0 {
		b.WriteString(proseMD(strings.Join(beside, " ")) + "\n\n")
	}
	markdownTable(&b, g)
	tail := markdownTail(r, opts)
	frames := newFrames(opts.Source)
	left := maxComment - len(tail) - 400
	for _, d := range g.databases {
		left = markdownSection(&b, left, frames, "#### "+codeMD(d.Name)+" ("+proseMD(d.Level)+")", in(d.own, failed))
	}
	left = markdownSection(&b, left, frames, "#### Around the databases", in(g.around, failed))
	var undecided, accepted, rest []*finding.Finding
	for _, d := range g.databases {
		undecided = append(undecided, in(d.own, unknown)...)
		accepted = append(accepted, in(d.own, waived, baseline)...)
		rest = append(rest, in(d.own, passed, notDemanded)...)
	}
	undecided = append(undecided, in(g.around, unknown)...)
	accepted = append(accepted, in(g.around, waived, baseline)...)
	rest = append(rest, in(g.around, passed, notDemanded)...)
	left = markdownSection(&b, left, frames, "#### Could not be decided", undecided)
	left = markdownSection(&b, left, frames, "#### Accepted", accepted)
	if opts.All {
		markdownSection(&b, left, frames, "#### Passed or not demanded", rest)
	}
	b.WriteString(tail)
	_, err := w.Write(b.Bytes())
	return err
}

// maxRows is how many databases the table shows before it counts the rest.
const maxRows = 100

func markdownTable(b *bytes.Buffer, g grouped) {
	if len(g.databases) == 0 {
		return
	}
	b.WriteString("| database | level | high | medium | low | unknown | passed |\n|---|---|--:|--:|--:|--:|--:|\n")
	for i, d := range g.databases {
		if i == maxRows {
			fmt.Fprintf(b, "| … and %d more | | | | | | |\n", len(g.databases)-i)
			break
		}
		cells := []int{d.Failed.High, d.Failed.Medium, d.Failed.Low, d.Unknown}
		name := strings.ReplaceAll(codeMD(shorten(d.Name, 60)), "|", "\\|") // even in a code span a table's cell ends there
		fmt.Fprintf(b, "| %s | %s |", name, proseMD(shorten(d.Level, 30)))
		for _, n := range cells {
			if n == 0 {
				b.WriteString(" · |")
			} else {
				fmt.Fprintf(b, " **%d** |", n)
			}
		}
		fmt.Fprintf(b, " %d |\n", d.Passed)
	}
	b.WriteString("\n")
}

// markdownSection writes findings while there is room, and returns the room left; 0 once something was left out.
func markdownSection(b *bytes.Buffer, limit int, frames *frames, title string, fs []*finding.Finding) int {
	if len(fs) == 0 || limit == 0 {
		return limit
	}
	if b.Len()+len(title)+2 > limit {
		fmt.Fprintf(b, "_The rest does not fit into a comment: see `bailey check`._\n\n")
		return 0
	}
	b.WriteString(title + "\n\n")
	for i, f := range fs {
		one := markdownFinding(f, frames)
		if b.Len()+len(one) > limit {
			fmt.Fprintf(b, "_%d more here, and the rest, do not fit into a comment: see `bailey check`._\n\n", len(fs)-i)
			return 0
		}
		b.WriteString(one)
	}
	return limit
}

func markdownFinding(f *finding.Finding, frames *frames) string {
	var b strings.Builder
	symbol, word, _ := mark(f)
	fmt.Fprintf(&b, "<details><summary>%s <b>%s</b> %s <code>%s</code></summary>\n\n", symbol, html.EscapeString(word),
		tagMD(f.Title), tagMD(f.Safeguard))
	fmt.Fprintf(&b, "%s at %s\n\n", codeMD(f.Resource), codeMD(place(f.File, f.Line, f.Column)))
	if len(f.Stores) > 0 {
		var names []string
		for _, s := range f.Stores[:min(len(f.Stores), 10)] {
			names = append(names, codeMD(s))
		}
		fmt.Fprintf(&b, "Protects %s\n\n", strings.Join(names, ", "))
	}
	if fr, ok := frames.at(f.File, f.Line, f.Column); ok {
		var code []string
		for _, l := range fr.lines {
			mark := " "
			text := shorten(l.text, 160)
			if l.marked {
				mark = ">"
				text, _ = clip(l.text, fr.column, 160)
			}
			code = append(code, fmt.Sprintf("%s %4d │ %s", mark, l.number, text))
		}
		b.WriteString(fenceMD(strings.Join(code, "\n")))
	}
	if f.Message != "" {
		b.WriteString(proseMD(f.Message) + "\n\n")
	}
	for _, s := range f.Settle {
		b.WriteString("- To settle it: " + proseMD(s) + "\n")
	}
	for _, e := range f.Evidence {
		b.WriteString("- " + codeMD(evidenceWords(e)) + "\n")
	}
	if len(f.Settle)+len(f.Evidence) > 0 {
		b.WriteString("\n")
	}
	if f.Waiver != nil {
		b.WriteString(proseMD(waiverWords(f.Waiver)) + "\n\n")
	}
	b.WriteString(fixMarkdown(f))
	b.WriteString("</details>\n\n")
	return b.String()
}

// fixMarkdown is what to do, as Markdown.
func fixMarkdown(f *finding.Finding) string {
	var b strings.Builder
	x := &f.Fix
	if x.Summary != "" {
		fmt.Fprintf(&b, "**Fix:** %s", proseMD(x.Summary))
		if words := effectWords(x.Effect); words != "" {
			fmt.Fprintf(&b, " It %s.", words)
		}
		b.WriteString("\n\n")
	}
	if x.Snippet != "" {
		var lines []string
		for l := range strings.SplitSeq(strings.TrimRight(x.Snippet, "\n"), "\n") {
			s, _ := expand(l, 0)
			lines = append(lines, s)
		}
		b.WriteString(fenceMD(strings.Join(lines, "\n")))
	}
	for i, s := range x.Steps {
		fmt.Fprintf(&b, "%d. %s\n", i+1, proseMD(s))
	}
	if len(x.Steps) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "[%s](%s)\n\n", proseMD(f.Safeguard), helpURI(f.Safeguard))
	return b.String()
}

func markdownTail(r *finding.Report, opts Options) string {
	var b strings.Builder
	const limit = 20
	if len(r.Problems) > 0 {
		fmt.Fprintf(&b, "<details><summary>%s could not be read</summary>\n\n", count(len(r.Problems), "thing", "things"))
		for _, p := range r.Problems[:min(len(r.Problems), limit)] {
			fmt.Fprintf(&b, "- %s: %s\n", codeMD(cut(place(p.File, p.Line, p.Column), 200)), proseMD(cut(p.Message, 300)))
		}
		b.WriteString("\n</details>\n\n")
	}
	if len(r.Skipped) > 0 && opts.All {
		fmt.Fprintf(&b, "<details><summary>%s left out</summary>\n\n", count(len(r.Skipped), "path", "paths"))
		for _, s := range r.Skipped[:min(len(r.Skipped), limit)] {
			fmt.Fprintf(&b, "- %s: %s\n", codeMD(cut(s.Path, 200)), proseMD(cut(s.Reason, 300)))
		}
		b.WriteString("\n</details>\n\n")
	}
	s := &r.Summary
	fmt.Fprintf(&b, "<sub>%s, %s, %s · %d failed, %d unknown, %d passed, %d waived, %d in the baseline · Bailey %s</sub>\n",
		count(s.Files, "file", "files"), count(s.Resources, "resource", "resources"), count(s.Stores, "database", "databases"),
		s.Failed.Total(), s.Unknown, s.Passed, s.Waived, s.Baseline, tagMD(r.Version))
	if words := savedWords(r); words != "" {
		b.WriteString("<sub>" + tagMD(words) + "</sub>\n")
	}
	return b.String()
}

// specialMD are the characters that mean something within a line of Markdown; a backslash or an entity takes the meaning
// from them.
const specialMD = "\\`*_[]!|~>^$"

// proseMD makes text mean nothing in Markdown but itself: no markup, no HTML, no mention, no reference, no link.
func proseMD(s string) string {
	var b strings.Builder
	for _, r := range printable(s) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@', r == '#':
			// A zero-width space ends what would be a mention or a reference; a backslash does not.
			b.WriteString("\\" + string(r) + "\u200b")
		case strings.ContainsRune(specialMD, r):
			b.WriteString("\\" + string(r))
		default:
			b.WriteRune(r)
		}
	}
	out := strings.NewReplacer("://", ":\u200b//", "www.", "www\u200b.").Replace(b.String())
	if listStart.MatchString(out) {
		out = "\u200b" + out
	}
	return out
}

// listStart matches what would begin a list.
var listStart = regexp.MustCompile(`^(?:-|\d+[.)])\s`)

// tagMD is text inside an HTML element inside Markdown.
func tagMD(s string) string {
	s = html.EscapeString(printable(s))
	for _, c := range specialMD {
		s = strings.ReplaceAll(s, string(c), fmt.Sprintf("&#%d;", c))
	}
	return strings.NewReplacer("@", "@\u200b", "://", ":\u200b//", "www.", "www\u200b.").Replace(s)
}

// codeMD is text as a code span.
func codeMD(s string) string {
	s = printable(s)
	if s == "" {
		return "—"
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.Trim(s, " ") != s {
		s = " " + s + " "
	}
	return fence + s + fence
}

// fenceMD is text as a code block.
func fenceMD(s string) string {
	fence := strings.Repeat("`", max(3, longestRun(s, '`')+1))
	return fence + "text\n" + s + "\n" + fence + "\n\n"
}

func longestRun(s string, c rune) int {
	longest, run := 0, 0
	for _, r := range s {
		if r == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
