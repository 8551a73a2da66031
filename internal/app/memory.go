package app

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// rarely is how much the heap grows between collections below the limit, in percent.
const rarely = 400

// keepSmall has the collector keep the process below a limit, in bytes, as long as what is alive needs less than three
// quarters of it, and collect rarely until then; an input that needs more gets it, as without a limit. Otherwise Go collects
// often while little is alive, and lets the heap grow to twice of what is alive in the end. A limit or a percentage that the
// user set (GOMEMLIMIT, GOGC) stays.
func keepSmall(limit int64) (stop func()) {
	percent := debug.SetGCPercent(rarely)
	if debug.SetMemoryLimit(-1) != math.MaxInt64 || percent != 100 {
		debug.SetGCPercent(percent)
		return func() {}
	}
	debug.SetMemoryLimit(limit)
	usual := func() {
		debug.SetMemoryLimit(math.MaxInt64)
		debug.SetGCPercent(percent)
	}
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
				usual()
			default:
				look()
			}
		}, 0)
	}
	look()
	return func() {
		stopped.Store(true)
		usual()
	}
}
