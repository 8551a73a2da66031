package dynamodb

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal/expression"
)

// access is what a request does to one table.
type access struct {
	action string // GetItem
	table  string // by name
	index  string
	// keys are the values of the partition key, as policies compare them; unknown ones leave it empty.
	keys []string
	// uses are the attributes that the request writes or looks at, gives those that it asks for by name; all says that it asks
	// for whole items.
	uses, gives map[string]bool
	all         bool
	// conditions of the service's own.
	selects, returns, enclosing string
}

func newAccess(action string, table, index *string) *access {
	return &access{action: action, table: nameOf(aws.ToString(table)), index: aws.ToString(index), uses: map[string]bool{}, gives: map[string]bool{}}
}

// nameOf is the name in a table's ARN, or the name itself.
func nameOf(s string) string {
	if _, name, ok := strings.Cut(s, ":table/"); ok && strings.HasPrefix(s, "arn:") {
		name, _, _ = strings.Cut(name, "/")
		return name
	}
	return s
}

// attributes are the names that the request names, sorted.
func (a *access) attributes() []string {
	all := maps.Clone(a.uses)
	maps.Copy(all, a.gives)
	return slices.Sorted(maps.Keys(all))
}

func (a *access) item(m map[string]types.AttributeValue) {
	for name := range m {
		a.uses[name] = true
	}
}

func (a *access) key(m map[string]types.AttributeValue, partition string) {
	a.item(m)
	if v, ok := m[partition]; ok {
		a.keys = append(a.keys, keyText(v))
	}
}

// keyText is a key's value as dynamodb:LeadingKeys compares it.
func keyText(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberB:
		return string(v.Value)
	}
	return ""
}

func (a *access) condition(expr *string, names map[string]string) *failure {
	if expr == nil {
		return nil
	}
	c, err := expression.ParseCondition(*expr, names)
	if err != nil {
		return fail("ValidationException", "an expression cannot be read: "+err.Error())
	}
	expression.Operands(c, func(_ expression.Condition, o expression.Operand) {
		if p, ok := expression.PathOf(o); ok {
			a.uses[p.Top] = true
		}
	})
	return nil
}

func (a *access) projection(expr *string, names map[string]string, legacy []string) *failure {
	if expr == nil && len(legacy) == 0 {
		a.all = true
		return nil
	}
	for _, name := range legacy {
		top, _, _ := strings.Cut(name, ".")
		top, _, _ = strings.Cut(top, "[")
		a.gives[top] = true
	}
	if expr == nil {
		return nil
	}
	paths, err := expression.ParsePaths(*expr, names)
	if err != nil {
		return fail("ValidationException", "ProjectionExpression cannot be read: "+err.Error())
	}
	for _, p := range paths {
		a.gives[p.Top] = true
	}
	return nil
}

func (a *access) update(expr *string, names map[string]string) *failure {
	if expr == nil {
		return nil
	}
	u, err := expression.ParseUpdate(*expr, names)
	if err != nil {
		return fail("ValidationException", "UpdateExpression cannot be read: "+err.Error())
	}
	for _, p := range slices.Concat(u.Writes, u.Reads) {
		a.uses[p.Top] = true
	}
	return nil
}

// names adds the keys of a legacy parameter, which are attributes.
func used[V any](a *access, m map[string]V) {
	for name := range m {
		a.uses[name] = true
	}
}

// returned says which old or new item comes back.
func (a *access) returned(v types.ReturnValue, on types.ReturnValuesOnConditionCheckFailure) {
	a.returns = string(v)
	if a.returns == "" {
		a.returns = string(types.ReturnValueNone)
	}
	if a.returns != string(types.ReturnValueNone) || on == types.ReturnValuesOnConditionCheckFailureAllOld {
		a.all = true
	}
}

func first(fs ...*failure) *failure {
	for _, f := range fs {
		if f != nil {
			return f
		}
	}
	return nil
}

