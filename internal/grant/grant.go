package grant

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
)

// Purpose is what a policy is for.
type Purpose string

// The purposes.
const (
	Read      Purpose = "read"
	Write     Purpose = "write"
	ReadWrite Purpose = "read-write"
	Admin     Purpose = "admin" // destroying and changing, through a role
	Observed  Purpose = "observed"
)

// Purposes are those a person may ask for.
func Purposes() []Purpose { return []Purpose{Read, Write, ReadWrite, Admin} }

// Spec says what to grant.
type Spec struct {
	Purpose Purpose
	// Resource is the ARN of the table, instance or cluster.
	Resource string
	// Attributes limit access to a table to these, beside Keys, the names of its key attributes.
	Attributes, Keys []string
	// LeadingKey limits access to items whose partition key is this value, which may hold policy variables.
	LeadingKey string
	Scan       bool // also read the whole table at once
	// Key is the ARN of the customer managed KMS key under which the table lies; empty where there is none.
	Key string
	// DBUser is the database user that an RDS login is for, and ResourceID the instance's or cluster's DbiResourceId or
	// DbClusterResourceId, * where it is not known.
	DBUser, ResourceID string
	// From and Until bound the grant; zero for no bound.
	From, Until time.Time
	// MFA demands a second factor for everything, not only for what is dangerous.
	MFA bool
	// Role and Members are the role that an admin grant is for, and who may assume it.
	Role    string
	Members []string
	// Observed are the actions by resource that an Observed grant is made of.
	Observed map[string][]string
	// Dangerous keeps observed actions that destroy, weaken or share, behind a second factor; otherwise they are left out.
	Dangerous bool
}

// Grant is a policy, for an admin grant also the trust policy of its role, and the proof.
type Grant struct {
	Spec   *Spec
	Policy Document
	Trust  *Document
	Proof  Proof
	// LeftOut are observed actions that the policy does not have, with the reason.
	LeftOut []string
	// Notes say what has to be done beside the policy.
	Notes []string
}

// Document is a policy document.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is a statement in the order AWS writes its elements.
type Statement struct {
	Sid       string                    `json:"Sid,omitempty"`
	Effect    string                    `json:"Effect"`
	Principal map[string]any            `json:"Principal,omitempty"`
	Action    []string                  `json:"Action"`
	Resource  []string                  `json:"Resource,omitempty"`
	Condition map[string]map[string]any `json:"Condition,omitempty"`
}

// The longest a second factor is good for before a dangerous act, and the longest session of an admin role, in seconds.
const (
	mfaSeconds     = 3600
	sessionSeconds = 3600
)

var (
	readActions  = []string{"dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query"}
	writeActions = []string{"dynamodb:UpdateItem"}
	// wholeItems write items as a whole; they can drop attributes that the grant does not name.
	wholeItems = []string{"dynamodb:BatchWriteItem", "dynamodb:PutItem"}
)

// Make writes the policy for a purpose and proves it.
func Make(s *Spec) (*Grant, error) {
	arn, ok := iam.SplitARN(s.Resource)
	if !ok && s.Purpose != Observed {
		return nil, fmt.Errorf("%q is no ARN", s.Resource)
	}
	if !s.Until.IsZero() && !s.Until.After(s.From) {
		return nil, errors.New("the grant ends before it begins")
	}
	g := &Grant{Spec: s, Policy: Document{Version: "2012-10-17"}}
	var err error
	switch {
	case s.Purpose == Observed:
		err = g.observed()
	case s.Purpose == Admin:
		err = g.admin()
	case arn.Service == "dynamodb":
		g.table()
	case arn.Service == "rds":
		err = g.login(arn)
	default:
		err = fmt.Errorf("a %s grant is written for tables of DynamoDB and databases of RDS, not for %s", s.Purpose, s.Resource)
	}
	if err != nil {
		return nil, err
	}
	if g.Proof, err = prove(g); err != nil {
		return nil, err
	}
	return g, nil
}

