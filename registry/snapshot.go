package registry

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"consilium/ledger"
)

// Snapshot is a freeze that somebody made by a name, outside of studies.
type Snapshot struct {
	Freeze
	Label    string
	Person   ledger.PersonID // who froze
	Pack     string          // version of the pathway whose columns it has
	Patients int
	Follows  ledger.Hash // the freeze in whose place it stands, because a patient in that one was erased; zero: none
}

// Errors of snapshots.
var (
	// ErrLabelUnfit: a name is one line that can be read.
	ErrLabelUnfit = errors.New("a freeze has a name of one line, without control characters")
	// ErrLabel: another freeze of the pathway is called so.
	ErrLabel = errors.New("rows of this pathway were frozen under that name before; each freeze has a name of its own")
	// ErrFewPatients: rows of so few patients tell who somebody is.
	ErrFewPatients = fmt.Errorf("rows of fewer than %d patients are not frozen by a name", SmallCell)
)

// Snapshot freezes the rows of a query under a name. Its rows leave only as others do; results of studies are not compared with it, for nothing of it is published.
func (z *Freezes) Snapshot(ctx context.Context, db ledger.DB, g *Registry, q Query, label string, who ledger.PersonID) (s Snapshot, err error) {
	if strings.ContainsFunc(label, func(r rune) bool { return unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' }) || !utf8.ValidString(label) {
		return s, ErrLabelUnfit
	}
	s = Snapshot{Label: label, Person: who, Freeze: Freeze{Of: snapshotOf(q.Pathway, label), Pathway: q.Pathway, Waiver: q.Waiver, Waived: q.Waived, At: z.Now().UTC().Truncate(time.Millisecond)}}
	var plain bytes.Buffer
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		plain.Reset() // a transaction may be tried again
		if _, err := FreezeOf(ctx, tx, s.Of); !errors.Is(err, sql.ErrNoRows) {
			return errors.Join(err, ErrLabel)
		}
		f, err := g.Frame(q)
		if err != nil {
			return err
		}
		s.Pack = f.Pack.Version
		s.Rows, err = g.frozen(ctx, tx, q, s.At, &plain)
		return err
	})
	if err != nil {
		return s, err
	}
	return z.snap(ctx, db, g, s, plain.Bytes())
}

// snapshotOf names what a snapshot is of.
func snapshotOf(pathway, label string) ledger.Hash {
	return ledger.SumBlob([]byte("snapshot\n" + pathway + "\n" + label))
}

// snap locks what was frozen under a name, and notes it.
func (z *Freezes) snap(ctx context.Context, db ledger.DB, g *Registry, s Snapshot, plain []byte) (_ Snapshot, err error) {
	if s.tags, err = g.tagsOf(plain); err != nil {
		return s, err
	}
	if s.Patients = len(s.tags); s.Patients < SmallCell && s.Follows.IsZero() {
		return s, ErrFewPatients
	}
	s.ID = ledger.SumBlob(plain)
	if err := z.lock(s.ID, plain); err != nil {
		return s, err
	}
	stands, err := z.note(ctx, db, s.Freeze, s.keep)
	if err == nil && stands.ID != s.ID && s.Follows.IsZero() {
		err = ErrLabel
	}
	return s, err
}

func (s Snapshot) keep(ctx context.Context, tx ledger.Tx) error {
	var follows []byte
	if !s.Follows.IsZero() {
		follows = s.Follows[:]
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO registry_snapshot (id, pathway, label, person, pack, patients, follows) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		s.ID[:], ledger.Indexed(s.Pathway), s.Label, string(s.Person), s.Pack, s.Patients, follows)
	if err != nil || !s.Follows.IsZero() {
		return err
	}
	return Note(ctx, tx, Taken{At: s.At, Person: s.Person, Pathway: s.Pathway, Format: NotedFreeze, Dates: Intervals, Waiver: s.Waiver, Waived: s.Waived, Reason: s.Label, Rows: s.Rows, Patients: s.Patients, Freeze: s.ID})
}

