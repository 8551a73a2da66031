package principals

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
	"github.com/baileydb/bailey/internal/estate"
)

// Ask is a question about a database.
type Ask struct {
	// Actions are asked for, any of them: what a verb means, or those that were named.
	Actions []string
	// Attributes of a table that the request names; empty where that does not matter.
	Attributes []string
	At, Until  time.Time
	MFA        iam.MFA
	Direct     bool
}

// Grant is what one principal can do, and to which part of the database.
type Grant struct {
	Entity *iam.Entity
	Parts  []PartGrant
}

// PartGrant is a principal's access to the database itself or to what it hangs on.
type PartGrant struct {
	On     estate.AnyResource // nil for the database itself
	Access iam.Access
}

// Best is the strongest of a grant's accesses: a sure one before others, one without MFA before one with, a short chain
// before a long one.
func (g *Grant) Best() *iam.Access {
	best := &g.Parts[0].Access
	for i := range g.Parts[1:] {
		if a := &g.Parts[i+1].Access; rank(a) < rank(best) {
			best = a
		}
	}
	return best
}

func rank(a *iam.Access) int {
	r := len(a.Chain)
	if a.NeedsMFA {
		r += 100
	}
	if !a.Sure {
		r += 1000
	}
	return r
}

// Who answers a question about a database for every principal that can or may, those that certainly can first.
func (w *World) Who(r estate.AnyResource, ask *Ask) []Grant {
	byEntity := map[*iam.Entity]*Grant{}
	var order []*Grant
	for _, part := range w.parts(r, ask.Actions) {
		q := iam.Question{
			Actions: part.actions, Resource: part.arn, Account: w.Home.Account, ResourcePolicy: w.ResourcePolicy(part.resource),
			Context: w.ResourceContext(part.resource), At: ask.At, Until: ask.Until, MFA: ask.MFA, Direct: ask.Direct,
		}
		if t, ok := part.resource.(*estate.DynamoDBTable); ok && len(ask.Attributes) > 0 {
			q.Context = attributes(q.Context, t, ask.Attributes)
		}
		for _, a := range w.Graph.WhoCan(q) {
			g := byEntity[a.Entity]
			if g == nil {
				g = &Grant{Entity: a.Entity}
				byEntity[a.Entity] = g
				order = append(order, g)
			}
			p := PartGrant{Access: a}
			if part.resource != r {
				p.On = part.resource
			}
			g.Parts = append(g.Parts, p)
		}
	}
	out := make([]Grant, len(order))
	for i, g := range order {
		out[i] = *g
	}
	slices.SortStableFunc(out, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(rank(a.Best()), rank(b.Best())), strings.Compare(a.Entity.Principal.ARN, b.Entity.Principal.ARN))
	})
	return out
}

// Assumers answers who can assume a role, for every principal that can or may.
func (w *World) Assumers(role *estate.IAMRole, ask *Ask) []Grant {
	arn := estate.ARN(role, w.Home)
	i := slices.IndexFunc(w.Graph.Entities, func(e *iam.Entity) bool { return e.Principal.ARN == arn })
	if i < 0 || w.Graph.Entities[i].Trust == nil {
		return nil
	}
	q := iam.Question{
		Actions: []string{"sts:AssumeRole"}, Resource: arn, Account: w.Home.Account, ResourcePolicy: w.Graph.Entities[i].Trust,
		Context: iam.NewContext().Open(), At: ask.At, Until: ask.Until, MFA: ask.MFA, Direct: ask.Direct,
	}
	var out []Grant
	for _, a := range w.Graph.WhoCan(q) {
		out = append(out, Grant{Entity: a.Entity, Parts: []PartGrant{{Access: a}}})
	}
	slices.SortStableFunc(out, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(rank(a.Best()), rank(b.Best())), strings.Compare(a.Entity.Principal.ARN, b.Entity.Principal.ARN))
	})
	return out
}

// attributes are the condition keys of a request that names attributes: the client chooses to name them, and to be told
// nothing of the rest.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func attributes(c iam.Context, t *estate.DynamoDBTable, names []string) iam.Context {
	all := slices.Clone(names)
	for _, k := range t.KeyNames() {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return c.With("dynamodb:Attributes", all...).With("dynamodb:Select", "SPECIFIC_ATTRIBUTES").With("dynamodb:ReturnValues", "NONE")
}

// part is the database, or something it is lost without, with the actions that concern it.
type part struct {
	resource estate.AnyResource
	arn      string
	actions  []string
}

