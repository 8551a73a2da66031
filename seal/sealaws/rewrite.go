package sealaws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
)

// UpdateClient is what is used of *dynamodb.Client by [UpdateItem].
type UpdateClient interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// tries is how often [UpdateItem] reads again when others keep changing the item.
const tries = 8

// UpdateItem does an update of signed or encrypted attributes as read, change and conditional write: it opens the item,
// evaluates condition and update on plain values, seals the result anew and writes it if the item is still what was read.
// The client must be one without [With]. Attributes that are not signed are only touched if the update names them, so
// that others may go on counting.
//
// It costs a strongly consistent read more than DynamoDB's own update, and is refused with
// [types.ConditionalCheckFailedException] when the condition does not hold. ReturnValues UPDATED_OLD and UPDATED_NEW give whole
// attributes, also where the update changed a part of one.
func UpdateItem(ctx context.Context, client UpdateClient, s *seal.Sealer, in *dynamodb.UpdateItemInput) (*dynamodb.UpdateItemOutput, error) {
	r, err := newRewrite(s, in)
	if err != nil {
		return nil, err
	}
	for range tries {
		old, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: in.TableName, Key: in.Key, ConsistentRead: aws.Bool(true)})
		if err != nil {
			return nil, err
		}
		out, sent, err := r.prepare(ctx, old.Item)
		if err != nil {
			return nil, err
		}
		_, err = client.UpdateItem(ctx, sent)
		var failed *types.ConditionalCheckFailedException
		if !errors.As(err, &failed) {
			return out, err
		}
	}
	return nil, fmt.Errorf("the item was changed by others %d times while it was being updated; try again later", tries)
}

// rewrite is an update that was understood.
type rewrite struct {
	s         *seal.Sealer
	in        *dynamodb.UpdateItemInput
	key       seal.Item
	values    map[string]seal.Value
	update    expression.Update
	condition expression.Condition // nil if there is none
}

func newRewrite(s *seal.Sealer, in *dynamodb.UpdateItemInput) (*rewrite, error) {
	if err := errors.Join(legacy(in.Expected != nil, "Expected", "ConditionExpression"), legacy(in.ConditionalOperator != "", "ConditionalOperator", "ConditionExpression"),
		legacy(in.AttributeUpdates != nil, "AttributeUpdates", "UpdateExpression")); err != nil {
		return nil, err
	}
	r := &rewrite{s: s, in: in}
	var err error
	if r.key, err = ToItem(in.Key); err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}
	if r.values, err = ToItem(in.ExpressionAttributeValues); err != nil {
		return nil, fmt.Errorf("ExpressionAttributeValues: %w", err)
	}
	if r.update, err = expression.ParseUpdate(aws.ToString(in.UpdateExpression), in.ExpressionAttributeNames); err != nil {
		return nil, refuse("its update cannot be read: %w", err)
	}
	for _, p := range r.update.Writes {
		if slices.Contains(s.Keys(), p.Top) || strings.HasPrefix(p.Top, reserved) {
			return nil, refuse("it changes %q; keys and the format's own attributes stay as they are", p.Top)
		}
	}
	if in.ConditionExpression != nil {
		if r.condition, err = expression.ParseCondition(*in.ConditionExpression, in.ExpressionAttributeNames); err != nil {
			return nil, refuse("its condition cannot be read: %w", err)
		}
	}
	return r, nil
}

// Names of the format, from its specification.
const (
	reserved = "aws_dbe_"
	footer   = "aws_dbe_foot"
)

// prepare gives the answer to the caller and what is to be sent, for an item as it was read.
func (r *rewrite) prepare(ctx context.Context, stored map[string]types.AttributeValue) (*dynamodb.UpdateItemOutput, *dynamodb.UpdateItemInput, error) {
	old, err := open(ctx, r.s, stored)
	if err != nil {
		return nil, nil, err
	}
	if r.condition != nil && !expression.Holds(r.condition, old, r.values) {
		failed := &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed")}
		if r.in.ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld {
			failed.Item = FromItem(old)
		}
		return nil, nil, failed
	}
	base := old
	if base == nil {
		base = r.key
	}
	changed, err := r.update.Apply(base, r.values)
	if err != nil {
		return nil, nil, refuse("the update cannot be done: %w", err)
	}
	sealed, err := r.s.Seal(ctx, changed)
	if err != nil {
		return nil, nil, err
	}
	before, err := ToItem(stored)
	if err != nil {
		return nil, nil, err
	}
	return r.output(old, changed), r.write(before, sealed), nil
}

