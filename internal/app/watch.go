package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/notify/pattern"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/sigma"
	"github.com/baileydb/bailey/internal/strict"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/lists"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// watchFlags are the flags of bailey watch.
type watchFlags struct {
	replay, follow                 []string
	share                          sharing
	rules, sigma                   []string
	format, output, policy, failOn string
	memory, match, flowFormat      string
	workers                        int
	checkpoint                     time.Duration
	save, notify                   bool
	color                          string
}

var watchFormats = []string{"text", "html", "json", "guardduty", "asff", "ocsf"}

func newWatch(w *World) *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch --replay PATH | --follow SOURCE",
		Short: "Find strange behaviour in the logs of an account and its databases",
		Long: `Watch reads logs from files and folders, packed or not, and tells of each what it is by its content: CloudTrail as it is
delivered, event history, single records, results of Lake; flow logs in Parquet, and in text with the fields of its first line or
of version 2; Resolver query logs; flow and DNS activity in OCSF; logs of AWS WAF; audit, general, slow and error logs of MySQL,
MariaDB and Aurora, PostgreSQL's log on RDS and pgaudit's lines in it, decrypted activity streams; the record of Bailey's guard. It
opens what CloudWatch Logs, Firehose and EventBridge put around them. docs/logs.md says how each is switched on and what is not read.
It matches every event with the detections (bailey detections), counts in windows and against what it learned before, and says
what it found with its evidence.

What was learned is kept in the file of --memory, and while a replay goes on, how far it is: one that was stopped goes on
where it was, with the same findings in the end.

With --follow the watch goes on: over files that come into a folder, lines that are added to a file or come on standard input,
objects below an S3 prefix, an SQS queue that is told of them, or messages on a NATS subject. What is found is told as it is
found, once. What was read and what was learned are kept in the folder of --state by an embedded NATS JetStream; a watch that
was stopped or killed goes on where it was. With --nats they are kept by a cluster, and any number of processes share the
work of a replay or of a watch that goes on: --work joins as one that only reads.

Only the events' own time counts: the same input gives the same findings. An event that is delivered twice counts once;
what cannot be read is told, and the rest goes on.

Sigma rules for CloudTrail, Resolver query logs and VPC flow logs are read from the folders of --sigma. How many were loaded
is told, and which were left out and why.

A finding on a store takes its level from the catalog and the policy: the same act on secret data is worse.`,
		Example: `  bailey watch --replay logs/
  bailey watch --replay AWSLogs/ --format guardduty -o findings.json
  bailey watch --replay logs/ --format html -o watch.html
  bailey watch --replay logs/ --match high.json
  bailey watch --replay logs/ --sigma sigma/rules/cloud/aws
  bailey watch --replay trail.json.gz --rules my-detections/ --fail-on medium
  bailey watch --follow https://sqs.eu-west-1.amazonaws.com/111122223333/trail --save --notify
  bailey watch --follow /var/log/mysql/audit.log --follow flow-logs/
  bailey watch --replay s3://my-trail/AWSLogs/ --nats nats://n1:4222,nats://n2:4222,nats://n3:4222
  bailey watch --work --nats nats://n1:4222`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runWatch(cmd.Context(), w, &f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.replay, "replay", nil, "file or folder with logs, or s3://BUCKET/PREFIX; - is standard input")
	fl.StringArrayVar(&f.follow, "follow", nil, "logs to follow: a folder, a file, - for standard input, s3://BUCKET/PREFIX, an SQS queue's address, or nats:SUBJECT")
	fl.StringVar(&f.share.folder, "state", "bailey-watch", "folder in which --follow keeps what was read and learned")
	fl.DurationVar(&f.share.every, "every", 5*time.Second, "how often --follow tells what is found")
	fl.StringVar(&f.share.nats, "nats", "", "NATS servers with JetStream to share the watch through, with commas between them")
	fl.StringVar(&f.share.creds, "nats-creds", "", "file with NATS credentials")
	fl.StringVar(&f.share.ca, "nats-ca", "", "file with the certificates that NATS servers are verified with")
	fl.StringVar(&f.share.name, "name", "bailey", "name of the watch among those on the same NATS servers")
	fl.BoolVar(&f.share.work, "work", false, "only read what others publish, until interrupted")
	fl.StringArrayVar(&f.rules, "rules", nil, "folder with detections of your own")
	fl.StringArrayVar(&f.sigma, "sigma", nil, "folder with Sigma rules")
	fl.StringVarP(&f.format, "format", "f", "text", "one of "+strings.Join(watchFormats, ", "))
	fl.StringVarP(&f.output, "output", "o", "", "write the answer to this file")
	fl.StringVar(&f.policy, "policy", "", "policy file (default: bailey.yaml here or above)")
	fl.StringVar(&f.failOn, "fail-on", "never", "exit with 1 at a finding of this severity: low, medium, high or never")
	fl.StringVar(&f.memory, "memory", "", "file that keeps what was seen before, and how far a replay is")
	fl.StringVar(&f.flowFormat, "flow-format", "", "format that the flow logs were made with, where their first line does not name the fields: '${srcaddr} ${dstaddr} ...'")
	fl.StringVar(&f.match, "match", "", "file with an event pattern as EventBridge has it; only findings that fit it are told")
	fl.BoolVar(&f.save, "save", false, "keep what is found in the store, for bailey findings")
	fl.BoolVar(&f.notify, "notify", false, "tell the destinations of bailey.yaml what is found")
	fl.IntVar(&f.workers, "workers", 0, "files read at once (default: the processors)")
	fl.DurationVar(&f.checkpoint, "checkpoint", 5*time.Second, "how often --memory is written while a replay goes on")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	cmd.MarkFlagsOneRequired("replay", "follow", "work")
	cmd.MarkFlagsMutuallyExclusive("replay", "follow", "work")
	cmd.MarkFlagsMutuallyExclusive("nats", "memory")
	cmd.MarkFlagsMutuallyExclusive("follow", "memory")
	cmd.AddCommand(newWatchVerify(w), newTestNotify(w), newResend(w))
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(watchFormats, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// detections are the built-in ones, and those of folders, which replace built-in ones of the same identifier.
func detections(dirs []string) ([]*rules.Detection, error) {
	all, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, badUse("", "%s is no folder with detections", dir)
		}
		own, err := rules.LoadDetections(os.DirFS(dir), filepath.ToSlash(dir)+"/")
		if err != nil {
			return nil, badUse("", "%s", err)
		}
		for _, d := range own {
			if i := slices.IndexFunc(all, func(x *rules.Detection) bool { return x.ID == d.ID }); i >= 0 {
				all[i] = d
				continue
			}
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *rules.Detection) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// withSigma adds the Sigma rules of folders, and tells which were left out. wrong says that a file could not be read; the
// rest is used.
func withSigma(w *World, list []*rules.Detection, dirs []string) (all []*rules.Detection, wrong bool, err error) {
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, false, badUse("", "%s is no folder with Sigma rules", dir)
		}
		own, skipped, err := sigma.Load(os.DirFS(dir), filepath.ToSlash(filepath.Clean(dir))+"/")
		if err == nil && len(own)+len(skipped) == 0 {
			return nil, false, badUse("", "%s holds no Sigma rules: they are files that end in .yml or .yaml", dir)
		}
		if err != nil {
			wrong = true
			for line := range strings.Lines(plain(err)) {
				fmt.Fprintf(w.Stderr, "bailey: %s\n", strings.TrimSpace(line))
			}
		}
		n := 0
		for _, d := range own {
			if i := slices.IndexFunc(list, func(x *rules.Detection) bool { return x.ID == d.ID }); i >= 0 {
				skipped = append(skipped, sigma.Skipped{File: d.File(), Line: 1, Title: d.Title, Reason: list[i].File() + " has the same name"})
				continue
			}
			list = append(list, d)
			n++
		}
		for _, s := range skipped {
			fmt.Fprintf(w.Stderr, "bailey: %s\n", s)
		}
		fmt.Fprintf(w.Stderr, "bailey: %s: %d %s loaded, %d skipped\n", filepath.ToSlash(dir), n, plural(n, "Sigma rule", "Sigma rules"), len(skipped))
	}
	return list, wrong, nil
}

