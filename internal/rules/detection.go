package rules

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"github.com/baileydb/bailey/internal/finding"
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
	// Source and Events index the detection: an event of another service or of another name never meets it. Needs are, for
	// detections that look at events of any name, texts of which a member of the event has one; the member without a name is all of the event.
	Source Texts            `yaml:"source"`
	Events Texts            `yaml:"events"`
	Needs  map[string]Texts `yaml:"needs"`
	// AnyCase says that needs are looked for whatever their case; a detection made by a program may say so.
	AnyCase bool `yaml:"-"`
	// From and To are lists: the event comes from an address, or goes to an address or name, that is on one of them.
	From Texts `yaml:"from"`
	To   Texts `yaml:"to"`
	// When decides in CEL over the event e: e.at("requestParameters.name") is a value by its path or null, e.each("a.*.b") all
	// of a list's; ok says that the call succeeded, who is the principal, automated that an AWS service did it for itself.
	// from_lists and to_lists are the lists of addresses and names that where it came from, and where it went, are on; from_asn,
	// from_country, to_asn and to_country whose network that is and in which country, empty where it is not known. A detection that
	// asks for one of them finds nothing where no list says any.
	// public_policy, allows_everything and allows_strangers say what a policy allows, the last to other accounts than the given one.
	When string `yaml:"when"`
	// Resource is what the event was done to, in CEL.
	Resource string `yaml:"resource"`
	// Of these at most one is given. Count raises at many events, First at what was never seen before, Rare at what was seen
	// on few days, Rate at more than is usual, Sequence at events that follow each other.
	Count    *Window   `yaml:"count"`
	First    *First    `yaml:"first_seen"`
	Rare     *Rare     `yaml:"rare"`
	Rate     *Rate     `yaml:"rate"`
	Sequence *Sequence `yaml:"sequence"`
	Respond  string    `yaml:"respond"`
	Examples struct {
		// Times repeats the events that raise, a second apart. Before are those that something is learned from.
		Times int               `yaml:"times"`
		Lists map[string]string `yaml:"lists"`
		// Networks are what lists say of networks: AS64500, DE or both.
		Networks map[string]string `yaml:"networks"`
		Before   []map[string]any  `yaml:"before"`
		Raises   []map[string]any  `yaml:"raises"`
		Quiet    []map[string]any  `yaml:"quiet"`
	} `yaml:"examples"`

	file     string
	lines    map[string]int
	builtin  bool
	made     bool // by a program
	log      *Log
	when     *expression
	on       *expression
	of       *expression
	by       *expression
	grouping string // by, as it is written
	terms    []Term
	steps    []*expression
	once     sync.Once
	err      error

	asn, country bool // whether it asks for them
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
	return load(fsys, func(name string, data []byte) (*Detection, error) {
		d, err := ParseDetection(label+name, idOf(name), data)
		if err == nil {
			d.builtin = label == ""
			if label != "" { // the built-in ones are held by their suite
				err = d.Compile()
			}
		}
		return d, err
	})
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
	if d.log = LogNamed(d.Log); d.log == nil {
		errs = append(errs, d.fail("log", "log %q is not one Bailey reads%s", d.Log, strict.Suggest(d.Log, Logs())))
	}
	if len(d.Severity) == 0 {
		errs = append(errs, d.fail("severity", "severity is missing: {any: medium}, and by level where a store is touched"))
	}
	for level, label := range d.Severity {
		if _, err := finding.ParseLabel(label); err != nil {
			errs = append(errs, d.fail("severity", "severity of %s: %s", level, err))
		}
	}
	if d.Log == "cloudtrail" && len(d.Events) == 0 && len(d.Needs) == 0 && len(d.From) == 0 && !d.made {
		errs = append(errs, d.fail("events", "events are missing: without them every event would meet the detection; name them, or texts under needs"))
	}
	return append(errs, d.validateForms()...)
}

