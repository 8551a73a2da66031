package iam

import (
	"fmt"
	"strings"
)

// PrincipalKind is the kind of a request's principal.
type PrincipalKind uint8

// The kinds of principals.
const (
	Anonymous PrincipalKind = iota
	Root
	User
	Role          // a role as such, where the session's name does not matter
	AssumedRole   // one session of a role
	FederatedUser // one session of a user, by sts:GetFederationToken
	Service
	Federated // an identity provider's user, before the role is assumed
)

// Principal is who makes a request.
type Principal struct {
	Kind    PrincipalKind
	Account string // of twelve digits; empty for services, identity providers and nobody
	ARN     string // or the name of the service or the provider
	Name    string // of the user, role or federated user, without path
	Session string // of an assumed role
}

// ParsePrincipal reads the ARN of a user, role, session or account root, the name of a service such as
// rds.amazonaws.com, or * for nobody in particular. It returns an error that says what was expected.
func ParsePrincipal(s string) (Principal, error) {
	if s == "*" {
		return Principal{}, nil
	}
	if !strings.HasPrefix(s, "arn:") {
		if strings.HasSuffix(s, ".amazonaws.com") || strings.HasSuffix(s, ".amazonaws.com.cn") {
			return Principal{Kind: Service, ARN: s}, nil
		}
		return Principal{}, fmt.Errorf("principal %q is neither an ARN nor a service such as rds.amazonaws.com", s)
	}
	arn, ok := SplitARN(s)
	if !ok || arn.Service != "iam" && arn.Service != "sts" || !isAccount(arn.Account) {
		return Principal{}, fmt.Errorf("principal %q is not of the form arn:aws:iam::ACCOUNT:user/NAME, role/NAME or root, or arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION", s)
	}
	p := Principal{Account: arn.Account, ARN: s}
	kind, rest, _ := strings.Cut(arn.Resource, "/")
	last := rest[strings.LastIndexByte(rest, '/')+1:]
	switch {
	case arn.Service == "iam" && arn.Resource == "root":
		p.Kind = Root
	case arn.Service == "iam" && kind == "user" && last != "":
		p.Kind, p.Name = User, last
	case arn.Service == "iam" && kind == "role" && last != "":
		p.Kind, p.Name = Role, last
	case arn.Service == "sts" && kind == "assumed-role" && strings.Count(rest, "/") == 1:
		p.Kind = AssumedRole
		p.Name, p.Session, _ = strings.Cut(rest, "/")
	case arn.Service == "sts" && kind == "federated-user" && rest != "":
		p.Kind, p.Name = FederatedUser, rest
	case arn.Service == "iam" && (kind == "saml-provider" || kind == "oidc-provider"):
		p.Kind, p.Account = Federated, ""
	default:
		return Principal{}, fmt.Errorf("principal %q: %s/%s is no user, role, session or root", s, arn.Service, arn.Resource)
	}
	return p, nil
}

// MustPrincipal is ParsePrincipal for texts that are known to be right; it panics where they are not.
func MustPrincipal(s string) Principal {
	p, err := ParsePrincipal(s)
	if err != nil {
		panic(err)
	}
	return p
}

// ServiceLinked reports whether the principal is a role that a service made for itself. Control policies do not restrict
// those. Sessions do not tell their role's path, so they are not taken for one.
func (p Principal) ServiceLinked() bool {
	return p.Kind == Role && strings.Contains(p.ARN, ":role/aws-service-role/")
}

// hasIdentity reports whether the principal is one that identity policies can be attached to, or a session of one.
func (p Principal) hasIdentity() bool {
	switch p.Kind {
	case Root, User, Role, AssumedRole, FederatedUser:
		return true
	default:
		return false
	}
}

// ARN is the six parts of an Amazon Resource Name.
type ARN struct{ Partition, Service, Region, Account, Resource string }

// SplitARN splits an ARN at its first five colons.
func SplitARN(s string) (ARN, bool) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return ARN{}, false
	}
	var a ARN
	for _, part := range []*string{&a.Partition, &a.Service, &a.Region, &a.Account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, false
		}
	}
	a.Resource = rest
	return a, true
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// grade says how closely a statement names the request's principal. What a resource policy grants to the session or to
// everyone is not limited by boundaries and session policies; what it grants to the role is; what it grants to the account
// only lets the account's own policies decide. See "Resource-based policies" in
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html.
type grade uint8

const (
	notNamed     grade = iota
	namesAccount       // the principal's account as a whole
	namesOwner         // the role of a session, or the user of a federated session
	namesSession       // the very principal, or everyone
)

// principalSet is the Principal or NotPrincipal element of a statement.
type principalSet struct {
	everyone  bool
	names     []namedPrincipal
	canonical bool // canonical users are named, which no request here has
}

type namedPrincipal struct {
	kind    PrincipalKind
	arn     string
	account string
	name    string
}

// grade finds how closely the set names a principal.
func (s *principalSet) grade(p *Principal) grade {
	if s.everyone {
		return namesSession
	}
	best := notNamed
	for i := range s.names {
		best = max(best, s.names[i].grade(p))
	}
	return best
}

func (n *namedPrincipal) grade(p *Principal) grade {
	switch n.kind {
	case Root:
		if p.Account != n.account || p.Account == "" {
			return notNamed
		}
		if p.Kind == Root {
			return namesSession
		}
		return namesAccount
	case Role:
		if p.Account != n.account || p.Name != n.name {
			return notNamed
		}
		switch p.Kind {
		case Role:
			if p.ARN == n.arn {
				return namesOwner
			}
		case AssumedRole:
			return namesOwner
		default:
		}
		return notNamed
	default:
		if p.Kind == n.kind && p.ARN == n.arn {
			return namesSession
		}
		return notNamed
	}
}

// spares reports whether a NotPrincipal element takes the principal out. AWS may look at the account first, then at the
// role, then at its session, so all of them have to be named
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
func (s *principalSet) spares(p *Principal) bool {
	if s.everyone {
		return true
	}
	var account, owner, session bool
	for i := range s.names {
		switch s.names[i].grade(p) {
		case namesAccount:
			account = true
		case namesOwner:
			owner = true
		case namesSession:
			session = true
		case notNamed:
		}
	}
	switch p.Kind {
	case AssumedRole:
		return account && owner && session
	case Role:
		return account && owner
	case User, FederatedUser:
		return account && session
	default:
		return session
	}
}

// readPrincipalName reads one name of an AWS principal.
func readPrincipalName(s string) (namedPrincipal, string) {
	if isAccount(s) {
		return namedPrincipal{kind: Root, account: s}, ""
	}
	p, err := ParsePrincipal(s)
	switch {
	case err == nil && p.Kind != Service && p.Kind != Federated:
		return namedPrincipal{kind: p.Kind, arn: s, account: p.Account, name: p.Name}, ""
	case isUniqueID(s):
		// AWS writes the identifier where the principal was deleted; nobody has it any more.
		return namedPrincipal{kind: Anonymous, arn: s}, ""
	case strings.ContainsAny(s, "*?"):
		return namedPrincipal{}, fmt.Sprintf("principal %q: a wildcard stands for everyone or not at all; use \"*\" with a condition on aws:PrincipalArn", s)
	}
	return namedPrincipal{}, fmt.Sprintf("principal %q is no account, and no ARN of a user, role, session or root", s)
}

// isUniqueID recognises identifiers such as AIDACKCEVSQ6C2EXAMPLE.
func isUniqueID(s string) bool {
	if len(s) < 16 || !strings.HasPrefix(s, "A") {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
