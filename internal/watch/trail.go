package watch

import (
	"slices"
	"strings"
)

// trim takes the version off names such as Lambda's UpdateFunctionCode20150331v2.
func trim(name string) string {
	short := strings.TrimRight(strings.TrimSuffix(name, "v2"), "0123456789_")
	if len(name)-len(short) >= 8 {
		return short
	}
	return name
}

// Raw is a record of CloudTrail's, as it is written.
type Raw interface {
	// Raw is the value of one of [Part.Needs], as it is written.
	Raw(need int) string
}

// trigger is a text without which some detections need not be looked at.
type trigger struct {
	need
	detections []int
}

// trigger puts a detection that any call may meet where the text is looked for that it needs.
func (g *Engine) trigger(i int) {
	if len(g.needs[i]) == 0 {
		g.always = append(g.always, i)
		return
	}
	n := g.needs[i][0]
	at := slices.IndexFunc(g.triggers, func(t trigger) bool { return t.equal(&n) })
	if at < 0 {
		at = len(g.triggers)
		g.triggers = append(g.triggers, trigger{need: n})
	}
	g.triggers[at].detections = append(g.triggers[at].detections, i)
}

// named are the detections of a name; names come again and again.
func (g *Engine) named(name string) []int {
	g.mu.RLock()
	list, ok := g.names[name]
	g.mu.RUnlock()
	if ok {
		return list
	}
	list = g.byName[strings.ToLower(trim(name))]
	g.mu.Lock()
	if len(g.names) < maxNames {
		g.names[strings.Clone(name)] = list
	}
	g.mu.Unlock()
	return list
}

// maxNames bounds how many names of calls are remembered.
const maxNames = 10_000

// named is [Engine.named], without asking what all workers ask.
func (p *Part) named(name string) []int {
	list, ok := p.names[name]
	if !ok {
		list = p.run.engine.named(name)
		if len(p.names) < maxNames {
			p.names[strings.Clone(name)] = list
		}
	}
	return list
}

// trail appends the detections that may match a record of CloudTrail's, in order.
func (p *Part) trail(out []int, source, name, address string, record Raw) []int {
	g, values := p.run.engine, p.values
	for i := range values {
		values[i] = record.Raw(i)
	}
	for _, i := range p.named(name) {
		if g.may(i, source, values) {
			out = append(out, i)
		}
	}
	n := len(out)
	for _, i := range g.always {
		if g.may(i, source, values) {
			out = append(out, i)
		}
	}
	for i := range g.triggers {
		t := &g.triggers[i]
		if v := values[t.member]; v == "" || !t.in(v) {
			continue
		}
		for _, i := range t.detections {
			if g.may(i, source, values) {
				out = append(out, i)
			}
		}
	}
	if len(g.listed) > 0 && len(g.lists.Names(address)) > 0 {
		for _, i := range g.listed {
			if g.may(i, source, values) {
				out = append(out, i)
			}
		}
	}
	if len(out) > n {
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

// may says whether an event could meet a detection. An event that does not say its service may be of any.
func (g *Engine) may(i int, source string, values []string) bool {
	if s := g.sources[i]; len(s) > 0 && source != "" && !slices.Contains(s, source) {
		return false
	}
	for j := range g.needs[i] {
		n := &g.needs[i][j]
		if v := values[n.member]; v == "" || !n.in(v) {
			return false
		}
	}
	return true
}
