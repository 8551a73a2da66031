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

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/check"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/fix"
	"github.com/baileydb/bailey/internal/parallel"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/strict"
)

// checkFlags are the flags of bailey check.
type checkFlags struct {
	policy, format, output, failOn, baseline, level, color string
	account, region                                        string
	parameters, parameterFiles, safeguards, only, skip     []string
	all, failUnknown                                       bool
}

func newCheck(w *World) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [PATH…]",
		Short: "Say what each database lacks for the level of its data",
		Long: `Check reads CloudFormation templates, Terraform folders and plans, and saved estates, finds the databases in them
and says for each which level its data has, what that level demands, what of it holds, fails or cannot be told, and
what to do. Without a path it reads the current folder.

It exits with 0 when nothing open is at or above --fail-on, with 1 when something is, and with 2 on bad use or when
a file could not be read; everything else is then still checked and reported.`,
		Example: `  bailey check
  bailey check template.yaml --parameter Stage=prod --parameter @params.json
  bailey check infra/ --format sarif -o bailey.sarif
  bailey check --fail-on medium --baseline baseline.json
  bailey check --only 'rds/*' --only CKV_AWS_16 --all --format json`,
		RunE: func(cmd *cobra.Command, args []string) error { return runCheck(cmd.Context(), w, &f, args) },
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.policy, "policy", "p", "", "policy file (default: bailey.yaml here, if there is one)")
	fl.StringArrayVar(&f.parameters, "parameter", nil, "value of a template parameter or Terraform variable, NAME=VALUE, or @FILE")
	fl.StringArrayVar(&f.parameterFiles, "parameter-file", nil, "file with parameters: the AWS CLI's or CodePipeline's JSON, YAML, or .tfvars")
	fl.StringVarP(&f.format, "format", "f", "text", "one of "+strings.Join(report.Formats(), ", "))
	fl.StringVarP(&f.output, "output", "o", "", "write the report to this file")
	fl.StringVar(&f.failOn, "fail-on", "high", "lowest severity that makes the exit code 1: low, medium, high or never")
	fl.BoolVar(&f.failUnknown, "fail-on-unknown", false, "let what cannot be told count for --fail-on as well")
	fl.StringVar(&f.baseline, "baseline", "", "an earlier JSON report: what is in it is reported but does not count")
	fl.StringSliceVar(&f.only, "only", nil, "only these safeguards: names, patterns such as 'rds/*', or other tools' identifiers")
	fl.StringSliceVar(&f.skip, "skip", nil, "all but these safeguards")
	fl.StringVar(&f.level, "level", "", "check as if all data had this level")
	fl.StringArrayVar(&f.safeguards, "safeguards", nil, "folder with safeguards of your own, beside the built-in ones")
	fl.BoolVarP(&f.all, "all", "a", false, "also list what passes and what the level does not demand")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	fl.StringVar(&f.account, "account-id", "", "AWS account for asff and ocsf")
	fl.StringVar(&f.region, "region", "", "AWS region for asff and ocsf")
	completions(cmd)
	return cmd
}

