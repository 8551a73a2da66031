package paths

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/baileydb/bailey/reach"
)

// columns sorts the nodes into columns and names these.
func (t *tiering) columns(end *node) {
	t.within()
	var inner, first []*node
	for _, n := range t.order {
		switch {
		case n == end:
		case n.outside():
			first = append(first, n)
		case n.depth > 0:
			inner = append(inner, n)
		}
	}
	key := func(n *node) []int { return []int{n.depth, n.sub, bit(n.pass), bit(n.Kind != reach.KindSubnet)} }
	slices.SortStableFunc(inner, func(a, b *node) int {
		return cmp.Or(slices.Compare(key(b), key(a)), cmp.Compare(a.order, b.order))
	})
	out := []Tier{{Name: TierInternet, Nodes: plain(first)}}
	var column []*node
	var columns [][]*node
	for i, n := range inner {
		// Addresses stand with the machines that may have them.
		if i > 0 && slices.Compare(key(n)[:3], key(inner[i-1])[:3]) != 0 {
			columns, column = append(columns, column), nil
		}
		column = append(column, n)
	}
	if column != nil {
		columns = append(columns, column)
	}
	names := t.names(columns)
	for i, c := range columns {
		out = append(out, Tier{Name: names[i], Nodes: plain(c)})
	}
	t.out.Columns = append(out, Tier{Name: TierDatabase, Nodes: plain([]*node{end})})
}

func bit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func plain(list []*node) []Node {
	out := make([]Node, 0, len(list))
	for _, n := range list {
		out = append(out, n.Node)
	}
	return out
}

// within moves nodes left that can open a connection to others as near to the database as they are, unless those can
// open one back: who reaches the database and its clients alike stands before the clients.
func (t *tiering) within() {
	after := map[*node][]*node{}
	for _, k := range t.drawn {
		if a, b := t.nodes[k[0]], t.nodes[k[1]]; a.depth == b.depth && a.depth > 0 && a.Kind != reach.KindSubnet {
			after[a] = append(after[a], b)
		}
	}
	var gets func(a, b *node, seen map[*node]bool) bool
	gets = func(a, b *node, seen map[*node]bool) bool {
		if a == b {
			return true
		}
		seen[a] = true
		return slices.ContainsFunc(after[a], func(n *node) bool { return !seen[n] && gets(n, b, seen) })
	}
	known := map[*node]bool{}
	var depth func(n *node) int
	depth = func(n *node) int {
		if known[n] {
			return n.sub
		}
		known[n] = true
		for _, m := range after[n] {
			if !gets(m, n, map[*node]bool{}) {
				n.sub = max(n.sub, depth(m)+1)
			}
		}
		return n.sub
	}
	for n := range after {
		depth(n)
	}
}

// names calls the column of machines nearest to the database app and the next one web. What passes connections on, load
// balancers and proxies, stands between and is not counted; it is the edge where the internet gets to it.
func (t *tiering) names(columns [][]*node) []string {
	names := make([]string, len(columns))
	machines := 0
	for i := len(columns) - 1; i >= 0; i-- {
		c := columns[i]
		switch {
		case c[0].pass && c[0].Kind != reach.KindLoadBalancer:
			names[i] = "proxy"
		case c[0].pass:
			names[i] = "load balancer"
			if slices.ContainsFunc(c, func(n *node) bool { return t.arrows[[2]string{TierInternet, n.ID}] != nil }) {
				names[i] = "edge"
			}
		case !slices.ContainsFunc(c, func(n *node) bool { return n.Kind != reach.KindSubnet }):
			names[i] = "addresses"
		default:
			machines++
			names[i] = "tier " + strconv.Itoa(machines)
			if machines <= 2 {
				names[i] = []string{"app", "web"}[machines-1]
			}
		}
	}
	return names
}

// crosses notes for the internet, sites and tiers beyond the first why they cannot reach the database themselves.
func (t *tiering) crosses(a *reach.Answer) {
	for i := range a.Refusals {
		r := &a.Refusals[i]
		for _, s := range r.Sources {
			n := t.nodes[s.ID]
			if n == nil || n.Kind == reach.KindLoadBalancer || n.depth <= 1 && !n.outside() {
				continue
			}
			t.out.Crosses = append(t.out.Crosses, Cross{From: n.ID, Hop: r.Hop})
		}
	}
}
