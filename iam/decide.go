package iam

import (
	"cmp"
	"slices"
	"strings"
)

// Request is what somebody asks to do.
type Request struct {
	Principal Principal
	Action    string // such as dynamodb:GetItem; case does not matter
	Resource  string // an ARN, or "*" for actions on nothing in particular
	// Account owns the resource. Where it is empty the ARN's account does, and where that says none, the principal's.
	Account string
	Context Context

	lower string // the action's, where it is known already
}

// Level is the control policies attached to one level of an organization: its root, a unit, or the account.
type Level struct {
	Name     string
	Policies []*Policy
}

// Policies are the policies that apply to a request. What is nil does not apply.
type Policies struct {
	Identity   []*Policy
	Resource   *Policy // the resource's own policy; a role's trust policy, a key's key policy
	Boundaries []*Policy
	// ServiceControl and ResourceControl have a level each from the root down; each has to allow the request. They are
	// those of the principal's account and of the resource's.
	ServiceControl  []Level
	ResourceControl []Level
	Session         *Policy
	Endpoint        []*Policy
}

// Verdict is what AWS answers.
type Verdict uint8

// The verdicts, from the one that gives most.
const (
	Allowed Verdict = iota
	ImplicitDeny
	ExplicitDeny
)

func (v Verdict) String() string {
	return [...]string{"allowed", "implicitDeny", "explicitDeny"}[v]
}

// Decision is the answer to a request, with its reasons.
type Decision struct {
	// Verdict is what holds for certain; where it depends on something unknown, the strictest that may hold.
	Verdict Verdict
	// Best is the most permissive verdict that may hold; it is Verdict where nothing is unknown.
	Best Verdict
	// DependsOn names the unknown condition keys that the verdict hangs on, sorted, as the policies write them.
	DependsOn []string
	// Allowing and Denying are the statements that match, and those that may.
	Allowing, Denying []Match
	// Refused says which kind of policy did not allow what none denied: the first that was asked.
	Refused Refusal
}

// Match is a statement that matches the request, or may.
type Match struct {
	Statement *Statement
	Kind      PolicyKind
	Maybe     bool     // it hangs on Keys
	Keys      []string // the unknown keys
}

// Refusal names the policy whose silence denies.
type Refusal uint8

// The refusals.
const (
	NotRefused Refusal = iota
	NoIdentityAllow
	NoResourceAllow
	NoBoundaryAllow
	NoSessionAllow
	NoServiceControlAllow
	NoResourceControlAllow
	NoEndpointAllow
)

func (r Refusal) String() string {
	return [...]string{
		"", "no identity policy allows it", "the resource's policy does not allow it", "the permissions boundary does not allow it",
		"the session policy does not allow it", "a service control policy level does not allow it", "a resource control policy level does not allow it",
		"the endpoint policy does not allow it",
	}[r]
}

// PolicyKind is the place a policy is attached to, which decides what it may hold and how it counts.
type PolicyKind uint8

// The kinds of policies.
const (
	IdentityPolicy PolicyKind = iota
	ResourcePolicy
	BoundaryPolicy
	ServiceControlPolicy
	ResourceControlPolicy
	SessionPolicy
	EndpointPolicy
	TrustPolicy
)

func (k PolicyKind) String() string {
	return [...]string{
		"identity policy", "resource policy", "permissions boundary", "service control policy", "resource control policy",
		"session policy", "endpoint policy", "trust policy",
	}[k]
}

// Decide answers a request as AWS would.
func Decide(req Request, p Policies) Decision { return decide(&req, &p) }

func decide(req *Request, p *Policies) Decision {
	action := req.lower
	if action == "" {
		action = strings.ToLower(req.Action)
	}
	e := evaluation{
		req: req, action: action, hasResourcePolicy: p.Resource != nil,
		// NotPrincipal with Deny always denies who has a permissions boundary, whatever it names.
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
		bounded: len(p.Boundaries) > 0 && (req.Principal.Kind == User || req.Principal.Kind == Role || req.Principal.Kind == AssumedRole),
	}
	e.setAccounts()
	return e.decide(p)
}

