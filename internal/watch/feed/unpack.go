package feed

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/snappy"
)

const (
	// maxLayers is how often a file is packed: CloudWatch Logs packs what it sends, and Firehose may do it again.
	maxLayers = 3
	// maxMembers is how many files a ZIP file has.
	maxMembers = 10_000
	maxPacked  = 256 << 20 // of a ZIP file, as it is delivered
)

// unread are the forms that AWS delivers no log in, by what they begin with.
var unread = []struct{ begins, name string }{
	{"\x28\xb5\x2f\xfd", "zstd"}, {"BZh", "bzip2"}, {"\xfd7zXZ\x00", "xz"}, {"\x04\x22\x4d\x18", "LZ4"}, {"7z\xbc\xaf\x27\x1c", "7z"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
}

// unpack reads what is in a file.
func (r *reader) unpack(in io.Reader, layers int) error {
	b := readers.Get().(*bufio.Reader)
	b.Reset(in)
	err := r.packed(b, layers)
	b.Reset(nil)
	readers.Put(b)
	return err
}

// packed unpacks a file as often as it is packed, and reads what is in it.
func (r *reader) packed(b *bufio.Reader, layers int) error {
	head, _ := b.Peek(10) // an error comes again with the next read
	var inner io.Reader
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z := unpackers.Get().(*gzip.Reader)
		defer unpackers.Put(z)
		if err := z.Reset(b); err != nil {
			return fmt.Errorf("%s begins as gzip and is none: %w", r.file, err)
		}
		inner = z // of several members it reads all
	case bytes.HasPrefix(head, []byte("\xff\x06\x00\x00sNaPpY")):
		inner = snappy.NewReader(b)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return r.archive(b, layers)
	default:
		for _, u := range unread {
			if strings.HasPrefix(string(head), u.begins) {
				return fmt.Errorf("%s is written as %s, which is not read; unpack it, or pack it as gzip", r.file, u.name)
			}
		}
		return r.content(b)
	}
	if layers == maxLayers {
		return fmt.Errorf("%s is packed more than %d times", r.file, maxLayers)
	}
	return r.unpack(inner, layers+1)
}

// archive reads the files in a ZIP file.
func (r *reader) archive(b *bufio.Reader, layers int) error {
	if layers == maxLayers {
		return fmt.Errorf("%s is packed more than %d times", r.file, maxLayers)
	}
	body, err := io.ReadAll(io.LimitReader(b, maxPacked+1))
	if err != nil {
		return fmt.Errorf("%s ends early: %w", r.file, err)
	}
	if len(body) > maxPacked {
		return fmt.Errorf("%s is a ZIP file larger than %d MiB; unpack it", r.file, maxPacked>>20)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return fmt.Errorf("%s begins as ZIP and is none, or is cut off: %w", r.file, err)
	}
	if len(z.File) > maxMembers {
		return fmt.Errorf("%s is a ZIP file of more than %d files; unpack it", r.file, maxMembers)
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		name := r.file + "!" + f.Name
		in, err := f.Open()
		if err == nil {
			err = newReader(name, r.part, r.opts).unpack(in, layers+1)
			_ = in.Close() // it was only read
		}
		if err != nil {
			r.problem(0, err.Error())
		}
	}
	return nil
}
