package iam

import (
	"slices"
	"strings"
	"time"
)

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
