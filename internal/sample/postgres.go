package sample

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baileydb/bailey/internal/classify"
)

// postgres is a PostgreSQL database, Aurora's among them.
type postgres struct {
	address string
	config  *pgx.ConnConfig
	conn    *pgx.Conn
	time    time.Duration // the longest a statement may take
}

func openPostgres(ctx context.Context, address string, l Limits) (Source, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, clean(err, address)
	}
	if err := withToken(ctx, u, "5432"); err != nil {
		return nil, err
	}
	q := u.Query()
	if q.Get("sslmode") == "" {
		q.Set("sslmode", "verify-full") // who wants less has to say so
	}
	u.RawQuery = q.Encode()
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, clean(err, address)
	}
	config.RuntimeParams["application_name"] = "bailey"
	config.RuntimeParams["default_transaction_read_only"] = "on"
	if l.Time > 0 {
		config.RuntimeParams["statement_timeout"] = strconv.FormatInt(l.Time.Milliseconds(), 10)
		config.ConnectTimeout = l.Time
	}
	p := &postgres{address: address, config: config, time: l.Time}
	if err := p.connect(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", Plain(address), tlsHint(clean(err, u.String())))
	}
	return p, nil
}

// connect makes the connection where there is none, or where the last ended with a server that did not answer.
func (p *postgres) connect(ctx context.Context) (err error) {
	if p.conn == nil || p.conn.IsClosed() {
		p.conn = nil
		p.conn, err = pgx.ConnectConfig(ctx, p.config)
	}
	return err
}

func tlsHint(err error) error {
	if err != nil && (strings.Contains(err.Error(), "refused TLS") || strings.Contains(err.Error(), "TLS requested") || strings.Contains(err.Error(), "certificate")) {
		return fmt.Errorf("%w (the server has to prove who it is: give its authority with ?sslrootcert=FILE for PostgreSQL or SSL_CERT_FILE, or turn that off with ?sslmode=disable, for MySQL ?tls=false)", err)
	}
	return err
}

// Name implements [Source].
func (p *postgres) Name() string { return Plain(p.address) }

// Close implements [Source].
func (p *postgres) Close() error {
	if p.conn == nil {
		return nil
	}
	ctx, cancel := within(context.Background(), p.time)
	defer cancel()
	return p.conn.Close(ctx)
}

// Tables implements [Source]: tables, partitioned ones as a whole, views and foreign tables of the schemas that are the
// user's own. Of a table that was never analyzed, the number of rows is told from its size.
func (p *postgres) Tables(ctx context.Context) ([]Table, error) {
	ctx, cancel := within(ctx, p.time)
	defer cancel()
	if err := p.connect(ctx); err != nil {
		return nil, clean(because(ctx, err), p.address)
	}
	rows, err := p.conn.Query(ctx, `
		SELECT n.nspname, c.relname, c.relkind::text,
		       CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint
		            WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / 100
		            WHEN c.relkind = 'p' THEN (SELECT coalesce(sum(greatest(l.reltuples::bigint, pg_relation_size(l.oid) / 100)), 0)::bigint
		                                       FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid WHERE p.isleaf)
		            ELSE -1 END,
		       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / 8192
		            WHEN c.relkind = 'p' THEN (SELECT coalesce(sum(pg_relation_size(p.relid)) / 8192, 0)::bigint FROM pg_partition_tree(c.oid) p WHERE p.isleaf)
		            ELSE 0 END,
		       a.attname, format_type(a.atttypid, a.atttypmod),
		       coalesce(col_description(c.oid, a.attnum), ''),
		       coalesce((SELECT f.relname || '.' || fa.attname FROM pg_constraint k
		                 JOIN pg_class f ON f.oid = k.confrelid JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = k.confkey[1]
		                 WHERE k.contype = 'f' AND k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum] LIMIT 1), '')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
		  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
		ORDER BY 1, 2, a.attnum`)
	if err != nil {
		return nil, clean(because(ctx, err), p.address)
	}
	defer rows.Close()
	var out []Table
	for rows.Next() {
		var schema, table, kind, column, typ, comment, references string
		var tuples, pages int64
		if err := rows.Scan(&schema, &table, &kind, &tuples, &pages, &column, &typ, &comment, &references); err != nil {
			return nil, clean(err, p.address)
		}
		name := schema + "." + table
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, Table{Name: name, Rows: tuples, read: relation{pgx.Identifier{schema, table}.Sanitize(), kind, pages}})
		}
		t := &out[len(out)-1]
		t.Columns = append(t.Columns, classify.Meta{Path: column, Type: typ, Comment: comment, References: references})
	}
	return out, clean(because(ctx, rows.Err()), p.address)
}

