package sealaws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
)

// house is a sealed table behind two clients: one that seals and one that sees what DynamoDB sees.
type house struct {
	t           *testing.T
	name        string
	sealed, raw *dynamodb.Client
	sealer      *seal.Sealer
}

func newSealer(t *testing.T) *seal.Sealer {
	t.Helper()
	keyring, err := seal.NewAES("test", "k", make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	search, err := seal.NewSearch(seal.SearchConfig{
		Beacons: []seal.Beacon{{Name: "card", Bits: 2}}, Keys: seal.FixedBeaconKey(bytes.Repeat([]byte{3}, 32)), Period: time.Hour, Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.New(seal.Table{
		Name: "orders", PartitionKey: "customer", SortKey: "order", Keyring: keyring, Search: search, UnsignedPrefix: ":", Suite: seal.HMACSuite,
		Actions: map[string]seal.Action{"customer": seal.SignOnly, "order": seal.SignOnly, "status": seal.SignOnly, "card": seal.EncryptAndSign, "lines": seal.EncryptAndSign},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newHouse(t *testing.T) house {
	t.Helper()
	s := newSealer(t)
	name := newTable(t, "customer", "order", "aws_dbe_b_card")
	return house{t, name, dynamo(t, With(map[string]*seal.Sealer{name: s})), dynamo(t), s}
}

func order(n int) map[string]types.AttributeValue {
	return FromItem(seal.Item{
		"customer": seal.String("c"), "order": seal.String(fmt.Sprintf("%03d", n)), "status": seal.String("open"), "card": seal.String(fmt.Sprintf("4111-%d", n%6)),
		"lines": seal.List{seal.Map{"sku": seal.String("secret-sku"), "n": seal.Number("1")}}, ":hits": seal.Number("0"),
	})
}

func key(n int) map[string]types.AttributeValue {
	return FromItem(seal.Item{"customer": seal.String("c"), "order": seal.String(fmt.Sprintf("%03d", n))})
}

func (h house) put(n int) {
	h.t.Helper()
	in := &dynamodb.PutItemInput{TableName: &h.name, Item: order(n)}
	if _, err := h.sealed.PutItem(h.t.Context(), in); err != nil {
		h.t.Fatal(err)
	}
	h.same("the caller's own item", in.Item, order(n))
}

func (h house) same(what string, got, want map[string]types.AttributeValue) {
	h.t.Helper()
	a, err := ToItem(got)
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := ToItem(want)
	if err != nil {
		h.t.Fatal(err)
	}
	if !seal.Equal(a, b) {
		h.t.Errorf("%s: %v, want %v", what, a, b)
	}
}

// secrets fails if the table shows anything that is sealed.
func (h house) secrets() {
	h.t.Helper()
	out, err := h.raw.Scan(h.t.Context(), &dynamodb.ScanInput{TableName: &h.name})
	if err != nil {
		h.t.Fatal(err)
	}
	if len(out.Items) == 0 {
		h.t.Error("the table is empty")
	}
	for _, raw := range out.Items {
		item, err := ToItem(raw)
		if err != nil {
			h.t.Fatal(err)
		}
		if !seal.Sealed(item) {
			h.t.Errorf("an item is not sealed: %v", item)
		}
		b, err := json.Marshal(item)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, word := range []string{"4111", "secret-sku"} {
			if bytes.Contains(b, []byte(word)) {
				h.t.Errorf("the table holds %s: %s", word, b)
			}
		}
	}
}

func (h house) refused(what string, err error, says string) {
	h.t.Helper()
	if !errors.Is(err, expression.ErrSealed) || !strings.Contains(err.Error(), says) {
		h.t.Errorf("%s: %v, want %q", what, err, says)
	}
}

func TestPutGet(t *testing.T) {
	h := newHouse(t)
	h.put(1)
	h.secrets()
	out, err := h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &h.name, Key: key(1)})
	if err != nil {
		t.Fatal(err)
	}
	h.same("got", out.Item, order(1))
	out, err = h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("arn:aws:dynamodb:eu-central-1:123456789012:table/" + h.name), Key: key(1), ProjectionExpression: aws.String("#c, nope"), ExpressionAttributeNames: map[string]string{"#c": "card"}})
	if err != nil {
		t.Fatal(err)
	}
	h.same("projected", out.Item, map[string]types.AttributeValue{"card": order(1)["card"]})
	if out, err = h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &h.name, Key: key(2)}); err != nil || len(out.Item) != 0 {
		t.Errorf("what is not there: %v, %v", out, err)
	}
	old, err := h.sealed.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &h.name, Item: order(1), ReturnValues: types.ReturnValueAllOld, ConditionExpression: aws.String("attribute_exists(card)")})
	if err != nil {
		t.Fatal(err)
	}
	h.same("the item that was replaced", old.Attributes, order(1))
	_, err = h.sealed.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &h.name, Item: order(1), ConditionExpression: aws.String("attribute_not_exists(card)"), ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	h.same("the item that stood in the way", failed.Item, order(1))
	deleted, err := h.sealed.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &h.name, Key: key(1), ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		t.Fatal(err)
	}
	h.same("the item that was deleted", deleted.Attributes, order(1))
}

