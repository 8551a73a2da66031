package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Case is a request with all policies that apply to it, in the JSON form that bailey simulate reads:
//
//	{"request": {"principal": ARN or {"type": "Anonymous"}, "action": "dynamodb:GetItem",
//	             "resource": {"resource": ARN, "accountId": "111122223333"}, "context": {KEY: VALUE or [VALUES]}},
//	 "identityPolicies": [POLICY], "resourcePolicy": POLICY, "permissionBoundaries": [POLICY],
//	 "serviceControlPolicies": [{"orgIdentifier": NAME, "policies": [POLICY]}], "resourceControlPolicies": the same,
//	 "sessionPolicy": POLICY, "endpointPolicies": [POLICY]}
//
// A policy is a plain IAM document. What is left out does not apply.
type Case struct {
	Name     string // an optional "name", for reports
	Request  Request
	Policies Policies
}

type caseJSON struct {
	Name    string `json:"name"`
	Request struct {
		Principal json.RawMessage `json:"principal"`
		Action    string          `json:"action"`
		Resource  struct {
			Resource  string `json:"resource"`
			AccountID string `json:"accountId"`
		} `json:"resource"`
		Context map[string]json.RawMessage `json:"context"`
	} `json:"request"`
	Identity        json.RawMessage `json:"identityPolicies"`
	Resource        json.RawMessage `json:"resourcePolicy"`
	Boundaries      json.RawMessage `json:"permissionBoundaries"`
	ServiceControl  []levelJSON     `json:"serviceControlPolicies"`
	ResourceControl []levelJSON     `json:"resourceControlPolicies"`
	Session         json.RawMessage `json:"sessionPolicy"`
	Endpoint        json.RawMessage `json:"endpointPolicies"`
}

type levelJSON struct {
	OrgIdentifier string          `json:"orgIdentifier"`
	Policies      json.RawMessage `json:"policies"`
}

var caseFields = []string{
	"name", "request", "identityPolicies", "resourcePolicy", "permissionBoundaries", "serviceControlPolicies",
	"resourceControlPolicies", "sessionPolicy", "endpointPolicies",
}

// ParseCase reads a case. The error names the field, and within a policy line and column.
func ParseCase(data []byte) (Case, error) {
	var c Case
	if err := knownFields(data); err != nil {
		return c, err
	}
	var j caseJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return c, fmt.Errorf("the case is not of its form: %w", err)
	}
	c.Name = j.Name
	var err error
	if c.Request, err = j.request(); err != nil {
		return c, err
	}
	p := &c.Policies
	r := caseReader{role: isRoleTrust(&c.Request)}
	p.Identity = r.policies("identityPolicies", j.Identity, IdentityPolicy)
	p.Boundaries = r.policies("permissionBoundaries", j.Boundaries, BoundaryPolicy)
	p.Endpoint = r.policies("endpointPolicies", j.Endpoint, EndpointPolicy)
	p.ServiceControl = r.levels("serviceControlPolicies", j.ServiceControl, ServiceControlPolicy)
	p.ResourceControl = r.levels("resourceControlPolicies", j.ResourceControl, ResourceControlPolicy)
	p.Session = r.single("sessionPolicy", j.Session, SessionPolicy)
	p.Resource = r.single("resourcePolicy", j.Resource, ResourcePolicy)
	return c, r.err
}

// knownFields refuses a field that is nearly one of a case's: a policy under a misspelt name would silently not apply.
// Fields of other names are the writer's own.
func knownFields(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("the case is not a JSON object: %w", err)
	}
	for name := range fields {
		n := nearest(name, caseFields)
		if d := distance(strings.ToLower(name), strings.ToLower(n)); name != n && d <= len(n)/4 {
			return fmt.Errorf("a case has no field %q; did you mean %q?", name, n)
		}
	}
	return nil
}