// table grants access to items.
func (g *Grant) table() {
	s := g.Spec
	resource := []string{s.Resource}
	limited := len(s.Attributes) > 0
	if s.Purpose != Write {
		st := Statement{Sid: "Read", Effect: "Allow", Action: slices.Clone(readActions), Resource: resource, Condition: g.conditions()}
		if s.Scan {
			st.Action = append(st.Action, "dynamodb:Scan")
		}
		if limited {
			// ForAllValues holds where no attribute is named at all, hence the demand that some are.
			put(st.Condition, "ForAllValues:StringEquals", "dynamodb:Attributes", g.attributes())
			put(st.Condition, "Null", "dynamodb:Attributes", "false")
			put(st.Condition, "StringEqualsIfExists", "dynamodb:Select", "SPECIFIC_ATTRIBUTES")
			// A check of a condition names attributes, too, but reads whole items where it fails.
			st.Action = slices.DeleteFunc(st.Action, func(a string) bool { return a == "dynamodb:ConditionCheckItem" })
			put(st.Condition, "StringEqualsIfExists", "dynamodb:ReturnValues", "NONE")
		}
		g.Policy.Statement = append(g.Policy.Statement, st)
	}
	if s.Purpose != Read {
		st := Statement{Sid: "Write", Effect: "Allow", Action: slices.Clone(writeActions), Resource: resource, Condition: g.conditions()}
		if limited {
			put(st.Condition, "ForAllValues:StringEquals", "dynamodb:Attributes", g.attributes())
			put(st.Condition, "Null", "dynamodb:Attributes", "false")
		} else {
			st.Action = append(slices.Clone(wholeItems), st.Action...)
		}
		// What a write returns is a read.
		returns := any("NONE")
		if s.Purpose == ReadWrite {
			returns = []string{"NONE", "UPDATED_OLD", "UPDATED_NEW"}
		}
		put(st.Condition, "StringEqualsIfExists", "dynamodb:ReturnValues", returns)
		if !limited {
			// BatchWriteItem also deletes, and no condition tells its deletions from its puts.
			st.Action = slices.DeleteFunc(st.Action, func(a string) bool { return a == "dynamodb:BatchWriteItem" })
		}
		g.Policy.Statement = append(g.Policy.Statement, st)
	}
	if arn, ok := iam.SplitARN(s.Key); ok {
		c := g.conditions()
		delete(c, "ForAllValues:StringEquals")
		delete(c, "Null")
		put(c, "StringEquals", "kms:ViaService", "dynamodb."+arn.Region+".amazonaws.com")
		g.Policy.Statement = append(g.Policy.Statement, Statement{Sid: "UseKey", Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: []string{s.Key}, Condition: c})
	}
	if limited && s.Purpose != Read {
		g.Notes = append(g.Notes, "Items are written with UpdateItem, which also makes new ones. PutItem is not granted: it replaces the whole item, and with it the attributes that are not named.")
	}
	g.deny([]string{s.Resource, s.Resource + "/*"}, "dynamodb", "destroy", "weaken", "exfiltrate", "share")
	if s.Purpose == Write {
		g.denyActions("DenyReading", []string{s.Resource, s.Resource + "/*"}, g.named("dynamodb", "read"))
	}
}

// attributes are those a request may name: the granted, and the keys, without which no item can be addressed.
func (g *Grant) attributes() []string {
	out := slices.Concat(g.Spec.Keys, g.Spec.Attributes)
	slices.Sort(out)
	return slices.Compact(out)
}

// conditions are those that every permission of the grant has.
func (g *Grant) conditions() map[string]map[string]any {
	c := map[string]map[string]any{}
	s := g.Spec
	if !s.From.IsZero() {
		put(c, "DateGreaterThanEquals", "aws:CurrentTime", s.From.UTC().Format(time.RFC3339))
	}
	if !s.Until.IsZero() {
		put(c, "DateLessThan", "aws:CurrentTime", s.Until.UTC().Format(time.RFC3339))
	}
	if s.MFA {
		put(c, "Bool", "aws:MultiFactorAuthPresent", "true")
	}
	if s.LeadingKey != "" {
		put(c, "ForAllValues:StringEquals", "dynamodb:LeadingKeys", []string{s.LeadingKey})
		put(c, "Null", "dynamodb:LeadingKeys", "false")
	}
	return c
}

func put(c map[string]map[string]any, operator, key string, value any) {
	if c[operator] == nil {
		c[operator] = map[string]any{}
	}
	c[operator][key] = value
}

