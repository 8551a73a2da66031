package rules

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/parallel"
	"github.com/baileydb/bailey/internal/strict"
)

//go:embed safeguards
var embedded embed.FS

// Embedded returns the files that come with Bailey.
func Embedded() fs.FS {
	sub, err := fs.Sub(embedded, "safeguards")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Set is the safeguards of one run. Expressions are compiled when a resource of their kind is first met, so that a run
// pays only for what it uses; [Set.Compile] compiles all.
type Set struct {
	Safeguards []*Safeguard
	byKind     map[string][]*Safeguard
	programs   map[programKey]*program
	fixes      map[fixKey]*fixProgram
	envs       map[string]*cel.Env
	mu         sync.Mutex
}

type programKey struct {
	s    *Safeguard
	kind string
}

// fixKey names an expression of a fix: over a resource of a kind or, where attribute is given, over one element of it.
type fixKey struct{ text, kind, attribute string }

type fixProgram struct {
	cel.Program
	err error
}

type program struct {
	once           sync.Once
	applies, check cel.Program // applies is nil where there is none
	err            error
}

// NewSet is a set without safeguards.
func NewSet() *Set {
	return &Set{
		byKind: map[string][]*Safeguard{}, programs: map[programKey]*program{}, fixes: map[fixKey]*fixProgram{}, envs: map[string]*cel.Env{},
	}
}

// Load reads every .yaml file below the folder. A broken file is an error and left out; the others are in the set all
// the same. label is put before the files' names in messages.
func Load(fsys fs.FS, label string) (*Set, error) {
	list, err := load(fsys, func(name string, data []byte) (*Safeguard, error) {
		g, err := ParseSafeguard(label+name, idOf(name), data)
		if err == nil {
			g.builtin = label == ""
		}
		return g, err
	})
	s := NewSet()
	for _, g := range list {
		s.Add(g)
	}
	return s, err
}

// load parses every .yaml file below a folder, in the order of their names. A broken one is an error, and left out.
func load[T any](fsys fs.FS, parse func(name string, data []byte) (*T, error)) ([]*T, error) {
	var names []string
	walked := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")) {
			names = append(names, name)
		}
		return err
	})
	all, errs := make([]*T, len(names)), make([]error, len(names))
	parallel.Each(len(names), func(i int) {
		data, err := fs.ReadFile(fsys, names[i])
		if err != nil {
			errs[i] = err
			return
		}
		if all[i], errs[i] = parse(names[i], data); errs[i] != nil {
			all[i] = nil
		}
	}, nil)
	return slices.DeleteFunc(all, func(x *T) bool { return x == nil }), errors.Join(append(errs, walked)...)
}

// Add adds a safeguard.
func (s *Set) Add(g *Safeguard) {
	s.Safeguards = append(s.Safeguards, g)
	for _, k := range g.Kind {
		s.byKind[k] = append(s.byKind[k], g)
	}
}

// Merge adds another set's safeguards; one that has the same identifier replaces the one here.
func (s *Set) Merge(other *Set) {
	for _, g := range other.Safeguards {
		if i := slices.IndexFunc(s.Safeguards, func(old *Safeguard) bool { return old.ID == g.ID }); i >= 0 {
			old := s.Safeguards[i]
			s.Safeguards = slices.Delete(s.Safeguards, i, i+1)
			for _, k := range old.Kind {
				s.byKind[k] = slices.DeleteFunc(s.byKind[k], func(x *Safeguard) bool { return x == old })
			}
		}
		s.Add(g)
	}
}

// Remove takes a safeguard out.
func (s *Set) Remove(g *Safeguard) {
	is := func(x *Safeguard) bool { return x == g }
	s.Safeguards = slices.DeleteFunc(s.Safeguards, is)
	for _, k := range g.Kind {
		s.byKind[k] = slices.DeleteFunc(s.byKind[k], is)
	}
}

// ByID returns the safeguard with that identifier.
func (s *Set) ByID(id string) (*Safeguard, bool) {
	i := slices.IndexFunc(s.Safeguards, func(g *Safeguard) bool { return g.ID == id })
	if i < 0 {
		return nil, false
	}
	return s.Safeguards[i], true
}

// For returns the safeguards that look at a kind.
func (s *Set) For(kind string) []*Safeguard { return s.byKind[kind] }

// Compile compiles every expression and takes out the safeguards that do not compile, with an error for each that
// names file, line and cause.
func (s *Set) Compile() error {
	var errs []error
	for _, g := range slices.Clone(s.Safeguards) {
		for _, k := range g.Kind {
			if p := s.program(g, k); p.err != nil {
				errs = append(errs, p.err)
				s.Remove(g)
				break
			}
		}
	}
	return errors.Join(errs...)
}

