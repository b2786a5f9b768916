package casebook

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
)

// Record is one row of a hospital's history as drafts of the ordinary kinds, in the order in which they are said. The first opens the case; the
// others get its thread from whoever says them.
type Record struct {
	Row     int // line of the file where it stands
	Patient Patient
	Opening Opened
	Drafts  []ledger.Draft
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

// Progress says how far an import is.
type Progress struct {
	Rows    int // read
	Opened  int // cases opened
	Known   int // rows whose local number is here already
	Faulty  int // rows that could not be taken over
	Entries int
}

// Import reads a history row by row and hands each record to say, which opens the case and says its drafts through the door in one transaction
// ([Record.Say]) and tells whether the local number was here already. A faulty row is reported to fault and left out; the rest goes on. Only one row is in memory. A case
// whose last appointment is past by now comes in closed.
func Import(ctx context.Context, file io.Reader, m *Mapping, pack *pathway.Pack, now time.Time, say func(context.Context, Record) (known bool, err error),
	fault func(*RowError), report func(Progress)) (Progress, error) {
	r, columns, err := m.begin(file)
	if err != nil {
		return Progress{}, err
	}
	var p Progress
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err := ctx.Err(); err != nil {
			return p, err
		}
		var broken *csv.ParseError // of one row, and about its quotation marks: the reader goes on with the next
		if err != nil && !errors.As(err, &broken) {
			return p, fmt.Errorf("reading the history: %w", err)
		}
		p.Rows++
		if broken != nil {
			err = &RowError{Row: broken.StartLine, Why: lang.Phrase("case.row.csv", nil)}
		} else {
			line, _ := r.FieldPos(0)
			err = takeRow(ctx, m, pack, now, row{line, columns, cells}, say, &p)
		}
		if err != nil {
			var wrong *RowError
			if !errors.As(err, &wrong) {
				return p, err
			}
			p.Faulty++
			fault(wrong)
		}
		if report != nil {
			report(p)
		}
	}
}

func takeRow(ctx context.Context, m *Mapping, pack *pathway.Pack, now time.Time, r row, say func(context.Context, Record) (bool, error), p *Progress) error {
	record, err := m.record(r, pack, now)
	if err != nil {
		return err
	}
	var wrong people.ErrInvalid
	if errors.As(record.Patient.Check(), &wrong) {
		return &RowError{Row: r.line, Column: m.columnOf(wrong.Field), Why: wrong.Text}
	}
	known, err := say(ctx, record)
	var told interface{ Tell() lang.Text } // a rule of the kind, the pack, or a rule of this hospital
	var denied *access.Denial
	switch {
	case errors.As(err, &told):
		return &RowError{Row: r.line, Why: told.Tell()}
	case errors.As(err, &denied):
		return &RowError{Row: r.line, Why: denied.Reason}
	case errors.Is(err, ledger.ErrNotSayable):
		return &RowError{Row: r.line, Why: lang.Same(err.Error())}
	case err != nil:
		return fmt.Errorf("row %d: %w", r.line, err)
	case known:
		p.Known++
	default:
		p.Opened++
		p.Entries += 1 + len(record.Drafts)
	}
	return nil
}

// columnOf is the column from which something of the patient comes.
func (m *Mapping) columnOf(field string) string {
	return map[string]string{"name": m.Name, "latin": m.Latin, "local_number": m.Number, "birth_date": m.Birth}[field]
}

// Say opens a record's case and says its drafts through the door, in the name of the import (or of whom it speaks for) and in one of its roles, unless the local
// number is here already. It is what an import calls in a transaction for each record: policy and rules hold for it as for a person.
func (r Record) Say(ctx context.Context, tx ledger.Tx, door *access.Door, who access.Who, role string) (known bool, err error) {
	there, err := ByLocalNumber(ctx, tx, r.Patient.LocalNumber)
	if err != nil || len(there) > 0 {
		return len(there) > 0, err
	}
	first := append([]ledger.Draft{{Kind: KindOpened, Says: r.Opening}}, r.Drafts...)
	for i := range first {
		first[i].Author.Role = role
	}
	id, err := door.In(tx).Open(ctx, who, Thread, first)
	if err != nil {
		return false, err
	}
	return false, SetIdentity(ctx, tx, id, r.Patient)
}

// row is one line of the file.
type row struct {
	line    int
	columns map[string]int
	cells   []string
}

func (r row) cell(column string) string {
	if i, ok := r.columns[column]; ok && i < len(r.cells) {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

// fault says what is wrong with a cell, by a phrase under case.row.
func (r row) fault(column, key string, args map[string]any) error {
	return &RowError{Row: r.line, Column: column, Why: lang.Phrase("case.row."+key, args)}
}

// cellFault is fault about the words that stand in the cell.
func (r row) cellFault(column, key, cell string) error {
	return r.fault(column, key, map[string]any{"cell": cell})
}

// begin reads the head of the file and wants every column that the mapping names.
func (m *Mapping) begin(file io.Reader) (*csv.Reader, map[string]int, error) {
	r := csv.NewReader(file)
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	if m.Separator != "" {
		r.Comma = []rune(m.Separator)[0]
	}
	head, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the head of the history: %w", err)
	}
	columns := map[string]int{}
	for i, name := range head {
		columns[strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))] = i
	}
	for _, name := range m.wanted() {
		if _, ok := columns[name]; !ok {
			return nil, nil, mappingFault("column", map[string]any{"name": name})
		}
	}
	return r, columns, nil
}
