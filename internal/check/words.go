package check

import (
	"fmt"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/rules"
)

// evidenceOf reads the facts a safeguard shows. A name may carry an argument: parameter(rds.force_ssl).
func evidenceOf(g *rules.Safeguard, r estate.AnyResource) []finding.Evidence {
	kind := r.Base().Kind()
	out := make([]finding.Evidence, 0, len(g.Evidence))
	for _, e := range g.Evidence {
		name, arg, _ := strings.Cut(strings.TrimSuffix(e, ")"), "(")
		a, ok := kind.Attribute(name)
		if !ok {
			continue
		}
		fact := estate.Read(a, r, arg)
		m := fact.About()
		ev := finding.Evidence{
			Fact: e, Value: clip(estate.Show(fact, a.Secret)), State: m.State.String(), Note: m.Why,
			File: m.Origin.File, Line: m.Origin.Line, Column: m.Origin.Column,
		}
		out = append(out, ev)
	}
	return out
}

const clipLength = 200

func clip(s string) string {
	if len(s) <= clipLength {
		return s
	}
	cut := clipLength
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not inside a rune
		cut--
	}
	return s[:cut] + "…"
}

// position is where the finding points: at the deciding fact where it is written, else at the resource.
func position(base *estate.Resource, evidence []finding.Evidence) estate.Origin {
	if len(evidence) > 0 && evidence[0].Line > 0 {
		e := evidence[0]
		return estate.Origin{File: e.File, Line: e.Line, Column: e.Column}
	}
	return base.Declaration().Origin
}

// message says in a sentence or two what was found.
func message(f *finding.Finding, base *estate.Resource) string {
	var facts []string
	for _, e := range f.Evidence {
		facts = append(facts, evidenceText(e))
	}
	found := strings.Join(facts, "; ")
	var b strings.Builder
	switch f.Verdict {
	case finding.Pass:
		b.WriteString(f.Title)
	case finding.Fail:
		b.WriteString("Required: " + f.Title)
		if found != "" {
			b.WriteString(". Found: " + found)
		}
	case finding.Unknown:
		b.WriteString("Cannot be told: " + f.Title)
		if found != "" {
			b.WriteString(". Found: " + found)
		}
	}
	b.WriteString(".")
	if cond := base.Declaration().Conditional; cond != "" && f.Verdict != finding.Pass {
		b.WriteString(" Whether the resource exists is not known: to settle it, " + cond + ".")
	}
	return b.String()
}

func evidenceText(e finding.Evidence) string {
	name := strings.ReplaceAll(e.Fact, "_", " ")
	switch e.State {
	case "known":
		if e.Value == "" {
			return fmt.Sprintf("%s is empty", name)
		}
		return fmt.Sprintf("%s is %s", name, e.Value)
	case "unknown":
		return fmt.Sprintf("%s is not known", name)
	default:
		if e.Value == "" || e.Note == "" {
			return fmt.Sprintf("%s is not set", name)
		}
		if e.Note == "default" {
			return fmt.Sprintf("%s is not set, so the default %s holds", name, e.Value)
		}
		return fmt.Sprintf("%s is not set, so %s holds (%s)", name, e.Value, e.Note)
	}
}

func settleText(s rules.Unsettled) string {
	if at := s.Origin.String(); at != "" {
		return fmt.Sprintf("%s (%s, %s)", s.Why, s.Fact, at)
	}
	return s.Why // it concerns the input as a whole
}
