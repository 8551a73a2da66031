package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/migrate"
	"github.com/baileydb/bailey/internal/sample"
	"github.com/baileydb/bailey/seal"
)

// migrateFlags are the flags of bailey seal migrate.
type migrateFlags struct {
	sealFlags
	oldKeys, oldKeyID, oldKMS string
	checkpoint, failures      string
	units                     float64
	all, dryRun, verify       bool
}

func newMigrate(w *World) *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:   "migrate TABLE",
		Short: "Seal an existing DynamoDB table in its place, or seal it anew under other keys",
		Long: `Migrate scans a table and seals each plain item where it is, with a write that only happens if nobody changed the item
since; attributes that are not signed are not touched. At the end it reads the whole table and opens every item.

Programs that read the table must be able to open sealed items before it begins; those that write it should seal by then,
or the reading at the end finds what they wrote in the clear. It takes the capacity that --units allows. What it did is
noted after every page, so that the same command, given again after an interruption, goes on from there.

With --all, sealed items are sealed anew: after a key was changed (--old-keys opens what the old one sealed), after a branch
key got a new version, or when attributes or the suite changed in the config.

AWS credentials and Region are those of the environment; AWS_ENDPOINT_URL_DYNAMODB names another endpoint. Items that
cannot be sealed are counted with the reason, and named by their key in the file of --failures only.

` + configHelp,
		Example: `  bailey seal migrate orders --kms arn:aws:kms:eu-west-1:111122223333:key/… --config orders.json --dry-run
  bailey seal migrate orders --kms arn:aws:kms:eu-west-1:111122223333:key/… --config orders.json --units 500
  bailey seal migrate orders --all --keys new.key --old-keys old.key --config orders.json
  bailey seal migrate orders --verify --keys new.key --config orders.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runMigrate(cmd.Context(), w, &f, args[0]) },
	}
	f.register(cmd)
	must(cmd.MarkFlagRequired("config"))
	fl := cmd.Flags()
	fl.StringVar(&f.oldKeys, "old-keys", "", "file with the key under which items are sealed now")
	fl.StringVar(&f.oldKeyID, "old-key-id", "", "which key of that file")
	fl.StringVar(&f.oldKMS, "old-kms", "", "ARN of the AWS KMS key under which items are sealed now")
	fl.StringVar(&f.checkpoint, "checkpoint", "", "file that notes how far it came (default: TABLE.migration.json); it is removed at the end")
	fl.StringVar(&f.failures, "failures", "", "file for the keys of items that could not be sealed, one a line")
	fl.Float64Var(&f.units, "units", 100, "capacity units, read and written, that may be taken in a second; 0 for no bound")
	fl.BoolVar(&f.all, "all", false, "seal again what is sealed already")
	fl.BoolVar(&f.dryRun, "dry-run", false, "say what would be done, and write nothing")
	fl.BoolVar(&f.verify, "verify", false, "only read the table and open every item")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "verify")
	return cmd
}

func runMigrate(ctx context.Context, w *World, f *migrateFlags, table string) error {
	if f.units < 0 {
		return badUse("", "--units %g is no capacity; write 0 for no bound", f.units)
	}
	if f.checkpoint == "" {
		f.checkpoint = table + ".migration.json"
	}
	now, both, err := f.sealers(ctx, w)
	if err != nil {
		return err
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil || c.Region == "" {
		return badUse("Set AWS_REGION, or name a profile with AWS_PROFILE.", "which Region and account the table is in cannot be told")
	}
	client := dynamodb.NewFromConfig(c)
	about, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		return badUse("", "%s: %s", table, sample.Short(err))
	}
	if err := sameKeys(about, both, table, f.config); err != nil {
		return err
	}
	m := &migrate.Migration{Client: client, Sealer: both, Table: table, All: f.all, Try: f.dryRun, Units: f.units}
	if !f.verify {
		if err := f.seal(ctx, w, m, aws.ToInt64(about.Table.ItemCount)); err != nil {
			return err
		}
	}
	if f.dryRun {
		return nil
	}
	bar := newBar(w, "reading again")
	m.Progress = func(n int64) { bar.step(int(n), int(max(n, aws.ToInt64(about.Table.ItemCount)))) }
	report, err := m.Verify(ctx, now)
	bar.done()
	if err != nil {
		return badUse("Nothing is lost; bailey seal migrate --verify reads it again.", "reading %s: %s", table, sample.Short(err))
	}
	if report.Failed > 0 {
		fmt.Fprintf(w.Stdout, "%d of %d items do not open under these keys and this config.\n", report.Failed, report.Seen)
		return f.tell(w, &report)
	}
	fmt.Fprintf(w.Stdout, "All %d items of %s are sealed and open.\n", report.Seen, table)
	return nil
}

// sealers are the one that seals and opens from now on, and the one that opens what was sealed before too.
func (f *migrateFlags) sealers(ctx context.Context, w *World) (now, both *seal.Sealer, err error) {
	keyring, err := f.keyring(ctx, w)
	if err != nil {
		return nil, nil, badUse("", "%s", plain(err))
	}
	if now, err = f.sealerWith(keyring); err != nil {
		return nil, nil, err
	}
	if f.oldKeys == "" && f.oldKMS == "" {
		return now, now, nil
	}
	old := keyFlags{keys: f.oldKeys, keyID: f.oldKeyID, provider: f.provider, kms: f.oldKMS}
	before, err := old.keyring(ctx, w)
	if err != nil {
		return nil, nil, badUse("", "%s", plain(err))
	}
	both, err = f.sealerWith(migrate.Change(before, keyring))
	return now, both, err
}

// sameKeys holds the config against the table.
func sameKeys(about *dynamodb.DescribeTableOutput, s *seal.Sealer, table, file string) error {
	var has []string
	for _, k := range about.Table.KeySchema { // the partition key is the first
		has = append(has, aws.ToString(k.AttributeName))
	}
	if want := s.Keys(); fmt.Sprint(want) != fmt.Sprint(has) {
		return badUse("", "%s: the keys are %v, and those of the table %s are %v", file, want, table, has)
	}
	return nil
}

// seal seals the table, from where an earlier run came to.
func (f *migrateFlags) seal(ctx context.Context, w *World, m *migrate.Migration, about int64) error {
	var state migrate.State
	if !f.dryRun {
		var err error
		if state, err = readState(f.checkpoint); err != nil {
			return err
		}
		m.Save = func(s migrate.State) error {
			text, err := json.Marshal(s)
			if err != nil {
				return err
			}
			return writeFile(f.checkpoint, text)
		}
	}
	if state.Report.Seen > 0 {
		fmt.Fprintf(w.Stderr, "going on after %d items, as %s says\n", state.Report.Seen, f.checkpoint)
	}
	start := w.Now()
	bar := newBar(w, "sealing")
	m.Progress = func(n int64) { bar.step(int(n), int(max(n, about))) }
	state, err := m.Seal(ctx, state)
	bar.done()
	r := &state.Report
	switch {
	case err != nil && ctx.Err() != nil:
		return &exitError{code: exitInterrupted, message: fmt.Sprintf("stopped after %d items; the same command goes on from there", r.Seen)}
	case err != nil:
		return badUse("What was sealed stays sealed; the same command goes on from there.", "after %d items: %s", r.Seen, sample.Short(err))
	}
	verb := "sealed"
	if f.dryRun {
		verb = "would be sealed"
	}
	fmt.Fprintf(w.Stdout, "%d of %d items %s in %s; %d were sealed already, %d were deleted meanwhile, %d could not be.\n",
		r.Sealed, r.Seen, verb, w.Now().Sub(start).Round(time.Second), r.Already, r.Gone, r.Failed)
	if r.Failed > 0 {
		err = f.tell(w, r)
	}
	if !f.dryRun {
		if rerr := os.Remove(f.checkpoint); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
			return badUse("", "%s", plain(rerr))
		}
	}
	return err
}

func readState(path string) (migrate.State, error) {
	var s migrate.State
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, badUse("Delete it to begin anew; what is sealed stays sealed.", "%s: %s", path, plain(err))
	}
	return s, nil
}

// tell says why items failed, and writes their keys where they are wanted.
func (f *migrateFlags) tell(w *World, r *migrate.Report) error {
	reasons, order := map[string]int{}, []string{}
	for i := range r.Failures {
		if reasons[r.Failures[i].Reason]++; reasons[r.Failures[i].Reason] == 1 {
			order = append(order, r.Failures[i].Reason)
		}
	}
	for _, reason := range order {
		fmt.Fprintf(w.Stdout, "  %d: %s\n", reasons[reason], reason)
	}
	if f.failures == "" {
		return &exitError{code: exitFindings, hint: "--failures FILE writes the keys of these items to a file."}
	}
	var text []byte
	for i := range r.Failures {
		line, err := json.Marshal(r.Failures[i])
		if err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	if err := os.WriteFile(f.failures, text, 0o600); err != nil {
		return badUse("", "%s", plain(err))
	}
	fmt.Fprintf(w.Stdout, "  their keys are in %s\n", f.failures)
	return &exitError{code: exitFindings}
}
