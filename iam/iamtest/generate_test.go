package iamtest_test

import (
	"bytes"
	"testing"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/iamtest"
)

// Every case is one that AWS would take, and the verdicts are mixed: an evaluator that says the same of all would not agree.
func TestCases(t *testing.T) {
	verdicts := map[iam.Verdict]int{}
	const n = 5000
	for _, line := range iamtest.Cases(1, n) {
		c, err := iam.ParseCase(line)
		if err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		verdicts[iam.Decide(c.Request, c.Policies).Verdict]++
	}
	for _, v := range []iam.Verdict{iam.Allowed, iam.ImplicitDeny, iam.ExplicitDeny} {
		if verdicts[v] < n/8 {
			t.Errorf("of %d cases %d are %s", n, verdicts[v], v)
		}
	}
}

func TestCasesAreTheSameForASeed(t *testing.T) {
	a, b, c := iamtest.Cases(7, 50), iamtest.Cases(7, 50), iamtest.Cases(8, 50)
	same := 0
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			t.Errorf("case %d differs between two runs", i)
		}
		if bytes.Equal(a[i], c[i]) {
			same++
		}
	}
	if same > 5 {
		t.Errorf("%d of 50 cases are the same for another seed", same)
	}
}
