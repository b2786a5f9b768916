package study

import (
	"crypto/ecdh"
	"crypto/sha256"
	"sync"

	"consilium/ledger"
	"consilium/study/mask"
	"consilium/study/run"
)

// memo remembers where runs stand after each round. A run is a pure function of the protocol, its members and their contributions, and taking a step is the dearest part of
// reading a study; every reading of its thread, at every entry, would take all of them again.
type memo struct {
	mu    sync.Mutex
	runs  map[ledger.Hash]*run.Run
	order []ledger.Hash
}

// maxRuns bounds the memory: a run holds a few numbers for each analysis.
const maxRuns = 256

var steps = &memo{runs: map[ledger.Hash]*run.Run{}}

// of gives the run of a key, computed if nobody has yet. What it gives is shared: who moves on clones it.
func (m *memo) of(key ledger.Hash, compute func() (*run.Run, error)) (*run.Run, error) {
	m.mu.Lock()
	r := m.runs[key]
	m.mu.Unlock()
	if r != nil {
		return r, nil
	}
	r, err := compute()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.runs[key] == nil {
		m.runs[key], m.order = r, append(m.order, key)
	}
	if len(m.order) > maxRuns {
		delete(m.runs, m.order[0])
		m.order = m.order[1:]
	}
	return r, nil
}

// printed remembers fingerprints of keys: every reading of a study asks for those of all who joined.
type printed struct {
	mu   sync.Mutex
	have map[string][32]byte
}

var prints = &printed{have: map[string][32]byte{}}

// of is the fingerprint of a key as it was said.
func (m *printed) of(key []byte) (print [32]byte, err error) {
	m.mu.Lock()
	print, ok := m.have[string(key)]
	m.mu.Unlock()
	if ok {
		return print, nil
	}
	public, err := ecdh.X25519().NewPublicKey(key)
	if err != nil {
		return print, err
	}
	if print, err = mask.Fingerprint(public); err != nil {
		return print, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.have) >= 16*maxRuns {
		clear(m.have)
	}
	m.have[string(key)] = print
	return print, nil
}

// keyOf names where a run stands by all that led there: the key before, and what was said since.
func keyOf(before ledger.Hash, said ...ledger.Hash) ledger.Hash {
	h := sha256.New()
	h.Write(before[:])
	for _, s := range said {
		h.Write(s[:])
	}
	return ledger.Hash(h.Sum(nil))
}
