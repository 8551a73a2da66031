package app

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/paths"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/strict"
	"github.com/baileydb/bailey/reach"
)

// reachFlags are the flags of bailey reach.
type reachFlags struct {
	inputFlags
	format, output, color string
	from, to              string
}

func newReach(w *World) *cobra.Command {
	var f reachFlags
	cmd := &cobra.Command{
		Use:   "reach [DATABASE…] [PATH…]",
		Short: "Say who can open a connection to a database, and where the rest is refused",
		Long: `Reach answers from the networks in the input who can open a TCP connection to a database: the internet, subnets, networks
behind VPNs and peerings, load balancers, and the members of security groups. It looks at routes, gateways, network ACLs
with the way of the answer, and security groups, and names the file and line of what admits or refuses.

With --from and --to it tells one connection hop by hop. --from is the word internet, an address, a CIDR, or what the
input declares: a subnet, a security group, an instance, a VPC, a network behind a VPN. --to is a database, or what else
stands in a network, with :PORT where it is not a database.

Whatever is not in the input is unknown and never taken for closed: the answer says what would settle it. What takes
no connections of its own, such as a DynamoDB table, is told apart: IAM decides there, and bailey who-can answers.

It exits with 0 when it could answer, whatever the answer is, and with 2 on bad use or when a file could not be read.`,
		Example: `  bailey reach
  bailey reach orders infra/
  bailey reach --from internet --to orders
  bailey reach --from 10.0.1.17 --to web:443 template.yaml
  bailey reach orders --format svg -o orders.svg`,
		RunE: func(_ *cobra.Command, args []string) error { return runReach(w, &f, args) },
	}
	fl := cmd.Flags()
	f.register(cmd)
	for _, unused := range []string{"account-id", "region"} { // a network does not hang on them
		must(fl.MarkHidden(unused))
	}
	fl.StringVarP(&f.format, "format", "f", "text", "one of "+strings.Join(report.ReachFormats(), ", "))
	fl.StringVarP(&f.output, "output", "o", "", "write the answer to this file")
	fl.StringVar(&f.from, "from", "", "tell one connection: who opens it")
	fl.StringVar(&f.to, "to", "", "tell one connection: to what, NAME or NAME:PORT")
	fl.StringVar(&f.color, "color", "auto", "auto, always or never")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.ReachFormats(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func runReach(w *World, f *reachFlags, args []string) error {
	switch {
	case !slices.Contains(report.ReachFormats(), f.format):
		return badUse("", "format %q does not exist%s", f.format, strict.Suggest(f.format, report.ReachFormats()))
	case !slices.Contains([]string{"auto", "always", "never"}, f.color):
		return badUse("", "--color %q: want auto, always or never", f.color)
	case (f.from == "") != (f.to == ""):
		return badUse("bailey reach --from internet --to DATABASE tells one connection.", "--from and --to go together")
	case f.from != "" && f.format == "svg":
		return badUse("bailey reach DATABASE --format svg draws who reaches it.", "one connection has no drawing: use text, json or html")
	}
	files, names := splitTargets(args)
	if f.from != "" && len(names) > 0 {
		return badUse("Name the database in --to.", "%q is no file or folder, and one connection goes to one database", names[0])
	}
	e, err := f.estate(w, files)
	if err != nil {
		return err
	}
	p, err := paths.Of(e)
	if err != nil {
		return err
	}
	rep := &report.Reach{Version: Version(), Databases: []report.ReachDatabase{}, ByAPI: []report.ReachStore{}, Problems: []finding.Problem{}}
	bad := false
	for _, x := range e.Problems {
		rep.Problems = append(rep.Problems, finding.Problem{File: x.Origin.File, Line: x.Origin.Line, Column: x.Origin.Column, Message: x.Message, Fatal: x.Fatal})
		bad = bad || x.Fatal
	}
	q := &reachQuery{p: p, told: report.Reached{At: reachPlace, What: p.What}}
	if f.from != "" {
		rep.Explanation, err = q.explain(f.from, f.to)
	} else {
		err = q.survey(w, rep, e, names, f.format != "text")
	}
	if err != nil {
		return err
	}
	ends := p.Ends()
	rep.Next = report.ReachNext(rep, func(name string) bool { return len(matching(ends, name)) == 1 })
	if err := f.write(w, rep); err != nil {
		return err
	}
	if bad {
		return &exitError{code: exitBad, message: "not everything could be read; the answer is about the rest"}
	}
	return nil
}

func (f *reachFlags) write(w *World, r *report.Reach) error {
	opts := report.Options{Width: w.Width, Color: f.color == "always" || f.color == "auto" && w.StdoutTerminal && f.output == "" && w.Env("NO_COLOR") == "" && w.Env("TERM") != "dumb"}
	if f.output == "" {
		return report.WriteReach(w.Stdout, f.format, r, opts)
	}
	if err := writeTo(f.output, func(out io.Writer) error { return report.WriteReach(out, f.format, r, opts) }); err != nil {
		return badUse("", "%s", plain(err))
	}
	fmt.Fprintf(w.Stderr, "written to %s\n", f.output)
	return nil
}

// reachPlace is where an origin of the network is.
func reachPlace(origin any) report.ReachPlace {
	o := paths.Origin(origin)
	return report.ReachPlace{File: o.File, Line: o.Line, Column: o.Column}
}

// reachQuery asks the engine and words what it says.
type reachQuery struct {
	p    *paths.Paths
	told report.Reached
}

// survey answers for the named databases, all of them without names.
func (q *reachQuery) survey(w *World, rep *report.Reach, e *estate.Estate, names []string, tiers bool) error {
	var wanted map[estate.AnyResource]bool
	if len(names) > 0 {
		found, err := q.named(e, names)
		if err != nil {
			return err
		}
		wanted = found
	}
	list := slices.DeleteFunc(q.p.Databases(), func(d paths.Database) bool { return wanted != nil && !wanted[d.Resource] })
	bar := newBar(w, "asking")
	for i, d := range list {
		x, err := q.database(d, tiers && i < report.MaxPanels)
		if err != nil {
			return err
		}
		rep.Databases = append(rep.Databases, x)
		bar.step(i+1, len(list))
	}
	bar.done()
	for _, s := range q.p.ByAPI() {
		if wanted == nil || wanted[s.Resource] {
			rep.ByAPI = append(rep.ByAPI, apiStore(&s))
		}
	}
	if len(rep.Databases)+len(rep.ByAPI) == 0 && len(rep.Problems) == 0 {
		return badUse("Name a template, a Terraform folder or a saved estate.", "there is no database in the input")
	}
	return nil
}

// named finds the stores that names mean. A member of a cluster stands for the cluster.
func (q *reachQuery) named(e *estate.Estate, names []string) (map[estate.AnyResource]bool, error) {
	wanted := map[estate.AnyResource]bool{}
	found, err := databases(e, names)
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		if d, ok := q.p.Whole(r); ok {
			wanted[d.Resource] = true
		} else if estate.IsStore(r) {
			wanted[r] = true
		}
	}
	if len(wanted) == 0 {
		return nil, badUse("bailey reach --from X --to NAME:PORT tells of one connection to something else.", "%s names no database", strings.Join(names, ", "))
	}
	return wanted, nil
}

func (q *reachQuery) database(d paths.Database, tiers bool) (report.ReachDatabase, error) {
	x := report.ReachDatabase{ReachEnd: storeEnd(d.Resource), Resource: d.Resource.Base().Address(), Tiers: []report.ReachTier{}, Arrows: []report.ReachArrow{}, Crosses: []report.ReachRefusing{}}
	x.Name = d.Name
	a, err := q.p.Answer(d.Resource)
	if err != nil {
		return x, err
	}
	q.told.Answer(&x, a)
	x.Cut = !tiers
	if !tiers || a.PortUnknown != "" {
		return x, nil
	}
	t, err := q.p.Tiers(d)
	if err != nil {
		return x, err
	}
	x.Cut = t.Cut
	for _, c := range t.Columns {
		tier := report.ReachTier{Name: c.Name, Nodes: []report.ReachNode{}}
		for _, n := range c.Nodes {
			end := q.told.End(reach.Ref{Kind: n.Kind, Element: reach.Element{ID: n.ID, Name: n.Name, Origin: n.Origin}})
			if n.Kind == reach.KindDatabase {
				end = x.ReachEnd
				end.ID = n.ID
			}
			tier.Nodes = append(tier.Nodes, report.ReachNode{ReachEnd: end, Members: append([]string{}, n.Members...), Whole: n.Whole})
		}
		x.Tiers = append(x.Tiers, tier)
	}
	for _, r := range t.Arrows {
		x.Arrows = append(x.Arrows, report.ReachArrow{From: r.From, To: r.To, Ports: portWords(r.Ports), Verdict: r.Verdict})
	}
	for i := range t.Crosses {
		c := &t.Crosses[i]
		x.Crosses = append(x.Crosses, report.ReachRefusing{From: c.From, Reason: c.Hop.Text, ReachPlace: reachPlace(c.Hop.Origin)})
	}
	return x, nil
}

// portWords are ranges of ports as people write them.
func portWords(list []reach.Ports) []string {
	out := []string{}
	for _, p := range list {
		switch {
		case p.From <= 1 && p.To == 65535:
			out = append(out, "every port")
		case p.From == p.To:
			out = append(out, strconv.Itoa(int(p.From)))
		default:
			out = append(out, fmt.Sprintf("%d-%d", p.From, p.To))
		}
	}
	return out
}

func storeEnd(r estate.AnyResource) report.ReachEnd {
	o := r.Base().Declaration().Origin
	what := strings.ReplaceAll(r.Base().Kind().Name, "_", " ")
	if a, ok := r.Base().Kind().Attribute("engine"); ok {
		if f, ok := estate.Read(a, r, "").(*estate.Fact[string]); ok && f.State == estate.Known && f.Value != "" {
			what = f.Value + " " + what
		}
	}
	return report.ReachEnd{ID: r.Base().ID(), Name: estate.ShortName(r), What: what, ReachPlace: reachPlace(o)}
}

// apiStore says how a store without a network is reached.
func apiStore(s *paths.APIStore) report.ReachStore {
	x := report.ReachStore{ReachEnd: storeEnd(s.Resource), Resource: s.Resource.Base().Address(), Endpoints: []report.ReachEndpoint{}}
	for _, e := range s.Endpoints {
		end := storeEnd(e.Resource)
		x.Endpoints = append(x.Endpoints, report.ReachEndpoint{ReachEnd: end, Policy: e.Policy.String()})
	}
	switch {
	case s.Unread != "":
		x.Says = "who can open a connection is not known: " + s.Unread + ", which is not read."
		return x
	case len(x.Endpoints) == 0:
		x.Says = "reached over HTTPS by AWS's API, which everybody can open a connection to; IAM decides who is answered. No VPC endpoint to its service is in the input."
	default:
		x.Says = "reached over HTTPS by AWS's API, which everybody can open a connection to; IAM decides who is answered. From a VPC, " + plural(len(x.Endpoints), "this endpoint leads", "these endpoints lead") + " to its service."
	}
	return x
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// explain tells one connection.
func (q *reachQuery) explain(from, to string) (*report.ReachExplanation, error) {
	ends := q.p.Ends()
	target, err := q.target(ends, to)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(from, "internet") || isAddress(from) {
		return q.tell(from, target)
	}
	source, err := theEnd(ends, from, "--from")
	if err != nil {
		return nil, err
	}
	if source.ID == target.ID {
		return nil, badUse("", "--from and --to are the same: %s", source.Label())
	}
	return q.tell(source.ID, target)
}

func (q *reachQuery) tell(from string, target reach.Target) (*report.ReachExplanation, error) {
	x, err := q.p.Engine.Explain(reach.From(from), target)
	if err != nil {
		return nil, badUse("", "%s", strings.TrimPrefix(err.Error(), "reach: "))
	}
	return q.told.Explanation(x), nil
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	_, err2 := netip.ParsePrefix(s)
	return err == nil || err2 == nil
}

// target is what --to means, and the port.
func (q *reachQuery) target(ends []paths.End, text string) (reach.Target, error) {
	name, port := text, uint64(0)
	if at := strings.LastIndexByte(text, ':'); at > 0 && len(matching(ends, text)) == 0 {
		n, err := strconv.ParseUint(text[at+1:], 10, 16)
		if err != nil || n == 0 {
			return reach.Target{}, badUse("A port is a number from 1 to 65535, as in orders:5432.", "--to %q: %q is no port", text, text[at+1:])
		}
		name, port = text[:at], n
	}
	if isAddress(name) || strings.EqualFold(name, "internet") {
		return reach.Target{}, badUse("Name a database, a load balancer, an instance or a security group.", "--to %q is an address: a connection is explained to what the input declares", text)
	}
	for _, s := range q.p.ByAPI() {
		if len(matching(ends, name)) == 0 && slices.Contains(estate.Names(s.Resource), name) {
			return reach.Target{}, badUse("bailey who-can read "+name+" says whom IAM lets use it.", "%s takes no connections of its own: it is reached by AWS's API", name)
		}
	}
	end, err := theEnd(ends, name, "--to")
	if err != nil {
		return reach.Target{}, err
	}
	t := reach.Target{ID: end.ID, Port: uint16(port)}
	switch {
	case !end.Target:
		return t, badUse("Name a database, a load balancer, an instance or a security group.", "%s is a %s: connections are opened to what stands in it", name, end.Kind)
	case port == 0 && end.Kind != reach.KindDatabase && end.Kind != reach.KindLoadBalancer:
		hint := "Write --to " + name + ":PORT."
		if open := portWords(q.p.AdmittedPorts(end)); len(open) > 0 {
			hint += " Its security groups admit somebody to " + strings.Join(open, ", ") + "."
		}
		return t, badUse(hint, "--to %s needs a port", name)
	case port != 0 && end.Kind == reach.KindLoadBalancer:
		if listens, sure := q.p.Listens(end.ID); sure && !slices.Contains(listens, t.Port) {
			return t, badUse("", "%s has no listener on port %d, so that nobody can open a connection there; it listens on %s", name, port, numbers(listens))
		}
	}
	return t, nil
}

func numbers(list []uint16) string {
	var out []string
	for _, n := range list {
		out = append(out, strconv.Itoa(int(n)))
	}
	if out == nil {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// matching are the ends that a text names.
func matching(ends []paths.End, text string) []*paths.End {
	var out []*paths.End
	for i := range ends {
		if slices.Contains(ends[i].Names, text) {
			out = append(out, &ends[i])
		}
	}
	return out
}

// theEnd is the only end that a text names.
func theEnd(ends []paths.End, text, flag string) (*paths.End, error) {
	found := matching(ends, text)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		var known []string
		for i := range ends {
			known = append(known, ends[i].Label())
		}
		if flag == "--from" {
			known = append(known, "internet")
		}
		return nil, badUse("", "%s %q is not in the input%s", flag, text, strict.Suggest(text, known))
	}
	var ids []string
	for _, e := range found {
		ids = append(ids, string(e.Kind)+" "+e.ID)
	}
	return nil, badUse("Write one of: "+strings.Join(ids, ", "), "%s %q is the name of %d things", flag, text, len(found))
}
