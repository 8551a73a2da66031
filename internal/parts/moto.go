package parts

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// Moto starts moto's server of the AWS APIs and returns its endpoint.
func Moto(tb testing.TB) string {
	tb.Helper()
	_, here, _, _ := runtime.Caller(0)
	path, err := exec.LookPath(filepath.Join(filepath.Dir(here), "..", "..", ".cache", "moto", "bin", "moto_server"))
	if err != nil {
		path = binary(tb, "moto_server")
	}
	p := port(tb)
	serve(tb, nil, p, syscall.SIGTERM, path, "-H", "127.0.0.1", "-p", strconv.Itoa(p))
	return "http://127.0.0.1:" + strconv.Itoa(p)
}
