package app

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/iam"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/grant"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/principals"
	"github.com/baileydb/bailey/internal/strict"
	"github.com/baileydb/bailey/internal/trail"
)

// grantFlags are the flags of bailey grant.
type grantFlags struct {
	inputFlags
	format, output       string
	attributes, keys     []string
	leadingKey           string
	scan, mfa, dangerous bool
	lasts, from, until   string
	to, role             string
	members              []string
	dbUser, resourceID   string
	trails               []string
	principal            string
}

func newGrant(w *World) *cobra.Command {
	var f grantFlags
	cmd := &cobra.Command{
		Use:   "grant read|write|read-write|admin DATABASE|ARN [PATH…] | grant --from-trail LOGS --principal ARN",
		Short: "Write the least policy for a purpose, and prove it",
		Long: `Grant writes the policy that a person or a service should have, and no more: reading or writing named attributes of a
table, a login to an RDS database as one user, or destruction through a role that few may assume and none without a
second factor. Grants can end by themselves.

With --from-trail it writes what a principal really did, from CloudTrail's records; what destroys, weakens, copies out or
shares is left out and told, or kept behind a second factor with --dangerous.

Whatever it writes was put before the evaluator first: the requests it is for are allowed, and thousands of generated
ones that it is not for are denied. Nothing is sent to AWS.`,
		Example: `  bailey grant read arn:aws:dynamodb:eu-west-1:111122223333:table/users --key id --attribute name --attribute city --for 7d
  bailey grant write users infra/ --account-id 111122223333 --attribute note --to arn:aws:iam::111122223333:role/importer
  bailey grant read orders infra/ --db-user report --for 1d
  bailey grant admin orders infra/ --role db-admin --member arn:aws:iam::111122223333:user/ann --format cloudformation
  bailey grant --from-trail logs/ --principal arn:aws:iam::111122223333:role/app --format terraform`,
		RunE: func(_ *cobra.Command, args []string) error { return runGrant(w, &f, args) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return purposes(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	fl := cmd.Flags()
	f.register(cmd)
	fl.StringVarP(&f.format, "format", "f", "text", "one of "+strings.Join(grant.Formats(), ", "))
	fl.StringVarP(&f.output, "output", "o", "", "write the policy to this file")
	fl.StringSliceVar(&f.attributes, "attribute", nil, "attribute of a table that may be read or written (default: all)")
	fl.StringSliceVar(&f.keys, "key", nil, "key attributes of the table, where an ARN is given (default: those that the input declares)")
	fl.StringVar(&f.leadingKey, "leading-key", "", "only items with this partition key; policy variables such as ${aws:username} work")
	fl.BoolVar(&f.scan, "scan", false, "also read a whole table at once")
	fl.BoolVar(&f.mfa, "mfa", false, "demand a second factor")
	fl.StringVar(&f.lasts, "for", "", "how long the grant lasts, such as 8h, 7d or 2w")
	fl.StringVar(&f.from, "from", "", "when it begins, such as 2026-12-24T12:00Z (default: at once)")
	fl.StringVar(&f.until, "until", "", "when it ends")
	fl.StringVar(&f.to, "to", "", "ARN of the user or role that the policy is attached to")
	fl.StringVar(&f.role, "role", "db-admin", "name of the role of an admin grant")
	fl.StringSliceVar(&f.members, "member", nil, "ARN of a user or role that may assume the role of an admin grant")
	fl.StringVar(&f.dbUser, "db-user", "", "database user that an RDS login is for")
	fl.StringVar(&f.resourceID, "resource-id", "", "DbiResourceId or DbClusterResourceId of the database of an RDS login")
	fl.StringSliceVar(&f.trails, "from-trail", nil, "files or folders of CloudTrail records to write the policy from")
	fl.StringVar(&f.principal, "principal", "", "ARN of the user or role whose records count")
	fl.BoolVar(&f.dangerous, "dangerous", false, "keep observed actions that destroy, weaken, copy out or share, behind a second factor")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(grant.Formats(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func purposes() []string {
	var out []string
	for _, p := range grant.Purposes() {
		out = append(out, string(p))
	}
	return out
}

func runGrant(w *World, f *grantFlags, args []string) error {
	if !slices.Contains(grant.Formats(), f.format) {
		return badUse("", "format %q does not exist%s", f.format, strict.Suggest(f.format, grant.Formats()))
	}
	s := &grant.Spec{
		Attributes: f.attributes, LeadingKey: f.leadingKey, Scan: f.scan, MFA: f.mfa, Role: f.role, Members: f.members,
		DBUser: f.dbUser, ResourceID: f.resourceID, Dangerous: f.dangerous,
	}
	if err := f.bounds(w, s); err != nil {
		return err
	}
	var notes []string
	var err error
	switch {
	case len(f.trails) > 0 && len(args) > 0:
		return badUse("", "a grant is written either for a purpose or from a trail: leave out %s or --from-trail", args[0])
	case len(f.trails) > 0:
		notes, err = f.observed(s)
	case len(args) < 2:
		return badUse("", "what is the grant for, and for which database? For example: bailey grant read orders")
	default:
		err = f.purposed(w, s, args)
	}
	if err != nil {
		return err
	}
	g, err := grant.Make(s)
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	g.Notes = append(g.Notes, notes...)
	return f.write(w, g)
}

// bounds reads when the grant begins and ends.
func (f *grantFlags) bounds(w *World, s *grant.Spec) error {
	for _, t := range []struct {
		flag, text string
		into       *time.Time
	}{{"from", f.from, &s.From}, {"until", f.until, &s.Until}} {
		if t.text == "" {
			continue
		}
		at, ok := iam.ParseTime(t.text)
		if !ok {
			return badUse("", "--%s %q is no time: write 2026-12-24T12:00Z or 2026-12-24", t.flag, t.text)
		}
		*t.into = at.UTC()
	}
	if f.lasts == "" {
		return nil
	}
	if f.until != "" {
		return badUse("", "give either --for or --until")
	}
	d, err := policy.ParseDuration(f.lasts)
	if err != nil || d <= 0 {
		return badUse("", "--for %q is no length of time: write 8h, 7d or 2w", f.lasts)
	}
	begin := s.From
	if begin.IsZero() {
		begin = w.Now().UTC().Truncate(time.Second)
	}
	s.Until = begin.Add(d)
	return nil
}

// purposed fills in which database, from the input or an ARN.
func (f *grantFlags) purposed(w *World, s *grant.Spec, args []string) error {
	if s.Purpose = grant.Purpose(args[0]); !slices.Contains(grant.Purposes(), s.Purpose) {
		return badUse("", "%q is no purpose of a grant%s", args[0], strict.Suggest(args[0], purposes()))
	}
	if _, ok := iam.SplitARN(args[1]); ok {
		if len(args) > 2 {
			return badUse("", "an ARN needs no input: leave out %s", args[2])
		}
		s.Resource, s.Keys = args[1], f.keys
		if len(s.Attributes) > 0 && len(s.Keys) == 0 {
			return badUse("", "which attributes are the table's key? Every request names them: --key NAME")
		}
		return nil
	}
	paths, names := splitTargets(args[1:])
	if len(names) != 1 {
		return badUse("", "a grant is for one database; %d are named", len(names))
	}
	e, err := f.estate(w, paths)
	if err != nil {
		return err
	}
	found, err := databases(e, names)
	if err != nil {
		return err
	}
	if len(found) > 1 {
		return badUse("Give its ARN, or a narrower path.", "%d databases are named %q", len(found), names[0])
	}
	world := principals.Build(e, estate.Home{Account: f.account, Region: f.region}, nil)
	if world.Assumed {
		return badUse("", "the input does not say in which account and region %s is, and a policy has to: --account-id, --region", names[0])
	}
	s.Resource = estate.ARN(found[0], world.Home)
	if t, ok := found[0].(*estate.DynamoDBTable); ok {
		s.Keys = t.KeyNames()
		if len(f.keys) > 0 {
			s.Keys = f.keys
		}
		if len(s.Attributes) > 0 && len(s.Keys) == 0 {
			return badUse("", "the input does not say which attributes are the key of %s: --key NAME", names[0])
		}
		if k := t.KMSKey.Target(); k != nil {
			s.Key = estate.ARN(k, world.Home)
		}
	}
	return nil
}

// observed reads the trails and keeps what the principal did.
func (f *grantFlags) observed(s *grant.Spec) ([]string, error) {
	s.Purpose = grant.Observed
	files, err := trailFiles(f.trails)
	if err != nil {
		return nil, err
	}
	o := &observation{principal: f.principal, acts: map[string][]string{}, seen: map[string]int{}, unclear: map[string]bool{}, assumed: map[string]bool{}}
	for _, name := range files {
		if err := o.read(name); err != nil {
			return nil, badUse("", "%s: %s", name, plain(err))
		}
	}
	return o.finish(s, f.trails)
}

// observation is what a principal was seen to do.
type observation struct {
	principal        string
	acts             map[string][]string // actions by resource
	seen             map[string]int      // records by principal
	unclear, assumed map[string]bool
	denied, broken   int
	first            string // the first record that could not be read
}

func (o *observation) read(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	return trail.Read(file, o.record, func(n int, err error) {
		if o.broken++; o.broken == 1 {
			o.first = fmt.Sprintf("%s: record %d: %s", name, n, err)
		}
	})
}

func (o *observation) record(r *trail.Record) {
	who := r.UserIdentity.Principal()
	o.seen[who]++
	if o.principal != "" && who != o.principal && r.UserIdentity.ARN != o.principal {
		return
	}
	if r.Denied() {
		o.denied++
		return
	}
	acts, why := r.Acts()
	if why != "" {
		o.unclear[r.EventSource+" "+r.EventName+": "+why] = true
	}
	for _, a := range acts {
		if !slices.Contains(o.acts[a.Resource], a.Action) {
			o.acts[a.Resource] = append(o.acts[a.Resource], a.Action)
		}
		if a.Assumed {
			o.assumed[a.Action] = true
		}
	}
}

func (o *observation) finish(s *grant.Spec, trails []string) ([]string, error) {
	known := slices.Sorted(maps.Keys(o.seen))
	if len(known) == 0 {
		return nil, badUse("", "there is no record of CloudTrail in %s", strings.Join(trails, ", "))
	}
	if o.principal == "" && len(known) > 1 {
		return nil, badUse("Name one with --principal: "+strings.Join(known[:min(len(known), 8)], ", "), "the records are of %d principals, and a policy is for one", len(known))
	}
	if len(o.acts) == 0 {
		if o.principal != "" && o.seen[o.principal] == 0 {
			return nil, badUse("", "no record is of %s%s", o.principal, strict.Suggest(o.principal, known))
		}
		return nil, badUse("", "the records show nothing that a policy could allow")
	}
	s.Observed = o.acts
	var notes []string
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if len(o.assumed) > 0 {
		add("The records do not say which resource these were called on, so that * stands there; narrow it: %s.", strings.Join(slices.Sorted(maps.Keys(o.assumed)), ", "))
	}
	for _, u := range slices.Sorted(maps.Keys(o.unclear)) {
		add("Not granted: %s.", u)
	}
	if o.denied > 0 {
		add("%d calls were refused for want of permission, and are not granted.", o.denied)
	}
	if o.broken > 0 {
		add("%d records could not be read and are not counted; the first is %s.", o.broken, o.first)
	}
	return notes, nil
}

// trailFiles lists the files that are named, and those in folders that look like records.
func trailFiles(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, badUse("", "%s: no such file or folder", p)
		}
		if !info.IsDir() {
			out = append(out, p)
			continue
		}
		err = filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".json.gz") || strings.HasSuffix(name, ".jsonl")) && !strings.Contains(name, "CloudTrail-Digest") {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			return nil, badUse("", "%s", plain(err))
		}
	}
	slices.Sort(out)
	return out, nil
}

func (f *grantFlags) write(w *World, g *grant.Grant) error {
	var out []byte
	var err error
	switch f.format {
	case "json":
		out = g.JSON()
	case "cloudformation":
		out, err = g.CloudFormation(f.to)
	case "terraform":
		out = g.Terraform(f.to)
	default:
		out = g.Text()
	}
	if err != nil {
		return err
	}
	if f.format != "text" { // the machine reads the policy, a person the rest
		fmt.Fprint(w.Stderr, g.Remarks())
	}
	if f.output == "" {
		_, err = w.Stdout.Write(out)
		return err
	}
	err = writeTo(f.output, func(o io.Writer) error {
		_, err := o.Write(out)
		return err
	})
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	fmt.Fprintf(w.Stderr, "written to %s\n", f.output)
	return nil
}
