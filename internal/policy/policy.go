// Package policy is bailey.yaml: which levels of data there are, what lives at which level, and what a team accepts
// for a time. Everything has a default, so an empty file works.
//
// Parsing is strict: an unknown key, level or duration is an error with line, column and remedy. The package does no
// I/O and reads no clock.
package policy

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/strict"
)

// Policy is a parsed bailey.yaml with its defaults filled in.
type Policy struct {
	File string
	// Levels are in order, from least to most sensitive.
	Levels       []Level
	Networks     map[string][]string
	Data         []Match
	DefaultLevel string
	// ClassificationTags are the tag keys that give a store's level, in the order they are asked.
	ClassificationTags []string
	Accept             []Waiver
	// Owners say who answers for which stores; the first that fits holds.
	Owners []Owner
	// Store is where what has to be remembered is kept: a file, or the address of a PostgreSQL database. Empty is the
	// default.
	Store  string
	Guard  Guard
	Watch  Watch
	Notify Notify
}

// Level is a named class of data.
type Level struct {
	Name        string
	Means       string
	Regulations []string
	// Leak is what a leak would cost, in words.
	Leak string
	// Reach names the only networks that may touch it; empty means no limit.
	Reach      []string
	Objectives Objectives
	// ReviewEvery is how often its classification is looked at again; zero means never.
	ReviewEvery time.Duration
	// Like names the built-in level whose severities hold where a safeguard does not know this level.
	Like string
}

// Objectives are what a level demands of recovery; zero means nothing is demanded.
type Objectives struct {
	RPO time.Duration // how much work may be lost
	RTO time.Duration // how long it may take to be back
}

// Match gives a level to the stores whose name or address fits a pattern.
type Match struct {
	Pattern string
	Level   string
	Line    int
}

// Owner answers for the stores whose name or address fits a pattern.
type Owner struct {
	Pattern string
	Name    string
	Line    int
}

// Waiver accepts the failure of a safeguard on some resources until a day.
type Waiver struct {
	Safeguard string
	Pattern   string
	Reason    string
	Until     time.Time // the last day on which it holds, 00:00 UTC
	Line      int
}

// Builtin are the names of the default levels, which safeguards are written for.
var builtin = [...]string{"public", "confidential", "protected", "secret"}

// Builtin returns the names of the default levels, from least to most sensitive.
func Builtin() []string { return slices.Clone(builtin[:]) }

// Default is the policy of an empty file.
func Default() *Policy {
	day := 24 * time.Hour
	return &Policy{
		Levels: []Level{
			{Name: "public", Means: "Anyone may see it.", Like: "public"},
			{Name: "confidential", Means: "For people inside the company.", Like: "confidential", ReviewEvery: 365 * day},
			{
				Name: "protected", Means: "A leak hurts customers or breaks a contract.", Like: "protected",
				Leak:       "Customers have to be told, contracts allow damages, and data protection law fines up to 4 % of turnover.",
				Objectives: Objectives{RPO: time.Hour, RTO: 4 * time.Hour}, ReviewEvery: 180 * day,
			},
			{
				Name: "secret", Means: "Cards, health records, government identifiers, keys.", Like: "secret",
				Leak:        "Everybody concerned and the authorities have to be told within days; fines, fraud and the right to take cards are at stake.",
				Regulations: []string{"pci-dss", "hipaa"},
				Objectives:  Objectives{RPO: 5 * time.Minute, RTO: time.Hour}, ReviewEvery: 90 * day,
			},
		},
		DefaultLevel:       "confidential",
		Guard:              DefaultGuard(),
		Watch:              Watch{Folder: "lists"},
		Notify:             DefaultNotify(),
		ClassificationTags: []string{"DataClassification", "data-classification", "data_classification", "data-class", "DataClass", "Classification", "classification"},
	}
}

