package desk

import (
	"context"
	"errors"
	"io"

	"consilium/access"
	"consilium/ledger"
	"consilium/terms/sheet"
)

// valuesRows and valuesMost bound what is looked through for the codes of a column.
const (
	valuesRows = 20_000
	valuesMost = 60
)

// KeepTable keeps a table for an import to come. Only who sent it may look at it and import it.
func (d *Desk) KeepTable(ctx context.Context, who access.Who, table io.Reader) (ledger.Hash, error) {
	if err := access.Need(who, access.Import, access.Node); err != nil {
		return ledger.Hash{}, err
	}
	hash, _, err := d.Upload(ctx, Caller{Who: who}, table, maxTable)
	return hash, err
}

// LookAtTable reads the first rows of a table that was kept; encoding and separator are found out where they are not given.
func (d *Desk) LookAtTable(ctx context.Context, who access.Who, hash ledger.Hash, encoding string, separator rune, rows int) (l sheet.Looked, err error) {
	err = d.withTable(ctx, who, hash, func(table io.ReadSeeker) (err error) {
		l, err = sheet.Look(table, encoding, separator, rows)
		return err
	})
	return l, err
}

// ValuesOfTable are the different cells of a column of a table that was kept, up to sixty of them; whole tells whether these are all.
func (d *Desk) ValuesOfTable(ctx context.Context, who access.Who, hash ledger.Hash, f sheet.Form, column string) (list []string, whole bool, err error) {
	err = d.withTable(ctx, who, hash, func(table io.ReadSeeker) (err error) {
		list, whole, err = sheet.Values(table, f, column, valuesRows, valuesMost)
		return err
	})
	return list, whole, err
}

func (d *Desk) withTable(ctx context.Context, who access.Who, hash ledger.Hash, do func(io.ReadSeeker) error) error {
	if err := d.MayUseTable(ctx, who, hash); err != nil {
		return err
	}
	table, _, err := d.Blobs.Open(ctx, hash)
	if err != nil {
		return errors.Join(ErrNotHere, err)
	}
	defer table.Close()
	if err := do(table); err != nil {
		return errors.Join(ErrInput, err)
	}
	return nil
}

// MayUseTable refuses a table that somebody else sent: whoever learned the hash of a file would otherwise read it as a table.
func (d *Desk) MayUseTable(ctx context.Context, who access.Who, hash ledger.Hash) error {
	if err := access.Need(who, access.Import, access.Node); err != nil {
		return err
	}
	sent, err := d.sentBy(ctx, who.Person, hash)
	if err == nil && !sent {
		err = ErrNotHere
	}
	return err
}
