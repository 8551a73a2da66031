package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/baileydb/bailey/internal/guard"
	"github.com/baileydb/bailey/internal/parts"
)

// binary is bailey, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "bailey-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bailey")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "../../cmd/bailey").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// fort is a guard at work in front of DynamoDB Local, with people in it.
type fort struct {
	t        testing.TB
	bin, dir string
	direct   *dynamodb.Client
	process  *exec.Cmd
	url      string
	metrics  string
	said     *syncBuffer
	secrets  map[string]string // of second factors, by name
	used     string            // the last code that was taken
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

const fortPolicy = `
levels:
  - {name: public, means: Anyone.}
  - {name: confidential, means: Ours.}
  - {name: protected, means: Customers'.}
  - {name: secret, means: Cards.}
default_level: confidential
guard:
  account: "111122223333"
  metrics: 127.0.0.1:0
  listeners:
    - name: db
      protocol: dynamodb
      listen: 127.0.0.1:0
      region: eu-west-1
      upstream: UPSTREAM
      EXTRA
      tables:
        - name: orders
          partition_key: id
          TABLE
          keys: {file: dev.key}
          beacon_key: beacons.key
          attributes:
            card: {level: secret}
            note: {level: protected}
            amount: {level: confidential}
            blob: {level: protected}
            id: {level: public}
          beacons: [{attribute: card, bits: 8}]
`

const password = "a long password"

// newFort makes the table, the people and the guard. more are a line of the listener's configuration and one of the table's.
func newFort(t testing.TB, more ...string) *fort {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	endpoint := parts.DynamoDB(t, "../..")
	f := &fort{t: t, bin: bin, dir: t.TempDir(), secrets: map[string]string{}}
	f.direct = dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: awscredentials.NewStaticCredentialsProvider("upstream", "upstream", "")})
	for _, table := range []string{"orders", "plain"} {
		_, err = f.direct.CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName: &table, BillingMode: types.BillingModePayPerRequest,
			KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	f.write("bailey.yaml", strings.NewReplacer("UPSTREAM", endpoint, "EXTRA", append(more, "")[0], "TABLE", append(more, "", "")[1]).Replace(fortPolicy))
	f.write("all.json", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]}`)
	f.write("read.json", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:BatchGetItem"], "Resource": "arn:aws:dynamodb:*:*:table/orders",
		"Condition": {"StringEquals": {"bailey:Level": ["public", "confidential", "protected"]}}}]}`)
	f.write("own.json", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}}]}`)
	f.write("trust.json", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/dora"}, "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}`)
	for _, args := range [][]string{
		{"key", "new", "beacons.key"},
		{"group", "add", "analysts", "--policy", "read.json"},
		{"role", "add", "db-admin", "--trust", "trust.json", "--policy", "all.json"},
	} {
		f.run(nil, args...)
	}
	f.run(nil, "key", "new", "dev.key")
	text, err := os.ReadFile(filepath.Join(f.dir, "dev.key"))
	if err != nil {
		t.Fatal(err)
	}
	f.write("dev.key", strings.Replace(string(text), "{", `{"allow_secret": true,`, 1))
	f.user("ida", "--policy", "read.json", "--no-mfa") // an intern
	f.user("adam", "--policy", "all.json", "--no-mfa") // an admin without a second factor
	f.user("dora", "--policy", "all.json")             // an admin with one
	f.user("anna", "--group", "analysts", "--no-mfa")  // an analyst
	f.user("olga", "--policy", "own.json", "--no-mfa") // who may read her own items
	f.user("loader", "--policy", "all.json", "--no-mfa", "--service")
	return f
}

func (f *fort) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// command is bailey in the fort's folder.
func (f *fort) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(f.t.Context()), f.bin, args...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), append([]string{"AWS_ACCESS_KEY_ID=upstream", "AWS_SECRET_ACCESS_KEY=upstream", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}, env...)...)
	return cmd
}

func (f *fort) run(env []string, args ...string) string {
	f.t.Helper()
	var errs bytes.Buffer
	cmd := f.command(env, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		f.t.Fatalf("bailey %v: %v\n%s%s", args, err, out, errs.String())
	}
	return string(out)
}

