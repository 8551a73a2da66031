package flowlog

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The library takes up the memory that a file says it needs. A file that is broken, or made for it, says anything; so what
// it says is looked at before.
const (
	maxRows = 50_000_000 // of a file; those of flow logs have up to 64 MiB
	maxPage = 128 << 20  // of one page, unpacked; writers make them of 1 MiB or so
)

var errBroken = errors.New("the Parquet file is broken")

// framed looks at the end of a Parquet file, which says how long the index is.
func framed(file []byte) error {
	n := len(file)
	if n < 12 || string(file[n-4:]) != "PAR1" {
		return errors.New("it begins as a Parquet file and is none, or is cut off")
	}
	if size := binary.LittleEndian.Uint32(file[n-8:]); int64(size) > int64(n-12) {
		return fmt.Errorf("%w: its index would have %d bytes, and the file has %d", errBroken, size, n)
	}
	return nil
}

// sound looks at the rows, columns and pages that a file says it has.
func sound(f *parquet.File, file []byte) error {
	if f.NumRows() < 0 || f.NumRows() > maxRows {
		return fmt.Errorf("%w, or too large: it has %d rows", errBroken, f.NumRows())
	}
	groups := f.Metadata().RowGroups
	for i := range groups {
		if n := groups[i].NumRows; n < 0 || n > maxRows {
			return fmt.Errorf("%w: row group %d has %d rows", errBroken, i, n)
		}
		for c := range groups[i].Columns {
			if err := pages(&groups[i].Columns[c].MetaData, file); err != nil {
				return fmt.Errorf("%w: row group %d, column %d: %w", errBroken, i, c, err)
			}
		}
	}
	return nil
}

// pages goes over the pages of a column.
func pages(m *format.ColumnMetaData, file []byte) error {
	if m.NumValues < 0 || m.NumValues > maxRows {
		return fmt.Errorf("it has %d values", m.NumValues)
	}
	begin := m.DataPageOffset
	if m.DictionaryPageOffset > 0 && m.DictionaryPageOffset < begin {
		begin = m.DictionaryPageOffset
	}
	if begin < 4 || m.TotalCompressedSize < 0 || begin > int64(len(file)) || m.TotalCompressedSize > int64(len(file))-begin {
		return fmt.Errorf("it would be at byte %d, with %d bytes", begin, m.TotalCompressedSize)
	}
	for rest := file[begin : begin+m.TotalCompressedSize]; len(rest) > 0; {
		in := new(thrift.CompactProtocol).NewReaderFromBytes(rest)
		var h format.PageHeader
		if err := thrift.NewDecoder(in).Decode(&h); err != nil {
			return fmt.Errorf("a page cannot be read: %w", err)
		}
		n := in.BytesRead()
		if n <= 0 || h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > int64(len(rest)-n) || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPage {
			return fmt.Errorf("a page would have %d bytes, %d unpacked", h.CompressedPageSize, h.UncompressedPageSize)
		}
		for _, values := range []int32{h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues, h.DataPageHeaderV2.V.NumRows, h.DictionaryPageHeader.V.NumValues} {
			if values < 0 || int64(values) > m.NumValues {
				return fmt.Errorf("a page would have %d values of the column's %d", values, m.NumValues)
			}
		}
		rest = rest[n+int(h.CompressedPageSize):]
	}
	return nil
}
