package estate

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
)

// EngineFamily is the engine without edition: mysql, mariadb, postgres, oracle, sqlserver, db2, aurora-mysql,
// aurora-postgresql. Where the instance does not say, its cluster, its source or its groups do; it is empty where
// nothing says.
func (d *DBInstance) EngineFamily() Fact[string] {
	if d.Engine.State != Absent && d.Engine.Ref == nil {
		return engineFamily(&d.Engine)
	}
	if c := d.Cluster.Target(); c != nil {
		return c.EngineFamily()
	}
	if d.Engine.Ref != nil {
		return familyOf(d.estate, &d.Engine)
	}
	if source := d.ReplicaOf.Target(); source != nil && !d.inherits(source) {
		return source.EngineFamily()
	}
	if g := d.ParameterGroup.Target(); g != nil && g.Family.State != Absent {
		return engineFamily(&g.Family)
	}
	if g := d.OptionGroup.Target(); g != nil && g.Engine.State != Absent {
		return engineFamily(&g.Engine)
	}
	for _, source := range []*Fact[string]{&d.Cluster.Fact, &d.ReplicaOf.Fact, &d.ReplicaOfCluster.Fact, &d.Snapshot.Fact, &d.RestoredFrom.Fact} {
		if n := names(source); n.State == Unknown || n.Value {
			return UnknownFact[string]("give the engine here too: it is its source's", source.Origin)
		}
	}
	return Fact[string]{Meta: Meta{Origin: d.Engine.Origin}}
}

// EngineFamily is the engine without edition; see DBInstance.
func (c *DBCluster) EngineFamily() Fact[string] {
	if c.Engine.Ref != nil {
		return familyOf(c.estate, &c.Engine)
	}
	return engineFamily(&c.Engine)
}

// familyOf follows an engine written as another resource's attribute.
func familyOf(e *Estate, engine *Fact[string]) Fact[string] {
	r, _ := e.Resource(engine.Ref.ID)
	switch r := r.(type) {
	case *DBCluster:
		if r.Engine.Ref == nil {
			return r.EngineFamily()
		}
	case *DBGlobalCluster:
		if r.Engine.Ref == nil {
			return engineFamily(&r.Engine)
		}
	case *DBInstance:
		if r.Engine.Ref == nil {
			return engineFamily(&r.Engine)
		}
	}
	return UnknownLike[string](engine.Meta)
}

// engineFamily reads an engine's name, or a parameter group's family, which begins with it.
func engineFamily(engine *Fact[string]) Fact[string] {
	if engine.State == Unknown {
		return *engine
	}
	name := strings.ToLower(engine.Value)
	f := *engine
	f.Value = name
	switch {
	case strings.HasPrefix(name, "aurora-postgresql"):
		f.Value = "aurora-postgresql"
	case strings.HasPrefix(name, "aurora"):
		f.Value = "aurora-mysql"
	case strings.Contains(name, "db2-"):
		f.Value = "db2"
	case strings.Contains(name, "oracle-"):
		f.Value = "oracle"
	case strings.Contains(name, "sqlserver-"):
		f.Value = "sqlserver"
	default:
		for _, plain := range []string{"mysql", "mariadb", "postgres"} {
			if strings.HasPrefix(name, plain) {
				f.Value = plain
			}
		}
	}
	return f
}

// Version is the engine version in force, as far as it is known: as written, else the cluster's, the source's or the
// one a parameter group's family names. It is absent where RDS chooses, which takes a version it supports.
func (d *DBInstance) Version() Fact[string] {
	if d.EngineVersion.State != Absent && d.EngineVersion.Ref == nil {
		return d.EngineVersion
	}
	if c := d.Cluster.Target(); c != nil {
		return c.Version()
	}
	if d.EngineVersion.Ref != nil {
		return versionOf(d.estate, &d.EngineVersion)
	}
	if source := d.ReplicaOf.Target(); source != nil && !d.inherits(source) {
		return source.Version()
	}
	var family *Fact[string]
	if g := d.ParameterGroup.Target(); g != nil {
		family = &g.Family
	}
	return inheritedVersion(family, &d.ParameterGroup.Fact, &d.EngineVersion,
		&d.ReplicaOf.Fact, &d.ReplicaOfCluster.Fact, &d.Snapshot.Fact, &d.RestoredFrom.Fact)
}

// Version is the engine version in force; see DBInstance.
func (c *DBCluster) Version() Fact[string] {
	if c.EngineVersion.Ref != nil {
		return versionOf(c.estate, &c.EngineVersion)
	}
	if c.EngineVersion.State != Absent {
		return c.EngineVersion
	}
	var family *Fact[string]
	if g := c.ParameterGroup.Target(); g != nil {
		family = &g.Family
	}
	return inheritedVersion(family, &c.ParameterGroup.Fact, &c.EngineVersion,
		&c.ReplicaOf.Fact, &c.Snapshot.Fact, &c.RestoredFrom.Fact, &c.GlobalCluster.Fact)
}

