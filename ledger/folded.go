package ledger

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Fold is how a room reads a thread into a state of its own. Both funcs are pure: no clock, no database, no order of maps.
//
// What [Folded] gives is shared: nobody changes it, neither who asked nor a later step.
type Fold[S any] struct {
	// Whole reads a log from its beginning.
	Whole func(Log) S
	// Onward goes on from the state of the first entries of the log, which are read as they were: those from the place on are new. It leaves the state before as
	// it was. False: it cannot, and the log is read from its beginning. Nil: it never can.
	Onward func(before S, l Log, from int) (S, bool)
}

// Folded gives the state of a log. It is made once for a log, whoever asks: the rule of a kind, every projection, pages. After an entry that comes after all others
// it goes on from where it was.
func Folded[S any](l Log, f *Fold[S]) S {
	l.writer = HospitalID{}
	if l.memo == nil || l.memo.size != len(l.Said) { // a part of a log
		return f.Whole(l)
	}
	k := l.memo.of(f)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.made.Load() {
		k.state = goOn(l, f)
		k.made.Store(true)
	}
	return k.state.(S)
}

func goOn[S any](l Log, f *Fold[S]) S {
	if f.Onward != nil {
		if before, from, ok := l.memo.earlier(f); ok {
			if state, ok := f.Onward(before.(S), l, from); ok {
				return state
			}
		}
	}
	return f.Whole(l)
}

// memo keeps what was folded of a log, and for a while what was folded of the log that it went on from.
type memo struct {
	size int // entries of the log

	mu     sync.Mutex
	states map[any]*kept
	before *memo
}

type kept struct {
	mu    sync.Mutex // while it is made: who asks meanwhile waits
	made  atomic.Bool
	state any
}

// of is the place of a fold's state.
func (m *memo) of(fold any) *kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.states[fold]
	if k == nil {
		if m.states == nil {
			m.states = map[any]*kept{}
		}
		k = &kept{}
		m.states[fold] = k
	}
	return k
}

// earlier is the state of the log that this one went on from, and how many entries that had.
func (m *memo) earlier(fold any) (state any, size int, ok bool) {
	m.mu.Lock()
	before := m.before
	m.mu.Unlock()
	if before == nil {
		return nil, 0, false
	}
	before.mu.Lock()
	k := before.states[fold]
	before.mu.Unlock()
	if k == nil || !k.made.Load() {
		return nil, 0, false
	}
	return k.state, before.size, true
}

// settle lets go of the log before, where all that was folded of that was folded of this one too: nothing goes on from there any more.
func (m *memo) settle() {
	if m == nil {
		return
	}
	m.mu.Lock()
	before := m.before
	m.mu.Unlock()
	if before == nil {
		return
	}
	before.mu.Lock()
	folds := slices.Collect(maps.Keys(before.states))
	before.mu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, fold := range folds {
		if k := m.states[fold]; k == nil || !k.made.Load() {
			return
		}
	}
	m.before = nil
}

// onward is the memo of a log of so many entries that goes on from this one. It remembers one log before, the last of which something was folded: so a chain of logs
// holds two states and not all.
func (m *memo) onward(size int) *memo {
	next := &memo{size: size, before: m}
	if m == nil {
		return next
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.states) == 0 {
		next.before = m.before
	} else {
		m.before = nil
	}
	return next
}