// refused runs a command that must fail, and returns what it said.
func (f *fort) refused(env []string, args ...string) string {
	f.t.Helper()
	out, err := f.command(env, args...).CombinedOutput()
	if err == nil {
		f.t.Errorf("bailey %v did what it must not:\n%s", args, out)
	}
	return string(out)
}

func (f *fort) user(name string, more ...string) {
	f.t.Helper()
	out := f.run([]string{"BAILEY_PASSWORD=" + password}, append([]string{"user", "add", name, "--json"}, more...)...)
	var enrolled guard.Enrolled
	if err := json.Unmarshal([]byte(out), &enrolled); err != nil {
		f.t.Fatal(err)
	}
	f.secrets[name] = enrolled.Secret
}

var listens = regexp.MustCompile(`db listens at (http://\S+)`)

// start starts the guard and waits until it listens.
func (f *fort) start() {
	f.t.Helper()
	f.process = f.command(nil, "guard")
	f.said = &syncBuffer{}
	pipe, err := f.process.StderrPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.process.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(f.kill)
	lines := bufio.NewScanner(pipe)
	for f.metrics = ""; f.metrics == "" && lines.Scan(); {
		_, _ = f.said.Write(append(lines.Bytes(), '\n'))
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			f.url = m[1]
		}
		if _, at, ok := strings.Cut(lines.Text(), "metrics are at "); ok {
			f.metrics = at
		}
	}
	if f.url == "" {
		f.t.Fatalf("the guard does not listen:\n%s", f.said)
	}
	go func() {
		for lines.Scan() {
			_, _ = f.said.Write(append(lines.Bytes(), '\n'))
		}
	}()
}

func (f *fort) kill() {
	_ = f.process.Process.Kill()
	_ = f.process.Wait()
}

// end ends the guard as an operator does.
func (f *fort) end() {
	f.t.Helper()
	if err := f.process.Process.Signal(syscall.SIGTERM); err != nil {
		f.t.Fatal(err)
	}
	if err := f.process.Wait(); err != nil {
		f.t.Errorf("the guard ended with %v:\n%s", err, f.said)
	}
}

type creds struct{ AccessKeyId, SecretAccessKey, SessionToken string }

func (f *fort) login(name string) creds {
	f.t.Helper()
	env := []string{"BAILEY_PASSWORD=" + password, "BAILEY_GUARD=" + f.url}
	if s := f.secrets[name]; s != "" {
		f.used = f.code(name, 0)
		env = append(env, "BAILEY_CODE="+f.used)
	}
	return f.parse(f.run(env, "login", name, "--format", "json"))
}

func (f *fort) parse(out string) creds {
	f.t.Helper()
	var c creds
	if err := json.Unmarshal([]byte(out), &c); err != nil || c.SessionToken == "" {
		f.t.Fatalf("%s: %v", out, err)
	}
	return c
}

// code is a one-time code; steps later for one that was not used yet.
func (f *fort) code(name string, steps int) string {
	f.t.Helper()
	code, err := guard.Code(f.secrets[name], time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		f.t.Fatal(err)
	}
	return code
}

func (c creds) env() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + c.AccessKeyId, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey, "AWS_SESSION_TOKEN=" + c.SessionToken}
}

func (f *fort) client(c creds) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &f.url, Credentials: awscredentials.NewStaticCredentialsProvider(c.AccessKeyId, c.SecretAccessKey, c.SessionToken), RetryMaxAttempts: 1})
}

func texts(pairs ...string) map[string]types.AttributeValue {
	out := map[string]types.AttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &types.AttributeValueMemberS{Value: pairs[i+1]}
	}
	return out
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

