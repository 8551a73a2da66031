package principals

import (
	"regexp"
	"slices"
	"strings"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/internal/estate"
)

// World is the principals of an estate.
type World struct {
	Home estate.Home
	// Assumed is set where the input does not say account or region, and a stand-in is used.
	Assumed bool
	Graph   *iam.Graph

	estate    *estate.Estate
	converter *converter
	origins   map[*iam.Statement]estate.Origin
}

// Subject is the Tag of an entity: where it comes from.
type Subject struct {
	Resource estate.AnyResource // nil for outsiders
	Outside  bool               // of another account, or anyone at all
}

// SubjectOf returns an entity's subject.
func SubjectOf(e *iam.Entity) *Subject {
	s, _ := e.Tag.(*Subject)
	if s == nil {
		return &Subject{}
	}
	return s
}

// Build reads the principals of an estate. Home may be left empty: then it is taken from the ARNs in the input.
func Build(e *estate.Estate, home estate.Home, escalations []iam.Escalation) *World {
	w := &World{estate: e, origins: map[*iam.Statement]estate.Origin{}}
	w.Home, w.Assumed = settle(e, home)
	w.converter = newConverter(e, w.Home)
	b := builder{World: w, managed: map[estate.AnyResource]*iam.Policy{}}
	b.build()
	w.Graph = iam.NewGraph(b.entities, escalations)
	w.Graph.Groups = b.groupPolicies
	return w
}

// Origin returns where a statement stands.
func (w *World) Origin(s *iam.Statement) estate.Origin { return w.origins[s] }

// Stand-ins for what a template leaves open.
const (
	someAccount = "000000000000"
	someRegion  = "us-east-1"
)

var arnPlace = regexp.MustCompile(`arn:aws[a-z-]*:(?:rds|dynamodb|kms|secretsmanager|logs|sqs|sns|backup|dax):([a-z]{2}-[a-z-]+-\d)?:(\d{12})?:`)

// settle finds the account and region that the ARNs of the input speak of, where they agree.
func settle(e *estate.Estate, home estate.Home) (estate.Home, bool) {
	accounts, regions := map[string]bool{}, map[string]bool{}
	for i := range e.Declarations {
		texts(&e.Declarations[i].Body, func(s string) {
			if !strings.Contains(s, "arn:") {
				return
			}
			for _, m := range arnPlace.FindAllStringSubmatch(s, -1) {
				if m[1] != "" {
					regions[m[1]] = true
				}
				if m[2] != "" {
					accounts[m[2]] = true
				}
			}
		})
	}
	assumed := false
	pick := func(given string, seen map[string]bool, fallback string) string {
		if given != "" {
			return given
		}
		if len(seen) == 1 {
			for s := range seen {
				return s
			}
		}
		assumed = true
		return fallback
	}
	return estate.Home{Account: pick(home.Account, accounts, someAccount), Region: pick(home.Region, regions, someRegion)}, assumed
}

func texts(v *estate.Value, f func(string)) {
	if v.Kind == estate.KindString {
		f(v.Text)
	}
	for i := range v.Items {
		texts(&v.Items[i], f)
	}
	for i := range v.Fields {
		texts(&v.Fields[i].Value, f)
	}
}

// builder collects the entities.
type builder struct {
	*World
	entities      []*iam.Entity
	managed       map[estate.AnyResource]*iam.Policy
	groupPolicies map[string][]*iam.Policy
}

func (b *builder) policy(name string, d *estate.Fact[estate.Document], r estate.AnyResource) *iam.Policy {
	p, origins := b.converter.policy(name, d, r.Base().Declaration().Unit)
	if p != nil {
		for i, s := range p.Statements {
			if i < len(origins) {
				b.origins[s] = origins[i]
			}
		}
	}
	return p
}