// validateForms looks at what is more than one event.
func (d *Detection) validateForms() []error {
	var errs []error
	forms := 0
	bad := func(key string, wrong bool, format string) {
		forms++
		if wrong {
			errs = append(errs, d.fail(key, "%s", format))
		}
	}
	no := func(texts ...string) bool {
		return slices.ContainsFunc(texts, func(t string) bool { return period(t) <= 0 })
	}
	if w := d.Count; w != nil {
		w.within = period(w.Within)
		bad("count", no(w.Within) || w.Over < 1 || w.Over > maxOver || w.Usual < 0 || w.Usual > maxUsual,
			"count needs over, a number up to 100000, within, such as 10m, and, where it knows what is usual, usual, a number of days up to 30")
	}
	if f := d.First; f != nil {
		f.learn = period(f.Learn)
		bad("first_seen", no(f.Learn) || f.Of == "", "first_seen needs of, in CEL, and learn, such as 14d")
	}
	if r := d.Rare; r != nil {
		r.learn = period(r.Learn)
		bad("rare", r.Learn != "" && no(r.Learn) || r.Of == "" || r.Days < 0 || r.Days > maxUsual, "rare needs of, in CEL, days, a number up to 30, and, where it learns first, learn, such as 14d")
	}
	if r := d.Rate; r != nil {
		r.per, r.learn = period(r.Per), period(r.Learn)
		bad("rate", no(r.Per, r.Learn) || r.Of == "" || r.Spread < 0, "rate needs of, in CEL, per, such as 1h, and learn, such as 14d")
	}
	if s := d.Sequence; s != nil {
		s.within = period(s.Within)
		bad("sequence", no(s.Within) || len(s.Steps) < 2 || slices.ContainsFunc(s.Steps, func(x Step) bool { return x.When == "" || x.Over > maxOver }),
			"sequence needs within, such as 1h, and two steps or more, each with when")
	}
	if forms > 1 {
		errs = append(errs, d.fail("id", "of count, first_seen, rare, rate and sequence a detection has at most one"))
	}
	return errs
}

// maxOver bounds what a window has to keep.
const maxOver = 100_000

// maxUsual is how many days make something usual, at most: a state remembers no more of them for sure.
const maxUsual = 30

// detectionEnv is the environment of detections: the functions of safeguards that need no estate, and the event.
var detectionEnv = sync.OnceValues(func() (*cel.Env, error) {
	event := cel.MapType(cel.StringType, cel.DynType)
	opts := []cel.EnvOption{
		ext.Strings(), ext.Sets(), cel.Variable("e", event), cel.Variable("ok", cel.BoolType), cel.Variable("who", cel.StringType), cel.Variable("automated", cel.BoolType),
		cel.Variable("from_asn", cel.StringType), cel.Variable("from_country", cel.StringType), cel.Variable("to_asn", cel.StringType), cel.Variable("to_country", cel.StringType),
		cel.Variable("from_lists", cel.ListType(cel.StringType)), cel.Variable("to_lists", cel.ListType(cel.StringType)),
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
		cel.Function("network_of", cel.Overload("network_of_text", []*cel.Type{cel.StringType}, cel.StringType, cel.UnaryBinding(networkOf))),
		cel.Function("public_policy", cel.Overload("public_policy_dyn", []*cel.Type{cel.DynType}, cel.BoolType, cel.UnaryBinding(publicPolicy))),
		cel.Function("allows_everything", cel.Overload("allows_everything_dyn", []*cel.Type{cel.DynType}, cel.BoolType, cel.UnaryBinding(allowsEverything))),
		cel.Function("allows_strangers", cel.Overload("allows_strangers_dyn_text", []*cel.Type{cel.DynType, cel.StringType}, cel.BoolType, cel.BinaryBinding(allowsStrangers))),
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
		if d.log = LogNamed(d.Log); d.log == nil { // one that was made, not read
			d.err = d.fail("log", "%q is no log", d.Log)
			return
		}
		var errs []error
		make := func(key, text string, want *cel.Type) *expression {
			if text == "" {
				return nil
			}
			x, err := d.compile(env, key, text, want)
			errs = append(errs, err)
			return x
		}
		when := d.When
		if when == "" {
			when = "ok"
			if d.Sequence != nil {
				when = "true"
			}
		}
		if d.when = make("when", when, cel.BoolType); d.when != nil && d.Log != "cloudtrail" {
			d.terms = d.split(d.when.checked)
		}
		d.on = make("resource", d.Resource, nil)
		key, of, by := d.more()
		d.of = make(key, of, nil)
		if !slices.Contains(groupings, by) {
			d.by, d.grouping = make(key, by, nil), by
		}
		if d.Sequence != nil {
			for _, s := range d.Sequence.Steps {
				d.steps = append(d.steps, make("sequence", s.When, cel.BoolType))
			}
		}
		for _, x := range append([]*expression{d.when, d.on, d.of, d.by}, d.steps...) {
			d.asks(x)
		}
		d.err = errors.Join(errs...)
	})
	return d.err
}