// accesses says what a request does to which tables. partition gives the name of a table's partition key, empty where it is
// not known. It is empty for requests that touch no items.
func accesses(in any, partition func(table string) string) ([]*access, *failure) {
	switch in := in.(type) {
	case *dynamodb.GetItemInput:
		a := newAccess("GetItem", in.TableName, nil)
		a.key(in.Key, partition(a.table))
		return []*access{a}, a.projection(in.ProjectionExpression, in.ExpressionAttributeNames, in.AttributesToGet)
	case *dynamodb.PutItemInput:
		a := newAccess("PutItem", in.TableName, nil)
		a.key(in.Item, partition(a.table))
		used(a, in.Expected)
		a.returned(in.ReturnValues, in.ReturnValuesOnConditionCheckFailure)
		return []*access{a}, a.condition(in.ConditionExpression, in.ExpressionAttributeNames)
	case *dynamodb.DeleteItemInput:
		a := newAccess("DeleteItem", in.TableName, nil)
		a.key(in.Key, partition(a.table))
		used(a, in.Expected)
		a.returned(in.ReturnValues, in.ReturnValuesOnConditionCheckFailure)
		return []*access{a}, a.condition(in.ConditionExpression, in.ExpressionAttributeNames)
	case *dynamodb.UpdateItemInput:
		a := newAccess("UpdateItem", in.TableName, nil)
		a.key(in.Key, partition(a.table))
		used(a, in.Expected)
		used(a, in.AttributeUpdates)
		a.returned(in.ReturnValues, in.ReturnValuesOnConditionCheckFailure)
		return []*access{a}, first(a.update(in.UpdateExpression, in.ExpressionAttributeNames), a.condition(in.ConditionExpression, in.ExpressionAttributeNames))
	case *dynamodb.QueryInput:
		return query(in, partition)
	case *dynamodb.ScanInput:
		a := newAccess("Scan", in.TableName, in.IndexName)
		used(a, in.ScanFilter)
		a.choose(in.Select)
		if in.Select == types.SelectCount {
			return []*access{a}, a.condition(in.FilterExpression, in.ExpressionAttributeNames)
		}
		return []*access{a}, first(a.projection(in.ProjectionExpression, in.ExpressionAttributeNames, in.AttributesToGet), a.condition(in.FilterExpression, in.ExpressionAttributeNames))
	case *dynamodb.BatchGetItemInput:
		return batchGet(in, partition)
	case *dynamodb.BatchWriteItemInput:
		return batchWrite(in, partition), nil
	case *dynamodb.TransactGetItemsInput:
		return transactGet(in, partition)
	case *dynamodb.TransactWriteItemsInput:
		return transactWrite(in, partition)
	}
	return nil, nil
}

func (a *access) choose(s types.Select) {
	a.selects = string(s)
}

func query(in *dynamodb.QueryInput, partition func(string) string) ([]*access, *failure) {
	a := newAccess("Query", in.TableName, in.IndexName)
	used(a, in.KeyConditions)
	used(a, in.QueryFilter)
	a.choose(in.Select)
	name := partition(a.table)
	if in.KeyConditionExpression != nil && in.IndexName == nil {
		c, err := expression.ParseCondition(*in.KeyConditionExpression, in.ExpressionAttributeNames)
		if err != nil {
			return nil, fail("ValidationException", "KeyConditionExpression cannot be read: "+err.Error())
		}
		a.leading(c, name, in.ExpressionAttributeValues)
	}
	if k, ok := in.KeyConditions[name]; ok && in.IndexName == nil && len(k.AttributeValueList) == 1 && k.ComparisonOperator == types.ComparisonOperatorEq {
		a.keys = append(a.keys, keyText(k.AttributeValueList[0]))
	}
	f := first(a.condition(in.KeyConditionExpression, in.ExpressionAttributeNames), a.condition(in.FilterExpression, in.ExpressionAttributeNames))
	if f == nil && in.Select != types.SelectCount {
		f = a.projection(in.ProjectionExpression, in.ExpressionAttributeNames, in.AttributesToGet)
	}
	return []*access{a}, f
}

