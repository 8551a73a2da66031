package reach

import (
	"errors"
	"sync"
)

// ErrDuplicate is wrapped by the error of [New] when two elements have one ID.
var ErrDuplicate = errors.New("two elements have one ID")

// ErrNotFound is wrapped by errors about a name that the network does not have.
var ErrNotFound = errors.New("is not in the network")

// Engine answers questions about one network. It may be used by several goroutines at once.
type Engine struct {
	mu sync.Mutex // guards everything that is computed on demand

	names    map[string]any // ID -> *vpc, *subnet, *table, *acl, *group, *gateway, *Peering, *transit, *site, *host, *Endpoint, *prefixList
	vpcs     []*vpc
	subnets  []*subnet
	tables   []*table
	acls     []*acl
	groups   []*group
	gateways []*gateway
	sites    []*site
	hosts    []*host
	lists    map[string]*prefixList
	backends map[string]*TargetGroup
	peerings []*Peering
	transits []*transit
	ends     []*Endpoint

	places   []*place // where connections come from, but for single hosts and groups
	internet *place
	inPlace  map[*subnet]*place
}

type vpc struct {
	Element
	cidrs     Set
	cidrsWhy  Unknown
	routesWhy Unknown
	aclsWhy   Unknown
	missing   bool // only named
	main      *table
	acl       *acl
	group     *group
	subnets   []*subnet
	somewhere *subnet // stands for subnets that are not known
}

type subnet struct {
	Element
	vpc      *vpc
	addrs    Set
	why      Unknown // addrs is only the space in which the subnet's range lies
	table    *table
	tableWhy Unknown
	acl      *acl
	aclWhy   Unknown
	hosts    []*host
	missing  bool // only named
}

type site struct {
	Element
	addrs   Set
	why     Unknown
	gateway *gateway
	via     []joint
}

// joint is one attachment of a transit gateway.
type joint struct {
	gateway *transit
	at      *Attachment
}

type gateway struct {
	Gateway
	sites []*site
	edge  *table // routes what comes in through it
}

type prefixList struct {
	PrefixList
	set Set
}

// host is an interface, a database or a load balancer, with its references resolved.
type host struct {
	Element
	kind       Kind
	what       string
	subnets    []*subnet
	groups     []*group
	groupsWhy  Unknown
	unfiltered bool // a load balancer without groups
	addrs      Set
	around     map[aclKey]*admitted
	public     Answered
	ipv6       Answered
	port       uint16
	portWhy    Unknown
	balancer   *LoadBalancer
}

// place is where a connection may come from, or an answer go to.
type place struct {
	Element
	kind   Kind
	addrs  Set
	why    Unknown // addrs is only the space in which it lies
	subnet *subnet
	vpc    *vpc
	site   *site
	legs   map[legKey]*leg
}

// New indexes a network. It refuses one in which two elements have one ID; a reference that names nothing is no error:
// what depends on it is unknown.
func New(n *Network) (*Engine, error) {
	e := &Engine{names: map[string]any{}, lists: map[string]*prefixList{}, backends: map[string]*TargetGroup{}, inPlace: map[*subnet]*place{}}
	b := &builder{Engine: e}
	b.vpcsAndSubnets(n)
	b.gatewaysAndRoutes(n)
	b.filters(n)
	b.assign(n)
	b.standing(n)
	if b.err != nil {
		return nil, b.err
	}
	b.makePlaces()
	return e, nil
}