// succeed makes the snapshot that stands in the place of one that holds rows of a case: the same rows without those. Where none is left there is no successor. Asked again after it was stopped
// half way, it finds the one that was made.
func (z *Freezes) succeed(ctx context.Context, db ledger.DB, g *Registry, s Snapshot, kase string) error {
	old, err := z.plain(s.ID)
	if err != nil {
		return err
	}
	plain, rows, err := without(old, s.ID, kase)
	if err != nil || rows == 0 {
		return err
	}
	next := s
	next.Follows, next.Rows, next.Of = s.ID, rows, ledger.SumBlob(append([]byte("successor\n"), s.ID[:]...))
	_, err = z.snap(ctx, db, g, next, plain)
	return err
}

// without gives what was frozen without the rows of a case, under another salt.
func without(plain []byte, id ledger.Hash, kase string) (out []byte, rows int, err error) {
	salted, err := salt(plain)
	if err != nil {
		return nil, 0, err
	}
	head, _, _ := bytes.Cut(salted, []byte("\n"))
	var kept bytes.Buffer
	kept.Write(append(head, '\n'))
	to, at := json.NewEncoder(&kept), -1
	err = readFrozen(bytes.NewReader(plain), id, func(list []Column) error {
		at = slices.IndexFunc(list, func(c Column) bool { return c.Name == "case" })
		return nil
	}, func(row []Cell) error {
		if at >= 0 && row[at].Value == kase {
			return nil
		}
		rows++
		return to.Encode(row)
	})
	return kept.Bytes(), rows, err
}

const snapshotColumns = `f.id, f.of_hash, f.pathway, f.waiver, f.waived, f.at_ms, f.rows, f.gone_ms, s.label, s.person, s.pack, s.patients, s.follows`

// Snapshots are the freezes of a pathway that have names, the newest first; also those whose rows are gone.
func Snapshots(ctx context.Context, tx ledger.Tx, pathway string) ([]Snapshot, error) {
	return snapshots(ctx, tx, `WHERE s.pathway = $1 ORDER BY f.at_ms DESC, f.gone_ms, f.id`, pathway)
}

// SnapshotNamed finds a freeze of a pathway that can be read, by its name or the beginning of its hash (at least eight digits); [sql.ErrNoRows] where there is none.
func SnapshotNamed(ctx context.Context, tx ledger.Tx, pathway, name string) (s Snapshot, err error) {
	list, err := Snapshots(ctx, tx, pathway)
	if err != nil {
		return s, err
	}
	for _, s := range list {
		if hash := s.ID.String(); s.Gone.IsZero() && (s.Label == name || len(name) >= 8 && len(name) <= len(hash) && hash[:len(name)] == name) {
			return s, nil
		}
	}
	return s, sql.ErrNoRows
}

// snapshotWith finds the snapshot that a freeze is; not found where it is a study's.
func snapshotWith(ctx context.Context, tx ledger.Tx, id ledger.Hash) (s Snapshot, found bool, err error) {
	list, err := snapshots(ctx, tx, `WHERE s.id = $1`, id[:])
	if err != nil || len(list) == 0 {
		return s, false, err
	}
	return list[0], true, nil
}

func snapshots(ctx context.Context, tx ledger.Tx, which string, args ...any) (list []Snapshot, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+snapshotColumns+` FROM registry_snapshot s JOIN registry_freeze f ON f.id = s.id `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("listing freezes by name: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s Snapshot
		var person string
		var follows []byte
		s.Freeze, err = scanFreeze(func(into ...any) error {
			return rows.Scan(append(into, &s.Label, &person, &s.Pack, &s.Patients, &follows)...)
		})
		if err != nil {
			return nil, err
		}
		s.Person = ledger.PersonID(person)
		if len(follows) > 0 {
			s.Follows = ledger.Hash(follows)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
