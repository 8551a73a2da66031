package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
)

// guard compares requests through the guard with those that go to DynamoDB Local directly, in the same run and in turns. How
// many a core bears is told from what the guard's process takes of the processor, as client, guard and DynamoDB Local share
// the machine.
func (b *bench) guard() error {
	cmd := exec.CommandContext(context.Background(), "go", "test", "./internal/app", "-run", "^$", "-bench", "^BenchmarkGuard$", "-benchtime", "1x")
	cmd.Env = append(os.Environ(), "BAILEY_BIN="+b.bin)
	text, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(text, []byte("ns/op")) {
		return fmt.Errorf("the guard's benchmark printed no figure: %w\n%s", err, text)
	}
	out := string(text)
	for _, name := range []string{"get", "put"} {
		median, high := metric(out, name+"-median-added-ms"), metric(out, name+"-99th-added-ms")
		line("guard-"+name+"-median-added", fmt.Sprintf("%.2f", median), "ms", "direct", "-", met(median < 1, "1"))
		line("guard-"+name+"-99th-added", fmt.Sprintf("%.2f", high), "ms", "direct", "-", met(high < 3, "3"))
	}
	for name, unit := range map[string]string{"guard-requests": "requests/core-s", "guard-sealed-requests": "sealed-requests/core-s"} {
		n := metric(out, unit)
		line(name, fmt.Sprintf("%.0f", n), "per-core-second", "-", "-", met(n >= 2000, "2000"))
	}
	return nil
}
