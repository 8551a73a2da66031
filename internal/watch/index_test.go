package watch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/rules"
)

// onLists are lists on which every third text is.
type onLists struct{}

func (onLists) Has(string) bool { return true }

func (onLists) Names(text string) []string {
	all := []string{"malicious", "tor", "mining", "custom", "doh", "c2", "abused", "blackhole", "drive-by", "drop-point", "phishing", "suspicious"}
	if n := Hash(text) / 2; n%3 == 0 {
		n = n / 3 % uint64(len(all))
		return all[n : n+1]
	}
	return nil
}

// TestIndex asks every detection about generated lines, by the index and one by one.
func TestIndex(t *testing.T) {
	list, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewEngine(list)
	if err != nil {
		t.Fatal(err)
	}
	g.Use(onLists{})
	r := rand.New(rand.NewPCG(11, 12))
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	number := func(of ...int) string {
		if r.IntN(3) == 0 {
			return one("", "x", "-1", "99999999999999999999", "007")
		}
		return strconv.Itoa(of[r.IntN(len(of))] + r.IntN(3) - 1)
	}
	fill := map[string]func(c *rules.Columns){
		"flowlog": func(c *rules.Columns) {
			set := func(name, v string) { c.Text[c.Log.Index(name)] = v }
			for _, name := range []string{"srcaddr", "dstaddr"} {
				set(name, one("10.0.0.1", "198.51.100.7", "8.8.8.8", "1.1.1.1", "172.16.0.1", "2600::1", "fd00::1", "", "x", fmt.Sprintf("%d.2.3.4", r.IntN(256))))
			}
			for _, name := range []string{"srcport", "dstport"} {
				set(name, number(22, 25, 53, 80, 443, 853, 1433, 3306, 3389, 5432, 8088, 9001, 27017, 32768, 40000, 65535, 65536))
			}
			set("protocol", number(0, 1, 6, 17, 58))
			set("packets", number(0, 1, 3, 5, 60, 10_000, 1_000_000))
			set("bytes", number(0, 1_000_000, 1_000_000_000))
			set("flow_direction", one("", "ingress", "egress"))
			set("log_status", one("OK", "SKIPDATA", "NODATA", ""))
		},
		"dns": func(c *rules.Columns) {
			set := func(name, v string) { c.Text[c.Log.Index(name)] = v }
			set("name", one(fmt.Sprint("n", r.IntN(99), ".example.com"), "a.amazonaws.com", "x1.minexmr.com", "q7xk2mzp4vbt.com", "", "www.pool.org", "a.in-addr.arpa", "q7xk2m3zp4vb8t91kq7xk2m3zp4vb8t91kq7xk2m3zp4vb8t91k.t.evil.net"))
			set("rcode", one("NOERROR", "NXDOMAIN", ""))
			set("answer", one("10.0.0.1", "169.254.169.254", "fd00:ec2::254", ""))
			for name, at := range map[string]int{"longest_label": 40, "length": 80, "labels": 3, "entropy": 330, "digits": 15} {
				set(name, number(0, at, 12, 80))
			}
		},
	}
	for log, fill := range fill {
		x := g.log[log]
		matched := map[int]int{}
		for range 100_000 {
			c := rules.NewColumns(x.log)
			fill(&c)
			s := &rules.Seen{Event: &c, OK: r.IntN(3) > 0, Lists: g.on}
			s.To = c.Text[0]
			if log == "flowlog" {
				s.From, s.To = c.Text[x.log.Index("srcaddr")], c.Text[x.log.Index("dstaddr")]
			}
			var want, got []int
			for _, d := range x.all {
				if ok, err := d.d.Is(s); err != nil {
					t.Fatal(err)
				} else if ok {
					want = append(want, d.at)
					matched[d.at]++
				}
			}
			key := int64(0)
			if x.log.Key != "" {
				key = c.Value(x.log.Index(x.log.Key)).N
			}
			x.of(key).meet(s, func(at int, sure bool) {
				if ok, err := list[at].Is(s); sure || ok || err != nil {
					got = append(got, at)
				}
			})
			if !slices.Equal(got, want) {
				t.Fatalf("%q meets %v by the index, and %v one by one", c.Text, got, want)
			}
		}
		if len(matched) < len(x.all)*3/4 {
			t.Errorf("%s: only %d of %d detections were met", log, len(matched), len(x.all))
		}
		if len(x.plans) > 2000 {
			t.Errorf("%s: %d plans", log, len(x.plans))
		}
	}
}

// TestNeeds looks for texts quickly and at every place.
func TestNeeds(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	letters := []string{"a", "A", "k", "K", "\u212a", "s", "\u017f", "-", "/", "i", "\"", "é", "É", "\xff"}
	text := func(most int) string {
		var b strings.Builder
		for range r.IntN(most) {
			b.WriteString(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	found := 0
	for range 300_000 {
		v, fold := text(20), r.IntN(2) == 0
		n := newNeed(0, []string{text(4), text(4)}, fold)
		want := n.plainly(v, n.texts[0]) || n.plainly(v, n.texts[1])
		if n.in(v) != want {
			t.Fatalf("%q in %q, fold %v: %v", n.texts, v, fold, !want)
		}
		if want && n.texts[0] != "" && n.texts[1] != "" {
			found++
		}
	}
	if found < 1000 {
		t.Errorf("only %d were found", found)
	}
}
