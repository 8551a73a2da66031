package feed_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
)

// TestGuardDuty reads findings into the SDK's own type: nothing of what it has a place for is lost.
func TestGuardDuty(t *testing.T) {
	for name, text := range map[string]string{
		"call":  `{"eventID": "e1", "eventTime": "2026-11-23T12:00:00Z", "eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "sourceIPAddress": "198.51.100.7", "userIdentity": {"type": "IAMUser", "userName": "mallory", "accessKeyId": "AKIAEXAMPLE"}, "requestParameters": {"name": "main"}}`,
		"query": `{"query_name": "moneropool.ru.", "query_timestamp": "2026-11-23T12:00:00Z", "srcaddr": "10.0.0.1", "srcids": {"instance": "i-1"}, "account_id": "111122223333", "region": "eu-west-1"}`,
		"flow":  "2 111122223333 eni-1 198.51.100.7 10.0.0.1 50000 3306 6 10 840 1700000000 1700000060 ACCEPT OK\n",
	} {
		found, _ := find(t, engine(t), []byte(text))
		if len(found) != 1 {
			t.Fatalf("%s: %+v", name, found)
		}
		b, err := json.Marshal(found[0].GuardDuty())
		if err != nil {
			t.Fatal(err)
		}
		var f types.Finding
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.DisallowUnknownFields()
		if err := d.Decode(&f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := f.Service
		switch {
		case aws.ToString(f.AccountId) != "111122223333", aws.ToString(f.Id) != found[0].ID, aws.ToString(f.Type) != found[0].Type, aws.ToFloat64(f.Severity) != found[0].Severity.Score, aws.ToInt32(s.Count) != 1:
			t.Errorf("%s: %s", name, b)
		case name == "call" && (aws.ToString(s.Action.AwsApiCallAction.Api) != "StopLogging" || aws.ToString(f.Resource.AccessKeyDetails.UserName) != "mallory"),
			name == "query" && aws.ToString(s.Action.DnsRequestAction.Domain) != "moneropool.ru",
			name == "flow" && aws.ToInt32(s.Action.NetworkConnectionAction.LocalPortDetails.Port) != 3306:
			t.Errorf("%s: %s", name, b)
		}
		var more struct{ Events []string }
		if err := json.Unmarshal([]byte(aws.ToString(s.AdditionalInfo.Value)), &more); err != nil || len(more.Events) != 1 || name == "call" && more.Events[0] != "e1" {
			t.Errorf("%s: the events are lost: %v", name, err)
		}
	}
}
