package app

import (
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/iam/actions"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/principals"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/strict"
)

// inputFlags are the flags of every command that reads an estate.
type inputFlags struct {
	parameters, parameterFiles []string
	account, region            string
}

func (f *inputFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.parameters, "parameter", nil, "value of a template parameter or Terraform variable, NAME=VALUE, or @FILE")
	fl.StringArrayVar(&f.parameterFiles, "parameter-file", nil, "file with parameters")
	fl.StringVar(&f.account, "account-id", "", "account the resources are in (default: the one that the input's ARNs name)")
	fl.StringVar(&f.region, "region", "", "region the resources are in (default: the one that the input's ARNs name)")
}

// estate reads the paths, the current folder where there are none. What could not be read is told in the problems.
func (f *inputFlags) estate(w *World, paths []string) (*estate.Estate, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	r := &reader{parameterFiles: slices.Clone(f.parameterFiles)}
	c := checkFlags{parameters: f.parameters}
	var err error
	if r.parameters, err = c.parameterValues(r); err != nil {
		return nil, err
	}
	bar := newBar(w, "reading")
	r.progress = bar.step
	in, err := r.read(paths)
	bar.done()
	if err != nil {
		return nil, err
	}
	return estate.Build(in.readings...), nil
}

// splitTargets tells paths from names: an argument that exists as a file or folder is a path.
func splitTargets(args []string) (paths, names []string) {
	for _, a := range args {
		if _, err := os.Stat(a); err == nil {
			paths = append(paths, a)
		} else {
			names = append(names, a)
		}
	}
	return paths, names
}

