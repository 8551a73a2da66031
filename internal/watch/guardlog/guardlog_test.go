package guardlog_test

import (
	"testing"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feedtest"
	"github.com/baileydb/bailey/internal/watch/guardlog"
)

// FuzzRead reads anything as a record.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"time":"2026-11-23T12:00:00.5Z","who":"ann","action":"GetItem","resource":"orders","verdict":"allowed","hash":"h","prev":"p","levels":["a",1],"mfa":true}`, `{"time":"x","hash":"h","prev":"p"}`, `{"time":"x","hash":"h","prev":"p","verdict":{},"attributes":{}}`, `{`, ``} {
		f.Add(s)
	}
	g := feedtest.Engine(f, "guard", "e.who")
	f.Fuzz(func(_ *testing.T, s string) {
		run := g.NewRun()
		_ = guardlog.Read("f", s, run.Part()) // no record is an answer; a panic is none
		for _, x := range run.Findings(watch.NewState()) {
			_ = x.GuardDuty()
		}
	})
}
