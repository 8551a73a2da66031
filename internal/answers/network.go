package answers

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/paths"
	"github.com/baileydb/bailey/reach"
)

// Sources implements [estate.Answerer].
func (a *Answers) Sources(r estate.AnyResource) estate.Fact[[]estate.Source] {
	return remembered(&a.mu, a.sources, r, func() estate.Fact[[]estate.Source] { return a.sourcesOf(r) })
}

func (a *Answers) sourcesOf(r estate.AnyResource) estate.Fact[[]estate.Source] {
	at := r.Base().Declaration().Origin
	p, err := a.paths()
	if err != nil {
		return estate.UnknownFact[[]estate.Source]("mend the network: "+err.Error(), at)
	}
	if len(p.Network.VPCs) == 0 {
		return estate.UnknownFact[[]estate.Source]("read the templates with the network too: VPCs, subnets, routes and security groups", estate.Origin{})
	}
	answer, err := p.Answer(r)
	switch {
	case errors.Is(err, paths.ErrNoDatabase):
		return estate.UnknownFact[[]estate.Source]("say in which network it stands", at)
	case err != nil:
		return estate.UnknownFact[[]estate.Source]("mend the network: "+err.Error(), at)
	case answer.PortUnknown != "":
		return estate.UnknownFact[[]estate.Source](string(answer.PortUnknown), at)
	}
	admitted := a.admitted(answer)
	out := make([]estate.Source, len(answer.Sources))
	for i := range answer.Sources {
		out[i] = a.source(p, admitted, &answer.Sources[i], at)
	}
	return estate.KnownFact(out, at)
}

func (a *Answers) source(p *paths.Paths, admitted map[string]string, s *reach.Source, at estate.Origin) estate.Source {
	if o := paths.Origin(s.Origin); o.File != "" {
		at = o
	}
	out := estate.Source{
		Name: estate.KnownFact(s.Label(), at), Kind: estate.KnownFact(string(s.Kind), at), Can: estate.KnownFact(true, at),
		Addresses: a.addresses(p, s, at), FromInternet: a.fromInternet(p, s, at), Earlier: earlier(admitted, s, at),
	}
	if s.Verdict != reach.Open {
		why := "say what stands between them"
		if len(s.Settle) > 0 {
			why = string(s.Settle[0])
		}
		out.Can = estate.UnknownFact[bool](why, at)
	}
	return out
}

// addresses are those a source's connections come from; members of a group may have any of their network's.
func (a *Answers) addresses(p *paths.Paths, s *reach.Source, at estate.Origin) estate.Fact[estate.Strings] {
	set := s.Addresses.Union(s.MaybeAddresses).Prefixes()
	if len(set) == 0 {
		n, vpc := a.named(), ""
		if g := n.groups[s.ID]; g != nil {
			vpc = g.VPC
		}
		if b := n.balancers[s.ID]; b != nil {
			vpc = vpcOf(p.Network, &b.Host)
		}
		if v := n.vpcs[vpc]; v != nil {
			set = v.CIDRs
		}
	}
	if len(set) == 0 {
		return estate.UnknownFact[estate.Strings]("say which addresses the network of "+s.Label()+" has", at)
	}
	return prefixes(set, at)
}

func vpcOf(n *reach.Network, h *reach.Host) string {
	for i := range n.Subnets {
		if slices.Contains(h.Subnets, n.Subnets[i].ID) {
			return n.Subnets[i].VPC
		}
	}
	return h.VPC
}

func prefixes(set []netip.Prefix, at estate.Origin) estate.Fact[estate.Strings] {
	list := make(estate.Strings, len(set))
	for i, p := range set {
		list[i] = estate.KnownFact(p.String(), at)
	}
	return estate.KnownFact(list, at)
}

// fromInternet reports whether the internet can open a connection to a source, or to a member of it.
func (a *Answers) fromInternet(p *paths.Paths, s *reach.Source, at estate.Origin) estate.Fact[bool] {
	if s.Kind == reach.KindInternet {
		return estate.KnownFact(true, at)
	}
	members := slices.Concat(s.Members, s.MaybeMembers)
	if s.Kind == reach.KindLoadBalancer {
		members = append(members, s.Ref)
	}
	result := estate.KnownFact(false, at)
	for _, m := range members {
		ports := a.portsOf(p, m.ID, at)
		switch {
		case ports.State == estate.Unknown:
			result = estate.UnknownLike[bool](ports.Meta)
		case len(ports.Value) > 0:
			return estate.KnownFact(true, at)
		}
	}
	return result
}

// admitted are the groups that the groups among a target's sources let in, each with the one that does; several is what a
// group has that more than one do.
func (a *Answers) admitted(answer *reach.Answer) map[string]string {
	out := map[string]string{}
	for i := range answer.Sources {
		s := &answer.Sources[i]
		g := a.named().groups[s.ID]
		if s.Kind != reach.KindGroup || g == nil {
			continue
		}
		for _, r := range g.In {
			for _, id := range r.Groups {
				if by, ok := out[id]; ok && by != s.ID {
					out[id] = several
					continue
				}
				out[id] = s.ID
			}
		}
	}
	return out
}

