package estate

import (
	"strings"
	"testing"
)

func TestAnInstanceTakesItsEngineFromWhatItBelongsTo(t *testing.T) {
	at := Origin{"t.yaml", 7, 9}
	text := func(name, value string) Field { return Field{name, String(value, at)} }
	to := func(field, id string) Field { return Field{field, Reference(Ref{ID: "t.yaml#" + id}, "${"+id+"}", at)} }
	around := []Declaration{
		decl("AWS::RDS::DBCluster", "Cluster", text("Engine", "aurora-postgresql"), text("EngineVersion", "16.4")),
		decl("AWS::RDS::DBInstance", "Source", text("Engine", "oracle-ee"), text("EngineVersion", "19.0.0.0.ru-2024-07.rur-2024-07.r1")),
		decl("AWS::RDS::DBParameterGroup", "Group", text("Family", "postgres15")),
		decl("AWS::RDS::DBParameterGroup", "Db2Group", text("Family", "db2-se-11.5")),
		decl("AWS::RDS::OptionGroup", "Options", text("EngineName", "sqlserver-ex")),
		decl("AWS::RDS::DBInstance", "Ring", to("SourceDBInstanceIdentifier", "AWS::RDS::DBInstance.Ring2")),
		decl("AWS::RDS::DBInstance", "Ring2", to("SourceDBInstanceIdentifier", "AWS::RDS::DBInstance.Ring")),
	}
	for name, c := range map[string]struct {
		fields          []Field
		family, version string
		state           State
		parameterFamily string
	}{
		"its own":           {[]Field{text("Engine", "MySQL"), text("EngineVersion", "8.0.39")}, "mysql", "8.0.39", Known, "mysql8.0"},
		"old Aurora":        {[]Field{text("Engine", "aurora")}, "aurora-mysql", "", Known, ""},
		"a member":          {[]Field{to("DBClusterIdentifier", "AWS::RDS::DBCluster.Cluster")}, "aurora-postgresql", "16.4", Known, "aurora-postgresql16"},
		"a replica":         {[]Field{to("SourceDBInstanceIdentifier", "AWS::RDS::DBInstance.Source")}, "oracle", "19.0.0.0.ru-2024-07.rur-2024-07.r1", Known, ""},
		"by group":          {[]Field{to("DBParameterGroupName", "AWS::RDS::DBParameterGroup.Group")}, "postgres", "15", Known, "postgres15"},
		"by Db2 group":      {[]Field{to("DBParameterGroupName", "AWS::RDS::DBParameterGroup.Db2Group")}, "db2", "11.5", Known, ""},
		"by default group":  {[]Field{text("Engine", "mysql"), text("DBParameterGroupName", "default.mysql8.4")}, "mysql", "8.4", Known, "mysql8.4"},
		"by options":        {[]Field{to("OptionGroupName", "AWS::RDS::OptionGroup.Options")}, "sqlserver", "", Known, ""},
		"a replica of what": {[]Field{text("SourceDBInstanceIdentifier", "elsewhere")}, "", "", Unknown, ""},
		"restored":          {[]Field{text("DBSnapshotIdentifier", "elsewhere")}, "", "", Unknown, ""},
		"nothing says":      {nil, "", "", Absent, ""},
		"in a ring":         {[]Field{to("SourceDBInstanceIdentifier", "AWS::RDS::DBInstance.Ring")}, "", "", Unknown, ""},
	} {
		e := Build(Reading{Declarations: append([]Declaration{decl("AWS::RDS::DBInstance", "Main", c.fields...)}, around...)})
		d := All[DBInstance](e)[0]
		if f := d.EngineFamily(); f.Value != c.family && f.State != Unknown || f.State != c.state {
			t.Errorf("%s: family %q (%v), want %q (%v)", name, f.Value, f.State, c.family, c.state)
		}
		if v := d.Version(); v.State == Known && v.Value != c.version || v.State == Absent && c.version != "" {
			t.Errorf("%s: version %q (%v), want %q", name, v.Value, v.State, c.version)
		}
		if p := d.ParameterFamily(); c.parameterFamily != "" && p.Value != c.parameterFamily {
			t.Errorf("%s: parameter family %q, want %q", name, p.Value, c.parameterFamily)
		}
		d.Encrypted() // must end, in a ring too
	}
}