// evaluation is the work on one request.
type evaluation struct {
	req         *Request
	action      string // lower case
	sameAccount bool
	// hasResourcePolicy says whether the question has the resource's own policy; bounded that the principal has a boundary.
	hasResourcePolicy, bounded bool

	depends  []string
	decision Decision
}

func (e *evaluation) setAccounts() {
	account := e.req.Account
	if account == "" {
		if arn, ok := SplitARN(e.req.Resource); ok && isAccount(arn.Account) {
			account = arn.Account
		} else {
			account = e.req.Principal.Account
		}
	}
	e.sameAccount = account == e.req.Principal.Account && account != ""
}

// free reports whether AWS asks no policy for the action at all.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
func (e *evaluation) free() bool {
	switch e.action {
	case "sts:getcalleridentity":
		return e.req.Principal.hasIdentity()
	case "sts:getsessiontoken":
		return e.req.Principal.Kind == User || e.req.Principal.Kind == Root
	}
	return false
}

// needsResourcePolicy reports whether the account's own policies count only where the resource's policy lets them: keys of
// KMS and, for being assumed, roles.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
func (e *evaluation) needsResourcePolicy() bool {
	if strings.HasPrefix(e.action, "kms:") {
		arn, ok := SplitARN(e.req.Resource)
		return ok && arn.Service == "kms" && strings.HasPrefix(arn.Resource, "key/")
	}
	switch e.action {
	case "sts:assumerole":
		// A role always has a trust policy; where the question leaves it out it is asked whether the caller's own side allows.
		return e.hasResourcePolicy || !e.sameAccount
	case "sts:assumerolewithsaml", "sts:assumerolewithwebidentity":
		return true
	case "sts:tagsession", "sts:setsourceidentity":
		arn, ok := SplitARN(e.req.Resource)
		return ok && strings.HasPrefix(arn.Resource, "role/")
	}
	return false
}

func (e *evaluation) decide(p *Policies) Decision {
	if e.free() {
		return Decision{}
	}
	who := &e.req.Principal
	linked := e.serviceLinked()
	restricted := who.hasIdentity() && !linked

	// What denies explicitly denies, whatever allows.
	denied := no
	if who.hasIdentity() {
		denied = max(denied, e.deniedBy(p.Identity, IdentityPolicy), e.deniedBy(p.Boundaries, BoundaryPolicy))
		if p.Session != nil {
			denied = max(denied, e.denied(p.Session, SessionPolicy))
		}
	}
	if restricted {
		for i := range p.ServiceControl {
			denied = max(denied, e.deniedBy(p.ServiceControl[i].Policies, ServiceControlPolicy))
		}
	}
	if !linked {
		for i := range p.ResourceControl {
			denied = max(denied, e.deniedBy(p.ResourceControl[i].Policies, ResourceControlPolicy))
		}
	}
	denied = max(denied, e.deniedBy(p.Endpoint, EndpointPolicy))
	if p.Resource != nil {
		denied = max(denied, e.denied(p.Resource, ResourcePolicy))
	}
	if denied == yes {
		e.decision.Verdict, e.decision.Best = ExplicitDeny, ExplicitDeny
		return e.finish()
	}

	hangs := len(e.depends)
	allowed := e.granted(p)
	if restricted && allowed != no {
		allowed = min(allowed, e.levels(p.ServiceControl, ServiceControlPolicy, NoServiceControlAllow))
	}
	if !linked && allowed != no {
		allowed = min(allowed, e.levels(p.ResourceControl, ResourceControlPolicy, NoResourceControlAllow))
	}
	if len(p.Endpoint) > 0 && allowed != no {
		allowed = min(allowed, e.asked(e.allowedBy(p.Endpoint, EndpointPolicy), NoEndpointAllow))
	}

	d := &e.decision
	switch allowed {
	case yes:
		d.Verdict, d.Best = Allowed, Allowed
	case maybe:
		d.Verdict, d.Best = ImplicitDeny, Allowed
	case no:
		d.Verdict, d.Best = ImplicitDeny, ImplicitDeny
	}
	if allowed != maybe {
		e.depends = e.depends[:hangs] // only a denial may still change it
	}
	if denied == maybe {
		d.Verdict = ExplicitDeny
	}
	return e.finish()
}

