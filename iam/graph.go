package iam

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		var wg sync.WaitGroup
		var next atomic.Int64
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for {
					node := int(next.Add(1)) - 1
					if node >= n {
						return
					}
					steps[node] = t.find(node, mfa)
				}
			})
		}
		wg.Wait()
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

// walk answers one question at one instant.
type walk struct {
	graph *Graph
	q     *Question
	// direct is by whether there was a second factor, then by node. A node is an entity, or beyond them an entity with any
	// permission it likes.
	direct [2][]*attempt
	table  *stepTable
	known  []entityFacts
	ways   [2][2][]toGoal // by second factor, and whether only what is sure counts
	// By the question's actions: which entities have a statement for it, and whether the resource's policy has.
	mentioned [][]bool
	granted   []bool
	lower     []string // the actions
}

type attempt struct {
	actions  []string
	sure     bool
	decision Decision
}

type step struct {
	to      int // node
	by      string
	sure    bool
	depends []string
}

const (
	without = 0
	with    = 1
)

func (g *Graph) walk(q *Question, now time.Time) *walk {
	w := &walk{graph: g, q: q, table: g.stepsAt(now), known: g.known()}
	for m := range w.direct {
		w.direct[m] = make([]*attempt, 2*len(g.Entities))
	}
	for _, action := range q.Actions {
		lower := strings.ToLower(action)
		w.lower = append(w.lower, lower)
		w.mentioned = append(w.mentioned, g.mentions(lower))
		w.granted = append(w.granted, q.ResourcePolicy != nil && allowsAction([]*Policy{q.ResourcePolicy}, lower))
	}
	return w
}

