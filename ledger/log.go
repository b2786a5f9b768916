package ledger

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Standing is how far what an entry says has effect.
type Standing string

// The standings of an entry. Whatever its standing, an entry is kept, relayed and shown.
const (
	Counts  Standing = ""        // as it says
	Late    Standing = "late"    // past the cut of a hospital that left, or of a lost key: without effect until the steward admits it
	Doubted Standing = "doubted" // its key has forked: of two readings the safer one holds
)

// Kinds of correction. They refer to the entry that they correct and to those of its corrections that they had seen.
const (
	KindAmend   = "amend"
	KindRetract = "retract"
)

// Amendment is what amend says.
type Amendment struct {
	Says json.RawMessage `json:"says"` // what the entry should have said, in the form of its own kind
	Why  string          `json:"why"`
}

// Check wants words: an amendment without any would take the entry back, and a retraction says so. Whether they have the form of what is amended is for
// the reader to mark.
func (a *Amendment) Check() error {
	if len(a.Says) == 0 || a.Says[0] != '{' {
		return errors.New("an amendment says in full what the entry should have said")
	}
	return nil
}

// Retraction is what retract says.
type Retraction struct {
	Why string `json:"why"`
}

// Said is one entry as folds read it.
type Said struct {
	*Entry
	Standing  Standing
	Erased    bool         // a fold leaves what it said out, whether or not the bytes are still here
	Content   *Body        // nil when erased or not here
	Corrected []Correction // the corrections that hold; two or more had not seen each other and stand side by side

	node *node
}

// Correction is a later word about an entry.
type Correction struct {
	By      *Entry
	Says    json.RawMessage // nil: retracted, or an amendment whose words cannot be read
	Why     string
	Content *Body
}

// Conflict tells whether corrections stand side by side that had not seen each other.
func (s Said) Conflict() bool { return len(s.told()) > 1 }

// told are the corrections that say something. An erased amendment does not: for facts it is as if it had never been. It stays in Corrected because it may
// have made a consent or a privilege smaller, which its erasure must not undo.
func (s Said) told() []Correction {
	var list []Correction
	for _, c := range s.Corrected {
		if c.Says != nil || c.By.Kind == KindRetract {
			list = append(list, c)
		}
	}
	return list
}

// Retracted tells whether the entry was taken back and nothing else stands.
func (s Said) Retracted() bool {
	told := s.told()
	return len(told) == 1 && told[0].By.Kind == KindRetract
}

// Says is what the entry says now: as amended where exactly one amendment stands, and as first said while corrections are in conflict.
// It is nil when there is nothing to read.
func (s Said) Says() json.RawMessage {
	if s.Content == nil || s.Retracted() {
		return nil
	}
	if told := s.told(); len(told) == 1 {
		return told[0].Says
	}
	return s.Content.Says
}

// Log is a thread as every fold reads it: all entries in folding order, and who takes part.
type Log struct {
	Thread ThreadID
	Kind   string // "case", "visit", …
	Roster Roster
	Said   []Said
	Forks  []Key // keys with two entries of one count, in the order of their forks

	thread *Thread    // which keys have forked
	places *places    // where each entry stands in Said
	ahead  bool       // an erasure names an entry that is not here
	memo   *memo      // what was folded of it
	held   *Thread    // what the book read it from; see [Book.AppendTo]
	writer HospitalID // in a check: the hospital that is about to write
}

// Find gives an entry of the log, or nil.
func (l Log) Find(h Hash) *Said {
	i, ok := l.places.of(h)
	if !ok || i >= len(l.Said) { // a fold may look at the first part of a log alone
		return nil
	}
	return &l.Said[i]
}

// Writer is the hospital that is about to write, while a kind's check runs; elsewhere it is zero.
func (l Log) Writer() HospitalID { return l.writer }

// Follows tells whether the entry a had been seen by the writer of the entry b.
func (l Log) Follows(b, a Hash) bool {
	x, y := l.Find(b), l.Find(a)
	return x != nil && y != nil && l.thread.follows(x.node, y.node)
}

