package app

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/baileydb/bailey/internal/parts"
)

// account is an AWS account of moto's, with an instance, a table and a secret.
func account(t *testing.T, secret string) aws.Config {
	t.Helper()
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": parts.Moto(t), "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(k, v)
	}
	c, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = rds.NewFromConfig(c).CreateDBInstance(t.Context(), &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("orders"), Engine: aws.String("postgres"), DBInstanceClass: aws.String("db.t3.micro"), DBName: aws.String("postgres"),
		MasterUsername: aws.String("bailey"), MasterUserPassword: aws.String("secret-word"), AllocatedStorage: aws.Int32(20),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secretsmanager.NewFromConfig(c).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("prod/orders"), SecretString: &secret}); err != nil {
		t.Fatal(err)
	}
	db := dynamodb.NewFromConfig(c)
	_, err = db.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("people"), BillingMode: dynamodbtypes.BillingModePayPerRequest,
		KeySchema:            []dynamodbtypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dynamodbtypes.KeyTypeHash}},
		AttributeDefinitions: []dynamodbtypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dynamodbtypes.ScalarAttributeTypeS}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		item := map[string]dynamodbtypes.AttributeValue{"id": &dynamodbtypes.AttributeValueMemberS{Value: fmt.Sprint(i)}, "email": &dynamodbtypes.AttributeValueMemberS{Value: fmt.Sprintf("p%d@example.com", i)}}
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("people"), Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// fill makes a table with addresses in a database.
func fill(t *testing.T, driver, address string) {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the statements tell
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE customers (id INTEGER, email VARCHAR(60))"); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO customers VALUES (%d, 'planted%d@example.com')", i, i)); err != nil {
			t.Fatal(err)
		}
	}
}

// bailey runs a command line in a folder of its own.
func bailey(env map[string]string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(World{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Env: func(k string) string { return env[k] },
		Now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
	}, args)
	return code, out.String(), errs.String()
}

const declared = `
Resources:
  Orders:
    Type: AWS::RDS::DBInstance
    Properties: {DBInstanceIdentifier: orders, Engine: postgres, MasterUsername: bailey, MasterUserPassword: '{{resolve:secretsmanager:prod/orders:SecretString:password}}'}
  Shop:
    Type: AWS::RDS::DBInstance
    Properties: {Engine: mariadb, DBName: shop, MasterUsername: bailey, MasterUserPassword: '{{resolve:secretsmanager:prod/orders}}'}
  People:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: people, KeySchema: [{AttributeName: id, KeyType: HASH}], AttributeDefinitions: [{AttributeName: id, AttributeType: S}]}
  Ledger:
    Type: AWS::RDS::DBInstance
    Properties: {DBInstanceIdentifier: ledger, Engine: oracle-ee}
  Nowhere:
    Type: AWS::RDS::DBInstance
    Properties: {DBInstanceIdentifier: nowhere, Engine: mysql}
`

