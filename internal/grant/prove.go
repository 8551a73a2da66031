package grant

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
)

// Proof counts the requests that a policy was tried with.
type Proof struct {
	// Good are the requests that the grant is for; all of them are allowed.
	Good int `json:"allowed"`
	// Bad are those it is not for, by what is wrong with them; all of them are denied.
	Bad []ProofKind `json:"denied"`
}

// ProofKind is one way for a request to be wrong.
type ProofKind struct {
	What     string `json:"what"`
	Requests int    `json:"requests"`
}

// Denied is the number of all bad requests.
func (p *Proof) Denied() int {
	n := 0
	for _, k := range p.Bad {
		n += k.Requests
	}
	return n
}

// prover puts requests before the evaluator.
type prover struct {
	grant  *Grant
	policy *iam.Policy
	trust  *iam.Policy
	key    *iam.Policy // the policy that KMS gives a key by itself: it leaves the account's principals to IAM
	who    iam.Principal
	at     time.Time
	proof  Proof
	err    error
}

func prove(g *Grant) (Proof, error) {
	p := &prover{grant: g, who: iam.MustPrincipal("arn:aws:iam::" + g.account() + ":user/grantee"), at: g.instant()}
	var err error
	if p.policy, err = parse(&g.Policy); err != nil {
		return Proof{}, err
	}
	if g.Trust != nil {
		if p.trust, err = parse(g.Trust); err != nil {
			return Proof{}, err
		}
		p.who = iam.MustPrincipal("arn:aws:iam::" + g.account() + ":role/" + g.Spec.Role)
	}
	root := map[string]any{"AWS": "arn:aws:iam::" + g.account() + ":root"}
	p.key, err = parse(&Document{Version: "2012-10-17", Statement: []Statement{{Effect: "Allow", Principal: root, Action: []string{"kms:*"}, Resource: []string{"*"}}}})
	if err != nil {
		return Proof{}, err
	}
	for _, n := range g.needs() {
		n.context = p.context(n.action)
		p.attributes(n)
	}
	for i := range g.Policy.Statement {
		if s := &g.Policy.Statement[i]; s.Effect == "Allow" {
			p.statement(s)
		}
	}
	p.others()
	if p.trust != nil {
		p.role()
	}
	if p.err == nil && (p.proof.Good == 0 || len(p.proof.Bad) == 0) {
		p.err = fmt.Errorf("the policy for %s was tried with no request", g.Spec.Resource)
	}
	return p.proof, p.err
}

func parse(d *Document) (*iam.Policy, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	p, err := iam.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("the policy that was written is none: %w", err)
	}
	kind := iam.IdentityPolicy
	switch first := d.Statement[0]; {
	case first.Principal != nil && len(first.Resource) == 0:
		kind = iam.TrustPolicy
	case first.Principal != nil:
		kind = iam.ResourcePolicy
	}
	for _, problem := range p.Lint(kind) {
		if problem.Error {
			return nil, fmt.Errorf("the policy that was written is none that AWS takes: %s", problem)
		}
	}
	return p, nil
}

func (g *Grant) account() string {
	if a, ok := iam.SplitARN(g.Spec.Resource); ok && a.Account != "" {
		return a.Account
	}
	for r := range g.Spec.Observed {
		if a, ok := iam.SplitARN(r); ok && len(a.Account) == 12 {
			return a.Account
		}
	}
	return "111122223333"
}

// instant is one at which the grant holds.
func (g *Grant) instant() time.Time {
	switch s := g.Spec; {
	case !s.From.IsZero():
		return s.From
	case !s.Until.IsZero():
		return s.Until.Add(-time.Second)
	}
	return time.Unix(0, 0).UTC()
}

// ask is a request with what it brings.
type ask struct {
	action, resource string
	context          iam.Context
}

func (p *prover) decide(a ask) bool { return p.allowed(a, []*iam.Policy{p.policy}) }

// free reports whether everybody may, whatever the policy says.
func (p *prover) free(a ask) bool { return p.allowed(a, nil) }

func (p *prover) allowed(a ask, identity []*iam.Policy) bool {
	r := iam.Request{Principal: p.who, Action: a.action, Resource: a.resource, Account: p.accountOf(a.resource), Context: a.context}
	policies := iam.Policies{Identity: identity}
	if strings.HasPrefix(a.action, "kms:") {
		policies.Resource = p.key // without a key policy that says so nothing in IAM opens a key
	}
	return iam.Decide(r, policies).Verdict == iam.Allowed
}

func (p *prover) accountOf(resource string) string {
	if a, ok := iam.SplitARN(resource); ok && len(a.Account) == 12 {
		return a.Account
	}
	return p.who.Account
}

