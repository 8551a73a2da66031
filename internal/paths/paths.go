package paths

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/reach"
)

// ErrNoDatabase is wrapped by the error for a resource that is no database in a network.
var ErrNoDatabase = errors.New("is not a database that stands in a network")

// Paths answers who can reach what in an estate.
type Paths struct {
	// Network is the estate as reach sees it; Engine answers about it.
	Network *reach.Network
	Engine  *reach.Engine

	estate    *estate.Estate
	databases []Database
}

// Database is a database that stands in a network.
type Database struct {
	Resource estate.AnyResource
	// ID is what Engine knows it by, and Name what people call it.
	ID, Name string
}

// Of builds the network of an estate.
func Of(e *estate.Estate) (*Paths, error) {
	b := &builder{estate: e, net: &reach.Network{}, groups: map[string]*reach.Group{}, vpcs: map[string]bool{}, seen: map[string]bool{}}
	b.vpcList()
	b.gateways()
	b.routes()
	b.acls()
	b.groupList()
	b.transit()
	b.vpn()
	b.standing()
	b.balancers()
	b.defaultGroups()
	engine, err := reach.New(b.net)
	if err != nil {
		return nil, fmt.Errorf("paths: %w", err)
	}
	return &Paths{Network: b.net, Engine: engine, estate: e, databases: b.databases}, nil
}

// Databases lists the databases that stand in a network, in the order they were declared. Those that are reached by an
// API alone, such as DynamoDB tables, are none of them.
func (p *Paths) Databases() []Database { return slices.Clone(p.databases) }

// Find returns the databases that a person may mean by a name: an address, a logical name, an identifier.
func (p *Paths) Find(name string) []Database {
	var out []Database
	for _, d := range p.databases {
		if d.ID == name || d.Name == name || slices.Contains(estate.Names(d.Resource), name) {
			out = append(out, d)
		}
	}
	return out
}

// Answer says who can open a connection to a database.
func (p *Paths) Answer(r estate.AnyResource) (*reach.Answer, error) {
	for _, d := range p.databases {
		if d.Resource == r {
			return p.Engine.Sources(reach.Target{ID: d.ID})
		}
	}
	return nil, fmt.Errorf("paths: %s: %w", r.Base().Address(), ErrNoDatabase)
}

// Origin is the place in a file behind a reach origin.
func Origin(tag any) estate.Origin {
	o, _ := tag.(estate.Origin)
	return o
}

// name is what people call a declaration: its address without the type.
func name(d *estate.Declaration) string {
	at := strings.LastIndex(d.Address, d.Type+".")
	if at < 0 {
		return d.Address
	}
	return strings.ReplaceAll(d.Address[:at], "module.", "") + d.Address[at+len(d.Type)+1:]
}

func element(r *estate.Resource) reach.Element {
	d := r.Declaration()
	return reach.Element{ID: d.ID(), Name: name(d), Origin: d.Origin}
}
