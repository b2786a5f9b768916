// Package parallel shares loops between the processor's cores.
//
// It promises that every index is visited once and that all work has ended when it returns; the order is not fixed, so that a caller writes only where no
// other index writes. Sums that must not depend on the number of cores are added by the caller in a fixed order, from one slot for each block.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Blocks calls work(lo, hi) for consecutive blocks of [0, n), each of at most size indexes, on as many goroutines as there are processors. Blocks are handed
// out one after another, so that an expensive one delays nobody.
func Blocks(n, size int, work func(lo, hi int)) {
	size = max(size, 1)
	blocks := (n + size - 1) / size
	workers := min(runtime.GOMAXPROCS(0), blocks)
	if workers <= 1 {
		for lo := 0; lo < n; lo += size {
			work(lo, min(lo+size, n))
		}
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				b := int(next.Add(1)) - 1
				if b >= blocks {
					return
				}
				work(b*size, min((b+1)*size, n))
			}
		})
	}
	all.Wait()
}
