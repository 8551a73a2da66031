package iam

import (
	"slices"
	"strings"
)

// Lint tells what AWS would refuse of a policy attached in a place, and what does not do what it seems to do, in the order
// of the document. A policy without errors is accepted; warnings are worth a look.
func (p *Policy) Lint(kind PolicyKind) []Problem {
	l := linter{kind: kind, problems: slices.Clone(p.problems)}
	for _, s := range p.Statements {
		l.statement(s)
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return l.problems
}

// Misplaced returns the first element that a policy of the kind cannot have, or lacks: such a policy has no meaning there.
func (p *Policy) Misplaced(kind PolicyKind) (Problem, bool) {
	l := linter{kind: kind}
	for _, s := range p.Statements {
		l.placement(s)
	}
	if len(l.problems) == 0 {
		return Problem{}, false
	}
	return l.problems[0], true
}

type linter struct {
	kind     PolicyKind
	problems []Problem
}

func (l *linter) fail(at Position, message string) {
	l.problems = append(l.problems, Problem{at, true, message})
}

func (l *linter) warn(at Position, message string) {
	l.problems = append(l.problems, Problem{at, false, message})
}

// placement tells which elements a statement may not have where its policy is attached, and which it lacks.
func (l *linter) placement(s *Statement) {
	switch l.kind {
	case IdentityPolicy, BoundaryPolicy, SessionPolicy, ServiceControlPolicy:
		if s.PrincipalElement != "" {
			l.fail(s.principalAt, "a "+l.kind.String()+" has no "+s.PrincipalElement+": it is about whoever it is attached to")
		}
		if !s.hasResource {
			l.fail(s.Position, "the statement has neither Resource nor NotResource")
		}
	case ResourcePolicy, TrustPolicy, ResourceControlPolicy:
		if s.PrincipalElement == "" {
			l.fail(s.Position, "the statement of a "+l.kind.String()+" has neither Principal nor NotPrincipal")
		}
		if l.kind == TrustPolicy && s.hasResource {
			l.fail(s.Position, "a trust policy has no Resource: it is about its role")
		}
	case EndpointPolicy:
	}
}

func (l *linter) statement(s *Statement) {
	l.placement(s)
	for _, c := range s.Sid {
		if l.kind != ResourcePolicy && l.kind != TrustPolicy && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			l.fail(s.Position, "Sid \""+s.Sid+"\": only letters and digits may stand in it")
			break
		}
	}
	if l.kind == ResourceControlPolicy {
		switch {
		case s.Effect == Allow && (len(s.Actions) != 1 || s.Actions[0] != "*"):
			l.fail(s.Position, "a resource control policy only denies; AWS's own RCPFullAWSAccess does the allowing")
		case s.NotAction || s.PrincipalElement == "NotPrincipal" || !s.principals.everyone:
			l.fail(s.Position, "a resource control policy has Principal \"*\" and names actions; conditions say who is meant")
		}
	}
	for i, a := range s.Actions {
		if service, _, ok := strings.Cut(a, ":"); ok && strings.ContainsAny(service, "*?") {
			l.fail(s.actionsAt[i], "action \""+a+"\": the service cannot have a wildcard")
		}
	}
	if s.Effect == Allow {
		l.allow(s)
	}
	l.conditions(s)
}

func (l *linter) allow(s *Statement) {
	if s.NotAction {
		l.warn(s.Position, "Allow with NotAction allows all actions of all services but those named, future ones too")
	}
	if s.PrincipalElement == "NotPrincipal" {
		l.warn(s.Position, "Allow with NotPrincipal allows everyone else, people without any account too")
	}
	if s.NotResource {
		l.warn(s.Position, "Allow with NotResource allows it on all resources but those named")
	}
}

func (l *linter) conditions(s *Statement) {
	for i := range s.conditions {
		c := &s.conditions[i]
		switch {
		case c.lower == "aws:multifactorauthpresent" && s.Effect == Deny && !c.null && !c.ifExists && c.test.name == "boolean":
			l.warn(c.at, "long-term access keys send no aws:MultiFactorAuthPresent, so this does not deny them: use BoolIfExists")
		case c.lower == "aws:multifactorauthpresent" && s.Effect == Allow && c.ifExists && c.test.name == "boolean":
			l.warn(c.at, "long-term access keys send no aws:MultiFactorAuthPresent, so IfExists allows them without MFA: use Bool")
		case c.set == forAll && s.Effect == Allow && !s.demands(c.lower):
			l.warn(c.at, "ForAllValues holds where "+c.key+" is absent: add Null {\""+c.key+"\": \"false\"} to demand it")
		case c.set == forAny && c.negated && s.Effect == Deny:
			l.warn(c.at, "ForAnyValue with a negated operator denies as soon as one value is not listed, and never where the key is absent")
		}
		if c.test.name == "string" && !strings.Contains(strings.ToLower(c.operator), "like") {
			for _, o := range c.values {
				for _, part := range o.pattern.parts {
					if !part.isVariable && !part.quoted && strings.ContainsAny(part.text, "*") {
						l.warn(c.at, c.operator+" takes * for itself; StringLike takes it for anything")
					}
				}
			}
		}
	}
}

// demands reports whether a statement asks that a key be there.
func (s *Statement) demands(lower string) bool {
	return slices.ContainsFunc(s.conditions, func(c condition) bool {
		return c.lower == lower && c.null && slices.ContainsFunc(c.values, func(o operand) bool { return strings.EqualFold(o.pattern.fixed, "false") })
	})
}
