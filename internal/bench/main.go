// Command bench times the built binary as a user runs it and prints one line for each figure:
//
//	bench NAME value=… unit=… peer=… ratio=… target=…
//
// It times whole processes, the median of several runs, beside a peer in the same run where one is given. What was not
// measured is a dash; a target that is missed is said to be missed. Sealing is timed in the bench's own process, beside
// the bare cryptography.
//
//	go run ./internal/bench -templates FOLDER -peer /path/to/trivy
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/baileydb/bailey/iam/iamtest"
)

func main() {
	bin := flag.String("bin", "bin/bailey", "Bailey's binary")
	peer := flag.String("peer", "", "Trivy's binary, to compare with")
	templates := flag.String("templates", "../shared/samples/cloudformation", "folder with CloudFormation templates")
	terraform := flag.String("terraform", "../shared/samples/terraform/terragoat", "Terraform folder")
	pdscan := flag.String("pdscan", "", "pdscan's binary, to compare with")
	sigma := flag.String("sigma", "internal/bench/testdata/sigma", "folder with Sigma rules, to compare with sigma-go on")
	sigmaPeer := flag.String("sigma-peer", "", "binary that runs sigma-go, to compare with")
	runs := flag.Int("runs", 5, "runs of each command; the median counts")
	only := flag.String("only", "", "time this alone: check-cloudformation, check-terraform, memory, flat, reach, who-can, decide, classify, classify-postgres, classify-huge, start, seal, guard, watch, watch-replay or watch-sigma")
	flag.Parse()
	b := bench{bin: abs(*bin), peer: *peer, pdscan: *pdscan, sigmaPeer: *sigmaPeer, runs: *runs}
	for _, f := range []struct {
		name string
		run  func() error
	}{
		{"check-cloudformation", func() error { return b.beside("check-cloudformation", *templates, 25) }},
		{"check-terraform", func() error { return b.beside("check-terraform", *terraform, 25) }},
		{"memory", func() error { return b.memory(*templates) }},
		{"flat", b.flat},
		{"reach", b.reach},
		{"who-can", b.whoCan},
		{"decide", b.decide},
		{"classify", b.classify},
		{"classify-postgres", b.classifyPostgres},
		{"classify-huge", b.classifyHuge},
		{"start", b.start},
		{"seal", sealing},
		{"guard", b.guard},
		{"watch", b.watch},
		{"watch-replay", b.replay},
		{"watch-sigma", func() error { return b.sigmaRules(abs(*sigma)) }},
	} {
		if *only != "" && *only != f.name {
			continue
		}
		if err := f.run(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
}

type bench struct {
	bin, peer, pdscan, sigmaPeer string
	runs                         int
}

func abs(p string) string {
	a, err := filepath.Abs(p)
	if err != nil {
		return p
	}
	return a
}

// sample is one finished run.
type sample struct {
	wall time.Duration
	rss  int64 // KiB, the largest the process was
}

// run runs a command n times and returns the median of each figure. Findings are no error.
func run(n int, name string, args ...string) (sample, error) {
	var walls []time.Duration
	var sizes []int64
	for range n {
		var out bytes.Buffer
		cmd := exec.CommandContext(context.Background(), name, args...)
		cmd.Stderr = &out
		start := time.Now()
		err := cmd.Run()
		wall := time.Since(start)
		if err != nil && (cmd.ProcessState == nil || cmd.ProcessState.ExitCode() < 0) {
			return sample{}, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out.String())
		}
		walls = append(walls, wall)
		if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			sizes = append(sizes, u.Maxrss)
		}
	}
	slices.Sort(walls)
	slices.Sort(sizes)
	s := sample{wall: walls[n/2]}
	if len(sizes) == n {
		s.rss = sizes[n/2]
	}
	return s, nil
}

func line(name, value, unit, peer, ratio, target string) {
	fmt.Printf("bench %s value=%s unit=%s peer=%s ratio=%s target=%s\n", name, value, unit, peer, ratio, target)
}

// met words a target and whether the figure reaches it.
func met(ok bool, target string) string {
	if ok {
		return target + "(met)"
	}
	return target + "(missed)"
}

// beside times a check of a folder and the peer's scan of the same; times says how much faster it must be.
func (b *bench) beside(name, folder string, times float64) error {
	if _, err := os.Stat(folder); err != nil {
		line(name, "-", "s", "-", "-", "folder-absent")
		return nil
	}
	own, err := run(b.runs, b.bin, "check", folder, "--fail-on", "never")
	if err != nil {
		return err
	}
	if b.peer == "" {
		line(name, seconds(own.wall), "s", "-", "-", fmt.Sprintf("%.0fx-of-peer(no-peer)", times))
		return nil
	}
	other, err := run(b.runs, b.peer, "config", "--quiet", "--skip-check-update", folder)
	if err != nil {
		return err
	}
	if other.rss < 50<<10 { // it ended before it began: wrong flags, another version
		return fmt.Errorf("%s did not scan %s", b.peer, folder)
	}
	ratio := other.wall.Seconds() / own.wall.Seconds()
	line(name, seconds(own.wall), "s", seconds(other.wall), fmt.Sprintf("%.1f", ratio), met(ratio >= times, fmt.Sprintf("%.0fx", times)))
	return nil
}