// parts splits the actions of a question by what they act upon.
func (w *World) parts(r estate.AnyResource, names []string) []part {
	candidates := []estate.AnyResource{r}
	for _, to := range estate.Links(r) {
		switch to.(type) {
		case *estate.KMSKey, *estate.Secret:
			if !slices.Contains(candidates, to) {
				candidates = append(candidates, to)
			}
		}
	}
	var out []part
	for i, c := range candidates {
		byARN := map[string]int{}
		for _, name := range names {
			arn, ok := w.actsOn(name, c)
			if !ok || i > 0 && arn == "*" {
				continue
			}
			at, seen := byARN[arn]
			if !seen {
				at = len(out)
				byARN[arn] = at
				out = append(out, part{resource: c, arn: arn})
			}
			out[at].actions = append(out[at].actions, name)
		}
	}
	return out
}

// actsOn finds the ARN that a request of an action on a resource would name: the resource's own, that of something made
// from it such as a snapshot, or * where the action names none. ok is false where the action is about something else.
func (w *World) actsOn(name string, r estate.AnyResource) (arn string, ok bool) {
	own := estate.ARN(r, w.Home)
	service, _, _ := strings.Cut(name, ":")
	mine, _ := iam.SplitARN(own)
	if !sameService(service, mine.Service) {
		return "", false
	}
	a, known := actions.Lookup(name)
	if !known {
		return own, true
	}
	if len(a.Resources) == 0 {
		return "*", true
	}
	other := ""
	for _, use := range a.Resources {
		t, found := actions.ResourceType(a.Service, use.Type)
		if !found {
			continue
		}
		filled := w.fill(t.ARN, estate.ShortName(r))
		if sameForm(filled, own) {
			return own, true
		}
		if madeFrom(filled, mine) {
			other = filled
		}
	}
	return other, other != ""
}

// sameService reports whether actions of a service can be about a resource of another prefix: the Data API and logins are
// about databases of RDS.
func sameService(service, of string) bool {
	service = strings.ToLower(service)
	switch service {
	case of:
		return true
	case "rds-data", "rds-db":
		return of == "rds"
	}
	return false
}

// made says what AWS makes from a database, by the kind of the database's own ARN: copies, and logins.
var made = map[string][]string{
	"rds:db":                {"snapshot", "auto-backup", "tenant-database", "dbuser"},
	"rds:cluster":           {"cluster-snapshot", "cluster-auto-backup", "global-cluster", "dbuser"},
	"dynamodb:table":        {"table"}, // indexes, streams, backups and exports are named below the table
	"elasticache:cluster":   {"snapshot"},
	"memorydb:cluster":      {"snapshot"},
	"redshift:cluster":      {"snapshot", "dbuser", "dbname", "dbgroup"},
	"neptune-graph:graph":   {"graph-snapshot"},
	"docdb-elastic:cluster": {"cluster-snapshot"},
}

// madeFrom reports whether an ARN is of something that is made from a database.
func madeFrom(arn string, database iam.ARN) bool {
	a, ok := iam.SplitARN(arn)
	kind := func(s string) string { return s[:max(strings.IndexAny(s, ":/"), 0)] }
	return ok && sameService(a.Service, database.Service) && slices.Contains(made[database.Service+":"+kind(database.Resource)], kind(a.Resource))
}

// fill writes an ARN of a resource type with the estate's place and a name.
func (w *World) fill(form, name string) string {
	var b strings.Builder
	for form != "" {
		before, rest, ok := strings.Cut(form, "${")
		b.WriteString(before)
		if !ok {
			break
		}
		hole, after, _ := strings.Cut(rest, "}")
		switch hole {
		case "Partition":
			b.WriteString("aws")
		case "Region":
			b.WriteString(w.Home.Region)
		case "Account":
			b.WriteString(w.Home.Account)
		default:
			b.WriteString(name)
		}
		form = after
	}
	return b.String()
}

// sameForm reports whether two ARNs are of the same kind of resource.
func sameForm(a, b string) bool {
	x, ok1 := iam.SplitARN(a)
	y, ok2 := iam.SplitARN(b)
	kind := func(s string) (string, int) {
		i := strings.IndexAny(s, ":/")
		return s[:max(i, 0)], strings.Count(s, "/")
	}
	kx, nx := kind(x.Resource)
	ky, ny := kind(y.Resource)
	return ok1 && ok2 && x.Service == y.Service && kx == ky && nx == ny
}
