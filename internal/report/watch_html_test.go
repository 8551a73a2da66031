package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/watch"
)

var watchStart = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// watched are findings over two days; what somebody wrote into a log is in the second.
func watched() []watch.Finding {
	f := func(id, title string, label finding.Label, who string, after time.Duration) watch.Finding {
		return watch.Finding{
			ID: id, Detection: "group/" + id, Type: "Bailey:Test/" + id, Title: title, Severity: finding.SeverityOf(label), Count: 1, Events: []string{"event-" + id}, Evidence: []string{"evidence of " + id},
			Resource: "resource-" + id, Principal: who, Address: "198.51.100.7", Account: "111122223333", Region: "eu-west-1", First: watchStart.Add(after), Last: watchStart.Add(after + time.Minute),
			Why: "Nobody does that.", Respond: "Ask them.",
		}
	}
	hostile := f("b", `<img src=x onerror="window.hacked=1">`, finding.High, "mallory", 26*time.Hour)
	hostile.Evidence = []string{`</li><script>window.hacked=1</script> ` + "\u202egnp.exe\x1b[31m", strings.Repeat("long", 500)}
	hostile.Resource, hostile.Level, hostile.Count = strings.Repeat("a-name-without-spaces", 20), "secret", 40
	return []watch.Finding{f("a", "A trail was stopped", finding.High, "mallory", 0), hostile, f("c", "Many reads", finding.Medium, "ann", 26*time.Hour), f("d", "Who am I", finding.Low, "ann", 27*time.Hour)}
}

func watchHTML(t *testing.T, events int64, found []watch.Finding) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteWatchHTML(&b, events, found, "dev"); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTimeline takes the shortest unit in which all findings fit, and loses none.
func TestTimeline(t *testing.T) {
	at := func(times ...time.Duration) (out []watch.Finding) {
		for _, d := range times {
			out = append(out, watch.Finding{First: watchStart.Add(d), Severity: finding.SeverityOf(finding.Low)})
		}
		return out
	}
	const day = 24 * time.Hour
	for unit, found := range map[string][]watch.Finding{
		"minute": at(0, 29*time.Minute), "hour": at(0, 3*day), "six hours": at(0, 30*day), "day": at(0, 120*day), "week": at(0, 3*365*day), "four weeks": at(0, 10*365*day), "year": at(0, 100*365*day),
		"century": {{First: time.Unix(0, 0)}, {First: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}},
	} {
		line := newTimeline(found)
		total := 0
		for _, b := range line.buckets(found) {
			total += b.N
			for _, x := range b.Bars {
				if x.X < 0 || x.X+x.W > timelineWidth || x.Y < 0 || x.H < 1 {
					t.Errorf("%s: a bar at %+v", unit, x)
				}
			}
		}
		if want := len(found); line.unit != unit || total != want && unit != "century" {
			t.Errorf("%s, not %s; %d findings of %d", line.unit, unit, total, want)
		}
	}
	if line := newTimeline([]watch.Finding{{}}); line.buckets([]watch.Finding{{}}) != nil || line.span() != "" || line.id(time.Time{}) != "none" {
		t.Error("findings without a time have a timeline")
	}
}

func TestWatchBrowser(t *testing.T) {
	b := browser(t)
	page := watchHTML(t, 1234, watched())
	if page != watchHTML(t, 1234, watched()) {
		t.Error("the same findings give another page")
	}
	const shown = `[...document.querySelectorAll(".finding")].filter(f => f.checkVisibility())`
	t.Run("filter", func(t *testing.T) {
		v := showPage(t, b, page, 1280, 1200)
		v.shot("watch")
		v.want(`document.title === "Bailey watch: 4 findings: 2 high, 1 medium, 1 low"`)
		set := func(id, value string) {
			v.run(chromedp.Evaluate(fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("input")) })()`, id, value), nil))
		}
		set("severity", "high")
		v.want(shown + `.length === 2`)
		set("who", "ann")
		v.want(shown + `.length === 0 && !document.getElementById("none").hidden`)
		set("severity", "")
		v.want(shown + `.length === 2 && document.getElementById("shown").textContent === "2 of 4 findings"`)
		set("q", "EVENT-d mine-is-not-there")
		v.want(shown + `.length === 0`)
		set("q", "EVENT-d evidence")
		v.want(shown + `.length === 1`)
		v.run(chromedp.Click("#reset"))
		v.want(shown + `.length === 4`)
		v.want(`document.querySelectorAll(".bucket").length === 3`)
		v.run(chromedp.Focus(`.bucket[data-bucket="b26"]`), chromedp.KeyEvent("\r"))
		v.want(shown + `.length === 2 && document.querySelector('.bucket[aria-pressed="true"]').dataset.bucket === "b26"`)
		v.run(chromedp.Evaluate(`document.querySelector('.bucket[data-bucket="b26"]').dispatchEvent(new MouseEvent("click"))`, nil))
		v.want(shown + `.length === 4`)
		set("what", "group/c")
		v.want(shown + `.length === 1`)
	})
	t.Run("hostile", func(t *testing.T) {
		v := showPage(t, b, page, 1280, 900)
		v.run(chromedp.Evaluate(openAll, nil))
		v.want(`window.hacked === undefined && document.scripts.length === 1 && document.images.length === 0`)
		v.want(`document.querySelectorAll("[onerror], [style]").length === 0`)
		v.want(`!/[\u202a-\u202e\u2066-\u2069\u001b]/.test(document.documentElement.outerHTML)`)
		v.want(noOverflow)
	})
	t.Run("phone and dark", func(t *testing.T) {
		v := showPage(t, b, page, 360, 780, emulation.SetDeviceMetricsOverride(360, 780, 2, true),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
		v.shot("watch-phone")
		v.want(`getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 26)"`)
		v.run(chromedp.Evaluate(openAll, nil))
		v.want(noOverflow)
		v.run(chromedp.Evaluate(`document.querySelector(".finding").scrollIntoView()`, nil))
		v.shot("watch-phone-finding")
	})
	t.Run("no script and print", func(t *testing.T) {
		v := showPage(t, b, page, 800, 1100, emulation.SetScriptExecutionDisabled(true), emulation.SetEmulatedMedia().WithMedia("print"))
		v.want(`getComputedStyle(document.querySelector(".filters")).display === "none"`)
		v.want(`[...document.querySelectorAll(".finding > .body")].every(e => e.getBoundingClientRect().height > 20)`)
		v.want(noOverflow)
		v.shot("watch-print")
	})
	t.Run("sizes", func(t *testing.T) {
		v := showPage(t, b, watchHTML(t, 12, nil), 360, 780)
		v.want(`document.querySelector("h1").textContent === "Nothing strange in 12 events." && document.querySelectorAll(".finding, .timeline, .filters").length === 0`)
		var many []watch.Finding
		for i := range 5000 {
			f := watched()[i%4]
			f.ID = fmt.Sprint("id-", i)
			f.First = watchStart.Add(time.Duration(i) * time.Hour)
			many = append(many, f)
		}
		v = showPage(t, b, watchHTML(t, 1e6, many), 1280, 900)
		v.want(`document.querySelectorAll(".finding").length === 5000`)
		v.run(chromedp.SendKeys("#q", "event-d"))
		v.want(shown + `.length === 1250`)
		v.shot("watch-many")
	})
}
