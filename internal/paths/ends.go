package paths

import (
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/reach"
)

// End is something that a person can name as one end of a connection.
type End struct {
	reach.Ref
	// Names are all that people may call it: its ID, its name, its address in the template, what AWS calls it.
	Names []string
	// Target is set of what connections can be opened to.
	Target bool
}

// Ends lists what can be named as an end of a connection, databases first. The internet is not listed.
func (p *Paths) Ends() []End {
	var out []End
	add := func(kind reach.Kind, e reach.Element, target bool) {
		x := End{Ref: reach.Ref{Kind: kind, Element: e}, Names: []string{e.ID}, Target: target}
		if e.Name != "" {
			x.Names = append(x.Names, e.Name)
		}
		if r, ok := p.estate.Resource(e.ID); ok {
			x.Names = append(x.Names, estate.Names(r)...)
		} else if _, address, ok := strings.Cut(e.ID, "#"); ok {
			x.Names = append(x.Names, address)
		}
		out = append(out, x)
	}
	n := p.Network
	for i := range n.Databases {
		add(reach.KindDatabase, n.Databases[i].Element, true)
	}
	for i := range n.LoadBalancers {
		add(reach.KindLoadBalancer, n.LoadBalancers[i].Element, true)
	}
	for i := range n.Interfaces {
		add(reach.KindInterface, n.Interfaces[i].Element, true)
	}
	for i := range n.Groups {
		add(reach.KindGroup, n.Groups[i].Element, true)
	}
	for i := range n.Subnets {
		add(reach.KindSubnet, n.Subnets[i].Element, false)
	}
	for i := range n.Sites {
		add(reach.KindSite, n.Sites[i].Element, false)
	}
	for i := range n.VPCs {
		add(reach.KindVPC, n.VPCs[i].Element, false)
	}
	return append(out, p.gatewaySites()...)
}

// gatewaySites are the networks behind VPN gateways of which no connection says more: the engine makes them.
func (p *Paths) gatewaySites() (out []End) {
	for i := range p.Network.Gateways {
		g := &p.Network.Gateways[i]
		if g.Kind != reach.VPNGateway || slices.ContainsFunc(p.Network.Sites, func(s reach.Site) bool { return s.Gateway == g.ID }) {
			continue
		}
		e := reach.Element{ID: g.ID + "/site", Name: "the networks behind " + g.Name, Origin: g.Origin}
		out = append(out, End{Ref: reach.Ref{Kind: reach.KindSite, Element: e}, Names: []string{e.ID, e.Name, g.ID, g.Name}})
	}
	return out
}

// What is what an element is, in words: "db proxy", "Lambda function", "security group".
func (p *Paths) What(r reach.Ref) string {
	if r.Kind == reach.KindInterface {
		for i := range p.Network.Interfaces {
			if x := &p.Network.Interfaces[i]; x.ID == r.ID && x.What != "" {
				return x.What
			}
		}
	}
	return string(r.Kind)
}

// AdmittedPorts are the ports that the security groups around an end admit anybody to, for a person who must choose one.
func (p *Paths) AdmittedPorts(e *End) []reach.Ports {
	groups := []string{e.ID}
	for i := range p.Network.Interfaces {
		if x := &p.Network.Interfaces[i]; x.ID == e.ID {
			groups = x.Groups
		}
	}
	var out []reach.Ports
	for i := range p.Network.Groups {
		if g := &p.Network.Groups[i]; slices.Contains(groups, g.ID) {
			for j := range g.In {
				if r := &g.In[j]; r.PortsUnknown == "" && r.Ports != (reach.Ports{}) && !slices.Contains(out, r.Ports) {
					out = append(out, r.Ports)
				}
			}
		}
	}
	return out
}

// Listens are the ports that a load balancer has listeners on, and whether those are all.
func (p *Paths) Listens(id string) (ports []uint16, sure bool) {
	for i := range p.Network.LoadBalancers {
		if x := &p.Network.LoadBalancers[i]; x.ID == id {
			for _, l := range x.Listeners {
				ports = append(ports, l.Port)
			}
			return ports, x.ListenersUnknown == ""
		}
	}
	return nil, false
}
