package sigma

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/strict"
)

// Skipped is a rule that was left out, and why.
type Skipped struct {
	File   string
	Line   int
	Title  string
	Reason string
}

func (s Skipped) String() string {
	return fmt.Sprintf("%s:%d: %s: skipped: %s", s.File, s.Line, s.Title, s.Reason)
}

// unfit is why a rule that is well written is skipped.
type unfit struct{ reason string }

func (u *unfit) Error() string { return u.reason }

func skip(format string, args ...any) error { return &unfit{reason: fmt.Sprintf(format, args...)} }

// loader holds what was read so far.
type loader struct {
	rules        []*rule
	correlations []*correlation
	skipped      []Skipped
	errs         []error
}

// Load reads every .yml and .yaml file below the folder; label stands before the names of files, in errors and in
// detections. The error joins what is wrong in files, each with file, line and cause; what is right is loaded all the same.
// Detections are in order of their identifiers, which are sigma/ and the file's path.
func Load(fsys fs.FS, label string) ([]*rules.Detection, []Skipped, error) {
	l := &loader{}
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			l.errs = append(l.errs, err)
			return nil
		}
		l.file(label+name, name, data)
		return nil
	})
	out := l.detections()
	slices.SortFunc(out, func(a, b *rules.Detection) int { return strings.Compare(a.ID, b.ID) })
	slices.SortStableFunc(l.skipped, func(a, b Skipped) int { return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return out, l.skipped, errors.Join(append(l.errs, err)...)
}

// file reads the documents of one file. path is its name without the label.
func (l *loader) file(file, path string, data []byte) {
	roots, err := strict.Documents(file, data)
	if err != nil {
		l.errs = append(l.errs, err)
	}
	if len(roots) == 0 && err == nil {
		l.errs = append(l.errs, &strict.Error{File: file, Line: 1, Message: "is empty; a Sigma rule has a title, a logsource and a detection"})
	}
	path = strings.TrimSuffix(strings.TrimSuffix(path, ".yml"), ".yaml")
	for i, root := range roots {
		h, err := readHead(file, root)
		if err == nil {
			h.path = path
			if len(roots) > 1 {
				h.path += "/" + cmp.Or(strings.ReplaceAll(h.name, " ", "-"), strconv.Itoa(i+1))
			}
			err = l.document(h)
		}
		l.note(h, err)
	}
}

// document reads one document, of whichever kind it is.
func (l *loader) document(h *head) error {
	switch {
	case h.keys["action"] != nil:
		return skip("it is part of a collection (action: %s), a form that Sigma has given up", h.keys["action"].Value)
	case h.keys["filter"] != nil:
		return skip("it is a filter of other rules; they are loaded without it")
	case h.keys["correlation"] != nil:
		c, err := readCorrelation(h)
		if c != nil {
			c.err = err
			l.correlations = append(l.correlations, c)
			return nil
		}
		return err
	}
	r := &rule{head: h}
	if err := r.read(); err != nil {
		r.err = err
	}
	l.rules = append(l.rules, r)
	return nil
}

// note puts an error where it belongs.
func (l *loader) note(h *head, err error) {
	var u *unfit
	switch {
	case err == nil:
	case errors.As(err, &u):
		l.skipped = append(l.skipped, Skipped{File: h.file, Line: h.line, Title: h.title, Reason: u.reason})
	default:
		l.errs = append(l.errs, err)
	}
}

// detections are those of correlations, and of the rules that stand for themselves: one that a correlation counts does only
// where generate says so.
func (l *loader) detections() []*rules.Detection {
	var out []*rules.Detection
	add := func(h *head, d *rules.Detection, err error) bool {
		if err == nil {
			if slices.ContainsFunc(out, func(x *rules.Detection) bool { return x.ID == d.ID }) {
				err = fail(h, h.root, "is the second rule with the name %s", d.ID)
			} else if e := d.Made(h.file, h.line); e != nil {
				err = skip("its translation does not compile: %s", e)
			}
		}
		l.note(h, err)
		if err == nil {
			out = append(out, d)
		}
		return err == nil
	}
	part := map[*rule]string{}
	for _, c := range l.correlations {
		parts, err := c.resolve(l)
		var d *rules.Detection
		if err == nil {
			d, err = c.detection(parts)
		}
		ok := add(c.head, d, err)
		for _, r := range parts {
			if c.generate {
				continue
			}
			if ok {
				part[r] = "-"
			} else if part[r] == "" {
				part[r] = c.title
			}
		}
	}
	for _, r := range l.rules {
		switch of := part[r]; {
		case r.err != nil:
			l.note(r.head, r.err)
		case of == "":
			d, err := r.detection()
			add(r.head, d, err)
		case of != "-":
			l.note(r.head, skip("it is only a part of the correlation %q, which is left out", of))
		}
	}
	return out
}

// head is what every kind of document has.
type head struct {
	file, path  string
	root        *yaml.Node
	line        int
	keys        map[string]*yaml.Node
	title, name string
	id          string
}

func fail(h *head, n *yaml.Node, format string, args ...any) error {
	return &strict.Error{File: h.file, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)}
}

