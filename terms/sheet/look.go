package sheet

import (
	"errors"
	"io"
)

// Looked is the beginning of a table, for somebody to look at before it is taken in.
type Looked struct {
	Form    Form
	Columns []string
	Rows    []Row
}

// Written is how a table is likely written, with the encoding and the separator that somebody names instead; empty ones are found out.
func Written(table io.ReadSeeker, encoding string, separator rune) (Form, error) {
	f, err := Detect(table)
	if err != nil {
		return f, err
	}
	if encoding != "" {
		if f.Encoding, err = ByName(encoding); err != nil {
			return f, err
		}
		f.Separator = 0
	}
	if separator != 0 {
		f.Separator = separator
	}
	if _, err := table.Seek(0, io.SeekStart); err != nil {
		return f, err
	}
	if f.Separator == 0 { // what it is depends on the encoding
		head, err := io.ReadAll(io.LimitReader(decoded(table, f.Encoding), headBytes))
		if err != nil {
			return f, err
		}
		f.Separator = separatorOf(string(head))
		_, err = table.Seek(0, io.SeekStart)
		return f, err
	}
	return f, nil
}

// Look reads the first rows of a table, in the encoding that is named, or where none is in the likely one.
func Look(table io.ReadSeeker, encoding string, separator rune, rows int) (l Looked, err error) {
	if l.Form, err = Written(table, encoding, separator); err != nil {
		return l, err
	}
	r, err := NewReader(table, l.Form)
	if err != nil {
		return l, err
	}
	l.Columns = r.Columns
	for len(l.Rows) < rows {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return l, err
		}
		l.Rows = append(l.Rows, row)
	}
	return l, nil
}

// Values are the different cells of a column in its first rows, in the order in which they come, up to most of them; whole tells whether these are all of the table's.
func Values(table io.ReadSeeker, f Form, column string, rows, most int) (list []string, whole bool, err error) {
	r, err := NewReader(table, f)
	if err != nil {
		return nil, false, err
	}
	place := -1
	for i, name := range r.Columns {
		if name == column {
			place = i
		}
	}
	seen := map[string]bool{}
	for n := 0; n < rows; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, true, nil
		}
		if err != nil {
			return list, false, err
		}
		if row.Fault != "" || place < 0 || place >= len(row.Cells) || seen[row.Cells[place]] {
			continue
		}
		if len(list) == most {
			return list, false, nil
		}
		seen[row.Cells[place]] = true
		list = append(list, row.Cells[place])
	}
	return list, false, nil
}
