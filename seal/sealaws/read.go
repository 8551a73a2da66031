package sealaws

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
)

func unexpected(result any) error {
	return fmt.Errorf("the answer is a %T, from which nothing can be opened", result)
}

func (t sealed) get(in *dynamodb.GetItemInput) (plan, error) {
	s := t.of(in.TableName)
	if s == nil {
		return plan{}, nil
	}
	projection, err := expression.ParseProjection(aws.ToString(in.ProjectionExpression), in.ExpressionAttributeNames)
	if err := errors.Join(err, legacy(in.AttributesToGet != nil, "AttributesToGet", "ProjectionExpression")); err != nil {
		return plan{}, err
	}
	sent := *in
	sent.ProjectionExpression, sent.ExpressionAttributeNames = nil, nil
	return plan{params: &sent, answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.GetItemOutput)
		if !ok {
			return unexpected(result)
		}
		item, err := open(ctx, s, out.Item)
		out.Item = FromItem(projection.Of(item))
		return err
	}}, nil
}

// search is the part of a query and of a scan that must be rewritten.
func search(ctx context.Context, s *seal.Sealer, q expression.Search, values map[string]types.AttributeValue, selected types.Select) (expression.Search, func(seal.Item) (seal.Item, bool), error) {
	v, err := ToItem(values)
	if err != nil {
		return q, nil, fmt.Errorf("ExpressionAttributeValues: %w", err)
	}
	q.Values = v
	out, answer, exact, err := q.Sealed(ctx, s)
	if err == nil && !exact && selected == types.SelectCount {
		err = refuse("counting by beacons counts items in vain; leave Select out and count what comes back")
	}
	return out, answer, err
}

// pointer is nil for the empty text, which DynamoDB refuses.
func pointer(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func names(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	return m
}

func sdkValues(m map[string]seal.Value) map[string]types.AttributeValue {
	if len(m) == 0 {
		return nil
	}
	return FromItem(m)
}

// whole asks for whole items where the caller asked for some attributes.
func whole(s types.Select) types.Select {
	if s == types.SelectSpecificAttributes {
		return ""
	}
	return s
}

// answers opens items and keeps those that belong to the answer.
func answers(ctx context.Context, s *seal.Sealer, items []map[string]types.AttributeValue, answer func(seal.Item) (seal.Item, bool)) ([]map[string]types.AttributeValue, error) {
	kept := make([]map[string]types.AttributeValue, 0, len(items))
	for _, sealed := range items {
		item, err := open(ctx, s, sealed)
		if err != nil {
			return nil, err
		}
		if item, ok := answer(item); ok {
			kept = append(kept, FromItem(item))
		}
	}
	return kept, nil
}

func (t sealed) query(ctx context.Context, in *dynamodb.QueryInput) (plan, error) {
	s := t.of(in.TableName)
	if s == nil {
		return plan{}, nil
	}
	if err := errors.Join(legacy(in.AttributesToGet != nil, "AttributesToGet", "ProjectionExpression"), legacy(in.KeyConditions != nil, "KeyConditions", "KeyConditionExpression"),
		legacy(in.QueryFilter != nil, "QueryFilter", "FilterExpression"), legacy(in.ConditionalOperator != "", "ConditionalOperator", "FilterExpression")); err != nil {
		return plan{}, err
	}
	q, answer, err := search(ctx, s, expression.Search{
		KeyCondition: aws.ToString(in.KeyConditionExpression), Filter: aws.ToString(in.FilterExpression), Projection: aws.ToString(in.ProjectionExpression), Names: in.ExpressionAttributeNames,
	}, in.ExpressionAttributeValues, in.Select)
	if err != nil {
		return plan{}, err
	}
	sent := *in
	sent.KeyConditionExpression, sent.FilterExpression, sent.ProjectionExpression = pointer(q.KeyCondition), pointer(q.Filter), nil
	sent.ExpressionAttributeNames, sent.ExpressionAttributeValues, sent.Select = names(q.Names), sdkValues(q.Values), whole(in.Select)
	return plan{params: &sent, answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.QueryOutput)
		if !ok {
			return unexpected(result)
		}
		if out.Items == nil {
			return nil
		}
		out.Items, err = answers(ctx, s, out.Items, answer)
		out.Count = int32(len(out.Items)) //nolint:gosec // a page has 1 MB
		return err
	}}, nil
}

