package parallel_test

import (
	"testing"

	"github.com/baileydb/bailey/internal/parallel"
)

// TestEach visits every piece once, and tells of all in a number that never falls.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 31, 32, 33, 1000, 1001} {
		seen, last := make([]int, n), 0
		parallel.Each(n, func(i int) { seen[i]++ }, func(done, all int) {
			if done <= last || all != n {
				t.Errorf("%d: %d of %d after %d", n, done, all, last)
			}
			last = done
		})
		for i, times := range seen {
			if times != 1 {
				t.Errorf("%d: piece %d was visited %d times", n, i, times)
			}
		}
		if last != n {
			t.Errorf("%d: told of %d", n, last)
		}
	}
}
