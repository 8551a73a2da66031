package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/internal/strict"
)

var exportForms = []string{"openlineage", "tags"}

func newExport(w *World, f *catalogFlags) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export openlineage|tags",
		Short: "Write the catalog for other tools",
		Long: `Export writes what the catalog holds in a form that others read:

  openlineage  a DatasetEvent for each table, one a line, with the columns' types as tags
  tags         the commands of the AWS CLI that tag each store with its level; nothing is sent`,
		Example: `  bailey catalog export openlineage -o datasets.jsonl
  bailey catalog export tags`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: exportForms,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(exportForms, args[0]) {
				return badUse("", "%q is no form of export%s", args[0], strict.Suggest(args[0], exportForms))
			}
			return f.with(cmd.Context(), func(s *store.Store) error {
				write := func(out io.Writer) error { return export(cmd.Context(), w, f, s, args[0], out) }
				if output == "" {
					return write(w.Stdout)
				}
				return writeTo(output, write)
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file")
	return cmd
}

func export(ctx context.Context, w *World, f *catalogFlags, s *store.Store, form string, out io.Writer) error {
	if form == "tags" {
		return exportTags(ctx, w, f, s, out)
	}
	entries, err := s.Entries(ctx)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for from := 0; from < len(entries); {
		to := from
		for to < len(entries) && entries[to].Store == entries[from].Store && entries[to].Table == entries[from].Table {
			to++
		}
		if err := enc.Encode(lineage(entries[from:to])); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// lineage is a table as OpenLineage has it: https://openlineage.io/spec/2-0-2/OpenLineage.json, with the schema and the
// tags facets.
func lineage(entries []store.Entry) map[string]any {
	const producer = "https://github.com/baileydb/bailey"
	facet := func(name string, more map[string]any) map[string]any {
		more["_producer"], more["_schemaURL"] = producer, "https://openlineage.io/spec/facets/"+name
		return more
	}
	fields, tags := []map[string]any{}, []map[string]any{}
	var at time.Time
	for i := range entries {
		e := &entries[i]
		if e.At.After(at) {
			at = e.At
		}
		if e.Gone {
			continue
		}
		fields = append(fields, map[string]any{"name": e.Path})
		if level := e.Holds(); level != "" {
			tags = append(tags, map[string]any{"key": "level", "value": level, "source": "bailey", "field": e.Path})
		}
		if e.Verdict != classify.None {
			tags = append(tags, map[string]any{"key": "data", "value": e.Type, "source": "bailey", "field": e.Path})
		}
	}
	return map[string]any{
		"eventTime": at.Format(time.RFC3339), "producer": producer, "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
		"dataset": map[string]any{
			"namespace": entries[0].Store, "name": entries[0].Table,
			"facets": map[string]any{
				"schema": facet("1-1-1/SchemaDatasetFacet.json", map[string]any{"fields": fields}),
				"tags":   facet("1-0-0/TagsDatasetFacet.json", map[string]any{"tags": tags}),
			},
		},
	}
}

// exportTags writes the commands that put a store's level on it as a tag, where its address says what it is in AWS.
func exportTags(ctx context.Context, w *World, f *catalogFlags, s *store.Store, out io.Writer) error {
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	list, err := s.Summaries(ctx, pol.LevelNames(), nil, w.Now())
	if err != nil {
		return err
	}
	key := pol.ClassificationTags[0]
	for i := range list {
		t := &list[i]
		level := t.Level
		if level == "" {
			level = pol.LevelNames()[0]
		}
		rest, ok := strings.CutPrefix(t.Store, "dynamodb://")
		region, table, named := strings.Cut(rest, "/")
		switch host := strings.Split(strings.TrimPrefix(strings.TrimPrefix(t.Store, "postgres://"), "mysql://"), "."); {
		case ok && named && table != "":
			fmt.Fprintf(out, "aws dynamodb tag-resource --region %s --resource-arn \"$(aws dynamodb describe-table --region %s --table-name %s --query Table.TableArn --output text)\" --tags Key=%s,Value=%s\n", region, region, table, key, level)
		case len(host) > 4 && host[3] == "rds":
			kind, id := "db-instance", "DBInstance"
			if strings.HasPrefix(host[1], "cluster-") {
				kind, id = "db-cluster", "DBCluster"
			}
			fmt.Fprintf(out, "aws rds add-tags-to-resource --region %s --resource-name \"$(aws rds describe-%ss --region %s --%s-identifier %s --query '%ss[0].%sArn' --output text)\" --tags Key=%s,Value=%s\n", host[2], kind, host[2], kind, host[0], id, id, key, level)
		default:
			fmt.Fprintf(out, "# %s: %s; its address does not say what it is in AWS\n", t.Store, level)
		}
	}
	return nil
}