func (b *builder) build() {
	groups := b.groups()
	b.groupPolicies = map[string][]*iam.Policy{}
	for g, held := range groups {
		b.groupPolicies[estate.ARN(g, b.Home)] = held.policies
	}
	control := b.serviceControl()
	for _, u := range estate.All[estate.IAMUser](b.estate) {
		h := b.holdings(u, &u.Inline, &u.ManagedPolicies, &u.Boundary)
		e := b.entity(u, h, control)
		for _, g := range b.groupsOf(u, h) {
			held := groups[g]
			e.Policies.Identity = append(e.Policies.Identity, held.policies...)
			e.Managed = append(e.Managed, held.managed...)
			e.Groups = append(e.Groups, estate.ARN(g, b.Home))
		}
		e.Policies.Identity = append(e.Policies.Identity, h.missing...)
	}
	for _, r := range estate.All[estate.IAMRole](b.estate) {
		h := b.holdings(r, &r.Inline, &r.ManagedPolicies, &r.Boundary)
		e := b.entity(r, h, control)
		e.Policies.Identity = append(e.Policies.Identity, h.missing...)
		if e.Trust = b.policy("the trust policy of "+estate.ShortName(r), &r.Trust, r); e.Trust == nil {
			e.Trust = anything("the trust policy of " + estate.ShortName(r))
		}
	}
	b.outsiders()
}

// holding is the policies attached to a user, group or role.
type holding struct {
	policies   []*iam.Policy
	boundaries []*iam.Policy
	managed    []string
	missing    []*iam.Policy // stand-ins for policies that are not in the input
}

func (b *builder) entity(r estate.AnyResource, h *holding, control []iam.Level) *iam.Entity {
	arn := estate.ARN(r, b.Home)
	principal, err := iam.ParsePrincipal(arn)
	if err != nil {
		principal = iam.MustPrincipal("arn:aws:iam::" + b.Home.Account + ":role/unnamed")
	}
	e := &iam.Entity{
		Principal: principal, Managed: h.managed, Tag: &Subject{Resource: r},
		Policies: iam.Policies{Identity: slices.Clone(h.policies), Boundaries: h.boundaries, ServiceControl: control},
	}
	e.Keys, e.AllTags = tagKeys(r, "aws:PrincipalTag/")
	b.entities = append(b.entities, e)
	return e
}

// holdings reads what is attached to a user, group or role: written in it, pointing at it, or named by it.
func (b *builder) holdings(r estate.AnyResource, inline *estate.Fact[[]estate.InlinePolicy], managed *estate.Fact[[]estate.Link[estate.IAMPolicy]], boundary *estate.Link[estate.IAMPolicy]) *holding {
	h := &holding{}
	name := estate.ShortName(r)
	if inline.State == estate.Unknown {
		h.missing = append(h.missing, anything("the inline policies of "+name))
	}
	for i := range inline.Value {
		p := &inline.Value[i]
		label := p.Name.Value
		if label == "" {
			label = "an inline policy of " + name
		}
		if doc := b.policy(label, &p.Document, r); doc != nil {
			h.policies = append(h.policies, doc)
		}
	}
	if managed.State == estate.Unknown {
		h.missing = append(h.missing, anything("the managed policies of "+name))
	}
	for i := range managed.Value {
		b.attach(h, &managed.Value[i])
	}
	for _, p := range estate.All[estate.IAMPolicy](b.estate) {
		if pointsAt(&p.Users, r) || pointsAt(&p.Groups, r) || pointsAt(&p.Roles, r) {
			b.add(h, p)
		}
	}
	for _, a := range estate.All[estate.IAMAttachment](b.estate) {
		if pointsAt(&a.Users, r) || pointsAt(&a.Groups, r) || pointsAt(&a.Roles, r) {
			b.attach(h, &a.Policy)
		}
	}
	if boundary != nil && boundary.State != estate.Absent {
		limits := &holding{}
		b.attach(limits, boundary)
		h.boundaries = append(limits.policies, limits.missing...)
	}
	return h
}

// pointsAt reports whether one of a list of links names a resource.
func pointsAt[T any](f *estate.Fact[[]estate.Link[T]], r estate.AnyResource) bool {
	for i := range f.Value {
		if f.Value[i].To == r {
			return true
		}
	}
	return false
}

