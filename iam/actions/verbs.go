package actions

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// The lines of verbs.tsv: "verb  name  meaning", then "verb's name  action  why", sorted by verb and service.
//
//go:embed verbs.tsv
var verbData string

// Verb is something that is done to a database, in the words of the people who are afraid of it.
type Verb struct {
	Name    string // "destroy"
	Meaning string // "data, or the copies it could be restored from, is gone"
}

// VerbAction is an action that does, or can do, what a verb says.
type VerbAction struct {
	Action string // "rds:DeleteDBInstance"
	Why    string // what it does, in words
}

type verbTable struct {
	verbs   []Verb
	actions map[string][]VerbAction // by the verb's name
	of      map[string][]string     // verbs by the action in lower case
}

var verbs = sync.OnceValue(func() *verbTable {
	t := &verbTable{actions: map[string][]VerbAction{}, of: map[string][]string{}}
	for line := range strings.Lines(verbData) {
		c := columns(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case c[0] == "verb":
			t.verbs = append(t.verbs, Verb{c[1], c[2]})
		default:
			t.actions[c[0]] = append(t.actions[c[0]], VerbAction{c[1], c[2]})
			lower := strings.ToLower(c[1])
			t.of[lower] = append(t.of[lower], c[0])
		}
	}
	return t
})

// Verbs returns what can be done to a database: destroy, read, write, exfiltrate, share, weaken and take-credentials.
func Verbs() []Verb { return slices.Clone(verbs().verbs) }

// OfVerb returns the actions that do what a verb says, grouped by service. ok is false where there is no such verb.
func OfVerb(verb string) (list []VerbAction, ok bool) {
	list, ok = verbs().actions[verb]
	return slices.Clone(list), ok
}

// VerbsOf returns what an action does to a database, by the names of verbs; nothing where it does no harm.
func VerbsOf(action string) []string { return slices.Clone(verbs().of[strings.ToLower(action)]) }
