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
	Waived  ledger.ThreadID // that waiver; zero: none, or noted by a release before this
	Reason  string
	Rows    int

	Number   string // of the export, as it stands in its rows and files; empty before exports had one
	Patients int
	Freeze   ledger.Hash // whose rows were taken out; zero: rows as they stood then
}

// What is noted beside exports, in the place of a format: nothing of it is a file.
const (
	NotedCounts = "counts" // a look at counts under a waiver of consent
	NotedFreeze = "freeze" // rows were frozen under the name that stands as the reason
	NotedDiff   = "diff"   // two freezes were compared
)

// Note keeps who took rows out. It is called in the transaction in which they are read, before the first of them leaves.
func Note(ctx context.Context, tx ledger.Tx, t Taken) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO registry_export (id, at_ms, person, pathway, format, dates, waiver, reason, rows, number, patients, frozen, waived)
		VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM registry_export), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.At.UnixMilli(), string(t.Person), t.Pathway, t.Format, string(t.Dates), t.Waiver, t.Reason, t.Rows, t.Number, t.Patients, t.frozen(), waivedText(t.Waived))
	if err != nil {
		return fmt.Errorf("noting an export: %w", err)
	}
	return nil
}

// Exports are the last exports of a pathway, the newest first.
func Exports(ctx context.Context, tx ledger.Tx, pathway string, most int) (list []Taken, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT at_ms, person, pathway, format, dates, waiver, reason, rows, number, patients, frozen, waived FROM registry_export WHERE pathway = $1 ORDER BY at_ms DESC, id DESC LIMIT $2`, pathway, most)
	if err != nil {
		return nil, fmt.Errorf("listing exports: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var t Taken
		var at int64
		var person, dates, frozen, waived string
		if err := rows.Scan(&at, &person, &t.Pathway, &t.Format, &dates, &t.Waiver, &t.Reason, &t.Rows, &t.Number, &t.Patients, &frozen, &waived); err != nil {
			return nil, err
		}
		if frozen != "" {
			if t.Freeze, err = ledger.ParseHash(frozen); err != nil {
				return nil, err
			}
		}
		if t.Waived, err = waivedOf(waived); err != nil {
			return nil, err
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

// waivedText is the waiver under which rows were used as the tables keep it; "": none.
func waivedText(id ledger.ThreadID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func waivedOf(text string) (ledger.ThreadID, error) {
	if text == "" {
		return ledger.ThreadID{}, nil
	}
	return ledger.ParseThreadID(text)
}
