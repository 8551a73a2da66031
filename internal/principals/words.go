package principals

import "github.com/baileydb/bailey/iam"

// NameOf returns what people call an entity.
func NameOf(e *iam.Entity) string {
	p := &e.Principal
	switch {
	case p.Kind == iam.Anonymous:
		return "anyone"
	case p.Kind == iam.Root:
		return p.Account
	case p.Name != "":
		return p.Name
	}
	return p.ARN
}

// KindOf returns what a principal is, in words.
func KindOf(p *iam.Principal) string {
	switch p.Kind {
	case iam.User:
		return "user"
	case iam.Role, iam.AssumedRole:
		return "role"
	case iam.Root:
		return "account"
	case iam.Service:
		return "service"
	case iam.FederatedUser:
		return "federated user"
	case iam.Federated:
		return "identity provider"
	case iam.Anonymous:
	}
	return "anybody:"
}
