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
	"cel.dev/cel-go/ext"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/strict"
)

//go:embed detections
var embeddedDetections embed.FS

// EmbeddedDetections returns the detection files that come with Bailey.
func EmbeddedDetections() fs.FS {
	sub, err := fs.Sub(embeddedDetections, "detections")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Logs are those that detections read.
var Logs = []string{"cloudtrail", "flowlog", "dns"}

// Detection is one rule of watch: what it looks for in one log, and what to do about it.
type Detection struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	Why   string `yaml:"why"`
	// Type is GuardDuty's name of the finding, or one of Bailey's own.
	Type string `yaml:"type"`
	Log  string `yaml:"log"`
	// Severity is by the level of the store that is touched; any is for events that touch none, or one that is not known.
	Severity map[string]string `yaml:"severity"`
	// Source and Events index the detection: an event of another service or of another name never meets it. Needs are texts
	// of which an event has one, for detections that look at events of any name.
	Source Texts `yaml:"source"`
	Events Texts `yaml:"events"`
	Needs  Texts `yaml:"needs"`
	// AnyCase says that needs are looked for whatever their case; a detection made by a program may say so.
	AnyCase bool `yaml:"-"`
	// When decides in CEL over the event e: e.at("requestParameters.name") is a value by its path or null, e.each("a.*.b") all
	// of a list's; ok says that the call succeeded, who is the principal, automated that an AWS service did it for itself.
	When string `yaml:"when"`
	// Resource is what the event was done to, in CEL.
	Resource string  `yaml:"resource"`
	Count    *Window `yaml:"count"`
	First    *First  `yaml:"first_seen"`
	Respond  string  `yaml:"respond"`
	Examples struct {
		// Times repeats the events that raise, a second apart.
		Times  int              `yaml:"times"`
		Raises []map[string]any `yaml:"raises"`
		Quiet  []map[string]any `yaml:"quiet"`
	} `yaml:"examples"`

	file    string
	lines   map[string]int
	builtin bool
	made    bool // by a program
	when    cel.Program
	on      cel.Program
	of      cel.Program
	by      cel.Program
	first   cel.Program
	once    sync.Once
	err     error
}

// Window raises once there were so many events of one principal within a time, or so many different values.
type Window struct {
	Over   int    `yaml:"over"`
	Within string `yaml:"within"`
	// By groups events: principal, which it is where nothing is written, address, or a text in CEL. Distinct counts different
	// values, in CEL.
	By       string `yaml:"by"`
	Distinct string `yaml:"distinct"`
}

// Period is how long the window is.
func (w *Window) Period() time.Duration {
	d, err := policy.ParseDuration(w.Within)
	if err != nil {
		return 0 // it was parsed when the file was read
	}
	return d
}

// First raises at a value that was never seen before, in CEL, once a learning period is over.
type First struct {
	Of    string `yaml:"of"`
	Learn string `yaml:"learn"`
}

// Period is how long it learns.
func (f *First) Period() time.Duration {
	d, err := policy.ParseDuration(f.Learn)
	if err != nil {
		return 0 // it was parsed when the file was read
	}
	return d
}

// File is where the detection was read.
func (d *Detection) File() string { return d.file }

// Label is the severity at a level; the empty level is for what touches no store.
func (d *Detection) Label(level string) finding.Label {
	for _, l := range []string{level, "any"} {
		if text, ok := d.Severity[l]; ok {
			label, err := finding.ParseLabel(text)
			if err == nil {
				return label
			}
		}
	}
	return finding.Medium
}

// LoadDetections reads every .yaml file below the folder, as [Load] does safeguards.
func LoadDetections(fsys fs.FS, label string) ([]*Detection, error) {
	var out []*Detection
	var errs []error
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		d, err := ParseDetection(label+name, idOf(name), data)
		if err == nil {
			d.builtin = label == ""
			if label != "" { // the built-in ones are held by their suite
				err = d.Compile()
			}
		}
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		out = append(out, d)
		return nil
	})
	return out, errors.Join(append(errs, err)...)
}

// ParseDetection reads one file. id is what its path says it is.
func ParseDetection(file, id string, data []byte) (*Detection, error) {
	d := &Detection{file: file, lines: map[string]int{}}
	root, err := strict.Decode(file, data, d)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, &strict.Error{File: file, Line: 1, Message: "is empty; a detection has an id, a title, a log and events or when"}
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		d.lines[root.Content[i].Value] = root.Content[i+1].Line
	}
	return d, errors.Join(d.validate(id)...)
}

// Made checks and compiles a detection that a program made of a rule in another form. file and line are where that rule is
// written. It may look at every event: who wrote the rule did not know of our index.
func (d *Detection) Made(file string, line int) error {
	d.file, d.made = file, true
	d.lines = map[string]int{}
	for _, key := range []string{"id", "title", "why", "type", "log", "severity", "events", "when", "resource", "count", "first_seen", "respond"} {
		d.lines[key] = line
	}
	if err := errors.Join(d.validate(d.ID)...); err != nil {
		return err
	}
	return d.Compile()
}

