package casebook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/record"
	"consilium/terms/sheet"
)

// Record is one row of a hospital's history as drafts of the ordinary kinds, in the order in which they are said. The first opens the case; the
// others get its thread from whoever says them.
type Record struct {
	Row     int // line of the file where it stands
	Patient Patient
	Opening Opened
	Drafts  []ledger.Draft
	LeftOut []*RowError // what the row tells of and the mapping leaves out, each with why

	mapping *Mapping
}

// RowError says which row and column of a history cannot be taken over, and why.
type RowError struct {
	Row    int
	Column string
	Why    lang.Text
}

func (e *RowError) Error() string { return e.Tell().En }

// Tell is the fault as people read it.
func (e *RowError) Tell() lang.Text {
	args := map[string]any{"row": strconv.Itoa(e.Row), "column": e.Column, "what": e.Why}
	if e.Column == "" {
		return lang.Phrase("case.row.line", args)
	}
	return lang.Phrase("case.row.cell", args)
}

// Outcome is what became of a row that was not refused.
type Outcome string

// The outcomes of rows.
const (
	Taken   Outcome = "taken"   // it opened a case
	Again   Outcome = "again"   // it opened a further case of a patient who is here: another operation
	Amended Outcome = "amended" // it corrected or completed a case
	Here    Outcome = "here"    // a case says all of it already
)

// Progress says how far an import is. Each row is counted once: Rows = Opened + Again + Amended + Known + Faulty.
type Progress struct {
	Rows    int // read
	Opened  int // cases opened
	Again   int // of these, none: further cases of patients who are here, for another operation
	Amended int // cases corrected or completed
	Known   int // rows of which a case says everything already
	Faulty  int // rows that could not be taken over
	LeftOut int // entries that rows told of and that the mapping left out
	Entries int
}

// Saying is what became of one record: what it came to and how many entries it made, or why not.
type Saying struct {
	Outcome Outcome
	Entries int
	Err     error
}

// Import takes a hospital's history over, row by row. Every row of the table is accounted for. Only some rows are in memory.
type Import struct {
	Mapping *Mapping
	Pack    *pathway.Pack
	Now     time.Time

	// Say says records, each in whole or not at all ([Record.Say]), and tells of each what came of it, in their order.
	Say     func(context.Context, []Record) []Saying
	Columns func([]string)             // hears the head of the table; may be nil
	Refused func(sheet.Row, *RowError) // hears of each row that is not taken over
	LeftOut func(*RowError)            // hears what a row that is taken over leaves out
	Report  func(Progress)             // hears how far it is; may be nil
}

// rowsTogether is how many rows are said together: they share a transaction, and what it costs.
const rowsTogether = 64

// batch is some rows on their way to being said.
type batch struct {
	rows    []sheet.Row
	records []Record
	faults  []*RowError // of the rows; nil where there is a record
	err     error       // the table cannot be read on
}

