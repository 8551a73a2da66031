package actions

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// The lines of escalations.tsv: name, actions, target, service, "unlimited" or nothing, list, what happens.
//
//go:embed escalations.tsv
var escalationData string

// Escalation is a known way from some permissions to more.
type Escalation struct {
	Name string // as the list has it: "CreateEC2WithExistingIP"
	// Needs are the actions it takes. The first is asked of the target, the others of what the caller chooses.
	Needs []string
	// Target is what it acts upon: passed-role, running-role, other-user, other-role, self, own-group, attached-policy or
	// any-group.
	Target string
	// Service is what has to trust the role: "lambda.amazonaws.com".
	Service string
	// Unlimited is set where the caller ends with any permission it likes instead of with the target's.
	Unlimited bool
	// List is the public list that tells of it, "rhino" or "pathfinding"; Does says in words what happens.
	List, Does string
}

var escalations = sync.OnceValue(func() []Escalation {
	var list []Escalation
	for line := range strings.Lines(escalationData) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(c) != 7 {
			continue
		}
		list = append(list, Escalation{
			Name: c[0], Needs: strings.Split(c[1], ","), Target: c[2], Service: c[3], Unlimited: c[4] == "unlimited", List: c[5], Does: c[6],
		})
	}
	return list
})

// Escalations returns the known ways from some permissions to more, as the public lists name them.
func Escalations() []Escalation { return slices.Clone(escalations()) }