// groupings are the words for by; anything else is CEL.
var groupings = []string{"", "principal", "address", "account", "resource"}

// more is what the detection's form evaluates beside when and resource.
func (d *Detection) more() (key, of, by string) {
	switch {
	case d.Count != nil:
		return "count", d.Count.Distinct, d.Count.By
	case d.First != nil:
		return "first_seen", d.First.Of, d.First.By
	case d.Rare != nil:
		return "rare", d.Rare.Of, d.Rare.By
	case d.Rate != nil:
		return "rate", d.Rate.Of, d.Rate.By
	case d.Sequence != nil:
		return "sequence", "", d.Sequence.By
	}
	return "", "", ""
}

// Grouping is what events are grouped by: one of the words, or CEL, which [Detection.By] evaluates.
func (d *Detection) Grouping() string {
	_, _, by := d.more()
	return by
}

func (d *Detection) compile(env *cel.Env, key, text string, want *cel.Type) (*expression, error) {
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
	p, err := env.Program(checked, opts...)
	if err != nil {
		return nil, err
	}
	quick, test := native(checked.NativeRep(), d.log)
	return &expression{cel: p, checked: checked.NativeRep(), quick: quick, test: test}, nil
}

// expression is CEL, evaluated directly where it is of the part that native knows.
type expression struct {
	cel     cel.Program
	checked *ast.AST
	quick   node
	test    test
}

func (x *expression) eval(s *Seen) Value {
	if x.quick != nil {
		return x.quick(s, nil)
	}
	return x.slow(s)
}

// slow evaluates with CEL's own evaluator.
func (x *expression) slow(s *Seen) Value {
	v, _, err := x.cel.Eval(s.activation())
	if err != nil {
		return failed(err.Error())
	}
	switch v := v.(type) {
	case types.Bool:
		return Bool(bool(v))
	case types.Int:
		return Int(int64(v))
	case types.Double:
		return Float(float64(v))
	case types.String:
		return Text(string(v))
	case types.Null:
		return Value{}
	}
	return Text(fmt.Sprint(v.Value()))
}

// Matches reports whether an event is what the detection looks for. What cannot be evaluated, such as a number where a text
// was thought of, is an error.
func (d *Detection) Matches(s *Seen) (bool, error) {
	if err := d.Compile(); err != nil {
		return false, err
	}
	return d.Is(s)
}

func listed(want, on []string) bool {
	return len(on) > 0 && slices.ContainsFunc(on, func(x string) bool { return slices.Contains(want, x) })
}

// Is is [Detection.Matches] for a detection that is compiled.
func (d *Detection) Is(s *Seen) (bool, error) {
	if !d.Met(s) {
		return false, nil
	}
	return d.is(d.when, s)
}

// Lines reports whether the log has a line for every flow or query, of which a finding names few.
func (d *Detection) Lines() bool { return len(d.log.Fields) > 0 }

func (d *Detection) is(x *expression, s *Seen) (bool, error) {
	if x.test != nil {
		if q := x.test(s, nil); q != neither {
			return q == yes, nil
		}
	}
	v := x.eval(s)
	if v.Kind == kindError {
		return false, fmt.Errorf("%s: %s", d.ID, v.S)
	}
	return v.Kind == KindBool && v.N == 1, nil
}

// Step is the first step of the sequence that an event is, or -1.
func (d *Detection) Step(s *Seen, from int) (int, error) {
	for i := from; i < len(d.steps); i++ {
		if ok, err := d.is(d.steps[i], s); err != nil || ok {
			return i, err
		}
	}
	return -1, nil
}

// On is the resource that an event was done to; empty where the detection names none, or there is none.
func (d *Detection) On(s *Seen) string { return give(d.on, s).String() }

// Of is the value that a form is about: what a window counts, what is to be first or rare, what a rate sums.
func (d *Detection) Of(s *Seen) Value { return give(d.of, s) }

// By is the value of a grouping in CEL. Several detections that an event meets often group it by the same.
func (d *Detection) By(s *Seen) string {
	if s.grouping != d.grouping || s.grouping == "" {
		s.grouping, s.group = d.grouping, give(d.by, s).String()
	}
	return s.group
}

func give(x *expression, s *Seen) Value {
	if x == nil {
		return Value{}
	}
	if v := x.eval(s); v.Kind != kindError {
		return v
	}
	return Value{}
}
