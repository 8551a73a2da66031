package app

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/strict"
)

// detectionLine is a detection in JSON.
type detectionLine struct {
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Type     string            `json:"type"`
	Log      string            `json:"log"`
	Severity map[string]string `json:"severity"`
	Why      string            `json:"why"`
	Respond  string            `json:"respond"`
}

func newDetections(w *World) *cobra.Command {
	var own []string
	var asJSON bool
	var log string
	cmd := &cobra.Command{
		Use:   "detections",
		Short: "List what watch looks for, and explain one",
		Long:  "Detections lists the rules of bailey watch: what each looks for, in which log, how severe it is.",
		Example: `  bailey detections
  bailey detections --log dns
  bailey detections explain database/snapshot-shared`,
		Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			list, err := detections(own)
			if err != nil {
				return err
			}
			if log != "" && !slices.Contains(rules.Logs(), log) {
				return badUse("", "there is no log %q%s; there are %s", log, strict.Suggest(log, rules.Logs()), strings.Join(rules.Logs(), ", "))
			}
			list = slices.DeleteFunc(list, func(d *rules.Detection) bool { return log != "" && d.Log != log })
			if asJSON {
				out := []detectionLine{}
				for _, d := range list {
					out = append(out, detectionLine{ID: d.ID, Title: d.Title, Type: d.Type, Log: d.Log, Severity: d.Severity, Why: oneLine(d.Why), Respond: oneLine(d.Respond)})
				}
				return writeJSON(w.Stdout, out)
			}
			for _, d := range list {
				fmt.Fprintf(w.Stdout, "%-36s %-10s %-7s %s\n", d.ID, d.Log, d.Label(""), d.Title)
			}
			return nil
		},
	}
	explain := &cobra.Command{
		Use: "explain ID", Short: "Say what a detection looks for, why, and what to do", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := detections(own)
			if err != nil {
				return err
			}
			var ids []string
			for _, d := range list {
				if d.ID == args[0] {
					return explainDetection(w, d)
				}
				ids = append(ids, d.ID)
			}
			return badUse("bailey detections lists them.", "there is no detection %s%s", args[0], strict.Suggest(args[0], ids))
		},
	}
	cmd.AddCommand(explain)
	cmd.PersistentFlags().StringArrayVar(&own, "rules", nil, "folder with detections of your own")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().StringVar(&log, "log", "", "only those of this log: "+strings.Join(rules.Logs(), ", "))
	return cmd
}

func explainDetection(w *World, d *rules.Detection) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n", d.ID, d.Title, strings.TrimSpace(d.Why))
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, text)
		}
	}
	row("do", oneLine(d.Respond))
	row("severity", detectionSeverities(d))
	row("log", d.Log)
	row("type", d.Type)
	row("source", strings.Join(d.Source, ", "))
	row("events", strings.Join(d.Events, ", "))
	row("from", strings.Join(d.From, ", "))
	row("to", strings.Join(d.To, ", "))
	row("when", oneLine(d.When))
	row("raised", raisedAt(d))
	row("needs", neededLists(d))
	row("file", d.File())
	_, err := io.WriteString(w.Stdout, b.String())
	return err
}

// neededLists says without which lists a detection finds nothing.
func neededLists(d *rules.Detection) string {
	if err := d.Compile(); err != nil {
		return "" // loading the detections told it
	}
	var parts []string
	if named := slices.Concat(d.From, d.To); len(named) > 0 {
		parts = append(parts, "a list: "+strings.Join(named, " or "))
	}
	asn, country := d.Asks()
	if asn {
		parts = append(parts, "a list of networks: asn")
	}
	if country {
		parts = append(parts, "a list of networks: country")
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + ". Without it, nothing is found; bailey lists --help says how lists are given"
}

// detectionSeverities are a detection's by the level of the store that is touched.
func detectionSeverities(d *rules.Detection) string {
	var parts, labels []string
	for _, level := range policy.Builtin() {
		if l, ok := d.Severity[level]; ok {
			parts, labels = append(parts, l+" on "+level+" data"), append(labels, l)
		}
	}
	if l, ok := d.Severity["any"]; ok {
		parts, labels = append(parts, l+" otherwise"), append(labels, l)
	}
	if len(slices.Compact(labels)) == 1 {
		return labels[0]
	}
	return strings.Join(parts, ", ")
}

// raisedAt says when events are a finding, where one is not one by itself.
func raisedAt(d *rules.Detection) string {
	per := func(by, otherwise string) string {
		if by == "" {
			by = otherwise
		}
		return "for each " + oneLine(by)
	}
	switch {
	case d.Count != nil && d.Count.Distinct != "":
		return fmt.Sprintf("at more than %d different values of %s within %s, %s", d.Count.Over, oneLine(d.Count.Distinct), d.Count.Within, per(d.Count.By, "principal"))
	case d.Count != nil:
		return fmt.Sprintf("at more than %d events within %s, %s", d.Count.Over, d.Count.Within, per(d.Count.By, "principal"))
	case d.First != nil:
		return fmt.Sprintf("at a value of %s that was never seen before, after %s of learning, %s", oneLine(d.First.Of), d.First.Learn, per(d.First.By, "account"))
	case d.Rare != nil:
		return fmt.Sprintf("at a value of %s that was seen on at most %d days, after %s of learning, %s", oneLine(d.Rare.Of), d.Rare.Days, d.Rare.Learn, per(d.Rare.By, "account"))
	case d.Rate != nil:
		return fmt.Sprintf("when the sum of %s in %s is over %g and beyond what is usual, after %s of learning, %s", oneLine(d.Rate.Of), d.Rate.Per, d.Rate.Over, d.Rate.Learn, per(d.Rate.By, "account"))
	case d.Sequence != nil:
		return fmt.Sprintf("at %d steps, one after the other, within %s", len(d.Sequence.Steps), d.Sequence.Within)
	}
	return ""
}
