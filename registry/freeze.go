package registry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"consilium/ledger"
)

// Freezes keeps rows as they stood at one moment, each freeze under a key of its own: whoever destroys the key has destroyed the rows, in every copy of what is closed by it. Neither is part of a
// backup.
type Freezes struct {
	Kept Closet
	Now  func() time.Time
}

// Closet keeps what is closed and its key by name, whole and on disk or not at all. Get of what is not there is [fs.ErrNotExist].
type Closet interface {
	Put(name string, content []byte) error
	Get(name string) ([]byte, error)
	Destroy(name string) error
}

// Freeze is what is known of frozen rows without opening them.
type Freeze struct {
	ID      ledger.Hash // SHA-256 of what was frozen, a random salt included: it tells nothing to who guesses the rows
	Of      ledger.Hash // what they were frozen for: a version of a study's protocol
	Pathway string
	Waiver  string          // the number of the waiver of consent under which they were frozen; empty: only patients who agreed
	Waived  ledger.ThreadID // that waiver; zero where a release before this froze them
	At      time.Time
	Rows    int
	Gone    time.Time // when its key was destroyed; zero: it can be read

	tags tags
}

// ErrThawed says that rows were frozen and are not there any more.
var ErrThawed = errors.New("the key of these frozen rows was destroyed, so they cannot be read any more")

// frozenHead is the first line of what was frozen. Each further line is a row.
type frozenHead struct {
	Salt    []byte         `json:"salt"`
	Pathway string         `json:"pathway"`
	Pack    string         `json:"pack"`
	At      time.Time      `json:"at"`
	Columns []frozenColumn `json:"columns"`
}

type frozenColumn struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	Unit string `json:"unit,omitempty"`
}

// Freeze freezes the rows of a query for something, once: asked again for the same, it gives what was frozen the first time. It returns [ErrThawed] where that is gone.
//
// least is by how many patients it differs at least from every earlier freeze of the pathway, or by none, whether that one's rows are still there or not: two results over rows that
// differ by a few patients tell of those few. Where fewer have come or changed since, the rows of the earlier freeze are frozen again, if all of its patients are among those of the
// query still: whoever withdrew, was erased, or is covered by another study's waiver alone, is in none. Where that cannot be, it returns [ErrTooAlike].
func (z *Freezes) Freeze(ctx context.Context, db ledger.DB, g *Registry, q Query, of ledger.Hash, least int) (f Freeze, err error) {
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		f, err = FreezeOf(ctx, tx, of)
		return err
	})
	switch {
	case err == nil && !f.Gone.IsZero():
		return f, ErrThawed
	case err == nil || !errors.Is(err, sql.ErrNoRows):
		return f, err
	}
	f = Freeze{Of: of, Pathway: q.Pathway, Waiver: q.Waiver, Waived: q.Waived, At: z.Now().UTC().Truncate(time.Millisecond)}
	var plain bytes.Buffer
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		plain.Reset() // a transaction may be tried again
		f.Rows, err = g.frozen(ctx, tx, q, f.At, &plain)
		return err
	})
	if err != nil {
		return f, err
	}
	if err := z.instead(ctx, db, g, &f, &plain, least); err != nil {
		return f, err
	}
	f.ID = ledger.SumBlob(plain.Bytes())
	if err := z.lock(f.ID, plain.Bytes()); err != nil {
		return f, err
	}
	return z.note(ctx, db, f, func(context.Context, ledger.Tx) error { return nil })
}

