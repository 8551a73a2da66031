package sample

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/baileydb/bailey/internal/classify"
)

// mariadb is a MySQL or MariaDB database, Aurora's among them.
type mariadb struct {
	address string
	db      *sql.DB
	conn    *sql.Conn
	time    time.Duration // the longest a statement may take
}

func openMySQL(ctx context.Context, address string, l Limits) (Source, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, clean(err, address)
	}
	token := u.Query().Get("auth") != ""
	if err := withToken(ctx, u, "3306"); err != nil {
		return nil, err
	}
	c := mysql.NewConfig()
	c.AllowCleartextPasswords = token // the token goes over TLS, which is demanded below
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr, c.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	if u.Port() == "" {
		c.Addr = u.Hostname() + ":3306"
	}
	if socket := u.Query().Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	}
	if c.DBName == "" {
		return nil, errors.New("name the database: mysql://user@host:3306/DATABASE")
	}
	c.TLSConfig = "true" // who wants less has to say so
	if t := u.Query().Get("tls"); t != "" {
		if token && t != "true" {
			return nil, errors.New("an IAM token is sent in the clear inside TLS: leave ?tls= out")
		}
		c.TLSConfig = t
	} else if c.Net == "unix" {
		c.TLSConfig = "false"
	}
	c.Timeout, c.ReadTimeout = l.Time, 2*l.Time
	c.Logger = quiet{} // what goes wrong is told as an error
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, clean(err, address)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	m := &mariadb{address: address, db: db, time: l.Time}
	if err := m.connect(ctx); err != nil {
		_ = m.Close()
		return nil, fmt.Errorf("%s: %w", Plain(address), tlsHint(clean(err, u.String())))
	}
	return m, nil
}

// connect makes the session, read-only and with its limit, where there is none, or where the last ended with a server that
// did not answer.
func (m *mariadb) connect(ctx context.Context) error {
	if m.conn != nil && m.conn.PingContext(ctx) == nil {
		return nil
	}
	if m.conn != nil {
		_ = m.conn.Close() // it is of no use any more
	}
	var err error
	if m.conn, err = m.db.Conn(ctx); err != nil {
		m.conn = nil
		return err
	}
	if _, err := m.conn.ExecContext(ctx, "SET SESSION TRANSACTION READ ONLY"); err != nil {
		return err
	}
	if m.time > 0 {
		// MySQL knows the first, MariaDB the second.
		if _, err := m.conn.ExecContext(ctx, fmt.Sprintf("SET SESSION max_execution_time = %d", m.time.Milliseconds())); err != nil {
			_, err = m.conn.ExecContext(ctx, fmt.Sprintf("SET SESSION max_statement_time = %f", m.time.Seconds()))
			return err
		}
	}
	return nil
}

// Name implements [Source].
func (m *mariadb) Name() string { return Plain(m.address) }

// Close implements [Source].
func (m *mariadb) Close() error {
	if m.conn == nil {
		return m.db.Close()
	}
	return errors.Join(m.conn.Close(), m.db.Close())
}

type quiet struct{}

// Print implements the driver's logger.
func (quiet) Print(...any) {}

func backquoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Tables implements [Source].
func (m *mariadb) Tables(ctx context.Context) ([]Table, error) {
	ctx, cancel := within(ctx, m.time)
	defer cancel()
	if err := m.connect(ctx); err != nil {
		return nil, clean(because(ctx, err), m.address)
	}
	rows, err := m.conn.QueryContext(ctx, `
		SELECT t.table_name, coalesce(t.table_rows, -1), c.column_name, c.column_type, c.column_comment, c.column_key, c.data_type,
		       coalesce((SELECT concat(k.referenced_table_name, '.', k.referenced_column_name) FROM information_schema.key_column_usage k
		                 WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
		                   AND k.referenced_table_name IS NOT NULL LIMIT 1), '')
		FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
		WHERE t.table_schema = database() ORDER BY t.table_name, c.ordinal_position`)
	if err != nil {
		return nil, clean(because(ctx, err), m.address)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []Table
	for rows.Next() {
		var table, column, typ, comment, key, data, references string
		var count int64
		if err := rows.Scan(&table, &count, &column, &typ, &comment, &key, &data, &references); err != nil {
			return nil, clean(because(ctx, err), m.address)
		}
		if len(out) == 0 || out[len(out)-1].Name != table {
			out = append(out, Table{Name: table, Rows: count, read: &ranges{}})
		}
		t := &out[len(out)-1]
		if r := t.read.(*ranges); key == "PRI" {
			r.parts++
			if strings.HasSuffix(data, "int") {
				r.key = column
			}
		}
		t.Columns = append(t.Columns, classify.Meta{Path: column, Type: typ, Comment: comment, References: references})
	}
	return out, clean(because(ctx, rows.Err()), m.address)
}

// ranges is how a table's primary key can be cut: a key of one whole number can.
type ranges struct {
	key   string
	parts int
}

// columns are the expressions that are selected: of what can be long only the beginning comes over the line.
func (*mariadb) columns(t *Table) string {
	var out []string
	for i := range t.Columns {
		c := &t.Columns[i]
		name := backquoted(c.Path)
		switch {
		case strings.HasSuffix(c.Type, "blob"):
			name = fmt.Sprintf("left(%s, 1024) AS %s", name, name)
		case strings.HasSuffix(c.Type, "text") || c.Type == "json":
			name = fmt.Sprintf("left(%s, %d) AS %s", name, maxValue, name)
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// pieces is into how many ranges a sample is cut.
const pieces = 20

func (r *ranges) cut(t *Table, l Limits) bool {
	return l.Rows > 0 && t.Rows > int64(l.Rows)*4 && r.key != "" && r.parts == 1
}

// Plan implements [Source].
func (m *mariadb) Plan(t *Table, l Limits) string {
	r := t.read.(*ranges)
	if r.cut(t, l) {
		return fmt.Sprintf("SELECT %s FROM %s WHERE %s >= ? LIMIT %d, from %d random places", m.columns(t), backquoted(t.Name), backquoted(r.key), l.Rows/pieces, pieces)
	}
	return m.fromBeginning(t, l)
}

func (m *mariadb) fromBeginning(t *Table, l Limits) string {
	s := "SELECT " + m.columns(t) + " FROM " + backquoted(t.Name)
	if l.Rows > 0 {
		s += fmt.Sprintf(" LIMIT %d", l.Rows)
	}
	return s
}

// Read implements [Source]. Of a large table it reads ranges of keys from random places, which cost no more than of a
// small one.
func (m *mariadb) Read(ctx context.Context, t *Table, l Limits, into *Collector) error {
	ctx, cancel := within(ctx, l.Time)
	defer cancel()
	if err := m.connect(ctx); err != nil {
		return clean(because(ctx, err), m.address)
	}
	r := t.read.(*ranges)
	if !r.cut(t, l) {
		return m.query(ctx, into, l, m.fromBeginning(t, l))
	}
	var low, high sql.NullInt64
	key, name := backquoted(r.key), backquoted(t.Name)
	row := m.conn.QueryRowContext(ctx, "SELECT min("+key+"), max("+key+") FROM "+name) //nolint:gosec // the names are quoted
	if err := row.Scan(&low, &high); err != nil || !low.Valid {
		return m.query(ctx, into, l, m.fromBeginning(t, l))
	}
	each := max(1, l.Rows/pieces)
	statement := fmt.Sprintf("SELECT %s FROM %s WHERE %s >= ? ORDER BY %s LIMIT %d", m.columns(t), name, key, key, each)
	for range pieces {
		from := low.Int64 + rand.Int64N(max(1, high.Int64-low.Int64-int64(each))) //nolint:gosec // a sample, not a key
		if err := m.query(ctx, into, l, statement, from); err != nil {
			return err
		}
		if into.full(l) {
			break
		}
	}
	return nil
}

func (m *mariadb) query(ctx context.Context, into *Collector, l Limits, statement string, args ...any) error {
	rows, err := m.conn.QueryContext(ctx, statement, args...)
	if err != nil {
		return clean(because(ctx, err), m.address)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	names, err := rows.Columns()
	if err != nil {
		return clean(because(ctx, err), m.address)
	}
	values := make([]sql.RawBytes, len(names))
	pointers := make([]any, len(names))
	columns := make([]*classify.Column, len(names))
	for i := range names {
		pointers[i] = &values[i]
		columns[i] = into.Column(names[i])
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return clean(because(ctx, err), m.address)
		}
		for i, v := range values {
			switch {
			case v == nil:
				columns[i].AddNull()
			case len(v) > maxValue || looksLikeJSON(v):
				into.Add(names[i], v)
			default:
				into.Bytes += int64(len(v))
				columns[i].Add(v)
			}
		}
		if into.Rows++; into.full(l) {
			break
		}
	}
	return clean(because(ctx, rows.Err()), m.address)
}
