package sealaws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
)

// With makes a client seal and open the items of some tables, given by their names.
func With(tables map[string]*seal.Sealer) func(*dynamodb.Options) {
	t := sealed{maps.Clone(tables)}
	return func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("BaileySeal", t.handle), middleware.After)
		})
	}
}

// sealed are the sealed tables by name.
type sealed struct{ tables map[string]*seal.Sealer }

// of is the sealer of a table, given by name or ARN; nil if the table is not sealed.
func (t sealed) of(name *string) *seal.Sealer { return t.tables[tableName(aws.ToString(name))] }

// tableName is the name in an ARN, arn:aws:dynamodb:region:account:table/NAME, or the name itself.
func tableName(s string) string {
	if rest, ok := strings.CutPrefix(s, "arn:"); ok {
		if _, name, ok := strings.Cut(rest, ":table/"); ok {
			name, _, _ = strings.Cut(name, "/")
			return name
		}
	}
	return s
}

// plan is what happens to one request: the parameters that are sent in place of the caller's, which stay as they are, and
// what is done with DynamoDB's answer.
type plan struct {
	params any
	answer func(ctx context.Context, result any) error
	failed func(ctx context.Context, err error) error // opens items that come back within errors
}

func (t sealed) handle(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	p, err := t.plan(ctx, in.Parameters)
	if err != nil {
		return middleware.InitializeOutput{}, middleware.Metadata{}, err
	}
	if p.params != nil {
		in.Parameters = p.params
	}
	out, meta, err := next.HandleInitialize(ctx, in)
	switch {
	case err != nil && p.failed != nil:
		err = p.failed(ctx, err)
	case err == nil && p.answer != nil:
		err = p.answer(ctx, out.Result)
	}
	if err != nil {
		out.Result = nil
	}
	return out, meta, err
}

func (t sealed) plan(ctx context.Context, params any) (plan, error) {
	switch in := params.(type) {
	case *dynamodb.PutItemInput:
		return t.put(ctx, in)
	case *dynamodb.UpdateItemInput:
		return t.update(in)
	case *dynamodb.DeleteItemInput:
		return t.delete(in)
	case *dynamodb.GetItemInput:
		return t.get(in)
	case *dynamodb.QueryInput:
		return t.query(ctx, in)
	case *dynamodb.ScanInput:
		return t.scan(ctx, in)
	case *dynamodb.BatchGetItemInput:
		return t.batchGet(in)
	case *dynamodb.BatchWriteItemInput:
		return t.batchWrite(ctx, in)
	case *dynamodb.TransactGetItemsInput:
		return t.transactGet(in)
	case *dynamodb.TransactWriteItemsInput:
		return t.transactWrite(ctx, in)
	case *dynamodb.ExecuteStatementInput:
		return plan{}, t.statement(in.Statement)
	case *dynamodb.BatchExecuteStatementInput:
		for _, s := range in.Statements {
			if err := t.statement(s.Statement); err != nil {
				return plan{}, err
			}
		}
		return plan{}, nil
	case *dynamodb.ExecuteTransactionInput:
		for _, s := range in.TransactStatements {
			if err := t.statement(s.Statement); err != nil {
				return plan{}, err
			}
		}
		return plan{}, nil
	default:
		return plan{}, t.other(params)
	}
}

// touchless are the operations that neither read nor write items, or move whole tables, sealed items and all.
var touchless = map[string]bool{
	"CreateBackup": true, "CreateGlobalTable": true, "CreateTable": true, "DeleteBackup": true, "DeleteResourcePolicy": true, "DeleteTable": true,
	"DescribeBackup": true, "DescribeContinuousBackups": true, "DescribeContributorInsights": true, "DescribeEndpoints": true, "DescribeExport": true,
	"DescribeGlobalTable": true, "DescribeGlobalTableSettings": true, "DescribeImport": true, "DescribeKinesisStreamingDestination": true, "DescribeLimits": true,
	"DescribeTable": true, "DescribeTableReplicaAutoScaling": true, "DescribeTimeToLive": true, "DisableKinesisStreamingDestination": true,
	"EnableKinesisStreamingDestination": true, "ExportTableToPointInTime": true, "GetResourcePolicy": true, "ImportTable": true, "ListBackups": true,
	"ListContributorInsights": true, "ListExports": true, "ListGlobalTables": true, "ListImports": true, "ListTables": true, "ListTagsOfResource": true,
	"PutResourcePolicy": true, "RestoreTableFromBackup": true, "RestoreTableToPointInTime": true, "TagResource": true, "UntagResource": true,
	"UpdateContinuousBackups": true, "UpdateContributorInsights": true, "UpdateGlobalTable": true, "UpdateGlobalTableSettings": true,
	"UpdateKinesisStreamingDestination": true, "UpdateTable": true, "UpdateTableReplicaAutoScaling": true, "UpdateTimeToLive": true,
}

// other refuses operations that were not thought of here: they could write items unsealed.
func (t sealed) other(params any) error {
	name := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", params), "*dynamodb."), "Input")
	if touchless[name] || len(t.tables) == 0 {
		return nil
	}
	return refuse("the operation %s is not known to handle sealed items; use a client without sealed tables for it", name)
}

// statement refuses PartiQL that names a sealed table, in whatever place: PartiQL is not understood here.
func (t sealed) statement(text *string) error {
	for name := range t.tables {
		if strings.Contains(aws.ToString(text), name) {
			return refuse("PartiQL on the sealed table %q; use GetItem, PutItem, Query or Scan", name)
		}
	}
	return nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{expression.ErrSealed}, args...)...)
}

// legacy refuses a parameter that expressions have replaced and that is not understood here.
func legacy(set bool, name, instead string) error {
	if set {
		return refuse("%s is not understood on sealed tables; use %s", name, instead)
	}
	return nil
}

// open opens an item of the SDK's; nil stays nil.
func open(ctx context.Context, s *seal.Sealer, in map[string]types.AttributeValue) (seal.Item, error) {
	if len(in) == 0 {
		return nil, nil
	}
	item, err := ToItem(in)
	if err != nil {
		return nil, err
	}
	return s.Open(ctx, item)
}

// openInto opens an item where it is.
func openInto(ctx context.Context, s *seal.Sealer, in *map[string]types.AttributeValue) error {
	if len(*in) == 0 {
		return nil
	}
	item, err := open(ctx, s, *in)
	if err != nil {
		*in = nil
		return err
	}
	*in = FromItem(item)
	return nil
}

// openFailed opens the item that a failed condition brings back when it was asked for.
func openFailed(s *seal.Sealer) func(context.Context, error) error {
	return func(ctx context.Context, err error) error {
		var failed *types.ConditionalCheckFailedException
		if errors.As(err, &failed) {
			if refused := openInto(ctx, s, &failed.Item); refused != nil {
				return errors.Join(err, refused)
			}
		}
		return err
	}
}
