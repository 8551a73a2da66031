package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/store"
)

func newReview(w *World, f *catalogFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "review [STORE]",
		Short: "Walk through what needs a person's decision",
		Long: `Review asks about each column that needs a decision: what is possible by its name only, what is found in free text, what a
scan holds otherwise than a person did, and what changed. The answer is a, to accept what the scan says; a level of the
policy, or none; s, to leave it; q, to stop. A level is asked for its reason. A store of which nothing was left is marked
as reviewed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), func(s *store.Store) error { return reviewCatalog(cmd.Context(), w, f, s, args) })
		},
	}
	cmd.Flags().StringVar(&f.author, "author", "", "who decides (default: $USER)")
	return cmd
}

// review is one walk through the catalog.
type review struct {
	world  *World
	flags  *catalogFlags
	store  *store.Store
	policy *policy.Policy
	in     *bufio.Reader
	drift  map[string]store.Drift
	done   map[string]bool // stores of which nothing was left so far
}

var errStop = errors.New("the person stopped")

func reviewCatalog(ctx context.Context, w *World, f *catalogFlags, s *store.Store, args []string) error {
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	if f.who(w) == "" {
		return badUse("", "say who decides, with --author")
	}
	entries, err := s.Entries(ctx)
	if err != nil {
		return err
	}
	drifts, err := s.Drifts(ctx)
	if err != nil {
		return err
	}
	r := &review{world: w, flags: f, store: s, policy: pol, in: bufio.NewReader(w.Stdin), drift: map[string]store.Drift{}, done: map[string]bool{}}
	for _, d := range slices.Backward(drifts) {
		r.drift[d.Store+"\x00"+d.Table+"\x00"+d.Path] = d
	}
	asked := 0
	for i := range entries {
		e := &entries[i]
		if len(args) > 0 && e.Store != args[0] || e.Gone {
			continue
		}
		if _, ok := r.done[e.Store]; !ok {
			r.done[e.Store] = true
		}
		why := r.why(e)
		if why == "" {
			continue
		}
		asked++
		err := r.ask(ctx, e, why)
		if errors.Is(err, errStop) {
			fmt.Fprintln(w.Stdout, "stopped; what was decided is kept")
			return nil
		}
		if err != nil {
			return err
		}
	}
	if asked == 0 {
		fmt.Fprintln(w.Stdout, "nothing needs a decision")
	}
	for name, all := range r.done {
		if all {
			if err := s.Review(ctx, name, f.who(w), w.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// why says why an entry needs a decision; empty where it needs none.
func (r *review) why(e *store.Entry) string {
	d, changed := r.drift[e.Store+"\x00"+e.Table+"\x00"+e.Path]
	switch {
	case e.Override != nil && changed && d.At.After(e.Override.At):
		return fmt.Sprintf("it was %s when %s decided %s", d.Before, e.Override.Author, orOrdinary(e.Override.Level))
	case e.Override != nil:
		return ""
	case changed:
		return "it was " + d.Before
	case e.Verdict == classify.Possible:
		return "only its name says so"
	case e.Verdict == classify.Contains:
		return "it is free text, in which anything may be written"
	}
	return ""
}

func orOrdinary(level string) string {
	if level == "" {
		return "ordinary"
	}
	return level
}

func (r *review) ask(ctx context.Context, e *store.Entry, why string) error {
	out := r.world.Stdout
	fmt.Fprintf(out, "\n%s\n  %s.%s %s %s (%s): %s\n  %s\n", e.Store, e.Table, e.Path, e.Verdict, e.Title, orOrdinary(e.Level), why, strings.Join(e.Evidence, "; "))
	for {
		fmt.Fprintf(out, "  [a]ccept, a level (%s, none), [s]kip, [q]uit: ", strings.Join(r.policy.LevelNames(), ", "))
		answer, err := r.line()
		if err != nil {
			return err
		}
		o := store.Override{Author: r.flags.who(r.world), At: r.world.Now()}
		switch {
		case answer == "q":
			return errStop
		case answer == "s" || answer == "":
			r.done[e.Store] = false
			return nil
		case answer == "a":
			o.Level, o.Reason = e.Level, "accepted as found"
		case answer == "none" || slices.Contains(r.policy.LevelNames(), answer):
			if o.Level = answer; answer == "none" {
				o.Level = ""
			}
			for o.Reason == "" {
				fmt.Fprint(out, "  why: ")
				if o.Reason, err = r.line(); err != nil {
					return err
				}
			}
		default:
			fmt.Fprintf(out, "  %q is none of them\n", answer)
			continue
		}
		return r.store.Decide(ctx, e.Store, e.Table, e.Path, o)
	}
}

// line reads an answer; the end of the input stops the walk.
func (r *review) line() (string, error) {
	text, err := r.in.ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || text == "") {
		return "", errStop
	}
	return strings.TrimSpace(text), nil
}
