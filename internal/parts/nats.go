package parts

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// NATSCluster are real servers of NATS that keep streams together.
type NATSCluster struct {
	Addresses []string // nats://127.0.0.1:port
	processes []*os.Process
}

// NATS starts a cluster. The server is built from the module that go.mod names.
func NATS(tb testing.TB, servers int) *NATSCluster {
	tb.Helper()
	d := dir(tb, nil)
	program := filepath.Join(d, "nats-server")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", program, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil { //nolint:gosec // the path is a folder of the test
		tb.Fatalf("%v\n%s", err, out)
	}
	var ports, routes []int
	var peers []string
	for range servers {
		ports, routes = append(ports, port(tb)), append(routes, port(tb))
		peers = append(peers, fmt.Sprintf("nats://127.0.0.1:%d", routes[len(routes)-1]))
	}
	c := &NATSCluster{}
	for i := range servers {
		args := []string{"-a", "127.0.0.1", "-p", strconv.Itoa(ports[i]), "--server_name", fmt.Sprint("n", i), "-js", "-sd", filepath.Join(d, strconv.Itoa(i))}
		if servers > 1 {
			args = append(args, "--cluster_name", "test", "--cluster", peers[i], "--routes", strings.Join(peers, ","))
		}
		c.processes = append(c.processes, serve(tb, nil, ports[i], syscall.SIGTERM, program, args...))
		c.Addresses = append(c.Addresses, fmt.Sprintf("nats://127.0.0.1:%d", ports[i]))
	}
	return c
}

// Kill ends a server as a broken machine would.
func (c *NATSCluster) Kill(tb testing.TB, server int) {
	tb.Helper()
	if err := c.processes[server].Kill(); err != nil {
		tb.Fatal(err)
	}
}