func versionOf(e *Estate, version *Fact[string]) Fact[string] {
	r, _ := e.Resource(version.Ref.ID)
	switch r := r.(type) {
	case *DBCluster:
		if r.EngineVersion.Ref == nil {
			return r.Version()
		}
	case *DBGlobalCluster:
		if r.EngineVersion.Ref == nil {
			return r.EngineVersion
		}
	case *DBInstance:
		if r.EngineVersion.Ref == nil {
			return r.EngineVersion
		}
	}
	return UnknownLike[string](version.Meta)
}

// inheritedVersion is the version where none is written: the parameter group's, RDS's choice, or a source's that is
// not known.
func inheritedVersion(family, group, none *Fact[string], sources ...*Fact[string]) Fact[string] {
	if family == nil && group.State == Known && strings.HasPrefix(group.Value, "default.") {
		named := *group
		named.Value = strings.TrimPrefix(group.Value, "default.")
		family = &named
	}
	if family != nil && family.State == Known {
		if i := strings.IndexAny(strings.TrimPrefix(family.Value, "db2"), "0123456789"); i >= 0 {
			f := *family
			f.Value = family.Value[len(family.Value)-len(strings.TrimPrefix(family.Value, "db2"))+i:]
			return f
		}
	}
	for _, source := range sources {
		if n := names(source); n.State == Unknown || n.Value {
			return UnknownFact[string]("give the engine version here too: it is its source's", source.Origin)
		}
	}
	return *none
}

// ParameterFamily is the family that a parameter group for the instance has, such as postgres16.
func (d *DBInstance) ParameterFamily() Fact[string] {
	return parameterFamily(&d.Engine, d.EngineFamily(), d.Version())
}

// ParameterFamily is the family that a parameter group for the cluster has, such as aurora-mysql8.0.
func (c *DBCluster) ParameterFamily() Fact[string] {
	return parameterFamily(&c.Engine, c.EngineFamily(), c.Version())
}

func parameterFamily(engine *Fact[string], family, version Fact[string]) Fact[string] {
	if family.State == Unknown {
		return family
	}
	if version.State != Known {
		return UnknownFact[string]("give the engine version", version.Origin)
	}
	numbers := strings.Split(version.Value, ".")
	major := strings.Join(numbers[:min(2, len(numbers))], ".")
	out := version
	switch family.Value {
	case "postgres", "aurora-postgresql":
		if CompareVersions(version.Value, "10") >= 0 {
			major = numbers[0]
		}
		out.Value = family.Value + major
	case "oracle":
		out.Value = engine.Value + "-" + numbers[0]
	case "sqlserver":
		out.Value = engine.Value + "-" + numbers[0] + ".0"
	case "db2":
		out.Value = engine.Value + "-" + major
	default:
		out.Value = family.Value + major
	}
	return out
}

// Parameter is the value of an engine parameter that holds for the instance: from its parameter group, else from its
// cluster's, else the engine's default for the version.
func (d *DBInstance) Parameter(name string) Fact[string] {
	group := groupParameters(d.ParameterGroup.To)
	c := d.Cluster.Target()
	if c == nil {
		return effectiveParameter(name, d.EngineFamily(), d.Version(), &d.ParameterGroup.Fact, group)
	}
	if f, found := parameterIn(name, &d.ParameterGroup.Fact, group); found {
		return f
	}
	return c.Parameter(name)
}

// Parameter is the value of an engine parameter that holds for the cluster.
func (c *DBCluster) Parameter(name string) Fact[string] {
	return effectiveParameter(name, c.EngineFamily(), c.Version(), &c.ParameterGroup.Fact, groupParameters(c.ParameterGroup.To))
}

func groupParameters(group AnyResource) *Fact[Pairs] {
	switch g := group.(type) {
	case *DBParameterGroup:
		return &g.Parameters
	case *DBClusterParameterGroup:
		return &g.Parameters
	default:
		return nil
	}
}

// defaultPorts are where the engines listen when nothing is written. CloudFormation gives Aurora PostgreSQL 3306.
var defaultPorts = map[string][]int64{
	"mysql": {3306}, "mariadb": {3306}, "aurora-mysql": {3306}, "postgres": {5432}, "aurora-postgresql": {5432, 3306},
	"oracle": {1521}, "sqlserver": {1433}, "db2": {50000},
}

func onDefaultPort(port *Fact[int64], family Fact[string]) Fact[bool] {
	switch {
	case port.State == Unknown:
		return UnknownLike[bool](port.Meta)
	case port.State == Absent:
		return KnownFact(true, port.Origin)
	case family.State == Unknown:
		return UnknownLike[bool](family.Meta)
	}
	return KnownFact(slices.Contains(defaultPorts[family.Value], port.Value), port.Origin)
}

// engines.tsv: engine family, major version, end of standard support, end of all support, where AWS says so.
//
//go:embed engines.tsv
var enginesTSV string

type engineSupport struct {
	family, major  string
	standard, last string // days, 2006-01-02
	source         string
}

