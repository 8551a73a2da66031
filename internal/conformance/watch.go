package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/lists"
)

// watched scores the detections against recorded attacks and against labelled events.
func watched(dir string) ([]*score, error) {
	list, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
	if err != nil {
		return nil, err
	}
	engine, err := watch.NewEngine(list)
	if err != nil {
		return nil, err
	}
	engine.Use(lists.NewSet(lists.Builtin()))
	attacks, err := stratus(engine, filepath.Join(dir, "stratus"))
	if err != nil {
		return nil, err
	}
	raised, quiet, silent, err := panther(engine, filepath.Join(dir, "panther"))
	if err != nil {
		return nil, err
	}
	made, err := generated(list, engine)
	return append([]*score{attacks, raised, quiet, silent}, made...), err
}

// replay is what watch finds in some input, with nothing learned before.
func replay(engine *watch.Engine, name string, data []byte) ([]watch.Finding, error) {
	run := engine.NewRun()
	if err := feed.Read(name, bytes.NewReader(data), run.Part(), feed.Options{}); err != nil {
		return nil, err
	}
	if p := run.Problems(); len(p) > 0 {
		return nil, fmt.Errorf("%s: %s", p[0].File, p[0].Message)
	}
	return run.Findings(watch.NewState()), nil
}

// stratus expects a finding of every attack that names one of the attack's own calls. What the attacks call to get ready, and
// everybody calls, names nothing.
func stratus(engine *watch.Engine, dir string) (*score, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s holds no attacks: %w", dir, err)
	}
	s := newScore("watch-stratus")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		var events []struct {
			EventName string `json:"eventName"`
		}
		if err := json.Unmarshal(data, &events); err != nil {
			return nil, err
		}
		found, err := replay(engine, f, data)
		if err != nil {
			return nil, err
		}
		named := false
		for i := range found {
			for _, e := range events {
				ready := e.EventName == "GetCallerIdentity" || e.EventName == "AssumeRole" || strings.HasPrefix(e.EventName, "Describe") && e.EventName != "DescribeInstanceAttribute" || strings.HasPrefix(e.EventName, "List")
				named = named || !ready && strings.Contains(strings.Join(found[i].Evidence, " "), e.EventName)
			}
		}
		what := ""
		if !named {
			what = fmt.Sprintf("%d findings, none of which names what was done", len(found))
		}
		s.judge(strings.TrimSuffix(filepath.Base(f), ".json"), filepath.Base(f), what)
	}
	return s, nil
}

// panther expects a finding of every event that is labelled as one. Of the others it expects none of the detections that the
// same rule's true events raise, as another detection may be right about the event: an administrator's policy is attached in
// an event that is labelled as "no user was created". How many raise anything at all is counted beside.
func panther(engine *watch.Engine, dir string) (raised, quiet, silent *score, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, nil, nil, fmt.Errorf("%s holds no rules: %w", dir, err)
	}
	raised, quiet, silent = newScore("watch-panther-true"), newScore("watch-panther-false"), newScore("watch-panther-false-of-anything")
	for _, f := range files {
		if err := pantherRule(engine, f, raised, quiet, silent); err != nil {
			return nil, nil, nil, err
		}
	}
	return raised, quiet, silent, nil
}

func pantherRule(engine *watch.Engine, file string, raised, quiet, silent *score) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var rule struct {
		Tests []struct {
			Name  string          `json:"name"`
			Match bool            `json:"match"`
			Event json.RawMessage `json:"event"`
		} `json:"tests"`
	}
	if err := json.Unmarshal(data, &rule); err != nil {
		return err
	}
	check := strings.TrimSuffix(filepath.Base(file), ".json")
	means := map[string]bool{}
	results := make([][]watch.Finding, len(rule.Tests))
	for i, t := range rule.Tests {
		// An event of no log that is known raises nothing.
		results[i], _ = replay(engine, check, t.Event)
		what := "raises nothing"
		for _, f := range results[i] {
			means[f.Detection] = means[f.Detection] || t.Match
			what = ""
		}
		if t.Match {
			raised.judge(check, t.Name, what)
		}
	}
	for i, t := range rule.Tests {
		if t.Match {
			continue
		}
		same, other := "", ""
		for _, f := range results[i] {
			other = "raises " + f.Detection
			if means[f.Detection] {
				same = other
			}
		}
		quiet.judge(check, t.Name, same)
		silent.judge(check, t.Name, other)
	}
	return nil
}
