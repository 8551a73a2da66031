package estate

import (
	"path"
	"strconv"
	"strings"
)

// CoveredByBackup reports whether a plan of AWS Backup takes the instance in.
func (d *DBInstance) CoveredByBackup() Fact[bool] { return covered(d, "rds", "db:", &d.Identifier) }

// CoveredByBackup reports whether a plan of AWS Backup takes the cluster in.
func (c *DBCluster) CoveredByBackup() Fact[bool] { return covered(c, "rds", "cluster:", &c.Identifier) }

// CoveredByBackup reports whether a plan of AWS Backup takes the table in.
func (t *DynamoDBTable) CoveredByBackup() Fact[bool] {
	return covered(t, "dynamodb", "table/", &t.Name)
}

// CoveredByBackup reports whether a plan of AWS Backup takes the cluster in.
func (c *DocumentDBCluster) CoveredByBackup() Fact[bool] {
	return covered(c, "rds", "cluster:", &c.Identifier)
}

// CoveredByBackup reports whether a plan of AWS Backup takes the cluster in.
func (c *NeptuneCluster) CoveredByBackup() Fact[bool] {
	return covered(c, "rds", "cluster:", &c.Identifier)
}

// RecoveryPointSeconds is how much of the last writes a restore loses at worst: five minutes with automated backups,
// the longest pause of the schedule with AWS Backup, -1 without either.
func (d *DBInstance) RecoveryPointSeconds() Fact[int64] {
	return recoveryPoint(d, &d.BackupRetentionDays, "rds", "db:", &d.Identifier)
}

// RecoveryPointSeconds is how much of the last writes a restore loses at worst; see DBInstance.
func (c *DBCluster) RecoveryPointSeconds() Fact[int64] {
	return recoveryPoint(c, &c.BackupRetentionDays, "rds", "cluster:", &c.Identifier)
}

// automatedRecoveryPoint is the pause between the logs that RDS keeps with automated backups: the latest time that can
// be restored is at most five minutes ago.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
const automatedRecoveryPoint = 300

func recoveryPoint(r AnyResource, retention *Fact[int64], service, typ string, name *Fact[string]) Fact[int64] {
	if retention.State != Unknown && retention.Value > 0 {
		return KnownFact[int64](automatedRecoveryPoint, retention.Origin)
	}
	out := KnownFact[int64](-1, retention.Origin)
	var open *Meta
	if retention.State == Unknown {
		open = &retention.Meta
	}
	for _, s := range All[BackupSelection](r.Base().estate) {
		in := s.takes(r, service, typ, name)
		if in.State == Unknown {
			open = &in.Meta
		}
		if in.State != Known || !in.Value {
			continue
		}
		p := s.Plan.Target()
		if p == nil {
			open = &Meta{Origin: s.Plan.Origin, Why: "read the files that declare the backup plan too"}
			continue
		}
		if pause := p.pause(); pause.State == Unknown {
			open = &pause.Meta
		} else if out.Value < 0 || pause.Value < out.Value {
			out = pause
		}
	}
	if open != nil && out.Value != automatedRecoveryPoint {
		return UnknownLike[int64](*open)
	}
	return out
}

// pause is the longest time between two recovery points of a plan.
func (p *BackupPlan) pause() Fact[int64] {
	if p.Rules.State == Unknown {
		return UnknownLike[int64](p.Rules.Meta)
	}
	out := KnownFact[int64](-1, p.decl.Origin)
	for i := range p.Rules.Value {
		r := &p.Rules.Value[i]
		if r.Continuous.State != Unknown && r.Continuous.Value {
			return KnownFact[int64](automatedRecoveryPoint, r.Continuous.Origin)
		}
		seconds, ok := scheduleSeconds(r.Schedule.Value)
		switch {
		case r.Schedule.State == Unknown:
			return UnknownLike[int64](r.Schedule.Meta)
		case r.Schedule.State == Absent:
			seconds = daySeconds // AWS Backup's default schedule
		case !ok:
			return UnknownFact[int64]("state the schedule as rate(…) or with plain hours and days", r.Schedule.Origin)
		}
		if out.Value < 0 || seconds < out.Value {
			out = KnownFact(seconds, r.Schedule.Origin)
		}
	}
	return out
}