func TestTamperedInTheTable(t *testing.T) {
	h := newHouse(t)
	h.put(1)
	h.put(2)
	if _, err := h.raw.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &h.name, Key: key(1), UpdateExpression: aws.String("SET #s = :s"), ExpressionAttributeNames: map[string]string{"#s": "status"}, ExpressionAttributeValues: FromItem(seal.Item{":s": seal.String("paid")}),
	}); err != nil {
		t.Fatal(err)
	}
	if out, err := h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &h.name, Key: key(1)}); !errors.Is(err, seal.ErrRefused) || out != nil {
		t.Errorf("%v, %v", out, err)
	}
	if out, err := h.sealed.Scan(t.Context(), &dynamodb.ScanInput{TableName: &h.name}); !errors.Is(err, seal.ErrRefused) || out != nil {
		t.Errorf("%v, %v", out, err)
	}
	if _, err := h.raw.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &h.name, Item: order(3)}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &h.name, Key: key(3)}); !errors.Is(err, seal.ErrPlaintext) {
		t.Error(err)
	}
}

func TestUpdate(t *testing.T) {
	h := newHouse(t)
	h.put(1)
	one := FromItem(seal.Item{":one": seal.Number("1")})
	update := func(text string, values map[string]types.AttributeValue, back types.ReturnValue) (*dynamodb.UpdateItemOutput, error) {
		in := &dynamodb.UpdateItemInput{TableName: &h.name, Key: key(1), UpdateExpression: &text, ExpressionAttributeValues: values, ReturnValues: back}
		if strings.Contains(text, "#h") {
			in.ExpressionAttributeNames = map[string]string{"#h": ":hits"}
		}
		return h.sealed.UpdateItem(t.Context(), in)
	}
	out, err := update("ADD #h :one", one, types.ReturnValueAllNew)
	if err != nil {
		t.Fatal(err)
	}
	want := order(1)
	want[":hits"] = &types.AttributeValueMemberN{Value: "1"}
	h.same("after the update", out.Attributes, want)
	if out, err = update("ADD #h :one", one, types.ReturnValueUpdatedNew); err != nil {
		t.Fatal(err)
	}
	h.same("what was updated", out.Attributes, map[string]types.AttributeValue{":hits": &types.AttributeValueMemberN{Value: "2"}})
	for text, says := range map[string]string{"SET status = :one": "signature", "SET card = :one": "signature", "REMOVE lines": "signature", "SET fresh = :one": "signature", "SET #h = card": "encrypted"} {
		_, err := update(text, one, "")
		h.refused(text, err, says)
	}
	missing := &dynamodb.UpdateItemInput{TableName: &h.name, Key: key(9), UpdateExpression: aws.String("ADD #h :one"), ExpressionAttributeNames: map[string]string{"#h": ":hits"}, ExpressionAttributeValues: one}
	var failed *types.ConditionalCheckFailedException
	if _, err := h.sealed.UpdateItem(t.Context(), missing); !errors.As(err, &failed) {
		t.Errorf("an update made an item without seal: %v", err)
	}
	if _, err := h.sealed.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Update: &types.Update{
		TableName: &h.name, Key: key(9), UpdateExpression: missing.UpdateExpression, ExpressionAttributeNames: missing.ExpressionAttributeNames, ExpressionAttributeValues: one,
	}}}}); err == nil {
		t.Error("a transaction made an item without seal")
	}
	_, err = h.sealed.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: &h.name, Key: key(1), AttributeUpdates: map[string]types.AttributeValueUpdate{"status": {}}})
	h.refused("AttributeUpdates", err, "AttributeUpdates")
	h.secrets()
}

