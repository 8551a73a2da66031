package feed

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/lazy"
)

// window is a part of a file that is read a block at a time, and grows where a value is larger than that. What was read of it
// leaves it.
type window struct {
	in    io.Reader
	b     []byte
	block int   // how much is read at once
	at    int   // what is before is read
	base  int64 // the place of the first byte in the file
	ended bool
	err   error // how it ended, where that was early
}

// fill reads on: a block, or as much again as could not be read yet; to the end where all is set.
func (w *window) fill(all bool) {
	w.b = w.b[:copy(w.b, w.b[w.at:])]
	w.base += int64(w.at)
	w.at = 0
	for want := max(w.block, 2*len(w.b)); !w.ended && (all || len(w.b) < want) && len(w.b) <= maxValue; {
		if len(w.b) == cap(w.b) {
			w.b = append(make([]byte, 0, max(w.block, 2*cap(w.b))), w.b...)
		}
		end := cap(w.b)
		if !all {
			end = min(end, max(want, len(w.b)+1))
		}
		n, err := w.in.Read(w.b[len(w.b):end])
		w.b = w.b[:len(w.b)+n]
		if w.ended = err != nil; w.ended && !errors.Is(err, io.EOF) {
			w.err = err
		}
	}
}

// values reads JSON values, one after the other or one a line, a block at a time.
func (r *reader) values(in io.Reader, block int) error {
	defer r.close()
	buf := buffers.Get().(*[]byte)
	w := &window{in: in, b: (*buf)[:0], block: block}
	defer func() { release(buf, w.b) }()
	w.fill(false)
	if strings.HasPrefix(view(w.b), "\xef\xbb\xbf") {
		w.at = 3
	}
	// A list of records is most often all there is in a file.
	if !w.ended && listed(view(w.b), lazy.Space(view(w.b), w.at)) {
		w.fill(true)
	}
	for {
		if len(w.b) > maxValue {
			return fmt.Errorf("%s has a value that is larger than %d MiB unpacked; cut it", r.file, maxValue>>20)
		}
		s := view(w.b)
		w.at = lazy.Space(s, w.at)
		end, enough := w.at, w.at < len(s)
		if enough {
			end, enough = r.next(s, w.at, w)
		}
		w.at = end
		switch {
		case enough:
		case w.ended:
			if w.err != nil {
				// A file that ends early, as an upload that broke off: what came is read.
				r.part.Problem(watch.Problem{File: r.file, At: w.base + int64(len(w.b)), Message: "the file ends early: " + w.err.Error()})
			}
			return nil
		default:
			w.fill(false)
		}
	}
}

// listed reports whether a list of records begins at i, which is read before it is known where it ends.
func listed(s string, i int) bool {
	if i < len(s) && s[i] == '{' {
		i = lazy.Space(s, i+1)
		return strings.HasPrefix(s[i:], `"Records"`)
	}
	return i < len(s) && s[i] == '['
}

// next reads the value at i and returns the index after it. enough is false where the value goes on beyond the window: nothing of
// it was handed over then.
func (r *reader) next(s string, i int, w *window) (end int, enough bool) {
	whole := s // of the window
	sure := w.ended
	if !sure && listed(s, i) {
		if end = lazy.End(s, i); end >= len(s) {
			return i, false
		}
		s, sure = s[:end], true
	}
	n, end, known := int64(0), i, false
	r.trail.Cut, r.trail.Short, r.sure = false, false, sure
	defer func() { r.sure = true }()
	if s[i] == '{' || s[i] == '[' {
		queries := r.queries
		if n, end, known = r.one(s, i); r.trail.Short && !sure {
			r.queries = queries
			return i, false
		}
	}
	if end <= i || r.trail.Cut || s[end-1] != '}' && s[end-1] != ']' || !known && end >= len(s) && !lazy.Balanced(s[i:end]) {
		line := strings.IndexByte(whole[i:], '\n')
		if line < 0 && !sure {
			return i, false
		}
		r.part.Problem(watch.Problem{File: r.file, At: w.base + int64(i), Message: "what follows is no JSON, or is cut off; it is left out to the end of the line"})
		// Of a list that is cut off, the records that are whole count.
		if n == 0 {
			n = r.whole(s[i:])
		}
		r.part.Count(n)
		switch {
		case line < 0 || end >= len(whole):
			return len(whole), true
		case len(s) < len(whole):
			return len(s), true
		}
		return i + line + 1, true
	}
	r.part.Count(n)
	if !known {
		r.part.Problem(watch.Problem{File: r.file, At: w.base + int64(i), Message: "a JSON value is of no log that is known"})
	}
	return end, true
}
