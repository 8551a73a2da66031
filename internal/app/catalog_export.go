package app

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/internal/strict"
)

var exportForms = []string{"openlineage", "datahub", "tags"}

func newExport(w *World, f *catalogFlags) *cobra.Command {
	var output string
	var apply bool
	cmd := &cobra.Command{
		Use:   "export openlineage|datahub|tags",
		Short: "Write the catalog for other tools",
		Long: `Export writes what the catalog holds in a form that others read:

  openlineage  a DatasetEvent for each table, one a line, with the columns' types as tags
  datahub      metadata change proposals as DataHub takes them in, a list: each table's columns with tags
  tags         the commands of the AWS CLI that tag each store with its level; with --apply they are done instead`,
		Example: `  bailey catalog export openlineage -o datasets.jsonl
  bailey catalog export datahub -o mcps.json
  bailey catalog export tags
  bailey catalog export tags --apply`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: exportForms,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(exportForms, args[0]) {
				return badUse("", "%q is no form of export%s", args[0], strict.Suggest(args[0], exportForms))
			}
			if apply && args[0] != "tags" {
				return badUse("", "--apply is for tags")
			}
			return f.with(cmd.Context(), func(s *store.Store) error {
				if apply {
					return applyTags(cmd.Context(), w, f, s)
				}
				write := func(out io.Writer) error { return export(cmd.Context(), w, f, s, args[0], out) }
				if output == "" {
					return write(w.Stdout)
				}
				return writeTo(output, write)
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file")
	cmd.Flags().BoolVar(&apply, "apply", false, "set the tags, after showing which")
	return cmd
}

func export(ctx context.Context, w *World, f *catalogFlags, s *store.Store, form string, out io.Writer) error {
	if form == "tags" {
		return printTags(ctx, w, f, s, out)
	}
	entries, err := s.Entries(ctx)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if form == "datahub" {
		proposals := []map[string]any{}
		for table := range byTable(entries) {
			proposals = append(proposals, proposal(table))
		}
		enc.SetIndent("", "  ")
		return enc.Encode(proposals)
	}
	for table := range byTable(entries) {
		if err := enc.Encode(lineage(table)); err != nil {
			return err
		}
	}
	return nil
}

// byTable cuts the catalog into its tables.
func byTable(entries []store.Entry) iter.Seq[[]store.Entry] {
	return func(yield func([]store.Entry) bool) {
		for from := 0; from < len(entries); {
			to := from
			for to < len(entries) && entries[to].Store == entries[from].Store && entries[to].Table == entries[from].Table {
				to++
			}
			if !yield(entries[from:to]) {
				return
			}
			from = to
		}
	}
}

// proposal is a table as DataHub takes it in: a metadata change proposal with the tags of its columns.
// https://docs.datahub.com/docs/generated/metamodel/entities/dataset
func proposal(entries []store.Entry) map[string]any {
	tag := func(name string) map[string]any { return map[string]any{"tag": "urn:li:tag:" + name} }
	fields := []map[string]any{}
	for i := range entries {
		e := &entries[i]
		tags := []map[string]any{}
		if level := e.Holds(); level != "" {
			tags = append(tags, tag("bailey.level."+level))
		}
		if e.Verdict != classify.None {
			tags = append(tags, tag("bailey.data."+e.Type))
		}
		if !e.Gone && len(tags) > 0 {
			fields = append(fields, map[string]any{"fieldPath": e.Path, "globalTags": map[string]any{"tags": tags}})
		}
	}
	platform, rest, ok := strings.Cut(entries[0].Store, "://")
	if !ok {
		platform, rest = "file", entries[0].Store
	}
	if platform == "mariadb" {
		platform = "mysql"
	}
	name := entries[0].Table
	if _, db, ok := strings.Cut(rest, "/"); ok && platform != "file" && platform != "dynamodb" && db != "" {
		name = db + "." + name
	}
	return map[string]any{
		"entityType": "dataset", "changeType": "UPSERT", "aspectName": "editableSchemaMetadata",
		"entityUrn": "urn:li:dataset:(urn:li:dataPlatform:" + platform + "," + name + ",PROD)",
		"aspect":    map[string]any{"json": map[string]any{"editableSchemaFieldInfo": fields}},
	}
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
