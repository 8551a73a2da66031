package report

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/baileydb/bailey/internal/finding"
)

var shots = flag.String("shots", "", "a folder to write screenshots of the HTML report to")

// browser starts Debian's Chromium once for a test, and skips it where there is none, except in CI.
func browser(t *testing.T) chrome {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && path == "" {
			path = p
		}
	}
	if path == "" {
		const reason = "no chromium in PATH: apt-get install chromium"
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return chrome{ctx}
}

// chrome is a browser that runs.
type chrome struct{ ctx context.Context }

// view is one report in one tab, with what went wrong in it.
type view struct {
	*testing.T
	ctx      context.Context
	url      string
	mu       sync.Mutex
	wrong    []string
	requests []string
}

// show opens a report in a tab of its own. All complaints of the browser, content security policy included, fail the test
// when the tab closes.
func show(t *testing.T, browser chrome, r *finding.Report, width, height int64, before ...chromedp.Action) *view {
	t.Helper()
	return showPage(t, browser, write(t, "html", r, Options{Source: source}), width, height, before...)
}

// showPage opens a page in a tab of its own.
func showPage(t *testing.T, browser chrome, html string, width, height int64, before ...chromedp.Action) *view {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(html))
	}))
	t.Cleanup(server.Close)
	ctx, cancel := chromedp.NewContext(browser.ctx)
	t.Cleanup(cancel)
	v := &view{T: t, ctx: ctx, url: server.URL + "/report.html"}
	chromedp.ListenTarget(ctx, v.listen)
	if err := chromedp.Run(ctx); err != nil { // the tab must not end with the first run's deadline
		t.Fatal(err)
	}
	v.run(append([]chromedp.Action{
		log.Enable(), network.Enable(), runtime.Enable(),
		chromedp.EmulateViewport(width, height),
	}, before...)...)
	v.run(chromedp.Navigate(v.url))
	t.Cleanup(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, w := range v.wrong {
			t.Errorf("the browser complains: %s", w)
		}
		for _, u := range v.requests {
			if u != v.url && u != v.url+"#" && u != "data:," {
				t.Errorf("the page requested %s", u)
			}
		}
	})
	return v
}

func (v *view) listen(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		v.wrong = append(v.wrong, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		v.wrong = append(v.wrong, fmt.Sprintf("console %s", e.Type))
	case *log.EventEntryAdded:
		v.wrong = append(v.wrong, fmt.Sprintf("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text))
	case *network.EventRequestWillBeSent:
		v.requests = append(v.requests, e.Request.URL)
	}
}

func (v *view) run(actions ...chromedp.Action) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		v.Fatal(err)
	}
}