// TestSDKs asks the guard with the AWS SDKs for Go, Python and JavaScript, unchanged; no plain text of a sealed attribute is in
// the table.
func TestSDKs(t *testing.T) {
	f := newFort(t)
	f.start()
	c := f.login("loader")
	db := f.client(c)
	item := texts("id", "g1", "card", "planted-card-g", "note", "planted-note")
	if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: item}); err != nil {
		t.Fatal(err)
	}
	got, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: texts("id", "g1")})
	if err != nil || got.Item["card"].(*types.AttributeValueMemberS).Value != "planted-card-g" {
		t.Fatalf("%v %v", got, err)
	}
	env := append(os.Environ(), append(c.env(), "AWS_ENDPOINT_URL_DYNAMODB="+f.url, "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)...)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(here, "..", "..")
	python := filepath.Join(root, ".cache", "moto", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	for name, cmd := range map[string][]string{
		"python":     {python, filepath.Join(here, "testdata", "client.py")},
		"javascript": {"node", filepath.Join(here, "testdata", "client.mjs"), filepath.Join(root, ".cache", "js")},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(cmd[0]); err != nil {
				t.Skipf("%s is not installed; scripts/test installs it", cmd[0])
			}
			p := exec.CommandContext(t.Context(), cmd[0], cmd[1:]...)
			p.Env = env
			if out, err := p.CombinedOutput(); err != nil {
				if bytes.Contains(out, []byte("No module named 'boto3'")) || bytes.Contains(out, []byte("Cannot find module")) {
					t.Skipf("the SDK is not installed; scripts/test installs it:\n%s", out)
				}
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	f.clear("planted-card")
	f.end()
	if out := f.run(nil, "audit", "verify"); !strings.Contains(out, "as they were written") {
		t.Error(out)
	}
	if out := f.run(nil, "audit", "--format", "json"); strings.Contains(out, "planted") || !strings.Contains(out, `"dynamodb:TransactWriteItems"`) {
		t.Errorf("the audit holds a value, or lacks a request:\n%.2000s", out)
	}
}

// clear looks for a text in the table as it lies there.
func (f *fort) clear(planted string) {
	f.t.Helper()
	n := 0
	for pages := dynamodb.NewScanPaginator(f.direct, &dynamodb.ScanInput{TableName: aws.String("orders")}); pages.HasMorePages(); {
		page, err := pages.NextPage(f.t.Context())
		if err != nil {
			f.t.Fatal(err)
		}
		for _, item := range page.Items {
			n++
			for name, v := range item {
				switch v := v.(type) {
				case *types.AttributeValueMemberS:
					if strings.Contains(v.Value, planted) {
						f.t.Errorf("%s is in the clear", name)
					}
				case *types.AttributeValueMemberB:
					if bytes.Contains(v.Value, []byte(planted)) {
						f.t.Errorf("%s is in the clear", name)
					}
				}
			}
		}
	}
	if n == 0 {
		f.t.Error("the table is empty")
	}
}

// dayCard is a card that must be in no record; it is long enough not to be in a hash by chance.
const dayCard = "4111-1111-1111-1111"

// TestDay is a day of a team: what each may do, what the audit holds of it, and that an edit of it is found.
func TestDay(t *testing.T) {
	f := newFort(t)
	f.start()
	put := f.client(f.login("loader"))
	if _, err := put.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: texts("id", "1", "card", dayCard, "note", "by hand")}); err != nil {
		t.Fatal(err)
	}
	drop := func(c creds, want string) {
		t.Helper()
		_, err := f.client(c).DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("plain")})
		if want == "" && err != nil || want != "" && (codeOf(err) != "AccessDeniedException" || !strings.Contains(err.Error(), want)) {
			t.Errorf("deleting the table: %v, not %q", err, want)
		}
	}
	// An intern and an admin without a second factor do not delete; nor does an admin with one, outside the role.
	drop(f.login("ida"), "role db-admin")
	drop(f.login("adam"), "role db-admin")
	dora := f.login("dora")
	drop(dora, "role db-admin")
	// Nobody without a second factor takes the role on, nor anybody whom its trust does not name, nor with a used code.
	env := func(c creds, code string) []string {
		return append(c.env(), "BAILEY_GUARD="+f.url, "BAILEY_CODE="+code)
	}
	if out := f.refused(env(f.login("adam"), "123456"), "assume", "db-admin", "--reason", "x"); !strings.Contains(out, "second factor") {
		t.Error(out)
	}
	if out := f.refused(env(dora, f.used), "assume", "db-admin", "--reason", "x"); !strings.Contains(out, "wrong") {
		t.Errorf("a code was taken twice: %s", out)
	}
	const role = 20 * time.Second
	assumed := time.Now()
	admin := f.parse(f.run(env(dora, f.code("dora", 1)), "assume", "db-admin", "--for", "20s", "--reason", "the old shop is gone", "--format", "json"))
	// An analyst reads items without what is above the level, and cannot look for it either.
	anna := f.client(f.login("anna"))
	got, err := anna.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: texts("id", "1")})
	if err != nil || got.Item["card"] != nil || got.Item["note"] == nil {
		t.Errorf("%v %v", got, err)
	}
	if _, err := anna.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("orders"), FilterExpression: aws.String("card = :c"), ExpressionAttributeValues: texts(":c", dayCard)}); codeOf(err) != "AccessDeniedException" {
		t.Errorf("a filter on what may not be read: %v", err)
	}
	if _, err := anna.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: texts("id", "2")}); codeOf(err) != "AccessDeniedException" {
		t.Errorf("%v", err)
	}
	// Olga reads items under her own name.
	olga := f.client(f.login("olga"))
	for id, want := range map[string]string{"olga": "<nil>", "1": "AccessDeniedException"} {
		if _, err := olga.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("plain"), Key: texts("id", id)}); codeOf(err) != want {
			t.Errorf("%s: %v", id, err)
		}
		if _, err := olga.Query(t.Context(), &dynamodb.QueryInput{TableName: aws.String("plain"), KeyConditionExpression: aws.String("id = :i"), ExpressionAttributeValues: texts(":i", id)}); codeOf(err) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
	drop(admin, "")
	// The role ends by itself, and a session when it is ended.
	time.Sleep(time.Until(assumed.Add(role + 3*time.Second)))
	if _, err := f.client(admin).ListTables(t.Context(), &dynamodb.ListTablesInput{}); codeOf(err) != "ExpiredTokenException" {
		t.Errorf("the role lasts: %v", err)
	}
	if out := f.run(nil, "sessions"); !strings.Contains(out, "anna") {
		t.Error(out)
	}
	f.run(nil, "sessions", "end", "anna")
	time.Sleep(1200 * time.Millisecond)
	if _, err := anna.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: texts("id", "1")}); codeOf(err) != "ExpiredTokenException" {
		t.Errorf("an ended session: %v", err)
	}
	f.figures()
	f.end()
	f.audited()
}

