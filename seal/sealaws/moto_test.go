package sealaws

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// moto is an AWS API server on loopback, shared by the tests of this package.
var moto struct {
	url  string
	skip string
}

func TestMain(m *testing.M) {
	stop := startMoto()
	code := m.Run()
	stop()
	os.Exit(code)
}

func startMoto() (stop func()) {
	path, err := exec.LookPath(filepath.Join("..", "..", ".cache", "moto", "bin", "moto_server"))
	if err != nil {
		path, err = exec.LookPath("moto_server")
	}
	if err != nil {
		moto.skip = "moto_server is not installed; scripts/test installs it"
		return func() {}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		moto.skip = err.Error()
		return func() {}
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	if err := l.Close(); err != nil {
		moto.skip = err.Error()
		return func() {}
	}
	cmd := exec.Command(path, "-H", "127.0.0.1", "-p", port)
	if err := cmd.Start(); err != nil {
		moto.skip = err.Error()
		return func() {}
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	for range 300 {
		if r, err := http.Get("http://" + address + "/moto-api/"); err == nil {
			_ = r.Body.Close()
			moto.url = "http://" + address
			return stop
		}
		time.Sleep(100 * time.Millisecond)
	}
	moto.skip = "moto_server does not answer"
	return stop
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

// dynamo is a client of the test's server.
func dynamo(t *testing.T, options ...func(*dynamodb.Options)) *dynamodb.Client {
	t.Helper()
	if moto.url == "" {
		t.Skip(moto.skip)
	}
	return dynamodb.New(dynamodb.Options{Region: "eu-central-1", BaseEndpoint: &moto.url, Credentials: aws.CredentialsProviderFunc(credentials)}, options...)
}

// countedKMS counts the calls that reach AWS KMS.
type countedKMS struct {
	*kms.Client
	mu    sync.Mutex
	calls map[string]int
}

func (c *countedKMS) count(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[name]++
}

func (c *countedKMS) Decrypt(ctx context.Context, in *kms.DecryptInput, o ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	c.count("Decrypt")
	return c.Client.Decrypt(ctx, in, o...)
}

func (c *countedKMS) GenerateDataKey(ctx context.Context, in *kms.GenerateDataKeyInput, o ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error) {
	c.count("GenerateDataKey")
	return c.Client.GenerateDataKey(ctx, in, o...)
}

// newKMS is a client of the test's server and the ARN of a new key.
func newKMS(t *testing.T) (*countedKMS, string) {
	t.Helper()
	if moto.url == "" {
		t.Skip(moto.skip)
	}
	client := kms.New(kms.Options{Region: "eu-central-1", BaseEndpoint: &moto.url, Credentials: aws.CredentialsProviderFunc(credentials)})
	out, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return &countedKMS{Client: client, calls: map[string]int{}}, *out.KeyMetadata.Arn
}

// newTable makes a table with string keys and an index over a beacon, and gives its name.
func newTable(t *testing.T, partition, sort, index string) string {
	t.Helper()
	return newTableAt(t, dynamo(t), partition, sort, index)
}

// newTableAt makes it by a client of another server.
func newTableAt(t *testing.T, client *dynamodb.Client, partition, sort, index string) string {
	t.Helper()
	name := fmt.Sprintf("%s-%d", t.Name(), time.Now().UnixNano())
	in := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{{AttributeName: &partition, KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange}},
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: &partition, AttributeType: types.ScalarAttributeTypeS}, {AttributeName: &sort, AttributeType: types.ScalarAttributeTypeS},
		},
	}
	if index != "" {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &index, AttributeType: types.ScalarAttributeTypeS})
		in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
			IndexName: aws.String("by-beacon"), KeySchema: []types.KeySchemaElement{{AttributeName: &index, KeyType: types.KeyTypeHash}}, Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}}
	}
	if _, err := client.CreateTable(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	return name
}
