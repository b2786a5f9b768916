package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Migrations make the ledger's tables.
//
//go:embed migration/*.sql
var Migrations embed.FS

// ErrNoThread says that the thread is not at this node.
var ErrNoThread = errors.New("the thread is not here")

// ErrNotMember says that this hospital takes no part in the thread.
var ErrNotMember = errors.New("this hospital takes no part in the thread")

// Book is the ledger of one node: threads in a database, the kinds it can say, the projections it keeps, and the key it signs with.
// Every method works in the caller's transaction; what it remembers between calls is keyed by the set of entries and so never stale.
type Book struct {
	Kinds       *Kinds
	projections []Projection
	ddl         func(string) string
	threads     threadCache

	mu     sync.RWMutex
	signer Signer
}

// NewBook makes a book. The ddl func translates table definitions into the database's dialect; nil leaves them as they are.
func NewBook(kinds *Kinds, signer Signer, ddl func(string) string, projections ...Projection) *Book {
	if ddl == nil {
		ddl = func(s string) string { return s }
	}
	return &Book{Kinds: kinds, signer: signer, ddl: ddl, projections: projections, threads: newThreadCache()}
}

// Signer is the key that the book signs with now.
func (b *Book) Signer() Signer {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.signer
}

// SetSigner changes the key: the fence, or a restore.
func (b *Book) SetSigner(s Signer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.signer = s
}

// Open opens a thread of a kind ("case", "visit", …) in the name of a person here, and says more in it at once.
func (b *Book) Open(ctx context.Context, tx Tx, kind string, by Draft, now time.Time, more ...Draft) (*Entry, error) {
	return b.OpenWith(ctx, tx, kind, by, now, func(ThreadID) error { return nil }, more...)
}

// OpenWith is [Book.Open], and has beside called with the thread's ID before anything is folded: what projections read beside the entries is put down there, and
// need not be folded again.
func (b *Book) OpenWith(ctx context.Context, tx Tx, kind string, by Draft, now time.Time, beside func(ThreadID) error, more ...Draft) (*Entry, error) {
	s := b.Signer()
	body, err := newBody(by, Opened{Kind: kind})
	if err != nil {
		return nil, err
	}
	h := Header{Seq: 1, Height: 1, Time: stamp(now), Person: by.Person, Kind: KindOpened, Version: 1}
	e, err := s.signOpening(h, body)
	if err != nil {
		return nil, err
	}
	w := writing{book: b, signer: s, now: now, thread: NewThread(e.Thread), entries: []*Entry{e}}
	if err := w.thread.Admit(e); err != nil {
		return nil, err
	}
	for _, d := range more {
		d.Thread = e.Thread
		if _, err := w.say(d); err != nil {
			return nil, err
		}
	}
	if err := beside(e.Thread); err != nil {
		return nil, err
	}
	return e, w.finish(ctx, tx)
}

// signOpening signs a thread's first entry, whose body's hash gives the thread's ID.
func (s Signer) signOpening(h Header, body Body) (*Entry, error) {
	raw, err := body.encode()
	if err != nil {
		return nil, err
	}
	h.Thread = threadID(h.Time, s.Key(), sumBody(raw))
	return s.sign(h, body)
}

func stamp(now time.Time) time.Time { return now.Truncate(time.Millisecond) }

func newBody(d Draft, says any) (Body, error) {
	raw, err := Encode(says)
	if err != nil {
		return Body{}, err
	}
	return Body{Salt: newSalt(), Author: d.Author, At: d.At, Pack: d.Pack, Blobs: d.Blobs, Says: raw}, nil
}

