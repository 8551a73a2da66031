// Package paths turns an estate into the network that package reach answers questions about, and puts the sources of a
// database into tiers.
//
// It translates and decides nothing by itself: a fact that is not known becomes a flag of the network that says so, and
// a resource that is named but not in the estate stays a name of which nothing is known. Origins are handed through,
// so that every hop of an answer points to the file and line that decides it.
//
// Three things that nobody writes are added, as AWS makes them: the default security group of a VPC, which admits its own
// members; the rule of a CloudFormation group that lets everything out; and the networks behind a VPN connection, one
// site for each.
package paths
