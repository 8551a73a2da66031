package check

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/policy"
)

// Levelled is the level of a resource and how it came to it.
type Levelled struct {
	Level string
	// From is policy, tag, catalog, default or related.
	From string
	// Words says it for a person: policy match "orders*".
	Words string
	// Stores are the stores that a resource which is none itself protects.
	Stores []estate.AnyResource
}

// levels decides the level of every resource: a store's from the policy's matches, then its tags, then the default; a
// resource around stores has that of the most sensitive store it protects.
type levels struct {
	policy *policy.Policy
	forced string
	// catalog are the levels of stores by what they were found to hold, by name.
	catalog map[string]string
	of      map[estate.AnyResource]Levelled
	// highest is the most sensitive level of any store, empty when there is none.
	highest string
}

func newLevels(e *estate.Estate, p *policy.Policy, forced string, catalog map[string]string) *levels {
	l := &levels{policy: p, forced: forced, catalog: catalog, of: map[estate.AnyResource]Levelled{}}
	for _, r := range e.Resources {
		if estate.IsStore(r) {
			lv := l.store(r)
			l.of[r] = lv
			l.highest = p.Highest(l.highest, lv.Level)
		}
	}
	for _, r := range e.Resources {
		if estate.IsStore(r) {
			l.spread(e, r)
		}
	}
	return l
}

// Of returns the level of a resource.
func (l *levels) Of(r estate.AnyResource) Levelled {
	if lv, ok := l.of[r]; ok {
		return lv
	}
	lv := Levelled{Level: l.policy.DefaultLevel, From: "default", Words: "default level"}
	switch base := r.Base(); {
	case l.forced != "":
		lv.Level, lv.Words = l.forced, "given on the command line"
	case base.Kind().Scope == "account" && l.highest != "":
		lv = Levelled{Level: l.highest, From: "related", Words: "the most sensitive store of the account"}
	}
	return lv
}

func (l *levels) store(r estate.AnyResource) Levelled {
	lv := l.classified(r)
	if l.forced != "" { // how it is classified is another matter
		lv.Level, lv.Words = l.forced, "given on the command line"
	}
	return lv
}

func (l *levels) classified(r estate.AnyResource) Levelled {
	if m, ok := l.policy.LevelOf(estate.Names(r)...); ok {
		return Levelled{Level: m.Level, From: "policy", Words: fmt.Sprintf("policy match %q", m.Pattern)}
	}
	lv := l.byTag(r)
	if lv.From == "default" {
		for _, name := range estate.Names(r) {
			if level := l.catalog[name]; level != "" {
				return Levelled{Level: level, From: "catalog", Words: "the catalog: what was found in it"}
			}
		}
	}
	return lv
}

func (l *levels) byTag(r estate.AnyResource) Levelled {
	fallback := Levelled{Level: l.policy.DefaultLevel, From: "default", Words: "default level: neither policy nor tags name one"}
	tags := r.Base().Tags
	if tags.State == estate.Unknown {
		fallback.Words = "default level: its tags cannot be read"
		return fallback
	}
	for _, key := range l.policy.ClassificationTags {
		f, ok := tags.Value.Get(key)
		if !ok {
			continue
		}
		if f.State != estate.Known {
			fallback.Words = fmt.Sprintf("default level: the value of tag %s is not known", key)
			return fallback
		}
		for _, name := range l.policy.LevelNames() {
			if strings.EqualFold(name, strings.TrimSpace(f.Value)) {
				return Levelled{Level: name, From: "tag", Words: fmt.Sprintf("tag %s=%s", key, f.Value)}
			}
		}
		fallback.Words = fmt.Sprintf("default level: tag %s=%s names none of %s", key, f.Value, strings.Join(l.policy.LevelNames(), ", "))
	}
	return fallback
}

// reachDepth bounds how far from a store its surroundings are followed: instance, subnet group, subnet, VPC.
const reachDepth = 5

// reverseDepth bounds how far what merely names a surrounding is followed: the store itself and what it names.
const reverseDepth = 1

// shared kinds surround more than one store by their nature: what else stands in them is not that store's protection.
var shared = map[string]bool{
	"vpc": true, "subnet": true, "route_table": true, "internet_gateway": true, "iam_role": true, "s3_bucket": true,
	"log_group": true, "sns_topic": true,
}

// spread gives a store's level to what it names, directly or through others, and to what names those.
func (l *levels) spread(e *estate.Estate, store estate.AnyResource) {
	level := l.of[store].Level
	seen := map[estate.AnyResource]bool{store: true}
	frontier := []estate.AnyResource{store}
	for depth := 0; depth < reachDepth && len(frontier) > 0; depth++ {
		var next []estate.AnyResource
		for _, r := range frontier {
			for _, to := range around(e, r, depth) {
				if seen[to] {
					continue
				}
				seen[to] = true
				if estate.IsStore(to) {
					continue // it has a level of its own
				}
				l.raise(to, store, level)
				next = append(next, to)
			}
		}
		frontier = next
	}
}

// around returns what a resource names and, near the store, what names it where that is there for its sake: a backup
// selection names the table, a rule the database's security group.
func around(e *estate.Estate, r estate.AnyResource, depth int) []estate.AnyResource {
	out := estate.Links(r)
	wide := shared[r.Base().Kind().Name]
	for _, user := range e.Named(r) {
		if user.Base().Kind().Name == "flow_log" || depth <= reverseDepth && !wide {
			out = append(out, user)
		}
	}
	return out
}

func (l *levels) raise(r, store estate.AnyResource, level string) {
	lv, ok := l.of[r]
	if !ok {
		lv = Levelled{From: "related"}
	}
	lv.Stores = append(lv.Stores, store)
	if !ok || l.policy.Rank(level) > l.policy.Rank(lv.Level) {
		lv.Level = level
		lv.Words = "protects " + store.Base().Address()
	}
	l.of[r] = lv
}
