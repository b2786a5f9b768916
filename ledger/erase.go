package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// An erasure hides what it names at once, in every fold. The bytes are another matter: they are locked until this hospital decides, apart from the entries, where
// nothing reads them and nothing sends them. [Book.Destroy] ends them.

// Erasure is what thread.erased says; the refs name the entries.
//
// It is a request: each hospital that holds the words answers it, and a hospital whose own words another one wants erased may refuse, and then they are shown again everywhere. Version 1 was meant as an
// order; it is refused all the same, for a steward who writes it today would hide another hospital's words for good.
type Erasure struct {
	Reason string `json:"reason"` // a code: "withdrawn", "mistake", "law"
}

// The answers to an erasure.
const (
	ErasureDestroyed = "destroyed" // the bytes are gone, and were looked for
	ErasureKept      = "kept"      // locked, by a law, until a day
	ErasureRefused   = "refused"   // with a reason
)

// ErasureAnswer is what a hospital says to an erasure; the refs name the erasures. Version 1 was said by the program alone.
type ErasureAnswer struct {
	Answer  string   `json:"answer"`
	Law     string   `json:"law,omitempty"`     // where kept: which law demands it
	Until   string   `json:"until,omitempty"`   // where kept: the day on which it is asked again
	Why     string   `json:"why,omitempty"`     // where refused
	Decided PersonID `json:"decided,omitempty"` // who decided that it is destroyed, where the program says that it is
}

// Check is the form of the body.
func (a *ErasureAnswer) Check() error {
	switch {
	case a.Answer == ErasureDestroyed:
	case a.Answer == ErasureKept && a.Law == "":
		return errors.New("what is kept is kept by a law, and the answer names it")
	case a.Answer == ErasureKept:
		if _, err := time.Parse(time.DateOnly, a.Until); err != nil {
			return errors.New("what is kept is kept until a day, written like 2036-12-31")
		}
	case a.Answer == ErasureRefused && a.Why == "":
		return errors.New("a refusal says why")
	case a.Answer != ErasureRefused:
		return fmt.Errorf("an erasure is answered with %q, %q or %q", ErasureDestroyed, ErasureKept, ErasureRefused)
	}
	return nil
}

func answersErasure(l Log, d Draft) error {
	if err := needsRef(l, d); err != nil {
		return err
	}
	for _, h := range d.Refs {
		if s := l.Find(h); s == nil || s.Kind != KindErased {
			return fmt.Errorf("entry %s is no erasure in this thread", h.Short())
		}
	}
	return nil
}

// ErasureRequest is an erasure as one hospital has to answer it.
type ErasureRequest struct {
	Erasure Hash
	By      HospitalID
	Person  PersonID // who asked, as that hospital calls them
	Reason  string
	At      time.Time
	Own     []Hash         // entries that the hospital said itself, and erased itself: its own decision
	Others  []Hash         // entries that a person has to decide about: another's words, or its own on another's request
	Answer  *ErasureAnswer // its last one; nil: none yet
}

// Nothing tells whether the erasure has no effect for the hospital: whoever said it may not erase, or the hospital that said the words stands by them.
func (r ErasureRequest) Nothing() bool { return len(r.Own)+len(r.Others) == 0 }

// Open tells whether the request waits for an answer on a day: it has none, or what was kept by law was kept until then.
func (r ErasureRequest) Open(today string) bool {
	return r.Answer == nil || r.Answer.Answer == ErasureKept && r.Answer.Until <= today
}

// ErasureRequests are the erasures of the thread as a hospital has to answer them, in their order.
func (l Log) ErasureRequests(of HospitalID) []ErasureRequest {
	var list []ErasureRequest
	for i := range l.Said {
		s := &l.Said[i]
		if s.Standing == Late || s.Content == nil {
			continue
		}
		switch s.Kind {
		case KindErased:
			v, _ := Decode[Erasure](s.Content.Says)
			r := ErasureRequest{Erasure: s.Hash, By: s.Hospital, Person: s.Person, Reason: v.Reason, At: s.Time}
			r.sort(l, s, of)
			list = append(list, r)
		case KindErasureAnswered:
			if v, err := Decode[ErasureAnswer](s.Content.Says); err == nil && s.Hospital == of {
				for j := range list {
					if slices.Contains(s.Refs, list[j].Erasure) {
						list[j].Answer = &v
					}
				}
			}
		}
	}
	return list
}