// smallWatch is the memory that a watch may take before the collector is as busy as ever, in bytes.
const smallWatch = 256 << 20

func runWatch(ctx context.Context, w *World, f *watchFlags) error {
	defer keepSmall(smallWatch)()
	if !slices.Contains(watchFormats, f.format) {
		return badUse("", "format %q does not exist%s", f.format, strict.Suggest(f.format, watchFormats))
	}
	threshold := finding.None
	if f.failOn != "never" {
		var err error
		if threshold, err = finding.ParseLabel(f.failOn); err != nil {
			return badUse("", "--fail-on: %s", err)
		}
	}
	list, err := detections(f.rules)
	if err != nil {
		return err
	}
	list, wrong, err := withSigma(w, list, f.sigma)
	if err != nil {
		return err
	}
	engine, err := watch.NewEngine(list)
	if err != nil {
		return err
	}
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	levels, err := catalogLevels(ctx, pol, w.Now())
	if err != nil {
		return err
	}
	engine.Level = func(name string) string {
		if m, ok := pol.LevelOf(name); ok {
			return m.Level
		}
		return levels[name]
	}
	known, troubles := readLists(pol, w.Now())
	engine.Use(lists.NewSet(known))
	for _, t := range troubles {
		fmt.Fprintf(w.Stderr, "bailey: %s\n", t)
	}
	var tell *notices
	if f.notify {
		if tell, err = openNotices(ctx, w, pol); err != nil {
			return err
		}
		defer tell.store.Close() //nolint:errcheck // every write was committed
	}
	switch {
	case f.share.work:
		return f.work(ctx, w, engine)
	case len(f.follow) > 0:
		return f.live(ctx, w, engine, pol, tell)
	}
	once := f.alone
	if f.share.nats != "" {
		once = f.shared
	}
	found, events, problems, err := once(ctx, w, engine)
	if err != nil {
		return err
	}
	if found, err = f.matching(found); err != nil {
		return err
	}
	found, archived, err := suppressed(pol, found, w.Now())
	if err != nil {
		return err
	}
	if len(archived) > 0 {
		told := "1 finding is"
		if n := len(archived); n > 1 {
			told = fmt.Sprintf("%d findings are", n)
		}
		fmt.Fprintf(w.Stderr, "%s archived, as watch.suppress in %s says\n", told, pol.File)
	}
	if f.save {
		if err := saveArchived(ctx, storeName("", pol), archived); err != nil {
			return err
		}
		if err := saveFindings(ctx, storeName("", pol), found); err != nil {
			return err
		}
	}
	var untold error // what was found is written even where nobody could be told of it
	if tell != nil {
		untold = tell.take(ctx, found, f.save)
	}
	for _, p := range problems {
		fmt.Fprintf(w.Stderr, "bailey: %s:%d: %s\n", p.File, p.At, p.Message)
	}
	if err := f.write(w, events, found); err != nil {
		return err
	}
	switch {
	case untold != nil:
		return untold
	case len(problems) > 0 || wrong:
		return &exitError{code: exitBad}
	case threshold != finding.None && slices.ContainsFunc(found, func(x watch.Finding) bool { return x.Severity.Label.Rank() >= threshold.Rank() }):
		return &exitError{code: exitFindings}
	}
	return nil
}

