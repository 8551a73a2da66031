package iam

import (
	"fmt"
	"strings"
)

// Effect is what a statement does to the requests it matches.
type Effect uint8

// The effects.
const (
	Deny Effect = iota
	Allow
)

func (e Effect) String() string {
	if e == Allow {
		return "Allow"
	}
	return "Deny"
}

// Policy is a parsed policy document.
type Policy struct {
	// Name says where the document came from; callers set it for messages and explanations.
	Name       string
	Version    string // "2012-10-17", or "2008-10-17" where none is written
	ID         string
	Statements []*Statement

	problems []Problem
	// allows and denies are the statements by effect, so that a decision asks only those it needs.
	allows, denies []*Statement
}

// Statement is one statement of a policy.
type Statement struct {
	Policy   *Policy
	Index    int // from 0
	Sid      string
	Effect   Effect
	Position Position

	// The elements as written; the Not flags say which of the two forms it was.
	Actions, Resources       []string
	NotAction, NotResource   bool
	Principals               []Principal // those that are named; empty for everyone
	PrincipalElement         string      // "Principal", "NotPrincipal" or empty
	ConditionKeys            []string    // as written, each once
	actions                  []glob
	resources                []pattern
	hasResource, hasAction   bool
	principals               principalSet
	conditions               []condition
	actionsAt, resourcesAt   []Position
	principalAt, conditionAt Position
}

// Name returns the statement's Sid, or its number where it has none.
func (s *Statement) Name() string {
	if s.Sid != "" {
		return s.Sid
	}
	return fmt.Sprintf("statement %d", s.Index+1)
}

// Problem is something about a policy that AWS refuses (an error), or that does not do what it seems to (a warning).
type Problem struct {
	Position
	Error   bool
	Message string
}

func (p Problem) String() string {
	kind := "warning"
	if p.Error {
		kind = "error"
	}
	return fmt.Sprintf("line %d, column %d: %s: %s", p.Line, p.Column, kind, p.Message)
}

// Parse reads a policy document. It returns a *[SyntaxError] where the document cannot be given a meaning, such as text
// that is no JSON, an unknown element or an unknown condition operator. What AWS refuses or a careful reader would
// question besides is told by [Policy.Lint].
func Parse(document []byte) (*Policy, error) {
	v, err := readJSON(document)
	if err != nil {
		return nil, err
	}
	r := &policyReader{data: document}
	p, err := r.read(v)
	if err != nil {
		return nil, err
	}
	return p, nil
}

type policyReader struct {
	data   []byte
	policy *Policy
}

func (r *policyReader) fail(at int, format string, args ...any) error {
	return &SyntaxError{positionOf(r.data, at), fmt.Sprintf(format, args...)}
}

func (r *policyReader) problem(at int, isError bool, format string, args ...any) {
	r.policy.problems = append(r.policy.problems, Problem{positionOf(r.data, at), isError, fmt.Sprintf(format, args...)})
}

var policyElements = []string{"Version", "Id", "Statement"}

func (r *policyReader) read(v *value) (*Policy, error) {
	if v.kind != '{' {
		return nil, r.fail(v.at, "a policy is an object with Version and Statement, not %s", v.what())
	}
	p := &Policy{Version: "2008-10-17"}
	r.policy = p
	var statements *value
	for i := range v.members {
		m := &v.members[i]
		switch m.name {
		case "Version":
			if m.kind != '"' || m.text != "2012-10-17" && m.text != "2008-10-17" {
				return nil, r.fail(m.value.at, "Version is \"2012-10-17\" or \"2008-10-17\", not %s; it is the version of the policy language", m.what())
			}
			p.Version = m.text
		case "Id":
			if m.kind != '"' {
				return nil, r.fail(m.value.at, "Id is a text, not %s", m.what())
			}
			p.ID = m.text
		case "Statement":
			statements = &m.value
		default:
			return nil, r.fail(m.at, "a policy has no element %q; the nearest is %s", m.name, nearest(m.name, policyElements))
		}
	}
	if statements == nil {
		return nil, r.fail(v.at, "the policy has no Statement")
	}
	items := []*value{statements}
	if statements.kind == '[' {
		items = statements.items
	}
	sids := map[string]bool{}
	for i, item := range items {
		s, err := r.statement(item, p)
		if err != nil {
			return nil, err
		}
		s.Index = i
		if s.Sid != "" && sids[s.Sid] {
			r.problem(item.at, true, "two statements have the Sid %q", s.Sid)
		}
		sids[s.Sid] = true
		p.Statements = append(p.Statements, s)
		if s.Effect == Allow {
			p.allows = append(p.allows, s)
		} else {
			p.denies = append(p.denies, s)
		}
	}
	if len(items) == 0 {
		r.problem(statements.at, true, "the policy has no statement")
	}
	return p, nil
}