// finish collects what the verdict hangs on.
func (e *evaluation) finish() Decision {
	d := e.decision
	if d.Verdict == d.Best {
		return d
	}
	slices.SortFunc(e.depends, compareFold)
	d.DependsOn = slices.CompactFunc(e.depends, strings.EqualFold)
	return d
}

// compareFold orders texts as if they had no capitals; condition keys are ASCII.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lowerByte(a[i]), lowerByte(b[i]); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// serviceLinked reports whether a service acts by a role of its own, which control policies do not restrict. A session's
// ARN does not tell its role's path; the context does.
func (e *evaluation) serviceLinked() bool {
	if e.req.Principal.Kind != AssumedRole {
		return e.req.Principal.ServiceLinked()
	}
	arn, _ := e.req.Context.get("aws:principalarn")
	return len(arn) == 1 && strings.Contains(arn[0], ":role/aws-service-role/")
}

func (e *evaluation) asked(t tri, r Refusal) tri {
	if t == no && e.decision.Refused == NotRefused {
		e.decision.Refused = r
	}
	return t
}

// levels asks every level of an organization; each has to allow.
func (e *evaluation) levels(levels []Level, kind PolicyKind, refusal Refusal) tri {
	result := yes
	for i := range levels {
		result = min(result, e.allowedBy(levels[i].Policies, kind))
		if result == no {
			break
		}
	}
	return e.asked(result, refusal)
}

// granted decides what the policies of the two accounts give, before an organization's restrict it.
func (e *evaluation) granted(p *Policies) tri {
	who := &e.req.Principal
	var byResource [4]tri // by grade
	if p.Resource != nil {
		byResource = e.allowedGrades(p.Resource)
	}
	direct := byResource[namesSession]
	owner := max(direct, byResource[namesOwner])
	account := max(owner, byResource[namesAccount])

	if !who.hasIdentity() {
		return e.asked(direct, NoResourceAllow)
	}

	boundary, session := yes, yes
	if len(p.Boundaries) > 0 && who.Kind != Root {
		boundary = e.allowedBy(p.Boundaries, BoundaryPolicy)
	}
	if p.Session != nil {
		session = e.allowedPolicy(p.Session, SessionPolicy)
	}
	identity := e.allowedBy(p.Identity, IdentityPolicy)
	if who.Kind == Root {
		identity = yes // the account's root user needs no policy
		if e.action == "sts:assumerole" {
			// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: not with the root user's credentials
			return e.asked(no, NoIdentityAllow)
		}
	}
	limited := min(identity, boundary, session)

	switch {
	case !e.sameAccount:
		// Both accounts have to allow it, and the principal's own limits hold whoever is named.
		if account == no {
			return e.asked(no, NoResourceAllow)
		}
		return min(account, e.refuse(limited, identity, boundary, session))
	case e.needsResourcePolicy():
		// The account's policies count where the resource's policy hands the decision to the account.
		trusted := min(byResource[namesAccount], limited)
		result := max(trusted, direct, min(owner, boundary, session))
		if result == no {
			if account == no {
				return e.asked(no, NoResourceAllow)
			}
			return e.refuse(limited, identity, boundary, session)
		}
		return result
	default:
		// Either suffices. What is given to a role is limited by its boundary and by the session; what is given to
		// everyone or to the very session is not.
		result := max(limited, direct, min(owner, boundary, session))
		if result == no {
			return e.refuse(limited, identity, boundary, session)
		}
		return result
	}
}

// refuse notes which of the principal's own policies was silent first.
func (e *evaluation) refuse(limited, identity, boundary, session tri) tri {
	switch {
	case limited != no:
	case identity == no:
		return e.asked(no, NoIdentityAllow)
	case boundary == no:
		return e.asked(no, NoBoundaryAllow)
	case session == no:
		return e.asked(no, NoSessionAllow)
	}
	return limited
}

