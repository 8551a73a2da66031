package terraform

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/baileydb/bailey/internal/estate"
)

// Options are what a reading depends on beside the files.
type Options struct {
	// Variables are values of the root's variables by name, as on Terraform's command line.
	Variables map[string]string
	// VarFiles are .tfvars files, later ones winning.
	VarFiles []string
	// FS is what files are read from; nil means the machine's.
	FS FS
}

// FS reads files and folders; paths have slashes.
type FS interface {
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
}

type machine struct{}

func (machine) ReadFile(name string) ([]byte, error) { return os.ReadFile(filepath.FromSlash(name)) }

func (machine) ReadDir(name string) ([]fs.DirEntry, error) {
	return os.ReadDir(filepath.FromSlash(name))
}

func newSession(root string, opts Options) *session {
	if opts.FS == nil {
		opts.FS = machine{}
	}
	return &session{opts: opts, root: root, told: map[estate.Problem]bool{}, manifest: map[string]string{}}
}

// ReadFolder reads a root folder. Whatever cannot be read is a problem of the reading.
func ReadFolder(dir string, opts Options) estate.Reading {
	dir = path.Clean(strings.ReplaceAll(dir, "\\", "/"))
	s := newSession(dir, opts)
	s.loadManifest()
	blocks := s.readDir(dir)
	root := newModule(s, dir, "", 0, blocks)
	s.giveVariables(root)
	root.walkAll()
	return estate.Reading{Declarations: s.decls, Problems: s.problems}
}

// Roots returns the folders that are roots of their own: those that no other folder among them calls as a local module.
func Roots(folders []string, read func(path string) ([]byte, error)) []string {
	called := map[string]bool{}
	for _, dir := range folders {
		for _, src := range localSources(dir, read) {
			if target := path.Join(dir, src); target != path.Clean(dir) {
				called[target] = true
			}
		}
	}
	var out []string
	for _, dir := range folders {
		if !called[path.Clean(dir)] {
			out = append(out, dir)
		}
	}
	if len(out) == 0 { // folders that only call each other: read all and let the circle be told
		return folders
	}
	return out
}

var localSource = regexp.MustCompile(`(?m)"?source"?\s*[=:]\s*"(\.{1,2}/[^"$]*)"`)

func localSources(dir string, read func(path string) ([]byte, error)) []string {
	entries, err := os.ReadDir(filepath.FromSlash(dir))
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() || !isConfig(e.Name()) {
			continue
		}
		data, err := read(path.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		for _, m := range localSource.FindAllSubmatch(data, -1) {
			out = append(out, string(m[1]))
		}
	}
	return out
}

func isConfig(name string) bool {
	return strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json")
}

// readDir parses the configuration files of a folder, override files last.
func (s *session) readDir(dir string) []*block {
	entries, err := s.opts.FS.ReadDir(dir)
	if err != nil {
		s.problem(estate.Problem{Origin: estate.Origin{File: dir}, Message: "the folder cannot be read: " + cause(err), Fatal: true})
		return nil
	}
	var plain, overrides []*block
	for _, e := range entries {
		if e.IsDir() || !isConfig(e.Name()) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := path.Join(dir, e.Name())
		data, err := s.opts.FS.ReadFile(name)
		if err != nil {
			s.problem(estate.Problem{Origin: estate.Origin{File: name}, Message: "cannot be read: " + cause(err), Fatal: true})
			continue
		}
		blocks, problems := parseFile(name, data)
		for _, p := range problems {
			s.problem(p)
		}
		if isOverride(e.Name()) {
			overrides = append(overrides, blocks...)
		} else {
			plain = append(plain, blocks...)
		}
	}
	for _, o := range overrides {
		plain = override(plain, o)
	}
	return plain
}

