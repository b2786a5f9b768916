package rehearsal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/ledger"
)

// Migrations make the tables of artefacts.
//
//go:embed migration
var Migrations embed.FS

// mostListed bounds the artefacts of a case that are shown; older ones stay.
const mostListed = 300

const columns = `SELECT id, thread, kind, version, job, entry, source, asked, facts, person, name, at_ms FROM lab_artefact `

// Add notes an artefact that is to be made, or one that was made at once. ID, version and time are given here.
func (l *Lab) Add(ctx context.Context, tx ledger.Tx, a Artefact) (Artefact, error) {
	a.ID, a.At = strings.ToLower(rand.Text()), l.Now()
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM lab_artefact WHERE thread = $1 AND kind = $2`, a.Thread[:], string(a.Kind)).Scan(&a.Version)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO lab_artefact (id, thread, kind, version, job, entry, source, asked, facts, person, name, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			a.ID, a.Thread[:], string(a.Kind), a.Version, a.Job, a.Entry[:], a.Source, string(a.Asked), string(a.Facts), string(a.Person), a.Name, a.At.UnixMilli())
	}
	for _, f := range a.Files {
		if err == nil {
			err = addFile(ctx, tx, a.ID, f)
		}
	}
	if err != nil {
		return a, fmt.Errorf("noting what the lab makes: %w", err)
	}
	return a, nil
}

// Making notes the job that makes an artefact.
func (l *Lab) Making(ctx context.Context, tx ledger.Tx, id string, job int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE lab_artefact SET job = $1 WHERE id = $2`, job, id)
	return err
}

// addFile notes a file as soon as it is kept, so that it is destroyed with the artefact whatever happens next.
func addFile(ctx context.Context, tx ledger.Tx, artefact string, f File) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO lab_file (artefact, ending, hash, size) SELECT id, $2, $3, $4 FROM lab_artefact WHERE id = $1 AND kind <> 'erased'
		ON CONFLICT (artefact, ending) DO UPDATE SET hash = excluded.hash, size = excluded.size`, artefact, f.Ending, f.Hash[:], f.Size)
	if err != nil {
		return fmt.Errorf("noting a file of the lab: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrGone, err)
	}
	return nil
}

// List lists the artefacts of a case, the newest first.
func (l *Lab) List(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) ([]Artefact, error) {
	rows, err := tx.QueryContext(ctx, columns+`WHERE thread = $1 AND kind <> 'erased' ORDER BY at_ms DESC, version DESC, id LIMIT $2`, thread[:], mostListed)
	if err != nil {
		return nil, fmt.Errorf("listing what the lab made: %w", err)
	}
	defer rows.Close()
	var list []Artefact
	for rows.Next() {
		a, err := scanned(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Files, err = filesOf(ctx, tx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Find finds an artefact of a case, or [ErrGone].
func (l *Lab) Find(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, id string) (Artefact, error) {
	a, err := scanned(tx.QueryRowContext(ctx, columns+`WHERE thread = $1 AND id = $2 AND kind <> 'erased'`, thread[:], id))
	if errors.Is(err, sql.ErrNoRows) {
		return a, ErrGone
	}
	if err == nil {
		a.Files, err = filesOf(ctx, tx, id)
	}
	return a, err
}

// findFor finds an artefact in a transaction of its own.
func (l *Lab) findFor(ctx context.Context, thread ledger.ThreadID, id string) (a Artefact, err error) {
	err = l.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		a, err = l.Find(ctx, tx, thread, id)
		return err
	})
	return a, err
}

func scanned(row interface{ Scan(...any) error }) (a Artefact, err error) {
	var thread, entry []byte
	var kind, asked, facts, person string
	var at int64
	if err := row.Scan(&a.ID, &thread, &kind, &a.Version, &a.Job, &entry, &a.Source, &asked, &facts, &person, &a.Name, &at); err != nil {
		return a, fmt.Errorf("reading what the lab made: %w", err)
	}
	a.Kind, a.Asked, a.Person, a.At = Kind(kind), []byte(asked), ledger.PersonID(person), time.UnixMilli(at)
	copy(a.Thread[:], thread)
	copy(a.Entry[:], entry)
	if facts != "" {
		a.Facts = []byte(facts)
	}
	return a, nil
}

func filesOf(ctx context.Context, tx ledger.Tx, id string) (list []File, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT ending, hash, size FROM lab_file WHERE artefact = $1 ORDER BY ending`, id)
	if err != nil {
		return nil, fmt.Errorf("listing files of the lab: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f File
		var hash []byte
		if err := rows.Scan(&f.Ending, &hash, &f.Size); err != nil {
			return nil, fmt.Errorf("listing files of the lab: %w", err)
		}
		copy(f.Hash[:], hash)
		list = append(list, f)
	}
	return list, rows.Err()
}

// conclude writes down what came of an artefact. It is an error where the artefact was destroyed meanwhile.
func (l *Lab) conclude(ctx context.Context, id string, facts []byte) error {
	return l.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE lab_artefact SET facts = $1 WHERE id = $2 AND kind <> 'erased'`, string(facts), id)
		if err != nil {
			return fmt.Errorf("noting what the lab made: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrGone, err)
		}
		return nil
	})
}

// Forget destroys what a case has in the lab of images that are erased: first the files, then the rows, so that a stop between the two begins again. It says how many artefacts there were.
func (l *Lab) Forget(ctx context.Context, thread ledger.ThreadID, erased func(entry ledger.Hash) bool) (int, error) {
	var gone []Artefact
	err := l.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := l.all(ctx, tx, thread)
		gone = slices.DeleteFunc(list, func(a Artefact) bool { return !erased(a.Entry) })
		return err
	})
	for _, a := range gone {
		if err == nil {
			err = l.destroy(ctx, a)
		}
	}
	if len(gone) > 0 {
		l.shelf.clear()
	}
	return len(gone), err
}

// all is List without its bound, and with what was about to be destroyed before a stop.
func (l *Lab) all(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) (list []Artefact, err error) {
	rows, err := tx.QueryContext(ctx, columns+`WHERE thread = $1`, thread[:])
	if err != nil {
		return nil, fmt.Errorf("listing what the lab made: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanned(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

func (l *Lab) destroy(ctx context.Context, a Artefact) error {
	var files []File
	err := l.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if files, err = filesOf(ctx, tx, a.ID); err == nil { // from now on nobody finds it, and a job that is at work on it has nowhere to write
			_, err = tx.ExecContext(ctx, `UPDATE lab_artefact SET kind = 'erased', asked = '{}', facts = '' WHERE id = $1`, a.ID)
		}
		return err
	})
	for _, f := range files {
		if err == nil {
			err = l.drop(ctx, a.ID, f)
		}
	}
	if err != nil {
		return err
	}
	return l.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM lab_file WHERE artefact = $1`, a.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM lab_artefact WHERE id = $1`, a.ID)
		return err
	})
}

// drop removes a file that nothing else holds: another artefact with the same bytes, or an entry that attaches it, which has an erasure of its own.
func (l *Lab) drop(ctx context.Context, artefact string, f File) error {
	held := false
	err := l.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM lab_file WHERE hash = $1 AND artefact <> $2`, f.Hash[:], artefact).Scan(&n)
		if err != nil {
			return err
		}
		attached, err := ledger.AttachedTo(ctx, tx, f.Hash)
		held = n > 0 || len(attached) > 0
		return err
	})
	if err != nil || held {
		return err
	}
	return l.Blobs.Remove(f.Hash)
}
