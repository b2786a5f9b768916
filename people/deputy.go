package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"consilium/ledger"
)

// Deputy is who stands in for somebody who is away. What is theirs to do also stands on the deputy's Today, and the deputy may see their cases, in these days only.
type Deputy struct {
	Person, Deputy ledger.PersonID
	From, Until    time.Time // the deputy's part ends at Until
}

// SetDeputy says who stands in for somebody, in place of what was said before.
func SetDeputy(ctx context.Context, tx ledger.Tx, d Deputy) error {
	p, err := Get(ctx, tx, d.Deputy)
	if errors.Is(err, ErrNotFound) || err == nil && (!p.Active || p.Kind != Staff || d.Deputy == d.Person) {
		return invalid("deputy", "deputy", nil)
	}
	if err != nil {
		return err
	}
	if !d.Until.After(d.From) {
		return invalid("until", "deputy-until", nil)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO person_deputy (person, deputy, from_ms, until_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person) DO UPDATE SET deputy = excluded.deputy, from_ms = excluded.from_ms, until_ms = excluded.until_ms`,
		string(d.Person), string(d.Deputy), d.From.UnixMilli(), d.Until.UnixMilli())
	if err != nil {
		return fmt.Errorf("naming a deputy of %s: %w", d.Person, err)
	}
	return changedPeople(ctx, tx, d.Person)
}

// EndDeputy says that nobody stands in for somebody any more.
func EndDeputy(ctx context.Context, tx ledger.Tx, id ledger.PersonID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM person_deputy WHERE person = $1`, string(id)); err != nil {
		return fmt.Errorf("ending the deputy of %s: %w", id, err)
	}
	return changedPeople(ctx, tx, id)
}

// DeputyOf gives who stands in for somebody, now or later; false where nobody does.
func DeputyOf(ctx context.Context, tx ledger.Tx, now time.Time, id ledger.PersonID) (d Deputy, ok bool, err error) {
	var deputy string
	var from, until int64
	err = tx.QueryRowContext(ctx, `SELECT deputy, from_ms, until_ms FROM person_deputy WHERE person = $1 AND until_ms > $2`, string(id), now.UnixMilli()).Scan(&deputy, &from, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("reading the deputy of %s: %w", id, err)
	}
	return Deputy{id, ledger.PersonID(deputy), fromMilli(from), fromMilli(until)}, true, nil
}

// StandsInFor lists for whom somebody stands in now.
func StandsInFor(ctx context.Context, tx ledger.Tx, now time.Time, deputy ledger.PersonID) ([]ledger.PersonID, error) {
	return ids(tx.QueryContext(ctx, `SELECT person FROM person_deputy WHERE deputy = $1 AND from_ms <= $2 AND until_ms > $2 ORDER BY person`, string(deputy), now.UnixMilli()))
}

// Gone lists the staff who have left: what was theirs to do is for the head of department.
func Gone(ctx context.Context, tx ledger.Tx) ([]ledger.PersonID, error) {
	return ids(tx.QueryContext(ctx, `SELECT id FROM person WHERE kind = 'staff' AND active = 0 ORDER BY id`))
}

func ids(rows *sql.Rows, err error) (list []ledger.PersonID, _ error) {
	if err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("listing people: %w", err)
		}
		list = append(list, ledger.PersonID(id))
	}
	return list, rows.Err()
}
