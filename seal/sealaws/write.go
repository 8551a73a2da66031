package sealaws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
)

func sealItem(ctx context.Context, s *seal.Sealer, in map[string]types.AttributeValue) (map[string]types.AttributeValue, error) {
	item, err := ToItem(in)
	if err != nil {
		return nil, err
	}
	out, err := s.Seal(ctx, item)
	if err != nil {
		return nil, err
	}
	return FromItem(out), nil
}

func (t sealed) put(ctx context.Context, in *dynamodb.PutItemInput) (plan, error) {
	s := t.of(in.TableName)
	if s == nil {
		return plan{}, nil
	}
	if err := errors.Join(legacy(in.Expected != nil, "Expected", "ConditionExpression"), legacy(in.ConditionalOperator != "", "ConditionalOperator", "ConditionExpression"),
		expression.CheckCondition(s, aws.ToString(in.ConditionExpression), in.ExpressionAttributeNames)); err != nil {
		return plan{}, err
	}
	sent := *in
	var err error
	if sent.Item, err = sealItem(ctx, s, in.Item); err != nil {
		return plan{}, err
	}
	return plan{params: &sent, failed: openFailed(s), answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.PutItemOutput)
		if !ok {
			return unexpected(result)
		}
		return openInto(ctx, s, &out.Attributes)
	}}, nil
}

func (t sealed) update(in *dynamodb.UpdateItemInput) (plan, error) {
	s := t.of(in.TableName)
	if s == nil {
		return plan{}, nil
	}
	if err := errors.Join(legacy(in.Expected != nil, "Expected", "ConditionExpression"), legacy(in.ConditionalOperator != "", "ConditionalOperator", "ConditionExpression"),
		legacy(in.AttributeUpdates != nil, "AttributeUpdates", "UpdateExpression"),
		expression.CheckCondition(s, aws.ToString(in.ConditionExpression), in.ExpressionAttributeNames),
		expression.CheckUpdate(s, aws.ToString(in.UpdateExpression), in.ExpressionAttributeNames)); err != nil {
		return plan{}, err
	}
	sent := *in
	sent.ConditionExpression = onSealed(s, in.ConditionExpression)
	return plan{params: &sent, failed: openFailed(s), answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.UpdateItemOutput)
		if !ok {
			return unexpected(result)
		}
		if in.ReturnValues == types.ReturnValueAllOld || in.ReturnValues == types.ReturnValueAllNew {
			return openInto(ctx, s, &out.Attributes)
		}
		for name := range out.Attributes { // what the update changed, and so never signed
			if a, ok := s.Action(name); !ok || a != seal.DoNothing {
				return refuse("DynamoDB says that the update changed %q, which is signed", name)
			}
		}
		return nil
	}}, nil
}

// onSealed adds to an update's condition that there is a sealed item: DynamoDB would make a new one otherwise, which has no
// seal and would not open. While a table allows plain items it adds nothing.
func onSealed(s *seal.Sealer, condition *string) *string {
	if s.Plaintext() != seal.ForbidPlaintext {
		return condition
	}
	text := "attribute_exists(" + footer + ")"
	if condition != nil {
		text = "(" + *condition + ") AND " + text
	}
	return &text
}

func (t sealed) delete(in *dynamodb.DeleteItemInput) (plan, error) {
	s := t.of(in.TableName)
	if s == nil {
		return plan{}, nil
	}
	if err := errors.Join(legacy(in.Expected != nil, "Expected", "ConditionExpression"), legacy(in.ConditionalOperator != "", "ConditionalOperator", "ConditionExpression"),
		expression.CheckCondition(s, aws.ToString(in.ConditionExpression), in.ExpressionAttributeNames)); err != nil {
		return plan{}, err
	}
	return plan{failed: openFailed(s), answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.DeleteItemOutput)
		if !ok {
			return unexpected(result)
		}
		return openInto(ctx, s, &out.Attributes)
	}}, nil
}

func (t sealed) batchWrite(ctx context.Context, in *dynamodb.BatchWriteItemInput) (plan, error) {
	sent := *in
	sent.RequestItems = make(map[string][]types.WriteRequest, len(in.RequestItems))
	for table, requests := range in.RequestItems {
		s := t.of(&table)
		if s == nil {
			sent.RequestItems[table] = requests
			continue
		}
		for _, r := range requests {
			if r.PutRequest != nil {
				item, err := sealItem(ctx, s, r.PutRequest.Item)
				if err != nil {
					return plan{}, err
				}
				r.PutRequest = &types.PutRequest{Item: item}
			}
			sent.RequestItems[table] = append(sent.RequestItems[table], r)
		}
	}
	return plan{params: &sent, answer: func(ctx context.Context, result any) error {
		out, ok := result.(*dynamodb.BatchWriteItemOutput)
		if !ok {
			return unexpected(result)
		}
		for table, requests := range out.UnprocessedItems { // the caller sends them again, so they must be plain
			s := t.of(&table)
			for _, r := range requests {
				if s != nil && r.PutRequest != nil {
					if err := openInto(ctx, s, &r.PutRequest.Item); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}}, nil
}

func (t sealed) transactWrite(ctx context.Context, in *dynamodb.TransactWriteItemsInput) (plan, error) {
	sent := *in
	sent.TransactItems = make([]types.TransactWriteItem, len(in.TransactItems))
	sealers := make([]*seal.Sealer, len(in.TransactItems))
	for i, w := range in.TransactItems {
		var err error
		switch {
		case w.Put != nil:
			if sealers[i] = t.of(w.Put.TableName); sealers[i] != nil {
				put := *w.Put
				w.Put = &put
				if err = expression.CheckCondition(sealers[i], aws.ToString(put.ConditionExpression), put.ExpressionAttributeNames); err == nil {
					put.Item, err = sealItem(ctx, sealers[i], put.Item)
				}
			}
		case w.Update != nil:
			if sealers[i] = t.of(w.Update.TableName); sealers[i] != nil {
				update := *w.Update
				w.Update = &update
				err = errors.Join(expression.CheckCondition(sealers[i], aws.ToString(update.ConditionExpression), update.ExpressionAttributeNames),
					expression.CheckUpdate(sealers[i], aws.ToString(update.UpdateExpression), update.ExpressionAttributeNames))
				update.ConditionExpression = onSealed(sealers[i], update.ConditionExpression)
			}
		case w.Delete != nil:
			if sealers[i] = t.of(w.Delete.TableName); sealers[i] != nil {
				err = expression.CheckCondition(sealers[i], aws.ToString(w.Delete.ConditionExpression), w.Delete.ExpressionAttributeNames)
			}
		case w.ConditionCheck != nil:
			if sealers[i] = t.of(w.ConditionCheck.TableName); sealers[i] != nil {
				err = expression.CheckCondition(sealers[i], aws.ToString(w.ConditionCheck.ConditionExpression), w.ConditionCheck.ExpressionAttributeNames)
			}
		default:
			err = refuse("action %d of the transaction is of a kind that is not known", i+1)
		}
		if err != nil {
			return plan{}, err
		}
		sent.TransactItems[i] = w
	}
	return plan{params: &sent, failed: func(ctx context.Context, err error) error {
		var cancelled *types.TransactionCanceledException
		if errors.As(err, &cancelled) && len(cancelled.CancellationReasons) == len(sealers) {
			for i := range cancelled.CancellationReasons {
				if sealers[i] == nil {
					continue
				}
				if refused := openInto(ctx, sealers[i], &cancelled.CancellationReasons[i].Item); refused != nil {
					return errors.Join(err, refused)
				}
			}
		}
		return err
	}}, nil
}
