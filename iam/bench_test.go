package iam_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
	"github.com/baileydb/bailey/iam/iamtest"
	"github.com/baileydb/bailey/internal/principals"
)

// BenchmarkDecide decides generated requests, mixed, with their policies read before.
func BenchmarkDecide(b *testing.B) {
	var read []iam.Case
	for _, line := range iamtest.Cases(1, 12000) {
		c, err := iam.ParseCase(line)
		if err != nil {
			b.Fatal(err)
		}
		read = append(read, c)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c := &read[i%len(read)]
		iam.Decide(c.Request, c.Policies)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

// company makes a graph of principals as a company has them: users in groups, roles that some assume and that services run
// as, managed policies shared by many, boundaries on a few, and permissions that lead to others.
func company(tb testing.TB, n int) *iam.Graph {
	tb.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	parse := func(format string, args ...any) *iam.Policy {
		p, err := iam.Parse(fmt.Appendf(nil, format, args...))
		if err != nil {
			tb.Fatal(err)
		}
		return p
	}
	const account = "111122223333"
	managed := []*iam.Policy{parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["dynamodb:Get*","dynamodb:Query","rds:Describe*"],"Resource":"*"}}`)}
	for i := range 40 {
		managed = append(managed, parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:*Item","s3:GetObject"],"Resource":["arn:aws:dynamodb:*:*:table/team%d-*","arn:aws:s3:::team%d/*"]},{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::%s:role/team%d-*"}]}`, i, i, account, i))
	}
	managed = append(managed,
		parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}}`),
		parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`),
		parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	boundary := parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":["iam:*","rds:Delete*"],"Resource":"*"}}`)
	var all []*iam.Entity
	for i := range n {
		e := &iam.Entity{AllTags: true}
		team := i % 40
		e.Policies.Identity = []*iam.Policy{managed[0], managed[1+team]}
		if i%10 < 7 {
			e.Principal = iam.MustPrincipal(fmt.Sprintf("arn:aws:iam::%s:user/u%d", account, i))
			e.Groups = []string{fmt.Sprintf("arn:aws:iam::%s:group/team%d", account, team)}
		} else {
			e.Principal = iam.MustPrincipal(fmt.Sprintf("arn:aws:iam::%s:role/team%d-r%d", account, team, i))
			who := fmt.Sprintf(`{"AWS":"arn:aws:iam::%s:root"}`, account)
			if i%3 == 0 {
				who = `{"Service":"lambda.amazonaws.com"}`
			}
			e.Trust = parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":%s,"Action":"sts:AssumeRole"}}`, who)
		}
		switch r.IntN(100) {
		case 0:
			e.Policies.Identity = append(e.Policies.Identity, managed[len(managed)-1])
		case 1, 2, 3:
			e.Policies.Identity = append(e.Policies.Identity, managed[len(managed)-2])
		case 4, 5, 6:
			e.Policies.Identity = append(e.Policies.Identity, managed[len(managed)-3])
		case 7, 8, 9:
			e.Policies.Boundaries = []*iam.Policy{boundary}
		}
		all = append(all, e)
	}
	return iam.NewGraph(all, principals.Escalations())
}

// BenchmarkWhoCan asks of 1,000 principals who can do any of 50 actions to a database, chains and escalations included: each
// action by itself.
func BenchmarkWhoCan(b *testing.B) {
	g := company(b, 1000)
	var names []string
	for _, verb := range []string{"destroy", "weaken", "exfiltrate", "share"} {
		list, _ := actions.OfVerb(verb)
		for _, a := range list {
			if len(names) < 50 && a.Action[:4] == "rds:" {
				names = append(names, a.Action)
			}
		}
	}
	if len(names) < 50 {
		b.Fatalf("only %d actions", len(names))
	}
	found := 0
	for b.Loop() {
		found = 0
		for _, n := range names {
			q := iam.Question{Actions: []string{n}, Resource: "arn:aws:rds:eu-west-1:111122223333:db:orders", Account: "111122223333", Context: iam.NewContext().Open()}
			found += len(g.WhoCan(q))
		}
	}
	if found == 0 {
		b.Fatal("nobody can anything")
	}
	b.ReportMetric(float64(found), "found")
}
