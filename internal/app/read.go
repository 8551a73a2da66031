package app

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/parallel"
	"github.com/baileydb/bailey/internal/source/cloudformation"
	"github.com/baileydb/bailey/internal/source/snapshot"
	"github.com/baileydb/bailey/internal/source/terraform"
)

// inputs is what a command line names, read.
type inputs struct {
	readings []estate.Reading
	skipped  []finding.Skip
	files    int
}

// reader finds and reads templates, Terraform roots and snapshots.
type reader struct {
	parameters     map[string]string
	parameterFiles []string
	varFiles       []string
	progress       func(done, all int)
}

// maxFile bounds what is read into memory of one file.
const maxFile = 64 << 20

// unit is one thing to read: a template, a plan, a snapshot or a Terraform root folder.
type unit struct {
	path   string
	folder bool
	named  bool   // on the command line, so that it must be something Bailey reads
	closed string // why it cannot be read, where walking the folders already showed it
}

// read reads everything below the paths. What cannot be read is a fatal problem of the result, never an error that
// hides the rest.
func (r *reader) read(paths []string) (*inputs, error) {
	in := &inputs{}
	if err := r.loadParameterFiles(); err != nil {
		return nil, err
	}
	var units []unit
	for _, p := range paths {
		found, err := r.find(p, in)
		if err != nil {
			return nil, err
		}
		units = append(units, found...)
	}
	readings := make([]*result, len(units))
	parallel.Each(len(units), func(i int) { readings[i] = r.one(units[i]) }, r.progress)
	nested := nestedFiles(readings)
	for i, res := range readings {
		if res.skip != "" {
			in.skipped = append(in.skipped, finding.Skip{Path: units[i].path, Reason: res.skip})
			continue
		}
		if !units[i].named && nested[units[i].path] {
			in.skipped = append(in.skipped, finding.Skip{Path: units[i].path, Reason: "read as a nested stack of another template"})
			continue
		}
		in.files += filesIn(units[i], res)
		in.readings = append(in.readings, res.reading)
	}
	return in, nil
}

type result struct {
	reading  estate.Reading
	skip     string
	template bool // CloudFormation
}

func (r *reader) loadParameterFiles() error {
	for _, p := range r.parameterFiles {
		if strings.HasSuffix(p, ".tfvars") || strings.HasSuffix(p, ".tfvars.json") {
			r.varFiles = append(r.varFiles, p)
			continue
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return badUse("", "%s", plain(err))
		}
		values, err := cloudformation.ReadParameterFile(p, data)
		if err != nil {
			return badUse("", "%s", err)
		}
		for k, v := range values {
			if _, given := r.parameters[k]; !given {
				r.parameters[k] = v
			}
		}
	}
	return nil
}

// find lists what is to be read below a path.
func (r *reader) find(path string, in *inputs) ([]unit, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	if !info.IsDir() {
		return []unit{{path: filepath.ToSlash(path), named: true}}, nil
	}
	var out []unit
	var folders []string
	root := path
	if link, err := os.Lstat(path); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		root += string(filepath.Separator) // a link is walked only by what it leads to
	}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			out = append(out, unit{path: filepath.ToSlash(p), closed: plain(err)})
			return nil
		}
		name := d.Name()
		switch {
		case d.IsDir() && p != root && leftOut(name):
			in.skipped = append(in.skipped, finding.Skip{Path: filepath.ToSlash(p), Reason: "holds what tools put there, not what you write"})
			return fs.SkipDir
		case d.IsDir():
		case leadsToFolder(p, d):
			in.skipped = append(in.skipped, finding.Skip{Path: filepath.ToSlash(p), Reason: "is a link to a folder; name it to have it read"})
		case strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json"):
			if dir := filepath.ToSlash(filepath.Dir(p)); !slices.Contains(folders, dir) {
				folders = append(folders, dir)
			}
		case candidate(name):
			out = append(out, unit{path: filepath.ToSlash(p)})
		}
		return nil
	})
	if err != nil {
		return nil, badUse("", "%s: %s", path, plain(err))
	}
	for _, dir := range terraform.Roots(folders, readFolderFile) {
		out = append(out, unit{path: dir, folder: true})
	}
	return out, nil
}

// leadsToFolder reports whether an entry is a link to a folder. Links are not followed: they may lead in a circle.
func leadsToFolder(p string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := os.Stat(p)
	return err == nil && info.IsDir()
}

func leftOut(name string) bool {
	return name == "node_modules" || name == "__pycache__" || strings.HasPrefix(name, ".") && name != "." && name != ".."
}

func candidate(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json", ".template":
		return true
	}
	return false
}

// one reads one unit and tells what it is by its content.
func (r *reader) one(u unit) *result {
	switch {
	case u.closed != "":
		return &result{reading: fatal(u.path, u.closed)}
	case u.folder:
		return &result{reading: terraform.ReadFolder(u.path, r.terraformOptions())}
	}
	data, err := readFile(u.path)
	if err != nil {
		return &result{reading: fatal(u.path, plain(err))}
	}
	switch {
	case snapshot.Is(data):
		reading, err := snapshot.Read(u.path, data)
		if err != nil {
			return &result{reading: fatal(u.path, err.Error())}
		}
		return &result{reading: reading}
	case strings.HasSuffix(u.path, ".tf"):
		return &result{reading: terraform.ReadFolder(filepath.ToSlash(filepath.Dir(u.path)), r.terraformOptions())}
	case terraform.IsPlan(data):
		return &result{reading: terraform.ReadPlan(u.path, data, r.terraformOptions())}
	case u.named || cloudformation.Sniff(u.path, data):
		return &result{
			template: true,
			reading:  cloudformation.Read(u.path, data, cloudformation.Options{Parameters: r.parameters, ReadFile: readFile}),
		}
	default:
		return &result{skip: "is not a CloudFormation template, a Terraform plan or a saved estate"}
	}
}

func (r *reader) terraformOptions() terraform.Options {
	return terraform.Options{Variables: r.parameters, VarFiles: r.varFiles}
}

// filesIn counts the files a unit was read from: a Terraform root is many.
func filesIn(u unit, res *result) int {
	if !u.folder {
		return 1
	}
	files := map[string]bool{}
	for i := range res.reading.Declarations {
		files[res.reading.Declarations[i].Origin.File] = true
	}
	return max(1, len(files))
}

// nestedFiles are the files that some template read as its nested stack.
func nestedFiles(results []*result) map[string]bool {
	out := map[string]bool{}
	for _, res := range results {
		if res.template {
			maps.Copy(out, cloudformation.Covers(res.reading))
		}
	}
	return out
}

func fatal(path, message string) estate.Reading {
	message = strings.TrimPrefix(message, path+": ")
	return estate.Reading{Problems: []estate.Problem{{Origin: estate.Origin{File: path}, Message: message, Fatal: true}}}
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(filepath.FromSlash(path))
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("is %d MiB; Bailey reads files up to %d MiB", info.Size()>>20, maxFile>>20)
	}
	return os.ReadFile(filepath.FromSlash(path))
}

func readFolderFile(path string) ([]byte, error) { return readFile(path) }

// plain takes the system call's name out of a file error: "open x: no such file" becomes "x: no such file".
func plain(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Path + ": " + pe.Err.Error()
	}
	return err.Error()
}
