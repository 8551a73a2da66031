package policy

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/strict"
)

// Guard is the part of the policy that bailey guard runs by.
type Guard struct {
	Account    string // the AWS account that ARNs name
	Key        string // file with the server's key
	Audit      Audit
	Destroyers []string      // roles in which destructive requests are allowed
	MFAAge     time.Duration // how old the proof of a second factor may be for those
	Login      time.Duration // how long a login lasts
	Assume     time.Duration // the longest for a role
	Metrics    string        // address of /metrics and /healthz; empty for none
	Listeners  []Listener
}

// Audit is where the record of requests is kept.
type Audit struct {
	Folder string
	Sync   bool // wait for the disk at every record
}

// Listener is one protocol at one address.
type Listener struct {
	Name, Protocol, Listen string
	Certificate, TLSKey    string
	Upstream, Region       string
	// Deny refuses requests for attributes above a session's level; otherwise they are left out of the answer.
	Deny bool
	// Refuse refuses updates of signed attributes; otherwise they are done as read, change and conditional write.
	Refuse bool
	// Unaudited lets requests through whose record cannot be written.
	Unaudited bool
	Limits    Limits
	Tables    []SealedTable
	Line      int
}

// Limits bound what one address, principal and resource may take.
type Limits struct {
	Address   Limit `yaml:"address"`
	Principal Limit `yaml:"principal"`
	Resource  Limit `yaml:"resource"`
}

// Limit is a bound; zero is none.
type Limit struct {
	Requests   float64 `yaml:"requests"`
	Bytes      float64 `yaml:"bytes"`
	Concurrent int     `yaml:"concurrent"`
}

// SealedTable says how the items of a table are sealed, and the levels of its attributes.
type SealedTable struct {
	Name         string               `yaml:"name"`
	LogicalName  string               `yaml:"logical_name"`
	PartitionKey string               `yaml:"partition_key"`
	SortKey      string               `yaml:"sort_key"`
	Keys         TableKeys            `yaml:"keys"`
	SealFrom     string               `yaml:"seal_from"`
	Attributes   map[string]Attribute `yaml:"attributes"`
	Unsigned     []string             `yaml:"unsigned"`
	Prefix       string               `yaml:"unsigned_prefix"`
	Suite        string               `yaml:"suite"`
	Plaintext    string               `yaml:"plaintext"`
	BeaconKey    string               `yaml:"beacon_key"`
	Beacons      []TableBeacon        `yaml:"beacons"`
}

// Attribute is the level of an attribute and, where it does not follow from the level, what happens to it.
type Attribute struct {
	Level  string `yaml:"level"`
	Action string `yaml:"action"`
}

// TableKeys is what items are sealed under: a file for development, a KMS key, or a branch key below one.
type TableKeys struct {
	File        string `yaml:"file"`
	KMS         string `yaml:"kms"`
	BranchTable string `yaml:"branch_table"`
	BranchKey   string `yaml:"branch_key"`
	Name        string `yaml:"branch_table_name"`
}

// TableBeacon makes an encrypted attribute searchable.
type TableBeacon struct {
	Attribute string `yaml:"attribute"`
	Bits      int    `yaml:"bits"`
	Set       bool   `yaml:"set"`
}

type fileGuard struct {
	Account string `yaml:"account"`
	Key     string `yaml:"key"`
	Audit   struct {
		Folder string `yaml:"folder"`
		Sync   bool   `yaml:"sync"`
	} `yaml:"audit"`
	Destroyers []string `yaml:"destroyers"`
	MFAAge     string   `yaml:"mfa_age"`
	Sessions   struct {
		Login  string `yaml:"login"`
		Assume string `yaml:"assume"`
	} `yaml:"sessions"`
	Metrics   string         `yaml:"metrics"`
	Listeners []fileListener `yaml:"listeners"`
}

type fileListener struct {
	Name     string `yaml:"name"`
	Protocol string `yaml:"protocol"`
	Listen   string `yaml:"listen"`
	TLS      struct {
		Certificate string `yaml:"certificate"`
		Key         string `yaml:"key"`
	} `yaml:"tls"`
	Upstream string        `yaml:"upstream"`
	Region   string        `yaml:"region"`
	Above    string        `yaml:"above"`
	Update   string        `yaml:"update"`
	Without  string        `yaml:"without_audit"`
	Limits   Limits        `yaml:"limits"`
	Tables   []SealedTable `yaml:"tables"`
}

// DefaultGuard is the guard of a policy that says nothing of it.
func DefaultGuard() Guard {
	return Guard{
		Account: "000000000000", Key: "guard.key", Audit: Audit{Folder: "audit"}, Destroyers: []string{"db-admin"},
		MFAAge: time.Hour, Login: 12 * time.Hour, Assume: time.Hour,
	}
}

// Protocols are those that the guard speaks.
var Protocols = []string{"dynamodb"}

