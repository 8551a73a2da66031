package feedtest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/feedtest"
)

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // they are maps and texts
	}
	return string(b)
}

func list(before, after string) func([]string) []byte {
	return func(items []string) []byte { return []byte(before + strings.Join(items, ",") + after) }
}

var trail = []string{
	`{"eventVersion": "1.11", "eventID": "1", "eventTime": "2026-11-23T12:00:00Z", "eventSource": "rds.amazonaws.com", "eventName": "DeleteDBInstance", "requestParameters": {"dBInstanceIdentifier": "orders"}}`,
	`{"eventVersion": "1.11", "eventID": "2", "eventTime": "2026-11-23T12:00:01Z", "eventSource": "rdsdata.amazonaws.com", "eventName": "ExecuteStatement", "eventCategory": "Data", "requestParameters": {"sql": "**********"}}`,
	`{"eventVersion": "1.11", "eventID": "3", "eventTime": "2026-11-23T12:00:02Z", "eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity", "eventSource": "kms.amazonaws.com", "eventName": "ListKeys", "errorCode": "VpceAccessDenied", "vpcEndpointId": "vpce-1"}`,
	`{"eventVersion": "1.11", "eventID": "4", "eventTime": "2026-11-23T12:00:03Z", "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight", "insightDetails": {"state": "Start", "eventSource": "rds.amazonaws.com", "eventName": "DeleteDBInstance"}}`,
}

func quoted(items []string, each func(i int, item string) any, before, after string) []byte {
	var out []string
	for i, item := range items {
		out = append(out, text(each(i, item)))
	}
	return list(before, after)(out)
}

// group is what CloudWatch Logs sends to a subscription.
func group(name string) func([]string) []byte {
	return func(items []string) []byte {
		return quoted(items, func(i int, item string) any {
			return map[string]any{"id": fmt.Sprint(i), "timestamp": 1763899200000 + i, "message": item}
		},
			`{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination"}]}`+
				`{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"`+name+`","logStream":"s","subscriptionFilters":["all"],"logEvents":[`, "]}")
	}
}

func export(items []string) []byte {
	out := ""
	for i, item := range items {
		out += fmt.Sprintf("2026-11-23T12:01:%02d.123Z %s\n", i%60, item)
	}
	return []byte(out)
}

func trailCases() map[string]feedtest.Case {
	out := map[string]feedtest.Case{}
	for name, write := range map[string]func([]string) []byte{
		"as delivered": list(`{"Records":[`, `]}`), "a list": list("[", "]"), "a line each": feedtest.Lines, "one after the other": func(items []string) []byte { return []byte(strings.Join(items, "")) },
		"event history": func(items []string) []byte {
			return quoted(items, func(i int, item string) any { return map[string]any{"EventId": fmt.Sprint(i), "CloudTrailEvent": item} }, `{"Events":[`, `]}`)
		},
		"Lake": func(items []string) []byte {
			return quoted(items, func(_ int, item string) any {
				return []any{map[string]any{"eventTime": "x"}, map[string]any{"eventJson": item}}
			}, `{"QueryStatus":"FINISHED","QueryResultRows":[`, `]}`)
		},
		"Lake's CSV": func(items []string) []byte {
			out := "\"eventTime\",\"eventJson\"\n"
			for _, item := range items {
				out += "\"2026-11-23 12:00:00.000\",\"" + strings.ReplaceAll(item, `"`, `""`) + "\"\n"
			}
			return []byte(out)
		},
		"EventBridge": func(items []string) []byte {
			var out []string
			for _, item := range items {
				out = append(out, `{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.rds","detail":`+item+`}`)
			}
			return feedtest.Lines(out)
		},
		"CloudWatch subscription": group("trail"), "CloudWatch export": export,
		"CloudWatch printed": func(items []string) []byte {
			return quoted(items, func(i int, item string) any {
				return map[string]any{"logStreamName": "s", "timestamp": i, "message": item, "ingestionTime": i, "eventId": fmt.Sprint(i)}
			}, `{"events":[`, `],"searchedLogStreams":[]}`)
		},
		"CloudWatch Insights": func(items []string) []byte {
			return quoted(items, func(_ int, item string) any {
				return []any{map[string]any{"field": "@timestamp", "value": "x"}, map[string]any{"field": "@message", "value": item}}
			}, `{"results":[`, `],"statistics":{"recordsMatched":1},"status":"Complete"}`)
		},
		"with digests between": func(items []string) []byte {
			return append([]byte(`{"awsAccountId":"1","digestStartTime":"x","digestS3Object":"o","logFiles":[{"s3Object":"a"}]}`), feedtest.Lines(items)...)
		},
	} {
		c := feedtest.Case{Log: "cloudtrail", Of: "e.text('eventID')", Items: trail, Want: []string{"1", "2", "3", "4"}, Write: write}
		if name == "as delivered" {
			c.Odd = []byte(strings.ReplaceAll(string(write(trail)), `"eventVersion"`, `"neverSeen": {"a": [1, {}]}, "eventVersion"`))
		}
		out["cloudtrail "+name] = c
	}
	return out
}

