package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/reach"
)

// Reach is the report of who can open a connection to which database. Its JSON is the report's json format: names of
// fields are stable, lists are never null, addresses are CIDRs, and a verdict is open, unknown or closed.
type Reach struct {
	Version   string          `json:"version"`
	Databases []ReachDatabase `json:"databases"`
	// ByAPI are stores that stand in no network: IAM decides who may use them.
	ByAPI []ReachStore `json:"by_api"`
	// Explanation is set when one connection was asked about instead of all.
	Explanation *ReachExplanation `json:"explanation,omitempty"`
	Problems    []finding.Problem `json:"problems"`
	// Next is the command to go on with, empty where none suggests itself; see [ReachNext].
	Next string `json:"next,omitempty"`
}

// ReachPlace is a position in a file; line 0 where none is known.
type ReachPlace struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

func (p ReachPlace) String() string { return place(p.File, p.Line, 0) }

// ReachEnd is one end of a connection. What is its kind in words: "security group", "Lambda function".
type ReachEnd struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	What string `json:"what"`
	ReachPlace
}

// ReachStore is a store that is reached by an API alone.
type ReachStore struct {
	ReachEnd
	Resource  string          `json:"resource"`
	Says      string          `json:"says"` // how it is reached and who decides, in sentences
	Endpoints []ReachEndpoint `json:"endpoints"`
}

// ReachEndpoint is a VPC endpoint to a store's service.
type ReachEndpoint struct {
	ReachEnd
	Policy string `json:"policy"` // known, unknown, or absent: then everything is let through
}

// ReachDatabase is the answer for one database.
type ReachDatabase struct {
	ReachEnd
	Resource string `json:"resource"`
	Port     int    `json:"port"` // 0 where it is not known: nothing is then said of sources
	// PortSettle is what would settle a port that is not known.
	PortSettle string          `json:"port_settle,omitempty"`
	Internet   reach.Verdict   `json:"internet"`
	Sources    []ReachSource   `json:"sources"`
	Refused    []ReachRefusal  `json:"refused"`
	Tiers      []ReachTier     `json:"tiers"`
	Arrows     []ReachArrow    `json:"connections"`
	Crosses    []ReachRefusing `json:"crosses"`
	// Cut is set where there is more than the tiers hold; beyond [MaxPanels] databases they are not made at all.
	Cut bool `json:"tiers_cut"`
}

// ReachSource is one source that can open a connection, or may.
type ReachSource struct {
	ReachEnd
	Verdict        reach.Verdict `json:"verdict"`
	Addresses      []string      `json:"addresses"`
	MaybeAddresses []string      `json:"possible_addresses"`
	Members        []ReachEnd    `json:"members"`
	MaybeMembers   []ReachEnd    `json:"possible_members"`
	ByAddress      bool          `json:"by_address"` // no rule names the group; its members get in by their address
	Settle         []string      `json:"settle"`
	// Path is one way the source can take; null where there is none to show.
	Path *ReachPath `json:"path"`
}

// ReachRefusal is one reason for which connections cannot be made, and whose.
type ReachRefusal struct {
	Reason string   `json:"reason"`
	By     ReachEnd `json:"by"`   // the element that refuses, at the place of the rule that does; what is the kind of hop
	Back   bool     `json:"back"` // it is the answer that is refused
	// Counts are how many sources of each kind are refused; Sources are the first hundred of each.
	Counts  map[string]int `json:"counts"`
	Sources []ReachEnd     `json:"sources"`
}

// ReachPath is one way to one subnet of the target. Hops go there and, where back is set, the way of the answer.
type ReachPath struct {
	From      string        `json:"from"`
	To        string        `json:"to"`
	Into      string        `json:"into"`
	IPv6      bool          `json:"ipv6"`
	Verdict   reach.Verdict `json:"verdict"`
	Addresses []string      `json:"addresses"`
	Stop      int           `json:"stop"` // index of the hop that stops it, -1 where none does
	Hops      []ReachHop    `json:"hops"`
}

// ReachHop is one element on a way. The place is that of the rule that decides, or of the element.
type ReachHop struct {
	Kind    reach.HopKind `json:"kind"`
	Element string        `json:"element"`
	Back    bool          `json:"back"`
	Verdict reach.Verdict `json:"verdict"`
	Text    string        `json:"text"`
	Settle  string        `json:"settle,omitempty"`
	ReachPlace
}

// ReachTier is one column between the internet, the first, and the database, the last.
type ReachTier struct {
	Name  string      `json:"name"`
	Nodes []ReachNode `json:"nodes"`
}

// ReachNode is what stands in a tier. Members are names, of which there may be more than are listed.
type ReachNode struct {
	ReachEnd
	Members []string `json:"members"`
	Whole   int      `json:"members_in_all"`
}

// ReachArrow is a connection that one node can open to another, or may. Ports are "443" or "8000-8080".
type ReachArrow struct {
	From    string        `json:"from"`
	To      string        `json:"to"`
	Ports   []string      `json:"ports"`
	Verdict reach.Verdict `json:"verdict"`
}

// ReachRefusing is a node that cannot open a connection to the database itself, and why.
type ReachRefusing struct {
	From   string `json:"from"`
	Reason string `json:"reason"`
	ReachPlace
}

