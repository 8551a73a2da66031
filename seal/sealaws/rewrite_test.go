package sealaws

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/internal/parts"
	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
)

func (h house) update(n int, text, condition string, values seal.Item, back types.ReturnValue) (*dynamodb.UpdateItemOutput, error) {
	in := &dynamodb.UpdateItemInput{TableName: &h.name, Key: key(n), UpdateExpression: &text, ReturnValues: back, ExpressionAttributeNames: map[string]string{"#s": "status", "#h": ":hits"}}
	if condition != "" {
		in.ConditionExpression = &condition
	}
	if len(values) > 0 {
		in.ExpressionAttributeValues = FromItem(values)
	}
	return UpdateItem(h.t.Context(), h.raw, h.sealer, in)
}

func TestUpdateItem(t *testing.T) {
	h := newHouse(t)
	h.put(1)
	values := seal.Item{":x": seal.String("5555"), ":one": seal.Number("1"), ":old": seal.String("4111-1")}
	want := order(1)
	want["card"] = &types.AttributeValueMemberS{Value: "5555"}
	want[":hits"] = &types.AttributeValueMemberN{Value: "1"}
	delete(want, "lines")
	out, err := h.update(1, "SET card = :x, #h = #h + :one REMOVE lines", "card = :old AND #h < :one", values, types.ReturnValueAllNew)
	if err != nil {
		t.Fatal(err)
	}
	h.same("after the update", out.Attributes, want)
	got, err := h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &h.name, Key: key(1)})
	if err != nil {
		t.Fatal(err)
	}
	h.same("in the table", got.Item, want)
	found, err := h.sealed.Scan(t.Context(), &dynamodb.ScanInput{TableName: &h.name, FilterExpression: aws.String("card = :x"), ExpressionAttributeValues: FromItem(seal.Item{":x": seal.String("5555")})})
	if err != nil || len(found.Items) != 1 {
		t.Errorf("its beacon finds %v, %v", found, err)
	}
	var failed *types.ConditionalCheckFailedException
	if _, err = h.update(1, "SET card = :x", "card = :old", values, ""); !errors.As(err, &failed) {
		t.Errorf("the condition no longer holds: %v", err)
	}
	if out, err = h.update(2, "SET card = :x", "attribute_not_exists(card)", values, types.ReturnValueUpdatedNew); err != nil {
		t.Fatal(err)
	}
	h.same("a new item", out.Attributes, map[string]types.AttributeValue{"card": &types.AttributeValueMemberS{Value: "5555"}})
	for text, says := range map[string]string{"SET customer = :x": "keys", "SET aws_dbe_head = :x": "format's own", "SET card = nope": "no value", "SET": "cannot be read", "ADD card :one": "numbers"} {
		_, err := h.update(1, text, "", values, "")
		h.refused(text, err, says)
	}
	if _, err := h.update(1, "SET unknown = :x", "", values, ""); !errors.Is(err, seal.ErrInput) {
		t.Error(err)
	}
	h.secrets()
}

// TestUpdateItemTogether changes one item from many sides; no change may get lost. It runs on DynamoDB Local, as moto looks
// at a condition and writes in two steps, between which others come.
func TestUpdateItemTogether(t *testing.T) {
	h := localHouse(t)
	h.put(1)
	list := seal.Item{":l": seal.List{seal.String("x")}}
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for range 3 {
				_, err := h.update(1, "SET lines = list_append(lines, :l)", "", list, "")
				for err != nil && strings.Contains(err.Error(), "by others") {
					_, err = h.update(1, "SET lines = list_append(lines, :l)", "", list, "")
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Go(func() {
		for range 9 {
			if _, err := h.sealed.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: &h.name, Key: key(1), UpdateExpression: aws.String("ADD #h :one"), ExpressionAttributeNames: map[string]string{"#h": ":hits"}, ExpressionAttributeValues: FromItem(seal.Item{":one": seal.Number("1")})}); err != nil {
				t.Error(err)
			}
		}
	})
	wait.Wait()
	got, err := h.sealed.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &h.name, Key: key(1)})
	if err != nil {
		t.Fatal(err)
	}
	item, err := ToItem(got.Item)
	if err != nil {
		t.Fatal(err)
	}
	if lines, _ := item["lines"].(seal.List); len(lines) != 10 || item[":hits"] != seal.Number("9") {
		t.Errorf("%d lines, %v hits; want 10 and 9", len(lines), item[":hits"])
	}
}

// localHouse is a house on DynamoDB Local.
func localHouse(t *testing.T) house {
	t.Helper()
	endpoint := parts.DynamoDB(t, "../..")
	at := func(o *dynamodb.Options) { o.BaseEndpoint = &endpoint }
	s := newSealer(t)
	name := newTableAt(t, dynamo(t, at), "customer", "order", "aws_dbe_b_card")
	return house{t, name, dynamo(t, With(map[string]*seal.Sealer{name: s}), at), dynamo(t, at), s}
}

// busy is a table in which somebody else is always faster.
type busy struct {
	item map[string]types.AttributeValue
}

func (b busy) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return &dynamodb.GetItemOutput{Item: b.item}, nil
}

func (b busy) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return nil, &types.ConditionalCheckFailedException{}
}

func TestUpdateItemGivesUp(t *testing.T) {
	s := newSealer(t)
	_, err := UpdateItem(t.Context(), busy{}, s, &dynamodb.UpdateItemInput{TableName: aws.String("t"), Key: key(1), UpdateExpression: aws.String("SET card = :x"), ExpressionAttributeValues: FromItem(seal.Item{":x": seal.String("y")})})
	if err == nil || !strings.Contains(err.Error(), "by others") || errors.Is(err, expression.ErrSealed) {
		t.Error(err)
	}
}
