package app

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/strict"
)

func newExplain(w *World) *cobra.Command {
	var dirs []string
	var format string
	cmd := &cobra.Command{
		Use:   "explain ID",
		Short: "Say what a safeguard is, why, and how to meet it",
		Long:  "Explain prints one safeguard. The identifier may also be another tool's: CKV_AWS_16, AWS-0080, RDS.3.",
		Example: `  bailey explain rds/storage-encrypted
  bailey explain CKV_AWS_16
  bailey explain rds/storage-encrypted --format yaml`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			set, _, err := loadRules(dirs, nil, nil)
			if err != nil {
				return err
			}
			var found []*rules.Safeguard
			for _, g := range set.Safeguards {
				if named(g, args[0]) {
					found = append(found, g)
				}
			}
			if len(found) == 0 {
				return badUse("bailey safeguards lists them.", "no safeguard is named %q%s", args[0], strict.Suggest(args[0], ids(set)))
			}
			return explain(w, found, format)
		},
	}
	cmd.Flags().StringArrayVar(&dirs, "safeguards", nil, "folder with safeguards of your own")
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text, markdown, json, or yaml for the file itself")
	must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "markdown", "json", "yaml"}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func explain(w *World, found []*rules.Safeguard, format string) error {
	for i, g := range found {
		var err error
		if i > 0 && format != "json" {
			fmt.Fprintln(w.Stdout)
		}
		switch format {
		case "text":
			err = explainText(w.Stdout, g)
		case "markdown":
			_, err = io.WriteString(w.Stdout, markdown(g))
		case "yaml":
			_, err = io.WriteString(w.Stdout, g.Text())
		case "json":
			err = writeJSON(w.Stdout, describe(g))
		default:
			return badUse("", "format %q does not exist; want text, markdown, json or yaml", format)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func explainText(out io.Writer, g *rules.Safeguard) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n", g.ID, g.Title, strings.TrimSpace(g.Why))
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, text)
		}
	}
	row("looks at", strings.Join(g.Kind, ", "))
	row("severity", severities(g))
	row("applies", oneLine(g.Applies))
	row("check", oneLine(g.Check))
	row("fix", fixWords(g))
	if g.Fix.Effect != "" {
		row("effect", g.Fix.Effect)
	}
	for i, s := range g.Fix.Steps {
		row(map[bool]string{true: "live steps"}[i == 0], fmt.Sprintf("%d. %s", i+1, s))
	}
	if g.Fix.MonthlyCost != nil {
		row("cost", fmt.Sprintf("about $%.0f a month", *g.Fix.MonthlyCost))
	}
	for _, name := range sorted(g.Frameworks) {
		row(name, strings.Join(g.Frameworks[name], ", "))
	}
	for _, name := range sorted(g.SameAs) {
		row(name, strings.Join(g.SameAs[name], ", "))
	}
	row("notes", oneLine(g.Notes))
	for _, s := range g.Source {
		row("source", s)
	}
	if len(g.Examples.Bad) > 0 {
		fmt.Fprintf(&b, "\nfails:\n%s\npasses:\n%s", indent(g.Examples.Bad[0]), indent(g.Examples.Good[0]))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func severities(g *rules.Safeguard) string {
	var parts []string
	for _, level := range policy.Builtin() {
		if l, ok := g.Demanded(level); ok {
			parts = append(parts, fmt.Sprintf("%s %s", level, l))
		} else {
			parts = append(parts, level+" not demanded")
		}
	}
	return strings.Join(parts, ", ")
}

func fixWords(g *rules.Safeguard) string {
	if g.Fix.Say != "" {
		return oneLine(g.Fix.Say)
	}
	var parts []string
	for _, c := range g.Fix.Create {
		parts = append(parts, "add a "+c.Kind)
	}
	for _, k := range sorted(g.Fix.Set) {
		parts = append(parts, fmt.Sprintf("set %s to %v", k, g.Fix.Set[k]))
	}
	for _, r := range g.Fix.Remove {
		parts = append(parts, fmt.Sprintf("remove from %s what is %s", r.From, r.Where))
	}
	return strings.Join(parts, "; ")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(s, "\n") + "\n") {
		b.WriteString("  " + line)
	}
	return b.String()
}

