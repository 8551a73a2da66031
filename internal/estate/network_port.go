package estate

import (
	"net/netip"
	"strconv"
	"strings"
)

// PortRule admits one range of ports from, or to, some addresses, prefix lists or groups.
//
// What a range means: protocol -1 (or all) is every port of every protocol; CloudFormation and the API then ignore the
// ports, while Terraform refuses any but 0 to 0, so that a range written there all the same is taken at its word. Of
// TCP and UDP, no ports, -1 to -1 and 0 to 0 are read as every port: port 0 by itself is never meant.
type PortRule struct {
	At       Origin        `json:"-" fact:"-"`
	In       World         `json:"-" fact:"-"`
	Protocol Fact[string]  `cfn:"IpProtocol" tf:"protocol|ip_protocol" aws:"IpProtocol"`
	FromPort Fact[int64]   `cfn:"FromPort" tf:"from_port" aws:"FromPort"`
	ToPort   Fact[int64]   `cfn:"ToPort" tf:"to_port" aws:"ToPort"`
	IPv4     Fact[Strings] `as:"ipv4" cfn:"CidrIp" tf:"cidr_blocks|cidr_ipv4" aws:"IpRanges.*.CidrIp"`
	IPv6     Fact[Strings] `as:"ipv6" cfn:"CidrIpv6" tf:"ipv6_cidr_blocks|cidr_ipv6" aws:"Ipv6Ranges.*.CidrIpv6"`
	// Groups are the security groups let in, or connected to.
	Groups Fact[[]Link[SecurityGroup]] `cfn:"SourceSecurityGroupId|DestinationSecurityGroupId|SourceSecurityGroupName" tf:"security_groups|source_security_group_id|referenced_security_group_id" aws:"UserIdGroupPairs.*.GroupId"`
	// GroupOwner is the account of a group in another account.
	GroupOwner  Fact[string]             `cfn:"SourceSecurityGroupOwnerId" aws:"UserIdGroupPairs.UserId"`
	PrefixLists Fact[[]Link[PrefixList]] `cfn:"SourcePrefixListId|DestinationPrefixListId" tf:"prefix_list_ids|prefix_list_id" aws:"PrefixListIds.*.PrefixListId"`
	// Self lets in the members of the group that the rule stands in.
	Self        Fact[bool]   `tf:"self" default:"false"`
	Description Fact[string] `cfn:"Description" tf:"description" aws:"IpRanges.Description|UserIdGroupPairs.Description|Ipv6Ranges.Description|PrefixListIds.Description"`
}

func (r *PortRule) place(o Origin)     { r.At = o }
func (r *PortRule) declaredIn(w World) { r.In = w }

// protocols that AWS knows by name, by their IANA number.
var protocolNumbers = map[string]string{
	"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1",
}

// protocolName is a protocol as AWS names it: tcp, udp, icmp, icmpv6, -1 for all, or a number.
func protocolName(p *Fact[string]) string {
	name := strings.ToLower(strings.TrimSpace(p.Value))
	if known, ok := protocolNumbers[name]; ok {
		return known
	}
	return name
}

// AllProtocols reports whether the rule is not limited to one protocol.
func (r *PortRule) AllProtocols() Fact[bool] {
	if r.Protocol.State == Unknown {
		return UnknownLike[bool](r.Protocol.Meta)
	}
	return KnownFact(protocolName(&r.Protocol) == "-1", r.Protocol.Origin)
}

// AllPorts reports whether every port of its protocol, or of all, is meant.
func (r *PortRule) AllPorts() Fact[bool] {
	lo, hi, why := r.span()
	if why != nil {
		return UnknownLike[bool](*why)
	}
	name := protocolName(&r.Protocol)
	return KnownFact((name == "-1" || name == "tcp" || name == "udp") && lo <= 1 && hi >= maxPort, r.At)
}

// PortRange reports whether more than one port is written, as a range.
func (r *PortRule) PortRange() Fact[bool] {
	for _, p := range []*Fact[int64]{&r.FromPort, &r.ToPort} {
		if p.State == Unknown {
			return UnknownLike[bool](p.Meta)
		}
	}
	switch protocolName(&r.Protocol) {
	case "icmp", "icmpv6": // the two are type and code there
		return KnownFact(false, r.At)
	}
	return KnownFact(r.FromPort.State == Known && r.ToPort.State == Known && r.FromPort.Value != r.ToPort.Value, r.FromPort.Origin)
}

