package report

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

// The measures of the drawing, in pixels.
const (
	nodeWidth, nodeHeight = 190, 40
	columnGap, rowGap     = 90, 16
	margin                = 24
)

// drawing lays nodes out in columns, the databases rightmost, and whoever is more steps away further left.
type drawing struct {
	order []string
	nodes map[string]*node
	edges []edge
}

type node struct {
	label, sub, class string
	column, row       int
	x, y              int
}

type edge struct {
	from, to, label string
	dashed          bool
}

// accessSVG draws who becomes whom until somebody reaches a database.
func accessSVG(a *Access) string {
	d := &drawing{nodes: map[string]*node{}}
	for i := range a.Databases {
		d.database(&a.Databases[i])
	}
	return d.svg("Who can " + a.Question.Do)
}

func (d *drawing) node(id, label, sub, class string, column int) *node {
	n, ok := d.nodes[id]
	if !ok {
		n = &node{label: label, sub: sub, class: class}
		d.nodes[id] = n
		d.order = append(d.order, id)
	}
	n.column = max(n.column, column)
	return n
}

func (d *drawing) edge(e edge) {
	if !slices.ContainsFunc(d.edges, func(o edge) bool { return o.from == e.from && o.to == e.to }) {
		d.edges = append(d.edges, e)
	}
}

func (d *drawing) database(db *AccessDatabase) {
	target := "database " + db.Resource
	d.node(target, db.Name, db.Resource, "store", 0)
	for i := range db.Who {
		g := &db.Who[i]
		class := "sure"
		switch {
		case !g.Sure:
			class = "maybe"
		case g.NeedsMFA:
			class = "mfa"
		}
		sub := g.Kind + accessWords(*g)
		ids, labels := []string{g.Name}, []string{g.Name}
		for _, s := range g.Chain {
			ids, labels = append(ids, s.To), append(labels, s.To)
		}
		for j, id := range ids {
			c, s := class, sub
			if j > 0 {
				c, s = "step", ""
			}
			d.node(id, labels[j], s, c, len(ids)-j)
			if j == 0 {
				d.nodes[id].class, d.nodes[id].sub = c, s
			}
			to, label := target, ""
			if j+1 < len(ids) {
				to, label = ids[j+1], g.Chain[j].By
			} else if len(g.Acts) > 0 {
				label = shortList(g.Acts[0].Actions, 1)
				if n := len(g.Acts[0].Actions); n > 1 {
					label = fmt.Sprintf("%s +%d", g.Acts[0].Actions[0], n-1)
				}
			}
			d.edge(edge{id, to, label, !g.Sure})
		}
	}
}

// place gives every node its coordinates and returns the size of the whole.
func (d *drawing) place() (width, height int) {
	columns, rows := 0, map[int]int{}
	for _, id := range d.order {
		columns = max(columns, d.nodes[id].column)
	}
	for _, id := range d.order {
		n := d.nodes[id]
		n.row = rows[n.column]
		rows[n.column]++
		n.x = margin + (columns-n.column)*(nodeWidth+columnGap)
		n.y = margin + 34 + n.row*(nodeHeight+rowGap)
		width, height = max(width, n.x+nodeWidth+margin), max(height, n.y+nodeHeight+margin)
	}
	return max(width, 480), height + 24
}