type file struct {
	Levels             []fileLevel         `yaml:"levels"`
	Networks           map[string][]string `yaml:"networks"`
	Data               []fileMatch         `yaml:"data"`
	DefaultLevel       string              `yaml:"default_level"`
	ClassificationTags []string            `yaml:"classification_tags"`
	Accept             []fileWaiver        `yaml:"accept"`
	Owners             []fileOwner         `yaml:"owners"`
	Store              string              `yaml:"store"`
	Guard              *fileGuard          `yaml:"guard"`
	Watch              *fileWatch          `yaml:"watch"`
	Notify             *fileNotify         `yaml:"notify"`
}

type fileLevel struct {
	Name        string         `yaml:"name"`
	Means       string         `yaml:"means"`
	Regulations []string       `yaml:"regulations"`
	Leak        string         `yaml:"leak"`
	Reach       []string       `yaml:"reach"`
	Objectives  fileObjectives `yaml:"objectives"`
	ReviewEvery string         `yaml:"review_every"`
	Like        string         `yaml:"like"`
}

type fileObjectives struct {
	RPO string `yaml:"rpo"`
	RTO string `yaml:"rto"`
}

type fileMatch struct {
	Match string `yaml:"match"`
	Level string `yaml:"level"`
}

type fileOwner struct {
	Match string `yaml:"match"`
	Owner string `yaml:"owner"`
}

type fileWaiver struct {
	Safeguard string `yaml:"safeguard"`
	Match     string `yaml:"match"`
	Reason    string `yaml:"reason"`
	Until     string `yaml:"until"`
}

// Parse reads a policy file. The error joins everything that is wrong with it; each part is a *strict.Error.
func Parse(name string, data []byte) (*Policy, error) {
	var f file
	root, err := strict.Decode(name, data, &f)
	if err != nil {
		return nil, err
	}
	p := Default()
	p.File = name
	r := reader{file: name, root: root}
	if len(f.Levels) > 0 {
		p.Levels = r.levels(f.Levels)
		p.DefaultLevel = ""
	}
	if len(f.ClassificationTags) > 0 {
		p.ClassificationTags = f.ClassificationTags
	}
	p.Networks = r.networks(f.Networks)
	r.defaultLevel(p, f.DefaultLevel)
	for i, l := range p.Levels {
		for j, n := range l.Reach {
			if _, ok := p.Networks[n]; !ok {
				r.fail([]any{"levels", i, "reach", j}, "network %q is not defined under networks%s", n, strict.Suggest(n, keys(p.Networks)))
			}
		}
	}
	for i, m := range f.Data {
		at := r.node("data", i)
		r.pattern([]any{"data", i, "match"}, m.Match)
		if _, ok := p.Level(m.Level); !ok {
			r.fail([]any{"data", i, "level"}, "level %q is not defined%s", m.Level, strict.Suggest(m.Level, p.LevelNames()))
		}
		p.Data = append(p.Data, Match{Pattern: m.Match, Level: m.Level, Line: line(at)})
	}
	for i, o := range f.Owners {
		r.pattern([]any{"owners", i, "match"}, o.Match)
		if strings.TrimSpace(o.Owner) == "" {
			r.fail([]any{"owners", i}, "owner is missing: name the team or the person who answers for it")
		}
		p.Owners = append(p.Owners, Owner{Pattern: o.Match, Name: strings.TrimSpace(o.Owner), Line: line(r.node("owners", i))})
	}
	p.Guard = r.guard(p, f.Guard)
	p.Watch = r.watch(f.Watch)
	p.Notify = r.notify(f.Notify)
	p.Store = f.Store
	if u, err := url.Parse(f.Store); err == nil && u.User != nil {
		if _, ok := u.User.Password(); ok {
			r.fail([]any{"store"}, "a password has no place in the policy: leave it out and set PGPASSWORD, or use ~/.pgpass")
		}
	}
	for i, w := range f.Accept {
		p.Accept = append(p.Accept, r.waiver(i, w))
	}
	return p, r.err()
}

// Level returns the level of that name.
func (p *Policy) Level(name string) (Level, bool) {
	for _, l := range p.Levels {
		if l.Name == name {
			return l, true
		}
	}
	return Level{}, false
}

