package paths

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/reach"
)

// Tiers is what stands between the internet and a database, by how many connections lie between. It is made from who
// can open a connection to whom and from nothing else: no name is looked at.
type Tiers struct {
	// Columns go from the internet, which is always the first, to the database, which is the last.
	Columns []Tier
	Arrows  []Arrow
	Crosses []Cross
	// Cut is set where there was more than a drawing holds; the arrows into the database are complete all the same.
	Cut bool
}

// Tier is one column.
type Tier struct {
	Name  string // internet, edge, load balancer, proxy, web, app, database, addresses; "tier 3" and on beyond web
	Nodes []Node
}

// Node is what stands in a tier: the members of a security group, a load balancer, addresses.
type Node struct {
	ID, Name string
	Kind     reach.Kind
	// Members are the names of the interfaces behind a group, or of the subnets that addresses are in.
	Members []string
	// Whole is the number of members, of which Members may be the first few.
	Whole  int
	Origin any
}

// Arrow is a connection that one node can open to another, or may.
type Arrow struct {
	From, To string // IDs of nodes
	Ports    []reach.Ports
	Verdict  reach.Verdict // Open or Maybe
}

// Cross is a node that cannot open a connection to the database itself, and what stops it.
type Cross struct {
	From string
	Hop  reach.Hop
}

// Bounds of a drawing. Beyond them nobody can read it.
const (
	maxNodes   = 40
	maxQueries = 60
	maxSpans   = 12
	maxMembers = 6
	maxDepth   = 6
)

// Names of tiers.
const (
	TierInternet = "internet"
	TierDatabase = "database"
)

// Tiers puts those who can open a connection to a database, and those who can open one to them, and so on, into tiers.
func (p *Paths) Tiers(d Database) (*Tiers, error) {
	t := &tiering{Paths: p, nodes: map[string]*node{}, arrows: map[[2]string]*Arrow{}, out: &Tiers{}}
	t.index()
	end := t.node(d.ID, d.Name, reach.KindDatabase)
	end.targets = []reach.Target{{ID: d.ID}}
	answer, err := p.Engine.Sources(end.targets[0])
	if err != nil {
		return nil, fmt.Errorf("paths: tiers of %s: %w", d.Name, err)
	}
	t.node(TierInternet, "internet", reach.KindInternet)
	front := []*node{end}
	for depth := 1; len(front) > 0 && depth <= maxDepth; depth++ {
		var next []*node
		for _, n := range front {
			next = append(next, t.before(n, depth)...)
		}
		front = next
	}
	t.out.Cut = t.out.Cut || len(front) > 0
	t.columns(end)
	t.crosses(answer)
	for _, key := range t.drawn {
		t.out.Arrows = append(t.out.Arrows, *t.arrows[key])
	}
	return t.out, nil
}

// node is a Node on its way into a column.
type node struct {
	Node
	depth   int // connections to the database; 0 of itself and of what stays in the first column
	sub     int // columns further left within a depth
	pass    bool
	targets []reach.Target
	order   int
}

type tiering struct {
	*Paths
	interfaces map[string]*reach.Interface
	balancers  map[string]*reach.LoadBalancer
	groups     map[string]*reach.Group
	forwarded  map[string][]uint16 // ports that target groups send to, by target
	carriers   map[string]int      // of each group, load balancers left out
	fronted    map[string]int      // load balancers that carry the group
	nodes      map[string]*node
	order      []*node
	arrows     map[[2]string]*Arrow
	drawn      [][2]string
	queries    int
	out        *Tiers
}