// Log reads the thread: order, standing, corrections, erasures. The same entries give the same log.
func (t *Thread) Log() Log {
	nodes := t.sorted()
	l := Log{Thread: t.ID, thread: &Thread{forked: maps.Clone(t.forked)}, Said: make([]Said, len(nodes)), places: newPlaces(nodes)}
	l.Forks = t.forks(nodes)
	standing := t.standings(nodes, t.forked, &l)
	marks := t.marks(nodes, standing, &l)
	for i, n := range nodes {
		s := Said{Entry: n.Entry, Standing: standing[n], Erased: marks.erased[n.Hash], node: n}
		if !s.Erased {
			s.Content, _ = n.Content()
		}
		if c := marks.corrections[n.Hash]; c != nil {
			s.Corrected = t.standingCorrections(c, marks.erased)
		}
		l.Said[i] = s
	}
	if len(nodes) > 0 {
		l.Kind = kindOfThread(nodes[0])
	}
	l.ahead, l.memo = t.ahead(nodes), &memo{size: len(nodes)}
	return l
}

func kindOfThread(first *node) string {
	if body, err := first.Content(); err == nil {
		if v, err := Decode[Opened](body.Says); err == nil {
			return v.Kind
		}
	}
	return ""
}

// forks lists the keys that have two entries of one count, in the order of their forks.
func (t *Thread) forks(nodes []*node) []Key {
	var list []Key
	for i := 0; len(list) < len(t.forked); i++ {
		if n := nodes[i]; t.forked[n.Key] == n.Seq && !slices.Contains(list, n.Key) {
			list = append(list, n.Key)
		}
	}
	return list
}

// standings folds the roster and says of each entry whether it counts. The roster is folded twice: a removal may come after the entries that it
// puts past the cut, and those must not have had a say in it.
func (t *Thread) standings(nodes []*node, forked map[Key]uint64, l *Log) map[*node]Standing {
	standing := map[*node]Standing{}
	var events []*node
	for _, n := range nodes {
		if seq, ok := forked[n.Key]; ok && n.Seq >= seq {
			standing[n] = Doubted
		}
		if n.governs() {
			events = append(events, n)
		}
	}
	counts := func(n *node) bool { return standing[n] == Counts }
	l.Roster = foldRoster(events, counts)
	if len(l.Roster.cuts) == 0 {
		return standing
	}
	late := map[*node]bool{}
	for _, n := range nodes {
		late[n] = slices.ContainsFunc(l.Roster.cuts, func(cut leaving) bool { return cut.excludes(t, n, forked) })
	}
	admitted := t.admitted(nodes, func(n *node) bool { return counts(n) && !late[n] })
	for _, n := range nodes {
		if late[n] && !admitted[n.Hash] {
			standing[n] = Late
		}
	}
	l.Roster = foldRoster(events, counts)
	return standing
}

// admitted are the late entries that the steward lets count after all. Who was steward when it said so may have passed the thread on since; a stolen
// key that is cut admits nothing, least of all itself.
func (t *Thread) admitted(nodes []*node, counts func(*node) bool) map[Hash]bool {
	set := map[Hash]bool{}
	var r Roster
	for _, n := range nodes {
		switch {
		case n.governs():
			r.apply(n, counts(n))
		case n.Kind == KindAdmitted && counts(n) && r.acts(n):
			for _, h := range n.Refs {
				set[h] = true
			}
		}
	}
	return set
}

// marks gathers what entries do to other entries.
type marks struct {
	erased      map[Hash]bool
	corrections map[Hash][]*node
	refused     map[Hash]map[HospitalID]bool // by erasure: the hospitals that answered about their words, and whether they will not have them erased
	kept        map[Hash]bool                // entries that their hospital refused to have erased: who asks again hides nothing, until it says otherwise
}

