package dynamodb

import (
	"context"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// operation is one of DynamoDB's that passes the guard.
type operation struct {
	input func() any
	call  func(ctx context.Context, c *dynamodb.Client, in any) (any, error)
}

func op[I, O any](f func(*dynamodb.Client, context.Context, *I, ...func(*dynamodb.Options)) (*O, error)) operation {
	return operation{
		input: func() any { return new(I) },
		call: func(ctx context.Context, c *dynamodb.Client, in any) (any, error) {
			typed, _ := in.(*I) // it was made by input
			return f(c, ctx, typed)
		},
	}
}

// operations are those that the guard knows. PartiQL's are not among them: what a statement touches cannot be told here.
var operations = map[string]operation{
	"BatchGetItem": op((*dynamodb.Client).BatchGetItem), "BatchWriteItem": op((*dynamodb.Client).BatchWriteItem),
	"DeleteItem": op((*dynamodb.Client).DeleteItem), "GetItem": op((*dynamodb.Client).GetItem), "PutItem": op((*dynamodb.Client).PutItem),
	"Query": op((*dynamodb.Client).Query), "Scan": op((*dynamodb.Client).Scan), "TransactGetItems": op((*dynamodb.Client).TransactGetItems),
	"TransactWriteItems": op((*dynamodb.Client).TransactWriteItems), "UpdateItem": op((*dynamodb.Client).UpdateItem),

	"CreateBackup": op((*dynamodb.Client).CreateBackup), "CreateTable": op((*dynamodb.Client).CreateTable), "DeleteBackup": op((*dynamodb.Client).DeleteBackup),
	"DeleteResourcePolicy": op((*dynamodb.Client).DeleteResourcePolicy), "DeleteTable": op((*dynamodb.Client).DeleteTable),
	"DescribeBackup": op((*dynamodb.Client).DescribeBackup), "DescribeContinuousBackups": op((*dynamodb.Client).DescribeContinuousBackups),
	"DescribeContributorInsights": op((*dynamodb.Client).DescribeContributorInsights), "DescribeEndpoints": op((*dynamodb.Client).DescribeEndpoints),
	"DescribeExport": op((*dynamodb.Client).DescribeExport), "DescribeImport": op((*dynamodb.Client).DescribeImport),
	"DescribeKinesisStreamingDestination": op((*dynamodb.Client).DescribeKinesisStreamingDestination), "DescribeLimits": op((*dynamodb.Client).DescribeLimits),
	"DescribeTable": op((*dynamodb.Client).DescribeTable), "DescribeTimeToLive": op((*dynamodb.Client).DescribeTimeToLive),
	"DisableKinesisStreamingDestination": op((*dynamodb.Client).DisableKinesisStreamingDestination),
	"EnableKinesisStreamingDestination":  op((*dynamodb.Client).EnableKinesisStreamingDestination),
	"ExportTableToPointInTime":           op((*dynamodb.Client).ExportTableToPointInTime), "GetResourcePolicy": op((*dynamodb.Client).GetResourcePolicy),
	"ImportTable": op((*dynamodb.Client).ImportTable), "ListBackups": op((*dynamodb.Client).ListBackups), "ListExports": op((*dynamodb.Client).ListExports),
	"ListImports": op((*dynamodb.Client).ListImports), "ListTables": op((*dynamodb.Client).ListTables), "ListTagsOfResource": op((*dynamodb.Client).ListTagsOfResource),
	"PutResourcePolicy": op((*dynamodb.Client).PutResourcePolicy), "RestoreTableFromBackup": op((*dynamodb.Client).RestoreTableFromBackup),
	"RestoreTableToPointInTime": op((*dynamodb.Client).RestoreTableToPointInTime), "TagResource": op((*dynamodb.Client).TagResource),
	"UntagResource": op((*dynamodb.Client).UntagResource), "UpdateContinuousBackups": op((*dynamodb.Client).UpdateContinuousBackups),
	"UpdateContributorInsights": op((*dynamodb.Client).UpdateContributorInsights), "UpdateTable": op((*dynamodb.Client).UpdateTable),
	"UpdateKinesisStreamingDestination": op((*dynamodb.Client).UpdateKinesisStreamingDestination),
	"UpdateTimeToLive":                  op((*dynamodb.Client).UpdateTimeToLive),
}

// destructive reports whether a request destroys data or the way back to it, or carries a whole table elsewhere.
func destructive(in any) bool {
	switch in := in.(type) {
	case *dynamodb.DeleteTableInput, *dynamodb.DeleteBackupInput, *dynamodb.ExportTableToPointInTimeInput, *dynamodb.RestoreTableFromBackupInput,
		*dynamodb.RestoreTableToPointInTimeInput, *dynamodb.PutResourcePolicyInput, *dynamodb.DeleteResourcePolicyInput,
		*dynamodb.EnableKinesisStreamingDestinationInput, *dynamodb.ImportTableInput:
		return true
	case *dynamodb.UpdateContinuousBackupsInput:
		p := in.PointInTimeRecoverySpecification
		return p == nil || p.PointInTimeRecoveryEnabled == nil || !*p.PointInTimeRecoveryEnabled || p.RecoveryPeriodInDays != nil
	case *dynamodb.UpdateTimeToLiveInput:
		return in.TimeToLiveSpecification == nil || in.TimeToLiveSpecification.Enabled == nil || *in.TimeToLiveSpecification.Enabled
	case *dynamodb.UpdateTableInput:
		for _, r := range in.ReplicaUpdates {
			if r.Delete != nil || r.Create != nil {
				return true
			}
		}
		return in.DeletionProtectionEnabled != nil && !*in.DeletionProtectionEnabled || in.SSESpecification != nil || in.StreamSpecification != nil
	}
	return false
}

// text is a member of an input by its name, empty where it has none.
func text(in any, names ...string) string {
	v := reflect.ValueOf(in).Elem()
	for _, n := range names {
		if f := v.FieldByName(n); f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().Kind() == reflect.String {
			return f.Elem().String()
		}
	}
	return ""
}
