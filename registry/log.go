package registry

import (
	"context"
	"embed"
	"fmt"
	"time"

	"consilium/ledger"
)

// Migrations make the tables of this package that are not folds: who took what out.
//
//go:embed migration/*.sql
var Migrations embed.FS

// Taken is one export of rows.
type Taken struct {
	At      time.Time
	Person  ledger.PersonID
	Pathway string
	Format  string
	Dates   Dates
	Waiver  string
	Reason  string
	Rows    int

	Number   string // of the export, as it stands in its rows and files; empty before exports had one
	Patients int
	Freeze   ledger.Hash // whose rows were taken out; zero: rows as they stood then
}

// Note keeps who took rows out. It is called in the transaction in which they are read, before the first of them leaves.
func Note(ctx context.Context, tx ledger.Tx, t Taken) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO registry_export (at_ms, person, pathway, format, dates, waiver, reason, rows, number, patients, frozen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.At.UnixMilli(), string(t.Person), t.Pathway, t.Format, string(t.Dates), t.Waiver, t.Reason, t.Rows, t.Number, t.Patients, t.frozen())
	if err != nil {
		return fmt.Errorf("noting an export: %w", err)
	}
	return nil
}

// Exports are the last exports of a pathway, the newest first.
func Exports(ctx context.Context, tx ledger.Tx, pathway string, most int) (list []Taken, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT at_ms, person, pathway, format, dates, waiver, reason, rows, number, patients, frozen FROM registry_export WHERE pathway = $1 ORDER BY at_ms DESC, id DESC LIMIT $2`, pathway, most)
	if err != nil {
		return nil, fmt.Errorf("listing exports: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var t Taken
		var at int64
		var person, dates, frozen string
		if err := rows.Scan(&at, &person, &t.Pathway, &t.Format, &dates, &t.Waiver, &t.Reason, &t.Rows, &t.Number, &t.Patients, &frozen); err != nil {
			return nil, err
		}
		if frozen != "" {
			if t.Freeze, err = ledger.ParseHash(frozen); err != nil {
				return nil, err
			}
		}
		t.At, t.Person, t.Dates = time.UnixMilli(at), ledger.PersonID(person), Dates(dates)
		list = append(list, t)
	}
	return list, rows.Err()
}

func (t Taken) frozen() string {
	if t.Freeze.IsZero() {
		return ""
	}
	return t.Freeze.String()
}
