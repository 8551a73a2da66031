package sigma

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/rules"
)

// correlation counts the events of rules.
type correlation struct {
	*head
	node     *yaml.Node
	kind     string
	of       []*yaml.Node // names or identifiers of rules
	groupBy  []string
	within   string
	over     int
	fields   []string // of which values are counted
	generate bool
	err      error
}

var timespan = regexp.MustCompile(`^[1-9][0-9]{0,5}[smhd]$`)

// readCorrelation returns the correlation with an error about what it says, so that the rules it names are known; it returns
// none where it is none.
func readCorrelation(h *head) (*correlation, error) {
	n := h.keys["correlation"]
	if n.Kind != yaml.MappingNode {
		return nil, fail(h, n, "correlation is a map with type, rules, group-by, timespan and condition")
	}
	c := &correlation{head: h, node: n}
	keys := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys[n.Content[i].Value] = n.Content[i+1]
	}
	nodes := func(key string) []*yaml.Node {
		switch x := keys[key]; {
		case x == nil || x.Tag == "!!null":
			return nil
		case x.Kind == yaml.SequenceNode:
			return x.Content
		default:
			return []*yaml.Node{x}
		}
	}
	c.of = nodes("rules")
	for _, g := range []*yaml.Node{keys["generate"], h.keys["generate"]} {
		if g != nil && g.Value == "true" {
			c.generate = true
		}
	}
	for _, g := range nodes("group-by") {
		c.groupBy = append(c.groupBy, g.Value)
	}
	if t := keys["type"]; t != nil {
		c.kind = t.Value
	}
	switch c.kind {
	case "event_count", "value_count":
	case "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile":
		return c, skip("Bailey does not have correlations of type %s", c.kind)
	default:
		return c, fail(h, n, "type %q is none of Sigma's correlations; known are event_count, value_count, temporal, temporal_ordered", c.kind)
	}
	if keys["aliases"] != nil {
		return c, skip("Bailey does not have aliases of fields in correlations")
	}
	if len(c.of) == 0 {
		return c, fail(h, n, "rules are missing: the names of those whose events are counted")
	}
	span := keys["timespan"]
	if span == nil || !timespan.MatchString(span.Value) {
		return c, fail(h, n, "timespan is missing or wrong: a number and s, m, h or d, such as 10m")
	}
	c.within = span.Value
	return c, c.condition(keys["condition"])
}

// condition reads how many there are to be, and of what.
func (c *correlation) condition(n *yaml.Node) error {
	if n == nil || n.Kind != yaml.MappingNode || len(n.Content) < 2 {
		return fail(c.head, c.node, "condition is missing: a map such as gte: 10")
	}
	sign := ""
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i].Value, n.Content[i+1]
		switch key {
		case "gt", "gte", "lt", "lte", "eq", "neq":
			if sign != "" {
				return skip("Bailey counts up to a number, not between two")
			}
			sign = key
			count, err := strconv.Atoi(v.Value)
			if err != nil || count < 0 || count > 1_000_000_000 {
				return fail(c.head, v, "%s is a number of events, not %q", key, v.Value)
			}
			c.over = count
		case "field":
			list := []*yaml.Node{v}
			if v.Kind == yaml.SequenceNode {
				list = v.Content
			}
			for _, f := range list {
				c.fields = append(c.fields, f.Value)
			}
		default:
			return fail(c.head, n.Content[i], "%q is none of a correlation's conditions", key)
		}
	}
	switch sign {
	case "gt":
		c.over++
	case "gte":
	case "":
		return fail(c.head, n, "condition has no gt or gte")
	default:
		return skip("Bailey tells when there are so many, gt or gte, not %s", sign)
	}
	if c.over < 1 {
		return skip("it would be met without any event")
	}
	if c.kind == "value_count" && len(c.fields) == 0 {
		return fail(c.head, n, "field is missing: value_count counts the values of one")
	}
	return nil
}

// resolve finds the rules. Those that were found are returned with the error.
func (c *correlation) resolve(l *loader) ([]*rule, error) {
	var out []*rule
	errs := []error{c.err}
	for _, n := range c.of {
		var found *rule
		for _, r := range l.rules {
			if n.Value != "" && (n.Value == r.name || n.Value == r.id) {
				found = r
				break
			}
		}
		switch {
		case found != nil:
			out = append(out, found)
			if found.err != nil {
				errs = append(errs, skip("the rule %s, whose events it counts, is left out or wrong", n.Value))
			}
		case c.chained(l, n.Value):
			errs = append(errs, skip("it counts what another correlation finds, %s", n.Value))
		default:
			errs = append(errs, fail(c.head, n, "there is no rule with the name or id %q", n.Value))
		}
	}
	if c.err != nil {
		return out, c.err
	}
	return out, errors.Join(errs...)
}

func (c *correlation) chained(l *loader, name string) bool {
	for _, other := range l.correlations {
		if name != "" && (name == other.name || name == other.id) {
			return true
		}
	}
	return false
}

func (c *correlation) detection(parts []*rule) (*rules.Detection, error) {
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	var any or
	for _, r := range parts {
		if r.log != parts[0].log {
			return nil, skip("it counts the events of several logs, %s and %s", parts[0].log.name, r.log.name)
		}
		any = append(any, r.expr)
	}
	log := parts[0].log
	by, err := c.joined(log, c.groupBy)
	if err != nil {
		return nil, err
	}
	d.Count = &rules.Window{Over: c.over, Within: c.within, By: by}
	all := and{any}
	if c.kind == "value_count" {
		if d.Count.Distinct, err = c.joined(log, c.fields); err != nil {
			return nil, err
		}
		for _, f := range c.fields { // what is not there is no value
			path, err := log.field(f)
			if err != nil {
				return nil, err
			}
			all = append(all, &leaf{text: "e.given(" + strconv.Quote(path) + ")"})
		}
	}
	return d, complete(d, log, all)
}

// joined is the values of fields in CEL, as one text.
func (c *correlation) joined(l *log, fields []string) (string, error) {
	if len(fields) == 0 {
		return "''", nil
	}
	var parts []string
	for _, f := range fields {
		path, err := l.field(f)
		if err != nil {
			return "", err
		}
		parts = append(parts, "e.texts("+strconv.Quote(path)+").join('\\n')")
	}
	return strings.Join(parts, " + '\\n' + "), nil
}
