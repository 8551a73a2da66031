package reach

import (
	"cmp"
	"fmt"
	"slices"
)

// Target is what a connection is made to: a database, an interface, a load balancer, or whatever carries a security
// group, by ID.
type Target struct {
	ID   string
	Port uint16 // 0 for the database's own, or a load balancer's first
}

// Ref names an element.
type Ref struct {
	Kind Kind
	Element
}

// Label is what people call the element.
func (r Ref) Label() string { return r.label() }

// Answer says who can open a connection to a target.
type Answer struct {
	Target Ref
	Port   uint16
	// PortUnknown is set where the port itself is not known: nothing is then said of the sources.
	PortUnknown Unknown
	// Sources are those that can, and after them those of which it is not known, each by kind and ID: the internet,
	// subnets and sites by address, and security groups.
	Sources []Source
	// Refusals are all others, by what stops them first.
	Refusals []Refusal
}

// Source is one source that can open a connection, or may.
type Source struct {
	Ref
	Verdict Verdict
	// Addresses can connect; MaybeAddresses are those of which it is not known. Both are empty of groups and load
	// balancers. Of the internet, ranges that it carries nothing from are left in where that makes the list shorter.
	Addresses, MaybeAddresses Set
	// Members are the interfaces known to stand there, or to carry the group, that can connect, or may.
	Members, MaybeMembers []Ref
	// ByAddress is set of a group that no rule names, of which members get in by their address.
	ByAddress bool
	// Settle says what would settle a verdict that is not known.
	Settle []Unknown

	engine *Engine
	ways   []viaFlow
}

// viaFlow is enough to make a flow again.
type viaFlow struct {
	src    source
	to     *host
	subnet *subnet
	port   uint16
	family int
}

// Refusal is one reason for which connections cannot be made, and whose.
type Refusal struct {
	Hop     Hop
	Sources []Ref
}

// Open returns the sources that surely can connect.
func (a *Answer) Open() []Source { return a.with(Open) }

// Maybe returns the sources of which it is not known whether they can connect.
func (a *Answer) Maybe() []Source { return a.with(Maybe) }

func (a *Answer) with(v Verdict) []Source {
	var out []Source
	for i := range a.Sources {
		if a.Sources[i].Verdict == v {
			out = append(out, a.Sources[i])
		}
	}
	return out
}

// Paths returns the ways the source can take, one for each subnet of the target and family of addresses, open ones
// first.
func (s *Source) Paths() []Path {
	if s.engine == nil {
		return nil
	}
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	var out []Path
	for _, v := range s.ways {
		if w := s.engine.flow(v.src, v.to, v.subnet, v.port, v.family); w != nil {
			out = append(out, s.engine.path(w, v.subnet))
		}
	}
	slices.SortStableFunc(out, func(a, b Path) int { return cmp.Compare(order(a.Verdict), order(b.Verdict)) })
	return out
}

func order(v Verdict) int { return (int(v) + 2) % 3 } // open, unknown, closed

// Sources says who can open a TCP connection to the target, and for every other source that is known what stops it.
func (e *Engine) Sources(t Target) (*Answer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, err := e.target(t)
	if err != nil {
		return nil, err
	}
	port := cmp.Or(t.Port, d.port)
	a := &Answer{Target: Ref{d.kind, d.Element}, Port: port}
	if port == 0 {
		a.PortUnknown = cmp.Or(d.portWhy, "say which port is meant")
		return a, nil
	}
	s := &survey{Engine: e, d: d, port: port, answer: a, admits: e.around(d, false, port), closed: map[refusalKey]int{}, classes: map[classKey]Hop{}}
	s.run()
	return a, nil
}

// target is the host of that ID; of a group, one that carries it and nothing else.
func (e *Engine) target(t Target) (*host, error) {
	switch x := e.names[t.ID].(type) {
	case *host:
		return x, nil
	case *group:
		return e.bearer(x), nil
	}
	return nil, fmt.Errorf("reach: target %q: %w", t.ID, ErrNotFound)
}

// bearer is something that carries a group and stands where the group's members do, or may.
func (e *Engine) bearer(g *group) *host {
	h := &host{Element: g.Element, kind: KindGroup, groups: []*group{g}, around: map[aclKey]*admitted{}}
	for _, m := range g.members {
		for _, s := range m.subnets {
			if !slices.Contains(h.subnets, s) {
				h.subnets = append(h.subnets, s)
			}
		}
		h.public, h.ipv6 = either(h.public, m.public), either(h.ipv6, m.ipv6)
		h.unfiltered = h.unfiltered || m.unfiltered
	}
	if len(g.members) > 0 {
		return h
	}
	why := Unknown("read what declares the members of " + g.label() + " too")
	h.public, h.ipv6 = Answered{Unknown: why}, Answered{Unknown: why}
	for _, v := range g.vpcs {
		h.subnets = append(h.subnets, v.subnets...)
		if len(v.subnets) == 0 && v.somewhere != nil {
			h.subnets = append(h.subnets, v.somewhere)
		}
	}
	return h
}

func either(a, b Answered) Answered {
	switch {
	case a.Unknown == "" && a.Yes:
		return a
	case b.Unknown == "" && b.Yes, a.Unknown == "":
		return b
	}
	return a
}