func TestTheTablesOfEnginesAreInOrder(t *testing.T) {
	last := map[string]engineSupport{}
	for _, s := range engineSupports() {
		before := last[s.family]
		if before.major != "" && CompareVersions(s.major, before.major) <= 0 {
			t.Errorf("%s %s comes after %s", s.family, s.major, before.major)
		}
		if s.standard > s.last || s.standard < before.standard {
			t.Errorf("%s %s: the ends are out of order", s.family, s.major)
		}
		if !strings.HasPrefix(s.source, "https://docs.aws.amazon.com/") {
			t.Errorf("%s %s: %q is no page of AWS", s.family, s.major, s.source)
		}
		last[s.family] = s
	}
	if len(last) < 6 {
		t.Errorf("%d engines in the table", len(last))
	}
}

func TestSupportEndsWithTheMajorVersion(t *testing.T) {
	for _, c := range []struct {
		family, version, want string
		state                 State
	}{
		{"mysql", "8.0.36", "2026-07-31T23:59:59Z", Known},
		{"mysql", "8.0", "2026-07-31T23:59:59Z", Known},
		{"postgres", "9.6.21", "2022-04-30T23:59:59Z", Known},
		{"aurora-mysql", "5.7.mysql_aurora.2.12.4", "2024-10-31T23:59:59Z", Known},
		{"sqlserver", "13.00.6300.2.v1", "2026-07-14T23:59:59Z", Known},
		{"postgres", "99.1", "", Absent},
		{"mysql", "7.0", "", Unknown},
		{"oracle", "19", "", Unknown},
	} {
		got := supportEnd(KnownFact(c.family, Origin{}), KnownFact(c.version, Origin{}), func(s *engineSupport) string { return s.standard })
		if got.Value != c.want || got.State != c.state {
			t.Errorf("%s %s: %q (%v), want %q (%v)", c.family, c.version, got.Value, got.State, c.want, c.state)
		}
	}
}