// Covers reports whether the rule admits a port, such as "3306", or "udp/11211" for one of UDP; of several, separated
// by commas, any. A rule without a protocol cannot be deployed and admits nothing.
func (r *PortRule) Covers(ports string) Fact[bool] {
	var unknown *Fact[bool]
	for port := range strings.SplitSeq(ports, ",") {
		f := r.covers(strings.TrimSpace(port))
		if f.State == Known && f.Value {
			return f
		}
		if f.State == Unknown {
			unknown = &f
		}
	}
	if unknown != nil {
		return *unknown
	}
	return KnownFact(false, r.FromPort.Origin)
}

func (r *PortRule) covers(port string) Fact[bool] {
	want := "tcp"
	if proto, rest, ok := strings.Cut(port, "/"); ok {
		want, port = proto, rest
	}
	n, err := strconv.ParseInt(port, 10, 64)
	if err != nil {
		return UnknownFact[bool]("name a port by its number", r.At)
	}
	if r.Protocol.State == Known {
		if name := protocolName(&r.Protocol); name != want && name != "-1" {
			return KnownFact(false, r.Protocol.Origin)
		}
	}
	if r.Protocol.State == Absent {
		return KnownFact(false, r.At)
	}
	lo, hi, why := r.span()
	if why != nil {
		return r.coversPartly(n, *why)
	}
	return KnownFact(lo <= n && n <= hi, r.FromPort.Origin)
}

// coversPartly decides what one known end of a range already decides, whatever is not known. Outside Terraform a
// protocol that is not known may be the one that ignores the range.
func (r *PortRule) coversPartly(n int64, why Meta) Fact[bool] {
	if r.Protocol.State == Known || r.In == Terraform {
		below := r.ToPort.State == Known && r.ToPort.Value > 0 && r.ToPort.Value < n
		if below || r.FromPort.State == Known && r.FromPort.Value > n {
			return KnownFact(false, r.FromPort.Origin)
		}
	}
	return UnknownLike[bool](why)
}

const maxPort = 65535

// span is the range of ports that is meant; why is set when it is not known.
func (r *PortRule) span() (lo, hi int64, why *Meta) {
	if r.Protocol.State == Unknown {
		return 0, 0, &r.Protocol.Meta
	}
	all := protocolName(&r.Protocol) == "-1"
	if all && r.In != Terraform {
		return 0, maxPort, nil
	}
	for _, p := range []*Fact[int64]{&r.FromPort, &r.ToPort} {
		if p.State == Unknown {
			if all { // nothing but 0 could be deployed
				return 0, maxPort, nil
			}
			return 0, 0, &p.Meta
		}
	}
	lo, hi = r.FromPort.Value, r.ToPort.Value
	if r.ToPort.State == Absent {
		hi = lo
	}
	if lo <= 0 && hi <= 0 {
		return 0, maxPort, nil
	}
	return lo, hi, nil
}

// OpenToWorld reports whether the rule admits every address of IPv4 or of IPv6. A rule that names no source at all
// narrows nothing and counts as open.
func (r *PortRule) OpenToWorld() Fact[bool] {
	f := r.anyCIDR(everyone)
	if f.State == Known && !f.Value && !r.namesSource() {
		return KnownFact(true, r.At)
	}
	return f
}

// everyone asks whether a CIDR is every address there is.
func everyone(p netip.Prefix, _ bool) (yes, ok bool) { return p.Bits() == 0, true }

// WidePublic reports whether the rule admits a range of public addresses wider than a /24 of IPv4 or a /48 of IPv6,
// though not all of them.
func (r *PortRule) WidePublic() Fact[bool] {
	return r.anyCIDR(func(p netip.Prefix, whose bool) (yes, ok bool) {
		limit := 24
		if p.Addr().Is6() {
			limit = 48
		}
		if p.Bits() == 0 || p.Bits() >= limit {
			return false, true
		}
		return !isPrivate(p), whose
	})
}

// Ranges reports whether the rule names any CIDR wider than a single address.
func (r *PortRule) Ranges() Fact[bool] {
	return r.anyCIDR(func(p netip.Prefix, _ bool) (yes, ok bool) { return p.Bits() < p.Addr().BitLen(), true })
}

// ByAddress reports whether the rule names addresses, rather than security groups or prefix lists.
func (r *PortRule) ByAddress() Fact[bool] {
	return r.anyCIDR(func(netip.Prefix, bool) (yes, ok bool) { return true, true })
}