var statementElements = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}

func (r *policyReader) statement(v *value, p *Policy) (*Statement, error) {
	if v.kind != '{' {
		return nil, r.fail(v.at, "a statement is an object with Effect and Action, not %s", v.what())
	}
	s := &Statement{Policy: p, Position: positionOf(r.data, v.at)}
	seen := map[string]bool{}
	for i := range v.members {
		m := &v.members[i]
		seen[m.name] = true
		var err error
		switch m.name {
		case "Sid":
			if m.kind != '"' {
				return nil, r.fail(m.value.at, "Sid is a text, not %s", m.what())
			}
			s.Sid = m.text
		case "Effect":
			switch {
			case m.kind == '"' && m.text == "Allow":
				s.Effect = Allow
			case m.kind == '"' && m.text == "Deny":
				s.Effect = Deny
			default:
				return nil, r.fail(m.value.at, "Effect is \"Allow\" or \"Deny\", not %s; case matters", m.what())
			}
		case "Action", "NotAction":
			s.hasAction = true
			s.NotAction = m.name == "NotAction"
			err = r.actions(&m.value, s)
		case "Resource", "NotResource":
			s.hasResource = true
			s.NotResource = m.name == "NotResource"
			err = r.resources(&m.value, s)
		case "Principal", "NotPrincipal":
			s.PrincipalElement = m.name
			s.principalAt = positionOf(r.data, m.at)
			err = r.principals(&m.value, s)
		case "Condition":
			s.conditionAt = positionOf(r.data, m.at)
			err = r.conditions(&m.value, s)
		default:
			err = r.fail(m.at, "a statement has no element %q; the nearest is %s", m.name, nearest(m.name, statementElements))
		}
		if err != nil {
			return nil, err
		}
	}
	if !seen["Effect"] {
		return nil, r.fail(v.at, "the statement has no Effect")
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}, {"Principal", "NotPrincipal"}} {
		if seen[pair[0]] && seen[pair[1]] {
			return nil, r.fail(v.at, "the statement has both %s and %s; it can have one of them", pair[0], pair[1])
		}
	}
	if !s.hasAction {
		return nil, r.fail(v.at, "the statement has neither Action nor NotAction")
	}
	return s, nil
}

// texts reads a text or a list of texts.
func (r *policyReader) texts(v *value, what string) ([]*value, error) {
	items := []*value{v}
	if v.kind == '[' {
		items = v.items
	}
	for _, item := range items {
		if item.kind != '"' {
			return nil, r.fail(item.at, "%s is a text or a list of texts, not %s", what, item.what())
		}
	}
	return items, nil
}

func (r *policyReader) actions(v *value, s *Statement) error {
	items, err := r.texts(v, "an action")
	if err != nil {
		return err
	}
	if len(items) == 0 {
		r.problem(v.at, true, "the list of actions is empty")
	}
	for _, item := range items {
		service, name, ok := strings.Cut(item.text, ":")
		if item.text != "*" && (!ok || service == "" || name == "") {
			return r.fail(item.at, "action %q is not of the form service:Action, such as dynamodb:GetItem", item.text)
		}
		s.Actions = append(s.Actions, item.text)
		s.actions = append(s.actions, compileGlob(opsOf(strings.ToLower(item.text)), false))
		s.actionsAt = append(s.actionsAt, positionOf(r.data, item.at))
	}
	return nil
}

func (r *policyReader) resources(v *value, s *Statement) error {
	items, err := r.texts(v, "a resource")
	if err != nil {
		return err
	}
	if len(items) == 0 {
		r.problem(v.at, true, "the list of resources is empty")
	}
	for _, item := range items {
		if item.text != "*" && !strings.HasPrefix(item.text, "arn:") && !strings.HasPrefix(item.text, "*") && !strings.HasPrefix(item.text, "${") {
			return r.fail(item.at, "resource %q is neither an ARN nor *", item.text)
		}
		if strings.HasPrefix(item.text, "arn:") && len(splitOutsideVariables(item.text, 6)) < 6 && !strings.ContainsAny(item.text, "*$") {
			return r.fail(item.at, "resource %q is no ARN: it needs six parts between colons", item.text)
		}
		p, problem := readPattern(item.text, s.Policy.Version == "2012-10-17", true)
		if problem != "" {
			return r.fail(item.at, "resource %q: %s", item.text, problem)
		}
		s.Resources = append(s.Resources, item.text)
		s.resources = append(s.resources, p)
		s.resourcesAt = append(s.resourcesAt, positionOf(r.data, item.at))
	}
	return nil
}