func (j *caseJSON) request() (Request, error) {
	q := &j.Request
	var r Request
	var err error
	if r.Principal, err = casePrincipal(q.Principal); err != nil {
		return r, fmt.Errorf("request.principal: %w", err)
	}
	if service, name, ok := strings.Cut(q.Action, ":"); !ok || service == "" || name == "" || strings.ContainsAny(q.Action, "*? ") {
		return r, fmt.Errorf("request.action: %q is not of the form service:Action, such as dynamodb:GetItem", q.Action)
	}
	r.Action, r.Resource, r.Account = q.Action, q.Resource.Resource, q.Resource.AccountID
	if r.Resource == "" {
		r.Resource = "*"
	}
	if _, ok := SplitARN(r.Resource); !ok && r.Resource != "*" {
		return r, fmt.Errorf("request.resource.resource: %q is neither an ARN nor *", r.Resource)
	}
	values := make(map[string][]string, len(q.Context))
	for key, raw := range q.Context {
		v, err := contextValues(raw)
		if err != nil {
			return r, fmt.Errorf("request.context: %s: %w", key, err)
		}
		values[strings.ToLower(key)] = v
	}
	r.Context.values = values
	return r, nil
}

// casePrincipal reads an ARN, a service's name, or an object with a type.
func casePrincipal(raw json.RawMessage) (Principal, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if text == "*" || text == "anonymous" {
			return Principal{}, nil
		}
		return ParsePrincipal(text)
	}
	var o struct{ Type, ID, ARN string }
	if err := json.Unmarshal(raw, &o); err != nil || o.Type == "" {
		return Principal{}, fmt.Errorf("write an ARN, or {\"type\": \"Anonymous\"}, not %s", quoteShort(string(raw)))
	}
	name := o.ID
	if name == "" {
		name = o.ARN
	}
	switch {
	case strings.EqualFold(o.Type, "anonymous"):
		return Principal{}, nil
	case o.Type == "Service" && name != "":
		return Principal{Kind: Service, ARN: name}, nil
	case o.Type == "Federated" && name != "":
		return Principal{Kind: Federated, ARN: name}, nil
	case name != "":
		return ParsePrincipal(name)
	}
	return Principal{}, fmt.Errorf("type %q is not Anonymous, and no id says who it is", o.Type)
}

func contextValues(raw json.RawMessage) ([]string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil, nil
		}
		list = []any{v}
	}
	values := make([]string, 0, len(list))
	for _, item := range list {
		switch item := item.(type) {
		case string:
			values = append(values, item)
		case bool, json.Number:
			values = append(values, fmt.Sprint(item))
		default:
			return nil, fmt.Errorf("a value is a text, a number, a boolean or a list of those, not %s", quoteShort(string(raw)))
		}
	}
	return values, nil
}

// isRoleTrust reports whether the resource's policy would be a role's trust policy, which has no Resource element.
func isRoleTrust(r *Request) bool {
	arn, ok := SplitARN(r.Resource)
	return ok && arn.Service == "iam" && strings.HasPrefix(arn.Resource, "role/")
}

// caseReader reads the policies of a case and keeps the first error.
type caseReader struct {
	role bool
	err  error
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func (r *caseReader) policies(field string, raw json.RawMessage, kind PolicyKind) []*Policy {
	if isNull(raw) || r.err != nil {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
		if raw[0] != '{' {
			r.err = fmt.Errorf("%s: a list of policies was expected, not %s", field, quoteShort(string(raw)))
			return nil
		}
	}
	out := make([]*Policy, 0, len(list))
	for i, doc := range list {
		out = append(out, r.single(fmt.Sprintf("%s[%d]", field, i), doc, kind))
	}
	return out
}

func (r *caseReader) levels(field string, levels []levelJSON, kind PolicyKind) []Level {
	var out []Level
	for i, l := range levels {
		out = append(out, Level{l.OrgIdentifier, r.policies(fmt.Sprintf("%s[%d].policies", field, i), l.Policies, kind)})
	}
	return out
}

func (r *caseReader) single(field string, raw json.RawMessage, kind PolicyKind) *Policy {
	if isNull(raw) || r.err != nil {
		return nil
	}
	p, err := Parse(raw)
	if err != nil {
		r.err = fmt.Errorf("%s: %w", field, err)
		return nil
	}
	p.Name = field
	if kind == ResourcePolicy && r.role {
		kind = TrustPolicy
	}
	if problem, bad := p.Misplaced(kind); bad {
		r.err = fmt.Errorf("%s: line %d, column %d: %s", field, problem.Line, problem.Column, problem.Message)
		return nil
	}
	return p
}