// attach adds a managed policy that a link names: one of the estate, one of AWS's, or one that nobody can see.
func (b *builder) attach(h *holding, l *estate.Link[estate.IAMPolicy]) {
	if p := l.Target(); p != nil {
		b.add(h, p)
		return
	}
	if l.State == estate.Absent {
		return
	}
	name := l.Value
	if l.State == estate.Unknown {
		name = l.Text
	}
	if p, ok := awsManaged(name); ok {
		h.policies = append(h.policies, p)
		return
	}
	switch {
	case l.State == estate.Unknown && l.Param != "":
		name = "the policy that the parameter " + l.Param + " names"
	case name == "":
		name = "an attached policy"
	default:
		name = "policy " + plainName(name)
	}
	h.missing = append(h.missing, anything(name))
}

func (b *builder) add(h *holding, p *estate.IAMPolicy) {
	doc, ok := b.managed[p]
	if !ok {
		doc = b.policy(estate.ShortName(p), &p.Document, p)
		b.managed[p] = doc
	}
	if doc == nil || slices.Contains(h.policies, doc) {
		return
	}
	h.policies = append(h.policies, doc)
	if strings.Contains(p.Base().Declaration().Type, "ManagedPolicy") || p.Base().Declaration().Type == "aws_iam_policy" {
		h.managed = append(h.managed, estate.ARN(p, b.Home))
	}
}

func (b *builder) groups() map[*estate.IAMGroup]*holding {
	out := map[*estate.IAMGroup]*holding{}
	for _, g := range estate.All[estate.IAMGroup](b.estate) {
		h := b.holdings(g, &g.Inline, &g.ManagedPolicies, nil)
		h.policies = append(h.policies, h.missing...)
		out[g] = h
	}
	return out
}

// groupsOf lists the groups a user is in, by itself and by memberships.
func (b *builder) groupsOf(u *estate.IAMUser, h *holding) []*estate.IAMGroup {
	var out []*estate.IAMGroup
	add := func(l *estate.Link[estate.IAMGroup]) {
		g := l.Target()
		switch {
		case g != nil && !slices.Contains(out, g):
			out = append(out, g)
		case g == nil && l.State != estate.Absent:
			h.missing = append(h.missing, anything("group "+plainName(l.Value+l.Text)))
		}
	}
	for i := range u.Groups.Value {
		add(&u.Groups.Value[i])
	}
	for _, m := range estate.All[estate.IAMMembership](b.estate) {
		if pointsAt(&m.Users, u) {
			for i := range m.Groups.Value {
				add(&m.Groups.Value[i])
			}
		}
	}
	return out
}

// serviceControl makes a level of the organization's policies, where the estate has some. Where they are attached is not
// told there, so what they deny is taken to hold everywhere and what they allow to be allowed by AWS's own beside them.
func (b *builder) serviceControl() []iam.Level {
	level := iam.Level{Name: "organization"}
	for _, p := range estate.All[estate.OrganizationPolicy](b.estate) {
		if p.Class.State != estate.Unknown && p.Class.Value == "SERVICE_CONTROL_POLICY" {
			if doc := b.policy(estate.ShortName(p), &p.Document, p); doc != nil {
				level.Policies = append(level.Policies, doc)
			}
		}
	}
	if level.Policies == nil {
		return nil
	}
	full, _ := awsManaged("arn:aws:iam::aws:policy/AdministratorAccess")
	level.Policies = append(level.Policies, full)
	return []iam.Level{level}
}

