package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/baileydb/bailey/reach"
)

func writeReachText(w io.Writer, r *Reach, opts Options) error {
	t := &text{Writer: bufio.NewWriter(w), opts: opts, width: 100}
	if opts.Width > 0 {
		t.width = max(opts.Width, 40)
	}
	if r.Explanation != nil {
		t.explanation(r.Explanation)
	} else {
		t.reachHeadline(r)
		for i := range r.Databases {
			t.reachDatabase(&r.Databases[i])
		}
		t.byAPI(r.ByAPI)
	}
	t.reachUnread(r)
	if r.Next != "" {
		t.line("")
		t.line("  next: " + t.paint(bold, printable(r.Next)))
	}
	return t.Flush()
}

// reachAnswer is the report in a sentence or two, and whether the internet surely stays out.
func reachAnswer(r *Reach) (answer []string, good bool) {
	open, maybe := []string{}, []string{}
	for i := range r.Databases {
		switch d := &r.Databases[i]; d.Internet {
		case reach.Open:
			open = append(open, d.Name)
		case reach.Maybe:
			maybe = append(maybe, d.Name)
		case reach.Closed:
		}
	}
	if len(open) > 0 {
		answer = append(answer, "The internet can open a connection to "+enumerate(open, 6)+".")
	}
	if len(maybe) > 0 {
		answer = append(answer, "Whether the internet can open a connection to "+enumerate(maybe, 6)+" is not known.")
	}
	switch n := len(r.Databases); {
	case n == 0 && len(r.ByAPI) == 0:
		answer = append(answer, "There is no database in the input.")
	case n == 0:
		answer = append(answer, "No database here stands in a network of its own: "+count(len(r.ByAPI), "store is", "stores are")+" reached by AWS's API, where IAM decides.")
	case len(open)+len(maybe) == 0 && n == 1:
		answer, good = append(answer, "The internet cannot open a connection to "+r.Databases[0].Name+"."), true
	case len(open)+len(maybe) == 0:
		answer, good = append(answer, fmt.Sprintf("The internet cannot open a connection to any of the %d databases.", n)), true
	}
	return answer, good
}

func (t *text) reachHeadline(r *Reach) {
	answer, good := reachAnswer(r)
	color := bold
	if good {
		color = green
	}
	for _, s := range answer {
		t.para(0, part{}, s, color)
	}
}

func (t *text) reachDatabase(d *ReachDatabase) {
	aside := "port not known"
	if d.Port != 0 {
		aside = "tcp " + strconv.Itoa(d.Port)
	}
	t.heading(d.Name, aside)
	t.para(2, part{}, d.What+" at "+d.String(), dim)
	if d.PortSettle != "" {
		t.para(2, part{"?", yellow}, "Who can open a connection is not known.", "")
		t.para(4, part{"to settle:", bold}, d.PortSettle, "")
		return
	}
	t.line("")
	open := openGroups(d)
	if len(open) == 0 {
		t.para(2, part{}, "Nobody surely can open a connection.", bold)
	} else {
		t.para(2, part{}, "Who can open a connection", bold)
	}
	for _, g := range open {
		lead := part{"→", ""}
		if g.Internet {
			lead = part{"→", red}
		}
		t.para(2, lead, g.Who, "")
		t.para(6, part{}, g.How, dim)
	}
	maybe, common := maybeGroups(d)
	if len(maybe) > 0 {
		t.line("")
		t.para(2, part{}, "Not known", bold)
	}
	for _, s := range common {
		t.para(2, part{"to settle:", bold}, s, "")
	}
	for _, g := range maybe {
		t.para(2, part{"?", yellow}, g.Who, "")
		for i, s := range g.Settle {
			if i == maxSettle {
				t.para(6, part{}, fmt.Sprintf("… and %d more (--format json lists all)", len(g.Settle)-i), dim)
				break
			}
			t.para(6, part{"to settle:", bold}, s, "")
		}
	}
	t.refused(d)
}

// maxSettle is how many things that would settle one answer are listed.
const maxSettle = 4

// reachGroup is sources of one kind that take the same way, or hang on the same.
type reachGroup struct {
	Internet bool
	Who, How string
	Settle   []string
	what     string
	names    []string
}

