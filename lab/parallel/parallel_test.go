package parallel

import (
	"sync/atomic"
	"testing"
)

func TestEveryIndexOnce(t *testing.T) {
	for _, c := range []struct{ n, size int }{{0, 4}, {1, 4}, {1000, 7}, {1000, 0}, {5, 1000}} {
		seen := make([]atomic.Int32, c.n)
		Blocks(c.n, c.size, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				seen[i].Add(1)
			}
		})
		for i := range seen {
			if seen[i].Load() != 1 {
				t.Errorf("n %d, blocks of %d: index %d was visited %d times", c.n, c.size, i, seen[i].Load())
			}
		}
	}
}
