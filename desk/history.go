package desk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"consilium/access"
	"consilium/casebook"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/terms/sheet"
)

// ImportJob is the job that takes a hospital's history over: a table and a mapping become entries of the ordinary kinds, through the same door.
var ImportJob = jobs.Kind{Name: "case.import", MaxAttempts: 3}

// Queue takes jobs and ends them.
type Queue interface {
	jobs.Queue
	jobs.Canceller
	jobs.Eraser
}

// importOrder is what an import is asked to do. Both files are kept under their hashes: a job that is taken up again reads the same bytes.
type importOrder struct {
	Mapping  ledger.Hash     `json:"mapping"`
	Table    ledger.Hash     `json:"table"`
	Rows     int64           `json:"rows"`
	Person   ledger.PersonID `json:"person"`
	Author   ledger.Author   `json:"author"`
	Roles    []people.Role   `json:"roles,omitempty"` // that may record history, the one that may most first
	DryRun   bool            `json:"dry_run,omitempty"`
	Language lang.Language   `json:"language,omitempty"` // of the file of refused rows
}

// maxTable bounds an imported table: 256 MiB.
const maxTable = 256 << 20

// faultsTold is how many faulty rows the job's result names; the file of refused rows has them all.
const faultsTold = 20

// NewImport is an import to order. A dry run says everything as the import would and keeps nothing of it.
type NewImport struct {
	Mapping  []byte
	Table    io.Reader
	Kept     ledger.Hash // of a table that was sent before, instead of Table
	DryRun   bool
	Language lang.Language
}

// OrderImport checks the mapping and the head of the table at once and asks for the rest as a job, whose number it gives.
func (d *Desk) OrderImport(ctx context.Context, who access.Who, n NewImport) (int64, error) {
	if err := access.Need(who, access.Import, access.Node); err != nil {
		return 0, err
	}
	mapping, id, err := d.readMapping(n.Mapping)
	if err != nil {
		return 0, err
	}
	order := importOrder{Person: who.Person, Roles: importRoles(who), Author: ledger.Author{Name: who.Name}, DryRun: n.DryRun, Language: n.Language, Table: n.Kept}
	order.Author.Role = string(order.Roles[0])
	if err := mapping.MayBeSaid(order.Roles, d.Book.Kinds); err != nil {
		return 0, errors.Join(ErrInput, err)
	}
	if n.Table != nil {
		order.Table, err = d.KeepTable(ctx, who, n.Table)
	} else {
		err = d.MayUseTable(ctx, who, n.Kept)
	}
	if err != nil {
		return 0, err
	}
	if order.Rows, err = d.checkTable(ctx, order.Table, mapping, id); err != nil {
		return 0, err
	}
	if order.Mapping, _, err = d.Blobs.Put(ctx, bytes.NewReader(n.Mapping), 1<<20); err != nil {
		return 0, err
	}
	var job int64
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if job, err = d.Queue.Enqueue(ctx, tx, ImportJob.Name, order); err != nil {
			return err
		}
		if err := keepsFor(ctx, tx, job, order.Table, order.Mapping); err != nil {
			return err
		}
		return jobs.Own(ctx, tx, job, jobs.Owner{Person: string(who.Person)})
	})
	return job, err
}

// checkTable reads the head of the table as the mapping wants it, and counts the lines, for the estimate of how long the import takes.
func (d *Desk) checkTable(ctx context.Context, hash ledger.Hash, m *casebook.Mapping, pathway string) (int64, error) {
	table, _, err := d.Blobs.Open(ctx, hash)
	if err != nil {
		return 0, errors.Join(ErrNotHere, err)
	}
	defer table.Close()
	if err := m.Fits(table); err != nil {
		return 0, errors.Join(ErrInput, err)
	}
	if _, err := table.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	lines := &lineCounter{}
	_, err = io.Copy(lines, table)
	return max(0, lines.n-1), err
}