var engineSupports = sync.OnceValue(func() []engineSupport {
	var out []engineSupport
	for line := range strings.Lines(enginesTSV) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) != 5 {
			panic("estate: engines.tsv: want 5 cells: " + line)
		}
		for _, day := range cells[2:4] {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				panic("estate: engines.tsv: " + err.Error())
			}
		}
		out = append(out, engineSupport{cells[0], cells[1], cells[2], cells[3], cells[4]})
	}
	return out
})

// StandardSupportEnd is the moment at which AWS's standard support of the engine version ends; after it RDS bills
// Extended Support, or takes the version away. It is absent for a version newer than those of the table.
func (d *DBInstance) StandardSupportEnd() Fact[string] {
	return supportEnd(d.EngineFamily(), d.Version(), func(s *engineSupport) string { return s.standard })
}

// SupportEnd is the moment at which AWS stops to run the engine version, Extended Support included.
func (d *DBInstance) SupportEnd() Fact[string] {
	return supportEnd(d.EngineFamily(), d.Version(), func(s *engineSupport) string { return s.last })
}

// StandardSupportEnd is the moment at which AWS's standard support of the engine version ends; see DBInstance.
func (c *DBCluster) StandardSupportEnd() Fact[string] {
	return supportEnd(c.EngineFamily(), c.Version(), func(s *engineSupport) string { return s.standard })
}

// SupportEnd is the moment at which AWS stops to run the engine version, Extended Support included.
func (c *DBCluster) SupportEnd() Fact[string] {
	return supportEnd(c.EngineFamily(), c.Version(), func(s *engineSupport) string { return s.last })
}

func supportEnd(family, version Fact[string], end func(*engineSupport) string) Fact[string] {
	switch {
	case family.State == Unknown:
		return UnknownLike[string](family.Meta)
	case version.State != Known:
		return version
	}
	newer, listed := true, false
	for _, s := range engineSupports() {
		if s.family != family.Value {
			continue
		}
		listed = true
		if majorOf(version.Value, s.major) {
			f := version
			f.Value, f.Why = end(&s)+"T23:59:59Z", s.source
			return f
		}
		newer = newer && CompareVersions(version.Value, s.major) > 0
	}
	if listed && newer {
		return Fact[string]{Meta: Meta{Origin: version.Origin, Why: "newer than any version whose end is announced"}}
	}
	return UnknownFact[string]("see AWS's release calendar: when support of "+family.Value+" "+version.Value+" ends is not known here", version.Origin)
}

// majorOf reports whether version is major, or a minor version of it.
func majorOf(version, major string) bool {
	return version == major || strings.HasPrefix(version, major+".")
}

// SupportsPerformanceInsights reports whether Performance Insights runs on the instance: MySQL and MariaDB need more than
// the smallest classes.
func (d *DBInstance) SupportsPerformanceInsights() Fact[bool] {
	family := d.EngineFamily()
	class := strings.ToLower(d.InstanceClass.text())
	small := slices.ContainsFunc([]string{"t2.micro", "t2.small", "t3.micro", "t3.small", "t4g.micro", "t4g.small"}, func(c string) bool {
		return class == "db."+c
	})
	aurora := slices.ContainsFunc([]string{"db.t2.", "db.t3."}, func(c string) bool { return strings.HasPrefix(class, c) })
	switch {
	case d.InstanceClass.State == Unknown:
		return UnknownLike[bool](d.InstanceClass.Meta)
	case !small && !aurora:
		return KnownFact(true, d.InstanceClass.Origin)
	case family.State == Unknown && !small:
		return UnknownLike[bool](family.Meta)
	case family.State == Unknown, family.Value == "mysql", family.Value == "mariadb":
		return KnownFact(!small, d.InstanceClass.Origin)
	case family.Value == "aurora-mysql":
		return KnownFact(!aurora, d.InstanceClass.Origin)
	}
	return KnownFact(true, d.InstanceClass.Origin)
}

// securityLogs are the logs of each engine that say who came in, what was refused and what failed.
var securityLogs = map[string][]string{
	"postgres": {"postgresql"}, "aurora-postgresql": {"postgresql"},
	"mysql": {"audit", "error"}, "mariadb": {"audit", "error"}, "aurora-mysql": {"audit", "error"},
	"sqlserver": {"agent", "error"}, "oracle": {"alert", "audit", "listener"}, "db2": {"diag.log", "notify.log"},
}

// RecommendedLogs are the logs that a database of the engine should export.
func (d *DBInstance) RecommendedLogs() Fact[Strings] { return recommendedLogs(d.EngineFamily()) }

// RecommendedLogs are the logs that a cluster of the engine should export.
func (c *DBCluster) RecommendedLogs() Fact[Strings] { return recommendedLogs(c.EngineFamily()) }

func recommendedLogs(family Fact[string]) Fact[Strings] {
	if family.State == Unknown {
		return UnknownLike[Strings](family.Meta)
	}
	var out Strings
	for _, name := range securityLogs[family.Value] {
		out = append(out, KnownFact(name, family.Origin))
	}
	return KnownFact(out, family.Origin)
}