// Rank is a level's place in the order, -1 when there is none of that name.
func (p *Policy) Rank(name string) int {
	return slices.IndexFunc(p.Levels, func(l Level) bool { return l.Name == name })
}

// Highest returns the more sensitive of two levels; an unknown name loses.
func (p *Policy) Highest(a, b string) string {
	if p.Rank(b) > p.Rank(a) {
		return b
	}
	return a
}

// LevelNames returns the names in order.
func (p *Policy) LevelNames() []string {
	out := make([]string, len(p.Levels))
	for i, l := range p.Levels {
		out[i] = l.Name
	}
	return out
}

// BuiltinFor returns the built-in level whose severities hold for a level: the one it names with like, the one of the
// same name, else the one at the same place in the order, the stricter where it falls between two.
func (p *Policy) BuiltinFor(name string) string {
	l, ok := p.Level(name)
	if !ok {
		return builtin[len(builtin)-1]
	}
	if l.Like != "" {
		return l.Like
	}
	if slices.Contains(builtin[:], l.Name) {
		return l.Name
	}
	steps := len(p.Levels) - 1
	if steps == 0 {
		return builtin[len(builtin)-1]
	}
	i := (p.Rank(name)*(len(builtin)-1) + steps - 1) / steps
	return builtin[i]
}

// LevelOf finds the level that the policy's matches give to any of a store's names, and the pattern that fits.
func (p *Policy) LevelOf(names ...string) (Match, bool) {
	for _, m := range p.Data {
		for _, n := range names {
			if Fits(m.Pattern, n) {
				return m, true
			}
		}
	}
	return Match{}, false
}

// OwnerOf is who answers for a store, by any of its names; empty where the policy says nothing.
func (p *Policy) OwnerOf(names ...string) string {
	for _, o := range p.Owners {
		for _, n := range names {
			if Fits(o.Pattern, n) {
				return o.Name
			}
		}
	}
	return ""
}

// Waived finds the waiver that accepts a safeguard's failure on a resource on a day.
func (p *Policy) Waived(safeguard string, day time.Time, names ...string) (Waiver, bool) {
	for _, w := range p.Accept {
		if !Fits(w.Safeguard, safeguard) || day.After(w.Until.Add(24*time.Hour-time.Nanosecond)) {
			continue
		}
		for _, n := range names {
			if Fits(w.Pattern, n) {
				return w, true
			}
		}
	}
	return Waiver{}, false
}

// Expired returns the waivers that no longer hold on a day.
func (p *Policy) Expired(day time.Time) []Waiver {
	var out []Waiver
	for _, w := range p.Accept {
		if day.After(w.Until.Add(24*time.Hour - time.Nanosecond)) {
			out = append(out, w)
		}
	}
	return out
}

// Ranges are the ranges of the networks that a level names under reach.
func (p *Policy) Ranges(l Level) []string {
	out := []string{}
	for _, name := range l.Reach {
		out = append(out, p.Networks[name]...)
	}
	return out
}

// Fits reports whether a name fits a pattern as in file names, * ? and [], whatever the case. A * also covers slashes.
func Fits(pattern, name string) bool {
	hide := strings.NewReplacer("/", "\x01")
	ok, err := path.Match(hide.Replace(strings.ToLower(pattern)), hide.Replace(strings.ToLower(name)))
	return ok && err == nil
}

// ParseDuration reads 5m, 4h, 90d, 2w or a sum such as 1d12h.
func ParseDuration(s string) (time.Duration, error) {
	var total time.Duration
	rest := s
	for rest != "" {
		i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 {
			return 0, fmt.Errorf("duration %q: write 5m, 4h, 90d or 1d12h", s)
		}
		unit, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[rest[i]]
		if !ok || i > 6 {
			return 0, fmt.Errorf("duration %q: units are s, m, h, d and w", s)
		}
		var n time.Duration
		for _, c := range rest[:i] {
			n = n*10 + time.Duration(c-'0')
		}
		total += n * unit
		rest = rest[i+1:]
	}
	if total == 0 {
		return 0, fmt.Errorf("duration %q: write 5m, 4h, 90d or 1d12h", s)
	}
	return total, nil
}
