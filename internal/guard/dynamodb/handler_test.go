package dynamodb

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/internal/guard"
	"github.com/baileydb/bailey/internal/parts"
	"github.com/baileydb/bailey/internal/store"
)

// bench is a handler in front of DynamoDB Local, with one person who may do everything.
type stand struct {
	t       *testing.T
	handler *Handler
	server  *httptest.Server
	creds   *guard.Credentials
	direct  *dynamodb.Client
	folder  string
}

func newStand(t *testing.T) *stand {
	t.Helper()
	endpoint := parts.DynamoDB(t, "../../..")
	x := &stand{t: t, folder: filepath.Join(t.TempDir(), "audit")}
	x.direct = dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("up", "up", "")})
	_, err := x.direct.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("orders"), BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "bailey.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	i := &guard.Identities{Store: s, Key: guard.NewKey(), Now: time.Now, Account: "111122223333"}
	allow := json.RawMessage(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}}`)
	if _, err := i.Enroll(t.Context(), &store.Identity{Kind: store.User, Name: "ann", Policies: map[string]store.Grant{"all": {Policy: allow}}}, "a long password", false); err != nil {
		t.Fatal(err)
	}
	if x.creds, err = i.LogIn(t.Context(), "ann", "a long password", "", "127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	audit, err := guard.OpenAudit(x.folder, i.Key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	x.handler = &Handler{
		Name: "db", Region: "eu-west-1", Account: "111122223333", Identities: i, Rules: &guard.Rules{Destroyers: []string{"db-admin"}}, Limits: &guard.Limits{}, Audit: audit,
		Tables: map[string]*Table{}, Default: "confidential", Raw: x.direct, Sealed: x.direct, Now: time.Now, Metrics: NewMetrics(), Log: func(text string) { t.Log(text) },
	}
	x.server = httptest.NewServer(x.handler)
	t.Cleanup(x.server.Close)
	return x
}

// request is a signed request. change may break it after it was signed.
type request struct {
	target string
	body   []byte
	at     time.Time
	before func(*http.Request) // before it is signed
	after  func(*http.Request)
}

func (x *stand) do(r request) (status int, kind string, body []byte) {
	x.t.Helper()
	if r.at.IsZero() {
		r.at = time.Now()
	}
	q, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.server.URL+"/", bytes.NewReader(r.body))
	if err != nil {
		x.t.Fatal(err)
	}
	q.Header.Set("X-Amz-Target", "DynamoDB_20120810."+r.target)
	q.Header.Set("Content-Type", "application/x-amz-json-1.0")
	if r.before != nil {
		r.before(q)
	}
	sum := sha256.Sum256(r.body)
	c := aws.Credentials{AccessKeyID: x.creds.AccessKeyID, SecretAccessKey: x.creds.SecretAccessKey, SessionToken: x.creds.SessionToken}
	if err := v4.NewSigner().SignHTTP(x.t.Context(), c, q, hex.EncodeToString(sum[:]), "dynamodb", "eu-west-1", r.at); err != nil {
		x.t.Fatal(err)
	}
	if r.after != nil {
		r.after(q)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		x.t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	if body, err = io.ReadAll(answer.Body); err != nil {
		x.t.Fatal(err)
	}
	if want := fmt.Sprint(crc32.ChecksumIEEE(body)); answer.Header.Get("X-Amz-Crc32") != want {
		x.t.Errorf("the checksum is %s, not %s", answer.Header.Get("X-Amz-Crc32"), want)
	}
	var f struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal(body, &f) // an answer may have none
	_, kind, _ = strings.Cut(f.Type, "#")
	return answer.StatusCode, kind, body
}

const list = `{"Limit": 10}`

// TestSignatures takes requests as they were signed, in every way that clients send them, and refuses every other.
func TestSignatures(t *testing.T) {
	x := newStand(t)
	body := []byte(list)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body)
	_ = z.Close()
	for name, c := range map[string]struct {
		request
		want string
	}{
		"as signed":                 {request{body: body}, ""},
		"chunked":                   {request{body: body, before: func(q *http.Request) { q.ContentLength = -1 }}, ""},
		"compressed":                {request{body: packed.Bytes(), before: func(q *http.Request) { q.Header.Set("Content-Encoding", "gzip") }}, ""},
		"spaces in a header":        {request{body: body, before: func(q *http.Request) { q.Header.Set("X-Amz-Meta", "a   b") }}, ""},
		"four minutes old":          {request{body: body, at: time.Now().Add(-4 * time.Minute)}, ""},
		"six minutes old":           {request{body: body, at: time.Now().Add(-6 * time.Minute)}, "InvalidSignatureException"},
		"six minutes early":         {request{body: body, at: time.Now().Add(6 * time.Minute)}, "InvalidSignatureException"},
		"another body":              {request{body: body, after: func(q *http.Request) { q.Body = io.NopCloser(strings.NewReader(`{"Limit": 11}`)) }}, "InvalidSignatureException"},
		"another operation":         {request{body: body, after: func(q *http.Request) { q.Header.Set("X-Amz-Target", "DynamoDB_20120810.DeleteTable") }}, "InvalidSignatureException"},
		"another host":              {request{body: body, after: func(q *http.Request) { q.Host = "elsewhere" }}, "InvalidSignatureException"},
		"another token":             {request{body: body, after: func(q *http.Request) { q.Header.Set("X-Amz-Security-Token", "x") }}, "UnrecognizedClientException"},
		"no token":                  {request{body: body, after: func(q *http.Request) { q.Header.Del("X-Amz-Security-Token") }}, "IncompleteSignatureException"},
		"another time":              {request{body: body, after: func(q *http.Request) { q.Header.Set("X-Amz-Date", time.Now().Add(time.Minute).UTC().Format(timeForm)) }}, "InvalidSignatureException"},
		"another day":               {request{body: body, after: func(q *http.Request) { q.Header.Set("X-Amz-Date", "20200101T000000Z") }}, "IncompleteSignatureException"},
		"no signature":              {request{body: body, after: func(q *http.Request) { q.Header.Del("Authorization") }}, "MissingAuthenticationTokenException"},
		"a target that is unsigned": {request{body: body, after: unsign("x-amz-target")}, "IncompleteSignatureException"},
		"a host that is unsigned":   {request{body: body, after: unsign("host")}, "IncompleteSignatureException"},
		"one digit changed": {request{body: body, after: func(q *http.Request) {
			h := q.Header.Get("Authorization")
			q.Header.Set("Authorization", h[:len(h)-1]+string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", h[len(h)-1])+1)%16]))
		}}, "InvalidSignatureException"},
		"a body said to be unsigned": {request{body: body, before: func(q *http.Request) { q.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }}, "InvalidSignatureException"},
		"a time twice":               {request{body: body, after: func(q *http.Request) { q.Header.Add("X-Amz-Date", "20200101T000000Z") }}, "IncompleteSignatureException"},
		"PartiQL":                    {request{target: "ExecuteStatement", body: []byte(`{"Statement": "SELECT * FROM orders"}`)}, "ValidationException"},
		"an unknown operation":       {request{target: "Explode", body: body}, "UnknownOperationException"},
		"an unknown member":          {request{body: []byte(`{"Limit": 1, "Surprise": 2}`)}, "SerializationException"},
		"no JSON":                    {request{body: []byte(`{"Limit": `)}, "SerializationException"},
		"a member of another type":   {request{body: []byte(`{"Limit": "1"}`)}, "SerializationException"},
		"another compression":        {request{body: body, before: func(q *http.Request) { q.Header.Set("Content-Encoding", "br") }}, "SerializationException"},
	} {
		if c.target == "" {
			c.target = "ListTables"
		}
		status, kind, text := x.do(c.request)
		if kind != c.want || (c.want == "") != (status == http.StatusOK) {
			t.Errorf("%s: %d %q, not %q: %s", name, status, kind, c.want, text)
		}
		if c.want == "" && !strings.Contains(string(text), `"TableNames":["orders"]`) {
			t.Errorf("%s: %s", name, text)
		}
	}
	// Every refusal of a signature is on record, without a secret.
	text, err := os.ReadFile(filepath.Join(x.folder, "audit-000001.jsonl"))
	if err != nil || !bytes.Contains(text, []byte("Signature expired")) || bytes.Contains(text, []byte(x.creds.SecretAccessKey)) || bytes.Contains(text, []byte(x.creds.SessionToken)) {
		t.Errorf("%v\n%s", err, text)
	}
}

// unsign takes a header from those that are said to be signed.
func unsign(name string) func(*http.Request) {
	return func(q *http.Request) {
		h := q.Header.Get("Authorization")
		h = strings.Replace(h, ";"+name, "", 1)
		h = strings.Replace(h, "SignedHeaders="+name+";", "SignedHeaders=", 1)
		q.Header.Set("Authorization", h)
	}
}

// TestReplays takes the same request again from the same place, as retries are, and refuses it from another.
func TestReplays(t *testing.T) {
	var r replays
	now := time.Now()
	for _, c := range []struct {
		from string
		want bool
	}{{"192.0.2.1", false}, {"192.0.2.1", false}, {"192.0.2.2", true}} {
		if got := r.elsewhere("a", c.from, now); got != c.want {
			t.Errorf("from %s: %v", c.from, got)
		}
	}
	for n := range 1000 {
		r.elsewhere(fmt.Sprint(n), "192.0.2.1", now)
	}
	r.elsewhere("later", "192.0.2.1", now.Add(3*maxSkew))
	if len(r.seen) != 1 {
		t.Errorf("%d signatures are remembered beyond their time", len(r.seen))
	}
}

// TestUnwritableAudit ends the audit's file: requests are denied, and nothing is done; where the listener says so, they pass.
func TestUnwritableAudit(t *testing.T) {
	x := newStand(t)
	if err := x.handler.Audit.Close(); err != nil {
		t.Fatal(err)
	}
	put := request{target: "PutItem", body: []byte(`{"TableName": "orders", "Item": {"id": {"S": "1"}}}`)}
	count := func() int {
		out, err := x.direct.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("orders")})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Items)
	}
	if status, kind, body := x.do(put); status != http.StatusServiceUnavailable || kind != "ServiceUnavailableException" || count() != 0 {
		t.Errorf("without a record: %d %s, %d items", status, body, count())
	}
	x.handler.Unaudited = true
	if status, _, body := x.do(put); status != http.StatusOK || count() != 1 {
		t.Errorf("where the listener lets it pass: %d %s, %d items", status, body, count())
	}
}

// TestDestructive says which requests need the role for destruction.
func TestDestructive(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		in   any
		want bool
	}{
		"delete a table":    {&dynamodb.DeleteTableInput{}, true},
		"delete an item":    {&dynamodb.DeleteItemInput{}, false},
		"recovery off":      {&dynamodb.UpdateContinuousBackupsInput{PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: &no}}, true},
		"recovery on":       {&dynamodb.UpdateContinuousBackupsInput{PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: &yes}}, false},
		"recovery unsaid":   {&dynamodb.UpdateContinuousBackupsInput{}, true},
		"protection off":    {&dynamodb.UpdateTableInput{DeletionProtectionEnabled: &no}, true},
		"protection on":     {&dynamodb.UpdateTableInput{DeletionProtectionEnabled: &yes}, false},
		"export":            {&dynamodb.ExportTableToPointInTimeInput{}, true},
		"items that end":    {&dynamodb.UpdateTimeToLiveInput{TimeToLiveSpecification: &types.TimeToLiveSpecification{Enabled: &yes}}, true},
		"a replica deleted": {&dynamodb.UpdateTableInput{ReplicaUpdates: []types.ReplicationGroupUpdate{{Delete: &types.DeleteReplicationGroupMemberAction{}}}}, true},
		"a look":            {&dynamodb.DescribeTableInput{}, false},
	} {
		if got := destructive(c.in); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestEveryOperation decodes an empty request for each operation and encodes an empty answer.
func TestEveryOperation(t *testing.T) {
	for name, o := range operations {
		in := o.input()
		if err := decode([]byte("{}"), in); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := reflect.TypeOf(in).Elem().Name(); got != name+"Input" {
			t.Errorf("%s takes %s", name, got)
		}
		_ = destructive(in)
		if list, f := accesses(in, func(string) string { return "id" }); f != nil && len(list) > 0 {
			t.Errorf("%s: %v", name, f)
		}
	}
}

const everything = `{"TableName":"t","Item":{"b":{"B":"AAH/"},"bs":{"BS":["AA==","/w=="]},"l":{"L":[{"S":"x"},{"NULL":true}]},"m":{"M":{"n":{"N":"1.50"}}},"ns":{"NS":["1","2"]},"s":{"S":"a \"quoted\" ü text\n"},"ss":{"SS":["a"]},"t":{"BOOL":true}},"ReturnValues":"ALL_OLD"}`

// TestCodec reads a request and writes it again: it is the same.
func TestCodec(t *testing.T) {
	var in dynamodb.PutItemInput
	if err := decode([]byte(everything), &in); err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal([]byte(everything), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encode(nil, reflect.ValueOf(&in)), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%v\n%v", err, got, want)
	}
	var export dynamodb.ExportTableToPointInTimeInput
	if err := decode([]byte(`{"ExportTime": 1700000000.5}`), &export); err != nil || export.ExportTime.UnixMilli() != 1700000000500 {
		t.Errorf("%v %v", export.ExportTime, err)
	}
	for _, bad := range []string{
		`{"Item": {"a": {}}}`, `{"Item": {"a": {"S": "x", "N": "1"}}}`, `{"Item": {"a": {"X": 1}}}`, `{"Item": {"a": {"N": 1}}}`, `{"Item": {"a": {"B": "*"}}}`, `{"Item": []}`,
		`{"tablename": "t"}`, `{"ResultMetadata": {}}`, `[]`, `{} {}`, `{"Item": ` + strings.Repeat(`{"a": {"M": `, 200) + `{}` + strings.Repeat(`}}`, 200) + `}`,
	} {
		var in dynamodb.PutItemInput
		if err := decode([]byte(bad), &in); err == nil {
			t.Errorf("%.60s is taken", bad)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(`{"TransactItems": [{"Put": {"Item": {"id": {"S": "1"}}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, in := range []any{&dynamodb.PutItemInput{}, &dynamodb.QueryInput{}, &dynamodb.TransactWriteItemsInput{}, &dynamodb.BatchGetItemInput{}, &dynamodb.UpdateItemInput{}} {
			if decode(data, in) != nil {
				continue
			}
			if list, f := accesses(in, func(string) string { return "id" }); f == nil {
				for _, a := range list {
					a.conditions(map[string][]string{})
				}
			}
			if text := encode(nil, reflect.ValueOf(in)); !json.Valid(text) {
				t.Errorf("%s", text)
			}
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=A/20261123/eu-west-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target, Signature="+strings.Repeat("0", 64), "20261123T120000Z", "t")
	f.Fuzz(func(t *testing.T, authorization, date, token string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header = http.Header{"Authorization": {authorization}, "X-Amz-Date": {date}, "X-Amz-Security-Token": {token}, "X-Amz-Target": {"DynamoDB_20120810.GetItem"}}
		c, bad := readClaim(r)
		if bad == nil && c.verify(r, nil, "a secret that nobody guesses", false) == nil {
			t.Error("it verifies")
		}
	})
}
