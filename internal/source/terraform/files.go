package terraform

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/baileydb/bailey/internal/estate"
)

// find places a name within the root folder or the folder of a module: what lies elsewhere is none of the
// configuration's. Terraform runs in the root folder, so names start from there.
func (s *session) find(name string) (dir, rest string, err error) {
	name = strings.ReplaceAll(name, "\\", "/")
	places := []string{path.Join(s.root, name), path.Clean(name)}
	if path.IsAbs(name) {
		places = places[1:]
	}
	for i, full := range places {
		for _, dir := range append([]string{s.root}, sortedKeys(s.folders)...) {
			rest, ok := below(dir, full)
			if !ok {
				continue
			}
			if i+1 < len(places) { // else a name that starts from where Bailey runs
				if _, err := s.readWithin(dir, rest); errors.Is(err, fs.ErrNotExist) {
					continue
				}
			}
			return dir, rest, nil
		}
	}
	if _, ok := below(s.root, places[0]); ok {
		return s.root, strings.TrimPrefix(strings.TrimPrefix(places[0], s.root), "/"), nil
	}
	return "", "", errors.New("it lies outside the configuration's folders")
}

// below names full from dir where it lies within.
func below(dir, full string) (string, bool) {
	if dir == "." {
		return full, full != ".." && !strings.HasPrefix(full, "../") && !path.IsAbs(full)
	}
	return strings.CutPrefix(full, strings.TrimSuffix(dir, "/")+"/")
}

func (s *session) readWithin(dir, name string) ([]byte, error) {
	if c, ok := s.fs.(confined); ok {
		return c.readWithin(dir, name)
	}
	return s.fs.ReadFile(path.Join(dir, name))
}

// fileText reads a file for an expression. It is part of a value, and bounded like one.
func (s *session) fileText(name string) ([]byte, error) {
	dir, rest, err := s.find(name)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	data, err := s.readWithin(dir, rest)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %s", name, cause(err))
	}
	s.spend(len(data) / 1024)
	return data, nil
}

// addFiles adds the functions that read files.
func (s *session) addFiles(f map[string]function.Function) {
	contents := func(turn func([]byte) (string, error)) function.Function {
		return text1(func(name string) (string, error) {
			data, err := s.fileText(name)
			if err != nil {
				return "", err
			}
			return turn(data)
		})
	}
	f["file"] = contents(func(b []byte) (string, error) {
		if len(b) > maxText || !utf8.Valid(b) {
			return "", errors.New("the file is longer than 1 MiB, or not text")
		}
		return string(b), nil
	})
	f["filebase64"] = contents(func(b []byte) (string, error) { return base64.StdEncoding.EncodeToString(b), nil })
	for name, sum := range hashes() {
		file := "file" + name
		f[file] = contents(func(b []byte) (string, error) { return sum(b), nil })
	}
	f["fileexists"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			_, err := s.fileText(args[0].AsString())
			return cty.BoolVal(err == nil), nil
		},
	})
	f["fileset"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)), RefineResult: filled,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			names, err := s.fileSet(args[0].AsString(), args[1].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			out := make([]cty.Value, len(names))
			for i := range names {
				out[i] = cty.StringVal(names[i])
			}
			return cty.SetVal(out), nil
		},
	})
}

// fileSet lists the files below a folder whose names fit a pattern with *, ? and **.
func (s *session) fileSet(dir, pattern string) ([]string, error) {
	full := path.Join(s.root, dir)
	if path.IsAbs(dir) {
		full = path.Clean(dir)
	}
	inside := full == s.root
	for _, folder := range append([]string{s.root}, sortedKeys(s.folders)...) {
		_, ok := below(folder, full)
		inside = inside || ok || folder == full
	}
	if !inside {
		return nil, fmt.Errorf("%s lies outside the configuration's folders", dir)
	}
	fits, err := regexp.Compile("^" + globPattern(pattern) + "$")
	if err != nil {
		return nil, fmt.Errorf("the pattern %s is not understood", pattern)
	}
	var out []string
	var list func(sub string, depth int)
	list = func(sub string, depth int) {
		entries, err := s.fs.ReadDir(path.Join(full, sub))
		if err != nil || depth > maxLevels {
			return
		}
		for _, e := range entries {
			name := path.Join(sub, e.Name())
			switch {
			case !s.spend(1):
			case e.IsDir():
				list(name, depth+1)
			case fits.MatchString(name):
				out = append(out, name)
			}
		}
	}
	list("", 0)
	sort.Strings(out)
	return out, nil
}

func globPattern(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch {
		case strings.HasPrefix(glob[i:], "**/"):
			b.WriteString("(?:.*/)?")
			i += 2
		case strings.HasPrefix(glob[i:], "**"):
			b.WriteString(".*")
			i++
		case glob[i] == '*':
			b.WriteString("[^/]*")
		case glob[i] == '?':
			b.WriteString("[^/]")
		case glob[i] == '{':
			b.WriteString("(?:")
		case glob[i] == '}':
			b.WriteString(")")
		case glob[i] == ',':
			b.WriteString("|")
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		}
	}
	return b.String()
}

// templateFile renders a file with the variables it is given and nothing else.
func (sc scope) templateFile(e *hclsyntax.FunctionCallExpr, at estate.Origin) estate.Value {
	s := sc.m.s
	if len(e.Args) != 2 {
		return s.wrong(at, "templatefile takes a file and its variables; correct it")
	}
	name, vars := sc.convert(e.Args[0]), sc.convert(e.Args[1])
	file, ok := name.Scalar()
	if !ok {
		return because(at, name)
	}
	if vars.Kind != estate.KindMap {
		return because(at, vars)
	}
	data, err := s.fileText(file)
	if err != nil {
		return s.wrong(at, "templatefile: %s", err)
	}
	if p, bad := unreadable(file, data, maxText); bad {
		return s.wrong(at, "templatefile: %s %s", file, p.Message)
	}
	var expr hclsyntax.Expression
	p, bad := guarded(file, func() {
		var diags hcl.Diagnostics
		if expr, diags = hclsyntax.ParseTemplate(data, file, hcl.InitialPos); diags.HasErrors() {
			s.wrong(at, "templatefile: %s", problemOf(file, diags[0]).Error())
			expr = nil
		}
	})
	if bad || expr == nil {
		return s.wrong(at, "templatefile: %s cannot be parsed; correct it %s", file, p.Message)
	}
	inner := scope{m: sc.m, closed: true}
	for _, f := range vars.Fields {
		inner = inner.with(f.Name, inherit(f.Value, vars))
	}
	return placed(inner.convert(expr), at)
}