func (t *Thread) marks(nodes []*node, standing map[*node]Standing, l *Log) marks {
	m := marks{erased: map[Hash]bool{}, corrections: map[Hash][]*node{}, refused: t.refusals(nodes, standing)}
	m.kept = t.refusedEntries(m.refused)
	for _, n := range nodes {
		if standing[n] == Late || len(n.Refs) == 0 {
			continue
		}
		switch n.Kind {
		case KindErased:
			for _, h := range n.Refs {
				if x := t.node(h); x != nil && mayErase(n, x, &l.Roster) && !m.standsBy(n, x) {
					m.erased[h] = true
				}
			}
		case KindAmend, KindRetract:
			if x := t.node(n.Refs[0]); x != nil && x.Hospital == n.Hospital && t.follows(n, x) && x.Kind != KindAmend && x.Kind != KindRetract {
				m.corrections[x.Hash] = append(m.corrections[x.Hash], n)
			}
		}
	}
	for h, corrections := range m.corrections {
		for _, n := range corrections {
			m.erased[n.Hash] = m.erased[n.Hash] || m.erased[h]
		}
	}
	return m
}

// standsBy tells whether the hospital that said an entry keeps it readable in spite of another's erasure: it refused this one, or has not answered it and refused one of the same entry.
func (m *marks) standsBy(erasure, x *node) bool {
	refused, answered := m.refused[erasure.Hash][x.Hospital]
	return refused || !answered && erasure.Hospital != x.Hospital && m.kept[x.Hash]
}

// refusedEntries are the entries that an erasure names which their own hospital refused.
func (t *Thread) refusedEntries(refused map[Hash]map[HospitalID]bool) map[Hash]bool {
	var kept map[Hash]bool
	for erasure, by := range refused {
		for _, h := range t.node(erasure).Refs {
			if x := t.node(h); x != nil && by[x.Hospital] {
				if kept == nil {
					kept = map[Hash]bool{}
				}
				kept[h] = true
			}
		}
	}
	return kept
}

// refusals are the answers by which hospitals refuse to have their own words erased on another's request. What a hospital erases itself it does not refuse; its
// last answer counts.
func (t *Thread) refusals(nodes []*node, standing map[*node]Standing) map[Hash]map[HospitalID]bool {
	var all map[Hash]map[HospitalID]bool
	for _, n := range nodes {
		if n.Kind != KindErasureAnswered || n.Version < 2 || standing[n] == Late {
			continue
		}
		body, err := n.Content()
		if err != nil {
			continue
		}
		answer, err := Decode[ErasureAnswer](body.Says)
		for _, h := range n.Refs {
			request := t.node(h)
			if err != nil || request == nil || request.Kind != KindErased || request.Hospital == n.Hospital || !t.follows(n, request) {
				continue
			}
			if all == nil {
				all = map[Hash]map[HospitalID]bool{}
			}
			if all[h] == nil {
				all[h] = map[HospitalID]bool{}
			}
			all[h][n.Hospital] = answer.Answer == ErasureRefused
		}
	}
	return all
}

// mayErase tells whether an erasure has effect on an entry: the hospital that vouched for it may, and the steward may; who takes part in the
// thread is never erased.
func mayErase(n, x *node, r *Roster) bool {
	if unerasable(x.Kind) {
		return false
	}
	return n.Hospital == x.Hospital || n.past.roster().Steward == n.Hospital
}

// unerasable tells whether entries of a kind say who takes part in the thread and what was erased: they hold only ids and codes.
func unerasable(kind string) bool { return strings.HasPrefix(kind, "thread.") }

// standingCorrections drops each correction that a later one had seen. An erased amendment says nothing any more, so what it had replaced stands again.
func (t *Thread) standingCorrections(all []*node, erased map[Hash]bool) []Correction {
	var stand []*node
	for _, n := range all { // in folding order: what had seen another comes after it
		if n.Kind == KindRetract || !erased[n.Hash] {
			stand = slices.DeleteFunc(stand, func(before *node) bool { return t.follows(n, before) })
		}
		stand = append(stand, n)
	}
	list := make([]Correction, len(stand))
	for i, n := range stand {
		c := Correction{By: n.Entry}
		if body, err := n.Content(); err == nil && !erased[n.Hash] {
			c.Content = body
			if n.Kind == KindAmend {
				v, _ := Decode[Amendment](body.Says)
				c.Says, c.Why = v.Says, v.Why
			} else {
				v, _ := Decode[Retraction](body.Says)
				c.Why = v.Why
			}
		}
		list[i] = c
	}
	return list
}
