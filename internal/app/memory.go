package app

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// keepSmall has the collector keep the process below a limit, in bytes, as long as what is alive needs less than three
// quarters of it; an input that needs more gets it, as without a limit. Go lets the heap grow to twice of what is alive
// otherwise, which is memory that nobody uses. A limit that the user set (GOMEMLIMIT) stays.
func keepSmall(limit int64) (stop func()) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return func() {}
	}
	debug.SetMemoryLimit(limit)
	var stopped atomic.Bool
	var look func()
	look = func() {
		// An object that nobody holds is gone after the next collection, which is when to look again.
		gone := &struct{ itself *int }{}
		runtime.AddCleanup(gone, func(int) {
			alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
			metrics.Read(alive)
			switch {
			case stopped.Load():
			case alive[0].Value.Uint64() > uint64(limit)/4*3: //nolint:gosec // a limit is no negative number
				debug.SetMemoryLimit(math.MaxInt64)
			default:
				look()
			}
		}, 0)
	}
	look()
	return func() {
		stopped.Store(true)
		debug.SetMemoryLimit(math.MaxInt64)
	}
}