// Append says something in a thread that is here. A hospital that was invited and has not joined joins first, in the same transaction. The error
// wraps [ErrNotSayable] where the kind's rule stopped the writer, [ErrNoThread] or [ErrNotMember].
func (b *Book) Append(ctx context.Context, tx Tx, d Draft, now time.Time) (*Entry, error) {
	list, err := b.AppendAll(ctx, tx, d.Thread, []Draft{d}, now)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// AppendTo is [Book.Append] in a thread that [Book.Log] has read in this same transaction, and that nothing was said in since: it is not read again.
func (b *Book) AppendTo(ctx context.Context, tx Tx, l Log, d Draft, now time.Time) (*Entry, error) {
	if l.held == nil || l.Thread != d.Thread {
		return b.Append(ctx, tx, d, now)
	}
	w := writing{book: b, signer: b.Signer(), now: now, thread: l.held.clone(), log: l}
	e, err := w.say(d)
	if err != nil {
		return nil, err
	}
	return e, w.finish(ctx, tx)
}

// AppendAll says several things in one thread, in their order, as [Book.Append] does: all or none. What hangs on the thread is folded once.
func (b *Book) AppendAll(ctx context.Context, tx Tx, id ThreadID, drafts []Draft, now time.Time) ([]*Entry, error) {
	t, l, err := b.open(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	w := writing{book: b, signer: b.Signer(), now: now, thread: t, log: l}
	list := make([]*Entry, 0, len(drafts))
	for _, d := range drafts {
		d.Thread = id
		e, err := w.say(d)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, w.finish(ctx, tx)
}

// store writes entries in the order of their arrival.
func store(ctx context.Context, tx Tx, entries []*Entry, now time.Time) error {
	if len(entries) < 2*entriesAtOnce {
		for _, e := range entries {
			if _, err := tx.ExecContext(ctx, insertEntry, entryCells(nil, e, now)...); err != nil {
				return fmt.Errorf("storing entry %s: %w", e.Hash.Short(), err)
			}
		}
		return nil
	}
	var place int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(place), 0) FROM entry`).Scan(&place); err != nil {
		return fmt.Errorf("finding the last place: %w", err)
	}
	for len(entries) >= entriesAtOnce {
		var cells []any
		for _, e := range entries[:entriesAtOnce] {
			place++
			cells = append(entryCells(cells, e, now), place)
		}
		if _, err := tx.ExecContext(ctx, insertEntries, cells...); err != nil {
			return fmt.Errorf("storing entries of thread %s: %w", entries[0].Thread, err)
		}
		entries = entries[entriesAtOnce:]
	}
	return store(ctx, tx, entries, now)
}

// entriesAtOnce is how many entries one statement stores, where there are many: a statement costs about as much as an entry.
const entriesAtOnce = 8

const entryColumns = `hash, thread, hospital, key, seq, kind, header, signature, body, received_ms, clock_odd, place`

var insertEntry = `INSERT INTO entry (` + entryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, (SELECT COALESCE(MAX(place), 0) + 1 FROM entry))`

var insertEntries = func() string {
	const columns = 12
	text := `INSERT INTO entry (` + entryColumns + `) VALUES `
	for row := range entriesAtOnce {
		for column := range columns {
			text += [...]string{"(", ", "}[min(column, 1)] + "$" + strconv.Itoa(row*columns+column+1)
		}
		text += [...]string{"), ", ")"}[row/(entriesAtOnce-1)]
	}
	return text
}()

func entryCells(to []any, e *Entry, now time.Time) []any {
	odd := e.Time.After(now.Add(24 * time.Hour))
	return append(to, e.Hash[:], e.Thread[:], e.Hospital[:], e.Key[:], int64(e.Seq), e.Kind, e.Wire.Header, e.Wire.Signature, e.Wire.Body, now.UnixMilli(), boolInt(odd))
}

// refold writes what is derived from a thread, as it reads after new entries, and perhaps bodies of older ones: its row, its roster, its attachments, and every projection that
// wants it. What must not be stored of the new entries themselves, erased bodies, is taken out of the list.
func (b *Book) refold(ctx context.Context, tx Tx, t *Thread, l Log, added, filled []*Entry, put func([]*Entry) error) (Log, error) {
	l, arrived, err := hideErased(ctx, tx, t, l, added)
	if err != nil {
		return l, err
	}
	if err := b.project(ctx, tx, l); err != nil {
		return l, err
	}
	if err := put(added); err != nil {
		return l, err
	}
	lacking, err := t.wanted(ctx, tx, l)
	if err != nil {
		return l, err
	}
	if t.bare > 0 {
		if err := keepLacking(ctx, tx, t.ID, lacking); err != nil {
			return l, err
		}
	}
	if err := keepThread(ctx, tx, t, l, added, len(lacking)); err != nil {
		return l, err
	}
	if err := keepAttached(ctx, tx, l, slices.Concat(arrived, filled)); err != nil {
		return l, err
	}
	l.held = t
	l.memo.settle()
	b.threads.keepLog(t, l, len(lacking))
	return l, nil
}

func keepThread(ctx context.Context, tx Tx, t *Thread, l Log, added []*Entry, lacks int) error {
	digest, tips := t.digest(), t.sumTips()
	_, err := tx.ExecContext(ctx, `INSERT INTO thread (thread, kind, entries, digest, tips, steward, lacks, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT MAX(place) FROM entry))
		ON CONFLICT (thread) DO UPDATE SET kind = excluded.kind, entries = excluded.entries, digest = excluded.digest, tips = excluded.tips,
		steward = excluded.steward, lacks = excluded.lacks, changed = excluded.changed`,
		t.ID[:], l.Kind, t.Len(), digest[:], tips[:], l.Roster.Steward[:], lacks)
	if err != nil {
		return fmt.Errorf("keeping thread %s: %w", t.ID, err)
	}
	if slices.ContainsFunc(added, func(e *Entry) bool { return rosterKind(e.Kind) }) {
		return keepMembers(ctx, tx, l)
	}
	return nil
}

func keepMembers(ctx context.Context, tx Tx, l Log) error {
	for _, m := range l.Roster.Members {
		_, err := tx.ExecContext(ctx, `INSERT INTO thread_member (hospital, thread, state) VALUES ($1, $2, $3)
			ON CONFLICT (hospital, thread) DO UPDATE SET state = excluded.state`, m.Hospital[:], l.Thread[:], string(m.State))
		if err != nil {
			return fmt.Errorf("keeping the members of thread %s: %w", l.Thread, err)
		}
	}
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Log reads a thread as folds read it.
func (b *Book) Log(ctx context.Context, tx Tx, id ThreadID) (Log, error) {
	_, l, err := b.read(ctx, tx, id)
	return l, err
}

// Thread gives a thread for reading: do not add to it.
func (b *Book) Thread(ctx context.Context, tx Tx, id ThreadID) (*Thread, error) {
	t, _, err := b.read(ctx, tx, id)
	return t, err
}

// open gives the thread for adding to it, and how it reads now: a copy that nobody else sees, so that a transaction which is rolled back leaves nothing behind.
func (b *Book) open(ctx context.Context, tx Tx, id ThreadID) (*Thread, Log, error) {
	t, l, err := b.read(ctx, tx, id)
	if err != nil {
		return nil, l, err
	}
	return t.clone(), l, nil
}

// read gives the thread and how it reads, as others see them too.
func (b *Book) read(ctx context.Context, tx Tx, id ThreadID) (*Thread, Log, error) {
	have, err := holdingOf(ctx, tx, id)
	if err != nil {
		return nil, Log{}, err
	}
	if t, l, ok := b.threads.find(id, have); ok {
		return t, l, nil
	}
	t, err := load(ctx, tx, id)
	if err != nil {
		return nil, Log{}, err
	}
	l := t.Log()
	l.held = t
	b.threads.keepLog(t, l, have.lacks)
	return t, l, nil
}

// holding says what this node has of a thread: which entries, and how many of them without bodies that should be here. As long as the entries are the same, bodies
// only come, so that their number tells which.
type holding struct {
	digest Hash
	lacks  int
}

func holdingOf(ctx context.Context, tx Tx, id ThreadID) (h holding, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT digest, lacks FROM thread WHERE thread = $1`, id[:]).Scan(&raw, &h.lacks)
	if errors.Is(err, sql.ErrNoRows) {
		return h, fmt.Errorf("thread %s: %w", id, ErrNoThread)
	}
	if err != nil {
		return h, fmt.Errorf("reading thread %s: %w", id, err)
	}
	h.digest = asHash(raw)
	return h, nil
}

func asHash(raw []byte) (h Hash) {
	copy(h[:], raw)
	return h
}

// load reads a thread's entries in the order in which they came, which is one that admits them.
func load(ctx context.Context, tx Tx, id ThreadID) (*Thread, error) {
	t := NewThread(id)
	err := eachWire(ctx, tx, id, func(hash Hash, w Wire) error {
		e, err := storedEntry(w, hash)
		if err != nil {
			return err
		}
		return t.Admit(e)
	})
	return t, err
}

func eachWire(ctx context.Context, tx Tx, id ThreadID, each func(Hash, Wire) error) error {
	rows, err := tx.QueryContext(ctx, `SELECT hash, header, signature, body FROM entry WHERE thread = $1 ORDER BY place`, id[:])
	if err != nil {
		return fmt.Errorf("reading thread %s: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var hash []byte
		var w Wire
		if err := rows.Scan(&hash, &w.Header, &w.Signature, &w.Body); err != nil {
			return fmt.Errorf("reading thread %s: %w", id, err)
		}
		if err := each(asHash(hash), w); err != nil {
			return err
		}
	}
	return rows.Err()
}