// ReachExplanation is one connection hop by hop.
type ReachExplanation struct {
	From    ReachEnd      `json:"from"`
	To      ReachEnd      `json:"to"`
	Port    int           `json:"port"`
	Verdict reach.Verdict `json:"verdict"`
	Settle  []string      `json:"settle"`
	Paths   []ReachPath   `json:"paths"`
}

// ReachFormats lists the names that [WriteReach] takes, text first.
func ReachFormats() []string { return []string{"text", "json", "svg", "html"} }

// WriteReach writes the report to w in the format with that name. The error wraps [ErrFormat], or is the writer's.
func WriteReach(w io.Writer, name string, r *Reach, opts Options) error {
	var err error
	switch name {
	case "text":
		err = writeReachText(w, r, opts)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(r)
	case "svg":
		err = writeReachSVG(w, r)
	case "html":
		err = writeReachHTML(w, r)
	default:
		return fmt.Errorf("%w %q: want %s", ErrFormat, name, strings.Join(ReachFormats(), ", "))
	}
	if err != nil {
		return fmt.Errorf("write %s report: %w", name, err)
	}
	return nil
}

// Reached translates what the engine says. At tells the place behind an origin, and What an element's kind in words.
type Reached struct {
	At   func(origin any) ReachPlace
	What func(reach.Ref) string
}

// End is a ref with its place.
func (t *Reached) End(r reach.Ref) ReachEnd {
	return ReachEnd{ID: r.ID, Name: r.Label(), What: t.What(r), ReachPlace: t.At(r.Origin)}
}

func (t *Reached) ends(refs []reach.Ref) []ReachEnd {
	out := make([]ReachEnd, 0, len(refs))
	for _, r := range refs {
		out = append(out, t.End(r))
	}
	return out
}

// maxRefused is how many sources of one kind a reason lists; a large network refuses everybody else to everything.
const maxRefused = 100

// Answer fills in what an answer says of a database.
func (t *Reached) Answer(d *ReachDatabase, a *reach.Answer) {
	d.Port, d.PortSettle = int(a.Port), string(a.PortUnknown)
	d.Sources, d.Refused = make([]ReachSource, 0, len(a.Sources)), make([]ReachRefusal, 0, len(a.Refusals))
	if a.PortUnknown != "" {
		d.Internet = reach.Maybe
	}
	for i := range a.Sources {
		s := &a.Sources[i]
		x := ReachSource{
			ReachEnd: t.End(s.Ref), Verdict: s.Verdict, Addresses: cidrs(s.Addresses), MaybeAddresses: cidrs(s.MaybeAddresses),
			Members: t.ends(s.Members), MaybeMembers: t.ends(s.MaybeMembers), ByAddress: s.ByAddress, Settle: words(s.Settle),
		}
		if s.Kind == reach.KindInternet {
			d.Internet = s.Verdict
		}
		if ways := s.Paths(); len(ways) > 0 {
			p := t.Path(&ways[0])
			x.Path = &p
		}
		d.Sources = append(d.Sources, x)
	}
	for i := range a.Refusals {
		r := &a.Refusals[i]
		by := ReachEnd{ID: r.Hop.ID, Name: r.Hop.Label(), What: string(r.Hop.Kind), ReachPlace: t.At(cmp.Or(r.Hop.Origin, r.Hop.Element.Origin))}
		x := ReachRefusal{Reason: r.Hop.Text, By: by, Back: r.Hop.Back, Counts: map[string]int{}, Sources: []ReachEnd{}}
		for _, s := range r.Sources {
			what := t.What(s)
			if x.Counts[what]++; x.Counts[what] <= maxRefused {
				x.Sources = append(x.Sources, t.End(s))
			}
		}
		d.Refused = append(d.Refused, x)
	}
}

// Path is a way with the places of what decides on it.
func (t *Reached) Path(p *reach.Path) ReachPath {
	out := ReachPath{
		From: p.From.Label(), To: p.To.Label(), Into: p.Into.Label(), IPv6: p.IPv6, Verdict: p.Verdict,
		Addresses: cidrs(p.Addresses), Stop: p.Stop, Hops: make([]ReachHop, 0, len(p.Hops)),
	}
	for i := range p.Hops {
		h := &p.Hops[i]
		out.Hops = append(out.Hops, ReachHop{
			Kind: h.Kind, Element: h.Label(), Back: h.Back, Verdict: h.Verdict, Text: h.Text, Settle: string(h.Settle),
			ReachPlace: t.At(cmp.Or(h.Origin, h.Element.Origin)),
		})
	}
	return out
}

// Explanation is one connection with the places of what decides on it.
func (t *Reached) Explanation(x *reach.Explanation) *ReachExplanation {
	out := &ReachExplanation{
		From: t.End(x.From), To: t.End(x.To), Port: int(x.Port), Verdict: x.Verdict, Settle: words(x.Settle), Paths: []ReachPath{},
	}
	for i := range x.Paths {
		out.Paths = append(out.Paths, t.Path(&x.Paths[i]))
	}
	return out
}

func cidrs(s reach.Set) []string {
	out := []string{}
	for _, p := range s.Prefixes() {
		out = append(out, p.String())
	}
	return out
}

func words(list []reach.Unknown) []string {
	out := []string{}
	for _, u := range list {
		if !slices.Contains(out, string(u)) {
			out = append(out, string(u))
		}
	}
	return out
}
