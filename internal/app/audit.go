package app

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/guard"
	"github.com/baileydb/bailey/internal/policy"
)

// auditFlags are the flags of bailey audit.
type auditFlags struct {
	config, folder, who, action, resource, verdict, since, format string
}

func newAudit(w *World) *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Search the guard's record of requests, and verify that nobody changed it",
		Long: `Audit prints the records that fit, the oldest first. * stands for any characters. Records hold who asked for what, from where,
in which role, with or without a second factor, the names and levels of the attributes and what the guard said; never a
value.`,
		Example: `  bailey audit --who ann --since 24h
  bailey audit --action 'dynamodb:Delete*' --verdict denied --format json
  bailey audit verify`,
		Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error { return searchAudit(w, &f) },
	}
	pf := cmd.PersistentFlags()
	pf.StringVar(&f.config, "config", "", "policy file (default: bailey.yaml here or above)")
	pf.StringVar(&f.folder, "folder", "", "folder of the audit (default: the policy's)")
	fl := cmd.Flags()
	fl.StringVar(&f.who, "who", "", "only of this name")
	fl.StringVar(&f.action, "action", "", "only this action")
	fl.StringVar(&f.resource, "resource", "", "only on this resource, or a table of this name")
	fl.StringVar(&f.verdict, "verdict", "", "allowed, denied, limited or failed")
	fl.StringVar(&f.since, "since", "", "only of the last 24h, 7d, or from a time on")
	fl.StringVarP(&f.format, "format", "f", "text", "text or json, a record a line")
	verify := &cobra.Command{
		Use: "verify", Short: "Find any record that was edited, removed or moved", Args: cobra.NoArgs,
		Long: `Verify reads the whole chain of records, holds every hash and every signature against the guard's key, and where the chain
ends against where the store says that it stood. The first record that is not as it was written is named. The exit code is
then 1.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i, pol, done, err := identities(cmd.Context(), w, f.config, false)
			if err != nil {
				return err
			}
			defer done()
			seq, hash, err := i.Store.Head(cmd.Context(), pol.Guard.Audit.Folder)
			if err != nil {
				return err
			}
			v, err := guard.VerifyAudit(f.in(pol), i.Key, seq, hash)
			var tampered *guard.TamperError
			if errors.As(err, &tampered) {
				return &exitError{code: exitFindings, message: tampered.Error()}
			}
			if err != nil {
				return badUse("", "%s", plain(err))
			}
			fmt.Fprintf(w.Stdout, "All %d records are as they were written", v.Records)
			if v.Unsigned > 0 {
				fmt.Fprintf(w.Stdout, "; the last %d are not signed yet", v.Unsigned)
			}
			fmt.Fprintln(w.Stdout, ".")
			return nil
		},
	}
	cmd.AddCommand(verify)
	return cmd
}

func (f *auditFlags) in(pol *policy.Policy) string {
	if f.folder != "" {
		return f.folder
	}
	return pol.Guard.Audit.Folder
}

func searchAudit(w *World, f *auditFlags) error {
	pol, err := loadPolicy(f.config)
	if err != nil {
		return err
	}
	if f.format != "text" && f.format != "json" {
		return badUse("", "format %q does not exist; it is text or json", f.format)
	}
	var since time.Time
	if f.since != "" {
		if d, err := policy.ParseDuration(f.since); err == nil {
			since = w.Now().Add(-d)
		} else if since, err = time.Parse(time.RFC3339, f.since); err != nil {
			return badUse("", "--since %q: write 24h, 7d or 2026-11-23T12:00:00Z", f.since)
		}
	}
	err = guard.ReadAudit(f.in(pol), func(_ string, _ int, r *guard.Record, text []byte) error {
		if r.Signature != "" || !f.wants(r, since) {
			return nil
		}
		if f.format == "json" {
			fmt.Fprintf(w.Stdout, "%s\n", text)
			return nil
		}
		_, err := fmt.Fprintln(w.Stdout, recordWords(r))
		return err
	})
	if err != nil {
		return badUse("bailey audit verify says more.", "%s", plain(err))
	}
	return nil
}

func (f *auditFlags) wants(r *guard.Record, since time.Time) bool {
	fits := func(pattern string, names ...string) bool {
		if pattern == "" {
			return true
		}
		for _, n := range names {
			if policy.Fits(pattern, n) {
				return true
			}
		}
		return false
	}
	_, action, _ := strings.Cut(r.Action, ":")
	table := r.Resource[strings.LastIndexByte(r.Resource, '/')+1:]
	return !r.Time.Before(since) && fits(f.who, r.Who) && fits(f.action, r.Action, action) && fits(f.resource, r.Resource, table) && fits(f.verdict, r.Verdict)
}

// recordWords is a record in one line.
func recordWords(r *guard.Record) string {
	who := r.Who
	if who == "" {
		who = "somebody"
	}
	if r.Role != "" {
		who += " as " + r.Role
	}
	if r.MFA {
		who += " (MFA)"
	}
	out := []string{r.Time.Format(time.RFC3339), r.Verdict, who, "from " + r.From, r.Action, r.Resource}
	if len(r.Attributes) > 0 {
		out = append(out, "["+strings.Join(r.Attributes, " ")+"]")
	}
	if r.Reason != "" {
		out = append(out, "("+r.Reason+")")
	}
	return printableLine(strings.Join(out, "  "))
}

// printableLine keeps control characters off the terminal.
func printableLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return '·' // what moves a terminal's cursor, or the direction of what is written
		}
		return r
	}, s)
}