// completions offers values for the flags whose values are known.
func completions(cmd *cobra.Command) {
	fixed := map[string][]string{
		"format": report.Formats(), "fail-on": {"low", "medium", "high", "never"}, "color": {"auto", "always", "never"},
		"level": policy.Default().LevelNames(),
	}
	for name, values := range fixed {
		must(cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
	}
	for _, name := range []string{"only", "skip"} {
		must(cmd.RegisterFlagCompletionFunc(name, completeIDs))
	}
}

// must is for what only a mistake in this program can make fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// smallCheck is the memory that a check of a few hundred templates gets along with, in bytes.
const smallCheck = 120 << 20

func runCheck(ctx context.Context, w *World, f *checkFlags, paths []string) error {
	if err := f.validate(); err != nil {
		return err
	}
	defer keepSmall(smallCheck)()
	if len(paths) == 0 {
		paths = []string{"."}
	}
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	if _, ok := pol.Level(f.level); f.level != "" && !ok {
		return badUse("", "level %q is not defined%s", f.level, strict.Suggest(f.level, pol.LevelNames()))
	}
	set, broken, err := loadRules(f.safeguards, f.only, f.skip)
	if err != nil {
		return err
	}
	r := &reader{parameterFiles: slices.Clone(f.parameterFiles)}
	if r.parameters, err = f.parameterValues(r); err != nil {
		return err
	}
	bar := newBar(w, "reading")
	r.progress = bar.step
	in, err := r.read(paths)
	bar.done()
	if err != nil {
		return err
	}
	rep, err := checked(ctx, w, f, pol, set, in, broken)
	if err != nil {
		return err
	}
	if err := f.applyBaseline(rep); err != nil {
		return err
	}
	check.Summarize(rep, in.files, rep.Summary.Resources)
	if err := f.write(w, rep); err != nil {
		return err
	}
	return f.exit(rep)
}

func (f *checkFlags) validate() error {
	if !slices.Contains(report.Formats(), f.format) {
		return badUse("", "format %q does not exist%s", f.format, strict.Suggest(f.format, report.Formats()))
	}
	if f.failOn != "never" {
		if _, err := finding.ParseLabel(f.failOn); err != nil {
			return badUse("", "--fail-on %q: want low, medium, high or never", f.failOn)
		}
	}
	if !slices.Contains([]string{"auto", "always", "never"}, f.color) {
		return badUse("", "--color %q: want auto, always or never", f.color)
	}
	return nil
}

// parameterValues splits NAME=VALUE; @FILE goes to the parameter files.
func (f *checkFlags) parameterValues(r *reader) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range f.parameters {
		if file, ok := strings.CutPrefix(p, "@"); ok {
			r.parameterFiles = append(r.parameterFiles, file)
			continue
		}
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, badUse("Write --parameter Stage=prod, or --parameter @params.json for a file.", "--parameter %q has no =", p)
		}
		out[name] = value
	}
	return out, nil
}

// loadPolicy reads the named policy file, else bailey.yaml here, else takes the defaults.
func loadPolicy(name string) (*policy.Policy, error) {
	file := name
	if file == "" {
		file = "bailey.yaml"
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) && name == "" {
		return policy.Default(), nil
	}
	if err != nil {
		return nil, badUse("bailey init writes a policy from what is here.", "%s", plain(err))
	}
	p, err := policy.Parse(file, data)
	if err != nil {
		return nil, badUse("", "the policy cannot be used:\n%s", err)
	}
	return p, nil
}

// checked makes the report: verdicts with their fixes, stores, problems.
func checked(ctx context.Context, w *World, f *checkFlags, pol *policy.Policy, set *rules.Set, in *inputs, broken []finding.Problem) (*finding.Report, error) {
	e := estate.Build(in.readings...)
	bar := newBar(w, "checking")
	now := w.Now().UTC()
	catalog, err := catalogLevels(ctx, pol, now)
	if err != nil {
		return nil, err
	}
	res, err := check.Check(check.Input{Estate: e, Policy: pol, Rules: set, Now: now, Level: f.level, Catalog: catalog, Progress: bar.step, Brief: !f.all && f.format != "html"})
	bar.done()
	rep := &finding.Report{
		Version: Version(), Time: now.Format(time.RFC3339), Levels: pol.LevelNames(),
		Stores: res.Stores, Findings: make([]finding.Finding, 0, len(res.Verdicts)), Skipped: in.skipped, Problems: broken,
	}
	if rep.Stores == nil {
		rep.Stores = []finding.Store{}
	}
	if err != nil {
		rep.Problems = append(rep.Problems, problemsOf(err)...)
	}
	parallel.Each(len(res.Verdicts), func(i int) {
		if v := &res.Verdicts[i]; v.Verdict != finding.Pass {
			v.Fix = fix.Describe(set, v.Rule, v.Resource)
		}
	}, nil)
	for i := range res.Verdicts {
		rep.Findings = append(rep.Findings, res.Verdicts[i].Finding)
	}
	for _, p := range e.Problems {
		rep.Problems = append(rep.Problems, finding.Problem{
			File: p.Origin.File, Line: p.Origin.Line, Column: p.Origin.Column, Message: p.Message, Fatal: p.Fatal,
		})
	}
	for _, wv := range pol.Expired(now) {
		rep.Problems = append(rep.Problems, finding.Problem{
			File: pol.File, Line: wv.Line,
			Message: fmt.Sprintf("the waiver of %s for %s ended on %s; renew or remove it", wv.Safeguard, wv.Pattern, wv.Until.Format(time.DateOnly)),
		})
	}
	rep.Summary.Resources = len(e.Resources)
	return rep, nil
}

