package waiver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consilium/ledger"
)

// Projection keeps a line for each waiver of a hospital. One that another hospital granted, in a thread of its own into which it invited this one, is of no patient here.
func Projection(own ledger.HospitalID) ledger.Projection {
	return ledger.Projection{Name: "waiver", Version: 2, Threads: []string{thread.Kind}, Tables: []string{"waiver_row"}, Schema: schema,
		Fold: func(ctx context.Context, tx ledger.Tx, l ledger.Log) error { return project(ctx, tx, own, l) }}
}

const schema = `
CREATE TABLE waiver_row (
    thread     BLOB NOT NULL PRIMARY KEY,
    pathway    TEXT NOT NULL,
    ethics     TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    until      TEXT NOT NULL,    -- the last day, 2027-12-31
    granted_by TEXT NOT NULL,    -- a person of this hospital
    granted_ms INTEGER NOT NULL,
    revoked_by TEXT NOT NULL,
    revoked_ms INTEGER NOT NULL  -- 0: not
) STRICT;
CREATE INDEX waiver_row_by_pathway ON waiver_row (pathway, granted_ms);
`

// Row is a waiver as lists show it.
type Row struct {
	ID        ledger.ThreadID
	Pathway   string
	Ethics    string
	Purpose   string
	Until     string // the last day
	GrantedBy ledger.PersonID
	Granted   time.Time
	RevokedBy ledger.PersonID
	Revoked   time.Time // zero: not
}

// InForce tells whether rows may be used under the waiver at a time, by the calendar of who asks.
func (r Row) InForce(now time.Time) bool {
	return r.Revoked.IsZero() && now.Format(time.DateOnly) <= r.Until
}

// project keeps the line of a waiver. One whose grant was erased, or did not count, or is another hospital's, opens nothing and has none.
func project(ctx context.Context, tx ledger.Tx, own ledger.HospitalID, l ledger.Log) error {
	w := Fold(l)
	if _, err := tx.ExecContext(ctx, `DELETE FROM waiver_row WHERE thread = $1`, l.Thread[:]); err != nil {
		return fmt.Errorf("dropping the line of waiver %s: %w", l.Thread, err)
	}
	if w.Granted == nil || w.Granted.By.Hospital != own || l.Roster.Opener != own {
		return nil
	}
	g := w.Granted
	var revokedBy ledger.PersonID
	var revoked int64
	if w.Revoked != nil {
		revokedBy, revoked = w.Revoked.By.Person, w.Revoked.Written.UnixMilli()
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO waiver_row (thread, pathway, ethics, purpose, until, granted_by, granted_ms, revoked_by, revoked_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		l.Thread[:], ledger.Indexed(g.Says.Pathway), g.Says.Ethics, g.Says.Purpose, g.Says.Until, string(g.By.Person), g.Written.UnixMilli(), string(revokedBy), revoked)
	if err != nil {
		return fmt.Errorf("keeping a line of waiver %s: %w", l.Thread, err)
	}
	return nil
}

const columns = `thread, pathway, ethics, purpose, until, granted_by, granted_ms, revoked_by, revoked_ms`

// Of are the waivers of a pathway, the newest first.
func Of(ctx context.Context, tx ledger.Tx, pathway string) (list []Row, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM waiver_row WHERE pathway = $1 ORDER BY granted_ms DESC, thread`, pathway)
	if err != nil {
		return nil, fmt.Errorf("listing waivers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("listing waivers: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// ErrNone says that no waiver of a pathway is in force under what was named.
var ErrNone = errors.New("no waiver of consent of this pathway is in force under that number: the head of department or the data protection officer grants it, with the ethics committee's number, the purpose and an end")

// Named finds the waiver of a pathway that is in force at a time and is called so: by its id, or by the committee's number. Of two with one number the newer one is meant.
func Named(ctx context.Context, tx ledger.Tx, pathway, name string, now time.Time) (Row, error) {
	list, err := Of(ctx, tx, pathway)
	if err != nil {
		return Row{}, err
	}
	for _, r := range list {
		if (r.ID.String() == name || r.Ethics == name) && r.InForce(now) {
			return r, nil
		}
	}
	return Row{}, ErrNone
}

// Meant finds the waiver that somebody meant who named it at a time: the newest that counted then, whether or not it counts still. One that was granted later under the same number is another waiver.
func Meant(ctx context.Context, tx ledger.Tx, pathway, name string, at time.Time) (Row, error) {
	list, err := Of(ctx, tx, pathway)
	if err != nil {
		return Row{}, err
	}
	for _, r := range list {
		counted := !r.Granted.After(at) && (r.Revoked.IsZero() || r.Revoked.After(at)) && at.Format(time.DateOnly) <= r.Until
		if counted && (r.ID.String() == name || r.Ethics == name) {
			return r, nil
		}
	}
	return Row{}, ErrNone
}

// Get finds a waiver; [sql.ErrNoRows] where there is none.
func Get(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (Row, error) {
	return scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM waiver_row WHERE thread = $1`, id[:]).Scan)
}

func scan(into func(...any) error) (r Row, err error) {
	var id []byte
	var by, revokedBy string
	var granted, revoked int64
	if err := into(&id, &r.Pathway, &r.Ethics, &r.Purpose, &r.Until, &by, &granted, &revokedBy, &revoked); err != nil {
		return r, err
	}
	r.ID, r.GrantedBy, r.RevokedBy, r.Granted = ledger.ThreadID(id), ledger.PersonID(by), ledger.PersonID(revokedBy), time.UnixMilli(granted)
	if revoked != 0 {
		r.Revoked = time.UnixMilli(revoked)
	}
	return r, nil
}
