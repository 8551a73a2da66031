package sample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Locator finds where the databases of an estate are and how to log in to them.
type Locator struct {
	RDS     *rds.Client
	Secrets *secretsmanager.Client
	Region  string
	// Endpoints are addresses by the names of databases, for those that are not where the API of RDS says: HOST, HOST:PORT,
	// or an address such as mysql://HOST:PORT/DATABASE?tls=false. SecretIDs are the secrets to log in with; "*" is for all
	// others. Both are asked before anything else.
	Endpoints, SecretIDs map[string]string
	// User and Password are the environment's, either empty where it has none.
	User, Password string
}

// place is what is known of where a database is.
type place struct {
	host, port, database, user, password, secret string
	options                                      url.Values
}

// Find returns the address of a database, credentials included. Its error names no secret.
func (l *Locator) Find(ctx context.Context, d Declared) (string, error) {
	if d.Kind == DynamoDB {
		return l.table(d)
	}
	p := place{database: d.Database, user: d.User, secret: d.Secret}
	if err := l.where(ctx, d, &p); err != nil {
		return "", err
	}
	if err := l.login(ctx, d, &p); err != nil {
		return "", err
	}
	if p.database == "" && d.Engine == PostgreSQL {
		p.database = "postgres"
	}
	if p.database == "" {
		return "", fmt.Errorf("no database is named; say which, with --endpoint %s=mysql://%s/DATABASE", d.label(), p.host)
	}
	u := url.URL{Scheme: string(d.Engine), Host: p.host, Path: "/" + p.database, RawQuery: p.options.Encode(), User: url.User(p.user)}
	if p.port != "" {
		u.Host = net.JoinHostPort(p.host, p.port)
	}
	if p.password != "" {
		u.User = url.UserPassword(p.user, p.password)
	}
	return u.String(), nil
}

// label is what a flag calls a database.
func (d *Declared) label() string {
	if d.Name != "" {
		return d.Name
	}
	if d.Logical != "" {
		return d.Logical
	}
	return d.Address
}

// of looks a database up by any of its names.
func (d *Declared) of(in map[string]string) string {
	for _, name := range []string{d.Name, d.Logical, d.Address} {
		if v := in[name]; name != "" && v != "" {
			return v
		}
	}
	return ""
}

func (l *Locator) table(d Declared) (string, error) {
	if at := d.of(l.Endpoints); at != "" {
		return at, nil
	}
	if d.Name == "" {
		return "", fmt.Errorf("its name is known once it is deployed; say which, with --endpoint %s=dynamodb:NAME", d.label())
	}
	address := "dynamodb:" + d.Name
	if l.Region != "" {
		address += "?region=" + url.QueryEscape(l.Region)
	}
	return address, nil
}

// where finds host, port and database.
func (l *Locator) where(ctx context.Context, d Declared, p *place) error {
	if at := d.of(l.Endpoints); at != "" {
		if !strings.Contains(at, "://") {
			at = string(d.Engine) + "://" + at
		}
		u, err := url.Parse(at)
		if err != nil || u.Hostname() == "" {
			return fmt.Errorf("--endpoint %s: write HOST, HOST:PORT or %s://HOST:PORT/DATABASE", d.label(), d.Engine)
		}
		p.host, p.port, p.options = u.Hostname(), u.Port(), u.Query()
		if db := strings.Trim(u.Path, "/"); db != "" {
			p.database = db
		}
		return nil
	}
	if l.RDS == nil {
		return fmt.Errorf("where it is cannot be asked without a Region: set AWS_REGION, or say --endpoint %s=HOST", d.label())
	}
	var err error
	if d.Kind == Cluster {
		err = l.cluster(ctx, d, p)
	} else {
		err = l.instance(ctx, d, p)
	}
	if err == nil && p.host == "" {
		err = errors.New("it has no endpoint; it may still be in the making")
	}
	return err
}

func (l *Locator) instance(ctx context.Context, d Declared, p *place) error {
	in := &rds.DescribeDBInstancesInput{}
	if d.Name != "" {
		in.DBInstanceIdentifier = &d.Name
	}
	var found []types.DBInstance
	for pages := rds.NewDescribeDBInstancesPaginator(l.RDS, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("asking RDS where it is: %w", Short(err))
		}
		for i := range page.DBInstances {
			if x := &page.DBInstances[i]; d.Name != "" || tagged(x.TagList, d.Logical) {
				found = append(found, *x)
			}
		}
	}
	if err := one(len(found), d); err != nil {
		return err
	}
	x := &found[0]
	if x.Endpoint != nil {
		p.host, p.port = aws.ToString(x.Endpoint.Address), number(x.Endpoint.Port)
	}
	p.take(x.DBName, x.MasterUsername, x.MasterUserSecret)
	return nil
}