// leading finds "partition = :value", alone or joined by AND.
func (a *access) leading(c expression.Condition, partition string, values map[string]types.AttributeValue) {
	switch c := c.(type) {
	case expression.And:
		a.leading(c.A, partition, values)
		a.leading(c.B, partition, values)
	case expression.Compare:
		p, isPath := expression.PathOf(c.A)
		name, isValue := c.B.(expression.Placeholder)
		if !isPath || !isValue {
			p, isPath = expression.PathOf(c.B)
			name, isValue = c.A.(expression.Placeholder)
		}
		if v, ok := values[string(name)]; isPath && isValue && ok && c.Op == "=" && p.Top == partition {
			a.keys = append(a.keys, keyText(v))
		}
	}
}

func batchGet(in *dynamodb.BatchGetItemInput, partition func(string) string) ([]*access, *failure) {
	var out []*access
	for _, table := range slices.Sorted(maps.Keys(in.RequestItems)) {
		r := in.RequestItems[table]
		a := newAccess("BatchGetItem", &table, nil)
		for _, k := range r.Keys {
			a.key(k, partition(a.table))
		}
		if f := a.projection(r.ProjectionExpression, r.ExpressionAttributeNames, r.AttributesToGet); f != nil {
			return nil, f
		}
		out = append(out, a)
	}
	return out, nil
}

func batchWrite(in *dynamodb.BatchWriteItemInput, partition func(string) string) []*access {
	var out []*access
	for _, table := range slices.Sorted(maps.Keys(in.RequestItems)) {
		a := newAccess("BatchWriteItem", &table, nil)
		for _, r := range in.RequestItems[table] {
			if r.PutRequest != nil {
				a.key(r.PutRequest.Item, partition(a.table))
			}
			if r.DeleteRequest != nil {
				a.key(r.DeleteRequest.Key, partition(a.table))
			}
		}
		out = append(out, a)
	}
	return out
}

func transactGet(in *dynamodb.TransactGetItemsInput, partition func(string) string) ([]*access, *failure) {
	var out []*access
	for _, x := range in.TransactItems {
		if x.Get == nil {
			return nil, fail("ValidationException", "an item of the transaction has no Get")
		}
		a := newAccess("GetItem", x.Get.TableName, nil)
		a.enclosing = "TransactGetItems"
		a.key(x.Get.Key, partition(a.table))
		if f := a.projection(x.Get.ProjectionExpression, x.Get.ExpressionAttributeNames, nil); f != nil {
			return nil, f
		}
		out = append(out, a)
	}
	return out, nil
}

func transactWrite(in *dynamodb.TransactWriteItemsInput, partition func(string) string) ([]*access, *failure) {
	var out []*access
	for _, x := range in.TransactItems {
		var a *access
		var f *failure
		switch {
		case x.Put != nil:
			a = newAccess("PutItem", x.Put.TableName, nil)
			a.key(x.Put.Item, partition(a.table))
			a.returned("", x.Put.ReturnValuesOnConditionCheckFailure)
			f = a.condition(x.Put.ConditionExpression, x.Put.ExpressionAttributeNames)
		case x.Update != nil:
			a = newAccess("UpdateItem", x.Update.TableName, nil)
			a.key(x.Update.Key, partition(a.table))
			a.returned("", x.Update.ReturnValuesOnConditionCheckFailure)
			f = first(a.update(x.Update.UpdateExpression, x.Update.ExpressionAttributeNames), a.condition(x.Update.ConditionExpression, x.Update.ExpressionAttributeNames))
		case x.Delete != nil:
			a = newAccess("DeleteItem", x.Delete.TableName, nil)
			a.key(x.Delete.Key, partition(a.table))
			a.returned("", x.Delete.ReturnValuesOnConditionCheckFailure)
			f = a.condition(x.Delete.ConditionExpression, x.Delete.ExpressionAttributeNames)
		case x.ConditionCheck != nil:
			a = newAccess("ConditionCheckItem", x.ConditionCheck.TableName, nil)
			a.key(x.ConditionCheck.Key, partition(a.table))
			a.returned("", x.ConditionCheck.ReturnValuesOnConditionCheckFailure)
			f = a.condition(x.ConditionCheck.ConditionExpression, x.ConditionCheck.ExpressionAttributeNames)
		default:
			f = fail("ValidationException", "an item of the transaction does nothing")
		}
		if f != nil {
			return nil, f
		}
		a.enclosing = "TransactWriteItems"
		out = append(out, a)
	}
	return out, nil
}
