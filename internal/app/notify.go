package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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

// notifyOnce is the same for somebody who waits for the answer, and can try again.
func notifyOnce(w *World) notify.World {
	n := notifyWorld(w)
	n.Attempts = 1
	return n
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
	mu     sync.Mutex
	store  *store.Store
	state  *notify.State
	router *notify.Router
	active bool // this process tells; of several that follow one watch only one does
	// unsaved says that the store did not take what was told last: this process knows better.
	unsaved bool
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
	if err = n.load(ctx); err == nil {
		n.router, err = notify.NewRouter(pol.Notify, sinks, n.state, w.Now)
	}
	if err != nil {
		_ = s.Close() // the error before it says more
		return nil, badUse("", "%s", plain(err))
	}
	return n, nil
}

// load reads what was told, which another process may have done.
func (n *notices) load(ctx context.Context) error {
	text, err := n.store.Note(ctx, noteOfNotices)
	if err != nil {
		return err
	}
	state := notify.NewState()
	if text != "" {
		if err := json.Unmarshal([]byte(text), state); err != nil {
			return fmt.Errorf("what was told before cannot be read: %w", err)
		}
	}
	*n.state = *state
	return nil
}

// take tells of findings, and keeps what was told even where a delivery failed.
func (n *notices) take(ctx context.Context, found []watch.Finding, saved bool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.active = true
	var unread error // a store that cannot be read now must not keep anybody from being told
	if !n.unsaved {
		unread = n.load(ctx)
	}
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
	err = n.store.SetNote(ctx, noteOfNotices, string(text))
	n.unsaved = err != nil
	if err = errors.Join(unread, err); err != nil {
		return fmt.Errorf("keeping what was told: %w", err)
	}
	if failed != nil {
		hint := "bailey watch test-notify --to NAME tries one; what was not delivered waits for the next run."
		var buried *notify.BuriedError
		if errors.As(failed, &buried) {
			hint = "bailey watch resend sends what is kept again."
		}
		return badUse(hint, "not everybody could be told: %s", strings.ReplaceAll(failed.Error(), "\n", "; "))
	}
	return nil
}

// whenDue tells what was gathered once it is due, until the context ends: a log in which nothing happens any more must not keep
// back what was found in it before.
func (n *notices) whenDue(ctx context.Context, w *World) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		n.mu.Lock()
		due, waits := n.router.Due()
		waits = waits && n.active
		n.mu.Unlock()
		if !waits || w.Now().Before(due) {
			continue
		}
		if err := n.take(context.WithoutCancel(ctx), nil, false); err != nil {
			fmt.Fprintf(w.Stderr, "bailey: %s\n", plain(err))
		}
	}
}

func newTestNotify(w *World) *cobra.Command {
	var policyFile string
	var to []string
	cmd := &cobra.Command{
		Use:   "test-notify",
		Short: "Send a finding that says it is a test to every destination",
		Long: `Test-notify sends a made-up finding, which says that it is a test, to each destination under notify in bailey.yaml, and says
which of them took it, or why not and what to do. The exit code is 2 where one did not.`,
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
		began := w.Now()
		if err := tryDestination(ctx, w, pol.Notify.Destinations[i], message); err != nil {
			failed++
			fmt.Fprintf(w.Stderr, "bailey: %s\n", plain(err))
			if remedy := notify.Remedy(&pol.Notify.Destinations[i], err); remedy != "" {
				fmt.Fprintf(w.Stderr, "  %s\n", remedy)
			}
			continue
		}
		fmt.Fprintf(w.Stdout, "%s took the message, in %s.\n", name, w.Now().Sub(began).Round(time.Millisecond))
	}
	if failed > 0 {
		return &exitError{code: exitBad}
	}
	return nil
}

// tryDestination sends a message to one destination. What cannot be delivered is not kept: it is only a test.
func tryDestination(ctx context.Context, w *World, d policy.Destination, m *notify.Message) error {
	if d.Webhook != nil {
		hook := *d.Webhook
		hook.DeadLetter = ""
		d.Webhook = &hook
	}
	sinks, err := notify.Sinks(policy.Notify{Destinations: []policy.Destination{d}}, notifyOnce(w))
	if err != nil {
		return err // it names the destination
	}
	if err := sinks[d.Name].Send(ctx, m); err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	return nil
}

func newResend(w *World) *cobra.Command {
	var policyFile string
	var to []string
	cmd := &cobra.Command{
		Use:   "resend",
		Short: "Send again what webhooks did not take",
		Long: `Resend sends the messages in the files that webhooks under notify in bailey.yaml name as dead_letter. Each keeps the
identifier that it had, so that a receiver knows one that it got already. What is not taken stays in the file; the exit code
is then 2.`,
		Example: `  bailey watch resend
  bailey watch resend --to tickets`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pol, err := loadPolicy(policyFile)
			if err != nil {
				return err
			}
			return resend(cmd.Context(), w, pol, to)
		},
	}
	cmd.Flags().StringVar(&policyFile, "policy", "", "policy file (default: bailey.yaml here or above)")
	cmd.Flags().StringArrayVar(&to, "to", nil, "only this destination")
	return cmd
}

func resend(ctx context.Context, w *World, pol *policy.Policy, to []string) error {
	var names []string
	for _, d := range pol.Notify.Destinations {
		if d.Webhook != nil && d.Webhook.DeadLetter != "" {
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 {
		return badUse("Write dead_letter: FILE with a webhook under notify in bailey.yaml.", "no destination keeps what it could not deliver")
	}
	for _, n := range to {
		if !slices.Contains(names, n) {
			return badUse("", "there is no webhook %q with dead letters%s; there are %s", n, strict.Suggest(n, names), strings.Join(names, ", "))
		}
	}
	left := 0
	for i := range pol.Notify.Destinations {
		d := &pol.Notify.Destinations[i]
		if !slices.Contains(names, d.Name) || len(to) > 0 && !slices.Contains(to, d.Name) {
			continue
		}
		r, err := notify.Resend(ctx, d.Webhook, notifyOnce(w))
		if r.Sent == 0 && r.Left == 0 && err == nil {
			fmt.Fprintf(w.Stdout, "%s: nothing waits.\n", d.Name)
			continue
		}
		fmt.Fprintf(w.Stdout, "%s: %d sent, %d left in %s.\n", d.Name, r.Sent, r.Left, d.Webhook.DeadLetter)
		if err != nil {
			left++
			fmt.Fprintf(w.Stderr, "bailey: %s: %s\n", d.Name, plain(err))
			if remedy := notify.Remedy(d, err); remedy != "" {
				fmt.Fprintf(w.Stderr, "  %s\n", remedy)
			}
		}
	}
	if left > 0 {
		return &exitError{code: exitBad}
	}
	return nil
}
