package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/internal/strict"
)

// catalogFlags are the flags of bailey catalog.
type catalogFlags struct {
	store, policy, format, output string
	level                         string
	all                           bool
	reason, author                string
}

func newCatalog(w *World) *cobra.Command {
	var f catalogFlags
	cmd := &cobra.Command{
		Use:   "catalog [PATTERN]",
		Short: "Show what data lives where, what people decided, and what changed",
		Long: `Catalog lists what bailey classify found: each store's level, its sensitive columns with the evidence, what a person
decided otherwise, what changed between scans, and which stores are due for review. A pattern selects stores, tables or
columns; * stands for any characters.

The exit code is 1 where a review is overdue.`,
		Example: `  bailey catalog
  bailey catalog '*.orders.*' --all
  bailey catalog --format csv -o catalog.csv
  bailey catalog override orders.csv note --level public --reason "test data only"
  bailey catalog review
  bailey catalog export openlineage -o datasets.jsonl
  bailey catalog reviewed postgres://db.example.com/shop`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), func(s *store.Store) error { return showCatalog(cmd.Context(), w, &f, s, args) })
		},
	}
	pf := cmd.PersistentFlags()
	pf.StringVar(&f.store, "catalog", "", storeUsage)
	pf.StringVar(&f.policy, "policy", "", "policy file (default: bailey.yaml here or above)")
	fl := cmd.Flags()
	fl.StringVarP(&f.format, "format", "f", "text", "text, json or csv")
	fl.StringVarP(&f.output, "output", "o", "", "write the answer to this file")
	fl.StringVar(&f.level, "level", "", "only what has this level")
	fl.BoolVar(&f.all, "all", false, "ordinary columns too, and those that are gone")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(classifyFormats, cobra.ShellCompDirectiveNoFileComp)))
	cmd.AddCommand(newOverride(w, &f), newReview(w, &f), newReviewed(w, &f), newExport(w, &f))
	return cmd
}

// with opens the store, which has to be there.
func (f *catalogFlags) with(ctx context.Context, use func(*store.Store) error) error {
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	s, err := existingStore(ctx, storeName(f.store, pol))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // every write was committed
	return use(s)
}

func newOverride(w *World, f *catalogFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "override TABLE COLUMN --level LEVEL --reason TEXT",
		Short: "Decide a column's level, whatever scans say",
		Long: `Override keeps a person's decision about a column. Later scans do not change it; where they say otherwise, the
disagreement is shown.`,
		Example: `  bailey catalog override public.orders note --level secret --reason "customers write card numbers there"
  bailey catalog override orders.csv note --level none --reason "test data only" --author ann`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), func(s *store.Store) error { return override(cmd.Context(), w, f, s, args[0], args[1]) })
		},
	}
	cmd.Flags().StringVar(&f.level, "level", "", "the level that holds, or none for ordinary data")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why")
	cmd.Flags().StringVar(&f.author, "author", "", "who decides (default: $USER)")
	return cmd
}

func newReviewed(w *World, f *catalogFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reviewed STORE",
		Short: "Say that a person looked at a store's classification",
		Long:  "Reviewed starts the time anew after which the store has to be looked at again, review_every of its level.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), func(s *store.Store) error {
				entries, err := s.Entries(cmd.Context())
				if err != nil {
					return err
				}
				if i := slices.IndexFunc(entries, func(e store.Entry) bool { return e.Store == args[0] }); i < 0 {
					return badUse("", "%s is not in the catalog%s", args[0], strict.Suggest(args[0], storeNames(entries)))
				}
				return s.Review(cmd.Context(), args[0], f.who(w), w.Now())
			})
		},
	}
	cmd.Flags().StringVar(&f.author, "author", "", "who looked (default: $USER)")
	return cmd
}

func (f *catalogFlags) who(w *World) string {
	if f.author != "" {
		return f.author
	}
	return w.Env("USER")
}

func storeNames(entries []store.Entry) []string {
	var out []string
	for i := range entries {
		if !slices.Contains(out, entries[i].Store) {
			out = append(out, entries[i].Store)
		}
	}
	return out
}

func override(ctx context.Context, w *World, f *catalogFlags, s *store.Store, table, column string) error {
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	o := store.Override{Level: f.level, Reason: strings.TrimSpace(f.reason), Author: f.who(w), At: w.Now()}
	switch {
	case o.Level == "none":
		o.Level = ""
	case !slices.Contains(pol.LevelNames(), o.Level):
		return badUse("", "--level %q is no level of the policy%s; they are %s, and none", o.Level, strict.Suggest(o.Level, pol.LevelNames()), strings.Join(pol.LevelNames(), ", "))
	}
	if o.Reason == "" {
		return badUse("", "say why, with --reason: whoever reads the catalog in a year will ask")
	}
	if o.Author == "" {
		return badUse("", "say who decides, with --author")
	}
	entries, err := s.Entries(ctx)
	if err != nil {
		return err
	}
	var found []store.Entry
	var known []string
	for i := range entries {
		if e := &entries[i]; e.Table == table {
			known = append(known, e.Path)
			if e.Path == column {
				found = append(found, *e)
			}
		}
	}
	switch {
	case len(found) == 0 && len(known) == 0:
		return badUse("", "no table %s is in the catalog", table)
	case len(found) == 0:
		return badUse("", "%s has no column %s%s", table, column, strict.Suggest(column, known))
	}
	for i := range found {
		if err := s.Decide(ctx, found[i].Store, table, column, o); err != nil {
			return err
		}
	}
	return nil
}

