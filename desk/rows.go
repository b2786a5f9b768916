package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people/security"
	"consilium/registry"
	"consilium/registry/export"
	"consilium/study"
)

// RowsFor are rows as a thing that an action is about: they are for whoever may take part in studies.
var RowsFor = access.What{Of: study.Governance}

// maxReason bounds why rows are taken out, in bytes.
const maxReason = 500

// TakeRows lets somebody take rows out of the node in a format, and notes it with the reason before the first of them leaves. A reason and a known format are needed.
func (d *Desk) TakeRows(ctx context.Context, caller Caller, q registry.Query, format, reason string) error {
	if err := access.Need(caller.Who, access.Export, RowsFor); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" || len(reason) > maxReason || export.Formats[format] == nil {
		return errors.Join(ErrInput, errors.New("an export names one of the formats csv, r, stata, parquet, redcap, odm, and the reason for which rows are taken out, in at most 500 bytes"))
	}
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		n, err := registry.Count(ctx, tx, q)
		if err != nil {
			return err
		}
		if err := d.Note(ctx, tx, caller, security.Exported, "", "registry "+q.Pathway+" as "+format); err != nil {
			return err
		}
		return registry.Note(ctx, tx, registry.Taken{At: d.Now(), Person: caller.Person, Pathway: q.Pathway, Format: format, Dates: registry.Intervals, Waiver: q.Waiver, Reason: reason, Rows: n})
	})
}

// Rows are the rows of a query as files of a format are made of them, marked with who took them out and why.
func (d *Desk) Rows(ctx context.Context, tx ledger.Tx, caller Caller, q registry.Query, reason string) (*export.Table, error) {
	f, err := d.Registry.Frame(q)
	if err != nil {
		return nil, errors.Join(ErrInput, err)
	}
	return &export.Table{Name: strings.ReplaceAll(q.Pathway, "-", "_"), Title: lang.Text(f.Pack.Name), Columns: f.Columns, Made: d.Now(),
		Mark: fmt.Sprintf("%s, taken out by %s on %s: %s", d.Name, caller.Name, d.Now().Format("2006-01-02"), reason),
		Each: func(do func([]registry.Cell) error) error {
			return d.Registry.Each(ctx, tx, q, func(_ *registry.Frame, row []registry.Cell) error { return do(row) })
		}}, nil
}

// RowFile finds a file of a format.
func RowFile(format, name string) (f export.File, ok bool) {
	files := export.Formats[format]
	at := slices.IndexFunc(files, func(f export.File) bool { return f.Name == name })
	if at < 0 {
		return f, false
	}
	return files[at], true
}