// groupSources puts sources with one key together, in their order.
func groupSources(d *ReachDatabase, key func(*ReachSource) (reachGroup, bool)) []reachGroup {
	at := map[string]int{}
	var out []reachGroup
	for i := range d.Sources {
		s := &d.Sources[i]
		g, ok := key(s)
		if !ok {
			continue
		}
		id := g.what + "\x00" + g.How
		n, there := at[id]
		if !there {
			n = len(out)
			at[id] = n
			out = append(out, g)
		}
		out[n].names = append(out[n].names, sourceWords(s))
		for _, x := range g.Settle {
			if !slices.Contains(out[n].Settle, x) {
				out[n].Settle = append(out[n].Settle, x)
			}
		}
	}
	for i := range out {
		out[i].name()
	}
	return out
}

// name words who the group is.
func (g *reachGroup) name() {
	list := enumerate(g.names, 12)
	switch {
	case g.what == placeholder:
		g.Who = "whatever stands in a subnet that is not known"
	case g.Internet || g.what == string(reach.KindSite) || g.what == string(reach.KindAddresses) && len(g.names) == 1:
		g.Who = list
	case len(g.names) == 1:
		g.Who = g.what + " " + list
	default:
		g.Who = plural(len(g.names), g.what, g.what+"s") + " " + list
	}
}

// placeholder stands for subnets that an input does not have.
const placeholder = "a subnet that is not known"

func (s *ReachSource) placeholder() bool { return strings.HasSuffix(s.ID, "/?") }

// which reports whether no more is asked than which address of a subnet somebody has. Beside anything else that is not
// known it says nothing.
func which(settle string) bool { return strings.HasPrefix(settle, "say which of ") }

func openGroups(d *ReachDatabase) []reachGroup {
	return groupSources(d, func(s *ReachSource) (reachGroup, bool) {
		g := reachGroup{what: s.What, How: wayWords(s), Internet: s.What == string(reach.KindInternet)}
		if s.placeholder() {
			g.what = placeholder
		}
		return g, s.Verdict == reach.Open
	})
}

// maybeGroups are the sources of which it is not known, and what would settle something of all of them.
func maybeGroups(d *ReachDatabase) (groups []reachGroup, common []string) {
	n := 0
	for i := range d.Sources {
		s := &d.Sources[i]
		if s.Verdict != reach.Maybe {
			continue
		}
		if n++; n == 1 {
			common = slices.Clone(s.Settle)
		}
		common = slices.DeleteFunc(common, func(x string) bool { return !slices.Contains(s.Settle, x) })
	}
	if n < 2 {
		common = nil
	}
	if len(common) > 1 {
		common = slices.DeleteFunc(common, which)
	}
	return groupSources(d, func(s *ReachSource) (reachGroup, bool) {
		own := slices.DeleteFunc(slices.Clone(s.Settle), func(x string) bool {
			return slices.Contains(common, x) || len(s.Settle) > 1 && which(x)
		})
		g := reachGroup{what: s.What, How: strings.Join(own, "\n"), Settle: own, Internet: s.What == string(reach.KindInternet)}
		if s.placeholder() {
			g.what, g.How = placeholder, ""
		}
		return g, s.Verdict == reach.Maybe
	}), common
}

// sourceWords is a source with its addresses and who is known to stand there.
func sourceWords(s *ReachSource) string {
	var b strings.Builder
	b.WriteString(s.Name)
	if list := append(slices.Clone(s.Addresses), s.MaybeAddresses...); len(list) > 0 && !slices.Equal(list, []string{s.Name}) {
		b.WriteString(" " + enumerate(list, 6))
	}
	var members []string
	for _, m := range append(slices.Clone(s.Members), s.MaybeMembers...) {
		if m.What == string(reach.KindDatabase) {
			continue // it answers, and opens no connections
		}
		members = append(members, m.What+" "+m.Name)
	}
	if len(members) > 0 {
		b.WriteString(" (" + enumerate(members, 8) + ")")
	}
	return b.String()
}

// wayWords is the path of a source in short: what carries it, and the rule that admits it.
func wayWords(s *ReachSource) string {
	if s.Path == nil {
		return ""
	}
	var by []string
	admitted := ""
	for i := range s.Path.Hops {
		h := &s.Path.Hops[i]
		switch {
		case h.Back:
		case h.Kind == reach.HopForward:
			by = append(by, fmt.Sprintf("%s (%s)", h.Text, h.String()))
		case h.Kind == reach.HopGateway:
			by = append(by, fmt.Sprintf("through %s (%s)", h.Element, h.String()))
		case h.Kind == reach.HopGroupIn:
			admitted = fmt.Sprintf("%s admits %s (%s)", h.Element, h.Text, h.String())
			if s.ByAddress {
				admitted = "by address: " + admitted
			}
		}
	}
	return strings.Join(append(by, admitted), "; ")
}