// named are the actions of some verbs on a service, without those the grant gives.
func (g *Grant) named(service string, verbs ...string) []string {
	given := map[string]bool{}
	for _, st := range g.Policy.Statement {
		if st.Effect == "Allow" {
			for _, a := range st.Action {
				given[a] = true
			}
		}
	}
	var out []string
	for _, verb := range verbs {
		list, _ := actions.OfVerb(verb)
		for _, a := range list {
			if strings.HasPrefix(a.Action, service+":") && !given[a.Action] {
				out = append(out, a.Action)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// deny forbids what verbs mean, so that no other policy of the principal gives it.
func (g *Grant) deny(resource []string, service string, verbs ...string) {
	g.denyActions("DenyDestruction", resource, g.named(service, verbs...))
}

// denyActions forbids those actions that can be about the resource or what is below it.
func (g *Grant) denyActions(sid string, resource, names []string) {
	arn, _ := iam.SplitARN(resource[0])
	names = slices.DeleteFunc(names, func(n string) bool {
		below := arn
		below.Resource += "/x/y"
		return !actsOn(n, arn) && (len(resource) == 1 || !actsOn(n, below))
	})
	g.Policy.Statement = append(g.Policy.Statement, Statement{Sid: sid, Effect: "Deny", Action: names, Resource: resource})
}

// login grants a login to an RDS database as one of its users; what that user may do is said in SQL.
func (g *Grant) login(arn iam.ARN) error {
	s := g.Spec
	if s.DBUser == "" {
		return errors.New("a grant for RDS lets somebody log in as one database user: name it with --db-user")
	}
	if len(s.Attributes) > 0 {
		return errors.New("columns of an RDS database are granted in SQL, not by IAM: leave --attribute out and see the notes of the grant")
	}
	id := s.ResourceID
	if id == "" {
		id = "*"
		g.Notes = append(g.Notes, "Put the instance's DbiResourceId or the cluster's DbClusterResourceId in the place of * (--resource-id), so that the login is for this database only.")
	}
	resource := fmt.Sprintf("arn:%s:rds-db:%s:%s:dbuser:%s/%s", arn.Partition, arn.Region, arn.Account, id, s.DBUser)
	g.Policy.Statement = append(g.Policy.Statement, Statement{Sid: "Login", Effect: "Allow", Action: []string{"rds-db:connect"}, Resource: []string{resource}, Condition: g.conditions()})
	g.deny([]string{s.Resource}, "rds", "destroy", "weaken")
	g.Notes = append(g.Notes, sqlNotes(s)...)
	return nil
}

// sqlNotes are the statements that give the database user what the purpose needs and no more.
func sqlNotes(s *Spec) []string {
	rights := map[Purpose]string{Read: "SELECT", Write: "INSERT, UPDATE", ReadWrite: "SELECT, INSERT, UPDATE"}[s.Purpose]
	return []string{
		fmt.Sprintf("PostgreSQL: CREATE USER %s; GRANT rds_iam TO %s; GRANT %s ON ALL TABLES IN SCHEMA public TO %s;", s.DBUser, s.DBUser, rights, s.DBUser),
		fmt.Sprintf("MySQL: CREATE USER %s IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL; GRANT %s ON app.* TO %s;", s.DBUser, rights, s.DBUser),
	}
}

// admin grants what destroys and changes a database to a role that few may assume, with a second factor.
func (g *Grant) admin() error {
	s := g.Spec
	arn, _ := iam.SplitARN(s.Resource)
	if len(s.Members) == 0 {
		return errors.New("an admin grant is for a role that few may assume: name them with --member")
	}
	if len(s.Members) > 5 {
		return fmt.Errorf("%d may assume the admin role; it is for five at most, so that it is known who destroyed what", len(s.Members))
	}
	var names []string
	for _, verb := range []string{"destroy", "weaken"} {
		list, _ := actions.OfVerb(verb)
		for _, a := range list {
			if strings.HasPrefix(a.Action, arn.Service+":") {
				names = append(names, a.Action)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var named []string
	for _, n := range names {
		if actsOn(n, arn) {
			named = append(named, n)
		}
	}
	if len(named) == 0 {
		return fmt.Errorf("no action is known that destroys %s", s.Resource)
	}
	c := g.conditions()
	g.Policy.Statement = append(g.Policy.Statement, Statement{Sid: "Administer", Effect: "Allow", Action: named, Resource: []string{s.Resource}, Condition: c})
	for _, m := range s.Members {
		if p, err := iam.ParsePrincipal(m); err != nil || p.Kind != iam.User && p.Kind != iam.Role {
			return fmt.Errorf("member %q is no ARN of a user or a role", m)
		}
	}
	trust := Statement{Sid: "FewWithMFA", Effect: "Allow", Principal: map[string]any{"AWS": s.Members}, Action: []string{"sts:AssumeRole"}, Condition: map[string]map[string]any{}}
	put(trust.Condition, "Bool", "aws:MultiFactorAuthPresent", "true")
	put(trust.Condition, "NumericLessThan", "aws:MultiFactorAuthAge", fmt.Sprint(mfaSeconds))
	if !s.Until.IsZero() {
		put(trust.Condition, "DateLessThan", "aws:CurrentTime", s.Until.UTC().Format(time.RFC3339))
	}
	g.Trust = &Document{Version: "2012-10-17", Statement: []Statement{trust}}
	return nil
}

// actsOn reports whether an action can be about a resource of that form.
func actsOn(name string, arn iam.ARN) bool {
	a, ok := actions.Lookup(name)
	if !ok {
		return false
	}
	kind := arn.Resource[:max(strings.IndexAny(arn.Resource, ":/"), 0)]
	for _, use := range a.Resources {
		if t, ok := actions.ResourceType(a.Service, use.Type); ok {
			other, _ := iam.SplitARN(t.ARN)
			if other.Resource[:max(strings.IndexAny(other.Resource, ":/"), 0)] == kind && strings.Count(other.Resource, "/") == strings.Count(arn.Resource, "/") {
				return true
			}
		}
	}
	return false
}

// observed grants what was done, but for what is dangerous.
func (g *Grant) observed() error {
	s := g.Spec
	byResource := map[string][]string{}
	for resource, names := range s.Observed {
		for _, n := range names {
			verbs := dangerous(n)
			if len(verbs) > 0 && !s.Dangerous {
				g.LeftOut = append(g.LeftOut, fmt.Sprintf("%s on %s, which can %s: grant it through an admin role, or keep it with --dangerous", n, resource, strings.Join(verbs, " and ")))
				continue
			}
			key := resource
			if len(verbs) > 0 {
				key += "\x00mfa"
			}
			byResource[key] = append(byResource[key], n)
		}
	}
	// Resources with the same actions share a statement.
	type group struct {
		names, resources []string
		mfa              bool
	}
	var groups []*group
	for _, key := range slices.Sorted(maps.Keys(byResource)) {
		names := byResource[key]
		slices.Sort(names)
		names = slices.Compact(names)
		resource, _, mfa := strings.Cut(key, "\x00")
		i := slices.IndexFunc(groups, func(o *group) bool { return o.mfa == mfa && slices.Equal(o.names, names) })
		if i < 0 {
			groups = append(groups, &group{names: names, mfa: mfa})
			i = len(groups) - 1
		}
		groups[i].resources = append(groups[i].resources, resource)
	}
	for i, o := range groups {
		c := g.conditions()
		if o.mfa {
			put(c, "Bool", "aws:MultiFactorAuthPresent", "true")
			put(c, "NumericLessThan", "aws:MultiFactorAuthAge", fmt.Sprint(mfaSeconds))
		}
		g.Policy.Statement = append(g.Policy.Statement, Statement{Sid: fmt.Sprintf("Observed%d", i+1), Effect: "Allow", Action: o.names, Resource: o.resources, Condition: c})
	}
	slices.Sort(g.LeftOut)
	if len(g.Policy.Statement) == 0 {
		return errors.New("nothing was observed that could be granted")
	}
	return nil
}

// dangerous are the verbs of an action that a standing grant should not have.
func dangerous(name string) []string {
	var out []string
	for _, v := range actions.VerbsOf(name) {
		switch v {
		case "destroy", "weaken", "exfiltrate", "share":
			out = append(out, v)
		}
	}
	return out
}