// readHead always returns a head, so that an error can be told.
func readHead(file string, root *yaml.Node) (*head, error) {
	h := &head{file: file, root: root, line: root.Line, keys: map[string]*yaml.Node{}}
	if root.Kind != yaml.MappingNode {
		return h, fail(h, root, "is no Sigma rule: want a map with title, logsource and detection")
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		h.keys[root.Content[i].Value] = root.Content[i+1]
	}
	h.title, h.name, h.id = h.text("title"), h.text("name"), h.text("id")
	if h.title == "" && h.keys["action"] == nil {
		return h, fail(h, root, "title is missing")
	}
	return h, nil
}

// text is a text of the document, empty where there is none.
func (h *head) text(key string) string {
	if n := h.keys[key]; n != nil && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return strings.TrimSpace(n.Value)
	}
	return ""
}

// list is a text, or several.
func (h *head) list(key string) []string {
	n := h.keys[key]
	switch {
	case n == nil || n.Kind == yaml.MappingNode:
		return nil
	case n.Kind == yaml.ScalarNode:
		return strings.Fields(h.text(key))
	}
	var out []string
	for _, x := range n.Content {
		if x.Kind == yaml.ScalarNode && x.Value != "" {
			out = append(out, x.Value)
		}
	}
	return out
}

var levels = map[string]string{"informational": "low", "low": "low", "medium": "medium", "high": "high", "critical": "high", "": "medium"}

// draft is a detection without what it looks for.
func (h *head) draft() (*rules.Detection, error) {
	level := h.text("level")
	severity, ok := levels[level]
	if !ok {
		return nil, fail(h, h.keys["level"], "level %q is none of Sigma's%s", level, strict.Suggest(level, []string{"informational", "low", "medium", "high", "critical"}))
	}
	if status := h.text("status"); status == "deprecated" || status == "unsupported" {
		return nil, skip("its author says that it is %s", status)
	}
	return &rules.Detection{
		ID: "sigma/" + h.path, Title: h.title, Why: cmp.Or(h.text("description"), h.title), Type: "Sigma:" + h.path,
		Severity: map[string]string{"any": severity}, Respond: h.respond(),
	}, nil
}

// respond is what the rule's author says of false alarms and where to read on.
func (h *head) respond() string {
	from := "From the rule's author"
	if a := h.text("author"); a != "" {
		from += " (" + a + ")"
	}
	var said []string
	if n := h.keys["falsepositives"]; n != nil {
		list := h.list("falsepositives")
		if n.Kind == yaml.ScalarNode {
			list = []string{h.text("falsepositives")}
		}
		if text := strings.Join(list, "; "); text != "" {
			said = append(said, "false alarms: "+text)
		}
	}
	if list := h.list("references"); len(list) > 0 {
		said = append(said, "read: "+strings.Join(list, ", "))
	}
	if len(said) == 0 {
		return from + ": nothing is said of what to do. Ask the principal whether it was them and why."
	}
	return from + ": " + strings.Join(said, ". ") + "."
}
