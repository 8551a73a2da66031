package estate

// SecurityGroup is a firewall around network interfaces, with the rules written in it.
type SecurityGroup struct {
	Resource `kind:"security_group" var:"sg" cfn:"AWS::EC2::SecurityGroup" tf:"aws_security_group,aws_default_security_group" aws:"ec2:SecurityGroup"`

	AssignedID  Fact[string] `as:"id" name:"true" aws:"GroupId"`
	Name        Fact[string] `name:"true" cfn:"GroupName" tf:"name" aws:"GroupName"`
	NamePrefix  Fact[string] `tf:"name_prefix"`
	Description Fact[string] `cfn:"GroupDescription" tf:"description" aws:"Description" tfdefault:"Managed by Terraform"`
	VPC         Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	// Ingress and Egress are the rules written in the group; see [SecurityGroupRule] for the others. Where no egress is
	// written CloudFormation and the API leave a rule that lets everything out, and Terraform removes it.
	Ingress Fact[[]PortRule] `cfn:"SecurityGroupIngress" tf:"ingress" aws:"IpPermissions"`
	Egress  Fact[[]PortRule] `cfn:"SecurityGroupEgress" tf:"egress" aws:"IpPermissionsEgress"`
}

// SecurityGroupRule is a rule written on its own and attached to a group. It has the same facts as a group, holding
// one rule.
type SecurityGroupRule struct {
	Resource `kind:"security_group_rule" var:"sg" cfn:"AWS::EC2::SecurityGroupIngress,AWS::EC2::SecurityGroupEgress" tf:"aws_security_group_rule,aws_vpc_security_group_ingress_rule,aws_vpc_security_group_egress_rule"`

	Group       Link[SecurityGroup] `cfn:"GroupId|GroupName" tf:"security_group_id"`
	Description Fact[string]        `cfn:"Description" tf:"description"`
	Ingress     Fact[[]PortRule]    `cfn:"AWS::EC2::SecurityGroupIngress=." tf:"aws_vpc_security_group_ingress_rule=.|aws_security_group_rule[type=ingress]=."`
	Egress      Fact[[]PortRule]    `cfn:"AWS::EC2::SecurityGroupEgress=." tf:"aws_vpc_security_group_egress_rule=.|aws_security_group_rule[type=egress]=."`
}

// SecurityGroupVPCAssociation lends a security group to a further VPC.
type SecurityGroupVPCAssociation struct {
	Resource `kind:"security_group_vpc_association" cfn:"AWS::EC2::SecurityGroupVpcAssociation" tf:"aws_vpc_security_group_vpc_association"`

	Group Link[SecurityGroup] `cfn:"GroupId" tf:"security_group_id"`
	VPC   Link[VPC]           `cfn:"VpcId" tf:"vpc_id"`
}

// Default reports whether it is the group that AWS made with the VPC, which takes in whatever names no group.
func (g *SecurityGroup) Default() Fact[bool] {
	if g.decl.Type == "aws_default_security_group" {
		return KnownFact(true, g.decl.Origin)
	}
	if g.Name.State == Unknown && g.Name.Text == "" {
		return UnknownLike[bool](g.Name.Meta)
	}
	// A name of which a part is written is not the one AWS keeps for the default group.
	return KnownFact(g.Name.State == Known && g.Name.Value == "default", g.Name.Origin)
}

// Default reports whether the rule belongs to a VPC's default group.
func (r *SecurityGroupRule) Default() Fact[bool] {
	if g := r.Group.Target(); g != nil {
		return g.Default()
	}
	if vpc, ok := r.Group.To.(*VPC); ok { // GetAtt VPC.DefaultSecurityGroup
		return KnownFact(vpc != nil && isDefaultGroup(r.Group.Ref), r.Group.Origin)
	}
	return KnownFact(false, r.Group.Origin)
}

