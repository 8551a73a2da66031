package notify

import (
	"fmt"
	"html/template"
	"maps"
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
	Total    int // with those that are only counted
}

// Compose writes a message of some findings, the worst first. types are how many there are of each type in all.
func Compose(found []Finding, types map[string]int) *Message {
	m := &Message{Findings: found}
	for _, n := range types {
		m.Total += n
	}
	m.Total = max(m.Total, len(found))
	if len(found) == 0 {
		return m
	}
	f := found[0]
	m.Subject = line(fmt.Sprintf("[%s] %s: %s", strings.ToUpper(f.Severity), f.Title, f.Resource))
	if m.Total > 1 {
		m.Subject = line(fmt.Sprintf("[%s] %d findings, the worst: %s", strings.ToUpper(f.Severity), m.Total, f.Title))
	}
	var t strings.Builder
	if m.Total > 1 {
		fmt.Fprintf(&t, "%d findings.\n\n", m.Total)
		for _, name := range slices.SortedFunc(maps.Keys(types), func(a, b string) int { return 2*(types[b]-types[a]) + strings.Compare(a, b) }) {
			fmt.Fprintf(&t, "%7d  %s\n", types[name], line(name))
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
	m.HTML = page(m, types)
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
	fmt.Fprintf(t, "  Why it is strange: %s\n  What to do now: %s\n  More: %s\n\n", line(f.Why), line(f.Respond), line(f.More))
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

var pageTemplate = template.Must(template.New("message").Funcs(template.FuncMap{"line": line, "upper": strings.ToUpper, "rows": func(f Finding) [][2]string { return rows(&f) }}).Parse(
	`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{.M.Subject}}</title></head>
<body style="font-family:sans-serif;color:#1c2733;max-width:46em;margin:1em auto;line-height:1.4">
{{if gt .M.Total 1}}<p><b>{{.M.Total}} findings.</b></p><table>{{range $t, $n := .Types}}<tr><td style="text-align:right;padding-right:1em">{{$n}}</td><td>{{line $t}}</td></tr>{{end}}</table>{{end}}
{{range .M.Findings}}<div style="border-left:6px solid {{if eq .Severity "high"}}#b42318{{else if eq .Severity "medium"}}#b54708{{else}}#475467{{end}};padding:.2em 1em;margin:1.2em 0">
<h2 style="font-size:1.1em;margin:.2em 0">{{upper .Severity}} {{line .Title}}</h2>
<table>{{range rows .}}<tr><td style="color:#667085;padding-right:1em">{{index . 0}}</td><td>{{index . 1}}</td></tr>{{end}}</table>
<ul>{{range .Evidence}}<li>{{line .}}</li>{{end}}</ul>
<p><b>Why it is strange</b><br>{{line .Why}}</p><p><b>What to do now</b><br>{{line .Respond}}</p><p><code>{{line .More}}</code></p></div>{{end}}
{{with .Rest}}<p>{{.}} more are not told one by one: <code>bailey findings</code></p>{{end}}
</body></html>
`))

func page(m *Message, types map[string]int) string {
	var b strings.Builder
	if err := pageTemplate.Execute(&b, map[string]any{"M": m, "Types": types, "Rest": m.Total - len(m.Findings)}); err != nil {
		return "" // a template over texts has no error; mail goes out as text alone
	}
	return b.String()
}