const several = "several"

// earlier reports whether a source can connect to another source of the same target.
func earlier(admitted map[string]string, s *reach.Source, at estate.Origin) estate.Fact[bool] {
	by, ok := admitted[s.ID]
	return estate.KnownFact(ok && s.Kind == reach.KindGroup && by != s.ID, at)
}

// names are a network's parts by their identifiers.
type names struct {
	groups    map[string]*reach.Group
	balancers map[string]*reach.LoadBalancer
	vpcs      map[string]*reach.VPC
}

func namesOf(n *reach.Network) *names {
	out := &names{groups: map[string]*reach.Group{}, balancers: map[string]*reach.LoadBalancer{}, vpcs: map[string]*reach.VPC{}}
	for i := range n.Groups {
		out.groups[n.Groups[i].ID] = &n.Groups[i]
	}
	for i := range n.LoadBalancers {
		out.balancers[n.LoadBalancers[i].ID] = &n.LoadBalancers[i]
	}
	for i := range n.VPCs {
		out.vpcs[n.VPCs[i].ID] = &n.VPCs[i]
	}
	return out
}

// InternetPorts implements [estate.Answerer]. A range of ports is given by its ends, "1024-65535".
func (a *Answers) InternetPorts(r estate.AnyResource) estate.Fact[estate.Strings] {
	at := r.Base().Declaration().Origin
	p, err := a.paths()
	if err != nil {
		return estate.UnknownFact[estate.Strings]("mend the network: "+err.Error(), at)
	}
	return a.portsOf(p, r.Base().ID(), at)
}

func (a *Answers) portsOf(p *paths.Paths, id string, at estate.Origin) estate.Fact[estate.Strings] {
	return remembered(&a.mu, a.ports, id, func() estate.Fact[estate.Strings] { return internetPorts(p, id, at) })
}

func internetPorts(p *paths.Paths, id string, at estate.Origin) estate.Fact[estate.Strings] {
	candidates, found := portsToTry(p.Network, id)
	if !found {
		return estate.UnknownFact[estate.Strings]("say in which network it stands", at)
	}
	var open estate.Strings
	var unknown *estate.Fact[estate.Strings]
	for _, c := range candidates {
		x, err := p.Engine.Explain("internet", reach.Target{ID: id, Port: max(c.From, 1)})
		if err != nil {
			f := estate.UnknownFact[estate.Strings]("mend the network: "+err.Error(), at)
			unknown = &f
			continue
		}
		switch x.Verdict {
		case reach.Open:
			open = append(open, estate.KnownFact(portText(c), at))
		case reach.Maybe:
			why := "say what stands between the internet and it"
			if len(x.Settle) > 0 {
				why = string(x.Settle[0])
			}
			f := estate.UnknownFact[estate.Strings](why, at)
			unknown = &f
		case reach.Closed:
		}
	}
	if unknown != nil && len(open) == 0 {
		return *unknown
	}
	return estate.KnownFact(open, at)
}

func portText(p reach.Ports) string {
	from, to := int(p.From), int(p.To)
	if p == (reach.Ports{}) {
		to = 65535
	}
	if from == to {
		return strconv.Itoa(from)
	}
	return strconv.Itoa(from) + "-" + strconv.Itoa(to)
}

// portsToTry are the ranges of ports that what stands somewhere could be reached on: a load balancer's listeners, a
// database's port, and what the security groups around anything else let in.
func portsToTry(n *reach.Network, id string) (list []reach.Ports, found bool) {
	for i := range n.LoadBalancers {
		if b := &n.LoadBalancers[i]; b.ID == id {
			for _, l := range b.Listeners {
				list = append(list, reach.Ports{From: l.Port, To: l.Port})
			}
			return list, true
		}
	}
	for i := range n.Databases {
		if d := &n.Databases[i]; d.ID == id {
			return []reach.Ports{{From: d.Port, To: d.Port}}, true
		}
	}
	for i := range n.Interfaces {
		h := &n.Interfaces[i]
		if h.ID != id {
			continue
		}
		return groupPorts(n, &h.Host), true
	}
	return nil, false
}

// groupPorts are the ports that the groups around a host let in. Where they are not all known it is tried on any port, so
// that what is not known shows.
func groupPorts(n *reach.Network, h *reach.Host) (list []reach.Ports) {
	add := func(p reach.Ports) {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	if h.GroupsUnknown != "" {
		add(reach.Ports{})
	}
	for _, id := range h.Groups {
		i := slices.IndexFunc(n.Groups, func(g reach.Group) bool { return g.ID == id })
		if i < 0 || n.Groups[i].InUnknown != "" {
			add(reach.Ports{})
			continue
		}
		for _, r := range n.Groups[i].In {
			add(r.Ports)
		}
	}
	return list
}