func TestSearch(t *testing.T) {
	h := newHouse(t)
	for i := range 24 {
		h.put(i)
	}
	values := FromItem(seal.Item{":c": seal.String("c"), ":card": seal.String("4111-2")})
	query, err := h.sealed.Query(t.Context(), &dynamodb.QueryInput{
		TableName: &h.name, IndexName: aws.String("by-beacon"), KeyConditionExpression: aws.String("card = :card"), ExpressionAttributeValues: FromItem(seal.Item{":card": seal.String("4111-2")}),
	})
	if err != nil {
		t.Fatal(err)
	}
	scan, err := h.sealed.Scan(t.Context(), &dynamodb.ScanInput{
		TableName: &h.name, FilterExpression: aws.String("customer = :c AND card = :card"), ExpressionAttributeValues: values, ProjectionExpression: aws.String("card"), Select: types.SelectSpecificAttributes,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(query.Items) != 4 || query.Count != 4 || len(scan.Items) != 4 || query.ScannedCount <= 4 {
		t.Errorf("the query found %d of 4 among %d, the scan %d", query.Count, query.ScannedCount, len(scan.Items))
	}
	for _, item := range scan.Items {
		h.same("found", item, map[string]types.AttributeValue{"card": &types.AttributeValueMemberS{Value: "4111-2"}})
	}
	all, err := h.sealed.Query(t.Context(), &dynamodb.QueryInput{
		TableName: &h.name, KeyConditionExpression: aws.String("customer = :c"), FilterExpression: aws.String("#s = :open"), ExpressionAttributeNames: map[string]string{"#s": "status"},
		ExpressionAttributeValues: FromItem(seal.Item{":c": seal.String("c"), ":open": seal.String("open")}),
	})
	if err != nil || len(all.Items) != 24 {
		t.Fatalf("%v, %v", all, err)
	}
	h.same("the first", all.Items[0], order(0))
	count, err := h.sealed.Scan(t.Context(), &dynamodb.ScanInput{TableName: &h.name, Select: types.SelectCount})
	if err != nil || count.Count != 24 {
		t.Errorf("counted %v, %v", count, err)
	}
	_, err = h.sealed.Scan(t.Context(), &dynamodb.ScanInput{TableName: &h.name, FilterExpression: aws.String("card = :card AND customer = :c"), ExpressionAttributeValues: values, Select: types.SelectCount})
	h.refused("counting by beacons", err, "counting")
	_, err = h.sealed.Scan(t.Context(), &dynamodb.ScanInput{TableName: &h.name, FilterExpression: aws.String("card > :card"), ExpressionAttributeValues: values})
	h.refused("a range", err, "by >")
	_, err = h.sealed.Query(t.Context(), &dynamodb.QueryInput{TableName: &h.name, KeyConditions: map[string]types.Condition{"customer": {ComparisonOperator: types.ComparisonOperatorNotNull}}})
	h.refused("KeyConditions", err, "KeyConditions")
	h.secrets()
}

func TestBatch(t *testing.T) {
	h := newHouse(t)
	in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{h.name: {{PutRequest: &types.PutRequest{Item: order(1)}}, {PutRequest: &types.PutRequest{Item: order(2)}}}}}
	if _, err := h.sealed.BatchWriteItem(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	h.same("the caller's own item", in.RequestItems[h.name][0].PutRequest.Item, order(1))
	h.secrets()
	out, err := h.sealed.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{h.name: {Keys: []map[string]types.AttributeValue{key(2)}, ProjectionExpression: aws.String("card, lines")}}})
	if err != nil || len(out.Responses[h.name]) != 1 {
		t.Fatal(out, err)
	}
	h.same("got", out.Responses[h.name][0], map[string]types.AttributeValue{"card": order(2)["card"], "lines": order(2)["lines"]})
	if _, err := h.sealed.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{h.name: {{DeleteRequest: &types.DeleteRequest{Key: key(1)}}}}}); err != nil {
		t.Fatal(err)
	}
}

func TestTransactions(t *testing.T) {
	h := newHouse(t)
	write := func(items ...types.TransactWriteItem) error {
		_, err := h.sealed.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: items})
		return err
	}
	if err := write(types.TransactWriteItem{Put: &types.Put{TableName: &h.name, Item: order(1)}}, types.TransactWriteItem{Put: &types.Put{TableName: &h.name, Item: order(2)}}); err != nil {
		t.Fatal(err)
	}
	h.secrets()
	out, err := h.sealed.TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{
		{Get: &types.Get{TableName: &h.name, Key: key(1)}}, {Get: &types.Get{TableName: &h.name, Key: key(2), ProjectionExpression: aws.String("card")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	h.same("the first", out.Responses[0].Item, order(1))
	h.same("the second", out.Responses[1].Item, map[string]types.AttributeValue{"card": order(2)["card"]})
	values := FromItem(seal.Item{":x": seal.String("x")})
	h.refused("update", write(types.TransactWriteItem{Update: &types.Update{TableName: &h.name, Key: key(1), UpdateExpression: aws.String("SET card = :x"), ExpressionAttributeValues: values}}), "signature")
	h.refused("check", write(types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: &h.name, Key: key(1), ConditionExpression: aws.String("card = :x"), ExpressionAttributeValues: values}}), "encrypted")
	h.refused("delete", write(types.TransactWriteItem{Delete: &types.Delete{TableName: &h.name, Key: key(1), ConditionExpression: aws.String("card = :x"), ExpressionAttributeValues: values}}), "encrypted")
	h.refused("nothing", write(types.TransactWriteItem{}), "kind")
	if err := write(types.TransactWriteItem{Delete: &types.Delete{TableName: &h.name, Key: key(1)}}); err != nil {
		t.Error(err)
	}
}

