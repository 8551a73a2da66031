package live

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/flowlog"
	"github.com/baileydb/bailey/internal/watch/jetstream"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// Folder are the files that are in a folder and below, and that come into it. A file is read once it has the same size twice
// in a row.
type Folder struct {
	Path string
	Poll time.Duration
}

// Follow implements [Source].
func (f *Folder) Follow(ctx context.Context, to *Sink) error {
	seen, told := map[string]int64{}, map[string]bool{}
	published := map[string]bool{}
	for {
		files, err := replay.Walk(f.Path, func(p watch.Problem) {
			if !told[p.File] {
				told[p.File] = true
				to.Problem(p)
			}
		})
		if err != nil {
			return err
		}
		for _, in := range files {
			size, again := seen[in.Name]
			seen[in.Name] = in.Size
			if !again || size != in.Size || published[in.Key()] {
				continue
			}
			published[in.Key()] = true
			if err := to.publish(ctx, in); err != nil {
				return err
			}
		}
		if err := sleep(ctx, f.Poll); err != nil {
			return err
		}
	}
}

// Tail are the lines of a file that grows, from the beginning or from where an earlier run was. A file that is cut or
// replaced, as when logs are rotated, is read from its beginning.
type Tail struct {
	Path string
	Poll time.Duration
}

// place is how far a file is read. Head is a hash of its first bytes, which tells it from the one that takes its place.
type place struct {
	Offset int64  `json:"offset"`
	Head   uint64 `json:"head"`
	Bytes  int64  `json:"bytes"` // that Head is of
	Header string `json:"header,omitempty"`
	Turn   int    `json:"turn"` // how often the file was replaced
	// Until is where the batch ends that is being published; a run that was killed over it publishes that one again, and not
	// one with the lines that came since.
	Until int64 `json:"until,omitempty"`
}

// maxHead is how many of a file's first bytes tell it from another.
const maxHead = 1 << 10

// Follow implements [Source].
func (f *Tail) Follow(ctx context.Context, to *Sink) error {
	var at place
	text, err := to.Cursor(ctx, "file "+f.Path)
	if err != nil {
		return err
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &at); err != nil {
			return fmt.Errorf("%s: how far it was read cannot be told: %w", f.Path, err)
		}
	}
	t := tail{Tail: f, to: to, at: at}
	defer t.close()
	for {
		more, err := t.round(ctx)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		if err := sleep(ctx, f.Poll); err != nil {
			return err
		}
	}
}

// tail is a file while it is followed. It stays open while its name is given to another one, so that its last lines are read.
type tail struct {
	*Tail
	to      *Sink
	at      place
	file    *os.File
	missing bool
}

func (t *tail) close() {
	if t.file != nil {
		_ = t.file.Close() // it was only read
		t.file = nil
	}
}

// round reads some lines; more says that there may be others.
func (t *tail) round(ctx context.Context) (more bool, err error) {
	if t.file == nil {
		switch t.file, err = os.Open(t.Path); {
		case errors.Is(err, fs.ErrNotExist):
			t.file = nil
			if !t.missing {
				t.to.Problem(watch.Problem{File: t.Path, Message: "it is not there; it is waited for"})
			}
			t.missing = true
			return false, nil
		case err != nil:
			t.file = nil
			return false, err
		}
		t.missing = false
	}
	info, err := t.file.Stat()
	if err != nil {
		return false, err
	}
	if other, err := t.at.other(t.file, info.Size()); err != nil {
		return false, err
	} else if other {
		t.at = place{Turn: t.at.Turn + 1}
	}
	if more, err = t.read(ctx, info.Size()); more || err != nil {
		return more, err
	}
	if now, err := os.Stat(t.Path); err != nil || !os.SameFile(now, info) {
		again, err := t.file.Stat()
		if err != nil || again.Size() > info.Size() {
			return err == nil, err
		}
		t.close()
		t.at = place{Turn: t.at.Turn + 1}
		return err == nil, nil
	}
	return false, nil
}

// read publishes a batch of whole lines from where the file was read to.
func (t *tail) read(ctx context.Context, size int64) (more bool, err error) {
	at := &t.at
	if _, err := t.file.Seek(at.Offset, io.SeekStart); err != nil {
		return false, err
	}
	if at.Until > at.Offset {
		size = min(size, at.Until)
	}
	r := bufio.NewReaderSize(io.LimitReader(t.file, size-at.Offset), 1<<20)
	var body []byte
	offset := at.Offset
	for len(body) < maxLines {
		l, err := line(r)
		if errors.Is(err, io.EOF) {
			break // what is not a whole line yet
		}
		if err != nil {
			return false, fmt.Errorf("%s: at byte %d: %w", t.Path, offset, err)
		}
		if offset == 0 && flowlog.Header(strings.TrimSpace(string(l))) {
			at.Header = string(l)
		} else {
			body = append(body, l...)
		}
		offset += int64(len(l))
	}
	if offset == at.Offset {
		return false, nil
	}
	if err := at.head(t.file, offset); err != nil {
		return false, err
	}
	if len(body) > 0 {
		if at.Until != offset {
			at.Until = offset
			if err := t.keep(ctx); err != nil {
				return false, err
			}
		}
		key := fmt.Sprintf("tail %s %d %d %x", t.Path, at.Turn, at.Offset, xxhash.Sum64(body))
		if err := t.to.Publish(ctx, jetstream.Batch{Key: key, Name: t.Path, Body: append([]byte(at.Header), body...), Options: t.to.Options}); err != nil {
			return false, err
		}
	}
	at.Offset, at.Until = offset, 0
	return len(body) >= maxLines, t.keep(ctx)
}

// keep keeps how far the file is read.
func (t *tail) keep(ctx context.Context) error {
	text, err := json.Marshal(&t.at)
	if err != nil {
		return err
	}
	return t.to.Move(ctx, "file "+t.Path, string(text))
}

// other reports whether this is not the file that was read.
func (p *place) other(file io.ReaderAt, size int64) (bool, error) {
	if size < p.Offset {
		return true, nil
	}
	if p.Bytes == 0 {
		return false, nil
	}
	head := make([]byte, p.Bytes)
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return xxhash.Sum64(head) != p.Head, nil
}

// head remembers what the file begins with.
func (p *place) head(file io.ReaderAt, size int64) error {
	if p.Bytes == maxHead {
		return nil
	}
	head := make([]byte, min(size, maxHead))
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	p.Bytes, p.Head = int64(len(head)), xxhash.Sum64(bytes.Clone(head))
	return nil
}
