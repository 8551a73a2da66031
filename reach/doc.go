// Package reach says who can open a TCP connection to what in a network on AWS, and who cannot and why.
//
// A caller describes the network as a [Network]: VPCs, subnets, route tables, network ACLs, security groups, gateways
// and what stands in them. [New] checks and indexes it, [Engine.Sources] answers for one target who can reach it, and
// [Engine.Explain] walks one way hop by hop and names the rule that admits or refuses at each.
//
//	source                                                                   target
//	  | group out | ACL out | route | gateway, peering, … | ACL in | group in |
//	  |---------------------------------------------------------------------->|
//	  |<----------------------------------------------------------------------|
//	  | (stateful) | ACL in  |        gateway, peering, … | route | ACL out | (stateful)
//
// The package reads nothing, keeps no clock and takes no word of a template: it computes over what it is given. What it
// is not given it does not assume. Each list can say that it may hold more ([Unknown]), and an answer that depends on
// that is [Maybe], with what would settle it; it is never [Closed] and never [Open].
//
// The invariant behind that: every step of a way is a pair of address sets, those that surely pass and those that may.
// The first is part of the second, steps are joined by intersection, and ways by union. An address is open where some
// way surely passes it, closed where none may.
//
// What is modelled: first match of network ACLs by number, and their second look at the answer, which goes to the
// ephemeral ports 1024 to 65535; security groups as a union of rules that remember connections; references to groups,
// which hold in the same VPC, over a peering, and over a transit gateway that carries them; longest prefix match;
// peerings that lead one VPC further and no more. What is not: traffic that an instance forwards for others, network
// firewalls (both count as unknown where a route leads through one), and anything above TCP.
package reach