// note keeps what was frozen, and what else there is to keep of it. Where two were frozen for the same thing at once, the first one stands and the other is destroyed.
func (z *Freezes) note(ctx context.Context, db ledger.DB, f Freeze, also func(context.Context, ledger.Tx) error) (Freeze, error) {
	stands := f
	err := db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO registry_freeze (id, of_hash, pathway, waiver, at_ms, rows, gone_ms, waived) VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT (of_hash) DO NOTHING`,
			f.ID[:], f.Of[:], ledger.Indexed(f.Pathway), f.Waiver, f.At.UnixMilli(), f.Rows, waivedText(f.Waived))
		if err != nil {
			return err
		}
		stands, err = FreezeOf(ctx, tx, f.Of)
		if err != nil || stands.ID != f.ID {
			return err
		}
		return errors.Join(f.tags.keep(ctx, tx, f.ID), also(ctx, tx))
	})
	if err != nil {
		return f, errors.Join(fmt.Errorf("noting a freeze of %s: %w", f.Pathway, err), z.destroyKey(f.ID))
	}
	if stands.ID != f.ID {
		return stands, z.destroyKey(f.ID)
	}
	return f, nil
}

// frozen writes the rows of a query, and counts them.
func (g *Registry) frozen(ctx context.Context, tx ledger.Tx, q Query, at time.Time, to io.Writer) (rows int, err error) {
	f, err := g.Frame(q)
	if err != nil {
		return 0, err
	}
	head := frozenHead{Salt: make([]byte, 32), Pathway: q.Pathway, Pack: f.Pack.Version, At: at}
	rand.Read(head.Salt)
	for _, c := range f.Columns {
		head.Columns = append(head.Columns, frozenColumn{c.Name, c.Kind, c.Unit})
	}
	out := json.NewEncoder(to)
	if err := out.Encode(head); err != nil {
		return 0, err
	}
	err = g.Each(ctx, tx, q, func(_ *Frame, row []Cell) error {
		rows++
		return out.Encode(row)
	})
	return rows, err
}

// lock writes what was frozen under a new key: the key first, so that there is never a file that nobody can open.
func (z *Freezes) lock(id ledger.Hash, plain []byte) error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	var locked bytes.Buffer
	w, err := age.Encrypt(&locked, key.Recipient())
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(w)
	_, err = zip.Write(plain)
	if err := errors.Join(err, zip.Close(), w.Close()); err != nil {
		return err
	}
	if err := z.Kept.Put(keyName(id), []byte(key.String()+"\n")); err != nil {
		return fmt.Errorf("keeping the key of a freeze: %w", err)
	}
	if err := z.Kept.Put(rowsName(id), locked.Bytes()); err != nil {
		return errors.Join(fmt.Errorf("keeping a freeze: %w", err), z.destroyKey(id))
	}
	return nil
}

func rowsName(id ledger.Hash) string { return id.String() + ".jsonl.gz.age" }
func keyName(id ledger.Hash) string  { return "keys/" + id.String() }

// maxFrozen bounds what is read of a freeze.
const maxFrozen = 4 << 30

// Read reads frozen rows: their columns, and each row in turn. What is read is what was frozen, or an error; where the key is gone it is [ErrThawed].
func (z *Freezes) Read(id ledger.Hash, columns func([]Column) error, row func([]Cell) error) error {
	zip, err := z.open(id)
	if err != nil {
		return err
	}
	return readFrozen(zip, id, columns, row)
}

// Columns are those of a freeze; [ErrThawed] where its key is gone.
func (z *Freezes) Columns(id ledger.Hash) (list []Column, err error) {
	err = z.Read(id, func(columns []Column) error { list = columns; return errFound }, func([]Cell) error { return nil })
	if errors.Is(err, errFound) {
		err = nil
	}
	return list, err
}

// plain is what was frozen, whole.
func (z *Freezes) plain(id ledger.Hash) ([]byte, error) {
	zip, err := z.open(id)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(zip)
	if err != nil {
		return nil, fmt.Errorf("the freeze %s is damaged: %w", id.Short(), err)
	}
	return raw, nil
}

// open opens a freeze with its key.
func (z *Freezes) open(id ledger.Hash) (io.Reader, error) {
	secret, err := z.Kept.Get(keyName(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrThawed
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of a freeze: %w", err)
	}
	key, err := age.ParseX25519Identity(strings.TrimSpace(string(secret)))
	if err != nil {
		return nil, fmt.Errorf("the key of the freeze %s is damaged: %w", id.Short(), err)
	}
	locked, err := z.Kept.Get(rowsName(id))
	if err != nil {
		return nil, fmt.Errorf("opening a freeze: %w", err)
	}
	plain, err := age.Decrypt(bytes.NewReader(locked), key)
	if err == nil {
		var zip *gzip.Reader
		if zip, err = gzip.NewReader(plain); err == nil {
			return io.LimitReader(zip, maxFrozen), nil
		}
	}
	return nil, fmt.Errorf("the freeze %s is damaged: %w", id.Short(), err)
}

func readFrozen(from io.Reader, id ledger.Hash, columns func([]Column) error, row func([]Cell) error) error {
	sum := sha256.New()
	in := json.NewDecoder(io.TeeReader(from, sum))
	var head frozenHead
	if err := in.Decode(&head); err != nil {
		return fmt.Errorf("the freeze %s is damaged: %w", id.Short(), err)
	}
	list := make([]Column, len(head.Columns))
	for i, c := range head.Columns {
		list[i] = Column{Name: c.Name, Kind: c.Kind, Unit: c.Unit}
	}
	if err := columns(list); err != nil {
		return err
	}
	cells := make([]Cell, len(list))
	for {
		err := in.Decode(&cells)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(cells) != len(list) {
			return fmt.Errorf("the freeze %s is damaged: %w", id.Short(), errors.Join(err, io.ErrUnexpectedEOF))
		}
		if err := row(cells); err != nil {
			return err
		}
	}
	if ledger.Hash(sum.Sum(nil)) != id {
		return fmt.Errorf("the freeze %s is not what was frozen", id.Short())
	}
	return nil
}

// Destroy destroys the key of frozen rows, and with it the rows. That they were frozen stays known.
func (z *Freezes) Destroy(ctx context.Context, db ledger.DB, id ledger.Hash) error {
	if err := z.destroyKey(id); err != nil {
		return err
	}
	return db.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE registry_freeze SET gone_ms = $1 WHERE id = $2 AND gone_ms = 0`, z.Now().UnixMilli(), id[:])
		return err
	})
}