func (r *reader) guard(p *Policy, f *fileGuard) Guard {
	g := DefaultGuard()
	if f == nil {
		return g
	}
	set := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	set(&g.Account, f.Account)
	set(&g.Key, f.Key)
	set(&g.Audit.Folder, f.Audit.Folder)
	g.Audit.Sync, g.Metrics = f.Audit.Sync, f.Metrics
	if len(f.Account) > 0 && (len(f.Account) != 12 || strings.Trim(f.Account, "0123456789") != "") {
		r.fail([]any{"guard", "account"}, "%q is no account; it has twelve digits, in quotes", f.Account)
	}
	if len(f.Destroyers) > 0 {
		g.Destroyers = f.Destroyers
	}
	for to, from := range map[*time.Duration][]any{&g.MFAAge: {f.MFAAge, "mfa_age"}, &g.Login: {f.Sessions.Login, "sessions", "login"}, &g.Assume: {f.Sessions.Assume, "sessions", "assume"}} {
		if text, _ := from[0].(string); text != "" {
			*to = r.duration(append([]any{"guard"}, from[1:]...), text)
		}
	}
	r.address([]any{"guard", "metrics"}, f.Metrics)
	names := map[string]bool{}
	for i := range f.Listeners {
		l := r.listener(p, i, &f.Listeners[i])
		if names[l.Name] {
			r.fail([]any{"guard", "listeners", i}, "two listeners have the name %q", l.Name)
		}
		names[l.Name] = true
		g.Listeners = append(g.Listeners, l)
	}
	return g
}

func (r *reader) address(at []any, text string) {
	if text == "" {
		return
	}
	_, port, err := net.SplitHostPort(text)
	if n, nerr := strconv.Atoi(port); err != nil || nerr != nil || n < 0 || n > 65535 {
		r.fail(at, "%q is no address to listen at; write 127.0.0.1:8000", text)
	}
}

func (r *reader) listener(p *Policy, i int, f *fileListener) Listener {
	at := func(key ...any) []any { return append([]any{"guard", "listeners", i}, key...) }
	l := Listener{
		Name: f.Name, Protocol: f.Protocol, Listen: f.Listen, Certificate: f.TLS.Certificate, TLSKey: f.TLS.Key, Upstream: f.Upstream, Region: f.Region,
		Limits: f.Limits, Tables: f.Tables, Line: line(r.node(at()...)),
	}
	if l.Protocol == "" {
		l.Protocol = Protocols[0]
	}
	if l.Name == "" {
		l.Name = l.Protocol
	}
	if !slices.Contains(Protocols, l.Protocol) {
		r.fail(at("protocol"), "%q is no protocol of the guard%s; it speaks %s", l.Protocol, strict.Suggest(l.Protocol, Protocols), strings.Join(Protocols, ", "))
	}
	if l.Listen == "" {
		l.Listen = "127.0.0.1:8000"
	}
	r.address(at("listen"), l.Listen)
	if (l.Certificate == "") != (l.TLSKey == "") {
		r.fail(at("tls"), "tls needs certificate and key")
	}
	if host, _, err := net.SplitHostPort(l.Listen); err == nil && l.Certificate == "" && !loopback(host) {
		r.fail(at("listen"), "%s is not this machine alone: give a certificate with tls, or listen at 127.0.0.1", l.Listen)
	}
	if u, err := url.Parse(l.Upstream); l.Upstream != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		r.fail(at("upstream"), "%q is no endpoint; write https://dynamodb.eu-west-1.amazonaws.com", l.Upstream)
	} else if l.Upstream != "" && u.Scheme == "http" && !loopback(u.Hostname()) {
		r.fail(at("upstream"), "%s would go over the network in the clear; write https://", l.Upstream)
	}
	l.Deny = r.choice(at("above"), f.Above, "remove", "deny")
	l.Refuse = r.choice(at("update"), f.Update, "rewrite", "refuse")
	l.Unaudited = r.choice(at("without_audit"), f.Without, "deny", "allow")
	for j := range l.Tables {
		r.sealed(p, at("tables", j), &l.Tables[j])
	}
	return l
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// choice reports whether the second of two words is written; nothing is the first.
func (r *reader) choice(at []any, text, first, second string) bool {
	if text != "" && text != first && text != second {
		r.fail(at, "%q is neither %s nor %s", text, first, second)
	}
	return text == second
}

func (r *reader) sealed(p *Policy, at []any, t *SealedTable) {
	in := func(key ...any) []any { return append(slices.Clone(at), key...) }
	if t.Name == "" {
		r.fail(at, "name is missing: the table's in DynamoDB")
	}
	if t.PartitionKey == "" {
		r.fail(at, "partition_key is missing: the name of the attribute")
	}
	if _, ok := p.Level(t.SealFrom); t.SealFrom != "" && !ok {
		r.fail(in("seal_from"), "level %q is not defined%s", t.SealFrom, strict.Suggest(t.SealFrom, p.LevelNames()))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		a := t.Attributes[name]
		if _, ok := p.Level(a.Level); a.Level != "" && !ok {
			r.fail(in("attributes", name), "level %q is not defined%s", a.Level, strict.Suggest(a.Level, p.LevelNames()))
		}
	}
	sealed := t.Keys != TableKeys{}
	switch k := t.Keys; {
	case k.File != "" && k.KMS != "":
		r.fail(in("keys"), "keys are in a file or in kms, not in both")
	case (k.BranchTable == "") != (k.BranchKey == ""), k.BranchTable != "" && k.KMS == "":
		r.fail(in("keys"), "branch_table needs branch_key and kms")
	case !sealed && (t.SealFrom != "" || len(t.Beacons) > 0):
		r.fail(at, "keys are missing: the items cannot be sealed without")
	case len(t.Beacons) > 0 && t.BeaconKey == "" && k.BranchTable == "":
		r.fail(in("beacons"), "beacons need beacon_key, a file that bailey key new writes, or a branch key")
	}
}