// importRoles are those of their roles in which somebody says what was recorded before the program was there, the one that may say most first. An administrator keeps the node
// and may bring in what a coordinator may.
func importRoles(who access.Who) (list []people.Role) {
	for _, r := range []people.Role{people.HeadOfDepartment, people.Surgeon, people.ReferringDoctor, people.Coordinator} {
		if slices.Contains(who.Roles, r) {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		list = append(list, people.Coordinator)
	}
	return list
}

func (d *Desk) readMapping(text []byte) (*casebook.Mapping, string, error) {
	m, err := casebook.OpenMapping(text, d.Packs)
	if err != nil {
		return nil, "", errors.Join(ErrInput, err)
	}
	return m, m.Pathway, nil
}

// ImportReport is what an import reports to programs. Every row is in one count: rows = opened + again + amended + known + refused.
type ImportReport struct {
	Mapping ledger.Hash `json:"mapping"` // with which it was done, and the table: what an import after a dry run asks for
	Table   ledger.Hash `json:"table"`
	DryRun  bool        `json:"dry_run,omitempty"`
	Rows    int         `json:"rows"`
	Opened  int         `json:"opened"`
	Again   int         `json:"again"`   // further cases of patients who are here
	Amended int         `json:"amended"` // cases corrected or completed
	Known   int         `json:"known"`   // rows that are here already
	Faulty  int         `json:"faulty"`  // rows refused
	LeftOut int         `json:"left_out"`
	Entries int         `json:"entries"`
}

// Import does an import that was asked for. Rows that are here already change nothing, so it may be taken up again after a crash.
func (d *Desk) Import(ctx context.Context, job jobs.Job, report func(jobs.Progress)) (jobs.Result, error) {
	var order importOrder
	if err := job.Decode(&order); err != nil {
		return jobs.Result{}, jobs.Permanent(err)
	}
	text, err := d.readBlob(ctx, order.Mapping, 1<<20)
	if err != nil {
		return jobs.Result{}, err
	}
	mapping, id, err := d.readMapping(text)
	if err != nil {
		return jobs.Result{}, jobs.Permanent(err)
	}
	table, _, err := d.Blobs.Open(ctx, order.Table)
	if err != nil {
		return jobs.Result{}, err
	}
	defer table.Close()
	run := importRun{order: order, refused: newRefused(ctx, d.Blobs, order.Language), report: report}
	p, err := casebook.Import{Mapping: mapping, Pack: d.Packs(id, ""), Now: d.Now(), Say: d.sayRecords(order), Columns: run.refused.head, Refused: run.refuse,
		LeftOut: func(e *casebook.RowError) { run.tell(e) }, Report: run.progress}.Run(ctx, table)
	file, wrong := run.refused.close()
	if err = errors.Join(err, wrong); file != nil {
		err = errors.Join(err, d.DB.Update(context.WithoutCancel(ctx), func(ctx context.Context, tx ledger.Tx) error {
			return keepsFor(ctx, tx, job.ID, ledger.Hash(file.Hash))
		}))
	}
	var unfit *casebook.MappingError
	if errors.As(err, &unfit) {
		run.faults = append(run.faults, unfit.Why...)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnavailable) {
		err = jobs.Permanent(err)
	}
	result, wrong := jobs.Result{Summary: run.summary(p), Faults: run.faults, File: file}.
		Reporting(ImportReport{order.Mapping, order.Table, order.DryRun, p.Rows, p.Opened, p.Again, p.Amended, p.Known, p.Faulty, p.LeftOut, p.Entries})
	return result, errors.Join(err, wrong)
}

// importRun gathers what an import tells.
type importRun struct {
	order   importOrder
	refused *refusedRows
	faults  []lang.Text
	report  func(jobs.Progress)
}

func (r *importRun) tell(e *casebook.RowError) {
	if len(r.faults) < faultsTold {
		r.faults = append(r.faults, e.Tell())
	}
}

func (r *importRun) refuse(row sheet.Row, e *casebook.RowError) {
	r.tell(e)
	r.refused.add(row, e)
}

func (r *importRun) progress(p casebook.Progress) {
	r.report(jobs.Progress{Done: int64(p.Rows), Total: r.order.Rows, Note: r.summary(p)})
}

// summary is what an import has done so far, or would do.
func (r *importRun) summary(p casebook.Progress) lang.Text {
	key := "settings.import.count"
	if r.order.DryRun {
		key = "settings.import.would"
	}
	return lang.Phrase(key, map[string]any{"count": p.Rows, "opened": p.Opened + p.Again, "amended": p.Amended, "entries": p.Entries, "known": p.Known, "faulty": p.Faulty, "left": p.LeftOut})
}

// errDryRun undoes what a dry run has said.
var errDryRun = errors.New("a dry run")

// sayRecords says records, many in one transaction. If one of them is refused, each is said by itself.
func (d *Desk) sayRecords(order importOrder) func(context.Context, []casebook.Record) []casebook.Saying {
	by := casebook.Importer{Door: d.Door, Who: importer(order)}
	if order.DryRun {
		by.Earlier = casebook.NewEarlier()
	}
	return func(ctx context.Context, list []casebook.Record) []casebook.Saying {
		for i := range list {
			list[i].Opening.Demo = list[i].Opening.Demo || d.Demo
		}
		said, err := d.sayTogether(ctx, by, list)
		if err == nil {
			return said
		}
		said = said[:0]
		for i := range list {
			one, err := d.sayTogether(ctx, by, list[i:i+1])
			if err != nil {
				one = []casebook.Saying{{Err: err}}
			}
			said = append(said, one...)
		}
		return said
	}
}

func (d *Desk) sayTogether(ctx context.Context, by casebook.Importer, list []casebook.Record) (said []casebook.Saying, err error) {
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		said = said[:0]
		err := d.Book.Together(ctx, tx, func(ctx context.Context) error {
			for _, r := range list {
				s, err := r.Say(ctx, tx, by)
				if err != nil {
					return err
				}
				said = append(said, s)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if by.Earlier != nil {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		by.Earlier.Add(list)
		err = nil
	}
	return said, err
}

// importer is who says what an import says: the program, in the name of who ordered it, lent the roles in which they may record history. The policy allows the program
// to open and to say, never to sign or to govern.
func importer(order importOrder) access.Who {
	if len(order.Roles) == 0 {
		order.Roles = []people.Role{people.Role(order.Author.Role)} // ordered at an earlier release
	}
	return access.Who{Person: order.Person, Name: order.Author.Name, Roles: order.Roles, System: true, Origin: ImportJob.Name}
}

func (d *Desk) readBlob(ctx context.Context, hash ledger.Hash, limit int64) ([]byte, error) {
	file, _, err := d.Blobs.Open(ctx, hash)
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

// MappingOf is the mapping with which an import was done.
func (d *Desk) MappingOf(ctx context.Context, r ImportReport) ([]byte, error) {
	return d.readBlob(ctx, r.Mapping, 1<<20)
}