// outsiders are the principals of other accounts that a role or a resource lets in, and anyone at all.
func (b *builder) outsiders() {
	seen := map[string]bool{}
	for _, e := range b.entities {
		seen[e.Principal.ARN] = true
	}
	add := func(p iam.Principal) {
		if seen[p.ARN] || p.Kind == iam.Service || p.Kind == iam.Anonymous && p.ARN != "*" {
			return
		}
		seen[p.ARN] = true
		outside := p.Account != b.Home.Account
		e := &iam.Entity{Principal: p, Tag: &Subject{Outside: outside}}
		if p.Kind == iam.User || p.Kind == iam.Role || p.Kind == iam.AssumedRole {
			// What another account lets its principals do is not in the input; its own policies may well allow it.
			e.Policies.Identity = []*iam.Policy{everything()}
			if !outside {
				e.Policies.Identity = []*iam.Policy{anything("the policies of " + p.Name)}
			}
		}
		b.entities = append(b.entities, e)
	}
	collect := func(p *iam.Policy) {
		if p == nil {
			return
		}
		for _, s := range p.Statements {
			if s.Effect != iam.Allow || s.PrincipalElement == "" {
				continue
			}
			if s.Everyone() {
				add(iam.Principal{Kind: iam.Anonymous, ARN: "*"})
			}
			for _, who := range s.Principals {
				if who.Kind == iam.Root && who.Account == b.Home.Account {
					continue
				}
				add(who)
			}
		}
	}
	for _, e := range slices.Clone(b.entities) {
		collect(e.Trust)
	}
	for _, r := range b.estate.Resources {
		collect(b.ResourcePolicy(r))
	}
}

func everything() *iam.Policy {
	p, _ := awsManaged("arn:aws:iam::aws:policy/AdministratorAccess")
	return p
}

// ResourcePolicy returns the policy of a table, key or secret: its own document or one written apart from it. It is nil
// where there is none.
func (w *World) ResourcePolicy(r estate.AnyResource) *iam.Policy {
	b := builder{World: w}
	name := "the policy of " + estate.ShortName(r)
	switch r := r.(type) {
	case *estate.DynamoDBTable:
		for _, p := range estate.All[estate.DynamoDBResourcePolicy](w.estate) {
			if p.Table.To == estate.AnyResource(r) {
				return b.policy(name, &p.Policy, p)
			}
		}
		return b.policy(name, &r.Policy, r)
	case *estate.KMSKey:
		for _, p := range estate.All[estate.KMSKeyPolicy](w.estate) {
			if p.Key.To == estate.AnyResource(r) {
				return b.policy(name, &p.Policy, p)
			}
		}
		if r.Policy.State == estate.Absent {
			return w.defaultKeyPolicy()
		}
		return b.policy(name, &r.Policy, r)
	case *estate.Secret:
		for _, p := range estate.All[estate.SecretPolicy](w.estate) {
			if p.Secret.To == estate.AnyResource(r) {
				return b.policy(name, &p.Policy, p)
			}
		}
		return b.policy(name, &r.Policy, r)
	}
	return nil
}

// defaultKeyPolicy is what KMS gives a key without one: the account's own policies decide.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func (w *World) defaultKeyPolicy() *iam.Policy {
	p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + w.Home.Account + `:root"},"Action":"kms:*","Resource":"*"}}`))
	if err != nil {
		panic(err)
	}
	p.Name = "the default key policy"
	return p
}

// tagKeys are condition keys for a resource's tags; all is set when no other tag can be there.
func tagKeys(r estate.AnyResource, prefixes ...string) (keys map[string][]string, all bool) {
	tags := &r.Base().Tags
	keys, all = map[string][]string{}, tags.State != estate.Unknown
	for _, tag := range tags.Value {
		if tag.Value.State != estate.Known {
			all = false
			continue
		}
		for _, p := range prefixes {
			keys[p+tag.Name] = []string{tag.Value.Value}
		}
	}
	return keys, all
}

// ResourceContext is what a request on a resource brings along: its tags, account and region; the rest is unknown.
func (w *World) ResourceContext(r estate.AnyResource) iam.Context {
	c := iam.NewContext().Open().With("aws:ResourceAccount", w.Home.Account).With("aws:RequestedRegion", w.Home.Region)
	prefixes := []string{"aws:ResourceTag/", "rds:db-tag/", "rds:cluster-tag/", "secretsmanager:ResourceTag/", "dynamodb:ResourceTag/"}
	keys, all := tagKeys(r, prefixes...)
	for k, v := range keys {
		c = c.With(k, v...)
	}
	if all {
		for _, p := range prefixes {
			c = c.Absent(p + "*")
		}
	}
	return c
}
