package dns_test

import (
	"testing"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/dns"
	"github.com/baileydb/bailey/internal/watch/feedtest"
)

// FuzzRead reads anything as a query.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"version":"1.100000","account_id":"1","region":"r","vpc_id":"v","query_timestamp":"2026-11-23T12:00:00Z","query_name":"a.b.example.","query_type":"A","rcode":"NOERROR","answers":[{"Rdata":"10.0.0.9"}],"srcaddr":"10.0.0.1","srcids":{"instance":"i"},"firewall_rule_action":"BLOCK"}`,
		`{"query":{"hostname":"A..b","type":"A"},"time":1700000000000,"answers":[{"rdata":"x"},1]}`, `{"query_name":".","answers":{}}`, `{"query_name":"\u0000","query_timestamp":1}`, `{"query_name":"a"`,
	} {
		f.Add(s)
	}
	g := feedtest.Engine(f, "dns", "e.name + e.parent + string(e.entropy) + e.firewall")
	f.Fuzz(func(t *testing.T, s string) {
		run := g.NewRun()
		if s == "" || s[0] != 0x7b {
			return // the reader is asked of objects alone
		}
		if end, _ := dns.NewReader("f", run.Part()).Read(s, 0); end < 0 || end > len(s) {
			t.Errorf("it ends at %d of %d", end, len(s))
		}
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}
