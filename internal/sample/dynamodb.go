package sample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/baileydb/bailey/internal/classify"
)

// dynamo is one table of DynamoDB, or all of a Region's.
type dynamo struct {
	name   string // the address without its options
	table  string // empty for all tables
	client *dynamodb.Client
	// units is how much read capacity a second may be taken.
	units float64
	time  time.Duration // the longest a request may take
}

// segments is into how many a large table is cut; a sample takes some of them, at random.
const segments = 64

// capacity is how much read capacity a second is taken where nobody says otherwise: of a table with 1,000 units a tenth.
const capacity = 100

// openDynamoDB opens dynamodb:TABLE, or dynamodb://TABLE?region=…&endpoint=…&units=….
func openDynamoDB(ctx context.Context, address string, l Limits) (Source, error) {
	rest := strings.TrimPrefix(strings.TrimPrefix(address, "dynamodb:"), "//")
	table, query, _ := strings.Cut(rest, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("%s: the options cannot be read; write dynamodb:TABLE?region=eu-west-1", address)
	}
	var options []func(*config.LoadOptions) error
	if r := q.Get("region"); r != "" {
		options = append(options, config.WithRegion(r))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	if c.Region == "" {
		return nil, errors.New("which Region? Set AWS_REGION, or write dynamodb:TABLE?region=eu-west-1")
	}
	d := &dynamo{name: "dynamodb://" + c.Region + "/" + table, table: table, units: capacity, time: l.Time}
	if u := q.Get("units"); u != "" {
		if _, err := fmt.Sscanf(u, "%g", &d.units); err != nil || d.units <= 0 {
			return nil, fmt.Errorf("units=%s is no number of read capacity units a second", u)
		}
	}
	d.client = dynamodb.NewFromConfig(c, func(o *dynamodb.Options) {
		if e := q.Get("endpoint"); e != "" {
			o.BaseEndpoint = aws.String(e)
		}
	})
	return d, nil
}

// Name implements [Source].
func (d *dynamo) Name() string { return d.name }

// Close implements [Source].
func (*dynamo) Close() error { return nil }

// Tables implements [Source].
func (d *dynamo) Tables(ctx context.Context) ([]Table, error) {
	ctx, cancel := within(ctx, d.time)
	defer cancel()
	names := []string{d.table}
	if d.table == "" {
		names = nil
		pages := dynamodb.NewListTablesPaginator(d.client, &dynamodb.ListTablesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, Short(because(ctx, err))
			}
			names = append(names, page.TableNames...)
		}
	}
	var out []Table
	for _, name := range names {
		t := Table{Name: name, Rows: -1}
		// The number of items is as of six hours ago; who may not ask for it may still scan.
		if about, err := d.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name}); err == nil {
			t.Rows = aws.ToInt64(about.Table.ItemCount)
			for _, a := range about.Table.AttributeDefinitions {
				t.Columns = append(t.Columns, classify.Meta{Path: aws.ToString(a.AttributeName), Type: string(a.AttributeType)})
			}
		} else if ctx.Err() != nil {
			return nil, because(ctx, err)
		} else if missing := (*types.ResourceNotFoundException)(nil); errors.As(err, &missing) {
			return nil, fmt.Errorf("there is no table %s in this account and Region", name)
		}
		out = append(out, t)
	}
	return out, nil
}

// cut is into how many segments a table is scanned.
func (*dynamo) cut(t *Table, l Limits) int32 {
	if l.Rows == 0 || t.Rows >= 0 && t.Rows <= int64(l.Rows) {
		return 1
	}
	return segments
}

// Plan implements [Source].
func (d *dynamo) Plan(t *Table, l Limits) string {
	if d.cut(t, l) == 1 {
		return fmt.Sprintf("Scan all of it, at %g read capacity units a second", d.units)
	}
	return fmt.Sprintf("Scan up to %d items from segments of %d at random, at %g read capacity units a second", l.Rows, segments, d.units)
}

// Read implements [Source]. It reads eventually consistent pages, segment by segment, and waits between them so that no
// more capacity is taken than was said.
func (d *dynamo) Read(ctx context.Context, t *Table, l Limits, into *Collector) error {
	total := d.cut(t, l)
	order := rand.Perm(int(total)) //nolint:gosec // a sample, not a key
	limit := int32(0)
	if l.Rows > 0 {
		limit = int32(max(1, min(l.Rows/pieces, 1000)))
	}
	for _, segment := range order {
		input := &dynamodb.ScanInput{
			TableName: &t.Name, Segment: aws.Int32(int32(segment)), TotalSegments: aws.Int32(total), //nolint:gosec // it is below 64
			ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		}
		if limit > 0 {
			input.Limit = aws.Int32(limit)
		}
		for {
			page, err := d.scan(ctx, input, l.Time)
			if err != nil {
				return err
			}
			for _, item := range page.Items {
				into.Rows++
				for name, v := range item {
					into.Walk(name, plainValue(v))
				}
			}
			if into.full(l) {
				return nil
			}
			if err := d.wait(ctx, page.ConsumedCapacity); err != nil {
				return err
			}
			// Of a large table one page of a segment will do: the next comes from elsewhere.
			if len(page.LastEvaluatedKey) == 0 || total > 1 && len(page.Items) > 0 {
				break
			}
			input.ExclusiveStartKey = page.LastEvaluatedKey
		}
	}
	return nil
}

func (d *dynamo) scan(ctx context.Context, input *dynamodb.ScanInput, longest time.Duration) (*dynamodb.ScanOutput, error) {
	ctx, cancel := within(ctx, longest)
	defer cancel()
	page, err := d.client.Scan(ctx, input)
	if err != nil {
		return nil, Short(because(ctx, err))
	}
	return page, nil
}

// wait lets pass the time in which what was consumed may be consumed.
func (d *dynamo) wait(ctx context.Context, used *types.ConsumedCapacity) error {
	if used == nil || used.CapacityUnits == nil {
		return ctx.Err()
	}
	select {
	case <-time.After(time.Duration(*used.CapacityUnits / d.units * float64(time.Second))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// plainValue is an attribute as a document has it. Of bytes only that there are some counts.
func plainValue(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return json.Number(v.Value)
	case *types.AttributeValueMemberBOOL:
		return v.Value
	case *types.AttributeValueMemberM:
		out := make(map[string]any, len(v.Value))
		for k, x := range v.Value {
			out[k] = plainValue(x)
		}
		return out
	case *types.AttributeValueMemberL:
		out := make([]any, len(v.Value))
		for i, x := range v.Value {
			out[i] = plainValue(x)
		}
		return out
	case *types.AttributeValueMemberSS:
		return texts(v.Value)
	case *types.AttributeValueMemberNS:
		return texts(v.Value)
	case *types.AttributeValueMemberB:
		return string(v.Value)
	}
	return nil
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// Short is what AWS said, its code and message without the request around it.
func Short(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return errors.New(api.ErrorCode() + ": " + strings.TrimSuffix(api.ErrorMessage(), "."))
	}
	return err
}
