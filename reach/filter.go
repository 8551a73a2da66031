package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Ephemeral ports are where clients take answers: RFC 6056 section 2.1 and what AWS advises for network ACLs.
const (
	ephemeralFrom = 1024
	ephemeralTo   = 65535
)

type acl struct {
	*ACL
	in, out []ACLRule // by number
	cache   map[aclKey]pair
}

type aclKey struct {
	out  bool
	port uint16
}

func (a *acl) sortRules() {
	byNumber := func(x, y ACLRule) int { return cmp.Compare(x.Number, y.Number) }
	a.in, a.out = slices.Clone(a.In), slices.Clone(a.Out)
	slices.SortStableFunc(a.in, byNumber)
	slices.SortStableFunc(a.out, byNumber)
	a.cache = map[aclKey]pair{}
}

func (a *acl) rules(out bool) []ACLRule {
	if out {
		return a.out
	}
	return a.in
}

// at is whose traffic the ACL lets through to a port: the other end's addresses. The first rule that matches decides.
func (a *acl) at(out bool, port uint16) pair {
	key := aclKey{out, port}
	if p, ok := a.cache[key]; ok {
		return p
	}
	var p pair
	if a.RulesUnknown != "" {
		p = open3
		a.cache[key] = p
		return p
	}
	left := passes // undecided so far: surely, maybe
	for _, r := range a.rules(out) {
		m := SetOf(r.CIDR)
		if r.Unknown != "" { // it may match anything, and do either
			p.may = p.may.Union(left.may)
			left.yes = Set{}
			continue
		}
		if !r.Ports.holds(port) {
			continue
		}
		if r.Allow {
			p.yes = p.yes.Union(m.Intersect(left.yes))
			p.may = p.may.Union(m.Intersect(left.may))
		}
		left.yes, left.may = left.yes.Subtract(m), left.may.Subtract(m)
	}
	a.cache[key] = p
	return p
}

// cuts are the lowest ports of the spans of ephemeral ports that the rules treat alike.
func (a *acl) cuts(out bool, cuts []uint16) []uint16 {
	for _, r := range a.rules(out) {
		if r.Ports == (Ports{}) {
			continue
		}
		if r.Ports.From > ephemeralFrom {
			cuts = append(cuts, r.Ports.From)
		}
		if r.Ports.To >= ephemeralFrom && r.Ports.To < ephemeralTo {
			cuts = append(cuts, r.Ports.To+1)
		}
	}
	return cuts
}

