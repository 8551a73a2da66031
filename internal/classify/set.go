package classify

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/strict"
)

//go:embed detectors/*.yaml
var embedded embed.FS

// Set is a compiled table of detectors. It does not change after Load and may be shared.
type Set struct {
	levels    []string
	detectors []*Detector
	byName    map[string]int
	whole     *gate // answers with 2*i for Value and 2*i+1 for Named of detector i
	inside    *gate // answers with i
}

// Load compiles the embedded detectors and those in the *.yaml files of the folders given. Errors name file, line and
// remedy, and are joined.
func Load(dirs ...string) (*Set, error) { return LoadWithLevels(DefaultLevels, dirs...) }

// LoadWithLevels is Load for a policy with levels of its own, from least to most sensitive. The embedded detectors use
// the default levels; where the policy lacks one, its place among the default levels, counted from the most sensitive
// one, decides which one stands in.
func LoadWithLevels(levels []string, dirs ...string) (*Set, error) {
	if len(levels) == 0 {
		return nil, errors.New("classify: no levels are given; name at least one")
	}
	s := &Set{levels: slices.Clone(levels), byName: map[string]int{}}
	var errs []error
	files, err := fs.Glob(embedded, "detectors/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		data, err := embedded.ReadFile(name)
		if err != nil {
			return nil, err
		}
		errs = append(errs, s.add(name, data, true))
	}
	for _, dir := range dirs {
		errs = append(errs, s.addFolder(dir))
	}
	for _, d := range s.detectors {
		for _, sib := range d.Siblings {
			if _, ok := s.byName[sib]; !ok {
				errs = append(errs, d.fail("sibling %q is no detector%s", sib, strict.Suggest(sib, s.Names())))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := s.compile(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) addFolder(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return fmt.Errorf("detectors in %s: %w", dir, err)
	}
	if len(files) == 0 {
		return fmt.Errorf("detectors in %s: the folder holds no *.yaml file; name the folder of your detectors, or leave it out", dir)
	}
	var errs []error
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, s.add(f, data, false))
	}
	return errors.Join(errs...)
}

// add reads one file; own says that it is one of ours, whose levels are the default ones.
func (s *Set) add(file string, data []byte, own bool) error {
	var f detectorFile
	root, err := strict.Decode(file, data, &f)
	if err != nil {
		return err
	}
	if f.Category == "" {
		f.Category = strings.TrimSuffix(path.Base(filepath.ToSlash(file)), ".yaml")
	}
	if len(f.Detectors) == 0 {
		return &strict.Error{File: file, Message: "holds no detectors; list them under the key detectors"}
	}
	lines := linesOf(root)
	var errs []error
	for i := range f.Detectors {
		d := &f.Detectors[i]
		d.category, d.file = f.Category, file
		if i < len(lines) {
			d.line = lines[i]
		}
		if own {
			d.Level = s.standIn(d.Level)
		}
		if err := d.prepare(s.levels); err != nil {
			errs = append(errs, err)
		}
		if at, ok := s.byName[d.Name]; ok {
			errs = append(errs, d.fail("the name is taken by %s:%d; choose another", s.detectors[at].file, s.detectors[at].line))
			continue
		}
		s.byName[d.Name] = len(s.detectors)
		s.detectors = append(s.detectors, d)
	}
	return errors.Join(errs...)
}

// standIn finds the policy's level for one of the default levels.
func (s *Set) standIn(level string) string {
	if slices.Contains(s.levels, level) {
		return level
	}
	at := slices.Index(DefaultLevels, level)
	if at < 0 {
		return level
	}
	fromTop := len(DefaultLevels) - 1 - at
	return s.levels[max(0, len(s.levels)-1-fromTop)]
}

func linesOf(root *yaml.Node) []int {
	var out []int
	if root == nil {
		return nil
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "detectors" {
			for _, n := range root.Content[i+1].Content {
				out = append(out, n.Line)
			}
		}
	}
	return out
}

func (d *Detector) fail(format string, args ...any) error {
	return &strict.Error{File: d.file, Line: d.line, Message: fmt.Sprintf("detector %q: ", d.Name) + fmt.Sprintf(format, args...)}
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// prepare checks one detector and makes its words ready.
func (d *Detector) prepare(levels []string) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, d.fail(format, args...)) }
	if !nameForm.MatchString(d.Name) {
		fail("a name is lower case letters, digits and underscores")
	}
	if d.Title == "" {
		fail("title is missing; say in a few words what this is")
	}
	if !slices.Contains(levels, d.Level) {
		fail("level %q is not one of the policy's%s", d.Level, strict.Suggest(d.Level, levels))
	}
	if !d.Value.set() && !d.Named.set() && !d.Inside.set() && len(d.Values) == 0 {
		fail("gives no pattern; write one under value, named or inside, or list values")
	}
	if !d.Value.set() && !d.Inside.set() && len(d.Names)+len(d.Hints)+len(d.Pair) == 0 {
		fail("counts only in columns named so, and gives no names")
	}
	if len(d.Values) > 0 && d.Named.set() {
		fail("gives both values and a pattern under named; keep one")
	}
	if len(d.Pair) != 0 && len(d.Pair) != 2 {
		fail("pair holds %d lists; write two, one for each half", len(d.Pair))
	}
	if d.Inside.Pattern == "value" {
		d.Inside.Pattern, d.Inside.Check = d.Value.Pattern, d.Value.Check
	}
	for _, f := range []struct {
		key  string
		form *Form
	}{{"value", &d.Value}, {"named", &d.Named}, {"inside", &d.Inside}} {
		if f.form.Check != "" && f.form.check == nil {
			if f.form.check = checks[f.form.Check]; f.form.check == nil {
				fail("%s.check %q is not known%s", f.key, f.form.Check, strict.Suggest(f.form.Check, checkNames()))
			}
		}
		if f.form.Rate < 0 || f.form.Rate > 1 || f.form.Share < 0 || f.form.Share > 1 {
			fail("%s.rate and %s.share are shares between 0 and 1", f.key, f.key)
		}
		if f.form.set() {
			if _, err := compile(f.form.Pattern); err != nil {
				fail("%s.pattern %v", f.key, err)
			}
		}
	}
	d.names, d.hints, d.except = terms(d.Names), terms(d.Hints), terms(d.Except)
	d.tables = terms(d.Tables)
	for i := range min(2, len(d.Pair)) {
		d.pair[i] = terms(d.Pair[i])
		d.names = append(d.names, d.pair[i]...)
	}
	if len(d.Values) > 0 {
		d.values = nameList{}
		for _, v := range d.Values {
			d.values[foldHash([]byte(v))] = struct{}{}
		}
	}
	d.keywords = terms(d.Keywords)
	return errors.Join(errs...)
}

