package app_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFolderThatIsClosedIsAProblem checks a folder in which another one may not be looked into: that is said, with exit code 2,
// and the rest is checked. To the root user nothing is closed, so it is run as nobody.
func TestFolderThatIsClosedIsAProblem(t *testing.T) {
	program := bailey(t)
	dir, err := os.MkdirTemp("", "bailey-closed-") // not below a folder that only the one who tests may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	closed := filepath.Join(dir, "closed")
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(closed, 0o000), os.WriteFile(filepath.Join(dir, "t.yaml"), []byte("Resources:\n  Db: {Type: \"AWS::RDS::DBInstance\"}\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(program)
	if err == nil {
		program = filepath.Join(dir, "bailey")
		err = os.WriteFile(program, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "check", ".", "--fail-on", "never")
	cmd.Dir = dir
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "closed: permission denied") || !strings.Contains(string(out), "── Db ──") {
		t.Errorf("%v\n%s", err, out)
	}
}
