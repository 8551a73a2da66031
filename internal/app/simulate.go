package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/iam"
)

// simulateFlags are the flags of bailey simulate.
type simulateFlags struct {
	format                      string
	unknown                     []string
	principal, action, resource string
	account                     string
	context                     []string
	policies, boundaries        []string
	resourcePolicy, session     string
}

func newSimulate(w *World) *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate [FILE…]",
		Short: "Decide requests from the IAM policies that apply to them",
		Long: `Simulate answers whether AWS would allow a request, by AWS's published logic: identity, resource, session and endpoint
policies, permissions boundaries, service and resource control policies. Nothing is sent to AWS.

It reads one case a line, from files or standard input:

  {"request": {"principal": ARN or {"type": "Anonymous"}, "action": "dynamodb:GetItem",
               "resource": {"resource": ARN, "accountId": "111122223333"}, "context": {KEY: VALUE or [VALUES]}},
   "identityPolicies": [POLICY], "resourcePolicy": POLICY, "permissionBoundaries": [POLICY],
   "serviceControlPolicies": [{"orgIdentifier": NAME, "policies": [POLICY]}], "resourceControlPolicies": the same,
   "sessionPolicy": POLICY, "endpointPolicies": [POLICY]}

What is left out does not apply, and a context key that is left out is absent from the request. --unknown makes a key
unknown instead: the answer then names it in depends_on where it decides. A single request can be given by flags.

It exits with 0 when every case could be decided, and with 2 when one could not be read.`,
		Example: `  bailey simulate cases.jsonl
  bailey simulate --format json < cases.jsonl
  bailey simulate --unknown aws:MultiFactorAuthPresent < cases.jsonl
  bailey simulate --principal arn:aws:iam::111122223333:user/intern --action dynamodb:DeleteTable \
      --resource arn:aws:dynamodb:eu-west-1:111122223333:table/orders --policy intern.json --context aws:MultiFactorAuthPresent=true`,
		RunE: func(_ *cobra.Command, args []string) error { return simulate(w, &f, args) },
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.format, "format", "f", "text", "text or json")
	fl.StringArrayVar(&f.unknown, "unknown", nil, "context key that is unknown rather than absent; aws:PrincipalTag/* stands for all tags")
	fl.StringVar(&f.principal, "principal", "", "ARN of who asks, a service such as rds.amazonaws.com, or * for anyone")
	fl.StringVar(&f.action, "action", "", "what is asked, such as dynamodb:DeleteTable")
	fl.StringVar(&f.resource, "resource", "*", "ARN of what it is asked of")
	fl.StringVar(&f.account, "account", "", "account that owns the resource (default: the one in its ARN)")
	fl.StringArrayVar(&f.context, "context", nil, "condition key of the request, KEY=VALUE; several times for several values")
	fl.StringArrayVar(&f.policies, "policy", nil, "file with an identity policy")
	fl.StringArrayVar(&f.boundaries, "boundary", nil, "file with a permissions boundary")
	fl.StringVar(&f.resourcePolicy, "resource-policy", "", "file with the resource's policy: a table's, a key's, a role's trust policy")
	fl.StringVar(&f.session, "session-policy", "", "file with a session policy")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func simulate(w *World, f *simulateFlags, args []string) error {
	if f.format != "text" && f.format != "json" {
		return badUse("", "format %q does not exist; want text or json", f.format)
	}
	s := simulation{out: bufio.NewWriter(w.Stdout), json: f.format == "json", unknown: f.unknown}
	defer s.out.Flush() //nolint:errcheck // the write below reports the same error
	if f.action != "" || f.principal != "" {
		if len(args) > 0 {
			return badUse("", "give either files with cases or one request by flags")
		}
		line, err := f.asCase()
		if err != nil {
			return err
		}
		s.decide("the request", line)
		return s.end()
	}
	if len(args) == 0 {
		if err := s.read("standard input", w.Stdin); err != nil {
			return err
		}
	}
	for _, name := range args {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		err = s.read(name, file)
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return s.end()
}

// asCase writes the request of the flags in the form that cases have.
func (f *simulateFlags) asCase() ([]byte, error) {
	if f.action == "" || f.principal == "" {
		return nil, badUse("bailey simulate --help shows an example.", "one request needs both --principal and --action")
	}
	context := map[string][]string{}
	for _, kv := range f.context {
		key, value, ok := strings.Cut(kv, "=")
		if !ok || key == "" {
			return nil, badUse("", "--context %q is not of the form KEY=VALUE", kv)
		}
		context[key] = append(context[key], value)
	}
	c := map[string]any{"request": map[string]any{
		"principal": f.principal, "action": f.action, "context": context,
		"resource": map[string]string{"resource": f.resource, "accountId": f.account},
	}}
	add := func(field string, files []string, list bool) error {
		var docs []json.RawMessage
		for _, name := range files {
			if name == "" {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			if _, err := iam.Parse(data); err != nil {
				return &exitError{code: exitBad, message: positioned(name, err)}
			}
			docs = append(docs, data)
		}
		if list && docs != nil {
			c[field] = docs
		} else if docs != nil {
			c[field] = docs[0]
		}
		return nil
	}
	err := errors.Join(add("identityPolicies", f.policies, true), add("permissionBoundaries", f.boundaries, true),
		add("resourcePolicy", []string{f.resourcePolicy}, false), add("sessionPolicy", []string{f.session}, false))
	if err != nil {
		return nil, err
	}
	return json.Marshal(c)
}

// positioned names file, line and column where an error has them.
func positioned(file string, err error) string {
	var syntax *iam.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("%s:%d:%d: %s", file, syntax.Line, syntax.Column, syntax.Cause)
	}
	return fmt.Sprintf("%s: %v", file, err)
}

// simulation writes an answer for every case.
type simulation struct {
	out     *bufio.Writer
	json    bool
	unknown []string
	cases   int
	failed  int
}

// read takes one case a line; a document of several lines is a case of its own, or a list of cases.
func (s *simulation) read(name string, in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<16)
	first := true
	for number := 1; ; number++ {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w", name, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if first && !json.Valid(text) {
				rest, err := io.ReadAll(r)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if whole := append(line, rest...); json.Valid(whole) {
					return s.document(name, whole)
				}
				r = bufio.NewReaderSize(bytes.NewReader(rest), 1<<16)
			}
			first = false
			if text[0] == '[' {
				if err := s.document(name, text); err != nil {
					return err
				}
			} else {
				s.decide(fmt.Sprintf("%s:%d", name, number), text)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

func (s *simulation) document(name string, whole []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(whole, &list) != nil {
		list = []json.RawMessage{whole}
	}
	for i, c := range list {
		s.decide(fmt.Sprintf("%s, case %d", name, i+1), c)
	}
	return nil
}

// answer is what simulate prints for a case.
type answer struct {
	Name      string    `json:"name,omitempty"`
	Decision  string    `json:"decision"`
	DependsOn []string  `json:"depends_on"`
	Possible  []string  `json:"possible,omitempty"`
	Matched   []matched `json:"matched"`
	Because   string    `json:"because,omitempty"`
	Error     string    `json:"error,omitempty"`
}

type matched struct {
	Policy    string   `json:"policy"`
	Statement string   `json:"statement"`
	Effect    string   `json:"effect"`
	Line      int      `json:"line"`
	DependsOn []string `json:"depends_on,omitempty"`
}

func (s *simulation) decide(where string, data []byte) {
	s.cases++
	c, err := iam.ParseCase(data)
	if err != nil {
		s.failed++
		// Nothing is allowed by what cannot be read.
		s.write(where, &answer{Name: c.Name, Decision: iam.ImplicitDeny.String(), DependsOn: []string{}, Matched: []matched{}, Error: err.Error()})
		return
	}
	c.Request.Context = c.Request.Context.Unknown(s.unknown...)
	s.write(where, answerOf(c.Name, iam.Decide(c.Request, c.Policies)))
}

func answerOf(name string, d iam.Decision) *answer {
	a := &answer{Name: name, Decision: d.Verdict.String(), DependsOn: d.DependsOn, Matched: []matched{}, Because: d.Refused.String()}
	if a.DependsOn == nil {
		a.DependsOn = []string{}
	}
	if d.Best != d.Verdict {
		a.Possible = []string{d.Best.String(), d.Verdict.String()}
	}
	for _, list := range [][]iam.Match{d.Denying, d.Allowing} {
		for _, m := range list {
			a.Matched = append(a.Matched, matched{
				Policy: m.Statement.Policy.Name, Statement: m.Statement.Name(), Effect: m.Statement.Effect.String(),
				Line: m.Statement.Position.Line, DependsOn: m.Keys,
			})
		}
	}
	return a
}

func (s *simulation) write(where string, a *answer) {
	if s.json {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(a) // end reports what could not be written
		return
	}
	if a.Name != "" {
		where = a.Name
	}
	words := map[string]string{"allowed": "allowed", "implicitDeny": "denied, because nothing allows it", "explicitDeny": "denied explicitly"}
	switch {
	case a.Error != "":
		fmt.Fprintf(s.out, "%s: cannot be decided: %s\n", where, a.Error)
		return
	case len(a.Possible) > 0:
		fmt.Fprintf(s.out, "%s: depends on %s: %s or %s\n", where, strings.Join(a.DependsOn, " and "), words[a.Possible[0]], words[a.Possible[1]])
	default:
		fmt.Fprintf(s.out, "%s: %s\n", where, words[a.Decision])
	}
	if a.Because != "" {
		fmt.Fprintf(s.out, "  %s\n", a.Because)
	}
	for _, m := range a.Matched {
		fmt.Fprintf(s.out, "  %-5s by %s of %s\n", m.Effect, m.Statement, m.Policy)
	}
}

func (s *simulation) end() error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if s.failed > 0 {
		return &exitError{code: exitBad, message: fmt.Sprintf("%d of %d cases could not be decided", s.failed, s.cases)}
	}
	return nil
}
