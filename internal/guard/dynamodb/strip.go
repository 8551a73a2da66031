package dynamodb

import (
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// hide takes the attributes of hidden levels out of an item.
func (t *Table) hide(item map[string]types.AttributeValue, hidden []string) {
	for name := range item {
		if slices.Contains(hidden, t.level(name)) {
			delete(item, name)
		}
	}
}

// errorItems are the items that come back within an error, in the order of the transaction's.
func errorItems(err error) []map[string]types.AttributeValue {
	var condition *types.ConditionalCheckFailedException
	var cancelled *types.TransactionCanceledException
	switch {
	case errors.As(err, &condition):
		return []map[string]types.AttributeValue{condition.Item}
	case errors.As(err, &cancelled):
		var out []map[string]types.AttributeValue
		for _, r := range cancelled.CancellationReasons {
			out = append(out, r.Item)
		}
		return out
	}
	return nil
}

// sight is what is left out of items, by table.
type sight struct {
	tables map[string]*Table
	hidden map[string][]string
}

func (s sight) item(table string, item map[string]types.AttributeValue) {
	if h := s.hidden[table]; len(h) > 0 && item != nil {
		s.tables[table].hide(item, h)
	}
}

// sight is what a request may not see.
func (x *exchange) sight(hidden map[string][]string) sight {
	s := sight{tables: map[string]*Table{}, hidden: hidden}
	for name := range hidden {
		s.tables[name] = x.h.table(name)
	}
	return s
}

// stripErr takes what is hidden out of the items within an error. Where they cannot be told apart, all are taken out.
func (s sight) stripErr(err error, list []*access) {
	for i, item := range errorItems(err) {
		if i < len(list) {
			s.item(list[i].table, item)
			continue
		}
		clear(item)
	}
}

// stripOutput takes what is hidden out of an answer.
func (s sight) stripOutput(out, in any, list []*access) {
	if len(list) == 0 {
		return
	}
	table := list[0].table
	switch out := out.(type) {
	case *dynamodb.GetItemOutput:
		s.item(table, out.Item)
	case *dynamodb.PutItemOutput:
		s.item(table, out.Attributes)
	case *dynamodb.UpdateItemOutput:
		s.item(table, out.Attributes)
	case *dynamodb.DeleteItemOutput:
		s.item(table, out.Attributes)
	case *dynamodb.QueryOutput:
		for _, item := range out.Items {
			s.item(table, item)
		}
	case *dynamodb.ScanOutput:
		for _, item := range out.Items {
			s.item(table, item)
		}
	case *dynamodb.BatchGetItemOutput:
		for name, items := range out.Responses {
			for _, item := range items {
				s.item(nameOf(name), item)
			}
		}
	case *dynamodb.TransactGetItemsOutput:
		asked, _ := in.(*dynamodb.TransactGetItemsInput)
		for i := range out.Responses {
			s.item(nameOf(aws.ToString(asked.TransactItems[i].Get.TableName)), out.Responses[i].Item)
		}
	}
}