func (b *bench) memory(folder string) error {
	if _, err := os.Stat(folder); err != nil {
		line("check-memory", "-", "MiB", "-", "-", "folder-absent")
		return nil
	}
	own, err := run(b.runs, b.bin, "check", folder, "--fail-on", "never")
	if err != nil {
		return err
	}
	mib := float64(own.rss) / 1024
	line("check-memory", fmt.Sprintf("%.0f", mib), "MiB", "-", "-", met(mib < 200, "under-200"))
	return nil
}

// flat compares the time per template of 100 and of 10,000 templates, the start of the process taken off both.
func (b *bench) flat() error {
	empty, err := os.MkdirTemp("", "bailey-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(empty) //nolint:errcheck // a temporary folder
	text, err := os.ReadFile("examples/shop/template.yaml")
	if err != nil {
		return err
	}
	per := map[int]float64{}
	for _, n := range []int{100, 1000, 10000} {
		dir := filepath.Join(empty, strconv.Itoa(n))
		if err := copies(dir, string(text), n); err != nil {
			return err
		}
		s, err := run(max(1, b.runs*100/n), b.bin, "check", dir, "--fail-on", "never", "--format", "json", "-o", os.DevNull)
		if err != nil {
			return err
		}
		per[n] = s.wall.Seconds() * 1000 / float64(n)
		line(fmt.Sprintf("per-template-of-%d", n), fmt.Sprintf("%.3f", per[n]), "ms", "-", fmt.Sprintf("%.2f", per[n]/per[100]),
			met(per[n] <= per[100]*1.1, "1.1x-of-100"))
	}
	return nil
}

// reach times who can open a connection to each of 200 databases among 5,000 security groups and 2,000 instances, by the
// Go benchmark of the engine: reading the templates is timed above.
func (b *bench) reach() error {
	return b.engine("reach-5000-groups", "./reach", "BenchmarkSources", 1)
}

// whoCan times 50 questions, each for an action, over 1,000 principals, chains and escalations included.
func (b *bench) whoCan() error {
	return b.engine("who-can-1000x50", "./iam", "BenchmarkWhoCan", 2)
}

// engine times a Go benchmark against a limit in seconds.
func (b *bench) engine(name, pkg, benchmark string, target float64) error {
	ns, err := b.goBench(name, pkg, benchmark, strconv.Itoa(b.runs)+"x")
	if err != nil {
		return err
	}
	line(name, fmt.Sprintf("%.3f", ns/1e9), "s", "-", fmt.Sprintf("%.2f", ns/1e9/target), met(ns/1e9 < target, strconv.FormatFloat(target, 'f', -1, 64)))
	return nil
}

// goBench runs a Go benchmark and returns its nanoseconds per operation.
func (b *bench) goBench(name, pkg, benchmark, times string) (float64, error) {
	out, err := exec.CommandContext(context.Background(), "go", "test", pkg, "-run", "^$", "-bench", "^"+benchmark+"$", "-benchtime", times).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	m := regexp.MustCompile(`(?m)^` + benchmark + `\S*\s+\d+\s+([\d.]+) ns/op`).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s: the benchmark printed no figure:\n%s", name, out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// decide times decisions of the IAM evaluator beside those of @cloud-copilot/iam-simulate, on the same generated requests
// with their policies read before, one core each.
func (b *bench) decide() error {
	const name, target = "iam-decide", 20
	dir, err := exec.CommandContext(context.Background(), "scripts/peers/iam-simulate/install").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: the peer iam-simulate cannot be installed:", err)
	}
	ns, err := b.goBench(name, "./iam", "BenchmarkDecide", "2s")
	if err != nil {
		return err
	}
	ours := 1e9 / ns
	if len(dir) == 0 {
		line(name, fmt.Sprintf("%.0f", ours), "decisions/s", "-", "-", strconv.Itoa(target)+"(not-measured)")
		return nil
	}
	peer := exec.CommandContext(context.Background(), "node", "decide.mjs", "--time", "3")
	peer.Dir = strings.TrimSpace(string(dir))
	peer.Stdin = bytes.NewReader(append(bytes.Join(iamtest.Cases(1, 12000), []byte("\n")), '\n'))
	out, err := peer.Output()
	if err != nil {
		return fmt.Errorf("%s: running the peer: %w", name, err)
	}
	theirs, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return fmt.Errorf("%s: the peer printed no figure: %w", name, err)
	}
	line(name, fmt.Sprintf("%.0f", ours), "decisions/s", fmt.Sprintf("%.0f", theirs), fmt.Sprintf("%.1f", ours/theirs), met(ours/theirs >= target, strconv.Itoa(target)))
	return nil
}

// copies writes n templates with names of their own, in folders of a hundred.
func copies(dir, text string, n int) error {
	for i := range n {
		sub := filepath.Join(dir, strconv.Itoa(i/100))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return err
		}
		one := strings.NewReplacer("Identifier: orders", fmt.Sprintf("Identifier: orders%d", i), "TableName: c", fmt.Sprintf("TableName: t%d-c", i)).Replace(text)
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("%d.yaml", i)), []byte(one), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// start is the time of a run that does nothing but start.
func (b *bench) start() error {
	s, err := run(b.runs, b.bin, "version")
	if err != nil {
		return err
	}
	line("start", fmt.Sprintf("%.1f", s.wall.Seconds()*1000), "ms", "-", "-", "-")
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
