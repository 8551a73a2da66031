package principals

import (
	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
)

var targets = map[string]iam.EscalationTarget{
	"passed-role": iam.PassedRole, "running-role": iam.RunningRole, "other-user": iam.OtherUser, "other-role": iam.OtherRole,
	"self": iam.Self, "own-group": iam.OwnGroup, "attached-policy": iam.AttachedPolicy, "any-group": iam.AnyGroup,
}

// Escalations returns the known ways from some permissions to more, for a graph.
func Escalations() []iam.Escalation {
	list := actions.Escalations()
	out := make([]iam.Escalation, len(list))
	for i, e := range list {
		out[i] = iam.Escalation{Name: e.Name, Needs: e.Needs, Target: targets[e.Target], Service: e.Service, Unlimited: e.Unlimited}
	}
	return out
}