// contexts are the contexts in which an entity may ask: without a second factor the key is absent for access keys and
// false for sessions.
func (w *walk) contexts(entity, mfa int) []Context {
	c := w.q.Context
	if len(c.under)+len(c.over) > 0 {
		c = c.flat(0)
	}
	c.under = w.table.brings(w.graph, entity)
	if w.graph.Entities[entity].AllTags {
		c = c.withoutTags()
	}
	over := w.table.session[without:2]
	if mfa == with {
		over = w.table.session[2:]
	}
	out := make([]Context, len(over))
	for i := range out {
		out[i], out[i].over = c, over[i]
	}
	return out
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

// policies are those a node's requests meet.
func (w *walk) policies(node int) (*Entity, Policies) {
	n := len(w.graph.Entities)
	if node < n {
		e := w.graph.Entities[node]
		return e, e.Policies
	}
	e := w.graph.Entities[node-n]
	p := e.Policies
	p.Identity = []*Policy{everything}
	return e, p
}

var everything = mustParse(`{"Version":"2012-10-17","Statement":{"Sid":"everything","Effect":"Allow","Action":"*","Resource":"*"}}`)

func mustParse(document string) *Policy {
	p, err := Parse([]byte(document))
	if err != nil {
		panic(err)
	}
	return p
}

// cannot is the attempt of all whose policies do not speak of what is asked.
var cannot = &attempt{}

// attempt decides the question's actions for a node as it is.
func (w *walk) attempt(node, mfa int) *attempt {
	if a := w.direct[mfa][node]; a != nil {
		return a
	}
	a := cannot
	for i := range w.q.Actions {
		if node >= len(w.graph.Entities) || w.mentioned[i][node] || w.granted[i] {
			a = w.try(node, mfa)
			break
		}
	}
	w.direct[mfa][node] = a
	return a
}

func (w *walk) try(node, mfa int) *attempt {
	e, p := w.policies(node)
	p.Resource, p.ResourceControl = w.q.ResourcePolicy, w.q.ResourceControl
	req := Request{Principal: e.Principal, Resource: w.q.Resource, Account: w.q.Account}
	contexts := w.contexts(node%len(w.graph.Entities), mfa)
	a := cannot
	for i, action := range w.q.Actions {
		if node < len(w.graph.Entities) && !w.mentioned[i][node] && !w.granted[i] {
			continue
		}
		req.Action, req.lower = action, w.lower[i]
		d, ok := best(&req, &p, contexts)
		if !ok {
			continue
		}
		sure := d.Verdict == Allowed
		if a == cannot {
			a = &attempt{}
		}
		if len(a.actions) == 0 || sure && !a.sure {
			a.decision, a.sure = d, sure
			a.actions = append([]string{action}, a.actions...)
		} else {
			a.actions = append(a.actions, action)
		}
	}
	return a
}

// best decides a request in each of the contexts a principal may choose from, and returns the most permissive decision.
func best(req *Request, p *Policies, contexts []Context) (Decision, bool) {
	var out Decision
	found := false
	for i := range contexts {
		req.Context = contexts[i]
		d := decide(req, p)
		if d.Best == Allowed && (!found || d.Verdict < out.Verdict) {
			out, found = d, true
		}
		if found && out.Verdict == Allowed {
			break
		}
	}
	return out, found
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

// access finds the shortest way of an entity, a sure one before one that hangs on something.
func (w *walk) access(entity int) (Access, bool) {
	var out Access
	found := false
	if w.q.MFA != WithMFA {
		out, found = w.search(entity, without)
	}
	if w.q.MFA != WithoutMFA && (!found || !out.Sure) {
		a, ok := w.search(entity, with)
		if ok && (!found || a.Sure) {
			a.NeedsMFA = true
			return a, true
		}
	}
	return out, found
}

func (w *walk) search(entity, mfa int) (Access, bool) {
	if mfa == without && w.known[entity].demandsMFA {
		return Access{}, false // there is no session of the role that would ask
	}
	for _, sure := range []bool{true, false} {
		if r := w.reached(mfa, sure); r[entity].steps > 0 {
			return w.along(r, entity, mfa), true
		}
	}
	return Access{}, false
}

// toGoal is where a node goes on to the nearest one that can as it is, and how many there are on the way, itself included;
// none where there is no way.
type toGoal struct {
	steps, next int
	by          *step
}

// reached finds the shortest way of every node to one that can, back from those: first what is sure, then all. AWS's pages
// disagree on whether a role's session carries the second factor with which it was assumed; it is taken to, so that nothing
// that may be open is left out.
func (w *walk) reached(mfa int, sure bool) []toGoal {
	kind := 0
	if sure {
		kind = 1
	}
	if r := w.ways[mfa][kind]; r != nil {
		return r
	}
	n := 2 * len(w.graph.Entities)
	r := make([]toGoal, n)
	var queue []int
	var back [][]edge
	if !w.q.Direct {
		back = w.table.back(w.graph, mfa)
	}
	for node := range n {
		if node >= n/2 && (back == nil || len(back[node]) == 0) {
			continue // nobody comes to have everything that way
		}
		if a := w.attempt(node, mfa); len(a.actions) > 0 && (a.sure || !sure) {
			r[node] = toGoal{steps: 1, next: node}
			queue = append(queue, node)
		}
	}
	if back != nil {
		for i := 0; i < len(queue); i++ {
			for _, e := range back[queue[i]] {
				if r[e.from].steps == 0 && (e.by.sure || !sure) {
					r[e.from] = toGoal{r[queue[i]].steps + 1, queue[i], e.by}
					queue = append(queue, e.from)
				}
			}
		}
	}
	w.ways[mfa][kind] = r
	return r
}

// along makes the answer for an entity from the way it goes.
func (w *walk) along(r []toGoal, entity, mfa int) Access {
	n := len(w.graph.Entities)
	out := Access{Entity: w.graph.Entities[entity], Sure: true}
	node := entity
	for r[node].next != node {
		t := r[node]
		out.Chain = append(out.Chain, Step{From: w.graph.Entities[node%n], To: w.graph.Entities[t.next%n], By: t.by.by, Unlimited: t.next >= n, DependsOn: t.by.depends})
		out.Sure = out.Sure && t.by.sure
		out.DependsOn = append(out.DependsOn, t.by.depends...)
		node = t.next
	}
	a := w.attempt(node, mfa)
	out.Action, out.Actions, out.Decision = a.actions[0], a.actions, a.decision
	out.Sure = out.Sure && a.sure
	out.DependsOn = append(out.DependsOn, a.decision.DependsOn...)
	slices.Sort(out.DependsOn)
	out.DependsOn = slices.Compact(out.DependsOn)
	return out
}
