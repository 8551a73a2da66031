package estate

import "testing"

// aclEntry is an inbound entry for everyone that stands on its own.
func aclEntry(name string, number int, action, protocol string, port string) Declaration {
	at := Origin{File: "t.yaml", Line: 1, Column: 1}
	return Declaration{
		World: CloudFormation, Type: "AWS::EC2::NetworkAclEntry", Address: "AWS::EC2::NetworkAclEntry." + name, Unit: "t.yaml", Origin: at,
		Body: Map([]Field{
			{"NetworkAclId", Reference(Ref{ID: "t.yaml#AWS::EC2::NetworkAcl.Main"}, "${Main}", at)},
			{"RuleNumber", Number(string(rune('0'+number)), at)},
			{"RuleAction", String(action, at)},
			{"Protocol", String(protocol, at)},
			{"CidrBlock", String("0.0.0.0/0", at)},
			{"PortRange", Map([]Field{{"From", Number(port, at)}, {"To", Number(port, at)}}, at)},
		}, at),
	}
}

func TestTheFirstEntryThatMatchesDecides(t *testing.T) {
	acl := Declaration{World: CloudFormation, Type: "AWS::EC2::NetworkAcl", Address: "AWS::EC2::NetworkAcl.Main", Unit: "t.yaml"}
	conditional := aclEntry("Deny", 1, "deny", "6", "22")
	conditional.Conditional = "give the parameter Closed"
	tests := map[string]struct {
		others []Declaration
		want   Fact[bool]
	}{
		"alone":                    {nil, KnownFact(true, Origin{})},
		"denied before":            {[]Declaration{aclEntry("Deny", 1, "deny", "6", "22")}, KnownFact(false, Origin{})},
		"everything denied before": {[]Declaration{aclEntry("Deny", 1, "deny", "-1", "22")}, KnownFact(false, Origin{})},
		"denied after":             {[]Declaration{aclEntry("Deny", 9, "deny", "6", "22")}, KnownFact(true, Origin{})},
		"another port denied":      {[]Declaration{aclEntry("Deny", 1, "deny", "6", "23")}, KnownFact(true, Origin{})},
		"another protocol denied":  {[]Declaration{aclEntry("Deny", 1, "deny", "17", "22")}, KnownFact(true, Origin{})},
		"allowed twice":            {[]Declaration{aclEntry("More", 1, "allow", "6", "22")}, KnownFact(true, Origin{})},
		"perhaps denied before":    {[]Declaration{conditional}, UnknownFact[bool]("", Origin{})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := Build(Reading{Declarations: append([]Declaration{acl, aclEntry("Open", 5, "allow", "6", "22")}, tt.others...)})
			r, ok := e.Resource("t.yaml#AWS::EC2::NetworkAclEntry.Open")
			if !ok {
				t.Fatal("the entry is not in the estate")
			}
			got := r.(*NetworkACLEntry).LetsWorldIn("22")
			if got.State != tt.want.State || got.Value != tt.want.Value && got.State == Known {
				t.Errorf("got %v %v (%s), want %v %v", got.State, got.Value, got.Why, tt.want.State, tt.want.Value)
			}
		})
	}
}
