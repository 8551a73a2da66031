package report

import (
	"cmp"
	"slices"

	"github.com/baileydb/bailey/reach"
)

// The measures of the drawing of tiers, in pixels.
const (
	tierWidth, tierGap    = 200, 96
	boxGap, boxLine       = 18, 16
	boxPad                = 10
	laneHeight            = 24
	panelHead, panelSpace = 74, 30
	maxCrosses            = 4
)

// panel is the drawing of one database: boxes in columns, arrows between them, lanes below for what skips a column.
type panel struct {
	d             *ReachDatabase
	width, height int
	boxes         []*box
	byID          map[string]*box
	lines         []reachLine
	lanes         int
	crosses       int
	exits         map[int]int // lanes that leave a column
	floor         int         // where the lanes begin
}

type box struct {
	node   *ReachNode
	column int
	x, y   int
	height int
	lines  []string // below the name
	out    int      // arrows that left already, so that lanes from one box do not lie on each other
	in     int
}

// reachLine is one arrow or cross with its way.
type reachLine struct {
	from, to *box
	label    string
	class    string // open, world, maybe, refused
	cross    bool
	lane     int // -1 where it takes none
	a, b     int // which of the lanes that leave the first box and reach the second it is
	exit     int // which of those that leave the column
}

func layout(d *ReachDatabase) *panel {
	p := &panel{d: d, byID: map[string]*box{}, exits: map[int]int{}}
	for i := range d.Tiers {
		p.column(i)
	}
	p.width = 2*margin + len(d.Tiers)*tierWidth + max(len(d.Tiers)-1, 0)*tierGap
	for i := range d.Arrows {
		p.arrow(&d.Arrows[i])
	}
	for i := range d.Crosses {
		if i == maxCrosses {
			break
		}
		c := &d.Crosses[i]
		from, to := p.byID[c.From], p.end()
		if from != nil && to != nil {
			p.lane(reachLine{from: from, to: to, label: "refused: " + c.Reason, class: "refused", cross: true})
		}
	}
	p.height = p.floor + p.lanes*laneHeight + panelSpace
	return p
}

// end is the database's box, the only one of the last column.
func (p *panel) end() *box {
	if n := len(p.d.Tiers); n > 0 && len(p.d.Tiers[n-1].Nodes) > 0 {
		return p.byID[p.d.Tiers[n-1].Nodes[0].ID]
	}
	return nil
}

func (p *panel) column(i int) {
	y := panelHead
	for j := range p.d.Tiers[i].Nodes {
		n := &p.d.Tiers[i].Nodes[j]
		b := &box{node: n, column: i, x: margin + i*(tierWidth+tierGap), y: y, lines: boxLines(n)}
		b.height = 2*boxPad + boxLine*(1+len(b.lines))
		y += b.height + boxGap
		p.boxes = append(p.boxes, b)
		p.byID[n.ID] = b
	}
	p.floor = max(p.floor, y)
}

// boxLines is what stands in a box below its name.
func boxLines(n *ReachNode) []string {
	lines := []string{}
	if n.What != n.Name {
		lines = append(lines, n.What)
	}
	const most = 3
	for i, m := range n.Members {
		if i == most && n.Whole > most+1 || i > most {
			lines = append(lines, "… "+count(n.Whole-i, "more", "more"))
			break
		}
		lines = append(lines, m)
	}
	return lines
}

func (p *panel) arrow(a *ReachArrow) {
	from, to := p.byID[a.From], p.byID[a.To]
	if from == nil || to == nil {
		return
	}
	l := reachLine{from: from, to: to, label: enumerate(a.Ports, 3), class: "open", lane: -1}
	switch {
	case a.Verdict == reach.Maybe:
		l.class, l.label = "maybe", l.label+"?"
	case from.node.What == string(reach.KindInternet):
		l.class = "world"
	}
	if to.column == from.column+1 || to.column == from.column {
		p.lines = append(p.lines, l)
		return
	}
	p.lane(l)
}

// lane leads a line around the columns between its ends.
func (p *panel) lane(l reachLine) {
	l.lane, l.a, l.exit = p.lanes, l.from.out, p.exits[l.from.column]
	l.from.out++
	p.exits[l.from.column]++
	if l.cross {
		l.b = p.crosses
		p.crosses++
	} else {
		l.b = l.to.in
		l.to.in++
	}
	p.lanes++
	p.lines = append(p.lines, l)
}

// port is the height at which the lane reaches, or leaves, a box.
func (b *box) port(i int) int { return b.y + b.height - boxPad/2 - 6*(i%4) }

// sortedLines draws what is refused first, so that what is open lies over it.
func (p *panel) sortedLines() []reachLine {
	rank := map[string]int{"refused": 0, "maybe": 1, "open": 2, "world": 3}
	out := slices.Clone(p.lines)
	slices.SortStableFunc(out, func(a, b reachLine) int { return cmp.Compare(rank[a.class], rank[b.class]) })
	return out
}