// applyBaseline marks the findings that an earlier report holds.
func (f *checkFlags) applyBaseline(rep *finding.Report) error {
	if f.baseline == "" {
		return nil
	}
	data, err := os.ReadFile(f.baseline)
	if err != nil {
		return badUse("bailey check --format json -o "+f.baseline+" writes one.", "%s", plain(err))
	}
	var old finding.Report
	if err := json.Unmarshal(data, &old); err != nil || old.Version == "" {
		return badUse("bailey check --format json -o "+f.baseline+" writes one.", "%s is not a JSON report of Bailey", f.baseline)
	}
	known := map[string]finding.Verdict{}
	for i := range old.Findings {
		if x := &old.Findings[i]; x.Verdict != finding.Pass {
			known[x.ID] = x.Verdict
		}
	}
	for i := range rep.Findings {
		x := &rep.Findings[i]
		// What could not be told then and fails now is news.
		if was, ok := known[x.ID]; ok && (was == x.Verdict || was == finding.Fail) && x.Verdict != finding.Pass {
			x.Baseline = true
		}
	}
	return nil
}

func (f *checkFlags) write(w *World, rep *finding.Report) error {
	opts := report.Options{
		Width: w.Width, Color: f.color == "always" || f.color == "auto" && w.StdoutTerminal && f.output == "" && w.Env("NO_COLOR") == "" && w.Env("TERM") != "dumb",
		Source: readFile, All: f.all, AccountID: f.account, Region: f.region,
	}
	if f.output == "" {
		return report.Write(w.Stdout, f.format, rep, opts)
	}
	err := writeTo(f.output, func(out io.Writer) error { return report.Write(out, f.format, rep, opts) })
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	total := rep.Summary.Failed.Total()
	fmt.Fprintf(w.Stderr, "%d failed, %d unknown, %d passed: written to %s\n", total, rep.Summary.Unknown, rep.Summary.Passed, f.output)
	return nil
}

// writeFile replaces a file's content; see writeTo.
func writeFile(name string, data []byte) error {
	return writeTo(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeTo replaces a file at once, so that a full disk leaves the old one. What is no regular file, such as a pipe, a
// link or /dev/null, is written to.
func writeTo(name string, write func(io.Writer) error) error {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".bailey-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone after the rename
	if err := write(tmp); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// exit decides the exit code.
func (f *checkFlags) exit(rep *finding.Report) error {
	for i := range rep.Problems {
		if rep.Problems[i].Fatal {
			return &exitError{code: exitBad}
		}
	}
	if f.failOn == "never" {
		return nil
	}
	threshold := finding.Label(f.failOn).Rank()
	for i := range rep.Findings {
		x := &rep.Findings[i]
		counts := x.Verdict == finding.Fail || f.failUnknown
		if x.Open() && counts && x.Severity.Label.Rank() >= threshold {
			return &exitError{code: exitFindings}
		}
	}
	return nil
}

// bar is a progress bar that appears when the work takes over a second and a person looks.
type bar struct {
	w     io.Writer
	what  string
	start time.Time
	now   func() time.Time
	pb    *progressbar.ProgressBar
}

func newBar(w *World, what string) *bar {
	b := &bar{what: what, start: w.Now(), now: w.Now}
	if w.StderrTerminal {
		b.w = w.Stderr
	}
	return b
}

func (b *bar) step(done, all int) {
	if b.w == nil || b.pb == nil && b.now().Sub(b.start) < time.Second {
		return
	}
	if b.pb == nil {
		b.pb = progressbar.NewOptions(all, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(b.what),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	_ = b.pb.Set(done) // a bar that cannot be drawn is no reason to stop
}

func (b *bar) done() {
	if b.pb != nil {
		_ = b.pb.Finish()
	}
}