// refused lists the reasons, each with those it stops.
func (t *text) refused(d *ReachDatabase) {
	if len(d.Refused) == 0 {
		return
	}
	t.line("")
	t.para(2, part{}, "Refused", bold)
	byAddress := slices.ContainsFunc(d.Sources, func(s ReachSource) bool { return s.What == string(reach.KindSubnet) && s.Verdict == reach.Open })
	for i := range d.Refused {
		r := &d.Refused[i]
		t.para(2, part{"✗", dim}, refusedWords(r), "")
		t.para(6, part{}, byKind(r), dim)
		if reach.HopKind(r.By.What) == reach.HopGroupIn && byAddress && slices.ContainsFunc(r.Sources, func(e ReachEnd) bool { return e.What == string(reach.KindGroup) }) {
			t.para(6, part{}, "(Of groups it says that no rule names them: who carries one still gets in from the subnets above.)", dim)
		}
	}
}

// refusedWords is the reason with what refuses, and where.
func refusedWords(r *ReachRefusal) string {
	by := r.By.Name
	if kind := reach.HopKind(r.By.What); kind == reach.HopACLIn || kind == reach.HopACLOut || kind == reach.HopGroupOut {
		by = r.By.What + " " + by
	}
	if r.Back {
		by = "the answer, by " + by
	}
	return fmt.Sprintf("%s: %s (%s)", by, r.Reason, r.By.String())
}

