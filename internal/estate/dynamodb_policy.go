package estate

import "strings"

// DynamoDBResourcePolicy is the resource policy of a table or of its stream, written on its own (Terraform).
// CloudFormation writes it in the table.
type DynamoDBResourcePolicy struct {
	Resource `kind:"dynamodb_resource_policy" var:"table" plural:"dynamodb_resource_policies" tf:"aws_dynamodb_resource_policy"`

	Table  Link[DynamoDBTable] `as:"of" tf:"resource_arn"`
	Policy Fact[Document]      `tf:"policy"`
}

// OpenToOthers reports whether the policy lets principals of other accounts in.
func (p *DynamoDBResourcePolicy) OpenToOthers() Fact[bool] {
	return openToOthers(accountOf(p.Table.Value), &p.Policy)
}

// OpenToOthers reports whether a policy written in the table lets principals of other accounts in.
func (t *DynamoDBTable) OpenToOthers() Fact[bool] {
	return openToOthers("", &t.Policy, &t.StreamPolicy)
}

// OpenToOthers reports whether the policy of a replica lets principals of other accounts in.
func (t *DynamoDBGlobalTable) OpenToOthers() Fact[bool] {
	if t.Replicas.State == Unknown {
		return UnknownLike[bool](t.Replicas.Meta)
	}
	documents := make([]*Fact[Document], 0, 2*len(t.Replicas.Value))
	for i := range t.Replicas.Value {
		documents = append(documents, &t.Replicas.Value[i].Policy, &t.Replicas.Value[i].StreamPolicy)
	}
	return openToOthers("", documents...)
}

// RequiresTLS reports whether a policy refuses every request that did not come over TLS.
func (t *DynamoDBTable) RequiresTLS() Fact[bool] { return t.refuses(withoutTLS) }

// RequiresNetwork reports whether a policy refuses every request that does not come from networks it names.
func (t *DynamoDBTable) RequiresNetwork() Fact[bool] { return t.refuses(fromElsewhere) }

// RequiresTLS reports whether the policy of every replica refuses requests that did not come over TLS.
func (t *DynamoDBGlobalTable) RequiresTLS() Fact[bool] { return t.refuses(withoutTLS) }

// RequiresNetwork reports whether the policy of every replica refuses requests from outside the networks it names.
func (t *DynamoDBGlobalTable) RequiresNetwork() Fact[bool] { return t.refuses(fromElsewhere) }

func (t *DynamoDBTable) refuses(when func(*Statement) Fact[bool]) Fact[bool] {
	statements := statementsOf(&t.Policy)
	facts := []Fact[bool]{refuses(&statements, when)}
	for _, p := range All[DynamoDBResourcePolicy](t.estate) {
		if p.Table.To == t.self {
			statements := statementsOf(&p.Policy)
			facts = append(facts, refuses(&statements, when))
		} else if p.Table.To == nil && p.Table.State == Unknown {
			facts = append(facts, UnknownLike[bool](p.Table.Meta))
		}
	}
	return anyTrue(t.decl.Origin, facts)
}

func (t *DynamoDBGlobalTable) refuses(when func(*Statement) Fact[bool]) Fact[bool] {
	if t.Replicas.State == Unknown {
		return UnknownLike[bool](t.Replicas.Meta)
	}
	out := KnownFact(len(t.Replicas.Value) > 0, t.Replicas.Origin)
	for i := range t.Replicas.Value {
		statements := statementsOf(&t.Replicas.Value[i].Policy)
		out = bothTrue(out, refuses(&statements, when))
	}
	return out
}

// refuses reports whether a statement denies everybody everything on a condition.
func refuses(statements *Fact[[]Statement], when func(*Statement) Fact[bool]) Fact[bool] {
	if statements.State == Unknown {
		return UnknownLike[bool](statements.Meta)
	}
	facts := make([]Fact[bool], len(statements.Value))
	for i := range statements.Value {
		s := &statements.Value[i]
		facts[i] = allTrue(isText(s.Effect, "Deny"), s.forEveryone(), s.forEveryAction(), when(s))
	}
	return anyTrue(statements.Origin, facts)
}