// relation is what PostgreSQL needs to read a table.
type relation struct {
	name, kind string
	pages      int64
}

// short are the types whose values are never long.
var short = regexp.MustCompile(`^(smallint|integer|bigint|numeric|real|double precision|boolean|date|time|timestamp|interval|uuid|inet|cidr|macaddr|money|oid|"char"|name$|character( varying)?\(\d{1,4}\)$)`)

// columns are the expressions that are selected: of what can be long only the beginning comes over the line.
func (relation) columns(t *Table) string {
	var out []string
	for i := range t.Columns {
		c := &t.Columns[i]
		name := pgx.Identifier{c.Path}.Sanitize()
		switch {
		case c.Type == "bytea":
			name = fmt.Sprintf("encode(substring(%s from 1 for 1024), 'escape') AS %s", name, name)
		case strings.HasSuffix(c.Type, "[]") || !short.MatchString(c.Type):
			name = fmt.Sprintf("substr(%s::text, 1, %d) AS %s", name, maxValue, name)
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// minBlocks is how many blocks a sample is made of at least, so that chance does not leave it empty.
const minBlocks = 20

// blocks is the share of a large table's blocks that are sampled, in percent; small ones and views are read from their
// beginning.
func (r relation) blocks(t *Table, l Limits) (percent float64, ok bool) {
	if l.Rows == 0 || t.Rows < int64(l.Rows)*4 || r.kind != "r" && r.kind != "p" && r.kind != "m" {
		return 0, false
	}
	// A little more than what is wanted, as blocks are unevenly filled; the limit cuts it.
	percent = 120 * float64(l.Rows) / float64(t.Rows)
	if r.pages > 0 {
		percent = max(percent, 100*minBlocks/float64(r.pages))
	}
	return min(100, percent), true
}

func (r relation) statement(t *Table, l Limits) string {
	if percent, ok := r.blocks(t, l); ok {
		return "SELECT " + r.columns(t) + " FROM " + r.name + " TABLESAMPLE SYSTEM (" + strconv.FormatFloat(percent, 'f', -1, 64) + ") LIMIT " + strconv.Itoa(l.Rows)
	}
	return r.fromBeginning(t, l)
}

func (r relation) fromBeginning(t *Table, l Limits) string {
	s := "SELECT " + r.columns(t) + " FROM " + r.name
	if l.Rows > 0 {
		s += " LIMIT " + strconv.Itoa(l.Rows)
	}
	return s
}

// Plan implements [Source].
func (p *postgres) Plan(t *Table, l Limits) string { return t.read.(relation).statement(t, l) }

// pgerrcodeQueryCanceled is PostgreSQL's code of a statement that was canceled.
const pgerrcodeQueryCanceled = "57014"

// Read implements [Source]. Values come as the text that the server writes them in.
func (p *postgres) Read(ctx context.Context, t *Table, l Limits, into *Collector) error {
	ctx, cancel := within(ctx, l.Time)
	defer cancel()
	if err := p.connect(ctx); err != nil {
		return clean(because(ctx, err), p.address)
	}
	r := t.read.(relation)
	err := p.read(ctx, r.statement(t, l), l, into)
	if _, sampled := r.blocks(t, l); sampled && err == nil && into.Rows == 0 {
		err = p.read(ctx, r.fromBeginning(t, l), l, into) // the number of rows was a guess
	}
	return clean(because(ctx, err), p.address)
}

func (p *postgres) read(ctx context.Context, statement string, l Limits, into *Collector) error {
	result := p.conn.PgConn().ExecParams(ctx, statement, nil, nil, nil, nil)
	var names []string
	var columns []*classify.Column
	enough := false
	for !enough && result.NextRow() {
		if names == nil {
			for _, f := range result.FieldDescriptions() {
				names = append(names, f.Name)
				columns = append(columns, into.Column(f.Name))
			}
		}
		for i, v := range result.Values() {
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
		into.Rows++
		enough = into.full(l)
	}
	if enough { // the rows that are still to come are not waited for
		_ = p.conn.PgConn().CancelRequest(ctx) // where it fails they are waited for
	}
	_, err := result.Close()
	if pg := (*pgconn.PgError)(nil); enough && errors.As(err, &pg) && pg.Code == pgerrcodeQueryCanceled {
		return nil
	}
	return err
}
