package terraform

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Roots returns the folders that are roots of their own: those that no other folder among them calls as a local module.
// Of folders that only call each other the first is one, so that none is left unread.
func Roots(folders []string, read func(path string) ([]byte, error)) []string {
	return roots(folders, with{read})
}

// with lists folders on the machine and reads files as the caller does.
type with struct {
	read func(path string) ([]byte, error)
}

func (w with) ReadFile(name string) ([]byte, error)       { return w.read(name) }
func (w with) ReadDir(name string) ([]fs.DirEntry, error) { return machine{}.ReadDir(name) }

func roots(folders []string, files FS) []string {
	calls := map[string][]string{}
	called := map[string]bool{}
	var own []string
	for _, dir := range folders {
		if slices.Contains(strings.Split(clean(dir), "/"), ".terraform") {
			continue // what terraform init put there is read through the modules that call it
		}
		own = append(own, dir)
		for _, src := range localSources(dir, files) {
			if target := path.Join(clean(dir), src); target != clean(dir) {
				calls[clean(dir)] = append(calls[clean(dir)], target)
				called[target] = true
			}
		}
	}
	reached := map[string]bool{}
	var out []string
	take := func(dir string) {
		out = append(out, dir)
		for queue := []string{clean(dir)}; len(queue) > 0; queue = queue[1:] {
			if !reached[queue[0]] {
				reached[queue[0]] = true
				queue = append(queue, calls[queue[0]]...)
			}
		}
	}
	for _, dir := range own {
		if !called[clean(dir)] {
			take(dir)
		}
	}
	for _, dir := range own {
		if !reached[clean(dir)] {
			take(dir)
		}
	}
	return out
}

// localSource finds sources without parsing: folders that are broken, or many, are no reason to be slow here.
var localSource = regexp.MustCompile(`(?m)^[^#\n]*?"?\bsource"?\s*[=:]\s*"(\.{1,2}(?:/[^"$]*)?)"`)

func localSources(dir string, files FS) []string {
	entries, err := files.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() || !isConfig(e.Name()) {
			continue
		}
		data, err := files.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		for _, m := range localSource.FindAllSubmatch(data, -1) {
			out = append(out, string(m[1]))
		}
	}
	return out
}
