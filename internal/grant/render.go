package grant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/iam"
)

// Formats are the forms [Grant.Render] knows.
func Formats() []string { return []string{"text", "json", "cloudformation", "terraform"} }

// JSON is the policy document, or for an admin grant an object with the role's two documents.
func (g *Grant) JSON() []byte {
	if g.Trust == nil {
		return encode(g.Policy)
	}
	return encode(struct {
		AssumeRolePolicyDocument *Document
		PolicyDocument           Document
	}{g.Trust, g.Policy})
}

func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err) // texts, lists and maps of texts always encode
	}
	return b.Bytes()
}

// CloudFormation is a template with the policy attached to a user or a role, or the admin role.
func (g *Grant) CloudFormation(to string) ([]byte, error) {
	type named struct {
		PolicyName     string     `yaml:"PolicyName"`
		PolicyDocument *yaml.Node `yaml:"PolicyDocument"`
	}
	type properties struct {
		ManagedPolicyName        string     `yaml:"ManagedPolicyName,omitempty"`
		Users                    []string   `yaml:"Users,omitempty"`
		Roles                    []string   `yaml:"Roles,omitempty"`
		PolicyDocument           *yaml.Node `yaml:"PolicyDocument,omitempty"`
		RoleName                 string     `yaml:"RoleName,omitempty"`
		MaxSessionDuration       int        `yaml:"MaxSessionDuration,omitempty"`
		AssumeRolePolicyDocument *yaml.Node `yaml:"AssumeRolePolicyDocument,omitempty"`
		Policies                 []named    `yaml:"Policies,omitempty"`
	}
	type resource struct {
		Type       string     `yaml:"Type"`
		Properties properties `yaml:"Properties"`
	}
	r := resource{Type: "AWS::IAM::ManagedPolicy", Properties: properties{ManagedPolicyName: g.name(), PolicyDocument: plain(g.Policy)}}
	if g.Trust != nil {
		r = resource{Type: "AWS::IAM::Role", Properties: properties{
			RoleName: g.Spec.Role, MaxSessionDuration: sessionSeconds, AssumeRolePolicyDocument: plain(g.Trust),
			Policies: []named{{g.name(), plain(g.Policy)}},
		}}
	} else if kind, name := attached(to); kind == iam.User && name != "" {
		r.Properties.Users = []string{name}
	} else if name != "" {
		r.Properties.Roles = []string{name}
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	err := enc.Encode(struct {
		Version     string              `yaml:"AWSTemplateFormatVersion"`
		Description string              `yaml:"Description"`
		Resources   map[string]resource `yaml:"Resources"`
	}{"2010-09-09", g.describe(), map[string]resource{logical(g.name()): r}})
	return b.Bytes(), err
}

// Terraform is the policy and its attachment, or the admin role.
func (g *Grant) Terraform(to string) []byte {
	var b bytes.Buffer
	id := strings.ReplaceAll(g.name(), "-", "_")
	fmt.Fprintf(&b, "# %s\n", g.describe())
	if g.Trust != nil {
		fmt.Fprintf(&b, "resource \"aws_iam_role\" %q {\n  name                 = %q\n  max_session_duration = %d\n  assume_role_policy   = jsonencode(%s)\n}\n\n", id, g.Spec.Role, sessionSeconds, hcl(g.Trust))
		fmt.Fprintf(&b, "resource \"aws_iam_role_policy\" %q {\n  name   = %q\n  role   = aws_iam_role.%s.id\n  policy = jsonencode(%s)\n}\n", id, g.name(), id, hcl(g.Policy))
		return b.Bytes()
	}
	fmt.Fprintf(&b, "resource \"aws_iam_policy\" %q {\n  name   = %q\n  policy = jsonencode(%s)\n}\n", id, g.name(), hcl(g.Policy))
	if kind, name := attached(to); name != "" {
		word := map[iam.PrincipalKind]string{iam.User: "user", iam.Role: "role"}[kind]
		fmt.Fprintf(&b, "\nresource \"aws_iam_%s_policy_attachment\" %q {\n  %s       = %q\n  policy_arn = aws_iam_policy.%s.arn\n}\n", word, id, word, name, id)
	}
	return b.Bytes()
}

// hcl is a document as an argument of jsonencode: JSON is valid there, but for ${ and %{, which HCL would read as its own.
func hcl(v any) string {
	text := strings.TrimSpace(string(encode(v)))
	text = strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text)
	return strings.ReplaceAll(text, "\n", "\n  ")
}

// plain is a document as maps and lists, in the order of its elements.
func plain(v any) *yaml.Node {
	var n yaml.Node
	if err := yaml.Unmarshal(encode(v), &n); err != nil {
		panic(err) // JSON is YAML
	}
	blockStyle(&n)
	return n.Content[0]
}

func blockStyle(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		blockStyle(c)
	}
}

// attached is the kind and name of whom a policy is for.
func attached(to string) (iam.PrincipalKind, string) {
	p, err := iam.ParsePrincipal(to)
	if err != nil || p.Kind != iam.User && p.Kind != iam.Role {
		return 0, ""
	}
	return p.Kind, p.Name
}

// name is what the policy is called: "read-orders", "db-admin-orders".
func (g *Grant) name() string {
	s := g.Spec
	last := s.Resource[strings.LastIndexAny(s.Resource, ":/")+1:]
	switch s.Purpose {
	case Admin:
		return s.Role + "-" + last
	case Observed:
		return "observed"
	default:
		return string(s.Purpose) + "-" + last
	}
}

func (g *Grant) describe() string {
	s := g.Spec
	text := "What was observed, and no more"
	if s.Purpose != Observed {
		text = strings.ToUpper(string(s.Purpose[:1])) + string(s.Purpose[1:]) + " for " + s.Resource[strings.LastIndexAny(s.Resource, ":/")+1:]
	}
	if len(s.Attributes) > 0 {
		text += ", only " + strings.Join(s.Attributes, ", ")
	}
	if !s.Until.IsZero() {
		text += ", until " + s.Until.UTC().Format("2006-01-02 15:04 MST")
	}
	return fmt.Sprintf("%s. Written by bailey grant, proved with %d good and %d bad requests.", text, g.Proof.Good, g.Proof.Denied())
}

var notLetters = regexp.MustCompile(`[^A-Za-z0-9]+`)

// logical is a logical ID: letters and digits.
func logical(name string) string {
	var b strings.Builder
	for _, w := range notLetters.Split(name, -1) {
		if w != "" {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}

// Text is the policy for people to read: the documents, then what was left out, the proof and the notes.
func (g *Grant) Text() []byte {
	var b bytes.Buffer
	if g.Trust != nil {
		fmt.Fprintf(&b, "Trust policy of the role %s:\n\n%s\nIts policy:\n\n", g.Spec.Role, encode(g.Trust))
	}
	b.Write(encode(g.Policy))
	b.WriteString("\n" + g.Remarks())
	return b.Bytes()
}

// Remarks say what was left out, the proof, and what else has to be done.
func (g *Grant) Remarks() string {
	var b strings.Builder
	for _, l := range g.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", l)
	}
	kinds := make([]string, len(g.Proof.Bad))
	for i, k := range g.Proof.Bad {
		kinds[i] = fmt.Sprintf("%s (%d)", k.What, k.Requests)
	}
	fmt.Fprintf(&b, "proved: %d requests it is for are allowed; %d it is not for are denied: %s.\n", g.Proof.Good, g.Proof.Denied(), strings.Join(kinds, ", "))
	for _, n := range g.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}
