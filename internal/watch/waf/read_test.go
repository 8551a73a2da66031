package waf_test

import (
	"testing"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feedtest"
	"github.com/baileydb/bailey/internal/watch/waf"
)

// FuzzRead reads anything as a record.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"timestamp":1763899200000,"webaclId":"arn:aws:wafv2:r:1:x","terminatingRuleId":"d","action":"ALLOW","labels":[{"name":"l"}],"httpRequest":{"clientIp":"1.2.3.4","headers":[{"name":"Host","value":"h"}],"uri":"/","httpMethod":"GET","requestId":"i"}}`, `{"webaclId":"::::","httpRequest":1}`, `{"webaclId":"a","httpRequest":{"headers":[1,{}]},"labels":[0],"timestamp":"x"}`, `{`, ``} {
		f.Add(s)
	}
	g := feedtest.Engine(f, "waf", "e.uri")
	f.Fuzz(func(_ *testing.T, s string) {
		run := g.NewRun()
		_ = waf.Read("f", s, run.Part()) // no record is an answer; a panic is none
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}
