package estate

import (
	"slices"
	"strings"
)

// NetworkACL is the stateless filter around subnets, with the entries written in it.
type NetworkACL struct {
	Resource `kind:"network_acl" var:"acl" cfn:"AWS::EC2::NetworkAcl" tf:"aws_network_acl,aws_default_network_acl" aws:"ec2:NetworkAcl"`

	AssignedID Fact[string]         `as:"id" name:"true" aws:"NetworkAclId"`
	VPC        Link[VPC]            `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	DefaultOf  Link[VPC]            `tf:"default_network_acl_id"`
	Subnets    Fact[[]Link[Subnet]] `tf:"subnet_ids" aws:"Associations.*.SubnetId"`
	Ingress    Fact[[]ACLEntry]     `tf:"ingress"`
	Egress     Fact[[]ACLEntry]     `tf:"egress"`
	// Entries is how the API lists both directions; each entry says its own.
	Entries Fact[[]ACLEntry] `aws:"Entries"`
}

// NetworkACLEntry is an entry written on its own. It has the same facts as a network ACL, holding one entry.
type NetworkACLEntry struct {
	Resource `kind:"network_acl_entry" plural:"network_acl_entries" var:"acl" cfn:"AWS::EC2::NetworkAclEntry" tf:"aws_network_acl_rule"`

	ACL     Link[NetworkACL] `as:"acl" cfn:"NetworkAclId" tf:"network_acl_id"`
	Ingress Fact[[]ACLEntry] `cfn:"AWS::EC2::NetworkAclEntry[Egress!=true]=." tf:"aws_network_acl_rule[egress!=true]=."`
	Egress  Fact[[]ACLEntry] `cfn:"AWS::EC2::NetworkAclEntry[Egress=true]=." tf:"aws_network_acl_rule[egress=true]=."`
}

// ACLEntry allows or denies one range of ports from, or to, a CIDR. Entries are tried by number, lowest first.
type ACLEntry struct {
	At Origin `json:"-" fact:"-"`
	In World  `json:"-" fact:"-"`
	// Table names the network ACL of an entry that is written on its own.
	Table    Fact[string] `json:"-" cfn:"NetworkAclId" tf:"network_acl_id"`
	Number   Fact[int64]  `cfn:"RuleNumber" tf:"rule_no|rule_number" aws:"RuleNumber"`
	Outbound Fact[bool]   `cfn:"Egress" tf:"egress" aws:"Egress"`
	Action   Fact[string] `cfn:"RuleAction" tf:"action|rule_action" aws:"RuleAction"`
	Protocol Fact[string] `cfn:"Protocol" tf:"protocol" aws:"Protocol"`
	FromPort Fact[int64]  `cfn:"PortRange.From" tf:"from_port" aws:"PortRange.From"`
	ToPort   Fact[int64]  `cfn:"PortRange.To" tf:"to_port" aws:"PortRange.To"`
	CIDR     Fact[string] `as:"cidr" cfn:"CidrBlock" tf:"cidr_block" aws:"CidrBlock"`
	IPv6CIDR Fact[string] `as:"ipv6_cidr" cfn:"Ipv6CidrBlock" tf:"ipv6_cidr_block" aws:"Ipv6CidrBlock"`
}

func (e *ACLEntry) place(o Origin)     { e.At = o }
func (e *ACLEntry) declaredIn(w World) { e.In = w }

// Allows reports whether the entry lets traffic through.
func (e *ACLEntry) Allows() Fact[bool] {
	if e.Action.State == Unknown {
		return UnknownLike[bool](e.Action.Meta)
	}
	return KnownFact(strings.EqualFold(e.Action.Value, "allow"), e.Action.Origin)
}

// rule is the entry as a security group would write it, of which ports and addresses mean the same. One that Terraform
// has as a resource of its own goes to AWS as it is, which ignores the ports where all protocols are meant.
func (e *ACLEntry) rule() *PortRule {
	r := &PortRule{At: e.At, In: e.In, Protocol: e.Protocol, FromPort: e.FromPort, ToPort: e.ToPort}
	if e.In == Terraform && e.Table.State != Absent {
		r.In = Live
	}
	r.IPv4, r.IPv6 = oneCIDR(&e.CIDR), oneCIDR(&e.IPv6CIDR)
	return r
}

// oneCIDR is a CIDR as a list of one; what is partly known stays so.
func oneCIDR(cidr *Fact[string]) Fact[Strings] {
	if cidr.State == Absent {
		return Fact[Strings]{Meta: cidr.Meta}
	}
	return Fact[Strings]{Meta: Meta{State: Known, Origin: cidr.Origin}, Value: Strings{*cidr}}
}

// Covers reports whether the entry is about a port; see PortRule.
func (e *ACLEntry) Covers(port string) Fact[bool] { return e.rule().Covers(port) }

// AllProtocols reports whether the entry is not limited to one protocol.
func (e *ACLEntry) AllProtocols() Fact[bool] { return e.rule().AllProtocols() }

// AllPorts reports whether every port is meant.
func (e *ACLEntry) AllPorts() Fact[bool] { return e.rule().AllPorts() }

// OpenToWorld reports whether the entry is about every address of IPv4 or of IPv6. One without addresses cannot be
// deployed, and is about none.
func (e *ACLEntry) OpenToWorld() Fact[bool] { return e.rule().anyCIDR(everyone) }

// LetsWorldIn reports whether a port, or any of several separated by commas, is open to every address of IPv4 or of
// IPv6. The entry with the lowest number that matches decides, as in the network itself.
func (a *NetworkACL) LetsWorldIn(ports string) Fact[bool] {
	if a.Ingress.State == Unknown {
		return UnknownLike[bool](a.Ingress.Meta)
	}
	return letWorldIn(a.Ingress.Value, a.inbound(), ports, a.Ingress.Origin)
}

// LetsWorldIn reports whether the entry opens a port, or any of several separated by commas, to every address of IPv4 or
// of IPv6, and none with a lower number closes it.
func (e *NetworkACLEntry) LetsWorldIn(ports string) Fact[bool] {
	if e.Ingress.State == Unknown {
		return UnknownLike[bool](e.Ingress.Meta)
	}
	all := e.Ingress.Value
	if acl, ok := e.ACL.To.(*NetworkACL); ok {
		all = acl.inbound()
	}
	return letWorldIn(e.Ingress.Value, all, ports, e.decl.Origin)
}

// inbound are the entries for what comes in, those written on their own among them.
func (a *NetworkACL) inbound() []ACLEntry {
	out := slices.Clone(a.Ingress.Value)
	for _, r := range a.estate.Named(a) {
		e, ok := r.(*NetworkACLEntry)
		if !ok {
			continue
		}
		for _, entry := range e.Ingress.Value {
			if why := e.decl.Conditional; why != "" { // where it would stand in the order is known, but not whether it does
				entry.Number = UnknownFact[int64](why, e.decl.Origin)
			}
			out = append(out, entry)
		}
	}
	return out
}

// letWorldIn asks which of some entries open a port to everyone, with all the entries around them.
func letWorldIn(entries, all []ACLEntry, ports string, at Origin) Fact[bool] {
	var open []Fact[bool]
	for port := range strings.SplitSeq(ports, ",") {
		for i := range entries {
			e := &entries[i]
			lets := allTrue(e.Allows(), e.OpenToWorld(), e.Covers(port))
			for j := range all {
				lets = bothTrue(lets, not(all[j].closes(e, port)))
			}
			open = append(open, lets)
		}
	}
	return anyTrue(at, open)
}

// closes reports whether the entry is tried before e and denies a port to every address that e is about.
func (d *ACLEntry) closes(e *ACLEntry, port string) Fact[bool] {
	earlier := UnknownFact[bool]("number the entries", d.At)
	if d.Number.State == Known && e.Number.State == Known {
		earlier = KnownFact(d.Number.Value < e.Number.Value, d.At)
	}
	return allTrue(earlier, not(d.Allows()), d.Covers(port), coversAll(&d.CIDR, &e.CIDR), coversAll(&d.IPv6CIDR, &e.IPv6CIDR))
}

// coversAll reports whether a CIDR is every address of its family, where the other names any of it.
func coversAll(cidr, other *Fact[string]) Fact[bool] {
	if other.State == Absent || other.State == Known && other.Value == "" {
		return KnownFact(true, other.Origin)
	}
	r := PortRule{At: cidr.Origin, IPv4: oneCIDR(cidr)}
	return r.anyCIDR(everyone)
}

// Allowed lists what the entries let in, for people.
func (a *NetworkACL) Allowed() Fact[Strings] { return aclTexts(&a.Ingress) }

// Allowed lists what the entry lets in, for people.
func (a *NetworkACLEntry) Allowed() Fact[Strings] { return aclTexts(&a.Ingress) }

func aclTexts(entries *Fact[[]ACLEntry]) Fact[Strings] {
	if entries.State == Unknown {
		return UnknownLike[Strings](entries.Meta)
	}
	out := KnownFact(Strings{}, entries.Origin)
	for i := range entries.Value {
		e := &entries.Value[i]
		if allows := e.Allows(); allows.State == Known && !allows.Value {
			continue
		}
		if len(out.Value) == 0 {
			out.Origin = e.At
		}
		out.Value = append(out.Value, KnownFact(e.rule().text("from"), e.At))
	}
	return out
}

// NetworkACLAssociation puts a subnet under a network ACL.
type NetworkACLAssociation struct {
	Resource `kind:"network_acl_association" cfn:"AWS::EC2::SubnetNetworkAclAssociation" tf:"aws_network_acl_association"`

	Subnet Link[Subnet]     `cfn:"SubnetId" tf:"subnet_id"`
	ACL    Link[NetworkACL] `as:"acl" cfn:"NetworkAclId" tf:"network_acl_id"`
}
