package sample

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/baileydb/bailey/internal/classify"
)

// file is a CSV or JSON-lines file, gzipped or not. Parquet files are another kind.
type file struct {
	path   string
	json   bool
	gzip   bool
	size   int64
	comma  rune
	header []string
}

const sniffed = 64 << 10

func openFile(path string) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: no such file; a database is postgres://… or mysql://…", path)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder; name the files", path)
	}
	f := &file{path: path, size: info.Size()}
	in, err := f.open()
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	head := make([]byte, sniffed)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	head = bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	if bytes.HasPrefix(head, []byte("PAR1")) {
		return openParquet(path, info.Size())
	}
	if first := bytes.TrimSpace(head)[0]; first == '{' || first == '[' {
		f.json = true
		return f, nil
	}
	f.comma, f.header = sniff(head)
	return f, nil
}

// sniff finds the separator and the names of the columns: the first line, unless something in it looks like a value.
func sniff(head []byte) (comma rune, header []string) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	comma, most := ',', 0
	for _, c := range []rune{',', ';', '\t', '|'} {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			comma, most = c, n
		}
	}
	r := csv.NewReader(bytes.NewReader(head))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	first, err := r.Read()
	if err != nil {
		return comma, nil
	}
	seen := map[string]bool{}
	for _, name := range first {
		name = strings.TrimSpace(name)
		if name == "" || seen[name] || strings.ContainsAny(name, "@") || strings.Trim(name, "0123456789.,-+: ") == "" {
			return comma, nil
		}
		seen[name] = true
	}
	return comma, first
}

type readCloser struct {
	io.Reader
	close func() error
}

func (r readCloser) Close() error { return r.close() }

// open opens the file, unzipped.
func (f *file) open() (io.ReadCloser, error) {
	in, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(in, 256<<10)
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			_ = in.Close()
			return nil, fmt.Errorf("%s begins as gzip and is none: %w", f.path, err)
		}
		f.gzip = true
		return readCloser{bufio.NewReaderSize(z, 256<<10), in.Close}, nil
	}
	return readCloser{b, in.Close}, nil
}

// Name implements [Source].
func (f *file) Name() string { return f.path }

// Tables implements [Source]: the file is one.
func (f *file) Tables(context.Context) ([]Table, error) {
	t := Table{Name: strings.TrimSuffix(filepath.Base(f.path), ".gz"), Rows: -1}
	for _, name := range f.header {
		t.Columns = append(t.Columns, classify.Meta{Path: strings.TrimSpace(name)})
	}
	return []Table{t}, nil
}

// Plan implements [Source].
func (f *file) Plan(_ *Table, l Limits) string {
	if l.Rows == 0 {
		return "read all of the file"
	}
	return fmt.Sprintf("read up to %d records from the beginning of the file", l.Rows)
}

// Close implements [Source].
func (*file) Close() error { return nil }

// Read implements [Source].
func (f *file) Read(ctx context.Context, _ *Table, l Limits, into *Collector) error {
	in, err := f.open()
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	if f.json {
		return readJSON(ctx, in, l, into)
	}
	return f.readCSV(ctx, in, l, into)
}

// maxRecord bounds what is held of one record; a file with a longer one is read up to it.
const maxRecord = 64 << 20

var errLong = fmt.Errorf("a record is longer than %d MiB: what follows cannot be told apart; is a quote or bracket left open?", maxRecord>>20)