func (t *tiering) index() {
	t.interfaces, t.balancers, t.groups = map[string]*reach.Interface{}, map[string]*reach.LoadBalancer{}, map[string]*reach.Group{}
	t.forwarded, t.carriers, t.fronted = map[string][]uint16{}, map[string]int{}, map[string]int{}
	n := t.Network
	for i := range n.Groups {
		t.groups[n.Groups[i].ID] = &n.Groups[i]
	}
	for i := range n.Interfaces {
		x := &n.Interfaces[i]
		t.interfaces[x.ID] = x
		for _, g := range x.Groups {
			t.carriers[g]++
		}
	}
	for i := range n.Databases {
		for _, g := range n.Databases[i].Groups {
			t.carriers[g]++
		}
	}
	for i := range n.LoadBalancers {
		x := &n.LoadBalancers[i]
		t.balancers[x.ID] = x
		for _, g := range x.Groups {
			t.fronted[g]++
		}
	}
	for i := range n.TargetGroups {
		g := &n.TargetGroups[i]
		for _, b := range g.Targets {
			if port := cmp.Or(b.Port, g.Port); port != 0 && b.ID != "" {
				t.forwarded[b.ID] = append(t.forwarded[b.ID], port)
			}
		}
	}
}

func (t *tiering) node(id, name string, kind reach.Kind) *node {
	if n, ok := t.nodes[id]; ok {
		return n
	}
	n := &node{Node: Node{ID: id, Name: name, Kind: kind}, order: len(t.order)}
	t.nodes[id] = n
	t.order = append(t.order, n)
	return n
}

// before adds who can open a connection to a node, and returns those that were not there.
func (t *tiering) before(n *node, depth int) []*node {
	var fresh []*node
	for _, target := range n.targets {
		for _, span := range t.spans(n, target) {
			target.Port = max(span.From, 1)
			if n.Kind == reach.KindDatabase {
				target.Port = 0
			}
			if t.queries++; t.queries > maxQueries {
				t.out.Cut = true
				return fresh
			}
			a, err := t.Engine.Sources(target)
			if err != nil {
				continue // a group of which nothing stands anywhere
			}
			if n.Kind == reach.KindDatabase {
				span = reach.Ports{From: a.Port, To: a.Port}
			}
			for _, from := range t.sources(n, a, depth) {
				t.arrow(from.node, n, span, from.verdict)
				if from.depth == 0 && !from.outside() && from.Kind != reach.KindDatabase {
					from.depth = depth
					fresh = append(fresh, from.node)
				}
			}
		}
	}
	return fresh
}

// outside reports whether a node stays in the first column.
func (n *node) outside() bool {
	return n.Kind == reach.KindInternet || n.Kind == reach.KindSite || n.Kind == reach.KindAddresses || n.Kind == reach.KindVPC
}

type sourced struct {
	*node
	verdict reach.Verdict
}

