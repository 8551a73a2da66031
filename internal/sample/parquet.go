package sample

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/baileydb/bailey/internal/classify"
)

// columnar is a Parquet file, as RDS exports snapshots.
type columnar struct {
	path  string
	file  *os.File
	table *parquet.File
}

func openParquet(path string, size int64) (Source, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(in, size, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		_ = in.Close()
		return nil, fmt.Errorf("%s begins as a Parquet file and is none: %w", path, err)
	}
	return &columnar{path, in, f}, nil
}

// Name implements [Source].
func (c *columnar) Name() string { return c.path }

// Close implements [Source].
func (c *columnar) Close() error { return c.file.Close() }

// Tables implements [Source]: the file is one.
func (c *columnar) Tables(context.Context) ([]Table, error) {
	t := Table{Name: filepath.Base(c.path), Rows: c.table.NumRows()}
	for _, path := range c.table.Schema().Columns() {
		t.Columns = append(t.Columns, classify.Meta{Path: leafName(path)})
	}
	return []Table{t}, nil
}

// leafName is the path of a leaf as documents have it: what the format wraps lists and maps in is left out.
func leafName(path []string) string {
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		if i+1 < len(path) && path[i] == "list" && (path[i+1] == "element" || path[i+1] == "item") {
			out.WriteString("[]")
			i++
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('.')
		}
		out.WriteString(path[i])
	}
	return out.String()
}

// Plan implements [Source].
func (c *columnar) Plan(t *Table, l Limits) string {
	if l.Rows == 0 || t.Rows <= int64(l.Rows) {
		return fmt.Sprintf("read all %d rows of the file", t.Rows)
	}
	return fmt.Sprintf("read %d of %d rows, from %d random places", l.Rows, t.Rows, min(pieces, len(c.table.RowGroups())*pieces))
}

// Read implements [Source]. Of a large file it reads runs of rows from random places.
func (c *columnar) Read(ctx context.Context, t *Table, l Limits, into *Collector) (err error) {
	defer func() {
		if r := recover(); r != nil { // the library panics on some broken pages
			err = fmt.Errorf("the file is broken: %v", r)
		}
	}()
	columns := make([]*classify.Column, len(t.Columns))
	for i := range columns {
		columns[i] = into.Column(t.Columns[i].Path)
	}
	groups := c.table.RowGroups()
	if l.Rows == 0 || t.Rows <= int64(l.Rows) {
		for _, g := range groups {
			if err := c.run(ctx, g, 0, g.NumRows(), l, columns, t, into); err != nil || into.full(l) {
				return err
			}
		}
		return nil
	}
	each := int64(max(1, l.Rows/pieces))
	for range pieces {
		g := groups[rand.IntN(len(groups))]                                                                                     //nolint:gosec // a sample, not a key
		if err := c.run(ctx, g, rand.Int64N(max(1, g.NumRows()-each)), each, l, columns, t, into); err != nil || into.full(l) { //nolint:gosec // the same
			return err
		}
	}
	return nil
}

func (c *columnar) run(ctx context.Context, g parquet.RowGroup, from, n int64, l Limits, columns []*classify.Column, t *Table, into *Collector) error {
	rows := g.Rows()
	defer rows.Close() //nolint:errcheck // it was only read
	if from > 0 {
		if err := rows.SeekToRow(from); err != nil {
			return err
		}
	}
	batch := make([]parquet.Row, 256)
	for n > 0 && ctx.Err() == nil {
		got, err := rows.ReadRows(batch[:min(int64(len(batch)), n)])
		for _, row := range batch[:got] {
			for _, v := range row {
				i := v.Column()
				switch {
				case v.IsNull():
					columns[i].AddNull()
				case v.Kind() == parquet.ByteArray || v.Kind() == parquet.FixedLenByteArray:
					into.Add(t.Columns[i].Path, v.ByteArray())
				default:
					text := v.String()
					into.Bytes += int64(len(text))
					columns[i].AddString(text)
				}
			}
			if into.Rows++; into.full(l) {
				return nil
			}
		}
		n -= int64(got)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
