package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// watch measures how fast logs are read with all detections on, on one core, decompression excluded: CloudTrail and Resolver
// query logs beside a plain decode of the same bytes by the standard library, flow logs beside a plain split of their lines.
// The collector is set as bailey watch sets it, for the peers too.
func (b *bench) watch() error {
	cmd := exec.CommandContext(context.Background(), "go", "test", "./internal/watch/feed", "-run", "^$", "-bench", ".", "-benchtime", "2s", "-cpu", "1")
	cmd.Env = append(os.Environ(), "GOGC=400")
	text, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the benchmarks of watch: %w\n%s", err, text)
	}
	value := func(name, unit string) float64 {
		for _, l := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(l, name+" ") || strings.HasPrefix(l, name+"-") || strings.HasPrefix(l, name+"\t") {
				return metric(l, unit)
			}
		}
		return 0
	}
	for _, m := range []struct {
		name, bench, peer, unit string
		target                  float64
	}{
		{"watch-cloudtrail", "BenchmarkCloudTrail", "BenchmarkDecoder", "MB/s", 250},
		{"watch-cloudtrail-recorded", "BenchmarkRecorded", "BenchmarkRecordedDecoder", "MB/s", 250},
		{"watch-flowlog", "BenchmarkFlow", "BenchmarkFlowSplit", "lines/s", 1_500_000},
		{"watch-dns", "BenchmarkDNS", "BenchmarkDNSDecoder", "lines/s", 1_000_000},
	} {
		n, peer := value(m.bench, m.unit), value(m.peer, m.unit)
		if m.name == "watch-cloudtrail-recorded" && n == 0 && peer == 0 { // attacks that are not ours to keep
			line(m.name, "-", m.unit, "-", "-", "records-absent")
			continue
		}
		if n == 0 || peer == 0 {
			return fmt.Errorf("%s: the benchmark printed no figure\n%s", m.name, text)
		}
		line(m.name, fmt.Sprintf("%.0f", n), m.unit, fmt.Sprintf("%.0f", peer), fmt.Sprintf("%.2f", n/peer), met(n >= m.target, fmt.Sprintf("%.0f", m.target)))
	}
	return b.watchMemory()
}

// watchMemory measures the heap that a watch's state takes after events with ever new keys, and after ten times as many.
func (b *bench) watchMemory() error {
	text, err := exec.CommandContext(context.Background(), "go", "test", "./internal/watch", "-run", "^$", "-bench", "^BenchmarkMemory$", "-benchtime", "1x", "-cpu", "1").CombinedOutput()
	if err != nil {
		return fmt.Errorf("the memory of watch: %w\n%s", err, text)
	}
	for _, l := range strings.Split(string(text), "\n") {
		few, many := metric(l, "MiB-few"), metric(l, "MiB-many")
		if few > 0 && many > 0 {
			line("watch-memory", fmt.Sprintf("%.1f", many), "MiB", fmt.Sprintf("%.1f", few), fmt.Sprintf("%.2f", many/few), met(many <= few*1.1, "1.10"))
			return nil
		}
	}
	return fmt.Errorf("watch-memory: the benchmark printed no figure\n%s", text)
}
