package estate

import "testing"

func TestATableScalesWhereATargetAndAPolicyNameIt(t *testing.T) {
	at := Origin{"t.yaml", 7, 9}
	text := func(name, value string) Field { return Field{name, String(value, at)} }
	const dimension = "dynamodb:table:ReadCapacityUnits"
	table := decl("AWS::DynamoDB::Table", "T", text("TableName", "orders"))
	target := func(resource Value) Declaration {
		return decl("AWS::ApplicationAutoScaling::ScalableTarget", "Target",
			text("ScalableDimension", dimension), Field{"ResourceId", resource})
	}
	policy := func(fields ...Field) Declaration {
		return decl("AWS::ApplicationAutoScaling::ScalingPolicy", "Policy", fields...)
	}
	reference := PartialString("table/${T}", "", at)
	reference.Ref = &Ref{ID: table.ID()}
	byTarget := policy(Field{"ScalingTargetId", Reference(Ref{ID: "t.yaml#AWS::ApplicationAutoScaling::ScalableTarget.Target"}, "${Target}", at)})
	for name, c := range map[string]struct {
		others []Declaration
		want   Fact[bool]
	}{
		"nothing":            {nil, KnownFact(false, at)},
		"a target alone":     {[]Declaration{target(reference)}, KnownFact(false, at)},
		"target and policy":  {[]Declaration{target(reference), byTarget}, KnownFact(true, at)},
		"by name":            {[]Declaration{target(String("table/orders", at)), byTarget}, KnownFact(true, at)},
		"by another's name":  {[]Declaration{target(String("table/carts", at)), byTarget}, KnownFact(false, at)},
		"by a parameter":     {[]Declaration{target(UnknownBecause("give parameter X a value", at)), byTarget}, UnknownFact[bool]("", at)},
		"policy by resource": {[]Declaration{target(reference), policy(text("ScalableDimension", dimension), Field{"ResourceId", reference})}, KnownFact(true, at)},
		"policy for writes":  {[]Declaration{target(reference), policy(text("ScalableDimension", "dynamodb:table:WriteCapacityUnits"), Field{"ResourceId", reference})}, KnownFact(false, at)},
	} {
		e := Build(Reading{Declarations: append([]Declaration{table}, c.others...)})
		got := All[DynamoDBTable](e)[0].Scales("read")
		if got.State != c.want.State || got.Value != c.want.Value {
			t.Errorf("%s: got %v %v (%s), want %v %v", name, got.State, got.Value, got.Why, c.want.State, c.want.Value)
		}
	}
}

func TestAClusterSpansZonesWithTwoInstances(t *testing.T) {
	at := Origin{"t.yaml", 7, 9}
	cluster := decl("AWS::Neptune::DBCluster", "C")
	instance := func(name, zone string) Declaration {
		fields := []Field{{"DBClusterIdentifier", Reference(Ref{ID: cluster.ID()}, "${C}", at)}}
		if zone != "" {
			fields = append(fields, Field{"AvailabilityZone", String(zone, at)})
		}
		return decl("AWS::Neptune::DBInstance", name, fields...)
	}
	maybe := instance("Maybe", "")
	maybe.Conditional = "give parameter Replica a value"
	stray := decl("AWS::Neptune::DBInstance", "Stray", Field{"DBClusterIdentifier", UnknownBecause("give parameter C a value", at)})
	for name, c := range map[string]struct {
		instances []Declaration
		want      Fact[bool]
	}{
		"none":                {nil, UnknownFact[bool]("", at)},
		"one":                 {[]Declaration{instance("A", "")}, KnownFact(false, at)},
		"two":                 {[]Declaration{instance("A", ""), instance("B", "")}, KnownFact(true, at)},
		"two in one zone":     {[]Declaration{instance("A", "a"), instance("B", "a")}, KnownFact(false, at)},
		"two in two zones":    {[]Declaration{instance("A", "a"), instance("B", "b")}, KnownFact(true, at)},
		"one and perhaps one": {[]Declaration{instance("A", ""), maybe}, UnknownFact[bool]("", at)},
		"one and a stray":     {[]Declaration{instance("A", ""), stray}, UnknownFact[bool]("", at)},
	} {
		e := Build(Reading{Declarations: append([]Declaration{cluster}, c.instances...)})
		got := All[NeptuneCluster](e)[0].MultiAZ()
		if got.State != c.want.State || got.Value != c.want.Value {
			t.Errorf("%s: got %v %v (%s), want %v %v", name, got.State, got.Value, got.Why, c.want.State, c.want.Value)
		}
	}
}