func (d *Detection) fail(key, format string, args ...any) error {
	return &strict.Error{File: d.file, Line: max(1, d.lines[key]), Message: fmt.Sprintf(format, args...)}
}

func (d *Detection) validate(id string) []error {
	var errs []error
	if d.ID != id {
		errs = append(errs, d.fail("id", "id %q does not match the file's path; write %s", d.ID, id))
	}
	for key, text := range map[string]string{"title": d.Title, "why": d.Why, "type": d.Type, "respond": d.Respond} {
		if strings.TrimSpace(text) == "" {
			errs = append(errs, d.fail(key, "%s is missing", key))
		}
	}
	if !slices.Contains(Logs, d.Log) {
		errs = append(errs, d.fail("log", "log %q is not one Bailey reads%s", d.Log, strict.Suggest(d.Log, Logs)))
	}
	if len(d.Severity) == 0 {
		errs = append(errs, d.fail("severity", "severity is missing: {any: medium}, and by level where a store is touched"))
	}
	for level, label := range d.Severity {
		if _, err := finding.ParseLabel(label); err != nil {
			errs = append(errs, d.fail("severity", "severity of %s: %s", level, err))
		}
	}
	if d.Log == "cloudtrail" && len(d.Events) == 0 && len(d.Needs) == 0 && !d.made {
		errs = append(errs, d.fail("events", "events are missing: without them every event would meet the detection; name them, or texts under needs"))
	}
	if w := d.Count; w != nil {
		if _, err := policy.ParseDuration(w.Within); err != nil || w.Over < 1 {
			errs = append(errs, d.fail("count", "count needs over, a number, and within, such as 10m"))
		}
	}
	if f := d.First; f != nil {
		if _, err := policy.ParseDuration(f.Learn); err != nil || f.Of == "" {
			errs = append(errs, d.fail("first_seen", "first_seen needs of, in CEL, and learn, such as 14d"))
		}
	}
	return errs
}

// detectionEnv is the environment of detections: the functions of safeguards that need no estate, and the event.
var detectionEnv = sync.OnceValues(func() (*cel.Env, error) {
	event := cel.MapType(cel.StringType, cel.DynType)
	opts := []cel.EnvOption{
		ext.Strings(), ext.Sets(), cel.Variable("e", event), cel.Variable("ok", cel.BoolType), cel.Variable("who", cel.StringType), cel.Variable("automated", cel.BoolType),
		cel.Function("at", cel.MemberOverload("event_at", []*cel.Type{event, cel.StringType}, cel.DynType, cel.BinaryBinding(at))),
		cel.Function("each", cel.MemberOverload("event_each", []*cel.Type{event, cel.StringType}, cel.ListType(cel.DynType), cel.BinaryBinding(all))),
		cel.Function("text", cel.MemberOverload("event_text", []*cel.Type{event, cel.StringType}, cel.StringType, cel.BinaryBinding(text))),
		cel.Function("texts", cel.MemberOverload("event_texts", []*cel.Type{event, cel.StringType}, cel.ListType(cel.StringType), cel.BinaryBinding(texts))),
		cel.Function("numbers", cel.MemberOverload("event_numbers", []*cel.Type{event, cel.StringType}, cel.ListType(cel.DoubleType), cel.BinaryBinding(numbers))),
		cel.Function("present", cel.MemberOverload("event_present", []*cel.Type{event, cel.StringType}, cel.BoolType, cel.BinaryBinding(present))),
		cel.Function("given", cel.MemberOverload("event_given", []*cel.Type{event, cel.StringType}, cel.BoolType, cel.BinaryBinding(given))),
		cel.Function("like", cel.MemberOverload("event_like", []*cel.Type{event, cel.StringType, cel.ListType(cel.StringType)}, cel.BoolType, cel.FunctionBinding(like(false)))),
		cel.Function("like_cased", cel.MemberOverload("event_like_cased", []*cel.Type{event, cel.StringType, cel.ListType(cel.StringType)}, cel.BoolType, cel.FunctionBinding(like(true)))),
		cel.Function("in_cidr", cel.MemberOverload("event_in_cidr", []*cel.Type{event, cel.StringType, cel.ListType(cel.StringType)}, cel.BoolType, cel.FunctionBinding(inCIDR))),
		cel.Function("public_address", cel.Overload("public_address_text", []*cel.Type{cel.StringType}, cel.BoolType, cel.UnaryBinding(publicAddress))),
		cel.Function("public_policy", cel.Overload("public_policy_dyn", []*cel.Type{cel.DynType}, cel.BoolType, cel.UnaryBinding(publicPolicy))),
	}
	return cel.NewEnv(opts...)
})

