package answers

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/paths"
	"github.com/baileydb/bailey/internal/principals"
)

// Answers answers for one estate, at one time. It may be asked from many goroutines.
type Answers struct {
	estate *estate.Estate
	now    time.Time
	world  func() *principals.World
	paths  func() (*paths.Paths, error)
	named  func() *names // of the network, where there is one

	mu       sync.Mutex
	grantees map[question]func() estate.Fact[[]estate.Grantee]
	sources  map[estate.AnyResource]func() estate.Fact[[]estate.Source]
	ports    map[string]func() estate.Fact[estate.Strings]
}

type question struct {
	resource estate.AnyResource
	do       string
}

// For makes answers for an estate and lets it ask them. now is the time at which conditions of time are read.
func For(e *estate.Estate, now time.Time) *Answers {
	a := &Answers{
		estate: e, now: now,
		world:    sync.OnceValue(func() *principals.World { return principals.Build(e, estate.Home{}, principals.Escalations()) }),
		paths:    sync.OnceValues(func() (*paths.Paths, error) { return paths.Of(e) }),
		grantees: map[question]func() estate.Fact[[]estate.Grantee]{},
		sources:  map[estate.AnyResource]func() estate.Fact[[]estate.Source]{},
		ports:    map[string]func() estate.Fact[estate.Strings]{},
	}
	a.named = sync.OnceValue(func() *names {
		p, err := a.paths()
		if err != nil {
			return &names{}
		}
		return namesOf(p.Network)
	})
	e.Answer(a)
	return a
}

// remembered computes a value once for a key.
func remembered[K comparable, V any](mu *sync.Mutex, m map[K]func() V, key K, compute func() V) V {
	mu.Lock()
	f, ok := m[key]
	if !ok {
		f = sync.OnceValue(compute)
		m[key] = f
	}
	mu.Unlock()
	return f()
}

// WhoCan implements [estate.Answerer]. Beside verbs and actions it knows become, for who can assume a role.
func (a *Answers) WhoCan(r estate.AnyResource, do string) estate.Fact[[]estate.Grantee] {
	return remembered(&a.mu, a.grantees, question{r, do}, func() estate.Fact[[]estate.Grantee] { return a.whoCan(r, do) })
}

func (a *Answers) whoCan(r estate.AnyResource, do string) estate.Fact[[]estate.Grantee] {
	at := r.Base().Declaration().Origin
	if !a.hasPrincipals() {
		return estate.UnknownFact[[]estate.Grantee]("read the templates with the users, roles and policies too", estate.Origin{})
	}
	w := a.world()
	ask := &principals.Ask{At: a.now}
	switch role, isRole := r.(*estate.IAMRole); {
	case do == "become" && isRole:
		return estate.KnownFact(a.told(w.Assumers(role, ask)), at)
	case strings.Contains(do, ":"):
		for _, action := range actions.Match(do) {
			ask.Actions = append(ask.Actions, action.String())
		}
	default:
		list, _ := actions.OfVerb(do)
		for _, v := range list {
			ask.Actions = append(ask.Actions, v.Action)
		}
	}
	if len(ask.Actions) == 0 {
		return estate.UnknownFact[[]estate.Grantee]("mend the safeguard: "+do+" is no verb and no action", at)
	}
	return estate.KnownFact(a.told(w.Who(r, ask)), at)
}

// hasPrincipals reports whether the input speaks of users, groups, roles or policies at all.
func (a *Answers) hasPrincipals() bool {
	for _, kind := range []string{"iam_user", "iam_role", "iam_group", "iam_policy"} {
		if len(a.estate.OfKind(kind)) > 0 {
			return true
		}
	}
	return false
}

func (a *Answers) told(grants []principals.Grant) []estate.Grantee {
	out := make([]estate.Grantee, len(grants))
	for i := range grants {
		out[i] = a.grantee(&grants[i])
	}
	return out
}

func (a *Answers) grantee(g *principals.Grant) estate.Grantee {
	best, subject := g.Best(), principals.SubjectOf(g.Entity)
	var at estate.Origin
	if subject.Resource != nil {
		at = subject.Resource.Base().Declaration().Origin
	}
	yes := func(b bool) estate.Fact[bool] { return estate.KnownFact(b, at) }
	out := estate.Grantee{
		Name: estate.KnownFact(principals.NameOf(g.Entity), at), Kind: estate.KnownFact(principals.KindOf(&g.Entity.Principal), at),
		Can: yes(true), NeedsMFA: yes(best.NeedsMFA), Direct: yes(len(best.Chain) == 0), Ends: yes(!best.Until.IsZero()), Outside: yes(subject.Outside),
		Escalates: yes(slices.ContainsFunc(best.Chain, func(s iam.Step) bool { return !strings.HasPrefix(s.By, "sts:") })),
		Standing:  yes(standing(g.Entity)), Wildcard: yes(wildcard(best)),
	}
	if !best.Sure {
		var settle []string
		for _, k := range best.DependsOn {
			settle = append(settle, principals.Settles(k))
		}
		if slices.ContainsFunc(best.DependsOn, principals.IsOpen) && !out.Escalates.Value {
			// A policy that nobody has seen may allow the permissions that lead to others, too.
			out.Escalates = estate.UnknownFact[bool]("say of "+out.Kind.Value+" "+out.Name.Value+" "+strings.Join(settle, ", "), at)
		}
		out.Can = estate.UnknownFact[bool]("say of "+out.Kind.Value+" "+out.Name.Value+" "+strings.Join(settle, ", "), at)
	}
	return out
}

// standing reports whether a principal lasts: all but roles that only people and other roles assume.
func standing(e *iam.Entity) bool {
	if e.Principal.Kind != iam.Role || e.Trust == nil {
		return true
	}
	for _, s := range e.Trust.Statements {
		if s.Effect == iam.Allow && slices.ContainsFunc(s.Principals, func(p iam.Principal) bool { return p.Kind == iam.Service }) {
			return true
		}
	}
	return false
}

// wildcard reports whether what allows an access names its action only by a pattern.
func wildcard(a *iam.Access) bool {
	for _, m := range a.Decision.Allowing {
		if m.Kind == iam.IdentityPolicy && !slices.ContainsFunc(m.Statement.Actions, func(s string) bool { return strings.EqualFold(s, a.Action) }) {
			return true
		}
	}
	return false
}

// Administers implements [estate.Answerer].
func (a *Answers) Administers(role *estate.IAMRole) estate.Fact[bool] {
	at := role.Declaration().Origin
	open := false
	for _, r := range a.estate.Resources {
		if !estate.IsStore(r) {
			continue
		}
		who := a.WhoCan(r, "destroy")
		for i := range who.Value {
			if g := &who.Value[i]; g.Direct.Value && g.Kind.Value == "role" && g.Name.Value == estate.ShortName(role) {
				if g.Can.State == estate.Known {
					return estate.KnownFact(true, at)
				}
				open = true
			}
		}
	}
	if open {
		return estate.UnknownFact[bool]("read all policies of "+estate.ShortName(role), at)
	}
	return estate.KnownFact(false, at)
}
