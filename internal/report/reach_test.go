package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/reach"
)

// reachExample is a report with everything that one can hold, made by the engine from a network of four subnets.
func reachExample(t *testing.T) *Reach {
	t.Helper()
	at := func(line int) ReachPlace { return ReachPlace{File: "shop.yaml", Line: line, Column: 3} }
	el := func(name string, line int) reach.Element {
		return reach.Element{ID: "shop.yaml#" + name, Name: name, Origin: at(line)}
	}
	id := func(name string) string { return "shop.yaml#" + name }
	any4 := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	n := &reach.Network{
		VPCs: []reach.VPC{{Element: el("Vpc", 1), CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")}}},
		Subnets: []reach.Subnet{
			{Element: el("Public", 2), VPC: id("Vpc"), CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}},
			{Element: el("Data", 3), VPC: id("Vpc"), CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.1.0/24")}},
		},
		Gateways: []reach.Gateway{{Element: el("Gateway", 4), VPC: id("Vpc")}},
		RouteTables: []reach.RouteTable{{
			Element: el("Table", 5), VPC: id("Vpc"), Subnets: []string{id("Public")},
			Routes: []reach.Route{{CIDR: any4[0], Target: id("Gateway"), Origin: at(6)}},
		}},
		Groups: []reach.Group{
			{Element: el("App", 7), VPC: id("Vpc"), Out: []reach.Rule{{CIDRs: any4}}},
			{Element: el("Db", 8), VPC: id("Vpc"), In: []reach.Rule{
				{Ports: reach.Ports{From: 3306, To: 3306}, Groups: []string{id("App"), "sg-elsewhere"}, Origin: at(9)},
			}},
			{Element: el("Open", 10), VPC: id("Vpc"), In: []reach.Rule{{CIDRs: any4, Origin: at(11)}}},
		},
		Interfaces: []reach.Interface{{Host: reach.Host{Element: el("Worker", 12), Subnets: []string{id("Public")}, Groups: []string{id("App")}}, What: "instance"}},
		Databases: []reach.Database{
			{Host: reach.Host{Element: el("orders", 13), Subnets: []string{id("Data")}, Groups: []string{id("Db")}}, Port: 3306},
			{Host: reach.Host{Element: el("leak", 14), Subnets: []string{id("Public")}, Groups: []string{id("Open")}, Public: reach.Answered{Yes: true}}, Port: 5432},
			{Host: reach.Host{Element: el("odd", 15), Subnets: []string{id("Data")}, Groups: []string{id("Db")}}, PortUnknown: "give a value for Port"},
		},
	}
	e, err := reach.New(n)
	if err != nil {
		t.Fatal(err)
	}
	told := &Reached{
		At: func(o any) ReachPlace {
			p, _ := o.(ReachPlace)
			return p
		},
		What: func(r reach.Ref) string {
			if r.Kind == reach.KindInterface {
				return "instance"
			}
			return string(r.Kind)
		},
	}
	r := &Reach{Version: "0.1.0", Problems: []finding.Problem{{File: "broken.yaml", Line: 3, Message: "is no template", Fatal: true}}}
	for i := range n.Databases {
		d := &n.Databases[i]
		x := ReachDatabase{
			ReachEnd: ReachEnd{ID: d.ID, Name: d.Name, What: "mysql db instance", ReachPlace: told.At(d.Origin)}, Resource: "AWS::RDS::DBInstance." + d.Name,
			Tiers: []ReachTier{}, Arrows: []ReachArrow{}, Crosses: []ReachRefusing{},
		}
		a, err := e.Sources(reach.Target{ID: d.ID})
		if err != nil {
			t.Fatal(err)
		}
		told.Answer(&x, a)
		r.Databases = append(r.Databases, x)
	}
	node := func(id, name, what string, members ...string) ReachNode {
		return ReachNode{ReachEnd: ReachEnd{ID: id, Name: name, What: what}, Members: members, Whole: len(members)}
	}
	d := &r.Databases[0]
	d.Tiers = []ReachTier{
		{"internet", []ReachNode{node("internet", "internet", "internet", "0.0.0.0/0")}},
		{"app", []ReachNode{node(id("App"), "App", "security group", "Worker"), node("sg-elsewhere", "sg-elsewhere", "security group")}},
		{"database", []ReachNode{node(d.ID, "orders", "mysql db instance")}},
	}
	d.Arrows = []ReachArrow{{id("App"), d.ID, []string{"3306"}, reach.Open}, {"sg-elsewhere", d.ID, []string{"3306"}, reach.Maybe}}
	d.Crosses = []ReachRefusing{{"internet", "it has no public address", at(13)}}
	l := &r.Databases[1]
	l.Tiers = []ReachTier{
		{"internet", []ReachNode{node("internet", "internet", "internet", "0.0.0.0/0")}},
		{"app", []ReachNode{node("addresses", "any address in 2 subnets", "subnet", "Public", "Data", "a", "b", "c")}},
		{"database", []ReachNode{node(l.ID, "leak", "postgres db instance")}},
	}
	l.Arrows = []ReachArrow{{"internet", l.ID, []string{"5432"}, reach.Open}, {"addresses", l.ID, []string{"5432"}, reach.Open}}
	l.Cut = true
	r.ByAPI = []ReachStore{{
		ReachEnd: ReachEnd{Name: "carts", What: "dynamodb table", ReachPlace: at(16)}, Resource: "AWS::DynamoDB::Table.Carts",
		Says: "reached by AWS's API.", Endpoints: []ReachEndpoint{{ReachEnd{Name: "Door", What: "vpc endpoint", ReachPlace: at(17)}, "absent"}},
	}}
	r.Next = ReachNext(r, func(string) bool { return true })
	return r
}

func writeReach(t *testing.T, format string, r *Reach) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReach(&b, format, r, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReachGolden(t *testing.T) {
	for _, format := range ReachFormats() {
		t.Run(format, func(t *testing.T) { golden(t, "reach."+format, writeReach(t, format, reachExample(t))) })
	}
	if err := WriteReach(io.Discard, "pdf", &Reach{}, Options{}); !errors.Is(err, ErrFormat) {
		t.Errorf("an unknown format gives %v", err)
	}
}

// parses fails where XML does not, and returns the text and the attribute values that it holds.
func parses(t *testing.T, doc string) (text []string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(doc))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return text
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		switch x := tok.(type) {
		case xml.CharData:
			text = append(text, string(x))
		case xml.StartElement:
			for _, a := range x.Attr {
				text = append(text, a.Value)
			}
			if x.Name.Local == "script" || x.Name.Local == "image" || x.Name.Local == "foreignObject" {
				t.Errorf("the drawing holds a %s", x.Name.Local)
			}
		}
	}
}

func TestReachDrawing(t *testing.T) {
	svg := writeReach(t, "svg", reachExample(t))
	all := strings.Join(parses(t, svg), "\n")
	for _, want := range []string{
		"Who can open a connection to the databases", // the title
		"App can open a connection to orders on 3306.", "sg-elsewhere may be able to open a connection to orders on 3306.",
		"internet cannot open one to orders: it has no public address.", // the description
		"database 3306", "database 5432", "… 2 more", "There is more than is drawn",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the drawing does not say %q", want)
		}
	}
	for class, n := range map[string]int{"l open": 2, "l maybe": 1, "l world": 1, "l refused": 1, "class=\"x\"": 1} {
		if got := strings.Count(svg, class); got != n {
			t.Errorf("%d lines of class %q, want %d", got, class, n)
		}
	}
	if strings.Contains(strings.ReplaceAll(svg, "http://www.w3.org/2000/svg", ""), "http") {
		t.Error("the drawing refers to something outside")
	}
}