// Compile compiles the expressions; its error names file, line and cause.
func (d *Detection) Compile() error {
	d.once.Do(func() {
		env, err := detectionEnv()
		if err != nil {
			d.err = err
			return
		}
		var errs [5]error
		when := d.When
		if when == "" {
			when = "ok"
		}
		d.when, errs[0] = d.compile(env, "when", when, cel.BoolType)
		if d.Resource != "" {
			d.on, errs[1] = d.compile(env, "resource", d.Resource, nil)
		}
		if d.Count != nil && d.Count.Distinct != "" {
			d.of, errs[2] = d.compile(env, "count", d.Count.Distinct, nil)
		}
		if d.Count != nil && !slices.Contains([]string{"", "principal", "address"}, d.Count.By) {
			d.by, errs[4] = d.compile(env, "count", d.Count.By, nil)
		}
		if d.First != nil {
			d.first, errs[3] = d.compile(env, "first_seen", d.First.Of, nil)
		}
		d.err = errors.Join(errs[:]...)
	})
	return d.err
}

func (d *Detection) compile(env *cel.Env, key, text string, want *cel.Type) (cel.Program, error) {
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, d.fail(key, "%s: %s", key, issueText(env, issues))
	}
	if want != nil && !checked.OutputType().IsExactType(want) && !checked.OutputType().IsExactType(cel.DynType) {
		return nil, d.fail(key, "%s: the expression gives %s; it must give true or false", key, checked.OutputType())
	}
	opts := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if !d.builtin {
		opts = append(opts, cel.CostLimit(costLimit))
	}
	return env.Program(checked, opts...)
}

// Seen is an event as detections see it.
type Seen struct {
	Event     map[string]any
	OK        bool
	Who       string
	Automated bool
}

func (s *Seen) activation() map[string]any {
	return map[string]any{"e": s.Event, "ok": s.OK, "who": s.Who, "automated": s.Automated}
}

// Matches reports whether an event is what the detection looks for. What cannot be evaluated, such as a number where a text
// was thought of, is an error.
func (d *Detection) Matches(s *Seen) (bool, error) {
	if err := d.Compile(); err != nil {
		return false, err
	}
	v, _, err := d.when.Eval(s.activation())
	if err != nil {
		return false, fmt.Errorf("%s: %w", d.ID, err)
	}
	b, ok := v.(types.Bool)
	return ok && bool(b), nil
}

// Group is the group of events that an event is counted in; ok is false where events are grouped by principal or address.
func (d *Detection) Group(s *Seen) (group string, ok bool) {
	if d.by == nil {
		return "", false
	}
	v, _, err := d.by.Eval(s.activation())
	if err != nil {
		return "", true
	}
	return fmt.Sprint(v.Value()), true
}

// Texts evaluates the resource, the value that a window counts and the one that is to be first; each is empty where the
// detection has none.
func (d *Detection) Texts(s *Seen) (resource, distinct, first string) {
	give := func(p cel.Program) string {
		if p == nil {
			return ""
		}
		v, _, err := p.Eval(s.activation())
		if err != nil || v.Type() == types.NullType {
			return ""
		}
		return fmt.Sprint(v.Value())
	}
	return give(d.on), give(d.of), give(d.first)
}

func eventPath(m, p ref.Val) (any, string, bool) {
	root, ok := m.Value().(map[string]any)
	name, ok2 := p.Value().(string)
	return root, name, ok && ok2
}

func at(m, p ref.Val) ref.Val {
	v, name, ok := eventPath(m, p)
	if !ok {
		return types.NullValue
	}
	for part := range strings.SplitSeq(name, ".") {
		if v = member(v, part); v == nil {
			return types.NullValue
		}
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// Member is a member of a JSON value: of an object by its name, whatever its case, or of a list by its number; nil where there
// is none.
func Member(v any, name string) any { return member(v, name) }

// member is one of an object by its name, whatever its case where there is no exact one, or of a list by its number.
func member(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		if x, ok := v[name]; ok {
			return x
		}
		for k, x := range v {
			if strings.EqualFold(k, name) {
				return x
			}
		}
	case []any:
		if len(name) == 1 && name[0] >= '0' && name[0] <= '9' && int(name[0]-'0') < len(v) {
			return v[name[0]-'0']
		}
	}
	return nil
}

func text(m, p ref.Val) ref.Val {
	v := at(m, p)
	switch x := v.Value().(type) {
	case string:
		return types.String(x)
	case bool, int64, float64, uint64:
		return types.String(fmt.Sprint(x))
	}
	return types.String("")
}

func all(m, p ref.Val) ref.Val {
	root, name, ok := eventPath(m, p)
	found := []any{}
	if ok {
		found = collect(root, strings.Split(name, "."), found)
	}
	return types.DefaultTypeAdapter.NativeToValue(found)
}

func collect(v any, path []string, found []any) []any {
	if len(path) == 0 {
		if v != nil {
			found = append(found, v)
		}
		return found
	}
	if path[0] == "*" {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				found = collect(x, path[1:], found)
			}
		case map[string]any:
			for _, k := range sortedKeys(v) {
				found = collect(v[k], path[1:], found)
			}
		}
		return found
	}
	if x := member(v, path[0]); x != nil {
		return collect(x, path[1:], found)
	}
	return found
}