// sort tells the entries that an erasure has effect on apart. Those that their own hospital stands by are nobody else's to decide about.
func (r *ErasureRequest) sort(l Log, erasure *Said, of HospitalID) {
	for _, h := range erasure.Refs {
		x := l.Find(h)
		switch {
		case x == nil || !mayErase(erasure.node, x.node, &l.Roster) || !x.Erased && x.Hospital != of:
		case x.Hospital == of && erasure.Hospital == of:
			r.Own = append(r.Own, h)
		default:
			r.Others = append(r.Others, h)
		}
	}
}

// Unanswered are the erasures to which a hospital has not answered yet.
func (l Log) Unanswered(by HospitalID) []Hash {
	var list []Hash
	for _, r := range l.ErasureRequests(by) {
		if r.Answer == nil {
			list = append(list, r.Erasure)
		}
	}
	return list
}

// erasedOf gives the erased entries of a thread whose words are here, each without them, after some entries came: an erasure, or what was erased before it came.
func erasedOf(l Log, came []*Entry) map[Hash]*Entry {
	if !slices.ContainsFunc(came, func(e *Entry) bool {
		return e.Kind == KindErased || e.Kind == KindErasureAnswered || l.Find(e.Hash).Erased
	}) {
		return nil
	}
	gone := map[Hash]*Entry{}
	for i := range l.Said {
		if s := &l.Said[i]; s.Erased && s.HasBody() {
			gone[s.Hash] = withoutWords(s.Entry)
		}
	}
	return gone
}

func withoutWords(e *Entry) *Entry {
	return &Entry{Header: e.Header, Wire: Wire{Header: e.Wire.Header, Signature: e.Wire.Signature}, Hash: e.Hash}
}

// hideErased takes the words of erased entries out of the thread and locks them, and puts those back that are no longer erased. Whole are the new entries as they came, for
// what is noted of them beside their words.
func hideErased(ctx context.Context, tx Tx, t *Thread, l Log, added []*Entry) (_ Log, whole []*Entry, err error) {
	whole = slices.Clone(added)
	if gone := erasedOf(l, added); len(gone) > 0 {
		for i, e := range added {
			if without := gone[e.Hash]; without != nil {
				added[i] = without
				if err := lockNew(ctx, tx, e); err != nil {
					return l, nil, err
				}
			}
		}
		for h := range gone {
			if err := lock(ctx, tx, h); err != nil {
				return l, nil, err
			}
		}
		t.replace(gone)
		l = t.Log()
	}
	if !slices.ContainsFunc(added, func(e *Entry) bool { return e.Kind == KindErasureAnswered || rosterKind(e.Kind) }) {
		return l, whole, nil
	}
	back, err := unlock(ctx, tx, l)
	if err == nil && len(back) > 0 {
		t.replace(back)
		l = t.Log()
	}
	return l, whole, err
}

// lockNew keeps the words of an entry that was erased before it came, unless they were destroyed here.
func lockNew(ctx context.Context, tx Tx, e *Entry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO locked_body (entry, thread, body) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM destroyed WHERE entry = $1) ON CONFLICT (entry) DO NOTHING`,
		e.Hash[:], e.Thread[:], e.Wire.Body)
	if err != nil {
		return fmt.Errorf("locking entry %s: %w", e.Hash.Short(), err)
	}
	return nil
}

// lock moves the words of an entry out of reach.
func lock(ctx context.Context, tx Tx, entry Hash) error {
	for _, statement := range []string{
		`INSERT INTO locked_body (entry, thread, body) SELECT hash, thread, body FROM entry WHERE hash = $1 AND body IS NOT NULL ON CONFLICT (entry) DO NOTHING`,
		`UPDATE entry SET body = NULL WHERE hash = $1`,
		`UPDATE attached SET erased = 1 WHERE entry = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, entry[:]); err != nil {
			return fmt.Errorf("locking entry %s: %w", entry.Short(), err)
		}
	}
	return nil
}

