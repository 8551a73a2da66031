package iam_test

import (
	"testing"

	"github.com/baileydb/bailey/iam"
)

// BenchmarkDecide decides the requests of the guide's cases, with their policies read before.
func BenchmarkDecide(b *testing.B) {
	var read []iam.Case
	for _, file := range []string{"testdata/guide/dynamodb.jsonl", "testdata/guide/rds.jsonl", "testdata/guide/mfa.jsonl", "testdata/guide/misc.jsonl"} {
		for c := range cases(b, file) {
			parsed, err := iam.ParseCase(c.Case)
			if err != nil {
				b.Fatal(err)
			}
			read = append(read, parsed)
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c := &read[i%len(read)]
		iam.Decide(c.Request, c.Policies)
		i++
	}
}