// anyCIDR asks a question of every CIDR of the rule. Of one that is partly known, only its size may be; whose says
// whether the address is known too, and ok whether what is known decides.
func (r *PortRule) anyCIDR(ask func(p netip.Prefix, whose bool) (yes, ok bool)) Fact[bool] {
	var unknown *Meta
	for i, list := range []*Fact[Strings]{&r.IPv4, &r.IPv6} {
		if list.State == Unknown {
			unknown = &list.Meta
			continue
		}
		for j := range list.Value {
			cidr := &list.Value[j]
			if cidr.State == Known && cidr.Value == "" { // as Terraform's lists of objects spell what is not given
				continue
			}
			p, whose, ok := cidrOf(cidr, i == 1)
			if !ok {
				unknown = noCIDR(cidr)
				continue
			}
			switch yes, decided := ask(p, whose); {
			case !decided:
				unknown = &cidr.Meta
			case yes:
				return KnownFact(true, cidr.Origin)
			}
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, r.At)
}

// noCIDR says why a text cannot be taken for a CIDR.
func noCIDR(f *Fact[string]) *Meta {
	m := f.Meta
	if m.State == Known {
		m.Why = "write a CIDR: " + strconv.Quote(f.Value) + " is none"
	}
	return &m
}

// cidrOf reads a CIDR as far as it is known. What AWS gives a resource, such as a VPC's own range, is never everything:
// VPCs and subnets have a /16 at most. Of "${Address}/32" the size is known, and the address is not.
func cidrOf(f *Fact[string], six bool) (p netip.Prefix, whose, ok bool) {
	if f.State == Known && f.Ref == nil {
		p, ok = parseCIDR(f.Value)
		return p, true, ok
	}
	addr := netip.AddrFrom4([4]byte{10})
	if six {
		addr = netip.AddrFrom16([16]byte{0xfc})
	}
	if at := strings.LastIndexByte(f.Text, '/'); at >= 0 {
		if bits, err := strconv.Atoi(f.Text[at+1:]); err == nil && bits >= 0 && bits <= addr.BitLen() {
			return netip.PrefixFrom(addr, bits), false, true
		}
	}
	if f.State != Known {
		return p, false, false
	}
	bits := addr.BitLen()
	if strings.Contains(strings.ToLower(f.Ref.Attr), "cidr") {
		bits /= 2
	}
	return netip.PrefixFrom(addr, bits), true, true
}

// namesSource reports whether the rule names addresses, groups, prefix lists or itself.
func (r *PortRule) namesSource() bool {
	for _, list := range []Strings{r.IPv4.Value, r.IPv6.Value} {
		for i := range list {
			if list[i].State != Known || list[i].Value != "" {
				return true
			}
		}
	}
	return r.IPv4.State == Unknown || r.IPv6.State == Unknown ||
		r.Groups.State == Unknown || len(r.Groups.Value) > 0 ||
		r.PrefixLists.State == Unknown || len(r.PrefixLists.Value) > 0 ||
		r.Self.State == Unknown || r.Self.Value
}

// parseCIDR reads a CIDR, or an address as a prefix of its full length.
func parseCIDR(text string) (netip.Prefix, bool) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p, err == nil
}

// privateSpace is RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 and loopback.
var privateSpace = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

func isPrivate(p netip.Prefix) bool {
	for _, space := range privateSpace {
		if space.Bits() <= p.Bits() && space.Contains(p.Addr()) {
			return true
		}
	}
	return false
}

// text is the rule in words: "tcp 3306 from 0.0.0.0/0".
func (r *PortRule) text(word string) string {
	var b strings.Builder
	name := protocolName(&r.Protocol)
	switch {
	case r.Protocol.State == Unknown:
		name = orText(&r.Protocol.Meta, "")
	case name == "-1":
		name = "every protocol"
	case name == "":
		name = "no protocol"
	}
	b.WriteString(name)
	if lo, hi, why := r.span(); why == nil && name != "every protocol" {
		switch {
		case lo == 0 && hi == maxPort:
			b.WriteString(" every port")
		case lo == hi:
			b.WriteString(" " + strconv.FormatInt(lo, 10))
		default:
			b.WriteString(" " + strconv.FormatInt(lo, 10) + "-" + strconv.FormatInt(hi, 10))
		}
	}
	b.WriteString(" " + word + " " + r.sourceText())
	return b.String()
}

func (r *PortRule) sourceText() string {
	var parts []string
	for _, list := range []*Fact[Strings]{&r.IPv4, &r.IPv6} {
		if list.State == Unknown {
			parts = append(parts, orText(&list.Meta, ""))
		}
		for i := range list.Value {
			parts = append(parts, orText(&list.Value[i].Meta, list.Value[i].Value))
		}
	}
	for i := range r.Groups.Value {
		parts = append(parts, orText(&r.Groups.Value[i].Meta, r.Groups.Value[i].Value))
	}
	for i := range r.PrefixLists.Value {
		parts = append(parts, orText(&r.PrefixLists.Value[i].Meta, r.PrefixLists.Value[i].Value))
	}
	if r.Self.Value {
		parts = append(parts, "its own group")
	}
	if len(parts) == 0 {
		return "anyone: no source is named"
	}
	return strings.Join(parts, ", ")
}