func TestASelectionTakesInByNamePatternTagAndCondition(t *testing.T) {
	at := Origin{"t.yaml", 7, 9}
	list := func(items ...Value) Value { return List(items, at) }
	selection := func(fields ...Field) Declaration {
		return decl("AWS::Backup::BackupSelection", "S", Field{"BackupSelection", Map(fields, at)})
	}
	tags := func(name, key, value string) Field {
		return Field{name, list(Map([]Field{{"ConditionKey", String(key, at)}, {"ConditionValue", String(value, at)}}, at))}
	}
	conditions := func(key, value string) Field {
		return Field{"Conditions", Map([]Field{tags("StringEquals", key, value)}, at)}
	}
	condition := func(test, value string) Field {
		return Field{"Conditions", Map([]Field{tags(test, "aws:ResourceTag/backup", value)}, at)}
	}
	self := PartialString("arn:aws:rds:${AWS::Region}:${AWS::AccountId}:db:${Main}", "", at)
	self.Ref = &Ref{ID: "t.yaml#AWS::RDS::DBInstance.Main"}
	arn := func(s string) Field { return Field{"Resources", list(String(s, at))} }
	for name, c := range map[string]struct {
		selection Declaration
		state     State
		want      bool
	}{
		"the reference":           {selection(Field{"Resources", list(self)}), Known, true},
		"everything":              {selection(arn("*")), Known, true},
		"all instances":           {selection(arn("arn:aws:rds:*:*:db:*")), Known, true},
		"its name":                {selection(arn("arn:aws:rds:eu-west-1:111122223333:db:orders")), Known, true},
		"a pattern of its name":   {selection(arn("arn:aws:rds:*:*:db:ord*")), Known, true},
		"another name":            {selection(arn("arn:aws:rds:*:*:db:carts")), Known, false},
		"all clusters":            {selection(arn("arn:aws:rds:*:*:cluster:*")), Known, false},
		"another service":         {selection(arn("arn:aws:dynamodb:*:*:table/*")), Known, false},
		"an unknown ARN":          {selection(Field{"Resources", list(UnknownBecause("give parameter X a value", at))}), Unknown, false},
		"an unknown name":         {selection(Field{"Resources", list(PartialString("arn:aws:rds:${AWS::Region}:1:db:${Name}", "give parameter Name a value", at))}), Unknown, false},
		"its tag":                 {selection(tags("ListOfTags", "backup", "daily")), Known, true},
		"another tag":             {selection(tags("ListOfTags", "backup", "weekly")), Known, false},
		"a tag not known":         {selection(tags("ListOfTags", "owner", "x")), Unknown, false},
		"all on a condition":      {selection(arn("*"), conditions("aws:ResourceTag/backup", "daily")), Known, true},
		"all but on a condition":  {selection(arn("*"), conditions("aws:ResourceTag/backup", "weekly")), Known, false},
		"all whose tag is like":   {selection(arn("*"), condition("StringLike", "dai*")), Known, true},
		"all whose tag is unlike": {selection(arn("*"), condition("StringNotLike", "dai*")), Known, false},
		"all with another tag":    {selection(arn("*"), condition("StringNotEquals", "weekly")), Known, true},
		"nothing named":           {selection(), Known, true},
		"all but the reference":   {selection(arn("*"), Field{"NotResources", list(self)}), Known, false},
		"all but another":         {selection(arn("*"), Field{"NotResources", list(String("arn:aws:rds:*:*:db:carts", at))}), Known, true},
		"all but an unknown name": {selection(arn("*"), Field{"NotResources", list(UnknownBecause("give parameter X a value", at))}), Unknown, false},
	} {
		main := decl("AWS::RDS::DBInstance", "Main", Field{"DBInstanceIdentifier", String("orders", at)}, Field{"Tags", list(
			Map([]Field{{"Key", String("backup", at)}, {"Value", String("daily", at)}}, at),
			Map([]Field{{"Key", String("owner", at)}, {"Value", UnknownBecause("give parameter Owner a value", at)}}, at),
		)})
		e := Build(Reading{Declarations: []Declaration{main, c.selection}})
		if got := All[DBInstance](e)[0].CoveredByBackup(); got.State != c.state || got.State == Known && got.Value != c.want {
			t.Errorf("%s: %v %v (%s), want %v %v", name, got.State, got.Value, got.Why, c.state, c.want)
		}
	}
}

func TestTheLongestPauseOfASchedule(t *testing.T) {
	for text, want := range map[string]int64{
		"rate(12 hours)": 12 * hourSeconds, "rate(1 day)": daySeconds, "rate(30 minutes)": 1800,
		"cron(0 5 ? * * *)": daySeconds, "cron(0 12 * * ? *)": daySeconds, "cron(15 * * * ? *)": hourSeconds,
		"cron(0 */6 * * ? *)": 6 * hourSeconds, "cron(0 0/4 ? * * *)": 4 * hourSeconds,
		"cron(0 0,6,18 ? * * *)": 12 * hourSeconds, "cron(0 22,2 * * ? *)": 0,
		"cron(0 5 ? * SUN *)": 7 * daySeconds, "cron(0 5 1 * ? *)": 31 * daySeconds,
		"cron(0 5 ? 1 * *)": 0, "": 0, "rate(x)": 0, "cron()": 0,
	} {
		got, ok := scheduleSeconds(text)
		if ok != (want > 0) || ok && got != want {
			t.Errorf("%q: %d %v, want %d", text, got, ok, want)
		}
	}
}
