package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
  bailey findings archive 3f2a --reason "planned, ticket 4711"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
			return f.with(cmd.Context(), func(s *store.Store) error { return showFinding(cmd.Context(), w, s, args[0]) })
		},
	}
	archive := &cobra.Command{
		Use: "archive ID --reason TEXT", Short: "Say that a finding is settled", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(f.reason) == "" {
				return badUse("", "say why, with --reason")
			}
			return f.with(cmd.Context(), func(s *store.Store) error {
				if err := s.ArchiveFinding(cmd.Context(), args[0], f.reason); err != nil {
					return badUse("bailey findings --all lists them.", "%s", plain(err))
				}
				return nil
			})
		},
	}
	archive.Flags().StringVar(&f.reason, "reason", "", "why")
	cmd.AddCommand(show, archive, newTimeline(w, &f))
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
	out := []store.Kept{}
	for i := range kept {
		h, err := kept[i].Head()
		if err != nil {
			return err
		}
		if f.severity != "" && h.Severity.Label != f.severity || f.about != "" && !strings.Contains(string(kept[i].Body), f.about) {
			continue
		}
		out = append(out, kept[i])
		if f.asJSON {
			continue
		}
		line := fmt.Sprintf("%s  %-6s  %s  %s, %s", kept[i].ID[:min(8, len(kept[i].ID))], h.Severity.Label, kept[i].At.Format(time.DateTime), h.Title, h.Resource)
		if kept[i].Times > 1 {
			line += fmt.Sprintf(", %d times", kept[i].Times)
		}
		if kept[i].Archived != "" {
			line += " (archived: " + kept[i].Archived + ")"
		}
		fmt.Fprintln(w.Stdout, printableLine(line))
	}
	if f.asJSON {
		enc := json.NewEncoder(w.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(out)
	}
	if len(out) == 0 {
		fmt.Fprintln(w.Stdout, "Nothing is open.")
	}
	return nil
}

func showFinding(ctx context.Context, w *World, s *store.Store, id string) error {
	kept, err := s.Findings(ctx, true)
	if err != nil {
		return err
	}
	for i := range kept {
		if strings.HasPrefix(kept[i].ID, id) {
			enc := json.NewEncoder(w.Stdout)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			return enc.Encode(kept[i])
		}
	}
	return badUse("bailey findings --all lists them.", "%s: %s", id, store.ErrNoFinding)
}
