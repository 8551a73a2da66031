package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/store"
)

// findingsFlags are the flags of bailey findings.
type findingsFlags struct {
	policy, store, severity, about, reason string
	all, asJSON                            bool
}

func newFindings(w *World) *cobra.Command {
	var f findingsFlags
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "Show what watch and the guard found and kept, and archive what is settled",
		Long: `Findings lists what bailey watch --save and the guard found: each cause once, with how often it was seen. A finding that is
settled is archived with a reason; it comes back to the list with --all only.`,
		Example: `  bailey findings
  bailey findings --about mallory --severity high
  bailey findings show 3f2a
  bailey findings timeline mallory --replay logs/
  bailey findings archive 3f2a --reason "planned, ticket 4711"
  bailey findings reopen 3f2a`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains([]string{"", "low", "medium", "high"}, f.severity) {
				return badUse("", "%q is no severity; there are low, medium and high", f.severity)
			}
			return f.with(cmd.Context(), func(s *store.Store) error { return f.list(cmd.Context(), w, s) })
		},
	}
	pf := cmd.PersistentFlags()
	pf.StringVar(&f.policy, "policy", "", "policy file (default: bailey.yaml here or above)")
	pf.StringVar(&f.store, "store", "", storeUsage)
	cmd.Flags().StringVar(&f.severity, "severity", "", "only low, medium or high")
	cmd.Flags().StringVar(&f.about, "about", "", "only what names this principal or resource")
	cmd.Flags().BoolVar(&f.all, "all", false, "archived ones too")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print as JSON")
	show := &cobra.Command{
		Use: "show ID", Short: "Show all there is of a finding", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), func(s *store.Store) error { return f.show(cmd.Context(), w, s, args[0]) })
		},
	}
	show.Flags().BoolVar(&f.asJSON, "json", false, "print as JSON")
	archive := &cobra.Command{
		Use: "archive ID --reason TEXT", Short: "Say that a finding is settled", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(f.reason) == "" {
				return badUse("", "say why, with --reason")
			}
			return f.with(cmd.Context(), func(s *store.Store) error { return settle(cmd.Context(), w, s, args[0], f.reason) })
		},
	}
	reopen := &cobra.Command{
		Use: "reopen ID", Short: "Say that a finding is not settled after all", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), func(s *store.Store) error { return settle(cmd.Context(), w, s, args[0], "") })
		},
	}
	archive.Flags().StringVar(&f.reason, "reason", "", "why")
	cmd.AddCommand(show, archive, reopen, newTimeline(w, &f))
	return cmd
}

func (f *findingsFlags) with(ctx context.Context, use func(*store.Store) error) error {
	pol, err := loadPolicy(f.policy)
	if err != nil {
		return err
	}
	s, err := existingStore(ctx, storeName(f.store, pol))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // every write was committed
	return use(s)
}

func (f *findingsFlags) list(ctx context.Context, w *World, s *store.Store) error {
	kept, err := s.Findings(ctx, f.all)
	if err != nil {
		return err
	}
	out, lines := []store.Kept{}, []string{}
	var counts finding.Counts
	for i := range kept {
		h, err := kept[i].Head()
		if err != nil {
			return fmt.Errorf("finding %s: %w", kept[i].ID, err)
		}
		if f.severity != "" && h.Severity.Label != f.severity || f.about != "" && !strings.Contains(string(kept[i].Body), f.about) {
			continue
		}
		out = append(out, kept[i])
		if kept[i].Archived == "" {
			counts.Add(finding.Label(h.Severity.Label))
		}
		line := fmt.Sprintf("%s  %-6s  %s  %s, %s", shortID(kept[i].ID), h.Severity.Label, kept[i].At.UTC().Format(time.DateTime), h.Title, h.Resource)
		if kept[i].Times > 1 {
			line += fmt.Sprintf(", %d times", kept[i].Times)
		}
		if kept[i].Archived != "" {
			line += " (archived: " + kept[i].Archived + ")"
		}
		lines = append(lines, printableLine(line))
	}
	if f.asJSON {
		return writeJSON(w.Stdout, out)
	}
	open := counts.High + counts.Medium + counts.Low
	switch {
	case open > 0:
		fmt.Fprintf(w.Stdout, "%d open: %d high, %d medium, %d low. The latest first; times are UTC.\n\n", open, counts.High, counts.Medium, counts.Low)
	case f.severity == "" && f.about == "":
		fmt.Fprintln(w.Stdout, "Nothing is open.")
	default:
		fmt.Fprintln(w.Stdout, "Nothing that fits is open; bailey findings --all shows what is archived too.")
	}
	for _, line := range lines {
		fmt.Fprintln(w.Stdout, line)
	}
	if len(out) > 0 {
		fmt.Fprintf(w.Stdout, "\nnext: bailey findings show %s\n", shortID(out[0].ID))
	}
	return nil
}

// shortID is as much of an ID as people write.
func shortID(id string) string { return id[:min(8, len(id))] }

func (f *findingsFlags) show(ctx context.Context, w *World, s *store.Store, id string) error {
	kept, err := s.Finding(ctx, id)
	if err != nil {
		return badUse("bailey findings --all lists them.", "%s", plain(err))
	}
	if f.asJSON {
		return writeJSON(w.Stdout, kept)
	}
	return report.WriteKept(w.Stdout, kept, report.Options{Width: w.Width, Color: w.StdoutTerminal && w.Env("NO_COLOR") == ""})
}

// settle archives a finding for a reason, or opens it again without one.
func settle(ctx context.Context, w *World, s *store.Store, id, reason string) error {
	kept, err := s.Finding(ctx, id)
	if err != nil {
		return badUse("bailey findings --all lists them.", "%s", plain(err))
	}
	if err := s.ArchiveFinding(ctx, kept.ID, reason); err != nil {
		return err
	}
	h, err := kept.Head()
	if err != nil {
		return err
	}
	word := "archived"
	if reason == "" {
		word = "open again"
	}
	_, err = fmt.Fprintln(w.Stdout, printableLine(fmt.Sprintf("%s is %s: %s, %s", shortID(kept.ID), word, h.Title, h.Resource)))
	return err
}
