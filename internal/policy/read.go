package policy

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/strict"
)

// reader checks what the YAML says and remembers where it says it.
type reader struct {
	file string
	root *yaml.Node
	errs []error
}

func (r *reader) err() error { return errors.Join(r.errs...) }

// fail records an error at the node that a path of keys and indexes leads to, or at the nearest one above it.
func (r *reader) fail(at []any, format string, args ...any) {
	e := &strict.Error{File: r.file, Message: fmt.Sprintf(format, args...)}
	if n := r.node(at...); n != nil {
		e.Line, e.Column = n.Line, n.Column
	}
	r.errs = append(r.errs, e)
}

func (r *reader) node(at ...any) *yaml.Node {
	n := r.root
	for _, step := range at {
		next := child(n, step)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, step any) *yaml.Node {
	switch step := step.(type) {
	case int:
		if n != nil && n.Kind == yaml.SequenceNode && step < len(n.Content) {
			return n.Content[step]
		}
	case string:
		for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

func line(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	return n.Line
}

func (r *reader) levels(in []fileLevel) []Level {
	seen := map[string]bool{}
	out := make([]Level, len(in))
	for i, l := range in {
		at := func(key string) []any { return []any{"levels", i, key} }
		if l.Name == "" {
			r.fail([]any{"levels", i}, "a level needs a name")
		}
		if seen[l.Name] {
			r.fail(at("name"), "level %q is defined twice", l.Name)
		}
		seen[l.Name] = true
		if l.Like != "" && !slices.Contains(builtin[:], l.Like) {
			r.fail(at("like"), "%q is not a built-in level%s", l.Like, strict.Suggest(l.Like, builtin[:]))
		}
		out[i] = Level{
			Name: l.Name, Means: l.Means, Regulations: l.Regulations, Leak: l.Leak, Reach: l.Reach, Like: l.Like,
			Objectives: Objectives{
				RPO: r.duration([]any{"levels", i, "objectives", "rpo"}, l.Objectives.RPO),
				RTO: r.duration([]any{"levels", i, "objectives", "rto"}, l.Objectives.RTO),
			},
			ReviewEvery: r.duration(at("review_every"), l.ReviewEvery),
		}
	}
	return out
}

func (r *reader) duration(at []any, s string) time.Duration {
	if s == "" {
		return 0
	}
	d, err := ParseDuration(s)
	if err != nil {
		r.fail(at, "%s", err)
	}
	return d
}

func (r *reader) networks(in map[string][]string) map[string][]string {
	for _, name := range keys(in) {
		for i, cidr := range in[name] {
			prefix, err := netip.ParsePrefix(cidr)
			if err != nil {
				r.fail([]any{"networks", name, i}, "%q is not a CIDR such as 10.8.0.0/16", cidr)
			} else if prefix.Masked() != prefix {
				r.fail([]any{"networks", name, i}, "%q has bits beyond its length; write %s", cidr, prefix.Masked())
			}
		}
	}
	return in
}

func (r *reader) defaultLevel(p *Policy, name string) {
	switch {
	case name != "":
		p.DefaultLevel = name
		if _, ok := p.Level(name); !ok {
			r.fail([]any{"default_level"}, "level %q is not defined%s", name, strict.Suggest(name, p.LevelNames()))
		}
	case p.DefaultLevel == "":
		if _, ok := p.Level("confidential"); ok {
			p.DefaultLevel = "confidential"
			return
		}
		// Own levels without a default: what nobody classified is treated as the most sensitive.
		p.DefaultLevel = p.Levels[len(p.Levels)-1].Name
	}
}

func (r *reader) pattern(at []any, pattern string) {
	if pattern == "" {
		r.fail(at, "match is missing: write a pattern such as \"orders*\"")
	} else if _, err := path.Match(pattern, ""); err != nil {
		r.fail(at, "pattern %q is malformed: a [ needs its ]", pattern)
	}
}

func (r *reader) waiver(i int, w fileWaiver) Waiver {
	at := func(key string) []any { return []any{"accept", i, key} }
	if w.Safeguard == "" {
		r.fail([]any{"accept", i}, "safeguard is missing: name the one that is accepted, such as rds/multi-az")
	}
	if w.Reason == "" {
		r.fail([]any{"accept", i}, "reason is missing: a waiver says why")
	}
	if w.Match == "" {
		w.Match = "*"
	}
	r.pattern(at("match"), w.Match)
	until, err := time.Parse(time.DateOnly, w.Until)
	if err != nil {
		r.fail(at("until"), "until %q: a waiver ends on a day, written 2027-06-30", w.Until)
	}
	return Waiver{Safeguard: w.Safeguard, Pattern: w.Match, Reason: w.Reason, Until: until, Line: line(r.node("accept", i))}
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
