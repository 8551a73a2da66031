// Package parallel does work that comes in numbered pieces on all processors.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f for 0 to n-1, at once on as many goroutines as there are processors, and returns when all are done. Whatever f
// makes it puts in a place of its own, so that the order of the results is the caller's. progress, where given, hears how
// many are done, one call at a time.
func Each(n int, f func(i int), progress func(done, all int)) {
	// A batch is small where there are few pieces, which may be large.
	batch := min(16, max(1, n/(16*runtime.GOMAXPROCS(0))))
	var next, done atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(runtime.GOMAXPROCS(0), (n+batch-1)/batch) {
		wg.Go(func() {
			for {
				to := int(next.Add(int64(batch)))
				from := to - batch
				if from >= n {
					return
				}
				to = min(to, n)
				for i := from; i < to; i++ {
					f(i)
				}
				if progress == nil {
					continue
				}
				mu.Lock()
				progress(int(done.Add(int64(to-from))), n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