func (p *prover) good(a ask) {
	if p.err != nil {
		return
	}
	if !p.decide(a) {
		p.err = fmt.Errorf("the policy that was written denies %s on %s, which it is for; this is a defect of bailey", a.action, a.resource)
	}
	p.proof.Good++
}

func (p *prover) bad(what string, a ask) {
	if p.err != nil {
		return
	}
	if p.decide(a) && !p.free(a) {
		p.err = fmt.Errorf("the policy that was written allows %s on %s with %s; this is a defect of bailey", a.action, a.resource, what)
	}
	p.count(what)
}

func (p *prover) count(what string) {
	i := slices.IndexFunc(p.proof.Bad, func(k ProofKind) bool { return k.What == what })
	if i < 0 {
		i = len(p.proof.Bad)
		p.proof.Bad = append(p.proof.Bad, ProofKind{What: what})
	}
	p.proof.Bad[i].Requests++
}

// context is that of a request as it should be: in time, with a second factor, with what the grant demands.
func (p *prover) context(action string) iam.Context {
	c := iam.NewContext().With("aws:CurrentTime", p.at.UTC().Format(time.RFC3339)).With("aws:MultiFactorAuthPresent", "true").With("aws:MultiFactorAuthAge", "60")
	c = c.With("aws:username", p.who.Name)
	if arn, ok := iam.SplitARN(p.grant.Spec.Key); ok && strings.HasPrefix(action, "kms:") {
		c = c.With("kms:ViaService", "dynamodb."+arn.Region+".amazonaws.com")
	}
	if p.grant.Spec.LeadingKey != "" {
		var key string
		c, key = filled(c, p.grant.Spec.LeadingKey, p.who.Name)
		c = c.With("dynamodb:LeadingKeys", key)
	}
	return c
}