// alone replays in this process.
func (f *watchFlags) alone(ctx context.Context, w *World, engine *watch.Engine) (found []watch.Finding, events int64, problems []watch.Problem, err error) {
	state, err := f.readState(w)
	if err != nil {
		return nil, 0, nil, err
	}
	problems, err = f.read(ctx, w, engine, state)
	if err != nil {
		return nil, 0, nil, err
	}
	events, problems = state.Events, append(problems, full(state)...)
	found = engine.Evaluate(state)
	state.Settle(engine)
	if f.memory != "" {
		err = f.saveState(state)
	}
	return found, events, problems, err
}

// matching leaves the findings that fit the event pattern, as EventBridge would see them.
func (f *watchFlags) matching(found []watch.Finding) ([]watch.Finding, error) {
	if f.match == "" {
		return found, nil
	}
	text, err := os.ReadFile(f.match)
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	p, err := pattern.Parse(text)
	if err != nil {
		return nil, badUse("", "%s: %s", f.match, err)
	}
	out := []watch.Finding{}
	for i := range found {
		event, err := json.Marshal(found[i].EventBridge())
		if err != nil {
			return nil, err
		}
		if p.Match(event) {
			out = append(out, found[i])
		}
	}
	return out, nil
}

// readState is what was learned, or what a replay that was stopped has read so far.
func (f *watchFlags) readState(w *World) (*watch.State, error) {
	if f.memory == "" {
		return watch.NewState(), nil
	}
	text, err := os.ReadFile(f.memory)
	if os.IsNotExist(err) {
		return watch.NewState(), nil
	}
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	s, err := watch.ParseState(text)
	if err != nil {
		return nil, badUse("Delete it to learn anew.", "%s: %s", f.memory, err)
	}
	if len(s.Done) > 0 {
		fmt.Fprintf(w.Stderr, "going on after %d events, as %s says\n", s.Events, f.memory)
	}
	return s, nil
}