// unlock puts the words back of entries that are no longer erased: the hospital that said them refused, or the erasure turned out not to count.
func unlock(ctx context.Context, tx Tx, l Log) (map[Hash]*Entry, error) {
	locked, err := Locked(ctx, tx, l.Thread)
	if err != nil {
		return nil, err
	}
	back := map[Hash]*Entry{}
	for _, h := range locked {
		s := l.Find(h)
		if s == nil || s.Erased {
			continue
		}
		w := s.Wire
		if err := tx.QueryRowContext(ctx, `SELECT body FROM locked_body WHERE entry = $1`, h[:]).Scan(&w.Body); err != nil {
			return nil, fmt.Errorf("unlocking entry %s: %w", h.Short(), err)
		}
		e, err := storedEntry(w, h)
		if err != nil {
			return nil, err
		}
		back[h] = e
		for _, statement := range []string{
			`UPDATE entry SET body = (SELECT body FROM locked_body WHERE entry = $1) WHERE hash = $1`,
			`UPDATE attached SET erased = 0 WHERE entry = $1`,
			`DELETE FROM locked_body WHERE entry = $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, h[:]); err != nil {
				return nil, fmt.Errorf("unlocking entry %s: %w", h.Short(), err)
			}
		}
	}
	return back, nil
}

// Locked are the erased entries of a thread whose words are still kept here.
func Locked(ctx context.Context, tx Tx, id ThreadID) ([]Hash, error) {
	return hashes(tx.QueryContext(ctx, `SELECT entry FROM locked_body WHERE thread = $1 ORDER BY entry`, id[:]))
}

// LockedThreads are the threads of which words are locked, or destroyed and not looked for yet.
func LockedThreads(ctx context.Context, tx Tx) ([]ThreadID, error) {
	return threadIDs(tx.QueryContext(ctx, `SELECT DISTINCT thread FROM locked_body UNION SELECT DISTINCT thread FROM destroyed WHERE salt <> '' ORDER BY thread`))
}

// Destroy ends the words of some entries at this hospital, locked ones or others, and their claims on files: those are found by [Orphans]. Bytes may still lie in
// free pages, logs and caches: [AllDestroyed] says what to look for, and [Confirm] that it was looked for.
func (b *Book) Destroy(ctx context.Context, tx Tx, id ThreadID, entries []Hash, now time.Time) error {
	t, _, err := b.open(ctx, tx, id)
	if err != nil {
		return err
	}
	gone := map[Hash]*Entry{}
	for _, h := range entries {
		if e := t.Entry(h); e != nil && e.HasBody() && !unerasable(e.Kind) {
			gone[h] = withoutWords(e)
		}
		if err := destroy(ctx, tx, id, h, now); err != nil {
			return err
		}
	}
	b.threads.forget(id)
	if len(gone) == 0 {
		return nil
	}
	t.replace(gone) // what no erasure here names: it is told by the list of a newer backup
	_, err = b.refold(ctx, tx, t, t.Log(), nil, nil, func([]*Entry) error { return nil })
	return err
}

func destroy(ctx context.Context, tx Tx, id ThreadID, h Hash, now time.Time) error {
	var raw []byte
	var kind string
	err := tx.QueryRowContext(ctx, `SELECT e.kind, COALESCE(l.body, e.body) FROM entry e LEFT JOIN locked_body l ON l.entry = e.hash WHERE e.hash = $1 AND e.thread = $2`, h[:], id[:]).Scan(&kind, &raw)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (unerasable(kind) || raw == nil) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("destroying entry %s: %w", h.Short(), err)
	}
	body, err := ParseBody(raw)
	if err != nil {
		return fmt.Errorf("destroying entry %s: %w", h.Short(), err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO destroyed (entry, thread, salt, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (entry) DO UPDATE SET salt = excluded.salt, at_ms = excluded.at_ms`,
		h[:], id[:], backwards(body.Salt), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("destroying entry %s: %w", h.Short(), err)
	}
	for _, statement := range []string{
		`UPDATE entry SET body = NULL WHERE hash = $1`,
		`DELETE FROM locked_body WHERE entry = $1`,
		`DELETE FROM waiting WHERE hash = $1`,
		`UPDATE attached SET erased = 1 WHERE entry = $1`,
		`INSERT INTO orphan (blob) SELECT DISTINCT blob FROM attached WHERE entry = $1 ON CONFLICT (blob) DO NOTHING`,
	} {
		if _, err := tx.ExecContext(ctx, statement, h[:]); err != nil {
			return fmt.Errorf("destroying entry %s: %w", h.Short(), err)
		}
	}
	return nil
}

// Forget drops what is remembered of a thread between calls. Whoever destroys words calls it after the commit: a reader of the moment before may have put them there again.
func (b *Book) Forget(id ThreadID) { b.threads.forget(id) }

// Destroyed is an entry whose words this hospital has destroyed.
type Destroyed struct {
	Entry  Hash
	Thread ThreadID
	Salt   string // of the body; empty: it was looked for, and not found
	At     time.Time
}

// AllDestroyed lists what was destroyed here, oldest first.
func AllDestroyed(ctx context.Context, tx Tx) ([]Destroyed, error) {
	rows, err := tx.QueryContext(ctx, `SELECT entry, thread, salt, at_ms FROM destroyed ORDER BY at_ms, entry`)
	if err != nil {
		return nil, fmt.Errorf("listing what was destroyed: %w", err)
	}
	defer rows.Close()
	var list []Destroyed
	for rows.Next() {
		var d Destroyed
		var entry, thread []byte
		var ms int64
		if err := rows.Scan(&entry, &thread, &d.Salt, &ms); err != nil {
			return nil, fmt.Errorf("listing what was destroyed: %w", err)
		}
		d.Entry, d.Thread, d.At, d.Salt = asHash(entry), ThreadID(thread), time.UnixMilli(ms), backwards(d.Salt)
		list = append(list, d)
	}
	return list, rows.Err()
}

// backwards is how a salt is written down, so that who looks for it does not find the note.
func backwards(salt string) string {
	b := []byte(salt)
	slices.Reverse(b)
	return string(b)
}

// Confirm notes that the destroyed words of a thread were looked for and not found: what they were looked for by is forgotten too.
func Confirm(ctx context.Context, tx Tx, id ThreadID) error {
	if _, err := tx.ExecContext(ctx, `UPDATE destroyed SET salt = '' WHERE thread = $1`, id[:]); err != nil {
		return fmt.Errorf("noting what was destroyed in thread %s: %w", id, err)
	}
	return nil
}

// destroyedOf are the entries of a thread whose words were destroyed here.
func destroyedOf(ctx context.Context, tx Tx, id ThreadID) (map[Hash]bool, error) {
	list, err := hashes(tx.QueryContext(ctx, `SELECT entry FROM destroyed WHERE thread = $1`, id[:]))
	return setOf(list), err
}

// Orphans are files that destroyed entries attached. Whoever keeps files removes those that no other attachment keeps alive, and calls [Buried].
func Orphans(ctx context.Context, tx Tx) ([]Hash, error) {
	return hashes(tx.QueryContext(ctx, `SELECT blob FROM orphan ORDER BY blob`))
}

func hashes(rows *sql.Rows, err error) ([]Hash, error) {
	if err != nil {
		return nil, fmt.Errorf("listing hashes: %w", err)
	}
	defer rows.Close()
	var list []Hash
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("listing hashes: %w", err)
		}
		list = append(list, asHash(raw))
	}
	return list, rows.Err()
}

// Buried notes that a file of an erased entry is gone.
func Buried(ctx context.Context, tx Tx, blob Hash) error {
	for _, table := range []string{"orphan", "given"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE blob = $1`, blob[:]); err != nil {
			return fmt.Errorf("noting that file %s is gone: %w", blob.Short(), err)
		}
	}
	return nil
}

// Erasures lists the threads in which something was erased: one of those given, or with none given all.
func Erasures(ctx context.Context, tx Tx, among ...ThreadID) ([]ThreadID, error) {
	if len(among) == 0 {
		return threadIDs(tx.QueryContext(ctx, `SELECT DISTINCT thread FROM entry WHERE kind = 'thread.erased' ORDER BY thread`))
	}
	var list []ThreadID
	for _, id := range among {
		found, err := threadIDs(tx.QueryContext(ctx, `SELECT DISTINCT thread FROM entry WHERE thread = $1 AND kind = 'thread.erased'`, id[:]))
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}
