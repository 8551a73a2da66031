package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// watch times the reading of CloudTrail's records with all detections on, beside a plain decode of the same bytes by the
// standard library, and of flow log lines; decompression excluded, in one goroutine.
func (b *bench) watch() error {
	text, err := exec.CommandContext(context.Background(), "go", "test", "./internal/watch/feed", "-run", "^$", "-bench", ".", "-benchtime", "2s", "-cpu", "1").CombinedOutput()
	if err != nil {
		return fmt.Errorf("the benchmarks of watch: %w\n%s", err, text)
	}
	var trail, plain float64
	for _, l := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(l, "BenchmarkCloudTrail"):
			trail = metric(l, "MB/s")
		case strings.HasPrefix(l, "BenchmarkDecoder"):
			plain = metric(l, "MB/s")
		case strings.HasPrefix(l, "BenchmarkFlow"):
			n := metric(l, "lines/s")
			line("watch-flowlog", fmt.Sprintf("%.0f", n), "lines/s", "-", "-", met(n >= 1_500_000, "1500000"))
		}
	}
	line("watch-cloudtrail", fmt.Sprintf("%.0f", trail), "MB/s", fmt.Sprintf("%.0f", plain), fmt.Sprintf("%.2f", trail/plain), met(trail >= 250, "250"))
	return nil
}
