package ledger

import (
	"crypto/ed25519"
	"runtime"
	"sync"

	"github.com/hdevalence/ed25519consensus"
)

// Signatures are judged by ZIP 215 (Zcash, https://zips.z.cash/zip-0215), whether one is judged or many at once: libraries for Ed25519 differ about signatures and
// keys that nobody makes by accident, and two nodes must never differ about an entry. An honest signature holds under every rule.

// signed tells whether a message was signed by a key.
func signed(key, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519consensus.Verify(key, message, signature)
}

// batchAtOnce is how many signatures are judged at once. Beyond some dozens each costs the same, and one that does not hold costs judging all of them by themselves.
const batchAtOnce = 64

// ReadWires proves wires on all processors. It says of each what [ReadEntry] says: the entry of a wire that fails is nil, and its error says why.
func ReadWires(wires []Wire) ([]*Entry, []error) {
	entries, errs := make([]*Entry, len(wires)), make([]error, len(wires))
	workers := max(1, min(runtime.GOMAXPROCS(0), len(wires)/4))
	size := max(1, min(batchAtOnce, (len(wires)+workers-1)/workers))
	parts := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for from := range parts {
				to := min(from+size, len(wires))
				readTogether(wires[from:to], entries[from:to], errs[from:to])
			}
		})
	}
	for from := 0; from < len(wires); from += size {
		parts <- from
	}
	close(parts)
	group.Wait()
	return entries, errs
}

// readTogether reads wires whose signatures are judged at once. If that fails one of them does not hold, and each is read by itself.
func readTogether(wires []Wire, entries []*Entry, errs []error) {
	batch := ed25519consensus.NewPreallocatedBatchVerifier(len(wires))
	judged := 0
	for i, w := range wires {
		if entries[i], errs[i] = layEntry(w); errs[i] == nil {
			batch.Add(entries[i].Key[:], signable(w.Header), w.Signature)
			judged++
		}
	}
	hold := judged > 3 && batch.Verify() // fewer cost more at once
	for i, e := range entries {
		if errs[i] != nil {
			entries[i] = nil
		} else if errs[i] = e.prove(hold); errs[i] != nil {
			entries[i] = nil
		}
	}
}