func showCatalog(ctx context.Context, w *World, f *catalogFlags, s *store.Store, args []string) error {
	if !slices.Contains(classifyFormats, f.format) {
		return badUse("", "format %q does not exist%s", f.format, strict.Suggest(f.format, classifyFormats))
	}
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	every := map[string]time.Duration{}
	for _, l := range pol.Levels {
		every[l.Name] = l.ReviewEvery
	}
	answer := report.Catalog{Risks: map[string]report.Risk{}}
	if answer.Stores, err = s.Summaries(ctx, pol.LevelNames(), every, w.Now()); err != nil {
		return err
	}
	for i := range answer.Stores {
		answer.Risks[answer.Stores[i].Store] = risk(pol, &answer.Stores[i])
	}
	entries, err := s.Entries(ctx)
	if err != nil {
		return err
	}
	for i := range entries {
		if f.wants(&entries[i], args) {
			answer.Entries = append(answer.Entries, entries[i])
		}
	}
	if answer.Drifts, err = s.Drifts(ctx); err != nil {
		return err
	}
	if err := f.write(w, &answer); err != nil {
		return err
	}
	if slices.ContainsFunc(answer.Stores, func(t store.Summary) bool { return t.Overdue > 0 }) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// risk is what the policy says of a store.
func risk(pol *policy.Policy, s *store.Summary) report.Risk {
	r := report.Risk{Level: s.Level, Regulations: []string{}, Owner: pol.OwnerOf(append(templateNames(s.Store), s.Store)...)}
	if l, ok := pol.Level(s.Level); ok {
		r.Means, r.Leak, r.Regulations = l.Means, l.Leak, append(r.Regulations, l.Regulations...)
	}
	return r
}

// wants reports whether an entry is one of those asked for.
func (f *catalogFlags) wants(e *store.Entry, args []string) bool {
	if !f.all && (e.Gone || e.Verdict == classify.None && e.Override == nil) {
		return false
	}
	if f.level != "" && e.Holds() != f.level {
		return false
	}
	if len(args) == 0 {
		return true
	}
	for _, name := range []string{e.Store, e.Table, e.Path, e.Table + "." + e.Path, e.Store + "." + e.Table + "." + e.Path} {
		if policy.Fits(args[0], name) {
			return true
		}
	}
	return false
}

func (f *catalogFlags) write(w *World, answer *report.Catalog) error {
	write := func(out io.Writer) error {
		switch f.format {
		case "json":
			enc := json.NewEncoder(out)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			return enc.Encode(answer)
		case "csv":
			return report.WriteCatalogCSV(out, answer)
		}
		opts := report.Options{Width: w.Width, Color: w.StdoutTerminal && f.output == "" && w.Env("NO_COLOR") == ""}
		return report.WriteCatalog(out, answer, opts)
	}
	if f.output == "" {
		return write(w.Stdout)
	}
	if err := writeTo(f.output, write); err != nil {
		return badUse("", "%s", plain(err))
	}
	fmt.Fprintf(w.Stderr, "written to %s\n", f.output)
	return nil
}

// catalogLevels are the levels of the stores in the catalog here, where there is one, by the names that a template may have
// for them: a database's, and the first part of its host, which is the instance's or the cluster's.
func catalogLevels(ctx context.Context, pol *policy.Policy, now time.Time) (map[string]string, error) {
	name := storeName("", pol)
	if _, err := os.Stat(name); err != nil && !store.IsAddress(name) {
		return nil, nil //nolint:nilnil // no catalog, no levels
	}
	s, err := existingStore(ctx, name)
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // it was only read
	list, err := s.Summaries(ctx, pol.LevelNames(), nil, now)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	raise := func(name, level string) {
		if pol.Rank(level) > pol.Rank(out[name]) || out[name] == "" {
			out[name] = level
		}
	}
	for i := range list {
		for _, name := range templateNames(list[i].Store) {
			raise(name, list[i].Level)
		}
	}
	entries, err := s.Entries(ctx)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if e := &entries[i]; !e.Gone && strings.HasPrefix(e.Store, "dynamodb://") {
			raise(e.Table, e.Holds())
		}
	}
	return out, nil
}

func templateNames(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil
	}
	if u.Scheme == "dynamodb" { // the host is the Region
		return []string{strings.Trim(u.Path, "/")}
	}
	names := []string{}
	if host, _, ok := strings.Cut(u.Hostname(), "."); ok {
		names = append(names, host)
	}
	if db := strings.Trim(u.Path, "/"); db != "" {
		names = append(names, db)
	}
	return names
}
