package terraform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

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

// confined is implemented by file systems with links: it reads a file that must lie below a folder once links are
// followed. The functions of expressions read through it, so that a configuration cannot show what lies elsewhere.
type confined interface {
	readWithin(dir, name string) ([]byte, error)
}

var _ confined = machine{}

type machine struct{}

func (machine) ReadFile(name string) ([]byte, error) {
	name = filepath.FromSlash(name)
	info, err := os.Stat(name)
	if err == nil {
		err = readable(info)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

func (machine) ReadDir(name string) ([]fs.DirEntry, error) {
	return os.ReadDir(filepath.FromSlash(name))
}

func (machine) readWithin(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(filepath.FromSlash(dir))
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // nothing was written
	name = filepath.FromSlash(name)
	info, err := root.Stat(name)
	if err == nil {
		err = readable(info)
	}
	if err != nil {
		return nil, err
	}
	return root.ReadFile(name)
}

// readable refuses what is not a file of bounded size: a pipe would make us wait, a device never end.
func readable(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return errors.New("is not a regular file")
	}
	if info.Size() > maxFile {
		return tooLong(info.Size(), maxFile)
	}
	return nil
}

func tooLong(size, limit int64) error {
	return fmt.Errorf("is %d MiB long; Bailey reads up to %d MiB", size>>20, limit>>20)
}

// ReadFolder reads a root folder. Whatever cannot be read is a problem of the reading.
func ReadFolder(dir string, opts Options) estate.Reading {
	dir = clean(dir)
	s := newSession(dir, opts)
	s.loadManifest()
	blocks, err := s.readDir(dir)
	if err != nil {
		s.problem(estate.Problem{Origin: estate.Origin{File: dir}, Message: "the folder cannot be read: " + err.Error(), Fatal: true})
		return estate.Reading{Problems: s.problems}
	}
	root := newModule(s, dir, blocks)
	s.giveVariables(root, opts)
	root.walk()
	return estate.Reading{Declarations: s.decls, Problems: s.problems}
}

func clean(name string) string { return path.Clean(strings.ReplaceAll(name, "\\", "/")) }

func isConfig(name string) bool {
	return strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json")
}

// loadManifest reads where terraform init put the modules.
func (s *session) loadManifest() {
	data, err := s.fs.ReadFile(path.Join(s.root, ".terraform/modules/modules.json"))
	if err != nil {
		return
	}
	var m struct{ Modules []struct{ Key, Dir string } }
	if json.Unmarshal(data, &m) != nil {
		return // as good as not initialized; the modules that are missing are told one by one
	}
	for _, x := range m.Modules {
		if x.Key != "" {
			s.manifest[x.Key] = clean(x.Dir)
		}
	}
}