func (l *Locator) cluster(ctx context.Context, d Declared, p *place) error {
	in := &rds.DescribeDBClustersInput{}
	if d.Name != "" {
		in.DBClusterIdentifier = &d.Name
	}
	var found []types.DBCluster
	for pages := rds.NewDescribeDBClustersPaginator(l.RDS, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("asking RDS where it is: %w", Short(err))
		}
		for i := range page.DBClusters {
			if x := &page.DBClusters[i]; d.Name != "" || tagged(x.TagList, d.Logical) {
				found = append(found, *x)
			}
		}
	}
	if err := one(len(found), d); err != nil {
		return err
	}
	x := &found[0]
	// A reader does not compete with the application for the writer.
	p.host, p.port = aws.ToString(x.ReaderEndpoint), number(x.Port)
	if p.host == "" {
		p.host = aws.ToString(x.Endpoint)
	}
	p.take(x.DatabaseName, x.MasterUsername, x.MasterUserSecret)
	return nil
}

func one(n int, d Declared) error {
	switch {
	case n == 1:
		return nil
	case n > 1:
		return fmt.Errorf("%d databases of this account carry the logical ID %s; say which, with --endpoint %s=HOST", n, d.Logical, d.label())
	case d.Name == "" && d.Logical == "":
		return fmt.Errorf("its name is known once it is deployed; say where it is, with --endpoint '%s=HOST'", d.Address)
	}
	return fmt.Errorf("this account and Region have no such database; is it deployed here? If it is elsewhere, say --endpoint %s=HOST", d.label())
}

// tagged reports whether CloudFormation made a resource from a logical ID.
func tagged(tags []types.Tag, logical string) bool {
	for _, t := range tags {
		if logical != "" && aws.ToString(t.Key) == "aws:cloudformation:logical-id" && aws.ToString(t.Value) == logical {
			return true
		}
	}
	return false
}

func number(n *int32) string {
	if n == nil || *n == 0 {
		return ""
	}
	return strconv.Itoa(int(*n))
}

// take fills in what the estate did not tell.
func (p *place) take(database, user *string, secret *types.MasterUserSecret) {
	if p.database == "" {
		p.database = aws.ToString(database)
	}
	if p.user == "" {
		p.user = aws.ToString(user)
	}
	if secret != nil {
		p.secret = aws.ToString(secret.SecretArn)
	}
}

// login finds user and password: a secret that was named, the environment's, the database's own secret, an IAM token.
func (l *Locator) login(ctx context.Context, d Declared, p *place) error {
	id := d.of(l.SecretIDs)
	if id == "" {
		id = l.SecretIDs["*"]
	}
	switch {
	case id != "":
		return l.secret(ctx, id, p)
	case l.User != "" && l.Password != "":
		p.user, p.password = l.User, l.Password
		return nil
	case p.secret != "":
		return l.secret(ctx, p.secret, p)
	case l.Password != "" && p.user != "":
		p.password = l.Password
		return nil
	case l.User != "" && d.IAM:
		p.user = l.User
		if p.options == nil {
			p.options = url.Values{}
		}
		p.options.Set("auth", "iam")
		return nil
	case l.User != "" && d.Engine == PostgreSQL:
		p.user = l.User // PGPASSWORD or ~/.pgpass may have the password
		return nil
	}
	return fmt.Errorf("no credentials: name a secret of Secrets Manager with --secret %s=NAME, or set BAILEY_USER and BAILEY_PASSWORD", d.label())
}

// content is the form of RDS's secrets.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
type content struct {
	Username string `json:"username"`
	Password string `json:"password"`
	DBName   string `json:"dbname"`
}

func (l *Locator) secret(ctx context.Context, id string, p *place) error {
	if l.Secrets == nil {
		return fmt.Errorf("the secret %s cannot be read without a Region: set AWS_REGION", id)
	}
	out, err := l.Secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return fmt.Errorf("reading the secret %s: %w", id, Short(err))
	}
	var c content
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &c) != nil || c.Password == "" {
		return fmt.Errorf("the secret %s does not have the form of RDS's: JSON with username and password", id)
	}
	if c.Username != "" {
		p.user = c.Username
	}
	p.password = c.Password
	if p.database == "" {
		p.database = c.DBName
	}
	return nil
}
