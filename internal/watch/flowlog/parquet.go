package flowlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Parquet reads a file of flow logs in Apache Parquet, by the names of its columns: those of the fields with underscores, as
// AWS delivers them, or OCSF's by path. Columns that are not known are passed over.
func (r *Reader) Parquet(file []byte) (err error) {
	defer func() {
		if x := recover(); x != nil { // the library panics on some broken pages
			err = fmt.Errorf("%w: %v", errBroken, x)
		}
	}()
	if err := framed(file); err != nil {
		return err
	}
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return fmt.Errorf("it begins as a Parquet file and is none, or is cut off: %w", err)
	}
	places := columns(f.Schema().Columns())
	if !usable(places) {
		return errors.New("it is a Parquet file whose columns are of no log that is known; of Parquet only flow logs are read")
	}
	if err := sound(f, file); err != nil {
		return err
	}
	for _, g := range f.RowGroups() {
		if err := r.group(g, places); err != nil {
			return fmt.Errorf("%w: %w", errBroken, err)
		}
	}
	return nil
}

// columns are where the columns of a Parquet file belong; -1 for one that is not known.
func columns(paths [][]string) []int {
	out := make([]int, len(paths))
	for i, path := range paths {
		name := strings.Join(path, ".")
		if out[i] = log.Index(strings.ReplaceAll(strings.ToLower(name), "-", "_")); out[i] >= 0 {
			continue
		}
		for _, m := range members {
			for _, p := range m.paths {
				if strings.Join(p, ".") == name && out[i] < 0 {
					out[i] = m.at
				}
			}
		}
	}
	return out
}

// usable reports whether there are the columns without which a row says nothing.
func usable(places []int) bool {
	has := map[int]bool{}
	for _, p := range places {
		has[p] = true
	}
	return has[source] && has[target] || has[from] && has[status]
}

func (r *Reader) group(g parquet.RowGroup, places []int) error {
	rows := g.Rows()
	defer rows.Close() //nolint:errcheck // it was only read
	batch := make([]parquet.Row, 512)
	var raw []byte
	for {
		n, err := rows.ReadRows(batch)
		for _, row := range batch[:n] {
			raw = r.row(row, places, raw[:0])
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case n == 0:
			return io.ErrNoProgress
		}
	}
}

// row hands a row on. raw is room for what tells it from others: all its values.
func (r *Reader) row(row parquet.Row, places []int, raw []byte) []byte {
	r.e.columns.Clear()
	r.clean = false
	text := r.e.columns.Text
	for i := range row {
		v := &row[i]
		before := len(raw)
		switch {
		case v.IsNull():
		case v.Kind() == parquet.ByteArray || v.Kind() == parquet.FixedLenByteArray:
			raw = append(raw, v.ByteArray()...)
		case v.Kind() == parquet.Int32:
			raw = strconv.AppendInt(raw, int64(v.Int32()), 10)
		case v.Kind() == parquet.Int64:
			raw = strconv.AppendInt(raw, v.Int64(), 10)
		default:
			raw = append(raw, v.String()...)
		}
		raw = append(raw, ' ')
		if c := v.Column(); c >= 0 && c < len(places) && places[c] >= 0 && text[places[c]] == "" {
			if value := raw[before : len(raw)-1]; len(value) > 1 || len(value) == 1 && value[0] != '-' {
				text[places[c]] = r.kept(value)
			}
		}
	}
	seconds(text)
	r.part.Count(1)
	r.e.raw = string(raw)
	r.hand()
	return raw
}

// kept is a value as a text; those that come again and again are shared.
func (r *Reader) kept(value []byte) string {
	if s, ok := r.values[string(value)]; ok {
		return s
	}
	s := string(value)
	if len(r.values) < maxValues {
		if r.values == nil {
			r.values = map[string]string{}
		}
		r.values[s] = s
	}
	return s
}

// maxValues bounds how many values are shared.
const maxValues = 1 << 14

// seconds takes a time in milliseconds, as OCSF has it, for what it is.
func seconds(text []string) {
	if n, err := strconv.ParseFloat(text[start], 64); err == nil && n > 1e11 {
		text[start] = strconv.FormatInt(int64(n/1000), 10)
	}
}