const (
	hourSeconds = 3600
	daySeconds  = 24 * hourSeconds
)

// scheduleSeconds is the longest pause of a schedule as EventBridge writes it: rate(value unit), or cron(minutes hours
// day-of-month month day-of-week year). Only the plain forms of cron are read.
func scheduleSeconds(text string) (seconds int64, ok bool) {
	if rate, ok := cutCall(text, "rate"); ok {
		value, unit, _ := strings.Cut(rate, " ")
		n, err := strconv.ParseInt(value, 10, 64)
		per := map[string]int64{"minute": 60, "hour": hourSeconds, "day": daySeconds}[strings.TrimSuffix(unit, "s")]
		return n * per, err == nil && n > 0 && per > 0
	}
	cron, ok := cutCall(text, "cron")
	f := strings.Fields(cron)
	if !ok || len(f) != 6 || f[3] != "*" || f[5] != "*" {
		return 0, false
	}
	everyDay := strings.Contains("*?", f[2]) && strings.Contains("*?", f[4])
	step, isStep := strings.CutPrefix(f[1], "*/")
	if !isStep {
		step, isStep = strings.CutPrefix(f[1], "0/")
	}
	switch n, err := strconv.ParseInt(step, 10, 64); {
	case !everyDay && f[2] == "1":
		return 31 * daySeconds, true
	case !everyDay:
		return 7 * daySeconds, strings.Contains("*?", f[2])
	case f[1] == "*":
		return hourSeconds, true
	case isStep && err == nil && n > 0 && n <= 24:
		return n * hourSeconds, true
	}
	hours := strings.Split(f[1], ",")
	longest, first, last := int64(0), int64(-1), int64(-1)
	for _, h := range hours {
		n, err := strconv.ParseInt(h, 10, 64)
		if err != nil || n <= last {
			return 0, false
		}
		if first < 0 {
			first = n
		} else {
			longest = max(longest, n-last)
		}
		last = n
	}
	return max(longest, first+24-last) * hourSeconds, true
}

func cutCall(text, name string) (inside string, ok bool) {
	inside, ok = strings.CutPrefix(strings.TrimSpace(text), name+"(")
	return strings.TrimSpace(strings.TrimSuffix(inside, ")")), ok
}

// covered asks every selection in the estate.
func covered(r AnyResource, service, typ string, name *Fact[string]) Fact[bool] {
	out := KnownFact(false, r.Base().decl.Origin)
	for _, s := range All[BackupSelection](r.Base().estate) {
		in := s.takes(r, service, typ, name)
		if in.State == Known && in.Value {
			return in
		}
		if in.State == Unknown {
			out = in
		}
	}
	return out
}

// takes reports whether the selection takes a resource in: by its ARN or a pattern of ARNs, or by a tag, then by all
// conditions, unless it is left out by name. A selection that names neither resources nor tags takes all.
func (s *BackupSelection) takes(r AnyResource, service, typ string, name *Fact[string]) Fact[bool] {
	arn := selected{r, service, typ, name}
	in := anyTrue(s.decl.Origin, []Fact[bool]{arn.among(&s.Resources), taggedWithAny(r, &s.ByTags)})
	if s.Resources.State == Absent && s.ByTags.State == Absent {
		in = KnownFact(true, s.decl.Origin)
	}
	in = allTrue(in, taggedWithAll(r, &s.Equals), taggedWithAll(r, &s.Like),
		not(taggedWithAny(r, &s.NotEquals)), not(taggedWithAny(r, &s.NotLike)), not(arn.among(&s.NotResources)))
	if s.decl.Conditional != "" && (in.State == Unknown || in.Value) {
		return UnknownFact[bool](s.decl.Conditional, s.decl.Origin)
	}
	return in
}

// selected is a resource as ARNs name it.
type selected struct {
	r            AnyResource
	service, typ string
	name         *Fact[string]
}