func flowCases() map[string]feedtest.Case {
	items := []string{
		"2 111122223333 eni-1 198.51.100.7 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 ACCEPT OK",
		"2 111122223333 eni-1 198.51.100.8 10.0.0.1 50001 3306 6 10 840 1700000000 1700000060 REJECT OK",
		"2 unknown eni-2 2001:db8::1 2001:db8::2 50002 5432 6 10 840 1700000060 1700000120 ACCEPT OK",
	}
	want := []string{"198.51.100.7 10.0.0.1:3306", "198.51.100.8 10.0.0.1:3306", "2001:db8::1 2001:db8::2:5432"}
	of := "e.srcaddr + ' ' + e.dstaddr + ':' + string(e.dstport)"
	format := "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
	out := map[string]feedtest.Case{
		"flowlog version 2":     {Write: feedtest.Lines},
		"flowlog subscription":  {Write: group("flows")},
		"flowlog export":        {Write: export},
		"flowlog with a header": {Write: func(items []string) []byte { return append([]byte(format+"\n"), feedtest.Lines(items)...) }},
		"flowlog with a format": {Write: feedtest.Lines, Options: feed.Options{FlowFormat: "${" + strings.ReplaceAll(format, " ", "} ${") + "}"}},
		"flowlog through Firehose": {Write: func(items []string) []byte {
			return quoted(items, func(_ int, item string) any { return map[string]any{"message": item} }, "[", "]")
		}},
	}
	header := strings.NewReplacer("srcaddr", "srcaddr never-seen", "version", "version", "log-status", "log-status encryption-status").Replace(format)
	odd := header + "\n"
	for _, item := range items {
		f := strings.Fields(item)
		f[3] += " x"
		odd += strings.Join(f, " ") + " 2\n"
	}
	for name, c := range out {
		c.Log, c.Of, c.Items, c.Want = "flowlog", of, items, want
		if name == "flowlog with a header" {
			c.Odd = []byte(odd)
		}
		out[name] = c
	}
	return out
}

func otherCases() map[string]feedtest.Case {
	query := func(name, more string) string {
		return `{"version":"1.100000","account_id":"111122223333","region":"eu-west-1","vpc_id":"vpc-1","query_timestamp":"2026-11-23T12:00:00Z","query_name":"` + name + `.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"10.0.0.9","Type":"A","Class":"IN"}],"srcaddr":"10.0.0.1","srcport":"5","transport":"UDP","srcids":{"instance":"i-1"}` + more + `}`
	}
	dns := []string{query("a.example", ""), query("b.example", `,"firewall_rule_group_id":"g","firewall_rule_action":"BLOCK","firewall_domain_list_id":"l"`)}
	request := func(id string) string {
		return `{"timestamp":1763899200000,"formatVersion":1,"webaclId":"arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1","terminatingRuleId":"Default_Action","action":"ALLOW","httpSourceName":"ALB","labels":[{"name":"l"}],"httpRequest":{"clientIp":"198.51.100.7","country":"DE","headers":[{"name":"Host","value":"h"}],"uri":"/` + id + `","args":"q=secret","httpMethod":"GET","requestId":"` + id + `"}}`
	}
	guard := func(n string) string {
		return `{"time":"2026-11-23T12:00:00.5Z","who":"ann","action":"GetItem","resource":"orders","verdict":"allowed","hash":"h` + n + `","prev":"p` + n + `"}`
	}
	out := map[string]feedtest.Case{}
	for name, write := range map[string]func([]string) []byte{"lines": feedtest.Lines, "subscription": group("g"), "list": list("[", "]"), "export": export} {
		out["dns "+name] = feedtest.Case{
			Log: "dns", Of: "e.name + ' ' + e.firewall", Items: dns, Want: []string{"a.example ", "b.example BLOCK"}, Write: write,
			Odd: []byte(query("a.example", `,"never_seen":[{}]`) + query("b.example", `,"firewall_rule_action":"BLOCK","x":null`)),
		}
		out["waf "+name] = feedtest.Case{
			Log: "waf", Of: "e.uri", Items: []string{request("a"), request("b")}, Want: []string{"/a", "/b"}, Write: write,
			Odd: []byte(strings.ReplaceAll(request("a")+request("b"), `"formatVersion"`, `"neverSeen":{},"formatVersion"`)),
		}
		out["guard "+name] = feedtest.Case{
			Log: "guard", Of: "e.who", Items: []string{guard("1"), guard("2")}, Want: []string{"ann", "ann"}, Write: write,
			Odd: []byte(strings.ReplaceAll(guard("1")+guard("2"), `"who"`, `"never_seen":{},"who"`)),
		}
	}
	return out
}

// TestDecoders runs what every decoder has to do over every log in every form.
func TestDecoders(t *testing.T) {
	tried := 0
	for _, cases := range []map[string]feedtest.Case{trailCases(), flowCases(), parquetCases(t), otherCases(), sqlCases()} {
		for name, c := range cases {
			tried++
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				feedtest.Run(t, c)
			})
		}
	}
	if tried < 30 {
		t.Errorf("%d forms were tried", tried)
	}
}