// spans are the lowest ports of the spans of ephemeral ports that both ACLs treat alike, either of which may be nil.
func spans(targets, sources *acl) []uint16 {
	cuts := []uint16{ephemeralFrom}
	if targets != nil {
		cuts = targets.cuts(true, cuts)
	}
	if sources != nil {
		cuts = sources.cuts(false, cuts)
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// filter is what an ACL that may not be known lets through.
func filter(a *acl, why Unknown, out bool, port uint16) pair {
	switch {
	case a != nil:
		return a.at(out, port)
	case why != "":
		return open3
	}
	return passes // as AWS makes it
}

// decides is the rule that decides about any of the addresses, for people.
func (a *acl) decides(out bool, port uint16, about Set, v Verdict) (text string, origin any, why Unknown) {
	if a.RulesUnknown != "" {
		return "rules that are not known", a.Origin, a.RulesUnknown
	}
	word := "from "
	if out {
		word = "to "
	}
	left := about
	for _, r := range a.rules(out) {
		if r.Unknown != "" {
			if v == Maybe {
				return fmt.Sprintf("rule %d, which is not known", r.Number), r.Origin, r.Unknown
			}
			continue
		}
		if m := SetOf(r.CIDR); r.Ports.holds(port) && m.Overlaps(left) {
			if r.Allow == (v != Closed) {
				action := "denies"
				if r.Allow {
					action = "allows"
				}
				return fmt.Sprintf("rule %d %s %s %s%s", r.Number, action, portText(r.Ports), word, r.CIDR), r.Origin, ""
			}
			left = left.Subtract(m)
		}
	}
	return "no rule allows it", a.Origin, ""
}

func portText(p Ports) string {
	switch {
	case p == (Ports{}):
		return "every port"
	case p.From == p.To:
		return "tcp " + strconv.Itoa(int(p.From))
	}
	return "tcp " + strconv.Itoa(int(p.From)) + "-" + strconv.Itoa(int(p.To))
}

type group struct {
	*Group
	index   int
	vpcs    []*vpc
	members []*host
	missing Unknown // only named
	cache   map[aclKey]*admitted
}

// admitted is whom the rules of groups admit at a port.
type admitted struct {
	addrs pair
	refs  map[*group]Verdict
	any   bool // there may be more groups
}

func (a *admitted) ref(groups []*group) Verdict {
	v := Closed
	if a.any {
		v = Maybe
	}
	for _, g := range groups {
		if len(a.refs) == 0 {
			break
		}
		v = better(v, a.refs[g])
	}
	return v
}

func (a *admitted) add(b *admitted) {
	a.addrs = a.addrs.or(b.addrs)
	a.any = a.any || b.any
	for g, v := range b.refs {
		a.refs[g] = better(a.refs[g], v)
	}
}

// at is whom the group admits to, or out to, a port.
func (e *Engine) at(g *group, out bool, port uint16) *admitted {
	key := aclKey{out, port}
	if a := g.cache[key]; a != nil {
		return a
	}
	a := &admitted{refs: map[*group]Verdict{}}
	rules, why := g.In, g.InUnknown
	if out {
		rules, why = g.Out, g.OutUnknown
	}
	if why != "" {
		a.addrs, a.any = open3, true
	}
	for i := range rules {
		e.addRule(a, &rules[i], port)
	}
	if g.cache == nil {
		g.cache = map[aclKey]*admitted{}
	}
	g.cache[key] = a
	return a
}

func (e *Engine) addRule(a *admitted, r *Rule, port uint16) {
	sure := Open
	switch {
	case r.PortsUnknown != "":
		sure = Maybe
	case !r.Ports.holds(port):
		return
	}
	set := SetOf(r.CIDRs...)
	more := r.Unknown != ""
	for _, id := range r.PrefixLists {
		p := e.lists[id]
		if p == nil || p.Unknown != "" {
			more = true
		}
		if p != nil {
			set = set.Union(p.set)
		}
	}
	p := pair{may: set}
	if sure == Open {
		p.yes = set
	}
	a.addrs = a.addrs.or(p)
	for _, id := range r.Groups {
		if g, ok := find[*group](e, id); ok {
			a.refs[g] = better(a.refs[g], sure)
		}
	}
	if more {
		a.addrs, a.any = a.addrs.or(open3), a.any || r.Unknown != ""
	}
}

// around is whom the groups around a host admit: any of them is enough.
func (e *Engine) around(h *host, out bool, port uint16) *admitted {
	if h.unfiltered {
		return &admitted{addrs: passes}
	}
	if len(h.groups) == 1 && h.groupsWhy == "" {
		return e.at(h.groups[0], out, port)
	}
	key := aclKey{out, port}
	if a := h.around[key]; a != nil {
		return a
	}
	a := &admitted{refs: map[*group]Verdict{}}
	if h.groupsWhy != "" {
		a.addrs, a.any = open3, true
	}
	for _, g := range h.groups {
		a.add(e.at(g, out, port))
	}
	h.around[key] = a
	return a
}

// ruleFor is the rule of a host's groups that has to do with the addresses or groups, for people.
func (e *Engine) ruleFor(h *host, out bool, port uint16, about Set, others []*group, v Verdict) (el Element, text string, origin any, why Unknown) {
	if len(h.groups) == 0 {
		if h.unfiltered {
			return h.Element, "it has no security group, so everything passes", h.Origin, ""
		}
		return h.Element, "groups that are not known", h.Origin, h.groupsWhy
	}
	word := " from "
	if out {
		word = " to "
	}
	for _, g := range h.groups {
		rules, gap := g.In, g.InUnknown
		if out {
			rules, gap = g.Out, g.OutUnknown
		}
		for i := range rules {
			r := &rules[i]
			match, unsure := e.matches(r, port, about, others)
			if match && (unsure == "") == (v != Maybe) || match && v == Maybe && gap == "" {
				return g.Element, portText(r.Ports) + word + e.ruleText(r), r.Origin, unsure
			}
		}
		if gap != "" && v == Maybe {
			return g.Element, "rules that are not known", g.Origin, gap
		}
	}
	if h.groupsWhy != "" && v == Maybe {
		return h.groups[0].Element, "groups that are not known", h.Origin, h.groupsWhy
	}
	g := h.groups[0]
	var names []string
	rules := 0
	for _, g := range h.groups {
		names = append(names, g.label())
		if out {
			rules += len(g.Out)
		} else {
			rules += len(g.In)
		}
	}
	verb := "admits it"
	if out {
		verb = "lets it out"
	}
	if rules == 0 {
		return g.Element, strings.Join(names, ", ") + " has no rule at all", g.Origin, ""
	}
	return g.Element, "no rule of " + strings.Join(names, ", ") + " " + verb + " on port " + strconv.Itoa(int(port)), g.Origin, ""
}

func (e *Engine) matches(r *Rule, port uint16, about Set, others []*group) (match bool, unsure Unknown) {
	if r.PortsUnknown == "" && !r.Ports.holds(port) {
		return false, ""
	}
	match = SetOf(r.CIDRs...).Overlaps(about)
	for _, id := range r.Groups {
		g, _ := find[*group](e, id)
		match = match || g != nil && slices.Contains(others, g)
	}
	for _, id := range r.PrefixLists {
		p := e.lists[id]
		switch {
		case p == nil:
			match, unsure = true, Unknown("read what declares the prefix list "+id+" too")
		case p.set.Overlaps(about):
			match = true
		case p.Unknown != "":
			match, unsure = true, p.Unknown
		}
	}
	if r.Unknown != "" && !match {
		match, unsure = true, r.Unknown
	}
	if r.PortsUnknown != "" {
		unsure = r.PortsUnknown
	}
	return match, unsure
}

func (e *Engine) ruleText(r *Rule) string {
	var parts []string
	for _, p := range r.CIDRs {
		parts = append(parts, prefixText(p))
	}
	for _, id := range r.Groups {
		parts = append(parts, e.nameOf(id))
	}
	for _, id := range r.PrefixLists {
		parts = append(parts, e.nameOf(id))
	}
	if r.Unknown != "" {
		parts = append(parts, "what is not known")
	}
	const most = 6
	if n := len(parts); n > most {
		parts = append(parts[:most], strconv.Itoa(n-most)+" more")
	}
	return strings.Join(parts, ", ")
}

func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// nameOf is how people call an element.
func (e *Engine) nameOf(id string) string {
	switch x := e.names[id].(type) {
	case *group:
		return x.label()
	case *prefixList:
		return x.label()
	case *gateway:
		return x.label()
	case *transit:
		return x.label()
	case *Peering:
		return x.label()
	case *host:
		return x.label()
	case *Endpoint:
		return x.label()
	}
	return id
}
