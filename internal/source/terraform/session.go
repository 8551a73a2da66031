package terraform

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/zclconf/go-cty/cty/function"

	"github.com/baileydb/bailey/internal/estate"
)

// What one reading may do. People write configurations by hand; what goes beyond these is a mistake or an attack.
const (
	maxFile      = 16 << 20 // bytes of one file
	maxText      = 1 << 20  // bytes of one value
	maxNesting   = 250      // brackets within brackets
	maxDepth     = 500      // expressions within expressions, through all locals and modules
	maxWork      = 2 << 20  // expressions followed and parts of values used
	maxValue     = 100_000  // parts of one local, variable or output
	maxInstances = 1000     // of one count or for_each
	maxModules   = 2000     // module instances
	maxLevels    = 24       // modules within modules
	maxProblems  = 1000
)

// session is one reading of one root folder or plan.
type session struct {
	fs       FS
	root     string
	problems []estate.Problem
	told     map[estate.Problem]bool
	decls    []estate.Declaration

	functions map[string]function.Function
	manifest  map[string]string    // module address to folder, from .terraform/modules
	folders   map[string][]*block  // parsed, by folder
	instances map[string]*instance // by address
	modules   int

	depth  int
	work   int
	trying int            // above zero, what is wrong is tried and not told
	failed int            // how often something was wrong, told or not
	last   estate.Problem // what was wrong last
}

func newSession(root string, opts Options) *session {
	if opts.FS == nil {
		opts.FS = machine{}
	}
	s := &session{
		fs: opts.FS, root: root, told: map[estate.Problem]bool{}, manifest: map[string]string{},
		folders: map[string][]*block{}, instances: map[string]*instance{},
	}
	s.functions = pure()
	s.addFiles(s.functions)
	return s
}

func (s *session) problem(p estate.Problem) {
	if !s.told[p] && len(s.problems) < maxProblems {
		s.told[p] = true
		s.problems = append(s.problems, p)
	}
}

// mend starts the reason of a value whose expression is wrong.
const mend = "mend the expression: "

// wrong tells of an expression that cannot be evaluated, unless a try is asking. The value is unknown.
func (s *session) wrong(at estate.Origin, format string, args ...any) estate.Value {
	message := fmt.Sprintf(format, args...)
	s.fail(estate.Problem{Origin: at, Message: message})
	short, _, _ := strings.Cut(message, "; ")
	return estate.UnknownBecause(mend+short, at)
}

func (s *session) fail(p estate.Problem) {
	s.failed++
	s.last = p
	if s.trying == 0 {
		s.problem(p)
	}
}

// quietly runs f without telling what is wrong, and reports whether nothing was. Whoever asks deals with it, so that
// it is no fault of what the question stands in.
func (s *session) quietly(f func()) bool {
	before, last := s.failed, s.last
	s.trying++
	f()
	s.trying--
	ok := s.failed == before
	s.failed, s.last = before, last
	return ok
}

const tooMuch = "simplify the configuration: evaluating it takes more than Bailey does for one folder"

// spend counts work and reports whether more may be done.
func (s *session) spend(n int) bool {
	if s.work > maxWork {
		return false
	}
	if s.work += n; s.work > maxWork {
		s.problem(estate.Problem{Origin: estate.Origin{File: s.root}, Message: tooMuch + "; the rest of its values are unknown"})
		return false
	}
	return true
}

// readDir parses the configuration files of a folder once, override files last.
func (s *session) readDir(dir string) ([]*block, error) {
	if blocks, ok := s.folders[dir]; ok {
		return blocks, nil
	}
	entries, err := s.fs.ReadDir(dir)
	if err != nil {
		return nil, errors.New(cause(err))
	}
	var plain, overrides []*block
	for _, e := range entries {
		if e.IsDir() || !isConfig(e.Name()) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := path.Join(dir, e.Name())
		data, err := s.fs.ReadFile(name)
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
	s.folders[dir] = plain
	return plain, nil
}

// cause leaves out the call and the path of a file's error: the problem names the path.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