// description is a safeguard in JSON.
type description struct {
	ID         string              `json:"id"`
	Title      string              `json:"title"`
	Why        string              `json:"why"`
	Kind       []string            `json:"kind"`
	Severity   map[string]string   `json:"severity"`
	Applies    string              `json:"applies,omitempty"`
	Check      string              `json:"check"`
	Evidence   []string            `json:"evidence,omitempty"`
	Fix        string              `json:"fix"`
	Effect     string              `json:"effect,omitempty"`
	Steps      []string            `json:"steps,omitempty"`
	Frameworks map[string][]string `json:"frameworks,omitempty"`
	SameAs     map[string][]string `json:"same_as,omitempty"`
	Notes      string              `json:"notes,omitempty"`
	Source     []string            `json:"source,omitempty"`
}

func describe(g *rules.Safeguard) description {
	lists := func(m map[string]rules.Texts) map[string][]string {
		out := map[string][]string{}
		for k, v := range m {
			out[k] = v
		}
		return out
	}
	return description{
		ID: g.ID, Title: g.Title, Why: oneLine(g.Why), Kind: g.Kind, Severity: g.Severity, Applies: oneLine(g.Applies),
		Check: oneLine(g.Check), Evidence: g.Evidence, Fix: fixWords(g), Effect: g.Fix.Effect, Steps: g.Fix.Steps,
		Frameworks: lists(g.Frameworks), SameAs: lists(g.SameAs), Notes: oneLine(g.Notes), Source: g.Source,
	}
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func newSafeguards(w *World) *cobra.Command {
	var dirs, only []string
	var format, kind, framework, level string
	cmd := &cobra.Command{
		Use:   "safeguards [PATTERN…]",
		Short: "List the safeguards",
		Example: `  bailey safeguards
  bailey safeguards 'rds/*' --level public
  bailey safeguards --framework pci-dss --format json`,
		RunE: func(_ *cobra.Command, args []string) error {
			set, problems, err := loadRules(dirs, append(only, args...), nil)
			if err != nil {
				return err
			}
			for _, p := range problems {
				fmt.Fprintf(w.Stderr, "bailey: %s:%d: %s\n", p.File, p.Line, p.Message)
			}
			var out []*rules.Safeguard
			for _, g := range set.Safeguards {
				_, demanded := g.Demanded(level)
				_, mapped := g.Frameworks[framework]
				if (kind == "" || slices.Contains(g.Kind, kind)) && (framework == "" || mapped) && (level == "" || demanded) {
					out = append(out, g)
				}
			}
			if err := listSafeguards(w, out, format); err != nil {
				return err
			}
			if len(problems) > 0 {
				return &exitError{code: exitBad}
			}
			return nil
		},
		ValidArgsFunction: completeIDs,
	}
	cmd.Flags().StringArrayVar(&dirs, "safeguards", nil, "folder with safeguards of your own")
	cmd.Flags().StringSliceVar(&only, "only", nil, "names, patterns or other tools' identifiers")
	cmd.Flags().StringVar(&kind, "kind", "", "only those that look at this kind of resource")
	cmd.Flags().StringVar(&framework, "framework", "", "only those a framework asks for: cis-aws, aws-fsbp, nist-800-53, pci-dss, hipaa")
	cmd.Flags().StringVar(&level, "level", "", "only those a built-in level demands: "+strings.Join(policy.Builtin(), ", "))
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}

func listSafeguards(w *World, list []*rules.Safeguard, format string) error {
	switch format {
	case "json":
		out := make([]description, len(list))
		for i, g := range list {
			out[i] = describe(g)
		}
		return writeJSON(w.Stdout, out)
	case "text":
		return report.Table(w.Stdout, append([]string{"SAFEGUARD"}, append(upper(policy.Builtin()), "WHAT HOLDS")...), rows(list))
	default:
		return badUse("", "format %q does not exist; want text or json", format)
	}
}

func rows(list []*rules.Safeguard) [][]string {
	out := make([][]string, len(list))
	for i, g := range list {
		row := []string{g.ID}
		for _, level := range policy.Builtin() {
			l, ok := g.Demanded(level)
			if !ok {
				l = "-"
			}
			row = append(row, string(l))
		}
		out[i] = append(row, g.Title)
	}
	return out
}

func upper(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = strings.ToUpper(s)
	}
	return out
}