// figures looks at what the guard says of itself.
func (f *fort) figures() {
	f.t.Helper()
	q, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.metrics, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // it was only read
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil || !strings.Contains(b.String(), `bailey_guard_requests_total{action="dynamodb:GetItem",verdict="allowed"}`) || !strings.Contains(b.String(), "bailey_guard_added_seconds_bucket") {
		f.t.Errorf("%v\n%s", err, b.String())
	}
}

// audited looks for the day in the audit, and changes one byte of it.
func (f *fort) audited() {
	f.t.Helper()
	for args, want := range map[string]string{
		"--who ida --action DeleteTable":            "denied  ida",
		"--who adam --action dynamodb:DeleteTable":  "this is for the role db-admin",
		"--who dora --action bailey:AssumeRole":     "the old shop is gone",
		"--action DeleteTable --verdict allowed":    "dora as db-admin (MFA)",
		"--who anna --resource orders":              "[card]",
		"--verdict denied --action dynamodb:*Table": "plain",
	} {
		if out := f.run(nil, append([]string{"audit"}, strings.Fields(args)...)...); !strings.Contains(out, want) {
			f.t.Errorf("audit %s: no word of %q:\n%s", args, want, out)
		}
	}
	if out := f.run(nil, "audit", "verify"); !strings.Contains(out, "as they were written.") {
		f.t.Error(out)
	}
	path := filepath.Join(f.dir, "audit", "audit-000001.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		f.t.Fatal(err)
	}
	if bytes.Contains(text, []byte(dayCard)) || bytes.Contains(text, []byte(password)) {
		f.t.Error("the audit holds a value")
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for name, change := range map[string][]byte{
		"one byte changed": bytes.Replace(text, []byte(`"who":"ida"`), []byte(`"who":"idb"`), 1),
		"a record removed": slices.Concat(slices.Concat(lines[:2]...), slices.Concat(lines[3:]...)),
		"records swapped":  slices.Concat(slices.Concat(lines[:2]...), lines[3], lines[2], slices.Concat(lines[4:]...)),
		"the end cut off":  slices.Concat(lines[:len(lines)-4]...),
	} {
		if err := os.WriteFile(path, change, 0o600); err != nil {
			f.t.Fatal(err)
		}
		if out := f.refused(nil, "audit", "verify"); !strings.Contains(out, "audit-000001.jsonl:") {
			f.t.Errorf("%s: %s", name, out)
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		f.t.Fatal(err)
	}
}
