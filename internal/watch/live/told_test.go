package live_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/watch/live"
)

const (
	created = `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-11-23T12:00:00.000Z","eventName":"ObjectCreated:Put","s3":{"s3SchemaVersion":"1.0","bucket":{"name":"trail","arn":"arn:aws:s3:::trail"},"object":{"key":"AWSLogs/a+b%2Bc/x%3D1.json.gz","size":1024}}},{"eventName":"ObjectCreated:CompleteMultipartUpload","s3":{"bucket":{"name":"trail"},"object":{"key":"second"}}}]}`
	bridge  = `{"version":"0","id":"x","detail-type":"Object Created","source":"aws.s3","account":"111122223333","detail":{"version":"0","bucket":{"name":"trail"},"object":{"key":"AWSLogs/a+b%2Bc.json.gz","size":5},"reason":"PutObject"}}`
	own     = `{"s3Bucket":"trail","s3ObjectKey":["AWSLogs/1.json.gz","AWSLogs/2.json.gz"]}`
)

func topic(message string) string {
	text, err := json.Marshal(map[string]any{"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": message, "Timestamp": "2026-11-23T12:00:00Z"})
	if err != nil {
		panic(err) // it is a map of texts
	}
	return string(text)
}

// TestTold reads what S3, EventBridge and CloudTrail say of new objects, through SNS or not, and refuses what says nothing of
// any: a message that is taken for done is a log that is never read.
func TestTold(t *testing.T) {
	for name, c := range map[string]struct{ body, want, fails string }{
		"S3":                      {created, "trail AWSLogs/a b+c/x=1.json.gz, trail second", ""},
		"S3 through SNS":          {topic(created), "trail AWSLogs/a b+c/x=1.json.gz, trail second", ""},
		"EventBridge":             {bridge, "trail AWSLogs/a+b%2Bc.json.gz", ""},
		"EventBridge through SNS": {topic(bridge), "trail AWSLogs/a+b%2Bc.json.gz", ""},
		"CloudTrail":              {own, "trail AWSLogs/1.json.gz, trail AWSLogs/2.json.gz", ""},
		"CloudTrail through SNS":  {topic(own), "trail AWSLogs/1.json.gz, trail AWSLogs/2.json.gz", ""},
		"S3's test":               {`{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-23T12:00:00Z","Bucket":"trail"}`, "", ""},
		"an object that went":     {strings.ReplaceAll(created, "ObjectCreated:", "ObjectRemoved:"), "", ""},
		"no JSON":                 {"hello", "", "tells of no object"},
		"something else":          {`{"a": 1}`, "", "no notification"},
		"another event":           {strings.Replace(bridge, "Object Created", "Object Deleted", 1), "", "no notification"},
		"no key":                  {strings.Replace(bridge, `"key"`, `"other"`, 1), "", "no bucket or no key"},
		"no bucket":               {strings.ReplaceAll(created, `"bucket"`, `"other"`), "", "no bucket or no key"},
		"a key that is no key":    {strings.Replace(created, "x%3D1", "x%3", 1), "", "the key"},
		"a topic in a topic":      {topic(topic(created)), "", "within a notification"},
		"a subscription":          {`{"Type":"SubscriptionConfirmation","Message":"You have chosen"}`, "", "no notification"},
	} {
		list, err := live.Told([]byte(c.body))
		var got []string
		for _, o := range list {
			got = append(got, o.Bucket+" "+o.Key)
		}
		if strings.Join(got, ", ") != c.want || (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

func TestParseS3(t *testing.T) {
	for text, want := range map[string]string{"s3://b/p/q": "b p/q <nil>", "s3://b": "b  <nil>", "s3://b/": "b  <nil>", "s3://": "", "b/p": "", "s3:///p": ""} {
		bucket, prefix, err := live.ParseS3(text)
		if got := fmt.Sprint(bucket, " ", prefix, " ", err); want != "" && got != want || want == "" && err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// FuzzTold reads anything; an object always has a bucket and a key.
func FuzzTold(f *testing.F) {
	for _, s := range []string{created, bridge, own, topic(created), topic(topic(own)), `{"Records":[{"eventName":"s3:ObjectCreated:Put","s3":{"object":{"key":"%zz"}}}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := live.Told(body)
		for _, o := range list {
			if o.Bucket == "" || o.Key == "" || err != nil {
				t.Errorf("%+v %v", o, err)
			}
		}
	})
}