// TestClassifyAnEstate takes the databases from a template and from a saved estate, where they are from RDS's API and the
// logins from Secrets Manager.
func TestClassifyAnEstate(t *testing.T) {
	pg, maria := parts.Postgres(t), parts.MariaDB(t)
	c := account(t, `{"username": "bailey", "password": "secret-word", "engine": "postgres", "host": "elsewhere"}`)
	u, err := url.Parse(maria)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, "pgx", pg)
	fill(t, "mysql", "bailey:secret-word@tcp("+u.Host+")/shop")
	at, err := url.Parse(pg)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("template.yaml", []byte(declared), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := bailey(nil, "estate", "template.yaml", "-o", "estate.json"); code != 0 {
		t.Fatal(stderr)
	}
	for _, input := range []string{"template.yaml", "estate.json"} {
		args := []string{"classify", input, "--endpoint", "orders=postgres://" + at.Host + "/postgres?sslmode=disable", "--endpoint", "Shop=mysql://" + u.Host + "?tls=false"}
		code, stdout, stderr := bailey(nil, args...)
		if code != exitBad {
			t.Errorf("%s: ends with %d where two databases could not be read", input, code)
		}
		for _, want := range []string{
			"postgres://" + at.Host + "/postgres holds confidential data", "mysql://" + u.Host + "/shop holds confidential data", "dynamodb://eu-west-1/people holds confidential data",
			"AWS::RDS::DBInstance.Ledger: oracle-ee is an engine that cannot be read", "AWS::RDS::DBInstance.Nowhere: asking RDS where it is: DBInstanceNotFound",
		} {
			if !strings.Contains(strings.Join(strings.Fields(stdout), " "), want) {
				t.Errorf("%s: no word of %q:\n%s%s", input, want, stdout, stderr)
			}
		}
		if strings.Contains(stdout+stderr, "secret-word") || strings.Contains(stdout+stderr, "planted1@") {
			t.Errorf("%s: a secret is told:\n%s%s", input, stdout, stderr)
		}
	}
	// Without --endpoint it goes where RDS says, which is where nothing listens.
	_, stdout, _ := bailey(nil, "classify", "template.yaml", "--seconds", "1", "--catalog", "none")
	if !strings.Contains(stdout, "orders.") || !strings.Contains(stdout, ".eu-west-1.rds.amazonaws.com") {
		t.Errorf("the endpoint that RDS names is not asked:\n%s", stdout)
	}
	tags(t, c)
	planted(t, []string{"planted1@", "p1@example.com", "secret-word"})
}

// tags sets the tags that the catalog asks for, and finds them set.
func tags(t *testing.T, c aws.Config) {
	t.Helper()
	db := dynamodb.NewFromConfig(c)
	code, stdout, stderr := bailey(nil, "catalog", "export", "tags", "--apply")
	if code != 0 || !strings.Contains(stdout, "table people: DataClassification becomes confidential") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	about, err := db.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("people")})
	if err != nil {
		t.Fatal(err)
	}
	found, err := db.ListTagsOfResource(t.Context(), &dynamodb.ListTagsOfResourceInput{ResourceArn: about.Table.TableArn})
	if err != nil || len(found.Tags) != 1 || aws.ToString(found.Tags[0].Value) != "confidential" {
		t.Errorf("%+v %v", found, err)
	}
	if _, stdout, _ = bailey(nil, "catalog", "export", "tags", "--apply"); !strings.Contains(stdout, "is confidential already") {
		t.Error(stdout)
	}
}

// planted searches everything that was written for values that must not be in it.
func planted(t *testing.T, values []string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		for _, v := range values {
			if bytes.Contains(data, []byte(v)) {
				t.Errorf("%s holds %q", path, v)
			}
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Errorf("%d files were looked at: %v", seen, err)
	}
}

// TestTagInstances sets the tag of an instance, whose name is in the address of its endpoint.
func TestTagInstances(t *testing.T) {
	c := account(t, "{}")
	client := rds.NewFromConfig(c)
	found, err := client.DescribeDBInstances(context.Background(), &rds.DescribeDBInstancesInput{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, want := range []string{"instance orders: DataClassification becomes secret\n", "instance orders: DataClassification is secret already\n"} {
		out.Reset()
		one := tagging{kind: "instance", region: "eu-west-1", name: "orders", key: "DataClassification", level: "secret"}
		if err := one.apply(t.Context(), &out); err != nil || out.String() != want {
			t.Errorf("%q, not %q: %v", out.String(), want, err)
		}
	}
	tagsNow, err := client.ListTagsForResource(t.Context(), &rds.ListTagsForResourceInput{ResourceName: found.DBInstances[0].DBInstanceArn})
	if err != nil || len(tagsNow.TagList) != 1 || aws.ToString(tagsNow.TagList[0].Value) != "secret" {
		t.Errorf("%+v %v", tagsNow, err)
	}
}
