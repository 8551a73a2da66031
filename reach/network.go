package reach

import (
	"net/netip"
)

// Unknown says that something is not known, and what would settle it, completing "to settle it, …". The empty text
// says that it is known.
type Unknown string

// Answered is a yes or no that may not be known.
type Answered struct {
	Yes     bool
	Unknown Unknown // when set, Yes means nothing
}

// Verdict says whether a connection can be made.
type Verdict uint8

// The verdicts.
const (
	Closed Verdict = iota
	Open
	Maybe // what decides it is not in the input
)

func (v Verdict) String() string {
	switch v {
	case Open:
		return "open"
	case Maybe:
		return "unknown"
	default:
		return "closed"
	}
}

// MarshalText is String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// better is the verdict of two ways beside each other.
func better(a, b Verdict) Verdict {
	switch {
	case a == Open || b == Open:
		return Open
	case a == Maybe || b == Maybe:
		return Maybe
	}
	return Closed
}

// Kind says what an element is.
type Kind string

// The kinds of elements, in words.
const (
	KindInternet       Kind = "internet"
	KindVPC            Kind = "VPC"
	KindSubnet         Kind = "subnet"
	KindRouteTable     Kind = "route table"
	KindACL            Kind = "network ACL"
	KindGroup          Kind = "security group"
	KindGateway        Kind = "gateway"
	KindPeering        Kind = "peering"
	KindTransitGateway Kind = "transit gateway"
	KindSite           Kind = "on-premises network"
	KindEndpoint       Kind = "VPC endpoint"
	KindLoadBalancer   Kind = "load balancer"
	KindInterface      Kind = "interface"
	KindDatabase       Kind = "database"
	KindAddresses      Kind = "addresses"
)

// Element is what everything in a network has.
type Element struct {
	// ID names it among all elements of the network.
	ID string
	// Name is what people call it; the ID where it is empty.
	Name string
	// Origin is handed back with whatever the element decides: where it was declared, say. It is never looked at.
	Origin any
}

func (e Element) label() string {
	if e.Name != "" {
		return e.Name
	}
	return e.ID
}

// Network is everything that is known. References are by ID; one that names nothing in the network makes what depends
// on it unknown.
type Network struct {
	VPCs            []VPC
	Subnets         []Subnet
	RouteTables     []RouteTable
	ACLs            []ACL
	Groups          []Group
	PrefixLists     []PrefixList
	Gateways        []Gateway
	Peerings        []Peering
	TransitGateways []TransitGateway
	Sites           []Site
	Endpoints       []Endpoint
	LoadBalancers   []LoadBalancer
	TargetGroups    []TargetGroup
	Interfaces      []Interface
	Databases       []Database
}

// VPC is one virtual network.
type VPC struct {
	Element
	CIDRs        []netip.Prefix
	CIDRsUnknown Unknown
	// RoutesUnknown and ACLsUnknown are set when a main route table, or a default network ACL, may have been changed that
	// is not in the input. Where they are not set, and none is, those hold that AWS makes: no routes beside the
	// local one, and everything allowed.
	RoutesUnknown, ACLsUnknown Unknown
}

// Subnet is one subnet.
type Subnet struct {
	Element
	VPC          string
	CIDRs        []netip.Prefix
	CIDRsUnknown Unknown
	// TableUnknown and ACLUnknown are set when the subnet may be under a route table, or an ACL, that is not known.
	TableUnknown, ACLUnknown Unknown
}

// RouteTable says where subnets send what.
type RouteTable struct {
	Element
	VPC  string
	Main bool // holds for subnets of the VPC that are under no other
	// Subnets, and Gateways for what comes in through them, are under the table.
	Subnets, Gateways []string
	Routes            []Route
	RoutesUnknown     Unknown
	// Propagated are the VPN gateways that write the routes to the networks behind them into the table.
	Propagated []string
}

// Route sends the addresses of a prefix, or of a prefix list, to a target. The longest prefix wins.
type Route struct {
	CIDR       netip.Prefix
	PrefixList string
	// Target is the ID of a gateway, peering, transit gateway, endpoint or interface. Local routes are not listed.
	Target string
	// Blackhole is set of a route whose target is gone.
	Blackhole bool
	Unknown   Unknown // of the destination or the target
	Origin    any
}

// ACL is a network ACL: the filter around subnets that does not remember connections.
type ACL struct {
	Element
	VPC     string
	Default bool // holds for subnets of the VPC that are under no other
	Subnets []string
	// In and Out are tried by number, lowest first; what no rule matches is denied.
	In, Out      []ACLRule
	RulesUnknown Unknown
}

// Ports is a range of TCP ports. The zero value is every port.
type Ports struct{ From, To uint16 }

func (p Ports) holds(port uint16) bool { return p == (Ports{}) || p.From <= port && port <= p.To }

// ACLRule allows or denies TCP from, or to, a prefix. Rules of other protocols are left out.
type ACLRule struct {
	Number  int
	Allow   bool
	Ports   Ports
	CIDR    netip.Prefix
	Unknown Unknown // of anything in the rule
	Origin  any
}