func cause(err error) string {
	var pe *fs.PathError
	if ok := asPathError(err, &pe); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

func asPathError(err error, target **fs.PathError) bool {
	pe, ok := err.(*fs.PathError) //nolint:errorlint // the machine's own error is what is asked for
	if ok {
		*target = pe
	}
	return ok
}

// override merges an override file's block into the one it is for: arguments replace, nested blocks of a type replace all
// of that type.
func override(blocks []*block, o *block) []*block {
	for i, b := range blocks {
		if b.typ != o.typ || !slices.Equal(b.labels, o.labels) {
			continue
		}
		merged := *b
		merged.attrs = slices.Clone(b.attrs)
		for _, a := range o.attrs {
			if at := slices.IndexFunc(merged.attrs, func(x attribute) bool { return x.name == a.name }); at >= 0 {
				merged.attrs[at] = a
			} else {
				merged.attrs = append(merged.attrs, a)
			}
		}
		replaced := map[string]bool{}
		for _, sub := range o.blocks {
			replaced[sub.typ] = true
		}
		merged.blocks = slices.DeleteFunc(slices.Clone(b.blocks), func(x *block) bool { return replaced[x.typ] })
		merged.blocks = append(merged.blocks, o.blocks...)
		blocks[i] = &merged
		return blocks
	}
	return append(blocks, o)
}

// loadManifest reads where terraform init put the modules.
func (s *session) loadManifest() {
	data, err := s.opts.FS.ReadFile(path.Join(s.root, ".terraform/modules/modules.json"))
	if err != nil {
		return
	}
	var m struct{ Modules []struct{ Key, Dir string } }
	if json.Unmarshal(data, &m) != nil {
		return
	}
	for _, x := range m.Modules {
		if x.Key != "" {
			s.manifest[x.Key] = x.Dir
		}
	}
}

// giveVariables gives the root its variables: terraform.tfvars, *.auto.tfvars, then the files and values of the options.
func (s *session) giveVariables(root *module) {
	files := []string{path.Join(s.root, "terraform.tfvars"), path.Join(s.root, "terraform.tfvars.json")}
	if entries, err := s.opts.FS.ReadDir(s.root); err == nil {
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".auto.tfvars") || strings.HasSuffix(e.Name(), ".auto.tfvars.json") {
				files = append(files, path.Join(s.root, e.Name()))
			}
		}
	}
	for i, f := range append(files, s.opts.VarFiles...) {
		data, err := s.opts.FS.ReadFile(f)
		if err != nil {
			if i >= len(files) {
				s.problem(estate.Problem{Origin: estate.Origin{File: f}, Message: "cannot be read: " + cause(err), Fatal: true})
			}
			continue
		}
		s.giveFile(root, f, data)
	}
	for _, name := range sortedKeys(s.opts.Variables) {
		root.given[name] = given{value: cty.StringVal(s.opts.Variables[name]), text: true}
	}
}

func (s *session) giveFile(root *module, name string, data []byte) {
	if p, bad := unreadable(name, data); bad {
		s.problem(p)
		return
	}
	var attrs []attribute
	if strings.HasSuffix(name, ".json") {
		blocks, problems := parseJSON(name, data)
		for _, p := range problems {
			s.problem(p)
		}
		for _, b := range blocks {
			attrs = append(attrs, b.attrs...)
		}
		attrs = append(attrs, jsonVariables(name, data)...)
	} else {
		f, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				s.problem(problemOf(name, d))
			}
		}
		if f == nil {
			return
		}
		if body, ok := f.Body.(*hclsyntax.Body); ok {
			attrs = fromSyntax(body, nil).attrs
		}
	}
	for _, a := range attrs {
		root.given[a.name] = given{sc: root.scope(), expr: a}
	}
}

// jsonVariables reads the members of a .tfvars.json.
func jsonVariables(name string, data []byte) []attribute {
	root, err := newJSONReader(name, data).whole()
	if err != nil {
		return nil
	}
	members, _ := root.value.([]member)
	var out []attribute
	for _, m := range members {
		out = append(out, attribute{m.name, jsonExpr(m.node), originOf(m.at)})
	}
	return out
}

func parseExpr(text string) (hclsyntax.Expression, bool) {
	e, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	return e, !diags.HasErrors()
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