func TestRefusedOperations(t *testing.T) {
	h := newHouse(t)
	_, err := h.sealed.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "` + h.name + `"`)})
	h.refused("ExecuteStatement", err, "PartiQL")
	_, err = h.sealed.BatchExecuteStatement(t.Context(), &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{{Statement: aws.String(`DELETE FROM "` + h.name + `"`)}}})
	h.refused("BatchExecuteStatement", err, "PartiQL")
	_, err = h.sealed.ExecuteTransaction(t.Context(), &dynamodb.ExecuteTransactionInput{TransactStatements: []types.ParameterizedStatement{{Statement: aws.String(`DELETE FROM "` + h.name + `"`)}}})
	h.refused("ExecuteTransaction", err, "PartiQL")
	h.refused("an operation of tomorrow", sealed{map[string]*seal.Sealer{"x": nil}}.other(&struct{}{}), "not known")
	if _, err := h.sealed.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &h.name}); err != nil {
		t.Error(err)
	}
	other := newTable(t, "customer", "order", "")
	if _, err := h.sealed.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &other, Item: order(1)}); err != nil {
		t.Error(err)
	}
	out, err := h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &other, Key: key(1), ProjectionExpression: aws.String("card")})
	if err != nil {
		t.Fatal(err)
	}
	h.same("a table without a sealer", out.Item, map[string]types.AttributeValue{"card": order(1)["card"]})
}

// TestBranchKeysOverAWS keeps branch keys in DynamoDB under AWS KMS and counts what KMS is asked.
func TestBranchKeysOverAWS(t *testing.T) {
	client, arn := newKMS(t)
	table := newTable(t, "branch-key-id", "type", "")
	store, err := seal.NewBranchKeyTable(seal.BranchKeyTableConfig{Table: table, LogicalName: "keys", KMSKey: arn, Storage: Storage(dynamo(t)), KMS: KMS(client), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.Create(t.Context(), "tenant-1", map[string]string{"tenant": "1"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	keyring, err := seal.NewHierarchy(seal.HierarchyConfig{Store: store, ID: id, Period: time.Minute, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.New(seal.Table{Name: "t", PartitionKey: "pk", Suite: seal.HMACSuite, Keyring: keyring, Actions: map[string]seal.Action{"pk": seal.SignOnly, "x": seal.EncryptAndSign}})
	if err != nil {
		t.Fatal(err)
	}
	item := seal.Item{"pk": seal.String("1"), "x": seal.String("y")}
	var first seal.Item
	for range 50 {
		sealed, err := s.Seal(t.Context(), item)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := s.Open(t.Context(), sealed); err != nil || !seal.Equal(plain, item) {
			t.Fatal(plain, err)
		}
		first = sealed
	}
	if client.calls["Decrypt"] != 2 || client.calls["GenerateDataKey"] != 0 {
		t.Errorf("50 items took these calls of KMS: %v", client.calls)
	}
	if err := store.Rotate(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	if plain, err := s.Open(t.Context(), first); err != nil || !seal.Equal(plain, item) {
		t.Errorf("after rotation: %v, %v", plain, err)
	}
	if _, err := store.Create(t.Context(), id, map[string]string{"tenant": "1"}); err == nil {
		t.Error("a branch key was created twice")
	}
	if b, err := store.BeaconKey(t.Context(), id); err != nil || len(b) != 32 {
		t.Error(b, err)
	}
	if _, err := store.Version(t.Context(), id, "nope"); !errors.Is(err, seal.ErrNoBranchKey) {
		t.Error(err)
	}
}

// TestKMSOverAWS wraps every item's key by AWS KMS.
func TestKMSOverAWS(t *testing.T) {
	client, arn := newKMS(t)
	keyring, err := seal.NewKMS(KMS(client), arn, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.New(seal.Table{Name: "t", PartitionKey: "pk", Keyring: keyring, Actions: map[string]seal.Action{"pk": seal.SignOnly, "x": seal.EncryptAndSign}})
	if err != nil {
		t.Fatal(err)
	}
	item := seal.Item{"pk": seal.String("1"), "x": seal.String("y")}
	sealed, err := s.Seal(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := s.Open(t.Context(), sealed); err != nil || !seal.Equal(plain, item) {
		t.Error(plain, err)
	}
	sealed["pk"] = seal.String("2")
	if _, err := s.Open(t.Context(), sealed); !errors.Is(err, seal.ErrRefused) {
		t.Errorf("KMS's verdict on another context is not taken as a refusal: %v", err)
	}
}
