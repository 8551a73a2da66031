package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/finding"
)

// Access is the answer to who can do something to databases.
type Access struct {
	Question  AccessQuestion    `json:"question"`
	Databases []AccessDatabase  `json:"databases"`
	Notes     []string          `json:"notes,omitempty"` // what the answer rests on
	Problems  []finding.Problem `json:"problems,omitempty"`
}

// AccessQuestion is what was asked.
type AccessQuestion struct {
	Do      string   `json:"do"` // a verb or an action
	Means   string   `json:"means,omitempty"`
	Actions []string `json:"actions"`
	At      string   `json:"at"`
	Until   string   `json:"until,omitempty"`
	MFA     string   `json:"mfa,omitempty"` // without, where only that was asked
	// Attributes are those of a table that were asked about.
	Attributes []string `json:"attributes,omitempty"`
	Steps      bool     `json:"-"` // tell every step of a chain
}

// AccessDatabase is the answer for one database.
type AccessDatabase struct {
	Resource string        `json:"resource"`
	Name     string        `json:"name"`
	ARN      string        `json:"arn"`
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`
	Asked    int           `json:"asked"` // how many principals were asked about
	Who      []AccessGrant `json:"who"`
	Cannot   []string      `json:"cannot,omitempty"` // the principals known that surely cannot, each "user intern"
}

// AccessGrant is one principal that can or may.
type AccessGrant struct {
	Principal string `json:"principal"` // as the input writes it, or its ARN
	Name      string `json:"name"`
	Kind      string `json:"kind"` // user, role, account, anyone, …
	ARN       string `json:"arn"`
	Outside   bool   `json:"outside,omitempty"`
	// Sure is set when nothing unknown can stop it; otherwise DependsOn says what it hangs on.
	Sure      bool          `json:"sure"`
	DependsOn []string      `json:"depends_on,omitempty"`
	NeedsMFA  bool          `json:"needs_mfa"`
	From      string        `json:"from,omitempty"`
	Until     string        `json:"until,omitempty"`
	Chain     []AccessStep  `json:"chain,omitempty"`
	Acts      []AccessAct   `json:"acts"`
	Allowing  []AccessAllow `json:"allowed_by,omitempty"`
}

// AccessStep is one step from a principal to another.
type AccessStep struct {
	From string `json:"from"`
	To   string `json:"to"`
	By   string `json:"by"`
}

// AccessAct is what can be done, and to what: the database, or its key.
type AccessAct struct {
	Actions []string `json:"actions"`
	On      string   `json:"on,omitempty"` // empty for the database itself
}

// AccessAllow is a statement that allows it.
type AccessAllow struct {
	Policy    string `json:"policy"`
	Statement string `json:"statement"`
	File      string `json:"file,omitempty"`
	Line      int    `json:"line,omitempty"`
}

// AccessFormats are the forms WriteAccess knows.
func AccessFormats() []string { return []string{"text", "json", "svg", "html"} }

// WriteAccess writes an answer in one of [AccessFormats].
func WriteAccess(w io.Writer, format string, a *Access, opts Options) error {
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(a)
	case "svg":
		_, err := io.WriteString(w, accessSVG(a))
		return err
	case "html":
		return accessHTML(w, a)
	case "text":
		return writeAccessText(w, a, opts)
	}
	return fmt.Errorf("format %q does not exist", format)
}

func writeAccessText(w io.Writer, a *Access, opts Options) error {
	t := &text{Writer: bufio.NewWriter(w), opts: opts, width: 100}
	if opts.Width > 0 {
		t.width = max(opts.Width, 40)
	}
	for i := range a.Databases {
		if i > 0 {
			t.line("")
		}
		t.accessDatabase(a, &a.Databases[i])
	}
	t.accessRest(a)
	for _, n := range a.Notes {
		t.line("")
		t.para(0, part{}, "note: "+n, dim)
	}
	return t.Flush()
}

// accessHeadline is the answer in a sentence.
func accessHeadline(a *Access, d AccessDatabase) string {
	can, may, mfa := 0, 0, 0
	for i := range d.Who {
		switch g := &d.Who[i]; {
		case g.Sure:
			can++
			if !g.NeedsMFA {
				mfa++
			}
		default:
			may++
		}
	}
	do := a.Question.Do + " " + d.Name
	if strings.Contains(a.Question.Do, ":") {
		do = "call " + a.Question.Do + " on " + d.Name
	}
	if a.Question.MFA == "without" {
		do += " without a second factor"
	}
	if can+may == 0 {
		return fmt.Sprintf("Nobody can %s: of %s known, none is allowed.", do, plural(d.Asked, "principal", "principals"))
	}
	var s string
	if can > 0 {
		s = fmt.Sprintf("%s can %s", plural(can, "principal", "principals"), do)
		if may > 0 {
			s += fmt.Sprintf(", and %d more may", may)
		}
	} else {
		s = fmt.Sprintf("%s may %s", plural(may, "principal", "principals"), do)
	}
	if a.Question.MFA == "" && mfa > 0 {
		s += fmt.Sprintf("; %d of them without a second factor", mfa)
	}
	return s + "."
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (t *text) accessDatabase(a *Access, d *AccessDatabase) {
	color := bold
	if len(d.Who) == 0 {
		color = green
	}
	t.para(0, part{}, accessHeadline(a, *d), color)
	where := d.Resource
	if d.File != "" {
		where += fmt.Sprintf(" at %s:%d", d.File, d.Line)
	}
	t.para(2, part{}, where, dim)
	for i := range d.Who {
		g := &d.Who[i]
		t.line("")
		mark, color := "●", red
		if !g.Sure {
			mark, color = "?", yellow
		}
		t.line("  " + t.paint(color, mark) + " " + t.paint(bold, g.Kind+" "+g.Name) + accessWords(*g))
		if len(g.Chain) > 0 {
			t.accessChain(a, g)
		}
		for _, act := range g.Acts {
			s := shortList(act.Actions, 6)
			if act.On != "" {
				s += " on " + act.On
			}
			t.para(6, part{s: "does"}, s, "")
		}
		if len(g.DependsOn) > 0 {
			t.para(6, part{s: "if  "}, "it hangs on "+strings.Join(g.DependsOn, ", "), "")
		}
		for _, by := range g.Allowing {
			s := by.Statement + " of " + by.Policy
			if by.File != "" {
				s += fmt.Sprintf(" (%s:%d)", by.File, by.Line)
			}
			t.para(6, part{s: "by  "}, s, "")
		}
	}
}

// accessRest says who cannot, and what to ask next.
func (t *text) accessRest(a *Access) {
	if len(a.Databases) == 1 && len(a.Databases[0].Cannot) > 0 {
		t.line("")
		t.para(2, part{}, "cannot: "+shortList(a.Databases[0].Cannot, 8), dim)
	}
	next := ""
	for i := range a.Databases {
		for j := range a.Databases[i].Who {
			switch g := &a.Databases[i].Who[j]; {
			case len(g.Chain) > 0 && !a.Question.Steps && next == "":
				next = "bailey who-can " + a.Question.Do + " " + a.Databases[i].Name + " --chain"
			case a.Question.MFA == "" && g.Sure && !g.NeedsMFA:
				next = "bailey who-can " + a.Question.Do + " " + a.Databases[i].Name + " --without-mfa"
			}
			if next != "" {
				t.line("")
				t.line("  next: " + t.paint(bold, printable(next)))
				return
			}
		}
	}
}

// accessWords are the conditions of a grant in a few words.
func accessWords(g AccessGrant) string {
	var words []string
	if !g.Sure {
		words = append(words, "may")
	}
	if g.NeedsMFA {
		words = append(words, "only with MFA")
	}
	if g.From != "" {
		words = append(words, "from "+g.From)
	}
	if g.Until != "" {
		words = append(words, "until "+g.Until)
	}
	if g.Outside {
		words = append(words, "outside this account")
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

func (t *text) accessChain(a *Access, g *AccessGrant) {
	if a.Question.Steps {
		for i, s := range g.Chain {
			t.para(6, part{s: fmt.Sprintf("%d.  ", i+1)}, fmt.Sprintf("%s becomes %s by %s", s.From, s.To, s.By), "")
		}
		return
	}
	path := g.Chain[0].From
	for _, s := range g.Chain {
		path += " → " + s.To
	}
	t.para(6, part{s: "as  "}, path, "")
}

func shortList(s []string, most int) string {
	if len(s) <= most {
		return strings.Join(s, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(s[:most-1], ", "), len(s)-most+1)
}
