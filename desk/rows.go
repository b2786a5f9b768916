package desk

import (
	"archive/zip"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
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

// RowsAsked is which rows somebody wants to take out, and what for.
type RowsAsked struct {
	Pathway string
	Waiver  string // of those that were granted, by its id or the committee's number; empty: only patients who agreed to research
	Format  string
	Reason  string
	Freeze  string // rows as they stood then, under what they were frozen under, by its name or the beginning of its hash; empty: as they stand now

	by Caller
}

// check is the form of what is asked.
func (a RowsAsked) check() error {
	switch {
	case strings.TrimSpace(a.Reason) == "" || len(a.Reason) > maxReason || export.Formats[a.Format] == nil:
		return errors.Join(ErrInput, errors.New("an export names one of the formats csv, r, stata, parquet, redcap, odm, and the reason for which rows are taken out, in at most 500 bytes"))
	case a.Freeze != "" && a.Waiver != "":
		return errors.Join(ErrInput, errors.New("frozen rows are taken out under what they were frozen under: name no waiver with them"))
	}
	return nil
}

// RowsOf is the query for rows of a pathway as somebody may see them: of patients who agreed to research, or under a waiver of consent that was granted here and is in force, of all.
func (d *Desk) RowsOf(ctx context.Context, tx ledger.Tx, pathway, waived string) (registry.Query, error) {
	q := registry.Query{Pathway: pathway, Research: true}
	if _, err := d.Registry.Frame(q); err != nil {
		return q, errors.Join(ErrInput, err)
	}
	if waived == "" {
		return q, nil
	}
	w, err := d.waiverNamed(ctx, tx, pathway, waived)
	q.Waiver, q.Waived = w.Ethics, w.ID
	return q, err
}

// few is the refusal of rows of so few patients that they tell who somebody is.
func few() error {
	return &access.Denial{Action: access.Export, Reason: lang.Phrase("registry.toofew", map[string]any{"least": registry.SmallCell})}
}

// TakeRows lets somebody take rows out of the node, as one archive of the files of a format. It is noted with what is in it before the first row leaves. Begin is told the archive's name and the
// export's number once nothing stands against it, and gives where it is written.
func (d *Desk) TakeRows(ctx context.Context, caller Caller, asked RowsAsked, begin func(name, number string) io.Writer) error {
	if err := access.Need(caller.Who, access.Export, RowsFor); err != nil {
		return err
	}
	if !caller.Lets(ScopeExport) {
		return fmt.Errorf("it needs the scope %q: %w", ScopeExport, ErrScope)
	}
	if err := asked.check(); err != nil {
		return err
	}
	asked.by = caller
	source, taken, err := d.source(ctx, asked)
	if err != nil {
		return err
	}
	taken.At, taken.Person, taken.Format, taken.Reason, taken.Number = d.Now(), caller.Person, asked.Format, asked.Reason, exportNumber()
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := d.Note(ctx, tx, caller, security.Exported, "", "registry "+asked.Pathway+" as "+asked.Format+", export "+taken.Number); err != nil {
			return err
		}
		return registry.Note(ctx, tx, taken)
	})
	if err != nil {
		return err
	}
	table := d.table(caller, taken, source.frame)
	return source.read(ctx, func(each func(func([]registry.Cell) error) error) error {
		table.Each = marked(each, taken.Number)
		return writeArchive(begin(table.Name+"-"+asked.Format+".zip", taken.Number), asked.Format, table)
	})
}

// exportNumber is the number of an export: it stands in the log, in every row and in every file.
func exportNumber() string {
	raw := make([]byte, 5)
	rand.Read(raw)
	return "X" + base32.StdEncoding.EncodeToString(raw)
}

// rowSource is where the rows of an export come from.
type rowSource struct {
	frame *registry.Frame
	read  func(ctx context.Context, do func(each func(func([]registry.Cell) error) error) error) error
}

// source finds the rows that are asked for, and what there is to note of them. Rows of too few patients are refused.
func (d *Desk) source(ctx context.Context, asked RowsAsked) (s rowSource, taken registry.Taken, err error) {
	if asked.Freeze != "" {
		return d.frozenSource(ctx, asked)
	}
	var q registry.Query
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if q, err = d.RowsOf(ctx, tx, asked.Pathway, asked.Waiver); err != nil {
			return err
		}
		if s.frame, err = d.Registry.Frame(q); err != nil {
			return err
		}
		taken.Rows, taken.Patients, err = d.Registry.Extent(ctx, tx, q)
		return err
	})
	if err == nil && taken.Patients < registry.SmallCell {
		err = few()
	}
	taken.Pathway, taken.Waiver, taken.Waived, taken.Dates = q.Pathway, q.Waiver, q.Waived, registry.Intervals
	s.read = func(ctx context.Context, do func(each func(func([]registry.Cell) error) error) error) error {
		return d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
			return do(func(row func([]registry.Cell) error) error {
				return d.Registry.Each(ctx, tx, q, func(_ *registry.Frame, cells []registry.Cell) error { return row(cells) })
			})
		})
	}
	return s, taken, err
}

// table is what is exported, marked with who took it out, when, why and under which number.
func (d *Desk) table(caller Caller, taken registry.Taken, f *registry.Frame) *export.Table {
	waiver := ""
	if taken.Waiver != "" {
		waiver = ", under the waiver of consent " + taken.Waiver
	}
	return &export.Table{Name: strings.ReplaceAll(taken.Pathway, "-", "_"), Title: lang.Text(f.Pack.Name), Columns: append(f.Columns, export.NumberColumn()), Made: taken.At,
		Number: taken.Number, Rows: taken.Rows, Patients: taken.Patients, Waiver: taken.Waiver,
		Mark: fmt.Sprintf("Export %s of %s, taken out by %s on %s%s: %s", taken.Number, d.Name, caller.Name, taken.At.Format("2006-01-02"), waiver, taken.Reason)}
}

// marked adds the export's number to every row.
func marked(each func(func([]registry.Cell) error) error, number string) func(func([]registry.Cell) error) error {
	return func(do func([]registry.Cell) error) error {
		var row []registry.Cell
		return each(func(cells []registry.Cell) error {
			row = append(append(row[:0], cells...), registry.Cell{Value: number})
			return do(row)
		})
	}
}

// writeArchive writes the files of a format into one archive.
func writeArchive(to io.Writer, format string, t *export.Table) error {
	z := zip.NewWriter(to)
	for _, f := range export.Formats[format] {
		w, err := z.Create(f.Name)
		if err != nil {
			return err
		}
		if err := f.Write(w, t); err != nil {
			return err
		}
	}
	return z.Close()
}
