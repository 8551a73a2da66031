package iam

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/baileydb/bailey/internal/parallel"
)

// stepTable is what each node can become, by whether there was a second factor.
type stepTable struct {
	find func(node, mfa int) []step
	once [2]sync.Once
	into [2][][]edge

	// What each entity brings to a request, once it is asked, and what its session does.
	brought []atomic.Pointer[map[string][]string]
	session [3]map[string][]string
}

// edge is a step into a node.
type edge struct {
	from int
	by   *step
}

// back are the steps into each node.
func (t *stepTable) back(g *Graph, mfa int) [][]edge {
	t.once[mfa].Do(func() {
		n := 2 * len(g.Entities)
		steps := make([][]step, n)
		parallel.Each(n, func(node int) { steps[node] = t.find(node, mfa) }, nil)
		into := make([][]edge, n)
		for node := range steps {
			for i := range steps[node] {
				s := &steps[node][i]
				into[s.to] = append(into[s.to], edge{node, s})
			}
		}
		t.into[mfa] = into
	})
	return t.into[mfa]
}

// tables bounds how many instants are remembered.
const tables = 16

func (g *Graph) stepsAt(now time.Time) *stepTable {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.steps[now]; t != nil {
		return t
	}
	if g.steps == nil || len(g.steps) >= tables {
		g.steps = map[time.Time]*stepTable{}
	}
	// A question of its own: what a request brings for one resource says nothing of another.
	w := &walk{graph: g, q: &Question{Context: NewContext().Open()}}
	t := &stepTable{find: w.find, brought: make([]atomic.Pointer[map[string][]string], len(g.Entities)), session: sessions(now)}
	w.table = t
	g.steps[now] = t
	return t
}

type step struct {
	to      int // node
	by      string
	sure    bool
	depends []string
}

// brings are the keys that an entity brings along, where the question does not say otherwise.
func (t *stepTable) brings(g *Graph, entity int) map[string][]string {
	if m := t.brought[entity].Load(); m != nil {
		return *m
	}
	e := g.Entities[entity]
	p := &e.Principal
	m := make(map[string][]string, len(e.Keys)+8)
	set := func(key string, values ...string) {
		if _, ok := m[key]; !ok {
			m[key] = values
		}
	}
	for k, v := range e.Keys {
		set(strings.ToLower(k), v...)
	}
	set("aws:principalarn", p.ARN)
	set("aws:principalisawsservice", "false")
	set("aws:viaawsservice", "false")
	set("aws:securetransport", "true")
	if p.Account != "" {
		set("aws:principalaccount", p.Account)
	}
	switch p.Kind {
	case User:
		set("aws:username", p.Name)
		set("aws:principaltype", "User")
	case Role, AssumedRole:
		set("aws:username")
		set("aws:principaltype", "AssumedRole")
	case Root:
		set("aws:principaltype", "Account")
	default:
	}
	t.brought[entity].Store(&m) // who else has made it meanwhile has made the same
	return m
}

// sessions are the keys of a session without a second factor, of access keys, and of a session with one, which no question
// says otherwise.
func sessions(now time.Time) [3]map[string][]string {
	out := [3]map[string][]string{
		{"aws:multifactorauthpresent": {"false"}, "aws:multifactorauthage": nil},
		{"aws:multifactorauthpresent": nil, "aws:multifactorauthage": nil},
		{"aws:multifactorauthpresent": {"true"}, "aws:multifactorauthage": {"0"}},
	}
	if !now.IsZero() {
		at := []string{now.UTC().Format(time.RFC3339)}
		for _, m := range out {
			m["aws:currenttime"], m["aws:epochtime"] = at, at
		}
	}
	return out
}

// find finds what a node can become in one step.
func (w *walk) find(node, mfa int) []step {
	steps := []step{}
	e, p := w.policies(node)
	s := stepper{walk: w, node: node, entity: e, policies: p, contexts: w.contexts(node%len(w.graph.Entities), mfa), request: Request{Principal: e.Principal}}
	s.assume(&steps)
	if node < len(w.graph.Entities) {
		for i := range w.graph.Escalations {
			s.escalate(&w.graph.Escalations[i], &steps)
		}
	}
	return steps
}

// stepper finds the steps of one node.
type stepper struct {
	*walk
	node     int
	entity   *Entity
	policies Policies
	contexts []Context
	request  Request // the one that is being decided
}

func (s *stepper) can(action, resource, account string, trust *Policy, more ...string) (sure bool, depends []string, ok bool) {
	s.policies.Resource = trust
	contexts := s.contexts
	if len(more) == 2 {
		contexts = make([]Context, len(s.contexts))
		for i := range contexts {
			contexts[i] = s.contexts[i].With(more[0], more[1])
		}
	}
	s.request.Action, s.request.Resource, s.request.Account = action, resource, account
	d, ok := best(&s.request, &s.policies, contexts)
	return d.Verdict == Allowed, d.DependsOn, ok
}

// mentions reports whether any statement could allow the action on something: a quick no for most.
func (s *stepper) mentions(action string) bool {
	if s.entity.Principal.Kind == Root {
		return true
	}
	return allowsAction(s.policies.Identity, strings.ToLower(action))
}