// databases finds the stores that names mean, all of them without names.
func databases(e *estate.Estate, names []string) ([]estate.AnyResource, error) {
	var all, out []estate.AnyResource
	var known []string
	for _, r := range e.Resources {
		switch {
		case estate.IsStore(r):
			all = append(all, r)
			known = append(known, estate.ShortName(r))
		case r.Base().Kind().ARN != "" && r.Base().Kind().Var != "iam":
			known = append(known, estate.ShortName(r))
		}
	}
	if len(names) == 0 {
		if len(all) == 0 {
			return nil, badUse("Name a template, a Terraform folder or a saved estate.", "there is no database in the input")
		}
		return all, nil
	}
	for _, name := range names {
		before := len(out)
		for _, r := range e.Resources {
			if r.Base().Kind().ARN == "" || r.Base().Kind().Var == "iam" {
				continue
			}
			if slices.ContainsFunc(estate.Names(r), func(n string) bool { ok, _ := path.Match(name, n); return ok || n == name }) && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
		if len(out) == before {
			return nil, badUse("", "no database and no file is named %q%s", name, strict.Suggest(name, known))
		}
	}
	return out, nil
}

// whoCanFlags are the flags of bailey who-can.
type whoCanFlags struct {
	inputFlags
	format, output, at, until string
	attributes                []string
	withoutMFA, chain, direct bool
	color                     string
}

func newWhoCan(w *World) *cobra.Command {
	var f whoCanFlags
	cmd := &cobra.Command{
		Use:   "who-can VERB|ACTION [DATABASE…] [PATH…]",
		Short: "Say who can destroy, read or share a database, and by which chain of roles",
		Long: `Who-can answers from the policies in the input who can do something to a database: by itself, by assuming roles, or by
giving itself more permissions. It knows users, groups, roles and their trust policies, managed and inline policies,
permissions boundaries, policies of tables, keys and secrets, and the organization's control policies.

What is asked is an action such as dynamodb:DeleteTable, also with *, or one of these:

` + verbHelp() + `
Whatever is not in the input is unknown and never taken for a no: the answer names what it hangs on.`,
		Example: `  bailey who-can destroy orders
  bailey who-can destroy orders --without-mfa --chain
  bailey who-can dynamodb:PutItem users --attribute ssn
  bailey who-can read --at 2026-12-24T12:00Z infra/ --format json
  bailey who-can exfiltrate --format html -o who.html`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return whoCan(w, &f, args) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return verbNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	fl := cmd.Flags()
	f.register(cmd)
	fl.StringVarP(&f.format, "format", "f", "text", "one of "+strings.Join(report.AccessFormats(), ", "))
	fl.StringVarP(&f.output, "output", "o", "", "write the answer to this file")
	fl.StringArrayVar(&f.attributes, "attribute", nil, "attribute of a table that the request names")
	fl.BoolVar(&f.withoutMFA, "without-mfa", false, "only who can without a second factor")
	fl.StringVar(&f.at, "at", "", "the time to ask about, such as 2026-12-24T12:00Z (default: now)")
	fl.StringVar(&f.until, "until", "", "also who can at a later time, up to this one")
	fl.BoolVar(&f.chain, "chain", false, "tell every step of the chains")
	fl.BoolVar(&f.direct, "direct", false, "only what principals can as they are, without chains")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.AccessFormats(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func verbNames() []string {
	var out []string
	for _, v := range actions.Verbs() {
		out = append(out, v.Name)
	}
	return out
}

func verbHelp() string {
	var b strings.Builder
	for _, v := range actions.Verbs() {
		fmt.Fprintf(&b, "  %-17s %s\n", v.Name, v.Meaning)
	}
	return b.String()
}

func whoCan(w *World, f *whoCanFlags, args []string) error {
	if !slices.Contains(report.AccessFormats(), f.format) {
		return badUse("", "format %q does not exist%s", f.format, strict.Suggest(f.format, report.AccessFormats()))
	}
	answer := &report.Access{Question: report.AccessQuestion{Do: args[0], Attributes: f.attributes, Steps: f.chain}}
	ask := &principals.Ask{Attributes: f.attributes, Direct: f.direct}
	var err error
	if ask.Actions, answer.Question.Means, err = asked(args[0]); err != nil {
		return err
	}
	answer.Question.Actions = ask.Actions
	if ask.At, ask.Until, err = f.times(w); err != nil {
		return err
	}
	answer.Question.At = ask.At.Format(time.RFC3339)
	if f.until != "" {
		answer.Question.Until = ask.Until.Format(time.RFC3339)
	}
	if f.withoutMFA {
		ask.MFA, answer.Question.MFA = iam.WithoutMFA, "without"
	}
	paths, names := splitTargets(args[1:])
	e, err := f.estate(w, paths)
	if err != nil {
		return err
	}
	targets, err := databases(e, names)
	if err != nil {
		return err
	}
	world := principals.Build(e, estate.Home{Account: f.account, Region: f.region}, principals.Escalations())
	for _, r := range targets {
		answer.Databases = append(answer.Databases, accessOf(world, r, ask))
	}
	answer.Notes = accessNotes(world)
	bad := false
	for _, p := range e.Problems {
		answer.Problems = append(answer.Problems, finding.Problem{File: p.Origin.File, Line: p.Origin.Line, Column: p.Origin.Column, Message: p.Message, Fatal: p.Fatal})
		if p.Fatal {
			bad = true
			fmt.Fprintf(w.Stderr, "bailey: %s\n", p.Error())
		}
	}
	if err := f.write(w, answer); err != nil {
		return err
	}
	if bad {
		return &exitError{code: exitBad}
	}
	return nil
}

// asked turns a verb or a pattern of actions into actions.
func asked(do string) (names []string, means string, err error) {
	if strings.Contains(do, ":") || do == "*" {
		matched := actions.Match(do)
		for _, a := range matched {
			names = append(names, a.String())
		}
		service, _, _ := strings.Cut(do, ":")
		if len(names) == 0 && (actions.Carried(service) || strings.ContainsAny(do, "*?")) {
			hint := ""
			if s := actions.Suggest(do); s != "" {
				hint = fmt.Sprintf("; did you mean %s?", s)
			}
			return nil, "", badUse("", "AWS has no action %s%s", do, hint)
		}
		if len(names) == 0 {
			names = []string{do}
		}
		return names, "", nil
	}
	v, ok := actions.OfVerb(do)
	if !ok {
		return nil, "", badUse("An action has a service, such as dynamodb:DeleteTable.", "%q is no verb and no action%s", do, strict.Suggest(do, verbNames()))
	}
	for _, a := range v {
		if !slices.Contains(names, a.Action) {
			names = append(names, a.Action)
		}
	}
	for _, verb := range actions.Verbs() {
		if verb.Name == do {
			means = verb.Meaning
		}
	}
	return names, means, nil
}

func (f *whoCanFlags) times(w *World) (at, until time.Time, err error) {
	at = w.Now().UTC().Truncate(time.Second)
	read := func(flag, text string, into *time.Time) error {
		if text == "" {
			return nil
		}
		t, ok := iam.ParseTime(text)
		if !ok {
			return badUse("", "--%s %q is no time: write 2026-12-24T12:00Z or 2026-12-24", flag, text)
		}
		*into = t.UTC()
		return nil
	}
	if err = read("at", f.at, &at); err == nil {
		err = read("until", f.until, &until)
	}
	if err == nil && f.until != "" && until.Before(at) {
		err = badUse("", "--until %s is before %s", f.until, at.Format(time.RFC3339))
	}
	return at, until, err
}

// accessOf asks about one database and words the answer.
func accessOf(world *principals.World, r estate.AnyResource, ask *principals.Ask) report.AccessDatabase {
	o := r.Base().Declaration().Origin
	d := report.AccessDatabase{
		Resource: r.Base().Address(), Name: estate.ShortName(r), ARN: estate.ARN(r, world.Home), File: o.File, Line: o.Line,
		Asked: len(world.Graph.Entities), Who: []report.AccessGrant{},
	}
	can := map[*iam.Entity]bool{}
	for _, g := range world.Who(r, ask) {
		can[g.Entity] = true
		d.Who = append(d.Who, grantOf(world, &g))
	}
	for _, e := range world.Graph.Entities {
		if !can[e] && principals.SubjectOf(e).Resource != nil {
			d.Cannot = append(d.Cannot, principals.KindOf(&e.Principal)+" "+principals.NameOf(e))
		}
	}
	return d
}

func grantOf(world *principals.World, g *principals.Grant) report.AccessGrant {
	best := g.Best()
	subject := principals.SubjectOf(g.Entity)
	out := report.AccessGrant{
		Principal: g.Entity.Principal.ARN, Name: principals.NameOf(g.Entity), Kind: principals.KindOf(&g.Entity.Principal), ARN: g.Entity.Principal.ARN,
		Outside: subject.Outside, Sure: best.Sure, NeedsMFA: best.NeedsMFA,
	}
	if subject.Resource != nil {
		out.Principal = subject.Resource.Base().Address()
	}
	for _, k := range best.DependsOn {
		out.DependsOn = append(out.DependsOn, principals.Settles(k))
	}
	if !best.From.IsZero() {
		out.From = best.From.UTC().Format(time.RFC3339)
	}
	if !best.Until.IsZero() {
		out.Until = best.Until.UTC().Format(time.RFC3339)
	}
	for _, s := range best.Chain {
		to := principals.NameOf(s.To)
		if s.Unlimited {
			to = principals.NameOf(s.To) + " with any permission"
		}
		out.Chain = append(out.Chain, report.AccessStep{From: principals.NameOf(s.From), To: to, By: s.By})
	}
	for _, p := range g.Parts {
		on := ""
		if p.On != nil {
			on = p.On.Base().Kind().Name + " " + estate.ShortName(p.On)
		}
		i := slices.IndexFunc(out.Acts, func(a report.AccessAct) bool { return a.On == on })
		if i < 0 {
			i = len(out.Acts)
			out.Acts = append(out.Acts, report.AccessAct{On: on})
		}
		out.Acts[i].Actions = append(out.Acts[i].Actions, p.Access.Actions...)
	}
	for _, m := range best.Decision.Allowing {
		if m.Kind != iam.IdentityPolicy && m.Kind != iam.ResourcePolicy || slices.ContainsFunc(m.Keys, principals.IsOpen) {
			continue // a policy that nobody has seen allows nothing by itself
		}
		at := world.Origin(m.Statement)
		out.Allowing = append(out.Allowing, report.AccessAllow{Policy: m.Statement.Policy.Name, Statement: m.Statement.Name(), File: at.File, Line: at.Line})
	}
	return out
}

// accessNotes say what the answer rests on.
func accessNotes(world *principals.World) []string {
	var notes []string
	if world.Assumed {
		notes = append(notes, fmt.Sprintf("the input does not say which account and region it is for; taken for %s in %s (--account-id, --region).", world.Home.Account, world.Home.Region))
	}
	notes = append(notes, "who has the account's root user, and what lies outside the input, is not part of the answer.")
	return notes
}

func (f *whoCanFlags) write(w *World, a *report.Access) error {
	opts := report.Options{Width: w.Width, Color: f.color == "always" || f.color == "auto" && w.StdoutTerminal && f.output == "" && w.Env("NO_COLOR") == "" && w.Env("TERM") != "dumb"}
	if f.output == "" {
		return report.WriteAccess(w.Stdout, f.format, a, opts)
	}
	if err := writeTo(f.output, func(out io.Writer) error { return report.WriteAccess(out, f.format, a, opts) }); err != nil {
		return badUse("", "%s", plain(err))
	}
	fmt.Fprintf(w.Stderr, "written to %s\n", f.output)
	return nil
}
