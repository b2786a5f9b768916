package desk

import (
	"bytes"
	"context"
	"errors"
	"io"

	"consilium/access"
	"consilium/casebook"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

// ImportJob is the job that takes a hospital's history over: a table and a mapping become entries of the ordinary kinds, through the same door.
var ImportJob = jobs.Kind{Name: "case.import", MaxAttempts: 3}

// Queue takes jobs and ends them.
type Queue interface {
	jobs.Queue
	jobs.Canceller
}

// importOrder is what an import is asked to do. Both files are kept under their hashes: a job that is taken up again reads the same bytes.
type importOrder struct {
	Mapping ledger.Hash     `json:"mapping"`
	Table   ledger.Hash     `json:"table"`
	Rows    int64           `json:"rows"`
	Person  ledger.PersonID `json:"person"`
	Author  ledger.Author   `json:"author"`
}

// maxTable bounds an imported table: 256 MiB.
const maxTable = 256 << 20

// faultsTold is how many faulty rows the job's result names.
const faultsTold = 20

// OrderImport checks the mapping at once and asks for the rest as a job, whose number it gives.
func (d *Desk) OrderImport(ctx context.Context, who access.Who, mapping []byte, table io.Reader) (int64, error) {
	if err := access.Need(who, access.Import, access.Node); err != nil {
		return 0, err
	}
	if _, _, err := d.readMapping(mapping); err != nil {
		return 0, err
	}
	order := importOrder{Person: who.Person, Author: ledger.Author{Name: who.Name, Role: importRole(who)}}
	lines := &lineCounter{}
	var err error
	if order.Table, _, err = d.Blobs.Put(ctx, io.TeeReader(table, lines), maxTable); err != nil {
		return 0, err
	}
	if order.Mapping, _, err = d.Blobs.Put(ctx, bytes.NewReader(mapping), 1<<20); err != nil {
		return 0, err
	}
	order.Rows = max(0, lines.n-1)
	var id int64
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		id, err = d.Queue.Enqueue(ctx, tx, ImportJob.Name, order)
		return err
	})
	return id, err
}

// importRole is in which of their roles somebody says what was recorded before the program was there.
func importRole(who access.Who) string {
	for _, r := range []people.Role{people.HeadOfDepartment, people.Surgeon, people.Coordinator} {
		for _, has := range who.Roles {
			if has == r {
				return string(r)
			}
		}
	}
	return string(people.Coordinator)
}

func (d *Desk) readMapping(text []byte) (*casebook.Mapping, string, error) {
	id := casebook.MappingPathway(text)
	pack := d.Packs(id, "")
	if pack == nil {
		return nil, id, errors.Join(ErrInput, casebook.NoPathway(id))
	}
	m, err := casebook.ReadMapping(text, pack)
	if err != nil {
		return nil, id, errors.Join(ErrInput, err)
	}
	return m, id, nil
}

// ImportReport is what an import reports to programs: rows read, cases opened, and so on.
type ImportReport struct {
	Rows    int `json:"rows"`
	Opened  int `json:"opened"`
	Entries int `json:"entries"`
	Known   int `json:"known"`
	Faulty  int `json:"faulty"`
}

// Import does an import that was asked for. Rows that are here already are passed over, so it may be taken up again after a crash.
func (d *Desk) Import(ctx context.Context, job jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
	var order importOrder
	if err := job.Decode(&order); err != nil {
		return jobs.Result{}, jobs.Permanent(err)
	}
	text, err := d.readBlob(order.Mapping, 1<<20)
	if err != nil {
		return jobs.Result{}, err
	}
	mapping, id, err := d.readMapping(text)
	if err != nil {
		return jobs.Result{}, jobs.Permanent(err)
	}
	table, _, err := d.Blobs.Open(order.Table)
	if err != nil {
		return jobs.Result{}, err
	}
	defer table.Close()
	var faults []lang.Text
	p, err := casebook.Import(ctx, table, mapping, d.Packs(id, ""), d.Now(), d.sayRecord(order),
		func(e *casebook.RowError) {
			if len(faults) < faultsTold {
				faults = append(faults, e.Tell())
			}
		},
		func(p casebook.Progress) {
			report(jobs.Progress{Done: int64(p.Rows), Total: order.Rows, Note: importSummary(p)})
		})
	var unfit *casebook.MappingError
	if errors.As(err, &unfit) {
		faults = append(faults, unfit.Why...)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnavailable) {
		err = jobs.Permanent(err)
	}
	result, wrong := jobs.Result{Summary: importSummary(p), Faults: faults}.Reporting(ImportReport{p.Rows, p.Opened, p.Entries, p.Known, p.Faulty})
	return result, errors.Join(err, wrong)
}

// sayRecord opens a row's case and says its entries in one transaction.
func (d *Desk) sayRecord(order importOrder) func(context.Context, casebook.Record) (bool, error) {
	return func(ctx context.Context, r casebook.Record) (known bool, err error) {
		r.Opening.Demo = r.Opening.Demo || d.Demo
		err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			known, err = r.Say(ctx, tx, d.Door, importer(order), order.Author.Role)
			return err
		})
		return known, err
	}
}

// importer is who says what an import says: the program, in the name of who ordered it. What that person may do themselves does not matter then: an
// administrator may bring a hospital's history and open no case. The policy allows the program to open and to say, never to sign or to govern.
func importer(order importOrder) access.Who {
	return access.Who{Person: order.Person, Name: order.Author.Name, Roles: []people.Role{people.Role(order.Author.Role)}, System: true, Origin: ImportJob.Name}
}

// importSummary is what an import has done so far.
func importSummary(p casebook.Progress) lang.Text {
	return lang.Phrase("settings.import.count", map[string]any{"count": p.Opened, "entries": p.Entries, "known": p.Known, "faulty": p.Faulty})
}

func (d *Desk) readBlob(hash ledger.Hash, limit int64) ([]byte, error) {
	file, _, err := d.Blobs.Open(hash)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}

// lineCounter counts lines, for the estimate of how long an import takes.
type lineCounter struct{ n int64 }

func (c *lineCounter) Write(p []byte) (int, error) {
	c.n += int64(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
}
