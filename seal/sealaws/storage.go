package sealaws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
)

// StorageClient is what is used of *dynamodb.Client for branch keys.
type StorageClient interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

var _ StorageClient = (*dynamodb.Client)(nil)

// Storage makes a client fit for seal's branch-key store.
func Storage(client StorageClient) seal.BranchStorage { return storage{client} }

type storage struct{ client StorageClient }

func (s storage) GetBranchItem(ctx context.Context, table string, key seal.Item) (seal.Item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: FromItem(key), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return ToItem(out.Item)
}

func (s storage) PutBranchItems(ctx context.Context, table string, puts []seal.BranchPut) error {
	in := &dynamodb.TransactWriteItemsInput{}
	for _, p := range puts {
		put := &types.Put{TableName: &table, Item: FromItem(p.Item), ExpressionAttributeNames: map[string]string{"#id": "branch-key-id"}, ConditionExpression: aws.String("attribute_not_exists(#id)")}
		if p.Replaces != nil {
			put.ConditionExpression = aws.String("attribute_exists(#id) AND enc = :old")
			put.ExpressionAttributeValues = map[string]types.AttributeValue{":old": &types.AttributeValueMemberB{Value: p.Replaces}}
		}
		in.TransactItems = append(in.TransactItems, types.TransactWriteItem{Put: put})
	}
	_, err := s.client.TransactWriteItems(ctx, in)
	return err
}