func (f *watchFlags) saveState(s *watch.State) error {
	text, err := s.Text()
	if err != nil {
		return err
	}
	if err := writeFile(f.memory, text); err != nil {
		return badUse("", "%s", plain(err))
	}
	return nil
}

// inputs are the files and objects below the paths.
func (f *watchFlags) inputs(ctx context.Context, w *World) (inputs []replay.Input, problems []watch.Problem, err error) {
	for _, path := range f.replay {
		var more []replay.Input
		switch {
		case path == "-":
			more = []replay.Input{{Name: "standard input", Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(w.Stdin), nil }}}
		case strings.HasPrefix(path, "s3://"):
			more, err = s3Inputs(ctx, w, path)
		default:
			more, err = replay.Walk(path, func(p watch.Problem) { problems = append(problems, p) })
		}
		if err != nil {
			return nil, nil, badUse("", "%s", plain(err))
		}
		inputs = append(inputs, more...)
	}
	return inputs, problems, nil
}

// read reads every file below the paths, several at once.
func (f *watchFlags) read(ctx context.Context, w *World, engine *watch.Engine, state *watch.State) ([]watch.Problem, error) {
	inputs, problems, err := f.inputs(ctx, w)
	if err != nil {
		return nil, err
	}
	bar := newBar(w, "reading")
	r := &replay.Replay{Engine: engine, State: state, Workers: f.workersOrAll(), Options: feed.Options{FlowFormat: f.flowFormat}, Every: f.checkpoint, Now: w.Now, Progress: bar.step}
	if f.memory != "" {
		r.Save = f.saveState
	}
	more, err := r.Read(ctx, inputs)
	bar.done()
	switch {
	case errors.Is(err, context.Canceled) && f.memory != "":
		return nil, &exitError{code: exitInterrupted, message: fmt.Sprintf("stopped after %d events; the same command goes on from there", state.Events)}
	case err != nil:
		return nil, err
	}
	return append(problems, more...), nil
}

func (f *watchFlags) write(w *World, events int64, found []watch.Finding) error {
	write := func(out io.Writer) error {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		switch f.format {
		case "json":
			return enc.Encode(found)
		case "html":
			return report.WriteWatchHTML(out, events, found, version)
		case "asff":
			return report.WriteWatchASFF(out, found)
		case "ocsf":
			return report.WriteWatchOCSF(out, found, version)
		case "guardduty":
			list := []map[string]any{}
			for i := range found {
				list = append(list, found[i].GuardDuty())
			}
			return enc.Encode(list)
		}
		opts := report.Options{Width: w.Width, Color: f.color == "always" || f.color == "auto" && w.StdoutTerminal && f.output == "" && w.Env("NO_COLOR") == ""}
		return report.WriteWatch(out, events, found, opts)
	}
	if f.output == "" {
		return write(w.Stdout)
	}
	if err := writeTo(f.output, write); err != nil {
		return badUse("", "%s", plain(err))
	}
	return nil
}
