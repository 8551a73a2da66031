package trail

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func read(t *testing.T, data []byte) (records []*Record, bad []string, err error) {
	t.Helper()
	err = Read(bytes.NewReader(data), func(r *Record) { records = append(records, r) }, func(n int, err error) { bad = append(bad, fmt.Sprintf("%d: %v", n, err)) })
	return records, bad, err
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const record = `{"eventVersion":"1.08","eventID":"e1","eventTime":"2026-11-20T10:00:00Z","eventSource":"rds.amazonaws.com","eventName":"DeleteDBInstance",
"awsRegion":"eu-west-1","recipientAccountId":"111122223333","requestParameters":{"dBInstanceIdentifier":"orders","skipFinalSnapshot":true},
"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/app/s","accountId":"111122223333","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/app"}}}}`

func TestForms(t *testing.T) {
	for name, data := range map[string][]byte{
		"a record":          []byte(record),
		"as delivered":      []byte(`{"Records":[` + record + `]}`),
		"gzipped":           gzipped(t, `{"Records":[`+record+`]}`),
		"an array":          []byte("[" + record + "]"),
		"the event history": []byte(fmt.Sprintf(`{"Events":[{"EventName":"DeleteDBInstance","CloudTrailEvent":%q}]}`, strings.ReplaceAll(record, "\n", ""))),
	} {
		records, bad, err := read(t, data)
		if err != nil || len(bad) > 0 || len(records) != 1 {
			t.Errorf("%s: %d records, %v, %v", name, len(records), bad, err)
			continue
		}
		r := records[0]
		if p := r.UserIdentity.Principal(); p != "arn:aws:iam::111122223333:role/app" {
			t.Errorf("%s: the principal is %s", name, p)
		}
		acts, why := r.Acts()
		if want := (Act{Action: "rds:DeleteDBInstance", Resource: "arn:aws:rds:eu-west-1:111122223333:db:orders"}); why != "" || len(acts) != 1 || acts[0] != want {
			t.Errorf("%s: %v %s", name, acts, why)
		}
	}
	records, _, err := read(t, []byte(record+"\n"+record+"\n"))
	if err != nil || len(records) != 2 {
		t.Errorf("a record a line: %d, %v", len(records), err)
	}
}

func TestBadInput(t *testing.T) {
	records, bad, err := read(t, []byte(`{"Records":[{"eventTime":7},`+record+`,{"eventName":"x"}]}`))
	if err != nil || len(records) != 1 || len(bad) != 2 || !strings.HasPrefix(bad[0], "1: ") || !strings.HasPrefix(bad[1], "3: ") {
		t.Errorf("%d records, bad %q, %v", len(records), bad, err)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"cut":           {[]byte(record[:200]), "ends in the middle"},
		"cut gzip":      {gzipped(t, record)[:60], "record 1"},
		"no gzip":       {[]byte{0x1f, 0x8b, 0, 0}, "begins as gzip"},
		"no JSON":       {[]byte("version account-id"), "record 1"},
		"another value": {[]byte("7"), "no object"},
	} {
		if _, _, err := read(t, c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestActs(t *testing.T) {
	for _, c := range []struct{ source, name, parameters, more, want string }{
		{"dynamodb", "GetItem", `{"tableName":"orders"}`, `,"resources":[{"type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}]`, "dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
		{"dynamodb", "DeleteTable", `{"tableName":"orders"}`, "", "dynamodb:DeleteTable arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
		{"dynamodb", "DeleteTable", `{"tableName":"arn:aws:dynamodb:us-east-1:111122223333:table/far"}`, "", "dynamodb:DeleteTable arn:aws:dynamodb:us-east-1:111122223333:table/far"},
		{"secretsmanager", "GetSecretValue", `{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"}`, "", "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"},
		{"s3", "HeadObject", `{"bucketName":"exports","key":"a/b.parquet"}`, "", "s3:GetObject arn:aws:s3:::exports/a/b.parquet"},
		{"s3", "ListObjectsV2", `{"bucketName":"exports"}`, "", "s3:ListBucket arn:aws:s3:::exports"},
		{"lambda", "Invoke", `{"functionName":"f"}`, "", "none: no action is known"},
		{"lambda", "GetFunction20150331v2", `{"functionName":"f"}`, "", "lambda:GetFunction arn:aws:lambda:eu-west-1:111122223333:function:f"},
		{"monitoring", "PutMetricData", `null`, "", "cloudwatch:PutMetricData *"},
		{"rds", "DescribeDBEngineVersions", `null`, "", "rds:DescribeDBEngineVersions"},
		{"dynamodb", "ExecuteStatement", `{}`, "", "none: the record does not say what"},
		{"nosuch", "Do", `{}`, "", "none: the actions of nosuch are not known here"},
		{"rds", "DeleteDBInstance", `"HIDDEN_DUE_TO_SECURITY_REASONS"`, "", "rds:DeleteDBInstance * assumed"},
		{"dynamodb", "DeleteTable", `{"tableName":"a*"}`, "", "dynamodb:DeleteTable * assumed"},
	} {
		text := fmt.Sprintf(`{"eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":"eu-west-1","recipientAccountId":"111122223333","requestParameters":%s%s}`, c.source, c.name, c.parameters, c.more)
		records, bad, err := read(t, []byte(text))
		if err != nil || len(records) != 1 {
			t.Errorf("%s: %v %v", text, bad, err)
			continue
		}
		acts, why := records[0].Acts()
		got := "none: " + why
		if len(acts) > 0 {
			got = acts[0].Action + " " + acts[0].Resource
			if acts[0].Assumed {
				got += " assumed"
			}
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %s: %s, want %s", c.source, c.name, c.parameters, got, c.want)
		}
	}
}

func TestDenied(t *testing.T) {
	for code, want := range map[string]bool{
		"": false, "AccessDenied": true, "AccessDeniedException": true, "Client.UnauthorizedOperation": true, "ThrottlingException": false, "com.amazon.coral.service#AccessDeniedException": true,
	} {
		if r := (&Record{ErrorCode: code}); r.Denied() != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

// The logs of real attacks, where they are beside the project: each record is read, and most are told as actions.
func TestRealRecords(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/conformance/watch/stratus/*")
	if len(files) == 0 {
		t.Skip("the folder with recorded attacks is not beside the project")
	}
	records, told := 0, 0
	for _, name := range files {
		if filepath.Ext(name) != ".json" {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list, bad, err := read(t, data)
		if err != nil || len(bad) > 0 {
			t.Errorf("%s: %v %v", name, bad, err)
		}
		for _, r := range list {
			records++
			if _, why := r.Acts(); why == "" {
				told++
			} else {
				t.Logf("%s %s: %s", r.EventSource, r.EventName, why)
			}
		}
	}
	t.Logf("%d of %d records are told as actions", told, records)
	if records == 0 || told*10 < records*9 {
		t.Errorf("only %d of %d records are told as actions", told, records)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(record))
	f.Add([]byte(`{"Records":[` + record + `]}`))
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = Read(bytes.NewReader(data), func(r *Record) {
			acts, why := r.Acts()
			for _, a := range acts {
				if a.Action == "" || a.Resource == "" || why != "" {
					t.Errorf("%+v %q", a, why)
				}
			}
		}, func(int, error) {})
	})
}
