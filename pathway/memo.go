package pathway

import (
	"encoding/binary"
	"sync"

	"cel.dev/cel-go/common/types/ref"
)

// Expressions are pure, and most of them read one or two coded answers: over the rows of a registry the same ones are asked again and again with the same answers. So an
// expression remembers what it gave. What somebody wrote in words is never remembered: see [environment.reads].
const (
	memoOutcomes = 512 // of one expression; what comes after is worked out each time
	memoKey      = 128 // bytes of the answers that an outcome is remembered by
)

// memo is what an expression gave, by the answers that it read.
type memo struct {
	mu    sync.RWMutex
	known map[string]outcome
}

type outcome struct {
	value ref.Val
	err   error
}

func (m *memo) find(key []byte) (outcome, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	o, known := m.known[string(key)]
	return o, known
}

func (m *memo) keep(key []byte, o outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string]outcome{}
	}
	if len(m.known) < memoOutcomes {
		m.known[string(key)] = o
	}
}

// eval gives the value of the expression, or an error when something that it needs is not known.
func (e *expression) eval(a *activation) (ref.Val, error) {
	if e.open {
		return e.run(a)
	}
	var room [memoKey]byte
	key := room[:0]
	for _, id := range e.deps {
		if key = a.value(id).appendKey(key); len(key) > memoKey {
			return e.run(a)
		}
	}
	if o, known := e.memo.find(key); known {
		return o.value, o.err
	}
	value, err := e.run(a)
	e.memo.keep(key, outcome{value, err})
	return value, err
}

// appendKey writes a value so that two that differ are written differently, whatever follows them.
func (v Value) appendKey(to []byte) []byte {
	to = append(to, byte(v.kind))
	switch v.kind {
	case valueString, valueMissing:
		to = appendText(to, v.text)
	case valueInt, valueBool:
		to = binary.AppendVarint(to, v.number)
	case valueList:
		to = binary.AppendUvarint(to, uint64(len(v.list)))
		for _, code := range v.list {
			to = appendText(to, code)
		}
	}
	return to
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}
