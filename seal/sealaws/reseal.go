package sealaws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
)

// ErrGone says that an item was deleted while it was to be sealed.
var ErrGone = errors.New("the item was deleted in the meantime")

// Reseal seals an item in its place: one that is plain, or one that is sealed, anew under the sealer's keys and
// configuration. stored is the item as it was read. It is written only if it still is what was read, else it is read again;
// attributes that are not signed stay as they are, so that others may go on counting. used is the capacity that it took.
//
// A plain item that somebody gives an attribute which the configuration does not know, between reading and writing, will
// not open; read the table again afterwards.
func Reseal(ctx context.Context, client UpdateClient, s *seal.Sealer, table string, stored map[string]types.AttributeValue) (used float64, err error) {
	key := map[string]types.AttributeValue{}
	for _, name := range s.Keys() {
		key[name] = stored[name]
	}
	for range tries {
		in, err := reseal(ctx, s, table, key, stored)
		if err != nil {
			return used, err
		}
		out, err := client.UpdateItem(ctx, in)
		var failed *types.ConditionalCheckFailedException
		if !errors.As(err, &failed) {
			if out != nil {
				used += units(out.ConsumedCapacity)
			}
			return used, err
		}
		again, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: key, ConsistentRead: aws.Bool(true), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
		if err != nil {
			return used, err
		}
		used += units(again.ConsumedCapacity)
		if len(again.Item) == 0 {
			return used, ErrGone
		}
		stored = again.Item
	}
	return used, fmt.Errorf("the item was changed by others %d times while it was being sealed; try again later", tries)
}

func units(c *types.ConsumedCapacity) float64 {
	if c == nil {
		return 0
	}
	return aws.ToFloat64(c.CapacityUnits)
}

func reseal(ctx context.Context, s *seal.Sealer, table string, key, stored map[string]types.AttributeValue) (*dynamodb.UpdateItemInput, error) {
	before, err := ToItem(stored)
	if err != nil {
		return nil, err
	}
	plain := before
	if seal.Sealed(before) {
		if plain, err = s.Open(ctx, before); err != nil {
			return nil, err
		}
	}
	after, err := s.Seal(ctx, plain)
	if err != nil {
		return nil, err
	}
	r := &rewrite{s: s, in: &dynamodb.UpdateItemInput{TableName: &table, Key: key, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal}}
	in := r.write(before, after)
	if !seal.Sealed(before) {
		r.others(in, before)
	}
	return in, nil
}

// others demands that a plain item has none of the signed attributes that it did not have when it was read: one that was
// added since would not be in the signature.
func (r *rewrite) others(in *dynamodb.UpdateItemInput, before seal.Item) {
	actions := r.s.Table().Actions
	for _, name := range slices.Sorted(maps.Keys(actions)) {
		if _, had := before[name]; had || actions[name] == seal.DoNothing {
			continue
		}
		text := fmt.Sprintf("#%d", len(in.ExpressionAttributeNames))
		in.ExpressionAttributeNames[text] = name
		in.ConditionExpression = aws.String(*in.ConditionExpression + " AND attribute_not_exists(" + text + ")")
	}
}
