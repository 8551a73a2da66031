package feed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
)

// made is an engine with one detection in it.
func made(t *testing.T, text string) *watch.Engine {
	t.Helper()
	d, err := rules.ParseDetection("test.yaml", "test", []byte("id: test\ntitle: t\nwhy: w\ntype: t\nseverity: {any: low}\nresource: \"'x'\"\nrespond: r\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	g, err := watch.NewEngine([]*rules.Detection{d})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// foundOn reads lines a day after the other, as a watch that runs once a day, and says on which days something was found.
func foundOn(t *testing.T, g *watch.Engine, days int, lines func(day time.Time, n int) []string) (out []int) {
	t.Helper()
	state := watch.NewState()
	for n := range days {
		run := g.NewRun()
		text := strings.Join(lines(time.Date(2026, 8, 31+n, 0, 0, 0, 0, time.UTC), n), "\n") + "\n"
		if err := feed.Read("day", strings.NewReader(text), run.Part(), feed.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, f := range run.Findings(state) {
			if !f.Last.Before(time.Date(2026, 8, 31+n, 0, 0, 0, 0, time.UTC)) {
				out = append(out, n)
			}
		}
		kept, err := state.Text()
		if err != nil {
			t.Fatal(err)
		}
		if state, err = watch.ParseState(kept); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func scan(at time.Time, id, who string) string {
	return fmt.Sprintf(`{"eventID": %q, "eventTime": %q, "eventSource": "dynamodb.amazonaws.com", "eventName": "Scan", "requestParameters": {"tableName": "orders"}, "recipientAccountId": "111122223333", "userIdentity": {"arn": %q}}`, id, at.Format(time.RFC3339), who)
}

// other is a call that no detection here looks at.
func other(at time.Time, id string) string {
	return strings.Replace(scan(at, id, "ops"), "Scan", "ListTables", 1)
}

// TestUsual fills a window every day: it is told until it is usual, and again for somebody else.
func TestUsual(t *testing.T) {
	g := made(t, "log: cloudtrail\nevents: [Scan]\ncount: {over: 3, within: 10m, usual: 3}\n")
	got := foundOn(t, g, 12, func(day time.Time, n int) (out []string) {
		who := "nightly"
		if n == 10 {
			who = "mallory"
		}
		for i := range 4 {
			out = append(out, scan(day.Add(time.Duration(i)*time.Minute), fmt.Sprint(n, "-", i), who))
		}
		return out
	})
	if want := []int{0, 1, 2, 10}; !slices.Equal(got, want) {
		t.Errorf("found on %v, want %v", got, want)
	}
}

// TestLearningBeginsWithTheLog watches an account in which nobody scans: the first who does is new, though nothing like it
// was ever learned from.
func TestLearningBeginsWithTheLog(t *testing.T) {
	g := made(t, "log: cloudtrail\nevents: [Scan]\nfirst_seen: {of: who, learn: 14d}\n")
	for first, want := range map[int][]int{5: nil, 20: {20}} {
		got := foundOn(t, g, 25, func(day time.Time, n int) []string {
			out := []string{other(day, fmt.Sprint("o", n))}
			if n >= first {
				out = append(out, scan(day.Add(time.Hour), fmt.Sprint(n), "mallory"))
			}
			return out
		})
		if !slices.Equal(got, want) {
			t.Errorf("a first scan on day %d is found on %v, want %v", first, got, want)
		}
	}
}

// TestRareFromTheFirstDay tells what was never done at once, and no longer once it is done again and again.
func TestRareFromTheFirstDay(t *testing.T) {
	g := made(t, "log: cloudtrail\nevents: [Scan]\nrare: {of: who, days: 1}\n")
	got := foundOn(t, g, 5, func(day time.Time, n int) []string { return []string{scan(day, fmt.Sprint(n), "nightly")} })
	if want := []int{0, 1}; !slices.Equal(got, want) {
		t.Errorf("found on %v, want %v", got, want)
	}
}

// TestSameHour sums what a job sends every night: it is usual at night, and not at noon.
func TestSameHour(t *testing.T) {
	g := made(t, "log: flowlog\nrate: {of: e.bytes, by: e.srcaddr, per: 1h, learn: 7d, over: 1000}\n")
	got := foundOn(t, g, 20, func(day time.Time, n int) (out []string) {
		hours := []int{2}
		if n == 16 {
			hours = []int{2, 12}
		}
		for _, h := range hours {
			at := day.Add(time.Duration(h)*time.Hour + time.Duration(n%7)*7*time.Minute).Unix()
			out = append(out, fmt.Sprintf("2 111122223333 eni-1 10.0.0.1 198.51.100.7 50000 443 6 100 %d %d %d ACCEPT OK", 50_000+n*10, at, at+60))
		}
		return out
	})
	if want := []int{16}; !slices.Equal(got, want) {
		t.Errorf("found on %v, want %v", got, want)
	}
}

func TestNetworkOf(t *testing.T) {
	for address, want := range map[string]string{
		"8.8.4.4": "8.8.0.0/16", "10.1.2.3": "10.1.2.0/24", "172.16.9.9": "172.16.9.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "::ffff:10.1.2.3": "10.1.2.0/24",
		"rds.amazonaws.com": "rds.amazonaws.com", "": "",
	} {
		if got := rules.NetworkOf(address); got != want {
			t.Errorf("%s is in %s, want %s", address, got, want)
		}
	}
}
