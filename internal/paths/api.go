package paths

import (
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// APIStore is a store without a network of its own: requests go to an endpoint of AWS that everybody can open a
// connection to, and IAM decides who is answered.
type APIStore struct {
	Resource estate.AnyResource
	// Endpoints are the VPC endpoints in the estate that lead to its service.
	Endpoints []Endpoint
	// Unread says what decides its network and is not read, of a store that has one.
	Unread string
}

// Endpoint is a VPC endpoint, and whether a policy says who may do what through it.
type Endpoint struct {
	Resource *estate.VPCEndpoint
	Policy   estate.State
}

// services are the names that endpoints have for the families of stores.
var services = map[string][]string{
	"dynamodb": {".dynamodb"}, "keyspaces": {".cassandra"}, "qldb": {".qldb.session"}, "timestream": {".timestream."}, "neptune": {".neptune-graph"},
}

// unread are kinds that stand in a network which other declarations describe.
var unread = map[string]string{
	"redshift_namespace": "its workgroup decides which subnets and security groups it has",
	"neptune_graph":      "its private graph endpoints decide from where it is reached, beside its public endpoint",
}

// ByAPI lists the stores that stand in no network.
func (p *Paths) ByAPI() []APIStore {
	var out []APIStore
	for _, r := range p.estate.Resources {
		if !estate.IsStore(r) {
			continue
		}
		if _, ok := attr[groupFact](r, "security_groups"); ok {
			continue
		}
		x := APIStore{Resource: r, Unread: unread[r.Base().Kind().Name]}
		for _, e := range estate.All[estate.VPCEndpoint](p.estate) {
			if leadsTo(e, services[r.Base().Kind().Store]) {
				x.Endpoints = append(x.Endpoints, Endpoint{e, p.policy(e)})
			}
		}
		out = append(out, x)
	}
	return out
}

// leadsTo compares without the region: com.amazonaws.eu-west-1.dynamodb, or a text of which only the end is known.
func leadsTo(e *estate.VPCEndpoint, services []string) bool {
	name := strings.ToLower(e.Service.Value)
	if e.Service.State == estate.Unknown {
		name = strings.ToLower(strings.TrimRight(e.Service.Text, `"')}`))
	}
	for _, s := range services {
		if strings.HasSuffix(name, s) || strings.HasSuffix(s, ".") && strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// policy is known where the endpoint has one, by itself or beside it, and absent where everything is let through.
func (p *Paths) policy(e *estate.VPCEndpoint) estate.State {
	state := e.Policy.State
	for _, x := range estate.All[estate.VPCEndpointPolicy](p.estate) {
		if x.Endpoint.To == estate.AnyResource(e) {
			state = x.Policy.State
		}
	}
	return state
}

// Whole is the database that stands in the network for a resource: a member of a cluster is reached as the cluster is.
func (p *Paths) Whole(r estate.AnyResource) (Database, bool) {
	if part, ok := r.(estate.Part); ok {
		if whole, is := part.PartOf(); is && whole != nil {
			r = whole
		}
	}
	for _, d := range p.databases {
		if d.Resource == r {
			return d, true
		}
	}
	return Database{}, false
}