func (s *Set) program(g *Safeguard, kind string) *program {
	s.mu.Lock()
	key := programKey{g, kind}
	p, ok := s.programs[key]
	if !ok {
		p = &program{}
		s.programs[key] = p
	}
	s.mu.Unlock()
	p.once.Do(func() { s.compile(p, g, kind) })
	return p
}

func (s *Set) compile(p *program, g *Safeguard, kind string) {
	s.mu.Lock()
	env, err := s.env(kind)
	s.mu.Unlock()
	if err != nil {
		p.err = err
		return
	}
	if g.Applies != "" {
		p.applies, p.err = compile(env, g, "applies", g.Applies)
	}
	if p.err == nil {
		p.check, p.err = compile(env, g, "check", g.Check)
	}
}

// env is the environment in which a kind's resource is a variable.
func (s *Set) env(kind string) (*cel.Env, error) {
	k, ok := estate.Kinds().Kind(kind)
	if !ok {
		return nil, fmt.Errorf("kind %q does not exist", kind)
	}
	if env, ok := s.envs[kind]; ok {
		return env, nil
	}
	base, err := baseEnv()
	if err != nil {
		return nil, fmt.Errorf("setting up CEL: %w", err)
	}
	vars := []cel.EnvOption{cel.Variable(k.Var, cel.ObjectType(typeName(k.Struct)))}
	if k.Store != "" {
		vars = append(vars, cel.Variable(anyStore, cel.ObjectType(typeName(k.Struct))))
	}
	env, err := base.Extend(vars...)
	if err != nil {
		return nil, fmt.Errorf("setting up CEL for %s: %w", kind, err)
	}
	s.envs[kind] = env
	return env, nil
}

func compile(env *cel.Env, g *Safeguard, key, text string) (cel.Program, error) {
	fail := func(format string, args ...any) error {
		return &strict.Error{File: g.file, Line: g.Line(key), Message: key + ": " + fmt.Sprintf(format, args...)}
	}
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, fail("%s", issueText(env, issues))
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, fail("the expression gives %s; it must give true or false", checked.OutputType())
	}
	opts := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if !g.builtin {
		opts = append(opts, cel.CostLimit(costLimit))
	}
	p, err := env.Program(checked, opts...)
	if err != nil {
		return nil, fail("%s", err)
	}
	return p, nil
}

// anyStore is a second variable that every kind of store is seen as, for what concerns all of them.
const anyStore = "store"

// costLimit bounds one evaluation, so that a user's file cannot hang a run. The built-in ones are held by their suite.
const costLimit = 50_000_000

func issueText(env *cel.Env, issues *cel.Issues) string {
	var out []string
	for _, e := range issues.Errors() {
		at := ""
		if e.Location.Line() > 0 {
			at = fmt.Sprintf("at %d:%d: ", e.Location.Line(), e.Location.Column()+1)
		}
		out = append(out, at+e.Message+fieldHint(env, e.Message))
	}
	return strings.Join(out, "; ")
}

// fieldHint adds the nearest fact's name to CEL's message about a field that does not exist.
func fieldHint(env *cel.Env, message string) string {
	name, ok := strings.CutPrefix(message, "undefined field '")
	if !ok {
		return ""
	}
	name = strings.TrimSuffix(name, "'")
	name, _, _ = strings.Cut(name, "@")
	p, ok := env.CELTypeProvider().(*provider)
	if !ok {
		return ""
	}
	known := map[string]bool{}
	for _, s := range p.structs {
		for _, a := range s.Attributes {
			known[a.Name] = true
		}
	}
	for plural := range p.plurals {
		known[plural] = true
	}
	return strict.Suggest(name, sortedKeys(known))
}

// Context is what a check can see beside the estate.
type Context struct {
	Level string
	// LevelFrom is policy, tag, catalog, default or related (the level of the stores a resource protects).
	LevelFrom string
	// ClassificationTags are the tag keys that give a store's level.
	ClassificationTags []string
	RPO, RTO           time.Duration
	// Reach are the ranges of the only networks that may touch data of the level; empty for no limit.
	Reach []string
	Now   time.Time
}

// Outcome is what an expression said of a resource.
type Outcome uint8

// The outcomes.
const (
	NotApplicable Outcome = iota
	Holds
	Fails
	Undecided
)

// Result is an outcome, and for an undecided one what would settle it.
type Result struct {
	Outcome Outcome
	Settle  []Unsettled
}

// Check evaluates a safeguard on one resource of one of its kinds.
func (s *Set) Check(g *Safeguard, r estate.AnyResource, c Context) (Result, error) {
	base := r.Base()
	p := s.program(g, base.Kind().Name)
	if p.err != nil {
		return Result{}, p.err
	}
	eval := &evaluation{}
	vars := &facts{eval: eval, base: base, c: &c}
	applies := ref.Val(types.True)
	if p.applies != nil {
		applies = run(p.applies, vars, eval, g, "applies")
	}
	if applies == types.False {
		return Result{Outcome: NotApplicable}, nil
	}
	check := run(p.check, vars, eval, g, "check")
	if check == types.True {
		// When it is not known whether the safeguard applies, but the check holds, nothing is missing either way.
		return Result{Outcome: Holds}, nil
	}
	if check == types.False && applies == types.True {
		return Result{Outcome: Fails}, nil
	}
	unknown := asUnknown(applies)
	if u := asUnknown(check); u != nil {
		unknown = types.MergeUnknowns(u, unknown)
	}
	return Result{Outcome: Undecided, Settle: eval.settle(unknown)}, nil
}