// budget ends a reader that gives more than a record may have. Its owner fills it again for each record.
type budget struct {
	in   io.Reader
	left int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func (f *file) readCSV(ctx context.Context, in io.Reader, l Limits, into *Collector) error {
	b := bufio.NewReader(in)
	if bom, err := b.Peek(3); err == nil && string(bom) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	limited := &budget{b, maxRecord}
	r := csv.NewReader(limited)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = f.comma, true, -1, true
	var names []string
	var columns []*classify.Column
	if f.header != nil {
		names = append(names, f.header...)
		if _, err := r.Read(); err != nil {
			return err
		}
	}
	for !into.full(l) {
		limited.left = maxRecord
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, new(*csv.ParseError)):
			into.problem("a record cannot be read: %v", err)
			continue
		case err != nil:
			return fmt.Errorf("after %d records: %w", into.Rows, err)
		}
		for len(columns) < len(record) {
			if len(columns) >= len(names) {
				names = append(names, fmt.Sprintf("column_%d", len(names)+1))
			}
			names[len(columns)] = strings.TrimSpace(names[len(columns)])
			columns = append(columns, into.Column(names[len(columns)]))
		}
		for i, v := range record {
			into.Bytes += int64(len(v))
			switch {
			case v == "" || v == `\N`:
				columns[i].AddNull()
			case (v[0] == '{' || v[0] == '[') && looksLikeJSON([]byte(v)) && into.document(names[i], []byte(v)):
			case len(v) > maxValue:
				columns[i].AddString(v[:maxValue])
			default:
				columns[i].AddString(v)
			}
		}
		if into.Rows++; into.Rows%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// readJSON reads JSON values one after the other, most often one a line, or a list of them. A line that is no JSON is told
// and left out.
func readJSON(ctx context.Context, in io.Reader, l Limits, into *Collector) error {
	b := bufio.NewReaderSize(in, 64<<10)
	if bom, err := b.Peek(3); err == nil && string(bom) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	limited := &budget{b, maxRecord}
	dec := json.NewDecoder(limited)
	dec.UseNumber()
	list := beginsWithList(b)
	if list {
		if _, err := dec.Token(); err != nil {
			return err
		}
	}
	for !into.full(l) && ctx.Err() == nil {
		limited.left = maxRecord
		if list && !dec.More() {
			break
		}
		var v any
		err := dec.Decode(&v)
		switch {
		case err == nil:
			into.item(v)
		case errors.Is(err, io.EOF) && !list:
			return nil
		case errors.Is(err, errLong) || list:
			return fmt.Errorf("after %d records: %w", into.Rows, err)
		default:
			into.problem("a record after %d others is no JSON and was left out: %v", into.Rows, err)
			rest := bufio.NewReader(io.MultiReader(dec.Buffered(), limited))
			for more := true; more; { // to the end of the line, in pieces
				limited.left = maxRecord
				_, more, err = rest.ReadLine()
				if err != nil {
					return nil //nolint:nilerr // the file ends here; the problem is told
				}
			}
			dec = json.NewDecoder(rest)
			dec.UseNumber()
		}
	}
	return ctx.Err()
}

// beginsWithList reports whether the first character that counts is a bracket.
func beginsWithList(b *bufio.Reader) bool {
	for n := 1; n <= 4096; n++ {
		head, err := b.Peek(n)
		if err != nil {
			return false
		}
		if c := head[n-1]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c == '['
		}
	}
	return false
}

// item takes a record; a DynamoDB export has the item below "Item", each value with its type.
func (c *Collector) item(v any) {
	c.Rows++
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		if item, ok := m["Item"].(map[string]any); ok {
			v = untyped(item)
		}
	}
	c.Walk("", v)
}

// untyped takes the types off a DynamoDB item: {"S": "x"} is "x".
func untyped(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if len(m) == 1 {
		for k, x := range m {
			switch k {
			case "S", "N", "BOOL", "B":
				return x
			case "NULL":
				return nil
			case "SS", "NS", "BS":
				return x
			case "M":
				return untypedAll(x)
			case "L":
				list, _ := x.([]any)
				out := make([]any, len(list))
				for i := range list {
					out[i] = untyped(list[i])
				}
				return out
			}
		}
	}
	return untypedAll(m)
}

func untypedAll(v any) any {
	m, _ := v.(map[string]any)
	out := make(map[string]any, len(m))
	for k, x := range m {
		out[k] = untyped(x)
	}
	return out
}

// maxProblems bounds how many of a table's problems are told.
const maxProblems = 20

func (c *Collector) problem(format string, args ...any) {
	if len(c.Problems) < maxProblems {
		c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
	}
}
