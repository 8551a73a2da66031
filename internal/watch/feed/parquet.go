package feed

import (
	"bufio"
	"fmt"
	"io"
)

const (
	parquetMagic = "PAR1"
	// maxParquet bounds a Parquet file, which is read as a whole because its index is at its end. Flow logs' have up to 64 MiB.
	maxParquet = 512 << 20
)

// parquet reads a Parquet file of flow logs. One that is cut off has lost its index, and with it all.
func (r *reader) parquet(b *bufio.Reader) error {
	body, err := io.ReadAll(io.LimitReader(b, maxParquet+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s ends early: %w", r.file, err)
	case len(body) > maxParquet:
		return fmt.Errorf("%s is a Parquet file larger than %d MiB; cut it", r.file, maxParquet>>20)
	}
	if err := r.flow.Parquet(body); err != nil {
		return fmt.Errorf("%s: %w", r.file, err)
	}
	return nil
}
