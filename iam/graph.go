package iam

import (
	"slices"
	"sync"
	"time"
)

// Entity is a principal with what is attached to it.
type Entity struct {
	Principal Principal
	// Policies are those that hold for the principal: identity, boundaries and service control policies.
	Policies Policies
	Trust    *Policy // a role's trust policy
	// Keys are condition keys that the principal brings along, such as aws:PrincipalTag/team.
	Keys map[string][]string
	// AllTags is set when Keys has all of the principal's tags, so that others are absent rather than unknown.
	AllTags bool
	// Groups and Managed are the ARNs of a user's groups and of the managed policies attached to the principal or its groups.
	Groups, Managed []string
	// Tag is the caller's own.
	Tag any
}

// Graph is the principals that are known, and how one becomes another: by assuming roles, and by the escalations. It does
// not change once made, and answers any number of questions at once.
type Graph struct {
	Entities    []*Entity
	Escalations []Escalation
	// Groups are the policies of a group by its ARN, for who can put themselves into it.
	Groups map[string][]*Policy
	byARN  map[string]int

	// What becomes what does not hang on what is asked, only on the instant: it is found once.
	mu    sync.Mutex
	steps map[time.Time]*stepTable
	// mentioned says of an action, in lower case, which entities have a statement that could allow it on something: most
	// have none, and are not asked further.
	mentioned map[string][]bool
	// facts says of each entity what does not hang on the question.
	facts []entityFacts
}

type entityFacts struct {
	timed      bool // a policy of it speaks of time
	demandsMFA bool // nobody becomes it without a second factor
}

func (g *Graph) known() []entityFacts {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.facts == nil {
		g.facts = make([]entityFacts, len(g.Entities))
		for i, e := range g.Entities {
			g.facts[i] = entityFacts{timed: len(e.instants()) > 0, demandsMFA: e.Trust.demandsMFA()}
		}
	}
	return g.facts
}

func (g *Graph) mentions(action string) []bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m := g.mentioned[action]; m != nil {
		return m
	}
	m := make([]bool, len(g.Entities))
	for i, e := range g.Entities {
		m[i] = e.Principal.Kind == Root || allowsAction(e.Policies.Identity, action)
	}
	if g.mentioned == nil {
		g.mentioned = map[string][]bool{}
	}
	g.mentioned[action] = m
	return m
}

// allowsAction reports whether any statement could allow an action, in lower case, on something.
func allowsAction(policies []*Policy, action string) bool {
	for _, p := range policies {
		for _, s := range p.allows {
			if s.matchesAction(action) {
				return true
			}
		}
	}
	return false
}

// NewGraph makes a graph of entities. Escalations may be nil: then only roles that can be assumed count.
func NewGraph(entities []*Entity, escalations []Escalation) *Graph {
	g := &Graph{Entities: entities, Escalations: escalations, byARN: map[string]int{}}
	for i, e := range entities {
		g.byARN[e.Principal.ARN] = i
	}
	return g
}

// Escalation is a way from some permissions to more.
type Escalation struct {
	Name string
	// Needs are the actions it takes. The first is asked of the target; the others of anything.
	Needs  []string
	Target EscalationTarget
	// Service is what has to trust the role that is passed to it, such as lambda.amazonaws.com.
	Service string
	// Unlimited is set where the principal ends with any permission it likes, within boundary and control policies, rather
	// than as the target.
	Unlimited bool
}

// EscalationTarget is what an escalation acts upon.
type EscalationTarget uint8

// The targets.
const (
	PassedRole     EscalationTarget = iota // a role that is handed to a service
	OtherUser                              // another user
	OtherRole                              // another role
	Self                                   // the principal itself
	OwnGroup                               // a group the user is in
	AttachedPolicy                         // a managed policy attached to the principal
	AnyGroup                               // a group the user is not in
	RunningRole                            // a role with which a service may be running something already
)

// MFA says whether a request's principal has proved a second factor.
type MFA uint8

// The states of MFA. With it unknown, both are tried.
const (
	MFAUnknown MFA = iota
	WithMFA
	WithoutMFA
)

// Question asks who can do something to a resource.
type Question struct {
	Actions         []string // any of them
	Resource        string
	Account         string
	ResourcePolicy  *Policy
	ResourceControl []Level
	// Context is what the request itself brings; keys that it leaves out are as it has them, absent or unknown.
	Context Context
	// At is the instant asked about; with Until, whoever can at some time from At to Until.
	At, Until time.Time
	MFA       MFA
	// Direct leaves out chains: what the principal can do as it is.
	Direct bool
}

// Access is the answer for one principal: it can, or it may, do one of the actions.
type Access struct {
	Entity *Entity
	// Action is the first of the question's that is open to it; Actions are all.
	Action  string
	Actions []string
	// Sure is set when nothing unknown can stop it.
	Sure bool
	// DependsOn names the unknown keys that the access hangs on, along the whole chain.
	DependsOn []string
	// NeedsMFA is set when the principal cannot without a second factor.
	NeedsMFA bool
	// Chain is how it gets there, in order; empty where it can as it is.
	Chain []Step
	// Decision is the last request's, made as the last of the chain.
	Decision Decision
	// From is the instant at which the access begins, zero when it holds at the question's; Until the one at which it ends
	// by a condition of time, zero when it does not.
	From, Until time.Time
}