func terms(in []string) []term {
	var out []term
	for _, s := range in {
		if p := tokens(s); len(p) > 0 {
			out = append(out, newTerm(p))
		}
	}
	return out
}

func checkNames() []string {
	out := make([]string, 0, len(checks))
	for name := range checks {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (s *Set) compile() error {
	var whole, inside []*syntax.Prog
	var wholeOf, insideOf []uint16
	for i, d := range s.detectors {
		add := func(to *[]*syntax.Prog, of *[]uint16, pattern string, answer int) error {
			if pattern == "" {
				return nil
			}
			prog, err := compile(pattern)
			if err != nil {
				return d.fail("pattern %v", err)
			}
			*to, *of = append(*to, prog), append(*of, uint16(answer)) //nolint:gosec // there are a few hundred detectors
			return nil
		}
		if err := errors.Join(add(&whole, &wholeOf, d.Value.Pattern, 2*i), add(&whole, &wholeOf, d.Named.Pattern, 2*i+1),
			add(&inside, &insideOf, d.Inside.Pattern, i)); err != nil {
			return err
		}
	}
	s.whole, s.inside = newGate(whole, wholeOf), newGate(inside, insideOf)
	return nil
}

// Levels returns the order of levels the set was loaded with.
func (s *Set) Levels() []string { return s.levels }

// Names returns the detectors' names in the order of their files.
func (s *Set) Names() []string {
	out := make([]string, len(s.detectors))
	for i, d := range s.detectors {
		out[i] = d.Name
	}
	return out
}

// Detectors returns a copy of the table, for listings and documentation.
func (s *Set) Detectors() []Detector {
	out := make([]Detector, len(s.detectors))
	for i, d := range s.detectors {
		out[i] = *d
	}
	return out
}

// Category is the category of a detector of a loaded set: its file's.
func (d *Detector) Category() string { return d.category }
