// Package parts starts the real servers that tests run against, on loopback, with data of their own, and stops each by its
// process when the test ends. The binaries are Debian's, which scripts/test installs.
package parts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// port finds one that is free, and keeps it for the test. It is none of those that the system gives to connections, and no
// other test of ours gets it: each holds a socket of the port's name in Linux's abstract namespace, which ends with its process.
func port(tb testing.TB) int {
	tb.Helper()
	var config net.ListenConfig
	for range 1000 {
		p := 20000 + rand.IntN(12000) //nolint:gosec // nothing secret
		held, err := config.Listen(context.Background(), "unix", fmt.Sprint("@bailey-port-", p))
		if err != nil {
			continue
		}
		l, err := config.Listen(context.Background(), "tcp", fmt.Sprint("127.0.0.1:", p))
		if err != nil {
			_ = held.Close()
			continue
		}
		_ = l.Close()
		tb.Cleanup(func() { _ = held.Close() })
		return p
	}
	tb.Fatal("no port is free between 20000 and 32000")
	return 0
}

// binary finds a program in PATH or in the folders given, which may hold a *.
func binary(tb testing.TB, name string, folders ...string) string {
	tb.Helper()
	if path, err := exec.LookPath(name); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real
		}
		return path
	}
	for _, f := range folders {
		found, _ := filepath.Glob(filepath.Join(f, name))
		if len(found) > 0 {
			return found[len(found)-1]
		}
	}
	tb.Skipf("%s is not installed; scripts/test installs it", name)
	return ""
}

// dir makes a folder for a server that may not run as root.
func dir(tb testing.TB, owner *syscall.Credential) string {
	tb.Helper()
	d, err := os.MkdirTemp("", "bailey-part-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(d) })
	if owner != nil {
		if err := os.Chown(d, int(owner.Uid), int(owner.Gid)); err != nil {
			tb.Fatal(err)
		}
	}
	return d
}

// credential is the account a server runs under when the test is root.
func credential(tb testing.TB, name string) *syscall.Credential {
	tb.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		tb.Skipf("the account %s is not there; scripts/test installs its server", name)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		tb.Fatalf("the account %s has no number", name)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// command runs a program to its end.
func command(tb testing.TB, as *syscall.Credential, path string, args ...string) {
	tb.Helper()
	cmd := exec.CommandContext(context.Background(), path, args...) //nolint:gosec // a server's own program
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	cmd.Dir = "/"
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", path, err, out)
	}
}

// serve starts a server and waits until it takes connections. The process is for tests that kill it.
func serve(tb testing.TB, as *syscall.Credential, at int, stop syscall.Signal, path string, args ...string) *os.Process {
	tb.Helper()
	logs := filepath.Join(tb.TempDir(), "log")
	out, err := os.Create(logs)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), path, args...) //nolint:gosec // a server's own program
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(ended)
	}()
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(stop)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		_ = out.Close()
		if text, err := os.ReadFile(logs); err == nil && tb.Failed() {
			tb.Logf("the last words of %s:\n%s", filepath.Base(path), text[max(0, len(text)-8<<10):])
		}
	})
	for range 600 {
		var d net.Dialer
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		c, err := d.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", at))
		cancel()
		if err == nil {
			_ = c.Close()
			return cmd.Process
		}
		select {
		case <-ended:
			text, _ := os.ReadFile(logs)
			tb.Fatalf("%s ended before it took connections:\n%s", path, text)
		case <-time.After(100 * time.Millisecond):
		}
	}
	text, _ := os.ReadFile(logs)
	tb.Fatalf("%s takes no connections:\n%s", path, text)
	return nil
}

// Postgres starts PostgreSQL and returns its address, for the user bailey with the password secret-word and the database
// shop.
func Postgres(tb testing.TB) string {
	tb.Helper()
	initdb := binary(tb, "initdb", "/usr/lib/postgresql/*/bin")
	as := credential(tb, "postgres")
	d := dir(tb, as)
	password := filepath.Join(d, "password")
	if err := os.WriteFile(password, []byte("secret-word\n"), 0o644); err != nil {
		tb.Fatal(err)
	}
	data := filepath.Join(d, "data")
	command(tb, as, initdb, "-D", data, "-U", "bailey", "-A", "scram-sha-256", "--pwfile", password, "--no-sync", "-E", "UTF8")
	p := port(tb)
	serve(tb, as, p, syscall.SIGINT, filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data, "-p", strconv.Itoa(p), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
	ready := filepath.Join(filepath.Dir(initdb), "pg_isready")
	for range 600 { // it takes connections before it answers them
		if exec.CommandContext(context.Background(), ready, "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(p)).Run() == nil { //nolint:gosec // a server's own program
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Sprintf("postgres://bailey:secret-word@127.0.0.1:%d/postgres?sslmode=disable", p)
}

// MariaDB starts MariaDB and returns its address, for the user bailey with the password secret-word and the database shop.
func MariaDB(tb testing.TB) string {
	tb.Helper()
	server := binary(tb, "mariadbd", "/usr/sbin")
	install := binary(tb, "mariadb-install-db", "/usr/bin")
	as := credential(tb, "mysql")
	d := dir(tb, as)
	data := filepath.Join(d, "data")
	command(tb, as, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db")
	start := filepath.Join(d, "start.sql")
	text := "CREATE DATABASE shop;\nCREATE USER bailey@'%' IDENTIFIED BY 'secret-word';\nGRANT ALL ON shop.* TO bailey@'%';\n"
	if err := os.WriteFile(start, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
	p := port(tb)
	serve(tb, as, p, syscall.SIGTERM, server, "--no-defaults", "--datadir="+data, "--port="+strconv.Itoa(p), "--bind-address=127.0.0.1", "--socket="+filepath.Join(d, "socket"), "--init-file="+start, "--skip-name-resolve")
	return fmt.Sprintf("mysql://bailey:secret-word@127.0.0.1:%d/shop?tls=false", p)
}