// Group is a security group: a filter around interfaces that remembers connections.
type Group struct {
	Element
	VPC string
	// VPCs are further ones in which the group may be used.
	VPCs []string
	// Default is set of the group that takes in what names none.
	Default               bool
	In, Out               []Rule
	InUnknown, OutUnknown Unknown
}

// Rule admits TCP from, or to, any of what it lists. Rules of other protocols are left out.
type Rule struct {
	Ports        Ports
	PortsUnknown Unknown
	CIDRs        []netip.Prefix
	Groups       []string
	PrefixLists  []string
	Unknown      Unknown // there is more on the list
	Origin       any
}

// PrefixList is a named list of prefixes.
type PrefixList struct {
	Element
	CIDRs   []netip.Prefix
	Unknown Unknown
}

// GatewayKind says what a gateway leads to.
type GatewayKind uint8

// The kinds of gateways.
const (
	InternetGateway GatewayKind = iota // both ways, for who has a public address; carrier gateways are alike
	EgressOnlyGateway
	NATGateway
	VPNGateway // virtual private gateway: site-to-site VPN and Direct Connect
)

func (k GatewayKind) String() string {
	switch k {
	case EgressOnlyGateway:
		return "egress-only gateway"
	case NATGateway:
		return "NAT gateway"
	case VPNGateway:
		return "VPN gateway"
	default:
		return "internet gateway"
	}
}

// Gateway leads out of a VPC.
type Gateway struct {
	Element
	Kind       GatewayKind
	VPC        string // attached to; empty for none
	VPCUnknown Unknown
}

// Peering joins two VPCs.
type Peering struct {
	Element
	VPCs [2]string
	// Inactive is set of one that was not accepted, or was deleted.
	Inactive Answered
	// CrossRegion peerings carry no references to groups.
	CrossRegion Answered
}

// TransitGateway routes between its attachments.
type TransitGateway struct {
	Element
	Attachments        []Attachment
	AttachmentsUnknown Unknown
	Tables             []TransitTable
	// GroupReferences is set where security groups may name groups across the gateway.
	GroupReferences Answered
}

// Attachment joins one VPC, site or other transit gateway to a transit gateway.
type Attachment struct {
	Element
	// One of them is set. Of two gateways joined, each has an attachment whose Peer is the other.
	VPC, Site, Peer string
	Table           string // the table that routes what comes in here; empty for none
	TableUnknown    Unknown
}

// TransitTable is a route table of a transit gateway.
type TransitTable struct {
	Element
	Routes        []TransitRoute
	Propagated    []string // attachments that write routes to themselves into the table
	RoutesUnknown Unknown
}

// TransitRoute sends a prefix to an attachment.
type TransitRoute struct {
	CIDR       netip.Prefix
	Attachment string
	Blackhole  bool
	Origin     any
}

// Site is a network outside AWS, behind a VPN gateway or an attachment of a transit gateway.
type Site struct {
	Element
	CIDRs        []netip.Prefix
	CIDRsUnknown Unknown
	// Gateway is the VPN gateway it is behind; empty where an attachment names the site.
	Gateway string
}

// Endpoint is a VPC endpoint. It takes connections to a service and opens none.
type Endpoint struct {
	Element
	VPC string
}

// Host is what stands in a subnet, or in one of several.
type Host struct {
	Element
	// VPC is where it stands, for what names no subnets.
	VPC            string
	Subnets        []string
	SubnetsUnknown Unknown
	// Addresses are its own, where they are known; otherwise it has one in each family of its subnet.
	Addresses []netip.Addr
	// Groups are the security groups around it. Where none is listed it is under its VPC's default group; a load balancer
	// under none.
	Groups        []string
	GroupsUnknown Unknown
	// Public says whether it has a public IPv4 address, IPv6 whether it has an address of that family. Of a database,
	// which has public ones of either only when told so, both must hold for IPv6.
	Public, IPv6 Answered
}

// Interface is a network interface, or what has some: an instance, a function, a proxy, a client VPN.
type Interface struct {
	Host
	// What it is, in words, for people: "instance".
	What string
}

// Database is a database's endpoint. With several subnets it may stand in any, and moves.
type Database struct {
	Host
	Port        uint16
	PortUnknown Unknown
}

// LoadBalancer takes connections at its listeners and opens new ones to its targets.
type LoadBalancer struct {
	Host
	Listeners        []Listener
	ListenersUnknown Unknown
	// PreservesClient is set where targets see the client's address, as network load balancers have it for instances.
	PreservesClient Answered
}

// Listener is one port of a load balancer.
type Listener struct {
	Port         uint16
	TargetGroups []string
	Origin       any
}

// TargetGroup is what listeners forward to.
type TargetGroup struct {
	Element
	Port    uint16
	Targets []Backend
	Unknown Unknown // there may be more targets, or other ports
}

// Backend is one target of a target group, by ID or by address.
type Backend struct {
	ID      string
	Address netip.Addr
	Port    uint16 // 0 for the group's
}
