package report

import (
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/reach"
)

// reachStyle holds in light and dark alike; the document's reader decides which.
const reachStyle = `
.reach{--bg:#fbfbf9;--card:#fff;--ink:#1c1f23;--soft:#5c636b;--edge:#8a929a;--open:#23568f;--world:#a8201a;--maybe:#8a5200;--refused:#5c636b;--db:#e6eff8;font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
@media (prefers-color-scheme:dark){.reach{--bg:#14171a;--card:#1b1f23;--ink:#e8e9e6;--soft:#a0a7ae;--edge:#69727b;--open:#8fbcf0;--world:#ff9a92;--maybe:#f0bd6b;--refused:#a0a7ae;--db:#1d304a}}
.reach .bg{fill:var(--bg)}
.reach text{fill:var(--ink)}
.reach .h{font-size:17px;font-weight:620}
.reach .s,.reach .m{fill:var(--soft);font-size:12px}
.reach .t{fill:var(--soft);font-size:12px;font-weight:620}
.reach .n{font-weight:600}
.reach .box{fill:var(--card);stroke:var(--edge);stroke-width:1.2}
.reach .db{fill:var(--db);stroke:var(--open)}
.reach .l{fill:none;stroke-width:1.7}
.reach .open{stroke:var(--open)}.reach .world{stroke:var(--world);stroke-width:2.2}.reach .maybe{stroke:var(--maybe);stroke-dasharray:6 4}.reach .refused{stroke:var(--refused);stroke-dasharray:1.5 4}
.reach .x{fill:none;stroke:var(--world);stroke-width:2.4}
.reach .head-open{fill:var(--open)}.reach .head-world{fill:var(--world)}.reach .head-maybe{fill:var(--maybe)}
.reach .p{font-size:12px;font-weight:600;paint-order:stroke;stroke:var(--bg);stroke-width:5px;stroke-linejoin:round}
.reach .p.open{stroke:var(--bg);fill:var(--open)}.reach .p.world{stroke:var(--bg);stroke-width:5px;fill:var(--world)}.reach .p.maybe{stroke:var(--bg);stroke-dasharray:none;fill:var(--maybe)}.reach .p.refused{stroke:var(--bg);stroke-dasharray:none;fill:var(--soft);font-weight:400}
`

// MaxPanels is how many databases one drawing shows; a longer one is not looked at.
const MaxPanels = 40

func writeReachSVG(w io.Writer, r *Reach) error {
	_, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+reachSVG(r))
	return err
}