// sources are the nodes for the sources of an answer. Where the internet gets in, who else does goes without saying,
// but for the database itself, whose sources are all drawn.
func (t *tiering) sources(to *node, a *reach.Answer, depth int) []sourced {
	var out []sourced
	for i := range a.Sources {
		if s := &a.Sources[i]; s.Kind == reach.KindInternet {
			out = append(out, sourced{t.nodes[TierInternet], s.Verdict})
			if addrs := s.Addresses.Union(s.MaybeAddresses); len(addrs.Prefixes()) <= maxMembers {
				t.members(t.nodes[TierInternet], addressesOf(addrs))
			}
			if depth > 1 && s.Verdict == reach.Open {
				return out
			}
		}
	}
	inside := map[reach.Verdict][]reach.Ref{}
	listed := map[string]bool{}
	type guest struct {
		at      *reach.Interface
		verdict reach.Verdict
	}
	var loose []guest
	for i := range a.Sources {
		if s := &a.Sources[i]; s.Kind == reach.KindGroup {
			for _, m := range append(slices.Clone(s.Members), s.MaybeMembers...) {
				listed[m.ID] = true
			}
		}
	}
	for i := range a.Sources {
		s := &a.Sources[i]
		switch {
		case s.Kind == reach.KindInternet:
		case s.Kind == reach.KindSubnet:
			inside[s.Verdict] = append(inside[s.Verdict], s.Ref)
			for _, m := range append(slices.Clone(s.Members), s.MaybeMembers...) {
				if x := t.interfaces[m.ID]; x != nil {
					loose = append(loose, guest{x, s.Verdict})
				}
			}
		case s.Kind == reach.KindGroup && t.carriers[s.ID] == 0 && t.fronted[s.ID] > 0:
			// The load balancers that carry it are sources themselves.
		case len(t.order) >= maxNodes && t.nodes[s.ID] == nil:
			t.out.Cut = true
		case s.Kind == reach.KindGroup:
			if n := t.group(s); n != nil {
				out = append(out, sourced{n, s.Verdict})
			}
		default:
			n := t.node(s.ID, s.Label(), s.Kind)
			n.Origin = s.Origin
			if lb := t.balancers[s.ID]; lb != nil && n.targets == nil {
				n.pass, n.targets = true, []reach.Target{{ID: s.ID}}
			}
			if addrs := s.Addresses.Union(s.MaybeAddresses); !addrs.Empty() && n.outside() {
				t.members(n, addressesOf(addrs))
			}
			out = append(out, sourced{n, s.Verdict})
		}
	}
	for _, x := range loose {
		switch {
		case listed[x.at.ID]:
		case len(t.order) >= maxNodes && t.nodes[x.at.ID] == nil:
			t.out.Cut = true
		default:
			out = append(out, sourced{t.host(x.at), x.verdict})
		}
	}
	for _, v := range []reach.Verdict{reach.Open, reach.Maybe} {
		if refs := inside[v]; len(refs) > 0 {
			out = append(out, sourced{t.subnets(refs), v})
		}
	}
	return slices.DeleteFunc(out, func(s sourced) bool { return s.node == to })
}

// subnets is one node for the addresses of all these subnets.
func (t *tiering) subnets(refs []reach.Ref) *node {
	var ids, names []string
	for _, r := range refs {
		ids, names = append(ids, r.ID), append(names, r.Label())
	}
	slices.Sort(ids)
	n := t.node("addresses in "+strings.Join(ids, ", "), "any address in "+plural(len(refs), "the subnet", "the subnets"), reach.KindSubnet)
	t.members(n, names)
	return n
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return strconv.Itoa(n) + " " + strings.TrimPrefix(many, "the ")
}

func addressesOf(s reach.Set) (out []string) {
	for _, p := range s.Prefixes() {
		out = append(out, p.String())
	}
	return out
}

func (t *tiering) members(n *node, names []string) {
	for _, name := range names {
		if slices.Contains(n.Members, name) {
			continue
		}
		n.Whole++
		if len(n.Members) < maxMembers {
			n.Members = append(n.Members, name)
		}
	}
}

// group is the node for the members of a group; nil where databases alone carry it, which open no connections.
func (t *tiering) group(s *reach.Source) *node {
	members := append(slices.Clone(s.Members), s.MaybeMembers...)
	hosts := slices.DeleteFunc(slices.Clone(members), func(m reach.Ref) bool { return t.interfaces[m.ID] == nil })
	if len(members) > 0 && len(hosts) == 0 {
		return nil
	}
	n := t.node(s.ID, s.Label(), reach.KindGroup)
	n.Origin = s.Origin
	if len(hosts) == 0 && n.targets == nil {
		n.targets = []reach.Target{{ID: s.ID}}
	}
	n.pass = len(hosts) > 0
	for _, m := range hosts {
		x := t.interfaces[m.ID]
		n.pass = n.pass && passing(x)
		t.aim(n, x)
		t.members(n, []string{m.Label()})
	}
	return n
}

func (t *tiering) host(x *reach.Interface) *node {
	n := t.node(x.ID, cmp.Or(x.Name, x.ID), reach.KindInterface)
	n.Origin, n.pass = x.Origin, passing(x)
	t.aim(n, x)
	return n
}