// Run reads the table to its end. The error is a [MappingError] where mapping and table do not fit, a [FormError] where somebody has to look at the encoding.
// A case whose last appointment is past by now comes in closed.
func (i Import) Run(ctx context.Context, table io.ReadSeeker) (Progress, error) {
	r, err := i.Mapping.open(table)
	if err != nil {
		return Progress{}, err
	}
	if i.Columns != nil {
		i.Columns(r.Columns)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan batch, 2)
	go func() {
		defer close(batches)
		for more := true; more; {
			var b batch
			b, more = i.read(r)
			select {
			case batches <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	var p Progress
	for b := range batches {
		if err := i.take(ctx, b, &p); err != nil {
			return p, err
		}
		if i.Report != nil {
			i.Report(p)
		}
	}
	return p, ctx.Err()
}

// read makes records of the next rows.
func (i Import) read(r *sheet.Reader) (b batch, more bool) {
	columns := map[string]int{}
	for n, name := range r.Columns {
		columns[name] = n
	}
	for len(b.rows) < rowsTogether {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return b, false
		}
		if err != nil {
			b.err = err
			return b, false
		}
		record, fault := i.record(row{line.Line, columns, line.Cells}, line, len(columns))
		b.rows, b.records, b.faults = append(b.rows, line), append(b.records, record), append(b.faults, fault)
	}
	return b, true
}

func (i Import) record(r row, line sheet.Row, columns int) (Record, *RowError) {
	if line.Fault != "" {
		return Record{}, &RowError{Row: line.Line, Column: line.Column, Why: lang.Phrase("case.row."+string(line.Fault),
			map[string]any{"cells": strconv.Itoa(len(line.Cells)), "columns": strconv.Itoa(columns)})}
	}
	record, err := i.Mapping.record(r, i.Pack, i.Now)
	if err != nil {
		return record, rowError(r.line, err)
	}
	var wrong people.ErrInvalid
	if errors.As(record.Patient.Check(), &wrong) {
		return record, &RowError{Row: r.line, Column: i.Mapping.columnOf(wrong.Field), Why: wrong.Text}
	}
	record.mapping = i.Mapping
	return record, nil
}

// take says what can be said and counts every row.
func (i Import) take(ctx context.Context, b batch, p *Progress) error {
	if b.err != nil {
		return fmt.Errorf("reading the history: %w", b.err)
	}
	var fit []Record
	for n, record := range b.records {
		if b.faults[n] == nil {
			fit = append(fit, record)
		}
	}
	said := i.Say(ctx, fit)
	for n, record := range b.records {
		fault, s := b.faults[n], Saying{}
		if fault == nil {
			s, said = said[0], said[1:]
			if s.Err != nil {
				if fault = rowError(record.Row, s.Err); fault == nil {
					return fmt.Errorf("row %d: %w", record.Row, s.Err)
				}
			}
		}
		p.Rows++
		if fault != nil {
			p.Faulty++
			i.Refused(b.rows[n], fault)
			continue
		}
		p.count(s)
		if s.Outcome != Here {
			p.LeftOut += len(record.LeftOut)
			for _, what := range record.LeftOut {
				i.LeftOut(what)
			}
		}
	}
	return nil
}

func (p *Progress) count(s Saying) {
	p.Entries += s.Entries
	switch s.Outcome {
	case Taken:
		p.Opened++
	case Again:
		p.Again++
	case Amended:
		p.Amended++
	case Here:
		p.Known++
	}
}

// rowError is an error as the fault of one row: nil where it is no fault of the row but of the node.
func rowError(line int, err error) *RowError {
	var wrong *RowError
	var told interface{ Tell() lang.Text } // a rule of the kind, the pack, or a rule of this hospital
	var denied *access.Denial
	var control *ledger.ControlError
	switch {
	case errors.As(err, &wrong):
		return wrong
	case errors.As(err, &control):
		return &RowError{Row: line, Why: lang.Phrase("case.patient.control", map[string]any{"code": fmt.Sprintf("U+%04X", control.Code)})}
	case errors.As(err, &told):
		return &RowError{Row: line, Why: told.Tell()}
	case errors.As(err, &denied):
		return &RowError{Row: line, Why: denied.Reason}
	case errors.Is(err, ledger.ErrNotSayable), errors.Is(err, ledger.ErrBody):
		return &RowError{Row: line, Why: lang.Same(err.Error())}
	}
	return nil
}

// columnOf is the column from which something of the patient comes.
func (m *Mapping) columnOf(field string) string {
	return map[string]string{"name": m.Name, "latin": m.Latin, "local_number": m.Number, "birth_date": m.Birth}[field]
}

// FormError says that nothing proves in which encoding a table is written: somebody has to look at it and name the encoding.
type FormError struct{ Form sheet.Form }

func (e *FormError) Error() string { return e.Tell().En }

// Tell is the fault as people read it.
func (e *FormError) Tell() lang.Text {
	return lang.Phrase("case.mapping.encoding", map[string]any{"encoding": e.Form.Encoding})
}

// Fits tells whether a table is one that the mapping is for: see [Import.Run] for the errors.
func (m *Mapping) Fits(table io.ReadSeeker) error {
	_, err := m.open(table)
	return err
}

// MayBeSaid tells whether everything that the mapping gives may be said in one of somebody's roles.
func (m *Mapping) MayBeSaid(roles []people.Role, kinds *ledger.Kinds) error {
	for n, e := range m.Entries {
		k, _ := kinds.Get("case." + e.Kind)
		if k.Roles != nil && !slices.ContainsFunc(roles, func(r people.Role) bool { return slices.Contains(k.Roles, string(r)) }) {
			return mappingFault("entry", map[string]any{"n": strconv.Itoa(n + 1), "kind": e.Kind, "what": lang.Phrase("case.mapping.role", nil)})
		}
	}
	return nil
}

// Faults are the reasons, each about the mapping.
func (e *FormError) Faults() []record.Fault {
	return []record.Fault{{Field: "mapping", Text: e.Tell()}}
}

// open reads the head of the table and wants every column that the mapping names.
func (m *Mapping) open(table io.ReadSeeker) (*sheet.Reader, error) {
	form, err := sheet.Detect(table)
	if errors.Is(err, sheet.ErrEmpty) {
		return nil, mappingFault("empty", nil)
	}
	if err != nil {
		return nil, err
	}
	if m.Encoding != "" {
		form.Encoding, _ = sheet.ByName(m.Encoding)
	} else if !form.Certain {
		return nil, &FormError{form}
	}
	if m.Separator != "" {
		form.Separator = []rune(m.Separator)[0]
	}
	if _, err := table.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	r, err := sheet.NewReader(table, form)
	var twice *sheet.DuplicateError
	if errors.As(err, &twice) {
		return nil, mappingFault("twice", map[string]any{"name": twice.Column})
	}
	if err != nil {
		return nil, mappingFault("yaml", map[string]any{"what": err.Error()})
	}
	columns := map[string]bool{}
	for _, name := range r.Columns {
		columns[name] = true
	}
	for _, name := range m.wanted() {
		if !columns[name] {
			return nil, mappingFault("column", map[string]any{"name": name})
		}
	}
	return r, nil
}
