package report

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/store"
)

// kept is what findings of watch and of the guard say of themselves.
type kept struct {
	Detection, Safeguard, Type, Title, Message                string
	Severity                                                  finding.Severity
	Resource, Principal, Address, Account, Region, Level, Why string
	Respond                                                   string
	Fix                                                       finding.Fix
	First                                                     time.Time
	Events                                                    []string
	Evidence                                                  []json.RawMessage
}

// keptEvidence is a line of evidence: watch's are texts, the guard's are facts.
func keptEvidence(e json.RawMessage) string {
	var text string
	if json.Unmarshal(e, &text) == nil {
		return text
	}
	var fact finding.Evidence
	if json.Unmarshal(e, &fact) == nil {
		return evidenceWords(fact)
	}
	return string(e)
}

// pasted is a name that can be part of a command that people paste into a shell.
var pasted = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:/._@+=,-]*$`)

// WriteKept writes a finding of the store for people: what happened, the evidence, why it is strange, what to do.
func WriteKept(w io.Writer, k *store.Kept, opts Options) error {
	var f kept
	if err := json.Unmarshal(k.Body, &f); err != nil {
		return fmt.Errorf("finding %s: %w", k.ID, err)
	}
	t := textFor(w, opts)
	t.line(t.paint(severityColor(f.Severity.Label), strings.ToUpper(string(f.Severity.Label))+"  "+printable(f.Title)))
	resource := f.Resource
	if f.Level != "" {
		resource += " (" + f.Level + ")"
	}
	first := f.First
	if first.IsZero() || first.Equal(k.At) {
		first = time.Time{}
	}
	when := k.At.UTC().Format(time.DateTime) + " UTC"
	if !first.IsZero() {
		when = first.UTC().Format(time.DateTime) + " to " + when
	}
	times := ""
	if k.Times > 1 {
		times = fmt.Sprintf("%d times", k.Times)
	}
	for _, row := range [][2]string{
		{"what", resource},
		{"who", f.Principal},
		{"from", f.Address},
		{"when", when},
		{"how often", times},
		{"account", strings.TrimSpace(f.Account + " " + f.Region)},
		{"detection", f.Detection + f.Safeguard},
		{"type", f.Type},
		{"archived", k.Archived},
		{"id", k.ID},
	} {
		if row[1] != "" {
			t.para(2, part{fmt.Sprintf("%-10s", row[0]), dim}, row[1], "")
		}
	}
	t.line("")
	if f.Message != "" {
		t.para(2, part{}, f.Message, "")
	}
	for _, e := range f.Evidence {
		t.para(4, part{s: "●"}, keptEvidence(e), "")
	}
	if n := len(f.Events); n > 0 {
		t.para(4, part{s: " "}, plural(n, "event: ", "events: ")+strings.Join(f.Events, ", "), dim)
	}
	for _, x := range [][2]string{{"why:", f.Why}, {"do: ", f.Respond + f.Fix.Summary}} {
		if x[1] != "" {
			t.para(2, part{s: x[0]}, x[1], "")
		}
	}
	t.line("")
	short := k.ID[:min(8, len(k.ID))]
	if k.Archived != "" {
		t.line("  next: " + t.paint(bold, "bailey findings reopen "+short))
		return t.Flush()
	}
	lead := "  next: "
	if pasted.MatchString(f.Principal) {
		t.line(lead + t.paint(bold, "bailey findings --about "+f.Principal))
		lead = "        "
	}
	t.line(lead + t.paint(bold, "bailey findings archive "+short+" --reason '…'"))
	return t.Flush()
}

func severityColor(l finding.Label) string {
	switch l {
	case finding.High:
		return red
	case finding.Medium:
		return yellow
	case finding.Low, finding.None:
	}
	return ""
}