// filled gives the variables of a text values, and returns the text with them.
func filled(c iam.Context, text, user string) (iam.Context, string) {
	out := ""
	for {
		before, rest, ok := strings.Cut(text, "${")
		out += before
		if !ok {
			return c, out
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		name, _, _ = strings.Cut(name, ",")
		value := "somebody"
		if strings.EqualFold(strings.TrimSpace(name), "aws:username") {
			value = user
		}
		c = c.With(strings.TrimSpace(name), value)
		out += value
	}
}

// What the grant demands of an action follows from what was asked for, never from what was written: that is on trial.

func (p *prover) limitsAttributes(action string) bool {
	return len(p.grant.Spec.Attributes) > 0 && strings.HasPrefix(action, "dynamodb:")
}

func (p *prover) demandsMFA(action string) bool {
	s := p.grant.Spec
	return s.MFA || s.Purpose == Observed && len(dangerous(action)) > 0
}

func (p *prover) limitsKeys(action string) bool {
	return p.grant.Spec.LeadingKey != "" && strings.HasPrefix(action, "dynamodb:")
}

func (p *prover) writes(action string) bool {
	return p.grant.Spec.Purpose != Observed && (action == "dynamodb:UpdateItem" || action == "dynamodb:PutItem")
}

// needs are the requests that the grant has to allow whatever the policy looks like.
func (g *Grant) needs() []ask {
	s := g.Spec
	var out []ask
	add := func(resource string, names ...string) {
		for _, n := range names {
			out = append(out, ask{action: n, resource: concrete(resource)})
		}
	}
	arn, _ := iam.SplitARN(s.Resource)
	switch {
	case s.Purpose == Observed:
		for _, resource := range slices.Sorted(maps.Keys(s.Observed)) {
			for _, n := range s.Observed[resource] {
				if len(dangerous(n)) == 0 || s.Dangerous {
					add(resource, n)
				}
			}
		}
	case s.Purpose == Admin:
		list, _ := actions.OfVerb("destroy")
		for _, a := range list {
			if strings.HasPrefix(a.Action, arn.Service+":") && actsOn(a.Action, arn) {
				add(s.Resource, a.Action)
			}
		}
	case arn.Service == "dynamodb":
		if s.Purpose != Write {
			add(s.Resource, "dynamodb:GetItem", "dynamodb:Query")
		}
		if s.Purpose != Read {
			add(s.Resource, "dynamodb:UpdateItem")
		}
	default:
		add("arn:"+arn.Partition+":rds-db:"+arn.Region+":"+arn.Account+":dbuser:"+cmp.Or(s.ResourceID, "db-ANY")+"/"+s.DBUser, "rds-db:connect")
	}
	return out
}

// statement tries what one statement allows, and every way of being just beside it.
func (p *prover) statement(s *Statement) {
	for _, resource := range s.Resource {
		one := concrete(resource)
		for _, action := range s.Action {
			base := p.context(action)
			p.attributes(ask{action, one, base})
			if p.limitsAttributes(action) {
				base = base.With("dynamodb:Attributes", p.grant.attributes()...).With("dynamodb:Select", "SPECIFIC_ATTRIBUTES")
			}
			p.beside(ask{action, one, base})
		}
	}
}

// attributes tries which attributes a request may name.
func (p *prover) attributes(a ask) {
	if !p.limitsAttributes(a.action) {
		p.good(a)
		return
	}
	spec := p.grant.Spec
	all := p.grant.attributes()
	named := a.context.With("dynamodb:Select", "SPECIFIC_ATTRIBUTES").With("dynamodb:ReturnValues", "NONE")
	with := func(attributes ...string) ask {
		return ask{a.action, a.resource, named.With("dynamodb:Attributes", attributes...)}
	}
	p.good(with(all...))
	for _, x := range spec.Attributes {
		p.good(with(append(slices.Clone(spec.Keys), x)...))
	}
	p.bad("no attribute named, which is all of them", ask{a.action, a.resource, named})
	if a.action != "dynamodb:UpdateItem" { // updates have no such key
		p.bad("all attributes asked for", ask{a.action, a.resource, named.With("dynamodb:Attributes", all...).With("dynamodb:Select", "ALL_ATTRIBUTES")})
	}
	for _, other := range others(all) {
		p.bad("another attribute", with(other))
		p.bad("another attribute", with(append(slices.Clone(all), other)...))
		p.bad("another attribute", with(append(slices.Clone(spec.Keys), other)...))
	}
}

// others are names that are none of those given, and near them.
func others(names []string) []string {
	out := []string{"ssn", "password", "*"}
	for _, n := range names {
		out = append(out, n+"x", "x"+n, strings.ToUpper(n), n[:len(n)-1])
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" || slices.Contains(names, s) })
}

// beside tries a request that is right but for one thing.
func (p *prover) beside(a ask) {
	spec := p.grant.Spec
	change := func(what, key string, values ...string) {
		c := a.context
		if values == nil {
			c = c.Absent(key)
		} else {
			c = c.With(key, values...)
		}
		p.bad(what, ask{a.action, a.resource, c})
	}
	if !spec.Until.IsZero() {
		for _, d := range []time.Duration{0, time.Second, time.Hour, 24 * time.Hour, 366 * 24 * time.Hour} {
			change("a time after the end", "aws:CurrentTime", spec.Until.Add(d).UTC().Format(time.RFC3339))
		}
		change("no time", "aws:CurrentTime")
	}
	if !spec.From.IsZero() {
		for _, d := range []time.Duration{time.Second, time.Hour, 366 * 24 * time.Hour} {
			change("a time before the beginning", "aws:CurrentTime", spec.From.Add(-d).UTC().Format(time.RFC3339))
		}
	}
	if p.demandsMFA(a.action) {
		change("no second factor", "aws:MultiFactorAuthPresent")
		change("no second factor", "aws:MultiFactorAuthPresent", "false")
	}
	if p.demandsMFA(a.action) && p.grant.Spec.Purpose == Observed && len(dangerous(a.action)) > 0 {
		change("a second factor of long ago", "aws:MultiFactorAuthAge", fmt.Sprint(mfaSeconds+1))
		change("a second factor of long ago", "aws:MultiFactorAuthAge")
	}
	if p.limitsKeys(a.action) {
		for _, k := range []string{spec.LeadingKey + "x", "x"} {
			change("another partition key", "dynamodb:LeadingKeys", k)
		}
		change("another partition key", "dynamodb:LeadingKeys", spec.LeadingKey+"y", "x")
		change("no partition key", "dynamodb:LeadingKeys")
	}
	if p.writes(a.action) {
		change("the whole old item asked for", "dynamodb:ReturnValues", "ALL_OLD")
		change("the whole new item asked for", "dynamodb:ReturnValues", "ALL_NEW")
	}
	if strings.HasPrefix(a.action, "kms:") && spec.Key != "" {
		change("the key used for something else", "kms:ViaService", "s3.us-east-1.amazonaws.com")
		change("the key used for something else", "kms:ViaService")
	}
	if p.writes(a.action) && spec.Purpose == Write {
		change("the old values asked for", "dynamodb:ReturnValues", "UPDATED_OLD")
	}
	for _, meant := range p.meant(a.action) {
		for _, r := range neighbours(meant) {
			if !slices.Contains(p.meant(a.action), r) && !slices.Contains(p.meant(a.action), "*") {
				p.bad("another resource", ask{a.action, r, a.context})
			}
		}
	}
}

// meant are the resources on which the grant is for an action.
func (p *prover) meant(action string) []string {
	s := p.grant.Spec
	switch {
	case s.Purpose == Observed:
		var out []string
		for _, resource := range slices.Sorted(maps.Keys(s.Observed)) {
			if slices.Contains(s.Observed[resource], action) {
				out = append(out, resource)
			}
		}
		return out
	case strings.HasPrefix(action, "kms:") && s.Purpose != Admin:
		return []string{s.Key}
	case strings.HasPrefix(action, "rds-db:"):
		return []string{p.grant.needs()[0].resource}
	}
	return []string{s.Resource}
}

// concrete is a resource that a pattern of ours means: the names in it may hold a *.
func concrete(pattern string) string {
	if pattern == "*" {
		return "*"
	}
	return strings.ReplaceAll(pattern, "*", "any")
}

// neighbours are resources beside the one granted: other names, Regions and accounts.
func neighbours(pattern string) []string {
	a, ok := iam.SplitARN(pattern)
	if !ok {
		return nil
	}
	arn := func(partition, region, account, resource string) string {
		return strings.Join([]string{"arn", partition, a.Service, region, account, resource}, ":")
	}
	r := concrete(a.Resource)
	out := []string{arn(a.Partition, a.Region, "999999999999", r)}
	if a.Region != "" {
		out = append(out, arn(a.Partition, "xx-test-9", a.Account, r))
	}
	if !strings.HasSuffix(a.Resource, "*") {
		out = append(out, arn(a.Partition, a.Region, a.Account, r+"2"), arn(a.Partition, a.Region, a.Account, r+"/index/x"), arn(a.Partition, a.Region, a.Account, r[:len(r)-1]))
	}
	return append(out, arn(a.Partition, a.Region, a.Account, strings.ToUpper(r)))
}

// others tries every action there is that the policy is not for, on what it names.
func (p *prover) others() {
	given := map[string]bool{}
	resources := []string{}
	for i := range p.grant.Policy.Statement {
		s := &p.grant.Policy.Statement[i]
		if s.Effect != "Allow" {
			continue
		}
		for _, r := range s.Resource {
			for _, a := range s.Action {
				given[a+" "+concrete(r)] = true
				given[a+" *"] = given[a+" *"] || r == "*"
			}
			if !slices.Contains(resources, concrete(r)) {
				resources = append(resources, concrete(r))
			}
		}
	}
	if p.grant.Spec.Resource != "" && !slices.Contains(resources, p.grant.Spec.Resource) {
		resources = append(resources, p.grant.Spec.Resource)
	}
	c := p.context("").With("dynamodb:Attributes", p.grant.attributes()...)
	for _, service := range actions.Services() {
		for _, action := range actions.OfService(service) {
			name := action.String()
			for _, r := range resources {
				if !given[name+" "+r] && !given[name+" *"] {
					p.bad("another action", ask{name, r, c})
				}
			}
		}
	}
}

// role tries who can become the role.
func (p *prover) role() {
	spec := p.grant.Spec
	role := p.who.ARN
	everything, _ := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`))
	can := func(who string, c iam.Context) bool {
		r := iam.Request{Principal: iam.MustPrincipal(who), Action: "sts:AssumeRole", Resource: role, Account: p.who.Account, Context: c}
		return iam.Decide(r, iam.Policies{Identity: []*iam.Policy{everything}, Resource: p.trust}).Verdict == iam.Allowed
	}
	right := p.context("")
	refuse := func(what, who string, c iam.Context) {
		if p.err == nil && can(who, c) {
			p.err = fmt.Errorf("the trust policy that was written lets %s in with %s; this is a defect of bailey", who, what)
		}
		p.count(what)
	}
	for _, m := range spec.Members {
		if !can(m, right) && p.err == nil {
			p.err = fmt.Errorf("the trust policy that was written keeps %s out; this is a defect of bailey", m)
		}
		p.proof.Good++
		refuse("no second factor", m, right.Absent("aws:MultiFactorAuthPresent"))
		refuse("no second factor", m, right.With("aws:MultiFactorAuthPresent", "false"))
		refuse("a second factor of long ago", m, right.With("aws:MultiFactorAuthAge", fmt.Sprint(mfaSeconds+1)))
		refuse("somebody else", m+"2", right)
		if !spec.Until.IsZero() {
			refuse("a time after the end", m, right.With("aws:CurrentTime", spec.Until.UTC().Format(time.RFC3339)))
		}
	}
	for _, who := range []string{"arn:aws:iam::" + p.who.Account + ":user/intern", "arn:aws:iam::999999999999:user/stranger", "arn:aws:iam::999999999999:root"} {
		if !slices.Contains(spec.Members, who) {
			refuse("somebody else", who, right)
		}
	}
}