func (d *drawing) svg(title string) string {
	width, height := d.place()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="system-ui, sans-serif" font-size="12">`, width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>", xmlText(title))
	b.WriteString(`<style>.n{stroke-width:1.5}.sure{fill:#fde8e8;stroke:#b42318}.maybe{fill:#fff6db;stroke:#a16207}.mfa{fill:#e6f4ea;stroke:#1e7d34}.step{fill:#eef2f7;stroke:#475569}.store{fill:#e3ecfb;stroke:#1d4ed8}.e{fill:none;stroke:#64748b;stroke-width:1.3}.d{stroke-dasharray:5 4}.s{fill:#475569;font-size:10px}</style>`)
	b.WriteString(`<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#64748b"/></marker></defs>`)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="%d" y="%d" font-size="15" font-weight="600">%s</text>`, margin, margin+4, xmlText(title))
	for _, e := range d.edges {
		d.drawEdge(&b, &e)
	}
	for _, id := range d.order {
		n := d.nodes[id]
		fmt.Fprintf(&b, `<g><title>%s</title><rect class="n %s" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, xmlText(id+" "+n.sub), n.class, n.x, n.y, nodeWidth, nodeHeight)
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="600">%s</text><text class="s" x="%d" y="%d">%s</text></g>`, n.x+8, n.y+17, xmlText(shorten(n.label, 26)), n.x+8, n.y+32, xmlText(shorten(n.sub, 34)))
	}
	if len(d.edges) == 0 {
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="s">Nobody.</text>`, margin, height-margin)
	} else {
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="s">red: can · green: only with MFA · yellow, dashed: hangs on something unknown</text>`, margin, height-10)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (d *drawing) drawEdge(b *strings.Builder, e *edge) {
	from, to := d.nodes[e.from], d.nodes[e.to]
	x1, y1, x2, y2 := from.x+nodeWidth, from.y+nodeHeight/2, to.x, to.y+nodeHeight/2
	class := "e"
	if e.dashed {
		class += " d"
	}
	if x2 < x1 { // within a column, or back
		x2, y2 = to.x+nodeWidth, to.y+nodeHeight/2+6
	}
	mid := (x1 + x2) / 2
	fmt.Fprintf(b, `<path class="%s" d="M%d %d C%d %d %d %d %d %d" marker-end="url(#a)"><title>%s</title></path>`, class, x1, y1, mid, y1, mid, y2, x2, y2, xmlText(e.label))
	if e.label != "" {
		fmt.Fprintf(b, `<text class="s" x="%d" y="%d">%s</text>`, x1+4, y1-4, xmlText(shorten(e.label, 17)))
	}
}

func xmlText(s string) string { return template.HTMLEscapeString(printable(s)) }

var accessPage = template.Must(template.New("access").Funcs(template.FuncMap{"headline": accessHeadline, "words": accessWords, "list": shortList}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Who can {{.A.Question.Do}}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:75rem;color:#0f172a}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #e2e8f0;vertical-align:top}.pic{overflow:auto;border:1px solid #e2e8f0;border-radius:8px}code{font-size:.9em}h2{font-size:1.1rem;margin-top:2rem}</style></head><body>
<h1>Who can {{.A.Question.Do}}</h1>{{if .A.Question.Means}}<p>{{.A.Question.Means}}</p>{{end}}
<div class="pic">{{.Picture}}</div>
{{range $d := .A.Databases}}<h2>{{$d.Name}}</h2><p>{{headline $.A $d}}</p>
{{if $d.Who}}<table><thead><tr><th>Who</th><th>How</th><th>What</th><th>Allowed by</th></tr></thead><tbody>
{{range $g := $d.Who}}<tr><td>{{$g.Kind}} <b>{{$g.Name}}</b>{{words $g}}</td><td>{{range $g.Chain}}{{.From}} → {{.To}} ({{.By}})<br>{{else}}as it is{{end}}{{range $g.DependsOn}}<br>hangs on <code>{{.}}</code>{{end}}</td>
<td>{{range $g.Acts}}{{list .Actions 6}}{{if .On}} on {{.On}}{{end}}<br>{{end}}</td><td>{{range $g.Allowing}}{{.Statement}} of {{.Policy}}{{if .File}} ({{.File}}:{{.Line}}){{end}}<br>{{end}}</td></tr>{{end}}
</tbody></table>{{end}}{{end}}
{{range .A.Notes}}<p>Note: {{.}}</p>{{end}}
</body></html>
`))

func accessHTML(w io.Writer, a *Access) error {
	return accessPage.Execute(w, map[string]any{
		"A":       a,
		"Picture": template.HTML(accessSVG(a)), //nolint:gosec // every text in it is escaped
	})
}
