package app

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/internal/parts"
)

// TestSealMigrate runs the command against DynamoDB Local: a trial, the sealing, the change of the key, and what goes wrong.
func TestSealMigrate(t *testing.T) {
	for k, v := range map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": parts.DynamoDB(t, "../.."), "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(k, v)
	}
	c, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := dynamodb.NewFromConfig(c)
	_, err = db.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("orders"), BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, name := range map[string]string{"1": "card", "2": "card", "3": "surprise"} {
		item := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}, name: &types.AttributeValueMemberS{Value: "planted"}}
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("orders.json", `{"logicalTableName": "orders", "partitionKeyName": "id", "attributeActionsOnEncrypt": {"id": "SIGN_ONLY", "card": "ENCRYPT_AND_SIGN"}}`)
	write("wrong.json", `{"logicalTableName": "orders", "partitionKeyName": "no", "attributeActionsOnEncrypt": {"no": "SIGN_ONLY", "card": "ENCRYPT_AND_SIGN"}}`)
	for _, name := range []string{"old.key", "new.key"} {
		if code, _, stderr := bailey(nil, "key", "new", name); code != 0 {
			t.Fatal(stderr)
		}
	}
	run := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := bailey(nil, append([]string{"seal", "migrate"}, args...)...)
		if got != code || !strings.Contains(stdout+stderr, want) || strings.Contains(stdout+stderr, "planted") {
			t.Errorf("%v: %d and not %d, without %q:\n%s%s", args, got, code, want, stdout, stderr)
		}
	}
	run(exitFindings, "2 of 3 items would be sealed", "orders", "--keys", "old.key", "--config", "orders.json", "--dry-run")
	run(exitFindings, `"surprise"`, "orders", "--keys", "old.key", "--config", "orders.json", "--failures", "failures.jsonl")
	if text, err := os.ReadFile("failures.jsonl"); err != nil || !strings.Contains(string(text), `{"id":{"S":"3"}}`) {
		t.Errorf("%s %v", text, err)
	}
	if _, err := db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("orders"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "3"}}}); err != nil {
		t.Fatal(err)
	}
	run(0, "All 2 items of orders are sealed and open.", "orders", "--keys", "old.key", "--config", "orders.json")
	run(exitFindings, "2 of 2 items do not open", "orders", "--verify", "--keys", "new.key", "--config", "orders.json")
	run(0, "2 of 2 items sealed", "orders", "--all", "--keys", "new.key", "--old-keys", "old.key", "--config", "orders.json")
	run(0, "All 2 items", "orders", "--verify", "--keys", "new.key", "--config", "orders.json")

	run(exitBad, "the keys are [no], and those of the table orders are [id]", "orders", "--keys", "new.key", "--config", "wrong.json")
	run(exitBad, "ResourceNotFoundException", "nowhere", "--keys", "new.key", "--config", "orders.json")
	run(exitBad, "at least one of the flags", "orders", "--config", "orders.json")
	write("orders.migration.json", "{")
	run(exitBad, "Delete it to begin anew", "orders", "--keys", "new.key", "--config", "orders.json")
}