func (e *evaluation) deniedBy(policies []*Policy, kind PolicyKind) tri {
	result := no
	for _, p := range policies {
		result = max(result, e.denied(p, kind))
	}
	return result
}

func (e *evaluation) denied(p *Policy, kind PolicyKind) tri {
	result := no
	for _, s := range p.denies {
		m, _ := e.matches(s, kind)
		if m != no {
			result = max(result, m)
		}
	}
	return result
}

func (e *evaluation) allowedBy(policies []*Policy, kind PolicyKind) tri {
	result, hangs := no, len(e.depends)
	for _, p := range policies {
		result = max(result, e.allowedPolicy(p, kind))
	}
	if result == yes {
		e.depends = e.depends[:hangs] // one statement that allows for certain makes the others idle
	}
	return result
}

func (e *evaluation) allowedPolicy(p *Policy, kind PolicyKind) tri {
	result := no
	for _, s := range p.allows {
		m, _ := e.matches(s, kind)
		result = max(result, m)
	}
	return result
}

// allowedGrades tells for each grade whether a statement of the resource's policy allows the request to whom it names so.
func (e *evaluation) allowedGrades(p *Policy) (result [4]tri) {
	for _, s := range p.allows {
		m, g := e.matches(s, ResourcePolicy)
		result[g] = max(result[g], m)
	}
	return result
}

// matches reports whether a statement is about the request, and how closely it names the principal.
func (e *evaluation) matches(s *Statement, kind PolicyKind) (tri, grade) {
	if !s.matchesAction(e.action) {
		return no, notNamed
	}
	g := namesSession
	if kind == ResourcePolicy || kind == ResourceControlPolicy || kind == EndpointPolicy {
		if g = s.gradeOf(&e.req.Principal); g == notNamed {
			if !e.bounded || s.Effect != Deny || s.PrincipalElement != "NotPrincipal" {
				return no, notNamed
			}
		}
	}
	var keys []string
	result, key := s.matchesResource(e.req.Resource, &e.req.Context)
	if result == no {
		return no, notNamed
	}
	if result == maybe {
		keys = append(keys, key)
	}
	for i := range s.conditions {
		m, key := s.conditions[i].evaluate(&e.req.Context)
		if m == no {
			return no, notNamed
		}
		if m == maybe {
			result = maybe
			keys = append(keys, key)
		}
	}
	e.depends = append(e.depends, keys...)
	match := Match{Statement: s, Kind: kind, Maybe: result == maybe, Keys: keys}
	if s.Effect == Allow {
		e.decision.Allowing = append(e.decision.Allowing, match)
	} else {
		e.decision.Denying = append(e.decision.Denying, match)
	}
	return result, g
}

func (s *Statement) matchesAction(action string) bool {
	for i := range s.actions {
		if s.actions[i].match(action) {
			return !s.NotAction
		}
	}
	return s.NotAction
}

// gradeOf finds how the statement of a resource's policy is meant for the principal.
func (s *Statement) gradeOf(p *Principal) grade {
	switch {
	case s.PrincipalElement == "":
		// Endpoint and resource control policies may leave it out; in a resource's policy it is an error that Lint tells.
		return namesSession
	case s.PrincipalElement == "Principal" && s.Effect == Deny:
		// A denial for the account is one for everyone in it.
		return s.principals.grade(p)
	case s.PrincipalElement == "Principal":
		return s.principals.grade(p)
	case s.Effect == Deny:
		if s.principals.spares(p) {
			return notNamed
		}
		return namesSession
	}
	if s.principals.grade(p) != notNamed {
		return notNamed
	}
	return namesSession
}

// matchesResource reports whether the statement is about a resource; a statement without the element is about the
// resource its policy is attached to.
func (s *Statement) matchesResource(resource string, c *Context) (result tri, key string) {
	if !s.hasResource {
		return yes, ""
	}
	for i := range s.resources {
		m, k, resolved := s.resources[i].match(resource, c)
		if !resolved && s.NotResource {
			return no, "" // AWS takes the statement for invalid
		}
		if m > result {
			result, key = m, k
		}
		if result == yes {
			break
		}
	}
	if s.NotResource {
		return result.not(), key
	}
	return result, key
}