// TestReachLegible looks at every text of the drawing: none leaves its box or the picture.
func TestReachLegible(t *testing.T) {
	r := reachExample(t)
	for i := range r.Databases {
		for j := range r.Databases[i].Tiers {
			for k := range r.Databases[i].Tiers[j].Nodes {
				n := &r.Databases[i].Tiers[j].Nodes[k]
				n.Name = strings.Repeat("長い名前", 20)
			}
		}
	}
	svg := writeReach(t, "svg", r)
	boxes := 0
	for _, m := range regexp.MustCompile(`class="n" x="\d+" y="\d+">([^<]*)<`).FindAllStringSubmatch(svg, -1) {
		boxes++
		if columns(m[1]) > 24 {
			t.Errorf("%q leaves its box", m[1])
		}
	}
	if boxes != 7 {
		t.Errorf("%d boxes, want 7", boxes)
	}
}

const reachHostile = "</title><script>alert(1)</script>&\"'\x00\x1b[31m\u202e\ufffe\xff]]>{{.}}"

func hostileReach(t *testing.T) *Reach {
	r := reachExample(t)
	end := func(e *ReachEnd) { e.Name, e.What, e.File = reachHostile, reachHostile, reachHostile }
	for i := range r.Databases {
		d := &r.Databases[i]
		end(&d.ReachEnd)
		if d.PortSettle != "" {
			d.PortSettle = reachHostile
		}
		for j := range d.Sources {
			s := &d.Sources[j]
			end(&s.ReachEnd)
			s.Settle = append(s.Settle, reachHostile)
			for k := range s.Members {
				end(&s.Members[k])
			}
			if s.Path != nil {
				for k := range s.Path.Hops {
					s.Path.Hops[k].Text, s.Path.Hops[k].Element = reachHostile, reachHostile
				}
			}
		}
		for j := range d.Refused {
			end(&d.Refused[j].By)
			d.Refused[j].Reason = reachHostile
			for k := range d.Refused[j].Sources {
				end(&d.Refused[j].Sources[k])
			}
		}
		for j := range d.Tiers {
			d.Tiers[j].Name = reachHostile
			for k := range d.Tiers[j].Nodes {
				end(&d.Tiers[j].Nodes[k].ReachEnd)
				d.Tiers[j].Nodes[k].Members = []string{reachHostile}
			}
		}
		for j := range d.Arrows {
			d.Arrows[j].Ports = []string{reachHostile}
		}
		for j := range d.Crosses {
			d.Crosses[j].Reason = reachHostile
		}
	}
	for i := range r.ByAPI {
		end(&r.ByAPI[i].ReachEnd)
		r.ByAPI[i].Says = reachHostile
		end(&r.ByAPI[i].Endpoints[0].ReachEnd)
	}
	r.Problems[0].File, r.Problems[0].Message = reachHostile, reachHostile
	r.Next = ReachNext(r, func(string) bool { return true })
	return r
}

