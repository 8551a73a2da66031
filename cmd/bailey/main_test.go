package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/baileydb/bailey/internal/app"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bailey": func() { os.Exit(app.Main(app.OS(), os.Args[1:])) }})
}

// TestScripts runs the real command as a user would, including what they see when things go wrong.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true})
}