func (t sealed) scan(ctx context.Context, in *dynamodb.ScanInput) (plan, error) {
	s := t.of(in.TableName)
	if s == nil {
		return plan{}, nil
	}
	if err := errors.Join(legacy(in.AttributesToGet != nil, "AttributesToGet", "ProjectionExpression"), legacy(in.ScanFilter != nil, "ScanFilter", "FilterExpression"),
		legacy(in.ConditionalOperator != "", "ConditionalOperator", "FilterExpression")); err != nil {
		return plan{}, err
	}
	q, answer, err := search(ctx, s, expression.Search{
		Filter: aws.ToString(in.FilterExpression), Projection: aws.ToString(in.ProjectionExpression), Names: in.ExpressionAttributeNames,
	}, in.ExpressionAttributeValues, in.Select)
	if err != nil {
		return plan{}, err
	}
	sent := *in
	sent.FilterExpression, sent.ProjectionExpression = pointer(q.Filter), nil
	sent.ExpressionAttributeNames, sent.ExpressionAttributeValues, sent.Select = names(q.Names), sdkValues(q.Values), whole(in.Select)
	return plan{params: &sent, answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.ScanOutput)
		if !ok {
			return unexpected(result)
		}
		if out.Items == nil {
			return nil
		}
		out.Items, err = answers(ctx, s, out.Items, answer)
		out.Count = int32(len(out.Items)) //nolint:gosec // a page has 1 MB
		return err
	}}, nil
}

func (t sealed) batchGet(in *dynamodb.BatchGetItemInput) (plan, error) {
	sent := *in
	sent.RequestItems = make(map[string]types.KeysAndAttributes, len(in.RequestItems))
	projections := map[string]expression.Projection{}
	for table, k := range in.RequestItems {
		if s := t.of(&table); s != nil {
			p, err := expression.ParseProjection(aws.ToString(k.ProjectionExpression), k.ExpressionAttributeNames)
			if err := errors.Join(err, legacy(k.AttributesToGet != nil, "AttributesToGet", "ProjectionExpression")); err != nil {
				return plan{}, err
			}
			projections[tableName(table)] = p
			k.ProjectionExpression, k.ExpressionAttributeNames = nil, nil
		}
		sent.RequestItems[table] = k
	}
	return plan{params: &sent, answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.BatchGetItemOutput)
		if !ok {
			return unexpected(result)
		}
		for table, items := range out.Responses {
			s := t.of(&table)
			if s == nil {
				continue
			}
			opened, err := answers(ctx, s, items, func(item seal.Item) (seal.Item, bool) { return projections[tableName(table)].Of(item), true })
			if err != nil {
				return err
			}
			out.Responses[table] = opened
		}
		for table, k := range out.UnprocessedKeys { // the caller asks again, for what was asked
			asked := in.RequestItems[table]
			k.ProjectionExpression, k.ExpressionAttributeNames = asked.ProjectionExpression, asked.ExpressionAttributeNames
			out.UnprocessedKeys[table] = k
		}
		return nil
	}}, nil
}

func (t sealed) transactGet(in *dynamodb.TransactGetItemsInput) (plan, error) {
	sent := *in
	sent.TransactItems = make([]types.TransactGetItem, len(in.TransactItems))
	sealers := make([]*seal.Sealer, len(in.TransactItems))
	projections := make([]expression.Projection, len(in.TransactItems))
	for i, g := range in.TransactItems {
		if g.Get != nil {
			sealers[i] = t.of(g.Get.TableName)
		}
		if sealers[i] != nil {
			get := *g.Get
			var err error
			if projections[i], err = expression.ParseProjection(aws.ToString(get.ProjectionExpression), get.ExpressionAttributeNames); err != nil {
				return plan{}, err
			}
			get.ProjectionExpression, get.ExpressionAttributeNames = nil, nil
			g.Get = &get
		}
		sent.TransactItems[i] = g
	}
	return plan{params: &sent, answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.TransactGetItemsOutput)
		if !ok {
			return unexpected(result)
		}
		if len(out.Responses) != len(sealers) {
			return fmt.Errorf("DynamoDB answered %d of %d reads", len(out.Responses), len(sealers))
		}
		for i, s := range sealers {
			if s == nil {
				continue
			}
			item, err := open(ctx, s, out.Responses[i].Item)
			if err != nil {
				return err
			}
			out.Responses[i].Item = FromItem(projections[i].Of(item))
		}
		return nil
	}}, nil
}