// eval evaluates JavaScript, waiting for a promise.
func eval[T any](v *view, js string) T {
	v.Helper()
	var out T
	v.run(chromedp.Evaluate(js, &out, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return out
}

// want fails unless the expression is true.
func (v *view) want(js string) {
	v.Helper()
	if !eval[bool](v, js) {
		v.Errorf("not so: %s", js)
	}
}

// shot writes a screenshot when asked to.
func (v *view) shot(name string) {
	v.Helper()
	if *shots == "" {
		return
	}
	var png []byte
	v.run(chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o600); err != nil {
		v.Fatal(err)
	}
}

const (
	openAll = `document.querySelectorAll("details").forEach(d => d.open = true)`
	visible = `[...document.querySelectorAll("main .finding")].filter(f => f.checkVisibility() || f.closest(".rest:not([open]):not([hidden])") && !f.hidden)`
	// noOverflow is true when the page does not scroll sideways.
	noOverflow = `document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth`
)

func TestBrowser(t *testing.T) {
	b := browser(t)
	t.Run("filter", func(t *testing.T) { browseFilter(t, b) })
	t.Run("panel", func(t *testing.T) { browsePanel(t, b) })
	t.Run("hostile", func(t *testing.T) { browseHostile(t, b) })
	t.Run("phone", func(t *testing.T) { browsePhone(t, b) })
	t.Run("no script", func(t *testing.T) { browseNoScript(t, b) })
	t.Run("dark", func(t *testing.T) { browseDark(t, b) })
	t.Run("print", func(t *testing.T) { browsePrint(t, b) })
	t.Run("sizes", func(t *testing.T) { browseSizes(t, b) })
}

func browseFilter(t *testing.T, b chrome) {
	v := show(t, b, example(), 1280, 1400)
	v.shot("desktop")
	total := eval[int](v, `document.querySelectorAll("main .finding").length`)
	v.want(fmt.Sprintf(`document.getElementById("shown").textContent === "%d findings"`, total))
	set := func(id, value string) {
		v.run(chromedp.Evaluate(fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("input")) })()`, id, value), nil))
	}
	set("severity", "high")
	v.want(visible + `.every(f => f.dataset.severity === "high")`)
	v.want(visible + `.length === 4`) // three failures, and one that passes
	v.want(`[...document.querySelectorAll(".matrix tbody tr")].filter(r => !r.hidden).length === 2`)
	set("state", "failed")
	v.want(visible + `.length === 3`)
	v.shot("filtered")
	set("level", "protected")
	v.want(visible + `.length === 1`)
	set("q", "nothing has this in it")
	v.want(visible + `.length === 0 && !document.getElementById("none").hidden`)
	v.run(chromedp.Click("#reset"))
	v.want(fmt.Sprintf(`%s.length === %d && document.activeElement.id === "q"`, visible, total))
	v.run(chromedp.SendKeys("#q", "multi-az"))
	v.want(visible + `.length === 1 && ` + visible + `[0].dataset.state === "unknown"`)
}

func browsePanel(t *testing.T, b chrome) {
	v := show(t, b, example(), 1280, 900)
	cell := `a.cell[data-section="db1"][data-topic="network"]`
	v.run(chromedp.Click(cell))
	v.want(`document.getElementById("panel").open`)
	v.want(`document.getElementById("panel-title").textContent === "orders-db · Network"`)
	v.want(`document.querySelector("#panel-body .finding").open`)
	v.want(`document.querySelector("#panel-body").textContent.includes("0.0.0.0/0")`)
	v.want(`document.querySelectorAll("#panel-body [id]").length === 0`)
	time.Sleep(300 * time.Millisecond) // the sheet slides in
	v.shot("panel")
	v.run(chromedp.KeyEvent(kb.Escape))
	v.want(`!document.getElementById("panel").open`)
	v.want(`document.activeElement.matches('` + cell + `')`)
	v.run(chromedp.KeyEvent(kb.ArrowDown))
	v.want(`document.activeElement.matches('a.cell[data-section="db2"][data-topic="network"]')`)
	v.run(input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithCode("Enter").WithText("\r").WithWindowsVirtualKeyCode(13))
	v.want(`document.getElementById("panel").open`)
	v.run(chromedp.Click("#close"))
	v.want(`!document.getElementById("panel").open`)
	v.want(`getComputedStyle(document.activeElement).outlineStyle === "solid"`)
}

func browseHostile(t *testing.T, b chrome) {
	v := show(t, b, example(), 1280, 900)
	v.run(chromedp.Evaluate(openAll, nil))
	v.want(`window.hacked === undefined`)
	v.want(`document.scripts.length === 1 && document.images.length === 0 && document.styleSheets.length === 1`)
	v.want(`document.querySelectorAll("[onerror], [style]").length === 0`)
	v.want(`[...document.links].every(a => a.hash && a.origin === location.origin || a.href.startsWith("https://github.com/baileydb/bailey/"))`)
	v.want(`!/[\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.outerHTML)`)
}

func browsePhone(t *testing.T, b chrome) {
	v := show(t, b, example(), 360, 780, emulation.SetDeviceMetricsOverride(360, 780, 2, true))
	v.shot("phone")
	v.want(noOverflow)
	v.run(chromedp.Evaluate(`document.querySelector(".matrix").scrollIntoView()`, nil))
	v.shot("phone-matrix")
	v.want(`(() => { const m = document.querySelector(".matrix"), th = m.querySelector("tbody th");
		m.scrollLeft = 200; return Math.abs(th.getBoundingClientRect().left - m.getBoundingClientRect().left) < 3 })()`)
	v.run(chromedp.Evaluate(openAll, nil))
	v.want(noOverflow)
	v.run(chromedp.Evaluate(`document.querySelector(".finding").scrollIntoView()`, nil))
	v.shot("phone-finding")
	v.run(chromedp.Evaluate(`document.querySelector("a.cell").click()`, nil))
	v.want(`document.getElementById("panel").open`)
	v.want(`(() => { const s = document.querySelector(".sheet"); return s.scrollWidth <= s.clientWidth && s.getBoundingClientRect().width <= innerWidth })()`)
	time.Sleep(300 * time.Millisecond)
	v.shot("phone-panel")
	v.want(noOverflow)
}

func browseNoScript(t *testing.T, b chrome) {
	v := show(t, b, example(), 1280, 900, emulation.SetScriptExecutionDisabled(true))
	v.want(`getComputedStyle(document.querySelector(".filters")).display === "none"`)
	v.run(chromedp.Evaluate(`document.querySelector('a.cell[data-section="db1"][data-topic="network"]').click()`, nil))
	v.want(`location.hash.startsWith("#f-") && document.querySelector(location.hash).tagName === "DETAILS"`)
	v.run(chromedp.Evaluate(`document.querySelector(".finding > summary").click()`, nil))
	v.want(`document.querySelector(".finding").open`)
	v.shot("no-script")
}

func browseDark(t *testing.T, b chrome) {
	v := show(t, b, example(), 1280, 1400,
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	v.want(`getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 26)"`)
	v.run(chromedp.Evaluate(`document.querySelector(".finding").open = true; document.querySelector(".finding").scrollIntoView()`, nil))
	v.shot("dark")
}

func browsePrint(t *testing.T, b chrome) {
	v := show(t, b, example(), 800, 1100, emulation.SetEmulatedMedia().WithMedia("print"))
	v.want(`[...document.querySelectorAll("main > section > .db > .finding > .body")].every(e => e.getBoundingClientRect().height > 20)`)
	v.want(`getComputedStyle(document.querySelector(".filters")).display === "none"`)
	v.want(noOverflow)
	v.run(chromedp.Evaluate(`document.querySelector(".finding").scrollIntoView()`, nil))
	v.shot("print")
}

// layoutShift sums the shifts since the page opened.
const layoutShift = `new Promise(done => {
	let sum = 0;
	new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value }).observe({type: "layout-shift", buffered: true});
	setTimeout(() => done(sum), 250);
})`

func browseSizes(t *testing.T, b chrome) {
	for _, n := range []int{0, 1, 300} {
		for _, width := range []int64{360, 1280} {
			start := time.Now()
			v := show(t, b, many(n), width, 900)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%d databases take %s to load", n, took)
			}
			v.want(noOverflow)
			// A page of 300 databases that arrives in pieces on a busy machine moves by a scrollbar's width; 0.1 counts as good
			// (https://web.dev/articles/cls).
			if shift := eval[float64](v, layoutShift); shift > 0.02 {
				t.Errorf("%d databases at %d px: the layout shifts by %v", n, width, shift)
			}
			v.shot(fmt.Sprintf("size-%d-%d", n, width))
			if n == 300 {
				v.run(chromedp.SendKeys("#q", "db-123"))
				v.want(`[...document.querySelectorAll(".matrix tbody tr")].filter(r => !r.hidden).length === 1`)
			}
		}
	}
}