var principalTypes = []string{"AWS", "Service", "Federated", "CanonicalUser"}

func (r *policyReader) principals(v *value, s *Statement) error {
	if v.kind == '"' {
		if v.text != "*" {
			return r.fail(v.at, "a principal that is a text is \"*\"; name others as {\"AWS\": …} or {\"Service\": …}")
		}
		s.principals.everyone = true
		return nil
	}
	if v.kind != '{' {
		return r.fail(v.at, "a principal is \"*\" or an object such as {\"AWS\": ARN}, not %s", v.what())
	}
	for i := range v.members {
		m := &v.members[i]
		items, err := r.texts(&m.value, "a principal")
		if err != nil {
			return err
		}
		for _, item := range items {
			switch m.name {
			case "AWS":
				if item.text == "*" {
					s.principals.everyone = true
					continue
				}
				n, problem := readPrincipalName(item.text)
				if problem != "" {
					return r.fail(item.at, "%s", problem)
				}
				s.principals.names = append(s.principals.names, n)
				arn := n.arn
				if n.kind == Root && arn == "" {
					arn = "arn:aws:iam::" + n.account + ":root"
				}
				s.Principals = append(s.Principals, Principal{Kind: n.kind, Account: n.account, ARN: arn, Name: n.name})
			case "Service", "Federated":
				kind := Service
				if m.name == "Federated" {
					kind = Federated
				}
				s.principals.names = append(s.principals.names, namedPrincipal{kind: kind, arn: item.text})
				s.Principals = append(s.Principals, Principal{Kind: kind, ARN: item.text})
			case "CanonicalUser":
				s.principals.canonical = true
			default:
				return r.fail(m.at, "there is no principal of type %q; the nearest is %s", m.name, nearest(m.name, principalTypes))
			}
		}
	}
	return nil
}

func (r *policyReader) conditions(v *value, s *Statement) error {
	if v.kind != '{' {
		return r.fail(v.at, "Condition is an object of operators, not %s", v.what())
	}
	seen := map[string]bool{}
	for i := range v.members {
		op := &v.members[i]
		model, problem := readOperator(op.name)
		if problem != "" {
			return r.fail(op.at, "%s", problem)
		}
		if op.kind != '{' {
			return r.fail(op.value.at, "%s holds condition keys and their values, not %s", op.name, op.what())
		}
		for j := range op.members {
			m := &op.members[j]
			c := model
			c.key, c.lower, c.at = m.name, strings.ToLower(m.name), positionOf(r.data, m.at)
			if err := r.operands(&c, m, s); err != nil {
				return err
			}
			if !seen[c.lower] {
				seen[c.lower] = true
				s.ConditionKeys = append(s.ConditionKeys, c.key)
			}
			s.conditions = append(s.conditions, c)
		}
	}
	return nil
}

func (r *policyReader) operands(c *condition, m *member, s *Statement) error {
	items := []*value{&m.value}
	if m.kind == '[' {
		items = m.items
	}
	if len(items) == 0 {
		r.problem(m.at, true, "condition key %s has an empty list of values", c.key)
	}
	for _, item := range items {
		switch item.kind {
		case '"', '0', 't':
		default:
			return r.fail(item.at, "the value of %s is a text, a number or a boolean, not %s", c.key, item.what())
		}
		var o operand
		if c.null {
			o.pattern.fixed = item.text
			if !strings.EqualFold(item.text, "true") && !strings.EqualFold(item.text, "false") {
				return r.fail(item.at, "Null is \"true\" (the key must be absent) or \"false\" (it must be there), not %s", item.what())
			}
		} else if problem := c.test.read(&o, item.text, s.Policy.Version == "2012-10-17"); problem != "" {
			r.problem(item.at, false, "%s of %s: %s; it fits nothing", c.operator, c.key, problem)
		}
		c.values = append(c.values, o)
	}
	return nil
}

// Everyone reports whether the statement's principal element is everyone.
func (s *Statement) Everyone() bool { return s.principals.everyone }
