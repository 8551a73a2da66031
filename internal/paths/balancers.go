package paths

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/reach"
)

func (b *builder) balancers() {
	network := map[string]bool{} // target groups of instances, whose members see the client's address
	for _, g := range estate.All[estate.TargetGroup](b.estate) {
		b.targetGroup(g)
		network[g.ID()] = strings.EqualFold(g.TargetType.Value, "instance")
	}
	for _, l := range estate.All[estate.LoadBalancer](b.estate) {
		x := reach.LoadBalancer{Host: reach.Host{Element: element(&l.Resource)}}
		x.Groups, x.GroupsUnknown = groupIDs(&l.SecurityGroups)
		x.Subnets, x.SubnetsUnknown = links(&l.Subnets)
		x.Public = not(answered(ptr(l.Internal())))
		b.listeners(&x)
		kind := strings.ToLower(l.BalancerType.Value)
		if kind == "application" && len(x.Groups) == 0 && x.GroupsUnknown == "" {
			x.Groups = b.defaultOf(x.Subnets)
		}
		if kind == "network" {
			for i := range x.Listeners {
				x.PreservesClient.Yes = x.PreservesClient.Yes || slices.ContainsFunc(x.Listeners[i].TargetGroups, func(id string) bool { return network[id] })
			}
		}
		b.net.LoadBalancers = append(b.net.LoadBalancers, x)
	}
	for _, l := range estate.All[estate.ClassicLoadBalancer](b.estate) {
		b.classic(l)
	}
}

func not(a reach.Answered) reach.Answered {
	a.Yes = !a.Yes
	return a
}

// defaultOf is the default group of the VPC that a load balancer stands in.
func (b *builder) defaultOf(subnets []string) []string {
	for _, s := range b.net.Subnets {
		if slices.Contains(subnets, s.ID) && b.vpcs[s.VPC] {
			return []string{s.VPC + defaultSuffix}
		}
	}
	return nil
}

// listeners are those that name the load balancer, with the groups that their rules forward to.
func (b *builder) listeners(x *reach.LoadBalancer) {
	for _, l := range estate.All[estate.Listener](b.estate) {
		if link(&l.Balancer) != x.ID {
			continue
		}
		if l.Port.State == estate.Unknown {
			x.ListenersUnknown = why(&l.Port.Meta)
		}
		y := reach.Listener{Port: clamp(l.Port.Value), Origin: l.Declaration().Origin}
		add := func(actions *estate.Fact[[]estate.ListenerAction]) {
			if actions.State == estate.Unknown {
				x.ListenersUnknown = why(&actions.Meta)
			}
			for i := range actions.Value {
				ids, gap := links(&actions.Value[i].TargetGroups)
				y.TargetGroups = append(y.TargetGroups, ids...)
				x.ListenersUnknown = cmp.Or(x.ListenersUnknown, gap)
			}
		}
		add(&l.Actions)
		for _, r := range estate.All[estate.ListenerRule](b.estate) {
			if link(&r.Listener) == l.ID() {
				add(&r.Actions)
			}
		}
		x.Listeners = append(x.Listeners, y)
	}
}

func (b *builder) targetGroup(g *estate.TargetGroup) {
	x := reach.TargetGroup{Element: element(&g.Resource), Port: clamp(g.Port.Value)}
	if g.Port.State == estate.Unknown {
		x.Port, x.Unknown = 0, why(&g.Port.Meta)
	}
	if g.Targets.State == estate.Unknown {
		x.Unknown = why(&g.Targets.Meta)
	}
	add := func(l *estate.Link[estate.Resource], port int64) {
		text := link(l)
		t := reach.Backend{ID: text, Port: clamp(port)}
		if a, err := netip.ParseAddr(text); err == nil {
			t = reach.Backend{Address: a, Port: t.Port}
		}
		if l.State == estate.Unknown && l.To == nil {
			x.Unknown = why(&l.Meta)
		}
		x.Targets = append(x.Targets, t)
	}
	for i := range g.Targets.Value {
		add(&g.Targets.Value[i], 0)
	}
	for _, a := range estate.All[estate.TargetGroupAttachment](b.estate) {
		if link(&a.Group) == x.ID {
			add(&a.Target, a.Port.Value)
		}
	}
	// What else names the group registers with it: a service, an auto scaling group.
	for _, user := range b.estate.Users(x.ID) {
		d, ok := b.estate.Declared(user)
		if !ok {
			continue
		}
		if _, known := estate.Kinds().KindOf(d.World, d.Type); known {
			continue
		}
		x.Targets = append(x.Targets, reach.Backend{ID: d.ID()})
		d.Body.Walk(func(v estate.Value) bool { // an auto scaling group's instances are made by its template
			if v.Ref != nil && b.seen[v.Ref.ID] {
				x.Targets = append(x.Targets, reach.Backend{ID: v.Ref.ID})
			}
			return true
		})
	}
	if len(x.Targets) == 0 && x.Unknown == "" {
		x.Unknown = "read what registers targets with " + reach.Unknown(x.Name) + " too"
	}
	b.net.TargetGroups = append(b.net.TargetGroups, x)
}

// classic is a load balancer of the first generation, each listener of which has a target group of its own.
func (b *builder) classic(l *estate.ClassicLoadBalancer) {
	x := reach.LoadBalancer{Host: reach.Host{Element: element(&l.Resource)}}
	x.Groups, x.GroupsUnknown = groupIDs(&l.SecurityGroups)
	x.Subnets, x.SubnetsUnknown = links(&l.Subnets)
	x.Public = not(answered(ptr(l.Internal())))
	if len(x.Groups) == 0 && x.GroupsUnknown == "" {
		x.Groups = b.defaultOf(x.Subnets)
	}
	if l.Listeners.State == estate.Unknown {
		x.ListenersUnknown = why(&l.Listeners.Meta)
	}
	ids, gap := links(&l.Instances)
	for i := range l.Listeners.Value {
		y := &l.Listeners.Value[i]
		g := reach.TargetGroup{Element: reach.Element{ID: x.ID + "/" + strconv.Itoa(i), Name: "the instances of " + x.Name, Origin: x.Origin}, Port: clamp(y.InstancePort.Value), Unknown: gap}
		for _, id := range ids {
			g.Targets = append(g.Targets, reach.Backend{ID: id})
		}
		b.net.TargetGroups = append(b.net.TargetGroups, g)
		x.Listeners = append(x.Listeners, reach.Listener{Port: clamp(y.Port.Value), TargetGroups: []string{g.ID}, Origin: l.Declaration().Origin})
	}
	b.net.LoadBalancers = append(b.net.LoadBalancers, x)
}