func (s *stepper) assume(steps *[]step) {
	action := "sts:AssumeRole"
	if p := &s.entity.Principal; p.Kind == Federated {
		action = "sts:AssumeRoleWithWebIdentity"
		if strings.Contains(p.ARN, ":saml-provider/") {
			action = "sts:AssumeRoleWithSAML"
		}
	}
	may := s.mentions(action)
	for i, role := range s.graph.Entities {
		if role.Trust == nil || i == s.node || !may && !role.Trust.mayName(&s.entity.Principal) {
			continue
		}
		if sure, depends, ok := s.can(action, role.Principal.ARN, role.Principal.Account, role.Trust); ok {
			*steps = append(*steps, step{to: i, by: action, sure: sure, depends: depends})
		}
	}
}

// mayName reports whether a statement that allows names the principal itself, so that it needs no permission of its own.
func (p *Policy) mayName(who *Principal) bool {
	for _, s := range p.allows {
		if s.gradeOf(who) >= namesOwner {
			return true
		}
	}
	return false
}

func (s *stepper) escalate(x *Escalation, steps *[]step) {
	for _, action := range x.Needs {
		if !s.mentions(action) {
			return
		}
	}
	sure, depends := true, []string(nil)
	for _, action := range x.Needs[1:] {
		// What is created or run is the principal's to choose: any resource that is allowed will do.
		ok, d, found := s.anywhere(action)
		if !found {
			return
		}
		sure, depends = sure && ok, append(depends, d...)
	}
	add := func(to int, resource, account string, more ...string) {
		ok, d, found := s.can(x.Needs[0], resource, account, nil, more...)
		if found {
			*steps = append(*steps, step{to: to, by: x.Name, sure: sure && ok, depends: slices.Concat(depends, d)})
		}
	}
	unlimited := len(s.graph.Entities) + s.node
	me := &s.entity.Principal
	switch x.Target {
	case PassedRole:
		for i, role := range s.graph.Entities {
			if role.Trust != nil && i != s.node && role.Principal.Account == me.Account && role.trusts(x.Service) {
				add(i, role.Principal.ARN, role.Principal.Account, "iam:PassedToService", x.Service)
			}
		}
	case OtherUser, OtherRole:
		want := User
		if x.Target == OtherRole {
			want = Role
		}
		for i, other := range s.graph.Entities {
			if other.Principal.Kind != want || i == s.node || other.Principal.Account != me.Account {
				continue
			}
			to := i
			if x.Unlimited { // the other role is given everything, which helps who can become it
				if _, _, can := s.can("sts:AssumeRole", other.Principal.ARN, other.Principal.Account, other.Trust); !can {
					continue
				}
				to += len(s.graph.Entities)
			}
			add(to, other.Principal.ARN, other.Principal.Account)
		}
	case RunningRole:
		_, d, found := s.anywhere(x.Needs[0])
		for i, role := range s.graph.Entities {
			if found && role.Trust != nil && i != s.node && role.Principal.Account == me.Account && role.trusts(x.Service) {
				*steps = append(*steps, step{to: i, by: x.Name, sure: false, depends: slices.Concat(depends, d, []string{"whether " + x.Service + " runs something as " + role.Principal.Name})})
			}
		}
	case Self:
		if me.Kind == User && strings.Contains(x.Needs[0], "User") || me.Kind == Role && strings.Contains(x.Needs[0], "Role") {
			add(unlimited, me.ARN, me.Account)
		}
	case OwnGroup:
		for _, arn := range s.entity.Groups {
			add(unlimited, arn, me.Account)
		}
	case AttachedPolicy:
		for _, arn := range s.entity.Managed {
			if a, ok := SplitARN(arn); ok && a.Account == me.Account {
				add(unlimited, arn, me.Account)
			}
		}
	case AnyGroup:
		if me.Kind != User {
			return
		}
		for arn, policies := range s.graph.Groups {
			if !slices.Contains(s.entity.Groups, arn) && grantsEverything(policies) {
				add(unlimited, arn, me.Account)
			}
		}
	}
}

// anywhere decides an action on a resource that the principal may choose: one that a statement names.
func (s *stepper) anywhere(action string) (sure bool, depends []string, ok bool) {
	account := s.entity.Principal.Account
	if sure, depends, ok = s.can(action, "*", account, nil); ok {
		return
	}
	lower := strings.ToLower(action)
	for _, p := range s.policies.Identity {
		for _, st := range p.allows {
			if st.NotResource || !st.matchesAction(lower) {
				continue
			}
			for _, r := range st.Resources {
				if strings.Contains(r, "${") {
					continue
				}
				if sure, depends, ok = s.can(action, strings.NewReplacer("*", "x", "?", "x").Replace(r), account, nil); ok {
					return
				}
			}
		}
	}
	return false, nil, false
}

// grantsEverything reports whether policies allow every action on everything.
func grantsEverything(policies []*Policy) bool {
	return slices.ContainsFunc(policies, func(p *Policy) bool {
		return slices.ContainsFunc(p.allows, func(s *Statement) bool {
			return len(s.conditions) == 0 && !s.NotAction && slices.Contains(s.Actions, "*") && slices.Contains(s.Resources, "*")
		})
	})
}

// trusts reports whether the role lets a service assume it.
func (e *Entity) trusts(service string) bool {
	for _, s := range e.Trust.allows {
		if s.PrincipalElement == "Principal" && slices.ContainsFunc(s.Principals, func(p Principal) bool { return p.Kind == Service && p.ARN == service }) {
			return true
		}
	}
	return false
}
