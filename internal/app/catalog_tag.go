package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/baileydb/bailey/internal/sample"
	"github.com/baileydb/bailey/internal/store"
)

// tagging is a tag that says a database's level.
type tagging struct {
	store  string // as the catalog names it
	kind   sample.Kind
	region string
	name   string // of the instance, cluster or table; empty where the address does not tell
	key    string
	level  string
}

// taggings are the tags of all stores in the catalog that can have one.
func taggings(ctx context.Context, w *World, f *catalogFlags, s *store.Store) ([]tagging, error) {
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return nil, err
	}
	list, err := s.Summaries(ctx, pol.LevelNames(), nil, w.Now())
	if err != nil {
		return nil, err
	}
	entries, err := s.Entries(ctx)
	if err != nil {
		return nil, err
	}
	var out []tagging
	for i := range list {
		t := tagging{store: list[i].Store, key: pol.ClassificationTags[0], level: list[i].Level}
		if t.level == "" {
			t.level = pol.LevelNames()[0]
		}
		if rest, ok := strings.CutPrefix(t.store, "dynamodb://"); ok {
			t.kind = sample.DynamoDB
			t.region, _, _ = strings.Cut(rest, "/")
			out = append(out, tables(t, entries, pol.LevelNames())...)
			continue
		}
		host := strings.Split(strings.TrimPrefix(strings.TrimPrefix(t.store, "postgres://"), "mysql://"), ".")
		if len(host) > 4 && host[3] == "rds" { // orders.abc123.eu-west-1.rds.amazonaws.com
			t.kind, t.name, t.region = sample.Instance, host[0], host[2]
			if strings.HasPrefix(host[1], "cluster-") {
				t.kind = sample.Cluster
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// tables are the tags of the single tables of a DynamoDB store.
func tables(t tagging, entries []store.Entry, levels []string) []tagging {
	var out []tagging
	for table := range byTable(entries) {
		if table[0].Store != t.store {
			continue
		}
		one := t
		one.name, one.level = table[0].Table, levels[0]
		gone := true
		for i := range table {
			gone = gone && table[i].Gone
			if l := table[i].Holds(); !table[i].Gone && slices.Index(levels, l) > slices.Index(levels, one.level) {
				one.level = l
			}
		}
		if !gone {
			out = append(out, one)
		}
	}
	return out
}

// printTags writes the commands that put a store's level on it as a tag, where its address says what it is in AWS.
func printTags(ctx context.Context, w *World, f *catalogFlags, s *store.Store, out io.Writer) error {
	list, err := taggings(ctx, w, f, s)
	if err != nil {
		return err
	}
	for _, t := range list {
		switch t.kind {
		case sample.DynamoDB:
			fmt.Fprintf(out, "aws dynamodb tag-resource --region %s --resource-arn \"$(aws dynamodb describe-table --region %s --table-name %s --query Table.TableArn --output text)\" --tags Key=%s,Value=%s\n", t.region, t.region, t.name, t.key, t.level)
		case sample.Instance, sample.Cluster:
			id := map[sample.Kind]string{sample.Instance: "DBInstance", sample.Cluster: "DBCluster"}[t.kind]
			fmt.Fprintf(out, "aws rds add-tags-to-resource --region %s --resource-name \"$(aws rds describe-db-%ss --region %s --db-%s-identifier %s --query '%ss[0].%sArn' --output text)\" --tags Key=%s,Value=%s\n", t.region, t.kind, t.region, t.kind, t.name, id, id, t.key, t.level)
		default:
			fmt.Fprintf(out, "# %s: %s; its address does not tell what it is in AWS\n", t.store, t.level)
		}
	}
	return nil
}

// applyTags sets the tags, each after saying what it was and what it becomes.
func applyTags(ctx context.Context, w *World, f *catalogFlags, s *store.Store) error {
	list, err := taggings(ctx, w, f, s)
	if err != nil {
		return err
	}
	failed := 0
	for _, t := range list {
		if t.kind == "" {
			fmt.Fprintf(w.Stdout, "%s: left alone, as its address does not tell what it is in AWS; it holds %s data\n", t.store, t.level)
			continue
		}
		if err := t.apply(ctx, w.Stdout); err != nil {
			failed++
			fmt.Fprintf(w.Stderr, "bailey: %s %s in %s: %s\n", t.kind, t.name, t.region, sample.Short(err))
		}
	}
	if failed > 0 {
		return &exitError{code: exitBad}
	}
	return nil
}

func (t *tagging) apply(ctx context.Context, out io.Writer) error {
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(t.region))
	if err != nil {
		return err
	}
	r, arn, was, err := t.now(ctx, c)
	if err != nil {
		return err
	}
	switch was {
	case t.level:
		fmt.Fprintf(out, "%s %s: %s is %s already\n", t.kind, t.name, t.key, was)
		return nil
	case "":
		fmt.Fprintf(out, "%s %s: %s becomes %s\n", t.kind, t.name, t.key, t.level)
	default:
		fmt.Fprintf(out, "%s %s: %s was %s and becomes %s\n", t.kind, t.name, t.key, was, t.level)
	}
	if t.kind == sample.DynamoDB {
		_, err = dynamodb.NewFromConfig(c).TagResource(ctx, &dynamodb.TagResourceInput{ResourceArn: &arn, Tags: []dynamodbtypes.Tag{{Key: &t.key, Value: &t.level}}})
		return err
	}
	_, err = r.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{ResourceName: &arn, Tags: []rdstypes.Tag{{Key: &t.key, Value: &t.level}}})
	return err
}

// now asks for the ARN of what is tagged and for the tag's present value.
func (t *tagging) now(ctx context.Context, c aws.Config) (client *rds.Client, arn, value string, err error) {
	client = rds.NewFromConfig(c)
	var tags []rdstypes.Tag
	switch t.kind {
	case sample.DynamoDB:
		return t.tableNow(ctx, dynamodb.NewFromConfig(c))
	case sample.Cluster:
		out, err := client.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &t.name})
		if err != nil {
			return nil, "", "", err
		}
		if len(out.DBClusters) != 1 {
			return nil, "", "", errors.New("this account has no such cluster")
		}
		arn, tags = aws.ToString(out.DBClusters[0].DBClusterArn), out.DBClusters[0].TagList
	default:
		out, err := client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &t.name})
		if err != nil {
			return nil, "", "", err
		}
		if len(out.DBInstances) != 1 {
			return nil, "", "", errors.New("this account has no such instance")
		}
		arn, tags = aws.ToString(out.DBInstances[0].DBInstanceArn), out.DBInstances[0].TagList
	}
	for _, tag := range tags {
		if aws.ToString(tag.Key) == t.key {
			value = aws.ToString(tag.Value)
		}
	}
	return client, arn, value, nil
}

func (t *tagging) tableNow(ctx context.Context, client *dynamodb.Client) (none *rds.Client, arn, value string, err error) {
	about, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.name})
	if err != nil {
		return nil, "", "", err
	}
	arn = aws.ToString(about.Table.TableArn)
	tags, err := client.ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, "", "", err
	}
	for _, tag := range tags.Tags {
		if aws.ToString(tag.Key) == t.key {
			value = aws.ToString(tag.Value)
		}
	}
	return nil, arn, value, nil
}
