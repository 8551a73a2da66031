// Package replay reads files of logs into a state, several at once, so that it can be stopped at any moment and go on: what
// a file gave and that it was read are put into the state together, and the state is saved as a whole.
package replay

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
)

// Replay is how files are read.
type Replay struct {
	Engine  *watch.Engine
	State   *watch.State
	Workers int // at least 1
	Options feed.Options
	// Save keeps the state; it is called at intervals of Every, and never by two goroutines. Nil keeps nothing.
	Save  func(*watch.State) error
	Every time.Duration
	Now   func() time.Time
	// Progress is told how many of the files are read.
	Progress func(done, all int)
}

// Input is something to read, by the name it has in findings and problems.
type Input struct {
	Name string
	Size int64 // -1 where it is not known
	Open func() (io.ReadCloser, error)
}

// File is an input that is a file.
func File(path string) Input {
	size := int64(-1)
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	return Input{Name: filepath.ToSlash(path), Size: size, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// Bytes is an input that is at hand.
func Bytes(name string, body []byte) Input {
	return Input{Name: name, Size: int64(len(body)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
}

// stamp is the time in the names of the files that AWS delivers.
var stamp = regexp.MustCompile(`_(\d{8}T\d{4}Z)_`)

// Walk are the files below a path, those that AWS delivered in the order of their time. problem is told what cannot be
// looked at; names that begin with a dot are left out.
func Walk(path string, problem func(watch.Problem)) ([]Input, error) {
	var out []Input
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			problem(watch.Problem{File: p, Message: err.Error()})
			return nil
		}
		if strings.HasPrefix(d.Name(), ".") && p != path {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.IsDir() {
			out = append(out, File(p))
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Input) int {
		return cmp.Or(strings.Compare(when(a.Name), when(b.Name)), strings.Compare(a.Name, b.Name))
	})
	return out, err
}

func when(name string) string {
	if m := stamp.FindStringSubmatch(filepath.Base(name)); m != nil {
		return m[1]
	}
	return ""
}

// Key tells inputs apart, those of the same name and size being the same; it is empty where the size is not known.
func (in Input) Key() string {
	if in.Size < 0 {
		return ""
	}
	return "file " + in.Name + " " + strconv.FormatInt(in.Size, 10)
}

// Digest reads one input by itself. sum is a hash of its bytes, empty where it could not be read to the end.
func (r *Replay) Digest(in Input, opts feed.Options) (s *watch.State, sum string, problems []watch.Problem) {
	run, s := r.Engine.NewRun(), watch.NewState()
	part := run.Part()
	sum, err := one(in, part, opts)
	if err != nil {
		run.Problem(watch.Problem{File: in.Name, Message: err.Error()})
	}
	run.Merge(part, s)
	return s, sum, run.Problems()
}

// Read reads the inputs that the state does not have yet. What cannot be read is a problem; an error is one of saving, or
// that the context ended.
func (r *Replay) Read(ctx context.Context, inputs []Input) (problems []watch.Problem, err error) {
	run := r.Engine.NewRun()
	todo := slices.DeleteFunc(slices.Clone(inputs), func(in Input) bool { return r.State.Has(in.Key(), "") })
	var mu sync.Mutex
	var wg sync.WaitGroup
	next, done := 0, len(inputs)-len(todo)
	saved := r.Now()
	take := func() (Input, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= len(todo) || err != nil || ctx.Err() != nil {
			return Input{}, false
		}
		next++
		return todo[next-1], true
	}
	finish := func(in Input, sum string, part *watch.Part) {
		mu.Lock()
		defer mu.Unlock()
		if done++; r.Progress != nil {
			r.Progress(done, len(inputs))
		}
		if r.State.Has(in.Key(), sum) {
			run.Drop(part) // the same file under another name
		} else {
			run.Merge(part, r.State)
		}
		r.State.Did(in.Key(), sum)
		if r.State.Heavy() {
			r.State.Forget(r.Engine)
		}
		if r.Save != nil && err == nil && r.Now().Sub(saved) >= r.Every {
			err = r.Save(r.State)
			saved = r.Now()
		}
	}
	for range max(1, r.Workers) {
		wg.Go(func() {
			for in, ok := take(); ok; in, ok = take() {
				part := run.Part()
				sum, err := one(in, part, r.Options)
				if err != nil {
					run.Problem(watch.Problem{File: in.Name, Message: err.Error()})
				}
				finish(in, sum, part)
			}
		})
	}
	wg.Wait()
	if err == nil {
		err = ctx.Err()
	}
	if r.Save != nil && (err == nil || ctx.Err() != nil) {
		if e := r.Save(r.State); e != nil {
			err = e
		}
	}
	return run.Problems(), err
}

// one reads an input, and returns a hash of its bytes.
func one(in Input, part *watch.Part, opts feed.Options) (string, error) {
	f, err := in.Open()
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	sum := xxhash.New()
	if err := feed.Read(in.Name, io.TeeReader(f, sum), part, opts); err != nil {
		return "", err
	}
	return fmt.Sprintf("sum %016x", sum.Sum64()), nil
}