func TestReachEscapes(t *testing.T) {
	explained := &Reach{Version: "0.1.0", Explanation: &ReachExplanation{
		From: ReachEnd{Name: reachHostile}, To: ReachEnd{Name: reachHostile}, Port: 1, Settle: []string{reachHostile},
		Paths: []ReachPath{{From: reachHostile, Into: reachHostile, Stop: 0, Hops: []ReachHop{{Element: reachHostile, Text: reachHostile, Settle: reachHostile}}}},
	}}
	for name, r := range map[string]*Reach{"answer": hostileReach(t), "explanation": explained} {
		for _, format := range ReachFormats() {
			if name == "explanation" && format == "svg" {
				continue
			}
			out := writeReach(t, format, r)
			switch format {
			case "json":
				var back map[string]any
				if err := json.Unmarshal([]byte(out), &back); err != nil {
					t.Errorf("%s: no JSON: %v", name, err)
				}
			case "svg":
				parses(t, out)
			case "html":
				if strings.Contains(out, "<script") || strings.Count(out, "</title>") < 1 {
					t.Errorf("%s: a name became markup", name)
				}
			}
			for _, bad := range []string{"\x00", "\x1b", "\u202e"} {
				if format != "json" && strings.Contains(out, bad) {
					t.Errorf("%s as %s holds %q as it is", name, format, bad)
				}
			}
		}
	}
}

// TestReachPolicy compares the page's content security policy with the styles that are in it.
func TestReachPolicy(t *testing.T) {
	page := writeReach(t, "html", reachExample(t))
	styles := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(page, -1)
	if len(styles) != 2 {
		t.Fatalf("%d styles in the page, want the page's and the drawing's", len(styles))
	}
	for _, s := range styles {
		hash := regexp.MustCompile(`'sha256-[^']+'`).FindString(string(stylesOnly([]byte(s[1]))))
		if !strings.Contains(page, hash) {
			t.Error("a style of the page is not allowed by its policy")
		}
	}
	for _, bad := range []string{"<script", " style=", " onload", "href=\"http", "src=", "url(http", "@import"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestReachAnswer(t *testing.T) {
	db := func(name string, v reach.Verdict) ReachDatabase {
		return ReachDatabase{ReachEnd: ReachEnd{Name: name}, Internet: v}
	}
	for _, c := range []struct {
		r    Reach
		want string
		good bool
	}{
		{Reach{}, "There is no database in the input.", false},
		{Reach{ByAPI: make([]ReachStore, 2)}, "No database here stands in a network of its own: 2 stores are reached by AWS's API, where IAM decides.", false},
		{Reach{Databases: []ReachDatabase{db("a", reach.Closed)}}, "The internet cannot open a connection to a.", true},
		{Reach{Databases: []ReachDatabase{db("a", reach.Closed), db("b", reach.Closed)}}, "The internet cannot open a connection to any of the 2 databases.", true},
		{
			Reach{Databases: []ReachDatabase{db("a", reach.Open), db("b", reach.Closed), db("c", reach.Maybe)}},
			"The internet can open a connection to a. Whether the internet can open a connection to c is not known.", false,
		},
	} {
		answer, good := reachAnswer(&c.r)
		if got := strings.Join(answer, " "); got != c.want || good != c.good {
			t.Errorf("%q, %v; want %q, %v", got, good, c.want, c.good)
		}
	}
}

func TestReachNext(t *testing.T) {
	r := reachExample(t)
	if want := "bailey reach --from internet --to leak"; r.Next != want {
		t.Errorf("next is %q, want %q", r.Next, want)
	}
	if got := ReachNext(r, func(string) bool { return false }); got != "bailey who-can read carts" {
		t.Errorf("with names that say nothing, next is %q", got)
	}
	for word, want := range map[string]string{"orders": "orders", "the office": "'the office'", "it's": `'it'\''s'`, "": "''", "$(x)": "'$(x)'"} {
		if got := quoted(word); got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
	}
}

func ExampleReachFormats() {
	fmt.Println(ReachFormats())
	// Output: [text json svg html]
}
