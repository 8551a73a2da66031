package actions

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// The lines of data.tsv, by their first column. A service's r, l and a lines follow its s line.
//
//	s  prefix  title
//	l  name  condition keys             a list that occurs more than once; ":Key" is a key of the service itself
//	r  type  ARN pattern  keys          "~" stands for arn:${Partition}:prefix:${Region}:${Account}:
//	a  name  level  uses  keys  dependent actions
//	x  prefix  title                    a service that is not carried
//	k  condition key  type
//
// Uses are separated by semicolons; one is "type,keys,dependent actions", with "!" before a required type.
//
//go:embed data.tsv
var data string

type indexed struct {
	origin   string
	names    []string            // the carried services, sorted
	services map[string]*service // the carried services
	titles   map[string]string   // all services
	keys     string              // the k lines
}

type service struct {
	parsed func() *parsed
}

type parsed struct {
	actions []Action
	lower   []string       // the actions' names in lower case, in the same order
	byName  map[string]int // lower-case name to its place in actions
	types   map[string]Resource
}

// index cuts the text at its service lines. It looks at no other line, so that the first question is cheap.
var index = sync.OnceValue(func() *indexed {
	all := &indexed{services: map[string]*service{}, titles: map[string]string{}}
	head, rest, _ := strings.Cut(data, "\n")
	all.origin, _, _ = strings.Cut(strings.TrimPrefix(head, "# "), ". ")

	body, tail := rest, ""
	if i := strings.Index(rest, "\nx\t"); i >= 0 {
		body, tail = rest[:i+1], rest[i+1:]
	}
	if i := strings.Index(tail, "\nk\t"); i >= 0 {
		tail, all.keys = tail[:i+1], tail[i+1:]
	}
	for line := range strings.Lines(tail) {
		c := columns(line)
		all.titles[c[1]] = c[2]
	}
	for body != "" {
		end := len(body)
		if i := strings.Index(body, "\ns\t"); i >= 0 {
			end = i + 1
		}
		first, lines, _ := strings.Cut(body[:end], "\n")
		body = body[end:]
		c := columns(first)
		prefix := c[1]
		all.names = append(all.names, prefix)
		all.titles[prefix] = c[2]
		all.services[prefix] = &service{parsed: sync.OnceValue(func() *parsed { return parse(prefix, lines) })}
	}
	return all
})

// columns splits a line into at least six columns, the missing ones empty.
func columns(line string) [6]string {
	var c [6]string
	line = strings.TrimSuffix(line, "\n")
	for i := range c {
		c[i], line, _ = strings.Cut(line, "\t")
	}
	return c
}

func parse(prefix, lines string) *parsed {
	n := strings.Count(lines, "\n")
	p := &parsed{
		actions: make([]Action, 0, n), lower: make([]string, 0, n),
		byName: make(map[string]int, n), types: map[string]Resource{},
	}
	lists := map[string][]string{} // by their text, so that equal lists are one
	keys := func(text string) []string {
		if text == "" {
			return nil
		}
		list, ok := lists[text]
		if !ok {
			list = strings.Fields(text)
			for i, k := range list {
				if k[0] == ':' {
					list[i] = prefix + k
				}
			}
			lists[text] = list
		}
		return list
	}
	for line := range strings.Lines(lines) {
		c := columns(line)
		switch c[0] {
		case "l":
			lists[c[1]] = keys(c[2])
		case "r":
			arn := c[2]
			if rest, ok := strings.CutPrefix(arn, "~"); ok {
				arn = "arn:${Partition}:" + prefix + ":${Region}:${Account}:" + rest
			}
			p.types[strings.ToLower(c[1])] = Resource{Service: prefix, Name: c[1], ARN: arn, ConditionKeys: keys(c[3])}
		case "a":
			a := Action{
				Service: prefix, Name: c[1], Level: Level(strings.Index("LRWTP", c[2])), //nolint:gosec // a test reads every line
				ConditionKeys: keys(c[4]), DependentActions: strings.Fields(c[5]),
			}
			if c[3] != "" {
				a.Resources = uses(c[3], keys)
			}
			lower := strings.ToLower(a.Name)
			p.byName[lower] = len(p.actions)
			p.actions = append(p.actions, a)
			p.lower = append(p.lower, lower)
		}
	}
	return p
}

func uses(text string, keys func(string) []string) []ResourceUse {
	list := make([]ResourceUse, 0, 1+strings.Count(text, ";"))
	for use := range strings.SplitSeq(text, ";") {
		kind, rest, _ := strings.Cut(use, ",")
		listed, dependent, _ := strings.Cut(rest, ",")
		name, required := strings.CutPrefix(kind, "!")
		list = append(list, ResourceUse{
			Type: name, Required: required, ConditionKeys: keys(listed), DependentActions: strings.Fields(dependent),
		})
	}
	slices.SortFunc(list, func(a, b ResourceUse) int { return strings.Compare(a.Type, b.Type) })
	return list
}