// facts are what an expression can name.
type facts struct {
	eval *evaluation
	base *estate.Resource
	c    *Context
	it   ref.Val // the element of a list, where an expression is about each
}

var _ cel.Activation = (*facts)(nil)

// ResolveName implements [cel.Activation].
func (f *facts) ResolveName(name string) (any, bool) {
	kind := f.base.Kind()
	switch name {
	case kind.Var, anyStore:
		return f.self(name), true
	case "estate":
		return &whole{object{eval: f.eval}, f.base.Estate()}, true
	case "level":
		return f.c.Level, true
	case "level_from":
		return f.c.LevelFrom, true
	case "classification_tags":
		return f.c.ClassificationTags, true
	case "rpo":
		return int64(f.c.RPO / time.Second), true
	case "rto":
		return int64(f.c.RTO / time.Second), true
	case "level_reach":
		return f.c.Reach, true
	case "now":
		return f.c.Now, true
	case "it":
		return f.it, f.it != nil
	}
	return nil, false
}

// Parent implements [cel.Activation].
func (f *facts) Parent() cel.Activation { return nil }

func (f *facts) self(name string) *object {
	return &object{f.eval, f.base.Kind().Struct, f.base.Self(), name}
}

// run evaluates a program. An evaluation error is an unknown: the expression met something it was not written for.
func run(p cel.Program, vars *facts, eval *evaluation, g *Safeguard, key string) ref.Val {
	v, _, err := p.Eval(vars)
	if err != nil {
		why := fmt.Sprintf("mend the safeguard: its %s cannot be evaluated here: %s", key, err)
		return eval.unknown(g.ID, &estate.Meta{Why: why})
	}
	return v
}

func asUnknown(v ref.Val) *types.Unknown {
	u, _ := v.(*types.Unknown)
	return u
}

// settle lists the facts an unknown value names, each once.
func (e *evaluation) settle(u *types.Unknown) []Unsettled {
	if u == nil {
		return nil
	}
	var out []Unsettled
	for _, id := range u.IDs() {
		if id < 1 || int(id) > len(e.unknowns) {
			continue
		}
		if x := e.unknowns[id-1]; !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// Holds evaluates an expression over one resource, for a fix that depends on it. An undecided one does not hold.
func (s *Set) Holds(g *Safeguard, text string, r estate.AnyResource) (bool, error) {
	p, err := s.fixProgram(g, text, r.Base().Kind().Name, nil)
	if err != nil {
		return false, err
	}
	eval := &evaluation{}
	return run(p, &facts{eval: eval, base: r.Base(), c: &Context{}}, eval, g, "fix") == types.True, nil
}

// fixProgram compiles an expression of a fix once; a is the list whose element it sees as "it", if any.
func (s *Set) fixProgram(g *Safeguard, text, kind string, a *estate.Attribute) (cel.Program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fixKey{text: text, kind: kind}
	if a != nil {
		key.attribute = a.Name
	}
	if p, ok := s.fixes[key]; ok {
		return p.Program, p.err
	}
	env, err := s.env(kind)
	if err == nil && a != nil {
		element := celType(a, aspectValue)
		if element.Kind() != types.ListKind {
			return nil, fmt.Errorf("%s: %s is not a list", g.file, a.Name)
		}
		env, err = env.Extend(cel.Variable("it", element.Parameters()[0]))
	}
	p := &fixProgram{err: err}
	if err == nil {
		p.Program, p.err = compile(env, g, "fix", text)
	}
	s.fixes[key] = p
	return p.Program, p.err
}

// Elements evaluates a predicate over "it" for every element of a list of facts and returns for each whether it holds.
func (s *Set) Elements(g *Safeguard, text string, r estate.AnyResource, a *estate.Attribute) ([]bool, error) {
	p, err := s.fixProgram(g, text, r.Base().Kind().Name, a)
	if err != nil {
		return nil, err
	}
	eval := &evaluation{}
	vars := &facts{eval: eval, base: r.Base(), c: &Context{}}
	items, ok := vars.self(r.Base().Kind().Var).get(a, "", aspectValue).(*list)
	if !ok {
		return nil, nil // the list itself is unknown
	}
	out := make([]bool, len(items.items))
	for i, item := range items.items {
		vars.it = item
		out[i] = run(p, vars, eval, g, "fix") == types.True
	}
	return out, nil
}
