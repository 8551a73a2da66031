package notify

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Message is what a destination is told.
type Message struct {
	Subject  string // one line
	Text     string
	HTML     string
	Findings []Finding
	Total    int            // with those that are only counted
	Types    map[string]int // how many there are of each type
}

// Compose writes a message of some findings, the worst first. types are how many there are of each type in all.
func Compose(found []Finding, types map[string]int) *Message {
	m := &Message{Findings: found, Types: types}
	for _, n := range types {
		m.Total += n
	}
	m.Total = max(m.Total, len(found))
	if len(found) == 0 {
		return m
	}
	f := found[0]
	m.Subject = line(fmt.Sprintf("[%s] %s", strings.ToUpper(f.Severity), f.Title))
	if f.Resource != "" {
		m.Subject = line(m.Subject + ": " + f.Resource)
	}
	if m.Total > 1 {
		m.Subject = line(fmt.Sprintf("[%s] %d findings, the worst: %s", strings.ToUpper(f.Severity), m.Total, f.Title))
	}
	var t strings.Builder
	if m.Total > 1 {
		fmt.Fprintf(&t, "%d findings.\n\n", m.Total)
		for _, x := range mostFirst(types) {
			fmt.Fprintf(&t, "%7d  %s\n", x.Count, line(x.Name))
		}
		t.WriteString("\n")
	}
	for i := range found {
		text(&t, &found[i])
	}
	if rest := m.Total - len(found); rest > 0 {
		fmt.Fprintf(&t, "%d more are not told one by one.\nbailey findings\n", rest)
	}
	m.Text = t.String()
	m.HTML = page(m, mostFirst(types))
	return m
}

func text(t *strings.Builder, f *Finding) {
	fmt.Fprintf(t, "%s  %s\n", strings.ToUpper(f.Severity), line(f.Title))
	for _, row := range rows(f) {
		fmt.Fprintf(t, "  %-10s %s\n", row[0]+":", row[1])
	}
	for _, e := range f.Evidence {
		fmt.Fprintf(t, "  - %s\n", line(e))
	}
	for _, x := range [][2]string{{"Why it is strange", f.Why}, {"What to do now", f.Respond}, {"More", f.More}} {
		if x[1] != "" {
			fmt.Fprintf(t, "  %s: %s\n", x[0], line(x[1]))
		}
	}
	t.WriteString("\n")
}

// rows are what is known of a finding, with its names.
func rows(f *Finding) [][2]string {
	when := ""
	if !f.First.IsZero() {
		when = f.First.UTC().Format(time.DateTime) + " UTC"
		if f.Last.After(f.First) {
			when += " to " + f.Last.UTC().Format(time.DateTime)
		}
	}
	times := ""
	if f.Count > 1 {
		times = fmt.Sprintf("%d times", f.Count)
	}
	resource := f.Resource
	if f.Level != "" {
		resource += " (" + f.Level + ")"
	}
	var out [][2]string
	for _, r := range [][2]string{{"what", resource}, {"who", f.Principal}, {"from", f.Address}, {"when", when}, {"how often", times}, {"account", strings.TrimSpace(f.Account + " " + f.Region)}, {"type", f.Type}} {
		if r[1] != "" {
			out = append(out, [2]string{r[0], line(r[1])})
		}
	}
	return out
}

const maxLine = 1000

// line makes a text one line without control characters, of bounded length: a message's headers and a person's terminal take
// what is in it for text.
func line(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' }), " ")
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1 // marks of direction would show another text than there is
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxLine {
		s = string(r[:maxLine]) + "…"
	}
	return s
}

//go:embed mail.html
var mailPage string

var pageTemplate = template.Must(template.New("message").Funcs(template.FuncMap{
	"line": line, "upper": strings.ToUpper, "rows": func(f Finding) [][2]string { return rows(&f) }, "color": color,
}).Parse(mailPage))

// color is a severity's, which reads as well under white text as beside a dark card.
func color(severity string) template.CSS {
	switch severity {
	case "high":
		return "#b42318"
	case "medium":
		return "#b54708"
	}
	return "#475467"
}

func page(m *Message, types []typeCount) string {
	var b strings.Builder
	if err := pageTemplate.Execute(&b, map[string]any{"M": m, "Types": types, "Rest": m.Total - len(m.Findings)}); err != nil {
		return "" // a template over texts has no error; mail goes out as text alone
	}
	return b.String()
}

// typeCount is how many findings there are of a type.
type typeCount struct {
	Name  string
	Count int
}

// mostFirst orders types by how many findings there are of each.
func mostFirst(types map[string]int) []typeCount {
	var out []typeCount
	for name, n := range types {
		out = append(out, typeCount{name, n})
	}
	slices.SortFunc(out, func(a, b typeCount) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
	return out
}