// among reports whether the resource is in a list of ARNs and patterns.
func (s selected) among(list *Fact[[]Link[Resource]]) Fact[bool] {
	if list.State == Unknown {
		return UnknownLike[bool](list.Meta)
	}
	facts := make([]Fact[bool], len(list.Value))
	for i := range list.Value {
		facts[i] = s.named(&list.Value[i])
	}
	return anyTrue(list.Origin, facts)
}

// named compares with one ARN. Partition, region and account are not compared: what is in one estate is taken to be in
// the place that its selections name.
func (s selected) named(l *Link[Resource]) Fact[bool] {
	if l.Ref != nil {
		return KnownFact(l.Ref.ID == s.r.Base().ID(), l.Origin)
	}
	text := l.text()
	if l.State == Unknown && text == "" {
		return UnknownLike[bool](l.Meta)
	}
	if text == "*" {
		return KnownFact(true, l.Origin)
	}
	parts := strings.SplitN(hideNames(text), ":", 6)
	if len(parts) != 6 || parts[0] != "arn" && parts[0] != "*" {
		return KnownFact(false, l.Origin)
	}
	if service := parts[2]; !glob(service, s.service) && !strings.Contains(service, hidden) {
		return KnownFact(false, l.Origin)
	}
	resource := parts[5]
	if resource == "*" || resource == s.typ+"*" {
		return KnownFact(true, l.Origin)
	}
	if !strings.HasPrefix(resource, s.typ) && !strings.HasPrefix(resource, "*") && !strings.Contains(resource, hidden) {
		return KnownFact(false, l.Origin)
	}
	switch {
	case strings.Contains(resource, hidden):
		return UnknownLike[bool](l.Meta)
	case s.name.State == Unknown:
		return UnknownLike[bool](s.name.Meta)
	case s.name.State == Absent: // AWS makes the name up
		return KnownFact(false, l.Origin)
	}
	return KnownFact(glob(resource, s.typ+s.name.Value), l.Origin)
}

// hidden stands for a part of a text that is not known.
const hidden = "\x00"

// hideNames puts hidden in the place of every ${…}, whose name may hold colons.
func hideNames(text string) string {
	for {
		from := strings.Index(text, "${")
		if from < 0 {
			return text
		}
		to := strings.IndexByte(text[from:], '}')
		if to < 0 {
			return text
		}
		text = text[:from] + hidden + text[from+to+1:]
	}
}

// glob compares with a pattern in which only the star is special.
func glob(pattern, text string) bool {
	escape := strings.NewReplacer("/", "\x01", "[", `\[`, "?", `\?`, `\`, `\\`)
	ok, err := path.Match(escape.Replace(pattern), strings.ReplaceAll(text, "/", "\x01"))
	return ok && err == nil
}

// taggedWithAny reports whether the resource has one of the tags; a star in a value stands for any text.
func taggedWithAny(r AnyResource, tags *Fact[[]SelectionTag]) Fact[bool] {
	if tags.State == Unknown {
		return UnknownLike[bool](tags.Meta)
	}
	facts := make([]Fact[bool], len(tags.Value))
	for i := range tags.Value {
		facts[i] = tagged(r, &tags.Value[i])
	}
	return anyTrue(tags.Origin, facts)
}

// taggedWithAll reports whether the resource has all of the tags.
func taggedWithAll(r AnyResource, tags *Fact[[]SelectionTag]) Fact[bool] {
	if tags.State == Unknown {
		return UnknownLike[bool](tags.Meta)
	}
	out := KnownFact(true, tags.Origin)
	for i := range tags.Value {
		out = bothTrue(out, tagged(r, &tags.Value[i]))
	}
	return out
}

func tagged(r AnyResource, t *SelectionTag) Fact[bool] {
	have := &r.Base().Tags
	switch {
	case t.Key.State == Unknown:
		return UnknownLike[bool](t.Key.Meta)
	case t.Value.State == Unknown:
		return UnknownLike[bool](t.Value.Meta)
	case have.State == Unknown:
		return UnknownLike[bool](have.Meta)
	}
	v, ok := have.Value.Get(strings.TrimPrefix(t.Key.Value, "aws:ResourceTag/"))
	if ok && v.State == Unknown {
		return UnknownLike[bool](v.Meta)
	}
	return KnownFact(ok && glob(t.Value.Value, v.Value), have.Origin)
}
