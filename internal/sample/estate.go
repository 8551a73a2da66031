package sample

import (
	"regexp"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// Declared is a database that an estate holds and classify can read, as far as the estate knows it.
type Declared struct {
	Address string // as its author wrote it: AWS::RDS::DBInstance.Main
	Name    string // its identifier or table name; empty where AWS chooses it
	Logical string // its logical ID in a CloudFormation template, empty elsewhere
	Kind    Kind
	Engine  Engine
	// Database is the one the instance or cluster was made with, User its master user, Secret the secret that holds the
	// password; each empty where the estate does not tell. IAM says that users can log in with IAM tokens.
	Database, User, Secret string
	IAM                    bool
}

// Kind is what a declared database is.
type Kind string

// The kinds.
const (
	Instance Kind = "instance"
	Cluster  Kind = "cluster"
	DynamoDB Kind = "table"
)

// Engine is the protocol a database speaks.
type Engine string

// The engines that classify reads, beside DynamoDB.
const (
	MySQL      Engine = "mysql"
	PostgreSQL Engine = "postgres"
)

// Declarations returns the databases of an estate that classify can read, and says why it cannot read the others.
func Declarations(e *estate.Estate) (out []Declared, not []string) {
	for _, d := range estate.All[estate.DBInstance](e) {
		if m := d.ClusterMember(); m.State == estate.Known && m.Value {
			continue // its cluster is read
		}
		out, not = add(out, not, &d.Resource, Instance, &d.Identifier, &d.Engine, &d.DatabaseName, &d.MasterUsername, &d.MasterPassword, &d.IAMAuthentication)
	}
	for _, c := range estate.All[estate.DBCluster](e) {
		out, not = add(out, not, &c.Resource, Cluster, &c.Identifier, &c.Engine, &c.DatabaseName, &c.MasterUsername, &c.MasterPassword, &c.IAMAuthentication)
	}
	for _, t := range estate.All[estate.DynamoDBTable](e) {
		d := Declared{Address: t.Address(), Name: known(&t.Name), Kind: DynamoDB}
		if d.Name == "" {
			d.Logical = logical(&t.Resource)
		}
		out = append(out, d)
	}
	return out, not
}

func add(out []Declared, not []string, r *estate.Resource, kind Kind, id, engine, database, user, password *estate.Fact[string], iam *estate.Fact[bool]) ([]Declared, []string) {
	d := Declared{
		Address: r.Address(), Name: known(id), Logical: logical(r), Kind: kind, Database: known(database), User: known(user),
		Secret: secretOf(password), IAM: iam.State == estate.Known && iam.Value,
	}
	switch text := strings.ToLower(known(engine)); {
	case strings.Contains(text, "postgres"):
		d.Engine = PostgreSQL
	case strings.Contains(text, "mysql"), text == "mariadb", text == "aurora":
		d.Engine = MySQL
	case text == "":
		return out, append(not, d.Address+": its engine is not in the input")
	default:
		return out, append(not, d.Address+": "+text+" is an engine that cannot be read; export its tables to CSV or Parquet and classify those")
	}
	return append(out, d), not
}

// known is a fact's text where it is known.
func known(f *estate.Fact[string]) string {
	if f.State != estate.Known {
		return ""
	}
	return f.Value
}

func logical(r *estate.Resource) string {
	if w := r.World(); w.Value != string(estate.CloudFormation) {
		return ""
	}
	return r.Address()[strings.LastIndexByte(r.Address(), '.')+1:]
}

// reference is how CloudFormation writes that a value is in Secrets Manager.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
var reference = regexp.MustCompile(`^\{\{resolve:secretsmanager:(arn:[^:]*:[^:]*:[^:]*:[^:]*:secret:[^:}]+|[^:}]+)`)

// secretOf is the secret that a password is taken from, empty where it is not told.
func secretOf(password *estate.Fact[string]) string {
	text := password.Value
	if password.State != estate.Known {
		text = password.Text
	}
	m := reference.FindStringSubmatch(text)
	if m == nil || strings.Contains(m[1], "${") {
		return ""
	}
	return m[1]
}
