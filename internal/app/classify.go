package app

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/sample"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/internal/strict"
)

// classifyFlags are the flags of bailey classify.
type classifyFlags struct {
	format, output, store, policy string
	detectors, only               []string
	endpoints, secrets            []string
	rows                          string
	megabytes                     int64
	seconds                       int
	dryRun, all, resume           bool
	color                         string
}

var classifyFormats = []string{"text", "json", "csv"}

func newClassify(w *World) *cobra.Command {
	var f classifyFlags
	cmd := &cobra.Command{
		Use:   "classify ADDRESS…",
		Short: "Say what data databases and files hold, and how sensitive it is",
		Long: `Classify samples the tables of databases and files and says of each column what it holds: a card number, a name, a key,
or nothing out of the ordinary. It looks at some thousand rows of each table, taken from all over it, so that a large
table costs no more than a small one; sessions are read-only and statements time out.

An address is postgres://user@host/database, mysql://user@host/database, dynamodb:TABLE with the AWS credentials of the
environment (?region=, ?units= for the read capacity it may take a second), or a file: CSV or JSON lines, gzipped or not, or
Parquet; exports of DynamoDB and of RDS snapshots among them. The server has to prove who it is: ?sslmode= and ?tls= say otherwise. The password is best
left to PGPASSWORD, to BAILEY_PASSWORD, or to ~/.pgpass, as a command line is seen by everybody on the machine; ?auth=iam
logs in to RDS and Aurora with a token made from the AWS credentials instead.

An address can also be what declares databases: a template, a Terraform folder or plan, or an estate saved with bailey
estate. Where each database is, RDS is asked; the login is the --secret given, BAILEY_USER and BAILEY_PASSWORD, the
database's own secret in Secrets Manager, or BAILEY_USER with an IAM token where the database takes one.

A verdict rests on how many distinct values pass a detector's check compared with how many would by chance, and on what
names say; each carries its numbers and a masked shape, never a value. Verdicts go to the catalog, where a person's
decision is never overwritten.`,
		Example: `  bailey classify postgres://reader@db.example.com/shop
  bailey classify orders.csv customers.jsonl.gz --no-catalog
  bailey classify mysql://reader@localhost/shop?tls=false --dry-run
  bailey classify 'dynamodb:orders?region=eu-west-1&units=50'
  bailey classify estate.json --secret 'orders=prod/orders/reader'
  bailey classify export.csv --format json --rows all`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runClassify(cmd.Context(), w, &f, args) },
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.format, "format", "f", "text", "one of "+strings.Join(classifyFormats, ", "))
	fl.StringVarP(&f.output, "output", "o", "", "write the answer to this file")
	fl.StringVar(&f.store, "catalog", "", storeUsage+"; none keeps nothing")
	fl.StringVar(&f.policy, "policy", "", "policy file (default: bailey.yaml here or above)")
	fl.StringArrayVar(&f.detectors, "detectors", nil, "folder with detectors of your own")
	fl.StringArrayVar(&f.only, "table", nil, "only tables of this name; * and ? stand for any characters")
	fl.StringArrayVar(&f.secrets, "secret", nil, "secret of Secrets Manager to log in with to a declared database, NAME=SECRET, or for all")
	fl.StringArrayVar(&f.endpoints, "endpoint", nil, "where a declared database is, NAME=HOST:PORT or NAME=ADDRESS (default: what RDS says)")
	fl.StringVar(&f.rows, "rows", strconv.Itoa(sample.Defaults.Rows), "the most rows of each table, or all")
	fl.Int64Var(&f.megabytes, "megabytes", sample.Defaults.Bytes>>20, "the most megabytes of each table; 0 for no bound")
	fl.IntVar(&f.seconds, "seconds", int(sample.Defaults.Time.Seconds()), "the longest a statement may take; 0 for no bound")
	fl.BoolVar(&f.dryRun, "dry-run", false, "say what would be read, and read nothing")
	fl.BoolVar(&f.resume, "resume", false, "go on with a scan that did not come to its end")
	fl.BoolVar(&f.all, "all", false, "tell ordinary columns too")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(classifyFormats, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func (f *classifyFlags) limits() (sample.Limits, error) {
	l := sample.Limits{Bytes: f.megabytes << 20, Time: time.Duration(f.seconds) * time.Second}
	if f.rows == "all" {
		return sample.Limits{Time: l.Time}, nil
	}
	n, err := strconv.Atoi(f.rows)
	if err != nil || n < 1 {
		return l, badUse("", "--rows %q is no number of rows; write 5000 or all", f.rows)
	}
	l.Rows = n
	return l, nil
}

func runClassify(ctx context.Context, w *World, f *classifyFlags, args []string) error {
	if !slices.Contains(classifyFormats, f.format) {
		return badUse("", "format %q does not exist%s", f.format, strict.Suggest(f.format, classifyFormats))
	}
	limits, err := f.limits()
	if err != nil {
		return err
	}
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	set, err := classify.LoadWithLevels(pol.LevelNames(), f.detectors...)
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	scan := scanner{world: w, flags: f, limits: limits, set: set, policy: pol}
	f.store = storeName(f.store, pol)
	if f.store != "none" && !f.dryRun {
		if scan.store, err = store.Open(ctx, f.store); err != nil {
			return badUse("", "%s", plain(err))
		}
		defer scan.store.Close() //nolint:errcheck // every write was committed
	}
	for _, address := range args {
		if !isEstate(address) {
			scan.address(ctx, withPassword(address, w))
		} else if err := scan.estate(ctx, address); err != nil {
			return err
		}
	}
	if err := scan.write(); err != nil {
		return err
	}
	if scan.failed {
		return &exitError{code: exitBad}
	}
	return nil
}

// withPassword puts BAILEY_PASSWORD into an address that names a user and no password.
func withPassword(address string, w *World) string {
	password := w.Env("BAILEY_PASSWORD")
	if password == "" {
		return address
	}
	return sample.WithPassword(address, password)
}

// scanner classifies stores one after the other and keeps what it found.
type scanner struct {
	world  *World
	flags  *classifyFlags
	limits sample.Limits
	set    *classify.Set
	policy *policy.Policy
	store  *store.Store
	answer report.Classification
	failed bool
}

// fail tells what could not be read, and goes on.
func (s *scanner) fail(where string, err error) {
	s.failed = true
	s.answer.Problems = append(s.answer.Problems, where+": "+plain(err))
}

func (s *scanner) address(ctx context.Context, address string) {
	src, err := sample.Open(ctx, address, s.limits)
	if err != nil {
		s.failed = true
		s.answer.Problems = append(s.answer.Problems, plain(err))
		return
	}
	defer src.Close() //nolint:errcheck // nothing was written to it
	list, err := src.Tables(ctx)
	if err != nil {
		s.fail(src.Name(), err)
		return
	}
	all := make([]string, len(list))
	for i := range list {
		all[i] = list[i].Name
	}
	list = slices.DeleteFunc(list, func(t sample.Table) bool {
		return len(s.flags.only) > 0 && !slices.ContainsFunc(s.flags.only, func(p string) bool { return policy.Fits(p, t.Name) || policy.Fits("*."+p, t.Name) })
	})
	if len(list) < len(all) {
		all = nil
	}
	out := report.ClassifiedStore{Store: src.Name()}
	if len(list) == 0 {
		s.fail(src.Name(), errors.New("there is no table to read"))
	}
	if s.flags.dryRun {
		for i := range list {
			out.Tables = append(out.Tables, report.ClassifiedTable{Table: list[i].Name, Plan: src.Plan(&list[i], s.limits)})
		}
	} else if len(list) > 0 {
		s.tables(ctx, src, list, all, &out)
	}
	var levels []classify.Result
	for i := range out.Tables {
		levels = append(levels, out.Tables[i].Results...)
	}
	out.Level = classify.Highest(s.set.Levels(), levels...)
	s.answer.Stores = append(s.answer.Stores, out)
}

// tables scans the tables of a store. all are the names of those it has, nil where only some are asked for.
func (s *scanner) tables(ctx context.Context, src sample.Source, list []sample.Table, all []string, out *report.ClassifiedStore) {
	done, known := s.begin(ctx, src.Name())
	bar := newBar(s.world, "classifying")
	defer bar.done()
	for i := range list {
		t := &list[i]
		if n, ok := done[t.Name]; ok {
			out.Resumed++
			out.Tables = append(out.Tables, fromCatalog(known, src.Name(), t.Name, n, s.set.Levels()))
			continue
		}
		table := s.table(ctx, src, t)
		if ctx.Err() != nil {
			s.fail(src.Name(), fmt.Errorf("stopped after %d of %d tables; bailey classify --resume goes on from there", i, len(list)))
			return
		}
		out.Tables = append(out.Tables, table)
		bar.step(i+1, len(list))
	}
	if s.store != nil {
		if err := s.store.EndScan(ctx, src.Name(), all, s.world.Now()); err != nil {
			s.fail(store.Plain(s.flags.store), err)
		}
	}
}

// begin notes in the catalog that a scan begins, and returns which tables an unfinished one had done, with the catalog.
func (s *scanner) begin(ctx context.Context, name string) (map[string]int, []store.Entry) {
	if s.store == nil {
		return nil, nil
	}
	done, err := s.store.BeginScan(ctx, name, s.flags.resume, s.world.Now())
	var known []store.Entry
	if err == nil && len(done) > 0 {
		known, err = s.store.Entries(ctx)
	}
	if err != nil {
		s.fail(store.Plain(s.flags.store), err)
		return nil, nil
	}
	return done, known
}

// fromCatalog is a table as an earlier scan found it.
func fromCatalog(known []store.Entry, name, table string, rows int, levels []string) report.ClassifiedTable {
	out := report.ClassifiedTable{Table: table, Rows: rows}
	for i := range known {
		if e := &known[i]; e.Store == name && e.Table == table && !e.Gone {
			out.Results = append(out.Results, e.Result())
		}
	}
	out.Level = classify.Highest(levels, out.Results...)
	return out
}

func (s *scanner) table(ctx context.Context, src sample.Source, t *sample.Table) report.ClassifiedTable {
	into := sample.NewCollector(s.set, src.Name(), t)
	err := src.Read(ctx, t, s.limits, into)
	if ctx.Err() != nil {
		return report.ClassifiedTable{} // a table half read is read again
	}
	if err != nil {
		s.fail(src.Name()+" "+t.Name, err)
	}
	for _, p := range into.Problems {
		s.answer.Problems = append(s.answer.Problems, src.Name()+" "+t.Name+": "+p)
	}
	out := report.ClassifiedTable{Table: t.Name, Rows: into.Rows, Results: into.Results()}
	out.Level = classify.Highest(s.set.Levels(), out.Results...)
	if s.store == nil || err != nil && into.Rows == 0 {
		return out
	}
	drift, err := s.store.Record(ctx, src.Name(), t.Name, into.Rows, out.Results, s.world.Now())
	if err != nil {
		s.fail(store.Plain(s.flags.store), err)
	}
	for _, d := range drift {
		out.Drift = append(out.Drift, fmt.Sprintf("%s was %s and is now %s", d.Path, d.Before, d.After))
	}
	return out
}

func (s *scanner) write() error {
	s.answer.All, s.answer.Catalog = s.flags.all, store.Plain(s.flags.store)
	if s.store == nil {
		s.answer.Catalog = ""
	}
	write := func(out io.Writer) error {
		switch s.flags.format {
		case "json":
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			return enc.Encode(s.answer.Columns())
		case "csv":
			return writeColumns(out, s.answer.Columns())
		}
		opts := report.Options{Width: s.world.Width, Color: s.flags.color == "always" || s.flags.color == "auto" && s.world.StdoutTerminal && s.flags.output == "" && s.world.Env("NO_COLOR") == ""}
		return report.WriteClassification(out, &s.answer, opts)
	}
	if s.flags.format != "text" {
		for _, p := range s.answer.Problems {
			fmt.Fprintf(s.world.Stderr, "bailey: %s\n", p)
		}
	}
	if s.flags.output == "" {
		return write(s.world.Stdout)
	}
	return writeTo(s.flags.output, write)
}

func writeColumns(out io.Writer, columns []report.ClassifiedColumn) error {
	c := csv.NewWriter(out)
	_ = c.Write([]string{"store", "table", "column", "verdict", "type", "level", "n", "k", "confidence", "evidence"})
	for i := range columns {
		x := &columns[i]
		_ = c.Write([]string{x.Store, x.Table, x.Column, string(x.Verdict), x.Type, x.Level, strconv.Itoa(x.N), strconv.Itoa(x.K), strconv.FormatFloat(x.Confidence, 'f', 3, 64), strings.Join(x.Evidence, "; ")})
	}
	c.Flush()
	return c.Error()
}
