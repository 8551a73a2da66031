package seal

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// branchName names an entry of the cache; an empty version stands for the active one.
type branchName struct{ id, version string }

// branchCache keeps branch keys for a period, the last used ones when there are too many. Whoever asks for a key that
// is being fetched waits for that one answer. Errors are not kept.
type branchCache struct {
	period time.Duration
	limit  int
	clock  func() time.Time

	mu      sync.Mutex
	entries map[branchName]*list.Element // of *branchEntry
	recent  *list.List                   // most recently used in front
}

type branchEntry struct {
	name  branchName
	done  chan struct{} // closed when key and err are set
	key   BranchKey
	err   error
	since time.Time // when it was asked for, so that a key is never used for longer than the period
}

func newBranchCache(period time.Duration, limit int, clock func() time.Time) *branchCache {
	return &branchCache{period: period, limit: limit, clock: clock, entries: map[branchName]*list.Element{}, recent: list.New()}
}

func (c *branchCache) get(ctx context.Context, name branchName, fetch func(context.Context) (BranchKey, error)) (BranchKey, error) {
	for {
		e, mine := c.entry(name)
		if mine {
			e.key, e.err = fetch(ctx)
			if e.err == nil && len(e.key.Key) != keyLen {
				e.err = configf("a branch key has %d bytes, not %d", len(e.key.Key), keyLen)
			}
			if e.err != nil {
				c.drop(e)
			}
			close(e.done)
			return e.key, e.err
		}
		select {
		case <-e.done:
		case <-ctx.Done():
			return BranchKey{}, ctx.Err()
		}
		if e.err == nil {
			return e.key, nil
		}
		if ctx.Err() != nil {
			return BranchKey{}, ctx.Err()
		}
		// The one who asked failed, perhaps only because it was cancelled: ask again ourselves.
	}
}

// entry gives the entry under name. It is mine if I made it, and then I must fetch the key.
func (c *branchCache) entry(name branchName) (e *branchEntry, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	if el, ok := c.entries[name]; ok {
		e, _ := el.Value.(*branchEntry)
		if now.Sub(e.since) < c.period {
			c.recent.MoveToFront(el)
			return e, false
		}
		c.remove(el)
	}
	for c.recent.Len() >= c.limit {
		c.remove(c.recent.Back())
	}
	e = &branchEntry{name: name, done: make(chan struct{}), since: now}
	c.entries[name] = c.recent.PushFront(e)
	return e, true
}

// drop forgets an entry unless another has taken its place.
func (c *branchCache) drop(e *branchEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[e.name]; ok && el.Value == e {
		c.remove(el)
	}
}

// remove takes an entry out. Its key is left to the garbage collector, since someone may be using it.
func (c *branchCache) remove(el *list.Element) {
	if e, ok := c.recent.Remove(el).(*branchEntry); ok {
		delete(c.entries, e.name)
	}
}