func (s *Statement) forEveryone() Fact[bool] {
	if s.Principals.State == Unknown {
		return UnknownLike[bool](s.Principals.Meta)
	}
	facts := make([]Fact[bool], len(s.Principals.Value))
	for i := range s.Principals.Value {
		facts[i] = isText(s.Principals.Value[i].Value, "*")
	}
	return anyTrue(s.Principals.Origin, facts)
}

func (s *Statement) forEveryAction() Fact[bool] { return oneOf(&s.Actions, "*", "dynamodb:*") }

// withoutTLS reports whether a statement is for requests without TLS, all of them.
func withoutTLS(s *Statement) Fact[bool] {
	if s.Conditions.State == Unknown || len(s.Conditions.Value) != 1 {
		return Fact[bool]{Meta: s.Conditions.Meta}
	}
	c := &s.Conditions.Value[0]
	return allTrue(isLower(c.Key, "aws:securetransport"), isLower(c.Operator, "bool", "boolifexists"), oneOf(&c.Values, "false"))
}

// networkKeys are the condition keys that say where a request comes from.
var networkKeys = []string{"aws:sourcevpce", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourceip", "aws:vpcsourceip"}

// fromElsewhere reports whether a statement is for requests from outside some networks.
func fromElsewhere(s *Statement) Fact[bool] {
	if s.Conditions.State == Unknown {
		return UnknownLike[bool](s.Conditions.Meta)
	}
	facts := make([]Fact[bool], len(s.Conditions.Value))
	for i := range s.Conditions.Value {
		c := &s.Conditions.Value[i]
		facts[i] = bothTrue(isLower(c.Key, networkKeys...), isLower(c.Operator,
			"stringnotequals", "stringnotequalsifexists", "stringnotlike", "stringnotlikeifexists", "arnnotequals", "arnnotlike",
			"stringnotequalsignorecase", "notipaddress", "notipaddressifexists"))
	}
	return anyTrue(s.Conditions.Origin, facts)
}

// openToOthers reports whether a statement of the documents allows principals of accounts other than own. own may not
// be known; then an account written out is not either, while the account's own references are.
func openToOthers(own string, documents ...*Fact[Document]) Fact[bool] {
	var facts []Fact[bool]
	var at Origin
	for _, d := range documents {
		statements := statementsOf(d)
		at = d.Origin
		if statements.State == Unknown {
			facts = append(facts, UnknownLike[bool](statements.Meta))
			continue
		}
		for i := range statements.Value {
			s := &statements.Value[i]
			facts = append(facts, bothTrue(isText(s.Effect, "Allow"), s.letsIn(own)))
		}
	}
	return anyTrue(at, facts)
}

// letsIn reports whether a principal of another account is among the statement's.
func (s *Statement) letsIn(own string) Fact[bool] {
	if given, _ := s.NotPrincipals.Given(); given {
		return KnownFact(true, s.NotPrincipals.Origin) // all but some is everybody else
	}
	if s.Principals.State == Unknown {
		return UnknownLike[bool](s.Principals.Meta)
	}
	for i := range s.Resources.Value {
		if own == "" {
			own = accountOf(textOf(&s.Resources.Value[i]))
		}
	}
	outside := not(s.narrowedToAccount(own))
	facts := make([]Fact[bool], len(s.Principals.Value))
	for i := range s.Principals.Value {
		facts[i] = bothTrue(s.Principals.Value[i].foreign(own), outside)
	}
	return anyTrue(s.Principals.Origin, facts)
}

// narrowedToAccount reports whether a condition admits the table's own account only.
func (s *Statement) narrowedToAccount(own string) Fact[bool] {
	if s.Conditions.State == Unknown {
		return UnknownLike[bool](s.Conditions.Meta)
	}
	for i := range s.Conditions.Value {
		c := &s.Conditions.Value[i]
		narrows := bothTrue(isLower(c.Key, "aws:principalaccount", "aws:sourceaccount"), isLower(c.Operator, "stringequals"))
		if narrows.State == Unknown {
			return narrows
		}
		if !narrows.Value {
			continue
		}
		out := KnownFact(len(c.Values.Value) > 0, c.Values.Origin)
		for j := range c.Values.Value {
			v := &c.Values.Value[j]
			out = bothTrue(out, isAccount(textOf(v), &v.Meta, own))
		}
		return out
	}
	return KnownFact(false, s.Conditions.Origin)
}

// foreign reports whether a principal is of another account, or everyone.
func (p *Principal) foreign(own string) Fact[bool] {
	at := p.Value.Origin
	if p.Kind.State == Known && (p.Kind.Value == "Service" || p.Kind.Value == "Federated") {
		return KnownFact(false, at)
	}
	text := textOf(&p.Value)
	if p.Value.State == Known && p.Value.Ref != nil {
		return KnownFact(false, at) // declared beside the table
	}
	if text == "*" {
		return KnownFact(true, at)
	}
	if account := accountOf(text); account != "" {
		text = account
	}
	return not(isAccount(text, &p.Value.Meta, own))
}

// isAccount reports whether an account, as written, is the table's own.
func isAccount(text string, m *Meta, own string) Fact[bool] {
	switch {
	case strings.Contains(text, "AWS::AccountId"), strings.Contains(text, "aws_caller_identity"):
		return KnownFact(true, m.Origin)
	case text == "" || strings.Contains(text, "${"):
		return UnknownLike[bool](*m)
	case len(text) != 12 || strings.Trim(text, "0123456789") != "":
		return UnknownFact[bool]("name the principal "+text+" by its ARN", m.Origin)
	case own == "" || strings.Contains(own, "${"):
		return UnknownFact[bool]("say whose account "+text+" is: the table's own is not written", m.Origin)
	}
	return KnownFact(text == own, m.Origin)
}

func textOf(f *Fact[string]) string {
	if f.State == Known {
		return f.Value
	}
	return f.Text
}

// accountOf is the account in an ARN, empty where there is none. It may be a placeholder.
func accountOf(arn string) string {
	if !strings.HasPrefix(arn, "arn:") && !strings.HasPrefix(arn, "${") {
		return ""
	}
	var parts []string
	depth, start := 0, 0
	for i, c := range arn { // colons within ${AWS::Partition} separate nothing
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ':' && depth == 0:
			parts = append(parts, arn[start:i])
			start = i + 1
		}
	}
	if len(parts) < 5 {
		return ""
	}
	return parts[4]
}

