package estate

// TCPPorts is the range of TCP ports that the rule is about, 0 to 65535 for every port; ok is false for one of other
// protocols. unknown says what would settle it, when it is not known.
func (r *PortRule) TCPPorts() (from, to int64, ok bool, unknown *Meta) {
	if r.Protocol.State == Unknown {
		return 0, 0, true, &r.Protocol.Meta
	}
	if name := protocolName(&r.Protocol); name != "tcp" && name != "-1" {
		return 0, 0, false, nil
	}
	from, to, unknown = r.span()
	return max(from, 0), min(to, maxPort), unknown != nil || from <= to && to >= 0 && from <= maxPort, unknown
}

// TCPPorts is the range of TCP ports that the entry is about; see PortRule.
func (e *ACLEntry) TCPPorts() (from, to int64, ok bool, unknown *Meta) { return e.rule().TCPPorts() }

// DefaultEgress reports whether the group has the rule that lets everything out and that nobody wrote: CloudFormation and
// the API leave it where no other is written, and Terraform removes it.
func (g *SecurityGroup) DefaultEgress() Fact[bool] {
	if g.Egress.State == Unknown && g.Egress.MayBeAbsent {
		return UnknownLike[bool](g.Egress.Meta)
	}
	return KnownFact(g.Egress.State == Absent && g.decl.World == CloudFormation, g.Egress.Origin)
}
