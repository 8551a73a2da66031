package iam_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/baileydb/bailey/iam"
)

// labelled is a case with the verdict that AWS's documentation gives it.
type labelled struct {
	Name, Source, Why string
	Case              json.RawMessage
	Expect            struct {
		Decision  string
		DependsOn []string `json:"depends_on"`
		Error     bool
	}
}

// TestDocumentation decides the cases of testdata: one file a page or topic, one case a line, each with its source.
func TestDocumentation(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			n := 0
			for c := range cases(t, file) {
				n++
				t.Run(c.Name, func(t *testing.T) { decideLabelled(t, c) })
			}
			if n == 0 {
				t.Error("no cases")
			}
		})
	}
}

func decideLabelled(t *testing.T, c labelled) {
	read, err := iam.ParseCase(c.Case)
	if c.Expect.Error {
		if err == nil {
			t.Errorf("was read, but AWS refuses it: %s", c.Why)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	read.Request.Context = read.Request.Context.Unknown(c.Expect.DependsOn...)
	d := iam.Decide(read.Request, read.Policies)
	if d.Verdict.String() != c.Expect.Decision {
		t.Errorf("%s (%s), want %s: %s\n%s\n%s", d.Verdict, d.Refused, c.Expect.Decision, c.Why, c.Source, c.Case)
	}
	if len(c.Expect.DependsOn) > 0 && !slices.Equal(d.DependsOn, c.Expect.DependsOn) {
		t.Errorf("depends on %v, want %v", d.DependsOn, c.Expect.DependsOn)
	}
}

func cases(t testing.TB, file string) func(func(labelled) bool) {
	t.Helper()
	return func(yield func(labelled) bool) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close() //nolint:errcheck // only read
		in := bufio.NewScanner(f)
		in.Buffer(nil, 1<<20)
		for line := 1; in.Scan(); line++ {
			var c labelled
			if err := json.Unmarshal(in.Bytes(), &c); err != nil {
				t.Fatalf("%s:%d: %v", file, line, err)
			}
			if c.Name == "" || c.Source == "" || c.Why == "" || c.Expect.Decision == "" && !c.Expect.Error {
				t.Errorf("%s:%d: a case has a name, a source, a reason and a verdict", file, line)
			}
			if !yield(c) {
				return
			}
		}
	}
}

func TestSyntaxErrorsHavePositions(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{``, "line 1, column 1: the document ends too early"},
		{`{"Statement": [`, "line 1, column 16: the document ends too early"},
		{`{"Version": "2012-10-17", "Sttement": []}`, `line 1, column 27: a policy has no element "Sttement"; the nearest is Statement`},
		{"{\n \"Version\": \"2013\"}", `line 2, column 13: Version is "2012-10-17" or "2008-10-17", not the text "2013"; it is the version of the policy language`},
		{`{"Statement": {"Effect": "allow", "Action": "*"}}`, `line 1, column 26: Effect is "Allow" or "Deny", not the text "allow"; case matters`},
		{`{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"StringEqual": {"a:b": "c"}}}}`, `line 1, column 64: "StringEqual" is no condition operator; the nearest is StringEquals`},
		{`{"Statement": {"Effect": "Allow", "Action": "GetItem"}}`, `line 1, column 45: action "GetItem" is not of the form service:Action, such as dynamodb:GetItem`},
		{`{"Statement": {"Effect": "Allow", "Effect": "Deny"}}`, `line 1, column 35: "Effect" is written twice`},
		{`{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}}`, `line 1, column 15: the statement has both Action and NotAction; it can have one of them`},
		{`{"Statement": []} x`, `line 1, column 19: something follows the end of the document`},
	} {
		_, err := iam.Parse([]byte(c.document))
		var syntax *iam.SyntaxError
		if !errors.As(err, &syntax) || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.document, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["*","111122223333"]},"Action":["dynamodb:*"],"Resource":"arn:aws:dynamodb:*:*:table/${aws:username, 'x'}","Condition":{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["${aws:userid}*"]},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Null":{"aws:TokenIssueTime":true}}}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		p, err := iam.Parse(document)
		if err != nil {
			var syntax *iam.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 {
				t.Errorf("an error without a position: %v", err)
			}
			return
		}
		p.Lint(iam.ResourcePolicy)
		iam.Decide(iam.Request{
			Principal: iam.MustPrincipal("arn:aws:iam::111122223333:user/u"), Action: "dynamodb:GetItem",
			Resource: "arn:aws:dynamodb:eu-west-1:111122223333:table/t", Context: iam.NewContext().With("aws:username", "u").Open(),
		}, iam.Policies{Identity: []*iam.Policy{p}, Resource: p})
	})
}