// PassesAllTables reports whether the endpoint passes every request to every table of every account, as it does without a policy.
func (e *VPCEndpoint) PassesAllTables() Fact[bool] {
	document := &e.Policy
	for _, p := range All[VPCEndpointPolicy](e.estate) {
		if p.Endpoint.To == e.self {
			document = &p.Policy
		} else if p.Endpoint.To == nil && p.Endpoint.State == Unknown && document.State == Absent {
			return UnknownLike[bool](p.Endpoint.Meta)
		}
	}
	if given, known := document.Given(); !known || !given {
		if !known {
			return UnknownLike[bool](document.Meta)
		}
		return KnownFact(true, document.Origin)
	}
	statements := statementsOf(document)
	if statements.State == Unknown {
		return UnknownLike[bool](statements.Meta)
	}
	facts := make([]Fact[bool], len(statements.Value))
	for i := range statements.Value {
		s := &statements.Value[i]
		free := KnownFact(len(s.Conditions.Value) == 0, s.Conditions.Origin)
		if s.Conditions.State == Unknown {
			free = UnknownLike[bool](s.Conditions.Meta)
		}
		facts[i] = allTrue(isText(s.Effect, "Allow"), s.forEveryone(), s.forEveryAction(), oneOf(&s.Resources, "*"), free)
	}
	return anyTrue(statements.Origin, facts)
}
