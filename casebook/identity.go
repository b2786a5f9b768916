package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"consilium/ledger"
)

// ErrNoIdentity says that this hospital does not know who the patient is.
var ErrNoIdentity = errors.New("who the patient is is not known here")

// Patient is who one of this hospital's patients is. It stays at home; what travels is the sealed blob of case.identity.
type Patient struct {
	Name        string
	Latin       string // the name in Latin letters
	LocalNumber string // the hospital's own number: unique only here
	BirthDate   string // perhaps partial
	Series      string // whose number it is, where two series of the hospital have the same numbers; "": the hospital's own
	Telephone   string // how the patient, or who answers for them, is reached; it is in no entry, sealed or not
}

// SetIdentity writes down who the patient of a case is, for this hospital's own pages and search.
func SetIdentity(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, p Patient) error {
	if strings.TrimSpace(p.Name+p.LocalNumber) == "" {
		return fmt.Errorf("who the patient of case %s is: a name or a local number is needed", id)
	}
	if err := checkDate(p.BirthDate); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO case_identity (thread, name, latin, local_number, birth_date, series, telephone) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (thread) DO UPDATE SET name = excluded.name, latin = excluded.latin, local_number = excluded.local_number,
		birth_date = excluded.birth_date, series = excluded.series, telephone = excluded.telephone`, id[:], p.Name, p.Latin, p.LocalNumber, p.BirthDate, p.Series, p.Telephone)
	if err != nil {
		return fmt.Errorf("keeping who the patient of case %s is: %w", id, err)
	}
	return keepFound(ctx, tx, id, p)
}

// keepFound has the case be found by who its patient is, where the case is on the lists.
func keepFound(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, p Patient) error {
	var n int64
	var title, old string
	err := tx.QueryRowContext(ctx, `SELECT n, title, find_text FROM case_row WHERE thread = $1`, id[:]).Scan(&n, &title, &old)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	now := findText(id, title, p)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE case_row SET find_text = $2 WHERE n = $1`, n, now)
	}
	if err != nil {
		return fmt.Errorf("keeping the words of case %s: %w", id, err)
	}
	return keepTerms(ctx, tx, n, old, now)
}

// IdentityOf gives who the patient of a case is, or ErrNoIdentity.
func IdentityOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (Patient, error) {
	var p Patient
	err := tx.QueryRowContext(ctx, `SELECT name, latin, local_number, birth_date, series, telephone FROM case_identity WHERE thread = $1`, id[:]).
		Scan(&p.Name, &p.Latin, &p.LocalNumber, &p.BirthDate, &p.Series, &p.Telephone)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("case %s: %w", id, ErrNoIdentity)
	}
	if err != nil {
		return p, fmt.Errorf("reading who the patient of case %s is: %w", id, err)
	}
	return p, nil
}

// ForgetIdentity removes who the patient of a case is.
func ForgetIdentity(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM case_identity WHERE thread = $1`, id[:]); err != nil {
		return fmt.Errorf("forgetting who the patient of case %s is: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM case_alike WHERE thread = $1 OR other = $1`, id[:]); err != nil {
		return fmt.Errorf("forgetting whom the patient of case %s looked like: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM case_call WHERE thread = $1`, id[:]); err != nil {
		return fmt.Errorf("forgetting the calls about case %s: %w", id, err)
	}
	return keepFound(ctx, tx, id, Patient{})
}

func threadsOf(rows *sql.Rows) ([]ledger.ThreadID, error) {
	defer rows.Close()
	var list []ledger.ThreadID
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("finding a local number: %w", err)
		}
		list = append(list, ledger.ThreadID(raw))
	}
	return list, rows.Err()
}