// byKind names who is refused, each kind once: "the internet; 2 subnets A, B; security group Web".
func byKind(r *ReachRefusal) string {
	var order []string
	names := map[string][]string{}
	for _, e := range r.Sources {
		if names[e.What] == nil {
			order = append(order, e.What)
		}
		names[e.What] = append(names[e.What], e.Name)
	}
	const most = 6
	var parts []string
	for _, what := range order {
		list, n := names[what], r.Counts[what]
		switch {
		case what == string(reach.KindInternet):
			parts = append(parts, "the internet")
		case n <= 1:
			parts = append(parts, what+" "+list[0])
		case n > most:
			parts = append(parts, fmt.Sprintf("%d %ss %s, %d more", n, what, strings.Join(list[:min(most, len(list))], ", "), n-most))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss %s", n, what, strings.Join(list, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}

func (t *text) byAPI(list []ReachStore) {
	if len(list) == 0 {
		return
	}
	t.heading("Reached by API", count(len(list), "store", "stores"))
	for i := 0; i < len(list); {
		// What is said of several in a row is said once.
		s, names := &list[i], []string{}
		for ; i < len(list) && list[i].Says == s.Says && slices.Equal(list[i].Endpoints, s.Endpoints); i++ {
			names = append(names, fmt.Sprintf("%s (%s at %s)", list[i].Name, list[i].What, list[i].String()))
		}
		t.para(2, part{"→", ""}, enumerate(names, maxListed)+": "+s.Says, "")
		for _, e := range s.Endpoints {
			t.para(6, part{}, fmt.Sprintf("VPC endpoint %s at %s: %s", e.Name, e.String(), endpointWords(e)), dim)
		}
	}
}

func endpointWords(e ReachEndpoint) string {
	switch e.Policy {
	case "known":
		return "its policy limits what goes through it"
	case "absent":
		return "no policy limits what goes through it"
	}
	return "its policy is not known"
}

// verdictWords is the answer about one connection in a sentence.
func verdictWords(x *ReachExplanation) string {
	from := x.From.Name
	if x.From.What == string(reach.KindInternet) {
		from = "the internet"
	}
	to := fmt.Sprintf("%s on port %d", x.To.Name, x.Port)
	switch x.Verdict {
	case reach.Open:
		return capital(from) + " can open a connection to " + to + "."
	case reach.Maybe:
		return "Whether " + from + " can open a connection to " + to + " is not known."
	case reach.Closed:
	}
	return capital(from) + " cannot open a connection to " + to + "."
}

func capital(s string) string {
	if strings.HasPrefix(s, "the ") {
		return "T" + s[1:]
	}
	return s
}

// maxPaths is how many ways of one connection are told in full.
const maxPaths = 3

func (t *text) explanation(x *ReachExplanation) {
	t.para(0, part{}, verdictWords(x), bold)
	for _, s := range x.Settle {
		t.para(2, part{"to settle:", bold}, s, "")
	}
	if len(x.Paths) == 0 {
		t.para(2, part{}, "The two have no address in a family that both speak.", "")
	}
	alike := alikePaths(x.Paths)
	shown := alike[:min(len(alike), maxPaths)]
	for i := range shown {
		t.path(&shown[i])
	}
	if n := len(alike) - len(shown); n > 0 {
		t.line("")
		t.para(2, part{}, fmt.Sprintf("… and %s, to other subnets or from other places (--format json lists all)", count(n, "way more", "ways more")), dim)
	}
}

// alikePaths tells ways that differ in the target's subnet and in nothing that decides once.
func alikePaths(paths []ReachPath) []ReachPath {
	same := func(a, b *ReachPath) bool {
		return a.From == b.From && a.IPv6 == b.IPv6 && slices.EqualFunc(a.Hops, b.Hops, func(g, h ReachHop) bool {
			return g.Kind == h.Kind && g.Element == h.Element && g.Back == h.Back && g.Verdict == h.Verdict && g.Text == h.Text
		})
	}
	var out []ReachPath
	for i := range paths {
		p := &paths[i]
		if n := slices.IndexFunc(out, func(q ReachPath) bool { return same(&q, p) }); n >= 0 {
			out[n].Into += ", " + p.Into
			continue
		}
		out = append(out, *p)
	}
	return out
}

func (t *text) path(p *ReachPath) {
	family := "IPv4"
	if p.IPv6 {
		family = "IPv6"
	}
	t.heading(p.From+" to "+p.Into+", "+family, p.Verdict.String())
	if p.Verdict == reach.Open && len(p.Addresses) > 0 {
		t.para(2, part{}, "for "+enumerate(p.Addresses, 6), dim)
	}
	for i := range p.Hops {
		h := &p.Hops[i]
		mark := map[reach.Verdict]part{reach.Open: {"✓", green}, reach.Maybe: {"?", yellow}, reach.Closed: {"✗", red}}[h.Verdict]
		arrow := "→"
		if h.Back {
			arrow = "←"
		}
		t.para(2, mark, fmt.Sprintf("%s %s %s: %s (%s)", arrow, h.Kind, h.Element, h.Text, h.String()), "")
		if i == p.Stop {
			t.para(6, part{"stops here", red}, "", "")
		}
		if h.Settle != "" {
			t.para(6, part{"to settle:", bold}, h.Settle, "")
		}
	}
	if p.Stop < 0 && p.Verdict == reach.Closed {
		t.para(2, part{"✗", red}, "no address passes all of these at once", "")
	}
}

func (t *text) reachUnread(r *Reach) {
	if len(r.Problems) == 0 {
		return
	}
	t.heading("Could not be read: "+count(len(r.Problems), "problem", "problems"), "")
	for i, p := range r.Problems {
		if i == maxListed {
			t.para(4, part{}, fmt.Sprintf("… and %d more", len(r.Problems)-i), dim)
			break
		}
		t.para(2, part{"!", yellow}, place(p.File, p.Line, p.Column)+": "+p.Message, "")
	}
}

// ReachNext is the command to go on with: about what is open to the internet first, then what is not known, then any
// source. Nameable says which ends a command line can name.
func ReachNext(r *Reach, nameable func(name string) bool) string {
	if x := r.Explanation; x != nil {
		if x.To.What == string(reach.KindDatabase) && nameable(x.To.Name) {
			return "bailey reach " + quoted(x.To.Name)
		}
		return ""
	}
	from, to, rank := "", "", 0
	for i := range r.Databases {
		d := &r.Databases[i]
		for j := range d.Sources {
			s := &d.Sources[j]
			n := 1
			switch {
			case s.What == string(reach.KindInternet) && s.Verdict == reach.Open:
				n = 4
			case s.What == string(reach.KindInternet):
				n = 3
			case s.Verdict == reach.Maybe:
				n = 2
			}
			if n > rank && nameable(d.Name) && (n > 2 || nameable(s.Name)) {
				from, to, rank = s.Name, d.Name, n
			}
		}
	}
	switch {
	case from != "":
		return "bailey reach --from " + quoted(from) + " --to " + quoted(to)
	case len(r.Databases) > 0 && nameable(r.Databases[0].Name):
		return "bailey reach --from internet --to " + quoted(r.Databases[0].Name)
	case len(r.ByAPI) > 0:
		return "bailey who-can read " + quoted(r.ByAPI[0].Name)
	}
	return ""
}

// quoted is a word as a shell takes it.
func quoted(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("-_./:,@%+=", r) && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(cmp.Or(s, ""), "'", `'\''`) + "'"
}
