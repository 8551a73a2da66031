package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/classify"
)

// Limits bound what is read of one table.
type Limits struct {
	Rows  int           // the most rows; 0 for all
	Bytes int64         // about the most bytes; 0 for no bound
	Time  time.Duration // the longest a statement may take; 0 for no bound
}

// Defaults are the limits where nobody says otherwise: enough for the statistics of [classify.Decide], and as quick for a
// large table as for a small one.
var Defaults = Limits{Rows: 5000, Bytes: 16 << 20, Time: 30 * time.Second}

// Table is something with rows: a table, a view, a file.
type Table struct {
	Name string // with its schema: "public.orders"
	// Rows is about how many it has, -1 where nobody knows.
	Rows    int64
	Columns []classify.Meta // in order; empty where only the rows tell
	read    any             // what the source needs to read it
}

// Source is a store that can be sampled.
type Source interface {
	// Name is the store without its credentials: "postgres://host:5432/shop".
	Name() string
	Tables(ctx context.Context) ([]Table, error)
	// Plan says in words what Read would do.
	Plan(t *Table, l Limits) string
	// Read hands rows of a table to the collector. What it read counts even where it returns an error.
	Read(ctx context.Context, t *Table, l Limits, into *Collector) error
	Close() error
}

// Collector gives values to the columns of one table.
type Collector struct {
	Rows  int
	Bytes int64
	// Problems are what could not be read of single rows.
	Problems []string

	set     *classify.Set
	store   string
	table   string
	known   map[string]classify.Meta
	columns map[string]*classify.Column
	order   []*classify.Column
}

// NewCollector makes a collector for a table.
func NewCollector(set *classify.Set, store string, t *Table) *Collector {
	c := &Collector{set: set, store: store, table: t.Name, known: map[string]classify.Meta{}, columns: map[string]*classify.Column{}}
	for _, m := range t.Columns {
		c.known[m.Path] = m
		c.Column(m.Path)
	}
	return c
}

// Column returns the column of a path, and makes it when it is new.
func (c *Collector) Column(path string) *classify.Column {
	if col, ok := c.columns[path]; ok {
		return col
	}
	m := c.known[path]
	m.Store, m.Table, m.Path = c.store, c.table, path
	col := c.set.NewColumn(m)
	c.columns[path] = col
	c.order = append(c.order, col)
	return col
}

// Columns are all columns, in the order in which they were first seen.
func (c *Collector) Columns() []*classify.Column { return c.order }

// Results decides the columns.
func (c *Collector) Results() []classify.Result { return classify.Decide(c.order) }

// maxValue bounds what is looked at of one value: the beginning of a large text says what it is.
const maxValue = 64 << 10

// Add gives a value to a column. A text that holds a JSON object or array is taken apart, and its parts go to columns of
// their own, below the path.
func (c *Collector) Add(path string, value []byte) {
	c.Bytes += int64(len(value))
	if looksLikeJSON(value) && c.document(path, value) {
		return
	}
	if len(value) > maxValue {
		value = value[:maxValue]
	}
	c.Column(path).Add(value)
}

// AddNull counts a row without a value.
func (c *Collector) AddNull(path string) { c.Column(path).AddNull() }

func looksLikeJSON(v []byte) bool {
	return len(v) > 2 && (v[0] == '{' && v[len(v)-1] == '}' || v[0] == '[' && v[len(v)-1] == ']') && len(v) <= maxValue
}

func (c *Collector) document(path string, value []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.InputOffset() != int64(len(value)) {
		return false
	}
	c.Walk(path, v)
	return true
}

// maxDepth bounds how deep documents are followed.
const maxDepth = 24

// Walk gives the parts of a document to columns by their path: "address.street", "lines[].note".
func (c *Collector) Walk(path string, v any) { c.walk(path, v, 0) }

func (c *Collector) walk(path string, v any, depth int) {
	if depth > maxDepth {
		return
	}
	switch v := v.(type) {
	case nil:
		c.AddNull(path)
	case map[string]any:
		for k, x := range v {
			at := k
			if path != "" {
				at = path + "." + k
			}
			c.walk(at, x, depth+1)
		}
	case []any:
		for _, x := range v {
			c.walk(path+"[]", x, depth+1)
		}
	case string:
		c.Bytes += int64(len(v))
		if len(v) > maxValue {
			v = v[:maxValue]
		}
		c.Column(path).AddString(v)
	case json.Number:
		c.Column(path).AddString(v.String())
	case bool:
		c.Column(path).AddString(fmt.Sprint(v))
	}
}

// full reports whether a limit is reached.
func (c *Collector) full(l Limits) bool {
	return l.Rows > 0 && c.Rows >= l.Rows || l.Bytes > 0 && c.Bytes >= l.Bytes
}

// Open opens a store by its address: a database's URL, or a file.
func Open(ctx context.Context, address string, l Limits) (Source, error) {
	if strings.HasPrefix(address, "dynamodb:") {
		return openDynamoDB(ctx, address, l)
	}
	scheme, _, ok := strings.Cut(address, "://")
	if !ok {
		return openFile(address)
	}
	switch strings.ToLower(scheme) {
	case "postgres", "postgresql":
		return openPostgres(ctx, address, l)
	case "mysql", "mariadb":
		return openMySQL(ctx, address, l)
	}
	return nil, fmt.Errorf("a store with %s:// cannot be read; it is postgres://, mysql://, dynamodb: or a file", scheme)
}

// within bounds a statement by twice the time it may take, for servers that do not keep to the limit they are given.
func within(ctx context.Context, t time.Duration) (context.Context, context.CancelFunc) {
	if t <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, 2*t, fmt.Errorf("the server did not answer within %s", 2*t))
}

// because is the reason for which a statement was given up, where that is the time it took, else the error itself.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// Plain is an address without its credentials.
func Plain(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		if at := strings.LastIndexByte(address, '@'); at >= 0 {
			return address[at+1:]
		}
		return address
	}
	u.User = nil
	u.RawQuery = ""
	u.Fragment = ""
	return u.String()
}

// clean takes an address's credentials out of an error.
func clean(err error, address string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	u, perr := url.Parse(address)
	if perr != nil {
		return errors.New("the address cannot be read: write postgres://user@host:5432/database, with special characters as %40")
	}
	text = strings.ReplaceAll(text, address, Plain(address))
	if p, ok := u.User.Password(); ok && p != "" {
		text = strings.ReplaceAll(strings.ReplaceAll(text, url.QueryEscape(p), "…"), p, "…")
	}
	return errors.New(text)
}

// WithPassword puts a password into an address that names a user and no password.
func WithPassword(address, password string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	if _, ok := u.User.Password(); ok {
		return address
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}