func isDefaultGroup(ref *Ref) bool {
	return ref != nil && (ref.Attr == "DefaultSecurityGroup" || ref.Attr == "default_security_group_id")
}

// OpenPorts lists what the whole internet may connect to, for people: "tcp 3306 from 0.0.0.0/0".
func (g *SecurityGroup) OpenPorts() Fact[Strings] { return openRules(&g.Ingress, "from") }

// OpenPorts lists what the whole internet may connect to; see SecurityGroup.
func (r *SecurityGroupRule) OpenPorts() Fact[Strings] { return openRules(&r.Ingress, "from") }

// OpenEgress lists what the members may connect to on the whole internet.
func (g *SecurityGroup) OpenEgress() Fact[Strings] { return openRules(&g.Egress, "to") }

// OpenEgress lists what the members may connect to on the whole internet.
func (r *SecurityGroupRule) OpenEgress() Fact[Strings] { return openRules(&r.Egress, "to") }

// Inbound lists the rules that let in, for people.
func (g *SecurityGroup) Inbound() Fact[Strings] { return ruleTexts(&g.Ingress, "from") }

// Inbound lists the rules that let in, for people.
func (r *SecurityGroupRule) Inbound() Fact[Strings] { return ruleTexts(&r.Ingress, "from") }

// Outbound lists the rules that let out, for people.
func (g *SecurityGroup) Outbound() Fact[Strings] { return ruleTexts(&g.Egress, "to") }

// Outbound lists the rules that let out, for people.
func (r *SecurityGroupRule) Outbound() Fact[Strings] { return ruleTexts(&r.Egress, "to") }

// ruleTexts puts rules into words; the place of the first is the place of all.
func ruleTexts(rules *Fact[[]PortRule], word string, only ...func(*PortRule) bool) Fact[Strings] {
	if rules.State == Unknown {
		return UnknownLike[Strings](rules.Meta)
	}
	out := KnownFact(Strings{}, rules.Origin)
	for i := range rules.Value {
		r := &rules.Value[i]
		if len(only) > 0 && !only[0](r) {
			continue
		}
		if len(out.Value) == 0 {
			out.Origin = r.At
		}
		out.Value = append(out.Value, KnownFact(r.text(word), r.At))
	}
	return out
}

func openRules(rules *Fact[[]PortRule], word string) Fact[Strings] {
	return ruleTexts(rules, word, func(r *PortRule) bool {
		open := r.OpenToWorld()
		return open.State == Unknown || open.Value
	})
}

// groupWiring are the types that name a security group without putting an interface behind it.
var groupWiring = map[string]bool{
	"AWS::EC2::SecurityGroup": true, "AWS::EC2::SecurityGroupIngress": true, "AWS::EC2::SecurityGroupEgress": true,
	"AWS::EC2::SecurityGroupVpcAssociation": true,
	"aws_security_group":                    true, "aws_default_security_group": true, "aws_security_group_rule": true,
	"aws_vpc_security_group_ingress_rule": true, "aws_vpc_security_group_egress_rule": true,
	"aws_vpc_security_group_vpc_association": true,
}

// Used reports whether anything in the estate stands behind the group, of whatever type. What only names it as a
// source, or writes a rule into it, does not count.
func (g *SecurityGroup) Used() Fact[bool] {
	out := KnownFact(false, g.decl.Origin)
	for _, d := range g.users() {
		switch {
		case groupWiring[d.Type]:
		case d.Conditional != "":
			out = UnknownFact[bool](d.Conditional, d.Origin)
		default:
			return KnownFact(true, d.Origin)
		}
	}
	return out
}

// users are the declarations that name the group, by reference or by its name.
func (g *SecurityGroup) users() []*Declaration {
	var out []*Declaration
	for _, id := range g.estate.Users(g.ID()) {
		if d, ok := g.estate.Declared(id); ok {
			out = append(out, d)
		}
	}
	for _, r := range g.estate.Named(g) {
		out = append(out, r.Base().decl)
	}
	return out
}
