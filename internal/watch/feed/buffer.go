package feed

import (
	"bufio"
	"compress/gzip"
	"sync"
	"unsafe"
)

// Files are many and mostly small: what it takes to read one is used again for the next.
var (
	readers   = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 64<<10) }}
	unpackers = sync.Pool{New: func() any { return new(gzip.Reader) }}
	buffers   = sync.Pool{New: func() any { return new([]byte) }}
	blocks    = sync.Pool{New: func() any { return new([block]byte) }}
)

// maxKeptBuffer is how large a buffer may be that is used again; larger files are rare.
const maxKeptBuffer = 64 << 20

// release gives a buffer back, as it is after reading.
func release(buf *[]byte, b []byte) {
	if cap(b) <= maxKeptBuffer {
		*buf = b[:0]
	}
	buffers.Put(buf)
}

// view is bytes as a text, which is not copied: it is good until the bytes are overwritten. That is after all that was read
// of them has been handed over, for what is kept of an event is copied, as [watch.Event] says.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // see above; the bytes are a buffer of ours
