package fit

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// InParallel calls do for 0 … n-1, on as many processors as there are. Each call writes to a place of its own, and what they wrote is added up in the order of
// their numbers afterwards: the result is the same to the last digit on any number of processors.
func InParallel(n int, do func(k int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for k := int(next.Add(1)) - 1; k < n; k = int(next.Add(1)) - 1 {
				do(k)
			}
		})
	}
	group.Wait()
}
