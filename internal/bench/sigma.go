package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/sigma"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
)

// sigmaRules times Sigma rules for CloudTrail on the same events as sigma-go, one core each, with the rules that both can read.
// For us reading the events counts, for the peer matching alone; what they match has to be the same. The peer is a binary that
// is called with the folder of the rules and the file of events, has the rules' files on standard input, a line each, and
// prints a [peerAnswer] as JSON.
func (b *bench) sigmaRules(dir string) error {
	const name, events = "watch-sigma", 4000
	temp, err := os.MkdirTemp("", "bailey-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp) //nolint:errcheck // a temporary folder
	text := attacked(events)
	file := filepath.Join(temp, "events.jsonl")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	ours, err := loaded(dir)
	if err != nil {
		return err
	}
	var theirs *peerAnswer
	if b.sigmaPeer != "" {
		if theirs, err = sigmaPeer(b.sigmaPeer, dir, file, ours); err != nil {
			return fmt.Errorf("%s: %w", b.sigmaPeer, err)
		}
		ours = only(ours, theirs.Files)
	}
	rate, matches, err := matching(ours, text)
	if err != nil {
		return err
	}
	if theirs == nil {
		line(name, fmt.Sprintf("%.0f", rate), "events/s", "-", "-", fmt.Sprintf("%d-rules(no-peer)", len(ours)))
		return nil
	}
	same := 0
	for i, f := range theirs.Files {
		if matches[f] == theirs.Matches[i] {
			same++
		} else {
			fmt.Fprintf(os.Stderr, "bench: %s: %d events match, %d for the peer\n", f, matches[f], theirs.Matches[i])
		}
	}
	line(name, fmt.Sprintf("%.0f", rate), "events/s", fmt.Sprintf("%.0f", theirs.Rate), fmt.Sprintf("%.1f", rate/theirs.Rate), fmt.Sprintf("%d-rules-%d-match-the-same", len(ours), same))
	return nil
}

// attacked are records, one a line, every 500th of an attack.
func attacked(n int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	var text bytes.Buffer
	attack := strings.NewReplacer(`"eventName":"GetItem"`, `"eventName":"StopLogging"`, `"eventName":"PutItem"`, `"eventName":"DeleteTrail"`, `"eventSource":"dynamodb.`, `"eventSource":"cloudtrail.`)
	for i := range n {
		one := record(r, i)
		if i%500 == 499 {
			one = attack.Replace(one)
		}
		text.WriteString(one + "\n")
	}
	return text.Bytes()
}

// loaded are the detections of rules for CloudTrail that look at one event, one of each file, by the file.
func loaded(dir string) (map[string]*rules.Detection, error) {
	list, skipped, err := sigma.Load(os.DirFS(dir), "")
	if err != nil {
		return nil, err
	}
	for _, s := range skipped {
		fmt.Fprintln(os.Stderr, "bench:", s)
	}
	out, times := map[string]*rules.Detection{}, map[string]int{}
	for _, d := range list {
		times[d.File()]++
		if d.Log == "cloudtrail" && d.Count == nil {
			out[d.File()] = d
		}
	}
	for f, n := range times {
		if n > 1 {
			delete(out, f)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no Sigma rule for CloudTrail; -sigma names another folder", dir)
	}
	return out, nil
}

func only(all map[string]*rules.Detection, files []string) map[string]*rules.Detection {
	out := map[string]*rules.Detection{}
	for _, f := range files {
		out[f] = all[f]
	}
	return out
}

// matching reads the events again and again for three seconds on one core. rate is of the best pass, matches are how many events
// each file's rule matched.
func matching(all map[string]*rules.Detection, text []byte) (rate float64, matches map[string]int, err error) {
	var list []*rules.Detection
	for _, d := range all {
		list = append(list, d)
	}
	g, err := watch.NewEngine(list)
	if err != nil {
		return 0, nil, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for began := time.Now(); time.Since(began) < 3*time.Second; {
		start := time.Now()
		run := g.NewRun()
		part := run.Part()
		if err := feed.Read("events", bytes.NewReader(text), part, feed.Options{}); err != nil {
			return 0, nil, err
		}
		n := part.Events()
		state := watch.NewState()
		run.Gather(state)
		rate = max(rate, float64(n)/time.Since(start).Seconds())
		matches = map[string]int{}
		for _, x := range state.Groups {
			for f, d := range all {
				if d.ID == x.Detection {
					matches[f] += x.Seen.Count()
				}
			}
		}
	}
	return rate, matches, nil
}

// peerAnswer is what the peer says: the files of the rules that it could read, how many events each matches, and how many
// events a second it matched against all of them.
type peerAnswer struct {
	Files   []string
	Matches []int
	Rate    float64
}

func sigmaPeer(program, dir, events string, all map[string]*rules.Detection) (*peerAnswer, error) {
	peer := exec.CommandContext(context.Background(), program, dir, events)
	var names strings.Builder
	for f := range all {
		names.WriteString(f + "\n")
	}
	peer.Stdin, peer.Stderr = strings.NewReader(names.String()), os.Stderr
	text, err := peer.Output()
	if err != nil {
		return nil, err
	}
	var out peerAnswer
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	if len(out.Files) == 0 || len(out.Files) != len(out.Matches) || out.Rate <= 0 {
		return nil, fmt.Errorf("it printed no figure: %s", text)
	}
	return &out, nil
}