// Step is one step of a chain: from a principal to another, or to more permissions.
type Step struct {
	From, To  *Entity
	By        string // sts:AssumeRole, or the escalation's name
	Unlimited bool   // To is From with any permission it likes
	DependsOn []string
}

// WhoCan answers a question for every entity, in their order; those that cannot are left out.
func (g *Graph) WhoCan(q Question) []Access {
	instants := g.instants(&q)
	found := make([]*Access, len(g.Entities))
	ask := func(at, from time.Time) {
		w := g.walk(&q, at)
		for i := range g.Entities {
			if found[i] == nil {
				if a, ok := w.access(i); ok {
					got := a // what cannot is not kept
					got.From = from
					found[i] = &got
				}
			}
		}
	}
	ask(q.At, time.Time{})
	for _, instant := range instants {
		if !instant.After(q.Until) {
			ask(instant, instant)
			ask(instant.Add(time.Second), instant)
		}
	}
	var out []Access
	for _, a := range found {
		if a != nil {
			out = append(out, *a)
		}
	}
	g.ends(&q, out, instants)
	return out
}

// ends finds for each access the instant at which it ends. A condition may hold up to an instant, or at it. What goes
// through no policy that speaks of time does not end.
func (g *Graph) ends(q *Question, found []Access, instants []time.Time) {
	known := g.known()
	byTime := q.ResourcePolicy != nil && len(q.ResourcePolicy.Instants()) > 0
	var open []*Access
	for i := range found {
		a := &found[i]
		ends := byTime || known[g.byARN[a.Entity.Principal.ARN]].timed
		for _, s := range a.Chain {
			ends = ends || known[g.byARN[s.To.Principal.ARN]].timed
		}
		if ends {
			open = append(open, a)
		}
	}
	for _, instant := range instants {
		for _, at := range []time.Time{instant, instant.Add(time.Second)} {
			if len(open) == 0 {
				return
			}
			w := g.walk(q, at)
			open = slices.DeleteFunc(open, func(a *Access) bool {
				if at.Before(a.From.Add(time.Second)) {
					return false
				}
				_, ok := w.access(g.byARN[a.Entity.Principal.ARN])
				if !ok {
					a.Until = instant
				}
				return !ok
			})
		}
	}
}

// instants are the times after the question's at which a condition may change, in order.
func (g *Graph) instants(q *Question) []time.Time {
	var out []time.Time
	if q.ResourcePolicy != nil {
		out = append(out, q.ResourcePolicy.Instants()...)
	}
	for i, k := range g.known() {
		if k.timed {
			out = append(out, g.Entities[i].instants()...)
		}
	}
	out = slices.DeleteFunc(out, func(t time.Time) bool { return !t.After(q.At) })
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// instants are the times that the entity's policies speak of.
func (e *Entity) instants() []time.Time {
	var out []time.Time
	for _, p := range slices.Concat(e.Policies.Identity, e.Policies.Boundaries) {
		out = append(out, p.Instants()...)
	}
	for _, l := range e.Policies.ServiceControl {
		for _, p := range l.Policies {
			out = append(out, p.Instants()...)
		}
	}
	if e.Trust != nil {
		out = append(out, e.Trust.Instants()...)
	}
	return out
}

// Instants are the times that the policy's conditions compare the present with.
func (p *Policy) Instants() []time.Time {
	var out []time.Time
	for _, s := range p.Statements {
		for i := range s.conditions {
			c := &s.conditions[i]
			if c.lower != "aws:currenttime" && c.lower != "aws:epochtime" {
				continue
			}
			for j := range c.values {
				o := &c.values[j]
				if o.instant.IsZero() {
					if t, ok := ParseTime(o.pattern.fixed); ok {
						out = append(out, t)
					}
				} else {
					out = append(out, o.instant)
				}
			}
		}
	}
	return out
}

// demandsMFA reports whether nobody gets past a trust policy without a second factor, whoever it is.
func (p *Policy) demandsMFA() bool {
	if p == nil || len(p.allows) == 0 {
		return false
	}
	open := NewContext().Open().Absent("aws:MultiFactorAuthAge")
	for _, c := range []Context{open.Absent("aws:MultiFactorAuthPresent"), open.With("aws:MultiFactorAuthPresent", "false")} {
		denied := slices.ContainsFunc(p.denies, func(s *Statement) bool {
			return s.Everyone() && s.matchesAction("sts:assumerole") && s.meets(&c) == yes
		})
		if !denied && slices.ContainsFunc(p.allows, func(s *Statement) bool { return s.meets(&c) != no }) {
			return false
		}
	}
	return true
}

// meets evaluates the conditions alone.
func (s *Statement) meets(c *Context) tri {
	result := yes
	for i := range s.conditions {
		t, _ := s.conditions[i].evaluate(c)
		result = min(result, t)
	}
	return result
}