// write sets every signed attribute and the format's own, on the condition that the item is still the one that was read.
func (r *rewrite) write(before, after seal.Item) *dynamodb.UpdateItemInput {
	w := &writing{names: map[string]string{}, values: seal.Item{}}
	_, wasSealed := before[footer]
	switch {
	case before == nil:
		w.condition("attribute_not_exists(%s)", w.name(r.s.Keys()[0]))
	case wasSealed:
		w.condition("%s = %s", w.name(footer), w.value(before[footer]))
	default: // plain, while a table is migrated
		w.condition("attribute_not_exists(%s)", w.name(footer))
	}
	all := maps.Clone(after)
	maps.Copy(all, before)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(r.s.Keys(), name) {
			continue
		}
		was, had := before[name]
		v, has := after[name]
		a, _ := r.s.Action(name)
		unsigned := a == seal.DoNothing
		same := had && has && seal.Equal(seal.Item{"x": was}, seal.Item{"x": v})
		if unsigned && (same || !r.writes(name)) {
			continue
		}
		if had && (unsigned || !wasSealed) {
			w.condition("%s = %s", w.name(name), w.value(was))
		} else if unsigned {
			w.condition("attribute_not_exists(%s)", w.name(name))
		}
		if has {
			w.sets = append(w.sets, w.name(name)+" = "+w.value(v))
		} else {
			w.removes = append(w.removes, w.name(name))
		}
	}
	text := "SET " + strings.Join(w.sets, ", ")
	if len(w.removes) > 0 {
		text += " REMOVE " + strings.Join(w.removes, ", ")
	}
	return &dynamodb.UpdateItemInput{
		TableName: r.in.TableName, Key: r.in.Key, UpdateExpression: &text, ConditionExpression: aws.String(strings.Join(w.conditions, " AND ")),
		ExpressionAttributeNames: w.names, ExpressionAttributeValues: FromItem(w.values),
		ReturnConsumedCapacity: r.in.ReturnConsumedCapacity, ReturnItemCollectionMetrics: r.in.ReturnItemCollectionMetrics,
	}
}

// writes reports whether the update names an attribute.
func (r *rewrite) writes(name string) bool {
	return slices.ContainsFunc(r.update.Writes, func(p expression.Path) bool { return p.Top == name })
}

// writing collects an update expression.
type writing struct {
	sets, removes, conditions []string
	names                     map[string]string
	values                    seal.Item
}

func (w *writing) name(attribute string) string {
	for text, name := range w.names {
		if name == attribute {
			return text
		}
	}
	text := fmt.Sprintf("#%d", len(w.names))
	w.names[text] = attribute
	return text
}

func (w *writing) value(v seal.Value) string {
	text := fmt.Sprintf(":%d", len(w.values))
	w.values[text] = v
	return text
}

func (w *writing) condition(format string, args ...any) {
	w.conditions = append(w.conditions, fmt.Sprintf(format, args...))
}

// output is what the caller asked to see.
func (r *rewrite) output(old, changed seal.Item) *dynamodb.UpdateItemOutput {
	out := &dynamodb.UpdateItemOutput{}
	pick := func(item seal.Item) map[string]types.AttributeValue {
		some := seal.Item{}
		for name, v := range item {
			if r.writes(name) {
				some[name] = v
			}
		}
		return FromItem(some)
	}
	switch r.in.ReturnValues {
	case types.ReturnValueNone:
	case types.ReturnValueAllOld:
		out.Attributes = FromItem(old)
	case types.ReturnValueAllNew:
		out.Attributes = FromItem(changed)
	case types.ReturnValueUpdatedOld:
		out.Attributes = pick(old)
	case types.ReturnValueUpdatedNew:
		out.Attributes = pick(changed)
	}
	return out
}