// passing reports whether an interface passes connections on to databases.
func passing(x *reach.Interface) bool { return strings.Contains(x.What, "proxy") }

// aim adds an interface to a node's targets, unless one is there that the network treats alike.
func (t *tiering) aim(n *node, x *reach.Interface) {
	alike := func(y *reach.Interface) bool {
		return slices.Equal(x.Groups, y.Groups) && slices.Equal(x.Subnets, y.Subnets) && slices.Equal(x.Addresses, y.Addresses) &&
			x.Public == y.Public && slices.Equal(t.forwarded[x.ID], t.forwarded[y.ID])
	}
	for _, there := range n.targets {
		if y := t.interfaces[there.ID]; y != nil && alike(y) {
			return
		}
	}
	n.targets = append(n.targets, reach.Target{ID: x.ID})
}

// spans are the ranges of ports that the filters around a target treat alike. A database has its port and no more.
func (t *tiering) spans(n *node, target reach.Target) []reach.Ports {
	if n.Kind == reach.KindDatabase {
		return []reach.Ports{{}}
	}
	if lb := t.balancers[target.ID]; lb != nil {
		var out []reach.Ports
		for i := range lb.Listeners {
			p := reach.Ports{From: lb.Listeners[i].Port, To: lb.Listeners[i].Port}
			if p.From != 0 && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
		return out
	}
	groups := []string{target.ID}
	if x := t.interfaces[target.ID]; x != nil {
		groups = x.Groups
		if len(groups) == 0 && n.Kind == reach.KindGroup {
			groups = []string{n.ID}
		}
	}
	var ranges [][2]int // from, and the first port after
	for _, id := range groups {
		if g := t.groups[id]; g != nil {
			for i := range g.In {
				r := [2]int{int(g.In[i].Ports.From), int(g.In[i].Ports.To) + 1}
				if g.In[i].Ports == (reach.Ports{}) {
					r = [2]int{0, 1 << 16}
				}
				ranges = append(ranges, r)
			}
		}
	}
	points := t.forwarded[target.ID]
	return t.cut(ranges, points)
}

// cut splits ranges at each other's ends and at the points.
func (t *tiering) cut(ranges [][2]int, points []uint16) []reach.Ports {
	var ends []int
	for _, r := range ranges {
		ends = append(ends, r[0], r[1])
	}
	for _, p := range points {
		ends = append(ends, int(p), int(p)+1)
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	var out []reach.Ports
	for i := 0; i+1 < len(ends); i++ {
		inside := func(r [2]int) bool { return r[0] <= ends[i] && ends[i] < r[1] }
		if !slices.ContainsFunc(ranges, inside) && !slices.Contains(points, uint16(ends[i])) { //nolint:gosec // at most 65535
			continue
		}
		if len(out) == maxSpans {
			t.out.Cut = true
			break
		}
		out = append(out, reach.Ports{From: uint16(ends[i]), To: uint16(ends[i+1] - 1)}) //nolint:gosec // at most 65535
	}
	return out
}

func (t *tiering) arrow(from, to *node, span reach.Ports, v reach.Verdict) {
	if from.Kind == reach.KindDatabase {
		return
	}
	key := [2]string{from.ID, to.ID}
	a := t.arrows[key]
	if a == nil {
		a = &Arrow{From: from.ID, To: to.ID, Verdict: v}
		t.arrows[key] = a
		t.drawn = append(t.drawn, key)
	}
	switch {
	case a.Verdict == v:
	case v == reach.Open: // what is sure goes before what is not
		a.Verdict, a.Ports = v, nil
	default:
		return
	}
	for _, p := range a.Ports {
		if p.From <= span.From && span.To <= p.To {
			return
		}
	}
	if n := len(a.Ports); n > 0 && int(a.Ports[n-1].To)+1 == int(span.From) {
		a.Ports[n-1].To = span.To
		return
	}
	a.Ports = append(a.Ports, span)
}
