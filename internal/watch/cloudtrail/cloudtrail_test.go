package cloudtrail_test

import (
	"testing"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/cloudtrail"
	"github.com/baileydb/bailey/internal/watch/feedtest"
)

// FuzzRead reads anything as records: what is read ends within it, and what was found can be told.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"Records":[{"eventID":"1","eventTime":"2026-11-23T12:00:00Z","eventSource":"rds.amazonaws.com","eventName":"DeleteDBInstance","userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"arn":"a"}}}}]}`,
		`{"Events":[{"CloudTrailEvent":"{\"eventName\":\"a\"}"}]}`, `[{"eventname":"a","eventTime":"x"}]`, `{"eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}}`,
		`{"eventType":"AwsVpceEvent","eventName":"a","errorCode":1}`, `{"eventName":"a","responseElements":{"ConsoleLogin":"Failure"}}`, `{"Records":[{"eventName":"a"`, `{"Records":[`, `{`, ``,
	} {
		f.Add(s)
	}
	g := feedtest.Engine(f, "cloudtrail", "e.text('eventID') + who")
	f.Fuzz(func(t *testing.T, s string) {
		run := g.NewRun()
		n, end, _ := cloudtrail.NewReader("f", run.Part()).Read(s, 0)
		if end < 0 || end > len(s) || n < 0 || n > int64(len(s)) {
			t.Errorf("%d records end at %d of %d", n, end, len(s))
		}
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}
