package estate

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// parameters.tsv: engine family, first version (inclusive, empty: any), end version (exclusive), parameter, default,
// where AWS says so.
//
//go:embed parameters.tsv
var parametersTSV string

type parameterDefault struct {
	family, from, until, name, value, source string
}

var parameterDefaults = sync.OnceValue(func() []parameterDefault {
	var out []parameterDefault
	for line := range strings.Lines(parametersTSV) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		if len(cells) != 6 {
			panic("estate: parameters.tsv: want 6 cells: " + line)
		}
		out = append(out, parameterDefault{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]})
	}
	return out
})

// effectiveParameter decides an engine parameter from the group in force and the engine's default.
func effectiveParameter(name string, family, version Fact[string], link *Fact[string], group *Fact[Pairs]) Fact[string] {
	if f, found := parameterIn(name, link, group); found {
		return f
	}
	return defaultParameter(name, family, version)
}

// parameterIn looks a parameter up in the group in force; not found means that what stands behind the group decides.
func parameterIn(name string, link *Fact[string], group *Fact[Pairs]) (f Fact[string], found bool) {
	switch {
	case link.State == Unknown:
		return UnknownLike[string](link.Meta), true
	case group != nil && group.State == Unknown:
		return UnknownLike[string](group.Meta), true
	case group != nil:
		for i := range group.Value { // RDS takes DB2COMM for db2comm
			if strings.EqualFold(group.Value[i].Name, name) {
				return group.Value[i].Value, true
			}
		}
	case link.State == Known && link.Value != "" && !strings.HasPrefix(link.Value, "default."):
		return UnknownFact[string](fmt.Sprintf("read the parameter group %s too: it is not in these files", link.Value), link.Origin), true
	}
	return f, false
}

// defaultParameter looks the engine's default up. A version that is not given may be any: where the default changed
// between versions the answer is then unknown.
func defaultParameter(name string, family, version Fact[string]) Fact[string] {
	if family.State != Known && family.Value == "" {
		if family.State == Unknown {
			return UnknownLike[string](family.Meta)
		}
		return UnknownFact[string]("give the engine", family.Origin)
	}
	var hits []parameterDefault
	for _, d := range parameterDefaults() {
		if d.family != family.Value || d.name != name {
			continue
		}
		if version.State == Known && !versionWithin(version.Value, d.from, d.until) {
			continue
		}
		hits = append(hits, d)
	}
	at := version.Origin
	if len(hits) == 0 {
		return UnknownFact[string](fmt.Sprintf("the default of %s for %s is not known; set it in a parameter group", name, family.Value), at)
	}
	for _, h := range hits[1:] {
		if h.value != hits[0].value {
			return UnknownFact[string](fmt.Sprintf("give the engine version: the default of %s depends on it", name), at)
		}
	}
	f := Fact[string]{Value: hits[0].value}
	f.Origin, f.Why = at, "default of "+family.Value+", "+hits[0].source
	return f
}

func versionWithin(version, from, until string) bool {
	return (from == "" || CompareVersions(version, from) >= 0) && (until == "" || CompareVersions(version, until) < 0)
}

// CompareVersions compares dotted versions number by number; 15 and 15.0 are equal, and what is not a number ends it.
func CompareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		m, errX := strconv.Atoi(x)
		n, errY := strconv.Atoi(y)
		if errX != nil && x != "" || errY != nil && y != "" {
			return 0
		}
		if m != n {
			return m - n
		}
	}
	return 0
}
