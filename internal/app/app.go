// Package app joins the rooms into commands: one file per verb. It is the only package that reads the environment, the
// clock and files, and it holds no decision of its own: what a verdict is stands in check, what it looks like in report.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// World is what a command sees of the machine, so that tests can give it another.
type World struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Env            func(string) string
	Now            func() time.Time
	// StdoutTerminal and StderrTerminal say whether a person looks at them; Width is the terminal's, 0 when unknown.
	StdoutTerminal, StderrTerminal bool
	Width                          int
	// Exit ends the process where an interrupted command does not end by itself; nil in tests.
	Exit func(code int)
	// Held is set by a command that ends by itself when it is interrupted, however long that takes.
	Held *atomic.Bool
	// ReadSecret reads a line from the terminal without showing it; ok is false where nobody types. Nil in tests.
	ReadSecret func() (text string, ok bool, err error)
}

// OS is the machine the process runs on.
func OS() World {
	w := World{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Getenv, Now: time.Now, Exit: os.Exit, Held: new(atomic.Bool),
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())), StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	w.ReadSecret = func() (string, bool, error) {
		if !term.IsTerminal(int(os.Stdin.Fd())) {
			return "", false, nil
		}
		text, err := term.ReadPassword(int(os.Stdin.Fd()))
		return string(text), true, err
	}
	if w.StdoutTerminal {
		w.Width, _, _ = term.GetSize(int(os.Stdout.Fd()))
	}
	return w
}

// Exit codes.
const (
	exitOK       = 0
	exitFindings = 1 // something at or above the threshold
	exitBad      = 2 // bad use, or input that cannot be read
	// exitInterrupted is what shells say of a program that a person stopped.
	exitInterrupted = 130
)

// exitError ends a command with a code; the message, where there is one, is printed first, then the hint.
type exitError struct {
	code    int
	message string
	hint    string
}

func (e *exitError) Error() string { return e.message }

func badUse(hint, format string, args ...any) error {
	return &exitError{code: exitBad, message: fmt.Sprintf(format, args...), hint: hint}
}

// grace is how long an interrupted command has to put things in order.
const grace = 500 * time.Millisecond

// Main runs one command line and returns the exit code.
func Main(w World, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if w.Exit != nil {
		defer context.AfterFunc(ctx, func() {
			stop() // the next signal ends the process at once
			if w.Held != nil && w.Held.Load() {
				return
			}
			time.Sleep(grace)
			fmt.Fprintln(w.Stderr, "bailey: interrupted")
			w.Exit(exitInterrupted)
		})()
	}
	root := newRoot(&w)
	root.SetArgs(args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{code: exitBad, message: err.Error(), hint: usageHint(err)}
	}
	if exit.message != "" {
		fmt.Fprintf(w.Stderr, "bailey: %s\n", exit.message)
	}
	if exit.hint != "" {
		fmt.Fprintf(w.Stderr, "  %s\n", exit.hint)
	}
	return exit.code
}

// usageHint points at the help for the errors that the command line parser makes.
func usageHint(err error) string {
	for _, prefix := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs", "invalid argument", "accepts ", "requires "} {
		if strings.HasPrefix(err.Error(), prefix) {
			return "bailey help lists the commands; bailey COMMAND --help shows one with examples."
		}
	}
	return ""
}

func newRoot(w *World) *cobra.Command {
	root := &cobra.Command{
		Use:   "bailey",
		Short: "Protect the databases you run on AWS, each as its data demands",
		Long: `Bailey protects the databases a team runs on AWS: RDS, Aurora, DynamoDB and their kin.

The data's classification decides its protection: Bailey learns what lives where, gives each store a level, and
derives from the level what the store must have.`,
		Example: `  bailey check                      check the templates and Terraform roots below this folder
  bailey check --format html -o report.html infra/
  bailey explain rds/storage-encrypted
  bailey init                       write a policy from what is here`,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.AddCommand(newCheck(w), newExplain(w), newSafeguards(w), newInit(w), newEstate(w), newSimulate(w), newWhoCan(w), newReach(w), newGrant(w), newClassify(w), newCatalog(w), newSeal(w), newOpen(w), newKey(w), newGuard(w), newUser(w), newGroup(w), newRole(w), newLogin(w), newAssume(w), newSessions(w), newAudit(w), newWatch(w), newDetections(w), newFindings(w), newLists(w), newVersion(w), newReference(w))
	root.InitDefaultCompletionCmd()
	return root
}

// version is set by the linker; a build without it says what the module data knows.
var version = ""

// Version is the version of this build.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

func newVersion(w *World) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(w.Stdout, "bailey", Version())
			return err
		},
	}
}
