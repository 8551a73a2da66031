package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/notify"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/internal/strict"
	"github.com/baileydb/bailey/internal/watch"
)

// notifyWorld is what deliveries take from the process.
func notifyWorld(w *World) notify.World {
	return notify.World{
		Env: w.Env, Stdout: w.Stdout, Now: w.Now,
		AWS: func(ctx context.Context, region, _ string) (aws.Config, error) {
			return config.LoadDefaultConfig(ctx, config.WithRegion(region))
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			t := time.NewTimer(d)
			defer t.Stop()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-t.C:
				return nil
			}
		},
	}
}

// told is a finding as messages tell it.
func told(f *watch.Finding, saved bool) (notify.Finding, error) {
	event, err := json.Marshal(f.EventBridge())
	if err != nil {
		return notify.Finding{}, err
	}
	more := "bailey detections explain " + f.Detection
	if saved {
		more = "bailey findings show " + f.ID[:min(8, len(f.ID))]
	}
	return notify.Finding{
		ID: f.ID, Type: f.Type, Title: f.Title, Severity: string(f.Severity.Label), Resource: f.Resource, Principal: f.Principal, Address: f.Address, Account: f.Account, Region: f.Region,
		Level: f.Level, Count: f.Count, First: f.First, Last: f.Last, Evidence: f.Evidence, Why: f.Why, Respond: f.Respond, More: more, Event: event,
	}, nil
}

// noteOfNotices is the name under which the store keeps what was told.
const noteOfNotices = "notify"

// notices is what was told, in the store while it is open.
type notices struct {
	store  *store.Store
	state  *notify.State
	router *notify.Router
}

// openNotices reads what was told. A policy without destinations is an error: somebody asked to be told.
func openNotices(ctx context.Context, w *World, pol *policy.Policy) (*notices, error) {
	if len(pol.Notify.Destinations) == 0 {
		return nil, badUse("Write destinations under notify in bailey.yaml; bailey watch test-notify tries them.", "nobody is to be told: there is no destination")
	}
	sinks, err := notify.Sinks(pol.Notify, notifyWorld(w))
	if err != nil {
		return nil, badUse("", "%s: notify.destinations: %s", pol.File, err)
	}
	s, err := store.Open(ctx, storeName("", pol))
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	n := &notices{store: s, state: notify.NewState()}
	text, err := s.Note(ctx, noteOfNotices)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), n.state)
	}
	if err == nil {
		n.router, err = notify.NewRouter(pol.Notify, sinks, n.state, w.Now)
	}
	if err != nil {
		_ = s.Close() // the error before it says more
		return nil, badUse("", "%s", plain(err))
	}
	return n, nil
}

// take tells of findings, and keeps what was told even where a delivery failed.
func (n *notices) take(ctx context.Context, found []watch.Finding, saved bool) error {
	var list []notify.Finding
	for i := range found {
		f, err := told(&found[i], saved)
		if err != nil {
			return err
		}
		list = append(list, f)
	}
	failed := n.router.Take(ctx, list)
	text, err := json.Marshal(n.state)
	if err != nil {
		return err
	}
	if err := n.store.SetNote(ctx, noteOfNotices, string(text)); err != nil {
		return err
	}
	if failed != nil {
		return badUse("bailey watch test-notify --to NAME tries one; what was not delivered waits for the next run.", "not everybody could be told: %s", failed)
	}
	return nil
}

func newTestNotify(w *World) *cobra.Command {
	var policyFile string
	var to []string
	cmd := &cobra.Command{
		Use:   "test-notify",
		Short: "Send a finding that says it is a test to every destination",
		Long: `Test-notify sends a made-up finding, which says that it is a test, to each destination under notify in bailey.yaml, and says
which of them took it. The exit code is 2 where one did not.`,
		Example: `  bailey watch test-notify
  bailey watch test-notify --to on-call`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pol, err := loadPolicy(policyFile)
			if err != nil {
				return err
			}
			return testNotify(cmd.Context(), w, pol, to)
		},
	}
	cmd.Flags().StringVar(&policyFile, "policy", "", "policy file (default: bailey.yaml here or above)")
	cmd.Flags().StringArrayVar(&to, "to", nil, "only this destination")
	return cmd
}

func testNotify(ctx context.Context, w *World, pol *policy.Policy, to []string) error {
	var names []string
	for i := range pol.Notify.Destinations {
		names = append(names, pol.Notify.Destinations[i].Name)
	}
	if len(names) == 0 {
		return badUse("Write destinations under notify in bailey.yaml.", "there is no destination to try")
	}
	for _, n := range to {
		if !slices.Contains(names, n) {
			return badUse("", "there is no destination %q%s; there are %s", n, strict.Suggest(n, names), strings.Join(names, ", "))
		}
	}
	if len(to) > 0 {
		names = to
	}
	at := w.Now().UTC()
	f, err := told(&watch.Finding{
		ID: "test", Detection: "database/snapshot-shared", Type: "Bailey:Test/Notification", Title: "This is a test of bailey watch test-notify", Severity: finding.SeverityOf(finding.High),
		Resource: "no resource", Principal: "nobody", Count: 1, First: at, Last: at, Evidence: []string{"made up: nothing happened"}, Why: "It is not strange; somebody tries whether messages arrive.",
		Respond: "Nothing.",
	}, false)
	if err != nil {
		return err
	}
	message := notify.Compose([]notify.Finding{f}, map[string]int{f.Type: 1})
	failed := 0
	for _, name := range names {
		i := slices.IndexFunc(pol.Notify.Destinations, func(d policy.Destination) bool { return d.Name == name })
		one := pol.Notify
		one.Destinations = pol.Notify.Destinations[i : i+1]
		sinks, err := notify.Sinks(one, notifyWorld(w))
		if err == nil {
			err = sinks[name].Send(ctx, message)
		} else {
			name = "" // the error names it
		}
		if err != nil {
			failed++
			fmt.Fprintf(w.Stderr, "bailey: %s\n", strings.TrimPrefix(name+": "+plain(err), ": "))
			continue
		}
		fmt.Fprintf(w.Stdout, "%s took the message.\n", name)
	}
	if failed > 0 {
		return &exitError{code: exitBad}
	}
	return nil
}