// reachSVG draws for every database the tiers in front of it, the internet leftmost.
func reachSVG(r *Reach) string {
	var panels []*panel
	width, height := 640, margin
	for i := range r.Databases {
		if i == MaxPanels {
			break
		}
		p := layout(&r.Databases[i])
		panels = append(panels, p)
		width, height = max(width, p.width), height+p.height
	}
	rest := restWords(r)
	height += 20*len(rest) + 2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="reach" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="reach-title reach-desc">`, width, height, width, height)
	answer, _ := reachAnswer(r)
	fmt.Fprintf(&b, "\n<title id=\"reach-title\">%s</title>\n<desc id=\"reach-desc\">%s</desc>\n<style>%s</style>\n",
		svgText("Who can open a connection to the databases"), svgText(strings.Join(append(answer, described(r)...), " ")), reachStyle)
	b.WriteString("<defs>")
	for _, class := range []string{"open", "world", "maybe"} {
		fmt.Fprintf(&b, `<marker id="reach-%s" viewBox="0 0 8 8" refX="7.5" refY="4" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" orient="auto"><path class="head-%s" d="M0 0L8 4L0 8z"/></marker>`, class, class)
	}
	b.WriteString("</defs>\n")
	fmt.Fprintf(&b, `<rect class="bg" width="%d" height="%d"/>`+"\n", width, height)
	y := margin
	for _, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(0 %d)">`+"\n", y)
		p.draw(&b)
		b.WriteString("</g>\n")
		y += p.height
	}
	for _, s := range rest {
		y += 20
		fmt.Fprintf(&b, `<text class="s" x="%d" y="%d">%s</text>`+"\n", margin, y, svgText(s))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// restWords are the lines below the drawing.
func restWords(r *Reach) []string {
	var out []string
	if n := len(r.Databases) - MaxPanels; n > 0 {
		out = append(out, fmt.Sprintf("… and %s that are not drawn: name those to draw.", count(n, "database", "databases")))
	}
	for i := range r.ByAPI {
		if i == maxListed {
			out = append(out, fmt.Sprintf("… and %d more reached by AWS's API", len(r.ByAPI)-i))
			break
		}
		out = append(out, shorten(r.ByAPI[i].Name+" ("+r.ByAPI[i].What+"): reached by AWS's API, where IAM decides", 100))
	}
	if len(r.Databases) > 0 {
		out = append(out, "solid: open · red: open to the internet · dashed: not known · dotted with a cross: refused")
	}
	return out
}

// described is the drawing in words, for who cannot see it.
func described(r *Reach) []string {
	var out []string
	for i := range r.Databases {
		d := &r.Databases[i]
		names := map[string]string{}
		for _, t := range d.Tiers {
			for j := range t.Nodes {
				names[t.Nodes[j].ID] = t.Nodes[j].Name
			}
		}
		for _, a := range d.Arrows {
			verb := "can"
			if a.Verdict == reach.Maybe {
				verb = "may be able to"
			}
			out = append(out, fmt.Sprintf("%s %s open a connection to %s on %s.", names[a.From], verb, names[a.To], enumerate(a.Ports, 3)))
		}
		for _, c := range d.Crosses {
			out = append(out, fmt.Sprintf("%s cannot open one to %s: %s.", names[c.From], d.Name, c.Reason))
		}
	}
	return out
}

// tierTitle is a column's name with the ports that are open into it.
func (p *panel) tierTitle(i int) string {
	t := &p.d.Tiers[i]
	var ports []string
	seen := map[string]bool{}
	for _, a := range p.d.Arrows {
		if b := p.byID[a.To]; b == nil || b.column != i {
			continue
		}
		for _, port := range a.Ports {
			if !seen[port] {
				seen[port] = true
				ports = append(ports, port)
			}
		}
	}
	if i == len(p.d.Tiers)-1 && p.d.Port != 0 {
		ports = []string{strconv.Itoa(p.d.Port)}
	}
	return strings.TrimSpace(t.Name + " " + enumerate(ports, 3))
}

func (p *panel) draw(b *strings.Builder) {
	d := p.d
	fmt.Fprintf(b, `<text class="h" x="%d" y="16">%s</text>`, margin, svgText(shorten(d.Name, 60)))
	fmt.Fprintf(b, `<text class="s" x="%d" y="35">%s</text>`+"\n", margin, svgText(shorten(d.What+" at "+d.String()+internetWords(d), 110)))
	for i := range d.Tiers {
		fmt.Fprintf(b, `<text class="t" x="%d" y="%d">%s</text>`+"\n", margin+i*(tierWidth+tierGap), panelHead-9, svgText(shorten(p.tierTitle(i), 30)))
	}
	for _, l := range p.sortedLines() {
		p.line(b, &l)
	}
	for _, x := range p.boxes {
		p.box(b, x)
	}
	if d.Cut {
		fmt.Fprintf(b, `<text class="s" x="%d" y="%d">There is more than is drawn; the text and JSON reports list it all.</text>`+"\n", margin, p.height-panelSpace+14)
	}
}

func internetWords(d *ReachDatabase) string {
	switch {
	case d.PortSettle != "":
		return "; its port is not known"
	case d.Internet == reach.Open:
		return "; open to the internet"
	case d.Internet == reach.Maybe:
		return "; whether the internet gets in is not known"
	}
	return "; closed to the internet"
}

func (p *panel) box(b *strings.Builder, x *box) {
	class := "box"
	if x == p.end() {
		class = "box db"
	}
	where := ""
	if x.node.File != "" {
		where = " at " + x.node.String()
	}
	fmt.Fprintf(b, `<g><title>%s</title><rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="7"/>`,
		svgText(x.node.What+" "+x.node.Name+where), class, x.x, x.y, tierWidth, x.height)
	fmt.Fprintf(b, `<text class="n" x="%d" y="%d">%s</text>`, x.x+boxPad, x.y+boxPad+12, svgText(shorten(printable(x.node.Name), 24)))
	for i, l := range x.lines {
		fmt.Fprintf(b, `<text class="m" x="%d" y="%d">%s</text>`, x.x+boxPad, x.y+boxPad+12+boxLine*(i+1), svgText(shorten(printable(l), 29)))
	}
	b.WriteString("</g>\n")
}

func (p *panel) line(b *strings.Builder, l *reachLine) {
	x1, y1 := l.from.x+tierWidth, l.from.y+l.from.height/2
	x2, y2 := l.to.x, l.to.y+l.to.height/2
	var path string
	lx, ly, anchor := (x1+x2)/2, (y1+y2)/2-4, "middle"
	switch {
	case l.lane >= 0:
		y1, y2 = l.from.port(l.a), l.to.port(l.b)
		lane := p.floor + l.lane*laneHeight + 8
		out, in := x1+8+5*(l.exit%8), x2-14-5*(l.b%6)
		path = fmt.Sprintf("M%d %dH%dV%dH%dV%dH%d", x1, y1, out, lane, in, y2, x2)
		if l.cross { // from below, and not quite there
			x2, y2 = l.to.x+24+22*l.b, l.to.y+l.to.height+12
			path = fmt.Sprintf("M%d %dH%dV%dH%dV%d", x1, y1, out, lane, x2, y2)
		}
		lx, ly, anchor = out+8, lane-4, "start"
	case l.from.column == l.to.column:
		x2 = l.to.x + tierWidth
		path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+46, y1, x2+46, y2, x2, y2)
		lx, anchor = x1+38, "start"
	default:
		mid := (x1 + x2) / 2
		path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, mid, y1, mid, y2, x2, y2)
	}
	marker := fmt.Sprintf(` marker-end="url(#reach-%s)"`, l.class)
	if l.cross {
		marker = ""
	}
	title := l.from.node.Name + " to " + l.to.node.Name + ": " + l.label
	fmt.Fprintf(b, `<g><title>%s</title><path class="l %s" d="%s"%s/>`, svgText(title), l.class, path, marker)
	if l.cross {
		fmt.Fprintf(b, `<path class="x" d="M%d %dl10 10m0 -10l-10 10"/>`, x2-5, y2-5)
	}
	room := 15
	if l.lane >= 0 {
		room = max((l.to.x-l.from.x-tierWidth-60)/6, 15)
	}
	fmt.Fprintf(b, `<text class="p %s" x="%d" y="%d" text-anchor="%s">%s</text></g>`+"\n", l.class, lx, ly, anchor, svgText(shorten(printable(l.label), room)))
}

// svgText makes any text one that an XML parser takes for text.
func svgText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == 0xfffe || r == 0xffff { // not characters, and not allowed in XML
			return '\ufffd'
		}
		return r
	}, printable(s))
	return template.HTMLEscapeString(s)
}
