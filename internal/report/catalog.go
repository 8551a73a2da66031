package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/store"
)

// Catalog is what is known of where data lives.
type Catalog struct {
	Stores  []store.Summary `json:"stores"`
	Entries []store.Entry   `json:"columns"`
	Drifts  []store.Drift   `json:"drift,omitempty"`
	// Risks are what the policy says of each store, by its name.
	Risks map[string]Risk `json:"risks"`
}

// Risk is the risk assessment of a store, in the policy's words.
type Risk struct {
	Level string `json:"level"`
	// Means is what the level is for; Leak is what a leak would cost.
	Means       string   `json:"means,omitempty"`
	Regulations []string `json:"regulations"`
	Owner       string   `json:"owner,omitempty"`
	Leak        string   `json:"leak,omitempty"`
}

// WriteCatalogCSV writes the columns for spreadsheets.
func WriteCatalogCSV(w io.Writer, c *Catalog) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"store", "table", "column", "level", "verdict", "type", "n", "k", "confidence", "scanned", "decided_by", "reason"})
	for i := range c.Entries {
		e := &c.Entries[i]
		author, reason := "", ""
		if e.Override != nil {
			author, reason = e.Override.Author, e.Override.Reason
		}
		_ = out.Write([]string{e.Store, e.Table, e.Path, e.Holds(), string(e.Verdict), e.Type, strconv.Itoa(e.N), strconv.Itoa(e.K), strconv.FormatFloat(e.Confidence, 'f', 3, 64), e.At.Format(time.RFC3339), author, reason})
	}
	out.Flush()
	return out.Error()
}

// WriteCatalog writes it for people.
func WriteCatalog(w io.Writer, c *Catalog, opts Options) error {
	t := &text{Writer: bufio.NewWriter(w), opts: opts, width: 100}
	if opts.Width > 0 {
		t.width = max(opts.Width, 40)
	}
	overdue := 0
	for i := range c.Stores {
		if c.Stores[i].Overdue > 0 {
			overdue++
		}
	}
	head := plural(len(c.Stores), "store is", "stores are") + " in the catalog"
	if overdue > 0 {
		head += "; " + plural(overdue, "review is", "reviews are") + " overdue"
	}
	t.line(t.paint(bold, head+"."))
	for i := range c.Stores {
		t.catalogStore(c, &c.Stores[i])
	}
	if len(c.Drifts) > 0 {
		t.line("")
		t.line("Changed between scans:")
		for _, d := range c.Drifts {
			t.para(2, part{s: d.At.Format(time.DateOnly)}, fmt.Sprintf("%s.%s was %s and is now %s", d.Table, d.Path, d.Before, d.After), "")
		}
	}
	return t.Flush()
}

func (t *text) catalogStore(c *Catalog, s *store.Summary) {
	t.line("")
	level := s.Level
	if level == "" {
		level = "ordinary"
	}
	t.line(t.paint(bold, printable(s.Store)) + ": " + level + fmt.Sprintf(", %d of %s sensitive", s.Sensitive, plural(s.Columns, "column", "columns")))
	if r := c.Risks[s.Store]; s.Level != "" {
		m := r.Means
		if len(r.Regulations) > 0 {
			m += " Under " + strings.Join(r.Regulations, ", ") + "."
		}
		t.para(2, part{}, m, "")
		if r.Leak != "" {
			t.para(2, part{s: "a leak:"}, r.Leak, "")
		}
		if r.Owner == "" {
			t.para(2, part{}, "nobody answers for it; name an owner in bailey.yaml: owners", dim)
		} else {
			t.para(2, part{s: "owner:"}, r.Owner, "")
		}
	}
	line := "scanned " + s.At.Format(time.DateOnly)
	if s.Overdue > 0 {
		t.para(2, part{}, fmt.Sprintf("review overdue by %s; %s", plural(int(s.Overdue.Hours()/24)+1, "day", "days"), line), red)
	} else {
		t.para(2, part{}, line, dim)
	}
	for i := range c.Entries {
		e := &c.Entries[i]
		if e.Store != s.Store {
			continue
		}
		words := fmt.Sprintf("%s.%s %s", e.Table, e.Path, e.Verdict)
		if e.Title != "" {
			words += " " + e.Title
		}
		if e.Level != "" {
			words += " (" + e.Level + ")"
		}
		for j := range e.Also {
			words += fmt.Sprintf(", %s %s", e.Also[j].Verdict, e.Also[j].Title)
		}
		if e.Gone {
			words += ", gone since the last scan"
		}
		t.para(2, part{s: "●"}, words, "")
		if o := e.Override; o != nil {
			decided := o.Level
			if decided == "" {
				decided = "ordinary"
			}
			text := fmt.Sprintf("%s decided %s: %s", o.Author, decided, strings.TrimSuffix(o.Reason, "."))
			if e.Disagrees() {
				text += "; the scan disagrees"
			}
			t.para(6, part{}, text, yellow)
		}
	}
}
