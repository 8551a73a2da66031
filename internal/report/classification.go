package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/classify"
)

// Classification is what data stores hold.
type Classification struct {
	Stores   []ClassifiedStore
	Problems []string // what could not be read, without credentials
	All      bool     // tell ordinary columns too
	Catalog  string   // where it is kept, empty where it is not
}

// ClassifiedStore is one database or file.
type ClassifiedStore struct {
	Store, Level string
	Tables       []ClassifiedTable
	// Resumed is how many of the tables an earlier scan had done.
	Resumed int
}

// ClassifiedTable is one table.
type ClassifiedTable struct {
	Table, Level string
	Rows         int    // how many were looked at
	Plan         string // what would be read, where nothing was
	Results      []classify.Result
	Drift        []string
}

// ClassifiedColumn is one column as machines read it.
type ClassifiedColumn struct {
	Store  string `json:"store"`
	Table  string `json:"table"`
	Column string `json:"column"`
	classify.Result
}

// Columns are all columns, ordinary ones included.
func (c *Classification) Columns() []ClassifiedColumn {
	out := []ClassifiedColumn{}
	for i := range c.Stores {
		s := &c.Stores[i]
		for j := range s.Tables {
			t := &s.Tables[j]
			for k := range t.Results {
				out = append(out, ClassifiedColumn{s.Store, t.Table, t.Results[k].Meta.Path, t.Results[k]})
			}
		}
	}
	return out
}

// WriteClassification writes it for people.
func WriteClassification(w io.Writer, c *Classification, opts Options) error {
	t := &text{Writer: bufio.NewWriter(w), opts: opts, width: 100}
	if opts.Width > 0 {
		t.width = max(opts.Width, 40)
	}
	for i := range c.Stores {
		if i > 0 {
			t.line("")
		}
		t.classified(c, &c.Stores[i])
	}
	if len(c.Problems) > 0 {
		t.line("")
		for _, p := range c.Problems {
			t.para(0, part{}, "could not be read: "+p, yellow)
		}
	}
	if c.Catalog != "" && len(c.Stores) > 0 {
		t.line("")
		t.line("  next: " + t.paint(bold, "bailey catalog"))
	}
	return t.Flush()
}

func (t *text) classified(c *Classification, s *ClassifiedStore) {
	columns, sensitive := 0, 0
	for i := range s.Tables {
		for j := range s.Tables[i].Results {
			columns++
			if s.Tables[i].Results[j].Verdict != classify.None {
				sensitive++
			}
		}
	}
	switch {
	case len(s.Tables) > 0 && s.Tables[0].Plan != "":
		t.line(t.paint(bold, s.Store+": what would be read"))
	case sensitive == 0:
		t.para(0, part{}, fmt.Sprintf("%s holds nothing out of the ordinary in %s.", s.Store, plural(columns, "column", "columns")), green)
	default:
		t.para(0, part{}, fmt.Sprintf("%s holds %s data: %d of %s.", s.Store, s.Level, sensitive, plural(columns, "column", "columns")), bold)
	}
	if s.Resumed > 0 {
		t.para(2, part{}, plural(s.Resumed, "table was", "tables were")+" done before and not read again.", dim)
	}
	for i := range s.Tables {
		t.classifiedTable(c, &s.Tables[i])
	}
}

func (t *text) classifiedTable(c *Classification, table *ClassifiedTable) {
	t.line("")
	if table.Plan != "" {
		t.para(2, part{s: table.Table}, table.Plan, dim)
		return
	}
	head := fmt.Sprintf("%s, %s", table.Table, plural(table.Rows, "row", "rows"))
	if table.Level != "" {
		head += ", " + table.Level
	}
	t.line("  " + t.paint(bold, printable(head)))
	for i := range table.Results {
		r := &table.Results[i]
		if r.Verdict == classify.None {
			if c.All {
				t.line("    " + t.paint(dim, "· "+printable(r.Meta.Path)+" ordinary"))
			}
			continue
		}
		mark, color := "●", red
		if r.Verdict == classify.Possible {
			mark, color = "?", yellow
		}
		words := fmt.Sprintf("%s %s %s (%s)", r.Meta.Path, r.Verdict, r.Title, r.Level)
		t.line("    " + t.paint(color, mark) + " " + printable(words))
		why := strings.Join(r.Evidence, "; ")
		if r.Shape != "" {
			why += "; such as " + r.Shape
		}
		t.para(8, part{}, why, dim)
	}
	for _, d := range table.Drift {
		t.para(4, part{s: "changed:", color: yellow}, d, "")
	}
}