// destroyKey removes the key, then what nobody can read any more.
func (z *Freezes) destroyKey(id ledger.Hash) error {
	for _, name := range []string{keyName(id), rowsName(id)} {
		if err := z.Kept.Destroy(name); err != nil {
			return fmt.Errorf("destroying a freeze: %w", err)
		}
	}
	return nil
}

// Forget destroys every freeze that holds a row of a case, and tells which. A study whose rows are gone cannot go on with this version of its protocol; in the place of a [Snapshot] stands another
// without the case.
func (z *Freezes) Forget(ctx context.Context, db ledger.DB, g *Registry, thread ledger.ThreadID) (gone []Freeze, err error) {
	var list []Freeze
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err = freezes(ctx, tx, `WHERE gone_ms = 0`)
		return err
	})
	if err != nil {
		return nil, err
	}
	name := g.pseudonym("case", thread.String())
	for _, f := range list {
		holds, err := z.holds(f.ID, name)
		if err != nil && !errors.Is(err, ErrThawed) {
			return gone, err
		}
		if !holds {
			continue
		}
		if err := z.replace(ctx, db, g, f.ID, name); err != nil {
			return gone, err
		}
		gone = append(gone, f)
	}
	return gone, nil
}

// replace destroys a freeze that holds rows of a case; of a snapshot the successor is there before.
func (z *Freezes) replace(ctx context.Context, db ledger.DB, g *Registry, id ledger.Hash, kase string) error {
	var s Snapshot
	var named bool
	err := db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		s, named, err = snapshotWith(ctx, tx, id)
		return err
	})
	if err == nil && named {
		err = z.succeed(ctx, db, g, s, kase)
	}
	if err != nil {
		return err
	}
	return z.Destroy(ctx, db, id)
}

// errFound ends a search.
var errFound = errors.New("found")

// holds tells whether a freeze has a row of a case.
func (z *Freezes) holds(id ledger.Hash, name string) (bool, error) {
	at := -1
	err := z.Read(id, func(list []Column) error {
		at = slices.IndexFunc(list, func(c Column) bool { return c.Name == "case" })
		return nil
	}, func(row []Cell) error {
		if at >= 0 && row[at].Value == name {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

const freezeColumns = `id, of_hash, pathway, waiver, waived, at_ms, rows, gone_ms`

// FreezeOf finds what was frozen for something; [sql.ErrNoRows] where nothing was.
func FreezeOf(ctx context.Context, tx ledger.Tx, of ledger.Hash) (Freeze, error) {
	return scanFreeze(tx.QueryRowContext(ctx, `SELECT `+freezeColumns+` FROM registry_freeze WHERE of_hash = $1`, of[:]).Scan)
}

// FreezesOf are all freezes of a pathway for studies, the newest first. [Snapshots] are the others.
func FreezesOf(ctx context.Context, tx ledger.Tx, pathway string) ([]Freeze, error) {
	return freezes(ctx, tx, `WHERE pathway = $1 AND id NOT IN (SELECT id FROM registry_snapshot) ORDER BY at_ms DESC, id`, pathway)
}

func freezes(ctx context.Context, tx ledger.Tx, which string, args ...any) (list []Freeze, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+freezeColumns+` FROM registry_freeze `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("listing freezes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		f, err := scanFreeze(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

func scanFreeze(scan func(...any) error) (f Freeze, err error) {
	var id, of []byte
	var waived string
	var at, gone int64
	if err := scan(&id, &of, &f.Pathway, &f.Waiver, &waived, &at, &f.Rows, &gone); err != nil {
		return f, err
	}
	if f.Waived, err = waivedOf(waived); err != nil {
		return f, err
	}
	f.ID, f.Of, f.At = ledger.Hash(id), ledger.Hash(of), time.UnixMilli(at)
	if gone != 0 {
		f.Gone = time.UnixMilli(gone)
	}
	return f, nil
}
